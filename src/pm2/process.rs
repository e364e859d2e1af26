//! A process as PM2 reports it.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use promethean_core::pm2::status;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::engine::times::since_epoch;
use crate::engine::{LONGEST_END, Phase, Process, Record, Values};

/// A process of PM2's list, as `told` in `driver.cjs` writes it.
#[derive(Deserialize)]
pub(super) struct Told {
    id: u64,
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    pid: u32,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    exit_code: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    restarts: u64,
    #[serde(default, deserialize_with = "or_default")]
    unstable_restarts: u64,
    #[serde(default, deserialize_with = "or_default")]
    since: u64,
    /// `created_at`: PM2 sets it anew where somebody asks for a restart (`God.resetState` in
    /// `lib/God/Methods.js`) or resets the counts (`God.resetMetaProcessId` in
    /// `lib/God/ActionMethods.js`), and takes it away when it gives up (`God.handleExit` in `lib/God.js`).
    #[serde(default, deserialize_with = "or_default")]
    requested: u64,
    /// `prev_restart_delay`: a request for a restart makes it 0, a growing delay more.
    #[serde(default, deserialize_with = "or_default")]
    asked: Option<u64>,
    #[serde(default, deserialize_with = "or_default")]
    autorestart: Option<Value>,
    #[serde(default, deserialize_with = "or_default")]
    stop_exit_codes: Value,
    #[serde(default, deserialize_with = "or_default")]
    delay: Option<u64>,
    #[serde(default, deserialize_with = "or_default")]
    silent: bool,
    #[serde(default, deserialize_with = "or_default")]
    memory: u64,
    #[serde(default, deserialize_with = "or_default")]
    cpu: f64,
    #[serde(default, deserialize_with = "or_default")]
    exec_mode: String,
    #[serde(default, deserialize_with = "or_default")]
    out_file: Option<Utf8PathBuf>,
    #[serde(default, deserialize_with = "or_default")]
    error_file: Option<Utf8PathBuf>,
    #[serde(default, deserialize_with = "or_default")]
    log_file: Option<Utf8PathBuf>,
    /// Apps of other people have numbers and whole objects in their environments.
    #[serde(default, deserialize_with = "or_default")]
    env: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "or_default")]
    record: Option<Record>,
}

impl From<Told> for Process {
    fn from(told: Told) -> Process {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let phase = told.phase();
        // When it was is not known. It was not after the start.
        let before = told.since.saturating_sub(1);
        let requested = if told.is_reset() { before } else { told.requested };
        let is_being_replaced = told.is_being_replaced();
        let env: Values = told.env.into_iter().map(|(name, value)| (name, text(value))).collect();
        Process {
            id: told.id,
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
            restart_delay: told.delay.map(Duration::from_millis),
            is_silent: told.silent,
            memory: told.memory,
            cpu: told.cpu,
            // `CLUSTER_MODE_ID` in `constants.js`.
            shares: told.exec_mode == "cluster_mode",
            out_file: told.out_file,
            error_file: told.error_file,
            log_file: told.log_file,
            env,
            record: told.record,
        }
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

    /// Whether somebody has reset the counts since its process was started: `pm2 reset`. That is no
    /// request for a restart, for which PM2 would have noted that there is no delay, and would end it.
    fn is_reset(&self) -> bool {
        // At a first start, the request may be noted a moment after the start.
        const MOMENT: u64 = 50;
        let is_request = self.asked == Some(0) && self.ends_on_request();
        self.requested > self.since.saturating_add(MOMENT) && !is_request
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
        let mut told = json!({"id": 0, "name": "web", "since": 1_000_000, "requested": 1_000_000});
        told.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value::<Told>(told).unwrap().into()
    }

    fn now() -> u64 {
        u64::try_from(since_epoch().as_millis()).unwrap()
    }

    #[test]
    fn what_pm2_ends_since_a_restart_was_asked_for_is_being_replaced() {
        let ended = json!([
            {"status": "stopping", "pid": 7},
            {"status": "waiting restart"},
            {"status": "stopped", "restarts": 1},
            {"status": "launching"},
        ]);
        for fields in ended.as_array().unwrap() {
            let mut fields = fields.clone();
            (fields["asked"], fields["requested"]) = (json!(0), json!(now()));
            assert!(process(&fields).is_being_replaced, "{fields}");
            // So long it does not take.
            fields["requested"] = json!(now() - LONGEST_END - 1_000);
            assert!(!process(&fields).is_being_replaced, "{fields}");
        }
    }

    /// `pm2 reset` a moment ago, of what was restarted by a user before.
    #[test]
    fn what_had_its_counts_reset_is_not_being_replaced() {
        let reset = json!([
            {"status": "online", "pid": 7},
            // It has ended by itself since: PM2 keeps the number.
            {"status": "waiting restart", "pid": 7, "delay": 60_000},
            {"status": "stopped", "pid": 7},
            // It had ended before.
            {"status": "stopped", "exit_code": 0},
            {"status": "errored"},
        ]);
        for fields in reset.as_array().unwrap() {
            let mut fields = fields.clone();
            (fields["asked"], fields["requested"]) = (json!(0), json!(now()));
            let process = process(&fields);
            assert!(!process.is_being_replaced, "{fields}");
            assert!(process.requested < process.since, "{fields}");
        }
    }
}
