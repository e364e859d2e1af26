//! `exec`: a program as if it were a service.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use promethean_core::app::App;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::list::some_of;

use super::up::duration;
use super::{Failure, Resolver, Units, engine, exit, output};
use crate::execution::{Execution, ExecutionError};
use crate::operations::Target;

/// How many services are named of those that a unit has.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
pub(super) struct Exec {
    /// Wait until its dependencies are ready, for at most this long [default: 10m]: 90s, 10m, 2h
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = duration,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "10m"
    )]
    wait: Option<Duration>,

    /// Run as this one of several processes, which count from 0
    #[arg(long, value_name = "NUMBER", default_value_t)]
    instance: u64,

    /// A service
    #[arg(value_name = "UNIT")]
    unit: String,

    /// A program to run in place of the service's own, and its arguments
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

impl Exec {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let units = Units { units: vec![self.unit.clone()] };
        let target = resolver.target(&units, engine::Choice::default())?;
        let system = target.system();
        if self.wait.is_some() && !system.machines.is_empty() && system.machine.is_none() {
            let message = "`--wait` asks whether units of other machines are ready";
            let help = "say which machine this is: `--machine NAME`, or `--one-machine`";
            return Err(Diagnostic::new(message).help(help).into());
        }
        resolver.tell_profile(&target);
        let apps: Vec<_> = target.named().collect();
        let app = match apps.as_slice() {
            [] => return Err(Failure::not_started(&units)),
            [app] => app,
            several => {
                let names: Vec<&str> = several.iter().map(|app| app.name.as_str()).collect();
                let names = some_of(&names, SHOWN);
                return Err(format!(
                    "`{}` is several services: {names}\n  help: name one of them",
                    self.unit
                )
                .into());
            }
        };
        match self.execute(&target, app) {
            Ok(code) => Ok(code),
            Err(error) => {
                output::error(&error.to_string());
                Ok(ExitCode::from(match error {
                    ExecutionError::Missing { .. } => exit::NOT_FOUND,
                    ExecutionError::NotRun { .. } => exit::NOT_RUN,
                    ExecutionError::Environment(_)
                    | ExecutionError::NoDirectory(_)
                    | ExecutionError::OtherUser(_)
                    | ExecutionError::NotReady(_) => exit::NOT_READY,
                }))
            }
        }
    }

    fn execute(&self, target: &Target, app: &App) -> Result<ExitCode, ExecutionError> {
        let execution = Execution::new(target.system(), app)?.of_instance(self.instance);
        if let Some(limit) = self.wait {
            execution.wait(limit, &|said| output::note(&said.to_string()))?;
        }
        execution.run(&self.program)
    }
}
