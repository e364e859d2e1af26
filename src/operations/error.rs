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
    /// Secrets, inherited variables or files of variables are lacking. Nothing was done.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// What is about to start would not come up. Nothing was done.
    #[error("not everything is ready; nothing was done\n{0}")]
    NotReady(Report),
    /// Names are taken by apps that the system did not start. Nothing was done.
    #[error("{}", taken(.0))]
    Foreign(Vec<Taken>),
    /// Apps run with another profile, and nobody has agreed to change it. Nothing was done. The plan
    /// is what would be done.
    #[error("{}", profiles::refused(&.0.profiles))]
    Profile(Box<Plan>),
    /// Apps did not start, did not become ready, or died.
    #[error("{0}")]
    Apps(Failures),
}

/// Apps that failed, and what runs now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failures {
    /// The apps that failed.
    pub failed: Vec<FailedApp>,
    /// The apps of the operation that run.
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
            [] => write!(formatter, "  running now: nothing of it"),
            running => {
                write!(formatter, "  running now: ")?;
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
                "{app}: this PM2 has an app of that name that no ecosystem started\n  \
                 help: `pm2 delete {app}` ends it; or give the service another name"
            ),
            Some(owner) => format!(
                "{app}: this PM2 has an app of that name, from {} at {}\n  \
                 help: take it down there, or give the service another name",
                Foreign(owner),
                Foreign(&owner.root)
            ),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
