//! Processes that PM2 does not list.
//!
//! When a PM2 daemon is killed, what it ran lives on under init, holds its ports, and no daemon knows
//! it. There are several traces of such orphans: PM2's pid files; what an operation saw in PM2's list;
//! what it was about to end when the daemon was killed, which may have lost its pid file; and what it
//! was about to start, which may have none yet.
//!
//! A daemon that lives has processes, too, that it does not list: the old one while a cluster is
//! reloaded (`_old_0` in `lib/God/Reload.js`), and what it is about to end.
//!
//! | Module | Subject |
//! |---|---|
//! | `whose` | whether the process of a trace is an app's |
//! | `held` | whether the daemon that lives ends it |
//! | `end` | ending those that no daemon ends |
//! | `processes` | what the operating system knows of processes |

mod end;
mod held;
mod processes;
mod whose;

use std::fs;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::Utf8PathBuf;
use promethean_core::app::App;

use super::memory::{Memory, Remembered};
use super::target::Target;
use crate::pm2::{self, Home, Process};

pub(super) use end::end;
use held::Hands;
pub(super) use held::time_to_end;
use processes::Group;
pub(super) use processes::Processes;
use whose::{Search, Verdict};

/// A process that no daemon lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Orphan {
    pub(super) app: String,
    /// The operating system's number of the process.
    pub(super) pid: u32,
    file: Option<Utf8PathBuf>,
    kill_timeout: Duration,
    group: Group,
    /// Whether it is a process of the daemon that lives.
    lost: bool,
}

/// What is found that no daemon lists.
#[derive(Debug, Default)]
pub(super) struct Unlisted {
    /// What no daemon ends.
    pub(super) orphans: Vec<Orphan>,
    /// What the daemon is about to end or to list.
    pub(super) held: Vec<Orphan>,
    /// Processes that no daemon ends and that may be of an app, and may as well be another's, with
    /// the app's name.
    pub(super) unclear: Vec<(String, u32)>,
}

/// How far the start of a process and the time of its pid file may lie apart. PM2 writes the file of
/// a cluster's process when Node has started; the operating system counts in whole seconds.
const BEFORE: u64 = 10;
const AFTER: u64 = 2;

/// What a look at PM2 has found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'l> {
    pub(super) home: &'l Home,
    /// Whether a daemon runs.
    pub(super) daemon: bool,
    /// What it lists.
    pub(super) listed: &'l [Process],
    /// Whether another run is at work, which may have asked the daemon for anything.
    pub(super) at_work: bool,
}

impl Look<'_> {
    fn lists(&self, pid: u32) -> bool {
        self.listed.iter().any(|process| process.pid == pid)
    }
}

/// An app, and what is known of it.
type Known<'m> = (&'m str, &'m Remembered);

/// Finds what is not listed of these apps of a target and, where all of it is meant, of those that
/// its ecosystem does not have any more.
pub(super) fn of_target(
    look: Look<'_>,
    target: &Target,
    apps: &[&App],
    memory: &Memory,
) -> Unlisted {
    let app = |name: &str| apps.iter().copied().find(|app| app.name == name);
    let (mut meant, others): (Vec<Known<'_>>, Vec<Known<'_>>) =
        memory.iter().partition(|(name, remembered)| remembered.concerns(target, app(name)));
    // What was remembered may have been lost, or is of another app that had the name.
    let is_known = |app: &App| meant.iter().any(|(known, _)| *known == app.name);
    let forgotten = apps.iter().filter(|app| !is_known(app));
    let forgotten: Vec<(&str, Remembered)> = forgotten
        .map(|app| (app.name.as_str(), Remembered::guessed(app, target.owner(), look.home)))
        .collect();
    meant.extend(forgotten.iter().map(|(name, remembered)| (*name, remembered)));
    find(look, &meant, &others)
}

/// Finds what is not listed of some of the apps that are remembered.
pub(super) fn of_apps(look: Look<'_>, apps: &[Known<'_>], memory: &Memory) -> Unlisted {
    let is_meant = |name: &str| apps.iter().any(|(app, _)| *app == name);
    let others: Vec<Known<'_>> = memory.iter().filter(|(name, _)| !is_meant(name)).collect();
    find(look, apps, &others)
}

/// Finds what is not listed of the apps that are meant. `others` are all other apps that may have
/// processes like theirs.
fn find(look: Look<'_>, meant: &[Known<'_>], others: &[Known<'_>]) -> Unlisted {
    if meant.is_empty() {
        return Unlisted::default();
    }
    let traces: Vec<Trace<'_>> = meant.iter().flat_map(traces_of).collect();
    let processes = Processes::all();
    let daemon = look.daemon.then(|| processes.daemon(look.home, look.listed)).flatten();
    let search = Search { processes: &processes, home: look.home, daemon, meant, others };
    let hands = Hands { look, daemon, processes: &processes };
    let mut unlisted = Unlisted::default();
    for trace in traces.into_iter().filter(|trace| !look.lists(trace.pid)) {
        let verdict = search.verdict(&trace);
        if verdict == Verdict::Another {
            continue;
        }
        let is_held = match processes.started(trace.pid) {
            Some(_) => hands.hold(trace.pid, trace.app),
            None => hands.end(trace.started.end().saturating_sub(AFTER), trace.app),
        };
        unlisted.add(verdict, is_held, hands.orphan(trace.pid, trace.app, trace.file));
    }
    for (verdict, app, pid) in search.without_file() {
        if !look.lists(pid) {
            unlisted.add(verdict, hands.hold(pid, app), hands.orphan(pid, app, None));
        }
    }
    let Unlisted { orphans, held, unclear } = &mut unlisted;
    unclear.retain(|(_, pid)| orphans.iter().chain(&*held).all(|orphan| orphan.pid != *pid));
    unlisted
}

impl Unlisted {
    fn add(&mut self, verdict: Verdict, is_held: bool, orphan: Orphan) {
        let mut known = self.orphans.iter().chain(&self.held);
        match verdict {
            Verdict::Its if known.any(|known| known.pid == orphan.pid) => {}
            Verdict::Its if is_held => self.held.push(orphan),
            Verdict::Its => self.orphans.push(orphan),
            Verdict::Unclear if self.unclear.iter().any(|(_, known)| *known == orphan.pid) => {}
            // Whoever's it is, PM2 ends it.
            Verdict::Unclear if is_held => {}
            Verdict::Unclear => self.unclear.push((orphan.app, orphan.pid)),
            Verdict::Another => {}
        }
    }
}

/// Where a process may be that a daemon left behind.
struct Trace<'m> {
    app: Known<'m>,
    pid: u32,
    file: Option<Utf8PathBuf>,
    /// When it can have been started, in seconds of the Unix time, to be the app's.
    started: RangeInclusive<u64>,
}

fn traces_of<'m>(app: &Known<'m>) -> Vec<Trace<'m>> {
    let (app, remembered) = (*app, app.1);
    let trace = |pid, file, started| Trace { app, pid, file, started };
    let mut traces = Vec::new();
    for file in pm2::numbered_pids(&remembered.pid_files) {
        let pid = pm2::read_pid(file.as_std_path());
        let written = fs::symlink_metadata(&file).and_then(|metadata| metadata.modified()).ok();
        let (Some(pid), Some(written)) = (pid, written.and_then(seconds)) else { continue };
        let started = written.saturating_sub(BEFORE)..=written + AFTER;
        traces.push(trace(pid, Some(file), started));
    }
    for pid in &remembered.ending {
        traces.push(trace(*pid, None, 0..=remembered.ending_at + AFTER));
    }
    for seen in &remembered.seen {
        let started = seen.started.saturating_sub(AFTER)..=seen.started + AFTER;
        traces.push(trace(seen.pid, None, started));
    }
    traces
}

fn seconds(time: SystemTime) -> Option<u64> {
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}
