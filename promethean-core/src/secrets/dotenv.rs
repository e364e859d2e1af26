//! dotenv files, read as the npm package `dotenv` reads them.
//!
//! The owners of these files have Node's `dotenv` (and files for it) today. The `dotenvy` crate
//! replaces `$NAME` in unquoted and double-quoted values, which would change a token that has a `$`
//! in it, so it does not serve here. The emitted `.config.cjs` reads the files with the same
//! pattern.

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

/// The variables of a dotenv file. The last of one name counts.
#[must_use]
pub fn parse(text: &str) -> IndexMap<String, String> {
    /// A line from its beginning on, with what ends it.
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let line = LINE.trim_start_matches('^').trim_end_matches("(?:#.*)?$");
        let ends: String = ENDS.iter().collect();
        let pattern = format!(r"\A{line}(?:#[^{ends}]*)?([{ends}]|\z)");
        Regex::new(&pattern.replace(r"\s", &format!("[{SPACE}]"))).expect("a constant pattern")
    });
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut variables, mut rest) = (IndexMap::new(), text.as_str());
    loop {
        let line = PATTERN.captures(rest);
        // Where the line or, without a variable, its beginning ends.
        let end = line.as_ref().and_then(|line| line.get(3)).map_or(0, |end| end.start());
        if let Some(key) = line.as_ref().and_then(|line| line.get(1)) {
            let written = line.as_ref().and_then(|line| line.get(2));
            let value = value(written.map_or("", |value| value.as_str()));
            variables.insert(key.as_str().to_owned(), value);
        }
        rest = rest.get(end..).unwrap_or_default();
        match rest.split_once(ENDS) {
            Some((_, next)) => rest = next,
            None => return variables,
        }
    }
}

/// Whether JavaScript takes a character for white space: U+0085 is none.
fn is_space(character: char) -> bool {
    character.is_whitespace() && character != '\u{85}' || character == '\u{feff}'
}

/// Takes the quotes away and, in double quotes, puts line ends in the place of `\n` and `\r`.
fn value(written: &str) -> String {
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
