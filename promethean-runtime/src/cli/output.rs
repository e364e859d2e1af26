//! Where results and messages go: the one place that writes to the terminal.
//!
//! Whatever is in a message, the terminal gets nothing to obey: each message passes
//! [`foreign::printable`] here.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, StdoutLock, Write as _};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use camino::{Utf8Path, Utf8PathBuf};
use indicatif::{ProgressBar, ProgressStyle, WeakProgressBar};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign;
use serde::Serialize;

use super::{Failure, absolute};

/// The absolute path of the file to write; `None` for standard output, which is also called `-`.
///
/// # Errors
///
/// The path is empty or not UTF-8.
pub fn file(path: Option<&Utf8Path>) -> Result<Option<Utf8PathBuf>, Failure> {
    path.filter(|path| *path != "-").map(absolute).transpose()
}

/// Prints a result for a person to standard output. Whoever stops reading early has what they
/// wanted.
///
/// # Errors
///
/// Standard output cannot be written to.
pub fn print(text: &str) -> Result<(), Failure> {
    write_out(&foreign::printable(text)).map(drop)
}

/// Prints a result for a person to standard output; `mark` says how much of the beginning of a line has
/// a colour, if colours are shown.
pub(super) fn print_marked(
    text: &str,
    mark: impl Fn(&str) -> (usize, anstyle::Style),
) -> Result<(), Failure> {
    use std::fmt::Write as _;
    let text = foreign::printable(text);
    if AutoStream::choice(&std::io::stdout()) == ColorChoice::Never {
        return write_out(&text).map(drop);
    }
    let mut marked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (length, style) = mark(line);
        let (beginning, rest) = line.split_at_checked(length).unwrap_or(("", line));
        let _ = write!(marked, "{style}{beginning}{style:#}{rest}");
    }
    write_out(&marked).map(drop)
}

/// Bold, in a colour.
pub(super) fn bold(colour: anstyle::AnsiColor) -> anstyle::Style {
    anstyle::Style::new().bold().fg_color(Some(colour.into()))
}

/// Prints a file to standard output: as it is for a program or a file, and what a terminal may see of
/// it for a terminal.
///
/// # Errors
///
/// Standard output cannot be written to.
pub fn print_file(text: &str) -> Result<(), Failure> {
    match is_terminal() {
        true => write_out(&foreign::printable_file(text)).map(drop),
        false => write_out(text).map(drop),
    }
}

/// Prints a value as a line of JSON. Says whether anybody reads on.
pub(super) fn print_json(value: &impl Serialize) -> Result<bool, Failure> {
    write_out(&format!("{}\n", json(value)?))
}

/// The version of the objects that are printed. docs/json.md says when it changes.
const VERSION: u32 = 1;

/// An object with the version of its shape.
#[derive(Serialize)]
struct Versioned<'v, V> {
    version: u32,
    #[serde(flatten)]
    value: &'v V,
}

/// An object as JSON in which nothing is hostile, with the version of its shape: serde leaves what is not
/// ASCII as it is.
///
/// # Errors
///
/// It is no object.
pub fn json(value: &impl Serialize) -> serde_json::Result<String> {
    use std::fmt::Write as _;
    let written = serde_json::to_string(&Versioned { version: VERSION, value })?;
    if !written.contains(foreign::is_hostile) {
        return Ok(written);
    }
    let mut json = String::with_capacity(written.len());
    for character in written.chars() {
        if foreign::is_hostile(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(json, "\\u{unit:04x}");
            }
        } else {
            json.push(character);
        }
    }
    Ok(json)
}

/// Prints lines with the colours and the moves of the cursor that [`super::screen`] has put there.
/// Says whether anybody reads on.
pub(super) fn print_screen(text: &str) -> Result<bool, Failure> {
    write_out(text)
}

/// Prints a file for a program to standard output, piece by piece, as it is. A terminal is given it by
/// [`print_file`].
pub(super) fn print_pieces(
    write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>,
) -> Result<(), Failure> {
    const PIECE: usize = 64 << 10;
    let mut stdout = BufWriter::with_capacity(PIECE, io::stdout().lock());
    is_read(write(&mut stdout).and_then(|()| stdout.flush())).map(drop)
}

/// Whether standard output is a terminal.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn write_out(text: &str) -> Result<bool, Failure> {
    let mut stdout = io::stdout().lock();
    is_read(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Whether anybody reads on.
fn is_read(written: io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::from(format!("standard output: {error}"))),
    }
}

/// Prints a message to standard error.
pub fn note(message: &str) {
    let print = || {
        // There is nowhere to say that standard error is gone.
        let _ = writeln!(anstream::stderr(), "{}", foreign::printable(message));
    };
    let moving = MOVING.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
    match moving.filter(|bar| !bar.is_finished()) {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

/// The line that moves, if there is one.
static MOVING: LazyLock<Mutex<WeakProgressBar>> = LazyLock::new(Mutex::default);

/// Prints an error to standard error.
pub fn error(message: &str) {
    let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    let _ = writeln!(anstream::stderr(), "{style}error:{style:#} {}", foreign::printable(message));
}

/// A line on the terminal of standard error that moves while something is done; `None` where it is no
/// terminal.
pub(super) fn spinner() -> Option<ProgressBar> {
    if !io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new_spinner();
    // A template that cannot be read leaves the default one.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}") {
        bar.set_style(style);
    }
    // The bar moves on a thread of its own; where the system gives none, it moves with each event.
    if thread::Builder::new().spawn(|| ()).is_ok() {
        bar.enable_steady_tick(Duration::from_millis(100));
    }
    *MOVING.lock().unwrap_or_else(PoisonError::into_inner) = bar.downgrade();
    Some(bar)
}

/// A line that says what is done, and is gone when this value is.
#[derive(Debug)]
pub struct Working(Option<ProgressBar>);

/// Says on a terminal what is done, and for how long already.
#[must_use]
pub fn working(what: &str) -> Working {
    let bar = spinner();
    if let Some(bar) = &bar {
        bar.set_message(foreign::printable(what).into_owned());
    }
    Working(bar)
}

impl Drop for Working {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Asks a question on standard error that is answered with yes or no, and reads the answer from
/// standard input: `y` and `yes` agree, in letters of any size; everything else, and an answer that
/// cannot be read or a question that cannot be shown, does not.
///
/// `None` where nobody can be asked ([`can_ask`]).
#[must_use]
pub fn confirm(question: &str) -> Option<bool> {
    if !can_ask() {
        return None;
    }
    let mut stderr = anstream::stderr();
    let question = foreign::printable(question);
    let shown = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    Some(shown.is_ok() && std::io::stdin().read_line(&mut answer).is_ok() && agrees(&answer))
}

/// Whether somebody sees a question and can answer it: standard input and standard error are
/// terminals.
#[must_use]
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn agrees(answer: &str) -> bool {
    let answer = answer.trim();
    answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")
}

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever the user's umask lets.
    Usual,
    /// Only the user: it contains secrets.
    Private,
}

/// Writes a file as a whole or not at all: what was there before is there until the new contents
/// are on the disk. A link is followed, and a file that is replaced keeps its permissions. A pipe
/// or a device, such as `/dev/stdout`, is written to and not replaced.
///
/// # Errors
///
/// The file cannot be written.
pub fn write(path: &Utf8Path, text: &str, access: Access) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| Failure::from(format!("{path} cannot be written: {error}"));
    if let Some(mut other) = no_file(path).map_err(failed)? {
        return other.write_all(text.as_bytes()).map_err(failed);
    }
    let target = match path.canonicalize_utf8() {
        Ok(target) => target,
        Err(error) if error.kind() == ErrorKind::NotFound => path.to_path_buf(),
        Err(error) => return Err(failed(error)),
    };
    let directory = match target.parent() {
        Some(directory) if !directory.as_str().is_empty() => directory.to_path_buf(),
        _ => Utf8PathBuf::from("."),
    };
    if !directory.is_dir() {
        let message = format!("{path} cannot be written: the directory {directory} does not exist");
        return Err(Diagnostic::new(message).help("create it first").into());
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".promethean-");
    let permissions = permissions(&target, access);
    if let Some(permissions) = &permissions {
        builder.permissions(permissions.clone());
    }
    let mut file = builder.tempfile_in(&directory).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    if let (Some(permissions), true) = (permissions, target.exists()) {
        // The umask does not count for a file that had its permissions before.
        file.as_file().set_permissions(permissions).map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&target).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What is at a path and is neither a file nor a directory: a pipe, a device.
fn no_file(path: &Utf8Path) -> std::io::Result<Option<File>> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            File::options().write(true).open(path).map(Some)
        }
        // There may be a file: whoever writes it says what is wrong.
        Ok(_) | Err(_) => Ok(None),
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other platforms have no such permissions")]
fn permissions(target: &Utf8Path, access: Access) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    match (access, fs::metadata(target)) {
        (Access::Private, _) => Some(Permissions::from_mode(0o600)),
        (Access::Usual, Ok(present)) => Some(present.permissions()),
        (Access::Usual, Err(_)) => Some(Permissions::from_mode(0o666)),
    }
}

#[cfg(not(unix))]
fn permissions(_: &Utf8Path, _: Access) -> Option<Permissions> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn y_and_yes_agree_and_nothing_else_does() {
        for answer in ["y\n", "Y", "yes\r\n", "YES", " Yes "] {
            assert!(agrees(answer), "{answer:?}");
        }
        for answer in ["", "\n", "n", "no", "yep", "ye", "y y", "ja"] {
            assert!(!agrees(answer), "{answer:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_written_to_and_stays() {
        use std::os::unix::fs::FileTypeExt as _;
        let directory = tempfile::tempdir().unwrap();
        let pipe = Utf8PathBuf::from_path_buf(directory.path().join("pipe")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let read = thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        write(&pipe, "drawn", Access::Usual).unwrap();
        assert_eq!(read.join().unwrap(), "drawn");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        let link = pipe.with_file_name("link");
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        write(&link, "drawn", Access::Private).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }

    #[test]
    fn json_is_the_same_value_with_nothing_hostile_in_it() {
        let text = "\u{1b}[2J\u{7f}\u{9b}2J\u{202e}\u{e0041}ä日\"\\\n";
        let object = serde_json::json!({ "said": text });
        let written = json(&object).unwrap();
        assert!(!written.contains(foreign::is_hostile), "{written:?}");
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read, serde_json::json!({ "version": VERSION, "said": text }));
        assert!(written.contains("ä日"), "{written}");
        assert!(json(&[text]).is_err(), "a list has no version");
    }
}
