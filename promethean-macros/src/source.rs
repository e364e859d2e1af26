//! The spans behind the marks of a declaration.

use proc_macro2::{Ident, Span};
use promethean_core::mark::Mark;

/// A piece of the source, from its first token to its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

/// The places of all marks.
#[derive(Debug, Default)]
pub(crate) struct SpanMap {
    places: Vec<Place>,
    /// The names that are one word, in the order of their marks.
    words: Vec<(Mark, Ident)>,
}

impl SpanMap {
    /// Gives a place a mark.
    pub(crate) fn mark(&mut self, first: Span, last: Span) -> Mark {
        self.places.push(Place { first, last });
        Mark::new(self.places.len() - 1)
    }

    /// Keeps the word that a mark stands for.
    pub(crate) fn keep_word(&mut self, mark: Mark, word: Ident) {
        self.words.push((mark, word));
    }

    /// The word that a mark stands for; `None` for what is quoted or has hyphens in it.
    pub(crate) fn word(&self, mark: Mark) -> Option<&Ident> {
        let found = self.words.binary_search_by_key(&mark, |(mark, _)| *mark);
        found.ok().and_then(|index| self.words.get(index)).map(|(_, word)| word)
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
