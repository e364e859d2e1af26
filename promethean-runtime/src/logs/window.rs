//! A part of a file, in lines.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::{ControlFlow, Range};

use memchr::{memchr, memrchr};

use super::split::{ACROSS, LONGEST, Piece, Splitter};

/// How many bytes are read at once.
const BLOCK: u64 = 64 << 10;

/// Reads a file from a place on, up to another one or to its end.
pub(super) struct Blocks<'f> {
    file: &'f File,
    place: u64,
    end: u64,
    block: Vec<u8>,
}

impl<'f> Blocks<'f> {
    pub(super) fn new(file: &'f File, part: Range<u64>) -> Blocks<'f> {
        Blocks { file, place: part.start, end: part.end, block: Vec::new() }
    }

    /// The next bytes; none at the end.
    pub(super) fn next(&mut self) -> io::Result<&[u8]> {
        let wanted = self.end.saturating_sub(self.place).min(BLOCK);
        self.block.clear();
        // Others read from the same file in between.
        self.file.seek(SeekFrom::Start(self.place))?;
        self.file.take(wanted).read_to_end(&mut self.block)?;
        self.place += length(&self.block);
        Ok(&self.block)
    }
}

/// Hands over each line that begins in a part of a file, with its place. The last one may go on
/// behind the part, up to `end`; a line that began before the part is left out.
pub(super) fn lines_in(
    file: &File,
    part: Range<u64>,
    end: u64,
    each: &mut dyn FnMut(u64, Piece<'_>) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    let Some(first) = first_line(file, &part)? else { return Ok(()) };
    let (mut splitter, mut blocks) = (Splitter::default(), Blocks::new(file, first..end));
    let (mut place, mut ended, mut is_cut) = (first, false, false);
    loop {
        let block = blocks.next()?;
        let is_last = block.is_empty();
        let mut take = |piece: Piece<'_>| {
            // A line that is cut goes on, however far behind the part.
            ended = ended || place >= part.end && !piece.continues;
            is_cut = piece.cut;
            if !ended {
                ended = each(place, piece)?.is_break();
                place += piece.length;
            }
            Ok(())
        };
        match is_last {
            true => splitter.finish(&mut take)?,
            false => splitter.push(block, &mut take)?,
        }
        if is_last || ended || place >= part.end && !is_cut {
            return Ok(());
        }
    }
}

/// Where the first line begins that begins in a part of a file, or right behind it.
fn first_line(file: &File, part: &Range<u64>) -> io::Result<Option<u64>> {
    let Some(mut place) = part.start.checked_sub(1) else { return Ok(Some(0)) };
    let mut blocks = Blocks::new(file, place..part.end);
    loop {
        let block = blocks.next()?;
        if block.is_empty() {
            return Ok(None);
        }
        if let Some(found) = memchr(b'\n', block) {
            return Ok(Some(place + length(block.get(..=found).unwrap_or_default())));
        }
        place += length(block);
    }
}

/// Where the last line that has an end ends; `None` when it is further back than the longest line
/// that is kept in one piece.
pub(super) fn last_line_end(file: &File, end: u64) -> io::Result<Option<u64>> {
    let oldest = end.saturating_sub(u64::try_from(LONGEST).unwrap_or(u64::MAX));
    let mut upper = end;
    while upper > oldest {
        let lower = upper.saturating_sub(BLOCK).max(oldest);
        let mut blocks = Blocks::new(file, lower..upper);
        let block = blocks.next()?;
        if let Some(found) = memrchr(b'\n', block) {
            return Ok(Some(lower + length(block.get(..=found).unwrap_or_default())));
        }
        upper = lower;
    }
    Ok((oldest == 0).then_some(0))
}

/// What is before a place within a line, as much of it as is searched.
pub(super) fn before(file: &File, place: u64) -> io::Result<Vec<u8>> {
    let least = place.saturating_sub(u64::try_from(ACROSS).unwrap_or(u64::MAX));
    let mut blocks = Blocks::new(file, least..place);
    let mut before = Vec::new();
    loop {
        match blocks.next()? {
            [] => break,
            block => before.extend_from_slice(block),
        }
    }
    match memrchr(b'\n', &before) {
        Some(end) => Ok(before.split_off(end + 1)),
        None => Ok(before),
    }
}

/// Whether a line begins at a place of a file.
pub(super) fn is_line_start(file: &File, place: u64) -> io::Result<bool> {
    match place.checked_sub(1) {
        None => Ok(true),
        Some(before) => Ok(Blocks::new(file, before..place).next()? == b"\n"),
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
