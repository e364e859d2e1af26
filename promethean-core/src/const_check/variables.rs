//! The variables that a unit is given by all of its layers, in constants.

use super::message::{Filler, Known, Message};
use super::reading::{BlockView, Layers, List, Lookup, Made, Named, Unit, View};
use super::rules::{is_same, unit_name};
use super::signature::{block, ecosystem, entry};
use crate::endpoint::PORT;
use crate::expanded_service::Level;
use crate::problem::texts::{
    DEFAULTS, MISSING_KEY, MISSING_KEY_HELP, MISSING_OWN_KEY_HELP, MISSPELT_KEY_HELP, OF, OWN_ENV,
    THE_SET, THE_TEMPLATE,
};
use crate::service_facts::bit;
use crate::suggest::is_slip;

/// What is wrong with the variables of a service.
#[derive(Clone, Copy)]
pub(super) struct Variables {
    /// All variables that are required and not given; `None` where there are none.
    pub(super) missing: Option<Message>,
    /// One that is required and given under another name, by a slip of the pen.
    pub(super) misspelt: Option<Misspelt>,
    /// Whether `{agent}` is in the value of one.
    pub(super) mention_agent: bool,
}

/// A variable that is given in the place of one that is required.
#[derive(Clone, Copy)]
pub(super) struct Misspelt {
    /// Its place in the signature, where that is reported; 0 elsewhere.
    pub(super) place: usize,
    pub(super) message: Message,
}

impl Variables {
    pub(super) const fn of(unit: &Unit) -> Variables {
        let mut found = Variables { missing: None, misspelt: None, mention_agent: false };
        let all = AllVariables::of(unit);
        found.mention_agent = all.has_agent();
        let mut index = 0;
        while index < all.length {
            let (hash, kind) = all.variables[index];
            if kind == entry::REQUIRED && all.is_missing(hash) {
                missing(unit, &all, &mut found);
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
const fn missing(unit: &Unit, all: &AllVariables, found: &mut Variables) {
    let mut known = Known::new();
    let (mut message, mut first) = (Message::new(), b"".as_slice());
    let mut by_itself = false;
    let mut layers = EnvLayers::of(unit);
    while let Some((layer, owner)) = layers.next() {
        let mut variables = Entries::of(layer);
        while let Some(variable) = variables.next() {
            let key = variable.from.view.text(variable.place + entry::NAME);
            let missing = variable.kind == entry::REQUIRED && all.is_missing(variable.hash);
            // The endpoint without a name sets it.
            let is_set = is_same(key, PORT.as_bytes()) && unit.facts().has(bit::PORT);
            if !missing || is_set || !known.add(key) {
                continue;
            }
            let missing = missing_key(key, &variable, owner, unit);
            if let Some((place, given)) = slip(unit, key) {
                let help =
                    Message::of(MISSPELT_KEY_HELP, &[Filler::Name(given), Filler::Name(key)]);
                if found.misspelt.is_none() {
                    found.misspelt = Some(Misspelt { place, message: missing.help(&help) });
                }
                continue;
            }
            if first.is_empty() {
                by_itself = variable.set.is_none() && matches!(owner, RequiredBy::Own);
                first = key;
            } else {
                message = message.text("\n");
            }
            message = message.raw(missing.bytes());
        }
    }
    if first.is_empty() {
        return;
    }
    let key = Filler::Name(first);
    found.missing = Some(message.help(&match by_itself {
        true => Message::of(MISSING_OWN_KEY_HELP, &[key, key, key]),
        false => Message::of(MISSING_KEY_HELP, &[key, key]),
    }));
}

/// What is given in the place of a variable, by a slip of the pen: its place, where that is reported,
/// and its name.
const fn slip(unit: &Unit, wanted: &[u8]) -> Option<(usize, &'static [u8])> {
    let mut layers = EnvLayers::of(unit);
    while let Some((layer, _)) = layers.next() {
        let is_reported = layers.is_reported(unit);
        let mut variables = Entries::of(layer);
        while let Some(variable) = variables.next() {
            let key = variable.from.view.text(variable.place + entry::NAME);
            let is_given = matches!(variable.kind, entry::GIVEN | entry::GIVEN_WITH_AGENT);
            if is_given && is_slip(key, wanted) {
                let place = if is_reported && variable.set.is_none() { variable.place } else { 0 };
                return Some((place, key));
            }
        }
    }
    None
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

    /// Whether there are sites for the variables of the layer that was taken last: what an agent
    /// says that is made from another ecosystem's template.
    const fn is_reported(&self, unit: &Unit) -> bool {
        let is_made_elsewhere = match unit.agent() {
            Some(agent) => agent.is_made_elsewhere(),
            None => false,
        };
        let level =
            if self.next == 0 { Level::UsedDefaults } else { self.own.level(self.next - 1) };
        is_made_elsewhere
            && (matches!(level, Level::Agent)
                || matches!(level, Level::Override) && unit.is_of_template())
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
        let owner = match self.own.level(level) {
            Level::UsedDefaults | Level::Defaults => RequiredBy::Defaults,
            Level::Template => RequiredBy::Template(level - 1),
            Level::Agent | Level::Service | Level::Override => RequiredBy::Own,
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
