//! `exec`: a program in the place of a service.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use promethean_test_support::{files, port};
use serde_json::{Value, json};

/// The program that runs any declaration.
const DECLARED: &str = env!("CARGO_BIN_EXE_declared");

const SECRET: &str = "t0k3n-$HOME-'of'-the-test";

/// A system: an agent of two services, and whatever else is given.
fn system(further: &[Value]) -> Value {
    let of_agent = |name: &str| {
        json!({
            "kind": "script", "name": name, "directory": "services/web",
            "block": {
                "settings": {"run": ["./show", "one", "-x", "two words"]},
                "env": {"TOKEN": {"secret": null}, "EMPTY": "", "FROM_SHELL": {"inherit": {}}},
            },
        })
    };
    let agent = json!({"agent": {
        "name": "duck", "services": [of_agent("web"), of_agent("other")],
    }});
    let units: Vec<&Value> = std::iter::once(&agent).chain(further).collect();
    json!({"name": "execs", "paths_unchecked": true, "secrets": ".tokens", "units": units})
}

/// A command line of the system in a directory.
fn command(directory: &Path, system: &Value) -> Command {
    fs::write(directory.join("declaration.json"), system.to_string()).unwrap();
    fs::create_dir_all(directory.join("services/web")).unwrap();
    let show =
        "#!/bin/sh\npwd\nfor word; do echo \"[$word]\"; done\nenv\necho \"pid=$$\"\nexit 7\n";
    files::write_program(directory.join("services/web/show"), show);
    fs::write(directory.join(".tokens"), format!("TOKEN={SECRET}\n")).unwrap();
    let mut command = Command::new(DECLARED);
    command
        .env("DECLARATION", directory.join("declaration.json"))
        .env("PROMETHEAN_ROOT", directory)
        .env("FROM_SHELL", "of the shell")
        .env("OF_NOBODY", "of the shell");
    command
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_program_of_a_service_takes_the_place_of_the_process() {
    let (_guard, directory) = files::directory();
    let mut command = command(directory.as_std_path(), &system(&[]));
    let child = command.args(["exec", "duck.web"]).stdout(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    let (shown, _) = said(&output);
    let lines: Vec<&str> = shown.lines().collect();
    let web = directory.join("services/web").canonicalize_utf8().unwrap();
    assert_eq!(lines[..4], [web.as_str(), "[one]", "[-x]", "[two words]"]);
    assert!(lines.contains(&format!("pid={pid}").as_str()), "{shown}");
    assert!(lines.contains(&format!("TOKEN={SECRET}").as_str()), "{shown}");
    assert!(lines.contains(&"EMPTY=") && lines.contains(&"FROM_SHELL=of the shell"), "{shown}");
    assert!(lines.iter().any(|line| line.starts_with("PATH=")), "{shown}");
    for name in ["OF_NOBODY", "DECLARATION", "PROMETHEAN_ROOT"] {
        assert!(!shown.contains(name), "{shown}");
    }
}

#[test]
fn another_program_runs_as_the_service_would() {
    let (_guard, directory) = files::directory();
    let run = |arguments: &[&str]| {
        let mut command = command(directory.as_std_path(), &system(&[]));
        command.args(["exec", "duck.web", "--"]).args(arguments).output().unwrap()
    };
    let output = run(&["sh", "-c", "echo \"$1 $TOKEN\"; pwd; kill -9 $$", "sh", "--wait"]);
    assert_eq!(output.status.signal(), Some(9));
    let web = directory.join("services/web").canonicalize_utf8().unwrap();
    assert_eq!(said(&output).0, format!("--wait {SECRET}\n{web}\n"));
    // It is looked for on the PATH of the service, and relative to its directory.
    assert_eq!(run(&["./show"]).status.code(), Some(7));
    let missing = run(&["no-such-program"]);
    let (shown, told) = said(&missing);
    assert_eq!((missing.status.code(), shown.as_str()), (Some(127), ""));
    assert!(
        told.starts_with("error: `no-such-program` is not there\n  help: install it"),
        "{told}"
    );
    fs::write(directory.join("services/web/text"), "no program\n").unwrap();
    let closed = run(&["./text"]);
    assert_eq!(closed.status.code(), Some(126));
    assert!(said(&closed).1.starts_with("error: `./text` cannot be run: "), "{closed:?}");
}

#[test]
fn one_service_that_can_run_has_to_be_named() {
    let (_guard, directory) = files::directory();
    let external = json!({"external": {"name": "redis"}});
    let gone = json!({"service": {
        "kind": "script", "name": "gone", "directory": "no/such",
        "block": {"settings": {"run": ["true"]}},
    }});
    let secretive = json!({"service": {
        "kind": "script", "name": "secretive", "directory": "services/web",
        "block": {"settings": {"run": ["true"]}, "env": {"NOWHERE": {"secret": null}}},
    }});
    let system = system(&[external, gone, secretive]);
    let run = |unit: &str| {
        let mut command = command(directory.as_std_path(), &system);
        let output = command.args(["exec", unit]).output().unwrap();
        let (shown, told) = said(&output);
        assert_eq!(shown, "", "{unit}");
        (output.status.code(), told)
    };
    let (code, told) = run("duck");
    let several =
        "error: `duck` is several services: duck_web and duck_other\n  help: name one of them\n";
    assert_eq!((code, told.as_str()), (Some(1), several));
    let (code, told) = run("duck.wbe");
    assert!(code == Some(1) && told.contains("did you mean `duck_web`"), "{told}");
    let (code, told) = run("redis");
    assert!(code == Some(1) && told.contains("redis"), "{told}");
    let (code, told) = run("gone");
    let missing = format!("error: the directory {} does not exist\n", directory.join("no/such"));
    assert!(code == Some(3) && told.starts_with(&missing), "{told}");
    let (code, told) = run("secretive");
    assert!(code == Some(3) && told.contains("NOWHERE"), "{told}");
}

/// A service that depends on an external which listens on a port.
fn waiting(port: u16) -> Value {
    system(&[
        json!({"external": {
            "name": "redis", "ready": {"kind": "tcp", "values": [format!("127.0.0.1:{port}")]},
        }}),
        json!({"service": {
            "kind": "script", "name": "once", "directory": "services/web",
            "block": {"settings": {"run": ["true"], "autorestart": [false]}},
        }}),
        json!({"service": {
            "kind": "script", "name": "web", "directory": "services/web",
            "block": {
                "settings": {"run": ["echo", "runs"]},
                "depends_on": [
                    {"unit": ["redis"]}, {"unit": ["once"], "condition": "completed"},
                ],
            },
        }}),
    ])
}

#[test]
fn dependencies_are_waited_for() {
    let (_guard, directory) = files::directory();
    let port = port::own();
    let system = waiting(port);
    let run = |arguments: &[&str]| {
        let mut command = command(directory.as_std_path(), &system);
        command.arg("exec").args(arguments).output().unwrap()
    };
    // Without `--wait` nothing is waited for.
    assert_eq!(said(&run(&["web"])).0, "runs\n");
    let late = run(&["--wait=1s", "web"]);
    let (shown, told) = said(&late);
    assert_eq!((late.status.code(), shown.as_str()), (Some(3), ""));
    let once = "once: is not waited for: only an engine knows what has completed\n\
                redis: waiting until it is ready\n\
                error: redis: did not become ready within 1.0 s: ";
    assert!(told.starts_with(once), "{told}");
    let listener = thread::spawn(move || {
        thread::sleep(Duration::from_secs(2));
        TcpListener::bind(("127.0.0.1", port)).unwrap()
    });
    let ready = run(&["--wait", "web"]);
    let (shown, told) = said(&ready);
    assert_eq!((ready.status.code(), shown.as_str()), (Some(0), "runs\n"), "{told}");
    assert!(told.ends_with("redis: waiting until it is ready\nredis: ready\n"), "{told}");
    drop(listener.join().unwrap());
}
