//! Nothing survives.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use promethean_test_support::dice::Dice;
use promethean_test_support::effort;
use promethean_test_support::pm2::eventually;

use super::scene::{Scene, kill, lives};
use crate::operations::scene::kill_at_once;

#[test]
fn down_returns_when_every_process_is_dead_and_what_does_not_end_is_killed() {
    let scene = Scene::new("families");
    scene.succeed(&["up", "--engine", "embedded"]);
    let noted = scene.noted();
    assert!(noted.len() >= 9, "{noted:?}");
    assert_eq!(scene.living(), noted);
    let begun = Instant::now();
    scene.succeed(&["down"]);
    assert_eq!(scene.living(), [].into());
    assert!(begun.elapsed() >= Duration::from_millis(500), "`kill_timeout` was not waited for");
    assert!(scene.engine_log().contains("deaf: killed"), "{}", scene.engine_log());
    scene.is_gone();
}

/// Some fork twice, begin a session and clear their environment: only what nobody clears tells whose they
/// are.
pub fn what_has_left_everything_ends_with_its_app_and_not_only_with_the_engine() {
    let scene = Scene::new("families");
    scene.succeed(&["up", "--engine", "embedded", "plain"]);
    let first = scene.noted();
    assert_eq!(scene.living(), first);
    // By a crash, before the next start.
    kill(u32::try_from(scene.pid("plain")).unwrap());
    eventually("the next has started all", || scene.noted().len() == 2 * first.len());
    assert!(scene.living().is_disjoint(&first), "{:?}", scene.living());
    let second = scene.noted();
    // By `down`, while the engine and others go on.
    scene.succeed(&["up"]);
    scene.succeed(&["down", "--force", "plain"]);
    let others: BTreeSet<u32> = scene.noted().difference(&second).copied().collect();
    assert!(!others.is_empty());
    assert_eq!(scene.living(), others);
}

/// Also where whoever started the engine ignores signals, as `nohup` does.
#[test]
fn each_gets_the_signal_that_it_asks_for() {
    let scene = Scene::new("signals");
    let ignoring = "trap '' HUP INT QUIT TERM USR1 USR2";
    let mut up = scene.command_after(ignoring, &["up", "--engine", "embedded"]);
    let up = up.output().unwrap();
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    scene.succeed(&["down"]);
    let signals = fs::read_to_string(scene.path("signals")).unwrap();
    let mut signals: Vec<&str> = signals.lines().collect();
    signals.sort_unstable();
    assert_eq!(
        signals,
        ["hup HUP", "quit QUIT", "term TERM", "usr1 USR1", "usr2 USR2", "usual INT"]
    );
}

/// At random moments of `up`, and while all runs.
#[test]
fn a_killed_engine_leaves_nothing() {
    for seed in 0..u64::from(effort::of(100)) {
        let mut dice = Dice::from_seed(seed);
        let scene = Scene::new("families");
        let mut up = scene
            .command(&["up", "--engine", "embedded"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        eventually("something runs", || !scene.noted().is_empty());
        thread::sleep(Duration::from_millis(dice.below(300) as u64));
        kill(scene.part("__engine"));
        // Nobody starts the engine anew.
        kill(up.id());
        up.wait().unwrap();
        scene.is_gone();
    }
}

#[test]
fn an_engine_whose_guard_is_killed_ends_all_in_order() {
    let scene = Scene::new("families");
    scene.succeed(&["up", "--engine", "embedded"]);
    kill(scene.part("__guard"));
    scene.is_gone();
    let log = scene.engine_log();
    let position = |text: &str| log.find(text).unwrap_or_else(|| panic!("{text} in {log}"));
    assert!(position("ends all: the guard was killed") < position("deaf: killed"));
    assert!(position("deaf: stopped") < position("plain: stopped"), "{log}");
}

#[test]
fn a_terminated_engine_ends_all() {
    let scene = Scene::new("families");
    scene.succeed(&["up", "--engine", "embedded"]);
    let engine = scene.part("__engine").to_string();
    assert!(Command::new("kill").args(["-TERM", &engine]).status().unwrap().success());
    scene.is_gone();
}

#[test]
fn a_new_engine_waits_until_the_old_one_has_left_nothing() {
    let scene = Scene::new("families");
    scene.succeed(&["up", "--engine", "embedded"]);
    let before = scene.noted();
    kill(scene.part("__engine"));
    scene.succeed(&["up", "--engine", "embedded"]);
    assert!(scene.living().is_disjoint(&before));
    assert_eq!(scene.state("plain"), "ready");
}

/// The guard can do nothing then; who starts the next engine does it, or that itself, before it starts anything.
#[test]
fn what_an_engine_leaves_that_is_killed_with_its_guard_is_ended_by_the_next() {
    let scene = Scene::new("families");
    scene.succeed(&["up", "--engine", "embedded"]);
    let before = scene.noted();
    kill_at_once([scene.part("__guard"), scene.part("__engine")]);
    scene.succeed(&["up", "--engine", "embedded"]);
    assert!(scene.living().is_disjoint(&before), "{}", scene.engine_log());
    assert_eq!(scene.state("plain"), "ready");
    // It leaves nothing to the one after it.
    scene.succeed(&["down"]);
    scene.is_gone();
    assert!(!scene.engine().join("engine.mark").exists());
}

/// They are the embedded engine's also where no engine is named.
#[test]
fn what_an_engine_leaves_that_is_killed_with_its_guard_is_found_and_goes_down() {
    let scene = Scene::new("families");
    scene.succeed(&["up", "--engine", "embedded"]);
    let engine = scene.part("__engine");
    kill_at_once([scene.part("__guard"), engine]);
    eventually("the engine is gone", || !lives(engine));
    assert!(!scene.living().is_empty());
    assert!(scene.succeed(&["status"]).contains("orphaned"));
    scene.succeed(&["down"]);
    scene.is_gone();
}

/// A client keeps the engine alive when nothing of the ecosystem is left: the ecosystem is not its own any more.
#[test]
fn an_engine_that_keeps_nothing_is_not_the_one_that_is_meant() {
    let scene = Scene::new("families");
    scene.succeed(&["up", "--engine", "embedded"]);
    let client = UnixStream::connect(scene.engine().join("socket")).unwrap();
    scene.succeed(&["down"]);
    // There is no PM2, which is asked now.
    let status = scene.output(&["status"]);
    let said = String::from_utf8_lossy(&status.stderr).into_owned();
    assert!(said.starts_with("error: --pm2: /nowhere"), "{said}");
    drop(client);
    scene.is_gone();
}

/// `flock FILE system up` would hold the lock for as long as a service runs, and `system up 9>&1 | tee` would
/// not end.
#[test]
fn what_is_open_where_a_command_is_called_is_not_open_in_what_it_starts() {
    let scene = Scene::new("families");
    let held = fs::canonicalize(scene.path(".")).unwrap().join("held");
    let open = format!("exec 9> {}", held.display());
    let up = scene.command_after(&open, &["up", "--engine", "embedded"]).output().unwrap();
    assert!(up.status.success() && held.exists(), "{}", String::from_utf8_lossy(&up.stderr));
    let mut holders = Vec::new();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let files = fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
        let is_held = |file: fs::DirEntry| fs::read_link(file.path()).is_ok_and(|to| to == held);
        if files.into_iter().any(is_held) {
            holders.push(process.path());
        }
    }
    assert_eq!(holders, Vec::<PathBuf>::new());
}
