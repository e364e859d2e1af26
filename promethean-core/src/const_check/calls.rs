//! Which checks an ecosystem needs, each with the place that is wrong when it fails.

use std::collections::{HashMap, HashSet};

use super::rules::OWN_UNIT;
use crate::blocks::{self, BlockOwner, Siblings, each_made};
use crate::check::layers::Services;
use crate::check::{machines, profiles_written_once, wrong_for_kind, wrong_programs};
use crate::declaration::{
    Agent, Attribution, Block, Condition, Declaration, Dependency, EndpointPart, Kind, Override,
    Service, Unit,
};
use crate::expanded_service::Templates;
use crate::machine;
use crate::problem::{Elsewhere, Problem};
use crate::reference::Target;
use crate::span_id::{SpanId, Spanned};
use indexmap::IndexMap;
use smol_str::SmolStr;

/// A call of one of the functions of this module, without the ecosystem's own view, which is the
/// first argument of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The function.
    pub function: &'static str,
    /// Its further arguments.
    pub arguments: Vec<Argument>,
    /// What is wrong when it fails.
    pub span_id: SpanId,
}

/// An argument of a [`Call`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// The number of a link, or of a unit in the signature.
    Number(usize),
    /// A name.
    Text(String),
    /// A condition: whether `(ready)` is waited for.
    Flag(bool),
    /// Attributes, and whether only weaker blocks are asked for them.
    Given(u32, bool),
    /// Attributes, and a lint.
    Unless(u32, &'static str),
    /// What is wrong, for each kind of service.
    Texts(Vec<String>),
}

/// A [`super::UnitSource`], and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The number of the link.
    pub link: usize,
    /// The unit that is depended on; `None` for an `include`.
    pub unit: Option<String>,
    /// Its place.
    pub span_id: SpanId,
}

/// The checks that an ecosystem needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// The calls.
    pub calls: Vec<Call>,
    /// Where units of other ecosystems come from.
    pub sources: Vec<Origin>,
}

/// Finds the checks that a declaration needs; `links` are the paths of its links, `pending` the
/// problems that a used ecosystem may lift.
#[must_use]
pub fn calls(declaration: &Declaration, links: &[&str], pending: &[Problem]) -> Calls {
    let mut finder = Finder {
        declaration,
        templates: Templates::of(declaration),
        links: links.iter().enumerate().map(|(index, link)| (*link, index)).collect(),
        calls: Calls::default(),
        seen: HashSet::new(),
        asked: HashSet::new(),
    };
    finder.includes();
    finder.dependencies();
    finder.endpoints();
    if machines::are_mentioned(declaration) {
        finder.machines();
    }
    if !declaration.uses.is_empty() {
        finder.templates();
        finder.sets();
        finder.overrides();
        finder.pending(pending);
    }
    if !finder.links.is_empty() {
        for (name, span_id) in profiles_written_once(declaration) {
            finder.call("similar_profile", vec![Argument::Text(name.to_owned())], span_id);
        }
    }
    finder.calls
}

struct Finder<'a> {
    declaration: &'a Declaration,
    templates: Templates<'a>,
    links: HashMap<&'a str, usize>,
    calls: Calls,
    /// The calls whose result is the same wherever they are.
    seen: HashSet<(&'static str, String)>,
    /// The references whose way has been asked for, by their places.
    asked: HashSet<(SpanId, String)>,
}

impl Finder<'_> {
    fn call(&mut self, function: &'static str, arguments: Vec<Argument>, span_id: SpanId) {
        self.calls.calls.push(Call { function, arguments, span_id });
    }

    fn link(&self, path: &str) -> Option<usize> {
        self.links.get(path).copied()
    }

    fn includes(&mut self) {
        let declaration = self.declaration;
        let mut included = HashSet::new();
        for unit in &declaration.units {
            let Unit::Include(path) = unit else { continue };
            let Some(link) = self.link(path) else { continue };
            if included.insert(link) {
                self.calls.sources.push(Origin { link, unit: None, span_id: path.span_id });
            }
        }
    }

    fn dependencies(&mut self) {
        let declaration = self.declaration;
        let mut named: Vec<(Siblings<'_>, &Dependency)> = Vec::new();
        blocks::each(declaration, |owner: BlockOwner<'_>, block: &Block| {
            let dependencies = block.depends_on.iter();
            named.extend(dependencies.map(|dependency| (owner.siblings(), dependency)));
        });
        for (siblings, dependency) in named {
            match &dependency.ecosystem {
                Some(path) => self.linked(path, dependency),
                None => self.own(siblings, dependency),
            }
        }
    }

    /// `infra::INFRA.mongodb`
    fn linked(&mut self, path: &str, dependency: &Dependency) {
        let Some(link) = self.link(path) else { return };
        let unit: Vec<&str> = dependency.unit.iter().map(|part| part.as_str()).collect();
        let unit = unit.join(".");
        let span_id = dependency.span_id();
        if let Some(condition) = dependency.awaited()
            && condition.value != Condition::Started
        {
            let ready = Argument::Flag(condition.value == Condition::Ready);
            let arguments = vec![Argument::Number(link), Argument::Text(unit.clone()), ready];
            self.call("condition_can_hold", arguments, condition.span_id);
        }
        if dependency.restarts {
            let arguments = vec![Argument::Number(link), Argument::Text(unit.clone())];
            self.call("can_restart", arguments, span_id);
        }
        if self.seen.insert(("depended_on", format!("{link}:{unit}"))) {
            self.calls.sources.push(Origin { link, unit: Some(unit), span_id });
        }
    }

    /// `url infra::INFRA.broker`, in a value or in a text; and `url voice`, where the agent is made from
    /// another ecosystem's template.
    fn endpoints(&mut self) {
        type Reference<'a> = (Siblings<'a>, EndpointPart, Target<'a>, [SpanId; 2]);
        let declaration = self.declaration;
        let mut references: Vec<Reference<'_>> = Vec::new();
        blocks::each_reference(declaration, |owner, reference| {
            let places = [reference.unit_span(), reference.endpoint_span()];
            references.push((siblings(owner), reference.part.value, reference.target(), places));
        });
        blocks::each_filled_text(declaration, |filled| {
            let found = blocks::references_in(filled.text).into_iter();
            let (siblings, places) = (siblings(filled.owner), [filled.span_id; 2]);
            references.extend(found.map(|(part, target)| (siblings, part, target, places)));
        });
        for (siblings, part, target, [at_unit, at_endpoint]) in references {
            let endpoint = target.endpoint.unwrap_or_default().to_owned();
            let is_url = Argument::Flag(part == EndpointPart::Url);
            let Some(path) = target.ecosystem else {
                if let Some((agent, service)) = self.made_elsewhere(siblings, &target) {
                    let arguments = vec![
                        Argument::Text(agent),
                        Argument::Text(service),
                        Argument::Text(target.unit_text()),
                        Argument::Text(endpoint),
                        is_url,
                    ];
                    self.call("endpoint_of_member", arguments, at_endpoint);
                }
                continue;
            };
            let Some(link) = self.link(path) else { continue };
            let unit = target.units().join(".");
            let known = vec![Argument::Number(link), Argument::Text(unit.clone())];
            self.call("known_target", known, at_unit);
            let arguments = vec![
                Argument::Number(link),
                Argument::Text(unit),
                Argument::Text(endpoint),
                is_url,
            ];
            self.call("known_endpoint", arguments, at_endpoint);
        }
    }

    /// `on` names machines of other ecosystems, too, and references to units of them lead to machines.
    fn machines(&mut self) {
        let declaration = self.declaration;
        let uses = !declaration.uses.is_empty();
        let own: Vec<&str> = machine::names(declaration.machines.iter()).collect();
        if uses {
            blocks::each(declaration, |_, block| {
                for value in block.setting("on").map(Attribution::values).unwrap_or_default() {
                    let Some(name) = value.value.as_name().filter(|name| !own.contains(name))
                    else {
                        continue;
                    };
                    if self.seen.insert(("machine", name.to_owned())) {
                        let arguments = vec![Argument::Text(name.to_owned())];
                        self.call("known_machine", arguments, value.span_id);
                    }
                }
            });
        }
        let services = Services::of(declaration);
        for reader in services.instances() {
            // What is not said here is asked when the program runs.
            let Some(on) = machines::names_behind_on(reader) else { continue };
            let on: String = on.iter().flat_map(|name| [name, "\n"]).collect();
            for reference in machines::host_references(reader, None) {
                let linked = reference.target.ecosystem;
                let (link, unit) = match linked {
                    Some(path) => (self.link(path), Some(reference.target.units().join("."))),
                    None if uses => (
                        Some(OWN_UNIT),
                        machines::own_unit(declaration, &services, reader, &reference),
                    ),
                    None => continue,
                };
                let (Some(link), Some(unit)) = (link, unit) else { continue };
                let place = (reference.at, format!("{unit}:{:?}:{on}", reference.target.endpoint));
                if !self.asked.insert(place) {
                    continue;
                }
                let called = match linked {
                    Some(path) => format!("{path}.{unit}"),
                    None => reference.target.unit_text(),
                };
                let arguments = vec![
                    Argument::Number(link),
                    Argument::Text(unit),
                    Argument::Text(called),
                    Argument::Text(reference.target.endpoint.unwrap_or_default().to_owned()),
                    Argument::Text(on.clone()),
                ];
                self.call("reached", arguments, reference.at);
            }
        }
    }

    /// The agent that is made from another ecosystem's template and its service that a reference may
    /// mean; no service for all of them.
    fn made_elsewhere(
        &self,
        siblings: Siblings<'_>,
        target: &Target<'_>,
    ) -> Option<(String, String)> {
        let agent = |name: &str| {
            self.declaration.units.iter().find_map(|unit| match unit {
                Unit::Agent(agent) if *agent.name == name && self.is_made_elsewhere(agent) => {
                    Some(agent.name.to_string())
                }
                Unit::Agent(_) | Unit::Service(_) | Unit::External(_) | Unit::Include(_) => None,
            })
        };
        let unit = target.unit?;
        if let Some(name) = target.agent {
            return Some((agent(name)?, unit.to_owned()));
        }
        if let Some(all) = agent(unit) {
            return Some((all, String::new()));
        }
        match siblings {
            Siblings::Agent(own) => Some((agent(&own.name)?, unit.to_owned())),
            Siblings::Template(_) | Siblings::None => None,
        }
    }

    /// `voice` or `duck.voice`, where the agent is made from another ecosystem's template.
    fn own(&mut self, siblings: Siblings<'_>, dependency: &Dependency) {
        let (agent, name) = match (dependency.unit.as_slice(), siblings) {
            ([name], Siblings::Agent(agent)) => (agent, name.to_string()),
            ([agent, service], _) => {
                let mut units = self.declaration.units.iter();
                let Some(Unit::Agent(agent)) = units.find(
                    |unit| matches!(unit, Unit::Agent(known) if known.name.value == agent.value),
                ) else {
                    return;
                };
                (agent, format!("{}.{}", *agent.name, service.value))
            }
            _ => return,
        };
        if self.is_made_elsewhere(agent) {
            let arguments = vec![Argument::Text(agent.name.to_string()), Argument::Text(name)];
            self.call("known_own_unit", arguments, dependency.span_id());
        }
    }

    /// Whether an agent is made from another ecosystem's template.
    fn is_made_elsewhere(&self, agent: &Agent) -> bool {
        self.templates.are_elsewhere(&agent.templates)
    }

    fn templates(&mut self) {
        let declaration = self.declaration;
        each_made(declaration, |names, service| {
            for name in names {
                let is_here = self.templates.find(name).is_some();
                if !is_here
                    && (service.is_none() || self.seen.insert(("template", name.to_string())))
                {
                    self.call("known_template", vec![text(name)], name.span_id);
                }
                if let Some(service) = service
                    && self.templates.are_elsewhere(std::slice::from_ref(name))
                    && self.seen.insert(("attributes", name.to_string()))
                {
                    let arguments = vec![text(&service.name), text(name)];
                    self.call("attributes_alone", arguments, name.span_id);
                }
            }
        });
        for template in &declaration.templates {
            for name in &template.templates {
                if self.templates.are_elsewhere(std::slice::from_ref(name)) {
                    let arguments = vec![text(&template.name), text(name)];
                    self.call("no_template_cycle", arguments, name.span_id);
                }
            }
        }
        for unit in &declaration.units {
            let Unit::Agent(agent) = unit else { continue };
            if !self.is_made_elsewhere(agent) {
                continue;
            }
            for left_out in &agent.without {
                let arguments = vec![text(&agent.name), text(left_out)];
                self.call("known_in_template", arguments, left_out.span_id);
            }
            for change in &agent.overrides {
                let arguments = vec![text(&agent.name), text(&change.service)];
                self.call("known_in_agent", arguments, change.service.span_id);
            }
        }
    }

    fn sets(&mut self) {
        let declaration = self.declaration;
        let mut spread: Vec<&Spanned<SmolStr>> = Vec::new();
        blocks::each_env(declaration, |_, spreads, _| spread.extend(spreads));
        let own: HashSet<&str> = declaration.sets.iter().map(|set| set.name.as_str()).collect();
        for name in spread {
            if !own.contains(name.as_str()) && self.seen.insert(("set", name.to_string())) {
                self.call("known_set", vec![text(name)], name.span_id);
            }
        }
    }

    /// Attributes of an `override` that not every kind of service has.
    fn overrides(&mut self) {
        let declaration = self.declaration;
        for unit in &declaration.units {
            let Unit::Agent(agent) = unit else { continue };
            if !self.is_made_elsewhere(agent) {
                continue;
            }
            for change in &agent.overrides {
                if agent.services.iter().any(|own| own.name.value == change.service.value) {
                    continue;
                }
                self.programs(agent, change);
                let profiles = change.block.profiles.iter().map(|profile| &profile.block);
                for block in std::iter::once(&change.block).chain(profiles) {
                    for setting in &block.settings {
                        self.applies(agent, &change.service, setting);
                    }
                }
            }
        }
    }

    /// What the service of an `override` runs, by the kinds that it may be of.
    fn programs(&mut self, agent: &Agent, change: &Override) {
        let (service, block) = (&change.service, &change.block);
        let runs = ["run", "entry", "args", "node_args"];
        if block.ready.is_none() && !runs.iter().any(|key| block.setting(key).is_some()) {
            return;
        }
        let mut found: IndexMap<(SpanId, &str), (u32, Vec<String>)> = IndexMap::new();
        for (_, kind) in Kind::ALL {
            let name = service.clone();
            let alone = Service { kind, name, block: block.clone(), ..Service::default() };
            let declaration = Declaration {
                units: vec![Unit::Service(alone)],
                uses: self.declaration.uses.clone(),
                ..Declaration::default()
            };
            for Problem { fault, span_id, unless, .. } in wrong_programs(&declaration) {
                let Some(Elsewhere { gives, .. }) = unless else { continue };
                let place = found.entry((span_id, fault.rule()));
                let (_, texts) = place.or_insert_with(|| (gives, vec![String::new(); 3]));
                if let Some(text) = texts.get_mut(kind as usize) {
                    *text = fault.diagnostic().to_string();
                }
            }
        }
        for ((span_id, lint), (gives, texts)) in found {
            let unless = Argument::Unless(gives, lint);
            let arguments = vec![text(&agent.name), text(service), unless, Argument::Texts(texts)];
            self.call("wrong_override", arguments, span_id);
        }
    }

    fn applies(&mut self, agent: &Agent, service: &Spanned<SmolStr>, setting: &Attribution) {
        let Some(attribute) = setting.attribute() else { return };
        let wrong = Kind::ALL.map(|(_, kind)| wrong_for_kind(attribute, setting, kind));
        let Some(first) = wrong.iter().flatten().next() else { return };
        let span_id = first.span_id;
        let wrong = wrong.map(|problem| {
            problem.map(|problem| problem.fault.diagnostic().to_string()).unwrap_or_default()
        });
        let wrong = wrong.to_vec();
        let arguments = vec![text(&agent.name), text(service), Argument::Texts(wrong)];
        self.call("applies_to", arguments, span_id);
    }

    /// What a used ecosystem may lift.
    fn pending(&mut self, pending: &[Problem]) {
        for Problem { fault, span_id, unless, .. } in pending {
            let Some(Elsewhere { unit, other, gives, weaker }) = unless else { continue };
            let arguments = vec![
                Argument::Texts(vec![unit.clone(), other.clone()]),
                Argument::Given(*gives, *weaker),
                Argument::Text(fault.rule().to_owned()),
                Argument::Text(fault.diagnostic().to_string()),
            ];
            self.call("unless_elsewhere", arguments, *span_id);
        }
    }
}

fn text(name: &Spanned<SmolStr>) -> Argument {
    Argument::Text(name.to_string())
}

/// What the names in a block may stand for.
fn siblings(owner: Option<BlockOwner<'_>>) -> Siblings<'_> {
    owner.map_or(Siblings::None, BlockOwner::siblings)
}
