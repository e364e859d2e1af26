//! What happens to a process.

use std::fmt;

use crate::engine::signal_name;

/// What happens to a process.
///
/// [`Action::Spawn`](super::Action::Spawn) has one answer: [`Event::SpawnFailed`], or
/// [`Event::Spawned`], later one [`Event::Exited`] and after it one [`Event::FamilyGone`]. Everything
/// else may come at any time, in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A command: it shall run.
    Start,
    /// A command: it shall end, and stay so.
    Stop,
    /// A command: it shall end, and start again.
    Restart,
    /// A command: it shall end now, and stay so. Nothing is waited for.
    Kill,
    /// It was spawned.
    Spawned,
    /// It could not be spawned.
    SpawnFailed,
    /// Its first process has ended. Those that it has started may still run.
    Exited(Exit),
    /// None of its processes runs, nor any that they have started.
    FamilyGone,
    /// It reports that it is ready (`process.send('ready')`).
    SaidReady,
    /// A watched file has changed.
    Changed,
    /// A time of `cron_restart` has come.
    Scheduled,
    /// It uses more memory than `max_memory_restart`.
    TooMuchMemory,
    /// Its `alive` probe has succeeded.
    Well,
    /// Its `alive` probe has failed.
    Unwell,
    /// What it depends on with `restarts` has restarted.
    DependencyRestarted,
    /// Time has passed: [`Machine::deadline`](super::Machine::deadline) has come.
    Tick,
}

/// How a process has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i64),
    /// By this signal.
    Signal(i32),
    /// It was never there: it could not be spawned.
    NotSpawned,
}

impl Exit {
    /// Its exit code, also for `stop_exit_codes`: that of a signal is 128 and its number, as shells say it.
    /// (For PM2 it is 0: `code || 0` in `God.executeApp` of `lib/God.js`.) `None` if it was never there.
    #[must_use]
    pub fn code(self) -> Option<i64> {
        match self {
            Exit::Code(code) => Some(code),
            Exit::Signal(signal) => Some(128 + i64::from(signal)),
            Exit::NotSpawned => None,
        }
    }

    /// The signal that has killed it.
    #[must_use]
    pub fn signal(self) -> Option<i32> {
        match self {
            Exit::Signal(signal) => Some(signal),
            Exit::Code(_) | Exit::NotSpawned => None,
        }
    }

    /// Whether it has done what it had to do.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Exit::Code(0)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(formatter, "exited with code {code}"),
            Exit::Signal(signal) => write!(formatter, "killed by {}", signal_name(*signal)),
            Exit::NotSpawned => formatter.write_str("could not be started"),
        }
    }
}
