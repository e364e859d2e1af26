//! Programs, interpreters, the entries of Node programs and Python's modules.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::app::{App, Interpreter};
use promethean_core::declaration::Kind;
use promethean_core::emit::pm2_program;
use promethean_core::foreign::Foreign;
use promethean_core::kind::Runner;
use promethean_core::paths::with_ending;
use promethean_core::secrets::{Environment, Reader};
use which::which_in;

use super::{Circumstances, Report, Severity, Topic};
use crate::engine::Exceeded;
use crate::engine::limit::{ADD_TO_PATH, ASTRAY, astray};

/// What to do about a program of a runner that is not there.
fn installation(program: &str) -> Option<&'static str> {
    let mut runners = Runner::ALL.into_iter().map(|(_, runner)| runner);
    runners.find(|runner| runner.program() == Some(program)).map(Runner::installation)
}

/// Where the programs of an app are looked for.
#[derive(Clone, Copy)]
struct Paths<'p> {
    /// The PATH of whoever runs the command: what `run` names is looked for on it, by each engine.
    command: &'p OsStr,
    /// The PATH that its processes get: interpreters are looked for on it, and what `env` of a first line names.
    process: &'p OsStr,
}

pub(super) fn check(
    app: &App,
    reader: &Reader,
    circumstances: &Circumstances,
    report: &mut Report,
) {
    if !app.directory.is_dir() {
        return;
    }
    let may_have_a_path = app.env.contains("PATH") || !app.env_files.is_empty();
    let environment = may_have_a_path.then(|| reader.readable(app).0);
    let own = environment.as_ref().and_then(|environment: &Environment| environment.get("PATH"));
    let command = circumstances.path.as_os_str();
    let paths = Paths { command, process: own.map_or(command, OsStr::new) };
    let program = pm2_program(&app.program);
    match &program.interpreter {
        Interpreter::None => {
            found(app, &program.script, paths, report);
            module(app, report);
        }
        Interpreter::Program(interpreter) => {
            interprets(app, interpreter, paths, report);
            entry(app, &program.script, report);
        }
        Interpreter::Node => {
            match app.runs_in_cluster() {
                // What starts a cluster is the engine's affair.
                true => found(app, "node", paths, report),
                false => interprets(app, "node", paths, report),
            }
            entry(app, &program.script, report);
        }
    }
}

/// A program is on PATH, or at its path; and it can be run.
fn found(app: &App, program: &str, paths: Paths<'_>, report: &mut Report) {
    if program.contains('/') {
        if !app.allows("missing-program") {
            let path = app.absolute(program);
            runs(app, &path, report);
            first_line(app, &path, paths, report);
        }
        return;
    }
    if !is_on(paths.command, program, app) {
        is_missing(app, program, report);
    }
}

/// An interpreter is at its path, or on the PATH that the app's processes get.
fn interprets(app: &App, interpreter: &str, paths: Paths<'_>, report: &mut Report) {
    if interpreter.contains('/') {
        return found(app, interpreter, paths, report);
    }
    // nvm's Nodes are PM2's own affair: `node@20`.
    if let Some((program, _)) = interpreter.split_once('@') {
        return found(app, program, paths, report);
    }
    if is_on(paths.process, interpreter, app) {
        return;
    }
    match is_on(paths.command, interpreter, app) {
        true => {
            let Exceeded { message, help } = astray(interpreter);
            report.failure(Topic::Program, &app.name, message, &help);
        }
        false => is_missing(app, interpreter, report),
    }
}

fn is_on(path: &OsStr, program: &str, app: &App) -> bool {
    which_in(program, Some(path), &app.directory).is_ok()
}

fn is_missing(app: &App, program: &str, report: &mut Report) {
    let cure = installation(program).unwrap_or("install it, or give its path in `run`");
    report.failure(Topic::Program, &app.name, format!("`{program}` is not on PATH"), cure);
}

fn runs(app: &App, path: &Utf8Path, report: &mut Report) {
    let (what, help) = match () {
        () if !path.exists() => ("does not exist", "create or build it"),
        () if !path.is_file() => ("is not a file", "name a file in it"),
        () if !is_executable(path) => ("is not executable", "run `chmod +x` on it"),
        () if !begins_like_a_program(path) => {
            ("is not a binary and has no `#!` line", "start it with a line such as `#!/bin/sh`")
        }
        () => return,
    };
    report.failure(Topic::Program, &app.name, format!("its program {path} {what}"), help);
}

#[cfg(unix)]
fn is_executable(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Utf8Path) -> bool {
    true
}

/// The system runs files that begin with `#!`, ELF binaries and those of macOS; nothing else. What
/// cannot be read may run all the same.
fn begins_like_a_program(path: &Utf8Path) -> bool {
    const BINARIES: [[u8; 4]; 5] = [
        *b"\x7fELF",
        [0xcf, 0xfa, 0xed, 0xfe],
        [0xce, 0xfa, 0xed, 0xfe],
        [0xca, 0xfe, 0xba, 0xbe],
        [0xca, 0xfe, 0xba, 0xbf],
    ];
    let mut start = [0; 4];
    match File::open(path).and_then(|mut file| file.read_exact(&mut start)) {
        Ok(()) => cfg!(windows) || start.starts_with(b"#!") || BINARIES.contains(&start),
        Err(error) => error.kind() != std::io::ErrorKind::UnexpectedEof,
    }
}

/// What the first line of a script asks for is there. Where it is not, the system says that the script is not.
fn first_line(app: &App, path: &Utf8Path, paths: Paths<'_>, report: &mut Report) {
    let Some(line) = interpreter_line(path) else { return };
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let Some(interpreter) = words.next() else { return };
    let is_there = |word: &str| app.absolute(word).is_file();
    let by_env = interpreter.ends_with("/env").then(|| words.next()).flatten();
    // `env -S`, `env NAME=value`: it says by itself what it does not find.
    let by_env = by_env.filter(|word| !word.starts_with('-') && !word.contains('='));
    let is_found = |word: &str| match by_env {
        Some(_) => is_on(paths.process, word, app),
        None => is_there(word),
    };
    let wanted = by_env.unwrap_or(interpreter);
    if is_found(wanted) {
        return;
    }
    let (what, help) = match wanted.strip_suffix('\r') {
        Some(wanted) if is_found(wanted) => (
            "its first line ends as on Windows".to_owned(),
            format!("save it with the line ends of Unix: `sed -i 's/\\r$//' {path}`"),
        ),
        _ if by_env.is_some() && is_on(paths.command, wanted, app) => (
            format!("its first line asks for `{}`, {ASTRAY}", Foreign(wanted)),
            ADD_TO_PATH.to_owned(),
        ),
        _ => (
            format!("its first line asks for `{}`, which is not there", Foreign(wanted)),
            "install it, or correct the line".to_owned(),
        ),
    };
    let message = format!("its program {path} cannot be run: {what}");
    report.failure(Topic::Program, &app.name, message, &help);
}

/// What is behind `#!`, as far as the system reads it (`BINPRM_BUF_SIZE` of Linux).
fn interpreter_line(path: &Utf8Path) -> Option<String> {
    const READ: u64 = 256;
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(READ).read_to_end(&mut start)).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// The script of an interpreter, or what Node loads of a directory.
fn entry(app: &App, script: &str, report: &mut Report) {
    let path = app.absolute(script);
    let is_node = app.program.interpreter.is_node();
    let there = match path.is_dir() && is_node {
        true => main_of(&path).is_some(),
        false => path.is_file() || is_node && with_ending(&path, "js").is_file(),
    };
    if !there {
        let what = match path.is_dir() {
            true => {
                format!("{path} has no index.js, and no package.json with an existing `main`")
            }
            false => format!("its entry {path} does not exist"),
        };
        report.failure(Topic::Entry, &app.name, what, "build it, or set `entry`");
    }
}

/// What Node loads of a directory: the `main` of its `package.json`, else `index.js`.
fn main_of(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    let package = std::fs::read(directory.join("package.json")).ok();
    let package: Option<serde_json::Value> =
        package.and_then(|text| serde_json::from_slice(&text).ok());
    let main = package.as_ref().and_then(|package| package.get("main")?.as_str());
    let named = main
        .map(|main| directory.join(main))
        .into_iter()
        .flat_map(|main| [main.clone(), with_ending(&main, "js"), main.join("index.js")]);
    let default = ["index.js", "index.json", "index.node"].map(|name| directory.join(name));
    named.chain(default).find(|file| file.is_file())
}

/// The module of `python -m`: beside the service, or perhaps installed.
fn module(app: &App, report: &mut Report) {
    if app.kind != Kind::Python {
        return;
    }
    let mut arguments = app.program.args.iter().skip_while(|argument| *argument != "-m").skip(1);
    let Some(module) = arguments.next() else { return };
    let path = app.directory.join(module.replace('.', "/"));
    let there = with_ending(&path, "py").is_file() || path.join("__main__.py").is_file();
    if there || app.allows("missing-module") {
        return;
    }
    match module.as_str() {
        "main" => report.failure(
            Topic::Module,
            &app.name,
            format!("there is no main.py in {}", app.directory),
            "set `module NAME` or `run`",
        ),
        _ => report.add(
            Severity::Note,
            Topic::Module,
            &app.name,
            format!("the module {module} is not in {}; it may be installed", app.directory),
            "",
        ),
    }
}
