//! How the apps of a system are.
//!
//! | module | what it does |
//! | --- | --- |
//! | `snapshot` | looks once at what runs |
//! | `cron` | says when scheduled apps run |
//! | `compare` | says what differs from what is written, also where not all can be read |
//! | `probes` | tries the probes of what runs |
//! | `watch` | looks again and again, over one connection |

mod compare;
mod cron;
mod probes;
mod snapshot;
mod watch;

use promethean_core::app::{App, Endpoint, System};
use serde::Serialize;

use super::error::OperationError;
use super::event::Note;
use super::plan::Difference;
use super::state::State;
use super::target::Target;
use crate::engine::{Engine, Phase, ProcessId};

pub use cron::CronRuns;
pub use watch::Watch;

/// How the units of a target are.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Status {
    /// The engine's directory.
    pub home: String,
    /// Whether its daemon runs there.
    pub daemon: bool,
    /// The apps of the units, in the order of their dependencies; then those that the ecosystem started
    /// and no longer defines.
    pub apps: Vec<AppStatus>,
    /// What the system needs and does not start.
    pub externals: Vec<ExternalStatus>,
    /// What could not be found out, and why.
    pub notes: Vec<Note>,
    /// The machines of the system, as an engine of several sees them; left out of other engines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<MachineStatus>,
}

/// How an app is.
#[derive(Clone, Debug, Serialize)]
pub struct AppStatus {
    /// Its name in the engine.
    pub app: String,
    /// Its agent.
    pub agent: Option<String>,
    /// Its name within the agent.
    pub short_name: String,
    /// The profile that it runs with; `None` for none, and where it does not run.
    pub profile: Option<String>,
    /// Whether it is compared with its definition in another profile than the one it runs with.
    pub other_profile: bool,
    /// What it is about, in a word.
    pub state: State,
    /// What its probe says; `None` of an app without one, of one that does not run, and where it
    /// cannot be known.
    pub ready: Option<bool>,
    /// Why its probe says that it is not ready.
    pub refusal: Option<String>,
    /// How many processes are written; `None` where the number is not known.
    pub instances: Option<usize>,
    /// Its processes, in the engine's order.
    pub processes: Vec<ProcessStatus>,
    /// The operating system's numbers of processes that run and that no daemon lists.
    pub orphans: Vec<u32>,
    /// How long its youngest process has run, in seconds.
    pub uptime: Option<u64>,
    /// When it ran last and runs next; `None` of one without `cron_restart`, and where it is not started.
    pub cron: Option<CronRuns>,
    /// How often its processes were restarted.
    pub restarts: u64,
    /// Processor time of all its processes, in percent of one processor.
    pub cpu: f64,
    /// Memory of all its processes, in bytes.
    pub memory: u64,
    /// What differs from what is written.
    pub drift: Vec<Difference>,
    /// Whether something that is written cannot be read, such as a secret that is missing: that is not compared.
    pub unread: bool,
    /// Where it listens: as it was started, where what runs differs from what is written, and else as it
    /// is defined. Of what is not ours it is not known.
    pub endpoints: Vec<EndpointStatus>,
    /// The machines that it can run on; left out where the system has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<String>,
    /// The machines that it runs on now; left out where the engine knows only its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running_on: Option<Vec<String>>,
}

/// How a machine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MachineStatus {
    /// Its name.
    pub machine: String,
    /// The host by which others reach it.
    pub host: String,
    /// Whether it is there.
    pub is_there: bool,
    /// Its state in the engine's own word; `None` of one that the others do not know.
    pub word: Option<String>,
}

/// Where a unit listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointStatus {
    /// Its name; `None` of the one that sets PORT.
    pub name: Option<String>,
    /// `HOST:PORT`, as others reach it.
    pub address: String,
    /// Its URL; `None` without a scheme.
    pub url: Option<String>,
}

impl EndpointStatus {
    /// Endpoints of an app of a system: on its machine, where that is one.
    pub(super) fn of(endpoints: &[Endpoint], app: &App, system: &System) -> Vec<EndpointStatus> {
        let host = match app.machines.as_slice() {
            [machine] => system.machines.iter().find(|known| known.name == *machine),
            [] | [_, ..] => None,
        };
        EndpointStatus::at(endpoints, host.map(|machine| machine.host.as_str()))
    }

    /// Endpoints on a machine with this host; `None` for this machine, or one of several.
    pub(crate) fn at(endpoints: &[Endpoint], host: Option<&str>) -> Vec<EndpointStatus> {
        let endpoint = |endpoint: &Endpoint| match host {
            Some(host) => EndpointStatus::from(&endpoint.on_machine(host)),
            None => EndpointStatus::from(endpoint),
        };
        endpoints.iter().map(endpoint).collect()
    }
}

impl From<&Endpoint> for EndpointStatus {
    fn from(endpoint: &Endpoint) -> EndpointStatus {
        EndpointStatus {
            name: endpoint.name.as_ref().map(ToString::to_string),
            address: endpoint.reachable_address(),
            url: endpoint.url(),
        }
    }
}

/// How one of an app's processes is.
#[derive(Clone, Debug, Serialize)]
pub struct ProcessStatus {
    /// The engine's number for it.
    pub id: ProcessId,
    /// The operating system's number; `None` where there is no process.
    pub pid: Option<u32>,
    /// What it does: `online`, `stopped`, `errored`, `waiting restart`, …
    pub status: Phase,
    /// The exit code of its last run.
    pub exit_code: Option<i64>,
    /// How long it has run, in seconds.
    pub uptime: Option<u64>,
    /// How often it was restarted.
    pub restarts: u64,
    /// Processor time, in percent of one processor.
    pub cpu: f64,
    /// Memory, in bytes.
    pub memory: u64,
}

/// How an external is.
#[derive(Clone, Debug, Serialize)]
pub struct ExternalStatus {
    /// Its name.
    pub external: String,
    /// Whether it is there; `None` of one without a probe.
    pub ready: Option<bool>,
    /// Why its probe says that it is not.
    pub refusal: Option<String>,
    /// What is written to do then.
    pub hint: Option<String>,
    /// Where it listens, as it is defined.
    pub endpoints: Vec<EndpointStatus>,
}

impl Status {
    /// This one, and one of other units of the same ecosystem.
    #[must_use]
    pub fn and(mut self, other: Status) -> Status {
        let gone = |app: &AppStatus| app.state == State::NoLongerDefined;
        for app in other.apps {
            match self.apps.iter_mut().find(|known| known.app == app.app) {
                // What one profile does not have may be of the other.
                Some(known) if gone(known) => *known = app,
                Some(_) => {}
                None => self.apps.push(app),
            }
        }
        for external in other.externals {
            if self.externals.iter().all(|known| known.external != external.external) {
                self.externals.push(external);
            }
        }
        self.notes.extend(other.notes);
        for machine in other.machines {
            if self.machines.iter().all(|known| known.machine != machine.machine) {
                self.machines.push(machine);
            }
        }
        self
    }

    /// Whether everything runs as it is defined.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.apps.iter().all(AppStatus::is_well)
            && self.externals.iter().all(|external| external.ready != Some(false))
            && self.machines.iter().all(|machine| machine.is_there)
    }
}

impl AppStatus {
    /// Whether it runs, or has ended, as it is defined.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.state.is_well()
            && self.instances.is_none_or(|written| written == self.processes.len())
            && self.drift.is_empty()
            && !self.unread
            && self.orphans.is_empty()
            && self.runs_where_it_is_defined()
    }

    fn runs_where_it_is_defined(&self) -> bool {
        let on = self.running_on.as_deref().unwrap_or_default();
        on.iter().all(|machine| self.machines.contains(machine))
    }

    /// Whether nothing differs but variables that are inherited from whoever runs the command.
    #[must_use]
    pub fn differs_by_shell(&self) -> bool {
        !self.drift.is_empty() && self.drift.iter().all(|difference| difference.inherited)
    }

    /// How many of its processes run.
    #[must_use]
    pub fn online(&self) -> usize {
        let runs =
            |process: &&ProcessStatus| process.status == Phase::Online && process.pid.is_some();
        self.processes.iter().filter(runs).count()
    }
}

/// The state of the units of a target, without what they depend on.
///
/// # Errors
///
/// The engine does not answer.
pub fn status(engine: &dyn Engine, target: &Target) -> Result<Status, OperationError> {
    Watch::new(engine, target).look()
}
