//! `plan`.

use std::process::ExitCode;

use clap::Args;

use super::connection::Connection;
use super::{Failure, Resolver, Units, exit, output, plan_text};
use crate::operations::{self, Action, Elsewhere, OperationError, Plan};

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
        if let Some(remote) = self.connection.remote(resolver, &self.units)? {
            return shown(&self.connection, remote.plan(), self.detailed_exitcode);
        }
        let target = resolver.target(&self.units, self.connection.choice())?;
        let planned = self.connection.engine(&target).map_err(OperationError::from);
        let planned = planned.and_then(|engine| {
            let mut plan = operations::plan(&*engine, &target)?;
            if let Some(twice) = Elsewhere::not_to_start(&*engine, &target) {
                plan.notes.push(twice.note());
            }
            if plan.steps.iter().all(|step| step.action == Action::Create) {
                plan.notes.extend(self.connection.choice().ran_before(target.owner()));
            }
            Ok(plan)
        });
        shown(&self.connection, planned, self.detailed_exitcode)
    }
}

/// Prints a plan; `detailed` says whether the exit code tells if there is something to do.
pub(super) fn shown(
    connection: &Connection,
    planned: Result<Plan, OperationError>,
    detailed: bool,
) -> Result<ExitCode, Failure> {
    let plan = match planned {
        Ok(plan) => plan,
        Err(error) => return Ok(connection.failed(&error)),
    };
    match connection.is_json() {
        true => drop(output::print_json(&plan)?),
        false => {
            for note in &plan.notes {
                output::note(&note.printable().to_string());
            }
            output::print_marked(&format!("{}\n", plan_text::written(&plan)), plan_text::mark)?;
        }
    }
    match detailed && plan.differs() {
        true => Ok(ExitCode::from(exit::SOMETHING_TO_DO)),
        false => Ok(ExitCode::SUCCESS),
    }
}
