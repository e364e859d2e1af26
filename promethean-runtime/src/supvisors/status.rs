//! How the units are, and the machines.

use std::time::Duration;

use dxr::Value;
use promethean_core::app::App;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::probe::Probe;
use smol_str::SmolStr;

use super::rpc::Fields;
use super::view::{Seen, View};
use super::{Supvisors, SupvisorsError};
use crate::engine::times::since_epoch;
use crate::operations::{
    AppStatus, EndpointStatus, ExternalStatus, MachineStatus, Note, OperationError, ProcessStatus,
    State, Status, Target,
};
use crate::parallel;
use crate::readiness::{self, Surroundings};

/// How long a probe is tried.
const LIMIT: Duration = Duration::from_secs(2);

/// The state of the units of a target on all machines. Probes are tried from here, over the network.
///
/// # Errors
///
/// The machine that is asked does not answer any more.
pub fn status(engine: &Supvisors, target: &Target) -> Result<Status, OperationError> {
    let view = engine.look()?;
    let mut apps: Vec<AppStatus> =
        target.named().map(|app| engine.app_status(&view, app)).collect();
    let probes: Vec<Option<Probe>> = target
        .named()
        .zip(&apps)
        .map(|(app, status)| {
            engine
                .probe(app, status.running_on.as_deref()?)
                .filter(|_| status.state == State::Online)
        })
        .collect();
    let answers = parallel::each(probes, |probe| {
        let answer = readiness::try_once(&probe?.test, &mut Surroundings::default(), LIMIT);
        Some(answer.map_err(|refusal| refusal.to_string()))
    });
    for (app, answer) in apps.iter_mut().zip(answers) {
        let Some(answer) = answer.flatten() else { continue };
        app.state = if answer.is_ok() { State::Ready } else { State::Unready };
        (app.ready, app.refusal) = (Some(answer.is_ok()), answer.err());
    }
    let externals = target.system().externals.iter().map(|external| ExternalStatus {
        external: external.name.to_string(),
        ready: None,
        refusal: None,
        hint: external.hint.as_ref().map(ToString::to_string),
        endpoints: external.endpoints.iter().map(EndpointStatus::from).collect(),
    });
    Ok(Status {
        home: engine.server.to_string(),
        daemon: true,
        externals: externals.filter(|_| target.is_whole()).collect(),
        notes: engine.notes(&view, target),
        machines: engine.machines_seen(&view),
        apps,
    })
}

impl Supvisors {
    /// The machines of the definition, as they are seen.
    fn machines_seen(&self, view: &View) -> Vec<MachineStatus> {
        let machines = self.machines.iter().map(|machine| {
            let seen = view.machines.iter().find(|(name, _)| machine.name == *name);
            MachineStatus {
                machine: machine.name.to_string(),
                host: machine.host.to_string(),
                is_there: view.has_machine(&machine.name),
                word: seen.map(|(_, state)| state.to_lowercase()),
            }
        });
        machines.collect()
    }

    fn app_status(&self, view: &View, app: &App) -> AppStatus {
        let processes: Vec<(String, Option<&Seen>)> = view.of_app(app);
        let known: Vec<(&str, &Seen, Option<i64>)> = processes
            .iter()
            .filter_map(|(name, seen)| Some((name.as_str(), (*seen)?)))
            .map(|(name, seen)| (name, seen, self.exit_code(view, name, seen)))
            .collect();
        let now = since_epoch();
        let states = known.iter().map(|(name, seen, code)| {
            // Nobody knows what becomes of it until the machine is back, or is given up.
            let is_lost = !seen.on.is_empty() && !seen.on.iter().any(|on| view.has_machine(on));
            let process = seen.process(name, *code);
            match is_lost {
                true => State::Other { word: "lost".to_owned() },
                false => State::of(&process, app, now),
            }
        });
        let states: Vec<State> = states.collect();
        let state = match states.iter().find(|state| **state != State::Online) {
            Some(state) => state.clone(),
            None if view.is_joining() => State::Other { word: "not known".to_owned() },
            None if states.is_empty() => State::Stopped { as_defined: false },
            None => State::Online,
        };
        let each = (0..).zip(&known).map(|(id, (name, seen, code))| ProcessStatus {
            id,
            pid: Some(seen.pid()).filter(|pid| *pid != 0),
            status: seen.process(name, None).phase,
            exit_code: *code,
            uptime: seen.uptime(),
            restarts: 0,
            cpu: 0.0,
            memory: 0,
        });
        let each: Vec<ProcessStatus> = each.collect();
        let mut on: Vec<String> = known.iter().flat_map(|(_, seen, _)| seen.on.clone()).collect();
        on.dedup();
        // Where it runs, or where it can only run.
        let machines: Vec<&str> = match on.as_slice() {
            [] => app.machines.iter().map(SmolStr::as_str).collect(),
            on => on.iter().map(String::as_str).collect(),
        };
        let host = match machines.as_slice() {
            [machine] => self.host(machine),
            [] | [_, ..] => None,
        };
        AppStatus {
            app: app.name.to_string(),
            agent: app.agent.as_ref().map(ToString::to_string),
            short_name: app.short_name.to_string(),
            profile: None,
            other_profile: false,
            state,
            ready: None,
            refusal: None,
            instances: Some(processes.len()),
            orphans: Vec::new(),
            uptime: each.iter().filter_map(|process| process.uptime).min(),
            cron: None,
            restarts: 0,
            cpu: 0.0,
            memory: 0,
            drift: Vec::new(),
            unread: false,
            endpoints: EndpointStatus::at(&app.endpoints, host),
            machines: app.machines.iter().map(ToString::to_string).collect(),
            running_on: (!view.is_joining()).then_some(on),
            processes: each,
        }
    }

    /// The probe of an app as it is tried from here while the app runs on a machine.
    pub(super) fn probe(&self, app: &App, on: &[String]) -> Option<Probe> {
        app.probe_over_network(self.host(on.first()?)?)
    }

    /// The exit code of the last run, which only its machine knows; `None` also where that is gone.
    fn exit_code(&self, view: &View, name: &str, seen: &Seen) -> Option<i64> {
        let last = seen.last().filter(|last| view.has_machine(&last.machine))?;
        // What was stopped says nothing by its code.
        if !matches!(seen.state.as_str(), "EXITED" | "FATAL" | "BACKOFF") {
            return None;
        }
        let params = vec![Value::String(self.full_name(name))];
        let info = self.server_of(&last.machine)?.call("supervisor.getProcessInfo", params);
        let info = Fields::from(info.ok()?);
        // What was not even spawned has no code of its own: Supervisor says 0.
        let code = info.number("exitstatus").and_then(|code| i64::try_from(code).ok())?;
        (code != 0 || seen.state == "EXITED").then_some(code)
    }

    /// What is to be said of the machines and of units that the table has no room for.
    pub(super) fn notes(&self, view: &View, target: &Target) -> Vec<Note> {
        let mut notes: Vec<Diagnostic> = Vec::new();
        if !view.is_operating() {
            let phase = view.phase.to_lowercase();
            notes.push(match view.is_joining() {
                true => Diagnostic::new(format!(
                    "the machines look for each other ({phase}); what runs is known after that"
                )),
                false => Diagnostic::new(format!("the machines are at work ({phase})")),
            });
        }
        notes.extend(self.lost(view));
        for app in target.named() {
            for (name, seen) in view.of_app(app) {
                notes.extend(of_process(view, app, &name, seen));
            }
        }
        if target.is_whole() {
            let others = view.of_no_app(&target.system().apps).into_iter();
            notes.extend(others.map(|(name, seen)| not_defined(name, seen)));
        }
        notes.into_iter().map(Note::from).collect()
    }

    /// What is to be said of machines that are not there.
    pub(super) fn lost(&self, view: &View) -> Vec<Diagnostic> {
        let gone = self.machines.iter().filter(|machine| !view.has_machine(&machine.name));
        let said = gone.map(|machine| {
            let name = &machine.name;
            match view.machines.iter().find(|(known, _)| name == known) {
                None => Diagnostic::new(format!("machine {name}: {} does not know it", self.server))
                    .help(WRITE_AGAIN),
                Some((_, state)) => Diagnostic::new(format!(
                    "machine {name} is not there ({})",
                    state.to_lowercase()
                ))
                .help(format!(
                    "`supervisord -c {name}/supervisord.conf` starts it there; see whether {} is reached",
                    machine.host
                )),
            }
        });
        said.collect()
    }
}

/// What is to be said of a process that the table has no room for.
fn of_process(view: &View, app: &App, name: &str, seen: Option<&Seen>) -> Option<Diagnostic> {
    if view.is_joining() {
        return None;
    }
    let Some(seen) = seen else {
        return Some(unknown(name));
    };
    if view.is_stranded(app) && !seen.is_online() {
        let machines = app.machines.join(" or ");
        let message = format!("{name} runs nowhere: it can run only on {machines}");
        return Some(Diagnostic::new(message));
    }
    if let [_, _, ..] = seen.on.as_slice() {
        let machines = seen.on.join(" and ");
        let message = format!("{name} runs on {machines}: all but one are stopped soon");
        return Some(Diagnostic::new(message));
    }
    if let Some(misplaced) = misplaced_process(app, name, seen) {
        return Some(misplaced);
    }
    let error = seen.last().map(|last| last.error.as_str()).unwrap_or_default();
    let failed = matches!(seen.state.as_str(), "FATAL" | "BACKOFF") && !error.is_empty();
    failed.then(|| Diagnostic::new(format!("{name}: {error}")).help(format!("`logs {name}`")))
}

/// What to do where the machines have an older definition.
const WRITE_AGAIN: &str = "write the files again (`supvisors -o DIR`), copy them to the machines, and start \
                           `supervisord` there again";

/// The machines do not know a process.
pub(super) fn unknown(name: &str) -> Diagnostic {
    Diagnostic::new("no machine has it in its configuration").help(WRITE_AGAIN).at([name])
}

/// The processes of an app that run where it is not defined to run.
pub(super) fn misplaced(view: &View, app: &App) -> Vec<Diagnostic> {
    let processes = view.of_app(app).into_iter();
    processes.filter_map(|(name, seen)| misplaced_process(app, &name, seen?)).collect()
}

fn misplaced_process(app: &App, name: &str, seen: &Seen) -> Option<Diagnostic> {
    let machine = seen.on.iter().find(|on| app.machines.iter().all(|known| known != *on))?;
    let defined = app.machines.join(" or ");
    let message = format!("{name} runs on {machine}, and is defined to run on {defined}");
    Some(Diagnostic::new(message).help(WRITE_AGAIN))
}

/// A process is no longer defined.
pub(super) fn not_defined(name: &str, seen: &Seen) -> Diagnostic {
    let what = match seen.on.as_slice() {
        on if seen.runs() && !on.is_empty() => format!("runs on {}", on.join(" and ")),
        _ => "in the configuration of the machines".to_owned(),
    };
    Diagnostic::new(format!("{name}: {what}, and no longer defined")).help(WRITE_AGAIN)
}

impl From<SupvisorsError> for OperationError {
    fn from(error: SupvisorsError) -> OperationError {
        OperationError::Engine(error.into())
    }
}
