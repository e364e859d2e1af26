//! `apply`.

use std::process::ExitCode;

use clap::Args;
use promethean_core::diagnostic::Diagnostic;
use serde_json::json;

use super::connection::Connection;
use super::up::{Waiting, carried_out};
use super::{Failure, Resolver, Units, exit, output, plan_text, progress};
use crate::operations::{self, OperationError};

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
                let told = json!({"event": "failed", "message": NOT_AGREED, "help": "add `--yes`",
                    "steps": plan.steps, "profiles": plan.profiles});
                progress::json(&told);
                return Ok(ExitCode::from(exit::FAILED));
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

/// Why a program cannot agree by being asked.
const NOT_AGREED: &str = "the plan was not confirmed; nothing was changed";

/// Asks whether to apply the plan.
fn agreed() -> Result<bool, Failure> {
    output::confirm("Apply these changes?").ok_or_else(|| {
        let message = "cannot prompt: stdin is not a terminal";
        Diagnostic::new(message).help("`--yes` applies the plan without asking").into()
    })
}
