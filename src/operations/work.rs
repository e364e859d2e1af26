//! What every operation does that changes what runs: it takes the lock of PM2's home, ends what a
//! killed daemon left, remembers what it is about to start, and carries out a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use promethean_core::app::{App, External, System};
use promethean_core::foreign::Foreign;

use super::Pm2;
use super::bring_up::{Tools, bring_up};
use super::definition::Definition;
use super::error::OperationError;
use super::event::{Event, Observer};
use super::memory::{Memory, Remembered};
use super::orphans::{self, Look, Orphan, Processes, Unlisted};
use super::plan::{Action, Plan, Step, is_ours};
use super::profiles;
use super::take_down::{Ending, take_down};
use super::target::Target;
use super::times::longest_end;
use crate::pm2::{Driver, Lock, Owner, Pm2Error, Process};
use crate::preflight::{self, Circumstances};

/// How often PM2 is looked at that is at work.
const LOOK: Duration = Duration::from_millis(100);

/// How long PM2 has to be at rest after a run that was interrupted. What it was asked for shows
/// within a quarter of a second: it looks so often whether a process that is about to end is online
/// (`stopProcessId` in `lib/God/ActionMethods.js`).
const CALM: Duration = Duration::from_millis(500);

/// How long PM2 is waited for when nothing changes and it lists no process that says more.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long PM2 is waited for when something changes all the time.
const LONGEST: Duration = Duration::from_secs(600);

/// What PM2 is at work on.
#[derive(Debug, Default)]
struct Busy {
    apps: BTreeSet<String>,
    /// Processes that it does not list.
    held: BTreeSet<u32>,
    /// How long it may take for one process.
    patience: Duration,
    /// What changes while it is at work: the numbers and the status of each process.
    seen: Vec<(u64, u32, String)>,
}

/// Carries out an operation, and once more from the beginning when PM2's daemon ends under it. PM2's
/// daemon ends by itself, for one, a moment after it was started by somebody who was killed then
/// (`process.send` in `lib/Daemon.js`).
pub(super) fn again_without_daemon<T>(
    observe: &mut Observer<'_>,
    mut operation: impl FnMut(&mut Observer<'_>) -> Result<T, OperationError>,
) -> Result<T, OperationError> {
    match operation(observe) {
        Err(OperationError::Pm2(Pm2Error::DaemonLost)) => {
            let message = "PM2's daemon has ended meanwhile: beginning again".to_owned();
            observe(Event::Note { message });
            operation(observe)
        }
        other => other,
    }
}

/// What an operation makes of a plan.
pub(super) struct Chosen {
    pub(super) plan: Plan,
    /// What it leaves as it is, and ought to be known.
    pub(super) notes: Vec<String>,
}

/// An operation that changes what runs, under the lock of the home.
pub(super) struct Work<'w, 'o> {
    pm2: &'w Pm2,
    target: &'w Target,
    lock: Lock,
    pub(super) driver: Option<Driver>,
    pub(super) memory: Memory,
    /// Processes that PM2 was waited for in vain: it does not know them any more.
    lost: BTreeSet<u32>,
    pub(super) observe: &'w mut Observer<'o>,
}

impl<'w, 'o> Work<'w, 'o> {
    pub(super) fn begin(
        pm2: &'w Pm2,
        target: &'w Target,
        command: &str,
        observe: &'w mut Observer<'o>,
    ) -> Result<Work<'w, 'o>, OperationError> {
        let command = format!("{command} of {}", target.owner());
        let (start, limit) = (Instant::now(), pm2.patience);
        let lock = pm2.home.lock(&command, limit, &mut |holder| {
            let holder = holder.to_owned();
            observe(Event::Waiting { holder, since: start.elapsed(), limit });
        })?;
        let driver = Driver::connect_locked(&pm2.installation, &pm2.home, &lock)?;
        if let Some(version) = driver.as_ref().and_then(Driver::outdated) {
            let message = format!(
                "PM2's daemon is version {}, the program {}: `pm2 update` starts it anew",
                Foreign(version),
                Foreign(&pm2.installation.version)
            );
            observe(Event::Note { message });
        }
        let memory = Memory::read(&pm2.home)?;
        if pm2.home.is_open_to_all() {
            let path = Foreign(pm2.home.path().display());
            let message = format!(
                "every user can write to PM2's home {path}, and take what is sent to PM2\n  \
                 help: `chmod go-w {path}`"
            );
            observe(Event::Note { message });
        }
        Ok(Work { pm2, target, lock, driver, memory, lost: BTreeSet::new(), observe })
    }

    /// Carries out what it is for.
    pub(super) fn carry_out<T>(
        mut self,
        operation: impl FnOnce(&mut Work<'w, 'o>) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let outcome = operation(&mut self);
        // Where PM2 has failed it may still be at work.
        if !matches!(outcome, Err(OperationError::Pm2(_))) {
            self.lock.finished();
        }
        outcome
    }

    /// What runs when PM2 has finished what it is at work on of the apps of this operation. A run that
    /// was killed leaves it at work, and what it has begun to end or to replace is neither there nor
    /// gone.
    pub(super) fn running(&mut self) -> Result<Vec<Process>, OperationError> {
        let interrupted = self.lock.follows_interrupted();
        let begun = Instant::now();
        let mut told = BTreeSet::new();
        let mut seen = Vec::new();
        let (mut changed, mut calm) = (Instant::now(), Instant::now());
        loop {
            let Some(driver) = &mut self.driver else { return Ok(Vec::new()) };
            let running = driver.list()?;
            let busy = self.busy(&running, interrupted || !told.is_empty());
            if busy.seen != seen {
                changed = Instant::now();
                seen.clone_from(&busy.seen);
            }
            if !busy.apps.is_empty() || changed > calm {
                calm = Instant::now();
            }
            let is_late = changed.elapsed() > busy.patience || begun.elapsed() > LONGEST;
            if busy.apps.is_empty() || is_late {
                if is_late || !interrupted || calm.elapsed() >= CALM {
                    self.lost = busy.held;
                    return Ok(running);
                }
            } else if busy.apps.iter().any(|app| !told.contains(app)) {
                told.extend(busy.apps);
                let apps: Vec<String> = told.iter().map(|app| Foreign(app).to_string()).collect();
                let message = format!("waiting for PM2, which is at work on {}", apps.join(", "));
                (self.observe)(Event::Note { message });
            }
            thread::sleep(LOOK);
        }
    }

    /// What PM2 is at work on of the apps of this operation. To look at what it does not list is
    /// a matter of all processes of the machine.
    fn busy(&self, running: &[Process], unlisted: bool) -> Busy {
        let wanted = self.target.wanted();
        let is_meant = |process: &&Process| {
            let is_owned = || {
                let owner = process.record.as_ref().map(|record| &record.owner);
                let is_owner = |owner: &Owner| owner.is(self.target.owner());
                self.target.is_whole() && owner.is_some_and(is_owner)
            };
            wanted.app(&process.name).is_some() || is_owned()
        };
        let meant: Vec<&Process> = running.iter().filter(is_meant).collect();
        let patience = meant.iter().map(|process| orphans::time_to_end(process)).max();
        let mut busy = Busy { patience: patience.unwrap_or(PATIENCE), ..Busy::default() };
        for process in meant {
            let stops = process.is_stopping();
            // One that crashes all the time is often about to start.
            if !stops && process.unstable_restarts > 0 {
                continue;
            }
            busy.seen.push((process.id, process.pid, process.status.clone()));
            if stops || process.is_launching() {
                busy.apps.insert(process.name.clone());
            }
        }
        if unlisted {
            for orphan in self.unlisted(running).held {
                busy.held.insert(orphan.pid);
                busy.apps.insert(orphan.app);
            }
        }
        busy
    }

    /// Ends what a killed daemon left of the apps of this operation.
    pub(super) fn end_orphans(&mut self, running: &[Process]) {
        let Unlisted { orphans, unclear, .. } = self.orphans(running);
        for (app, pid) in unclear {
            let message = format!(
                "process {pid}, which PM2 does not list, may be {app}, or another app\n  \
                 help: look at it with `ps -fp {pid}`, and end it if it is {app}",
                app = Foreign(&app),
            );
            (self.observe)(Event::Note { message });
        }
        orphans::end(orphans, self.observe);
    }

    /// What a killed daemon left of the apps of this operation, and what PM2 has lost of them.
    fn orphans(&self, running: &[Process]) -> Unlisted {
        let mut unlisted = self.unlisted(running);
        let lost = |orphan: &mut Orphan| self.lost.contains(&orphan.pid);
        unlisted.orphans.extend(unlisted.held.extract_if(.., lost));
        unlisted
    }

    /// What PM2 does not list of the apps of this operation.
    fn unlisted(&self, running: &[Process]) -> Unlisted {
        let wanted = self.target.wanted();
        let apps: Vec<&App> = wanted.apps.iter().collect();
        let (home, daemon) = (&self.pm2.home, self.driver.is_some());
        // The run that is at work is this one.
        let look = Look { home, daemon, listed: running, at_work: false };
        orphans::of_target(look, self.target, &apps, &self.memory)
    }

    /// Remembers the processes that PM2 has now: by their numbers and starts they are known again.
    fn see(&mut self, running: &[Process]) -> Result<(), OperationError> {
        let processes = Processes::of(running.iter().map(|process| process.pid));
        Ok(self.memory.see(running, &|pid| processes.started(pid))?)
    }

    /// The driver; a daemon is started where there is none.
    fn launched(&mut self) -> Result<&mut Driver, OperationError> {
        if self.driver.is_none() {
            let driver = Driver::launch(&self.pm2.installation, &self.pm2.home, &self.lock)?;
            if driver.daemon().launched {
                (self.observe)(Event::Launched { version: driver.daemon().version.clone() });
            }
            self.driver = Some(driver);
        }
        self.driver.as_mut().ok_or(OperationError::Pm2(Pm2Error::DaemonLost))
    }

    /// What is about to start has to be able to come up.
    fn preflight(
        &self,
        system: &System,
        running: &[Process],
        starts: impl Fn(&App) -> bool,
    ) -> Result<(), OperationError> {
        let mut starting = system.clone();
        starting.apps.retain(starts);
        let needed = |external: &External| {
            let mut dependencies = starting.apps.iter().flat_map(|app| &app.depends_on);
            dependencies.any(|dependency| dependency.on == external.name)
        };
        starting.externals =
            system.externals.iter().filter(|external| needed(external)).cloned().collect();
        let mut circumstances = Circumstances::of_process(self.pm2.home.clone());
        // Ports that are held by what is about to be ended will be free.
        circumstances.running = running_apps(self.target, running);
        let orphans = self.orphans(running).orphans.into_iter().map(|orphan| orphan.app);
        circumstances.running.extend(orphans);
        let report = preflight::check(&starting, &circumstances);
        match report.is_ready() {
            true => Ok(()),
            false => Err(OperationError::NotReady(report.failures())),
        }
    }

    /// Carries out the plan, as `chosen` has changed it.
    pub(super) fn bring_up(
        self,
        chosen: impl FnOnce(Plan, &[Process]) -> Chosen,
    ) -> Result<Plan, OperationError> {
        self.carry_out(|work| work.bring_to_plan(chosen))
    }

    fn bring_to_plan(
        &mut self,
        chosen: impl FnOnce(Plan, &[Process]) -> Chosen,
    ) -> Result<Plan, OperationError> {
        let system = self.target.wanted();
        let running = self.running()?;
        let definitions = match Definition::all(&system) {
            Ok(definitions) => definitions,
            Err(error) => {
                // All else that is lacking is told with it.
                let online = running_apps(self.target, &running);
                self.preflight(&system, &running, |app| !online.contains(app.name.as_str()))?;
                return Err(error.into());
            }
        };
        let processors = self.driver.as_ref().map_or(1, |driver| driver.daemon().processors);
        let plan = self.planned(&definitions, &running, processors)?;
        let Chosen { plan, notes } = chosen(plan, &running);
        if !plan.profiles.is_empty() && !self.target.changes_profile() {
            return Err(OperationError::Profile(Box::new(plan)));
        }
        for message in notes {
            (self.observe)(Event::Note { message });
        }
        let starts = |app: &App| {
            plan.steps
                .iter()
                .any(|step| step.action != Action::Keep && step.app == app.name.as_str())
        };
        self.preflight(&system, &running, starts)?;
        self.end_orphans(&running);
        let (removals, steps): (Vec<&Step>, Vec<&Step>) =
            plan.steps.iter().partition(|step| step.action == Action::Remove);
        self.remember(&system, &plan)?;
        self.see(&running)?;
        let goes = |process: &&Process| {
            let of =
                |step: &Step| step.action != Action::Keep && step.processes.contains(&process.id);
            plan.steps.iter().any(of)
        };
        self.memory.ending(running.iter().filter(goes))?;
        self.launched()?;
        self.remove(&removals, &running)?;
        let Some(driver) = &mut self.driver else { return Ok(plan) };
        let tools = Tools { driver, home: &self.pm2.home, target: self.target };
        let outcome = bring_up(tools, &definitions, &steps, &running, self.observe);
        if !matches!(outcome, Err(OperationError::Pm2(_))) {
            let running = driver.list()?;
            self.see(&running)?;
        }
        outcome.map(|()| plan)
    }

    fn remove(&mut self, steps: &[&Step], running: &[Process]) -> Result<(), OperationError> {
        let names: Vec<String> = steps.iter().map(|step| step.app.clone()).collect();
        // They stand in the order in which they go.
        let endings: Vec<Ending> = steps
            .iter()
            .enumerate()
            .map(|(position, step)| Ending {
                app: step.app.clone(),
                processes: step.processes.clone(),
                dependents: names
                    .get(position.saturating_sub(1)..position)
                    .unwrap_or_default()
                    .to_vec(),
                time_to_end: longest_end(
                    running.iter().filter(|process| step.processes.contains(&process.id)),
                ),
            })
            .collect();
        if let Some(driver) = &mut self.driver {
            take_down(driver, &endings, self.observe)?;
        }
        self.memory.remove(&names)?;
        Ok(())
    }

    /// Remembers apps. Those that are kept have the files and the profile they were started with.
    fn remember(&mut self, system: &System, plan: &Plan) -> Result<(), OperationError> {
        let steps = plan.steps.iter().filter(|step| step.action == Action::Keep);
        let kept: BTreeSet<&str> = steps.map(|step| step.app.as_str()).collect();
        let changes: BTreeSet<&str> =
            plan.profiles.iter().map(|change| change.app.as_str()).collect();
        let (home, profile) = (&self.pm2.home, self.target.profile());
        let remembered = |app: &App| {
            let name = app.name.as_str();
            let known = self.memory.of(name);
            let known = known.filter(|known| known.concerns(self.target, Some(app)));
            let owner = known.map_or(self.target.owner(), |known| &known.owner);
            let mut remembered = Remembered::new(app, owner, profile, home);
            if let Some(known) = known.filter(|_| kept.contains(name)) {
                remembered.pid_files.clone_from(&known.pid_files);
                if !changes.contains(name) {
                    remembered.profile.clone_from(&known.profile);
                }
            }
            (name.to_owned(), remembered)
        };
        let apps: BTreeMap<String, Remembered> = system.apps.iter().map(remembered).collect();
        Ok(self.memory.add(apps)?)
    }

    fn planned(
        &self,
        definitions: &[Definition<'_>],
        running: &[Process],
        processors: usize,
    ) -> Result<Plan, OperationError> {
        planned(self.pm2, self.target, &self.memory, definitions, running, processors)
    }
}

/// The names of a target's apps that are online.
pub(super) fn running_apps(target: &Target, running: &[Process]) -> BTreeSet<String> {
    let own = |process: &&Process| {
        let app = target.system().app(&process.name);
        process.is_online() && app.is_some_and(|app| is_ours(process, target.owner(), app))
    };
    running.iter().filter(own).map(|process| process.name.clone()).collect()
}

/// The plan for the wanted apps of a target.
pub(super) fn planned(
    pm2: &Pm2,
    target: &Target,
    memory: &Memory,
    definitions: &[Definition<'_>],
    running: &[Process],
    processors: usize,
) -> Result<Plan, OperationError> {
    let plan = Plan::new(target, definitions, running, processors);
    let mut plan = plan.map_err(OperationError::Foreign)?;
    plan.profiles = profiles::changes(&plan, target, memory, &pm2.home, running);
    Ok(plan)
}
