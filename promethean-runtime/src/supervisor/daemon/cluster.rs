//! Clusters of Node: the workers of an app are forked by a primary, a process of Node with a script of
//! ours, so that they share what they listen on.
//!
//! The primary lives as long as its app is listed. What it has forked belongs to the engine all the same: the
//! engine reads its output through named pipes, signals it, and kills it where the primary is gone.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use process_wrap::std::{CommandWrap, ProcessSession};
use rustix::fs::OFlags;
use rustix::process::{Signal, kill_process};
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::spawn_local;
use tokio::time::sleep;

use super::{Event, Events, Serial, family, journal};
use crate::engine::environment::is_base;
use crate::supervisor::guard::number;
use crate::supervisor::machine::Exit;
use crate::supervisor::place::Home;
use crate::supervisor::protocol::{Lines, line};
use crate::supervisor::spec::{Cluster, Spec};

/// What the primary runs.
const SCRIPT: &str = include_str!("cluster.cjs");

/// How long a primary may take to fork a worker.
const PATIENCE: Duration = Duration::from_secs(30);

/// The clusters, by the names of their apps.
pub(super) struct Clusters {
    home: Home,
    primaries: BTreeMap<String, Primary>,
    next: u64,
}

struct Primary {
    /// What distinguishes it from an earlier one.
    number: u64,
    pid: u32,
    /// Orders. Without it, its standard input ends, and so does it.
    orders: UnboundedSender<Vec<u8>>,
    /// Those that it was asked to fork, and that have not ended.
    workers: BTreeMap<Serial, Worker>,
}

enum Worker {
    /// Asked for then, with the pipes for its output.
    Awaited {
        since: Instant,
        _pipes: [Fifo; 2],
    },
    Forked,
}

/// What a primary says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Report {
    Forked { worker: Serial, pid: u32 },
    Failed { worker: Serial, why: String },
    Ready { worker: Serial },
    Listening { worker: Serial },
    Drained { worker: Serial },
    Exited { worker: Serial, code: Option<i64>, signal: Option<i32> },
}

/// A worker to fork.
pub(super) struct Forking<'f> {
    pub(super) worker: Serial,
    pub(super) spec: &'f Spec,
    pub(super) cluster: &'f Cluster,
    pub(super) variables: BTreeMap<String, String>,
}

impl Clusters {
    pub(super) fn new(home: Home) -> Clusters {
        Clusters { home, primaries: BTreeMap::new(), next: 0 }
    }

    /// Asks for a worker. Returns the pipes of its output.
    pub(super) fn fork(
        &mut self,
        forking: Forking<'_>,
        events: &Events,
    ) -> io::Result<[OwnedFd; 2]> {
        let Forking { worker, spec, cluster, variables } = forking;
        let pipe = |stream| self.home.path().join(format!("worker-{worker}-{stream}"));
        let (out, out_reader) = Fifo::make(pipe("out"))?;
        let (err, err_reader) = Fifo::make(pipe("err"))?;
        if !self.primaries.contains_key(&spec.name) {
            self.next += 1;
            let primary = Primary::start(self.next, &self.home, cluster, &variables, events)?;
            self.primaries.insert(spec.name.clone(), primary);
        }
        let Some(primary) = self.primaries.get_mut(&spec.name) else {
            return Err(io::Error::other("its cluster has no primary"));
        };
        let (uid, gid) = spec.user;
        let order = json!({"fork": {
            "worker": worker,
            "exec": cluster.script,
            "args": cluster.args,
            "execArgv": cluster.node_args,
            "cwd": spec.directory,
            "env": variables,
            "out": out.path,
            "err": err.path,
            "uid": uid,
            "gid": gid,
        }});
        let _ = primary.orders.send(line(&order));
        primary
            .workers
            .insert(worker, Worker::Awaited { since: Instant::now(), _pipes: [out, err] });
        let events = events.clone();
        spawn_local(async move {
            sleep(PATIENCE).await;
            let _ = events.send(Event::ForkIsDue(worker));
        });
        Ok([out_reader, err_reader])
    }

    fn of(&mut self, worker: Serial) -> Option<&mut Primary> {
        self.primaries.values_mut().find(|primary| primary.workers.contains_key(&worker))
    }

    /// A worker runs.
    pub(super) fn forked(&mut self, worker: Serial) {
        if let Some(primary) = self.of(worker) {
            primary.workers.insert(worker, Worker::Forked);
        }
    }

    /// A worker has ended, or could not be forked.
    pub(super) fn gone(&mut self, worker: Serial) {
        if let Some(primary) = self.of(worker) {
            primary.workers.remove(&worker);
        }
    }

    /// Asks a worker to end by a message. Says whether there is one.
    pub(super) fn shut_down(&mut self, worker: Serial) -> bool {
        self.order(worker, &json!({"shutdown": worker}))
    }

    /// Lets a worker finish what it does, and take nothing new. Says whether there is one.
    pub(super) fn drain(&mut self, worker: Serial) -> bool {
        self.order(worker, &json!({"drain": worker}))
    }

    fn order(&mut self, worker: Serial, order: &serde_json::Value) -> bool {
        self.of(worker).is_some_and(|primary| primary.orders.send(line(order)).is_ok())
    }

    /// A primary that does not fork a worker in time is of no use.
    pub(super) fn fork_is_due(&mut self, worker: Serial) {
        let Some(primary) = self.of(worker) else { return };
        if let Some(Worker::Awaited { since, .. }) = primary.workers.get(&worker)
            && since.elapsed() >= PATIENCE
            && let Some(pid) = number(primary.pid)
        {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// A primary has ended. Returns its app, and the workers that it has left, those that do not run yet
    /// with `false`; `None` where it was to end.
    pub(super) fn ended(&mut self, number: u64) -> Option<(String, Vec<(Serial, bool)>)> {
        let found = self.primaries.iter().find(|(_, primary)| primary.number == number);
        let name = found.map(|(name, _)| name.clone())?;
        let primary = self.primaries.remove(&name)?;
        let left = primary.workers.into_iter();
        let left = left.map(|(worker, state)| (worker, matches!(state, Worker::Forked)));
        Some((name, left.collect()))
    }

    /// Ends the primaries of apps that are gone.
    pub(super) fn retain(&mut self, mut is_listed: impl FnMut(&str) -> bool) {
        self.primaries.retain(|name, _| is_listed(name));
    }
}

impl Primary {
    fn start(
        primary: u64,
        home: &Home,
        cluster: &Cluster,
        variables: &BTreeMap<String, String>,
        events: &Events,
    ) -> io::Result<Primary> {
        let node = &cluster.node;
        let mut command = Command::new(node);
        let base = variables.iter().filter(|(name, _)| is_base(name));
        command
            .args(["-e", SCRIPT])
            .current_dir(home.path())
            .env_clear()
            .envs(base)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let failed =
            |error: io::Error| io::Error::other(format!("`{node}` cannot be started: {error}"));
        let mut child = CommandWrap::from(command).wrap(ProcessSession).spawn().map_err(failed)?;
        family::started(child.id());
        let unpiped = || io::Error::other(format!("`{node}` has no pipes"));
        let input = OwnedFd::from(child.stdin().take().ok_or_else(unpiped)?);
        let output = OwnedFd::from(child.stdout().take().ok_or_else(unpiped)?);
        let (orders, receiver) = unbounded_channel();
        spawn_local(write(pipe::Sender::from_owned_fd(input)?, receiver));
        spawn_local(read(primary, pipe::Receiver::from_owned_fd(output)?, events.clone()));
        Ok(Primary { number: primary, pid: child.id(), orders, workers: BTreeMap::new() })
    }
}

async fn write(mut input: pipe::Sender, mut orders: UnboundedReceiver<Vec<u8>>) {
    while let Some(order) = orders.recv().await {
        if input.write_all(&order).await.is_err() {
            return;
        }
    }
}

/// Reads reports until the primary has ended: nothing else has its standard output.
async fn read(primary: u64, mut output: pipe::Receiver, events: Events) {
    let mut lines = Lines::default();
    let mut bytes = vec![0; 16 << 10];
    while let Ok(length @ 1..) = output.read(&mut bytes).await {
        lines.push(bytes.get(..length).unwrap_or_default());
        while let Ok(Some(line)) = lines.take() {
            match serde_json::from_slice::<Report>(&line) {
                Ok(report) => drop(events.send(Event::Reported(report))),
                Err(error) => journal::error(&format!("a cluster says what is unknown: {error}")),
            }
        }
    }
    let _ = events.send(Event::PrimaryEnded(primary));
}

impl Report {
    /// How a worker has ended.
    pub(super) fn exit(code: Option<i64>, signal: Option<i32>) -> Exit {
        match (code, signal) {
            (_, Some(signal)) => Exit::Signal(signal),
            (Some(code), None) => Exit::Code(code),
            (None, None) => Exit::Code(0),
        }
    }
}

/// A named pipe, until the primary has opened it.
struct Fifo {
    path: Utf8PathBuf,
    /// It does not end before.
    _writer: File,
}

impl Drop for Fifo {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Fifo {
    /// Makes a named pipe. Returns the end that is read, too.
    fn make(path: Utf8PathBuf) -> io::Result<(Fifo, OwnedFd)> {
        // That of an engine that was killed.
        let _ = fs::remove_file(&path);
        make_fifo(&path)?;
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
        let reader = OpenOptions::new().read(true).custom_flags(flags).open(&path)?;
        let writer = OpenOptions::new().write(true).open(&path)?;
        Ok((Fifo { path, _writer: writer }, reader.into()))
    }
}

#[cfg(not(target_vendor = "apple"))]
fn make_fifo(path: &Utf8PathBuf) -> io::Result<()> {
    use rustix::fs::{CWD, Mode, mkfifoat};
    Ok(mkfifoat(CWD, path.as_std_path(), Mode::RUSR | Mode::WUSR)?)
}

/// What runs in a cluster is a limit there.
#[cfg(target_vendor = "apple")]
fn make_fifo(_: &Utf8PathBuf) -> io::Result<()> {
    Err(io::Error::other("there are no clusters on macOS"))
}
