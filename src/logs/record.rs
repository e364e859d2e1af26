//! What the pieces of a file are: lines of an app.

use std::borrow::Cow;

use serde::Deserialize;

use super::split::Piece;
use super::time::JsonTime;
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
            Layout::Json(_) => match serde_json::from_slice::<Record<'_>>(line) {
                Ok(record) => {
                    let lines = record.message.trim_end_matches('\n').split('\n');
                    lines.map(str::to_owned).collect()
                }
                Err(_) => vec![text(line)],
            },
        }
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
            Layout::Json(time) if piece.is_whole() => {
                self.unfolded(piece.bytes, time).unwrap_or_else(|| vec![self.as_written(piece)])
            }
            Layout::Plain | Layout::Unread | Layout::Dated(_) | Layout::Json(_) => {
                vec![self.as_written(piece)]
            }
        }
    }

    fn as_written(&self, piece: Piece<'_>) -> Line {
        self.plain(piece.marked(&String::from_utf8_lossy(piece.bytes)))
    }

    fn plain(&self, text: String) -> Line {
        let Self { app, stream, .. } = self;
        Line { app: app.clone(), stream: *stream, text, time: None, stamp: String::new() }
    }

    /// The lines of an object; `None` where it is none, as what PM2 itself writes into a log.
    fn unfolded(&self, bytes: &[u8], time: &JsonTime) -> Option<Vec<Line>> {
        let record: Record<'_> = serde_json::from_slice(bytes).ok()?;
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
        let message = record.message.strip_suffix('\n').unwrap_or(&record.message);
        let line = |text: &str| {
            let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
            Line { stream, time, stamp: stamp.clone(), ..self.plain(text) }
        };
        Some(message.split('\n').map(line).collect())
    }
}
