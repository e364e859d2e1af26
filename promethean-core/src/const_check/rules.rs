//! The checks that the macro's expansion makes: each a call in a constant, on the token that is
//! wrong when it fails.

use super::View;
use super::bytes::{HASH_OF_NOTHING, Table, find, hash, part};
use super::message::{Filler, Known, Message};
use super::reach::{Reach, Reached};
use super::reading::{Closure, Found, List, Lookup, Named, Unit, Units};
use super::signature::{block, ecosystem, entry, named, unit as facts};
use crate::problem::Endless;
use crate::problem::texts::{
    AMBIGUOUS_NAME, ARROW, DECLARED_TWICE, DEFAULTS, DEPENDENCY_CYCLE, DEPENDENCY_CYCLE_HELP,
    DUPLICATE_UNIT_HELP, ENV_SET, INCLUDE_CYCLE, INCLUDE_CYCLE_HELP, MISSING_KEY, MISSING_KEY_HELP,
    NEVER_COMPLETES, NOTHING_TO_BE_READY, NOTHING_TO_BE_READY_HELP, OF, OWN_ENV, PORT_CONFLICT,
    PORT_CONFLICT_HELP, QUOTED, RENAME_ONE, SERVICE_OF_AGENT, SERVICE_OF_TEMPLATE, TEMPLATE,
    THE_SET, THE_TEMPLATE, THIS_ECOSYSTEM, UNKNOWN_NAME, UNKNOWN_UNIT,
};

/// An ecosystem can be included: it does not include this one, and brings no unit that another one
/// of the same name is there for.
#[track_caller]
pub const fn included(own: View, link: usize, conflict: Option<Conflict>) {
    no_include_cycle(own, link);
    no_conflict(conflict);
}

/// A unit of another ecosystem can be depended on: it is there, does not wait for this one, and
/// brings no unit that another one of the same name is there for. No name stands for all units.
#[track_caller]
pub const fn depended_on(own: View, link: usize, name: &'static str, conflict: Option<Conflict>) {
    if !name.is_empty() {
        known_unit(own, link, name);
    }
    no_dependency_cycle(own, link, name);
    no_conflict(conflict);
}

#[track_caller]
const fn known_unit(own: View, link: usize, name: &'static str) {
    let name = name.as_bytes();
    let target = own.linked(link);
    if target.find(name).is_some() {
        return;
    }
    let (agent, wanted) = in_agent(target, name);
    let mut known = Known::of_agent(agent);
    let mut closure = Closure::of(target);
    while let Some(view) = closure.next() {
        if view.is_broken() || view.find(name).is_some() {
            return;
        }
        let mut units = Units::of(view);
        while let Some(unit) = units.next() {
            if unit.is_made_elsewhere() && unit.template().is_none() {
                return;
            }
            remember(&mut known, &unit, agent);
        }
    }
    let path = Message::of(QUOTED, &[Filler::Text(own.links[link].path)]);
    Message::of(UNKNOWN_UNIT, &[Filler::Name(name), Filler::Message(&path)])
        .help(&known.help_for_linked(wanted))
        .fail()
}

/// A unit of this ecosystem is there that another one's template may give: `duck.voice`, or
/// `voice` within the agent `duck`.
#[track_caller]
pub const fn known_own_unit(own: View, agent: &'static str, name: &'static str) {
    let name = name.as_bytes();
    let Some(unit) = own.find(agent.as_bytes()) else { return };
    let there = own.find(name).is_some()
        || unit.member(hash(name, HASH_OF_NOTHING)).is_some()
        || unit.template().is_none();
    if there {
        return;
    }
    let (of_agent, wanted) = in_agent(own, name);
    let mut known = Known::of_agent(of_agent);
    if of_agent.is_empty() {
        // Those beside it come first.
        let mut members = unit.members();
        while let Some(member) = members.next() {
            known.add(member.name());
        }
    }
    let mut units = Units::of(own);
    while let Some(unit) = units.next() {
        remember(&mut known, &unit, of_agent);
    }
    Message::of(UNKNOWN_UNIT, &[Filler::Name(name), Filler::Text(THIS_ECOSYSTEM)])
        .help(&known.help_for_own(wanted))
        .fail()
}

/// Remembers a unit: a service of an agent, or one that is on its own.
const fn remember(known: &mut Known, unit: &Unit, agent: &'static [u8]) {
    let fits = match unit.agent() {
        None => agent.is_empty(),
        Some(of) => hash(agent, HASH_OF_NOTHING) == hash(of.name(), HASH_OF_NOTHING),
    };
    if fits {
        known.add(unit.name());
    }
}

/// `duck` and `voice` of `duck.voice`, where there is such an agent; no agent and the whole name
/// elsewhere.
const fn in_agent(view: View, name: &'static [u8]) -> (&'static [u8], &'static [u8]) {
    let dot = find(name, b'.');
    if dot == name.len() {
        return (b"", name);
    }
    let agent = part(name, 0, dot);
    let mut closure = Closure::of(view);
    while let Some(view) = closure.next() {
        if let Some(unit) = view.find(agent)
            && unit.is_agent()
        {
            return (agent, part(name, dot + 1, name.len()));
        }
    }
    (b"", name)
}

/// A template of a used ecosystem is there, and only one.
#[track_caller]
pub const fn known_template(own: View, name: &'static str) {
    known_in_used(own, ecosystem::TEMPLATES, TEMPLATE, name);
}

/// An env set of a used ecosystem is there, and only one.
#[track_caller]
pub const fn known_set(own: View, name: &'static str) {
    known_in_used(own, ecosystem::SETS, ENV_SET, name);
}

#[track_caller]
const fn known_in_used(own: View, list: usize, what: &str, name: &'static str) {
    let name = name.as_bytes();
    match own.own_or_used(list, hash(name, HASH_OF_NOTHING)) {
        Lookup::One(_) | Lookup::Unknown => {}
        Lookup::Two(first, second) => Message::of(
            AMBIGUOUS_NAME,
            &[
                Filler::Text(what),
                Filler::Name(name),
                Filler::Text(own.links[first].path),
                Filler::Text(own.links[second].path),
            ],
        )
        .help_text(RENAME_ONE)
        .fail(),
        Lookup::None => {
            let mut known = Known::new();
            remember_names(&mut known, own, list);
            let mut uses = own.list(ecosystem::USES, 1);
            while let Some(link) = uses.next() {
                remember_names(&mut known, own.linked(own.word(link)), list);
            }
            unknown_name(what, name, &known)
        }
    }
}

#[track_caller]
const fn unknown_name(what: &str, name: &[u8], known: &Known) -> ! {
    Message::of(UNKNOWN_NAME, &[Filler::Text(what), Filler::Name(name)])
        .help(&known.help_for_name(what, name))
        .fail()
}

const fn remember_names(known: &mut Known, view: View, list: usize) {
    let mut list = view.list(list, named::LENGTH);
    while let Some(place) = list.next() {
        known.add(view.text(place + named::NAME));
    }
}

/// `without` names a service of a used template.
#[track_caller]
pub const fn known_in_template(own: View, agent: &'static str, service: &'static str) {
    let Some(template) = template_of(own, agent) else { return };
    let service = service.as_bytes();
    let mut known = Known::new();
    let mut services = template.services();
    while let Some(place) = services.next() {
        let known_service = Named { view: template.view, place };
        if known_service.hash() == hash(service, HASH_OF_NOTHING) {
            return;
        }
        known.add(known_service.name());
    }
    if !template.view.is_broken() {
        unknown_name(SERVICE_OF_TEMPLATE, service, &known);
    }
}

/// `override` names a service of an agent that is made from a used template.
#[track_caller]
pub const fn known_in_agent(own: View, agent: &'static str, service: &'static str) {
    let Some(template) = template_of(own, agent) else { return };
    let Some(agent) = own.find(agent.as_bytes()) else { return };
    let service = service.as_bytes();
    let mut known = Known::new();
    let mut members = agent.members();
    while let Some(member) = members.next() {
        if hash(member.name(), HASH_OF_NOTHING) == hash(service, HASH_OF_NOTHING) {
            return;
        }
        known.add(member.name());
    }
    if !template.view.is_broken() {
        unknown_name(SERVICE_OF_AGENT, service, &known);
    }
}

/// The template of another ecosystem that an agent is made from, where it is known.
const fn template_of(own: View, agent: &'static str) -> Option<Named> {
    match own.find(agent.as_bytes()) {
        Some(agent) => agent.template(),
        None => None,
    }
}

/// What is required of a service, or of the services of an agent, is given to them. `number` is
/// that of the unit in the signature.
#[track_caller]
pub const fn given_what_is_required(own: View, number: usize) {
    let unit = own.unit(number);
    if !unit.is_agent() {
        unit_is_given_what_is_required(&unit);
        return;
    }
    // Services without variables of their own are given the same.
    let mut plain = false;
    let mut members = unit.members();
    while let Some(member) = members.next() {
        let has_own = member.has_variables();
        if has_own || !plain {
            unit_is_given_what_is_required(&member);
        }
        plain |= !has_own;
    }
}

/// What the defaults of a used ecosystem require is given to every service outside agents.
#[track_caller]
pub const fn given_what_is_required_by(own: View, link: usize) {
    let defaults = own.linked(link).defaults();
    let mut variables = defaults.variables();
    let mut requires = false;
    while let Some(place) = variables.next() {
        let kind = defaults.view.word(place + entry::KIND);
        requires |= kind == entry::REQUIRED || kind == entry::SPREAD;
    }
    if !requires {
        return;
    }
    let mut units = Units::of(own);
    while let Some(unit) = units.next() {
        if unit.is_single_service() {
            unit_is_given_what_is_required(&unit);
        }
    }
}

#[track_caller]
const fn unit_is_given_what_is_required(unit: &Unit) {
    let all = AllVariables::of(unit);
    let mut index = 0;
    while index < all.length {
        let (hash, kind) = all.variables[index];
        if kind == entry::REQUIRED && all.is_missing(hash) {
            report_missing(unit, &all);
        }
        index += 1;
    }
}

/// Reports all variables that are required and not given.
#[track_caller]
const fn report_missing(unit: &Unit, all: &AllVariables) -> ! {
    let mut known = Known::new();
    let (mut message, mut first) = (Message::new(), true);
    let mut layers = EnvLayers::of(unit);
    while let Some((layer, owner)) = layers.next() {
        let mut variables = Variables::of(layer);
        while let Some(variable) = variables.next() {
            let key = variable.from.view.text(variable.place + entry::NAME);
            let missing = variable.kind == entry::REQUIRED && all.is_missing(variable.hash);
            if missing && known.add(key) {
                if !first {
                    message = message.text("\n");
                }
                first = false;
                message = message.raw(missing_key(key, &variable, owner, unit).bytes());
            }
        }
    }
    if let Some(key) = known.first() {
        let help = Message::of(MISSING_KEY_HELP, &[Filler::Name(key), Filler::Name(key)]);
        message = message.help(&help);
    }
    message.fail()
}

/// Who requires a variable of whom.
const fn missing_key(key: &[u8], of: &Variable, owner: RequiredBy, unit: &Unit) -> Message {
    let owner = match (of.set, owner) {
        (Some(set), _) => Message::of(THE_SET, &[Filler::Name(set.name())]),
        (None, RequiredBy::Template) => match template_of_unit(unit) {
            Some(template) => Message::of(THE_TEMPLATE, &[Filler::Name(template.name())]),
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

/// The template of another ecosystem that the agent of a service is made from.
const fn template_of_unit(unit: &Unit) -> Option<Named> {
    match unit.agent() {
        Some(agent) => agent.template(),
        None => None,
    }
}

/// The layers of environment, weakest first: those of used ecosystems before a unit's own.
struct EnvLayers {
    uses: List,
    view: View,
    own: [Found; 5],
    next: usize,
}

/// What requires a variable.
#[derive(Clone, Copy)]
enum RequiredBy {
    Defaults,
    Template,
    Own,
}

impl EnvLayers {
    const fn of(unit: &Unit) -> EnvLayers {
        let view = unit.view;
        EnvLayers { uses: view.list(ecosystem::USES, 1), view, own: unit.layers(), next: 0 }
    }

    const fn next(&mut self) -> Option<(Found, RequiredBy)> {
        if let Some(link) = self.uses.next() {
            return Some((self.view.linked(self.view.word(link)).defaults(), RequiredBy::Defaults));
        }
        if self.next == self.own.len() {
            return None;
        }
        self.next += 1;
        let owner = match self.next {
            1 => RequiredBy::Defaults,
            2 => RequiredBy::Template,
            _ => RequiredBy::Own,
        };
        Some((self.own[self.next - 1], owner))
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
            let mut variables = Variables::of(layer);
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

    /// Whether a variable is required by a layer and given by none.
    const fn is_missing(&self, key: u64) -> bool {
        let (mut required, mut given, mut index) = (false, false, 0);
        while index < self.length {
            let (hash, kind) = self.variables[index];
            if hash == key || kind == AllVariables::CLEARED {
                match kind {
                    entry::REQUIRED => required = true,
                    entry::GIVEN => given = true,
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
    from: Found,
    /// The set that the block is of.
    set: Option<Named>,
}

/// The entries of a layer, and of the sets that it spreads, in the order in which they count.
struct Variables {
    blocks: [(Found, Option<Named>, usize); Variables::DEEPEST],
    depth: usize,
}

impl Variables {
    /// Sets that spread each other deeper than this are looked at when the program runs.
    const DEEPEST: usize = 8;

    const fn of(layer: Found) -> Variables {
        Variables { blocks: [(layer, None, 0); Variables::DEEPEST], depth: 1 }
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
            if self.depth < Variables::DEEPEST
                && let Lookup::One(set) = from.view.own_or_used(ecosystem::SETS, hash)
            {
                self.blocks[self.depth] = (set.block(), Some(set), 0);
                self.depth += 1;
            }
        }
        None
    }
}

#[track_caller]
const fn no_include_cycle(own: View, link: usize) {
    let first = own.linked(link);
    if first.id != own.id && first.word(ecosystem::INCLUDES + 1) == 0 {
        return;
    }
    let mut closure = Closure::of(first);
    let (mut found, mut least) = (false, own.id);
    while let Some(view) = closure.next() {
        found |= view.id == own.id;
        // One of the circle reports it: that with the lowest number.
        if view.id < least && includes(view, own.id) {
            least = view.id;
        }
    }
    if found && least == own.id {
        let path = Message::new().raw(own.title()).text(ARROW).raw(own.title());
        let path = match first.id == own.id {
            true => path,
            false => include_path(own, first),
        };
        Message::of(INCLUDE_CYCLE, &[Filler::Message(&path)]).help_text(INCLUDE_CYCLE_HELP).fail();
    }
}

/// The way from an ecosystem through one that it includes back to itself.
const fn include_path(own: View, first: View) -> Message {
    let mut message = Message::new().raw(own.title());
    let mut at = first;
    let mut steps = 0;
    while at.id != own.id && steps < Closure::MOST {
        message = message.text(ARROW).raw(at.title());
        steps += 1;
        // The next one is the first that leads back, and the nearest to the end if it is the end.
        let (mut next, mut links) = (None, at.list(ecosystem::INCLUDES, 1));
        while let Some(place) = links.next() {
            let included = at.linked(at.word(place));
            if included.id == own.id || next.is_none() && includes(included, own.id) {
                next = Some(included);
            }
        }
        let Some(next) = next else { break };
        at = next;
    }
    message.text(ARROW).raw(own.title())
}

/// Whether an ecosystem includes another one, perhaps through others.
const fn includes(view: View, id: u64) -> bool {
    if view.id == id {
        return true;
    }
    if view.word(ecosystem::INCLUDES + 1) == 0 {
        return false;
    }
    let mut closure = Closure::of(view);
    while let Some(view) = closure.next() {
        if view.id == id {
            return true;
        }
    }
    false
}

#[track_caller]
const fn no_dependency_cycle(own: View, link: usize, name: &'static str) {
    let name = name.as_bytes();
    let target = own.linked(link);
    if !leads_to(target, own.id) {
        return;
    }
    let mut reach = Reach::new();
    reach.add_linked(target, name, 0);
    let mut place = 0;
    while let Some(reached) = reach.get(place) {
        if reached.unit.view.id == own.id && waits_for(&reached.unit, own.id, link, name) {
            report_cycle(own, &reach, place);
        }
        reach.add_dependencies(place);
        place += 1;
    }
}

/// Whether the links of an ecosystem, and theirs, lead to another one.
const fn leads_to(view: View, id: u64) -> bool {
    const MOST: usize = 1_024;
    if view.id == id {
        return true;
    }
    if view.links.is_empty() {
        return false;
    }
    let mut views = [None; MOST];
    views[0] = Some(view);
    let mut seen: Table<2_048> = Table::new();
    seen.get_or_put(view.id, 0);
    let (mut length, mut at) = (1, 0);
    while at < length {
        let Some(view) = views[at] else { return false };
        if view.id == id {
            return true;
        }
        let mut link = 0;
        while link < view.links.len() {
            let next = view.linked(link);
            if length < MOST && seen.get_or_put(next.id, 0).is_none() {
                views[length] = Some(next);
                length += 1;
            }
            link += 1;
        }
        at += 1;
    }
    false
}

/// Whether a unit has just this dependency.
const fn waits_for(unit: &Unit, own: u64, link: usize, name: &[u8]) -> bool {
    let layers = unit.layers();
    let mut level = 0;
    while level < layers.len() {
        let layer = layers[level];
        let mut dependencies = layer.dependencies();
        while let Some(dependency) = dependencies.next() {
            if layer.view.id == own
                && layer.view.word(dependency + entry::KIND) == link
                && layer.view.hash(dependency + entry::HASH) == hash(name, HASH_OF_NOTHING)
            {
                return true;
            }
        }
        level += 1;
    }
    false
}

/// Reports the way from the unit at a place back to itself, if no other ecosystem on the way does.
#[track_caller]
const fn report_cycle(own: View, reach: &Reach, place: usize) {
    const LONGEST: usize = 64;
    let Some(last) = reach.get(place) else { return };
    // From the one that waits back to what it waits for, as the places lead.
    let mut places = [0; LONGEST];
    let (mut length, mut at) = (0, place);
    loop {
        let Some(reached) = reach.get(at) else { return };
        // One of those on the way reports it: that with the lowest number.
        if length == LONGEST || reached.unit.view.id < own.id {
            return;
        }
        places[length] = at;
        length += 1;
        if at == 0 {
            break;
        }
        at = reached.by;
    }
    let mut path = unit_name(&last.unit);
    let mut before = own.id;
    while length > 0 {
        length -= 1;
        if let Some(Reached { unit, .. }) = reach.get(places[length]) {
            path = path.text(ARROW).raw(unit_name(&unit).bytes());
            if unit.view.id != before && unit.view.id != own.id {
                path = path.text(" of ").raw(unit.view.title());
            }
            before = unit.view.id;
        }
    }
    Message::of(DEPENDENCY_CYCLE, &[Filler::Message(&path)]).help_text(DEPENDENCY_CYCLE_HELP).fail()
}

/// The name of a unit in PM2.
const fn unit_name(unit: &Unit) -> Message {
    match unit.agent() {
        Some(agent) => Message::new().raw(agent.name()).text("_").raw(unit.name()),
        None => Message::new().raw(unit.name()),
    }
}

/// What is waited for in another ecosystem can come.
#[track_caller]
pub const fn condition_can_hold(own: View, link: usize, name: &'static str, ready: bool) {
    let mut reach = Reach::new();
    reach.add_linked(own.linked(link), name.as_bytes(), 0);
    let (mut place, mut found, mut may_be_ready) = (0, false, false);
    while let Some(Reached { unit, .. }) = reach.get(place) {
        place += 1;
        if unit.is_agent() {
            continue;
        }
        found = true;
        may_be_ready |= !unit.is(facts::WITHOUT_PROBE);
        let endless =
            unit.is(facts::RESTARTS | facts::CRON | facts::AUTOSTART_FALSE | facts::NOT_STARTED);
        if !ready && endless {
            never_completes(&unit);
        }
    }
    if ready && found && !may_be_ready {
        let target = Message::new().text(own.links[link].path);
        let target = match name.is_empty() {
            true => target,
            false => target.text(".").text(name),
        };
        Message::of(NOTHING_TO_BE_READY, &[Filler::Message(&target)])
            .help_text(NOTHING_TO_BE_READY_HELP)
            .fail()
    }
}

#[track_caller]
const fn never_completes(unit: &Unit) -> ! {
    let why = if unit.is(facts::CRON) {
        Endless::Cron
    } else if unit.is(facts::AUTOSTART_FALSE) {
        Endless::NotStarted
    } else if unit.is(facts::NOT_STARTED) {
        Endless::External
    } else {
        Endless::Restarts
    };
    let target = unit_name(unit);
    let no_profile = Filler::Text("");
    Message::of(
        NEVER_COMPLETES,
        &[Filler::Message(&target), no_profile, Filler::Text(why.reason())],
    )
    .help_text(why.help())
    .fail()
}

/// Where units of other ecosystems come from: an `include`, or a dependency.
#[derive(Clone, Copy)]
pub struct UnitSource {
    /// The link.
    pub link: usize,
    /// The unit that is depended on: nothing for all. `None` for an `include`.
    pub unit: Option<&'static str>,
}

/// Two units that cannot be in one system.
#[derive(Clone, Copy)]
pub struct Conflict {
    message: Message,
    /// The two ecosystems.
    between: [u64; 2],
}

/// What conflicts come with each of the sources, the first one of each.
pub const fn conflicts<const COUNT: usize>(
    own: View,
    sources: [UnitSource; COUNT],
) -> [Option<Conflict>; COUNT] {
    const FEW: usize = 96;
    // Large tables cost more than what they are for where few units come together.
    let (mut units, mut source) = (own.word(ecosystem::UNITS + 1), 0);
    while source < COUNT && units <= FEW {
        units += units_at_most(own.linked(sources[source].link), FEW);
        source += 1;
    }
    match units <= FEW {
        true => meet::<COUNT, 128>(own, sources),
        false => meet::<COUNT, 16_384>(own, sources),
    }
}

/// How many units an ecosystem can bring along; more than the most where it is not easily told.
const fn units_at_most(view: View, most: usize) -> usize {
    let mut units = view.word(ecosystem::UNITS + 1);
    let mut link = 0;
    while link < view.links.len() {
        let next = view.linked(link);
        if !next.links.is_empty() {
            return most + 1;
        }
        units += next.word(ecosystem::UNITS + 1);
        link += 1;
    }
    units
}

const fn meet<const COUNT: usize, const SIZE: usize>(
    own: View,
    sources: [UnitSource; COUNT],
) -> [Option<Conflict>; COUNT] {
    let mut conflicts = [None; COUNT];
    let mut meeting: Meeting<SIZE> = Meeting::new();
    meeting.enter_all(own);
    let mut source = 0;
    while source < COUNT {
        let UnitSource { link, unit } = sources[source];
        let target = own.linked(link);
        meeting.source += 1;
        let conflict = match unit {
            Some(name) => meeting.enter_named(target, name.as_bytes()),
            None if target.links.is_empty() => meeting.enter_all(target),
            None => meeting.enter_included(target),
        };
        if let Some(conflict) = &conflict
            && !is_known_to_one(own, conflict.between)
        {
            conflicts[source] = Some(*conflict);
        }
        source += 1;
    }
    conflicts
}

const fn first(known: Option<Conflict>, new: Option<Conflict>) -> Option<Conflict> {
    match known {
        Some(_) => known,
        None => new,
    }
}

#[track_caller]
const fn no_conflict(conflict: Option<Conflict>) {
    if let Some(conflict) = conflict {
        conflict.message.fail();
    }
}

/// The units of a system, as far as they have come together.
struct Meeting<const SIZE: usize> {
    /// The origin of each name.
    names: Table<SIZE>,
    /// The origin of each port.
    ports: Table<SIZE>,
    /// The ecosystems, by the numbers that origins have for them.
    views: [Option<View>; SIZE],
    length: usize,
    /// The numbers of the ecosystems.
    numbers: Table<SIZE>,
    /// Which source is being looked at; 0 is the ecosystem itself.
    source: usize,
}

impl<const SIZE: usize> Meeting<SIZE> {
    const fn new() -> Meeting<SIZE> {
        Meeting {
            names: Table::new(),
            ports: Table::new(),
            views: [None; SIZE],
            length: 0,
            numbers: Table::new(),
            source: 0,
        }
    }

    /// Adds all units of one ecosystem.
    const fn enter_all(&mut self, view: View) -> Option<Conflict> {
        let Some(number) = self.number(view) else { return None };
        let mut conflict = None;
        let mut units = Units::of(view);
        while let Some(unit) = units.next() {
            conflict = first(conflict, self.enter(&unit, number));
        }
        conflict
    }

    /// Adds what an ecosystem includes, and what that depends on elsewhere.
    const fn enter_included(&mut self, view: View) -> Option<Conflict> {
        let mut reach = Reach::new();
        let mut conflict = None;
        let mut closure = Closure::of(view);
        while let Some(view) = closure.next() {
            conflict = first(conflict, self.enter_all(view));
            let mut units = Units::of(view);
            while let Some(unit) = units.next() {
                reach.add_linked_dependencies(&unit);
            }
        }
        first(conflict, self.enter_reached(&mut reach))
    }

    /// Adds a unit, and what it depends on.
    const fn enter_named(&mut self, view: View, name: &'static [u8]) -> Option<Conflict> {
        if let Some(unit) = view.find(name)
            && !unit.is_agent()
            && !unit.depends_on_something()
        {
            return match self.number(view) {
                Some(number) => self.enter(&unit, number),
                None => None,
            };
        }
        let mut reach = Reach::new();
        reach.add_linked(view, name, 0);
        self.enter_reached(&mut reach)
    }

    const fn enter_reached(&mut self, reach: &mut Reach) -> Option<Conflict> {
        let (mut conflict, mut place) = (None, 0);
        while let Some(Reached { unit, .. }) = reach.get(place) {
            if let Some(number) = self.number(unit.view) {
                conflict = first(conflict, self.enter(&unit, number));
            }
            reach.add_dependencies(place);
            place += 1;
        }
        conflict
    }

    /// Adds a unit of the ecosystem of a number; says what it cannot stand beside.
    const fn enter(&mut self, unit: &Unit, number: usize) -> Option<Conflict> {
        // What comes from one source together is that source's to report.
        let origin = (self.source * SIZE + number) as u64;
        if let Some(other) = self.names.get_or_put(unit.pm2_name(), origin) {
            let Some(view) = self.other(other, unit) else { return None };
            let name = unit_name(unit);
            let places = [Filler::Name(view.title()), Filler::Name(unit.view.title())];
            let message =
                Message::of(DECLARED_TWICE, &[Filler::Message(&name), places[0], places[1]])
                    .help_text(DUPLICATE_UNIT_HELP);
            return Some(Conflict { message, between: [view.id, unit.view.id] });
        }
        let port = unit.port();
        if port == 0 {
            return None;
        }
        let Some(other) = self.ports.get_or_put(port as u64, origin) else { return None };
        let Some(view) = self.other(other, unit) else { return None };
        let service = of_ecosystem(unit);
        let other = match unit_on_port(view, port) {
            Some(other) => of_ecosystem(&other),
            None => return None,
        };
        let port = Message::number(port);
        let message = Message::of(
            PORT_CONFLICT,
            &[Filler::Message(&service), Filler::Message(&other), Filler::Message(&port)],
        )
        .help_text(PORT_CONFLICT_HELP);
        Some(Conflict { message, between: [view.id, unit.view.id] })
    }

    /// The ecosystem that something comes from, if it is another one and from another source.
    const fn other(&self, origin: u64, unit: &Unit) -> Option<View> {
        let (source, number) = (origin as usize / SIZE, origin as usize % SIZE);
        match self.views[number] {
            Some(view) if view.id != unit.view.id && source != self.source => Some(view),
            _ => None,
        }
    }

    /// The number of an ecosystem among those that have come together; `None` for one with mistakes
    /// of its own, and where there is no more room: resolution looks at what is left.
    const fn number(&mut self, view: View) -> Option<usize> {
        if view.is_broken() || self.names.is_full() || self.numbers.is_full() {
            return None;
        }
        match self.numbers.get_or_put(view.id, self.length as u64) {
            Some(number) => Some(number as usize),
            None => {
                self.views[self.length] = Some(view);
                self.length += 1;
                Some(self.length - 1)
            }
        }
    }
}

/// The unit of an ecosystem that has a port.
const fn unit_on_port(view: View, port: usize) -> Option<Unit> {
    let mut units = Units::of(view);
    while let Some(unit) = units.next() {
        if unit.port() == port {
            return Some(unit);
        }
    }
    None
}

/// `` `web` of `infra` ``
const fn of_ecosystem(unit: &Unit) -> Message {
    let name = unit_name(unit);
    let name = Message::of(QUOTED, &[Filler::Message(&name)]);
    Message::of(OF, &[Filler::Message(&name), Filler::Name(unit.view.title())])
}

/// Whether one of the linked ecosystems includes both, and reports their conflict itself.
const fn is_known_to_one(own: View, [first, second]: [u64; 2]) -> bool {
    let mut link = 0;
    while link < own.links.len() {
        let view = own.linked(link);
        if view.id != own.id && includes(view, first) && includes(view, second) {
            return true;
        }
        link += 1;
    }
    false
}
