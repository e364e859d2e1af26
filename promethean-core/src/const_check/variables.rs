//! The variables that a unit is given by all of its layers, in constants.

use super::message::{Filler, Known, Message};
use super::reading::{BlockView, Layers, List, Lookup, Made, Named, Unit, View};
use super::rules::unit_name;
use super::signature::{block, ecosystem, entry};
use crate::problem::texts::{
    DEFAULTS, MISSING_KEY, MISSING_KEY_HELP, MISSING_OWN_KEY_HELP, OF, OWN_ENV, THE_SET,
    THE_TEMPLATE,
};

/// What is wrong with the variables of a service.
#[derive(Clone, Copy)]
pub(super) struct Variables {
    /// All variables that are required and not given; `None` where there are none.
    pub(super) missing: Option<Message>,
    /// Whether `{agent}` is in the value of one.
    pub(super) mention_agent: bool,
}

impl Variables {
    pub(super) const fn of(unit: &Unit) -> Variables {
        let mut found = Variables { missing: None, mention_agent: false };
        let all = AllVariables::of(unit);
        found.mention_agent = all.has_agent();
        let mut index = 0;
        while index < all.length {
            let (hash, kind) = all.variables[index];
            if kind == entry::REQUIRED && all.is_missing(hash) {
                found.missing = Some(missing(unit, &all));
                return found;
            }
            index += 1;
        }
        found
    }
}

/// Whether a layer requires a variable, spreads a set that may, or has `{agent}` in a value.
pub(super) const fn matter(layer: BlockView) -> bool {
    let mut variables = layer.variables();
    while let Some(place) = variables.next() {
        match layer.view.word(place + entry::KIND) {
            entry::REQUIRED | entry::SPREAD | entry::GIVEN_WITH_AGENT => return true,
            _ => {}
        }
    }
    false
}

/// All variables that are required and not given.
const fn missing(unit: &Unit, all: &AllVariables) -> Message {
    let mut known = Known::new();
    let (mut message, mut first) = (Message::new(), true);
    let mut by_itself = false;
    let mut layers = EnvLayers::of(unit);
    while let Some((layer, owner)) = layers.next() {
        let mut variables = Entries::of(layer);
        while let Some(variable) = variables.next() {
            let key = variable.from.view.text(variable.place + entry::NAME);
            let missing = variable.kind == entry::REQUIRED && all.is_missing(variable.hash);
            if missing && known.add(key) {
                if first {
                    by_itself = variable.set.is_none() && matches!(owner, RequiredBy::Own);
                } else {
                    message = message.text("\n");
                }
                first = false;
                message = message.raw(missing_key(key, &variable, owner, unit).bytes());
            }
        }
    }
    match known.first() {
        Some(key) => {
            let key = Filler::Name(key);
            message.help(&match by_itself {
                true => Message::of(MISSING_OWN_KEY_HELP, &[key, key, key]),
                false => Message::of(MISSING_KEY_HELP, &[key, key]),
            })
        }
        None => message,
    }
}

/// Who requires a variable of whom.
const fn missing_key(key: &[u8], of: &Variable, owner: RequiredBy, unit: &Unit) -> Message {
    let owner = match (of.set, owner) {
        (Some(set), _) => Message::of(THE_SET, &[Filler::Name(set.name())]),
        (None, RequiredBy::Template(at)) => match unit.chain().get(at) {
            Some(Made { template, .. }) => {
                Message::of(THE_TEMPLATE, &[Filler::Name(template.name())])
            }
            None => Message::new().text(OWN_ENV),
        },
        (None, RequiredBy::Defaults) => Message::new().text(DEFAULTS),
        (None, RequiredBy::Own) => Message::new().text(OWN_ENV),
    };
    let title = Filler::Name(of.from.view.title());
    let owner = Message::of(OF, &[Filler::Message(&owner), title]);
    let service = unit_name(unit);
    Message::of(
        MISSING_KEY,
        &[Filler::Name(key), Filler::Message(&owner), Filler::Message(&service)],
    )
}

/// The layers of environment, weakest first: those of used ecosystems before a unit's own.
struct EnvLayers {
    uses: List,
    view: View,
    own: Layers,
    next: usize,
}

/// What requires a variable.
#[derive(Clone, Copy)]
enum RequiredBy {
    Defaults,
    /// The template at a position of those that the service is made from.
    Template(usize),
    Own,
}

impl EnvLayers {
    const fn of(unit: &Unit) -> EnvLayers {
        let view = unit.view;
        EnvLayers { uses: view.list(ecosystem::USES, 1), view, own: unit.layers(), next: 0 }
    }

    const fn next(&mut self) -> Option<(BlockView, RequiredBy)> {
        if let Some(link) = self.uses.next() {
            return Some((self.view.linked(self.view.word(link)).defaults(), RequiredBy::Defaults));
        }
        if self.next == self.own.len() {
            return None;
        }
        self.next += 1;
        let level = self.next - 1;
        let owner = match level {
            0 => RequiredBy::Defaults,
            level if level <= self.own.templates() => RequiredBy::Template(level - 1),
            _ => RequiredBy::Own,
        };
        Some((self.own.at(level), owner))
    }
}

/// The variables of all layers of a unit, by their hashes, in the order in which they count.
struct AllVariables {
    variables: [(u64, usize); AllVariables::MOST],
    length: usize,
}

impl AllVariables {
    /// Where there are more, resolution finds what is missing.
    const MOST: usize = 256;
    /// All variables of weaker layers are taken away.
    const CLEARED: usize = usize::MAX;

    const fn of(unit: &Unit) -> AllVariables {
        let mut all = AllVariables { variables: [(0, 0); AllVariables::MOST], length: 0 };
        let mut layers = EnvLayers::of(unit);
        while let Some((layer, _)) = layers.next() {
            if layer.block == 0 {
                continue;
            }
            if layer.clears(block::CLEARS_ENV) {
                all.add(0, AllVariables::CLEARED);
            }
            let mut variables = Entries::of(layer);
            while let Some(variable) = variables.next() {
                all.add(variable.hash, variable.kind);
            }
        }
        all
    }

    const fn add(&mut self, hash: u64, kind: usize) {
        if self.length < AllVariables::MOST {
            self.variables[self.length] = (hash, kind);
            self.length += 1;
        }
    }

    /// Whether the last value of a variable has `{agent}` in it.
    const fn has_agent(&self) -> bool {
        let mut index = 0;
        while index < self.length {
            let (key, kind) = self.variables[index];
            index += 1;
            if kind != entry::GIVEN_WITH_AGENT {
                continue;
            }
            let mut stronger = index;
            while stronger < self.length {
                let (other, kind) = self.variables[stronger];
                let replaces = other == key && kind != entry::REQUIRED;
                if replaces || kind == AllVariables::CLEARED {
                    break;
                }
                stronger += 1;
            }
            if stronger == self.length {
                return true;
            }
        }
        false
    }

    /// Whether a variable is required by a layer and given by none.
    const fn is_missing(&self, key: u64) -> bool {
        let (mut required, mut given, mut index) = (false, false, 0);
        while index < self.length {
            let (hash, kind) = self.variables[index];
            if hash == key || kind == AllVariables::CLEARED {
                match kind {
                    entry::REQUIRED => required = true,
                    entry::GIVEN | entry::GIVEN_WITH_AGENT => given = true,
                    _ => (required, given) = (false, false),
                }
            }
            index += 1;
        }
        required && !given && self.length < AllVariables::MOST
    }
}

/// An entry that is about a variable.
struct Variable {
    kind: usize,
    hash: u64,
    place: usize,
    /// The block that it is in.
    from: BlockView,
    /// The set that the block is of.
    set: Option<Named>,
}

/// The entries of a layer, and of the sets that it spreads, in the order in which they count.
struct Entries {
    blocks: [(BlockView, Option<Named>, usize); Entries::DEEPEST],
    depth: usize,
}

impl Entries {
    /// Sets that spread each other deeper than this are looked at when the program runs.
    const DEEPEST: usize = 8;

    const fn of(layer: BlockView) -> Entries {
        Entries { blocks: [(layer, None, 0); Entries::DEEPEST], depth: 1 }
    }

    const fn next(&mut self) -> Option<Variable> {
        while self.depth > 0 {
            let (from, set, done) = self.blocks[self.depth - 1];
            let mut entries = from.variables();
            entries.skip(done);
            let Some(place) = entries.next() else {
                self.depth -= 1;
                continue;
            };
            self.blocks[self.depth - 1].2 = done + 1;
            let kind = from.view.word(place + entry::KIND);
            let hash = from.view.hash(place + entry::HASH);
            if kind != entry::SPREAD {
                return Some(Variable { kind, hash, place, from, set });
            }
            if self.depth < Entries::DEEPEST
                && let Lookup::One(set) = from.view.own_or_used(ecosystem::SETS, hash)
            {
                self.blocks[self.depth] = (set.block(), Some(set), 0);
                self.depth += 1;
            }
        }
        None
    }
}
