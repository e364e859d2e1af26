//! PM2's configuration as JSON.
//!
//! It is what `serde_json` writes. A configuration of thousands of apps is megabytes of short texts in
//! which hardly anything is escaped; so they are copied as a whole here, and not letter by letter.

use std::io;

use super::config::{Config, Entry, Given};
use crate::attribute::{Setting, milliseconds};

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
    json.begin(b'{');
    json.key("apps");
    json.begin(b'[');
    for app in config.apps() {
        json.line();
        json.app(&app);
        if json.text.len() >= PIECE {
            writer.write_all(&json.text)?;
            json.text.clear();
        }
    }
    json.end(b']');
    json.end(b'}');
    json.text.push(b'\n');
    writer.write_all(&json.text)
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
    fn app(&mut self, app: &Entry<'_>) {
        self.begin(b'{');
        let Ok::<(), std::convert::Infallible>(()) = app.attributes(|name, given| {
            self.line();
            // Nothing is escaped in the name of an attribute.
            self.plain(name);
            self.text.extend_from_slice(b": ");
            match given {
                Given::Text(text) => self.string(text),
                Given::Texts(texts) => self.list(texts, |json, text| json.string(text)),
                Given::Setting(setting) => self.setting(setting),
            }
            Ok(())
        });
        let mut env = app.env().peekable();
        if env.peek().is_some() {
            self.key("env");
            self.object(env, Json::string);
        }
        self.end(b'}');
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
        match is_plain(text.as_bytes()) {
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
fn is_plain(text: &[u8]) -> bool {
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
                assert_eq!(is_plain(&text), !is_escaped, "{text:?}");
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
                settings["watch_options"] = serde_json::json!({"usePolling": [true], "empty": []});
            }
            let name = format!("service-{number}");
            let env = match number % 3 {
                0 => serde_json::json!({}),
                _ => serde_json::json!({"NAME": "{name}", "TOKEN": {"secret": null}}),
            };
            serde_json::json!({"service": {"kind": "script", "name": name,
                "block": {"settings": settings, "env": env}}})
        };
        for count in [0, 1, 3, 300] {
            let units: Vec<serde_json::Value> = (0..count).map(service).collect();
            let declaration = serde_json::from_value(serde_json::json!({"units": units})).unwrap();
            let ecosystem = Ecosystem::from_declaration(declaration, "/", &[]);
            let system = ecosystem.resolve(&Options::default()).unwrap();
            let config = Config::new(&system);
            assert_eq!(json(&config), serde_json::to_string_pretty(&config).unwrap() + "\n");
        }
    }
}
