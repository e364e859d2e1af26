//! A machine that starts: the unit's own line and variables, and nothing else.

use std::fs;
use std::process::Command;

use promethean_test_support::files;
use promethean_test_support::node::target_directory;
use promethean_test_support::pm2::Pm2;

/// Prints the unit of the example, whose root is a copy of its files.
fn shown(pm2: &Pm2, root: &str, units: &[&str]) -> String {
    let built = Command::new(env!("CARGO"))
        .args(["build", "-q", "--example", "promethean"])
        .env("CARGO_TARGET_DIR", target_directory())
        .status();
    assert!(built.unwrap().success());
    let output = Command::new(target_directory().join("debug/examples/promethean"))
        .args(["--root", root, "--profile", "system", "boot", "show"])
        .args(units)
        .env("PM2_HOME", pm2.home())
        .env("PROMETHEAN_PM2", pm2.program())
        .env("SECRET_OF_THE_SHELL", "s3cr3t")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What systemd makes of the unit's quotes, for what this test has in them.
fn unquoted(text: &str) -> String {
    text.replace("\\\"", "\"").replace("%%", "%").replace("$$", "$").replace("\\\\", "\\")
}

#[test]
#[cfg(not(target_os = "macos"))]
fn the_unit_brings_the_system_up_with_its_own_variables() {
    let pm2 = Pm2::new();
    let (_guard, root) = files::directory();
    let root = root.join("100% \"mine\" $HOME");
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/promethean");
    files::copy(&example, root.as_std_path());
    let unit = shown(&pm2, root.as_str(), &["heartbeat", "tts"]);
    assert!(unit.starts_with("# "), "{unit}");
    assert!(unit.contains("/systemd/user/promethean-promethean.service\n[Unit]\n"), "{unit}");
    assert!(unit.contains("\nKillMode=process\n"), "{unit}");
    assert!(!unit.contains("s3cr3t"), "{unit}");
    let line = |name: &str| {
        let found = unit.lines().find_map(|line| line.strip_prefix(name));
        found.unwrap_or_else(|| panic!("{name} in {unit}")).to_owned()
    };
    let words = |line: &str| -> Vec<String> {
        let inside = line.trim_matches('"').to_owned();
        inside.split("\" \"").map(unquoted).collect()
    };
    let run = |line: String| {
        let words = words(&line);
        let variables = unit.lines().filter_map(|line| line.strip_prefix("Environment="));
        let variables = variables.map(|variable| unquoted(variable.trim_matches('"')));
        let output = Command::new(&words[0])
            .args(&words[1..])
            .env_clear()
            .envs(variables.map(|variable| {
                let (name, value) = variable.split_once('=').unwrap();
                (name.to_owned(), value.to_owned())
            }))
            .env("HOME", std::env::var_os("HOME").unwrap_or_default())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(line("ExecStart="));
    let names: Vec<_> =
        pm2.apps().iter().map(|app| app["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(
        pm2.app("heartbeat")["pm2_env"]["pm_cwd"],
        root.join("services/js/heartbeat").as_str()
    );
    assert!(!fs::exists(pm2.home().join("dump.pm2")).unwrap());
    run(line("ExecStop="));
    assert!(pm2.apps().is_empty());
}
