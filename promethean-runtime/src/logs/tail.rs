//! One log file, followed through whatever happens to it.
//!
//! | what happens | what is done |
//! | --- | --- |
//! | it grows | the new lines are read |
//! | another file takes its name | both are read, because a program may still write to the old one; so are those that have had the name in between, and are `web-out.log.1` and so on now |
//! | it is renamed or removed | it is read until another file takes its name |
//! | it is truncated | what was written before is read from a copy, where there is one beside it; then from its beginning |
//! | it is not there yet | it is waited for |
//!
//! That it was truncated shows in its length, or in what is before the place that was read to:
//! it may have grown again since.

use std::fs;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use memchr::memchr_iter;

use super::join::Joiner;
use super::reading::{Each, Identity, Next, Reading};
use super::{LogFile, rotated_copy};

/// How long a file that has lost its name is read without anything new in it: a program writes to
/// it until it reopens its log.
const QUIET: Duration = Duration::from_secs(30);

/// How many files that have lost the same name are read at most.
const MOST_LEFT: usize = 4;

/// A log file that is followed.
pub(super) struct Tail {
    pub(super) log: LogFile,
    /// What of the lines is not ended yet.
    pub(super) joiner: Joiner,
    /// The file that has the name.
    current: Option<Reading>,
    /// The files that had it.
    left: Vec<Left>,
    /// How many lines were left out.
    pub(super) left_out: u64,
    /// The files that had numbers when the name was last another's: those with 1, 2 and so on.
    numbers: Vec<Identity>,
}

/// A file that has lost its name.
struct Left {
    reading: Reading,
    quiet_since: Instant,
}

/// What has become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// There is nothing new in it.
    Still,
    /// It has grown.
    Grown,
    /// What was read is no longer in it.
    Truncated,
}

impl Tail {
    /// A file that is read from its beginning, when it is there.
    pub(super) fn waiting(log: LogFile) -> Tail {
        let numbers = Vec::new();
        let (joiner, left) = (Joiner::default(), Vec::new());
        Tail { log, joiner, current: None, left, left_out: 0, numbers }
    }

    /// A file that is read from where this reading is.
    pub(super) fn reading(log: LogFile, reading: Reading, joiner: Joiner) -> Tail {
        let numbers = numbers(&log);
        Tail { current: Some(reading), joiner, numbers, ..Tail::waiting(log) }
    }

    /// Hands over what has come since the last call, until the rest is to be left out. An error of the file is
    /// returned in `Ok`, one of `each` as `Err`.
    pub(super) fn poll(
        &mut self,
        is_left_out: &AtomicBool,
        each: &mut Each<'_>,
    ) -> io::Result<Option<io::Error>> {
        let problem = self.look();
        let mut unread = Unread { is_left_out, lines: 0, error: None };
        let left = std::mem::take(&mut self.left);
        let surplus = left.len().saturating_sub(MOST_LEFT);
        for (index, mut file) in left.into_iter().enumerate() {
            let fate = advanced(&mut file.reading, each, &mut unread)?;
            if fate == Fate::Grown {
                file.quiet_since = Instant::now();
            }
            let is_over = fate == Fate::Truncated || file.quiet_since.elapsed() >= QUIET;
            match is_over || index < surplus {
                true => file.reading.finish(each)?,
                false => self.left.push(file),
            }
        }
        if let Some(reading) = &mut self.current
            && advanced(reading, each, &mut unread)? == Fate::Truncated
        {
            rotated_copy::rest(&self.log.path, reading, each)?;
            reading.begin_again(each)?;
            advanced(reading, each, &mut unread)?;
        }
        self.left_out += unread.lines;
        Ok(problem.or(unread.error))
    }

    /// Hands over last lines without an end.
    pub(super) fn finish(&mut self, each: &mut Each<'_>) -> io::Result<()> {
        let left = self.left.iter_mut().map(|left| &mut left.reading);
        left.chain(&mut self.current).try_for_each(|reading| reading.finish(each))
    }

    /// Finds out which file has the name now.
    fn look(&mut self) -> Option<io::Error> {
        let now = match fs::metadata(&self.log.path) {
            Ok(metadata) => Identity::of(&metadata),
            Err(error) if is_absent(&error) => return None,
            Err(error) => return Some(error),
        };
        if self.current.as_ref().is_some_and(|reading| reading.is(now)) {
            return None;
        }
        // The old one is kept until the new one is open: it may be a moment between the two.
        let reading = match Reading::open(&self.log.path) {
            Ok(reading) => reading,
            Err(error) if is_absent(&error) => return None,
            Err(error) => return Some(error),
        };
        if let Some(old) = self.current.replace(reading) {
            let between = self.between(&old, now);
            let left = std::iter::once(old).chain(between);
            self.left.extend(left.map(|reading| Left { reading, quiet_since: Instant::now() }));
        }
        self.numbers = numbers(&self.log);
        None
    }

    /// The files that have had the name after one, and before that which has it now, if they were given
    /// numbers since: the youngest has 1. Those that had a number before, and no greater one, are older.
    fn between(&self, old: &Reading, now: Identity) -> Vec<Reading> {
        let mut found: Vec<Reading> = Vec::new();
        for number in 1.. {
            // What is not among them was removed, or renamed in another way.
            let Ok(reading) = Reading::open(&numbered(&self.log, number)) else {
                return Vec::new();
            };
            if reading.is_same(old) {
                break;
            }
            let is_known = found.last().is_some_and(|last| reading.is_same(last));
            let before = self.numbers.iter().zip(1..).find(|(identity, _)| reading.is(**identity));
            let is_older = before.is_some_and(|(_, before)| before <= number);
            // It may get its number just now.
            if !is_known && !is_older && !reading.is(now) {
                found.push(reading);
            }
        }
        found.reverse();
        found
    }
}

/// The name that a rotated log has with a number.
fn numbered(log: &LogFile, number: usize) -> Utf8PathBuf {
    format!("{}.{number}", log.path).into()
}

/// The files that have the numbers from 1 on.
fn numbers(log: &LogFile) -> Vec<Identity> {
    let files = (1..).map_while(|number| fs::metadata(numbered(log, number)).ok());
    files.map(|metadata| Identity::of(&metadata)).collect()
}

/// What is not handed over.
struct Unread<'u> {
    /// Whether what comes is only counted.
    is_left_out: &'u AtomicBool,
    lines: u64,
    /// Why a file cannot be read.
    error: Option<io::Error>,
}

/// Advances in a file. An error of the file itself is put into `unread`, so that one bad file
/// does not end the reading of the others.
fn advanced(
    reading: &mut Reading,
    each: &mut Each<'_>,
    unread: &mut Unread<'_>,
) -> io::Result<Fate> {
    let mut fate = Fate::Still;
    loop {
        let block = match reading.next() {
            Ok(Next::Bytes(block)) => block,
            Ok(Next::Nothing) => return Ok(fate),
            Ok(Next::Truncated) => return Ok(Fate::Truncated),
            Err(error) => {
                unread.error = Some(error);
                return Ok(fate);
            }
        };
        fate = Fate::Grown;
        match unread.is_left_out.load(Ordering::Relaxed) {
            true => unread.lines += memchr_iter(b'\n', &block).count() as u64,
            false => reading.push(&block, each)?,
        }
    }
}

/// Whether the file does not exist, or not yet.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
