//! What is saved about apps outside the daemon's memory: enough to find the processes that a killed
//! daemon left running.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use promethean_core::app::App;
use serde::{Deserialize, Serialize};

use super::times::since_epoch;
use super::{Owner, Place, Process};

/// The apps that were started in a place and not stopped since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedState {
    apps: BTreeMap<String, Remembered>,
}

/// An app, and what is remembered of it.
pub type Known<'m> = (&'m str, &'m Remembered);

/// How many processes that an app had before are remembered.
const FORMER: usize = 8;

/// An app that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// The ecosystem that started it.
    pub owner: Owner,
    /// The profile that it runs with. What was kept because a change of profile changes nothing in
    /// it runs with the new one; the engine's own record has the one it was started with.
    #[serde(default)]
    pub profile: Option<String>,
    /// Its directory.
    pub directory: Utf8PathBuf,
    /// The beginning of the paths of its pid files; empty where the engine writes none.
    pub pid_files: Utf8PathBuf,
    /// How long it may take to end, in milliseconds.
    kill_timeout: u64,
    /// Its processes when an operation was about to end them: the engine may remove the pid file
    /// of one that has ended before its children have.
    #[serde(default)]
    pub ending: Vec<u32>,
    /// When that was, in seconds of the Unix time.
    #[serde(default)]
    pub ending_at: u64,
    /// Its processes when an operation saw them in the engine's list.
    #[serde(default)]
    pub seen: Vec<Seen>,
    /// Those that it had before, the latest last: what one has left that ended by itself is in no list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Seen>,
    /// Its processes when its probe last succeeded: what a log said then may have been removed since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ready: Vec<Seen>,
    /// Its processes when it did not report in time that it is ready, as `wait_ready` says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<Seen>,
    /// Whether nothing was remembered, and this is what would have been.
    #[serde(skip)]
    pub is_guess: bool,
}

/// A process that the engine had in its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The operating system's number of it, which another has later.
    pub pid: u32,
    /// When it was started.
    #[serde(flatten)]
    pub start: ProcessStart,
}

/// When a process was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessStart {
    /// In seconds of the Unix time. The operating system counts from its own start, so that the number
    /// is another one when somebody has set the clock.
    #[serde(rename = "started")]
    pub seconds: u64,
    /// What no clock changes: the start of the system that it runs on, and the time since then. Not
    /// every system tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_boot: Option<String>,
}

impl ProcessStart {
    /// Whether two are one, of processes of one number.
    #[must_use]
    pub fn is(&self, other: &ProcessStart) -> bool {
        match (&self.since_boot, &other.since_boot) {
            (Some(one), Some(other)) => one == other,
            // The system's clock may be set a little all the time.
            _ => self.seconds.abs_diff(other.seconds) <= 2,
        }
    }

    /// Whether this one is certainly before another.
    #[must_use]
    pub fn is_before(&self, other: &ProcessStart) -> bool {
        match (self.ticks(), other.ticks()) {
            (Some((boot, own)), Some((of, other))) if boot == of => own < other,
            _ => self.seconds.saturating_add(2) < other.seconds,
        }
    }

    /// The start of the system, and the time since then.
    fn ticks(&self) -> Option<(&str, u64)> {
        let (boot, ticks) = self.since_boot.as_deref()?.rsplit_once(' ')?;
        Some((boot, ticks.parse().ok()?))
    }
}

impl SavedState {
    /// What was remembered.
    #[must_use]
    pub fn new(apps: BTreeMap<String, Remembered>) -> SavedState {
        SavedState { apps }
    }

    /// Each app and what is remembered of it, to be written.
    #[must_use]
    pub fn apps(&self) -> &BTreeMap<String, Remembered> {
        &self.apps
    }

    /// What is remembered of an app.
    pub fn of(&self, app: &str) -> Option<&Remembered> {
        self.apps.get(app)
    }

    /// Each app and what is remembered of it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Remembered)> {
        self.apps.iter().map(|(app, remembered)| (app.as_str(), remembered))
    }

    /// Remembers apps, before they are started: a run can be ended at any moment.
    pub fn add(&mut self, apps: BTreeMap<String, Remembered>) {
        for (name, mut app) in apps {
            if let Some(known) = self.apps.get(&name) {
                app.ending.clone_from(&known.ending);
                app.ending_at = known.ending_at;
                if app.directory == known.directory {
                    app.seen.clone_from(&known.seen);
                    app.former.clone_from(&known.former);
                    app.ready.clone_from(&known.ready);
                    app.silent.clone_from(&known.silent);
                }
            }
            self.apps.insert(name, app);
        }
    }

    /// Remembers the processes of apps that are about to be ended.
    pub fn ending<'p>(&mut self, processes: impl Iterator<Item = &'p Process>) {
        let now = since_epoch().as_secs();
        let mut ending: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for process in processes.filter(|process| process.pid != 0) {
            ending.entry(&process.name).or_default().push(process.pid);
        }
        for (name, pids) in ending {
            if let Some(app) = self.apps.get_mut(name) {
                (app.ending, app.ending_at) = (pids, now);
            }
        }
    }

    /// Remembers the processes that the engine has of the apps, with the times at which
    /// they were started.
    pub fn see(&mut self, processes: &[Process], starts: &BTreeMap<u32, ProcessStart>) {
        for (name, app) in &mut self.apps {
            let own = processes.iter().filter(|process| {
                let record = process.record.as_ref();
                let is_its = record.is_some_and(|record| record.directory == app.directory);
                process.name == *name && process.pid != 0 && is_its
            });
            let seen = own.filter_map(|process| {
                Some(Seen { pid: process.pid, start: starts.get(&process.pid)?.clone() })
            });
            let seen: Vec<Seen> = seen.collect();
            if !seen.is_empty() {
                let gone = std::mem::replace(&mut app.seen, seen).into_iter();
                let is =
                    |now: &Seen, known: &Seen| now.pid == known.pid && now.start.is(&known.start);
                let gone = gone.filter(|known| !app.seen.iter().any(|now| is(now, known)));
                app.former.extend(gone);
                let many = app.former.len().saturating_sub(FORMER);
                app.former.drain(..many);
            }
        }
    }

    /// Remembers that the present processes of apps are ready. It has [seen](SavedState::see) them.
    pub fn are_ready(&mut self, apps: &[String]) {
        for name in apps {
            if let Some(app) = self.apps.get_mut(name) {
                app.ready.clone_from(&app.seen);
            }
        }
    }

    /// Remembers that the present processes of apps did not report that they are ready.
    pub fn are_silent(&mut self, apps: &[String]) {
        for name in apps {
            if let Some(app) = self.apps.get_mut(name) {
                app.silent.clone_from(&app.seen);
            }
        }
    }

    /// Whether the probe of an app has succeeded for these very processes.
    #[must_use]
    pub fn was_ready(&self, processes: &[&Process], starts: &BTreeMap<u32, ProcessStart>) -> bool {
        self.are_those(processes, starts, |app| &app.ready)
    }

    /// Whether these very processes of an app did not report that they are ready.
    #[must_use]
    pub fn was_silent(&self, processes: &[&Process], starts: &BTreeMap<u32, ProcessStart>) -> bool {
        self.are_those(processes, starts, |app| &app.silent)
    }

    /// Whether all processes of an app are among those that are remembered.
    fn are_those(
        &self,
        processes: &[&Process],
        starts: &BTreeMap<u32, ProcessStart>,
        remembered: fn(&Remembered) -> &Vec<Seen>,
    ) -> bool {
        !processes.is_empty()
            && processes.iter().all(|process| {
                let start = starts.get(&process.pid);
                let known = self.of(&process.name).into_iter().flat_map(remembered);
                let mut known = known.filter(|seen| seen.pid == process.pid);
                start.is_some_and(|start| known.any(|seen| seen.start.is(start)))
            })
    }

    /// Forgets apps that have ended.
    pub fn remove(&mut self, apps: &[String]) {
        self.apps.retain(|app, _| !apps.contains(app));
    }
}

impl Remembered {
    /// What to remember of an app.
    pub fn new(app: &App, owner: &Owner, profile: Option<&str>, place: &dyn Place) -> Remembered {
        let kill_timeout = u64::try_from(app.time("kill_timeout").as_millis());
        Remembered {
            owner: owner.clone(),
            profile: profile.map(str::to_owned),
            directory: app.directory.clone(),
            pid_files: place.pid_files(app),
            kill_timeout: kill_timeout.unwrap_or(u64::MAX),
            ending: Vec::new(),
            ending_at: 0,
            seen: Vec::new(),
            former: Vec::new(),
            ready: Vec::new(),
            silent: Vec::new(),
            is_guess: false,
        }
    }

    /// What would be remembered of an app that nothing is remembered of.
    pub fn guessed(app: &App, owner: &Owner, place: &dyn Place) -> Remembered {
        Remembered { is_guess: true, ..Remembered::new(app, owner, None, place) }
    }

    /// Whether the engine had a process in its list that was started then.
    pub fn has_seen(&self, pid: u32, start: &ProcessStart) -> bool {
        self.seen.iter().any(|seen| seen.pid == pid && seen.start.is(start))
    }

    /// How long the app may take to end.
    pub fn kill_timeout(&self) -> Duration {
        Duration::from_millis(self.kill_timeout)
    }
}
