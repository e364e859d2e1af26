//! What is remembered of apps outside PM2's memory, which ends with its daemon: enough to find the
//! processes that a killed daemon leaves behind.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::Utf8PathBuf;
use promethean_core::app::App;
use serde::{Deserialize, Serialize};

use super::target::Target;
use crate::pm2::{self, Home, Owner, Pm2Error, Process, Store};

/// The apps that were started in a PM2 home and not taken down since.
#[derive(Debug)]
pub(super) struct Memory {
    home: Home,
    apps: BTreeMap<String, Remembered>,
}

/// An app that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// The ecosystem that started it.
    pub(super) owner: Owner,
    /// The profile that it runs with. What was kept because a change of profile changes nothing in
    /// it runs with the new one; PM2's own record has the one it was started with.
    #[serde(default)]
    pub(super) profile: Option<String>,
    /// Its directory.
    pub(super) directory: Utf8PathBuf,
    /// The paths of its pid files, without PM2's number and `.pid`.
    pub(super) pid_files: Utf8PathBuf,
    /// How long it may take to end, in milliseconds.
    kill_timeout: u64,
    /// Its processes when an operation was about to end them: PM2 removes the pid file of one that
    /// has ended before its children have.
    #[serde(default)]
    pub(super) ending: Vec<u32>,
    /// When that was, in seconds of the Unix time.
    #[serde(default)]
    pub(super) ending_at: u64,
    /// Its processes when an operation saw them in PM2's list.
    #[serde(default)]
    pub(super) seen: Vec<Seen>,
    /// Whether nothing was remembered, and this is what would have been.
    #[serde(skip)]
    pub(super) is_guess: bool,
}

/// A process that PM2 had in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// The operating system's number of it, which another has later.
    pub(super) pid: u32,
    /// When it was started, in seconds of the Unix time, as the operating system says.
    pub(super) started: u64,
}

/// The name of the file.
const FILE: &str = "apps.json";

impl Memory {
    /// Nothing is remembered.
    pub(super) fn empty(home: &Home) -> Memory {
        Memory { home: home.clone(), apps: BTreeMap::new() }
    }

    /// Reads what is remembered.
    ///
    /// # Errors
    ///
    /// There is something that cannot be read: which processes are of which app is not known.
    pub(super) fn read(home: &Home) -> Result<Memory, Pm2Error> {
        let Some(store) = Store::existing(&home.own())? else { return Ok(Memory::empty(home)) };
        let unreadable = |reason: String| Pm2Error::Memory { path: store.file(FILE), reason };
        let text = store.read(FILE).map_err(|error| unreadable(error.to_string()))?;
        let Some(text) = text else { return Ok(Memory::empty(home)) };
        let apps = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        Ok(Memory { home: home.clone(), apps })
    }

    /// What is remembered of an app.
    pub(super) fn of(&self, app: &str) -> Option<&Remembered> {
        self.apps.get(app)
    }

    /// Each app and what is remembered of it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Remembered)> {
        self.apps.iter().map(|(app, remembered)| (app.as_str(), remembered))
    }

    /// Remembers apps, before they are started: a run can be ended at any moment.
    pub(super) fn add(&mut self, apps: BTreeMap<String, Remembered>) -> Result<(), Pm2Error> {
        let before = self.apps.clone();
        for (name, mut app) in apps {
            if let Some(known) = self.apps.get(&name) {
                app.ending.clone_from(&known.ending);
                app.ending_at = known.ending_at;
                if app.directory == known.directory {
                    app.seen.clone_from(&known.seen);
                }
            }
            self.apps.insert(name, app);
        }
        if self.apps == before { Ok(()) } else { self.write() }
    }

    /// Remembers the processes of apps that are about to be ended.
    pub(super) fn ending<'p>(
        &mut self,
        processes: impl Iterator<Item = &'p Process>,
    ) -> Result<(), Pm2Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let mut ending: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for process in processes.filter(|process| process.pid != 0) {
            ending.entry(&process.name).or_default().push(process.pid);
        }
        let mut changed = false;
        for (name, pids) in ending {
            if let Some(app) = self.apps.get_mut(name) {
                (app.ending, app.ending_at) = (pids, now);
                changed = true;
            }
        }
        if changed { self.write() } else { Ok(()) }
    }

    /// Remembers the processes that PM2 has of the apps, with the times that the operating system
    /// says they were started at.
    pub(super) fn see(
        &mut self,
        processes: &[Process],
        started: &dyn Fn(u32) -> Option<u64>,
    ) -> Result<(), Pm2Error> {
        let before = self.apps.clone();
        for (name, app) in &mut self.apps {
            let own = processes.iter().filter(|process| {
                let record = process.record.as_ref();
                let is_its = record.is_some_and(|record| record.directory == app.directory);
                process.name == *name && process.pid != 0 && is_its
            });
            let seen = own.filter_map(|process| {
                Some(Seen { pid: process.pid, started: started(process.pid)? })
            });
            let seen: Vec<Seen> = seen.collect();
            if !seen.is_empty() {
                app.seen = seen;
            }
        }
        if self.apps == before { Ok(()) } else { self.write() }
    }

    /// Forgets apps that have ended.
    pub(super) fn remove(&mut self, apps: &[String]) -> Result<(), Pm2Error> {
        let before = self.apps.len();
        self.apps.retain(|app, _| !apps.contains(app));
        if self.apps.len() == before { Ok(()) } else { self.write() }
    }

    /// Writes the file as a whole or not at all.
    fn write(&self) -> Result<(), Pm2Error> {
        let store = Store::open(&self.home.own())?;
        let write =
            || -> io::Result<()> { store.write(FILE, &serde_json::to_vec_pretty(&self.apps)?) };
        write()
            .map_err(|error| Pm2Error::Home { path: store.file(FILE), reason: error.to_string() })
    }
}

impl Remembered {
    /// What to remember of an app.
    pub(super) fn new(app: &App, owner: &Owner, profile: Option<&str>, home: &Home) -> Remembered {
        let kill_timeout = u64::try_from(app.time("kill_timeout").as_millis());
        Remembered {
            owner: owner.clone(),
            profile: profile.map(str::to_owned),
            directory: app.directory.clone(),
            pid_files: pm2::pid_files(app, home),
            kill_timeout: kill_timeout.unwrap_or(u64::MAX),
            ending: Vec::new(),
            ending_at: 0,
            seen: Vec::new(),
            is_guess: false,
        }
    }

    /// What would be remembered of an app that nothing is remembered of.
    pub(super) fn guessed(app: &App, owner: &Owner, home: &Home) -> Remembered {
        Remembered { is_guess: true, ..Remembered::new(app, owner, None, home) }
    }

    /// Whether it is what an operation on a target is about: `app`, which is of the operation, or
    /// one that the ecosystem started and does not have any more, where all of it is meant.
    pub(super) fn concerns(&self, target: &Target, app: Option<&App>) -> bool {
        match app {
            Some(app) => self.owner.is(target.owner()) || self.directory == app.directory,
            None => target.is_whole() && self.owner.is(target.owner()),
        }
    }

    /// Whether PM2 had a process in its list that was started then, in seconds of the Unix time.
    pub(super) fn has_seen(&self, pid: u32, started: u64) -> bool {
        // The operating system's own clock may be set meanwhile.
        self.seen.iter().any(|seen| seen.pid == pid && seen.started.abs_diff(started) <= 2)
    }

    /// How long the app may take to end.
    pub(super) fn kill_timeout(&self) -> Duration {
        Duration::from_millis(self.kill_timeout)
    }
}
