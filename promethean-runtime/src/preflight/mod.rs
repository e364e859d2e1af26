//! Reports what would prevent startup, before anything starts.
//!
//! | module | what it checks |
//! | --- | --- |
//! | `files` | directories, watched paths, the folders of logs |
//! | `programs` | programs, interpreters, entries, Python's modules |
//! | `variables` | secrets, inherited variables, names that PM2 reads as settings |
//! | `sizes` | whether the system can hand a process its variables and arguments |
//! | `ports` | whether ports are free |
//! | `listeners` | who has those that are not |
//! | `probes` | whether this program can make them |
//! | `externals` | whether externals are available |
//!
//! Checks change nothing. They report all problems at once, and one with the same cause in several apps
//! only once.

mod externals;
mod files;
pub(crate) mod listeners;
pub(crate) mod ports;
mod probes;
mod programs;
mod sizes;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;

use promethean_core::app::{App, System};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::list::some_of;
use promethean_core::secrets::{EnvironmentError, Reader};
use serde::Serialize;

pub(crate) use externals::refusal;

use crate::engine::{EngineError, Limit, Place};

pub use crate::engine::Topic;

/// What a check knows of its machine besides the disk.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The directories of programs, as in the variable PATH.
    pub path: OsString,
    /// The apps that run, or whose processes will be ended: their ports are theirs.
    pub running: BTreeSet<String>,
    /// The apps that run with the current definition: they are not started.
    pub kept: BTreeSet<String>,
    /// The system's own processes, and what they have started: who may have one of its ports.
    pub own: BTreeMap<u32, OwnProcess>,
    /// The variables that every app sees besides its own.
    pub environment: Vec<(String, String)>,
    /// The name of the engine that is to run the system.
    pub engine: &'static str,
    /// What the engine cannot do.
    pub limits: &'static [Limit],
    /// What makes the engine's place unsafe.
    pub warnings: Vec<Diagnostic>,
}

/// A process of the system, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnProcess {
    /// Its app.
    pub app: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a process of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It ends before what is to have its port is started.
    Ends,
    /// Its app is no longer defined, and nothing ends it.
    NoLongerDefined,
    /// It runs on.
    Stays,
}

impl Circumstances {
    /// Those of this process, when nothing runs.
    #[must_use]
    pub fn of_process(place: &dyn Place) -> Circumstances {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Circumstances {
            path,
            running: BTreeSet::new(),
            kept: BTreeSet::new(),
            own: BTreeMap::new(),
            environment: place.environment(),
            limits: place.limits(),
            engine: place.name(),
            warnings: place.warnings(),
        }
    }
}

/// All findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The findings, failures first.
    pub findings: Vec<Finding>,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub kind: Topic,
    /// The apps or externals that have it.
    pub units: Vec<String>,
    /// What it is.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It prevents startup.
    Failure,
    /// It does not prevent startup, but is probably a mistake.
    Warning,
    /// Worth knowing.
    Note,
}

/// Reports everything that would prevent the apps of a system from starting.
#[must_use]
pub fn check(system: &System, circumstances: &Circumstances) -> Report {
    let mut report = Report::default();
    let reader = Reader::new();
    externals::check(system, circumstances, &mut report);
    for app in &system.apps {
        files::check(app, &system.root, &mut report);
        programs::check(app, &reader, circumstances, &mut report);
        sizes::check(app, &reader, circumstances, &mut report);
        allowed(app, &mut report);
    }
    variables::check(system, &reader, &mut report);
    ports::check(system, circumstances, &mut report);
    probes::check(system, probes::HAS_TLS, &mut report);
    report.spare(&circumstances.kept);
    for Diagnostic { message, help, .. } in &circumstances.warnings {
        let help = help.as_deref().unwrap_or_default();
        report.add(Severity::Warning, Topic::Home, circumstances.engine, message.clone(), help);
    }
    report.findings.sort_by_key(|finding| finding.severity);
    report
}

impl Report {
    /// Whether nothing prevents startup.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Failure)
    }

    /// What the variables of apps lack.
    pub(crate) fn of_environment(error: &EnvironmentError) -> Report {
        variables::lacking(error)
    }

    /// Only the failures.
    #[must_use]
    pub fn failures(mut self) -> Report {
        self.findings.retain(|finding| finding.severity == Severity::Failure);
        self
    }

    /// How many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Adds that the engine itself cannot be used, and why.
    pub(crate) fn add_engine(&mut self, kind: Topic, name: &str, error: &EngineError) {
        let Diagnostic { message, help, .. } = error.diagnostic().clone();
        self.failure(kind, name, message, help.as_deref().unwrap_or_default());
        self.findings.sort_by_key(|finding| finding.severity);
    }

    /// Adds that an app runs with another profile.
    pub(crate) fn add_profile(&mut self, app: &str, running: Option<&str>) {
        let (profile, keep) = match running {
            Some(profile) => {
                (format!("with the profile `{profile}`"), format!("--profile {profile}"))
            }
            None => ("without a profile".to_owned(), "--no-profile".to_owned()),
        };
        let message = format!("runs {profile}: `up` asks before it changes it");
        let help = format!("`up --yes` changes it, `{keep}` keeps it");
        self.add(Severity::Warning, Topic::Profile, app, message, &help);
        self.findings.sort_by_key(|finding| finding.severity);
    }

    /// Adds that the name of an app is another's.
    pub(crate) fn add_taken(&mut self, app: &str, taken: &Diagnostic) {
        let help = taken.help.as_deref().unwrap_or_default();
        self.failure(Topic::Name, app, taken.message.clone(), help);
        self.findings.sort_by_key(|finding| finding.severity);
    }

    /// What would keep an app from starting that runs as it is defined keeps it only from being
    /// restarted. Its variables are read to compare them.
    fn spare(&mut self, kept: &BTreeSet<String>) {
        let mut spared = Vec::new();
        self.findings.retain_mut(|finding| {
            if finding.severity != Severity::Failure || is_of_values(finding.kind) {
                return true;
            }
            let units: Vec<String> =
                finding.units.extract_if(.., |unit| kept.contains(unit)).collect();
            if !units.is_empty() {
                spared.push(Finding {
                    severity: Severity::Warning,
                    message: format!("{}; it keeps running, but cannot restart", finding.message),
                    units,
                    ..finding.clone()
                });
            }
            !finding.units.is_empty()
        });
        self.findings.append(&mut spared);
    }

    fn failure(&mut self, kind: Topic, unit: &str, message: String, help: &str) {
        self.add(Severity::Failure, kind, unit, message, help);
    }

    /// Adds a finding, or the unit to one that says the same.
    fn add(&mut self, severity: Severity, kind: Topic, unit: &str, message: String, help: &str) {
        let same = |known: &&mut Finding| known.kind == kind && known.message == message;
        if let Some(known) = self.findings.iter_mut().find(same) {
            if known.units.iter().all(|known| known != unit) {
                known.units.push(unit.to_owned());
            }
            return;
        }
        self.findings.push(Finding {
            severity,
            kind,
            units: vec![unit.to_owned()],
            message,
            help: (!help.is_empty()).then(|| help.to_owned()),
        });
    }
}

/// Whether something is about the values of variables.
fn is_of_values(kind: Topic) -> bool {
    matches!(
        kind,
        Topic::Secret | Topic::SecretsFile | Topic::Inherit | Topic::EnvFile | Topic::Variable
    )
}

/// The rules that are lifted for an app, with the reasons.
fn allowed(app: &App, report: &mut Report) {
    for (rule, reason) in &app.allowed {
        let message = format!("`{rule}` is allowed: {reason}");
        report.add(Severity::Note, Topic::Allowed, &app.name, message, "");
    }
}

/// Two lines: who has what, and what to do about it.
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { units, message, help, .. } = self;
        let told = Diagnostic { help: help.clone(), ..Diagnostic::new(message.as_str()) };
        told.at(some_of(units, 2)).printable().fmt(formatter)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.findings.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(formatter, "{end}{finding}")?;
        }
        Ok(())
    }
}
