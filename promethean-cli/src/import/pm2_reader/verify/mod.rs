//! The comparison: what PM2's validator makes of the original and of what the import emits, attribute by
//! attribute, and what PM2 would start of each: the programs, their arguments, directories and variables.

mod compare;
mod samples;
mod start;

use camino::Utf8Path;
use promethean::pm2::Installation;
use promethean_core::app::{SourcePiece, SourceText, System, Variable as Resolved, Variables};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::ecosystem::Ecosystem;
use promethean_core::emit::{self, Config};
use promethean_core::endpoint::PORT;
use promethean_core::foreign::Foreign;
use promethean_core::resolve;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Pm2File;
use super::configuration::Environment;
use super::data::{Data, Piece};
use super::file::Format;
use super::values::settled;
use super::variables::{alternatives, default_of, is_optional};
use crate::import::Options;
use crate::import::app::{App, Change, ChangeKind};
use crate::import::apply_allows::Omitted;
use crate::import::error::ImportError;
use crate::import::node::{Node, Script};
use crate::import::reader::Imported;
use crate::import::verification::{Difference, Verification};
use start::{Start, Starts};

const VALIDATE: Script = Script { name: "validate.cjs", text: include_str!("validate.cjs") };

/// What is compared.
#[derive(Clone, Copy)]
struct Comparison<'a> {
    original: &'a Pm2File,
    imported: &'a Imported<'a>,
}

/// What `validate.cjs` answers.
#[derive(Debug, Deserialize)]
struct Answer {
    original: Vec<Reading>,
    imported: Vec<Reading>,
    /// The same for each of the environments that are compared.
    samples: Vec<InSample>,
}

/// The two readings in an environment.
#[derive(Debug, Deserialize)]
struct InSample {
    original: Vec<Reading>,
    imported: Vec<Reading>,
}

/// PM2's reading of an app.
#[derive(Debug, Deserialize)]
struct Reading {
    errors: Vec<String>,
    config: Map<String, Value>,
    start: Start,
}

impl Reading {
    /// The attributes, with the variables that a process would have.
    fn attributes(&self) -> Map<String, Value> {
        let mut attributes = self.config.clone();
        if let Start::Starts { env, .. } = &self.start {
            attributes.insert("env".to_owned(), Value::Object(env.clone()));
        }
        attributes
    }
}

/// Compares what was imported with PM2's own reading of the original.
///
/// # Errors
///
/// The declaration does not resolve, or Node fails.
pub(super) fn verify(
    original: &Pm2File,
    imported: &Imported<'_>,
    options: &Options,
) -> Result<Verification, ImportError> {
    let comparison = &Comparison { original, imported };
    let system = resolved(comparison)?;
    let directory = original.file.parent().unwrap_or(Utf8Path::new("/"));
    let given = options.pm2.as_deref().map(Utf8Path::as_std_path);
    let found = match Installation::find(given, &[directory.as_std_path()]) {
        Ok(found) => found,
        Err(error) => return Ok(Verification::NotCompared { reason: error.diagnostic() }),
    };
    let node = Node { program: &found.node, arguments: &[], limit: options.time_limit };
    let request = json!({
        "package": found.package,
        "original": entries(original),
        "imported": emitted(&system, comparison),
        "samples": samples::requests(&system, original),
        "yaml": yaml(&original.file),
        "names": original.names,
        "base": original.base,
    });
    let answer: Answer = match node.ask(&[VALIDATE], directory, request) {
        Ok(answer) => answer,
        Err(ImportError::NoNode { reason }) => {
            let (node, reason) = (Foreign(found.node.display()), Foreign(reason));
            let reason = Diagnostic::new(format!("{node} cannot be started: {reason}"))
                .help("install Node 20 or newer");
            return Ok(Verification::NotCompared { reason });
        }
        Err(other) => return Err(other),
    };
    Ok(judged(comparison, &answer))
}

/// The text of a YAML file, which PM2's own reader is asked to read again.
fn yaml(file: &Utf8Path) -> Option<String> {
    let is_yaml = Format::of(file) == Some(Format::Yaml);
    std::fs::read_to_string(file).ok().filter(|_| is_yaml)
}

/// The system with no profile active.
fn resolved(comparison: &Comparison<'_>) -> Result<System, ImportError> {
    let resolved = comparison.ecosystem().resolve(&resolve::Options::default());
    resolved.map_err(|error| ImportError::Rejected(error.diagnostics()))
}

impl Comparison<'_> {
    /// What was imported, as it will stand in its crate.
    fn ecosystem(&self) -> Ecosystem {
        let directory = self.imported.paths.package.to_string();
        Ecosystem::from_declaration(self.imported.declaration.clone(), directory, &[])
    }
}

/// The entries of the original, with marks for what comes from outside.
fn entries(original: &Pm2File) -> Vec<Value> {
    let base = &original.configuration.environment.base;
    let entries = original.configuration.apps.iter().zip(&original.names);
    let entries = entries.map(|(app, name)| {
        let mut entry = plain(app, base);
        if let Value::Object(entry) = &mut entry {
            entry.insert("name".to_owned(), json!(name));
            for (key, block) in entry.iter_mut() {
                if (key == "env" || key.starts_with("env_")) && block.is_object() {
                    *block = env_of(app.get(key), &original.configuration.environment);
                }
            }
        }
        entry
    });
    entries.collect()
}

fn plain(data: &Data, base: &std::collections::BTreeMap<String, String>) -> Value {
    match data {
        Data::Outside(outside) => match settled(outside, base) {
            Ok(text) => Value::String(text),
            Err(_) => outside.or.as_deref().map_or(Value::Null, |or| plain(or, base)),
        },
        Data::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), plain(value, base)));
            Value::Object(entries.filter(|(_, value)| !value.is_null()).collect())
        }
        Data::List(items) => {
            let items = items.iter().map(|item| plain(item, base));
            Value::Array(items.filter(|item| !item.is_null()).collect())
        }
        other => serde_json::to_value(other).unwrap_or_default(),
    }
}

/// An environment as text, with a mark for each variable that is read.
fn env_of(block: Option<&Data>, environment: &Environment) -> Value {
    let Some(Data::Object(entries)) = block else { return Value::Null };
    let entries = entries.iter().filter_map(|(key, value)| {
        let text = match value {
            Data::Outside(outside) if outside.spread => return None,
            Data::Outside(outside) => {
                let piece = |piece: &Piece| match piece {
                    Piece::Literal(text) => text.clone(),
                    Piece::Variable { name, .. } => mark(name),
                };
                let alternatives = alternatives(key, outside);
                let text = |pieces: &Vec<Piece>| pieces.iter().map(piece).collect();
                let mut sources: Vec<String> = alternatives.iter().map(text).collect();
                sources.extend(outside.fallbacks.iter().map(piece));
                // A default that is a secret is not shown.
                let default = || default_of(key, outside).unwrap_or_else(|| "…".to_owned());
                sources.extend(outside.or.as_ref().map(|_| default()));
                in_order(sources, is_optional(outside, &environment.base))
            }
            other => other.to_text(),
        };
        Some((key.clone(), Value::String(text)))
    });
    Value::Object(entries.collect())
}

/// The sources of a variable as one text.
fn in_order(mut sources: Vec<String>, or_unset: bool) -> String {
    sources.extend(or_unset.then(|| "unset".to_owned()));
    sources.join(" or ")
}

/// What stands for the value of a variable in a comparison.
fn mark(name: &str) -> String {
    format!("\u{e000}{name}\u{e001}")
}

/// The entries that the import emits, with the same marks, and an `env_…` for each profile.
fn emitted(system: &System, comparison: &Comparison<'_>) -> Vec<Value> {
    let text = emit::json(&Config::new(system));
    let config: Value = serde_json::from_str(&text).unwrap_or_default();
    let entries = config.get("apps").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut entries: Vec<Value> = entries;
    for (entry, app) in entries.iter_mut().zip(&system.apps) {
        if let Value::Object(entry) = entry {
            entry.insert("env".to_owned(), variables(&app.env));
        }
    }
    for profile in profiles(comparison.imported.apps) {
        let options = resolve::Options { profile: Some(profile.clone()), ..Default::default() };
        let Ok(with) = comparison.ecosystem().resolve(&options) else { continue };
        for (entry, app) in entries.iter_mut().zip(&system.apps) {
            let Some(other) = with.app(&app.name) else { continue };
            let Value::Object(entry) = entry else { continue };
            let mut env = variables(&other.env);
            if let (Some(port), Value::Object(env)) = (other.port(), &mut env) {
                env.insert(PORT.to_owned(), json!(port.to_string()));
            }
            entry.insert(format!("env_{profile}"), env);
        }
    }
    entries
}

fn profiles(apps: &[App]) -> Vec<String> {
    let mut names: Vec<String> =
        apps.iter().flat_map(|app| app.profiles.iter().map(|(name, _)| name.clone())).collect();
    names.sort();
    names.dedup();
    names
}

fn variables(variables: &Variables) -> Value {
    let entries = variables.iter().map(|(key, variable)| {
        let text = match variable {
            Resolved::Plain(text) => text.to_string(),
            Resolved::Read(sources) => {
                let piece = |piece: &SourcePiece| match piece {
                    SourcePiece::Literal(text) => text.to_string(),
                    SourcePiece::Secret(name) | SourcePiece::Inherited(name) => mark(name),
                };
                let source = |source: &SourceText| source.0.iter().map(piece).collect();
                in_order(sources.in_order.iter().map(source).collect(), sources.or_unset)
            }
        };
        (key.to_string(), Value::String(text))
    });
    Value::Object(entries.collect())
}

/// Sorts the differences into what is on purpose and what is not.
fn judged(comparison: &Comparison<'_>, answer: &Answer) -> Verification {
    let (mut differences, mut repairs, mut rejections) = (Vec::new(), Vec::new(), Vec::new());
    let mut starts = Starts::default();
    let base = comparison.original.base.clone();
    for (index, (app, original)) in
        comparison.imported.apps.iter().zip(&answer.original).enumerate()
    {
        let before = comparison.original.names.get(index).cloned().unwrap_or_default();
        rejections.extend(original.errors.iter().map(|error| format!("{before}: {error}")));
        let named = |reading: &&Reading| {
            reading.config.get("name").and_then(Value::as_str) == Some(app.name.as_str())
        };
        let Some(imported) = answer.imported.iter().find(named) else {
            differences.push(compare::absent(&before));
            continue;
        };
        let sides = compare::Sides {
            app: &before,
            base: &base,
            original: &original.attributes(),
            imported: &imported.attributes(),
        };
        repairs.extend(repaired(app, &before));
        let known = differences.len();
        for mut difference in sides.differences(&clear(app)) {
            match change_of(app, &difference, comparison.imported.omitted) {
                Some(Change { kind: ChangeKind::Same | ChangeKind::Repaired, .. }) => {}
                Some(Change { kind: ChangeKind::LeftOut, reason, .. }) => {
                    difference.reason = Some(reason);
                    differences.push(difference);
                }
                None => differences.push(difference),
            }
        }
        let shown = differences.get(known..).unwrap_or_default();
        let silent = unseen(app, &before, shown);
        differences.extend(silent);
        let is_told = differences.get(known..).unwrap_or_default().iter().any(start::is_about)
            || app.changes.iter().any(start::explains);
        differences.extend(starts.compare(&before, &original.start, &imported.start, is_told));
        let told = differences.get(known..).unwrap_or_default();
        let in_samples = samples::differences(answer, index, app, &before, told);
        differences.extend(in_samples);
    }
    Verification::Compared {
        apps: comparison.imported.apps.len(),
        differences,
        repairs,
        starts: starts.same,
        not_started: starts.unproven(),
        unproven: super::notes::unproven(&comparison.original.configuration),
        environments: comparison.original.configuration.environment.runs,
        rejections,
    }
}

/// What is better than before, whether PM2's validator shows it or not: it leaves an interpreter
/// open, for one, and PM2 takes Node later.
fn repaired<'a>(app: &'a App, name: &'a str) -> impl Iterator<Item = Difference> + use<'a> {
    let changes = app.changes.iter().filter(|change| change.kind == ChangeKind::Repaired);
    changes.map(|change| compare::told(name, change))
}

/// What was left out and PM2's validator does not show.
fn unseen(app: &App, name: &str, shown: &[Difference]) -> Vec<Difference> {
    let changes = app.changes.iter().filter(|change| change.kind == ChangeKind::LeftOut);
    let unseen = changes.filter(|change| {
        let block = change.key.split('.').next().unwrap_or_default();
        let is_variable = block == "env" || block.starts_with("env_");
        shown.iter().all(|difference| {
            let same = [difference.key.as_str(), compare::table_name(difference)];
            let is_part = !is_variable && same.contains(&block);
            // One reason may show in several attributes.
            let same_reason = difference.reason.as_ref() == Some(&change.reason);
            !is_part && !same.contains(&change.key.as_str()) && (is_variable || !same_reason)
        })
    });
    unseen.map(|change| compare::told(name, change)).collect()
}

/// The variables whose values stand in the clear in the original, and what they are stored under.
fn clear(app: &App) -> Vec<(String, String)> {
    let profiles = app.profiles.iter().flat_map(|(profile, env)| {
        env.iter().map(move |(key, variable)| (format!("env_{profile}.{key}"), key, variable))
    });
    let own = app.env.iter().map(|(key, variable)| (format!("env.{key}"), key, variable));
    own.chain(profiles)
        .filter(|(_, _, variable)| variable.clear().is_some())
        .map(|(way, key, variable)| (way, mark(variable.stored().unwrap_or(key))))
        .collect()
}

/// Why something is not as it was.
fn change_of(app: &App, difference: &Difference, omitted: &[Omitted]) -> Option<Change> {
    let key = difference.key.as_str();
    let known = app.changes.iter().find(|change| {
        change.key == key
            || compare::table_name(difference) == change.key
            || key.split_once('.').is_some_and(|(block, _)| change.key == format!("{block}.*"))
    });
    known.cloned().or_else(|| {
        let omitted = omitted
            .iter()
            .find(|omitted| omitted.path.segments().last().is_some_and(|last| last == key))?;
        Some(Change {
            key: key.to_owned(),
            reason: omitted.reason.clone(),
            kind: ChangeKind::LeftOut,
        })
    })
}
