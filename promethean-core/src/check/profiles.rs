//! Profiles: a name that is written once and resembles another one.

use std::collections::HashSet;

use super::Problems;
use super::layers::Services;
use crate::blocks::{self, BlockOwner, Container};
use crate::declaration::{Attribution, Block, Declaration};
use crate::problem::{Fault, Problem};
use crate::span_id::SpanId;
use crate::suggest::{is_numbered, nearest};

const RULE: &str = "similar-profiles";

/// A place where a profile is named.
struct Named<'a> {
    name: &'a str,
    span_id: SpanId,
    owner: BlockOwner<'a>,
    block: &'a Block,
}

/// Every place where a profile is named, in the order of writing.
fn all_of(declaration: &Declaration) -> Vec<Named<'_>> {
    let mut all = Vec::new();
    blocks::each(declaration, |owner, block| {
        for profile in &block.profiles {
            all.push(Named { name: &profile.name, span_id: profile.name.span_id, owner, block });
        }
        let only = block.setting("only_profile").map(Attribution::values);
        for value in only.unwrap_or_default() {
            if let Some(name) = value.value.as_name() {
                all.push(Named { name, span_id: value.span_id, owner, block });
            }
        }
    });
    all
}

/// The names of all profiles, each once.
pub(crate) fn names_of(declaration: &Declaration) -> Vec<&str> {
    let mut seen = HashSet::new();
    let all = all_of(declaration).into_iter().map(|named| named.name);
    all.filter(|name| seen.insert(*name)).collect()
}

/// The names of profiles that are written once, and that those of other ecosystems may resemble.
pub(crate) fn written_once(declaration: &Declaration) -> Vec<(&str, SpanId)> {
    let all = all_of(declaration);
    let once = all.iter().filter(|named| {
        let allows = |block: &Block| block.allow.iter().any(|allow| *allow.rule == RULE);
        let around = match named.owner {
            BlockOwner::Agent(agent)
            | BlockOwner::Override { agent, .. }
            | BlockOwner::Service { container: Container::Agent(agent), .. } => Some(&agent.block),
            BlockOwner::Template(template)
            | BlockOwner::Service { container: Container::Template(template), .. } => {
                Some(&template.block)
            }
            BlockOwner::Defaults | BlockOwner::Service { container: Container::Ecosystem, .. } => {
                None
            }
        };
        let blocks = [Some(named.block), around, Some(&declaration.defaults)];
        let own = match named.owner {
            BlockOwner::Service { service, .. } => Some(&service.block),
            BlockOwner::Override { .. }
            | BlockOwner::Agent(_)
            | BlockOwner::Template(_)
            | BlockOwner::Defaults => None,
        };
        all.iter().filter(|other| other.name == named.name).count() == 1
            && !blocks.into_iter().chain([own]).flatten().any(allows)
    });
    once.map(|named| (named.name, named.span_id)).collect()
}

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let all = all_of(declaration);
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
        let others = others
            .map(|(_, (other, _))| *other)
            .filter(|other| !is_numbered(name.as_bytes(), other.as_bytes()));
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
