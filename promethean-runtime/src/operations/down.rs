//! The operation that stops units.

use std::collections::{BTreeMap, BTreeSet};

use promethean_core::diagnostic::Diagnostic;
use serde::Serialize;

use super::error::{Interrupted, OperationError};
use super::event::{Event, Observer};
use super::plan::{apart, belongs_to, by_name};
use super::take_down::{Ending, Running, dependents, depends_on};
use super::target::Target;
use super::transaction::{Ended, Transaction, again_without_daemon};
use crate::engine::{Engine, Process};

/// What was stopped, and what was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Down {
    /// The stopped apps, in order.
    pub stopped: Vec<String>,
    /// The operating system's numbers of the processes that were ended and PM2 did not list, those
    /// among them that the stopped apps had started and left running.
    pub orphans: Vec<u32>,
    /// The apps that others still need, each with its dependents.
    pub needed: BTreeMap<String, Vec<String>>,
}

impl Down {
    /// This one, and a later one.
    #[must_use]
    pub fn and(mut self, later: Down) -> Down {
        self.stopped.extend(later.stopped);
        self.orphans.extend(later.orphans);
        self.needed.extend(later.needed);
        self.needed.retain(|app, _| !self.stopped.contains(app));
        self
    }
}

/// Stops units and their dependencies, dependents first. Apps that others still need keep running. With
/// `force`, the named units are stopped even if others need them.
///
/// Without units, stops everything that the ecosystem has or once started.
///
/// # Errors
///
/// PM2 does not answer, or the operation is interrupted.
pub fn down(
    engine: &dyn Engine,
    target: &Target,
    force: bool,
    observe: &mut Observer<'_>,
) -> Result<Down, OperationError> {
    again_without_daemon(engine, observe, |observe| {
        let transaction = Transaction::ending(engine, target, "down", observe)?;
        transaction.carry_out(|transaction| taken_down(transaction, target, force))
    })
}

fn taken_down(
    transaction: &mut Transaction<'_, '_>,
    target: &Target,
    force: bool,
) -> Result<Down, OperationError> {
    let running = transaction.running()?;
    let orphans = transaction.end_orphans(&running);
    let Going { endings, needed, notes } = going(transaction.engine, target, &running, force);
    for note in notes {
        (transaction.observe)(Event::Note(note.into()));
    }
    let mut down = Down { stopped: Vec::new(), orphans, needed };
    let ids: BTreeSet<u64> = endings.iter().flat_map(|ending| ending.processes.clone()).collect();
    transaction.remember_if_possible(|saved| {
        saved.ending(running.iter().filter(|process| ids.contains(&process.id)));
    });
    let Ended { stopped, not_stopped, orphans: left } =
        transaction.take_down(&endings, &running)?;
    down.stopped = stopped;
    down.orphans.extend(left);
    let wanted = target.wanted();
    let gone: Vec<String> = wanted
        .apps
        .iter()
        .map(|app| app.name.to_string())
        .chain(down.stopped.iter().cloned())
        .filter(|app| !down.needed.contains_key(app) && !not_stopped.contains(app))
        .collect();
    transaction.remember_if_possible(|saved| saved.remove(&gone));
    match not_stopped.is_empty() {
        true => Ok(down),
        false => Err(Interrupted {
            command: "down",
            stopped: down.stopped,
            not_stopped,
            ..Interrupted::default()
        }
        .into()),
    }
}

/// What goes down, and what does not.
struct Going {
    endings: Vec<Ending>,
    /// What stays because others need it.
    needed: BTreeMap<String, Vec<String>>,
    /// What is said of the apps of others that have the same names.
    notes: Vec<Diagnostic>,
}

fn going(engine: &dyn Engine, target: &Target, running: &[Process], force: bool) -> Going {
    let mut running = by_name(running);
    let wanted = target.wanted();
    let meant = |name: &str| target.is_whole() || wanted.app(name).is_some();
    let is_own = |process: &Process| meant(&process.name) && belongs_to(process, target);
    let notes = apart(engine, &mut running, is_own);
    let going = running.iter().filter(|(name, processes)| {
        meant(name) && processes.iter().all(|process| belongs_to(process, target))
    });
    let mut going: BTreeSet<&str> = going.map(|(name, _)| *name).collect();
    let forced: BTreeSet<&str> = match force {
        true => target.named().map(|app| app.name.as_str()).collect(),
        false => BTreeSet::new(),
    };
    let needed = keep_what_is_needed(&running, &mut going, &forced);
    Going { endings: Ending::of(engine, &running, &going), needed, notes }
}

/// Takes out of what goes what somebody needs who stays, and who may need another in turn.
fn keep_what_is_needed<'p>(
    running: &Running<'p>,
    going: &mut BTreeSet<&'p str>,
    forced: &BTreeSet<&str>,
) -> BTreeMap<String, Vec<String>> {
    let dependents = dependents(running);
    let mut needed = BTreeMap::new();
    // An app is looked at again when one of those that depend on it stays.
    let mut open: Vec<&str> = going.iter().rev().copied().collect();
    while let Some(name) = open.pop() {
        if forced.contains(name) || !going.contains(name) {
            continue;
        }
        let by = dependents.get(name).into_iter().flatten();
        let by: Vec<&str> = by.copied().filter(|dependent| !going.contains(dependent)).collect();
        if by.is_empty() {
            continue;
        }
        going.remove(name);
        needed.insert(name.to_owned(), by.into_iter().map(str::to_owned).collect());
        open.extend(running.get(name).into_iter().flat_map(|processes| depends_on(processes)));
    }
    needed
}
