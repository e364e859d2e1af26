//! `docs/tutorial.md`, word by word: from nothing to a running system.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use promethean_test_support::files::repository;
use promethean_test_support::nested::Nested;
use promethean_test_support::pm2::eventually;

use crate::page::{self, Shell};
use crate::templates::in_foreground;

const PAGE: &str = include_str!("../../docs/tutorial.md");

/// What a command is said to print.
struct Shown<'p> {
    command: &'p str,
    lines: Vec<&'p str>,
}

fn shown(block: &str) -> Vec<Shown<'_>> {
    let mut found: Vec<Shown<'_>> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => found.push(Shown { command, lines: Vec::new() }),
            None => found.last_mut().expect("a block begins with a command").lines.push(line),
        }
    }
    found
}

/// Whether a line is as the page shows it, where `…` is anything.
fn is_as_shown(line: &str, shown: &str) -> bool {
    let mut rest = line;
    let mut parts = shown.split('…');
    let is_first = parts.next().is_some_and(|first| match rest.strip_prefix(first) {
        Some(after) => {
            rest = after;
            true
        }
        None => false,
    });
    is_first
        && parts.all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
        && (rest.is_empty() || shown.ends_with('…'))
}

/// A line without what differs from one run to the next: process numbers, times, memory, ports.
fn lasting(line: &str) -> String {
    let differs = |word: &&str| !word.starts_with(|letter: char| letter.is_ascii_digit());
    let words = line.split_whitespace().filter(differs);
    let words: Vec<&str> =
        words.map(|word| if word.starts_with("http:") { "http:" } else { word }).collect();
    words.join(" ")
}

/// Somebody who reads the page.
struct Reader<'n> {
    nested: &'n Nested,
    shell: Shell<'n>,
}

impl Reader<'_> {
    fn run(&mut self, Shown { command, lines }: &Shown<'_>) {
        match *command {
            // The test has the program and PM2, and begins beside the clone.
            "cd .." => {}
            _ if command.starts_with("cargo install") || command.starts_with("npm install") => {}
            "cd pond" => self.shell.go("pond"),
            "cargo run -- run" => {
                let texts: Vec<&str> = lines.iter().flat_map(|line| line.split('…')).collect();
                in_foreground(self.nested, self.shell.directory(), command, &texts);
            }
            _ if command.contains(" logs ") => eventually("the lines are in the log", || {
                let said = self.shell.run(command).unwrap();
                lines.iter().all(|shown| said.lines().any(|line| line == *shown))
            }),
            _ => self.compare(command, lines),
        }
        if command.starts_with("promethean new") {
            let lock = self.shell.directory().join("pond/Cargo.lock");
            fs::copy(repository().join("Cargo.lock"), lock).unwrap();
        }
    }

    fn compare(&self, command: &str, lines: &[&str]) {
        let fails = lines.iter().any(|line| line.starts_with("error:"));
        let said = match (self.shell.run(command), fails) {
            (Ok(said), false) | (Err(said), true) => said,
            (Ok(said) | Err(said), _) => panic!("{command}\n{said}"),
        };
        let is_lasting = [" up", " status"].iter().all(|end| !command.ends_with(end));
        for shown in lines {
            let is_said = said.lines().any(|line| {
                is_as_shown(line, shown) || !is_lasting && lasting(line) == lasting(shown)
            });
            assert!(is_said, "`{command}` does not say `{shown}`:\n{said}");
        }
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.shell.directory().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Changes `src/main.rs` as a block with `-` and `+` says.
    fn change(&self, block: &str) {
        let of = |mark: char| -> String {
            let lines = block.lines().filter_map(|line| line.strip_prefix(mark));
            lines.flat_map(|line| [line, "\n"]).collect()
        };
        let file = self.shell.directory().join("src/main.rs");
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.matches(&of('-')).count(), 1, "{block}\n{text}");
        fs::write(file, text.replace(&of('-'), &of('+'))).unwrap();
    }

    /// What the web service of an agent answers.
    fn answer(&self, agent: &str) -> String {
        let said = self.shell.run("cargo run -q -- status").unwrap();
        let own = said.lines().skip_while(|line| !line.starts_with(agent));
        let web = own.skip(1).find(|line| line.starts_with("  web")).unwrap();
        let address = web.split_once("http://").unwrap().1.trim();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET / HTTP/1.0\r\nHost: {address}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

pub fn a_newcomer_goes_from_nothing_to_a_system_of_two_agents() {
    let nested = Nested::begin();
    let mut reader = Reader { nested: &nested, shell: Shell::new(&nested) };
    for block in page::blocks(PAGE) {
        match block.language {
            "console" => shown(block.text).iter().for_each(|shown| reader.run(shown)),
            "diff" => reader.change(block.text),
            _ => reader.write(block.file.expect("a block has its file above it"), block.text),
        }
        // What the page says of the address, as far as it lasts.
        if block.text.contains("cargo run -- status") {
            let answer = reader.answer("duck");
            assert!(answer.contains("Duck has no token and "), "{answer}");
        } else if block.text.contains("changed 2, kept 1") {
            let answer = reader.answer("duck");
            assert!(answer.contains("Duck has a token and "), "{answer}");
            let printed = reader.shell.run("cargo run -q -- pm2").unwrap();
            assert!(!printed.contains("quack-quack"), "{printed}");
        } else if block.text.contains("created 2, changed 1") {
            let answer = reader.answer("owl");
            assert!(answer.contains("Owl has a token and "), "{answer}");
        }
    }
    assert_eq!(reader.shell.pm2.apps().len(), 0);
}

#[test]
fn dots_are_anything() {
    assert!(is_as_shown("a: ready after 1.0 s", "a: ready after …"));
    assert!(is_as_shown("  help: add it to /x/pond/y now", "  help: add it to …/pond/y now"));
    assert!(!is_as_shown("a: ready after 1.0 s", "a: ready"));
    assert!(!is_as_shown("b: ready", "a: …"));
    assert_eq!(
        lasting("  web  ready  498  2s  0  43 MiB  http://127.0.0.1:29"),
        "web ready MiB http:"
    );
}
