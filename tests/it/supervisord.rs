//! `supervisor`: the configuration, as the real Supervisor reads it and runs it.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use promethean::declaration::Declaration;
use promethean::emit::supervisord::supervisord;
use promethean::emit::supvisors::SETUPTOOLS;
use promethean::{Ecosystem, Options};
use promethean_test_support::pm2::eventually;
use promethean_test_support::{files, port, python, random};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// The program that runs any declaration.
const DECLARED: &str = env!("CARGO_BIN_EXE_declared");

const SECRET: &str = "t0k3n-of-the-test";

/// The programs of Supervisor.
fn supervisor() -> PathBuf {
    python::programs("supervisor", "4.3.0", &[SETUPTOOLS])
}

/// Reads files as Supervisor does, and prints the words of the first program of each.
const READ: &str = "
import json, shlex, sys
from supervisor.options import ServerOptions
words = []
for file in sys.argv[1:]:
    options = ServerOptions()
    options.realize(args=['-c', file, '-n'])
    for group in options.process_group_configs:
        words += [shlex.split(process.command) for process in group.process_configs]
print(json.dumps(words))
";

#[test]
fn words_of_commands_are_read_as_they_were_meant() {
    let programs = supervisor();
    let mut runner = TestRunner::new(random::cases(200));
    let word = prop_oneof![
        random::text().prop_map(|text| text.replace(['\n', '\r', '\0'], " ")),
        "[a ;#%'\"\\\\$é\t()=]{0,12}",
    ];
    let (_guard, directory) = files::directory();
    fs::create_dir(directory.join("logs")).unwrap();
    let system = json!({"units": [{"service": {
        "kind": "script", "name": "web", "directory": ".", "block": {"settings": {"run": ["true"]}},
    }}]});
    let system: Declaration = serde_json::from_value(system).unwrap();
    let system = Ecosystem::from_declaration(system, directory.to_string(), &[]);
    let system = system.resolve(&Options::default()).unwrap();
    let (wanted, paths) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    runner
        .run(&prop::collection::vec(word, 0..4), |words| {
            // What a command begins with is the path of a program.
            let words: Vec<&str> =
                ["/x"].into_iter().chain(words.iter().map(String::as_str)).collect();
            let path = directory.join(format!("{}.conf", paths.borrow().len()));
            let written = supervisord(&system, &words).unwrap();
            fs::write(&path, written.text).unwrap();
            let all = words.into_iter().chain(["exec", "--wait", "web"]);
            wanted.borrow_mut().push(all.map(str::to_owned).collect::<Vec<_>>());
            paths.borrow_mut().push(path);
            Ok(())
        })
        .unwrap();
    let output = Command::new(programs.join("python"))
        .args(["-c", READ])
        .args(paths.borrow().iter())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let read: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    let wanted = wanted.into_inner();
    assert!(wanted.len() >= 20);
    for (read, wanted) in read.iter().zip(&wanted) {
        assert_eq!(read, wanted);
    }
    assert_eq!(read.len(), wanted.len());
}

/// A running Supervisor, which is ended.
struct Supervisord {
    programs: PathBuf,
    config: Utf8PathBuf,
    child: Child,
}

impl Supervisord {
    fn control(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.programs.join("supervisorctl"));
        command.args(["-c", self.config.as_str()]).args(arguments).output().unwrap()
    }

    fn status(&self) -> String {
        String::from_utf8(self.control(&["status"]).stdout).unwrap()
    }
}

impl Drop for Supervisord {
    fn drop(&mut self) {
        let _ = self.control(&["shutdown"]);
        let _ = self.child.wait();
    }
}

fn declared(root: &Utf8Path, system: &Value, arguments: &[&str]) -> Output {
    let file = root.join("declaration.json");
    fs::write(&file, system.to_string()).unwrap();
    let mut command = Command::new(DECLARED);
    command.args(["--root", root.as_str()]).args(arguments).env("DECLARATION", file);
    command.output().unwrap()
}

#[test]
fn a_system_runs_on_supervisor_in_order_and_without_secrets_in_files() {
    let (_guard, directory) = files::directory();
    let root = directory.join("r%x;#'q' é");
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join(".tokens"), format!("TOKEN={SECRET}\n")).unwrap();
    fs::write(root.join("shared.js"), "setInterval(() => {}, 1000);\n").unwrap();
    let port = port::own();
    let listen = format!(
        "setTimeout(() => require('net').createServer().listen({port}, '127.0.0.1', () => \
         require('fs').writeFileSync('listens', '')), 1000)"
    );
    let show = "test -e listens && echo in order; echo \"$TOKEN $COUNT $NODE_APP_INSTANCE\"; pwd; \
                exec sleep 100000";
    let service = |name: &str, run: Value, further: Value| {
        let mut block = further;
        block["settings"]["run"] = run;
        json!({"kind": "script", "name": name, "directory": ".", "block": block})
    };
    let system = json!({
        "name": "supervised", "paths_unchecked": true, "secrets": ".tokens",
        "units": [
            {"agent": {"name": "duck", "services": [
                service("db", json!(["node", "-e", listen]), json!({
                    "ready": {"kind": "tcp", "values": [format!("127.0.0.1:{port}")]},
                })),
                service("web", json!(["sh", "-c", show]), json!({
                    "settings": {
                        "instances": [2], "increment_var": ["COUNT"], "cron_restart": ["0 4 * * *"],
                    },
                    "env": {"TOKEN": {"secret": null}, "COUNT": "40"},
                    "depends_on": [{"unit": ["db"]}],
                })),
            ]}},
            {"service": service("once", json!(["echo", "done"]), json!({
                "settings": {"autorestart": [false], "out_file": ["100%.log"]},
            }))},
            // PM2 runs it as a cluster: its processes share what they listen on.
            {"service": {
                "kind": "node", "name": "shared", "directory": ".",
                "block": {"settings": {"entry": ["shared.js"], "instances": [2]}},
            }},
        ],
    });
    let output = root.join("out");
    let rejected = declared(&root, &system, &["supervisor", "-o", output.as_str()]);
    let told = String::from_utf8(rejected.stderr).unwrap();
    let help = "  help: choose a directory without `%` in its path\n";
    assert!(!rejected.status.success() && told.ends_with(help), "{told}");
    let output = directory.join("out ; é");
    let written = declared(&root, &system, &["supervisor", "-o", output.as_str()]);
    let told = String::from_utf8(written.stderr).unwrap();
    assert!(written.status.success(), "{told}");
    let unsaid = "left out: Supervisor has nothing like a cluster, which shared has\n\
                  left out: Supervisor has nothing like cron_restart, which duck_web has\n";
    let config = output.join("supervisord.conf");
    let commands = format!(
        "start: supervisord -c \"{config}\"\nstate: supervisorctl -c \"{config}\" status\n\
         stop:  supervisorctl -c \"{config}\" shutdown\n"
    );
    assert_eq!(told, format!("{unsaid}{commands}"));
    assert!(!fs::read_to_string(&config).unwrap().contains(SECRET));
    let check = ["supervisor", "-o", output.as_str(), "--check"];
    assert_eq!(declared(&root, &system, &check).status.code(), Some(0));

    let programs = supervisor();
    let child = Command::new(programs.join("supervisord"))
        .args(["-n", "-c", config.as_str()])
        .env("DECLARATION", root.join("declaration.json"))
        .env("LC_ALL", "C.UTF-8")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let supervisord = Supervisord { programs, config: config.clone(), child };
    let log = |name: &str| fs::read_to_string(output.join("logs").join(name)).unwrap_or_default();
    for instance in 0..2 {
        let name = format!("duck_web-out-{instance}.log");
        let line = format!("{SECRET} {} {instance}\n", 40 + instance);
        let place = root.canonicalize_utf8().unwrap();
        let shown = format!("in order\n{line}{place}\n");
        eventually("each instance says what it sees", || log(&name).ends_with(&shown));
    }
    eventually("all is as it is meant", || {
        let status = supervisord.status();
        let is = |name: &str, state: &str| {
            status.lines().any(|line| line.starts_with(name) && line.contains(state))
        };
        is("duck:duck_db", "RUNNING")
            && is("duck:duck_web-0", "RUNNING")
            && is("duck:duck_web-1", "RUNNING")
            && is("once", "EXITED")
            && is("shared ", "RUNNING")
    });

    assert_eq!(fs::read_to_string(root.join("100%.log")).unwrap(), "done\n");

    // Another definition: the file is stale.
    let mut other = system.clone();
    other["units"].as_array_mut().unwrap().pop();
    let stale = declared(&root, &other, &check);
    assert_eq!(stale.status.code(), Some(2));
    let told = String::from_utf8(stale.stderr).unwrap();
    assert!(told.contains("is not what this program would write\n  help: "), "{told}");
}
