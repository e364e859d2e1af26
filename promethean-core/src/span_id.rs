//! Places in the source of a declaration.
//!
//! Whoever builds a declaration (the macro from tokens, the importer from a file) gives every piece
//! of it that a problem can be about a [`SpanId`] and remembers what the span id stands for: a span, a
//! line. The rules of this crate speak of span ids only, so each rule exists once for all of them.

use std::fmt;
use std::ops::Deref;

use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

/// A place in the source of a declaration. Span ids are compared in the order of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(u32);

impl SpanId {
    /// The span id of what has no place of its own, as everything in a declaration read from JSON.
    pub const NOWHERE: SpanId = SpanId(0);

    /// The span id of the piece with this index, counted from 0 in the order of the source.
    ///
    /// Indices beyond `u32::MAX - 1` share one span id.
    #[must_use]
    pub fn new(index: usize) -> SpanId {
        SpanId(u32::try_from(index).map_or(u32::MAX, |index| index.saturating_add(1)))
    }

    /// The index that [`SpanId::new`] was given; `None` for [`SpanId::NOWHERE`].
    #[must_use]
    pub fn index(self) -> Option<usize> {
        self.0.checked_sub(1).map(|index| index as usize)
    }
}

/// A value together with the place it was written in.
///
/// Equality and serialization are those of the value.
#[derive(Clone, Default)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where it was written.
    pub span_id: SpanId,
}

impl<T> Spanned<T> {
    /// Joins a value and its place.
    pub fn new(value: T, span_id: SpanId) -> Spanned<T> {
        Spanned { value, span_id }
    }

    /// A value with no place in a source.
    pub fn nowhere(value: T) -> Spanned<T> {
        Spanned::new(value, SpanId::NOWHERE)
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Spanned<T>) -> bool {
        self.value == other.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Spanned<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(formatter)
    }
}

impl<T: Serialize> Serialize for Spanned<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Spanned<T>, D::Error> {
        T::deserialize(deserializer).map(Spanned::nowhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_id_gives_back_its_index() {
        assert_eq!(SpanId::new(0).index(), Some(0));
        assert_eq!(SpanId::new(41).index(), Some(41));
        assert_eq!(SpanId::NOWHERE.index(), None);
        assert!(SpanId::NOWHERE < SpanId::new(0) && SpanId::new(0) < SpanId::new(1));
    }
}
