//! The environment of an app.

use std::collections::BTreeMap;

use camino::Utf8Path;
use promethean_core::list::some_of;

use super::data::{Data, Outside, Piece};
use super::entry::Reading;
use super::keys;
use crate::import::app::{App, Raw, Variable};
use crate::import::import_paths::ImportPaths;
use crate::import::secret::{has_password, is_address, is_secret, looks_secret};

/// Reads `env` and the `env_…` blocks.
pub(super) fn read(reading: &Reading<'_>, app: &mut App) {
    read_loaded_files(reading, app);
    match reading.data.get("env") {
        None | Some(Data::Null) => {}
        Some(Data::Object(entries)) => app.env = variables(reading, "env", entries, app),
        Some(other) => app.left_out("env", format!("{} is not an object", other.kind())),
    }
    let Data::Object(entries) = reading.data else { return };
    for (key, value) in entries {
        let Some(profile) = key.strip_prefix("env_").filter(|profile| !profile.is_empty()) else {
            continue;
        };
        match value {
            Data::Object(entries) => {
                let env = variables(reading, key, entries, app);
                if !env.is_empty() {
                    app.profiles.push((profile.to_owned(), env));
                }
            }
            Data::Text(file) if profile == "file" && !file.is_empty() => {
                let path = Utf8Path::new(file);
                let file = ImportPaths::within(path, &app.directory, reading.base)
                    .unwrap_or_else(|| file.clone());
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

/// A dotenv file that the configuration puts into its own environment reaches every app: PM2 passes its
/// environment on.
fn read_loaded_files(reading: &Reading<'_>, app: &mut App) {
    let environment = reading.environment;
    let mut files = environment.loaded.iter().filter_map(|file| environment.files.get(*file));
    let Some(file) = files.next() else { return };
    if app.setting("env_file").is_none() {
        let path = ImportPaths::within(file, &app.directory, reading.base)
            .unwrap_or_else(|| file.to_string());
        let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
        app.set("env_file", vec![Raw::Text(path)]);
        app.same("env_file", "the file puts it into the environment, which PM2 passes on");
        app.comment_on("env_file", "The original loads it, and PM2 passes all of it on.");
    }
    for file in files {
        let name = file.file_name().unwrap_or_default();
        app.left_out("env_file", format!("the original also loads `{name}`, and PM2 passes it on"));
    }
}

/// Gives Node options to a program that is not started under Node here, but runs on it.
pub(super) fn add_node_options(options: &[String], app: &mut App) {
    let line = options.join(" ");
    match app.env.iter_mut().find(|(key, _)| key == "NODE_OPTIONS") {
        Some((_, Variable::Text(own))) => *own = format!("{line} {own}"),
        Some((
            _,
            Variable::Written { .. }
            | Variable::Secret { .. }
            | Variable::Inherit { .. }
            | Variable::Or { .. },
        )) => {
            return app.left_out("node_args", "`NODE_OPTIONS` is in use already");
        }
        None => app.env.push(("NODE_OPTIONS".to_owned(), Variable::Text(line))),
    }
    let reason =
        "PM2 gives them to this program alone; `NODE_OPTIONS` gives them to what it starts, too";
    app.comment_on("env.NODE_OPTIONS", format!("The `node_args` of the original. {reason}."));
    app.changed("node_args", reason);
    app.same("env.NODE_OPTIONS", reason);
}

fn variables(
    reading: &Reading<'_>,
    block: &str,
    entries: &[(String, Data)],
    app: &mut App,
) -> Vec<(String, Variable)> {
    let mut variables = Vec::new();
    let mut spread = Vec::new();
    let mut required: Vec<String> = Vec::new();
    let mut reserved: Vec<(&str, Option<String>)> = Vec::new();
    for (key, data) in entries {
        if key.is_empty() || key.contains(['=', '\0']) {
            app.left_out(
                &format!("{block}.{key}"),
                "no process can have a variable with this name",
            );
            continue;
        }
        if promethean_core::reserved::is_reserved_key(key) {
            let reason = "PM2 reads a variable with this name as a setting of the app";
            app.changed(&format!("{block}.{key}"), reason);
            reserved.push((key.as_str(), keys::written(key, data)));
            continue;
        }
        match data {
            Data::Outside(outside) if outside.spread => spread.push(key.as_str()),
            Data::Outside(outside) => {
                let way = format!("{block}.{key}");
                if let (Some((name, None)), Some(or)) = (outside.alone(), &outside.or)
                    && name.ends_with(')')
                {
                    let text = or.to_text();
                    app.comment_on(
                        &way,
                        format!("The original asks `{name}`; this is the value of this machine."),
                    );
                    let reason = format!("here it is {text}: the original asks `{name}`");
                    app.changed(&way, reason);
                    variables.push((key.clone(), Variable::Text(text)));
                    continue;
                }
                if outside.alone().is_none() && holds_secret(&outside.pieces) {
                    let reason = "a secret is in it in plain text, and not copied";
                    app.differs(&way, reason);
                    let secret = Variable::Secret { stored: None, clear: None, file: None };
                    variables.push((key.clone(), secret));
                    continue;
                }
                let (variable, prefers_environment) = from_outside(key, outside, reading);
                if prefers_environment {
                    let reason = "the original prefers the environment to the file; `secret` looks into files first";
                    app.differs(&way, reason);
                }
                if let Some(why) = without_default(&variable, outside, reading) {
                    app.changed(&way, why);
                    required.extend(needed_names(outside, reading));
                }
                variables.push((key.clone(), variable));
            }
            plain => match plain.to_text() {
                text if text.contains('\0') => {
                    app.left_out(
                        &format!("{block}.{key}"),
                        "a NUL ends every text that a process is given",
                    );
                }
                text if plain.holds_secret() => {
                    let clear = Some(text);
                    let secret = Variable::Secret { stored: None, clear, file: None };
                    variables.push((key.clone(), secret));
                }
                text => variables.push((key.clone(), from_text(key, text))),
            },
        }
    }
    if !reserved.is_empty() {
        let names: Vec<String> = reserved.iter().map(|(key, _)| format!("`{key}`")).collect();
        let names = some_of(&names, usize::MAX - 1);
        let lines: Vec<String> = reserved.into_iter().filter_map(|(_, written)| written).collect();
        let place = if block == "env" { "the service" } else { "the profile" };
        let mut text =
            format!("`{block}` has {names}, which PM2 reads as settings and not as variables.");
        if !lines.is_empty() {
            text = format!("{text} As attributes of {place}:\n{}", lines.join("\n"));
        }
        app.comment(text);
    }
    required.dedup();
    if !required.is_empty() {
        let names: Vec<String> = required.iter().map(|name| format!("`{name}`")).collect();
        let (is, must) = match names.len() {
            1 => ("is", "must be set"),
            _ => ("are", "must be set"),
        };
        let names = some_of(&names, usize::MAX - 1);
        app.comment(format!("PM2 starts it when {names} {is} not set. Here {names} {must}."));
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
    if is_value && (is_secret(key) || has_password(&text) || looks_secret(&text)) {
        return Variable::Secret { stored: None, clear: Some(text), file: None };
    }
    Variable::Text(text)
}

/// What a variable is given that is read from outside, and whether that prefers the environment to the file that it is
/// read from.
fn from_outside(key: &str, outside: &Outside, reading: &Reading<'_>) -> (Variable, bool) {
    let mut sources: Vec<Variable> = match outside.alone() {
        Some(_) => outside.pieces.iter().map(|piece| from_piece(key, piece)).collect(),
        None => {
            let alternatives = alternatives(key, outside).into_iter();
            alternatives.map(|pieces| written(&pieces)).collect()
        }
    };
    sources.extend(outside.fallbacks.iter().map(|piece| from_piece(key, piece)));
    sources.extend(default_of(key, outside).map(Variable::Text));
    let prefers_environment = secrets_once(&mut sources);
    let or_unset = is_optional(outside, &reading.environment.base);
    let variable = match (sources.len(), or_unset, sources.pop()) {
        (1, false, Some(only)) => only,
        (_, _, last) => {
            sources.extend(last);
            Variable::Or { sources, or_unset }
        }
    };
    (variable, prefers_environment)
}

/// `secret` looks into files and then into the environment: what is read from one file and from the environment is one
/// source. Returns whether the original asks the environment first.
fn secrets_once(sources: &mut Vec<Variable>) -> bool {
    let mut once: Vec<Variable> = Vec::new();
    let mut prefers_environment = false;
    for source in std::mem::take(sources) {
        let same = once.iter_mut().find_map(|known| match (known, &source) {
            (
                Variable::Secret { stored, clear: None, file },
                Variable::Secret { stored: other, clear: None, file: other_file },
            ) if stored == other
                && (*file == *other_file || file.is_none() || other_file.is_none()) =>
            {
                Some((file, *other_file))
            }
            _ => None,
        });
        match same {
            Some((file, other)) => {
                prefers_environment |= file.is_none() && other.is_some();
                *file = file.or(other);
            }
            None => once.push(source),
        }
    }
    *sources = once;
    prefers_environment
}

/// What a text is put together from, and what in its place when some of its variables are not set.
pub(super) fn alternatives(key: &str, outside: &Outside) -> Vec<Vec<Piece>> {
    let mut alternatives = outside.alternatives(&|name| is_hidden(name) || is_secret(key));
    // The first has no defaults in it.
    let mut is_first = true;
    alternatives.retain(|pieces| std::mem::take(&mut is_first) || !holds_secret(pieces));
    alternatives
}

/// Whether what stands in the clear between the variables of a text is a secret.
fn holds_secret(pieces: &[Piece]) -> bool {
    let literals = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.as_str(),
        Piece::Variable { .. } => "",
    });
    let clear: String = literals.collect();
    has_password(&clear) || looks_secret(&clear)
}

fn from_piece(key: &str, piece: &Piece) -> Variable {
    let (name, file) = match piece {
        Piece::Literal(text) => return Variable::Text(text.clone()),
        Piece::Variable { name, file } => (name, *file),
    };
    let other = (name != key).then(|| name.clone());
    match file.is_some() || is_hidden(name) || is_hidden(key) {
        true => Variable::Secret { stored: other, clear: None, file },
        false => Variable::Inherit { from: other },
    }
}

/// Whether the value of a variable is not for all eyes.
pub(super) fn is_hidden(name: &str) -> bool {
    is_secret(name) || is_address(name)
}

/// What is taken when nothing is set; `None` where that is a secret.
pub(super) fn default_of(key: &str, outside: &Outside) -> Option<String> {
    let mut pieces = outside.pieces.iter().chain(&outside.fallbacks);
    let of_pieces = pieces.any(|piece| match piece {
        Piece::Variable { name, .. } => {
            is_hidden(name) && outside.defaults.get(name).is_none_or(|text| !text.is_empty())
        }
        Piece::Literal(_) => false,
    });
    // An empty text and an address without a password give nothing away.
    outside.or.as_deref().map(Data::to_text).filter(|or| {
        let is_address = or.contains("://") && (!of_pieces || outside.alone().is_some());
        let hidden = of_pieces || is_hidden(key);
        !has_password(or) && !looks_secret(or) && (!hidden || or.is_empty() || is_address)
    })
}

/// Whether the variable is left out when nothing is set; what is set on every machine never is.
pub(super) fn is_optional(outside: &Outside, base: &BTreeMap<String, String>) -> bool {
    outside.is_optional
        && outside.or.is_none()
        && outside.pieces.iter().any(|piece| match piece {
            Piece::Variable { name, file } => file.is_some() || !base.contains_key(name),
            Piece::Literal(_) => false,
        })
}

/// Why a variable must be set that PM2 does without.
fn without_default(
    variable: &Variable,
    outside: &Outside,
    reading: &Reading<'_>,
) -> Option<&'static str> {
    // The original throws without it, or it is set on every machine, or it stands in a file.
    if reading.environment.without_default || needed_names(outside, reading).is_empty() {
        return None;
    }
    let is_given = match variable {
        Variable::Or { or_unset: true, .. } => true,
        other => matches!(other.sources().last(), Some(Variable::Text(_))),
    };
    match outside.or.is_some() {
        _ if is_given => None,
        true => Some("it must be set here: its default in the original is a secret"),
        false => Some("it must be set here; PM2 starts the app without it"),
    }
}

/// The variables of the environment that a text needs: not those that are set everywhere, and not those
/// that have a default in it.
fn needed_names(outside: &Outside, reading: &Reading<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in &outside.pieces {
        if let Piece::Variable { name, file: None } = piece
            && !reading.environment.base.contains_key(name)
            && (is_hidden(name) || !outside.defaults.contains_key(name))
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    names
}

/// A text with variables in it, and the files that it needs.
fn written(pieces: &[Piece]) -> Variable {
    let mut files: Vec<usize> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Variable { file, .. } => *file,
            Piece::Literal(_) => None,
        })
        .collect();
    files.sort_unstable();
    files.dedup();
    Variable::Written { text: self::pieces(pieces), files }
}

/// The pieces as a text of the language.
fn pieces(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => promethean_core::text::escape(text),
            Piece::Variable { name, file } if file.is_some() || is_hidden(name) => {
                format!("{{secret {name}}}")
            }
            Piece::Variable { name, .. } => format!("{{inherit {name}}}"),
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
