//! What a process does, in a word.

use crate::engine::Phase;

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is being started, or has not reported yet that it is ready (`wait_ready`).
    Starting,
    /// It runs.
    Online,
    /// It has ended, or is being ended, and starts again.
    Restarting,
    /// It is being ended, or what it has started is, and nothing starts again.
    Stopping,
    /// It was stopped by a command, or never started. Only a command starts it.
    Stopped,
    /// It has ended for good, with exit code 0.
    Completed,
    /// It has ended for good, in another way.
    Failed,
    /// It ended too early too often: `max_restarts`.
    GivenUp,
}

impl State {
    /// Whether nothing of it runs and nothing will without a command, a change or a schedule.
    #[must_use]
    pub fn is_at_rest(self) -> bool {
        match self {
            State::Stopped | State::Completed | State::Failed | State::GivenUp => true,
            State::Starting | State::Online | State::Restarting | State::Stopping => false,
        }
    }
}

/// The word for it in the list of processes.
impl From<State> for Phase {
    fn from(state: State) -> Phase {
        match state {
            State::Starting => Phase::Launching,
            State::Online => Phase::Online,
            State::Restarting => Phase::WaitingRestart,
            State::Stopping => Phase::Stopping,
            State::Stopped | State::Completed | State::Failed => Phase::Stopped,
            State::GivenUp => Phase::Errored,
        }
    }
}
