//! Where in a file the wanted lines begin, found from its end.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::{ControlFlow, Range};

use jiff::Timestamp;

use super::join::Joiner;
use super::split::Piece;
use super::window::lines_in;
use super::{LogFile, Note, Query};

/// How much of a file is looked at in one step backwards.
const WINDOW: u64 = 256 << 10;

/// How far back lines that match are looked for, the beginning of a line, and a first time.
const SEARCHED: u64 = 64 << 20;

/// Where the wanted lines of a file begin.
#[derive(Debug, Default)]
pub(super) struct Start {
    /// The place in the file.
    pub(super) place: u64,
    /// How many of the wanted lines from there on are too many: of an object with several.
    pub(super) skip: usize,
    /// What is to be said of it.
    pub(super) note: Option<Note>,
    /// What of the older files of the log is wanted, too.
    pub(super) older: Wanted,
}

/// Which lines are wanted of files that are older.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wanted {
    /// None: those that are wanted were found.
    #[default]
    None,
    /// All.
    All,
    /// So many, the newest.
    Newest(usize),
}

impl Wanted {
    /// Those that a query asks for.
    pub(super) fn by(lines: Option<usize>) -> Wanted {
        match lines {
            None => Wanted::All,
            Some(0) => Wanted::None,
            Some(lines) => Wanted::Newest(lines),
        }
    }

    /// The same query for an older file; `None` where no lines are wanted of it.
    pub(super) fn query(self, query: &Query) -> Option<Query> {
        let lines = match self {
            Wanted::None => return None,
            Wanted::All => None,
            Wanted::Newest(lines) => Some(lines),
        };
        Some(Query { lines, ..query.clone() })
    }
}

/// Where the lines begin that a query wants of the first `end` bytes of a file, which was last
/// changed at `modified`.
pub(super) fn start(
    file: &File,
    log: &LogFile,
    end: u64,
    modified: Timestamp,
    query: &Query,
) -> io::Result<Start> {
    let Some(since) = query.since else { return newest(file, log, 0..end, query.lines, query) };
    // It was replaced or truncated just now.
    if end == 0 && modified >= since {
        return Ok(Start { older: Wanted::by(query.lines), ..Start::default() });
    }
    let oldest = match log.layout.has_times() {
        true => oldest(file, log, end, since)?,
        false => None,
    };
    if let Some(place) = oldest {
        let found = newest(file, log, place..end, query.lines, query)?;
        let is_first = matches!(first(file, log, 0..place, place, |_| true)?, Found::NoTimes);
        let older = if is_first { found.older } else { Wanted::None };
        return Ok(Start { older, ..found });
    }
    if modified < since {
        return Ok(Start { place: end, ..Start::default() });
    }
    let lines = Some(query.lines.unwrap_or(Query::LINES));
    let found = newest(file, log, 0..end, lines, query)?;
    let note = Note::NoTimes { app: log.app.clone() };
    Ok(Start { note: found.note.or(Some(note)), ..found })
}

/// The last time that is written before a place, not far from it.
pub(super) fn time_before(file: &File, log: &LogFile, place: u64) -> io::Result<Option<Timestamp>> {
    let mut last = None;
    if log.layout.has_times() {
        lines_in(file, place.saturating_sub(WINDOW)..place, place, &mut |_, piece| {
            last = time(log, piece).or(last);
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(last)
}

/// Where the newest lines that a query wants begin, of those in a part of a file.
fn newest(
    file: &File,
    log: &LogFile,
    part: Range<u64>,
    lines: Option<usize>,
    query: &Query,
) -> io::Result<Start> {
    let Some(lines) = lines else {
        return Ok(Start { place: part.start, older: Wanted::All, ..Start::default() });
    };
    let (mut found, mut start) = (0, Start { place: part.end, ..Start::default() });
    let (mut upper, mut last_begin) = (part.end, part.end);
    while found < lines && upper > part.start {
        let lower = upper.saturating_sub(WINDOW).max(part.start);
        let mut wanted: VecDeque<(u64, usize)> = VecDeque::new();
        let mut joiner = Joiner::default();
        let mut begun = None;
        lines_in(file, lower..upper, part.end, &mut |place, piece| {
            last_begin = lower;
            let own = joiner.lines(log, piece);
            // A line of several parts begins with the first of them, and with it what ends in them.
            let first = begun.unwrap_or(place);
            begun = joiner.is_within_line().then_some(first);
            let count = own.iter().filter(|line| query.admits(line, piece)).count();
            add(&mut wanted, first, count);
            if wanted.len() > lines - found {
                wanted.pop_front();
            }
            Ok(ControlFlow::Continue(()))
        })?;
        // In the middle of a file, the window behind this one has them.
        let rest = if upper == part.end { joiner.rest() } else { Vec::new() };
        let rest = rest.iter().filter(|line| query.admits(line, Piece::NONE)).count();
        if let Some(first) = begun {
            add(&mut wanted, first, rest);
        }
        for (place, count) in wanted.into_iter().rev() {
            if found < lines {
                found += count;
                let place = place.min(start.place);
                start = Start { place, skip: found.saturating_sub(lines), ..Start::default() };
            }
        }
        upper = lower;
        if last_begin - upper >= SEARCHED {
            // One line, longer than anyone reads: its end is shown.
            start.place = start.place.min(upper);
            return Ok(start);
        }
        let searched = part.end - upper;
        if found < lines && query.pattern.is_some() && searched >= SEARCHED && upper > part.start {
            start.note = Some(Note::SearchEnded { path: log.path.clone(), searched });
            return Ok(start);
        }
    }
    start.older = Wanted::by(Some(lines.saturating_sub(found)));
    Ok(start)
}

/// Adds so many lines that begin at a place.
fn add(wanted: &mut VecDeque<(u64, usize)>, place: u64, count: usize) {
    match wanted.back_mut() {
        Some((other, before)) if *other == place => *before += count,
        _ if count > 0 => wanted.push_back((place, count)),
        _ => {}
    }
}

/// The place of the first line that is as new as a time; `None` in a file without times. Times
/// ascend in a file, so the half that it is in is looked for again and again.
fn oldest(file: &File, log: &LogFile, end: u64, since: Timestamp) -> io::Result<Option<u64>> {
    let (mut low, mut high) = (0, end);
    while high - low > WINDOW {
        let middle = low.midpoint(high);
        let part = middle..high.min(middle + WINDOW);
        match first(file, log, part, end, |_| true)? {
            Found::Line(_, time) if time < since => low = middle,
            _ => high = middle,
        }
    }
    Ok(match first(file, log, low..end, end, |time| time >= since)? {
        Found::Line(place, _) => Some(place),
        Found::Others => Some(end),
        Found::NoTimes => (low > 0).then_some(end),
    })
}

/// What is found of a line with a time.
enum Found {
    /// Its place and its time.
    Line(u64, Timestamp),
    /// Only lines with other times.
    Others,
    /// No line with a time.
    NoTimes,
}

/// The first line in a part of a file whose time is one that is looked for.
fn first(
    file: &File,
    log: &LogFile,
    part: Range<u64>,
    end: u64,
    is_it: impl Fn(Timestamp) -> bool,
) -> io::Result<Found> {
    let (begin, mut found) = (part.start, Found::NoTimes);
    lines_in(file, part, end, &mut |place, piece| {
        match (time(log, piece), &found) {
            (Some(time), _) if is_it(time) => {
                found = Found::Line(place, time);
                return Ok(ControlFlow::Break(()));
            }
            (Some(_), _) => found = Found::Others,
            (None, Found::NoTimes) if place - begin > SEARCHED => {
                return Ok(ControlFlow::Break(()));
            }
            (None, _) => {}
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// The time of a line, where it has one.
fn time(log: &LogFile, piece: Piece<'_>) -> Option<Timestamp> {
    log.lines(piece).into_iter().find_map(|line| line.time)
}
