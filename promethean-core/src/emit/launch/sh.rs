//! Lines for POSIX shells.

use super::{LaunchError, Start, is_identifier};
use crate::app::{SourcePiece, SourceText, Sources, Variable};

/// `(cd '/dir' && export TOKEN="${TOKEN:?…}" && exec env KEY=value program arguments)`
///
/// Secrets are exported by the shell itself: the arguments of `env` are in the process list. What
/// is no secret goes through `env`, which takes names that a shell has its own meaning for. A variable
/// with several sources is worked out before anything is exported, as one may read what another sets.
pub(super) fn line(start: &Start<'_>) -> Result<String, LaunchError> {
    let app = start.app;
    let mut commands = vec![format!("cd {}", quote(start, app.directory.as_str())?)];
    let (mut exports, mut optional) = (Vec::new(), Vec::new());
    let mut plain = Vec::new();
    for (key, variable) in &app.env {
        if start.reads_from_file(key) {
            continue;
        }
        match variable {
            Variable::Plain(text) => plain.push(assignment(start, key, text)?),
            Variable::Read(sources) => {
                let key = identifier(start, key)?;
                if let Some(source) = sources.only() {
                    exports.push(format!("{key}={}", needed(start, source, None)?));
                    continue;
                }
                let value = format!("promethean_{}", commands.len());
                commands.push(chain(start, key, sources, &value)?);
                match sources.or_unset {
                    false => exports.push(format!("{key}=\"${value}\"")),
                    true => optional.push(format!(
                        "if [ -n \"${{{value}+x}}\" ]; then export {key}=\"${value}\"; else unset {key}; fi"
                    )),
                }
            }
        }
    }
    for key in &start.file_keys {
        exports.push(format!("{}={}", identifier(start, key)?, reference(start, key, None)?));
    }
    if let Some(port) = app.port() {
        plain.retain(|assignment| !assignment.starts_with("PORT="));
        plain.push(format!("PORT={port}"));
    }
    if !exports.is_empty() {
        commands.push(format!("export {}", exports.join(" ")));
    }
    commands.append(&mut optional);
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

/// A command that sets `value` to the first source that is there.
fn chain(
    start: &Start<'_>,
    key: &str,
    sources: &Sources,
    value: &str,
) -> Result<String, LaunchError> {
    let mut command = String::new();
    let mut branch = |condition: &str, then: &str| {
        let word = match (command.is_empty(), condition.is_empty()) {
            (true, false) => "if ",
            (false, false) => "; elif ",
            // A chain has a source that has to be there, or one that may be missing before its end.
            (true, true) => return command.push_str(then),
            (false, true) => "; else ",
        };
        let then_word = if condition.is_empty() { "" } else { "; then " };
        command.extend([word, condition, then_word, then]);
    };
    let none_there = sources.none_there(key);
    let mut conditional = false;
    for (position, source) in sources.in_order.iter().enumerate() {
        let is_last = position + 1 == sources.in_order.len() && !sources.or_unset;
        let is_literal = source.literal().is_some();
        let assigned = format!("{value}={}", needed(start, source, Some(&none_there))?);
        if is_last || is_literal {
            branch("", &assigned);
            return Ok(if conditional { command + "; fi" } else { command });
        }
        branch(&is_set(start, source)?, &assigned);
        conditional = true;
    }
    branch("", &format!("unset {value}"));
    Ok(if conditional { command + "; fi" } else { command })
}

/// `[ -n "${A+x}" ] && [ -n "${B+x}" ]`
fn is_set(start: &Start<'_>, source: &SourceText) -> Result<String, LaunchError> {
    let tests = source.0.iter().filter_map(|piece| match piece {
        SourcePiece::Literal(_) => None,
        SourcePiece::Secret(name) | SourcePiece::Inherited(name) => {
            let test = |name| format!("[ -n \"${{{name}+x}}\" ]");
            Some(identifier(start, name).map(test))
        }
    });
    Ok(tests.collect::<Result<Vec<_>, _>>()?.join(" && "))
}

/// The value of a source, or the end of the line with a message when it is not there.
fn needed(
    start: &Start<'_>,
    SourceText(pieces): &SourceText,
    message: Option<&str>,
) -> Result<String, LaunchError> {
    let value = pieces.iter().map(|piece| match piece {
        SourcePiece::Literal(text) => quote(start, text),
        SourcePiece::Secret(name) | SourcePiece::Inherited(name) => reference(start, name, message),
    });
    value.collect()
}

/// A reference that ends the line with a message when the variable is not set.
fn reference(start: &Start<'_>, name: &str, message: Option<&str>) -> Result<String, LaunchError> {
    let name = identifier(start, name)?;
    Ok(match message {
        Some(message) => format!("\"${{{name}?{message}}}\""),
        None => format!("\"${{{name}?{name} is not set}}\""),
    })
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
