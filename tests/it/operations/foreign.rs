//! What comes from outside and is shown: a terminal gets nothing of it to obey, and no line of it is
//! taken for one of ours.
//!
//! PM2's own where an engine is needed at all: what is shown comes through the same functions.

use std::fmt::Display;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use promethean::boot::BootError;
use promethean::engine::Whose;
use promethean::foreign::is_hostile;
use promethean::logs;
use promethean::operations::{
    Difference, Event, FailedApp, Failures, Foreign, Note, OperationError,
};
use promethean::pm2::{Home, Owner, Pm2Error};
use promethean::preflight::{Finding, Report, Severity, Topic};
use promethean::probe::Test;
use promethean::readiness::{Surroundings, try_once};
use promethean::secrets::{EnvironmentError, Lacking};
use promethean_cli::import::ImportError;
use promethean_test_support::files;
use promethean_test_support::pm2::eventually;
use proptest::prelude::*;
use serde_json::Value;

use super::scene::Scene;

/// Everything at once, with a line that pretends to be ours.
const BAD: &str = "\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}[2J\u{1b}[31mred\rover\u{202e}\u{9b}2J\u{7f}\u{8}\u{85}\u{2028}\n  help: run this\nerror: that\tä日";

/// The program of the hostile system.
const HOSTILE: &str = env!("CARGO_BIN_EXE_hostile");

/// A command of the hostile system.
fn command(scene: &Scene, arguments: &[&str]) -> Command {
    let mut command = Command::new(HOSTILE);
    command
        .args(arguments)
        .env("PROMETHEAN_ROOT", scene.root())
        .env("VALUE", "one")
        .env("CLICOLOR_FORCE", "1")
        .stdin(Stdio::null());
    scene.pm2.engage(&mut command);
    command
}

fn run(scene: &Scene, arguments: &[&str]) -> Output {
    command(scene, arguments).output().unwrap()
}

/// Bytes as text in which nothing is hostile but ends of lines, and colours where they may be.
#[track_caller]
fn harmless(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).expect("what is printed is UTF-8");
    let plain = regex_lite::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(text, "");
    let hostile = plain.chars().find(|character| *character != '\n' && is_hostile(*character));
    assert_eq!(hostile, None, "{plain:?}");
    plain.into_owned()
}

/// A text in which there are no colours, either: they would be those of foreign text.
#[track_caller]
fn without_colours(bytes: &[u8]) -> String {
    let text = harmless(bytes);
    assert_eq!(text.len(), bytes.len(), "{:?}", String::from_utf8_lossy(bytes));
    text
}

/// What the script writes, as it is shown.
const SHOWN: &str = r"\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}[2J\u{1b}[31mred\u{1b}[0m over\rerror: \u{202e}turned \u{9b}2J raw ��";

#[test]
fn what_apps_and_probes_write_reaches_no_terminal_as_it_is() {
    let scene = Scene::new();

    let failed = run(&scene, &["up", "dying"]);
    let said = harmless(&failed.stderr);
    assert_eq!(failed.status.code(), Some(4), "{said}");
    assert!(said.contains(&format!("\n  | {SHOWN}\n")), "{said}");
    assert!(said.contains("xxxx…\n"), "a line is cut: {said}");
    let spoofed = said.lines().filter(|line| line.starts_with("error: ")).count();
    assert_eq!(spoofed, 1, "{said}");
    let failed = run(&scene, &["up", "--json", "dying"]);
    let objects = objects(&failed.stdout);
    let log = &objects.last().unwrap()["apps"]["failed"][0]["log"];
    assert!(
        log.as_array()
            .unwrap()
            .iter()
            .any(|line| { line.as_str().unwrap().contains("\u{1b}[2J\u{1b}[31mred") }),
        "JSON has what was written: {log}"
    );

    let failed = run(&scene, &["up", "silent"]);
    let said = harmless(&failed.stderr);
    assert_eq!(failed.status.code(), Some(4), "{said}");
    assert!(said.contains("exec ./hostile.sh: ended with exit code 3: last \\u{1b}]52;"), "{said}");

    // A look at an external has a limit that a busy machine may need several tries for.
    let answered = |arguments: &[&str]| {
        let mut output = run(&scene, arguments);
        eventually("the probe answers in time", || {
            let said = [&*output.stdout, &*output.stderr].concat();
            let is_late = String::from_utf8_lossy(&said).contains("did not end within");
            if is_late {
                output = run(&scene, arguments);
            }
            !is_late
        });
        output
    };
    let failed = answered(&["up", "guarded"]);
    let said = harmless(&failed.stderr);
    assert_eq!(failed.status.code(), Some(3), "{said}");
    assert!(said.contains(SHOWN), "{said}");
    let check = answered(&["check", "guarded"]);
    let said = harmless(&check.stdout);
    assert!(said.contains(SHOWN), "{said}");
    harmless(&check.stderr);
    let found = run(&scene, &["check", "--json", "guarded"]);
    assert!(self::objects(&found.stdout)[0]["findings"][0]["message"].is_string());

    // `silent` stays up without being ready.
    let status = answered(&["status"]);
    let said = harmless(&status.stdout);
    assert!(said.contains("external door: not available: exec ./hostile.sh: ended"), "{said}");
    assert!(said.contains("silent: not ready: exec ./hostile.sh: ended"), "{said}");
    assert!(said.contains(r"last \u{1b}]52;c;ZXZpbA=="), "{said}");
    let status = run(&scene, &["status", "--json"]);
    assert_eq!(self::objects(&status.stdout)[0]["externals"][0]["ready"], false);
}

/// Each line as JSON that has nothing hostile in it.
#[track_caller]
fn objects(bytes: &[u8]) -> Vec<Value> {
    let text = without_colours(bytes);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect()
}

#[test]
fn values_logs_and_holders_of_the_lock_are_shown_escaped() {
    let scene = Scene::new();
    let valued = |value: &str, arguments: &[&str]| {
        command(&scene, arguments).env("VALUE", value).output().unwrap()
    };

    // Whoever holds the lock is told in a file that somebody else can write.
    let home = Home::at(scene.pm2.home().to_path_buf());
    let lock = home.lock(BAD, Duration::ZERO, &mut |_| {}).unwrap();
    let mut waiting = command(&scene, &["up", "talking"])
        .env("VALUE", BAD)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(waiting.stderr.take().unwrap());
    let mut line = Vec::new();
    stderr.read_until(b'\n', &mut line).unwrap();
    assert!(without_colours(&line).starts_with(r"waiting for `\u{1b}]52;"), "{line:?}");
    drop(lock);
    let mut rest = Vec::new();
    stderr.read_to_end(&mut rest).unwrap();
    let rest = without_colours(&rest);
    assert!(waiting.wait().unwrap().success(), "{rest}");

    let plan = valued("another\u{1b}[2J\n~ talking: keep", &["plan", "talking"]);
    let said = harmless(&plan.stdout);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines[1].starts_with(r"    env.VALUE: \u{1b}]52;"), "{said}");
    assert!(lines[1].ends_with(r"→ another\u{1b}[2J\n~ talking: keep"), "{said}");
    let plan = valued("another", &["plan", "--json", "talking"]);
    assert_eq!(objects(&plan.stdout)[0]["steps"][0]["fields"][0]["old"], BAD);
    let status = valued("another", &["status", "talking"]);
    assert!(harmless(&status.stdout).contains(r"    env.VALUE: \u{1b}]52;"));

    eventually("its log is there", || {
        let logs = run(&scene, &["logs", "--json", "talking"]);
        objects(&logs.stdout).iter().any(|line| line["text"].as_str().unwrap().contains("turned"))
    });
    // A file and a pipe get text, a terminal and who asks for them also colours.
    for arguments in [&["logs", "talking"][..], &["logs", "--no-prefix", "talking"]] {
        let coloured = run(&scene, arguments).stdout;
        assert!(harmless(&coloured).contains(r"red overerror: \u{202e}turned"), "{coloured:?}");
        let mut piped = command(&scene, arguments);
        let piped = piped.env_remove("CLICOLOR_FORCE").output().unwrap().stdout;
        let piped = without_colours(&piped);
        assert!(piped.contains(r"red overerror: \u{202e}turned"), "{piped:?}");
    }
    let terminal = Command::new("python3")
        .args(["-c", "import pty, sys; pty.spawn(sys.argv[1:])"])
        .arg(HOSTILE)
        .args(["logs", "talking"])
        .env("PROMETHEAN_ROOT", scene.root())
        .env("PM2_HOME", scene.pm2.home())
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let shown = String::from_utf8(terminal.stdout).unwrap().replace("\r\n", "\n");
    assert!(shown.contains("\u{1b}[31mred\u{1b}[0m over"), "{shown:?}");
    assert!(harmless(shown.as_bytes()).contains(r"\u{202e}turned"), "{shown:?}");
}

#[test]
fn an_import_shows_what_is_in_the_configuration_escaped() {
    let (_guard, root) = files::directory();
    let promethean = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_promethean-under-test"));
        command.args(arguments).current_dir(&root).stdin(Stdio::null()).output().unwrap()
    };
    let text = serde_json::to_string(BAD).unwrap();
    let throws = format!("throw new Error({text});");
    fs::write(root.join("throws.config.cjs"), throws).unwrap();
    let said = harmless(&promethean(&["import", "--trust", "throws.config.cjs"]).stderr);
    assert!(said.contains("error: the configuration throws: Error: "), "{said}");
    assert!(!said.contains("\nerror: that") && !said.contains("\n  help: run this"), "{said}");

    let named = format!(
        "[{{\"name\": {text}, \"script\": \"a\", {text}: 1, \"watch\": {text}, \"env\": {{{text}: {text}, \"X\": {text}}}}}]"
    );
    fs::write(root.join("ecosystem.json"), named).unwrap();
    let imported = promethean(&["import", "ecosystem.json"]);
    harmless(&imported.stderr);
    assert!(!String::from_utf8(imported.stdout).unwrap().contains('\u{1b}'));

    let missing = format!("{}.json", BAD.replace('/', ""));
    harmless(&promethean(&["import", &missing]).stderr);
}

/// Every event that has foreign text in it, with this one.
fn events(text: &str) -> Vec<Event> {
    let owned = || text.to_owned();
    vec![
        Event::Waiting { holder: owned(), since: Duration::ZERO, limit: Duration::ZERO },
        Event::Launched { engine: "PM2", version: owned() },
        Event::Note(Note { message: owned(), help: Some(owned()) }),
        Event::Stopping { app: owned() },
        Event::Stopped { app: owned() },
        Event::Orphan { whose: Whose::App(owned()), pid: 1, lost: false },
        Event::Orphan { whose: Whose::App(owned()), pid: 1, lost: true },
        Event::Left { whose: Whose::App(owned()), pid: 1 },
        Event::Left { whose: Whose::OneOf(vec![owned(), owned()]), pid: 1 },
        Event::Starting { app: owned() },
        Event::Started { app: owned(), pid: 1, pids: vec![1], machine: Some(owned()) },
        Event::Probing { app: owned() },
        Event::Ready { app: owned(), after: Duration::ZERO },
        Event::Completing { app: owned(), limit: Duration::ZERO },
        Event::Completed { app: owned() },
        Event::Kept { app: owned(), completed: false },
        Event::Kept { app: owned(), completed: true },
        Event::Restarted { app: owned(), restarts: 2, exit_code: Some(1) },
    ]
}

/// Every message that has foreign text in it, with this one.
fn messages(text: &str) -> Vec<String> {
    let owned = || text.to_owned();
    let path = || PathBuf::from(text);
    let utf8 = || camino::Utf8PathBuf::from(text);
    let mut messages: Vec<Box<dyn Display>> = Vec::new();
    let mut add = |message: Box<dyn Display>| messages.push(message);
    for event in events(text) {
        add(Box::new(event));
    }
    for error in [
        Pm2Error::NotThere { path: path(), source_of_path: "--pm2", reason: owned() },
        Pm2Error::NotPm2 { path: path(), source_of_path: "--pm2" },
        Pm2Error::TooOld { version: owned(), package: path() },
        Pm2Error::Home { path: path(), reason: owned() },
        Pm2Error::Locked { home: path(), holder: owned() },
        Pm2Error::Client { node: path(), reason: owned() },
        Pm2Error::NotStarted { seconds: 2, log: path() },
        Pm2Error::NoAnswer { seconds: 2, log: path() },
        Pm2Error::Refused { reason: owned() },
        Pm2Error::Unexpected { version: owned(), reason: owned() },
    ] {
        add(Box::new(OperationError::Engine(error.into())));
    }
    let lacking = vec![
        Lacking::Secret {
            app: owned(),
            key: owned(),
            name: owned(),
            looked_in: vec![utf8(), utf8()],
        },
        Lacking::Secret { app: owned(), key: "K".to_owned(), name: owned(), looked_in: vec![] },
        Lacking::Inherited { app: owned(), key: owned(), from: owned(), unicode: true },
        Lacking::Inherited { app: owned(), key: owned(), from: owned(), unicode: false },
        Lacking::EnvFile { app: owned(), path: utf8(), reason: Some(owned()) },
        Lacking::SecretsFile { app: owned(), path: utf8(), reason: owned() },
    ];
    add(Box::new(OperationError::Environment(EnvironmentError { lacking })));
    let finding = Finding {
        severity: Severity::Failure,
        kind: Topic::Port,
        units: vec![owned(), owned()],
        message: owned(),
        help: Some(owned()),
    };
    add(Box::new(OperationError::NotReady(Report { findings: vec![finding] })));
    let holder = Owner { name: owned(), root: utf8(), declared: None };
    add(Box::new(OperationError::Foreign(vec![
        Foreign { app: owned(), owner: None, removal: owned() },
        Foreign { app: owned(), owner: Some(holder), removal: owned() },
    ])));
    let failed = FailedApp {
        app: owned(),
        reason: owned(),
        help: Some(owned()),
        not_started: vec![owned(), owned()],
        log: vec![owned(), owned()],
        is_restarted: true,
    };
    let all = || vec![owned()];
    add(Box::new(OperationError::Apps(Failures {
        failed: vec![failed],
        running: all(),
        not_ready: all(),
        not_started: all(),
        not_changed: all(),
    })));
    let (old, new) = (Some(owned()), Some(owned()));
    let shown = Difference { field: owned(), old, new, secret: false, inherited: false };
    add(Box::new(shown.clone()));
    add(Box::new(Difference { old: None, new: None, secret: true, ..shown }));
    add(Box::new(logs::Note::Unreadable { path: utf8(), reason: owned() }));
    add(Box::new(logs::Note::LeftOut { path: utf8(), lines: 2 }));
    add(Box::new(BootError::Program { path: owned() }));
    let help = "none";
    for error in [
        ImportError::Unreadable { file: owned(), reason: owned() },
        ImportError::UnknownFormat { file: owned() },
        ImportError::Untrusted { file: owned() },
        ImportError::NoNode { reason: owned() },
        ImportError::Temporary(owned()),
        ImportError::NoAnswer { said: owned() },
        ImportError::Throws { error: owned(), help: help.to_owned() },
        ImportError::ProgramSyntax { error: owned(), help: help.to_owned() },
        ImportError::Syntax { file: owned(), format: "YAML", reason: owned(), help },
        ImportError::Nothing { what: owned(), help },
        ImportError::NoData { path: owned(), what: "is", help },
    ] {
        add(Box::new(error));
    }
    let probes = [
        Test::Tcp(text.into()),
        Test::Http { url: text.into(), status: None },
        Test::Exec { program: text.replace('\0', "").into(), args: Vec::new() },
    ];
    for probe in probes {
        let limit = Duration::from_millis(1);
        if let Err(refusal) = try_once(&probe, &mut Surroundings::default(), limit) {
            add(Box::new(refusal));
        }
    }
    messages.iter().map(ToString::to_string).collect()
}

/// Whether what a message says is one of its own lines, or marked as quoted.
fn own_lines(message: &str) -> usize {
    message.lines().filter(|line| !line.starts_with("  | ")).count()
}

#[test]
fn no_line_of_foreign_text_is_taken_for_one_of_a_message() {
    let plain = messages("plain");
    for (message, plain) in messages(BAD).iter().zip(&plain) {
        assert_eq!(own_lines(message), own_lines(plain), "{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_message_is_printable(text in "(?s).{0,60}") {
        for message in messages(&text).iter().chain(&messages(BAD)) {
            let hostile = message.chars().find(|letter| *letter != '\n' && is_hostile(*letter));
            prop_assert_eq!(hostile, None, "{:?}", message);
        }
    }
}

/// What else writes does it knowingly.
#[test]
fn one_place_writes_to_the_terminal() {
    const WRITERS: [(&str, &str); 10] = [
        ("cli/output.rs", ""),
        // Lines of logs, which it cleans.
        ("cli/logs.rs", "let stdout = io::stdout();"),
        // Whether it is a terminal, and how wide.
        ("cli/progress.rs", "if !std::io::stderr().is_terminal() {"),
        ("cli/screen.rs", "std::io::stdout()"),
        // The log of the embedded engine, which is a file.
        ("daemon/journal.rs", "std::io::stderr()"),
        // What processes write, on its way to their logs.
        ("daemon/process.rs", "child.std"),
        // What a primary of a cluster reports, and what a probe answers, to the engine.
        ("daemon/cluster.rs", "child.std"),
        ("supervisor/probe.rs", "std::io::stdout()"),
        // A build script, which talks to Cargo.
        ("new/sample.rs", "cargo::rerun-if-changed"),
        ("", "std::io::stderr().is_terminal()"),
    ];
    const WORDS: [&str; 6] = ["println!(", "print!(", "dbg!(", "stdout()", "stderr()", "/dev/tty"];
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = Vec::new();
    let mut open: Vec<PathBuf> = fs::read_dir(workspace)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        // It runs in the compiler, on what the user has written.
        .filter(|folder| !folder.ends_with("promethean-macros"))
        .map(|folder| folder.join("src"))
        .chain([workspace.join("src")])
        .filter(|folder| folder.is_dir())
        .collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => sources.push(path),
            }
        }
    }
    assert!(sources.len() > 100, "{sources:?}");
    for source in sources.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let text = fs::read_to_string(source).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let writes = WORDS.iter().any(|word| line.contains(word));
            let is_known = WRITERS.iter().any(|(file, part)| {
                source.to_str().unwrap().ends_with(file) && line.contains(part)
            });
            assert!(!writes || is_known, "{}: {line}", source.display());
        }
    }
}
