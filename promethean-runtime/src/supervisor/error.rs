//! What can be wrong with the embedded engine, and what to do about it.

use std::fmt;
use std::path::PathBuf;

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::{Foreign, Lines};

use crate::engine::state_file::{self, StateError};
use crate::engine::store::Unusable;
use crate::engine::{Cause, EngineError, ErrorKind, lock};
use crate::parallel::{RAISE_LIMIT, tells_of_limit};

/// The embedded engine cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmbeddedError {
    /// Its directory or a file in it cannot be used.
    Home {
        /// The directory or file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Whether it runs an ecosystem is not known, because its directory cannot be looked into.
    Unseen {
        /// The directory.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// What is remembered of apps cannot be read.
    StateFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Another run is at work.
    Locked {
        /// The engine's directory.
        home: PathBuf,
        /// Who holds the lock.
        holder: String,
    },
    /// It cannot be started.
    NotStarted {
        /// What happened.
        reason: String,
    },
    /// It went away.
    Lost,
    /// It ends all that it runs, and nobody has asked it to, or it was killed.
    Ended {
        /// Why; `None` where it was killed.
        why: Option<String>,
        /// Its log.
        log: PathBuf,
    },
    /// It does not answer.
    NoAnswer {
        /// How long.
        seconds: u64,
        /// Its log.
        log: PathBuf,
    },
    /// It answered with an error.
    Refused {
        /// What it says.
        reason: String,
    },
    /// It answered something that this version does not know.
    Unexpected,
}

impl EmbeddedError {
    /// What is wrong, and what to do about it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            EmbeddedError::Home { path, reason } => Diagnostic::new(format!(
                "the embedded engine cannot use {}: {}",
                Foreign(path.display()),
                Foreign(reason)
            ))
            .help(match tells_of_limit(reason) {
                true => RAISE_LIMIT,
                false => "move it, or set PROMETHEAN_HOME to another directory",
            }),
            EmbeddedError::Unseen { path, reason } => Diagnostic::new(format!(
                "whether the embedded engine runs this system is not known: {}: {}",
                Foreign(path.display()),
                Foreign(reason)
            ))
            .help("make that a directory that you can read, or choose: `--engine pm2`"),
            EmbeddedError::StateFile { path, reason } => state_file::unreadable(path, reason).help(
                "it says which processes are of which app; remove it and run the command again",
            ),
            EmbeddedError::Locked { home, holder } => lock::held(home, holder),
            EmbeddedError::NotStarted { reason } => {
                Diagnostic::new(format!("the embedded engine cannot be started: {}", Lines(reason)))
                    .help(match tells_of_limit(reason) {
                        true => RAISE_LIMIT,
                        false => "the program's `main` must be that of `promethean::main`",
                    })
            }
            EmbeddedError::Ended { why, log } => Diagnostic::new(match why {
                Some(why) => {
                    format!("the embedded engine has ended all that it ran: {}", Foreign(why))
                }
                None => "the embedded engine was killed, or has crashed".to_owned(),
            })
            .help(format!("see {}", Foreign(log.display()))),
            EmbeddedError::Lost => Diagnostic::new("the embedded engine ended during a request")
                .help("run the command again: it continues from what is running"),
            EmbeddedError::NoAnswer { seconds, log } => Diagnostic::new(format!(
                "the embedded engine has not answered for {seconds} seconds"
            ))
            .help(format!("see its log, {}", Foreign(log.display()))),
            EmbeddedError::Refused { reason } => Diagnostic::new(format!(
                "the embedded engine rejected the request: {}",
                Lines(reason)
            )),
            EmbeddedError::Unexpected => {
                Diagnostic::new("unexpected response from the embedded engine").help(
                    "it was started by another version of this program: end it with the version \
                     that started it, or with `kill`",
                )
            }
        }
    }
}

impl fmt::Display for EmbeddedError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic().fmt(formatter)
    }
}

impl std::error::Error for EmbeddedError {}

impl Cause for EmbeddedError {
    fn diagnostic(&self) -> Diagnostic {
        EmbeddedError::diagnostic(self)
    }
}

impl From<Unusable> for EmbeddedError {
    fn from(Unusable { path, reason }: Unusable) -> EmbeddedError {
        EmbeddedError::Home { path, reason }
    }
}

impl From<StateError> for EmbeddedError {
    fn from(error: StateError) -> EmbeddedError {
        match error {
            StateError::Directory(unusable) => unusable.into(),
            StateError::File(Unusable { path, reason }) => {
                EmbeddedError::StateFile { path, reason }
            }
        }
    }
}

impl From<EmbeddedError> for EngineError {
    fn from(error: EmbeddedError) -> EngineError {
        let kind = match &error {
            EmbeddedError::Locked { .. } => ErrorKind::Locked,
            EmbeddedError::Lost => ErrorKind::Lost,
            EmbeddedError::Refused { reason } => ErrorKind::Refused { reason: reason.clone() },
            EmbeddedError::Home { .. }
            | EmbeddedError::Unseen { .. }
            | EmbeddedError::StateFile { .. }
            | EmbeddedError::Ended { .. }
            | EmbeddedError::NotStarted { .. }
            | EmbeddedError::NoAnswer { .. }
            | EmbeddedError::Unexpected => ErrorKind::Unusable,
        };
        EngineError::new(kind, error)
    }
}
