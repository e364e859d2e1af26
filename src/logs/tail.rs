//! One log file, followed through whatever happens to it.
//!
//! | what happens | what is done |
//! | --- | --- |
//! | it grows | the new lines are read |
//! | another file takes its name | both are read, for whoever writes to the old one goes on for a while |
//! | it is renamed or removed | it is read until another file takes its name |
//! | it is truncated | what was written before is read from a copy, where there is one beside it; then from its beginning |
//! | it is not there yet | it is waited for |
//!
//! That it was truncated shows in its length, or in what stands before the place that was read to:
//! it may have grown again since.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::time::{Duration, Instant, SystemTime};

use camino::Utf8Path;

use super::split::{Piece, Splitter};
use super::{LogFile, copied};
use crate::untrusted;

/// How much of what was read before is compared.
const COMPARED: usize = 256;

/// How many bytes are read at once.
const BLOCK: usize = 64 << 10;

/// How long a file that has lost its name is read without anything new in it: a program writes to
/// it until it is told to open its log anew.
const QUIET: Duration = Duration::from_secs(30);

/// How many files that have lost the same name are read at most.
const MOST_LEFT: usize = 4;

/// What takes the pieces of a file.
pub(super) type Each<'e> = dyn FnMut(Piece<'_>) -> io::Result<()> + 'e;

/// A log file that is followed.
pub(super) struct Tail {
    pub(super) log: LogFile,
    /// The file that has the name.
    current: Option<Reading>,
    /// The files that had it.
    left: Vec<Left>,
}

/// A file that has lost its name.
struct Left {
    reading: Reading,
    quiet_since: Instant,
}

/// A file that is read.
pub(super) struct Reading {
    pub(super) file: File,
    identity: Identity,
    /// The place that it is read to.
    pub(super) place: u64,
    /// What stands before that place.
    pub(super) before: Vec<u8>,
    /// When it was last changed, when it was last looked at.
    pub(super) modified: Option<SystemTime>,
    splitter: Splitter,
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
        Tail { log, current: None, left: Vec::new() }
    }

    /// A file that is read from where this reading is.
    pub(super) fn reading(log: LogFile, reading: Reading) -> Tail {
        Tail { current: Some(reading), ..Tail::waiting(log) }
    }

    /// Hands over what has come since the last call. An error of the file is returned in `Ok`, one
    /// of `each` as `Err`.
    pub(super) fn poll(&mut self, each: &mut Each<'_>) -> io::Result<Option<io::Error>> {
        let problem = self.look();
        let mut unread = None;
        let left = std::mem::take(&mut self.left);
        let surplus = left.len().saturating_sub(MOST_LEFT);
        for (index, mut file) in left.into_iter().enumerate() {
            let fate = advanced(&mut file.reading, each, &mut unread)?;
            if fate == Fate::Grown {
                file.quiet_since = Instant::now();
            }
            let is_over = fate == Fate::Truncated || file.quiet_since.elapsed() >= QUIET;
            match is_over || index < surplus {
                true => file.reading.splitter.finish(each)?,
                false => self.left.push(file),
            }
        }
        if let Some(reading) = &mut self.current
            && advanced(reading, each, &mut unread)? == Fate::Truncated
        {
            copied::rest(&self.log.path, reading, each)?;
            reading.begin_again(each)?;
            advanced(reading, each, &mut unread)?;
        }
        Ok(problem.or(unread))
    }

    /// Finds out which file has the name now.
    fn look(&mut self) -> Option<io::Error> {
        let now = match fs::metadata(&self.log.path) {
            Ok(metadata) => Identity::of(&metadata),
            Err(error) if is_absent(&error) => return None,
            Err(error) => return Some(error),
        };
        if self.current.as_ref().is_some_and(|reading| reading.identity == now) {
            return None;
        }
        // The old one is kept until the new one is open: it may be a moment between the two.
        let reading = match Reading::open(&self.log.path) {
            Ok(reading) => reading,
            Err(error) if is_absent(&error) => return None,
            Err(error) => return Some(error),
        };
        if let Some(old) = self.current.replace(reading) {
            self.left.push(Left { reading: old, quiet_since: Instant::now() });
        }
        None
    }
}

/// Advances in a file. What the file itself does wrong is laid into `unread`, so that one bad file
/// does not end the reading of the others.
fn advanced(
    reading: &mut Reading,
    each: &mut Each<'_>,
    unread: &mut Option<io::Error>,
) -> io::Result<Fate> {
    let mut fate = Fate::Still;
    loop {
        let block = match reading.next() {
            Ok(Next::Bytes(block)) => block,
            Ok(Next::Nothing) => return Ok(fate),
            Ok(Next::Truncated) => return Ok(Fate::Truncated),
            Err(error) => {
                *unread = Some(error);
                return Ok(fate);
            }
        };
        fate = Fate::Grown;
        reading.splitter.push(&block, each)?;
    }
}

/// What comes next in a file.
enum Next {
    Bytes(Vec<u8>),
    Nothing,
    Truncated,
}

impl Reading {
    /// Opens a file, to be read from its beginning.
    pub(super) fn open(path: &Utf8Path) -> io::Result<Reading> {
        let file = untrusted::open_regular(path.as_std_path())?;
        let metadata = file.metadata()?;
        let (identity, modified) = (Identity::of(&metadata), metadata.modified().ok());
        let (place, before, splitter) = (0, Vec::new(), Splitter::default());
        Ok(Reading { file, identity, place, before, modified, splitter })
    }

    /// Goes on from a place.
    pub(super) fn go_to(&mut self, place: u64, within_line: bool) -> io::Result<()> {
        let before = place.saturating_sub(length(COMPARED));
        self.before.clear();
        self.file.seek(SeekFrom::Start(before))?;
        (&self.file).take(place - before).read_to_end(&mut self.before)?;
        self.place = place;
        self.splitter = if within_line { Splitter::within_line() } else { Splitter::default() };
        Ok(())
    }

    /// Takes bytes that continue the file and are elsewhere.
    pub(super) fn push(&mut self, bytes: &[u8], each: &mut Each<'_>) -> io::Result<()> {
        self.splitter.push(bytes, each)
    }

    fn begin_again(&mut self, each: &mut Each<'_>) -> io::Result<()> {
        self.splitter.finish(each)?;
        self.place = 0;
        self.before.clear();
        self.modified = None;
        Ok(())
    }

    /// Reads on. What stands before the place is read with it, in one read, so that nothing can
    /// happen between comparing and reading.
    fn next(&mut self) -> io::Result<Next> {
        let metadata = self.file.metadata()?;
        let modified = metadata.modified().ok();
        if metadata.len() == self.place && modified == self.modified {
            return Ok(Next::Nothing);
        }
        if metadata.len() < self.place {
            return Ok(Next::Truncated);
        }
        let known = self.before.len();
        self.file.seek(SeekFrom::Start(self.place - length(known)))?;
        let mut bytes = Vec::with_capacity(known + BLOCK);
        (&self.file).take(length(known + BLOCK)).read_to_end(&mut bytes)?;
        if !bytes.starts_with(&self.before) {
            return Ok(Next::Truncated);
        }
        self.modified = modified;
        let new = bytes.split_off(known);
        let kept = new.get(new.len().saturating_sub(COMPARED)..).unwrap_or_default();
        self.before.extend_from_slice(kept);
        self.before.drain(..self.before.len().saturating_sub(COMPARED));
        self.place += length(new.len());
        Ok(if new.is_empty() { Next::Nothing } else { Next::Bytes(new) })
    }
}

/// Whether the file does not exist, or not yet.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// What tells a file from another one of the same name.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

#[cfg(unix)]
impl Identity {
    fn of(metadata: &Metadata) -> Identity {
        use std::os::unix::fs::MetadataExt as _;
        Identity(metadata.dev(), metadata.ino())
    }
}

/// What tells a file from another one of the same name: when it was made.
#[cfg(not(unix))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(Option<SystemTime>);

#[cfg(not(unix))]
impl Identity {
    fn of(metadata: &Metadata) -> Identity {
        Identity(metadata.created().ok())
    }
}
