//! Values: strings, numbers, durations, sizes, words and Rust expressions.

use proc_macro2::{Delimiter, Span};
use promethean_core::attribute::ExpressionType;
use promethean_core::number::parse_number;
use promethean_core::problem::Fault;
use promethean_core::span_id::Spanned;
use promethean_core::value::Value;
use smol_str::SmolStr;
use syn::Lit;

use super::words::{colons, hyphenated, peek_colons};
use super::{Expression, Failed, Parsed};
use crate::stream::Stream;

impl Parsed {
    /// `value ("," value)*`, up to what ends them.
    pub(super) fn values(
        &mut self,
        stream: &mut Stream<'_>,
        kind: ExpressionType,
    ) -> Result<Vec<Spanned<Value>>, Failed> {
        let mut values = Vec::new();
        loop {
            if let Some(mut list) = stream.group(Delimiter::Bracket) {
                self.report_at(Fault::BracketedList, list.open, list.close);
                if !list.inside.at_end() {
                    values.append(&mut self.values(&mut list.inside, kind)?);
                }
            } else {
                values.push(self.value(stream, kind)?);
            }
            if stream.sign(',').is_none() {
                return Ok(values);
            }
        }
    }

    /// `value`
    pub(super) fn value(
        &mut self,
        stream: &mut Stream<'_>,
        kind: ExpressionType,
    ) -> Result<Spanned<Value>, Failed> {
        let first = stream.span();
        if let Some(group) = stream.group(Delimiter::Parenthesis) {
            let index = self.expression(group.inside, kind, group.open, group.close)?;
            return Ok(Spanned::new(Value::Expression(index), self.source.add(first, group.close)));
        }
        let value = match self.literal(stream)? {
            Some(Written::Text(text)) => Value::Text(text),
            Some(Written::Number(number)) => {
                let written = self.with_unit(number, stream);
                match parse_number(&written) {
                    Ok(number) => number.into(),
                    Err(error) => {
                        let fault = Fault::BadNumber { written, error, in_env: false };
                        self.report_at(fault, first, stream.last());
                        return Err(Failed::Within);
                    }
                }
            }
            None => match hyphenated(stream) {
                Some((word, ..)) => match word.as_str() {
                    "true" => Value::Boolean(true),
                    "false" => Value::Boolean(false),
                    _ => Value::Word(self.no_path(word, first, stream)?),
                },
                None => return Err(self.unexpected(stream, "a value")),
            },
        };
        Ok(Spanned::new(value, self.source.add(first, stream.last())))
    }

    /// A number with the unit that is behind it by itself, which is reported.
    fn with_unit(&mut self, number: String, stream: &mut Stream<'_>) -> String {
        const UNITS: [&str; 7] = ["ms", "s", "m", "h", "K", "M", "G"];
        let unit = stream.peek_word().filter(|word| UNITS.contains(&word.as_str()));
        let Some(unit) = unit.filter(|_| !stream.on_next_line()) else { return number };
        let first = stream.last();
        stream.word();
        let joined = format!("{number}{unit}");
        self.report_at(Fault::SplitUnit { number, unit }, first, stream.last());
        joined
    }

    /// A word that no `::` follows: a path is a Rust expression.
    pub(super) fn no_path(
        &mut self,
        word: SmolStr,
        first: Span,
        stream: &mut Stream<'_>,
    ) -> Result<SmolStr, Failed> {
        if !peek_colons(stream) {
            return Ok(word);
        }
        let mut path = word.to_string();
        while let Some([..]) = colons(stream) {
            path.push_str("::");
            let Some(part) = stream.word() else { break };
            path.push_str(&part.to_string());
        }
        self.report_at(Fault::BarePath { path }, first, stream.last());
        Err(Failed::Within)
    }

    /// A literal that is a value, if a literal is next; with its sign.
    pub(super) fn literal(&mut self, stream: &mut Stream<'_>) -> Result<Option<Written>, Failed> {
        let first = stream.span();
        let mut behind = *stream;
        let negative = behind.sign('-').is_some();
        let Some(literal) = behind.literal() else { return Ok(None) };
        *stream = behind;
        let text = literal.to_string();
        match Lit::new(literal) {
            Lit::Str(string) if !negative => Ok(Some(Written::Text(string.value().into()))),
            Lit::Int(_) | Lit::Float(_) => {
                Ok(Some(Written::Number(if negative { format!("-{text}") } else { text })))
            }
            _ => {
                self.report_at(Fault::NotAValue { literal: text }, first, stream.last());
                Err(Failed::Within)
            }
        }
    }

    /// The tokens between the parentheses of an expression.
    pub(super) fn expression(
        &mut self,
        inside: Stream<'_>,
        kind: ExpressionType,
        open: Span,
        close: Span,
    ) -> Result<usize, Failed> {
        if inside.at_end() {
            self.report_at(Fault::EmptyExpression, open, close);
            return Err(Failed::Within);
        }
        let span = inside.span();
        self.expressions.push(Expression { kind, tokens: inside.tokens(), span });
        Ok(self.expressions.len() - 1)
    }
}

/// A literal as it was written.
pub(super) enum Written {
    Text(SmolStr),
    Number(String),
}
