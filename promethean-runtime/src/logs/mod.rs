//! The log files of apps, merged and followed.
//!
//! What enters are [`LogFile`]s, which an engine knows by the definition of an app
//! ([`Place::logs`](crate::engine::Place::logs)). What leaves are [`Line`]s, to a [`Sink`]. In the order in which data passes:
//!
//! | file | what it holds |
//! | --- | --- |
//! | `files` | which files are wanted, each once |
//! | `time` | times before lines, and `--since` |
//! | `query` | which lines are wanted |
//! | `split`, `record`, `join` | from bytes to lines |
//! | `window`, `search` | where in a file the wanted lines begin, without reading what is before |
//! | `older` | the older files of a log, which go on where it has too few lines |
//! | `merge` | the lines that are there already, in one order |
//! | `reading`, `rotated_copy`, `tail` | one file, followed through truncation and rotation |
//! | `follow` | all files, followed |
//! | `paint` | what a terminal may see of a line |
//!
//! No file is ever read as a whole, and no more than a megabyte of any line is kept.
//!
//! ```
//! use promethean::logs::{Line, LogFile, Logs, Note, Query, Sink, Stream};
//! use std::io;
//!
//! #[derive(Default)]
//! struct Texts(Vec<String>);
//!
//! impl Sink for Texts {
//!     fn line(&mut self, line: &Line) -> io::Result<()> {
//!         self.0.push(line.text.clone());
//!         Ok(())
//!     }
//!     fn note(&mut self, note: &Note) -> io::Result<()> {
//!         panic!("{note}")
//!     }
//! }
//!
//! let directory = tempfile::tempdir().unwrap();
//! let path = directory.path().join("web-out.log");
//! std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
//! let file = LogFile::new("web", Stream::Out, path.to_str().unwrap());
//! let mut texts = Texts::default();
//! let query = Query { lines: Some(2), ..Query::default() };
//! Logs::new(vec![file], query).backlog(&mut texts).unwrap();
//! assert_eq!(texts.0, ["two", "three"]);
//! ```

mod files;
mod follow;
mod join;
mod merge;
mod older;
mod paint;
mod query;
mod reading;
mod record;
mod rotated_copy;
mod search;
mod split;
mod tail;
mod time;
mod window;

#[cfg(unix)]
pub(crate) use reading::Identity;
use std::fmt;
use std::io;
use std::ops::ControlFlow;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use serde::{Serialize, Serializer};

pub use files::files_among;
pub use follow::Logs;
pub use paint::{Escapes, clean, colour};
pub use query::{Pattern, PatternError, Query};
pub use time::{DateFormat, JsonTime, Layout, LogFormat, SinceError, since};

/// What of an app a log file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// Both.
    Combined,
}

/// A log file of an app.
#[derive(Clone, Debug, PartialEq)]
pub struct LogFile {
    /// The app's name, or those of all apps that write to this file, with `+` between them.
    pub app: String,
    /// What of the app it holds.
    pub stream: Stream,
    /// The file. It need not be there yet.
    pub path: Utf8PathBuf,
    /// What is in a line besides what the app wrote.
    pub layout: Layout,
    /// Whether the app may write the end of a line apart from the line, as Python does with
    /// `PYTHONUNBUFFERED`.
    pub in_parts: bool,
    /// Whether there are lines in it only where another file of the app cannot be opened.
    pub is_spare: bool,
}

impl LogFile {
    /// A file in which each line is as the app wrote it.
    pub fn new(app: impl Into<String>, stream: Stream, path: impl Into<Utf8PathBuf>) -> LogFile {
        LogFile {
            app: app.into(),
            stream,
            path: path.into(),
            layout: Layout::Plain,
            in_parts: false,
            is_spare: false,
        }
    }
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The app that wrote it.
    pub app: String,
    /// Where the app wrote it.
    pub stream: Stream,
    /// What the app wrote, without the end of the line. What was not UTF-8 is shown as `�`, and a
    /// line of more than a megabyte comes in pieces, with `…` where it was cut.
    pub text: String,
    /// When, where the line says so.
    #[serde(serialize_with = "iso")]
    pub time: Option<Timestamp>,
    /// The time as it is in the file before the text, with what is between them; else empty.
    #[serde(skip)]
    pub stamp: String,
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn iso<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_string()).serialize(serializer)
}

/// What there is to say beside the lines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Note {
    /// Lines were asked for by time, and those of this app have none.
    NoTimes {
        /// The app.
        app: String,
    },
    /// Matching lines were looked for, and not as far back as the file goes.
    SearchEnded {
        /// The file.
        path: Utf8PathBuf,
        /// How many bytes at its end were searched.
        searched: u64,
    },
    /// Lines were not handed over, for nobody waits for them any more.
    LeftOut {
        /// The file that they are in.
        path: Utf8PathBuf,
        /// How many.
        lines: u64,
    },
    /// A file that is there cannot be read.
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        reason: String,
    },
}

impl Note {
    /// What is the matter, and what to do about it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Note::NoTimes { app } => Diagnostic::new(format!(
                "{app}: its log has no readable timestamps, so the newest lines are shown"
            ))
            .help("give it `time true;`"),
            Note::SearchEnded { path, searched } => {
                let path = Foreign(path);
                let searched = searched >> 20;
                Diagnostic::new(format!("{path}: only the last {searched} MiB were searched"))
            }
            Note::LeftOut { path, lines } => {
                let path = Foreign(path);
                let lines = match lines {
                    1 => "1 line is".to_owned(),
                    lines => format!("{lines} lines are"),
                };
                Diagnostic::new(format!("{lines} not shown; the log is {path}"))
            }
            Note::Unreadable { path, reason } => {
                let (path, reason) = (Foreign(path), Foreign(reason));
                Diagnostic::new(format!("{path} cannot be read: {reason}"))
            }
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic().fmt(formatter)
    }
}

/// What takes the lines of logs. The first error it returns ends the reading and is handed on.
pub trait Sink {
    /// Takes a line.
    ///
    /// # Errors
    ///
    /// The line cannot be taken, and no other is wanted.
    fn line(&mut self, line: &Line) -> io::Result<()>;

    /// Takes something to say beside the lines.
    ///
    /// # Errors
    ///
    /// It cannot be taken, and nothing else is wanted.
    fn note(&mut self, note: &Note) -> io::Result<()>;

    /// Is called when all that is there has been handed over, before the files are waited for:
    /// the place to flush, and to end the following with [`ControlFlow::Break`]. It is called once more
    /// after what was written until then.
    ///
    /// # Errors
    ///
    /// Nothing else is wanted.
    fn pause(&mut self) -> io::Result<ControlFlow<()>> {
        Ok(ControlFlow::Continue(()))
    }
}
