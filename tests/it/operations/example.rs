//! Promethean's own system, by its command line: up, looked at, changed, applied, down.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

use promethean_test_support::files::{self, repository};
use promethean_test_support::pm2::eventually;
use promethean_test_support::python;

use super::scene::{Scene, on_both_engines};
use crate::program;

on_both_engines! {
    the_whole_system_goes_up_changes_and_goes_down,
    a_python_service_runs_under_the_real_pipenv,
}

/// The example, on a copy of its files.
pub struct Example {
    scene: Scene,
    pub root: camino::Utf8PathBuf,
    _guard: tempfile::TempDir,
}

impl Deref for Example {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        &self.scene
    }
}

impl Example {
    /// On PM2.
    pub fn new() -> Example {
        Example::on(Scene::new())
    }

    /// On the engine of a scene.
    pub fn on(scene: Scene) -> Example {
        let (guard, root) = files::directory();
        Example::within(scene, root, guard)
    }

    /// On PM2, in a directory within a temporary one.
    pub fn at(root: camino::Utf8PathBuf, guard: tempfile::TempDir) -> Example {
        Example::within(Scene::new(), root, guard)
    }

    fn within(scene: Scene, root: camino::Utf8PathBuf, guard: tempfile::TempDir) -> Example {
        let files = repository().join("examples/promethean");
        files::copy(&files, root.as_std_path());
        Example { scene, root, _guard: guard }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program::example());
        command.args(["--root", self.root.as_str()]).args(arguments);
        self.scene.engage(&mut command);
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

fn the_whole_system_goes_up_changes_and_goes_down(scene: Scene) {
    let example = Example::on(scene);
    example.succeed(&["--profile", "system", "up"]);
    let apps = example.processes();
    assert_eq!(apps.len(), 17);
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
    let changed = example.processes();
    for name in ["heartbeat", "chromadb", "tts"] {
        assert_eq!(changed[name], apps[name], "{name}");
    }
    assert_ne!(changed["duck_voice"], apps["duck_voice"]);
    let seen = fs::read(format!("/proc/{}/environ", example.pid("duck_voice"))).unwrap();
    let seen = String::from_utf8_lossy(&seen).into_owned();
    assert!(seen.split('\0').any(|variable| variable == "DISCORD_TOKEN=another-token"));
    assert_eq!(example.run(&plan).status.code(), Some(0));

    // Nobody but Duck needs ChromaDB.
    example.succeed(&["--profile", "system", "down", "duck"]);
    assert_eq!(example.processes().len(), 10);
    example.succeed(&["--profile", "system", "down"]);
    assert!(example.processes().is_empty());
}

/// pipenv, as pip installs it, in a directory of its own in `target/`.
fn pipenv() -> PathBuf {
    python::programs("pipenv", "2026.10.3", &[])
}

fn a_python_service_runs_under_the_real_pipenv(scene: Scene) {
    let example = Example::on(scene);
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
    assert_eq!(example.processes()["tts"][0].1, 0);
}
