//! What words are to a shell.

use std::borrow::Cow;

use crate::paths::file_name;

/// Shells that read a command after `-c`.
const SHELLS: [&str; 6] = ["ash", "bash", "dash", "ksh", "sh", "zsh"];

/// The words that let a shell read a line: `sh -c "./build && ./start"`.
#[must_use]
pub fn with_shell(line: &str) -> Vec<String> {
    ["sh", "-c", line].map(str::to_owned).to_vec()
}

/// Whether a program is a shell, whatever its path.
#[must_use]
pub fn is_shell(program: &str) -> bool {
    SHELLS.contains(&file_name(program))
}

/// Whether a word joins two commands, as `&&` does.
pub(crate) fn joins_commands(word: &str) -> bool {
    matches!(word, "|" | "|&" | "||" | "&&" | ";")
}

/// `NODE_ENV=production`; a path with `=` is none.
pub(crate) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_name = name.chars().all(is_part)
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    is_name.then_some((name, value))
}

/// A word as a shell reads it; `None` where there is no way to write it. An assignment in quotes would be the name of a
/// program.
pub(crate) fn quoted(word: &str, can_assign: bool) -> Option<String> {
    match assignment(word).filter(|_| can_assign) {
        Some((name, value)) => Some(format!("{name}={}", shlex::try_quote(value).ok()?)),
        None => shlex::try_quote(word).ok().map(Cow::into_owned),
    }
}
