//! `docs/many-files.md`, word by word: a system of thirty services in thirty files.

use std::fs;
use std::net::TcpListener;

use camino::Utf8PathBuf;
use promethean_test_support::files::repository;
use promethean_test_support::nested::Nested;
use promethean_test_support::pm2::eventually;

use crate::page::{self, Block, Shell};

const PAGE: &str = include_str!("../../docs/many-files.md");

/// The port of the page that people know.
const PORT: &str = "8710";

/// What the page tells the reader to do.
enum Step<'p> {
    /// To write a file.
    Write { file: &'p str, text: &'p str },
    /// To add lines to the `[package]` of `Cargo.toml`.
    Add(&'p str),
    /// To run these commands.
    Run(Vec<&'p str>),
    /// To see this when the reference to the hub is misspelt.
    See(&'p str),
}

fn steps() -> Vec<Step<'static>> {
    let step = |block: Block<'static>| match (block.language, block.text) {
        ("console", text) => {
            Step::Run(text.lines().map(|line| line.strip_prefix("$ ").unwrap()).collect())
        }
        ("text", text) => Step::See(text),
        ("toml", text) => Step::Add(text),
        (_, text) => Step::Write {
            file: block.file.expect("a block has the name of its file above it"),
            text,
        },
    };
    page::blocks(PAGE).into_iter().map(step).collect()
}

/// Somebody who reads the page, with a shell.
struct Reader<'n> {
    shell: Shell<'n>,
    /// A port in place of the page's, which somebody else may have here.
    port: String,
}

impl Reader<'_> {
    fn project(&self) -> Utf8PathBuf {
        self.shell.folder().join("house")
    }

    fn run(&mut self, command: &str) {
        if let Some(to) = command.strip_prefix("cd ") {
            return self.shell.go(to);
        }
        let printed = self.shell.run(command).unwrap();
        if command.starts_with("promethean new") {
            let lock = self.project().join("Cargo.lock");
            fs::copy(repository().join("Cargo.lock"), lock).unwrap();
        }
        if command.contains(" logs ") {
            eventually("every tool has found the hub", || {
                let logged = self.shell.run(command).unwrap();
                ["alarm is here", "clock is here", "window is here"]
                    .iter()
                    .all(|line| logged.contains(line))
            });
        }
        if command.ends_with(" status") {
            assert!(printed.contains(&format!("127.0.0.1:{}", self.port)), "{printed}");
        }
        if command == "cargo run -- up" {
            assert_eq!(self.shell.pm2.apps().len(), 30);
        }
        if command.ends_with(" up clock") || command.ends_with("--bin clock -- up") {
            let apps = self.shell.pm2.apps();
            let names: Vec<&str> = apps.iter().filter_map(|app| app["name"].as_str()).collect();
            assert_eq!(names, ["hub", "clock"]);
        }
        if command.ends_with(" down") {
            assert_eq!(self.shell.pm2.apps().len(), 0);
        }
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.project().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace(PORT, &self.port)).unwrap();
    }
}

pub fn a_reader_has_thirty_services_that_find_each_other() {
    // Bound until the services need it, so that nobody else gets it meanwhile.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nested = Nested::begin();
    let mut reader = Reader {
        shell: Shell::new(&nested),
        port: listener.local_addr().unwrap().port().to_string(),
    };
    let mut listener = Some(listener);
    for step in steps() {
        match step {
            Step::Write { file, text } => reader.write(file, text),
            Step::Add(lines) => {
                let manifest = reader.project().join("Cargo.toml");
                let text = fs::read_to_string(&manifest).unwrap();
                let package = "[package]\n";
                fs::write(&manifest, text.replace(package, &format!("{package}{lines}"))).unwrap();
            }
            Step::Run(commands) => {
                for command in commands {
                    if command.ends_with(" check") || command.contains(" up") {
                        drop(listener.take());
                    }
                    reader.run(command);
                }
            }
            Step::See(shown) => {
                let file = reader.project().join("services/clock/ecosystem.rs");
                let right = fs::read_to_string(&file).unwrap();
                fs::write(&file, right.replace("ECOSYSTEM.hub \"", "ECOSYSTEM.hbu \"")).unwrap();
                let said = reader.shell.run("cargo check -q").unwrap_err();
                let said = said.replace(&format!("{}/", reader.project()), "");
                assert!(said.contains(shown.trim()), "{said}\ninstead of\n{shown}");
                fs::write(&file, right).unwrap();
            }
        }
    }
}
