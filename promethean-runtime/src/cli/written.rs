//! Configuration files that are written into a directory, where others may have files, too.

use std::fs;
use std::io::Read as _;
use std::process::ExitCode;

use camino::Utf8Path;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::emit::WRITTEN;
use promethean_core::foreign::Foreign;

use super::output;
use super::{Failure, exit};
use crate::untrusted;

/// Whether a file is what would be written now.
pub(super) fn checked(file: &Utf8Path, text: &str) -> Result<ExitCode, Failure> {
    let wrong = match fs::read_to_string(file) {
        Ok(present) if present == text => return Ok(ExitCode::SUCCESS),
        Ok(_) => "is not what this program would write",
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "does not exist",
        Err(error) => return Err(format!("{file}: {error}").into()),
    };
    let stale = Diagnostic::new(format!("{file} {wrong}"));
    output::error(&stale.help("run the command without `--check`").to_string());
    Ok(ExitCode::from(exit::SOMETHING_TO_DO))
}

/// Rejects a file that something else wrote: only what this program has written is replaced.
pub(super) fn of_this_program(file: &Utf8Path) -> Result<(), Failure> {
    match author(file) {
        Some(Author::Others) => {
            let message = format!("{} is there, and not written by this program", Foreign(file));
            let help = "choose a directory of its own, or remove that file";
            Err(Diagnostic::new(message).help(help).into())
        }
        // Of what is no file, whoever writes it says what is wrong.
        Some(Author::ThisProgram | Author::Nobody) | None => Ok(()),
    }
}

/// Who wrote a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    ThisProgram,
    Others,
    /// Nothing is in it.
    Nobody,
}

/// Who wrote a file, as its first lines say; `None` where there is none to read.
pub(super) fn author(file: &Utf8Path) -> Option<Author> {
    let mut head = Vec::new();
    let file = untrusted::open_regular(file.as_std_path()).ok()?;
    file.take(HEAD).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    Some(match () {
        () if head.trim().is_empty() => Author::Nobody,
        () if head.lines().take(4).any(|line| line.contains(WRITTEN)) => Author::ThisProgram,
        () => Author::Others,
    })
}

/// How many bytes are read of a file to find out who wrote it.
const HEAD: u64 = 4096;
