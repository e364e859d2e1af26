//! Tries the probes of what runs, all in parallel.

use std::collections::BTreeMap;
use std::time::Duration;

use promethean_core::app::{App, External};
use promethean_core::probe::{Probe, Test};

use super::{EndpointStatus, ExternalStatus};
use crate::engine::{Definition, Engine, Place, Process, SavedState};
use crate::operations::probing::{Probing, have_begun_anew, logs_of};
use crate::operations::target::Target;
use crate::parallel;
use crate::preflight::{Circumstances, refusal};
use crate::readiness::Refusal;

/// How long a probe is tried.
const LIMIT: Duration = Duration::from_secs(1);

/// The apps whose logs have said that they are ready: a log is not read again for the same
/// processes.
#[derive(Debug, Default)]
pub(super) struct ReadyByLog(BTreeMap<String, Vec<(u32, u64)>>);

impl ReadyByLog {
    fn contains(&self, app: &App, processes: &[&Process]) -> bool {
        self.0.get(app.name.as_str()).is_some_and(|known| *known == runs(processes))
    }

    fn insert(&mut self, app: &App, processes: &[&Process]) {
        self.0.insert(app.name.to_string(), runs(processes));
    }
}

/// Identifies the runs of an app's processes.
fn runs(processes: &[&Process]) -> Vec<(u32, u64)> {
    processes.iter().map(|process| (process.pid, process.since)).collect()
}

/// What came of a probe: whether the app is ready, and why not.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) ready: Option<bool>,
    pub(super) refusal: Option<String>,
}

/// A probe of an app that is to be tried.
pub(super) struct Try<'s> {
    app: &'s App,
    processes: Vec<&'s Process>,
    /// `None` where the log has said it before.
    probing: Option<Probing>,
}

impl<'s> Try<'s> {
    /// A probe of an app that runs.
    pub(super) fn new(
        (definition, probe): (&Definition<'s>, Probe),
        processes: Vec<&'s Process>,
        engine: &dyn Engine,
        known: &ReadyByLog,
        saved: &SavedState,
    ) -> Try<'s> {
        let app = definition.app;
        let was_ready = || {
            let pids: Vec<u32> = processes.iter().map(|process| process.pid).collect();
            matches!(probe.test, Test::Log(_)) && saved.was_ready(&processes, &engine.starts(&pids))
        };
        if known.contains(app, &processes) || was_ready() {
            return Try { app, processes, probing: None };
        }
        let logs = logs_of(processes.iter().copied());
        let probing = Probing::new(definition, probe, engine, logs);
        Try { app, processes, probing: Some(probing) }
    }
}

/// Tries probes in parallel.
pub(super) fn answers(mut tries: Vec<Try<'_>>, known: &mut ReadyByLog) -> Vec<Answer> {
    let probings: Vec<Option<Probing>> =
        tries.iter_mut().map(|tried| tried.probing.take()).collect();
    let outcomes = parallel::each(probings, |probing| Some(probing?.try_once(LIMIT)));
    let told = tries.into_iter().zip(outcomes).map(|(tried, outcome)| match outcome {
        Some(Some(outcome)) => answer(&tried, outcome, known),
        // The log has said it before.
        Some(None) => Answer { ready: Some(true), refusal: None },
        None => Answer::default(),
    });
    told.collect()
}

fn answer(tried: &Try<'_>, outcome: Result<(), Refusal>, known: &mut ReadyByLog) -> Answer {
    let Try { app, processes, .. } = tried;
    let by_log = app.ready.as_ref().is_some_and(|probe| matches!(probe.test, Test::Log(_)));
    // Where the log of the present process begins is known to nobody: the line may be one of an
    // earlier process.
    let was_restarted = processes.iter().any(|process| process.restarts > 0);
    match outcome {
        Ok(()) | Err(_) if by_log && was_restarted => Answer::default(),
        Ok(()) => {
            if by_log {
                known.insert(app, processes);
            }
            Answer { ready: Some(true), refusal: None }
        }
        // The line may have been in what is gone, or is in what there was no time to read.
        Err(refusal) if by_log && (refusal.is_unfinished() || have_begun_anew(processes)) => {
            Answer::default()
        }
        Err(refusal) => Answer { ready: Some(false), refusal: Some(refusal.to_string()) },
    }
}

/// The externals that the units need, or all.
pub(super) fn externals(target: &Target, place: &dyn Place) -> Vec<ExternalStatus> {
    let needed = |external: &&External| {
        target.is_whole()
            || target.named().any(|app| app.depends_on.iter().any(|on| on.on == external.name))
    };
    let externals: Vec<&External> = target.system().externals.iter().filter(needed).collect();
    let circumstances = Circumstances::of_process(place);
    let refusals =
        parallel::each(externals.clone(), |external| refusal(external, &circumstances, LIMIT));
    let told = externals.into_iter().zip(refusals).map(|(external, refusal)| {
        let probed = external.ready.is_some();
        ExternalStatus {
            external: external.name.to_string(),
            ready: refusal.as_ref().filter(|_| probed).map(Option::is_none),
            refusal: refusal.flatten().map(|refusal| refusal.to_string()),
            hint: external.hint.as_ref().map(ToString::to_string),
            endpoints: external.endpoints.iter().map(EndpointStatus::from).collect(),
        }
    });
    told.collect()
}
