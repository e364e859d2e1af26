//! References to templates, env sets and the services of templates.

use std::collections::HashSet;

use smol_str::SmolStr;

use super::Problems;
use crate::blocks;
use crate::declaration::{Agent, Declaration, Template, Unit};
use crate::instance;
use crate::mark::Marked;
use crate::problem::{Fault, Problem};
use crate::suggest::nearest;

pub(super) fn check(declaration: &Declaration, problems: &mut Problems) {
    sets_contain_no_cycle(declaration, problems);
    if declaration.uses.is_empty() {
        known_sets(declaration, problems);
    }
    for unit in &declaration.units {
        let Unit::Agent(agent) = unit else { continue };
        let template = instance::template_of(declaration, agent);
        match (&agent.template, template) {
            // It may be one of a used ecosystem, and so may its services.
            (Some(_), None) if !declaration.uses.is_empty() => {}
            (Some(name), None) => {
                let templates = declaration.templates.iter().map(|known| known.name.as_str());
                unknown("template", name, templates, problems);
            }
            _ => known_services(agent, template, problems),
        }
    }
}

fn known_sets(declaration: &Declaration, problems: &mut Problems) {
    let sets: Vec<&str> = declaration.sets.iter().map(|set| set.name.as_str()).collect();
    blocks::each_env(declaration, |_, spreads, _| {
        for spread in spreads {
            if !sets.contains(&spread.as_str()) {
                unknown("env set", spread, sets.iter().copied(), problems);
            }
        }
    });
}

/// `without` and `override` name services that are there.
fn known_services(agent: &Agent, template: Option<&Template>, problems: &mut Problems) {
    let of_template = template.map(|template| template.services.as_slice()).unwrap_or_default();
    let of_template = || of_template.iter().map(|service| service.name.as_str());
    for left_out in &agent.without {
        if !of_template().any(|name| name == left_out.as_str()) {
            unknown("service of the template", left_out, of_template(), problems);
        }
    }
    let left_out = |name: &&str| !instance::leaves_out(agent, name);
    let own = || agent.services.iter().map(|service| service.name.as_str());
    let all = || of_template().filter(left_out).chain(own());
    for change in &agent.overrides {
        if !all().any(|name| name == change.service.as_str()) {
            unknown("service of this agent", &change.service, all(), problems);
        }
    }
}

/// Follows each set's spreads until one comes back.
fn sets_contain_no_cycle(declaration: &Declaration, problems: &mut Problems) {
    let find = |name: &str| declaration.sets.iter().find(|set| *set.name == name);
    let mut finished: HashSet<&str> = HashSet::new();
    for start in &declaration.sets {
        let mut path: Vec<(&str, usize)> = vec![(&start.name, 0)];
        while let Some((name, next)) = path.pop() {
            if finished.contains(name) {
                continue;
            }
            let Some(spread) = find(name).and_then(|set| set.spreads.get(next)) else {
                finished.insert(name);
                continue;
            };
            path.push((name, next + 1));
            if let Some(position) = path.iter().position(|(known, _)| *known == spread.as_str()) {
                let cycle = path.iter().skip(position).map(|(name, _)| (*name).to_owned());
                let path = cycle.chain([spread.to_string()]).collect();
                problems.add(Problem::new(Fault::SetCycle { path }, spread.mark));
            } else {
                path.push((spread, 0));
            }
        }
    }
}

fn unknown<'a>(
    what: &'static str,
    name: &Marked<SmolStr>,
    known: impl Iterator<Item = &'a str>,
    problems: &mut Problems,
) {
    let known: Vec<String> = known.map(str::to_owned).collect();
    let meant = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    let fault = Fault::UnknownName { what, name: name.to_string(), meant, known };
    problems.add(Problem::new(fault, name.mark));
}
