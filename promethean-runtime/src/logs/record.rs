//! What the pieces of a file are: lines of an app.

use std::borrow::Cow;

use serde::Deserialize;

use super::split::Piece;
use super::{Layout, Line, LogFile, Stream};

/// A line of a log of `log_type json` (`lib/God/ForkMode.js`, `transformLogToJson`).
#[derive(Deserialize)]
struct Record<'r> {
    #[serde(borrow)]
    message: Cow<'r, str>,
    #[serde(borrow, default)]
    timestamp: Cow<'r, str>,
    #[serde(borrow, default, rename = "type")]
    stream: Cow<'r, str>,
    #[serde(default)]
    process_id: Option<u64>,
}

/// Who writes into a file: PM2's number of the process, and its stream.
pub(super) type Writer = (Option<u64>, Stream);

/// What is in an object. Its lines have their `\r` still.
pub(super) struct Written {
    pub(super) lines: Vec<Line>,
    /// Whether the last line ends in it.
    pub(super) is_ended: bool,
    pub(super) writer: Writer,
}

impl Layout {
    /// What the app wrote in a line, without its end: one text, or those of an object. A time that cannot
    /// be read may end at any `: `: then several texts are possible.
    pub(crate) fn texts(&self, line: &[u8]) -> Vec<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match self {
            Layout::Plain => vec![text(line)],
            Layout::Unread | Layout::Dated(_) => {
                if let Layout::Dated(format) = self
                    && let Some((_, length)) = format.before(line)
                {
                    return vec![text(line.get(length..).unwrap_or_default())];
                }
                let whole = text(line);
                let ends = whole.match_indices(": ").take(4);
                let after = ends.filter_map(|(at, end)| whole.get(at + end.len()..));
                let after: Vec<String> = after.map(str::to_owned).collect();
                std::iter::once(whole).chain(after).collect()
            }
            Layout::Json(_) => match self.message(line) {
                Some(message) => {
                    message.trim_end_matches('\n').split('\n').map(str::to_owned).collect()
                }
                None => vec![text(line)],
            },
        }
    }

    /// What the app wrote at once, in a line that is an object: a line, several, or a part of one.
    pub(crate) fn message(&self, line: &[u8]) -> Option<String> {
        let Layout::Json(_) = self else { return None };
        let record = serde_json::from_slice::<Record<'_>>(line).ok()?;
        Some(record.message.into_owned())
    }
}

impl LogFile {
    /// The lines of a piece: one, but for an object whose message has several.
    pub(super) fn lines(&self, piece: Piece<'_>) -> Vec<Line> {
        match &self.layout {
            Layout::Dated(format) if !piece.continues => {
                let Some((time, length)) = format.before(piece.bytes) else {
                    return vec![self.as_written(piece)];
                };
                let (stamp, text) = piece.bytes.split_at(length.min(piece.bytes.len()));
                let stamp = String::from_utf8_lossy(stamp).into_owned();
                let text = piece.marked(&String::from_utf8_lossy(text));
                vec![Line { time: Some(time), stamp, ..self.plain(text) }]
            }
            Layout::Json(_) => match self.record(piece) {
                Some(record) => record.lines,
                None => vec![self.as_written(piece)],
            },
            Layout::Plain | Layout::Unread | Layout::Dated(_) => vec![self.as_written(piece)],
        }
    }

    fn as_written(&self, piece: Piece<'_>) -> Line {
        self.plain(piece.marked(&String::from_utf8_lossy(piece.bytes)))
    }

    fn plain(&self, text: String) -> Line {
        let Self { app, stream, .. } = self;
        Line { app: app.clone(), stream: *stream, text, time: None, stamp: String::new() }
    }

    /// What is in an object; `None` where it is none, as what PM2 itself writes into a log.
    pub(super) fn record(&self, piece: Piece<'_>) -> Option<Written> {
        let (Layout::Json(time), true) = (&self.layout, piece.is_whole()) else { return None };
        let record: Record<'_> = serde_json::from_slice(piece.bytes).ok()?;
        let time = time.read(&record.timestamp);
        let stamp = match record.timestamp.is_empty() {
            true => String::new(),
            false => format!("{}: ", record.timestamp),
        };
        let stream = match (self.stream, record.stream.as_ref()) {
            (Stream::Combined, "out") => Stream::Out,
            (Stream::Combined, "err") => Stream::Err,
            (stream, _) => stream,
        };
        let ended = record.message.strip_suffix('\n');
        let line =
            |text: &str| Line { stream, time, stamp: stamp.clone(), ..self.plain(text.to_owned()) };
        Some(Written {
            lines: ended.unwrap_or(&record.message).split('\n').map(line).collect(),
            is_ended: ended.is_some(),
            writer: (record.process_id, stream),
        })
    }
}
