//! The difference between what runs and the definition, and what would keep units from starting.

use promethean_core::app::{App, System};
use promethean_core::diagnostic::Diagnostic;

use super::Supvisors;
use super::status::{misplaced, not_defined, unknown};
use super::view::View;
use crate::engine::Topic;
use crate::operations::{Action, OperationError, Plan, Step, Target};
use crate::preflight::{Finding, Report, Severity};

/// Compares what runs, and where, with what should run, for the units of a target and their dependencies.
/// What the configuration of the machines says of a unit is not compared: `supvisors -o DIR --check` does that.
///
/// # Errors
///
/// The machine that is asked does not answer any more, or knows nothing of the others yet.
pub fn plan(engine: &Supvisors, target: &Target) -> Result<Plan, OperationError> {
    let view = engine.joined(&mut |_| {}, &|| target.is_interrupted())?;
    let wanted = target.wanted();
    let mut plan = planned(engine, &view, target, &wanted);
    plan.notes.extend(wanted.apps.iter().flat_map(|app| obstacles(&view, app)));
    Ok(plan)
}

/// The plan for the apps of a system.
pub(super) fn planned(engine: &Supvisors, view: &View, target: &Target, wanted: &System) -> Plan {
    let step = |app: &App| Step {
        app: app.name.to_string(),
        action: action(view, app),
        processes: Vec::new(),
        machines: app.machines.iter().map(ToString::to_string).collect(),
    };
    let mut notes = engine.lost(view);
    let mut elsewhere = Vec::new();
    for app in &wanted.apps {
        let misplaced = misplaced(view, app);
        if !misplaced.is_empty() {
            elsewhere.push(app.name.to_string());
        }
        notes.extend(misplaced);
    }
    if target.is_whole() {
        let others = view.of_no_app(&target.system().apps).into_iter();
        notes.extend(others.map(|(name, seen)| not_defined(name, seen)));
    }
    let steps = wanted.apps.iter().map(step).collect();
    Plan { steps, elsewhere, notes, ..Plan::default() }
}

/// What is to be done with an app.
fn action(view: &View, app: &App) -> Action {
    let mut action = Action::Keep;
    for (_, seen) in view.of_app(app) {
        match seen {
            Some(seen) if seen.runs() || seen.has_completed() && app.ends_with(0) => {}
            Some(seen) if seen.state == "STOPPED" && !app.starts_by_itself() => {}
            Some(seen) if matches!(seen.state.as_str(), "FATAL" | "EXITED" | "STOPPING") => {
                let reason = seen.state.to_lowercase();
                action = Action::Restart { reason };
            }
            Some(_) | None => return Action::Create,
        }
    }
    action
}

/// What keeps an app from being started.
pub(super) fn obstacles(view: &View, app: &App) -> Vec<Diagnostic> {
    let processes = view.of_app(app);
    let unknown =
        processes.iter().filter(|(_, seen)| seen.is_none()).map(|(name, _)| unknown(name));
    let mut obstacles: Vec<Diagnostic> = unknown.collect();
    if view.is_stranded(app) {
        let machines = app.machines.join(" or ");
        let message = format!("can run only on {machines}, which is not there");
        let help = "start the machine, or name others with `on`";
        obstacles.push(Diagnostic::new(message).help(help).at([app.name.as_str()]));
    }
    obstacles
}

/// What would keep units from starting, as far as it is seen from here.
#[must_use]
pub fn check(engine: &Supvisors, target: &Target) -> Report {
    let mut findings = Vec::new();
    let mut found = |severity, kind, units: Vec<String>, said: Diagnostic| {
        findings.push(Finding { severity, kind, units, message: said.message, help: said.help });
    };
    match engine.look() {
        Err(error) => {
            let units = vec![Supvisors::NAME.to_owned()];
            found(Severity::Failure, Topic::Machine, units, error.diagnostic());
        }
        Ok(view) => {
            let wanted = target.wanted();
            if view.is_joining() {
                let message = "the machines still look for each other".to_owned();
                let units = vec![Supvisors::NAME.to_owned()];
                found(Severity::Warning, Topic::Machine, units, Diagnostic::new(message));
            } else {
                for app in &wanted.apps {
                    let units = || vec![app.name.to_string()];
                    for obstacle in obstacles(&view, app) {
                        found(Severity::Failure, Topic::Machine, units(), obstacle);
                    }
                    for said in misplaced(&view, app) {
                        found(Severity::Warning, Topic::Machine, units(), said);
                    }
                }
                for lost in engine.lost(&view) {
                    let units = vec![Supvisors::NAME.to_owned()];
                    found(Severity::Warning, Topic::Machine, units, lost);
                }
            }
            let names: Vec<String> = wanted.apps.iter().map(|app| app.name.to_string()).collect();
            let message = "directories, programs, variables and secrets are on the machines, and not looked at \
                           from here";
            let help = "`check --machine NAME` does, on each machine";
            found(Severity::Note, Topic::Machine, names, Diagnostic::new(message).help(help));
        }
    }
    findings.sort_by_key(|finding| finding.severity);
    Report { findings }
}
