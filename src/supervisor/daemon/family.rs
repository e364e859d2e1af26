//! What a process of an app has started, and what those have started.
//!
//! A process belongs to an app when it comes from the app's first process, or is in a session that one of
//! its processes leads. What has lost its parent is given to the engine, on Linux: the variable that the
//! engine gives to its processes says whose it was.

use std::collections::BTreeSet;

use super::Serial;
use super::process::Process;
use crate::engine::processes::{Processes, Tree};

/// The variable that says which process of which engine another comes from.
pub(super) const VARIABLE: &str = "PROMETHEAN_PROCESS";

/// The value of that variable.
pub(super) fn mark(process: Serial) -> String {
    format!("{}-{process}", std::process::id())
}

/// The processes of this machine, and who has started whom.
pub(super) struct Families {
    tree: Tree,
    alive: BTreeSet<u32>,
}

impl Families {
    pub(super) fn look() -> Families {
        let processes = Processes::numbers();
        let alive = processes.alive().map(|process| process.pid().as_u32()).collect();
        Families { tree: Tree::of(&processes), alive }
    }

    /// What a process has left with the engine, whatever its first process was.
    pub(super) fn adopted(&self, process: Serial) -> Vec<u32> {
        let mark = mark(process);
        let children = self.tree.children(std::process::id());
        children.filter(|child| variable(*child).as_deref() == Some(&mark)).collect()
    }

    /// The living processes of an app's process: itself first, each before those it has started.
    pub(super) fn of(&self, process: &Process) -> Vec<u32> {
        let Some(leader) = process.leader() else { return Vec::new() };
        let mut family = self.tree.family(leader);
        for child in self.adopted(process.serial) {
            family.extend(self.tree.family(child));
        }
        family.retain(|pid| self.alive.contains(pid));
        let mut family: Vec<u32> = family.into_iter().collect();
        family.sort_by_key(|pid| (*pid != leader, *pid));
        family
    }
}

/// The mark of a process; `None` where it cannot be read.
fn variable(pid: u32) -> Option<String> {
    let variables = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut variables = variables.split(|byte| *byte == 0);
    let mark = variables.find_map(|variable| variable.strip_prefix(VARIABLE.as_bytes()))?;
    String::from_utf8(mark.strip_prefix(b"=")?.to_vec()).ok()
}
