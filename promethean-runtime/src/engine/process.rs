//! A process in an engine's list.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use camino::Utf8PathBuf;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, Serializer};

use super::Record;

/// An engine's number for a process.
pub type ProcessId = u64;

/// What a process does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It is about to run: the engine waits until it listens.
    Launching,
    /// It runs.
    Online,
    /// It is about to end.
    Stopping,
    /// It has ended and is not restarted.
    #[default]
    Stopped,
    /// It failed too often and is not restarted.
    Errored,
    /// It has ended and waits for its restart.
    WaitingRestart,
    /// Another phase, in the engine's own word.
    Other(String),
}

impl Phase {
    /// Its word.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Phase::Launching => "launching",
            Phase::Online => "online",
            Phase::Stopping => "stopping",
            Phase::Stopped => "stopped",
            Phase::Errored => "errored",
            Phase::WaitingRestart => "waiting restart",
            Phase::Other(word) => word,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl Serialize for Phase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// One process of an engine's list.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Process {
    /// The engine's number for it.
    pub id: ProcessId,
    /// The name of its app.
    pub name: String,
    /// Its operating-system process; 0 when it has none.
    pub pid: u32,
    /// What it does.
    pub phase: Phase,
    /// The exit code of its last process.
    pub exit_code: Option<i64>,
    /// How often it was restarted.
    pub restarts: u64,
    /// How often it ended too early since its start was last asked for. The end of the process that was
    /// asked to restart may be among them.
    pub unstable_restarts: u64,
    /// When its process was started, in milliseconds of the Unix time.
    pub since: u64,
    /// When its start was last asked for, by a user, a schedule or a watch, in milliseconds of the Unix
    /// time. A restart because it has ended does not count. 0 if the engine does not know.
    pub requested: u64,
    /// Whether nobody has ever asked for a restart, as far as the engine knows: all its restarts are
    /// because it had ended.
    pub never_asked: bool,
    /// Whether a restart was asked for, by a user, a schedule or a watch, and has not happened yet: the old
    /// process is being ended.
    pub is_being_replaced: bool,
    /// Whether its current run was asked for; otherwise it is a restart because the process had ended. `None`
    /// if the engine does not know.
    pub was_asked_for: Option<bool>,
    /// Whether it was restarted because its `alive` probe failed, and the probe has not succeeded since.
    pub is_unwell: bool,
    /// Whether it was told to end when it ended last; otherwise it has ended by itself. `None` if the engine
    /// does not know.
    pub was_told_to_end: Option<bool>,
    /// The signal that has killed it, if nobody has asked the engine to end it.
    pub killed_by: Option<i32>,
    /// Why it restarts or has restarted, or starts again, in words, where it was not because it had ended:
    /// `restarts: src/app.js has changed`.
    pub cause: Option<String>,
    /// What is wrong with its logs, in words.
    pub log_trouble: Option<String>,
    /// How long the engine waits before it restarts it.
    pub restart_delay: Option<Duration>,
    /// Whether it did not report in time that it is ready, and should have.
    pub is_silent: bool,
    /// Bytes of memory.
    pub memory: u64,
    /// Processor time, in percent of one processor.
    pub cpu: f64,
    /// Whether it shares what it listens on with the others of its app: a process of a cluster.
    pub shares: bool,
    /// The file of its standard output.
    pub out_file: Option<Utf8PathBuf>,
    /// The file of its standard error.
    pub error_file: Option<Utf8PathBuf>,
    /// The file of both.
    pub log_file: Option<Utf8PathBuf>,
    /// The environment that the engine keeps for it.
    pub env: Values,
    /// What was remembered when it was started from an ecosystem; none of others.
    pub record: Option<Record>,
}

impl Process {
    /// Whether it runs.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.phase == Phase::Online && self.pid != 0
    }

    /// Why it restarts or has restarted, without the first word: `src/app.js has changed`.
    #[must_use]
    pub fn why_it_restarts(&self) -> Option<&str> {
        let cause = self.cause.as_deref()?;
        Some(cause.strip_prefix("restarts: ").unwrap_or(cause))
    }

    /// Whether it has ended for good, with exit code 0.
    #[must_use]
    pub fn has_completed(&self) -> bool {
        matches!(self.phase, Phase::Stopped | Phase::Errored) && self.exit_code == Some(0)
    }

    /// Whether it has ended by itself, and what it has started still ends. False where the engine does not know.
    #[must_use]
    pub fn has_ended_by_itself(&self) -> bool {
        self.is_stopping() && self.pid == 0 && self.was_told_to_end == Some(false)
    }

    /// Whether its current run is a restart because it had ended, and not because it was asked for.
    ///
    /// Where the engine does not know, `is_asked` says whether somebody else than a user asks for restarts: a
    /// schedule, or a watch. A single early end may then be that of the process that was asked to restart.
    #[must_use]
    pub fn has_crashed(&self, is_asked: bool) -> bool {
        if let Some(was_asked_for) = self.was_asked_for {
            return self.restarts > 0 && !was_asked_for;
        }
        let late = self.requested != 0 && self.since > self.requested.saturating_add(LONGEST_END);
        let early = self.unstable_restarts > u64::from(is_asked);
        self.restarts > 0 && (self.never_asked || early || late)
    }

    /// Whether the engine waits until it listens.
    #[must_use]
    pub fn is_launching(&self) -> bool {
        self.phase == Phase::Launching
    }

    /// Whether the engine ends it.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.phase == Phase::Stopping
    }
}

/// The end of a cause that is a changed file.
pub(crate) const HAS_CHANGED: &str = "has changed";

/// The name of a signal, such as `SIGSEGV`.
#[must_use]
pub fn signal_name(signal: i32) -> String {
    #[cfg(unix)]
    if let Some(name) = signal_hook::low_level::signal_name(signal) {
        return name.to_owned();
    }
    format!("signal {signal}")
}

/// How long a process that is replaced on request may take to end, in milliseconds, as far as an engine does
/// not know that it is.
pub(crate) const LONGEST_END: u64 = 60_000;

/// An environment as an engine keeps it. `Debug` shows only the names.
#[derive(Clone, Default)]
pub struct Values(BTreeMap<String, SecretString>);

impl Values {
    /// Each variable's name and value. Whatever is done with the values: they may be secrets.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.expose_secret()))
    }

    /// The value of a variable, which may be a secret.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(SecretString::expose_secret)
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Values {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Values {
        let variables = variables.into_iter();
        Values(variables.map(|(name, value)| (name.into(), value.into().into())).collect())
    }
}
