//! `cron_restart`: when a process is restarted.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use promethean_core::cron::Pattern;

use crate::engine::next_run;

/// The times of a cron pattern, in the time zone of the machine.
#[derive(Clone, Debug)]
pub struct Schedule {
    pattern: Pattern,
    zone: TimeZone,
    next: Option<Timestamp>,
}

impl Schedule {
    /// The clock is looked at this often: it may be set, and the machine may sleep.
    const LOOK: Duration = Duration::from_secs(60);

    /// The times of a pattern from now on; `None` for one that only PM2 knows.
    #[must_use]
    pub fn new(pattern: &str, now: Timestamp) -> Option<Schedule> {
        Schedule::in_zone(pattern, now, TimeZone::system())
    }

    fn in_zone(pattern: &str, now: Timestamp, zone: TimeZone) -> Option<Schedule> {
        let pattern: Pattern = pattern.parse().ok().filter(Pattern::is_known)?;
        let next = next_run(&pattern, now, &zone);
        Some(Schedule { pattern, zone, next })
    }

    /// How long until [`Schedule::is_due`] is to be asked; `None` if no time comes any more.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        let left = self.next?.duration_since(now);
        Some(Duration::try_from(left).unwrap_or_default().min(Schedule::LOOK))
    }

    /// Whether a time has come since the last question. Several that were missed are one.
    pub fn is_due(&mut self, now: Timestamp) -> bool {
        let is_due = self.next.is_some_and(|next| next <= now);
        self.next = next_run(&self.pattern, now, &self.zone);
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-26T{time}Z").parse().unwrap()
    }

    fn schedule(pattern: &str, now: &str) -> Option<Schedule> {
        Schedule::in_zone(pattern, at(now), TimeZone::UTC)
    }

    #[test]
    fn a_time_comes_once() {
        let mut schedule = schedule("*/10 * * * * *", "07:30:01").unwrap();
        assert_eq!(schedule.wait(at("07:30:01")), Some(Duration::from_secs(9)));
        assert!(!schedule.is_due(at("07:30:09.9")));
        assert_eq!(schedule.wait(at("07:30:09.9")), Some(Duration::from_millis(100)));
        assert!(schedule.is_due(at("07:30:10")));
        assert!(!schedule.is_due(at("07:30:10.5")));
        assert!(schedule.is_due(at("09:00:00.5")), "the machine has slept");
        assert!(!schedule.is_due(at("09:00:01")));
        assert!(!schedule.is_due(at("08:00:05")), "the clock was set");
        assert!(schedule.is_due(at("08:00:10")));
    }

    #[test]
    fn the_clock_is_looked_at_every_minute() {
        let daily = schedule("0 4 * * *", "07:30:00").unwrap();
        assert_eq!(daily.wait(at("07:30:00")), Some(Duration::from_secs(60)));
    }

    #[test]
    fn what_is_over_or_unknown_never_comes() {
        let over = schedule("2025-01-31T04:00:00", "07:30:00").unwrap();
        assert_eq!(over.wait(at("07:30:00")), None);
        assert!(schedule("? 4 * * *", "07:30:00").is_none());
        assert!(schedule("daily", "07:30:00").is_none());
    }
}
