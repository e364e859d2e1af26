//! Ecosystems with mistakes in them: random tokens, and ecosystems with some of their tokens
//! changed. All of it is text whose delimiters close, as Rust has it before a macro sees it.
//!
//! `vocabulary` holds the words, `corpus` the ecosystems of this repository, `grammar` writes new
//! ones.

mod corpus;
mod grammar;
mod vocabulary;

use std::sync::LazyLock;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

pub use corpus::{corpus, ecosystems_in};
pub use grammar::ecosystem;

use crate::dice::Dice;

/// A token, as an editor sees it.
#[derive(Clone, Debug)]
enum Piece {
    Open(Delimiter),
    Close,
    /// A word, a sign, a literal, a line end.
    Token(String),
}

const DELIMITERS: [Delimiter; 3] = [Delimiter::Brace, Delimiter::Parenthesis, Delimiter::Bracket];

/// Random tokens.
#[must_use]
pub fn soup(dice: &mut Dice<'_>) -> String {
    let length = 1 + dice.below(64);
    let pieces: Vec<Piece> = (0..length)
        .map_while(|index| (index == 0 || !dice.is_spent()).then(|| random_piece(dice)))
        .collect();
    render(&pieces)
}

/// An ecosystem of the corpus or a new one, with some of its tokens changed.
#[must_use]
pub fn mutated(dice: &mut Dice<'_>) -> String {
    let sample = |dice: &mut Dice<'_>| match dice.below(3) {
        0 => pieces(&ecosystem(dice)),
        _ => dice.choose(pieces_of_corpus()).clone(),
    };
    let mut pieces = sample(dice);
    let count = dice.below(8);
    for _ in 0..count {
        match dice.below(16) {
            0 => splice(&mut pieces, &sample(dice), dice),
            _ => change(&mut pieces, dice),
        }
    }
    render(&pieces)
}

/// The tokens with some of them in groups that nobody sees, as `macro_rules!` leaves them around
/// its arguments.
#[must_use]
pub fn with_invisible_groups(tokens: TokenStream, dice: &mut Dice<'_>) -> TokenStream {
    let mut result: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let (span, close) = match &token {
            TokenTree::Group(group) => (group.span(), group.span_close()),
            other => (other.span(), other.span()),
        };
        let token = match token {
            TokenTree::Group(group) => {
                let inside = with_invisible_groups(group.stream(), dice);
                let mut copy = Group::new(group.delimiter(), inside);
                copy.set_span(span);
                TokenTree::Group(copy)
            }
            other => other,
        };
        match dice.below(24) {
            1 => result.push(invisible(vec![token], span)),
            2 => {
                let before = result.pop();
                let first = before.as_ref().map_or(span, TokenTree::span);
                let whole = first.join(close).unwrap_or(span);
                result.push(invisible(before.into_iter().chain([token]).collect(), whole));
            }
            3 => result.extend([token, invisible(Vec::new(), span)]),
            _ => result.push(token),
        }
    }
    result.into_iter().collect()
}

fn invisible(tokens: Vec<TokenTree>, span: Span) -> TokenTree {
    let mut group = Group::new(Delimiter::None, tokens.into_iter().collect());
    group.set_span(span);
    TokenTree::Group(group)
}

fn pieces_of_corpus() -> &'static [Vec<Piece>] {
    static PIECES: LazyLock<Vec<Vec<Piece>>> =
        LazyLock::new(|| corpus().iter().map(|text| pieces(text)).collect());
    &PIECES
}

/// The pieces of a text; none where it does not consist of Rust's tokens.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    flatten(text.parse().unwrap_or_default(), &mut pieces);
    pieces
}

fn flatten(tokens: TokenStream, pieces: &mut Vec<Piece>) {
    let line_end = || Piece::Token("\n".to_owned());
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                pieces.push(Piece::Open(group.delimiter()));
                flatten(group.stream(), pieces);
                pieces.push(Piece::Close);
                if group.delimiter() == Delimiter::Brace {
                    pieces.push(line_end());
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => {
                pieces.extend([Piece::Token(";".to_owned()), line_end()]);
            }
            other => pieces.push(Piece::Token(other.to_string())),
        }
    }
}

/// The text of the pieces. What closes nothing is left out, what stays open is closed.
fn render(pieces: &[Piece]) -> String {
    let mut text = String::new();
    let mut open: Vec<Delimiter> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Open(delimiter) => {
                open.push(*delimiter);
                text.push_str(signs(*delimiter).0);
            }
            Piece::Close => match open.pop() {
                Some(delimiter) => text.push_str(signs(delimiter).1),
                None => continue,
            },
            Piece::Token(token) => text.push_str(token),
        }
        // A `'` and the word behind it are one token.
        if !text.ends_with(['\n', '\'']) {
            text.push(' ');
        }
    }
    while let Some(delimiter) = open.pop() {
        text.push_str(signs(delimiter).1);
    }
    text
}

fn signs(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Brace => ("{", "}"),
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

fn random_piece(dice: &mut Dice<'_>) -> Piece {
    match dice.below(10) {
        0 => Piece::Open(*dice.choose(&DELIMITERS)),
        1 => Piece::Close,
        2 => Piece::Token(";".to_owned()),
        _ => Piece::Token(dice.choose(vocabulary::words()).clone()),
    }
}

/// Changes a few tokens.
fn change(pieces: &mut Vec<Piece>, dice: &mut Dice<'_>) {
    let Some(last) = pieces.len().checked_sub(1) else {
        pieces.push(random_piece(dice));
        return;
    };
    let at = dice.below(last + 1);
    let until = (at + 1 + dice.below(4)).min(pieces.len());
    match dice.below(8) {
        0 => drop(pieces.drain(at..until)),
        1 => {
            let run = pieces[at..until].to_vec();
            pieces.splice(until..until, run);
        }
        2 => pieces.swap(at, dice.below(last + 1)),
        3 => pieces[at] = random_piece(dice),
        4 => pieces.insert(at, random_piece(dice)),
        5 => pieces[at] = pieces[dice.below(last + 1)].clone(),
        6 => change_delimiter(pieces, at, dice),
        _ => {
            let delimiter = *dice.choose(&DELIMITERS);
            pieces.insert(until, Piece::Close);
            pieces.insert(at, Piece::Open(delimiter));
        }
    }
}

/// Gives the next block other delimiters, angles too.
fn change_delimiter(pieces: &mut [Piece], from: usize, dice: &mut Dice<'_>) {
    let opens = |piece: &Piece| matches!(piece, Piece::Open(_));
    let Some(open) = (from..pieces.len()).find(|at| opens(&pieces[*at])) else { return };
    let mut depth = 0_usize;
    let close = (open..pieces.len()).find(|at| {
        match &pieces[*at] {
            Piece::Open(_) => depth += 1,
            Piece::Close => depth = depth.saturating_sub(1),
            Piece::Token(_) => {}
        }
        depth == 0
    });
    match dice.below(4) {
        0 => {
            pieces[open] = Piece::Token("<".to_owned());
            if let Some(close) = close {
                pieces[close] = Piece::Token(">".to_owned());
            }
        }
        // What closes it follows what opens it.
        _ => pieces[open] = Piece::Open(*dice.choose(&DELIMITERS)),
    }
}

/// Puts a part of another ecosystem into this one.
fn splice(pieces: &mut Vec<Piece>, other: &[Piece], dice: &mut Dice<'_>) {
    let from = dice.below(other.len());
    let until = (from + dice.below(24)).min(other.len());
    let at = dice.below(pieces.len() + 1);
    pieces.splice(at..at, other[from..until].iter().cloned());
}
