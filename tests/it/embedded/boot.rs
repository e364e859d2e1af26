//! A machine that starts: the unit's own lines and variables, and nothing else.

use std::process::{Command, Stdio};

use promethean_test_support::files;
use promethean_test_support::pm2::eventually;

use super::scene::{Scene, kill};

/// The value of a key, of which this system's have no character that is written in another way.
fn value<'u>(unit: &'u str, key: &str) -> &'u str {
    let found = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("{key} in {unit}"))
}

/// A line of a unit, as systemd runs it when nobody has logged in.
fn command(unit: &str, key: &str) -> Command {
    let mut words = value(unit, key).trim_matches('"').split("\" \"");
    let mut command = Command::new(words.next().unwrap());
    command.args(words).env_clear().current_dir("/").stdin(Stdio::null());
    for variable in unit.lines().filter_map(|line| line.strip_prefix("Environment=")) {
        let (name, value) = variable.trim_matches('"').split_once('=').unwrap();
        command.env(name, value);
    }
    command.env("HOME", std::env::var_os("HOME").unwrap_or_default()).env("SYSTEM", "ends");
    command
}

#[test]
fn the_unit_runs_the_system_and_stops_it() {
    let scene = Scene::new("ends");
    let unit = scene.succeed(&["boot", "--engine", "embedded", "show"]);
    assert!(value(&unit, "Description").ends_with(" on the embedded engine"), "{unit}");
    assert_eq!((value(&unit, "Type"), value(&unit, "KillMode")), ("exec", "mixed"));
    assert!(!unit.contains("from-a-file"), "{unit}");
    let mut run = command(&unit, "ExecStart");
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    assert!(command(&unit, "ExecStop").output().unwrap().status.success());
    assert!(run.wait().unwrap().success(), "it has ended as it should");
    scene.is_gone();
}

/// systemd signals `run` where `down` has not ended it.
#[test]
fn a_signal_to_the_unit_stops_the_system() {
    let scene = Scene::new("ends");
    let unit = scene.succeed(&["boot", "--engine", "embedded", "show"]);
    let mut run = command(&unit, "ExecStart");
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    let signal = value(&unit, "KillSignal").replace("SIG", "-");
    let pid = run.id().to_string();
    assert!(Command::new("kill").args([&signal, &pid]).status().unwrap().success());
    assert!(run.wait().unwrap().success());
    scene.is_gone();
}

/// Where nothing manages units, there is a line for cron.
#[test]
fn the_line_for_cron_runs_the_system_in_the_background() {
    let scene = Scene::new("ends");
    let programs = tempfile::tempdir().unwrap();
    let systemctl = programs.path().join("systemctl");
    files::write_program(&systemctl, "#!/bin/sh\nexit 1\n");
    let paths = std::env::var_os("PATH").unwrap();
    let paths = std::iter::once(programs.path().to_path_buf()).chain(std::env::split_paths(&paths));
    let mut install = scene.command(&["boot", "--engine", "embedded", "install"]);
    install.env("PATH", std::env::join_paths(paths).unwrap());
    install.env("XDG_CONFIG_HOME", programs.path());
    let output = install.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    let line = told.lines().find_map(|line| line.trim_start().strip_prefix("@reboot "));
    let line = line.unwrap_or_else(|| panic!("{told}"));
    assert!(!told.contains("from-a-file"), "{told}");
    // crontab(5): a shell runs it in the home directory, with a PATH of cron's.
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &line.replace("\\%", "%")]).env_clear().current_dir("/").stdin(Stdio::null());
    shell.env("HOME", std::env::var_os("HOME").unwrap_or_default()).env("SYSTEM", "ends");
    shell.env("PATH", "/usr/bin:/bin");
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(scene.output(&["status", "--detailed-exitcode"]).status.code(), Some(0));
    scene.succeed(&["down"]);
    scene.is_gone();
}

/// systemd restarts what has failed.
pub fn a_unit_whose_engine_is_killed_is_restarted() {
    let scene = Scene::new("ends");
    let unit = scene.succeed(&["boot", "--engine", "embedded", "show"]);
    assert_eq!(value(&unit, "Restart"), "on-failure");
    for part in ["__guard", "__engine"] {
        let mut run = command(&unit, "ExecStart");
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        eventually("all runs", || {
            scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
        });
        kill(scene.part(part));
        assert_eq!(run.wait().unwrap().code(), Some(5), "{part}");
        scene.is_gone();
    }
}
