//! What a reader should know about a file of PM2's as a whole: comments and notes.

use camino::Utf8Path;
use promethean_core::emit::Comments;
use promethean_core::list::some_of;

use super::configuration::Configuration;
use super::data::{Data, Piece};
use super::evaluate::trace::Depends;
use crate::import::NAMED;
use crate::import::app::App;
use crate::import::secret::{has_password, is_secret};

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
    let mut clear: Vec<String> = apps
        .iter()
        .flat_map(|app| app.env.iter().chain(app.profiles.iter().flat_map(|(_, env)| env)))
        .filter(|(_, variable)| variable.clear().is_some())
        .map(|(key, variable)| variable.stored().unwrap_or(key).to_owned())
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
