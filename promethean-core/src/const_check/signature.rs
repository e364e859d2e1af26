//! What an ecosystem tells others about itself, laid out so that constants can look things up in it
//! without reading the rest: rustc needs a third of a microsecond for each step of a constant.
//!
//! A signature is words of 32 bits, little-endian, and the texts behind them. Names are found by
//! their [`hash`] (two words); a name itself is the place and the length of a text. A list is the
//! place of its first word and its length. The layouts below name the words; [`super::reading`]
//! reads them.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::bytes::{HASH_OF_NOTHING, folded, hash};
use super::findings::site;
use crate::address::{self, Address};
use crate::check::facts::{self, Facts};
use crate::check::layers::{Layers, Services};
use crate::check::machines::names_behind_on;
use crate::check::profiles_of;
use crate::declaration::{
    Agent, Attribution, Block, Condition, Declaration, Dependency, EnvEntry, EnvValue, External,
    Template, Unit,
};
use crate::endpoint::{Endpoints, Place, Written};
use crate::expanded_service::Templates;
use crate::problem::Endless;
use crate::service_facts::{BlockFacts, bit, bit_of, has_agent};
use crate::span_id::{SpanId, Spanned};

/// The words of an ecosystem.
pub(super) mod ecosystem {
    /// 1 where mistakes were found, so that what is missing says nothing.
    pub(in super::super) const BROKEN: usize = 0;
    /// The text of what to call it.
    pub(in super::super) const TITLE: usize = 1;
    /// The list of the links that are used, a word each.
    pub(in super::super) const USES: usize = 3;
    /// The list of the links that are included, a word each.
    pub(in super::super) const INCLUDES: usize = 5;
    /// The block of the defaults.
    pub(in super::super) const DEFAULTS: usize = 7;
    /// The list of env sets.
    pub(in super::super) const SETS: usize = 8;
    /// The list of templates.
    pub(in super::super) const TEMPLATES: usize = 10;
    /// The list of units.
    pub(in super::super) const UNITS: usize = 12;
    /// The list of units by their names, sorted by hash.
    pub(in super::super) const NAMES: usize = 14;
    /// How many words there are before the texts.
    pub(in super::super) const WORDS: usize = 16;
    /// 1 where an agent is made from another ecosystem's template.
    pub(in super::super) const MADE_ELSEWHERE: usize = 17;
    /// The list of the profiles that it names.
    pub(in super::super) const PROFILES: usize = 18;
    /// The list of its machines.
    pub(in super::super) const MACHINES: usize = 20;
    /// The list of the units that say where they can run.
    pub(in super::super) const PLACED: usize = 22;
    pub(in super::super) const LENGTH: usize = 24;
}

/// The signature of an ecosystem that no macro wrote: nothing is known of it.
pub(super) const NO_SIGNATURE: [u8; 4 * ecosystem::LENGTH] = [0; 4 * ecosystem::LENGTH];

/// The words of what has a name and a block: an env set, a template, a service of a template, an
/// `override`.
pub(super) mod named {
    pub(in super::super) const HASH: usize = 0;
    pub(in super::super) const NAME: usize = 2;
    pub(in super::super) const BLOCK: usize = 4;
    /// The list of the services of a template.
    pub(in super::super) const SERVICES: usize = 5;
    /// The kind of a service.
    pub(in super::super) const KIND: usize = 7;
    /// The place of the templates that a template, or a service of one, is made from; 0 for none.
    pub(in super::super) const MADE_FROM: usize = 8;
    pub(in super::super) const LENGTH: usize = 9;
}

/// The words of the names of templates: how many they are, and of each its hash, and the place of its
/// words where this ecosystem has it, else 0.
pub(super) mod made_from {
    pub(in super::super) const FIRST: usize = 1;
    pub(in super::super) const HASH: usize = 0;
    pub(in super::super) const PLACE: usize = 2;
    pub(in super::super) const LENGTH: usize = 3;
}

/// The words of a unit.
pub(super) mod unit {
    /// The hash of its name in PM2.
    pub(in super::super) const HASH: usize = 0;
    /// Its short name.
    pub(in super::super) const NAME: usize = 2;
    /// The kind of a service; `EXTERNAL`, `AGENT_ITSELF`.
    pub(in super::super) const KIND: usize = 4;
    /// The number of the agent that it is a service of; `NONE` outside.
    pub(in super::super) const AGENT: usize = 5;
    pub(in super::super) const BLOCK: usize = 6;
    /// The place of the templates that a service or an agent is made from; 0 for none.
    pub(in super::super) const MADE_FROM: usize = 7;
    /// The block of what its agent changes in it.
    pub(in super::super) const OVERRIDE: usize = 8;
    /// Its port, and the flags.
    pub(in super::super) const FACTS: usize = 9;
    /// Of an agent: 1 where another ecosystem has a template of it, or one that these are made from.
    pub(in super::super) const MADE_ELSEWHERE: usize = 10;
    /// Of such an agent: the list of the hashes of what it does without.
    pub(in super::super) const WITHOUT: usize = 12;
    /// Of such an agent: the list of what it changes.
    pub(in super::super) const OVERRIDES: usize = 14;
    /// Of a service and an external: the list of its endpoints, as its own ecosystem shows them.
    pub(in super::super) const ENDPOINTS: usize = OVERRIDES;
    /// Of a service: the hash of its name in PM2 as names are compared that may be confused.
    pub(in super::super) const FOLDED: usize = MADE_ELSEWHERE;
    /// Of a service: the list of the profiles that it exists in.
    pub(in super::super) const PROFILES: usize = WITHOUT;
    pub(in super::super) const LENGTH: usize = 16;

    pub(in super::super) const EXTERNAL: usize = 3;
    pub(in super::super) const AGENT_ITSELF: usize = 4;
    pub(in super::super) const NONE: usize = u32::MAX as usize;

    /// It certainly has no probe.
    pub(in super::super) const WITHOUT_PROBE: usize = 1 << 16;
    /// It certainly never completes: it is restarted, by PM2 or by cron, or it is not started.
    pub(in super::super) const RESTARTS: usize = 1 << 17;
    pub(in super::super) const CRON: usize = 1 << 18;
    pub(in super::super) const NOT_STARTED: usize = 1 << 19;
    pub(in super::super) const AUTOSTART_FALSE: usize = 1 << 20;
    pub(in super::super) const ALLOWS_SIMILAR_NAMES: usize = 1 << 21;
    /// `restart_delay` is written in it, and its ecosystem uses others.
    pub(in super::super) const HAS_DELAY: usize = 1 << 22;
    /// It may share its ports.
    pub(in super::super) const ALLOWS_PORT_CONFLICT: usize = 1 << 23;
    /// It has another endpoint than that of `port`.
    pub(in super::super) const LISTENS: usize = 1 << 24;
}

/// The words of an endpoint.
pub(super) mod endpoint {
    pub(in super::super) const HASH: usize = 0;
    pub(in super::super) const NAME: usize = 2;
    /// The port; 0 for one that is derived or that an expression says.
    pub(in super::super) const PORT: usize = 4;
    /// The number of the host.
    pub(in super::super) const HOST: usize = 5;
    /// 1 where it has a scheme.
    pub(in super::super) const SCHEME: usize = 6;
    pub(in super::super) const LENGTH: usize = 7;
}

/// The words of what a block says: those of [`BlockFacts`], the list of its `only_profile`, that of its
/// endpoints, and that of its `on`.
pub(super) mod said {
    use crate::service_facts::BlockFacts;

    pub(in super::super) const PROFILES: usize = BlockFacts::WORDS;
    pub(in super::super) const ENDPOINTS: usize = PROFILES + 2;
    pub(in super::super) const ON: usize = ENDPOINTS + 2;
    pub(in super::super) const LENGTH: usize = ON + 2;
}

/// The words of a machine.
pub(super) mod machine {
    pub(in super::super) const HASH: usize = 0;
    pub(in super::super) const NAME: usize = 2;
    /// The list of the hashes of what it has, and of their names.
    pub(in super::super) const HAS: usize = 4;
    pub(in super::super) const LENGTH: usize = 6;
}

/// The words of a unit that says where it can run: its number, and the list of names.
pub(super) mod placed {
    pub(in super::super) const UNIT: usize = 0;
    pub(in super::super) const ON: usize = 1;
    pub(in super::super) const LENGTH: usize = 3;
}

/// The words of a name: of a profile, of what `on` says, of what a machine has.
pub(super) mod profile {
    pub(in super::super) const HASH: usize = 0;
    pub(in super::super) const NAME: usize = 2;
    pub(in super::super) const LENGTH: usize = 4;
}

/// The words of a block, before its variables and dependencies. 0 is the place of an empty one.
pub(super) mod block {
    /// 1: the variables of weaker layers are taken away; 2: their dependencies.
    pub(in super::super) const CLEARS: usize = 0;
    /// How many variables and spreads follow.
    pub(in super::super) const VARIABLES: usize = 1;
    /// How many dependencies follow those.
    pub(in super::super) const DEPENDENCIES: usize = 2;
    /// The place of what else it says; 0 for nothing.
    pub(in super::super) const SAID: usize = 3;
    pub(in super::super) const LENGTH: usize = 4;

    pub(in super::super) const CLEARS_ENV: usize = 1;
    pub(in super::super) const CLEARS_DEPENDENCIES: usize = 2;
}

/// The words of a variable, a spread or a dependency.
pub(super) mod entry {
    /// What it is: of a variable one of the kinds below, of a dependency its link or `OWN`, `BESIDE`.
    pub(in super::super) const KIND: usize = 0;
    pub(in super::super) const HASH: usize = 1;
    pub(in super::super) const NAME: usize = 3;
    pub(in super::super) const LENGTH: usize = 5;
    /// Of a dependency: what is waited for.
    pub(in super::super) const CONDITION: usize = 5;
    pub(in super::super) const DEPENDENCY_LENGTH: usize = 6;

    pub(in super::super) const STARTED: usize = 0;
    pub(in super::super) const READY: usize = 1;
    pub(in super::super) const COMPLETED: usize = 2;

    pub(in super::super) const REQUIRED: usize = 0;
    pub(in super::super) const GIVEN: usize = 1;
    pub(in super::super) const UNSET: usize = 2;
    pub(in super::super) const SPREAD: usize = 3;
    /// Given, with `{agent}` in the text.
    pub(in super::super) const GIVEN_WITH_AGENT: usize = 4;

    /// A unit of the ecosystem that the block is in.
    pub(in super::super) const OWN: usize = u32::MAX as usize;
    /// A service beside the dependent one, else a unit of the ecosystem.
    pub(in super::super) const BESIDE: usize = u32::MAX as usize - 1;
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The words and texts.
    pub bytes: Vec<u8>,
    /// Where findings are reported.
    pub sites: Vec<Site>,
}

/// Where a finding is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The number that [`super::report`] is given.
    pub number: usize,
    /// The place in the source.
    pub span_id: SpanId,
}

/// Writes the signature of a declaration.
///
/// `title` is what to call it in a message, `links` the paths of the ecosystems it refers to, in
/// the order of the handle's links; `broken` says that mistakes were found in it.
#[must_use]
pub fn signature(
    declaration: &Declaration,
    title: &str,
    links: &[&str],
    broken: bool,
) -> Signature {
    let mut writer = Writer {
        words: vec![0; ecosystem::LENGTH],
        text: String::new(),
        declaration,
        templates: Templates::of(declaration),
        template_places: HashMap::new(),
        links: links.iter().enumerate().map(|(number, path)| (*path, number)).collect(),
        in_template: HashMap::new(),
        names: Vec::new(),
        on: Vec::new(),
        sites: Vec::new(),
    };
    writer.set(ecosystem::BROKEN, usize::from(broken));
    writer.write_text(ecosystem::TITLE, title);
    writer.write_links(ecosystem::USES, declaration.uses.iter());
    let includes = declaration.units.iter().filter_map(Unit::included);
    writer.write_links(ecosystem::INCLUDES, includes);
    let defaults = writer.block(&declaration.defaults, true);
    writer.set(ecosystem::DEFAULTS, defaults);
    writer.sets();
    writer.templates();
    writer.units();
    writer.placed();
    writer.profiles(ecosystem::PROFILES, &profiles_of(declaration));
    writer.machines();
    writer.names();
    let sites = std::mem::take(&mut writer.sites);
    Signature { bytes: writer.finish(), sites }
}

struct Writer<'a> {
    words: Vec<u32>,
    text: String,
    declaration: &'a Declaration,
    templates: Templates<'a>,
    links: HashMap<&'a str, usize>,
    /// The places of the words of templates.
    template_places: HashMap<*const Template, usize>,
    /// The places of the blocks of the services of templates.
    in_template: HashMap<*const Block, usize>,
    /// The hashes under which units are found, and their numbers.
    names: Vec<(u64, usize)>,
    /// The numbers of the units that say where they can run, and what they say.
    on: Vec<(usize, Vec<&'a str>)>,
    sites: Vec<Site>,
}

/// A number for some texts, the same in every build and on every machine.
#[must_use]
pub fn hash_of(parts: &[&str]) -> u64 {
    parts.iter().fold(HASH_OF_NOTHING, |before, part| hash(part.as_bytes(), before))
}

impl<'a> Writer<'a> {
    /// The words, and behind them the texts, whose places were counted from their beginning.
    fn finish(mut self) -> Vec<u8> {
        self.set(ecosystem::WORDS, self.words.len());
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(self.text.bytes());
        // Readers take it in words.
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn set(&mut self, place: usize, value: usize) {
        if let Some(word) = self.words.get_mut(place) {
            *word = u32::try_from(value).unwrap_or(u32::MAX);
        }
    }

    fn push(&mut self, value: usize) {
        self.words.push(u32::try_from(value).unwrap_or(u32::MAX));
    }

    /// Room for a record at the end; its place.
    fn record(&mut self, length: usize) -> usize {
        let place = self.words.len();
        self.words.resize(place + length, 0);
        place
    }

    fn write_hash(&mut self, place: usize, hash: u64) {
        for (half, shift) in [(0, 0), (1, 32)] {
            if let Some(word) = self.words.get_mut(place + half) {
                *word = u32::try_from(hash >> shift & 0xffff_ffff).unwrap_or_default();
            }
        }
    }

    fn write_text(&mut self, place: usize, text: &str) {
        self.set(place, self.text.len());
        self.set(place + 1, text.len());
        self.text.push_str(text);
    }

    fn write_list(&mut self, place: usize, first: usize, length: usize) {
        self.set(place, first);
        self.set(place + 1, length);
    }

    fn write_links<'p>(&mut self, place: usize, paths: impl Iterator<Item = &'p Spanned<SmolStr>>) {
        let links: Vec<usize> =
            paths.filter_map(|path| self.links.get(path.as_str()).copied()).collect();
        let first = self.words.len();
        for link in &links {
            self.push(*link);
        }
        self.write_list(place, first, links.len());
    }

    fn write_named(&mut self, place: usize, name: &str, block: usize) {
        self.write_hash(place + named::HASH, hash_of(&[name]));
        self.write_text(place + named::NAME, name);
        self.set(place + named::BLOCK, block);
    }

    fn sets(&mut self) {
        let sets = &self.declaration.sets;
        let first = self.record(sets.len() * named::LENGTH);
        self.write_list(ecosystem::SETS, first, sets.len());
        for (number, set) in sets.iter().enumerate() {
            let block = self.entries(0, &set.spreads, &set.env, &[], 0);
            self.write_named(first + number * named::LENGTH, &set.name, block);
        }
    }

    fn templates(&mut self) {
        let templates = &self.declaration.templates;
        let first = self.record(templates.len() * named::LENGTH);
        self.write_list(ecosystem::TEMPLATES, first, templates.len());
        for (number, template) in templates.iter().enumerate() {
            self.template_places.insert(template, first + number * named::LENGTH);
        }
        for (number, template) in templates.iter().enumerate() {
            let Template { name, templates, block, services } = template;
            let of_template = self.block(block, true);
            let place = first + number * named::LENGTH;
            self.write_named(place, name, of_template);
            self.made_from(place + named::MADE_FROM, templates);
            let members = self.record(services.len() * named::LENGTH);
            self.write_list(place + named::SERVICES, members, services.len());
            for (number, service) in services.iter().enumerate() {
                let block = self.block(&service.block, true);
                self.in_template.insert(std::ptr::from_ref(&service.block), block);
                let place = members + number * named::LENGTH;
                self.write_named(place, &service.name, block);
                self.set(place + named::KIND, service.kind as usize);
                self.made_from(place + named::MADE_FROM, &service.templates);
            }
        }
    }

    /// The names of templates.
    fn made_from(&mut self, place: usize, names: &[Spanned<SmolStr>]) {
        if names.is_empty() {
            return;
        }
        let first = self.record(made_from::FIRST + names.len() * made_from::LENGTH);
        self.set(place, first);
        self.set(first, names.len());
        for (at, name) in (first + made_from::FIRST..).step_by(made_from::LENGTH).zip(names) {
            self.write_hash(at + made_from::HASH, hash_of(&[name]));
            let template = self.templates.find(name).map(std::ptr::from_ref);
            let place = template.and_then(|template| self.template_places.get(&template).copied());
            self.set(at + made_from::PLACE, place.unwrap_or_default());
        }
    }

    fn machines(&mut self) {
        let machines = &self.declaration.machines;
        if machines.is_empty() {
            return;
        }
        let first = self.record(machines.len() * machine::LENGTH);
        self.write_list(ecosystem::MACHINES, first, machines.len());
        for (place, known) in (first..).step_by(machine::LENGTH).zip(machines) {
            self.write_hash(place + machine::HASH, hash_of(&[&known.name]));
            self.write_text(place + machine::NAME, &known.name);
            let has: Vec<&str> = known.has.iter().map(|has| has.as_str()).collect();
            self.profiles(place + machine::HAS, &has);
        }
    }

    /// Where units can run, of those that say so in this ecosystem.
    fn placed(&mut self) {
        let placed = std::mem::take(&mut self.on);
        if placed.is_empty() {
            return;
        }
        let first = self.record(placed.len() * placed::LENGTH);
        self.write_list(ecosystem::PLACED, first, placed.len());
        for (place, (unit, on)) in (first..).step_by(placed::LENGTH).zip(&placed) {
            self.set(place + placed::UNIT, *unit);
            self.profiles(place + placed::ON, on);
        }
    }

    fn units(&mut self) {
        let declaration = self.declaration;
        let services = Services::of(declaration);
        let mut instances = services.instances().iter().peekable();
        let own = |unit: &&Unit| matches!(unit, Unit::Agent(_) | Unit::External(_));
        let total = services.instances().len() + declaration.units.iter().filter(own).count();
        let first = self.record(total * unit::LENGTH);
        self.write_list(ecosystem::UNITS, first, total);
        let mut next = 0;
        for unit in &declaration.units {
            let number = next;
            let place = first + number * unit::LENGTH;
            match unit {
                Unit::Include(_) => {}
                Unit::External(external) => {
                    self.external(number, place, external);
                    next += 1;
                }
                Unit::Service(service) => {
                    self.site(number, service.name.span_id);
                    if let Some(layers) = instances.next() {
                        self.service(number, place, unit::NONE, layers);
                        next += 1;
                    }
                }
                Unit::Agent(agent) => {
                    self.site(number, agent.name.span_id);
                    let made_elsewhere = self.templates.are_elsewhere(&agent.templates);
                    self.agent(number, place, agent);
                    next += 1;
                    let of_agent = |layers: &&Layers<'_>| layers.is_of(agent);
                    while let Some(layers) = instances.next_if(of_agent) {
                        if made_elsewhere {
                            self.site(next, layers.instance.service.name.span_id);
                        }
                        self.service(next, first + next * unit::LENGTH, number, layers);
                        next += 1;
                    }
                }
            }
        }
    }

    /// A place where something may be found that only all files show.
    fn site(&mut self, number: usize, span_id: SpanId) {
        if !self.declaration.uses.is_empty() {
            self.sites.push(Site { number, span_id });
        }
    }

    fn write_unit(&mut self, place: usize, name: &str, kind: usize, hash: u64) {
        self.write_hash(place + unit::HASH, hash);
        self.write_text(place + unit::NAME, name);
        self.set(place + unit::KIND, kind);
        self.set(place + unit::AGENT, unit::NONE);
    }

    fn external(&mut self, number: usize, place: usize, external: &External) {
        let hash = hash_of(&[&external.name]);
        self.write_unit(place, &external.name, unit::EXTERNAL, hash);
        let probe = if external.ready.is_none() { unit::WITHOUT_PROBE } else { 0 };
        let endpoints: Vec<Written<'_>> = external.listen.iter().map(Written::of).collect();
        let listens = if endpoints.is_empty() { 0 } else { unit::LISTENS };
        self.set(place + unit::FACTS, probe | listens | unit::NOT_STARTED);
        self.endpoints(place + unit::ENDPOINTS, &endpoints);
        self.names.push((hash, number));
    }

    fn agent(&mut self, number: usize, place: usize, agent: &Agent) {
        let hash = hash_of(&[&agent.name]);
        self.write_unit(place, &agent.name, unit::AGENT_ITSELF, hash);
        self.names.push((hash, number));
        let block = self.own_block(&agent.block);
        self.set(place + unit::BLOCK, block);
        self.made_from(place + unit::MADE_FROM, &agent.templates);
        if !self.templates.are_elsewhere(&agent.templates) {
            return;
        }
        self.set(ecosystem::MADE_ELSEWHERE, 1);
        self.set(place + unit::MADE_ELSEWHERE, 1);
        let without = self.record(agent.without.len() * 2);
        self.write_list(place + unit::WITHOUT, without, agent.without.len());
        for (number, left_out) in agent.without.iter().enumerate() {
            let place = without + number * 2;
            self.write_hash(place, hash_of(&[left_out]));
            self.site(site::WITHOUT | place, left_out.span_id);
        }
        let overrides = self.record(agent.overrides.len() * named::LENGTH);
        self.write_list(place + unit::OVERRIDES, overrides, agent.overrides.len());
        self.variable_sites(block, &agent.block);
        for (number, change) in agent.overrides.iter().enumerate() {
            let block = self.own_block(&change.block);
            let place = overrides + number * named::LENGTH;
            self.write_named(place, &change.service, block);
            self.variable_sites(block, &change.block);
            for setting in &change.block.settings {
                let bit = bit_of(&setting.key);
                if bit & site::OF_SETTINGS != 0 {
                    self.site(site::setting(place, bit), setting.key.span_id);
                }
            }
        }
    }

    /// Where the variables of a block are that an agent gives which is made elsewhere.
    fn variable_sites(&mut self, place: usize, block: &Block) {
        for (number, variable) in block.env.iter().enumerate() {
            if !matches!(variable.value, EnvValue::Required | EnvValue::Unset) {
                let entry = block::LENGTH + (block.spreads.len() + number) * entry::LENGTH;
                self.site(site::VARIABLE | (place + entry), variable.key.span_id);
            }
        }
    }

    fn service(&mut self, number: usize, place: usize, agent: usize, layers: &Layers<'a>) {
        let instance = &layers.instance;
        let service = instance.service;
        let hash = hash_of(&[&instance.name()]);
        self.write_unit(place, &service.name, service.kind as usize, hash);
        self.set(place + unit::AGENT, agent);
        self.write_hash(place + unit::FOLDED, folded(instance.name().as_bytes(), HASH_OF_NOTHING));
        self.profiles(place + unit::PROFILES, &layers.only_profile().unwrap_or_default());
        match instance.agent {
            Some(agent) => self.names.push((hash_of(&[&agent.name, ".", &service.name]), number)),
            None => self.names.push((hash, number)),
        }
        let in_template = |block: &Block| self.in_template.get(&std::ptr::from_ref(block)).copied();
        let block = in_template(&service.block);
        let is_shared = block.is_some();
        let block = block.unwrap_or_else(|| self.own_block(&service.block));
        self.set(place + unit::BLOCK, block);
        self.made_from(place + unit::MADE_FROM, &service.templates);
        if let Some(change) = instance.overridden {
            let block = self.own_block(&change.block);
            self.set(place + unit::OVERRIDE, block);
        }
        if let Some(on) = names_behind_on(layers) {
            self.on.push((number, on));
        }
        let endpoints = layers.endpoints_if_any(None);
        self.endpoints(place + unit::ENDPOINTS, &endpoints);
        let listens = endpoints.iter().any(|endpoint| !endpoint.is_port);
        let listens = if listens { unit::LISTENS } else { 0 };
        let Facts { port, shares_ports, without_probe, endless, allows_similar_names } =
            facts::of(layers);
        let shares = if shares_ports { unit::ALLOWS_PORT_CONFLICT } else { 0 };
        let port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or_default();
        let probe = if without_probe { unit::WITHOUT_PROBE } else { 0 };
        let similar = if allows_similar_names { unit::ALLOWS_SIMILAR_NAMES } else { 0 };
        let end = match endless {
            Some(Endless::Restarts) => unit::RESTARTS,
            Some(Endless::Cron) => unit::CRON,
            Some(Endless::NotStarted) => unit::AUTOSTART_FALSE,
            Some(Endless::External) => unit::NOT_STARTED,
            None => 0,
        };
        // What several services share is reported once, on what shares it.
        let delay = match (instance.overridden, is_shared) {
            (Some(change), _) => change.block.setting("restart_delay"),
            (None, false) => service.block.setting("restart_delay"),
            (None, true) => None,
        };
        let delay = delay.filter(|_| !self.declaration.uses.is_empty());
        let has_delay = if delay.is_some() { unit::HAS_DELAY } else { 0 };
        if let Some(delay) = delay {
            self.site(site::DELAY | number, delay.key.span_id);
        }
        let facts = probe | end | similar | has_delay | shares | listens;
        self.set(place + unit::FACTS, usize::from(port) | facts);
    }

    fn names(&mut self) {
        let mut names = std::mem::take(&mut self.names);
        names.sort_unstable();
        let first = self.words.len();
        self.write_list(ecosystem::NAMES, first, names.len());
        for (hash, number) in names {
            let place = self.record(3);
            self.write_hash(place, hash);
            self.set(place + 2, number);
        }
    }

    /// A block that no other ecosystem takes a part of: what it says beside its dependencies matters
    /// where something of the same service may be written elsewhere.
    fn own_block(&mut self, block: &Block) -> usize {
        self.block(block, !self.declaration.uses.is_empty())
    }

    fn block(&mut self, block: &Block, all: bool) -> usize {
        let unset = |name: &str| block.unset.iter().any(|key| **key == name);
        let env = if unset("env") { block::CLEARS_ENV } else { 0 };
        let dependencies = if unset("depends_on") { block::CLEARS_DEPENDENCIES } else { 0 };
        let (spreads, entries) = match all {
            true => (block.spreads.as_slice(), block.env.as_slice()),
            false => Default::default(),
        };
        let said = if all { self.said(block) } else { 0 };
        self.entries(env | dependencies, spreads, entries, &block.depends_on, said)
    }

    /// What a block says beside its variables and dependencies: the place of the words.
    fn said(&mut self, block: &Block) -> usize {
        let facts = BlockFacts::of(block);
        if facts.is_empty() {
            return 0;
        }
        let place = self.record(said::LENGTH);
        for (word, value) in (place..).zip(facts.words()) {
            self.set(word, value as usize);
        }
        let only = block.setting("only_profile").map(Attribution::values).unwrap_or_default();
        let only: Vec<&str> = only.iter().filter_map(|name| name.value.as_name()).collect();
        self.profiles(place + said::PROFILES, &only);
        if facts.given & bit::ON != 0
            && let Some(on) = block.setting("on")
        {
            self.profiles(place + said::ON, &crate::machine::named(on).collect::<Vec<_>>());
        }
        if facts.given & (bit::LISTEN | bit::PORT) != 0 {
            let mut endpoints = Endpoints::default();
            endpoints.lay(block, ());
            let endpoints: Vec<Written<'_>> =
                endpoints.0.into_iter().map(|(endpoint, ())| endpoint).collect();
            self.endpoints(place + said::ENDPOINTS, &endpoints);
        }
        place
    }

    fn endpoints(&mut self, list: usize, endpoints: &[Written<'_>]) {
        if endpoints.is_empty() {
            return;
        }
        let first = self.record(endpoints.len() * endpoint::LENGTH);
        self.write_list(list, first, endpoints.len());
        for (place, written) in (first..).step_by(endpoint::LENGTH).zip(endpoints) {
            self.endpoint(place, *written);
        }
    }

    fn endpoint(&mut self, place: usize, written: Written<'_>) {
        self.write_hash(place + endpoint::HASH, hash_of(&[written.name]));
        self.write_text(place + endpoint::NAME, written.name);
        if let Place::At(Address { host, port }) = written.place() {
            self.set(place + endpoint::PORT, usize::from(port));
            self.set(place + endpoint::HOST, address::place(host.as_bytes()) as usize);
        }
        self.set(place + endpoint::SCHEME, usize::from(written.scheme.is_some()));
    }

    fn profiles(&mut self, list: usize, names: &[&str]) {
        if names.is_empty() {
            return;
        }
        let first = self.record(names.len() * profile::LENGTH);
        self.write_list(list, first, names.len());
        for (place, name) in (first..).step_by(profile::LENGTH).zip(names) {
            self.write_hash(place + profile::HASH, hash_of(&[name]));
            self.write_text(place + profile::NAME, name);
        }
    }

    fn entries(
        &mut self,
        clears: usize,
        spreads: &[Spanned<SmolStr>],
        env: &[EnvEntry],
        depends_on: &[Dependency],
        said: usize,
    ) -> usize {
        let nothing = spreads.is_empty() && env.is_empty() && depends_on.is_empty();
        if nothing && clears == 0 && said == 0 {
            return 0;
        }
        let place = self.record(block::LENGTH);
        self.set(place + block::SAID, said);
        self.set(place + block::CLEARS, clears);
        self.set(place + block::VARIABLES, spreads.len() + env.len());
        for spread in spreads {
            self.entry(entry::SPREAD, spread);
        }
        for variable in env {
            let kind = match &variable.value {
                EnvValue::Required => entry::REQUIRED,
                EnvValue::Unset => entry::UNSET,
                EnvValue::Text(_)
                | EnvValue::Endpoint(_)
                | EnvValue::Expression(_)
                | EnvValue::Secret(_)
                | EnvValue::Inherit(_)
                | EnvValue::Or(_) => match variable.value.texts().any(|text| has_agent(text)) {
                    true => entry::GIVEN_WITH_AGENT,
                    false => entry::GIVEN,
                },
            };
            self.entry(kind, &variable.key);
        }
        for (number, dependency) in depends_on.iter().enumerate() {
            let unit: Vec<&str> = dependency.unit.iter().map(|part| part.as_str()).collect();
            let kind = match (&dependency.ecosystem, unit.as_slice()) {
                (Some(path), _) => self.links.get(path.as_str()).copied().unwrap_or(entry::OWN),
                (None, [_]) => entry::BESIDE,
                (None, _) => entry::OWN,
            };
            let at = self.words.len();
            let is_linked = kind < entry::BESIDE && !unit.is_empty();
            if is_linked || !self.declaration.uses.is_empty() {
                let span_id = dependency.span_id();
                self.sites.push(Site { number: site::DEPENDENCY | at, span_id });
            }
            let awaited = dependency.awaited();
            if let Some(condition) = &awaited {
                self.site(site::CONDITION | at, condition.span_id);
            }
            self.entry(kind, &unit.join("."));
            let condition = match awaited.map(|condition| condition.value) {
                Some(Condition::Started) | None => entry::STARTED,
                Some(Condition::Ready) => entry::READY,
                Some(Condition::Completed) => entry::COMPLETED,
            };
            self.push(condition);
            self.set(place + block::DEPENDENCIES, number + 1);
        }
        place
    }

    fn entry(&mut self, kind: usize, name: &str) {
        let place = self.record(entry::LENGTH);
        self.set(place + entry::KIND, kind);
        self.write_hash(place + entry::HASH, hash_of(&[name]));
        self.write_text(place + entry::NAME, name);
    }
}
