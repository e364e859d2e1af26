//! The house's format for `ecosystem! { … }` in Rust files, which rustfmt leaves alone.
//!
//! One statement stands on a line, four spaces deeper with every block; a block that was written on
//! one line stays there while it fits into 100 columns and has no comment. One empty line between
//! statements stays. Comments stay with what they stand at; `(expressions)` stay as they are.
//!
//! `pieces` reads a file into pieces with the comments between them, `statements` what stands
//! between two braces into statements, `layout` writes them.

mod layout;
mod pieces;
mod statements;

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use pieces::{Piece, Pieces};

/// A source that cannot be formatted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {reason}")]
pub struct FormatError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// Why not.
    pub reason: String,
}

/// Formats every `ecosystem! { … }` of a Rust source and leaves every other byte as it is. Within
/// `macro_rules!` nothing is formatted: what stands there is a pattern for an ecosystem.
///
/// # Errors
///
/// The source is not Rust (a bracket or a quote is not closed), or has a comment where the format cannot keep one.
///
/// ```
/// let source = "static S: E = ecosystem! {node   web \"web\" {port 80;}};\n";
/// let formatted = promethean_cli::format::ecosystems(source).unwrap();
/// assert_eq!(formatted, "static S: E = ecosystem! { node web \"web\" { port 80; } };\n");
/// ```
pub fn ecosystems(source: &str) -> Result<String, FormatError> {
    let tokens: TokenStream = source.parse().map_err(|error: proc_macro2::LexError| {
        let place = error.span().start();
        let reason = format!("the file cannot be read as Rust: {error}");
        FormatError { line: place.line, column: place.column + 1, reason }
    })?;
    let mut found = Vec::new();
    find(tokens, &mut found);
    let mut formatted = String::with_capacity(source.len());
    let mut written = 0;
    for range in found {
        let (Some(before), Some(text)) =
            (source.get(written..range.start), source.get(range.clone()))
        else {
            continue;
        };
        formatted.push_str(before);
        let indent = indent(source, range.start);
        let column = column(source, range.start);
        let new = Pieces::of(text)
            .map(|pieces| layout::ecosystem(&pieces, indent, column, newline(source)))
            .filter(|new| says_the_same(text, new));
        let Some(new) = new else {
            let line = source.get(..range.start).unwrap_or_default().matches('\n').count() + 1;
            let reason = "the ecosystem is left as it is: a comment in it would be lost".to_owned();
            return Err(FormatError { line, column: column + 1, reason });
        };
        formatted.push_str(&new);
        written = range.end;
    }
    formatted.push_str(source.get(written..).unwrap_or_default());
    // Tokens of this thread are numbered over all sources.
    proc_macro2::extra::invalidate_current_thread_spans();
    Ok(formatted)
}

/// Finds what stands behind each `ecosystem!`, brackets included.
fn find(tokens: TokenStream, found: &mut Vec<Range<usize>>) {
    let mut before: [Option<String>; 2] = [None, None];
    let mut in_rules = false;
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            let is_ecosystem = before[0].as_deref() == Some("ecosystem")
                && before[1].as_deref() == Some("!")
                && group.delimiter() != Delimiter::None;
            if is_ecosystem {
                found.push(
                    group.span_open().byte_range().start..group.span_close().byte_range().end,
                );
            } else if !in_rules {
                find(group.stream(), found);
            }
        }
        // `macro_rules! name { … }`
        let word = match &token {
            TokenTree::Group(_) => String::new(),
            other => other.to_string(),
        };
        in_rules = match word.as_str() {
            "macro_rules" => true,
            "!" => in_rules,
            _ => in_rules && before[1].as_deref() == Some("!"),
        };
        before = [before[1].take(), Some(word)];
    }
}

/// The white space that the line of a place begins with.
fn indent(source: &str, place: usize) -> &str {
    let line = line(source, place);
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// How many characters stand before a place on its line.
fn column(source: &str, place: usize) -> usize {
    line(source, place).chars().count()
}

/// The line of a place, up to it.
fn line(source: &str, place: usize) -> &str {
    let before = source.get(..place).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default()
}

/// How the lines of a source end.
fn newline(source: &str) -> &'static str {
    match source.split_once('\n') {
        Some((first, _)) if first.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// Whether two texts have the same tokens and the same comments.
fn says_the_same(old: &str, new: &str) -> bool {
    let (Some(old), Some(new)) = (Pieces::of(old), Pieces::of(new)) else { return false };
    let same = |(old, new): (&Piece<'_>, &Piece<'_>)| {
        let comments = old.comments.len() == new.comments.len();
        let mut both = old.comments.iter().zip(&new.comments);
        let dependency = layout::awaited(old);
        (old.text == new.text || dependency.is_some() && dependency == layout::awaited(new))
            && comments
            && both.all(|(old, new)| pieces::words(old.text).eq(pieces::words(new.text)))
    };
    old.list.len() == new.list.len() && old.list.iter().zip(&new.list).all(same)
}
