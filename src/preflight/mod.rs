//! What would keep a system from coming up, found before anything starts.
//!
//! | module | what it looks at |
//! | --- | --- |
//! | `files` | directories, watched paths, the folders of logs |
//! | `programs` | programs, interpreters, entries, Python's modules |
//! | `variables` | secrets, inherited variables, names that PM2 takes for its own |
//! | `sizes` | whether the system can hand a process its variables and arguments |
//! | `ports` | whether ports are free |
//! | `externals` | whether what the system needs and does not start is there |
//!
//! Nothing is changed. All is found at once, and what several apps lack for one reason is told
//! once.

mod externals;
mod files;
mod ports;
mod programs;
mod sizes;
mod variables;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;

use promethean_core::app::{App, System};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::list::some_of;
use promethean_core::secrets::Reader;
use serde::Serialize;

pub(crate) use externals::refusal;

use crate::pm2::{Home, Pm2Error};

/// What a check knows of its machine besides the disk.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The directories of programs, as in the variable PATH.
    pub path: OsString,
    /// The apps that run, or whose processes will be ended: their ports are theirs.
    pub running: BTreeSet<String>,
    /// PM2's home.
    pub home: Home,
}

impl Circumstances {
    /// Those of this process, when nothing runs.
    #[must_use]
    pub fn of_process(home: Home) -> Circumstances {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Circumstances { path, running: BTreeSet::new(), home }
    }
}

/// All that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was found, failures first.
    pub findings: Vec<Finding>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, in a word that stays the same: `program`, `port`.
    pub kind: &'static str,
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
    /// The system does not come up.
    Failure,
    /// The system comes up and is probably not what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// Looks for all that would keep the apps of a system from coming up.
#[must_use]
pub fn check(system: &System, circumstances: &Circumstances) -> Report {
    let mut report = Report::default();
    let reader = Reader::new();
    externals::check(system, circumstances, &mut report);
    for app in &system.apps {
        files::check(app, &mut report);
        programs::check(app, circumstances, &mut report);
        sizes::check(app, &reader, circumstances, &mut report);
        allowed(app, &mut report);
    }
    variables::check(system, &reader, &mut report);
    ports::check(system, circumstances, &mut report);
    report.findings.sort_by_key(|finding| finding.severity);
    report
}

impl Report {
    /// Whether nothing keeps the system from coming up.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Failure)
    }

    /// The report of the failures alone.
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

    /// Adds that PM2 itself cannot be used, and why.
    pub(crate) fn add_pm2(&mut self, error: &Pm2Error) {
        let Diagnostic { message, help, .. } = error.diagnostic();
        self.failure("pm2", "PM2", message, help.as_deref().unwrap_or_default());
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
        let message = format!("runs {profile}: `up` asks before it changes that");
        let help = format!("`up --yes` changes it, `{keep}` keeps it");
        self.add(Severity::Warning, "profile", app, message, &help);
        self.findings.sort_by_key(|finding| finding.severity);
    }

    fn failure(&mut self, kind: &'static str, unit: &str, message: String, help: &str) {
        self.add(Severity::Failure, kind, unit, message, help);
    }

    /// Adds a finding, or the unit to one that says the same.
    fn add(
        &mut self,
        severity: Severity,
        kind: &'static str,
        unit: &str,
        message: String,
        help: &str,
    ) {
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

/// The rules that are lifted for an app, with the reasons.
fn allowed(app: &App, report: &mut Report) {
    for (rule, reason) in &app.allowed {
        let message = format!("`{rule}` is allowed: {reason}");
        report.add(Severity::Note, "allowed", &app.name, message, "");
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
