//! Operations that start units.

use std::collections::{BTreeMap, BTreeSet};

use promethean_core::app::{App, System};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign;

use super::error::OperationError;
use super::event::Observer;
use super::handover;
use super::orphans;
use super::plan::{Action, Foreign, Plan, Step, by_name, is_as_it_should, is_only_listed};
use super::profiles::{self, ProfileChange};
use super::target::Target;
use super::transaction::{Chosen, Transaction, again_without_daemon, planned, running_apps};
use crate::engine::{Definition, Engine, Look, Process, SavedState, Unlisted};
use crate::preflight::OwnProcess;

/// Compares what runs with the definition, for the units of a target and their dependencies.
///
/// # Errors
///
/// PM2 does not answer, secrets or variables are missing, or app names are already in use.
pub fn plan(engine: &dyn Engine, target: &Target) -> Result<Plan, OperationError> {
    // What `up` would reject is rejected here.
    let saved = engine.saved_state()?;
    let system = target.wanted();
    let definitions = Definition::all(engine, &system)?;
    let session = engine.connect()?;
    let daemon = session.is_some();
    let listed = session
        .map(|mut session| Ok::<_, OperationError>((session.list()?, session.info().processors)));
    let (listed, processors) = listed.transpose()?.unwrap_or_else(|| (Vec::new(), 1));
    let mut plan = planned(engine, target, &saved, &definitions, &listed, processors)?;
    let look = Look { daemon, listed: &listed, at_work: engine.is_at_work() };
    let apps: Vec<&App> = system.apps.iter().collect();
    let Unlisted { orphans, unclear, .. } = orphans::of_target(engine, look, target, &apps, &saved);
    plan.notes.extend(orphans.iter().map(orphans::to_end));
    plan.notes.extend(unclear.iter().map(|process| orphans::unclear(engine, process)));
    plan.orphans = orphans.iter().map(|orphan| orphan.pid).collect();
    Ok(plan)
}

/// The names of a target's running apps.
///
/// # Errors
///
/// PM2 does not answer.
pub fn running(engine: &dyn Engine, target: &Target) -> Result<BTreeSet<String>, OperationError> {
    let Some(mut session) = engine.connect()? else {
        return Ok(BTreeSet::new());
    };
    Ok(running_apps(target, &session.list()?))
}

/// What a check of a target has to know of what runs.
#[derive(Clone, Debug, Default)]
pub struct Present {
    /// The apps that run, or that a killed daemon left running: their ports are theirs.
    pub running: BTreeSet<String>,
    /// The apps that run with the current definition: [`up`] does not start them.
    pub kept: BTreeSet<String>,
    /// The operating system's processes of the ecosystem, and what [`up`] does to them.
    pub own: BTreeMap<u32, OwnProcess>,
    /// The app names that are already in use: [`up`] rejects them.
    pub taken: Vec<Foreign>,
}

/// The names of a target's apps that run on an engine, or that a killed daemon left running.
///
/// # Errors
///
/// The engine does not answer.
pub fn alive(engine: &dyn Engine, target: &Target) -> Result<BTreeSet<String>, OperationError> {
    let saved = engine.saved_state()?;
    let session = engine.connect()?;
    let daemon = session.is_some();
    let listed = session.map(|mut session| session.list()).transpose()?.unwrap_or_default();
    let look = Look { daemon, listed: &listed, at_work: engine.is_at_work() };
    Ok(alive_apps(engine, look, target, &target.wanted(), &saved))
}

fn alive_apps(
    engine: &dyn Engine,
    look: Look<'_>,
    target: &Target,
    system: &System,
    saved: &SavedState,
) -> BTreeSet<String> {
    let mut alive = running_apps(target, look.listed);
    let apps: Vec<&App> = system.apps.iter().collect();
    let left = orphans::of_target(engine, look, target, &apps, saved);
    alive.extend(left.orphans.iter().flat_map(|orphan| orphan.whose.apps()).cloned());
    alive
}

/// Looks at what runs of a target.
///
/// # Errors
///
/// The engine does not answer.
pub fn present(engine: &dyn Engine, target: &Target) -> Result<Present, OperationError> {
    let saved = engine.saved_state()?;
    let session = engine.connect()?;
    let daemon = session.is_some();
    let (listed, processors) = match session {
        Some(mut session) => (session.list()?, session.info().processors),
        None => (Vec::new(), 1),
    };
    let system = target.wanted();
    let look = Look { daemon, listed: &listed, at_work: engine.is_at_work() };
    let running = alive_apps(engine, look, target, &system, &saved);
    let own = |plan| handover::own_processes(engine, target, plan, &listed);
    let mut present = Present { running, ..Present::default() };
    // What is missing of the values is found by the check.
    let Ok(definitions) = Definition::all(engine, &system) else {
        present.own = own(None);
        return Ok(present);
    };
    match planned(engine, target, &saved, &definitions, &listed, processors) {
        Ok(mut plan) => {
            plan.steps.retain(|step| step.action != Action::Remove);
            if !plan.is_empty() {
                present.own = own(Some(&plan));
            }
            let kept = plan.steps.into_iter().filter(|step| step.action == Action::Keep);
            present.kept = kept.map(|step| step.app).collect();
        }
        Err(OperationError::Foreign(taken)) => {
            present.own = own(None);
            present.taken = taken;
        }
        Err(error) => return Err(error),
    }
    Ok(present)
}

/// Starts units and their dependencies. Apps that run with the current definition keep running, apps
/// with an older one are updated, and nothing is removed.
///
/// Returns what was done.
///
/// # Errors
///
/// As [`plan`]; or an app does not start, does not become ready in time, or exits within the next two
/// seconds.
pub fn up(
    engine: &dyn Engine,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    again_without_daemon(engine, observe, |observe| {
        Transaction::begin(engine, target, "up", observe)?.bring_up(|mut plan, running| {
            let notes = without_removals(&mut plan, target, running);
            Chosen { plan, notes }
        })
    })
}

/// Changes what runs to match the definition: like [`up`], but also removes apps that are no longer
/// defined. If the target names units, nothing is removed.
///
/// Returns what was done.
///
/// # Errors
///
/// As [`up`].
pub fn apply(
    engine: &dyn Engine,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    again_without_daemon(engine, observe, |observe| {
        Transaction::begin(engine, target, "apply", observe)?
            .bring_up(|plan, running| Chosen { plan, notes: unclear(engine, target, running) })
    })
}

/// Restarts units with the current definition. What `autostart false` keeps from starting is left as it is while it
/// does not run, and what only its schedule starts also while it runs. Dependencies are started if they do not run,
/// and otherwise not changed, even if their definitions have changed: a note reports that.
///
/// # Errors
///
/// As [`up`].
pub fn restart(
    engine: &dyn Engine,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    again(engine, target, "restart", observe)
}

/// Like [`restart`], but replaces the processes of a cluster one by one, so that one of them always
/// listens.
///
/// # Errors
///
/// As [`up`].
pub fn reload(
    engine: &dyn Engine,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    again(engine, target, "reload", observe)
}

fn again(
    engine: &dyn Engine,
    target: &Target,
    command: &'static str,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    let named: BTreeSet<String> = target.named().map(|app| app.name.to_string()).collect();
    let system = target.system();
    let anew = |mut plan: Plan, running: &[Process]| {
        let mut notes = without_removals(&mut plan, target, running);
        let running = by_name(running);
        let is_left_as_it_is = |app: &str| {
            let present = running.get(app).map(Vec::as_slice).unwrap_or_default();
            let rests = |app: &App| is_only_listed(app, present) || app.only_times().is_some();
            !present.is_empty() && system.app(app).is_some_and(rests)
        };
        for step in plan.steps.iter_mut().filter(|step| !named.contains(&step.app)) {
            let present = running.get(step.app.as_str()).map(Vec::as_slice).unwrap_or_default();
            let runs = system.app(&step.app).is_some_and(|app| {
                !present.is_empty() && present.iter().all(|process| is_as_it_should(process, app))
            });
            if runs {
                let change = plan.profiles.iter().find(|change| change.app == step.app);
                notes.extend(left_as_it_is(step, change));
                step.action = Action::Keep;
            }
        }
        let kept = |app: &str| {
            plan.steps.iter().any(|step| step.app == app && step.action == Action::Keep)
                && !named.contains(app)
        };
        plan.profiles.retain(|change| !kept(&change.app));
        for step in plan.steps.iter_mut().filter(|step| named.contains(&step.app)) {
            step.action = match (&step.action, command) {
                // What runs of it would be ended, and nothing would be started.
                (Action::Keep, _) if is_left_as_it_is(&step.app) => Action::Keep,
                (Action::Keep, "reload") => Action::Change { fields: Vec::new() },
                (Action::Change { fields }, "restart") => {
                    Action::Restart { reason: older(fields.len()) }
                }
                (Action::Keep | Action::Scale { .. }, _) => {
                    Action::Restart { reason: "asked for".to_owned() }
                }
                (other, _) => other.clone(),
            };
        }
        Chosen { plan, notes }
    };
    again_without_daemon(engine, observe, |observe| {
        Transaction::begin(engine, target, command, observe)?.bring_up(anew)
    })
}

/// Takes the removals out of a plan. Returns what is said of the apps that go on.
fn without_removals(plan: &mut Plan, target: &Target, running: &[Process]) -> Vec<Diagnostic> {
    let removals = plan.steps.extract_if(.., |step| step.action == Action::Remove);
    let said = removals.map(|step| {
        let process = running.iter().find(|process| process.name == step.app);
        let record = process.and_then(|process| process.record.as_ref());
        let profile = record.and_then(|record| record.profile.as_deref());
        Diagnostic::new(profiles::left_over(&step.app, profile, target))
    });
    said.collect()
}

/// What is said of what runs that the ecosystem may have had and does not have now, where nothing
/// distinguishes it from another one of its file.
fn unclear(engine: &dyn Engine, target: &Target, running: &[Process]) -> Vec<Diagnostic> {
    if !target.is_whole() {
        return Vec::new();
    }
    let owner = target.owner();
    let unclear = running.iter().filter(|process| {
        let record = process.record.as_ref();
        record.is_some_and(|record| record.owner.may_be(owner) && !record.owner.is(owner))
            && target.system().app(&process.name).is_none()
    });
    let unclear: BTreeSet<&str> = unclear.map(|process| process.name.as_str()).collect();
    let said = unclear.into_iter().map(|app| {
        let removal = engine.removal(app);
        Diagnostic::new(format!(
            "{} is kept: it may belong to another ecosystem in {}",
            foreign::Foreign(app),
            foreign::Foreign(&owner.name)
        ))
        .help(format!("give each ecosystem a `name`; `{removal}` ends it"))
    });
    said.collect()
}

/// Reports a dependency that runs and differs from the definition; `None` when it does not.
fn left_as_it_is(step: &Step, change: Option<&ProfileChange>) -> Option<Diagnostic> {
    let app = &step.app;
    let what = match (&step.action, change) {
        (Action::Keep, _) => return None,
        (_, Some(ProfileChange { old: Some(profile), .. })) => {
            format!("it runs with the profile `{}`", foreign::Foreign(profile))
        }
        (_, Some(ProfileChange { old: None, .. })) => "it runs without a profile".to_owned(),
        (Action::Replace { reason }, None) => format!("there are {reason}"),
        (Action::Change { fields }, None) if fields.iter().all(|field| field.inherited) => {
            "it runs with other inherited variables".to_owned()
        }
        (
            Action::Change { .. }
            | Action::Scale { .. }
            | Action::Create
            | Action::Restart { .. }
            | Action::Remove,
            None,
        ) => "it has an older definition".to_owned(),
    };
    let does = if change.is_some() { "changes it" } else { "applies the current one" };
    Some(Diagnostic::new(format!("{app}: not changed, although {what}: `up {app}` {does}")))
}

/// Why what has so many changed fields is restarted.
fn older(fields: usize) -> String {
    let fields = if fields == 1 { "1 field".to_owned() } else { format!("{fields} fields") };
    format!("older than its definition: {fields} changed")
}
