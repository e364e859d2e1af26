//! Clusters that an engine is at work on.
//!
//! PM2's own is what it loses.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use promethean::operations::{self, Event, OperationError, State, Status};
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::pm2::eventually;

use super::conventions;
use super::scene::{Scene, lives, on_both_engines};

on_both_engines! {
    [ahead: a_new_process_that_fails_is_the_last_one_that_is_replaced]
    a_cluster_is_scaled_while_its_processes_run,
    a_cluster_that_changes_and_gets_another_number_of_processes_runs_all_the_time,
}

macro_rules! slow {
    ($name:ident $instances:literal $delay:literal $generation:literal) => {
        static $name: Ecosystem = ecosystem! {
            name slow;
            root "it/operations/services";
            use conventions::CONVENTIONS;
            node web {
                entry "slow.js";
                exec_mode cluster;
                instances $instances;
                kill_timeout 4s;
                listen_timeout 5s;
                env { SLOW = "1500"; DELAY = $delay; GENERATION = $generation; }
            }
        };
    };
}

slow!(OLD 2 "0" "old");
slow!(NEW 2 "0" "new");

/// What a status tells of processes that PM2 does not list.
fn orphans(status: &Status) -> Vec<u32> {
    status.apps.iter().flat_map(|app| app.orphans.clone()).collect()
}

/// PM2 does not list the old process while it ends.
#[test]
fn what_is_being_replaced_is_no_orphan() {
    let mut scene = Scene::new();
    let (old, new) = (scene.target(&OLD), scene.target(&NEW));
    scene.up(&old).unwrap();
    let operator = scene.operator();
    // By a run, and by hand.
    let by_run = || operations::apply(&operator, &new, &mut |_| {}).map(drop).unwrap();
    let by_hand = || drop(scene.pm2.run(&["reload", "web"]));
    let ways: [&(dyn Fn() + Sync); 2] = [&by_run, &by_hand];
    for reload in ways {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                reload();
                over.store(true, Ordering::Relaxed);
            });
            let mut watch = operations::Watch::new(&operator, &new);
            let mut pids = std::collections::BTreeSet::new();
            while !over.load(Ordering::Relaxed) {
                let status = watch.look().unwrap();
                assert_eq!(orphans(&status), [0; 0], "{status:?}");
                let processes = status.apps.iter().flat_map(|app| &app.processes);
                pids.extend(processes.filter_map(|process| process.pid));
            }
            assert!(pids.len() > 2, "the reload was seen: {pids:?}");
        });
    }
}

/// Somebody else may delete what is about to be reloaded.
#[test]
fn a_process_that_is_deleted_before_it_is_reloaded_is_replaced() {
    let mut scene = Scene::new();
    let (old, new) = (scene.target(&OLD), scene.target(&NEW));
    scene.up(&old).unwrap();
    let mut deleted = false;
    operations::apply(&scene.operator(), &new, &mut |event| {
        // The plan is made, and nothing is asked of PM2 yet.
        if matches!(&event, Event::Starting { .. }) && !std::mem::replace(&mut deleted, true) {
            scene.pm2.run(&["delete", "1"]);
        }
    })
    .unwrap();
    assert!(deleted);
    let processes = &scene.processes()["web"];
    assert_eq!(processes.len(), 2, "{processes:?}");
    assert!(scene.plan(&new).is_empty(), "{:?}", scene.plan(&new));
}

slow!(LATE 1 "1500" "late");

/// Asks PM2 for a second reload while the new process of the first does not listen yet.
const RELOADED_TWICE: &str = r"
const client = new (require(process.argv[1] + '/lib/Client.js'))();
const call = (method, argument) => new Promise((resolve) => {
  client.executeRemote(method, argument, (_, data) => resolve(data));
});
client.launchRPC(async () => {
  const look = async () => (await call('getMonitorData', {}))[0];
  const first = (await look()).pid;
  const reload = () => call('reloadProcessId', { id: 0, env: {} });
  const reloads = [reload()];
  for (;;) {
    const now = await look();
    if (now && now.pid !== first && now.pm2_env.status === 'online') break;
  }
  await Promise.all([...reloads, reload()]);
  process.exit(0);
});";

/// PM2 6 forgets the old process when a second reload begins before the first has ended.
pub fn a_process_that_a_living_daemon_has_lost_is_ended() {
    lost_and_ended(|_| {});
}

/// It shows itself whose it is.
pub fn a_lost_process_of_which_nothing_is_remembered_is_ended() {
    lost_and_ended(|scene| {
        std::fs::remove_file(scene.pm2.home().join("promethean/apps.json")).unwrap();
    });
}

fn lost_and_ended(forget: impl Fn(&Scene)) {
    let mut scene = Scene::on("pm2-6");
    let target = scene.target(&LATE);
    scene.up(&target).unwrap();
    let first = scene.pid("web");
    let package = scene.pm2.program().ancestors().nth(2).unwrap().to_owned();
    let reloaded = Command::new("node")
        .args(["-e", RELOADED_TWICE])
        .arg(&package)
        .env("PM2_HOME", scene.pm2.home())
        .env("PM2_PROGRAMMATIC", "true")
        .output()
        .unwrap();
    assert!(reloaded.status.success(), "{}", String::from_utf8_lossy(&reloaded.stderr));
    assert!(lives(first), "PM2 has lost it");
    forget(&scene);
    let operator = scene.operator();
    let orphan = u32::try_from(first).unwrap();
    eventually("it is no longer PM2's to end", || {
        orphans(&operations::status(&operator, &target).unwrap()).contains(&orphan)
    });
    scene.up(&target).unwrap();
    let ended = scene.events().iter().find_map(|event| match event {
        Event::Orphan { pid, lost, .. } => Some((u64::from(*pid), *lost)),
        _ => None,
    });
    assert_eq!(ended, Some((first, true)), "{:?}", scene.events());
    assert!(!lives(first));
    assert_eq!(scene.processes()["web"].len(), 1);
    assert!(operations::status(&operator, &target).unwrap().is_well());
}

macro_rules! by_itself {
    ($name:ident $generation:literal) => {
        static $name: Ecosystem = ecosystem! {
            name slow;
            root "it/operations/services";
            use conventions::CONVENTIONS;
            node web {
                entry "slow.js";
                instances 2;
                env { SLOW = "0"; GENERATION = $generation; }
            }
        };
    };
}

by_itself!(OLD_BY_ITSELF "old");
by_itself!(NEW_BY_ITSELF "new");

/// PM2 runs a Node program that has `instances` in a cluster, whether anybody writes so or not.
#[test]
fn what_pm2_runs_in_a_cluster_by_itself_is_reloaded_too() {
    let mut scene = Scene::new();
    let (old, new) = (scene.target(&OLD_BY_ITSELF), scene.target(&NEW_BY_ITSELF));
    scene.up(&old).unwrap();
    let ids = |scene: &Scene| -> Vec<u64> {
        let apps = scene.pm2.apps();
        assert!(apps.iter().all(|app| app["pm2_env"]["exec_mode"] == "cluster_mode"), "{apps:?}");
        apps.iter().filter_map(|app| app["pm_id"].as_u64()).collect()
    };
    let before = ids(&scene);
    scene.apply(&new).unwrap();
    // What is replaced without a reload is deleted and gets other numbers.
    assert_eq!(ids(&scene), before);
    let generation = |app: &serde_json::Value| app["pm2_env"]["GENERATION"].clone();
    assert!(scene.pm2.apps().iter().all(|app| generation(app) == "new"));
}

slow!(THREE 3 "0" "old");

fn a_cluster_is_scaled_while_its_processes_run(mut scene: Scene) {
    let (two, three) = (scene.target(&OLD), scene.target(&THREE));
    let pids = |scene: &Scene| -> Vec<u64> {
        let mut pids: Vec<u64> = scene.processes()["web"].iter().map(|(pid, ..)| *pid).collect();
        pids.sort_unstable();
        pids
    };
    let told = |scene: &Scene| -> Vec<u64> {
        let started = scene.events().iter().filter_map(|event| match event {
            Event::Started { pids, .. } => Some(pids.iter().map(|pid| u64::from(*pid))),
            _ => None,
        });
        let mut pids: Vec<u64> = started.flatten().collect();
        pids.sort_unstable();
        pids
    };
    scene.up(&two).unwrap();
    let before = pids(&scene);
    assert_eq!(told(&scene), before, "all of them are named");
    assert_eq!(Scene::kinds(&scene.plan(&three))["web"], "scale");
    scene.up(&three).unwrap();
    let more = pids(&scene);
    assert_eq!((before.len(), more.len()), (2, 3));
    let new: Vec<u64> = more.iter().copied().filter(|pid| !before.contains(pid)).collect();
    assert_eq!(told(&scene), new, "only what was started now is named");
    assert!(before.iter().all(|pid| more.contains(pid)), "{before:?} {more:?}");
    assert!(scene.plan(&three).is_empty(), "{:?}", scene.plan(&three));
    let status = operations::status(&*scene.engine(&three), &three).unwrap();
    assert!(status.is_well(), "{status:?}");
    scene.up(&two).unwrap();
    // The others have run all the time.
    let scaled = Event::Scaled { app: "web".to_owned(), from: 3, to: 2 };
    assert!(scene.events().contains(&scaled), "{:?}", scene.events());
    let stopped = Event::Stopped { app: "web".to_owned() };
    assert!(!scene.events().contains(&stopped), "{:?}", scene.events());
    let fewer = pids(&scene);
    assert_eq!(fewer.len(), 2);
    assert!(fewer.iter().all(|pid| more.contains(pid)), "{more:?} {fewer:?}");
    assert!(scene.plan(&two).is_empty());
}

slow!(MORE_NEW 3 "0" "new");

fn a_cluster_that_changes_and_gets_another_number_of_processes_runs_all_the_time(mut scene: Scene) {
    let (two, three) = (scene.target(&OLD), scene.target(&MORE_NEW));
    scene.up(&two).unwrap();
    for (target, count) in [(&three, 3), (&two, 2)] {
        assert_eq!(Scene::kinds(&scene.plan(target))["web"], "change");
        let engine = scene.engine(target);
        let over = AtomicBool::new(false);
        let mut fewest = usize::MAX;
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let running = operations::status(&*engine, target).unwrap();
                    let processes = running.apps.iter().flat_map(|app| &app.processes);
                    let listening = processes.filter(|process| process.pid.is_some()).count();
                    fewest = fewest.min(listening);
                }
            });
            let applied = scene.apply(target);
            over.store(true, Ordering::Relaxed);
            applied.unwrap();
        });
        assert!((1..=3).contains(&fewest), "{count}: {fewest}");
        let stopped = Event::Stopped { app: "web".to_owned() };
        assert!(!scene.events().contains(&stopped), "{:?}", scene.events());
        assert_eq!(scene.processes()["web"].len(), count);
        assert!(scene.plan(target).is_empty(), "{:?}", scene.plan(target));
        assert!(operations::status(&*engine, target).unwrap().is_well());
    }
    let scaled = Event::Scaled { app: "web".to_owned(), from: 3, to: 2 };
    assert!(scene.events().contains(&scaled), "{:?}", scene.events());
}

macro_rules! gated {
    ($name:ident $generation:literal) => {
        static $name: Ecosystem = ecosystem! {
            name gated;
            root "it/operations/services";
            use conventions::CONVENTIONS;
            node web {
                entry "slow.js";
                exec_mode cluster;
                // Node reads it before anything else.
                node_args "--env-file={dir}/gate";
                kill_timeout 500ms;
                listen_timeout 400ms;
                env { SLOW = "0"; GENERATION = $generation; }
            }
        };
    };
}

gated!(GATED_OLD "old");
gated!(GATED_NEW "new");

/// PM2 answers when `listen_timeout` is over and the old process has ended, whatever the new one does: on
/// a busy machine it has not even begun to run.
#[test]
fn a_reload_waits_for_a_process_that_takes_long_to_begin() {
    let mut scene = Scene::new();
    let (old, new) = (scene.target(&GATED_OLD), scene.target(&GATED_NEW));
    let gate = scene.path("gate");
    fs::write(&gate, "").unwrap();
    scene.up(&old).unwrap();
    let before = scene.pid("web");
    fs::remove_file(&gate).unwrap();
    assert!(Command::new("mkfifo").arg(&gate).status().unwrap().success());
    let (operator, log) = (scene.operator(), scene.pm2.home().join("pm2.log"));
    let ended = format!("pid={before} msg=process");
    thread::scope(|scope| {
        let reload = scope.spawn(|| operations::apply(&operator, &new, &mut |_| {}));
        eventually("PM2 has ended the old process", || {
            let log = fs::read_to_string(&log).unwrap();
            log.lines().any(|line| line.contains(&ended) && line.contains("killed"))
        });
        // The new one reads the file to its end and goes on.
        fs::write(&gate, "").unwrap();
        reload.join().unwrap().unwrap();
    });
    let processes = scene.processes();
    let [(pid, _, status)] = processes["web"].as_slice() else { panic!("{processes:?}") };
    assert!(*pid != before && status == "online", "{processes:?}");
}

macro_rules! reporting {
    ($name:ident $does:literal $time:literal) => {
        static $name: Ecosystem = ecosystem! {
            name reporting;
            root "it/operations/services";
            use conventions::CONVENTIONS;
            node web {
                entry "reports.js";
                exec_mode cluster;
                instances 3;
                wait_ready true;
                listen_timeout $time;
                env { DOES = $does; }
            }
        };
    };
}

reporting!(REPORTS "report" 30s);
reporting!(SAYS_NOTHING "run" 2s);
reporting!(FAILS "fail" 2s);

/// PM2 ends the old process also where the new one is not ready.
fn a_new_process_that_fails_is_the_last_one_that_is_replaced(mut scene: Scene) {
    let good = scene.target(&REPORTS);
    let pids = |scene: &Scene| -> Vec<u64> {
        scene.processes()["web"].iter().map(|(pid, ..)| *pid).collect()
    };
    scene.up(&good).unwrap();
    let first = pids(&scene);
    let silent = "did not report within 2 s that it is ready, as `wait_ready` says; \
                  1 of its 3 processes replaced, the other 2 go on as before";
    // A second time it is the same one.
    for (bad, runs) in [(&SAYS_NOTHING, true), (&SAYS_NOTHING, true), (&FAILS, false)] {
        let bad = scene.target(bad);
        let error = scene.up(&bad).unwrap_err();
        let OperationError::Apps(failures) = error else { panic!("{error}") };
        let reason = &failures.failed[0].reason;
        if runs {
            assert_eq!(reason, silent);
            assert_eq!(scene.status(&bad).apps[0].state, State::Unready);
        } else {
            let end = "1 of its 3 processes replaced, the other 2 go on as before";
            // On a busy machine it may not have come as far within the time.
            let fails = reason.contains("exit code 3") && reason.ends_with(end);
            assert!(fails || reason == silent, "{reason}");
        }
        assert!(first.iter().filter(|pid| lives(**pid)).count() == 2, "{:?}", pids(&scene));
    }
    scene.up(&good).unwrap();
    eventually("all are well", || scene.status(&good).is_well());
    assert!(first.iter().all(|pid| !lives(*pid)), "{:?}", pids(&scene));
}
