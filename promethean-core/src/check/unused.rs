//! What nothing uses: templates, env sets, and an `allow` that lifts nothing.

use std::collections::HashSet;

use super::layers::Services;
use super::{Problems, Surroundings};
use crate::blocks::{self, BlockOwner, Container, each_made};
use crate::declaration::{Attribution, Block, Declaration};
use crate::problem::{Elsewhere, Fault, Problem, Rule};
use crate::service_facts::bit;
use crate::span_id::SpanId;
use crate::value::Value;

/// Lints that look at the disk, which another machine has in another state.
const ON_DISK: [&str; 4] =
    ["missing-directory", "missing-module", "missing-program", "missing-watch"];

/// Lints that look at what one file writes, whatever it uses.
const OF_ONE_FILE: [&str; 4] = ["command-line", "shell-text", "unusual-key", "wrong-file"];

/// Lints that find nothing in a service without the attribute.
const NEEDED: [(&str, u32); 4] = [
    ("port-conflict", bit::PORT),
    ("port-twice", bit::PORT),
    ("probe-port", bit::PORT),
    ("instances-share-port", bit::INSTANCES),
];

/// Comes behind all other checks: they have noted which `allow` lifted something.
pub(super) fn check(
    declaration: &Declaration,
    services: &Services<'_>,
    surroundings: Surroundings<'_>,
    problems: &mut Problems,
) {
    let mut closed = Closed { surroundings, known: None };
    if !declaration.units.is_empty() {
        templates(declaration, services, &mut closed, problems);
        sets(declaration, services, &mut closed, problems);
    }
    allows(declaration, services, &mut closed, problems);
}

/// Whether no other ecosystem can refer to this one; asked once, and only where it matters.
struct Closed<'s> {
    surroundings: Surroundings<'s>,
    known: Option<bool>,
}

impl Closed<'_> {
    fn is(&mut self) -> bool {
        let is_closed = self.surroundings.is_closed;
        *self.known.get_or_insert_with(|| is_closed.is_some_and(|is_closed| is_closed()))
    }
}

fn templates(
    declaration: &Declaration,
    services: &Services<'_>,
    closed: &mut Closed<'_>,
    problems: &mut Problems,
) {
    let mut used: HashSet<&str> = HashSet::new();
    each_made(declaration, |names, _| used.extend(names.iter().map(|name| name.as_str())));
    let known: HashSet<&str> =
        declaration.templates.iter().map(|template| template.name.as_str()).collect();
    // One of them may be meant by a name that is unknown.
    if !used.is_subset(&known) {
        return;
    }
    for template in &declaration.templates {
        let name = template.name.as_str();
        if !used.contains(name)
            && closed.is()
            && !services.allow_in(declaration, &template.block, "unused-template")
        {
            let of_services = !template.services.is_empty();
            let fault = Fault::UnusedTemplate { name: name.to_owned(), of_services };
            problems.add(Problem::new(fault, template.name.span_id));
        }
    }
}

fn sets(
    declaration: &Declaration,
    services: &Services<'_>,
    closed: &mut Closed<'_>,
    problems: &mut Problems,
) {
    let mut used: HashSet<&str> = HashSet::new();
    blocks::each_env(declaration, |_, spreads, _| {
        used.extend(spreads.iter().map(|spread| spread.as_str()));
    });
    let known: HashSet<&str> = declaration.sets.iter().map(|set| set.name.as_str()).collect();
    if !used.is_subset(&known) {
        return;
    }
    for set in &declaration.sets {
        let name = set.name.as_str();
        if !used.contains(name)
            && closed.is()
            && !services.allow_in(declaration, &declaration.defaults, "unused-env-set")
        {
            let fault = Fault::UnusedEnvSet { name: name.to_owned() };
            problems.add(Problem::new(fault, set.name.span_id));
        }
    }
}

fn allows(
    declaration: &Declaration,
    services: &Services<'_>,
    closed: &mut Closed<'_>,
    problems: &mut Problems,
) {
    let mut computed = false;
    let mut candidates: Vec<(BlockOwner<'_>, &Block)> = Vec::new();
    blocks::each(declaration, |owner, block| {
        let values = block.settings.iter().flat_map(Attribution::values);
        computed |= values.into_iter().any(|value| matches!(value.value, Value::Expression(_)));
        if !block.allow.is_empty() {
            candidates.push((owner, block));
        }
    });
    // Of values that are not known yet, the command says what is wrong.
    if computed {
        return;
    }
    let linked = !blocks::paths_of(declaration).is_empty();
    let wrong: HashSet<SpanId> = problems.places().collect();
    for (owner, block) in candidates {
        let shared = match owner {
            BlockOwner::Defaults | BlockOwner::Template(_) => true,
            BlockOwner::Agent(_) | BlockOwner::Service { .. } | BlockOwner::Override { .. } => {
                false
            }
        };
        let spans = block.settings.iter().flat_map(|setting| {
            setting.values().iter().map(|value| value.span_id).chain([setting.key.span_id])
        });
        // What is right elsewhere may break the rule when it is right here.
        if { spans }.any(|span_id| wrong.contains(&span_id)) {
            continue;
        }
        for allow in &block.allow {
            let Some(rule) = Rule::find(&allow.rule).filter(|rule| rule.is_lint) else { continue };
            let is_seen = !ON_DISK.contains(&rule.name) && rule.name != "unused-allow";
            if !is_seen || services.lifted(allow) {
                continue;
            }
            let far = shared || rule.across_files || rule.name == "similar-names";
            let elsewhere = match declaration.uses.is_empty() {
                true if far && (linked || !closed.is()) => continue,
                true => None,
                false if rule.across_files && !closed.is() => continue,
                false => match lifts_nothing(services, owner, block, rule.name) {
                    Some(elsewhere) => Some(elsewhere),
                    None => continue,
                },
            };
            if !services.allow_in(declaration, block, "unused-allow") {
                let fault = Fault::UnusedAllow { rule: rule.name };
                problems.add(Problem::new(fault, allow.rule.span_id).unless(elsewhere));
            }
        }
    }
}

/// Of an `allow` in an ecosystem that uses others: in what case it lifts something after all; `None`
/// where that is not known.
fn lifts_nothing(
    services: &Services<'_>,
    owner: BlockOwner<'_>,
    block: &Block,
    rule: &str,
) -> Option<Elsewhere> {
    let BlockOwner::Service { container, .. } = owner else { return None };
    if matches!(container, Container::Template(_)) {
        return None;
    }
    if OF_ONE_FILE.contains(&rule) {
        return Some(Elsewhere::default());
    }
    let (_, needed) = NEEDED.iter().find(|(lint, _)| *lint == rule)?;
    services.without(block, *needed)
}
