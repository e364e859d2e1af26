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

use super::arguments::{is_lost, marked, without_lost};
use super::data::Data;
use super::entry::Reading;
use super::keys::Keys;
use super::values::split;
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

/// Programs of PATH that are scripts for Node.
const ON_NODE: &[&str] = &[
    "npm",
    "npx",
    "pnpm",
    "pnpx",
    "yarn",
    "corepack",
    "next",
    "nuxt",
    "nest",
    "vite",
    "tsx",
    "ts-node",
    "nodemon",
    "remix",
    "astro",
    "turbo",
    "nx",
    "http-server",
    "json-server",
    "concurrently",
];

/// What a word of a command line may consist of without a meaning to the shell; `…` replaces what it cannot have.
const OF_WORDS: &str = "_./:@%+,-=…";

/// Words that the shell does not look up on PATH.
const OF_SHELL: &[&str] = &[
    ".", ":", "alias", "bg", "case", "cd", "command", "eval", "exec", "export", "for", "if", "set",
    "source", "test", "time", "trap", "ulimit", "umask", "unset", "until", "while",
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

/// Reads what runs. Returns the options for Node that have no other place than `NODE_OPTIONS`.
pub(super) fn read(reading: &Reading<'_>, keys: &Keys<'_>, app: &mut App) -> Option<Vec<String>> {
    let mut given = given(reading, keys, app)?;
    let options = node_options(&mut given, app);
    let serves = serves(reading);
    let is_at_base = app.directory == reading.base;
    let program = Program { given, serves, is_at_base, app };
    program.read();
    options
}

/// PM2 starts these under Node, and with them their options.
fn node_options(given: &mut Given, app: &mut App) -> Option<Vec<String>> {
    if given.node_args.is_empty() || !ON_NODE.contains(&given.script.as_str()) {
        return None;
    }
    let options = std::mem::take(&mut given.node_args);
    match given.interpreter.as_deref() {
        None => Some(options),
        Some(interpreter) if is_node(interpreter) => Some(options),
        Some(_) => {
            app.comment("PM2 never read its `node_args`: it has no interpreter.");
            app.same("node_args", "PM2 has no interpreter to give them to");
            None
        }
    }
}

fn given(reading: &Reading<'_>, keys: &Keys<'_>, app: &mut App) -> Option<Given> {
    let script = keys.value("script").filter(|data| !data.is_falsy());
    let script = script.or_else(|| {
        let found = ["cmd", "command"].into_iter().find(|key| reading.data.get(key).is_some())?;
        keys.know(found);
        reading.data.get(found)
    });
    let script = script.and_then(|data| match data {
        Data::Outside(outside) if outside.alone().is_none() && is_lost(reading, outside, "") => {
            Some(marked(outside))
        }
        data => reading.text("script", data, app),
    });
    let Some(script) = script.filter(|script| !script.is_empty()) else {
        app.comment("PM2 rejects it: it has no `script`.");
        app.set("run", vec![Raw::Text("false".to_owned())]);
        return None;
    };
    let interpreter =
        keys.value("interpreter").and_then(|data| reading.text("interpreter", data, app));
    let script = without_lost("script", vec![script], app).pop().unwrap_or_default();
    let args = list(reading, keys, "args", app);
    let node_args = list(reading, keys, "node_args", app);
    Some(Given { script, interpreter, args, node_args })
}

/// A list of texts, with `…` in the place of what a command line cannot have; PM2 splits a text.
fn list(reading: &Reading<'_>, keys: &Keys<'_>, key: &str, app: &mut App) -> Vec<String> {
    let texts = match keys.value(key) {
        None => Vec::new(),
        Some(Data::List(items)) => {
            let mut texts: Vec<String> = Vec::new();
            for item in items.iter().filter(|item| **item != Data::Null) {
                let text = match item {
                    Data::Boolean(_) => Some(item.to_text()),
                    Data::Outside(outside) => {
                        let option = texts.last().map(String::as_str).unwrap_or_default();
                        match is_lost(reading, outside, option) {
                            true => Some(marked(outside)),
                            false => reading.text(key, item, app),
                        }
                    }
                    Data::Null
                    | Data::Number(_)
                    | Data::Text(_)
                    | Data::List(_)
                    | Data::Object(_) => reading.text(key, item, app),
                };
                texts.extend(text);
            }
            texts
        }
        Some(Data::Outside(outside)) if is_lost(reading, outside, "") => split(&marked(outside)),
        Some(data @ (Data::Text(_) | Data::Number(_) | Data::Outside(_))) => {
            reading.text(key, data, app).map(|text| split(&text)).unwrap_or_default()
        }
        Some(other) if other.is_falsy() => Vec::new(),
        Some(other) => {
            app.left_out(key, format!("{} is not a string, or several", other.kind()));
            Vec::new()
        }
    };
    without_lost(key, texts, app)
}

/// What PM2's file server is told by the environment of the app.
fn serves(reading: &Reading<'_>) -> Vec<(String, String)> {
    let entries = reading.data.get("env").and_then(Data::as_object).unwrap_or_default();
    let entries = entries.iter().filter(|(key, _)| key.starts_with("PM2_SERVE_"));
    entries.map(|(key, value)| (key.clone(), value.to_text())).collect()
}

/// The words of a line that says nothing to the shell but them.
pub(super) fn plain_words(line: &str) -> Option<Vec<String>> {
    let is_plain =
        |letter: char| letter.is_alphanumeric() || OF_WORDS.contains(letter) || letter == ' ';
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let first = words.first()?;
    let is_program = !first.contains('=') && !OF_SHELL.contains(&first.as_str());
    (is_program && line.chars().all(is_plain)).then_some(words)
}

struct Program<'p> {
    given: Given,
    /// What PM2's file server is told.
    serves: Vec<(String, String)>,
    /// Whether it runs where PM2 is started.
    is_at_base: bool,
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
            if let Some(words) = plain_words(&line) {
                return self.without_shell(words);
            }
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
            Some(interpreter) if self.is_dispensable(interpreter) => {
                self.app.same("interpreter", "PM2 finds the program on PATH");
                self.app.same("exec_interpreter", "PM2 finds the program on PATH");
                self.without_interpreter();
            }
            Some(interpreter) if self.is_javascript() => self.node(Some(interpreter)),
            Some(interpreter) if is_node(interpreter) => self.node(Some(interpreter)),
            Some(interpreter) => {
                if !self.python_file(interpreter) {
                    self.script(Some(interpreter.to_owned()));
                }
            }
            None => self.by_itself(),
        }
    }

    /// A file for `python3`, or for the Python of a virtual environment.
    fn python_file(&mut self, interpreter: &str) -> bool {
        // PM2 looks for a relative path where it is started, and takes it where the program runs.
        let is_found = interpreter.starts_with('/') || self.is_at_base;
        let environment =
            venv(interpreter).filter(|(_, program)| is_found && program.starts_with("python"));
        let own = venv(&self.given.script).map(|(directory, _)| directory);
        let (runner, python) = match environment {
            Some((directory, python)) => {
                let directory = directory.strip_prefix("./").unwrap_or(directory);
                (vec![Raw::Word("venv".to_owned()), Raw::Text(directory.to_owned())], python)
            }
            None if interpreter == "python3" && !cfg!(windows) => {
                (vec![Raw::Word("system".to_owned())], interpreter)
            }
            None => return false,
        };
        let is_program = environment.is_some_and(|(directory, _)| own == Some(directory));
        let is_file = pm2::ending(&self.given.script) == Some("py");
        if !is_program && !is_file || is_program && !self.given.node_args.is_empty() {
            return false;
        }
        for key in ["script", "args", "interpreter", "exec_interpreter", "node_args"] {
            self.app.same(key, "it is a Python program, started as one");
        }
        let mut line = vec![];
        match venv(&self.given.script) {
            // A program of the environment names its Python itself.
            Some((_, program)) if is_program => line.push(program.to_owned()),
            Some(_) | None => {
                line.push(python.to_owned());
                line.append(&mut self.given.node_args);
                line.push(std::mem::take(&mut self.given.script));
            }
        }
        line.append(&mut self.given.args);
        self.app.kind = Kind::Python;
        self.app.set("runner", runner);
        self.app.set("run", texts(line));
        true
    }

    fn ending(&self) -> &str {
        pm2::ending(&self.given.script).unwrap_or_default()
    }

    fn is_javascript(&self) -> bool {
        JAVASCRIPT.contains(&self.ending())
    }

    /// PM2 was told that the script needs no interpreter.
    fn without_interpreter(mut self) {
        if !self.python() && !self.npm() && !self.node_line() {
            self.script(None);
        }
    }

    /// A line without any syntax of the shell, which PM2 hands to bash.
    fn without_shell(mut self, mut words: Vec<String>) {
        for key in ["script", "args", "exec_interpreter"] {
            self.app.same(key, "PM2 hands the line to bash, which starts the same program");
        }
        if !self.given.node_args.is_empty() {
            self.app.comment("PM2 never read its `node_args`: bash takes none.");
            self.app.same("node_args", "bash takes none");
        }
        let script = words.remove(0);
        self.given = Given { script, interpreter: None, args: words, node_args: Vec::new() };
        self.without_interpreter();
    }

    /// Whether a program of PATH is the same program without this interpreter.
    fn is_dispensable(&mut self, interpreter: &str) -> bool {
        let is_env = interpreter == "env" || interpreter.ends_with("/env");
        if is_env && self.given.node_args.is_empty() {
            return true;
        }
        let script = self.given.script.as_str();
        if self.is_path() || !self.given.node_args.is_empty() {
            return false;
        }
        if is_node(interpreter) {
            return ON_NODE.contains(&script);
        }
        let is_python = interpreter.contains("python") && PYTHON.contains(&script);
        if is_python {
            let reason = format!(
                "PM2 runs `{script}` under {interpreter}; here it runs under the Python it is installed with"
            );
            self.app.comment(format!("{reason}."));
            self.app.changed("interpreter", reason);
        }
        is_python
    }

    /// `node ./server/index.js`, with the options of Node and the arguments of the program.
    fn node_line(&mut self) -> bool {
        const WITH_VALUE: &[&str] = &[
            "-r",
            "--require",
            "--import",
            "--loader",
            "--experimental-loader",
            "--env-file",
            "-C",
            "--conditions",
        ];
        let is_alone = self.app.setting("instances").is_none()
            && self.app.setting("exec_mode").is_none_or(
                |mode| matches!(mode.first(), Some(Raw::Word(word)) if word.starts_with("fork")),
            );
        if self.given.script != "node" || !is_alone || !self.given.node_args.is_empty() {
            return false;
        }
        let args = &self.given.args;
        let mut position = 0;
        while let Some(option) = args.get(position).filter(|arg| arg.starts_with('-')) {
            let known = option.starts_with("--") && option.contains('=');
            let is_flag = matches!(
                option.as_str(),
                "--inspect"
                    | "--enable-source-maps"
                    | "--expose-gc"
                    | "--no-warnings"
                    | "--no-deprecation"
            );
            match WITH_VALUE.contains(&option.as_str()) {
                true => position += 2,
                false if known || is_flag => position += 1,
                false => return false,
            }
        }
        let Some(entry) = args.get(position).cloned() else { return false };
        let place = paths::join(&self.app.directory, Utf8Path::new(&entry));
        let entry = match pm2::ending(&entry) {
            Some(ending) if JAVASCRIPT.contains(&ending) => entry,
            // PM2 looks for the file of this very name.
            _ if paths::with_ending(&place, "js").is_file() => format!("{entry}.js"),
            _ => return false,
        };
        let (before, after) = args.split_at(position);
        let (node_args, args) = (before.to_vec(), after.get(1..).unwrap_or_default().to_vec());
        for key in ["script", "args", "exec_interpreter", "node_args"] {
            self.app.same(key, "it is a Node program, started as one");
        }
        let given = Given { script: entry, interpreter: None, args, node_args };
        let (serves, is_at_base) = (Vec::new(), self.is_at_base);
        Program { given, serves, is_at_base, app: &mut *self.app }.node(Some("node"));
        true
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
            return self.serve();
        }
        if PYTHON.contains(&program.as_str()) {
            self.under_node("Python");
        }
        if !self.python() && !self.npm() && !self.node_line() {
            self.script(None);
        }
    }

    /// PM2's own file server has no counterpart.
    fn serve(mut self) {
        let reason = "PM2 serves the files itself, as its `PM2_SERVE_…` variables say; nothing here does: \
                      the npm package `serve` is another program, which is given what it knows of them";
        self.app.comment(format!("{reason}."));
        for key in ["script", "args"] {
            self.app.changed(key, reason);
        }
        let mut line = vec!["npx".to_owned(), "serve".to_owned()];
        let of = |name: &str| {
            self.serves.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        if of("PM2_SERVE_SPA").is_some_and(|value| value == "true") {
            line.push("--single".to_owned());
        }
        line.extend([
            "--listen".to_owned(),
            of("PM2_SERVE_PORT").unwrap_or_else(|| "8080".to_owned()),
        ]);
        line.push(of("PM2_SERVE_PATH").unwrap_or_else(|| ".".to_owned()));
        self.given.args = line.split_off(1);
        "npx".clone_into(&mut self.given.script);
        self.script(None);
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
                let name = words.last().map(paths::file_name);
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
            Runs::Module(module) => self.app.set("module", vec![Raw::name(&module)]),
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
        let Program { given, app, .. } = self;
        app.kind = Kind::Node;
        let by_itself = pm2::interpreter_of(&given.script).unwrap_or("node");
        match interpreter {
            Some("bun") => app.set("runner", vec![Raw::Word("bun".to_owned())]),
            // Of TypeScript PM2 takes Bun, where it is not told to take Node.
            Some(interpreter) if interpreter != "node" || by_itself != "node" => {
                app.set("interpreter", vec![Raw::name(interpreter)]);
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
        let Program { given, app, .. } = self;
        app.kind = Kind::Script;
        let mut line = vec![given.script];
        line.extend(given.args);
        app.set("run", texts(line));
        if let Some(interpreter) = interpreter {
            app.set("interpreter", vec![Raw::name(&interpreter)]);
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
            ("python3", ["-m", ..]) if !cfg!(windows) => {
                (word("system"), std::iter::once("python").chain(words.iter().copied()).collect())
            }
            ("python3", [program, ..]) if !cfg!(windows) && !program.starts_with('-') => {
                (word("system"), std::iter::once("python3").chain(words.iter().copied()).collect())
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
    let name = paths::file_name(directory);
    let is_venv = matches!(name, "venv" | ".venv" | "env" | ".env" | "virtualenv");
    (is_venv && !program.is_empty()).then_some((directory, program))
}

fn texts(line: Vec<String>) -> Vec<Raw> {
    line.into_iter().map(Raw::Text).collect()
}
