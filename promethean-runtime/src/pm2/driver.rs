//! PM2's own client, in a Node process of its own that takes requests through a pipe.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use promethean_core::secrets::Redaction;
use serde::Deserialize;
use serde_json::{Value, json};

#[cfg(unix)]
use super::axon::{Axon, Unanswered};
use super::environment;
use super::home::Home;
use super::installation::Installation;
use super::listing::{Listing, listed};
use super::{NAME, Pm2Error};
use crate::engine::lock::FileLock;
use crate::engine::pending::Pending;
use crate::engine::silence;
use crate::engine::{
    DaemonInfo, EngineError, Process, ProcessId, Replaced, Replacing, Reply as Answered, Session,
    Start,
};
use crate::scratch;
use crate::untrusted;

const SCRIPT: &str = include_str!("driver.cjs");

/// Reads the script and its settings from the first line of the pipe and runs it.
const LOADER: &str = "const lines = require('readline').createInterface({ input: process.stdin }); \
     lines.once('line', (line) => { const { script, settings } = JSON.parse(line); \
     new Function('require', 'lines', 'settings', script)(require, lines, settings); });";

/// How long PM2's client may take to end when nothing is asked of it any more.
const ENDING: Duration = Duration::from_secs(3);

/// A connection to PM2's daemon.
#[derive(Debug)]
pub struct Driver {
    process: Child,
    /// Hands the answers to those who wait for them.
    reader: Option<JoinHandle<()>>,
    requests: Option<ChildStdin>,
    waiting: Arc<Waiting>,
    next: AtomicU64,
    home: Home,
    version: String,
    daemon: DaemonInfo,
    /// How long PM2 may take to answer what it has at hand.
    patience: Duration,
    listing: Listing,
    /// The list does not go through the client.
    #[cfg(unix)]
    axon: Option<Axon>,
}

/// The lock of a home, for a client that keeps it.
#[derive(Debug)]
pub struct Held(File);

impl Held {
    /// A share of a lock.
    ///
    /// # Errors
    ///
    /// The system gives no more handles.
    pub fn of(lock: &FileLock, home: &Home) -> Result<Held, Pm2Error> {
        let shared = lock.share();
        shared
            .map(Held)
            .map_err(|error| Pm2Error::Home { path: home.own(), reason: error.to_string() })
    }
}

/// How far the client is, as it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
    /// Node starts it.
    #[default]
    Starting,
    /// It asks a daemon that may be there.
    Asking,
    /// It has started a daemon, and waits for it.
    Launching,
}

/// What the driver reports about the daemon.
#[derive(Deserialize)]
struct Daemon {
    /// Whether it was started for this connection.
    #[serde(default)]
    launched: bool,
    /// Its version, which differs from the package's after an update without `pm2 update`.
    #[serde(default)]
    version: String,
    /// How many processors PM2 counts.
    #[serde(default)]
    processors: usize,
}

/// The requests that are not answered yet, and what the client says beside the answers.
struct Waiting {
    replies: Pending<Result<Value, Pm2Error>>,
    /// What no error may show.
    hidden: Mutex<Redaction>,
    node: PathBuf,
    said: Mutex<File>,
    stage: Mutex<Stage>,
}

impl Driver {
    /// Connects to the daemon of a home; `None` when there is none.
    ///
    /// # Errors
    ///
    /// PM2's client cannot be run or does not get through.
    pub fn connect(
        installation: &Installation,
        home: &Home,
        patience: Duration,
    ) -> Result<Option<Driver>, Pm2Error> {
        if !home.may_have_daemon()? {
            return Ok(None);
        }
        let said = scratch::file().map_err(|error| Pm2Error::Home {
            path: scratch::directory(),
            reason: error.to_string(),
        })?;
        let driver = Driver::start(installation, home, said, patience);
        driver.and_then(|driver| driver.connected(false)).map_err(Pm2Error::at_a_limit)
    }

    /// As [`Driver::connect`], for an operation that changes what runs: the lock of the home is free
    /// when PM2 has finished what it was asked for, also where the operation is ended before.
    ///
    /// # Errors
    ///
    /// As [`Driver::connect`].
    pub fn connect_locked(
        installation: &Installation,
        home: &Home,
        lock: Held,
        patience: Duration,
    ) -> Result<Option<Driver>, Pm2Error> {
        if !home.may_have_daemon()? {
            return Ok(None);
        }
        let driver = Driver::start(installation, home, lock.0, patience);
        driver.and_then(|driver| driver.connected(false)).map_err(Pm2Error::at_a_limit)
    }

    /// As [`Driver::connect_locked`], and starts a daemon where there is none.
    ///
    /// # Errors
    ///
    /// PM2's client cannot be run, or its daemon cannot be started.
    pub fn launch(
        installation: &Installation,
        home: &Home,
        lock: Held,
        patience: Duration,
    ) -> Result<Driver, Pm2Error> {
        let driver = Driver::start(installation, home, lock.0, patience);
        let driver = driver.and_then(|driver| driver.connected(true));
        let driver = driver.and_then(|driver| driver.ok_or(Pm2Error::DaemonLost));
        driver.map_err(Pm2Error::at_a_limit)
    }

    fn start(
        installation: &Installation,
        home: &Home,
        said: File,
        patience: Duration,
    ) -> Result<Driver, Pm2Error> {
        home.check_sockets()?;
        let node = installation.node.clone();
        let failed = |error: io::Error| Pm2Error::Client {
            node: node.clone(),
            reason: format!("cannot be started: {error}"),
        };
        let mut command = Command::new(&installation.node);
        command
            .args(["-e", LOADER])
            .current_dir(scratch::directory())
            .env_clear()
            .envs(environment::of_pm2(home))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(said.try_clone().map_err(failed)?);
        // A Ctrl-C is for the command: what PM2 was asked to do is finished.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process = command.spawn().map_err(failed)?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(failed(io::Error::other("it has no pipes")));
        };
        let waiting = Arc::new(Waiting {
            replies: Pending::default(),
            hidden: Mutex::default(),
            node: installation.node.clone(),
            said: Mutex::new(said),
            stage: Mutex::default(),
        });
        let reader = std::thread::Builder::new().spawn({
            let waiting = Arc::clone(&waiting);
            move || waiting.read(answers)
        });
        let reader = match reader {
            Ok(reader) => reader,
            Err(error) => {
                drop(requests);
                let _ = process.kill();
                let _ = process.wait();
                return Err(failed(error));
            }
        };
        let mut driver = Driver {
            process,
            reader: Some(reader),
            requests: Some(requests),
            waiting,
            next: AtomicU64::new(1),
            home: home.clone(),
            version: installation.version.clone(),
            daemon: DaemonInfo::default(),
            patience,
            listing: Listing::new(home.daemon_log()),
            #[cfg(unix)]
            axon: None,
        };
        let settings = json!({"root": installation.package});
        driver.write(&json!({"script": SCRIPT, "settings": settings}));
        Ok(driver)
    }

    fn connected(mut self, launch: bool) -> Result<Option<Driver>, Pm2Error> {
        let answer = self.call("connect", json!({"launch": launch}))?;
        if answer.get("alive") != Some(&Value::Bool(true)) {
            return Ok(None);
        }
        let Daemon { launched, version, processors } = self.understood(answer)?;
        self.daemon = DaemonInfo { launched, version, processors };
        Ok(Some(self))
    }

    /// What the daemon lists, from its socket; `None` where only the client knows how to ask, or why there is no
    /// answer.
    #[cfg(unix)]
    fn list_of_socket(&mut self) -> Option<Result<Vec<Process>, Pm2Error>> {
        let mut axon = match self.axon.take() {
            Some(axon) => axon,
            None => Axon::connect(&self.home.request_socket()?, self.patience).ok()??,
        };
        match self.listing.of(&self.version, || axon.list()) {
            Ok(listed) => {
                self.axon = Some(axon);
                Some(listed)
            }
            Err(Unanswered::Lost) => None,
            Err(unanswered) => {
                Some(Err(unanswered.error(&self.home, &self.version, self.patience)))
            }
        }
    }

    /// Who has not answered for so long: the client itself, a daemon that was started, or one that runs.
    fn error_of_no_answer(&self, patience: Duration) -> Pm2Error {
        let (seconds, log) = (patience.as_secs(), self.home.daemon_log());
        match *self.waiting.stage.lock().unwrap_or_else(PoisonError::into_inner) {
            Stage::Starting => Pm2Error::Client {
                node: self.waiting.node.clone(),
                reason: format!("has not started within {seconds} seconds"),
            },
            Stage::Launching => Pm2Error::NotStarted { seconds, log },
            Stage::Asking => Pm2Error::NoAnswer { seconds, log },
        }
    }

    fn understood<T: for<'de> Deserialize<'de>>(&self, answer: Value) -> Result<T, Pm2Error> {
        understood(answer, &self.version)
    }

    fn call(&mut self, operation: &str, request: Value) -> Result<Value, Pm2Error> {
        let patience = self.patience;
        let (sender, receiver) = mpsc::channel();
        // The receiver is gone when it has waited long enough.
        self.send(operation, request, move |answer| drop(sender.send(answer)));
        let answer = silence::received(NAME, patience, &receiver);
        answer.unwrap_or_else(|| Err(self.error_of_no_answer(patience)))
    }

    fn send(
        &mut self,
        operation: &str,
        mut request: Value,
        reply: impl FnOnce(Result<Value, Pm2Error>) + Send + 'static,
    ) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(fields) = request.as_object_mut() {
            fields.insert("id".to_owned(), id.into());
            fields.insert("operation".to_owned(), operation.into());
        }
        match self.waiting.replies.insert(id, reply) {
            Ok(()) => self.write(&request),
            Err(reply) => reply(Err(Pm2Error::DaemonLost)),
        }
    }

    /// A pipe that is closed is noticed by whoever reads the answers.
    fn write(&mut self, request: &Value) {
        if let Some(pipe) = &mut self.requests {
            // At once: a write for each part of it would wake the client as many times.
            let _ = pipe.write_all(format!("{request}\n").as_bytes());
        }
    }
}

impl Session for Driver {
    fn info(&self) -> &DaemonInfo {
        &self.daemon
    }

    fn notes(&self) -> Vec<Diagnostic> {
        outdated(&self.daemon, &self.version).into_iter().collect()
    }

    fn list(&mut self) -> Result<Vec<Process>, EngineError> {
        #[cfg(unix)]
        if let Some(list) = self.list_of_socket() {
            return Ok(list?);
        }
        let mut listing = std::mem::take(&mut self.listing);
        let version = self.version.clone();
        let listed = listing.of(&version, || understood(self.call("list", json!({}))?, &version));
        self.listing = listing;
        Ok(listed??)
    }

    fn start(&mut self, start: Start, reply: Answered<Vec<Process>>) {
        let version = self.version.clone();
        self.waiting.hide(&start);
        let Start { attributes: app, environment, record } = start;
        let request = json!({"app": app, "environment": environment, "record": record});
        self.send("start", request, move |answer| {
            let started = answer.and_then(|answer| listed(understood(answer, &version)?, &version));
            reply(started.map_err(EngineError::from));
        });
    }

    fn stop(&mut self, id: ProcessId, reply: Answered<()>) {
        self.send("delete", json!({"process_id": id}), |answer| {
            reply(answer.map(drop).map_err(EngineError::from));
        });
    }

    fn replace(
        &mut self,
        id: ProcessId,
        start: Start,
        wait: Replacing<'_>,
    ) -> Result<Replaced, EngineError> {
        /// What the client says of it.
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Said {
            Replaced,
            Silent,
            Gone,
        }
        self.waiting.hide(&start);
        let Start { attributes: app, environment, record } = start;
        let Replacing { gone, patience, waiting, pause } = wait;
        let request = json!({
            "process_id": id, "app": app, "environment": environment, "record": record, "gone": gone
        });
        let (sender, receiver) = mpsc::channel();
        self.send("reload", request, move |answer| drop(sender.send(answer)));
        let start = Instant::now();
        loop {
            let rest = patience.saturating_sub(start.elapsed());
            match receiver.recv_timeout(rest.min(pause)) {
                Ok(answer) => {
                    return Ok(match self.understood(answer?)? {
                        Said::Replaced => Replaced::Done,
                        Said::Silent => Replaced::Silent,
                        Said::Gone => Replaced::Gone,
                    });
                }
                Err(_) if start.elapsed() >= patience => return Err(self.no_answer(patience)),
                Err(_) => waiting(start.elapsed()),
            }
        }
    }

    fn no_answer(&self, patience: Duration) -> EngineError {
        self.error_of_no_answer(patience).into()
    }
}

/// What is said of a daemon of another version than the program's: PM2 was updated since it was started.
pub(super) fn outdated(daemon: &DaemonInfo, program: &str) -> Option<Diagnostic> {
    let message = format!(
        "PM2's daemon is version {}, the program {}: `pm2 update` restarts it",
        Foreign(&daemon.version),
        Foreign(program)
    );
    (daemon.version != program).then(|| Diagnostic::new(message))
}

fn understood<T: for<'de> Deserialize<'de>>(answer: Value, version: &str) -> Result<T, Pm2Error> {
    serde_json::from_value(answer).map_err(|error| Pm2Error::unexpected(version, &error))
}

impl Drop for Driver {
    /// The client ends when it has finished what it was asked for and nobody can ask any more.
    fn drop(&mut self) {
        drop(self.requests.take());
        let start = Instant::now();
        let mut ended = false;
        while !ended && start.elapsed() < ENDING {
            match self.process.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Ok(Some(_)) | Err(_) => ended = true,
            }
        }
        if !ended {
            // It waits for a daemon that does not answer.
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
        // With it goes the last handle of what the client wrote to, which can be the lock.
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Waiting {
    /// Passes each answer to its caller, until no more come.
    fn read(&self, answers: ChildStdout) {
        #[derive(Deserialize)]
        struct Answer {
            /// None where it says how far it is.
            id: Option<u64>,
            stage: Option<Stage>,
            #[serde(default)]
            ok: Value,
            error: Option<Failure>,
        }
        #[derive(Deserialize)]
        struct Failure {
            kind: String,
            message: String,
        }
        for line in BufReader::new(answers).lines() {
            let Ok(line) = line else { break };
            let Ok(answer) = serde_json::from_str::<Answer>(&line) else { continue };
            if let Some(stage) = answer.stage {
                *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
            }
            let Some(id) = answer.id else { continue };
            let answer = match answer.error {
                None => Ok(answer.ok),
                Some(failure) if failure.kind == "refused" => {
                    Err(Pm2Error::Refused { reason: self.shown(&failure.message) })
                }
                Some(_) => Err(Pm2Error::DaemonLost),
            };
            self.replies.answer(id, answer);
        }
        self.replies.end(|| Err(self.ended()));
    }

    /// Notes the values of an app that no error may show.
    fn hide(&self, start: &Start) {
        let mut hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        let is_open = |name: &str| {
            environment::is_base(name)
                || name == "PM2_HOME"
                || start.record.public.iter().any(|public| public == name)
        };
        for (name, value) in start.environment.iter().filter(|(name, _)| !is_open(name)) {
            if let Value::String(value) = value {
                hidden.hide(name, value);
            }
        }
    }

    /// What somebody else wrote, without what it may not show.
    fn shown(&self, text: &str) -> String {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.of(text).into_owned()
    }

    fn ended(&self) -> Pm2Error {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let last = untrusted::last_lines(&mut said, 8);
        let reason = match last.is_empty() {
            true => "ended without output; it may have been killed".to_owned(),
            false => format!("ended; its last output:\n{}", self.shown(&last)),
        };
        Pm2Error::Client { node: self.node.clone(), reason }
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Waiting").finish_non_exhaustive()
    }
}
