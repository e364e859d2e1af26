//! Problems as compile errors on their tokens.

use std::cell::OnceCell;
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use promethean_core::problem::Problem;
use promethean_core::span_id::SpanId;

use crate::editor;
use crate::host;
use crate::source::{SpanMap, SpanRange};

/// One `compile_error!` for each problem, spanned on its place.
pub(crate) fn compile_errors(problems: &[Problem], source: &SpanMap) -> TokenStream {
    let rejected = Rejected::default();
    problems
        .iter()
        .filter(|problem| !rejected.has(source.place(problem.span_id).first))
        .enumerate()
        .map(|(number, problem)| {
            let (message, place) = (message(problem, source), source.place(problem.span_id));
            match host::is_editor() {
                true => editor::compile_error(number, &message, place),
                false => compile_error(&message, place),
            }
        })
        .collect()
}

/// The lines in which rustc has reported a character already: a curly quote, a full-width `；`. What
/// it makes of them is not what was written, and no more is said of such a line.
#[derive(Default)]
struct Rejected {
    /// The lines of the file that was read, if any was.
    lines: OnceCell<Vec<usize>>,
}

impl Rejected {
    fn has(&self, span: Span) -> bool {
        if host::is_editor() {
            return false;
        }
        let lines = self.lines.get_or_init(|| {
            let text = span.local_file().and_then(|file| fs::read_to_string(file).ok());
            let text = text.unwrap_or_default();
            let lines = text.lines().enumerate();
            lines.filter(|(_, line)| is_rejected(line)).map(|(index, _)| index + 1).collect()
        });
        lines.binary_search(&span.start().line).is_ok()
    }
}

/// Whether a line has a character outside of strings and comments that no token of Rust begins with,
/// or a string with a prefix that Rust does not have: `f"…"`.
fn is_rejected(line: &str) -> bool {
    let mut in_string = false;
    let mut before = ' ';
    for (at, character) in line.char_indices() {
        match character {
            '"' if !in_string
                && has_unknown_prefix(line.get(..at).unwrap_or_default())
                && prefixes_are_reserved() =>
            {
                return true;
            }
            '"' if before != '\\' => in_string = !in_string,
            _ if in_string => {}
            '/' if before == '/' => return false,
            '`' => return true,
            _ if !character.is_ascii() && !character.is_alphanumeric() => return true,
            _ => {}
        }
        before = character;
    }
    false
}

/// Whether what stands before a string ends with a word that is no prefix of Rust's strings.
fn has_unknown_prefix(before: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let word = before.trim_end_matches('#');
    let word = word.get(word.trim_end_matches(is_part).len()..).unwrap_or_default();
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && !matches!(word, "b" | "r" | "br" | "c" | "cr")
}

/// Whether rustc rejects the prefixes that it does not know, as it does from the edition 2021 on.
/// Where the manifest is not there to be read, the crate is a new one.
fn prefixes_are_reserved() -> bool {
    let Some(directory) = std::env::var_os("CARGO_MANIFEST_DIR") else { return true };
    let manifest = fs::read_to_string(Path::new(&directory).join("Cargo.toml"));
    manifest.map_or(true, |text| {
        text.contains("edition") && !["\"2015\"", "\"2018\""].iter().any(|old| text.contains(old))
    })
}

/// The problem's prose, and where the places are that have to do with it.
fn message(problem: &Problem, source: &SpanMap) -> String {
    let mut message = problem.to_string();
    for (span_id, label) in &problem.related {
        if *span_id != SpanId::NOWHERE {
            let span = source.place(*span_id).first;
            let start = span.start();
            let place = format!("{}:{}:{}", span.file(), start.line, start.column + 1);
            message = format!("{message}\n  {label}: {place}");
        }
    }
    message
}

/// `::core::compile_error! { "…" }`; rustc underlines from the first token's span to the last's.
fn compile_error(message: &str, place: SpanRange) -> TokenStream {
    let sign = |character, spacing| {
        let mut punct = Punct::new(character, spacing);
        punct.set_span(place.first);
        TokenTree::Punct(punct)
    };
    let word = |word: &str| TokenTree::Ident(Ident::new(word, place.first));
    let mut literal = Literal::string(message);
    literal.set_span(place.last);
    let mut group = Group::new(Delimiter::Brace, TokenTree::Literal(literal).into());
    group.set_span(place.last);
    [
        sign(':', Spacing::Joint),
        sign(':', Spacing::Alone),
        word("core"),
        sign(':', Spacing::Joint),
        sign(':', Spacing::Alone),
        word("compile_error"),
        sign('!', Spacing::Alone),
        TokenTree::Group(group),
    ]
    .into_iter()
    .collect()
}

/// The span that generated tokens get which stand for a piece of the source: errors point at the
/// piece, and lints see that it is not the user who wrote them. In an editor they stand for nothing:
/// whoever asks for the declaration of a name of theirs would be led into this library.
pub(crate) fn generated_at(span: Span) -> Span {
    match host::is_editor() {
        true => Span::mixed_site(),
        false => span.resolved_at(Span::mixed_site()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn prefixes_of_rust_are_known() {
        for known in ["A = ", "A = b", "A = r#", "A = cr##", "(", "A = 1"] {
            assert!(!super::has_unknown_prefix(known), "{known}");
        }
        for unknown in ["A = f", "A = fr", "run u", "A = f#"] {
            assert!(super::has_unknown_prefix(unknown), "{unknown}");
        }
    }
}
