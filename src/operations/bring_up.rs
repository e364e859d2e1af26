//! Bringing apps up: in the order of their dependencies, each waited for as it is written.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use promethean_core::app::{App, Dependency};
use promethean_core::declaration::Condition;
use promethean_core::secrets::Redaction;

use super::error::{FailedApp, Failures, OperationError};
use super::event::{Awaited, Event, Observer, told};
use super::evidence;
use super::plan::{Action, Step, by_name, is_as_it_should, state};
use super::probing;
use super::schedule::Schedule;
use super::target::Target;
use super::times::{PATIENCE, longest_end};
use crate::engine::{
    Definition, Engine, EngineError, ErrorKind, Owner, Phase, Process, ProcessId, Replacing,
    Session, TELL,
};
use crate::readiness::LogWatch;

/// How many requests PM2 works at beside each other.
const AT_ONCE: usize = 16;

/// An app on its way.
struct Item<'a> {
    definition: &'a Definition<'a>,
    step: &'a Step,
    /// The ecosystem that brought it up first.
    owner: &'a Owner,
    stage: Stage,
    /// What of it is waited for.
    wait: Option<Wait>,
    /// When it was started here; what was kept was not.
    started: Option<Instant>,
    /// What PM2 said of its processes when it was started, or before.
    processes: Vec<Seen>,
    /// Whether those that run share what they listen on.
    shares: bool,
    /// How long those that run may take to end: an engine goes by what they were started with.
    time_to_end: Duration,
    /// What they have logged since.
    logs: LogWatch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    /// So many of its old processes are still there.
    Deleting(usize),
    Starting,
    /// It runs, and its probe has not succeeded.
    Probing,
    /// It runs, and others wait until it has ended.
    Completing,
    Done,
}

/// What of an app is waited for, and how long.
#[derive(Clone, Copy, Debug)]
struct Wait {
    until: Awaited,
    since: Instant,
    limit: Duration,
    /// When it was told last.
    told: Instant,
}

impl Wait {
    fn begin(until: Awaited, limit: Duration) -> Wait {
        let now = Instant::now();
        Wait { until, since: now, limit, told: now }
    }
}

/// What is compared with a process later.
#[derive(Clone, Copy, Debug)]
struct Seen {
    id: ProcessId,
    restarts: u64,
}

enum Message {
    Deleted(usize, Result<(), EngineError>),
    Started(usize, Result<Vec<Process>, EngineError>),
    Ready(usize, Result<(), String>),
}

/// What an operation works with.
pub(super) struct Tools<'t> {
    pub(super) session: &'t mut dyn Session,
    pub(super) engine: &'t dyn Engine,
    pub(super) target: &'t Target,
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
    /// Requests that PM2 has not answered.
    busy: usize,
    /// Tells probes to stop.
    over: Arc<AtomicBool>,
    failed: Vec<FailedApp>,
}

/// Brings apps up.
///
/// `steps` are those of the apps, in the same order.
///
/// # Errors
///
/// PM2 fails, or an app does: the first that does ends the whole; what runs then goes on.
pub(super) fn bring_up(
    tools: Tools<'_>,
    definitions: &[Definition<'_>],
    steps: &[&Step],
    running: &[Process],
    observe: &mut Observer<'_>,
) -> Result<(), OperationError> {
    let running = by_name(running);
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
        failed: Vec::new(),
    };
    let outcome = work.run();
    work.over.store(true, Ordering::Relaxed);
    outcome
}

fn seen<'p>(processes: impl Iterator<Item = &'p Process>) -> Vec<Seen> {
    processes.map(|process| Seen { id: process.id, restarts: process.restarts }).collect()
}

impl BringUp<'_, '_, '_> {
    fn run(&mut self) -> Result<(), OperationError> {
        let mut looked = Instant::now();
        let pace = self.tools.engine.pace();
        while self.failed.is_empty() {
            while self.busy < AT_ONCE
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
        self.answered()?;
        if self.failed.is_empty() {
            (self.observe)(Event::Up { after: self.tools.begun.elapsed() });
        }
        self.last_look()
    }

    /// Takes up an app that waits for nothing any more.
    fn begin(&mut self, index: usize) -> Result<(), OperationError> {
        let Some(item) = self.items.get_mut(index) else { return Ok(()) };
        let app = item.definition.app;
        match &item.step.action {
            Action::Keep | Action::Remove => {
                (self.observe)(Event::Kept { app: app.name.to_string() });
                self.is_started(index);
                Ok(())
            }
            Action::Change { fields } if item.reloads(self.tools.engine, fields) => {
                self.reload(index)
            }
            _ if item.step.processes.is_empty() => {
                self.start(index);
                Ok(())
            }
            _ => {
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
        let start = item.definition.start(engine, item.owner, profile);
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
        let mut complete = true;
        for id in item.step.processes.clone() {
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
            complete &= self.tools.session.replace(id, start, wait)?;
        }
        let list = self.tools.session.list()?;
        let present = list.into_iter().filter(|process| process.name == app.name.as_str());
        let present: Vec<Process> = present.collect();
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

    fn take(&mut self, message: Message) -> Result<(), OperationError> {
        match message {
            Message::Deleted(index, answer) => {
                self.busy -= 1;
                answer?;
                let Some(item) = self.items.get_mut(index) else { return Ok(()) };
                let Stage::Deleting(left) = &mut item.stage else { return Ok(()) };
                *left -= 1;
                if *left == 0 {
                    (self.observe)(Event::Stopped { app: item.definition.app.name.to_string() });
                    self.start(index);
                }
            }
            Message::Started(index, answer) => {
                if self.items.get(index).is_some_and(|item| item.stage == Stage::Starting) {
                    self.busy -= 1;
                }
                self.started(index, answer)?;
            }
            Message::Ready(index, answer) => self.probed(index, answer),
        }
        Ok(())
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
                let reason = format!("PM2 rejected it: {reason}");
                item.stage = Stage::Done;
                self.failed.push(FailedApp { app: app.name.to_string(), reason, log: Vec::new() });
                return Ok(());
            }
        };
        item.processes = seen(processes.iter());
        item.logs = probing::logs_of(processes.iter());
        let broken = processes.iter().find(|process| {
            !is_as_it_should(process, app) && !app.may_end() || !has_process(process, app)
        });
        if let Some(process) = broken {
            let failed = failure(process, app, format!("did not start: {}", state(process)));
            item.stage = Stage::Done;
            self.failed.push(failed);
            return Ok(());
        }
        let pid = processes.first().map_or(0, |process| process.pid);
        (self.observe)(Event::Started { app: app.name.to_string(), pid });
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
        item.stage = Stage::Probing;
        item.wait = Some(Wait::begin(Awaited::Ready, probe.timeout));
        if item.started.is_some() {
            (self.observe)(Event::Probing { app: app.name.to_string() });
        }
        let probing =
            probing::Probing::new(item.definition, probe, self.tools.engine, item.logs.clone());
        let (sender, over) = (self.sender.clone(), Arc::clone(&self.over));
        thread::spawn(move || {
            let answer = probing.wait(&|| over.load(Ordering::Relaxed));
            let _ = sender.send(Message::Ready(index, answer));
        });
    }

    fn probed(&mut self, index: usize, answer: Result<(), String>) {
        let Some(item) = self.items.get_mut(index) else { return };
        if item.stage != Stage::Probing {
            return;
        }
        let app = item.definition.app;
        match answer {
            Ok(()) => {
                if let Some(started) = item.started {
                    let after = started.elapsed();
                    (self.observe)(Event::Ready { app: app.name.to_string(), after });
                }
                self.schedule.reached(index, Condition::Ready);
                self.is_ready(index);
            }
            Err(reason) => {
                item.stage = Stage::Done;
                let log = Vec::new();
                self.failed.push(FailedApp { app: app.name.to_string(), reason, log });
            }
        }
    }

    fn is_ready(&mut self, index: usize) {
        let awaited = self.schedule.is_awaited(index, Condition::Completed);
        let Some(item) = self.items.get_mut(index) else { return };
        if !awaited {
            (item.stage, item.wait) = (Stage::Done, None);
            return;
        }
        let limit = self.tools.target.completion();
        item.stage = Stage::Completing;
        item.wait = Some(Wait::begin(Awaited::Completed, limit));
        if item.started.is_some() {
            let app = item.definition.app.name.to_string();
            (self.observe)(Event::Completing { app, limit });
        }
    }

    /// Looks at those that something waits for.
    fn look(&mut self) -> Result<(), OperationError> {
        let list = self.tools.session.list()?;
        for index in 0..self.items.len() {
            let Some(item) = self.items.get_mut(index).filter(|item| item.is_watched()) else {
                continue;
            };
            let app = item.definition.app;
            if let Some(failed) = item.has_failed(&list) {
                item.stage = Stage::Done;
                self.failed.push(failed);
            } else if item.stage == Stage::Completing && item.has_completed(&list) {
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
        let name = &app.name;
        let reason = format!(
            "did not complete within {}: it is {}; waiting for it: {}\n  \
             help: `--wait 1h` waits longer; `logs {name}` shows what it does; if it is not meant \
             to end, depend on `{name} (started)`",
            told(limit),
            process.map_or_else(|| "not there".to_owned(), state),
            waits.join(", "),
        );
        let log = process.map(evidence).unwrap_or_default();
        self.failed.push(FailedApp { app: name.to_string(), reason, log });
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
            let on: Vec<String> = app
                .depends_on
                .iter()
                .map(|on| format!("{} ({})", on.on, on.condition.word()))
                .collect();
            let reason = format!("waits for dependencies that cannot be met: {}", on.join(", "));
            item.stage = Stage::Done;
            self.failed.push(FailedApp { app: app.name.to_string(), reason, log: Vec::new() });
        }
    }

    /// What PM2 was asked for before something failed is waited for: what it comes to is told, too.
    fn answered(&mut self) -> Result<(), OperationError> {
        let pace = self.tools.engine.pace();
        while self.busy > 0 {
            match self.messages.recv_timeout(pace.look) {
                Ok(Message::Ready(..)) | Err(_) => {}
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

    /// What has died or was restarted since it was started has failed, too.
    fn last_look(&mut self) -> Result<(), OperationError> {
        let settling = self.tools.engine.pace().settling;
        if self.failed.is_empty() {
            let last = self.items.iter().filter_map(|item| item.started).max();
            if let Some(last) = last {
                thread::sleep(settling.saturating_sub(last.elapsed()));
            }
        }
        let list = self.tools.session.list()?;
        let named = |failed: &[FailedApp], app: &str| failed.iter().any(|known| known.app == app);
        for item in &self.items {
            let app = item.definition.app.name.as_str();
            if let Some(known) = self.failed.iter_mut().find(|failed| failed.app == app) {
                if known.log.is_empty() {
                    let process = list.iter().find(|process| process.name == app);
                    known.log = process.map(evidence).unwrap_or_default();
                }
            } else if let Some(failed) = item.has_failed(&list) {
                self.failed.push(failed);
            }
        }
        if self.failed.is_empty() {
            return Ok(());
        }
        let mut failed = std::mem::take(&mut self.failed);
        self.hide_values(&mut failed);
        let running = self.items.iter().filter(|item| {
            let app = item.definition.app;
            let online =
                |process: &Process| process.name == app.name.as_str() && process.is_online();
            !named(&failed, &app.name) && list.iter().any(online)
        });
        let running = running.map(|item| item.definition.app.name.to_string()).collect();
        Err(OperationError::Apps(Failures { failed, running }))
    }
}

impl BringUp<'_, '_, '_> {
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

impl Item<'_> {
    /// Whether something waits for what becomes of it.
    fn is_watched(&self) -> bool {
        matches!(self.stage, Stage::Probing | Stage::Completing)
    }

    /// Whether a change is one that the engine can make while the app goes on.
    fn reloads(&self, engine: &dyn Engine, fields: &[super::plan::Difference]) -> bool {
        let changed: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        self.shares
            && !self.step.processes.is_empty()
            && engine.can_replace(self.definition, &changed)
    }

    /// Why it has failed, if it has: it is not there any more, has ended or was restarted.
    fn has_failed(&self, list: &[Process]) -> Option<FailedApp> {
        let app = self.definition.app;
        if matches!(self.stage, Stage::Waiting | Stage::Deleting(_) | Stage::Starting) {
            return None;
        }
        let gone = self.processes.iter().any(|seen| list.iter().all(|now| now.id != seen.id));
        if gone {
            let reason = "it was deleted from PM2 during startup".to_owned();
            return Some(FailedApp { app: app.name.to_string(), reason, log: Vec::new() });
        }
        self.processes.iter().find_map(|seen| {
            let now = list.iter().find(|now| now.id == seen.id)?;
            if now.restarts > seen.restarts && self.started.is_some() {
                let times = now.restarts - seen.restarts;
                let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
                let code =
                    now.exit_code.map_or(String::new(), |code| format!(", with exit code {code}"));
                let reason = format!("exited and was restarted {times} during startup{code}");
                return Some(failure(now, app, reason));
            }
            let fine = is_as_it_should(now, app)
                || app.may_end() && now.is_launching()
                || !app.starts_by_itself();
            (!fine).then(|| failure(now, app, format!("is not running: {}", state(now))))
        })
    }

    fn has_completed(&self, list: &[Process]) -> bool {
        let own = |process: &&Process| self.processes.iter().any(|seen| seen.id == process.id);
        list.iter().filter(own).all(Process::has_completed)
    }
}

fn evidence(process: &Process) -> Vec<String> {
    let logs = process.record.as_ref().map(|record| record.logs.clone()).unwrap_or_default();
    evidence::last_lines(process, &logs)
}

fn failure(process: &Process, app: &App, reason: String) -> FailedApp {
    FailedApp { app: app.name.to_string(), reason, log: evidence(process) }
}

/// Whether something was started where PM2 says online: of a program that cannot be started there is
/// no process. One that has ended since is seen by the next look, which knows how it ended.
fn has_process(process: &Process, app: &App) -> bool {
    process.phase != Phase::Online || app.may_end() || process.pid != 0
}
