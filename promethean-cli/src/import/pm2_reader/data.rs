//! What a configuration holds, as JavaScript sees it, with what comes from outside kept apart.

use std::collections::BTreeMap;
use std::fmt;

use crate::import::secret::is_secret;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value of a configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::import) enum Data {
    /// `null`, also where the key is not there.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number; JavaScript has one sort.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Data>),
    /// An object, in the order of writing.
    Object(Vec<(String, Data)>),
    /// A value that is read from the environment or from a dotenv file.
    Outside(Outside),
}

/// A text or a number with something of the environment in it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::import) struct Outside {
    /// What it is put together from.
    pub(in crate::import) pieces: Vec<Piece>,
    /// The variables that are taken in its place, in this order, when it is not set.
    pub(in crate::import) fallbacks: Vec<Piece>,
    /// What variables of a text with several have in it when they are not set.
    pub(in crate::import) defaults: BTreeMap<String, String>,
    /// What it is when nothing is set.
    pub(in crate::import) or: Option<Box<Data>>,
    /// Whether it is left out when nothing is set and there is no such value.
    pub(in crate::import) is_optional: bool,
    /// Whether it is one of a spread of the whole environment.
    pub(in crate::import) spread: bool,
}

impl Outside {
    /// Something that consists of these pieces and has to be there.
    pub(in crate::import) fn of(pieces: Vec<Piece>) -> Outside {
        Outside {
            pieces,
            fallbacks: Vec::new(),
            defaults: BTreeMap::new(),
            or: None,
            is_optional: false,
            spread: false,
        }
    }

    /// What it is put together from, and what in its place when some of the variables are not set that
    /// have a default in it, those with most variables first. `is_hidden` is true of variables whose
    /// defaults are not for all eyes.
    pub(in crate::import) fn alternatives(
        &self,
        is_hidden: &dyn Fn(&str) -> bool,
    ) -> Vec<Vec<Piece>> {
        let defaults: Vec<(&String, &String)> = self
            .defaults
            .iter()
            .filter(|(name, text)| text.is_empty() || !is_hidden(name))
            .collect();
        let mut alternatives: Vec<Vec<Piece>> = (0_usize..1 << defaults.len())
            .map(|absent| {
                let of = |name: &String| {
                    let at = defaults.iter().position(|(known, _)| *known == name)?;
                    defaults.get(at).filter(|_| absent >> at & 1 == 1).map(|(_, text)| *text)
                };
                let pieces = self.pieces.iter().map(|piece| match piece {
                    Piece::Variable { name, .. } => {
                        of(name).map_or_else(|| piece.clone(), |text| Piece::Literal(text.clone()))
                    }
                    Piece::Literal(_) => piece.clone(),
                });
                pieces.collect()
            })
            .collect();
        let variables = |pieces: &Vec<Piece>| {
            pieces.iter().filter(|piece| matches!(piece, Piece::Variable { .. })).count()
        };
        // What none is in is the default of the whole.
        alternatives.retain(|pieces| variables(pieces) > 0);
        alternatives.sort_by_key(|pieces| std::cmp::Reverse(variables(pieces)));
        alternatives
    }

    /// The variables it is put together from: `` `HOST` and `PORT` ``.
    pub(super) fn variables(&self) -> String {
        let names = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { name, .. } => Some(format!("`{name}`")),
            Piece::Literal(_) => None,
        });
        names.collect::<Vec<_>>().join(" and ")
    }
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) enum Piece {
    /// Characters that stand for themselves.
    Literal(String),
    /// The value of a variable.
    Variable {
        /// Its name.
        name: String,
        /// The dotenv file that it is read from: which one of those that were read.
        file: Option<usize>,
    },
}

impl Outside {
    /// The one variable that it consists of.
    pub(in crate::import) fn alone(&self) -> Option<(&str, Option<usize>)> {
        match self.pieces.as_slice() {
            [Piece::Variable { name, file }] => Some((name, *file)),
            _ => None,
        }
    }
}

impl Data {
    /// The value of a key of an object.
    pub(in crate::import) fn get(&self, key: &str) -> Option<&Data> {
        let mut entries = self.as_object()?.iter();
        entries.find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The keys of an object but these.
    pub(in crate::import) fn keys_but(&self, these: &[&str]) -> Vec<&str> {
        let keys = self.as_object().unwrap_or_default().iter().map(|(key, _)| key.as_str());
        keys.filter(|key| !these.contains(key)).collect()
    }

    /// The entries of an object.
    pub(in crate::import) fn as_object(&self) -> Option<&[(String, Data)]> {
        if let Data::Object(entries) = self { Some(entries) } else { None }
    }

    /// The items of a list.
    pub(in crate::import) fn as_list(&self) -> Option<&[Data]> {
        if let Data::List(items) = self { Some(items) } else { None }
    }

    /// Whether an object has a secret in the clear in it.
    pub(in crate::import) fn holds_secret(&self) -> bool {
        let of_key = |(key, value): &(String, Data)| {
            value.as_text().is_some_and(|text| !text.is_empty() && is_secret(key))
                || value.holds_secret()
        };
        self.as_object().unwrap_or_default().iter().any(of_key)
            || self.as_list().unwrap_or_default().iter().any(Data::holds_secret)
    }

    /// Whether it is a function, which no process can be given.
    pub(in crate::import) fn is_function(&self) -> bool {
        matches!(self.as_object(), Some([(key, _)]) if key == FUNCTION)
    }

    /// The way from here to the first function in it: `env.A`, `args[1]`.
    pub(in crate::import) fn way_to_function(&self, way: &str) -> Option<String> {
        if self.is_function() {
            return Some(way.to_owned());
        }
        let mut of_entries = self.as_object().unwrap_or_default().iter();
        let of_entries =
            of_entries.find_map(|(key, value)| value.way_to_function(&format!("{way}.{key}")));
        of_entries.or_else(|| {
            let mut items = self.as_list().unwrap_or_default().iter().enumerate();
            items.find_map(|(index, item)| item.way_to_function(&format!("{way}[{index}]")))
        })
    }

    /// The text of a value that is one.
    pub(in crate::import) fn as_text(&self) -> Option<&str> {
        if let Data::Text(text) = self { Some(text) } else { None }
    }

    /// Calls `visit` with each variable that it is made of.
    pub(in crate::import) fn each_variable(&self, visit: &mut dyn FnMut(&str)) {
        match self {
            Data::List(items) => items.iter().for_each(|item| item.each_variable(visit)),
            Data::Object(entries) => {
                for (_, value) in entries {
                    value.each_variable(visit);
                }
            }
            Data::Outside(outside) => {
                for piece in outside.pieces.iter().chain(&outside.fallbacks) {
                    if let Piece::Variable { name, .. } = piece {
                        visit(name);
                    }
                }
            }
            Data::Null | Data::Boolean(_) | Data::Number(_) | Data::Text(_) => {}
        }
    }

    /// The dotenv files that it has variables of.
    pub(in crate::import) fn files(&self) -> Vec<usize> {
        let of_pieces = |outside: &Outside| -> Vec<usize> {
            let pieces = outside.pieces.iter().chain(&outside.fallbacks);
            let files = pieces.filter_map(|piece| match piece {
                Piece::Variable { file, .. } => *file,
                Piece::Literal(_) => None,
            });
            files.collect()
        };
        match self {
            Data::List(items) => items.iter().flat_map(Data::files).collect(),
            Data::Object(entries) => entries.iter().flat_map(|(_, value)| value.files()).collect(),
            Data::Outside(outside) => of_pieces(outside),
            Data::Null | Data::Boolean(_) | Data::Number(_) | Data::Text(_) => Vec::new(),
        }
    }

    /// Whether JavaScript takes it for false.
    pub(in crate::import) fn is_falsy(&self) -> bool {
        match self {
            Data::Null => true,
            Data::Boolean(boolean) => !boolean,
            Data::Number(number) => *number == 0.0 || number.is_nan(),
            Data::Text(text) => text.is_empty(),
            Data::List(_) | Data::Object(_) | Data::Outside(_) => false,
        }
    }

    /// What it is, for a person.
    pub(in crate::import) fn kind(&self) -> &'static str {
        match self {
            Data::Null => "null",
            Data::Boolean(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::Text(_) => "a text",
            Data::List(_) => "a list",
            Data::Object(_) => "an object",
            Data::Outside(_) => "a value of the environment",
        }
    }

    /// The text that a process gets for it; PM2 writes objects as JSON, and a number as JavaScript
    /// does.
    pub(in crate::import) fn to_text(&self) -> String {
        match self {
            Data::Text(text) => text.clone(),
            Data::Number(number) => number_text(*number),
            other => serde_json::to_string(other).unwrap_or_default(),
        }
    }
}

/// A number as JavaScript writes it.
pub(in crate::import) fn number_text(number: f64) -> String {
    if !number.is_finite() {
        let sign = if number < 0.0 { "-" } else { "" };
        return if number.is_nan() { "NaN".to_owned() } else { format!("{sign}Infinity") };
    }
    let size = number.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if (1e-6..1e21).contains(&size) {
        return number.to_string();
    }
    let written = format!("{number:e}");
    match written.split_once('e') {
        Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
        _ => written,
    }
}

/// As JSON; what comes from outside is what it is without it.
impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Data::Null => serializer.serialize_unit(),
            Data::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Data::Number(number) => match whole(*number) {
                Some(whole) => serializer.serialize_i64(whole),
                None => serializer.serialize_f64(*number),
            },
            Data::Text(text) => serializer.serialize_str(text),
            Data::List(items) => serializer.collect_seq(items),
            Data::Object(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
            Data::Outside(outside) => outside.or.serialize(serializer),
        }
    }
}

/// The whole number that a number is, where JavaScript tells it from its neighbours.
#[expect(clippy::cast_possible_truncation, reason = "numbers up to 2^53 are exact")]
pub(in crate::import) fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_none<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        Data::deserialize(deserializer)
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<Data, E> {
        Ok(Data::Boolean(boolean))
    }

    #[expect(clippy::cast_precision_loss, reason = "so does JavaScript")]
    fn visit_i64<E>(self, number: i64) -> Result<Data, E> {
        Ok(Data::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "so does JavaScript")]
    fn visit_u64<E>(self, number: u64) -> Result<Data, E> {
        Ok(Data::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Data, E> {
        Ok(Data::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Data, E> {
        Ok(Data::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Data, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Data::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Data, A::Error> {
        let mut object: Vec<(String, Data)> = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Key, Data>()? {
            // The last of one name counts, in the place of the first.
            match object.iter_mut().find(|(name, _)| *name == key.0) {
                Some((_, present)) => *present = value,
                None => object.push((key.0, value)),
            }
        }
        match object.as_slice() {
            [(key, text)] if key == NOT_A_NUMBER => Ok(text.clone()),
            _ => Ok(Data::Object(object)),
        }
    }
}

/// The key under which `NaN` and `Infinity` come from `evaluate.cjs`: JSON has no such numbers.
const NOT_A_NUMBER: &str = "\u{e002}";

/// The key under which a function comes from `evaluate.cjs`.
const FUNCTION: &str = "\u{e004}";

/// The name of a key: YAML has numbers and booleans for keys, too.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        Data::deserialize(deserializer).map(|key| Key(key.to_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_javascript_does() {
        for (number, text) in [
            (300_000.0, "300000"),
            (0.5, "0.5"),
            (-3.0, "-3"),
            (-0.0, "0"),
            (449_279_570_445_729_793.0, "449279570445729800"),
            (1e21, "1e+21"),
            (1.5e300, "1.5e+300"),
            (1e-7, "1e-7"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn keys_stay_in_order_and_the_last_value_counts() {
        let data: Data = serde_json::from_str(r#"{"b": 1, "a": [null, true], "b": "x"}"#).unwrap();
        let list = Data::List(vec![Data::Null, Data::Boolean(true)]);
        assert_eq!(
            data,
            Data::Object(vec![("b".into(), Data::Text("x".into())), ("a".into(), list)])
        );
        assert_eq!(data.to_text(), r#"{"b":"x","a":[null,true]}"#);
    }
}
