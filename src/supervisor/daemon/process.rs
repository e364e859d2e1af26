//! A process of an app: its state machine, the operating system's process, its log files.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::OwnedFd;
use std::process::{ChildStdin, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use process_wrap::std::{CommandWrap, ProcessSession};
use promethean_core::kind;
use rustix::process::{Signal, kill_process};
use sysinfo::{Pid, System};
use tokio::net::unix::pipe;
use tokio::task::spawn_local;

use super::family::{self, Families};
use super::output::{Output, Shared};
use super::triggers::Triggers;
use super::{Clock, Events, OUTPUT, journal};
use crate::engine::ProcessId;
use crate::logs::Stream;
use crate::supervisor::guard::number;
use crate::supervisor::machine::{Action, Ask, Event, Exit, Fact, Machine, State};
use crate::supervisor::protocol::{Listed, Order, Word};

/// A process of an app.
pub(super) struct Process {
    pub(super) id: ProcessId,
    /// Its number among those of its app.
    pub(super) instance: usize,
    pub(super) order: Rc<Order>,
    /// What restarts it while it runs; that of all processes of its app.
    pub(super) triggers: Rc<Triggers>,
    pub(super) machine: Machine,
    /// Whether it was told to end for good.
    pub(super) is_told_to_end: bool,
    run: Option<Run>,
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
    /// Nothing is ever written to it, and it does not end before the process: as PM2 does it.
    _input: Option<ChildStdin>,
}

impl Process {
    pub(super) fn new(
        id: ProcessId,
        instance: usize,
        order: Rc<Order>,
        triggers: Rc<Triggers>,
    ) -> Process {
        let machine = Machine::new(order.spec.policy.clone());
        Process {
            id,
            instance,
            order,
            triggers,
            machine,
            is_told_to_end: false,
            run: None,
            pipes: 0,
            rested: None,
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
    pub(super) fn tell(&mut self, event: Event, now: Duration, events: &Events) {
        let mut happened = VecDeque::from([event]);
        while let Some(event) = happened.pop_front() {
            match event {
                Event::Stop | Event::Kill => self.is_told_to_end = true,
                Event::Start | Event::Restart => self.is_told_to_end = false,
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
                    Action::Spawn => happened.push_back(match self.spawn(events) {
                        Ok(run) => {
                            self.run = Some(run);
                            Event::Spawned
                        }
                        Err(error) => {
                            journal::error(&format!("{}: {error}", self.name()));
                            Event::SpawnFailed
                        }
                    }),
                    Action::Ask(ask) => self.ask(ask),
                    Action::Kill => self.signal_all(Signal::KILL),
                    Action::Record(fact) => self.record(fact),
                }
            }
        }
        self.rested = self.is_at_rest().then(|| self.rested.unwrap_or(now));
    }

    /// Its name in the engine's log.
    fn name(&self) -> String {
        let name = &self.order.spec.name;
        match self.order.spec.instances {
            1 => name.clone(),
            _ => format!("{name} {}", self.instance),
        }
    }

    fn record(&self, fact: Fact) {
        journal::info(&format!("{}: {fact}", self.name()));
    }

    fn ask(&self, ask: Ask) {
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
            Ask::Message | Ask::Process => {
                if let Some(pid) = self.pid().and_then(number) {
                    let _ = kill_process(pid, signal);
                }
            }
            Ask::Family => self.signal_all(signal),
        }
    }

    /// Signals all that belongs to it, the latest first. They may have ended since.
    fn signal_all(&self, signal: Signal) {
        if self.has_left() && family::nobody_is_adopted(false) {
            return;
        }
        for pid in Families::look().of(self).into_iter().rev().filter_map(number) {
            let _ = kill_process(pid, signal);
        }
    }

    /// The variables of the process: those of its definition, and those that PM2 adds, with the mark by
    /// which what it starts is known.
    fn variables(&self) -> BTreeMap<&str, String> {
        let Order { spec, environment, .. } = &*self.order;
        let given = environment.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let mut variables: BTreeMap<&str, String> = given.collect();
        variables.insert(family::VARIABLE, family::mark(self.id));
        variables.insert(&spec.instance_var, self.instance.to_string());
        if let Some(name) = &spec.increment_var {
            // As `God.injectVariables` in `lib/God.js`: what is no number counts from 0.
            let first = environment.get(name).and_then(|value| value.trim().parse::<u64>().ok());
            let number = first.unwrap_or(0).saturating_add(self.instance as u64);
            variables.insert(name, number.to_string());
        }
        variables
    }

    fn spawn(&mut self, events: &Events) -> io::Result<Run> {
        use std::os::unix::process::CommandExt as _;
        let spec = &self.order.spec;
        let [program, arguments @ ..] = spec.command.as_slice() else {
            return Err(io::Error::other("there is no program"));
        };
        let failed = |error: io::Error| match spec.directory.is_dir() {
            true => io::Error::other(format!("`{program}` cannot be started: {error}")),
            false => io::Error::other(format!("{} is no directory", spec.directory)),
        };
        let output = Output::open(&self.name(), spec, self.id, self.instance);
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&spec.directory)
            .env_clear()
            .envs(self.variables())
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
        let spawned = family::marked(self.id, || command.wrap(ProcessSession).spawn());
        let mut child = spawned.map_err(failed)?;
        let leader = child.id();
        family::started(leader);
        if let Some(file) = &spec.pid_file
            && let Err(error) = std::fs::write(file, leader.to_string())
        {
            journal::error(&format!("{}: {file}: {error}", self.name()));
        }
        let output = output.shared();
        let out = child.stdout().take().map(|pipe| (Stream::Out, OwnedFd::from(pipe)));
        let err = child.stderr().take().map(|pipe| (Stream::Err, OwnedFd::from(pipe)));
        for (stream, pipe) in out.into_iter().chain(err) {
            self.pipes += 1;
            follow(self.id, stream, pipe, Rc::clone(&output), events.clone());
        }
        Ok(Run { leader, lives: true, _input: child.stdin().take() })
    }

    /// How clients see it.
    pub(super) fn listed(&self, clock: Clock, system: &System) -> Listed {
        let Order { spec, environment, record } = &*self.order;
        let machine = &self.machine;
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
            exit_code: machine.exit().and_then(Exit::code),
            restarts: machine.restarts(),
            early_ends: machine.early_ends(),
            since: clock.unix(machine.since()),
            requested: machine.requested().map_or(0, |time| clock.unix(time)),
            restart_delay: Some(machine.restart_delay()),
            is_silent: machine.is_silent(),
            memory: measured.map_or(0, sysinfo::Process::memory),
            cpu: measured.map_or(0.0, |process| process.cpu_usage().into()),
            files: spec.log_files(self.instance),
            environment: environment.clone(),
            record: record.clone(),
        }
    }
}

/// Reads a pipe until its end, into the log.
fn follow(id: ProcessId, stream: Stream, pipe: OwnedFd, output: Shared, events: Events) {
    let pipe = pipe::Receiver::from_owned_fd(pipe);
    spawn_local(async move {
        if let Ok(pipe) = pipe {
            super::output::copy(pipe, stream, &output).await;
        }
        let _ = events.send(super::Event::Written(id));
    });
}
