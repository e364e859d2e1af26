//! A stream of tokens that can be looked into and that a parser can find its way back in.

use proc_macro2::{Delimiter, Ident, LineColumn, Literal, Punct, Span, TokenStream, TokenTree};
use syn::buffer::Cursor;
use syn::ext::IdentExt as _;

use crate::host;

/// The tokens between two delimiters, from the one that is next.
#[derive(Clone, Copy)]
pub(crate) struct Stream<'c> {
    cursor: Cursor<'c>,
    last: Span,
    last_is_block: bool,
}

/// Tokens in delimiters.
#[derive(Clone, Copy)]
pub(crate) struct Group<'c> {
    pub(crate) inside: Stream<'c>,
    pub(crate) open: Span,
    pub(crate) close: Span,
}

impl<'c> Stream<'c> {
    pub(crate) fn new(cursor: Cursor<'c>) -> Stream<'c> {
        Stream { cursor, last: Span::call_site(), last_is_block: false }
    }

    pub(crate) fn at_end(&self) -> bool {
        self.cursor.eof()
    }

    /// The span of the next token, or of what closes the stream.
    pub(crate) fn span(&self) -> Span {
        self.cursor.span()
    }

    /// The span of the token that was taken last.
    pub(crate) fn last(&self) -> Span {
        self.last
    }

    /// The next token if it is a word, as it is read: `r#type` is `type`.
    pub(crate) fn peek_word(&self) -> Option<String> {
        self.cursor.ident().map(|(ident, _)| ident.unraw().to_string())
    }

    pub(crate) fn word(&mut self) -> Option<Ident> {
        let (ident, rest) = self.cursor.ident()?;
        self.advance(ident.span(), rest);
        Some(ident)
    }

    /// Takes this word if it is next.
    pub(crate) fn the_word(&mut self, word: &str) -> Option<Ident> {
        let (ident, rest) = self.cursor.ident()?;
        if ident.unraw() != word {
            return None;
        }
        self.advance(ident.span(), rest);
        Some(ident)
    }

    pub(crate) fn peek_sign(&self, sign: char) -> bool {
        self.cursor.punct().is_some_and(|(punct, _)| punct.as_char() == sign)
    }

    pub(crate) fn sign(&mut self, sign: char) -> Option<Punct> {
        let (punct, rest) = self.cursor.punct()?;
        if punct.as_char() != sign {
            return None;
        }
        self.advance(punct.span(), rest);
        Some(punct)
    }

    pub(crate) fn peek_literal(&self) -> Option<Literal> {
        self.cursor.literal().map(|(literal, _)| literal)
    }

    /// The next token, as it is written, if it can be a value.
    pub(crate) fn peek_value(&self) -> Option<String> {
        let literal = self.peek_literal().map(|literal| literal.to_string());
        literal.or_else(|| self.peek_word())
    }

    /// Whether the next token is on another line than the one that was taken last. An editor tells
    /// no lines; there a word that may begin a statement is better taken for one than lost.
    pub(crate) fn on_next_line(&self) -> bool {
        host::is_editor() || self.span().start().line != self.last.end().line
    }

    /// Goes on behind the line of the token that was taken last.
    pub(crate) fn skip_line(&mut self) {
        while !self.at_end() && !self.on_next_line() && self.any().is_some() {}
    }

    pub(crate) fn literal(&mut self) -> Option<Literal> {
        let (literal, rest) = self.cursor.literal()?;
        self.advance(literal.span(), rest);
        Some(literal)
    }

    pub(crate) fn peek_group(&self, delimiter: Delimiter) -> bool {
        self.cursor.group(delimiter).is_some()
    }

    pub(crate) fn group(&mut self, delimiter: Delimiter) -> Option<Group<'c>> {
        let (inside, span, rest) = self.cursor.group(delimiter)?;
        self.advance(span.close(), rest);
        self.last_is_block = delimiter == Delimiter::Brace;
        let inside = Stream { cursor: inside, last: span.open(), last_is_block: false };
        Some(Group { inside, open: span.open(), close: span.close() })
    }

    /// All tokens that are left.
    pub(crate) fn tokens(&self) -> TokenStream {
        self.cursor.token_stream()
    }

    /// The next token.
    pub(crate) fn peek_any(&self) -> Option<TokenTree> {
        self.cursor.token_tree().map(|(token, _)| token)
    }

    /// The token that is next, where a statement begins. To ask rustc for its line and column takes
    /// time, so that only a mistake does.
    pub(crate) fn start(&self) -> Span {
        self.span()
    }

    /// Whether what was taken last is a block.
    pub(crate) fn ended_with_block(&self) -> bool {
        self.last_is_block
    }

    /// Whether the next token follows the last one without a space.
    pub(crate) fn adjoins(&self) -> bool {
        !host::is_editor() && !self.at_end() && self.span().start() == self.last.end()
    }

    /// Whether a literal or a word is next and a `;` or `,` behind it.
    pub(crate) fn peek_alone(&self) -> bool {
        let literal = self.cursor.literal().map(|(_, rest)| rest);
        let rest = literal.or_else(|| self.cursor.ident().map(|(_, rest)| rest));
        let sign = rest.and_then(syn::buffer::Cursor::punct);
        sign.is_some_and(|(sign, _)| matches!(sign.as_char(), ';' | ','))
    }

    /// Whether there is a space before the next token.
    pub(crate) fn is_spaced(&self) -> bool {
        !host::is_editor() && !self.at_end() && !self.adjoins()
    }

    /// Whether the token after the next one follows without a space; one of `a:b` does.
    pub(crate) fn adjoins_to_the_right(&self) -> bool {
        let mut behind = *self;
        behind.any().is_some() && self.adjoins() && behind.adjoins()
    }

    /// Whether the next token is on the line of the last one, and there is one.
    pub(crate) fn continues_line(&self) -> bool {
        !self.at_end() && (host::is_editor() || self.span().start().line == self.last.end().line)
    }

    /// Where the statement ends that is next, as far as it is on one line: before a `;`, a block or
    /// the end of the line.
    pub(crate) fn end_of_line(&self) -> Stream<'c> {
        let mut behind = *self;
        while !behind.at_end()
            && !behind.peek_sign(';')
            // `${HOME}` is no block.
            && (!behind.peek_group(Delimiter::Brace) || behind.adjoins() && behind.cursor != self.cursor)
            && (behind.cursor == self.cursor || behind.continues_line())
            && behind.any().is_some()
        {}
        behind
    }

    /// Where the value ends that is next: before a `,` or where its line ends.
    pub(crate) fn end_of_value(&self) -> Stream<'c> {
        let (mut behind, line) = (*self, self.end_of_line());
        while behind.cursor != line.cursor && !behind.peek_sign(',') && behind.any().is_some() {}
        behind
    }

    /// Whether the statement that is next has a block.
    pub(crate) fn peek_block(&self) -> bool {
        let mut behind = *self;
        while !behind.at_end() && !behind.peek_sign(';') {
            if behind.peek_group(Delimiter::Brace) {
                return true;
            }
            behind.any();
        }
        false
    }

    /// Where the stream ends.
    pub(crate) fn end(&self) -> Stream<'c> {
        let mut behind = *self;
        while behind.any().is_some() {}
        behind
    }

    /// Whether two streams are at the same token.
    pub(crate) fn is_at(&self, other: &Stream<'_>) -> bool {
        self.cursor == other.cursor
    }

    /// The tokens up to another place in the same stream.
    pub(crate) fn tokens_to(&self, behind: &Stream<'c>) -> Vec<TokenTree> {
        let mut stream = *self;
        let mut tokens = Vec::new();
        while stream.cursor != behind.cursor
            && let Some(token) = stream.any()
        {
            tokens.push(token);
        }
        tokens
    }

    pub(crate) fn any(&mut self) -> Option<TokenTree> {
        let (token, rest) = self.cursor.token_tree()?;
        let last = match &token {
            TokenTree::Group(group) => group.span_close(),
            other => other.span(),
        };
        self.advance(last, rest);
        Some(token)
    }

    fn advance(&mut self, last: Span, rest: Cursor<'c>) {
        self.last = last;
        self.last_is_block = false;
        self.cursor = rest;
    }

    /// Goes on behind the statement that the stream is in and that begins at `start`: behind the
    /// next `;`, behind the next block, or before a word that begins a line no further in.
    pub(crate) fn skip_statement(&mut self, start: Span) {
        while !self.begins_line(start)
            && let Some(token) = self.any()
        {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ';' => return,
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
                _ => {}
            }
        }
    }

    /// Whether a line begins here that is no further in than a statement which began before it.
    fn begins_line(&self, start: Span) -> bool {
        !host::is_editor()
            && self.peek_word().is_some()
            && self.on_next_line()
            && self.span().start().line > start.start().line
            && self.span().start().column <= start.start().column
    }

    /// Goes on behind a statement of another language that begins at `start`: behind its `;` or `,`,
    /// its block and what follows this as `else`, or before the next line that is no further in.
    pub(crate) fn skip_foreign(&mut self, start: Span) {
        let is_editor = host::is_editor();
        while let Some(next) = self.peek_any() {
            let begins_line = !is_editor
                && self.on_next_line()
                && self.span().start().line > start.start().line
                && self.span().start().column <= start.start().column;
            if begins_line {
                return;
            }
            self.any();
            let ends = match &next {
                TokenTree::Punct(punct) => punct.as_char() == ';',
                TokenTree::Group(group) => {
                    group.delimiter() == Delimiter::Brace
                        && self.peek_word().is_none_or(|word| word != "else")
                }
                _ => false,
            };
            if ends {
                if matches!(next, TokenTree::Group(_)) {
                    let _: Option<Punct> = self.sign(';').or_else(|| self.sign(','));
                }
                return;
            }
        }
    }

    /// Goes on behind the `>` that closes a block which was opened with `<`.
    pub(crate) fn skip_angles(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.any() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
                TokenTree::Punct(punct) if punct.as_char() == '>' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    /// The next token, for a message.
    pub(crate) fn found(&self) -> String {
        match self.cursor.token_tree() {
            None => "the end of the block".to_owned(),
            Some((TokenTree::Group(group), _)) => match group.delimiter() {
                Delimiter::Parenthesis => "`(`".to_owned(),
                Delimiter::Bracket => "`[`".to_owned(),
                Delimiter::Brace => "`{`".to_owned(),
                Delimiter::None => format!("`{group}`"),
            },
            Some((token, _)) => format!("`{token}`"),
        }
    }
}

/// Tokens as they were written, with a space where there was one.
pub(crate) fn text_of(tokens: &[TokenTree]) -> String {
    let mut text = String::new();
    let mut last = None;
    for token in tokens {
        write_token(token, &mut last, &mut text);
    }
    text
}

fn write_token(token: &TokenTree, last: &mut Option<LineColumn>, text: &mut String) {
    let TokenTree::Group(group) = token else {
        return write_piece(&token.to_string(), token.span(), last, text);
    };
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::None => ("", ""),
    };
    if !open.is_empty() {
        write_piece(open, group.span_open(), last, text);
    }
    for token in group.stream() {
        write_token(&token, last, text);
    }
    if !close.is_empty() {
        write_piece(close, group.span_close(), last, text);
    }
}

fn write_piece(piece: &str, span: Span, last: &mut Option<LineColumn>, text: &mut String) {
    if last.is_some_and(|last| last != span.start()) {
        text.push(' ');
    }
    text.push_str(piece);
    *last = Some(span.end());
}

/// Tokens in groups that follow each other without a space; a `,` is in none.
pub(crate) fn chunks(tokens: &[TokenTree]) -> Vec<Vec<TokenTree>> {
    let mut chunks: Vec<Vec<TokenTree>> = Vec::new();
    let mut last = None;
    for token in tokens {
        if matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',') {
            last = None;
            continue;
        }
        match chunks.last_mut() {
            Some(chunk) if last == Some(token.span().start()) => chunk.push(token.clone()),
            _ => chunks.push(vec![token.clone()]),
        }
        last = Some(token.span().end());
    }
    chunks
}
