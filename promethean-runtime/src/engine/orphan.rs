//! Processes that no daemon lists: a killed daemon left them running, a running one lost them, or a process of an app
//! left them when it ended.

use std::collections::BTreeSet;
use std::fmt;
use std::slice;
use std::time::Duration;

use camino::Utf8PathBuf;
use promethean_core::foreign::Foreign;
use serde::Serialize;

use super::Process;

/// The app of a process that no daemon lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// It is of this app.
    App(String),
    /// It is of one of these, and nothing distinguishes of which.
    OneOf(Vec<String>),
}

impl Whose {
    /// One of the apps with these names, which are not none.
    pub fn one_of<'n>(names: impl IntoIterator<Item = &'n str>) -> Whose {
        let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        names.sort();
        names.dedup();
        match <[String; 1]>::try_from(names) {
            Ok([name]) => Whose::App(name),
            Err(names) => Whose::OneOf(names),
        }
    }

    /// The app, or those of one of which it is.
    #[must_use]
    pub fn apps(&self) -> &[String] {
        match self {
            Whose::App(name) => slice::from_ref(name),
            Whose::OneOf(names) => names,
        }
    }

    /// Whether it may be of an app.
    #[must_use]
    pub fn may_be(&self, app: &str) -> bool {
        self.apps().iter().any(|name| name == app)
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whose::App(name) => Foreign(name).fmt(formatter),
            Whose::OneOf(names) => write!(formatter, "one of {}", Foreign(names.join(", "))),
        }
    }
}

/// A process that no daemon lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Its app.
    pub whose: Whose,
    /// The operating system's number of the process.
    pub pid: u32,
    /// How it became one.
    pub how: Orphaned,
    /// How long it may take to end.
    pub kill_timeout: Duration,
    /// What ends with it.
    pub group: Group,
    /// Its pid file, which is removed with it.
    pub file: Option<Utf8PathBuf>,
}

/// How a process became one that no daemon lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphaned {
    /// The daemon that ran it was killed.
    Killed,
    /// The running daemon has lost it.
    Lost,
    /// The process of its app that started it has ended by itself.
    Left,
}

/// The processes that end with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// It is the leader of a group of its own, which ends with it.
    Led,
    /// These end with it.
    Descendants(Vec<u32>),
}

/// What is found that no daemon lists.
#[derive(Debug, Default)]
pub struct Unlisted {
    /// What no daemon ends.
    pub orphans: Vec<Orphan>,
    /// What the daemon is about to end or to list.
    pub held: Vec<Orphan>,
    /// Processes that no daemon ends and that may be of the apps that are meant, and may as well be of
    /// another.
    pub unclear: Vec<Unclear>,
}

/// A process that may be of an app that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclear {
    /// The app that it may be of, as another may; or several, not all of which are meant.
    pub whose: Whose,
    /// The operating system's number of the process.
    pub pid: u32,
}

/// What a look at an engine has found.
#[derive(Clone, Copy, Debug)]
pub struct Look<'l> {
    /// Whether a daemon runs.
    pub daemon: bool,
    /// What it lists.
    pub listed: &'l [Process],
    /// Whether another run is at work, which may have asked the daemon for anything.
    pub at_work: bool,
}

impl Look<'_> {
    /// Whether the daemon lists a process.
    #[must_use]
    pub fn lists(&self, pid: u32) -> bool {
        self.listed.iter().any(|process| process.pid == pid)
    }
}

/// A file that contains apps of a system with all their variables in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dumped {
    /// The file.
    pub file: Utf8PathBuf,
    /// The names of the apps.
    pub apps: BTreeSet<String>,
}
