//! PM2's configuration as YAML.
//!
//! YAML is JSON written in lines: `serde_json` visits the values, and [`Lines`] says what stands
//! between them.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_core::Serialize as _;
use serde_json::ser::Formatter;

use super::Config;

/// Writes a configuration as YAML. Every string is quoted: PM2's reader (js-yaml) takes `on`,
/// `2020-01-01` or `1_000` for something else than text.
#[must_use]
pub fn yaml(config: &Config<'_>) -> String {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Lines::default());
    // Writing texts, numbers and booleans to memory fails for nothing.
    let written = config.serialize(&mut serializer);
    debug_assert!(written.is_ok(), "{written:?}");
    let mut text = String::from_utf8(text).unwrap_or_default();
    text.push('\n');
    // What follows a key that has a list or an object begins on the next line. No text has a line
    // end in it: they are escaped.
    text.replace(": \n", ":\n")
}

/// Lists and objects, one entry a line, indented by two spaces.
#[derive(Default)]
struct Lines {
    /// The lists and objects that are open, and whether each is still empty.
    open: Vec<bool>,
    /// Whether the line has its `- ` and nothing else.
    after_dash: bool,
    /// The key that is being written.
    key: Option<String>,
}

impl Lines {
    /// Begins an entry of the innermost list or object.
    fn entry<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let is_first = self.open.last().copied().unwrap_or_default();
        let at_top = self.open.len() == 1;
        if let Some(empty) = self.open.last_mut() {
            *empty = false;
        }
        // The first entry stands on the line of the dash; of the whole, on the first line.
        if is_first && (self.after_dash || at_top) {
            return Ok(());
        }
        writer.write_all(b"\n")?;
        (1..self.open.len()).try_for_each(|_| writer.write_all(b"  "))
    }

    fn begin(&mut self) {
        self.open.push(true);
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, empty: &[u8]) -> io::Result<()> {
        match self.open.pop() {
            Some(true) => writer.write_all(empty),
            Some(false) | None => Ok(()),
        }
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.begin();
        Ok(())
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"[]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, _: bool) -> io::Result<()> {
        self.entry(writer)?;
        self.after_dash = true;
        writer.write_all(b"- ")
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.after_dash = false;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.begin();
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"{}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, _: bool) -> io::Result<()> {
        self.entry(writer)?;
        self.after_dash = false;
        self.key = Some(String::new());
        Ok(())
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let key = self.key.take().unwrap_or_default();
        match is_plain_key(&key) {
            true => writer.write_all(key.as_bytes()),
            false => write!(writer, "\"{key}\""),
        }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        match self.key {
            Some(_) => Ok(()),
            None => writer.write_all(b"\""),
        }
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin_string(writer)
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let escaped;
        let fragment = match fragment.contains(is_escaped) {
            false => fragment,
            true => {
                escaped = fragment.chars().fold(String::new(), |mut text, letter| {
                    match is_escaped(letter) {
                        // Writing to a text cannot fail.
                        true => {
                            let _ = write!(text, "\\u{:04x}", u32::from(letter));
                        }
                        false => text.push(letter),
                    }
                    text
                });
                escaped.as_str()
            }
        };
        match &mut self.key {
            Some(key) => {
                key.push_str(fragment);
                Ok(())
            }
            None => writer.write_all(fragment.as_bytes()),
        }
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: serde_json::ser::CharEscape,
    ) -> io::Result<()> {
        // As in JSON, whose escapes are all escapes of YAML.
        struct Json;
        impl Formatter for Json {}
        match &mut self.key {
            None => Json.write_char_escape(writer, escape),
            Some(key) => {
                let mut written = Vec::new();
                Json.write_char_escape(&mut written, escape)?;
                key.push_str(&String::from_utf8_lossy(&written));
                Ok(())
            }
        }
    }
}

/// Whether a key needs no quotes: what every reader takes for a text.
fn is_plain_key(key: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let mut letters = key.chars();
    let first = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    first
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(key))
}

/// What YAML's readers do not take as it is: control characters, and what ends a line for some.
/// JSON has escaped those below a space.
fn is_escaped(letter: char) -> bool {
    matches!(
        letter,
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::declaration::Declaration;
    use crate::ecosystem::Ecosystem;
    use crate::resolve::Options;

    #[test]
    fn a_configuration_is_lines_of_yaml() {
        let json = r##"{"units": [{"service": {"kind": "node", "name": "web", "directory": "web", "block": {
            "settings": {"args": ["a b", "#"], "autorestart": [false], "restart_delay": [{"duration": "10s"}],
                "watch_options": {"usePolling": [true]}, "io": {"empty": []}},
            "env": {"NO": "no", "A.B": "x\ny", "C1": "a\u0085b"}}}}]}"##;
        let declaration: Declaration = serde_json::from_str(json).unwrap();
        let system = Ecosystem::from_declaration(declaration, "/srv", &[])
            .resolve(&Options { root: Some(Utf8Path::new("/srv").into()), ..Options::default() })
            .unwrap();
        let text = yaml(&Config::new(&system));
        assert_eq!(
            text,
            r##"apps:
  - name: "web"
    script: "."
    args:
      - "a b"
      - "#"
    cwd: "/srv/web"
    autorestart: false
    restart_delay: 10000
    watch_options:
      usePolling: true
    io:
      empty: []
    env:
      "NO": "no"
      "A.B": "x\ny"
      C1: "a\u0085b"
"##
        );
    }
}
