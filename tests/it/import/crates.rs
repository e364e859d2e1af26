//! `promethean new`: crates, and what it says to do next.

use std::fs;
use std::process::{Command, Output};

use camino::Utf8Path;
use promethean_test_support::files::{directory, repository};
use promethean_test_support::nested::Nested;
use promethean_test_support::node::modules;
use promethean_test_support::pm2::{Pm2, eventually};
use serde_json::Value;

use super::program;
use crate::templates::in_foreground;

/// `promethean new` in a folder, depending on this repository.
fn make(folder: &Utf8Path, arguments: &[&str]) -> Output {
    let mut command = program(folder.join("x").as_std_path());
    command.args(["new", "--path"]).arg(repository()).args(arguments);
    command.output().unwrap()
}

/// The commands that it says are next.
fn next(output: &Output) -> Vec<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = said.lines().skip_while(|line| *line != "  next:").skip(1);
    lines.map_while(|line| line.strip_prefix("    ")).map(str::to_owned).collect()
}

/// A command of a person who has PM2 on PATH, in a shell; what it prints.
fn shell(nested: &Nested, folder: &Utf8Path, line: &str, pm2: &Pm2) -> String {
    let path = std::env::var_os("PATH").unwrap();
    let paths = [modules().join(".bin")].into_iter().chain(std::env::split_paths(&path));
    let output = nested
        .prepare(Command::new("sh").args(["-c", line]))
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env("PM2_HOME", pm2.home())
        .env_remove("PROMETHEAN_PM2")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{line}\n{printed}{said}");
    printed.into_owned()
}

/// Follows what `promethean new` says is next, to the end; `said` is what the service prints.
fn follow(
    nested: &Nested,
    folder: &Utf8Path,
    package: &str,
    output: &Output,
    service: &str,
    said: &str,
) {
    let commands = next(output);
    let (into, commands) = commands.split_first().unwrap();
    let readme = fs::read_to_string(folder.join(package).join("README.md")).unwrap();
    fs::copy(repository().join("Cargo.lock"), folder.join(package).join("Cargo.lock")).unwrap();
    let pm2 = Pm2::new();
    let mut came_up = false;
    for command in commands {
        assert!(readme.contains(&format!("$ {command}\n")), "{command}\n{readme}");
        let line = format!("{into} && {command}");
        if command.ends_with(" run") {
            in_foreground(nested, folder, &line, &[said]);
            continue;
        }
        let run = || shell(nested, folder, &line, &pm2);
        if command.ends_with(" logs") {
            eventually(said, || run().contains(said));
            continue;
        }
        let printed = run();
        if command.ends_with(" graph") {
            assert!(printed.contains(service), "{printed}");
        }
        if command.ends_with(" up") {
            let app = pm2.app(service);
            assert_eq!(app["pm2_env"]["status"], "online");
            assert_eq!(app["pm2_env"]["restart_time"], 0);
            came_up = true;
        }
    }
    assert!(came_up, "{commands:?}");
    assert_eq!(pm2.apps(), [Value::Null; 0], "the last command takes it down");
}

pub fn a_new_crate_comes_up_by_what_is_said_to_be_next() {
    // Before the crate is written: to Cargo, crates of one name are one, and the younger file counts.
    let nested = Nested::begin();
    let (_guard, folder) = directory();
    let output = make(&folder, &["my system!"]);
    follow(&nested, &folder, "my system!", &output, "hello", "hello from hello");
    let main = fs::read_to_string(folder.join("my system!/src/main.rs")).unwrap();
    assert!(main.contains("\n    name my-system;\n"), "{main}");
    let package = folder.join("my system!");
    assert!(fs::read_to_string(package.join(".gitignore")).unwrap().contains("/target"));
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("[profile.dev]\ndebug = \"line-tables-only\"\n"), "{manifest}");
    let dependencies = "[profile.dev.package.\"*\"]\ndebug = false\nincremental = false\n";
    assert!(manifest.contains(dependencies), "{manifest}");
}

pub fn a_new_crate_of_a_configuration_comes_up_by_what_is_said_to_be_next() {
    // Before the crate is written: to Cargo, crates of one name are one, and the younger file counts.
    let nested = Nested::begin();
    let (_guard, folder) = directory();
    fs::create_dir(folder.join("services")).unwrap();
    let service = "console.log('a is', process.env.A); setInterval(() => {}, 1_000);";
    fs::write(folder.join("services/web.js"), service).unwrap();
    fs::write(folder.join("ecosystem.config.js"), "module.exports = {apps: [{name: 'web', script: 'web.js', cwd: __dirname + '/services', env: {A: '1'}}]};").unwrap();
    let arguments = ["my-system", "--import", "ecosystem.config.js", "--trust"];
    let output = make(&folder, &arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("PM2 reads the same in 1 app"), "{said}");
    follow(&nested, &folder, "my-system", &output, "web", "a is 1");
    // Nothing that is there is written over.
    let main = fs::read_to_string(folder.join("my-system/src/main.rs")).unwrap();
    assert!(main.contains("\n    name my-system;\n"), "{main}");
    let output = make(&folder, &["my-system"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("already exists"));
    assert_eq!(fs::read_to_string(folder.join("my-system/src/main.rs")).unwrap(), main);
}

pub fn every_directory_gets_a_crate_that_cargo_takes() {
    let (_guard, folder) = directory();
    let pm2 = Pm2::new();
    for (index, name) in [
        "my system!",
        "2fast",
        "fn",
        "test",
        "größe",
        "日本",
        "it's \"quoted\"",
        "$HOME",
        "sub/folder",
        "slash/",
        ".",
        "./",
        "..",
        "../beside",
        "-dash",
        "promethean",
        "a\\b",
    ]
    .into_iter()
    .enumerate()
    {
        let here = folder.join(index.to_string()).join("here");
        fs::create_dir_all(&here).unwrap();
        fs::write(here.join("README.md"), "mine").unwrap();
        let commands = next(&make(&here, &["--", name]));
        let into: Vec<&str> = commands
            .iter()
            .take_while(|command| command.starts_with("cd "))
            .map(String::as_str)
            .chain(["cargo metadata --no-deps --offline --format-version 1"])
            .collect();
        let metadata = shell(&Nested::begin(), &here, &into.join(" && "), &pm2);
        let metadata: Value = serde_json::from_str(&metadata).unwrap();
        let manifest = metadata["packages"][0]["manifest_path"].as_str().unwrap();
        let expected = here.join(name).canonicalize_utf8().unwrap().join("Cargo.toml");
        assert_eq!(manifest, expected.as_str(), "{name}");
        assert_eq!(fs::read_to_string(here.join("README.md")).unwrap(), "mine", "{name}");
    }
}

#[test]
fn names_have_the_letters_of_ascii_or_another_name() {
    let (_guard, folder) = directory();
    for (directory, name) in [("Ünï", "uni"), ("日本", "system")] {
        let output = make(&folder, &[directory]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let main = fs::read_to_string(folder.join(directory).join("src/main.rs")).unwrap();
        assert!(main.contains(&format!("\n    name {name};\n")), "{main}");
        let told = format!("the crate and the system are named `{name}`");
        assert!(said.contains(&told) && said.contains(directory), "{said}");
    }
}

#[test]
fn a_new_crate_depends_on_what_is_there() {
    let (_guard, folder) = directory();
    let new = |arguments: &[&str]| {
        let output = program(folder.join("x").as_std_path()).arg("new").args(arguments).output();
        let output = output.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    // The clone that the program was built from.
    let (success, said) = new(&["a"]);
    assert!(success && said.contains("Promethean is not on crates.io yet"), "{said}");
    let manifest = fs::read_to_string(folder.join("a/Cargo.toml")).unwrap();
    assert!(manifest.contains(&format!("path = {:?}", repository())), "{manifest}");
    // What is no clone makes nothing.
    for path in ["a", "nowhere"] {
        let (success, said) = new(&["b", "--path", path]);
        assert!(!success && said.contains("is not a clone of Promethean"), "{said}");
        assert!(!folder.join("b").exists());
    }
}
