//! What an engine in memory runs: processes that are numbers, and faults that are planned.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use promethean::declaration::Condition;
use promethean::engine::{EngineError, ErrorKind, Phase, Process, Record, SavedState, Start};
use promethean_test_support::dice::Dice;

use super::engine::Broken;

/// What becomes of a request at which whoever asked is killed, or the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    None,
    Now,
    /// The daemon is at work on it for a while.
    Later,
}

/// What goes wrong, at one of the requests that change something.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The run is killed.
    Run(Effect),
    /// The daemon is killed: what it ran lives on.
    Daemon(Effect),
}

/// A restart that happens just behind a look, and what the next process has written before the look after
/// that.
#[derive(Debug, PartialEq, Eq)]
pub struct Restart {
    pub app: String,
    pub log: PathBuf,
    pub line: &'static str,
    /// After so many looks at the app.
    pub looks: u32,
}

/// What an app needs of another before it starts.
pub type Needs = BTreeMap<String, Vec<(String, Condition)>>;

/// The engine's daemon, and the machine around it.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct World {
    /// Whether the daemon runs.
    pub daemon: bool,
    /// What it lists.
    pub processes: Vec<Process>,
    /// Processes that a killed daemon left behind: the app and the number.
    pub orphans: Vec<(String, u32)>,
    /// What is remembered between two runs.
    pub memory: SavedState,
    /// Whether a run was ended in its work.
    pub interrupted: bool,
    /// Whether the present run was killed: nothing that it asks for counts any more.
    pub killed: bool,
    /// Apps that do not start.
    pub broken: Vec<String>,
    /// Apps that end by themselves, with exit code 0.
    pub once: Vec<String>,
    /// What has to be there when an app starts.
    pub needs: Needs,
    /// Whether what is ended may be needed by what runs: it is replaced.
    pub replaces: bool,
    /// The fault to come, and at which request.
    pub fault: Option<(usize, Fault)>,
    /// A restart to come.
    pub restart: Option<Restart>,
    /// What must not happen, and did.
    pub violations: Vec<String>,
    /// How many requests that change something there were.
    pub requests: usize,
    /// Restarts what runs at any time, as a schedule does.
    schedule: Option<Dice<'static>>,
    /// The Unix time, in milliseconds.
    clock: u64,
    ids: u64,
    pids: u32,
    /// Processes that the daemon is at work on, for how many more looks, and whether they end by
    /// themselves.
    at_work: Vec<(u64, u8, bool)>,
}

/// What becomes of a request.
enum Fate {
    Done,
    Killed(Effect),
    DaemonKilled(Effect),
}

/// For how many looks the daemon is at work on what it was asked for late.
const LOOKS: u8 = 2;

impl World {
    /// Whether a process is there, listed or not.
    pub fn lives(&self, pid: u32) -> bool {
        let listed = self.processes.iter().any(|process| process.pid == pid);
        pid != 0 && (listed || self.orphans.iter().any(|(_, orphan)| *orphan == pid))
    }

    /// How many processes of an app are there.
    pub fn living(&self, app: &str) -> usize {
        let listed =
            self.processes.iter().filter(|process| process.name == app && process.pid != 0);
        listed.count() + self.orphans.iter().filter(|(name, _)| name == app).count()
    }

    /// A run begins with what is there.
    pub fn begin(&mut self, fault: Option<(usize, Fault)>) {
        (self.killed, self.requests, self.fault) = (false, 0, fault);
    }

    fn lives_run(&self) -> Result<(), EngineError> {
        match self.killed {
            true => Err(EngineError::new(ErrorKind::Unusable, Broken("the run was killed"))),
            false => Ok(()),
        }
    }

    fn lives_daemon(&self) -> Result<(), EngineError> {
        self.lives_run()?;
        match self.daemon {
            true => Ok(()),
            false => Err(EngineError::new(ErrorKind::Lost, Broken("the daemon has ended"))),
        }
    }

    /// Counts a request that changes something.
    fn fate(&mut self) -> Fate {
        self.requests += 1;
        match self.fault {
            Some((at, Fault::Run(effect))) if at == self.requests => Fate::Killed(effect),
            Some((at, Fault::Daemon(effect))) if at == self.requests => Fate::DaemonKilled(effect),
            _ => Fate::Done,
        }
    }

    /// Carries out a request to the daemon, or what is left of it.
    fn carry_out<T>(
        &mut self,
        request: impl FnOnce(&mut World, bool) -> T,
    ) -> Result<T, EngineError> {
        self.lives_daemon()?;
        let fate = self.fate();
        let late = match &fate {
            Fate::Done | Fate::Killed(Effect::Now) | Fate::DaemonKilled(Effect::Now) => Some(false),
            Fate::Killed(Effect::Later) | Fate::DaemonKilled(Effect::Later) => Some(true),
            Fate::Killed(Effect::None) | Fate::DaemonKilled(Effect::None) => None,
        };
        let done = late.map(|late| request(self, late));
        match fate {
            Fate::Done => {}
            Fate::Killed(_) => self.killed = true,
            Fate::DaemonKilled(_) => self.kill_daemon(),
        }
        self.lives_daemon()?;
        Ok(done.expect("nobody was killed"))
    }

    /// Kills the daemon.
    pub fn kill_daemon(&mut self) {
        self.daemon = false;
        self.at_work.clear();
        let left = std::mem::take(&mut self.processes).into_iter();
        let left = left.filter(|process| process.pid != 0);
        self.orphans.extend(left.map(|process| (process.name, process.pid)));
    }

    /// What the daemon lists. What is at work goes on a little with each look.
    pub fn list(&mut self) -> Result<Vec<Process>, EngineError> {
        self.lives_daemon()?;
        for (id, looks, ends) in std::mem::take(&mut self.at_work) {
            match looks.checked_sub(1) {
                Some(looks) => self.at_work.push((id, looks, ends)),
                None => self.has_worked(id, ends),
            }
        }
        self.restart_some();
        let listed = self.processes.clone();
        self.restart_one();
        Ok(listed)
    }

    fn restart_one(&mut self) {
        let Some(restart) = &mut self.restart else { return };
        let Some(process) = self.processes.iter_mut().find(|process| process.name == restart.app)
        else {
            return;
        };
        restart.looks -= 1;
        if restart.looks == 0 {
            self.pids += 1;
            (process.restarts, process.pid, process.exit_code) = (1, self.pids, Some(7));
            process.since += 1;
            fs::write(&restart.log, restart.line).unwrap();
            self.restart = None;
        }
    }

    /// From now on a schedule restarts what runs.
    pub fn schedule(&mut self, seed: u64) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        self.clock = u64::try_from(now.as_millis()).unwrap();
        self.schedule = Some(Dice::from_seed(seed));
    }

    /// Goes on with restarts as PM2 does: a process that is asked to restart is ended, which counts as too
    /// early where it is young, and for a moment it does not run.
    fn restart_some(&mut self) {
        let Some(dice) = &mut self.schedule else { return };
        for process in &mut self.processes {
            for _ in 0..dice.below(5) {
                self.clock += 1 + dice.below(300) as u64;
                match &process.phase {
                    Phase::Online if dice.once_in(30) => {
                        process.phase = Phase::Stopping;
                        (process.requested, process.unstable_restarts) = (self.clock, 0);
                        process.is_being_replaced = true;
                    }
                    Phase::Stopping => {
                        let is_young = self.clock - process.since < 1_000;
                        process.unstable_restarts += u64::from(is_young);
                        process.exit_code = Some(0);
                        process.phase = match dice.once_in(2) {
                            true => Phase::WaitingRestart,
                            false => Phase::Stopped,
                        };
                        process.pid = 0;
                    }
                    Phase::WaitingRestart => process.phase = Phase::Stopped,
                    Phase::Stopped => {
                        self.pids += 1;
                        process.restarts += 1;
                        process.phase = Phase::Launching;
                        process.is_being_replaced = false;
                        (process.since, process.pid) = (self.clock, self.pids);
                    }
                    Phase::Launching => process.phase = Phase::Online,
                    _ => {}
                }
            }
        }
    }

    fn has_worked(&mut self, id: u64, ends: bool) {
        let Some(process) = self.processes.iter_mut().find(|process| process.id == id) else {
            return;
        };
        match process.phase {
            Phase::Launching => {
                process.phase = Phase::Online;
                if ends {
                    self.at_work.push((id, LOOKS, ends));
                }
            }
            Phase::Stopping => self.processes.retain(|process| process.id != id),
            // One that ends by itself.
            _ => (process.phase, process.pid, process.exit_code) = (Phase::Stopped, 0, Some(0)),
        }
    }

    /// Starts an app, which has to be free to start.
    pub fn start(&mut self, start: &Start) -> Result<Vec<Process>, EngineError> {
        self.carry_out(|world, late| world.started(start, late))
    }

    fn started(&mut self, start: &Start, late: bool) -> Vec<Process> {
        let text = |name: &str| start.attributes.get(name).and_then(|value| value.as_str());
        let app = text("name").unwrap_or_default().to_owned();
        if self.living(&app) > 0 {
            self.violations.push(format!("{app} is started, and is there already"));
        }
        for (need, condition) in self.needs.get(&app).cloned().unwrap_or_default() {
            if !self.has_reached(&need, condition) {
                self.violations.push(format!("{app} is started before {need} is {condition:?}"));
            }
        }
        let count = start.attributes.get("instances").and_then(serde_json::Value::as_u64);
        let mut started = Vec::new();
        for _ in 0..count.unwrap_or(1) {
            self.ids += 1;
            self.pids += 1;
            let variables = start.environment.iter();
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let mut process = Process {
                id: self.ids,
                name: app.clone(),
                pid: self.pids,
                phase: if late { Phase::Launching } else { Phase::Online },
                since: self.clock,
                requested: self.clock,
                env: variables.map(|(name, value)| (name.clone(), text(value))).collect(),
                record: Some(start.record.clone()),
                out_file: self
                    .restart
                    .as_ref()
                    .and_then(|restart| restart.log.clone().try_into().ok()),
                ..Process::default()
            };
            if self.broken.contains(&app) {
                (process.phase, process.pid, process.exit_code) = (Phase::Errored, 0, Some(1));
            } else if late || self.once.contains(&app) {
                self.at_work.push((process.id, LOOKS, self.once.contains(&app)));
            }
            started.push(process);
        }
        self.processes.extend(started.iter().cloned());
        started
    }

    fn has_reached(&self, app: &str, condition: Condition) -> bool {
        let own: Vec<&Process> =
            self.processes.iter().filter(|process| process.name == app).collect();
        !own.is_empty()
            && own.iter().all(|process| match condition {
                // One that ends by itself has been started, whatever came of it.
                Condition::Started | Condition::Ready => {
                    process.is_online() || self.once.iter().any(|once| once == app)
                }
                Condition::Completed => process.has_completed(),
            })
    }

    /// Ends a process.
    pub fn stop(&mut self, id: u64) -> Result<(), EngineError> {
        self.carry_out(|world, late| {
            let Some(position) = world.processes.iter().position(|process| process.id == id) else {
                return;
            };
            let app = world.processes[position].name.clone();
            let needs = |record: &Record| record.depends_on.contains(&app);
            let needing = world
                .processes
                .iter()
                .find(|process| process.is_online() && process.record.as_ref().is_some_and(needs));
            if let Some(needing) = needing.filter(|_| !world.replaces) {
                world.violations.push(format!("{app} is ended while {} needs it", needing.name));
            }
            match late {
                false => drop(world.processes.remove(position)),
                true => {
                    world.processes[position].phase = Phase::Stopping;
                    world.at_work.push((id, LOOKS, false));
                }
            }
        })
    }

    /// Writes what is remembered, as a whole or not at all: the daemon has no part in it.
    pub fn remember(&mut self, memory: &SavedState) -> Result<(), EngineError> {
        self.lives_run()?;
        match self.fate() {
            Fate::Done => self.memory = memory.clone(),
            Fate::Killed(effect) => {
                if effect == Effect::Now {
                    self.memory = memory.clone();
                }
                self.killed = true;
            }
            Fate::DaemonKilled(_) => {
                self.memory = memory.clone();
                self.kill_daemon();
            }
        }
        self.lives_run()
    }

    /// Starts the daemon where there is none.
    pub fn launch(&mut self) -> Result<bool, EngineError> {
        self.lives_run()?;
        let launched = !self.daemon;
        self.daemon = true;
        Ok(launched)
    }
}
