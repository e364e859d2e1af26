//! One look at what runs.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use promethean_core::app::{App, Endpoint};
use promethean_core::secrets::{EnvironmentError, Lacking, Reader};

use super::compare::Readable;
use super::cron::CronRuns;
use super::probes::{ReadyByLog, Try, answers, externals};
use super::{AppStatus, EndpointStatus, OperationError, ProcessStatus, Status, Target};
use crate::engine::times::since_epoch;
use crate::engine::{Engine, Look, Orphan, Place, Process, SavedState, Session};
use crate::operations::event::Note;
use crate::operations::orphans;
use crate::operations::plan;
use crate::operations::profiles::profile_of;
use crate::operations::state::{State, is_silent, log_trouble, restarts_again};

/// What PM2 runs.
#[derive(Debug, Default)]
pub(super) struct Running {
    daemon: bool,
    processors: usize,
    processes: Vec<Process>,
}

impl Running {
    pub(super) fn on(session: &mut dyn Session) -> Result<Running, OperationError> {
        let processes = session.list()?;
        Ok(Running { daemon: true, processors: session.info().processors, processes })
    }
}

pub(super) fn look(
    engine: &dyn Engine,
    target: &Target,
    running: &Running,
    known: &mut ReadyByLog,
) -> Status {
    let by_name = plan::by_name(&running.processes);
    let mut notes: Vec<Note> = engine.warnings().into_iter().map(Note::from).collect();
    let saved = engine.saved_state().unwrap_or_else(|error| {
        notes.push(error.diagnostic().clone().into());
        SavedState::default()
    });
    let orphans = orphans_of(engine, target, &saved, running, &mut notes);
    let reader = Reader::new();
    let zone = OnceCell::new();
    let zone = || zone.get_or_init(|| engine.zone()).clone();
    let mut apps: Vec<AppStatus> = Vec::new();
    let (mut probed, mut tries) = (Vec::new(), Vec::new());
    let mut lacking: Vec<Lacking> = Vec::new();
    for app in target.named() {
        let processes = by_name.get(app.name.as_str()).cloned().unwrap_or_default();
        let mut status = AppStatus {
            agent: app.agent.as_ref().map(ToString::to_string),
            short_name: app.short_name.to_string(),
            endpoints: EndpointStatus::of(&app.endpoints, app, target.system()),
            machines: app.machines.iter().map(ToString::to_string).collect(),
            profile: profile_of_all(&processes, &saved),
            ..numbers(&app.name, state(target, app, &processes), &processes, &orphans)
        };
        if matches!(status.state, State::Foreign { .. }) {
            // Where what is not ours listens is not known.
            status.endpoints = Vec::new();
        } else {
            let trouble = processes.iter().find_map(|process| process.log_trouble.as_ref());
            notes.extend(trouble.map(|trouble| log_trouble(app, trouble).into()));
            notes.extend(restarts_again(app, &processes, since_epoch()).map(Note::from));
            status.cron = CronRuns::of(app, &processes, Timestamp::now(), &zone);
        }
        status.other_profile =
            !processes.is_empty() && status.profile.as_deref() != target.profile();
        let readable = Readable::new(engine, app, &reader);
        if running.daemon {
            status.instances = readable.definition.processes(running.processors);
        }
        let mut probe = app.ready.clone();
        if !processes.is_empty() && !matches!(status.state, State::Foreign { .. }) {
            if plan::other_owner(&processes, target, app).is_none() {
                status.drift = readable.differences(engine, &processes);
            }
            if let Some(started) = as_started(&processes).filter(|_| !status.drift.is_empty()) {
                status.endpoints = EndpointStatus::of(&started, app, target.system());
                probe = app.probe_of_started(&started);
            }
            status.unread = !readable.lacking().is_empty();
            lacking.extend_from_slice(readable.lacking());
        }
        if status.state == State::Online && is_silent(app, &processes, engine, &saved) {
            (status.state, status.ready) = (State::Unready, Some(false));
        } else if status.state == State::Online
            && let Some(probe) = probe
        {
            let of = (&readable.definition, probe);
            probed.push(apps.len());
            tries.push(Try::new(of, processes, engine, known, &saved));
        }
        apps.push(status);
    }
    let not_compared = EnvironmentError { lacking }.diagnostics().into_iter().map(Note::from);
    notes.extend(not_compared.map(|Note { message, help }| {
        let message = format!("not compared: {message}");
        Note { message, help }
    }));
    let externals = externals(target, engine);
    for (index, answer) in probed.into_iter().zip(answers(tries, known)) {
        if let Some(app) = apps.get_mut(index) {
            match answer.ready {
                Some(true) => app.state = State::Ready,
                Some(false) => app.state = State::Unready,
                None => {}
            }
            (app.ready, app.refusal) = (answer.ready, answer.refusal);
        }
    }
    apps.extend(no_longer_written(target, &by_name, &orphans, &saved));
    let home = engine.home().display().to_string();
    Status { home, daemon: running.daemon, apps, externals, notes, machines: Vec::new() }
}

/// Where the processes of an app listen, as their definition said when they were started.
fn as_started(processes: &[&Process]) -> Option<Vec<Endpoint>> {
    let mut records = processes.iter().filter_map(|process| process.record.as_ref());
    let endpoints = records.find_map(|record| record.endpoints.as_ref())?;
    Some(endpoints.iter().map(Endpoint::from).collect())
}

/// The profile of the processes of an app.
fn profile_of_all(processes: &[&Process], saved: &SavedState) -> Option<String> {
    processes.iter().find_map(|process| profile_of(process, saved)).map(str::to_owned)
}

/// What a killed daemon left of the apps of the units and, where all are meant, of those that the
/// ecosystem does not have any more.
fn orphans_of(
    place: &dyn Place,
    target: &Target,
    saved: &SavedState,
    running: &Running,
    notes: &mut Vec<Note>,
) -> Vec<Orphan> {
    let named: Vec<&App> = target.named().collect();
    let Running { daemon, processes, .. } = running;
    let look = Look { daemon: *daemon, listed: processes, at_work: place.is_at_work() };
    let found = orphans::of_target(place, look, target, &named, saved);
    let unclear = found.unclear.iter();
    notes.extend(unclear.map(|process| orphans::unclear(place, process).into()));
    found.orphans
}

/// An app by what PM2 and the operating system count of it.
fn numbers(name: &str, state: State, processes: &[&Process], orphans: &[Orphan]) -> AppStatus {
    let own = orphans.iter().filter(|orphan| orphan.whose.may_be(name));
    let orphans: Vec<u32> = own.map(|orphan| orphan.pid).collect();
    let now = since_epoch();
    let each: Vec<ProcessStatus> =
        processes.iter().map(|process| of_process(process, now)).collect();
    AppStatus {
        app: name.to_owned(),
        agent: None,
        short_name: name.to_owned(),
        endpoints: Vec::new(),
        machines: Vec::new(),
        running_on: None,
        profile: None,
        other_profile: false,
        state: match state {
            State::Stopped { .. } if processes.is_empty() && !orphans.is_empty() => State::Orphaned,
            other => other,
        },
        ready: None,
        refusal: None,
        instances: None,
        orphans,
        cron: None,
        uptime: each.iter().filter_map(|process| process.uptime).min(),
        restarts: each.iter().map(|process| process.restarts).sum(),
        cpu: each.iter().fold(0.0, |sum, process| sum + process.cpu),
        memory: each.iter().map(|process| process.memory).sum(),
        drift: Vec::new(),
        unread: false,
        processes: each,
    }
}

fn of_process(process: &Process, now: Duration) -> ProcessStatus {
    let since = Duration::from_millis(process.since);
    let runs = process.is_online();
    ProcessStatus {
        id: process.id,
        pid: Some(process.pid).filter(|pid| *pid != 0),
        status: process.phase.clone(),
        exit_code: process.exit_code.filter(|_| !runs),
        uptime: runs.then(|| now.saturating_sub(since).as_secs()),
        restarts: process.restarts,
        cpu: process.cpu,
        memory: process.memory,
    }
}

fn state(target: &Target, app: &App, processes: &[&Process]) -> State {
    if processes.is_empty() {
        return State::Stopped { as_defined: false };
    }
    if let Some(other) =
        processes.iter().find(|process| !plan::is_ours(process, target.owner(), app))
    {
        return State::Foreign { owner: other.record.as_ref().map(|record| record.owner.clone()) };
    }
    let now = since_epoch();
    let mut states = processes.iter().map(|process| State::of(process, app, now));
    states.find(|state| *state != State::Online).unwrap_or(State::Online)
}

/// What the ecosystem started and does not have any more, whether PM2 runs it or a killed daemon
/// left it.
fn no_longer_written(
    target: &Target,
    running: &BTreeMap<&str, Vec<&Process>>,
    orphans: &[Orphan],
    saved: &SavedState,
) -> Vec<AppStatus> {
    if !target.is_whole() {
        return Vec::new();
    }
    let is_ours = |processes: &[&Process]| {
        processes.iter().all(|process| {
            process.record.as_ref().is_some_and(|record| record.owner.is(target.owner()))
        })
    };
    let run = running.iter().filter(|(_, processes)| is_ours(processes)).map(|(name, _)| *name);
    let left = orphans.iter().flat_map(|orphan| orphan.whose.apps()).map(String::as_str);
    let gone: BTreeSet<&str> =
        run.chain(left).filter(|name| target.system().app(name).is_none()).collect();
    let told = gone.into_iter().map(|name| {
        let processes = running.get(name).cloned().unwrap_or_default();
        let record = processes.first().and_then(|process| process.record.as_ref());
        let state = match processes.is_empty() {
            true => State::Stopped { as_defined: false },
            false => State::NoLongerDefined,
        };
        AppStatus {
            agent: record.and_then(|record| record.agent.clone()),
            profile: profile_of_all(&processes, saved),
            ..numbers(name, state, &processes, orphans)
        }
    });
    told.collect()
}
