//! Names, strings, paths and doc comments.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use promethean_core::problem::Fault;
use promethean_core::span_id::Spanned;
use syn::Lit;
use syn::ext::IdentExt as _;

use smol_str::SmolStr;

use super::{Failed, Link, Parsed};
use crate::stream::{Group, Stream};

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

    /// `STRING`
    pub(super) fn string(
        &mut self,
        stream: &mut Stream<'_>,
        what: &str,
    ) -> Result<Spanned<SmolStr>, Failed> {
        match string(stream) {
            Some((text, span)) => Ok(Spanned::new(text, self.source.add(span, span))),
            None => Err(self.unexpected(stream, what)),
        }
    }

    /// `PATH := "::"? IDENT ("::" IDENT)*`, which leads to another ecosystem.
    pub(super) fn path(&mut self, stream: &mut Stream<'_>) -> Result<Spanned<SmolStr>, Failed> {
        let first = stream.span();
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

    /// `{ … }`, with an answer for those who write another delimiter.
    pub(super) fn braces<'c>(&mut self, stream: &mut Stream<'c>) -> Result<Group<'c>, Failed> {
        if let Some(group) = stream.group(Delimiter::Brace) {
            return Ok(group);
        }
        let wrong = match () {
            () if stream.peek_sign('<') => '<',
            () if stream.peek_group(Delimiter::Parenthesis) => '(',
            () if stream.peek_group(Delimiter::Bracket) => '[',
            // What follows is a statement of its own: the block is missing here.
            () if stream.peek_word().is_some() && stream.on_next_line() => {
                let expected = "a block in braces after this".to_owned();
                let fault = Fault::Unexpected { expected, found: stream.found() };
                self.report_at(fault, stream.last(), stream.last());
                return Err(Failed::Behind);
            }
            () => return Err(self.unexpected(stream, "a block in braces")),
        };
        let span = stream.span();
        self.report_at(Fault::WrongDelimiter { found: wrong }, span, span);
        match wrong {
            '<' => stream.skip_angles(),
            '(' => drop(stream.group(Delimiter::Parenthesis)),
            _ => drop(stream.group(Delimiter::Bracket)),
        }
        // A `;` behind it belongs to the same mistake.
        stream.sign(';');
        Err(Failed::Behind)
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

/// A string literal.
pub(super) fn string(stream: &mut Stream<'_>) -> Option<(SmolStr, Span)> {
    let literal = stream.peek_literal()?;
    // The first character tells without parsing: strings are `"…"` and `r"…"`.
    let Lit::Str(text) = Lit::new(literal.clone()) else { return None };
    stream.literal();
    Some((text.value().into(), literal.span()))
}

/// `IDENT ("-" (IDENT | DIGITS))*`, with its first and last span.
pub(super) fn hyphenated(stream: &mut Stream<'_>) -> Option<(SmolStr, Span, Span)> {
    let first = stream.word()?;
    let mut name = first.unraw().to_string();
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
    Some((name.into(), first.span(), stream.last()))
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
