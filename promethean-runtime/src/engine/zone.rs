//! The time zone of whatever runs the apps: it writes the times of their logs, and starts what has `cron_restart`.

use std::env;
use std::fs;

use jiff::tz::TimeZone;

use super::processes::Processes;

/// The variable that gives a program its time zone (tzset(3)).
pub(crate) const VARIABLE: &str = "TZ";

/// The zone of a machine, for programs that have no variable of their own (localtime(5)).
const OF_MACHINE: &str = "/etc/localtime";

/// The zone of a program that has this `TZ`. Without one it is that of the machine, with one that says nothing UTC.
pub(crate) fn of_variable(written: Option<&str>) -> TimeZone {
    if env::var(VARIABLE).ok().as_deref() == written {
        return TimeZone::system();
    }
    let of_file = |path: &str| TimeZone::tzif(path, &fs::read(path).ok()?).ok();
    let named = |text: &str| TimeZone::get(text).or_else(|_| TimeZone::posix(text)).ok();
    let zone = match written.map(|text| text.trim_start_matches(':')) {
        None => of_file(OF_MACHINE),
        Some(path) if path.starts_with('/') => of_file(path),
        Some(text) => named(text),
    };
    zone.unwrap_or(TimeZone::UTC)
}

/// The zone of a process; `None` where there is none of this number, or it may not be looked at.
pub(crate) fn of_process(pid: u32) -> Option<TimeZone> {
    let processes = Processes::with_variables(pid);
    let process = processes.get(pid).filter(|process| !process.environ().is_empty())?;
    Some(of_variable(super::processes::variable(process, VARIABLE)))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_variable_is_read_as_a_rule_and_what_says_nothing_is_utc() {
        let winter: Timestamp = "2026-01-15T12:00:00Z".parse().unwrap();
        let hours = |written| of_variable(Some(written)).to_offset(winter).seconds() / 3600;
        assert_eq!(hours("JST-9"), 9);
        assert_eq!(hours(":<+0530>-5:30"), 5);
        assert_eq!(hours("EST5EDT,M3.2.0,M11.1.0"), -5);
        assert_eq!(hours(""), 0);
        assert_eq!(hours("Nowhere/At_All"), 0);
        let own = env::var(VARIABLE).ok();
        assert_eq!(of_variable(own.as_deref()), TimeZone::system());
        assert_eq!(of_process(std::process::id()), Some(TimeZone::system()));
    }
}
