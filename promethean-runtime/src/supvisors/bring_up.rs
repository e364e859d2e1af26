//! Starting units: each after its dependencies, on the machine that Supvisors chooses.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use promethean_core::app::{App, System};
use promethean_core::declaration::Condition;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::emit::supervisord::stages;
use promethean_core::emit::supvisors::process_names;
use promethean_core::list::some_of;
use promethean_core::probe::Probe;

use super::plan::{obstacles, planned};
use super::status::misplaced;
use super::view::{Seen, View};
use super::work::{End, time_to_start};
use super::{Supvisors, SupvisorsError};
use crate::engine::Topic;
use crate::operations::{
    Action, Awaited, Event, FailedApp, Failures, Interrupted, Observer, OperationError, Plan,
    Target,
};
use crate::parallel;
use crate::preflight::{Finding, Report, Severity};
use crate::readiness::{self, NotReady, Surroundings};

/// How many units are named in a sentence.
const SHOWN: usize = 5;

/// Supvisors starts what is asked for within a few seconds; what it does not start by then, it never does.
const NOTICED: Duration = Duration::from_secs(30);

/// Starts the units of a target and their dependencies that do not run. Probes over the network are tried from
/// here.
///
/// # Errors
///
/// The machine that is asked does not answer any more, a unit does not start or does not become ready in time,
/// or the operation is interrupted.
pub fn up(
    engine: &Supvisors,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    brought_up(engine, target, "up", observe)
}

/// Restarts the units of a target; their dependencies are started if they do not run.
///
/// # Errors
///
/// As [`up`].
pub fn restart(
    engine: &Supvisors,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    brought_up(engine, target, "restart", observe)
}

fn brought_up(
    engine: &Supvisors,
    target: &Target,
    command: &'static str,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    let start = Instant::now();
    let is_over = || target.is_interrupted();
    let view = engine.operating(observe, &is_over)?;
    let wanted = target.wanted();
    let mut plan = planned(engine, &view, target, &wanted);
    if command == "restart" {
        let named: BTreeSet<&str> = target.named().map(|app| app.name.as_str()).collect();
        can_be_restarted(&view, target)?;
        for step in plan.steps.iter_mut().filter(|step| named.contains(step.app.as_str())) {
            if step.action == Action::Keep {
                step.action = Action::Restart { reason: "asked for".to_owned() };
            }
        }
    }
    for note in &plan.notes {
        observe(Event::Note(note.clone().into()));
    }
    let mut work = Work {
        engine,
        target,
        wanted: &wanted,
        is_over: &is_over,
        command,
        plan: &plan,
        started: Vec::new(),
        ready: BTreeSet::new(),
        untried: Vec::new(),
        failed: Vec::new(),
        blocked: BTreeMap::new(),
    };
    let stages = stages(&wanted);
    let last = stages.values().copied().max().unwrap_or_default();
    for at in 1..=last {
        if is_over() {
            break;
        }
        let now = wanted.apps.iter().filter(|app| stages.get(app.name.as_str()) == Some(&at));
        work.stage(&now.collect::<Vec<_>>(), observe)?;
    }
    work.finished(start, observe)?;
    Ok(plan)
}

/// What runs where it is not defined to run would be started there again, as the machines have an older configuration,
/// and fail: nothing is stopped.
fn can_be_restarted(view: &View, target: &Target) -> Result<(), OperationError> {
    let misplaced = target.named().flat_map(|app| {
        let units = vec![app.name.to_string()];
        let found = misplaced(view, app).into_iter();
        found.map(move |Diagnostic { message, help, .. }| Finding {
            severity: Severity::Failure,
            kind: Topic::Machine,
            units: units.clone(),
            message,
            help,
        })
    });
    let findings: Vec<Finding> = misplaced.collect();
    match findings.is_empty() {
        true => Ok(()),
        false => Err(OperationError::NotReady(Report { findings })),
    }
}

/// Units that are being started.
struct Work<'w> {
    engine: &'w Supvisors,
    target: &'w Target,
    wanted: &'w System,
    is_over: &'w dyn Fn() -> bool,
    command: &'static str,
    plan: &'w Plan,
    /// Those that were started, in order.
    started: Vec<String>,
    /// Those among them whose probes have succeeded, or that have none.
    ready: BTreeSet<String>,
    /// Those whose probes only their machines can try.
    untried: Vec<String>,
    failed: Vec<FailedApp>,
    /// Those that are not started, each with the one that failed.
    blocked: BTreeMap<String, String>,
}

impl Work<'_> {
    fn action(&self, app: &App) -> &Action {
        let step = self.plan.steps.iter().find(|step| step.app == *app.name);
        step.map_or(&Action::Keep, |step| &step.action)
    }

    fn fail(&mut self, app: &App, reason: impl Into<String>, help: Option<String>) {
        let (app, reason) = (app.name.to_string(), reason.into());
        self.failed.push(FailedApp { app, reason, help, ..FailedApp::default() });
    }

    /// The app that failed because of which another one is not started.
    fn blocker(&self, app: &App) -> Option<String> {
        app.depends_on.iter().find_map(|dependency| {
            let on = dependency.on.as_str();
            let failed = self.failed.iter().any(|failed| failed.app == on);
            self.blocked.get(on).cloned().or_else(|| failed.then(|| on.to_owned()))
        })
    }

    /// Starts apps whose dependencies are there.
    fn stage(&mut self, apps: &[&App], observe: &mut Observer<'_>) -> Result<(), OperationError> {
        let view = self.engine.look()?;
        let mut meant: Vec<&App> = Vec::new();
        for app in apps {
            if *self.action(app) == Action::Keep {
                let ends = view.of_app(app);
                let completed = ends.iter().all(|(_, seen)| seen.is_some_and(Seen::has_completed));
                observe(Event::Kept { app: app.name.to_string(), completed });
            } else if let Some(blocker) = self.blocker(app) {
                self.blocked.insert(app.name.to_string(), blocker);
            } else if let Some(obstacle) = obstacles(&view, app).into_iter().next() {
                self.fail(app, obstacle.message, obstacle.help);
            } else {
                meant.push(app);
            }
        }
        // What is about to end has to have ended before its start.
        let ending: Vec<&App> = meant
            .iter()
            .filter(|app| matches!(self.action(app), Action::Restart { .. }))
            .filter(|app| view.runs(app))
            .copied()
            .collect();
        let ended = self.engine.stop(&ending, self.wanted, observe, &|| false)?;
        meant.retain(|app| ended.failed.iter().all(|failed| failed.app != *app.name));
        self.failed.extend(ended.failed);
        let online = self.start(&meant, observe)?;
        self.probe(&online, observe);
        self.complete(&online, observe)
    }

    /// Starts apps, and returns those that run, each with its machines.
    fn start<'a>(
        &mut self,
        apps: &[&'a App],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<(&'a App, Vec<String>)>, OperationError> {
        let view = self.engine.look()?;
        let mut owners: BTreeMap<String, &App> = BTreeMap::new();
        let mut awaited: Vec<(String, Duration)> = Vec::new();
        let mut before: BTreeMap<String, u64> = BTreeMap::new();
        for app in apps {
            observe(Event::Starting { app: app.name.to_string() });
            self.started.push(app.name.to_string());
            for (process, seen) in view.of_app(app) {
                if seen.is_some_and(Seen::is_online) {
                    continue;
                }
                match self.engine.begin(&process) {
                    Ok(()) => {
                        owners.insert(process.clone(), app);
                        before.insert(process.clone(), seen.map_or(0, Seen::started));
                        awaited.push((process, time_to_start(app)));
                    }
                    Err(SupvisorsError::Refused { reason, .. }) => {
                        self.fail(
                            app,
                            format!("{} rejected the start: {reason}", Supvisors::NAME),
                            None,
                        );
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let ends = self.engine.wait(
            &awaited,
            &|process, seen, since| {
                // What is seen may still be the end of an earlier run.
                let is_new = before.get(process).is_some_and(|start| *start != seen.started());
                match seen.state.as_str() {
                    "RUNNING" if seen.pid() != 0 => Some(End::Done),
                    "EXITED" if is_new && seen.has_completed() => Some(End::Done),
                    "EXITED" | "FATAL" if is_new => Some(End::Failed(why(seen))),
                    "STOPPED" | "EXITED" | "FATAL" if since > NOTICED => {
                        Some(End::Failed(why(seen)))
                    }
                    _ => None,
                }
            },
            &mut |process, since, limit| {
                let Some(app) = owners.get(process) else { return };
                let (app, until) = (app.name.to_string(), Awaited::Started);
                observe(Event::StillWaiting { app, until, since, limit });
            },
            self.is_over,
        )?;
        for (process, end) in &ends {
            if let (Some(app), End::Failed(reason)) = (owners.get(process), end) {
                let help = see_log(app);
                self.fail(app, reason.clone(), Some(help));
            }
        }
        let view = self.engine.look()?;
        let mut online = Vec::new();
        for app in apps {
            let processes = view.of_app(app);
            let first = processes.iter().find_map(|(_, seen)| *seen);
            let failed = self.failed.iter().any(|failed| failed.app == *app.name);
            let (Some(first), true, false) = (first, view.is_up(app), failed) else { continue };
            let (app_name, pid) = (app.name.to_string(), first.pid());
            let (pids, machine) = (vec![pid], first.on.first().cloned());
            observe(Event::Started { app: app_name, pid, pids, machine });
            online.push((*app, first.on.clone()));
        }
        Ok(online)
    }

    /// Waits until the probes of apps succeed that are seen from here.
    fn probe(&mut self, apps: &[(&App, Vec<String>)], observe: &mut Observer<'_>) {
        let mut tried: Vec<(&App, Probe)> = Vec::new();
        for (app, on) in apps {
            match (&app.ready, self.engine.probe(app, on)) {
                (None, _) => drop(self.ready.insert(app.name.to_string())),
                (Some(_), None) => self.untried.push(app.name.to_string()),
                (Some(_), Some(probe)) => {
                    observe(Event::Probing { app: app.name.to_string() });
                    tried.push((app, probe));
                }
            }
        }
        let target = self.target;
        let probes: Vec<Probe> = tried.iter().map(|(_, probe)| probe.clone()).collect();
        let outcomes = parallel::each(probes, |probe| {
            let start = Instant::now();
            let is_over = || target.is_interrupted();
            let waited = readiness::wait(&probe, &mut Surroundings::default(), &is_over);
            waited.map(|()| start.elapsed())
        });
        for ((app, _), outcome) in tried.into_iter().zip(outcomes) {
            match outcome {
                Some(Ok(after)) => {
                    observe(Event::Ready { app: app.name.to_string(), after });
                    self.ready.insert(app.name.to_string());
                }
                Some(Err(NotReady::Stopped)) | None => {}
                Some(Err(error @ NotReady::TimedOut { .. })) => {
                    let help = format!("it was tried from here; {}", see_log(app));
                    self.fail(app, error.to_string(), Some(help));
                }
            }
        }
    }

    /// Waits for the end of apps that others wait for.
    fn complete(
        &mut self,
        apps: &[(&App, Vec<String>)],
        observe: &mut Observer<'_>,
    ) -> Result<(), OperationError> {
        let limit = self.target.completion();
        let is_awaited = |app: &App| {
            let mut all = self.wanted.apps.iter().flat_map(|other| &other.depends_on);
            all.any(|on| on.on == app.name && on.condition == Condition::Completed)
        };
        let awaited: Vec<&App> =
            apps.iter().map(|(app, _)| *app).filter(|app| is_awaited(app)).collect();
        for app in &awaited {
            observe(Event::Completing { app: app.name.to_string(), limit });
        }
        let processes = awaited.iter().flat_map(|app| process_names(app));
        let processes: Vec<(String, Duration)> = processes.map(|name| (name, limit)).collect();
        let ends = self.engine.wait(
            &processes,
            &|_, seen, _| match seen.state.as_str() {
                "EXITED" if seen.has_completed() => Some(End::Done),
                "EXITED" | "FATAL" | "STOPPED" => Some(End::Failed(why(seen))),
                _ => None,
            },
            &mut |process, since, limit| {
                let (app, until) = (process.to_owned(), Awaited::Completed);
                observe(Event::StillWaiting { app, until, since, limit });
            },
            self.is_over,
        )?;
        for app in awaited {
            let own = process_names(app);
            let mut own = own.iter().filter_map(|name| ends.get(name));
            match own.find(|end| **end != End::Done) {
                None => observe(Event::Completed { app: app.name.to_string() }),
                Some(End::Failed(reason)) => {
                    let help = see_log(app);
                    self.fail(app, format!("did not complete: {reason}"), Some(help));
                }
                Some(End::Done | End::Interrupted) => {}
            }
        }
        Ok(())
    }

    /// Whether all that was started still runs, and what is said in the end.
    fn finished(
        mut self,
        start: Instant,
        observe: &mut Observer<'_>,
    ) -> Result<(), OperationError> {
        let view = self.engine.look()?;
        let running = self.target.system().apps.iter().filter(|app| view.is_up(app));
        let running: Vec<String> = running.map(|app| app.name.to_string()).collect();
        let is_known =
            |work: &Work<'_>, app: &App| work.failed.iter().any(|failed| failed.app == *app.name);
        if !(self.is_over)() {
            for app in &self.wanted.apps {
                let was_started = self.started.iter().any(|started| *started == *app.name);
                if was_started && !running.contains(&app.name.to_string()) && !is_known(&self, app)
                {
                    let help = see_log(app);
                    self.fail(app, "does not run any more", Some(help));
                }
            }
        }
        if !self.untried.is_empty() {
            let units = some_of(&self.untried, SHOWN);
            let message = format!("not known whether ready: {units}");
            let help = "only their machines can try these probes: a log, a program, or what listens on 127.0.0.1";
            observe(Event::Note(Diagnostic::new(message).help(help).into()));
        }
        let steps = self.plan.steps.iter().filter(|step| step.action != Action::Keep);
        let left = steps
            .map(|step| &step.app)
            .filter(|app| !self.started.contains(app) && !self.blocked.contains_key(*app))
            .filter(|app| !self.failed.iter().any(|failed| failed.app == **app));
        let (not_changed, not_started): (Vec<String>, Vec<String>) =
            left.cloned().partition(|app| running.contains(app));
        let not_ready = self.started.iter().filter(|app| {
            let is_tried = !self.ready.contains(*app) && !self.untried.contains(app);
            is_tried && !self.failed.iter().any(|failed| failed.app == **app)
        });
        let not_ready: Vec<String> = not_ready.cloned().collect();
        if !self.failed.is_empty() {
            let mut failed = self.failed;
            for one in &mut failed {
                let because = self.blocked.iter().filter(|(_, blocker)| **blocker == one.app);
                one.not_started = because.map(|(app, _)| app.clone()).collect();
            }
            let failures = Failures { failed, running, not_ready, not_started, not_changed };
            return Err(OperationError::Apps(failures));
        }
        let is_done = not_started.is_empty() && not_changed.is_empty() && not_ready.is_empty();
        if (self.is_over)() && !is_done {
            return Err(Interrupted {
                command: self.command,
                not_changed,
                not_started,
                not_ready,
                started: self.started,
                ..Interrupted::default()
            }
            .into());
        }
        if !self.started.is_empty() {
            observe(Event::Up { after: start.elapsed() });
        }
        Ok(())
    }
}

/// What to do about an app that has failed.
fn see_log(app: &App) -> String {
    format!("`logs {}` shows what it says", app.name)
}

/// Why a process does not run.
fn why(seen: &Seen) -> String {
    let state = seen.state.to_lowercase();
    match seen.last() {
        Some(last) if !last.error.is_empty() => {
            format!("{state} on {}: {}", last.machine, last.error)
        }
        Some(_) | None => format!("{} left it {state}", Supvisors::NAME),
    }
}
