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
//! | `family` | what the processes that were listed have left |
//! | `candidates` | which of several apps in one directory has left a process |

mod candidates;
mod family;
mod held;
mod whose;

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use camino::Utf8PathBuf;
use sysinfo::Pid;

use super::files::numbered_pids;
use super::home::Home;
use crate::engine::file_names::Listings;
use crate::engine::processes::Processes;
use crate::engine::{Known, Look, Orphan, Orphaned, Process, Unclear, Unlisted};
use crate::untrusted;

pub(super) use family::left_behind;
use held::Hands;
pub(super) use held::time_at_work;
use whose::{Search, Verdict};

/// How far the start of a process and the time of its pid file may lie apart. PM2 writes the file of
/// a cluster's process when Node has started; the operating system counts in whole seconds.
const BEFORE: u64 = 10;
const AFTER: u64 = 2;

/// Finds what is not listed of the apps that are meant. `others` are all other apps that may have
/// processes like theirs.
pub(super) fn find(
    home: &Home,
    look: Look<'_>,
    meant: &[Known<'_>],
    others: &[Known<'_>],
) -> Unlisted {
    if meant.is_empty() {
        return Unlisted::default();
    }
    let mut listings = Listings::default();
    let traces: Vec<Trace<'_>> =
        meant.iter().flat_map(|app| traces_of(app, &mut listings)).collect();
    let processes = Processes::all();
    let daemon = look.daemon.then(|| daemon(&processes, home, look.listed)).flatten();
    let search = Search { processes: &processes, home, daemon, meant, others };
    let hands = Hands { look, daemon, processes: &processes };
    let mut unlisted = Unlisted::default();
    let sessions = processes.sessions();
    let is_there = |trace: &Trace<'_>| {
        processes.get(trace.pid).is_some() || sessions.contains(&Pid::from_u32(trace.pid))
    };
    let traces = traces.into_iter().filter(|trace| !look.lists(trace.pid) && is_there(trace));
    for trace in traces {
        let verdict = search.verdict(&trace);
        if verdict == Verdict::Another {
            continue;
        }
        if processes.started(trace.pid).is_some() {
            let is_held = hands.hold(trace.pid, trace.app);
            add(&mut unlisted, verdict, is_held, hands.orphan(trace.pid, &[trace.app], trace.file));
            continue;
        }
        let is_held = hands.end(trace.started.end().saturating_sub(AFTER), trace.app);
        for child in processes.left_by(trace.pid) {
            let pid = child.pid().as_u32();
            let orphan = hands.orphan(pid, &[trace.app], trace.file.clone());
            add(&mut unlisted, verdict, is_held, Orphan { how: Orphaned::Left, ..orphan });
        }
    }
    for (verdict, apps, pid) in search.without_file() {
        if !look.lists(pid) {
            let is_held = apps.iter().any(|app| hands.hold(pid, *app));
            add(&mut unlisted, verdict, is_held, hands.orphan(pid, &apps, None));
        }
    }
    let interrupted = interrupted(&processes, home, look, (meant, others));
    for orphan in interrupted.orphans {
        let how = if daemon.is_some() { Orphaned::Lost } else { Orphaned::Killed };
        add(&mut unlisted, Verdict::Its, false, Orphan { how, ..orphan });
    }
    unlisted.unclear.extend(interrupted.unclear);
    let Unlisted { orphans, held, unclear } = &mut unlisted;
    unclear.retain(|process| orphans.iter().chain(&*held).all(|orphan| orphan.pid != process.pid));
    unlisted
}

/// What apps have left that an operation was about to end and that PM2 does not list any more: the operation was
/// killed before it has looked.
fn interrupted(
    processes: &Processes,
    home: &Home,
    look: Look<'_>,
    (meant, others): (&[Known<'_>], &[Known<'_>]),
) -> Unlisted {
    let is_gone = |(name, remembered): &Known<'_>| {
        !remembered.ending.is_empty() && look.listed.iter().all(|process| process.name != *name)
    };
    let (gone, mut rest): (Vec<Known<'_>>, Vec<Known<'_>>) =
        meant.iter().copied().partition(is_gone);
    // Whoever is at work looks.
    if gone.is_empty() || look.at_work {
        return Unlisted::default();
    }
    rest.extend(others);
    family::left_by(processes, home, (&gone, &rest), look.listed, look.listed)
}

fn add(unlisted: &mut Unlisted, verdict: Verdict, is_held: bool, orphan: Orphan) {
    let Unlisted { orphans, held, unclear } = unlisted;
    match verdict {
        Verdict::Its if orphans.iter().chain(&*held).any(|known| known.pid == orphan.pid) => {}
        Verdict::Its if is_held => held.push(orphan),
        Verdict::Its => orphans.push(orphan),
        Verdict::Unclear if unclear.iter().any(|known| known.pid == orphan.pid) => {}
        // Whoever's it is, PM2 ends it.
        Verdict::Unclear if is_held => {}
        Verdict::Unclear => {
            unclear.push(Unclear { whose: orphan.whose, pid: orphan.pid });
        }
        Verdict::Another => {}
    }
}

/// Where a process may be that a daemon left running.
struct Trace<'m> {
    app: Known<'m>,
    pid: u32,
    file: Option<Utf8PathBuf>,
    /// When it can have been started, in seconds of the Unix time, to be the app's.
    started: RangeInclusive<u64>,
}

fn traces_of<'m>(app: &Known<'m>, listings: &mut Listings) -> Vec<Trace<'m>> {
    let (app, remembered) = (*app, app.1);
    let trace = |pid, file, started| Trace { app, pid, file, started };
    let mut traces = Vec::new();
    for file in numbered_pids(&remembered.pid_files, listings) {
        let pid = read_pid(file.as_std_path());
        let written = fs::symlink_metadata(&file).and_then(|metadata| metadata.modified()).ok();
        let (Some(pid), Some(written)) = (pid, written.and_then(seconds)) else { continue };
        let started = starts_of_file(written);
        traces.push(trace(pid, Some(file), started));
    }
    for pid in &remembered.ending {
        traces.push(trace(*pid, None, 0..=remembered.ending_at + AFTER));
    }
    for seen in remembered.seen.iter().chain(&remembered.former) {
        let started = seen.start.seconds;
        let started = started.saturating_sub(AFTER)..=started.saturating_add(AFTER);
        traces.push(trace(seen.pid, None, started));
    }
    traces
}

/// When a process can have been started whose pid file was written at a time.
fn starts_of_file(written: u64) -> RangeInclusive<u64> {
    written.saturating_sub(BEFORE)..=written.saturating_add(AFTER)
}

fn seconds(time: SystemTime) -> Option<u64> {
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// The daemon that runs in a home: the parent of what it lists. Its pid file can be that of
/// another, who was killed.
fn daemon(processes: &Processes, home: &Home, listed: &[Process]) -> Option<Pid> {
    let mut online = listed.iter().filter(|process| process.is_online());
    let parent = |process: &Process| processes.get(process.pid)?.parent();
    online.find_map(parent).or_else(|| {
        let pid = read_pid(&home.daemon_pid())?;
        processes.get(pid).map(sysinfo::Process::pid)
    })
}

/// The number in a pid file.
fn read_pid(path: &Path) -> Option<u32> {
    String::from_utf8(untrusted::read_small(path).ok()?).ok()?.trim().parse().ok()
}
