//! The names that are there, for whoever wrote one that is not.

/// The first of the names that are there, and how many there are.
///
/// A problem does not hold all of them: in an ecosystem of ten thousand units with ten thousand
/// mistakes that would be a hundred million names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    first: Vec<String>,
    count: usize,
}

impl Known {
    /// How many names are kept: as many as a message shows.
    pub const SHOWN: usize = super::texts::SHOWN;

    /// Of all these names, in this order.
    pub fn of<'a>(names: impl Iterator<Item = &'a str>) -> Known {
        let mut names = names;
        let first: Vec<String> = names.by_ref().take(Known::SHOWN).map(str::to_owned).collect();
        let count = first.len() + names.count();
        Known { first, count }
    }

    /// Of so many names, of which these are the first [`Known::SHOWN`].
    pub(crate) fn new(first: Vec<String>, count: usize) -> Known {
        Known { first, count }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first names, as many as a message shows.
    #[must_use]
    pub fn first(&self) -> &[String] {
        &self.first
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}
