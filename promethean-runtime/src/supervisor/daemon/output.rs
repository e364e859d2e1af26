//! From the pipes of a process to its log files, as PM2 writes them (`lib/God/ForkMode.js`), without
//! the losses: PM2 forgets the end of what comes without the end of a line where it writes times.
//!
//! A process never waits for its log: what cannot be written is dropped. What cannot be opened is replaced by a
//! file in the engine's directory. The engine's log says so, and so does the list of processes.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use memchr::memchr;
use serde_json::json;
use tokio::net::unix::pipe;
use tokio::time::{sleep, timeout};

use super::journal;
use super::log_file::{self, LogFiles};
use crate::engine::ProcessId;
use crate::logs::{JsonTime, Layout, Stream};
use crate::supervisor::place::Home;
use crate::supervisor::spec::Spec;

/// The log files of a process.
pub(super) struct Output {
    name: String,
    /// The name of its app, and its own number, as objects have them.
    app: (String, ProcessId),
    layout: Layout,
    /// Those of standard output, of standard error, and of both.
    files: [Option<log_file::Shared>; 3],
    /// Why some could not be opened.
    unopened: Option<String>,
    /// What is not written yet of a line of standard output, and of standard error.
    lines: [Line; 2],
}

/// The log files of a process, for both its pipes.
pub(super) type Shared = Rc<RefCell<Output>>;

/// A line that has not ended.
#[derive(Default)]
struct Line {
    /// Whether its time is written already.
    begun: bool,
    /// What an object will hold.
    text: Vec<u8>,
}

/// The longest text of an object; a longer line becomes several.
const LONGEST: usize = 1 << 20;

/// How much a pipe holds (pipe(7)).
const PIPE: usize = 64 << 10;

/// How much the pipe of a process holds that says a lot: each look at it costs, however little is there.
const LARGE: usize = 512 << 10;

/// How long more is waited for from a process that says a lot.
const PAUSE: Duration = Duration::from_millis(1);

/// How long a process must say nothing until its pipe is as any other again: a user has only so much memory for
/// pipes (`pipe-user-pages-soft`).
const QUIET: Duration = Duration::from_secs(2);

thread_local! {
    /// What is read at once; nobody holds it while others have a turn.
    static BYTES: RefCell<Vec<u8>> = RefCell::new(vec![0; LARGE / 2]);
}

/// Reads a pipe until its end.
pub(super) async fn copy(pipe: pipe::Receiver, stream: Stream, output: &Shared) {
    let mut is_large = false;
    loop {
        let readable = match is_large {
            true => match timeout(QUIET, pipe.readable()).await {
                Ok(readable) => readable,
                Err(_) => {
                    is_large = !holds(&pipe, PIPE);
                    continue;
                }
            },
            false => pipe.readable().await,
        };
        let read = readable.and_then(|()| {
            BYTES.with_borrow_mut(|bytes| {
                let length = pipe.try_read(bytes)?;
                output.borrow_mut().write(stream, bytes.get(..length).unwrap_or_default());
                Ok(length)
            })
        });
        match read {
            Ok(0) => break,
            Ok(length) if is_large && length < PIPE => sleep(PAUSE).await,
            Ok(length) => {
                is_large = is_large || length >= PIPE && holds(&pipe, LARGE);
                // Others have a turn, too.
                tokio::task::yield_now().await;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    output.borrow_mut().end(stream);
}

/// Lets a pipe hold so much. Says whether it does.
#[cfg(target_os = "linux")]
fn holds(pipe: &pipe::Receiver, size: usize) -> bool {
    rustix::pipe::fcntl_setpipe_size(pipe, size).is_ok_and(|now| now >= size)
}

/// What a pipe holds is the system's.
#[cfg(not(target_os = "linux"))]
fn holds(_: &pipe::Receiver, _: usize) -> bool {
    false
}

impl Output {
    /// Opens the log files of a process; in place of those that cannot be opened, those that it has by default.
    pub(super) fn open(
        name: &str,
        spec: &Spec,
        (id, instance): (ProcessId, usize),
        files: &mut LogFiles,
        home: &Home,
    ) -> Output {
        let mut unopened: Option<String> = None;
        let [out, err, both] = spec.log_files(instance);
        let defaults = spec.default_log_files(instance, home);
        let mut open = |path: Option<Utf8PathBuf>, default: &Utf8PathBuf| {
            let path = path?;
            let error = match files.open(&path, spec.logs.rotation) {
                Ok(file) => return Some(file),
                Err(error) => error,
            };
            let mut trouble = format!("its log {path} cannot be opened: {error}");
            let other = files.open(default, spec.logs.rotation).ok().filter(|_| path != *default);
            if other.is_some() {
                trouble = format!("{trouble}; what it says is in {default}");
            }
            journal::error(&format!("{name}: {trouble}"));
            unopened.get_or_insert(trouble);
            other
        };
        let [default_out, default_err, default_both] = &defaults;
        let files = [open(out, default_out), open(err, default_err), open(both, default_both)];
        Output {
            name: name.to_owned(),
            app: (spec.name.clone(), id),
            layout: spec.logs.format.layout(&TimeZone::system),
            files,
            unopened,
            lines: [Line::default(), Line::default()],
        }
    }

    /// What is wrong with the log files, if something is.
    pub(super) fn trouble(&self) -> Option<String> {
        let full = || {
            let mut open = self.files.iter().flatten();
            open.find_map(|file| file.borrow().trouble().map(str::to_owned))
        };
        self.unopened.clone().or_else(full)
    }

    /// The files that are written to.
    pub(super) fn paths(&self) -> [Option<Utf8PathBuf>; 3] {
        let path = |file: &Option<log_file::Shared>| {
            file.as_ref().map(|file| file.borrow().path().to_path_buf())
        };
        self.files.each_ref().map(path)
    }

    pub(super) fn shared(self) -> Shared {
        Rc::new(RefCell::new(self))
    }

    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        if self.files.iter().all(Option::is_none) {
            return;
        }
        match self.written(stream, bytes) {
            None => self.append(stream, bytes),
            Some(written) => self.append(stream, &written),
        }
    }

    /// What is left of a line when the pipe ends.
    fn end(&mut self, stream: Stream) {
        let line = std::mem::take(&mut self.lines[place(stream)].text);
        if !line.is_empty() {
            let object = self.object(stream, &line);
            self.append(stream, &object);
        }
    }

    /// Bytes as they are in the file; `None` for as they are.
    fn written(&mut self, stream: Stream, bytes: &[u8]) -> Option<Vec<u8>> {
        let format = match &self.layout {
            Layout::Plain | Layout::Unread => return None,
            Layout::Json(_) => return Some(self.objects(stream, bytes)),
            Layout::Dated(format) => format,
        };
        let stamp = format!("{}: ", format.write(Timestamp::now()));
        let line = &mut self.lines[place(stream)];
        let mut written = Vec::with_capacity(bytes.len() + stamp.len());
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !line.begun {
                written.extend_from_slice(stamp.as_bytes());
            }
            written.extend_from_slice(piece);
            line.begun = !piece.ends_with(b"\n");
        }
        Some(written)
    }

    /// An object for each line that has ended.
    fn objects(&mut self, stream: Stream, mut bytes: &[u8]) -> Vec<u8> {
        let mut objects = Vec::new();
        let place = place(stream);
        while !bytes.is_empty() {
            let end = memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
            let (piece, rest) = bytes.split_at(end);
            bytes = rest;
            let mut line = std::mem::take(&mut self.lines[place].text);
            line.extend_from_slice(piece);
            match line.ends_with(b"\n") || line.len() >= LONGEST {
                true => objects.extend(self.object(stream, &line)),
                false => self.lines[place].text = line,
            }
        }
        objects
    }

    fn object(&self, stream: Stream, line: &[u8]) -> Vec<u8> {
        let now = Timestamp::now();
        let time = match &self.layout {
            Layout::Json(JsonTime::Format(format)) | Layout::Dated(format) => format.write(now),
            Layout::Json(JsonTime::Iso | JsonTime::Unknown) | Layout::Plain | Layout::Unread => {
                format!("{now:.3}")
            }
        };
        let object = json!({
            "message": String::from_utf8_lossy(line),
            "timestamp": time,
            "type": if stream == Stream::Err { "err" } else { "out" },
            "process_id": self.app.1,
            "app_name": self.app.0,
        });
        format!("{object}\n").into_bytes()
    }

    fn append(&mut self, stream: Stream, bytes: &[u8]) {
        let [out, err, both] = &mut self.files;
        let own = if stream == Stream::Err { err } else { out };
        for file in [own, both].into_iter().flatten() {
            file.borrow_mut().append(bytes, &self.name);
        }
    }
}

fn place(stream: Stream) -> usize {
    usize::from(stream == Stream::Err)
}
