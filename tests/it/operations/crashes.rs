//! Runs and daemons that are killed: the next run makes good what is left.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use promethean_test_support::dice::Dice;
use promethean_test_support::pm2::eventually;

use super::scene::{Scene, kill, lives};

/// The program whose runs are killed.
const CRASHING: &str = env!("CARGO_BIN_EXE_crashing");

/// A run of it.
fn run(scene: &Scene, arguments: &[&str], generation: usize) -> Command {
    let mut command = Command::new(CRASHING);
    command
        .args(["--root", scene.root().as_str()])
        .args(arguments)
        .env("GENERATION", generation.to_string())
        .env("PM2_HOME", scene.pm2.home())
        .env("PROMETHEAN_PM2", scene.pm2.program())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// A run of it that succeeds.
fn succeed(scene: &Scene, arguments: &[&str], generation: usize) -> String {
    let output = run(scene, arguments, generation).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let log = fs::read_to_string(scene.pm2.home().join("pm2.log")).unwrap_or_default();
    assert!(output.status.success(), "{arguments:?}: {said}\nthe daemon: {}", last(&log, 60));
    said
}

fn last(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// What is alive of the services, as `<command line> <generation>`: known by what they were told of
/// their scene.
fn alive(scene: &Scene) -> Vec<String> {
    let stamps = format!("STAMPS={}", scene.path("stamps").display());
    let mut alive = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let variables: Vec<&str> = environment.split('\0').collect();
        if variables.contains(&stamps.as_str()) {
            let line = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            let generation = variables.iter().find_map(|name| name.strip_prefix("GENERATION="));
            alive.push(format!("{} {}", line.replace('\0', " ").trim(), generation.unwrap_or("?")));
        }
    }
    alive.sort();
    alive
}

/// What is alive of a system that is up: a process for each service, and the child of one.
fn whole(generation: usize, more: bool) -> Vec<String> {
    let mut whole = vec![format!("sh -c sleep 100000 & wait {generation}")];
    whole.extend(vec![format!("sleep 100000 {generation}"); if more { 6 } else { 4 }]);
    whole
}

#[test]
fn what_a_killed_daemon_left_behind_is_ended_and_started_anew() {
    let scene = Scene::new();
    succeed(&scene, &["up"], 1);
    let before: Vec<u64> = scene.processes().into_values().flatten().map(|(pid, ..)| pid).collect();
    assert_eq!(alive(&scene), whole(1, false));
    scene.kill_daemon();
    thread::sleep(Duration::from_millis(300));
    assert!(before.iter().all(|pid| lives(*pid)), "they live on under init");
    let said = succeed(&scene, &["up"], 2);
    assert_eq!(said.matches("which a PM2 daemon left behind").count(), 4, "{said}");
    assert!(before.iter().all(|pid| !lives(*pid)));
    assert_eq!(alive(&scene), whole(2, false));
    // Nor are they forgotten when the system goes down.
    scene.kill_daemon();
    succeed(&scene, &["down"], 2);
    assert_eq!(alive(&scene), [""; 0]);
}

#[test]
fn a_daemon_that_ends_under_a_run_is_started_anew() {
    let scene = Scene::new();
    succeed(&scene, &["up"], 1);
    let mut apply = run(&scene, &["apply", "--yes"], 2).spawn().unwrap();
    // It ends the processes of the first generation now, each of which takes half a second.
    eventually("the first has gone", || alive(&scene) != whole(1, false));
    scene.kill_daemon();
    assert!(apply.wait().unwrap().success());
    assert_eq!(alive(&scene), whole(2, false));
}

/// What is killed.
#[derive(Clone, Copy, Debug)]
enum Victim {
    /// The run alone: PM2's client finishes what it was asked for.
    Run,
    /// The run and PM2's client.
    RunAndClient,
    /// PM2's daemon, and then the run, if it has not ended by itself.
    Daemon,
}

/// Kills a run, or what it works with, after a while.
fn kill_after(scene: &Scene, mut child: Child, victim: Victim, pause: Duration) {
    thread::sleep(pause);
    let clients = children(child.id());
    if let Victim::Daemon = victim
        && let Ok(pid) = fs::read_to_string(scene.pm2.home().join("pm2.pid"))
        && lives(pid.trim().parse().unwrap())
    {
        kill(pid.trim());
    }
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    if let Victim::RunAndClient = victim {
        for client in clients {
            let _ = Command::new("kill").args(["-9", &client]).stderr(Stdio::null()).status();
        }
    }
}

fn children(parent: u32) -> Vec<String> {
    let found = Command::new("ps").args(["-o", "pid=", "--ppid", &parent.to_string()]).output();
    let found = String::from_utf8(found.unwrap().stdout).unwrap();
    found.split_whitespace().map(str::to_owned).collect()
}

/// A hundred runs are killed at random points. After each the next run comes to the definition: no
/// duplicates, no orphans, nothing forgotten.
#[test]
fn a_run_that_is_killed_anywhere_is_made_good_by_the_next() {
    thread::scope(|scope| {
        for seed in 0..5 {
            scope.spawn(move || {
                let scene = Scene::new();
                let mut dice = Dice::from_seed(seed);
                for point in 0..20 {
                    let generation = dice.below(3);
                    let more = dice.below(2) == 1;
                    let profile: &[&str] = if more { &["--profile", "more"] } else { &[] };
                    let arguments = [profile, &["apply", "--yes"]].concat();
                    let victim = match dice.below(4) {
                        0 => Victim::Daemon,
                        1 => Victim::RunAndClient,
                        _ => Victim::Run,
                    };
                    let pause = Duration::from_millis(dice.below(900) as u64);
                    let told = format!("seed {seed}, point {point}: {victim:?} after {pause:?}");
                    let child = run(&scene, &arguments, generation).spawn().unwrap();
                    kill_after(&scene, child, victim, pause);
                    let said = succeed(&scene, &arguments, generation);
                    assert_eq!(alive(&scene), whole(generation, more), "{told}\n{said}");
                    let processes = scene.processes();
                    assert_eq!(processes.len(), if more { 6 } else { 4 }, "{told}");
                    for (name, processes) in processes {
                        assert_eq!(processes.len(), 1, "{told}: {name}");
                        assert_eq!(processes[0].2, "online", "{told}: {name}");
                    }
                }
                succeed(&scene, &["down"], 0);
                assert_eq!(alive(&scene), [""; 0]);
            });
        }
    });
}
