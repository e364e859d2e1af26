//! Rules over what services come to, for what [`crate::check`] cannot see: the values of
//! expressions, and what lies in other ecosystems.

use rustc_hash::FxHashMap;

use super::error::Located;
use super::scope::{NodeId, ScopeId, Scopes};
use crate::app::{App, Program, System};
use crate::attribute::{Setting, is_node};
use crate::declaration::{Condition, Kind};
use crate::problem::{Endless, Fault};

/// Checks the apps of a system.
///
/// `order` has the nodes that the apps and externals come from, in their order.
pub(super) fn check(
    system: &System,
    scopes: &Scopes<'_>,
    order: &[NodeId],
    problems: &mut Vec<Located>,
) {
    let services = order.iter().filter(|node| scopes.node(**node).instance().is_some());
    let scope_of = services.map(|node| scopes.node(*node).scope);
    ports_once(system.apps.iter().zip(scope_of), scopes, problems);
    let apps: FxHashMap<&str, &App> =
        system.apps.iter().map(|app| (app.name.as_str(), app)).collect();
    for app in &system.apps {
        cluster_runs_node(app, problems);
        instances_share_no_port(app, problems);
        for dependency in &app.depends_on {
            if dependency.condition == Condition::Completed
                && let Some(why) = endless(apps.get(dependency.on.as_str()).copied())
            {
                let fault =
                    Fault::NeverCompletes { target: dependency.on.to_string(), why, profile: None };
                problems.push(Located::new([app.name.as_str(), "depends_on"], fault));
            }
        }
    }
}

fn allows(app: &App, rule: &str) -> bool {
    app.allowed.iter().any(|(allowed, _)| allowed == rule)
}

fn integer(app: &App, name: &str) -> Option<i64> {
    match app.setting(name) {
        Some(Setting::Integer(integer)) => Some(*integer),
        _ => None,
    }
}

fn ports_once<'s>(
    apps: impl Iterator<Item = (&'s App, ScopeId)>,
    scopes: &Scopes<'_>,
    problems: &mut Vec<Located>,
) {
    let mut seen: FxHashMap<i64, (&App, ScopeId)> = FxHashMap::default();
    for (app, scope) in apps {
        let Some(port) = integer(app, "port") else { continue };
        let Some((other, others)) = seen.insert(port, (app, scope)) else { continue };
        if !allows(app, "port-conflict") && !allows(other, "port-conflict") {
            let (service, other) = (app.name.to_string(), other.name.to_string());
            let title = |scope: ScopeId| scopes.get(scope).ecosystem.quoted_title();
            let declared_in = (scope != others).then(|| [title(scope), title(others)]);
            let fault = Fault::PortConflict { port, service, other, declared_in };
            problems.push(Located::new([app.name.as_str(), "port"], fault));
        }
    }
}

fn is_cluster(app: &App) -> bool {
    let mode = app.setting("exec_mode").and_then(Setting::as_text);
    mode.is_some_and(|mode| mode.starts_with("cluster"))
}

fn cluster_runs_node(app: &App, problems: &mut Vec<Located>) {
    let interpreter = app.program.interpreter.as_deref();
    if is_cluster(app) && !interpreter.is_none_or(is_node) {
        let runs = match (app.kind, interpreter) {
            (Kind::Python, _) => "Python",
            (Kind::Node, Some(Program::NO_INTERPRETER)) => "npm",
            (Kind::Script, Some(Program::NO_INTERPRETER)) => "a program",
            _ => "something else",
        };
        let fault = Fault::ClusterWithoutNode { runs };
        problems.push(Located::new([app.name.as_str(), "exec_mode"], fault));
    }
}

fn instances_share_no_port(app: &App, problems: &mut Vec<Located>) {
    let Some(port) = integer(app, "port") else { return };
    let several = match app.setting("instances") {
        Some(Setting::Integer(number)) => *number > 1 || *number < 0,
        Some(Setting::Text(_)) => true,
        _ => false,
    };
    let mode = app.setting("exec_mode").and_then(Setting::as_text);
    let fork = match mode {
        Some(mode) => mode.starts_with("fork"),
        // PM2 runs a Node program that has `instances` in a cluster.
        None => !app.program.interpreter.as_deref().is_none_or(is_node),
    };
    let counts_up = app.setting("increment_var").is_some();
    if several && fork && !counts_up && !allows(app, "instances-share-port") {
        let fault = Fault::InstancesSharePort { port: port.to_string() };
        problems.push(Located::new([app.name.as_str(), "instances"], fault));
    }
}

/// Why a target never ends for good; what is no app is an external.
fn endless(target: Option<&App>) -> Option<Endless> {
    let Some(app) = target else { return Some(Endless::External) };
    if !app.starts_by_itself() {
        return Some(Endless::NotStarted);
    }
    if app.setting("cron_restart").is_some() {
        return Some(Endless::Cron);
    }
    let restarts = app.setting("autorestart") != Some(&Setting::Boolean(false));
    // PM2 does not start it again after one of these.
    let success_ends = match app.setting("stop_exit_codes") {
        Some(Setting::List(codes)) => codes.contains(&Setting::Integer(0)),
        _ => false,
    };
    (restarts && !success_ends).then_some(Endless::Restarts)
}
