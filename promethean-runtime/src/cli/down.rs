//! `down`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Args;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use serde_json::json;

use super::connection::Connection;
use super::progress::{self, Progress};
use super::remote::Remote;
use super::signals::Signals;
use super::{Failure, Resolver, Units, exit, output, plan_text};
use crate::operations::{self, Elsewhere, Event, Interrupted, OperationError, Target};

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
        if let Some(remote) = self.connection.remote(resolver, &self.units)? {
            return Ok(self.on_machines(remote));
        }
        let targets = resolver.targets(&self.units, self.connection.choice())?;
        let units = (!self.units.units.is_empty()).then_some(&targets);
        let asked = units.into_iter().flatten().flat_map(Target::named);
        let asked: BTreeSet<String> = asked.map(|app| app.name.to_string()).collect();
        let mut down = operations::Down::default();
        let signals = Signals::begin(&self.connection);
        let targets: Vec<Target> =
            targets.into_iter().map(|target| target.interrupted_by(signals.flag())).collect();
        for (index, target) in targets.iter().enumerate() {
            let mut progress = Progress::new(self.connection.is_json());
            let done =
                self.connection.engine_to_ask(target).map_err(OperationError::from).and_then(
                    |engine| {
                        let mut show = |event: Event| progress.show(&event);
                        let done = operations::down(&*engine, target, self.force, &mut show)?;
                        // What is not found here may be there.
                        if let Some(elsewhere) = Elsewhere::than(&*engine, target) {
                            show(Event::Note(elsewhere.also(Elsewhere::ENDS).into()));
                        }
                        Ok(done)
                    },
                );
            progress.end();
            match done {
                Ok(done) => down = down.and(done),
                Err(OperationError::Interrupted(interrupted)) => {
                    let later = targets.get(index + 1..).unwrap_or_default();
                    let interrupted = self.with_others(*interrupted, down, later);
                    return Ok(self.connection.failed(&interrupted.into()));
                }
                Err(error) => return Ok(self.connection.failed(&error)),
            }
        }
        Ok(finished(&self.connection, &down, &asked))
    }

    /// On several machines.
    fn on_machines(&self, remote: Remote) -> ExitCode {
        let signals = Signals::begin(&self.connection);
        let remote = remote.with(|target| target.interrupted_by(signals.flag()));
        let target = remote.target();
        let asked = target.named().filter(|_| !target.is_whole());
        let asked: BTreeSet<String> = asked.map(|app| app.name.to_string()).collect();
        let mut progress = Progress::new(self.connection.is_json());
        let done = remote.down(self.force, &mut |event| progress.show(&event));
        progress.end();
        match done {
            Ok(done) => finished(&self.connection, &done, &asked),
            Err(error) => self.connection.failed(&error),
        }
    }

    /// The same with what was stopped before, and what runs of those that were not begun.
    fn with_others(
        &self,
        interrupted: Interrupted,
        before: operations::Down,
        later: &[Target],
    ) -> Interrupted {
        let mut all = Interrupted { command: "down", ..interrupted };
        all.stopped = [before.stopped, all.stopped].concat();
        for target in later {
            let engine = self.connection.engine_to_ask(target).map_err(OperationError::from);
            // What cannot be asked any more is not said.
            let running = engine.and_then(|engine| operations::running(&*engine, target));
            let running = running.unwrap_or_default();
            let named = target.named().map(|app| app.name.to_string());
            let left: Vec<String> = named
                .filter(|app| running.contains(app) && !all.not_stopped.contains(app))
                .collect();
            all.not_stopped.extend(left);
        }
        all
    }
}

/// Prints what was stopped, and what was not of the units that were asked for; returns the exit code for it.
pub(super) fn finished(
    connection: &Connection,
    down: &operations::Down,
    asked: &BTreeSet<String>,
) -> ExitCode {
    if connection.is_json() {
        progress::json(&json!({
            "event": "done",
            "stopped": down.stopped,
            "orphans": down.orphans,
            "needed": down.needed,
        }));
    } else {
        for (app, by) in &down.needed {
            output::note(&still_needed(app, by, asked.contains(app)).to_string());
        }
        output::note(&plan_text::was_stopped(down.stopped.len(), down.orphans.len()));
    }
    match down.needed.keys().any(|app| asked.contains(app)) {
        true => ExitCode::from(exit::FAILED),
        false => ExitCode::SUCCESS,
    }
}

/// Reports an app that was not stopped, and how to stop it if that was asked for.
pub(super) fn still_needed(app: &str, by: &[String], was_asked: bool) -> Diagnostic {
    let needs = if by.len() == 1 { "needs" } else { "need" };
    let (app, others) = (Foreign(app), by.join(", "));
    let others = Foreign(others);
    match was_asked {
        false => Diagnostic::new(format!("{app}: still running, {others} {needs} it")),
        true => Diagnostic::new(format!("{app}: not stopped, because {others} {needs} it")).help(
            format!(
                "`down {app} {}` stops them, too; `--force` stops only what is named",
                Foreign(by.join(" "))
            ),
        ),
    }
}
