//! Dependencies: that their targets are there, and that nothing waits for itself.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use smol_str::SmolStr;

use super::layers::{Layers, Services};
use super::names::in_other_letters;
use super::spelling::{Spellings, ends_as_static, quoted_if_needed};
use super::{Problems, Surroundings, duration};
use crate::blocks::{self, BlockOwner, Container, Siblings};
use crate::declaration::{
    Agent, Block, Condition, Declaration, Dependency, External, Template, Unit,
};
use crate::expanded_service::{Chain, ExpandedService, Level, Templates};
use crate::problem::{Endless, Fault, Known, Miswritten, Problem};
use crate::service_facts::bit;
use crate::span_id::{SpanId, Spanned};
use crate::suggest::folded;

pub(super) fn check(
    declaration: &Declaration,
    services: &Services<'_>,
    surroundings: Surroundings<'_>,
    problems: &mut Problems,
) {
    let names = Names::of(declaration, surroundings);
    blocks::each(declaration, |owner, block| {
        for dependency in &block.depends_on {
            if !all_units(&names, owner, dependency, problems) {
                known_target(&names, owner.siblings(), dependency, problems);
            }
            right_timeout(dependency, problems);
        }
        depended_on_once(&block.depends_on, problems);
    });
    let graph = Graph::of(declaration, services.instances(), &names);
    graph.without_what_others_need(problems);
    graph.no_unit_depends_on_itself(problems);
    graph.targets_exist_in_profile(problems);
    graph.conditions_can_hold(problems);
    graph.no_cycles(problems);
    // A template that no agent here is made from: others may be.
    let bare = Graph::of(declaration, services.bare(), &names);
    bare.no_unit_depends_on_itself(problems);
    bare.no_cycles(problems);
}

/// `timeout` is a time, of what takes some.
fn right_timeout(dependency: &Dependency, problems: &mut Problems) {
    let Some(timeout) = &dependency.timeout else { return };
    if let Some(fault) = wrong_timeout(dependency).or_else(|| duration("timeout", timeout).err()) {
        problems.add(Problem::new(fault, timeout.span_id));
    }
}

/// What is wrong with the `timeout` of a dependency, whatever it is.
pub(crate) fn wrong_timeout(dependency: &Dependency) -> Option<Fault> {
    let condition = dependency.condition.as_ref().map(|condition| condition.value);
    let useless = dependency.timeout.is_some() && condition == Some(Condition::Started);
    useless.then(|| Fault::TimeoutOfStarted { target: dependency.target() })
}

/// `depends_on *;`: no name means all units.
fn all_units(
    names: &Names<'_>,
    owner: BlockOwner<'_>,
    dependency: &Dependency,
    problems: &mut Problems,
) -> bool {
    let [name] = dependency.unit.as_slice() else { return false };
    if name.as_str() != "*" || dependency.ecosystem.is_some() || names.units.contains_key("*") {
        return false;
    }
    let own = match owner {
        BlockOwner::Service { service, container: Container::Ecosystem } => Some(&service.name),
        BlockOwner::Service { container: Container::Agent(agent), .. }
        | BlockOwner::Agent(agent)
        | BlockOwner::Override { agent, .. } => Some(&agent.name),
        BlockOwner::Service { container: Container::Template(_), .. }
        | BlockOwner::Template(_)
        | BlockOwner::Defaults => None,
    };
    let units = names.declaration.units.iter().filter_map(|unit| match unit {
        Unit::Include(path) => Some(path.to_string()),
        Unit::Service(_) | Unit::Agent(_) | Unit::External(_) => unit.name().map(quoted_if_needed),
    });
    let own = own.map(|name| quoted_if_needed(name));
    let others: Vec<String> = units.filter(|unit| Some(unit) != own.as_ref()).collect();
    let write = if others.is_empty() { Vec::new() } else { vec![others.join(", ")] };
    let miswritten = Miswritten::All;
    let fault = Fault::MiswrittenUnit { target: name.to_string(), miswritten, write };
    problems.add(Problem::new(fault, name.span_id));
    true
}

fn depended_on_once(dependencies: &[Dependency], problems: &mut Problems) {
    let mut seen = HashMap::new();
    for dependency in dependencies {
        let (target, span_id) = (dependency.target(), dependency.span_id());
        if let Some(first) = seen.get(&target) {
            let fault = Fault::DuplicateDependency { target };
            problems.add(Problem::new(fault, span_id).with(*first, "first named"));
        } else {
            seen.insert(target, span_id);
        }
    }
}

/// The units a bare name can mean.
struct Names<'a> {
    units: HashMap<&'a str, Named<'a>>,
    /// The services of each template, which a block in it can name.
    in_templates: HashMap<*const Template, InTemplate<'a>>,
    /// In the order of writing, for suggestions.
    order: Vec<&'a str>,
    declaration: &'a Declaration,
    surroundings: Surroundings<'a>,
    /// Made when the first name is unknown.
    spellings: OnceCell<Spellings<'a>>,
}

/// What a block in a template can name.
struct InTemplate<'a> {
    /// The services of the template and of those that it is made from, in the order of writing.
    order: Vec<&'a str>,
    names: HashSet<&'a str>,
    /// Whether some of them are written in another ecosystem.
    partly_elsewhere: bool,
}

impl<'a> InTemplate<'a> {
    fn of(template: &'a Template, templates: &Templates<'a>) -> InTemplate<'a> {
        let mut order: Vec<&str> =
            template.services.iter().map(|service| service.name.as_str()).collect();
        let chain = templates.chain(&template.templates);
        order.extend(chain.services().map(|(service, _)| service.name.as_str()));
        InTemplate {
            names: order.iter().copied().collect(),
            order,
            partly_elsewhere: templates.are_elsewhere(&template.templates),
        }
    }
}

enum Named<'a> {
    Service,
    Agent(Members<'a>),
    External(&'a External),
}

/// The services of an agent.
struct Members<'a> {
    agent: &'a Agent,
    /// The templates that it is made from, as far as they are declared here.
    chain: Chain<'a>,
    /// Whether some of its services are written in another ecosystem.
    partly_elsewhere: bool,
    /// In the order of writing, for suggestions.
    order: Vec<&'a str>,
    names: HashSet<&'a str>,
}

impl<'a> Members<'a> {
    fn of(agent: &'a Agent, templates: &Templates<'a>) -> Members<'a> {
        let parts = templates.parts(agent).into_iter();
        let order: Vec<&str> = parts.map(|part| part.service.name.as_str()).collect();
        Members {
            agent,
            chain: templates.chain(&agent.templates),
            partly_elsewhere: templates.are_elsewhere(&agent.templates),
            names: order.iter().copied().collect(),
            order,
        }
    }

    /// Whether the agent excludes a service of its template. That is reported where it is excluded.
    fn leave_out(&self, name: &str) -> bool {
        self.agent.without.iter().any(|left_out| left_out.as_str() == name)
            && self.chain.has_service(name)
    }
}

impl<'a> Names<'a> {
    fn of(declaration: &'a Declaration, surroundings: Surroundings<'a>) -> Names<'a> {
        let templates = Templates::of(declaration);
        let in_templates = declaration
            .templates
            .iter()
            .map(|template| (std::ptr::from_ref(template), InTemplate::of(template, &templates)));
        let mut names = Names {
            units: HashMap::new(),
            in_templates: in_templates.collect(),
            order: Vec::new(),
            declaration,
            surroundings,
            spellings: OnceCell::new(),
        };
        for unit in &declaration.units {
            let (name, meaning) = match unit {
                Unit::Include(_) => continue,
                Unit::Service(service) => (&service.name, Named::Service),
                Unit::Agent(agent) => {
                    let members = Members::of(agent, &templates);
                    (&agent.name, Named::Agent(members))
                }
                Unit::External(external) => (&external.name, Named::External(external)),
            };
            names.units.entry(name).or_insert(meaning);
            names.order.push(name);
        }
        names
    }

    /// What somebody means who writes a unit in another spelling.
    fn in_another_spelling(&self, written: &str, siblings: Siblings<'_>) -> Option<Fault> {
        let beside: Vec<&str> = match siblings {
            Siblings::None => Vec::new(),
            Siblings::Template(template) => {
                let beside = self.in_templates.get(&std::ptr::from_ref(template));
                beside.map(|beside| beside.order.clone()).unwrap_or_default()
            }
            Siblings::Agent(agent) => {
                self.agent(&agent.name).map(|members| members.order.clone()).unwrap_or_default()
            }
        };
        let spellings = self.spellings.get_or_init(|| Spellings::of(self.declaration));
        spellings.unit(written, &beside, siblings)
    }

    /// The service of an agent whose name in PM2, or short name, a misspelled one resembles.
    fn meant(&self, written: &str, problems: &mut Problems) -> Option<String> {
        let spellings = self.spellings.get_or_init(|| Spellings::of(self.declaration));
        let name = folded(written);
        let meant = problems.meant(&name, spellings.folded_units())?;
        spellings.written(&meant).map(str::to_owned)
    }

    fn agent(&self, name: &str) -> Option<&Members<'a>> {
        match self.units.get(name) {
            Some(Named::Agent(members)) => Some(members),
            Some(Named::Service | Named::External(_)) | None => None,
        }
    }
}

fn known_target<'a>(
    names: &Names<'a>,
    siblings: Siblings<'a>,
    dependency: &Dependency,
    problems: &mut Problems,
) {
    let span_id = dependency.span_id();
    match (&dependency.ecosystem, dependency.unit.as_slice()) {
        (Some(path), unit) => {
            let known = names.units.get_key_value(path.as_str());
            if let (Some((word, _)), []) = (known, unit) {
                let fault = Fault::CapitalUnit { word: (*word).to_owned() };
                problems.add(Problem::new(fault, span_id));
            } else if !ends_as_static(path) {
                miswritten_path(names, siblings, dependency, path, problems);
            } else if !path.contains("::") {
                word_for_path(names, siblings, dependency, path, problems);
            }
        }
        (None, [name]) => {
            if names.units.contains_key(name.as_str()) {
                return;
            }
            let all = names.order.iter().copied();
            match siblings {
                Siblings::None => unknown(names, siblings, dependency, span_id, all, problems),
                Siblings::Template(template) => {
                    let beside = names.in_templates.get(&std::ptr::from_ref(template));
                    let Some(beside) = beside else { return };
                    if !beside.partly_elsewhere && !beside.names.contains(name.as_str()) {
                        let beside = beside.order.iter().copied();
                        unknown(names, siblings, dependency, span_id, beside.chain(all), problems);
                    }
                }
                Siblings::Agent(agent) => {
                    // Another unit has the name of the agent, which is reported.
                    let Some(members) = names.agent(&agent.name) else { return };
                    let is_there = members.names.contains(name.as_str());
                    if !is_there && !members.partly_elsewhere && !members.leave_out(name) {
                        let beside = members.order.iter().copied();
                        unknown(names, siblings, dependency, span_id, beside.chain(all), problems);
                    }
                }
            }
        }
        (None, [agent, service]) => {
            let Some(members) = names.agent(agent) else {
                let all = names.order.iter().copied();
                unknown(names, siblings, dependency, agent.span_id, all, problems);
                return;
            };
            if !members.partly_elsewhere && !members.names.contains(service.as_str()) {
                match names.in_another_spelling(&dependency.target(), siblings) {
                    Some(fault) => problems.add(Problem::new(fault, span_id)),
                    None => unknown_service(members, dependency, problems),
                }
            }
        }
        (None, _) => {}
    }
}

/// `duck::voice`: no static is called so, and a unit of this ecosystem is.
fn miswritten_path(
    names: &Names<'_>,
    siblings: Siblings<'_>,
    dependency: &Dependency,
    path: &Spanned<SmolStr>,
    problems: &mut Problems,
) {
    if let Some(fault) = names.in_another_spelling(&dependency.target(), siblings) {
        problems.add(Problem::new(fault, path.span_id));
        return;
    }
    let members = path.split_once("::").and_then(|(agent, service)| {
        Some((names.agent(agent)?, service)).filter(|_| dependency.unit.is_empty())
    });
    if let Some((members, service)) = members {
        let fault = unknown_in(members, service, dependency.target(), problems);
        problems.add(Problem::new(fault, path.span_id));
    }
}

/// `DUCK.voice` for `duck.voice`, `SYS.redis` for `infra::SYS.redis`: a static in capitals that
/// nothing else speaks of, where what is meant is known.
fn word_for_path(
    names: &Names<'_>,
    siblings: Siblings<'_>,
    dependency: &Dependency,
    path: &Spanned<SmolStr>,
    problems: &mut Problems,
) {
    let declaration = names.declaration;
    let included = declaration.units.iter().filter_map(Unit::included);
    let links = || declaration.uses.iter().chain(included.clone()).map(|link| link.as_str());
    if links().any(|link| link == path.as_str()) {
        return;
    }
    let target = dependency.target();
    let linked = links().find(|link| link.rsplit("::").next() == Some(path.as_str()));
    let meant = match linked {
        Some(link) => {
            let write = vec![target.replacen(path.as_str(), link, 1)];
            Some(Fault::MiswrittenUnit { target, miswritten: Miswritten::Path, write })
        }
        None => names.in_another_spelling(&target, siblings).filter(|fault| {
            let Fault::MiswrittenUnit { miswritten, .. } = fault else { return false };
            *miswritten != Miswritten::Path
        }),
    };
    if let Some(fault) = meant
        && !names.surroundings.is_in_scope.is_some_and(|is_in_scope| is_in_scope(path))
    {
        problems.add(Problem::new(fault, path.span_id));
    }
}

fn unknown<'a>(
    names: &Names<'a>,
    siblings: Siblings<'a>,
    dependency: &Dependency,
    span_id: SpanId,
    known: impl Iterator<Item = &'a str> + Clone,
    problems: &mut Problems,
) {
    let target = dependency.target();
    if let Some(fault) = in_other_letters(&target) {
        problems.add(Problem::new(fault, span_id));
        return;
    }
    if let Some(fault) = names.in_another_spelling(&target, siblings) {
        problems.add(Problem::new(fault, span_id));
        return;
    }
    let meant = problems.meant(&target, known.clone()).or_else(|| names.meant(&target, problems));
    let fault = Fault::UnknownUnit { meant, target, ecosystem: None, known: Known::of(known) };
    problems.add(Problem::new(fault, span_id));
}

/// A service of an agent is known by both of their names.
fn unknown_service(members: &Members<'_>, dependency: &Dependency, problems: &mut Problems) {
    let service = dependency.unit.last().map_or("", |service| service.as_str());
    let fault = unknown_in(members, service, dependency.target(), problems);
    problems.add(Problem::new(fault, dependency.span_id()));
}

fn unknown_in(
    members: &Members<'_>,
    service: &str,
    target: String,
    problems: &mut Problems,
) -> Fault {
    let qualified = |name: &&str| format!("{}.{name}", *members.agent.name);
    let meant = problems.meant(service, members.order.iter().copied());
    let meant = meant.map(|name| qualified(&name.as_str()));
    let first = members.order.iter().take(Known::SHOWN).map(qualified).collect();
    let known = Known::new(first, members.order.len());
    Fault::UnknownUnit { meant, target, ecosystem: None, known }
}

/// The services and what each waits for.
struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    profiles: Vec<&'a str>,
}

struct Node<'a> {
    instance: ExpandedService<'a>,
    layers: &'a Layers<'a>,
    name: SmolStr,
    /// The profiles it exists in; `None` for all.
    exists_in: Option<Vec<&'a str>>,
    edges: Vec<Edge<'a>>,
}

impl Node<'_> {
    /// What else than the service itself sets a dependency, and the name of the service there.
    fn set_for_others(&self, dependency: &Dependency) -> Option<(String, String)> {
        let is_in = |block: &Block| {
            block.depends_on.as_ptr_range().contains(&std::ptr::from_ref(dependency))
        };
        let has = |block: &Block| {
            is_in(block) || block.profiles.iter().any(|profile| is_in(&profile.block))
        };
        let level = self.instance.blocks().find(|(_, block)| has(block));
        let from = match level {
            Some((Level::Service | Level::Override, _)) => return None,
            Some((Level::Agent, _)) => format!("the agent `{}`", *self.instance.agent?.name),
            Some((Level::Template, block)) => {
                format!("the template `{}`", *self.instance.template_of(block)?.name)
            }
            Some((Level::Defaults | Level::UsedDefaults, _)) | None => "`defaults`".to_owned(),
        };
        Some((from, self.instance.service.name.to_string()))
    }
}

struct Edge<'a> {
    dependency: &'a Dependency,
    /// The profile it holds in; `None` for all.
    profile: Option<&'a str>,
    targets: Targets<'a>,
}

enum Targets<'a> {
    /// One service.
    One(usize),
    /// All services of an agent.
    Many {
        /// Those that are known here.
        services: Vec<usize>,
        /// Whether templates of other files may have more.
        partly_elsewhere: bool,
    },
    /// A service of the template that the agent does without.
    LeftOut,
    External(&'a External),
    /// Another ecosystem's unit, or something unknown that is reported already.
    Elsewhere,
}

impl<'a> Node<'a> {
    /// The profiles (`None`: without one) that differ for a dependency on a target.
    fn profiles_with(&self, edge: &Edge<'a>, target: &Node<'a>) -> Vec<Option<&'a str>> {
        match (edge.profile, &self.exists_in) {
            (Some(profile), _) => vec![Some(profile)],
            (None, Some(exists_in)) => exists_in.iter().copied().map(Some).collect(),
            (None, None) => target.layers.profiles().to_vec(),
        }
    }
}

impl Edge<'_> {
    fn targets(&self) -> &[usize] {
        match &self.targets {
            Targets::One(node) => std::slice::from_ref(node),
            Targets::Many { services, .. } => services,
            Targets::LeftOut | Targets::External(_) | Targets::Elsewhere => &[],
        }
    }
}

impl<'a> Graph<'a> {
    fn of(
        declaration: &'a Declaration,
        services: &'a [Layers<'a>],
        names: &Names<'a>,
    ) -> Graph<'a> {
        let mut profiles: Vec<&str> = Vec::new();
        blocks::each(declaration, |_, block| {
            for profile in &block.profiles {
                if !profiles.contains(&profile.name.as_str()) {
                    profiles.push(&profile.name);
                }
            }
        });
        let positions: HashMap<(Option<&str>, &str), usize> = services
            .iter()
            .enumerate()
            .map(|(position, layers)| {
                let instance = &layers.instance;
                ((group(instance), instance.service.name.as_str()), position)
            })
            .collect();
        let nodes = services.iter().map(|layers| {
            let instance = &layers.instance;
            let edges = dependencies(layers).into_iter().map(|(level, profile, dependency)| {
                let siblings = (level != Level::Defaults).then_some(instance);
                let targets = targets(names, &positions, siblings, dependency);
                Edge { dependency, profile, targets }
            });
            Node {
                instance: instance.clone(),
                name: instance.name(),
                exists_in: layers.only_profile(),
                edges: edges.collect(),
                layers,
            }
        });
        Graph { nodes: nodes.collect(), profiles }
    }

    fn without_what_others_need(&self, problems: &mut Problems) {
        for node in &self.nodes {
            for edge in &node.edges {
                let (Targets::LeftOut, [service]) =
                    (&edge.targets, edge.dependency.unit.as_slice())
                else {
                    continue;
                };
                let without = node.instance.agent.and_then(|agent| {
                    agent.without.iter().find(|left_out| left_out.value == service.value)
                });
                let fault = Fault::WithoutDependency {
                    service: service.to_string(),
                    dependent: node.instance.service.name.to_string(),
                };
                let span_id = without.map_or(SpanId::NOWHERE, |left_out| left_out.span_id);
                problems.add(
                    Problem::new(fault, span_id).with(edge.dependency.span_id(), "the dependency"),
                );
            }
        }
    }

    fn no_unit_depends_on_itself(&self, problems: &mut Problems) {
        for (position, node) in self.nodes.iter().enumerate() {
            for edge in &node.edges {
                if edge.targets().contains(&position) {
                    let unit = node.name.to_string();
                    let inherited = node.set_for_others(edge.dependency);
                    let fault = Fault::DependsOnItself { unit, inherited };
                    problems.add(Problem::new(fault, edge.dependency.span_id()));
                }
            }
        }
    }

    /// What a unit depends on exists in every profile that the unit exists in.
    fn targets_exist_in_profile(&self, problems: &mut Problems) {
        for node in &self.nodes {
            for edge in &node.edges {
                let Targets::One(target) = edge.targets else { continue };
                let target = &self.nodes[target];
                let Some(there) = &target.exists_in else { continue };
                let needed_in = match (edge.profile, &node.exists_in) {
                    (Some(profile), _) => Some(vec![profile]),
                    (None, exists_in) => exists_in.clone(),
                };
                let always_there = needed_in
                    .is_some_and(|needed| needed.iter().all(|profile| there.contains(profile)));
                if !always_there {
                    let fault = Fault::NotInProfile {
                        dependent: node.name.to_string(),
                        target: target.name.to_string(),
                        profiles: there.iter().map(|profile| (*profile).to_owned()).collect(),
                    };
                    problems.add(Problem::new(fault, edge.dependency.span_id()));
                }
            }
        }
    }

    /// What is waited for can come: `(ready)` needs a probe, `(completed)` an end.
    fn conditions_can_hold(&self, problems: &mut Problems) {
        let edges = self.nodes.iter().enumerate().flat_map(|(position, node)| {
            // What waits for itself is another rule.
            let others = node.edges.iter().filter(move |edge| !edge.targets().contains(&position));
            others.map(move |edge| (node, edge))
        });
        for (dependent, edge) in edges {
            let target = edge.dependency.target();
            if edge.dependency.restarts
                && let Targets::External(_) = edge.targets
            {
                let fault = Fault::NeverRestarts { target: target.clone() };
                problems.add(Problem::new(fault, edge.dependency.span_id()));
            }
            let Some(condition) = edge.dependency.awaited() else { continue };
            let span_id = condition.span_id;
            let fault = match (condition.value, &edge.targets) {
                // One of those in another file may have a probe.
                (Condition::Started, _)
                | (Condition::Ready, Targets::Many { partly_elsewhere: true, .. }) => None,
                (Condition::Ready, Targets::External(external)) => {
                    external.ready.is_none().then_some(Fault::NothingToBeReady { target })
                }
                (Condition::Completed, Targets::External(_)) => {
                    let why = Endless::External;
                    Some(Fault::NeverCompletes { target, why, profile: None })
                }
                (Condition::Ready, _) => {
                    let mut nodes = edge.targets().iter().map(|node| &self.nodes[*node]);
                    // Of an agent, those services are waited for that have a probe.
                    let never = !edge.targets().is_empty()
                        && nodes.all(|node| node.layers.facts(None).lacks(bit::READY));
                    never.then_some(Fault::NothingToBeReady { target })
                }
                (Condition::Completed, _) => edge.targets().iter().find_map(|node| {
                    let node = &self.nodes[*node];
                    dependent.profiles_with(edge, node).into_iter().find_map(|profile| {
                        let target = node.name.to_string();
                        let why = node.layers.facts(profile).endless()?;
                        let profile = profile.map(str::to_owned);
                        Some(Fault::NeverCompletes { target, why, profile })
                    })
                }),
            };
            if let Some(fault) = fault {
                problems.add(Problem::new(fault, span_id));
            }
        }
    }

    /// Cycles outside all profiles, then those that a profile adds.
    fn no_cycles(&self, problems: &mut Problems) {
        let mut reported: HashSet<usize> = HashSet::new();
        for profile in std::iter::once(None).chain(self.profiles.iter().copied().map(Some)) {
            let mut finished = vec![false; self.nodes.len()];
            for start in 0..self.nodes.len() {
                self.follow(start, profile, &mut finished, &mut reported, problems);
            }
        }
    }

    /// Walks the dependencies of a unit until one comes back to a unit on the way.
    fn follow(
        &self,
        start: usize,
        profile: Option<&str>,
        finished: &mut [bool],
        reported: &mut HashSet<usize>,
        problems: &mut Problems,
    ) {
        let mut path: Vec<(usize, Vec<(usize, SpanId)>)> = Vec::new();
        let mut on_path = HashSet::new();
        if !finished[start] {
            path.push((start, self.outgoing(start, profile)));
            on_path.insert(start);
        }
        while let Some((node, outgoing)) = path.last_mut() {
            let node = *node;
            let Some((next, _)) = outgoing.pop() else {
                finished[node] = true;
                on_path.remove(&node);
                path.pop();
                continue;
            };
            if on_path.contains(&next) {
                // Both ends of the way back are in the cycle: most need not be looked at.
                if reported.contains(&next) || reported.contains(&node) {
                    continue;
                }
                let cycle: Vec<usize> =
                    path.iter().map(|(node, _)| *node).skip_while(|node| *node != next).collect();
                if cycle.iter().all(|node| !reported.contains(node)) {
                    reported.extend(&cycle);
                    self.report(&cycle, profile, problems);
                }
            } else if !finished[next] {
                on_path.insert(next);
                path.push((next, self.outgoing(next, profile)));
            }
        }
    }

    /// The units that one waits for, and where that is written; the last one first.
    fn outgoing(&self, node: usize, profile: Option<&str>) -> Vec<(usize, SpanId)> {
        let edges = self.nodes[node].edges.iter();
        let active = edges.filter(|edge| edge.profile.is_none() || edge.profile == profile);
        let mut outgoing: Vec<(usize, SpanId)> = active
            .flat_map(|edge| {
                edge.targets().iter().map(|target| (*target, edge.dependency.span_id()))
            })
            .filter(|(target, _)| *target != node)
            .collect();
        outgoing.reverse();
        outgoing
    }

    /// Reports a cycle from its first unit in the order of writing.
    fn report(&self, cycle: &[usize], profile: Option<&str>, problems: &mut Problems) {
        // What each of them depends on, itself too, is one mistake.
        let is_of_itself = |node: &usize| {
            let mut edges = self.nodes[*node].edges.iter();
            edges.any(|edge| edge.targets().contains(node))
        };
        if cycle.iter().all(is_of_itself) {
            return;
        }
        let first = cycle.iter().enumerate().min_by_key(|(_, node)| **node);
        let first = first.map_or(0, |(position, _)| position);
        let mut path: Vec<usize> =
            cycle.iter().copied().cycle().skip(first).take(cycle.len()).collect();
        let start = path[0];
        path.push(start);
        let span_id = self
            .outgoing(start, profile)
            .iter()
            .find(|(target, _)| *target == path[1])
            .map_or(SpanId::NOWHERE, |(_, span_id)| *span_id);
        let path = path.iter().map(|node| self.nodes[*node].name.to_string()).collect();
        problems.add(Problem::new(Fault::DependencyCycle { path }, span_id));
    }
}

/// The dependencies of all layers together, each with the profile it holds in.
fn dependencies<'a>(layers: &Layers<'a>) -> Vec<(Level, Option<&'a str>, &'a Dependency)> {
    let mut all: Vec<(Level, Option<&str>, &Dependency)> = Vec::new();
    for (level, block) in layers.blocks() {
        if block.unset.iter().any(|key| **key == "depends_on") {
            all.clear();
        }
        all.extend(block.depends_on.iter().map(|dependency| (level, None, dependency)));
        for profile in &block.profiles {
            let name = Some(profile.name.as_str());
            let depends_on = profile.block.depends_on.iter();
            all.extend(depends_on.map(|dependency| (level, name, dependency)));
        }
    }
    all
}

/// What services are beside each other in: an agent, or a template that none is made from.
fn group<'a>(instance: &ExpandedService<'a>) -> Option<&'a str> {
    let agent = instance.agent.map(|agent| agent.name.as_str());
    agent.or(instance.within.map(|template| template.name.as_str()))
}

fn targets<'a>(
    names: &Names<'a>,
    positions: &HashMap<(Option<&str>, &str), usize>,
    siblings: Option<&ExpandedService<'_>>,
    dependency: &Dependency,
) -> Targets<'a> {
    if dependency.ecosystem.is_some() {
        return Targets::Elsewhere;
    }
    let all_of = |members: &Members<'_>| {
        let agent = Some(members.agent.name.as_str());
        let names = members.order.iter();
        let nodes = names.filter_map(|name| positions.get(&(agent, *name)).copied());
        let partly_elsewhere = members.partly_elsewhere;
        Targets::Many { services: nodes.collect(), partly_elsewhere }
    };
    let one = |agent: Option<&str>, service: &str| {
        positions.get(&(agent, service)).map_or(Targets::Elsewhere, |node| Targets::One(*node))
    };
    match dependency.unit.as_slice() {
        [name] => {
            if let Some(instance) = siblings
                && let Some(group) = group(instance)
            {
                if let Some(sibling) = positions.get(&(Some(group), name.as_str())) {
                    return Targets::One(*sibling);
                }
                let without = instance.agent.map_or(&[][..], |agent| &agent.without);
                if without.iter().any(|left_out| left_out.value == name.value) {
                    return Targets::LeftOut;
                }
            }
            match names.units.get(name.as_str()) {
                Some(Named::Service) => one(None, name),
                Some(Named::Agent(members)) => all_of(members),
                Some(Named::External(external)) => Targets::External(external),
                None => Targets::Elsewhere,
            }
        }
        [agent, service] => one(Some(agent.as_str()), service),
        _ => Targets::Elsewhere,
    }
}
