//! The interface between operations and the engine that keeps processes running.
//!
//! [`operations`](crate::operations) use only these traits; each engine implements them.
//!
//! | trait | what it is |
//! | --- | --- |
//! | [`Place`] | where an engine keeps its files: what is known without a daemon |
//! | [`Engine`] | a place with a program that runs processes |
//! | [`Lock`] | the right to change what runs: one run at a time |
//! | [`Session`] | a connection to the daemon |
//!
//! | module | what it holds |
//! | --- | --- |
//! | `process` | a process in an engine's list |
//! | `record` | the owner of a process, and what it was started with |
//! | `definition` | the current definition of an app |
//! | `cron` | when a schedule comes next |
//! | `saved_state` | what is saved about apps between runs |
//! | `orphan` | processes that no daemon lists |
//! | `command_line` | the program of an app, and its arguments |
//! | `user`, `users` | the user that an app runs as |
//! | `limit` | what an engine cannot do, and what findings are about |
//! | [`environment`] | the variables that every app sees |
//! | `error` | why an engine cannot be used |
//!
//! What several engines need, because they mean by the attributes of an app what PM2 means:
//!
//! | module | what it holds |
//! | --- | --- |
//! | `store`, `state_file` | what is saved between runs, in files that others cannot write |
//! | `lock` | the lock that allows one run at a time |
//! | `file_names`, [`log_files`] | the names of an app's log files |
//! | `times` | how long an engine may take for an app |
//! | `pending` | the requests of a session that are not answered yet |
//! | `silence` | saying that an engine is waited for |
//! | `zone` | the time zone of whatever runs the apps |
//! | `processes` | what the operating system knows of processes |
//! | `end_orphans` | ending processes that no daemon ends |

mod command_line;
mod cron;
mod definition;
pub(crate) mod end_orphans;
pub mod environment;
mod error;
pub(crate) mod file_names;
pub(crate) mod limit;
pub(crate) mod lock;
pub mod log_files;
mod orphan;
pub(crate) mod pending;
mod process;
pub(crate) mod processes;
mod record;
mod saved_state;
pub(crate) mod silence;
pub(crate) mod state_file;
pub(crate) mod store;
pub(crate) mod times;
mod user;
pub(crate) mod users;
pub(crate) mod zone;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::tz::TimeZone;
use promethean_core::app::{App, System};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::secrets::Environment;
use serde_json::{Map, Value};

use crate::logs::LogFile;

pub use command_line::{command_line, instance_var, of_instance};
pub use cron::next_run;
pub use definition::{Definition, Lengths, Start};
pub use error::{Cause, EngineError, ErrorKind};
pub(crate) use limit::elsewhere;
pub use limit::{Exceeded, Launch, Limit, Topic};
pub use orphan::{Dumped, Group, Look, Orphan, Orphaned, Unclear, Unlisted, Whose};
pub(crate) use process::{HAS_CHANGED, LONGEST_END};
pub use process::{Phase, Process, ProcessId, Values, signal_name};
pub use record::{Declared, ListensAt, Owner, Record};
pub use saved_state::{Known, ProcessStart, Remembered, SavedState, Seen};
pub use user::User;

/// Where an engine keeps its files. Its methods need neither a daemon nor the engine's program.
pub trait Place: Debug + Send + Sync {
    /// The engine's name, for a message: `PM2`.
    fn name(&self) -> &'static str;

    /// The command that removes an app without its ecosystem: `pm2 delete web`.
    fn removal(&self, app: &str) -> String;

    /// The command that starts units on it, for a message.
    fn starting(&self) -> &'static str {
        "up"
    }

    /// Its directory.
    fn home(&self) -> &Path;

    /// The variables that every app gets besides those of its definition.
    fn environment(&self) -> Vec<(String, String)>;

    /// The user that an app runs as, if it is not the one who runs the command and if it is known.
    fn user(&self, app: &App) -> Option<User>;

    /// The log files of apps: those on the disk, or if an app has none yet, the path of its first.
    fn logs(&self, apps: &[&App]) -> Vec<LogFile>;

    /// The time zone in which it writes the times of logs and reads `cron_restart`.
    fn zone(&self) -> TimeZone {
        TimeZone::system()
    }

    /// The path prefix of an app's pid files; empty if the engine writes none.
    fn pid_files(&self, app: &App) -> Utf8PathBuf;

    /// Reads what is saved about apps.
    ///
    /// # Errors
    ///
    /// The file exists but cannot be read, so the owners of processes are unknown.
    fn saved_state(&self) -> Result<SavedState, EngineError>;

    /// Saves what is known about apps, atomically.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    fn save_state(&self, state: &SavedState) -> Result<(), EngineError>;

    /// Whether a run is in progress here.
    fn is_at_work(&self) -> bool;

    /// Finds processes of the `meant` apps that no daemon lists. `others` are all other apps that may
    /// have similar processes.
    fn unlisted(&self, look: Look<'_>, meant: &[Known<'_>], others: &[Known<'_>]) -> Unlisted;

    /// Files that contain apps of a system with all variables, secrets in plain text.
    fn dumped(&self, system: &System) -> Vec<Dumped>;

    /// What the engine cannot do.
    fn limits(&self) -> &'static [Limit];

    /// What makes its place unsafe.
    fn warnings(&self) -> Vec<Diagnostic>;
}

/// Something that keeps processes running.
pub trait Engine: Place {
    /// How long a run waits for another one.
    fn patience(&self) -> Duration;

    /// How often processes are checked, and for how long.
    fn pace(&self) -> Pace;

    /// Locks the place, waiting for another run that has the lock. `waiting` gets its name, at once and
    /// every few seconds.
    ///
    /// # Errors
    ///
    /// The place cannot be used, or the other run does not end within `patience`.
    fn lock(
        &self,
        command: &str,
        patience: Duration,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<Box<dyn Lock + '_>, EngineError>;

    /// Connects to the daemon; `None` when it does not run.
    ///
    /// # Errors
    ///
    /// The daemon does not answer.
    fn connect(&self) -> Result<Option<Box<dyn Session>>, EngineError>;

    /// What keeps the processes running, for a message.
    fn daemon(&self) -> String {
        format!("{}'s daemon", self.name())
    }

    /// Whether an operation begins once more, with a new daemon, when the daemon ends meanwhile.
    fn begins_again(&self) -> bool {
        true
    }

    /// The current definition of an app, with the environment that was read for it.
    fn definition<'s>(&self, app: &'s App, environment: Environment) -> Definition<'s>;

    /// The attributes with which a session starts an app, under the engine's names.
    fn attributes(&self, app: &App) -> Map<String, Value>;

    /// Whether the engine itself adds a variable to the environment of an app.
    fn is_own_variable(&self, name: &str) -> bool;

    /// Whether the engine can apply these changes without stopping the app, if its processes
    /// [share](Process::shares) their ports. `changed` names fields of its definition.
    fn can_replace(&self, app: &App, changed: &[&str]) -> bool;

    /// Whether the engine can start more processes of an app, or end some, while the others keep running.
    fn can_scale(&self, app: &App) -> bool;

    /// How long an app may take to report that it listens.
    fn time_to_listen(&self, app: &App) -> Duration;

    /// How long a process may take to end, by the definition it was started with.
    fn time_to_end(&self, process: &Process) -> Duration;

    /// How long the engine may take to end or replace a process.
    fn time_at_work(&self, process: &Process) -> Duration;

    /// When these processes were started; ended processes are omitted.
    fn starts(&self, pids: &[u32]) -> BTreeMap<u32, ProcessStart>;

    /// The operating system's processes that belong to these of the engine: they themselves, what they
    /// have started, and what those have started. By the engine's number.
    fn families(&self, processes: &[&Process]) -> BTreeMap<ProcessId, Vec<Seen>>;

    /// What apps that were stopped have left running: their `pids` are known, and what they started can
    /// have left their families before anybody looked. `others` are all other apps, `before` is what the
    /// daemon listed before, `listed` what it still lists.
    fn left_behind(
        &self,
        stopped: &[Known<'_>],
        others: &[Known<'_>],
        before: &[Process],
        listed: &[Process],
    ) -> Unlisted;

    /// The daemon's own log, where it says what it does not answer; `None` if it has none.
    fn daemon_log(&self) -> Option<PathBuf>;

    /// Ends processes that no daemon ends, with their children, and waits until they have ended.
    fn end(&self, orphans: Vec<Orphan>);
}

/// The right to change what runs in a place. Dropping it releases it, after the daemon has finished the
/// requests of its session.
pub trait Lock: Debug {
    /// Connects to the daemon; `None` when it does not run.
    ///
    /// # Errors
    ///
    /// The daemon does not answer.
    fn connect(&self) -> Result<Option<Box<dyn Session>>, EngineError>;

    /// Like [`Lock::connect`], but starts the daemon if none runs.
    ///
    /// # Errors
    ///
    /// The daemon cannot be started, or does not answer.
    fn launch(&self) -> Result<Box<dyn Session>, EngineError>;

    /// Checks that there is room for the files that the engine writes when it starts an app.
    ///
    /// # Errors
    ///
    /// The disk is full, or cannot be written to.
    fn check_room(&self) -> Result<(), EngineError>;

    /// Whether the previous run was interrupted: the daemon may still work on its requests.
    fn follows_interrupted(&self) -> bool;

    /// Records that all requests of this run are finished.
    fn finished(&self);
}

/// A callback for one answer; it may run on another thread.
pub type Reply<T> = Box<dyn FnOnce(Result<T, EngineError>) + Send>;

/// A connection to the daemon.
pub trait Session: Debug {
    /// Information about the daemon.
    fn info(&self) -> &DaemonInfo;

    /// Warnings about the daemon, shown before something is changed.
    fn notes(&self) -> Vec<Diagnostic>;

    /// All processes of the daemon, also those of other owners.
    ///
    /// # Errors
    ///
    /// The daemon does not answer.
    fn list(&mut self) -> Result<Vec<Process>, EngineError>;

    /// Starts an app. The answer contains its processes.
    fn start(&mut self, start: Start, reply: Reply<Vec<Process>>);

    /// Ends a process and removes it. A missing process counts as ended.
    fn stop(&mut self, id: ProcessId, reply: Reply<()>);

    /// Replaces a process with one of the new definition, which listens before the old one ends.
    ///
    /// # Errors
    ///
    /// The engine rejects it, or does not answer in time.
    fn replace(
        &mut self,
        id: ProcessId,
        start: Start,
        wait: Replacing<'_>,
    ) -> Result<Replaced, EngineError>;

    /// The error for a daemon that has not answered for this long.
    fn no_answer(&self, patience: Duration) -> EngineError;
}

/// What has come of the replacement of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The new one runs, or is restarted because it has ended.
    Done,
    /// The new one did not report in time that it is ready, and should have: of an engine that does not list
    /// that.
    Silent,
    /// The process did not exist.
    Gone,
}

/// How a process is replaced.
pub struct Replacing<'r> {
    /// The names of removed attributes and variables.
    pub gone: &'r [String],
    /// How long it may take.
    pub patience: Duration,
    /// Called every `pause` with the time since the request.
    pub waiting: &'r mut dyn FnMut(Duration),
    /// How often `waiting` is called.
    pub pause: Duration,
}

/// Information about a daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaemonInfo {
    /// Whether it was started for this session.
    pub launched: bool,
    /// Its version.
    pub version: String,
    /// How many processors it counts.
    pub processors: usize,
}

/// How often a wait is reported.
pub(crate) const TELL: Duration = Duration::from_secs(5);

/// How often processes are checked, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How often awaited apps are checked.
    pub look: Duration,
    /// How long started apps are watched before the final check.
    pub settling: Duration,
    /// How often a busy daemon is checked.
    pub work: Duration,
    /// How long a daemon must be idle after an interrupted run.
    pub calm: Duration,
}
