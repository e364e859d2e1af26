//! Reading files that others may have put in our way: links that lead elsewhere, pipes that keep whoever
//! opens them waiting, files that are too large to read as a whole.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// What may be read of a file at once: all that is read so is small.
const MOST: u64 = 16 << 20;

/// What is wrong with what is not a file.
pub(crate) const NO_FILE: &str = "it is not a file";

/// Opens a file of an app to read it. It may be a link, and not a pipe.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    open(path, true)
}

/// Opens a file that is to be read and is no link.
pub(crate) fn open_unlinked(path: &Path) -> io::Result<File> {
    open(path, false)
}

/// What is in a small file, which is no link.
pub(crate) fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    contents(open_unlinked(path)?)
}

/// What is in a small file.
pub(crate) fn contents(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()).is_ok_and(|length| length <= MOST) {
        true => Ok(bytes),
        false => Err(io::Error::new(ErrorKind::FileTooLarge, "it is too large")),
    }
}

/// The end of a log from a place on, and at most so many bytes of it. What is no UTF-8 is replaced. A log that is
/// shorter than the place was has been begun again.
pub(crate) fn end_of_log(path: &Path, from: u64, most: u64) -> io::Result<String> {
    let mut file = open_regular(path)?;
    let length = file.metadata()?.len();
    let from = if from > length { 0 } else { from };
    file.seek(SeekFrom::Start(from.max(length.saturating_sub(most))))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether every user may change a file, or what is in a directory.
pub(crate) fn is_open_to_all(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o002 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// The last lines of what was written to a file.
pub(crate) fn last_lines(file: &mut File, count: usize) -> String {
    const MOST: u64 = 4 * 1024;
    let read = |file: &mut File| -> io::Result<String> {
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(MOST)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().join("\n")
}

/// Opens a file that is to be read, without waiting for whoever writes to a pipe.
#[cfg(unix)]
fn open(path: &Path, follow: bool) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let mut flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    let file: File =
        rustix::fs::open(path, flags, Mode::empty()).map_err(|error| told(error.into()))?.into();
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other(NO_FILE)),
    }
}

/// Opens a file that is to be read.
#[cfg(not(unix))]
fn open(path: &Path, _: bool) -> io::Result<File> {
    match std::fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::other(NO_FILE)),
    }
}

/// The error of a link in a place where none is followed: `ELOOP` says nothing of one.
#[cfg(unix)]
pub(crate) fn told(error: io::Error) -> io::Error {
    match error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        true => io::Error::other("it is a link, which is not followed"),
        false => error,
    }
}
