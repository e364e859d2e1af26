//! Profiles: a name that is written once and resembles another one.

use super::Problems;
use super::layers::Services;
use crate::blocks;
use crate::declaration::{Attribution, Block, Declaration};
use crate::problem::{Fault, Problem};
use crate::span_id::SpanId;
use crate::suggest::nearest;

const RULE: &str = "similar-profiles";

/// A place where a profile is named.
struct Named<'a> {
    name: &'a str,
    span_id: SpanId,
    block: &'a Block,
}

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let mut all: Vec<Named<'_>> = Vec::new();
    blocks::each(declaration, |_, block| {
        for profile in &block.profiles {
            all.push(Named { name: &profile.name, span_id: profile.name.span_id, block });
        }
        let only = block.setting("only_profile").map(Attribution::values);
        for value in only.unwrap_or_default() {
            if let Some(name) = value.value.as_name() {
                all.push(Named { name, span_id: value.span_id, block });
            }
        }
    });
    let mut names: Vec<(&str, usize)> = Vec::new();
    for named in &all {
        match names.iter_mut().find(|(name, _)| *name == named.name) {
            Some((_, count)) => *count += 1,
            None => names.push((named.name, 1)),
        }
    }
    for (place, (name, count)) in names.iter().enumerate() {
        if *count > 1 {
            continue;
        }
        // Of two that are written once, the second one is held against the first.
        let others = names
            .iter()
            .enumerate()
            .filter(|(other, (_, count))| *other != place && (*count > 1 || *other < place));
        let others = others.map(|(_, (other, _))| *other).filter(|other| !numbered(name, other));
        let Some(other) = nearest(name, others) else { continue };
        let Some(written) = all.iter().find(|named| named.name == *name) else { continue };
        if services.allow_in(declaration, written.block, RULE) {
            continue;
        }
        let fault = Fault::SimilarProfiles { name: (*name).to_owned(), other: other.to_owned() };
        let mut problem = Problem::new(fault, written.span_id);
        if let Some(first) = all.iter().find(|named| named.name == other) {
            problem = problem.with(first.span_id, "the other one");
        }
        problems.add(problem);
    }
}

/// Whether two names differ in their digits alone: `eu-1` and `eu-2`.
fn numbered(one: &str, other: &str) -> bool {
    let letters =
        |name: &str| name.chars().filter(|letter| !letter.is_ascii_digit()).collect::<String>();
    letters(one) == letters(other)
}
