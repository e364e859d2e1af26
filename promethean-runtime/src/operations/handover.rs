//! Ports that pass from one app of a system to another: who has one ends before the other is started.

use std::collections::{BTreeMap, BTreeSet};

use promethean_core::app::System;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;

use super::plan::{Action, Plan, belongs_to};
use super::target::Target;
use crate::engine::{Engine, Process};
use crate::preflight::{Fate, OwnProcess, listeners, ports};

/// The operating system's processes of a system, each with its app and what a plan does to it; without a plan, only
/// what is no longer defined is known to be that.
pub(super) fn own_processes(
    engine: &dyn Engine,
    target: &Target,
    plan: Option<&Plan>,
    running: &[Process],
) -> BTreeMap<u32, OwnProcess> {
    let own = running.iter().filter(|process| belongs_to(process, target));
    let own: BTreeMap<_, &Process> = own.map(|process| (process.id, process)).collect();
    if own.is_empty() {
        return BTreeMap::new();
    }
    let ending = plan.map(ending).unwrap_or_default();
    let removed = plan.into_iter().flat_map(|plan| &plan.steps);
    let removed: BTreeSet<&str> = removed
        .filter(|step| step.action == Action::Remove)
        .map(|step| step.app.as_str())
        .collect();
    let fate = |app: &str| match target.system().app(app) {
        _ if ending.contains(app) || removed.contains(app) => Fate::Ends,
        None => Fate::NoLongerDefined,
        Some(_) => Fate::Stays,
    };
    let families = engine.families(&own.values().copied().collect::<Vec<&Process>>());
    let named = families.into_iter().flat_map(|(id, family)| {
        let app = own.get(&id).map(|process| process.name.as_str());
        family.into_iter().filter_map(move |seen| Some((seen.pid, app?)))
    });
    named.map(|(pid, app)| (pid, OwnProcess { app: app.to_owned(), fate: fate(app) })).collect()
}

/// The apps whose processes a plan ends and starts again, also those of a cluster that it replaces one by one: they
/// share their ports.
fn ending(plan: &Plan) -> BTreeSet<&str> {
    let ends = plan.steps.iter().filter(|step| {
        !step.processes.is_empty()
            && matches!(
                step.action,
                Action::Change { .. } | Action::Replace { .. } | Action::Restart { .. }
            )
    });
    ends.map(|step| step.app.as_str()).collect()
}

/// The apps that a plan starts again, and that hold until then what another app of the plan is to listen on: each
/// with that one and its port.
pub(super) fn in_the_way<'p>(
    plan: &'p Plan,
    system: &System,
    own: &BTreeMap<u32, OwnProcess>,
) -> BTreeMap<&'p str, (&'p str, u16)> {
    let ending = ending(plan);
    let pids = own.iter().filter(|(_, own)| ending.contains(own.app.as_str()));
    let pids: BTreeSet<u32> = pids.map(|(pid, _)| *pid).collect();
    if pids.is_empty() {
        return BTreeMap::new();
    }
    let listeners = listeners::listeners_of(&pids);
    let mut in_the_way = BTreeMap::new();
    let starting = plan.steps.iter().filter(|step| {
        !matches!(step.action, Action::Keep | Action::Scale { .. } | Action::Remove)
    });
    for step in starting {
        // What shares a port on purpose has it together with the other one.
        let app = system.app(&step.app).filter(|app| !app.allows("port-conflict"));
        let Some(app) = app else { continue };
        for address in ports::addresses(app) {
            let holders = listeners.iter().filter(|listener| listener.is_in_the_way_of(&address));
            let holders = holders.filter_map(|listener| own.get(&listener.process));
            for holder in holders.filter(|holder| holder.app != step.app) {
                if let Some(holder) = ending.get(holder.app.as_str()) {
                    in_the_way.insert(*holder, (step.app.as_str(), address.port()));
                }
            }
        }
    }
    in_the_way
}

/// Why an app ends before the others are started.
pub(super) fn reason(holder: &str, (next, port): (&str, u16)) -> Diagnostic {
    let (holder, next) = (Foreign(holder), Foreign(next));
    Diagnostic::new(format!("{holder} ends first: {next} is to have its port {port}"))
}
