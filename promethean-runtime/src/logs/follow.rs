//! All files: what is in them, and what comes.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::files::holding;
use super::join::Joiner;
use super::merge::{Source, merge};
use super::older::Older;
use super::reading::Reading;
use super::search::{self, Wanted};
use super::split::Piece;
use super::tail::Tail;
use super::window::last_line_end;
use super::{Line, LogFile, Note, Query, Sink};

/// The pause between two looks at the files.
const PAUSE: Duration = Duration::from_millis(200);

/// The pause between two questions for the list of files.
const REFRESH: Duration = Duration::from_secs(2);

/// How much the clock of a file system may be behind that of the machine.
const CLOCKS: Duration = Duration::from_secs(1);

/// The logs of apps, to be read by a query.
#[derive(Clone, Debug)]
pub struct Logs {
    files: Vec<LogFile>,
    query: Query,
    said: HashSet<Note>,
    /// Becomes true when what is not handed over yet is to be left out.
    left_out: Arc<AtomicBool>,
}

impl Logs {
    /// The logs in these files. Of an app whose streams have a file each, the file that holds both
    /// is left out.
    #[must_use]
    pub fn new(files: Vec<LogFile>, query: Query) -> Logs {
        Logs {
            files: holding(files, query.stream),
            query,
            said: HashSet::new(),
            left_out: Arc::default(),
        }
    }

    /// The same, which leaves out what is not handed over yet when this becomes true: a [`Note`] says how many
    /// lines that are.
    #[must_use]
    pub fn left_out_by(self, left_out: Arc<AtomicBool>) -> Logs {
        Logs { left_out, ..self }
    }

    /// Hands over the lines that are there: in the order of their times, a line without a time with
    /// the one before it in its file, and a file without times when it was last changed. A last
    /// line without an end is handed over as it is. Where a file has fewer lines than are asked for, those of the
    /// files that it has replaced come before them, also of copies that were made before it was truncated.
    ///
    /// # Errors
    ///
    /// What the sink returns. A file that cannot be read is a [`Note`].
    pub fn backlog(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        let files = std::mem::take(&mut self.files);
        self.present(files.clone(), Unended::Shown, sink)?;
        self.files = files;
        sink.pause().map(drop)
    }

    /// Hands over the lines that are there, as [`Logs::backlog`] does, and then all that come, until
    /// the sink ends it; then a last time what is there, also a last line without an end. A line is handed over when it has its end. Lines that come within a fifth
    /// of a second are in the order of the files.
    ///
    /// Files may be renamed, removed, truncated and made again, and need not be there at first.
    /// Every two seconds `refresh` says which files there are: one that was made since is read from
    /// its beginning, an older one as by [`Logs::backlog`]. A file that is no longer named is read
    /// on, for whoever does not know its name at the moment may know it later.
    ///
    /// What is written between the last look at a file and its truncation is read from the copy that
    /// `copytruncate` makes beside it; without one (`pm2 flush`) it is lost.
    ///
    /// # Errors
    ///
    /// What the sink returns. A file that cannot be read is a [`Note`].
    pub fn follow(
        mut self,
        refresh: &mut dyn FnMut() -> Vec<LogFile>,
        sink: &mut dyn Sink,
    ) -> io::Result<()> {
        let begun = SystemTime::now().checked_sub(CLOCKS).unwrap_or(SystemTime::UNIX_EPOCH);
        let files = std::mem::take(&mut self.files);
        let mut tails = self.present(files, Unended::Awaited, sink)?;
        let mut refreshed = Instant::now();
        loop {
            for tail in &mut tails {
                self.poll(tail, sink)?;
            }
            if sink.pause()?.is_break() {
                // What was written since, also into files that were made since.
                self.take_in(refresh(), begun, &mut tails, sink)?;
                for tail in &mut tails {
                    self.poll(tail, sink)?;
                    if !self.left_out.load(Ordering::Relaxed) {
                        self.finish(tail, sink)?;
                    }
                }
                for tail in tails.iter().filter(|tail| tail.left_out > 0) {
                    let path = tail.log.path.clone();
                    sink.note(&Note::LeftOut { path, lines: tail.left_out })?;
                }
                return sink.pause().map(drop);
            }
            thread::sleep(PAUSE);
            if refreshed.elapsed() >= REFRESH {
                self.take_in(refresh(), begun, &mut tails, sink)?;
                refreshed = Instant::now();
            }
        }
    }

    /// Adds the files that are not among those that are followed.
    fn take_in(
        &mut self,
        files: Vec<LogFile>,
        begun: SystemTime,
        tails: &mut Vec<Tail>,
        sink: &mut dyn Sink,
    ) -> io::Result<()> {
        let mut files = holding(files, self.query.stream);
        let known: HashSet<&Utf8PathBuf> = tails.iter().map(|tail| &tail.log.path).collect();
        files.retain(|file| !known.contains(&file.path));
        let (new, old) = files.into_iter().partition(|file| is_newer(file, begun));
        let new: Vec<LogFile> = new;
        tails.extend(self.present(old, Unended::Awaited, sink)?);
        tails.extend(new.into_iter().map(Tail::waiting));
        Ok(())
    }

    fn poll(&mut self, tail: &mut Tail, sink: &mut dyn Sink) -> io::Result<()> {
        let log = tail.log.clone();
        let mut joiner = std::mem::take(&mut tail.joiner);
        let left_out = Arc::clone(&self.left_out);
        let problem = tail.poll(&left_out, &mut |piece| {
            let lines = joiner.lines(&log, piece);
            let mut wanted = lines.iter().filter(|line| self.query.admits(line, piece));
            wanted.try_for_each(|line| sink.line(line))
        })?;
        tail.joiner = joiner;
        match problem {
            None => Ok(()),
            Some(error) => self.say(unreadable(&log.path, &error), sink),
        }
    }

    /// Hands over last lines without an end.
    fn finish(&self, tail: &mut Tail, sink: &mut dyn Sink) -> io::Result<()> {
        let log = tail.log.clone();
        let mut joiner = std::mem::take(&mut tail.joiner);
        let mut take = |lines: Vec<Line>, piece: Piece<'_>| {
            let mut wanted = lines.iter().filter(|line| self.query.admits(line, piece));
            wanted.try_for_each(|line| sink.line(line))
        };
        tail.finish(&mut |piece| take(joiner.lines(&log, piece), piece))?;
        take(joiner.rest(), Piece::NONE)
    }

    /// Hands over the lines that are there; returns how to continue after them.
    fn present(
        &mut self,
        files: Vec<LogFile>,
        unended: Unended,
        sink: &mut dyn Sink,
    ) -> io::Result<Vec<Tail>> {
        let mut opened: Vec<Opened> = Vec::new();
        let mut tails: Vec<Tail> = Vec::new();
        let mut older = Older::default();
        for log in files {
            match Opened::new(&log, &self.query, unended) {
                Ok(open) => {
                    opened.extend(self.older(&log, Some(&open), &mut older, sink)?);
                    opened.push(open);
                }
                Err(error) => {
                    match is_absent(&error) {
                        true => opened.extend(self.older(&log, None, &mut older, sink)?),
                        false => self.say(unreadable(&log.path, &error), sink)?,
                    }
                    tails.push(Tail::waiting(log));
                }
            }
        }
        opened.sort_by_key(|open| open.modified);
        for note in opened.iter_mut().filter_map(|open| open.start.note.take()) {
            self.say(note, sink)?;
        }
        let query = &self.query;
        let sources = opened.iter().map(|open| {
            let Opened { reading, log, start, end, modified, is_older } = open;
            // Nothing comes to an older file.
            let unended = if *is_older { Unended::Shown } else { unended };
            Source::new(&reading.file, log, query, start, *end, *modified, unended)
        });
        let mut sources = sources.collect::<io::Result<Vec<_>>>()?;
        merge(&mut sources, sink)?;
        let joiners: Vec<Joiner> = sources.into_iter().map(|source| source.joiner).collect();
        let read = opened.into_iter().zip(joiners).filter(|(open, _)| !open.is_older);
        tails.extend(read.map(|(open, joiner)| Tail::reading(open.log, open.reading, joiner)));
        Ok(tails)
    }

    /// The older files of a log with lines that are wanted, and that the youngest file has not; the oldest
    /// first.
    fn older(
        &mut self,
        log: &LogFile,
        youngest: Option<&Opened>,
        older: &mut Older,
        sink: &mut dyn Sink,
    ) -> io::Result<Vec<Opened>> {
        let of_youngest = match youngest {
            Some(youngest) => youngest.start.older,
            None => Wanted::by(self.query.lines),
        };
        let mut wanted = of_youngest;
        let mut found: Vec<Opened> = Vec::new();
        if wanted == Wanted::None {
            return Ok(found);
        }
        for path in older.of(&log.path) {
            let Some(query) = wanted.query(&self.query) else { break };
            let copy = LogFile { path, ..log.clone() };
            let mut open = match Opened::new(&copy, &query, Unended::Shown) {
                Ok(open) => open,
                // It has another name since.
                Err(error) if is_absent(&error) => continue,
                Err(error) => {
                    self.say(unreadable(&copy.path, &error), sink)?;
                    break;
                }
            };
            if youngest.is_some_and(|other| other.reading.is_same(&open.reading)) {
                // It was replaced just now: those before are newer.
                (found, wanted) = (Vec::new(), of_youngest);
                continue;
            }
            if found.last().is_some_and(|other| other.reading.is_same(&open.reading)) {
                continue;
            }
            // A copy may be younger than what is in the log since.
            if let Some(younger) = found.last().or(youngest) {
                open.modified = open.modified.min(younger.modified);
            }
            open.is_older = true;
            wanted = open.start.older;
            found.push(open);
        }
        found.reverse();
        Ok(found)
    }

    /// Says something, once.
    fn say(&mut self, note: Note, sink: &mut dyn Sink) -> io::Result<()> {
        if !self.said.contains(&note) {
            sink.note(&note)?;
            self.said.insert(note);
        }
        Ok(())
    }
}

/// What is done with a last line that has no end yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unended {
    Shown,
    Awaited,
}

/// A file with lines that are there.
struct Opened {
    log: LogFile,
    reading: Reading,
    start: search::Start,
    end: u64,
    modified: Timestamp,
    /// Whether it is an older file of its log.
    is_older: bool,
}

impl Opened {
    /// Opens a file, finds its wanted lines and prepares to read what comes after them.
    fn new(log: &LogFile, query: &Query, unended: Unended) -> io::Result<Opened> {
        let mut reading = Reading::open(&log.path)?;
        let metadata = reading.file.metadata()?;
        let modified = Timestamp::try_from(metadata.modified()?).map_err(io::Error::other)?;
        let length = metadata.len();
        let line_end = match unended {
            Unended::Shown => None,
            Unended::Awaited => Some(last_line_end(&reading.file, length)?),
        };
        let end = line_end.flatten().unwrap_or(length);
        reading.go_to(end, line_end == Some(None))?;
        let start = search::start(&reading.file, log, end, modified, query)?;
        Ok(Opened { log: log.clone(), reading, start, end, modified, is_older: false })
    }
}

fn unreadable(path: &Utf8Path, error: &io::Error) -> Note {
    Note::Unreadable { path: path.to_path_buf(), reason: error.to_string() }
}

/// Whether a file does not exist, or not yet.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Whether a file was made after a moment, or is not there yet.
fn is_newer(file: &LogFile, moment: SystemTime) -> bool {
    match fs::metadata(&file.path).and_then(|metadata| metadata.created()) {
        Ok(created) => created >= moment,
        Err(_) => true,
    }
}
