//! Every wait is told, with its age and its limit.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use promethean::operations::{self, Awaited, Event, OperationError, Target};
use promethean::{Ecosystem, Options, ecosystem};
use promethean_test_support::side_by_side;

use super::conventions;
use super::example::Example;
use super::scene::{Scene, on_both_engines, signal};

on_both_engines! {
    what_does_not_complete_is_told_and_has_a_limit,
    another_run_that_takes_long_is_told_again_and_again,
    a_dependency_says_how_long_it_may_take,
    what_watches_or_has_instances_completes,
    an_engine_that_does_not_answer_is_told_while_it_is_waited_for,
}

/// Longer than the pause between two lines.
const LONG: Duration = Duration::from_secs(8);

static ENDLESS: Ecosystem = ecosystem! {
    name endless;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script seed { run "./stamp.sh", "sh", "-c", "echo sowing; exec sleep 1000"; autorestart false; }
    script app { run "./stamp.sh"; depends_on seed (completed); }
};

/// What is still waited for of an app.
fn still<'e>(events: &'e [Event], name: &str) -> Vec<&'e Event> {
    let of = |event: &&Event| matches!(event, Event::StillWaiting { app, .. } if app == name);
    events.iter().filter(of).collect()
}

fn what_does_not_complete_is_told_and_has_a_limit(mut scene: Scene) {
    let failed = scene.up(&scene.target(&ENDLESS).waiting(LONG)).unwrap_err();
    let OperationError::Apps(failures) = &failed else { panic!("{failed:?}") };
    let [seed] = failures.failed.as_slice() else { panic!("{failures:?}") };
    assert_eq!(seed.reason, "did not complete within 8 s: it is online; waiting for it: app");
    let help = "`--wait 1h` waits longer; `logs seed` shows what it does; if it is not meant to end, \
                depend on `seed (started)`";
    assert_eq!(seed.help.as_deref(), Some(help));
    assert_eq!(seed.log, ["sowing"]);
    assert!(!scene.processes().contains_key("app"));
    let begun = Event::Completing { app: "seed".to_owned(), limit: LONG };
    assert!(scene.events().contains(&begun), "{:?}", scene.events());
    let told = still(scene.events(), "seed");
    let [Event::StillWaiting { until, since, limit, .. }] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((*until, *limit), (Awaited::Completed, LONG));
    assert!(*since >= Duration::from_secs(5) && *since < LONG, "{since:?}");
    let line = told[0].to_string();
    assert!(line.starts_with("seed: still waiting for it to complete: "), "{line}");
    assert!(line.ends_with(" s of at most 8 s"), "{line}");
    // The next run waits for what goes on.
    let pid = scene.pid("seed");
    scene.up(&scene.target(&ENDLESS).waiting(Duration::from_secs(1))).unwrap_err();
    assert_eq!(scene.pid("seed"), pid);
}

static SLOW: Ecosystem = ecosystem! {
    name slow;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script unready { run "./stamp.sh"; ready log "^never$" { timeout 8s; interval 50ms; } }
    script stubborn {
        run "./stamp.sh", "sh", "-c", "trap '' INT TERM; echo trapped; while :; do sleep 0.2; done";
        ready log "^trapped$" { interval 50ms; }
        kill_timeout 8s;
    }
};

pub fn a_probe_and_a_stop_that_take_long_are_told() {
    side_by_side::run(
        2,
        [("on PM2", Scene::new as fn() -> Scene), ("embedded", Scene::embedded)]
            .map(|(engine, scene)| (engine.to_owned(), move || what_takes_long_is_told(scene()))),
    );
}

fn what_takes_long_is_told(mut scene: Scene) {
    scene.up(&scene.target_of(&SLOW, &["unready"])).unwrap_err();
    let told = still(scene.events(), "unready");
    assert!(
        matches!(told.as_slice(), [Event::StillWaiting { until: Awaited::Ready, limit, .. }] if *limit == LONG),
        "{told:?}"
    );

    let stubborn = scene.target_of(&SLOW, &["stubborn"]);
    scene.up(&stubborn).unwrap();
    let mut events = Vec::new();
    let engine = scene.engine(&stubborn);
    operations::restart(&*engine, &stubborn, &mut |event| events.push(event)).unwrap();
    operations::down(&*engine, &stubborn, false, &mut |event| events.push(event)).unwrap();
    let told = still(&events, "stubborn");
    let [Event::StillWaiting { until: first, .. }, .., Event::StillWaiting { until: last, .. }] =
        told.as_slice()
    else {
        panic!("{events:?}")
    };
    assert_eq!((*first, *last), (Awaited::Stopped, Awaited::Stopped));
}

fn another_run_that_takes_long_is_told_again_and_again(scene: Scene) {
    let target = scene.target(&SLOW);
    let engine = scene.engine_of(target.owner(), LONG);
    let _lock = engine.lock("up of another", Duration::ZERO, &mut |_| {}).unwrap();
    let mut lines = Vec::new();
    let refused = operations::up(&*engine, &target, &mut |event| lines.push(event.to_string()));
    let refused = refused.unwrap_err().to_string();
    assert!(refused.starts_with("another run is in progress in "), "{refused}");
    let [first, second] = lines.as_slice() else { panic!("{lines:?}") };
    let begin = "waiting for `up of another` (process ";
    assert!(first.starts_with(begin) && first.ends_with("0 s of at most 8 s"), "{first}");
    assert!(second.starts_with(begin) && second.ends_with(" s of at most 8 s"), "{second}");
    assert_ne!(first, second);
}

fn an_engine_that_does_not_answer_is_told_while_it_is_waited_for(scene: Scene) {
    let example = Example::on(scene);
    example.succeed(&["--profile", "system", "up", "tts"]);
    let daemon = example.daemon().unwrap().to_string();
    signal("-STOP", &daemon);
    let mut status = example.command(&["status"]);
    let status = status.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut status = status.unwrap();
    // Without the line this ends with the limit, and an error.
    let mut lines = BufReader::new(status.stderr.take().unwrap()).lines().map_while(Result::ok);
    let told = lines.find(|line| line.starts_with("waiting for an answer of "));
    signal("-CONT", &daemon);
    let rest: Vec<String> = lines.collect();
    let status = status.wait_with_output().unwrap();
    let told = told.unwrap_or_else(|| panic!("{rest:?}"));
    assert!(told.contains(" (5 s of at most ") && told.ends_with(')'), "{told}");
    assert!(status.status.success(), "{rest:?}");
    assert!(String::from_utf8_lossy(&status.stdout).contains("tts"));
    example.succeed(&["down"]);
}

static TIMED: Ecosystem = ecosystem! {
    name timed;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script never { run "./stamp.sh"; ready log "^never$" { timeout 1h; interval 50ms; } }
    script dependent { run "./stamp.sh"; depends_on never (timeout 2s); }
    script late {
        run "./stamp.sh", "sh", "-c", "sleep 3; echo there; exec sleep 1000";
        ready log "^there$" { timeout 1s; interval 50ms; }
    }
    script patient { run "./stamp.sh"; depends_on late (ready, timeout 5m); }
    script endless { run "./stamp.sh"; autorestart false; }
    script after { run "./stamp.sh"; depends_on endless (completed, timeout 2s); }
};

fn a_dependency_says_how_long_it_may_take(mut scene: Scene) {
    let failed = |result: Result<_, OperationError>| match result.unwrap_err() {
        OperationError::Apps(failures) => failures.failed.into_iter().next().unwrap(),
        other => panic!("{other:?}"),
    };
    // Shorter than the probe says, and longer.
    let never = failed(scene.up(&scene.target_of(&TIMED, &["dependent"])).map(|_| ()));
    assert!(never.reason.contains("within 2.0 s"), "{never:?}");
    assert_eq!(never.not_started, ["dependent"]);
    scene.up(&scene.target_of(&TIMED, &["patient"])).unwrap();
    assert!(scene.position("late") < scene.position("patient"));
    let endless = failed(scene.up(&scene.target_of(&TIMED, &["after"])).map(|_| ()));
    let reason = "did not complete within 2 s: it is online; waiting for it: after";
    assert_eq!(endless.reason, reason);
    let help = endless.help.unwrap();
    assert!(help.starts_with("the `timeout` in `depends_on` gives it more time; "), "{help}");
    scene.down(&scene.target(&TIMED));
}

/// What the compiler cannot see.
fn never() -> bool {
    false
}

static EXPRESSED: Ecosystem = ecosystem! {
    name expressed;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script seed { run "./stamp.sh", "true"; autorestart false; autostart (never()); }
    script app { run "./stamp.sh"; depends_on seed (completed); }
};

#[test]
fn what_is_never_started_is_rejected_by_every_command() {
    let rejected = Target::new(&EXPRESSED, &Options::default()).unwrap_err();
    assert_eq!(
        rejected.to_string(),
        "app › depends_on: `seed` never completes: `autostart false` keeps it from starting\n  \
         help: remove its `autostart false`, or the dependency on its completion"
    );
}

static COMPLETING: Ecosystem = ecosystem! {
    name completing;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script watching { run "./stamp.sh", "true"; autorestart false; watch "watched"; allow missing-watch "made by the test"; }
    script several { run "./stamp.sh", "true"; autorestart false; instances 2; }
    script succeeding { run "./stamp.sh", "true"; stop_exit_codes 0; }
    script app {
        run "./stamp.sh";
        depends_on watching (completed), several (completed), succeeding (completed);
    }
};

/// These look like what never completes, and complete.
fn what_watches_or_has_instances_completes(mut scene: Scene) {
    std::fs::create_dir(scene.path("watched")).unwrap();
    let target = scene.target(&COMPLETING).waiting(Duration::from_secs(120));
    scene.up(&target).unwrap();
    for completed in ["watching", "several", "succeeding"] {
        assert!(scene.position(completed) < scene.position("app"), "{completed}");
    }
}
