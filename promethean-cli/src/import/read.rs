//! From a file to what it configures, as PM2 finds it there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::json;

use super::Options;
use super::data::Data;
use super::environment::{self, legible};
use super::error::ImportError;
use super::node::Node;

const SCRIPT: &str = include_str!("read.cjs");

/// What a file configures.
#[derive(Debug)]
pub(super) struct Configuration {
    /// The apps, each an object.
    pub(super) apps: Vec<Data>,
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
    /// The ways to what is another when variables are set.
    pub(super) depends: Vec<String>,
    /// Variables whose absence makes the file throw, or whose presence does.
    pub(super) without_default: bool,
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
        if !file.is_file() {
            return Err(unreadable("there is no such file".to_owned()));
        }
        return evaluate(file, options);
    }
    let text = fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
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
    read: Vec<Variable>,
    last: Option<String>,
    files: Vec<Utf8PathBuf>,
    base: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    kind: String,
    detail: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Variable {
    name: String,
    code: i64,
}

/// Evaluates a file with Node.
fn evaluate(file: &Utf8Path, options: &Options) -> Result<Configuration, ImportError> {
    if !options.trust {
        return Err(ImportError::Untrusted { file: file.to_string() });
    }
    let marks = with_marks(file, options)?;
    let Some(marked) = &marks.answer.config else {
        // What it says without any mark is the plain truth.
        let plain = run(file, options, "unset", &[])?;
        return match plain.config {
            Some(data) => configuration(file, &data, Environment::default()),
            None => Err(refusal(file, &marks.answer.refused.unwrap_or_else(Refused::nothing))),
        };
    };
    let reads_outside = !marks.answer.read.is_empty()
        || !marks.answer.files.is_empty()
        || environment::is_traced(marked);
    let (unset, numbers) = match reads_outside {
        true => {
            (run(file, options, "unset", &[])?.config, run(file, options, "numbers", &marks.unset)?)
        }
        false => (Some(marked.clone()), Answer::default()),
    };
    let codes: Vec<(String, i64)> =
        numbers.read.into_iter().map(|variable| (variable.name, variable.code)).collect();
    let merged = environment::merge(
        marked,
        unset.as_ref(),
        numbers.config.as_ref(),
        &codes,
        &marks.answer.base,
    );
    let mut traced = BTreeSet::new();
    merged.data.each_variable(&mut |name| {
        traced.insert(name.to_owned());
    });
    let environment = Environment {
        variables: marks
            .answer
            .read
            .into_iter()
            .map(|variable| variable.name)
            .filter(|name| !traced.contains(name))
            .collect(),
        files: marks.answer.files,
        base: marks.answer.base,
        depends: merged.depends,
        without_default: unset.is_none(),
    };
    configuration(file, &merged.data, environment)
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
        let answer = run(file, options, "marks", &unset)?;
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
    mode: &str,
    unset: &[String],
) -> Result<Answer, ImportError> {
    let node = Node { arguments: &options.node_arguments, limit: options.time_limit };
    let directory = file.parent().unwrap_or(Utf8Path::new("/"));
    node.ask(SCRIPT, directory, json!({"file": file, "mode": mode, "unset": unset}))
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
            help: "PM2 takes values alone; call it, or leave it out",
        },
        "cycle" => ImportError::NoData {
            way: way(),
            what: "leads back to itself",
            help: "PM2 takes values alone; leave the circle out",
        },
        "exits" => ImportError::Nothing {
            what: format!("{file} ends Node instead of exporting a configuration"),
            help: "leave `process.exit` out of it while it is imported",
        },
        "never-ready" => ImportError::Nothing {
            what: format!("{file} waits for something that never comes"),
            help: "an `await` in it has nothing to wait for; PM2 would not read it either",
        },
        "exports-function" => ImportError::Nothing {
            what: format!("{file} exports a function, which PM2 does not call"),
            help: "export what the function returns",
        },
        "no-object" => ImportError::Nothing {
            what: format!("{file} exports no object"),
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
            "it requires a package that is not installed; `npm install` in its folder first"
        }
        _ => "PM2 would not read it either; see what it needs",
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
        help: "PM2 takes `{ apps: [ … ] }`, a list of apps, or one app",
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
        return Err(nothing(&format!("has {} in the place of an app", odd.kind())));
    }
    if key.is_none() && apps.iter().all(|app| app_keys(app).next().is_none()) {
        return Err(nothing("has no apps"));
    }
    Ok(Configuration { apps, deploy, others, environment })
}

/// The keys by which an object is known to be an app.
fn app_keys(app: &Data) -> impl Iterator<Item = &'static str> {
    ["script", "exec", "cmd", "command"].into_iter().filter(|key| app.get(key).is_some())
}
