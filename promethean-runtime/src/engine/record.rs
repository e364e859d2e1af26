//! The owner of a process, and what it was started with.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use promethean_core::app::Endpoint;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use smol_str::SmolStr;

/// What an engine keeps of an app that was started from an ecosystem.
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
    /// The attributes it was started with, under the engine's names.
    pub definition: Map<String, Value>,
    /// The names of the variables whose values may be shown; all others may be secrets.
    #[serde(default)]
    pub public: Vec<String>,
    /// The names of the variables that its definition gave it; all others came from the base. Records
    /// of earlier versions do not have it.
    #[serde(default)]
    pub written: Vec<String>,
    /// The value from which its `increment_var` counts up; `None` where it has none or the value may be a
    /// secret. Records of earlier versions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts_from: Option<String>,
    /// The names of the apps it depends on.
    #[serde(default)]
    pub depends_on: Vec<String>,
    /// How long its logs were when it was started, in bytes.
    #[serde(default)]
    pub logs: BTreeMap<Utf8PathBuf, u64>,
    /// Where it listens, as its definition said. Records of earlier versions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Vec<ListensAt>>,
}

/// Where an app listens, as its definition said when it was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListensAt {
    /// The name of the endpoint; `None` for the one that sets PORT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<SmolStr>,
    /// The scheme of its URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<SmolStr>,
    /// The host that it listens on.
    pub host: SmolStr,
    /// The port, or that of the first instance.
    pub port: u16,
}

impl From<&Endpoint> for ListensAt {
    fn from(endpoint: &Endpoint) -> ListensAt {
        let Endpoint { name, scheme, host, port, is_auto: _ } = endpoint.clone();
        ListensAt { name, scheme, host, port }
    }
}

impl From<&ListensAt> for Endpoint {
    fn from(at: &ListensAt) -> Endpoint {
        let ListensAt { name, scheme, host, port } = at.clone();
        Endpoint { name, scheme, host, port, is_auto: false }
    }
}

impl Record {
    /// Whether it was started to be done once, or at its times: it ends by itself, as `autorestart`,
    /// `stop_exit_codes` and `cron_restart` say.
    pub(crate) fn is_job(&self) -> bool {
        let set = |name: &str| self.definition.get(name);
        let is_success = |codes: &Value| match codes {
            Value::Array(codes) => codes.iter().any(|code| *code == 0),
            code => *code == 0,
        };
        set("autorestart") == Some(&Value::Bool(false))
            || set("cron_restart").is_some() && set("stop_exit_codes").is_some_and(is_success)
    }
}

/// Identifies an ecosystem as the owner of apps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its `name`, or its source file.
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

    /// Whether two that cannot be distinguished may be one: records of earlier versions, and ecosystems
    /// that differ only in their line.
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
