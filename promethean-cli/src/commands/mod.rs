//! The commands of the `promethean` program.

mod fmt;
mod import;
mod new;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use promethean_core::diagnostic::Diagnostic;
use promethean_runtime::__cli::output;

/// A command's own reason to fail.
#[derive(Debug)]
struct Problem(Diagnostic);

impl Problem {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem(Diagnostic::new(message).help(help))
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Problem {}

/// The tools around ecosystems.
#[derive(Debug, Parser)]
#[command(
    name = "promethean",
    bin_name = "promethean",
    version,
    about = "Import, create and format Promethean ecosystems"
)]
struct Tool {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Convert a PM2 configuration to an ecosystem, and compare the two
    Import(import::Import),
    /// Format `ecosystem!` in Rust files, which rustfmt skips
    Fmt(fmt::Fmt),
    /// Create a crate for an ecosystem
    New(new::New),
}

/// Runs the `promethean` program with the arguments of this process.
///
/// The exit code is 0 when all went well, 1 when something failed, and 2 when the arguments are
/// wrong.
#[must_use]
pub fn main() -> ExitCode {
    let tool = match Tool::try_parse() {
        Ok(tool) => tool,
        Err(error) => {
            // Help that cannot be printed is no failure of the command.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let outcome = match tool.command {
        Command::Import(import) => import.run(),
        Command::Fmt(fmt) => fmt.run(),
        Command::New(new) => new.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::error(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}
