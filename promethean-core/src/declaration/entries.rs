//! What is written as `key: values`: attributes and environment variables.
//!
//! In JSON both are objects. They are kept as lists, so that the order of writing and what was
//! written twice are not lost before they are checked.

use std::fmt;

use serde_core::de::value::MapAccessDeserializer;
use serde_core::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

use smol_str::{SmolStr, ToSmolStr as _};

use super::{EndpointReference, Kind};
use crate::attribute::{Attribute, Form};
use crate::json::{Optional, object};
use crate::span_id::Spanned;
use crate::value::Value;

/// The attributes of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(pub Vec<Attribution>);

impl Settings {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each attribute with its values.
    pub fn iter(&self) -> std::slice::Iter<'_, Attribution> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Settings {
    type Item = &'a Attribution;
    type IntoIter = std::slice::Iter<'a, Attribution>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One attribute and what it is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// The attribute's name as it was written, perhaps an alias.
    pub key: Spanned<SmolStr>,
    /// What follows it.
    pub given: Given,
}

impl Attribution {
    /// The row of the table; `None` for a name that no attribute has.
    #[must_use]
    pub fn attribute(&self) -> Option<&'static Attribute> {
        Attribute::find(&self.key)
    }

    /// Whether it means something to a service of this kind: `defaults` may hold what is meant for
    /// others.
    #[must_use]
    pub fn fits(&self, kind: Kind) -> bool {
        let Some(attribute) = self.attribute() else { return false };
        let runner = match self.values() {
            [first, ..] if attribute.form == Form::Runner => first.value.as_name(),
            _ => None,
        };
        attribute.applies_to(kind) && runner.is_none_or(|word| kind.runners().contains(&word))
    }

    /// Its values; none for an object.
    #[must_use]
    pub fn values(&self) -> &[Spanned<Value>] {
        match &self.given {
            Given::Values(values) => values,
            Given::Object(_) => &[],
        }
    }
}

/// What follows an attribute's name.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// `watch ".", "../shared";`
    Values(Vec<Spanned<Value>>),
    /// `watch_options { usePolling true; }`
    Object(Vec<(Spanned<SmolStr>, Vec<Spanned<Value>>)>),
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|setting| (&*setting.key, &setting.given)))
    }
}

impl Serialize for Given {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Given::Values(values) => values.serialize(serializer),
            Given::Object(entries) => {
                serializer.collect_map(entries.iter().map(|(key, values)| (&**key, values)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Settings, D::Error> {
        struct SettingsVisitor;
        impl<'de> Visitor<'de> for SettingsVisitor {
            type Value = Settings;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
                let mut settings = Vec::with_capacity(map.size_hint().unwrap_or(4));
                while let Some((key, given)) = map.next_entry()? {
                    settings.push(Attribution { key, given });
                }
                Ok(Settings(settings))
            }
        }
        deserializer.deserialize_map(SettingsVisitor)
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Given, D::Error> {
        struct GivenVisitor;
        impl<'de> Visitor<'de> for GivenVisitor {
            type Value = Given;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of values, or an object of lists of values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given, A::Error> {
                let mut values = Vec::with_capacity(seq.size_hint().unwrap_or(1));
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Given::Values(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Given::Object(entries))
            }
        }
        deserializer.deserialize_any(GivenVisitor)
    }
}

/// One environment variable.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvEntry {
    /// The variable's name.
    pub key: Spanned<SmolStr>,
    /// What it is given.
    pub value: EnvValue,
}

/// What an environment variable is given.
#[derive(Clone, Debug, PartialEq)]
pub enum EnvValue {
    /// `KEY = "value";`, with its placeholders not yet replaced.
    Text(Spanned<SmolStr>),
    /// `KEY = (expression);`: which of the ecosystem's expressions it is.
    Expression(Spanned<usize>),
    /// `KEY = secret;` or `KEY = secret "STORED";`
    Secret(Option<Spanned<SmolStr>>),
    /// `KEY = inherit;` or `KEY = inherit "OTHER";`
    Inherit(Option<Spanned<SmolStr>>),
    /// `KEY = secret or "value";`: the first of these sources that is there. [`EnvValue::Unset`] as
    /// the last one leaves the variable out when none is.
    Or(Vec<Spanned<EnvValue>>),
    /// `KEY = url proxx "/v1";`
    Endpoint(Box<EndpointReference>),
    /// `KEY;`: whoever uses this gives it a value.
    Required,
    /// `unset KEY;`
    Unset,
}

impl EnvValue {
    /// The sources of a chain with `or`, or the value itself.
    pub fn sources(&self) -> impl Iterator<Item = &EnvValue> {
        match self {
            EnvValue::Or(sources) => Sources::Chain(sources.iter()),
            EnvValue::Text(_)
            | EnvValue::Expression(_)
            | EnvValue::Secret(_)
            | EnvValue::Inherit(_)
            | EnvValue::Endpoint(_)
            | EnvValue::Required
            | EnvValue::Unset => Sources::One(Some(self)),
        }
    }

    /// The text of a source: all of it, or what is appended to a reference.
    pub(crate) fn text(&self) -> Option<&Spanned<SmolStr>> {
        match self {
            EnvValue::Text(text) => Some(text),
            EnvValue::Endpoint(reference) => reference.append.as_ref(),
            EnvValue::Expression(_)
            | EnvValue::Secret(_)
            | EnvValue::Inherit(_)
            | EnvValue::Or(_)
            | EnvValue::Required
            | EnvValue::Unset => None,
        }
    }

    /// The texts in it.
    pub fn texts(&self) -> impl Iterator<Item = &Spanned<SmolStr>> {
        self.sources().filter_map(EnvValue::text)
    }
}

/// The sources of a value.
enum Sources<'a> {
    One(Option<&'a EnvValue>),
    Chain(std::slice::Iter<'a, Spanned<EnvValue>>),
}

impl<'a> Iterator for Sources<'a> {
    type Item = &'a EnvValue;

    fn next(&mut self) -> Option<&'a EnvValue> {
        match self {
            Sources::One(source) => source.take(),
            Sources::Chain(sources) => sources.next().map(|source| &source.value),
        }
    }
}

impl Serialize for EnvValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            EnvValue::Text(text) => text.serialize(serializer),
            EnvValue::Required => serializer.serialize_unit(),
            EnvValue::Expression(index) => serializer.collect_map([("expression", index)]),
            EnvValue::Secret(name) => serializer.collect_map([("secret", name)]),
            EnvValue::Inherit(from) => serializer.collect_map([("inherit", from)]),
            EnvValue::Or(sources) => serializer.collect_map([("or", sources)]),
            EnvValue::Endpoint(reference) => serializer.collect_map([("endpoint", reference)]),
            EnvValue::Unset => serializer.collect_map([("unset", true)]),
        }
    }
}

impl<'de> Deserialize<'de> for EnvValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EnvValue, D::Error> {
        struct EnvValueVisitor;
        impl<'de> Visitor<'de> for EnvValueVisitor {
            type Value = EnvValue;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(
                    "a string, null, or an object with one of the keys \
                     `secret`, `inherit`, `or`, `endpoint`, `expression` and `unset`",
                )
            }

            fn visit_str<E: serde_core::de::Error>(self, text: &str) -> Result<EnvValue, E> {
                Ok(EnvValue::Text(Spanned::nowhere(text.into())))
            }

            fn visit_unit<E: serde_core::de::Error>(self) -> Result<EnvValue, E> {
                Ok(EnvValue::Required)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EnvValue, A::Error> {
                const KEYS: &[&str] =
                    &["secret", "inherit", "or", "endpoint", "expression", "unset"];
                let value = match map.next_key::<String>()?.as_deref() {
                    Some("secret") => EnvValue::Secret(map.next_value()?),
                    Some("inherit") => map.next_value::<Inherited>()?.into(),
                    Some("or") => {
                        let sources: Vec<Spanned<EnvValue>> = map.next_value()?;
                        let is_none = |value: &EnvValue| {
                            matches!(value, EnvValue::Or(_) | EnvValue::Required)
                        };
                        if sources.is_empty() || sources.iter().any(|source| is_none(source)) {
                            return Err(A::Error::custom("`or` takes texts, secrets and the like"));
                        }
                        EnvValue::Or(sources)
                    }
                    Some("endpoint") => EnvValue::Endpoint(map.next_value()?),
                    Some("expression") => EnvValue::Expression(map.next_value()?),
                    Some("unset") => {
                        map.next_value::<IgnoredAny>()?;
                        EnvValue::Unset
                    }
                    Some(other) => return Err(A::Error::unknown_field(other, KEYS)),
                    None => return Err(A::Error::invalid_length(0, &self)),
                };
                match map.next_key::<String>()? {
                    None => Ok(value),
                    Some(extra) => Err(A::Error::unknown_field(&extra, &[])),
                }
            }
        }
        deserializer.deserialize_any(EnvValueVisitor)
    }
}

/// What is inherited: a name, or none; or with its one default, as declarations had it before chains.
enum Inherited {
    Name(Option<Spanned<SmolStr>>),
    Fields(InheritedFields),
}

#[derive(Default)]
struct InheritedFields {
    from: Option<Spanned<SmolStr>>,
    or: Option<Spanned<Value>>,
}

object!(InheritedFields { from[?], or[?] });

impl<'de> Deserialize<'de> for Inherited {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Inherited, D::Error> {
        struct InheritedVisitor;
        impl<'de> Visitor<'de> for InheritedVisitor {
            type Value = Inherited;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter
                    .write_str("the name of a variable, null, or an object with `from` and `or`")
            }

            fn visit_str<E: serde_core::de::Error>(self, name: &str) -> Result<Inherited, E> {
                Ok(Inherited::Name(Some(Spanned::nowhere(name.into()))))
            }

            fn visit_unit<E: serde_core::de::Error>(self) -> Result<Inherited, E> {
                Ok(Inherited::Name(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Inherited, A::Error> {
                let fields = MapAccessDeserializer::new(map);
                InheritedFields::deserialize(fields).map(Inherited::Fields)
            }
        }
        deserializer.deserialize_any(InheritedVisitor)
    }
}

impl From<Inherited> for EnvValue {
    fn from(inherited: Inherited) -> EnvValue {
        let (from, or) = match inherited {
            Inherited::Name(from) => (from, None),
            Inherited::Fields(fields) => (fields.from, fields.or),
        };
        let inherit = EnvValue::Inherit(from);
        let Some(Spanned { value, span_id }) = or else { return inherit };
        let or = match value {
            Value::Expression(index) => EnvValue::Expression(Spanned::new(index, span_id)),
            Value::Text(text) => EnvValue::Text(Spanned::new(text, span_id)),
            other => EnvValue::Text(Spanned::new(other.to_smolstr(), span_id)),
        };
        EnvValue::Or(vec![Spanned::nowhere(inherit), Spanned::new(or, span_id)])
    }
}

/// Environment variables as an object, as they are written.
pub(super) struct Written<'e>(pub(super) &'e [EnvEntry]);

/// Environment variables as an object, as they are read.
pub(super) struct Read(pub(super) Vec<EnvEntry>);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|entry| (&*entry.key, &entry.value)))
    }
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Read, D::Error> {
        struct EnvVisitor;
        impl<'de> Visitor<'de> for EnvVisitor {
            type Value = Read;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of environment variables")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
                // Thousands of services have a few variables each, and those take no more room than they need.
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(2));
                while let Some((key, value)) = map.next_entry()? {
                    entries.push(EnvEntry { key, value });
                }
                entries.shrink_to_fit();
                Ok(Read(entries))
            }
        }
        deserializer.deserialize_map(EnvVisitor)
    }
}

impl Optional for Settings {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}
