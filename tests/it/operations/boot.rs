//! A machine that starts: the unit's own line and variables, and nothing else.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use promethean_test_support::files::{self, repository};

use super::example::{Example, mongodb};

/// A unit, as systemd reads it, for what these tests have in it.
struct Unit(String);

impl Unit {
    fn value(&self, key: &str) -> &str {
        let found = self.0.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("{key} in {}", self.0))
    }

    fn unquoted(text: &str) -> String {
        text.replace("\\\"", "\"").replace("%%", "%").replace("\\\\", "\\")
    }

    /// Runs a line of it as systemd does when nobody has logged in.
    fn run(&self, key: &str) -> Output {
        let line = self.value(key);
        let words: Vec<String> =
            line.trim_matches('"').split("\" \"").map(Unit::unquoted).collect();
        let variables = self.0.lines().filter_map(|line| line.strip_prefix("Environment="));
        let mut command = Command::new(&words[0]);
        // In an argument `$$` is a `$`.
        command.args(words[1..].iter().map(|word| word.replace("$$", "$")));
        command.env_clear().current_dir("/");
        for variable in variables {
            let variable = Unit::unquoted(variable.trim_matches('"'));
            let (name, value) = variable.split_once('=').unwrap();
            command.env(name, value);
        }
        // systemd.exec(5): what it gives to whatever a user runs.
        for name in ["HOME", "USER", "LOGNAME", "SHELL"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        // What `systemctl --user set-environment` has given it.
        command.env("MONGODB", mongodb());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{key}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

#[test]
fn the_unit_brings_the_system_up_with_its_own_variables() {
    let (guard, root) = files::directory();
    let example = Example::at(root.join("100% \"mine\" $HOME"), guard);
    let shown = example
        .command(&["--profile", "system", "boot", "show", "tts", "duck.voice"])
        .env("DISCORD_TOKEN", "token-of-the-shell")
        .output()
        .unwrap();
    let unit = Unit(String::from_utf8(shown.stdout).unwrap());
    let told = String::from_utf8(shown.stderr).unwrap();
    assert!(told.ends_with("/systemd/user/promethean-promethean.service:\n"), "{told}");
    assert!(!unit.0.contains("token"), "{}", unit.0);
    // Stopping the unit, or a start that fails, leaves PM2's daemon to others.
    assert_eq!((unit.value("Type"), unit.value("KillMode")), ("oneshot", "process"));
    assert_eq!(unit.value("RemainAfterExit"), "yes");

    unit.run("ExecStart");
    let mut names: Vec<_> =
        example.pm2.apps().iter().map(|app| app["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["chromadb", "duck_voice", "tts"]);
    let voice = example.pm2.app("duck_voice");
    let directory = example.root.join("services/ts/voice");
    assert_eq!(voice["pm2_env"]["pm_cwd"], directory.as_str());
    let tokens = fs::read_to_string(example.root.join("agents/duck/.tokens")).unwrap();
    let token = voice["pm2_env"]["env"]["DISCORD_TOKEN"].as_str().unwrap();
    assert!(tokens.contains(&format!("DISCORD_TOKEN={token}")), "{token}");
    let status = ["--profile", "system", "status", "tts", "duck.voice", "--detailed-exitcode"];
    assert_eq!(example.run(&status).status.code(), Some(0));
    // Another start finds all as it is.
    unit.run("ExecStart");
    assert_eq!(example.pm2.app("duck_voice")["pid"], voice["pid"]);
    for name in ["dump.pm2", "dump.pm2.bak"] {
        assert!(!fs::exists(example.pm2.home().join(name)).unwrap());
    }
    unit.run("ExecStop");
    assert!(example.pm2.apps().is_empty());
}

/// The user's machine, with programs that stand in for systemd's.
struct Machine {
    example: Example,
    directory: tempfile::TempDir,
}

impl Machine {
    fn new() -> Machine {
        let machine = Machine { example: Example::new(), directory: tempfile::tempdir().unwrap() };
        machine.program("systemctl", "[ \"$1\" != --version ] || echo systemd 252 '(252.38-1)'");
        machine.program("loginctl", "echo no");
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A program that writes down how it is called, and then does something.
    fn program(&self, name: &str, does: &str) {
        let calls = self.path("calls");
        let text = format!("#!/bin/sh\necho {name} \"$@\" >> '{}'\n{does}\n", calls.display());
        files::write_program(self.path(name), text);
    }

    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        let _ = fs::remove_file(self.path("calls"));
        calls.lines().map(str::to_owned).collect()
    }

    fn unit(&self) -> PathBuf {
        self.path("config/systemd/user/promethean-promethean.service")
    }

    fn boot(&self, arguments: &[&str]) -> Command {
        let mut command =
            self.example.command(&[&["--profile", "system", "boot"], arguments].concat());
        let paths = std::env::var_os("PATH").unwrap();
        let paths = std::iter::once(self.directory.path().to_path_buf())
            .chain(std::env::split_paths(&paths));
        command
            .env("PATH", std::env::join_paths(paths).unwrap())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("USER", "somebody");
        command
    }
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_unit_is_installed_known_again_and_removed() {
    let machine = Machine::new();
    let installed = machine.boot(&["install", "heartbeat"]).output().unwrap();
    assert!(installed.status.success(), "{}", said(&installed));
    let enabled = [
        "systemctl --version",
        "systemctl --user show-environment",
        "systemctl --user daemon-reload",
        "systemctl --user enable promethean-promethean.service",
        "loginctl show-user somebody --property=Linger --value",
    ];
    assert_eq!(machine.calls(), enabled);
    let program = crate::program::example();
    assert_eq!(
        said(&installed),
        format!(
            "warning: {} is in cargo's target directory: `cargo clean` deletes it, and a build replaces it
  help: run `cargo install --path .`, then `boot install` with the installed program
written: {}
enabled: it runs when you log in
  help: `loginctl enable-linger` lets it run when the machine boots
",
            program.display(),
            machine.unit().display()
        )
    );
    let shown = machine.boot(&["show", "heartbeat"]).output().unwrap();
    assert_eq!(fs::read(machine.unit()).unwrap(), shown.stdout);
    assert!(machine.calls().is_empty(), "`show` asks and changes nothing");

    // A user that lingers needs no hint.
    machine.program("loginctl", "echo yes");
    let again = machine.boot(&["install"]).output().unwrap();
    assert!(said(&again).ends_with("enabled: it runs when the machine boots\n"));

    // A system of that name elsewhere is another.
    let before = fs::read(machine.unit()).unwrap();
    let elsewhere = repository().join("examples/promethean");
    for command in ["install", "remove"] {
        let other = machine.boot(&[command, "--root", elsewhere.to_str().unwrap()]).output();
        let other = other.unwrap();
        assert_eq!(other.status.code(), Some(1));
        assert!(said(&other).contains("promethean.service does not belong to promethean in "));
        assert_eq!(fs::read(machine.unit()).unwrap(), before);
    }

    machine.calls();
    let removed = machine.boot(&["remove"]).output().unwrap();
    assert_eq!(said(&removed), format!("removed: {}\n", machine.unit().display()));
    assert!(!machine.unit().exists());
    let calls = machine.calls();
    assert!(calls.contains(&"systemctl --user disable promethean-promethean.service".to_owned()));
    assert_eq!(calls.last().unwrap(), "systemctl --user daemon-reload");
    let again = machine.boot(&["remove"]).output().unwrap();
    assert!(said(&again).ends_with("does not exist: nothing to remove\n"));
    assert_eq!(again.status.code(), Some(1));
}

/// Two directories whose names are one where only some characters count.
#[test]
fn a_unit_is_removed_from_its_own_directory_only() {
    let machine = Machine::new();
    let root = |name: &str| {
        let root = machine.path(name);
        fs::create_dir_all(&root).unwrap();
        root.to_str().unwrap().to_owned()
    };
    let (dash, score) = (root("r-x"), root("r_x"));
    let installed = machine.boot(&["install", "--root", &dash]).output().unwrap();
    assert!(installed.status.success(), "{}", said(&installed));
    let before = fs::read(machine.unit()).unwrap();
    for command in ["remove", "install"] {
        let other = machine.boot(&[command, "--root", &score]).output().unwrap();
        assert_eq!(other.status.code(), Some(1), "{}", said(&other));
        let belongs = format!("does not belong to promethean in {score}\n");
        assert!(said(&other).contains(&belongs), "{}", said(&other));
        assert_eq!(fs::read(machine.unit()).unwrap(), before);
    }
    let removed = machine.boot(&["remove", "--root", &dash]).output().unwrap();
    assert!(removed.status.success() && !machine.unit().exists(), "{}", said(&removed));
}

#[test]
fn what_will_be_gone_is_told_by_name() {
    let machine = Machine::new();
    fs::remove_file(machine.example.root.join("agents/duck/.tokens")).unwrap();
    let dump = machine.example.pm2.home().join("dump.pm2");
    let saved = r#"[{"name": "tts", "env": {"SECRET": "s3cr3t"}}, {"name": "of another"}]"#;
    fs::write(&dump, saved).unwrap();
    fs::write(machine.example.pm2.home().join("dump.pm2.bak"), "[]").unwrap();
    let mut command = machine.boot(&["install", "duck.voice"]);
    let installed = command.env("DISCORD_TOKEN", "s3cr3t").output().unwrap();
    assert!(installed.status.success());
    let told = said(&installed);
    let lost = "warning: DISCORD_TOKEN of duck_voice comes from this shell and will be missing when the machine boots\n";
    assert!(told.starts_with(lost), "{told}");
    let saved = format!("warning: {} has tts with all variables in plain text", dump.display());
    assert!(told.contains(&saved), "{told}");
    assert_eq!(told.matches("warning:").count(), 3, "{told}");
    let unit = fs::read_to_string(machine.unit()).unwrap();
    assert!(!(told + &unit).contains("s3cr3t"));
}

#[test]
fn without_systemd_nothing_is_written_and_cron_is_named() {
    let machine = Machine::new();
    let version = "[ \"$1\" != --version ] || { echo systemd 252; exit; }";
    let refuse = "echo 'Failed to connect to bus' >&2; exit 1";
    machine.program("systemctl", &format!("{version}\n{refuse}"));
    let refused = machine.boot(&["install", "heartbeat"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let told = said(&refused);
    let reason = "error: systemctl --user show-environment: Failed to connect to bus\n";
    assert!(told.contains(reason), "{told}");
    assert!(told.contains("\n@reboot env "), "{told}");
    assert!(told.trim_end().ends_with(" heartbeat"), "{told}");
    assert!(!machine.path("config").exists());

    // One that is too old for the unit is told apart.
    machine.program("systemctl", "echo systemd 239");
    let refused = machine.boot(&["install", "heartbeat"]).output().unwrap();
    assert!(said(&refused).contains("error: systemd 239 does not restart such a unit"));
    assert!(!machine.path("config").exists());

    // A unit that is there goes, whatever manages it.
    machine.program("systemctl", version);
    machine.boot(&["install"]).output().unwrap();
    machine.program("systemctl", refuse);
    let removed = machine.boot(&["remove"]).output().unwrap();
    assert!(removed.status.success() && !machine.unit().exists());
    assert!(said(&removed).contains("note: it could not be disabled before: "));
}
