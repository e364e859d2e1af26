//! The spans behind the marks of a declaration.

use proc_macro2::Span;
use promethean_core::mark::Mark;

/// A piece of the source, from its first token to its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

/// The places of all marks.
#[derive(Debug, Default)]
pub(crate) struct Source {
    places: Vec<Place>,
}

impl Source {
    /// Gives a place a mark.
    pub(crate) fn mark(&mut self, first: Span, last: Span) -> Mark {
        self.places.push(Place { first, last });
        Mark::new(self.places.len() - 1)
    }

    /// The mark that the next place will get.
    pub(crate) fn next(&self) -> Mark {
        Mark::new(self.places.len())
    }

    /// The place of a mark; the whole macro for one that has none.
    pub(crate) fn place(&self, mark: Mark) -> Place {
        let whole = || Place { first: Span::call_site(), last: Span::call_site() };
        mark.index().and_then(|index| self.places.get(index).copied()).unwrap_or_else(whole)
    }
}
