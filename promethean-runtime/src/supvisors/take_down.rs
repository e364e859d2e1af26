//! Stopping units.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use promethean_core::app::{App, System};
use promethean_core::emit::supervisord::stages;

use super::Supvisors;
use super::status::not_defined;
use super::view::View;
use super::work::{End, time_to_end};
use crate::operations::{
    Awaited, Down, Event, FailedApp, Failures, Interrupted, Observer, OperationError, Target,
};

/// Stops units and their dependencies, dependents first. Apps that others still need keep running. With
/// `force`, the named units are stopped even if others need them.
///
/// # Errors
///
/// The machine that is asked does not answer any more, a unit does not stop, or the operation is interrupted.
pub fn down(
    engine: &Supvisors,
    target: &Target,
    force: bool,
    observe: &mut Observer<'_>,
) -> Result<Down, OperationError> {
    let is_over = || target.is_interrupted();
    let view = engine.operating(observe, &is_over)?;
    let named: BTreeSet<&str> = target.named().map(|app| app.name.as_str()).collect();
    let wanted = target.wanted();
    let (stopped, needed) =
        chosen(&view, target.system(), &wanted, &|app| force && named.contains(app));
    let apps: Vec<&App> =
        wanted.apps.iter().filter(|app| stopped.contains(app.name.as_str())).collect();
    if target.is_whole() {
        let others = view.of_no_app(&target.system().apps).into_iter();
        for (name, seen) in others.filter(|(_, seen)| seen.runs()) {
            observe(Event::Note(not_defined(name, seen).into()));
        }
    }
    let done = engine.stop(&apps, target.system(), observe, &is_over)?;
    let not_stopped = apps.iter().map(|app| app.name.to_string());
    let not_stopped: Vec<String> = not_stopped.filter(|app| !done.stopped.contains(app)).collect();
    if !done.failed.is_empty() {
        let failures =
            Failures { failed: done.failed, running: not_stopped, ..Failures::default() };
        return Err(OperationError::Apps(failures));
    }
    if !not_stopped.is_empty() {
        let (stopped, command) = (done.stopped, "down");
        return Err(Interrupted { command, stopped, not_stopped, ..Interrupted::default() }.into());
    }
    Ok(Down { stopped: done.stopped, orphans: Vec::new(), needed })
}

/// Those that run and are to be stopped; and those that others need, each with them.
fn chosen<'s>(
    view: &View,
    system: &'s System,
    wanted: &'s System,
    is_forced: &dyn Fn(&str) -> bool,
) -> (BTreeSet<&'s str>, BTreeMap<String, Vec<String>>) {
    let all: Vec<&App> = wanted.apps.iter().filter(|app| view.runs(app)).collect();
    let mut stopped: BTreeSet<&str> = all.iter().map(|app| app.name.as_str()).collect();
    let mut needed = BTreeMap::new();
    // Each app is after those it depends on, so that its dependents are decided on before it.
    for app in all.iter().rev() {
        let dependents = system.apps.iter().filter(|other| {
            other.depends_on.iter().any(|on| on.on == app.name)
                && !stopped.contains(other.name.as_str())
                && view.runs(other)
        });
        let dependents: Vec<String> = dependents.map(|other| other.name.to_string()).collect();
        if !dependents.is_empty() && !is_forced(&app.name) {
            stopped.remove(app.name.as_str());
            needed.insert(app.name.to_string(), dependents);
        }
    }
    (stopped, needed)
}

/// What came of stopping apps.
#[derive(Debug, Default)]
pub(super) struct Stopped {
    /// Those that have ended, in order.
    pub(super) stopped: Vec<String>,
    pub(super) failed: Vec<FailedApp>,
}

impl Supvisors {
    /// Stops apps, those first that depend on others.
    pub(super) fn stop(
        &self,
        apps: &[&App],
        system: &System,
        observe: &mut Observer<'_>,
        is_over: &dyn Fn() -> bool,
    ) -> Result<Stopped, OperationError> {
        let stages = stages(system);
        let stage = |app: &App| stages.get(app.name.as_str()).copied().unwrap_or_default();
        let last = apps.iter().map(|app| stage(app)).max().unwrap_or_default();
        let mut done = Stopped::default();
        for at in (1..=last).rev() {
            if is_over() || !done.failed.is_empty() {
                break;
            }
            let now: Vec<&App> = apps.iter().copied().filter(|app| stage(app) == at).collect();
            self.stop_together(&now, &mut done, observe)?;
        }
        Ok(done)
    }

    /// Stops apps that do not depend on each other. What was asked for is waited for, also after an
    /// interruption.
    fn stop_together(
        &self,
        apps: &[&App],
        done: &mut Stopped,
        observe: &mut Observer<'_>,
    ) -> Result<(), OperationError> {
        let view = self.look()?;
        let mut awaited: Vec<(String, Duration)> = Vec::new();
        let mut owners: BTreeMap<String, &App> = BTreeMap::new();
        for app in apps {
            let name = app.name.to_string();
            observe(Event::Stopping { app: name });
            for (process, seen) in view.of_app(app) {
                if seen.is_none_or(super::view::Seen::has_ended) {
                    continue;
                }
                self.end(&process)?;
                owners.insert(process.clone(), app);
                awaited.push((process, time_to_end(app)));
            }
        }
        let ends = self.wait(
            &awaited,
            &|_, seen, _| seen.has_ended().then_some(End::Done),
            &mut |process, since, limit| {
                let Some(app) = owners.get(process) else { return };
                let (app, until) = (app.name.to_string(), Awaited::Stopped);
                observe(Event::StillWaiting { app, until, since, limit });
            },
            &|| false,
        )?;
        for app in apps {
            let name = app.name.to_string();
            let own = ends.iter().filter(|(process, _)| {
                owners.get(*process).is_some_and(|owner| owner.name == app.name)
            });
            let failed = own.filter_map(|(_, end)| match end {
                End::Failed(reason) => Some(reason.clone()),
                End::Done | End::Interrupted => None,
            });
            match failed.collect::<Vec<_>>().first() {
                Some(reason) => {
                    let (app, reason) = (name, format!("does not stop: {reason}"));
                    done.failed.push(FailedApp { app, reason, ..FailedApp::default() });
                }
                None => {
                    observe(Event::Stopped { app: name.clone() });
                    done.stopped.push(name);
                }
            }
        }
        Ok(())
    }
}
