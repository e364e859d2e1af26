//! References to endpoints: `url proxx`, `{port :metrics}`; and their addresses, written out.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::Problems;
use super::environment::Sets;
use super::layers::{Layers, Services};
use crate::address::Address;
use crate::attribute::ATTRIBUTES;
use crate::blocks::{self, BlockOwner, FilledText, Siblings, references_in};
use crate::declaration::{
    Attribution, Declaration, EndpointPart, EndpointReference, EnvValue, External, Unit,
};
use crate::endpoint::{AUTO, Choice, Written, choose, choose_among, qualified};
use crate::expanded_service::Templates;
use crate::problem::{Fault, Known, Problem};
use crate::reference::Target;
use crate::span_id::{SpanId, Spanned};
use crate::suggest::{is_static, nearest};
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let mut references = Vec::new();
    let mut own = false;
    blocks::each_reference(declaration, |owner, reference| {
        references.push(Reference::written(owner, reference));
    });
    blocks::each_filled_text(declaration, |FilledText { text, span_id, owner, .. }| {
        for (part, target) in references_in(text) {
            match target.unit {
                Some(_) => {
                    let places = Places { path: span_id, unit: span_id, endpoint: span_id };
                    references.push(Reference { owner, part, target, places });
                }
                None => own = true,
            }
        }
    });
    if !references.is_empty() {
        let units = Units::of(declaration, services);
        for reference in &references {
            one(&units, reference, problems);
        }
    }
    if own {
        services.all.iter().for_each(|layers| own_endpoints(declaration, layers, problems));
    }
}

/// A reference, and where it is.
struct Reference<'a> {
    owner: Option<BlockOwner<'a>>,
    part: EndpointPart,
    target: Target<'a>,
    places: Places,
}

/// Where the parts of a reference are.
#[derive(Clone, Copy)]
struct Places {
    /// Of the ecosystem, or of the unit where none is named.
    path: SpanId,
    unit: SpanId,
    endpoint: SpanId,
}

impl<'a> Reference<'a> {
    fn written(owner: Option<BlockOwner<'a>>, reference: &'a EndpointReference) -> Reference<'a> {
        let unit = reference.unit_span();
        let path = reference.ecosystem.as_ref().map_or(unit, |path| path.span_id);
        let places = Places { path, unit, endpoint: reference.endpoint_span() };
        Reference { owner, part: reference.part.value, target: reference.target(), places }
    }
}

/// What is wrong with the choice of an endpoint; `endpoints` are those that there are, each with its
/// unit as it is written in references.
pub(crate) fn fault_of(
    choice: Choice,
    unit: &str,
    wanted: Option<&str>,
    endpoints: &[(String, &str)],
) -> Option<Fault> {
    let unit = unit.to_owned();
    let known = || endpoints.iter().map(|(unit, name)| qualified(unit, name)).collect();
    match choice {
        Choice::One(_) => None,
        Choice::Unknown => {
            let names = endpoints.iter().map(|(_, name)| *name);
            let meant = wanted.and_then(|wanted| nearest(wanted, names));
            let meant = endpoints.iter().find(|(_, name)| Some(*name) == meant);
            let meant = meant.map(|(unit, name)| qualified(unit, name));
            let name = wanted.map(str::to_owned);
            Some(Fault::UnknownEndpoint { unit, name, meant, known: known(), probed: None })
        }
        Choice::None => Some(no_endpoint(unit)),
        Choice::Several => Some(Fault::AmbiguousEndpoint { unit, endpoints: known() }),
    }
}

/// The fault that a unit without endpoints is.
pub(crate) fn no_endpoint(unit: String) -> Fault {
    Fault::UnknownEndpoint { unit, name: None, meant: None, known: Vec::new(), probed: None }
}

/// The fault that a URL without a scheme is.
pub(crate) fn url_without_scheme(unit: &str, endpoint: &str, port: Option<u16>) -> Fault {
    Fault::UrlWithoutScheme {
        target: qualified(unit, endpoint),
        name: if endpoint.is_empty() { String::new() } else { format!("{endpoint}: ") },
        port: port.map_or_else(|| AUTO.to_owned(), |port| port.to_string()),
    }
}

fn one(units: &Units<'_, '_>, reference: &Reference<'_>, problems: &mut Problems) {
    let Reference { owner, part, target, places } = reference;
    if let Some(path) = target.ecosystem {
        let known = units.by_name.contains_key(path);
        if known && !path.contains("::") {
            let fault = Fault::CapitalUnit { word: path.to_owned() };
            problems.add(Problem::new(fault, places.unit));
        } else if !path.contains("::") && !is_static(path) {
            // `Duck.voice`: no static is called so, and a unit of this ecosystem may be.
            let (unit, known) = (target.unit_text(), units.all());
            let meant = problems.meant(&unit, known.iter().map(String::as_str));
            if meant.is_some() {
                let known = Known::of(known.iter().map(String::as_str));
                let fault = Fault::UnknownTarget { target: unit, meant, ecosystem: None, known };
                problems.add(Problem::new(fault, places.path));
            }
        }
        return;
    }
    let siblings = owner.map_or(Siblings::None, BlockOwner::siblings);
    let unit = target.unit_text();
    let listeners = match units.find(siblings, target) {
        Meant::Listeners(listeners) => listeners,
        Meant::Elsewhere => return,
        Meant::Unknown => {
            let known = units.known(siblings, target.agent);
            let meant = problems.meant(&unit, known.iter().map(String::as_str));
            let known = Known::of(known.iter().map(String::as_str));
            let fault = Fault::UnknownTarget { target: unit, meant, ecosystem: None, known };
            problems.add(Problem::new(fault, places.unit));
            return;
        }
    };
    // What only some profile has, resolution asks for.
    let endpoints = || listeners.iter().flat_map(|listener| &listener.endpoints);
    let names: Vec<Vec<&str>> = listeners
        .iter()
        .map(|listener| listener.endpoints.iter().map(|endpoint| endpoint.name).collect())
        .collect();
    let chosen = choose_among(&names, target.endpoint);
    let written = listeners.iter().flat_map(|listener| {
        let unit = &listener.written;
        listener.endpoints.iter().map(move |endpoint| (unit.clone(), endpoint.name))
    });
    match (chosen, part) {
        (Choice::None | Choice::Unknown, _) if listeners.iter().any(|one| !one.is_complete) => {}
        (Choice::One(index), EndpointPart::Url) => {
            if let Some(endpoint) = endpoints().nth(index)
                && endpoint.scheme.is_none()
            {
                let port = port_of(endpoint);
                let fault = url_without_scheme(&unit, endpoint.name, port);
                let problem = Problem::new(fault, places.endpoint);
                problems.add(problem.with(endpoint.span_id(), "the endpoint"));
            }
        }
        (chosen, _) => {
            let fault = fault_of(chosen, &unit, target.endpoint, &written.collect::<Vec<_>>());
            let place = if target.endpoint.is_some() { places.endpoint } else { places.unit };
            let fault = match fault {
                Some(Fault::UnknownEndpoint { unit, name, meant, known, .. }) => {
                    let probed = units.by_name.get(target.unit_text().as_str()).copied();
                    let probed = probed.and_then(|unit| endpoint_of_probe(unit, *part));
                    Some(Fault::UnknownEndpoint { unit, name, meant, known, probed })
                }
                fault => fault,
            };
            if let Some(fault) = fault {
                problems.add(Problem::new(fault, place));
            }
        }
    }
}

/// The schemes of what usually listens on a port.
const SCHEMES: [(u16, &str); 8] = [
    (443, "https"),
    (1883, "mqtt"),
    (3306, "mysql"),
    (4222, "nats"),
    (5432, "postgresql"),
    (5672, "amqp"),
    (6379, "redis"),
    (27017, "mongodb"),
];

/// The statement for the endpoint that the probe of an external tries: it has `ready tcp "127.0.0.1:5432"`, and no
/// endpoint.
fn endpoint_of_probe(unit: &Unit, part: EndpointPart) -> Option<String> {
    let Unit::External(external) = unit else { return None };
    let probe = external.ready.as_ref()?;
    let [Spanned { value: Value::Text(target), .. }] = probe.values.as_slice() else {
        return None;
    };
    let authority = target.split_once("://").map_or(target.as_str(), |(_, rest)| rest);
    let written = authority.split(['/', '?', '#']).next()?;
    let address = Address::read(written).ok()?;
    let usual = SCHEMES.iter().find(|(port, _)| *port == address.port);
    let scheme = match (probe.kind.value, target.split_once("://"), usual) {
        (_, Some((scheme, _)), _) => scheme,
        (_, None, Some((_, scheme))) => scheme,
        _ if part == EndpointPart::Url => "http",
        _ => return Some(format!("listen {written:?};")),
    };
    Some(format!("listen {scheme} {written:?};"))
}

fn port_of(endpoint: &Written<'_>) -> Option<u16> {
    match endpoint.place() {
        crate::endpoint::Place::At(address) => Some(address.port),
        crate::endpoint::Place::Auto | crate::endpoint::Place::Unknown => None,
    }
}

/// What a reference means.
enum Meant<'a> {
    Listeners(Vec<Listener<'a>>),
    /// What another ecosystem may have.
    Elsewhere,
    Unknown,
}

/// A unit, and where it listens in some profile.
struct Listener<'a> {
    /// As it is written in a reference.
    written: String,
    endpoints: Vec<Written<'a>>,
    is_complete: bool,
}

/// The units that a reference can mean.
struct Units<'s, 'a> {
    services: &'s Services<'a>,
    templates: Templates<'a>,
    by_name: HashMap<&'a str, &'a Unit>,
    order: Vec<&'a str>,
}

impl<'s, 'a> Units<'s, 'a> {
    fn of(declaration: &'a Declaration, services: &'s Services<'a>) -> Units<'s, 'a> {
        let mut by_name = HashMap::new();
        let mut order = Vec::new();
        for unit in &declaration.units {
            if let Some(name) = unit.name() {
                by_name.entry(name).or_insert(unit);
                order.push(name);
            }
        }
        Units { services, templates: Templates::of(declaration), by_name, order }
    }

    fn find(&self, siblings: Siblings<'a>, target: &Target<'_>) -> Meant<'a> {
        let Some(name) = target.unit else { return Meant::Unknown };
        if let Some(agent) = target.agent {
            return match self.by_name.get(agent) {
                Some(Unit::Agent(agent)) => self.member(agent, name),
                Some(Unit::Service(_) | Unit::External(_) | Unit::Include(_)) | None => {
                    Meant::Unknown
                }
            };
        }
        let beside = match siblings {
            Siblings::None => Meant::Unknown,
            Siblings::Template(template) => {
                let mut all = self.services.all.iter();
                let is_made = |layers: &Layers<'_>| {
                    let made_from = layers.instance.templates.all().iter();
                    made_from.map(|layer| layer.template).any(|own| std::ptr::eq(own, template))
                };
                let found =
                    all.find(|layers| *layers.instance.service.name == name && is_made(layers));
                let elsewhere = match self.templates.are_elsewhere(&template.templates) {
                    true => Meant::Elsewhere,
                    false => Meant::Unknown,
                };
                found.map_or(elsewhere, |layers| {
                    Meant::Listeners(vec![Listener::of(layers, name.to_owned())])
                })
            }
            Siblings::Agent(agent) => self.member(agent, name),
        };
        match (&beside, self.by_name.get(name)) {
            (Meant::Unknown | Meant::Elsewhere, Some(Unit::Service(service))) => {
                let mut all = self.services.instances().iter();
                let found = all.find(|layers| std::ptr::eq(layers.instance.service, service));
                found.map_or(Meant::Elsewhere, |layers| {
                    Meant::Listeners(vec![Listener::of(layers, name.to_owned())])
                })
            }
            (Meant::Unknown | Meant::Elsewhere, Some(Unit::External(external))) => {
                Meant::Listeners(vec![Listener::of_external(external)])
            }
            (Meant::Unknown | Meant::Elsewhere, Some(Unit::Agent(agent))) => {
                if self.templates.are_elsewhere(&agent.templates) {
                    return Meant::Elsewhere;
                }
                let services = self.services.instances().iter();
                let services = services.filter(|layers| layers.is_of(agent));
                Meant::Listeners(
                    services
                        .map(|layers| {
                            let name = layers.instance.service.name.as_str();
                            Listener::of(layers, format!("{}.{name}", *agent.name))
                        })
                        .collect(),
                )
            }
            (Meant::Unknown | Meant::Elsewhere, Some(Unit::Include(_)) | None)
            | (Meant::Listeners(_), _) => beside,
        }
    }

    /// A service of an agent.
    fn member(&self, agent: &'a crate::declaration::Agent, name: &str) -> Meant<'a> {
        let mut services = self.services.instances().iter();
        let found =
            services.find(|layers| layers.is_of(agent) && *layers.instance.service.name == name);
        match found {
            Some(layers) => {
                Meant::Listeners(vec![Listener::of(layers, format!("{}.{name}", *agent.name))])
            }
            None if self.templates.are_elsewhere(&agent.templates) => Meant::Elsewhere,
            None => Meant::Unknown,
        }
    }

    /// All units, and the services of agents behind those.
    fn all(&self) -> Vec<String> {
        let agents = self
            .order
            .iter()
            .filter(|name| matches!(self.by_name.get(**name), Some(Unit::Agent(_))));
        let services = agents.flat_map(|agent| self.known(Siblings::None, Some(agent)));
        self.order.iter().map(|name| (*name).to_owned()).chain(services).collect()
    }

    /// The names that there are, in the order in which they are looked for.
    fn known(&self, siblings: Siblings<'a>, agent: Option<&str>) -> Vec<String> {
        let of_agent = |agent: &crate::declaration::Agent| {
            let services = self.services.instances().iter().filter(|layers| layers.is_of(agent));
            services.map(|layers| layers.instance.service.name.to_string()).collect::<Vec<_>>()
        };
        if let Some(Unit::Agent(agent)) = agent.and_then(|agent| self.by_name.get(agent)) {
            let names = of_agent(agent).into_iter();
            return names.map(|name| format!("{}.{name}", *agent.name)).collect();
        }
        let mut known = match siblings {
            Siblings::None => Vec::new(),
            Siblings::Template(template) => {
                template.services.iter().map(|service| service.name.to_string()).collect()
            }
            Siblings::Agent(agent) => of_agent(agent),
        };
        known.extend(self.order.iter().map(|name| (*name).to_owned()));
        known
    }
}

impl<'a> Listener<'a> {
    fn of(layers: &Layers<'a>, written: String) -> Listener<'a> {
        let mut endpoints: Vec<Written<'a>> = Vec::new();
        for &profile in layers.profiles() {
            for endpoint in layers.endpoints(profile) {
                match endpoints.iter_mut().find(|known| known.name == endpoint.name) {
                    // A scheme in one of the profiles is enough.
                    Some(known) if known.scheme.is_none() => *known = endpoint,
                    Some(_) => {}
                    None => endpoints.push(endpoint),
                }
            }
        }
        Listener { written, endpoints, is_complete: layers.is_complete() }
    }

    fn of_external(external: &'a External) -> Listener<'a> {
        let endpoints = external.listen.iter().map(Written::of).collect();
        Listener { written: external.name.to_string(), endpoints, is_complete: true }
    }
}

/// `{port}`, `{url :metrics}`: the endpoints of the service itself, in each of its profiles.
fn own_endpoints(declaration: &Declaration, layers: &Layers<'_>, problems: &mut Problems) {
    if !layers.is_complete() {
        return;
    }
    let sets = Sets::of(declaration);
    for &profile in layers.profiles() {
        let mut texts: Vec<(&str, SpanId)> = Vec::new();
        let mut env: IndexMap<&str, &EnvValue> = IndexMap::new();
        for block in layers.with_profile(profile) {
            if block.unset.iter().any(|key| **key == "env") {
                env.clear();
            }
            let spread =
                sets.spread_by(&block.spreads).into_iter().flat_map(|(_, entries)| entries);
            for entry in spread.chain(&block.env) {
                match &entry.value {
                    EnvValue::Unset => drop(env.shift_remove(entry.key.as_str())),
                    EnvValue::Required => {}
                    given => drop(env.insert(&entry.key, given)),
                }
            }
        }
        for text in env.into_values().flat_map(EnvValue::texts) {
            texts.push((text, text.span_id));
        }
        let rows = ATTRIBUTES.iter().enumerate().filter(|(_, attribute)| attribute.placeholders);
        let given = rows.filter_map(|(row, _)| layers.setting(row, profile).given());
        for value in given.flat_map(Attribution::values) {
            if let Value::Text(text) = &value.value {
                texts.push((text, value.span_id));
            }
        }
        let mut endpoints: Option<Vec<Written<'_>>> = None;
        for (text, span_id) in texts {
            for (part, target) in references_in(text) {
                if target.unit.is_some() {
                    continue;
                }
                let endpoints = endpoints.get_or_insert_with(|| layers.endpoints(profile));
                let service = layers.instance.service.name.as_str();
                let names: Vec<&str> = endpoints.iter().map(|known| known.name).collect();
                let choice = choose(&names, target.endpoint);
                let written = endpoints.iter().map(|known| (service.to_owned(), known.name));
                let fault = match (choice, part) {
                    (Choice::One(index), EndpointPart::Url) => endpoints
                        .get(index)
                        .filter(|endpoint| endpoint.scheme.is_none())
                        .map(|found| url_without_scheme(service, found.name, port_of(found))),
                    (choice, _) => {
                        fault_of(choice, service, target.endpoint, &written.collect::<Vec<_>>())
                    }
                };
                if let Some(fault) = fault {
                    problems.add_first(Problem::new(fault, span_id));
                }
            }
        }
    }
}
