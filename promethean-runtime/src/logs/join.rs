//! Lines that PM2 has written in parts.
//!
//! PM2 takes what a program has written at a moment for whole lines (`lib/God/ForkMode.js`). With `log_type
//! json` it writes an object for each part, in which the end of a line is to be seen: parts are joined
//! exactly. With `time` it puts a time before each part and ends it like a line. There a part looks like a
//! line, but for the end of a line that comes by itself, as Python writes it: that is an empty line right
//! after another one.

use std::time::Duration;

use jiff::Timestamp;

use super::record::Writer;
use super::split::{LONGEST, Piece};
use super::{Layout, Line, LogFile};

/// How long after a line its end may come. Times may have no more than whole seconds.
const SOON: Duration = Duration::from_secs(1);

/// What of the lines of a file is not ended yet.
#[derive(Debug, Default)]
pub(super) struct Joiner {
    /// The beginnings of lines in objects, with who writes them.
    begun: Vec<(Writer, Line)>,
    /// The time of the last line, if it was not empty, in a file in which each part has one.
    last: Option<Timestamp>,
}

impl Joiner {
    /// The lines that end in a piece.
    pub(super) fn lines(&mut self, log: &LogFile, piece: Piece<'_>) -> Vec<Line> {
        match log.layout {
            Layout::Json(_) => {
                let Some(record) = log.record(piece) else { return log.lines(piece) };
                self.joined(record.writer, record.lines, record.is_ended)
            }
            Layout::Dated(_) if log.in_parts => self.without_ends(log.lines(piece)),
            Layout::Plain | Layout::Unread | Layout::Dated(_) => log.lines(piece),
        }
    }

    /// Whether the next line of somebody has begun.
    pub(super) fn is_within_line(&self) -> bool {
        !self.begun.is_empty()
    }

    /// The lines that have not ended.
    pub(super) fn rest(&mut self) -> Vec<Line> {
        self.begun.drain(..).map(|(_, line)| without_return(line)).collect()
    }

    fn joined(&mut self, writer: Writer, mut lines: Vec<Line>, is_ended: bool) -> Vec<Line> {
        let begun = self.begun.iter().position(|(other, _)| *other == writer);
        if let (Some(begun), Some(first)) = (begun, lines.first_mut()) {
            let (_, mut line) = self.begun.remove(begun);
            line.text.push_str(&first.text);
            *first = line;
        }
        // What is too long is as good as ended.
        let is_kept = lines.last().is_some_and(|last| !is_ended && last.text.len() < LONGEST);
        if let Some(last) = lines.pop_if(|_| is_kept) {
            self.begun.push((writer, last));
        }
        lines.into_iter().map(without_return).collect()
    }

    /// Leaves out the ends of lines that have come by themselves.
    fn without_ends(&mut self, mut lines: Vec<Line>) -> Vec<Line> {
        lines.retain(|line| {
            let last = self.last.take();
            if !line.text.is_empty() {
                self.last = line.time;
                return true;
            }
            let (Some(last), Some(now)) = (last, line.time) else { return true };
            let between = now.as_millisecond().saturating_sub(last.as_millisecond());
            u64::try_from(between).is_ok_and(|between| Duration::from_millis(between) > SOON)
        });
        lines
    }
}

fn without_return(mut line: Line) -> Line {
    if line.text.ends_with('\r') {
        line.text.pop();
    }
    line
}
