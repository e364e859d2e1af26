//! An engine in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use camino::Utf8PathBuf;
use promethean::app::{App, System};
use promethean::diagnostic::Diagnostic;
use promethean::emit;
use promethean::engine::{
    Cause, DaemonInfo, Definition, Dumped, Engine, EngineError, ErrorKind, Group, Known, Limit,
    Lock, Look, Orphan, Orphaned, Pace, Place, Process, ProcessId, ProcessStart, Replaced,
    Replacing, Reply, SavedState, Seen, Session, Start, Unlisted, User, Whose,
};
use promethean::logs::LogFile;
use promethean::secrets::Environment;
use promethean::supervisor::Embedded;
use serde_json::{Map, Value};

use super::world::World;

/// What an engine in memory says of a fault.
#[derive(Debug)]
pub struct Broken(pub &'static str);

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for Broken {}

impl Cause for Broken {
    fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(self.0)
    }
}

/// An engine in memory.
#[derive(Clone, Debug)]
pub struct InMemory {
    world: Arc<Mutex<World>>,
    home: PathBuf,
    /// The engine that it takes apps as; none for one of its own.
    taking_apps_as: Option<Embedded>,
}

impl InMemory {
    pub fn new() -> InMemory {
        InMemory { world: Arc::default(), home: PathBuf::from("/in-memory"), taking_apps_as: None }
    }

    /// One that takes apps as the embedded engine does.
    pub fn taking_apps_as(engine: Embedded) -> InMemory {
        InMemory { taking_apps_as: Some(engine), ..InMemory::new() }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self, launched: bool) -> Box<dyn Session> {
        let info = DaemonInfo { launched, version: "1.0.0".to_owned(), processors: 2 };
        Box::new(Connection { engine: self.clone(), info })
    }

    fn connected(&self) -> Option<Box<dyn Session>> {
        let daemon = self.world().daemon;
        daemon.then(|| self.session(false))
    }
}

impl Place for InMemory {
    fn name(&self) -> &'static str {
        "the engine in memory"
    }

    fn removal(&self, app: &str) -> String {
        format!("remove {app}")
    }

    fn home(&self) -> &Path {
        &self.home
    }

    fn environment(&self) -> Vec<(String, String)> {
        vec![("PATH".to_owned(), "/bin".to_owned())]
    }

    fn user(&self, _: &App) -> Option<User> {
        None
    }

    fn logs(&self, _: &[&App]) -> Vec<LogFile> {
        Vec::new()
    }

    fn pid_files(&self, _: &App) -> Utf8PathBuf {
        Utf8PathBuf::new()
    }

    fn saved_state(&self) -> Result<SavedState, EngineError> {
        Ok(self.world().memory.clone())
    }

    fn save_state(&self, state: &SavedState) -> Result<(), EngineError> {
        self.world().remember(state)
    }

    fn is_at_work(&self) -> bool {
        false
    }

    fn unlisted(&self, look: Look<'_>, meant: &[Known<'_>], _: &[Known<'_>]) -> Unlisted {
        let world = self.world();
        let is_meant = |app: &str| meant.iter().any(|(name, _)| *name == app);
        let orphans = world.orphans.iter().filter(|(app, pid)| is_meant(app) && !look.lists(*pid));
        let orphans = orphans.map(|(app, pid)| Orphan {
            whose: Whose::App(app.clone()),
            pid: *pid,
            how: Orphaned::Killed,
            kill_timeout: Duration::ZERO,
            group: Group::Led,
            file: None,
        });
        Unlisted { orphans: orphans.collect(), ..Unlisted::default() }
    }

    fn dumped(&self, _: &System) -> Vec<Dumped> {
        Vec::new()
    }

    fn limits(&self) -> &'static [Limit] {
        &[]
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        Vec::new()
    }
}

impl Engine for InMemory {
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    fn pace(&self) -> Pace {
        Pace {
            look: Duration::from_micros(50),
            settling: Duration::ZERO,
            work: Duration::ZERO,
            calm: Duration::ZERO,
        }
    }

    fn lock(
        &self,
        _: &str,
        _: Duration,
        _: &mut dyn FnMut(&str),
    ) -> Result<Box<dyn Lock + '_>, EngineError> {
        let interrupted = std::mem::replace(&mut self.world().interrupted, true);
        Ok(Box::new(Held { engine: self, interrupted }))
    }

    fn connect(&self) -> Result<Option<Box<dyn Session>>, EngineError> {
        Ok(self.connected())
    }

    fn definition<'s>(&self, app: &'s App, environment: Environment) -> Definition<'s> {
        match &self.taking_apps_as {
            Some(engine) => engine.definition(app, environment),
            None => Definition::new(app, emit::definition(app), environment),
        }
    }

    fn attributes(&self, app: &App) -> Map<String, Value> {
        match &self.taking_apps_as {
            Some(engine) => engine.attributes(app),
            None => emit::definition(app),
        }
    }

    fn is_own_variable(&self, _: &str) -> bool {
        false
    }

    fn can_replace(&self, _: &App, _: &[&str]) -> bool {
        false
    }

    fn can_scale(&self, app: &App) -> bool {
        self.taking_apps_as.as_ref().is_some_and(|engine| engine.can_scale(app))
    }

    fn time_to_listen(&self, _: &App) -> Duration {
        Duration::from_secs(1)
    }

    fn time_to_end(&self, _: &Process) -> Duration {
        Duration::from_secs(1)
    }

    fn time_at_work(&self, _: &Process) -> Duration {
        Duration::from_secs(1)
    }

    fn starts(&self, pids: &[u32]) -> BTreeMap<u32, ProcessStart> {
        let world = self.world();
        let living = pids.iter().filter(|pid| world.lives(**pid));
        let start = |pid: u32| ProcessStart { seconds: pid.into(), since_boot: None };
        living.map(|pid| (*pid, start(*pid))).collect()
    }

    fn families(&self, processes: &[&Process]) -> BTreeMap<ProcessId, Vec<Seen>> {
        let start = |pid: u32| ProcessStart { seconds: pid.into(), since_boot: None };
        let own = processes.iter().filter(|process| process.pid != 0);
        own.map(|own| (own.id, vec![Seen { pid: own.pid, start: start(own.pid) }])).collect()
    }

    fn left_behind(
        &self,
        _: &[Known<'_>],
        _: &[Known<'_>],
        _: &[Process],
        _: &[Process],
    ) -> Unlisted {
        Unlisted::default()
    }

    fn daemon_log(&self) -> Option<PathBuf> {
        None
    }

    fn end(&self, orphans: Vec<Orphan>) {
        let mut world = self.world();
        if !world.killed {
            world.orphans.retain(|(_, pid)| orphans.iter().all(|orphan| orphan.pid != *pid));
        }
    }
}

/// The right to change what runs.
#[derive(Debug)]
struct Held<'e> {
    engine: &'e InMemory,
    interrupted: bool,
}

impl Lock for Held<'_> {
    fn connect(&self) -> Result<Option<Box<dyn Session>>, EngineError> {
        Ok(self.engine.connected())
    }

    fn launch(&self) -> Result<Box<dyn Session>, EngineError> {
        let launched = self.engine.world().launch()?;
        Ok(self.engine.session(launched))
    }

    fn check_room(&self) -> Result<(), EngineError> {
        Ok(())
    }

    fn follows_interrupted(&self) -> bool {
        self.interrupted
    }

    fn finished(&self) {
        let mut world = self.engine.world();
        if !world.killed {
            world.interrupted = false;
        }
    }
}

/// A connection to the daemon.
#[derive(Debug)]
struct Connection {
    engine: InMemory,
    info: DaemonInfo,
}

impl Session for Connection {
    fn info(&self) -> &DaemonInfo {
        &self.info
    }

    fn notes(&self) -> Vec<Diagnostic> {
        Vec::new()
    }

    fn list(&mut self) -> Result<Vec<Process>, EngineError> {
        self.engine.world().list()
    }

    fn start(&mut self, start: Start, reply: Reply<Vec<Process>>) {
        let started = self.engine.world().start(&start);
        reply(started);
    }

    fn stop(&mut self, id: ProcessId, reply: Reply<()>) {
        let stopped = self.engine.world().stop(id);
        reply(stopped);
    }

    fn replace(
        &mut self,
        _: ProcessId,
        _: Start,
        _: Replacing<'_>,
    ) -> Result<Replaced, EngineError> {
        Err(EngineError::new(ErrorKind::Unusable, Broken("it replaces nothing")))
    }

    fn no_answer(&self, _: Duration) -> EngineError {
        EngineError::new(ErrorKind::Unusable, Broken("no answer"))
    }
}
