//! The common steps of operations that change what runs: take the engine's lock, end what a killed
//! daemon left, save what is about to start, and carry out a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use promethean_core::app::{App, Dependency, External, System};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;

use super::bring_up::{Brought, Tools, bring_up};
use super::elsewhere::{Elsewhere, Starting};
use super::error::{Interrupted, OperationError};
use super::event::{Awaited, Event, Observer};
use super::handover;
use super::orphans;
use super::plan::{Action, Plan, Step, by_name, is_ours};
use super::profiles;
use super::take_down::{Ending, dependents, take_down};
use super::target::Target;
use crate::engine::{
    Definition, Engine, EngineError, ErrorKind, Known, Lock, Look, Orphan, Orphaned, Owner, Phase,
    Process, ProcessId, Remembered, SavedState, Session, TELL, Unclear, Unlisted, Whose,
};
use crate::preflight::{self, Circumstances, OwnProcess};

/// How long to wait for the engine when nothing changes and no process in its list says more.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long to wait for the engine when something changes all the time.
const LONGEST: Duration = Duration::from_secs(600);

/// How long to wait for the lock between two looks whether the operation is interrupted.
const LOCK: Duration = Duration::from_millis(200);

/// The pause between two tries of an external.
const EXTERNAL: Duration = Duration::from_secs(1);

/// What the engine is working on.
#[derive(Debug, Default)]
struct Busy {
    /// What it does, and for which app.
    work: BTreeMap<Work, String>,
    /// Processes that it does not list.
    held: BTreeSet<u32>,
    /// How long it may take for one process.
    patience: Duration,
    /// What changes while it is at work: the numbers and the status of each process.
    seen: Vec<(ProcessId, u32, Phase)>,
}

/// A process that the engine ends or starts, or several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    /// By the engine's number, the operating system's, and what is done.
    Listed(ProcessId, u32, &'static str),
    /// All of an app that it does not list: such a process can start others all the time.
    Held(String),
}

/// Carries out an operation, and once more from the beginning if the daemon ends meanwhile. PM2's
/// daemon, for one, ends a moment after its start if the program that started it was killed
/// (`process.send` in `lib/Daemon.js`).
pub(super) fn again_without_daemon<T>(
    engine: &dyn Engine,
    observe: &mut Observer<'_>,
    mut operation: impl FnMut(&mut Observer<'_>) -> Result<T, OperationError>,
) -> Result<T, OperationError> {
    match operation(observe) {
        Err(OperationError::Engine(error))
            if *error.kind() == ErrorKind::Lost && engine.begins_again() =>
        {
            let ended = Diagnostic::new(format!("{} ended; retrying", engine.daemon()));
            observe(Event::Note(ended.into()));
            operation(observe)
        }
        other => other,
    }
}

/// The engine's lock, as soon as no other run has it.
///
/// # Errors
///
/// Another run has it for too long, the operation is interrupted, or the engine's directory cannot be used.
pub(crate) fn locked<'t>(
    engine: &'t dyn Engine,
    target: &Target,
    command: &'static str,
    observe: &mut Observer<'_>,
) -> Result<Box<dyn Lock + 't>, OperationError> {
    let name = format!("{command} of {}", target.owner());
    let (start, limit) = (Instant::now(), engine.patience());
    let mut told: Option<Instant> = None;
    loop {
        let rest = limit.saturating_sub(start.elapsed());
        let locked = engine.lock(&name, rest.min(LOCK), &mut |holder| {
            if told.is_none_or(|told| told.elapsed() >= TELL) {
                told = Some(Instant::now());
                let holder = holder.to_owned();
                observe(Event::Waiting { holder, since: start.elapsed(), limit });
            }
        });
        match locked {
            Err(error) if *error.kind() == ErrorKind::Locked && start.elapsed() < limit => {
                uninterrupted(target, command)?;
            }
            other => return Ok(other?),
        }
    }
}

/// Makes sure that nothing of a target is started that runs on another engine, until what is returned is dropped.
fn alone(
    engine: &dyn Engine,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Option<Starting>, OperationError> {
    let starting = Starting::take(engine, target)?;
    if let Some(elsewhere) = Elsewhere::than(engine, target) {
        if let Some(twice) = elsewhere.twice(engine, target) {
            return Err(twice.into());
        }
        observe(Event::Note(elsewhere.also(Elsewhere::ENDS).into()));
    }
    Ok(starting)
}

/// Ends an operation that has changed nothing yet and is interrupted.
fn uninterrupted(target: &Target, command: &'static str) -> Result<(), OperationError> {
    match target.is_interrupted() {
        true => Err(Interrupted { command, ..Interrupted::default() }.into()),
        false => Ok(()),
    }
}

/// Says that only what the engine lists is ended.
fn unread(engine: &dyn Engine, error: &EngineError) -> Diagnostic {
    let Diagnostic { path, message, help } = error.diagnostic().clone();
    let message = format!("{message}; only what {} lists is stopped", engine.name());
    Diagnostic { path, message, help }
}

/// What an operation makes of a plan.
pub(super) struct Chosen {
    pub(super) plan: Plan,
    /// What it leaves as it is, and ought to be known.
    pub(super) notes: Vec<Diagnostic>,
}

/// What was ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// The apps, in the order in which they have ended.
    pub(super) stopped: Vec<String>,
    /// The apps that an interrupted run has not ended.
    pub(super) not_stopped: Vec<String>,
    /// The numbers of the processes that the apps had left running.
    pub(super) orphans: Vec<u32>,
}

/// An operation that changes what runs. It holds the engine's lock.
pub(super) struct Transaction<'t, 'o> {
    pub(super) engine: &'t dyn Engine,
    target: &'t Target,
    /// The command, for a message.
    command: &'static str,
    lock: Box<dyn Lock + 't>,
    /// Keeps others from starting the same on another engine meanwhile.
    _starting: Option<Starting>,
    pub(super) session: Option<Box<dyn Session>>,
    saved: SavedState,
    /// Whether what is remembered could be read: what could not is left as it is.
    is_readable: bool,
    /// Processes that the engine did not end in time: it no longer knows them.
    lost: BTreeSet<u32>,
    /// Whether it was said that something could not be saved.
    is_unrecorded: bool,
    /// Whether the engine has finished what an interrupted run had asked for.
    is_at_rest: bool,
    /// When it had the lock.
    begun: Instant,
    pub(super) observe: &'t mut Observer<'o>,
}

impl<'t, 'o> Transaction<'t, 'o> {
    /// Begins an operation that starts something.
    pub(super) fn begin(
        engine: &'t dyn Engine,
        target: &'t Target,
        command: &'static str,
        observe: &'t mut Observer<'o>,
    ) -> Result<Transaction<'t, 'o>, OperationError> {
        Transaction::with(engine, target, command, observe, false)
    }

    /// Begins an operation that only ends what runs: an engine that answers knows that, also where what is remembered
    /// of it cannot be read.
    pub(super) fn ending(
        engine: &'t dyn Engine,
        target: &'t Target,
        command: &'static str,
        observe: &'t mut Observer<'o>,
    ) -> Result<Transaction<'t, 'o>, OperationError> {
        Transaction::with(engine, target, command, observe, true)
    }

    fn with(
        engine: &'t dyn Engine,
        target: &'t Target,
        command: &'static str,
        observe: &'t mut Observer<'o>,
        only_ends: bool,
    ) -> Result<Transaction<'t, 'o>, OperationError> {
        let lock = locked(engine, target, command, observe)?;
        let begun = Instant::now();
        let starting = match only_ends {
            true => None,
            false => alone(engine, target, observe)?,
        };
        let session = lock.connect()?;
        let notes = session.as_ref().map(|session| session.notes()).unwrap_or_default();
        for note in notes {
            observe(Event::Note(note.into()));
        }
        let (saved, is_readable) = match engine.saved_state() {
            Ok(saved) => (saved, true),
            Err(error) if only_ends && session.is_some() => {
                observe(Event::Note(unread(engine, &error).into()));
                (SavedState::default(), false)
            }
            Err(error) => return Err(error.into()),
        };
        for warning in engine.warnings() {
            observe(Event::Note(warning.into()));
        }
        let is_at_rest = !lock.follows_interrupted();
        Ok(Transaction {
            engine,
            target,
            command,
            lock,
            _starting: starting,
            session,
            saved,
            is_readable,
            lost: BTreeSet::new(),
            is_unrecorded: false,
            is_at_rest,
            begun,
            observe,
        })
    }

    /// Changes what is remembered.
    pub(super) fn remember(
        &mut self,
        change: impl FnOnce(&mut SavedState),
    ) -> Result<(), OperationError> {
        let before = self.saved.clone();
        change(&mut self.saved);
        if self.saved != before && self.is_readable {
            self.engine.save_state(&self.saved)?;
        }
        Ok(())
    }

    /// As [`Transaction::remember`], where nothing is started: what runs has to end also when its disk
    /// is full. The next run finds what is remembered of apps that have ended, and forgets it.
    pub(super) fn remember_if_possible(&mut self, change: impl FnOnce(&mut SavedState)) {
        let Err(error) = self.remember(change) else { return };
        let note = Diagnostic::new(format!("what is stopped is not recorded: {error}"));
        let note = note.help("nothing has to be done: the next run finds what has ended");
        if !std::mem::replace(&mut self.is_unrecorded, true) {
            (self.observe)(Event::Note(note.into()));
        }
    }

    /// Carries out what it is for.
    pub(super) fn carry_out<T>(
        mut self,
        operation: impl FnOnce(&mut Transaction<'t, 'o>) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let outcome = operation(&mut self);
        // If the engine has failed, it may still be working; and so it may where this run was interrupted
        // while it waited for that.
        if self.is_at_rest && !matches!(outcome, Err(OperationError::Engine(_))) {
            self.lock.finished();
        }
        outcome
    }

    /// What runs once the engine has finished its work on the apps of this operation. A run that was
    /// killed leaves work behind: processes that are about to end or to be replaced.
    pub(super) fn running(&mut self) -> Result<Vec<Process>, OperationError> {
        let interrupted = self.lock.follows_interrupted();
        let pace = self.engine.pace();
        let begun = Instant::now();
        let mut told = BTreeSet::new();
        let mut seen = Vec::new();
        let mut since: BTreeMap<Work, Instant> = BTreeMap::new();
        let (mut changed, mut calm) = (Instant::now(), Instant::now());
        loop {
            uninterrupted(self.target, self.command)?;
            let Some(session) = &mut self.session else {
                self.is_at_rest = true;
                return Ok(Vec::new());
            };
            let running = session.list()?;
            let busy = self.busy(&running, interrupted || !told.is_empty());
            if busy.seen != seen {
                changed = Instant::now();
                seen.clone_from(&busy.seen);
            }
            if !busy.work.is_empty() || changed > calm {
                calm = Instant::now();
            }
            // A schedule can restart others all the time: each process has its own time.
            since.retain(|work, _| busy.work.contains_key(work));
            let awaited = busy.work.iter().filter(|(work, _)| {
                let since = since.entry((*work).clone()).or_insert_with(Instant::now);
                since.elapsed() <= busy.patience && begun.elapsed() <= LONGEST
            });
            let awaited: BTreeSet<String> = awaited.map(|(_, app)| app.clone()).collect();
            if awaited.is_empty() {
                let is_late = !busy.work.is_empty();
                if is_late || !interrupted || calm.elapsed() >= pace.calm {
                    self.lost = busy.held;
                    self.is_at_rest = true;
                    return Ok(running);
                }
            } else if awaited.iter().any(|app| !told.contains(app)) {
                told.extend(awaited);
                let apps: Vec<String> = told.iter().map(|app| Foreign(app).to_string()).collect();
                let engine = self.engine.name();
                let message = format!("waiting for {engine} to finish {}", apps.join(", "));
                (self.observe)(Event::Note(Diagnostic::new(message).into()));
            }
            thread::sleep(pace.work);
        }
    }

    /// The apps of this operation that the engine is working on. With `unlisted`, also processes that it
    /// does not list: that takes a look at all processes of the machine.
    fn busy(&self, running: &[Process], unlisted: bool) -> Busy {
        let wanted = self.target.wanted();
        let is_meant = |process: &&Process| {
            let is_owned = || {
                let owner = process.record.as_ref().map(|record| &record.owner);
                let is_owner = |owner: &Owner| owner.is(self.target.owner());
                self.target.is_whole() && owner.is_some_and(is_owner)
            };
            wanted.app(&process.name).is_some() || is_owned()
        };
        let meant: Vec<&Process> = running.iter().filter(is_meant).collect();
        let patience = meant.iter().map(|process| self.engine.time_at_work(process)).max();
        let mut busy = Busy { patience: patience.unwrap_or(PATIENCE), ..Busy::default() };
        for process in meant {
            let stops = process.is_stopping();
            // One that crashes all the time is often about to start. A single early end may be that of a
            // process that was asked to restart.
            if !stops && process.unstable_restarts > 1 {
                continue;
            }
            busy.seen.push((process.id, process.pid, process.phase.clone()));
            let does = match () {
                () if stops => "stopping",
                () if process.is_launching() => "launching",
                () => continue,
            };
            busy.work.insert(Work::Listed(process.id, process.pid, does), process.name.clone());
        }
        if unlisted {
            for orphan in self.unlisted(running).held {
                busy.held.insert(orphan.pid);
                for app in orphan.whose.apps() {
                    busy.work.insert(Work::Held(app.clone()), app.clone());
                }
            }
        }
        busy
    }

    /// Ends what a killed daemon left of the apps of this operation. Returns the numbers of the
    /// processes.
    pub(super) fn end_orphans(&mut self, running: &[Process]) -> Vec<u32> {
        let Unlisted { orphans, held, unclear } = self.orphans(running);
        for process in &unclear {
            let note = orphans::unclear(self.engine, process);
            let Unclear { whose, pid } = process;
            let help = format!("inspect it with `ps -fp {pid}`; end it if it belongs to {whose}");
            (self.observe)(Event::Note(note.help(help).into()));
        }
        let ended = orphans.iter().map(|orphan| orphan.pid).collect();
        orphans::end(self.engine, orphans, self.observe);
        let held = held.iter().map(|orphan| &orphan.whose);
        let held = held.chain(unclear.iter().map(|process| &process.whose));
        let held = held.flat_map(Whose::apps).map(String::as_str);
        let held: BTreeSet<&str> =
            held.chain(running.iter().map(|process| process.name.as_str())).collect();
        self.forget_gone(&held);
        ended
    }

    /// Forgets what the ecosystem does not have any more, but for apps that have processes.
    fn forget_gone(&mut self, held: &BTreeSet<&str>) {
        let target = self.target;
        let is_gone = |(name, remembered): &Known<'_>| {
            target.system().app(name).is_none()
                && orphans::concerns(remembered, target, None)
                && !held.contains(name)
        };
        let gone = self.saved.iter().filter(is_gone).map(|(name, _)| name.to_owned());
        let gone: Vec<String> = gone.collect();
        self.remember_if_possible(|saved| saved.remove(&gone));
    }

    /// The processes of the apps of this operation that a killed daemon left running, or that the
    /// daemon has lost.
    fn orphans(&self, running: &[Process]) -> Unlisted {
        let mut unlisted = self.unlisted(running);
        let lost = |orphan: &mut Orphan| self.lost.contains(&orphan.pid);
        unlisted.orphans.extend(unlisted.held.extract_if(.., lost));
        unlisted
    }

    /// The processes of the apps of this operation that the engine does not list.
    fn unlisted(&self, running: &[Process]) -> Unlisted {
        let wanted = self.target.wanted();
        let apps: Vec<&App> = wanted.apps.iter().collect();
        // The run that is at work is this one.
        let look = Look { daemon: self.session.is_some(), listed: running, at_work: false };
        orphans::of_target(self.engine, look, self.target, &apps, &self.saved)
    }

    /// Ends what the daemon has lost of the apps whose processes were ended: somebody else has asked it
    /// at the same time to restart them.
    fn end_lost(&mut self, plan: &Plan, running: &[Process]) -> Result<(), OperationError> {
        let ended = plan.steps.iter().filter(|step| step.action != Action::Keep);
        let ended: BTreeSet<&str> =
            ended.filter(|step| !step.processes.is_empty()).map(|step| step.app.as_str()).collect();
        if ended.is_empty() {
            return Ok(());
        }
        let Unlisted { orphans, held, .. } = self.unlisted(running);
        let mut lost: Vec<Orphan> = orphans.into_iter().chain(held).collect();
        let was_ended = |whose: &Whose| whose.apps().iter().all(|app| ended.contains(app.as_str()));
        lost.retain(|orphan| orphan.how == Orphaned::Lost && was_ended(&orphan.whose));
        if let Some(session) = self.session.as_mut().filter(|_| !lost.is_empty()) {
            // One that was started a moment ago is in the list by now.
            let listed = session.list()?;
            lost.retain(|orphan| listed.iter().all(|process| process.pid != orphan.pid));
            orphans::end(self.engine, lost, self.observe);
        }
        Ok(())
    }

    /// Tells which apps go on while what they depend on is restarted, and which restart with it.
    fn tell_dependents(&mut self, plan: &Plan, running: &[Process]) {
        let system = self.target.system();
        let restarted = plan.restarted_with(self.engine, system);
        let changed = plan.steps.iter().filter(|step| step.action != Action::Keep);
        let changed: BTreeSet<&str> = changed.map(|step| step.app.as_str()).collect();
        let by_name = by_name(running);
        let dependents = dependents(&by_name);
        let is_online =
            |name: &str| by_name.get(name).into_iter().flatten().any(|process| process.is_online());
        for step in plan.ending(self.engine, system) {
            let app = Foreign(&step.app);
            let dependents = dependents.get(step.app.as_str()).into_iter().flatten().copied();
            // What is no longer defined cannot be named, and is removed by `apply`.
            let goes_on = |name: &&str| {
                let is_left = !changed.contains(name) && !restarted.contains_key(name);
                is_left && system.app(name).is_some()
            };
            let goes_on: Vec<&str> =
                dependents.filter(goes_on).filter(|on| is_online(on)).collect();
            let because = |name: &str| {
                let on = std::iter::successors(Some(name), |name| restarted.get(name).copied());
                on.last() == Some(step.app.as_str())
            };
            let with = restarted.keys().copied().filter(|name| because(name) && is_online(name));
            let with: Vec<&str> = with.collect();
            let list = |names: &[&str]| {
                names.iter().map(|name| Foreign(name).to_string()).collect::<Vec<_>>()
            };
            if !with.is_empty() {
                let note = format!("{app} is restarted, and with it: {}", list(&with).join(", "));
                (self.observe)(Event::Note(Diagnostic::new(note).into()));
            }
            if !goes_on.is_empty() {
                let names = list(&goes_on);
                let note = Diagnostic::new(format!(
                    "{app} is restarted; not restarted, but using it: {}",
                    names.join(", ")
                ));
                let help = format!("`restart {}` restarts them", names.join(" "));
                (self.observe)(Event::Note(note.help(help).into()));
            }
        }
    }

    /// Saves the processes that the engine has now: their numbers and start times identify them later.
    fn see(&mut self, running: &[Process]) -> Result<(), OperationError> {
        let pids: Vec<u32> = running.iter().map(|process| process.pid).collect();
        let starts = self.engine.starts(&pids);
        self.remember(|saved| saved.see(running, &starts))
    }

    /// Starts a daemon where there is none.
    fn launch(&mut self) -> Result<(), OperationError> {
        if self.session.is_none() {
            let session = self.lock.launch()?;
            if session.info().launched {
                let engine = self.engine.name();
                let version = session.info().version.clone();
                (self.observe)(Event::Launched { engine, version });
            }
            self.session = Some(session);
        }
        Ok(())
    }

    /// Waits for the externals that a system needs, as long as the target says, or the shortest of the
    /// times that dependencies on it say where that is longer.
    fn await_externals(&mut self, system: &System, starts: impl Fn(&App) -> bool) {
        let by_target = self.target.patience_with_externals();
        let starting: Vec<&App> = system.apps.iter().filter(|app| starts(app)).collect();
        let patience = |external: &External| {
            let dependencies = starting.iter().flat_map(|app| &app.depends_on);
            let on = dependencies.filter(|dependency| dependency.on == external.name);
            let on: Vec<&Dependency> = on.collect();
            let by_definition = on.iter().filter_map(|dependency| dependency.timeout).min();
            let limit = by_target.max(by_definition.unwrap_or_default());
            (!on.is_empty() && !limit.is_zero()).then_some(limit)
        };
        let needed = system.externals.iter();
        let needed = needed.filter_map(|external| Some((external, patience(external)?)));
        let circumstances = Circumstances::of_process(self.engine);
        let begun = Instant::now();
        for (external, limit) in needed {
            let mut told: Option<Instant> = None;
            loop {
                let rest = limit.saturating_sub(begun.elapsed()).max(EXTERNAL);
                if preflight::refusal(external, &circumstances, rest.min(EXTERNAL * 2)).is_none()
                    || begun.elapsed() >= limit
                    || self.target.is_interrupted()
                {
                    break;
                }
                if told.is_none_or(|told| told.elapsed() >= TELL) {
                    told = Some(Instant::now());
                    (self.observe)(Event::StillWaiting {
                        app: external.name.to_string(),
                        until: Awaited::Ready,
                        since: begun.elapsed(),
                        limit,
                    });
                }
                thread::sleep(EXTERNAL.min(limit.saturating_sub(begun.elapsed())));
            }
        }
    }

    /// What is about to start has to be able to come up; `own` are the processes of the ecosystem.
    fn preflight(
        &self,
        system: &System,
        running: &[Process],
        own: &BTreeMap<u32, OwnProcess>,
        starts: impl Fn(&App) -> bool,
    ) -> Result<(), OperationError> {
        let mut starting = system.clone();
        starting.apps.retain(starts);
        let needed = |external: &External| {
            let mut dependencies = starting.apps.iter().flat_map(|app| &app.depends_on);
            dependencies.any(|dependency| dependency.on == external.name)
        };
        starting.externals =
            system.externals.iter().filter(|external| needed(external)).cloned().collect();
        let mut circumstances = Circumstances::of_process(self.engine);
        // Ports that are held by what is about to be ended will be free.
        circumstances.running = running_apps(self.target, running);
        let orphans = self.orphans(running).orphans;
        let apps = orphans.iter().flat_map(|orphan| orphan.whose.apps());
        circumstances.running.extend(apps.cloned());
        circumstances.own.clone_from(own);
        let report = preflight::check(&starting, &circumstances);
        match report.is_ready() {
            true => Ok(()),
            false => Err(OperationError::NotReady(report.failures())),
        }
    }

    /// Carries out the plan, as `chosen` has changed it.
    pub(super) fn bring_up(
        self,
        chosen: impl FnOnce(Plan, &[Process]) -> Chosen,
    ) -> Result<Plan, OperationError> {
        self.carry_out(|transaction| transaction.bring_to_plan(chosen))
    }

    fn bring_to_plan(
        &mut self,
        chosen: impl FnOnce(Plan, &[Process]) -> Chosen,
    ) -> Result<Plan, OperationError> {
        let system = self.target.wanted();
        self.lock.check_room()?;
        let running = self.running()?;
        let definitions = match Definition::all(self.engine, &system) {
            Ok(definitions) => definitions,
            Err(error) => {
                // All other problems are reported with it.
                let online = running_apps(self.target, &running);
                let own = handover::own_processes(self.engine, self.target, None, &running);
                self.preflight(&system, &running, &own, |app| !online.contains(app.name.as_str()))?;
                return Err(error.into());
            }
        };
        let processors = self.session.as_ref().map_or(1, |session| session.info().processors);
        let plan = self.planned(&definitions, &running, processors)?;
        let Chosen { plan, notes } = chosen(plan, &running);
        if !plan.profiles.is_empty() && !self.target.changes_profile() {
            return Err(OperationError::Profile(Box::new(plan)));
        }
        for note in plan.notes.iter().cloned().chain(notes) {
            (self.observe)(Event::Note(note.into()));
        }
        self.tell_dependents(&plan, &running);
        let starts = |app: &App| {
            plan.steps
                .iter()
                .any(|step| step.action != Action::Keep && step.app == app.name.as_str())
        };
        self.await_externals(&system, starts);
        uninterrupted(self.target, self.command)?;
        let own = match plan.is_empty() {
            true => BTreeMap::new(),
            false => handover::own_processes(self.engine, self.target, Some(&plan), &running),
        };
        self.preflight(&system, &running, &own, starts)?;
        uninterrupted(self.target, self.command)?;
        self.end_orphans(&running);
        let (removals, steps): (Vec<&Step>, Vec<&Step>) =
            plan.steps.iter().partition(|step| step.action == Action::Remove);
        self.remember_apps(&system, &plan)?;
        self.see(&running)?;
        let goes = |process: &&Process| {
            let of =
                |step: &Step| step.action != Action::Keep && step.processes.contains(&process.id);
            plan.steps.iter().any(of)
        };
        self.remember(|saved| saved.ending(running.iter().filter(goes)))?;
        self.launch()?;
        self.remove(&removals, &steps, &running)?;
        let in_the_way = handover::in_the_way(&plan, &system, &own);
        let (steps, running) = self.make_way(&in_the_way, &steps, running)?;
        let steps: Vec<&Step> = steps.iter().collect();
        let Some(session) = &mut self.session else { return Ok(plan) };
        let session = &mut **session;
        let (target, command, begun, saved) = (self.target, self.command, self.begun, &self.saved);
        let tools = Tools { session, engine: self.engine, target, saved, command, begun };
        let mut brought = Brought::default();
        let outcome = bring_up(tools, &definitions, &steps, &running, &mut brought, self.observe);
        if !matches!(outcome, Err(OperationError::Engine(_))) {
            let running = without_doubles(session, self.engine, &system, self.target, &brought)?;
            self.see(&running)?;
            self.remember(|saved| {
                saved.are_ready(&brought.ready);
                saved.are_silent(&brought.silent);
            })?;
            self.end_lost(&plan, &running)?;
        }
        outcome.map(|()| plan)
    }

    /// Ends apps, and what they have left running. An interrupted run ends only some.
    pub(super) fn take_down(
        &mut self,
        endings: &[Ending],
        running: &[Process],
    ) -> Result<Ended, OperationError> {
        let mut ended = Ended::default();
        let Some(session) = self.session.as_mut().filter(|_| !endings.is_empty()) else {
            return Ok(ended);
        };
        let observe = &mut *self.observe;
        let (engine, target) = (self.engine, self.target);
        take_down(&mut **session, engine, endings, &|| target.is_interrupted(), &mut |event| {
            if let Event::Stopped { app } = &event {
                ended.stopped.push(app.clone());
            }
            observe(event);
        })?;
        let stopped = endings.iter().filter(|ending| ended.stopped.contains(&ending.app));
        let listed = end_revived(&mut **session, engine, &stopped.collect::<Vec<&Ending>>())?;
        let is_stopped = |app: &str| ended.stopped.iter().any(|stopped| stopped == app);
        let left = endings.iter().map(|ending| &ending.app).filter(|app| !is_stopped(app));
        let not_stopped: Vec<String> = left.cloned().collect();
        let (gone, others): (Vec<Known<'_>>, Vec<Known<'_>>) =
            self.saved.iter().partition(|(name, _)| is_stopped(name));
        let left = self.engine.left_behind(&gone, &others, running, &listed);
        ended.orphans = orphans::end_left(self.engine, left, self.observe);
        ended.not_stopped = not_stopped;
        Ok(ended)
    }

    /// Ends what is no longer defined, before the steps of the plan.
    fn remove(
        &mut self,
        removals: &[&Step],
        steps: &[&Step],
        running: &[Process],
    ) -> Result<(), OperationError> {
        let names = removals.iter().map(|step| step.app.as_str()).collect();
        let mut goes = by_name(running);
        for step in removals {
            if let Some(processes) = goes.get_mut(step.app.as_str()) {
                // Others can have an app of the same name.
                processes.retain(|process| step.processes.contains(&process.id));
            }
        }
        let endings = Ending::of(self.engine, &goes, &names);
        let ended = self.take_down(&endings, running)?;
        let gone = names.iter().map(|name| (*name).to_owned());
        let gone: Vec<String> = gone.filter(|name| !ended.not_stopped.contains(name)).collect();
        self.remember(|saved| saved.remove(&gone))?;
        self.all_ended(ended, steps)
    }

    /// Ends those whose ports others are to have before these are started. Returns the steps and what runs after that.
    fn make_way(
        &mut self,
        in_the_way: &BTreeMap<&str, (&str, u16)>,
        steps: &[&Step],
        running: Vec<Process>,
    ) -> Result<(Vec<Step>, Vec<Process>), OperationError> {
        let mut steps: Vec<Step> = steps.iter().map(|step| (*step).clone()).collect();
        if in_the_way.is_empty() {
            return Ok((steps, running));
        }
        for (holder, next) in in_the_way {
            (self.observe)(Event::Note(handover::reason(holder, *next).into()));
        }
        let names: BTreeSet<&str> = in_the_way.keys().copied().collect();
        let ends = |process: &Process| {
            let mut ending = steps.iter().filter(|step| names.contains(step.app.as_str()));
            ending.any(|step| step.app == process.name && step.processes.contains(&process.id))
        };
        let (ending, others): (Vec<Process>, Vec<Process>) =
            running.iter().cloned().partition(ends);
        let endings = Ending::of(self.engine, &by_name(&ending), &names);
        let ended = self.take_down(&endings, &running)?;
        let left: Vec<&Step> =
            steps.iter().filter(|step| !names.contains(step.app.as_str())).collect();
        self.all_ended(ended, &left)?;
        for step in steps.iter_mut().filter(|step| names.contains(step.app.as_str())) {
            step.action = Action::Create;
            step.processes.clear();
        }
        Ok((steps, others))
    }

    /// That an interrupted run has not ended all is an error; it has not come to these steps.
    fn all_ended(&self, ended: Ended, steps: &[&Step]) -> Result<(), OperationError> {
        let Ended { stopped, not_stopped, .. } = ended;
        if not_stopped.is_empty() {
            return Ok(());
        }
        let left = steps.iter().filter(|step| step.action != Action::Keep);
        let (not_started, not_changed): (Vec<&Step>, Vec<&Step>) =
            left.copied().partition(|step| step.processes.is_empty());
        let names = |steps: Vec<&Step>| steps.into_iter().map(|step| step.app.clone()).collect();
        Err(Interrupted {
            command: self.command,
            stopped,
            not_stopped,
            not_started: names(not_started),
            not_changed: names(not_changed),
            ..Interrupted::default()
        }
        .into())
    }

    /// Remembers apps. Those that are kept have the files and the profile they were started with.
    fn remember_apps(&mut self, system: &System, plan: &Plan) -> Result<(), OperationError> {
        let steps = plan.steps.iter().filter(|step| step.action == Action::Keep);
        let kept: BTreeSet<&str> = steps.map(|step| step.app.as_str()).collect();
        let changes: BTreeSet<&str> =
            plan.profiles.iter().map(|change| change.app.as_str()).collect();
        let (place, profile) = (self.engine, self.target.profile());
        let remembered = |app: &App| {
            let name = app.name.as_str();
            let known = self.saved.of(name);
            let known = known.filter(|known| orphans::concerns(known, self.target, Some(app)));
            let owner = known.map_or(self.target.owner(), |known| &known.owner);
            let mut remembered = Remembered::new(app, owner, profile, place);
            if let Some(known) = known.filter(|_| kept.contains(name)) {
                remembered.pid_files.clone_from(&known.pid_files);
                if !changes.contains(name) {
                    remembered.profile.clone_from(&known.profile);
                }
            }
            (name.to_owned(), remembered)
        };
        let apps: BTreeMap<String, Remembered> = system.apps.iter().map(remembered).collect();
        self.remember(|saved| saved.add(apps))
    }

    fn planned(
        &self,
        definitions: &[Definition<'_>],
        running: &[Process],
        processors: usize,
    ) -> Result<Plan, OperationError> {
        planned(self.engine, self.target, &self.saved, definitions, running, processors)
    }
}

/// Ends what the engine has started again of the processes that were replaced. Returns what it lists.
fn without_doubles(
    session: &mut dyn Session,
    engine: &dyn Engine,
    system: &System,
    target: &Target,
    brought: &Brought,
) -> Result<Vec<Process>, OperationError> {
    let listed = session.list()?;
    let is_double = |process: &&Process| {
        let app = system.app(&process.name);
        let started = brought.started.get(&process.name);
        started.is_some_and(|ids| !ids.contains(&process.id))
            && app.is_some_and(|app| is_ours(process, target.owner(), app))
    };
    let doubles: Vec<Process> = listed.iter().filter(is_double).cloned().collect();
    if doubles.is_empty() {
        return Ok(listed);
    }
    let doubles = by_name(&doubles);
    let endings = Ending::of(engine, &doubles, &doubles.keys().copied().collect());
    take_down(session, engine, &endings, &|| false, &mut |_| {})?;
    Ok(session.list()?)
}

/// Ends what the engine has started again of apps that were ended. Returns what it lists then.
fn end_revived(
    session: &mut dyn Session,
    engine: &dyn Engine,
    endings: &[&Ending],
) -> Result<Vec<Process>, OperationError> {
    let pace = engine.pace();
    let is_restless = endings.iter().any(|ending| ending.is_restless);
    let mut begun = Instant::now();
    let start = begun;
    loop {
        let listed = session.list()?;
        let revived = endings.iter().filter_map(|ending| ending.revived(&listed));
        let revived: Vec<Ending> = revived.collect();
        if !revived.is_empty() && start.elapsed() < PATIENCE {
            take_down(session, engine, &revived, &|| false, &mut |_| {})?;
            begun = Instant::now();
        } else if !is_restless || begun.elapsed() >= pace.calm {
            return Ok(listed);
        }
        thread::sleep(pace.work);
    }
}

/// The names of a target's apps that are online.
pub(super) fn running_apps(target: &Target, running: &[Process]) -> BTreeSet<String> {
    let own = |process: &&Process| {
        let app = target.system().app(&process.name);
        process.is_online() && app.is_some_and(|app| is_ours(process, target.owner(), app))
    };
    running.iter().filter(own).map(|process| process.name.clone()).collect()
}

/// The plan for the wanted apps of a target.
pub(super) fn planned(
    engine: &dyn Engine,
    target: &Target,
    saved: &SavedState,
    definitions: &[Definition<'_>],
    running: &[Process],
    processors: usize,
) -> Result<Plan, OperationError> {
    let plan = Plan::new(engine, target, definitions, running, processors);
    let mut plan = plan.map_err(OperationError::Foreign)?;
    plan.profiles = profiles::changes(&plan, target, saved, engine, running);
    Ok(plan)
}
