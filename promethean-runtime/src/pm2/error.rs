//! What can be wrong with PM2, and what to do about it.

use std::fmt;
use std::path::PathBuf;

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::{Foreign, Lines};

use crate::engine::state_file::{self, StateError};
use crate::engine::store::Unusable;
use crate::engine::{Cause, EngineError, ErrorKind, lock};
use crate::parallel::{RAISE_LIMIT, are_scarce};

/// PM2 cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pm2Error {
    /// No PM2 on this machine.
    NotInstalled,
    /// The path that was given leads nowhere.
    NotThere {
        /// What was given.
        path: PathBuf,
        /// The option or variable that gave it.
        source_of_path: &'static str,
        /// Why it cannot be followed.
        reason: String,
    },
    /// The path that was given is not PM2's.
    NotPm2 {
        /// What was given or found.
        path: PathBuf,
        /// The option or variable that gave it.
        source_of_path: &'static str,
    },
    /// An old version.
    TooOld {
        /// Its version.
        version: String,
        /// The directory of its package.
        package: PathBuf,
    },
    /// No Node beside PM2 or on PATH.
    NoNode,
    /// PM2's home cannot be used.
    Home {
        /// The directory or file.
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
    /// PM2's home is so deep that its sockets cannot be bound.
    SocketPath {
        /// The path of the socket.
        path: PathBuf,
        /// How long it is, in bytes.
        length: usize,
        /// How many bytes the operating system has for it and the zero behind it.
        limit: usize,
    },
    /// Another run is at work.
    Locked {
        /// PM2's home.
        home: PathBuf,
        /// Who holds the lock.
        holder: String,
    },
    /// The Node process that talks to PM2 cannot be started or ended.
    Client {
        /// The Node that runs it.
        node: PathBuf,
        /// What happened, with the last lines it printed.
        reason: String,
    },
    /// The daemon went away.
    DaemonLost,
    /// The daemon that was launched is not there yet.
    NotStarted {
        /// How long.
        seconds: u64,
        /// The daemon's log.
        log: PathBuf,
    },
    /// The daemon does not answer.
    NoAnswer {
        /// How long.
        seconds: u64,
        /// The daemon's log.
        log: PathBuf,
    },
    /// PM2 answered with an error.
    Refused {
        /// What PM2 says.
        reason: String,
    },
    /// The operating system gives no more processes and threads.
    Scarce {
        /// What failed because of that.
        failed: Box<Pm2Error>,
    },
    /// PM2 answered with something else than is known of its versions.
    Unexpected {
        /// The version of the package.
        version: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Pm2Error {
    /// PM2 of this version answered with something else than was asked for.
    pub(super) fn unexpected(version: &str, reason: &impl ToString) -> Pm2Error {
        Pm2Error::Unexpected { version: version.to_owned(), reason: reason.to_string() }
    }

    /// The same, with its likely cause where that is a limit of processes.
    pub(super) fn at_a_limit(self) -> Pm2Error {
        match self {
            failed @ (Pm2Error::Client { .. }
            | Pm2Error::DaemonLost
            | Pm2Error::NotStarted { .. }
            | Pm2Error::NoAnswer { .. }
            | Pm2Error::Refused { .. })
                if are_scarce() =>
            {
                Pm2Error::Scarce { failed: Box::new(failed) }
            }
            other => other,
        }
    }

    /// What is wrong, and what to do about it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Pm2Error::NotInstalled => Diagnostic::new(
                "PM2 is not installed: `pm2` is neither on PATH nor in `node_modules/.bin`",
            )
            .help(
                "run `up --engine embedded`, which needs no PM2; or `npm install --global pm2`, or set \
                 `--pm2 FILE` or PROMETHEAN_PM2",
            ),
            Pm2Error::NotThere { path, source_of_path, reason } => {
                let (path, reason) = (Foreign(path.display()), Foreign(reason));
                Diagnostic::new(format!("{source_of_path}: {path}: {reason}"))
                    .help("give the path of the program `pm2`")
            }
            Pm2Error::NotPm2 { path, source_of_path } => Diagnostic::new(format!(
                "{source_of_path}: {} does not belong to the npm package `pm2`",
                Foreign(path.display())
            ))
            .help("give the path of the program `pm2`, or of its package"),
            Pm2Error::TooOld { version, package } => Diagnostic::new(format!(
                "PM2 {} in {} is too old: versions 5, 6 and 7 are supported",
                Foreign(version),
                Foreign(package.display())
            ))
            .help("run `npm install --global pm2@latest`, then `pm2 update`"),
            Pm2Error::NoNode => Diagnostic::new("PM2 needs Node, but `node` is not on PATH")
                .help("install Node 20 or newer"),
            Pm2Error::Home { path, reason } => Diagnostic::new(format!(
                "cannot use {} in PM2's home: {}",
                Foreign(path.display()),
                Foreign(reason)
            ))
            .help("move it, or set PM2_HOME to another directory"),
            Pm2Error::StateFile { path, reason } => state_file::unreadable(path, reason)
            .help(
                "it says which processes are of which app; without it they could be started twice. \
                 Remove it and run the command again: what runs is then found by PM2's list, its \
                 pid files and the environments of processes",
            ),
            Pm2Error::SocketPath { path, length, limit } => Diagnostic::new(format!(
                "PM2 cannot listen on {}: the path has {length} bytes, and that of a socket must \
                 have fewer than {limit}",
                Foreign(path.display())
            ))
            .help("set PM2_HOME to a shorter path; it can be a symbolic link to the directory"),
            Pm2Error::Locked { home, holder } => lock::held(home, holder),
            Pm2Error::Client { node, reason } => Diagnostic::new(format!(
                "PM2's client, run by {}, {}",
                Foreign(node.display()),
                Lines(reason)
            )),
            Pm2Error::DaemonLost => Diagnostic::new("PM2's daemon ended during a request")
                .help("run the command again: it continues from what is running"),
            Pm2Error::NotStarted { seconds, log } => {
                Diagnostic::new(format!("PM2's daemon has not started within {seconds} seconds"))
                    .help(format!(
                        "run the command again if the machine is busy; see its log, {}",
                        Foreign(log.display())
                    ))
            }
            Pm2Error::NoAnswer { seconds, log } => {
                Diagnostic::new(format!("PM2's daemon has not answered for {seconds} seconds"))
                    .help(format!(
                        "run the command again if the machine is busy; see its log, {}; `pm2 kill` \
                         ends the daemon and all its apps",
                        Foreign(log.display())
                    ))
            }
            Pm2Error::Refused { reason } => {
                Diagnostic::new(format!("PM2 rejected the request: {}", Lines(reason)))
            }
            Pm2Error::Scarce { failed } => Diagnostic::new(format!(
                "{}; this user may start only few more processes and threads",
                failed.diagnostic().message
            ))
            .help(RAISE_LIMIT),
            Pm2Error::Unexpected { version, reason } => Diagnostic::new(format!(
                "unexpected response from PM2 {}: {}",
                Foreign(version),
                Lines(reason)
            )),
        }
    }
}

impl fmt::Display for Pm2Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic().fmt(formatter)
    }
}

impl std::error::Error for Pm2Error {}

impl Cause for Pm2Error {
    fn diagnostic(&self) -> Diagnostic {
        Pm2Error::diagnostic(self)
    }
}

impl From<Unusable> for Pm2Error {
    fn from(Unusable { path, reason }: Unusable) -> Pm2Error {
        Pm2Error::Home { path, reason }
    }
}

impl From<StateError> for Pm2Error {
    fn from(error: StateError) -> Pm2Error {
        match error {
            StateError::Directory(unusable) => unusable.into(),
            StateError::File(Unusable { path, reason }) => Pm2Error::StateFile { path, reason },
        }
    }
}

impl From<Pm2Error> for EngineError {
    fn from(error: Pm2Error) -> EngineError {
        let kind = match &error {
            Pm2Error::Locked { .. } => ErrorKind::Locked,
            Pm2Error::DaemonLost => ErrorKind::Lost,
            Pm2Error::Refused { reason } => ErrorKind::Refused { reason: reason.clone() },
            Pm2Error::NotInstalled
            | Pm2Error::NotThere { .. }
            | Pm2Error::NotPm2 { .. }
            | Pm2Error::TooOld { .. }
            | Pm2Error::NoNode
            | Pm2Error::Home { .. }
            | Pm2Error::StateFile { .. }
            | Pm2Error::SocketPath { .. }
            | Pm2Error::Client { .. }
            | Pm2Error::NotStarted { .. }
            | Pm2Error::NoAnswer { .. }
            | Pm2Error::Scarce { .. }
            | Pm2Error::Unexpected { .. } => ErrorKind::Unusable,
        };
        EngineError::new(kind, error)
    }
}
