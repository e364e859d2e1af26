//! The words that begin items, attributes and statements.

use promethean_core::attribute::{Attribute, DERIVED, ITEMS, MEMBERS, STATEMENTS};
use promethean_core::declaration::Kind;
use syn::ext::IdentExt as _;

use crate::stream::Stream;

/// The words that begin an item.
pub(super) fn items() -> impl Iterator<Item = &'static str> {
    let kinds = Kind::ALL.iter().map(|(kind, _)| *kind);
    ITEMS.iter().map(|(item, _)| *item).chain(kinds)
}

/// Whether an item, an attribute or a statement begins with a word. `on` is also a word of sentences that
/// are not in quotes, so nothing is said of it.
pub(super) fn begins_something(word: &str) -> bool {
    if word == "on" {
        return false;
    }
    let mut statements = STATEMENTS.iter().chain(MEMBERS).chain(DERIVED).map(|(known, _)| *known);
    items().any(|item| item == word)
        || Attribute::find(word).is_some()
        || statements.any(|known| known == word)
}

/// Whether an item begins with a word.
pub(super) fn begins_item(word: &str) -> bool {
    items().any(|item| item == word)
}

/// Whether a statement is next: a word that begins one, and what can follow it.
pub(super) fn begins_statement(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let Some(word) = behind.word() else { return false };
    begins_something(&word.unraw().to_string()) && !behind.peek_sign(',')
}

/// Whether a word is an attribute or a statement of a block.
pub(super) fn is_attribute(word: &str) -> bool {
    STATEMENTS.iter().chain(DERIVED).any(|(known, _)| *known == word)
        || Attribute::find(word).is_some()
}
