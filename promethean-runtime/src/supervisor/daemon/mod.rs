//! The engine itself: one thread that waits for events and drives a state machine for each process.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `socket` | the clients: requests come in, answers go out |
//! | `process` | a process of an app: its machine, the operating system's process, its log files |
//! | `channel` | messages between the engine and a process |
//! | `cluster` | the processes of Node that fork those of clusters |
//! | `family` | what a process has started |
//! | `leftovers` | what is left of an engine that was killed with its guard |
//! | `triggers` | what restarts an app while it runs: files, times, memory, probes |
//! | `trying` | probes, each tried in a process of its own |
//! | `dependents` | what restarts with another app |
//! | `retirement` | a process that makes room for its successor |
//! | `output`, `log_file` | from the pipes of a process to its log files |
//! | `journal` | the engine's own log |
//!
//! Everything that happens is an [`Event`] in one queue. Whoever waits for something gets an answer when
//! it is so, not when something says so: after each event is looked whether it is.

mod channel;
mod cluster;
mod dependents;
mod family;
pub(super) mod journal;
pub(super) mod leftovers;
mod log_file;
mod output;
mod process;
mod retirement;
mod socket;
mod triggers;
mod trying;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::process::{
    Resource, Signal, WaitOptions, WaitStatus, getrlimit, kill_process, setrlimit,
};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;

use super::guard::{adopt, kill_descendants, number as pid_of};
use super::machine::{self, Exit};
use super::place::Home;
use super::probe::Outcome;
use super::protocol::{Answer, Ask, ENDING, Listed, Order, Request, Say, VERSION};
use crate::engine::ProcessId;
use crate::engine::times::since_epoch;
use cluster::{Clusters, Report};
use family::Families;
use log_file::LogFiles;
use process::Process;
use socket::{Clients, Connection};
use triggers::Triggers;

/// What happens.
enum Event {
    /// A client has connected.
    Connected(u64, Connection),
    /// A client asks for something.
    Asked(u64, Request),
    /// A client is gone.
    Left(u64),
    /// A process has ended: SIGCHLD.
    Children,
    /// All is to end in order: a signal such as SIGTERM, or the guard was killed.
    Over(&'static str),
    /// The end of a process's output has been written.
    Written(Serial),
    /// A process with this number reports that it is ready.
    SaidReady(Serial, u32),
    /// The primary of a cluster says something.
    Reported(Report),
    /// It has ended.
    PrimaryEnded(u64),
    /// A worker of a cluster should run by now.
    ForkIsDue(Serial),
    /// A file has changed that the app with this first process watches, and so many others.
    Changed(Serial, PathBuf, usize),
    /// A time of its schedule has come.
    Scheduled(Serial),
    /// It is time to look at its memory.
    Measure(Serial),
    /// It is time to try its probe.
    Probe(Serial),
    /// What has come of the probe of an app with this first process, for those processes that were
    /// started then.
    Probed(Serial, Vec<(Serial, Option<Duration>)>, Outcome),
    /// What was started then is ready, or had enough time for that.
    Ready(Serial, Option<Duration>),
}

/// What distinguishes a process of the engine from all others.
type Serial = u64;

/// The queue of what happens.
type Events = UnboundedSender<Event>;

/// What the processes work with.
struct Context {
    events: Events,
    logs: RefCell<LogFiles>,
    clusters: RefCell<Clusters>,
    home: Home,
    /// Whether all that runs was killed just now: nothing has to be asked to end.
    is_all_killed: Cell<bool>,
}

/// The lock that an engine has as long as it lives.
pub(super) const LOCK: &str = "engine.lock";

/// How long the engine waits for the client that it was started for.
const FIRST: Duration = Duration::from_secs(30);

/// The pause between two looks at what is left of processes that have ended, where no signal tells.
const LOOK: Duration = Duration::from_millis(50);

/// How long clients may take to leave when nothing is left.
const FAREWELL: Duration = Duration::from_secs(2);

/// The same where everything would have ended with one of them: it asks why.
const LONG_FAREWELL: Duration = Duration::from_secs(30);

/// How long the output of an ended process is waited for: somebody else may hold its pipes.
const OUTPUT: Duration = Duration::from_secs(2);

/// How many processes one request starts: an app has at most 1,024, or one per processor.
const INSTANCES: usize = 10_000;

/// Runs the engine of a place until nothing is left to do.
pub(super) fn run(home: &Home) -> ExitCode {
    match start(home) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            journal::error(&format!("the engine ends: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn start(home: &Home) -> io::Result<()> {
    adopt()?;
    raise_files();
    let store = home.store().map_err(io::Error::other)?;
    // An engine that still ends what it has has the lock.
    let lock = store.lock_file(LOCK)?;
    lock.lock()?;
    leftovers::end(&store)?;
    // Without it, times are read in the zone of the machine.
    let _ = Home::write_zone(&store);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let (events, queue) = unbounded_channel();
        let socket = socket::listen(home.clone(), events.clone())?;
        watch_signals(&events)?;
        watch_guard(&events)?;
        journal::info("listens");
        Daemon::new(events, home.clone()).run(queue).await;
        drop(socket);
        leftovers::none(&store);
        journal::info("nothing is left: ends");
        Ok(())
    })
}

/// A process has pipes and log files; so as many files as the system allows may be open. (Node does the
/// same, and so PM2.)
fn raise_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
    // With fewer, less can run.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// What a process ignores, what it starts ignores too; what it catches, they do not (execve(2)). So the engine
/// catches what whoever started it may have told it to ignore, such as `nohup`, or a shell that starts it in
/// the background: services begin with the defaults of all signals, as under PM2.
fn watch_signals(events: &Events) -> io::Result<()> {
    let of = |event: fn() -> Event| {
        let events = events.clone();
        move || drop(events.send(event()))
    };
    watch_signal(Signal::CHILD, of(|| Event::Children))?;
    watch_signal(Signal::TERM, of(|| Event::Over("SIGTERM")))?;
    watch_signal(Signal::INT, of(|| Event::Over("SIGINT")))?;
    watch_signal(Signal::QUIT, of(|| Event::Over("SIGQUIT")))?;
    watch_signal(Signal::HUP, of(|| Event::Over("SIGHUP")))?;
    // A log that reaches a limit of its size (`ulimit -f`, XFSZ) is one that cannot be written, and no
    // reason to end: who takes this signal gets an error instead.
    let others = [
        Signal::XFSZ,
        Signal::XCPU,
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::VTALARM,
        Signal::PROF,
        Signal::TSTP,
        Signal::TTIN,
        Signal::TTOU,
        Signal::CONT,
        Signal::WINCH,
        Signal::URG,
        Signal::IO,
    ];
    others.into_iter().try_for_each(|other| watch_signal(other, || {}))
}

fn watch_signal(kind: Signal, came: impl Fn() + 'static) -> io::Result<()> {
    let mut signal = signal(SignalKind::from_raw(kind.as_raw()))?;
    spawn_local(async move {
        while let Some(()) = signal.recv().await {
            came();
        }
    });
    Ok(())
}

/// Standard input is a pipe of the guard, and ends with it.
fn watch_guard(events: &Events) -> io::Result<()> {
    let pipe = io::stdin().as_fd().try_clone_to_owned()?;
    let mut pipe = pipe::Receiver::from_owned_fd(pipe)?;
    let events = events.clone();
    spawn_local(async move {
        while matches!(pipe.read(&mut [0]).await, Ok(1..)) {}
        let _ = events.send(Event::Over("the guard was killed"));
    });
    Ok(())
}

struct Daemon {
    processes: BTreeMap<Serial, Process>,
    next: Serial,
    clients: Clients,
    waiting: Vec<Waiting>,
    /// Whether all is to end.
    over: bool,
    /// Why, where no client has asked for it.
    ends: Option<&'static str>,
    context: Context,
    clock: Clock,
    /// What is measured of processes.
    system: System,
    /// Whether the client has come that the engine was started for, or another one that changes something. Whoever only
    /// looks may come before.
    is_begun: bool,
    /// Where all is to end and has ended: when clients are waited for no longer.
    farewell: Option<Duration>,
}

/// What a client waits for.
enum Waiting {
    /// That these processes run, or are known not to.
    Started { client: u64, id: u64, processes: Vec<Serial> },
    /// That a process has ended.
    Stopped { client: u64, id: u64, process: ProcessId },
    /// That a process has made room for its successor.
    Replaced { client: u64, id: u64, old: Serial, new: Serial },
}

/// The engine's time: since its start, on a clock that nobody sets.
#[derive(Clone, Copy)]
struct Clock {
    begun: Instant,
    /// The Unix time of the start.
    unix: Duration,
}

impl Clock {
    fn now(self) -> Duration {
        self.begun.elapsed()
    }

    /// A time in milliseconds of the Unix time.
    fn unix(self, time: Duration) -> u64 {
        u64::try_from((self.unix + time).as_millis()).unwrap_or(u64::MAX)
    }
}

impl Daemon {
    fn new(events: Events, home: Home) -> Daemon {
        let context = Context {
            events,
            logs: RefCell::default(),
            clusters: RefCell::new(Clusters::new(home.clone())),
            home,
            is_all_killed: Cell::default(),
        };
        Daemon {
            processes: BTreeMap::new(),
            next: 0,
            clients: Clients::default(),
            waiting: Vec::new(),
            over: false,
            ends: None,
            context,
            clock: Clock { begun: Instant::now(), unix: since_epoch() },
            system: System::new(),
            is_begun: false,
            farewell: None,
        }
    }

    async fn run(&mut self, mut queue: UnboundedReceiver<Event>) {
        while !self.is_done() {
            let pause = self.deadline().map(|at| at.saturating_sub(self.clock.now()));
            let event = match pause {
                Some(pause) => timeout(pause, queue.recv()).await.ok().flatten(),
                None => queue.recv().await,
            };
            match event {
                Some(event) => self.take(event),
                None => self.tick(),
            }
            // What has come meanwhile is handled together.
            while let Ok(event) = queue.try_recv() {
                self.take(event);
            }
            self.settle();
        }
    }

    /// Whether there is nothing left to keep, and nobody who could ask for more.
    fn is_done(&self) -> bool {
        let now = self.clock.now();
        let is_awaited = !self.over && !self.is_begun && now < FIRST;
        // Clients have time to read their last answers.
        let is_left = self.clients.is_empty() || self.farewell.is_some_and(|at| at <= now);
        self.processes.is_empty() && is_left && !is_awaited
    }

    /// When something is to be looked at, if nothing happens before.
    fn deadline(&self) -> Option<Duration> {
        let now = self.clock.now();
        let machines = self.processes.values().filter_map(|process| process.machine.deadline());
        let left = self.processes.values().any(Process::has_left).then_some(now + LOOK);
        let output = self.processes.values().filter_map(Process::output_ends);
        let retiring = self.processes.values().filter_map(Process::retirement_ends);
        let machines = machines.chain(retiring);
        let first = (!self.is_begun && now < FIRST).then_some(FIRST);
        machines.chain(left).chain(output).chain(first).chain(self.farewell).min()
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Connected(client, connection) => {
                self.clients.add(client, connection);
                let waiting = &self.waiting;
                self.clients.make_room(|client| waiting.iter().any(|it| it.client() == client));
            }
            Event::Asked(client, Request { id, ask }) => {
                self.clients.heard(client);
                self.asked(client, id, ask);
            }
            Event::Left(client) => {
                if self.clients.remove(client) {
                    self.end_all("the client that everything ends with is gone");
                }
                self.waiting.retain(|waiting| waiting.client() != client);
            }
            Event::Children => self.reap(),
            Event::Over(why) => {
                if !self.over {
                    self.ends = Some(why);
                }
                self.end_all(why);
            }
            Event::Written(id) => {
                if let Some(process) = self.processes.get_mut(&id) {
                    process.written();
                }
            }
            Event::Changed(first, path, others) => {
                let others = match others {
                    0 => String::new(),
                    others => format!(", and {others} others"),
                };
                journal::info(&format!("{} has changed{others}", path.display()));
                let processes = self.processes.values();
                let of_app = processes.filter(|process| process.triggers.first == first);
                for process in of_app.take(1) {
                    process.triggers.changed.replace(Some(path.clone()));
                }
                self.tell_app(first, machine::Event::Changed);
            }
            Event::Scheduled(first) => self.tell_app(first, machine::Event::Scheduled),
            Event::Measure(first) => self.measure(first),
            Event::SaidReady(serial, pid) => {
                if self.processes.get(&serial).is_some_and(|process| process.runs(pid)) {
                    self.tell(serial, machine::Event::SaidReady);
                }
            }
            Event::Reported(report) => self.reported(report),
            Event::PrimaryEnded(number) => self.primary_ended(number),
            Event::ForkIsDue(worker) => self.context.clusters.borrow_mut().fork_is_due(worker),
            Event::Probe(first) => self.probe(first),
            Event::Probed(first, processes, outcome) => self.probed(first, &processes, &outcome),
            Event::Ready(serial, since) => self.restarted_and_ready(serial, since),
        }
    }

    /// Takes what the primary of a cluster says of a worker.
    fn reported(&mut self, report: Report) {
        match report {
            Report::Forked { worker, pid } => {
                self.context.clusters.borrow_mut().forked(worker);
                if let Some(process) = self.processes.get_mut(&worker) {
                    process.forked(pid);
                }
                self.tell(worker, machine::Event::Spawned);
            }
            Report::Failed { worker, why } => {
                self.context.clusters.borrow_mut().gone(worker);
                if let Some(process) = self.processes.get(&worker) {
                    process.not_started(&why);
                }
                self.tell(worker, machine::Event::SpawnFailed);
            }
            Report::Ready { worker } => self.tell(worker, machine::Event::SaidReady),
            Report::Listening { worker } => {
                if let Some(process) = self.processes.get_mut(&worker) {
                    process.listens();
                }
            }
            Report::Drained { worker } => {
                if let Some(process) = self.processes.get_mut(&worker) {
                    process.drained();
                }
            }
            Report::Exited { worker, code, signal } => {
                self.context.clusters.borrow_mut().gone(worker);
                self.worker_ended(worker, Report::exit(code, signal));
                self.look_at_families();
            }
        }
    }

    /// A worker of a cluster has ended. One that makes room does not come back.
    fn worker_ended(&mut self, worker: Serial, exit: Exit) {
        self.tell(worker, machine::Event::Exited(exit));
        if self.processes.get(&worker).is_some_and(|process| !process.is_listed()) {
            self.tell(worker, machine::Event::Stop);
        }
    }

    /// The primary of a cluster has ended, which it was not to. Its workers have lost what they share, and
    /// nobody tells how they end.
    fn primary_ended(&mut self, number: u64) {
        let ended = self.context.clusters.borrow_mut().ended(number);
        let Some((app, workers)) = ended else { return };
        journal::error(&format!("{app}: the primary of its cluster has ended"));
        for (worker, runs) in workers {
            for pid in Families::look().adopted(worker).into_iter().filter_map(pid_of) {
                let _ = kill_process(pid, Signal::KILL);
            }
            if let Some(process) = self.processes.get(&worker) {
                process.kill_all();
            }
            match runs {
                true => self.worker_ended(worker, Exit::Signal(Signal::KILL.as_raw())),
                false => self.tell(worker, machine::Event::SpawnFailed),
            }
        }
        self.look_at_families();
    }

    fn asked(&mut self, client: u64, id: u64, ask: Ask) {
        self.is_begun |= !matches!(ask, Ask::Hello | Ask::List);
        let say = match ask {
            Ask::Begin => Say::Done,
            Ask::Hello => {
                let version = env!("CARGO_PKG_VERSION").to_owned();
                let ends = self.ends.map(str::to_owned);
                let pid = Some(std::process::id());
                Say::Hello { protocol: VERSION, version, ends, is_ending: self.over, pid }
            }
            Ask::List => {
                let listed = self.processes.values().filter(|process| process.is_listed());
                let listed: Vec<Serial> = listed.map(|process| process.serial).collect();
                Say::Processes(self.list(&listed))
            }
            Ask::Start(_) | Ask::Replace { .. } if self.over => Say::Refused(ENDING.to_owned()),
            Ask::Start(order) if order.spec.instances > INSTANCES => Say::Refused(format!(
                "{} processes are more than {INSTANCES}",
                order.spec.instances
            )),
            Ask::Start(order) => {
                let processes = self.add(*order);
                self.waiting.push(Waiting::Started { client, id, processes });
                return;
            }
            Ask::Stop { process } => {
                for serial in self.with_id(process) {
                    self.tell(serial, machine::Event::Stop);
                }
                self.waiting.push(Waiting::Stopped { client, id, process });
                return;
            }
            Ask::Replace { process, order } => match self.replace(process, *order) {
                None => Say::Done,
                Some((old, new)) => {
                    self.waiting.push(Waiting::Replaced { client, id, old, new });
                    return;
                }
            },
            Ask::Lease => {
                self.clients.lease(client);
                Say::Done
            }
            Ask::Kill => {
                self.end_all("a client asked for it");
                self.kill_all();
                Say::Done
            }
        };
        self.clients.answer(client, &Answer { id, say });
    }

    /// Kills all that runs, with one look at the processes of the machine: two for each app take seconds where
    /// it is busy.
    fn kill_all(&mut self) {
        kill_descendants();
        self.context.is_all_killed.set(true);
        for id in self.ids() {
            self.tell(id, machine::Event::Kill);
        }
        self.context.is_all_killed.set(false);
    }

    /// Adds the processes of an app, and starts them.
    fn add(&mut self, order: Order) -> Vec<Serial> {
        let order = Rc::new(order);
        let triggers = Rc::new(Triggers::of(self.next, &order.spec, &self.context.events));
        let mut added = Vec::new();
        for _ in 0..order.spec.instances {
            let of_app =
                |process: &&Process| process.app() == order.spec.name && process.is_listed();
            let taken: Vec<usize> =
                self.processes.values().filter(of_app).map(|process| process.instance).collect();
            // As PM2, the first number that is free.
            let instance =
                (0..=taken.len()).find(|number| !taken.contains(number)).unwrap_or_default();
            let id = self.next;
            self.next += 1;
            self.processes
                .insert(id, Process::new(id, instance, Rc::clone(&order), Rc::clone(&triggers)));
            added.push(id);
        }
        if order.spec.autostart {
            for id in &added {
                self.tell(*id, machine::Event::Start);
            }
        }
        added
    }

    fn ids(&self) -> Vec<Serial> {
        self.processes.keys().copied().collect()
    }

    /// The processes that have a number for clients: one, and one that makes room for it.
    fn with_id(&self, id: ProcessId) -> Vec<Serial> {
        let found = self.processes.values().filter(|process| process.id == id);
        found.map(|process| process.serial).collect()
    }

    /// Tells the machine of a process what has happened, and does what it says.
    fn tell(&mut self, serial: Serial, event: machine::Event) {
        let Some(process) = self.processes.get_mut(&serial) else { return };
        let before = process.machine.state();
        process.tell(event, self.clock.now(), &self.context);
        let after = process.machine.state();
        if before != after {
            self.is_now(serial, after);
        }
    }

    /// Tells all processes of an app, which are known by the first of them.
    fn tell_app(&mut self, first: Serial, event: machine::Event) {
        for id in self.of_app(first) {
            self.tell(id, event);
        }
    }

    fn of_app(&self, first: Serial) -> Vec<Serial> {
        let of_app = |process: &&Process| process.triggers.first == first;
        self.processes.values().filter(of_app).map(|process| process.serial).collect()
    }

    /// Looks whether processes of an app use too much memory.
    fn measure(&mut self, first: Serial) {
        let serials = self.of_app(first);
        for (serial, listed) in serials.iter().zip(self.list(&serials)) {
            let ceiling = self.processes.get(serial).and_then(|process| process.order.spec.ceiling);
            if ceiling.is_some_and(|ceiling| ceiling.is_exceeded_by(listed.memory)) {
                self.tell(*serial, machine::Event::TooMuchMemory);
            }
        }
    }

    /// Tries the probe of an app, if it runs and is not tried already.
    fn probe(&mut self, first: Serial) {
        let online: Vec<&Process> = self
            .of_app(first)
            .iter()
            .filter_map(|serial| self.processes.get(serial))
            .filter(|process| process.machine.state() == machine::State::Online)
            .collect();
        let Some(any) = online.first() else { return };
        let Some(probe) = &any.order.spec.alive else { return };
        if any.triggers.is_tried.replace(true) {
            return;
        }
        let trial = trying::trial(any, probe, false);
        let processes = online.iter().map(|process| (process.serial, process.machine.since()));
        let processes: Vec<(Serial, Option<Duration>)> = processes.collect();
        let (events, home) = (self.context.events.clone(), self.context.home.clone());
        spawn_local(async move {
            let outcome = trying::carry_out(home, trial).await;
            let _ = events.send(Event::Probed(first, processes, outcome));
        });
    }

    /// Tells the processes of an app what has come of its probe, if they still run.
    fn probed(
        &mut self,
        first: Serial,
        processes: &[(Serial, Option<Duration>)],
        outcome: &Outcome,
    ) {
        for serial in self.of_app(first) {
            let Some(process) = self.processes.get(&serial) else { continue };
            process.triggers.is_tried.set(false);
            if !processes.contains(&(serial, process.machine.since())) {
                continue;
            }
            let event = match outcome {
                Ok(()) => machine::Event::Well,
                Err(why) => {
                    journal::info(&format!("{}: its `alive` probe fails: {why}", process.name()));
                    process.triggers.failed.replace(Some(why.clone()));
                    machine::Event::Unwell
                }
            };
            self.tell(serial, event);
        }
    }

    /// Takes the exits of all processes that have ended, also of those that lost their parents.
    fn reap(&mut self) {
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            let pid = u32::try_from(pid.as_raw_nonzero().get()).unwrap_or_default();
            family::ended(pid);
            let found = self.processes.values().find(|process| process.runs(pid));
            if let (Some(id), Some(exit)) = (found.map(|found| found.serial), exit(status)) {
                self.tell(id, machine::Event::Exited(exit));
            }
        }
        self.look_at_families();
    }

    /// Looks whether anything is left of what has ended.
    fn look_at_families(&mut self) {
        let left: Vec<Serial> = self
            .processes
            .values()
            .filter(|process| process.has_left())
            .map(|left| left.serial)
            .collect();
        if left.is_empty() {
            return;
        }
        // A worker of a cluster is no child of the engine as long as its primary lives.
        let is_child = |serial: &Serial| self.processes.get(serial).is_some_and(Process::is_child);
        if left.iter().all(is_child) && family::nobody_is_adopted(true) {
            for id in left {
                self.tell(id, machine::Event::FamilyGone);
            }
            return;
        }
        let families = Families::look();
        for id in left {
            let Some(process) = self.processes.get(&id) else { continue };
            if families.of(process).is_empty() {
                self.tell(id, machine::Event::FamilyGone);
            }
        }
    }

    fn tick(&mut self) {
        self.look_at_families();
        let now = self.clock.now();
        let due = |process: &&Process| process.machine.deadline().is_some_and(|at| at <= now);
        let due: Vec<Serial> = self.processes.values().filter(due).map(|due| due.serial).collect();
        for id in due {
            self.tell(id, machine::Event::Tick);
        }
    }

    /// Begins to end everything.
    fn end_all(&mut self, why: &str) {
        if !std::mem::replace(&mut self.over, true) && !self.processes.is_empty() {
            journal::info(&format!("ends all: {why}"));
        }
    }

    /// Answers what clients wait for and is so now, and forgets what has ended.
    fn settle(&mut self) {
        // A machine may be due after a burst of events.
        self.tick();
        self.retire();
        if self.over {
            self.end_next();
        }
        let now = self.clock.now();
        let mut gone: Vec<Serial> = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            match &waiting {
                Waiting::Started { client, id, processes } => {
                    let starts = |process: &Serial| {
                        self.processes.get(process).is_some_and(Process::is_starting)
                    };
                    if processes.iter().any(starts) {
                        self.waiting.push(waiting);
                    } else {
                        let say = Say::Processes(self.list(processes));
                        self.clients.answer(*client, &Answer { id: *id, say });
                    }
                }
                Waiting::Stopped { client, id, process } => {
                    let of_it = self.with_id(*process);
                    let has_ended = |serial: &Serial| {
                        self.processes.get(serial).is_none_or(|process| process.has_ended(now))
                    };
                    match of_it.iter().all(has_ended) {
                        true => {
                            gone.extend(of_it);
                            self.clients.answer(*client, &Answer { id: *id, say: Say::Done });
                        }
                        false => self.waiting.push(waiting),
                    }
                }
                Waiting::Replaced { client, id, old, new } => {
                    match self.processes.get(old).is_none_or(|process| process.has_ended(now)) {
                        true => {
                            gone.push(*old);
                            let say = Say::Processes(self.list(&[*new]));
                            self.clients.answer(*client, &Answer { id: *id, say });
                        }
                        false => self.waiting.push(waiting),
                    }
                }
            }
        }
        let over = self.over;
        self.processes.retain(|serial, process| {
            let is_done = over || !process.is_listed();
            !(gone.contains(serial) || is_done && process.has_ended(now))
        });
        let processes = &self.processes;
        let is_listed = |app: &str| processes.values().any(|process| process.app() == app);
        self.context.clusters.borrow_mut().retain(is_listed);
        if over && self.processes.is_empty() {
            let farewell = if self.clients.have_lease() { LONG_FAREWELL } else { FAREWELL };
            self.farewell.get_or_insert(now + farewell);
        }
    }

    /// Where all is to end: ends what nothing that is left depends on.
    fn end_next(&mut self) {
        let running = || self.processes.values().filter(|process| !process.is_at_rest());
        let is_needed = |process: &Process| {
            let name = &process.order.spec.name;
            running().any(|other| {
                other.order.spec.name != *name && other.order.record.depends_on.contains(name)
            })
        };
        let free: Vec<Serial> =
            running().filter(|process| !is_needed(process)).map(|process| process.serial).collect();
        // What was started at several times can depend on each other in a circle.
        let next =
            if free.is_empty() { running().map(|process| process.serial).collect() } else { free };
        for id in next {
            if self.processes.get(&id).is_some_and(|process| !process.is_told_to_end) {
                self.tell(id, machine::Event::Stop);
            }
        }
    }

    /// Processes, as clients see them.
    fn list(&mut self, ids: &[Serial]) -> Vec<Listed> {
        let processes = || ids.iter().filter_map(|id| self.processes.get(id));
        let pids: Vec<Pid> = processes().filter_map(Process::pid).map(Pid::from_u32).collect();
        let kind = ProcessRefreshKind::nothing().with_memory().with_cpu().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, kind);
        processes().map(|process| process.listed(self.clock, &self.system)).collect()
    }
}

impl Waiting {
    fn client(&self) -> u64 {
        match self {
            Waiting::Started { client, .. }
            | Waiting::Stopped { client, .. }
            | Waiting::Replaced { client, .. } => *client,
        }
    }
}

fn exit(status: WaitStatus) -> Option<Exit> {
    let code = status.exit_status().map(|code| Exit::Code(code.into()));
    code.or_else(|| status.terminating_signal().map(Exit::Signal))
}
