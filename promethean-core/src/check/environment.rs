//! Environment variables: their names, and that what is required is given.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::Problems;
use super::layers::Services;
use crate::attribute::ENV_FILES;
use crate::blocks;
use crate::declaration::{Attribution, Block, Declaration, EnvEntry, EnvSet, EnvValue, Unit};
use crate::endpoint::{Endpoints, PORT};
use crate::expanded_service::{self, ExpandedService, Templates};
use crate::known_secrets::plain_secret;
use crate::problem::texts::{DEFAULTS, OWN_ENV, THE_SET, THE_TEMPLATE};
use crate::problem::{Fault, Problem};
use crate::reserved::{COUNTERS, is_reserved_key};
use crate::service_facts::has_agent;
use crate::span_id::{SpanId, Spanned};
use crate::suggest::is_slip;
use crate::text::{Piece, Placeholder, TextError, each_piece};
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    blocks::each_env(declaration, |_, _, entries| {
        possible_keys(entries, problems);
        possible_sources(entries, problems);
        needed_sources(entries, problems);
        free_keys(entries, problems);
        keys_once(entries, problems);
    });
    blocks::each(declaration, |_, block| free_counters(block, problems));
    usual_keys(declaration, services, problems);
    spread_once(declaration, services, problems);
    received_variables(declaration, problems);
    if declaration.uses.is_empty() {
        unset_something(declaration, &[], services, problems);
    }
}

/// What an ecosystem that uses others unsets and none of all opened ones gives.
pub(crate) fn unset_nothing(declaration: &Declaration, opened: &[&Declaration]) -> Vec<Fault> {
    let mut unsets = false;
    blocks::each_env(declaration, |_, _, entries| unsets |= unset_in(entries).next().is_some());
    if !unsets || opened.iter().any(|opened| opened.defaults.allows("unset-nothing")) {
        return Vec::new();
    }
    let mut problems = Problems::default();
    unset_something(declaration, opened, &Services::of(declaration), &mut problems);
    problems.all.into_iter().map(|problem| problem.fault).collect()
}

/// A shell can write names of letters, digits and `_`.
fn usual_keys(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    const RULE: &str = "unusual-key";
    let mut unusual = |entries: &[EnvEntry], allowed: &dyn Fn() -> bool| {
        for entry in entries {
            let key = entry.key.as_str();
            let of_a_shell = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            let usual = key.chars().all(of_a_shell)
                && !key.starts_with(|first: char| first.is_ascii_digit());
            if usual || !possible(key) || allowed() {
                continue;
            }
            let letter = |letter: char| if of_a_shell(letter) { letter } else { '_' };
            let mut instead: String = key.trim().chars().map(letter).collect();
            if instead.starts_with(|first: char| first.is_ascii_digit()) {
                instead.insert(0, '_');
            }
            let fault = Fault::UnusualKey { key: key.escape_debug().to_string(), instead };
            problems.add(Problem::new(fault, entry.key.span_id));
        }
    };
    for set in &declaration.sets {
        unusual(&set.env, &|| services.allow_in_set(declaration, &set.name, RULE));
    }
    blocks::each(declaration, |_, block| {
        unusual(&block.env, &|| services.allow_in(declaration, block, RULE));
    });
}

/// Of two sets that give a variable two values, the order of the spreads decides.
fn spread_once(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let sets = Sets::of(declaration);
    blocks::each(declaration, |_, block| {
        if block.spreads.len() < 2 {
            return;
        }
        let own: HashSet<&str> = block.env.iter().map(|entry| entry.key.as_str()).collect();
        let mut given: HashMap<&str, (&str, &EnvValue)> = HashMap::new();
        for spread in &block.spreads {
            let mut of_this: IndexMap<&str, &EnvValue> = IndexMap::new();
            for (_, entries) in sets.spread_by(std::slice::from_ref(spread)) {
                of_this.extend(entries.iter().map(|entry| (entry.key.as_str(), &entry.value)));
            }
            for (key, value) in of_this {
                if matches!(value, EnvValue::Required | EnvValue::Unset) || own.contains(key) {
                    continue;
                }
                let Some((first, before)) = given.insert(key, (spread, value)) else { continue };
                if (before == value && first != spread.as_str())
                    || services.allow_in(declaration, block, "spread-twice")
                {
                    continue;
                }
                let fault = Fault::SpreadTwice {
                    key: key.to_owned(),
                    first: first.to_owned(),
                    second: spread.to_string(),
                };
                problems.add_first(Problem::new(fault, spread.span_id));
            }
        }
    });
}

/// `unset` takes away what something gives.
fn unset_something(
    declaration: &Declaration,
    others: &[&Declaration],
    services: &Services<'_>,
    problems: &mut Problems,
) {
    let mut unset: Vec<(&Spanned<SmolStr>, Option<&Block>)> = Vec::new();
    for set in &declaration.sets {
        unset.extend(unset_in(&set.env).map(|key| (key, None)));
    }
    blocks::each(declaration, |_, block| {
        unset.extend(unset_in(&block.env).map(|key| (key, Some(block))));
    });
    if unset.is_empty() {
        return;
    }
    let mut given: Vec<&str> = Vec::new();
    let mut read_from_files = false;
    for giving in std::iter::once(declaration).chain(others.iter().copied()) {
        blocks::each(giving, |_, block| {
            read_from_files |= ENV_FILES.iter().any(|attribute| block.setting(attribute).is_some());
            given.extend(block.setting("port").map(|_| PORT));
            let counters = COUNTERS.iter().filter_map(|counter| block.setting(counter));
            let counters = counters.flat_map(Attribution::values);
            given.extend(counters.filter_map(|value| value.value.as_name()));
            given.extend(given_by(&block.env));
        });
        given.extend(giving.sets.iter().flat_map(|set| given_by(&set.env)));
    }
    if read_from_files {
        return;
    }
    for (key, block) in unset {
        // What every process is given, and what PM2 gives.
        let by_itself = key.starts_with("LC_") || BASE.contains(&key.as_str());
        if by_itself || given.contains(&key.as_str()) {
            continue;
        }
        let block = block.unwrap_or(&declaration.defaults);
        if services.allow_in(declaration, block, "unset-nothing") {
            continue;
        }
        let meant = problems.meant(key, given.iter().copied());
        let fault = Fault::UnsetNothing { key: key.to_string(), attribute: false, meant };
        problems.add(Problem::new(fault, key.span_id));
    }
}

fn unset_in(entries: &[EnvEntry]) -> impl Iterator<Item = &Spanned<SmolStr>> {
    let unset = entries.iter().filter(|entry| entry.value == EnvValue::Unset);
    unset.map(|entry| &entry.key)
}

fn given_by(entries: &[EnvEntry]) -> impl Iterator<Item = &str> {
    let given = entries.iter().filter(|entry| entry.value != EnvValue::Unset);
    given.map(|entry| entry.key.as_str())
}

/// Variables that a process has without being given them.
const BASE: [&str; 14] = [
    "HOME",
    "LANG",
    "LANGUAGE",
    "LOGNAME",
    "NODE_APP_INSTANCE",
    "NODE_CHANNEL_FD",
    "NODE_ENV",
    "PATH",
    "PM2_HOME",
    "SHELL",
    "TMPDIR",
    "TZ",
    "USER",
    "PWD",
];

/// The names under which values are looked up are names, too.
fn possible_sources(entries: &[EnvEntry], problems: &mut Problems) {
    for entry in entries {
        for source in entry.value.sources() {
            let stored = match source {
                EnvValue::Secret(stored) => stored.as_ref().filter(|name| !can_be_secret(name)),
                EnvValue::Inherit(from) => from.as_ref().filter(|name| !can_be_inherited(name)),
                EnvValue::Text(_)
                | EnvValue::Endpoint(_)
                | EnvValue::Expression(_)
                | EnvValue::Or(_)
                | EnvValue::Required
                | EnvValue::Unset => None,
            };
            if let Some(name) = stored {
                problems.add(Problem::new(bad_source(name), name.span_id));
            }
        }
    }
}

/// Each source of a chain can be the one whose value is taken, and `unset` is the last one.
fn needed_sources(entries: &[EnvEntry], problems: &mut Problems) {
    for EnvEntry { key, value } in entries {
        let EnvValue::Or(sources) = value else { continue };
        let mut before: Vec<(&EnvValue, Vec<Read<'_>>)> = Vec::new();
        for (position, source) in sources.iter().enumerate() {
            if source.value == EnvValue::Unset && position + 1 < sources.len() {
                let fault = Fault::UnsetNotLast { key: key.to_string() };
                problems.add(Problem::new(fault, source.span_id));
                continue;
            }
            // A text that is wrong is reported as that.
            let Some(reads) = reads(key, source) else { break };
            let stronger = before.iter().find(|(_, all)| {
                all.iter().all(|one| reads.iter().any(|other| one.is_there_with(other)))
            });
            if let Some((stronger, all)) = stronger {
                let fault = Fault::UnusedSource {
                    source: shown(key, source),
                    before: shown(key, stronger),
                    always: all.is_empty(),
                };
                problems.add(Problem::new(fault, source.span_id));
                continue;
            }
            before.push((source, reads));
        }
    }
}

/// Something that a source reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read<'a> {
    Secret(&'a str),
    Inherited(&'a str),
}

impl Read<'_> {
    /// Whether this is there wherever the other one is: a secret is looked for in the environment, too.
    fn is_there_with(self, other: &Read<'_>) -> bool {
        match (self, *other) {
            (Read::Secret(one), Read::Secret(other) | Read::Inherited(other))
            | (Read::Inherited(one), Read::Inherited(other)) => one == other,
            (Read::Inherited(_), Read::Secret(_)) => false,
        }
    }
}

/// What a source reads; `None` of a text whose placeholders are wrong.
fn reads<'a>(key: &'a str, source: &'a EnvValue) -> Option<Vec<Read<'a>>> {
    let name = |written: &'a Option<Spanned<SmolStr>>| {
        written.as_ref().map_or(key, |name| name.value.as_str())
    };
    match source {
        EnvValue::Secret(stored) => Some(vec![Read::Secret(name(stored))]),
        EnvValue::Inherit(from) => Some(vec![Read::Inherited(name(from))]),
        EnvValue::Endpoint(reference) if reference.append.is_none() => Some(Vec::new()),
        EnvValue::Text(_) | EnvValue::Endpoint(_) => {
            let text = source.texts().next()?;
            let mut reads = Vec::new();
            let taken_apart = each_piece(text, |piece| {
                match piece {
                    Piece::Placeholder(Placeholder::Secret(name)) => reads.push(Read::Secret(name)),
                    Piece::Placeholder(Placeholder::Inherit(name)) => {
                        reads.push(Read::Inherited(name));
                    }
                    Piece::Literal(_) | Piece::Placeholder(_) => {}
                }
                Ok::<(), TextError>(())
            });
            taken_apart.ok().map(|()| reads)
        }
        EnvValue::Expression(_) | EnvValue::Or(_) | EnvValue::Required | EnvValue::Unset => {
            Some(Vec::new())
        }
    }
}

/// How a source of a variable is written; a secret is not shown.
fn shown(key: &str, source: &EnvValue) -> String {
    let named = |word: &str, name: &Option<Spanned<SmolStr>>| match name {
        Some(name) => format!("{word} {:?}", name.as_str()),
        None => word.to_owned(),
    };
    match source {
        // A number is written without quotes.
        EnvValue::Text(text) if text.parse::<f64>().is_ok() => text.to_string(),
        EnvValue::Text(text) if plain_secret(key, text).is_some() => "\"…\"".to_owned(),
        EnvValue::Text(text) => format!("{:?}", text.as_str()),
        EnvValue::Secret(stored) => named("secret", stored),
        EnvValue::Inherit(from) => named("inherit", from),
        EnvValue::Endpoint(reference) => reference.written(),
        EnvValue::Expression(_) | EnvValue::Or(_) | EnvValue::Required => "(…)".to_owned(),
        EnvValue::Unset => "unset".to_owned(),
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

/// What a line of a dotenv file can name.
pub(super) fn can_be_secret(name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    !name.is_empty() && name.chars().all(is_part)
}

/// What the environment can have; Windows has `ProgramFiles(x86)`.
pub(super) fn can_be_inherited(name: &str) -> bool {
    let is_none =
        |letter: char| letter.is_whitespace() || matches!(letter, '=' | '\0' | '$' | '{' | '%');
    !name.is_empty() && !name.contains(is_none)
}

/// A name that nothing can be stored under.
pub(super) fn bad_source(name: &str) -> Fault {
    let letter = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    let instead: String = name.trim().chars().map(letter).collect();
    let instead = instead.trim_matches('_').to_owned();
    let instead = Some(instead).filter(|name| !name.is_empty());
    Fault::BadSource { name: name.escape_debug().to_string(), instead }
}

/// Whether a process can have a variable of this name.
pub(crate) fn possible(name: &str) -> bool {
    !name.is_empty() && memchr::memchr2(b'=', 0, name.as_bytes()).is_none()
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
fn received_variables<'a>(declaration: &'a Declaration, problems: &mut Problems) {
    let sets = Sets::of(declaration);
    let templates = Templates::of(declaration);
    let complete = declaration.uses.is_empty();
    let (mut missing, mut services) = (Vec::new(), 0);
    let mut look_at = |received: Requirements<'a>, instance: &ExpandedService<'a>, unit: SpanId| {
        services += 1;
        let service = instance.name();
        for (key, required) in received.missing() {
            if key == PORT && sets_port(declaration, instance) {
                continue;
            }
            let misspelt = received.slip(key);
            let service = service.clone();
            missing.push(Missing { key, required, misspelt, service, unit });
        }
    };
    let mut defaults = Requirements::default();
    defaults.add_block(&sets, &declaration.defaults, DEFAULTS, false);
    for unit in &declaration.units {
        match unit {
            Unit::Service(service) => {
                let instance = templates.alone(service);
                let received = missing_of(&sets, &defaults, &instance);
                for span_id in received.with_agent() {
                    problems.add(Problem::new(Fault::AgentPlaceholderOutside, span_id));
                }
                if complete {
                    look_at(received, &instance, service.name.span_id);
                }
            }
            Unit::Agent(agent) if complete => {
                for instance in templates.parts(agent) {
                    let received = missing_of(&sets, &defaults, &instance);
                    look_at(received, &instance, agent.name.span_id);
                }
            }
            Unit::Agent(_) | Unit::Include(_) | Unit::External(_) => {}
        }
    }
    report(missing, services, problems);
}

/// Whether an endpoint without a name sets the variable PORT of a service.
fn sets_port(declaration: &Declaration, instance: &ExpandedService<'_>) -> bool {
    let mut endpoints = Endpoints::default();
    endpoints.lay(&declaration.defaults, ());
    instance.blocks().for_each(|(_, block)| endpoints.lay(block, ()));
    endpoints.0.iter().any(|(endpoint, ())| endpoint.name.is_empty())
}

/// What is required of a service and not given.
fn missing_of<'a>(
    sets: &Sets<'a>,
    defaults: &Requirements<'a>,
    instance: &ExpandedService<'a>,
) -> Requirements<'a> {
    let mut requirements = defaults.clone();
    for (level, block) in instance.blocks() {
        let owner = match level {
            expanded_service::Level::Template => {
                instance.template_of(block).map(|template| THE_TEMPLATE.fill(&[&template.name]))
            }
            expanded_service::Level::Agent => {
                instance.agent.map(|agent| format!("the agent `{}`", *agent.name))
            }
            expanded_service::Level::UsedDefaults
            | expanded_service::Level::Defaults
            | expanded_service::Level::Service
            | expanded_service::Level::Override => None,
        };
        let by_itself = level >= expanded_service::Level::Agent;
        let owner = owner.as_deref().unwrap_or(OWN_ENV);
        requirements.add_block(sets, block, owner, by_itself);
    }
    requirements
}

/// What some service is not given.
struct Missing<'a> {
    key: &'a str,
    required: Required,
    /// What is given in its place, by a slip of the pen.
    misspelt: Option<(&'a str, SpanId)>,
    service: SmolStr,
    /// The service, or the agent that it is a part of.
    unit: SpanId,
}

/// One problem for each key: the services of an agent are usually given the same. What a service
/// requires of itself is wrong there, and so is what `defaults` require and nobody gives.
fn report(missing: Vec<Missing<'_>>, services: usize, problems: &mut Problems) {
    let mut of_defaults: HashMap<&str, usize> = HashMap::new();
    for missing in missing.iter().filter(|missing| missing.required.by == DEFAULTS) {
        *of_defaults.entry(missing.key).or_default() += 1;
    }
    let mut reported: HashSet<(SpanId, &str)> = HashSet::new();
    for Missing { key, required, misspelt, service, unit } in missing {
        let nobody_gives = required.by == DEFAULTS && of_defaults.get(key) == Some(&services);
        let there = required.by_itself || nobody_gives;
        let span_id = match misspelt {
            Some((_, span_id)) => span_id,
            None if there => required.span_id,
            None => unit,
        };
        let there = there && misspelt.is_none();
        if reported.insert((span_id, key)) {
            let fault = Fault::MissingKey {
                key: key.to_owned(),
                service: service.to_string(),
                required_by: required.by,
                by_itself: there,
                given: misspelt.map(|(given, _)| given.to_owned()),
            };
            let problem = Problem::new(fault, span_id);
            problems.add(if there { problem } else { problem.with(required.span_id, "required") });
        }
    }
}

/// What is required and not given yet, by key.
#[derive(Clone, Default)]
struct Requirements<'a>(IndexMap<&'a str, State>);

#[derive(Clone)]
enum State {
    /// Given where, and the place of a text in which is `{agent}`.
    Given(SpanId, Option<SpanId>),
    Required(Required),
    /// As if it had never been there.
    Unset,
}

#[derive(Clone)]
struct Required {
    by: String,
    /// Whether a service or an agent requires it of itself.
    by_itself: bool,
    span_id: SpanId,
}

impl<'a> Requirements<'a> {
    /// Adds a stronger block.
    fn add_block(&mut self, sets: &Sets<'a>, block: &'a Block, owner: &str, by_itself: bool) {
        if block.unset.iter().any(|key| **key == "env") {
            self.0.clear();
        }
        for (name, entries) in sets.spread_by(&block.spreads) {
            self.add_entries(entries, &THE_SET.fill(&[name]), false);
        }
        self.add_entries(&block.env, owner, by_itself);
    }

    fn add_entries(&mut self, entries: &'a [EnvEntry], owner: &str, by_itself: bool) {
        for entry in entries {
            let (key, at) = (entry.key.as_str(), entry.key.span_id);
            let state = match &entry.value {
                EnvValue::Required => match self.0.get(key) {
                    Some(State::Given(..) | State::Required(_)) => continue,
                    Some(State::Unset) | None => State::Required(Required {
                        by: owner.to_owned(),
                        by_itself,
                        span_id: entry.key.span_id,
                    }),
                },
                EnvValue::Unset => State::Unset,
                given @ (EnvValue::Text(_)
                | EnvValue::Endpoint(_)
                | EnvValue::Expression(_)
                | EnvValue::Secret(_)
                | EnvValue::Inherit(_)
                | EnvValue::Or(_)) => {
                    let with_agent = given.texts().find(|text| has_agent(text));
                    State::Given(at, with_agent.map(|text| text.span_id))
                }
            };
            self.0.insert(key, state);
        }
    }

    fn missing(&self) -> impl Iterator<Item = (&'a str, Required)> {
        self.0.iter().filter_map(|(key, state)| match state {
            State::Given(..) | State::Unset => None,
            State::Required(required) => Some((*key, required.clone())),
        })
    }

    /// What is given in the place of a variable, by a slip of the pen.
    fn slip(&self, wanted: &str) -> Option<(&'a str, SpanId)> {
        self.0.iter().find_map(|(key, state)| match state {
            State::Given(at, _) if is_slip(key.as_bytes(), wanted.as_bytes()) => Some((*key, *at)),
            State::Given(..) | State::Required(_) | State::Unset => None,
        })
    }

    /// The places of the values in which is `{agent}`.
    fn with_agent(&self) -> impl Iterator<Item = SpanId> {
        self.0.values().filter_map(|state| match state {
            State::Given(_, agent) => *agent,
            State::Required(_) | State::Unset => None,
        })
    }
}

/// The spreads and entries of each set, by its name.
pub(super) struct Sets<'a>(HashMap<&'a str, &'a EnvSet>);

impl<'a> Sets<'a> {
    pub(super) fn of(declaration: &'a Declaration) -> Sets<'a> {
        Sets(declaration.sets.iter().map(|set| (set.name.as_str(), set)).collect())
    }

    /// Whether a set is one of this declaration.
    pub(super) fn has(&self, set: &str) -> bool {
        self.0.contains_key(set)
    }

    /// The entries of all sets that are spread, and of those that they spread themselves, the
    /// weakest first.
    ///
    /// Of a set that is spread several times the last time counts, as it gives all that the others
    /// gave. So the way leads from the last one back, and through each set once: sets that spread
    /// each other twice would be there a million times from the twentieth on, and those that spread
    /// themselves forever.
    pub(super) fn spread_by(
        &self,
        spreads: &'a [Spanned<SmolStr>],
    ) -> Vec<(&'a str, &'a [EnvEntry])> {
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
