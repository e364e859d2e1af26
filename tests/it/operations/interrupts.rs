//! Runs that Ctrl-C or SIGTERM interrupts: they end in order, and the next one continues.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use promethean_test_support::pm2::{LIMIT, eventually};
use serde_json::{Value, json};

use super::crashes::{alive, children, run_of};
use super::scene::{self, Scene, kill, on_both_engines};

on_both_engines! {
    an_interrupted_up_reports_what_it_has_started_and_the_next_continues,
    an_up_that_is_interrupted_while_all_is_watched_has_not_succeeded,
    an_interrupted_restart_reports_what_it_has_not_restarted,
    an_interrupted_down_reports_what_it_has_stopped_and_the_next_continues,
    a_second_ctrl_c_waits_for_nothing,
}

fn run(scene: &Scene, arguments: &[&str]) -> Command {
    run_of("interrupted", scene, arguments, 1)
}

fn signal(child: &Child, name: &str) {
    scene::signal(name, &child.id().to_string());
}

/// What a run says until a line with this text has come. It goes on.
fn told_until(child: &mut Child, text: &str) -> String {
    let mut said = Vec::new();
    let from = child.stderr.as_mut().unwrap();
    // Nothing is read beyond the line: the rest is for whoever reads on.
    let mut byte = [0];
    while !(said.ends_with(b"\n") && String::from_utf8_lossy(&said).contains(text)) {
        assert_eq!(from.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
    String::from_utf8(said).unwrap()
}

/// Sends a signal when a line with this text has come. Returns all that is said, and how it ends.
fn interrupted(mut child: Child, text: &str, name: &str) -> (String, ExitStatus) {
    let said = told_until(&mut child, text);
    signal(&child, name);
    let output = child.wait_with_output().unwrap();
    (said + &String::from_utf8(output.stderr).unwrap(), output.status)
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

/// Ctrl-C in the time in which `up` looks whether what it has started stays up. On a busy machine that may be
/// over when the signal comes.
fn an_up_that_is_interrupted_while_all_is_watched_has_not_succeeded(scene: Scene) {
    fs::write(scene.path("go"), "").unwrap();
    let command = |arguments: &[&str]| run(&scene, arguments);
    let early = (0..20).find_map(|_| {
        let child = command(&["up"]).spawn().unwrap();
        let (said, end) = interrupted(child, "worker: started, process ", "-INT");
        if said.contains("\nup after ") {
            assert_eq!(end.code(), Some(0), "{said}");
            assert!(command(&["down"]).status().unwrap().success());
            return None;
        }
        Some((said, end))
    });
    let (said, end) = early.expect("a signal comes in time");
    assert_eq!(end.code(), Some(130), "{said}");
    let told = "\nerror: interrupted\n  started: db, web, worker\n  \
                help: `status` shows whether they stay up\n";
    assert!(said.ends_with(told), "{said}");
    let pids = ["db", "web", "worker"].map(|app| scene.pid(app));
    let output = command(&["up"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(["db", "web", "worker"].map(|app| scene.pid(app)), pids);
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
    let said: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    let last: Value = serde_json::from_str(&said[0]).unwrap();
    assert_eq!(last["event"], "failed");
    assert!(last["message"].as_str().unwrap().contains("goes on; `status` shows"), "{last}");
    // It may not have come to what it was asked for.
    eventually("it is being ended", || scene.processes()["worker"][0].2 == "stopping");
    fs::write(scene.path("end"), "").unwrap();
    assert!(run_of("stopped", &scene, &["down"], 1).status().unwrap().success());
    assert!(scene.processes().is_empty());
}

/// The processes of an app, in the order of PM2's numbers.
fn pids(scene: &Scene, app: &str) -> Vec<u64> {
    scene.processes()[app].iter().map(|(pid, ..)| *pid).collect()
}

fn reloaded(scene: &Scene, arguments: &[&str], generation: usize) -> Command {
    run_of("reloaded", scene, arguments, generation)
}

/// A `reload` to generation 2 that has begun to replace the first of the two processes of `web`, the
/// old one of which ends when the file `end` is there.
fn reloading(scene: &Scene) -> Child {
    assert!(reloaded(scene, &["up"], 1).status().unwrap().success());
    let before = pids(scene, "web");
    assert_eq!(before.len(), 2);
    let reload = reloaded(scene, &["reload"], 2).spawn().unwrap();
    eventually("one is being replaced", || {
        let now = pids(scene, "web");
        now.len() == 2 && now.iter().any(|pid| !before.contains(pid))
    });
    reload
}

/// What is alive when the whole is of generation 2.
const RELOADED: [&str; 3] = ["sleep 100000 2", "web 2", "web 2"];

#[test]
fn an_interrupted_reload_finishes_the_cluster_it_is_at_and_the_next_continues() {
    let scene = Scene::new();
    let reload = reloading(&scene);
    signal(&reload, "-INT");
    fs::write(scene.path("end"), "").unwrap();
    let output = reload.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert_eq!(said.matches("interrupted; waiting").count(), 1, "{said}");
    let told = "\nerror: interrupted\n  started: web\n  not changed: after\n  \
                help: `reload after` continues from here\n";
    assert!(said.ends_with(told), "{said}");
    assert_eq!(alive(&scene), ["sleep 100000 1", "web 2", "web 2"], "{said}");
    let web = pids(&scene, "web");
    let output = reloaded(&scene, &["up"], 2).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((alive(&scene), pids(&scene, "web")), (RELOADED.map(str::to_owned).into(), web));
}

/// PM2 goes on with what a killed run has asked for. A run that is interrupted while it waits for that
/// does not make the next one forget it.
#[test]
fn what_a_killed_reload_has_left_is_waited_for_also_after_an_interruption() {
    let scene = Scene::new();
    let mut reload = reloading(&scene);
    let clients = children(reload.id());
    reload.kill().unwrap();
    reload.wait().unwrap();
    for client in clients {
        kill(&client);
    }
    let waits = "waiting for PM2 to finish web\n";
    let child = reloaded(&scene, &["up"], 2).spawn().unwrap();
    let (said, end) = interrupted(child, waits, "-INT");
    assert_eq!(end.code(), Some(130), "{said}");
    assert!(said.ends_with("\nerror: interrupted; nothing was changed\n"), "{said}");
    let mut up = reloaded(&scene, &["up"], 2).spawn().unwrap();
    let said = told_until(&mut up, waits);
    fs::write(scene.path("end"), "").unwrap();
    let output = up.wait_with_output().unwrap();
    let said = said + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(alive(&scene), RELOADED, "{said}");
    assert_eq!(pids(&scene, "web").len(), 2);
}

/// An `apply` that has begun to remove `last`, which ends when the file `end` is there.
fn removing(scene: &Scene) -> (Child, Lines<BufReader<ChildStdout>>, u64) {
    let up = ["--profile", "first", "up"];
    assert!(run_of("removed", scene, &up, 1).status().unwrap().success());
    assert_eq!(scene.processes().keys().collect::<Vec<_>>(), ["base", "last", "old"]);
    let arguments = ["--profile", "second", "apply", "--yes", "--json"];
    let mut apply = run_of("removed", scene, &arguments, 1);
    let mut apply = apply.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(apply.stdout.take().unwrap()).lines();
    until(&mut lines, |event| event["event"] == "stopping" && event["app"] == "last");
    (apply, lines, scene.pid("base"))
}

/// The next `apply` comes to the definition.
fn removes_the_rest(scene: &Scene, base: u64) {
    let arguments = ["--profile", "second", "apply", "--yes"];
    let output = run_of("removed", scene, &arguments, 1).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(scene.processes().keys().collect::<Vec<_>>(), ["base", "new"], "{said}");
    assert_eq!(scene.pid("base"), base, "{said}");
    assert_eq!(alive(scene).len(), 2, "{said}");
}

#[test]
fn interrupted_removals_are_reported_and_the_next_apply_continues() {
    let scene = Scene::new();
    let (mut apply, mut lines, base) = removing(&scene);
    signal(&apply, "-INT");
    until(&mut lines, |event| {
        event["message"].as_str().is_some_and(|message| message.starts_with("interrupted; waiting"))
    });
    fs::write(scene.path("end"), "").unwrap();
    let failed = until(&mut lines, |event| event["event"] == "failed");
    assert_eq!(apply.wait().unwrap().code(), Some(130), "{failed}");
    let expected = json!({
        "command": "apply", "stopped": ["last"], "not_stopped": ["old"], "started": [],
        "not_ready": [], "not_started": ["new"], "not_changed": [],
    });
    assert_eq!(failed["interrupted"], expected);
    assert_eq!(scene.processes().keys().collect::<Vec<_>>(), ["base", "old"]);
    removes_the_rest(&scene, base);
}

#[test]
fn removals_that_are_killed_are_finished_by_the_next_apply() {
    let scene = Scene::new();
    let (mut apply, _lines, base) = removing(&scene);
    apply.kill().unwrap();
    apply.wait().unwrap();
    fs::write(scene.path("end"), "").unwrap();
    removes_the_rest(&scene, base);
}
