//! What a process sees of variables, and where secrets are.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use promethean::{Ecosystem, ecosystem};
use promethean_test_support::pm2::eventually;

use super::conventions;
use super::scene::{Scene, on_both_engines};

on_both_engines! {
    a_process_sees_its_definition_and_the_base_and_nothing_else,
    a_secret_reaches_what_another_file_defines,
}

static SYSTEM: Ecosystem = ecosystem! {
    name environments;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    defaults {
        secrets ".tokens";
        env {
            TOKEN = secret;
            PASSED_ON = inherit "CARGO_MANIFEST_DIR";
            PASSED_ON_OR = inherit "NOBODY_SETS_THIS" or "else";
            CHAIN = secret "NOBODY_STORES_THIS" or "{inherit CARGO_MANIFEST_DIR}/x" or "y";
            LEFT_OUT = secret "NOBODY_STORES_THIS" or inherit "NOBODY_SETS_THIS" or unset;
        }
    }

    script shell { run "./stamp.sh", "sh", "-c", "env > {root}/shell.env; exec sleep 1000"; port 8123; }
    node javascript { entry "env.js"; }
    script python { run "python3", "-c", "import os, time; open('{root}/python.env', 'w').write(repr(sorted(os.environ))); time.sleep(1000)"; }
};

const WRITTEN: [&str; 6] = ["NAME", "STAMPS", "TOKEN", "PASSED_ON", "PASSED_ON_OR", "CHAIN"];

/// What the engine puts there for the program: the number of its instance, the engine's own home, the
/// channel over which the program says that it is ready, and the mark of the embedded engine.
const OF_ENGINE: [&str; 6] = [
    "NODE_APP_INSTANCE",
    "PM2_HOME",
    "NODE_CHANNEL_FD",
    "NODE_CHANNEL_SERIALIZATION_MODE",
    "PROMETHEAN_HOME",
    "PROMETHEAN_PROCESS",
];

/// What a shell sets by itself.
const OF_SHELL: [&str; 4] = ["PWD", "OLDPWD", "SHLVL", "_"];

fn is_expected(name: &str) -> bool {
    let base = promethean::pm2::environment::is_base(name);
    base || [&WRITTEN[..], &OF_ENGINE, &OF_SHELL, &["PORT", "LC_CTYPE"]].concat().contains(&name)
}

/// Tests run under Cargo, whose variables are in the environment of this process.
#[test]
fn a_process_of_the_oldest_pm2_sees_its_definition_and_nothing_else() {
    a_process_sees_its_definition_and_the_base_and_nothing_else(Scene::on("pm2-5.0"));
}

fn a_process_sees_its_definition_and_the_base_and_nothing_else(mut scene: Scene) {
    assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
    fs::write(scene.path(".tokens"), "TOKEN=t0k3n-of-the-test\n").unwrap();
    fs::write(
        scene.path("env.js"),
        "require('fs').writeFileSync('javascript.env', JSON.stringify(process.env));\n\
         setInterval(() => {}, 1000);",
    )
    .unwrap();
    scene.up(&scene.target(&SYSTEM)).unwrap();
    let read = |name: &str| fs::read_to_string(scene.path(name)).unwrap_or_default();
    for file in ["shell.env", "javascript.env", "python.env"] {
        eventually(file, || !read(file).is_empty());
    }
    let shell = read("shell.env");
    let names: BTreeSet<&str> =
        shell.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    let beyond: Vec<&&str> = names.iter().filter(|name| !is_expected(name)).collect();
    assert_eq!(beyond, [&""; 0]);
    for wanted in WRITTEN.iter().chain(&["PATH", "HOME"]) {
        assert!(names.contains(wanted), "{wanted}");
    }
    assert!(shell.contains("\nTOKEN=t0k3n-of-the-test\n"));
    assert!(shell.contains("\nPORT=8123\n"));
    assert!(shell.contains("\nPASSED_ON_OR=else\n"));
    assert!(shell.contains(concat!("\nCHAIN=", env!("CARGO_MANIFEST_DIR"), "/x\n")));
    let python = read("python.env");
    for leaked in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "pm_id", "status"] {
        assert!(!python.contains(&format!("'{leaked}'")), "{leaked} in {python}");
    }
    let node: serde_json::Value = serde_json::from_str(&read("javascript.env")).unwrap();
    assert_eq!(node["TOKEN"], "t0k3n-of-the-test");
    assert_eq!(node["PASSED_ON"], env!("CARGO_MANIFEST_DIR"));
    let beyond: Vec<&String> =
        node.as_object().unwrap().keys().filter(|name| !is_expected(name)).collect();
    assert_eq!(beyond, [""; 0]);
    // PM2's memory, and with it `pm2 save` and `pm2 env`.
    if scene.is_on_pm2() {
        let memory = serde_json::to_string(&scene.pm2.apps()).unwrap();
        assert!(!memory.contains("CARGO_PKG_NAME"));
    }
    scene.assert_nowhere("t0k3n-of-the-test", &[".tokens", "shell.env", "javascript.env"]);
}

mod inner {
    use promethean::{Ecosystem, ecosystem};

    pub static BOTS: Ecosystem = ecosystem! {
        root "it/operations/services";
        secrets "bots.env";
        template bot {
            script talk {
                run "sh", "-c", "echo $TOKEN $OTHER > {root}/{name}.env; exec sleep 100000";
                env { TOKEN = secret; OTHER = secret; }
            }
        }
    };

    pub static SERVICES: Ecosystem = ecosystem! {
        root "it/operations/services";
        script included {
            run "sh", "-c", "echo $TOKEN $OTHER > {root}/{name}.env; exec sleep 100000";
            env { TOKEN = secret; OTHER = secret; }
        }
    };
}

static OUTER: Ecosystem = ecosystem! {
    name outer;
    root "it/operations/services";
    use inner::BOTS;
    secrets "outer.env";
    include inner::SERVICES;
    agent duck: bot;
};

/// The secrets of the whole are there for what other files define, in whatever way it is started.
fn a_secret_reaches_what_another_file_defines(mut scene: Scene) {
    let target = scene.target(&OUTER);
    let missing = scene.up(&target).unwrap_err().to_string();
    assert!(missing.contains("outer.env nor in ") && missing.contains("bots.env"), "{missing}");
    fs::write(scene.path("outer.env"), "TOKEN=of-the-whole\n").unwrap();
    fs::write(scene.path("bots.env"), "TOKEN=farther\nOTHER=of-the-bots\n").unwrap();
    scene.up(&target).unwrap();
    for app in ["included", "duck_talk"] {
        let read = || fs::read_to_string(scene.path(&format!("{app}.env"))).unwrap_or_default();
        eventually(app, || read() == "of-the-whole of-the-bots\n");
    }

    let file = scene.path("outer.config.cjs");
    fs::write(&file, promethean::emit::javascript(target.system(), None)).unwrap();
    let script = "for (const app of require(process.argv[1]).apps) console.log(app.name, app.env.TOKEN, app.env.OTHER)";
    let node = Command::new("node").args(["-e", script]).arg(&file).output().unwrap();
    assert_eq!(
        String::from_utf8(node.stdout).unwrap(),
        "included of-the-whole of-the-bots\nduck_talk of-the-whole of-the-bots\n",
        "{}",
        String::from_utf8_lossy(&node.stderr)
    );
}
