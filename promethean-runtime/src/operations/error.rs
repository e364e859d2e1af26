//! Why an operation failed.

use std::fmt;

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use promethean_core::secrets::EnvironmentError;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

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
    /// Apps run on another engine of this machine, and would run twice. Nothing was changed.
    #[error("{0}")]
    Twice(Box<Diagnostic>),
    /// Apps run with another profile, and the change was not confirmed. Nothing was changed. The plan shows
    /// what would be done.
    #[error("{}", profiles::rejected(&.0.profiles))]
    Profile(Box<Plan>),
    /// Apps did not start, did not become ready, or exited.
    #[error("{0}")]
    Apps(Failures),
    /// [`Target::interrupted_by`](super::Target::interrupted_by) has ended it. What it has not come to is as
    /// before, and the next run continues from there.
    #[error("{0}")]
    Interrupted(Box<Interrupted>),
}

/// An event `failed`, with what a program may need of the error.
impl Serialize for OperationError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut told = serializer.serialize_map(None)?;
        told.serialize_entry("event", "failed")?;
        told.serialize_entry("message", &self.to_string())?;
        match self {
            OperationError::Apps(failures) => told.serialize_entry("apps", failures)?,
            OperationError::NotReady(report) => {
                told.serialize_entry("findings", &report.findings)?;
            }
            OperationError::Environment(error) => {
                told.serialize_entry("findings", &Report::of_environment(error).findings)?;
            }
            OperationError::Interrupted(interrupted) => {
                told.serialize_entry("interrupted", interrupted)?;
            }
            OperationError::Profile(plan) => told.serialize_entry("profiles", &plan.profiles)?,
            OperationError::Engine(_) | OperationError::Foreign(_) | OperationError::Twice(_) => {}
        }
        told.end()
    }
}

/// What an interrupted operation has done, and what it has not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Interrupted {
    /// The command: `up`, `down`, `restart`.
    pub command: &'static str,
    /// The apps that it has stopped and would not have started again, in order.
    pub stopped: Vec<String>,
    /// The apps that it would have stopped.
    pub not_stopped: Vec<String>,
    /// The apps that it has started.
    pub started: Vec<String>,
    /// Those among them whose probes have not succeeded.
    pub not_ready: Vec<String>,
    /// The apps that do not run and that it would have started.
    pub not_started: Vec<String>,
    /// The apps that run and that it would have changed or restarted.
    pub not_changed: Vec<String>,
}

impl From<Interrupted> for OperationError {
    fn from(interrupted: Interrupted) -> OperationError {
        OperationError::Interrupted(Box::new(interrupted))
    }
}

impl Interrupted {
    /// How to continue.
    fn help(&self) -> String {
        let command = self.command;
        let left = [&self.not_stopped, &self.not_started, &self.not_changed];
        let left: Vec<&str> = left.into_iter().flatten().map(String::as_str).collect();
        match (command, left.as_slice()) {
            (_, []) if self.not_ready.is_empty() && !self.started.is_empty() => {
                "`status` shows whether they stay up".to_owned()
            }
            // What they have not come to does not differ from its definition: it has to be named.
            ("restart" | "reload" | "down", [_, ..]) => {
                format!("`{command} {}` continues from here", Foreign(left.join(" ")))
            }
            _ => format!("`{command}` continues from here"),
        }
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Interrupted { stopped, not_stopped, started, not_ready, not_started, .. } = self;
        let lists = [
            ("stopped", stopped),
            ("not stopped", not_stopped),
            ("started", started),
            ("not ready yet", not_ready),
            ("not started", not_started),
            ("not changed", &self.not_changed),
        ];
        if lists.iter().all(|(_, apps)| apps.is_empty()) {
            return write!(formatter, "interrupted; nothing was changed");
        }
        write!(formatter, "interrupted")?;
        let first = if self.command == "down" { "stopped" } else { "started" };
        for (what, apps) in
            lists.into_iter().filter(|(what, apps)| what == &first || !apps.is_empty())
        {
            let apps = if apps.is_empty() { "none".to_owned() } else { apps.join(", ") };
            write!(formatter, "\n  {what}: {}", Foreign(apps))?;
        }
        write!(formatter, "\n  help: {}", self.help())
    }
}

/// Apps that failed, those that still run, and what the operation has not come to because of that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failures {
    /// The apps that failed.
    pub failed: Vec<FailedApp>,
    /// The apps of the operation that still run.
    pub running: Vec<String>,
    /// Those among them whose probes have not succeeded yet, and have not failed either.
    pub not_ready: Vec<String>,
    /// The apps that do not run and would have been started, but for those that wait for a failed one.
    pub not_started: Vec<String>,
    /// The apps that run and would have been changed or restarted.
    pub not_changed: Vec<String>,
}

/// An app that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FailedApp {
    /// The app.
    pub app: String,
    /// What happened.
    pub reason: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The apps that wait for it and were therefore not started.
    pub not_started: Vec<String>,
    /// The last lines of its log since it was started.
    pub log: Vec<String>,
    /// Whether its restart policy goes on: the engine restarts it, and it may come up yet.
    #[serde(skip)]
    pub is_restarted: bool,
}

impl FailedApp {
    /// An app that failed, without help and lines of a log.
    pub(super) fn new(app: &str, reason: impl Into<String>) -> FailedApp {
        FailedApp { app: app.to_owned(), reason: reason.into(), ..FailedApp::default() }
    }

    /// What happened, and what to do about it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let FailedApp { app, reason, help, .. } = self;
        let told = Diagnostic { help: help.clone(), ..Diagnostic::new(reason.as_str()) };
        told.at([app.as_str()]).printable()
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failed in &self.failed {
            writeln!(formatter, "{}", failed.diagnostic())?;
            if !failed.not_started.is_empty() {
                let waiting = Foreign(failed.not_started.join(", "));
                writeln!(formatter, "  not started because of this: {waiting}")?;
            }
            for line in &failed.log {
                writeln!(formatter, "  | {}", Foreign(line))?;
            }
        }
        for (what, apps) in [("not started", &self.not_started), ("not changed", &self.not_changed)]
        {
            if !apps.is_empty() {
                writeln!(formatter, "  {what}: {}", Foreign(apps.join(", ")))?;
            }
        }
        let running = self.running.iter().map(|app| {
            let ready = if self.not_ready.contains(app) { " (not ready yet)" } else { "" };
            format!("{app}{ready}")
        });
        let running: Vec<String> = running.collect();
        let running = if running.is_empty() { "none".to_owned() } else { running.join(", ") };
        write!(formatter, "  still running: {}", Foreign(running))
    }
}

fn taken(foreign: &[Taken]) -> String {
    let lines = foreign.iter().map(|foreign| {
        let app = Foreign(&foreign.app).to_string();
        taken_name(foreign).at(app).to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Why the name of an app cannot be used.
pub(crate) fn taken_name(foreign: &Taken) -> Diagnostic {
    match &foreign.owner {
        None => {
            Diagnostic::new("the app name is already in use, and no ecosystem started that app")
                .help(format!("rename the service, or run `{}`", Foreign(&foreign.removal)))
        }
        Some(owner) => Diagnostic::new(format!(
            "the app name is already in use, by {} at {}",
            Foreign(owner),
            Foreign(&owner.root)
        ))
        .help(match owner.root.exists() {
            true => "rename the service, or run `down` there".to_owned(),
            false => format!(
                "that directory is gone: `--root {} down` ends what was started there",
                Foreign(&owner.root)
            ),
        }),
    }
}
