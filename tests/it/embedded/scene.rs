//! A checkout of services, and an engine of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use promethean_test_support::files::{self, repository};
use promethean_test_support::pm2::eventually;
use serde_json::Value;

/// The program with the systems.
const PROGRAM: &str = env!("CARGO_BIN_EXE_embedded");

/// A checkout of one of the systems, and a directory for engines. All ends with it.
pub struct Scene {
    system: &'static str,
    root: Utf8PathBuf,
    home: Utf8PathBuf,
    guards: Vec<tempfile::TempDir>,
}

impl Scene {
    pub fn new(system: &'static str) -> Scene {
        let (guard, home) = files::directory();
        let mut scene = Scene::beside(system, &home);
        scene.guards.push(guard);
        scene
    }

    /// Another checkout, whose engine keeps its files beside that of the first.
    pub fn beside(system: &'static str, home: &Utf8Path) -> Scene {
        let (guard, root) = files::directory();
        files::copy(&repository().join("tests/it/embedded/services"), root.as_std_path());
        Scene { system, root, home: home.to_owned(), guards: vec![guard] }
    }

    pub fn home(&self) -> &Utf8Path {
        &self.home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name).into()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(["--root", self.root.as_str()])
            .args(arguments)
            .env("SYSTEM", self.system)
            .env("PROMETHEAN_HOME", &self.home)
            .env("LEAKED", "into a service")
            // There is no PM2 in this test.
            .env("PROMETHEAN_PM2", "/nowhere")
            .env_remove("PROMETHEAN_ENGINE");
        command
    }

    /// A command that a shell starts after it has done something.
    pub fn command_after(&self, shell: &str, arguments: &[&str]) -> Command {
        let command = self.command(arguments);
        let mut after = Command::new("sh");
        after.args(["-c", &format!("{shell} && exec \"$@\""), "sh"]).arg(command.get_program());
        after.args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => after.env(name, value),
                None => after.env_remove(name),
            };
        }
        after
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command that succeeds prints.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}\n{}", self.engine_log());
        String::from_utf8(output.stdout).unwrap()
    }

    /// The directory of the engine; there is one.
    pub fn engine(&self) -> Utf8PathBuf {
        let name = format!("{}-", self.system);
        let entries = self.home.read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path());
        let own = entries.filter(|path| path.file_name().unwrap().starts_with(&name));
        // Several checkouts have theirs beside each other.
        let command = |path: &Utf8PathBuf| !parts(path, "__guard").is_empty();
        let mut found: Vec<Utf8PathBuf> = own.collect();
        if found.len() > 1 {
            found.retain(command);
        }
        found.into_iter().next().unwrap()
    }

    pub fn engine_log(&self) -> String {
        let entries = self.home.read_dir_utf8().into_iter().flatten().flatten();
        entries
            .map(|entry| fs::read_to_string(entry.path().join("engine.log")).unwrap_or_default())
            .collect()
    }

    /// The process of the engine, or of its guard.
    pub fn part(&self, part: &str) -> u32 {
        parts(&self.engine(), part)[0]
    }

    /// The status of an app.
    pub fn app(&self, name: &str) -> Value {
        let status: Value = serde_json::from_str(&self.succeed(&["status", "--json"])).unwrap();
        let apps = status["apps"].as_array().unwrap();
        apps.iter().find(|app| app["app"] == name).unwrap_or_else(|| panic!("{status}")).clone()
    }

    /// The word for the state of an app.
    pub fn state(&self, name: &str) -> String {
        self.app(name)["state"]["is"].as_str().unwrap().to_owned()
    }

    /// The only process of an app; 0 where none runs.
    pub fn pid(&self, name: &str) -> u64 {
        self.app(name)["processes"][0]["pid"].as_u64().unwrap_or_default()
    }

    /// What the services have noted of all processes that they have started.
    pub fn noted(&self) -> BTreeSet<u32> {
        let pids = fs::read_to_string(self.path("pids")).unwrap_or_default();
        pids.lines().map(|pid| pid.parse().unwrap()).collect()
    }

    /// Those among them that live.
    pub fn living(&self) -> BTreeSet<u32> {
        self.noted().into_iter().filter(|pid| lives(*pid)).collect()
    }

    /// Waits until nothing lives that the services have started, and no engine.
    pub fn is_gone(&self) {
        let engine = self.engine();
        let alive = || {
            let parts = [parts(&engine, "__engine"), parts(&engine, "__guard")];
            let parts = parts.into_iter().flatten();
            parts.chain(self.living()).collect::<Vec<u32>>()
        };
        eventually("all is gone", || alive().is_empty());
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let status = self.output(&["status"]);
            let status = [status.stdout, status.stderr].concat();
            // What `run` has said, where a test keeps it.
            let said = fs::read_to_string(self.path("said")).unwrap_or_default();
            let status = String::from_utf8_lossy(&status);
            eprintln!("the engine's log:\n{}\nstatus:\n{status}\n{said}", self.engine_log());
        }
        let _ = self.command(&["down", "--engine", "embedded"]).output();
        for entry in self.home.read_dir_utf8().into_iter().flatten().flatten() {
            for pid in parts(entry.path(), "__engine") {
                if entry.file_name().starts_with(self.system) {
                    kill(pid);
                }
            }
        }
    }
}

/// The processes that play a part for an engine: `__engine`, `__guard`.
fn parts(engine: &Utf8Path, part: &str) -> Vec<u32> {
    let found = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
        let words: Vec<&str> = line.split('\0').collect();
        (words.get(1) == Some(&part) && words.get(2) == Some(&engine.as_str())).then_some(pid)
    });
    found.collect()
}

/// `kill -9`
pub fn kill(pid: u32) {
    let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
}

/// Whether a process is alive, and no zombie.
pub fn lives(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start().to_owned());
    state.is_some_and(|state| !state.starts_with(['Z', 'X']))
}
