//! Rules over what services come to, for what [`crate::check`] cannot see: the values of
//! expressions, and what lies in other ecosystems.

use rustc_hash::FxHashMap;

use super::error::Located;
use crate::app::{App, Program, System};
use crate::attribute::Setting;
use crate::declaration::{Condition, Kind};
use crate::pm2::is_node;
use crate::problem::{Endless, Fault};

/// Checks the apps of a system.
pub(super) fn check(system: &System, problems: &mut Vec<Located>) {
    ports_once(&system.apps, problems);
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
                problems.push(Located::new(format!("{} › depends_on", app.name), fault));
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

fn ports_once(apps: &[App], problems: &mut Vec<Located>) {
    let mut seen: FxHashMap<i64, &App> = FxHashMap::default();
    for app in apps {
        let Some(port) = integer(app, "port") else { continue };
        let Some(other) = seen.insert(port, app) else { continue };
        if !allows(app, "port-conflict") && !allows(other, "port-conflict") {
            let (service, other) = (app.name.to_string(), other.name.to_string());
            let fault = Fault::PortConflict { port, service, other };
            problems.push(Located::new(format!("{} › port", app.name), fault));
        }
    }
}

fn cluster_runs_node(app: &App, problems: &mut Vec<Located>) {
    let interpreter = app.program.interpreter.as_deref();
    if app.runs_in_cluster() && !interpreter.is_none_or(is_node) {
        let runs = match (app.kind, interpreter) {
            (Kind::Python, _) => "Python",
            (Kind::Node, Some(Program::NO_INTERPRETER)) => "npm",
            (Kind::Script, Some(Program::NO_INTERPRETER)) => "a program",
            _ => "something else",
        };
        let fault = Fault::ClusterWithoutNode { runs };
        problems.push(Located::new(format!("{} › exec_mode", app.name), fault));
    }
}

fn instances_share_no_port(app: &App, problems: &mut Vec<Located>) {
    let Some(port) = integer(app, "port") else { return };
    let several = match app.setting("instances") {
        Some(Setting::Integer(number)) => *number != 1,
        Some(Setting::Text(_)) => true,
        _ => false,
    };
    let counts_up = app.setting("increment_var").is_some();
    if several && !app.runs_in_cluster() && !counts_up && !allows(app, "instances-share-port") {
        let fault = Fault::InstancesSharePort { port: port.to_string() };
        problems.push(Located::new(format!("{} › instances", app.name), fault));
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
