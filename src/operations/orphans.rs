//! Processes that PM2 does not list.
//!
//! When a PM2 daemon is killed, what it ran lives on under init, holds its ports, and no daemon knows
//! it. Such orphans are found by PM2's pid files: what was started when the file was written, and
//! which the daemon does not list, is an orphan, and so are the children of one that has ended
//! itself. What was about to be ended when the daemon was killed may have lost its pid file; it is
//! remembered. What it was about to start may have none yet; it is known by what PM2 and the
//! operation have put into its environment.
//!
//! A daemon that lives has processes, too, that it does not list: the old one while a cluster is
//! reloaded (`_old_0` in `lib/God/Reload.js`), and what it is about to end. These are PM2's, and end.
//! A process that does not has been lost: PM2 has given its number to another, which happens when
//! two ask it at a time to end a process.

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::event::{Event, Observer};
use super::memory::Remembered;
use super::times::Times;
use crate::pm2::{self, Home, Process};

/// A process that no daemon lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Orphan {
    pub(super) app: String,
    /// The operating system's number of the process.
    pub(super) pid: u32,
    file: Option<Utf8PathBuf>,
    kill_timeout: Duration,
    group: Group,
    /// Whether it is a process of the daemon that lives.
    lost: bool,
}

/// The processes that end with one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Group {
    /// PM2 starts each process as the leader of a group of its own,
    Led,
    /// but those of a cluster, which are in the daemon's. These are their descendants.
    Descendants(Vec<u32>),
}

/// What is found that no daemon lists.
#[derive(Debug, Default)]
pub(super) struct Unlisted {
    /// What no daemon ends.
    pub(super) orphans: Vec<Orphan>,
    /// What the daemon is about to end or to list.
    pub(super) held: Vec<Orphan>,
}

/// How far the start of a process and the time of its pid file may lie apart. PM2 writes the file of
/// a cluster's process when Node has started; the operating system counts in whole seconds.
const BEFORE: u64 = 10;
const AFTER: u64 = 2;

/// How long PM2 may take to end or replace a process, beyond what the app itself may take.
const SLACK: Duration = Duration::from_secs(10);

/// What a look at PM2 has found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'l> {
    pub(super) home: &'l Home,
    /// Whether a daemon runs.
    pub(super) daemon: bool,
    /// What it lists.
    pub(super) listed: &'l [Process],
    /// Whether another run is at work, which may have asked the daemon for anything.
    pub(super) at_work: bool,
}

/// Finds what belongs to these apps and is not listed.
pub(super) fn find<'m>(
    look: Look<'_>,
    apps: impl Iterator<Item = (&'m str, &'m Remembered)>,
) -> Unlisted {
    let Look { home, daemon, listed, .. } = look;
    let mut traces = Vec::new();
    let apps: Vec<(&str, &Remembered)> = apps.collect();
    if apps.is_empty() {
        return Unlisted::default();
    }
    for (app, remembered) in &apps {
        let (app, remembered) = (*app, *remembered);
        let trace = |pid, file, started| Trace { app, remembered, pid, file, started };
        for file in pm2::numbered(&remembered.pid_files) {
            let pid = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
            let written = fs::metadata(&file).and_then(|metadata| metadata.modified()).ok();
            let (Some(pid), Some(written)) = (pid, written.and_then(seconds)) else { continue };
            let started = written.saturating_sub(BEFORE)..=written + AFTER;
            traces.push(trace(pid, Some(file), started));
        }
        for pid in &remembered.ending {
            traces.push(trace(*pid, None, 0..=remembered.ending_at + AFTER));
        }
    }
    let is_listed = |pid: u32| listed.iter().any(|process| process.pid == pid);
    traces.retain(|trace| !is_listed(trace.pid));
    let processes = Processes::all();
    let daemon = daemon.then(|| processes.daemon(home, listed)).flatten();
    let hands = Hands { look, daemon, processes: &processes };
    let mut unlisted = Unlisted::default();
    let mut known = BTreeSet::new();
    for Trace { app, remembered, pid, file, started } in traces {
        let lives = processes.started(pid);
        let is_its = match lives {
            Some(time) => started.contains(&time),
            None => processes.left_by(pid, home),
        };
        if !is_its || !known.insert(pid) {
            continue;
        }
        let is_held = match lives {
            Some(_) => hands.hold(pid, app, remembered),
            None => hands.end(started.end().saturating_sub(AFTER), app, remembered),
        };
        unlisted.add(is_held, hands.orphan(pid, app, remembered, file));
    }
    for (app, remembered, pid) in processes.without_file(home, daemon, &apps) {
        if is_listed(pid) || !known.insert(pid) {
            continue;
        }
        let is_held = hands.hold(pid, app, remembered);
        unlisted.add(is_held, hands.orphan(pid, app, remembered, None));
    }
    unlisted
}

impl Unlisted {
    fn add(&mut self, is_held: bool, orphan: Orphan) {
        if is_held { self.held.push(orphan) } else { self.orphans.push(orphan) }
    }
}

/// What the daemon has in its hands.
struct Hands<'h> {
    look: Look<'h>,
    /// The daemon's process.
    daemon: Option<Pid>,
    processes: &'h Processes,
}

impl Hands<'_> {
    fn orphan(
        &self,
        pid: u32,
        app: &str,
        remembered: &Remembered,
        file: Option<Utf8PathBuf>,
    ) -> Orphan {
        Orphan {
            app: app.to_owned(),
            pid,
            file,
            kill_timeout: remembered.kill_timeout(),
            group: self.processes.group(pid),
            lost: self.have(pid),
        }
    }

    /// Whether a process is one of the daemon.
    fn have(&self, pid: u32) -> bool {
        let parent = self.processes.get(pid).and_then(sysinfo::Process::parent);
        self.daemon.is_some() && parent == self.daemon
    }

    /// Whether the daemon is about to end or to list a process of its own. One that it has restarted
    /// since it was asked for its list is not in there.
    fn hold(&self, pid: u32, app: &str, remembered: &Remembered) -> bool {
        let is_young = || {
            let (started, now) = (self.processes.started(pid), seconds(SystemTime::now()));
            started.zip(now).is_some_and(|(started, now)| started + SLACK.as_secs() > now)
        };
        self.have(pid) && (is_young() || self.is_busy(app, remembered))
    }

    /// Whether the daemon is about to end what a process has left: it was there at that time.
    fn end(&self, asked: u64, app: &str, remembered: &Remembered) -> bool {
        let begun = self.daemon.and_then(|daemon| self.processes.started(daemon.as_u32()));
        begun.is_some_and(|begun| begun < asked) && self.is_busy(app, remembered)
    }

    /// Whether the daemon may be at work on an app: it says so, it was asked a moment ago, or it has
    /// started a process a moment ago, in the place of another.
    fn is_busy(&self, app: &str, remembered: &Remembered) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let own = || self.look.listed.iter().filter(|process| process.name == app);
        let grace = own().map(time_to_end).max().unwrap_or_default();
        let grace = grace.max(Times::end_within(remembered.kill_timeout()) + SLACK);
        let asked = Duration::from_secs(remembered.ending_at);
        self.look.at_work
            || asked + grace > now
            || own().any(|process| {
                process.is_stopping()
                    || process.is_launching()
                    || Duration::from_millis(process.since) + grace > now
            })
    }
}

/// How long PM2 may take to replace a process of an app as it was started: it waits for the new one,
/// and asks the old one twice.
pub(super) fn time_to_end(process: &Process) -> Duration {
    Times::of_process(process).replace() + SLACK
}

/// Where a process may be that a daemon left behind.
struct Trace<'m> {
    app: &'m str,
    remembered: &'m Remembered,
    pid: u32,
    file: Option<Utf8PathBuf>,
    /// When it can have been started, in seconds of the Unix time, to be the app's.
    started: RangeInclusive<u64>,
}

/// How long is waited for processes that were killed: one that hangs in the system's own code cannot
/// end.
const KILLED: Duration = Duration::from_secs(5);

/// Ends orphans with all their children: as PM2 does, with SIGINT, and with SIGKILL after the app's
/// `kill_timeout`. A shell's background processes, for one, do not listen to SIGINT.
pub(super) fn end(orphans: Vec<Orphan>, observe: &mut Observer<'_>) {
    for orphan in &orphans {
        let Orphan { app, pid, lost, .. } = orphan;
        observe(Event::Orphan { app: app.clone(), pid: *pid, lost: *lost });
        signal(orphan, false);
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
                signal(orphan, true);
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
    let pids = files.filter_map(|file| fs::read_to_string(file.path()).ok()?.trim().parse().ok());
    pids.collect()
}

fn seconds(time: SystemTime) -> Option<u64> {
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// What the operating system knows of processes.
struct Processes(System);

impl Processes {
    fn all() -> Processes {
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing()
            .with_environ(UpdateKind::OnlyIfNotSet)
            .with_cwd(UpdateKind::OnlyIfNotSet);
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind.without_tasks());
        Processes(system)
    }

    fn get(&self, pid: u32) -> Option<&sysinfo::Process> {
        self.0.process(Pid::from_u32(pid)).filter(|process| is_alive(process))
    }

    /// When a process was started, in seconds of the Unix time; `None` when it has ended.
    fn started(&self, pid: u32) -> Option<u64> {
        self.get(pid).map(sysinfo::Process::start_time)
    }

    /// The daemon that runs in a home: the parent of what it lists. Its pid file can be that of
    /// another, who was killed.
    fn daemon(&self, home: &Home, listed: &[Process]) -> Option<Pid> {
        let mut online = listed.iter().filter(|process| process.is_online());
        let parent = |process: &Process| self.get(process.pid)?.parent();
        online.find_map(parent).or_else(|| {
            let pid = fs::read_to_string(home.daemon_pid()).ok()?.trim().parse().ok()?;
            self.get(pid).map(sysinfo::Process::pid)
        })
    }

    /// Whether a process that has ended left children. PM2 starts each process as the leader of
    /// a session, whose number nobody else gets while somebody belongs to it; and each knows the
    /// home of its PM2.
    fn left_by(&self, leader: u32, home: &Home) -> bool {
        let leader = Pid::from_u32(leader);
        self.0.processes().values().any(|process| {
            process.session_id() == Some(leader) && is_alive(process) && knows(process, home)
        })
    }

    /// The processes that end with one.
    fn group(&self, pid: u32) -> Group {
        let Some(process) = self.get(pid) else { return Group::Led };
        if process.session_id() == Some(process.pid()) {
            return Group::Led;
        }
        let mut found = vec![process.pid()];
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            next += 1;
            let children = self.0.processes().values().filter(|child| {
                child.parent() == Some(parent) && is_alive(child) && !found.contains(&child.pid())
            });
            let children: Vec<Pid> = children.map(sysinfo::Process::pid).collect();
            found.extend(children);
        }
        Group::Descendants(found.into_iter().skip(1).map(Pid::as_u32).collect())
    }

    /// The processes of these apps that a daemon of this home started and that have no pid file, by
    /// their environment: those of another daemon than the present one, and its own children. PM2
    /// gives each process the channel to its daemon. In a cluster it gives it all its settings of the
    /// app in one variable, else each as one, `name` among them, which are taken away from ours
    /// before they start.
    fn without_file<'m>(
        &self,
        home: &Home,
        daemon: Option<Pid>,
        apps: &[(&'m str, &'m Remembered)],
    ) -> Vec<(&'m str, &'m Remembered, u32)> {
        let begun = daemon.and_then(|daemon| self.started(daemon.as_u32()));
        let filed = in_pid_files(home);
        let mut found = Vec::new();
        for (pid, process) in self.0.processes() {
            if filed.contains(&pid.as_u32()) || !is_alive(process) {
                continue;
            }
            let is_older = begun.is_none_or(|begun| process.start_time() < begun);
            let is_child = daemon.is_some() && process.parent() == daemon;
            if !is_older && !is_child {
                continue;
            }
            let Some(_channel) = variable(process, "NODE_CHANNEL_FD") else { continue };
            let app = match Worker::of(process) {
                Some(worker) if worker.knows(home) => {
                    apps.iter().find(|(app, remembered)| worker.belongs_to(app, remembered))
                }
                None if process.session_id() == Some(*pid) && knows(process, home) => {
                    let name = variable(process, "name");
                    apps.iter().find(|(app, remembered)| {
                        let is_there = process.cwd() == Some(remembered.directory.as_std_path());
                        is_there && name.is_none_or(|name| name == *app)
                    })
                }
                Some(_) | None => None,
            };
            found.extend(app.map(|(app, remembered)| (*app, *remembered, pid.as_u32())));
        }
        found
    }
}

/// What PM2 tells a process of a cluster (`nodeApp` in `lib/God/ClusterMode.js`).
#[derive(Deserialize)]
struct Worker {
    name: String,
    pm_cwd: Utf8PathBuf,
    #[serde(rename = "PM2_HOME")]
    home: Option<String>,
}

impl Worker {
    fn of(process: &sysinfo::Process) -> Option<Worker> {
        let _number_in_cluster = variable(process, "NODE_UNIQUE_ID")?;
        serde_json::from_str(variable(process, "pm2_env")?).ok()
    }

    fn knows(&self, home: &Home) -> bool {
        self.home.as_ref().is_some_and(|known| is_same(Path::new(known), home))
    }

    fn belongs_to(&self, app: &str, remembered: &Remembered) -> bool {
        self.name == app && same_directory(&self.pm_cwd, &remembered.directory)
    }
}

/// Whether two paths are one.
fn same_directory(one: &Utf8Path, other: &Utf8Path) -> bool {
    one == other
        || one
            .canonicalize_utf8()
            .is_ok_and(|one| Ok(one) == other.canonicalize_utf8().map_err(drop))
}

/// Whether a process was started by a daemon of this home, or by what one started.
fn knows(process: &sysinfo::Process, home: &Home) -> bool {
    variable(process, "PM2_HOME").is_some_and(|known| is_same(Path::new(known), home))
}

/// Whether a path is that of a home, or leads to it.
fn is_same(path: &Path, home: &Home) -> bool {
    let leads = || {
        let (path, home) = (path.canonicalize().ok()?, home.path().canonicalize().ok()?);
        Some(path == home)
    };
    path == home.path() || path.is_absolute() && leads() == Some(true)
}

/// A variable of a process.
fn variable<'p>(process: &'p sysinfo::Process, name: &str) -> Option<&'p str> {
    let mut variables = process.environ().iter().filter_map(|variable| variable.to_str());
    variables.find_map(|variable| variable.strip_prefix(name)?.strip_prefix('='))
}

fn is_alive(process: &sysinfo::Process) -> bool {
    !matches!(process.status(), sysinfo::ProcessStatus::Zombie | sysinfo::ProcessStatus::Dead)
}

/// Signals an orphan and all that end with it.
#[cfg(unix)]
fn signal(orphan: &Orphan, kill: bool) {
    use rustix::process::{Signal, kill_process, kill_process_group};
    let signal = if kill { Signal::KILL } else { Signal::INT };
    // They may have ended since.
    match &orphan.group {
        Group::Led => {
            if let Some(leader) = number(orphan.pid) {
                let _ = kill_process_group(leader, signal);
            }
        }
        Group::Descendants(others) => {
            for pid in std::iter::once(&orphan.pid).chain(others).copied().filter_map(number) {
                let _ = kill_process(pid, signal);
            }
        }
    }
}

/// Whether an orphan or one that ends with it is alive.
#[cfg(unix)]
fn group_lives(orphan: &Orphan) -> bool {
    use rustix::process::{test_kill_process, test_kill_process_group};
    match &orphan.group {
        Group::Led => number(orphan.pid).is_some_and(|pid| test_kill_process_group(pid).is_ok()),
        Group::Descendants(others) => {
            let mut pids = std::iter::once(&orphan.pid).chain(others).copied().filter_map(number);
            pids.any(|pid| test_kill_process(pid).is_ok())
        }
    }
}

#[cfg(unix)]
fn number(pid: u32) -> Option<rustix::process::Pid> {
    i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw)
}

#[cfg(not(unix))]
fn signal(orphan: &Orphan, _: bool) {
    let system = Processes::all().0;
    if let Some(process) = system.process(Pid::from_u32(orphan.pid)) {
        process.kill();
    }
}

#[cfg(not(unix))]
fn group_lives(orphan: &Orphan) -> bool {
    Processes::all().started(orphan.pid).is_some()
}
