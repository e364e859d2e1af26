//! A process of an app: its state machine, the operating system's process, its log files.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::OwnedFd;
use std::process::{ChildStdin, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use process_wrap::std::{CommandWrap, ProcessSession};
use promethean_core::foreign::Foreign;
use promethean_core::kind;
use rustix::process::{Signal, kill_process};
use sysinfo::{Pid, System};
use tokio::net::unix::pipe;
use tokio::task::spawn_local;

use super::channel::{Channel, Ends};
use super::cluster::Forking;
use super::family::{self, Families};
use super::output::{Output, Shared};
use super::triggers::Triggers;
use super::{Clock, Context, Events, OUTPUT, Serial, journal};
use crate::engine::{HAS_CHANGED, ProcessId, of_instance};
use crate::logs::Stream;
use crate::supervisor::guard::number;
use crate::supervisor::machine::{Action, Ask, Cause, Event, Fact, Machine, State};
use crate::supervisor::protocol::{Listed, Order, Word};

/// A process of an app.
pub(super) struct Process {
    /// What distinguishes it from all others of the engine.
    pub(super) serial: Serial,
    /// Its number for clients: that of a process that it replaces.
    pub(super) id: ProcessId,
    /// Its number among those of its app.
    pub(super) instance: usize,
    pub(super) order: Rc<Order>,
    /// What restarts it while it runs; that of all processes of its app.
    pub(super) triggers: Rc<Triggers>,
    pub(super) machine: Machine,
    /// Whether it was told to end for good.
    pub(super) is_told_to_end: bool,
    /// How it makes room for the one that replaces it.
    pub(super) retirement: Option<Retirement>,
    run: Option<Run>,
    /// Why it restarts or has restarted, or starts again, where it was not because it had ended.
    cause: Option<String>,
    /// What has restarted last of what it restarts with.
    pub(super) restarts_with: Option<String>,
    /// Its log files, since its last start.
    output: Option<Shared>,
    /// How many of its pipes are still read.
    pipes: usize,
    /// When it came to rest.
    rested: Option<Duration>,
}

/// A run of a process: from its start until nothing is left of it.
struct Run {
    /// The first process, which leads a session.
    leader: u32,
    /// Whether it has not ended.
    lives: bool,
    /// Whether it listens: of a cluster.
    listens: bool,
    /// Whether it takes nothing new, and has finished what it did: of a cluster.
    is_drained: bool,
    channel: Option<Channel>,
    /// Nothing is ever written to it, and it does not end before the process: as PM2 does it.
    _input: Option<ChildStdin>,
}

/// How a process makes room for its successor (`hardReload` in `lib/God/Reload.js`), without losing what it
/// is at work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retirement {
    pub(super) successor: Serial,
    pub(super) stage: Stage,
}

/// Where a retirement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its successor has until then to listen, or to report that it is ready.
    Awaits { until: Duration },
    /// It takes nothing new, and has until then to finish what it does.
    Drains { until: Duration },
    /// It is told to end.
    Ends,
}

impl Run {
    fn new(leader: u32, channel: Option<Channel>, input: Option<ChildStdin>) -> Run {
        let (listens, is_drained) = (false, false);
        Run { leader, lives: true, listens, is_drained, channel, _input: input }
    }
}

impl Process {
    pub(super) fn new(
        serial: Serial,
        instance: usize,
        order: Rc<Order>,
        triggers: Rc<Triggers>,
    ) -> Process {
        let machine = Machine::new(order.spec.policy.clone());
        Process {
            serial,
            id: serial,
            instance,
            order,
            triggers,
            machine,
            is_told_to_end: false,
            retirement: None,
            run: None,
            cause: None,
            restarts_with: None,
            output: None,
            pipes: 0,
            rested: None,
        }
    }

    /// One that replaces this one, with a new definition.
    pub(super) fn successor(
        &self,
        serial: Serial,
        order: Rc<Order>,
        triggers: Rc<Triggers>,
    ) -> Process {
        let machine = self.machine.successor(order.spec.policy.clone());
        let new = Process::new(serial, self.instance, order, triggers);
        Process { id: self.id, machine, ..new }
    }

    /// Whether clients see it: not while it makes room for its successor.
    pub(super) fn is_listed(&self) -> bool {
        self.retirement.is_none()
    }

    /// Whether the engine itself starts it.
    pub(super) fn is_child(&self) -> bool {
        self.order.spec.cluster.is_none()
    }

    /// The name of its app.
    pub(super) fn app(&self) -> &str {
        &self.order.spec.name
    }

    /// Whether it can do what its predecessor did.
    pub(super) fn can_take_over(&self) -> bool {
        let is_ready = match self.order.spec.policy.ready_within {
            Some(_) => true,
            None => self.run.as_ref().is_some_and(|run| run.listens),
        };
        self.machine.state() == State::Online && is_ready
    }

    /// Whether it has finished what it did.
    pub(super) fn is_drained(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.is_drained)
    }

    /// A worker of a cluster runs.
    pub(super) fn forked(&mut self, pid: u32) {
        family::mark_running(self.serial, pid);
        self.run = Some(Run::new(pid, None, None));
        self.note_pid(pid);
    }

    /// A worker of a cluster listens.
    pub(super) fn listens(&mut self) {
        if let Some(run) = &mut self.run {
            run.listens = true;
        }
    }

    /// A worker of a cluster has finished what it did.
    pub(super) fn drained(&mut self) {
        if let Some(run) = &mut self.run {
            run.is_drained = true;
        }
    }

    /// Whether its first process has this number and has not ended.
    pub(super) fn runs(&self, pid: u32) -> bool {
        self.run.as_ref().is_some_and(|run| run.lives && run.leader == pid)
    }

    /// The number of its first process while that lives.
    pub(super) fn pid(&self) -> Option<u32> {
        self.run.as_ref().filter(|run| run.lives).map(|run| run.leader)
    }

    /// The number of its first process until nothing is left of what that has started.
    pub(super) fn leader(&self) -> Option<u32> {
        self.run.as_ref().map(|run| run.leader)
    }

    /// Whether its first process has ended, and what that has started may not have.
    pub(super) fn has_left(&self) -> bool {
        self.run.as_ref().is_some_and(|run| !run.lives)
    }

    pub(super) fn is_at_rest(&self) -> bool {
        self.machine.state().is_at_rest()
    }

    pub(super) fn is_starting(&self) -> bool {
        self.machine.state() == State::Starting
    }

    /// Whether nothing of it runs, and all that it has said is written.
    pub(super) fn has_ended(&self, now: Duration) -> bool {
        let is_written = self.pipes == 0 || self.output_ends().is_some_and(|at| at <= now);
        self.is_at_rest() && is_written
    }

    /// When its output is waited for no longer.
    pub(super) fn output_ends(&self) -> Option<Duration> {
        self.rested.filter(|_| self.pipes > 0).map(|rested| rested + OUTPUT)
    }

    /// The end of one of its pipes is written.
    pub(super) fn written(&mut self) {
        self.pipes = self.pipes.saturating_sub(1);
    }

    /// Tells its machine what has happened, and does what that says.
    pub(super) fn tell(&mut self, event: Event, now: Duration, context: &Context) {
        let mut happened = VecDeque::from([event]);
        while let Some(event) = happened.pop_front() {
            let before = self.machine.state();
            match event {
                Event::Stop | Event::Kill => (self.is_told_to_end, self.cause) = (true, None),
                Event::Start | Event::Restart => (self.is_told_to_end, self.cause) = (false, None),
                Event::Exited(_) => {
                    if let Some(run) = &mut self.run {
                        run.lives = false;
                    }
                }
                Event::FamilyGone => self.run = None,
                _ => {}
            }
            for action in self.machine.handle(event, now) {
                match action {
                    Action::Spawn => {
                        if before.is_at_rest() {
                            self.cause = self.starts_because(event);
                        }
                        happened.extend(self.start(context));
                    }
                    Action::Ask(_) | Action::Kill if context.is_all_killed.get() => {}
                    Action::Ask(ask) => self.ask(ask, context),
                    Action::Kill => self.signal_all(Signal::KILL),
                    Action::Record(fact) => self.record(fact),
                }
            }
            // It restarts because it has ended.
            if matches!(event, Event::Exited(_))
                && matches!(before, State::Starting | State::Online)
                && self.machine.state() == State::Restarting
            {
                self.cause = None;
            }
        }
        self.rested = self.is_at_rest().then(|| self.rested.unwrap_or(now));
    }

    /// Starts it. What comes of a worker of a cluster is known later.
    fn start(&mut self, context: &Context) -> Option<Event> {
        let started = match &self.order.spec.cluster {
            None => self.spawn(context).map(Some),
            Some(_) => self.fork(context).map(|()| None),
        };
        match started {
            Ok(run) => {
                let run = run?;
                self.note_pid(run.leader);
                self.run = Some(run);
                Some(Event::Spawned)
            }
            Err(error) => {
                self.not_started(&error.to_string());
                Some(Event::SpawnFailed)
            }
        }
    }

    /// Notes why it could not be started.
    pub(super) fn not_started(&self, why: &str) {
        journal::error(&format!("{}: {why}", self.name()));
    }

    fn note_pid(&self, pid: u32) {
        if let Some(file) = &self.order.spec.pid_file
            && let Err(error) = std::fs::write(file, pid.to_string())
        {
            journal::error(&format!("{}: {file}: {error}", self.name()));
        }
    }

    /// Its name in the engine's log.
    pub(super) fn name(&self) -> String {
        let name = &self.order.spec.name;
        match self.order.spec.instances {
            1 => name.clone(),
            _ => format!("{name} {}", self.instance),
        }
    }

    fn record(&mut self, fact: Fact) {
        let told = match fact {
            Fact::Restarting(cause) => {
                let told = format!("restarts{}", self.because(cause));
                self.cause = Some(told.clone());
                told
            }
            other => other.to_string(),
        };
        journal::info(&format!("{}: {told}", self.name()));
    }

    /// A cause in words, with what goes before them.
    fn because(&self, cause: Cause) -> String {
        let triggers = &self.triggers;
        let known = match cause {
            Cause::Change => triggers.changed.borrow().as_deref().map(|path| {
                let directory = self.order.spec.directory.as_std_path();
                let path = path.strip_prefix(directory).unwrap_or(path);
                format!(": {} {HAS_CHANGED}", Foreign(path.display()))
            }),
            Cause::Probe => triggers.failed.borrow().as_deref().map(|why| {
                let have_failed = match self.machine.failures().0 {
                    1 => "1 probe of `alive` has failed".to_owned(),
                    count => format!("{count} probes of `alive` have failed"),
                };
                format!(": {have_failed} ({})", Foreign(why))
            }),
            Cause::Dependency => {
                self.restarts_with.as_deref().map(|on| format!(" with {}", Foreign(on)))
            }
            Cause::Command | Cause::Schedule | Cause::Memory => None,
        };
        known.unwrap_or_else(|| format!(": {cause}"))
    }

    /// Why an event starts what was at rest; `None` where somebody has asked for it.
    fn starts_because(&self, event: Event) -> Option<String> {
        let cause = match event {
            Event::Scheduled => Cause::Schedule,
            Event::Changed | Event::Tick => Cause::Change,
            Event::DependencyRestarted => Cause::Dependency,
            Event::Start
            | Event::Stop
            | Event::Restart
            | Event::Kill
            | Event::Spawned
            | Event::SpawnFailed
            | Event::Exited(_)
            | Event::FamilyGone
            | Event::SaidReady
            | Event::TooMuchMemory
            | Event::Well
            | Event::Unwell => return None,
        };
        let told = format!("starts{}", self.because(cause));
        journal::info(&format!("{}: {told}", self.name()));
        Some(told)
    }

    fn ask(&self, ask: Ask, context: &Context) {
        let signal = match self.order.spec.signal {
            kind::Signal::Int => Signal::INT,
            kind::Signal::Term => Signal::TERM,
            kind::Signal::Quit => Signal::QUIT,
            kind::Signal::Hup => Signal::HUP,
            kind::Signal::Usr1 => Signal::USR1,
            kind::Signal::Usr2 => Signal::USR2,
            kind::Signal::Kill => Signal::KILL,
        };
        match ask {
            Ask::Message if self.is_told_by_message(context) => {}
            Ask::Message | Ask::Process => {
                if let Some(pid) = self.pid().and_then(number) {
                    let _ = kill_process(pid, signal);
                }
            }
            Ask::Family => self.signal_all(signal),
        }
    }

    /// Sends it the message to end, if it has a channel.
    fn is_told_by_message(&self, context: &Context) -> bool {
        match &self.order.spec.cluster {
            Some(_) => context.clusters.borrow_mut().shut_down(self.serial),
            None => {
                let channel = self.run.as_ref().and_then(|run| run.channel.as_ref());
                channel.is_some_and(Channel::shut_down)
            }
        }
    }

    /// Kills all that belongs to it.
    pub(super) fn kill_all(&self) {
        self.signal_all(Signal::KILL);
    }

    /// Signals all that belongs to it, the latest first. They may have ended since.
    fn signal_all(&self, signal: Signal) {
        if self.has_left() && self.is_child() && family::nobody_is_adopted(false) {
            return;
        }
        for pid in Families::look().of(self).into_iter().rev().filter_map(number) {
            let _ = kill_process(pid, signal);
        }
    }

    /// The variables of the process: those of its definition, and those that PM2 adds, with the mark by
    /// which what it starts is known.
    fn variables(&self) -> BTreeMap<String, String> {
        let Order { spec, environment, .. } = &*self.order;
        let mut variables = environment.clone();
        variables.insert(family::VARIABLE.to_owned(), family::mark(self.serial));
        let written = |name: &str| environment.get(name).map(String::as_str);
        let counter = spec.increment_var.as_deref();
        variables.extend(of_instance(self.instance as u64, &spec.instance_var, counter, written));
        variables
    }

    /// Opens its log files.
    fn open_output(&mut self, context: &Context) -> Shared {
        let files = &mut context.logs.borrow_mut();
        let numbers = (self.id, self.instance);
        let (name, spec) = (self.name(), &self.order.spec);
        let output = Output::open(&name, spec, numbers, files, &context.home).shared();
        self.output = Some(Rc::clone(&output));
        output
    }

    /// Asks the primary of its cluster for it.
    fn fork(&mut self, context: &Context) -> io::Result<()> {
        let order = Rc::clone(&self.order);
        let Some(cluster) = &order.spec.cluster else { return Ok(()) };
        if !order.spec.directory.is_dir() {
            return Err(io::Error::other(format!("{} is no directory", order.spec.directory)));
        }
        let forking = Forking {
            worker: self.serial,
            spec: &order.spec,
            cluster,
            variables: self.variables(),
        };
        let pipes = context.clusters.borrow_mut().fork(forking, &context.events)?;
        let output = self.open_output(context);
        for (stream, pipe) in [Stream::Out, Stream::Err].into_iter().zip(pipes) {
            self.follow(stream, pipe, &output, &context.events);
        }
        Ok(())
    }

    fn spawn(&mut self, context: &Context) -> io::Result<Run> {
        use std::os::unix::process::CommandExt as _;
        let order = Rc::clone(&self.order);
        let spec = &order.spec;
        let [program, arguments @ ..] = spec.command.as_slice() else {
            return Err(io::Error::other("there is no program"));
        };
        let failed = |error: io::Error| match spec.directory.is_dir() {
            true => io::Error::other(format!("`{program}` cannot be started: {error}")),
            false => io::Error::other(format!("{} is no directory", spec.directory)),
        };
        let output = self.open_output(context);
        let ends = spec.channel.then(Ends::open).transpose()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&spec.directory)
            .env_clear()
            .envs(self.variables())
            .envs(ends.iter().flat_map(Ends::variables))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let (Some(uid), _) = spec.user {
            command.uid(uid);
        }
        if let (_, Some(gid)) = spec.user {
            command.gid(gid);
        }
        let mut command = CommandWrap::from(command);
        let spawned = family::marked(self.serial, || command.wrap(ProcessSession).spawn());
        let mut child = spawned.map_err(failed)?;
        let leader = child.id();
        family::started(leader);
        let channel = ends.map(|ends| ends.of(self.serial, leader, context.events.clone()));
        // Without a channel it runs all the same.
        let channel = channel.and_then(Result::ok);
        let out = child.stdout().take().map(|pipe| (Stream::Out, OwnedFd::from(pipe)));
        let err = child.stderr().take().map(|pipe| (Stream::Err, OwnedFd::from(pipe)));
        for (stream, pipe) in out.into_iter().chain(err) {
            self.follow(stream, pipe, &output, &context.events);
        }
        Ok(Run::new(leader, channel, child.stdin().take()))
    }

    /// Reads a pipe until its end, into the log.
    fn follow(&mut self, stream: Stream, pipe: OwnedFd, output: &Shared, events: &Events) {
        self.pipes += 1;
        follow(self.serial, stream, pipe, Rc::clone(output), events.clone());
    }

    /// How clients see it.
    pub(super) fn listed(&self, clock: Clock, system: &System) -> Listed {
        let Order { spec, environment, record } = &*self.order;
        let machine = &self.machine;
        let output = self.output.as_ref().map(|output| output.borrow());
        let measured = self.pid().and_then(|pid| system.process(Pid::from_u32(pid)));
        Listed {
            id: self.id,
            name: spec.name.clone(),
            pid: self.pid().unwrap_or_default(),
            phase: match machine.state() {
                State::Starting => Word::Launching,
                State::Online => Word::Online,
                State::Restarting => Word::WaitingRestart,
                State::Stopping => Word::Stopping,
                State::Stopped | State::Completed | State::Failed => Word::Stopped,
                State::GivenUp => Word::Errored,
            },
            exit_code: machine.exit_code(),
            restarts: machine.restarts(),
            early_ends: machine.early_ends(),
            since: machine.since().map_or(0, |time| clock.unix(time)),
            requested: machine.requested().map_or(0, |time| clock.unix(time)),
            is_being_replaced: machine.is_being_replaced(),
            was_asked_for: Some(machine.was_asked_for()),
            is_unwell: machine.is_unwell(),
            was_told_to_end: Some(machine.was_told_to_end()),
            killed_by: machine.killed_by(),
            cause: self.cause.clone(),
            log_trouble: output.as_ref().and_then(|output| output.trouble()),
            restart_delay: Some(machine.restart_delay()),
            is_silent: machine.is_silent(),
            shares: spec.cluster.is_some(),
            memory: measured.map_or(0, sysinfo::Process::memory),
            cpu: measured.map_or(0.0, |process| process.cpu_usage().into()),
            files: match &output {
                Some(output) => output.paths(),
                None => spec.log_files(self.instance),
            },
            environment: environment.clone(),
            record: record.clone(),
        }
    }
}

/// Reads a pipe until its end, into the log.
fn follow(process: Serial, stream: Stream, pipe: OwnedFd, output: Shared, events: Events) {
    let pipe = pipe::Receiver::from_owned_fd(pipe);
    spawn_local(async move {
        if let Ok(pipe) = pipe {
            super::output::copy(pipe, stream, &output).await;
        }
        let _ = events.send(super::Event::Written(process));
    });
}
