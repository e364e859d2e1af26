//! `apply`.

use std::process::ExitCode;

use clap::Args;
use promethean_core::diagnostic::Diagnostic;
use serde::Serialize;

use super::connection::Connection;
use super::up::{Waiting, carried_out};
use super::{Failure, Resolver, Units, exit, output, plan_text, progress};
use crate::operations::{self, OperationError, Plan};

#[derive(Debug, Args)]
pub(super) struct Apply {
    /// Apply the plan without asking
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    waiting: Waiting,

    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    units: Units,
}

impl Apply {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let target = resolver.target(&self.units, self.connection.choice())?;
        if !self.connection.is_json() {
            resolver.tell_profile(&target);
        }
        if !self.yes {
            let planned = self.connection.engine(&target).map_err(OperationError::from);
            let plan = match planned.and_then(|engine| operations::plan(&*engine, &target)) {
                Ok(plan) => plan,
                Err(error) => return Ok(self.connection.failed(&error)),
            };
            if plan.is_empty() {
                return Ok(self.connection.finished(Ok(plan)));
            }
            if self.connection.is_json() {
                progress::json(&Unconfirmed {
                    event: "failed",
                    message: NOT_AGREED,
                    help: "add `--yes`",
                    plan: &plan,
                });
                return Ok(ExitCode::from(exit::FAILED));
            }
            for note in &plan.notes {
                output::note(&note.printable().to_string());
            }
            output::note(&plan_text::written(&plan));
            if !agreed()? {
                output::note("nothing was changed");
                return Ok(ExitCode::FAILURE);
            }
        }
        let target = self.waiting.of(target).changing_profile();
        Ok(self.connection.finished(carried_out(&self.connection, &target, operations::apply)))
    }
}

/// What a program is given that has not agreed.
#[derive(Serialize)]
struct Unconfirmed<'a> {
    event: &'static str,
    message: &'static str,
    help: &'static str,
    #[serde(flatten)]
    plan: &'a Plan,
}

/// Why a program cannot agree by being asked.
const NOT_AGREED: &str = "the plan was not confirmed; nothing was changed";

/// Asks whether to apply the plan.
fn agreed() -> Result<bool, Failure> {
    output::confirm("Apply these changes?").ok_or_else(|| {
        let message = "cannot prompt: stdin is not a terminal";
        Diagnostic::new(message).help("`--yes` applies the plan without asking").into()
    })
}
