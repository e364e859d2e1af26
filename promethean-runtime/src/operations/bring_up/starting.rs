//! What the engine is asked to end and to start, and what it answers.

use std::thread;
use std::time::Instant;

use promethean_core::app::App;

use super::item::{Rest, Stage, Wait, seen};
use super::{BringUp, Message, failures, item};
use crate::engine::{
    EngineError, ErrorKind, Group, Orphan, Orphaned, Process, ProcessId, Replaced, Replacing,
    Seen as OfSystem, TELL, Unlisted, Whose,
};
use crate::operations::error::{FailedApp, OperationError};
use crate::operations::event::{Awaited, Event};
use crate::operations::orphans;
use crate::operations::plan::{Action, is_only_listed};
use crate::operations::probing;
use crate::operations::state::log_trouble;
use crate::operations::take_down::living;
use crate::operations::times::PATIENCE;

impl BringUp<'_, '_, '_> {
    /// Takes up an app that waits for nothing any more.
    pub(super) fn begin(&mut self, index: usize) -> Result<(), OperationError> {
        let Some(item) = self.items.get_mut(index) else { return Ok(()) };
        let app = item.definition.app;
        match &item.action {
            Action::Keep | Action::Remove if item.before.is_silent => {
                let limit = self.tools.engine.time_to_listen(app);
                item.stage = Stage::Done;
                self.failed.push(failures::was_silent(app, limit));
                Ok(())
            }
            Action::Keep | Action::Remove => {
                let (name, rest) = (app.name.to_string(), item.before.rest);
                (self.observe)(match rest {
                    Some(Rest::OnlyListed) => item::not_started(app),
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
            Action::Scale { to, .. } => {
                let surplus = item.by_number().split_off(*to);
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

    pub(super) fn start(&mut self, index: usize) {
        let Some(item) = self.items.get_mut(index) else { return };
        let app = item.definition.app;
        (self.observe)(Event::Starting { app: app.name.to_string() });
        let (engine, profile) = (self.tools.engine, self.tools.target.profile());
        let mut start = item.definition.start(engine, item.owner, profile);
        if let Action::Scale { from, to } = &item.action {
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

    /// Gives a cluster its new definition without a moment in which nobody listens, and its new number of processes.
    fn reload(&mut self, index: usize) -> Result<(), OperationError> {
        let Some(item) = self.items.get_mut(index) else { return Ok(()) };
        let app = item.definition.app;
        let Action::Change { fields } = &item.action else { return Ok(()) };
        (self.observe)(Event::Starting { app: app.name.to_string() });
        let gone: Vec<String> = fields
            .iter()
            .map(|field| field.field.strip_prefix("env.").unwrap_or(&field.field).to_owned())
            .collect();
        item.started = Some(Instant::now());
        let patience = PATIENCE + self.tools.engine.time_to_listen(app) + item.time_to_end;
        let (mut complete, mut told) = (true, false);
        // A second try replaces the process again with which the first one has failed.
        let all = item.by_number();
        let processors = self.tools.session.info().processors;
        let wanted = item.definition.processes(processors).unwrap_or(all.len());
        // What is one too many is ended when the others have the new definition.
        let ids = all.get(..wanted).unwrap_or(&all);
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
        if complete && wanted == all.len() {
            return self.take(Message::Started(index, Ok(present)));
        }
        if complete {
            present.sort_unstable_by_key(|process| process.id);
            self.are_started(index, &present);
            let Some(item) = self.items.get_mut(index) else { return Ok(()) };
            item.processes = seen(present.iter());
            item.action = Action::Scale { from: all.len(), to: wanted };
            return self.begin(index);
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

    /// Ends what the old processes of an app have left running: it may hold their ports.
    pub(super) fn end_left(&mut self, index: usize) {
        let Some(item) = self.items.get(index) else { return };
        // Of a cluster that gets smaller the others go on.
        if matches!(item.action, Action::Scale { .. }) {
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
            how: Orphaned::Left,
        };
        let orphans: Vec<Orphan> = living(&item.family, &starts).map(orphan).collect();
        if !orphans.is_empty() {
            orphans::end_left(engine, Unlisted { orphans, ..Unlisted::default() }, self.observe);
        }
    }

    pub(super) fn started(
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
        match item.action {
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
        self.are_started(index, &processes);
        self.is_started(index);
        Ok(())
    }

    /// Says which processes of an app were started.
    fn are_started(&mut self, index: usize, processes: &[Process]) {
        let Some(item) = self.items.get(index) else { return };
        let app = item.definition.app;
        let name = app.name.to_string();
        let pids: Vec<u32> = processes.iter().map(|process| process.pid).collect();
        let pid = pids.first().copied().unwrap_or(0);
        let present: Vec<&Process> = processes.iter().collect();
        (self.observe)(match is_only_listed(app, &present) {
            true => item::not_started(app),
            false => Event::Started { app: name, pid, pids, machine: None },
        });
    }
}
