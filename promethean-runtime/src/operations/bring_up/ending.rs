//! What has come of it all: the last look, and what is reported of it.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use promethean_core::app::Dependency;
use promethean_core::secrets::Redaction;

use super::item::{Item, Stage, Wait};
use super::{BringUp, failures};
use crate::engine::Process;
use crate::operations::error::{FailedApp, Failures, Interrupted, OperationError};
use crate::operations::event::Awaited;
use crate::operations::log_tail;
use crate::operations::plan::{Action, belongs_to};

impl BringUp<'_, '_, '_> {
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
    pub(super) fn last_look(&mut self) -> Result<(), OperationError> {
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

    /// What is done when the operation ends early.
    pub(super) fn interrupted(&self) -> Interrupted {
        let mut interrupted = Interrupted { command: self.tools.command, ..Interrupted::default() };
        for item in self.items.iter().filter(|item| item.action != Action::Keep) {
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
                Stage::Deleting(_) if matches!(item.action, Action::Scale { .. }) => {
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
