//! From a file to what it configures, as PM2 finds it there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::json;

use super::Options;
use super::data::Data;
use super::environment::{self, Depends, Probe, Runs, Sort, differing, legible};
use super::error::ImportError;
use super::node::Node;

const SCRIPT: &str = include_str!("read.cjs");

/// What a file configures.
#[derive(Debug)]
pub(super) struct Configuration {
    /// The apps, each an object.
    pub(super) apps: Vec<Data>,
    /// The ways to them: `apps[0]`.
    pub(super) ways: Vec<String>,
    /// What PM2's `deploy` is given.
    pub(super) deploy: Option<Data>,
    /// Other keys beside the apps.
    pub(super) others: Vec<String>,
    /// The environment that it reads.
    pub(super) environment: Environment,
}

/// What a file reads of its environment.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// The variables that it reads and that show nowhere in what it says, in the order of the first
    /// reading.
    pub(super) variables: Vec<String>,
    /// The absolute paths of the dotenv files.
    pub(super) files: Vec<Utf8PathBuf>,
    /// What tells a program its way on this machine, as it is now: `HOME`, `PATH`.
    pub(super) base: BTreeMap<String, String>,
    /// What is another when variables are set, in ways that are not imported.
    pub(super) depends: Vec<Depends>,
    /// Variables whose absence makes the file throw, or whose presence does.
    pub(super) without_default: bool,
}

impl Configuration {
    /// What of an app depends on the environment in ways that are not imported: each with the way to
    /// it within the app.
    pub(super) fn depends(&self, app: usize) -> impl Iterator<Item = (&str, &Depends)> {
        let way = self.ways.get(app);
        self.environment.depends.iter().filter_map(move |depends| {
            let within = depends.way.strip_prefix(way?.as_str())?;
            let within = within.strip_prefix('.').unwrap_or(within);
            // All of it, or another that begins alike.
            let is_within = !within.is_empty() && !within.starts_with('[');
            is_within.then_some((within, depends))
        })
    }

    /// The same for what is no part of an app.
    pub(super) fn depends_around(&self) -> impl Iterator<Item = &Depends> {
        self.environment.depends.iter().filter(|depends| {
            (0..self.apps.len())
                .all(|app| self.depends(app).all(|(_, within)| within.way != depends.way))
        })
    }
}

/// How PM2 reads a file (`knonwConfigFileExtensions` in its `lib/Common.js`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Yaml,
    Program,
}

impl Format {
    /// The format of a file of this name.
    pub(super) fn of(file: &Utf8Path) -> Option<Format> {
        let name = file.file_name()?;
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".json", ".json5", ".jsonc"]) {
            Some(Format::Json)
        } else if ends(&[".yaml", ".yml"]) {
            Some(Format::Yaml)
        } else if ends(&[".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"]) {
            Some(Format::Program)
        } else {
            None
        }
    }
}

/// Reads a file, by its absolute path.
///
/// # Errors
///
/// All that [`ImportError`] says of files.
pub(super) fn read(file: &Utf8Path, options: &Options) -> Result<Configuration, ImportError> {
    let unreadable = |reason: String| ImportError::Unreadable { file: file.to_string(), reason };
    let format =
        Format::of(file).ok_or_else(|| ImportError::UnknownFormat { file: file.to_string() })?;
    if format == Format::Program {
        regular(file).map_err(unreadable)?;
        return evaluate(file, options);
    }
    let text = regular(file)
        .and_then(|()| fs::read_to_string(file).map_err(|error| error.to_string()))
        .map_err(unreadable)?;
    let text = text.trim_start_matches('\u{feff}');
    let data = match format {
        Format::Yaml => yaml(file, text)?,
        _ => match json5::from_str(text) {
            Ok(data) => data,
            // PM2 evaluates JSON as JavaScript, so expressions may stand in it.
            Err(_) if options.trust => return evaluate(file, options),
            Err(error) => return Err(no_json(file, &error.to_string())),
        },
    };
    configuration(file, &data, Environment::default())
}

/// Whoever reads a pipe or a device may wait for ever, and a pipe is read once: Node reads a file
/// many times.
fn regular(file: &Utf8Path) -> Result<(), String> {
    let found = fs::metadata(file).map_err(|error| error.to_string())?;
    match (found.is_file(), found.is_dir()) {
        (true, _) => Ok(()),
        (_, true) => Err("it is a directory".to_owned()),
        (_, false) => Err("it is a pipe or a device; copy what it gives to a file".to_owned()),
    }
}

fn no_json(file: &Utf8Path, reason: &str) -> ImportError {
    ImportError::Json {
        file: file.to_string(),
        reason: reason.trim().replace('\n', " "),
        help: "correct it; where there are JavaScript expressions in it, `--trust` evaluates them, as PM2 does",
    }
}

fn yaml(file: &Utf8Path, text: &str) -> Result<Data, ImportError> {
    // PM2's reader knows `true` and `false` alone: `yes`, `on` and `y` are texts.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| ImportError::Yaml {
        file: file.to_string(),
        reason: error.to_string().lines().next().unwrap_or_default().to_owned(),
    })
}

/// What `read.cjs` answers.
#[derive(Debug, Default, Deserialize)]
struct Answer {
    config: Option<Data>,
    refused: Option<Refused>,
    read: Vec<String>,
    given: BTreeMap<String, Option<String>>,
    last: Option<String>,
    files: Vec<Utf8PathBuf>,
    base: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    kind: String,
    detail: Option<serde_json::Value>,
}

/// Evaluates a file with Node.
fn evaluate(file: &Utf8Path, options: &Options) -> Result<Configuration, ImportError> {
    if !options.trust {
        return Err(ImportError::Untrusted { file: file.to_string() });
    }
    let marks = with_marks(file, options)?;
    let Some(marked) = &marks.answer.config else {
        // What it says without any mark is the plain truth.
        let plain = run(file, options, &Values::plain("unset", ""), &[])?;
        return match plain.config {
            Some(data) => configuration(file, &data, Environment::default()),
            None => Err(refusal(file, &marks.answer.refused.unwrap_or_else(Refused::nothing))),
        };
    };
    let reads_outside = !marks.answer.read.is_empty()
        || !marks.answer.files.is_empty()
        || environment::is_traced(marked);
    let evaluation = Evaluation { file, options, never: &marks.unset };
    let unset = match reads_outside {
        true => evaluation.answer(&Values::plain("unset", "")),
        false => Answer { config: Some(marked.clone()), ..Answer::default() },
    };
    let mut read = marks.answer.read.clone();
    let (numbered, probes) = match reads_outside {
        true => evaluation.probes(&mut read, &unset.read),
        false => (false, Vec::new()),
    };
    let numbers = probes.first().filter(|_| numbered);
    let runs = Runs {
        marks: marked,
        unset: unset.config.as_ref(),
        numbers,
        probes: &probes,
        here: &marks.answer.base,
    };
    let mut merged = environment::merge(&runs);
    if let Some(numbers) = numbers {
        evaluation.attribute(&mut merged.depends, numbers, &read);
    }
    let mut traced = BTreeSet::new();
    merged.data.each_variable(&mut |name| {
        traced.insert(name.to_owned());
    });
    let environment = Environment {
        variables: read.into_iter().filter(|name| !traced.contains(name)).collect(),
        files: marks.answer.files,
        base: marks.answer.base,
        depends: merged.depends,
        without_default: unset.config.is_none(),
    };
    configuration(file, &merged.data, environment)
}

/// The values that variables have in a run (see `read.cjs`).
#[derive(Clone, Debug)]
struct Values<'a> {
    mode: &'a str,
    seed: &'a str,
    /// The values of single ones, in the mode `literals`.
    literals: BTreeMap<&'a str, &'a str>,
    /// The one that has another value than the seed gives it.
    reseeded: Option<&'a str>,
    /// Those that are not set.
    absent: Vec<String>,
}

impl<'a> Values<'a> {
    fn plain(mode: &'a str, seed: &'a str) -> Values<'a> {
        Values { mode, seed, literals: BTreeMap::new(), reseeded: None, absent: Vec::new() }
    }
}

/// A file that is evaluated again and again.
#[derive(Clone, Copy, Debug)]
struct Evaluation<'a> {
    file: &'a Utf8Path,
    options: &'a Options,
    /// Variables that are not set in any run.
    never: &'a [String],
}

impl Evaluation<'_> {
    /// One run; one that fails says nothing.
    fn answer(&self, values: &Values<'_>) -> Answer {
        let mut unset = self.never.to_vec();
        unset.extend(values.absent.iter().cloned());
        run(self.file, self.options, values, &unset).unwrap_or_default()
    }

    /// The runs with values, those of them that come to something, and whether the first is the one
    /// where numbers show the variable that they come from. What they read is added to `read`.
    fn probes(&self, read: &mut Vec<String>, more: &[String]) -> (bool, Vec<Probe>) {
        let numbers = self.answer(&Values::plain("numbers", "one"));
        let numbered = numbers.config.is_some();
        for name in more.iter().chain(&numbers.read) {
            if !read.contains(name) {
                read.push(name.clone());
            }
        }
        let mut names = read.clone();
        let of_files = numbers.given.keys().filter(|key| !read.contains(key));
        names.extend(of_files.cloned());
        let text = fs::read_to_string(self.file).unwrap_or_default();
        let literals = literals(&text);
        let mut values: Vec<Values<'_>> =
            ["small numbers", "texts", "short texts", "punctuation", "paths"]
                .into_iter()
                .map(|mode| Values::plain(mode, "one"))
                .collect();
        values.extend(
            rotated(&names, &literals)
                .into_iter()
                .map(|literals| Values { literals, ..Values::plain("literals", "one") }),
        );
        for absent in halves(&names) {
            values.push(Values { absent, ..Values::plain("other numbers", "one") });
        }
        let answers = std::iter::once(numbers).chain(self.answers(&values));
        let probes = answers
            .filter_map(|Answer { config, given, .. }| Some(Probe { config: config?, given }));
        (numbered, probes.collect())
    }

    /// Several runs, a few at a time.
    fn answers(&self, values: &[Values<'_>]) -> Vec<Answer> {
        const AT_ONCE: usize = 4;
        let mut answers = Vec::new();
        for values in values.chunks(AT_ONCE) {
            std::thread::scope(|scope| {
                let runs: Vec<_> =
                    values.iter().map(|values| scope.spawn(move || self.answer(values))).collect();
                answers.extend(runs.into_iter().map(|run| run.join().unwrap_or_default()));
            });
        }
        answers
    }

    /// Finds the variables that something is computed from, by giving each another value.
    fn attribute(&self, depends: &mut [Depends], numbers: &Probe, read: &[String]) {
        const MOST: usize = 12;
        let computed = depends.iter().any(|depends| depends.sort != Sort::Fallback);
        if !computed {
            return;
        }
        let read = read.get(..MOST).unwrap_or(read);
        let values: Vec<Values<'_>> = read
            .iter()
            .map(|name| Values { reseeded: Some(name), ..Values::plain("numbers", "one") })
            .collect();
        for (name, answer) in read.iter().zip(self.answers(&values)) {
            let Some(config) = answer.config else { continue };
            let others = differing(&numbers.config, &config);
            for depends in depends.iter_mut() {
                let is_in = |way: &String| {
                    way.strip_prefix(depends.way.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
                };
                if others.iter().any(is_in) {
                    depends.variables.push(name.clone());
                }
            }
        }
    }
}

/// Halves of these names and the other halves, so that of any two there is one without the other.
fn halves(names: &[String]) -> Vec<Vec<String>> {
    let mut halves = Vec::new();
    let mut bit = 1;
    while bit < names.len() {
        for wanted in [0, bit] {
            let half = names.iter().enumerate().filter(|(index, _)| index & bit == wanted);
            halves.push(half.map(|(_, name)| name.clone()).collect());
        }
        bit *= 2;
    }
    halves
}

/// Each variable with each literal once, and no two with the same one in a run.
fn rotated<'a>(names: &'a [String], literals: &'a [String]) -> Vec<BTreeMap<&'a str, &'a str>> {
    const MOST: usize = 16;
    if literals.is_empty() {
        return Vec::new();
    }
    let names = names.get(..MOST).unwrap_or(names);
    let slots = names.len().max(literals.len());
    let run = |turn: usize| {
        let names = names.iter().enumerate();
        let given = names.filter_map(move |(index, name)| {
            Some((name.as_str(), literals.get((index + turn) % slots)?.as_str()))
        });
        given.collect()
    };
    (0..slots).map(run).collect()
}

/// What a program compares with, and what many compare with: values that decide something.
fn literals(program: &str) -> Vec<String> {
    const MOST: usize = 12;
    const USUAL: [&str; 6] = ["production", "development", "staging", "test", "true", "1"];
    let mut found: Vec<String> = Vec::new();
    let patterns = [
        r#"(?:[!=]==?|\bcase|(?:includes|startsWith|endsWith)\()\s*["'`]([^"'`\n$\\]{1,40})["'`]"#,
        r#"["'`]([^"'`\n$\\]{1,40})["'`]\s*[!=]==?"#,
    ];
    for pattern in patterns.iter().filter_map(|pattern| regex_lite::Regex::new(pattern).ok()) {
        let literals = pattern.captures_iter(program).filter_map(|found| found.get(1));
        found.extend(literals.map(|literal| literal.as_str().to_owned()));
    }
    let words = program.split(|letter: char| !letter.is_alphanumeric());
    found.extend(words.filter(|word| USUAL.contains(word)).map(str::to_owned));
    let mut literals: Vec<String> = Vec::new();
    for literal in found {
        if literals.len() < MOST && !literals.contains(&literal) {
            literals.push(literal);
        }
    }
    literals
}

/// A run with marks, and the variables that had to be left unset for it.
struct Marked {
    answer: Answer,
    unset: Vec<String>,
}

/// Evaluates a file with marks. What throws at a mark (an address that is taken apart, JSON) is
/// evaluated again without that variable.
fn with_marks(file: &Utf8Path, options: &Options) -> Result<Marked, ImportError> {
    const TRIES: usize = 8;
    let mut unset: Vec<String> = Vec::new();
    loop {
        let answer = run(file, options, &Values::plain("marks", ""), &unset)?;
        let throws = answer.refused.as_ref().is_some_and(|refused| refused.kind == "throws");
        match &answer.last {
            Some(last) if throws && !unset.contains(last) && unset.len() < TRIES => {
                unset.push(last.clone());
            }
            _ => return Ok(Marked { answer, unset }),
        }
    }
}

fn run(
    file: &Utf8Path,
    options: &Options,
    values: &Values<'_>,
    unset: &[String],
) -> Result<Answer, ImportError> {
    let node = Node {
        program: std::path::Path::new("node"),
        arguments: &options.node_arguments,
        limit: options.time_limit,
    };
    let directory = file.parent().unwrap_or(Utf8Path::new("/"));
    let request = json!({
        "file": file,
        "mode": values.mode,
        "seed": values.seed,
        "literals": values.literals,
        "reseeded": values.reseeded,
        "unset": unset,
    });
    node.ask(SCRIPT, directory, request)
}

impl Refused {
    fn nothing() -> Refused {
        Refused { kind: "nothing".to_owned(), detail: None }
    }
}

/// What `read.cjs` refuses, in words.
fn refusal(file: &Utf8Path, refused: &Refused) -> ImportError {
    let text = |key: &str| {
        let value = refused.detail.as_ref().and_then(|detail| detail.get(key));
        value.and_then(|value| value.as_str()).map(legible)
    };
    let error = || {
        let name = text("name").unwrap_or_else(|| "Error".to_owned());
        let message = text("message").unwrap_or_default();
        let place = text("place").map(|place| format!(" ({place})"));
        format!("{name}: {message}{}", place.unwrap_or_default())
    };
    let way = || match &refused.detail {
        Some(serde_json::Value::String(way)) if !way.is_empty() => way.clone(),
        _ => "the configuration".to_owned(),
    };
    match refused.kind.as_str() {
        "throws" => {
            ImportError::Throws { error: error(), help: help_for(file, text("code").as_deref()) }
        }
        "syntax" => ImportError::Syntax { error: error(), help: help_for(file, None) },
        "function" => ImportError::NoData {
            way: way(),
            what: "is a function",
            help: "PM2 accepts only values; call it, or remove it",
        },
        "cycle" => ImportError::NoData {
            way: way(),
            what: "contains itself",
            help: "PM2 accepts only values; remove the cycle",
        },
        "exits" => ImportError::Nothing {
            what: format!("{file} ends Node instead of exporting a configuration"),
            help: "remove `process.exit` for the import",
        },
        "never-ready" => ImportError::Nothing {
            what: format!("{file} waits for something that never happens"),
            help: "an `await` in it never resolves; PM2 cannot read it either",
        },
        "exports-function" => ImportError::Nothing {
            what: format!("{file} exports a function, which PM2 does not call"),
            help: "export what the function returns",
        },
        "no-object" => ImportError::Nothing {
            what: format!("{file} does not export an object"),
            help: "export `{ apps: [ … ] }`",
        },
        _ => ImportError::Nothing {
            what: format!("{file} exports nothing"),
            help: "export `{ apps: [ … ] }`: `module.exports = …`, or `export default …` in a module",
        },
    }
}

fn help_for(file: &Utf8Path, code: Option<&str>) -> &'static str {
    let typescript = file.extension().is_some_and(|extension| extension.ends_with("ts"));
    match code {
        _ if typescript => {
            "TypeScript needs a loader: `--node-arg=--import=tsx`, or NODE_OPTIONS; Node 22.18 and newer need none"
        }
        Some("MODULE_NOT_FOUND" | "ERR_MODULE_NOT_FOUND") => {
            "it requires a package that is not installed; run `npm install` in its directory"
        }
        _ => "PM2 cannot read it either",
    }
}

/// Finds the apps where PM2 finds them (`_startJson` in its `lib/API.js`).
fn configuration(
    file: &Utf8Path,
    data: &Data,
    environment: Environment,
) -> Result<Configuration, ImportError> {
    let nothing = |what: &str| ImportError::Nothing {
        what: format!("{file} {what}"),
        help: "PM2 accepts `{ apps: [ … ] }`, a list of apps, or one app",
    };
    let at = |key: &str| data.get(key).filter(|value| !value.is_falsy()).cloned();
    let deploy = at("deploy");
    let (found, key) = match (at("apps"), at("pm2")) {
        (Some(apps), _) => (apps, Some("apps")),
        // In a `package.json` they stand one deeper.
        (None, Some(pm2)) => (pm2.get("apps").cloned().unwrap_or(pm2), Some("pm2")),
        (None, None) => (data.clone(), None),
    };
    let mut others = Vec::new();
    if let (Data::Object(entries), Some(key)) = (data, key) {
        let beside = entries.iter().map(|(key, _)| key);
        others.extend(beside.filter(|other| !["deploy", key].contains(&other.as_str())).cloned());
    }
    let around = match (key, data.get("pm2").is_some_and(|pm2| pm2.get("apps").is_some())) {
        (Some("pm2"), true) => "pm2.apps",
        (key, _) => key.unwrap_or_default(),
    };
    let is_list = matches!(found, Data::List(_));
    let apps = match found {
        Data::List(apps) => apps,
        Data::Object(entries) if key.is_none() => {
            let own = entries.into_iter().filter(|(key, _)| key != "deploy").collect();
            vec![Data::Object(own)]
        }
        object @ Data::Object(_) => vec![object],
        _ => return Err(nothing("has no list of apps")),
    };
    if apps.is_empty() {
        return Err(nothing("has no apps"));
    }
    if let Some(odd) = apps.iter().find(|app| !matches!(app, Data::Object(_))) {
        return Err(nothing(&format!("has {} instead of an app", odd.kind())));
    }
    if key.is_none() && apps.iter().all(|app| app_keys(app).next().is_none()) {
        return Err(nothing("has no apps"));
    }
    let way = |index| if is_list { format!("{around}[{index}]") } else { around.to_owned() };
    let ways = (0..apps.len()).map(way).collect();
    Ok(Configuration { apps, ways, deploy, others, environment })
}

/// The keys by which an object is known to be an app.
fn app_keys(app: &Data) -> impl Iterator<Item = &'static str> {
    ["script", "exec", "cmd", "command"].into_iter().filter(|key| app.get(key).is_some())
}
