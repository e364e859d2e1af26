//! What is left of an engine that was killed together with its guard.
//!
//! The guard ends what a killed engine leaves, and the engine ends in order when its guard is killed. Where
//! both were killed at once, the next engine of the place finds what they have left by its marks, and ends
//! it before it starts anything: there are never two copies.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, kill_process};

use super::{family, journal};
use crate::engine::store::Store;
use crate::supervisor::guard::number as pid_of;
use crate::untrusted;

/// The file with the number of the engine that runs here, or that was killed here.
const FILE: &str = "engine.mark";

/// The pause between two looks at what is left.
const LOOK: Duration = Duration::from_millis(5);

/// Whether there is something that the engine of a directory has left, which does not run any more.
pub(in crate::supervisor) fn are_in(directory: &Path) -> bool {
    noted_in(directory).is_some_and(|killed| !family::marked_by(killed).is_empty())
}

/// The number of the engine that runs in a directory, or that was killed there.
fn noted_in(directory: &Path) -> Option<u32> {
    let noted = untrusted::open_regular(&directory.join(FILE)).and_then(io::read_to_string);
    number(&noted.ok()?)
}

fn number(noted: &str) -> Option<u32> {
    noted.trim().parse().ok()
}

/// What some processes of a killed engine have started, and what that has started, by their marks.
pub(in crate::supervisor) struct Families(BTreeSet<u64>);

impl Families {
    /// Of processes that the engine of a directory has left.
    pub(in crate::supervisor) fn of(
        directory: &Path,
        pids: impl IntoIterator<Item = u32>,
    ) -> Families {
        let killed = noted_in(directory).into_iter();
        let pids: Vec<u32> = pids.into_iter().collect();
        let marks = killed.flat_map(|killed| {
            pids.iter().flat_map(move |pid| family::marks_of(*pid, killed)).collect::<Vec<u64>>()
        });
        Families(marks.collect())
    }

    /// Ends what is left of them.
    pub(in crate::supervisor) fn end(&self) {
        if !self.0.is_empty() {
            end_all(|| family::with_mark(|mark| self.0.contains(&mark)));
        }
    }
}

/// Ends what a killed engine has left, and notes the number of this one.
pub(super) fn end(store: &Store) -> io::Result<()> {
    let noted = store.read(FILE)?;
    let noted = noted.and_then(|noted| number(&String::from_utf8(noted).ok()?));
    if let Some(killed) = noted {
        let ended = end_all(|| family::marked_by(killed));
        if ended > 0 {
            let processes = if ended == 1 { "process" } else { "processes" };
            journal::info(&format!("ended {ended} {processes} that a killed engine had left"));
        }
    }
    // Without room for it, what this engine leaves is not found by the next one.
    if let Err(error) = store.write(FILE, family::engine().to_string().as_bytes()) {
        journal::error(&format!("{FILE}: {error}"));
    }
    Ok(())
}

/// Nothing is left.
pub(super) fn none(store: &Store) {
    let _ = store.remove(FILE);
}

/// How often is looked: what cannot be killed is left, as it waits for a disk.
const LOOKS: usize = 400;

/// Kills processes until there is none: they may start others meanwhile. Returns how many there were.
fn end_all(left: impl Fn() -> Vec<u32>) -> usize {
    let mut ended = 0;
    for _ in 0..LOOKS {
        let left = left();
        if left.is_empty() {
            break;
        }
        ended = ended.max(left.len());
        for pid in left.into_iter().filter_map(pid_of) {
            let _ = kill_process(pid, Signal::KILL);
        }
        thread::sleep(LOOK);
    }
    ended
}
