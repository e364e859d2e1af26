//! Rules over the resolved apps, for what [`crate::check`] cannot see: the values of
//! expressions, and what is in other ecosystems.

use rustc_hash::FxHashMap;

use super::error::Located;
use super::scope::{NodeId, ScopeId, Scopes};
use crate::app::{App, ExecMode, Instances, Interpreter, System};
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

fn ports_once<'s>(
    apps: impl Iterator<Item = (&'s App, ScopeId)>,
    scopes: &Scopes<'_>,
    problems: &mut Vec<Located>,
) {
    let mut seen: FxHashMap<i64, (&App, ScopeId)> = FxHashMap::default();
    for (app, scope) in apps {
        let Some(port) = app.port().map(i64::from) else { continue };
        let Some((other, others)) = seen.insert(port, (app, scope)) else { continue };
        if !app.allows("port-conflict") && !other.allows("port-conflict") {
            let (service, other) = (app.name.to_string(), other.name.to_string());
            let title = |scope: ScopeId| scopes.get(scope).ecosystem.quoted_title();
            let declared_in = (scope != others).then(|| [title(scope), title(others)]);
            let fault = Fault::PortConflict { port, service, other, declared_in };
            problems.push(Located::new([app.name.as_str(), "port"], fault));
        }
    }
}

fn cluster_runs_node(app: &App, problems: &mut Vec<Located>) {
    let interpreter = &app.program.interpreter;
    if app.exec_mode() == Some(ExecMode::Cluster) && !interpreter.is_node_itself() {
        let runs = match (app.kind, interpreter) {
            (Kind::Python, _) => "Python",
            (Kind::Node, Interpreter::None) => "npm",
            (Kind::Script, Interpreter::None) => "a program",
            (Kind::Node | Kind::Script, Interpreter::Node | Interpreter::Program(_)) => {
                "something else"
            }
        };
        let fault = Fault::ClusterWithoutNode { runs };
        problems.push(Located::new([app.name.as_str(), "exec_mode"], fault));
    }
}

fn instances_share_no_port(app: &App, problems: &mut Vec<Located>) {
    let Some(port) = app.port() else { return };
    let several = app.instances().is_some_and(Instances::can_be_several);
    let counts_up = app.increment_var().is_some();
    if several && !app.runs_in_cluster() && !counts_up && !app.allows("instances-share-port") {
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
    let policy = app.restart_policy();
    if policy.schedule.is_some() {
        return Some(Endless::Cron);
    }
    (policy.restarts && !policy.final_codes.contains(&0)).then_some(Endless::Restarts)
}
