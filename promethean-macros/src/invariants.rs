//! What holds of any tokens whatever. The tests and the fuzz targets (`fuzz/`) ask for it.

use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use promethean_core::check::{Surroundings, check};
use promethean_core::declaration::Declaration;
use promethean_core::span_id::SpanId;

use crate::parse::{self, Parsed};
use crate::source::SpanRange;
use crate::{check, expand, sign};

/// Asks for all invariants of an ecosystem's text. What does not consist of Rust's tokens never
/// reaches the macro, and has none.
///
/// # Panics
///
/// When one does not hold.
pub(crate) fn hold(text: &str) {
    hold_of_tokens(text, |tokens| tokens);
}

/// Asks for all invariants of the tokens of a text, changed by `change`, which keeps their spans.
///
/// # Panics
///
/// When one does not hold.
pub(crate) fn hold_of_tokens(text: &str, change: impl FnOnce(TokenStream) -> TokenStream) {
    let Ok(tokens) = text.parse::<TokenStream>() else { return };
    let tokens = change(tokens);
    let within = tokens.clone().into_iter().fold(None, |range: Option<Range<usize>>, token| {
        let span = token.span().byte_range();
        let start = range.map_or(span.start, |range| range.start);
        Some(start..span.end)
    });
    let parsed = judged(tokens.clone());
    problems_are_in_the_input(&parsed, within.as_ref());
    the_declaration_survives_json(&parsed.declaration);
    the_same_again(&parsed, &judged(tokens.clone()));
    // Whatever it is, it is an expression.
    let checked = check::ecosystem(parse::ecosystem(tokens));
    let expanded = expand::ecosystem(&checked, sign::ecosystem(&checked));
    assert_eq!(expanded.into_iter().count(), 1, "the expansion is one block");
    drop(parsed);
    // The places of this text would stay in memory as long as the thread.
    proc_macro2::extra::invalidate_current_thread_spans();
}

fn judged(tokens: TokenStream) -> Parsed {
    let mut parsed = parse::ecosystem(tokens);
    let directory = Some(env!("CARGO_MANIFEST_DIR").as_ref());
    let problems = check(&parsed.declaration, Surroundings { directory });
    parsed.add_problems(problems);
    parsed
}

/// Every problem, and every place that has to do with it, is on tokens of the input.
fn problems_are_in_the_input(parsed: &Parsed, within: Option<&Range<usize>>) {
    for problem in &parsed.problems {
        let related = problem.related.iter().map(|(span_id, _)| *span_id);
        for span_id in std::iter::once(problem.span_id).chain(related) {
            assert_ne!(span_id, SpanId::NOWHERE, "nowhere: {problem}");
            let SpanRange { first, last } = parsed.source.place(span_id);
            for span in [first, last] {
                assert!(is_in(span, within), "not in the input: {problem}");
            }
            assert!(
                first.byte_range().start <= last.byte_range().start,
                "the place ends before it begins: {problem}"
            );
        }
        assert!(!problem.fault.to_string().is_empty());
    }
}

fn is_in(span: Span, within: Option<&Range<usize>>) -> bool {
    let span = span.byte_range();
    // A token has at least a character; the place of the macro as a whole has none.
    !span.is_empty()
        && within.is_some_and(|within| within.start <= span.start && span.end <= within.end)
}

fn the_declaration_survives_json(declaration: &Declaration) {
    let json = serde_json::to_string(declaration).expect("a declaration is always JSON");
    let decoded: Declaration = match serde_json::from_str(&json) {
        Ok(decoded) => decoded,
        Err(error) => panic!("{error}: {json}"),
    };
    assert_eq!(decoded, *declaration, "{json}");
    // One without places, as at run time.
    drop(check(&decoded, Surroundings::default()));
}

fn the_same_again(first: &Parsed, second: &Parsed) {
    assert_eq!(first.declaration, second.declaration);
    assert_eq!(first.problems, second.problems);
}

/// The rules that a text breaks.
#[allow(dead_code, reason = "the tests ask for it")]
pub(crate) fn problems(text: &str) -> Vec<&'static str> {
    let parsed = judged(text.parse().unwrap_or_default());
    parsed.problems.iter().map(|problem| problem.fault.rule()).collect()
}

/// What a text declares, whatever is wrong with it.
#[allow(dead_code, reason = "the fuzz target of the readers asks for it")]
pub(crate) fn declaration(text: &str) -> Declaration {
    let parsed = parse::ecosystem(text.parse().unwrap_or_default());
    proc_macro2::extra::invalidate_current_thread_spans();
    parsed.declaration
}
