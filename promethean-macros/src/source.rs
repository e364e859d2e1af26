//! The spans behind the span ids of a declaration.

use proc_macro2::{Ident, Span};
use promethean_core::span_id::SpanId;

/// A piece of the source, from its first token to its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanRange {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

/// The places of all span ids.
#[derive(Debug, Default)]
pub(crate) struct SpanMap {
    places: Vec<SpanRange>,
    /// The names that are one word, in the order of their span ids.
    words: Vec<(SpanId, Ident)>,
}

impl SpanMap {
    /// Gives a place a span id.
    pub(crate) fn add(&mut self, first: Span, last: Span) -> SpanId {
        self.places.push(SpanRange { first, last });
        SpanId::new(self.places.len() - 1)
    }

    /// Keeps the word that a span id stands for.
    pub(crate) fn keep_word(&mut self, span_id: SpanId, word: Ident) {
        self.words.push((span_id, word));
    }

    /// The word that a span id stands for; `None` for what is quoted or has hyphens in it.
    pub(crate) fn word(&self, span_id: SpanId) -> Option<&Ident> {
        let found = self.words.binary_search_by_key(&span_id, |(span_id, _)| *span_id);
        found.ok().and_then(|index| self.words.get(index)).map(|(_, word)| word)
    }

    /// The span id that the next place will get.
    pub(crate) fn next(&self) -> SpanId {
        SpanId::new(self.places.len())
    }

    /// The place of a span id; the whole macro for one that has none.
    pub(crate) fn place(&self, span_id: SpanId) -> SpanRange {
        let whole = || SpanRange { first: Span::call_site(), last: Span::call_site() };
        span_id.index().and_then(|index| self.places.get(index).copied()).unwrap_or_else(whole)
    }
}
