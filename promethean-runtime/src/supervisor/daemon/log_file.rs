//! The log files: each is open once, however many processes write to it, so that all of them go on in the
//! new one when it is replaced.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::rc::{Rc, Weak};

use camino::{Utf8Path, Utf8PathBuf};
use memchr::memchr;

use super::journal;
use crate::logs::Identity;
use crate::supervisor::spec::Rotation;

/// The log files that are open.
#[derive(Debug, Default)]
pub(super) struct LogFiles(BTreeMap<Utf8PathBuf, Weak<RefCell<LogFile>>>);

/// A log file, for all who write to it.
pub(super) type Shared = Rc<RefCell<LogFile>>;

/// A log file.
#[derive(Debug)]
pub(super) struct LogFile {
    path: Utf8PathBuf,
    file: File,
    /// How long it is.
    length: u64,
    rotation: Option<Rotation>,
    /// Why the last write has failed, if it has.
    trouble: Option<String>,
}

impl LogFiles {
    /// Opens a file for an app, if it is not open: also where another one has its name since.
    pub(super) fn open(
        &mut self,
        path: &Utf8Path,
        rotation: Option<Rotation>,
    ) -> io::Result<Shared> {
        let file = open(path)?;
        self.0.retain(|_, file| file.strong_count() > 0);
        if let Some(known) = self.0.get(path).and_then(Weak::upgrade) {
            known.borrow_mut().becomes(file, rotation);
            return Ok(known);
        }
        let opened = Rc::new(RefCell::new(LogFile::new(path, file, rotation)));
        self.0.insert(path.to_path_buf(), Rc::downgrade(&opened));
        Ok(opened)
    }
}

fn open(path: &Utf8Path) -> io::Result<File> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    // Whoever reads a pipe in its place is not waited for.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().create(true).append(true).custom_flags(flags).open(path)
}

/// The name of the old file with a number; the youngest has 1.
fn numbered(path: &Utf8Path, number: u32) -> Utf8PathBuf {
    format!("{path}.{number}").into()
}

impl LogFile {
    fn new(path: &Utf8Path, file: File, rotation: Option<Rotation>) -> LogFile {
        let length = length(&file);
        LogFile { path: path.to_path_buf(), file, length, rotation, trouble: None }
    }

    /// It is the file that has its name now.
    fn becomes(&mut self, file: File, rotation: Option<Rotation>) {
        let of = |file: &File| file.metadata().as_ref().map(Identity::of).ok();
        self.rotation = rotation;
        if of(&self.file) != of(&file) {
            self.length = length(&file);
            self.file = file;
        }
    }

    /// Writes bytes. The line with which it reaches its size is its last.
    pub(super) fn append(&mut self, bytes: &[u8], name: &str) {
        let mut rest = bytes;
        while let Some(rotation) = self.rotation {
            let room = rotation.size.saturating_sub(self.length).saturating_sub(1);
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            let Some(beyond) = rest.get(room..) else { break };
            let Some(end) = memchr(b'\n', beyond) else { break };
            let (line, after) = rest.split_at(room + end + 1);
            self.write(line, name);
            rest = after;
            self.rotate(rotation, name);
        }
        if !rest.is_empty() {
            self.write(rest, name);
        }
    }

    fn write(&mut self, bytes: &[u8], name: &str) {
        let had_trouble = self.trouble.is_some();
        // Of the line for which there was no room, a part may be written.
        if had_trouble && self.ends_within_a_line() {
            let _ = self.file.write_all(b"\n");
        }
        let path = &self.path;
        let failed = self.file.write_all(bytes).err();
        match (&failed, &self.trouble) {
            (Some(error), None) => {
                let trouble = format!("what it says is not written: {path}: {error}");
                journal::error(&format!("{name}: {trouble}"));
                self.trouble = Some(trouble);
            }
            (None, Some(_)) => {
                journal::error(&format!("{name}: {path} is written to again"));
                self.trouble = None;
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
        let written = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = match (&failed, had_trouble) {
            (None, false) => self.length.saturating_add(written),
            // A part of it may be written.
            (None, true) | (Some(_), _) => length(&self.file),
        };
    }

    /// Whether its last line has no end; `false` where that cannot be seen.
    fn ends_within_a_line(&self) -> bool {
        let last = || -> io::Result<u8> {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            Ok(last[0])
        };
        self.length > 0 && last().is_ok_and(|last| last != b'\n')
    }

    /// What is wrong with it, if something is.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Its path.
    pub(super) fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Replaces it by a new one, if it is as long as it seems: somebody may have truncated it.
    fn rotate(&mut self, rotation: Rotation, name: &str) {
        self.length = length(&self.file);
        if self.length < rotation.size {
            return;
        }
        match self.replaced(rotation.keep) {
            Ok(file) => {
                self.length = length(&file);
                self.file = file;
            }
            Err(error) => {
                let path = &self.path;
                journal::error(&format!(
                    "{name}: {path} is not rotated until the next start: {error}"
                ));
                self.rotation = None;
            }
        }
    }

    /// Gives the old files their new names, and opens the new one. Where somebody has moved or removed the file, the
    /// one that has its name is opened, and the old ones stay as they are.
    fn replaced(&self, keep: u32) -> io::Result<File> {
        let own = self.file.metadata()?;
        if !own.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        if !fs::metadata(&self.path).is_ok_and(|named| Identity::of(&named) == Identity::of(&own)) {
            return open(&self.path);
        }
        // From the first gap on, all stay as they are.
        let is_there = |number: &u32| numbered(&self.path, *number).exists();
        let last = (1..keep).take_while(is_there).last().unwrap_or(0);
        for number in (1..=last).rev() {
            fs::rename(numbered(&self.path, number), numbered(&self.path, number + 1))?;
        }
        fs::rename(&self.path, numbered(&self.path, 1))?;
        open(&self.path)
    }
}

fn length(file: &File) -> u64 {
    file.metadata().map_or(0, |file| if file.is_file() { file.len() } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("web-out.log")).unwrap();
        (directory, path)
    }

    fn read(path: &Utf8Path, number: u32) -> String {
        let path = if number == 0 { path.to_path_buf() } else { numbered(path, number) };
        fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn whole_lines_go_into_files_of_a_size_and_so_many_are_kept() {
        let (_directory, path) = directory();
        let rotation = Some(Rotation { size: 10, keep: 2 });
        let file = LogFiles::default().open(&path, rotation).unwrap();
        file.borrow_mut().append(b"1234567", "web");
        file.borrow_mut().append(b"8\n", "web");
        assert_eq!(read(&path, 0), "12345678\n");
        file.borrow_mut().append(b"a long line with which it is full\nb\n", "web");
        assert_eq!(read(&path, 1), "12345678\na long line with which it is full\n");
        assert_eq!(read(&path, 0), "b\n");
        file.borrow_mut().append(b"0123456789\n0123456789\nc", "web");
        assert_eq!(
            [read(&path, 0), read(&path, 1), read(&path, 2), read(&path, 3)],
            ["c", "0123456789\n", "b\n0123456789\n", ""]
        );
        file.borrow_mut().append(b"0123456789 never ends", "web");
        assert_eq!(read(&path, 0), "c0123456789 never ends");
    }

    #[test]
    fn all_who_write_to_a_file_go_on_in_the_new_one() {
        let (_directory, path) = directory();
        let rotation = Some(Rotation { size: 4, keep: 1 });
        let mut files = LogFiles::default();
        let one = files.open(&path, rotation).unwrap();
        let other = files.open(&path, rotation).unwrap();
        one.borrow_mut().append(b"one\n", "web 0");
        other.borrow_mut().append(b"two", "web 1");
        assert_eq!([read(&path, 1), read(&path, 0)], ["one\n", "two"]);
        // Somebody else moves it away; the next start opens it.
        fs::rename(&path, path.with_extension("old")).unwrap();
        files.open(&path, rotation).unwrap().borrow_mut().append(b"3", "web 2");
        one.borrow_mut().append(b"4", "web 0");
        assert_eq!(read(&path, 0), "34");
    }

    #[test]
    fn what_was_removed_begins_anew_and_is_rotated_on() {
        let (directory, path) = directory();
        let rotation = Some(Rotation { size: 4, keep: 2 });
        let file = LogFiles::default().open(&path, rotation).unwrap();
        file.borrow_mut().append(b"one\n", "web");
        assert_eq!([read(&path, 0), read(&path, 1)], ["", "one\n"]);
        fs::remove_file(&path).unwrap();
        // What is said until the next rotation goes where the file has gone.
        file.borrow_mut().append(b"two\nthree\nfour", "web");
        let files = |path: &Utf8Path| [read(path, 0), read(path, 1), read(path, 2)];
        assert_eq!(files(&path), ["four", "three\n", "one\n"]);
        // With its directory, too.
        let moved = directory.path().with_extension("moved");
        fs::rename(directory.path(), &moved).unwrap();
        file.borrow_mut().append(b"\nfive\n6", "web");
        assert_eq!(files(&path), ["6", "five\n", ""]);
        fs::remove_dir_all(moved).unwrap();
    }

    #[test]
    fn what_follows_a_line_without_room_is_a_line_of_its_own() {
        let (_directory, path) = directory();
        let file = LogFiles::default().open(&path, None).unwrap();
        let mut file = file.borrow_mut();
        file.append(b"whole\ntor", "web");
        file.trouble = Some("no space".to_owned());
        file.append(b"again\n", "web");
        assert_eq!((read(&path, 0).as_str(), file.trouble()), ("whole\ntor\nagain\n", None));
        assert_eq!(file.length, 16);
        file.trouble = Some("no space".to_owned());
        file.append(b"and ", "web");
        file.append(b"on\n", "web");
        assert_eq!(read(&path, 0), "whole\ntor\nagain\nand on\n");
    }

    #[test]
    fn what_was_truncated_is_not_rotated_too_early() {
        let (_directory, path) = directory();
        let rotation = Some(Rotation { size: 8, keep: 1 });
        let file = LogFiles::default().open(&path, rotation).unwrap();
        file.borrow_mut().append(b"12345\n", "web");
        fs::write(&path, "").unwrap();
        file.borrow_mut().append(b"6\n7\n", "web");
        assert_eq!([read(&path, 1), read(&path, 0)], ["", "6\n7\n"]);
    }
}
