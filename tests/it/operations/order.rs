//! The order of things, by the services' own timestamps.

use promethean::operations::Event;
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::port;

use super::conventions;
use super::scene::{Scene, on_both_engines};

on_both_engines! {
    each_waits_for_what_it_depends_on,
    a_unit_brings_along_what_it_needs_and_goes_with_what_nobody_else_needs,
}

/// A port for each test: they run on threads of their own.
fn port() -> u16 {
    thread_local! { static PORT: u16 = port::own(); }
    PORT.with(|port| *port)
}

static SYSTEM: Ecosystem = ecosystem! {
    name ordered;
    root "it/operations/services";
    use conventions::CONVENTIONS;

    script last { run "./stamp.sh"; depends_on web, migration(completed), logger; }
    script early { run "./stamp.sh"; depends_on web(started); }
    node web {
        entry "listen.js";
        env { AFTER = "early"; LISTEN = (port()); }
        ready tcp (format!("127.0.0.1:{}", port())) { interval 50ms; }
        depends_on first;
    }
    script migration {
        run "./stamp.sh", "sh", "-c", "sleep 0.3; echo \"migrated $(date +%s%N)\" >> \"$STAMPS\"";
        autorestart false;
        depends_on first;
    }
    script logger {
        run "./stamp.sh", "sh", "-c", "sleep 0.5; echo \"logged $(date +%s%N)\" >> \"$STAMPS\"; echo ready to go; exec sleep 1000";
        ready log "^ready" { interval 50ms; }
    }
    script first { run "./stamp.sh"; }
};

fn each_waits_for_what_it_depends_on(mut scene: Scene) {
    let target = scene.target(&SYSTEM);
    scene.up(&target).unwrap();
    let at = |what| scene.position(what);
    assert!(at("first") < at("web"));
    assert!(at("first") < at("migration"));
    assert!(at("early") < at("web:listens"));
    for awaited in ["web:listens", "migrated", "logged"] {
        assert!(at(awaited) < at("last"), "{awaited}");
    }
    let ready = |event: &Event| matches!(event, Event::Ready { app, .. } if app == "web");
    assert!(scene.events().iter().any(ready), "{:?}", scene.events());
    // What has completed is not started again.
    let again = scene.up(&target).unwrap();
    assert!(again.is_empty(), "{again:?}");
    assert_eq!(scene.stamps().iter().filter(|(what, _)| what == "migration").count(), 1);
}

static CHAIN: Ecosystem = ecosystem! {
    name chain;
    root "it/operations/services";
    use conventions::CONVENTIONS;

    script last { run "./stamp.sh"; depends_on web; }
    script early { run "./stamp.sh"; depends_on web(started); }
    script web { run "./stamp.sh"; depends_on first; }
    script first { run "./stamp.sh"; }
};

fn a_unit_brings_along_what_it_needs_and_goes_with_what_nobody_else_needs(mut scene: Scene) {
    let web = scene.target_of(&CHAIN, &["web"]);
    scene.up(&web).unwrap();
    let names = |scene: &Scene| scene.processes().into_keys().collect::<Vec<_>>();
    assert_eq!(names(&scene), ["first", "web"]);
    scene.up(&scene.target_of(&CHAIN, &["early"])).unwrap();
    assert_eq!(names(&scene), ["early", "first", "web"]);
    let down = scene.down(&web);
    assert_eq!(down.stopped, [""; 0]);
    assert_eq!(down.needed["web"], ["early"]);
    assert_eq!(down.needed["first"], ["web"]);
    let target = scene.target_of(&CHAIN, &["early"]);
    let down = scene.down_told(&target);
    assert_eq!(down.stopped, ["early", "web", "first"]);
    // What is needed begins to stop when it is told that nothing needs it any more.
    let told: Vec<String> = scene
        .events()
        .iter()
        .filter(|event| matches!(event, Event::Stopping { .. } | Event::Stopped { .. }))
        .map(ToString::to_string)
        .collect();
    let expected = ["early", "web", "first"]
        .map(|app| [format!("{app}: stopping"), format!("{app}: stopped")])
        .concat();
    assert_eq!(told, expected);
    assert_eq!(names(&scene), [""; 0]);
}
