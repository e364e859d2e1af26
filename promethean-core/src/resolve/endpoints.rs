//! Where the units of a system listen, and what references to that are filled in with.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use smol_str::{SmolStr, ToSmolStr as _};

use super::evaluate::evaluate;
use super::layers::each_block;
use super::machines::Machines;
use super::scope::{NodeId, NodeKind, ScopeId, Scopes};
use super::units::targets;
use crate::address::{Address, address_of_probe};
use crate::app::Endpoint;
use crate::blocks;
use crate::check::literal_endpoints::{self, Listening};
use crate::check::{
    auto_of_external, endpoint_fault, no_endpoint, url_without_scheme, wrong_place, wrong_scheme,
};
use crate::const_check::hash_of;
use crate::declaration::{Attribution, Block, EndpointPart, Probe, Unit};
use crate::endpoint::{self, Choice, Place, Written, choose_among, place, qualified};
use crate::problem::Fault;
use crate::reference::Target;
use crate::value::Value;

/// The ports that `auto` chooses from.
const AUTOMATIC: std::ops::Range<u16> = 20_000..30_000;

/// How many ports are kept free for a unit whose number of instances depends on the machine.
const INSTANCES: u16 = 64;

/// Where units listen, each looked up once, and only where something asks.
pub(super) struct Endpoints<'s, 'a> {
    scopes: &'s Scopes<'a>,
    profile: Option<&'s str>,
    machines: &'s Machines<'s, 'a>,
    known: RefCell<FxHashMap<NodeId, Rc<Vec<Endpoint>>>>,
    /// What listens on this machine with `listen`, by the ports.
    here: OnceCell<FxHashMap<u16, Here>>,
    automatic: OnceCell<FxHashMap<(NodeId, SmolStr), u16>>,
}

/// Who refers to an endpoint.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    /// The unit that the text is filled in for.
    pub(super) node: NodeId,
    /// The ecosystem that the text is written in.
    pub(super) scope: ScopeId,
    /// Whether it may name a service beside the unit.
    pub(super) beside: bool,
}

/// An endpoint of this machine.
struct Here {
    node: NodeId,
    /// The ecosystem that its `listen` is written in.
    scope: ScopeId,
    name: SmolStr,
    scheme: Option<SmolStr>,
}

/// The name of an endpoint; empty for the one without.
pub(super) fn name_of(endpoint: &Endpoint) -> &str {
    endpoint.name.as_deref().unwrap_or_default()
}

impl<'s, 'a> Endpoints<'s, 'a> {
    pub(super) fn new(
        scopes: &'s Scopes<'a>,
        profile: Option<&'s str>,
        machines: &'s Machines<'s, 'a>,
    ) -> Endpoints<'s, 'a> {
        let (known, here, automatic) = Default::default();
        Endpoints { scopes, profile, machines, known, here, automatic }
    }

    /// What a reference is filled in with.
    pub(super) fn part(
        &self,
        reader: Reader,
        part: EndpointPart,
        target: Target<'_>,
    ) -> Result<SmolStr, Fault> {
        let is_own = target.unit.is_none();
        let (nodes, unit): (Vec<NodeId>, String) = match is_own {
            true => (vec![reader.node], self.short_name(reader.node)),
            false => {
                let place = (reader.scope, reader.beside);
                let found =
                    targets(self.scopes, reader.node, place, target.ecosystem, &target.units());
                let found = found.map_err(as_reference)?;
                (found.nodes().collect(), target.unit_text())
            }
        };
        let listening: Vec<(NodeId, Rc<Vec<Endpoint>>)> =
            nodes.into_iter().map(|node| (node, self.of(node))).collect();
        let endpoints = || {
            let all = listening.iter();
            all.flat_map(|(node, endpoints)| endpoints.iter().map(|endpoint| (*node, endpoint)))
        };
        let names = listening.iter().map(|(_, endpoints)| endpoints.iter().map(name_of).collect());
        let choice = choose_among(&names.collect::<Vec<_>>(), target.endpoint);
        if let Choice::One(index) = choice
            && let Some((node, endpoint)) = endpoints().nth(index)
        {
            let host = match is_own || part == EndpointPart::Port {
                true => None,
                false => self.machines.host(reader.node, node, endpoint, &unit)?,
            };
            let elsewhere = host.map(|host| Endpoint { host, ..endpoint.clone() });
            let endpoint = elsewhere.as_ref().unwrap_or(endpoint);
            return text(endpoint, part, is_own).ok_or_else(|| {
                let written = (!endpoint.is_auto).then_some(endpoint.port);
                url_without_scheme(&unit, name_of(endpoint), written)
            });
        }
        let mut written = Vec::new();
        for (node, endpoints) in &listening {
            let unit = match listening.len() {
                1 => unit.clone(),
                _ => match target.ecosystem {
                    Some(path) => format!("{path}.{}", self.dotted_name(*node)),
                    None => self.dotted_name(*node),
                },
            };
            written.extend(endpoints.iter().map(|endpoint| (unit.clone(), name_of(endpoint))));
        }
        let fault = endpoint_fault(choice, &unit, target.endpoint, &written);
        Err(fault.unwrap_or_else(|| no_endpoint(unit)))
    }

    /// What is wrong with a text in which is the address of an endpoint that its own ecosystem does not
    /// see; what it sees is found where it is checked.
    pub(super) fn literal(&self, reader: Reader, text: &str, is_variable: bool) -> Option<Fault> {
        let here = || self.here.get_or_init(|| self.here());
        let (written, found) = literal_endpoints::address_in(text, |port| {
            here().get(&port).filter(|found| {
                let unit = self.scopes.node(found.node).scope;
                unit != reader.scope || found.scope != reader.scope
            })
        })?;
        let target = match found.node == reader.node {
            true => String::new(),
            false => self.reference_to(reader.scope, found.node),
        };
        let several = self.of(found.node).len() > 1;
        let name = if several { found.name.as_str() } else { "" };
        let target = qualified(&target, name);
        let at = Listening { target, scheme: found.scheme.clone() };
        Some(literal_endpoints::fault(text, is_variable, written, &at))
    }

    /// How an ecosystem refers to a unit: by its name, by a path that it has already, or by one that it
    /// does not have.
    fn reference_to(&self, scope: ScopeId, node: NodeId) -> String {
        let name = self.dotted_name(node);
        if self.scopes.node(node).scope == scope {
            return name;
        }
        let parts: Vec<&str> = name.split('.').collect();
        let leads = |path: &&str| {
            let linked = self.scopes.linked(scope, path);
            let found = linked.and_then(|linked| self.scopes.find_unit(linked, &parts));
            found.is_some_and(|found| found.nodes().eq([node]))
        };
        let mut paths = blocks::paths_of(self.scopes.get(scope).declaration).into_iter();
        let path = paths.find(leads).unwrap_or("path::TO_IT");
        format!("{path}.{name}")
    }

    /// What listens on this machine, as `listen` says.
    fn here(&self) -> FxHashMap<u16, Here> {
        let mut here = FxHashMap::default();
        for node in 0..self.scopes.node_count() {
            for (written, scope) in self.written(node).0 {
                if written.is_port {
                    continue;
                }
                let Ok(Endpoint { name, scheme, host, port, .. }) =
                    self.endpoint(node, written, scope)
                else {
                    continue;
                };
                if literal_endpoints::is_here(&host) {
                    let name = name.unwrap_or_default();
                    here.entry(port).or_insert(Here { node, scope, name, scheme });
                }
            }
        }
        here
    }

    fn short_name(&self, node: NodeId) -> String {
        let node = self.scopes.node(node);
        node.instance()
            .map_or_else(|| node.name.to_string(), |instance| instance.service.name.to_string())
    }

    fn dotted_name(&self, node: NodeId) -> String {
        let agent = self.scopes.node(node).agent();
        let name = self.short_name(node);
        agent.map_or(name.clone(), |agent| format!("{}.{name}", *agent.name))
    }

    /// Where a unit listens; what is wrong with that is reported for the unit itself.
    fn of(&self, node: NodeId) -> Rc<Vec<Endpoint>> {
        if let Some(known) = self.known.borrow().get(&node) {
            return Rc::clone(known);
        }
        let (endpoints, _) = self.declared(node, &self.written(node));
        let endpoints = Rc::new(endpoints);
        self.known.borrow_mut().insert(node, Rc::clone(&endpoints));
        endpoints
    }

    /// The endpoints that the blocks of a unit declare, each with the ecosystem it is written in.
    pub(super) fn written(&self, id: NodeId) -> endpoint::Endpoints<'a, ScopeId> {
        let node = self.scopes.node(id);
        let mut endpoints = endpoint::Endpoints::default();
        match &node.kind {
            NodeKind::External(external) => endpoints.listen(&external.listen, node.scope),
            NodeKind::Service(instance) => {
                each_block(self.scopes, self.profile, node, instance, |block, scope| {
                    endpoints.lay(block, scope);
                });
            }
        }
        endpoints
    }

    /// The same with their addresses, and what is wrong with them.
    pub(super) fn declared(
        &self,
        id: NodeId,
        written: &endpoint::Endpoints<'a, ScopeId>,
    ) -> (Vec<Endpoint>, Vec<Fault>) {
        let (mut endpoints, mut faults) = (Vec::with_capacity(written.0.len()), Vec::new());
        for (endpoint, scope) in &written.0 {
            match self.endpoint(id, *endpoint, *scope) {
                Ok(endpoint) => endpoints.push(endpoint),
                // What is wrong with `port` is reported as with every attribute.
                Err(_) if endpoint.is_port => {}
                Err(fault) => faults.push(fault),
            }
        }
        (endpoints, faults)
    }

    fn endpoint(
        &self,
        id: NodeId,
        written: Written<'a>,
        scope: ScopeId,
    ) -> Result<Endpoint, Fault> {
        let at = self.evaluated(&written.at.value, scope)?;
        let wrong = wrong_scheme(written).or_else(|| wrong_place(written, &at));
        if let Some(fault) = wrong {
            return Err(fault);
        }
        let is_external = self.scopes.node(id).instance().is_none();
        let name = Some(SmolStr::from(written.name)).filter(|name| !name.is_empty());
        let Address { host, port } = match place(&at) {
            Place::At(address) => address,
            Place::Auto if is_external => return Err(auto_of_external(written)),
            Place::Auto | Place::Unknown => {
                let automatic = self.automatic.get_or_init(|| self.automatic());
                let port = automatic.get(&(id, written.name.into())).copied();
                let port = port.unwrap_or(AUTOMATIC.start);
                Address { host: crate::address::LOOPBACK.into(), port }
            }
        };
        let scheme = written.scheme.map(|scheme| scheme.value.clone());
        Ok(Endpoint { name, scheme, host, port, is_auto: place(&at) == Place::Auto })
    }

    /// A value of `listen`, with what its expression gives: a port, or a text.
    fn evaluated(&self, value: &Value, scope: ScopeId) -> Result<Value, Fault> {
        let Value::Expression(index) = value else { return Ok(value.clone()) };
        let text = evaluate(self.scopes, scope, *index)?;
        Ok(text.parse().map_or(Value::Text(text), Value::Integer))
    }

    /// The port of each endpoint that is `auto`, whatever the profile and the units that are asked
    /// for: it stays the same in all of them.
    fn automatic(&self) -> FxHashMap<(NodeId, SmolStr), u16> {
        let mut taken = self.fixed_ports();
        let mut wanted: Vec<(u64, NodeId, &'a str, u16)> = Vec::new();
        for id in 0..self.scopes.node_count() {
            let node = self.scopes.node(id);
            let NodeKind::Service(instance) = &node.kind else { continue };
            let mut names: Vec<&str> = Vec::new();
            let (mut instances, mut counts) = (1, false);
            each_block(self.scopes, None, node, instance, |block, _| {
                let profiles = block.profiles.iter().map(|profile| &profile.block);
                for block in std::iter::once(block).chain(profiles) {
                    for listen in &block.listen {
                        let is_auto = Written::of(listen).place() == Place::Auto;
                        if is_auto && !names.contains(&listen.name()) {
                            names.push(listen.name());
                        }
                    }
                    instances = instances.max(instances_of(block));
                    counts |= block.setting("increment_var").is_some();
                }
            });
            let scope = self.scopes.get(node.scope);
            let ecosystem = scope.declaration.name.as_ref().map_or("", |name| name.as_str());
            wanted.extend(names.into_iter().map(|name| {
                let parts = [ecosystem, "\n", &scope.root_text, "\n", &node.name, "\n", name];
                (hash_of(&parts), id, name, if counts { instances } else { 1 })
            }));
        }
        wanted.sort_unstable();
        let size = AUTOMATIC.end - AUTOMATIC.start;
        let mut ports = FxHashMap::default();
        for (hash, id, name, count) in wanted {
            let mixed = (hash ^ hash >> 32) % u64::from(size);
            let first = u16::try_from(mixed).unwrap_or_default();
            let candidates = (0..size).map(|step| AUTOMATIC.start + (first + step) % size);
            let is_free = |port: &u16| {
                let end = port.saturating_add(count);
                end <= AUTOMATIC.end && (*port..end).all(|port| !taken.contains(&port))
            };
            let port = candidates.clone().find(is_free).unwrap_or(AUTOMATIC.start + first);
            taken.extend(port..port.saturating_add(count));
            ports.insert((id, SmolStr::from(name)), port);
        }
        ports
    }

    /// Every port that something of the opened ecosystems says.
    fn fixed_ports(&self) -> HashSet<u16> {
        let mut taken: HashSet<u16> = HashSet::new();
        for (scope, opened) in self.scopes.all().enumerate() {
            let mut at = |value: &Value| {
                if let Ok(value) = self.evaluated(value, scope)
                    && let Place::At(address) = place(&value)
                {
                    taken.insert(address.port);
                }
            };
            let mut probes: Vec<&Probe> = Vec::new();
            blocks::each(opened.declaration, |_, block| {
                let port = block.setting("port").map(Attribution::values).unwrap_or_default();
                if let Some(port) = port.first() {
                    at(&port.value);
                }
                block.listen.iter().for_each(|listen| at(&listen.at.value));
                probes.extend(block.probes().map(|(_, probe)| probe));
            });
            for unit in &opened.declaration.units {
                if let Unit::External(external) = unit {
                    external.listen.iter().for_each(|listen| at(&listen.at.value));
                    probes.extend(external.ready.as_deref());
                }
            }
            for probe in probes {
                if let [target] = probe.values.as_slice()
                    && let Value::Text(target) = &target.value
                    && let Some(address) = address_of_probe(target)
                {
                    taken.insert(address.port);
                }
            }
        }
        taken
    }
}

/// How many ports a block wants for its instances.
fn instances_of(block: &Block) -> u16 {
    let value = block.setting("instances").and_then(|instances| instances.values().first());
    match value.map(|value| &value.value) {
        None => 1,
        Some(Value::Integer(count)) if *count > 0 => u16::try_from(*count).unwrap_or(INSTANCES),
        Some(_) => INSTANCES,
    }
}

/// The part of an endpoint: as it listens for the unit itself, as it is reached for others.
fn text(endpoint: &Endpoint, part: EndpointPart, is_own: bool) -> Option<SmolStr> {
    Some(match (part, is_own) {
        (EndpointPart::Url, _) => endpoint.url()?.into(),
        (EndpointPart::Address, true) => endpoint.address().into(),
        (EndpointPart::Address, false) => endpoint.reachable_address().into(),
        (EndpointPart::Host, true) => endpoint.host.clone(),
        (EndpointPart::Host, false) => endpoint.reachable_host().into(),
        (EndpointPart::Port, _) => endpoint.port.to_smolstr(),
    })
}

/// What is wrong with the unit of a reference.
fn as_reference(fault: Fault) -> Fault {
    match fault {
        Fault::UnknownUnit { target, meant, ecosystem, known } => {
            Fault::UnknownTarget { target, meant, ecosystem, known }
        }
        other => other,
    }
}
