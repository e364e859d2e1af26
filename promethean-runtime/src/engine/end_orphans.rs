//! Ending orphans.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

#[cfg(unix)]
use super::Group;
use super::Orphan;

/// How long is waited for processes that were killed: one that hangs in the system's own code cannot
/// end.
const KILLED: Duration = Duration::from_secs(5);

/// Ends orphans with all their children: as PM2 does, with SIGINT, and with SIGKILL after the app's
/// `kill_timeout`. A shell's background processes, for one, do not listen to SIGINT.
pub(crate) fn end(orphans: Vec<Orphan>) {
    for orphan in &orphans {
        signal(orphan, false);
    }
    let start = Instant::now();
    let mut left = orphans;
    while !left.is_empty() {
        left.retain(|orphan| {
            let time = start.elapsed();
            let lives = group_lives(orphan);
            if let (false, Some(file)) = (lives, &orphan.file) {
                // PM2 writes over a file that stays.
                let _ = fs::remove_file(file);
            }
            if lives && time >= orphan.kill_timeout {
                signal(orphan, true);
            }
            lives && time < orphan.kill_timeout + KILLED
        });
        if !left.is_empty() {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Signals an orphan and all that end with it.
#[cfg(unix)]
fn signal(orphan: &Orphan, kill: bool) {
    use rustix::process::{Signal, kill_process, kill_process_group};
    let signal = if kill { Signal::KILL } else { Signal::INT };
    // They may have ended since.
    match &orphan.group {
        Group::Led => {
            if let Some(leader) = number(orphan.pid) {
                let _ = kill_process_group(leader, signal);
            }
        }
        Group::Descendants(others) => {
            for pid in std::iter::once(&orphan.pid).chain(others).copied().filter_map(number) {
                let _ = kill_process(pid, signal);
            }
        }
    }
}

/// Whether an orphan or one that ends with it is alive.
#[cfg(unix)]
fn group_lives(orphan: &Orphan) -> bool {
    use rustix::process::{test_kill_process, test_kill_process_group};
    match &orphan.group {
        Group::Led => number(orphan.pid).is_some_and(|pid| test_kill_process_group(pid).is_ok()),
        Group::Descendants(others) => {
            let mut pids = std::iter::once(&orphan.pid).chain(others).copied().filter_map(number);
            pids.any(|pid| test_kill_process(pid).is_ok())
        }
    }
}

#[cfg(unix)]
fn number(pid: u32) -> Option<rustix::process::Pid> {
    i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw)
}

#[cfg(not(unix))]
fn signal(orphan: &Orphan, _: bool) {
    super::processes::Processes::all().kill(orphan.pid);
}

#[cfg(not(unix))]
fn group_lives(orphan: &Orphan) -> bool {
    super::processes::Processes::all().started(orphan.pid).is_some()
}
