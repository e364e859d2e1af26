//! What the asked machine says of all machines and of the processes of the system.

use std::collections::{BTreeMap, HashMap};

use dxr::Value;
use promethean_core::app::App;
use promethean_core::emit::supvisors::process_names;

use super::rpc::Fields;
use super::{Supvisors, SupvisorsError};
use crate::engine::{Phase, Process};

/// What is seen at a moment.
#[derive(Debug, Default)]
pub(super) struct View {
    /// What Supvisors does, in its word; `OPERATION` is the usual one.
    pub(super) phase: String,
    /// The machines, each with its state in the word of Supvisors.
    pub(super) machines: Vec<(String, String)>,
    /// The processes of the system, by their names.
    processes: BTreeMap<String, Seen>,
}

/// What is seen of a process.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// What it does, in the word of Supervisor.
    pub(super) state: String,
    /// The machines that it runs on; several for as long as Supvisors has not stopped the others.
    pub(super) on: Vec<String>,
    /// Whether it ended as it may.
    is_expected: bool,
    /// What each machine that can run it knows of it.
    by_machine: Vec<Local>,
}

/// What a machine knows of a process.
#[derive(Clone, Debug, Default)]
pub(super) struct Local {
    pub(super) machine: String,
    /// Whether the machine says that it runs.
    runs: bool,
    pid: u32,
    /// When it was started last, in seconds of the Unix time; 0 for never.
    start: u64,
    stop: u64,
    uptime: u64,
    /// Why it was not started, or ended.
    pub(super) error: String,
}

/// The word for a machine that is there.
const RUNNING: &str = "RUNNING";

/// The number of the state of a process that runs (`ProcessStates` in `supervisor/states.py`).
const RUNS: u64 = 20;

/// The phase in which units are started and stopped.
const OPERATION: &str = "OPERATION";

/// The phases in which the machines look for each other; nothing is known of processes then.
const JOINING: [&str; 3] = ["OFF", "SYNCHRONIZATION", "ELECTION"];

impl Supvisors {
    /// Looks at the machines and the processes.
    pub(super) fn look(&self) -> Result<View, SupvisorsError> {
        const STATE: &str = "supvisors.get_supvisors_state";
        let server = &self.server;
        let state = Fields::from(server.call(STATE, Vec::new())?);
        if state.text("fsm_statename").is_empty() {
            return Err(server.not_understood(STATE));
        }
        let instances = server.list("supvisors.get_all_instances_info", Vec::new())?;
        // Supvisors calls a machine `stealth.lan:60000`.
        let names: HashMap<&str, &str> = instances
            .iter()
            .map(|instance| (instance.text("identifier"), instance.text("nick_identifier")))
            .collect();
        let machine = |instance: &Fields| {
            (instance.text("nick_identifier").to_owned(), instance.text("statename").to_owned())
        };
        let mut view = View {
            phase: state.text("fsm_statename").to_owned(),
            machines: instances.iter().map(machine).collect(),
            ..View::default()
        };
        if view.is_joining() {
            return Ok(view);
        }
        for process in server.list("supvisors.get_all_process_info", Vec::new())? {
            if process.text("application_name") != self.application {
                continue;
            }
            let on = process.texts("identifiers").into_iter().map(|id| {
                let name = names.get(id.as_str()).copied();
                name.map_or(id.clone(), str::to_owned)
            });
            let seen = Seen {
                state: process.text("statename").to_owned(),
                on: on.collect(),
                is_expected: process.is("expected_exit"),
                by_machine: Vec::new(),
            };
            view.processes.insert(process.text("process_name").to_owned(), seen);
        }
        let known: Vec<String> = view.machines.iter().map(|(name, _)| name.clone()).collect();
        for machine in known {
            let params = vec![Value::String(machine.clone())];
            for local in server.list("supvisors.get_all_inner_process_info", params)? {
                if local.text("group") != self.application {
                    continue;
                }
                let Some(seen) = view.processes.get_mut(local.text("name")) else { continue };
                seen.by_machine.push(Local {
                    machine: machine.clone(),
                    runs: local.number("state") == Some(RUNS),
                    pid: local.number("pid").and_then(|pid| pid.try_into().ok()).unwrap_or(0),
                    start: local.number("start").unwrap_or(0),
                    stop: local.number("stop").unwrap_or(0),
                    uptime: local.number("uptime").unwrap_or(0),
                    error: local.text("spawnerr").to_owned(),
                });
            }
        }
        view.processes.values_mut().for_each(Seen::believe_its_machine);
        Ok(view)
    }
}

impl View {
    /// Whether the machines look for each other.
    pub(super) fn is_joining(&self) -> bool {
        JOINING.contains(&self.phase.as_str())
    }

    /// Whether units can be started.
    pub(super) fn is_operating(&self) -> bool {
        self.phase == OPERATION
    }

    /// Whether a machine is there.
    pub(super) fn has_machine(&self, name: &str) -> bool {
        self.machines.iter().any(|(known, state)| known == name && state == RUNNING)
    }

    /// What is seen of each process of an app; `None` of one that the machines do not know.
    pub(super) fn of_app(&self, app: &App) -> Vec<(String, Option<&Seen>)> {
        let names = process_names(app).into_iter();
        names.map(|name| (name.clone(), self.processes.get(&name))).collect()
    }

    /// Whether all processes of an app run or have completed.
    pub(super) fn is_up(&self, app: &App) -> bool {
        let is_up = |seen: &Seen| seen.is_online() || seen.has_completed();
        self.of_app(app).iter().all(|(_, seen)| seen.is_some_and(is_up))
    }

    /// Whether a process of an app has not ended.
    pub(super) fn runs(&self, app: &App) -> bool {
        self.of_app(app).iter().any(|(_, seen)| seen.is_some_and(|seen| !seen.has_ended()))
    }

    /// What is seen of a process.
    pub(super) fn process(&self, name: &str) -> Option<&Seen> {
        self.processes.get(name)
    }

    /// The processes of the system that are of none of these apps.
    pub(super) fn of_no_app<'v>(&'v self, apps: &[App]) -> Vec<(&'v str, &'v Seen)> {
        let known: Vec<String> = apps.iter().flat_map(process_names).collect();
        let others = self.processes.iter().filter(|(name, _)| !known.contains(name));
        others.map(|(name, seen)| (name.as_str(), seen)).collect()
    }

    /// Whether an app can run on none of the machines that are there.
    pub(super) fn is_stranded(&self, app: &App) -> bool {
        !self.is_joining() && !app.machines.iter().any(|machine| self.has_machine(machine))
    }
}

impl Seen {
    /// Whether it runs or is about to.
    pub(super) fn runs(&self) -> bool {
        matches!(self.state.as_str(), "STARTING" | "RUNNING" | "BACKOFF")
    }

    pub(super) fn is_online(&self) -> bool {
        self.state == "RUNNING"
    }

    /// Supvisors can keep a state that it has forced (`ProcessStatus.force_state` in `supvisors/process.py`), such as
    /// that no machine was there to start it, while its machine says that it runs.
    fn believe_its_machine(&mut self) {
        let runs = |local: &Local| local.runs && self.on.contains(&local.machine);
        if self.has_ended() && self.by_machine.iter().any(runs) {
            "RUNNING".clone_into(&mut self.state);
        }
    }

    /// Whether it has ended, and Supervisor does not start it again.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.state.as_str(), "STOPPED" | "EXITED" | "FATAL" | "UNKNOWN")
    }

    /// Whether it ended by itself, and may have.
    pub(super) fn has_completed(&self) -> bool {
        self.state == "EXITED" && self.is_expected
    }

    /// What is known where it runs, or where it ran last.
    pub(super) fn last(&self) -> Option<&Local> {
        let here = self.by_machine.iter().find(|local| self.on.contains(&local.machine));
        let newest = || self.by_machine.iter().max_by_key(|local| (local.stop, local.start));
        here.or_else(newest).filter(|local| local.start > 0 || !local.error.is_empty())
    }

    /// When it was started last on any machine, in seconds of the Unix time; 0 for never.
    pub(super) fn started(&self) -> u64 {
        self.by_machine.iter().map(|local| local.start).max().unwrap_or(0)
    }

    /// Its operating-system process; 0 where there is none.
    pub(super) fn pid(&self) -> u32 {
        self.last().filter(|_| self.is_online()).map_or(0, |local| local.pid)
    }

    /// How long it has run, in seconds.
    pub(super) fn uptime(&self) -> Option<u64> {
        self.last().filter(|_| self.is_online()).map(|local| local.uptime)
    }

    /// The same as engines of one machine say it, with the exit code of its last run where it is known.
    pub(super) fn process(&self, name: &str, exit_code: Option<i64>) -> Process {
        let phase = match self.state.as_str() {
            "STARTING" => Phase::Launching,
            "RUNNING" => Phase::Online,
            "STOPPING" => Phase::Stopping,
            "STOPPED" | "EXITED" => Phase::Stopped,
            "FATAL" => Phase::Errored,
            other => Phase::Other(other.to_lowercase()),
        };
        let local = self.last();
        let since = local.map_or(0, |local| local.start.saturating_mul(1_000));
        // It has just begun to run, and its number is not known yet.
        let is_new = self.is_online() && self.pid() == 0;
        Process {
            name: name.to_owned(),
            pid: self.pid(),
            phase: if is_new { Phase::Launching } else { phase },
            exit_code,
            since,
            ..Process::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(machine: &str, start: u64, stop: u64, error: &str) -> Local {
        let (machine, error) = (machine.to_owned(), error.to_owned());
        Local { machine, runs: false, pid: 7, start, stop, uptime: 3, error }
    }

    #[test]
    fn what_runs_is_known_where_it_runs_and_what_ended_where_it_ended_last() {
        let mut seen = Seen {
            state: "RUNNING".to_owned(),
            on: vec!["pi".to_owned()],
            is_expected: true,
            by_machine: vec![local("stealth", 9, 10, ""), local("pi", 5, 6, "")],
        };
        assert_eq!(seen.last().unwrap().machine, "pi");
        assert_eq!((seen.pid(), seen.uptime()), (7, Some(3)));
        (seen.state, seen.on) = ("FATAL".to_owned(), Vec::new());
        assert_eq!(seen.last().unwrap().machine, "stealth");
        assert_eq!((seen.pid(), seen.uptime()), (0, None));
        seen.by_machine = vec![local("stealth", 0, 0, "")];
        assert!(seen.last().is_none(), "it has never run");
    }

    #[test]
    fn what_its_machine_says_counts_more_than_a_state_that_was_forced() {
        let seen = |on: &str, runs: bool| {
            let mut seen = Seen {
                state: "FATAL".to_owned(),
                on: vec![on.to_owned()],
                is_expected: true,
                by_machine: vec![Local { runs, ..local("pi", 5, 0, "") }],
            };
            seen.believe_its_machine();
            seen.state
        };
        assert_eq!(seen("pi", true), "RUNNING");
        assert_eq!(seen("pi", false), "FATAL");
        // What runs on a machine that does not answer is not known.
        assert_eq!(seen("stealth", true), "FATAL");
    }
}
