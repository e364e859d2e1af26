//! The seam between what is done with a system and what keeps its processes running.
//!
//! [`operations`](crate::operations) are written once, against these traits; each engine implements them.
//!
//! | trait | what it is |
//! | --- | --- |
//! | [`Place`] | where an engine keeps what it knows: answers what needs no daemon |
//! | [`Engine`] | a place with a program that runs things there |
//! | [`Lock`] | the right to change what runs there: one run after the other |
//! | [`Session`] | a connection to the daemon |
//!
//! | module | what it holds |
//! | --- | --- |
//! | `process` | a process as an engine tells of it |
//! | `record` | whose a process is, and what it was started with |
//! | `definition` | an app as it is written now |
//! | `memory` | what is remembered of apps between two runs |
//! | `orphan` | processes that no daemon lists |
//! | `limit` | what an engine cannot do |
//! | [`environment`] | the variables that every app sees |
//! | `error` | why an engine cannot be used |

mod definition;
pub mod environment;
mod error;
mod limit;
mod memory;
mod orphan;
mod process;
mod record;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use camino::Utf8PathBuf;
use promethean_core::app::{App, System};
use promethean_core::secrets::Environment;
use serde_json::{Map, Value};

use crate::logs::LogFile;

pub use definition::{Definition, Lengths, Start};
pub use error::{Cause, EngineError, ErrorKind};
pub use limit::{Exceeded, Launch, Limit};
pub use memory::{Known, Memory, Remembered, Seen};
pub use orphan::{Dumped, Group, Look, Orphan, Unlisted};
pub use process::{Phase, Process, ProcessId, Values};
pub use record::{Declared, Owner, Record};

/// Where an engine keeps what it knows. What is asked of it needs no daemon, and not even the engine's
/// program.
pub trait Place: Debug + Send + Sync {
    /// Its directory.
    fn home(&self) -> &Path;

    /// The variables that every app sees besides those its definition gives it.
    fn environment(&self) -> Vec<(String, String)>;

    /// The log files of an app: those on the disk, or where none is there the place of the first.
    fn logs(&self, app: &App) -> Vec<LogFile>;

    /// The beginning of the paths of the files in which the numbers of an app's processes stand; empty
    /// where the engine writes none.
    fn pid_files(&self, app: &App) -> Utf8PathBuf;

    /// Reads what is remembered of apps.
    ///
    /// # Errors
    ///
    /// There is something that cannot be read: which processes are of which app is not known.
    fn memory(&self) -> Result<Memory, EngineError>;

    /// Writes what is remembered of apps, as a whole or not at all.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    fn remember(&self, memory: &Memory) -> Result<(), EngineError>;

    /// Whether a run is at work here.
    fn is_at_work(&self) -> bool;

    /// Finds processes of the apps that are meant which no daemon lists. `others` are all other apps
    /// that may have processes like theirs.
    fn unlisted(&self, look: Look<'_>, meant: &[Known<'_>], others: &[Known<'_>]) -> Unlisted;

    /// Files in which apps of a system were saved with all their variables, secrets in the clear.
    fn dumped(&self, system: &System) -> Vec<Dumped>;

    /// What the engine cannot do.
    fn limits(&self) -> &'static [Limit];
}

/// Something that keeps processes running.
pub trait Engine: Place {
    /// How long a run waits for another one.
    fn patience(&self) -> Duration;

    /// How often is looked, and how long.
    fn pace(&self) -> Pace;

    /// What ought to be known of its place before something is changed there.
    fn notes(&self) -> Vec<String>;

    /// Takes the right to change what runs, waiting for whoever has it. `waiting` is told of them, at
    /// once and every few seconds.
    ///
    /// # Errors
    ///
    /// The place cannot be used, or whoever is at work does not end within `patience`.
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
    /// It cannot be asked.
    fn connect(&self) -> Result<Option<Box<dyn Session>>, EngineError>;

    /// An app as it is written now, with the environment that was read for it.
    fn definition<'s>(&self, app: &'s App, environment: Environment) -> Definition<'s>;

    /// The attributes that a session is given to start an app, under the engine's names.
    fn attributes(&self, app: &App) -> Map<String, Value>;

    /// Whether the engine itself puts a variable into the environment that it keeps for an app.
    fn is_own_variable(&self, name: &str) -> bool;

    /// Whether the engine can make these changes of an app while it goes on, whose processes
    /// [share](Process::shares) what they listen on: fields of its definition, by name.
    fn can_replace(&self, definition: &Definition<'_>, changed: &[&str]) -> bool;

    /// How long an app may take to say that it listens.
    fn time_to_listen(&self, app: &App) -> Duration;

    /// How long a process may take to end, as it was started.
    fn time_to_end(&self, process: &Process) -> Duration;

    /// How long the engine may be at work on a process: it ends or replaces it.
    fn time_at_work(&self, process: &Process) -> Duration;

    /// Whether a process is there that the engine calls online: a program that cannot be started has
    /// none.
    fn is_alive(&self, pid: u32) -> bool;

    /// When these processes were started, in seconds of the Unix time; what has ended is left out.
    fn starts(&self, pids: &[u32]) -> BTreeMap<u32, u64>;

    /// Ends processes that no daemon ends, with all their children, and waits until they have ended.
    fn end(&self, orphans: Vec<Orphan>);
}

/// The right to change what runs in a place. It ends with the value; where a session was made with it,
/// when the daemon has finished what it was asked for.
pub trait Lock: Debug {
    /// Connects to the daemon; `None` when it does not run.
    ///
    /// # Errors
    ///
    /// It cannot be asked.
    fn connect(&self) -> Result<Option<Box<dyn Session>>, EngineError>;

    /// As [`Lock::connect`], and starts a daemon where there is none.
    ///
    /// # Errors
    ///
    /// It cannot be asked, or not be started.
    fn launch(&self) -> Result<Box<dyn Session>, EngineError>;

    /// Whether the run that had it before was ended in its work: the daemon may still be at it.
    fn follows_interrupted(&self) -> bool;

    /// Notes that all was finished that this run asked for.
    fn finished(&self);
}

/// Whoever waits for an answer: it comes once, on another thread perhaps.
pub type Reply<T> = Box<dyn FnOnce(Result<T, EngineError>) + Send>;

/// A connection to the daemon.
pub trait Session: Debug {
    /// What is known of the daemon.
    fn info(&self) -> &DaemonInfo;

    /// What ought to be known of the daemon before something is changed.
    fn notes(&self) -> Vec<String>;

    /// All processes that the daemon knows, also those of others.
    ///
    /// # Errors
    ///
    /// It does not answer.
    fn list(&mut self) -> Result<Vec<Process>, EngineError>;

    /// Starts an app. The answer has its processes.
    fn start(&mut self, start: Start, reply: Reply<Vec<Process>>);

    /// Ends a process and forgets it. One that is not there has ended.
    fn stop(&mut self, id: ProcessId, reply: Reply<()>);

    /// Replaces a process by one with a new definition, which listens before the old one ends. Returns
    /// whether the process was there.
    ///
    /// # Errors
    ///
    /// It is refused, or not answered within the patience.
    fn replace(
        &mut self,
        id: ProcessId,
        start: Start,
        wait: Replacing<'_>,
    ) -> Result<bool, EngineError>;

    /// The error of a daemon that has not answered for so long.
    fn no_answer(&self, patience: Duration) -> EngineError;
}

/// How a process is replaced.
pub struct Replacing<'r> {
    /// The names of attributes and variables that it has no more.
    pub gone: &'r [String],
    /// How long it may take.
    pub patience: Duration,
    /// Is told every `pause` how long it has taken.
    pub waiting: &'r mut dyn FnMut(Duration),
    /// How often that is told.
    pub pause: Duration,
}

/// What is known of a daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaemonInfo {
    /// Whether it was started for this session.
    pub launched: bool,
    /// Its version.
    pub version: String,
    /// How many processors it counts.
    pub processors: usize,
}

/// How often is told who or what is still waited for.
pub(crate) const TELL: Duration = Duration::from_secs(5);

/// How often is looked at what runs, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How often is asked how those are that something waits for.
    pub look: Duration,
    /// How long what was started is watched before the last look.
    pub settling: Duration,
    /// How often is looked at a daemon that is at work.
    pub work: Duration,
    /// How long a daemon has to be at rest after a run that was interrupted.
    pub calm: Duration,
}
