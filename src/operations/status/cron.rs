//! When an app with `cron_restart` ran last, and when it runs next.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use promethean_core::app::App;
use promethean_core::cron::{Moment, Pattern};
use serde::{Serialize, Serializer};

use crate::engine::Process;

/// The runs of an app with `cron_restart`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CronRuns {
    /// Its pattern.
    pub pattern: String,
    /// When its last run began, by the schedule or by `up`.
    #[serde(serialize_with = "iso")]
    pub last: Option<Timestamp>,
    /// When its next run begins, in the time zone of this machine; `None` if none comes, and if only the
    /// engine knows it.
    #[serde(serialize_with = "iso")]
    pub next: Option<Timestamp>,
}

impl CronRuns {
    /// Those of an app that the engine knows; `None` for one without a schedule.
    pub(super) fn of(app: &App, processes: &[&Process], now: Timestamp) -> Option<CronRuns> {
        let pattern = app.restart_policy().schedule.filter(|_| !processes.is_empty())?;
        let since = processes.iter().map(|process| process.since).max().filter(|since| *since > 0);
        let last = since.and_then(|since| i64::try_from(since).ok());
        Some(CronRuns {
            pattern: pattern.to_owned(),
            last: last.and_then(|since| Timestamp::from_millisecond(since).ok()),
            next: next(pattern, now, &TimeZone::system()),
        })
    }
}

/// The next moment of a pattern, which the engine reads in the time zone of the machine.
fn next(pattern: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let pattern: Pattern = pattern.parse().ok()?;
    let after = zone.to_datetime(now);
    let number = |of: i8| u32::try_from(of).ok();
    let next = pattern.next(Moment {
        year: u32::try_from(after.year()).ok()?,
        month: number(after.month())?,
        day: number(after.day())?,
        hour: number(after.hour())?,
        minute: number(after.minute())?,
        second: number(after.second())?,
    })?;
    let part = |of: u32| i8::try_from(of).ok();
    let next = DateTime::new(
        i16::try_from(next.year).ok()?,
        part(next.month)?,
        part(next.day)?,
        part(next.hour)?,
        part(next.minute)?,
        part(next.second)?,
        0,
    );
    zone.to_timestamp(next.ok()?).ok()
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn iso<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_string()).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_run_is_in_the_time_zone_of_the_machine() {
        let now: Timestamp = "2026-11-26T07:30:00.5Z".parse().unwrap();
        let next = |zone: &TimeZone| next("0 4 * * *", now, zone).unwrap().to_string();
        assert_eq!(next(&TimeZone::UTC), "2026-11-27T04:00:00Z");
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(next(&tokyo), "2026-11-26T19:00:00Z");
    }
}
