//! Operations that bring units up.

use std::collections::BTreeSet;

use super::Pm2;
use super::definition::Definition;
use super::error::OperationError;
use super::event::Observer;
use super::memory::Memory;
use super::plan::{Action, Plan};
use super::target::Target;
use super::work::{Work, again_without_daemon, planned, running_apps};
use crate::pm2::Driver;

/// What runs against what is written, for the units of a target and all they depend on.
///
/// # Errors
///
/// PM2 cannot be asked, secrets or variables are lacking, or names belong to others.
pub fn plan(pm2: &Pm2, target: &Target) -> Result<Plan, OperationError> {
    // What `up` would refuse is refused here.
    Memory::read(&pm2.home)?;
    let system = target.wanted();
    let definitions = Definition::all(&system)?;
    let Some(mut driver) = Driver::connect(&pm2.installation, &pm2.home)? else {
        return planned(target, &definitions, &[], 1);
    };
    let running = driver.list()?;
    planned(target, &definitions, &running, driver.daemon().processors)
}

/// The names of a target's apps that run.
///
/// # Errors
///
/// PM2 cannot be asked.
pub fn running(pm2: &Pm2, target: &Target) -> Result<BTreeSet<String>, OperationError> {
    let Some(mut driver) = Driver::connect(&pm2.installation, &pm2.home)? else {
        return Ok(BTreeSet::new());
    };
    Ok(running_apps(target, &driver.list()?))
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
pub fn up(pm2: &Pm2, target: &Target, observe: &mut Observer<'_>) -> Result<Plan, OperationError> {
    again_without_daemon(observe, |observe| {
        Work::begin(pm2, target, "up", observe)?.bring_up(|mut plan| {
            plan.steps.retain(|step| step.action != Action::Remove);
            plan
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
    pm2: &Pm2,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    again_without_daemon(observe, |observe| {
        Work::begin(pm2, target, "apply", observe)?.carry_out(|work| {
            work.tell_unclear()?;
            work.bring_to_plan(|plan| plan)
        })
    })
}

/// Starts units anew, with their present definitions. What they depend on is brought up where it
/// does not run, and otherwise left alone.
///
/// # Errors
///
/// As [`up`].
pub fn restart(
    pm2: &Pm2,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    again(pm2, target, "restart", observe)
}

/// As [`restart`]; the processes of a cluster are replaced one after the other, so that one of them
/// always listens.
///
/// # Errors
///
/// As [`up`].
pub fn reload(
    pm2: &Pm2,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    again(pm2, target, "reload", observe)
}

fn again(
    pm2: &Pm2,
    target: &Target,
    command: &'static str,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    let named: BTreeSet<String> = target.named().map(|app| app.name.to_string()).collect();
    let anew = |mut plan: Plan| {
        plan.steps.retain(|step| step.action != Action::Remove);
        for step in plan.steps.iter_mut().filter(|step| named.contains(&step.app)) {
            step.action = match (&step.action, command) {
                (Action::Keep, "reload") => Action::Change { fields: Vec::new() },
                (Action::Change { fields }, "restart") => {
                    Action::Restart { reason: format!("{} fields changed", fields.len()) }
                }
                (Action::Keep, _) => Action::Restart { reason: "asked for".to_owned() },
                (other, _) => other.clone(),
            };
        }
        plan
    };
    again_without_daemon(observe, |observe| {
        Work::begin(pm2, target, command, observe)?.bring_up(anew)
    })
}
