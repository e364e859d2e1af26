//! The blocks of one service, and what they give as far as one declaration shows.

use std::collections::{HashMap, HashSet};

use crate::attribute::Attribute;
use crate::declaration::{Agent, Allow, Attribution, Block, Declaration, Template, Unit};
use crate::expanded_service::{self, ExpandedService, Level};
use crate::problem::Elsewhere;
use crate::service_facts::{BlockFacts, Facts};

/// The rows of the attributes that rules ask for.
pub(super) mod row {
    use crate::attribute::Attribute;

    pub(in super::super) const BACKOFF: usize = Attribute::row("exp_backoff_restart_delay");
    pub(in super::super) const CRON_RESTART: usize = Attribute::row("cron_restart");
    pub(in super::super) const EXEC_MODE: usize = Attribute::row("exec_mode");
    pub(in super::super) const IGNORE_WATCH: usize = Attribute::row("ignore_watch");
    pub(in super::super) const INSTANCES: usize = Attribute::row("instances");
    pub(in super::super) const MODULE: usize = Attribute::row("module");
    pub(in super::super) const ONLY_PROFILE: usize = Attribute::row("only_profile");
    pub(in super::super) const PORT: usize = Attribute::row("port");
    pub(in super::super) const RESTART_DELAY: usize = Attribute::row("restart_delay");
    pub(in super::super) const RUN: usize = Attribute::row("run");
    pub(in super::super) const RUNNER: usize = Attribute::row("runner");
    pub(in super::super) const SHUTDOWN: usize = Attribute::row("shutdown_with_message");
    pub(in super::super) const WAIT_READY: usize = Attribute::row("wait_ready");
    pub(in super::super) const WATCH: usize = Attribute::row("watch");
}

/// All services of a declaration: those it stands for, in the order of writing, and behind them
/// those of its templates by themselves.
pub(crate) struct Services<'a> {
    pub(super) all: Vec<Layers<'a>>,
    /// How many of them the declaration stands for.
    instances: usize,
    /// Which of them is the first of a template that no agent is made from.
    bare: usize,
}

impl<'a> Services<'a> {
    pub(crate) fn of(declaration: &'a Declaration) -> Services<'a> {
        let mut made: HashSet<&str> = HashSet::new();
        for unit in &declaration.units {
            if let Unit::Agent(agent) = unit {
                made.extend(agent.template.iter().map(|template| template.as_str()));
            }
        }
        let of_template = |template: &'a Template| {
            let services = template.services.iter();
            services.map(move |service| ExpandedService::alone(service, Some(template)))
        };
        let is_made = |template: &&Template| made.contains(template.name.as_str());
        let mut all = expanded_service::of_declaration(declaration);
        let count = all.len();
        all.extend(declaration.templates.iter().filter(is_made).flat_map(of_template));
        let bare = all.len();
        let is_bare = |template: &&Template| !is_made(template);
        all.extend(declaration.templates.iter().filter(is_bare).flat_map(of_template));
        let mut rows = HashMap::new();
        let all = all.into_iter();
        let all = all.map(|instance| Layers::of(declaration, instance, &mut rows)).collect();
        Services { all, instances: count, bare }
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
    ) -> Layers<'a> {
        let defaults = (Level::Defaults, &declaration.defaults);
        let mut layers = Layers {
            instance,
            blocks: std::iter::once(defaults).chain(instance.blocks()).collect(),
            facts: Vec::new(),
            settings: Vec::new(),
            profiles: vec![None],
            complete: declaration.uses.is_empty(),
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
        let ExpandedService { agent, template, service, .. } = self.instance;
        let unit = match (agent, template) {
            (Some(agent), _) => format!("{}.{}", *agent.name, *service.name),
            (None, Some(_)) => String::new(),
            (None, None) => service.name.to_string(),
        };
        (!self.complete).then_some(Elsewhere { unit, gives })
    }

    /// The blocks and behind each the one of a profile.
    fn with_profile(&self, profile: Option<&str>) -> impl Iterator<Item = &'a Block> {
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
        let bare_template = self.instance.agent.is_none() && self.instance.template.is_some();
        let exists =
            self.only_profile().is_none_or(|names| names.iter().any(|name| Some(*name) == profile));
        !bare_template && exists
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
        let mut allowed = self.blocks.iter().flat_map(|(_, block)| &block.allow);
        allowed.any(|Allow { rule: lifted, .. }| **lifted == rule)
    }

    /// The profiles the service exists in; `None` for all.
    pub(crate) fn only_profile(&self) -> Option<Vec<&'a str>> {
        let setting = self.setting(row::ONLY_PROFILE, None).given()?;
        let names = setting.values().iter().filter_map(|value| value.value.as_name());
        Some(names.collect())
    }
}
