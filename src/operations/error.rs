//! Why an operation failed.

use std::fmt;

use promethean_core::foreign::{Foreign, Lines};
use promethean_core::secrets::EnvironmentError;
use serde::Serialize;

use super::plan::{Foreign as Taken, Plan};
use super::profiles;
use crate::engine::EngineError;
use crate::preflight::Report;

/// An operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The engine cannot be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Secrets, inherited variables or `env_file`s are missing. Nothing was changed.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The preflight checks found problems. Nothing was changed.
    #[error("problems found; nothing was changed\n{0}")]
    NotReady(Report),
    /// App names are already in use by other apps. Nothing was changed.
    #[error("{}", taken(.0))]
    Foreign(Vec<Taken>),
    /// Apps run with another profile, and the change was not confirmed. Nothing was changed. The plan shows
    /// what would be done.
    #[error("{}", profiles::refused(&.0.profiles))]
    Profile(Box<Plan>),
    /// Apps did not start, did not become ready, or exited.
    #[error("{0}")]
    Apps(Failures),
}

/// Apps that failed, and those that still run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failures {
    /// The apps that failed.
    pub failed: Vec<FailedApp>,
    /// The apps of the operation that still run.
    pub running: Vec<String>,
}

/// An app that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedApp {
    /// The app.
    pub app: String,
    /// What happened.
    pub reason: String,
    /// The last lines of its log since it was started.
    pub log: Vec<String>,
}

impl fmt::Display for Failures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failed in &self.failed {
            writeln!(formatter, "{}: {}", Foreign(&failed.app), Lines(&failed.reason))?;
            for line in &failed.log {
                writeln!(formatter, "  | {}", Foreign(line))?;
            }
        }
        match self.running.as_slice() {
            [] => write!(formatter, "  still running: none"),
            running => {
                write!(formatter, "  still running: ")?;
                for (index, app) in running.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(formatter, "{comma}{}", Foreign(app))?;
                }
                Ok(())
            }
        }
    }
}

fn taken(foreign: &[Taken]) -> String {
    let lines = foreign.iter().map(|foreign| {
        let app = Foreign(&foreign.app);
        match &foreign.owner {
            None => format!(
                "{app}: the app name is already in use in this PM2, and no ecosystem started that app\n  \
                 help: rename the service, or run `pm2 delete {app}`"
            ),
            Some(owner) => format!(
                "{app}: the app name is already in use in this PM2, by {} at {}\n  \
                 help: rename the service, or run `down` there",
                Foreign(owner),
                Foreign(&owner.root)
            ),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
