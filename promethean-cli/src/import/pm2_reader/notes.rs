//! What a reader should know about a file of PM2's as a whole: comments and notes.

use camino::Utf8Path;
use promethean_core::emit::Comments;
use promethean_core::list::some_of;

use super::configuration::Configuration;
use super::data::{Data, Piece};
use super::evaluate::trace::{Depends, Sort};
use crate::import::NAMED;
use crate::import::app::App;
use crate::import::losses::in_the_clear;
use crate::import::secret::{is_secret, looks_secret};

/// Comments on the ecosystem as a whole.
pub(super) fn comment(comments: &mut Comments, configuration: &Configuration, file: &str) {
    comments.add_top(decided(configuration));
    if !configuration.others.is_empty() && file != "package.json" {
        let keys: Vec<String> = configuration.others.iter().map(|key| format!("`{key}`")).collect();
        comments
            .add_top([format!("The file also has {}, which is not imported.", keys.join(" and "))]);
    }
    if let Some(deploy) = &configuration.deploy {
        comments.add_bottom([
            "What `pm2 deploy` was given, which an ecosystem cannot express:".to_owned()
        ]);
        comments.add_bottom(deployment(deploy));
    }
}

/// What the environment decides without showing in what comes of it.
fn decided(configuration: &Configuration) -> Option<String> {
    let ways = ways(configuration);
    let environment = &configuration.environment;
    let told =
        |name: &&String| environment.depends.iter().any(|depends| depends.variables.contains(name));
    let is_unknown =
        |depends: &Depends| depends.variables.is_empty() && depends.sort != Sort::Unsteady;
    let is_open = environment.depends.iter().any(is_unknown);
    // Facts of this machine get a note where they are used, and so does what depends on known variables.
    let names: Vec<&String> = match (ways.is_empty(), is_open) {
        (false, _) => environment.variables.iter().collect(),
        (true, true) => environment.variables.iter().filter(|name| !told(name)).collect(),
        // Whatever the others were set to, nothing came of it.
        (true, false) => environment.untried.iter().collect(),
    };
    let names = names_of(&names);
    if ways.is_empty() && names.is_empty() {
        return None;
    }
    if ways.is_empty() && !is_open {
        let names = some_of(&names, NAMED);
        return Some(format!(
            "The original also reads {names}, and fails with every value that was tried. This is its result without."
        ));
    }
    let names = match names.as_slice() {
        [] => "the environment".to_owned(),
        names => some_of(names, NAMED),
    };
    let decided = match ways.as_slice() {
        [] => String::new(),
        ways => format!(": {}", ways.join(", ")),
    };
    Some(format!(
        "The original depends on {names}. This is its result when nothing is set{decided}."
    ))
}

fn names_of(variables: &[&String]) -> Vec<String> {
    variables.iter().map(|name| format!("`{name}`")).collect()
}

/// What is no part of an app and depends on the environment.
fn ways(configuration: &Configuration) -> Vec<String> {
    let mut ways: Vec<String> = configuration
        .depends_around()
        .map(|depends| match depends.way.as_str() {
            "" | "apps" => "the list of apps".to_owned(),
            way => format!("`{way}`"),
        })
        .collect();
    ways.dedup();
    ways
}

/// What the comparison does not find out.
pub(super) fn unproven(configuration: &Configuration) -> Vec<String> {
    let mut unproven = ways(configuration);
    let untried: Vec<&String> = configuration.environment.untried.iter().collect();
    let untried = names_of(&untried);
    unproven.extend(untried.into_iter().map(|name| format!("what {name} changes")));
    let unanswered = configuration.environment.unanswered.iter();
    unproven.extend(unanswered.map(|why| format!("some environments ({why})")));
    let programs = configuration.environment.programs.iter();
    unproven.extend(programs.map(|line| format!("what `{line}` prints")));
    unproven
}

/// `deploy` as JSON, with no secret in it.
fn deployment(deploy: &Data) -> Vec<String> {
    let hidden = hidden("deploy", deploy);
    let text = serde_json::to_string_pretty(&hidden).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The same without secrets and without what comes from outside.
fn hidden(key: &str, data: &Data) -> Data {
    match data {
        Data::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), hidden(key, value)));
            Data::Object(entries.collect())
        }
        Data::List(items) => Data::List(items.iter().map(|item| hidden(key, item)).collect()),
        Data::Text(text) if looks_secret(text) => Data::Text("…".to_owned()),
        Data::Text(_) | Data::Number(_) if key != "key" && is_secret(key) => {
            Data::Text("…".to_owned())
        }
        Data::Outside(outside) => {
            let pieces = outside.pieces.iter().map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Variable { name, .. } => format!("${{{name}}}"),
            });
            Data::Text(pieces.collect())
        }
        other => other.clone(),
    }
}

/// What a reader should know beside the comments.
pub(super) fn notes(file: &Utf8Path, configuration: &Configuration, apps: &[App]) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(in_the_clear(file, apps));
    for depends in configuration.depends_around() {
        let way = match depends.way.as_str() {
            "" | "apps" => "the list of apps".to_owned(),
            way => format!("`{way}`"),
        };
        notes.push(format!("{way}: {}", depends.reason()));
    }
    let environment = &configuration.environment;
    let files = environment.read_one_by_one.iter().filter_map(|file| environment.files.get(*file));
    let files: Vec<String> =
        files.map(|file| format!("`{}`", file.file_name().unwrap_or_default())).collect();
    let flags = environment.flags.iter().map(|name| format!("`{name}`"));
    let passed_on: Vec<String> = files.into_iter().chain(flags).collect();
    if !passed_on.is_empty() {
        notes.push(format!(
            "the file puts {} into its environment, and PM2 passes that on to every app; here an app has only what its `env` names",
            some_of(&passed_on, NAMED)
        ));
    }
    let programs = &configuration.environment.programs;
    if !programs.is_empty() {
        let programs: Vec<String> = programs.iter().map(|line| format!("`{line}`")).collect();
        notes.push(format!(
            "the file runs {}; what is imported is made of today's output",
            some_of(&programs, NAMED)
        ));
    }
    let empty = &configuration.environment.empty_is_unset;
    if !empty.is_empty() {
        let names: Vec<String> = empty.iter().map(|name| format!("`{name}`")).collect();
        notes.push(format!(
            "where {} {} set to an empty text, the original takes another value, as with `||`; here it is the empty text",
            some_of(&names, NAMED),
            if names.len() == 1 { "is" } else { "are" }
        ));
    }
    if configuration.environment.without_default {
        notes.push(
            "The file throws when nothing of what it reads of the environment is set, so no default was found"
                .to_owned(),
        );
    }
    notes
}
