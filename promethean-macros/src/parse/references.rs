//! References in another spelling than the language's: `duck/voice`, `agent duck`,
//! `infra.INFRA.mongodb`. What they mean is a question of names, which the rules know.

use proc_macro2::Delimiter;
use promethean_core::kind::{Condition, Kind};
use promethean_core::other_tools::{self, Place};
use promethean_core::span_id::Spanned;
use promethean_core::suggest::{is_static, nearest};
use smol_str::SmolStr;

use super::Parsed;
use super::words::{colons, hyphenated, string};
use crate::stream::Stream;

/// The words that people write before a name.
const SORTS: [&str; 12] = [
    "agent",
    "app",
    "external",
    "externals",
    "job",
    "process",
    "service",
    "services",
    "system",
    "task",
    "template",
    "unit",
];

/// A sign between two parts of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Dot,
    Colons,
    Other,
}

/// A reference in some spelling.
pub(super) struct Reference {
    /// As it is written.
    pub(super) text: String,
    /// Whether it is a name alone.
    pub(super) is_name: bool,
    /// Whether no dependency is written so.
    odd: bool,
}

impl Parsed {
    /// Takes a reference that is not spelled as the language spells dependencies, as one name.
    pub(super) fn odd_reference(&mut self, stream: &mut Stream<'_>) -> Option<Spanned<SmolStr>> {
        self.take_if(stream, |reference| reference.odd)
    }

    /// Takes a reference that is not a name, as one name.
    pub(super) fn no_name(&mut self, stream: &mut Stream<'_>) -> Option<Spanned<SmolStr>> {
        self.take_if(stream, |reference| !reference.is_name)
    }

    fn take_if(
        &mut self,
        stream: &mut Stream<'_>,
        wanted: impl FnOnce(&Reference) -> bool,
    ) -> Option<Spanned<SmolStr>> {
        let mut ahead = *stream;
        let reference = Reference::take(&mut ahead).filter(wanted)?;
        let first = stream.span();
        *stream = ahead;
        Some(Spanned::new(reference.text.into(), self.source.add(first, stream.last())))
    }
}

impl Reference {
    /// Takes a reference in whatever spelling.
    pub(super) fn take(stream: &mut Stream<'_>) -> Option<Reference> {
        let mut text = String::new();
        let mut odd = false;
        for sign in ['&', '@', '*', '$', '%', '~'] {
            let mut behind = *stream;
            if behind.sign(sign).is_some() && behind.peek_word().is_some() {
                *stream = behind;
                text.push(sign);
                odd = true;
            }
        }
        odd |= sort(stream, &mut text);
        let mut parts: Vec<(String, bool)> = Vec::new();
        let mut signs: Vec<Sign> = Vec::new();
        loop {
            let part = part(stream)?;
            text.push_str(&part.0);
            parts.push(part);
            if let Some(index) = index(stream, &mut text) {
                parts.push((index, true));
                signs.push(Sign::Other);
            }
            let Some((next, written)) = sign(stream) else { break };
            text.push_str(written);
            signs.push(next);
        }
        let is_name = !odd && signs.is_empty();
        odd |= is_odd(&parts, &signs);
        Some(Reference { text, is_name, odd })
    }
}

/// `agent` before `duck`.
fn sort(stream: &mut Stream<'_>, text: &mut String) -> bool {
    let mut behind = *stream;
    let Some(word) = behind.word().map(|word| word.to_string()) else { return false };
    let is_sort = SORTS.contains(&word.as_str()) || Kind::from_word(&word).is_some();
    let named = behind.peek_word().is_some() || string(&mut { behind }).is_some();
    if !is_sort || !named || behind.on_next_line() {
        return false;
    }
    *stream = behind;
    text.push_str(&word);
    text.push(' ');
    true
}

/// A name, and whether it is quoted.
fn part(stream: &mut Stream<'_>) -> Option<(String, bool)> {
    if let Some((text, _)) = string(stream) {
        return Some((text.to_string(), true));
    }
    hyphenated(stream).map(|(word, ..)| (word.to_string(), false))
}

/// `["voice"]`
fn index(stream: &mut Stream<'_>, text: &mut String) -> Option<String> {
    let mut behind = *stream;
    let mut inside = behind.group(Delimiter::Bracket)?.inside;
    let (name, quoted) = part(&mut inside)?;
    if !inside.at_end() {
        return None;
    }
    *stream = behind;
    let sign = if quoted { "\"" } else { "" };
    text.extend(["[", sign, &name, sign, "]"]);
    Some(name)
}

/// A sign that another part follows.
fn sign(stream: &mut Stream<'_>) -> Option<(Sign, &'static str)> {
    let mut behind = *stream;
    let sign = if colons(&mut behind).is_some() {
        (Sign::Colons, "::")
    } else if behind.sign('.').is_some() {
        (Sign::Dot, ".")
    } else if behind.sign('/').is_some() {
        (Sign::Other, "/")
    } else if behind.sign('@').is_some()
        && behind.peek_word().is_some_and(|word| !is_condition(&word))
        && !behind.on_next_line()
    {
        (Sign::Other, "@")
    } else if behind.sign('-').is_some() && behind.sign('>').is_some() {
        (Sign::Other, "->")
    } else if behind.sign(':').is_some()
        && behind.peek_word().is_some_and(|word| !is_condition(&word))
        && !behind.on_next_line()
    {
        (Sign::Other, ":")
    } else {
        return None;
    };
    part(&mut { behind })?;
    *stream = behind;
    Some(sign)
}

fn is_odd(parts: &[(String, bool)], signs: &[Sign]) -> bool {
    let colons = signs.iter().take_while(|sign| **sign == Sign::Colons).count();
    let rest = signs.get(colons..).unwrap_or_default();
    if rest.iter().any(|sign| *sign != Sign::Dot) {
        return true;
    }
    let capital = parts.first().is_some_and(|(word, quoted)| {
        !quoted && word.starts_with(|first: char| first.is_uppercase())
    });
    if colons == 0 && !capital {
        return rest.len() > 1;
    }
    let path = parts.get(..=colons).unwrap_or_default();
    let unit_in_path = path.windows(2).any(|pair| match pair {
        [(before, _), (after, _)] => {
            is_static(before) && after.starts_with(|first: char| first.is_lowercase())
        }
        _ => false,
    });
    rest.len() > 2
        || unit_in_path
        || path.iter().any(|(part, quoted)| *quoted || part.contains('-'))
}

/// Whether a word means a condition, here or in another tool.
fn is_condition(word: &str) -> bool {
    nearest(word, Condition::WORDS.iter().copied()).is_some()
        || other_tools::find(word, |place| place == Place::Condition).is_some()
}
