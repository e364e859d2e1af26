//! Whether something is ready: a probe is tried until it succeeds.
//!
//! Waiting blocks; each waiting app has its own thread.

mod addresses;
mod exec;
mod http;
mod log;
mod tcp;

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use promethean_core::foreign::Foreign;
use promethean_core::probe::{Probe, Test};
use promethean_core::secrets::Redaction;

pub(crate) use http::{TLS_HELP, without_tls};
pub use log::LogWatch;
#[cfg(feature = "supvisors")]
pub(crate) use tcp::stream as connection;

/// Where and with what a probe is tried.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The directory of programs and what their relative paths start from.
    pub directory: Utf8PathBuf,
    /// All variables that a program sees.
    pub environment: Environment,
    /// The numbers of the user and the group that run programs; `None` for those of this process.
    pub user: Option<(u32, u32)>,
    /// The logs that lines are looked for in.
    pub logs: LogWatch,
}

/// The variables of a probe's program. `Debug` shows only the names.
#[derive(Clone, Default)]
pub struct Environment(pub Vec<(String, String)>);

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Why a probe did not succeed: what was tried, and the result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", Foreign(self.told()))]
pub struct Refusal {
    /// What we say: no value of a variable is in it.
    words: String,
    /// What the program or the server says, which may hold any value.
    foreign: String,
    /// Whether the time was over before all was looked at.
    unfinished: bool,
}

impl Refusal {
    fn new(words: String) -> Refusal {
        Refusal::with(words, String::new())
    }

    fn with(words: String, foreign: String) -> Refusal {
        Refusal { words, foreign, unfinished: false }
    }

    fn unfinished(self) -> Refusal {
        Refusal { unfinished: true, ..self }
    }

    /// Whether nobody knows if it is ready: the time was over before all was looked at.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// What we say of it: no value of a variable is in it.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The same without hidden values.
    #[must_use]
    pub fn without(self, hidden: &Redaction) -> Refusal {
        Refusal { foreign: hidden.of(&self.foreign).into_owned(), ..self }
    }

    fn told(&self) -> String {
        match self.foreign.is_empty() {
            true => self.words.clone(),
            false => format!("{}: {}", self.words, self.foreign),
        }
    }
}

/// Why waiting for a probe has ended without success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The time is up.
    #[error("did not become ready within {:.1} s: {last}", timeout.as_secs_f64())]
    TimedOut {
        /// How long it was tried.
        timeout: Duration,
        /// What came of the last try.
        last: Refusal,
    },
    /// Whoever waited has stopped waiting.
    #[error("the wait was cancelled")]
    Stopped,
}

impl NotReady {
    /// The same without hidden values.
    #[must_use]
    pub fn without(self, hidden: &Redaction) -> NotReady {
        match self {
            NotReady::TimedOut { timeout, last } => {
                NotReady::TimedOut { timeout, last: last.without(hidden) }
            }
            NotReady::Stopped => NotReady::Stopped,
        }
    }
}

/// Tries a test once, for so long.
///
/// # Errors
///
/// What came of it in place of success.
pub fn try_once(
    test: &Test,
    surroundings: &mut Surroundings,
    limit: Duration,
) -> Result<(), Refusal> {
    match test {
        Test::Tcp(address) => tcp::connect(address, limit),
        Test::Http { url, status } => http::get(url, *status, limit),
        Test::Log(pattern) => surroundings.logs.find(pattern, limit),
        Test::Exec { program, args } => exec::run(program, args, surroundings, limit),
    }
}

/// Tries a probe at once and then at its intervals until it succeeds, its timeout is over, or
/// `stop` says so. The last try begins when the timeout is over. A single try takes at most an
/// interval, or a second if that is longer.
///
/// # Errors
///
/// It did not succeed.
pub fn wait(
    probe: &Probe,
    surroundings: &mut Surroundings,
    stop: &dyn Fn() -> bool,
) -> Result<(), NotReady> {
    const LEAST: Duration = Duration::from_secs(1);
    let start = Instant::now();
    loop {
        if stop() {
            return Err(NotReady::Stopped);
        }
        let tried = Instant::now();
        let is_last = start.elapsed() >= probe.timeout;
        let rest = probe.timeout.saturating_sub(start.elapsed());
        let limit = probe.interval.max(LEAST).min(rest.max(LEAST));
        let Err(last) = try_once(&probe.test, surroundings, limit) else { return Ok(()) };
        if is_last || tried.elapsed() >= LEAST && start.elapsed() >= probe.timeout {
            return Err(NotReady::TimedOut { timeout: probe.timeout, last });
        }
        let rest = probe.timeout.saturating_sub(start.elapsed());
        pause(probe.interval.saturating_sub(tried.elapsed()).min(rest), stop);
    }
}

/// Sleeps, but not on when `stop` says so.
fn pause(duration: Duration, stop: &dyn Fn() -> bool) {
    const STEP: Duration = Duration::from_millis(50);
    let start = Instant::now();
    while let Some(rest) = duration.checked_sub(start.elapsed())
        && !rest.is_zero()
        && !stop()
    {
        thread::sleep(rest.min(STEP));
    }
}
