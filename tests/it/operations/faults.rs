//! Faults around the systems: emptied logs, a full disk, a clock that was set, directories that are gone.
//!
//! PM2's own: `memory_engine` has faults on the seam, and `embedded::` those of connections.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use promethean::engine::Whose;
use promethean::operations::{self, Event, OperationError, Status};
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::effort;
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
pub fn what_was_ready_stays_so_when_its_log_is_emptied() {
    let mut scene = Scene::new();
    let target = scene.target(&LOGGING);
    scene.up(&target).unwrap();
    let pid = scene.pid("web");
    scene.pm2.run(&["flush"]);
    let logs = fs::read_dir(scene.pm2.home().join("logs")).unwrap().flatten();
    assert!(logs.map(|log| log.metadata().unwrap().len()).all(|length| length == 0));
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
    let mut apart = Command::new("unshare");
    apart
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .env("CRASHING", env!("CARGO_BIN_EXE_crashing"))
        .env("ROOT", scene.root())
        .env("GENERATION", "1");
    let output = scene.pm2.engage(&mut apart).output().unwrap();
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

pub fn processes_are_found_again_when_the_clock_was_set() {
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
        assert_eq!(said.matches("which a killed engine left running").count(), 4, "{said}");
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

macro_rules! leaving {
    ($name:ident $generation:literal) => {
        static $name: Ecosystem = ecosystem! {
            name leaving;
            root "it/operations/services";
            use conventions::CONVENTIONS;
            script web {
                run "./stamp.sh", "sh", "-c", "(sleep 100001 &); setsid sh -c 'sleep 100002 & exit'; setsid sleep 100003 & exec sleep 100004";
                kill_timeout 500ms;
                env { GENERATION = $generation; }
            }
        };
    };
}

leaving!(LEAVING "1");
leaving!(LEAVING_MORE "2");

fn left(scene: &Scene) -> usize {
    let events = scene.events().iter();
    events
        .filter(|event| matches!(event, Event::Left { whose: Whose::App(app), .. } if app == "web"))
        .count()
}

/// A child whose parent has ended, one in a session of its own, and one with both.
pub fn what_an_app_has_started_and_left_ends_with_it() {
    let mut scene = Scene::new();
    let (target, changed) = (scene.target(&LEAVING), scene.target(&LEAVING_MORE));
    let all = |generation| (1..=4).map(move |number| format!("sleep 10000{number} {generation}"));
    scene.up(&target).unwrap();
    eventually("all four run", || alive(&scene) == all(1).collect::<Vec<String>>());
    // What is replaced takes with it what is known to be its own.
    scene.apply(&changed).unwrap();
    assert!(left(&scene) > 0, "{:?}", scene.events());
    let now = alive(&scene);
    assert!(now.iter().all(|process| !process.starts_with("sleep 100001 1")), "{now:?}");
    eventually("all four run", || {
        alive(&scene).iter().filter(|one| one.ends_with('2')).count() == 4
    });
    let down = scene.down_told(&changed);
    assert!(down.orphans.len() >= 2 && left(&scene) >= 2, "{:?}", scene.events());
    assert_eq!(alive(&scene), [""; 0]);
}

static NEIGHBOUR: Ecosystem = ecosystem! {
    name neighbour;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script other {
        run "./stamp.sh", "sh", "-c", "setsid sh -c 'sleep 100005 & exit'; exec sleep 100006";
        kill_timeout 500ms;
    }
};

/// Of two apps in one directory, each process has the variables of its own.
#[test]
fn what_an_app_has_left_is_known_by_its_variables() {
    let mut scene = Scene::new();
    let (target, neighbour) = (scene.target(&LEAVING), scene.target(&NEIGHBOUR));
    scene.up(&neighbour).unwrap();
    scene.up(&target).unwrap();
    eventually("all six run", || alive(&scene).len() == 6);
    scene.down_told(&target);
    assert!(left(&scene) > 0, "{:?}", scene.events());
    assert_eq!(alive(&scene), ["sleep 100005 ?", "sleep 100006 ?"], "{:?}", scene.events());
    scene.down_told(&neighbour);
    let told: Vec<&str> = left_by(&scene).into_iter().map(|(whose, _)| whose).collect();
    assert_eq!(told, ["other"], "{:?}", scene.events());
    assert_eq!(alive(&scene), [""; 0]);
}

/// Nothing of these differs but their names, which they are not told.
static ALIKE: Ecosystem = ecosystem! {
    name alike;
    root "it/operations/services";
    defaults { kill_timeout 500ms; env { STAMPS = "{root}/stamps"; } }
    script first { run "./stamp.sh", "sh", "-c", "setsid sh -c 'sleep 100001 & exit'; exec sleep 100002"; }
    script second { run "./stamp.sh"; }
    script third { run "./stamp.sh"; }
};

/// The processes that are left, each with its app and its pid.
fn left_by(scene: &Scene) -> Vec<(&str, u32)> {
    let events = scene.events().iter().filter_map(|event| match event {
        Event::Left { whose: Whose::App(app), pid } => Some((app.as_str(), *pid)),
        Event::Left { whose: Whose::OneOf(_), pid } => Some(("several", *pid)),
        _ => None,
    });
    events.collect()
}

#[test]
fn what_one_of_several_apps_has_left_is_told_as_such() {
    let mut scene = Scene::new();
    let units = |scene: &Scene, units: &[&str]| scene.target_of(&ALIKE, units);
    // They run before its child does.
    scene.up(&units(&scene, &["second", "third"])).unwrap();
    scene.up(&units(&scene, &["first"])).unwrap();
    eventually("all four run", || alive(&scene).len() == 4);
    scene.down_told(&units(&scene, &["second"]));
    let note = scene.events().iter().find_map(|event| match event {
        Event::Note(note) if note.message.contains("may have been left by") => Some(note),
        _ => None,
    });
    // Its own app runs, and it is of that app's family, or of nobody's.
    let note = note.unwrap_or_else(|| panic!("{:?}", scene.events()));
    assert!(
        note.message.contains(" left by one of first, second, third, and keeps running"),
        "{note}"
    );
    let pid = note.message.split(' ').nth(1).unwrap().trim_end_matches(',').to_owned();
    assert!(note.help.as_ref().is_some_and(|help| help.contains(&format!("`kill {pid}` ends it"))));
    assert_eq!(alive(&scene).len(), 3, "{:?}", scene.events());
    // All that can have left it are stopped.
    scene.down_told(&units(&scene, &[]));
    let told = scene.events().iter().filter(|event| matches!(event, Event::Left { .. }));
    let told: Vec<String> = told.map(ToString::to_string).collect();
    let expected = format!("one of first, third: ending process {pid}, which it left running");
    assert_eq!(told, [expected]);
    assert_eq!(alive(&scene), [""; 0]);
}

#[test]
fn what_was_there_before_an_app_was_not_left_by_it() {
    let mut scene = Scene::new();
    let units = |scene: &Scene, units: &[&str]| scene.target_of(&ALIKE, units);
    scene.up(&units(&scene, &["first"])).unwrap();
    eventually("both run", || alive(&scene).len() == 2);
    scene.up(&units(&scene, &["second", "third"])).unwrap();
    scene.down_told(&units(&scene, &["first"]));
    let told: Vec<&str> = left_by(&scene).into_iter().map(|(whose, _)| whose).collect();
    assert_eq!(told, ["first"], "{:?}", scene.events());
    assert_eq!(alive(&scene), ["sleep 100000 ?", "sleep 100000 ?"]);
}

static STUBBORN: Ecosystem = ecosystem! {
    name stubborn;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script stays { run "./stamp.sh"; }
    script gone {
        run "./stamp.sh", "sh", "-c", "trap '' INT TERM; echo trapped; while :; do sleep 0.2; done";
        ready log "^trapped$" { interval 50ms; }
        kill_timeout 40s;
    }
};

static WITHOUT_STUBBORN: Ecosystem = ecosystem! {
    name stubborn;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script stays { run "./stamp.sh"; }
};

/// PM2 waits as long as the app was started with, which is longer than it may take to answer.
pub fn what_is_removed_has_the_time_to_end_that_it_was_started_with() {
    let mut scene = Scene::new();
    scene.up(&scene.target(&STUBBORN)).unwrap();
    let start = Instant::now();
    scene.apply(&scene.target(&WITHOUT_STUBBORN)).unwrap();
    assert!(start.elapsed() >= Duration::from_secs(40));
    assert_eq!(scene.processes().into_keys().collect::<Vec<String>>(), ["stays"]);
}

static DYING: Ecosystem = ecosystem! {
    name dying;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script dying { run "./stamp.sh", "sh", "-c", "sleep 2; exit 3"; autorestart false; }
    script slow { run "./stamp.sh"; ready log "^never$" { timeout 10m; interval 50ms; } }
};

#[test]
fn what_dies_while_another_is_waited_for_is_told_at_once() {
    let mut scene = Scene::new();
    let failed = scene.up(&scene.target(&DYING)).unwrap_err();
    let OperationError::Apps(failures) = &failed else { panic!("{failed:?}") };
    let names: Vec<&str> = failures.failed.iter().map(|failed| failed.app.as_str()).collect();
    assert_eq!(names, ["dying"], "{failures}");
    assert!(failures.failed[0].reason.contains("exit code 3"), "{failures}");
    assert_eq!(failures.running, ["slow"]);
}

static NOT_READY: Ecosystem = ecosystem! {
    name not_ready;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script db { run "./stamp.sh"; }
    script web { run "./stamp.sh"; depends_on db; ready log "^never$" { timeout 1s; interval 50ms; } }
};

#[test]
fn what_is_not_ready_is_among_what_still_runs() {
    let mut scene = Scene::new();
    let failed = scene.up(&scene.target(&NOT_READY)).unwrap_err();
    let OperationError::Apps(failures) = &failed else { panic!("{failed:?}") };
    assert_eq!(failures.failed[0].app, "web");
    assert_eq!(failures.running, ["db", "web"]);
}

macro_rules! shop {
    ($name:ident $shop:ident $version:literal) => {
        static $name: Ecosystem = ecosystem! {
            name $shop;
            root "it/operations/services";
            use conventions::CONVENTIONS;
            script db { run "./stamp.sh"; env { VERSION = $version; } }
            script web { run "./stamp.sh"; depends_on db; }
        };
    };
}

shop!(SHOP shop "1");
shop!(NEW_SHOP shop "2");
shop!(OTHER_SHOP other_shop "3");

fn notes(scene: &Scene) -> Vec<String> {
    let notes = scene.events().iter().filter_map(|event| match event {
        Event::Note(note) => {
            Some(format!("{}; {}", note.message, note.help.as_deref().unwrap_or("-")))
        }
        _ => None,
    });
    notes.collect()
}

#[test]
fn what_goes_on_while_its_dependency_is_restarted_is_named() {
    let mut scene = Scene::new();
    scene.up(&scene.target(&SHOP)).unwrap();
    let web = scene.pid("web");
    scene.up(&scene.target(&NEW_SHOP)).unwrap();
    assert_eq!(
        notes(&scene),
        ["db is restarted; not restarted, but using it: web; `restart web` restarts them"]
    );
    assert_eq!(scene.pid("web"), web);
}

#[test]
fn a_service_of_two_ecosystems_is_taken_as_it_is() {
    let mut scene = Scene::new();
    let (first, other) = (scene.target(&SHOP), scene.target(&OTHER_SHOP));
    scene.up(&first).unwrap();
    let db = scene.pid("db");
    let plan = scene.up(&other).unwrap();
    assert!(plan.is_empty(), "{plan:?}");
    let [note] = notes(&scene).try_into().unwrap();
    assert!(note.starts_with("db is shared with shop in "), "{note}");
    assert_eq!(scene.pid("db"), db);
    for target in [&first, &other] {
        assert!(scene.plan(target).is_empty());
        let status = operations::status(&scene.operator(), target).unwrap();
        assert!(status.is_well(), "{status:?}");
    }
    // Whoever asks for it by name means it.
    scene.up(&scene.target_of(&OTHER_SHOP, &["db"])).unwrap();
    assert_ne!(scene.pid("db"), db);
    assert!(!scene.plan(&first).is_empty());
}

/// Two that ask PM2 at the same time to end a process and to restart it can leave it with one that it
/// does not list.
pub fn an_apply_beside_a_restart_by_hand_leaves_nothing_behind() {
    let scene = Scene::new();
    let apply = |generation| {
        let output = run(&scene, &["apply", "--yes"], generation).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert!(apply(0).0);
    let whole = alive(&scene).len();
    for generation in effort::some_of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
        let mut restart = scene.pm2.command(&["restart", "all"]);
        let mut restart = restart.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(150 + 40 * generation as u64));
        let (_, said) = apply(generation);
        restart.wait().unwrap();
        // What was ended by the other is started now.
        let (done, again) = apply(generation);
        assert!(done, "{again}");
        let alive = alive(&scene);
        let own = |process: &&String| process.ends_with(&format!(" {generation}"));
        assert_eq!(alive.iter().filter(own).count(), whole, "{alive:?}\n{said}\n{again}");
        assert_eq!(alive.len(), whole, "{alive:?}\n{said}\n{again}");
    }
}

static CLUSTERED: Ecosystem = ecosystem! {
    name clustered;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    defaults { env { WRITTEN = "here"; } }
    node common { entry "env.cjs"; exec_mode cluster; instances 2; }
    node module { entry "env.mjs"; exec_mode cluster; node_args "--no-warnings"; }
};

/// A daemon that somebody has started by hand has all variables of their shell.
#[test]
fn a_process_of_a_cluster_does_not_see_the_shell_of_the_daemon() {
    let mut scene = Scene::new();
    let write = |import: &str, file: &str| {
        format!(
            "{import}\nfs.writeFileSync('{file}', JSON.stringify([process.env, process.execArgv]));\n\
             setInterval(() => {{}}, 1000);"
        )
    };
    let common = "const fs = require('fs'); if (require.main !== module) throw 'main';";
    fs::write(scene.path("env.cjs"), write(common, "common.json")).unwrap();
    fs::write(scene.path("env.mjs"), write("import fs from 'fs';", "module.json")).unwrap();
    let mut ping = scene.pm2.command(&["ping"]);
    let ping = ping.env("AWS_SECRET", "s3cr3t").env("PM2_SECRET_KEY", "s3cr3t");
    assert!(ping.output().unwrap().status.success());
    scene.up(&scene.target(&CLUSTERED)).unwrap();
    for file in ["common.json", "module.json"] {
        let read = || fs::read(scene.path(file)).ok();
        let parsed = || serde_json::from_slice::<Value>(&read()?).ok();
        eventually(file, || parsed().is_some());
        let Some(Value::Array(told)) = parsed() else { panic!("{file}") };
        let env = &told[0];
        assert_eq!(env["WRITTEN"], "here", "{file}");
        assert_eq!(env["PATH"], std::env::var("PATH").unwrap(), "{file}");
        assert!(!env.to_string().contains("s3cr3t"), "{file}: {env}");
        for unwritten in ["AWS_SECRET", "PM2_SECRET_KEY", "CARGO_PKG_NAME"] {
            assert!(env.get(unwritten).is_none(), "{file}: {unwritten}");
        }
    }
    let apps = scene.pm2.apps();
    assert!(apps.iter().all(|app| app["pm2_env"]["exec_mode"] == "cluster_mode"), "{apps:?}");
}
