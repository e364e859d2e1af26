//! Taking values out of what others write: PM2's errors, Node's, the last lines of a log.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::{self, Write as _};
use std::hash::{BuildHasher as _, RandomState};

use secrecy::{ExposeSecret as _, SecretString};

/// So much of a longer value gives it away: whoever shortens a value shows its beginning.
const BEGINNING: usize = 16;

/// What is shorter is a value only where it is on its own: `1`, `true`, `dev`.
const TELLING: usize = 8;

/// Values that no text may show. `Debug` shows only the names.
#[derive(Clone, Default)]
pub struct Redaction {
    hidden: Vec<(String, SecretString)>,
    /// The hashes of those that are there already: many apps have one secret.
    known: HashSet<u64>,
    hashes: RandomState,
}

impl Redaction {
    /// Hides the value of a variable: as it is, as JSON and JavaScript write it, also in ASCII alone, as it is in a
    /// URL, and, of a value of several lines, each line.
    pub fn hide(&mut self, name: &str, value: &str) {
        let escaped = serde_json::Value::from(value).to_string();
        let escaped = escaped.trim_matches('"');
        let in_ascii = in_ascii(escaped);
        // RFC 3986, and `encodeURIComponent` of ECMAScript, which leaves some more as they are.
        let in_urls = ["-._~", "-._~!*'()"].map(|plain| percent_encoded(value, plain));
        let lines = value.split(['\n', '\r', '\0']).map(str::trim);
        let lines = lines.filter(|line| line.len() >= TELLING || *line == value);
        let in_urls = in_urls.iter().map(String::as_str);
        let written = [value, escaped, &in_ascii].into_iter();
        for form in written.chain(in_urls).chain(lines) {
            if !form.is_empty() && self.known.insert(self.hashes.hash_one(form)) {
                self.hidden.push((name.to_owned(), form.into()));
            }
        }
    }

    /// The text with names in the place of hidden values.
    #[must_use]
    pub fn of<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let (mut clean, mut rest, mut before) = (String::new(), text, None);
        let mut found = false;
        while let Some(character) = rest.chars().next() {
            match self.at(rest, before) {
                Some((name, length)) => {
                    clean.push_str("[value of ");
                    clean.push_str(name);
                    clean.push(']');
                    let (hidden, after) = rest.split_at(length);
                    (rest, before, found) = (after, hidden.chars().next_back(), true);
                }
                None => {
                    clean.push(character);
                    (rest, before) =
                        (rest.get(character.len_utf8()..).unwrap_or_default(), Some(character));
                }
            }
        }
        if found { Cow::Owned(clean) } else { Cow::Borrowed(text) }
    }

    /// The longest hidden value that the text begins with.
    fn at(&self, text: &str, before: Option<char>) -> Option<(&str, usize)> {
        let matches = self.hidden.iter().filter_map(|(name, value)| {
            let length = begins_with(text, value.expose_secret(), before)?;
            Some((name.as_str(), length))
        });
        matches.max_by_key(|(_, length)| *length)
    }
}

/// Escaped JSON without letters beyond ASCII, as `json.dumps` of Python writes it.
fn in_ascii(escaped: &str) -> String {
    let mut text = String::with_capacity(escaped.len());
    for character in escaped.chars() {
        if character.is_ascii() {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing into a text never fails.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

/// A value as a part of a URL, where letters, digits and these stand as they are.
fn percent_encoded(value: &str, plain: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte);
    let encoded = value.bytes().map(|byte| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    encoded.collect()
}

/// How much of a text, from its beginning, is a value or gives it away.
fn begins_with(text: &str, value: &str, before: Option<char>) -> Option<usize> {
    if text.starts_with(value) {
        let of_word = |character: char| character.is_alphanumeric() || character == '_';
        let after = text.get(value.len()..).and_then(|rest| rest.chars().next());
        let alone = !before.is_some_and(of_word) && !after.is_some_and(of_word);
        return (value.len() >= TELLING || alone).then_some(value.len());
    }
    let same = text.chars().zip(value.chars()).take_while(|(one, other)| one == other);
    let same: usize = same.map(|(character, _)| character.len_utf8()).sum();
    (same >= BEGINNING).then_some(same)
}

impl fmt::Debug for Redaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.hidden.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(values: &[(&str, &str)], text: &str) -> String {
        let mut redaction = Redaction::default();
        for (name, value) in values {
            redaction.hide(name, value);
        }
        redaction.of(text).into_owned()
    }

    #[test]
    fn a_value_gives_way_to_its_name() {
        let token = ("TOKEN", "hunter2-hunter2-hunter2");
        assert_eq!(redacted(&[token], "no hunter2 here"), "no hunter2 here");
        assert_eq!(
            redacted(&[token], "xhunter2-hunter2-hunter2x, hunter2-hunter2-h..."),
            "x[value of TOKEN]x, [value of TOKEN]..."
        );
        assert_eq!(
            redacted(&[("A", "abcdefgh"), ("B", "abcdefghij")], "abcdefghij abcdefgh"),
            "[value of B] [value of A]"
        );
        assert_eq!(redacted(&[("EMPTY", "")], "text"), "text");
    }

    #[test]
    fn a_short_value_is_one_where_it_stands_by_itself() {
        let short = [("MODE", "dev"), ("ON", "1")];
        assert_eq!(redacted(&short, "/dev/null 10 device"), "/[value of MODE]/null 10 device");
        assert_eq!(redacted(&short, "is '1'"), "is '[value of ON]'");
    }

    #[test]
    fn each_line_and_what_javascript_makes_of_it_is_hidden() {
        let key = [("KEY", "-----BEGIN-----\nabcdefghijkl\n\"quoted\"\ttext")];
        assert_eq!(redacted(&key, "read abcdefghijkl!"), "read [value of KEY]!");
        let json = serde_json::Value::from(key[0].1).to_string();
        assert_eq!(redacted(&key, &json), "\"[value of KEY]\"");
        let nul = [("KEY", "first-half\0second-half")];
        assert_eq!(
            redacted(&nul, "Received 'first-half\\x00second-half'"),
            "Received '[value of KEY]\\x00[value of KEY]'"
        );
    }

    #[test]
    fn a_value_in_json_of_ascii_is_hidden() {
        let secret = [("SECRET", "grüße-日本-\"q\"-😀")];
        let text = r#"{"a": "gr\u00fc\u00dfe-\u65e5\u672c-\"q\"-\ud83d\ude00"}"#;
        assert_eq!(redacted(&secret, text), r#"{"a": "[value of SECRET]"}"#);
    }

    #[test]
    fn a_value_in_a_url_is_hidden() {
        let password = [("PASSWORD", "p@ss/wörd (1)!")];
        for encoded in ["p%40ss%2Fw%C3%B6rd%20%281%29%21", "p%40ss%2Fw%C3%B6rd%20(1)!"] {
            let text = format!("postgres://duck:{encoded}@db");
            assert_eq!(redacted(&password, &text), "postgres://duck:[value of PASSWORD]@db");
        }
    }

    #[test]
    fn debug_shows_names() {
        let mut redaction = Redaction::default();
        redaction.hide("TOKEN", "hunter2");
        assert_eq!(format!("{redaction:?}"), r#"{"TOKEN"}"#);
    }
}
