//! A line of a log.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};

use camino::{Utf8Path, Utf8PathBuf};
use regex_lite::Regex;

use super::Refusal;
use crate::logs::Layout;
use crate::untrusted;

/// The part of an app's logs that is written from now on.
#[derive(Clone, Debug, Default)]
pub struct LogWatch(Vec<Watched>);

#[derive(Clone, Debug)]
struct Watched {
    path: Utf8PathBuf,
    /// What is read, in bytes.
    position: u64,
    /// The beginning of a line that is not finished.
    line: Vec<u8>,
    /// What is in a line besides what the app wrote.
    layout: Layout,
}

/// What a line may have before it is taken for finished, in bytes.
const LONGEST_LINE: usize = 64 * 1024;

/// What is read at once, in bytes.
const AT_ONCE: u64 = 4 * 1024 * 1024;

impl LogWatch {
    /// The parts of these files from these positions on. They need not be there yet.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = (Utf8PathBuf, u64)>) -> LogWatch {
        let watched =
            |(path, position)| Watched { path, position, line: Vec::new(), layout: Layout::Plain };
        LogWatch(files.into_iter().map(watched).collect())
    }

    /// The same with a layout: a pattern is compared with what the app wrote.
    #[must_use]
    pub fn laid_out(mut self, layout: &Layout) -> LogWatch {
        for watched in &mut self.0 {
            watched.layout.clone_from(layout);
        }
        self
    }

    /// Looks for a line that matches among those written since the last look.
    pub(super) fn find(&mut self, pattern: &str) -> Result<(), Refusal> {
        let refused = |what: String| Refusal::new(format!("log `{pattern}`: {what}"));
        let regex = Regex::new(pattern).map_err(|error| refused(error.to_string()))?;
        for watched in &mut self.0 {
            match watched.find(&regex) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => return Err(refused(format!("{}: {error}", watched.path))),
            }
        }
        match self.0.is_empty() {
            true => Err(refused("the app writes no log".to_owned())),
            false => Err(refused("no line matches yet".to_owned())),
        }
    }
}

impl Watched {
    fn find(&mut self, regex: &Regex) -> io::Result<bool> {
        loop {
            let bytes = self.read()?;
            if bytes.is_empty() {
                // A program may write its last line without an end.
                return Ok(!self.line.is_empty() && matches(regex, &self.line, &self.layout));
            }
            for part in bytes.split_inclusive(|byte| *byte == b'\n') {
                self.line.extend_from_slice(part);
                if part.ends_with(b"\n") || self.line.len() >= LONGEST_LINE {
                    let line = std::mem::take(&mut self.line);
                    if matches(regex, &line, &self.layout) {
                        return Ok(true);
                    }
                }
            }
        }
    }

    /// What was written since the last time. A file that has become shorter has been begun again.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let Some(mut file) = open(&self.path)? else { return Ok(Vec::new()) };
        if file.metadata()?.len() < self.position {
            self.position = 0;
            self.line.clear();
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

    #[test]
    fn only_what_is_written_from_the_position_on_counts() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("log")).unwrap();
        let mut watch = LogWatch::new([(path.clone(), 6)]);
        assert!(watch.find("^ready").is_err(), "it is not there yet");
        fs::write(&path, "ready\n").unwrap();
        assert!(watch.find("^ready").is_err(), "it was written before");
        let append = |text: &[u8]| {
            OpenOptions::new().append(true).open(&path).unwrap().write_all(text).unwrap();
        };
        append(b"not read");
        assert!(watch.find("ready$").is_err());
        append(b"y\n\xff\xfe\n");
        assert_eq!(watch.find("^not ready$"), Ok(()));
        assert!(watch.find("^not ready$").is_err(), "each line is looked at once");
        // `pm2 flush` and log rotation begin a file again.
        fs::write(&path, "ready\r\n").unwrap();
        assert_eq!(watch.find("^ready$"), Ok(()));
        append(b"at last");
        assert_eq!(watch.find("last$"), Ok(()), "a line without an end");
    }
}
