//! The globs of `watch` and `ignore_watch`, as PM2's chokidar 3 reads them (`picomatch`, where a wildcard
//! stands for a dot, too).

use std::path::{Path, PathBuf};

use regex_lite::Regex;

/// A glob.
#[derive(Clone, Debug)]
pub struct Glob {
    regex: Regex,
    written: String,
}

/// What begins a wildcard.
const WILDCARDS: [char; 5] = ['*', '?', '[', '{', '('];

/// Whether a path is a glob.
#[must_use]
pub fn is_glob(path: &str) -> bool {
    path.contains(WILDCARDS)
}

impl Glob {
    /// Reads a glob; `None` if it has what is not supported here: `!(…)`, `{1..9}`, a leading `!`, and
    /// wildcards side by side that picomatch reads in its own way, such as `***` and `(a|b)?`.
    #[must_use]
    pub fn new(written: &str) -> Option<Glob> {
        let mut regex = String::from("(?s)^");
        (!written.starts_with('!')).then_some(())?;
        translate(written, &mut regex)?;
        regex.push('$');
        Some(Glob { regex: Regex::new(&regex).ok()?, written: written.to_owned() })
    }

    /// Whether it matches a whole path.
    #[must_use]
    pub fn matches(&self, path: &Path) -> bool {
        path.to_str().is_some_and(|path| path == self.written || self.regex.is_match(path))
    }

    /// The directory that everything it can match is in.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        let mut segments: Vec<&str> = self.written.split('/').collect();
        segments.pop();
        let literal = segments.into_iter().map_while(literal).collect::<Vec<_>>().join("/");
        if literal.is_empty() { "/".into() } else { literal.into() }
    }
}

/// The text that a segment stands for; `None` if there are several. `[(]` is an escaped `(`.
fn literal(segment: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = segment.chars();
    while let Some(character) = rest.next() {
        match character {
            '[' => {
                text.push(rest.next()?);
                (rest.next()? == ']').then_some(())?;
            }
            wildcard if WILDCARDS.contains(&wildcard) => return None,
            other => text.push(other),
        }
    }
    Some(text)
}

/// Adds a glob to a regular expression.
fn translate(glob: &str, regex: &mut String) -> Option<()> {
    let is_whole = regex.ends_with('^');
    let mut rest = glob;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        rest = match first {
            '!' if after.starts_with('(') => return None,
            '@' | '+' | '*' | '?' if group(after).is_some() => {
                let (content, after) = group(after)?;
                (!after.starts_with(['?', '*', '+'])).then_some(())?;
                alternatives(content, '|', regex)?;
                regex.push_str(if first == '@' { "" } else { &rest[..1] });
                after
            }
            '*' => {
                let before = glob.strip_suffix(rest)?;
                let begins = before.is_empty() && is_whole || before.ends_with('/');
                stars(before, rest, begins, regex)?
            }
            '?' => {
                regex.push_str("[^/]");
                after
            }
            '[' => match class(after) {
                Some((content, after)) => {
                    regex.push_str(&content);
                    after
                }
                None => literally(first, after, regex),
            },
            '{' => match split(rest, '{', '}') {
                Some((content, _)) if content.contains("..") => return None,
                Some((content, after)) if parts(content, ',').len() > 1 => {
                    alternatives(content, ',', regex)?;
                    after
                }
                Some(_) | None => literally(first, after, regex),
            },
            '(' => match group(rest) {
                Some((content, after)) => {
                    (!after.starts_with(['?', '*', '+'])).then_some(())?;
                    alternatives(content, '|', regex)?;
                    after
                }
                None => literally(first, after, regex),
            },
            other => literally(other, after, regex),
        };
    }
    Some(())
}

fn literally<'g>(character: char, after: &'g str, regex: &mut String) -> &'g str {
    regex.push_str(&regex_lite::escape(character.encode_utf8(&mut [0; 4])));
    after
}

/// `**` between slashes is any number of directories, other stars are a part of a name.
fn stars<'g>(before: &str, glob: &'g str, begins: bool, regex: &mut String) -> Option<&'g str> {
    let mut after = glob.trim_start_matches('*');
    let count = glob.len() - after.len();
    let is_odd = before.ends_with([')', '}']) || after.starts_with(['(', '{', '@']);
    if count > 2 || count == 2 && is_odd {
        return None;
    }
    if count == 1 || !begins || !(after.is_empty() || after.starts_with('/')) {
        regex.push_str("[^/]*");
        return Some(after);
    }
    // Several are one.
    while let Some(rest) =
        after.strip_prefix("/**").filter(|rest| rest.is_empty() || rest.starts_with('/'))
    {
        after = rest;
    }
    if let Some(below) = after.strip_prefix('/') {
        regex.push_str("(?:.*/)?");
        return Some(below);
    }
    match before.strip_suffix('/') {
        // It is the directory itself, too, but not if that is any.
        Some(directory) if !directory.ends_with('*') => {
            regex.truncate(regex.len() - 1);
            regex.push_str("(?:/.*)?");
        }
        Some(_) | None => regex.push_str(".*"),
    }
    Some(after)
}

/// A class, after its `[`, and what comes after it.
fn class(glob: &str) -> Option<(String, &str)> {
    // To picomatch a `!` is a member like any other.
    let content = glob.strip_prefix('^');
    let negated = content.is_some();
    let content = content.unwrap_or(glob);
    // A bracket that comes first is a member.
    let from = content.chars().next()?.len_utf8();
    let end = from + content.get(from..)?.find(']')?;
    let mut class = String::from(if negated { "[^/" } else { "[" });
    for character in content[..end].chars() {
        if matches!(character, '[' | ']' | '\\' | '^' | '&' | '~') {
            class.push('\\');
        }
        class.push(character);
    }
    class.push(']');
    Some((class, &content[end + 1..]))
}

/// `(…)` at the beginning, and what comes after it.
fn group(glob: &str) -> Option<(&str, &str)> {
    split(glob, '(', ')')
}

/// What is in brackets at the beginning, and what comes after them.
fn split(glob: &str, open: char, close: char) -> Option<(&str, &str)> {
    let content = glob.strip_prefix(open)?;
    let mut depth = 1;
    for (at, character) in content.char_indices() {
        depth += i32::from(character == open) - i32::from(character == close);
        if depth == 0 {
            return Some((&content[..at], &content[at + 1..]));
        }
    }
    None
}

/// What is between the separators that are in no brackets.
fn parts(content: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0, 0);
    for (at, character) in content.char_indices() {
        match character {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            _ if character == separator && depth == 0 => {
                parts.push(&content[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&content[from..]);
    parts
}

fn alternatives(content: &str, separator: char, regex: &mut String) -> Option<()> {
    regex.push_str("(?:");
    for (number, part) in parts(content, separator).into_iter().enumerate() {
        regex.push_str(if number == 0 { "" } else { "|" });
        translate(part, regex)?;
    }
    regex.push(')');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_says_where_it_looks() {
        for (glob, directory) in [
            ("/app/src/**/*.ts", "/app/src"),
            ("/app/*", "/app"),
            ("/*", "/"),
            ("/srv/[(]1)/src/*.ts", "/srv/(1)/src"),
            ("/srv/[ab]/src/*.ts", "/srv"),
        ] {
            assert_eq!(Glob::new(glob).unwrap().directory(), Path::new(directory), "{glob}");
        }
    }

    #[test]
    fn what_is_not_supported_is_no_glob() {
        for glob in ["!x", "a/!(b)", "a{1..3}", "a[z-a]", "a/***", "(a|b)?", "**{a,b}", "@(a)**"] {
            assert!(Glob::new(glob).is_none(), "{glob}");
        }
    }
}
