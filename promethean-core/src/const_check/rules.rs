//! The checks that the macro's expansion makes: each a call in a constant, on the token that is
//! wrong when it fails.

use super::bytes::{HASH_OF_NOTHING, Table, find, hash, part};
use super::message::{Filler, Known, Message};
use super::reach::{Reach, Reached};
use super::reading::{
    Chain, Closure, EndpointView, Endpoints, Lookup, Machines, Made, Named, Unit, Units, View,
    names_at, template_at,
};
use super::signature::{ecosystem, entry, machine, named, profile};
use crate::address;
use crate::endpoint::AUTO;
use crate::kind::Kind;
use crate::problem::Endless;
use crate::problem::texts::{
    AMBIGUOUS_ENDPOINT, AMBIGUOUS_NAME, AND_MORE, ARROW, DECLARED_TWICE, DEPENDENCY_CYCLE,
    DEPENDENCY_CYCLE_HELP, DID_YOU_MEAN, DUPLICATE_UNIT_HELP, ENV_SET, INCLUDE_CYCLE,
    INCLUDE_CYCLE_HELP, IT_HAS, MACHINE, NEVER_COMPLETES, NEVER_RESTARTS, NEVER_RESTARTS_HELP,
    NO_ENDPOINT, NO_ENDPOINT_HELP, NO_MACHINE, NOTHING_TO_BE_READY, NOTHING_TO_BE_READY_HELP, OF,
    OTHER_MACHINE, OTHER_MACHINE_HELP, PORT_CONFLICT, PORT_CONFLICT_HELP, QUOTED, RENAME_ONE,
    SERVICE_OF_AGENT, SERVICE_OF_TEMPLATE, SEVERAL_MACHINES, SEVERAL_MACHINES_HELP, SHOWN,
    SIMILAR_NAMES, SIMILAR_NAMES_HELP, SIMILAR_PROFILES, SIMILAR_PROFILES_HELP, TEMPLATE,
    TEMPLATE_CYCLE, TEMPLATE_CYCLE_HELP, TEMPLATE_OF_SERVICES, TEMPLATE_OF_SERVICES_HELP,
    THIS_ECOSYSTEM, Text, UNKNOWN_ENDPOINT, UNKNOWN_NAME, UNKNOWN_TARGET, UNKNOWN_UNIT,
    URL_WITHOUT_SCHEME, URL_WITHOUT_SCHEME_HELP, USE_IT_TOO, USE_LINKED, WRITE_LINKED, WRITE_ONE,
};
use crate::service_facts::lint_bit;
use crate::suggest::{allowed, distance, is_numbered, is_spelled};

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

/// A unit of another ecosystem is there, to whose endpoint something refers.
#[track_caller]
pub const fn known_target(own: View, link: usize, name: &'static str) {
    known_in_linked(own, link, name, UNKNOWN_TARGET);
}

/// A unit of another ecosystem has an endpoint: of this name, or without one, or a single one. Of a
/// URL it has a scheme.
#[track_caller]
pub const fn known_endpoint(
    own: View,
    link: usize,
    name: &'static str,
    wanted: &'static str,
    is_url: bool,
) {
    let mut closure = Closure::of(own.linked(link));
    let mut found = None;
    while let Some(view) = closure.next() {
        if found.is_none() {
            found = view.find(name.as_bytes());
        }
    }
    let Some(unit) = found else { return };
    let path = Message::new().raw(own.links[link].path.as_bytes()).text(".");
    let called = path.text(name);
    let called = Filler::Message(&called);
    match unit.is_agent() {
        true => endpoint_of_members(&unit, Filler::Message(&path), called, wanted, is_url),
        false => endpoint_of_unit(&unit, called, wanted, is_url),
    }
}

/// Whether two units surely run on different machines.
const fn are_apart(one: &Unit, other: &Unit) -> bool {
    let (Some((one, on)), Some((other, others))) = (one.on(), other.on()) else { return false };
    let (one, other) = (Machines::of(one, on), Machines::of(other, others));
    one.len() > 0 && other.len() > 0 && !one.meet(&other)
}

/// A name behind an `on` is a machine of this ecosystem or of one that it uses, or what one of them has.
#[track_caller]
pub const fn known_machine(own: View, name: &'static str) {
    let mut machines = Machines::new();
    machines.add(own, hash(name.as_bytes(), HASH_OF_NOTHING));
    if machines.len() > 0 || own.is_broken() {
        return;
    }
    let mut known = Known::new();
    remember_machines(&mut known, own);
    let mut links = own.list(ecosystem::USES, 1);
    while let Some(link) = links.next() {
        let used = own.linked(own.word(link));
        if used.is_broken() {
            return;
        }
        remember_machines(&mut known, used);
    }
    let message =
        Message::of(UNKNOWN_NAME, &[Filler::Text(MACHINE), Filler::Name(name.as_bytes())]);
    match known.is_empty() {
        true => message.help_text(NO_MACHINE).fail(),
        false => message.help(&known.help_for_name(MACHINE, name.as_bytes())).fail(),
    }
}

const fn remember_machines(known: &mut Known, view: View) {
    let mut machines = view.list(ecosystem::MACHINES, machine::LENGTH);
    while let Some(place) = machines.next() {
        known.add(view.text(place + machine::NAME));
    }
    let mut machines = view.list(ecosystem::MACHINES, machine::LENGTH);
    while let Some(place) = machines.next() {
        let mut has = view.list(place + machine::HAS, profile::LENGTH);
        while let Some(place) = has.next() {
            known.add(view.text(place + profile::NAME));
        }
    }
}

/// The index that means this ecosystem itself, where other indexes mean a link.
pub(super) const OWN_UNIT: usize = usize::MAX;

/// An endpoint of a unit is reached from all machines that a service can run on: `on` are the names that
/// it says, each with a line break behind it. `called` is the unit as it is written.
#[track_caller]
pub const fn reached(
    own: View,
    link: usize,
    unit: &'static str,
    called: &'static str,
    wanted: &'static str,
    on: &'static str,
) {
    let target = if link == OWN_UNIT { own } else { own.linked(link) };
    let Some(unit) = find_included(target, unit.as_bytes()) else { return };
    let mut readers = Machines::new();
    let (names, mut from) = (on.as_bytes(), 0);
    while from < names.len() {
        let end = from + find(part(names, from, names.len()), b'\n');
        readers.add(own, hash(part(names, from, end), HASH_OF_NOTHING));
        from = end + 1;
    }
    match unit.is_agent() {
        false => reached_unit(&unit, called, wanted, &readers),
        true => {
            let mut members = unit.members();
            while let Some(member) = members.next() {
                let endpoints = member.endpoints();
                let position = endpoints.position(hash(wanted.as_bytes(), HASH_OF_NOTHING));
                if position.is_some() || wanted.is_empty() && endpoints.len() == 1 {
                    return reached_unit(&member, called, wanted, &readers);
                }
            }
        }
    }
}

/// The unit of a name in an ecosystem or in what it includes.
const fn find_included(target: View, name: &'static [u8]) -> Option<Unit> {
    let mut closure = Closure::of(target);
    while let Some(view) = closure.next() {
        if let Some(unit) = view.find(name) {
            return Some(unit);
        }
    }
    None
}

#[track_caller]
const fn reached_unit(unit: &Unit, called: &'static str, wanted: &'static str, readers: &Machines) {
    let Some((view, on)) = unit.on() else { return };
    let machines = Machines::of(view, on);
    let (Some((machine, name)), Some(_)) = (machines.get(0), readers.get(0)) else { return };
    if machines.len() > 1 {
        let fillers = [Filler::Name(name), Filler::Text(called)];
        Message::of(SEVERAL_MACHINES, &[Filler::Text(called)])
            .help(&Message::of(SEVERAL_MACHINES_HELP, &fillers))
            .fail()
    }
    let endpoints = unit.endpoints();
    let chosen = match wanted.is_empty() && endpoints.len() == 1 {
        true => Some(0),
        false => endpoints.position(hash(wanted.as_bytes(), HASH_OF_NOTHING)),
    };
    let Some(index) = chosen else { return };
    let Some(endpoint) = endpoints.get(index) else { return };
    // Without a port it is derived, or an expression says where it is.
    if endpoint.port() == 0 || !address::is_loopback(endpoint.host()) {
        return;
    }
    let mut index = 0;
    while let Some((reader, other)) = readers.get(index) {
        if reader != machine {
            let port = Message::number(endpoint.port());
            let fillers = [Filler::Text(called), Filler::Name(name), Filler::Name(other)];
            Message::of(OTHER_MACHINE, &fillers)
                .help(&Message::of(OTHER_MACHINE_HELP, &[Filler::Message(&port)]))
                .fail()
        }
        index += 1;
    }
}

/// A service of an agent that is made from another ecosystem's template has an endpoint, as in
/// [`known_endpoint`].
#[track_caller]
pub const fn endpoint_of_member(
    own: View,
    agent: &'static str,
    service: &'static str,
    called: &'static str,
    wanted: &'static str,
    is_url: bool,
) {
    let Some(agent) = own.find(agent.as_bytes()) else { return };
    let called = Message::new().text(called);
    let called = Filler::Message(&called);
    if service.is_empty() {
        let nothing = Message::new();
        return endpoint_of_members(&agent, Filler::Message(&nothing), called, wanted, is_url);
    }
    if let Some(member) = agent.member(hash(service.as_bytes(), HASH_OF_NOTHING)) {
        endpoint_of_unit(&member, called, wanted, is_url);
    }
}

/// One of the services of an agent has an endpoint.
#[track_caller]
const fn endpoint_of_members(
    agent: &Unit,
    path: Filler<'_>,
    called: Filler<'_>,
    wanted: &'static str,
    is_url: bool,
) {
    let hashed = hash(wanted.as_bytes(), HASH_OF_NOTHING);
    let (mut members, mut known) = (agent.members(), Known::new());
    let (mut listening, mut count, mut chosen) = (0, 0, None);
    if !agent.chain().is_complete() {
        return;
    }
    while let Some(member) = members.next() {
        if member.view.is_broken() || !member.is_complete() {
            return;
        }
        let (endpoints, mut index) = (member.endpoints(), 0);
        if endpoints.len() > 0 {
            listening += 1;
        }
        while let Some(endpoint) = endpoints.get(index) {
            known.add(endpoint.name());
            index += 1;
        }
        let position = match wanted.is_empty() && endpoints.len() == 1 {
            true => Some(0),
            false => endpoints.position(hashed),
        };
        if let Some(index) = position {
            count += 1;
            chosen = endpoints.get(index);
        }
    }
    match chosen {
        _ if listening == 0 => no_endpoint(called),
        Some(endpoint) if count == 1 && (listening == 1 || !wanted.is_empty()) => {
            if is_url && !endpoint.has_scheme() {
                url_without_scheme(called, &endpoint);
            }
        }
        None if !wanted.is_empty() => {
            let message = Message::of(UNKNOWN_ENDPOINT, &[called, Filler::Text(wanted)]);
            let help = match known.nearest(wanted.as_bytes()) {
                Some(name) => {
                    let meant = listed_of_members(agent, path, Some(name));
                    Message::of(DID_YOU_MEAN, &[Filler::Message(&meant)])
                }
                None => {
                    let listed = listed_of_members(agent, path, None);
                    Message::of(IT_HAS, &[Filler::Message(&listed)])
                }
            };
            message.help(&help).fail()
        }
        _ => {
            let listed = listed_of_members(agent, path, None);
            Message::of(AMBIGUOUS_ENDPOINT, &[called])
                .help(&Message::of(WRITE_ONE, &[Filler::Message(&listed)]))
                .fail()
        }
    }
}

/// The endpoints of the services of an agent, quoted; or the first of them with a name, as it is.
const fn listed_of_members(agent: &Unit, path: Filler<'_>, only: Option<&[u8]>) -> Message {
    let (mut members, mut count) = (agent.members(), 0);
    while let Some(member) = members.next() {
        count += member.endpoints().len();
    }
    let (mut members, mut message, mut listed) = (agent.members(), Message::new(), 0);
    while let Some(member) = members.next() {
        let (endpoints, mut index) = (member.endpoints(), 0);
        while let Some(endpoint) = endpoints.get(index) {
            index += 1;
            let unit = Message::new().raw(path.bytes()).raw(agent.name()).text(".");
            let unit = unit.raw(member.name());
            let called = qualified(Filler::Message(&unit), endpoint.name());
            if let Some(only) = only {
                if is_same(only, endpoint.name()) {
                    return called;
                }
                continue;
            }
            if listed == SHOWN {
                let more = Message::number(count - SHOWN);
                return message.raw(Message::of(AND_MORE, &[Filler::Message(&more)]).bytes());
            }
            if listed > 0 {
                message = message.text(if listed + 1 == count { " and " } else { ", " });
            }
            message = message.text("`").raw(called.bytes()).text("`");
            listed += 1;
        }
    }
    message
}

pub(super) const fn is_same(one: &[u8], other: &[u8]) -> bool {
    hash(one, HASH_OF_NOTHING) == hash(other, HASH_OF_NOTHING)
}

#[track_caller]
const fn no_endpoint(called: Filler<'_>) -> ! {
    Message::of(NO_ENDPOINT, &[called]).help(&Message::of(NO_ENDPOINT_HELP, &[called])).fail();
}

/// A unit has an endpoint.
#[track_caller]
const fn endpoint_of_unit(unit: &Unit, called: Filler<'_>, wanted: &'static str, is_url: bool) {
    if unit.view.is_broken() || !unit.is_complete() {
        return;
    }
    let endpoints = unit.endpoints();
    if endpoints.len() == 0 {
        no_endpoint(called);
    }
    let chosen = match wanted.is_empty() && endpoints.len() == 1 {
        true => Some(0),
        false => endpoints.position(hash(wanted.as_bytes(), HASH_OF_NOTHING)),
    };
    match chosen {
        Some(index) => {
            if let Some(endpoint) = endpoints.get(index)
                && is_url
                && !endpoint.has_scheme()
            {
                url_without_scheme(called, &endpoint);
            }
        }
        None if wanted.is_empty() => {
            let listed = listed_endpoints(&endpoints, called);
            Message::of(AMBIGUOUS_ENDPOINT, &[called])
                .help(&Message::of(WRITE_ONE, &[Filler::Message(&listed)]))
                .fail()
        }
        None => unknown_endpoint(&endpoints, called, wanted),
    }
}

#[track_caller]
const fn url_without_scheme(unit: Filler<'_>, endpoint: &EndpointView) -> ! {
    let target = qualified(unit, endpoint.name());
    let target = Filler::Message(&target);
    let name = match endpoint.name() {
        b"" => Message::new(),
        name => Message::new().raw(name).text(": "),
    };
    let port = match endpoint.port() {
        0 => Message::new().text(AUTO),
        port => Message::number(port),
    };
    let fillers = [Filler::Message(&name), Filler::Message(&port), target];
    Message::of(URL_WITHOUT_SCHEME, &[target])
        .help(&Message::of(URL_WITHOUT_SCHEME_HELP, &fillers))
        .fail()
}

#[track_caller]
const fn unknown_endpoint(endpoints: &Endpoints, unit: Filler<'_>, wanted: &'static str) -> ! {
    let mut known = Known::new();
    let mut index = 0;
    while let Some(endpoint) = endpoints.get(index) {
        known.add(endpoint.name());
        index += 1;
    }
    let message = Message::of(UNKNOWN_ENDPOINT, &[unit, Filler::Text(wanted)]);
    match known.nearest(wanted.as_bytes()) {
        Some(name) => {
            let meant = qualified(unit, name);
            message.help(&Message::of(DID_YOU_MEAN, &[Filler::Message(&meant)])).fail()
        }
        None => {
            let listed = listed_endpoints(endpoints, unit);
            message.help(&Message::of(IT_HAS, &[Filler::Message(&listed)])).fail()
        }
    }
}

/// `` `infra::INFRA.broker` and `infra::INFRA.broker:admin` ``
const fn listed_endpoints(endpoints: &Endpoints, unit: Filler<'_>) -> Message {
    let (mut message, mut index) = (Message::new(), 0);
    while let Some(endpoint) = endpoints.get(index) {
        if index == SHOWN {
            let more = Message::number(endpoints.len() - SHOWN);
            return message.raw(Message::of(AND_MORE, &[Filler::Message(&more)]).bytes());
        }
        if index > 0 {
            message = message.text(if index + 1 == endpoints.len() { " and " } else { ", " });
        }
        let called = qualified(unit, endpoint.name());
        message = message.text("`").raw(called.bytes()).text("`");
        index += 1;
    }
    message
}

const fn qualified(unit: Filler<'_>, endpoint: &[u8]) -> Message {
    let unit = Message::new().raw(unit.bytes());
    match endpoint {
        b"" => unit,
        endpoint => unit.text(":").raw(endpoint),
    }
}

#[track_caller]
const fn known_unit(own: View, link: usize, name: &'static str) {
    known_in_linked(own, link, name, UNKNOWN_UNIT);
}

#[track_caller]
const fn known_in_linked(own: View, link: usize, name: &'static str, text: Text) {
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
            if unit.is_made_elsewhere() && !unit.chain().is_complete() {
                return;
            }
            remember(&mut known, &unit, agent);
        }
    }
    let path = Message::of(QUOTED, &[Filler::Text(own.links[link].path)]);
    let message = Message::of(text, &[Filler::Name(name), Filler::Message(&path)]);
    match spelled(target, name) {
        Some(meant) => message.help(&Message::of(DID_YOU_MEAN, &[Filler::Message(&meant)])).fail(),
        None => message.help(&known.help_for_linked(wanted)).fail(),
    }
}

/// The unit that a name is another spelling of: `duck_voice`, `duck::voice`, or `voice` of whichever
/// agent has it.
const fn spelled(target: View, name: &'static [u8]) -> Option<Message> {
    let mut short = None;
    let mut closure = Closure::of(target);
    while let Some(view) = closure.next() {
        let mut units = Units::of(view);
        while let Some(unit) = units.next() {
            let Some(agent) = unit.agent() else {
                if is_spelled(name, &[unit.name()]) {
                    return Some(Message::new().raw(unit.name()));
                }
                continue;
            };
            let called = Message::new().raw(agent.name()).text(".").raw(unit.name());
            if is_spelled(name, &[agent.name(), unit.name()]) {
                return Some(called);
            }
            if short.is_none() && is_spelled(name, &[unit.name()]) {
                short = Some(called);
            }
        }
    }
    short
}

/// A unit of this ecosystem is there that another one's template may give: `duck.voice`, or
/// `voice` within the agent `duck`.
#[track_caller]
pub const fn known_own_unit(own: View, agent: &'static str, name: &'static str) {
    let name = name.as_bytes();
    let Some(unit) = own.find(agent.as_bytes()) else { return };
    let wanted = hash(name, HASH_OF_NOTHING);
    let chain = unit.chain();
    let is_left_out = unit.does_without(wanted) && chain.with_service(wanted).is_some();
    // What an agent does without is reported there.
    let there = is_left_out
        || own.find(name).is_some()
        || unit.member(hash(name, HASH_OF_NOTHING)).is_some()
        || !chain.is_complete();
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
    let message = Message::of(UNKNOWN_UNIT, &[Filler::Name(name), Filler::Text(THIS_ECOSYSTEM)]);
    match spelled(own, name) {
        Some(meant) => message.help(&Message::of(DID_YOU_MEAN, &[Filler::Message(&meant)])).fail(),
        None => message.help(&known.help_for_own(wanted)).fail(),
    }
}

/// A unit is not in this ecosystem: says which of those it refers to has it, else the help.
#[track_caller]
pub const fn unit_of_link(own: View, name: &'static str, help: &'static str) {
    let wanted = name.as_bytes();
    let message = Message::of(UNKNOWN_UNIT, &[Filler::Name(wanted), Filler::Text(THIS_ECOSYSTEM)]);
    let mut link = 0;
    while link < own.links.len() {
        let target = own.linked(link);
        let mut closure = Closure::of(target);
        let mut meant = None;
        while let Some(view) = closure.next() {
            if view.find(wanted).is_some() {
                meant = Some(Message::new().raw(wanted));
            }
        }
        if meant.is_none() {
            meant = spelled(target, wanted);
        }
        if meant.is_none() {
            meant = spelled(target, behind_path(own.links[link].path, wanted));
        }
        if let Some(meant) = meant {
            let path = Filler::Text(own.links[link].path);
            message.help(&Message::of(WRITE_LINKED, &[path, Filler::Message(&meant)])).fail()
        }
        link += 1;
    }
    message.help_text(help).fail()
}

/// `redis` of `infra-redis`, where the path has `infra` in it; nothing where no part of it comes first.
const fn behind_path(path: &'static str, name: &'static [u8]) -> &'static [u8] {
    let (path, mut from) = (path.as_bytes(), 0);
    while from < path.len() {
        let rest = part(path, from, path.len());
        let segment = part(rest, 0, find(rest, b':'));
        let length = segment.len();
        if length > 0
            && name.len() > length + 1
            && matches!(name[length], b'-' | b'_' | b'.' | b'/')
            && part(name, 0, length).eq_ignore_ascii_case(segment)
        {
            return part(name, length + 1, name.len());
        }
        from += length + 1;
    }
    b""
}

/// A template or a set is not in this ecosystem: says which of those it refers to has it, else the
/// help.
#[track_caller]
pub const fn name_of_link(own: View, template: bool, name: &'static str, help: &'static str) {
    let wanted = name.as_bytes();
    let (list, what) = match template {
        true => (ecosystem::TEMPLATES, TEMPLATE),
        false => (ecosystem::SETS, ENV_SET),
    };
    let message = Message::of(UNKNOWN_NAME, &[Filler::Text(what), Filler::Name(wanted)]);
    let mut link = 0;
    while link < own.links.len() {
        if own.linked(link).own(list, hash(wanted, HASH_OF_NOTHING)).is_some() {
            let path = Filler::Text(own.links[link].path);
            message.help(&Message::of(USE_LINKED, &[path])).fail()
        }
        link += 1;
    }
    message.help_text(help).fail()
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
            used_by_used(own, list, what, name);
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

/// Fails where a used ecosystem uses another one that has the name: `use` is not transitive.
#[track_caller]
const fn used_by_used(own: View, list: usize, what: &str, name: &[u8]) {
    let mut uses = own.list(ecosystem::USES, 1);
    while let Some(link) = uses.next() {
        let link = own.word(link);
        let first = own.linked(link);
        let mut further = first.list(ecosystem::USES, 1);
        while let Some(place) = further.next() {
            let other = first.word(place);
            if first.linked(other).own(list, hash(name, HASH_OF_NOTHING)).is_some() {
                let through = Filler::Text(own.links[link].path);
                let path = Filler::Text(first.links[other].path);
                Message::of(UNKNOWN_NAME, &[Filler::Text(what), Filler::Name(name)])
                    .help(&Message::of(USE_IT_TOO, &[through, path, path]))
                    .fail()
            }
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

/// `without` names a service of the templates of an agent.
#[track_caller]
pub const fn known_in_template(own: View, agent: &'static str, service: &'static str) {
    let Some(chain) = chain_of(own, agent) else { return };
    let service = service.as_bytes();
    let (mut known, mut at) = (Known::new(), 0);
    while let Some(Made { template, .. }) = chain.get(at) {
        at += 1;
        let mut services = template.services();
        while let Some(place) = services.next() {
            let known_service = Named { view: template.view, place };
            if known_service.hash() == hash(service, HASH_OF_NOTHING) {
                return;
            }
            known.add(known_service.name());
        }
    }
    if !chain.is_broken() {
        unknown_name(SERVICE_OF_TEMPLATE, service, &known);
    }
}

/// `override` names a service of an agent whose templates are not all of this ecosystem.
#[track_caller]
pub const fn known_in_agent(own: View, agent: &'static str, service: &'static str) {
    let Some(chain) = chain_of(own, agent) else { return };
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
    if !chain.is_broken() {
        unknown_name(SERVICE_OF_AGENT, service, &known);
    }
}

/// The templates that an agent is made from, where all are known.
const fn chain_of(own: View, agent: &'static str) -> Option<Chain> {
    let Some(agent) = own.find(agent.as_bytes()) else { return None };
    let chain = agent.chain();
    if chain.is_complete() { Some(chain) } else { None }
}

/// A service is made from a template without services, and so are the templates that this one is made
/// from in other ecosystems.
#[track_caller]
pub const fn attributes_alone(own: View, service: &'static str, template: &'static str) {
    let wanted = hash(template.as_bytes(), HASH_OF_NOTHING);
    if let Lookup::One(known) = own.own_or_used(ecosystem::TEMPLATES, wanted)
        && known.chain().has_services()
    {
        let template = Filler::Name(template.as_bytes());
        let help = [template, Filler::Name(service.as_bytes())];
        Message::of(TEMPLATE_OF_SERVICES, &[template])
            .help(&Message::of(TEMPLATE_OF_SERVICES_HELP, &help))
            .fail()
    }
}

/// A template is not made from itself through those of other ecosystems.
#[track_caller]
pub const fn no_template_cycle(own: View, template: &'static str, from: &'static str) {
    const MOST: usize = 64;
    let Some(start) = own.own(ecosystem::TEMPLATES, hash(template.as_bytes(), HASH_OF_NOTHING))
    else {
        return;
    };
    let start = Named { view: own, place: start };
    let first = own.own_or_used(ecosystem::TEMPLATES, hash(from.as_bytes(), HASH_OF_NOTHING));
    let Lookup::One(first) = first else { return };
    // Each template, and the place of the one that leads to it.
    let mut reached = [None; MOST];
    reached[0] = Some((first, 0));
    let (mut length, mut at) = (1, 0);
    while at < length {
        let Some((template, _)) = reached[at] else { return };
        if template.is(&start) {
            report_template_cycle(&start, &reached, at);
            return;
        }
        let mut names =
            names_at(template.view, template.view.word(template.place + named::MADE_FROM));
        while let Some(name) = names.next() {
            if let Some((next, _)) = template_at(template.view, name)
                && length < MOST
                && !is_reached(&reached, &next)
            {
                reached[length] = Some((next, at));
                length += 1;
            }
        }
        at += 1;
    }
}

const fn is_reached(reached: &[Option<(Named, usize)>], template: &Named) -> bool {
    let mut at = 0;
    while at < reached.len() {
        match &reached[at] {
            Some((known, _)) if known.is(template) => return true,
            Some(_) => at += 1,
            None => return false,
        }
    }
    false
}

/// Reports the way from a template to the place where it comes back, if no other template on the way
/// does.
#[track_caller]
const fn report_template_cycle(start: &Named, reached: &[Option<(Named, usize)>], end: usize) {
    const LONGEST: usize = 64;
    let mut places = [0; LONGEST];
    let (mut length, mut at) = (0, end);
    while let Some((template, by)) = reached[at] {
        let (view, own) = (template.view.id, start.view.id);
        // One of those on the way reports it: the first of the ecosystem with the lowest number.
        if length == LONGEST || view < own || view == own && template.place < start.place {
            return;
        }
        places[length] = at;
        length += 1;
        if at == by {
            break;
        }
        at = by;
    }
    let mut path = Message::new().raw(start.name());
    while length > 0 {
        length -= 1;
        if let Some((template, _)) = &reached[places[length]] {
            path = path.text(ARROW).raw(template.name());
        }
    }
    Message::of(TEMPLATE_CYCLE, &[Filler::Message(&path)]).help_text(TEMPLATE_CYCLE_HELP).fail()
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
        let layer = layers.at(level);
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
pub(super) const fn unit_name(unit: &Unit) -> Message {
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
        may_be_ready |= !unit.has_no_probe();
        if !ready && let Some(why) = unit.endless() {
            never_completes(&unit, why).fail();
        }
    }
    if ready && found && !may_be_ready {
        never_ready(&linked_target(own, link, name)).fail()
    }
}

/// What a dependency on another ecosystem names, as it is written.
const fn linked_target(own: View, link: usize, name: &'static str) -> Message {
    let target = Message::new().text(own.links[link].path);
    match name.is_empty() {
        true => target,
        false => target.text(".").text(name),
    }
}

/// What is followed in another ecosystem when it restarts is started there.
#[track_caller]
pub const fn can_restart(own: View, link: usize, name: &'static str) {
    let mut reach = Reach::new();
    reach.add_linked(own.linked(link), name.as_bytes(), 0);
    let mut place = 0;
    while let Some(Reached { unit, .. }) = reach.get(place) {
        place += 1;
        if !unit.is_agent() && unit.is_external() {
            let target = linked_target(own, link, name);
            let message = Message::of(NEVER_RESTARTS, &[Filler::Message(&target)]);
            message.help_text(NEVER_RESTARTS_HELP).fail()
        }
    }
}

/// A unit is waited for to be ready, and has no probe.
pub(super) const fn never_ready(target: &Message) -> Message {
    Message::of(NOTHING_TO_BE_READY, &[Filler::Message(target)]).help_text(NOTHING_TO_BE_READY_HELP)
}

/// A unit is waited for to complete, and does not.
pub(super) const fn never_completes(unit: &Unit, why: Endless) -> Message {
    let target = unit_name(unit);
    let no_profile = Filler::Text("");
    let fillers = [Filler::Message(&target), no_profile, Filler::Text(why.reason())];
    Message::of(NEVER_COMPLETES, &fillers).help_text(why.help())
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
    /// The rules that are broken, each a bit; of each the first conflict is kept.
    rules: u32,
}

impl Conflict {
    const NAME: u32 = 1;
    const SIMILAR: u32 = 2;
    const PORT: u32 = 4;
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
    let mut meeting: Meeting<SIZE> = Meeting::new(own);
    meeting.enter_all(own);
    let mut source = 0;
    while source < COUNT {
        let UnitSource { link, unit } = sources[source];
        let target = own.linked(link);
        meeting.source += 1;
        meeting.conflict = None;
        match unit {
            Some(name) => meeting.enter_named(target, name.as_bytes()),
            None if target.links.is_empty() => meeting.enter_all(target),
            None => meeting.enter_included(target),
        }
        conflicts[source] = meeting.conflict;
        source += 1;
    }
    conflicts
}

#[track_caller]
const fn no_conflict(conflict: Option<Conflict>) {
    if let Some(conflict) = conflict {
        conflict.message.fail();
    }
}

/// The units of a system, as far as they have come together.
struct Meeting<const SIZE: usize> {
    /// The ecosystem that asks.
    own: View,
    /// The origin of each name.
    names: Table<SIZE>,
    /// The origin of each name as names are compared that may be confused.
    similar: Table<SIZE>,
    /// The origin of each port.
    ports: Table<SIZE>,
    /// The ecosystems, by the numbers that origins have for them.
    views: [Option<View>; SIZE],
    length: usize,
    /// The numbers of the ecosystems.
    numbers: Table<SIZE>,
    /// Which source is being looked at; 0 is the ecosystem itself.
    source: usize,
    /// What is wrong with the source.
    conflict: Option<Conflict>,
}

impl<const SIZE: usize> Meeting<SIZE> {
    const fn new(own: View) -> Meeting<SIZE> {
        Meeting {
            own,
            names: Table::new(),
            similar: Table::new(),
            ports: Table::new(),
            views: [None; SIZE],
            length: 0,
            numbers: Table::new(),
            source: 0,
            conflict: None,
        }
    }

    /// Adds all units of one ecosystem.
    const fn enter_all(&mut self, view: View) {
        let Some(number) = self.number(view) else { return };
        let mut units = Units::of(view);
        while let Some(unit) = units.next() {
            self.enter(&unit, number);
        }
    }

    /// Adds what an ecosystem includes, and what that depends on elsewhere.
    const fn enter_included(&mut self, view: View) {
        let mut reach = Reach::new();
        let mut closure = Closure::of(view);
        while let Some(view) = closure.next() {
            self.enter_all(view);
            let mut units = Units::of(view);
            while let Some(unit) = units.next() {
                reach.add_linked_dependencies(&unit);
            }
        }
        self.enter_reached(&mut reach);
    }

    /// Adds a unit, and what it depends on.
    const fn enter_named(&mut self, view: View, name: &'static [u8]) {
        if let Some(unit) = view.find(name)
            && !unit.is_agent()
            && !unit.depends_on_something()
        {
            if let Some(number) = self.number(view) {
                self.enter(&unit, number);
            }
            return;
        }
        let mut reach = Reach::new();
        reach.add_linked(view, name, 0);
        self.enter_reached(&mut reach);
    }

    const fn enter_reached(&mut self, reach: &mut Reach) {
        let mut place = 0;
        while let Some(Reached { unit, .. }) = reach.get(place) {
            if let Some(number) = self.number(unit.view) {
                self.enter(&unit, number);
            }
            reach.add_dependencies(place);
            place += 1;
        }
    }

    /// Adds a unit of the ecosystem of a number, and what it cannot be beside.
    const fn enter(&mut self, unit: &Unit, number: usize) {
        // What comes from one source together is that source's to report.
        let origin = (self.source * SIZE + number) as u64;
        let same = self.names.get_or_put(unit.pm2_name(), origin);
        if let Some(other) = same {
            let conflict = self.of_one_name(unit, other);
            self.keep(conflict);
        }
        if unit.kind().is_some()
            && let Some(other) = self.similar.get_or_put(unit.folded_name(), origin)
            && same.is_none()
            && !unit.allows_similar_names()
        {
            let conflict = self.of_similar_names(unit, other, origin);
            self.keep(conflict);
        }
        let conflict = self.enter_port(unit, origin);
        self.keep(conflict);
    }

    /// Keeps a conflict of the source if it is the first of its rule.
    const fn keep(&mut self, conflict: Option<Conflict>) {
        if let Some(new) = conflict {
            self.conflict = match self.conflict {
                None => Some(new),
                Some(known) if known.rules & new.rules == 0 => Some(Conflict {
                    message: known.message.text("\n").raw(new.message.bytes()),
                    rules: known.rules | new.rules,
                }),
                Some(known) => Some(known),
            };
        }
    }

    const fn enter_port(&mut self, unit: &Unit, origin: u64) -> Option<Conflict> {
        match unit.listening() {
            (true, _) if unit.shares_ports() => return None,
            (true, _) => {}
            (false, 0) => return None,
            (false, port) => {
                return self.enter_place(unit, b"", origin, (address::place::LOOPBACK, port));
            }
        }
        let (endpoints, mut index, mut conflict) = (unit.endpoints(), 0, None);
        while let Some(endpoint) = endpoints.get(index) {
            if endpoint.port() != 0 {
                let place = (endpoint.host(), endpoint.port());
                let found = self.enter_place(unit, endpoint.name(), origin, place);
                conflict = if conflict.is_some() { conflict } else { found };
            }
            index += 1;
        }
        conflict
    }

    /// Lets a unit listen in a place: on a port of a host.
    const fn enter_place(
        &mut self,
        unit: &Unit,
        name: &'static [u8],
        origin: u64,
        place: (u32, usize),
    ) -> Option<Conflict> {
        let Some(other) = take_place(&mut self.ports, unit, place, origin) else { return None };
        let Some(view) = self.other(other, unit) else { return None };
        let Some((other, others)) = unit_in_place(view, place) else { return None };
        if are_apart(unit, &other) {
            return None;
        }
        // What is not started here is in the way of what is.
        let (service, other) = match (unit.kind(), other.kind()) {
            (None, None) => return None,
            (None, Some(_)) => (of_ecosystem(&other, others), of_ecosystem(unit, name)),
            (Some(_), _) => (of_ecosystem(unit, name), of_ecosystem(&other, others)),
        };
        let port = Message::number(place.1);
        let message = Message::of(
            PORT_CONFLICT,
            &[Filler::Message(&service), Filler::Message(&other), Filler::Message(&port)],
        )
        .help_text(PORT_CONFLICT_HELP);
        Some(Conflict { message, rules: Conflict::PORT })
    }

    const fn of_one_name(&self, unit: &Unit, other: u64) -> Option<Conflict> {
        let Some(view) = self.other(other, unit) else { return None };
        let name = unit_name(unit);
        let places = [Filler::Name(view.title()), Filler::Name(unit.view.title())];
        let message = Message::of(DECLARED_TWICE, &[Filler::Message(&name), places[0], places[1]])
            .help_text(DUPLICATE_UNIT_HELP);
        Some(Conflict { message, rules: Conflict::NAME })
    }

    const fn of_similar_names(&mut self, unit: &Unit, other: u64, origin: u64) -> Option<Conflict> {
        let Some(view) = self.views[other as usize % SIZE] else { return None };
        let Some(found) = similar_unit(view, unit) else {
            // What comes later is compared with this one, for which nothing is allowed.
            self.similar.replace(unit.folded_name(), origin);
            return None;
        };
        let Some(_) = self.other(other, unit) else { return None };
        Some(Conflict { message: similar_names(unit, &found), rules: Conflict::SIMILAR })
    }

    /// The ecosystem that something comes from, if it is another one and from another source.
    const fn other(&self, origin: u64, unit: &Unit) -> Option<View> {
        let (source, number) = (origin as usize / SIZE, origin as usize % SIZE);
        match self.views[number] {
            Some(view)
                if view.id != unit.view.id
                    && source != self.source
                    && !is_known_to_one(self.own, [view.id, unit.view.id]) =>
            {
                Some(view)
            }
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

/// A service of an ecosystem whose name is easily confused with that of a unit, and for which that is not allowed.
const fn similar_unit(view: View, unit: &Unit) -> Option<Unit> {
    let mut units = Units::of(view);
    while let Some(other) = units.next() {
        if other.folded_name() == unit.folded_name()
            && other.pm2_name() != unit.pm2_name()
            && other.kind().is_some()
            && !other.allows_similar_names()
        {
            return Some(other);
        }
    }
    None
}

pub(super) const fn similar_names(unit: &Unit, other: &Unit) -> Message {
    let (name, other) = (unit_name(unit), unit_name(other));
    Message::of(SIMILAR_NAMES, &[Filler::Message(&name), Filler::Message(&other)])
        .help_text(SIMILAR_NAMES_HELP)
}

/// Hosts that overlap with others, and the number under which all others are found.
const HOSTS: [u32; 6] = [
    address::place::LOOPBACK,
    address::place::LOOPBACK_6,
    address::place::LOCALHOST,
    address::place::EVERY,
    address::place::EVERY_6,
    address::place::OTHER,
];

/// Lets a unit listen on a port of a host; what does so already and can run together with it.
pub(super) const fn take_place<const SIZE: usize>(
    ports: &mut Table<SIZE>,
    unit: &Unit,
    (host, port): (u32, usize),
    origin: u64,
) -> Option<u64> {
    /// That something listens on another host than 127.0.0.1.
    const ELSEWHERE: u64 = 1 << 17;
    let is_loopback = host == address::place::LOOPBACK;
    if is_loopback && ports.get(ELSEWHERE).is_none() {
        return take_port(ports, unit, slot(host, port), origin);
    }
    if !is_loopback {
        ports.get_or_put(ELSEWHERE, 0);
    }
    let (mut other, mut index) = (None, 0);
    while index < HOSTS.len() {
        let known = HOSTS[index];
        if known != host && address::overlap(host, known) && other.is_none() {
            other = peek_port(ports, unit, slot(known, port));
        }
        index += 1;
    }
    let own = take_port(ports, unit, slot(host, port), origin);
    if host > address::place::OTHER {
        take_port(ports, unit, slot(address::place::OTHER, port), origin);
    }
    if own.is_some() { own } else { other }
}

/// A number for a port of a host; below 2^16 for those of 127.0.0.1.
const fn slot(host: u32, port: usize) -> u64 {
    port as u64 | (host as u64) << 20
}

/// Beyond the ports: that something has one in some profile.
const IN_A_PROFILE: u64 = 1 << 16;

/// Gives a unit a port; what has it already that can run together with it.
const fn take_port<const SIZE: usize>(
    ports: &mut Table<SIZE>,
    unit: &Unit,
    port: u64,
    origin: u64,
) -> Option<u64> {
    let (view, mut profiles) = unit.profiles();
    if profiles.count() == 0 {
        return match ports.get_or_put(port, origin) {
            Some(other) => Some(other),
            None => ports.get(port | IN_A_PROFILE),
        };
    }
    let mut other = ports.get(port);
    while let Some(place) = profiles.next() {
        let in_profile = view.hash(place + profile::HASH) ^ port;
        other = match (ports.get_or_put(in_profile, origin), other) {
            (_, Some(other)) | (Some(other), None) => Some(other),
            (None, None) => None,
        };
    }
    ports.get_or_put(port | IN_A_PROFILE, origin);
    other
}

/// What has a port that can run together with a unit.
const fn peek_port<const SIZE: usize>(ports: &Table<SIZE>, unit: &Unit, port: u64) -> Option<u64> {
    if let Some(other) = ports.get(port) {
        return Some(other);
    }
    let (view, mut profiles) = unit.profiles();
    if profiles.count() == 0 {
        return ports.get(port | IN_A_PROFILE);
    }
    while let Some(place) = profiles.next() {
        if let Some(other) = ports.get(view.hash(place + profile::HASH) ^ port) {
            return Some(other);
        }
    }
    None
}

/// The unit of an ecosystem that listens in a place, or in one that overlaps with it, and the name of
/// the endpoint.
const fn unit_in_place(view: View, (host, port): (u32, usize)) -> Option<(Unit, &'static [u8])> {
    let mut units = Units::of(view);
    while let Some(unit) = units.next() {
        if let (false, own) = unit.listening() {
            if own == port && address::overlap(host, address::place::LOOPBACK) {
                return Some((unit, b""));
            }
            continue;
        }
        let (endpoints, mut index) = (unit.endpoints(), 0);
        while let Some(endpoint) = endpoints.get(index) {
            if endpoint.port() == port && address::overlap(host, endpoint.host()) {
                return Some((unit, endpoint.name()));
            }
            index += 1;
        }
    }
    None
}

/// `` `web` of `infra` ``
const fn of_ecosystem(unit: &Unit, endpoint: &[u8]) -> Message {
    let name = unit_name(unit);
    let name = qualified(Filler::Message(&name), endpoint);
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

/// An attribute that means nothing to a service of another ecosystem's template, by the kinds: what
/// is wrong with it, or nothing for a kind that it is for.
#[track_caller]
pub const fn applies_to(own: View, agent: &'static str, service: &'static str, wrong: [&str; 3]) {
    let Some(agent) = own.find(agent.as_bytes()) else { return };
    let Some(service) = agent.member(hash(service.as_bytes(), HASH_OF_NOTHING)) else { return };
    if let Some(kind) = service.kind()
        && !wrong[kind as usize].is_empty()
    {
        Message::new().text(wrong[kind as usize]).fail();
    }
}

/// A problem that a used ecosystem may lift: it gives one of these attributes to a service, or
/// allows the lint. `unit` is the service, and empty for any; `other` is the one beside which it is wrong, and empty
/// where it is wrong by itself.
#[track_caller]
pub const fn unless_elsewhere(
    own: View,
    [unit, other]: [&'static str; 2],
    (gives, weaker): (u32, bool),
    lint: &str,
    wrong: &str,
) {
    if weaker && uses_profiles(own) {
        return;
    }
    let lint = lint_bit(lint);
    let (facts, asked) = match own.find(unit.as_bytes()) {
        Some(unit) if unit.kind().is_some() => {
            let facts = unit.facts();
            (facts, if weaker { unit.facts_of_weaker() } else { facts })
        }
        Some(_) | None => {
            let base = Unit::base(own, Kind::Script);
            (base, base)
        }
    };
    if asked.has(gives) || facts.allows(lint) || !facts.is_complete() {
        return;
    }
    if !other.is_empty()
        && let Some(other) = own.find(other.as_bytes())
        && other.kind().is_some()
        && other.facts().allows(lint)
    {
        return;
    }
    Message::new().text(wrong).fail();
}

/// Whether a used ecosystem has profiles, which may give what its blocks do not.
const fn uses_profiles(own: View) -> bool {
    let (mut uses, mut any) = (own.list(ecosystem::USES, 1), false);
    while let Some(link) = uses.next() {
        any |= own.linked(own.word(link)).list(ecosystem::PROFILES, profile::LENGTH).count() > 0;
    }
    any
}

/// A lint in an `override` of a service of another ecosystem's template, by the kinds: what is wrong,
/// unless the service is given one of these attributes or allows the lint.
#[track_caller]
pub const fn wrong_override(
    own: View,
    agent: &'static str,
    service: &'static str,
    (gives, lint): (u32, &str),
    wrong: [&str; 3],
) {
    let Some(agent) = own.find(agent.as_bytes()) else { return };
    let Some(service) = agent.member(hash(service.as_bytes(), HASH_OF_NOTHING)) else { return };
    let Some(kind) = service.kind() else { return };
    let facts = service.facts();
    let is_lifted = facts.has(gives) || facts.allows(lint_bit(lint)) || !facts.is_complete();
    if !wrong[kind as usize].is_empty() && !is_lifted {
        Message::new().text(wrong[kind as usize]).fail();
    }
}

/// A profile that this ecosystem names once: whether it resembles one of those that it uses or
/// includes, and is none of them.
#[track_caller]
pub const fn similar_profile(own: View, name: &'static str) {
    let mut seen = Profiles { name: name.as_bytes(), is_there: false, similar: None };
    let mut uses = own.list(ecosystem::USES, 1);
    while let Some(link) = uses.next() {
        seen.look_at(own.linked(own.word(link)));
    }
    let mut includes = own.list(ecosystem::INCLUDES, 1);
    while let Some(link) = includes.next() {
        let mut closure = Closure::of(own.linked(own.word(link)));
        while let Some(view) = closure.next() {
            seen.look_at(view);
        }
    }
    if let (false, Some(other)) = (seen.is_there, seen.similar) {
        let fillers = [Filler::Text(name), Filler::Name(other)];
        let help = Message::of(SIMILAR_PROFILES_HELP, &[Filler::Name(other)]);
        Message::of(SIMILAR_PROFILES, &fillers).help(&help).fail();
    }
}

/// What other ecosystems call their profiles.
struct Profiles {
    name: &'static [u8],
    is_there: bool,
    similar: Option<&'static [u8]>,
}

impl Profiles {
    const fn look_at(&mut self, view: View) {
        let mut profiles = view.list(ecosystem::PROFILES, profile::LENGTH);
        while let Some(place) = profiles.next() {
            let other = view.text(place + profile::NAME);
            self.is_there |= view.hash(place + profile::HASH) == hash(self.name, HASH_OF_NOTHING);
            let far = distance(self.name, other);
            if self.similar.is_none()
                && far <= allowed(self.name)
                && far < other.len()
                && !is_numbered(self.name, other)
            {
                self.similar = Some(other);
            }
        }
    }
}
