//! Runs that Ctrl-C or SIGTERM interrupts: they end in order, and the next one continues.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use promethean_test_support::pm2::LIMIT;
use serde_json::{Value, json};

use super::crashes::run_of;
use super::scene::{Scene, on_both_engines};

on_both_engines! {
    an_interrupted_up_reports_what_it_has_started_and_the_next_continues,
    an_interrupted_restart_reports_what_it_has_not_restarted,
    an_interrupted_down_reports_what_it_has_stopped_and_the_next_continues,
    a_second_ctrl_c_waits_for_nothing,
}

fn run(scene: &Scene, arguments: &[&str]) -> Command {
    run_of("interrupted", scene, arguments, 1)
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
}

/// Sends a signal when a line with this text has come. Returns all that is said, and how it ends.
fn interrupted(mut child: Child, text: &str, name: &str) -> (String, ExitStatus) {
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    while !said.contains(text) {
        assert_ne!(lines.read_line(&mut said).unwrap(), 0, "{said}");
    }
    signal(&child, name);
    lines.read_to_string(&mut said).unwrap();
    (said, child.wait().unwrap())
}

fn an_interrupted_up_reports_what_it_has_started_and_the_next_continues(scene: Scene) {
    let child = run(&scene, &["up"]).spawn().unwrap();
    let (said, end) = interrupted(child, "web: waiting for it to become ready\n", "-INT");
    assert_eq!(end.code(), Some(130), "{said}");
    let told = "\nerror: interrupted\n  started: db, web\n  not ready yet: web\n  not started: worker\n  \
                help: `up` continues from here\n";
    assert!(said.ends_with(told), "{said}");
    let (db, web) = (scene.pid("db"), scene.pid("web"));
    assert_eq!(scene.processes().keys().collect::<Vec<_>>(), ["db", "web"]);

    // Again, for a program, by the other signal.
    let mut again = run(&scene, &["up", "--json"]);
    let mut again = again.stdout(Stdio::piped()).spawn().unwrap();
    let mut events = BufReader::new(again.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut event = || events.next().map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let kept = |event: &Value| event["event"] == "kept" && event["app"] == "web";
    while !event().is_some_and(|event| kept(&event)) {}
    signal(&again, "-TERM");
    let last = std::iter::from_fn(event).last().unwrap();
    assert_eq!(again.wait().unwrap().code(), Some(130), "{last}");
    let expected = json!({
        "command": "up", "stopped": [], "not_stopped": [], "started": [], "not_ready": [], "not_started": ["worker"], "not_changed": [],
    });
    assert_eq!((&last["event"], &last["interrupted"]), (&json!("failed"), &expected));

    fs::write(scene.path("go"), "").unwrap();
    let output = run(&scene, &["up"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.starts_with("db: already running\nweb: already running\n"), "{said}");
    assert_eq!((scene.pid("db"), scene.pid("web")), (db, web), "{said}");
    assert_eq!(scene.processes()["worker"][0].2, "online");
}

#[test]
fn who_waits_for_another_run_is_interrupted_at_once() {
    let scene = Scene::new();
    let lock = scene.operator().home.lock("up of another", Duration::ZERO, &mut |_| {}).unwrap();
    let child = run(&scene, &["up"]).spawn().unwrap();
    let (said, end) = interrupted(child, "waiting for `up of another`", "-TERM");
    assert_eq!(end.code(), Some(130), "{said}");
    assert!(said.ends_with("\nerror: interrupted; nothing was changed\n"), "{said}");
    drop(lock);
    drop(scene.operator().home.lock("test", LIMIT, &mut |_| {}).unwrap());
    assert!(scene.processes().is_empty());
}

fn an_interrupted_restart_reports_what_it_has_not_restarted(scene: Scene) {
    fs::write(scene.path("go"), "").unwrap();
    assert!(run(&scene, &["up"]).status().unwrap().success());
    fs::remove_file(scene.path("go")).unwrap();
    let worker = scene.pid("worker");
    let child = run(&scene, &["restart"]).spawn().unwrap();
    let (said, end) = interrupted(child, "web: waiting for it to become ready\n", "-INT");
    assert_eq!(end.code(), Some(130), "{said}");
    let told = "\nerror: interrupted\n  started: db, web\n  not ready yet: web\n  not changed: worker\n  \
                help: `restart worker` continues from here\n";
    assert!(said.ends_with(told), "{said}");
    assert_eq!(scene.pid("worker"), worker);
}

/// A `down` that has begun to stop `worker`, which ends when the file `end` is there.
fn stopping(scene: &Scene) -> (Child, Lines<BufReader<ChildStdout>>) {
    let stopped = |arguments: &[&str]| run_of("stopped", scene, arguments, 1);
    assert!(stopped(&["up"]).status().unwrap().success());
    let mut down = stopped(&["down", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(down.stdout.take().unwrap()).lines();
    until(&mut lines, |event| event["event"] == "stopping" && event["app"] == "worker");
    signal(&down, "-INT");
    until(&mut lines, |event| {
        event["message"].as_str().is_some_and(|message| message.starts_with("interrupted; waiting"))
    });
    (down, lines)
}

fn until(lines: &mut Lines<BufReader<ChildStdout>>, is_it: impl Fn(&Value) -> bool) -> Value {
    let mut events = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    events.find(|event| is_it(event)).expect("the event comes")
}

fn an_interrupted_down_reports_what_it_has_stopped_and_the_next_continues(scene: Scene) {
    let (mut down, mut lines) = stopping(&scene);
    fs::write(scene.path("end"), "").unwrap();
    let failed = until(&mut lines, |event| event["event"] == "failed");
    assert_eq!(down.wait().unwrap().code(), Some(130), "{failed}");
    let expected = json!({
        "command": "down", "stopped": ["worker"], "not_stopped": ["db", "web"],
        "started": [], "not_ready": [], "not_started": [], "not_changed": [],
    });
    assert_eq!(failed["interrupted"], expected);
    let told = "interrupted\n  stopped: worker\n  not stopped: db, web\n  help: `down db web` continues \
                from here";
    assert_eq!(failed["message"], told);
    assert_eq!(scene.processes().keys().collect::<Vec<_>>(), ["db", "web"]);
    let output = run_of("stopped", &scene, &["down", "db", "web"], 1).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(scene.processes().is_empty());
}

fn a_second_ctrl_c_waits_for_nothing(scene: Scene) {
    let (mut down, lines) = stopping(&scene);
    signal(&down, "-INT");
    assert_eq!(down.wait().unwrap().code(), Some(130));
    assert_eq!(lines.count(), 0, "nothing more is said");
    assert_eq!(scene.processes()["worker"][0].2, "stopping");
    fs::write(scene.path("end"), "").unwrap();
    assert!(run_of("stopped", &scene, &["down"], 1).status().unwrap().success());
    assert!(scene.processes().is_empty());
}
