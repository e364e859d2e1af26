//! Faults around the systems: emptied logs, a full disk, a clock that was set, directories that are gone.

use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime};

use promethean::operations::{self, Status};
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::pm2::eventually;
use serde_json::Value;

use super::conventions;
use super::crashes::{alive, run};
use super::scene::{Scene, kill, lives};

static LOGGING: Ecosystem = ecosystem! {
    name logging;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script web {
        run "./stamp.sh", "sh", "-c", "echo at work; exec sleep 100000";
        ready log "^at work$" { timeout 60s; interval 50ms; }
    }
};

fn ready_of_web(status: &Status) -> Option<bool> {
    status.apps.iter().find(|app| app.app == "web").and_then(|app| app.ready)
}

/// The line that a process wrote when it was started is gone; it has not started since.
#[test]
fn what_was_ready_stays_so_when_its_log_is_emptied() {
    let mut scene = Scene::new();
    let target = scene.target(&LOGGING);
    scene.up(&target).unwrap();
    let pid = scene.pid("web");
    scene.pm2.run(&["flush"]);
    let log = scene.pm2.home().join("logs/web-out-0.log");
    assert_eq!(fs::metadata(&log).unwrap().len(), 0);
    scene.up(&target).unwrap();
    assert_eq!(scene.pid("web"), pid);
    let status = operations::status(&scene.operator(), &target).unwrap();
    assert_eq!(ready_of_web(&status), Some(true), "{status:?}");
    // PM2 starts it again: whether the line in the log is of the present process is not known.
    kill(&pid.to_string());
    eventually("PM2 has started it again", || {
        let processes = scene.processes();
        matches!(processes["web"].as_slice(), [(new, 1, _)] if *new != pid && lives(*new))
    });
    let status = operations::status(&scene.operator(), &target).unwrap();
    assert_eq!(ready_of_web(&status), None, "{status:?}");
    scene.up(&target).unwrap();
    let told = format!("{:?}", scene.events());
    assert!(told.contains("its log does not tell whether it is ready"), "{told}");
}

macro_rules! base_variables {
    ($name:ident { $($env:tt)* }) => {
        static $name: Ecosystem = ecosystem! {
            name base_variables;
            root "it/operations/services";
            use conventions::CONVENTIONS;
            script web { run "./stamp.sh"; env { $($env)* } }
        };
    };
}

base_variables!(WRITTEN { TZ = "Asia/Tokyo"; LC_ALL = inherit "NOBODY_SETS_THIS" or "C"; });
base_variables!(UNWRITTEN {});

/// Variables that an app inherits where nothing is written for them are not forgotten when somebody
/// takes out what was written.
#[test]
fn a_variable_of_the_base_that_is_no_longer_defined_is_a_change() {
    let mut scene = Scene::new();
    let (written, unwritten) = (scene.target(&WRITTEN), scene.target(&UNWRITTEN));
    scene.up(&written).unwrap();
    assert!(scene.plan(&written).is_empty());
    let plan = scene.plan(&unwritten);
    let operations::Action::Change { fields } = &plan.steps[0].action else { panic!("{plan:?}") };
    let fields: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["env.LC_ALL", "env.TZ"]);
    scene.apply(&unwritten).unwrap();
    let environ = fs::read(format!("/proc/{}/environ", scene.pid("web"))).unwrap();
    assert!(!String::from_utf8_lossy(&environ).contains("Asia/Tokyo"));
    assert!(scene.plan(&unwritten).is_empty(), "{:?}", scene.plan(&unwritten));
}

/// What fills a disk has to be stopped, and then nothing can be written.
#[test]
fn a_system_whose_disk_is_full_goes_down() {
    let scene = Scene::new();
    let script = r#"
        mount -t tmpfs -o size=16m tmpfs "$PM2_HOME" || exit 90
        trap '"$PROMETHEAN_PM2" kill >/dev/null 2>&1' EXIT
        "$CRASHING" --root "$ROOT" up || exit 91
        cat /dev/zero > "$PM2_HOME/all" 2>/dev/null
        "$CRASHING" --root "$ROOT" up one --profile more && exit 92
        "$CRASHING" --root "$ROOT" down || exit 93
        "$CRASHING" --root "$ROOT" status --json > "$ROOT/status.json"
        rm "$PM2_HOME/all"
        "$CRASHING" --root "$ROOT" up || exit 94
        "$CRASHING" --root "$ROOT" down || exit 95
        ls "$PM2_HOME/pids" > "$ROOT/pids"
    "#;
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .env("CRASHING", env!("CARGO_BIN_EXE_crashing"))
        .env("ROOT", scene.root())
        .env("GENERATION", "1")
        .env("PM2_HOME", scene.pm2.home())
        .env("PROMETHEAN_PM2", scene.pm2.program())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {said}", output.status);
    assert_eq!(alive(&scene), [""; 0]);
    assert!(said.contains("No space left on device"), "{said}");
    let status = fs::read(scene.path("status.json")).unwrap();
    let status: Value = serde_json::from_slice(&status).unwrap();
    let apps = status["apps"].as_array().unwrap();
    assert!(apps.iter().all(|app| app["processes"] == serde_json::json!([])), "{status}");
}

/// Sets all times that are remembered of processes, as if the clock had been set by so much since.
fn set_clock(scene: &Scene, seconds: u64, with_seen: bool) {
    let state = scene.pm2.home().join("promethean/apps.json");
    let mut saved: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    for app in saved.as_object_mut().unwrap().values_mut() {
        let seen = app["seen"].as_array_mut().unwrap();
        assert!(!seen.is_empty());
        if !with_seen {
            seen.clear();
        }
        for seen in seen {
            seen["started"] = (seen["started"].as_u64().unwrap() - seconds).into();
        }
    }
    fs::write(&state, serde_json::to_vec(&saved).unwrap()).unwrap();
    for file in fs::read_dir(scene.pm2.home().join("pids")).unwrap().flatten() {
        let file = fs::File::options().write(true).open(file.path()).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
    }
}

#[test]
fn processes_are_found_again_when_the_clock_was_set() {
    for with_seen in [true, false] {
        let scene = Scene::new();
        let up = |generation| {
            let output = run(&scene, &["up"], generation).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
            said
        };
        up(1);
        let before = alive(&scene);
        set_clock(&scene, 1_500, with_seen);
        scene.kill_daemon();
        let said = up(2);
        assert_eq!(said.matches("which a killed PM2 daemon left running").count(), 4, "{said}");
        let after = alive(&scene);
        assert_eq!(after.len(), before.len(), "{after:?}");
        assert!(after.iter().all(|process| process.ends_with(" 2")), "{after:?}");
    }
}

#[test]
fn a_directory_for_temporary_files_that_is_gone_is_not_needed() {
    let scene = Scene::new();
    for command in ["up", "status", "down"] {
        let mut run = run(&scene, &[command], 1);
        let output = run.env("TMPDIR", scene.path("gone")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
    }
}

#[test]
fn a_home_whose_path_is_no_text_is_rejected_by_all() {
    use std::os::unix::ffi::OsStringExt as _;
    let scene = Scene::new();
    let mut home = scene.path("home").into_os_string().into_vec();
    home.push(0xff);
    for command in ["up", "status", "down", "plan"] {
        let mut run = run(&scene, &[command], 1);
        let home = std::ffi::OsString::from_vec(home.clone());
        let output = run.env("PM2_HOME", home).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{command}: {said}");
        assert!(said.contains("not UTF-8") && said.contains("PM2_HOME"), "{command}: {said}");
    }
}
