//! What is to be done with a process.

use std::fmt;
use std::time::Duration;

use super::{Exit, State};

/// What is to be done with a process, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start it. Nothing of it runs.
    Spawn,
    /// Ask it to end.
    Ask(Ask),
    /// Kill it and all that it has started: SIGKILL.
    Kill,
    /// Write this to the engine's log.
    Record(Fact),
}

/// How a process is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// By the message `shutdown`; by [`Ask::Process`] where it takes none.
    Message,
    /// By SIGINT to its first process.
    Process,
    /// By SIGINT to its first process and to all that it has started, the latest first.
    Family,
}

/// What has happened, for the engine's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It runs.
    Online,
    /// It runs, and has not reported in time that it is ready.
    Silent,
    /// Its first process has ended.
    Ended(Exit),
    /// It waits this long, and restarts.
    RestartsIn(Duration),
    /// It is ended so that it restarts.
    Restarting(Cause),
    /// It did not end when it was asked to, and is killed.
    Killed,
    /// Nothing of it runs, and nothing starts by itself.
    AtRest(State),
}

/// Why a process that runs is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody asked for it.
    Command,
    /// A watched file has changed.
    Change,
    /// `cron_restart`
    Schedule,
    /// `max_memory_restart`
    Memory,
    /// `alive`
    Probe,
    /// `restarts` of a dependency.
    Dependency,
}

impl fmt::Display for Fact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Online => formatter.write_str("online"),
            Fact::Silent => {
                formatter.write_str("online; it did not report in time that it is ready")
            }
            Fact::Ended(exit) => exit.fmt(formatter),
            Fact::RestartsIn(delay) => write!(formatter, "restarts in {delay:?}"),
            Fact::Restarting(cause) => write!(formatter, "restarts: {cause}"),
            Fact::Killed => formatter.write_str("killed"),
            Fact::AtRest(state) => formatter.write_str(match state {
                State::Stopped => "stopped",
                State::Completed => "completed",
                State::Failed => "failed",
                State::GivenUp => "ended too early too often: not restarted",
                State::Starting | State::Online | State::Restarting | State::Stopping => "runs",
            }),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Cause::Command => "requested",
            Cause::Change => "a watched file has changed",
            Cause::Schedule => "its schedule says so",
            Cause::Memory => "it uses too much memory",
            Cause::Probe => "its `alive` probe has failed too often",
            Cause::Dependency => "what it depends on has restarted",
        })
    }
}
