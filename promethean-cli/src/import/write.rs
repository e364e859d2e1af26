//! The Rust file around an ecosystem, and what its reader should know.

use camino::Utf8Path;
use promethean_core::emit::{Comments, source as language};
use promethean_core::foreign::is_hostile;
use promethean_core::list::some_of;

use super::NAMED;
use super::data::Data;
use super::environment::Depends;
use super::read::Configuration;
use super::shape::Shape;
use super::understand::{App, Variable};

/// The Rust file: the ecosystem and a `main`.
pub(super) fn source(shape: &Shape, file: &str) -> String {
    let ecosystem = language(&shape.declaration, &shape.comments, 1);
    let file: String = file.chars().filter(|letter| !is_hostile(*letter)).collect();
    format!(
        "//! The system that `{file}` configured for PM2.\n\n\
         use promethean::{{Ecosystem, ecosystem}};\n\n\
         static SYSTEM: Ecosystem = ecosystem! {{\n\
         {ecosystem}}};\n\n\
         fn main() -> std::process::ExitCode {{\n    promethean::main(&SYSTEM)\n}}\n"
    )
}

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
    let mut ways: Vec<&str> = configuration
        .depends_around()
        .map(|depends| if depends.way.is_empty() { "the list of apps" } else { &depends.way })
        .collect();
    ways.dedup();
    let variables = &configuration.environment.variables;
    if variables.is_empty() && ways.is_empty() {
        return None;
    }
    let names: Vec<String> = variables.iter().map(|name| format!("`{name}`")).collect();
    let names = match names.as_slice() {
        [] => "variables".to_owned(),
        names => names.join(" and "),
    };
    let decided = match ways.as_slice() {
        [] => String::new(),
        ways => format!(": {}", ways.join(", ")),
    };
    Some(format!(
        "The original depends on {names} of the environment. This is its result when nothing is \
         set{decided}."
    ))
}

/// `deploy` as JSON, with no secret in it.
fn deployment(deploy: &Data) -> Vec<String> {
    let hidden = hidden("deploy", deploy);
    let text = serde_json::to_string_pretty(&hidden).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The same without secrets and without what comes from outside.
fn hidden(key: &str, data: &Data) -> Data {
    use super::secret::{has_password, is_secret};
    match data {
        Data::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), hidden(key, value)));
            Data::Object(entries.collect())
        }
        Data::List(items) => Data::List(items.iter().map(|item| hidden(key, item)).collect()),
        Data::Text(text) if has_password(text) => Data::Text("…".to_owned()),
        Data::Text(_) | Data::Number(_) if key != "key" && is_secret(key) => {
            Data::Text("…".to_owned())
        }
        Data::Outside(outside) => {
            let pieces = outside.pieces.iter().map(|piece| match piece {
                super::data::Piece::Literal(text) => text.clone(),
                super::data::Piece::Variable { name, .. } => format!("${{{name}}}"),
            });
            Data::Text(pieces.collect())
        }
        other => other.clone(),
    }
}

/// What a reader should know beside the comments.
pub(super) fn notes(file: &Utf8Path, configuration: &Configuration, apps: &[App]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut clear: Vec<String> = apps
        .iter()
        .flat_map(|app| app.env.iter().chain(app.profiles.iter().flat_map(|(_, env)| env)))
        .filter_map(|(key, variable)| match variable {
            Variable::Secret { clear: Some(_), stored, .. } => {
                Some(stored.clone().unwrap_or_else(|| key.clone()))
            }
            _ => None,
        })
        .collect();
    clear.sort();
    clear.dedup();
    if !clear.is_empty() {
        notes.push(format!(
            "in plain text in {file}, and not copied: {}. Set it in the environment, or in a file that `secrets \"…\";` names",
            clear.join(", ")
        ));
    }
    let mut told: Vec<(&str, &Depends, Vec<&str>)> = Vec::new();
    for (index, app) in apps.iter().enumerate() {
        for (way, depends) in configuration.depends(index) {
            let same = |other: &&mut (&str, &Depends, Vec<&str>)| {
                other.0 == way
                    && (other.1.sort, &other.1.variables) == (depends.sort, &depends.variables)
            };
            match told.iter_mut().find(same) {
                Some((.., apps)) => apps.push(&app.name),
                None => told.push((way, depends, vec![&app.name])),
            }
        }
    }
    notes.extend(
        told.iter().map(|(way, depends, apps)| {
            depends.told(&format!("`{way}` of {}", some_of(apps, NAMED)))
        }),
    );
    notes.extend(configuration.depends_around().map(|depends| match depends.way.as_str() {
        "" => depends.told("the list of apps"),
        way => depends.told(&format!("`{way}`")),
    }));
    if configuration.environment.without_default {
        notes.push(
            "The file throws when nothing of what it reads of the environment is set, so no default was found"
                .to_owned(),
        );
    }
    notes
}
