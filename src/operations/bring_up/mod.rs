//! Starts apps in the order of their dependencies, and waits for each as its definition says.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `item` | an app on its way: what it waits for, and whether it is alive |
//! | `failures` | why an app has failed, in words |

mod failures;
mod item;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use promethean_core::app::{App, Dependency};
use promethean_core::declaration::Condition;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::probe::{Probe, Test};
use promethean_core::secrets::Redaction;

use super::error::{FailedApp, Failures, Interrupted, OperationError};
use super::event::{Awaited, Event, Observer};
use super::log_tail;
use super::orphans;
use super::plan::{Action, Step, belongs_to, by_name};
use super::probing;
use super::schedule::Schedule;
use super::state::{is_silent, is_unsettled, log_trouble};
use super::take_down::living;
use super::target::Target;
use super::times::{PATIENCE, longest_end};
use crate::engine::times::since_epoch;
use crate::engine::{
    Definition, Engine, EngineError, ErrorKind, Group, Orphan, Process, ProcessId, Replaced,
    Replacing, SavedState, Seen as OfSystem, Session, TELL, Unlisted, Whose,
};
use item::{Before, Crashes, Item, Rest, Restarts, Stage, Wait, seen};

/// How many requests the engine works on at the same time.
const AT_ONCE: usize = 16;

/// How many probes are tried at the same time. Each waits on a thread of its own.
const PROBES_AT_ONCE: usize = 128;

enum Message {
    Deleted(usize, Result<(), EngineError>),
    Started(usize, Result<Vec<Process>, EngineError>),
    Ready(usize, Result<(), String>),
}

/// What has come of a run.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// The apps whose probes have succeeded.
    pub(super) ready: Vec<String>,
    /// The apps that did not report in time that they are ready, and should have.
    pub(super) silent: Vec<String>,
    /// The apps that were started, with all their processes.
    pub(super) started: BTreeMap<String, Vec<ProcessId>>,
}

/// What an operation works with.
pub(super) struct Tools<'t> {
    pub(super) session: &'t mut dyn Session,
    pub(super) engine: &'t dyn Engine,
    pub(super) target: &'t Target,
    pub(super) saved: &'t SavedState,
    /// The command, for a message.
    pub(super) command: &'static str,
    /// When the operation began its work.
    pub(super) begun: Instant,
}

pub(super) struct BringUp<'a, 't, 'o> {
    tools: Tools<'t>,
    items: Vec<Item<'a>>,
    schedule: Schedule,
    messages: Receiver<Message>,
    sender: Sender<Message>,
    observe: &'o mut Observer<'o>,
    /// Requests that the engine has not answered.
    busy: usize,
    /// Tells probes to stop.
    over: Arc<AtomicBool>,
    /// How many are being tried.
    probes: usize,
    /// Those that wait for a thread.
    unprobed: VecDeque<(usize, probing::Probing)>,
    /// The apps whose probes have succeeded.
    ready: Vec<String>,
    /// The apps that did not report in time that they are ready, and should have.
    silent: Vec<String>,
    failed: Vec<FailedApp>,
    /// The daemon's log, and how long it was at first.
    daemon_log: Option<(PathBuf, u64)>,
}

/// Brings apps up.
///
/// `steps` are those of the apps, in the same order. What has come of it is added to `brought`.
///
/// # Errors
///
/// The engine fails, or an app does: the first failure ends the operation; what runs keeps running.
pub(super) fn bring_up(
    tools: Tools<'_>,
    definitions: &[Definition<'_>],
    steps: &[&Step],
    running: &[Process],
    brought: &mut Brought,
    observe: &mut Observer<'_>,
) -> Result<(), OperationError> {
    let running = by_name(running);
    let replaced = steps.iter().filter(|step| step.action != Action::Keep);
    let replaced = replaced.filter_map(|step| running.get(step.app.as_str())).flatten().copied();
    let mut families = tools.engine.families(&replaced.collect::<Vec<&Process>>());
    let kept = steps.iter().filter(|step| step.action == Action::Keep);
    let kept = kept.filter_map(|step| running.get(step.app.as_str())).flatten();
    let starts = tools.engine.starts(&kept.map(|process| process.pid).collect::<Vec<u32>>());
    let items = definitions.iter().zip(steps).map(|(definition, step)| {
        let present = running.get(definition.app.name.as_str());
        let record = present.and_then(|present| present.first()?.record.as_ref());
        Item {
            definition,
            step,
            owner: record.map_or(tools.target.owner(), |record| &record.owner),
            stage: Stage::Waiting,
            wait: None,
            started: None,
            processes: seen(present.into_iter().flatten().copied()),
            shares: present.into_iter().flatten().all(|process| process.shares),
            time_to_end: longest_end(tools.engine, present.into_iter().flatten().copied()),
            logs: probing::logs_of(present.into_iter().flatten().copied()),
            family: present
                .into_iter()
                .flatten()
                .flat_map(|process| families.remove(&process.id).unwrap_or_default())
                .collect(),
            log_lengths: Vec::new(),
            crashes: Crashes::default(),
            before: Before {
                was_ready: present.is_some_and(|present| tools.saved.was_ready(present, &starts)),
                is_silent: present.is_some_and(|present| {
                    is_silent(definition.app, present, tools.engine, tools.saved)
                }),
                rest: present.and_then(|present| Rest::of(definition.app, present)),
                unsettled: step.action == Action::Keep
                    && present
                        .into_iter()
                        .flatten()
                        .any(|process| is_unsettled(process, definition.app, since_epoch())),
            },
            ready_at: None,
        }
    });
    let items: Vec<Item<'_>> = items.collect();
    let position: HashMap<&str, usize> = items
        .iter()
        .enumerate()
        .map(|(index, item)| (item.definition.app.name.as_str(), index))
        .collect();
    let needs = |index: usize| {
        let item: Option<&Item<'_>> = items.get(index);
        let dependencies = item.into_iter().flat_map(|item| &item.definition.app.depends_on);
        let known = dependencies.filter_map(|dependency| {
            Some((*position.get(dependency.on.as_str())?, dependency.condition))
        });
        known.collect()
    };
    let schedule = Schedule::new(items.len(), needs);
    let (sender, messages) = mpsc::channel();
    let daemon_log = tools.engine.daemon_log().map(|path| {
        let length = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        (path, length)
    });
    // The observer of the caller is lent for the work.
    let mut observe = |event: Event| observe(event);
    let mut work = BringUp {
        tools,
        items,
        schedule,
        messages,
        sender,
        observe: &mut observe,
        busy: 0,
        over: Arc::default(),
        probes: 0,
        unprobed: VecDeque::new(),
        ready: Vec::new(),
        silent: Vec::new(),
        failed: Vec::new(),
        daemon_log,
    };
    let outcome = work.run();
    brought.ready.append(&mut work.ready);
    brought.silent.append(&mut work.silent);
    let started = work.items.iter().filter(|item| item.started.is_some() && item.is_running());
    brought.started.extend(started.map(|item| {
        let ids = item.processes.iter().map(|seen| seen.id);
        (item.definition.app.name.to_string(), ids.collect())
    }));
    work.over.store(true, Ordering::Relaxed);
    outcome
}

impl BringUp<'_, '_, '_> {
    fn run(&mut self) -> Result<(), OperationError> {
        let mut looked = Instant::now();
        let pace = self.tools.engine.pace();
        while self.failed.is_empty() && !self.tools.target.is_interrupted() {
            while self.busy < AT_ONCE
                && !self.tools.target.is_interrupted()
                && let Some(next) = self.schedule.next()
            {
                self.begin(next)?;
            }
            if self.items.iter().all(|item| item.stage == Stage::Done) {
                break;
            }
            match self.messages.recv_timeout(pace.look) {
                Ok(message) => self.take(message)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            self.tell();
            self.in_time()?;
            self.something_goes_on();
            if looked.elapsed() >= pace.look && self.items.iter().any(Item::is_watched) {
                self.look()?;
                looked = Instant::now();
            }
        }
        let interrupted = self.tools.target.is_interrupted();
        if interrupted && self.busy > 0 {
            (self.observe)(Event::interrupted());
        }
        self.answered()?;
        let unfinished = self.items.iter().any(|item| item.stage != Stage::Done);
        if interrupted && unfinished && self.failed.is_empty() {
            return Err(self.interrupted().into());
        }
        self.last_look()?;
        (self.observe)(Event::Up { after: self.tools.begun.elapsed() });
        Ok(())
    }

    /// Takes up an app that waits for nothing any more.
    fn begin(&mut self, index: usize) -> Result<(), OperationError> {
        let Some(item) = self.items.get_mut(index) else { return Ok(()) };
        let app = item.definition.app;
        match &item.step.action {
            Action::Keep | Action::Remove if item.before.is_silent => {
                let limit = self.tools.engine.time_to_listen(app);
                item.stage = Stage::Done;
                self.failed.push(failures::was_silent(app, limit));
                Ok(())
            }
            Action::Keep | Action::Remove => {
                let (name, rest) = (app.name.to_string(), item.before.rest);
                (self.observe)(match rest {
                    Some(Rest::OnlyListed) => Event::NotStarted { app: name },
                    _ => Event::Kept { app: name, completed: rest == Some(Rest::Completed) },
                });
                self.is_started(index);
                Ok(())
            }
            Action::Change { fields } if item.reloads(self.tools.engine, fields) => {
                self.reload(index)
            }
            Action::Scale { from, to } if to > from => {
                self.start(index);
                Ok(())
            }
            Action::Scale { from, to } => {
                let surplus = item.step.processes.iter().skip(*to).take(from - to);
                let surplus: Vec<ProcessId> = surplus.copied().collect();
                self.replace(index, &surplus);
                Ok(())
            }
            Action::Change { .. }
            | Action::Create
            | Action::Replace { .. }
            | Action::Restart { .. }
                if item.step.processes.is_empty() =>
            {
                self.start(index);
                Ok(())
            }
            Action::Change { .. }
            | Action::Create
            | Action::Replace { .. }
            | Action::Restart { .. } => {
                let processes = item.step.processes.clone();
                self.replace(index, &processes);
                Ok(())
            }
        }
    }

    /// Ends processes of an app and starts it then.
    fn replace(&mut self, index: usize, processes: &[ProcessId]) {
        let Some(item) = self.items.get_mut(index) else { return };
        let app = item.definition.app;
        (self.observe)(Event::Stopping { app: app.name.to_string() });
        item.stage = Stage::Deleting(processes.len());
        item.wait = Some(Wait::begin(Awaited::Stopped, PATIENCE + item.time_to_end));
        for id in processes {
            let sender = self.sender.clone();
            self.busy += 1;
            let reply = move |answer| {
                // Nobody listens any more when the operation has failed.
                let _ = sender.send(Message::Deleted(index, answer));
            };
            self.tools.session.stop(*id, Box::new(reply));
        }
    }

    fn start(&mut self, index: usize) {
        let Some(item) = self.items.get_mut(index) else { return };
        let app = item.definition.app;
        (self.observe)(Event::Starting { app: app.name.to_string() });
        let (engine, profile) = (self.tools.engine, self.tools.target.profile());
        let mut start = item.definition.start(engine, item.owner, profile);
        if let Action::Scale { from, to } = &item.step.action {
            start.attributes.insert("instances".to_owned(), to.saturating_sub(*from).into());
        }
        item.stage = Stage::Starting;
        item.started = Some(Instant::now());
        item.wait =
            Some(Wait::begin(Awaited::Started, PATIENCE + self.tools.engine.time_to_listen(app)));
        let sender = self.sender.clone();
        self.busy += 1;
        let reply = move |answer| {
            let _ = sender.send(Message::Started(index, answer));
        };
        self.tools.session.start(start, Box::new(reply));
    }

    /// Gives a cluster its new definition without a moment in which nobody listens.
    fn reload(&mut self, index: usize) -> Result<(), OperationError> {
        let Some(item) = self.items.get_mut(index) else { return Ok(()) };
        let app = item.definition.app;
        let Action::Change { fields } = &item.step.action else { return Ok(()) };
        (self.observe)(Event::Starting { app: app.name.to_string() });
        let gone: Vec<String> = fields
            .iter()
            .map(|field| field.field.strip_prefix("env.").unwrap_or(&field.field).to_owned())
            .collect();
        item.started = Some(Instant::now());
        let patience = PATIENCE + self.tools.engine.time_to_listen(app) + item.time_to_end;
        let (mut complete, mut told) = (true, false);
        // A second try replaces the process again with which the first one has failed.
        let mut ids = item.step.processes.clone();
        ids.sort_unstable();
        let mut present = Vec::new();
        for (done, id) in ids.iter().enumerate() {
            // Some of its processes with the old definition and some with the new one are left by nothing
            // but a second Ctrl-C.
            if self.tools.target.is_interrupted() && !std::mem::replace(&mut told, true) {
                (self.observe)(Event::interrupted());
            }
            let Some(item) = self.items.get(index) else { return Ok(()) };
            let (engine, profile) = (self.tools.engine, self.tools.target.profile());
            let start = item.definition.start(engine, item.owner, profile);
            let observe = &mut *self.observe;
            let mut waiting = |since| {
                observe(Event::StillWaiting {
                    app: app.name.to_string(),
                    until: Awaited::Started,
                    since,
                    limit: patience,
                });
            };
            let wait = Replacing { gone: &gone, patience, waiting: &mut waiting, pause: TELL };
            let replaced = self.tools.session.replace(*id, start, wait)?;
            present = self.launched(app, Instant::now() + patience)?;
            complete &= replaced != Replaced::Gone;
            let new = present.iter().find(|process| process.id == *id);
            let failed = new.and_then(|new| failures::fails_from_the_start(app, new));
            let failed = failed.or_else(|| {
                let is_silent =
                    replaced == Replaced::Silent || new.is_some_and(|new| new.is_silent);
                is_silent.then(|| self.is_silent(app))
            });
            // The others go on with the definition that works.
            if let Some(failed) = failed {
                let (done, all) = (done + 1, ids.len());
                self.has_failed(index, &present, failures::replaced_in_part(failed, done, all));
                return Ok(());
            }
        }
        if complete {
            return self.take(Message::Started(index, Ok(present)));
        }
        // Somebody has deleted one meanwhile. What is left is as good as of another number.
        match present.is_empty() {
            true => self.start(index),
            false => {
                let ids: Vec<ProcessId> = present.iter().map(|process| process.id).collect();
                self.replace(index, &ids);
            }
        }
        Ok(())
    }

    /// An app does not report that it is ready.
    fn is_silent(&mut self, app: &App) -> FailedApp {
        self.silent.push(app.name.to_string());
        failures::is_silent(app, self.tools.engine.time_to_listen(app))
    }

    /// One of the new processes of an app that is reloaded is not as it should be.
    fn has_failed(&mut self, index: usize, present: &[Process], failed: FailedApp) {
        let Some(item) = self.items.get_mut(index) else { return };
        (item.stage, item.wait) = (Stage::Done, None);
        item.processes = seen(present.iter());
        item.logs = probing::logs_of(present.iter());
        self.failed.push(failed);
    }

    /// The processes of an app that was reloaded, when none of them is launching any more: PM2 ends the
    /// old process and answers when `listen_timeout` is over, also where the new one has not begun to run
    /// (`hardReload` in `lib/God/Reload.js`).
    fn launched(&mut self, app: &App, until: Instant) -> Result<Vec<Process>, OperationError> {
        let pace = self.tools.engine.pace();
        loop {
            let mut present = self.tools.session.list()?;
            present.retain(|process| process.name == app.name.as_str());
            if Instant::now() >= until || !present.iter().any(Process::is_launching) {
                return Ok(present);
            }
            thread::sleep(pace.work);
        }
    }

    fn take(&mut self, message: Message) -> Result<(), OperationError> {
        match message {
            Message::Deleted(index, answer) => {
                self.busy -= 1;
                answer?;
                let Some(item) = self.items.get_mut(index) else { return Ok(()) };
                let Stage::Deleting(left) = &mut item.stage else { return Ok(()) };
                *left -= 1;
                if *left == 0 {
                    self.end_left(index);
                    let Some(item) = self.items.get_mut(index) else { return Ok(()) };
                    let app = item.definition.app.name.to_string();
                    (self.observe)(match item.step.action {
                        Action::Scale { from, to } => Event::Scaled { app, from, to },
                        _ => Event::Stopped { app },
                    });
                    match item.step.action {
                        Action::Scale { to, .. } => {
                            item.processes.truncate(to);
                            self.is_started(index);
                        }
                        Action::Keep
                        | Action::Create
                        | Action::Change { .. }
                        | Action::Replace { .. }
                        | Action::Restart { .. }
                        | Action::Remove => self.start(index),
                    }
                }
            }
            Message::Started(index, answer) => {
                if self.items.get(index).is_some_and(|item| item.stage == Stage::Starting) {
                    self.busy -= 1;
                }
                self.started(index, answer)?;
            }
            Message::Ready(index, answer) => {
                self.probes -= 1;
                self.probed(index, answer);
                self.probe();
            }
        }
        Ok(())
    }

    /// Ends what the old processes of an app have left running: it may hold their ports.
    fn end_left(&mut self, index: usize) {
        let Some(item) = self.items.get(index) else { return };
        // Of a cluster that gets smaller the others go on.
        if matches!(item.step.action, Action::Scale { .. }) {
            return;
        }
        let engine = self.tools.engine;
        let pids: Vec<u32> = item.family.iter().map(|seen| seen.pid).collect();
        let starts = engine.starts(&pids);
        let app = &item.definition.app.name;
        let orphan = |seen: &OfSystem| Orphan {
            whose: Whose::App(app.to_string()),
            pid: seen.pid,
            file: None,
            kill_timeout: item.time_to_end,
            group: Group::Descendants(Vec::new()),
            lost: false,
        };
        let orphans: Vec<Orphan> = living(&item.family, &starts).map(orphan).collect();
        if !orphans.is_empty() {
            orphans::end_left(engine, Unlisted { orphans, ..Unlisted::default() }, self.observe);
        }
    }

    fn started(
        &mut self,
        index: usize,
        answer: Result<Vec<Process>, EngineError>,
    ) -> Result<(), OperationError> {
        let Some(item) = self.items.get_mut(index) else { return Ok(()) };
        let app = item.definition.app;
        item.wait = None;
        let processes = match answer {
            Ok(processes) => processes,
            Err(error) => {
                let ErrorKind::Refused { reason } = error.kind() else { return Err(error.into()) };
                (item.stage, item.started) = (Stage::Done, None);
                let engine = self.tools.engine.name();
                self.failed.push(failures::rejected(app, engine, reason));
                return Ok(());
            }
        };
        match item.step.action {
            Action::Scale { .. } => item.processes.extend(seen(processes.iter())),
            Action::Keep
            | Action::Create
            | Action::Change { .. }
            | Action::Replace { .. }
            | Action::Restart { .. }
            | Action::Remove => item.processes = seen(processes.iter()),
        }
        item.logs = probing::logs_of(processes.iter());
        if let Some(trouble) = processes.iter().find_map(|process| process.log_trouble.as_ref()) {
            (self.observe)(Event::Note(log_trouble(app, trouble).into()));
        }
        if processes.iter().any(|process| process.is_silent) {
            item.stage = Stage::Done;
            let ended = processes.iter().find_map(|new| failures::fails_from_the_start(app, new));
            let failed = ended.unwrap_or_else(|| self.is_silent(app));
            self.failed.push(failed);
            return Ok(());
        }
        let broken = processes.iter().find(|process| !item::has_started(process, app));
        if let Some(process) = broken {
            item.stage = Stage::Done;
            self.failed.push(failures::did_not_start(app, process));
            return Ok(());
        }
        let (name, pid) =
            (app.name.to_string(), processes.first().map_or(0, |process| process.pid));
        let present: Vec<&Process> = processes.iter().collect();
        (self.observe)(match item::is_only_listed(app, &present) {
            true => Event::NotStarted { app: name },
            false => Event::Started { app: name, pid, machine: None },
        });
        self.is_started(index);
        Ok(())
    }

    /// An app runs: those who wait for that go on; its probe begins.
    fn is_started(&mut self, index: usize) {
        self.schedule.reached(index, Condition::Started);
        let Some(item) = self.items.get_mut(index) else { return };
        let app = item.definition.app;
        let Some(probe) = app.ready.clone().filter(|_| app.starts_by_itself()) else {
            self.schedule.reached(index, Condition::Ready);
            self.is_ready(index);
            return;
        };
        let timeout = self.time_for(app, Condition::Ready, probe.timeout);
        let probe = Probe { timeout, ..probe };
        let Some(item) = self.items.get_mut(index) else { return };
        item.stage = Stage::Probing;
        item.wait = Some(Wait::begin(Awaited::Ready, probe.timeout));
        if item.started.is_some() {
            (self.observe)(Event::Probing { app: app.name.to_string() });
        }
        if item.started.is_none() && matches!(probe.test, Test::Log(_)) {
            let was_restarted = item.processes.iter().any(|seen| seen.restarts > 0);
            // The line may be gone since: `pm2 flush` and rotation take it away.
            if item.before.was_ready || was_restarted {
                if !item.before.was_ready {
                    let note = Diagnostic::new(format!(
                        "{}: the engine has restarted it, so its log does not tell whether it is \
                         ready",
                        app.name
                    ));
                    (self.observe)(Event::Note(
                        note.help(format!("`restart {}` waits for its line", app.name)).into(),
                    ));
                }
                self.schedule.reached(index, Condition::Ready);
                self.is_ready(index);
                return;
            }
        }
        let probing =
            probing::Probing::new(item.definition, probe, self.tools.engine, item.logs.clone());
        self.unprobed.push_back((index, probing));
        self.probe();
    }

    /// Tries probes, each on a thread of its own, as many as there may be. Those that find none wait
    /// for another to end.
    fn probe(&mut self) {
        while self.probes < PROBES_AT_ONCE
            && let Some((index, probing)) = self.unprobed.pop_front()
        {
            let (sender, over) = (self.sender.clone(), Arc::clone(&self.over));
            // Where no thread can be had the probe has to be there still.
            let probing = Arc::new(Mutex::new(Some(probing)));
            let lent = Arc::clone(&probing);
            let named = thread::Builder::new().name("probe".to_owned());
            let thread = named.spawn(move || {
                let probing = lent.lock().unwrap_or_else(PoisonError::into_inner).take();
                let wait =
                    |probing: probing::Probing| probing.wait(&|| over.load(Ordering::Relaxed));
                let answer = probing.map_or(Ok(()), wait);
                let _ = sender.send(Message::Ready(index, answer));
            });
            match thread {
                Ok(_) => self.probes += 1,
                Err(error) => {
                    let probing = probing.lock().unwrap_or_else(PoisonError::into_inner).take();
                    match probing.filter(|_| self.probes > 0) {
                        Some(probing) => self.unprobed.push_front((index, probing)),
                        None => self.probed(index, Err(format!("cannot be probed: {error}"))),
                    }
                    return;
                }
            }
        }
    }

    fn probed(&mut self, index: usize, answer: Result<(), String>) {
        let Some(item) = self.items.get_mut(index) else { return };
        if item.stage != Stage::Probing {
            return;
        }
        let app = item.definition.app;
        match answer {
            Ok(()) => {
                self.ready.push(app.name.to_string());
                item.ready_at = Some(since_epoch());
                if let Some(started) = item.started {
                    let after = started.elapsed();
                    (self.observe)(Event::Ready { app: app.name.to_string(), after });
                }
                self.schedule.reached(index, Condition::Ready);
                self.is_ready(index);
            }
            Err(reason) => {
                item.stage = Stage::Done;
                self.failed.push(failures::not_ready(app, reason, item.crashes));
            }
        }
    }

    /// How long an app may take until others go on: the shortest time that one of those gives it which
    /// wait for this, else that of its own probe, or of the command.
    fn time_for(&self, app: &App, condition: Condition, otherwise: Duration) -> Duration {
        let waiting = self.items.iter().filter(|item| item.stage == Stage::Waiting);
        let dependencies = waiting.flat_map(|item| &item.definition.app.depends_on);
        let awaited = dependencies.filter(|on| on.on == app.name && on.condition == condition);
        awaited.map(|on| on.timeout.unwrap_or(otherwise)).min().unwrap_or(otherwise)
    }

    fn is_ready(&mut self, index: usize) {
        let awaited = self.schedule.is_awaited(index, Condition::Completed);
        let Some(item) = self.items.get_mut(index) else { return };
        if !awaited {
            (item.stage, item.wait) = (Stage::Done, None);
            return;
        }
        let app = item.definition.app;
        let limit = self.time_for(app, Condition::Completed, self.tools.target.completion());
        let Some(item) = self.items.get_mut(index) else { return };
        item.stage = Stage::Completing;
        item.wait = Some(Wait::begin(Awaited::Completed, limit));
        if item.started.is_some() {
            let app = item.definition.app.name.to_string();
            (self.observe)(Event::Completing { app, limit });
        }
    }

    /// Looks at those that something waits for.
    fn look(&mut self) -> Result<(), OperationError> {
        // Before the engine is asked: what is written after its answer may be of a process that is not in it.
        let length = |item: &Item<'_>| item.is_watched().then(|| item.logs.lengths());
        let lengths: Vec<_> = self.items.iter().map(length).collect();
        let list = self.tools.session.list()?;
        for (index, lengths) in lengths.into_iter().enumerate() {
            let Some(item) = self.items.get_mut(index) else { continue };
            let app = item.definition.app;
            // What has ended since it was started is told at once, not when all others are ready.
            if let Some(failed) = item.has_failed(&list, self.tools.engine, false) {
                item.stage = Stage::Done;
                self.failed.push(failed);
                continue;
            }
            if !item.is_watched() {
                continue;
            }
            let restarts = item.note_restarts(&list);
            if restarts != Restarts::None {
                // What the ended process has said is not said by the next one.
                item.logs.pass_over(&item.log_lengths);
            }
            if restarts == Restarts::Crashed {
                let Crashes { count, exit_code, .. } = item.crashes;
                let app = app.name.to_string();
                (self.observe)(Event::Restarted { app, restarts: count, exit_code });
            }
            item.log_lengths = lengths.unwrap_or_default();
            if item.stage == Stage::Completing && item.has_completed(&list) {
                item.stage = Stage::Done;
                item.wait = None;
                (self.observe)(Event::Completed { app: app.name.to_string() });
                self.schedule.reached(index, Condition::Completed);
            } else if let (Stage::Completing, Some(wait)) = (item.stage, item.wait)
                && wait.since.elapsed() >= wait.limit
            {
                item.stage = Stage::Done;
                self.has_not_completed(index, wait.limit, &list);
            }
        }
        Ok(())
    }

    /// An app that others wait for has not ended in time.
    fn has_not_completed(&mut self, index: usize, limit: Duration, list: &[Process]) {
        let Some(item) = self.items.get(index) else { return };
        let app = item.definition.app;
        let waits = self.items.iter().map(|other| other.definition.app).filter(|other| {
            let awaited =
                |on: &Dependency| on.on == app.name && on.condition == Condition::Completed;
            other.depends_on.iter().any(awaited)
        });
        let waits: Vec<&str> = waits.map(|app| app.name.as_str()).collect();
        let process = item.processes.iter().find_map(|seen| {
            let own = |now: &&Process| now.id == seen.id && !now.has_completed();
            list.iter().find(own)
        });
        let by_command = limit == self.tools.target.completion();
        self.failed.push(failures::did_not_complete(app, process, (limit, by_command), &waits));
    }

    /// Tells what is still waited for.
    fn tell(&mut self) {
        for item in &mut self.items {
            let Some(wait) = item.wait.as_mut().filter(|wait| wait.told.elapsed() >= TELL) else {
                continue;
            };
            wait.told = Instant::now();
            (self.observe)(Event::StillWaiting {
                app: item.definition.app.name.to_string(),
                until: wait.until,
                since: wait.since.elapsed(),
                limit: wait.limit,
            });
        }
    }

    /// PM2 has to answer in time. Probes and completion have limits of their own.
    fn in_time(&self) -> Result<(), OperationError> {
        let asked =
            self.items.iter().filter_map(|item| item.wait).filter(|wait| match wait.until {
                Awaited::Stopped | Awaited::Started => true,
                Awaited::Ready | Awaited::Completed => false,
            });
        match asked.into_iter().find(|wait| wait.since.elapsed() > wait.limit) {
            Some(wait) => Err(self.tools.session.no_answer(wait.limit).into()),
            None => Ok(()),
        }
    }

    /// Where nothing is under way and not all is done, what is left waits for what never comes.
    fn something_goes_on(&mut self) {
        let waits = |item: &Item<'_>| item.stage == Stage::Waiting;
        let rests = |item: &Item<'_>| waits(item) || item.stage == Stage::Done;
        let nothing = self.busy == 0 && !self.schedule.has_next() && self.failed.is_empty();
        if !nothing || !self.items.iter().all(rests) {
            return;
        }
        for item in self.items.iter_mut().filter(|item| waits(item)) {
            let app = item.definition.app;
            item.stage = Stage::Done;
            self.failed.push(failures::cannot_be_met(app));
        }
    }

    /// Waits for the requests that were sent before something failed; their results are reported, too.
    fn answered(&mut self) -> Result<(), OperationError> {
        let pace = self.tools.engine.pace();
        while self.busy > 0 {
            match self.messages.recv_timeout(pace.look) {
                Ok(Message::Ready(index, Ok(()))) => self.probed(index, Ok(())),
                Ok(Message::Ready(_, Err(_))) | Err(_) => {}
                Ok(Message::Deleted(index, answer)) => {
                    self.busy -= 1;
                    answer?;
                    if let Some(item) = self.items.get_mut(index) {
                        item.wait = None;
                    }
                }
                Ok(Message::Started(index, answer)) => {
                    self.busy -= 1;
                    if let Some(item) = self.items.get_mut(index) {
                        item.stage = Stage::Done;
                    }
                    self.started(index, answer)?;
                }
            }
            self.tell();
            self.in_time()?;
        }
        Ok(())
    }

    /// Waits until what was restarted just before has run for a while, or ends again: at any one moment,
    /// what ends again and again is likely to run.
    fn settle_kept(&mut self) -> Result<(), OperationError> {
        for item in self.items.iter_mut().filter(|item| item.before.unsettled) {
            item.wait = Some(Wait::begin(Awaited::Started, item.time_to_settle()));
        }
        while self.failed.is_empty()
            && !self.tools.target.is_interrupted()
            && self.items.iter().any(|item| item.before.unsettled)
        {
            let list = self.tools.session.list()?;
            let engine = self.tools.engine;
            let has_failed = |item: &Item<'_>| item.has_failed(&list, engine, true).is_some();
            let is_awaited = |item: &Item<'_>| {
                item.is_unsettled(&list)
                    && item.wait.is_some_and(|wait| wait.since.elapsed() <= wait.limit)
            };
            if self.items.iter().any(has_failed) || !self.items.iter().any(is_awaited) {
                break;
            }
            self.tell();
            thread::sleep(engine.pace().look);
        }
        Ok(())
    }

    /// Pauses, at most until the operation is interrupted.
    fn sleep(&self, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time && !self.tools.target.is_interrupted() {
            thread::sleep(self.tools.engine.pace().work.min(time.saturating_sub(begun.elapsed())));
        }
    }

    /// What has died or was restarted since it was started has failed, too.
    fn last_look(&mut self) -> Result<(), OperationError> {
        let settling = self.tools.engine.pace().settling;
        if self.failed.is_empty()
            && let Some(last) = self.items.iter().filter_map(|item| item.started).max()
        {
            self.sleep(settling.saturating_sub(last.elapsed()));
        }
        self.settle_kept()?;
        let interrupted = self.tools.target.is_interrupted();
        let list = self.tools.session.list()?;
        let named = |failed: &[FailedApp], app: &str| failed.iter().any(|known| known.app == app);
        for item in &self.items {
            let app = item.definition.app.name.as_str();
            if let Some(known) = self.failed.iter_mut().find(|failed| failed.app == app) {
                if known.log.is_empty() {
                    let process = list.iter().find(|process| process.name == app);
                    known.log = process.map(log_tail::since_start).unwrap_or_default();
                }
            } else {
                let failed = item.has_failed(&list, self.tools.engine, true);
                // Who interrupts it does not wait until that is known.
                let unwell = || item.is_unwell(&list).filter(|_| !interrupted);
                self.failed.extend(failed.or_else(unwell));
            }
        }
        if self.failed.is_empty() {
            // Whether what was started stays up is not known.
            return match interrupted {
                true => Err(self.interrupted().into()),
                false => Ok(()),
            };
        }
        let mut failed = std::mem::take(&mut self.failed);
        let daemon = self.tools.engine.daemon();
        for failed in &mut failed {
            failed.not_started = self.held_back_by(&failed.app);
            // What keeps a program from beginning is only there.
            if let (true, Some((path, length))) = (failed.log.is_empty(), &self.daemon_log) {
                failed.log = log_tail::of_daemon(path, *length);
            }
            failed.help = failed.help.take().or_else(|| failures::at_a_limit(&failed.log, &daemon));
        }
        self.hide_values(&mut failed);
        // What has failed because it is not ready runs all the same.
        let list = self.tools.session.list()?;
        let running = self.items.iter().filter(|item| {
            let app = item.definition.app;
            let online =
                |process: &Process| process.name == app.name.as_str() && process.is_online();
            let has_failed = named(&failed, &app.name) && item.has_crashed(&list);
            !has_failed && list.iter().any(online)
        });
        let running = running.map(|item| item.definition.app.name.as_str());
        let is_item =
            |name: &str| self.items.iter().any(|item| item.definition.app.name.as_str() == name);
        let others = list.iter().filter(|process| {
            let is_other = !is_item(&process.name) && process.is_online();
            is_other && belongs_to(process, self.tools.target)
        });
        // Each once, however many processes it has.
        let mut running: Vec<String> = running.map(str::to_owned).collect();
        for other in others {
            if !running.contains(&other.name) {
                running.push(other.name.clone());
            }
        }
        // An app that waits for a failed one is listed with that one.
        let held: BTreeSet<&String> =
            failed.iter().flat_map(|failed| &failed.not_started).collect();
        let Interrupted { mut not_started, mut not_changed, .. } = self.interrupted();
        for apps in [&mut not_started, &mut not_changed] {
            apps.retain(|app| !held.contains(app) && !named(&failed, app));
        }
        let probing = self.items.iter().filter(|item| item.stage == Stage::Probing);
        let probing = probing.map(|item| item.definition.app.name.to_string());
        let not_ready = probing.filter(|app| !named(&failed, app)).collect();
        Err(OperationError::Apps(Failures { failed, running, not_ready, not_started, not_changed }))
    }
}

impl BringUp<'_, '_, '_> {
    /// What is done when the operation ends early.
    fn interrupted(&self) -> Interrupted {
        let mut interrupted = Interrupted { command: self.tools.command, ..Interrupted::default() };
        for item in self.items.iter().filter(|item| item.step.action != Action::Keep) {
            let app = || item.definition.app.name.to_string();
            match item.stage {
                Stage::Probing | Stage::Completing | Stage::Done => {
                    interrupted.started.push(app());
                    if item.stage == Stage::Probing {
                        interrupted.not_ready.push(app());
                    }
                }
                Stage::Waiting if !item.step.processes.is_empty() => {
                    interrupted.not_changed.push(app());
                }
                Stage::Deleting(_) if matches!(item.step.action, Action::Scale { .. }) => {
                    interrupted.not_changed.push(app());
                }
                Stage::Waiting | Stage::Deleting(_) | Stage::Starting => {
                    interrupted.not_started.push(app());
                }
            }
        }
        interrupted
    }

    /// The apps that were not started because they wait for one, directly or not.
    fn held_back_by(&self, app: &str) -> Vec<String> {
        let mut waiting: Vec<&str> = Vec::new();
        let mut held = Vec::new();
        // Each app is after those it depends on.
        for item in self.items.iter().filter(|item| item.stage == Stage::Waiting) {
            let needs = |on: &Dependency| on.on == app || waiting.contains(&on.on.as_str());
            if !item.definition.app.depends_on.iter().any(needs) {
                continue;
            }
            waiting.push(&item.definition.app.name);
            // What runs goes on as it was.
            if item.step.processes.is_empty() {
                held.push(item.definition.app.name.to_string());
            }
        }
        held
    }

    /// What the apps say of themselves goes into an error without the values of variables. The reason
    /// is in our words, and what probes and PM2 say in it has none: a variable that is `1` takes no
    /// exit code away.
    fn hide_values(&self, failed: &mut [FailedApp]) {
        let mut hidden = Redaction::default();
        for item in &self.items {
            item.definition.hidden(&mut hidden);
        }
        for failed in failed {
            for line in &mut failed.log {
                *line = hidden.of(line).into_owned();
            }
        }
    }
}
