//! A process as PM2 reports it.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use promethean_core::pm2::status;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::engine::times::since_epoch;
use crate::engine::{LONGEST_END, Phase, Process, ProcessId, Record, Values};

/// A process of PM2's list.
#[derive(Deserialize)]
pub(super) struct Entry {
    /// The list has a copy of the number that the record has, too: while PM2 measures memory, a reload can
    /// put `_old_0` there (`softReload` in `lib/God/Reload.js`).
    #[serde(default, deserialize_with = "or_default")]
    pm_id: Option<u64>,
    #[serde(default, deserialize_with = "or_default")]
    pid: u32,
    #[serde(default, deserialize_with = "or_default")]
    process: Child,
    #[serde(default, deserialize_with = "or_default")]
    monit: Monitored,
    #[serde(default)]
    pm2_env: Told,
    /// Whether it has not said that it is ready, as it was to: what `driver.cjs` adds to PM2's answer.
    #[serde(default, deserialize_with = "or_default")]
    silent: bool,
}

#[derive(Default, Deserialize)]
struct Child {
    #[serde(default, deserialize_with = "or_default")]
    pid: u32,
}

#[derive(Default, Deserialize)]
struct Monitored {
    #[serde(default, deserialize_with = "or_default")]
    memory: u64,
    #[serde(default, deserialize_with = "or_default")]
    cpu: f64,
}

/// PM2's record of a process, as far as it matters here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    #[serde(deserialize_with = "or_default")]
    pm_id: Option<u64>,
    /// What is beside the record.
    #[serde(skip)]
    pid: u32,
    name: String,
    #[serde(deserialize_with = "or_default")]
    status: String,
    #[serde(deserialize_with = "or_default")]
    exit_code: Option<i64>,
    #[serde(rename = "restart_time", deserialize_with = "or_default")]
    restarts: u64,
    #[serde(deserialize_with = "or_default")]
    unstable_restarts: u64,
    #[serde(rename = "pm_uptime", deserialize_with = "or_default")]
    since: u64,
    /// In milliseconds since the epoch. PM2 sets it again when a restart is requested (`God.resetState` in
    /// `lib/God/Methods.js`) and when the counts are reset (`God.resetMetaProcessId` in
    /// `lib/God/ActionMethods.js`), and removes it when it gives up (`God.handleExit` in `lib/God.js`).
    #[serde(rename = "created_at", deserialize_with = "or_default")]
    requested: u64,
    /// A request for a restart makes it 0, a growing delay more. Nothing where nobody has ever asked for a
    /// restart (`God.resetState` in `lib/God/Methods.js`).
    #[serde(rename = "prev_restart_delay", deserialize_with = "or_default")]
    asked: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    autorestart: Option<Value>,
    #[serde(deserialize_with = "or_default")]
    stop_exit_codes: Value,
    #[serde(deserialize_with = "or_default")]
    kill_retry_time: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    exp_backoff_restart_delay: Option<Value>,
    #[serde(deserialize_with = "or_default")]
    restart_delay: Option<Value>,
    #[serde(deserialize_with = "or_default")]
    exec_mode: String,
    #[serde(rename = "pm_out_log_path", deserialize_with = "or_default")]
    out_file: Option<Utf8PathBuf>,
    #[serde(rename = "pm_err_log_path", deserialize_with = "or_default")]
    error_file: Option<Utf8PathBuf>,
    #[serde(rename = "pm_log_path", deserialize_with = "or_default")]
    log_file: Option<Utf8PathBuf>,
    /// Apps of other people have numbers and whole objects in their environments.
    #[serde(deserialize_with = "or_default")]
    env: BTreeMap<String, Value>,
    #[serde(rename = "promethean", deserialize_with = "or_default")]
    record: Option<Record>,
}

impl Entry {
    pub(super) fn id(&self) -> Option<ProcessId> {
        self.pm_id.or(self.pm2_env.pm_id)
    }

    /// When its last run has started, in milliseconds since the epoch.
    pub(super) fn start(&self) -> u64 {
        self.pm2_env.since
    }

    fn pid(&self) -> u32 {
        if self.process.pid == 0 { self.pid } else { self.process.pid }
    }

    /// Why what PM2 says of it may be no longer so in a moment.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        let told = &self.pm2_env;
        match told.status.as_str() {
            status::ERRORED | status::WAITING_RESTART if told.requested == 0 => {
                let written = told.kill_retry_time.map(Duration::from_millis);
                let looks_again = promethean_core::pm2::time("kill_retry_time", written);
                Some(Doubt::GivenUp { looks_again })
            }
            status::STOPPED | status::WAITING_RESTART => {
                let is_asked = told.asked == Some(0) && told.was_requested_later();
                (is_asked && self.pid() != 0).then_some(Doubt::Number)
            }
            _ => None,
        }
    }
}

/// What PM2 lists may be between two states.
#[derive(Debug)]
pub(super) enum Doubt {
    /// It says that it has given the process up, which may be a restart on request: it looks again, after this
    /// time, whether what it ends is dead (`God.processIsDead` in `lib/God/Methods.js`).
    GivenUp { looks_again: Duration },
    /// The process has ended, and has its number still. Either its counts were reset and it has ended by itself,
    /// which leaves the number, or PM2 has ended it for a restart while it made this list: it takes the numbers
    /// first, measures memory, and writes the records then (`God.getMonitorData` in `lib/God/ActionMethods.js`).
    Number,
}

impl TryFrom<Entry> for Process {
    type Error = &'static str;

    fn try_from(entry: Entry) -> Result<Process, &'static str> {
        let id = entry.id().ok_or("a process without a number")?;
        let pid = entry.pid();
        let Entry { monit, pm2_env: mut told, silent, .. } = entry;
        told.pid = pid;
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let (phase, restart_delay) = (told.phase(), told.delay());
        // When it was is not known. It was not after the start.
        let before = told.since.saturating_sub(1);
        let requested = if told.is_reset() { before } else { told.requested };
        let is_being_replaced = told.is_being_replaced();
        let env: Values = told.env.into_iter().map(|(name, value)| (name, text(value))).collect();
        Ok(Process {
            id,
            name: told.name,
            // PM2 keeps the number of a process that has ended.
            pid: match phase {
                Phase::Errored | Phase::Stopped | Phase::WaitingRestart => 0,
                Phase::Launching | Phase::Online | Phase::Stopping | Phase::Other(_) => told.pid,
            },
            phase,
            exit_code: told.exit_code,
            restarts: told.restarts,
            unstable_restarts: told.unstable_restarts,
            since: told.since,
            requested,
            never_asked: told.asked.is_none(),
            is_being_replaced,
            was_asked_for: None,
            is_unwell: false,
            was_told_to_end: None,
            killed_by: None,
            cause: None,
            log_trouble: None,
            restart_delay,
            is_silent: silent,
            memory: monit.memory,
            cpu: monit.cpu,
            // `CLUSTER_MODE_ID` in `constants.js`.
            shares: told.exec_mode == "cluster_mode",
            out_file: told.out_file,
            error_file: told.error_file,
            log_file: told.log_file,
            env,
            record: told.record,
        })
    }
}

impl Told {
    /// What PM2's word for a status means.
    ///
    /// Where an app has a delay between restarts, PM2 says `waiting restart` also of what it does not
    /// restart (`God.handleExit` in `lib/God.js`): what it has given up, and what has ended for good.
    fn phase(&self) -> Phase {
        match self.status.as_str() {
            status::ONLINE => Phase::Online,
            status::LAUNCHING => Phase::Launching,
            status::STOPPING => Phase::Stopping,
            status::STOPPED => Phase::Stopped,
            status::ERRORED => Phase::Errored,
            status::WAITING_RESTART if self.requested == 0 => Phase::Errored,
            status::WAITING_RESTART if self.ends_here() => Phase::Stopped,
            // PM2 takes the number away from what it does not restart.
            status::WAITING_RESTART if self.is_reset() && self.pid == 0 => Phase::Errored,
            status::WAITING_RESTART => Phase::WaitingRestart,
            // Among them `one-launch-status`, which no process keeps.
            other => Phase::Other(other.to_owned()),
        }
    }

    /// How long PM2 waits before the next restart: a growing delay is the one of the last restart.
    fn delay(&self) -> Option<Duration> {
        let milliseconds = match (&self.exp_backoff_restart_delay, &self.restart_delay) {
            (Some(_), _) => self.asked,
            (None, Some(Value::String(text))) => text.trim().parse().ok(),
            (None, delay) => delay.as_ref().and_then(Value::as_u64),
        };
        milliseconds.map(Duration::from_millis)
    }

    /// Whether somebody has reset the counts since its process was started: `pm2 reset`. That is no
    /// request for a restart, for which PM2 would have noted that there is no delay, and would end it.
    fn is_reset(&self) -> bool {
        let is_request = self.asked == Some(0) && self.ends_on_request();
        self.was_requested_later() && !is_request
    }

    /// Whether PM2 has noted a request since its process was started.
    fn was_requested_later(&self) -> bool {
        /// At a first start, the request may be noted this much after the start, in milliseconds.
        const MOMENT: u64 = 50;
        self.requested > self.since.saturating_add(MOMENT)
    }

    /// Whether a restart was asked for since its process was started. PM2 notes then that there is no delay
    /// (`God.resetState` in `lib/God/Methods.js`), which it does not at a first start. What it cannot end, it does
    /// not restart.
    fn is_being_replaced(&self) -> bool {
        let now = since_epoch();
        let is_late = Duration::from_millis(self.requested.saturating_add(LONGEST_END)) < now;
        let is_request = self.asked == Some(0) && self.ends_on_request();
        is_request && self.requested > self.since && !is_late
    }

    /// Whether PM2 ends it, or may have ended it a moment ago: it begins so with all that it restarts on
    /// request (`God.restartProcessId` in `lib/God/ActionMethods.js`). It takes the number away from what it
    /// has ended, and counts the restart then.
    fn ends_on_request(&self) -> bool {
        match self.status.as_str() {
            status::STOPPING | status::LAUNCHING => true,
            status::WAITING_RESTART => self.pid == 0,
            status::STOPPED => self.pid == 0 && self.restarts > 0,
            _ => false,
        }
    }

    /// Whether PM2 does not restart it after its last exit code.
    fn ends_here(&self) -> bool {
        let is_off = |value: &Value| *value == Value::Bool(false) || *value == "false";
        let integer = |value: &Value| match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        };
        let is_final = match &self.stop_exit_codes {
            Value::Array(codes) => codes.iter().any(|code| integer(code) == self.exit_code),
            Value::Null => false,
            code => integer(code) == self.exit_code,
        };
        self.autorestart.as_ref().is_some_and(is_off) || self.exit_code.is_some() && is_final
    }
}

/// What PM2 leaves empty, or fills with something else, is as good as absent.
fn or_default<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn process(fields: &Value) -> Process {
        let record = json!({"name": "web", "pm_uptime": 1_000_000, "created_at": 1_000_000});
        let mut entry = json!({"pm_id": 0, "pid": fields["pid"], "pm2_env": record});
        entry["pm2_env"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value::<Entry>(entry).unwrap().try_into().unwrap()
    }

    fn now() -> u64 {
        u64::try_from(since_epoch().as_millis()).unwrap()
    }

    #[test]
    fn what_pm2_ends_since_a_restart_was_asked_for_is_being_replaced() {
        let ended = json!([
            {"status": "stopping", "pid": 7},
            {"status": "waiting restart"},
            {"status": "stopped", "restart_time": 1},
            {"status": "launching"},
        ]);
        for fields in ended.as_array().unwrap() {
            let mut fields = fields.clone();
            (fields["prev_restart_delay"], fields["created_at"]) = (json!(0), json!(now()));
            assert!(process(&fields).is_being_replaced, "{fields}");
            // So long it does not take.
            fields["created_at"] = json!(now() - LONGEST_END - 1_000);
            assert!(!process(&fields).is_being_replaced, "{fields}");
        }
    }

    /// `pm2 reset` a moment ago, of what was restarted by a user before.
    #[test]
    fn what_had_its_counts_reset_is_not_being_replaced() {
        let reset = json!([
            {"status": "online", "pid": 7},
            // It has ended by itself since: PM2 keeps the number.
            {"status": "waiting restart", "pid": 7, "restart_delay": 60_000},
            {"status": "stopped", "pid": 7},
            // It had ended before.
            {"status": "stopped", "exit_code": 0},
            {"status": "errored"},
        ]);
        for fields in reset.as_array().unwrap() {
            let mut fields = fields.clone();
            (fields["prev_restart_delay"], fields["created_at"]) = (json!(0), json!(now()));
            let process = process(&fields);
            assert!(!process.is_being_replaced, "{fields}");
            assert!(process.requested < process.since, "{fields}");
        }
    }
}
