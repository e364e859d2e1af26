//! How the apps of a system are.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use promethean_core::app::{App, External};
use promethean_core::secrets::Reader;
use serde::Serialize;

use super::Pm2;
use super::definition::Definition;
use super::error::OperationError;
use super::memory::Memory;
use super::orphans;
use super::plan::{self, Difference};
use super::probing::{self, Probing};
use super::target::Target;
use crate::pm2::{Driver, Home, Process};
use crate::preflight::{Circumstances, refusal};

/// How long a probe is tried.
const LIMIT: Duration = Duration::from_secs(1);

/// How the units of a target are.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Whether PM2's daemon runs.
    pub daemon: bool,
    /// The apps of the units, in the order of their dependencies, and behind them those that the
    /// ecosystem started and does not have any more.
    pub apps: Vec<AppStatus>,
    /// What the system needs and does not start.
    pub externals: Vec<ExternalStatus>,
    /// What could not be found out, and why.
    pub notes: Vec<String>,
}

/// How an app is.
#[derive(Clone, Debug, Serialize)]
pub struct AppStatus {
    /// Its name in PM2.
    pub app: String,
    /// Its agent.
    pub agent: Option<String>,
    /// Its name within the agent.
    pub short_name: String,
    /// What it is about, in a word.
    pub state: State,
    /// What its probe says; `None` of an app without one, and of one that does not run.
    pub ready: Option<bool>,
    /// The numbers of its processes.
    pub pids: Vec<u32>,
    /// How long its youngest process has run, in seconds.
    pub uptime: Option<u64>,
    /// How often its processes were restarted.
    pub restarts: u64,
    /// Processor time of all its processes, in percent of one processor.
    pub cpu: f64,
    /// Memory of all its processes, in bytes.
    pub memory: u64,
    /// What differs from what is written.
    pub drift: Vec<Difference>,
}

/// The state of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum State {
    /// All its processes run.
    Online,
    /// It has done what it does once.
    Completed,
    /// PM2 starts it when somebody asks for it.
    NotStarted,
    /// PM2 does not have it.
    Absent,
    /// PM2 has it, and it does not run.
    Down {
        /// What it does instead.
        #[serde(rename = "state")]
        what: String,
    },
    /// Its process was left behind by a daemon that was killed.
    Orphaned,
    /// PM2 has an app of that name which this system did not start.
    Foreign,
    /// It runs and is written no more.
    NoLongerWritten,
}

/// How an external is.
#[derive(Clone, Debug, Serialize)]
pub struct ExternalStatus {
    /// Its name.
    pub external: String,
    /// Whether it is there; `None` of one without a probe.
    pub ready: Option<bool>,
}

impl Status {
    /// Whether all runs as it is written.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let well = |app: &AppStatus| {
            matches!(app.state, State::Online | State::Completed | State::NotStarted)
                && app.ready != Some(false)
                && app.drift.is_empty()
        };
        self.apps.iter().all(well)
            && self.externals.iter().all(|external| external.ready != Some(false))
    }
}

/// How the units of a target are: these alone, without what they depend on.
///
/// # Errors
///
/// PM2 cannot be asked.
pub fn status(pm2: &Pm2, target: &Target) -> Result<Status, OperationError> {
    let mut driver = Driver::connect(&pm2.installation, &pm2.home)?;
    look(&pm2.home, target, driver.as_mut())
}

/// Looks again and again, over one connection.
#[derive(Debug)]
pub struct Watch<'w> {
    pm2: &'w Pm2,
    target: &'w Target,
    driver: Option<Driver>,
}

impl<'w> Watch<'w> {
    /// A watch that has not looked yet.
    #[must_use]
    pub fn new(pm2: &'w Pm2, target: &'w Target) -> Watch<'w> {
        Watch { pm2, target, driver: None }
    }

    /// Looks. A daemon that was gone and is back is found again.
    ///
    /// # Errors
    ///
    /// PM2 cannot be asked.
    pub fn look(&mut self) -> Result<Status, OperationError> {
        if let Some(driver) = &mut self.driver
            && let Ok(status) = look(&self.pm2.home, self.target, Some(driver))
        {
            return Ok(status);
        }
        self.driver = Driver::connect(&self.pm2.installation, &self.pm2.home)?;
        look(&self.pm2.home, self.target, self.driver.as_mut())
    }
}

fn look(
    home: &Home,
    target: &Target,
    driver: Option<&mut Driver>,
) -> Result<Status, OperationError> {
    let daemon = driver.is_some();
    let running = driver.map_or(Ok(Vec::new()), Driver::list)?;
    let by_name = plan::by_name(&running);
    let memory = Memory::read(home);
    let orphans = orphans::find(home, memory.iter(), &running);
    let mut notes = Vec::new();
    let reader = Reader::new();
    let mut apps: Vec<AppStatus> = Vec::new();
    let mut probes = Vec::new();
    for app in target.named() {
        let processes = by_name.get(app.name.as_str()).cloned().unwrap_or_default();
        let mut status = described(target, app, &processes);
        if processes.is_empty() && orphans.iter().any(|orphan| orphan.app == app.name.as_str()) {
            status.state = State::Orphaned;
        }
        if !processes.is_empty() && status.state != State::Foreign {
            let environment = reader.environment(app);
            if let Err(error) = &environment {
                notes.push(format!("the variables of {} are not compared: {error}", app.name));
            }
            let unread = environment.is_err();
            let definition = Definition::new(app, environment.unwrap_or_default());
            status.drift = differences(&definition, &processes, unread);
            if let (State::Online, Some(probe)) = (&status.state, &app.ready) {
                let logs = probing::logs_of(processes.iter().copied());
                let probing = Probing::new(&definition, probe.clone(), home, logs);
                probes.push((apps.len(), thread::spawn(move || probing.try_once(LIMIT))));
            }
        }
        apps.push(status);
    }
    let externals = externals(target, home);
    for (index, probe) in probes {
        if let (Some(app), Ok(ready)) = (apps.get_mut(index), probe.join()) {
            app.ready = Some(ready);
        }
    }
    apps.extend(no_longer_written(target, &by_name));
    Ok(Status { daemon, apps, externals, notes })
}

fn described(target: &Target, app: &App, processes: &[&Process]) -> AppStatus {
    let agent = app.agent.as_ref().map(ToString::to_string);
    AppStatus {
        short_name: app.short_name.to_string(),
        ..summed(&app.name, agent, state(target, app, processes), processes)
    }
}

/// What the processes of an app come to together.
fn summed(name: &str, agent: Option<String>, state: State, processes: &[&Process]) -> AppStatus {
    AppStatus {
        app: name.to_owned(),
        agent,
        short_name: name.to_owned(),
        state,
        ready: None,
        pids: processes.iter().map(|process| process.pid).filter(|pid| *pid != 0).collect(),
        uptime: uptime(processes),
        restarts: processes.iter().map(|process| process.restarts).sum(),
        cpu: processes.iter().fold(0.0, |sum, process| sum + process.cpu),
        memory: processes.iter().map(|process| process.memory).sum(),
        drift: Vec::new(),
    }
}

fn state(target: &Target, app: &App, processes: &[&Process]) -> State {
    if processes.is_empty() {
        return State::Absent;
    }
    if !processes.iter().all(|process| plan::is_ours(process, target.owner(), app)) {
        return State::Foreign;
    }
    match processes.iter().find(|process| !process.is_online()) {
        None => State::Online,
        Some(process) if app.may_end() && process.has_completed() => State::Completed,
        Some(process) if plan::is_as_it_should(process, app) => State::NotStarted,
        Some(process) => State::Down { what: plan::state(process) },
    }
}

fn uptime(processes: &[&Process]) -> Option<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let youngest =
        processes.iter().filter(|process| process.is_online()).map(|process| process.since);
    let since = Duration::from_millis(youngest.max()?);
    Some(now.saturating_sub(since).as_secs())
}

/// What differs of the processes of an app; of variables only what could be read.
fn differences(
    definition: &Definition<'_>,
    processes: &[&Process],
    unread: bool,
) -> Vec<Difference> {
    let mut differences: Vec<Difference> = Vec::new();
    for process in processes {
        for difference in plan::differences(definition, process) {
            let of_variable = difference.field.starts_with("env.");
            if !(unread && of_variable || differences.contains(&difference)) {
                differences.push(difference);
            }
        }
    }
    differences
}

/// The externals that the units need, or all.
fn externals(target: &Target, home: &Home) -> Vec<ExternalStatus> {
    let needed = |external: &&External| {
        target.is_whole()
            || target.named().any(|app| app.depends_on.iter().any(|on| on.on == external.name))
    };
    let circumstances = Circumstances::of_process(home.clone());
    let circumstances = &circumstances;
    thread::scope(|scope| {
        let tried = target
            .system()
            .externals
            .iter()
            .filter(needed)
            .map(|external| (external, scope.spawn(move || refusal(external, circumstances))));
        let tried: Vec<_> = tried.collect();
        let told = tried.into_iter().map(|(external, tried)| ExternalStatus {
            external: external.name.to_string(),
            ready: external.ready.as_ref().and_then(|_| Some(tried.join().ok()?.is_none())),
        });
        told.collect()
    })
}

/// What the ecosystem started and does not have any more.
fn no_longer_written(target: &Target, running: &BTreeMap<&str, Vec<&Process>>) -> Vec<AppStatus> {
    let gone = running.iter().filter(|(name, processes)| {
        target.is_whole()
            && target.system().app(name).is_none()
            && processes.iter().all(|process| {
                process.record.as_ref().is_some_and(|record| record.owner == *target.owner())
            })
    });
    let told = gone.map(|(name, processes)| {
        let record = processes.first().and_then(|process| process.record.as_ref());
        let agent = record.and_then(|record| record.agent.clone());
        summed(name, agent, State::NoLongerWritten, processes)
    });
    told.collect()
}
