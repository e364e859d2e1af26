//! The documents that can be read without Cargo, and that what they show compiles.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use camino::Utf8Path;
use promethean::attribute::DERIVED;
use promethean::other_tools::{LANGUAGES, Meaning, Place, WORDS, words_of};
use promethean_test_support::files::{self, committed, repository};
use promethean_test_support::nested::Nested;

use crate::page::blocks;

const REFERENCE: &str = include_str!("../../src/ecosystem.md");
const COOKBOOK: &str = include_str!("../../docs/cookbook.md");
const LLMS: &str = include_str!("../../llms.txt");

#[test]
fn the_reference_is_what_rustdoc_shows() {
    committed("docs/reference.md", &reference());
}

/// The reference without what only rustdoc needs: hidden lines, links to items.
fn reference() -> String {
    let mut page = String::from(
        "# The language\n\n\
         This is the documentation of the macro `ecosystem!` (`cargo doc --open`), without the lines that only its tests need; \
         `UPDATE=1 cargo test -p promethean-tests --test it reference` writes it from `src/ecosystem.md`. In the examples, `apps` are the apps of the PM2 \
         configuration that the definition becomes.\n\n",
    );
    let (mut is_code, mut was_empty) = (false, true);
    for line in REFERENCE.lines() {
        let hidden = line.trim_start();
        let line = match (is_code, line) {
            // What follows is no longer a definition.
            (true, "# fn main() {") => String::new(),
            (true, _) if hidden == "#" || hidden.starts_with("# ") => continue,
            (false, "```") => {
                is_code = true;
                "```rust".to_owned()
            }
            (true, "```") => {
                is_code = false;
                "```".to_owned()
            }
            (true, _) => line.to_owned(),
            (false, _) if line.starts_with("[`Ecosystem`]:") => continue,
            (false, _) if line.starts_with('#') => format!("#{line}"),
            (false, _) => line.replace("[`Ecosystem`]", "`Ecosystem`"),
        };
        // Where a hidden line was alone, nothing is left.
        if line.is_empty() && was_empty {
            continue;
        }
        was_empty = line.is_empty();
        page.push_str(&line);
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

#[test]
fn the_reference_has_no_hidden_lines() {
    let page = reference();
    assert!(
        !page.contains("include!") && !page.contains("paths unchecked;\n    node web"),
        "{page}"
    );
    assert_eq!(page.matches("```rust\n").count(), page.matches("\n```\n").count());
    for section in ["## Services", "## Endpoints", "### While it runs"] {
        assert!(page.contains(&format!("\n{section}\n")), "{section}");
    }
}

/// What a tool's word becomes, and how a definition of it looks here.
struct Tool {
    title: &'static str,
    /// Its name in the table of words.
    name: &'static str,
    text: &'static str,
}

const TOOLS: [Tool; 5] = [
    Tool {
        title: "PM2",
        name: "PM2",
        text: "Attributes keep their names. `promethean import ecosystem.config.js` converts a configuration and compares the two.\n\n\
            ```js\n\
            { name: \"web\", script: \"dist/index.js\", cwd: \"services/web\", restart_delay: 5000, env: { PORT: 8080, TOKEN: process.env.TOKEN } }\n\
            ```\n\n\
            ```rust\n\
            node web \"services/web\" {\n    entry \"dist/index.js\";\n    restart_delay 5s;\n    listen http 8080;\n    env { TOKEN = secret; }\n}\n\
            ```",
    },
    Tool {
        title: "Docker Compose",
        name: "Docker Compose",
        text: "A service is a process on this machine; what stays in a container is an `external`, or a `script` that runs `docker run`. \
            `promethean import compose.yaml` converts what can be converted: a service with `build` and a command runs here, any \
            other one stays in its container.\n\n\
            ```yaml\n\
            services:\n  web:\n    build: services/web\n    command: node dist/index.js\n    restart: always\n    depends_on: { db: { condition: service_healthy } }\n  db:\n    image: postgres\n    ports: [\"5432:5432\"]\n\
            ```\n\n\
            ```rust\n\
            external db { listen postgres \"127.0.0.1:5432\"; ready tcp; }\n\nnode web \"services/web\" {\n    entry \"dist/index.js\";\n    depends_on db;\n}\n\
            ```",
    },
    Tool {
        title: "process-compose",
        name: "process-compose",
        text: "`promethean import process-compose.yaml` converts a file. Without `availability`, process-compose starts \
            nothing again, and here that is `autorestart false;`.\n\n\
            ```yaml\n\
            processes:\n  migrate:\n    command: npm run migrate\n  web:\n    command: npm run start\n    availability: { restart: always }\n    depends_on: { migrate: { condition: process_completed_successfully } }\n    readiness_probe: { http_get: { port: 8080, path: /health } }\n\
            ```\n\n\
            ```rust\n\
            node migrate { runner npm; run \"migrate\"; autorestart false; }\n\nnode web {\n    runner npm;\n    run \"start\";\n    listen http 8080;\n    ready http \"/health\";\n    depends_on migrate(completed);\n}\n\
            ```",
    },
    Tool {
        title: "Procfile",
        name: "foreman",
        text: "A line is a service; `promethean import Procfile` converts a file, and `cargo run -- run` shows the lines of all as \
`foreman start` does. What ends is started again, but for `autorestart false;`, and with `--abort-on-failure` everything is stopped when a unit fails.\n\n\
            ```text\n\
            web: node server.js --port $PORT\nworker: python -m worker\n\
            ```\n\n\
            ```rust\n\
            node web { entry \"server.js\"; args \"--port\", \"{port}\"; listen http auto; }\n\npython worker { runner system; module worker; }\n\
            ```",
    },
    Tool {
        title: "systemd",
        name: "systemd",
        text: "A unit file is a service; `boot install` writes the one unit that starts the system with the machine. Without \
            `Restart=`, systemd leaves down what has ended, and here that is `autorestart false;`. A service is asked to end with SIGINT, \
            and not SIGTERM. What a timer starts is `autorestart false; cron_restart \"…\";`; it also runs once when `up` starts it; \
            on the embedded engine not with `autostart false`.\n\n\
            ```ini\n\
            [Unit]\nAfter=postgresql.service\nRequires=postgresql.service\n[Service]\nExecStart=/usr/bin/node dist/index.js\nWorkingDirectory=/srv/web\nRestart=on-failure\nRestartSec=5\nTimeoutStopSec=20\n\
            ```\n\n\
            ```rust\n\
            external postgresql { listen postgres \"127.0.0.1:5432\"; ready tcp; }\n\nnode web \"web\" {\n    entry \"dist/index.js\";\n    restart_delay 5s;\n    stop_exit_codes 0;\n    kill_timeout 20s;\n    depends_on postgresql;\n}\n\
            ```",
    },
];

#[test]
fn the_words_of_other_tools_are_up_to_date() {
    committed("docs/coming-from.md", &coming_from().expect("a string takes all"));
}

fn coming_from() -> Result<String, std::fmt::Error> {
    let mut others: Vec<&str> = WORDS.iter().map(|row| row.tool).collect();
    others.retain(|other| {
        !other.is_empty()
            && !LANGUAGES.contains(other)
            && TOOLS.iter().all(|tool| tool.name != *other)
    });
    others.sort_unstable_by_key(|tool| tool.to_lowercase());
    others.dedup();
    let mut page = String::from(
        "# Coming from\n\n\
         What the words of other tools are here, tool by tool. The compiler gives the same answer to whoever writes one of them. \
         The tables are written from its own by `UPDATE=1 cargo test -p promethean-tests --test it reference`; the definitions are compiled by a test.\n\n",
    );
    let headings: Vec<String> = TOOLS
        .iter()
        .map(|tool| tool.title)
        .chain(others.iter().copied())
        .map(|title| format!("[{title}](#{})", title.to_lowercase().replace(' ', "-")))
        .collect();
    writeln!(page, "{}", headings.join(" · "))?;
    for tool in &TOOLS {
        write!(page, "\n## {}\n\n{}\n", tool.title, tool.text)?;
        write_words(&mut page, tool.title, tool.name)?;
    }
    for tool in others {
        write!(page, "\n## {tool}\n")?;
        write_words(&mut page, tool, tool)?;
    }
    Ok(page)
}

/// The table of a tool's words.
fn write_words(page: &mut String, title: &str, tool: &str) -> std::fmt::Result {
    write!(page, "\n| {title} | here |\n| --- | --- |\n")?;
    if tool == "PM2" {
        for (name, instead) in DERIVED {
            writeln!(page, "| `{name}` | {} |", instead.replace('|', "\\|"))?;
        }
    }
    let words = words_of(tool);
    assert!(!words.is_empty(), "no words of {tool}");
    for (words, meaning) in words {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let (place, help) = match meaning {
            Meaning::Same => ("", "the same word".to_owned()),
            Meaning::Derived(instead) => ("", instead.to_owned()),
            Meaning::Row(row) => (place_of(row.place), row.in_short()),
        };
        writeln!(page, "| {}{place} | {} |", words.join(", "), help.replace('|', "\\|"))?;
    }
    Ok(())
}

/// Where a word is written, if not in a service.
fn place_of(place: Place) -> &'static str {
    match place {
        Place::Kind(_) | Place::Attribute => "",
        Place::Item => ", at the top",
        Place::Runner => ", as a runner",
        Place::Probe => ", as what a probe tries",
        Place::ProbeSetting => ", in a probe",
        Place::Condition => ", as a condition",
    }
}

/// A crate in which the examples of documents are modules.
struct Project<'n> {
    nested: &'n Nested,
    folder: &'n Utf8Path,
    main: String,
}

impl<'n> Project<'n> {
    fn begin(nested: &'n Nested, folder: &'n Utf8Path, name: &str) -> Project<'n> {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             promethean = {{ path = \"{}\" }}\n\n[workspace]\n",
            repository().display()
        );
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Project { nested, folder, main: String::from("#![allow(dead_code)]\nfn main() {}\n") }
    }

    /// Adds a definition: a file of Rust, or what is between the braces. Its services are not there.
    fn add(&mut self, name: &str, text: &str) {
        let whole = match text.contains("static ") {
            true => text.to_owned(),
            false => format!(
                "use promethean::{{Ecosystem, ecosystem}};\n\npub static SYSTEM: Ecosystem = ecosystem! {{\n{text}\n}};\n"
            ),
        };
        writeln!(self.main, "mod {name} {{\n{}\n}}", unchecked(&whole)).unwrap();
    }

    fn add_all(&mut self, document: &str, name: &str) {
        let examples = blocks(document).into_iter().filter(|block| block.language == "rust");
        for (index, example) in examples.enumerate() {
            match example.file {
                Some("src/main.rs") | None => self.add(&format!("{name}_{index}"), example.text),
                Some(file) => {
                    let place = self.folder.join(file);
                    fs::create_dir_all(place.parent().unwrap()).unwrap();
                    fs::write(place, unchecked(example.text)).unwrap();
                }
            }
        }
    }

    /// Whether it compiles, and what the compiler says.
    fn check(&self) -> (bool, String) {
        fs::write(self.folder.join("src/main.rs"), &self.main).unwrap();
        let output = self
            .nested
            .prepare(Command::new(env!("CARGO")).args(["check", "-q", "--offline"]))
            .current_dir(self.folder)
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn unchecked(text: &str) -> String {
    text.replace("ecosystem! {\n", "ecosystem! {\n    paths unchecked;\n")
}

pub fn the_examples_of_the_documents_compile() {
    let nested = Nested::begin();
    let (_guard, folder) = files::directory();
    let mut project = Project::begin(&nested, &folder, "documents");
    project.add_all(COOKBOOK, "cookbook");
    project.add_all(LLMS, "llms");
    project.add_all(&coming_from().unwrap(), "coming_from");
    let (compiles, said) = project.check();
    assert!(compiles, "{said}\n{}", project.main);
    let recipes = COOKBOOK.lines().filter(|line| line.starts_with("## ")).count();
    assert_eq!(recipes, 20);
    let length = LLMS.lines().count();
    assert!(length <= 200, "the language is {length} lines");
}

/// The rows of the table of mistakes: what is written, what the compiler says, what to write.
fn mistakes() -> Vec<[&'static str; 3]> {
    let rows = LLMS.lines().filter_map(|line| line.strip_prefix("| service | "));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let [written, says, write] = cells[..] else { panic!("{row}") };
        [written.trim_matches('`'), says, write.trim_matches('`')]
    })
    .collect()
}

pub fn the_ten_mistakes_are_errors_and_their_fixes_compile() {
    let nested = Nested::begin();
    let (_guard, folder) = files::directory();
    let around = |statement: &str| {
        format!("external database {{ listen 5432; ready tcp; }}\nnode web {{ {statement} }}")
    };
    let mistakes = mistakes();
    assert_eq!(mistakes.len(), 10);
    let mut right = Project::begin(&nested, &folder, "mistakes");
    for (index, [_, _, write]) in mistakes.iter().enumerate() {
        right.add(&format!("m{index}"), &around(write));
    }
    let (compiles, said) = right.check();
    assert!(compiles, "{said}");
    // One at a time, so that each has its own errors.
    let mut wrong = Project::begin(&nested, &folder, "mistakes");
    for (index, [written, _, _]) in mistakes.iter().enumerate() {
        wrong.add(&format!("m{index}"), &around(written));
    }
    let (compiles, said) = wrong.check();
    assert!(!compiles);
    let errors: Vec<&str> = said.split("error").collect();
    for [written, says, _] in mistakes {
        let told = errors.iter().any(|error| error.contains(written) && error.contains(says));
        assert!(told, "`{written}` does not get `{says}`:\n{said}");
    }
}
