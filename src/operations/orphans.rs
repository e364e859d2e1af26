//! Processes that a PM2 daemon left behind when it was killed.
//!
//! They live on under init, hold their ports, and no daemon knows them. They are found by PM2's pid
//! files: one whose process was started when the file was written, and which the daemon does not
//! list, is an orphan.

use std::fs;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::event::{Event, Observer};
use super::memory::Remembered;
use crate::pm2::Process;

/// A process that a daemon left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Orphan {
    app: String,
    pid: u32,
    /// In seconds of the Unix time.
    started: u64,
    file: Utf8PathBuf,
    kill_timeout: Duration,
}

/// How far the start of a process and the time of its pid file may lie apart. PM2 writes the file of
/// a cluster's process when Node has started; the operating system counts in whole seconds.
const BEFORE: u64 = 10;
const AFTER: u64 = 2;

/// Finds the orphans of these apps.
pub(super) fn find<'m>(
    apps: impl Iterator<Item = (&'m str, &'m Remembered)>,
    listed: &[Process],
) -> Vec<Orphan> {
    let mut files = Vec::new();
    for (app, remembered) in apps {
        for file in pid_files(&remembered.pid_files) {
            let pid = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
            let written = fs::metadata(&file).and_then(|metadata| metadata.modified()).ok();
            let (Some(pid), Some(written)) = (pid, written.and_then(seconds)) else { continue };
            if listed.iter().all(|process| process.pid != pid) {
                files.push((app, remembered, file, pid, written));
            }
        }
    }
    if files.is_empty() {
        return Vec::new();
    }
    let processes = Processes::of(files.iter().map(|(_, _, _, pid, _)| *pid));
    let orphan = |(app, remembered, file, pid, written): (&str, &Remembered, _, u32, u64)| {
        let started = processes.started(pid)?;
        let is_its = started <= written + AFTER && started + BEFORE >= written;
        is_its.then(|| Orphan {
            app: app.to_owned(),
            pid,
            started,
            file,
            kill_timeout: remembered.kill_timeout(),
        })
    };
    files.into_iter().filter_map(orphan).collect()
}

/// Ends orphans with all their children: as PM2 does, with SIGINT, and with SIGKILL after the app's
/// `kill_timeout`.
pub(super) fn end(orphans: Vec<Orphan>, observe: &mut Observer<'_>) {
    for orphan in &orphans {
        observe(Event::Orphan { app: orphan.app.clone(), pid: orphan.pid });
        signal_group(orphan.pid, false);
    }
    let start = Instant::now();
    let mut left = orphans;
    while !left.is_empty() {
        let processes = Processes::of(left.iter().map(|orphan| orphan.pid));
        left.retain(|orphan| {
            let lives = processes.started(orphan.pid) == Some(orphan.started);
            if !lives {
                // PM2 writes over a file that stays.
                let _ = fs::remove_file(&orphan.file);
            } else if start.elapsed() >= orphan.kill_timeout {
                signal_group(orphan.pid, true);
            }
            lives
        });
        if !left.is_empty() {
            thread::sleep(Duration::from_millis(50));
        }
        if start.elapsed() > Duration::from_secs(60) {
            return;
        }
    }
}

/// The files `<beginning>-<number>.pid`.
fn pid_files(beginning: &Utf8Path) -> Vec<Utf8PathBuf> {
    let (Some(directory), Some(name)) = (beginning.parent(), beginning.file_name()) else {
        return Vec::new();
    };
    let Ok(entries) = directory.read_dir_utf8() else { return Vec::new() };
    let is_its = |file: &str| {
        let number = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        let number = number.and_then(|rest| rest.strip_suffix(".pid"));
        number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let files = entries.flatten().filter(|entry| is_its(entry.file_name()));
    files.map(|entry| entry.path().to_path_buf()).collect()
}

fn seconds(time: SystemTime) -> Option<u64> {
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// What the operating system knows of some processes.
struct Processes(System);

impl Processes {
    fn of(pids: impl Iterator<Item = u32>) -> Processes {
        let pids: Vec<Pid> = pids.map(Pid::from_u32).collect();
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Never);
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, kind);
        Processes(system)
    }

    /// When a process was started, in seconds of the Unix time; `None` when it has ended.
    fn started(&self, pid: u32) -> Option<u64> {
        let process = self.0.process(Pid::from_u32(pid))?;
        let ended = matches!(
            process.status(),
            sysinfo::ProcessStatus::Zombie | sysinfo::ProcessStatus::Dead
        );
        (!ended).then(|| process.start_time())
    }
}

/// PM2 starts each process as the leader of a group of its own.
#[cfg(unix)]
fn signal_group(pid: u32, kill: bool) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    let signal = if kill { Signal::KILL } else { Signal::INT };
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    // It may have ended since; one in another's group is ended alone.
    if kill_process_group(pid, signal).is_err() {
        let _ = kill_process(pid, signal);
    }
}

#[cfg(not(unix))]
fn signal_group(pid: u32, _: bool) {
    let system = Processes::of([pid].into_iter()).0;
    if let Some(process) = system.process(Pid::from_u32(pid)) {
        process.kill();
    }
}
