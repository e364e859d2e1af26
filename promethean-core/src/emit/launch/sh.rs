//! Lines for POSIX shells.

use super::{LaunchError, Start, is_identifier};
use crate::app::{SecretPiece, Variable};

/// `(cd '/dir' && export TOKEN="${TOKEN:?…}" && exec env KEY=value program arguments)`
///
/// Secrets are exported by the shell itself: the arguments of `env` are in the process list. What
/// is no secret goes through `env`, which takes names that a shell has its own meaning for.
pub(super) fn line(start: &Start<'_>) -> Result<String, LaunchError> {
    let app = start.app;
    let mut commands = vec![format!("cd {}", quote(start, app.directory.as_str())?)];
    let mut exports = Vec::new();
    let mut plain = Vec::new();
    for (key, variable) in &app.env {
        if start.reads_from_file(key) {
            continue;
        }
        match variable {
            Variable::Plain(text) => plain.push(assignment(start, key, text)?),
            Variable::Secret(pieces) => {
                let value = pieces.iter().map(|piece| match piece {
                    SecretPiece::Literal(text) => quote(start, text),
                    SecretPiece::Secret(name) => reference(start, name),
                });
                let value: String = value.collect::<Result<_, _>>()?;
                exports.push(format!("{}={value}", identifier(start, key)?));
            }
            Variable::Inherited { from, or } => {
                let from = identifier(start, from)?;
                let value = match or {
                    None => format!("\"${{{from}?{from} is not set}}\""),
                    Some(or) => {
                        let or = quote(start, or)?;
                        commands.push(format!("{{ [ -n \"${{{from}+x}}\" ] || {from}={or}; }}"));
                        format!("\"${from}\"")
                    }
                };
                exports.push(format!("{}={value}", identifier(start, key)?));
            }
        }
    }
    for key in &start.file_keys {
        exports.push(format!("{}={}", identifier(start, key)?, reference(start, key)?));
    }
    if let Some(port) = app.port() {
        plain.retain(|assignment| !assignment.starts_with("PORT="));
        plain.push(format!("PORT={port}"));
    }
    if !exports.is_empty() {
        commands.push(format!("export {}", exports.join(" ")));
    }
    commands.push(format!("exec {}", program(start, plain)?));
    Ok(format!("({})", commands.join(" && ")))
}

/// The program with its arguments, behind `env` where it gets variables.
fn program(start: &Start<'_>, plain: Vec<String>) -> Result<String, LaunchError> {
    let quoted = start.words.iter().map(|word| quote(start, word));
    let mut words: Vec<String> = quoted.collect::<Result<_, _>>()?;
    if !plain.is_empty() {
        // `env` takes a word with a `-` for an option and every word with a `=` for a variable.
        let dash = start.app.env.iter().any(|(key, _)| key.starts_with('-'));
        let mut line = vec!["env".to_owned()];
        line.extend(dash.then(|| "--".to_owned()));
        line.extend(plain);
        if start.words.first().is_some_and(|program| program.contains('=')) {
            line.extend(["sh", "-c", "'exec \"$0\" \"$@\"'"].map(str::to_owned));
        }
        line.append(&mut words);
        words = line;
    }
    Ok(words.join(" "))
}

/// `KEY='value'`
fn assignment(start: &Start<'_>, key: &str, text: &str) -> Result<String, LaunchError> {
    match is_identifier(key) {
        true => Ok(format!("{key}={}", quote(start, text)?)),
        false => quote(start, &format!("{key}={text}")),
    }
}

/// A reference that ends the line with a message when the variable is unset or empty.
fn reference(start: &Start<'_>, name: &str) -> Result<String, LaunchError> {
    let name = identifier(start, name)?;
    Ok(format!("\"${{{name}:?{name} is not set}}\""))
}

fn identifier<'n>(start: &Start<'_>, name: &'n str) -> Result<&'n str, LaunchError> {
    match is_identifier(name) {
        true => Ok(name),
        false => Err(LaunchError::NotAnIdentifier {
            app: start.app.name.to_string(),
            name: name.to_owned(),
        }),
    }
}

fn quote(start: &Start<'_>, text: &str) -> Result<String, LaunchError> {
    let quoted = shlex::try_quote(text);
    quoted
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| LaunchError::Nul { app: start.app.name.to_string() })
}
