//! A connection to the engine.

use std::io::{BufRead as _, BufReader, ErrorKind as Io, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use serde_json::Value;

use super::place::Home;
use super::protocol::{Answer, Ask, ENDING, Order, Request, Say, VERSION, line};
use super::{Embedded, EmbeddedError};
use crate::engine::pending::Pending;
use crate::engine::silence;
use crate::engine::{
    DaemonInfo, EngineError, Process, ProcessId, Replaced, Replacing, Reply, Session, Start,
};

/// How long the engine may take to answer what it has at hand.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long an engine that lives is tried to be reached. It looks every two seconds whether its socket is there, and
/// ends first what a killed one has left.
const UNREACHED: Duration = Duration::from_secs(20);

/// How long an answer may be, in bytes: a list has the variables of all apps.
const LONGEST: u64 = 256 << 20;

/// A connection to the engine.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    /// Hands the answers to those who wait for them.
    reader: Option<JoinHandle<()>>,
    waiting: Arc<Pending<Result<Say, EmbeddedError>>>,
    next: u64,
    info: DaemonInfo,
    log: PathBuf,
    /// Why the engine ends all that it runs, where no client has asked for that.
    pub(super) ends: Option<String>,
    /// Whether it ends all that it runs, for whatever reason.
    pub(super) is_ending: bool,
    /// The operating system's number of the engine, where it says that.
    pub(super) pid: Option<u32>,
}

impl Connection {
    /// Connects to the engine of a place; `None` when it does not run. One that lives and cannot be reached has some
    /// time: it listens again where somebody has removed its socket.
    ///
    /// # Errors
    ///
    /// It does not answer, or is one of another version.
    pub(super) fn open(home: &Home) -> Result<Option<Connection>, EmbeddedError> {
        let begun = Instant::now();
        loop {
            let connection = Connection::open_now(home)?;
            if connection.is_some() || !home.has_engine() {
                return Ok(connection);
            }
            if begun.elapsed() >= UNREACHED {
                return Err(EmbeddedError::NoAnswer {
                    seconds: UNREACHED.as_secs(),
                    log: home.log(),
                });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The same at once.
    pub(super) fn open_now(home: &Home) -> Result<Option<Connection>, EmbeddedError> {
        let stream = match UnixStream::connect(home.socket()) {
            Ok(stream) => stream,
            // A killed engine leaves its socket.
            Err(error) if matches!(error.kind(), Io::NotFound | Io::ConnectionRefused) => {
                return Ok(None);
            }
            Err(error) => {
                return Err(EmbeddedError::Home { path: home.socket(), reason: error.to_string() });
            }
        };
        let unusable = |error: std::io::Error| EmbeddedError::Home {
            path: home.socket(),
            reason: error.to_string(),
        };
        let answers = stream.try_clone().map_err(unusable)?;
        let waiting = Arc::<Pending<_>>::default();
        let reader = std::thread::Builder::new().name("answers".to_owned()).spawn({
            let waiting = Arc::clone(&waiting);
            move || read(answers, &waiting)
        });
        let mut connection = Connection {
            stream,
            reader: Some(reader.map_err(unusable)?),
            waiting,
            next: 1,
            info: DaemonInfo::default(),
            log: home.log(),
            ends: None,
            is_ending: false,
            pid: None,
        };
        match connection.call(Ask::Hello) {
            Ok(Say::Hello { protocol: VERSION, version, ends, is_ending, pid }) => {
                connection.pid = pid;
                // An older engine says only why.
                connection.is_ending = is_ending || ends.is_some();
                connection.ends = ends;
                let processors = std::thread::available_parallelism().map_or(1, usize::from);
                connection.info = DaemonInfo { launched: false, version, processors };
                Ok(Some(connection))
            }
            Ok(_) => Err(EmbeddedError::Unexpected),
            // It was about to end.
            Err(EmbeddedError::Lost) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the engine of a place has processes. One that does not say so soon may have some.
    pub(super) fn keeps_something(home: &Home) -> bool {
        const SOON: Duration = Duration::from_secs(2);
        let list = || {
            let mut stream = UnixStream::connect(home.socket())?;
            stream.set_read_timeout(Some(SOON))?;
            stream.set_write_timeout(Some(SOON))?;
            stream.write_all(&line(&Request { id: 1, ask: Ask::List }))?;
            let mut answer = Vec::new();
            BufReader::new(stream).take(LONGEST).read_until(b'\n', &mut answer)?;
            Ok::<Answer, std::io::Error>(serde_json::from_slice(&answer)?)
        };
        !matches!(list(), Ok(Answer { say: Say::Processes(listed), .. }) if listed.is_empty())
    }

    /// Whether the engine ends, and nothing that it has run is left: it is gone in a moment.
    pub(super) fn is_over(&mut self) -> Result<bool, EmbeddedError> {
        Ok(self.is_ending && processes(self.call(Ask::List)?)?.is_empty())
    }

    /// Notes that the engine was started for this connection.
    pub(super) fn launched(mut self) -> Connection {
        self.info.launched = true;
        self
    }

    /// Asks for something that is answered at once.
    pub(super) fn call(&mut self, ask: Ask) -> Result<Say, EmbeddedError> {
        let (sender, receiver) = mpsc::channel();
        // The receiver is gone when it has waited long enough.
        self.send(ask, move |answer| drop(sender.send(answer)));
        let answer = silence::received(Embedded::NAME, PATIENCE, &receiver);
        answer.unwrap_or_else(|| Err(self.late(PATIENCE)))
    }

    fn send(&mut self, ask: Ask, reply: impl FnOnce(Result<Say, EmbeddedError>) + Send + 'static) {
        let id = self.next;
        self.next += 1;
        match self.waiting.insert(id, reply) {
            // A connection that has ended is noticed by whoever reads the answers.
            Ok(()) => drop(self.stream.write_all(&line(&Request { id, ask }))),
            Err(reply) => reply(Err(EmbeddedError::Lost)),
        }
    }

    fn late(&self, patience: Duration) -> EmbeddedError {
        EmbeddedError::NoAnswer { seconds: patience.as_secs(), log: self.log.clone() }
    }
}

impl Session for Connection {
    fn info(&self) -> &DaemonInfo {
        &self.info
    }

    fn notes(&self) -> Vec<Diagnostic> {
        let own = env!("CARGO_PKG_VERSION");
        let other = Some(&self.info.version).filter(|version| *version != own);
        let note = other.map(|version| {
            let version = Foreign(version);
            Diagnostic::new(format!("the embedded engine is version {version}, the program {own}"))
                .help("`down` and `up` restart it")
        });
        note.into_iter().collect()
    }

    fn list(&mut self) -> Result<Vec<Process>, EngineError> {
        Ok(processes(self.call(Ask::List)?)?)
    }

    fn start(&mut self, start: Start, reply: Reply<Vec<Process>>) {
        let order = match order(start) {
            Ok(order) => Box::new(order),
            Err(error) => return reply(Err(error.into())),
        };
        let reply = move |answer: Result<Say, EmbeddedError>| {
            reply(answer.and_then(processes).map_err(EngineError::from));
        };
        self.send(Ask::Start(order), reply);
    }

    fn stop(&mut self, id: ProcessId, reply: Reply<()>) {
        let reply = move |answer: Result<Say, EmbeddedError>| {
            reply(answer.and_then(done).map_err(EngineError::from));
        };
        self.send(Ask::Stop { process: id }, reply);
    }

    fn replace(
        &mut self,
        id: ProcessId,
        start: Start,
        wait: Replacing<'_>,
    ) -> Result<Replaced, EngineError> {
        let Replacing { gone: _, patience, waiting, pause } = wait;
        let (sender, receiver) = mpsc::channel();
        let ask = Ask::Replace { process: id, order: Box::new(order(start)?) };
        self.send(ask, move |answer| drop(sender.send(answer)));
        let begun = Instant::now();
        loop {
            match receiver.recv_timeout(pause) {
                Ok(answer) => {
                    return match answer? {
                        Say::Done => Ok(Replaced::Gone),
                        // Whether it is silent is in the list of all.
                        say => Ok(processes(say).map(|_| Replaced::Done)?),
                    };
                }
                Err(_) if begun.elapsed() >= patience => return Err(self.late(patience).into()),
                Err(_) => waiting(begun.elapsed()),
            }
        }
    }

    fn no_answer(&self, patience: Duration) -> EngineError {
        self.late(patience).into()
    }
}

/// An app as the engine is told of it.
fn order(start: Start) -> Result<Order, EmbeddedError> {
    let Start { attributes, environment, record } = start;
    let spec = serde_json::from_value(Value::Object(attributes)).map_err(|error| {
        EmbeddedError::Refused { reason: format!("its attributes cannot be read: {error}") }
    })?;
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let environment = environment.into_iter().map(|(name, value)| (name, text(value))).collect();
    Ok(Order { spec, environment, record })
}

fn processes(say: Say) -> Result<Vec<Process>, EmbeddedError> {
    match say {
        Say::Processes(listed) => Ok(listed.into_iter().map(Process::from).collect()),
        Say::Refused(reason) => Err(refused(reason)),
        Say::Hello { .. } | Say::Done => Err(EmbeddedError::Unexpected),
    }
}

/// One that ends all is as good as gone: the next one can be asked.
fn refused(reason: String) -> EmbeddedError {
    if reason == ENDING { EmbeddedError::Lost } else { EmbeddedError::Refused { reason } }
}

pub(super) fn done(say: Say) -> Result<(), EmbeddedError> {
    match say {
        Say::Done => Ok(()),
        Say::Refused(reason) => Err(refused(reason)),
        Say::Hello { .. } | Say::Processes(_) => Err(EmbeddedError::Unexpected),
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Passes each answer to its caller, until no more come.
fn read(answers: UnixStream, waiting: &Pending<Result<Say, EmbeddedError>>) {
    let mut answers = BufReader::new(answers);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = answers.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        if !matches!(read, Ok(1..)) || line.last() != Some(&b'\n') {
            break;
        }
        // What is not understood has no number, and its caller waits in vain.
        if let Ok(Answer { id, say }) = serde_json::from_slice(&line) {
            waiting.answer(id, Ok(say));
        }
    }
    waiting.end(|| Err(EmbeddedError::Lost));
}

/// Waits until an engine that is being started answers.
pub(super) fn await_engine(
    home: &Home,
    patience: Duration,
    mut has_failed: impl FnMut() -> Option<EmbeddedError>,
) -> Result<Connection, EmbeddedError> {
    let begun = Instant::now();
    loop {
        if let Some(connection) = Connection::open_now(home)? {
            return Ok(connection);
        }
        if let Some(error) = has_failed() {
            return Err(error);
        }
        if begun.elapsed() > patience {
            let reason = format!("it does not answer; see {}", Foreign(home.log().display()));
            return Err(EmbeddedError::NotStarted { reason });
        }
        std::thread::sleep(Duration::from_millis(4));
    }
}
