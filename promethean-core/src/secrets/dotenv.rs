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

/// The variables of a dotenv file. The last of one name counts.
#[must_use]
pub fn parse(text: &str) -> IndexMap<String, String> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = LINE.replace(r"\s", &format!("[{SPACE}]"));
        Regex::new(&format!("(?m){pattern}")).expect("a constant pattern")
    });
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let lines = PATTERN.captures_iter(&text).filter_map(|line| {
        let key = line.get(1)?.as_str().to_owned();
        Some((key, value(line.get(2).map_or("", |value| value.as_str()))))
    });
    lines.collect()
}

/// Takes the quotes away and, in double quotes, puts line ends in the place of `\n` and `\r`.
fn value(written: &str) -> String {
    let written = written.trim_matches(|space: char| space.is_whitespace() || space == '\u{feff}');
    let Some(quote @ ('\'' | '"' | '`')) = written.chars().next() else {
        return written.to_owned();
    };
    let inside = written.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let inside = inside.unwrap_or(written);
    match quote {
        '"' => inside.replace("\\n", "\n").replace("\\r", "\r"),
        _ => inside.to_owned(),
    }
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
