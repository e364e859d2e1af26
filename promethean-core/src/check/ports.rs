//! Two units that can run together do not have one port: neither as `port` and `listen` say, nor as the
//! variable PORT and `increment_var PORT` do.

use std::collections::{HashMap, HashSet};

use smol_str::SmolStr;

use super::Problems;
use super::environment::Sets;
use super::layers::{Layers, Services, row};
use super::machines::machines_of;
use crate::address::{self, Address};
use crate::declaration::{Attribution, Declaration, EnvEntry, EnvValue, Unit};
use crate::endpoint::{PORT, Place, Written, port_of, qualified};
use crate::problem::{Fault, Problem};
use crate::span_id::{SpanId, Spanned};
use crate::value::Value;

/// What listens somewhere.
struct Listener<'a> {
    name: String,
    host: u32,
    span_id: SpanId,
    /// The service; an external has none.
    service: Option<&'a Layers<'a>>,
}

type Listeners<'a> = HashMap<u16, Vec<Listener<'a>>>;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let (outside, sets) = (of_externals(declaration), Sets::of(declaration));
    for profile in profiles(services) {
        let parts = || {
            let all = services.instances().iter();
            all.filter(|layers| layers.is_part_of_the_system(profile))
        };
        let mut seen = Listeners::new();
        for layers in parts() {
            as_declared(declaration, (layers, profile), (&outside, &mut seen), problems);
        }
        for layers in parts() {
            as_variables_say(declaration, &sets, (layers, profile), &mut seen, problems);
        }
    }
}

/// No profile, and all that something is written for.
fn profiles<'a>(services: &'a Services<'_>) -> Vec<Option<&'a str>> {
    let all = services.instances();
    let mut profiles: Vec<Option<&str>> = vec![None];
    let only = all.iter().filter_map(Layers::only_profile).flatten().map(Some);
    let mut known: HashSet<Option<&str>> = HashSet::from([None]);
    for profile in all.iter().flat_map(Layers::profiles).copied().chain(only) {
        if known.insert(profile) {
            profiles.push(profile);
        }
    }
    profiles
}

fn of_externals(declaration: &Declaration) -> Listeners<'_> {
    let mut outside = Listeners::new();
    for unit in &declaration.units {
        let Unit::External(external) = unit else { continue };
        for listen in &external.listen {
            let endpoint = Written::of(listen);
            if let Place::At(Address { host, port }) = endpoint.place() {
                outside.entry(port).or_default().push(Listener {
                    name: qualified(&external.name, endpoint.name),
                    host: address::place(host.as_bytes()),
                    span_id: endpoint.span_id(),
                    service: None,
                });
            }
        }
    }
    outside
}

/// `port` and `listen` of a service, which is in the profile.
fn as_declared<'a>(
    declaration: &Declaration,
    (layers, profile): (&'a Layers<'a>, Option<&str>),
    (outside, seen): (&Listeners<'a>, &mut Listeners<'a>),
    problems: &mut Problems,
) {
    let endpoints = layers.endpoints_if_any(profile);
    if endpoints.is_empty() || layers.allows("port-conflict") {
        return;
    }
    for endpoint in endpoints {
        let Place::At(Address { host, port }) = endpoint.place() else { continue };
        let listener = Listener {
            name: qualified(&layers.instance.name(), endpoint.name),
            host: address::place(host.as_bytes()),
            span_id: endpoint.span_id(),
            service: Some(layers),
        };
        let here = seen.entry(port).or_default();
        let mut others = here.iter().chain(outside.get(&port).into_iter().flatten());
        let Some(other) = others.find(|other| meet(declaration, other, &listener, profile)) else {
            here.push(listener);
            continue;
        };
        let fault = Fault::PortConflict {
            port: i64::from(port),
            service: listener.name,
            other: other.name.clone(),
            declared_in: None,
        };
        let problem = Problem::new(fault, listener.span_id);
        let elsewhere = match other.service {
            Some(other) => layers.elsewhere_of_two(other),
            None => layers.elsewhere(0),
        };
        problems.add_first(problem.unless(elsewhere).with(other.span_id, "the other one"));
    }
}

/// Whether two can run on one machine and are in each other's way there, on one port.
fn meet(
    declaration: &Declaration,
    one: &Listener<'_>,
    other: &Listener<'_>,
    profile: Option<&str>,
) -> bool {
    address::overlap(one.host, other.host)
        && can_meet(declaration, one.service, other.service, profile)
}

/// Whether two services can run on one machine; an external may be on each.
fn can_meet(
    declaration: &Declaration,
    one: Option<&Layers<'_>>,
    other: Option<&Layers<'_>>,
    profile: Option<&str>,
) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    if declaration.machines.is_empty() || !declaration.uses.is_empty() {
        // Names that differ may mean one machine; the same ones are one.
        return true;
    }
    let [one, other] = [one, other].map(|layers| machines_of(declaration, layers, profile));
    one.is_empty() || other.is_empty() || one.iter().any(|machine| other.contains(machine))
}

/// The ports that a service has by its variables; what a used ecosystem may give it is seen when the program runs.
fn as_variables_say<'a>(
    declaration: &Declaration,
    sets: &Sets<'_>,
    (layers, profile): (&'a Layers<'a>, Option<&str>),
    seen: &mut Listeners<'a>,
    problems: &mut Problems,
) {
    let Some(told) = Told::of(layers, sets, profile).filter(|_| layers.is_complete()) else {
        return;
    };
    if !told.is_declared
        && layers.facts(profile).instances_share_variables()
        && !layers.allows("instances-share-port")
    {
        let fault = Fault::InstancesSharePort { port: told.first.to_string() };
        problems.add_first(Problem::new(fault, told.span_id));
    }
    let mut reported = false;
    for port in told.ports() {
        let listener = Listener {
            name: layers.instance.name().to_string(),
            host: address::place(address::LOOPBACK.as_bytes()),
            span_id: told.span_id,
            service: Some(layers),
        };
        let here = seen.entry(port).or_default();
        let other = here.iter().find(|other| {
            let is_own = other.service.is_some_and(|service| std::ptr::eq(service, layers));
            !is_own && meet(declaration, other, &listener, profile)
        });
        if let Some(other) = other
            && !reported
        {
            // Each that allows it says so for something.
            let both = [Some(layers), other.service].into_iter().flatten();
            reported = true;
            if both.filter(|layers| layers.allows("port-variable-conflict")).count() > 0 {
                continue;
            }
            let fault = Fault::PortVariableConflict {
                port,
                service: listener.name,
                other: other.name.clone(),
                counts: told.counts(),
                declared_in: None,
            };
            let problem = Problem::new(fault, listener.span_id);
            problems.add_first(problem.with(other.span_id, "the other one"));
            continue;
        }
        here.push(listener);
    }
}

/// What the variables of a service say of its ports.
struct Told {
    /// The port of its first process.
    first: u16,
    /// Whether `port` or `listen` say that one, too.
    is_declared: bool,
    /// How many processes count up from it.
    count: u16,
    span_id: SpanId,
}

impl Told {
    fn of(layers: &Layers<'_>, sets: &Sets<'_>, profile: Option<&str>) -> Option<Told> {
        let endpoints = layers.endpoints_if_any(profile);
        let declared = endpoints.iter().find(|endpoint| endpoint.name.is_empty());
        let (port, at) = match declared.map(Written::place) {
            Some(Place::At(Address { port, .. })) => (port, None),
            Some(Place::Auto | Place::Unknown) => return None,
            None => {
                let text = variable(layers, sets, profile)?;
                (port_of(text)?, Some(text.span_id))
            }
        };
        let value = |row| layers.setting(row, profile).given().and_then(first);
        let counter = value(row::INCREMENT_VAR);
        let counter = counter.filter(|counter| counter.value.as_name() == Some(PORT));
        let count = match value(row::INSTANCES).map(|count| &count.value) {
            Some(Value::Integer(count)) if counter.is_some() => u16::try_from(*count).ok()?.max(1),
            // How many those are that a machine decides, `check` knows.
            _ => 1,
        };
        let by_counting = counter.filter(|_| count > 1).map(|counter| counter.span_id);
        let span_id = by_counting.or(at)?;
        Some(Told { first: port, is_declared: declared.is_some(), count, span_id })
    }

    /// The last port.
    fn last(&self) -> u16 {
        self.first.saturating_add(self.count - 1)
    }

    /// All but the one that is declared.
    fn ports(&self) -> impl Iterator<Item = u16> + use<> {
        (self.first..=self.last()).skip(usize::from(self.is_declared))
    }

    /// The first and the last one, where there are several.
    fn counts(&self) -> Option<[u16; 2]> {
        (self.count > 1).then(|| [self.first, self.last()])
    }
}

fn first(setting: &Attribution) -> Option<&Spanned<Value>> {
    setting.values().first()
}

/// The text that a service has as PORT.
fn variable<'a>(
    layers: &Layers<'a>,
    sets: &Sets<'a>,
    profile: Option<&str>,
) -> Option<&'a Spanned<SmolStr>> {
    let mut given: Option<&'a EnvEntry> = None;
    for block in layers.with_profile(profile) {
        let is_unset = block.unset.iter().any(|key| **key == "env");
        if is_unset || block.spreads.iter().any(|set| !sets.has(set)) {
            given = None;
        }
        let spread = sets.spread_by(&block.spreads).into_iter().flat_map(|(_, entries)| entries);
        let mut entries = spread.chain(&block.env);
        given = entries.rfind(|entry| *entry.key == PORT).or(given);
    }
    match &given?.value {
        EnvValue::Text(text) => Some(text),
        EnvValue::Endpoint(_)
        | EnvValue::Expression(_)
        | EnvValue::Secret(_)
        | EnvValue::Inherit(_)
        | EnvValue::Or(_)
        | EnvValue::Required
        | EnvValue::Unset => None,
    }
}
