//! A text as pieces: tokens, doc comments and `(expressions)`, each with the comments before it.

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A piece of the text, and what stands before it.
#[derive(Clone, Debug)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    pub(super) kind: Kind,
    /// The comments between the piece before and this one.
    pub(super) comments: Vec<Comment<'t>>,
    /// Whether nothing stands between the piece before and this one.
    pub(super) touches: bool,
    /// How many lines end between them.
    pub(super) lines: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, a literal or a sign.
    Token,
    /// `/// …`
    Doc,
    /// `( … )` or `[ … ]`, as it stands.
    Closed,
    Open,
    Close,
}

/// A comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comment<'t> {
    pub(super) text: &'t str,
    /// How many lines end before it.
    pub(super) lines: usize,
}

/// The pieces of an ecosystem, the first and the last its own brackets.
#[derive(Debug)]
pub(super) struct Pieces<'t> {
    pub(super) list: Vec<Piece<'t>>,
}

impl<'t> Pieces<'t> {
    /// The pieces of a text in brackets; `None` where it is none.
    pub(super) fn of(text: &'t str) -> Option<Pieces<'t>> {
        let tokens: TokenStream = text.parse().ok()?;
        let mut ranges: Vec<(Range<usize>, Kind)> = Vec::new();
        let mut top = tokens.into_iter();
        let (Some(TokenTree::Group(outer)), None) = (top.next(), top.next()) else { return None };
        ranges.push((outer.span_open().byte_range(), Kind::Open));
        flatten(outer.stream(), &mut ranges);
        ranges.push((outer.span_close().byte_range(), Kind::Close));
        // The numbers of the bytes go on from text to text.
        let first = ranges.first()?.0.start;
        let mut list = Vec::with_capacity(ranges.len());
        let mut end = 0;
        for (range, kind) in ranges {
            let range = range.start.checked_sub(first)?..range.end.checked_sub(first)?;
            let between = text.get(end..range.start)?;
            let (comments, lines) = comments(between);
            let piece = text.get(range.clone())?;
            list.push(Piece { text: piece, kind, comments, touches: between.is_empty(), lines });
            end = range.end;
        }
        Some(Pieces { list })
    }
}

fn flatten(tokens: TokenStream, ranges: &mut Vec<(Range<usize>, Kind)>) {
    for token in tokens {
        match &token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                ranges.push((group.span_open().byte_range(), Kind::Open));
                flatten(group.stream(), ranges);
                ranges.push((group.span_close().byte_range(), Kind::Close));
            }
            TokenTree::Group(group) if group.delimiter() != Delimiter::None => {
                let range = group.span().byte_range();
                // A doc comment comes as `#[doc = "…"]`, all of it with the place of the comment.
                match ranges.last_mut() {
                    Some((doc, kind)) if *doc == range => *kind = Kind::Doc,
                    _ => ranges.push((range, Kind::Closed)),
                }
            }
            TokenTree::Group(group) => flatten(group.stream(), ranges),
            other => {
                let range = other.span().byte_range();
                if ranges.last().is_none_or(|(last, _)| *last != range) {
                    ranges.push((range, Kind::Token));
                }
            }
        }
    }
}

/// The comments of what stands between two pieces, and how many lines end behind the last one.
fn comments(between: &str) -> (Vec<Comment<'_>>, usize) {
    let mut comments = Vec::new();
    let mut lines = 0;
    let mut rest = between;
    while let Some(character) = rest.chars().next() {
        let length = match character {
            '/' => comment_length(rest),
            other => {
                lines += usize::from(other == '\n');
                rest = rest.get(other.len_utf8()..).unwrap_or_default();
                continue;
            }
        };
        let text = rest.get(..length).unwrap_or(rest);
        comments.push(Comment { text: text.trim_end(), lines });
        lines = 0;
        rest = rest.get(length..).unwrap_or_default();
    }
    (comments, lines)
}

/// How long the comment is that a text begins with: to the end of the line, or to the `*/` that
/// closes it; such comments can hold others.
fn comment_length(text: &str) -> usize {
    if !text.starts_with("/*") {
        return text.find('\n').unwrap_or(text.len());
    }
    let (mut depth, mut place) = (0_usize, 0);
    while let Some(rest) = text.get(place..).filter(|rest| !rest.is_empty()) {
        let (change, step): (isize, usize) = match rest {
            _ if rest.starts_with("/*") => (1, 2),
            _ if rest.starts_with("*/") => (-1, 2),
            _ => (0, rest.chars().next().map_or(1, char::len_utf8)),
        };
        depth = depth.saturating_add_signed(change);
        place += step;
        if depth == 0 {
            return place;
        }
    }
    text.len()
}

/// The words of a comment: its indentation may change.
pub(super) fn words(comment: &str) -> impl Iterator<Item = &str> {
    comment.split_whitespace()
}
