//! What is done with a system on the real PM2: plan, up, apply, down, restart, reload.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `target` | a system and the units that were named |
//! | `event`, `error` | what an operation tells, and why it fails |
//! | `definition` | what PM2 is told of an app |
//! | `plan` | what runs against what is written |
//! | `memory`, `orphans` | processes that a killed daemon leaves behind |
//! | `schedule`, `bring_up`, `take_down` | the order of things |
//! | `probing`, `evidence` | whether an app is ready, and what it said when it is not |
//!
//! Every operation begins with what runs, not with what an earlier one meant to do: one that was
//! ended at any moment is continued by the next.

mod bring_up;
mod definition;
mod error;
mod event;
mod evidence;
mod memory;
mod orphans;
mod plan;
mod probing;
mod schedule;
mod take_down;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use promethean_core::app::App;

pub use error::{FailedApp, Failures, OperationError};
pub use event::{Event, Observer};
pub use plan::{Action, Difference, Foreign, Plan, Step};
pub use target::Target;

use crate::pm2::{Driver, Home, Installation, Lock, Pm2Error, Process};
use bring_up::{Tools, bring_up};
use definition::Definition;
use memory::{Memory, Remembered};
use take_down::{Ending, take_down};

/// A PM2 to work with.
#[derive(Clone, Debug)]
pub struct Pm2 {
    /// The program.
    pub installation: Installation,
    /// Its home.
    pub home: Home,
    /// How long to wait for another run that is at work in the home.
    pub patience: Duration,
}

impl Pm2 {
    /// How long a run waits for another one.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    /// The PM2 of the user: its program as [`Installation::find`] finds it, its home as PM2 does.
    ///
    /// # Errors
    ///
    /// There is none that can be used.
    pub fn of_user(given: Option<&Path>, near: &[&Path]) -> Result<Pm2, Pm2Error> {
        let installation = Installation::find(given, near)?;
        Ok(Pm2 { installation, home: Home::of_user()?, patience: Pm2::PATIENCE })
    }
}

/// What runs against what is written, for the units of a target and all they depend on.
///
/// # Errors
///
/// PM2 cannot be asked, secrets or variables are lacking, or names belong to others.
pub fn plan(pm2: &Pm2, target: &Target) -> Result<Plan, OperationError> {
    let system = target.wanted();
    let definitions = Definition::all(&system)?;
    let Some(mut driver) = Driver::connect(&pm2.installation, &pm2.home)? else {
        return planned(target, &definitions, &[], 1);
    };
    let running = driver.list()?;
    planned(target, &definitions, &running, driver.daemon().processors)
}

fn planned(
    target: &Target,
    definitions: &[Definition<'_>],
    running: &[Process],
    processors: usize,
) -> Result<Plan, OperationError> {
    Plan::new(target, definitions, running, processors).map_err(OperationError::Foreign)
}

/// Brings units up with all they depend on. What runs as it is written goes on; what runs with an
/// older definition gets the present one; nothing is removed.
///
/// Returns what was done.
///
/// # Errors
///
/// As [`plan`], and when an app does not start, does not become ready in time, or dies within the
/// next second or two.
pub fn up(pm2: &Pm2, target: &Target, observe: &mut Observer<'_>) -> Result<Plan, OperationError> {
    Work::begin(pm2, target, "up", observe)?.bring_up(|mut plan| {
        plan.steps.retain(|step| step.action != Action::Remove);
        plan
    })
}

/// Makes what runs what is written: as [`up`], and what the ecosystem has no more is removed. With
/// units in the target nothing is removed.
///
/// Returns what was done.
///
/// # Errors
///
/// As [`up`].
pub fn apply(
    pm2: &Pm2,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    Work::begin(pm2, target, "apply", observe)?.bring_up(|plan| plan)
}

/// Starts units anew, with their present definitions. What they depend on is brought up where it
/// does not run, and otherwise left alone.
///
/// # Errors
///
/// As [`up`].
pub fn restart(
    pm2: &Pm2,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    again(pm2, target, "restart", observe)
}

/// As [`restart`]; the processes of a cluster are replaced one after the other, so that one of them
/// always listens.
///
/// # Errors
///
/// As [`up`].
pub fn reload(
    pm2: &Pm2,
    target: &Target,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    again(pm2, target, "reload", observe)
}

fn again(
    pm2: &Pm2,
    target: &Target,
    command: &'static str,
    observe: &mut Observer<'_>,
) -> Result<Plan, OperationError> {
    let named: BTreeSet<String> = target.named().map(|app| app.name.to_string()).collect();
    Work::begin(pm2, target, command, observe)?.bring_up(|mut plan| {
        plan.steps.retain(|step| step.action != Action::Remove);
        for step in plan.steps.iter_mut().filter(|step| named.contains(&step.app)) {
            step.action = match (&step.action, command) {
                (Action::Keep, "reload") => Action::Change { fields: Vec::new() },
                (Action::Change { fields }, "restart") => {
                    Action::Restart { reason: format!("{} fields changed", fields.len()) }
                }
                (Action::Keep, _) => Action::Restart { reason: "asked for".to_owned() },
                (other, _) => other.clone(),
            };
        }
        plan
    })
}

/// What was taken down, and what was left.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Down {
    /// The apps that were ended, in the order in which they were.
    pub stopped: Vec<String>,
    /// The apps that others still need, each with those who do.
    pub needed: BTreeMap<String, Vec<String>>,
}

/// Takes units down with all they depend on, dependents first; what others still need goes on. With
/// `force` the units that were named are ended whoever needs them.
///
/// Without units all goes that the ecosystem has or once started.
///
/// # Errors
///
/// PM2 cannot be asked or does not answer.
pub fn down(
    pm2: &Pm2,
    target: &Target,
    force: bool,
    observe: &mut Observer<'_>,
) -> Result<Down, OperationError> {
    let mut work = Work::begin(pm2, target, "down", observe)?;
    let running = work.running()?;
    work.end_orphans(&running);
    let (endings, needed) = ending(target, &running, force);
    let mut down = Down { stopped: Vec::new(), needed };
    let ids: BTreeSet<u64> = endings.iter().flat_map(|ending| ending.processes.clone()).collect();
    work.memory.ending(running.iter().filter(|process| ids.contains(&process.id)))?;
    if let Some(driver) = &mut work.driver {
        let observe = &mut *work.observe;
        take_down(driver, &endings, &mut |event| {
            if let Event::Stopped { app } = &event {
                down.stopped.push(app.clone());
            }
            observe(event);
        })?;
    }
    let wanted = target.wanted();
    let gone: Vec<String> = wanted
        .apps
        .iter()
        .map(|app| app.name.to_string())
        .chain(down.stopped.iter().cloned())
        .filter(|app| !down.needed.contains_key(app))
        .collect();
    work.memory.remove(&gone)?;
    Ok(down)
}

/// What goes down, and what stays because others need it.
fn ending(
    target: &Target,
    running: &[Process],
    force: bool,
) -> (Vec<Ending>, BTreeMap<String, Vec<String>>) {
    let wanted = target.wanted();
    let named: BTreeSet<&str> = target.named().map(|app| app.name.as_str()).collect();
    let running = plan::by_name(running);
    let is_ours = |name: &str, processes: &[&Process]| match target.system().app(name) {
        Some(app) => processes.iter().all(|process| plan::is_ours(process, target.owner(), app)),
        None => processes.iter().all(|process| {
            process.record.as_ref().is_some_and(|record| record.owner == *target.owner())
        }),
    };
    let mut going: BTreeSet<&str> = running
        .iter()
        .filter(|(name, _)| target.is_whole() || wanted.app(name).is_some())
        .filter(|(name, processes)| is_ours(name, processes))
        .map(|(name, _)| *name)
        .collect();
    let dependents = |name: &str| -> Vec<&str> {
        let needs = |process: &&&Process| {
            process
                .record
                .as_ref()
                .is_some_and(|record| record.depends_on.iter().any(|on| on == name))
        };
        let all =
            running.iter().filter(|(_, processes)| processes.iter().any(|process| needs(&process)));
        all.map(|(dependent, _)| *dependent).collect()
    };
    let mut needed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    // Whoever stays may need another in turn.
    loop {
        let stays = going.iter().copied().find_map(|name| {
            let by: Vec<&str> =
                dependents(name).into_iter().filter(|other| !going.contains(other)).collect();
            let forced = force && named.contains(name);
            (!by.is_empty() && !forced).then_some((name, by))
        });
        let Some((name, by)) = stays else { break };
        going.remove(name);
        needed.insert(name.to_owned(), by.into_iter().map(str::to_owned).collect());
    }
    let endings = running
        .iter()
        .filter(|(name, _)| going.contains(*name))
        .map(|(name, processes)| Ending {
            app: (*name).to_owned(),
            processes: processes.iter().map(|process| process.id).collect(),
            dependents: dependents(name).into_iter().map(str::to_owned).collect(),
            kill_timeout: target
                .system()
                .app(name)
                .map_or(Duration::from_secs(10), bring_up::kill_timeout),
        })
        .collect();
    (endings, needed)
}

/// An operation that changes what runs, under the lock of the home.
struct Work<'w, 'o> {
    pm2: &'w Pm2,
    target: &'w Target,
    lock: Lock,
    driver: Option<Driver>,
    memory: Memory,
    observe: &'w mut Observer<'o>,
}

impl<'w, 'o> Work<'w, 'o> {
    fn begin(
        pm2: &'w Pm2,
        target: &'w Target,
        command: &str,
        observe: &'w mut Observer<'o>,
    ) -> Result<Work<'w, 'o>, OperationError> {
        let command = format!("{command} of {}", target.owner().name);
        let lock = pm2.home.lock(&command, pm2.patience, &mut |holder| {
            observe(Event::Waiting { holder: holder.to_owned() });
        })?;
        let driver = Driver::connect(&pm2.installation, &pm2.home)?;
        let memory = Memory::read(&pm2.home);
        Ok(Work { pm2, target, lock, driver, memory, observe })
    }

    fn running(&mut self) -> Result<Vec<Process>, OperationError> {
        match &mut self.driver {
            Some(driver) => Ok(driver.list()?),
            None => Ok(Vec::new()),
        }
    }

    /// Ends what a killed daemon left of the apps of this operation.
    fn end_orphans(&mut self, running: &[Process]) {
        let wanted = self.target.wanted();
        let owner = self.target.owner();
        let concerned = |name: &str, remembered: &Remembered| match wanted.app(name) {
            Some(app) => remembered.owner == *owner || remembered.directory == app.directory,
            None => self.target.is_whole() && remembered.owner == *owner,
        };
        let apps = self.memory.iter().filter(|(name, remembered)| concerned(name, remembered));
        orphans::end(orphans::find(&self.pm2.home, apps, running), self.observe);
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

    /// Carries out the plan, as `chosen` has changed it.
    fn bring_up(mut self, chosen: impl FnOnce(Plan) -> Plan) -> Result<Plan, OperationError> {
        let system = self.target.wanted();
        let definitions = Definition::all(&system)?;
        let running = self.running()?;
        let processors = self.driver.as_ref().map_or(1, |driver| driver.daemon().processors);
        let plan = chosen(planned(self.target, &definitions, &running, processors)?);
        self.end_orphans(&running);
        let (removals, steps): (Vec<&Step>, Vec<&Step>) =
            plan.steps.iter().partition(|step| step.action == Action::Remove);
        self.remember(system.apps.iter())?;
        let goes = |process: &&Process| {
            let of =
                |step: &Step| step.action != Action::Keep && step.processes.contains(&process.id);
            plan.steps.iter().any(of)
        };
        self.memory.ending(running.iter().filter(goes))?;
        self.launched()?;
        self.remove(&removals)?;
        let Some(driver) = &mut self.driver else { return Ok(plan) };
        let tools = Tools { driver, home: &self.pm2.home, owner: self.target.owner() };
        bring_up(tools, &definitions, &steps, &running, self.observe)?;
        Ok(plan)
    }

    fn remove(&mut self, steps: &[&Step]) -> Result<(), OperationError> {
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
                kill_timeout: Duration::from_secs(10),
            })
            .collect();
        if let Some(driver) = &mut self.driver {
            take_down(driver, &endings, self.observe)?;
        }
        self.memory.remove(&names)?;
        Ok(())
    }

    fn remember<'a>(&mut self, apps: impl Iterator<Item = &'a App>) -> Result<(), OperationError> {
        let (owner, home) = (self.target.owner(), &self.pm2.home);
        let remembered = |app: &App| {
            let known = self.memory.of(&app.name).map(|known| known.owner.clone());
            let owner = known.unwrap_or_else(|| owner.clone());
            (app.name.to_string(), Remembered::new(app, &owner, home))
        };
        let apps: BTreeMap<String, Remembered> = apps.map(remembered).collect();
        Ok(self.memory.add(apps)?)
    }
}
