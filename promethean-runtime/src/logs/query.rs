//! Which lines are wanted.

use jiff::Timestamp;
use promethean_core::diagnostic::Diagnostic;
use regex_lite::{Regex, RegexBuilder};

use super::split::Piece;
use super::{Line, Stream};

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// How many lines of each file, the newest; `None` for all. A file without times gives no more
    /// than [`Query::LINES`] of them where lines are asked for by time.
    ///
    /// It is each file as in `pm2 logs`, so that what an app says does not hide its errors.
    pub lines: Option<usize>,
    /// The time of the oldest line. A line without a time belongs to the one before it in its file.
    pub since: Option<Timestamp>,
    /// What a line's text must match.
    pub pattern: Option<Pattern>,
    /// What of the apps; `None` and [`Stream::Combined`] for all. A file that both streams go to
    /// distinguishes them only with `log_type json`.
    pub stream: Option<Stream>,
}

impl Query {
    /// How many lines are shown of each file when nobody says how many; as of `pm2 logs`.
    pub const LINES: usize = 15;

    /// Whether a line is wanted, but for its time. A match that lies across the cut of a long line is one
    /// of the piece after the cut.
    pub(super) fn admits(&self, line: &Line, piece: Piece<'_>) -> bool {
        let of_stream = match (self.stream, line.stream) {
            (None | Some(Stream::Combined), _) | (_, Stream::Combined) => true,
            (Some(wanted), stream) => wanted == stream,
        };
        let matches = |pattern: &Pattern| {
            pattern.0.is_match(&line.text)
                || piece.around_cut().is_some_and(|(text, cut)| pattern.lies_across(&text, cut))
        };
        of_stream && self.pattern.as_ref().is_none_or(matches)
    }
}

/// A regular expression for the texts of lines.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Whether it matches a part of a text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Whether it matches a part of a text on both sides of a place.
    fn lies_across(&self, text: &str, place: usize) -> bool {
        self.0.find_iter(text).any(|found| found.start() < place && found.end() > place)
    }

    /// A pattern as the crate `regex-lite` reads it.
    ///
    /// # Errors
    ///
    /// It is no regular expression.
    pub fn new(written: &str, ignore_case: bool) -> Result<Pattern, PatternError> {
        let built = RegexBuilder::new(written).case_insensitive(ignore_case).build();
        built.map(Pattern).map_err(|error| PatternError {
            written: written.to_owned(),
            reason: error.to_string(),
        })
    }
}

/// A text that is not a regular expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.diagnostic())]
pub struct PatternError {
    written: String,
    reason: String,
}

impl PatternError {
    /// What is wrong, and what to write instead.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let PatternError { written, reason } = self;
        Diagnostic::new(format!("`{written}` is not a valid regular expression: {reason}"))
            .help(r"to search for one of `.*+?()[]{}|^$\` itself, write `\` before it")
    }
}
