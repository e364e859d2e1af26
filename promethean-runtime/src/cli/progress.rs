//! The progress of an operation: live on a terminal, a line for each event elsewhere, JSON for programs.

use std::collections::BTreeMap;
use std::sync::Once;

use indicatif::ProgressBar;
use promethean_core::foreign::{Foreign, printable};
use serde::Serialize;

use super::output;
use crate::operations::{Event, of_limit};

/// Shows events as they come.
pub(super) enum Progress {
    /// A line for each event, and below them what is waited for.
    Terminal(Live),
    /// A line for each event.
    Lines,
    /// An object for each event, on standard output.
    Json,
}

/// What a terminal shows.
pub(super) struct Live {
    bar: ProgressBar,
    /// Each app that is waited for, and how long.
    waiting: BTreeMap<String, Option<String>>,
}

impl Progress {
    pub(super) fn new(json: bool) -> Progress {
        if json {
            return Progress::Json;
        }
        match output::spinner() {
            None => Progress::Lines,
            Some(bar) => Progress::Terminal(Live { bar, waiting: BTreeMap::new() }),
        }
    }

    pub(super) fn show(&mut self, event: &Event) {
        match self {
            Progress::Terminal(live) => live.show(event),
            Progress::Lines => match event {
                // What begins is worth a line only where it is seen to last.
                Event::Starting { .. } | Event::Stopping { .. } => {}
                Event::Waiting { .. }
                | Event::Launched { .. }
                | Event::Note(_)
                | Event::Orphan { .. }
                | Event::Left { .. }
                | Event::Kept { .. }
                | Event::NotStarted { .. }
                | Event::Scaled { .. }
                | Event::Stopped { .. }
                | Event::Started { .. }
                | Event::Probing { .. }
                | Event::Ready { .. }
                | Event::Restarted { .. }
                | Event::Completing { .. }
                | Event::StillWaiting { .. }
                | Event::Completed { .. }
                | Event::Up { .. } => output::note(&event.to_string()),
            },
            Progress::Json => json(event),
        }
    }

    /// Takes away what is not meant to stay.
    pub(super) fn end(self) {
        if let Progress::Terminal(live) = self {
            live.bar.finish_and_clear();
        }
    }
}

/// Prints an event as a line of JSON. An operation goes on even if its output cannot be written, and says so once.
pub(super) fn json(value: &impl Serialize) {
    static TOLD: Once = Once::new();
    if let Err(failure) = output::print_json(value) {
        TOLD.call_once(|| output::error(&failure.to_string()));
    }
}

impl Live {
    fn show(&mut self, event: &Event) {
        match event {
            Event::Starting { app }
            | Event::Stopping { app }
            | Event::Probing { app }
            | Event::Completing { app, .. } => {
                self.waiting.insert(app.clone(), None);
            }
            Event::StillWaiting { app, since, limit, .. } => {
                self.waiting.insert(app.clone(), Some(of_limit(*since, *limit)));
            }
            Event::Started { app, .. }
            | Event::NotStarted { app, .. }
            | Event::Scaled { app, .. }
            | Event::Stopped { app }
            | Event::Ready { app, .. }
            | Event::Completed { app } => {
                self.waiting.remove(app);
            }
            Event::Waiting { .. }
            | Event::Launched { .. }
            | Event::Note(_)
            | Event::Orphan { .. }
            | Event::Left { .. }
            | Event::Kept { .. }
            | Event::Restarted { .. }
            | Event::Up { .. } => {}
        }
        let passes = matches!(
            event,
            Event::Starting { .. }
                | Event::Stopping { .. }
                | Event::Probing { .. }
                | Event::StillWaiting { .. }
        );
        if !passes {
            self.bar.println(printable(&event.to_string()));
        }
        let waiting = self.waiting.iter().map(|(app, since)| match since {
            Some(time) => format!("{app} ({time})"),
            None => app.clone(),
        });
        let waiting: Vec<String> = waiting.collect();
        let message = match waiting.as_slice() {
            [] => "final check".to_owned(),
            waiting => format!("waiting for {}", Foreign(waiting.join(", "))),
        };
        self.bar.set_message(printable(&message).into_owned());
    }
}
