//! Processes that a PM2 daemon left behind when it was killed.
//!
//! They live on under init, hold their ports, and no daemon knows them. There are several traces of
//! them: PM2's pid files; what an operation was about to end when the daemon was killed, which may
//! have lost its pid file; and what it was about to start, which may have none yet.
//!
//! A trace is a number, and another process may have it by now; and a pid file is named by an app's
//! name that PM2 has changed, so that it may be another app's. So a process counts as an app's only
//! where it shows it itself: by the time at which it was started, its directory and what PM2 put
//! into its environment. What cannot be told is left alone, and told.

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::app::App;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::event::{Event, Observer};
use super::memory::{Memory, Remembered};
use super::target::Target;
use crate::pm2::{self, Home, Process};

/// A process that a daemon left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Orphan {
    pub(super) app: String,
    /// The operating system's number of the process.
    pub(super) pid: u32,
    file: Option<Utf8PathBuf>,
    kill_timeout: Duration,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) orphans: Vec<Orphan>,
    /// Processes that may be of an app, and may as well be another's, with the app's name.
    pub(super) unclear: Vec<(String, u32)>,
}

/// How far the start of a process and the time of its pid file may lie apart. PM2 writes the file of
/// a cluster's process when Node has started; the operating system counts in whole seconds.
const BEFORE: u64 = 10;
const AFTER: u64 = 2;

/// An app, and what is known of it.
type Known<'m> = (&'m str, &'m Remembered);

/// Finds what a killed daemon of this home left of these apps of a target and, where all of it is
/// meant, of those that its ecosystem does not have any more.
pub(super) fn of_target(
    home: &Home,
    target: &Target,
    apps: &[&App],
    memory: &Memory,
    listed: &[Process],
) -> Found {
    let app = |name: &str| apps.iter().copied().find(|app| app.name == name);
    let (mut meant, others): (Vec<Known<'_>>, Vec<Known<'_>>) =
        memory.iter().partition(|(name, remembered)| remembered.concerns(target, app(name)));
    // What was remembered may have been lost, or is of another app that had the name.
    let is_known = |app: &App| meant.iter().any(|(known, _)| *known == app.name);
    let forgotten = apps.iter().filter(|app| !is_known(app));
    let forgotten: Vec<(&str, Remembered)> = forgotten
        .map(|app| (app.name.as_str(), Remembered::guessed(app, target.owner(), home)))
        .collect();
    meant.extend(forgotten.iter().map(|(name, remembered)| (*name, remembered)));
    find(home, &meant, &others, listed)
}

/// Finds the orphans of the apps that are meant. `others` are all other apps that may have processes
/// like theirs.
fn find(home: &Home, meant: &[Known<'_>], others: &[Known<'_>], listed: &[Process]) -> Found {
    if meant.is_empty() {
        return Found::default();
    }
    let mut traces = Vec::new();
    for known in meant {
        traces.extend(traces_of(known, listed));
    }
    let is_listed = |pid: u32| listed.iter().any(|process| process.pid == pid);
    let search = Search { processes: Processes::all(), home, meant, others };
    let mut found = Found::default();
    for trace in traces.into_iter().filter(|trace| !is_listed(trace.pid)) {
        let verdict = search.verdict(&trace);
        found.add(verdict, trace.app, trace.pid, trace.file);
    }
    for (verdict, known, pid) in search.without_file() {
        if !is_listed(pid) {
            found.add(verdict, known, pid, None);
        }
    }
    let orphans = &found.orphans;
    found.unclear.retain(|(_, pid)| orphans.iter().all(|orphan| orphan.pid != *pid));
    found
}

impl Found {
    fn add(
        &mut self,
        verdict: Verdict,
        (app, remembered): Known<'_>,
        pid: u32,
        file: Option<Utf8PathBuf>,
    ) {
        match verdict {
            Verdict::Another => {}
            Verdict::Its if self.orphans.iter().any(|known| known.pid == pid) => {}
            Verdict::Its => {
                let kill_timeout = remembered.kill_timeout();
                self.orphans.push(Orphan { app: app.to_owned(), pid, file, kill_timeout });
            }
            Verdict::Unclear if self.unclear.iter().any(|(_, known)| *known == pid) => {}
            Verdict::Unclear => self.unclear.push((app.to_owned(), pid)),
        }
    }
}

/// Whose a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Its,
    Another,
    Unclear,
}

/// Where a process may be that a daemon left behind.
struct Trace<'m> {
    app: Known<'m>,
    pid: u32,
    file: Option<Utf8PathBuf>,
    /// When it can have been started, in seconds of the Unix time, to be the app's.
    started: RangeInclusive<u64>,
}

fn traces_of<'m>(known: &Known<'m>, listed: &[Process]) -> Vec<Trace<'m>> {
    let (app, remembered) = *known;
    let mut traces = Vec::new();
    for file in pm2::numbered_pids(&remembered.pid_files) {
        let pid = pm2::read_pid(file.as_std_path());
        let written = fs::symlink_metadata(&file).and_then(|metadata| metadata.modified()).ok();
        let (Some(pid), Some(written)) = (pid, written.and_then(seconds)) else { continue };
        let started = written.saturating_sub(BEFORE)..=written + AFTER;
        traces.push(Trace { app: *known, pid, file: Some(file), started });
    }
    // Another run can have been ended while PM2 went on with what it was asked for.
    let stopping = |process: &Process| process.name == app && process.status == "stopping";
    if !listed.iter().any(stopping) {
        traces.extend(remembered.ending.iter().map(|pid| Trace {
            app: *known,
            pid: *pid,
            file: None,
            started: 0..=remembered.ending_at + AFTER,
        }));
    }
    traces.extend(remembered.seen.iter().map(|seen| Trace {
        app: *known,
        pid: seen.pid,
        file: None,
        started: seen.started.saturating_sub(AFTER)..=seen.started + AFTER,
    }));
    traces
}

/// How long is waited for processes that were killed: one that hangs in the system's own code cannot
/// end.
const KILLED: Duration = Duration::from_secs(5);

/// Ends orphans with all their children: as PM2 does, with SIGINT, and with SIGKILL after the app's
/// `kill_timeout`. A shell's background processes, for one, do not listen to SIGINT.
pub(super) fn end(orphans: Vec<Orphan>, observe: &mut Observer<'_>) {
    for orphan in &orphans {
        observe(Event::Orphan { app: orphan.app.clone(), pid: orphan.pid });
        signal(orphan.pid, false);
    }
    let start = Instant::now();
    let mut left = orphans;
    while !left.is_empty() {
        left.retain(|orphan| {
            let time = start.elapsed();
            let lives = group_lives(orphan);
            if let (false, Some(file)) = (lives, &orphan.file) {
                // PM2 writes over a file that stays.
                let _ = fs::remove_file(file);
            }
            if lives && time >= orphan.kill_timeout {
                signal(orphan.pid, true);
            }
            lives && time < orphan.kill_timeout + KILLED
        });
        if !left.is_empty() {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The processes that PM2's pid files name, those of all apps.
fn in_pid_files(home: &Home) -> BTreeSet<u32> {
    let files = fs::read_dir(home.pids()).into_iter().flatten().flatten();
    files.filter_map(|file| pm2::read_pid(&file.path())).collect()
}

fn seconds(time: SystemTime) -> Option<u64> {
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// What a search looks at.
struct Search<'s> {
    processes: Processes,
    home: &'s Home,
    meant: &'s [Known<'s>],
    others: &'s [Known<'s>],
}

impl<'s> Search<'s> {
    /// Whose the process of a trace is.
    fn verdict(&self, trace: &Trace<'_>) -> Verdict {
        let (app, remembered) = trace.app;
        let was_seen = remembered.seen.iter().any(|seen| seen.pid == trace.pid);
        let is_shared = trace.file.is_some() && !was_seen && self.shares_files(&trace.app);
        let Some(process) = self.processes.alive(trace.pid) else {
            // Its children live on.
            let children = self.processes.left_by(trace.pid);
            let verdicts = children.map(|child| match told(child, self.home) {
                Told::Name { name, ours } => by_name(&name, ours, app),
                Told::Nothing if is_shared => Verdict::Unclear,
                Told::Nothing => Verdict::Its,
                // Whoever has the number of a session now.
                Told::AnotherHome | Told::Unreadable => Verdict::Another,
            });
            return worst(verdicts);
        };
        if !trace.started.contains(&process.start_time()) {
            return Verdict::Another;
        }
        match told(process, self.home) {
            Told::AnotherHome => Verdict::Another,
            _ if remembered.has_seen(trace.pid, process.start_time()) => Verdict::Its,
            Told::Name { name, ours } => by_name(&name, ours, app),
            Told::Unreadable => Verdict::Unclear,
            // PM2 gives each process its name. From ours it is taken away.
            Told::Nothing if !is_shared && !remembered.is_guess => Verdict::Its,
            Told::Nothing => {
                let is_there = |(_, remembered): &Known<'_>| is_in(process, &remembered.directory);
                let neighbours = self.neighbours(app);
                let mut alike = neighbours.filter(|other| shares(other, &trace.app));
                let is_anothers = alike.any(|other| is_there(&other));
                match (is_in(process, &remembered.directory), is_anothers) {
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

    /// The processes of the apps that a daemon of this home started which is not the present one,
    /// by their environment: PM2 gives each the channel to its daemon, and of others all its
    /// settings of the app, `name` among them, which are taken away from ours before they start.
    fn without_file(&self) -> Vec<(Verdict, Known<'s>, u32)> {
        let daemon = pm2::read_pid(&self.home.path().join("pm2.pid"));
        let daemon = daemon.and_then(|pid| Some(self.processes.alive(pid)?.start_time()));
        let filed = in_pid_files(self.home);
        let mut found = Vec::new();
        for (pid, process) in self.processes.0.processes() {
            if filed.contains(&pid.as_u32()) {
                continue;
            }
            let is_leader = process.session_id() == Some(*pid);
            let is_older = daemon.is_none_or(|daemon| process.start_time() < daemon);
            if !is_leader || !is_older || !is_alive(process) {
                continue;
            }
            let Some(_channel) = variable(process, "NODE_CHANNEL_FD") else { continue };
            let its = |known: &Known<'_>| match told(process, self.home) {
                Told::Name { name, ours } => by_name(&name, ours, known.0) == Verdict::Its,
                Told::Nothing => is_in(process, &known.1.directory),
                Told::AnotherHome | Told::Unreadable => false,
            };
            let Some(known) = self.meant.iter().find(|known| its(known)) else { continue };
            let verdict = match self.others.iter().any(its) {
                true => Verdict::Unclear,
                false => Verdict::Its,
            };
            found.push((verdict, *known, pid.as_u32()));
        }
        found
    }
}

/// Whether two apps may have pid files of one name.
fn shares((_, one): &Known<'_>, (_, other): &Known<'_>) -> bool {
    one.pid_files == other.pid_files
}

/// Whose a process is that has the settings of its app in its environment.
fn by_name(name: &str, ours: bool, app: &str) -> Verdict {
    match (name == app, ours) {
        (false, _) => Verdict::Another,
        (true, true) => Verdict::Its,
        // Somebody may have started another app of that name by hand.
        (true, false) => Verdict::Unclear,
    }
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

/// What the operating system knows of processes.
pub(super) struct Processes(System);

impl Processes {
    fn all() -> Processes {
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing()
            .with_environ(UpdateKind::OnlyIfNotSet)
            .with_cwd(UpdateKind::OnlyIfNotSet);
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind.without_tasks());
        Processes(system)
    }

    /// What is known of these processes' starts.
    pub(super) fn of(pids: impl Iterator<Item = u32>) -> Processes {
        let mut system = System::new();
        let pids: Vec<Pid> = pids.map(Pid::from_u32).collect();
        let kind = ProcessRefreshKind::nothing().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, kind);
        Processes(system)
    }

    /// When a process was started, in seconds of the Unix time; `None` when it has ended.
    pub(super) fn started(&self, pid: u32) -> Option<u64> {
        self.alive(pid).map(sysinfo::Process::start_time)
    }

    fn alive(&self, pid: u32) -> Option<&sysinfo::Process> {
        self.0.process(Pid::from_u32(pid)).filter(|process| is_alive(process))
    }

    /// The children that a process has left when it ended. PM2 starts each process as the leader of
    /// a session, whose number nobody else gets while somebody belongs to it.
    fn left_by(&self, leader: u32) -> impl Iterator<Item = &sysinfo::Process> {
        let leader = Pid::from_u32(leader);
        let all = self.0.processes().values();
        all.filter(move |process| process.session_id() == Some(leader) && is_alive(process))
    }
}

/// What the environment of a process tells of who started it.
enum Told {
    /// Another PM2 did, or somebody else.
    AnotherHome,
    /// This PM2, for an app of this name; and whether an operation asked for it.
    Name { name: String, ours: bool },
    /// This PM2, whose settings were taken away.
    Nothing,
    /// It cannot be read, or was written over.
    Unreadable,
}

fn told(process: &sysinfo::Process, home: &Home) -> Told {
    let Some(known) = variable(process, "PM2_HOME") else {
        // A program may use the place of its environment for its title.
        return match variable(process, "PATH").is_some() {
            true => Told::AnotherHome,
            false => Told::Unreadable,
        };
    };
    if std::path::Path::new(known) != home.path() {
        return Told::AnotherHome;
    }
    if let Some(settings) = variable(process, "pm2_env") {
        let settings: Option<serde_json::Value> = serde_json::from_str(settings).ok();
        let ours = settings.as_ref().is_some_and(|settings| settings.get("promethean").is_some());
        let name = settings.as_ref().and_then(|settings| settings.get("name")?.as_str());
        return name.map_or(Told::Unreadable, |name| Told::Name { name: name.to_owned(), ours });
    }
    let ours = variable(process, "promethean_app").is_some();
    let name = variable(process, "name");
    name.map_or(Told::Nothing, |name| Told::Name { name: name.to_owned(), ours })
}

fn is_in(process: &sysinfo::Process, directory: &Utf8Path) -> bool {
    let Some(there) = process.cwd() else { return false };
    there == directory.as_std_path()
        || directory.canonicalize().is_ok_and(|directory| there == directory)
}

/// A variable of a process.
fn variable<'p>(process: &'p sysinfo::Process, name: &str) -> Option<&'p str> {
    let mut variables = process.environ().iter().filter_map(|variable| variable.to_str());
    variables.find_map(|variable| variable.strip_prefix(name)?.strip_prefix('='))
}

fn is_alive(process: &sysinfo::Process) -> bool {
    !matches!(process.status(), sysinfo::ProcessStatus::Zombie | sysinfo::ProcessStatus::Dead)
}

/// Signals an orphan and its children: PM2 starts each process as the leader of a group of its own.
#[cfg(unix)]
fn signal(pid: u32, kill: bool) {
    use rustix::process::{Signal, kill_process_group};
    let signal = if kill { Signal::KILL } else { Signal::INT };
    if let Some(leader) = leader(pid) {
        // It may have ended since.
        let _ = kill_process_group(leader, signal);
    }
}

/// Whether an orphan or one of its children is alive.
#[cfg(unix)]
fn group_lives(orphan: &Orphan) -> bool {
    use rustix::process::test_kill_process_group;
    leader(orphan.pid).is_some_and(|pid| test_kill_process_group(pid).is_ok())
}

#[cfg(unix)]
fn leader(pid: u32) -> Option<rustix::process::Pid> {
    i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw)
}

#[cfg(not(unix))]
fn signal(pid: u32, _: bool) {
    let system = Processes::all().0;
    if let Some(process) = system.process(Pid::from_u32(pid)) {
        process.kill();
    }
}

#[cfg(not(unix))]
fn group_lives(orphan: &Orphan) -> bool {
    Processes::all().started(orphan.pid).is_some()
}
