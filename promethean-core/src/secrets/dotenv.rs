//! dotenv files, read as the npm package `dotenv` reads them.
//!
//! The owners of these files have Node's `dotenv` (and files for it) today. The `dotenvy` crate
//! replaces `$NAME` in unquoted and double-quoted values, which would change a token that has a `$`
//! in it, so it does not serve here. The emitted `.config.cjs` reads the files with the same
//! pattern.

use std::ops::Range;
use std::sync::LazyLock;

use indexmap::IndexMap;
use regex_lite::Regex;

/// The pattern of a line, from `lib/main.js` of dotenv 17.
pub const LINE: &str = r#"^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$"#;

/// What JavaScript takes for white space.
const SPACE: &str =
    "\\t-\\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";

/// What JavaScript takes for the end of a line, in `^`, `$` and `.`; the returns of a file are
/// replaced before.
const ENDS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];

/// A line that is an assignment, by its places in the text.
struct Assignment {
    all: Range<usize>,
    key: Range<usize>,
    value: Option<Range<usize>>,
}

/// The text as dotenv reads it.
fn prepared(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The assignments of a prepared text.
fn assignments(text: &str) -> Vec<Assignment> {
    // A line from its beginning on, with what ends it.
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let line = LINE.trim_start_matches('^').trim_end_matches("(?:#.*)?$");
        let ends: String = ENDS.iter().collect();
        let pattern = format!(r"\A{line}(?:#[^{ends}]*)?([{ends}]|\z)");
        Regex::new(&pattern.replace(r"\s", &format!("[{SPACE}]"))).expect("a constant pattern")
    });
    let (mut found, mut place) = (Vec::new(), 0);
    loop {
        let rest = text.get(place..).unwrap_or_default();
        // Where the line or, without an assignment, its beginning ends.
        let mut end = place;
        if let Some(line) = PATTERN.captures(rest) {
            let range = |group: usize| {
                line.get(group).map(|group| place + group.start()..place + group.end())
            };
            if let (Some(key), Some(ends)) = (range(1), range(3)) {
                end = ends.start;
                found.push(Assignment { all: place..end, key, value: range(2) });
            }
        }
        match text.get(end..).and_then(|rest| rest.find(ENDS).map(|next| end + next)) {
            Some(next) => place = next + text.get(next..).map_or(1, first_length),
            None => return found,
        }
    }
}

/// How many bytes the first character of a text has.
fn first_length(text: &str) -> usize {
    text.chars().next().map_or(1, char::len_utf8)
}

/// The variables of a dotenv file. The last of one name counts.
#[must_use]
pub fn parse(text: &str) -> IndexMap<String, String> {
    let text = prepared(text);
    let part = |range: Range<usize>| text.get(range).unwrap_or_default();
    let assigned = assignments(&text)
        .into_iter()
        .map(|Assignment { key, value, .. }| (part(key).to_owned(), read(value.map_or("", part))));
    assigned.collect()
}

/// Whether JavaScript takes a character for white space: U+0085 is none.
fn is_space(character: char) -> bool {
    character.is_whitespace() && character != '\u{85}' || character == '\u{feff}'
}

/// A line of a dotenv file that surely does not mean what it says. No value is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// The number of the line, from 1.
    pub line: usize,
    /// What is odd.
    pub kind: OddityKind,
}

/// What is odd about a line of a dotenv file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OddityKind {
    /// It is no assignment, and is left out.
    NotAnAssignment,
    /// The value of this variable ends at a `#`.
    EndsAtHash(String),
    /// The value of this variable has a `${…}`, which stays as it is.
    NotExpanded(String),
    /// The quote before the value of this variable is not closed.
    OpenQuote(String),
}

/// What `check` shows of a dotenv file: what is odd about it, without values.
#[must_use]
pub fn oddities(text: &str) -> Vec<Oddity> {
    let text = prepared(text);
    let line_of = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
    let mut found = Vec::new();
    let mut end = 0;
    let unread = |from: usize, to: usize, found: &mut Vec<Oddity>| {
        let between = text.get(from..to).unwrap_or_default();
        let first = line_of(from);
        for (index, line) in between.split('\n').enumerate() {
            if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                found.push(Oddity { line: first + index, kind: OddityKind::NotAnAssignment });
            }
        }
    };
    for Assignment { all, key, value } in assignments(&text) {
        unread(end, all.start, &mut found);
        end = all.end;
        let line = line_of(key.start);
        let key = text.get(key).unwrap_or_default().to_owned();
        let after = value.as_ref().map_or(all.end, |value| value.end);
        let written = value.and_then(|value| text.get(value)).unwrap_or_default();
        let rest = text.get(after..all.end).unwrap_or_default();
        let value = written.trim_start();
        let quote = value.chars().next().filter(|first| matches!(first, '\'' | '"' | '`'));
        let kind = match quote {
            Some(quote) if value.trim_end().len() < 2 || !value.trim_end().ends_with(quote) => {
                Some(OddityKind::OpenQuote(key))
            }
            None if rest.starts_with('#')
                && !written.ends_with([' ', '\t'])
                && !value.is_empty() =>
            {
                Some(OddityKind::EndsAtHash(key))
            }
            Some('\'') => None,
            Some(_) | None if has_reference(value) => Some(OddityKind::NotExpanded(key)),
            Some(_) | None => None,
        };
        found.extend(kind.map(|kind| Oddity { line, kind }));
    }
    unread(end, text.len(), &mut found);
    found
}

/// The variable whose value begins a block of several lines (RFC 7468) without a quote, and its line: only the first
/// line would be its value, and the others can be read as variables whose names are parts of a key.
#[must_use]
pub(super) fn open_block(text: &str) -> Option<(String, usize)> {
    let text = prepared(text);
    let found = assignments(&text).into_iter().find(|Assignment { value, .. }| {
        let value = value.clone().and_then(|value| text.get(value)).unwrap_or_default();
        value.trim_start().starts_with("-----BEGIN ")
    })?;
    let line = text.get(..found.key.start)?.matches('\n').count() + 1;
    Some((text.get(found.key)?.to_owned(), line))
}

/// Whether a text has a `${NAME}` in it.
fn has_reference(text: &str) -> bool {
    text.split("${").skip(1).any(|after| {
        let name = after.split_once('}').map(|(name, _)| name);
        name.is_some_and(|name| {
            !name.is_empty()
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        })
    })
}

/// Takes the quotes away and, in double quotes, puts line ends in the place of `\n` and `\r`.
fn read(written: &str) -> String {
    let written = written.trim_matches(is_space);
    let inside = unquoted(written);
    match written.starts_with('"') {
        true => inside.replace("\\n", "\n").replace("\\r", "\r"),
        false => inside,
    }
}

/// Takes the quotes away that begin at the beginning of a line and end at the end of one, as far
/// apart as they can be: dotenv's ``/^(['"`])([\s\S]*)\1$/mg``.
fn unquoted(written: &str) -> String {
    let (mut inside, mut rest) = (String::with_capacity(written.len()), written);
    loop {
        let quoted = rest.chars().next().filter(|first| matches!(first, '\'' | '"' | '`'));
        let closed = quoted.and_then(|quote| {
            let after = rest.get(1..)?;
            let mut ends = after.rmatch_indices(quote);
            let is_last = |after: Option<&str>| {
                after.is_some_and(|after| after.is_empty() || after.starts_with(ENDS))
            };
            let (end, _) = ends.find(|(end, _)| is_last(after.get(end + 1..)))?;
            Some((after.get(..end)?, after.get(end + 1..)?))
        });
        if let Some((text, after)) = closed {
            inside.push_str(text);
            rest = after;
        }
        match rest.char_indices().find(|(_, character)| ENDS.contains(character)) {
            None => break,
            Some((end, character)) => {
                let next = end + character.len_utf8();
                inside.push_str(rest.get(..next).unwrap_or_default());
                rest = rest.get(next..).unwrap_or_default();
            }
        }
    }
    inside.push_str(rest);
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_surely_not_meant_is_found_without_values() {
        let text = "PASSWORD=abc#def\nBASE=/srv # a comment\nDATA=${BASE}/data\n\n# ${NO} comment\n\
                    TOKEN this-line-has-no-equals\nQUOTED=\"a#b\"\nSINGLE='${BASE}'\nOPEN=\"half\n\
                    PRICE=$5\nEMPTY=#\nexport OK=1\n";
        let found = oddities(text);
        let kinds: Vec<(usize, &OddityKind)> =
            found.iter().map(|oddity| (oddity.line, &oddity.kind)).collect();
        assert_eq!(
            kinds,
            [
                (1, &OddityKind::EndsAtHash("PASSWORD".to_owned())),
                (3, &OddityKind::NotExpanded("DATA".to_owned())),
                (6, &OddityKind::NotAnAssignment),
                (9, &OddityKind::OpenQuote("OPEN".to_owned())),
            ]
        );
        assert_eq!(parse(text)["PASSWORD"], "abc");
        assert!(!format!("{found:?}").contains("abc"));
    }

    #[test]
    fn a_block_without_quotes_is_found() {
        let open = "OTHER=1\nKEY=-----BEGIN PRIVATE KEY-----\nc2VjcmV0\nbW9yZQ==\n-----END PRIVATE KEY-----\n";
        assert_eq!(open_block(open), Some(("KEY".to_owned(), 2)));
        assert!(parse(open).contains_key("bW9yZQ"), "a part of the key is taken for a name");
        for quote in ['"', '\'', '`'] {
            let closed =
                format!("KEY={quote}-----BEGIN X-----\nbW9yZQ==\n-----END X-----{quote}\n");
            assert_eq!(open_block(&closed), None);
        }
        assert_eq!(open_block("KEY=BEGIN\n"), None);
    }

    #[test]
    fn a_file_is_read_line_by_line() {
        let text = "# tokens\nDISCORD_TOKEN=token-from-dot-tokens\nexport QUOTED=\"a # b\\nc\" # why\n\
                    SINGLE='a\\nb$HOME'\nEMPTY=\n  SPACED  =  x y  \nCOLON: 1\nMULTI=\"1\n2\"\nnonsense\n";
        let read: Vec<(String, String)> = parse(text).into_iter().collect();
        let expected = [
            ("DISCORD_TOKEN", "token-from-dot-tokens"),
            ("QUOTED", "a # b\nc"),
            ("SINGLE", "a\\nb$HOME"),
            ("EMPTY", ""),
            ("SPACED", "x y"),
            ("COLON", "1"),
            ("MULTI", "1\n2"),
        ];
        let expected: Vec<(String, String)> =
            expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assert_eq!(read, expected);
    }
}
