//! PM2 as an engine: the traits of the seam, answered by the modules beside this one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::tz::TimeZone;
use promethean_core::app::{App, System};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use promethean_core::secrets::Environment;
use serde_json::{Map, Value};

use super::driver::{Driver, Held};
use super::home::Home;
use super::installation::Installation;
#[cfg(unix)]
use super::reader::{Found, Reader};
use super::{NAME, Pm2Error, definition, dump, environment, files, limits, orphans};
use crate::engine::lock::FileLock;
use crate::engine::log_files::log_files;
use crate::engine::processes::Processes;
use crate::engine::times::Times;
use crate::engine::zone;
use crate::engine::{
    self, Definition, Dumped, Engine, EngineError, Known, Limit, Look, Orphan, Pace, Place,
    Process, ProcessId, ProcessStart, SavedState, Seen, Session, Unlisted, User, end_orphans,
    state_file, users,
};
use crate::logs::LogFile;

/// A PM2 to work with.
#[derive(Clone, Debug)]
pub struct Pm2 {
    /// The program.
    pub installation: Installation,
    /// Its home.
    pub home: Home,
    /// How long to wait for another run that is at work in the home, and for PM2 to start and to answer what
    /// it has at hand.
    pub patience: Duration,
}

impl Pm2 {
    /// How long a run waits for another one, and for PM2.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    /// The PM2 of the user: its program as [`Installation::find`] finds it, its home as PM2 does.
    ///
    /// # Errors
    ///
    /// There is none that can be used.
    pub fn of_user(given: Option<&Path>, near: &[&Path]) -> Result<Pm2, Pm2Error> {
        let installation = Installation::find(given, near)?;
        let home = Home::of_user()?;
        home.fits_sockets()?;
        Ok(Pm2 { installation, home, patience: Pm2::PATIENCE })
    }
}

impl Place for Home {
    fn name(&self) -> &'static str {
        NAME
    }

    fn removal(&self, app: &str) -> String {
        format!("pm2 delete {}", Foreign(app))
    }

    fn home(&self) -> &Path {
        self.path()
    }

    fn environment(&self) -> Vec<(String, String)> {
        environment::base(self).collect()
    }

    fn user(&self, app: &App) -> Option<User> {
        users::of(app)
    }

    fn logs(&self, apps: &[&App]) -> Vec<LogFile> {
        let home = Utf8Path::from_path(self.path());
        home.map(|home| log_files(apps, home, &|| self.zone())).unwrap_or_default()
    }

    fn zone(&self) -> TimeZone {
        let pid = std::fs::read_to_string(self.daemon_pid()).ok();
        let pid = pid.and_then(|pid| pid.trim().parse().ok());
        pid.and_then(zone::of_process).unwrap_or_else(TimeZone::system)
    }

    fn pid_files(&self, app: &App) -> Utf8PathBuf {
        files::pid_files(app, self)
    }

    fn saved_state(&self) -> Result<SavedState, EngineError> {
        Ok(state_file::read(&self.own()).map_err(Pm2Error::from)?)
    }

    fn save_state(&self, state: &SavedState) -> Result<(), EngineError> {
        Ok(state_file::write(&self.own(), state).map_err(Pm2Error::from)?)
    }

    fn is_at_work(&self) -> bool {
        Home::is_at_work(self)
    }

    fn unlisted(&self, look: Look<'_>, meant: &[Known<'_>], others: &[Known<'_>]) -> Unlisted {
        orphans::find(self, look, meant, others)
    }

    fn dumped(&self, system: &System) -> Vec<Dumped> {
        dump::dumped(system, self)
    }

    fn limits(&self) -> &'static [Limit] {
        limits::LIMITS
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        if !self.is_open_to_all() {
            return Vec::new();
        }
        let path = Foreign(self.path().display());
        let message =
            format!("every user can write to PM2's home {path} and read what is sent to PM2");
        vec![Diagnostic::new(message).help(format!("`chmod go-w {path}`"))]
    }
}

/// What its home answers.
impl Place for Pm2 {
    fn name(&self) -> &'static str {
        self.home.name()
    }

    fn removal(&self, app: &str) -> String {
        self.home.removal(app)
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.home.environment()
    }

    fn user(&self, app: &App) -> Option<User> {
        self.home.user(app)
    }

    fn logs(&self, apps: &[&App]) -> Vec<LogFile> {
        self.home.logs(apps)
    }

    fn zone(&self) -> TimeZone {
        self.home.zone()
    }

    fn pid_files(&self, app: &App) -> Utf8PathBuf {
        self.home.pid_files(app)
    }

    fn saved_state(&self) -> Result<SavedState, EngineError> {
        self.home.saved_state()
    }

    fn save_state(&self, state: &SavedState) -> Result<(), EngineError> {
        self.home.save_state(state)
    }

    fn is_at_work(&self) -> bool {
        self.home.is_at_work()
    }

    fn unlisted(&self, look: Look<'_>, meant: &[Known<'_>], others: &[Known<'_>]) -> Unlisted {
        self.home.unlisted(look, meant, others)
    }

    fn dumped(&self, system: &System) -> Vec<Dumped> {
        self.home.dumped(system)
    }

    fn limits(&self) -> &'static [Limit] {
        self.home.limits()
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        self.home.warnings()
    }
}

impl Engine for Pm2 {
    fn patience(&self) -> Duration {
        self.patience
    }

    fn pace(&self) -> Pace {
        Pace {
            look: Duration::from_millis(250),
            settling: Duration::from_millis(1_500),
            work: Duration::from_millis(100),
            // What PM2 was asked for shows within a quarter of a second: it looks so often whether a
            // process that is about to end is online (`stopProcessId` in `lib/God/ActionMethods.js`).
            calm: Duration::from_millis(500),
        }
    }

    fn lock(
        &self,
        command: &str,
        patience: Duration,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<Box<dyn engine::Lock + '_>, EngineError> {
        let lock = self.home.lock(command, patience, waiting)?;
        Ok(Box::new(Locked { pm2: self, lock }))
    }

    fn connect(&self) -> Result<Option<Box<dyn Session>>, EngineError> {
        #[cfg(unix)]
        if let Some(session) = read(Reader::connect(self, None)?) {
            return Ok(session);
        }
        Ok(boxed(Driver::connect(&self.installation, &self.home, self.patience)?))
    }

    fn definition<'s>(&self, app: &'s App, environment: Environment) -> Definition<'s> {
        Definition::under_pm2s_names(app, environment)
    }

    fn attributes(&self, app: &App) -> Map<String, Value> {
        definition::told(app, &self.home)
    }

    fn is_own_variable(&self, name: &str) -> bool {
        definition::is_own_variable(name)
    }

    fn can_replace(&self, app: &App, changed: &[&str]) -> bool {
        definition::can_reload(app, changed)
    }

    /// As `pm2 scale` does.
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
        orphans::time_at_work(process)
    }

    fn starts(&self, pids: &[u32]) -> BTreeMap<u32, ProcessStart> {
        Processes::starts(pids)
    }

    fn families(&self, processes: &[&Process]) -> BTreeMap<ProcessId, Vec<Seen>> {
        Processes::families(processes)
    }

    fn left_behind(
        &self,
        stopped: &[Known<'_>],
        others: &[Known<'_>],
        before: &[Process],
        listed: &[Process],
    ) -> Unlisted {
        orphans::left_behind(&self.home, (stopped, others), before, listed)
    }

    fn daemon_log(&self) -> Option<PathBuf> {
        Some(self.home.daemon_log())
    }

    fn end(&self, orphans: Vec<Orphan>) {
        end_orphans::end(orphans);
    }
}

/// A PM2 whose home is locked.
#[derive(Debug)]
struct Locked<'p> {
    pm2: &'p Pm2,
    lock: FileLock,
}

impl engine::Lock for Locked<'_> {
    fn connect(&self) -> Result<Option<Box<dyn Session>>, EngineError> {
        #[cfg(unix)]
        if let Some(session) = read(Reader::connect(self.pm2, Some(&self.lock))?) {
            return Ok(session);
        }
        let Pm2 { installation, home, patience } = self.pm2;
        let lock = Held::of(&self.lock, home)?;
        Ok(boxed(Driver::connect_locked(installation, home, lock, *patience)?))
    }

    fn launch(&self) -> Result<Box<dyn Session>, EngineError> {
        let Pm2 { installation, home, patience } = self.pm2;
        let lock = Held::of(&self.lock, home)?;
        Ok(Box::new(Driver::launch(installation, home, lock, *patience)?))
    }

    fn check_room(&self) -> Result<(), EngineError> {
        Ok(self.lock.check_room().map_err(Pm2Error::from)?)
    }

    fn follows_interrupted(&self) -> bool {
        self.lock.follows_interrupted()
    }

    fn finished(&self) {
        self.lock.finished();
    }
}

/// What a socket leads to, or none where only PM2's client knows how to connect to it.
#[cfg(unix)]
#[expect(clippy::option_option, reason = "a daemon that is not there is an answer")]
fn read(found: Found) -> Option<Option<Box<dyn Session>>> {
    match found {
        Found::Daemon(reader) => Some(Some(reader)),
        Found::Nothing => Some(None),
        Found::Elsewhere => None,
    }
}

fn boxed(driver: Option<Driver>) -> Option<Box<dyn Session>> {
    driver.map(|driver| Box::new(driver) as Box<dyn Session>)
}
