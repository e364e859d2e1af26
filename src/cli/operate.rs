//! `up`, `down`, `restart`, `reload`, `plan` and `apply`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use indexmap::IndexMap;
use promethean_core::foreign::Foreign;
use promethean_core::number::{Number, parse_number};
use serde_json::json;

use super::progress::{self, Progress};
use super::{Failure, Resolver, Units, engine, output};
use crate::engine::{Engine, EngineError, ErrorKind};
use crate::operations::{self, Action, Event, OperationError, Plan, Step, Target, profile_lines};

/// What commands that talk to PM2 have in common.
#[derive(Debug, Args)]
pub(super) struct Connection {
    /// The `pm2` program, or the directory of its package [default: from PATH or `node_modules/.bin`]
    #[arg(long, env = engine::VARIABLE, value_name = "FILE")]
    pm2: Option<PathBuf>,

    /// Print JSON, one object per line
    #[arg(long)]
    json: bool,
}

/// What commands that bring units up have in common.
#[derive(Debug, Args)]
pub(super) struct Waiting {
    /// How long to wait for apps that must complete before others start: 90s, 10m, 2h
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    wait: Duration,
}

fn duration(written: &str) -> Result<Duration, String> {
    match parse_number(written) {
        Ok(Number::Duration(duration)) if !duration.is_zero() => Ok(duration),
        _ => Err("write a duration, such as `90s`, `10m` or `2h`".to_owned()),
    }
}

/// `up`, `restart` and `reload`.
#[derive(Debug, Args)]
pub(super) struct Bring {
    /// Change the profile of running apps without asking
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    waiting: Waiting,

    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    units: Units,
}

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

#[derive(Debug, Args)]
pub(super) struct PlanCommand {
    /// Exit with 2 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,

    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    units: Units,
}

#[derive(Debug, Args)]
pub(super) struct Apply {
    /// Apply the plan without asking
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    waiting: Waiting,

    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    units: Units,
}

/// The exit codes that tell failures apart; `main` documents them.
pub(super) mod exit {
    pub(in crate::cli) const FAILED: u8 = 1;
    pub(in crate::cli) const SOMETHING_TO_DO: u8 = 2;
    pub(in crate::cli) const NOT_READY: u8 = 3;
    pub(in crate::cli) const APP_FAILED: u8 = 4;
    pub(in crate::cli) const NO_PM2: u8 = 5;
    pub(in crate::cli) const LOCKED: u8 = 6;
    pub(in crate::cli) const NAME_TAKEN: u8 = 7;
}

/// Something that brings units up.
type Operation =
    fn(&dyn Engine, &Target, &mut operations::Observer<'_>) -> Result<Plan, OperationError>;

impl Connection {
    /// Whether a program reads what is printed.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// PM2's program, where it is given.
    pub(super) fn program(&self) -> Option<&Path> {
        self.pm2.as_deref()
    }

    pub(super) fn engine(&self, target: &Target) -> Result<Box<dyn Engine>, EngineError> {
        let here = std::env::current_dir().unwrap_or_default();
        engine::of_user(self.pm2.as_deref(), &[&here, target.system().root.as_std_path()])
    }

    /// Says why an operation failed, in words or JSON, and which exit code that is.
    pub(super) fn failed(&self, error: &OperationError) -> ExitCode {
        if self.json {
            let mut told = json!({"event": "failed", "message": error.to_string()});
            match error {
                OperationError::Apps(failures) => told["apps"] = json!(failures),
                OperationError::NotReady(report) => told["findings"] = json!(report.findings),
                OperationError::Profile(plan) => told["profiles"] = json!(plan.profiles),
                _ => {}
            }
            progress::json(&told);
        } else {
            output::error(&error.to_string());
        }
        ExitCode::from(match error {
            OperationError::Profile(_) => exit::FAILED,
            OperationError::Environment(_) | OperationError::NotReady(_) => exit::NOT_READY,
            OperationError::Apps(_) => exit::APP_FAILED,
            OperationError::Foreign(_) => exit::NAME_TAKEN,
            OperationError::Engine(error) => match error.kind() {
                ErrorKind::Locked => exit::LOCKED,
                ErrorKind::Lost | ErrorKind::Refused { .. } | ErrorKind::Unusable => exit::NO_PM2,
            },
        })
    }
}

impl Bring {
    pub(super) fn up(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        self.run(resolver, operations::up)
    }

    pub(super) fn restart(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        self.run(resolver, operations::restart)
    }

    pub(super) fn reload(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        self.run(resolver, operations::reload)
    }

    fn run(self, resolver: &Resolver<'_>, operation: Operation) -> Result<ExitCode, Failure> {
        let target = resolver.target(&self.units, self.connection.program())?;
        if !self.connection.json {
            resolver.tell_profile(&target);
        }
        let target = target.waiting(self.waiting.wait);
        let target = if self.yes { target.changing_profile() } else { target };
        match carry_out(&self.connection, &target, operation) {
            // A person can agree now; a program has to say so before.
            Err(OperationError::Profile(plan)) if !self.connection.json && output::can_ask() => {
                output::note(&written(&plan));
                if output::confirm("Apply these changes?") != Some(true) {
                    output::note("nothing was changed");
                    return Ok(ExitCode::FAILURE);
                }
                let done = carry_out(&self.connection, &target.changing_profile(), operation);
                Ok(self.connection.told(done))
            }
            done => Ok(self.connection.told(done)),
        }
    }
}

fn carry_out(
    connection: &Connection,
    target: &Target,
    operation: Operation,
) -> Result<Plan, OperationError> {
    let mut progress = Progress::new(connection.json);
    let done = connection
        .engine(target)
        .map_err(OperationError::from)
        .and_then(|engine| operation(&*engine, target, &mut |event: Event| progress.show(&event)));
    progress.end();
    done
}

impl Connection {
    /// Says what has come of an operation.
    fn told(&self, done: Result<Plan, OperationError>) -> ExitCode {
        match done {
            Ok(plan) => {
                if self.json {
                    progress::json(&json!({"event": "done", "steps": plan.steps}));
                } else {
                    output::note(&was_done(&plan));
                }
                ExitCode::SUCCESS
            }
            Err(error) => self.failed(&error),
        }
    }
}

impl Down {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let targets = resolver.targets(&self.units, self.connection.program())?;
        let mut down = operations::Down::default();
        for target in &targets {
            let mut progress = Progress::new(self.connection.json);
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
        if self.connection.json {
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
            output::note(&down_summary(down.stopped.len(), down.orphans.len()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl PlanCommand {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let target = resolver.target(&self.units, self.connection.program())?;
        let planned = self.connection.engine(&target).map_err(OperationError::from);
        let plan = match planned.and_then(|engine| operations::plan(&*engine, &target)) {
            Ok(plan) => plan,
            Err(error) => return Ok(self.connection.failed(&error)),
        };
        match self.connection.json {
            true => progress::json(&plan),
            false => output::print(&format!("{}\n", written(&plan)))?,
        }
        match self.detailed_exitcode && !plan.is_empty() {
            true => Ok(ExitCode::from(exit::SOMETHING_TO_DO)),
            false => Ok(ExitCode::SUCCESS),
        }
    }
}

impl Apply {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let target = resolver.target(&self.units, self.connection.program())?;
        if !self.connection.json {
            resolver.tell_profile(&target);
        }
        if !self.yes {
            let planned = self.connection.engine(&target).map_err(OperationError::from);
            let plan = match planned.and_then(|engine| operations::plan(&*engine, &target)) {
                Ok(plan) => plan,
                Err(error) => return Ok(self.connection.failed(&error)),
            };
            if plan.is_empty() {
                output::note(&summary(&plan));
                return Ok(ExitCode::SUCCESS);
            }
            output::note(&written(&plan));
            if !agreed()? {
                output::note("nothing was changed");
                return Ok(ExitCode::FAILURE);
            }
        }
        let target = target.waiting(self.waiting.wait).changing_profile();
        Ok(self.connection.told(carry_out(&self.connection, &target, operations::apply)))
    }
}

/// Asks whether to go on.
fn agreed() -> Result<bool, Failure> {
    output::confirm("Apply these changes?").ok_or_else(|| {
        Failure::from(
            "cannot prompt: stdin is not a terminal\n  help: `--yes` applies the plan without asking"
                .to_owned(),
        )
    })
}

/// A plan for a person: what is done, and a line of numbers.
fn written(plan: &Plan) -> String {
    let mut lines: Vec<String> = profile_lines(&plan.profiles);
    for Step { app, action, .. } in &plan.steps {
        let app = Foreign(app);
        match action {
            Action::Keep => {}
            Action::Create => lines.push(format!("+ {app}: create")),
            Action::Remove => lines.push(format!("- {app}: remove")),
            Action::Replace { reason } => {
                lines.push(format!("~ {app}: replace, there are {}", Foreign(reason)));
            }
            Action::Restart { reason } => {
                lines.push(format!("~ {app}: restart, it is {}", Foreign(reason)));
            }
            Action::Change { fields } => {
                lines.push(format!("~ {app}: change"));
                lines.extend(fields.iter().map(|field| format!("    {field}")));
            }
        }
    }
    lines.push(summary(plan));
    lines.join("\n")
}

/// `created 2, changed 1, kept 14`
fn was_done(plan: &Plan) -> String {
    if plan.is_empty() {
        return summary(plan);
    }
    let mut counts: IndexMap<&str, usize> = IndexMap::new();
    let order = ["created", "changed", "reloaded", "replaced", "restarted", "removed", "kept"];
    counts.extend(order.map(|word| (word, 0)));
    for step in &plan.steps {
        let word = match &step.action {
            Action::Create => "created",
            // It runs as it is written, and was replaced all the same.
            Action::Change { fields } if fields.is_empty() => "reloaded",
            Action::Change { .. } => "changed",
            Action::Replace { .. } => "replaced",
            Action::Restart { .. } => "restarted",
            Action::Remove => "removed",
            Action::Keep => "kept",
        };
        *counts.entry(word).or_default() += 1;
    }
    let told = counts.iter().filter(|(_, count)| **count > 0);
    told.map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}

/// What `down` has stopped.
fn down_summary(stopped: usize, orphans: usize) -> String {
    let processes = if orphans == 1 { "process" } else { "processes" };
    match (stopped, orphans) {
        (0, 0) => "nothing was stopped".to_owned(),
        (stopped, 0) => format!("down: {stopped} stopped"),
        (0, orphans) => format!("down: {orphans} orphaned {processes} ended"),
        (stopped, orphans) => {
            format!("down: {stopped} stopped, {orphans} orphaned {processes} ended")
        }
    }
}

/// `create 2, change 1, keep 14`
fn summary(plan: &Plan) -> String {
    let counts = plan.counts();
    let told: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    match plan.is_empty() {
        true => format!("nothing to do: {} up to date", plan.steps.len()),
        false => told.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_in_the_past() {
        let step = |app: &str, action| Step { app: app.to_owned(), action, processes: Vec::new() };
        let changed = |fields: usize| {
            let field = operations::Difference {
                field: "cwd".to_owned(),
                old: None,
                new: None,
                secret: false,
                inherited: false,
            };
            Action::Change { fields: vec![field; fields] }
        };
        let told = |actions: Vec<Action>| {
            let steps = actions.into_iter().map(|action| step("web", action)).collect();
            was_done(&Plan { steps, profiles: Vec::new() })
        };
        assert_eq!(told(vec![changed(0)]), "reloaded 1", "nothing of it changed");
        assert_eq!(
            told(vec![Action::Keep, Action::Create, changed(2)]),
            "created 1, changed 1, kept 1"
        );
        assert_eq!(told(vec![Action::Keep]), "nothing to do: 1 up to date");
        let reason = || "asked for".to_owned();
        assert_eq!(
            told(vec![
                Action::Remove,
                Action::Restart { reason: reason() },
                Action::Replace { reason: reason() }
            ]),
            "replaced 1, restarted 1, removed 1"
        );
    }

    #[test]
    fn orphans_that_were_ended_are_counted() {
        assert_eq!(down_summary(0, 0), "nothing was stopped");
        assert_eq!(down_summary(2, 0), "down: 2 stopped");
        assert_eq!(down_summary(0, 1), "down: 1 orphaned process ended");
        assert_eq!(down_summary(1, 2), "down: 1 stopped, 2 orphaned processes ended");
    }
}
