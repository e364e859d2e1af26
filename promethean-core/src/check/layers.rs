//! The blocks of one service, and what they give as far as one declaration shows.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::attribute::Attribute;
use crate::blocks;
use crate::declaration::{
    Agent, Allow, Attribution, Block, Declaration, Probe, Purpose, Template, Unit,
};
use crate::endpoint::{Endpoints, Written};
use crate::expanded_service::{self, ExpandedService, Level, Templates};
use crate::problem::Elsewhere;
use crate::service_facts::{BlockFacts, Facts, bit, bit_of, rank};

/// The rows of the attributes that rules ask for.
pub(super) mod row {
    use crate::attribute::Attribute;

    pub(in super::super) const ARGS: usize = Attribute::row("args");
    pub(in super::super) const BACKOFF: usize = Attribute::row("exp_backoff_restart_delay");
    pub(in super::super) const CRON_RESTART: usize = Attribute::row("cron_restart");
    pub(in super::super) const ENTRY: usize = Attribute::row("entry");
    pub(in super::super) const ENV_FILES: [usize; 2] = crate::attribute::ENV_FILE_ROWS;
    pub(in super::super) const EXEC_MODE: usize = Attribute::row("exec_mode");
    pub(in super::super) const IGNORE_WATCH: usize = Attribute::row("ignore_watch");
    pub(in super::super) const INCREMENT_VAR: usize = Attribute::row("increment_var");
    pub(in super::super) const INSTANCES: usize = Attribute::row("instances");
    pub(in super::super) const INTERPRETER: usize = Attribute::row("interpreter");
    pub(in super::super) const MAX_MEMORY: usize = Attribute::row("max_memory_restart");
    pub(in super::super) const MODULE: usize = Attribute::row("module");
    pub(in super::super) const NODE_ARGS: usize = Attribute::row("node_args");
    pub(in super::super) const ON: usize = Attribute::row("on");
    pub(in super::super) const ONLY_PROFILE: usize = Attribute::row("only_profile");
    pub(in super::super) const RESTART_DELAY: usize = Attribute::row("restart_delay");
    pub(in super::super) const RUN: usize = Attribute::row("run");
    pub(in super::super) const RUNNER: usize = Attribute::row("runner");
    pub(in super::super) const SHUTDOWN: usize = Attribute::row("shutdown_with_message");
    pub(in super::super) const WAIT_READY: usize = Attribute::row("wait_ready");
    pub(in super::super) const WATCH: usize = Attribute::row("watch");
}

/// What makes an endpoint.
const LISTENS: u32 = bit::LISTEN | bit::PORT;

/// All services of a declaration: those it stands for, in the order of writing, and behind them
/// those of its templates by themselves.
pub(crate) struct Services<'a> {
    pub(super) all: Vec<Layers<'a>>,
    /// How many of them the declaration stands for.
    instances: usize,
    lifted: Lifted,
    /// Which of them is the first of a template that no agent is made from.
    bare: usize,
}

/// Which `allow` have lifted something, by their addresses.
type Lifted = Rc<RefCell<HashSet<*const Allow>>>;

fn note<'a>(lifted: &Lifted, allows: impl Iterator<Item = &'a Allow>, rule: &str) -> bool {
    let mut allowed = false;
    for allow in allows.filter(|allow| *allow.rule == rule) {
        lifted.borrow_mut().insert(std::ptr::from_ref(allow));
        allowed = true;
    }
    allowed
}

impl<'a> Services<'a> {
    pub(crate) fn of(declaration: &'a Declaration) -> Services<'a> {
        let templates = Templates::of(declaration);
        let mut made: HashSet<&str> = HashSet::new();
        for unit in &declaration.units {
            if let Unit::Agent(agent) = unit {
                let chain = templates.chain(&agent.templates);
                made.extend(chain.all().iter().map(|layer| layer.template.name.as_str()));
            }
        }
        let of_template = |template: &'a Template| templates.services(template);
        let is_made = |template: &&'a Template| made.contains(template.name.as_str());
        let mut all = expanded_service::of_declaration(declaration);
        let count = all.len();
        all.extend(declaration.templates.iter().filter(is_made).flat_map(of_template));
        let bare = all.len();
        let is_bare = |template: &&'a Template| !is_made(template);
        all.extend(declaration.templates.iter().filter(is_bare).flat_map(of_template));
        let mut rows = HashMap::new();
        let lifted = Lifted::default();
        let all = all.into_iter();
        let all =
            all.map(|instance| Layers::of(declaration, instance, &mut rows, &lifted)).collect();
        Services { all, instances: count, bare, lifted }
    }

    /// Whether a lint in a block is allowed for every service that the block is of; where it is of
    /// none, whether the block or the defaults allow it.
    pub(super) fn allow_in(&self, declaration: &Declaration, block: &Block, rule: &str) -> bool {
        let (mut some, mut all) = (false, true);
        for layers in self.all.iter().filter(|layers| layers.has(block)) {
            some = true;
            all &= layers.allows(rule);
        }
        match some {
            true => all,
            false => {
                let allows = block.allow.iter().chain(&declaration.defaults.allow);
                note(&self.lifted, allows, rule)
            }
        }
    }

    /// Whether a lint in an env set is allowed wherever the set is spread.
    pub(super) fn allow_in_set(&self, declaration: &Declaration, set: &str, rule: &str) -> bool {
        if note(&self.lifted, declaration.defaults.allow.iter(), rule) {
            return true;
        }
        let (mut some, mut all) = (false, true);
        blocks::each(declaration, |_, block| {
            if block.spreads.iter().any(|spread| **spread == set) {
                some = true;
                all &= self.allow_in(declaration, block, rule);
            }
        });
        some && all
    }

    /// The problem's condition for the service of a block that has none of some attributes here: that
    /// no used ecosystem gives it one. `None` where it has one here.
    pub(super) fn without(&self, block: &Block, attributes: u32) -> Option<Elsewhere> {
        let layers = self.instances().iter().find(|layers| layers.has(block))?;
        let mut profiles = layers.profiles().iter().copied();
        match profiles.any(|profile| layers.facts(profile).has(attributes)) {
            true => None,
            false => layers.elsewhere(attributes),
        }
    }

    /// Whether the service of a block is given none of some attributes here, and no expression.
    pub(super) fn lack(&self, block: &Block, attributes: u32) -> bool {
        let mut services = self.instances().iter().filter(|layers| layers.has(block)).peekable();
        let given = |layers: &Layers<'_>| {
            let mut profiles = layers.profiles().iter().copied();
            profiles.any(|profile| layers.facts(profile).has(attributes))
        };
        services.peek().is_some() && !services.any(given)
    }

    /// Whether an `allow` has lifted something.
    pub(super) fn lifted(&self, allow: &Allow) -> bool {
        self.lifted.borrow().contains(&std::ptr::from_ref(allow))
    }

    /// Those of templates that no agent of the declaration is made from.
    pub(crate) fn bare(&self) -> &[Layers<'a>] {
        self.all.get(self.bare..).unwrap_or_default()
    }

    /// Those that the declaration stands for.
    pub(crate) fn instances(&self) -> &[Layers<'a>] {
        self.all.get(..self.instances).unwrap_or_default()
    }
}

/// The settings of blocks that several services have, with their rows.
type Rows<'a> = HashMap<*const Block, (Vec<(usize, &'a Attribution)>, BlockFacts)>;

fn rows_of(block: &Block) -> Vec<(usize, &Attribution)> {
    let settings = block.settings.iter();
    settings.filter_map(|setting| Some((Attribute::position(&setting.key)?, setting))).collect()
}

/// The blocks of a service, weakest first.
pub(crate) struct Layers<'a> {
    /// The service.
    pub(crate) instance: ExpandedService<'a>,
    blocks: Vec<(Level, &'a Block)>,
    /// What each of the blocks says.
    facts: Vec<BlockFacts>,
    /// What attributes are given outside all profiles, by their rows.
    settings: Vec<(usize, Effective<&'a Attribution>)>,
    /// No profile, and those that its blocks name.
    profiles: Vec<Option<&'a str>>,
    /// Whether no block is in another ecosystem.
    complete: bool,
    lifted: Lifted,
}

/// What a service is given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Effective<T> {
    Given(T),
    Absent,
    /// What is not given here may be given by an ecosystem that is used.
    Unknown,
}

impl<T> Effective<T> {
    pub(super) fn given(self) -> Option<T> {
        match self {
            Effective::Given(given) => Some(given),
            Effective::Absent | Effective::Unknown => None,
        }
    }
}

impl<'a> Layers<'a> {
    fn of(
        declaration: &'a Declaration,
        instance: ExpandedService<'a>,
        rows: &mut Rows<'a>,
        lifted: &Lifted,
    ) -> Layers<'a> {
        let defaults = (Level::Defaults, &declaration.defaults);
        let mut layers = Layers {
            blocks: std::iter::once(defaults).chain(instance.blocks()).collect(),
            instance,
            facts: Vec::new(),
            settings: Vec::new(),
            profiles: vec![None],
            complete: declaration.uses.is_empty(),
            lifted: Rc::clone(lifted),
        };
        for (level, block) in layers.blocks.clone() {
            match level {
                Level::Service | Level::Override => {
                    layers.facts.push(BlockFacts::of(block));
                    layers.lay(block, &rows_of(block));
                }
                Level::UsedDefaults | Level::Defaults | Level::Template | Level::Agent => {
                    let shared = rows.entry(block);
                    let shared = shared.or_insert_with(|| (rows_of(block), BlockFacts::of(block)));
                    layers.facts.push(shared.1);
                    layers.lay(block, &shared.0);
                }
            }
            for profile in &block.profiles {
                let name = Some(profile.name.as_str());
                if !layers.profiles.contains(&name) {
                    layers.profiles.push(name);
                }
            }
        }
        layers
    }

    /// Lays the settings of a block over those of weaker ones.
    fn lay(&mut self, block: &Block, rows: &[(usize, &'a Attribution)]) {
        for key in &block.unset {
            if let Some(row) = Attribute::position(key) {
                self.set(row, Effective::Absent);
            }
        }
        // Of two settings of one attribute, which is a mistake, the first counts.
        for (row, setting) in rows.iter().rev() {
            if setting.fits(self.instance.service.kind) {
                self.set(*row, Effective::Given(setting));
            }
        }
    }

    fn set(&mut self, row: usize, effective: Effective<&'a Attribution>) {
        match self.settings.iter_mut().find(|(known, _)| *known == row) {
            Some((_, known)) => *known = effective,
            None => self.settings.push((row, effective)),
        }
    }

    /// Whether it is a service of this very agent.
    pub(crate) fn is_of(&self, agent: &Agent) -> bool {
        self.instance.agent.is_some_and(|own| std::ptr::eq(own, agent))
    }

    /// The blocks, weakest first.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (Level, &'a Block)> {
        self.blocks.iter().copied()
    }

    /// What the blocks say together in a profile (`None`: in none).
    pub(super) fn facts(&self, profile: Option<&str>) -> Facts {
        let none = Facts::new(self.instance.service.kind, self.complete);
        self.blocks.iter().zip(&self.facts).fold(none, |facts, ((_, block), of_block)| {
            let facts = facts.lay(of_block);
            let mut profiles = block.profiles.iter();
            match profiles.find(|known| Some(known.name.as_str()) == profile) {
                Some(active) => facts.lay(&BlockFacts::of(&active.block)),
                None => facts,
            }
        })
    }

    /// What a used ecosystem may say of the service; `None` where none is used.
    pub(super) fn elsewhere(&self, gives: u32) -> Option<Elsewhere> {
        let (unit, other) = (self.qualified(), String::new());
        (!self.complete).then_some(Elsewhere { unit, other, gives, weaker: false })
    }

    /// What a used ecosystem may say of the service or of another one; `None` where none is used.
    pub(super) fn elsewhere_of_two(&self, other: &Layers<'_>) -> Option<Elsewhere> {
        self.elsewhere(0).map(|elsewhere| Elsewhere { other: other.qualified(), ..elsewhere })
    }

    /// The service as [`Elsewhere`] names it.
    fn qualified(&self) -> String {
        let ExpandedService { agent, within, service, .. } = &self.instance;
        match (agent, within) {
            (Some(agent), _) => format!("{}.{}", *agent.name, *service.name),
            (None, Some(_)) => String::new(),
            (None, None) => service.name.to_string(),
        }
    }

    /// What a used ecosystem may give below the service's own block.
    pub(super) fn weaker_elsewhere(&self, block: &Block, gives: u32) -> Option<Elsewhere> {
        // What profiles give, other files do not see.
        let is_own = std::ptr::eq(&raw const self.instance.service.block, block);
        let gives = if is_own { gives } else { 0 };
        self.elsewhere(gives).map(|elsewhere| Elsewhere { weaker: true, ..elsewhere })
    }

    /// The blocks and behind each the one of a profile.
    pub(super) fn with_profile(&self, profile: Option<&str>) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().flat_map(move |(_, block)| {
            let mut profiles = block.profiles.iter();
            let active = profiles.find(|known| Some(known.name.as_str()) == profile);
            std::iter::once(*block).chain(active.map(|active| &active.block))
        })
    }

    /// What an attribute is given in a profile (`None`: in none), by its row in the table.
    pub(super) fn setting(&self, row: usize, profile: Option<&str>) -> Effective<&'a Attribution> {
        if profile.is_none() {
            let known = self.settings.iter().find(|(known, _)| *known == row);
            return known.map_or(self.nothing(), |(_, effective)| *effective);
        }
        self.strongest(
            profile,
            |block| {
                let mut settings = block.settings.iter();
                settings.find(|setting| {
                    Attribute::position(&setting.key) == Some(row)
                        && setting.fits(self.instance.service.kind)
                })
            },
            |key| Attribute::position(key) == Some(row),
        )
    }

    /// What an attribute is given, by its bit, and by which block: its [`rank`], and whether it is that
    /// of the profile.
    pub(super) fn placed(
        &self,
        bit: u32,
        profile: Option<&str>,
    ) -> Option<((usize, bool), &'a Attribution)> {
        let (mut placed, mut templates) = (None, 0);
        for (level, block) in self.blocks() {
            templates += usize::from(level == Level::Template);
            let rank = rank(level, if level == Level::Template { templates } else { 0 });
            let mut profiles = block.profiles.iter();
            let active = profiles.find(|known| Some(known.name.as_str()) == profile);
            let active = active.map(|active| (true, &active.block));
            for (in_profile, block) in std::iter::once((false, block)).chain(active) {
                if block.unset.iter().any(|key| bit_of(key) == bit) {
                    placed = None;
                }
                let mut settings = block.settings.iter();
                let given = settings.find(|setting| {
                    bit_of(&setting.key) == bit && setting.fits(self.instance.service.kind)
                });
                placed = given.map(|given| ((rank, in_profile), given)).or(placed);
            }
        }
        placed
    }

    /// What it means that nothing is given.
    fn nothing<T>(&self) -> Effective<T> {
        if self.complete { Effective::Absent } else { Effective::Unknown }
    }

    /// No profile, and those that its blocks name.
    pub(super) fn profiles(&self) -> &[Option<&'a str>] {
        &self.profiles
    }

    /// Whether the service runs with a profile: it is in no bare template and no other profile.
    pub(super) fn is_part_of_the_system(&self, profile: Option<&str>) -> bool {
        let bare_template = self.instance.agent.is_none() && self.instance.within.is_some();
        let exists =
            self.only_profile().is_none_or(|names| names.iter().any(|name| Some(*name) == profile));
        !bare_template && exists
    }

    /// The probes in a profile (`None`: in none), and what each is for.
    pub(super) fn probes_in(
        &self,
        profile: Option<&str>,
    ) -> impl Iterator<Item = (Purpose, &'a Probe)> + use<'a> {
        let ready = self.strongest(profile, |block| block.ready.as_deref(), |key| key == "ready");
        let alive = self.strongest(profile, |block| block.alive.as_deref(), |key| key == "alive");
        let both = [(Purpose::Ready, ready), (Purpose::Alive, alive)].into_iter();
        both.filter_map(|(purpose, probe)| Some((purpose, probe.given()?)))
    }

    /// Where it listens in a profile (`None`: in none).
    pub(super) fn endpoints(&self, profile: Option<&str>) -> Vec<Written<'a>> {
        let mut endpoints = Endpoints::default();
        for block in self.with_profile(profile) {
            endpoints.lay(block, ());
        }
        endpoints.0.into_iter().map(|(endpoint, ())| endpoint).collect()
    }

    /// The same, without a look at the blocks where none of them says something of it.
    pub(crate) fn endpoints_if_any(&self, profile: Option<&str>) -> Vec<Written<'a>> {
        match profile.is_some() || self.facts.iter().any(|facts| facts.given & LISTENS != 0) {
            true => self.endpoints(profile),
            false => Vec::new(),
        }
    }

    /// Whether no block is in another ecosystem.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    fn strongest<T: 'a>(
        &self,
        profile: Option<&str>,
        find: impl Fn(&'a Block) -> Option<&'a T>,
        is: impl Fn(&str) -> bool,
    ) -> Effective<&'a T> {
        let mut effective = self.nothing();
        for block in self.with_profile(profile) {
            if block.unset.iter().any(|key| is(key)) {
                effective = Effective::Absent;
            }
            if let Some(given) = find(block) {
                effective = Effective::Given(given);
            }
        }
        effective
    }

    /// Whether a block of the service allows a lint.
    pub(super) fn allows(&self, rule: &str) -> bool {
        note(&self.lifted, self.blocks.iter().flat_map(|(_, block)| &block.allow), rule)
    }

    /// Whether a block, perhaps that of a profile, is one of its own.
    pub(super) fn has(&self, block: &Block) -> bool {
        self.blocks.iter().any(|(_, own)| {
            let mut profiles = own.profiles.iter();
            std::ptr::eq(*own, block)
                || profiles.any(|profile| std::ptr::eq(&raw const profile.block, block))
        })
    }

    /// What it says of the machines that it can run on, in a profile (`None`: in none).
    pub(super) fn on(&self, profile: Option<&str>) -> Option<&'a Attribution> {
        self.setting(row::ON, profile).given()
    }

    /// The profiles the service exists in; `None` for all.
    pub(crate) fn only_profile(&self) -> Option<Vec<&'a str>> {
        let setting = self.setting(row::ONLY_PROFILE, None).given()?;
        let names = setting.values().iter().filter_map(|value| value.value.as_name());
        Some(names.collect())
    }
}
