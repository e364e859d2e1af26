//! What the README and the documents show is so.

use std::fs;
use std::process::Command;

use camino::Utf8Path;
use promethean_test_support::files::{self, repository};
use promethean_test_support::nested::Nested;
use promethean_test_support::pm2::{Pm2, eventually};

use crate::page::Shell;
use crate::program;
use crate::templates::in_foreground;

const README: &str = include_str!("../../README.md");

/// The contents of the code blocks of a language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    README.split(&opening).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The commands of a console block.
fn commands(block: &str) -> impl Iterator<Item = &str> {
    block.lines().filter_map(|line| line.strip_prefix("$ "))
}

#[test]
fn the_errors_are_those_of_the_compiler() {
    let shown = blocks("text")[0];
    let real = include_str!("../ui/readme.stderr").replace("ui/readme.rs", "src/main.rs");
    assert_eq!(shown.trim(), real.trim());
}

#[test]
fn the_picture_is_what_the_example_draws() {
    let output =
        Command::new(program::example()).args(["graph", "--format", "svg"]).output().unwrap();
    let drawn = String::from_utf8(output.stdout).unwrap();
    assert!(
        drawn == include_str!("../../docs/promethean.svg"),
        "docs/promethean.svg is stale: CONTRIBUTING.md says how to redraw it"
    );
}

#[test]
fn the_two_commands_are_those_of_ci() {
    let ci = include_str!("../../.ci/run");
    for command in commands(blocks("console")[0]).take(2) {
        assert!(ci.lines().any(|line| line.starts_with(command)), "{command}");
    }
}

/// Gives a crate the versions that this repository is built with, so that nothing is built twice.
fn with_known_versions(package: &Utf8Path) {
    fs::copy(repository().join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
}

/// A newcomer follows the README word by word, in a new folder.
pub fn a_newcomer_has_a_running_system() {
    let [_, prepare, run, _] = blocks("console")[..] else { panic!("four console blocks") };
    let main = blocks("rust")[1];
    let nested = Nested::begin();
    // Somebody with the program and PM2, beside the clone.
    let mut shell = Shell::new(&nested);
    for command in commands(prepare).filter(|command| !command.starts_with("cargo install")) {
        match command {
            "cd .." => {}
            "cd my-system" => {
                shell.go("my-system");
                with_known_versions(shell.directory());
            }
            "cargo run -- run" => {
                in_foreground(&nested, shell.directory(), command, &["hello | hello from hello"]);
            }
            _ => drop(shell.run(command).unwrap()),
        }
    }
    let file = shell.directory().join("src/main.rs");
    assert_eq!(fs::read_to_string(&file).unwrap(), main);
    for command in commands(run) {
        match command {
            "cargo run -- logs" => eventually("the service says hello", || {
                shell.run(command).unwrap().contains("hello | hello from hello\n")
            }),
            _ => drop(shell.run(command).unwrap()),
        }
    }
    assert!(shell.run("cargo run -- plan").unwrap().contains("nothing to do"));
    // And what the README says to try.
    let greeting = "hello from {name}";
    fs::write(&file, main.replace(greeting, "good morning")).unwrap();
    let plan = shell.run("cargo run -- plan").unwrap();
    assert!(plan.contains("env.GREETING: hello from hello → good morning"), "{plan}");
    let entry = "entry \"index.js\";";
    fs::write(&file, main.replace(entry, &format!("{entry} restart_delay 5000;"))).unwrap();
    let said = shell.run("cargo run -- plan").unwrap_err();
    assert!(
        said.contains("write `restart_delay 5s;` for 5000 milliseconds, as PM2 reads it"),
        "{said}"
    );
    fs::write(&file, main.replace("services/hello", "services/helo")).unwrap();
    let said = shell.run("cargo run -- plan").unwrap_err();
    assert!(said.contains("did you mean `services/hello`?"), "{said}");
    fs::write(&file, main).unwrap();
    shell.run("cargo run -- down").unwrap();
}

/// Somebody with a PM2 configuration follows the README word by word.
pub fn a_project_of_pm2_comes_over() {
    let coming = blocks("console")[3];
    let nested = Nested::begin();
    let folder = nested.beside_a_clone();
    let folder = &folder.path;
    let project = folder.join("my-project");
    fs::create_dir(&project).unwrap();
    let configuration = r#"module.exports = { apps: [{
        name: "hello", script: "hello.js", restart_delay: 5000,
        env: { GREETING: "hi", BOT_TOKEN: process.env.BOT_TOKEN },
    }] };"#;
    fs::write(project.join("ecosystem.config.js"), configuration).unwrap();
    let pm2 = Pm2::new();
    let program = pm2.program();
    let (installed, pm2) = (folder.join("installed"), program.parent().unwrap().display());
    let path = format!("{installed}/bin:{pm2}:{}", std::env::var("PATH").unwrap());
    let mut directory = folder.join("promethean");
    let mut said = String::new();
    for command in commands(coming) {
        if let Some(to) = command.strip_prefix("cd ").filter(|to| !to.contains(' ')) {
            // The clone is a link here, so the way out of it is none to the project.
            directory = folder.join(to.trim_start_matches("../"));
            continue;
        }
        let command = command
            .replace("--path promethean-cli", &format!("--path promethean-cli --root {installed}"));
        let output = nested
            .prepare(Command::new("sh").args(["-c", &command]))
            .current_dir(&directory)
            .env("PATH", &path)
            .env("BOT_TOKEN", "value-of-today")
            .output()
            .unwrap();
        let (out, errors) = (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        );
        assert!(output.status.success(), "{command}:\n{out}{errors}");
        if command.contains(" new ") {
            with_known_versions(&project.join("my-system"));
        }
        said.push_str(&out);
        said.push_str(&errors);
    }
    // PM2 starts the bot without its token, too.
    assert!(said.contains("BOT_TOKEN = secret or unset;"), "{said}");
    assert!(said.contains("PM2 reads the same in 1 app"), "{said}");
    assert!(!said.contains("value-of-today"), "{said}");
    let made = fs::read_to_string(project.join("my-system/src/main.rs")).unwrap();
    assert!(made.contains("restart_delay 5s;"), "{made}");
}

pub fn the_definition_at_the_top_compiles() {
    let definition = blocks("rust")[0];
    let example = repository().join("examples/promethean");
    let (_guard, folder) = files::directory();
    fs::create_dir_all(folder.join("src")).unwrap();
    files::copy(&example, folder.join("examples/promethean").as_std_path());
    fs::write(folder.join("src/main.rs"), definition).unwrap();
    let manifest = format!(
        "[package]\nname = \"definition\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         promethean = {{ path = \"{}\" }}\n\n[workspace]\n",
        repository().display()
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let output = Nested::begin()
        .prepare(Command::new(env!("CARGO")).args(["run", "-q", "--", "graph"]))
        .current_dir(&folder)
        .output()
        .unwrap();
    let drawn = String::from_utf8_lossy(&output.stdout);
    assert!(
        drawn.contains("needs mongodb (ready)"),
        "{drawn}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
