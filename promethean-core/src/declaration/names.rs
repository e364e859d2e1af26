//! The names of templates in JSON: one is a text, several are a list.

use std::fmt;

use serde_core::de::{Error, SeqAccess, Visitor};
use serde_core::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use crate::span_id::Spanned;

/// As they are written.
pub(super) struct Written<'n>(pub(super) &'n [Spanned<SmolStr>]);

/// As they are read.
pub(super) struct Read(pub(super) Vec<Spanned<SmolStr>>);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [name] => name.serialize(serializer),
            names => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Read, D::Error> {
        deserializer.deserialize_any(Names)
    }
}

struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = Read;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a template, or a list of names")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Read, E> {
        Ok(Read(vec![Spanned::nowhere(name.into())]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Read, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element()? {
            names.push(name);
        }
        Ok(Read(names))
    }
}
