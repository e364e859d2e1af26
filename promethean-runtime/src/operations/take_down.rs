//! Ends apps, each after those that depend on it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::error::OperationError;
use super::event::{Awaited, Event, Observer};
use super::schedule::{Condition, Schedule};
use super::times::{PATIENCE, longest_end};
use crate::engine::{Engine, EngineError, Process, ProcessId, ProcessStart, Seen, Session, TELL};

/// How many processes the engine ends in parallel: for each, PM2 asks the system for all processes.
const AT_ONCE: usize = 8;

/// The pause between two looks whether processes have ended.
const LOOK: Duration = Duration::from_millis(5);

/// The pause where nothing but an answer or an interruption is waited for.
const LONG_LOOK: Duration = Duration::from_millis(100);

/// An app to end.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) app: String,
    pub(super) processes: Vec<ProcessId>,
    /// The apps that depend on it.
    pub(super) dependents: Vec<String>,
    /// How long it may take to end.
    pub(super) time_to_end: Duration,
    /// The operating system's processes that belong to it.
    pub(super) family: Vec<Seen>,
    /// Whether one of its processes may just be started by the engine itself.
    pub(super) is_restless: bool,
}

impl Ending {
    /// What of it the engine still lists: PM2 starts what is about to be restarted also when it is removed
    /// meanwhile (`God.executeApp` in `lib/God.js`).
    pub(super) fn revived(&self, listed: &[Process]) -> Option<Ending> {
        // Where it lists nothing else, PM2 numbers from 0 again.
        let is_own = |process: &&Process| process.name == self.app;
        let is_listed =
            |id: &&ProcessId| listed.iter().filter(is_own).any(|process| process.id == **id);
        let processes: Vec<ProcessId> = self.processes.iter().filter(is_listed).copied().collect();
        (!processes.is_empty()).then(|| Ending {
            app: self.app.clone(),
            processes,
            dependents: Vec::new(),
            family: Vec::new(),
            ..*self
        })
    }
}

/// The processes of each app that runs.
pub(super) type Running<'p> = BTreeMap<&'p str, Vec<&'p Process>>;

impl Ending {
    /// The ends of these of the apps that run, each after those that depend on it.
    pub(super) fn of(
        engine: &dyn Engine,
        running: &Running<'_>,
        going: &BTreeSet<&str>,
    ) -> Vec<Ending> {
        let processes = running.iter().filter(|(name, _)| going.contains(*name));
        let processes: Vec<&Process> =
            processes.flat_map(|(_, processes)| processes).copied().collect();
        let mut families = engine.families(&processes);
        let mut needed_by = dependents(running);
        let endings = running.iter().filter(|(name, _)| going.contains(*name));
        let endings = endings.map(|(name, processes)| {
            let ids = processes.iter().map(|process| process.id);
            Ending {
                app: (*name).to_owned(),
                processes: ids.clone().collect(),
                dependents: needed_by
                    .remove(name)
                    .into_iter()
                    .flatten()
                    .map(str::to_owned)
                    .collect(),
                time_to_end: longest_end(engine, processes.iter().copied()),
                family: ids.flat_map(|id| families.remove(&id).unwrap_or_default()).collect(),
                is_restless: processes
                    .iter()
                    .any(|process| !process.is_online() || process.unstable_restarts > 0),
            }
        });
        endings.collect()
    }
}

/// The apps that depend on each one.
pub(super) fn dependents<'p>(running: &Running<'p>) -> BTreeMap<&'p str, Vec<&'p str>> {
    let mut dependents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, processes) in running {
        for on in depends_on(processes) {
            dependents.entry(on).or_default().push(name);
        }
    }
    dependents
}

/// The apps that one depends on, as it was started.
pub(super) fn depends_on<'p>(processes: &[&'p Process]) -> BTreeSet<&'p str> {
    let records = processes.iter().filter_map(|process| process.record.as_ref());
    records.flat_map(|record| record.depends_on.iter().map(String::as_str)).collect()
}

/// Ends apps and removes them from the engine.
///
/// PM2 looks a tenth of a second after its signal whether a process has ended. So the next app is
/// ended when the processes of those that depend on it are gone, and the answers come meanwhile.
///
/// When `interrupted` says so, no more is ended: what is being ended is waited for.
///
/// # Errors
///
/// The engine fails. What has ended by then stays ended.
pub(super) fn take_down(
    session: &mut dyn Session,
    engine: &dyn Engine,
    endings: &[Ending],
    interrupted: &dyn Fn() -> bool,
    observe: &mut Observer<'_>,
) -> Result<(), OperationError> {
    let positions: HashMap<&str, usize> =
        endings.iter().enumerate().map(|(index, ending)| (ending.app.as_str(), index)).collect();
    let needs = |index: usize| {
        let dependents = endings.get(index).map(|ending| ending.dependents.as_slice());
        let position = |name: &String| positions.get(name.as_str()).copied();
        let known = dependents.unwrap_or_default().iter().filter_map(position);
        known.filter(|dependent| *dependent != index).map(|at| (at, Condition::Completed)).collect()
    };
    let mut schedule = Schedule::new(endings.len(), needs);
    let mut left: Vec<usize> = endings.iter().map(|ending| ending.processes.len()).collect();
    let (sender, answers) = mpsc::channel::<(usize, Result<(), EngineError>)>();
    let (mut busy, mut open) = (0_usize, endings.len());
    let mut answered = Instant::now();
    let mut stopping: Vec<Option<(Instant, Instant)>> = vec![None; endings.len()];
    let (mut begun, mut gone) = (0_usize, vec![false; endings.len()]);
    let longest = endings.iter().map(|ending| ending.time_to_end).max().unwrap_or_default();
    let mut told = false;
    while open > 0 {
        let ends = interrupted();
        if ends && busy == 0 {
            break;
        }
        if ends && !std::mem::replace(&mut told, true) {
            observe(Event::interrupted());
        }
        while busy < AT_ONCE
            && !ends
            && let Some(index) = schedule.next()
        {
            let Some(ending) = endings.get(index) else { continue };
            observe(Event::Stopping { app: ending.app.clone() });
            begun += 1;
            if let Some(stopping) = stopping.get_mut(index) {
                let now = Instant::now();
                *stopping = Some((now, now));
            }
            if ending.processes.is_empty() {
                open -= 1;
                schedule.reached(index, Condition::Completed);
            }
            for id in &ending.processes {
                let sender = sender.clone();
                busy += 1;
                session.stop(*id, Box::new(move |answer| drop(sender.send((index, answer)))));
            }
        }
        if busy == 0 {
            // What runs with definitions of several times can depend on each other in a circle.
            schedule.give_up_waiting();
            continue;
        }
        let pause = match begun < endings.len() && busy < AT_ONCE && !ends {
            true => {
                for index in have_ended(engine, endings, &stopping, &gone) {
                    if let Some(gone) = gone.get_mut(index) {
                        *gone = true;
                    }
                    if let Some(stopping) = stopping.get_mut(index) {
                        *stopping = None;
                    }
                    // Before what it needs begins to stop.
                    if let Some(ending) = endings.get(index) {
                        observe(Event::Stopped { app: ending.app.clone() });
                    }
                    schedule.reached(index, Condition::Completed);
                }
                if schedule.has_next() {
                    continue;
                }
                LOOK
            }
            false => LONG_LOOK,
        };
        match answers.recv_timeout(pause) {
            Ok((index, answer)) => {
                answer?;
                answered = Instant::now();
                busy -= 1;
                let (Some(left), Some(ending)) = (left.get_mut(index), endings.get(index)) else {
                    continue;
                };
                *left -= 1;
                if *left == 0 {
                    if let Some(stopping) = stopping.get_mut(index) {
                        *stopping = None;
                    }
                    open -= 1;
                    if gone.get(index) == Some(&false) {
                        observe(Event::Stopped { app: ending.app.clone() });
                        schedule.reached(index, Condition::Completed);
                    }
                }
            }
            Err(_) if answered.elapsed() > longest + PATIENCE => {
                return Err(session.no_answer(longest + PATIENCE).into());
            }
            Err(_) => {}
        }
        tell(endings, &mut stopping, longest + PATIENCE, observe);
    }
    Ok(())
}

/// Tells what is still waited for.
fn tell(
    endings: &[Ending],
    stopping: &mut [Option<(Instant, Instant)>],
    limit: Duration,
    observe: &mut Observer<'_>,
) {
    for (ending, stopping) in endings.iter().zip(stopping) {
        if let Some((since, told)) = stopping
            && told.elapsed() >= TELL
        {
            *told = Instant::now();
            observe(Event::StillWaiting {
                app: ending.app.clone(),
                until: Awaited::Stopped,
                since: since.elapsed(),
                limit,
            });
        }
    }
}

/// The apps that are being ended, have not been found gone, and have no process any more.
fn have_ended(
    engine: &dyn Engine,
    endings: &[Ending],
    stopping: &[Option<(Instant, Instant)>],
    gone: &[bool],
) -> Vec<usize> {
    let each = endings.iter().zip(stopping).zip(gone).enumerate();
    let awaited = each.filter(|(_, ((_, stopping), gone))| stopping.is_some() && !**gone);
    let awaited: Vec<(usize, &Ending)> =
        awaited.map(|(index, ((ending, _), _))| (index, ending)).collect();
    let pids = awaited.iter().flat_map(|(_, ending)| &ending.family).map(|seen| seen.pid);
    let starts = engine.starts(&pids.collect::<Vec<u32>>());
    let ended = awaited.into_iter().filter(|(_, ending)| {
        !ending.family.is_empty() && living(&ending.family, &starts).next().is_none()
    });
    ended.map(|(index, _)| index).collect()
}

/// Which of these processes live, by the starts of those that have their numbers now.
pub(super) fn living<'s>(
    family: &'s [Seen],
    starts: &'s BTreeMap<u32, ProcessStart>,
) -> impl Iterator<Item = &'s Seen> {
    family.iter().filter(|seen| starts.get(&seen.pid).is_some_and(|start| start.is(&seen.start)))
}
