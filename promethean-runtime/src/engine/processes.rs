//! What the operating system knows of processes.

use std::collections::{BTreeMap, BTreeSet};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::{Group, Process, ProcessId, ProcessStart, Seen};

/// What the operating system knows of processes.
pub(crate) struct Processes(System);

impl Processes {
    pub(crate) fn all() -> Processes {
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing()
            .with_environ(UpdateKind::OnlyIfNotSet)
            .with_cwd(UpdateKind::OnlyIfNotSet);
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind.without_tasks());
        Processes(system)
    }

    /// Who has started whom, and in which session.
    pub(crate) fn numbers() -> Processes {
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        Processes(system)
    }

    /// What is known of these processes' starts.
    pub(crate) fn of(pids: impl Iterator<Item = u32>) -> Processes {
        let mut system = System::new();
        let pids: Vec<Pid> = pids.map(Pid::from_u32).collect();
        let kind = ProcessRefreshKind::nothing().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, kind);
        Processes(system)
    }

    /// What is known of a process, with the variables that it was started with.
    pub(crate) fn with_variables(pid: u32) -> Processes {
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing().with_environ(UpdateKind::Always).without_tasks();
        let pids = [Pid::from_u32(pid)];
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, kind);
        Processes(system)
    }

    /// When these processes were started; ended processes are omitted.
    pub(crate) fn starts(pids: &[u32]) -> BTreeMap<u32, ProcessStart> {
        let processes = Processes::of(pids.iter().copied());
        let start = |pid: &u32| Some((*pid, processes.start(*pid)?));
        pids.iter().filter_map(start).collect()
    }

    /// The operating system's processes that belong to these of an engine.
    pub(crate) fn families(listed: &[&Process]) -> BTreeMap<ProcessId, Vec<Seen>> {
        let processes = Processes::numbers();
        let tree = Tree::of(&processes);
        let own = listed.iter().filter(|process| process.pid != 0);
        let families = own.map(|process| {
            let members = tree.family(process.pid).into_iter();
            let seen = members.filter_map(|pid| Some(Seen { pid, start: processes.start(pid)? }));
            (process.id, seen.collect())
        });
        families.collect()
    }

    pub(crate) fn get(&self, pid: u32) -> Option<&sysinfo::Process> {
        self.0.process(Pid::from_u32(pid)).filter(|process| is_alive(process))
    }

    pub(crate) fn alive(&self) -> impl Iterator<Item = &sysinfo::Process> {
        self.0.processes().values().filter(|process| is_alive(process))
    }

    /// When a process was started, in seconds of the Unix time; `None` when it has ended.
    pub(crate) fn started(&self, pid: u32) -> Option<u64> {
        self.get(pid).map(sysinfo::Process::start_time)
    }

    /// When a process was started; `None` when it has ended.
    pub(crate) fn start(&self, pid: u32) -> Option<ProcessStart> {
        Some(ProcessStart { seconds: self.started(pid)?, since_boot: since_boot(pid) })
    }

    /// The children that a process has left when it ended. An engine starts each process as the
    /// leader of a session, whose number nobody else gets while somebody belongs to it.
    pub(crate) fn left_by(&self, leader: u32) -> impl Iterator<Item = &sysinfo::Process> {
        let leader = Pid::from_u32(leader);
        self.alive().filter(move |process| process.session_id() == Some(leader))
    }

    /// The sessions that somebody belongs to.
    pub(crate) fn sessions(&self) -> BTreeSet<Pid> {
        self.alive().filter_map(sysinfo::Process::session_id).collect()
    }

    /// The processes that end with one. An engine starts each process as the leader of a group of its
    /// own, but PM2 those of a cluster, which are in its daemon's: they end with their descendants.
    pub(crate) fn group(&self, pid: u32) -> Group {
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
    pub(crate) fn kill(&self, pid: u32) {
        if let Some(process) = self.0.process(Pid::from_u32(pid)) {
            process.kill();
        }
    }
}

/// Who has started whom.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    alive: BTreeSet<u32>,
    children: BTreeMap<u32, Vec<u32>>,
    parents: BTreeMap<u32, u32>,
    /// The members of each session.
    sessions: BTreeMap<u32, Vec<u32>>,
}

impl Tree {
    pub(crate) fn of(processes: &Processes) -> Tree {
        let mut tree = Tree::default();
        for process in processes.alive() {
            let (parent, session) = (process.parent(), process.session_id());
            tree.add(process.pid().as_u32(), parent.map(Pid::as_u32), session.map(Pid::as_u32));
        }
        tree
    }

    /// As it is now.
    pub(crate) fn now() -> Tree {
        #[cfg(target_os = "linux")]
        return Tree::of_proc();
        #[cfg(not(target_os = "linux"))]
        return Tree::of(&Processes::numbers());
    }

    /// The same as of [`Processes::numbers`], of which nothing but the file that has these numbers is read
    /// (proc(5), "/proc/pid/stat"): whoever ends processes looks often.
    #[cfg(target_os = "linux")]
    fn of_proc() -> Tree {
        let mut tree = Tree::default();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            if let Some((parent, session)) = numbers_of(pid) {
                tree.add(pid, parent, session);
            }
        }
        tree
    }

    fn add(&mut self, pid: u32, parent: Option<u32>, session: Option<u32>) {
        self.alive.insert(pid);
        if let Some(parent) = parent {
            self.children.entry(parent).or_default().push(pid);
            self.parents.insert(pid, parent);
        }
        if let Some(session) = session {
            self.sessions.entry(session).or_default().push(pid);
        }
    }

    /// Whether a process lives.
    pub(crate) fn lives(&self, pid: u32) -> bool {
        self.alive.contains(&pid)
    }

    /// A process with all that it and they have started: its children, and who is in a session that
    /// one of them leads, however they have come there.
    pub(crate) fn family(&self, pid: u32) -> BTreeSet<u32> {
        let mut found = BTreeSet::from([pid]);
        let mut next = vec![pid];
        while let Some(member) = next.pop() {
            let children = self.children.get(&member).into_iter().flatten();
            let led = self.sessions.get(&member).into_iter().flatten();
            for other in children.chain(led) {
                if found.insert(*other) {
                    next.push(*other);
                }
            }
        }
        found
    }

    /// All living processes.
    #[cfg(target_os = "linux")]
    pub(crate) fn all(&self) -> impl Iterator<Item = u32> {
        self.alive.iter().copied()
    }

    /// The children of a process.
    pub(crate) fn children(&self, pid: u32) -> impl Iterator<Item = u32> {
        self.children.get(&pid).into_iter().flatten().copied()
    }

    /// A process, and those that it comes from.
    pub(crate) fn ancestors(&self, pid: u32) -> BTreeSet<u32> {
        let mut found = BTreeSet::from([pid]);
        let mut member = pid;
        while let Some(parent) = self.parents.get(&member).filter(|parent| found.insert(**parent)) {
            member = *parent;
        }
        found
    }
}

/// The parent and the session of a process; `None` when it has ended.
#[cfg(target_os = "linux")]
fn numbers_of(pid: u32) -> Option<(Option<u32>, Option<u32>)> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets, which may have anything in it.
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(stat.get(end + 1..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let lives = !matches!(fields.next()?, "Z" | "X" | "x");
    let mut number = || fields.next()?.parse::<u32>().ok();
    let (parent, _group, session) = (number(), number(), number());
    lives.then_some((parent, session))
}

/// A variable of a process.
pub(crate) fn variable<'p>(process: &'p sysinfo::Process, name: &str) -> Option<&'p str> {
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
