//! What an operation tells while it works.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// Something that an operation has done or begins to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// Another run is at work; this one goes on when it has ended.
    Waiting {
        /// Who it is.
        holder: String,
    },
    /// PM2's daemon was started.
    Launched {
        /// Its version.
        version: String,
    },
    /// Something that the operation does nothing about.
    Note {
        /// What it is.
        message: String,
    },
    /// A process that no PM2 daemon knows any more is ended.
    Orphan {
        /// Its app.
        app: String,
        /// Its number.
        pid: u32,
        /// Whether the daemon lives and has lost it; else it was killed and left it behind.
        lost: bool,
    },
    /// An app runs as it is written.
    Kept {
        /// The app.
        app: String,
    },
    /// An app is being ended.
    Stopping {
        /// The app.
        app: String,
    },
    /// An app has ended, and PM2 has forgotten it.
    Stopped {
        /// The app.
        app: String,
    },
    /// An app is being started.
    Starting {
        /// The app.
        app: String,
    },
    /// An app is online.
    Started {
        /// The app.
        app: String,
        /// The number of its first process.
        pid: u32,
    },
    /// An app is online and its probe has not succeeded yet.
    Probing {
        /// The app.
        app: String,
    },
    /// The probe of an app succeeds.
    Ready {
        /// The app.
        app: String,
        /// The time since its start, in milliseconds.
        #[serde(rename = "after_ms", serialize_with = "milliseconds")]
        after: Duration,
    },
    /// An app that others wait for until it has ended has ended with exit code 0.
    Completed {
        /// The app.
        app: String,
    },
    /// All that was to be started is started; a last look follows.
    Up {
        /// The time it took, in milliseconds.
        #[serde(rename = "after_ms", serialize_with = "milliseconds")]
        after: Duration,
    },
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128(duration.as_millis())
}

/// One line for a person.
impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Waiting { holder } => write!(formatter, "waiting for {holder} to end"),
            Event::Launched { version } => write!(formatter, "PM2 {version} started"),
            Event::Note { message } => formatter.write_str(message),
            Event::Orphan { app, pid, lost: false } => write!(
                formatter,
                "{app}: ending process {pid}, which a PM2 daemon left behind when it was killed"
            ),
            Event::Orphan { app, pid, lost: true } => {
                write!(formatter, "{app}: ending process {pid}, which PM2 does not know any more")
            }
            Event::Kept { app } => write!(formatter, "{app}: runs already"),
            Event::Stopping { app } => write!(formatter, "{app}: stopping"),
            Event::Stopped { app } => write!(formatter, "{app}: stopped"),
            Event::Starting { app } => write!(formatter, "{app}: starting"),
            Event::Started { app, pid } => write!(formatter, "{app}: started, process {pid}"),
            Event::Probing { app } => write!(formatter, "{app}: waiting until it is ready"),
            Event::Ready { app, after } => {
                write!(formatter, "{app}: ready after {:.1} s", after.as_secs_f64())
            }
            Event::Completed { app } => write!(formatter, "{app}: completed"),
            Event::Up { after } => write!(formatter, "up after {:.1} s", after.as_secs_f64()),
        }
    }
}

/// Whoever is told of events.
pub type Observer<'o> = dyn FnMut(Event) + 'o;
