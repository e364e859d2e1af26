//! What of a target runs on another engine of this machine: it must not run twice.
//!
//! Each engine has a lock of its own. An operation that starts something has a second one, which all engines of an
//! ecosystem share, from before it looks at the other engine until its end: of two at the same moment, each on its
//! engine, one is rejected.

use std::fmt::Debug;
use std::path::PathBuf;
use std::time::Duration;

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use promethean_core::list::some_of;

use super::error::OperationError;
use super::target::Target;
use super::up::{alive, running};
use crate::engine::lock::{FileLock, LockError};
use crate::engine::{Cause, Engine, EngineError, ErrorKind};

/// The engines of this machine that may run an ecosystem.
pub trait Engines: Debug + Send + Sync {
    /// Where the lock is that operations on all of them share; `None` where only one can be used.
    fn shared(&self) -> Option<PathBuf>;

    /// The one besides `engine`, with its word for `--engine`; `None` where nothing of the ecosystem can run there. It
    /// has little time to answer.
    fn other(&self, engine: &dyn Engine) -> Option<(&'static str, Box<dyn Engine>)>;
}

/// What of a target runs on the other engine of this machine.
#[derive(Debug)]
pub struct Elsewhere {
    /// That engine's word for `--engine`.
    word: &'static str,
    /// Its name.
    engine: &'static str,
    /// The apps, in the order of the system.
    pub apps: Vec<String>,
}

impl Elsewhere {
    /// What of a target runs on an engine besides this one, if there is another.
    #[must_use]
    pub fn than(engine: &dyn Engine, target: &Target) -> Option<Elsewhere> {
        let (word, other) = target.engines()?.other(engine)?;
        // Where what is remembered cannot be read, it is what is listed.
        let found = alive(&*other, target);
        let found = found.or_else(|_| running(&*other, target)).ok()?;
        let apps = target.wanted().apps.into_iter().map(|app| app.name.to_string());
        let apps: Vec<String> = apps.filter(|name| found.contains(name)).collect();
        (!apps.is_empty()).then(|| Elsewhere { word, engine: other.name(), apps })
    }

    /// That it runs there, too, with what a command does there: `("down", "ends")`.
    #[must_use]
    pub fn also(&self, (command, does): (&str, &str)) -> Diagnostic {
        let Elsewhere { word, engine, apps } = self;
        let what = format!("also running on {engine}: {}", some_of(apps, 5));
        Diagnostic::new(what).help(format!("`{command} --engine {word}` {does} what runs there"))
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
        (!apps.is_empty()).then_some(Elsewhere { apps, ..*self })
    }

    /// Why one of them is not started here, too.
    #[must_use]
    pub fn taken(&self) -> Diagnostic {
        self.would_run_twice("runs")
    }

    fn would_run_twice(&self, runs: &str) -> Diagnostic {
        let message = format!("{runs} on {} already, and would run twice", self.engine);
        Diagnostic::new(message).help(format!("`down --engine {}` ends what runs there", self.word))
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
pub(super) struct Starting(FileLock);

impl Starting {
    /// Takes the lock. Whoever has it works on another engine, and starts what this operation would start, too: it is
    /// hardly waited for. `None` where only one engine can be used.
    pub(super) fn take(target: &Target, name: &str) -> Result<Option<Starting>, EngineError> {
        let Some(directory) = target.engines().and_then(Engines::shared) else { return Ok(None) };
        match FileLock::take(&directory, "the engine", name, SOON, &mut |_| {}) {
            Ok(lock) => Ok(Some(Starting(lock))),
            Err(LockError::Locked { holder }) => {
                Err(EngineError::new(ErrorKind::Locked, Held { holder }))
            }
            // No other engine can use it, either.
            Err(LockError::Unusable(_)) => Ok(None),
        }
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        self.0.finished();
    }
}

/// Another run starts the same on another engine.
#[derive(Debug, thiserror::Error)]
#[error("{}", at_work(.holder))]
struct Held {
    /// That run.
    holder: String,
}

impl Cause for Held {
    fn diagnostic(&self) -> Diagnostic {
        at_work(&self.holder)
    }
}

fn at_work(holder: &str) -> Diagnostic {
    let holder = Foreign(holder);
    let message = format!("another run works on another engine: {holder}; nothing was changed");
    Diagnostic::new(message).help("try again when it ends")
}

/// How long a lock is waited for that is free in a moment, or says who has it.
const SOON: Duration = Duration::from_secs(1);
