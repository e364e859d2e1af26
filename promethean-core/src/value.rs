//! Values: what follows an attribute's name.

use std::fmt;
use std::time::Duration;

use serde_core::de::{Error as _, MapAccess, Unexpected, Visitor};
use serde_core::ser::SerializeMap as _;
use serde_core::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use crate::number::{Number, NumberError, Size, format_duration, parse_number};

/// A value as it was written, before an attribute gives it a type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `"text"`, with its placeholders not yet replaced.
    Text(SmolStr),
    /// `42`
    Integer(i64),
    /// `0.5`
    Float(f64),
    /// `true` or `false`
    Boolean(bool),
    /// `500ms`, `10s`, `5m`, `2h`
    Duration(Duration),
    /// `512K`, `300M`, `1G`
    Size(Size),
    /// `fork`, `npm`, any other bare word
    Word(SmolStr),
    /// `(a Rust expression)`: which of the ecosystem's expressions it is, counted from 0.
    Expression(usize),
}

impl Value {
    /// What kind of value this is, for a person: "a duration", "a word".
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "a string",
            Value::Integer(_) => "a number",
            Value::Float(_) => "a fraction",
            Value::Boolean(_) => "a boolean",
            Value::Duration(_) => "a duration",
            Value::Size(_) => "a size",
            Value::Word(_) => "a word",
            Value::Expression(_) => "an expression",
        }
    }

    /// The text of a name: a word, or a string.
    #[must_use]
    pub fn as_name(&self) -> Option<&str> {
        match self {
            Value::Word(name) | Value::Text(name) => Some(name),
            Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Duration(_)
            | Value::Size(_)
            | Value::Expression(_) => None,
        }
    }

    /// What a string says.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// What a boolean is.
    #[must_use]
    pub fn as_boolean(&self) -> Option<bool> {
        if let Value::Boolean(boolean) = self { Some(*boolean) } else { None }
    }

    /// The number of a value that is a whole one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        if let Value::Integer(integer) = self { Some(*integer) } else { None }
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Value {
        match number {
            Number::Integer(integer) => Value::Integer(integer),
            Number::Float(float) => Value::Float(float),
            Number::Duration(duration) => Value::Duration(duration),
            Number::Size(size) => Value::Size(size),
        }
    }
}

/// Writes the value as the language does; an expression is written `(…)`.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => write!(formatter, "{text:?}"),
            Value::Integer(integer) => integer.fmt(formatter),
            Value::Float(float) => write!(formatter, "{float:?}"),
            Value::Boolean(boolean) => boolean.fmt(formatter),
            Value::Duration(duration) => formatter.write_str(&format_duration(*duration)),
            Value::Size(size) => size.fmt(formatter),
            Value::Word(word) => formatter.write_str(word),
            Value::Expression(_) => formatter.write_str("(…)"),
        }
    }
}

/// JSON has no durations, sizes, words and expressions; they are objects with one key:
/// `{"duration": "10s"}`, `{"size": "300M"}`, `{"word": "fork"}`, `{"expression": 0}`.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn object<S: Serializer>(
            serializer: S,
            key: &str,
            value: &impl Serialize,
        ) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(key, value)?;
            map.end()
        }
        match self {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Integer(integer) => serializer.serialize_i64(*integer),
            Value::Float(float) => serializer.serialize_f64(*float),
            Value::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Value::Duration(duration) => {
                object(serializer, "duration", &format_duration(*duration))
            }
            Value::Size(size) => object(serializer, "size", &size.to_string()),
            Value::Word(word) => object(serializer, "word", word),
            Value::Expression(index) => object(serializer, "expression", index),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "a string, a number, a boolean, or an object with one of the keys \
             `duration`, `size`, `word` and `expression`",
        )
    }

    fn visit_str<E: serde_core::de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_bool<E: serde_core::de::Error>(self, boolean: bool) -> Result<Value, E> {
        Ok(Value::Boolean(boolean))
    }

    fn visit_i64<E: serde_core::de::Error>(self, integer: i64) -> Result<Value, E> {
        Ok(Value::Integer(integer))
    }

    fn visit_u64<E: serde_core::de::Error>(self, integer: u64) -> Result<Value, E> {
        i64::try_from(integer)
            .map(Value::Integer)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(integer), &"an integer of 64 bits"))
    }

    fn visit_f64<E: serde_core::de::Error>(self, float: f64) -> Result<Value, E> {
        Ok(Value::Float(float))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        const KEYS: &[&str] = &["duration", "size", "word", "expression"];
        let Some(key) = map.next_key::<String>()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        let value = match key.as_str() {
            "word" => Value::Word(map.next_value()?),
            "expression" => Value::Expression(map.next_value()?),
            "duration" | "size" => {
                let written: String = map.next_value()?;
                match (key.as_str(), parse_number(&written)) {
                    ("duration", Ok(Number::Duration(duration))) => Value::Duration(duration),
                    ("size", Ok(Number::Size(size))) => Value::Size(size),
                    // A size that is no whole number of K is written as its bytes alone.
                    ("size", Ok(Number::Integer(bytes))) if bytes >= 0 => {
                        Value::Size(Size::from_bytes(bytes.unsigned_abs()))
                    }
                    (_, Err(NumberError::TooLarge)) => {
                        return Err(A::Error::custom(format_args!("{written} is too large")));
                    }
                    _ => {
                        return Err(A::Error::custom(format_args!("`{written}` is not a {key}")));
                    }
                }
            }
            other => return Err(A::Error::unknown_field(other, KEYS)),
        };
        match map.next_key::<String>()? {
            None => Ok(value),
            Some(extra) => Err(A::Error::custom(format_args!(
                "a value has one key, and `{extra}` is a second one"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_survives_json() {
        let values = vec![
            Value::Text("a {name} \"b\"".into()),
            Value::Integer(-3),
            Value::Float(0.5),
            // A reader that is not exact takes it for its neighbour.
            Value::Float(123_456_789.123_456_79),
            Value::Boolean(true),
            Value::Duration(Duration::from_millis(1_500)),
            Value::Size(Size::from_bytes(300 << 20)),
            Value::Size(Size::from_bytes(1_001)),
            Value::Word("fork".into()),
            Value::Expression(7),
        ];
        let json = serde_json::to_string(&values).unwrap();
        assert_eq!(
            json,
            r#"["a {name} \"b\"",-3,0.5,123456789.12345679,true,{"duration":"1500ms"},{"size":"300M"},{"size":"1001"},{"word":"fork"},{"expression":7}]"#
        );
        assert_eq!(serde_json::from_str::<Vec<Value>>(&json).unwrap(), values);
    }

    #[test]
    fn json_that_is_no_value_is_refused_with_its_reason() {
        for (json, reason) in [
            (r#"{"duration":"10"}"#, "`10` is not a duration"),
            (r#"{"duration":"99999999999999999h"}"#, "too large"),
            (r#"{"length":"10"}"#, "unknown field `length`"),
            (r#"{"word":"a","size":"1K"}"#, "`size` is a second one"),
            ("{}", "invalid length 0"),
            ("18446744073709551615", "an integer of 64 bits"),
            ("null", "expected a string, a number"),
        ] {
            let error = serde_json::from_str::<Value>(json).unwrap_err().to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }
}
