//! Places in the source of a declaration.
//!
//! Whoever builds a declaration (the macro from tokens, the importer from a file) gives every piece
//! of it that a problem can be about a [`Mark`] and remembers what the mark stands for: a span, a
//! line. The rules of this crate speak of marks only, so each rule exists once for all of them.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A place in the source of a declaration. Marks are compared in the order of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(u32);

impl Mark {
    /// The mark of what has no place of its own, as everything in a declaration read from JSON.
    pub const NOWHERE: Mark = Mark(0);

    /// The mark of the piece with this index, counted from 0 in the order of the source.
    ///
    /// Indices beyond `u32::MAX - 1` share one mark.
    #[must_use]
    pub fn new(index: usize) -> Mark {
        Mark(u32::try_from(index).map_or(u32::MAX, |index| index.saturating_add(1)))
    }

    /// The index that [`Mark::new`] was given; `None` for [`Mark::NOWHERE`].
    #[must_use]
    pub fn index(self) -> Option<usize> {
        self.0.checked_sub(1).map(|index| index as usize)
    }
}

/// A value together with the place it was written in.
///
/// Equality and serialization are those of the value alone.
#[derive(Clone, Default)]
pub struct Marked<T> {
    /// What was written.
    pub value: T,
    /// Where it was written.
    pub mark: Mark,
}

impl<T> Marked<T> {
    /// Joins a value and its place.
    pub fn new(value: T, mark: Mark) -> Marked<T> {
        Marked { value, mark }
    }

    /// A value with no place in a source.
    pub fn nowhere(value: T) -> Marked<T> {
        Marked::new(value, Mark::NOWHERE)
    }
}

impl<T> Deref for Marked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Marked<T> {
    fn eq(&self, other: &Marked<T>) -> bool {
        self.value == other.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Marked<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(formatter)
    }
}

impl<T: Serialize> Serialize for Marked<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Marked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Marked<T>, D::Error> {
        T::deserialize(deserializer).map(Marked::nowhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_gives_back_its_index() {
        assert_eq!(Mark::new(0).index(), Some(0));
        assert_eq!(Mark::new(41).index(), Some(41));
        assert_eq!(Mark::NOWHERE.index(), None);
        assert!(Mark::NOWHERE < Mark::new(0) && Mark::new(0) < Mark::new(1));
    }
}
