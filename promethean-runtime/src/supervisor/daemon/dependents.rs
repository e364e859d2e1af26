//! What restarts with another app: `depends_on db (restarts)`.
//!
//! Nothing waits for anything here: whatever depends on an app runs on while that restarts, and restarts
//! itself when that has reached again what it depends on.

use std::time::Duration;

use tokio::task::spawn_local;

use super::machine::{Event, State};
use super::process::Process;
use super::{Daemon, Serial, trying};
use crate::supervisor::spec::Reached;

impl Daemon {
    /// A process has come to another state.
    pub(super) fn is_now(&mut self, serial: Serial, state: State) {
        match state {
            State::Online => self.has_started(serial),
            State::Completed => self.has_completed(serial),
            State::Starting
            | State::Restarting
            | State::Stopping
            | State::Stopped
            | State::Failed
            | State::GivenUp => {}
        }
    }

    /// A process runs. Where another one of its app has done so already, the app was never gone.
    fn has_started(&mut self, serial: Serial) {
        let Some(process) = self.processes.get(&serial) else { return };
        let is_other = |other: &Process| {
            other.serial != serial
                && other.app() == process.app()
                && other.machine.state() == State::Online
        };
        if self.processes.values().any(is_other) {
            return;
        }
        let since = process.machine.since();
        let awaited = self.dependents(process, Reached::Ready);
        let probe = process.order.spec.ready.as_ref().filter(|_| !awaited.is_empty());
        let trial = probe.map(|probe| trying::trial(process, probe, true));
        let mut now = self.dependents(process, Reached::Started);
        let name = process.app().to_owned();
        match trial {
            // Its log is known only to clients.
            None => now.extend(awaited),
            Some(trial) => {
                let (events, home) = (self.context.events.clone(), self.context.home.clone());
                spawn_local(async move {
                    // What depends on it restarts after so long, too.
                    let _ = trying::carry_out(home, trial).await;
                    let _ = events.send(super::Event::Ready(serial, since));
                });
            }
        }
        self.restart(now, &name);
    }

    /// What was started at that time is ready, unless it has ended since.
    pub(super) fn restarted_and_ready(&mut self, serial: Serial, since: Option<Duration>) {
        let Some(process) = self.processes.get(&serial) else { return };
        if process.machine.state() == State::Online && process.machine.since() == since {
            let name = process.app().to_owned();
            let dependents = self.dependents(process, Reached::Ready);
            self.restart(dependents, &name);
        }
    }

    /// A process has ended as it should. Its app has completed when all of its processes have.
    fn has_completed(&mut self, serial: Serial) {
        let Some(process) = self.processes.get(&serial) else { return };
        let has_not = |other: &Process| {
            other.app() == process.app() && other.machine.state() != State::Completed
        };
        if !self.processes.values().any(has_not) {
            let name = process.app().to_owned();
            let dependents = self.dependents(process, Reached::Completed);
            self.restart(dependents, &name);
        }
    }

    /// The processes that restart when another one has reached something, if they were started before it
    /// was.
    fn dependents(&self, on: &Process, when: Reached) -> Vec<Serial> {
        let dependents = self.processes.values().filter(|process| {
            let mut restarts = process.order.spec.restarts_with.iter();
            process.is_listed()
                && process.machine.since() < on.machine.since()
                && restarts.any(|with| with.on == on.app() && with.when == when)
        });
        dependents.map(|process| process.serial).collect()
    }

    /// Restarts processes with an app.
    fn restart(&mut self, dependents: Vec<Serial>, with: &str) {
        for serial in dependents {
            if let Some(process) = self.processes.get_mut(&serial) {
                process.restarts_with = Some(with.to_owned());
            }
            self.tell(serial, Event::DependencyRestarted);
        }
    }
}
