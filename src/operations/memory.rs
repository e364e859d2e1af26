//! What is remembered of apps outside PM2's memory, which ends with its daemon: enough to find the
//! processes that a killed daemon leaves behind.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::Utf8PathBuf;
use promethean_core::app::App;
use serde::{Deserialize, Serialize};

use super::target::Target;
use crate::pm2::{self, Home, Owner, Pm2Error, Process};

/// The apps that were started in a PM2 home and not taken down since.
#[derive(Debug)]
pub(super) struct Memory {
    file: PathBuf,
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
}

impl Memory {
    /// Reads what is remembered. What cannot be read is as good as nothing.
    pub(super) fn read(home: &Home) -> Memory {
        let file = home.own().join("apps.json");
        let apps = fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Memory { file, apps: apps.unwrap_or_default() }
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

    /// Forgets apps that have ended.
    pub(super) fn remove(&mut self, apps: &[String]) -> Result<(), Pm2Error> {
        let before = self.apps.len();
        self.apps.retain(|app, _| !apps.contains(app));
        if self.apps.len() == before { Ok(()) } else { self.write() }
    }

    /// Writes the file as a whole or not at all.
    fn write(&self) -> Result<(), Pm2Error> {
        let write = || -> io::Result<()> {
            let directory = self.file.parent().ok_or(ErrorKind::NotFound)?;
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            file.write_all(&serde_json::to_vec_pretty(&self.apps)?)?;
            file.as_file().sync_all()?;
            file.persist(&self.file).map_err(|error| error.error)?;
            Ok(())
        };
        write()
            .map_err(|error| Pm2Error::Home { path: self.file.clone(), reason: error.to_string() })
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
        }
    }

    /// Whether it is what an operation on a target is about: `app`, which is of the operation, or
    /// one that the ecosystem started and does not have any more, where all of it is meant.
    pub(super) fn concerns(&self, target: &Target, app: Option<&App>) -> bool {
        match app {
            Some(app) => self.owner == *target.owner() || self.directory == app.directory,
            None => target.is_whole() && self.owner == *target.owner(),
        }
    }

    /// How long the app may take to end.
    pub(super) fn kill_timeout(&self) -> Duration {
        Duration::from_millis(self.kill_timeout)
    }
}
