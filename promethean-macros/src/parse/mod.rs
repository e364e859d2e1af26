//! Tokens to a declaration. Each function is a production of GRAMMAR.md.
//!
//! A mistake costs the statement it is in and nothing else: it is reported, and parsing goes on
//! behind the statement.

mod agents;
mod blocks;
mod dependencies;
mod each;
mod endpoints;
mod env;
mod externals;
mod foreign_items;
mod items;
mod keywords;
mod kinds;
mod links;
mod machines;
mod members;
mod misread;
mod probes;
mod references;
mod services;
mod templates;
mod unknown;
mod values;
mod words;

use std::collections::HashSet;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use promethean_core::attribute::ExpressionType;
use promethean_core::declaration::{Declaration, EndpointPart, Service};
use promethean_core::look_alike;
use promethean_core::other_tools;
use promethean_core::problem::{Fault, OtherSyntax, Problem};
use promethean_core::span_id::{SpanId, Spanned};
use smol_str::SmolStr;
use syn::Lit;
use syn::buffer::TokenBuffer;
use syn::ext::IdentExt as _;

use crate::host;
use crate::source::SpanMap;
use words::Opener;

use crate::stream::{Stream, text_of};

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
    /// The files that `include each` matches, as modules.
    pub(crate) modules: Vec<Module>,
    /// The paths of the links.
    linked: HashSet<SmolStr>,
    pub(crate) expressions: Vec<Expression>,
    /// The paths of links, where they stand again.
    pub(crate) repeated_paths: Vec<TokenStream>,
    /// The words of the language, as they were written.
    pub(crate) keywords: Vec<Keyword>,
    /// Problems with names that an ecosystem may have which this one refers to: rustc finds out.
    pub(crate) deferred: Vec<Problem>,
    /// The units that references name with a word alone that begins with a capital.
    capitals: Vec<(EndpointPart, Spanned<SmolStr>)>,
    /// The names that are in what could not be parsed.
    lost: HashSet<String>,
    /// The items in which something could not be parsed, from span id to span id.
    damaged: Vec<(SpanId, SpanId)>,
    /// The services whose kind is a word of another tool, from the first place to the last.
    of_other_kinds: Vec<(SpanId, SpanId)>,
    /// Whether the directory that all others are relative to could not be parsed.
    lost_root: bool,
    /// Services that are within a block in which none can be; they belong to what is around it.
    strays: Vec<Service>,
    /// How many problems there were before the statement that is parsed.
    before_statement: usize,
    /// Whether the item that is parsed has entries of JavaScript: `watch: true,`.
    in_javascript: bool,
}

/// A word of the language.
#[derive(Debug)]
pub(crate) struct Keyword {
    pub(crate) word: Ident,
    pub(crate) place: KeywordPlace,
}

/// Where a word of the language is: `env`, `secrets` and `unset` mean something else elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeywordPlace {
    /// At the top of the ecosystem.
    Top,
    /// In a block.
    Block,
    /// In the value of a variable.
    Source,
    /// In the parentheses of a dependency.
    Dependency,
}

/// A path to another ecosystem.
#[derive(Debug)]
pub(crate) struct Link {
    /// Without spaces, as the declaration has it.
    pub(crate) path: String,
    pub(crate) tokens: TokenStream,
    pub(crate) span: Span,
}

/// A file that becomes a module.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: Ident,
    /// Its absolute path.
    pub(crate) file: String,
}

/// A Rust expression in parentheses.
#[derive(Debug)]
pub(crate) struct Expression {
    /// The type it must have.
    pub(crate) kind: ExpressionType,
    pub(crate) tokens: TokenStream,
    pub(crate) span: Span,
}

/// The beginning of a statement in a block.
#[derive(Debug)]
struct Statement {
    /// The doc comments above it.
    doc: String,
    /// Its first token.
    start: Span,
    /// How many problems there were before it.
    before: usize,
}

/// A statement that cannot be parsed; the reason has been reported.
#[derive(Debug)]
enum Failed {
    /// The rest of the statement lies ahead.
    Within,
    /// The statement lies behind.
    Behind,
}

/// Parses an ecosystem.
pub(crate) fn ecosystem(input: TokenStream) -> Parsed {
    let mut parser = Parsed::default();
    let written = Span::call_site().source_text();
    // Of tokens that another macro has made, the source says nothing.
    let is_ascii = written.is_some_and(|text| text.is_ascii() && !text.contains('$'));
    let mut has_other_letters = false;
    if let Some(group) = walk(&input, DEEPEST, !is_ascii, &mut has_other_letters) {
        let expected = format!("at most {DEEPEST} groups of tokens in each other");
        parser.report_at(Fault::Unexpected { expected, found: "one more".into() }, group, group);
        return parser;
    }
    let input = if has_other_letters { parser.in_latin(input) } else { input };
    let buffer = TokenBuffer::new2(input);
    parser.items(Stream::new(buffer.begin()));
    parser.capitals();
    parser.paths_in_texts();
    parser
}

/// Whether a group is an expression: parentheses with more than a word in them.
fn is_rust(group: &Group) -> bool {
    group.delimiter() == Delimiter::Parenthesis && group.stream().into_iter().nth(1).is_some()
}

/// How deep blocks, parentheses and brackets may be in each other. Each level takes stack, and a
/// macro does not know how much of it there is. The language needs six levels; the rest is for Rust
/// expressions, and twice what rustc lets macros recurse.
const DEEPEST: usize = 256;

/// Walks over all tokens, once: asking rustc for them is a large part of what parsing costs. Returns
/// the first group that stands too deep, and with `read_words` finds out whether a word outside of Rust
/// expressions has other letters than those of ASCII.
fn walk(
    tokens: &TokenStream,
    levels: usize,
    read_words: bool,
    has_other_letters: &mut bool,
) -> Option<Span> {
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) if levels == 0 => return Some(group.span_open()),
            TokenTree::Group(group) => {
                let read_words = read_words && !is_rust(&group);
                let deep = walk(&group.stream(), levels - 1, read_words, has_other_letters);
                if deep.is_some() {
                    return deep;
                }
            }
            TokenTree::Ident(ident) if read_words && !*has_other_letters => {
                *has_other_letters = !ident.to_string().is_ascii();
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Punct(_) => {}
        }
    }
    None
}

impl Parsed {
    /// Reports letters that look like Latin ones, and returns the tokens with Latin ones. What is in
    /// parentheses is Rust.
    fn in_latin(&mut self, input: TokenStream) -> TokenStream {
        let mut seen = HashSet::new();
        self.words_in_latin(input, &mut seen)
    }

    fn words_in_latin(&mut self, input: TokenStream, seen: &mut HashSet<String>) -> TokenStream {
        let tokens = input.into_iter().map(|token| match token {
            TokenTree::Ident(ident) => TokenTree::Ident(self.word_in_latin(ident, seen)),
            TokenTree::Group(group) if !is_rust(&group) => {
                let mut latin =
                    Group::new(group.delimiter(), self.words_in_latin(group.stream(), seen));
                latin.set_span(group.span());
                TokenTree::Group(latin)
            }
            other => other,
        });
        tokens.collect()
    }

    fn word_in_latin(&mut self, ident: Ident, seen: &mut HashSet<String>) -> Ident {
        let word = ident.to_string();
        let Some(found) = look_alike::find(&word, keywords::begins_something) else { return ident };
        let mut letters = found.meant.chars();
        let is_word =
            letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
                && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if !is_word {
            return ident;
        }
        let latin = Ident::new(&found.meant, ident.span());
        if seen.insert(word.clone()) {
            let look_alike::LookAlike { letter, script, meant } = found;
            self.report_at(
                Fault::LookAlike { word, letter, script, meant },
                ident.span(),
                ident.span(),
            );
        }
        latin
    }

    /// Goes on to the next statement of a block, whose owner is `opener` where templates could be
    /// written by mistake; `None` at the end. Signs that do not belong before it are reported, unless
    /// they follow from what is `reported`.
    fn next_statement(
        &mut self,
        stream: &mut Stream<'_>,
        opener: Option<Opener<'_>>,
        reported: &mut bool,
    ) -> Option<Statement> {
        loop {
            let doc = self.docs(stream);
            if stream.at_end() {
                return None;
            }
            let (start, before) = (stream.start(), self.problems.len());
            if self.superfluous(stream, *reported) {
                continue;
            }
            self.before_statement = self.problems.len();
            if opener.is_some_and(|opener| self.template_within(stream, opener)) {
                *reported = true;
                continue;
            }
            return Some(Statement { doc, start, before });
        }
    }

    /// Goes on behind a statement that failed and that begins at `start`.
    fn recover(&mut self, failed: &Failed, stream: &mut Stream<'_>, start: Span) {
        if matches!(failed, Failed::Within) {
            let before = *stream;
            stream.skip_statement(start);
            self.lose(&before, stream);
        }
    }

    /// Keeps the names that stand in what is skipped: they may be declared there.
    fn lose(&mut self, from: &Stream<'_>, to: &Stream<'_>) {
        for token in from.tokens_to(to) {
            self.lose_names(token);
        }
    }

    fn lose_names(&mut self, token: TokenTree) {
        match token {
            TokenTree::Ident(ident) => drop(self.lost.insert(ident.unraw().to_string())),
            TokenTree::Literal(literal) => {
                if let Lit::Str(text) = Lit::new(literal) {
                    self.lost.insert(text.value());
                }
            }
            TokenTree::Group(group) => {
                for token in group.stream() {
                    self.lose_names(token);
                }
            }
            TokenTree::Punct(_) => {}
        }
    }

    /// Parses the rest of what declares a name; where that fails, the name is not reported as
    /// unknown elsewhere.
    fn lose_on_failure<T>(
        &mut self,
        name: &Spanned<SmolStr>,
        parse: impl FnOnce(&mut Parsed) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        let parsed = parse(self);
        if parsed.is_err() {
            self.lost.insert(name.to_string());
        }
        parsed
    }

    /// Tries to parse something; where that reports a problem, it has not been tried.
    fn quietly<T>(&mut self, parse: impl FnOnce(&mut Parsed) -> Result<T, Failed>) -> Option<T> {
        let (problems, expressions) = (self.problems.len(), self.expressions.len());
        let parsed = parse(self).ok();
        let quiet = self.problems.len() == problems;
        self.problems.truncate(problems);
        if !quiet || parsed.is_none() {
            self.expressions.truncate(expressions);
            return None;
        }
        parsed
    }

    /// Adds the problems that the rules found, without those that only follow from a mistake in
    /// the grammar. What is reported already is not left to rustc to report again.
    pub(crate) fn add_problems(&mut self, problems: Vec<Problem>) {
        let no_paths: HashSet<&str> = problems
            .iter()
            .filter_map(|problem| match &problem.fault {
                Fault::CapitalUnit { word: target }
                | Fault::MiswrittenUnit { target, .. }
                | Fault::UnknownTarget { target, ecosystem: None, .. }
                | Fault::UnknownUnit { target, ecosystem: None, .. } => target.split('.').next(),
                _ => None,
            })
            .collect();
        self.links.retain(|link| !no_paths.contains(link.path.as_str()));
        let own = problems.into_iter().filter(|problem| !self.follows(problem));
        let (own, pending): (Vec<Problem>, Vec<Problem>) =
            own.partition(|problem| problem.unless.is_none());
        self.pending.extend(pending);
        // What replaces a value has the `;` behind it, too.
        let ends: HashSet<(usize, usize)> =
            own.iter().map(|problem| self.end_of(problem)).collect();
        let mut parsed = std::mem::take(&mut self.problems);
        parsed.retain(|problem| {
            problem.fault != Fault::MissingSemicolon || !ends.contains(&self.end_of(problem))
        });
        // Who writes `exec_mode: "cluster"` has made one mistake: what is said of the value says how
        // the statement is written.
        let values: HashSet<(usize, usize)> = own
            .iter()
            .filter(|problem| problem.fault.help().is_some_and(|help| help.starts_with("write `")))
            .map(|problem| {
                let start = self.source.place(problem.span_id).first.start();
                (start.line, start.column)
            })
            .collect();
        parsed.retain(|problem| {
            let (line, column) = self.end_of(problem);
            let is_sign = matches!(problem.fault, Fault::SignAfterAttribute { .. });
            !is_sign || !(column..=column + 1).any(|column| values.contains(&(line, column)))
        });
        self.problems = parsed;
        self.problems.extend(own);
        self.problems.sort_by_key(|problem| problem.span_id);
    }

    /// Leaves it to rustc to report names that are unknown here, where nothing else is wrong: they may
    /// be those of another file, and then it can be said which.
    pub(crate) fn defer_names(&mut self) {
        let is_deferred = |problem: &Problem| match &problem.fault {
            Fault::UnknownUnit { ecosystem: None, meant: None, .. } => true,
            Fault::UnknownName { what, meant: None, is: None, .. } => {
                matches!(*what, "template" | "env set")
            }
            _ => false,
        };
        if !self.links.is_empty() && !host::is_editor() && self.problems.iter().all(is_deferred) {
            self.deferred = std::mem::take(&mut self.problems);
        }
    }

    /// Where the place of a problem ends.
    fn end_of(&self, problem: &Problem) -> (usize, usize) {
        let end = self.source.place(problem.span_id).last.end();
        (end.line, end.column)
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
        let of_other_kind = |span_id: SpanId| {
            self.of_other_kinds.iter().any(|(from, to)| (*from..*to).contains(&span_id))
        };
        match &problem.fault {
            Fault::UnknownUnit { target, .. } | Fault::UnknownTarget { target, .. } => {
                target.split('.').any(|part| self.lost.contains(part))
            }
            Fault::UnknownName { name, .. } => self.lost.contains(name),
            Fault::MissingDirectory { .. }
            | Fault::MissingWatch { .. }
            | Fault::MissingProgram { .. } => self.lost_root,
            Fault::WrongKind { .. } => of_other_kind(problem.span_id),
            // `TOKEN = secrt;`
            Fault::PlainSecret { .. } => {
                let end = self.end_of(problem);
                self.problems.iter().any(|known| self.end_of(known) == end)
            }
            Fault::MissingModule { .. } => self.lost_root || in_damaged(),
            Fault::UnknownEndpoint { .. }
            | Fault::UrlWithoutScheme { .. }
            | Fault::NothingToBeReady { .. } => !self.damaged.is_empty(),
            Fault::MissingKey { .. }
            | Fault::ScriptWithoutRun
            | Fault::NodeRun { .. }
            | Fault::WithoutDependency { .. } => in_damaged(),
            Fault::UnusedTemplate { .. }
            | Fault::UnusedEnvSet { .. }
            | Fault::UnusedAllow { .. }
            | Fault::UnsetNothing { .. } => !self.problems.is_empty(),
            _ => false,
        }
    }

    /// Notes that something of an item could not be parsed, from a place on.
    fn damage(&mut self, from: SpanId) {
        let to = self.source.next();
        // They stand in the order of the source and have nothing in common.
        while let Some((last, _)) = self.damaged.last()
            && *last >= from
        {
            self.damaged.pop();
        }
        self.damaged.push((from, to));
    }

    /// Keeps a word of the language for the editor.
    fn keyword(&mut self, word: &Ident, place: KeywordPlace) {
        self.keywords.push(Keyword { word: word.clone(), place });
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

    /// Reports something else than may stand here, in one place.
    fn unexpected_at(&mut self, expected: &str, found: &str, first: Span, last: Span) -> Failed {
        let fault = Fault::Unexpected { expected: expected.to_owned(), found: found.to_owned() };
        self.report_at(fault, first, last);
        Failed::Within
    }

    /// Reports the syntax of another language.
    fn foreign(&mut self, found: OtherSyntax, first: Span, last: Span) -> Failed {
        self.report_at(Fault::ForeignSyntax { found }, first, last);
        Failed::Within
    }

    /// Reports the `=`, `:` or `=>` of those who come from another language.
    fn no_sign(&mut self, key: &str, stream: &mut Stream<'_>) {
        let before = *stream;
        if words::peek_colons(stream) {
            return;
        }
        while stream.sign('=').or_else(|| stream.sign(':')).or_else(|| stream.sign('>')).is_some() {
        }
        if stream.is_at(&before) {
            return;
        }
        // An arrow alone is no such sign, and `< … >` is no block.
        let sign = text_of(&before.tokens_to(stream));
        if sign.starts_with('>') {
            *stream = before;
            return;
        }
        let mut value = *stream;
        let value = match stream.peek_group(Delimiter::Brace) {
            // A list of YAML.
            false if stream.on_next_line() && stream.peek_sign('-') => {
                let mut items = Vec::new();
                while value.on_next_line() && value.sign('-').is_some() {
                    let line = value.end_of_line();
                    items.push(text_of(&value.tokens_to(&line)));
                    value = line;
                }
                format!("{};", items.join(", "))
            }
            true => "{ … }".to_owned(),
            false => {
                let list = value.group(Delimiter::Bracket);
                let (from, to) = match &list {
                    Some(list) => (list.inside, list.inside.end_of_line()),
                    None => (*stream, stream.end_of_value()),
                };
                let end = if to.peek_group(Delimiter::Brace) { " { … }" } else { ";" };
                match text_of(&from.tokens_to(&to)) {
                    text if text.is_empty() => "value;".to_owned(),
                    // The same on one line.
                    text if text.starts_with("- ") => {
                        format!("{};", text.trim_start_matches("- ").replace(" - ", ", "))
                    }
                    text => format!("{text}{end}"),
                }
            }
        };
        if !self.in_javascript {
            let fault = Fault::SignAfterAttribute { key: key.to_owned(), sign, value };
            self.report_at(fault, before.span(), stream.last());
        }
    }

    /// Reports a sign of another language before a block.
    fn no_sign_before_block(&mut self, opener: words::Opener<'_>, stream: &mut Stream<'_>) {
        let mut behind = *stream;
        while behind.sign('=').or_else(|| behind.sign(':')).or_else(|| behind.sign('>')).is_some() {
        }
        if !behind.is_at(stream) && behind.peek_group(Delimiter::Brace) && !stream.peek_sign('>') {
            self.no_sign(&opener.shown(), stream);
        }
    }

    /// Whether the statement that is parsed has signs of another language, which have been reported.
    fn has_signs(&self) -> bool {
        self.in_javascript
            || self.problems.iter().skip(self.before_statement).any(|problem| {
                matches!(
                    problem.fault,
                    Fault::SignAfterAttribute { .. }
                        | Fault::EnvWithoutEquals { .. }
                        | Fault::BracketedList { .. }
                )
            })
    }

    /// A `,` or `;` that nothing needs, in the place of a statement. After a statement in which
    /// something is reported already it belongs to the same mistake.
    fn superfluous(&mut self, stream: &mut Stream<'_>, reported: bool) -> bool {
        let Some(punct) = stream.sign(';').or_else(|| stream.sign(',')) else { return false };
        // The `,` behind `env: { … }` is one of JavaScript.
        self.in_javascript |= reported && punct.as_char() == ',';
        let is_of_javascript = self.in_javascript && punct.as_char() == ',';
        if !reported && !is_of_javascript {
            let sign = punct.as_char();
            self.foreign(OtherSyntax::Superfluous { sign }, punct.span(), punct.span());
        }
        true
    }

    /// The `;` behind a statement. Where a new statement begins without it, it is only missing.
    fn end(&mut self, stream: &mut Stream<'_>, expected: &str) -> Result<(), Failed> {
        if stream.sign(';').is_some() {
            return Ok(());
        }
        if let Some(comma) = stream.sign(',') {
            // In a statement with signs of another language it belongs to the same mistake.
            if self.has_signs() {
                self.in_javascript = true;
            } else if keywords::begins_statement(stream)
                || values::begins_entry(stream)
                || values::begins_probe_setting(stream)
                || values::begins_option(stream)
                || !stream.continues_line()
            {
                self.report_at(Fault::CommaForSemicolon, comma.span(), comma.span());
            } else if stream.peek_sign(';') {
                let sign = ',';
                self.foreign(OtherSyntax::Superfluous { sign }, comma.span(), comma.span());
            } else {
                // More values than one.
                let expected = "`;`, as this takes one value";
                return Err(self.unexpected_at(expected, "`,`", comma.span(), comma.span()));
            }
            stream.sign(';');
            return Ok(());
        }
        let word = stream.peek_word();
        // `watch "." ignore "tmp";`
        let is_of_another_tool = |word: &str| {
            let mut behind = *stream;
            behind.word();
            behind.peek_literal().is_some() && other_tools::attribute(word).is_some()
        };
        let another = word.is_some_and(|word| {
            stream.on_next_line() || keywords::begins_something(&word) || is_of_another_tool(&word)
        }) || stream.on_next_line()
            && (stream.peek_sign('.') || stream.peek_literal().is_some());
        if stream.at_end() || another || stream.peek_sign('#') {
            if self.has_signs() {
                return Ok(());
            }
            self.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
            return Ok(());
        }
        Err(self.unexpected(stream, expected))
    }
}
