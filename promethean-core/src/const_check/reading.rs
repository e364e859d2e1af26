//! Signatures, read in constants. [`super::signature`] writes them.

use super::bytes::{HASH_OF_NOTHING, Table, find, folded, hash, part};
use super::findings::site;
use super::signature::{
    NO_SIGNATURE, block, ecosystem, endpoint, entry, machine, made_from, named, placed, profile,
    said, unit,
};
use crate::ecosystem::{Ecosystem, Link};
use crate::expanded_service::Level;
use crate::kind::Kind;
use crate::problem::Endless;
use crate::service_facts::{BlockFacts, Facts, bit, gives, lint_bit, rank};

const PORT_CONFLICT: u32 = lint_bit("port-conflict");
const SIMILAR_NAMES: u32 = lint_bit("similar-names");

/// An ecosystem as the checks over several of them see it.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// What tells it from all others.
    pub id: u64,
    /// What it declares, as [`super::signature()`] writes it.
    pub words: &'static [[u8; 4]],
    /// The ecosystems it refers to.
    pub links: &'static [Link],
}

impl View {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(id: u64, signature: &'static [u8], links: &'static [Link]) -> View {
        View { id, words: signature.as_chunks().0, links }
    }

    const fn of(ecosystem: &'static Ecosystem) -> View {
        match ecosystem.signature() {
            Some((id, signature)) => View::new(id, signature, ecosystem.links()),
            None => View::new(0, &NO_SIGNATURE, ecosystem.links()),
        }
    }

    pub(super) const fn word(&self, number: usize) -> usize {
        u32::from_le_bytes(self.words[number]) as usize
    }

    pub(super) const fn hash(&self, number: usize) -> u64 {
        self.word(number) as u64 | (self.word(number + 1) as u64) << 32
    }

    /// The text whose place and length are in two words.
    pub(super) const fn text(&self, number: usize) -> &'static [u8] {
        let start = self.word(ecosystem::WORDS) * 4 + self.word(number);
        part(self.words.as_flattened(), start, start + self.word(number + 1))
    }

    /// The list whose place and length are in two words.
    pub(super) const fn list(&self, number: usize, step: usize) -> List {
        let first = self.word(number);
        List { next: first, end: first + self.word(number + 1) * step, step }
    }

    /// Whether mistakes were found in it, so that nothing can be said of what is not there.
    pub(super) const fn is_broken(&self) -> bool {
        self.word(ecosystem::BROKEN) == 1
    }

    /// What to call it.
    pub(super) const fn title(&self) -> &'static [u8] {
        self.text(ecosystem::TITLE)
    }

    /// The ecosystem of a link.
    pub(super) const fn linked(&self, link: usize) -> View {
        View::of(self.links[link].ecosystem)
    }

    /// Whether all that it declares is known.
    pub(super) const fn is_known(&self) -> bool {
        !self.is_broken() && self.word(ecosystem::WORDS) != 0
    }

    /// Whether what is said of its services is written in it alone.
    pub(super) const fn uses_none(&self) -> bool {
        self.word(ecosystem::USES + 1) == 0
    }

    /// The block of its defaults.
    pub(super) const fn defaults(&self) -> BlockView {
        BlockView { view: *self, block: self.word(ecosystem::DEFAULTS) }
    }

    /// A set or a template of this ecosystem itself: the place of its words.
    pub(super) const fn own(&self, list: usize, wanted: u64) -> Option<usize> {
        let mut list = self.list(list, named::LENGTH);
        while let Some(place) = list.next() {
            if self.hash(place + named::HASH) == wanted {
                return Some(place);
            }
        }
        None
    }

    /// A set or a template of this ecosystem or of one that it uses.
    pub(super) const fn own_or_used(&self, list: usize, wanted: u64) -> Lookup {
        if let Some(place) = self.own(list, wanted) {
            return Lookup::One(Named { view: *self, place });
        }
        let mut found = Lookup::None;
        let (mut first, mut broken) = (0, self.is_broken());
        let mut links = self.list(ecosystem::USES, 1);
        while let Some(place) = links.next() {
            let link = self.word(place);
            let used = self.linked(link);
            broken |= used.is_broken();
            if let Some(place) = used.own(list, wanted) {
                if let Lookup::One(Named { view, .. }) = found
                    && view.id != used.id
                {
                    return Lookup::Two(first, link);
                }
                first = link;
                found = Lookup::One(Named { view: used, place });
            }
        }
        match found {
            Lookup::None if broken => Lookup::Unknown,
            Lookup::One(_) | Lookup::Two(..) | Lookup::None | Lookup::Unknown => found,
        }
    }

    /// The unit with a number.
    pub(super) const fn unit(&self, number: usize) -> Unit {
        let place = self.word(ecosystem::UNITS) + number * unit::LENGTH;
        Unit { view: *self, number, place, of_template: None }
    }

    /// The unit that has a name: an agent, `mongodb`, `duck.voice`.
    pub(super) const fn find(&self, name: &'static [u8]) -> Option<Unit> {
        if let Some(unit) = self.find_hash(hash(name, HASH_OF_NOTHING)) {
            return Some(unit);
        }
        let dot = find(name, b'.');
        if dot == name.len() {
            return None;
        }
        match self.find_hash(hash(part(name, 0, dot), HASH_OF_NOTHING)) {
            Some(agent) => agent.member(hash(part(name, dot + 1, name.len()), HASH_OF_NOTHING)),
            None => None,
        }
    }

    const fn find_hash(&self, wanted: u64) -> Option<Unit> {
        let first = self.word(ecosystem::NAMES);
        let (mut low, mut high) = (0, self.word(ecosystem::NAMES + 1));
        while low < high {
            let middle = usize::midpoint(low, high);
            let known = self.hash(first + middle * 3);
            if known == wanted {
                return Some(self.unit(self.word(first + middle * 3 + 2)));
            }
            if known < wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        None
    }
}

/// The places of the elements of a list.
pub(super) struct List {
    next: usize,
    end: usize,
    step: usize,
}

impl List {
    /// How many elements are left.
    pub(super) const fn count(&self) -> usize {
        (self.end - self.next) / self.step
    }

    /// Passes over elements.
    pub(super) const fn skip(&mut self, count: usize) {
        self.next += count * self.step;
    }

    pub(super) const fn next(&mut self) -> Option<usize> {
        if self.next >= self.end {
            return None;
        }
        let place = self.next;
        self.next += self.step;
        Some(place)
    }
}

/// A block, and the ecosystem it is written in.
#[derive(Clone, Copy)]
pub(super) struct BlockView {
    pub(super) view: View,
    /// 0 for an empty one.
    pub(super) block: usize,
}

impl BlockView {
    /// Its variables and spreads.
    pub(super) const fn variables(&self) -> List {
        let next = self.block + block::LENGTH;
        let count = self.count(block::VARIABLES);
        List { next, end: next + count * entry::LENGTH, step: entry::LENGTH }
    }

    /// Its dependencies.
    pub(super) const fn dependencies(&self) -> List {
        let (next, step) = (self.variables().end, entry::DEPENDENCY_LENGTH);
        let count = self.count(block::DEPENDENCIES);
        List { next, end: next + count * step, step }
    }

    /// What else it says; `None` for nothing.
    pub(super) const fn said(&self) -> Option<BlockFacts> {
        let place = self.count(block::SAID);
        if place == 0 {
            return None;
        }
        let (mut words, mut index) = ([0; BlockFacts::WORDS], 0);
        while index < words.len() {
            words[index] = u32::from_le_bytes(self.view.words[place + index]);
            index += 1;
        }
        Some(BlockFacts::from_words(words))
    }

    /// Lays it over weaker blocks.
    pub(super) const fn lay_over(&self, facts: Facts) -> Facts {
        match self.said() {
            Some(said) => facts.lay(&said),
            None => facts.lay_nothing(),
        }
    }

    /// The profiles of its `only_profile`.
    pub(super) const fn profiles(&self) -> List {
        match self.count(block::SAID) {
            0 => List { next: 0, end: 0, step: 1 },
            place => self.view.list(place + said::PROFILES, profile::LENGTH),
        }
    }

    /// The names of its `on`.
    const fn on(&self) -> List {
        match self.count(block::SAID) {
            0 => List { next: 0, end: 0, step: 1 },
            place => self.view.list(place + said::ON, profile::LENGTH),
        }
    }

    /// Where it listens.
    const fn endpoints(&self) -> List {
        match self.count(block::SAID) {
            0 => List { next: 0, end: 0, step: 1 },
            place => self.view.list(place + said::ENDPOINTS, endpoint::LENGTH),
        }
    }

    /// Whether it takes something away from weaker layers.
    pub(super) const fn clears(&self, what: usize) -> bool {
        self.count(block::CLEARS) & what != 0
    }

    const fn count(&self, word: usize) -> usize {
        if self.block == 0 { 0 } else { self.view.word(self.block + word) }
    }
}

/// A set, a template or a service of one, and the ecosystem that declares it.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) view: View,
    pub(super) place: usize,
}

impl Named {
    pub(super) const fn name(&self) -> &'static [u8] {
        self.view.text(self.place + named::NAME)
    }

    pub(super) const fn hash(&self) -> u64 {
        self.view.hash(self.place + named::HASH)
    }

    pub(super) const fn block(&self) -> BlockView {
        BlockView { view: self.view, block: self.view.word(self.place + named::BLOCK) }
    }

    /// Whether a template has a service.
    pub(super) const fn has_service(&self, wanted: u64) -> bool {
        let mut services = self.services();
        while let Some(place) = services.next() {
            if self.view.hash(place + named::HASH) == wanted {
                return true;
            }
        }
        false
    }

    /// The place of the templates that it is made from; 0 for none.
    const fn made_from(&self) -> usize {
        self.view.word(self.place + named::MADE_FROM)
    }

    /// Of a template: itself, behind those that it is made from.
    pub(super) const fn chain(self) -> Chain {
        let mut chain = Chain::new();
        chain.add_template(self, true);
        chain
    }

    /// Whether it is this one, and no other of its name.
    pub(super) const fn is(&self, other: &Named) -> bool {
        self.view.id == other.view.id && self.place == other.place
    }

    /// The services of a template.
    pub(super) const fn services(&self) -> List {
        self.view.list(self.place + named::SERVICES, named::LENGTH)
    }
}

/// A template of a chain.
#[derive(Clone, Copy)]
pub(super) struct Made {
    pub(super) template: Named,
    /// Whether the way to it leads through another ecosystem.
    pub(super) is_elsewhere: bool,
}

/// The templates that something is made from, and those that they are made from: weakest first, each
/// once, in front of what is made from it.
#[derive(Clone, Copy)]
pub(super) struct Chain {
    made: [Option<Made>; Chain::MOST],
    length: usize,
    /// Those that have been met.
    met: [Option<Named>; Chain::MOST],
    count: usize,
    is_complete: bool,
}

impl Chain {
    /// With more templates than this, resolution finds what is wrong.
    const MOST: usize = 16;

    const fn new() -> Chain {
        let (made, met) = ([None; Chain::MOST], [None; Chain::MOST]);
        Chain { made, length: 0, met, count: 0, is_complete: true }
    }

    /// The template at a position.
    pub(super) const fn get(&self, at: usize) -> Option<Made> {
        if at < self.length { self.made[at] } else { None }
    }

    /// Whether all templates are known.
    pub(super) const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The template with a service of this name.
    pub(super) const fn with_service(&self, wanted: u64) -> Option<Named> {
        let mut at = 0;
        while let Some(Made { template, .. }) = self.get(at) {
            if template.has_service(wanted) {
                return Some(template);
            }
            at += 1;
        }
        None
    }

    /// Whether one of them has services.
    pub(super) const fn has_services(&self) -> bool {
        let mut at = 0;
        while let Some(Made { template, .. }) = self.get(at) {
            if template.services().count() > 0 {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Whether one of them is in an ecosystem with mistakes.
    pub(super) const fn is_broken(&self) -> bool {
        let mut at = 0;
        while let Some(Made { template, .. }) = self.get(at) {
            if template.view.is_broken() {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Adds the templates whose names are at a place of an ecosystem.
    const fn add(&mut self, view: View, place: usize, is_elsewhere: bool) {
        let mut names = names_at(view, place);
        while let Some(name) = names.next() {
            match template_at(view, name) {
                Some((template, is_here)) => self.add_template(template, is_elsewhere || !is_here),
                None => self.is_complete = false,
            }
        }
    }

    const fn add_template(&mut self, template: Named, is_elsewhere: bool) {
        let mut at = 0;
        while at < self.count {
            if let Some(known) = &self.met[at]
                && known.is(&template)
            {
                return;
            }
            at += 1;
        }
        if self.count == Chain::MOST {
            self.is_complete = false;
            return;
        }
        self.met[self.count] = Some(template);
        self.count += 1;
        self.add(template.view, template.made_from(), is_elsewhere);
        self.made[self.length] = Some(Made { template, is_elsewhere });
        self.length += 1;
    }
}

/// The names of templates at a place.
pub(super) const fn names_at(view: View, place: usize) -> List {
    let next = place + made_from::FIRST;
    let count = if place == 0 { 0 } else { view.word(place) };
    List { next, end: next + count * made_from::LENGTH, step: made_from::LENGTH }
}

/// The template of this name that an ecosystem can use, and whether it is its own.
pub(super) const fn template_at(view: View, name: usize) -> Option<(Named, bool)> {
    match view.word(name + made_from::PLACE) {
        0 => match view.own_or_used(ecosystem::TEMPLATES, view.hash(name + made_from::HASH)) {
            Lookup::One(template) => Some((template, false)),
            Lookup::Two(..) | Lookup::None | Lookup::Unknown => None,
        },
        place => Some((Named { view, place }, true)),
    }
}

/// The layers of a unit, weakest first: defaults, templates, agent, its own, `override`.
#[derive(Clone, Copy)]
pub(super) struct Layers {
    blocks: [BlockView; Layers::MOST],
    levels: [Level; Layers::MOST],
    length: usize,
}

impl Layers {
    const MOST: usize = Chain::MOST + 4;

    const fn over(defaults: BlockView) -> Layers {
        let levels = [Level::Defaults; Layers::MOST];
        Layers { blocks: [defaults; Layers::MOST], levels, length: 1 }
    }

    const fn lay(&mut self, level: Level, layer: BlockView) {
        if layer.block != 0 {
            self.blocks[self.length] = layer;
            self.levels[self.length] = level;
            self.length += 1;
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// The layer at a level below [`Layers::len`].
    pub(super) const fn at(&self, level: usize) -> BlockView {
        self.blocks[level]
    }

    /// Where the block of such a layer is written.
    pub(super) const fn level(&self, level: usize) -> Level {
        self.levels[level]
    }

    /// The strongest layer that takes away the dependencies of those below it.
    pub(super) const fn first_with_dependencies(&self) -> usize {
        let mut level = self.length;
        while level > 0 {
            level -= 1;
            if self.blocks[level].clears(block::CLEARS_DEPENDENCIES) {
                return level;
            }
        }
        0
    }
}

/// What a name of a template or a set stands for.
#[derive(Clone, Copy)]
pub(super) enum Lookup {
    One(Named),
    /// Two used ecosystems offer it: the numbers of their links.
    Two(usize, usize),
    None,
    /// An ecosystem that may offer it has mistakes of its own.
    Unknown,
}

/// A service, an external or an agent.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    /// The ecosystem that has it.
    pub(super) view: View,
    /// Its number; that of its agent for a service of another ecosystem's template.
    number: usize,
    place: usize,
    /// The service of another ecosystem's template that it is.
    of_template: Option<Named>,
}

impl Unit {
    /// What tells the unit from all others of all ecosystems.
    pub(super) const fn identity(&self) -> u64 {
        self.view.id.wrapping_mul(31) ^ self.pm2_name()
    }

    /// The hash of its name in PM2.
    pub(super) const fn pm2_name(&self) -> u64 {
        let own = self.view.hash(self.place + unit::HASH);
        match self.of_template {
            Some(service) => hash(service.name(), hash(b"_", own)),
            None => own,
        }
    }

    /// The hash of its name as names are compared that may be confused; of what is no service the
    /// name itself.
    pub(super) const fn folded_name(&self) -> u64 {
        match (self.of_template, self.kind()) {
            (Some(service), _) => {
                let agent = folded(self.view.text(self.place + unit::NAME), HASH_OF_NOTHING);
                folded(service.name(), folded(b"_", agent))
            }
            (None, Some(_)) => self.view.hash(self.place + unit::FOLDED),
            (None, None) => folded(self.name(), HASH_OF_NOTHING),
        }
    }

    /// Its short name.
    pub(super) const fn name(&self) -> &'static [u8] {
        match self.of_template {
            Some(service) => service.name(),
            None => self.view.text(self.place + unit::NAME),
        }
    }

    pub(super) const fn is_agent(&self) -> bool {
        self.of_template.is_none() && self.view.word(self.place + unit::KIND) == unit::AGENT_ITSELF
    }

    /// What kind of service it is; `None` for an agent and for an external.
    pub(super) const fn kind(&self) -> Option<Kind> {
        let kind = match self.of_template {
            Some(service) => service.view.word(service.place + named::KIND),
            None => self.view.word(self.place + unit::KIND),
        };
        match kind {
            0 => Some(Kind::Python),
            1 => Some(Kind::Node),
            2 => Some(Kind::Script),
            _ => None,
        }
    }

    /// Its number in its ecosystem; that of its agent for a service of another one's template.
    pub(super) const fn number(&self) -> usize {
        self.number
    }

    /// The place of its words.
    pub(super) const fn place(&self) -> usize {
        self.place
    }

    /// What the blocks of its own ecosystem say, as a declaration shows it.
    pub(super) const fn own_facts(&self) -> Facts {
        let kind = match self.kind() {
            Some(kind) => kind,
            None => Kind::Script,
        };
        let (mut facts, layers, mut level) = (Facts::new(kind, false), self.layers(), 0);
        while level < layers.len() {
            if layers.at(level).view.id == self.view.id {
                facts = layers.at(level).lay_over(facts);
            }
            level += 1;
        }
        facts
    }

    /// Whether another ecosystem's template has it.
    pub(super) const fn is_of_template(&self) -> bool {
        self.of_template.is_some()
    }

    /// Whether `restart_delay` is written in it.
    pub(super) const fn has_own_delay(&self) -> bool {
        !self.is_of_template() && self.flag(unit::HAS_DELAY)
    }

    /// Of a service of another ecosystem's template: where an attribute is reported that its agent
    /// changes in it.
    pub(super) const fn changes(&self, bit: u32) -> Option<usize> {
        let Some(service) = self.of_template else { return None };
        let mut changes = self.view.list(self.place + unit::OVERRIDES, named::LENGTH);
        while let Some(place) = changes.next() {
            if self.view.hash(place + named::HASH) == service.hash() {
                let block =
                    BlockView { view: self.view, block: self.view.word(place + named::BLOCK) };
                return match block.said() {
                    Some(said) if said.given & bit != 0 => Some(site::setting(place, bit)),
                    Some(_) | None => None,
                };
            }
        }
        None
    }

    /// The [`rank`] of the block that gives it an attribute, which is one of them.
    pub(super) const fn level_of(&self, bit: u32) -> usize {
        let Some(kind) = self.kind() else { return 0 };
        let layers = self.layers();
        let mut level = layers.len();
        while level > 0 {
            level -= 1;
            if let Some(said) = layers.at(level).said()
                && gives(kind, &said, bit)
            {
                return match layers.level(level) {
                    Level::Template => rank(Level::Template, level),
                    other => rank(other, 0),
                };
            }
        }
        rank(Level::UsedDefaults, 0)
    }

    /// The agent that it is a service of.
    pub(super) const fn agent(&self) -> Option<Unit> {
        if self.of_template.is_some() {
            return Some(self.view.unit(self.number));
        }
        match self.view.word(self.place + unit::AGENT) {
            unit::NONE => None,
            agent => Some(self.view.unit(agent)),
        }
    }

    const fn flag(&self, flag: usize) -> bool {
        self.view.word(self.place + unit::FACTS) & flag != 0
    }

    /// What a service of each kind is given by the defaults of an ecosystem and of those it uses.
    pub(super) const fn base(view: View, kind: Kind) -> Facts {
        let (mut complete, mut uses) = (true, view.list(ecosystem::USES, 1));
        while let Some(link) = uses.next() {
            complete &= view.linked(view.word(link)).is_known();
        }
        let mut facts = Facts::new(kind, complete);
        let mut uses = view.list(ecosystem::USES, 1);
        while let Some(link) = uses.next() {
            facts = view.linked(view.word(link)).defaults().lay_over(facts);
        }
        view.defaults().lay_over(facts)
    }

    /// What the blocks of a service say together; only where all blocks are written in signatures,
    /// as those of an ecosystem are that uses others.
    pub(super) const fn facts(&self) -> Facts {
        let kind = match self.kind() {
            Some(kind) => kind,
            None => Kind::Script,
        };
        self.facts_over(Unit::base(self.view, kind))
    }

    /// What the blocks below its own say: defaults, templates and agent.
    pub(super) const fn facts_of_weaker(&self) -> Facts {
        let kind = match self.kind() {
            Some(kind) => kind,
            None => Kind::Script,
        };
        let (layers, mut facts) = (self.layers(), Unit::base(self.view, kind));
        let mut level = 1;
        while level < layers.len() && (layers.level(level) as usize) < Level::Service as usize {
            facts = layers.at(level).lay_over(facts);
            level += 1;
        }
        facts
    }

    /// The same, over those of the defaults.
    pub(super) const fn facts_over(&self, base: Facts) -> Facts {
        let layers = self.layers();
        let (mut facts, mut level) = (base, 1);
        while level < layers.len() {
            facts = layers.at(level).lay_over(facts);
            level += 1;
        }
        facts
    }

    /// The port that facts say; 0 for none, and for one that may be shared.
    pub(super) const fn port_of(facts: &Facts) -> usize {
        if facts.allows(PORT_CONFLICT) { 0 } else { facts.port() as usize }
    }

    /// Whether it may have endpoints beside `port`, and else that; 0 for none, and for one that it
    /// may share.
    pub(super) const fn listening(&self) -> (bool, usize) {
        if self.is_agent() {
            return (false, 0);
        }
        if self.kind().is_none() || self.view.uses_none() {
            let port = self.view.word(self.place + unit::FACTS) & 0xffff;
            return (self.flag(unit::LISTENS), port);
        }
        let facts = self.facts();
        (facts.has(bit::LISTEN), Unit::port_of(&facts))
    }

    /// Whether it may share its ports.
    pub(super) const fn shares_ports(&self) -> bool {
        match self.kind() {
            None => false,
            Some(_) if self.view.uses_none() => self.flag(unit::ALLOWS_PORT_CONFLICT),
            Some(_) => self.facts().allows(PORT_CONFLICT),
        }
    }

    /// Whether all that is said of a service is known.
    pub(super) const fn is_complete(&self) -> bool {
        self.kind().is_none() || self.view.uses_none() || self.facts().is_complete()
    }

    /// Where it listens, with no profile active.
    pub(super) const fn endpoints(&self) -> Endpoints {
        let mut endpoints = Endpoints::new();
        if self.is_agent() {
            return endpoints;
        }
        if self.kind().is_none() || self.view.uses_none() {
            let list = self.view.list(self.place + unit::ENDPOINTS, endpoint::LENGTH);
            endpoints.lay(self.view, list);
            return endpoints;
        }
        let mut uses = self.view.list(ecosystem::USES, 1);
        while let Some(link) = uses.next() {
            endpoints.lay_block(&self.view.linked(self.view.word(link)).defaults());
        }
        let (layers, mut level) = (self.layers(), 0);
        while level < layers.len() {
            endpoints.lay_block(&layers.at(level));
            level += 1;
        }
        endpoints
    }

    /// Whether its name may be similar to another one.
    pub(super) const fn allows_similar_names(&self) -> bool {
        if self.kind().is_none() || self.view.uses_none() {
            return self.flag(unit::ALLOWS_SIMILAR_NAMES);
        }
        self.facts().allows(SIMILAR_NAMES)
    }

    /// Whether it certainly has no probe.
    pub(super) const fn has_no_probe(&self) -> bool {
        if self.kind().is_none() || self.view.uses_none() {
            return self.flag(unit::WITHOUT_PROBE);
        }
        self.facts().lacks(bit::READY)
    }

    /// Whether it is an external, of what is no agent.
    pub(super) const fn is_external(&self) -> bool {
        self.kind().is_none() && self.flag(unit::NOT_STARTED)
    }

    /// Why it never ends for good, where it certainly does not.
    pub(super) const fn endless(&self) -> Option<Endless> {
        if self.kind().is_some() && !self.view.uses_none() {
            return self.facts().endless();
        }
        if self.flag(unit::CRON) {
            Some(Endless::Cron)
        } else if self.flag(unit::AUTOSTART_FALSE) {
            Some(Endless::NotStarted)
        } else if self.flag(unit::NOT_STARTED) {
            Some(Endless::External)
        } else if self.flag(unit::RESTARTS) {
            Some(Endless::Restarts)
        } else {
            None
        }
    }

    /// The profiles that it exists in, and the ecosystem that names them; none for all.
    pub(super) const fn profiles(&self) -> (View, List) {
        if self.kind().is_none() {
            return (self.view, List { next: 0, end: 0, step: 1 });
        }
        if self.view.uses_none() {
            return (self.view, self.view.list(self.place + unit::PROFILES, profile::LENGTH));
        }
        let layers = self.layers();
        let mut level = layers.len();
        while level > 0 {
            level -= 1;
            if let Some(said) = layers.at(level).said() {
                if said.given & bit::ONLY_PROFILE != 0 {
                    return (layers.at(level).view, layers.at(level).profiles());
                }
                if said.unset & bit::ONLY_PROFILE != 0 {
                    return (self.view, List { next: 0, end: 0, step: 1 });
                }
            }
        }
        let mut found = (self.view, List { next: 0, end: 0, step: 1 });
        let mut uses = self.view.list(ecosystem::USES, 1);
        while let Some(link) = uses.next() {
            let defaults = self.view.linked(self.view.word(link)).defaults();
            if let Some(said) = defaults.said()
                && said.given & bit::ONLY_PROFILE != 0
            {
                found = (defaults.view, defaults.profiles());
            }
        }
        found
    }

    /// The names behind the `on` of a service, and the ecosystem that they are written in; `None` where
    /// it says nothing, or where that is not known.
    pub(super) const fn on(&self) -> Option<(View, List)> {
        if self.kind().is_none() {
            return None;
        }
        if self.view.uses_none() {
            let mut placed = self.view.list(ecosystem::PLACED, placed::LENGTH);
            while let Some(place) = placed.next() {
                if self.view.word(place + placed::UNIT) == self.number {
                    return Some((self.view, self.view.list(place + placed::ON, profile::LENGTH)));
                }
            }
            return None;
        }
        let layers = self.layers();
        let mut level = layers.len();
        while level > 0 {
            level -= 1;
            if let Some(said) = layers.at(level).said() {
                if said.given & bit::ON != 0 {
                    return Some((layers.at(level).view, layers.at(level).on()));
                }
                if said.unset & bit::ON != 0 {
                    return None;
                }
            }
        }
        None
    }

    /// Of a service outside agents that is made from no template: the block that is its own, over the
    /// defaults.
    pub(super) const fn only_block(&self) -> Option<BlockView> {
        match self.agent() {
            Some(_) => None,
            None if self.view.word(self.place + unit::MADE_FROM) != 0 => None,
            None => {
                Some(BlockView { view: self.view, block: self.view.word(self.place + unit::BLOCK) })
            }
        }
    }

    /// The templates that it, and its agent, are made from.
    pub(super) const fn chain(&self) -> Chain {
        let mut chain = Chain::new();
        if let Some(agent) = self.agent() {
            chain.add(self.view, self.view.word(agent.place + unit::MADE_FROM), false);
        }
        match self.of_template {
            Some(service) => chain.add(service.view, service.made_from(), true),
            None => chain.add(self.view, self.view.word(self.place + unit::MADE_FROM), false),
        }
        chain
    }

    /// Whether it is a service that is made from templates, or whose agent is.
    const fn is_made_from_templates(&self) -> bool {
        if self.kind().is_none() {
            return false;
        }
        let by_agent = match self.agent() {
            Some(agent) => self.view.word(agent.place + unit::MADE_FROM) != 0,
            None => false,
        };
        let of_template = match self.of_template {
            Some(service) => service.made_from() != 0,
            None => self.view.word(self.place + unit::MADE_FROM) != 0,
        };
        by_agent || of_template
    }

    /// The layers that shape it.
    pub(super) const fn layers(&self) -> Layers {
        let mut layers = Layers::over(self.view.defaults());
        if self.is_made_from_templates() {
            let (chain, mut at) = (self.chain(), 0);
            while let Some(Made { template, .. }) = chain.get(at) {
                at += 1;
                // Also an empty one, so that the number of the layer is that of the template.
                layers.blocks[at] = template.block();
                layers.levels[at] = Level::Template;
            }
            layers.length += at;
        }
        let view = self.view;
        if let Some(agent) = self.agent() {
            layers
                .lay(Level::Agent, BlockView { view, block: view.word(agent.place + unit::BLOCK) });
        }
        match self.of_template {
            Some(service) => {
                layers.lay(Level::Service, service.block());
                layers.lay(
                    Level::Override,
                    BlockView { view, block: self.overridden(service.hash()) },
                );
            }
            None => {
                layers.lay(
                    Level::Service,
                    BlockView { view, block: view.word(self.place + unit::BLOCK) },
                );
                layers.lay(
                    Level::Override,
                    BlockView { view, block: view.word(self.place + unit::OVERRIDE) },
                );
            }
        }
        layers
    }

    /// Whether any of its layers has a dependency.
    pub(super) const fn depends_on_something(&self) -> bool {
        let layers = self.layers();
        let mut level = 0;
        while level < layers.len() {
            if layers.at(level).dependencies().next().is_some() {
                return true;
            }
            level += 1;
        }
        false
    }

    /// What its agent changes in it.
    const fn overridden(&self, service: u64) -> usize {
        let mut changes = self.view.list(self.place + unit::OVERRIDES, named::LENGTH);
        while let Some(change) = changes.next() {
            if self.view.hash(change + named::HASH) == service {
                return self.view.word(change + named::BLOCK);
            }
        }
        0
    }

    /// Of an agent: whether another ecosystem has a template of it, or one that these are made from.
    pub(super) const fn is_made_elsewhere(&self) -> bool {
        self.is_agent() && self.view.word(self.place + unit::MADE_ELSEWHERE) != 0
    }

    /// Of an agent: its service of a short name.
    pub(super) const fn member(&self, wanted: u64) -> Option<Unit> {
        let mut members = self.members();
        while let Some(member) = members.next() {
            if hash(member.name(), HASH_OF_NOTHING) == wanted {
                return Some(member);
            }
        }
        None
    }

    /// Of an agent: its services.
    pub(super) const fn members(&self) -> Members {
        let chain = match self.is_made_elsewhere() {
            true => self.chain(),
            false => Chain::new(),
        };
        let services = List { next: 0, end: 0, step: 1 };
        Members { agent: *self, next: self.number + 1, chain, at: 0, services }
    }

    pub(super) const fn does_without(&self, service: u64) -> bool {
        let mut without = self.view.list(self.place + unit::WITHOUT, 2);
        while let Some(left_out) = without.next() {
            if self.view.hash(left_out) == service {
                return true;
            }
        }
        false
    }
}

/// Where a unit listens; as many endpoints as there is room for.
pub(super) struct Endpoints {
    all: [Option<EndpointView>; Endpoints::MOST],
    length: usize,
}

impl Endpoints {
    const MOST: usize = 16;

    const fn new() -> Endpoints {
        Endpoints { all: [None; Endpoints::MOST], length: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }

    pub(super) const fn get(&self, index: usize) -> Option<EndpointView> {
        if index < self.length { self.all[index] } else { None }
    }

    /// The position of the one with a name.
    pub(super) const fn position(&self, name: u64) -> Option<usize> {
        let mut index = 0;
        while index < self.length {
            if let Some(endpoint) = &self.all[index]
                && endpoint.hash() == name
            {
                return Some(index);
            }
            index += 1;
        }
        None
    }

    const fn lay_block(&mut self, block: &BlockView) {
        if let Some(said) = block.said() {
            if said.unset & bit::LISTEN != 0 {
                self.length = 0;
            } else if said.unset & bit::PORT != 0
                && let Some(index) = self.position(HASH_OF_NOTHING)
            {
                self.length -= 1;
                self.all[index] = self.all[self.length];
            }
            self.lay(block.view, block.endpoints());
        }
    }

    const fn lay(&mut self, view: View, mut list: List) {
        while let Some(place) = list.next() {
            let endpoint = EndpointView { view, place };
            match self.position(endpoint.hash()) {
                Some(index) => self.all[index] = Some(endpoint),
                None if self.length < Endpoints::MOST => {
                    self.all[self.length] = Some(endpoint);
                    self.length += 1;
                }
                None => {}
            }
        }
    }
}

/// Machines, each by its name.
#[derive(Clone, Copy)]
pub(super) struct Machines {
    all: [Option<(u64, &'static [u8])>; Machines::MOST],
    length: usize,
}

impl Machines {
    /// Of more than these nothing is said.
    const MOST: usize = 64;

    pub(super) const fn new() -> Machines {
        Machines { all: [None; Machines::MOST], length: 0 }
    }

    /// Adds those that a name behind an `on` of an ecosystem means.
    pub(super) const fn add(&mut self, view: View, name: u64) {
        self.add_of(view, name);
        let mut uses = view.list(ecosystem::USES, 1);
        while let Some(link) = uses.next() {
            self.add_of(view.linked(view.word(link)), name);
        }
    }

    const fn add_of(&mut self, view: View, name: u64) {
        let mut machines = view.list(ecosystem::MACHINES, machine::LENGTH);
        while let Some(place) = machines.next() {
            let known = view.hash(place + machine::HASH);
            if (known == name || has(view, place, name))
                && !self.contains(known)
                && self.length < Machines::MOST
            {
                self.all[self.length] = Some((known, view.text(place + machine::NAME)));
                self.length += 1;
            }
        }
    }

    /// Those that the names of an `on` mean.
    pub(super) const fn of(view: View, mut on: List) -> Machines {
        let mut machines = Machines::new();
        while let Some(place) = on.next() {
            machines.add(view, view.hash(place + profile::HASH));
        }
        machines
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }

    pub(super) const fn get(&self, index: usize) -> Option<(u64, &'static [u8])> {
        if index < self.length { self.all[index] } else { None }
    }

    pub(super) const fn contains(&self, machine: u64) -> bool {
        let mut index = 0;
        while let Some((known, _)) = self.get(index) {
            if known == machine {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Whether one of them is also one of others.
    pub(super) const fn meet(&self, others: &Machines) -> bool {
        let mut index = 0;
        while let Some((machine, _)) = self.get(index) {
            if others.contains(machine) {
                return true;
            }
            index += 1;
        }
        false
    }
}

/// Whether the machine at a place has something.
const fn has(view: View, place: usize, wanted: u64) -> bool {
    let mut list = view.list(place + machine::HAS, profile::LENGTH);
    while let Some(place) = list.next() {
        if view.hash(place + profile::HASH) == wanted {
            return true;
        }
    }
    false
}

/// An endpoint of a unit.
#[derive(Clone, Copy)]
pub(super) struct EndpointView {
    view: View,
    place: usize,
}

impl EndpointView {
    const fn hash(&self) -> u64 {
        self.view.hash(self.place + endpoint::HASH)
    }

    /// Its name; empty for the one without.
    pub(super) const fn name(&self) -> &'static [u8] {
        self.view.text(self.place + endpoint::NAME)
    }

    /// Its port; 0 where that is not written.
    pub(super) const fn port(&self) -> usize {
        self.view.word(self.place + endpoint::PORT)
    }

    /// The number of its host.
    pub(super) const fn host(&self) -> u32 {
        self.view.word(self.place + endpoint::HOST) as u32
    }

    pub(super) const fn has_scheme(&self) -> bool {
        self.view.word(self.place + endpoint::SCHEME) != 0
    }
}

/// The services of an agent: those of other ecosystems' templates, then those of its own ecosystem.
pub(super) struct Members {
    agent: Unit,
    next: usize,
    chain: Chain,
    /// How many templates have been looked at.
    at: usize,
    /// The services that are left of the last of them.
    services: List,
}

impl Members {
    pub(super) const fn next(&mut self) -> Option<Unit> {
        while self.at <= self.chain.length {
            if self.at > 0
                && let Some(Made { template, .. }) = self.chain.made[self.at - 1]
            {
                while let Some(place) = self.services.next() {
                    let service = Named { view: template.view, place };
                    if !self.agent.does_without(service.hash()) {
                        return Some(Unit { of_template: Some(service), ..self.agent });
                    }
                }
            }
            if let Some(Made { template, is_elsewhere: true }) = self.chain.get(self.at) {
                self.services = template.services();
            }
            self.at += 1;
        }
        let view = self.agent.view;
        if self.next >= view.word(ecosystem::UNITS + 1) {
            return None;
        }
        let unit = view.unit(self.next);
        if view.word(unit.place + unit::AGENT) != self.agent.number {
            return None;
        }
        self.next += 1;
        Some(unit)
    }
}

/// The units of one ecosystem in the order of writing: an agent before its services.
pub(super) struct Units {
    view: View,
    next: usize,
    members: Option<Members>,
}

impl Units {
    pub(super) const fn of(view: View) -> Units {
        Units { view, next: 0, members: None }
    }

    pub(super) const fn next(&mut self) -> Option<Unit> {
        if let Some(members) = &mut self.members {
            if let Some(member) = members.next() {
                self.next = members.next;
                return Some(member);
            }
            self.next = members.next;
            self.members = None;
        }
        if self.next >= self.view.word(ecosystem::UNITS + 1) {
            return None;
        }
        let unit = self.view.unit(self.next);
        self.next += 1;
        if unit.is_agent() {
            self.members = Some(unit.members());
        }
        Some(unit)
    }
}

/// An ecosystem and all that it includes, each once.
pub(super) struct Closure {
    views: [Option<View>; Closure::MOST],
    length: usize,
    /// How many of them have been looked into for what they include.
    open: usize,
    seen: Table<2_048>,
}

impl Closure {
    /// More ecosystems than this are looked at when the program runs.
    pub(super) const MOST: usize = 1_024;

    pub(super) const fn of(view: View) -> Closure {
        let mut views = [None; Closure::MOST];
        views[0] = Some(view);
        let mut seen = Table::new();
        seen.get_or_put(view.id, 0);
        Closure { views, length: 1, open: 0, seen }
    }

    /// The next ecosystem.
    pub(super) const fn next(&mut self) -> Option<View> {
        let view = if self.open < self.length { self.views[self.open] } else { None };
        let Some(view) = view else { return None };
        self.open += 1;
        let mut links = view.list(ecosystem::INCLUDES, 1);
        while let Some(place) = links.next() {
            let included = view.linked(view.word(place));
            if self.length < Closure::MOST && self.seen.get_or_put(included.id, 0).is_none() {
                self.views[self.length] = Some(included);
                self.length += 1;
            }
        }
        Some(view)
    }
}
