//! `plan`.

use std::process::ExitCode;

use clap::Args;

use super::connection::Connection;
use super::{Failure, Resolver, Units, exit, output, plan_text, progress};
use crate::operations::{self, OperationError};

#[derive(Debug, Args)]
pub(super) struct PlanCommand {
    /// Exit with 2 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,

    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    units: Units,
}

impl PlanCommand {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let target = resolver.target(&self.units, self.connection.choice())?;
        let planned = self.connection.engine(&target).map_err(OperationError::from);
        let plan = match planned.and_then(|engine| operations::plan(&*engine, &target)) {
            Ok(plan) => plan,
            Err(error) => return Ok(self.connection.failed(&error)),
        };
        match self.connection.is_json() {
            true => progress::json(&plan),
            false => {
                for note in &plan.notes {
                    output::note(&note.to_string());
                }
                output::print_marked(&format!("{}\n", plan_text::written(&plan)), plan_text::mark)?;
            }
        }
        match self.detailed_exitcode && !plan.is_empty() {
            true => Ok(ExitCode::from(exit::SOMETHING_TO_DO)),
            false => Ok(ExitCode::SUCCESS),
        }
    }
}
