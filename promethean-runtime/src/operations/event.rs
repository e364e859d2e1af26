//! Progress events of an operation.

use std::fmt;
use std::time::Duration;

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use promethean_core::list::some_of;
use serde::{Serialize, Serializer};

use crate::engine::{Orphaned, Whose};

/// Something that an operation has done or starts to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// Another run is in progress; this one continues when it ends. Repeated every few seconds.
    Waiting {
        /// Who it is.
        holder: String,
        /// How long it has been waited for, in milliseconds.
        #[serde(rename = "since_ms", serialize_with = "milliseconds")]
        since: Duration,
        /// The limit of the wait, in milliseconds.
        #[serde(rename = "limit_ms", serialize_with = "milliseconds")]
        limit: Duration,
    },
    /// The engine's daemon was started.
    Launched {
        /// The engine's name.
        engine: &'static str,
        /// The version of the daemon.
        #[serde(rename = "engine_version")]
        version: String,
    },
    /// A note for the user.
    Note(Note),
    /// A process that no daemon tracks is being ended.
    Orphan {
        /// Its app.
        #[serde(flatten)]
        whose: Whose,
        /// Its number.
        pid: u32,
        /// Whether the running daemon lost it; otherwise a killed daemon left it running.
        lost: bool,
    },
    /// An app was stopped, and a process that it had started is being ended.
    Left {
        /// The app.
        #[serde(flatten)]
        whose: Whose,
        /// The number of the process.
        pid: u32,
    },
    /// An app already runs, or has completed, with the current definition.
    Kept {
        /// The app.
        app: String,
        /// Whether it has completed.
        completed: bool,
    },
    /// The engine lists an app and does not start it, as its definition says: `autostart false`.
    NotStarted {
        /// The app.
        app: String,
        /// The pattern of the times at which it is started, if it has `cron_restart`.
        #[serde(skip_serializing_if = "Option::is_none")]
        cron: Option<String>,
    },
    /// Some processes of an app were ended; the others run on.
    Scaled {
        /// The app.
        app: String,
        /// How many it had.
        from: usize,
        /// How many it has.
        to: usize,
    },
    /// An app is being ended.
    Stopping {
        /// The app.
        app: String,
    },
    /// An app has ended, and the engine no longer lists it.
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
        /// The numbers of all of its processes that were started, in the order of the engine.
        pids: Vec<u32>,
        /// The machine that it runs on; left out where that is this one.
        #[serde(skip_serializing_if = "Option::is_none")]
        machine: Option<String>,
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
    /// An app that is waited for has ended and was restarted, as its restart policy says.
    Restarted {
        /// The app.
        app: String,
        /// How often, since it was started.
        restarts: u64,
        /// The exit code of its last run.
        exit_code: Option<i64>,
    },
    /// An app is online, and others wait until it has ended with exit code 0.
    Completing {
        /// The app.
        app: String,
        /// The limit of the wait, in milliseconds.
        #[serde(rename = "limit_ms", serialize_with = "milliseconds")]
        limit: Duration,
    },
    /// An app is still waited for. Repeated every few seconds.
    StillWaiting {
        /// The app.
        app: String,
        /// What is waited for.
        until: Awaited,
        /// How long it has been waited for, in milliseconds.
        #[serde(rename = "since_ms", serialize_with = "milliseconds")]
        since: Duration,
        /// The limit of the wait, in milliseconds.
        #[serde(rename = "limit_ms", serialize_with = "milliseconds")]
        limit: Duration,
    },
    /// An app that others wait for until it has ended has ended with exit code 0.
    Completed {
        /// The app.
        app: String,
    },
    /// Everything is started, and the final check has found nothing.
    Up {
        /// The time it took, in milliseconds.
        #[serde(rename = "after_ms", serialize_with = "milliseconds")]
        after: Duration,
    },
}

/// A note for the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it is about.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Event {
    /// The operation is interrupted, and what it has asked for is not finished.
    pub(super) fn interrupted() -> Event {
        let note = Diagnostic::new("interrupted; waiting for what is being started or stopped");
        Event::Note(note.help("a second Ctrl-C does not wait").into())
    }
}

impl From<Diagnostic> for Note {
    fn from(diagnostic: Diagnostic) -> Note {
        let Diagnostic { path, message, help } = diagnostic;
        let message = match path.is_empty() {
            true => message,
            false => format!("{path}: {message}"),
        };
        Note { message, help }
    }
}

/// The message, and the help on a line of its own.
impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Note { message, help } = self;
        let told = Diagnostic { help: help.clone(), ..Diagnostic::new(message.as_str()) };
        told.printable().fmt(formatter)
    }
}

/// What of an app is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Awaited {
    /// That the engine has stopped it.
    Stopped,
    /// That the engine has started it.
    Started,
    /// That its probe succeeds.
    Ready,
    /// That it has ended with exit code 0.
    Completed,
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128(duration.as_millis())
}

/// How a process became one that no engine lists.
pub(super) fn orphaned_how(how: Orphaned) -> &'static str {
    match how {
        Orphaned::Killed => "which a killed engine left running",
        Orphaned::Lost => "which the engine no longer tracks",
        Orphaned::Left => "which it left running",
    }
}

/// How many processes of an app are named by their numbers.
const MOST_NUMBERS: usize = 8;

/// One line for a person.
impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Waiting { holder, since, limit } => {
                let time = of_limit(*since, *limit);
                write!(formatter, "waiting for {} to end: {time}", Foreign(holder))
            }
            Event::Launched { engine, version } => {
                write!(formatter, "{engine} {} started", Foreign(version))
            }
            Event::Note(note) => note.fmt(formatter),
            Event::Orphan { whose, pid, lost } => {
                let how = orphaned_how(if *lost { Orphaned::Lost } else { Orphaned::Killed });
                write!(formatter, "{whose}: ending process {pid}, {how}")
            }
            Event::Left { whose, pid } => {
                let how = orphaned_how(Orphaned::Left);
                write!(formatter, "{whose}: ending process {pid}, {how}")
            }
            Event::Kept { app, completed: false } => {
                write!(formatter, "{}: already running", Foreign(app))
            }
            Event::Kept { app, completed: true } => {
                write!(formatter, "{}: already completed", Foreign(app))
            }
            Event::NotStarted { app, cron: Some(cron) } => write!(
                formatter,
                "{}: is started at its times, as `cron_restart {}` says",
                Foreign(app),
                Foreign(format!("{cron:?}"))
            ),
            Event::NotStarted { app, cron: None } => {
                let app = Foreign(app);
                write!(
                    formatter,
                    "{app}: not started, as `autostart false` says; `exec {app}` runs it here"
                )
            }
            Event::Scaled { app, from, to } => {
                write!(formatter, "{}: scaled from {from} to {to}", Foreign(app))
            }
            Event::Stopping { app } => write!(formatter, "{}: stopping", Foreign(app)),
            Event::Stopped { app } => write!(formatter, "{}: stopped", Foreign(app)),
            Event::Starting { app } => write!(formatter, "{}: starting", Foreign(app)),
            Event::Started { app, pid, pids, machine } => {
                write!(formatter, "{}: started", Foreign(app))?;
                if let Some(machine) = machine {
                    write!(formatter, " on {}", Foreign(machine))?;
                }
                match pids.as_slice() {
                    [] | [_] => write!(formatter, ", process {pid}"),
                    pids => {
                        let numbers: Vec<String> = pids.iter().map(u32::to_string).collect();
                        let numbers = some_of(&numbers, MOST_NUMBERS);
                        write!(formatter, ", {} processes: {numbers}", pids.len())
                    }
                }
            }
            Event::Probing { app } => {
                write!(formatter, "{}: waiting for it to become ready", Foreign(app))
            }
            Event::Ready { app, after } => {
                let seconds = after.as_secs_f64();
                write!(formatter, "{}: ready after {seconds:.1} s", Foreign(app))
            }
            Event::Restarted { app, restarts, exit_code } => {
                let app = Foreign(app);
                let code =
                    exit_code.map_or(String::new(), |code| format!(" with exit code {code}"));
                let count = if *restarts == 1 { String::new() } else { format!(" ({restarts})") };
                write!(formatter, "{app}: exited{code}, restarted{count}")
            }
            Event::Completing { app, limit } => {
                write!(
                    formatter,
                    "{}: waiting for it to complete, at most {}",
                    Foreign(app),
                    told(*limit)
                )
            }
            Event::StillWaiting { app, until, since, limit } => {
                let until = match until {
                    Awaited::Stopped => "stop",
                    Awaited::Started => "start",
                    Awaited::Ready => "become ready",
                    Awaited::Completed => "complete",
                };
                let time = of_limit(*since, *limit);
                write!(formatter, "{}: still waiting for it to {until}: {time}", Foreign(app))
            }
            Event::Completed { app } => write!(formatter, "{}: completed", Foreign(app)),
            Event::Up { after } => write!(formatter, "up after {:.1} s", after.as_secs_f64()),
        }
    }
}

/// `15 s of at most 10 min`
pub(crate) fn of_limit(since: Duration, limit: Duration) -> String {
    format!("{} of at most {}", told(since), told(limit))
}

/// `0.5 s`, `15 s`, `10 min`, `1 min 30 s`
pub(super) fn told(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, _) if duration.subsec_millis() > 0 && seconds < 5 => {
            format!("{:.1} s", duration.as_secs_f64())
        }
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// Receives events.
pub type Observer<'o> = dyn FnMut(Event) + 'o;

#[cfg(test)]
mod tests {
    use super::Event;

    #[test]
    fn all_processes_of_an_app_are_named() {
        let started = |pids: &[u32], machine: Option<&str>| {
            let (app, pid) = ("web".to_owned(), pids.first().copied().unwrap_or(0));
            let machine = machine.map(str::to_owned);
            Event::Started { app, pid, pids: pids.to_vec(), machine }.to_string()
        };
        assert_eq!(started(&[7], None), "web: started, process 7");
        assert_eq!(started(&[7, 8, 9], None), "web: started, 3 processes: 7, 8 and 9");
        assert_eq!(started(&[7, 8], Some("pi")), "web: started on pi, 2 processes: 7 and 8");
    }
}
