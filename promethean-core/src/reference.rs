//! Names as they are written, and references to endpoints: `proxx`, `duck.voice:metrics`,
//! `infra::INFRA.broker`.

use std::borrow::Cow;

/// A name as it is written: bare where it is a word with hyphens, else in quotes.
#[must_use]
pub fn written_name(name: &str) -> String {
    let mut parts = name.split('-');
    let first = parts.next().is_some_and(is_word);
    // What begins with a digit is one token with what follows, so only digits alone are sure to be.
    let rest = |part: &str| is_word(part) || is_digits(part);
    if first && parts.all(rest) { name.to_owned() } else { format!("{name:?}") }
}

pub(crate) fn is_word(word: &str) -> bool {
    let mut characters = word.chars();
    let first = characters.next();
    word != "_"
        && first.is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The endpoint that a reference names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Target<'a> {
    /// The path of another ecosystem; `None` for this one.
    pub ecosystem: Option<&'a str>,
    /// The agent that the unit is a service of, where it is written.
    pub agent: Option<&'a str>,
    /// The unit; `None` for the one that the reference is written in.
    pub unit: Option<&'a str>,
    /// The name of the endpoint; `None` for the one without a name, or the only one.
    pub endpoint: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Reads a reference as it is written in a text; nothing is the only endpoint of the service
    /// itself. A name in quotes, `'My Unit'`, stands for itself. `None` for what is no reference.
    #[must_use]
    pub fn read(written: &'a str) -> Option<Target<'a>> {
        let masked = masked(written)?;
        let target = Target::read_plain(&masked)?;
        let original = |part: Option<&str>| match part {
            None => Some(None),
            Some(part) => {
                let start = part.as_ptr().addr().checked_sub(masked.as_ptr().addr())?;
                written.get(start..start + part.len()).map(Some)
            }
        };
        let name = |part: Option<&str>| match original(part)? {
            Some(part) if part.contains(QUOTES) => inside_quotes(part).map(Some),
            part => Some(part),
        };
        let ecosystem = original(target.ecosystem)?;
        if ecosystem.is_some_and(|path| path.contains(QUOTES)) {
            return None;
        }
        let (agent, unit) = (name(target.agent)?, name(target.unit)?);
        Some(Target { ecosystem, agent, unit, endpoint: name(target.endpoint)? })
    }

    fn read_plain(written: &'a str) -> Option<Target<'a>> {
        if written.contains(char::is_whitespace) {
            return None;
        }
        let (unit, endpoint) = match single_colon(written) {
            Some(at) => (written.get(..at)?, Some(written.get(at + 1..)?)),
            None => (written, None),
        };
        if endpoint == Some("") {
            return None;
        }
        let (ecosystem, unit) = match path_end(unit) {
            Some(0) | None => (None, unit),
            Some(end) => (Some(unit.get(..end)?), unit.get(end..)?.strip_prefix('.')?),
        };
        let mut parts = unit.split('.');
        let target = match (parts.next(), parts.next(), parts.next()) {
            (Some(""), None, _) if ecosystem.is_none() => Target { endpoint, ..Target::default() },
            (Some(unit), None, _) => Target { ecosystem, agent: None, unit: Some(unit), endpoint },
            (Some(agent), Some(unit), None) => {
                Target { ecosystem, agent: Some(agent), unit: Some(unit), endpoint }
            }
            _ => return None,
        };
        let is_name = |name: Option<&str>| name != Some("");
        (is_name(target.agent) && is_name(target.unit) || target.unit.is_none()).then_some(target)
    }

    /// The unit as it is written: the agent, if it is written, and the service.
    #[must_use]
    pub fn units(&self) -> Vec<&'a str> {
        self.agent.into_iter().chain(self.unit).collect()
    }

    /// The unit as it is written, with the path of its ecosystem.
    #[must_use]
    pub fn unit_text(&self) -> String {
        let parts: Vec<&str> = self.ecosystem.into_iter().chain(self.units()).collect();
        parts.join(".")
    }
}

/// What a name is put into that has other characters, or begins with a capital.
const QUOTES: [char; 2] = ['\'', '"'];

/// The text with letters in the place of what is in quotes, byte by byte; `None` where a quote is open.
fn masked(written: &str) -> Option<Cow<'_, str>> {
    if !written.contains(QUOTES) {
        return Some(Cow::Borrowed(written));
    }
    let mut masked = String::new();
    let mut open = None;
    for letter in written.chars() {
        let is_quote = QUOTES.contains(&letter);
        match open {
            None if is_quote => open = Some(letter),
            Some(quote) if quote == letter => open = None,
            None | Some(_) => {}
        }
        if is_quote || open.is_some() {
            masked.extend(std::iter::repeat_n('q', letter.len_utf8()));
        } else {
            masked.push(letter);
        }
    }
    open.is_none().then_some(Cow::Owned(masked))
}

/// The name in a pair of quotes; `None` for what is beside them, and for none.
fn inside_quotes(part: &str) -> Option<&str> {
    let quote = part.chars().next().filter(|first| QUOTES.contains(first))?;
    let inside = part.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inside.is_empty() && !inside.contains(quote)).then_some(inside)
}

/// The last colon that has none beside it.
fn single_colon(written: &str) -> Option<usize> {
    let bytes = written.as_bytes();
    let is_colon = |index: usize| bytes.get(index) == Some(&b':');
    let alone = |index: &usize| {
        let before = index.checked_sub(1).is_some_and(is_colon);
        is_colon(*index) && !before && !is_colon(*index + 1)
    };
    (0..bytes.len()).rev().find(alone)
}

/// Where the path of an ecosystem ends: it has `::` in it, or begins with a capital.
fn path_end(unit: &str) -> Option<usize> {
    let from = match unit.rfind("::") {
        Some(colons) => colons,
        None if unit.starts_with(char::is_uppercase) => 0,
        None => return None,
    };
    let rest = unit.get(from..)?;
    Some(from + rest.find('.').unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_bare_where_they_are_words() {
        for (written, expected) in [
            ("duck", "duck"),
            ("eidolon-field", "eidolon-field"),
            ("gpt-4", "gpt-4"),
            ("type", "type"),
            ("api-2e", "\"api-2e\""),
            ("4chan", "\"4chan\""),
            ("a.b", "\"a.b\""),
            ("a b", "\"a b\""),
            ("-x", "\"-x\""),
            ("_", "\"_\""),
            ("", "\"\""),
        ] {
            assert_eq!(written_name(written), expected);
        }
    }

    #[test]
    fn a_reference_is_taken_apart() {
        let parts = |written| {
            let Target { ecosystem, agent, unit, endpoint } = Target::read(written)?;
            Some([ecosystem, agent, unit, endpoint].map(Option::unwrap_or_default))
        };
        for (written, read) in [
            ("", ["", "", "", ""]),
            (":metrics", ["", "", "", "metrics"]),
            ("proxx", ["", "", "proxx", ""]),
            ("duck.voice:metrics", ["", "duck", "voice", "metrics"]),
            ("infra::INFRA.broker", ["infra::INFRA", "", "broker", ""]),
            ("::a::B.duck.voice:x", ["::a::B", "duck", "voice", "x"]),
            ("INFRA.broker:x", ["INFRA", "", "broker", "x"]),
            ("'Web'", ["", "", "Web", ""]),
            ("\"my web\":'a.b'", ["", "", "my web", "a.b"]),
            ("duck.'Größe: 1'", ["", "duck", "Größe: 1", ""]),
            ("a::B.'it\"s':x", ["a::B", "", "it\"s", "x"]),
            (":'Metrics'", ["", "", "", "Metrics"]),
        ] {
            assert_eq!(parts(written), Some(read), "{written}");
        }
        for written in [
            "a b", "web:", "INFRA", "a::B", "a.b.c", "a..b", ".a", "a.", "a::B.", "B.", "'a", "''",
            "a'b'", "'a'b", "'a''b'", "'A'::B.c", "''.a",
        ] {
            assert_eq!(parts(written), None, "{written}");
        }
    }
}
