//! What the operating system knows of processes.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use crate::engine::{Group, Process, ProcessStart};
use crate::pm2::Home;
use crate::pm2::store::read_pid;

/// What the operating system knows of processes.
pub(in crate::pm2) struct Processes(System);

impl Processes {
    pub(super) fn all() -> Processes {
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing()
            .with_environ(UpdateKind::OnlyIfNotSet)
            .with_cwd(UpdateKind::OnlyIfNotSet);
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind.without_tasks());
        Processes(system)
    }

    /// Who has started whom, and in which session.
    pub(super) fn numbers() -> Processes {
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        Processes(system)
    }

    /// What is known of these processes' starts.
    pub(in crate::pm2) fn of(pids: impl Iterator<Item = u32>) -> Processes {
        let mut system = System::new();
        let pids: Vec<Pid> = pids.map(Pid::from_u32).collect();
        let kind = ProcessRefreshKind::nothing().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, kind);
        Processes(system)
    }

    pub(super) fn get(&self, pid: u32) -> Option<&sysinfo::Process> {
        self.0.process(Pid::from_u32(pid)).filter(|process| is_alive(process))
    }

    pub(super) fn alive(&self) -> impl Iterator<Item = &sysinfo::Process> {
        self.0.processes().values().filter(|process| is_alive(process))
    }

    /// When a process was started, in seconds of the Unix time; `None` when it has ended.
    pub(in crate::pm2) fn started(&self, pid: u32) -> Option<u64> {
        self.get(pid).map(sysinfo::Process::start_time)
    }

    /// When a process was started; `None` when it has ended.
    pub(in crate::pm2) fn start(&self, pid: u32) -> Option<ProcessStart> {
        Some(ProcessStart { seconds: self.started(pid)?, since_boot: since_boot(pid) })
    }

    /// The daemon that runs in a home: the parent of what it lists. Its pid file can be that of
    /// another, who was killed.
    pub(super) fn daemon(&self, home: &Home, listed: &[Process]) -> Option<Pid> {
        let mut online = listed.iter().filter(|process| process.is_online());
        let parent = |process: &Process| self.get(process.pid)?.parent();
        online.find_map(parent).or_else(|| {
            let pid = read_pid(&home.daemon_pid())?;
            self.get(pid).map(sysinfo::Process::pid)
        })
    }

    /// The children that a process has left when it ended. PM2 starts each process as the leader of
    /// a session, whose number nobody else gets while somebody belongs to it.
    pub(super) fn left_by(&self, leader: u32) -> impl Iterator<Item = &sysinfo::Process> {
        let leader = Pid::from_u32(leader);
        self.alive().filter(move |process| process.session_id() == Some(leader))
    }

    /// The processes that end with one. PM2 starts each process as the leader of a group of its own, but
    /// those of a cluster, which are in the daemon's: they end with their descendants.
    pub(super) fn group(&self, pid: u32) -> Group {
        let Some(process) = self.get(pid) else { return Group::Led };
        if process.session_id() == Some(process.pid()) {
            return Group::Led;
        }
        let mut found = vec![process.pid()];
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            next += 1;
            let children = self
                .alive()
                .filter(|child| child.parent() == Some(parent) && !found.contains(&child.pid()));
            let children: Vec<Pid> = children.map(sysinfo::Process::pid).collect();
            found.extend(children);
        }
        Group::Descendants(found.into_iter().skip(1).map(Pid::as_u32).collect())
    }

    #[cfg(not(unix))]
    pub(super) fn kill(&self, pid: u32) {
        if let Some(process) = self.0.process(Pid::from_u32(pid)) {
            process.kill();
        }
    }
}

/// A variable of a process.
pub(super) fn variable<'p>(process: &'p sysinfo::Process, name: &str) -> Option<&'p str> {
    let mut variables = process.environ().iter().filter_map(|variable| variable.to_str());
    variables.find_map(|variable| variable.strip_prefix(name)?.strip_prefix('='))
}

/// When a process was started, by no clock: the system's own mark of its start, and the ticks since
/// then (proc(5), "/proc/pid/stat", field 22).
#[cfg(target_os = "linux")]
fn since_boot(pid: u32) -> Option<String> {
    use std::fs::read_to_string;
    use std::sync::LazyLock;
    static BOOT: LazyLock<Option<String>> =
        LazyLock::new(|| read_to_string("/proc/sys/kernel/random/boot_id").ok());
    let stat = read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets, which may have anything in it.
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks = rest.split_whitespace().nth(22 - 3)?;
    Some(format!("{} {ticks}", BOOT.as_deref()?.trim()))
}

#[cfg(not(target_os = "linux"))]
fn since_boot(_: u32) -> Option<String> {
    None
}

fn is_alive(process: &sysinfo::Process) -> bool {
    !matches!(process.status(), sysinfo::ProcessStatus::Zombie | sysinfo::ProcessStatus::Dead)
}
