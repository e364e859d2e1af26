//! When an app with `cron_restart` ran last, and when it runs next.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use promethean_core::app::App;
use serde::{Serialize, Serializer};

use crate::engine::{Process, next_run};

/// The runs of an app with `cron_restart`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CronRuns {
    /// Its pattern.
    pub pattern: String,
    /// When its last run began, by the schedule or by `up`.
    #[serde(serialize_with = "iso")]
    pub last: Option<Timestamp>,
    /// When its next run begins, in the time zone of the engine; `None` if none comes, and if only the
    /// engine knows it.
    #[serde(serialize_with = "iso")]
    pub next: Option<Timestamp>,
}

impl CronRuns {
    /// Those of an app that the engine knows; `None` for one without a schedule.
    pub(super) fn of(
        app: &App,
        processes: &[&Process],
        now: Timestamp,
        zone: &dyn Fn() -> TimeZone,
    ) -> Option<CronRuns> {
        let pattern = app.restart_policy().schedule.filter(|_| !processes.is_empty())?;
        let since = processes.iter().map(|process| process.since).max().filter(|since| *since > 0);
        let last = since.and_then(|since| i64::try_from(since).ok());
        Some(CronRuns {
            pattern: pattern.to_owned(),
            last: last.and_then(|since| Timestamp::from_millisecond(since).ok()),
            next: next_run(&pattern.parse().ok()?, now, &zone()),
        })
    }
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn iso<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_string()).serialize(serializer)
}
