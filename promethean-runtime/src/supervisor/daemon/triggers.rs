//! What restarts the processes of an app while they run: changed files, the times of a schedule, too much
//! memory, and a probe that fails.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::{Instant, sleep, timeout};

use super::{Event, Events, Serial, journal};
use crate::supervisor::memory::Ceiling;
use crate::supervisor::schedule::Schedule;
use crate::supervisor::spec::Spec;
use crate::supervisor::watch::{Notice, Watcher};

/// What may restart the processes of an app, until it is dropped.
pub(super) struct Triggers {
    /// The first process of the app.
    pub(super) first: Serial,
    /// Whether its probe is being tried.
    pub(super) is_tried: Cell<bool>,
    /// Which file has changed last.
    pub(super) changed: RefCell<Option<PathBuf>>,
    /// Why its probe has failed last.
    pub(super) failed: RefCell<Option<String>>,
    _watcher: Option<Watcher>,
    tasks: Vec<AbortHandle>,
}

impl Triggers {
    /// Those of an app, whose processes are known by the first of them.
    pub(super) fn of(first: Serial, spec: &Spec, events: &Events) -> Triggers {
        let scheduled = spec.schedule.as_deref().and_then(|pattern| {
            let schedule = Schedule::new(pattern, Timestamp::now())?;
            Some(spawn_local(keep_time(first, schedule, events.clone())).abort_handle())
        });
        let measured =
            spec.ceiling.map(|_| spawn_local(measure(first, events.clone())).abort_handle());
        let probed = spec
            .alive
            .as_ref()
            .map(|probe| spawn_local(every(probe.interval, first, events.clone())).abort_handle());
        let tasks = scheduled.into_iter().chain(measured).chain(probed);
        let is_tried = Cell::new(false);
        let (changed, failed) = (RefCell::default(), RefCell::default());
        let (noticed, reported) = unbounded_channel();
        let watcher = watcher(spec, noticed);
        let settled = watcher.as_ref().map(|_| settled(first, reported, events.clone()));
        let settled = settled.map(|task| spawn_local(task).abort_handle());
        let tasks = settled.into_iter().chain(tasks).collect();
        Triggers { first, is_tried, changed, failed, _watcher: watcher, tasks }
    }
}

impl Drop for Triggers {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// Changes that follow each other at once are one: a build writes many files.
async fn settled(first: Serial, mut changes: UnboundedReceiver<PathBuf>, events: Events) {
    while let Some(path) = changes.recv().await {
        let begun = Instant::now();
        let mut all = HashSet::new();
        while begun.elapsed() < LONGEST_BURST
            && let Ok(Some(other)) = timeout(CALM, changes.recv()).await
        {
            all.insert(other);
        }
        all.remove(&path);
        let _ = events.send(Event::Changed(first, path, all.len()));
    }
}

/// How long nothing changes after a change before it counts.
const CALM: Duration = Duration::from_millis(100);

/// How long changes can go on before they count.
const LONGEST_BURST: Duration = Duration::from_secs(1);

fn watcher(spec: &Spec, changes: UnboundedSender<PathBuf>) -> Option<Watcher> {
    let watch = spec.watch.as_ref()?;
    // As PM2, before anything is watched: a directory of its logs would restart what has just been started.
    for directory in spec.logs.files.iter().flatten().filter_map(|file| file.parent()) {
        // Who cannot make it cannot write the logs either, and says so then.
        let _ = std::fs::create_dir_all(directory);
    }
    let name = spec.name.clone();
    let started = watch.start(move |notice| match notice {
        Notice::Changed(path) => {
            let _ = changes.send(path);
        }
        Notice::Unwatched(path, error) => {
            journal::error(&format!("{name}: {} is not watched: {error}", path.display()));
        }
    });
    started
        .inspect_err(|error| journal::error(&format!("{}: nothing is watched: {error}", spec.name)))
        .ok()
}

async fn keep_time(first: Serial, mut schedule: Schedule, events: Events) {
    while let Some(pause) = schedule.wait(Timestamp::now()) {
        sleep(pause).await;
        if schedule.is_due(Timestamp::now()) {
            let _ = events.send(Event::Scheduled(first));
        }
    }
}

async fn every(interval: Duration, first: Serial, events: Events) {
    loop {
        sleep(interval.max(SHORTEST)).await;
        let _ = events.send(Event::Probe(first));
    }
}

/// The shortest pause between two tries of a probe.
const SHORTEST: Duration = Duration::from_millis(10);

async fn measure(first: Serial, events: Events) {
    loop {
        sleep(Ceiling::INTERVAL).await;
        let _ = events.send(Event::Measure(first));
    }
}
