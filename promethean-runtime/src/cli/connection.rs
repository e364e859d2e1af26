//! The options of commands that talk to an engine, and what these commands print in the end.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::remote::{self, Remote};
use super::{Failure, Resolver, Units, engine, exit, output, plan_text, progress};
use crate::engine::{Engine, EngineError, ErrorKind};
use crate::operations::{OperationError, Plan, Target};

/// The options of commands that talk to an engine.
#[derive(Debug, Args)]
pub(super) struct Connection {
    #[command(flatten)]
    engine: engine::Chosen,

    #[command(flatten)]
    server: engine::Asked,

    /// The `pm2` program, or the directory of its package [default: from PATH or `node_modules/.bin`]
    #[arg(long, env = engine::VARIABLE, value_name = "FILE")]
    pm2: Option<PathBuf>,

    /// Print JSON, one object per line
    #[arg(long)]
    json: bool,
}

impl Connection {
    /// That of a command that knows only the embedded engine.
    #[cfg(unix)]
    pub(super) fn embedded() -> Connection {
        Connection {
            engine: engine::Chosen::embedded(),
            server: engine::Asked::default(),
            pm2: None,
            json: false,
        }
    }

    /// Whether a program reads what is printed.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Which engine is meant.
    pub(super) fn choice(&self) -> engine::Choice<'_> {
        engine::Choice { engine: self.engine, program: self.pm2.as_deref() }
    }

    /// The machines, if Supvisors is chosen.
    pub(super) fn remote(
        &self,
        resolver: &Resolver<'_>,
        units: &Units,
    ) -> Result<Option<Remote>, Failure> {
        remote::of(resolver, self.engine, &self.server, units)
    }

    /// The engine that the commands talk to.
    pub(super) fn engine(&self, target: &Target) -> Result<Box<dyn Engine>, EngineError> {
        let here = std::env::current_dir().unwrap_or_default();
        let near = [here.as_path(), target.system().root.as_std_path()];
        self.choice().engine(target.owner(), &near)
    }

    /// As [`Connection::engine`], for commands that start nothing.
    pub(super) fn engine_to_ask(&self, target: &Target) -> Result<Box<dyn Engine>, EngineError> {
        let here = std::env::current_dir().unwrap_or_default();
        let near = [here.as_path(), target.system().root.as_std_path()];
        self.choice().engine_to_ask(target.owner(), &near)
    }

    /// Prints why an operation failed, in words or as JSON, and returns the exit code for it.
    pub(super) fn failed(&self, error: &OperationError) -> ExitCode {
        if self.json {
            progress::json(error);
        } else {
            output::error(&error.to_string());
        }
        ExitCode::from(match error {
            OperationError::Profile(_) => exit::FAILED,
            OperationError::Environment(_) | OperationError::NotReady(_) => exit::NOT_READY,
            OperationError::Apps(_) => exit::APP_FAILED,
            OperationError::Foreign(_) | OperationError::Twice(_) => exit::NAME_TAKEN,
            OperationError::Interrupted(_) => exit::INTERRUPTED,
            OperationError::Engine(error) => match error.kind() {
                ErrorKind::Locked => exit::LOCKED,
                ErrorKind::Lost | ErrorKind::Refused { .. } | ErrorKind::Unusable => {
                    exit::NO_ENGINE
                }
            },
        })
    }

    /// Prints the result of an operation, and returns the exit code for it.
    pub(super) fn finished(&self, done: Result<Plan, OperationError>) -> ExitCode {
        match done {
            Ok(plan) => {
                if self.json {
                    progress::json(&json!({"event": "done", "steps": plan.steps}));
                } else {
                    output::note(&plan_text::was_done(&plan));
                }
                ExitCode::SUCCESS
            }
            Err(error) => self.failed(&error),
        }
    }
}
