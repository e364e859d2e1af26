//! From the start of an app until those go on that wait for it: its probe, and its completion.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use promethean_core::app::{App, Dependency};
use promethean_core::declaration::Condition;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::probe::{Probe, Test};

use super::item::{Crashes, Item, Restarts, Stage, Wait};
use super::{BringUp, Message, failures};
use crate::engine::Process;
use crate::engine::times::since_epoch;
use crate::operations::error::OperationError;
use crate::operations::event::{Awaited, Event};
use crate::operations::probing;

/// How many probes are tried at the same time. Each waits on a thread of its own.
const PROBES_AT_ONCE: usize = 128;

impl BringUp<'_, '_, '_> {
    /// An app runs: those who wait for that go on; its probe begins.
    pub(super) fn is_started(&mut self, index: usize) {
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
    pub(super) fn probe(&mut self) {
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

    pub(super) fn probed(&mut self, index: usize, answer: Result<(), String>) {
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
    pub(super) fn look(&mut self) -> Result<(), OperationError> {
        // Before the engine is asked: what is written after its answer may be of a process that is not in it.
        let length = |item: &Item<'_>| item.is_watched().then(|| item.logs.lengths());
        let lengths: Vec<_> = self.items.iter().map(length).collect();
        let list = self.tools.session.list()?;
        for (index, lengths) in lengths.into_iter().enumerate() {
            let Some(item) = self.items.get_mut(index) else { continue };
            let app = item.definition.app;
            // What has ended since it was started is reported at once, not when all others are ready.
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
}
