//! What goes wrong, and what is said of it.
//!
//! PM2's own are its program, its versions, and a client that hangs.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use promethean::operations::{Event, OperationError};
use promethean::pm2::{Home, Installation, Pm2Error};
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::files;
use serde_json::json;

use super::conventions;
use super::crashes::run_of;
use super::scene::{Scene, on_both_engines, pm2_error, signal};
use crate::program;

on_both_engines! {
    an_app_that_dies_is_a_failure_with_its_last_words,
    what_does_not_become_ready_or_completes_with_an_error_holds_back_the_rest,
    a_program_that_is_not_there_is_named,
    an_external_that_is_absent_is_told_before_anything_starts,
    an_external_that_comes_late_is_waited_for_as_long_as_is_said,
    a_second_run_waits_for_the_first_or_says_who_it_is,
    exit_codes_tell_failures_apart,
    what_a_failure_keeps_from_being_done_is_told,
}

static DYING: Ecosystem = ecosystem! {
    name dying;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script base { run "./stamp.sh"; }
    script broken {
        run "./stamp.sh", "sh", "-c", "echo to stdout; echo the port is taken >&2; exit 3";
        restart_delay 100ms;
        depends_on base;
    }
    script after { run "./stamp.sh"; depends_on broken; }
};

fn an_app_that_dies_is_a_failure_with_its_last_words(mut scene: Scene) {
    let target = scene.target(&DYING);
    let failed = scene.up(&target).unwrap_err();
    let OperationError::Apps(failures) = &failed else { panic!("{failed:?}") };
    let [broken] = failures.failed.as_slice() else { panic!("{failures:?}") };
    assert_eq!(broken.app, "broken");
    assert!(broken.reason.starts_with("exited and was restarted"), "{}", broken.reason);
    assert!(broken.reason.ends_with("with exit code 3"), "{}", broken.reason);
    assert_eq!(broken.log.last().map(String::as_str), Some("the port is taken"));
    assert!(failures.running.contains(&"base".to_owned()), "{failures:?}");
    // It goes on where it was.
    let base = scene.pid("base");
    assert_eq!(Scene::kinds(&scene.plan(&target))["base"], "keep");
    scene.up(&target).unwrap_err();
    assert_eq!(scene.pid("base"), base);
}

static NEVER_READY: Ecosystem = ecosystem! {
    name never-ready;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script silent { run "./stamp.sh"; ready log "^ready$" { timeout 500ms; interval 50ms; } }
    script after { run "./stamp.sh"; depends_on silent; }
    script once { run "./stamp.sh", "sh", "-c", "exit 1"; autorestart false; }
    script later { run "./stamp.sh"; depends_on once(completed); }
};

fn what_does_not_become_ready_or_completes_with_an_error_holds_back_the_rest(mut scene: Scene) {
    let failed = scene.up(&scene.target_of(&NEVER_READY, &["after"])).unwrap_err();
    assert!(failed.to_string().starts_with("silent: "), "{failed}");
    // It is not ready, and runs all the same.
    assert!(failed.to_string().ends_with("still running: silent"), "{failed}");
    assert!(!scene.processes().contains_key("after"));
    let failed = scene.up(&scene.target_of(&NEVER_READY, &["later"])).unwrap_err();
    assert!(failed.to_string().contains("once: is not running: failed (exit code 1)"), "{failed}");
    assert!(!scene.processes().contains_key("later"));
}

static NOT_THERE: Ecosystem = ecosystem! {
    name not-there;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script absent { run "no-program-of-this-name"; }
};

fn a_program_that_is_not_there_is_named(mut scene: Scene) {
    let failed = scene.up(&scene.target(&NOT_THERE)).unwrap_err();
    assert!(failed.to_string().contains("no-program-of-this-name"), "{failed}");
}

static NEEDING: Ecosystem = ecosystem! {
    name needing;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    external database {
        ready exec "test", "-f", "database";
        hint "make the file database";
    }
    script user { run "./stamp.sh"; depends_on database; }
    script other { run "./stamp.sh"; }
};

fn an_external_that_is_absent_is_told_before_anything_starts(mut scene: Scene) {
    let target = scene.target(&NEEDING);
    let refused = scene.up(&target).unwrap_err();
    assert!(matches!(refused, OperationError::NotReady(_)), "{refused:?}");
    assert!(refused.to_string().ends_with("help: make the file database"), "{refused}");
    assert!(scene.processes().is_empty());
    // Who does not need it comes up without it.
    scene.up(&scene.target_of(&NEEDING, &["other"])).unwrap();
    fs::write(scene.path("database"), "").unwrap();
    scene.up(&target).unwrap();
    // What runs is not asked again.
    fs::remove_file(scene.path("database")).unwrap();
    assert!(scene.up(&target).unwrap().is_empty());
}

fn an_external_that_comes_late_is_waited_for_as_long_as_is_said(mut scene: Scene) {
    let target = scene.target(&NEEDING);
    let late = target.clone().waiting_for_externals(Duration::from_millis(100));
    assert!(matches!(scene.up(&late), Err(OperationError::NotReady(_))));
    let database = scene.path("database");
    let waiting = target.waiting_for_externals(Duration::from_secs(300));
    let mut told = Vec::new();
    let engine = scene.engine(&waiting);
    promethean::operations::up(&*engine, &waiting, &mut |event| {
        if let Event::StillWaiting { app, .. } = &event {
            told.push(app.clone());
            fs::write(&database, "").unwrap();
        }
    })
    .unwrap();
    assert_eq!(told.first().map(String::as_str), Some("database"));
    assert!(scene.processes().contains_key("user"));
}

#[test]
fn a_pm2_that_cannot_be_used_is_an_error_of_its_own() {
    let scene = Scene::new();
    let target = scene.target(&NOT_THERE);
    let file = scene.path("a file");
    fs::write(&file, "").unwrap();
    let mut operator = scene.operator();
    operator.home = Home::at(file.join("home"));
    let refused = promethean::operations::up(&operator, &target, &mut |_| {}).unwrap_err();
    assert!(matches!(pm2_error(&refused), Some(Pm2Error::Home { .. })), "{refused:?}");

    let refused = Installation::find(Some(&file), &[]).unwrap_err();
    assert!(refused.to_string().contains("does not belong to the npm package `pm2`"), "{refused}");
}

fn a_second_run_waits_for_the_first_or_says_who_it_is(mut scene: Scene) {
    let target = scene.target(&DYING);
    let engine = scene.engine_of(target.owner(), Duration::from_millis(200));
    let lock = engine.lock("up of another", Duration::ZERO, &mut |_| {}).unwrap();
    let refused = promethean::operations::up(&*engine, &target, &mut |_| {}).unwrap_err();
    assert!(refused.to_string().contains("`up of another` (process "), "{refused}");
    drop(lock);
    scene.up(&scene.target_of(&DYING, &["base"])).unwrap();
}

pub fn a_daemon_that_is_gone_is_started_anew_and_one_that_hangs_is_told() {
    let mut scene = Scene::new();
    let target = scene.target_of(&DYING, &["base"]);
    scene.up(&target).unwrap();
    scene.pm2.run(&["kill"]);
    scene.up(&target).unwrap();
    assert_eq!(scene.processes().len(), 1);
    let daemon = fs::read_to_string(scene.pm2.home().join("pm2.pid")).unwrap();
    signal("-STOP", daemon.trim());
    let mut operator = scene.operator();
    operator.patience = Duration::from_secs(20);
    let hanging = promethean::operations::plan(&operator, &target);
    signal("-CONT", daemon.trim());
    let hanging = hanging.unwrap_err();
    assert!(matches!(pm2_error(&hanging), Some(Pm2Error::NoAnswer { .. })), "{hanging:?}");
    assert!(hanging.to_string().contains("pm2.log"), "{hanging}");
}

/// On a machine that is busy, PM2's client takes its time: a daemon that nobody has asked is not blamed.
#[test]
fn what_has_not_started_is_not_said_to_hang() {
    let mut scene = Scene::new();
    let target = scene.target_of(&DYING, &["base"]);
    scene.up(&target).unwrap();
    let slow = scene.path("slow-node");
    files::write_program(&slow, "#!/bin/sh\nexec sleep 100000\n");
    let mut operator = scene.operator();
    operator.patience = Duration::from_secs(2);
    operator.installation.node = slow;
    // What only reads does not start the client, nor what has nothing to change.
    assert!(promethean::operations::plan(&operator, &target).unwrap().is_empty());
    assert!(promethean::operations::up(&operator, &target, &mut |_| {}).unwrap().is_empty());
    let error = promethean::operations::restart(&operator, &target, &mut |_| {}).unwrap_err();
    assert!(matches!(pm2_error(&error), Some(Pm2Error::Client { .. })), "{error:?}");
    assert!(error.to_string().ends_with("slow-node, has not started within 2 seconds"), "{error}");
}

/// A client of PM2 that gets no answer to the first two requests to end a process: of one PM2 hears nothing.
const UNANSWERED: &str = r"
const Client = require(REAL);
let asked = 0;
module.exports = class extends Client {
  executeRemote(method, argument, answer) {
    if (method !== 'deleteProcessId') return super.executeRemote(method, argument, answer);
    asked += 1;
    if (asked === 1) return;
    super.executeRemote(method, argument, asked === 2 ? () => {} : answer);
  }
};";

static TWO: Ecosystem = ecosystem! {
    name two;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script one { run "./stamp.sh"; }
    script other { run "./stamp.sh"; }
};

#[test]
fn what_pm2_does_not_answer_is_looked_at_and_asked_again() {
    let mut scene = Scene::new();
    let target = scene.target(&TWO);
    scene.up(&target).unwrap();
    let mut operator = scene.operator();
    operator.installation = installation_with_client(&scene, UNANSWERED);
    promethean::operations::down(&operator, &target, false, &mut |_| {}).unwrap();
    assert!(scene.processes().is_empty(), "{:?}", scene.processes());
}

/// The scene's PM2 with another client, which finds the real one where it says `REAL`.
fn installation_with_client(scene: &Scene, client: &str) -> Installation {
    let real = scene.pm2.program().ancestors().nth(2).unwrap().to_path_buf();
    let package = scene.path("pm2");
    for directory in ["bin", "lib"] {
        fs::create_dir_all(package.join(directory)).unwrap();
    }
    for file in ["package.json", "bin/pm2"] {
        fs::copy(real.join(file), package.join(file)).unwrap();
    }
    let theirs = json!(real.join("lib/Client.js")).to_string();
    let client = client.replace("REAL", &theirs);
    fs::write(package.join("lib/Client.js"), client).unwrap();
    for directory in [".", "lib"] {
        for entry in fs::read_dir(real.join(directory)).unwrap().flatten() {
            let link = package.join(directory).join(entry.file_name());
            if !link.exists() {
                std::os::unix::fs::symlink(entry.path(), link).unwrap();
            }
        }
    }
    Installation::find(Some(&package.join("bin/pm2")), &[]).unwrap()
}

/// As after `npm install --global pm2@latest`.
#[test]
fn a_daemon_of_another_version_is_told() {
    let mut scene = Scene::on("pm2-6");
    scene.up(&scene.target_of(&DYING, &["base"])).unwrap();
    let mut operator = scene.operator();
    let newest = promethean_test_support::node::modules().join("pm2");
    operator.installation = Installation::find(Some(&newest), &[]).unwrap();
    let mut notes = Vec::new();
    let target = scene.target_of(&DYING, &["base"]);
    promethean::operations::up(&operator, &target, &mut |event| {
        if let Event::Note(note) = event {
            notes.push(note.message);
        }
    })
    .unwrap();
    assert_eq!(
        notes,
        ["PM2's daemon is version 6.0.14, the program 7.0.4: `pm2 update` restarts it"]
    );
}

/// The command line of the example, which has no services that do not run on any machine.
fn run(scene: &Scene, arguments: &[&str]) -> Output {
    let mut command = Command::new(program::example());
    command.args(["--profile", "system"]).args(arguments);
    scene.engage(&mut command).output().unwrap()
}

fn exit_codes_tell_failures_apart(scene: Scene) {
    let code = |arguments: &[&str]| run(&scene, arguments).status.code();
    assert_eq!(code(&["plan", "heartbeat"]), Some(0));
    assert_eq!(code(&["plan", "--detailed-exitcode", "heartbeat"]), Some(2));
    assert_eq!(code(&["plan", "hartbeat"]), Some(1));
    assert_eq!(code(&["plan", "--no-such-option"]), Some(2));
    if scene.is_on_pm2() {
        assert_eq!(code(&["plan", "--pm2", "/nowhere", "heartbeat"]), Some(5));
    }
    let refused = run(&scene, &["apply", "heartbeat"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("`--yes` applies the plan without asking"), "{said}");
    let applied = run(&scene, &["apply", "--yes", "--json", "heartbeat"]);
    assert_eq!(applied.status.code(), Some(0), "{}", String::from_utf8_lossy(&applied.stderr));
    let lines = String::from_utf8(applied.stdout).unwrap();
    let events: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(kinds, ["launched", "starting", "started", "up", "done"]);
    assert_eq!(code(&["plan", "--detailed-exitcode", "heartbeat"]), Some(0));
    assert_eq!(code(&["down"]), Some(0));
    assert!(scene.processes().is_empty());
}

fn what_a_failure_keeps_from_being_done_is_told(scene: Scene) {
    let done = |arguments: &[&str], generation| {
        let mut run = run_of("failing", &scene, arguments, generation);
        let output = run.stdout(Stdio::piped()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    fs::write(scene.path("go"), "").unwrap();
    let (code, _, said) = done(&["up"], 1);
    assert_eq!(code, Some(0), "{said}");
    let (code, _, said) = done(&["down", "later"], 1);
    assert_eq!(code, Some(0), "{said}");
    let changed = scene.pid("changed");
    // From now on one is never ready, and another one fails.
    fs::remove_file(scene.path("go")).unwrap();
    fs::write(scene.path("break"), "").unwrap();
    let (code, _, said) = done(&["up"], 2);
    assert_eq!(code, Some(4), "{said}");
    let (_, told) = said.split_once("\nerror: ").unwrap_or_else(|| panic!("{said}"));
    let expected = "broken: is not running: failed (exit code 3)\n  \
                      | no luck\n  \
                      not started: later\n  \
                      not changed: changed\n  \
                      still running: slow (not ready yet), changed\n";
    assert_eq!(told, expected);
    assert_eq!(scene.pid("changed"), changed);
    assert!(!scene.processes().contains_key("later"));

    // The same for a program, by a run that finds it as it is.
    let (code, printed, _) = done(&["up", "--json"], 2);
    assert_eq!(code, Some(4), "{printed}");
    let last = printed.lines().last().unwrap();
    let failed: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!(failed["event"], "failed", "{failed}");
    assert_eq!(failed["message"], expected.trim_end(), "{failed}");
    let mut apps = failed["apps"].clone();
    let [broken] = apps["failed"].as_array_mut().unwrap().as_mut_slice() else {
        panic!("{failed}")
    };
    assert_eq!((&broken["app"], &broken["not_started"]), (&json!("broken"), &json!([])));
    apps.as_object_mut().unwrap().remove("failed");
    let expected = json!({
        "running": ["slow", "changed"],
        "not_ready": ["slow"],
        "not_started": ["later"],
        "not_changed": ["changed"],
    });
    assert_eq!(apps, expected);
}
