//! The environment of an app.

use std::collections::BTreeMap;

use super::data::{Data, Outside, Piece};
use super::entry::Reading;
use crate::import::app::{App, Raw, Variable};
use crate::import::secret::{has_password, is_address, is_secret};

/// Reads `env` and the `env_…` blocks.
pub(super) fn read(reading: &Reading<'_>, app: &mut App) {
    match reading.data.get("env") {
        None | Some(Data::Null) => {}
        Some(Data::Object(entries)) => app.env = variables(entries, app),
        Some(other) => app.left_out("env", format!("{} is not an object", other.kind())),
    }
    let Data::Object(entries) = reading.data else { return };
    for (key, value) in entries {
        let Some(profile) = key.strip_prefix("env_").filter(|profile| !profile.is_empty()) else {
            continue;
        };
        match value {
            Data::Object(entries) => {
                let env = variables(entries, app);
                if !env.is_empty() {
                    app.profiles.push((profile.to_owned(), env));
                }
            }
            Data::Text(file) if profile == "file" && !file.is_empty() => {
                app.set("env_file", vec![Raw::Text(file.clone())]);
                app.repaired(
                    "env_file",
                    format!(
                        "PM2 never read {file}: it reads `env_file` as an environment named `file`"
                    ),
                );
            }
            Data::Null => {}
            other => app.comment(format!(
                "PM2 reads `{key}` as the environment named `{profile}`, but it is {}.",
                other.kind()
            )),
        }
    }
}

fn variables(entries: &[(String, Data)], app: &mut App) -> Vec<(String, Variable)> {
    let mut variables = Vec::new();
    let mut spread = Vec::new();
    for (key, data) in entries {
        if key.is_empty() || key.contains(['=', '\0']) {
            app.left_out(&format!("env.{key}"), "no process can have a variable with this name");
            continue;
        }
        if promethean_core::reserved::is_reserved_key(key) {
            let reason = "PM2 reads a variable with this name as a setting of the app";
            app.left_out(&format!("env.{key}"), reason);
            continue;
        }
        match data {
            Data::Outside(outside) if outside.spread => spread.push(key.as_str()),
            Data::Outside(outside) => {
                let variable = from_outside(key, outside);
                let is_required = !matches!(variable, Variable::Inherit { .. });
                if is_required && outside.or.is_some() {
                    app.comment(format!(
                        "`{key}` has a default in the original. Here {} must be set.",
                        names(&outside.pieces)
                    ));
                }
                variables.push((key.clone(), variable));
            }
            plain => match plain.to_text() {
                text if text.contains('\0') => {
                    app.left_out(
                        &format!("env.{key}"),
                        "a NUL ends every text that a process is given",
                    );
                }
                text => variables.push((key.clone(), from_text(key, text))),
            },
        }
    }
    if !spread.is_empty() {
        app.comment(
            "The whole environment of the shell was spread into `env`. PM2 passes it on by itself; \
             what it needs is written `NAME = inherit;`.",
        );
        app.same("env.*", "the environment of the shell is passed on by PM2 itself");
    }
    variables
}

fn from_text(key: &str, text: String) -> Variable {
    let is_value = !text.is_empty() && !matches!(text.as_str(), "true" | "false" | "null");
    if is_value && (is_secret(key) || has_password(&text)) {
        return Variable::Secret { stored: None, clear: Some(text), file: None };
    }
    Variable::Text(text)
}

fn from_outside(key: &str, outside: &Outside) -> Variable {
    let Some((name, file)) = outside.alone() else {
        return Variable::Written(pieces(&outside.pieces));
    };
    let other = (name != key).then(|| name.to_owned());
    if file.is_some() || [name, key].into_iter().any(|name| is_secret(name) || is_address(name)) {
        return Variable::Secret { stored: other, clear: None, file };
    }
    let or = outside.or.as_deref().map(Data::to_text);
    if or.as_deref().is_some_and(has_password) {
        return Variable::Secret { stored: other, clear: None, file };
    }
    Variable::Inherit { from: other, or }
}

/// The variables of a text, as a person is told of them.
fn names(pieces: &[Piece]) -> String {
    let mut names: Vec<String> = Vec::new();
    for piece in pieces {
        if let Piece::Variable { name, .. } = piece {
            let name = format!("`{name}`");
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.join(" and ")
}

/// A text with variables in it. What stands in a text is looked for among the secrets and then in
/// the environment.
fn pieces(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => promethean_core::text::escape(text),
            Piece::Variable { name, .. } => format!("{{secret {name}}}"),
        })
        .collect()
}

/// Secrets that stand in the clear under one name and differ from app to app are stored under names
/// of their own.
pub(super) fn tell_apart(apps: &mut [App]) {
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, clear) in apps.iter().flat_map(in_the_clear) {
        let known = values.entry(key.to_owned()).or_default();
        if !known.contains(clear) {
            known.push(clear.clone());
        }
    }
    let mut names: BTreeMap<(String, String), String> = BTreeMap::new();
    for app in apps.iter_mut() {
        let prefix =
            app.name.to_uppercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
        let profiles = app.profiles.iter_mut().map(|(name, env)| (Some(name.to_uppercase()), env));
        for (profile, env) in std::iter::once((None, &mut app.env)).chain(profiles) {
            for (key, variable) in env {
                let Variable::Secret { stored, clear: Some(clear), .. } = variable else {
                    continue;
                };
                if values.get(key).is_none_or(|known| known.len() < 2) {
                    continue;
                }
                let own = match &profile {
                    Some(profile) => format!("{prefix}_{profile}_{key}"),
                    None => format!("{prefix}_{key}"),
                };
                let name = names.entry((key.clone(), clear.clone())).or_insert(own);
                *stored = Some(name.clone());
            }
        }
    }
}

fn in_the_clear(app: &App) -> impl Iterator<Item = (&str, &String)> {
    let profiles = app.profiles.iter().flat_map(|(_, env)| env);
    app.env
        .iter()
        .chain(profiles)
        .filter_map(|(key, variable)| Some((key.as_str(), variable.clear()?)))
}
