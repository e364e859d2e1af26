//! A log file that is read further and further.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::time::SystemTime;

use camino::Utf8Path;

use super::split::{Piece, Splitter};
use crate::untrusted;

/// How much of what was read before is compared.
const COMPARED: usize = 256;

/// How many bytes are read at once.
const BLOCK: usize = 64 << 10;

/// What takes the pieces of a file.
pub(super) type Each<'e> = dyn FnMut(Piece<'_>) -> io::Result<()> + 'e;

/// A file that is read.
pub(super) struct Reading {
    pub(super) file: File,
    identity: Identity,
    /// The place that it is read to.
    pub(super) place: u64,
    /// What is before that place.
    pub(super) before: Vec<u8>,
    /// When it was last changed, when it was last looked at.
    pub(super) modified: Option<SystemTime>,
    splitter: Splitter,
}

/// What comes next in a file.
pub(super) enum Next {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing yet.
    Nothing,
    /// What was read is no longer in it.
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
        self.splitter = match within_line {
            true => Splitter::within_line(self.before.clone()),
            false => Splitter::default(),
        };
        Ok(())
    }

    /// Takes bytes that continue the file and are elsewhere.
    pub(super) fn push(&mut self, bytes: &[u8], each: &mut Each<'_>) -> io::Result<()> {
        self.splitter.push(bytes, each)
    }

    /// Whether it is the file that is identified so.
    pub(super) fn is(&self, identity: Identity) -> bool {
        self.identity == identity
    }

    /// Whether another reading is of the same file.
    pub(super) fn is_same(&self, other: &Reading) -> bool {
        self.identity == other.identity
    }

    /// Hands over a last line without an end.
    pub(super) fn finish(&mut self, each: &mut Each<'_>) -> io::Result<()> {
        self.splitter.finish(each)
    }

    /// Continues at the beginning of the file.
    pub(super) fn begin_again(&mut self, each: &mut Each<'_>) -> io::Result<()> {
        self.splitter.finish(each)?;
        self.place = 0;
        self.before.clear();
        self.modified = None;
        Ok(())
    }

    /// Reads on. What is before the place is read with it, in one read, so that nothing can
    /// happen between comparing and reading.
    pub(super) fn next(&mut self) -> io::Result<Next> {
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

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// Distinguishes a file from another one of the same name.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

#[cfg(unix)]
impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Identity {
        use std::os::unix::fs::MetadataExt as _;
        Identity(metadata.dev(), metadata.ino())
    }
}

/// Distinguishes a file from another one of the same name: when it was made.
#[cfg(not(unix))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(Option<SystemTime>);

#[cfg(not(unix))]
impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Identity {
        Identity(metadata.created().ok())
    }
}
