//! What the processes that were listed have left when they ended.
//!
//! PM2 ends a process with its children and theirs, as they are at that moment. It does not see one
//! whose parent has ended before: `nohup serve &`, or a daemon that forks twice.

use sysinfo::Pid;

use super::candidates::{Candidate, singled_out};
use super::whose::{Told, Verdict, is_in, is_same};
use super::{Home, daemon};
use crate::engine::processes::{Processes, Tree, variable};
use crate::engine::{Group, Known, Orphan, Orphaned, Process, Unclear, Unlisted, Whose};

/// What the apps that were stopped have left running, and what they may have left. `others` are all other
/// apps, `before` is what PM2 listed before.
pub(in crate::pm2) fn left_behind(
    home: &Home,
    (stopped, others): (&[Known<'_>], &[Known<'_>]),
    before: &[Process],
    listed: &[Process],
) -> Unlisted {
    left_by(&Processes::all(), home, (stopped, others), before, listed)
}

/// As [`left_behind`], of processes that were looked at.
pub(super) fn left_by(
    processes: &Processes,
    home: &Home,
    (stopped, others): (&[Known<'_>], &[Known<'_>]),
    before: &[Process],
    listed: &[Process],
) -> Unlisted {
    let tree = Tree::of(processes);
    // What runs as it should, PM2 itself, and this run with all that it comes from.
    let mut placed = tree.ancestors(std::process::id());
    for process in listed.iter().filter(|process| process.pid != 0) {
        placed.extend(tree.family(process.pid));
    }
    placed.extend(daemon(processes, home, listed).map(Pid::as_u32));
    let known = stopped.iter().map(|app| (app, true)).chain(others.iter().map(|app| (app, false)));
    let known = known.map(|(app, is_stopped)| Candidate::new(*app, is_stopped, before));
    let known: Vec<Candidate<'_>> = known.collect();
    let mut left = Unlisted::default();
    for process in processes.alive().filter(|process| !placed.contains(&process.pid().as_u32())) {
        let mut own = by_session(process, &known);
        if own.is_empty() {
            own = by_environment(process, home, &known);
            let pid = process.pid().as_u32();
            let value = |name: &str| variable(process, name).map(str::to_owned);
            own = singled_out(own, processes.start(pid).as_ref(), &value);
        }
        add(&mut left, process.pid().as_u32(), &own);
    }
    left
}

/// The app that was stopped whose process leads the session of another.
fn by_session<'c, 'k>(
    process: &sysinfo::Process,
    known: &'c [Candidate<'k>],
) -> Vec<&'c Candidate<'k>> {
    let Some(session) = process.session_id().map(Pid::as_u32) else { return Vec::new() };
    let stopped = known.iter().filter(|candidate| candidate.is_stopped);
    stopped.filter(|candidate| candidate.known.1.ending.contains(&session)).collect()
}

/// The apps that a process may be of by what PM2 has put into its environment, and by its directory.
fn by_environment<'c, 'k>(
    process: &sysinfo::Process,
    home: &Home,
    known: &'c [Candidate<'k>],
) -> Vec<&'c Candidate<'k>> {
    let Some(_channel) = variable(process, "NODE_CHANNEL_FD") else { return Vec::new() };
    let told = Told::by(process, home);
    let is_its = |known: &Known<'_>| match &told {
        Told::Settings(settings) => {
            let directory = settings.directory.as_ref();
            settings.verdict(known.0) == Verdict::Its
                && directory
                    .is_none_or(|directory| is_same(directory, known.1.directory.as_std_path()))
        }
        Told::Nothing => is_in(process, known),
        Told::AnotherHome | Told::Unreadable => false,
    };
    known.iter().filter(|candidate| is_its(&candidate.known)).collect()
}

/// Adds a process that one of these apps has left. What may be of an app that goes on is not ended.
fn add(left: &mut Unlisted, pid: u32, apps: &[&Candidate<'_>]) {
    if !apps.iter().any(|app| app.is_stopped) {
        return;
    }
    let whose = Whose::one_of(apps.iter().map(|app| app.known.0));
    if !apps.iter().all(|app| app.is_stopped) {
        left.unclear.push(Unclear { whose, pid });
        return;
    }
    let times = apps.iter().map(|app| app.known.1.kill_timeout());
    left.orphans.push(Orphan {
        whose,
        pid,
        file: None,
        kill_timeout: times.max().unwrap_or_default(),
        group: Group::Descendants(Vec::new()),
        how: Orphaned::Left,
    });
}
