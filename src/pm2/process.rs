//! What PM2 knows of a process.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use promethean_core::pm2::status;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// One process of PM2's list.
#[derive(Debug, Deserialize)]
pub struct Process {
    /// PM2's number for it.
    pub id: u64,
    /// The name of its app.
    pub name: String,
    /// Its operating-system process; 0 when it has none.
    #[serde(default, deserialize_with = "or_default")]
    pub pid: u32,
    /// One of [`status`].
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// The exit code of its last process.
    #[serde(default, deserialize_with = "or_default")]
    pub exit_code: Option<i64>,
    /// How often it was restarted.
    #[serde(default, deserialize_with = "or_default")]
    pub restarts: u64,
    /// How often it was restarted because it ended too early.
    #[serde(default, deserialize_with = "or_default")]
    pub unstable_restarts: u64,
    /// When its process was started, in milliseconds of the Unix time.
    #[serde(default, deserialize_with = "or_default")]
    pub since: u64,
    /// Bytes of memory.
    #[serde(default, deserialize_with = "or_default")]
    pub memory: u64,
    /// Processor time, in percent of one processor.
    #[serde(default, deserialize_with = "or_default")]
    pub cpu: f64,
    /// `fork_mode` or `cluster_mode`.
    #[serde(default, deserialize_with = "or_default")]
    pub exec_mode: String,
    /// The file of its standard output.
    #[serde(default, deserialize_with = "or_default")]
    pub out_file: Option<Utf8PathBuf>,
    /// The file of its standard error.
    #[serde(default, deserialize_with = "or_default")]
    pub error_file: Option<Utf8PathBuf>,
    /// The file of both.
    #[serde(default, deserialize_with = "or_default")]
    pub log_file: Option<Utf8PathBuf>,
    /// The file with its pid.
    #[serde(default, deserialize_with = "or_default")]
    pub pid_file: Option<Utf8PathBuf>,
    /// The environment that PM2 keeps for it.
    #[serde(default, deserialize_with = "or_default")]
    pub env: Values,
    /// What was remembered when it was started from an ecosystem; none of others.
    #[serde(default, deserialize_with = "or_default")]
    pub record: Option<Record>,
}

impl Process {
    /// Whether it runs.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.status == status::ONLINE && self.pid != 0
    }

    /// Whether it has ended for good, with exit code 0.
    #[must_use]
    pub fn has_completed(&self) -> bool {
        !self.is_online() && !self.is_launching() && self.exit_code == Some(0)
    }

    /// Whether it is a process of a cluster (`CLUSTER_MODE_ID` in `constants.js`).
    #[must_use]
    pub fn is_in_cluster(&self) -> bool {
        self.exec_mode == "cluster_mode"
    }

    /// Whether PM2 waits until it is ready.
    #[must_use]
    pub fn is_launching(&self) -> bool {
        self.status == status::LAUNCHING
    }

    /// Whether PM2 ends it.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.status == status::STOPPING
    }
}

/// What PM2's memory holds of an app that was started from an ecosystem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The ecosystem that brought it up.
    pub owner: Owner,
    /// The profile it was started with.
    #[serde(default)]
    pub profile: Option<String>,
    /// The app's agent.
    #[serde(default)]
    pub agent: Option<String>,
    /// The directory of the app.
    pub directory: Utf8PathBuf,
    /// The attributes it was started with, under PM2's names.
    pub definition: Map<String, Value>,
    /// The names of the variables whose values may be shown; all others may be secrets.
    #[serde(default)]
    pub public: Vec<String>,
    /// The names of the apps it depends on.
    #[serde(default)]
    pub depends_on: Vec<String>,
    /// How long its logs were when it was started, in bytes.
    #[serde(default)]
    pub logs: BTreeMap<Utf8PathBuf, u64>,
}

/// What tells one ecosystem's apps from another's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its `name`, or the source file it stands in.
    pub name: String,
    /// Its root.
    pub root: Utf8PathBuf,
    /// Where it is declared, if it has no `name`. Records of earlier versions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declared>,
}

/// Where an ecosystem without a `name` is declared: what stays the same when lines move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// The directory of its crate.
    #[serde(rename = "crate")]
    pub directory: Utf8PathBuf,
    /// The `static` it is the value of; `None` where several may be meant.
    #[serde(default)]
    pub item: Option<String>,
}

impl Owner {
    /// Whether the two are certainly one ecosystem: only then may it end what the other started.
    #[must_use]
    pub fn is(&self, other: &Owner) -> bool {
        let is_known = self.declared.as_ref().is_none_or(|declared| declared.item.is_some());
        is_known && self == other
    }

    /// Whether two that are not told apart may be one: records of earlier versions, and ecosystems
    /// that nothing but their line tells apart.
    #[must_use]
    pub fn may_be(&self, other: &Owner) -> bool {
        let unknown = |owner: &Owner| match &owner.declared {
            Some(declared) => declared.item.is_none(),
            None => true,
        };
        let is_unnamed = self.declared.is_some() || other.declared.is_some();
        let same = self.name == other.name && self.root == other.root;
        same && is_unnamed && (unknown(self) || unknown(other))
    }
}

/// What to call it in a message.
impl std::fmt::Display for Owner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let item = self.declared.as_ref().and_then(|declared| declared.item.as_deref());
        match item {
            Some(item) => write!(formatter, "{} ({item})", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

/// An environment as PM2 has it. `Debug` shows the names alone.
#[derive(Clone, Default)]
pub struct Values(BTreeMap<String, SecretString>);

impl Values {
    /// Each variable's name and value. Whatever is done with the values: they may be secrets.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.expose_secret()))
    }

    /// The value of a variable, which may be a secret.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(SecretString::expose_secret)
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// Apps of other people have numbers and whole objects in their environments.
impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Values, D::Error> {
        let read: BTreeMap<String, Value> = BTreeMap::deserialize(deserializer)?;
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Ok(Values(read.into_iter().map(|(name, value)| (name, text(value).into())).collect()))
    }
}

/// What PM2 leaves empty, or fills with something else, is as good as absent.
fn or_default<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}
