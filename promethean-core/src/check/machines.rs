//! Machines: that each can be one, that references reach from machine to machine, and that units on two
//! of them do not count on one file.

use std::collections::{HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::Problems;
use super::layers::{Layers, Services};
use crate::address::{self, address_of_probe};
use crate::attribute::ATTRIBUTES;
use crate::blocks::references_in;
use crate::declaration::{
    Attribution, Block, Condition, Declaration, EndpointPart, EnvValue, Machine, ProbeKind, Purpose,
};
use crate::endpoint::{Choice, Place, Written, choose, choose_among};
use crate::expanded_service::Level;
use crate::machine::{self, Obstacle, SAME_HOST, obstacle, with_host, wrong_host, wrong_root};
use crate::paths;
use crate::problem::{Fault, Problem, Unseen};
use crate::reference::Target;
use crate::span_id::SpanId;
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    declaration.machines.iter().for_each(|machine| one(machine, problems));
    each_has_its_own_host(&declaration.machines, problems);
    // What another ecosystem has is checked with it.
    if declaration.machines.is_empty() || !declaration.uses.is_empty() {
        return;
    }
    reached(declaration, services, problems);
    seen(declaration, services, problems);
    files_of_one_machine(declaration, services, problems);
}

/// Whether a declaration says anything of machines.
pub(crate) fn are_mentioned(declaration: &Declaration) -> bool {
    let mut mentioned = !declaration.machines.is_empty();
    crate::blocks::each(declaration, |_, block| {
        mentioned |= block.settings.iter().any(|setting| *setting.key == "on");
    });
    mentioned
}

fn one(machine: &Machine, problems: &mut Problems) {
    let name = machine.name.as_str();
    if let Some(reason) = wrong_host(&machine.host) {
        let instead = with_host(name);
        problems.add(Problem::new(Fault::BadMachine { reason, instead }, machine.host.span_id));
    }
    if let Some(root) = &machine.root
        && let Some(reason) = wrong_root(root)
    {
        let instead = "root \"/srv/system\";".to_owned();
        problems.add(Problem::new(Fault::BadMachine { reason, instead }, root.span_id));
    }
}

/// Reports machines with a host that another one has.
fn each_has_its_own_host(machines: &[Machine], problems: &mut Problems) {
    for (machine, first) in machine::with_a_host_of_another(machines.iter()) {
        let fault = Fault::BadMachine { reason: SAME_HOST, instead: with_host(&machine.name) };
        let problem = Problem::new(fault, machine.host.span_id);
        problems.add(problem.with(first.host.span_id, "the other machine"));
    }
}

/// The machines that a service can run on in a profile, by their numbers; all where it does not say.
/// None where that is not known here.
pub(super) fn machines_of(
    declaration: &Declaration,
    layers: &Layers<'_>,
    profile: Option<&str>,
) -> Vec<usize> {
    let is_first = |number: usize, machine: &Machine| {
        let mut before = declaration.machines.iter().take(number);
        before.all(|known| known.name.value != machine.name.value)
    };
    // Two of one name are a problem of their own.
    let all = declaration.machines.iter().enumerate();
    let all = all.filter(|(number, machine)| is_first(*number, machine));
    let Some(on) = layers.on(profile) else { return all.map(|(number, _)| number).collect() };
    if on.values().iter().any(|value| value.value.as_name().is_none()) {
        return Vec::new();
    }
    let meant =
        all.filter(|(_, known)| machine::named(on).any(|name| machine::is_meant(known, name)));
    meant.map(|(number, _)| number).collect()
}

/// What a reference in a block of a service means, where it gives a host.
pub(crate) struct HostReference<'a> {
    pub(crate) part: EndpointPart,
    pub(crate) target: Target<'a>,
    pub(crate) at: SpanId,
    /// Where its block is.
    pub(crate) level: Level,
}

/// The references of a service that give a host, as its blocks outside env sets have them.
pub(crate) fn host_references<'a>(
    layers: &Layers<'a>,
    profile: Option<&str>,
) -> Vec<HostReference<'a>> {
    let mut found = Vec::new();
    for (level, block) in layers.blocks() {
        let mut profiles = block.profiles.iter();
        let active = profiles.find(|known| Some(known.name.as_str()) == profile);
        for block in std::iter::once(block).chain(active.map(|active| &active.block)) {
            in_block(block, level, &mut found);
        }
    }
    found.retain(|reference| {
        reference.part != EndpointPart::Port && reference.target.unit.is_some()
    });
    found
}

fn in_block<'a>(block: &'a Block, level: Level, found: &mut Vec<HostReference<'a>>) {
    let mut in_text = |text: &'a str, at: SpanId| {
        let references = references_in(text).into_iter();
        found.extend(references.map(|(part, target)| HostReference { part, target, at, level }));
    };
    for setting in &block.settings {
        let filled = setting.attribute().is_some_and(|attribute| attribute.placeholders);
        for value in setting.values().iter().filter(|_| filled) {
            if let Value::Text(text) = &value.value {
                in_text(text, value.span_id);
            }
        }
    }
    for entry in &block.env {
        entry.value.texts().for_each(|text| in_text(text, text.span_id));
    }
    for source in block.env.iter().flat_map(|entry| entry.value.sources()) {
        if let EnvValue::Endpoint(reference) = source {
            let (part, target) = (reference.part.value, reference.target());
            found.push(HostReference { part, target, at: reference.endpoint_span(), level });
        }
    }
}

/// The services that a reference of one of them means; none for an external, and for what is elsewhere.
fn meant<'s, 'a>(
    services: &'s Services<'a>,
    reader: &Layers<'a>,
    reference: &HostReference<'a>,
) -> Vec<&'s Layers<'a>> {
    let all = services.instances().iter();
    let Target { ecosystem: None, agent, unit: Some(name), .. } = reference.target else {
        return Vec::new();
    };
    let is = |layers: &&Layers<'a>, agent: Option<&str>, name: &str| {
        let instance = &layers.instance;
        instance.agent.map(|agent| agent.name.as_str()) == agent && *instance.service.name == name
    };
    if let Some(agent) = agent {
        return all.filter(|layers| is(layers, Some(agent), name)).collect();
    }
    let own_agent = reader.instance.agent.filter(|_| reference.level > Level::Defaults);
    if let Some(agent) = own_agent {
        let beside: Vec<_> =
            all.clone().filter(|layers| is(layers, Some(&agent.name), name)).collect();
        if !beside.is_empty() {
            return beside;
        }
    }
    let alone: Vec<_> = all.clone().filter(|layers| is(layers, None, name)).collect();
    match alone.is_empty() {
        true => all
            .filter(|layers| layers.instance.agent.is_some_and(|agent| *agent.name == name))
            .collect(),
        false => alone,
    }
}

/// How a unit of this ecosystem is found in its signature that a reference of a service means.
pub(crate) fn own_unit(
    declaration: &Declaration,
    services: &Services<'_>,
    reader: &Layers<'_>,
    reference: &HostReference<'_>,
) -> Option<String> {
    let Target { ecosystem: None, agent, unit: Some(name), .. } = reference.target else {
        return None;
    };
    if let Some(agent) = agent {
        return Some(format!("{agent}.{name}"));
    }
    let is_unit = declaration.units.iter().any(|unit| unit.name() == Some(name));
    let own = reader.instance.agent.filter(|_| reference.level > Level::Defaults);
    let beside = |agent: &str| {
        services.instances().iter().any(|layers| {
            layers.instance.agent.is_some_and(|known| *known.name == agent)
                && *layers.instance.service.name == name
        })
    };
    match own {
        Some(agent) if !is_unit || beside(&agent.name) => Some(format!("{}.{name}", *agent.name)),
        Some(_) | None => Some(name.to_owned()),
    }
}

/// References give an address that is there.
fn reached(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    for reader in services.instances() {
        for &profile in reader.profiles() {
            for reference in host_references(reader, profile) {
                let listeners = meant(services, reader, &reference);
                let endpoints: Vec<Vec<Written<'_>>> =
                    listeners.iter().map(|layers| layers.endpoints_if_any(profile)).collect();
                let names: Vec<Vec<&str>> = endpoints
                    .iter()
                    .map(|endpoints| endpoints.iter().map(|endpoint| endpoint.name).collect())
                    .collect();
                let chosen = choose_among(&names, reference.target.endpoint);
                let Choice::One(index) = chosen else { continue };
                let mut all = listeners.iter().zip(&endpoints).flat_map(|(layers, endpoints)| {
                    endpoints.iter().map(move |endpoint| (*layers, endpoint))
                });
                let Some((target, endpoint)) = all.nth(index) else { continue };
                let readers = machines_of(declaration, reader, profile);
                let on = machines_of(declaration, target, profile);
                let unit = reference.target.unit_text();
                if let Some(fault) = fault(declaration, &unit, (&readers, &on), endpoint) {
                    problems.add_first(Problem::new(fault, reference.at));
                }
            }
        }
    }
}

/// The port in a help where the source has `auto`, which cannot follow a host.
pub(crate) const NO_PORT: &str = "8000";

fn fault(
    declaration: &Declaration,
    unit: &str,
    (readers, on): (&[usize], &[usize]),
    endpoint: &Written<'_>,
) -> Option<Fault> {
    let port = match endpoint.place() {
        Place::At(address) => address.port.to_string(),
        Place::Auto => NO_PORT.to_owned(),
        Place::Unknown => return None,
    };
    fault_of(declaration, unit, (readers, on), endpoint.host(), port)
}

fn fault_of(
    declaration: &Declaration,
    unit: &str,
    (readers, on): (&[usize], &[usize]),
    host: u32,
    port: String,
) -> Option<Fault> {
    let name = |number: usize| {
        declaration.machines.get(number).map_or_else(String::new, |known| known.name.to_string())
    };
    let first = on.first().copied().map(name)?;
    Some(match obstacle(readers, on, host)? {
        Obstacle::Several => Fault::SeveralMachines { unit: unit.to_owned(), machine: first },
        Obstacle::Elsewhere(other) => {
            Fault::OtherMachine { unit: unit.to_owned(), machine: first, other: name(other), port }
        }
    })
}

/// What is waited for on another machine is seen from there.
fn seen(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    for reader in services.instances() {
        for &profile in reader.profiles() {
            for (level, block) in reader.blocks() {
                for dependency in &block.depends_on {
                    let (agent, unit) = match dependency.unit.as_slice() {
                        [agent, unit] => (Some(agent.as_str()), unit),
                        [unit] => (None, unit),
                        _ => continue,
                    };
                    let ecosystem = dependency.ecosystem.as_ref().map(|path| path.as_str());
                    let unit = Some(unit.as_str());
                    let target = Target { ecosystem, agent, unit, endpoint: None };
                    let (part, at) = (EndpointPart::Address, dependency.span_id());
                    let reference = HostReference { part, target, at, level };
                    for waited in meant(services, reader, &reference) {
                        let condition = dependency.awaited().map(|condition| condition.value);
                        let both = (reader, waited);
                        let target = dependency.target();
                        if let Some(fault) = unseen(declaration, both, &target, condition, profile)
                        {
                            problems.add_first(Problem::new(fault, at));
                        }
                    }
                }
            }
        }
    }
}

/// Why a service does not see from its machine what it waits for of another one.
fn unseen(
    declaration: &Declaration,
    (reader, waited): (&Layers<'_>, &Layers<'_>),
    unit: &str,
    condition: Option<Condition>,
    profile: Option<&str>,
) -> Option<Fault> {
    let [readers, on] = [reader, waited].map(|layers| machines_of(declaration, layers, profile));
    if readers == on && on.len() == 1 || readers.is_empty() || on.is_empty() {
        return None;
    }
    let by = |by| Some(Fault::UnseenDependency { target: unit.to_owned(), by });
    let mut probes = waited.probes_in(profile);
    let probe = probes.find(|(purpose, _)| *purpose == Purpose::Ready).map(|(_, probe)| probe);
    match (condition, probe) {
        (Some(Condition::Started), _) | (Some(Condition::Ready) | None, None) => None,
        (Some(Condition::Completed), _) => by(Unseen::End),
        (Some(Condition::Ready) | None, Some(probe)) => match probe.kind.value {
            ProbeKind::Log => by(Unseen::Log),
            ProbeKind::Exec => by(Unseen::Exec),
            ProbeKind::Tcp | ProbeKind::Http => {
                let endpoints = waited.endpoints(profile);
                let names: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.name).collect();
                let only = probe.endpoint.as_ref().map(|name| name.as_str());
                let asked = match probe.values.first().map(|value| &value.value) {
                    Some(Value::Text(text)) if !probe.tries_own_endpoint() => {
                        address_of_probe(text)?
                    }
                    _ => {
                        let Choice::One(index) = choose(&names, only) else { return None };
                        return fault(declaration, unit, (&readers, &on), endpoints.get(index)?);
                    }
                };
                // What is asked on its own port is asked where the port is open.
                let own = endpoints.iter().find(|endpoint| match endpoint.place() {
                    Place::At(at) => {
                        at.port == asked.port && address::reachable(&at.host) == asked.host
                    }
                    Place::Auto | Place::Unknown => false,
                });
                match own {
                    Some(own) => fault(declaration, unit, (&readers, &on), own),
                    None => {
                        let host = address::place(asked.host.as_bytes());
                        let port = asked.port.to_string();
                        fault_of(declaration, unit, (&readers, &on), host, port)
                    }
                }
            }
        },
    }
}

/// The attributes that name a file which a service writes.
pub(crate) const WRITTEN: [&str; 4] = ["out_file", "error_file", "log_file", "pid_file"];

/// Whether a text is the path of a file beside the service's directory, and not only a word.
pub(crate) fn is_relative_path(text: &str) -> bool {
    text.starts_with("./") || text.starts_with("../")
}

/// The lint about a file that units on two machines name.
pub(crate) const SHARED_FILE: &str = "shared-file";

/// Units on two machines do not name one relative file.
fn files_of_one_machine(
    declaration: &Declaration,
    services: &Services<'_>,
    problems: &mut Problems,
) {
    let mut seen: HashMap<Utf8PathBuf, Vec<(Vec<usize>, String, SpanId)>> = HashMap::new();
    for layers in services.instances() {
        let on = machines_of(declaration, layers, None);
        if on.len() != 1 || layers.allows(SHARED_FILE) {
            continue;
        }
        let directory = layers.instance.service.directory.as_ref();
        let directory = directory.map_or("", |directory| directory.as_str());
        let directory = Utf8Path::new("/").join(directory);
        let mut own: HashSet<Utf8PathBuf> = HashSet::new();
        for (file, written, span_id) in files(layers) {
            let path = paths::join(&directory, Utf8Path::new(file));
            if !own.insert(path.clone()) {
                continue;
            }
            let others = seen.entry(path).or_default();
            if let Some((_, other, first)) = others.iter().find(|(other, ..)| *other != on) {
                let fault = Fault::SharedFile { file: written.to_owned(), other: other.clone() };
                problems.add_first(Problem::new(fault, span_id).with(*first, "the other one"));
            }
            others.push((on.clone(), layers.instance.name().to_string(), span_id));
        }
    }
}

/// The relative files that a service names: each as a path, as it is written, and where.
fn files<'a>(layers: &Layers<'a>) -> Vec<(&'a str, &'a str, SpanId)> {
    let mut files = Vec::new();
    let mut add = |text: &'a str, span_id: SpanId, is_path: bool| {
        let is_relative =
            if is_path { !text.starts_with(['/', '~']) } else { is_relative_path(text) };
        if is_relative && !text.contains('{') && !text.is_empty() {
            files.push((text, text, span_id));
        }
    };
    for (row, attribute) in ATTRIBUTES.iter().enumerate() {
        let is_path = WRITTEN.contains(&attribute.name);
        if !is_path && attribute.name != "args" {
            continue;
        }
        let given = layers.setting(row, None).given();
        for value in given.map(Attribution::values).unwrap_or_default() {
            if let Value::Text(text) = &value.value {
                add(text, value.span_id, is_path);
            }
        }
    }
    for (_, block) in layers.blocks() {
        for text in block.env.iter().flat_map(|entry| entry.value.texts()) {
            add(text, text.span_id, false);
        }
    }
    files
}

/// The names behind the `on` of units, as the signature has them.
pub(crate) fn names_behind_on<'a>(layers: &Layers<'a>) -> Option<Vec<&'a str>> {
    Some(machine::named(layers.on(None)?).collect())
}
