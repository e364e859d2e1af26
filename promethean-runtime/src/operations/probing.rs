//! Waiting until an app is ready.

use std::fs;
use std::time::Duration;

use jiff::tz::TimeZone;
use promethean_core::probe::Probe;
use promethean_core::secrets::Redaction;

use crate::engine::{Definition, Place, Process, User};
use crate::logs::Layout;
use crate::readiness::{self, Environment, LogWatch, Refusal, Surroundings};

/// A probe of an app, with all it needs on a thread of its own.
pub(super) struct Probing {
    probe: Probe,
    surroundings: Surroundings,
    hidden: Redaction,
}

impl Probing {
    /// The probe of an app whose logs are these.
    pub(super) fn new(
        definition: &Definition<'_>,
        probe: Probe,
        place: &dyn Place,
        logs: LogWatch,
    ) -> Probing {
        let written =
            definition.variables().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut variables: Vec<(String, String)> = place.environment();
        let user = place.user(definition.app);
        let of_user = user.iter().flat_map(User::variables);
        variables.extend(of_user.map(|(name, value)| (name.to_owned(), value.to_owned())));
        variables.extend(written);
        let surroundings = Surroundings {
            directory: definition.app.directory.clone(),
            environment: Environment(variables),
            user: user.map(|user| (user.uid, user.gid)),
            logs: logs.laid_out(&Layout::of(definition.app, &TimeZone::system)),
        };
        let mut hidden = Redaction::default();
        definition.hidden(&mut hidden);
        Probing { probe, surroundings, hidden }
    }

    /// Tries the probe once, for so long.
    pub(super) fn try_once(mut self, limit: Duration) -> Result<(), Refusal> {
        readiness::try_once(&self.probe.test, &mut self.surroundings, limit)
            .map_err(|refusal| refusal.without(&self.hidden))
    }

    /// Waits until the probe succeeds, its time is over, or `over` says so.
    pub(super) fn wait(mut self, over: &dyn Fn() -> bool) -> Result<(), String> {
        readiness::wait(&self.probe, &mut self.surroundings, over)
            .map_err(|error| error.without(&self.hidden).to_string())
    }
}

/// What processes have written to their logs since they were started.
pub(super) fn logs_of<'p>(processes: impl Iterator<Item = &'p Process>) -> LogWatch {
    let logs = processes.flat_map(|process| {
        let files = [&process.out_file, &process.error_file, &process.log_file];
        files.into_iter().flatten().map(|path| {
            let logs = process.record.as_ref().map(|record| &record.logs);
            (path.clone(), logs.and_then(|logs| logs.get(path)).copied().unwrap_or(0))
        })
    });
    LogWatch::new(logs)
}

/// Whether one of the logs of processes has become shorter than it was when they were started, as
/// after `pm2 flush`: what they wrote first is gone.
pub(super) fn have_begun_anew(processes: &[&Process]) -> bool {
    let records = processes.iter().filter_map(|process| process.record.as_ref());
    let mut logs = records.flat_map(|record| &record.logs);
    logs.any(|(path, length)| fs::metadata(path).map_or(0, |metadata| metadata.len()) < *length)
}
