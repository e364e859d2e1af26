//! `check`: what would keep the system from coming up.

use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::Args;

use super::connection::Connection;
use super::{Failure, Resolver, Units, exit, output, signals};
use crate::operations::{self, Elsewhere, OperationError};
use crate::preflight::{self, Circumstances, Report, Severity, Topic};

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    units: Units,
}

impl Check {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        signals::end_programs();
        if let Some(remote) = self.connection.remote(resolver, &self.units)? {
            return shown(&self.connection, &remote.check());
        }
        let target = resolver.target(&self.units, self.connection.choice())?;
        let mut circumstances =
            Circumstances::of_process(&*self.connection.choice().engine.place(target.owner())?);
        let pm2 = self.connection.engine(&target);
        // Without PM2 nothing of it runs.
        let present = pm2.as_ref().ok().map(|pm2| operations::present(&**pm2, &target));
        let (present, unknown) = match present {
            Some(Ok(present)) => (present, None),
            Some(Err(OperationError::Engine(error))) => {
                // Whether a port that is in use is its app's own is not known.
                let apps = target.wanted().apps.into_iter().map(|app| app.name.to_string());
                let running = apps.collect();
                (operations::Present { running, ..Default::default() }, Some(error))
            }
            Some(Err(error)) => return Ok(self.connection.failed(&error)),
            None => (operations::Present::default(), None),
        };
        (circumstances.running, circumstances.kept) = (present.running, present.kept);
        circumstances.own = present.own;
        let mut report = preflight::check(&target.wanted(), &circumstances);
        for foreign in &present.taken {
            report.add_taken(&foreign.app, &operations::taken_name(foreign));
        }
        let twice = pm2.as_ref().ok().and_then(|pm2| Elsewhere::not_to_start(&**pm2, &target));
        if let Some(elsewhere) = &twice {
            elsewhere.apps.iter().for_each(|app| report.add_taken(app, &elsewhere.taken()));
        }
        if let (Ok(pm2), false) = (&pm2, resolver.ecosystem.profiles().is_empty()) {
            let wanted = target.wanted();
            let running = operations::profiles(&**pm2, target.owner()).unwrap_or_default();
            let other = running.iter().filter(|(app, profile)| {
                let runs = wanted.app(app).is_some() && !running.have_ended();
                runs && *profile != target.profile()
            });
            for (app, profile) in other {
                report.add_profile(app, profile);
            }
        }
        match (&pm2, unknown) {
            (Err(error), _) => report.add_engine(Topic::Pm2, "PM2", error),
            (Ok(pm2), Some(error)) => report.add_engine(Topic::Home, pm2.name(), &error),
            (Ok(_), None) => {}
        }
        shown(&self.connection, &report)
    }
}

/// Prints a report, and returns the exit code for it.
pub(super) fn shown(connection: &Connection, report: &Report) -> Result<ExitCode, Failure> {
    match connection.is_json() {
        true => drop(output::print_json(report)?),
        false => output::print_marked(&written(report), mark)?,
    }
    match report.is_ready() {
        true => Ok(ExitCode::SUCCESS),
        false => Ok(ExitCode::from(exit::NOT_READY)),
    }
}

/// The word at the beginning of a line, and its colour.
fn mark(line: &str) -> (usize, Style) {
    let words = [
        ("error:", AnsiColor::Red),
        ("not ready:", AnsiColor::Red),
        ("warning:", AnsiColor::Yellow),
        ("note:", AnsiColor::Cyan),
        ("ready", AnsiColor::Green),
    ];
    let found = words.iter().find(|(word, _)| line.starts_with(word));
    found.map_or((0, Style::new()), |(word, colour)| (word.len(), output::bold(*colour)))
}

fn written(report: &Report) -> String {
    let mut lines: Vec<String> = Vec::new();
    for finding in &report.findings {
        let word = match finding.severity {
            Severity::Failure => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        lines.push(format!("{word}: {finding}"));
    }
    let warnings = report.count(Severity::Warning);
    let warnings = match warnings {
        0 => String::new(),
        1 => ", 1 warning".to_owned(),
        count => format!(", {count} warnings"),
    };
    lines.push(match report.count(Severity::Failure) {
        0 => format!("ready{warnings}"),
        1 => format!("not ready: 1 problem found{warnings}"),
        count => format!("not ready: {count} problems found{warnings}"),
    });
    lines.push(String::new());
    lines.join("\n")
}
