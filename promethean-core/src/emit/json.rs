//! PM2's configuration as JSON.

use std::io;

use serde_core::Serialize as _;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::Config;

/// What an app takes in the configuration, more or less: the text grows once, if at all.
const APP: usize = 1 << 10;

/// Writes a configuration as JSON, indented by two spaces, with a newline at the end.
#[must_use]
pub fn json(config: &Config<'_>) -> String {
    let mut text = Vec::with_capacity((config.apps() + 1) * APP);
    // Writing texts, numbers and booleans to memory fails for nothing.
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
    config.serialize(&mut Serializer::with_formatter(&mut writer, Indented::default()))?;
    writer.write_all(b"\n")
}

/// What is between two values, and before the first one.
const BETWEEN: &[u8] = b",\n                                                                ";

/// Indents by two spaces, as `serde_json` does, with one write for what it writes piece by piece.
#[derive(Default)]
struct Indented {
    depth: usize,
    /// Whether the innermost object or list has a value.
    has_value: bool,
}

impl Indented {
    fn begin<W: ?Sized + io::Write>(&mut self, writer: &mut W, sign: u8) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(&[sign])
    }

    /// The beginning of a value's line.
    fn line<W: ?Sized + io::Write>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        let (from, to) = (usize::from(first), 2 + 2 * self.depth);
        if let Some(between) = BETWEEN.get(from..to) {
            return writer.write_all(between);
        }
        writer.write_all(if first { b"\n" } else { b",\n" })?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }

    fn end<W: ?Sized + io::Write>(&mut self, writer: &mut W, sign: u8) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.line(writer, true)?;
        }
        self.has_value = true;
        writer.write_all(&[sign])
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b'[')
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b']')
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b'{')
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b'}')
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a\"\\\\\n\u{7}é]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(40, 60, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[ab]{0,3}", inner, 0..3)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    fn written(value: &Value) -> String {
        let mut text = Vec::new();
        let formatter = Indented::default();
        value.serialize(&mut Serializer::with_formatter(&mut text, formatter)).unwrap();
        String::from_utf8(text).unwrap()
    }

    proptest! {
        #[test]
        fn it_is_what_serde_json_writes(value in value()) {
            prop_assert_eq!(written(&value), serde_json::to_string_pretty(&value).unwrap());
        }
    }

    #[test]
    fn deep_values_are_indented_too() {
        let deep = (0..100).fold(json!([1, {}]), |inner, _| json!({"a": [], "b": [inner, 2]}));
        assert_eq!(written(&deep), serde_json::to_string_pretty(&deep).unwrap());
    }
}
