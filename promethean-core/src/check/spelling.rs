//! References in another spelling: what somebody means who writes a unit as PM2, Rust or another
//! language would write it.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::blocks::{self, Siblings};
use crate::declaration::{Agent, Condition, Declaration, Template, Unit};
use crate::expanded_service::Templates;
use crate::problem::{Fault, Miswritten};
use crate::suggest::{folded, is_static, parts};

/// Words before a name that says enough by itself.
const BEFORE_NAMES: [&str; 22] = [
    "agent",
    "agents",
    "app",
    "apps",
    "crate",
    "ecosystem",
    "external",
    "externals",
    "job",
    "node",
    "process",
    "python",
    "script",
    "self",
    "service",
    "services",
    "super",
    "system",
    "task",
    "template",
    "this",
    "unit",
];

/// All names of a declaration, folded.
pub(super) struct Spellings<'a> {
    /// The services and externals outside agents, the agents, and services by both of their names.
    units: IndexMap<String, String>,
    /// Services of agents by their short names.
    in_agents: HashMap<String, Vec<(&'a Agent, &'a str)>>,
    templates: IndexMap<String, &'a Template>,
    /// The agents that are made from each template, by its name.
    made_from: HashMap<&'a str, Vec<&'a Agent>>,
    sets: HashMap<String, &'a str>,
    /// The agents whose template lies in another ecosystem.
    partly_elsewhere: Vec<&'a Agent>,
    /// The paths of other ecosystems.
    paths: Vec<&'a str>,
    /// The name of the ecosystem.
    own: Option<&'a str>,
}

impl<'a> Spellings<'a> {
    pub(super) fn of(declaration: &'a Declaration) -> Spellings<'a> {
        let templates = Templates::of(declaration);
        let mut spellings = Spellings {
            units: IndexMap::new(),
            in_agents: HashMap::new(),
            templates: IndexMap::new(),
            made_from: HashMap::new(),
            sets: HashMap::new(),
            partly_elsewhere: Vec::new(),
            paths: blocks::paths_of(declaration)
                .into_iter()
                .filter(|path| ends_as_static(path))
                .collect(),
            own: declaration.name.as_ref().map(|name| name.as_str()),
        };
        for template in &declaration.templates {
            spellings.templates.entry(folded(&template.name)).or_insert(template);
        }
        for set in &declaration.sets {
            spellings.sets.entry(folded(&set.name)).or_insert(&set.name);
        }
        for unit in &declaration.units {
            if let Some(name) = unit.name() {
                spellings.units.entry(folded(name)).or_insert_with(|| quoted_if_needed(name));
            }
            let Unit::Agent(agent) = unit else { continue };
            for name in &agent.templates {
                spellings.made_from.entry(name.as_str()).or_default().push(agent);
            }
            if templates.are_elsewhere(&agent.templates) {
                spellings.partly_elsewhere.push(agent);
            }
            for part in templates.parts(agent) {
                let name = part.service.name.as_str();
                spellings.in_agents.entry(folded(name)).or_default().push((agent, name));
                let both = folded(&agent.name) + &folded(name);
                spellings.units.entry(both).or_insert_with(|| of_agent(agent, name));
            }
        }
        spellings
    }

    /// The names of units and of services with their agents, as they are held against others.
    pub(super) fn folded_units(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(String::as_str)
    }

    /// How one of them is written.
    pub(super) fn written(&self, folded: &str) -> Option<&str> {
        self.units.get(folded).map(String::as_str)
    }

    /// What a text in the place of a unit means; `None` where it resembles nothing.
    pub(super) fn unit(
        &self,
        written: &str,
        siblings: &[&str],
        owner: Siblings<'_>,
    ) -> Option<Fault> {
        let (miswritten, write) = self.meant(written, siblings, owner)?;
        Some(Fault::MiswrittenUnit { target: written.to_owned(), miswritten, write })
    }

    fn meant(
        &self,
        written: &str,
        siblings: &[&str],
        owner: Siblings<'_>,
    ) -> Option<(Miswritten, Vec<String>)> {
        let all = parts(written);
        let mut rest = all.as_slice();
        while let [first, more @ ..] = rest
            && !more.is_empty()
            && (BEFORE_NAMES.contains(first) || Some(*first) == self.own)
        {
            if let Some(meant) = self.named(rest, siblings, owner) {
                return Some(meant);
            }
            rest = more;
        }
        if let Some(meant) = self.named(rest, siblings, owner) {
            return Some(meant);
        }
        // `voice@duck`
        if let [service, agent] = *rest
            && let Some((Miswritten::Service, write)) =
                self.named(&[agent, service], siblings, owner)
        {
            return Some((Miswritten::Service, write));
        }
        if let [before @ .., last] = rest
            && !before.is_empty()
            && let Some(condition) = Condition::from_word(&last.to_ascii_lowercase())
            && let Some((Miswritten::Unit | Miswritten::Service, write)) =
                Spellings::exact(before, siblings).or_else(|| self.named(before, siblings, owner))
        {
            let condition = condition.word();
            let write = write.iter().map(|name| format!("{name} ({condition})")).collect();
            return Some((Miswritten::Condition, write));
        }
        self.elsewhere(rest).map(|name| (Miswritten::Path, vec![name]))
    }

    /// A unit that is named as it should be.
    fn exact(parts: &[&str], siblings: &[&str]) -> Option<(Miswritten, Vec<String>)> {
        let [name] = parts else { return None };
        siblings.contains(name).then(|| (Miswritten::Unit, vec![(*name).to_owned()]))
    }

    /// What these parts, one behind the other, are the name of in this ecosystem.
    fn named(
        &self,
        parts: &[&str],
        siblings: &[&str],
        owner: Siblings<'_>,
    ) -> Option<(Miswritten, Vec<String>)> {
        let name = folded(&parts.concat());
        if name.is_empty() {
            return None;
        }
        let around = match owner {
            Siblings::None => String::new(),
            Siblings::Template(template) => folded(&template.name),
            Siblings::Agent(agent) => folded(&agent.name),
        };
        let inner = name.strip_prefix(around.as_str()).unwrap_or(&name);
        let mut beside = siblings.iter();
        if let Some(sibling) =
            beside.find(|sibling| [name.as_str(), inner].contains(&folded(sibling).as_str()))
        {
            return Some((Miswritten::Unit, vec![quoted_if_needed(sibling)]));
        }
        if let Some(unit) = self.units.get(&name) {
            let sort = if unit.contains('.') { Miswritten::Service } else { Miswritten::Unit };
            return Some((sort, vec![unit.clone()]));
        }
        if let Some(services) = self.in_agents.get(&name) {
            let write = services.iter().map(|(agent, service)| of_agent(agent, service));
            return Some((Miswritten::Service, write.collect()));
        }
        if let Some(template) = self.templates.get(&name) {
            let made = self.made_from.get(template.name.as_str());
            let agents = made.into_iter().flatten().map(|agent| quoted_if_needed(&agent.name));
            return Some((Miswritten::Template, agents.collect()));
        }
        let of_template = self.templates.iter().find_map(|(template_name, template)| {
            let service = name.strip_prefix(template_name.as_str())?;
            let mut services = template.services.iter();
            Some((*template, services.find(|known| folded(&known.name) == service)?))
        });
        if let Some((template, service)) = of_template {
            let made = self.made_from.get(template.name.as_str());
            let agents = made.into_iter().flatten();
            let write = agents.map(|agent| of_agent(agent, &service.name));
            return Some((Miswritten::Template, write.collect()));
        }
        if let Some(set) = self.sets.get(&name) {
            return Some((Miswritten::EnvSet, vec![(*set).to_owned()]));
        }
        self.of_agent_elsewhere(parts).map(|name| (Miswritten::Service, vec![name]))
    }

    /// `duck_voice`, where the services of `duck` are written in another file.
    fn of_agent_elsewhere(&self, parts: &[&str]) -> Option<String> {
        self.partly_elsewhere.iter().find_map(|agent| {
            let service = match parts {
                [name] => name.strip_prefix(agent.name.as_str())?.strip_prefix(['_', '-'])?,
                [first, service] if folded(first) == folded(&agent.name) => service,
                _ => return None,
            };
            (!service.is_empty()).then(|| of_agent(agent, service))
        })
    }

    /// A unit of another ecosystem: `infra.INFRA.mongodb`, or `infra.mongodb` where the path of
    /// `infra` stands elsewhere in this ecosystem.
    fn elsewhere(&self, parts: &[&str]) -> Option<String> {
        let join = |path: &str, unit: &[&str]| {
            let unit: Vec<String> = unit.iter().map(|part| quoted_if_needed(part)).collect();
            match unit.as_slice() {
                [] => Some(path.to_owned()),
                [_] | [_, _] => Some(format!("{path}.{}", unit.join("."))),
                _ => None,
            }
        };
        if let Some(end) = parts.iter().position(|part| is_static(part)).filter(|_| parts.len() > 1)
        {
            let (path, unit) = parts.split_at(end + 1);
            return match path.iter().any(|part| part.contains('-')) {
                true => None,
                false => join(&path.join("::"), unit),
            };
        }
        let (first, unit) = parts.split_first()?;
        let leads = |path: &&&str| path.split("::").any(|part| part == *first);
        let path = self.paths.iter().find(leads)?;
        let end = path.rsplit("::").next().unwrap_or(path);
        let unit = if unit.first().is_some_and(|part| end.eq_ignore_ascii_case(part)) {
            unit.get(1..).unwrap_or_default()
        } else {
            unit
        };
        join(path, unit)
    }
}

/// Whether a path leads to something that is written as Rust's statics are.
pub(super) fn ends_as_static(path: &str) -> bool {
    path.rsplit("::").next().is_some_and(|last| !last.chars().any(char::is_lowercase))
}

/// `duck.voice`
fn of_agent(agent: &Agent, service: &str) -> String {
    format!("{}.{}", quoted_if_needed(&agent.name), quoted_if_needed(service))
}

/// A name as it is written.
pub(super) fn quoted_if_needed(name: &str) -> String {
    let is_word = |part: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    let starts = name.starts_with(|first: char| first.is_lowercase() || first == '_');
    match starts && name.split('-').all(is_word) {
        true => name.to_owned(),
        false => format!("{name:?}"),
    }
}
