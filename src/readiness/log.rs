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
    /// The beginning of a line that is not finished.
    line: Vec<u8>,
    /// The beginning of a line that the app has not finished, in a log of objects.
    begun: String,
    /// What is in a line besides what the app wrote.
    layout: Layout,
}

/// What a line may have before it is taken for finished, in bytes.
const LONGEST_LINE: usize = 64 * 1024;

/// What is read at once, in bytes.
const AT_ONCE: u64 = 1024 * 1024;

impl LogWatch {
    /// The parts of these files from these positions on. They need not be there yet.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = (Utf8PathBuf, u64)>) -> LogWatch {
        let watched = |(path, position)| Watched {
            path,
            position,
            line: Vec::new(),
            begun: String::new(),
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
                watched.line.clear();
                watched.begun.clear();
            }
        }
        for watched in &mut self.files {
            match watched.find(&regex, limit.saturating_sub(start.elapsed())) {
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
    fn find(&mut self, regex: &Regex, limit: Duration) -> io::Result<Found> {
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
                let line = std::mem::take(&mut self.line);
                let is_there = !line.is_empty() && matches(regex, &line, &self.layout);
                self.line = line;
                return Ok(if is_there { Found::Line } else { Found::Nothing });
            }
            for part in bytes.split_inclusive(|byte| *byte == b'\n') {
                self.line.extend_from_slice(part);
                if part.ends_with(b"\n") || self.line.len() >= LONGEST_LINE {
                    let line = std::mem::take(&mut self.line);
                    if self.has(regex, &line) {
                        return Ok(Found::Line);
                    }
                }
            }
        }
    }

    /// Whether a line that ends in a line of the file matches, or the beginning of one.
    fn has(&mut self, regex: &Regex, line: &[u8]) -> bool {
        let bytes = line.strip_suffix(b"\n").unwrap_or(line);
        let Some(message) = self.layout.message(bytes) else {
            return matches(regex, line, &self.layout);
        };
        // PM2 writes an object for each part of a line that it reads.
        self.begun.push_str(&message);
        let begun = match self.begun.rsplit_once('\n') {
            Some((_, begun)) => begun.to_owned(),
            None => self.begun.clone(),
        };
        let written = std::mem::replace(&mut self.begun, begun);
        if self.begun.len() > LONGEST_LINE {
            self.begun.clear();
        }
        let mut lines = written.trim_end_matches('\n').split('\n');
        lines.any(|text| regex.is_match(text.trim_end_matches('\r')))
    }

    /// What was written since the last time. A file that has become shorter has been begun again.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let Some(mut file) = open(&self.path)? else { return Ok(Vec::new()) };
        if file.metadata()?.len() < self.position {
            self.position = 0;
            self.line.clear();
            self.begun.clear();
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

fn matches(regex: &Regex, line: &[u8], layout: &Layout) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    layout.texts(line).iter().any(|text| regex.is_match(text.trim_end_matches('\r')))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write as _;

    use super::*;

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
}
