//! Promethean's own system, by its command line: up, looked at, changed, applied, down.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

use promethean_test_support::files::{self, repository};
use promethean_test_support::node::target_directory;
use promethean_test_support::pm2::{Pm2, eventually};
use serde_json::Value;

use crate::program;

/// The example, on a copy of its files.
pub struct Example {
    pub pm2: Pm2,
    pub root: camino::Utf8PathBuf,
    _guard: tempfile::TempDir,
}

impl Example {
    pub fn new() -> Example {
        let (guard, root) = files::directory();
        Example::at(root, guard)
    }

    /// In a directory within a temporary one.
    pub fn at(root: camino::Utf8PathBuf, guard: tempfile::TempDir) -> Example {
        let files = repository().join("examples/promethean");
        files::copy(&files, root.as_std_path());
        Example { pm2: Pm2::new(), root, _guard: guard }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program::example());
        command.args(["--root", self.root.as_str()]).args(arguments);
        command.env("PM2_HOME", self.pm2.home()).env("PROMETHEAN_PM2", self.pm2.program());
        command.env("MONGODB", mongodb());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn said(&self, log: &str) -> String {
        fs::read_to_string(self.root.join(log)).unwrap_or_default()
    }
}

/// Where `MongoDB` is: this stands in for it as long as any test runs.
pub fn mongodb() -> String {
    static MONGODB: LazyLock<TcpListener> =
        LazyLock::new(|| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    MONGODB.local_addr().expect("it is bound").to_string()
}

#[test]
fn the_whole_system_goes_up_changes_and_goes_down() {
    let example = Example::new();
    example.succeed(&["--profile", "system", "up"]);
    let apps = example.pm2.apps();
    assert_eq!(apps.len(), 17);
    let pid = |apps: &[Value], name: &str| {
        apps.iter().find(|app| app["name"] == name).unwrap()["pid"].clone()
    };
    eventually("Duck says who it is", || {
        example
            .said("services/py/discord_indexer/logs/duck_discord_indexer-out.log")
            .contains("duck_discord_indexer: indexes the messages of its channels for Duck")
    });
    let plan = ["--profile", "system", "plan", "--detailed-exitcode"];
    assert_eq!(example.run(&plan).status.code(), Some(0));

    // Another token is a change of all Duck's services and of nothing else.
    fs::write(example.root.join("agents/duck/.tokens"), "DISCORD_TOKEN=another-token\n").unwrap();
    let planned = example.run(&plan);
    assert_eq!(planned.status.code(), Some(2));
    let planned = String::from_utf8(planned.stdout).unwrap();
    assert!(planned.ends_with("change 6, keep 11\n"), "{planned}");
    assert!(planned.contains("~ duck_voice: change\n    env.DISCORD_TOKEN: changed (secret)\n"));
    assert!(!planned.contains("another-token"));
    example.succeed(&["--profile", "system", "apply", "--yes"]);
    let changed = example.pm2.apps();
    for name in ["heartbeat", "chromadb", "tts"] {
        assert_eq!(pid(&changed, name), pid(&apps, name), "{name}");
    }
    assert_ne!(pid(&changed, "duck_voice"), pid(&apps, "duck_voice"));
    assert_eq!(example.pm2.app("duck_voice")["pm2_env"]["env"]["DISCORD_TOKEN"], "another-token");
    assert_eq!(example.run(&plan).status.code(), Some(0));

    // Nobody but Duck needs ChromaDB.
    example.succeed(&["--profile", "system", "down", "duck"]);
    assert_eq!(example.pm2.apps().len(), 10);
    example.succeed(&["--profile", "system", "down"]);
    assert_eq!(example.pm2.apps(), [Value::Null; 0]);
}

/// pipenv, as pip installs it, in a directory of its own in `target/`.
fn pipenv() -> PathBuf {
    const VERSION: &str = "2026.10.3";
    let directory = target_directory().join(format!("pipenv-{VERSION}"));
    let programs = directory.join("bin");
    let marker = directory.join("installed");
    // Its programs have their own path in them: they do not work in a directory that was moved.
    let place = directory.display().to_string();
    if fs::read_to_string(&marker).ok().as_ref() != Some(&place) {
        let run = |command: &mut Command| {
            let output = command.output().expect("python3 can be started");
            assert!(
                output.status.success(),
                "{command:?}: {}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        };
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory));
        run(Command::new(programs.join("pip")).args([
            "install",
            "-q",
            &format!("pipenv=={VERSION}"),
        ]));
        fs::write(marker, place).unwrap();
    }
    programs
}

#[test]
fn a_python_service_runs_under_the_real_pipenv() {
    let example = Example::new();
    let home = tempfile::tempdir().unwrap();
    let path = env::join_paths(
        std::iter::once(pipenv()).chain(env::split_paths(&env::var_os("PATH").unwrap())),
    );
    let up = example
        .command(&["up", "tts"])
        .env("PATH", path.unwrap())
        // pipenv makes the service's environment below it.
        .env("HOME", home.path())
        .env("PYENV_ROOT", env::var_os("PYENV_ROOT").unwrap_or_default())
        .output()
        .unwrap();
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    eventually("the service speaks", || {
        example.said("services/py/tts/logs/tts-out.log").contains("tts: ")
    });
    let process = example.pm2.app("tts");
    assert_eq!(process["pm2_env"]["restart_time"], 0);
}
