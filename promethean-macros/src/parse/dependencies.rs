//! `depends_on`.

use proc_macro2::Delimiter;
use promethean_core::attribute::one_of;
use promethean_core::declaration::{Condition, Dependency};
use promethean_core::problem::Fault;
use promethean_core::span_id::Spanned;

use super::words::peek_colons;
use super::{Failed, Parsed};
use crate::stream::Stream;

impl Parsed {
    /// `target ("," target)*`
    pub(super) fn dependencies(
        &mut self,
        stream: &mut Stream<'_>,
    ) -> Result<Vec<Dependency>, Failed> {
        let mut dependencies = Vec::new();
        loop {
            if let Some(mut list) = stream.group(Delimiter::Bracket) {
                self.report_at(Fault::BracketedList, list.open, list.close);
                if !list.inside.at_end() {
                    dependencies.append(&mut self.dependencies(&mut list.inside)?);
                }
            } else {
                dependencies.push(self.dependency(stream)?);
            }
            if stream.sign(',').is_none() {
                return Ok(dependencies);
            }
        }
    }

    /// `(NAME | AGENT "." NAME | PATH | PATH "." NAME ("." NAME)?) ("(" condition ")")?`
    fn dependency(&mut self, stream: &mut Stream<'_>) -> Result<Dependency, Failed> {
        let mut dependency = Dependency::default();
        let longest = if leads_elsewhere(stream) {
            dependency.ecosystem = Some(self.path(stream)?);
            2
        } else {
            dependency.unit.push(self.name(stream, "the name of a unit")?);
            1
        };
        for _ in 0..longest {
            if stream.sign('.').is_none() {
                break;
            }
            dependency.unit.push(self.name(stream, "the name of a unit")?);
        }
        if let Some(group) = stream.group(Delimiter::Parenthesis) {
            dependency.condition = Some(self.condition(group.inside)?);
        }
        Ok(dependency)
    }

    fn condition(&mut self, mut stream: Stream<'_>) -> Result<Spanned<Condition>, Failed> {
        let Some(word) = stream.word() else {
            return Err(self.unexpected(&stream, &one_of(Condition::WORDS)));
        };
        if !stream.at_end() {
            return Err(self.unexpected(&stream, "`)`"));
        }
        let span_id = self.source.add(word.span(), word.span());
        let word = word.to_string();
        match Condition::from_word(&word) {
            Some(condition) => Ok(Spanned::new(condition, span_id)),
            None => {
                let what = "condition".to_owned();
                let fault = Fault::UnknownChoice { what, found: word, choices: Condition::WORDS };
                self.report(fault, span_id);
                Err(Failed::Within)
            }
        }
    }
}

/// A path has `::` in it, or begins with a capital.
fn leads_elsewhere(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    if peek_colons(&behind) {
        return true;
    }
    let Some(word) = behind.word() else { return false };
    peek_colons(&behind) || word.to_string().starts_with(|first: char| first.is_uppercase())
}
