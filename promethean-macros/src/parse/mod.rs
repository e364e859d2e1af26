//! Tokens to a declaration. Each function is a production of GRAMMAR.md.
//!
//! A mistake costs the statement it is in and nothing else: it is reported, and parsing goes on
//! behind the statement.

mod blocks;
mod dependencies;
mod env;
mod items;
mod values;
mod words;

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use promethean_core::attribute::ExpressionType;
use promethean_core::declaration::Declaration;
use promethean_core::problem::{Fault, Problem};
use promethean_core::span_id::SpanId;
use smol_str::SmolStr;
use syn::buffer::TokenBuffer;

use crate::source::SpanMap;
use crate::stream::Stream;

/// What the tokens of an ecosystem come to.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) declaration: Declaration,
    pub(crate) source: SpanMap,
    /// In the order of the source.
    pub(crate) problems: Vec<Problem>,
    /// Problems that a used ecosystem may lift, in the order of the source.
    pub(crate) pending: Vec<Problem>,
    pub(crate) links: Vec<Link>,
    /// The paths of the links.
    linked: HashSet<SmolStr>,
    pub(crate) expressions: Vec<Expression>,
    /// The paths of links, where they stand again.
    pub(crate) repeated_paths: Vec<TokenStream>,
    /// The words of the language, as they were written.
    pub(crate) keywords: Vec<Keyword>,
    /// The names that are in what could not be parsed.
    lost: HashSet<String>,
    /// The items in which something could not be parsed, from span id to span id.
    damaged: Vec<(SpanId, SpanId)>,
}

/// A word of the language.
#[derive(Debug)]
pub(crate) struct Keyword {
    pub(crate) word: Ident,
    /// Whether it is at the top; `env` and `secrets` mean something else there.
    pub(crate) at_top: bool,
}

/// A path to another ecosystem.
#[derive(Debug)]
pub(crate) struct Link {
    /// Without spaces, as the declaration has it.
    pub(crate) path: String,
    pub(crate) tokens: TokenStream,
    pub(crate) span: Span,
}

/// A Rust expression in parentheses.
#[derive(Debug)]
pub(crate) struct Expression {
    /// The type it must have.
    pub(crate) kind: ExpressionType,
    pub(crate) tokens: TokenStream,
    pub(crate) span: Span,
}

/// A statement that cannot be parsed; the reason has been reported.
#[derive(Debug)]
enum Failed {
    /// The rest of the statement lies ahead.
    Within,
    /// The statement lies behind.
    Behind,
}

impl Failed {
    /// Goes on behind the statement.
    fn recover(&self, stream: &mut Stream<'_>) {
        if matches!(self, Failed::Within) {
            stream.skip_statement();
        }
    }
}

/// Parses an ecosystem.
pub(crate) fn ecosystem(input: TokenStream) -> Parsed {
    let mut parser = Parsed::default();
    if let Some(group) = too_deep(&input, DEEPEST) {
        let expected = format!("at most {DEEPEST} groups of tokens in each other");
        parser.report_at(Fault::Unexpected { expected, found: "one more".into() }, group, group);
        return parser;
    }
    let buffer = TokenBuffer::new2(input);
    parser.items(Stream::new(buffer.begin()));
    parser
}

/// How deep blocks, parentheses and brackets may be in each other. Each level takes stack, and a
/// macro does not know how much of it there is. The language needs six levels; the rest is for Rust
/// expressions, and twice what rustc lets macros recurse.
const DEEPEST: usize = 256;

/// The first group that stands too deep.
fn too_deep(tokens: &TokenStream, levels: usize) -> Option<Span> {
    tokens.clone().into_iter().find_map(|token| match token {
        TokenTree::Group(group) if levels == 0 => Some(group.span_open()),
        TokenTree::Group(group) => too_deep(&group.stream(), levels - 1),
        _ => None,
    })
}

impl Parsed {
    /// Adds the problems that the rules found, without those that only follow from a mistake in
    /// the grammar. What is reported already is not left to rustc to report again.
    pub(crate) fn add_problems(&mut self, problems: Vec<Problem>) {
        let no_paths: HashSet<&str> = problems
            .iter()
            .filter_map(|problem| match &problem.fault {
                Fault::CapitalUnit { word } => Some(word.as_str()),
                _ => None,
            })
            .collect();
        self.links.retain(|link| !no_paths.contains(link.path.as_str()));
        let own = problems.into_iter().filter(|problem| !self.follows(problem));
        let (own, pending): (Vec<Problem>, Vec<Problem>) =
            own.partition(|problem| problem.unless.is_none());
        self.pending.extend(pending);
        self.problems.extend(own);
        self.problems.sort_by_key(|problem| problem.span_id);
    }

    /// Whether a problem may be gone when what could not be parsed is mended.
    fn follows(&self, problem: &Problem) -> bool {
        // They stand in the order of the source.
        let damaged = |span_id: SpanId| {
            let behind = self.damaged.partition_point(|(_, to)| *to <= span_id);
            self.damaged.get(behind).is_some_and(|(from, _)| *from <= span_id)
        };
        let in_damaged = || {
            damaged(problem.span_id) || problem.related.iter().any(|(span_id, _)| damaged(*span_id))
        };
        match &problem.fault {
            Fault::UnknownUnit { target, .. } => {
                target.split('.').any(|part| self.lost.contains(part)) || in_damaged()
            }
            Fault::UnknownName { name, .. } => self.lost.contains(name) || in_damaged(),
            Fault::MissingKey { .. }
            | Fault::ScriptWithoutRun
            | Fault::NodeRun { .. }
            | Fault::MissingDirectory { .. }
            | Fault::MissingWatch { .. }
            | Fault::MissingModule { .. }
            | Fault::MissingProgram { .. }
            | Fault::WithoutDependency { .. } => in_damaged(),
            _ => false,
        }
    }

    /// Keeps a word of the language for the editor.
    fn keyword(&mut self, word: &Ident, at_top: bool) {
        self.keywords.push(Keyword { word: word.clone(), at_top });
    }

    fn report(&mut self, fault: Fault, span_id: SpanId) {
        self.problems.push(Problem::new(fault, span_id));
    }

    fn report_at(&mut self, fault: Fault, first: Span, last: Span) {
        let span_id = self.source.add(first, last);
        self.report(fault, span_id);
    }

    /// Reports that something else stands here than may.
    fn unexpected(&mut self, stream: &Stream<'_>, expected: &str) -> Failed {
        let fault = Fault::Unexpected { expected: expected.to_owned(), found: stream.found() };
        let span = match stream.at_end() {
            true => stream.last(),
            false => stream.span(),
        };
        self.report_at(fault, span, span);
        Failed::Within
    }

    /// The `;` behind a statement. Where a new statement begins without it, it is only missing.
    fn end(&mut self, stream: &mut Stream<'_>, expected: &str) -> Result<(), Failed> {
        if stream.sign(';').is_some() {
            return Ok(());
        }
        let another = stream
            .peek_word()
            .is_some_and(|word| stream.on_next_line() || items::begins_something(&word));
        if stream.at_end() || another || stream.peek_sign('#') {
            self.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
            return Ok(());
        }
        Err(self.unexpected(stream, expected))
    }
}
