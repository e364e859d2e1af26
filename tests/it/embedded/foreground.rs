//! `run`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use promethean::engine::Engine as _;
use promethean::supervisor::{Embedded, Home};
use promethean_test_support::dice::Dice;
use promethean_test_support::effort;
use promethean_test_support::pm2::eventually;
use promethean_test_support::tmux::Tmux;

use super::scene::{Scene, kill};

/// A `run` whose output is read in the end.
fn run(scene: &Scene, arguments: &[&str]) -> Child {
    let mut command = scene.command(&[&["run"], arguments].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn interrupt(run: &Child) {
    assert!(Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap().success());
}

fn ended(run: Child) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = run.wait_with_output().unwrap();
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8(said).unwrap())
}

/// What the summary says of an app.
fn summary<'s>(said: &'s str, app: &str) -> &'s str {
    let mut lines = said.lines().rev();
    let found = lines.find_map(|line| line.strip_prefix(app)?.strip_prefix("   "));
    found.unwrap_or_else(|| panic!("{app}: {said}")).trim()
}

#[test]
fn it_shows_the_lines_of_all_and_ends_all_with_ctrl_c() {
    let scene = Scene::new("ends");
    let run = run(&scene, &["--quiet", "shown"]);
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    interrupt(&run);
    let (code, said) = ended(run);
    assert_eq!(code, Some(0), "{said}");
    for line in ["once    | once", "after   | stays", "after   ! and complains"] {
        assert!(said.lines().any(|said| said == line), "{line}: {said}");
    }
    assert!(!said.contains("from-a-file"), "{said}");
    let position = |text: &str| said.find(text).unwrap_or_else(|| panic!("{text}: {said}"));
    assert!(position("crashes: stopped") < position("after: stopped"));
    assert!(!said.contains("once: stopped"), "it has ended by itself: {said}");
    assert!(said.rfind("\nonce   ") > said.find("after: stopped"), "{said}");
    assert_eq!(summary(&said, "once"), "completed");
    assert_eq!(summary(&said, "shown (2 instances)"), "stopped");
    scene.is_gone();
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    let scene = Scene::new("patient");
    let run = run(&scene, &[]);
    eventually("it is deaf", || !scene.noted().is_empty() && scene.state("deaf") == "online");
    interrupt(&run);
    eventually("it is asked to end", || scene.state("deaf") == "stopping");
    interrupt(&run);
    let (_, said) = ended(run);
    scene.is_gone();
    assert!(said.contains("deaf"), "{said}");
}

#[test]
fn a_killed_run_leaves_nothing() {
    for seed in 0..u64::from(effort::of(50)) {
        let mut dice = Dice::from_seed(seed);
        let scene = Scene::new("families");
        let mut run = run(&scene, &[]);
        eventually("something runs", || !scene.noted().is_empty());
        thread::sleep(Duration::from_millis(dice.below(400) as u64));
        kill(run.id());
        run.wait().unwrap();
        scene.is_gone();
    }
}

/// Its engine ends all for a moment longer.
pub fn what_comes_up_right_after_a_killed_run_waits_for_its_end() {
    let scene = Scene::new("families");
    for seed in 0..u64::from(effort::of(100)) {
        let mut run = run(&scene, &[]);
        eventually("something runs", || !scene.noted().is_empty());
        kill(run.id());
        run.wait().unwrap();
        thread::sleep(Duration::from_millis(Dice::from_seed(seed).below(120) as u64));
        scene.succeed(&["up", "--engine", "embedded"]);
        assert_eq!(scene.output(&["status", "--detailed-exitcode"]).status.code(), Some(0));
        scene.succeed(&["down"]);
        scene.is_gone();
    }
}

#[test]
fn a_run_right_after_a_killed_run_waits_for_its_end() {
    for seed in 0..u64::from(effort::of(20)) {
        let scene = Scene::new("families");
        let mut first = run(&scene, &[]);
        eventually("something runs", || !scene.noted().is_empty());
        let before = scene.noted();
        kill(first.id());
        first.wait().unwrap();
        thread::sleep(Duration::from_millis(Dice::from_seed(seed).below(120) as u64));
        let second = run(&scene, &[]);
        eventually("all runs again", || {
            let status = scene.output(&["status", "--detailed-exitcode"]);
            status.status.code() == Some(0) && scene.living().is_disjoint(&before)
        });
        interrupt(&second);
        let (code, said) = ended(second);
        assert_eq!(code, Some(0), "{said}");
        assert!(!said.contains("already running"), "{said}");
        scene.is_gone();
    }
}

/// What does not end holds it up in sight, until Ctrl-C.
#[test]
fn a_run_after_a_killed_run_shows_what_it_waits_for() {
    let scene = Scene::new("patient");
    let mut first = run(&scene, &[]);
    eventually("it is deaf", || !scene.noted().is_empty() && scene.state("deaf") == "online");
    kill(first.id());
    first.wait().unwrap();
    let mut second = run(&scene, &[]);
    let mut said = BufReader::new(second.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("waiting for the embedded engine to end what it has run ("), "{line}");
    interrupt(&second);
    said.read_to_string(&mut line).unwrap();
    assert_eq!(second.wait().unwrap().code(), Some(130), "{line}");
    assert!(line.contains("interrupted"), "{line}");
    kill(scene.part("__engine"));
    scene.is_gone();
}

#[test]
fn the_first_failure_is_its_own_where_that_is_asked_for() {
    let scene = Scene::new("fails");
    let run = run(&scene, &["--abort-on-failure"]);
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    fs::write(scene.path("fail"), "").unwrap();
    let (code, said) = ended(run);
    assert_eq!(code, Some(7), "{said}");
    scene.is_gone();
}

#[test]
fn a_second_run_joins_the_first_and_leaves_it() {
    let scene = Scene::new("fails");
    let first = run(&scene, &[]);
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    let pid = scene.pid("watches");
    let mut second = run(&scene, &[]);
    thread::sleep(Duration::from_secs(2));
    assert_eq!(second.try_wait().unwrap(), None);
    interrupt(&second);
    let (code, said) = ended(second);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("already running"), "{said}");
    assert!(said.contains("\nwatches   still running\n"), "{said}");
    assert_eq!(scene.pid("watches"), pid);
    interrupt(&first);
    ended(first);
    scene.is_gone();
}

#[test]
fn what_runs_in_the_background_restarts_when_its_files_change() {
    let scene = Scene::new("fails");
    scene.succeed(&["run", "--detach"]);
    let pid = scene.pid("watches");
    eventually("it is restarted", || {
        fs::write(scene.path("changes"), "changed").unwrap();
        let now = scene.pid("watches");
        now != pid && now != 0
    });
    scene.succeed(&["down"]);
    scene.is_gone();
}

#[test]
fn what_fails_at_once_is_in_the_summary_and_gives_its_exit_code() {
    let scene = Scene::new("fails");
    fs::write(scene.path("fail"), "").unwrap();
    let run = run(&scene, &["--abort-on-failure"]);
    let (code, said) = ended(run);
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("\nfails     exited with code 7\n"), "{said}");
    assert!(said.contains("\nwatches   stopped\n"), "{said}");
    scene.is_gone();
}

#[test]
fn the_last_lines_of_what_is_over_at_once_are_shown() {
    let scene = Scene::new("quick");
    let (code, said) = ended(run(&scene, &[]));
    assert_eq!(code, Some(0), "{said}");
    for line in ["several | one", "several | two", "several | three"] {
        assert_eq!(said.lines().filter(|said| *said == line).count(), 3, "{line}: {said}");
    }
    assert_eq!(summary(&said, "several (3 instances)"), "completed", "{said}");
    scene.is_gone();
}

#[test]
fn only_some_are_shown_and_events_of_all() {
    let scene = Scene::new("live");
    let run = run(&scene, &["--only", "duck", "--quiet", "duck.ears"]);
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    interrupt(&run);
    let (code, said) = ended(run);
    assert_eq!(code, Some(0), "{said}");
    let saying: Vec<&str> = said.lines().filter(|line| line.contains(['|', '!'])).collect();
    assert_eq!(saying, ["duck_voice | stays", "duck_voice ! and complains"], "{said}");
    assert!(said.contains("           : db: started, process "), "{said}");
    scene.is_gone();
}

#[test]
fn a_terminal_shows_names_in_colours_and_events_dimmed() {
    for width in [80, 160] {
        let scene = Scene::new("live");
        let run = Tmux::run(&scene.command(&["run"]), width, 24);
        let is_up = |screen: &str| {
            let lines =
                ["db         | stays", "duck_ears  ! and complains", "duck_voice ! and complains"];
            lines.iter().all(|line| screen.lines().any(|shown| shown == *line))
        };
        run.shows("the lines of all", is_up);
        let painted = run.painted();
        let line = |end: &str| painted.lines().find(|line| line.ends_with(end)).unwrap().to_owned();
        // The name in its colour, what goes to standard error with a red sign, the text as it is.
        assert!(line("and complains").starts_with("\u{1b}["), "{painted:?}");
        assert!(line("and complains").contains("\u{1b}[31m!"), "{painted:?}");
        assert!(
            painted.lines().any(|line| line.starts_with("\u{1b}[2m           : db: started")),
            "{painted:?}"
        );
        run.press(&["C-c"]);
        eventually("it has ended", || run.exit_code() == Some(0));
        let all = run.all();
        assert!(
            all.contains("\ndb           stopped\nduck_ears    stopped\nduck_voice   stopped"),
            "{all}"
        );
        assert!(all.lines().all(|line| line.chars().count() <= usize::from(width)), "{all}");
        scene.is_gone();
    }
    let scene = Scene::new("live");
    let mut command = scene.command(&["run"]);
    command.env("NO_COLOR", "1");
    let run = Tmux::run(&command, 80, 24);
    run.shows("the lines of all", |screen| screen.contains("duck_voice ! and complains"));
    assert_eq!(run.painted(), run.screen(), "there are no colours");
    run.press(&["C-c"]);
    eventually("it has ended", || run.exit_code() == Some(0));
    scene.is_gone();
}

/// The lines of a screen, and whether something in them is dimmed: what is said of colours holds until it is
/// changed, also in the next line.
fn dimmed(painted: &str) -> Vec<(String, bool)> {
    let mut is_dimmed = false;
    let lines = painted.lines().map(|line| {
        let (mut text, mut has_dimmed, mut rest) = (String::new(), false, line);
        loop {
            let (before, after) = rest.split_once("\u{1b}[").unwrap_or((rest, ""));
            text.push_str(before);
            has_dimmed |= is_dimmed && !before.trim().is_empty();
            let Some((codes, after)) = after.split_once('m') else { break (text, has_dimmed) };
            for code in codes.split(';') {
                is_dimmed = match code {
                    "2" => true,
                    "" | "0" | "22" => false,
                    _ => is_dimmed,
                };
            }
            rest = after;
        }
    });
    lines.collect()
}

/// What happens is dimmed beside the lines of the services; what has failed is not.
#[test]
fn a_failure_is_not_dimmed() {
    let is_dimmed = |run: &Tmux, what: &str| {
        let lines = dimmed(&run.painted());
        let found = lines.iter().find(|(line, _)| line.contains(what));
        found.unwrap_or_else(|| panic!("{what}: {lines:?}")).1
    };
    // While all is brought up.
    let scene = Scene::new("fails");
    fs::write(scene.path("fail"), "").unwrap();
    let run = Tmux::run(&scene.command(&["run"]), 120, 30);
    let failure = "fails: is not running: failed (exit code 7)";
    run.shows("what has failed", |screen| screen.contains(failure));
    assert!(!is_dimmed(&run, failure) && !is_dimmed(&run, "still running: watches"));
    assert!(is_dimmed(&run, "fails: started") && is_dimmed(&run, "watches: started"));
    assert!(!is_dimmed(&run, "| stays"));
    run.press(&["C-c"]);
    eventually("it has ended", || run.exit_code().is_some());
    scene.is_gone();

    // While all runs: another `up` waits until that of `run` is done.
    let scene = Scene::new("fails");
    let run = Tmux::run(&scene.command(&["run"]), 120, 30);
    run.shows("all is started", |screen| screen.contains("| stays"));
    scene.succeed(&["up", "--engine", "embedded"]);
    fs::write(scene.path("fail"), "").unwrap();
    // It may end before all counts as up.
    let failure = "code 7";
    run.shows("what has failed", |screen| screen.contains(failure));
    assert!(!is_dimmed(&run, failure));
    run.press(&["C-c"]);
    eventually("it has ended", || run.exit_code().is_some());
    scene.is_gone();
}

#[test]
fn the_first_log_of_a_service_does_not_restart_it() {
    let scene = Scene::new("fresh");
    assert!(!scene.path("watched/logs").exists());
    scene.succeed(&["run", "--detach"]);
    eventually("it is restarted by what it watches", || {
        fs::write(scene.path("watched/now"), "changed").unwrap();
        scene.engine_log().contains("has changed")
    });
    let log = scene.engine_log();
    let first = log.lines().find(|line| line.ends_with("has changed")).unwrap();
    assert!(first.ends_with("/watched/now has changed"), "{log}");
    // Where a service restarts itself by what it writes, nothing else says why.
    let told = " times, the last time a moment ago: watched/now has changed\n  \
                help: what is not to restart it belongs into `ignore_watch`";
    eventually("status says why", || {
        fs::write(scene.path("watched/now"), "changed").unwrap();
        let status = scene.output(&["status"]);
        let said = String::from_utf8([status.stdout, status.stderr].concat()).unwrap();
        said.contains("fresh: restarted ") && said.contains(told)
    });
    scene.succeed(&["down"]);
}

/// A `run` whose output is in a file.
fn run_into_file(scene: &Scene, arguments: &[&str]) -> Child {
    let file = fs::File::create(scene.path("said")).unwrap();
    let mut command = scene.command(&[&["run"], arguments].concat());
    command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap()
}

/// What it has said by now.
fn said(scene: &Scene) -> String {
    String::from_utf8_lossy(&fs::read(scene.path("said")).unwrap()).into_owned()
}

/// Waits until it has said something.
fn says(scene: &Scene, text: &str) {
    eventually(text, || said(scene).contains(text));
}

/// As in `run | head -1`.
#[test]
fn it_ends_when_nobody_reads_its_lines_any_more() {
    let scene = Scene::new("spoken");
    let mut run = run(&scene, &["ticks"]);
    let mut read = BufReader::new(run.stdout.take().unwrap());
    assert!(read.read_line(&mut String::new()).unwrap() > 0);
    drop(read);
    let (code, said) = ended(run);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nobody reads the lines any more"), "{said}");
    scene.is_gone();
}

/// The program of a probe is no part of what runs.
#[test]
fn the_program_of_a_probe_ends_with_who_tries_it() {
    let scene = Scene::new("hanging");
    let there = scene.path("").canonicalize().unwrap();
    let is_tried = || {
        fs::read_dir("/proc").unwrap().flatten().any(|process| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let directory = fs::read_link(process.path().join("cwd")).unwrap_or_default();
            line == b"sleep\x00100077\x00" && directory == there
        })
    };
    for interrupts in 1..=2 {
        let mut command = scene.command(&["up", "--engine", "embedded"]);
        let up = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        eventually("it is tried", is_tried);
        for _ in 0..interrupts {
            interrupt(&up);
        }
        let (code, said) = ended(up);
        assert_eq!(code, Some(130), "{said}");
        eventually("nobody tries it", || !is_tried());
    }
    for (looks, system) in [("status", "hanging"), ("check", "hanging_outside")] {
        let mut command = scene.command(&[looks, "--engine", "embedded"]);
        command.env("SYSTEM", system);
        let looking = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        eventually("it is tried", is_tried);
        interrupt(&looking);
        let status = looking.wait_with_output().unwrap().status;
        assert_eq!(status.signal(), Some(2), "{looks}: {status}");
        eventually("nobody tries it", || !is_tried());
    }
    scene.succeed(&["down"]);
    scene.is_gone();
}

/// Another command puts a new process in the place of the old one.
#[test]
fn what_is_restarted_is_one_instance() {
    let scene = Scene::new("spoken");
    let run = run_into_file(&scene, &["ticks"]);
    says(&scene, "ticks: started");
    for _ in 0..2 {
        let before = scene.pid("ticks");
        scene.succeed(&["restart", "ticks"]);
        assert_ne!(scene.pid("ticks"), before);
        // Both are seen.
        thread::sleep(Duration::from_millis(300));
    }
    interrupt(&run);
    let (code, _) = ended(run);
    let said = said(&scene);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(summary(&said, "ticks"), "stopped", "{said}");
    scene.is_gone();
}

/// What a `restart` has stopped, it has not started again yet.
#[test]
fn it_does_not_end_while_another_command_is_at_work() {
    let scene = Scene::new("over");
    let mut run = run_into_file(&scene, &[]);
    says(&scene, "ends: started");
    let (home, program) = (Home::at(scene.engine()), PathBuf::from("/nowhere"));
    let patience = Embedded::PATIENCE;
    let engine = Embedded { home, program, patience, is_launched: false };
    let lock = engine.lock("restart", patience, &mut |_| {}).unwrap();
    fs::write(scene.path("over"), "").unwrap();
    says(&scene, "ends: completed");
    // Some looks.
    thread::sleep(Duration::from_millis(500));
    assert!(run.try_wait().unwrap().is_none());
    assert!(!said(&scene).contains("waiting for"), "{}", said(&scene));
    lock.finished();
    drop(lock);
    assert_eq!(run.wait().unwrap().code(), Some(0), "{}", said(&scene));
    assert!(!said(&scene).contains("waiting for"), "{}", said(&scene));
    scene.is_gone();
}

/// As in `run | tee`, where a Ctrl-C ends the reader, too.
#[test]
fn the_end_of_its_reader_is_no_ctrl_c() {
    let scene = Scene::new("spoken");
    let mut run = run(&scene, &[]);
    eventually("it is deaf", || !scene.noted().is_empty() && scene.state("deaf") == "online");
    drop(run.stdout.take());
    eventually("it is asked to end", || scene.state("deaf") == "stopping");
    interrupt(&run);
    thread::sleep(Duration::from_millis(500));
    assert_eq!(scene.state("deaf"), "stopping");
    interrupt(&run);
    let (_, said) = ended(run);
    scene.is_gone();
    assert!(said.contains("nobody reads the lines any more"), "{said}");
}

/// A file on a full disk takes no lines; what runs, runs on.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_and_ends_nothing() {
    let scene = Scene::new("fails");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = scene.command(&["run"]);
    let mut run = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(run.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert!(line.starts_with("error: standard output: No space left on device"), "{line}");
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    interrupt(&run);
    told.read_to_string(&mut line).unwrap();
    assert!(line.contains("the system runs on"), "{line}");
    assert_ne!(run.wait().unwrap().code(), None);
    scene.is_gone();
}

#[test]
fn what_fails_gives_its_exit_code_also_where_nothing_is_left_to_run() {
    let scene = Scene::new("failures");
    let (code, said) = ended(run(&scene, &["three", "five"]));
    // Both fail at once.
    assert!(matches!(code, Some(3 | 5)), "{code:?}: {said}");
    assert_eq!(summary(&said, "three"), "exited with code 3", "{said}");
    scene.is_gone();

    let mut run = run_into_file(&scene, &["waits", "five"]);
    says(&scene, "five: is not running: failed (exit code 5)");
    interrupt(&run);
    assert_eq!(run.wait().unwrap().code(), Some(5), "{}", self::said(&scene));
    scene.is_gone();
}

#[test]
fn what_was_not_started_is_in_the_summary_with_the_reason() {
    let scene = Scene::new("failures");
    let mut run = run_into_file(&scene, &["needy"]);
    says(&scene, "not started because of this: needy");
    assert_eq!(run.try_wait().unwrap(), None);
    interrupt(&run);
    assert_eq!(run.wait().unwrap().code(), Some(4), "{}", said(&scene));
    let said = said(&scene);
    assert_eq!(summary(&said, "never"), "stopped", "{said}");
    assert_eq!(summary(&said, "needy"), "not started: it waits for never, which has failed");
    scene.is_gone();
}

#[test]
fn what_dies_of_a_signal_has_failed() {
    let scene = Scene::new("failures");
    let (code, said) = ended(run(&scene, &["behind"]));
    assert_eq!(code, Some(139), "{said}");
    assert!(said.contains("crashes: is not running: killed by SIGSEGV"), "{said}");
    assert_eq!(summary(&said, "crashes"), "killed by SIGSEGV", "{said}");
    assert_eq!(summary(&said, "behind"), "not started: it waits for crashes, which has failed");
    assert!(!said.contains("completed") && !said.contains("behind: started"), "{said}");
    scene.is_gone();

    let (code, said) = ended(run(&scene, &["--abort-on-failure", "waits", "crashes"]));
    assert_eq!(code, Some(139), "{said}");
    assert!(said.contains("waits: stopped"), "{said}");
    scene.is_gone();

    let (code, said) = ended(run(&scene, &["final_code"]));
    assert_eq!(code, Some(139), "{said}");
    assert_eq!(summary(&said, "final_code"), "killed by SIGSEGV", "it is not restarted: {said}");
    scene.is_gone();
}

pub fn what_waits_for_its_next_restart_has_not_failed_yet() {
    let scene = Scene::new("failures");
    for abort in [&["backs_off"][..], &["--abort-on-failure", "backs_off", "waits"]] {
        let (code, said) = ended(run(&scene, abort));
        assert_eq!(code, Some(9), "{said}");
        assert!(said.contains("backs_off: exited with code 9 too often, not restarted"), "{said}");
        assert_eq!(summary(&said, "backs_off"), "exited with code 9, 8 restarts");
        scene.is_gone();
    }
    // Nothing has failed for good.
    let mut run = run_into_file(&scene, &["goes_on"]);
    says(&scene, "goes_on: exited and was restarted");
    interrupt(&run);
    assert_eq!(run.wait().unwrap().code(), Some(0), "{}", said(&scene));
    scene.is_gone();
}

#[test]
fn a_schedule_keeps_it_going_between_the_runs() {
    let scene = Scene::new("jobs");
    let mut run = run_into_file(&scene, &[]);
    eventually("it has run three times", || said(&scene).matches("tick | tick\n").count() >= 3);
    assert_eq!(run.try_wait().unwrap(), None);
    interrupt(&run);
    assert_eq!(run.wait().unwrap().code(), Some(0));
    let said = said(&scene);
    assert!(said.contains("tick: starts: its schedule says so"), "{said}");
    assert!(matches!(summary(&said, "tick"), "completed" | "stopped"), "{said}");
    scene.is_gone();
}

#[test]
fn what_waits_for_its_time_keeps_it_going() {
    let scene = Scene::new("timed");
    let mut run = run_into_file(&scene, &[]);
    says(&scene, "late: is started at its times, as `cron_restart \"0 3 1 1 *\"` says");
    // Nothing runs until then.
    eventually("its time has come", || said(&scene).contains("soon | soon\n"));
    assert_eq!(run.try_wait().unwrap(), None);
    interrupt(&run);
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(summary(&said(&scene), "late"), "not started");
    scene.is_gone();
}

pub fn an_engine_that_is_killed_is_told_and_is_a_failure() {
    for (part, told) in [
        ("__engine", "the embedded engine was killed, or has crashed"),
        ("__guard", "the embedded engine has ended all that it ran: the guard was killed"),
    ] {
        let scene = Scene::new("ends");
        let mut run = run_into_file(&scene, &[]);
        eventually("all runs", || {
            scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
        });
        kill(scene.part(part));
        let code = run.wait().unwrap().code();
        let said = said(&scene);
        assert_eq!(code, Some(5), "{part}: {said}");
        assert!(said.contains(told), "{said}");
        // It may be seen to be stopped before.
        let end = summary(&said, "after");
        assert!(end == "ended with the engine" || part == "__guard" && end == "stopped", "{said}");
        assert!(!said.contains("daemon") && !said.contains("ending process"), "{said}");
        scene.is_gone();
    }
}

#[test]
fn why_something_restarts_is_told() {
    let scene = Scene::new("causes");
    let mut run = run_into_file(&scene, &[]);
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    fs::write(scene.path("watched/now"), "changed").unwrap();
    says(&scene, "watches: restarts: watched/now has changed");
    fs::write(scene.path("sick"), "").unwrap();
    says(
        &scene,
        "trembles: restarts: 2 probes of `alive` have failed (exec ./is-well.sh: ended with exit code 3)",
    );
    fs::remove_file(scene.path("sick")).unwrap();
    says(&scene, "rides: restarts with trembles");
    interrupt(&run);
    assert_eq!(run.wait().unwrap().code(), Some(0), "{}", said(&scene));
    let said = said(&scene);
    assert!(!said.contains("completed") && !said.contains("exited"), "{said}");
    scene.is_gone();
}

#[test]
fn lines_are_shown_once_where_both_streams_have_one_file() {
    let scene = Scene::new("failures");
    let mut run = run_into_file(&scene, &["together", "both"]);
    for line in ["together   | stays\n", "together   | and complains\n", "both       | stays\n"] {
        says(&scene, line);
    }
    says(&scene, "both       ! and complains\n");
    interrupt(&run);
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(said(&scene).matches(" stays\n").count(), 2, "{}", said(&scene));
    scene.is_gone();
}

#[test]
fn lines_are_shown_whose_log_cannot_be_opened() {
    let scene = Scene::new("failures");
    let mut run = run_into_file(&scene, &["unlogged"]);
    says(&scene, "unlogged   | stays\n");
    says(&scene, "unlogged   ! and complains\n");
    interrupt(&run);
    assert_eq!(run.wait().unwrap().code(), Some(0));
    let told = said(&scene);
    for text in ["unlogged: its log ", " cannot be opened: ", "; what it says is in ", "help: "] {
        assert!(told.contains(text), "{text}: {told}");
    }
    // `up` says it, too.
    let up = scene.output(&["up", "--engine", "embedded", "unlogged"]);
    let told = String::from_utf8(up.stderr).unwrap();
    assert!(told.contains(" cannot be opened: "), "{told}");
    scene.succeed(&["down"]);
    scene.is_gone();
}

/// A hundred million bytes, of which nobody reads any before the Ctrl-C.
#[test]
fn old_lines_do_not_keep_it_from_ending() {
    let scene = Scene::new("loud");
    let run = run(&scene, &["loud"]);
    eventually("all is said", || {
        let status = scene.output(&["status", "--engine", "embedded", "--json"]);
        String::from_utf8_lossy(&status.stdout).contains("\"is\":\"completed\"")
    });
    interrupt(&run);
    let (code, said) = ended(run);
    assert_eq!(code, Some(0));
    assert!(said.len() < 100_000_000, "all of it is shown");
    let left_out = said.lines().find(|line| line.contains(" not shown; the log is ")).unwrap();
    let count: usize = left_out.split(' ').next().unwrap().parse().unwrap();
    assert!(count > 1_000 && left_out.ends_with("/logs/loud-out.log"), "{left_out}");
    assert!(said.contains("loud   completed\n"));
    scene.is_gone();
}
