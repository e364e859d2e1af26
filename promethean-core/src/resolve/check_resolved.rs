//! Rules over the resolved apps, for what [`crate::check`] cannot see: the values of
//! expressions, and what is in other ecosystems.

use std::collections::hash_map::Entry;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::error::Located;
use super::scope::{NodeId, ScopeId, Scopes};
use crate::address;
use crate::app::{App, Endpoint, Interpreter, Program, SourcePiece, System, Variable};
use crate::attribute::{NAMESPACE, Setting};
use crate::check::{
    cron_never_comes, folded, is_possible_key, namespace_fault, spelling_fault, unclosed,
    unit_name_fault, unset_attributes_nowhere, unset_nothing,
};
use crate::declaration::{Condition, Declaration, Kind};
use crate::endpoint::qualified;
use crate::kind::Runner;
use crate::problem::texts::PORT_OF_SERVICE;
use crate::problem::{Endless, Fault};
use crate::reserved::is_reserved_key;
use crate::service_facts::{BlockFacts, Facts, Plain, bit, bit_of};

/// Checks the apps of a system.
///
/// `order` has the nodes that the apps and externals come from, in their order.
pub(super) fn check(
    system: &System,
    scopes: &Scopes<'_>,
    order: &[NodeId],
    problems: &mut Vec<Located>,
) {
    places_once(system, scopes, order, problems);
    let apps: FxHashMap<&str, &App> =
        system.apps.iter().map(|app| (app.name.as_str(), app)).collect();
    similar_names(&system.apps, problems);
    names(system, problems);
    unset_something(scopes, problems);
    for app in &system.apps {
        let facts = facts(app);
        of_facts(app, &facts, problems);
        texts(app, problems);
        variables(app, problems);
        for dependency in &app.depends_on {
            if dependency.condition == Condition::Completed
                // What is no app is an external.
                && let Some(why) = apps.get(dependency.on.as_str()).map_or(
                    Some(Endless::External),
                    |target| self::facts(target).endless(),
                )
            {
                let fault =
                    Fault::NeverCompletes { target: dependency.on.to_string(), why, profile: None };
                problems.push(Located::new([app.name.as_str(), "depends_on"], fault));
            }
        }
    }
}

/// What listens somewhere.
struct Listener {
    name: String,
    host: u32,
    scope: ScopeId,
    /// The machines that it can run on; none for any.
    machines: Vec<SmolStr>,
}

/// Whether what listens on some machines and an app can run on one.
fn can_meet(machines: &[SmolStr], app: &App) -> bool {
    let meets = machines.iter().any(|machine| app.machines.contains(machine));
    machines.is_empty() || app.machines.is_empty() || meets
}

/// Two of a system listen in two places.
fn places_once(
    system: &System,
    scopes: &Scopes<'_>,
    order: &[NodeId],
    problems: &mut Vec<Located>,
) {
    let mut seen: FxHashMap<u16, Vec<Listener>> = FxHashMap::default();
    let (mut apps, mut externals) = (system.apps.iter(), system.externals.iter());
    let mut services = Vec::with_capacity(system.apps.len());
    for id in order {
        let node = scopes.node(*id);
        match node.instance() {
            Some(_) => services.extend(apps.next().map(|app| (app, node.scope))),
            None => {
                let Some(external) = externals.next() else { continue };
                for endpoint in &external.endpoints {
                    let listener = listener(&external.name, endpoint, node.scope, &[]);
                    seen.entry(endpoint.port).or_default().push(listener);
                }
            }
        }
    }
    for (app, scope) in services {
        if app.endpoints.is_empty() || app.allows("port-conflict") {
            continue;
        }
        for endpoint in &app.endpoints {
            let listener = listener(&app.name, endpoint, scope, &app.machines);
            let here = seen.entry(endpoint.port).or_default();
            let other = here.iter().find(|other| {
                address::overlap(other.host, listener.host) && can_meet(&other.machines, app)
            });
            let Some(other) = other else {
                here.push(listener);
                continue;
            };
            let title = |scope: ScopeId| scopes.get(scope).ecosystem.quoted_title();
            let declared_in = (listener.scope != other.scope)
                .then(|| [title(listener.scope), title(other.scope)]);
            let attribute = if endpoint.name.is_none() && endpoint.scheme.is_none() {
                "port"
            } else {
                "listen"
            };
            let fault = Fault::PortConflict {
                port: i64::from(endpoint.port),
                service: listener.name,
                other: other.name.clone(),
                declared_in,
            };
            problems.push(Located::new([app.name.as_str(), attribute], fault));
        }
    }
}

fn listener(unit: &str, endpoint: &Endpoint, scope: ScopeId, machines: &[SmolStr]) -> Listener {
    Listener {
        name: qualified(unit, endpoint.name.as_deref().unwrap_or_default()),
        host: address::place(endpoint.host.as_bytes()),
        scope,
        machines: machines.to_vec(),
    }
}

/// `unset` takes away what something gives; what uses no other ecosystem has been checked.
fn unset_something(scopes: &Scopes<'_>, problems: &mut Vec<Located>) {
    let declarations = || scopes.all().map(|scope| scope.declaration);
    if declarations().all(|declaration| declaration.uses.is_empty()) {
        return;
    }
    let opened: Vec<&Declaration> = declarations().collect();
    for declaration in declarations().filter(|declaration| !declaration.uses.is_empty()) {
        let faults = unset_nothing(declaration, &opened).into_iter();
        problems.extend(faults.map(|fault| Located::new("env", fault)));
        let faults = unset_attributes_nowhere(declaration, &opened).into_iter();
        problems.extend(faults.map(|fault| Located::new("unset", fault)));
    }
}

/// The rules over one service.
fn of_facts(app: &App, facts: &Facts, problems: &mut Vec<Located>) {
    let mut add = |attribute: &str, fault| {
        problems.push(Located::new([app.name.as_str(), attribute], fault));
    };
    if let Some(runs) = facts.runs_in_cluster_without_node() {
        add("exec_mode", Fault::ClusterWithoutNode { runs });
    }
    for (key, bit) in [("wait_ready", bit::WAIT_READY), ("shutdown_with_message", bit::SHUTDOWN)] {
        if let Some(runs) = facts.runs_without_messages(bit) {
            add(key, Fault::MessagesWithoutNode { key: key.to_owned(), runs });
        }
    }
    if facts.instances_share_port() && !app.allows("instances-share-port") {
        let mut unnamed = app.endpoints.iter().filter(|endpoint| endpoint.name.is_none());
        let port = match unnamed.any(|endpoint| endpoint.is_auto) {
            true => PORT_OF_SERVICE.to_owned(),
            false => facts.port().to_string(),
        };
        add("instances", Fault::InstancesSharePort { port });
    }
}

/// What an app says, as far as rules ask.
fn facts(app: &App) -> Facts {
    let mut block = BlockFacts::default();
    for (attribute, setting) in &app.settings {
        let bit = bit_of(attribute.name);
        if bit != 0 {
            let codes = match setting {
                Setting::List(codes) => codes.as_slice(),
                one => std::slice::from_ref(one),
            };
            block.give(
                bit,
                Plain {
                    name: setting.as_text(),
                    integer: setting.as_integer(),
                    boolean: (*setting == Setting::Boolean(true))
                        .then_some(true)
                        .or_else(|| (*setting == Setting::Boolean(false)).then_some(false)),
                    has_zero: Some(codes.iter().any(|code| code.as_integer() == Some(0))),
                },
            );
        }
    }
    // A service without anything to run has been reported.
    block.give(bit::RUN, Plain::default());
    if app.ready.is_some() {
        block.give(bit::READY, Plain::default());
    }
    let named = |name| Plain { name: Some(name), ..Plain::default() };
    match (app.kind, &app.program.interpreter) {
        (Kind::Node, Interpreter::None) if app.program.script == Runner::Npm.word() => {
            block.give(bit::RUNNER, named(Runner::Npm.word()));
        }
        (Kind::Node, Interpreter::None) => block.give(bit::INTERPRETER, named("none")),
        (Kind::Script, Interpreter::Node) => block.give(bit::INTERPRETER, named("node")),
        (Kind::Python | Kind::Script, Interpreter::None)
        | (Kind::Python | Kind::Node, Interpreter::Node) => {}
        (_, Interpreter::Program(program)) => block.give(bit::INTERPRETER, named(program)),
    }
    Facts::new(app.kind, true).lay(&block)
}

/// Cron patterns and globs.
fn texts(app: &App, problems: &mut Vec<Located>) {
    let cron = app.setting("cron_restart").and_then(Setting::as_text);
    if let Some(pattern) = cron.filter(|pattern| cron_never_comes(pattern))
        && !app.allows("cron-never-comes")
    {
        let fault = Fault::CronNeverComes { pattern: format!("{pattern:?}") };
        problems.push(Located::new([app.name.as_str(), "cron_restart"], fault));
    }
    if app.allows("unclosed-glob") {
        return;
    }
    for attribute in ["watch", "ignore_watch"] {
        let globs = app.setting(attribute).into_iter().flat_map(Setting::texts);
        // A wildcard in the name of the directory is escaped later.
        let written = globs.map(|glob| glob.strip_prefix(app.directory.as_str()).unwrap_or(glob));
        for bracket in written.filter_map(unclosed) {
            let fault = Fault::UnclosedGlob { bracket };
            problems.push(Located::new([app.name.as_str(), attribute], fault));
        }
    }
}

/// Names that differ, and are one to a person or in the names of PM2's files.
fn similar_names(apps: &[App], problems: &mut Vec<Located>) {
    let mut seen: FxHashMap<String, &App> =
        FxHashMap::with_capacity_and_hasher(apps.len(), FxBuildHasher);
    for app in apps {
        let other = match seen.entry(folded(&app.name)) {
            Entry::Occupied(other) => *other.get(),
            Entry::Vacant(place) => {
                place.insert(app);
                continue;
            }
        };
        if other.name != app.name && !app.allows("similar-names") && !other.allows("similar-names")
        {
            let (name, other) = (app.name.to_string(), other.name.to_string());
            let fault = Fault::SimilarNames { name, other };
            problems.push(Located::new(app.name.as_str(), fault));
        }
    }
}

/// The names of units, as the shell and PM2 take them.
fn names(system: &System, problems: &mut Vec<Located>) {
    let agents = system.agents.keys().map(|agent| (agent.as_str(), true));
    let alone = system.apps.iter().filter(|app| app.agent.is_none());
    let alone = alone.map(|app| (app.name.as_str(), false));
    let externals = system.externals.iter().map(|external| (external.name.as_str(), false));
    for (name, is_agent) in agents.chain(alone).chain(externals) {
        let faults = [unit_name_fault(name, is_agent), spelling_fault(name)];
        problems.extend(faults.into_iter().flatten().map(|fault| Located::new(name, fault)));
    }
    let is_written = |app: &&App| app.setting(NAMESPACE).is_some();
    let mut known: FxHashSet<&str> = FxHashSet::default();
    for app in system.apps.iter().filter(is_written) {
        if known.is_empty() {
            known.extend(system.apps.iter().map(|app| app.name.as_str()));
        }
        let is_app = |name: &str| known.contains(name);
        let fault = app.namespace().and_then(|namespace| namespace_fault(namespace, is_app));
        let place = [app.name.as_str(), NAMESPACE];
        problems.extend(fault.map(|fault| Located::new(place, fault)));
    }
    for app in system.apps.iter().filter(|app| app.agent.is_some()) {
        let fault = spelling_fault(&app.short_name);
        problems.extend(fault.map(|fault| Located::new(app.name.as_str(), fault)));
    }
}

/// The names of variables, and texts that no process can be given.
fn variables(app: &App, problems: &mut Vec<Located>) {
    for (key, variable) in &app.env {
        let nul = match variable {
            Variable::Plain(text) => has_nul(text),
            Variable::Read(sources) => sources
                .in_order
                .iter()
                .flat_map(|source| &source.0)
                .any(|piece| matches!(piece, SourcePiece::Literal(text) if has_nul(text))),
        };
        let fault = match () {
            () if !is_possible_key(key) => Fault::BadKey { key: key.escape_debug().to_string() },
            () if is_reserved_key(key) => Fault::ReservedKey { key: key.to_string() },
            () if nul => Fault::NulInText,
            () => continue,
        };
        problems.push(Located::new([app.name.as_str(), "env", key], fault));
    }
    let Program { script, args, interpreter_args, .. } = &app.program;
    let texts = std::iter::once(script).chain(args).chain(interpreter_args);
    if texts.map(SmolStr::as_str).any(has_nul) {
        problems.push(Located::new([app.name.as_str(), "run"], Fault::NulInText));
    }
    for (attribute, setting) in &app.settings {
        if setting.texts().any(has_nul) {
            problems.push(Located::new([app.name.as_str(), attribute.name], Fault::NulInText));
        }
    }
}

fn has_nul(text: &str) -> bool {
    memchr::memchr(0, text.as_bytes()).is_some()
}
