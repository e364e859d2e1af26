//! The embedded engine on the seam: the traits of `engine`, answered by the modules beside this one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use jiff::tz::TimeZone;
use promethean_core::app::{App, System};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use promethean_core::secrets::Environment;
use serde_json::{Map, Value, json};

use super::daemon::leftovers::{self, Families};
use super::guard::LOCK as GUARD_LOCK;
use super::launch::{launch, this_program};
use super::place::{Home, VARIABLE};
use super::probe::Probe;
use super::protocol::Ask;
use super::session::{Connection, done};
use super::spec::{Spec, restarts_with};
use super::{EmbeddedError, limits};
use crate::engine::lock::{self, FileLock, LockError};
use crate::engine::log_files::log_files_by_instance;
use crate::engine::processes::Processes;
use crate::engine::store::{Store, Unusable};
use crate::engine::times::Times;
use crate::engine::{
    self, Definition, Dumped, Engine, EngineError, Group, Known, Limit, Look, Orphan, Orphaned,
    Owner, Pace, Place, Process, ProcessId, ProcessStart, SavedState, Seen, Session, Unlisted,
    User, Whose, end_orphans, environment, state_file, users,
};
use crate::logs::LogFile;

/// The embedded engine of an ecosystem.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Where it keeps its files.
    pub home: Home,
    /// The program that is the engine: it hands its arguments to [`main`](crate::main).
    pub program: PathBuf,
    /// How long to wait for another run that is at work in the place.
    pub patience: Duration,
    /// Whether it is started where it does not run.
    pub is_launched: bool,
}

impl Embedded {
    /// Its name, for a message.
    pub const NAME: &str = "the embedded engine";

    /// How long a run waits for another one.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    /// That of an ecosystem, with this program as the engine.
    ///
    /// # Errors
    ///
    /// There is no home directory.
    pub fn of(owner: &Owner) -> Result<Embedded, EmbeddedError> {
        let home = Home::of(owner)?;
        let (program, patience) = (this_program(), Embedded::PATIENCE);
        Ok(Embedded { home, program, patience, is_launched: true })
    }

    /// The same, for somebody who needs the one that runs now: it is not started where it has ended.
    #[must_use]
    pub fn that_runs(self) -> Embedded {
        Embedded { is_launched: false, ..self }
    }

    /// Checks that it runs, and does not end all that it runs for a reason of its own.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::Ended`]: it was killed, or its guard was, or somebody has told it to end.
    pub fn check_runs(&self) -> Result<(), EmbeddedError> {
        let ended = |why: Option<String>| EmbeddedError::Ended { why, log: self.home.log() };
        let mut connection = Connection::open(&self.home)?.ok_or_else(|| ended(None))?;
        match connection.ends.take() {
            None => Ok(()),
            why => Err(ended(why)),
        }
    }

    /// Whether it runs, and ends all that it runs, such as after a `run` that was killed.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub fn is_ending(&self) -> Result<bool, EmbeddedError> {
        let connection = Connection::open(&self.home)?;
        Ok(connection.is_some_and(|connection| connection.is_ending))
    }

    /// Waits until the guard has ended what a killed engine has left, for so long.
    fn await_guard(&self) {
        let Ok(lock) = self.home.store().and_then(|store| {
            let path = store.file(GUARD_LOCK);
            let unusable =
                |error: io::Error| EmbeddedError::Home { path, reason: error.to_string() };
            store.lock_file(GUARD_LOCK).map_err(unusable)
        }) else {
            return;
        };
        let begun = Instant::now();
        while lock.try_lock_shared().is_err() && begun.elapsed() < GUARDED {
            thread::sleep(LOOK);
        }
    }

    /// Whether it runs now.
    #[must_use]
    pub fn is_running(&self) -> bool {
        std::os::unix::net::UnixStream::connect(self.home.socket()).is_ok()
            || self.home.has_engine()
    }

    /// Whether the ecosystem is this engine's now: it keeps something of it, a run is at work, or something is left of
    /// an engine that was killed with its guard. An engine that only a client keeps alive has none.
    ///
    /// # Errors
    ///
    /// Its directory cannot be looked into.
    pub fn has_system(&self) -> Result<bool, EmbeddedError> {
        use io::ErrorKind::{NotADirectory, NotFound};
        let is_absence = |error: io::Error| matches!(error.kind(), NotFound | NotADirectory);
        if fs::symlink_metadata(self.home()).is_err_and(is_absence) {
            return Ok(false);
        }
        Store::existing(self.home())
            .map_err(|Unusable { path, reason }| EmbeddedError::Unseen { path, reason })?;
        Ok(self.is_at_work()
            || match self.is_running() {
                true => Connection::keeps_something(&self.home),
                false => leftovers::are_in(self.home()),
            })
    }

    /// Ends all that runs, in order, as soon as what is returned is dropped or this process ends; `None`
    /// where no engine runs.
    ///
    /// # Errors
    ///
    /// The engine does not answer.
    pub fn lease(&self) -> Result<Option<Lease>, EmbeddedError> {
        let Some(mut connection) = Connection::open(&self.home)? else { return Ok(None) };
        done(connection.call(Ask::Lease)?)?;
        Ok(Some(Lease(connection)))
    }
}

/// What ends all that runs when it is dropped.
#[derive(Debug)]
pub struct Lease(Connection);

impl Lease {
    /// Kills all that runs now.
    ///
    /// # Errors
    ///
    /// The engine does not answer.
    pub fn kill(&mut self) -> Result<(), EmbeddedError> {
        done(self.0.call(Ask::Kill)?)
    }
}

impl Place for Embedded {
    fn name(&self) -> &'static str {
        Embedded::NAME
    }

    fn removal(&self, app: &str) -> String {
        format!("down --engine embedded {}", Foreign(app))
    }

    fn starting(&self) -> &'static str {
        "up --engine embedded"
    }

    fn home(&self) -> &Path {
        self.home.path().as_std_path()
    }

    /// What is asked from within an app finds the engine that runs the app.
    fn environment(&self) -> Vec<(String, String)> {
        let above = self.home.above().to_string();
        environment::base().chain([(VARIABLE.to_owned(), above)]).collect()
    }

    fn user(&self, app: &App) -> Option<User> {
        users::of(app)
    }

    fn logs(&self, apps: &[&App]) -> Vec<LogFile> {
        log_files_by_instance(apps, self.home.path(), &|| self.zone())
    }

    fn zone(&self) -> TimeZone {
        self.home.zone()
    }

    fn pid_files(&self, _: &App) -> Utf8PathBuf {
        Utf8PathBuf::new()
    }

    fn saved_state(&self) -> Result<SavedState, EngineError> {
        let saved = state_file::read(self.home.path().as_std_path());
        Ok(saved.map_err(EmbeddedError::from)?)
    }

    fn save_state(&self, state: &SavedState) -> Result<(), EngineError> {
        let saved = state_file::write(self.home.path().as_std_path(), state);
        Ok(saved.map_err(EmbeddedError::from)?)
    }

    fn is_at_work(&self) -> bool {
        lock::is_at_work(self.home())
    }

    /// The guard leaves nothing of an engine that was killed. What is still there when both were killed
    /// at once is known by its number and its start.
    fn unlisted(&self, look: Look<'_>, meant: &[Known<'_>], _: &[Known<'_>]) -> Unlisted {
        let seen = meant.iter().flat_map(|(app, remembered)| {
            remembered.seen.iter().map(move |seen| (*app, *remembered, seen))
        });
        let seen: Vec<_> = seen.filter(|(_, _, seen)| !look.lists(seen.pid)).collect();
        let living = || {
            let starts =
                self.starts(&seen.iter().map(|(_, _, seen)| seen.pid).collect::<Vec<u32>>());
            let living = seen.iter().copied().filter(|(_, _, seen)| {
                starts.get(&seen.pid).is_some_and(|start| start.is(&seen.start))
            });
            living.collect::<Vec<_>>()
        };
        let mut left = living();
        if !look.daemon && !left.is_empty() {
            self.await_guard();
            left = living();
        }
        let living = left.into_iter();
        let orphans = living.map(|(app, remembered, seen)| Orphan {
            whose: Whose::App(app.to_owned()),
            pid: seen.pid,
            how: Orphaned::Killed,
            kill_timeout: remembered.kill_timeout(),
            group: Group::Led,
            file: None,
        });
        let orphans: Vec<Orphan> = orphans.collect();
        match look.daemon {
            // It is about to list or to end what it has started.
            true => Unlisted { held: orphans, ..Unlisted::default() },
            false => Unlisted { orphans, ..Unlisted::default() },
        }
    }

    fn dumped(&self, _: &System) -> Vec<Dumped> {
        Vec::new()
    }

    fn limits(&self) -> &'static [Limit] {
        limits::LIMITS
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        Vec::new()
    }
}

impl Engine for Embedded {
    fn patience(&self) -> Duration {
        self.patience
    }

    fn pace(&self) -> Pace {
        Pace {
            look: Duration::from_millis(100),
            settling: Duration::from_millis(1_500),
            work: Duration::from_millis(20),
            calm: Duration::from_millis(50),
        }
    }

    fn lock(
        &self,
        command: &str,
        patience: Duration,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<Box<dyn engine::Lock + '_>, EngineError> {
        let home = self.home();
        let lock = FileLock::take(home, Embedded::NAME, command, patience, waiting);
        let lock = lock.map_err(|error| match error {
            LockError::Unusable(unusable) => unusable.into(),
            LockError::Locked { holder } => {
                EmbeddedError::Locked { home: home.to_path_buf(), holder }
            }
        })?;
        Ok(Box::new(Locked { engine: self, lock }))
    }

    fn daemon(&self) -> String {
        Embedded::NAME.to_owned()
    }

    fn begins_again(&self) -> bool {
        self.is_launched
    }

    fn connect(&self) -> Result<Option<Box<dyn Session>>, EngineError> {
        let connection = Connection::open(&self.home)?;
        Ok(connection.map(|connection| Box::new(connection) as Box<dyn Session>))
    }

    /// What PM2 knows nothing of is compared, too.
    fn definition<'s>(&self, app: &'s App, environment: Environment) -> Definition<'s> {
        let mut definition = Definition::under_pm2s_names(app, environment);
        let restarts = Some(restarts_with(app)).filter(|with| !with.is_empty());
        let own = [
            ("kill_signal", app.kill_signal.map(|signal| Value::from(signal.word()))),
            (
                "rotate",
                app.rotation.map(|rotation| json!([rotation.size.to_string(), rotation.keep])),
            ),
            ("alive", alive(app)),
            ("ready", ready(app)),
            ("restarts", restarts.map(|with| json!(with))),
        ];
        let own = own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        definition.attributes.extend(own);
        definition
    }

    fn attributes(&self, app: &App) -> Map<String, Value> {
        // Texts, numbers and lists are written without fail.
        match serde_json::to_value(Spec::of(app, &self.home)) {
            Ok(Value::Object(attributes)) => attributes,
            _ => Map::new(),
        }
    }

    fn is_own_variable(&self, name: &str) -> bool {
        name == VARIABLE
    }

    /// Each process of a cluster is forked with a definition of its own; all have one primary.
    fn can_replace(&self, app: &App, changed: &[&str]) -> bool {
        let needs_end = |field: &&str| {
            matches!(*field, "instances" | "exec_mode" | "interpreter" | "name" | "uid" | "gid")
        };
        app.runs_in_cluster() && !changed.iter().any(needs_end)
    }

    fn can_scale(&self, app: &App) -> bool {
        app.can_be_scaled()
    }

    fn time_to_listen(&self, app: &App) -> Duration {
        Times::of(app).listen()
    }

    fn time_to_end(&self, process: &Process) -> Duration {
        Times::of_process(process).end()
    }

    fn time_at_work(&self, process: &Process) -> Duration {
        Times::of_process(process).end() + SLACK
    }

    fn starts(&self, pids: &[u32]) -> BTreeMap<u32, ProcessStart> {
        Processes::starts(pids)
    }

    fn families(&self, processes: &[&Process]) -> BTreeMap<ProcessId, Vec<Seen>> {
        Processes::families(processes)
    }

    /// It answers that a process has ended when nothing is left of what the process has started.
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
        Some(self.home.log())
    }

    /// With what they have started.
    fn end(&self, orphans: Vec<Orphan>) {
        let families = Families::of(self.home(), orphans.iter().map(|orphan| orphan.pid));
        end_orphans::end(orphans);
        families.end();
    }
}

/// The `alive` probe of an app and how many failures restart it, as `plan` compares them.
fn alive(app: &App) -> Option<Value> {
    let failures = app.alive.as_ref()?.failures;
    Some(json!({"probe": Probe::alive(app).map(Probe::of_anyone), "failures": failures}))
}

/// The `ready` probe of an app, as `plan` compares it: it decides when dependents restart. Of a probe that the engine
/// cannot try, only the timeout: failures of `alive` do not count until then.
fn ready(app: &App) -> Option<Value> {
    match Probe::ready(app) {
        Some(probe) => Some(json!(probe.of_anyone())),
        None => Some(json!(app.alive.as_ref().and(app.ready.as_ref())?.timeout)),
    }
}

/// How long the guard may take to end what a killed engine has left.
const GUARDED: Duration = Duration::from_secs(5);

/// The pause between two looks whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// How long the engine may take for a process beyond what the app itself may take.
const SLACK: Duration = Duration::from_secs(10);

/// An engine whose place is locked.
#[derive(Debug)]
struct Locked<'e> {
    engine: &'e Embedded,
    lock: FileLock,
}

impl engine::Lock for Locked<'_> {
    fn connect(&self) -> Result<Option<Box<dyn Session>>, EngineError> {
        let begun = Instant::now();
        while let Some(mut connection) = Connection::open(&self.engine.home)? {
            let over = connection.is_over();
            if begun.elapsed() >= self.engine.patience || matches!(over, Ok(false)) {
                return Ok(Some(Box::new(connection)));
            }
            drop(connection);
            match over {
                Ok(_) | Err(EmbeddedError::Lost) => thread::sleep(LOOK),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    fn launch(&self) -> Result<Box<dyn Session>, EngineError> {
        if let Some(session) = self.connect()? {
            return Ok(session);
        }
        if !self.engine.is_launched {
            self.engine.check_runs()?;
        }
        Ok(Box::new(launch(&self.engine.home, &self.engine.program)?))
    }

    fn check_room(&self) -> Result<(), EngineError> {
        Ok(self.lock.check_room().map_err(EmbeddedError::from)?)
    }

    fn follows_interrupted(&self) -> bool {
        self.lock.follows_interrupted()
    }

    fn finished(&self) {
        self.lock.finished();
    }
}
