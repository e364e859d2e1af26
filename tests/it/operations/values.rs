//! The values of variables: they reach the process whole, or nothing is touched, and no error, log,
//! file or process list shows them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use promethean::{Ecosystem, ecosystem};
use promethean_test_support::dice::Dice;
use promethean_test_support::pm2::eventually;
use promethean_test_support::{effort, files};
use serde_json::{Value, json};

use super::scene::{Scene, on_both_engines};

on_both_engines! {
    a_variable_that_is_a_number_hides_no_exit_code_and_no_time,
    what_another_shell_has_is_told_as_such,
}

/// It has a `$`, quotes and a line's worth of letters, as tokens have.
const SECRET: &str = "t0k3n-$HOME-'of'-the-test-0123456789abcdef";
/// What gives it away.
const TELLING: &str = "of'-the-test-0123";

/// The program that runs any declaration.
const DECLARED: &str = env!("CARGO_BIN_EXE_declared");

/// The packages of PM2 that the tests have.
const PACKAGES: [&str; 4] = ["pm2-5.0", "pm2-5", "pm2-6", "pm2"];

/// A system of one service, with a secret and a file of variables.
fn declaration(service: &Value) -> Value {
    json!({
        "name": "values",
        "paths_unchecked": true,
        "secrets": ".tokens",
        "defaults": {"env": {"TOKEN": {"secret": null}, "FROM_SHELL": {"inherit": {}}}},
        "units": [{"service": service}],
    })
}

fn run(scene: &Scene, declaration: &Value, arguments: &[&str]) -> Output {
    run_in(scene, declaration, Command::new(DECLARED), arguments)
}

fn run_in(scene: &Scene, declaration: &Value, mut command: Command, arguments: &[&str]) -> Output {
    let file = scene.path("declaration.json");
    fs::write(&file, declaration.to_string()).unwrap();
    command
        .args(["--root", scene.root().as_str()])
        .args(arguments)
        .env("DECLARATION", file)
        .env("FROM_SHELL", SECRET);
    scene.engage(&mut command).output().unwrap()
}

/// What a run has printed, which does not show the secret.
fn said(output: &Output) -> String {
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said));
    let said = said.concat();
    assert!(!said.contains(TELLING), "{said}");
    said
}

/// No file that the engine or an app writes has the secret in it, nor has a command line.
fn secret_is_nowhere(scene: &Scene) {
    scene.assert_nowhere(TELLING, &[".tokens", ".env"]);
}

fn write(scene: &Scene, file: &str, text: impl AsRef<[u8]>, mode: u32) {
    let path = scene.path(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if mode == 0o755 {
        return files::write_program(&path, text);
    }
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_program_below_a_folder_with_an_equals_sign_runs_as_any_other() {
    for package in PACKAGES {
        runs_below_an_equals_sign(&Scene::on(package), package);
    }
    runs_below_an_equals_sign(&Scene::embedded(), "embedded");
}

fn runs_below_an_equals_sign(scene: &Scene, engine: &str) {
    let shell = "#!/bin/sh\nenv > \"$SEEN\"\nexec sleep 100000\n";
    let python = "#!/usr/bin/env python3\nimport os, time\n\
                  open(os.environ['SEEN'], 'w').write('TOKEN=' + os.environ['TOKEN'] + '\\n')\n\
                  time.sleep(100000)\n";
    write(scene, ".tokens", format!("TOKEN={SECRET}\n"), 0o600);
    write(scene, "svc/day=1/wait.sh", shell, 0o755);
    write(scene, "svc/day=1/A=wait.py", python, 0o755);
    for (number, program) in ["./wait.sh", "./A=wait.py"].into_iter().enumerate() {
        let seen = scene.path(&format!("{number}.env"));
        let service = json!({
            "kind": "script", "name": "web", "directory": "svc/day=1",
            "block": {"settings": {"run": [program, "B=C", "port=1"]}, "env": {"SEEN": seen}},
        });
        let up = run(scene, &declaration(&service), &["up"]);
        assert!(up.status.success(), "{engine}: {}", said(&up));
        let read = || fs::read_to_string(&seen).unwrap_or_default();
        eventually("the program says what it sees", || read().contains("TOKEN="));
        let read = read();
        assert!(read.contains(&format!("TOKEN={SECRET}\n")), "{engine}: {read}");
        for setting in ["pm_id=", "status=", "B=", "port="] {
            assert!(!read.lines().any(|line| line.starts_with(setting)), "{engine}: {read}");
        }
        let line = fs::read(format!("/proc/{}/cmdline", scene.pid("web"))).unwrap();
        let line = String::from_utf8_lossy(&line).into_owned();
        assert!(number == 0 || line.ends_with("=wait.py\0B=C\0port=1\0"), "{line:?}");
        fs::remove_file(&seen).unwrap();
        secret_is_nowhere(scene);
    }
}

/// How a program fails.
const FAILURES: [&str; 9] = [
    "missing",
    "closed",
    "folder",
    "no-such-interpreter",
    "no-program",
    "ends",
    "killed",
    "raises",
    "prints-all",
];

/// A service that fails in some way, at some odd path. Its files are written.
fn failing(scene: &Scene, dice: &mut Dice<'_>, failure: &str) -> Value {
    const PIECES: [&str; 14] =
        ["a", "B", "=", "A=b", "-", "--", "'", "\"", "$HOME", "é", ";", "%s", "\\", "-u"];
    let mut odd = || (0..=dice.below(4)).map(|_| *dice.choose(&PIECES)).collect::<String>();
    let (folder, name) = (format!("x{}", odd()), odd());
    let directory = format!("services/{folder}");
    let file = format!("{directory}/{name}");
    fs::create_dir_all(scene.path(&directory)).unwrap();
    let script = match failure {
        "no-such-interpreter" => "#!/no/such/interpreter\n",
        "no-program" => "\u{1}\u{2}\u{3} no program\n",
        "killed" => "#!/bin/sh\nkill -9 $$\n",
        "raises" => "#!/usr/bin/env python3\nimport os\nraise KeyError(sorted(os.environ))\n",
        "prints-all" => "#!/bin/sh\nenv >&2\nexit 3\n",
        _ => "#!/bin/sh\necho something is wrong >&2\nexit 3\n",
    };
    match failure {
        "missing" => {}
        "folder" => fs::create_dir_all(scene.path(&file)).unwrap(),
        "closed" => write(scene, &file, script, 0o644),
        _ => write(scene, &file, script, 0o755),
    }
    let interpreter = *dice.choose(&["none", "none", "sh", "python3", "node"]);
    let mut settings = json!({"run": [format!("./{name}"), "A=b", "--"]});
    if interpreter != "none" && failure != "prints-all" {
        settings["interpreter"] = json!([interpreter]);
    }
    json!({
        "kind": "script", "name": "web", "directory": directory,
        "block": {
            "settings": settings,
            // Otherwise `up` would find out before PM2 does.
            "allow": [{"rule": "missing-program", "reason": "PM2 finds out"}],
        },
    })
}

#[test]
fn whatever_fails_no_value_is_seen() {
    let scenes = [Scene::new(), Scene::on("pm2-5.0"), Scene::embedded()];
    for (number, scene) in scenes.into_iter().enumerate() {
        let seed = number as u64 + 1;
        write(&scene, ".tokens", format!("TOKEN={SECRET}\n"), 0o600);
        let mut dice = Dice::from_seed(seed);
        let mut failed = 0;
        // By default each engine has its third of them.
        let (first, every) = if effort::is_full() { (0, 1) } else { (number, 3) };
        let failures: Vec<&str> = FAILURES.iter().skip(first).step_by(every).copied().collect();
        for failure in &failures {
            let declaration = declaration(&failing(&scene, &mut dice, failure));
            for arguments in [&["up"][..], &["up", "--json"]] {
                let up = run(&scene, &declaration, arguments);
                said(&up);
                // What ends a while after it was started has started.
                failed += usize::from(!up.status.success());
                said(&run(&scene, &declaration, &["status", "--json"]));
                said(&run(&scene, &declaration, &["down"]));
            }
            if *failure == "prints-all" {
                // That is the app's own log, and its own doing.
                let files = files::below(&scene.home()).into_iter();
                for log in files.filter(|file| file.extension().is_some_and(|it| it == "log")) {
                    fs::write(log, "").unwrap();
                }
            }
            secret_is_nowhere(&scene);
        }
        assert!(failed > failures.len(), "{seed}: {failed}");
    }
}

/// A process with a definition that works, and then one that no process can be given.
fn nothing_is_touched(block: &Value, message: &str) {
    nothing_is_touched_on(
        vec![Scene::new(), Scene::on("pm2-5.0"), Scene::embedded()],
        block,
        message,
    );
}

fn nothing_is_touched_on(scenes: Vec<Scene>, block: &Value, message: &str) {
    for (number, scene) in scenes.into_iter().enumerate() {
        let package = scene.home().display().to_string();
        write(&scene, ".tokens", format!("TOKEN={SECRET}\n"), 0o600);
        write(&scene, ".env", "FROM_FILE=fine\n", 0o600);
        write(&scene, "wait.js", "setInterval(() => {}, 1000);\n", 0o644);
        let mut service = json!({
            "kind": "node", "name": "web", "directory": ".",
            "block": {"settings": {"entry": ["wait.js"], "env_file": [".env"]}},
        });
        let up = run(&scene, &declaration(&service), &["up"]);
        assert!(up.status.success(), "{}", said(&up));
        let before = scene.processes();
        if let Some(tokens) = block["tokens"].as_str() {
            write(&scene, ".tokens", tokens, 0o600);
        }
        if let Some(variables) = block["env_file"].as_str() {
            write(&scene, ".env", variables, 0o600);
        }
        for (part, value) in block["block"].as_object().into_iter().flatten() {
            for (key, value) in value.as_object().into_iter().flatten() {
                service["block"][part][key] = value.clone();
            }
        }
        let commands = [
            &["up"][..],
            &["check"],
            &["up", "--json"],
            &["check", "--json"],
            &["apply", "--yes"],
            &["restart", "web"],
            &["reload", "web"],
        ];
        // What is found before PM2 is asked does not depend on its version.
        let is_newest = number != 1 || effort::is_full();
        for arguments in if is_newest { &commands[..] } else { &commands[..1] } {
            let command = match block["stack"].as_str() {
                None => Command::new(DECLARED),
                Some(stack) => {
                    let mut shell = Command::new("sh");
                    shell.args(["-c", "ulimit -S -s $0; exec \"$@\"", stack]).arg(DECLARED);
                    shell
                }
            };
            let run = run_in(&scene, &declaration(&service), command, arguments);
            let said = said(&run);
            assert!(!run.status.success(), "{package}, {arguments:?}: {said}");
            assert!(said.contains(message), "{package}, {arguments:?}: {said}");
        }
        assert_eq!(scene.processes(), before, "{package}");
        secret_is_nowhere(&scene);
    }
}

/// What we say of an app is no value of its variables.
fn a_variable_that_is_a_number_hides_no_exit_code_and_no_time(mut scene: Scene) {
    static SYSTEM: Ecosystem = ecosystem! {
        name numbers;
        root "it/operations/services";
        secrets ".tokens";
        defaults { env {
            CODE = secret;
            TIME = secret;
            WRITTEN = inherit "NOBODY_SETS_THIS" or 7;
        } }
        script fails {
            run "sh", "-c", "sleep 1; echo it is 3, not 7 >&2; exit 3";
            restart_delay 10m;
            ready log "never written";
        }
        script unready {
            run "sleep", "100000";
            ready exec "sh", "-c", "echo it is 3, not 7 >&2; exit 3" { timeout 2s; }
        }
    };
    write(&scene, ".tokens", "CODE=3\nTIME=2\n", 0o600);
    let failed = scene.up(&scene.target_of(&SYSTEM, &["fails"])).unwrap_err().to_string();
    let expected = "fails: exited with exit code 3; it restarts within 10 min, longer than the time \
                    limit of 30 s\n  | it is [value of CODE], not 7";
    assert!(failed.contains(expected), "{failed}");
    let target = scene.target_of(&SYSTEM, &["unready"]);
    let failed = scene.up(&target).unwrap_err().to_string();
    let unready = "unready: did not become ready within 2.0 s: exec sh: ended with exit code 3: \
                   it is [value of CODE], not 7\n";
    assert!(failed.contains(unready), "{failed}");
    let mut status = scene.status(&target);
    let refusal = status.apps.pop().unwrap().refusal.unwrap();
    assert_eq!(refusal, "exec sh: ended with exit code 3: it is [value of CODE], not 7");
}

/// Another shell is no older definition.
fn what_another_shell_has_is_told_as_such(scene: Scene) {
    write(&scene, ".tokens", format!("TOKEN={SECRET}\n"), 0o600);
    let service = json!({
        "kind": "script", "name": "web", "directory": ".",
        "block": {
            "settings": {"run": ["sleep", "100000"]},
            "env": {"OTHER": {"inherit": {}}},
        },
    });
    let run = |other: &str, arguments: &[&str]| {
        let mut command = Command::new(DECLARED);
        command.env("OTHER", other);
        said(&run_in(&scene, &declaration(&service), command, arguments))
    };
    run("first-value", &["up"]);
    let same = run("first-value", &["status"]);
    assert!(!same.contains("drift"), "{same}");
    let other = run("other-value", &["status"]);
    let told = "web: runs with other inherited variables; `up` applies those of this shell\n    \
                env.OTHER: changed (inherited from this shell)\n";
    assert!(other.contains(told) && !other.contains("-value"), "{other}");
}

#[test]
fn a_nul_in_a_secret_is_found_first() {
    let tokens = format!("TOKEN={SECRET}\0more\n");
    nothing_is_touched(&json!({"tokens": tokens}), "has a NUL in it");
}

#[test]
fn a_nul_in_a_file_of_variables_is_found_first() {
    let variables = format!("FROM_FILE={SECRET}\0more\n");
    nothing_is_touched(&json!({"env_file": variables}), "the value of FROM_FILE, from ");
}

#[test]
fn a_variable_that_is_too_long_is_found_first() {
    let page = Command::new("getconf").arg("PAGE_SIZE").output().unwrap();
    let page: usize = String::from_utf8(page.stdout).unwrap().trim().parse().unwrap();
    // With its name, the `=` and the NUL that ends it.
    let longest = 32 * page - "FROM_FILE=".len() - 1;
    let secret = |length: usize| format!("{SECRET}{}", "x".repeat(length - SECRET.len()));
    let variables = format!("FROM_FILE={}\n", secret(longest + 1));
    let message = "the variable FROM_FILE is too long";
    nothing_is_touched(&json!({"env_file": variables}), message);
    // A name leaves room for what is wrong with it.
    let name = "N".repeat(32 * page);
    let message = format!("the variable {}… is too long", &name[..80]);
    let block = json!({"env_file": format!("{name}=x\n")});
    nothing_is_touched_on(vec![Scene::embedded()], &block, &message);
    // One less is none too many.
    let scene = Scene::embedded();
    write(&scene, ".tokens", format!("TOKEN={SECRET}\n"), 0o600);
    write(&scene, ".env", format!("FROM_FILE={}\n", secret(longest)), 0o600);
    let script = "echo ${{#FROM_FILE}} > length; exec sleep 100000";
    let service = json!({
        "kind": "script", "name": "web", "directory": ".",
        "block": {"settings": {"run": ["sh", "-c", script], "env_file": [".env"]}},
    });
    let up = run(&scene, &declaration(&service), &["up"]);
    assert!(up.status.success(), "{}", said(&up));
    let length = || fs::read_to_string(scene.path("length")).unwrap_or_default();
    eventually("it says how long it is", || length().trim() == longest.to_string());
}

/// PM2 hands a process of a cluster all of it as one text.
#[test]
fn what_is_too_long_for_a_cluster_is_found_first() {
    let variables = format!("FROM_FILE={SECRET}{}\n", "x".repeat(64 * 1024));
    let cluster = json!({"settings": {"exec_mode": [{"word": "cluster"}]}});
    let block = json!({"env_file": variables, "block": cluster});
    let scenes = vec![Scene::new(), Scene::on("pm2-5.0")];
    nothing_is_touched_on(scenes, &block, "too long for a cluster");
}

/// The limit is a quarter of the stack's, which is made small here.
#[test]
fn more_than_a_process_can_be_given_in_all_is_found_first() {
    let variables: Vec<String> = (0..4)
        .map(|number| format!("FROM_FILE_{number}={SECRET}{}", "x".repeat(64 * 1024)))
        .collect();
    let block = json!({"env_file": variables.join("\n"), "stack": "1024"});
    nothing_is_touched(&block, "its variables and arguments come to");
}
