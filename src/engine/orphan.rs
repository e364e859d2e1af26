//! Processes that no daemon lists: a killed daemon left them running, or a running one lost them.

use std::collections::BTreeSet;
use std::time::Duration;

use camino::Utf8PathBuf;

use super::Process;

/// A process that no daemon lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Its app.
    pub app: String,
    /// The operating system's number of the process.
    pub pid: u32,
    /// Whether the running daemon lost it.
    pub lost: bool,
    /// How long it may take to end.
    pub kill_timeout: Duration,
    /// What ends with it.
    pub group: Group,
    /// Its pid file, which is removed with it.
    pub file: Option<Utf8PathBuf>,
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
    /// Processes that no daemon ends and that may be of an app, and may as well be another's, with
    /// the app's name.
    pub unclear: Vec<(String, u32)>,
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
