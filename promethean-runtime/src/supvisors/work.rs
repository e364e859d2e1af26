//! Starting and stopping processes, and waiting for what is seen of them.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use dxr::Value;
use promethean_core::app::App;
use promethean_core::diagnostic::Diagnostic;

use super::view::{Seen, View};
use super::{Supvisors, SupvisorsError};
use crate::engine::TELL;
use crate::operations::{Event, Observer};

/// How often is looked while something is waited for.
const PAUSE: Duration = Duration::from_millis(500);

/// How long the machines may take to find each other: Supvisors waits for 20 seconds for those that are not
/// there.
const JOINING: Duration = Duration::from_secs(120);

/// How long Supvisors may take for a process beyond what the app may take.
const SLACK: Duration = Duration::from_secs(120);

/// Supervisor's codes for what is so already: `ALREADY_STARTED`, `NOT_RUNNING`.
const AS_ASKED: [i32; 2] = [60, 70];

/// The code for what cannot be done while the machines are at work: `BAD_SUPVISORS_STATE`.
const AT_WORK: i32 = 101;

/// What came of waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// What was waited for.
    Done,
    /// It will not come, for this reason.
    Failed(String),
    /// Somebody interrupted it.
    Interrupted,
}

impl Supvisors {
    /// What is seen as soon as the machines have found each other.
    pub(super) fn joined(
        &self,
        observe: &mut Observer<'_>,
        is_over: &dyn Fn() -> bool,
    ) -> Result<View, SupvisorsError> {
        self.seen_when(observe, is_over, &|view| !view.is_joining())
    }

    /// What is seen as soon as units can be started and stopped.
    pub(super) fn operating(
        &self,
        observe: &mut Observer<'_>,
        is_over: &dyn Fn() -> bool,
    ) -> Result<View, SupvisorsError> {
        self.seen_when(observe, is_over, &View::is_operating)
    }

    fn seen_when(
        &self,
        observe: &mut Observer<'_>,
        is_over: &dyn Fn() -> bool,
        holds: &dyn Fn(&View) -> bool,
    ) -> Result<View, SupvisorsError> {
        let start = Instant::now();
        let mut told = false;
        loop {
            let view = self.look()?;
            if holds(&view) || is_over() {
                return Ok(view);
            }
            if start.elapsed() > JOINING {
                let (server, phase) = (self.server.to_string(), view.phase);
                return Err(SupvisorsError::NotJoined {
                    server,
                    phase,
                    seconds: JOINING.as_secs(),
                });
            }
            if !told {
                let phase = view.phase.to_lowercase();
                let message = format!("waiting for the machines, which are at work ({phase})");
                observe(Event::Note(Diagnostic::new(message).into()));
                told = true;
            }
            thread::sleep(PAUSE);
        }
    }

    /// Asks for the start of a process, on the machine that Supvisors chooses.
    pub(super) fn begin(&self, process: &str) -> Result<(), SupvisorsError> {
        let text = |text: &str| Value::String(text.to_owned());
        let params = vec![
            text("LESS_LOADED"),
            text(&self.full_name(process)),
            text(""),
            Value::Boolean(false),
        ];
        self.tell("supvisors.start_process", &params)
    }

    /// Asks for the end of a process, on all machines.
    pub(super) fn end(&self, process: &str) -> Result<(), SupvisorsError> {
        let params = vec![Value::String(self.full_name(process)), Value::Boolean(false)];
        self.tell("supvisors.stop_process", &params)
    }

    /// Tells something to the machines, as soon as they are not at work: a machine may be lost at any time. What
    /// is so already is as it was asked for.
    fn tell(&self, method: &str, params: &[Value]) -> Result<(), SupvisorsError> {
        let start = Instant::now();
        loop {
            match self.server.call(method, params.to_vec()) {
                Err(SupvisorsError::Refused { code: AT_WORK, .. }) if start.elapsed() < JOINING => {
                    thread::sleep(PAUSE);
                }
                Err(SupvisorsError::Refused { code, .. }) if AS_ASKED.contains(&code) => {
                    return Ok(());
                }
                answer => return answer.map(drop),
            }
        }
    }

    /// Waits until `state` gives an end for each process, or the process's time is over. `state` gets the name of
    /// the process, what is seen of it, and how long it has been waited for; `waiting` is told the same and the
    /// time limit of a process, every few seconds.
    pub(super) fn wait(
        &self,
        processes: &[(String, Duration)],
        state: &dyn Fn(&str, &Seen, Duration) -> Option<End>,
        waiting: &mut dyn FnMut(&str, Duration, Duration),
        is_over: &dyn Fn() -> bool,
    ) -> Result<BTreeMap<String, End>, SupvisorsError> {
        let start = Instant::now();
        let mut ends: BTreeMap<String, End> = BTreeMap::new();
        let mut told = start;
        loop {
            let view = self.look()?;
            let since = start.elapsed();
            let tell = told.elapsed() >= TELL;
            for (process, limit) in processes {
                if ends.contains_key(process) {
                    continue;
                }
                let end = match view.process(process) {
                    Some(seen) => state(process, seen, since),
                    // The machines know nothing of processes while they look for each other.
                    None if view.is_joining() => None,
                    None => Some(End::Failed("no machine knows it any more".to_owned())),
                };
                let late = || {
                    let word = view.process(process).map_or("not known", |seen| &seen.state);
                    let seconds = limit.as_secs();
                    End::Failed(format!("still {} after {seconds} s", word.to_lowercase()))
                };
                let end = end.or_else(|| is_over().then_some(End::Interrupted));
                match end.or_else(|| (since > *limit).then(late)) {
                    Some(end) => drop(ends.insert(process.clone(), end)),
                    None if tell => waiting(process, since, *limit),
                    None => {}
                }
            }
            if ends.len() >= processes.len() {
                return Ok(ends);
            }
            if tell {
                told = Instant::now();
            }
            thread::sleep(PAUSE);
        }
    }
}

/// How long an app may take until it runs.
pub(super) fn time_to_start(app: &App) -> Duration {
    app.time("min_uptime") + SLACK
}

/// How long an app may take to end.
pub(super) fn time_to_end(app: &App) -> Duration {
    app.time("kill_timeout") + SLACK
}
