//! What a client and the engine say to each other: one JSON value per line, through a socket that
//! belongs to the user alone.
//!
//! A client may send anything: what is not understood is answered as such, a line that is too long ends
//! the connection.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::spec::Spec;
use crate::engine::{Phase, Process, ProcessId, Record};

/// The version of what is said here. An engine that was started by another one says so.
pub const VERSION: u32 = 2;

/// How long a request may be, in bytes. An app's variables and arguments are less than 2 MiB on Linux.
pub const LONGEST: usize = 16 << 20;

/// A request.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// Its number, which the answer has.
    pub id: u64,
    /// What is asked for.
    pub ask: Ask,
}

/// What is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// Who is there?
    Hello,
    /// The client that the engine was started for is here: it need not be waited for any longer.
    Begin,
    /// All processes.
    List,
    /// Start an app. The answer comes when its processes run, or are known not to.
    Start(Box<Order>),
    /// End a process and forget it. The answer comes when nothing of it is left.
    Stop {
        /// The engine's number for it.
        process: ProcessId,
    },
    /// Replace a process of a cluster by one of a new definition, which listens before the old one ends.
    /// The answer comes when that has ended.
    Replace {
        /// The engine's number for both.
        process: ProcessId,
        /// What is started in its place.
        order: Box<Order>,
    },
    /// End everything in order as soon as this connection ends.
    Lease,
    /// Kill everything now.
    Kill,
}

/// An app to start.
#[derive(Serialize, Deserialize)]
pub struct Order {
    /// What runs, and how.
    pub spec: Spec,
    /// Its variables, which may be secrets.
    pub environment: BTreeMap<String, String>,
    /// What is remembered of it.
    pub record: Record,
}

/// The names of the variables alone are shown.
impl fmt::Debug for Order {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Order { spec, environment, record: _ } = self;
        let names: Vec<&String> = environment.keys().collect();
        formatter
            .debug_struct("Order")
            .field("spec", spec)
            .field("environment", &names)
            .finish_non_exhaustive()
    }
}

/// An answer.
#[derive(Serialize, Deserialize)]
pub struct Answer {
    /// The number of the request; 0 for what could not be understood.
    pub id: u64,
    /// What is said.
    pub say: Say,
}

/// What is said.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Say {
    /// The engine is there.
    Hello {
        /// The version of what is said here.
        protocol: u32,
        /// That of the program that started it.
        version: String,
        /// Why it ends all that it runs, where no client has asked for that.
        #[serde(default)]
        ends: Option<String>,
        /// Whether it ends all that it runs, for whatever reason.
        #[serde(default)]
        is_ending: bool,
        /// The operating system's number of it. An engine of an earlier version does not say.
        #[serde(default)]
        pid: Option<u32>,
    },
    /// All processes, or those that were started.
    Processes(Vec<Listed>),
    /// It is done, or there is nothing to do.
    Done,
    /// It is not done, and why.
    Refused(String),
}

/// Why an engine that ends all that it runs starts nothing.
pub(super) const ENDING: &str = "the engine is ending";

/// A process of the engine.
#[derive(Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Listed {
    /// The engine's number for it.
    pub id: ProcessId,
    /// The name of its app.
    pub name: String,
    /// The operating system's number; 0 when it has none.
    pub pid: u32,
    /// What it does.
    pub phase: Word,
    /// The exit code of its last run.
    pub exit_code: Option<i64>,
    /// How often it was restarted.
    pub restarts: u64,
    /// How often it has ended too early.
    pub early_ends: u64,
    /// When it was started, in milliseconds of the Unix time.
    pub since: u64,
    /// When its start was last asked for, in milliseconds of the Unix time.
    pub requested: u64,
    /// Whether a restart was asked for and has not happened yet.
    #[serde(default)]
    pub is_being_replaced: bool,
    /// Whether its current run was asked for. An engine of an earlier version does not say.
    #[serde(default)]
    pub was_asked_for: Option<bool>,
    /// Whether it was restarted because its `alive` probe failed, which has not succeeded since.
    #[serde(default)]
    pub is_unwell: bool,
    /// Whether it was told to end when it ended last.
    #[serde(default)]
    pub was_told_to_end: Option<bool>,
    /// The signal that has killed it, and that was not to end it.
    #[serde(default)]
    pub killed_by: Option<i32>,
    /// Why it restarts or starts again, where it was not because it had ended.
    #[serde(default)]
    pub cause: Option<String>,
    /// What is wrong with its logs.
    #[serde(default)]
    pub log_trouble: Option<String>,
    /// The delay before its restart.
    pub restart_delay: Option<Duration>,
    /// Whether it has not reported in time that it is ready, and should have.
    pub is_silent: bool,
    /// Whether it shares with others of its app what it listens on.
    pub shares: bool,
    /// Bytes of memory.
    pub memory: u64,
    /// Percent of one processor.
    pub cpu: f64,
    /// The files of its standard output, its standard error, and both.
    pub files: [Option<Utf8PathBuf>; 3],
    /// Its variables, which may be secrets.
    pub environment: BTreeMap<String, String>,
    /// What is remembered of it.
    pub record: Record,
}

/// A phase that this engine knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// [`Phase::Launching`]
    Launching,
    /// [`Phase::Online`]
    Online,
    /// [`Phase::Stopping`]
    Stopping,
    /// [`Phase::Stopped`]
    Stopped,
    /// [`Phase::Errored`]
    Errored,
    /// [`Phase::WaitingRestart`]
    WaitingRestart,
}

impl From<Word> for Phase {
    fn from(word: Word) -> Phase {
        match word {
            Word::Launching => Phase::Launching,
            Word::Online => Phase::Online,
            Word::Stopping => Phase::Stopping,
            Word::Stopped => Phase::Stopped,
            Word::Errored => Phase::Errored,
            Word::WaitingRestart => Phase::WaitingRestart,
        }
    }
}

impl From<Listed> for Process {
    fn from(listed: Listed) -> Process {
        let [out_file, error_file, log_file] = listed.files;
        Process {
            id: listed.id,
            name: listed.name,
            pid: listed.pid,
            phase: listed.phase.into(),
            exit_code: listed.exit_code,
            restarts: listed.restarts,
            unstable_restarts: listed.early_ends,
            since: listed.since,
            requested: listed.requested,
            never_asked: false,
            is_being_replaced: listed.is_being_replaced,
            was_asked_for: listed.was_asked_for,
            is_unwell: listed.is_unwell,
            was_told_to_end: listed.was_told_to_end,
            killed_by: listed.killed_by,
            cause: listed.cause,
            log_trouble: listed.log_trouble,
            restart_delay: listed.restart_delay,
            is_silent: listed.is_silent,
            memory: listed.memory,
            cpu: listed.cpu,
            shares: listed.shares,
            out_file,
            error_file,
            log_file,
            env: listed.environment.into_iter().collect(),
            record: Some(listed.record),
        }
    }
}

/// A value as a line.
#[must_use]
pub fn line<T: Serialize>(value: &T) -> Vec<u8> {
    // Texts, numbers and lists are written without fail.
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Cuts bytes, as they come, into lines.
#[derive(Debug, Default)]
pub struct Lines {
    bytes: Vec<u8>,
    /// How many of them are known to have no end of a line.
    searched: usize,
}

/// A line is longer than any request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl Lines {
    /// Takes bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line, without its end; `None` until there is one.
    ///
    /// # Errors
    ///
    /// It is longer than [`LONGEST`].
    pub fn take(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        let unsearched = self.bytes.get(self.searched..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'\n', unsearched) else {
            self.searched = self.bytes.len();
            return if self.searched > LONGEST { Err(TooLong) } else { Ok(None) };
        };
        let mut line: Vec<u8> = self.bytes.drain(..=self.searched + end).collect();
        line.pop();
        self.searched = 0;
        if line.len() > LONGEST { Err(TooLong) } else { Ok(Some(line)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &mut Lines, bytes: &[u8]) -> Vec<String> {
        lines.push(bytes);
        let next = || lines.take().unwrap().map(|line| String::from_utf8(line).unwrap());
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn messages_come_in_any_pieces() {
        let mut cut = Lines::default();
        assert_eq!(lines(&mut cut, b"{\"id\":1"), [""; 0]);
        assert_eq!(lines(&mut cut, b"}\n\n{"), ["{\"id\":1}", ""]);
        assert_eq!(lines(&mut cut, b"}\nrest"), ["{}"]);
        assert_eq!(lines(&mut cut, b"\n"), ["rest"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_an_error_before_and_at_its_end() {
        let long = vec![b'x'; LONGEST + 1];
        let mut open = Lines::default();
        open.push(&long);
        assert_eq!(open.take(), Err(TooLong));
        let mut ended = Lines::default();
        ended.push(&long);
        ended.push(b"\n");
        assert_eq!(ended.take(), Err(TooLong));
        let mut longest = Lines::default();
        longest.push(&long[..LONGEST]);
        assert_eq!(longest.take(), Ok(None));
        longest.push(b"\n{}\n");
        assert_eq!(longest.take().unwrap().map(|line| line.len()), Some(LONGEST));
        assert_eq!(longest.take(), Ok(Some(b"{}".to_vec())));
    }

    #[test]
    fn garbage_is_no_request() {
        for garbage in [
            "",
            "{",
            "[]",
            "null",
            "{\"id\":-1,\"ask\":\"list\"}",
            "{\"id\":1}",
            "\u{0}",
            "{\"id\":1,\"ask\":\"stop\"}",
            "{\"id\":1,\"ask\":{\"start\":{}}}",
            "GET / HTTP/1.1",
        ] {
            assert!(serde_json::from_str::<Request>(garbage).is_err(), "{garbage}");
        }
        let request: Request =
            serde_json::from_slice(&line(&Request { id: 7, ask: Ask::List })).unwrap();
        assert!(matches!(request, Request { id: 7, ask: Ask::List }));
    }
}
