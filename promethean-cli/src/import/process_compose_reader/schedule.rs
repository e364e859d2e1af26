//! The `schedule` of a process.

use promethean_core::cron::Pattern;
use promethean_core::other_tools::{times_of_interval, times_of_word};
use promethean_core::value::Value;

use super::{is_disabled, is_true};
use crate::import::app::{App, Raw};
use crate::import::pm2_reader::data::Data;

/// The keys that are read.
const KNOWN: [&str; 5] = ["cron", "interval", "timezone", "run_on_start", "max_concurrent"];

/// Whether a schedule starts a process.
pub(super) fn has_times(process: &Data) -> bool {
    process.get("schedule").and_then(times).is_some()
}

/// Reads when a process is started again and again.
pub(super) fn read(app: &mut App, process: &Data) {
    let Some(schedule) = process.get("schedule") else { return };
    let Some(times) = times(schedule) else {
        return app.left_out("schedule", "it has neither `cron` nor `interval`");
    };
    if is_disabled(process) {
        return app.left_out("schedule", "the process is disabled");
    }
    let has_only_times = !is_true(schedule.get("run_on_start"));
    if has_only_times {
        app.set("autostart", vec![Raw::Boolean(false)]);
    }
    let times = match times {
        Ok(times) => times,
        Err(reason) if has_only_times => {
            return app.left_out("schedule", format!("{reason}; nothing starts it"));
        }
        Err(reason) => return app.left_out("schedule", reason),
    };
    app.set("cron_restart", vec![Raw::Text(times)]);
    app.differs(
        "cron_restart",
        "a run that has not ended at the next time is ended, and not left alone",
    );
    if schedule.get("cron").is_none() {
        let reason = "the original counts its interval from the start, and not by the clock";
        app.differs("cron_restart", reason);
    }
    if has_only_times {
        app.comment_on(
            "cron_restart",
            "Only its times start it, on the embedded engine; PM2 would never start it.",
        );
    }
    for key in schedule.keys_but(&KNOWN) {
        app.left_out(&format!("schedule.{key}"), "it is not imported");
    }
    // An interval has none.
    if schedule.get("timezone").is_some() && schedule.get("cron").is_some() {
        app.left_out("schedule.timezone", "the times are those of the engine's time zone");
    }
    // Without this key, there is one run at a time.
    if schedule.get("max_concurrent").is_some_and(|most| most.to_text() != "1") {
        app.left_out("schedule.max_concurrent", "one run ends before the next one starts");
    }
}

/// The times of cron at which a schedule starts its process, or why cron has no such times; `None` where it has no
/// times at all.
fn times(schedule: &Data) -> Option<Result<String, String>> {
    let text = |key: &str| schedule.get(key).map(Data::to_text).filter(|text| !text.is_empty());
    if let Some(written) = text("cron") {
        return Some(times_of_cron(&written));
    }
    let interval = text("interval")?;
    if interval.bytes().all(|byte| byte.is_ascii_digit()) {
        let reason =
            format!("process-compose does not take an interval without a unit, `{interval}`");
        return Some(Err(reason));
    }
    let times = times_of_interval(&Value::Text(interval.as_str().into()));
    Some(times.ok_or_else(|| format!("`cron_restart` has no times for an interval of {interval}")))
}

/// The same of its `cron`, in which `?` is any day, and one of the two sorts of days is enough.
fn times_of_cron(written: &str) -> Result<String, String> {
    let written = written.replace('?', "*");
    let times = times_of_word(&written).unwrap_or(&written);
    if let Err(error) = times.parse::<Pattern>() {
        return Err(format!("`cron_restart` does not take its `cron`: {error}"));
    }
    let is_given = |part: usize| times.split_whitespace().nth(part).is_some_and(|day| day != "*");
    if is_given(2) && is_given(4) {
        let reason = "its `cron` comes on days of the month and on days of the week; in \
             `cron_restart` both have to fit";
        return Err(reason.to_owned());
    }
    Ok(times.to_owned())
}
