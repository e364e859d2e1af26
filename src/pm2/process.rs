//! A process as PM2 reports it.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use promethean_core::pm2::status;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::engine::{Phase, Process, Record, Values};

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
        let env: Values = told.env.into_iter().map(|(name, value)| (name, text(value))).collect();
        Process {
            id: told.id,
            name: told.name,
            pid: told.pid,
            phase: phase(told.status),
            exit_code: told.exit_code,
            restarts: told.restarts,
            unstable_restarts: told.unstable_restarts,
            since: told.since,
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

/// What PM2's word for a status means. What a process is started with once, without a restart, PM2 knows
/// alone.
fn phase(word: String) -> Phase {
    match word.as_str() {
        status::ONLINE => Phase::Online,
        status::LAUNCHING => Phase::Launching,
        status::STOPPING => Phase::Stopping,
        status::STOPPED => Phase::Stopped,
        status::ERRORED => Phase::Errored,
        status::WAITING_RESTART => Phase::WaitingRestart,
        _ => Phase::Other(word),
    }
}

/// What PM2 leaves empty, or fills with something else, is as good as absent.
fn or_default<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}
