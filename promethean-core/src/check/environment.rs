//! Environment variables: their names, and that what is required is given.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::Problems;
use crate::blocks;
use crate::declaration::{Block, Declaration, EnvEntry, EnvValue, Unit};
use crate::instance::{self, Instance};
use crate::mark::{Mark, Marked};
use crate::problem::{Fault, Problem};

pub(super) fn check(declaration: &Declaration, problems: &mut Problems) {
    blocks::each_env(declaration, |_, _, entries| {
        possible_keys(entries, problems);
        possible_sources(entries, problems);
        keys_once(entries, problems);
    });
    if declaration.uses.is_empty() {
        required_keys(declaration, problems);
    }
}

/// The names under which values are looked up are names, too.
fn possible_sources(entries: &[EnvEntry], problems: &mut Problems) {
    for entry in entries {
        let stored = match &entry.value {
            EnvValue::Secret(stored) => stored.as_ref(),
            EnvValue::Inherit(inherit) => inherit.from.as_ref(),
            _ => None,
        };
        if let Some(name) = stored.filter(|name| !possible(name)) {
            let key = name.escape_debug().to_string();
            problems.add(Problem::new(Fault::BadKey { key }, name.mark));
        }
    }
}

/// POSIX allows every name without `=` and NUL that is not empty.
fn possible_keys(entries: &[EnvEntry], problems: &mut Problems) {
    for entry in entries {
        if !possible(&entry.key) {
            let key = entry.key.escape_debug().to_string();
            problems.add(Problem::new(Fault::BadKey { key }, entry.key.mark));
        }
    }
}

fn possible(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

fn keys_once(entries: &[EnvEntry], problems: &mut Problems) {
    let mut seen: HashMap<&str, Mark> = HashMap::new();
    for entry in entries {
        if let Some(first) = seen.get(entry.key.as_str()) {
            let fault = Fault::DuplicateKey { key: entry.key.to_string() };
            problems.add(Problem::new(fault, entry.key.mark).with(*first, "first given"));
        } else {
            seen.insert(&entry.key, entry.key.mark);
        }
    }
}

/// A required key is given for every service that receives it, with no profile active.
fn required_keys(declaration: &Declaration, problems: &mut Problems) {
    let sets = Sets::of(declaration);
    let mut defaults = Requirements::default();
    defaults.add_block(&sets, &declaration.defaults, "`defaults`");
    for unit in &declaration.units {
        match unit {
            Unit::Service(service) => {
                let instance = Instance { agent: None, template: None, service };
                let mark = service.name.mark;
                given_to(&sets, &defaults, instance, mark, problems);
            }
            Unit::Agent(agent) => {
                let template = instance::template_of(declaration, agent);
                for instance in instance::of_agent(agent, template) {
                    given_to(&sets, &defaults, instance, agent.name.mark, problems);
                }
            }
            Unit::Include(_) | Unit::External(_) => {}
        }
    }
}

/// One problem for each key: the services of an agent usually lack the same.
fn given_to<'a>(
    sets: &Sets<'a>,
    defaults: &Requirements<'a>,
    instance: Instance<'a>,
    mark: Mark,
    problems: &mut Problems,
) {
    let mut requirements = defaults.clone();
    for (level, block) in instance.blocks() {
        let owner = match level {
            instance::Level::Template => {
                instance.template.map(|template| format!("the template `{}`", *template.name))
            }
            instance::Level::Agent => {
                instance.agent.map(|agent| format!("the agent `{}`", *agent.name))
            }
            _ => None,
        };
        requirements.add_block(sets, block, owner.as_deref().unwrap_or("its own `env`"));
    }
    for (key, required) in requirements.missing() {
        let already = problems.0.iter().any(|problem| {
            problem.mark == mark
                && matches!(&problem.fault, Fault::MissingKey { key: other, .. } if other == key)
        });
        if !already {
            let fault = Fault::MissingKey {
                key: key.to_owned(),
                service: instance.name().to_string(),
                required_by: required.by.clone(),
            };
            problems.add(Problem::new(fault, mark).with(required.mark, "required"));
        }
    }
}

/// What is required and not given yet, by key.
#[derive(Clone, Default)]
struct Requirements<'a>(Vec<(&'a str, State)>);

#[derive(Clone)]
enum State {
    Given,
    Required(Required),
}

#[derive(Clone)]
struct Required {
    by: String,
    mark: Mark,
}

impl<'a> Requirements<'a> {
    /// Adds a stronger block.
    fn add_block(&mut self, sets: &Sets<'a>, block: &'a Block, owner: &str) {
        if block.unset.iter().any(|key| **key == "env") {
            self.0.clear();
        }
        self.add_spreads(sets, &block.spreads, 0);
        self.add_entries(&block.env, owner);
    }

    fn add_spreads(&mut self, sets: &Sets<'a>, spreads: &[Marked<SmolStr>], depth: usize) {
        // A set that contains itself is reported by its own rule.
        if depth > sets.0.len() {
            return;
        }
        for spread in spreads {
            if let Some(&(inner, entries)) = sets.0.get(spread.as_str()) {
                self.add_spreads(sets, inner, depth + 1);
                self.add_entries(entries, &format!("the env set `{}`", **spread));
            }
        }
    }

    fn add_entries(&mut self, entries: &'a [EnvEntry], owner: &str) {
        for entry in entries {
            let key = entry.key.as_str();
            let position = self.0.iter().position(|(known, _)| *known == key);
            match (&entry.value, position) {
                (EnvValue::Required, None) => {
                    let required = Required { by: owner.to_owned(), mark: entry.key.mark };
                    self.0.push((key, State::Required(required)));
                }
                (EnvValue::Required, Some(_)) | (EnvValue::Unset, None) => {}
                (EnvValue::Unset, Some(position)) => {
                    self.0.remove(position);
                }
                (_, Some(position)) => self.0[position].1 = State::Given,
                (_, None) => self.0.push((key, State::Given)),
            }
        }
    }

    fn missing(&self) -> impl Iterator<Item = (&'a str, &Required)> {
        self.0.iter().filter_map(|(key, state)| match state {
            State::Given => None,
            State::Required(required) => Some((*key, required)),
        })
    }
}

/// The spreads and entries of each set, by its name.
struct Sets<'a>(HashMap<&'a str, (&'a [Marked<SmolStr>], &'a [EnvEntry])>);

impl<'a> Sets<'a> {
    fn of(declaration: &'a Declaration) -> Sets<'a> {
        let sets = declaration.sets.iter();
        Sets(sets.map(|set| (set.name.as_str(), (&*set.spreads, &*set.env))).collect())
    }
}
