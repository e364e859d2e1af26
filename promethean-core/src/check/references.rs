//! References to templates, env sets and the services of templates.

use std::collections::{HashMap, HashSet};

use smol_str::SmolStr;

use super::Problems;
use super::machines::are_mentioned;
use crate::blocks::{self, each_made};
use crate::declaration::{Agent, Attribution, Declaration, Service, Unit};
use crate::expanded_service::Templates;
use crate::machine;
use crate::problem::texts::{
    AN_ENV_SET, ENV_SET, MACHINE, SERVICE_OF_AGENT, SERVICE_OF_TEMPLATE, TEMPLATE,
};
use crate::problem::{Fault, Known, Problem};
use crate::span_id::{SpanId, Spanned};
use crate::suggest::{folded, parts};

pub(super) fn check(declaration: &Declaration, problems: &mut Problems) {
    sets_contain_no_cycle(declaration, problems);
    templates_contain_no_cycle(declaration, problems);
    if declaration.uses.is_empty() {
        known_sets(declaration, problems);
        known_machines(declaration, problems);
    }
    let templates = Templates::of(declaration);
    each_made(declaration, |names, service| {
        known_templates(declaration, names, &templates, problems);
        if let Some(service) = service {
            attributes_alone(service, &templates, problems);
        }
    });
    for unit in &declaration.units {
        let Unit::Agent(agent) = unit else { continue };
        // What other ecosystems have is checked with them; what nobody has is reported.
        if !templates.are_elsewhere(&agent.templates) {
            known_services(agent, &templates, problems);
        }
    }
}

fn known_templates(
    declaration: &Declaration,
    names: &[Spanned<SmolStr>],
    templates: &Templates<'_>,
    problems: &mut Problems,
) {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.as_str()) {
            let what = format!("template `{}`", **name);
            problems.add(Problem::new(Fault::Repeated { what }, name.span_id));
        } else if declaration.uses.is_empty() && templates.find(name).is_none() {
            let known = declaration.templates.iter().map(|known| known.name.as_str());
            let is = what_is(declaration, name).filter(|is| *is != A_TEMPLATE);
            unknown(TEMPLATE, name, is, known, problems);
        }
    }
}

/// A service is made from attributes; services of a template are for agents.
fn attributes_alone(service: &Service, templates: &Templates<'_>, problems: &mut Problems) {
    for name in &service.templates {
        if templates.chain(std::slice::from_ref(name)).services().next().is_some() {
            let (template, service) = (name.to_string(), service.name.to_string());
            let fault = Fault::TemplateOfServices { template, service };
            problems.add(Problem::new(fault, name.span_id));
        }
    }
}

fn known_sets(declaration: &Declaration, problems: &mut Problems) {
    let names = || declaration.sets.iter().map(|set| set.name.as_str());
    let sets: HashSet<&str> = names().collect();
    blocks::each_env(declaration, |_, spreads, _| {
        for spread in spreads {
            if !sets.contains(spread.as_str()) {
                let is = what_is(declaration, spread).filter(|is| *is != AN_ENV_SET);
                unknown(ENV_SET, spread, is, names(), problems);
            }
        }
    });
}

/// `on` names machines and what they have.
fn known_machines(declaration: &Declaration, problems: &mut Problems) {
    if !are_mentioned(declaration) {
        return;
    }
    let names = machine::names(declaration.machines.iter());
    blocks::each(declaration, |_, block| {
        for value in block.setting("on").map(Attribution::values).unwrap_or_default() {
            let Some(name) = value.value.as_name() else { continue };
            if !names.clone().any(|known| known == name) {
                let name = Spanned::new(SmolStr::from(name), value.span_id);
                unknown(MACHINE, &name, None, names.clone(), problems);
            }
        }
    });
}

/// `without` and `override` name services that are there.
fn known_services(agent: &Agent, templates: &Templates<'_>, problems: &mut Problems) {
    let chain = templates.chain(&agent.templates);
    let of_templates: Vec<&str> =
        chain.services().map(|(service, _)| service.name.as_str()).collect();
    unknown_ones(SERVICE_OF_TEMPLATE, agent.without.iter(), &of_templates, problems);
    let parts = templates.parts(agent);
    let all: Vec<&str> = parts.iter().map(|part| part.service.name.as_str()).collect();
    let mut seen = HashSet::new();
    for change in agent.overrides.iter().filter(|change| seen.insert(change.service.as_str())) {
        let mut own = agent.services.iter();
        if let Some(service) = own.find(|service| service.name.value == change.service.value) {
            let fault = Fault::OwnOverride { service: change.service.to_string() };
            let problem = Problem::new(fault, change.service.span_id);
            problems.add(problem.with(service.name.span_id, "the service"));
        }
    }
    let changed = agent.overrides.iter().map(|change| &change.service);
    unknown_ones(SERVICE_OF_AGENT, changed, &all, problems);
}

fn sets_contain_no_cycle(declaration: &Declaration, problems: &mut Problems) {
    let sets = declaration.sets.iter().map(|set| (&set.name, set.spreads.as_slice()));
    for (path, span_id) in cycles(sets) {
        problems.add(Problem::new(Fault::SetCycle { path }, span_id));
    }
}

fn templates_contain_no_cycle(declaration: &Declaration, problems: &mut Problems) {
    let templates = declaration.templates.iter();
    let templates = templates.map(|template| (&template.name, template.templates.as_slice()));
    for (path, span_id) in cycles(templates) {
        problems.add(Problem::new(Fault::TemplateCycle { path }, span_id));
    }
}

/// Follows the names behind each name until one comes back: the way round, and where it closes.
fn cycles<'a>(
    all: impl Iterator<Item = (&'a Spanned<SmolStr>, &'a [Spanned<SmolStr>])> + Clone,
) -> Vec<(Vec<String>, SpanId)> {
    let mut followed: HashMap<&str, &[Spanned<SmolStr>]> = HashMap::new();
    for (name, next) in all.clone() {
        followed.entry(name).or_insert(next);
    }
    let mut found = Vec::new();
    let mut finished: HashSet<&str> = HashSet::new();
    for (start, _) in all {
        let mut path: Vec<(&str, usize)> = vec![(start, 0)];
        let mut on_path: HashSet<&str> = HashSet::from([start.as_str()]);
        while let Some((name, next)) = path.pop() {
            if finished.contains(name) {
                on_path.remove(name);
                continue;
            }
            let Some(following) = followed.get(name).and_then(|names| names.get(next)) else {
                finished.insert(name);
                on_path.remove(name);
                continue;
            };
            path.push((name, next + 1));
            if on_path.contains(following.as_str()) {
                let names = path.iter().map(|(name, _)| *name);
                let cycle = names.skip_while(|name| *name != following.as_str());
                let cycle = cycle.chain([following.as_str()]).map(str::to_owned);
                found.push((cycle.collect(), following.span_id));
            } else {
                on_path.insert(following);
                path.push((following, 0));
            }
        }
    }
    found
}

fn unknown_ones<'a>(
    what: &'static str,
    names: impl Iterator<Item = &'a Spanned<SmolStr>>,
    known: &[&str],
    problems: &mut Problems,
) {
    let there: HashSet<&str> = known.iter().copied().collect();
    for name in names.filter(|name| !there.contains(name.as_str())) {
        unknown(what, name, None, known.iter().copied(), problems);
    }
}

fn unknown<'a>(
    what: &'static str,
    name: &Spanned<SmolStr>,
    is: Option<&'static str>,
    known: impl Iterator<Item = &'a str> + Clone,
    problems: &mut Problems,
) {
    let meant = problems.meant(name, known.clone()).or_else(|| spelled(name, known.clone()));
    let fault = Fault::UnknownName {
        what,
        name: name.to_string(),
        is,
        used_by_used: None,
        meant,
        known: Known::of(known),
    };
    problems.add(Problem::new(fault, name.span_id));
}

const A_TEMPLATE: &str = "a template";

/// What else has a name.
fn what_is(declaration: &Declaration, name: &str) -> Option<&'static str> {
    if declaration.templates.iter().any(|template| *template.name == name) {
        return Some(A_TEMPLATE);
    }
    if declaration.sets.iter().any(|set| *set.name == name) {
        return Some(AN_ENV_SET);
    }
    declaration.units.iter().find(|unit| unit.name() == Some(name)).map(|unit| match unit {
        Unit::Agent(_) => "an agent",
        Unit::External(_) => "an external",
        Unit::Service(_) | Unit::Include(_) => "a service",
    })
}

/// The name that is written behind others, or behind the name of its agent: `duck.voice`, `duck_voice`.
fn spelled<'a>(written: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let last = parts(written).last().map(|part| folded(part))?;
    let behind = |known: &str| {
        let known = folded(known);
        let ends = last.strip_suffix(&known).is_some_and(|before| !before.is_empty());
        last == known || ends && written.to_lowercase().ends_with(&format!("_{known}"))
    };
    known.filter(|known| behind(known)).max_by_key(|known| known.len()).map(str::to_owned)
}
