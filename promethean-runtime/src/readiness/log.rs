//! A line of a log.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use regex_lite::Regex;

use super::Refusal;
use crate::logs::Layout;
use crate::untrusted;

/// The part of an app's logs that is written from now on.
#[derive(Clone, Debug, Default)]
pub struct LogWatch {
    files: Vec<Watched>,
    /// Where each file has to be read from at least: copies of the watch have it together.
    least: Arc<Mutex<HashMap<Utf8PathBuf, u64>>>,
}

#[derive(Clone, Debug)]
struct Watched {
    path: Utf8PathBuf,
    /// What is read, in bytes.
    position: u64,
    /// A line of the file that is not finished.
    line: Begun,
    /// A line that the app has not finished, in a log of objects.
    message: Begun,
    /// What is in a line besides what the app wrote.
    layout: Layout,
}

/// A line that is not finished. Of a long one, what was looked at is forgotten.
#[derive(Clone, Debug, Default)]
struct Begun {
    /// What has come of it and is not forgotten: with one character before it, if something is.
    bytes: Vec<u8>,
    /// Whether something is forgotten.
    continues: bool,
}

/// How much of a line is kept.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// What is looked at together, in bytes.
    most: usize,
    /// What is looked at again when more has come, in bytes: a match that lies across two parts of a long
    /// line is found up to this length.
    across: usize,
}

/// PM2 writes up to 64 KiB at once, which can be six times as much where it is an object.
const KEPT: Kept = Kept { most: 1024 * 1024, across: 64 * 1024 };

/// What is read at once, in bytes.
const AT_ONCE: u64 = 1024 * 1024;

impl LogWatch {
    /// The parts of these files from these positions on. They need not be there yet.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = (Utf8PathBuf, u64)>) -> LogWatch {
        let watched = |(path, position)| Watched {
            path,
            position,
            line: Begun::default(),
            message: Begun::default(),
            layout: Layout::Plain,
        };
        LogWatch { files: files.into_iter().map(watched).collect(), least: Arc::default() }
    }

    /// The same with a layout: a pattern is compared with what the app wrote.
    #[must_use]
    pub fn laid_out(mut self, layout: &Layout) -> LogWatch {
        for watched in &mut self.files {
            watched.layout.clone_from(layout);
        }
        self
    }

    /// How long the files are now.
    #[must_use]
    pub fn lengths(&self) -> Vec<(Utf8PathBuf, u64)> {
        let paths = self.files.iter().map(|watched| watched.path.clone());
        let length = |path: &Utf8PathBuf| path.metadata().map_or(0, |metadata| metadata.len());
        paths.map(|path| (path.clone(), length(&path))).collect()
    }

    /// Passes over what is before these places, in all copies of this watch.
    pub fn pass_over(&self, places: &[(Utf8PathBuf, u64)]) {
        let mut least = self.least.lock().unwrap_or_else(PoisonError::into_inner);
        least.extend(places.iter().cloned());
    }

    /// Looks for a line that matches among those written since the last look, for so long: the next
    /// look goes on from there.
    pub(super) fn find(&mut self, pattern: &str, limit: Duration) -> Result<(), Refusal> {
        let start = Instant::now();
        let refused = |what: String| Refusal::new(format!("log `{pattern}`: {what}"));
        let regex = Regex::new(pattern).map_err(|error| refused(error.to_string()))?;
        let least = std::mem::take(&mut *self.least.lock().unwrap_or_else(PoisonError::into_inner));
        for watched in &mut self.files {
            if let Some(least) = least.get(&watched.path).filter(|least| **least > watched.position)
            {
                watched.position = *least;
                watched.begin_again();
            }
        }
        for watched in &mut self.files {
            match watched.find(&regex, KEPT, limit.saturating_sub(start.elapsed())) {
                Ok(Found::Line) => return Ok(()),
                Ok(Found::Nothing) => {}
                Ok(Found::More) => {
                    let what = "no line matches yet, and more is written than can be read in time";
                    return Err(refused(what.to_owned()).unfinished());
                }
                Err(error) => return Err(refused(format!("{}: {error}", watched.path))),
            }
        }
        match self.files.is_empty() {
            true => Err(refused("the app writes no log".to_owned())),
            false => Err(refused("no line matches yet".to_owned())),
        }
    }
}

/// What a look at a log has found.
enum Found {
    /// A line that matches.
    Line,
    /// None, in all that is there.
    Nothing,
    /// None, and there is more.
    More,
}

impl Watched {
    fn find(&mut self, regex: &Regex, kept: Kept, limit: Duration) -> io::Result<Found> {
        let start = Instant::now();
        let mut has_read = false;
        loop {
            // A look reads something, however short its time is.
            if has_read && start.elapsed() >= limit {
                return Ok(Found::More);
            }
            has_read = true;
            let bytes = self.read()?;
            if bytes.is_empty() {
                // A program may write its last line without an end.
                let begun = [(&self.line, &self.layout), (&self.message, &Layout::Plain)];
                let mut begun = begun.iter().filter(|(line, _)| !line.bytes.is_empty());
                let is_there = begun.any(|(line, layout)| line.matches(regex, layout));
                return Ok(if is_there { Found::Line } else { Found::Nothing });
            }
            if self.take(&bytes, regex, kept) {
                return Ok(Found::Line);
            }
        }
    }

    /// Whether a line matches that ends in these bytes, or a part of a long one.
    fn take(&mut self, bytes: &[u8], regex: &Regex, kept: Kept) -> bool {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            for part in part.chunks(kept.across) {
                self.line.bytes.extend_from_slice(part);
                if self.line.bytes.len() >= kept.most
                    && !part.ends_with(b"\n")
                    && self.line.cut(regex, &self.layout, kept.across)
                {
                    return true;
                }
            }
            if part.ends_with(b"\n") {
                self.line.bytes.pop();
                let line = std::mem::take(&mut self.line);
                if self.has(&line, regex, kept) {
                    return true;
                }
            }
        }
        false
    }

    /// Whether a line of the file matches, or a line of the app that ends in it.
    fn has(&mut self, line: &Begun, regex: &Regex, kept: Kept) -> bool {
        let message = self.layout.message(&line.bytes).filter(|_| !line.continues);
        let Some(message) = message else { return line.matches(regex, &self.layout) };
        // PM2 writes an object for each part of a line that it reads.
        for part in message.split_inclusive('\n') {
            let text = part.strip_suffix('\n').unwrap_or(part);
            self.message.bytes.extend_from_slice(text.as_bytes());
            let is_there = if text.len() < part.len() {
                std::mem::take(&mut self.message).matches(regex, &Layout::Plain)
            } else {
                self.message.bytes.len() >= kept.most
                    && self.message.cut(regex, &Layout::Plain, kept.across)
            };
            if is_there {
                return true;
            }
        }
        false
    }

    /// Forgets what has come of lines.
    fn begin_again(&mut self) {
        (self.line, self.message) = (Begun::default(), Begun::default());
    }

    /// What was written since the last time. A file that has become shorter has been begun again.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let Some(mut file) = open(&self.path)? else { return Ok(Vec::new()) };
        if file.metadata()?.len() < self.position {
            self.position = 0;
            self.begin_again();
        }
        file.seek(SeekFrom::Start(self.position))?;
        let mut bytes = Vec::new();
        file.take(AT_ONCE).read_to_end(&mut bytes)?;
        self.position += u64::try_from(bytes.len()).unwrap_or(0);
        Ok(bytes)
    }
}

fn open(path: &Utf8Path) -> io::Result<Option<File>> {
    match untrusted::open_regular(path.as_std_path()) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Begun {
    /// Whether it matches as it is.
    fn matches(&self, regex: &Regex, layout: &Layout) -> bool {
        let from = self.start();
        self.texts(layout).iter().any(|text| regex.is_match_at(text.trim_end_matches('\r'), from))
    }

    /// Whether it matches although it goes on. Forgets it but for its end: `^` matches nowhere there, and
    /// `$` not here, but after a match that is longer than that end.
    fn cut(&mut self, regex: &Regex, layout: &Layout, across: usize) -> bool {
        let (from, end) = (self.start(), self.boundary(self.bytes.len().saturating_sub(across)));
        let rest = String::from_utf8_lossy(self.bytes.get(end..).unwrap_or_default()).len();
        let is_there = self.texts(layout).iter().any(|text| {
            let found = regex.find_at(text, from);
            let is_before = |at: usize| at < text.len().saturating_sub(rest);
            found.is_some_and(|found| found.end() < text.len() || is_before(found.start()))
        });
        let before = (1..=4).find(|count| self.is_boundary(end.saturating_sub(*count)));
        self.bytes.drain(..end.saturating_sub(before.unwrap_or(1)));
        self.continues = true;
        is_there
    }

    /// What can be what the app wrote.
    fn texts(&self, layout: &Layout) -> Vec<String> {
        match self.continues {
            true => Layout::Plain.texts(&self.bytes),
            false => layout.texts(&self.bytes),
        }
    }

    /// Where a match can begin: after the character before it, if something is forgotten.
    fn start(&self) -> usize {
        let first = String::from_utf8_lossy(&self.bytes).chars().next().filter(|_| self.continues);
        first.map_or(0, char::len_utf8)
    }

    /// The beginning of the character at a place or after it.
    fn boundary(&self, at: usize) -> usize {
        (at..at + 3).find(|at| self.is_boundary(*at)).unwrap_or(at + 3)
    }

    fn is_boundary(&self, at: usize) -> bool {
        self.bytes.get(at).is_none_or(|byte| byte & 0b1100_0000 != 0b1000_0000)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write as _;

    use super::*;
    use crate::logs::JsonTime;

    const LIMIT: Duration = Duration::from_secs(300);

    #[test]
    fn only_what_is_written_from_the_position_on_counts() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("log")).unwrap();
        let mut watch = LogWatch::new([(path.clone(), 6)]);
        assert!(watch.find("^ready", LIMIT).is_err(), "it is not there yet");
        fs::write(&path, "ready\n").unwrap();
        assert!(watch.find("^ready", LIMIT).is_err(), "it was written before");
        let append = |text: &[u8]| {
            OpenOptions::new().append(true).open(&path).unwrap().write_all(text).unwrap();
        };
        append(b"not read");
        assert!(watch.find("ready$", LIMIT).is_err());
        append(b"y\n\xff\xfe\n");
        assert_eq!(watch.find("^not ready$", LIMIT), Ok(()));
        assert!(watch.find("^not ready$", LIMIT).is_err(), "each line is looked at once");
        // `pm2 flush` and log rotation begin a file again.
        fs::write(&path, "ready\r\n").unwrap();
        assert_eq!(watch.find("^ready$", LIMIT), Ok(()));
        append(b"at last");
        assert_eq!(watch.find("last$", LIMIT), Ok(()), "a line without an end");
    }

    #[test]
    fn what_is_passed_over_does_not_count() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("log")).unwrap();
        fs::write(&path, "ready\n").unwrap();
        let watch = LogWatch::new([(path.clone(), 0)]);
        let mut copy = watch.clone();
        watch.pass_over(&watch.lengths());
        assert!(copy.find("^ready$", LIMIT).is_err());
        let append = OpenOptions::new().append(true).open(&path);
        append.unwrap().write_all(b"ready\n").unwrap();
        assert_eq!(copy.find("^ready$", LIMIT), Ok(()));
    }

    #[test]
    fn a_look_ends_with_its_time_and_the_next_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("log")).unwrap();
        let mut text = "much is written here\n".repeat(400_000);
        text.push_str("ready\n");
        fs::write(&path, &text).unwrap();
        let mut watch = LogWatch::new([(path, 0)]);
        let first = watch.find("^ready$", Duration::ZERO).unwrap_err();
        assert!(first.is_unfinished(), "{first}");
        let mut looks = 1_u64;
        while watch.find("^ready$", Duration::ZERO).is_err() {
            looks += 1;
        }
        assert_eq!(looks, text.len() as u64 / AT_ONCE);
        let last = watch.find("^ready$", LIMIT).unwrap_err();
        assert!(!last.is_unfinished(), "{last}");
    }

    fn watched(layout: &Layout) -> Watched {
        LogWatch::new([(Utf8PathBuf::new(), 0)]).laid_out(layout).files.remove(0)
    }

    /// What a watch that keeps little of a line finds in what is written in parts of this length.
    fn finds(regex: &Regex, written: &[u8], part: usize) -> bool {
        let kept = Kept { most: 24, across: 8 };
        let mut watched = watched(&Layout::Plain);
        written.chunks(part).any(|bytes| watched.take(bytes, regex, kept))
    }

    /// Wherever a line is cut, what is found is what is in its lines.
    #[test]
    fn a_cut_takes_no_match_away_and_adds_none() {
        let patterns =
            ["ready", "^ready", "ready$", "^ready$", r"\bready\b", "re.dy", "ready.*", "ünï$"];
        let patterns = patterns.map(|pattern| Regex::new(pattern).unwrap());
        let words = ["ready", " ready ", "unready", "ünï", "re\u{1F986}dy", "ready\r"];
        for word in words {
            for (before, after) in
                (0..70).flat_map(|before| [0, 1, 30].map(|after| (before, after)))
            {
                let line = format!("{}{word}{}", "x".repeat(before), "y".repeat(after));
                let written = format!("first\n{line}\nlast\n");
                for regex in &patterns {
                    let mut lines = written.lines();
                    let expected = lines.any(|line| regex.is_match(line.trim_end_matches('\r')));
                    for part in [1, 3, 7, 1_000] {
                        let found = finds(regex, written.as_bytes(), part);
                        assert_eq!(found, expected, "{regex} {line:?} {part}");
                    }
                }
            }
        }
    }

    /// PM2 writes an object for each part of a line that it reads.
    #[test]
    fn a_match_is_found_across_objects() {
        let layout = Layout::Json(JsonTime::Iso);
        for before in 0..70 {
            let line = format!("{}ready", "x".repeat(before));
            for part in 1..9 {
                let parts =
                    line.as_bytes().chunks(part).map(|bytes| std::str::from_utf8(bytes).unwrap());
                let object =
                    |message: &str| format!("{}\n", serde_json::json!({"message": message}));
                let objects: String = parts.chain(["\n"]).map(object).collect();
                for (pattern, expected) in [("ready$", true), ("^ready$", before == 0)] {
                    let regex = Regex::new(pattern).unwrap();
                    let mut watched = watched(&layout);
                    let kept = Kept { most: 64, across: 8 };
                    let found = watched.take(objects.as_bytes(), &regex, kept);
                    assert_eq!(found, expected, "{pattern} {line} {part}");
                }
            }
        }
    }

    #[test]
    fn a_line_that_is_longer_than_what_is_kept_is_read_to_its_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("log")).unwrap();
        for length in
            [KEPT.across - 2, KEPT.most - 2, 2 * KEPT.most - KEPT.across - 2, 3 * KEPT.most]
        {
            fs::write(&path, format!("{}ready", "x".repeat(length))).unwrap();
            let mut watch = LogWatch::new([(path.clone(), 0)]);
            assert!(watch.find("^ready", LIMIT).is_err(), "{length}");
            let mut watch = LogWatch::new([(path.clone(), 0)]);
            assert_eq!(watch.find("xready$", LIMIT), Ok(()), "{length}");
        }
    }
}
