//! The units of a system: which services and externals belong to it, in the order of writing, and
//! who waits for whom.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::error::{Located, ResolveError};
use super::evaluate::duration_of;
use super::layers::{Layering, Waiting};
use super::scope::{Named, NodeId, NodeKind, ScopeId, Scopes};
use super::select::meant_unit;
use crate::blocks;
use crate::check::wrong_timeout;
use crate::declaration::{Attribution, Condition, Dependency, Unit};
use crate::expanded_service::ExpandedService;
use crate::problem::Fault;
use crate::problem::texts::{SERVICE_OF_AGENT, SERVICE_OF_TEMPLATE};
use crate::suggest::nearest;

/// The units of a system.
pub(super) struct Units<'a> {
    /// The services and externals in the order of writing. What only a dependency brings in stands
    /// before the first that depends on it.
    pub(super) order: Vec<NodeId>,
    /// What is known of each service and external, by its id.
    found: Vec<Found<'a>>,
}

/// What is known of a service or an external. There are thousands, and of most there is little to say.
#[derive(Default)]
struct Found<'a> {
    /// Whether it has been looked at.
    visited: bool,
    /// Whether its layers have been looked at.
    is_known: bool,
    /// Whether it is a service that has a probe.
    ready: bool,
    more: Option<Box<More<'a>>>,
}

/// What is known of a service that waits for something, or is not there.
#[derive(Default)]
struct More<'a> {
    /// What its layers say that it waits for.
    waiting: Vec<Waiting<'a>>,
    /// What it waits for.
    edges: Vec<Edge>,
    /// The profiles it exists in, where the active one is none of them.
    absent: Option<Vec<String>>,
}

impl Found<'_> {
    fn absent(&self) -> Option<&Vec<String>> {
        self.more.as_ref()?.absent.as_ref()
    }
}

/// One unit that a service waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) target: NodeId,
    /// What is waited for, where that is written.
    pub(super) condition: Option<Condition>,
    /// How long that may take, where that is written.
    pub(super) timeout: Option<Duration>,
    /// Whether the service is restarted with it.
    pub(super) restarts: bool,
}

/// Gathers units.
struct Gathering<'g, 's, 'a> {
    scopes: &'s Scopes<'a>,
    layering: &'g mut Layering<'s, 'a>,
    /// The main ecosystem and those it includes: all their units belong to the system.
    listed: HashSet<ScopeId>,
    units: Units<'a>,
    problems: &'g mut Vec<Located>,
}

impl<'a> Units<'a> {
    /// Gathers the units of the main ecosystem.
    pub(super) fn gather<'s>(
        scopes: &'s Scopes<'a>,
        layering: &mut Layering<'s, 'a>,
        problems: &mut Vec<Located>,
    ) -> Units<'a> {
        let count = scopes.node_count();
        let order = Vec::with_capacity(count);
        let mut gathering = Gathering {
            scopes,
            layering,
            listed: scopes.with_included(Scopes::MAIN).into_iter().collect(),
            units: Units { order, found: (0..count).map(|_| Found::default()).collect() },
            problems,
        };
        gathering.list(Scopes::MAIN, &mut HashSet::new());
        let Gathering { units, problems, .. } = gathering;
        problems.extend(units.names_once(scopes));
        units
    }

    /// What a service waits for.
    pub(super) fn edges(&self, node: NodeId) -> &[Edge] {
        self.found[node].more.as_ref().map_or(&[], |more| more.edges.as_slice())
    }

    /// Whether a service has a probe.
    pub(super) fn has_probe(&self, node: NodeId) -> bool {
        self.found[node].ready
    }

    /// Two different units cannot have one name.
    fn names_once(&self, scopes: &Scopes<'a>) -> Vec<Located> {
        // Nearly always they differ, and then it does not matter what has them.
        let mut names = FxHashSet::with_capacity_and_hasher(self.order.len(), FxBuildHasher);
        let mut nodes = self.order.iter().map(|node| scopes.node(*node));
        if nodes.all(|node| node.agent().is_none() && names.insert(node.name.as_str())) {
            return Vec::new();
        }
        drop(names);
        let mut problems = Vec::new();
        let mut seen: FxHashMap<&str, (&'static str, ScopeId)> = FxHashMap::default();
        seen.reserve(self.order.len());
        let mut agents: HashSet<(ScopeId, &str)> = HashSet::new();
        let mut declare = |name, what: &'static str, scope: ScopeId| {
            let Some((first, first_scope)) = seen.insert(name, (what, scope)) else { return };
            let title = |id: ScopeId| scopes.get(id).ecosystem.title();
            let (place, declared_in) = match first_scope == scope {
                true => (title(scope), None),
                false => {
                    let quoted = |id: ScopeId| scopes.get(id).ecosystem.quoted_title();
                    let place = format!("{} and {}", title(first_scope), title(scope));
                    (place, Some([quoted(first_scope), quoted(scope)]))
                }
            };
            let name = name.to_owned();
            let fault = Fault::DuplicateUnit { name, second: what, first, declared_in };
            problems.push(Located::new(place, fault));
        };
        for node in &self.order {
            let node = scopes.node(*node);
            if let Some(agent) = node.agent()
                && agents.insert((node.scope, &agent.name))
            {
                declare(agent.name.as_str(), "agent", node.scope);
            }
            let what = match &node.kind {
                NodeKind::External(_) => "external",
                NodeKind::Service(instance) => match (instance.agent, instance.within) {
                    (_, Some(_)) => SERVICE_OF_TEMPLATE,
                    (Some(agent), None) if !agent.templates.is_empty() => SERVICE_OF_AGENT,
                    (Some(_) | None, None) => "service",
                },
            };
            declare(&node.name, what, node.scope);
        }
        problems
    }

    /// The units that are asked for and all they depend on; all units where none are.
    pub(super) fn select(
        &self,
        scopes: &Scopes<'a>,
        asked_for: &[String],
        profile: Option<&str>,
    ) -> Result<Cow<'_, [NodeId]>, ResolveError> {
        if asked_for.is_empty() {
            return Ok(Cow::Borrowed(&self.order));
        }
        let mut wanted: HashSet<NodeId> = HashSet::new();
        let mut open: Vec<NodeId> = Vec::new();
        for name in asked_for {
            open.extend(self.find(scopes, name, profile)?);
        }
        while let Some(node) = open.pop() {
            if wanted.insert(node) {
                open.extend(self.edges(node).iter().map(|edge| edge.target));
            }
        }
        Ok(self.order.iter().copied().filter(|node| wanted.contains(node)).collect())
    }

    /// The services and externals that a name of the command line stands for.
    fn find(
        &self,
        scopes: &Scopes<'a>,
        name: &str,
        profile: Option<&str>,
    ) -> Result<Vec<NodeId>, ResolveError> {
        let matches = |node: &NodeId| {
            let node = scopes.node(*node);
            let of_agent = node.instance().and_then(|instance| {
                let agent = instance.agent?;
                let dotted = name.strip_prefix(agent.name.as_str())?.strip_prefix('.');
                Some(name == agent.name.as_str() || dotted == Some(instance.service.name.as_str()))
            });
            node.name == name || of_agent == Some(true)
        };
        let found: Vec<NodeId> = self.order.iter().copied().filter(matches).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let mut nodes = (0..self.found.len()).filter(matches);
        let absent = nodes.find_map(|node| self.found[node].absent().cloned());
        if let Some(exists_in) = absent {
            return Err(ResolveError::NotInProfile {
                name: name.to_owned(),
                profile: profile.map(str::to_owned),
                exists_in,
            });
        }
        let agents = agents(scopes, &self.order).into_keys().map(String::from);
        let services = self.order.iter().map(|node| scopes.node(*node).name.to_string());
        let known: Vec<String> = agents.chain(services).collect();
        let instances = self.order.iter().filter_map(|node| scopes.node(*node).instance());
        let services = instances.filter_map(|instance| {
            Some((instance.agent?.name.as_str(), instance.service.name.as_str()))
        });
        let meant = meant_unit(name, &known, services);
        Err(ResolveError::UnknownUnit { name: name.to_owned(), meant, known })
    }
}

/// The agents that have a service among these, with their doc comments.
pub(super) fn agents(scopes: &Scopes<'_>, among: &[NodeId]) -> IndexMap<SmolStr, String> {
    let agents = among.iter().filter_map(|node| scopes.node(*node).agent());
    agents.map(|agent| (agent.name.value.clone(), agent.doc.clone())).collect()
}

/// The profiles that blocks name.
pub(super) fn profiles<'a>(scopes: &Scopes<'a>) -> BTreeSet<&'a str> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for scope in scopes.all() {
        blocks::each(scope.declaration, |_, block| {
            known.extend(block.profiles.iter().map(|profile| profile.name.as_str()));
            let only = block.setting("only_profile").into_iter().flat_map(Attribution::values);
            known.extend(only.filter_map(|value| value.value.as_name()));
        });
    }
    known
}

/// A profile must be named by some block.
pub(super) fn known_profile(
    scopes: &Scopes<'_>,
    profile: Option<&str>,
) -> Result<(), ResolveError> {
    let Some(profile) = profile else { return Ok(()) };
    let known = profiles(scopes);
    if known.contains(profile) {
        return Ok(());
    }
    Err(ResolveError::UnknownProfile {
        name: profile.to_owned(),
        meant: nearest(profile, known.iter().copied()).map(str::to_owned),
        known: known.into_iter().map(str::to_owned).collect(),
    })
}

impl Gathering<'_, '_, '_> {
    /// Adds the units of an ecosystem and of those it includes.
    fn list(&mut self, scope: ScopeId, seen: &mut HashSet<ScopeId>) {
        if !seen.insert(scope) {
            return;
        }
        let scopes = self.scopes;
        let open = scopes.get(scope);
        for (unit, nodes) in open.declaration.units.iter().zip(&open.by_unit) {
            match unit {
                Unit::Include(path) => {
                    if let Some(included) = scopes.linked(scope, path) {
                        self.list(included, seen);
                    }
                }
                Unit::Agent(_) | Unit::Service(_) | Unit::External(_) => {
                    nodes.clone().for_each(|node| self.add(node));
                }
            }
        }
    }

    /// Adds a unit, and before it those that only its dependencies bring in.
    fn add(&mut self, node: NodeId) {
        if std::mem::replace(&mut self.units.found[node].visited, true) || !self.exists(node) {
            return;
        }
        let edges = self.edges_of(node);
        if !edges.is_empty() {
            let listed = self.listed.contains(&self.scopes.node(node).scope);
            for edge in &edges {
                if !listed || !self.listed.contains(&self.scopes.node(edge.target).scope) {
                    self.add(edge.target);
                }
            }
            self.units.found[node].more.get_or_insert_default().edges = edges;
        }
        self.units.order.push(node);
    }

    /// Whether the active profile has a unit. Looks at the layers of a service.
    fn exists(&mut self, id: NodeId) -> bool {
        let node = self.scopes.node(id);
        let found = &mut self.units.found[id];
        let Some(instance) = node.instance() else { return true };
        if !found.is_known {
            found.is_known = true;
            let needs = self.layering.needs(node, instance);
            found.ready = needs.ready;
            if !needs.depends_on.is_empty() {
                found.more.get_or_insert_default().waiting = needs.depends_on;
            }
            let active = self.layering.profile();
            if let Some(only) = needs.only_profile {
                let mut names = only.values().iter().filter_map(|value| value.value.as_name());
                if !names.any(|name| Some(name) == active) {
                    let names = only.values().iter().filter_map(|value| value.value.as_name());
                    let names = names.map(str::to_owned).collect();
                    found.more.get_or_insert_default().absent = Some(names);
                }
            }
        }
        found.absent().is_none()
    }

    /// What a service waits for; each unit once, with the strongest condition.
    fn edges_of(&mut self, node: NodeId) -> Vec<Edge> {
        let waiting = match &self.units.found[node].more {
            Some(more) if !more.waiting.is_empty() => more.waiting.clone(),
            Some(_) | None => return Vec::new(),
        };
        let mut edges: IndexMap<NodeId, Edge> = IndexMap::new();
        for waiting in waiting {
            let path = || [self.scopes.node(node).name.clone(), "depends_on".into()];
            let Waiting { dependency, scope, beside } = waiting;
            let unit: Vec<&str> = dependency.unit.iter().map(|part| part.as_str()).collect();
            let path_of = dependency.ecosystem.as_ref().map(|path| path.as_str());
            let targets = match targets(self.scopes, node, (scope, beside), path_of, &unit) {
                Ok(targets) => targets,
                Err(fault) => {
                    let problem = Located::new(path(), fault);
                    self.problems.push(problem);
                    continue;
                }
            };
            let condition = dependency.awaited().map(|condition| condition.value);
            let timeout = self.timeout(dependency, scope).unwrap_or_else(|fault| {
                self.problems.push(Located::new(path(), fault));
                None
            });
            // What waits for itself, or for what its profile does not have, breaks another rule.
            let waits_for_itself = targets.nodes().any(|target| target == node);
            let is_there = targets.nodes().any(|target| self.exists(target));
            if condition == Some(Condition::Ready)
                && !waits_for_itself
                && is_there
                && !self.one_can_be_ready(&targets)
            {
                let fault = Fault::NothingToBeReady { target: waiting.dependency.target() };
                let problem = Located::new(path(), fault);
                self.problems.push(problem);
            }
            for target in targets.nodes() {
                let fault = if target == node {
                    {
                        let unit = self.scopes.node(node).name.to_string();
                        Fault::DependsOnItself { unit, inherited: None }
                    }
                } else if self.exists(target) {
                    let nothing = Edge { target, condition: None, timeout: None, restarts: false };
                    let edge = edges.entry(target).or_insert(nothing);
                    edge.condition = condition.max(edge.condition);
                    // The stronger layer comes later.
                    edge.timeout = timeout.or(edge.timeout);
                    edge.restarts |= dependency.restarts;
                    if let (true, NodeKind::External(_)) =
                        (dependency.restarts, &self.scopes.node(target).kind)
                    {
                        let fault = Fault::NeverRestarts { target: dependency.target() };
                        self.problems.push(Located::new(path(), fault));
                    }
                    continue;
                } else if let Named::One(_) = targets {
                    Fault::NotInProfile {
                        dependent: self.scopes.node(node).name.to_string(),
                        target: self.scopes.node(target).name.to_string(),
                        profiles: self.units.found[target].absent().cloned().unwrap_or_default(),
                    }
                } else {
                    continue;
                };
                let problem = Located::new(path(), fault);
                self.problems.push(problem);
            }
        }
        edges.into_values().collect()
    }

    /// How long a dependency may take, where that is written.
    fn timeout(&self, dependency: &Dependency, scope: ScopeId) -> Result<Option<Duration>, Fault> {
        let Some(written) = &dependency.timeout else { return Ok(None) };
        match wrong_timeout(dependency) {
            Some(fault) => Err(fault),
            None => duration_of(self.scopes, scope, "timeout", written).map(Some),
        }
    }

    /// Whether one of them has a probe; nothing is ready at once.
    fn one_can_be_ready(&mut self, targets: &Named) -> bool {
        targets.nodes().next().is_none()
            || targets.nodes().any(|target| match self.scopes.node(target).kind {
                NodeKind::External(external) => external.ready.is_some(),
                NodeKind::Service(_) => self.exists(target) && self.units.has_probe(target),
            })
    }
}

/// The units that a dependency, or a reference, names.
pub(super) fn targets(
    scopes: &Scopes<'_>,
    node: NodeId,
    (scope, beside): (ScopeId, bool),
    ecosystem: Option<&str>,
    unit: &[&str],
) -> Result<Named, Fault> {
    let unknown = |scope: ScopeId, beside: &[&str], path: Option<&str>| {
        scopes.unknown_unit(scope, unit, beside, path)
    };
    if let Some(path) = ecosystem {
        let linked = scopes
            .linked(scope, path)
            .ok_or_else(|| Fault::UnknownEcosystem { path: path.to_owned() })?;
        if unit.is_empty() {
            let all = scopes.with_included(linked).into_iter();
            let units = all.flat_map(|id| scopes.get(id).by_unit.iter().cloned().flatten());
            return Ok(Named::All(units.collect()));
        }
        let found = scopes.find_unit(linked, unit);
        return found.ok_or_else(|| unknown(linked, &[], Some(path)));
    }
    if let [name] = unit {
        let node = scopes.node(node);
        let sibling = node.agent().filter(|_| beside);
        if let Some(found) = sibling.and_then(|agent| scopes.member(node.scope, &agent.name, name))
        {
            return Ok(Named::One(found));
        }
        if let Some(instance) = node.instance().filter(|_| beside)
            && is_left_out(instance, name)
        {
            return Err(Fault::WithoutDependency {
                service: (*name).to_owned(),
                dependent: instance.service.name.to_string(),
            });
        }
        if let Some(found) = scopes.own(scope, name) {
            return Ok(found.clone());
        }
    } else if let [agent, service] = unit
        && let Some(found) = scopes.member(scope, agent, service)
    {
        return Ok(Named::One(found));
    }
    let agent = scopes.node(node).agent().filter(|_| beside);
    let members = agent.and_then(|agent| scopes.own(scopes.node(node).scope, &agent.name));
    let members = members.into_iter().flat_map(Named::nodes);
    let beside: Vec<&str> = members
        .filter_map(|member| scopes.node(member).instance())
        .map(|member| member.service.name.as_str())
        .collect();
    Err(unknown(scope, &beside, None))
}

/// Whether a name is that of a service that the template has and the agent does without.
fn is_left_out(instance: &ExpandedService<'_>, name: &str) -> bool {
    let without = instance.agent.map(|agent| agent.without.as_slice()).unwrap_or_default();
    without.iter().any(|left_out| left_out.as_str() == name) && instance.templates.has_service(name)
}
