//! The comparison in some environments: what PM2 would start with everything set, and with some of it set.
//!
//! With nothing set everything is compared. Here it is only asked whether something is another and is not
//! told: the program, its arguments, its directory and its variables.

use std::collections::{BTreeMap, BTreeSet};

use promethean_core::app::{SourcePiece, SourceText, System, Variable};
use promethean_core::emit::{self, Config};
use serde_json::{Map, Value, json};

use super::super::Pm2File;
use super::super::configuration::{Configuration, Environment, Sample, configuration};
use super::super::data::Data;
use super::super::evaluate::trace;
use super::start::{self, Start};
use super::{Answer, compare};
use crate::import::app::{App, Variable as Imported};
use crate::import::verification::Difference;

/// The questions to `validate.cjs`, one for each environment. Environments with other apps are left out: the
/// report names them with the list of apps.
pub(super) fn requests(system: &System, original: &Pm2File) -> Vec<Value> {
    let samples = original.configuration.environment.samples.iter();
    samples.filter_map(|sample| request(sample, system, original)).collect()
}

fn request(sample: &Sample, system: &System, original: &Pm2File) -> Option<Value> {
    let found = configuration(&original.file, &sample.data, Environment::default()).ok()?;
    let Configuration { apps, .. } = found;
    (apps.len() == original.names.len()).then(|| {
        let entries = apps.iter().zip(&original.names).map(|(app, name)| entry(app, name));
        let entries: Vec<Value> = entries.collect();
        json!({"original": entries, "imported": emitted(sample, system, original)})
    })
}

/// An entry of the original, with the name that the app has in the result: a changed name is reported
/// elsewhere.
fn entry(app: &Data, name: &str) -> Value {
    let mut entry = serde_json::to_value(app).unwrap_or_default();
    let Value::Object(keys) = &mut entry else { return entry };
    keys.retain(|key, value| !value.is_null() && !key.starts_with("env_"));
    keys.insert("name".to_owned(), json!(name));
    if let Some(Data::Object(variables)) = app.get("env") {
        // PM2 makes a text of everything, of `null` too.
        let texts = variables.iter().map(|(key, value)| (key.clone(), json!(value.to_text())));
        keys.insert("env".to_owned(), Value::Object(texts.collect()));
    }
    entry
}

/// What the import emits in the environment.
fn emitted(sample: &Sample, system: &System, original: &Pm2File) -> Vec<Value> {
    let text = emit::json(&Config::new(system));
    let config: Value = serde_json::from_str(&text).unwrap_or_default();
    let mut entries = config.get("apps").and_then(Value::as_array).cloned().unwrap_or_default();
    let base = &original.configuration.environment.base;
    for (entry, app) in entries.iter_mut().zip(&system.apps) {
        let variables = app.env.iter().filter_map(|(key, variable)| {
            let text = match variable {
                Variable::Plain(text) => text.to_string(),
                Variable::Read(sources) => {
                    sources.in_order.iter().find_map(|source| value(source, sample, base))?
                }
            };
            Some((key.to_string(), json!(text)))
        });
        let variables: Map<String, Value> = variables.collect();
        if let Value::Object(entry) = entry {
            entry.insert("env".to_owned(), Value::Object(variables));
        }
    }
    entries
}

/// The value of a source, if it is there.
fn value(
    SourceText(pieces): &SourceText,
    sample: &Sample,
    base: &BTreeMap<String, String>,
) -> Option<String> {
    let pieces = pieces.iter().map(|piece| match piece {
        SourcePiece::Literal(text) => Some(text.to_string()),
        SourcePiece::Secret(name) | SourcePiece::Inherited(name) => {
            let of_file = |(key, _): &(&String, &String)| trace::name(key) == name.as_str();
            let given = sample.given.get(name.as_str());
            let given = given.or_else(|| sample.given.iter().find(of_file).map(|(_, text)| text));
            given.or_else(|| base.get(name.as_str())).cloned()
        }
    });
    pieces.collect()
}

/// The attributes that differ in one of the environments and that no comment on the app names.
pub(super) fn differences(
    answer: &Answer,
    index: usize,
    app: &App,
    name: &str,
    told: &[Difference],
) -> Vec<Difference> {
    let mut differences: Vec<Difference> = Vec::new();
    let is_known = |key: &str, differences: &[Difference]| {
        let is_same = |difference: &Difference| difference.key == key;
        told.iter().any(is_same)
            || differences.iter().any(is_same)
            || app
                .changes
                .iter()
                .any(|change| change.key == key || change.key == "env" || change.key == "env.*")
    };
    let program_is_told = told.iter().any(start::is_about)
        || told.iter().any(|difference| difference.key == start::PROGRAM)
        || app.changes.iter().any(start::explains);
    for sample in &answer.samples {
        let imported = sample.imported.iter().find(|reading| {
            reading.config.get("name").and_then(Value::as_str) == Some(app.name.as_str())
        });
        let (Some(original), Some(imported)) = (sample.original.get(index), imported) else {
            continue;
        };
        let (
            Start::Starts { line, cwd, env },
            Start::Starts { line: other, cwd: elsewhere, env: variables },
        ) = (&original.start, &imported.start)
        else {
            continue;
        };
        if (line, cwd) != (other, elsewhere)
            && !program_is_told
            && !is_known(start::PROGRAM, &differences)
        {
            differences.push(start::other_program(name, &original.start, &imported.start));
        }
        let (env, variables) = (texts(env), texts(variables));
        let keys: BTreeSet<&String> = env.keys().chain(variables.keys()).collect();
        for key in keys {
            let (before, after) = (env.get(key), variables.get(key));
            let way = format!("env.{key}");
            // What is stored as a secret may have another value there.
            let is_clear = app.env.iter().any(|(own, variable)| own == key && is_clear(variable));
            if before != after
                && !is_clear
                && !compare::is_of_python(key, before, after)
                && !is_known(&way, &differences)
            {
                differences.push(compare::in_an_environment(name, &way));
            }
        }
    }
    differences
}

fn texts(env: &Map<String, Value>) -> BTreeMap<String, String> {
    compare::variables(Some(&Value::Object(env.clone())))
}

fn is_clear(variable: &Imported) -> bool {
    variable.sources().iter().any(|source| source.clear().is_some())
}
