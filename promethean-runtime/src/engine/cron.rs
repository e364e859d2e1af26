//! When a cron pattern comes next.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use promethean_core::cron::{Moment, Pattern};

/// The first time after another one that fits a pattern, which an engine reads in the time zone of the
/// machine; `None` if none comes, and if only PM2 knows it.
#[must_use]
pub fn next_run(pattern: &Pattern, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
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
    // An hour that comes twice is over once and is not over then.
    let next = zone.to_ambiguous_timestamp(next.ok()?);
    let times = [next.compatible(), next.later()];
    times.into_iter().flatten().find(|time| *time > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(pattern: &str, now: &str, zone: &TimeZone) -> String {
        let now = now.parse().unwrap();
        next_run(&pattern.parse().unwrap(), now, zone).unwrap().to_string()
    }

    #[test]
    fn the_next_run_is_in_the_time_zone_of_the_machine() {
        let now = "2026-11-26T07:30:00.5Z";
        assert_eq!(next("0 4 * * *", now, &TimeZone::UTC), "2026-11-27T04:00:00Z");
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(next("0 4 * * *", now, &tokyo), "2026-11-26T19:00:00Z");
    }

    #[test]
    fn an_hour_that_comes_twice_goes_on() {
        // The rule of Berlin: on 2026-10-25 the hour from 2 to 3 comes twice, until 01:00 UTC and after it.
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        for (now, expected) in [
            ("2026-10-25T00:59:30Z", "2026-10-25T02:00:00Z"),
            ("2026-10-25T01:10:30Z", "2026-10-25T01:11:00Z"),
            ("2026-10-25T02:10:30Z", "2026-10-25T02:11:00Z"),
        ] {
            assert_eq!(next("* * * * *", now, &berlin), expected, "{now}");
        }
    }
}
