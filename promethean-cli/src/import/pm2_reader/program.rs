//! What runs: from PM2's script, interpreter and arguments to a kind of service.
//!
//! Without an interpreter PM2 takes one by the ending of the script (`lib/API/interpreter.json`),
//! none for a binary, and else Node, also for what is no JavaScript.

use std::io::Read as _;

use camino::Utf8Path;
use promethean_core::declaration::Kind;
use promethean_core::kind::Runner;
use promethean_core::paths;
use promethean_core::pm2::{self, is_node};

use super::data::Data;
use super::entry::Reading;
use super::keys::Keys;
use super::values::{name_of, split};
use crate::import::app::{App, Raw};
use crate::import::import_paths::ImportPaths;

/// The endings of what Node, Bun or a loader of theirs runs.
const JAVASCRIPT: &[&str] = &["js", "cjs", "mjs", "ts", "cts", "mts", "jsx", "tsx"];

/// Programs that are Python: run by Node, as PM2 does, they are syntax errors.
const PYTHON: &[&str] = &[
    "pipenv",
    "poetry",
    "uvicorn",
    "gunicorn",
    "hypercorn",
    "daphne",
    "celery",
    "flask",
    "pip",
    "pip3",
    "pytest",
    "streamlit",
    "jupyter",
    "mkdocs",
    "airflow",
    "dagster",
    "prefect",
    "alembic",
    "django-admin",
    "conda",
    "tox",
    "rq",
    "huey_consumer",
];

/// How the files of binaries begin: those of Linux, of macOS, of Windows.
const BINARIES: [&[u8]; 5] =
    [b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ"];

/// What PM2 is told to run.
struct Given {
    script: String,
    interpreter: Option<String>,
    args: Vec<String>,
    node_args: Vec<String>,
}

pub(super) fn read(reading: &Reading<'_>, keys: &Keys<'_>, app: &mut App) {
    let Some(given) = given(reading, keys, app) else { return };
    let program = Program { given, app };
    program.read();
}

fn given(reading: &Reading<'_>, keys: &Keys<'_>, app: &mut App) -> Option<Given> {
    let script = keys.value("script").filter(|data| !data.is_falsy());
    let script = script.or_else(|| {
        let found = ["cmd", "command"].into_iter().find(|key| reading.data.get(key).is_some())?;
        keys.know(found);
        reading.data.get(found)
    });
    let script = script.and_then(|data| reading.text("script", data, app));
    let Some(script) = script.filter(|script| !script.is_empty()) else {
        app.comment("PM2 rejects it: it has no `script`.");
        app.set("run", vec![Raw::Text("false".to_owned())]);
        return None;
    };
    let interpreter =
        keys.value("interpreter").and_then(|data| reading.text("interpreter", data, app));
    let args = list(reading, keys, "args", app);
    let node_args = list(reading, keys, "node_args", app);
    Some(Given { script, interpreter, args, node_args })
}

/// A list of texts; PM2 splits a text.
fn list(reading: &Reading<'_>, keys: &Keys<'_>, key: &str, app: &mut App) -> Vec<String> {
    match keys.value(key) {
        None => Vec::new(),
        Some(Data::List(items)) => {
            let texts = items.iter().filter(|item| **item != Data::Null);
            let texts = texts.filter_map(|item| match item {
                Data::Boolean(_) => Some(item.to_text()),
                Data::Null
                | Data::Number(_)
                | Data::Text(_)
                | Data::List(_)
                | Data::Object(_)
                | Data::Outside(_) => reading.text(key, item, app),
            });
            texts.collect()
        }
        Some(data @ (Data::Text(_) | Data::Number(_) | Data::Outside(_))) => {
            reading.text(key, data, app).map(|text| split(&text)).unwrap_or_default()
        }
        Some(other) if other.is_falsy() => Vec::new(),
        Some(other) => {
            app.left_out(key, format!("{} is not a string, or several", other.kind()));
            Vec::new()
        }
    }
}

struct Program<'p> {
    given: Given,
    app: &'p mut App,
}

impl Program<'_> {
    fn read(mut self) {
        if self.given.script.contains(' ') {
            // PM2 hands it to bash and forgets the arguments (`verifyConfs` in `lib/Common.js`).
            if !self.given.args.is_empty() {
                self.app.comment(
                    "PM2 never read its `args`: a script with spaces goes to bash without them.",
                );
            }
            let line = std::mem::take(&mut self.given.script);
            self.given = Given {
                script: "bash".to_owned(),
                interpreter: None,
                args: vec!["-c".to_owned(), line],
                node_args: Vec::new(),
            };
            return self.script(None);
        }
        if let Some(below) =
            ImportPaths::relative(Utf8Path::new(&self.given.script), &self.app.directory)
        {
            self.given.script = below;
        }
        match self.given.interpreter.clone().as_deref() {
            Some("none") => self.without_interpreter(),
            Some(interpreter) if self.is_javascript() => self.node(Some(interpreter)),
            Some(interpreter) if is_node(interpreter) => self.node(Some(interpreter)),
            Some(interpreter) => self.script(Some(interpreter.to_owned())),
            None => self.by_itself(),
        }
    }

    fn ending(&self) -> &str {
        pm2::ending(&self.given.script).unwrap_or_default()
    }

    fn is_javascript(&self) -> bool {
        JAVASCRIPT.contains(&self.ending())
    }

    /// PM2 was told that the script needs no interpreter.
    fn without_interpreter(mut self) {
        if !self.python() && !self.npm() {
            self.script(None);
        }
    }

    /// PM2 was told nothing, and takes an interpreter by itself.
    fn by_itself(mut self) {
        if self.is_javascript() || matches!(self.given.script.as_str(), "." | "./") {
            return self.node(None);
        }
        if let Some(interpreter) = pm2::interpreter_of(&self.given.script) {
            return self.script(Some(interpreter.to_owned()));
        }
        if self.is_path() {
            return match self.kind_of_file() {
                File::Binary => {
                    self.app.same("interpreter", "PM2 sees that it is a binary");
                    self.script(None);
                }
                File::Program(interpreter) => {
                    self.under_node(&interpreter);
                    if !self.python() {
                        self.script(None);
                    }
                }
                File::JavaScript => self.node(None),
            };
        }
        let program = self.given.script.clone();
        if program == "serve" {
            self.app.comment(
                "PM2 takes `serve` for its own file server; this runs the program of that name.",
            );
        }
        if PYTHON.contains(&program.as_str()) {
            self.under_node("Python");
        }
        if !self.python() && !self.npm() {
            self.script(None);
        }
    }

    fn under_node(&mut self, what: &str) {
        let reason = format!(
            "PM2 runs {} under node, shows it online, and nothing runs: it is {what}, which needs no interpreter",
            self.given.script
        );
        self.app.repaired("interpreter", reason);
    }

    fn is_path(&self) -> bool {
        let script = &self.given.script;
        script.contains(['/', '\\']) || self.place().exists()
    }

    fn place(&self) -> camino::Utf8PathBuf {
        paths::join(&self.app.directory, Utf8Path::new(&self.given.script))
    }

    /// What PM2 finds in the file of the script.
    fn kind_of_file(&self) -> File {
        let place = self.place();
        let program = place.file_name().unwrap_or_default();
        let mut head = [0_u8; 128];
        let length = std::fs::File::open(&place).and_then(|mut file| file.read(&mut head));
        let Ok(length) = length else { return File::by_name(&self.given.script, program) };
        let head = head.get(..length).unwrap_or_default();
        if BINARIES.iter().any(|magic| head.starts_with(magic)) {
            return File::Binary;
        }
        let line = String::from_utf8_lossy(head);
        let line = line.lines().next().unwrap_or_default().to_owned();
        match line.strip_prefix("#!") {
            Some(interpreter) if !interpreter.contains("node") && !interpreter.contains("bun") => {
                let words = interpreter.split_whitespace();
                let name = words.last().and_then(|word| word.rsplit('/').next());
                File::Program(format!("a program of {}", name.unwrap_or("another sort")))
            }
            _ => File::JavaScript,
        }
    }

    /// `pipenv run python -m main`, and what is like it.
    fn python(&mut self) -> bool {
        if !self.given.node_args.is_empty() {
            return false;
        }
        let Some(python) = Python::of(&self.given.script, &self.given.args) else { return false };
        self.app.kind = Kind::Python;
        if let Some(runner) = python.runner {
            self.app.set("runner", runner);
        }
        match python.program {
            Runs::Module(module) if module == "main" => {}
            Runs::Module(module) => self.app.set("module", vec![name_of(&module)]),
            Runs::Program(line) => self.app.set("run", texts(line)),
        }
        if !python.args.is_empty() {
            self.app.set("args", texts(python.args));
        }
        true
    }

    /// `npm run dev`, `npm start`
    fn npm(&mut self) -> bool {
        let short = |word: &str| matches!(word, "start" | "test" | "stop" | "restart");
        let words: Vec<&str> = self.given.args.iter().map(String::as_str).collect();
        if self.given.script != "npm" || !self.given.node_args.is_empty() {
            return false;
        }
        let (script, rest) = match words.as_slice() {
            ["run" | "run-script", script, rest @ ..] => (*script, rest),
            [script, rest @ ..] if short(script) => (*script, rest),
            _ => return false,
        };
        let rest = match rest {
            [] => &[],
            ["--", rest @ ..] => rest,
            // What npm takes for its own has no place behind `npm run SCRIPT`.
            _ => return false,
        };
        if script.starts_with('-') {
            return false;
        }
        let (script, rest) =
            (script.to_owned(), rest.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        self.app.kind = Kind::Node;
        self.app.set("runner", vec![Raw::Word("npm".to_owned())]);
        self.app.set("run", vec![Raw::Text(script)]);
        if !rest.is_empty() {
            self.app.set("args", texts(rest));
        }
        true
    }

    /// A Node program, with the interpreter that is written.
    fn node(self, interpreter: Option<&str>) {
        let Program { given, app } = self;
        app.kind = Kind::Node;
        let by_itself = pm2::interpreter_of(&given.script).unwrap_or("node");
        match interpreter {
            Some("bun") => app.set("runner", vec![Raw::Word("bun".to_owned())]),
            // Of TypeScript PM2 takes Bun, where it is not told to take Node.
            Some(interpreter) if interpreter != "node" || by_itself != "node" => {
                app.set("interpreter", vec![name_of(interpreter)]);
            }
            _ => {}
        }
        if !matches!(given.script.as_str(), "." | "./") {
            app.set("entry", vec![Raw::Text(given.script)]);
        }
        if !given.args.is_empty() {
            app.set("args", texts(given.args));
        }
        if !given.node_args.is_empty() {
            app.set("node_args", texts(given.node_args));
        }
    }

    /// Any other program.
    fn script(self, interpreter: Option<String>) {
        let Program { given, app } = self;
        app.kind = Kind::Script;
        let mut line = vec![given.script];
        line.extend(given.args);
        app.set("run", texts(line));
        if let Some(interpreter) = interpreter {
            app.set("interpreter", vec![name_of(&interpreter)]);
        }
        if !given.node_args.is_empty() {
            app.set("node_args", texts(given.node_args));
        }
    }
}

/// What PM2 finds in a file without an ending that it knows.
enum File {
    Binary,
    /// A program of another language, which it runs under Node all the same.
    Program(String),
    JavaScript,
}

impl File {
    /// What it is, probably, where it is not there: what lies in a virtual environment is Python.
    fn by_name(script: &str, program: &str) -> File {
        let in_venv = venv(script).is_some();
        match program {
            _ if in_venv && program.starts_with("python") => File::Binary,
            _ if in_venv || PYTHON.contains(&program) => File::Program("Python".to_owned()),
            _ if script.contains("/target/release/") || script.contains("/target/debug/") => {
                File::Binary
            }
            _ if matches!(program.rsplit_once('.'), Some((_, "exe" | "bin"))) => File::Binary,
            _ => File::JavaScript,
        }
    }
}

/// A Python program in the language's terms.
struct Python {
    runner: Option<Vec<Raw>>,
    program: Runs,
    args: Vec<String>,
}

enum Runs {
    /// `python -m MODULE`
    Module(String),
    /// A program of the runner's environment.
    Program(Vec<String>),
}

impl Python {
    fn of(script: &str, args: &[String]) -> Option<Python> {
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        let word = |word: &str| Some(vec![Raw::Word(word.to_owned())]);
        let default = Runner::default_of(Kind::Python);
        let (runner, line): (Option<Vec<Raw>>, Vec<&str>) = match (script, words.as_slice()) {
            (script, [first, line @ ..]) if wrapper(script, first).is_some() => {
                let runner = wrapper(script, first).filter(|runner| *runner != default);
                (runner.and_then(|runner| word(runner.word())), line.to_vec())
            }
            // Only this one is what `runner system` starts.
            ("python3", line) if !cfg!(windows) => {
                (word("system"), std::iter::once("python").chain(line.iter().copied()).collect())
            }
            _ => {
                let (directory, program) = venv(script)?;
                let runner = vec![Raw::Word("venv".to_owned()), Raw::Text(directory.to_owned())];
                (Some(runner), std::iter::once(program).chain(words.iter().copied()).collect())
            }
        };
        let owned =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let (program, args) = match line.as_slice() {
            ["python", "-m", module, args @ ..] => {
                (Runs::Module((*module).to_owned()), owned(args))
            }
            // Python itself, with something else than a module: `system` has no such line.
            ["python", ..] if script == "python3" => return None,
            [] => return None,
            [option, ..] if option.starts_with('-') => return None,
            line => (Runs::Program(owned(line)), Vec::new()),
        };
        Some(Python { runner, program, args })
    }
}

/// The runner of Python that puts these words before what runs.
fn wrapper(script: &str, first: &str) -> Option<Runner> {
    let mut runners = Kind::Python.runners().iter().filter_map(|word| Runner::from_word(word));
    runners.find(|runner| runner.command() == [script, first])
}

/// The directory of a virtual environment and the program in it.
fn venv(script: &str) -> Option<(&str, &str)> {
    let (directory, program) = script.rsplit_once("/bin/")?;
    let name = directory.rsplit('/').next()?;
    let is_venv = matches!(name, "venv" | ".venv" | "env" | ".env" | "virtualenv");
    (is_venv && !program.is_empty()).then_some((directory, program))
}

fn texts(line: Vec<String>) -> Vec<Raw> {
    line.into_iter().map(Raw::Text).collect()
}
