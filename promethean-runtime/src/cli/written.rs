//! Files of a configuration in a directory, which may have files of somebody else.

use std::fs;
use std::process::ExitCode;

use camino::Utf8Path;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::emit::WRITTEN;
use promethean_core::foreign::Foreign;

use super::output;
use super::{Failure, exit};

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
    match fs::read(file) {
        Ok(text) if !is_of_this_program(&text) => {
            let message = format!("{} is there, and not written by this program", Foreign(file));
            let help = "choose a directory of its own, or remove that file";
            Err(Diagnostic::new(message).help(help).into())
        }
        // Whoever writes it says what is wrong.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Whether a text says in its first lines that this program has written it.
pub(super) fn is_of_this_program(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.trim().is_empty() || text.lines().take(4).any(|line| line.contains(WRITTEN))
}
