//! The rules over the units of one ecosystem, with what other ecosystems give them: their defaults,
//! templates and env sets. A constant finds all that is wrong in one pass; others report each finding
//! on its token.

use super::bytes::{HASH_OF_NOTHING, Table, hash};
use super::message::{Filler, Message};
use super::reach::{Reach, Reached};
use super::reading::{BlockView, Closure, Made, Named, Unit, Units, View};
use super::rules::{never_completes, never_ready, similar_names, take_place, unit_name};
use super::signature::{ecosystem, entry, profile, unit as words};
use super::variables::{Variables, matter};
use crate::kind::Kind;
use crate::problem::texts::{
    AGENT_OUTSIDE, AGENT_OUTSIDE_HELP, ARROW, CLUSTER_WITHOUT_NODE, CLUSTER_WITHOUT_NODE_HELP,
    DEPENDENCY_CYCLE, DEPENDENCY_CYCLE_HELP, DEPENDS_ON_ITSELF, DEPENDS_ON_ITSELF_HELP,
    DUPLICATE_OF_TEMPLATE_HELP, DUPLICATE_UNIT_HELP, INSTANCES_SHARE_PORT,
    INSTANCES_SHARE_PORT_HELP, MESSAGES_WITHOUT_NODE, NAME_OF_ANOTHER, NAME_OF_OTHER, NO_EFFECT,
    NO_EFFECT_HELP, NOT_IN_PROFILE, NOT_IN_PROFILE_HELP, NPM_WITHOUT_RUN, NPM_WITHOUT_RUN_HELP,
    ONE_PROFILE, PORT_CONFLICT, PORT_CONFLICT_HELP, PORT_OF_SERVICE, QUOTED, RUN_WITHOUT_NPM,
    RUN_WITHOUT_NPM_HELP, SCRIPT_WITHOUT_RUN, SCRIPT_WITHOUT_RUN_HELP, SERVICE_OF_AGENT,
    SERVICE_OF_TEMPLATE, SEVERAL_PROFILES, SHUTDOWN_HELP, TWO_RESTART_DELAYS,
    TWO_RESTART_DELAYS_HELP, WAIT_READY_HELP, WITHOUT_DEPENDENCY, WITHOUT_DEPENDENCY_HELP,
};
use crate::service_facts::{Facts, TakenPlace, WrongRun, bit, is_useless, lint_bit};

const SHARE_PORT: u32 = lint_bit("instances-share-port");

/// Up to this many written units, small tables are enough.
const FEW: usize = 96;

/// What a finding is about: a unit by its number, or one of these and a place in the signature.
pub(super) mod site {
    use crate::service_facts::bit;

    /// A dependency.
    pub(in super::super) const DEPENDENCY: usize = 1 << 40;
    /// The condition of a dependency.
    pub(in super::super) const CONDITION: usize = 2 << 40;
    /// A service that an agent does without.
    pub(in super::super) const WITHOUT: usize = 3 << 40;
    /// The `restart_delay` of a service. The rest of the number is that of the service.
    pub(in super::super) const DELAY: usize = 4 << 40;
    /// A variable that an agent gives which is made from another ecosystem's template.
    pub(in super::super) const VARIABLE: usize = 5 << 40;
    /// An attribute in an `override` of such an agent: the place of the `override`, and the attribute
    /// by its bit.
    pub(in super::super) const SETTING: usize = 6 << 40;

    /// The attributes that have such a site.
    pub(in super::super) const OF_SETTINGS: u32 =
        bit::MODULE | bit::ENTRY | bit::RUN | bit::RUNNER | bit::INTERPRETER | bit::RESTART_DELAY;

    /// The site of an attribute in an `override`.
    pub(in super::super) const fn setting(place: usize, bit: u32) -> usize {
        SETTING | place << 5 | bit.trailing_zeros() as usize
    }
}

/// Something that is wrong, and where.
#[derive(Clone, Copy)]
struct Finding {
    site: usize,
    message: Message,
    /// What services share where it is their template or their defaults that is wrong.
    shared: u64,
}

/// All that is wrong with the units of an ecosystem, as far as there is room for it.
#[derive(Clone, Copy)]
pub struct Findings {
    found: [Option<Finding>; Findings::MOST],
    length: usize,
}

impl Findings {
    const MOST: usize = 24;

    const fn add(&mut self, site: usize, message: Message, shared: u64) {
        if self.length == Findings::MOST {
            return;
        }
        let mut index = 0;
        while index < self.length {
            if let Some(known) = &self.found[index]
                && shared != 0
                && known.shared == shared
            {
                return;
            }
            index += 1;
        }
        self.found[self.length] = Some(Finding { site, message, shared });
        self.length += 1;
    }
}

/// Reports what was found at one site.
#[track_caller]
pub const fn report(findings: &Findings, site: usize) {
    let (mut message, mut any, mut index) = (Message::new(), false, 0);
    while index < findings.length {
        if let Some(finding) = &findings.found[index]
            && finding.site == site
        {
            if any {
                message = message.text("\n");
            }
            any = true;
            message = message.raw(finding.message.bytes());
        }
        index += 1;
    }
    if any {
        message.fail();
    }
}

/// Finds all that is wrong.
pub const fn findings(own: View) -> Findings {
    let mut findings = Findings { found: [None; Findings::MOST], length: 0 };
    if own.uses_none() {
        // What its own declaration says has been checked.
        let mut units = Units::of(own);
        while let Some(unit) = units.next() {
            linked_dependencies(&unit, &mut findings);
        }
        return findings;
    }
    match own.word(ecosystem::UNITS + 1) <= FEW {
        true => over_units::<256>(own, &mut findings),
        false => over_units::<16_384>(own, &mut findings),
    }
    findings
}

/// What the defaults of an ecosystem, and of those that it uses, mean for its services.
struct Defaults {
    /// What a service of each kind is given, by [`Kind`].
    facts: [Facts; 3],
    /// Whether its variables have to be looked at.
    matter: bool,
    /// Whether they have dependencies.
    depend: bool,
}

impl Defaults {
    const fn of(own: View) -> Defaults {
        let facts = [
            Unit::base(own, Kind::Python),
            Unit::base(own, Kind::Node),
            Unit::base(own, Kind::Script),
        ];
        let defaults = own.defaults();
        let mut depend = defaults.dependencies().next().is_some();
        let mut matter = matter(defaults);
        let mut uses = own.list(ecosystem::USES, 1);
        while let Some(link) = uses.next() {
            let defaults = own.linked(own.word(link)).defaults();
            depend |= defaults.dependencies().next().is_some();
            matter |= self::matter(defaults);
        }
        Defaults { facts, matter, depend }
    }
}

/// The agents of an ecosystem that are made from templates of others, and all that these depend on: only among them
/// there can be cycles that the declaration does not show.
const fn needed_by_templates(own: View) -> Reach {
    let mut needed = Reach::new();
    let mut number = 0;
    while number < own.word(ecosystem::UNITS + 1) {
        let unit = own.unit(number);
        if unit.is_made_elsewhere() {
            needed.add_whole(unit, needed.length());
        }
        number += 1;
    }
    let mut place = 0;
    while let Some(Reached { unit, .. }) = needed.get(place) {
        if unit.view.id == own.id {
            needed.add_dependencies(place);
        }
        place += 1;
    }
    needed
}

const fn over_units<const SIZE: usize>(own: View, findings: &mut Findings) {
    let defaults = Defaults::of(own);
    let needed = needed_by_templates(own);
    let mut beside: Beside<SIZE> = Beside::new(own);
    let mut units = Units::of(own);
    while let Some(unit) = units.next() {
        if unit.is_agent() {
            without_what_is_needed(&unit, findings);
        }
        let Some(kind) = unit.kind() else {
            beside.enter(&unit, (0, 0), findings);
            continue;
        };
        let base = defaults.facts[kind as usize];
        // Most services are outside agents, and most of their blocks say little.
        let (facts, has_variables, depends) = match unit.only_block() {
            Some(block) => (
                block.lay_over(base),
                defaults.matter || matter(block),
                defaults.depend || block.dependencies().next().is_some(),
            ),
            None => (unit.facts_over(base), true, true),
        };
        if has_variables {
            variables(&unit, findings);
        }
        if facts.matter() {
            service(&unit, &facts, findings);
        }
        if depends {
            dependencies(&unit, needed.has(&unit), findings);
        }
        beside.enter(&unit, (facts.host(), Unit::port_of(&facts)), findings);
    }
}

/// Where something is reported that is wrong with a unit.
const fn site_of(unit: &Unit) -> usize {
    match unit.agent() {
        Some(agent) if !agent.is_made_elsewhere() => agent.number(),
        Some(_) | None => unit.number(),
    }
}

/// Adds what is wrong with a unit; in an agent also of which service it is.
const fn add(findings: &mut Findings, unit: &Unit, message: Message, shared: u64) {
    add_at(findings, site_of(unit), unit, message, shared);
}

const fn add_at(findings: &mut Findings, site: usize, unit: &Unit, message: Message, shared: u64) {
    let message = match unit.agent() {
        Some(_) => message.text("\n  in: `").raw(unit_name(unit).bytes()).text("`"),
        None => message,
    };
    findings.add(site, message, shared);
}

const fn variables(unit: &Unit, findings: &mut Findings) {
    let found = Variables::of(unit);
    if let Some(missing) = found.missing {
        // The services of an agent usually lack the same.
        let shared = match unit.agent() {
            Some(agent) => hash(missing_of_agent(&missing), agent.identity()),
            None => 0,
        };
        findings.add(site_of(unit), missing, shared);
    }
    if let Some(misspelt) = found.misspelt {
        let (site, shared) = match misspelt.place {
            0 => (site_of(unit), hash(missing_of_agent(&misspelt.message), unit.identity())),
            place => (site::VARIABLE | place, place as u64),
        };
        findings.add(site, misspelt.message, shared);
    }
    if found.mention_agent && unit.agent().is_none() {
        let message = Message::new().text(AGENT_OUTSIDE).help_text(AGENT_OUTSIDE_HELP);
        add(findings, unit, message, shared_by(unit, 1));
    }
}

/// The first variable that is missing, which tells what is missing in an agent.
const fn missing_of_agent(message: &Message) -> &[u8] {
    let bytes = message.bytes();
    let end = super::bytes::find(bytes, b':');
    bytes.split_at(end).0
}

/// A number for a rule and what services share: a template, or the defaults.
const fn shared_by(unit: &Unit, rule: u64) -> u64 {
    let chain = unit.chain();
    let (mut shared, mut at) = (HASH_OF_NOTHING, 0);
    while let Some(Made { template, .. }) = chain.get(at) {
        shared ^= template.hash();
        at += 1;
    }
    let shared = match unit.agent() {
        Some(agent) if at == 0 => agent.identity(),
        Some(_) | None => shared,
    };
    hash(&[rule as u8], shared)
}

/// The rules over one service.
const fn service(unit: &Unit, facts: &Facts, findings: &mut Findings) {
    if let Some(runs) = facts.runs_in_cluster_without_node() {
        let message = Message::of(CLUSTER_WITHOUT_NODE, &[Filler::Text(runs)]);
        add(findings, unit, message.help_text(CLUSTER_WITHOUT_NODE_HELP), shared_by(unit, 2));
    }
    if let Some(runs) = facts.runs_without_messages(bit::WAIT_READY) {
        let fillers = [Filler::Text("wait_ready"), Filler::Text(runs)];
        let message = Message::of(MESSAGES_WITHOUT_NODE, &fillers).help_text(WAIT_READY_HELP);
        add(findings, unit, message, shared_by(unit, 3));
    }
    if let Some(runs) = facts.runs_without_messages(bit::SHUTDOWN) {
        let fillers = [Filler::Text("shutdown_with_message"), Filler::Text(runs)];
        let message = Message::of(MESSAGES_WITHOUT_NODE, &fillers).help_text(SHUTDOWN_HELP);
        add(findings, unit, message, shared_by(unit, 4));
    }
    if facts.instances_share_port()
        && !facts.allows(SHARE_PORT)
        && !unit.own_facts().instances_share_port()
    {
        let port = match facts.port() {
            0 => Message::new().text(PORT_OF_SERVICE),
            port => Message::number(port as usize),
        };
        let message = Message::of(INSTANCES_SHARE_PORT, &[Filler::Message(&port)]);
        add(findings, unit, message.help_text(INSTANCES_SHARE_PORT_HELP), shared_by(unit, 5));
    }
    if facts.delay_has_no_effect() {
        let message = Message::new().text(TWO_RESTART_DELAYS).help_text(TWO_RESTART_DELAYS_HELP);
        match (unit.has_own_delay(), unit.changes(bit::RESTART_DELAY)) {
            (true, _) => add_at(findings, site::DELAY | unit.number(), unit, message, 0),
            (false, Some(site)) => add_at(findings, site, unit, message, 0),
            (false, None) => add(findings, unit, message, shared_by(unit, 6)),
        }
    }
    if let Some(place) = facts.takes_place() {
        taken_place(unit, &place, findings);
    }
    match facts.wrong_run() {
        Some(WrongRun::Script) => {
            let message = Message::new().text(SCRIPT_WITHOUT_RUN);
            add(findings, unit, message.help_text(SCRIPT_WITHOUT_RUN_HELP), 0);
        }
        Some(WrongRun::Npm) => {
            let message = Message::new().text(NPM_WITHOUT_RUN).help_text(NPM_WITHOUT_RUN_HELP);
            add(findings, unit, message, shared_by(unit, 7));
        }
        Some(WrongRun::WithoutNpm) => {
            let message = Message::new().text(RUN_WITHOUT_NPM).help_text(RUN_WITHOUT_NPM_HELP);
            add(findings, unit, message, shared_by(unit, 10));
        }
        None => {}
    }
    if facts.mentions_agent() && unit.agent().is_none() {
        let message = Message::new().text(AGENT_OUTSIDE).help_text(AGENT_OUTSIDE_HELP);
        add(findings, unit, message, shared_by(unit, 1));
    }
}

/// What takes the place of something else makes it useless, beside it and in a weaker block.
const fn taken_place(unit: &Unit, place: &TakenPlace, findings: &mut Findings) {
    let (useless, by) = (unit.level_of(place.useless), unit.level_of(place.by));
    if !is_useless(useless, by) {
        return;
    }
    let fillers = [Filler::Text(place.key), Filler::Text(place.beside)];
    let help = Message::of(NO_EFFECT_HELP, &fillers);
    let message = Message::of(NO_EFFECT, &fillers).help(&help);
    let to_change = if useless >= by { place.useless } else { place.by };
    match unit.changes(to_change) {
        Some(site) => add_at(findings, site, unit, message, 0),
        None => add(findings, unit, message, shared_by(unit, 11)),
    }
}

/// Dependencies on units of other ecosystems, of an ecosystem that uses none.
const fn linked_dependencies(unit: &Unit, findings: &mut Findings) {
    let layers = unit.layers();
    let mut level = layers.first_with_dependencies();
    while level < layers.len() {
        let layer = layers.at(level);
        let mut dependencies = layer.dependencies();
        while let Some(place) = dependencies.next() {
            if layer.view.word(place + entry::KIND) < entry::BESIDE
                && let Some(target) = target(unit, layer, place, level > 0)
            {
                exists_in_its_profiles(unit, &target, site::DEPENDENCY | place, findings);
            }
        }
        level += 1;
    }
}

/// The dependencies of a unit, in all of its layers; `cycles` says whether it may be part of a cycle.
const fn dependencies(unit: &Unit, cycles: bool, findings: &mut Findings) {
    let mut uses = unit.view.list(ecosystem::USES, 1);
    let layers = unit.layers();
    let from = layers.first_with_dependencies();
    if from == 0 {
        while let Some(link) = uses.next() {
            let defaults = unit.view.linked(unit.view.word(link)).defaults();
            dependencies_of(unit, defaults, false, cycles, findings);
        }
    }
    let mut level = from;
    while level < layers.len() {
        dependencies_of(unit, layers.at(level), level > 0, cycles, findings);
        level += 1;
    }
}

const fn dependencies_of(
    unit: &Unit,
    layer: BlockView,
    beside: bool,
    cycles: bool,
    findings: &mut Findings,
) {
    let is_own = layer.view.id == unit.view.id;
    let mut dependencies = layer.dependencies();
    while let Some(place) = dependencies.next() {
        let Some(target) = target(unit, layer, place, beside) else { continue };
        let (at, condition) = match is_own {
            true => (site::DEPENDENCY | place, site::CONDITION | place),
            false => (site_of(unit), site_of(unit)),
        };
        let is_linked = layer.view.word(place + entry::KIND) < entry::BESIDE;
        if itself(unit, &target, at, findings) {
            continue;
        }
        exists_in_its_profiles(unit, &target, at, findings);
        // Conditions on units of other ecosystems have constants of their own.
        if !is_linked {
            condition_can_hold(unit, layer, place, &target, condition, findings);
        }
        if cycles && is_own && !is_linked {
            no_cycle(unit, layer, place, beside, findings);
        }
    }
}

/// The unit that a dependency names; `None` for all of an ecosystem, and for what is not there.
const fn target(unit: &Unit, layer: BlockView, place: usize, beside: bool) -> Option<Unit> {
    let name = layer.view.text(place + entry::NAME);
    match layer.view.word(place + entry::KIND) {
        entry::OWN => layer.view.find(name),
        entry::BESIDE => {
            if beside
                && let Some(agent) = unit.agent()
                && let Some(sibling) = agent.member(layer.view.hash(place + entry::HASH))
            {
                return Some(sibling);
            }
            layer.view.find(name)
        }
        link => {
            if name.is_empty() {
                return None;
            }
            let linked = layer.view.linked(link);
            if let Some(unit) = linked.find(name) {
                return Some(unit);
            }
            let mut closure = Closure::of(linked);
            while let Some(view) = closure.next() {
                if let Some(unit) = view.find(name) {
                    return Some(unit);
                }
            }
            None
        }
    }
}

const fn itself(unit: &Unit, target: &Unit, at: usize, findings: &mut Findings) -> bool {
    let same = target.identity() == unit.identity();
    let within = target.is_agent()
        && match unit.agent() {
            Some(agent) => agent.identity() == target.identity(),
            None => false,
        };
    if same || within {
        let name = unit_name(unit);
        let message = Message::of(DEPENDS_ON_ITSELF, &[Filler::Message(&name)]);
        findings.add(at, message.help_text(DEPENDS_ON_ITSELF_HELP), 0);
    }
    same || within
}

/// What a unit depends on exists in every profile that the unit exists in.
const fn exists_in_its_profiles(unit: &Unit, target: &Unit, at: usize, findings: &mut Findings) {
    let (there, mut profiles) = target.profiles();
    if profiles.next().is_none() {
        return;
    }
    let (here, mut needed) = unit.profiles();
    let mut always_there = false;
    while let Some(place) = needed.next() {
        always_there = has_profile(target, here.hash(place + profile::HASH));
        if !always_there {
            break;
        }
    }
    if always_there {
        return;
    }
    let (mut names, mut first, mut count) = (Message::new(), b"".as_slice(), 0);
    let (_, mut profiles) = target.profiles();
    let total = profiles.count();
    while let Some(place) = profiles.next() {
        let name = there.text(place + profile::NAME);
        if count == 0 {
            first = name;
        } else {
            names = names.text(if count + 1 == total { " and " } else { ", " });
        }
        names = names.text("`").raw(name).text("`");
        count += 1;
    }
    let text = if total == 1 { ONE_PROFILE } else { SEVERAL_PROFILES };
    let names = Message::of(text, &[Filler::Message(&names)]);
    let (dependent, target) = (unit_name(unit), unit_name(target));
    let fillers = [Filler::Message(&dependent), Filler::Message(&target), Filler::Message(&names)];
    let help = Message::of(NOT_IN_PROFILE_HELP, &[Filler::Name(first)]);
    findings.add(at, Message::of(NOT_IN_PROFILE, &fillers).help(&help), at as u64);
}

const fn has_profile(unit: &Unit, wanted: u64) -> bool {
    let (view, mut profiles) = unit.profiles();
    while let Some(place) = profiles.next() {
        if view.hash(place + profile::HASH) == wanted {
            return true;
        }
    }
    false
}

/// What is waited for can come: `(ready)` needs a probe, `(completed)` an end.
const fn condition_can_hold(
    unit: &Unit,
    layer: BlockView,
    place: usize,
    target: &Unit,
    at: usize,
    findings: &mut Findings,
) {
    let shared = match at & site::CONDITION {
        0 => shared_by(unit, 8) ^ place as u64,
        _ => at as u64,
    };
    match layer.view.word(place + entry::CONDITION) {
        entry::READY => {
            let mut never = target.is_agent() || target.has_no_probe();
            if target.is_agent() {
                let (mut members, mut any) = (target.members(), false);
                while let Some(member) = members.next() {
                    any = true;
                    never &= member.has_no_probe();
                }
                never &= any;
            }
            if never {
                let name = Message::new().raw(layer.view.text(place + entry::NAME));
                findings.add(at, never_ready(&name), shared);
            }
        }
        entry::COMPLETED => {
            if !target.is_agent() {
                if let Some(why) = target.endless() {
                    findings.add(at, never_completes(target, why), shared);
                }
                return;
            }
            let mut members = target.members();
            while let Some(member) = members.next() {
                if let Some(why) = member.endless() {
                    findings.add(at, never_completes(&member, why), shared);
                    return;
                }
            }
        }
        _ => {}
    }
}

/// A unit does not wait for itself through services of another ecosystem's template.
const fn no_cycle(
    unit: &Unit,
    layer: BlockView,
    place: usize,
    beside: bool,
    findings: &mut Findings,
) {
    let mut reach = Reach::new();
    reach.add_dependency(unit, layer, place, beside, 0);
    let mut at = 0;
    while let Some(reached) = reach.get(at) {
        if reached.unit.identity() == unit.identity() {
            // The unit alone: it waits for itself, which is another rule.
            if at != reached.by && (unit.is_of_template() || passes_template(&reach, at)) {
                report_cycle(unit, place, &reach, at, findings);
            }
            return;
        }
        if reached.unit.view.id == unit.view.id {
            reach.add_dependencies(at);
        }
        at += 1;
    }
}

/// Whether the way to a place leads over a service of another ecosystem's template.
const fn passes_template(reach: &Reach, place: usize) -> bool {
    let (mut at, mut steps) = (place, 0);
    while let Some(reached) = reach.get(at) {
        if reached.unit.is_of_template() {
            return true;
        }
        if at == reached.by || steps > 1_024 {
            return false;
        }
        at = reached.by;
        steps += 1;
    }
    false
}

const fn report_cycle(
    unit: &Unit,
    place: usize,
    reach: &Reach,
    last: usize,
    findings: &mut Findings,
) {
    const LONGEST: usize = 64;
    let mut places = [0; LONGEST];
    let (mut length, mut at) = (0, last);
    while let Some(reached) = reach.get(at) {
        // The dependency of the unit that comes first reports it.
        if length == LONGEST
            || reached.unit.number() < unit.number() && !reached.unit.is_of_template()
        {
            return;
        }
        places[length] = at;
        length += 1;
        if at == reached.by {
            break;
        }
        at = reached.by;
    }
    let mut path = unit_name(unit);
    let mut key = 0;
    while length > 0 {
        length -= 1;
        if let Some(Reached { unit, .. }) = reach.get(places[length]) {
            key ^= unit.identity();
            path = path.text(ARROW).raw(unit_name(&unit).bytes());
        }
    }
    let message = Message::of(DEPENDENCY_CYCLE, &[Filler::Message(&path)]);
    findings.add(
        site::DEPENDENCY | place,
        message.help_text(DEPENDENCY_CYCLE_HELP),
        hash(b"cycle", key),
    );
}

/// An agent keeps the services of its template that others of it depend on.
const fn without_what_is_needed(agent: &Unit, findings: &mut Findings) {
    if !agent.is_made_elsewhere() {
        return;
    }
    let chain = agent.chain();
    let mut without = agent.view.list(agent.place() + words::WITHOUT, 2);
    while let Some(place) = without.next() {
        let left_out = agent.view.hash(place);
        let Some(template) = chain.with_service(left_out) else { continue };
        if agent.member(left_out).is_some() {
            continue;
        }
        let mut services = template.services();
        let mut name = b"".as_slice();
        while let Some(service) = services.next() {
            let service = Named { view: template.view, place: service };
            if service.hash() == left_out {
                name = service.name();
            }
        }
        let mut members = agent.members();
        while let Some(member) = members.next() {
            if needs(&member, left_out) {
                let dependent = Filler::Name(member.name());
                let message = Message::of(WITHOUT_DEPENDENCY, &[dependent, Filler::Name(name)]);
                let help = Message::of(WITHOUT_DEPENDENCY_HELP, &[dependent]);
                findings.add(site::WITHOUT | place, message.help(&help), 0);
            }
        }
    }
}

/// Whether a service depends on one beside it that its template has and its agent has not.
const fn needs(unit: &Unit, left_out: u64) -> bool {
    let layers = unit.layers();
    let mut level = layers.first_with_dependencies();
    while level < layers.len() {
        let layer = layers.at(level);
        let mut dependencies = layer.dependencies();
        while let Some(place) = dependencies.next() {
            if level > 0
                && layer.view.word(place + entry::KIND) == entry::BESIDE
                && layer.view.hash(place + entry::HASH) == left_out
            {
                return true;
            }
        }
        level += 1;
    }
    false
}

/// Units of one ecosystem have different names and ports, where its own declaration does not show
/// them.
struct Beside<const SIZE: usize> {
    own: View,
    names: Table<SIZE>,
    similar: Table<SIZE>,
    ports: Table<SIZE>,
    /// How many units have been entered.
    count: u64,
    /// How many conflicts of ports have been found.
    conflicts: usize,
}

impl<const SIZE: usize> Beside<SIZE> {
    const fn new(own: View) -> Beside<SIZE> {
        Beside {
            own,
            names: Table::new(),
            similar: Table::new(),
            ports: Table::new(),
            count: 0,
            conflicts: 0,
        }
    }

    const fn enter(&mut self, unit: &Unit, place_of: (u32, usize), findings: &mut Findings) {
        let port = place_of.1;
        // The position, and whether it is a service of another ecosystem's template.
        let place = self.count << 1 | unit.is_of_template() as u64;
        self.count += 1;
        // Other names are all in the declaration.
        if self.own.word(ecosystem::MADE_ELSEWHERE) != 0 {
            self.enter_name(unit, place, findings);
        }
        if port != 0
            && let Some(other) = take_place(&mut self.ports, unit, place_of, place)
            && self.conflicts < Findings::MOST
            && let Some(first) = nth(self.own, other >> 1)
            && ((place | other) & 1 != 0
                || unit.own_facts().port() == 0
                || first.own_facts().port() == 0)
        {
            let (one, two) = (unit_name(unit), unit_name(&first));
            let one = Message::of(QUOTED, &[Filler::Message(&one)]);
            let two = Message::of(QUOTED, &[Filler::Message(&two)]);
            let port = Message::number(port);
            let fillers = [Filler::Message(&one), Filler::Message(&two), Filler::Message(&port)];
            let message = Message::of(PORT_CONFLICT, &fillers).help_text(PORT_CONFLICT_HELP);
            findings.add(site_of(unit), message, shared_by(unit, 9));
            self.conflicts += 1;
        }
    }

    const fn enter_name(&mut self, unit: &Unit, place: u64, findings: &mut Findings) {
        let same = self.names.get_or_put(unit.pm2_name(), place);
        if let Some(other) = same
            && (place | other) & 1 != 0
            && let Some(first) = nth(self.own, other >> 1)
        {
            same_name(unit, &first, findings);
        }
        if unit.kind().is_some()
            && let Some(other) = self.similar.get_or_put(unit.folded_name(), place)
            && same.is_none()
            && let Some(first) = nth(self.own, other >> 1)
            && !unit.allows_similar_names()
        {
            if first.allows_similar_names() {
                // What comes later is compared with this one, for which nothing is allowed.
                self.similar.replace(unit.folded_name(), place);
            } else if (place | other) & 1 != 0 {
                findings.add(site_of(unit), similar_names(unit, &first), 0);
            }
        }
    }
}

const fn same_name(unit: &Unit, first: &Unit, findings: &mut Findings) {
    // The own service of an agent is the one to change, whichever comes first.
    let (unit, first) = if unit.is_of_template() && is_in_one_agent(unit, first) {
        (first, unit)
    } else {
        (unit, first)
    };
    let name = unit_name(unit);
    let name = Filler::Message(&name);
    let (second, other) = (Filler::Text(sort_of(unit)), Filler::Text(sort_of(first)));
    let of_templates = unit.is_of_template() && first.is_of_template();
    let message = match of_templates {
        true => Message::of(NAME_OF_ANOTHER, &[name, second, other]),
        false => Message::of(NAME_OF_OTHER, &[name, second, other]),
    };
    let help = match is_in_one_agent(unit, first) && !of_templates {
        true => DUPLICATE_OF_TEMPLATE_HELP,
        false => DUPLICATE_UNIT_HELP,
    };
    findings.add(site_of(unit), message.help_text(help), 0);
}

const fn is_in_one_agent(unit: &Unit, other: &Unit) -> bool {
    match (unit.agent(), other.agent()) {
        (Some(agent), Some(other)) => agent.identity() == other.identity(),
        _ => false,
    }
}

/// What a unit is.
const fn sort_of(unit: &Unit) -> &'static str {
    if unit.is_of_template() {
        SERVICE_OF_TEMPLATE
    } else if unit.is_agent() {
        "agent"
    } else if unit.kind().is_none() {
        "external"
    } else {
        match unit.agent() {
            Some(agent) if agent.is_made_elsewhere() => SERVICE_OF_AGENT,
            Some(_) | None => "service",
        }
    }
}

/// The unit at a position among those of an ecosystem.
const fn nth(own: View, position: u64) -> Option<Unit> {
    let (mut units, mut at) = (Units::of(own), 0);
    while let Some(unit) = units.next() {
        if at == position {
            return Some(unit);
        }
        at += 1;
    }
    None
}
