//! Lines for PowerShell.
//!
//! Its variables belong to the whole process, so the line puts them back when the app has ended.
//! Windows PowerShell 5 drops double quotes inside arguments; PowerShell 7.3 and later do not.

use super::{LaunchError, Start};
use crate::app::{SourcePiece, SourceText, Sources, Variable};
use crate::endpoint::PORT;

/// Gives a variable, or ends the line with a message.
const NEED: &str = "function Need($name) { $value = [Environment]::GetEnvironmentVariable($name); \
     if ($null -eq $value) { throw \"$name is not set\" }; $value }";

/// Remembers all variables.
const SAVE: &str =
    "$before = @{}; Get-ChildItem Env: | ForEach-Object { $before[$_.Name] = $_.Value }";

/// Puts all variables back.
const RESTORE: &str = "Get-ChildItem Env: | Where-Object { -not $before.ContainsKey($_.Name) } | \
     ForEach-Object { [Environment]::SetEnvironmentVariable($_.Name, $null) }; \
     $before.GetEnumerator() | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Key, $_.Value) }";

pub(super) fn line(start: &Start<'_>) -> Result<String, LaunchError> {
    let app = start.app;
    let nul = |text: &str| match text.contains('\0') {
        true => Err(LaunchError::Nul { app: app.name.to_string() }),
        false => Ok(()),
    };
    let mut values: Vec<(String, String)> = Vec::new();
    for (key, variable) in &app.env {
        if start.reads_from_file(key) {
            continue;
        }
        let value = match variable {
            Variable::Plain(text) => {
                nul(text)?;
                quote(text)
            }
            Variable::Read(sources) => {
                let pieces = sources.in_order.iter().flat_map(|source| &source.0);
                for piece in pieces {
                    if let SourcePiece::Literal(text) = piece {
                        nul(text)?;
                    }
                }
                match sources.only() {
                    Some(source) => needed(source),
                    None => chain(sources),
                }
            }
        };
        values.push((key.to_string(), value));
    }
    values.extend(start.file_keys.iter().map(|key| (key.clone(), reference(key))));
    if let Some(port) = app.port() {
        values.retain(|(key, _)| key != PORT);
        values.push((PORT.to_owned(), quote(&port.to_string())));
    }
    // All references are read before any variable is set.
    let read = values.iter().map(|(_, value)| format!("({value})")).collect::<Vec<_>>().join(", ");
    let set = values.iter().enumerate().map(|(index, (key, _))| {
        format!("[Environment]::SetEnvironmentVariable({}, $values[{index}])", quote(key))
    });
    let mut inside = vec![format!("$values = @({read})")];
    inside.extend(set);
    for word in &start.words {
        nul(word)?;
    }
    let words: Vec<String> = start.words.iter().map(|word| quote(word)).collect();
    inside.push(format!("& {}", words.join(" ")));
    Ok(format!(
        "& {{ {NEED}; {SAVE}; Push-Location -LiteralPath {}; try {{ {} }} finally {{ Pop-Location; {RESTORE} }} }}",
        quote(app.directory.as_str()),
        inside.join("; ")
    ))
}

/// The first source that is there. PowerShell passes `$null` on as an empty text, this one as none.
fn chain(sources: &Sources) -> String {
    let mut branches: Vec<String> = Vec::new();
    let otherwise = |branches: Vec<String>, value: &str| match branches.is_empty() {
        true => value.to_owned(),
        false => format!("$({} else {{ {value} }})", branches.join(" else")),
    };
    for (position, source) in sources.in_order.iter().enumerate() {
        let is_last = position + 1 == sources.in_order.len() && !sources.or_unset;
        if is_last || source.literal().is_some() {
            return otherwise(branches, &needed(source));
        }
        let names = source.0.iter().filter_map(|piece| match piece {
            SourcePiece::Literal(_) => None,
            SourcePiece::Secret(name) | SourcePiece::Inherited(name) => Some(quote(name)),
        });
        let tests = names.map(|name| format!("$before.ContainsKey({name})"));
        let tests = tests.collect::<Vec<_>>().join(" -and ");
        branches.push(format!("if ({tests}) {{ {} }}", needed(source)));
    }
    otherwise(branches, "[NullString]::Value")
}

/// The value of a source, or the end of the line with a message when it is not there.
fn needed(SourceText(pieces): &SourceText) -> String {
    let pieces = pieces.iter().map(|piece| match piece {
        SourcePiece::Literal(text) => quote(text),
        SourcePiece::Secret(name) | SourcePiece::Inherited(name) => reference(name),
    });
    let value = pieces.collect::<Vec<_>>().join(" + ");
    if value.is_empty() { quote("") } else { value }
}

fn reference(name: &str) -> String {
    format!("(Need {})", quote(name))
}

/// In single quotes PowerShell takes everything as it is, but for the quotes themselves, of
/// which it knows five.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in text.chars() {
        if matches!(character, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(character);
        }
        quoted.push(character);
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn single_quotes_are_doubled() {
        assert_eq!(quote("it's $HOME `n"), "'it''s $HOME `n'");
        assert_eq!(quote("’"), "'’’'");
        assert_eq!(quote(""), "''");
    }
}
