//! What can be wrong with Supvisors, and what to do about it.

use std::fmt;

use promethean_core::diagnostic::Diagnostic;
use promethean_core::emit::supvisors::{PASSWORD, VERSION};
use promethean_core::foreign::Foreign;

use crate::engine::{Cause, EngineError, ErrorKind};

/// The machines cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SupvisorsError {
    /// The written server is none. The text is not shown where it may hold a password.
    Server {
        /// What is wrong with it.
        reason: String,
        /// What to write instead.
        help: String,
    },
    /// The password cannot be sent.
    BadPassword,
    /// No machine answers.
    NoAnswer {
        /// Each with the reason.
        tried: Vec<(String, String)>,
    },
    /// A machine does not take the password.
    Password {
        /// The machine.
        server: String,
        /// Whether one was sent.
        sent: bool,
    },
    /// A machine went away.
    Lost {
        /// The machine.
        server: String,
        /// What happened.
        reason: String,
    },
    /// A machine runs Supervisor without Supvisors.
    NotSupvisors {
        /// The machine.
        server: String,
    },
    /// The machines did not find each other in time.
    NotJoined {
        /// The machine that says so.
        server: String,
        /// What they do, in the word of Supvisors.
        phase: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// A machine rejected a request.
    Refused {
        /// The machine.
        server: String,
        /// Its code.
        code: i32,
        /// Its reason.
        reason: String,
    },
    /// A machine answered something that this version does not know.
    Unexpected {
        /// The machine.
        server: String,
        /// What it is.
        reason: String,
    },
}

impl SupvisorsError {
    /// What is wrong, and what to do about it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            SupvisorsError::Server { reason, help } => {
                Diagnostic::new(format!("`--server`: {}", Foreign(reason))).help(help.as_str())
            }
            SupvisorsError::BadPassword => {
                Diagnostic::new(format!("{PASSWORD} is not UTF-8, or has a line break"))
                    .help("set it to the password with which `supervisord` was started")
            }
            SupvisorsError::NoAnswer { tried } => {
                let each = tried
                    .iter()
                    .map(|(server, reason)| format!("{}: {}", Foreign(server), Foreign(reason)));
                let each: Vec<String> = each.collect();
                let message = format!("no machine answers\n  {}", each.join("\n  "));
                Diagnostic::new(message).help(
                    "start it there: `supervisord -c MACHINE/supervisord.conf` in the directory of \
                     `supvisors -o DIR`; another port or way to a machine is `--server http://HOST:PORT`",
                )
            }
            SupvisorsError::Password { server, sent } => {
                let server = Foreign(server);
                match sent {
                    true => Diagnostic::new(format!("{server} does not accept the password")),
                    false => Diagnostic::new(format!("{server} asks for a password")),
                }
                .help(format!(
                    "set {PASSWORD} to the password with which its `supervisord` was started"
                ))
            }
            SupvisorsError::Lost { server, reason } => {
                let message = format!("{}: {}", Foreign(server), Foreign(reason));
                Diagnostic::new(message)
                    .help("run the command again; `--server` names another machine to ask")
            }
            SupvisorsError::NotSupvisors { server } => Diagnostic::new(format!(
                "{} runs Supervisor without Supvisors",
                Foreign(server)
            ))
            .help(
                "write its configuration with `supvisors -o DIR`, and start `supervisord` with it",
            ),
            SupvisorsError::NotJoined { server, phase, seconds } => Diagnostic::new(format!(
                "the machines have not found each other within {seconds} seconds: {} is in the phase {}",
                Foreign(server),
                Foreign(phase)
            ))
            .help("see `supervisord.log` on the machines, and whether they reach each other by their hosts"),
            SupvisorsError::Refused { server, reason, .. } => Diagnostic::new(format!(
                "{} rejected the request: {}",
                Foreign(server),
                Foreign(reason)
            )),
            SupvisorsError::Unexpected { server, reason } => Diagnostic::new(format!(
                "unexpected response from {}: {}",
                Foreign(server),
                Foreign(reason)
            ))
            .help(format!("it must be a Supervisor with Supvisors {VERSION}")),
        }
    }
}

impl fmt::Display for SupvisorsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic().fmt(formatter)
    }
}

impl std::error::Error for SupvisorsError {}

impl Cause for SupvisorsError {
    fn diagnostic(&self) -> Diagnostic {
        SupvisorsError::diagnostic(self)
    }
}

impl From<SupvisorsError> for EngineError {
    fn from(error: SupvisorsError) -> EngineError {
        let kind = match &error {
            SupvisorsError::Lost { .. } => ErrorKind::Lost,
            SupvisorsError::Refused { reason, .. } => ErrorKind::Refused { reason: reason.clone() },
            SupvisorsError::Server { .. }
            | SupvisorsError::BadPassword
            | SupvisorsError::NoAnswer { .. }
            | SupvisorsError::Password { .. }
            | SupvisorsError::NotSupvisors { .. }
            | SupvisorsError::NotJoined { .. }
            | SupvisorsError::Unexpected { .. } => ErrorKind::Unusable,
        };
        EngineError::new(kind, error)
    }
}
