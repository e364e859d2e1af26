//! PM2's configuration as JSON.
//!
//! It is what `serde_json` writes. A configuration of thousands of apps is megabytes of short texts in
//! which hardly anything is escaped; so they are copied as a whole here, and not letter by letter. And most
//! lines of an app are those of the app before it: these are copied from there.

use std::convert::Infallible;
use std::io;
use std::ops::Range;

use smol_str::SmolStr;

use super::config::{Config, Entry, Given, second_name};
use crate::attribute::{Attribute, Setting, milliseconds};

/// What an app takes in the configuration, more or less: the text grows once, if at all.
const APP: usize = 1 << 10;

/// How long a text is that is handed to the writer.
const PIECE: usize = 64 << 10;

/// Writes a configuration as JSON, indented by two spaces, with a newline at the end.
#[must_use]
pub fn json(config: &Config<'_>) -> String {
    let mut text = Vec::with_capacity((config.apps().len() + 1) * APP);
    // Writing to memory fails for nothing.
    let written = write_json(config, &mut text);
    debug_assert!(written.is_ok(), "{written:?}");
    String::from_utf8(text).unwrap_or_default()
}

/// Writes what [`json`] gives, piece by piece: a text of thousands of apps is megabytes.
///
/// # Errors
///
/// Those of the writer.
pub fn write_json(config: &Config<'_>, mut writer: impl io::Write) -> io::Result<()> {
    let mut json = Json { text: Vec::with_capacity(PIECE + 4 * APP), ..Json::default() };
    let mut before = Before::default();
    json.begin(b'{');
    json.plain_key("apps");
    json.begin(b'[');
    for app in config.apps() {
        json.line();
        json.app(&app, &mut before);
        if json.text.len() >= PIECE {
            writer.write_all(&json.text)?;
            json.text.clear();
            before = Before::default();
        }
    }
    json.end(b']');
    json.end(b'}');
    json.text.push(b'\n');
    writer.write_all(&json.text)
}

/// The lines of the app before, as far as they are still in the text.
#[derive(Default)]
struct Before<'a> {
    settings: Vec<Line<'a, Attribute, Setting>>,
    env: Vec<Line<'a, SmolStr, SmolStr>>,
}

/// A name and its value, and where they are in the text.
struct Line<'a, K, V> {
    /// The name; apps share it.
    key: &'a K,
    value: &'a V,
    start: usize,
    /// Where the value begins.
    at: usize,
    end: usize,
}

impl<K, V> Line<'_, K, V> {
    fn move_to(&mut self, start: usize) {
        (self.at, self.end) = (start + (self.at - self.start), start + (self.end - self.start));
        self.start = start;
    }
}

/// Values that tell cheaply whether they are written in the same way.
trait Same {
    fn is_written_like(&self, other: &Self) -> bool;
}

impl Same for SmolStr {
    fn is_written_like(&self, other: &SmolStr) -> bool {
        self == other
    }
}

impl Same for Setting {
    fn is_written_like(&self, other: &Setting) -> bool {
        match self {
            Setting::Boolean(_)
            | Setting::Integer(_)
            | Setting::Duration(_)
            | Setting::Size(_)
            | Setting::Text(_) => self == other,
            // Of floats 0 and -0 are equal.
            Setting::Float(_) | Setting::List(_) | Setting::Object(_) => false,
        }
    }
}

/// What is between two values, and before the first one.
const BETWEEN: &[u8] = b",\n                                                                ";

/// JSON that is being written, indented by two spaces.
#[derive(Default)]
struct Json {
    text: Vec<u8>,
    depth: usize,
    /// Whether the innermost object or list has a value.
    has_value: bool,
}

impl Json {
    fn app<'a>(&mut self, app: &Entry<'a>, before: &mut Before<'a>) {
        self.begin(b'{');
        let Ok::<(), Infallible>(()) = app.head(|name, given| {
            self.plain_key(name);
            match given {
                Given::Text(text) => self.string(text),
                Given::Texts(texts) => self.list(texts, |json, text| json.string(text)),
                Given::Setting(setting) => self.setting(setting),
            }
            Ok(())
        });
        let settings = app.settings();
        self.lines(&mut before.settings, settings, |attribute| attribute.name, Json::attribute);
        match app.plain() {
            Some(variables) => {
                let mut variables = variables.peekable();
                if variables.peek().is_some() {
                    self.plain_key("env");
                    self.begin(b'{');
                    let write = |json: &mut Json, _: &SmolStr, text: &SmolStr| json.string(text);
                    self.lines(&mut before.env, variables, SmolStr::as_str, write);
                    self.end(b'}');
                }
            }
            None => {
                let mut env = app.env().peekable();
                if env.peek().is_some() {
                    self.plain_key("env");
                    self.object(env, Json::string);
                }
            }
        }
        self.end(b'}');
    }

    /// Writes names and values. A line whose name is in the same place in the app before is copied from there: as a
    /// whole where the value is the same, else up to the value. Before the first line there has to be a value in both,
    /// or in neither, so that the comma is right.
    fn lines<'a, K, V: Same>(
        &mut self,
        before: &mut Vec<Line<'a, K, V>>,
        lines: impl Iterator<Item = (&'a K, &'a V)>,
        name: impl Fn(&'a K) -> &'a str,
        write: impl Fn(&mut Json, &'a K, &'a V),
    ) {
        let mut copied = 0..0;
        for (place, (key, value)) in lines.enumerate() {
            let same = before.get_mut(place).filter(|line| std::ptr::eq(line.key, key));
            let Some(line) = same else {
                self.copy(&mut copied);
                let start = self.text.len();
                self.key(name(key));
                let at = self.text.len();
                write(self, key, value);
                let line = Line { key, value, start, at, end: self.text.len() };
                before.truncate(place);
                before.push(line);
                continue;
            };
            if copied.end != line.start {
                self.copy(&mut copied);
                copied = line.start..line.start;
            }
            // Where it will be.
            let start = self.text.len() + (line.start - copied.start);
            if value.is_written_like(line.value) {
                copied.end = line.end;
                line.move_to(start);
            } else {
                copied.end = line.at;
                line.move_to(start);
                self.copy(&mut copied);
                write(self, key, value);
                (line.value, line.end) = (value, self.text.len());
            }
        }
        self.copy(&mut copied);
    }

    /// Copies what has been written in some place, and makes that empty.
    fn copy(&mut self, place: &mut Range<usize>) {
        if place.start < place.end {
            self.text.extend_from_within(place.clone());
            *place = 0..0;
            self.has_value = true;
        }
    }

    /// The value of an attribute, and what else PM2 needs of it.
    fn attribute(&mut self, attribute: &Attribute, setting: &Setting) {
        self.setting(setting);
        if let Some(name) = second_name(attribute, setting) {
            self.plain_key(&name);
            self.setting(setting);
        }
    }

    /// In PM2's own types and units.
    fn setting(&mut self, setting: &Setting) {
        match setting {
            Setting::Boolean(true) => self.text.extend_from_slice(b"true"),
            Setting::Boolean(false) => self.text.extend_from_slice(b"false"),
            Setting::Integer(integer) => self.scalar(integer),
            Setting::Float(float) => self.scalar(float),
            Setting::Duration(duration) => self.scalar(&milliseconds(*duration)),
            Setting::Size(size) => self.scalar(size),
            Setting::Text(text) => self.string(text),
            Setting::List(items) => self.list(items, Json::setting),
            Setting::Object(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.as_str(), value));
                self.object(entries, Json::setting);
            }
        }
    }

    fn list<'v, V>(&mut self, values: &'v [V], mut write: impl FnMut(&mut Json, &'v V)) {
        self.begin(b'[');
        for value in values {
            self.line();
            write(self, value);
        }
        self.end(b']');
    }

    fn object<'k, V>(
        &mut self,
        entries: impl Iterator<Item = (&'k str, V)>,
        mut write: impl FnMut(&mut Json, V),
    ) {
        self.begin(b'{');
        entries.for_each(|(key, value)| {
            self.key(key);
            write(self, value);
        });
        self.end(b'}');
    }

    /// A number, or what is escaped.
    fn scalar(&mut self, value: &(impl serde_core::Serialize + ?Sized)) {
        // Writing to memory fails for nothing.
        let written = serde_json::to_writer(&mut self.text, value);
        debug_assert!(written.is_ok(), "{written:?}");
    }

    fn string(&mut self, text: &str) {
        match is_unescaped(text.as_bytes()) {
            true => self.plain(text),
            false => self.scalar(text),
        }
    }

    fn plain(&mut self, text: &str) {
        self.text.push(b'"');
        self.text.extend_from_slice(text.as_bytes());
        self.text.push(b'"');
    }

    fn key(&mut self, name: &str) {
        self.line();
        self.string(name);
        self.text.extend_from_slice(b": ");
    }

    /// The name of an attribute, in which nothing is escaped.
    fn plain_key(&mut self, name: &str) {
        self.line();
        self.plain(name);
        self.text.extend_from_slice(b": ");
    }

    fn begin(&mut self, sign: u8) {
        self.depth += 1;
        self.has_value = false;
        self.text.push(sign);
    }

    /// The beginning of a value's line.
    fn line(&mut self) {
        let between = usize::from(!self.has_value)..2 + 2 * self.depth;
        self.has_value = true;
        match BETWEEN.get(between.clone()) {
            Some(between) => self.text.extend_from_slice(between),
            None => {
                self.text.extend_from_slice(&BETWEEN[between.start..2]);
                self.text.resize(self.text.len() + 2 * self.depth, b' ');
            }
        }
    }

    fn end(&mut self, sign: u8) {
        self.depth -= 1;
        if self.has_value {
            // There is no comma after the last value.
            self.has_value = false;
            self.line();
        }
        self.has_value = true;
        self.text.push(sign);
    }
}

/// Whether JSON escapes nothing in a text. Looks at eight bytes at once.
fn is_unescaped(text: &[u8]) -> bool {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let escaped = |bytes: &[u8; 8]| {
        let bytes = u64::from_ne_bytes(*bytes);
        // The highest bit of a byte tells whether one is less; a limit is at most 128.
        let less = |bytes: u64, limit: u8| bytes.wrapping_sub(EACH * u64::from(limit)) & !bytes;
        let is = |byte: u8| less(bytes ^ (EACH * u64::from(byte)), 1);
        (less(bytes, b' ') | is(b'"') | is(b'\\')) & (EACH << 7)
    };
    let last = match text.last_chunk() {
        Some(last) => *last,
        None => {
            let mut padded = [b' '; 8];
            padded.iter_mut().zip(text).for_each(|(padded, byte)| *padded = *byte);
            padded
        }
    };
    let (chunks, _) = text.as_chunks();
    chunks.iter().fold(escaped(&last), |all, bytes| all | escaped(bytes)) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::time::Duration;

    use super::*;
    use crate::ecosystem::Ecosystem;
    use crate::number::Size;
    use crate::resolve::Options;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[ -~]{0,40}", "[a\"\\\\\n\u{7}\u{7f}é\u{2028}]{0,12}"]
    }

    fn setting() -> impl Strategy<Value = Setting> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Setting::Boolean),
            any::<i64>().prop_map(Setting::Integer),
            any::<f64>().prop_map(Setting::Float),
            any::<u64>().prop_map(|time| Setting::Duration(Duration::from_millis(time))),
            any::<u64>().prop_map(|bytes| Setting::Size(Size::from_bytes(bytes))),
            text().prop_map(|text| Setting::Text(text.into())),
        ];
        leaf.prop_recursive(40, 60, 3, |inner| {
            let object = prop::collection::vec((text().prop_map(Into::into), inner.clone()), 0..3);
            prop_oneof![
                prop::collection::vec(inner, 0..3).prop_map(Setting::List),
                object.prop_map(Setting::Object),
            ]
        })
    }

    fn written(setting: &Setting) -> String {
        let mut json = Json::default();
        json.setting(setting);
        String::from_utf8(json.text).unwrap()
    }

    #[test]
    fn what_is_escaped_is_found_in_each_place() {
        for byte in 0..=u8::MAX {
            let is_escaped = matches!(byte, 0..b' ' | b'"' | b'\\');
            for (length, place) in
                (1..20).flat_map(|length| (0..length).map(move |place| (length, place)))
            {
                let mut text = vec![b'a'; length];
                text[place] = byte;
                assert_eq!(is_unescaped(&text), !is_escaped, "{text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_setting_is_what_serde_json_writes(setting in setting()) {
            prop_assert_eq!(written(&setting), serde_json::to_string_pretty(&setting).unwrap());
        }
    }

    #[test]
    fn deep_settings_are_indented_too() {
        let inner = Setting::List(vec![Setting::Integer(1), Setting::Object(Vec::new())]);
        let deep = (0..100).fold(inner, |inner, _| {
            Setting::List(vec![inner, Setting::Object(vec![("b".into(), Setting::Boolean(true))])])
        });
        assert_eq!(written(&deep), serde_json::to_string_pretty(&deep).unwrap());
    }

    #[test]
    fn a_configuration_is_what_serde_json_writes() {
        let service = |number: usize| {
            let mut settings =
                serde_json::json!({"run": ["sleep", number, "\n"], "autorestart": [false]});
            if number.is_multiple_of(2) {
                settings["watch_options"] = serde_json::json!({"usePolling": [true]});
                settings["io"] = serde_json::json!({"http": [true], "empty": []});
            }
            if !number.is_multiple_of(7) {
                // PM2 needs what is false under two names.
                settings["merge_logs"] = serde_json::json!([number.is_multiple_of(5)]);
            }
            let name = format!("service-{number}");
            let env = match number % 6 {
                0 => serde_json::json!({}),
                5 => serde_json::json!({"NAME": {"secret": null}, "SAME": "\"same\""}),
                _ => serde_json::json!({"NAME": "{name}", "TOKEN": {"secret": null}}),
            };
            serde_json::json!({"service": {"kind": "script", "name": name,
                "block": {"settings": settings, "env": env}}})
        };
        for count in [0, 1, 3, 300] {
            let units: Vec<serde_json::Value> = (0..count).map(service).collect();
            let defaults = serde_json::json!({
                "settings": {"out_file": ["{name}.log"], "kill_timeout": [{"duration": "10s"}]},
                "env": {"SAME": "\"same\"", "ALSO": "the same", "OF": "{name}"}
            });
            let declaration = serde_json::json!({"defaults": defaults, "units": units});
            let declaration = serde_json::from_value(declaration).unwrap();
            let ecosystem = Ecosystem::from_declaration(declaration, "/", &[]);
            let system = ecosystem.resolve(&Options::default()).unwrap();
            let config = Config::new(&system);
            assert_eq!(json(&config), serde_json::to_string_pretty(&config).unwrap() + "\n");
        }
    }
}
