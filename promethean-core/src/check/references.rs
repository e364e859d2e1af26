//! References to templates, env sets and the services of templates.

use std::collections::{HashMap, HashSet};

use smol_str::SmolStr;

use super::Problems;
use crate::blocks;
use crate::declaration::{Agent, Declaration, EnvSet, Template, Unit};
use crate::expanded_service::{self, Templates};
use crate::problem::texts::{ENV_SET, SERVICE_OF_AGENT, SERVICE_OF_TEMPLATE, TEMPLATE};
use crate::problem::{Fault, Known, Problem};
use crate::span_id::Spanned;

pub(super) fn check(declaration: &Declaration, problems: &mut Problems) {
    sets_contain_no_cycle(declaration, problems);
    if declaration.uses.is_empty() {
        known_sets(declaration, problems);
    }
    let templates = Templates::of(declaration);
    for unit in &declaration.units {
        let Unit::Agent(agent) = unit else { continue };
        let template = templates.of_agent(agent);
        match (&agent.template, template) {
            // It may be one of a used ecosystem, and so may its services.
            (Some(_), None) if !declaration.uses.is_empty() => {}
            (Some(name), None) => {
                let known = declaration.templates.iter().map(|known| known.name.as_str());
                unknown(TEMPLATE, name, known, problems);
            }
            (Some(_), Some(_)) | (None, _) => known_services(agent, template, problems),
        }
    }
}

fn known_sets(declaration: &Declaration, problems: &mut Problems) {
    let names = || declaration.sets.iter().map(|set| set.name.as_str());
    let sets: HashSet<&str> = names().collect();
    blocks::each_env(declaration, |_, spreads, _| {
        for spread in spreads {
            if !sets.contains(spread.as_str()) {
                unknown(ENV_SET, spread, names(), problems);
            }
        }
    });
}

/// `without` and `override` name services that are there.
fn known_services(agent: &Agent, template: Option<&Template>, problems: &mut Problems) {
    let of_template = template.map(|template| template.services.as_slice()).unwrap_or_default();
    let of_template: Vec<&str> = of_template.iter().map(|service| service.name.as_str()).collect();
    unknown_ones(SERVICE_OF_TEMPLATE, agent.without.iter(), &of_template, problems);
    let all = expanded_service::of_agent(agent, template).map(|part| part.service.name.as_str());
    let all: Vec<&str> = all.collect();
    let changed = agent.overrides.iter().map(|change| &change.service);
    unknown_ones(SERVICE_OF_AGENT, changed, &all, problems);
}

/// Follows each set's spreads until one comes back.
fn sets_contain_no_cycle(declaration: &Declaration, problems: &mut Problems) {
    let mut sets: HashMap<&str, &EnvSet> = HashMap::new();
    for set in &declaration.sets {
        sets.entry(&set.name).or_insert(set);
    }
    let mut finished: HashSet<&str> = HashSet::new();
    for start in &declaration.sets {
        let mut path: Vec<(&str, usize)> = vec![(&start.name, 0)];
        let mut on_path: HashSet<&str> = HashSet::from([start.name.as_str()]);
        while let Some((name, next)) = path.pop() {
            if finished.contains(name) {
                on_path.remove(name);
                continue;
            }
            let Some(spread) = sets.get(name).and_then(|set| set.spreads.get(next)) else {
                finished.insert(name);
                on_path.remove(name);
                continue;
            };
            path.push((name, next + 1));
            if on_path.contains(spread.as_str()) {
                let names = path.iter().map(|(name, _)| *name);
                let cycle = names.skip_while(|name| *name != spread.as_str()).map(str::to_owned);
                let path = cycle.chain([spread.to_string()]).collect();
                problems.add(Problem::new(Fault::SetCycle { path }, spread.span_id));
            } else {
                on_path.insert(spread);
                path.push((spread, 0));
            }
        }
    }
}

fn unknown_ones<'a>(
    what: &'static str,
    names: impl Iterator<Item = &'a Spanned<SmolStr>>,
    known: &[&str],
    problems: &mut Problems,
) {
    let there: HashSet<&str> = known.iter().copied().collect();
    for name in names.filter(|name| !there.contains(name.as_str())) {
        unknown(what, name, known.iter().copied(), problems);
    }
}

fn unknown<'a>(
    what: &'static str,
    name: &Spanned<SmolStr>,
    known: impl Iterator<Item = &'a str> + Clone,
    problems: &mut Problems,
) {
    let meant = problems.meant(name, known.clone());
    let fault = Fault::UnknownName { what, name: name.to_string(), meant, known: Known::of(known) };
    problems.add(Problem::new(fault, name.span_id));
}
