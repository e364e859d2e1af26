//! Processes that a PM2 daemon left behind when it was killed.
//!
//! They live on under init, hold their ports, and no daemon knows them. They are found by PM2's pid
//! files: what was started when the file was written, and which the daemon does not list, is an
//! orphan, and so are the children of one that has ended itself. What was about to be ended when
//! the daemon was killed may have lost its pid file; it is remembered. What it was about to start
//! may have none yet; it is known by what PM2 and the operation have put into its environment.

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use camino::Utf8PathBuf;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::event::{Event, Observer};
use super::memory::Remembered;
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

/// How far the start of a process and the time of its pid file may lie apart. PM2 writes the file of
/// a cluster's process when Node has started; the operating system counts in whole seconds.
const BEFORE: u64 = 10;
const AFTER: u64 = 2;

/// Finds the orphans of these apps, which a daemon of this home started.
pub(super) fn find<'m>(
    home: &Home,
    apps: impl Iterator<Item = (&'m str, &'m Remembered)>,
    listed: &[Process],
) -> Vec<Orphan> {
    let mut traces = Vec::new();
    let apps: Vec<(&str, &Remembered)> = apps.collect();
    if apps.is_empty() {
        return Vec::new();
    }
    for (app, remembered) in &apps {
        let (app, remembered) = (*app, *remembered);
        let kill_timeout = remembered.kill_timeout();
        let trace = |pid, file, started| Trace { app, pid, file, started, kill_timeout };
        for file in pm2::numbered(&remembered.pid_files) {
            let pid = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
            let written = fs::metadata(&file).and_then(|metadata| metadata.modified()).ok();
            let (Some(pid), Some(written)) = (pid, written.and_then(seconds)) else { continue };
            let started = written.saturating_sub(BEFORE)..=written + AFTER;
            traces.push(trace(pid, Some(file), started));
        }
        // Another run can have been ended while PM2 went on with what it was asked for.
        let stopping = |process: &&Process| process.name == app && process.status == "stopping";
        let ending = match listed.iter().find(stopping) {
            Some(_) => &[][..],
            None => remembered.ending.as_slice(),
        };
        for pid in ending {
            traces.push(trace(*pid, None, 0..=remembered.ending_at + AFTER));
        }
    }
    traces.retain(|trace| listed.iter().all(|process| process.pid != trace.pid));
    let processes = Processes::all();
    let mut orphans: Vec<Orphan> = Vec::new();
    for Trace { app, pid, file, started, kill_timeout } in traces {
        let is_its = match processes.started(pid) {
            Some(time) => started.contains(&time),
            None => processes.left_by(pid, home),
        };
        if is_its && orphans.iter().all(|known| known.pid != pid) {
            orphans.push(Orphan { app: app.to_owned(), pid, file, kill_timeout });
        }
    }
    for (app, remembered, pid) in processes.without_file(home, &apps) {
        let known = orphans.iter().any(|known| known.pid == pid);
        if !known && listed.iter().all(|process| process.pid != pid) {
            let kill_timeout = remembered.kill_timeout();
            orphans.push(Orphan { app: app.to_owned(), pid, file: None, kill_timeout });
        }
    }
    orphans
}

/// Where a process may be that a daemon left behind.
struct Trace<'m> {
    app: &'m str,
    pid: u32,
    file: Option<Utf8PathBuf>,
    /// When it can have been started, in seconds of the Unix time, to be the app's.
    started: RangeInclusive<u64>,
    kill_timeout: Duration,
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

    /// When a process was started, in seconds of the Unix time; `None` when it has ended.
    fn started(&self, pid: u32) -> Option<u64> {
        let process = self.0.process(Pid::from_u32(pid))?;
        is_alive(process).then(|| process.start_time())
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

    /// The processes of these apps that a daemon of this home started which is not the present one,
    /// by their environment: PM2 gives each the channel to its daemon, and of others all its
    /// settings of the app, `name` among them, which are taken away from ours before they start.
    fn without_file<'m>(
        &self,
        home: &Home,
        apps: &[(&'m str, &'m Remembered)],
    ) -> Vec<(&'m str, &'m Remembered, u32)> {
        let daemon = fs::read_to_string(home.path().join("pm2.pid")).ok();
        let daemon = daemon.and_then(|pid| self.started(pid.trim().parse().ok()?));
        let filed = in_pid_files(home);
        let mut found = Vec::new();
        for (pid, process) in self.0.processes() {
            if filed.contains(&pid.as_u32()) {
                continue;
            }
            let is_leader = process.session_id() == Some(*pid);
            let is_older = daemon.is_none_or(|daemon| process.start_time() < daemon);
            if !is_leader || !is_older || !is_alive(process) || !knows(process, home) {
                continue;
            }
            let Some(_channel) = variable(process, "NODE_CHANNEL_FD") else { continue };
            let name = variable(process, "name");
            let app = apps.iter().find(|(app, remembered)| {
                let is_there = process.cwd() == Some(remembered.directory.as_std_path());
                is_there && name.is_none_or(|name| name == *app)
            });
            found.extend(app.map(|(app, remembered)| (*app, *remembered, pid.as_u32())));
        }
        found
    }
}

/// Whether a process was started by a daemon of this home, or by what one started.
fn knows(process: &sysinfo::Process, home: &Home) -> bool {
    variable(process, "PM2_HOME").is_some_and(|known| std::path::Path::new(known) == home.path())
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
