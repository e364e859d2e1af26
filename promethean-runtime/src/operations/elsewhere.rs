//! What of a target runs on another engine of this machine: it must not run twice.
//!
//! Each engine has a lock of its own. An operation that starts something has a second one, which all engines of an
//! ecosystem share, from before it looks at the other engine until its end: of two at the same moment, each on its
//! engine, one is rejected.

use std::fmt::Debug;
use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use promethean_core::app::App;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use promethean_core::list::some_of;

use super::error::OperationError;
use super::target::Target;
use super::up::{alive, running};
use crate::engine::store::Store;
use crate::engine::{Cause, Engine, EngineError, ErrorKind, Record};

/// The engines of this machine that may run an ecosystem.
pub trait Engines: Debug + Send + Sync {
    /// What lets operations on one of them begin, and not on several; `None` where only one can be used.
    fn gate(&self, engine: &dyn Engine) -> Option<Gate>;

    /// The one besides `engine`, with its word for `--engine`; `None` where nothing of the ecosystem can run there. It
    /// has little time to answer.
    fn other(&self, engine: &dyn Engine) -> Option<(&'static str, Box<dyn Engine>)>;

    /// Those that run what the ecosystem was before it got another name or place.
    fn former(&self) -> Vec<Former>;
}

/// An engine that runs what an ecosystem was before it got another name or place.
#[derive(Debug)]
pub struct Former {
    /// The engine.
    pub engine: Box<dyn Engine>,
    /// Whether the directories of the apps are the same as now.
    pub has_same_directories: bool,
    /// What runs there, in words: `the embedded engine as shop`.
    pub title: String,
    /// How that is ended, in words.
    pub ends: String,
}

/// The lock that all engines of an ecosystem share, as one of them takes it.
#[derive(Debug)]
pub struct Gate {
    /// Where it is.
    pub directory: PathBuf,
    /// Whether there is one engine of this kind, and not one for each home.
    pub alone: bool,
    /// The name of the engines that have to wait.
    pub other: &'static str,
}

/// What of a target runs on the other engine of this machine, or on one that runs the ecosystem as it was before.
#[derive(Debug)]
pub struct Elsewhere {
    /// The name of that engine.
    engine: String,
    way: Way,
    /// The apps, in the order of the system.
    pub apps: Vec<String>,
}

/// What ends what runs there.
#[derive(Clone, Debug)]
enum Way {
    /// A command with this word for `--engine`.
    Engine(&'static str),
    /// What is said of it.
    Said(String),
}

impl Elsewhere {
    /// The command that ends what runs there, for [`Elsewhere::also`].
    pub const ENDS: (&str, &str) = ("down", "ends");

    /// What of a target runs on an engine besides this one, if there is another.
    #[must_use]
    pub fn than(engine: &dyn Engine, target: &Target) -> Option<Elsewhere> {
        let engines = target.engines()?;
        let other = engines.other(engine).and_then(|other| Elsewhere::on(other, target));
        other.or_else(|| {
            engines.former().into_iter().find_map(|former| Elsewhere::before(former, target))
        })
    }

    fn on((word, other): (&'static str, Box<dyn Engine>), target: &Target) -> Option<Elsewhere> {
        // Where what is remembered cannot be read, it is what is listed.
        let found = alive(&*other, target);
        let found = found.or_else(|_| running(&*other, target)).ok()?;
        let apps = target.wanted().apps.into_iter().map(|app| app.name.to_string());
        let apps: Vec<String> = apps.filter(|name| found.contains(name)).collect();
        let engine = other.name().to_owned();
        (!apps.is_empty()).then_some(Elsewhere { engine, way: Way::Engine(word), apps })
    }

    /// What runs under the names that apps of the target have now, too.
    fn before(former: Former, target: &Target) -> Option<Elsewhere> {
        let Former { engine, has_same_directories, title, ends } = former;
        let listed = engine.connect().ok()??.list().ok()?;
        let runs = |app: &App| {
            listed.iter().any(|process| {
                let record = process.record.as_ref();
                let is_there = |record: &Record| record.directory == app.directory;
                process.name == *app.name
                    && process.is_online()
                    && (!has_same_directories || record.is_some_and(is_there))
            })
        };
        let apps = target.wanted().apps.into_iter().filter(runs).map(|app| app.name.to_string());
        let apps: Vec<String> = apps.collect();
        (!apps.is_empty()).then_some(Elsewhere { engine: title, way: Way::Said(ends), apps })
    }

    /// That it runs there, too, with what a command does there, as [`Elsewhere::ENDS`].
    #[must_use]
    pub fn also(&self, (command, does): (&str, &str)) -> Diagnostic {
        let Elsewhere { engine, way, apps } = self;
        let what = format!("also running on {engine}: {}", some_of(apps, 5));
        Diagnostic::new(what).help(match way {
            Way::Engine(word) => format!("`{command} --engine {word}` {does} what runs there"),
            Way::Said(ends) => ends.clone(),
        })
    }

    /// What of a target would run twice if it were started on this engine.
    #[must_use]
    pub fn not_to_start(engine: &dyn Engine, target: &Target) -> Option<Elsewhere> {
        Elsewhere::than(engine, target)?.twice(engine, target)
    }

    /// What of it would run twice if it were started on an engine: what does not run there yet.
    pub(super) fn twice(&self, engine: &dyn Engine, target: &Target) -> Option<Elsewhere> {
        let running = running(engine, target).unwrap_or_default();
        let mut apps = self.apps.clone();
        apps.retain(|app| !running.contains(app));
        let (engine, way) = (self.engine.clone(), self.way.clone());
        (!apps.is_empty()).then_some(Elsewhere { engine, way, apps })
    }

    /// Why one of them is not started here, too.
    #[must_use]
    pub fn taken(&self) -> Diagnostic {
        self.would_run_twice("runs")
    }

    fn would_run_twice(&self, runs: &str) -> Diagnostic {
        let message = format!("{runs} on {} already, and would run twice", self.engine);
        Diagnostic::new(message).help(match &self.way {
            Way::Engine(word) => format!("`down --engine {word}` ends what runs there"),
            Way::Said(ends) => ends.clone(),
        })
    }

    /// The same of all of them.
    #[must_use]
    pub fn note(&self) -> Diagnostic {
        let apps = Foreign(some_of(&self.apps, 5)).to_string();
        let runs = if self.apps.len() == 1 { "runs" } else { "run" };
        let Diagnostic { message, help, .. } = self.would_run_twice(runs);
        Diagnostic { message: format!("{apps}: {message}"), help, ..Diagnostic::default() }
    }
}

/// An operation has changed nothing because of it.
impl From<Elsewhere> for OperationError {
    fn from(elsewhere: Elsewhere) -> OperationError {
        let Diagnostic { path, message, help } = elsewhere.note();
        let message = format!("{message}; nothing was changed");
        OperationError::Twice(Box::new(Diagnostic { path, message, help }))
    }
}

/// The lock of operations that start something, on whatever engine.
#[derive(Debug)]
pub(super) struct Starting(File);

impl Starting {
    /// Takes the lock. Whoever has it works on another engine, and starts what this operation would start, too: it is
    /// hardly waited for. `None` where only one engine can be used.
    pub(super) fn take(
        engine: &dyn Engine,
        target: &Target,
    ) -> Result<Option<Starting>, EngineError> {
        let Some(gate) = target.engines().and_then(|engines| engines.gate(engine)) else {
            return Ok(None);
        };
        let file = Store::open(&gate.directory).ok().map(|store| store.lock_file("starting"));
        // What cannot be used by this run is of no use to another engine, either.
        let Some(Ok(file)) = file else { return Ok(None) };
        let begun = Instant::now();
        loop {
            let taken = match gate.alone {
                true => file.try_lock(),
                false => file.try_lock_shared(),
            };
            match taken {
                Ok(()) => return Ok(Some(Starting(file))),
                Err(TryLockError::Error(_)) => return Ok(None),
                Err(TryLockError::WouldBlock) if begun.elapsed() < SOON => thread::sleep(LOOK),
                Err(TryLockError::WouldBlock) => {
                    let held = Held { other: gate.other };
                    return Err(EngineError::new(ErrorKind::Locked, held));
                }
            }
        }
    }
}

impl Drop for Starting {
    /// Closing is not enough: a program that is about to be run has the file, too.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Another run starts the same on another engine.
#[derive(Debug, thiserror::Error)]
#[error("{}", at_work(.other))]
struct Held {
    /// That engine's name.
    other: &'static str,
}

impl Cause for Held {
    fn diagnostic(&self) -> Diagnostic {
        at_work(self.other)
    }
}

fn at_work(other: &str) -> Diagnostic {
    let message = format!("another run is in progress on {other}; nothing was changed");
    Diagnostic::new(message).help("try again when it ends")
}

/// How long a lock is waited for that is free in a moment.
const SOON: Duration = Duration::from_secs(1);

/// The pause between two tries.
const LOOK: Duration = Duration::from_millis(50);
