//! Environment variables: their names, and that what is required is given.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::Problems;
use crate::blocks;
use crate::declaration::{Block, Declaration, EnvEntry, EnvSet, EnvValue, Unit};
use crate::expanded_service::{self, ExpandedService, Templates};
use crate::problem::texts::{DEFAULTS, OWN_ENV, THE_SET, THE_TEMPLATE};
use crate::problem::{Fault, Problem};
use crate::reserved::{COUNTERS, is_reserved_key};
use crate::service_facts::has_agent;
use crate::span_id::{SpanId, Spanned};
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, problems: &mut Problems) {
    blocks::each_env(declaration, |_, _, entries| {
        possible_keys(entries, problems);
        possible_sources(entries, problems);
        free_keys(entries, problems);
        keys_once(entries, problems);
    });
    blocks::each(declaration, |_, block| free_counters(block, problems));
    received_variables(declaration, problems);
}

/// The names under which values are looked up are names, too.
fn possible_sources(entries: &[EnvEntry], problems: &mut Problems) {
    for entry in entries {
        let stored = match &entry.value {
            EnvValue::Secret(stored) => stored.as_ref(),
            EnvValue::Inherit(inherit) => inherit.from.as_ref(),
            EnvValue::Text(_) | EnvValue::Expression(_) | EnvValue::Required | EnvValue::Unset => {
                None
            }
        };
        if let Some(name) = stored.filter(|name| !possible(name)) {
            let key = name.escape_debug().to_string();
            problems.add(Problem::new(Fault::BadKey { key }, name.span_id));
        }
    }
}

/// POSIX allows every name without `=` and NUL that is not empty.
fn possible_keys(entries: &[EnvEntry], problems: &mut Problems) {
    for entry in entries {
        if !possible(&entry.key) {
            let key = entry.key.escape_debug().to_string();
            problems.add(Problem::new(Fault::BadKey { key }, entry.key.span_id));
        }
    }
}

/// PM2 lays variables over its own record of the app. What is only unset is never there.
fn free_keys(entries: &[EnvEntry], problems: &mut Problems) {
    for entry in entries.iter().filter(|entry| entry.value != EnvValue::Unset) {
        free(&entry.key, entry.key.span_id, problems);
    }
}

/// `increment_var` and `instance_var` name variables, too, and PM2 writes them into its record.
fn free_counters(block: &Block, problems: &mut Problems) {
    for setting in &block.settings {
        let counts =
            setting.attribute().is_some_and(|attribute| COUNTERS.contains(&attribute.name));
        for value in setting.values().iter().filter(|_| counts) {
            if let Value::Text(name) | Value::Word(name) = &value.value {
                free(name, value.span_id, problems);
            }
        }
    }
}

fn free(name: &str, span_id: SpanId, problems: &mut Problems) {
    if is_reserved_key(name) {
        problems.add(Problem::new(Fault::ReservedKey { key: name.to_owned() }, span_id));
    }
}

/// Whether a process can have a variable of this name.
pub(crate) fn possible(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

fn keys_once(entries: &[EnvEntry], problems: &mut Problems) {
    let mut seen: HashMap<&str, SpanId> = HashMap::new();
    for entry in entries {
        if let Some(first) = seen.get(entry.key.as_str()) {
            let fault = Fault::DuplicateKey { key: entry.key.to_string() };
            problems.add(Problem::new(fault, entry.key.span_id).with(*first, "first given"));
        } else {
            seen.insert(&entry.key, entry.key.span_id);
        }
    }
}

/// What services receive, with no profile active: a required key is given for every one, and
/// `{agent}` is in no value that a service outside agents is given.
fn received_variables(declaration: &Declaration, problems: &mut Problems) {
    let sets = Sets::of(declaration);
    let templates = Templates::of(declaration);
    let complete = declaration.uses.is_empty();
    let mut reported = HashSet::new();
    let mut defaults = Requirements::default();
    defaults.add_block(&sets, &declaration.defaults, DEFAULTS);
    for unit in &declaration.units {
        match unit {
            Unit::Service(service) => {
                let instance = ExpandedService::alone(service, None);
                let received = missing_of(&sets, &defaults, instance);
                for span_id in received.with_agent() {
                    problems.add(Problem::new(Fault::AgentPlaceholderOutside, span_id));
                }
                if complete {
                    report(received, instance, service.name.span_id, &mut reported, problems);
                }
            }
            Unit::Agent(agent) if complete => {
                for instance in expanded_service::of_agent(agent, templates.of_agent(agent)) {
                    let missing = missing_of(&sets, &defaults, instance);
                    report(missing, instance, agent.name.span_id, &mut reported, problems);
                }
            }
            Unit::Agent(_) | Unit::Include(_) | Unit::External(_) => {}
        }
    }
}

/// What is required of a service and not given.
fn missing_of<'a>(
    sets: &Sets<'a>,
    defaults: &Requirements<'a>,
    instance: ExpandedService<'a>,
) -> Requirements<'a> {
    let mut requirements = defaults.clone();
    for (level, block) in instance.blocks() {
        let owner = match level {
            expanded_service::Level::Template => {
                instance.template.map(|template| THE_TEMPLATE.fill(&[&template.name]))
            }
            expanded_service::Level::Agent => {
                instance.agent.map(|agent| format!("the agent `{}`", *agent.name))
            }
            expanded_service::Level::UsedDefaults
            | expanded_service::Level::Defaults
            | expanded_service::Level::Service
            | expanded_service::Level::Override => None,
        };
        requirements.add_block(sets, block, owner.as_deref().unwrap_or(OWN_ENV));
    }
    requirements
}

/// One problem for each key: the services of an agent usually lack the same.
fn report<'a>(
    requirements: Requirements<'a>,
    instance: ExpandedService<'a>,
    span_id: SpanId,
    reported: &mut HashSet<(SpanId, &'a str)>,
    problems: &mut Problems,
) {
    for (key, required) in requirements.missing() {
        if reported.insert((span_id, key)) {
            let fault = Fault::MissingKey {
                key: key.to_owned(),
                service: instance.name().to_string(),
                required_by: required.by,
            };
            problems.add(Problem::new(fault, span_id).with(required.span_id, "required"));
        }
    }
}

/// What is required and not given yet, by key.
#[derive(Clone, Default)]
struct Requirements<'a>(IndexMap<&'a str, State>);

#[derive(Clone)]
enum State {
    /// Given, and the place of a text in which is `{agent}`.
    Given(Option<SpanId>),
    Required(Required),
    /// As if it had never been there.
    Unset,
}

#[derive(Clone)]
struct Required {
    by: String,
    span_id: SpanId,
}

impl<'a> Requirements<'a> {
    /// Adds a stronger block.
    fn add_block(&mut self, sets: &Sets<'a>, block: &'a Block, owner: &str) {
        if block.unset.iter().any(|key| **key == "env") {
            self.0.clear();
        }
        for (name, entries) in sets.spread_by(&block.spreads) {
            self.add_entries(entries, &THE_SET.fill(&[name]));
        }
        self.add_entries(&block.env, owner);
    }

    fn add_entries(&mut self, entries: &'a [EnvEntry], owner: &str) {
        for entry in entries {
            let key = entry.key.as_str();
            let state = match &entry.value {
                EnvValue::Required => match self.0.get(key) {
                    Some(State::Given(_) | State::Required(_)) => continue,
                    Some(State::Unset) | None => State::Required(Required {
                        by: owner.to_owned(),
                        span_id: entry.key.span_id,
                    }),
                },
                EnvValue::Unset => State::Unset,
                EnvValue::Text(text) => State::Given(has_agent(text).then_some(text.span_id)),
                EnvValue::Inherit(inherit) => {
                    let or = inherit.or.as_ref();
                    let or =
                        or.filter(|or| matches!(&or.value, Value::Text(text) if has_agent(text)));
                    State::Given(or.map(|or| or.span_id))
                }
                EnvValue::Expression(_) | EnvValue::Secret(_) => State::Given(None),
            };
            self.0.insert(key, state);
        }
    }

    fn missing(self) -> impl Iterator<Item = (&'a str, Required)> {
        self.0.into_iter().filter_map(|(key, state)| match state {
            State::Given(_) | State::Unset => None,
            State::Required(required) => Some((key, required)),
        })
    }

    /// The places of the values in which is `{agent}`.
    fn with_agent(&self) -> impl Iterator<Item = SpanId> {
        self.0.values().filter_map(|state| match state {
            State::Given(agent) => *agent,
            State::Required(_) | State::Unset => None,
        })
    }
}

/// The spreads and entries of each set, by its name.
struct Sets<'a>(HashMap<&'a str, &'a EnvSet>);

impl<'a> Sets<'a> {
    fn of(declaration: &'a Declaration) -> Sets<'a> {
        Sets(declaration.sets.iter().map(|set| (set.name.as_str(), set)).collect())
    }

    /// The entries of all sets that are spread, and of those that they spread themselves, the
    /// weakest first.
    ///
    /// Of a set that is spread several times the last time counts, as it gives all that the others
    /// gave. So the way leads from the last one back, and through each set once: sets that spread
    /// each other twice would be there a million times from the twentieth on, and those that spread
    /// themselves forever.
    fn spread_by(&self, spreads: &'a [Spanned<SmolStr>]) -> Vec<(&'a str, &'a [EnvEntry])> {
        let mut strongest_first = Vec::new();
        let mut visited: HashSet<&str> = HashSet::new();
        let mut ahead: Vec<&Spanned<SmolStr>> = spreads.iter().collect();
        while let Some(spread) = ahead.pop() {
            let Some(set) = self.0.get(spread.as_str()) else { continue };
            if visited.insert(spread) {
                strongest_first.push((spread.as_str(), set.env.as_slice()));
                ahead.extend(&set.spreads);
            }
        }
        strongest_first.reverse();
        strongest_first
    }
}
