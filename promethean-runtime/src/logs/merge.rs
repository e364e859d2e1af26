//! The lines that are there already, in one order: that of their times.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fs::File;
use std::io;

use jiff::Timestamp;

use super::follow::Unended;
use super::join::Joiner;
use super::search::{self, Start};
use super::split::{Piece, Splitter};
use super::window::{Blocks, before, is_line_start};
use super::{Line, LogFile, Query, Sink};

/// The wanted lines of a file, one after the other.
pub(super) struct Source<'f> {
    log: &'f LogFile,
    query: &'f Query,
    blocks: Blocks<'f>,
    splitter: Splitter,
    pub(super) joiner: Joiner,
    unended: Unended,
    /// How many of the wanted lines are still too many.
    skip: usize,
    /// The time of the last line; a line without one belongs to it.
    time: Timestamp,
    /// The lines that are read and not yet wanted.
    ready: VecDeque<(Timestamp, Line)>,
}

impl<'f> Source<'f> {
    /// The lines from a place of a file to another one. `modified`, the time of its last change,
    /// is that of lines without any.
    pub(super) fn new(
        file: &'f File,
        log: &'f LogFile,
        query: &'f Query,
        start: &Start,
        end: u64,
        modified: Timestamp,
        unended: Unended,
    ) -> io::Result<Source<'f>> {
        let splitter = match is_line_start(file, start.place)? {
            true => Splitter::default(),
            false => Splitter::within_line(before(file, start.place)?),
        };
        let time = search::time_before(file, log, start.place)?.unwrap_or(modified);
        let blocks = Blocks::new(file, start.place..end);
        let (joiner, ready, skip) = (Joiner::default(), VecDeque::new(), start.skip);
        Ok(Source { log, query, blocks, splitter, joiner, unended, skip, time, ready })
    }

    /// The next wanted line and the time it is sorted by.
    fn next(&mut self) -> io::Result<Option<(Timestamp, Line)>> {
        while self.ready.is_empty() {
            let Source { log, query, blocks, splitter, joiner, unended, skip, time, ready } = self;
            let block = blocks.next()?;
            let mut take = |lines: Vec<Line>, piece: Piece<'_>| {
                for line in lines {
                    *time = line.time.unwrap_or(*time);
                    match query.admits(&line, piece) {
                        true if *skip > 0 => *skip -= 1,
                        true => ready.push_back((*time, line)),
                        false => {}
                    }
                }
            };
            if block.is_empty() {
                splitter.finish(&mut |piece| {
                    take(joiner.lines(log, piece), piece);
                    Ok(())
                })?;
                if *unended == Unended::Shown {
                    take(joiner.rest(), Piece::NONE);
                }
                break;
            }
            let mut take = |piece: Piece<'_>| {
                take(joiner.lines(log, piece), piece);
                Ok(())
            };
            splitter.push(block, &mut take)?;
        }
        Ok(self.ready.pop_front())
    }
}

/// Hands over the lines of all sources by their times; of one time by the order of the sources.
/// Within a source the order stays.
pub(super) fn merge(sources: &mut [Source<'_>], sink: &mut dyn Sink) -> io::Result<()> {
    let mut waiting: BinaryHeap<Reverse<Waiting>> = BinaryHeap::new();
    for (index, source) in sources.iter_mut().enumerate() {
        let next = source.next()?;
        waiting.extend(next.map(|(time, line)| Reverse(Waiting { time, index, line })));
    }
    while let Some(Reverse(Waiting { index, line, .. })) = waiting.pop() {
        sink.line(&line)?;
        if let Some(source) = sources.get_mut(index) {
            let next = source.next()?;
            waiting.extend(next.map(|(time, line)| Reverse(Waiting { time, index, line })));
        }
    }
    Ok(())
}

/// The next line of a source.
struct Waiting {
    time: Timestamp,
    index: usize,
    line: Line,
}

impl Waiting {
    fn place(&self) -> (Timestamp, usize) {
        (self.time, self.index)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Waiting) -> bool {
        self.place() == other.place()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Waiting) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Waiting) -> std::cmp::Ordering {
        self.place().cmp(&other.place())
    }
}
