//! Ends apps, each after those that depend on it.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::error::OperationError;
use super::event::{Awaited, Event, Observer};
use super::schedule::{Condition, Schedule};
use super::times::PATIENCE;
use crate::engine::{EngineError, ProcessId, Session, TELL};

/// How many processes the engine ends in parallel: for each, PM2 asks the system for all processes.
const AT_ONCE: usize = 8;

/// An app to end.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) app: String,
    pub(super) processes: Vec<ProcessId>,
    /// The apps that depend on it.
    pub(super) dependents: Vec<String>,
    /// How long it may take to end.
    pub(super) time_to_end: Duration,
}

/// Ends apps and removes them from the engine.
///
/// # Errors
///
/// The engine fails. What has ended by then stays ended.
pub(super) fn take_down(
    session: &mut dyn Session,
    endings: &[Ending],
    observe: &mut Observer<'_>,
) -> Result<(), OperationError> {
    let needs = |index: usize| {
        let dependents = endings.get(index).map(|ending| ending.dependents.as_slice());
        let position = |name: &String| endings.iter().position(|ending| ending.app == *name);
        let known = dependents.unwrap_or_default().iter().filter_map(position);
        known.filter(|dependent| *dependent != index).map(|at| (at, Condition::Completed)).collect()
    };
    let mut schedule = Schedule::new(endings.len(), needs);
    let mut left: Vec<usize> = endings.iter().map(|ending| ending.processes.len()).collect();
    let (sender, answers) = mpsc::channel::<(usize, Result<(), EngineError>)>();
    let (mut busy, mut open) = (0_usize, endings.len());
    let mut answered = Instant::now();
    let mut stopping: Vec<Option<(Instant, Instant)>> = vec![None; endings.len()];
    let longest = endings.iter().map(|ending| ending.time_to_end).max().unwrap_or_default();
    while open > 0 {
        while busy < AT_ONCE
            && let Some(index) = schedule.next()
        {
            let Some(ending) = endings.get(index) else { continue };
            observe(Event::Stopping { app: ending.app.clone() });
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
        match answers.recv_timeout(Duration::from_secs(1)) {
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
                    observe(Event::Stopped { app: ending.app.clone() });
                    open -= 1;
                    schedule.reached(index, Condition::Completed);
                }
            }
            Err(_) if answered.elapsed() > longest + PATIENCE => {
                return Err(session.no_answer(longest + PATIENCE).into());
            }
            Err(_) => {}
        }
        for (ending, stopping) in endings.iter().zip(&mut stopping) {
            if let Some((since, told)) = stopping
                && told.elapsed() >= TELL
            {
                *told = Instant::now();
                observe(Event::StillWaiting {
                    app: ending.app.clone(),
                    until: Awaited::Stopped,
                    since: since.elapsed(),
                    limit: longest + PATIENCE,
                });
            }
        }
    }
    Ok(())
}
