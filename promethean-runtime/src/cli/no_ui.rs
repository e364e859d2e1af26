//! `ui`, where it is not built: it takes a third more packages to compile.

use std::process::ExitCode;

use clap::Args;
use promethean_core::diagnostic::Diagnostic;

use super::connection::Connection;
use super::{Failure, Resolver};

/// What the list of commands says of it.
pub(super) const ABOUT: &str =
    "Show the system live in the terminal (built without it: the feature `ui` of promethean)";

#[derive(Debug, Args)]
#[command(
    after_help = "This program was built without it: `cargo add promethean --features ui` adds it."
)]
pub(super) struct Ui {
    #[command(flatten)]
    _connection: Connection,
}

impl Ui {
    #[expect(clippy::unused_self, reason = "as the command that is there")]
    pub(super) fn run(&self, _: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let message = "this program was built without the live view";
        let help = "`cargo add promethean --features ui` adds it; `status --watch` needs nothing";
        Err(Diagnostic::new(message).help(help).into())
    }
}
