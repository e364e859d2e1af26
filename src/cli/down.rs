//! `down`.

use std::process::ExitCode;

use clap::Args;
use promethean_core::foreign::Foreign;
use serde_json::json;

use super::connection::Connection;
use super::progress::{self, Progress};
use super::{Failure, Resolver, Units, output, plan_text};
use crate::operations::{self, OperationError};

#[derive(Debug, Args)]
pub(super) struct Down {
    /// Stop the named units even when others need them
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    units: Units,
}

impl Down {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let targets = resolver.targets(&self.units, self.connection.program())?;
        let mut down = operations::Down::default();
        for target in &targets {
            let mut progress = Progress::new(self.connection.is_json());
            let done =
                self.connection.engine(target).map_err(OperationError::from).and_then(|engine| {
                    operations::down(&*engine, target, self.force, &mut |event| {
                        progress.show(&event);
                    })
                });
            progress.end();
            match done {
                Ok(done) => down = down.and(done),
                Err(error) => return Ok(self.connection.failed(&error)),
            }
        }
        if self.connection.is_json() {
            progress::json(&json!({
                "event": "done",
                "stopped": down.stopped,
                "orphans": down.orphans,
                "needed": down.needed,
            }));
        } else {
            for (app, by) in &down.needed {
                let app = Foreign(app);
                output::note(&format!("{app}: still running, {} needs it", Foreign(by.join(", "))));
            }
            output::note(&plan_text::was_stopped(down.stopped.len(), down.orphans.len()));
        }
        Ok(ExitCode::SUCCESS)
    }
}
