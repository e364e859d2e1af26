//! What `status` shows.

use std::fs;
use std::process::Command;

use promethean::operations::{self, State, Watch};
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::pm2::eventually;
use regex_lite::Regex;

use crate::conventions;
use crate::scene::{Scene, free_port};

fn port() -> u16 {
    thread_local! { static PORT: u16 = free_port(); }
    PORT.with(|port| *port)
}

macro_rules! systems {
    ($($name:ident $kept:literal;)*) => {$(
        static $name: Ecosystem = ecosystem! {
            name shown;
            root "tests/operations/services";
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

/// The lines that the command prints, with what differs from run to run as `#`.
fn shown(scene: &Scene, ecosystem: &Ecosystem, units: &[&str]) -> String {
    let status = operations::status(&scene.operator(), &scene.target_of(ecosystem, units)).unwrap();
    let lines = status.apps.iter().map(|app| {
        let pids = app.pids.len();
        format!(
            "{} {:?} ready={:?} pids={pids} restarts={}",
            app.app, app.state, app.ready, app.restarts
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_unit_is_shown_as_it_is() {
    let mut scene = Scene::new();
    fs::write(scene.path(".tokens"), "TOKEN=t0k3n\n").unwrap();
    fs::write(scene.path("database"), "").unwrap();
    let before = operations::status(&scene.operator(), &scene.target(&OLD)).unwrap();
    assert!(!before.daemon && !before.is_well());
    assert!(before.apps.iter().all(|app| app.state == State::Absent));

    scene.up(&scene.target(&OLD)).unwrap();
    let told = "once Completed ready=None pids=0 restarts=0
duck_web Online ready=Some(true) pids=1 restarts=0
duck_worker Online ready=None pids=1 restarts=0
stopped Online ready=None pids=1 restarts=0";
    assert_eq!(shown(&scene, &OLD, &[]), told);
    let status = operations::status(&scene.operator(), &scene.target(&OLD)).unwrap();
    assert!(status.is_well(), "{status:?}");
    assert!(status.apps.iter().any(|app| app.memory > 0 && app.uptime.is_some()));

    // Units are shown alone.
    assert_eq!(shown(&scene, &OLD, &["stopped"]), "stopped Online ready=None pids=1 restarts=0");
    scene.pm2.run(&["stop", "stopped"]);
    fs::remove_file(scene.path("database")).unwrap();
    let status = operations::status(&scene.operator(), &scene.target(&NEW)).unwrap();
    assert!(!status.is_well());
    assert_eq!(status.externals[0].ready, Some(false));
    let stopped = status.apps.iter().find(|app| app.app == "stopped").unwrap();
    assert!(matches!(&stopped.state, State::Down { what } if what.starts_with("stopped")));
    let drift = |name: &str| {
        let app = status.apps.iter().find(|app| app.app == name).unwrap();
        app.drift.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(drift("duck_web"), ["env.KEPT: old → new"]);
    assert_eq!(drift("stopped"), [""; 0]);

    // A secret that cannot be read is no reason to show nothing.
    fs::remove_file(scene.path(".tokens")).unwrap();
    let status = operations::status(&scene.operator(), &scene.target(&NEW)).unwrap();
    assert_eq!(status.apps.len(), 4);
    assert!(status.notes[0].starts_with("the variables of duck_web are not compared: "));
    assert!(!format!("{status:?}").contains("t0k3n"));
}

#[test]
fn a_watch_survives_its_daemon() {
    let mut scene = Scene::new();
    fs::write(scene.path(".tokens"), "TOKEN=t0k3n\n").unwrap();
    fs::write(scene.path("database"), "").unwrap();
    let target = scene.target(&OLD);
    scene.up(&target).unwrap();
    let operator = scene.operator();
    let mut watch = Watch::new(&operator, &target);
    assert!(watch.look().unwrap().is_well());
    scene.kill_daemon();
    eventually("the daemon is gone", || watch.look().is_ok_and(|status| !status.daemon));
    let orphaned = watch.look().unwrap();
    let states = orphaned.apps.iter().filter(|app| app.state == State::Orphaned).count();
    assert_eq!(states, 3, "{orphaned:?}");
    scene.up(&target).unwrap();
    assert!(watch.look().unwrap().is_well());
}

/// The command itself, on Promethean's own system.
#[test]
fn the_table_has_agents_with_their_services() {
    let scene = Scene::new();
    let output = Command::new(env!("CARGO"))
        .args(["run", "-q", "--example", "promethean", "--", "--profile", "system"])
        .args(["status", "duck", "heartbeat"])
        .env("PM2_HOME", scene.pm2.home())
        .env("PROMETHEAN_PM2", scene.pm2.program())
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    // MongoDB may run on this machine.
    let shown = Regex::new("(?m)^external mongodb.*\n(  help.*\n)?")
        .unwrap()
        .replace(&shown, "")
        .into_owned();
    assert_eq!(
        shown,
        "no PM2 daemon runs here: `up` starts one
unit                   state        ready  pid  up  restarts  cpu  memory
duck                   0/6 online                          0   0%   0 MiB
  discord_indexer      not running
  cephalon             not running
  embedder             not running
  voice                not running
  attachment_indexer   not running
  attachment_embedder  not running
heartbeat              not running
"
    );
    assert!(output.status.success());
}
