//! Starts apps in the order of their dependencies, and waits for each as its definition says.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `item` | an app on its way: what it waits for, and whether it is alive |
//! | `starting` | what the engine is asked, and what it answers |
//! | `waiting` | from the start of an app until those go on that wait for it |
//! | `ending` | what has come of it all |
//! | `failures` | why an app has failed, in words |

mod ending;
mod failures;
mod item;
mod starting;
mod waiting;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Instant;

use super::error::{FailedApp, OperationError};
use super::event::{Awaited, Event, Observer};
use super::plan::{Action, Step, by_name};
use super::probing;
use super::schedule::Schedule;
use super::state::{is_silent, is_unsettled};
use super::target::Target;
use super::times::longest_end;
use crate::engine::times::since_epoch;
use crate::engine::{
    Definition, Engine, EngineError, Process, ProcessId, SavedState, Session, TELL,
};
use item::{Before, Crashes, Item, Rest, Stage, seen};

/// How many requests the engine works on at the same time.
const AT_ONCE: usize = 16;

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
            action: step.action.clone(),
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
                    (self.observe)(match item.action {
                        Action::Scale { from, to } => Event::Scaled { app, from, to },
                        _ => Event::Stopped { app },
                    });
                    match item.action {
                        Action::Scale { to, .. } => {
                            item.processes.sort_unstable_by_key(|seen| seen.id);
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
}
