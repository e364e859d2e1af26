//! Questions to PM2's daemon through its socket, as `pm2-axon` and `pm2-axon-rpc` write them.
//!
//! A message of [AMP](https://github.com/tj/node-amp) is a byte with the version and the number of
//! parts, then each part after its length in four bytes. Here the parts are a request or its answer as
//! JSON (`j:`), and the number of the request (`s:`).

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::home::Home;
use super::process::Entry;
use super::{NAME, Pm2Error};
use crate::engine::silence;

/// The version of AMP, and that there are two parts.
const TWO_PARTS: u8 = 1 << 4 | 2;

/// A connection to a daemon.
#[derive(Debug)]
pub(super) struct Axon {
    stream: UnixStream,
    /// How long an answer may take.
    patience: Duration,
    asked: u64,
}

/// Why a question has no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// The daemon says nothing in time.
    Silent,
    /// The connection ended.
    Lost,
    /// The daemon answers with an error.
    Refused(String),
    /// What it says is no answer.
    Unexpected(String),
}

impl Axon {
    /// Connects to the daemon that listens at a socket; `None` when there is none. It has this much time
    /// for each answer.
    pub(super) fn connect(socket: &Path, patience: Duration) -> io::Result<Option<Axon>> {
        let stream = match UnixStream::connect(socket) {
            Ok(stream) => stream,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        Ok(Some(Axon { stream, patience, asked: 0 }))
    }

    /// Calls a method of the daemon.
    pub(super) fn call<T: DeserializeOwned>(&mut self, method: &str) -> Result<T, Unanswered> {
        self.asked += 1;
        let number = format!("s:{}", self.asked);
        let request = json!({"type": "call", "method": method, "args": [{}]});
        let mut message = vec![TWO_PARTS];
        for part in [format!("j:{request}"), number.clone()] {
            let length = u32::try_from(part.len()).map_err(|_| Unanswered::Lost)?;
            message.extend(length.to_be_bytes());
            message.extend(part.bytes());
        }
        self.stream.write_all(&message)?;
        loop {
            let parts = self.message()?;
            // The answer to a question that nobody waits for any more is passed over.
            if let Some((last, [answer, ..])) = parts.split_last()
                && last == number.as_bytes()
            {
                return understood(answer);
            }
        }
    }

    /// All processes of the daemon.
    pub(super) fn list(&mut self) -> Result<Vec<Entry>, Unanswered> {
        self.call("getMonitorData")
    }

    /// The parts of the next message.
    fn message(&mut self) -> io::Result<Vec<Vec<u8>>> {
        let mut stream = &self.stream;
        let [head] = silence::reported(NAME, self.patience, is_silence, |time| {
            let mut head = [0];
            // No time at all is not a limit.
            stream.set_read_timeout(Some(time.max(Duration::from_millis(1))))?;
            stream.read_exact(&mut head)?;
            Ok::<[u8; 1], io::Error>(head)
        })?;
        // The rest is on its way.
        self.stream.set_read_timeout(Some(self.patience))?;
        (0..head & 0b1111).map(|_| self.part()).collect()
    }

    fn part(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = u64::from(u32::from_be_bytes(length));
        let mut part = Vec::new();
        (&self.stream).take(length).read_to_end(&mut part)?;
        match u64::try_from(part.len()) {
            Ok(read) if read == length => Ok(part),
            _ => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// What an answer says.
fn understood<T: DeserializeOwned>(part: &[u8]) -> Result<T, Unanswered> {
    #[derive(Deserialize)]
    struct Answer<T> {
        error: Option<String>,
        args: Option<(T,)>,
    }
    let unexpected = |why: String| Unanswered::Unexpected(why);
    let json = part.strip_prefix(b"j:").ok_or_else(|| unexpected("no JSON".to_owned()))?;
    // The error of serde_json would quote what it reads.
    let answer: Answer<T> = serde_json::from_slice(json).map_err(|error| {
        unexpected(format!("not what was asked for, at byte {}", error.column()))
    })?;
    match answer {
        Answer { error: Some(error), .. } => Err(Unanswered::Refused(error)),
        Answer { args: Some((value,)), .. } => Ok(value),
        Answer { error: None, args: None } => Err(unexpected("no value".to_owned())),
    }
}

impl Unanswered {
    /// The error of a daemon, for a program of this version that was so patient.
    pub(super) fn error(self, home: &Home, version: &str, patience: Duration) -> Pm2Error {
        match self {
            Unanswered::Silent => {
                Pm2Error::NoAnswer { seconds: patience.as_secs(), log: home.daemon_log() }
            }
            Unanswered::Lost => Pm2Error::DaemonLost,
            Unanswered::Refused(reason) => Pm2Error::Refused { reason },
            Unanswered::Unexpected(reason) => Pm2Error::unexpected(version, &reason),
        }
    }
}

/// Whether nothing was read because the time was over.
fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl From<io::Error> for Unanswered {
    fn from(error: io::Error) -> Unanswered {
        match is_silence(&error) {
            true => Unanswered::Silent,
            false => Unanswered::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::thread;

    use serde_json::Value;

    use super::*;

    fn message(parts: &[&str]) -> Vec<u8> {
        let mut message = vec![1 << 4 | u8::try_from(parts.len()).unwrap()];
        for part in parts {
            message.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
            message.extend(part.bytes());
        }
        message
    }

    /// What is understood of some bytes that a daemon answers with.
    fn answered(answer: Vec<u8>) -> Result<Value, Unanswered> {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("rpc.sock");
        assert!(Axon::connect(&socket, Duration::from_secs(60)).unwrap().is_none());
        let listener = UnixListener::bind(&socket).unwrap();
        let daemon = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 64];
            let read = stream.read(&mut request).unwrap();
            assert!(
                String::from_utf8_lossy(&request[..read]).contains("\"method\":\"getVersion\"")
            );
            stream.write_all(&answer).unwrap();
        });
        let mut axon = Axon::connect(&socket, Duration::from_secs(60)).unwrap().unwrap();
        let value = axon.call("getVersion");
        daemon.join().unwrap();
        value
    }

    #[test]
    fn an_answer_is_read() {
        let answer = message(&[r#"j:{"args":["7.0.4"]}"#, "s:1"]);
        assert_eq!(answered(answer.clone()).unwrap(), "7.0.4");
        let late = message(&[r#"j:{"args":["of another question"]}"#, "s:0"]);
        assert_eq!(answered([late, answer].concat()).unwrap(), "7.0.4");
    }

    #[test]
    fn what_is_no_answer_is_told_and_not_quoted() {
        let error = message(&[r#"j:{"error":"no such method","stack":"…"}"#, "s:1"]);
        assert!(
            matches!(answered(error), Err(Unanswered::Refused(why)) if why == "no such method")
        );
        for other in [r#"j:{"args":[]}"#, "j:{\"args\":[\"hunter2", "hunter2", "j:null"] {
            let Err(Unanswered::Unexpected(why)) = answered(message(&[other, "s:1"])) else {
                panic!("{other}")
            };
            assert!(!why.contains("hunter2"), "{why}");
        }
        let cut = message(&[r#"j:{"args":["7.0.4"]}"#, "s:1"]);
        for end in 0..cut.len() {
            assert!(matches!(answered(cut[..end].to_vec()), Err(Unanswered::Lost)), "{end}");
        }
    }

    #[test]
    fn a_daemon_that_says_nothing_is_not_waited_for_without_end() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("rpc.sock");
        let _listener = UnixListener::bind(&socket).unwrap();
        let mut axon = Axon::connect(&socket, Duration::from_millis(10)).unwrap().unwrap();
        assert!(matches!(axon.call::<Value>("getVersion"), Err(Unanswered::Silent)));
    }
}
