//! What ends and is restarted: by its restart policy, by a schedule, and not any more.

use std::fs;
use std::process::Stdio;

use promethean::declaration::Declaration;
use promethean::operations::{
    Action, AppStatus, Event, FailedApp, OperationError, State, Step, Target, Watch,
};
use promethean::{Ecosystem, Options, ecosystem};
use promethean_test_support::effort;
use promethean_test_support::pm2::eventually;
use serde_json::{Value, json};

use super::conventions;
use super::scene::{Scene, on_both_engines};

on_both_engines! {
    a_restart_that_a_schedule_asks_for_is_no_crash,
    what_is_ready_at_its_second_start_is_waited_for,
    what_is_not_restarted_any_more_is_not_waited_for,
    what_ends_again_and_again_is_not_online,
    what_has_completed_is_not_said_to_run,
    what_a_signal_has_ended_has_not_completed,
    what_is_not_started_is_not_said_to_run,
    what_never_says_that_it_is_ready_is_not,
    what_runs_beside_a_failure_is_named,
    what_ends_all_the_time_is_not_started_again_when_it_is_taken_down,
}

static SCHEDULED: Ecosystem = ecosystem! {
    name scheduled;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script nightly { run "./stamp.sh"; cron_restart "*/2 * * * * *"; }
    script slow {
        run "./stamp.sh", "sh", "-c", "sleep 7; echo at work; exec sleep 100000";
        ready log "^at work$" { timeout 5m; }
    }
};

fn a_restart_that_a_schedule_asks_for_is_no_crash(mut scene: Scene) {
    scene.up(&scene.target(&SCHEDULED)).unwrap();
    let restarts = scene.processes()["nightly"][0].1;
    assert!(restarts >= 2, "it was restarted {restarts} times meanwhile");
}

static OFTEN: Ecosystem = ecosystem! {
    name often;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script each_second { run "./stamp.sh"; cron_restart "* * * * * *"; }
    // PM2 counts the end of what it restarts as one that is too early.
    script young { run "./stamp.sh"; cron_restart "*/2 * * * * *"; min_uptime 1h; }
    // A good part of the time it is about to end.
    script stubborn {
        run "./stamp.sh", "sh", "-c", "trap 'sleep 0.7; exit 0' INT; while true; do sleep 0.1; done";
        cron_restart "*/3 * * * * *";
        kill_timeout 10m;
        restart_delay 1h;
        ready exec "test", "-e", "late" { timeout 5m; interval 100ms; }
    }
    script late {
        run "./stamp.sh", "sh", "-c", "sleep 5; touch late; exec sleep 100000";
        ready exec "test", "-e", "late" { timeout 5m; interval 100ms; }
    }
};

/// Whatever a look finds: a process that is about to end, one between two runs, a new one.
#[test]
fn what_is_restarted_all_the_time_by_a_schedule_is_well() {
    // On a busy machine PM2 loses a process that its schedule restarts while it is being started. Then it is
    // another test.
    let errors = ["already online", "already exists", "already started", "stale exit event"];
    for _ in 0..10 {
        let mut scene = Scene::new();
        let found = restarted_all_the_time(&mut scene);
        let log = fs::read_to_string(scene.pm2.home().join("pm2.log")).unwrap();
        match found {
            Ok(()) => return,
            Err(_) if errors.iter().any(|error| log.contains(error)) => {}
            Err(found) => panic!("{found}"),
        }
    }
    panic!("PM2 has lost processes each time");
}

/// The embedded engine loses nothing.
#[test]
fn what_the_embedded_engine_restarts_all_the_time_is_well() {
    restarted_all_the_time(&mut Scene::embedded()).unwrap();
}

fn restarted_all_the_time(scene: &mut Scene) -> Result<(), String> {
    let target = scene.target(&OFTEN);
    for time in 0..4 {
        let plan = scene.up(&target).map_err(|error| error.to_string())?;
        let mut events = scene.events().iter();
        let is_crash = |event: &&Event| matches!(event, Event::Restarted { .. });
        let is_kept = plan.steps.iter().all(|step| (step.action == Action::Keep) == (time > 0));
        if events.any(|event| is_crash(&event)) || !is_kept {
            return Err(format!("{plan:?} {:?}", scene.events()));
        }
        for _ in 0..3 {
            let plan = scene.plan(&target);
            let is_starting = |step: &Step| matches!(&step.action, Action::Restart { reason } if reason == "starting");
            if !plan.steps.iter().all(|step| step.action == Action::Keep || is_starting(step)) {
                return Err(format!("{plan:?}"));
            }
            let status = scene.status(&target);
            let is_well = |app: &AppStatus| {
                matches!(app.state, State::Online | State::Ready | State::Starting)
            };
            if let Some(app) = status.apps.iter().find(|app| !is_well(app)) {
                return Err(format!("{app:?}"));
            }
        }
    }
    Ok(())
}

static SECOND: Ecosystem = ecosystem! {
    name second;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script database {
        run "./stamp.sh", "sh", "-c",
            "[ -e was ] || (touch was; echo not yet; exit 1) || exit 7; echo at work; exec sleep 100000";
        restart_delay 300ms;
        ready log "^at work$" { timeout 5m; }
    }
    script app { run "./stamp.sh"; depends_on database; }
};

fn what_is_ready_at_its_second_start_is_waited_for(mut scene: Scene) {
    scene.up(&scene.target(&SECOND)).unwrap();
    let restarted =
        Event::Restarted { app: "database".to_owned(), restarts: 1, exit_code: Some(7) };
    assert!(scene.events().contains(&restarted), "{:?}", scene.events());
    assert_eq!(restarted.to_string(), "database: exited with exit code 7, restarted");
    assert!(scene.processes().contains_key("app"));
}

static HOPELESS: Ecosystem = ecosystem! {
    name hopeless;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script gives_up {
        run "./stamp.sh", "sh", "-c", "echo no luck; exit 3";
        restart_delay 100ms;
        max_restarts 2;
        ready log "^at work$" { timeout 1h; }
    }
    script goes_on {
        run "./stamp.sh", "sh", "-c", "sleep 0.3; exit 4";
        restart_delay 100ms;
        max_restarts 100000;
        ready exec "false" { timeout 3s; }
    }
    script once {
        run "./stamp.sh", "sh", "-c", "exit 5";
        autorestart false;
        restart_delay 100ms;
    }
    script later { run "./stamp.sh"; depends_on once(completed); }
    script last { run "./stamp.sh"; depends_on later; }
};

fn failed(scene: &mut Scene, unit: &str) -> FailedApp {
    let target = scene.target_of(&HOPELESS, &[unit]);
    match scene.up(&target).unwrap_err() {
        OperationError::Apps(failures) => failures.failed.into_iter().next().unwrap(),
        other => panic!("{other}"),
    }
}

fn state(scene: &Scene, unit: &str) -> State {
    let target = scene.target_of(&HOPELESS, &[unit]);
    let status = scene.status(&target);
    status.apps[0].state.clone()
}

/// PM2 says `waiting restart` of all of these.
fn what_is_not_restarted_any_more_is_not_waited_for(mut scene: Scene) {
    let gives_up = failed(&mut scene, "gives_up");
    assert_eq!(gives_up.reason, "is not running: given up (exit code 3)");
    assert_eq!(gives_up.log.last().map(String::as_str), Some("no luck"));
    assert_eq!(state(&scene, "gives_up"), State::GivenUp { exit_code: Some(3) });

    let once = failed(&mut scene, "last");
    assert_eq!(
        (once.app.as_str(), once.reason.as_str()),
        ("once", "is not running: failed (exit code 5)")
    );
    assert_eq!(once.not_started, ["later", "last"]);
    assert_eq!(state(&scene, "once"), State::Failed { exit_code: Some(5) });
    assert_eq!(state(&scene, "later"), State::Stopped { as_defined: false });
}

fn what_ends_again_and_again_is_not_online(mut scene: Scene) {
    let goes_on = failed(&mut scene, "goes_on");
    assert!(goes_on.reason.starts_with("did not become ready within 3.0 s: "), "{goes_on:?}");
    assert!(goes_on.reason.contains("; meanwhile it exited and was restarted "), "{goes_on:?}");
    assert!(goes_on.reason.contains(", with exit code 4"), "{goes_on:?}");
    for _ in 0..20 {
        let state = state(&scene, "goes_on");
        assert!(matches!(state, State::Restarting { .. } | State::Starting), "{state:?}");
    }
}

static SILENT: Ecosystem = ecosystem! {
    name silent;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    node database { entry "silent.js"; wait_ready true; listen_timeout 1s; }
    script app { run "./stamp.sh"; depends_on database; }
};

fn what_never_says_that_it_is_ready_is_not(mut scene: Scene) {
    let target = scene.target(&SILENT);
    // Neither is it when it runs since before.
    for help in ["call `process.send('ready')`", "`restart database` waits"] {
        let OperationError::Apps(failures) = scene.up(&target).unwrap_err() else {
            panic!("an app has failed")
        };
        let reason = "did not report within 1 s that it is ready, as `wait_ready` says";
        assert_eq!(failures.failed[0].reason, reason);
        assert!(failures.failed[0].help.as_ref().unwrap().contains(help), "{failures:?}");
        assert_eq!(failures.failed[0].not_started, ["app"]);
        assert!(!scene.processes().contains_key("app"));
        assert_eq!(scene.status(&target).apps[0].state, State::Unready);
    }
}

static DONE: Ecosystem = ecosystem! {
    name done;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script once { run "./stamp.sh", "true"; autorestart false; }
    script app { run "./stamp.sh"; depends_on once(completed); }
};

fn what_has_completed_is_not_said_to_run(mut scene: Scene) {
    let target = scene.target(&DONE);
    scene.up(&target).unwrap();
    scene.up(&target).unwrap();
    let kept = |app: &str, completed| Event::Kept { app: app.to_owned(), completed };
    assert!(scene.events().contains(&kept("once", true)), "{:?}", scene.events());
    assert!(scene.events().contains(&kept("app", false)), "{:?}", scene.events());
    eventually("both are well", || scene.status(&target).is_well());
}

static KILLED: Ecosystem = ecosystem! {
    name killed;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script migrate { run "./stamp.sh", "sh", "-c", "kill -KILL $$"; autorestart false; }
    script app { run "./stamp.sh"; depends_on migrate(completed); }
    /// It handles the signal, and ends by itself.
    script asked {
        run "./stamp.sh", "sh", "-c", "trap 'exit 0' TERM; kill -TERM $$; sleep 100000";
        autorestart false;
    }
};

/// PM2 gives it the exit code 0.
fn what_a_signal_has_ended_has_not_completed(mut scene: Scene) {
    let target = scene.target_of(&KILLED, &["app"]);
    let error = scene.up(&target).unwrap_err().to_string();
    assert!(error.contains("migrate: is not running: killed by SIGKILL\n"), "{error}");
    assert!(error.contains("not started because of this: app\n"), "{error}");
    let target = scene.target_of(&KILLED, &["migrate", "asked"]);
    let states =
        || -> Vec<State> { scene.status(&target).apps.into_iter().map(|app| app.state).collect() };
    assert_eq!(states()[0], State::Failed { exit_code: Some(137) });
    let target = scene.target_of(&KILLED, &["asked"]);
    scene.up(&target).unwrap();
    eventually("it has completed", || scene.status(&target).apps[0].state == State::Completed);
}

static LISTED: Ecosystem = ecosystem! {
    name listed;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script off { run "./stamp.sh"; autostart false; }
};

fn what_is_not_started_is_not_said_to_run(mut scene: Scene) {
    let target = scene.target(&LISTED);
    for _ in 0..2 {
        scene.up(&target).unwrap();
        let told: Vec<String> = scene.events().iter().map(ToString::to_string).collect();
        assert!(
            told.contains(
                &"off: not started, as `autostart false` says; `exec off` runs it here".to_owned()
            ),
            "{told:?}"
        );
        assert!(
            !told.iter().any(|told| told.contains("process") || told.contains("running")),
            "{told:?}"
        );
    }
    assert_eq!(scene.stamps(), []);
}

static BESIDE: Ecosystem = ecosystem! {
    name beside;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script fails { run "./stamp.sh", "sh", "-c", "exit 5"; autorestart false; }
    script waits { run "./stamp.sh"; depends_on fails(completed); }
    script alone { run "./stamp.sh"; }
};

fn what_runs_beside_a_failure_is_named(mut scene: Scene) {
    scene.up(&scene.target_of(&BESIDE, &["alone"])).unwrap();
    let error = scene.up(&scene.target_of(&BESIDE, &["waits"])).unwrap_err().to_string();
    assert!(error.ends_with("  still running: alone"), "{error}");
}

/// Many that end at once: whenever they are taken down, PM2 is about to start some of them.
fn what_ends_all_the_time_is_not_started_again_when_it_is_taken_down(mut scene: Scene) {
    let unit = |number: usize| {
        let settings =
            json!({"run": ["sh", "-c", "exit 1"], "max_restarts": [100_000], "vizion": [false]});
        json!({"service": {
            "kind": "script", "name": format!("restless-{number}"), "block": {"settings": settings},
        }})
    };
    let units: Vec<Value> = (0..20).map(unit).collect();
    let declaration: Declaration =
        serde_json::from_value(json!({"name": "restless", "units": units})).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, scene.root().to_string(), &[]);
    let target = Target::new(&ecosystem, &Options::default()).unwrap();
    for _ in 0..effort::of(10) {
        scene.up(&target).unwrap_err();
        assert_eq!(scene.down(&target).stopped.len(), 20);
        assert_eq!(scene.processes().len(), 0);
    }
}

static COUNTED: Ecosystem = ecosystem! {
    name counted;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script never { run "./stamp.sh", "sh", "-c", "exit 3"; max_restarts 0; }
    // However long it takes them to end, it is too early.
    script first { run "./stamp.sh", "sh", "-c", "exit 4"; max_restarts 1; min_uptime 1h; }
    script delayed {
        run "./stamp.sh", "sh", "-c", "exit 5";
        max_restarts 1;
        min_uptime 1h;
        restart_delay 100ms;
    }
    script done { run "./stamp.sh", "true"; autorestart false; max_restarts 1; min_uptime 1h; }
    script broken { run "./stamp.sh", "sh", "-c", "exit 6"; autorestart false; max_restarts 0; }
    // PM2 counts none of its ends: each comes after `min_uptime`.
    script slowly { run "./stamp.sh", "sh", "-c", "sleep 1.5; exit 7"; max_restarts 1; }
};

/// PM2 gives up all but the last of these, and forgets that when somebody resets its counts.
pub fn what_is_given_up_stays_so_when_its_counts_are_reset() {
    let mut scene = Scene::new();
    let target = scene.target(&COUNTED);
    let units = ["never", "first", "delayed", "done", "broken", "slowly"];
    for unit in units {
        // Most of them fail.
        let _ = scene.up(&scene.target_of(&COUNTED, &[unit]));
    }
    let status = |scene: &Scene| scene.status(&target).apps;
    let states_of_ended = |scene: &Scene| -> Vec<(String, State)> {
        let apps = status(scene).into_iter().filter(|app| app.app != "slowly");
        apps.map(|app| (app.app, app.state)).collect()
    };
    let given_up = |code| State::GivenUp { exit_code: Some(code) };
    let right = [
        ("never", given_up(3)),
        ("first", given_up(4)),
        ("delayed", given_up(5)),
        ("done", State::Completed),
        ("broken", State::Failed { exit_code: Some(6) }),
    ];
    let right = right.map(|(app, state)| (app.to_owned(), state));
    eventually("they have ended", || states_of_ended(&scene) == right);
    let restarts = |scene: &Scene| {
        let slowly = status(scene).into_iter().find(|app| app.app == "slowly").unwrap();
        match slowly.state {
            State::Restarting { restarts, .. } if restarts == slowly.restarts => restarts,
            _ => 0,
        }
    };
    eventually("it is restarted again and again", || restarts(&scene) > 1);
    let counts =
        status(&scene).iter().map(|app| (app.app.clone(), app.restarts)).collect::<Vec<_>>();
    let is_none = |(app, count): &(String, u64)| app == "slowly" || *count == 0;
    assert!(counts.iter().all(is_none), "{counts:?}");

    // PM2 loses what is reset while it starts a process.
    let count =
        |scene: &Scene| status(scene).into_iter().find(|app| app.app == "slowly").unwrap().restarts;
    eventually("its counts are reset", || {
        let before = count(&scene);
        scene.pm2.run(&["reset", "all"]);
        count(&scene) < before
    });
    for _ in 0..10 {
        assert_eq!(states_of_ended(&scene), right);
    }
    eventually("it is restarted again and again", || restarts(&scene) > 0);
    // They are counted from the beginning: those before are not among them.
    let since = restarts(&scene);
    let starts = scene.stamps().into_iter().filter(|(what, _)| what == "slowly").count() as u64;
    assert!(since + 2 < starts, "{since} restarts of {starts} starts");
    // A restart that somebody asks for is none of its own.
    eventually("it is not restarted at that moment anyway", || {
        scene.pm2.command(&["restart", "slowly"]).output().unwrap().status.success()
    });
    let slowly = status(&scene).into_iter().find(|app| app.app == "slowly").unwrap();
    assert!(slowly.restarts > 0, "{slowly:?}");
    assert_eq!(states_of_ended(&scene), right);
}

static IMPATIENT: Ecosystem = ecosystem! {
    name impatient;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script web { run "./stamp.sh"; max_restarts 0; }
};

fn impatient(scene: &Scene) -> State {
    scene.status(&scene.target(&IMPATIENT)).apps[0].state.clone()
}

/// PM2 says of it that it is given up, until it has looked whether all of it has ended.
#[test]
fn what_is_restarted_on_request_is_never_given_up() {
    let mut scene = Scene::new();
    let target = scene.target(&IMPATIENT);
    scene.up(&target).unwrap();
    let engine = scene.engine(&target);
    let mut watch = Watch::new(&*engine, &target);
    for _ in 0..8 {
        let mut restart = scene.pm2.command(&["restart", "web"]);
        let mut restart = restart.stdout(Stdio::null()).spawn().unwrap();
        while restart.try_wait().unwrap().is_none() {
            let status = watch.look().unwrap();
            let state = &status.apps[0].state;
            assert!(!matches!(state, State::GivenUp { .. }), "{state:?}");
        }
    }
}

/// Its process goes on, whatever PM2 counts.
#[test]
fn what_runs_is_online_when_its_counts_are_reset() {
    let mut scene = Scene::new();
    let target = scene.target(&IMPATIENT);
    scene.up(&target).unwrap();
    // It was restarted by somebody before.
    scene.pm2.run(&["restart", "web"]);
    eventually("it runs again", || impatient(&scene) == State::Online);
    let pid = scene.pid("web");
    scene.pm2.run(&["reset", "web"]);
    assert_eq!(impatient(&scene), State::Online);
    let listed = scene.listed(&target, "web");
    assert!(!listed.is_being_replaced, "{listed:?}");
    assert!(scene.up(&target).unwrap().is_empty());
    assert_eq!(scene.pid("web"), pid);
    scene.pm2.run(&["stop", "web"]);
    scene.pm2.run(&["reset", "web"]);
    assert_eq!(impatient(&scene), State::Stopped { as_defined: false });
}
