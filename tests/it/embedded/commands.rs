//! The commands, on the embedded engine.

use std::fs;
use std::process::{Child, Stdio};

use promethean_test_support::pm2::eventually;
use serde_json::Value;

use super::scene::Scene;

#[test]
fn a_system_comes_up_runs_as_it_is_defined_and_goes_down() {
    let scene = Scene::new("ends");
    scene.succeed(&["up", "--engine", "embedded"]);
    // From here on the engine is found by itself.
    assert_eq!(scene.state("once"), "completed");
    assert_eq!(scene.state("crashes"), "online");
    assert_eq!(scene.app("shown")["processes"].as_array().unwrap().len(), 2);
    let plan = scene.output(&["plan", "--detailed-exitcode"]);
    assert_eq!(plan.status.code(), Some(0), "{}", String::from_utf8_lossy(&plan.stdout));

    let before = scene.pid("after");
    scene.succeed(&["restart", "after"]);
    assert_ne!(scene.pid("after"), before);

    let logs = |arguments: &[&str]| scene.succeed(&[&["logs", "--raw"], arguments].concat());
    assert_eq!(logs(&["once"]), "once\n");
    assert_eq!(logs(&["after", "--err", "-n", "1"]), "and complains\n");
    let mut shown: Vec<String> = logs(&["shown"]).lines().map(str::to_owned).collect();
    shown.sort();
    assert_eq!(shown, ["0 7000 from-a-file none", "1 7001 from-a-file none"]);

    scene.succeed(&["down", "after", "--force"]);
    assert_eq!(scene.state("after"), "stopped");
    assert_eq!(scene.state("crashes"), "online");
    scene.succeed(&["down"]);
    scene.is_gone();
}

pub fn what_ends_too_early_restarts_and_is_counted() {
    let scene = Scene::new("ends");
    scene.succeed(&["up", "--engine", "embedded", "crashes"]);
    fs::write(scene.path("crash"), "").unwrap();
    eventually("it is restarted", || scene.app("crashes")["restarts"] == 1);
    eventually("it runs", || scene.state("crashes") == "online");
    assert!(scene.engine_log().contains("crashes: exited with code 7"), "{}", scene.engine_log());
}

pub fn changes_schedules_and_memory_restart_what_runs() {
    let scene = Scene::new("changes");
    scene.succeed(&["up", "--engine", "embedded"]);
    let restarts = |name: &str| scene.app(name)["restarts"].as_u64().unwrap();
    fs::write(scene.path("watched/quiet"), "changed").unwrap();
    fs::write(scene.path("watched/file"), "changed").unwrap();
    eventually("the change restarts it", || restarts("watches") > 0);
    let log = scene.engine_log();
    assert!(log.contains("watched/file has changed"), "{log}");
    assert!(!log.contains("watched/quiet"), "{log}");
    for number in 0..400 {
        fs::write(scene.path(&format!("watched/{number}")), "built").unwrap();
    }
    eventually("many changes are few", || scene.engine_log().contains(" others\n"));
    let lines = scene.engine_log().matches("has changed").count();
    assert!(lines < 40, "the log has {lines} lines for 400 files");
    eventually("its schedule restarts it", || restarts("scheduled") > 1);
    eventually("its memory restarts it", || restarts("greedy") > 0);
    scene.succeed(&["down"]);
    scene.is_gone();
}

#[test]
fn what_has_only_times_is_not_started_before_them() {
    let scene = Scene::new("timed");
    let told_of_late = "late: is started at its times, as `cron_restart \"0 3 1 1 *\"` says";
    for _ in 0..2 {
        let output = scene.output(&["up", "--engine", "embedded"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.contains(told_of_late), "{said}");
        eventually("its time has come", || !scene.app("soon")["cron"]["last"].is_null());
    }
    eventually("it has run twice", || {
        scene.succeed(&["logs", "--raw", "soon"]).matches("soon\n").count() >= 2
    });
    let late = scene.app("late");
    assert_eq!(late["state"]["is"], "stopped", "{late}");
    assert!(late["cron"]["last"].is_null() && !late["cron"]["next"].is_null(), "{late}");
    scene.succeed(&["plan", "--detailed-exitcode", "late"]);
    let output = scene.output(&["restart", "late", "soon"]);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.contains(told_of_late) && said.contains("nothing to do: 2 up to date"), "{said}");
    let id = |app: &Value| app["processes"][0]["id"].as_u64().unwrap();
    assert_eq!(id(&late), id(&scene.app("late")), "it is the same one: {said}");
    scene.succeed(&["down"]);
    scene.is_gone();
}

/// An `up` that goes on.
fn quiet_up(scene: &Scene) -> Child {
    let mut up = scene.command(&["up", "--engine", "embedded"]);
    up.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A job is not done a second time while the processes end that it has left.
#[test]
fn what_has_ended_is_not_started_again_while_its_children_end() {
    let scene = Scene::new("leaves");
    let mut up = quiet_up(&scene);
    eventually("it has ended", || scene.engine_log().contains("job: exited with code 0"));
    assert_eq!(scene.state("job"), "stopping");
    assert_eq!(scene.state("after"), "stopped", "what it has left may be at work");
    let plan = scene.output(&["plan", "job"]);
    let said = String::from_utf8_lossy(&plan.stdout);
    assert!(said.contains("nothing to do: 1 up to date"), "{said}");
    fs::write(scene.path("over"), "").unwrap();
    assert!(up.wait().unwrap().success());
    assert_eq!(scene.state("job"), "completed");
    let lines = scene.succeed(&["logs", "--raw", "job"]);
    assert_eq!(lines.matches("left\n").count(), 1, "{lines}");
    scene.succeed(&["down"]);
    scene.is_gone();
}

/// All that a command says where a variable has a value.
fn said_with(scene: &Scene, arguments: &[&str], (name, value): (&str, &str)) -> String {
    let output = scene.command(arguments).env(name, value).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn a_plan_says_what_it_ends_before_it_is_done() {
    let scene = Scene::new("works");
    let mut up = quiet_up(&scene);
    eventually("it is at work", || scene.engine_log().contains("job: online"));
    let planned = |level: &str| said_with(&scene, &["plan", "job", "after"], ("LEVEL", level));
    let told = "job: it is at work, and is ended before it has completed";
    let said = planned("2");
    assert!(said.contains(told) && said.contains("env.LEVEL"), "{said}");
    let said = planned("1");
    assert!(!said.contains(told), "{said}");
    let without = || said_with(&scene, &["plan"], ("SYSTEM", "idle"));
    let said = without();
    assert!(said.contains(told) && said.contains("- job: remove"), "{said}");
    fs::write(scene.path("over"), "").unwrap();
    assert!(up.wait().unwrap().success());
    let said = planned("2");
    assert!(!said.contains(told) && said.contains("env.LEVEL"), "{said}");
    let said = without();
    assert!(!said.contains(told) && said.contains("- job: remove"), "{said}");
    scene.succeed(&["down"]);
    scene.is_gone();
}

#[test]
fn a_plan_says_what_runs_now_besides_its_times() {
    let scene = Scene::new("yearly");
    scene.succeed(&["up", "--engine", "embedded"]);
    eventually("it is done", || scene.state("report") == "completed");
    let planned = |level: &str| said_with(&scene, &["plan"], ("LEVEL", level));
    let told = "report: it runs now, too, and then as `cron_restart \"0 3 1 1 *\"` says";
    let said = planned("2");
    assert!(said.contains(told) && said.contains("env.LEVEL"), "{said}");
    let said = planned("1");
    assert!(!said.contains(told), "{said}");
    scene.succeed(&["down"]);
}

/// However soon after its start: while the first process ends, that is no failure.
#[test]
fn a_change_just_after_the_start_is_no_failure() {
    let scene = Scene::new("stirred");
    scene.succeed(&["up", "--engine", "embedded"]);
    eventually("it runs again", || scene.state("stirs") == "online");
    let app = scene.app("stirs");
    assert_eq!(app["restarts"], 1, "{app}");
    let log = scene.engine_log();
    assert!(log.contains("stirs: restarts: "), "{log}");
    scene.succeed(&["down"]);
    scene.is_gone();
}

#[test]
fn two_checkouts_run_side_by_side() {
    let one = Scene::new("ends");
    let other = Scene::beside("ends", one.home());
    one.succeed(&["up", "--engine", "embedded", "after"]);
    other.succeed(&["up", "--engine", "embedded", "after"]);
    assert_ne!(one.pid("after"), other.pid("after"));
    one.succeed(&["down"]);
    assert_eq!(other.state("after"), "online");
}

#[test]
fn what_it_cannot_do_is_named_before_anything_starts() {
    let scene = Scene::new("beyond");
    for command in ["check", "up"] {
        let output = scene.output(&[command, "--engine", "embedded"]);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(output.status.code(), Some(3), "{command}: {said}");
        assert!(said.contains("`v8`"), "{command}: {said}");
        assert!(said.contains("`trace`"), "{command}: {said}");
    }
}

#[test]
fn without_pm2_the_help_begins_with_what_to_type() {
    let scene = Scene::new("ends");
    for command in ["up", "plan"] {
        let mut command = scene.command(&[command]);
        command
            .env_remove("PROMETHEAN_PM2")
            .env("PATH", "/usr/bin:/bin")
            .current_dir(scene.path(""));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{said}");
        let help = said.lines().find_map(|line| line.trim_start().strip_prefix("help: ")).unwrap();
        assert!(help.starts_with("run `up --engine embedded`, which needs no PM2"), "{said}");
    }
}

/// Whoever never had PM2 asks for what the embedded engine ran.
#[test]
fn without_pm2_nothing_runs_when_the_embedded_engine_has_ended() {
    let scene = Scene::new("ends");
    let said = |arguments: &[&str]| {
        let mut command = scene.command(arguments);
        command.env_remove("PROMETHEAN_PM2").env("PATH", "/usr/bin:/bin");
        command.env("PM2_HOME", scene.path("pm2")).current_dir(scene.path(""));
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    assert_eq!(said(&["up", "--engine", "embedded", "after"]).0, Some(0));
    assert_eq!(said(&["down"]).0, Some(0));
    scene.is_gone();
    let (code, told) = said(&["down"]);
    assert_eq!((code, told.as_str()), (Some(0), "nothing was stopped\n"));
    let (code, told) = said(&["status"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains(": `up --engine embedded` starts it"), "{told}");
    assert!(told.contains("stopped") && !told.contains("online"), "{told}");
    // With `--engine pm2`, the error says that PM2 is missing.
    assert_eq!(said(&["down", "--engine", "pm2"]).0, Some(5));
    // A daemon of PM2's may be there all the same.
    fs::create_dir(scene.path("pm2")).unwrap();
    fs::write(scene.path("pm2/rpc.sock"), "").unwrap();
    for command in ["down", "status"] {
        assert_eq!(said(&[command]).0, Some(5), "{command}");
    }
}

/// `status` shows it, so whoever names it is not told that there is no such service.
#[test]
fn what_is_no_longer_defined_is_not_unknown() {
    let scene = Scene::new("fails");
    scene.succeed(&["up", "--engine", "embedded"]);
    let fewer = |arguments: &[&str]| {
        let output = scene.command(arguments).env("SYSTEM", "fewer").output().unwrap();
        (
            output.status.success(),
            String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
        )
    };
    let removed = "error: `fails` is no longer defined\n  help: `apply` removes it\n";
    for command in ["down", "restart", "up", "status", "logs"] {
        assert_eq!(fewer(&[command, "fails"]), (false, removed.to_owned()), "{command}");
    }
    let (_, said) = fewer(&["down", "nobody"]);
    assert!(said.contains("unknown service or agent `nobody`"), "{said}");
    let (succeeds, said) = fewer(&["apply", "--yes"]);
    assert!(succeeds, "{said}");
    let (_, said) = fewer(&["down", "fails"]);
    assert!(said.contains("unknown service or agent `fails`"), "{said}");
    scene.succeed(&["down"]);
}
