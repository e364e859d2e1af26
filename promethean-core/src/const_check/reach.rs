//! Which units come along with others: the ends of dependencies, over all ecosystems, in constants.

use super::bytes::Table;
use super::reading::{BlockView, Closure, Unit, Units, View};
use super::signature::entry;

/// Units in the order in which they are reached, each once.
pub(super) struct Reach {
    units: [Option<Reached>; Reach::MOST],
    length: usize,
    seen: Table<2_048>,
}

/// A unit, and by which other one it is reached.
#[derive(Clone, Copy)]
pub(super) struct Reached {
    pub(super) unit: Unit,
    /// The place of the one that depends on it; its own for the first.
    pub(super) by: usize,
}

impl Reach {
    /// What is beyond this many units is looked at when the program runs.
    const MOST: usize = 1_024;

    pub(super) const fn new() -> Reach {
        Reach { units: [None; Reach::MOST], length: 0, seen: Table::new() }
    }

    /// The unit at a place.
    pub(super) const fn get(&self, place: usize) -> Option<Reached> {
        if place < self.length { self.units[place] } else { None }
    }

    /// How many there are.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// Whether a unit is one of them, or may be.
    pub(super) const fn has(&self, unit: &Unit) -> bool {
        self.length == Reach::MOST || self.seen.get(unit.identity()).is_some()
    }

    const fn add(&mut self, unit: Unit, by: usize) {
        if self.length < Reach::MOST && self.seen.get_or_put(unit.identity(), 0).is_none() {
            self.units[self.length] = Some(Reached { unit, by });
            self.length += 1;
        }
    }

    /// Adds what a dependency on another ecosystem means; with no name all of it.
    pub(super) const fn add_linked(&mut self, view: View, name: &'static [u8], by: usize) {
        if !name.is_empty()
            && let Some(unit) = view.find(name)
        {
            self.add_whole(unit, by);
            return;
        }
        let mut closure = Closure::of(view);
        while let Some(view) = closure.next() {
            if !name.is_empty() {
                self.add_own(view, name, by);
                continue;
            }
            let mut units = Units::of(view);
            while let Some(unit) = units.next() {
                self.add(unit, by);
            }
        }
    }

    /// Adds what a name means in its own ecosystem.
    const fn add_own(&mut self, view: View, name: &'static [u8], by: usize) {
        if let Some(unit) = view.find(name) {
            self.add_whole(unit, by);
        }
    }

    /// Adds a unit, with its services if it is an agent.
    pub(super) const fn add_whole(&mut self, unit: Unit, by: usize) {
        self.add(unit, by);
        if unit.is_agent() {
            let mut members = unit.members();
            while let Some(member) = members.next() {
                self.add(member, by);
            }
        }
    }

    /// Adds the units that one depends on, outside all profiles.
    pub(super) const fn add_dependencies(&mut self, place: usize) {
        let Some(Reached { unit, .. }) = self.get(place) else { return };
        let layers = unit.layers();
        let mut level = layers.first_with_dependencies();
        while level < layers.len() {
            let layer = layers.at(level);
            let mut dependencies = layer.dependencies();
            while let Some(dependency) = dependencies.next() {
                self.add_dependency(&unit, layer, dependency, level > 0, place);
            }
            level += 1;
        }
    }

    /// Adds what a unit depends on in other ecosystems.
    pub(super) const fn add_linked_dependencies(&mut self, unit: &Unit) {
        let layers = unit.layers();
        let mut level = layers.first_with_dependencies();
        while level < layers.len() {
            let layer = layers.at(level);
            let mut dependencies = layer.dependencies();
            while let Some(dependency) = dependencies.next() {
                let link = layer.view.word(dependency + entry::KIND);
                if link < entry::BESIDE {
                    let name = layer.view.text(dependency + entry::NAME);
                    self.add_linked(layer.view.linked(link), name, 0);
                }
            }
            level += 1;
        }
    }

    /// Adds what a dependency of a unit means.
    pub(super) const fn add_dependency(
        &mut self,
        unit: &Unit,
        layer: BlockView,
        dependency: usize,
        beside: bool,
        by: usize,
    ) {
        let name = layer.view.text(dependency + entry::NAME);
        match layer.view.word(dependency + entry::KIND) {
            entry::OWN => self.add_own(layer.view, name, by),
            entry::BESIDE => {
                if beside
                    && let Some(agent) = unit.agent()
                    && let Some(sibling) = agent.member(layer.view.hash(dependency + entry::HASH))
                {
                    self.add(sibling, by);
                } else {
                    self.add_own(layer.view, name, by);
                }
            }
            link => self.add_linked(layer.view.linked(link), name, by),
        }
    }
}
