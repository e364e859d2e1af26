//! On which machines units can run, and what that means for what they refer to and wait for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::error::{Located, ResolveError};
use super::evaluate::evaluate;
use super::layers::each_block;
use super::scope::{NodeId, NodeKind, ScopeId, Scopes};
use super::{Options, Placement};
use crate::address;
use crate::app::{self, App, Endpoint, External, System};
use crate::check::machines::{NO_PORT, SHARED_FILE, WRITTEN, is_relative_path};
use crate::declaration::{Attribution, Condition, Declaration, Machine};
use crate::ecosystem::Ecosystem;
use crate::machine::{self, Obstacle, SAME_HOST, obstacle, with_host, wrong_host, wrong_root};
use crate::paths;
use crate::probe::{Probe, Test};
use crate::problem::texts::MACHINE;
use crate::problem::{Fault, Unseen};
use crate::suggest::nearest;
use crate::value::Value;

/// The machines of all ecosystems, and which of them units can run on.
pub(super) struct Machines<'s, 'a> {
    scopes: &'s Scopes<'a>,
    profile: Option<&'s str>,
    /// Each with the ecosystem that declares it; none where all units run on one.
    all: Vec<(&'a Machine, ScopeId)>,
    known: RefCell<FxHashMap<NodeId, Rc<[usize]>>>,
    /// Whether a unit says where it can run.
    are_chosen: Cell<bool>,
}

impl<'s, 'a> Machines<'s, 'a> {
    pub(super) fn new(
        scopes: &'s Scopes<'a>,
        profile: Option<&'s str>,
        placement: &Placement,
    ) -> Machines<'s, 'a> {
        let all = match placement {
            Placement::Together => Vec::new(),
            Placement::Distributed | Placement::Machine(_) => {
                let of = |(id, scope): (ScopeId, &super::scope::Scope<'a>)| {
                    let machines = scope.declaration.machines.iter();
                    machines.map(move |machine| (machine, id))
                };
                scopes.all().enumerate().flat_map(of).collect()
            }
        };
        let (known, are_chosen) = Default::default();
        Machines { scopes, profile, all, known, are_chosen }
    }

    /// Notes that a unit says where it can run.
    pub(super) fn note_choice(&self) {
        self.are_chosen.set(true);
    }

    /// Whether all units run on one machine, of which nothing is said.
    pub(super) fn are_none(&self) -> bool {
        self.all.is_empty()
    }

    fn name(&self, number: usize) -> String {
        self.all.get(number).map_or_else(String::new, |(machine, _)| machine.name.to_string())
    }

    /// Those that a unit can run on, by their numbers. What is wrong with its `on` is reported for it.
    fn of(&self, node: NodeId) -> Rc<[usize]> {
        if let Some(known) = self.known.borrow().get(&node) {
            return Rc::clone(known);
        }
        let mut given: Option<(&'a Attribution, ScopeId)> = None;
        let found = self.scopes.node(node);
        if let NodeKind::Service(instance) = &found.kind {
            each_block(self.scopes, self.profile, found, instance, |block, scope| {
                if block.unset.iter().any(|key| **key == "on") {
                    given = None;
                }
                given = block.setting("on").map(|on| (on, scope)).or(given);
            });
        }
        let machines: Rc<[usize]> = match given {
            None => (0..self.all.len()).collect(),
            Some((on, scope)) => self.meant(on, scope).unwrap_or_default().into(),
        };
        self.known.borrow_mut().insert(node, Rc::clone(&machines));
        machines
    }

    /// Those that an `on` means, which is written in an ecosystem.
    fn meant(&self, on: &Attribution, scope: ScopeId) -> Result<Vec<usize>, Fault> {
        let visible =
            |id: ScopeId| id == scope || self.scopes.used(scope).any(|(_, used)| used == id);
        let mut meant: Vec<usize> = Vec::new();
        for value in on.values() {
            let name = match &value.value {
                Value::Expression(index) => evaluate(self.scopes, scope, *index)?,
                other => other.as_name().unwrap_or_default().into(),
            };
            let all = self.all.iter().enumerate().filter(|(_, (_, id))| visible(*id));
            let before = meant.len();
            meant.extend(
                all.filter(|(_, (known, _))| machine::is_meant(known, &name)).map(|(at, _)| at),
            );
            if meant.len() == before {
                let known: Vec<Machine> = self
                    .all
                    .iter()
                    .filter(|(_, id)| visible(*id))
                    .map(|(known, _)| (*known).clone())
                    .collect();
                return Err(Fault::unknown_name(MACHINE, &name, machine::names(known.iter())));
            }
        }
        meant.sort_unstable();
        meant.dedup();
        Ok(meant)
    }

    /// The host by which a unit reaches an endpoint of another one: `None` for the one that the endpoint
    /// itself has.
    pub(super) fn host(
        &self,
        reader: NodeId,
        target: NodeId,
        endpoint: &Endpoint,
        unit: &str,
    ) -> Result<Option<SmolStr>, Fault> {
        if self.are_none() || self.scopes.node(target).instance().is_none() {
            return Ok(None);
        }
        let (readers, on) = (self.of(reader), self.of(target));
        self.host_among(&readers, &on, endpoint, unit)
    }

    fn host_among(
        &self,
        readers: &[usize],
        on: &[usize],
        endpoint: &Endpoint,
        unit: &str,
    ) -> Result<Option<SmolStr>, Fault> {
        let place = address::place(endpoint.host.as_bytes());
        let machine = |on: &[usize]| on.first().map_or_else(String::new, |first| self.name(*first));
        match obstacle(readers, on, place) {
            Some(Obstacle::Several) => {
                Err(Fault::SeveralMachines { unit: unit.to_owned(), machine: machine(on) })
            }
            Some(Obstacle::Elsewhere(other)) => Err(Fault::OtherMachine {
                unit: unit.to_owned(),
                machine: machine(on),
                other: self.name(other),
                port: match endpoint.is_auto {
                    true => NO_PORT.to_owned(),
                    false => endpoint.port.to_string(),
                },
            }),
            None if readers == on || !address::is_every(place) => Ok(None),
            None => {
                let target = on.first().and_then(|number| self.all.get(*number));
                Ok(target.map(|(machine, _)| machine.host.value.clone()))
            }
        }
    }

    /// The machines of the system, and which of them its apps can run on.
    pub(super) fn write(&self, order: &[NodeId], system: &mut System, problems: &mut Vec<Located>) {
        if self.are_none() {
            return self.nothing_is_meant(order, system, problems);
        }
        self.each_can_be_one(problems);
        let machine = |(machine, _): &(&'a Machine, ScopeId)| app::Machine {
            name: machine.name.value.clone(),
            doc: machine.doc.clone(),
            host: machine.host.value.clone(),
            root: machine.root.as_ref().map(|root| absolute(root)),
            has: machine.has.iter().map(|has| has.value.clone()).collect(),
        };
        system.machines = self.all.iter().map(machine).collect();
        let mut apps = system.apps.iter_mut();
        for id in order.iter().filter(|id| self.scopes.node(**id).instance().is_some()) {
            let Some(app) = apps.next() else { continue };
            self.on_is_known(*id, &app.name, problems);
            let on = self.of(*id);
            app.machines = on.iter().map(|number| self.name(*number).into()).collect();
            app.is_here = false;
        }
        let numbers: FxHashMap<NodeId, Rc<[usize]>> = self.known.borrow().clone();
        let services = order.iter().filter(|id| self.scopes.node(**id).instance().is_some());
        let on: Vec<Rc<[usize]>> =
            services.map(|id| numbers.get(id).cloned().unwrap_or_default()).collect();
        self.dependencies_are_seen(&on, system, problems);
        files_of_one_machine(system, problems);
    }

    /// Where there is no machine, `on` means none.
    fn nothing_is_meant(&self, order: &[NodeId], system: &System, problems: &mut Vec<Located>) {
        if !self.are_chosen.get() {
            return;
        }
        let is_together = self.scopes.all().any(|scope| !scope.declaration.machines.is_empty());
        if is_together {
            return;
        }
        let mut apps = system.apps.iter();
        for id in order.iter().filter(|id| self.scopes.node(**id).instance().is_some()) {
            let Some(app) = apps.next() else { continue };
            self.on_is_known(*id, &app.name, problems);
        }
    }

    fn on_is_known(&self, id: NodeId, app: &str, problems: &mut Vec<Located>) {
        let node = self.scopes.node(id);
        let NodeKind::Service(instance) = &node.kind else { return };
        let mut given = None;
        each_block(self.scopes, self.profile, node, instance, |block, scope| {
            if block.unset.iter().any(|key| **key == "on") {
                given = None;
            }
            given = block.setting("on").map(|on| (on, scope)).or(given);
        });
        if let Some((on, scope)) = given
            && let Err(fault) = self.meant(on, scope)
        {
            problems.push(Located::new([app, "on"], fault));
        }
    }

    /// Each machine has a name of its own, a host and an absolute root.
    fn each_can_be_one(&self, problems: &mut Vec<Located>) {
        let mut seen: HashMap<&str, ScopeId> = HashMap::new();
        for (machine, scope) in &self.all {
            let name = machine.name.as_str();
            if seen.insert(name, *scope).is_some() {
                let fault = Fault::DuplicateName { what: "machine", name: name.to_owned() };
                problems.push(Located::new(["machine", name], fault));
            }
            let reason = wrong_host(&machine.host);
            let reason = reason.or_else(|| machine.root.as_ref().and_then(|root| wrong_root(root)));
            if let Some(reason) = reason {
                let instead =
                    format!("machine {name} \"192.168.1.20\" {{ root \"/srv/system\"; }}");
                let fault = Fault::BadMachine { reason, instead };
                problems.push(Located::new(["machine", name], fault));
            }
        }
        let all = self.all.iter().map(|(machine, _)| *machine);
        for (machine, _) in machine::with_a_host_of_another(all) {
            let name = machine.name.as_str();
            let fault = Fault::BadMachine { reason: SAME_HOST, instead: with_host(name) };
            problems.push(Located::new(["machine", name], fault));
        }
    }

    /// What is waited for on another machine is seen from there.
    fn dependencies_are_seen(
        &self,
        on: &[Rc<[usize]>],
        system: &System,
        problems: &mut Vec<Located>,
    ) {
        let apps: FxHashMap<&str, usize> =
            system.apps.iter().enumerate().map(|(at, app)| (app.name.as_str(), at)).collect();
        for (app, readers) in system.apps.iter().zip(on) {
            for dependency in &app.depends_on {
                let Some(at) = apps.get(dependency.on.as_str()) else { continue };
                let (Some(target), Some(others)) = (system.apps.get(*at), on.get(*at)) else {
                    continue;
                };
                if readers == others && readers.len() == 1 {
                    continue;
                }
                let fault = match dependency.condition {
                    Condition::Started => None,
                    Condition::Completed => Some(Fault::UnseenDependency {
                        target: dependency.on.to_string(),
                        by: Unseen::End,
                    }),
                    Condition::Ready => {
                        self.seen_from((readers, others), target, &dependency.on).err()
                    }
                };
                if let Some(fault) = fault {
                    problems.push(Located::new([app.name.as_str(), "depends_on"], fault));
                }
            }
        }
    }

    /// The probe of an app as other machines try it.
    fn seen_from(
        &self,
        (readers, others): (&[usize], &[usize]),
        target: &App,
        name: &str,
    ) -> Result<Option<Probe>, Fault> {
        let Some(probe) = &target.ready else { return Ok(None) };
        let unseen = |by| Fault::UnseenDependency { target: name.into(), by };
        match &probe.test {
            Test::Tcp(_) | Test::Http { .. } => {}
            Test::Log(_) => return Err(unseen(Unseen::Log)),
            Test::Exec { .. } => return Err(unseen(Unseen::Exec)),
        }
        let Some(address) = probe.test.address() else { return Ok(None) };
        let endpoint = target.endpoint_at(&address).cloned().unwrap_or_else(|| Endpoint {
            name: None,
            scheme: None,
            host: address.host.clone(),
            port: address.port,
            is_auto: false,
        });
        let host = self.host_among(readers, others, &endpoint, name)?;
        Ok(Some(host.map_or_else(|| probe.clone(), |host| probe.at_host(&address, &host))))
    }
}

/// Units on two machines do not name one relative file.
fn files_of_one_machine(system: &System, problems: &mut Vec<Located>) {
    let mut seen: FxHashMap<Utf8PathBuf, Vec<&App>> = FxHashMap::default();
    for app in &system.apps {
        if app.machines.len() != 1 || app.allows(SHARED_FILE) {
            continue;
        }
        let mut files: Vec<(&str, &str)> = Vec::new();
        for (attribute, setting) in &app.settings {
            if WRITTEN.contains(&attribute.name) {
                let relative = setting.texts().filter(|path| !path.starts_with(['/', '~']));
                files.extend(relative.map(|path| (attribute.name, path)));
            }
        }
        let arguments = app.program.args.iter().map(|text| ("args", text.as_str()));
        let variables = app.env.iter().filter_map(|(_, variable)| match variable {
            app::Variable::Plain(text) => Some(("env", text.as_str())),
            app::Variable::Read(_) => None,
        });
        files.extend(arguments.chain(variables).filter(|(_, text)| is_relative_path(text)));
        for (attribute, file) in files {
            let others = seen.entry(app.absolute(file)).or_default();
            if let Some(other) = others.iter().find(|other| other.machines != app.machines) {
                let (file, other) = (file.to_owned(), other.name.to_string());
                let fault = Fault::SharedFile { file, other };
                problems.push(Located::new([app.name.as_str(), attribute], fault));
            }
            others.push(app);
        }
    }
}

/// Leaves in a system what runs on a machine. What that waits for elsewhere is like an external.
pub(super) fn keep(
    system: &mut System,
    machines: &Machines<'_, '_>,
    here: &str,
    options: &Options,
) -> Result<(), ResolveError> {
    let is_here = |app: &App| app.machines.iter().any(|machine| machine == here);
    let number =
        |name: &SmolStr| machines.all.iter().position(|(machine, _)| machine.name.value == *name);
    let numbers = |app: &App| app.machines.iter().filter_map(number).collect::<Vec<usize>>();
    let all = std::mem::take(&mut system.apps);
    let (mut apps, elsewhere): (Vec<App>, Vec<App>) = all.into_iter().partition(is_here);
    for app in &elsewhere {
        let asked = options.units.iter().find(|unit| {
            let dotted = app.agent.as_ref().map(|agent| format!("{agent}.{}", app.short_name));
            **unit == *app.name || Some(unit.as_str()) == dotted.as_deref()
        });
        if let Some(name) = asked {
            return Err(ResolveError::OnOtherMachine {
                name: name.clone(),
                here: here.to_owned(),
                machines: app.machines.iter().map(ToString::to_string).collect(),
            });
        }
    }
    for app in &mut apps {
        let readers = numbers(app);
        app.is_here = readers.len() == 1;
        for dependency in &mut app.depends_on {
            let Some(target) = elsewhere.iter().find(|target| target.name == dependency.on) else {
                continue;
            };
            let others = numbers(target);
            let ready = machines.seen_from((&readers, &others), target, &target.name);
            let ready = ready.unwrap_or(None);
            if ready.is_none() {
                dependency.condition = Condition::Started;
                dependency.timeout = None;
            }
        }
    }
    for target in elsewhere {
        let waiting = apps
            .iter()
            .find(|app| app.depends_on.iter().any(|dependency| dependency.on == target.name));
        let Some(waiting) = waiting else { continue };
        let of = (numbers(waiting), numbers(&target));
        let ready = machines.seen_from((&of.0, &of.1), &target, &target.name).unwrap_or(None);
        let host = target
            .machines
            .first()
            .and_then(|name| system.machines.iter().find(|machine| machine.name == *name));
        let endpoints = target.endpoints.into_iter().map(|endpoint| match host {
            Some(machine) => endpoint.on_machine(&machine.host),
            None => endpoint,
        });
        system.externals.push(External {
            name: target.name,
            doc: target.doc,
            endpoints: endpoints.collect(),
            ready,
            hint: Some(format!("it runs on {}", target.machines.join(" or ")).into()),
            directory: target.directory,
        });
    }
    let agents: Vec<SmolStr> = apps.iter().filter_map(|app| app.agent.clone()).collect();
    system.agents.retain(|agent, _| agents.contains(agent));
    system.apps = apps;
    system.machine = Some(here.into());
    Ok(())
}

/// The root that a machine says, of those of an ecosystem and of what it uses and includes.
pub(super) fn root_of(
    ecosystem: &Ecosystem,
    here: &str,
) -> Result<Option<Utf8PathBuf>, ResolveError> {
    let opened = opened(ecosystem);
    let machines = || opened.iter().flat_map(|declaration| &declaration.machines);
    let Some(machine) = machines().find(|machine| *machine.name == here) else {
        let known: Vec<String> = machines().map(|machine| machine.name.to_string()).collect();
        let meant = nearest(here, known.iter().map(String::as_str)).map(str::to_owned);
        return Err(ResolveError::UnknownMachine { name: here.to_owned(), meant, known });
    };
    Ok(machine.root.as_ref().map(|root| absolute(root)))
}

fn absolute(root: &str) -> Utf8PathBuf {
    paths::join(Utf8Path::new("/"), Utf8Path::new(root))
}

/// The declarations of an ecosystem and of all that it leads to.
fn opened(ecosystem: &Ecosystem) -> Vec<&Declaration> {
    let mut seen: Vec<&Ecosystem> = vec![ecosystem];
    let mut at = 0;
    while let Some(next) = seen.get(at).copied() {
        at += 1;
        for link in next.links() {
            if !seen.iter().any(|known| std::ptr::eq(*known, link.ecosystem)) {
                seen.push(link.ecosystem);
            }
        }
    }
    seen.into_iter().map(Ecosystem::declaration).collect()
}
