//! What a process of an app has started, and what those have started.
//!
//! A process belongs to an app when it comes from the app's first process, or is in a session that one of
//! its processes leads. What has lost its parent is given to the engine, on Linux. Two marks say whose it
//! was, either of which is enough:
//!
//! - A limit that limits nothing: `RLIMIT_LOCKS` has had no effect since Linux 2.4.25 (getrlimit(2)).
//!   Whatever a process starts inherits it, whether it forks twice, begins a session or clears its
//!   environment. A sandbox may not allow the engine to set it.
//! - A variable.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;

#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, getrlimit, prlimit, setrlimit};

use super::Serial;
use super::process::Process;
use crate::engine::processes::Tree;
#[cfg(target_os = "linux")]
use crate::supervisor::guard::number as pid_of;

/// The variable that says which process of which engine another comes from.
pub(super) const VARIABLE: &str = "PROMETHEAN_PROCESS";

/// The number of this engine, by which its marks differ from those of all others: at random.
pub(super) fn engine() -> u32 {
    static NUMBER: OnceLock<u32> = OnceLock::new();
    // The largest limit means that there is none.
    *NUMBER.get_or_init(|| (RandomState::new().hash_one(std::process::id()) >> 33) as u32)
}

/// The value of that variable.
pub(super) fn mark(process: Serial) -> String {
    format!("{}-{process}", engine())
}

/// The number that the limit of a process has as a mark.
fn number(process: Serial) -> u64 {
    number_of(engine(), process)
}

/// The processes of this machine that an engine has started, and what those have started.
pub(super) fn marked_by(engine: u32) -> Vec<u32> {
    with_mark(|mark| engine_of(mark) == engine)
}

/// The marks that a process has of an engine: which of its processes the process comes from. A limit may also be one
/// that somebody has set for a reason of his own, and then its upper half is none of an engine.
pub(super) fn marks_of(pid: u32, engine: u32) -> impl Iterator<Item = u64> {
    marks(pid).filter(move |mark| engine_of(*mark) == engine)
}

/// The processes of this machine with such a mark.
#[cfg(target_os = "linux")]
pub(super) fn with_mark(is_meant: impl Fn(u64) -> bool) -> Vec<u32> {
    Tree::now().all().filter(|pid| marks(*pid).any(&is_meant)).collect()
}

/// Nobody tells whose a process is.
#[cfg(not(target_os = "linux"))]
pub(super) fn with_mark(_: impl Fn(u64) -> bool) -> Vec<u32> {
    Vec::new()
}

/// What may be the marks of a process: its limit, and its variable.
fn marks(pid: u32) -> impl Iterator<Item = u64> {
    let of_variable = move || {
        let found = variable(pid)?;
        let (engine, process) = found.split_once('-')?;
        Some(number_of(engine.parse().ok()?, process.parse().ok()?))
    };
    limit(pid).into_iter().chain(std::iter::once_with(of_variable).flatten())
}

/// A mark as a number.
fn number_of(engine: u32, process: Serial) -> u64 {
    u64::from(engine) << 32 | (process & 0xffff_ffff)
}

fn engine_of(mark: u64) -> u32 {
    (mark >> 32) as u32
}

/// Runs what starts a process, so that this has the limit as a mark.
#[cfg(target_os = "linux")]
pub(super) fn marked<T>(process: Serial, start: impl FnOnce() -> T) -> T {
    let before = getrlimit(Resource::Locks);
    let mark = Rlimit { current: Some(number(process)), maximum: before.maximum };
    // Where it is not allowed, there is the variable.
    let _ = setrlimit(Resource::Locks, mark);
    let started = start();
    let _ = setrlimit(Resource::Locks, before);
    started
}

/// Nothing that loses its parent is given to the engine.
#[cfg(not(target_os = "linux"))]
pub(super) fn marked<T>(_: Serial, start: impl FnOnce() -> T) -> T {
    start()
}

/// Gives the limit as a mark to a process that somebody else has started.
#[cfg(target_os = "linux")]
pub(super) fn mark_running(process: Serial, pid: u32) {
    if let Some(pid) = pid_of(pid) {
        let mark = Rlimit { current: Some(number(process)), ..getrlimit(Resource::Locks) };
        let _ = prlimit(Some(pid), Resource::Locks, mark);
    }
}

/// Nothing that loses its parent is given to the engine.
#[cfg(not(target_os = "linux"))]
pub(super) fn mark_running(_: Serial, _: u32) {}

thread_local! {
    /// The children that the engine has started itself.
    static STARTED: RefCell<BTreeSet<u32>> = const { RefCell::new(BTreeSet::new()) };
}

/// Notes a process that the engine has started.
pub(super) fn started(pid: u32) {
    STARTED.with_borrow_mut(|started| started.insert(pid));
}

/// Notes that a process has ended.
pub(super) fn ended(pid: u32) {
    STARTED.with_borrow_mut(|started| started.remove(&pid));
}

/// Whether the engine has no child that somebody else has started: then nothing is left of what has ended.
/// It costs less than a look at all processes.
///
/// While a child ends, the system may leave out another. Where that must not be, `is_exact`, the answer is no
/// if there is one that nobody has waited for.
#[cfg(target_os = "linux")]
pub(super) fn nobody_is_adopted(is_exact: bool) -> bool {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(children) = children() else { return false };
    let nothing_ended = || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        matches!(waitid(WaitId::All, options), Ok(None))
            || STARTED.with_borrow(BTreeSet::is_empty) && children.is_empty()
    };
    STARTED.with_borrow(|started| children.is_subset(started)) && (!is_exact || nothing_ended())
}

/// Only a look at all processes tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn nobody_is_adopted(_: bool) -> bool {
    false
}

/// The children of the engine; `None` where the system does not say.
#[cfg(target_os = "linux")]
fn children() -> Option<BTreeSet<u32>> {
    let mut children = BTreeSet::new();
    for thread in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
        let text = std::fs::read_to_string(thread.path().join("children")).ok()?;
        children.extend(text.split_ascii_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Some(children)
}

/// The processes of this machine, and who has started whom.
pub(super) struct Families {
    tree: Tree,
}

impl Families {
    pub(super) fn look() -> Families {
        Families { tree: Tree::now() }
    }

    /// What a process has left with the engine, whatever its first process was.
    pub(super) fn adopted(&self, process: Serial) -> Vec<u32> {
        let is_marked = |child: &u32| {
            limit(*child) == Some(number(process))
                || variable(*child).is_some_and(|found| found == mark(process))
        };
        self.tree.children(std::process::id()).filter(is_marked).collect()
    }

    /// The living processes of an app's process: itself first, each before those it has started.
    pub(super) fn of(&self, process: &Process) -> Vec<u32> {
        let Some(leader) = process.leader() else { return Vec::new() };
        let mut family = self.tree.family(leader);
        for child in self.adopted(process.serial) {
            if !family.contains(&child) {
                family.extend(self.tree.family(child));
            }
        }
        family.retain(|pid| self.tree.lives(*pid));
        let mut family: Vec<u32> = family.into_iter().collect();
        family.sort_by_key(|pid| (*pid != leader, *pid));
        family
    }
}

/// The limit of a process that is a mark; `None` where it cannot be read.
fn limit(pid: u32) -> Option<u64> {
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max file locks"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The variable of a process that is a mark; `None` where it cannot be read.
fn variable(pid: u32) -> Option<String> {
    let variables = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut variables = variables.split(|byte| *byte == 0);
    let mark = variables.find_map(|variable| variable.strip_prefix(VARIABLE.as_bytes()))?;
    String::from_utf8(mark.strip_prefix(b"=")?.to_vec()).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_limit_that_somebody_has_set_is_no_mark_of_an_engine() {
        const ENGINE: u32 = 7;
        let mut sleep = Command::new("sleep");
        let mut process = sleep.arg("100000").env(VARIABLE, format!("{ENGINE}-3")).spawn().unwrap();
        let pid = process.id();
        // It has the variable when it has become the program.
        while variable(pid).is_none() {
            assert!(process.try_wait().unwrap().is_none(), "the process ended");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let marked = |limit: u64| {
            let limit = Rlimit { current: Some(limit), maximum: None };
            prlimit(pid_of(pid), Resource::Locks, limit).unwrap();
            marks_of(pid, ENGINE).collect::<Vec<u64>>()
        };
        // The variable alone says whose it is.
        let own = number_of(ENGINE, 3);
        let found = [marked(100), marked(number_of(8, 3)), marked(own)];
        let of_engine = with_mark(|mark| mark == own);
        process.kill().unwrap();
        process.wait().unwrap();
        assert_eq!(found, [vec![own], vec![own], vec![own, own]]);
        assert_eq!(of_engine, [pid]);
    }
}
