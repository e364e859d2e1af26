//! Names, strings, paths, blocks and doc comments.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use promethean_core::kind::{Kind, Runner};
use promethean_core::other_tools::{self, Place};
use promethean_core::problem::{Fault, MisplacedBrace, OtherSyntax};
use promethean_core::span_id::Spanned;
use syn::Lit;
use syn::ext::IdentExt as _;

use smol_str::SmolStr;

use super::references::Reference;
use super::templates::EXTENDS;
use super::values::is_expression;
use super::{Failed, Link, Parsed, keywords};
use crate::stream::{Group, Stream, text_of};

impl Parsed {
    /// `NAME := IDENT ("-" (IDENT | DIGITS))* | STRING`
    pub(super) fn name(
        &mut self,
        stream: &mut Stream<'_>,
        what: &str,
    ) -> Result<Spanned<SmolStr>, Failed> {
        if let Some((text, span)) = string(stream) {
            return Ok(Spanned::new(text, self.source.add(span, span)));
        }
        let alone = { *stream }.word();
        match hyphenated(stream) {
            Some((word, first, last)) if word != "_" => {
                let span_id = self.source.add(first, last);
                if let Some(alone) = alone.filter(|_| !word.contains('-')) {
                    self.source.keep_word(span_id, alone);
                }
                Ok(Spanned::new(word, span_id))
            }
            _ => Err(self.unexpected(stream, what)),
        }
    }

    /// A name that is declared here, after a keyword; with an answer for those who write signs in it
    /// and for those who leave it out.
    pub(super) fn declared_name(
        &mut self,
        stream: &mut Stream<'_>,
        keyword: &str,
        what: &str,
    ) -> Result<Spanned<SmolStr>, Failed> {
        self.no_sign(keyword, stream);
        let start = *stream;
        if stream.peek_group(Delimiter::Brace) || stream.peek_sign(';') {
            let instead = match keyword {
                "name" => "name NAME;".to_owned(),
                "node" | "python" | "script" => format!("{keyword} NAME \"directory\" {{ … }}"),
                _ => format!("{keyword} NAME {{ … }}"),
            };
            let fault = OtherSyntax::Unnamed { keyword: keyword.to_owned(), instead };
            return Err(self.foreign(fault, stream.last(), stream.last()));
        }
        let parsed = match stream.peek_word().is_some() || stream.peek_literal().is_some() {
            true if string(&mut { *stream }).is_some() => return self.name(stream, what),
            // What begins with a digit is no word.
            true if stream.peek_literal().is_some() => {
                stream.literal();
                None
            }
            true => Some(self.name(stream, what)?),
            false if ['@', '$', '.', '/', '%', '~'].iter().any(|sign| stream.peek_sign(*sign)) => {
                stream.any();
                None
            }
            false => return Err(self.unexpected(stream, what)),
        };
        let sign = |stream: &Stream<'_>| {
            let signs = ['.', '/', '@', '-', '+', '~', '$', '%'];
            signs.iter().any(|sign| stream.peek_sign(*sign)) && stream.adjoins()
        };
        let within = |stream: &Stream<'_>| {
            sign(stream)
                || (stream.peek_literal().is_some() || stream.peek_word().is_some())
                    && stream.adjoins()
        };
        // `name env!("CARGO_PKG_NAME");`
        if stream.peek_sign('!') && stream.adjoins() {
            let mut macro_call = *stream;
            macro_call.any();
            let is_macro = [Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace]
                .into_iter()
                .any(|delimiter| macro_call.peek_group(delimiter) && macro_call.adjoins());
            let Some(name) = parsed.filter(|_| !is_macro) else {
                *stream = stream.end_of_line();
                let found = text_of(&start.tokens_to(stream));
                let found = OtherSyntax::Otherwise { found, instead: format!("{keyword} NAME;") };
                return Err(self.foreign(found, start.span(), stream.last()));
            };
            // `node web! "services/web";`
            stream.any();
            let found = text_of(&start.tokens_to(stream));
            let instead = format!("{keyword} {}", name.value);
            self.foreign(OtherSyntax::Otherwise { found, instead }, start.span(), stream.last());
            return Ok(name);
        }
        if parsed.is_none() || sign(stream) {
            while within(stream) && stream.any().is_some() {}
            let name = text_of(&start.tokens_to(stream));
            let fault =
                Fault::ForeignSyntax { found: OtherSyntax::DottedName { name: name.clone() } };
            let span_id = self.source.add(start.span(), stream.last());
            self.report(fault, span_id);
            return Ok(Spanned::new(name.into(), span_id));
        }
        match parsed {
            Some(name) => Ok(self.with_spaces(name, keyword, start, stream)),
            None => Err(self.unexpected(stream, what)),
        }
    }

    /// `node my web "services/web"`: reports a name of several words, and takes them all.
    fn with_spaces<'c>(
        &mut self,
        name: Spanned<SmolStr>,
        keyword: &str,
        start: Stream<'c>,
        stream: &mut Stream<'c>,
    ) -> Spanned<SmolStr> {
        let is_unit = Kind::from_word(keyword).is_some()
            || matches!(keyword, "agent" | "external" | "machine" | "template");
        let (mut behind, mut words) = (*stream, vec![name.to_string()]);
        while is_unit
            && behind.continues_line()
            && let Some((word, ..)) = hyphenated(&mut { behind })
            && is_part_of_name(&word)
        {
            hyphenated(&mut behind);
            words.push(word.to_string());
        }
        let is_before_string = string(&mut { behind }).is_some() && behind.continues_line();
        // `agent duck bot;` is made from a template.
        let ends = behind.peek_sign(';') && keyword != "agent"
            || behind.peek_group(Delimiter::Brace)
            || keyword != "external" && (is_before_string || peek_colon(&behind));
        if words.len() == 1 || !ends {
            return name;
        }
        let (written, joined) = (words.join(" "), words.join("-"));
        let instead = format!("{keyword} {joined}");
        let or = match words.as_slice() {
            [name, directory] if Kind::from_word(keyword).is_some() && !is_before_string => {
                Some(format!("{keyword} {name} {directory:?}"))
            }
            _ => None,
        };
        let span_id = self.source.add(start.span(), behind.last());
        let found = OtherSyntax::SpacedName { name: written, instead, or };
        self.report(Fault::ForeignSyntax { found }, span_id);
        self.lost.extend(words);
        *stream = behind;
        Spanned::new(joined.into(), span_id)
    }

    /// `STRING`, after a keyword; with an answer for those who leave out the quotes.
    pub(super) fn string(
        &mut self,
        stream: &mut Stream<'_>,
        key: &str,
        what: &str,
    ) -> Result<Spanned<SmolStr>, Failed> {
        self.no_sign(key, stream);
        if let Some((text, span)) = string(stream) {
            return Ok(Spanned::new(text, self.source.add(span, span)));
        }
        let first = stream.span();
        let in_brackets =
            stream.group(Delimiter::Parenthesis).or_else(|| stream.group(Delimiter::Bracket));
        if let Some(mut group) = in_brackets {
            if let Some((text, span)) = string(&mut group.inside)
                && group.inside.at_end()
            {
                let instead = format!("{key} {text:?};");
                let found =
                    if stream.last().source_text().as_deref() == Some("]") { "[" } else { "(" };
                let fault = OtherSyntax::Otherwise { found: found.to_owned(), instead };
                self.foreign(fault, first, stream.last());
                return Ok(Spanned::new(text, self.source.add(span, span)));
            }
            return Err(self.unexpected_at(what, "an expression", first, stream.last()));
        }
        // `machine pi host "pi.lan";`
        if let Some((found, mut behind)) = words_before_string(stream)
            && let last = behind.last()
            && let Some((text, span)) = string(&mut behind)
            && (behind.peek_sign(';') || behind.peek_group(Delimiter::Brace) || behind.at_end())
        {
            let end = if behind.peek_group(Delimiter::Brace) { " { … }" } else { ";" };
            let instead = format!("{key} {text:?}{end}");
            self.foreign(OtherSyntax::Otherwise { found, instead }, first, last);
            *stream = behind;
            return Ok(Spanned::new(text, self.source.add(span, span)));
        }
        let line = stream.end_of_line();
        let written = text_of(&stream.tokens_to(&line));
        if written.is_empty()
            || stream.peek_literal().is_some() && !written.contains(['.', '/', '-'])
        {
            return Err(self.unexpected(stream, what));
        }
        if is_expression(key, &stream.tokens_to(&line)) {
            let instead = match key {
                "root" => "root \"directory\";".to_owned(),
                "secrets" => "secrets \".tokens\";".to_owned(),
                _ => format!("{key} \"text\";"),
            };
            *stream = line;
            let found = OtherSyntax::Otherwise { found: written, instead };
            return Err(self.foreign(found, first, stream.last()));
        }
        let fault = Fault::Unquoted { instead: format!("{key} {written:?};"), written };
        *stream = line;
        self.report_at(fault, first, stream.last());
        Err(Failed::Within)
    }

    /// `PATH := "::"? IDENT ("::" IDENT)*`, which leads to another ecosystem.
    pub(super) fn path(&mut self, stream: &mut Stream<'_>) -> Result<Spanned<SmolStr>, Failed> {
        let (first, start) = (stream.span(), *stream);
        let mut path = String::new();
        let mut tokens: Vec<TokenTree> = Vec::new();
        if let Some(colons) = colons(stream) {
            path.push_str("::");
            tokens.extend(colons);
        }
        loop {
            let Some(word) = stream.word() else {
                return Err(
                    self.unexpected(stream, "the path of an ecosystem, such as `base::BASE`")
                );
            };
            if is_keyword(&word) {
                return Err(self.keyword_in_path(&word, start));
            }
            path.push_str(&word.unraw().to_string());
            tokens.push(TokenTree::Ident(word));
            match colons(stream) {
                Some(colons) => {
                    path.push_str("::");
                    tokens.extend(colons);
                }
                None => break,
            }
        }
        let last = stream.last();
        let name = SmolStr::from(&path);
        let tokens: TokenStream = tokens.into_iter().collect();
        if self.linked.insert(name.clone()) {
            self.links.push(Link { path, tokens, span: last });
        } else {
            self.repeated_paths.push(tokens);
        }
        Ok(Spanned::new(name, self.source.add(first, last)))
    }

    /// Reports a keyword of Rust in a path, which rustc would report on what this expands to.
    fn keyword_in_path(&mut self, word: &Ident, mut start: Stream<'_>) -> Failed {
        let raw = format!("r#{word}");
        let instead = syn::parse_str::<Ident>(&raw).is_ok().then(|| {
            let segments = Reference::take(&mut start).map_or_else(String::new, |path| path.text);
            let keyword = word.to_string();
            let raw =
                |segment: &str| if segment == keyword { raw.clone() } else { segment.to_owned() };
            segments.split("::").map(raw).collect::<Vec<_>>().join("::")
        });
        self.report_at(
            Fault::KeywordInPath { word: word.to_string(), instead },
            word.span(),
            word.span(),
        );
        Failed::Within
    }

    /// `{ … }`, with an answer for those who write another delimiter, or none. `opener` is what the
    /// block belongs to.
    pub(super) fn braces<'c>(
        &mut self,
        stream: &mut Stream<'c>,
        opener: Opener<'_>,
    ) -> Result<Group<'c>, Failed> {
        self.no_sign_before_block(opener, stream);
        if let Some(group) = stream.group(Delimiter::Brace) {
            return Ok(self.single_braces(group));
        }
        let wrong = match () {
            () if stream.peek_sign('<') => '<',
            () if stream.peek_group(Delimiter::Parenthesis) => '(',
            () if stream.peek_group(Delimiter::Bracket) => '[',
            () => return Err(self.no_block(stream, opener)),
        };
        let span = stream.span();
        // `template bot(name) { … }`: it is not what is in the block.
        let mut behind = *stream;
        let brackets =
            behind.group(Delimiter::Parenthesis).or_else(|| behind.group(Delimiter::Bracket));
        if brackets.is_some()
            && behind.peek_group(Delimiter::Brace)
            && Kind::from_word(opener.keyword).is_none()
        {
            let instead = format!("{} {{ … }}", opener.shown());
            let found = OtherSyntax::Otherwise { found: wrong.to_string(), instead };
            self.foreign(found, span, span);
            *stream = behind;
            return stream.group(Delimiter::Brace).ok_or(Failed::Behind);
        }
        self.report_at(Fault::WrongDelimiter { found: wrong }, span, span);
        let group = match wrong {
            '<' => {
                let before = *stream;
                stream.skip_angles();
                self.lose(&before, stream);
                None
            }
            '(' => stream.group(Delimiter::Parenthesis),
            _ => stream.group(Delimiter::Bracket),
        };
        if let Some(group) = stream.group(Delimiter::Brace) {
            return Ok(group);
        }
        // A `;` behind it belongs to the same mistake.
        stream.sign(';');
        group.ok_or(Failed::Behind)
    }

    /// A block in which there is nothing but a block is that block.
    fn single_braces<'c>(&mut self, group: Group<'c>) -> Group<'c> {
        let mut inside = group.inside;
        match inside.group(Delimiter::Brace) {
            Some(inner) if inside.at_end() => {
                let fault = Fault::BraceMisplaced { brace: MisplacedBrace::Doubled };
                self.report_at(fault, inner.open, inner.open);
                inner
            }
            _ => group,
        }
    }

    /// Reports a block that is missing, and skips what it would have in it.
    fn no_block(&mut self, stream: &mut Stream<'_>, opener: Opener<'_>) -> Failed {
        let Some(word) = stream.peek_word() else {
            let expected = if stream.peek_sign('.') {
                "a block in braces after this"
            } else {
                "a block in braces"
            };
            return self.unexpected(stream, expected);
        };
        // A statement of its own follows: the block is missing, or the `;` of what needs none.
        if stream.on_next_line() && opener.is_before(stream) {
            if opener.without_block {
                self.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
                return Failed::Behind;
            }
            let expected = "a block in braces after this".to_owned();
            let fault = Fault::Unexpected { expected, found: stream.found() };
            self.report_at(fault, stream.last(), stream.last());
            return Failed::Behind;
        }
        let statement = keywords::begins_something(&word) || peek_entry(stream);
        if !statement && !stream.on_next_line() {
            return self.unexpected(stream, "a block in braces");
        }
        self.unopened(stream, opener);
        Failed::Behind
    }

    /// Reports a missing `{` and skips the statements that are further in than what they belong to.
    pub(super) fn unopened(&mut self, stream: &mut Stream<'_>, opener: Opener<'_>) {
        let brace = MisplacedBrace::Unopened;
        self.report_at(Fault::BraceMisplaced { brace }, stream.last(), stream.last());
        let before = *stream;
        loop {
            let starts_item = stream.peek_word().is_some_and(|word| keywords::begins_item(&word));
            let inside = match stream.on_next_line() {
                true => !opener.is_before(stream),
                false => !starts_item,
            };
            if stream.at_end() || !inside {
                break;
            }
            let start = stream.start();
            stream.skip_statement(start);
        }
        self.lose(&before, stream);
    }

    /// `doc*`: the text of the doc comments that stand here, without the space after the slashes.
    pub(super) fn docs(&mut self, stream: &mut Stream<'_>) -> String {
        let mut lines: Vec<String> = Vec::new();
        while let Some(hash) = stream.sign('#') {
            stream.sign('!');
            let Some(mut group) = stream.group(Delimiter::Bracket) else {
                self.report_at(Fault::HashComment, hash.span(), hash.span());
                stream.skip_line();
                continue;
            };
            let inside = &mut group.inside;
            let doc =
                inside.the_word("doc").and_then(|_| inside.sign('=')).and_then(|_| string(inside));
            match doc {
                Some((text, _)) => lines.extend(
                    text.split('\n')
                        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()),
                ),
                None => self.report_at(Fault::RustAttribute, hash.span(), group.close),
            }
        }
        lines.join("\n").trim().to_owned()
    }
}

/// What a block belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opener<'a> {
    pub(super) keyword: &'a str,
    pub(super) name: &'a str,
    pub(super) start: Span,
    /// Whether it can have a `;` in the place of its block.
    pub(super) without_block: bool,
}

impl Opener<'_> {
    /// `node web`, for a message.
    pub(super) fn shown(&self) -> String {
        match self.name {
            "" => self.keyword.to_owned(),
            name => format!("{} {name}", self.keyword),
        }
    }

    /// Whether a stream is at the beginning of a line that is no further in than this.
    pub(super) fn is_before(&self, stream: &Stream<'_>) -> bool {
        let start = stream.start().start();
        let begin = self.start.start();
        start.line > begin.line && start.column <= begin.column
    }
}

/// Words that a string follows on the same line, and the stream in front of it.
pub(super) fn words_before_string<'c>(stream: &Stream<'c>) -> Option<(String, Stream<'c>)> {
    let mut behind = *stream;
    while behind.continues_line() && behind.word().is_some() {}
    let is_string = behind.continues_line() && string(&mut { behind }).is_some();
    (is_string && !behind.is_at(stream)).then(|| (text_of(&stream.tokens_to(&behind)), behind))
}

/// Whether a word behind a name can only be more of it.
fn is_part_of_name(word: &str) -> bool {
    const BEFORE_MORE: [&str; 13] = [
        "address",
        "as",
        "at",
        "by",
        "cwd",
        "dir",
        "directory",
        "folder",
        "host",
        "in",
        "ip",
        "path",
        "to",
    ];
    !BEFORE_MORE.contains(&word)
        && !EXTENDS.contains(&word)
        && !keywords::begins_something(word)
        && !keywords::begins_item(word)
        && Runner::from_word(word).is_none()
        && other_tools::find(word, |place| place == Place::Runner).is_none()
}

/// Whether an entry of an `env` is next: a name and `=`.
fn peek_entry(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    behind.word().is_some() && behind.peek_sign('=')
}

/// A string literal. rustc reports a text in single quotes, or with an unknown escape, by itself;
/// such a text counts as a string, so that nothing else is said of it.
pub(super) fn string(stream: &mut Stream<'_>) -> Option<(SmolStr, Span)> {
    let literal = stream.peek_literal()?;
    let written = literal.to_string();
    let text = match plain(&written) {
        Some(text) => text.into(),
        None => match Lit::new(literal.clone()) {
            Lit::Str(text) => text.value().into(),
            Lit::Verbatim(_) => rejected_by_rustc(&written)?,
            _ => return None,
        },
    };
    stream.literal();
    Some((text, literal.span()))
}

/// The text of a string literal that stands for itself, as most do: taking a literal apart costs more
/// than all else that is done with it.
pub(super) fn plain(literal: &str) -> Option<&str> {
    let text = literal.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then_some(text)
}

/// The text of a literal that is none of Rust's, if it is in quotes.
pub(super) fn rejected_by_rustc(literal: &str) -> Option<SmolStr> {
    ['"', '\'']
        .iter()
        .find_map(|quote| Some(literal.strip_prefix(*quote)?.strip_suffix(*quote)?.into()))
}

/// `IDENT ("-" (IDENT | DIGITS))*`, with its first and last span.
pub(super) fn hyphenated(stream: &mut Stream<'_>) -> Option<(SmolStr, Span, Span)> {
    let first = stream.word()?;
    let mut name = first.unraw().to_string();
    rest_of_name(&mut name, stream);
    Some((name.into(), first.span(), stream.last()))
}

/// `("-" (IDENT | DIGITS))*`, behind the first word of a name, to which it is added.
pub(super) fn rest_of_name(name: &mut String, stream: &mut Stream<'_>) {
    while stream.peek_sign('-') {
        let mut behind = *stream;
        behind.sign('-');
        if let Some(part) = behind.word() {
            name.push('-');
            name.push_str(&part.unraw().to_string());
        } else if let Some(part) = behind.literal().map(|digits| digits.to_string())
            && part.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        {
            name.push('-');
            name.push_str(&part);
        } else {
            break;
        }
        *stream = behind;
    }
}

/// Whether a word cannot stand in a path: Rust's keywords but for those that begin one.
pub(super) fn is_keyword(word: &Ident) -> bool {
    let text = word.to_string();
    !matches!(text.as_str(), "self" | "super" | "crate") && syn::parse_str::<Ident>(&text).is_err()
}

/// `::`
pub(super) fn colons(stream: &mut Stream<'_>) -> Option<[TokenTree; 2]> {
    let mut behind = *stream;
    let first = behind.sign(':')?;
    let second = behind.sign(':')?;
    *stream = behind;
    Some([TokenTree::Punct(first), TokenTree::Punct(second)])
}

/// Whether `::` is next.
pub(super) fn peek_colons(stream: &Stream<'_>) -> bool {
    colons(&mut { *stream }).is_some()
}

/// Whether `:` is next, and not `::`.
pub(super) fn peek_colon(stream: &Stream<'_>) -> bool {
    stream.peek_sign(':') && !peek_colons(stream)
}
