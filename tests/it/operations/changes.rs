//! What is written anew takes effect.
//!
//! PM2's own is what somebody else changes in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use promethean::operations::Action;
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::pm2::{LIMIT, eventually};
use promethean_test_support::port;

use super::conventions;
use super::scene::{Scene, lives, on_both_engines};

on_both_engines! {
    applying_changes_what_differs_and_nothing_the_second_time,
    a_restart_is_of_what_is_named,
    a_cluster_gets_its_new_definition_without_a_moment_of_silence,
}

static BEFORE: Ecosystem = ecosystem! {
    name changing;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    defaults { secrets ".tokens"; }

    script same { run "./stamp.sh"; }
    script attribute { run "./stamp.sh"; restart_delay 1s; max_restarts 3; }
    script variable {
        run "./stamp.sh", "sh", "-c", "env > variable.env; exec sleep 1000";
        env { OLD = 1; KEPT = "old"; TOKEN = secret; }
    }
    script gone { run "./stamp.sh"; depends_on same; }
};

static AFTER: Ecosystem = ecosystem! {
    name changing;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    defaults { secrets ".tokens"; }

    script same { run "./stamp.sh"; }
    script attribute { run "./stamp.sh"; restart_delay 2s; }
    script variable {
        run "./stamp.sh", "sh", "-c", "env > variable.env; exec sleep 1000";
        env { NEW = 1; KEPT = "new"; TOKEN = secret; }
    }
    script added { run "./stamp.sh"; depends_on same; }
};

fn applying_changes_what_differs_and_nothing_the_second_time(mut scene: Scene) {
    fs::write(scene.path(".tokens"), "TOKEN=first\n").unwrap();
    let (before, after) = (scene.target(&BEFORE), scene.target(&AFTER));
    assert_eq!(Scene::kinds(&scene.plan(&before)).into_values().collect::<Vec<_>>(), ["create"; 4]);
    scene.apply(&before).unwrap();
    let same = scene.pid("same");

    fs::write(scene.path(".tokens"), "TOKEN=second\n").unwrap();
    let plan = scene.plan(&after);
    let expected = BTreeMap::from([
        ("same", "keep"),
        ("attribute", "change"),
        ("variable", "change"),
        ("gone", "remove"),
        ("added", "create"),
    ]);
    assert_eq!(Scene::kinds(&plan), expected);
    let fields = |app: &str| -> Vec<String> {
        let step = plan.steps.iter().find(|step| step.app == app).unwrap();
        let Action::Change { fields } = &step.action else { panic!("{step:?}") };
        fields.iter().map(ToString::to_string).collect()
    };
    assert_eq!(fields("attribute"), ["max_restarts: 3 → not set", "restart_delay: 1000 → 2000"]);
    assert_eq!(
        fields("variable"),
        [
            "env.KEPT: old → new",
            "env.NEW: not set → 1",
            "env.OLD: 1 → not set",
            "env.TOKEN: changed (secret)",
        ]
    );
    assert!(!format!("{plan:?}").contains("second"));

    scene.apply(&after).unwrap();
    assert_eq!(scene.pid("same"), same);
    assert!(!scene.processes().contains_key("gone"));
    let listed = scene.listed(&after, "attribute");
    assert_eq!(listed.restart_delay, Some(Duration::from_secs(2)));
    if scene.is_on_pm2() {
        assert!(scene.pm2.app("attribute")["pm2_env"]["max_restarts"].is_null());
    }
    let env = || fs::read_to_string(scene.path("variable.env")).unwrap_or_default();
    eventually("the new environment", || env().contains("NEW=1\n"));
    assert!(env().contains("KEPT=new\n") && env().contains("TOKEN=second\n"));
    assert!(!env().contains("OLD="));
    let again = scene.apply(&after).unwrap();
    assert!(again.is_empty(), "{again:?}");
    assert_eq!(scene.pid("same"), same);
}

#[test]
fn what_somebody_else_changed_in_pm2_is_put_right() {
    let mut scene = Scene::new();
    fs::write(scene.path(".tokens"), "TOKEN=first\n").unwrap();
    let target = scene.target(&BEFORE);
    scene.up(&target).unwrap();
    scene.pm2.run(&["stop", "same"]);
    let leaking =
        scene.pm2.command(&["restart", "attribute", "--update-env"]).env("LEAK", "1").status();
    assert!(leaking.unwrap().success());
    let plan = scene.plan(&target);
    let kinds = Scene::kinds(&plan);
    assert_eq!((kinds["same"], kinds["attribute"], kinds["gone"]), ("restart", "change", "keep"));
    assert!(
        plan.steps.iter().any(|step| format!("{:?}", step.action).contains("env.LEAK")),
        "{plan:?}"
    );
    scene.up(&target).unwrap();
    assert!(scene.plan(&target).is_empty());
    assert!(!serde_json::to_string(&scene.pm2.apps()).unwrap().contains("LEAK"));
}

fn a_restart_is_of_what_is_named(mut scene: Scene) {
    fs::write(scene.path(".tokens"), "TOKEN=first\n").unwrap();
    scene.up(&scene.target(&BEFORE)).unwrap();
    let (same, gone) = (scene.pid("same"), scene.pid("gone"));
    scene.restart(&scene.target_of(&BEFORE, &["gone"])).unwrap();
    assert_eq!(scene.pid("same"), same);
    assert_ne!(scene.pid("gone"), gone);
    assert!(!lives(gone));
}

/// The port of the cluster on PM2, and on the embedded engine.
static PORTS: LazyLock<[u16; 2]> = LazyLock::new(|| [port::own(), port::own()]);

macro_rules! cluster {
    ($name:ident, $engine:literal, $says:literal) => {
        static $name: Ecosystem = ecosystem! {
            name clustered;
            root "it/operations/services";
            use conventions::CONVENTIONS;
            node web {
                entry "listen.js";
                exec_mode cluster;
                instances 2;
                env { LISTEN = (PORTS[$engine]); SAYS = $says; }
                ready http (format!("http://127.0.0.1:{}/", PORTS[$engine])) { interval 50ms; }
            }
        };
    };
}

cluster!(OLD_ON_PM2, 0, "old");
cluster!(NEW_ON_PM2, 0, "new");
cluster!(OLD_EMBEDDED, 1, "old");
cluster!(NEW_EMBEDDED, 1, "new");

/// What the cluster answers; an error where it does not.
fn answer(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    body.ok_or_else(|| std::io::Error::other(answer))
}

fn a_cluster_gets_its_new_definition_without_a_moment_of_silence(mut scene: Scene) {
    let (old, new, port) = match scene.is_on_pm2() {
        true => (&OLD_ON_PM2, &NEW_ON_PM2, PORTS[0]),
        false => (&OLD_EMBEDDED, &NEW_EMBEDDED, PORTS[1]),
    };
    let answer = || answer(port);
    scene.up(&scene.target(old)).unwrap();
    assert_eq!(answer().unwrap(), "old");
    let over = AtomicBool::new(false);
    let failures = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut failures = Vec::new();
            while !over.load(Ordering::Relaxed) {
                if let Err(error) = answer() {
                    failures.push(error.to_string());
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            failures
        });
        let target = scene.target(new);
        let applied = scene.apply(&target).map(|plan| plan.is_empty());
        over.store(true, Ordering::Relaxed);
        assert_eq!(applied.map_err(|error| error.to_string()), Ok(false));
        asking.join().unwrap()
    });
    assert_eq!(failures, [""; 0]);
    assert_eq!(answer().unwrap(), "new");
    let target = scene.target(new);
    assert!(scene.plan(&target).is_empty(), "{:?}", scene.plan(&target));
    let before = scene.processes();
    scene.reload(&target).unwrap();
    assert_ne!(scene.processes(), before);
    assert!(scene.plan(&target).is_empty());
}
