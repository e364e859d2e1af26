//! Whose a process is.
//!
//! A trace of a process is a number, and another process may have it by now; and a pid file is named
//! by an app's name that PM2 has changed, so that it may be another app's. So a process counts as an
//! app's only where it shows it itself: by the time at which it was started, its directory and what
//! PM2 put into its environment. What is not certain is left running, and reported.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use camino::Utf8PathBuf;
use serde_json::Value;
use sysinfo::Pid;

use super::{Trace, read_pid, seconds, starts_of_file};
use crate::engine::Known;
use crate::engine::processes::{Processes, variable};
use crate::pm2::Home;

/// Whose a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Its,
    Another,
    Unclear,
}

/// What a search looks at.
pub(super) struct Search<'s> {
    pub(super) processes: &'s Processes,
    pub(super) home: &'s Home,
    /// The daemon that lives.
    pub(super) daemon: Option<Pid>,
    pub(super) meant: &'s [Known<'s>],
    pub(super) others: &'s [Known<'s>],
}

impl<'s> Search<'s> {
    /// Whose the process of a trace is.
    pub(super) fn verdict(&self, trace: &Trace<'_>) -> Verdict {
        let (app, remembered) = trace.app;
        let was_seen = remembered.seen.iter().any(|seen| seen.pid == trace.pid);
        let is_shared = trace.file.is_some() && !was_seen && self.shares_files(&trace.app);
        let Some(process) = self.processes.get(trace.pid) else {
            // Its children live on.
            let children = self.processes.left_by(trace.pid);
            let verdicts = children.map(|child| match Told::by(child, self.home) {
                Told::Settings(settings) => settings.verdict(app),
                Told::Nothing if is_shared => Verdict::Unclear,
                Told::Nothing => Verdict::Its,
                // Whoever has the number of a session now.
                Told::AnotherHome | Told::Unreadable => Verdict::Another,
            });
            return worst(verdicts);
        };
        let start = self.processes.start(trace.pid);
        let is_seen = start.is_some_and(|start| remembered.has_seen(trace.pid, &start));
        if !is_seen && !trace.started.contains(&process.start_time()) {
            return Verdict::Another;
        }
        match Told::by(process, self.home) {
            Told::AnotherHome => Verdict::Another,
            _ if is_seen => Verdict::Its,
            Told::Settings(settings) => settings.verdict(app),
            Told::Unreadable => Verdict::Unclear,
            // PM2 gives each process its name. From ours it is taken away.
            Told::Nothing if !is_shared && !remembered.is_guess => Verdict::Its,
            Told::Nothing => {
                let is_there = |known: &Known<'_>| is_in(process, known);
                let neighbours = self.neighbours(app);
                let mut alike = neighbours.filter(|other| shares(other, &trace.app));
                let is_anothers = alike.any(|other| is_there(&other));
                match (is_there(&trace.app), is_anothers) {
                    (true, false) => Verdict::Its,
                    (false, true) => Verdict::Another,
                    _ => Verdict::Unclear,
                }
            }
        }
    }

    /// All other apps.
    fn neighbours<'a>(&'a self, app: &'a str) -> impl Iterator<Item = Known<'s>> + 'a {
        self.meant.iter().chain(self.others).copied().filter(move |(other, _)| *other != app)
    }

    /// Whether the pid files of an app may be of another one as well.
    fn shares_files(&self, known: &Known<'_>) -> bool {
        self.neighbours(known.0).any(|other| shares(&other, known))
    }

    /// The processes of the apps that a daemon of this home started and that have no pid file, or one
    /// that was written at another time by a clock that was set since, by their environment: those
    /// of another daemon than the present one, and its own children. PM2 gives each process the
    /// channel to its daemon. Of several apps in one directory each may be meant.
    pub(super) fn without_file(&self) -> Vec<(Verdict, Vec<Known<'s>>, u32)> {
        let begun = self.daemon.and_then(|daemon| self.processes.started(daemon.as_u32()));
        let filed = in_pid_files(self.home, self.processes);
        let mut found = Vec::new();
        for process in self.processes.alive() {
            let pid = process.pid();
            let is_older = begun.is_none_or(|begun| process.start_time() < begun);
            let is_child = self.daemon.is_some() && process.parent() == self.daemon;
            let is_started = process.session_id() == Some(pid) || is_worker(process);
            if filed.contains(&pid.as_u32()) || !is_started || !is_older && !is_child {
                continue;
            }
            let Some(_channel) = variable(process, "NODE_CHANNEL_FD") else { continue };
            let told = Told::by(process, self.home);
            let its = |known: &Known<'_>| match &told {
                Told::Settings(settings) => {
                    let is_there = || match &settings.directory {
                        Some(directory) => is_same(directory, known.1.directory.as_std_path()),
                        None => is_in(process, known),
                    };
                    settings.verdict(known.0) == Verdict::Its && is_there()
                }
                Told::Nothing => is_in(process, known),
                Told::AnotherHome | Told::Unreadable => false,
            };
            let mut known: Vec<Known<'s>> =
                self.meant.iter().filter(|known| its(known)).copied().collect();
            if known.is_empty() {
                continue;
            }
            let others = self.others.iter().filter(|known| its(known));
            let meant = known.len();
            known.extend(others);
            let verdict = if known.len() > meant { Verdict::Unclear } else { Verdict::Its };
            found.push((verdict, known, pid.as_u32()));
        }
        found
    }
}

/// The processes that PM2's pid files name, those of all apps.
fn in_pid_files(home: &Home, processes: &Processes) -> BTreeSet<u32> {
    let files = fs::read_dir(home.pids()).into_iter().flatten().flatten();
    let named = files.filter_map(|file| {
        let pid = read_pid(&file.path())?;
        let written = seconds(file.metadata().ok()?.modified().ok()?)?;
        starts_of_file(written).contains(&processes.started(pid)?).then_some(pid)
    });
    named.collect()
}

/// Whether two apps may have pid files of one name.
fn shares((_, one): &Known<'_>, (_, other): &Known<'_>) -> bool {
    one.pid_files == other.pid_files
}

/// Of several processes in one group the one that says least for the app.
fn worst(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut all = Verdict::Another;
    for (index, verdict) in verdicts.enumerate() {
        all = match (index, all, verdict) {
            (0, _, verdict) => verdict,
            (_, Verdict::Its, Verdict::Its) => Verdict::Its,
            (_, Verdict::Another, Verdict::Another) => Verdict::Another,
            _ => Verdict::Unclear,
        };
    }
    all
}

/// What the environment of a process says about who started it.
pub(super) enum Told {
    /// Another PM2 did, or somebody else.
    AnotherHome,
    /// This PM2, with these settings of the app.
    Settings(Settings),
    /// This PM2, whose settings were taken away.
    Nothing,
    /// It cannot be read, or was written over.
    Unreadable,
}

/// PM2's settings of an app in the environment of a process. In a cluster they stand in one variable
/// (`nodeApp` in `lib/God/ClusterMode.js`), else each in one of its own; there they are taken away
/// from most of ours before they start.
pub(super) struct Settings {
    name: String,
    pub(super) directory: Option<Utf8PathBuf>,
    /// Whether an operation asked for the process.
    ours: bool,
}

impl Told {
    pub(super) fn by(process: &sysinfo::Process, home: &Home) -> Told {
        let settings = variable(process, "pm2_env").filter(|_| is_worker(process));
        let settings: Option<Value> = settings.and_then(|text| serde_json::from_str(text).ok());
        let setting = |name: &str| settings.as_ref()?.get(name)?.as_str();
        let Some(known) = setting("PM2_HOME").or_else(|| variable(process, "PM2_HOME")) else {
            // A program may use the place of its environment for its title.
            return match variable(process, "PATH").is_some() {
                true => Told::AnotherHome,
                false => Told::Unreadable,
            };
        };
        let known = Path::new(known);
        if known.is_relative() {
            // To which directory is known to nobody.
            return Told::Unreadable;
        }
        if !is_same(known, home.path()) {
            return Told::AnotherHome;
        }
        if is_worker(process) {
            let Some(name) = setting("name") else { return Told::Unreadable };
            return Told::Settings(Settings {
                name: name.to_owned(),
                directory: setting("pm_cwd").map(Utf8PathBuf::from),
                ours: settings
                    .as_ref()
                    .is_some_and(|settings| settings.get("promethean").is_some()),
            });
        }
        // An app may have a variable `name` of its own.
        let Some(_settings) = variable(process, "pm_exec_path") else { return Told::Nothing };
        let Some(name) = variable(process, "name") else { return Told::Nothing };
        Told::Settings(Settings {
            name: name.to_owned(),
            directory: variable(process, "pm_cwd").map(Utf8PathBuf::from),
            ours: variable(process, "promethean_app").is_some(),
        })
    }
}

impl Settings {
    /// Whether the process is that of an app.
    pub(super) fn verdict(&self, app: &str) -> Verdict {
        match (self.name == app, self.ours) {
            (false, _) => Verdict::Another,
            (true, true) => Verdict::Its,
            // Somebody may have started another app of that name by hand.
            (true, false) => Verdict::Unclear,
        }
    }
}

/// Whether a process is one of a cluster. Node takes the variable away from what it starts.
fn is_worker(process: &sysinfo::Process) -> bool {
    variable(process, "NODE_UNIQUE_ID").is_some() && variable(process, "pm2_env").is_some()
}

/// Whether a process is in the directory of an app.
pub(super) fn is_in(process: &sysinfo::Process, (_, remembered): &Known<'_>) -> bool {
    process.cwd().is_some_and(|there| is_same(there, remembered.directory.as_std_path()))
}

/// Whether two paths are one, or lead to one.
pub(super) fn is_same(one: impl AsRef<Path>, other: &Path) -> bool {
    let one = one.as_ref();
    let lead = || Some(one.canonicalize().ok()? == other.canonicalize().ok()?);
    one == other || lead() == Some(true)
}
