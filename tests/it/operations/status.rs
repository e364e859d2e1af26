//! What `status` shows.
//!
//! PM2's own are apps that others start in it, logs that it empties, and what its killed daemon leaves behind.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use promethean::operations::{AppStatus, State, Status, Watch};
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::pm2::eventually;
use promethean_test_support::port;

use super::conventions;
use super::scene::{Scene, lives, on_both_engines};

on_both_engines! {
    a_service_with_a_schedule_shows_its_last_and_its_next_run,
    each_unit_is_shown_as_it_is,
}

fn port() -> u16 {
    thread_local! { static PORT: u16 = port::own(); }
    PORT.with(|port| *port)
}

macro_rules! systems {
    ($($name:ident $kept:literal;)*) => {$(
        static $name: Ecosystem = ecosystem! {
            name shown;
            root "it/operations/services";
            use conventions::CONVENTIONS;
            defaults { secrets ".tokens"; }
            external database { ready exec "test", "-f", "database"; hint "make the file database"; }
            script once { run "./stamp.sh", "true"; autorestart false; }
            agent duck {
                env { KEPT = $kept; TOKEN = secret; }
                node web { entry "listen.js"; env { LISTEN = (port()); } ready tcp (format!("127.0.0.1:{}", port())) { interval 50ms; } }
                script worker { run "./stamp.sh"; }
            }
            script stopped { run "./stamp.sh"; depends_on database; }
        };
    )*};
}

systems! {
    OLD "old";
    NEW "new";
}

/// The same name as an app of the others, and what they do not have.
static OTHER: Ecosystem = ecosystem! {
    name other;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    agent owl {
        script worker { run "./stamp.sh"; }
    }
    script twice { run "./stamp.sh"; instances 2; }
    script talks { run "./stamp.sh", "sh", "-c", "echo listening; exec sleep 100000"; ready log "^listening$" { interval 50ms; } }
};

/// What is left of it.
static LESS: Ecosystem = ecosystem! {
    name other;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script twice { run "./stamp.sh"; instances 3; }
    script talks { run "./stamp.sh", "sh", "-c", "echo listening; exec sleep 100000"; ready log "^listening$" { interval 50ms; } }
};

/// Has the name of an app that `OTHER` starts, in another directory.
static THIRD: Ecosystem = ecosystem! {
    name third;
    root "it/operations";
    use conventions::CONVENTIONS;
    script talks "services" { run "./stamp.sh"; }
};

fn status(scene: &Scene, ecosystem: &Ecosystem, units: &[&str]) -> Status {
    scene.status(&scene.target_of(ecosystem, units))
}

fn app<'s>(status: &'s Status, name: &str) -> &'s AppStatus {
    let found = status.apps.iter().find(|app| app.app == name);
    found.unwrap_or_else(|| panic!("{name} is not in {status:?}"))
}

/// A line for each app.
fn shown(status: &Status) -> String {
    let lines = status.apps.iter().map(|app| {
        let (online, restarts) = (app.online(), app.restarts);
        let of = app.instances.map_or_else(|| "?".to_owned(), |instances| instances.to_string());
        let AppStatus { app, state, ready, .. } = app;
        format!("{app} {state:?} ready={ready:?} online={online}/{of} restarts={restarts}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn drift(status: &Status, name: &str) -> Vec<String> {
    app(status, name).drift.iter().map(ToString::to_string).collect()
}

static SCHEDULED: Ecosystem = ecosystem! {
    name scheduled;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script nightly { run "./stamp.sh", "true"; autorestart false; cron_restart "0 4 * * *"; }
    script plain { run "./stamp.sh"; }
};

fn a_service_with_a_schedule_shows_its_last_and_its_next_run(mut scene: Scene) {
    let cron = |scene: &Scene, name: &str| app(&status(scene, &SCHEDULED, &[]), name).cron.clone();
    assert_eq!(cron(&scene, "nightly"), None, "nothing runs");
    let begun = Timestamp::now();
    scene.up(&scene.target(&SCHEDULED)).unwrap();
    assert_eq!(cron(&scene, "plain"), None);
    let nightly = cron(&scene, "nightly").unwrap();
    let (last, next) = (nightly.last.unwrap(), nightly.next.unwrap());
    assert_eq!(nightly.pattern, "0 4 * * *");
    assert!(last >= begun && last <= Timestamp::now(), "{last}");
    // A day may have 25 hours.
    assert!(next > last && next <= last + SignedDuration::from_hours(26), "{next}");
    scene.restart(&scene.target_of(&SCHEDULED, &["nightly"])).unwrap();
    assert!(cron(&scene, "nightly").unwrap().last.unwrap() > last);
}

fn each_unit_is_shown_as_it_is(mut scene: Scene) {
    fs::write(scene.path(".tokens"), "TOKEN=t0k3n\n").unwrap();
    fs::write(scene.path("database"), "").unwrap();
    let before = status(&scene, &OLD, &[]);
    assert!(!before.daemon && !before.is_well());
    assert!(before.apps.iter().all(|app| app.state == State::Stopped { as_defined: false }));

    scene.up(&scene.target(&OLD)).unwrap();
    let up = status(&scene, &OLD, &[]);
    let told = "once Completed ready=None online=0/1 restarts=0
duck_web Ready ready=Some(true) online=1/1 restarts=0
duck_worker Online ready=None online=1/1 restarts=0
stopped Online ready=None online=1/1 restarts=0";
    assert_eq!(shown(&up), told);
    assert!(up.is_well(), "{up:?}");
    assert!(up.apps.iter().any(|app| app.memory > 0 && app.uptime.is_some()));
    let pid = u32::try_from(scene.pid("duck_web")).unwrap();
    assert_eq!(app(&up, "duck_web").processes[0].pid, Some(pid));

    // Units are shown alone.
    let alone = status(&scene, &OLD, &["stopped"]);
    assert_eq!(shown(&alone), "stopped Online ready=None online=1/1 restarts=0");
    scene.down(&scene.target_of(&OLD, &["stopped"]));
    fs::remove_file(scene.path("database")).unwrap();
    let changed = status(&scene, &NEW, &[]);
    assert!(!changed.is_well());
    assert_eq!(changed.externals[0].ready, Some(false));
    assert_eq!(changed.externals[0].hint.as_deref(), Some("make the file database"));
    let state = &app(&changed, "stopped").state;
    assert_eq!(*state, State::Stopped { as_defined: false });
    assert_eq!(drift(&changed, "duck_web"), ["env.KEPT: old → new"]);
    assert_eq!(drift(&changed, "stopped"), [""; 0]);

    // A secret that is another is told, and not what it is.
    fs::write(scene.path(".tokens"), "TOKEN=an0th3r\n").unwrap();
    let changed = status(&scene, &OLD, &["duck.worker"]);
    assert_eq!(drift(&changed, "duck_worker"), ["env.TOKEN: changed (secret)"]);
    assert!(!serde_json::to_string(&changed).unwrap().contains("t0k3n"));

    // One that cannot be read is no reason not to compare the rest.
    fs::remove_file(scene.path(".tokens")).unwrap();
    let unread = status(&scene, &NEW, &[]);
    assert_eq!(drift(&unread, "duck_web"), ["env.KEPT: old → new"]);
    // Nobody knows whether it is the same.
    let same = status(&scene, &OLD, &["duck.worker"]);
    let worker = app(&same, "duck_worker");
    assert!(worker.unread && worker.drift.is_empty() && !worker.is_well(), "{worker:?}");
    assert_eq!(unread.notes.len(), 1, "{:?}", unread.notes);
    let note = "not compared: duck_web and duck_worker: the secret `TOKEN` is neither in ";
    assert!(unread.notes[0].message.starts_with(note), "{:?}", unread.notes);
    assert!(!format!("{unread:?}").contains("t0k3n"));
}

#[test]
fn what_is_not_written_is_told_apart_from_what_is_not_ours() {
    let mut scene = Scene::new();
    scene.up(&scene.target(&OTHER)).unwrap();
    let told = "owl_worker Online ready=None online=1/1 restarts=0
twice Online ready=None online=2/2 restarts=0
talks Ready ready=Some(true) online=1/1 restarts=0";
    let up = status(&scene, &OTHER, &[]);
    assert_eq!(shown(&up), told);
    assert!(up.is_well(), "{up:?}");
    let pids: Vec<_> = app(&up, "twice").processes.iter().map(|process| process.pid).collect();
    assert!(pids[0].is_some() && pids[1].is_some() && pids[0] != pids[1], "{pids:?}");

    let less = status(&scene, &LESS, &[]);
    let told = "twice Online ready=None online=2/3 restarts=0
talks Ready ready=Some(true) online=1/1 restarts=0
owl_worker NoLongerDefined ready=None online=1/? restarts=0";
    assert_eq!(shown(&less), told);
    assert_eq!(app(&less, "owl_worker").agent.as_deref(), Some("owl"));
    assert!(!app(&less, "twice").is_well() && !less.is_well());
    assert_eq!(shown(&status(&scene, &LESS, &["talks"])).lines().count(), 1);

    scene.pm2.run(&["start", scene.path("stamp.sh").to_str().unwrap(), "--name", "byhand"]);
    let third = status(&scene, &THIRD, &[]);
    let owner = |state: &State| match state {
        State::Foreign { owner } => owner.as_ref().map(|owner| owner.name.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(owner(&third.apps[0].state).as_deref(), Some("other"));
    assert_eq!(third.apps.len(), 1, "what others run is not shown: {third:?}");
}

#[test]
fn a_log_that_was_emptied_takes_nothing_back() {
    let mut scene = Scene::new();
    let (target, operator) = (scene.target(&OTHER), scene.operator());
    scene.up(&target).unwrap();
    scene.pm2.run(&["restart", "talks"]);
    scene.down(&target);
    // The log is as long as before, and the service begins behind that.
    scene.up(&target).unwrap();
    let mut watch = Watch::new(&operator, &target);
    assert_eq!(app(&watch.look().unwrap(), "talks").ready, Some(true));
    scene.pm2.run(&["flush", "talks"]);
    // Who has seen it knows, and so does who reads what `up` has seen.
    assert_eq!(app(&watch.look().unwrap(), "talks").ready, Some(true));
    let late = status(&scene, &OTHER, &[]);
    assert_eq!(app(&late, "talks").ready, Some(true));
    assert!(late.is_well());
}

#[test]
fn what_is_left_of_another_ecosystem_is_nobody_elses() {
    let mut scene = Scene::new();
    fs::write(scene.path(".tokens"), "TOKEN=t0k3n\n").unwrap();
    fs::write(scene.path("database"), "").unwrap();
    scene.up(&scene.target(&OLD)).unwrap();
    let worker = scene.pid("duck_worker");
    scene.up(&scene.target(&OTHER)).unwrap();
    scene.kill_daemon();
    // They lie in one directory.
    scene.up(&scene.target(&OTHER)).unwrap();
    assert!(lives(worker), "it was left by another ecosystem, which has not been asked");
    scene.up(&scene.target(&OLD)).unwrap();
    assert!(!lives(worker), "its own ends it");
}

#[test]
fn a_watch_survives_its_daemon() {
    let mut scene = Scene::new();
    fs::write(scene.path(".tokens"), "TOKEN=t0k3n\n").unwrap();
    fs::write(scene.path("database"), "").unwrap();
    let target = scene.target(&OLD);
    scene.up(&target).unwrap();
    scene.up(&scene.target(&OTHER)).unwrap();
    let worker = u32::try_from(scene.pid("duck_worker")).unwrap();
    let owl = u32::try_from(scene.pid("owl_worker")).unwrap();
    let operator = scene.operator();
    let mut watch = Watch::new(&operator, &target);
    assert!(watch.look().unwrap().is_well());
    scene.kill_daemon();
    eventually("the daemon is gone", || watch.look().is_ok_and(|status| !status.daemon));
    let orphaned = watch.look().unwrap();
    let states = orphaned.apps.iter().filter(|app| app.state == State::Orphaned).count();
    assert_eq!(states, 3, "{orphaned:?}");
    assert_eq!(app(&orphaned, "duck_worker").orphans, [worker]);
    assert!(!orphaned.is_well());

    // What the ecosystem does not have any more is told, and what others left is not.
    let left = status(&scene, &LESS, &[]);
    assert_eq!(app(&left, "owl_worker").orphans, [owl]);
    assert!(left.apps.iter().all(|app| !app.app.starts_with("duck")), "{left:?}");
    assert_eq!(status(&scene, &THIRD, &[]).apps[0].state, State::Stopped { as_defined: false });

    scene.up(&target).unwrap();
    let again = watch.look().unwrap();
    assert!(again.is_well(), "{again:?}");
    scene.up(&scene.target(&OTHER)).unwrap();
}
