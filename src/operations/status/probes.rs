//! Tries the probes of what runs, all in parallel.

use std::collections::BTreeMap;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use promethean_core::app::{App, External};
use promethean_core::probe::Test;

use super::ExternalStatus;
use crate::engine::{Definition, Place, Process};
use crate::operations::probing::{Probing, have_begun_anew, logs_of};
use crate::operations::target::Target;
use crate::preflight::{Circumstances, refusal};

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

/// A probe of an app that is being tried.
pub(super) struct Try<'s> {
    app: &'s App,
    processes: Vec<&'s Process>,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl<'s> Try<'s> {
    /// Begins to try the probe of an app that runs; `None` of an app without one.
    pub(super) fn begin(
        definition: &Definition<'s>,
        processes: Vec<&'s Process>,
        place: &dyn Place,
        known: &ReadyByLog,
    ) -> Option<Try<'s>> {
        let app = definition.app;
        let probe = app.ready.clone()?;
        if known.contains(app, &processes) {
            return Some(Try { app, processes, thread: None });
        }
        let logs = logs_of(processes.iter().copied());
        let probing = Probing::new(definition, probe, place, logs);
        let thread = thread::spawn(move || probing.try_once(LIMIT));
        Some(Try { app, processes, thread: Some(thread) })
    }

    /// Waits for what comes of it.
    pub(super) fn end(self, known: &mut ReadyByLog) -> Answer {
        let outcome = self.thread.map_or(Ok(Ok(())), JoinHandle::join);
        let is_by_log =
            self.app.ready.as_ref().is_some_and(|probe| matches!(probe.test, Test::Log(_)));
        match outcome {
            Ok(Ok(())) => {
                if is_by_log {
                    known.insert(self.app, &self.processes);
                }
                Answer { ready: Some(true), refusal: None }
            }
            // The line may have been in what is gone.
            Ok(Err(_)) if is_by_log && have_begun_anew(&self.processes) => Answer::default(),
            Ok(Err(refusal)) => Answer { ready: Some(false), refusal: Some(refusal) },
            Err(_) => Answer::default(),
        }
    }
}

/// The externals that the units need, or all.
pub(super) fn externals(target: &Target, place: &dyn Place) -> Vec<ExternalStatus> {
    let needed = |external: &&External| {
        target.is_whole()
            || target.named().any(|app| app.depends_on.iter().any(|on| on.on == external.name))
    };
    let circumstances = Circumstances::of_process(place);
    let circumstances = &circumstances;
    thread::scope(|scope| {
        let tried: Vec<_> = target
            .system()
            .externals
            .iter()
            .filter(needed)
            .map(|external| {
                (external, scope.spawn(move || refusal(external, circumstances, LIMIT)))
            })
            .collect();
        let told = tried.into_iter().map(|(external, tried)| {
            let refusal = tried.join().ok();
            let probed = external.ready.is_some();
            ExternalStatus {
                external: external.name.to_string(),
                ready: refusal.as_ref().filter(|_| probed).map(Option::is_none),
                refusal: refusal.flatten().map(|refusal| refusal.to_string()),
                hint: external.hint.as_ref().map(ToString::to_string),
            }
        });
        told.collect()
    })
}
