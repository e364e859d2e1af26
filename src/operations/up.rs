//! Operations that bring units up.

use std::collections::BTreeSet;

use promethean_core::foreign::Foreign;

use super::error::OperationError;
use super::event::Observer;
use super::plan::{Action, Plan, Step, by_name, is_as_it_should};
use super::profiles;
use super::target::Target;
use super::work::{Chosen, Work, again_without_daemon, planned, running_apps};
use crate::engine::{Definition, Engine, Process};

/// What runs against what is written, for the units of a target and all they depend on.
///
/// # Errors
///
/// PM2 cannot be asked, secrets or variables are lacking, or names belong to others.
pub fn plan(engine: &dyn Engine, target: &Target) -> Result<Plan, OperationError> {
    // What `up` would refuse is refused here.
    let memory = engine.memory()?;
    let system = target.wanted();
    let definitions = Definition::all(engine, &system)?;
    let Some(mut session) = engine.connect()? else {
        return planned(engine, target, &memory, &definitions, &[], 1);
    };
    let running = session.list()?;
    let processors = session.info().processors;
    planned(engine, target, &memory, &definitions, &running, processors)
}

/// The names of a target's apps that run.
///
/// # Errors
///
/// PM2 cannot be asked.
pub fn running(engine: &dyn Engine, target: &Target) -> Result<BTreeSet<String>, OperationError> {
    let Some(mut session) = engine.connect()? else {
        return Ok(BTreeSet::new());
    };
    Ok(running_apps(target, &session.list()?))
}

/// Brings units up with all they depend on. What runs as it is written goes on; what runs with an
/// older definition gets the present one; nothing is removed.
///
/// Returns what was done.
///
/// # Errors
///
/// As [`plan`], and when an app does not start, does not become ready in time, or dies within the
/// next second or two.
pub fn up(
    engine: &dyn Engine,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    again_without_daemon(observe, |observe| {
        Work::begin(engine, target, "up", observe)?.bring_up(|mut plan, running| {
            let notes = without_removals(&mut plan, target, running);
            Chosen { plan, notes }
        })
    })
}

/// Makes what runs what is written: as [`up`], and what the ecosystem has no more is removed. With
/// units in the target nothing is removed.
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
    again_without_daemon(observe, |observe| {
        Work::begin(engine, target, "apply", observe)?
            .bring_up(|plan, running| Chosen { plan, notes: unclear(target, running) })
    })
}

/// Restarts units with their present definitions. What they depend on is brought up where it does
/// not run, and otherwise left as it is, also when its definition has changed: a note says so.
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

/// As [`restart`]; the processes of a cluster are replaced one after the other, so that one of them
/// always listens.
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
        for step in plan.steps.iter_mut().filter(|step| !named.contains(&step.app)) {
            let present = running.get(step.app.as_str()).map(Vec::as_slice).unwrap_or_default();
            let runs = system.app(&step.app).is_some_and(|app| {
                !present.is_empty() && present.iter().all(|process| is_as_it_should(process, app))
            });
            if runs && step.action != Action::Keep {
                notes.push(left_as_it_is(step));
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
                (Action::Keep, "reload") => Action::Change { fields: Vec::new() },
                (Action::Change { fields }, "restart") => {
                    Action::Restart { reason: older(fields.len()) }
                }
                (Action::Keep, _) => Action::Restart { reason: "asked for".to_owned() },
                (other, _) => other.clone(),
            };
        }
        Chosen { plan, notes }
    };
    again_without_daemon(observe, |observe| {
        Work::begin(engine, target, command, observe)?.bring_up(anew)
    })
}

/// Takes the removals out of a plan. Returns what is said of the apps that go on.
fn without_removals(plan: &mut Plan, target: &Target, running: &[Process]) -> Vec<String> {
    let removals = plan.steps.extract_if(.., |step| step.action == Action::Remove);
    let said = removals.map(|step| {
        let process = running.iter().find(|process| process.name == step.app);
        let record = process.and_then(|process| process.record.as_ref());
        let profile = record.and_then(|record| record.profile.as_deref());
        profiles::left_over(&step.app, profile, target)
    });
    said.collect()
}

/// What is said of what runs that the ecosystem may have had and does not have now, where nothing
/// tells it from another one of its file.
fn unclear(target: &Target, running: &[Process]) -> Vec<String> {
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
        format!(
            "{app} stays: it may be of another ecosystem in {}\n  \
             help: give each ecosystem a `name`; `pm2 delete {app}` ends it",
            Foreign(&owner.name),
            app = Foreign(app),
        )
    });
    said.collect()
}

/// What is said of a dependency that runs and differs from what is written.
fn left_as_it_is(step: &Step) -> String {
    let app = &step.app;
    let what = match &step.action {
        Action::Replace { reason } => format!("there are {reason}"),
        Action::Change { fields } if fields.iter().all(|field| field.inherited) => {
            "it runs with other inherited variables".to_owned()
        }
        _ => "it runs with an older definition".to_owned(),
    };
    format!("{app}: left as it is, though {what}: `up {app}` gives it the present one")
}

/// Why what has so many changed fields is restarted.
fn older(fields: usize) -> String {
    let fields = if fields == 1 { "1 field".to_owned() } else { format!("{fields} fields") };
    format!("older than its definition: {fields} changed")
}
