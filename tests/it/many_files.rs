//! `docs/many-files.md`, word by word: a system of thirty services in thirty files.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use camino::Utf8PathBuf;
use promethean_test_support::files::repository;
use promethean_test_support::nested::{Folder, Nested};
use promethean_test_support::pm2::{Pm2, eventually};

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
    let mut before = "";
    let mut steps = Vec::new();
    for (index, part) in PAGE.split("```").enumerate() {
        if index % 2 == 0 {
            before = part;
            continue;
        }
        let (language, text) = part.split_once('\n').expect("a block has lines");
        steps.push(match language {
            "console" => {
                Step::Run(text.lines().map(|line| line.strip_prefix("$ ").unwrap()).collect())
            }
            "text" => Step::See(text),
            "toml" => Step::Add(text),
            _ => {
                let file = before.trim_end().lines().last().unwrap();
                let file = file.strip_prefix('`').and_then(|file| file.strip_suffix("`:"));
                Step::Write { file: file.expect("a block has the name of its file above it"), text }
            }
        });
    }
    steps
}

/// Somebody who reads the page, with a shell.
struct Reader<'n> {
    nested: &'n Nested,
    folder: Folder,
    /// Where the shell is.
    directory: Utf8PathBuf,
    pm2: Pm2,
    /// A port in place of the page's, which somebody else may have here.
    port: String,
}

impl Reader<'_> {
    fn project(&self) -> Utf8PathBuf {
        self.folder.path.join("house")
    }

    /// What a command prints, or else what it says.
    fn shell(&self, command: &str) -> Result<String, String> {
        let program = Utf8PathBuf::from(env!("CARGO_BIN_EXE_promethean-under-test"));
        let pm2 = self.pm2.program();
        let path =
            [pm2.parent().unwrap().to_str().unwrap(), &std::env::var("PATH").unwrap()].join(":");
        let command = command.replace("promethean new", &format!("{program} new"));
        let output = self
            .nested
            .prepare(Command::new("sh").args(["-c", &command]))
            .current_dir(&self.directory)
            .env("PATH", path)
            .env("PM2_HOME", self.pm2.home())
            .env_remove("PROMETHEAN_PM2")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(format!("{command}\n{}{}", text(&output.stdout), text(&output.stderr))),
        }
    }

    fn run(&mut self, command: &str) {
        if let Some(to) = command.strip_prefix("cd ") {
            self.directory = self.directory.join(to).canonicalize_utf8().unwrap();
            return;
        }
        let printed = self.shell(command).unwrap();
        if command.starts_with("promethean new") {
            let lock = self.project().join("Cargo.lock");
            fs::copy(repository().join("Cargo.lock"), lock).unwrap();
        }
        if command.contains(" logs ") {
            eventually("every tool has found the hub", || {
                let logged = self.shell(command).unwrap();
                ["alarm is here", "clock is here", "window is here"]
                    .iter()
                    .all(|line| logged.contains(line))
            });
        }
        if command.ends_with(" status") {
            assert!(printed.contains(&format!("127.0.0.1:{}", self.port)), "{printed}");
        }
        if command == "cargo run -- up" {
            assert_eq!(self.pm2.apps().len(), 30);
        }
        if command.ends_with(" up clock") || command.ends_with("--bin clock -- up") {
            let apps = self.pm2.apps();
            let names: Vec<&str> = apps.iter().filter_map(|app| app["name"].as_str()).collect();
            assert_eq!(names, ["hub", "clock"]);
        }
        if command.ends_with(" down") {
            assert_eq!(self.pm2.apps().len(), 0);
        }
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.project().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace(PORT, &self.port)).unwrap();
    }
}

#[test]
fn a_reader_has_thirty_services_that_find_each_other() {
    // Bound until the services need it, so that nobody else gets it meanwhile.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nested = Nested::begin();
    let folder = nested.beside_a_clone();
    let mut reader = Reader {
        nested: &nested,
        directory: folder.path.clone(),
        folder,
        pm2: Pm2::new(),
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
                let said = reader.shell("cargo check -q").unwrap_err();
                let said = said.replace(&format!("{}/", reader.project()), "");
                assert!(said.contains(shown.trim()), "{said}\ninstead of\n{shown}");
                fs::write(&file, right).unwrap();
            }
        }
    }
}
