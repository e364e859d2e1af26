//! `up`, `restart` and `reload`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use promethean_core::app::App;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::list::some_of;
use promethean_core::number::{Number, parse_number};

use super::connection::Connection;
use super::progress::Progress;
use super::remote::Remote;
use super::signals::Signals;
use super::{Failure, Resolver, Units, output, plan_text};
use crate::engine::Engine;
use crate::operations::{self, Event, OperationError, Plan, Target};

/// The options of commands that start units.
#[derive(Debug, Args)]
pub(super) struct Waiting {
    /// How long to wait for externals that are not available yet [default: not at all], and for apps that
    /// must complete before others start [default: 10m]: 90s, 10m, 2h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<Duration>,
}

impl Waiting {
    /// The target with these limits.
    pub(super) fn of(&self, target: Target) -> Target {
        match self.wait {
            Some(wait) => target.waiting(wait).waiting_for_externals(wait),
            None => target,
        }
    }
}

pub(super) fn duration(written: &str) -> Result<Duration, String> {
    let duration = match parse_number(written) {
        Ok(Number::Duration(duration)) => Some(duration).filter(|duration| !duration.is_zero()),
        Ok(Number::Integer(_) | Number::Float(_) | Number::Size(_)) | Err(_) => None,
    };
    duration.ok_or_else(|| "write a duration, such as `90s`, `10m` or `2h`".to_owned())
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

/// An operation that starts units.
pub(super) type Operation =
    fn(&dyn Engine, &Target, &mut operations::Observer<'_>) -> Result<Plan, OperationError>;

/// The same on several machines.
type OnMachines = fn(&Remote, &mut operations::Observer<'_>) -> Result<Plan, OperationError>;

impl Bring {
    pub(super) fn up(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        match self.connection.remote(resolver, &self.units)? {
            Some(remote) => Ok(self.on_machines(remote, Remote::up)),
            None => self.run(resolver, operations::up),
        }
    }

    pub(super) fn restart(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        match self.connection.remote(resolver, &self.units)? {
            Some(remote) => Ok(self.on_machines(remote, Remote::restart)),
            None => self.run(resolver, operations::restart),
        }
    }

    /// On several machines.
    fn on_machines(&self, remote: Remote, operation: OnMachines) -> ExitCode {
        let signals = Signals::begin(&self.connection);
        let remote = remote.with(|target| self.waiting.of(target).interrupted_by(signals.flag()));
        let mut progress = Progress::new(self.connection.is_json());
        let done = operation(&remote, &mut |event| progress.show(&event));
        progress.end();
        let done_well = done.is_ok();
        let code = self.connection.finished(done);
        if done_well && !self.connection.is_json() {
            // What runs elsewhere is not asked for again.
            tell_others(remote.target(), |_| true);
        }
        code
    }

    pub(super) fn reload(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        self.run(resolver, operations::reload)
    }

    fn run(self, resolver: &Resolver<'_>, operation: Operation) -> Result<ExitCode, Failure> {
        let target = resolver.target(&self.units, self.connection.choice())?;
        if !self.connection.is_json() {
            resolver.tell_profile(&target);
        }
        let target = self.waiting.of(target);
        let target = if self.yes { target.changing_profile() } else { target };
        match carried_out(&self.connection, &target, operation) {
            // A person can agree now; a program has to say so before.
            Err(OperationError::Profile(plan))
                if !self.connection.is_json() && output::can_ask() =>
            {
                output::note(&plan_text::written(&plan));
                if output::confirm("Apply these changes?") != Some(true) {
                    output::note("nothing was changed");
                    return Ok(ExitCode::FAILURE);
                }
                let done = carried_out(&self.connection, &target.changing_profile(), operation);
                Ok(self.connection.finished(done))
            }
            done => {
                let plan = done.as_ref().ok().filter(|_| !self.connection.is_json()).cloned();
                let code = self.connection.finished(done);
                if let Some(plan) = plan {
                    self.tell_untouched(&target, &plan);
                }
                Ok(code)
            }
        }
    }

    /// Reports what of the system runs and the command did not look at.
    fn tell_untouched(&self, target: &Target, plan: &Plan) {
        let wanted = target.wanted();
        if wanted.apps.len() == target.system().apps.len() {
            return;
        }
        // What cannot be asked any more is not said.
        let Ok(engine) = self.connection.engine(target) else { return };
        let running = operations::running(&*engine, target).unwrap_or_default();
        let restarted = plan.restarted_with(&*engine, target.system());
        tell_others(target, |app| running.contains(app) && !restarted.contains_key(app));
    }
}

/// Reports the apps of the system that a command did not look at, where they run.
fn tell_others(target: &Target, runs: impl Fn(&str) -> bool) {
    let wanted = target.wanted();
    let is_other = |app: &&App| wanted.app(&app.name).is_none() && runs(&app.name);
    let others = target.system().apps.iter().filter(is_other);
    let others: Vec<&str> = others.map(|app| app.name.as_str()).collect();
    if !others.is_empty() {
        output::note(&format!("not touched: {}", some_of(&others, 5)));
    }
}

/// Carries out an operation and shows its progress.
pub(super) fn carried_out(
    connection: &Connection,
    target: &Target,
    operation: Operation,
) -> Result<Plan, OperationError> {
    let mut progress = Progress::new(connection.is_json());
    let signals = Signals::begin(connection);
    let target = target.clone().interrupted_by(signals.flag());
    if let Some(before) = connection.choice().ran_before(target.owner()) {
        let note = Diagnostic { message: format!("on PM2 now, and {}", before.message), ..before };
        progress.show(&Event::Note(note.into()));
    }
    let done = connection
        .engine(&target)
        .map_err(OperationError::from)
        .and_then(|engine| operation(&*engine, &target, &mut |event: Event| progress.show(&event)));
    progress.end();
    done
}
