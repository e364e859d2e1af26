//! The blocks of one service, and what they come to as far as one declaration says.

use crate::attribute::Attribute;
use crate::declaration::{Allow, Attribution, Block, Declaration, Probe};
use crate::instance::{self, Instance, Level};

/// The blocks of a service, weakest first.
pub(crate) struct Layers<'a> {
    pub(super) instance: Instance<'a>,
    blocks: Vec<(Level, &'a Block)>,
    /// Whether no block lies in another ecosystem.
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
    pub(super) fn of(declaration: &'a Declaration, instance: Instance<'a>) -> Layers<'a> {
        let defaults = (Level::Defaults, &declaration.defaults);
        Layers {
            instance,
            blocks: std::iter::once(defaults).chain(instance.blocks()).collect(),
            complete: declaration.uses.is_empty(),
        }
    }

    /// Every service that a declaration stands for, and those of templates without an agent.
    pub(super) fn of_all(declaration: &'a Declaration) -> impl Iterator<Item = Layers<'a>> {
        let in_templates = declaration.templates.iter().flat_map(|template| {
            let services = template.services.iter();
            services.map(move |service| Instance::alone(service, Some(template)))
        });
        let instances = instance::of_declaration(declaration).into_iter().chain(in_templates);
        instances.map(|instance| Layers::of(declaration, instance))
    }

    /// The blocks, weakest first.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (Level, &'a Block)> {
        self.blocks.iter().copied()
    }

    /// The blocks and behind each the one of a profile.
    fn with_profile(&self, profile: Option<&str>) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().flat_map(move |(_, block)| {
            let mut profiles = block.profiles.iter();
            let active = profiles.find(|known| Some(known.name.as_str()) == profile);
            std::iter::once(*block).chain(active.map(|active| &active.block))
        })
    }

    /// What an attribute is given in a profile (`None`: in none), by its name in the table.
    pub(super) fn setting(&self, name: &str, profile: Option<&str>) -> Effective<&'a Attribution> {
        self.strongest(
            profile,
            |block| block.setting(name).filter(|setting| setting.fits(self.instance.service.kind)),
            |key| Attribute::find(key).is_some_and(|row| row.name == name),
        )
    }

    /// No profile, and those that its blocks name.
    pub(super) fn profiles(&self) -> Vec<Option<&'a str>> {
        let mut profiles = vec![None];
        let named = self.blocks.iter().flat_map(|(_, block)| &block.profiles);
        for name in named.map(|profile| Some(profile.name.as_str())) {
            if !profiles.contains(&name) {
                profiles.push(name);
            }
        }
        profiles
    }

    /// Whether the service runs with a profile: it stands in no bare template and no other profile.
    pub(super) fn is_part_of_the_system(&self, profile: Option<&str>) -> bool {
        let bare_template = self.instance.agent.is_none() && self.instance.template.is_some();
        let exists =
            self.only_profile().is_none_or(|names| names.iter().any(|name| Some(*name) == profile));
        !bare_template && exists
    }

    /// The probe.
    pub(super) fn probe(&self) -> Effective<&'a Probe> {
        self.strongest(None, |block| block.ready.as_ref(), |key| key == "ready")
    }

    fn strongest<T: 'a>(
        &self,
        profile: Option<&str>,
        find: impl Fn(&'a Block) -> Option<&'a T>,
        is: impl Fn(&str) -> bool,
    ) -> Effective<&'a T> {
        let mut effective = match self.complete {
            true => Effective::Absent,
            false => Effective::Unknown,
        };
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

    /// Whether a block of the service lifts a rule of judgement.
    pub(super) fn allows(&self, rule: &str) -> bool {
        let mut allowed = self.blocks.iter().flat_map(|(_, block)| &block.allow);
        allowed.any(|Allow { rule: lifted, .. }| **lifted == rule)
    }

    /// The profiles the service exists in alone; `None` for all.
    pub(super) fn only_profile(&self) -> Option<Vec<&'a str>> {
        let setting = self.setting("only_profile", None).given()?;
        let names = setting.values().iter().filter_map(|value| value.value.as_name());
        Some(names.collect())
    }
}
