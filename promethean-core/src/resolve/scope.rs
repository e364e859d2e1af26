//! The ecosystems that a system is made of, each opened once.

use std::cell::{OnceCell, RefCell};
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::error::Located;
use super::own_root;
use crate::blocks::paths_of;
use crate::declaration::{Agent, Declaration, EnvSet, External, Service, Template, Unit};
use crate::ecosystem::{Ecosystem, Location};
use crate::expanded_service::{self, Chain, ExpandedService, TemplateLayer};
use crate::paths;
use crate::problem::texts::{ENV_SET, SERVICE_OF_AGENT, SERVICE_OF_TEMPLATE, TEMPLATE};
use crate::problem::{Fault, Known};
use crate::span_id::Spanned;
use crate::suggest::{is_spelled, nearest};

/// Which ecosystem, by the order in which they were opened; the main one is 0.
pub(super) type ScopeId = usize;

/// Which service or external, over all ecosystems.
pub(super) type NodeId = usize;

/// All ecosystems that have been opened, and their services and externals.
pub(super) struct Scopes<'a> {
    opened: Vec<Scope<'a>>,
    nodes: Vec<Node<'a>>,
    /// The ecosystems that are in a place: one, but for macros of the user's own.
    by_place: FxHashMap<(&'a str, Location), Vec<ScopeId>>,
    /// What names of templates stand for, by the ecosystem that they are written in.
    chains: FxHashMap<(ScopeId, Vec<&'a str>), Chain<'a>>,
    /// What expressions have given.
    evaluated: RefCell<FxHashMap<(ScopeId, usize), SmolStr>>,
    own_root: Utf8PathBuf,
    new_root: Utf8PathBuf,
}

/// One ecosystem.
pub(super) struct Scope<'a> {
    pub(super) ecosystem: &'a Ecosystem,
    pub(super) declaration: &'a Declaration,
    /// Its root, moved with that of the main ecosystem.
    pub(super) root: Utf8PathBuf,
    /// The same as text.
    pub(super) root_text: SmolStr,
    /// The files that secrets of its services are looked for in behind those of their blocks,
    /// nearest first: its own `secrets`, those of what it uses, those of what includes it.
    pub(super) secret_files: Vec<Utf8PathBuf>,
    /// The ecosystems that its paths lead to.
    links: FxHashMap<&'a str, ScopeId>,
    /// The services and externals of each unit, in the order of writing; an include has none.
    pub(super) by_unit: Vec<Range<NodeId>>,
    /// Top-level names, once one is looked up.
    names: OnceCell<FxHashMap<&'a str, Named>>,
    /// Services of agents.
    members: FxHashMap<(&'a str, &'a str), NodeId>,
}

impl<'a> Scope<'a> {
    /// What its top-level names stand for; of two units of one name the first has it.
    fn named(&self) -> FxHashMap<&'a str, Named> {
        let mut names = FxHashMap::default();
        for (unit, nodes) in self.declaration.units.iter().zip(&self.by_unit) {
            let meant = match unit {
                Unit::Include(_) => continue,
                Unit::External(_) | Unit::Service(_) => Named::One(nodes.start),
                Unit::Agent(_) => Named::Agent(nodes.clone()),
            };
            names.entry(unit.name().unwrap_or_default()).or_insert(meant);
        }
        names
    }
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Named {
    /// A service or an external.
    One(NodeId),
    /// The services of an agent.
    Agent(Range<NodeId>),
    /// All units of an ecosystem.
    All(Vec<NodeId>),
}

impl Named {
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        let (range, list) = match self {
            Named::One(node) => (*node..node + 1, [].as_slice()),
            Named::Agent(nodes) => (nodes.clone(), [].as_slice()),
            Named::All(nodes) => (0..0, nodes.as_slice()),
        };
        range.chain(list.iter().copied())
    }
}

/// A service or an external.
pub(super) struct Node<'a> {
    /// The name in PM2.
    pub(super) name: SmolStr,
    /// The ecosystem that has it.
    pub(super) scope: ScopeId,
    /// The ecosystem that the service is written in: another one's template may be.
    pub(super) written_in: ScopeId,
    pub(super) kind: NodeKind<'a>,
}

#[derive(Clone)]
pub(super) enum NodeKind<'a> {
    Service(ExpandedService<'a>),
    External(&'a External),
}

impl<'a> Node<'a> {
    pub(super) fn instance(&self) -> Option<&ExpandedService<'a>> {
        match &self.kind {
            NodeKind::Service(instance) => Some(instance),
            NodeKind::External(_) => None,
        }
    }

    pub(super) fn agent(&self) -> Option<&'a Agent> {
        self.instance().and_then(|instance| instance.agent)
    }
}

impl<'a> Scopes<'a> {
    pub(super) const MAIN: ScopeId = 0;

    /// Opens the main ecosystem and all that it leads to.
    pub(super) fn new(
        main: &'a Ecosystem,
        own_root: Utf8PathBuf,
        new_root: Utf8PathBuf,
        problems: &mut Vec<Located>,
    ) -> Scopes<'a> {
        let mut scopes = Scopes {
            opened: Vec::new(),
            nodes: Vec::new(),
            by_place: FxHashMap::default(),
            chains: FxHashMap::default(),
            evaluated: RefCell::default(),
            own_root,
            new_root,
        };
        scopes.open(main, problems);
        scopes
    }

    pub(super) fn get(&self, scope: ScopeId) -> &Scope<'a> {
        &self.opened[scope]
    }

    /// What an expression of an ecosystem gives; `None` for one that it does not have.
    pub(super) fn evaluate(&self, scope: ScopeId, index: usize) -> Option<SmolStr> {
        if let Some(result) = self.evaluated.borrow().get(&(scope, index)) {
            return Some(result.clone());
        }
        let result: SmolStr = self.opened[scope].ecosystem.evaluate(index)?.into();
        self.evaluated.borrow_mut().insert((scope, index), result.clone());
        Some(result)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Scope<'a>> {
        self.opened.iter()
    }

    pub(super) fn node(&self, node: NodeId) -> &Node<'a> {
        &self.nodes[node]
    }

    pub(super) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The roots of the other ecosystems, each once.
    pub(super) fn other_roots(&self) -> Vec<Utf8PathBuf> {
        let mut roots: Vec<Utf8PathBuf> = Vec::new();
        for scope in &self.opened {
            if scope.root != self.root_of_main() && !roots.contains(&scope.root) {
                roots.push(scope.root.clone());
            }
        }
        roots
    }

    pub(super) fn root_of_main(&self) -> &Utf8Path {
        &self.opened[Scopes::MAIN].root
    }

    /// Opens an ecosystem and, behind it, all that its paths lead to.
    fn open(&mut self, ecosystem: &'a Ecosystem, problems: &mut Vec<Located>) -> ScopeId {
        let mut open = vec![ecosystem];
        let main = self.push(ecosystem);
        while let Some(ecosystem) = open.pop() {
            let Some(id) = self.find(ecosystem) else { continue };
            if ecosystem.has_no_paths() {
                continue;
            }
            for path in paths_of(ecosystem.declaration()) {
                let Some(linked) = ecosystem.linked(path) else {
                    let fault = Fault::UnknownEcosystem { path: path.to_owned() };
                    problems.push(Located::new(ecosystem.title(), fault));
                    continue;
                };
                let target = self.find(linked).unwrap_or_else(|| {
                    open.push(linked);
                    self.push(linked)
                });
                self.opened[id].links.insert(path, target);
            }
        }
        for id in 0..self.opened.len() {
            self.templates(id, problems);
            self.add_nodes(id, problems);
        }
        self.no_include_cycle(main, &mut Vec::new(), problems);
        let includers = self.includers();
        for id in 0..self.opened.len() {
            self.opened[id].secret_files = self.files_of_secrets(id, &includers);
        }
        main
    }

    /// The ecosystems that include each one, in the order of writing.
    ///
    /// What is only used or depended on is no part of the system: what it includes takes nothing
    /// from it where the system includes that itself.
    fn includers(&self) -> Vec<Vec<ScopeId>> {
        let listed = self.with_included(Scopes::MAIN);
        let mut is_listed = vec![false; self.opened.len()];
        for id in &listed {
            is_listed[*id] = true;
        }
        let others = (0..self.opened.len()).filter(|id| !is_listed[*id]);
        let mut includers = vec![Vec::new(); self.opened.len()];
        for outer in listed.iter().copied().chain(others) {
            for included in self.included(outer) {
                let known: &mut Vec<ScopeId> = &mut includers[included];
                if is_listed[outer] == is_listed[included] && !known.contains(&outer) {
                    known.push(outer);
                }
            }
        }
        includers
    }

    /// The files of the `secrets` that are at the top of ecosystems and hold for one, nearest
    /// first: its own, then those of the ecosystems around it, level by level. The main ecosystem is
    /// around whatever it brings in. What an ecosystem uses is weaker than itself, the last stronger
    /// than the first, as with defaults.
    fn files_of_secrets(&self, id: ScopeId, includers: &[Vec<ScopeId>]) -> Vec<Utf8PathBuf> {
        let mut files = Vec::new();
        let mut way = vec![id];
        let mut next = 0;
        loop {
            let Some(&around) = way.get(next) else {
                if way.contains(&Scopes::MAIN) {
                    return files;
                }
                way.push(Scopes::MAIN);
                continue;
            };
            next += 1;
            let used: Vec<ScopeId> = self.used(around).map(|(_, used)| used).collect();
            for id in std::iter::once(around).chain(used.into_iter().rev()) {
                let scope = &self.opened[id];
                if let Some(file) = &scope.declaration.secrets {
                    let file = paths::join(&scope.root, Utf8Path::new(file.as_str()));
                    if !files.contains(&file) {
                        files.push(file);
                    }
                }
            }
            for includer in &includers[around] {
                if !way.contains(includer) {
                    way.push(*includer);
                }
            }
        }
    }

    /// The ecosystems that one includes itself, in the order of writing.
    fn included(&self, id: ScopeId) -> impl DoubleEndedIterator<Item = ScopeId> {
        let units = self.opened[id].declaration.units.iter();
        units.filter_map(move |unit| self.linked(id, unit.included()?))
    }

    /// Follows what an ecosystem includes until something comes back; reports the first that does.
    fn no_include_cycle(&self, id: ScopeId, way: &mut Vec<ScopeId>, problems: &mut Vec<Located>) {
        if let Some(first) = way.iter().position(|known| *known == id) {
            let cycle = way.iter().skip(first).chain([&id]);
            let path = cycle.map(|id| self.opened[*id].ecosystem.quoted_title()).collect();
            let title = self.opened[id].ecosystem.title();
            problems.push(Located::new(title, Fault::IncludeCycle { path }));
            return;
        }
        way.push(id);
        let units = &self.opened[id].declaration.units;
        for path in units.iter().filter_map(Unit::included) {
            if problems.is_empty()
                && let Some(included) = self.linked(id, path)
            {
                self.no_include_cycle(included, way, problems);
            }
        }
        way.pop();
    }

    fn find(&self, ecosystem: &Ecosystem) -> Option<ScopeId> {
        let there = self.by_place.get(&(ecosystem.directory(), ecosystem.place()))?;
        there.iter().copied().find(|id| self.opened[*id].ecosystem.is(ecosystem))
    }

    fn push(&mut self, ecosystem: &'a Ecosystem) -> ScopeId {
        let root = paths::relocate(&own_root(ecosystem), &self.own_root, &self.new_root);
        self.opened.push(Scope {
            ecosystem,
            declaration: ecosystem.declaration(),
            root_text: root.as_str().into(),
            root,
            secret_files: Vec::new(),
            links: FxHashMap::default(),
            by_unit: Vec::new(),
            names: OnceCell::new(),
            members: FxHashMap::default(),
        });
        let id = self.opened.len() - 1;
        self.by_place.entry((ecosystem.directory(), ecosystem.place())).or_default().push(id);
        id
    }

    /// Names the services and externals of an ecosystem.
    fn add_nodes(&mut self, id: ScopeId, problems: &mut Vec<Located>) {
        let declaration = self.opened[id].declaration;
        self.nodes.reserve(declaration.units.len());
        self.opened[id].by_unit.reserve(declaration.units.len());
        for unit in &declaration.units {
            let first = self.nodes.len();
            let problem_at = || unit.name().unwrap_or_default().to_owned();
            match unit {
                Unit::Include(_) => {}
                Unit::External(external) => {
                    let kind = NodeKind::External(external);
                    self.add_node(id, id, external.name.value.clone(), kind);
                }
                Unit::Service(service) => {
                    let templates =
                        self.made(id, &Chain::default(), service, &problem_at, problems);
                    let kind = NodeKind::Service(ExpandedService {
                        agent: None,
                        within: None,
                        templates,
                        service,
                        overridden: None,
                    });
                    self.add_node(id, id, service.name.value.clone(), kind);
                }
                Unit::Agent(agent) => self.add_agent(id, agent, problems),
            }
            self.opened[id].by_unit.push(first..self.nodes.len());
        }
    }

    fn add_agent(&mut self, id: ScopeId, agent: &'a Agent, problems: &mut Vec<Located>) {
        let place = || format!("agent {}", *agent.name);
        let chain = self.chain(id, &agent.templates, &place, problems);
        let parts = expanded_service::of_agent(agent, &chain, |chain, service, layer| {
            match layer {
                // What is wrong with it is wrong in the template.
                Some(layer) => self.made(layer.scope, chain, service, &place, &mut Vec::new()),
                None => self.made(id, chain, service, &place, problems),
            }
        });
        let known = |name: &str| parts.iter().any(|part| *part.service.name == name);
        let of_templates = || chain.services().map(|(service, _)| service.name.as_str());
        for stranger in agent.without.iter().filter(|name| !chain.has_service(name)) {
            let fault = Fault::unknown_name(SERVICE_OF_TEMPLATE, stranger, of_templates());
            problems.push(Located::new(place(), fault));
        }
        let changes = agent.overrides.iter().map(|change| &change.service);
        for stranger in changes.filter(|name| !known(name)) {
            let names = parts.iter().map(|part| part.service.name.as_str());
            let fault = Fault::unknown_name(SERVICE_OF_AGENT, stranger, names);
            problems.push(Located::new(place(), fault));
        }
        for part in parts {
            let written_in = part.within.map_or(id, |template| {
                let mut layers = chain.all().iter();
                let layer = layers.find(|layer| std::ptr::eq(layer.template, template));
                layer.map_or(id, |layer| layer.scope)
            });
            let (name, key) = (part.name(), (agent.name.as_str(), part.service.name.as_str()));
            let node = self.add_node(id, written_in, name, NodeKind::Service(part));
            self.opened[id].members.entry(key).or_insert(node);
        }
    }

    /// The templates of an ecosystem: what they are made from is there, and not themselves.
    fn templates(&mut self, id: ScopeId, problems: &mut Vec<Located>) {
        for template in &self.opened[id].declaration.templates {
            if template.templates.is_empty() && template.services.is_empty() {
                continue;
            }
            let place = || format!("template {}", *template.name);
            for name in &template.templates {
                if let Err(fault) = self.template(id, name) {
                    problems.push(Located::new(place(), fault));
                } else if let Some(path) = self.way_back(id, template, name)
                    && !problems.iter().any(|known| is_on_way(&known.fault, &template.name))
                {
                    problems.push(Located::new(place(), Fault::TemplateCycle { path }));
                }
            }
            for service in &template.services {
                self.made(id, &Chain::default(), service, &place, problems);
            }
        }
    }

    /// The way from a template over one that it is made from back to itself.
    fn way_back(
        &self,
        id: ScopeId,
        template: &'a Template,
        name: &'a Spanned<SmolStr>,
    ) -> Option<Vec<String>> {
        // Each template, and the place of the one that leads to it.
        let (first, scope) = self.template(id, name).ok()?;
        let mut reached: Vec<(&Template, ScopeId, usize)> = vec![(first, scope, 0)];
        let mut at = 0;
        while let Some((reached_template, scope, _)) = reached.get(at).copied() {
            if std::ptr::eq(reached_template, template) {
                let mut path = Vec::new();
                let mut place = at;
                while let Some((known, _, by)) = reached.get(place) {
                    path.push(known.name.to_string());
                    if place == *by {
                        break;
                    }
                    place = *by;
                }
                path.push(template.name.to_string());
                path.reverse();
                return Some(path);
            }
            for name in &reached_template.templates {
                if let Ok((next, scope)) = self.template(scope, name)
                    && !reached.iter().any(|(known, ..)| std::ptr::eq(*known, next))
                {
                    reached.push((next, scope, at));
                }
            }
            at += 1;
        }
        None
    }

    /// The templates that something names, and those that they are made from. Of names that are not
    /// known it is said where they are written.
    fn chain(
        &mut self,
        id: ScopeId,
        names: &'a [Spanned<SmolStr>],
        place: &dyn Fn() -> String,
        problems: &mut Vec<Located>,
    ) -> Chain<'a> {
        if names.is_empty() {
            return Chain::default();
        }
        let key = (id, names.iter().map(|name| name.as_str()).collect::<Vec<_>>());
        let mut faults = names.iter().filter_map(|name| self.template(id, name).err());
        problems.extend(faults.by_ref().map(|fault| Located::new(place(), fault)));
        if let Some(known) = self.chains.get(&key) {
            return known.clone();
        }
        let chain = Chain::of(names, id, |scope, name| self.layer(scope, name));
        self.chains.insert(key, chain.clone());
        chain
    }

    fn layer(&self, scope: ScopeId, name: &str) -> Option<TemplateLayer<'a>> {
        let (template, scope) = self.template(scope, name).ok()?;
        Some(TemplateLayer { template, scope })
    }

    /// The templates of a service, behind those of its agent. A service is made from attributes alone.
    fn made(
        &mut self,
        id: ScopeId,
        chain: &Chain<'a>,
        service: &'a Service,
        place: &dyn Fn() -> String,
        problems: &mut Vec<Located>,
    ) -> Chain<'a> {
        if service.templates.is_empty() {
            return chain.clone();
        }
        let own = self.chain(id, &service.templates, place, problems);
        for name in &service.templates {
            let of_name =
                Chain::of(std::slice::from_ref(name), id, |scope, name| self.layer(scope, name));
            if of_name.services().next().is_some() {
                let (template, service) = (name.to_string(), service.name.to_string());
                let fault = Fault::TemplateOfServices { template, service };
                problems.push(Located::new(place(), fault));
            }
        }
        match chain.all().is_empty() {
            true => own,
            false => chain.and(&service.templates, id, |scope, name| self.layer(scope, name)),
        }
    }

    fn add_node(
        &mut self,
        scope: ScopeId,
        written_in: ScopeId,
        name: SmolStr,
        kind: NodeKind<'a>,
    ) -> NodeId {
        self.nodes.push(Node { name, scope, written_in, kind });
        self.nodes.len() - 1
    }

    /// The ecosystem that a path leads to.
    pub(super) fn linked(&self, scope: ScopeId, path: &str) -> Option<ScopeId> {
        self.opened[scope].links.get(path).copied()
    }

    /// The ecosystems that one uses, in the order of writing.
    pub(super) fn used(&self, scope: ScopeId) -> impl Iterator<Item = (&'a str, ScopeId)> {
        let uses = self.opened[scope].declaration.uses.iter();
        uses.filter_map(move |path| Some((path.as_str(), self.linked(scope, path)?)))
    }

    /// A template of the ecosystem itself, or of one that it uses.
    pub(super) fn template(
        &self,
        scope: ScopeId,
        name: &str,
    ) -> Result<(&'a Template, ScopeId), Fault> {
        self.own_or_used(TEMPLATE, scope, name, |declaration| {
            declaration
                .templates
                .iter()
                .map(|template| (template.name.as_str(), template))
                .collect()
        })
    }

    /// An env set of the ecosystem itself, or of one that it uses.
    pub(super) fn set(&self, scope: ScopeId, name: &str) -> Result<(&'a EnvSet, ScopeId), Fault> {
        self.own_or_used(ENV_SET, scope, name, |declaration| {
            declaration.sets.iter().map(|set| (set.name.as_str(), set)).collect()
        })
    }

    fn own_or_used<T>(
        &self,
        what: &'static str,
        scope: ScopeId,
        name: &str,
        list: impl Fn(&'a Declaration) -> Vec<(&'a str, &'a T)>,
    ) -> Result<(&'a T, ScopeId), Fault> {
        let find = |id: ScopeId| {
            let found =
                list(self.opened[id].declaration).into_iter().find(|(known, _)| *known == name);
            found.map(|(_, found)| (found, id))
        };
        if let Some(found) = find(scope) {
            return Ok(found);
        }
        let mut offers = self.used(scope).filter_map(|(path, id)| Some((path, find(id)?)));
        match (offers.next(), offers.next()) {
            (Some((first, (_, one))), Some((second, (_, other)))) if one != other => {
                Err(Fault::AmbiguousName {
                    what,
                    name: name.to_owned(),
                    offered_by: [first.to_owned(), second.to_owned()],
                })
            }
            (Some((_, found)), _) => Ok(found),
            (None, _) => {
                let scopes = std::iter::once(scope).chain(self.used(scope).map(|(_, id)| id));
                let known = scopes.flat_map(|id| list(self.opened[id].declaration));
                let mut fault = Fault::unknown_name(what, name, known.map(|(known, _)| known));
                let mut further = self.used(scope).flat_map(|(through, id)| {
                    self.used(id).map(move |(path, other)| (through, path, other))
                });
                if let Fault::UnknownName { used_by_used, .. } = &mut fault {
                    let found = further.find(|(.., other)| find(*other).is_some());
                    *used_by_used = found
                        .map(|(through, path, _)| Box::new([path, through].map(str::to_owned)));
                }
                Err(fault)
            }
        }
    }

    /// A service beside another one in the same agent.
    pub(super) fn member(&self, scope: ScopeId, agent: &str, service: &str) -> Option<NodeId> {
        self.opened[scope].members.get(&(agent, service)).copied()
    }

    /// What a top-level name of the ecosystem itself stands for.
    pub(super) fn own(&self, scope: ScopeId, name: &str) -> Option<&Named> {
        let scope = &self.opened[scope];
        scope.names.get_or_init(|| scope.named()).get(name)
    }

    /// What a name stands for in an ecosystem or in those that it includes.
    pub(super) fn find_unit(&self, scope: ScopeId, unit: &[impl AsRef<str>]) -> Option<Named> {
        self.with_included(scope).into_iter().find_map(|id| match unit {
            [name] => self.own(id, name.as_ref()).cloned(),
            [agent, service] => self.member(id, agent.as_ref(), service.as_ref()).map(Named::One),
            _ => None,
        })
    }

    /// An ecosystem and all that it includes, in the order of writing.
    pub(super) fn with_included(&self, scope: ScopeId) -> Vec<ScopeId> {
        let mut found = Vec::new();
        let mut open = vec![scope];
        while let Some(id) = open.pop() {
            if found.contains(&id) {
                continue;
            }
            found.push(id);
            open.extend(self.included(id).rev());
        }
        found
    }

    /// The unit that a name is another spelling of: `duck_voice`, `duck::voice`, or `voice` of
    /// whichever agent has it.
    fn spelled(&self, scope: ScopeId, written: &str) -> Option<String> {
        let is = |parts: &[&str]| {
            let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
            is_spelled(written.as_bytes(), &parts)
        };
        let mut short = None;
        for id in self.with_included(scope) {
            let units = &self.opened[id].declaration.units;
            if let Some(name) = units.iter().filter_map(Unit::name).find(|name| is(&[name])) {
                return Some(name.to_owned());
            }
            for node in self.nodes.iter().filter(|node| node.scope == id) {
                let Some((agent, instance)) = node.agent().zip(node.instance()) else { continue };
                let (agent, service) = (agent.name.as_str(), instance.service.name.as_str());
                if is(&[agent, service]) {
                    return Some(format!("{agent}.{service}"));
                }
                if short.is_none() && is(&[service]) {
                    short = Some(format!("{agent}.{service}"));
                }
            }
        }
        short
    }

    /// The fault that a unit is which is not in an ecosystem or in those that it includes.
    ///
    /// `beside` are the names of the services beside the one that depends on it; `path` leads to the
    /// ecosystem, if it is another one.
    pub(super) fn unknown_unit(
        &self,
        scope: ScopeId,
        unit: &[&str],
        beside: &[&str],
        path: Option<&str>,
    ) -> Fault {
        let of_agent = match unit {
            [agent, service] => {
                let mut all = self.with_included(scope).into_iter();
                let members = all.find_map(|id| match self.own(id, agent)? {
                    Named::Agent(nodes) => Some(nodes.clone()),
                    Named::One(_) | Named::All(_) => None,
                });
                members.map(|members| (*agent, *service, members))
            }
            _ => None,
        };
        let (meant, known): (Option<String>, Vec<String>) = match of_agent {
            Some((agent, service, members)) => {
                let members = members.filter_map(|node| self.nodes[node].instance());
                let names: Vec<&str> = members.map(|member| member.service.name.as_str()).collect();
                let qualified = |name: &str| format!("{agent}.{name}");
                let meant = nearest(service, names.iter().copied()).map(qualified);
                (meant, names.into_iter().map(qualified).collect())
            }
            None => {
                let mut names: Vec<&str> = beside.to_vec();
                for id in self.with_included(scope) {
                    names.extend(self.opened[id].declaration.units.iter().filter_map(Unit::name));
                }
                let meant = nearest(&unit.join("."), names.iter().copied()).map(str::to_owned);
                (meant, names.into_iter().map(str::to_owned).collect())
            }
        };
        let known = Known::of(known.iter().map(String::as_str));
        let target = unit.join(".");
        let meant = self.spelled(scope, &target).or(meant);
        Fault::UnknownUnit { target, meant, ecosystem: path.map(str::to_owned), known }
    }
}

/// Whether a circle of templates that has been reported leads over this one.
fn is_on_way(fault: &Fault, template: &str) -> bool {
    matches!(fault, Fault::TemplateCycle { path } if path.iter().any(|name| name == template))
}

impl Fault {
    /// A name that is not among those that are there.
    pub(crate) fn unknown_name<'n>(
        what: &'static str,
        name: &str,
        known: impl Iterator<Item = &'n str>,
    ) -> Fault {
        let known: Vec<&str> = known.collect();
        let meant = nearest(name, known.iter().copied()).map(str::to_owned);
        let known = Known::of(known.into_iter());
        Fault::UnknownName {
            what,
            name: name.to_owned(),
            is: None,
            used_by_used: None,
            meant,
            known,
        }
    }
}
