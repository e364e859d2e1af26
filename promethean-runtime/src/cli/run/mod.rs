//! `run`: a system in the foreground, on the embedded engine.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `watched` | what becomes of the processes, the exit code and the summary |
//! | `lines` | the lines of the services and what happens, in one stream |

mod lines;
mod watched;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use clap::Args;

use super::connection::Connection;
use super::engine::{Embedded, EmbeddedError, Lease};
use super::signals::Interrupts;
use super::up::{Waiting, carried_out};
use super::{Failure, Resolver, Units, output};
use crate::engine::{Engine as _, EngineError, ErrorKind, Place as _, TELL};
use crate::operations::{self, Elsewhere, Event, Interrupted, OperationError, Target};
use lines::Lines;
use watched::Watched;

#[derive(Debug, Args)]
#[command(after_help = "\
Ctrl-C stops everything in reverse order; a second one kills it. Nothing is left running, even when this \
command is killed. When nobody reads its lines any more, it ends as after Ctrl-C. It ends when nothing \
runs and nothing is to come, with the exit code of the unit that has failed first. If the system already runs on the embedded engine, this command starts what is missing \
and shows its lines; Ctrl-C then leaves it running.")]
pub(super) struct Run {
    /// Start it in the background and leave it running
    #[arg(long, short, conflicts_with_all = ["only", "quiet", "abort_on_failure"])]
    detach: bool,

    /// Show only the lines of this unit; can be repeated
    #[arg(long, value_name = "UNIT")]
    only: Vec<String>,

    /// Show no lines of this unit; can be repeated
    #[arg(long, value_name = "UNIT")]
    quiet: Vec<String>,

    /// Stop everything when a unit fails, and exit with its exit code
    #[arg(long)]
    abort_on_failure: bool,

    /// Change the profile of running apps without asking
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    waiting: Waiting,

    #[command(flatten)]
    units: Units,
}

/// Its name, for a message.
const COMMAND: &str = "run";

/// A wait that is shorter is not shown.
const SOON: Duration = Duration::from_secs(1);

/// The pause between two looks at what runs.
const LOOK: Duration = Duration::from_millis(100);

impl Run {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let connection = Connection::embedded();
        let target = resolver.target(&self.units, connection.choice())?;
        resolver.tell_profile(&target);
        let target = self.waiting.of(target);
        let target = if self.yes { target.changing_profile() } else { target };
        if self.detach {
            let done = carried_out(&connection, &target, operations::up);
            return Ok(connection.finished(done));
        }
        let shown = self.shown(&target)?;
        let whole = resolver.target(&Units::default(), connection.choice())?;
        // No engine is started for what runs on another one.
        let engine = connection.engine(&target).map_err(Failure::from)?;
        if let Some(twice) = Elsewhere::not_to_start(&*engine, &target) {
            return Ok(connection.failed(&twice.into()));
        }
        match self.in_foreground(target, &whole, &shown) {
            Ok(code) => Ok(code),
            Err(error) => Ok(connection.failed(&error)),
        }
    }

    /// The apps whose lines are shown.
    fn shown(&self, target: &Target) -> Result<BTreeSet<String>, Failure> {
        let system = target.system();
        let named = |units: &[String]| -> Result<BTreeSet<String>, Failure> {
            Ok(system.named(units)?.into_iter().map(|app| app.name.to_string()).collect())
        };
        let wanted = target.wanted();
        let mut shown: BTreeSet<String> =
            wanted.apps.iter().map(|app| app.name.to_string()).collect();
        if !self.only.is_empty() {
            shown = named(&self.only)?;
        }
        if !self.quiet.is_empty() {
            let quiet = named(&self.quiet)?;
            shown.retain(|app| !quiet.contains(app));
        }
        Ok(shown)
    }

    fn in_foreground(
        &self,
        target: Target,
        whole: &Target,
        shown: &BTreeSet<String>,
    ) -> Result<ExitCode, OperationError> {
        let engine = Embedded::of(target.owner()).map_err(EngineError::from)?;
        let interrupts = Interrupts::begin();
        let target = target.interrupted_by(interrupts.first());
        let lease = Arc::<Mutex<Option<Lease>>>::default();
        let killing = Killing::begin(&interrupts, &lease);
        let own = begin(&engine, &target)?;
        let is_own = own.is_some();
        *locked(&lease) = own;
        // What one runs that is started in the place of this one does not end with the lease.
        let engine = engine.that_runs();
        let lines = Lines::follow(&engine, &target, shown, &interrupts);
        if !is_own {
            lines.tell("already running: Ctrl-C leaves it so");
        }
        let mut watched = Watched::of(&target);
        let mut outcome = self.brought_up(&engine, &target, &lines, &mut watched).and_then(
            |goes_on| match goes_on {
                true => self.watch(&engine, is_own, &interrupts, &lines, &mut watched),
                false => check_runs(&engine, is_own),
            },
        );
        // What was not watched, because not all came up, has run, too.
        if let Ok(Some(mut session)) = engine.connect()
            && let Ok(list) = session.list()
        {
            watched.look(&list).iter().for_each(|told| lines.report(told));
        }
        // What has ended everything else is reported when all is down.
        if is_own {
            let mut observe = |event: Event| match &event {
                // It has ended before, by itself.
                Event::Stopped { app } if watched.has_ended(app) => {}
                _ => lines.show(&event),
            };
            let down = operations::down(&engine, whole, false, &mut observe);
            // Where everything was killed, nobody is left to answer.
            if let (true, Err(error), false) = (outcome.is_ok(), down, interrupts.has_come_again())
            {
                outcome = Err(error);
            }
        }
        drop(locked(&lease).take());
        lines.end(&interrupts);
        drop(killing);
        let end = match (&outcome, is_own) {
            (Err(OperationError::Engine(_)), _) => "ended with the engine",
            (_, true) => "stopped",
            (_, false) => "still running",
        };
        if let Some(summary) = watched.summary(end) {
            // Whoever stops reading early has what they wanted.
            let _ = output::print(&summary);
        }
        outcome.map(|()| ExitCode::from(watched.failure.unwrap_or_default()))
    }

    /// Starts what is to run. Says whether there is something to wait for.
    fn brought_up(
        &self,
        engine: &Embedded,
        target: &Target,
        lines: &Lines,
        watched: &mut Watched,
    ) -> Result<bool, OperationError> {
        let mut observe = |event: Event| {
            match &event {
                Event::Started { app, .. } => drop(watched.started.insert(app.clone(), false)),
                Event::Completed { app } => drop(watched.started.insert(app.clone(), true)),
                _ => {}
            }
            lines.show(&event);
        };
        match operations::up(engine, target, &mut observe) {
            Ok(_) => Ok(true),
            Err(OperationError::Interrupted(interrupted)) => {
                for app in interrupted.not_started {
                    watched.not_started.insert(app, "interrupted".to_owned());
                }
                Ok(false)
            }
            Err(OperationError::Apps(failures)) => {
                let mut session = engine.connect()?;
                let list = session.as_mut().map(|session| session.list()).transpose()?;
                let list = list.unwrap_or_default();
                watched.has_not_come_up(&failures, &list);
                lines.fail(&OperationError::Apps(failures).to_string());
                let goes_on = list.iter().any(|process| watched.goes_on(process));
                Ok(goes_on && !(self.abort_on_failure && watched.failure.is_some()))
            }
            Err(error) => {
                // The engine may say more.
                check_runs(engine, true)?;
                Err(error)
            }
        }
    }

    /// Reports what happens to what runs, until all has ended, one has failed that must not, or Ctrl-C.
    fn watch(
        &self,
        engine: &Embedded,
        is_own: bool,
        interrupts: &Interrupts,
        lines: &Lines,
        watched: &mut Watched,
    ) -> Result<(), OperationError> {
        let Some(mut session) = engine.connect()? else {
            return check_runs(engine, is_own);
        };
        let (mut at_rest, mut is_last) = (None::<Instant>, false);
        loop {
            let list = match session.list() {
                // Another command may have stopped the last of what it runs.
                Err(error) if *error.kind() == ErrorKind::Lost => {
                    return check_runs(engine, is_own && at_rest.is_none());
                }
                list => list?,
            };
            watched.look(&list).iter().for_each(|told| lines.report(told));
            if interrupts.has_come() || self.abort_on_failure && watched.failure.is_some() {
                return Ok(());
            }
            match list.iter().any(|process| watched.goes_on(process)) {
                true => (at_rest, is_last) = (None, false),
                false if is_last => return check_runs(engine, is_own),
                false => {
                    // What another command has stopped, it may be about to start again. Where none is at work, the
                    // next look is the last.
                    let since = *at_rest.get_or_insert_with(Instant::now);
                    is_last = !engine.is_at_work() || since.elapsed() >= Embedded::PATIENCE;
                    if is_last {
                        continue;
                    }
                }
            }
            thread::sleep(LOOK);
        }
    }
}

/// Fails where the engine has ended for a reason of its own. One that this command has not started may also have
/// ended because somebody has stopped all that it ran.
fn check_runs(engine: &Embedded, is_own: bool) -> Result<(), OperationError> {
    match engine.check_runs() {
        Err(EmbeddedError::Ended { why: None, .. }) if !is_own => Ok(()),
        other => other.map_err(|error| EngineError::from(error).into()),
    }
}

/// Starts the engine, unless it runs. What runs on it ends with the lease, which only whoever has started
/// it gets.
fn begin(engine: &Embedded, target: &Target) -> Result<Option<Lease>, OperationError> {
    let lock = operations::locked(engine, target, COMMAND, &mut |event| {
        output::note(&event.to_string());
    })?;
    await_end(engine, target)?;
    let session = lock.launch()?;
    let lease =
        if session.info().launched { engine.lease().map_err(EngineError::from)? } else { None };
    lock.finished();
    Ok(lease)
}

/// Waits while the engine ends all that it has run, such as after a `run` that was killed. It ends each process after
/// the process's own time at the latest.
fn await_end(engine: &Embedded, target: &Target) -> Result<(), OperationError> {
    let begun = Instant::now();
    let mut told: Option<Instant> = None;
    while engine.is_ending().map_err(EngineError::from)? {
        if target.is_interrupted() {
            return Err(Interrupted { command: COMMAND, ..Interrupted::default() }.into());
        }
        let since = begun.elapsed();
        if since >= SOON && told.is_none_or(|told| told.elapsed() >= TELL) {
            told = Some(Instant::now());
            let (name, since) = (Embedded::NAME, since.as_secs());
            output::note(&format!("waiting for {name} to end what it has run ({since} s)"));
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts signals, and kills everything at the second Ctrl-C, as long as it lives.
struct Killing {
    interrupts: Interrupts,
    thread: Option<JoinHandle<()>>,
}

impl Killing {
    fn begin(interrupts: &Interrupts, lease: &Arc<Mutex<Option<Lease>>>) -> Killing {
        let (counting, lease) = (interrupts.clone(), Arc::clone(lease));
        let thread = thread::spawn(move || {
            if counting.second()
                && let Some(lease) = locked(&lease).as_mut()
                && let Err(error) = lease.kill()
            {
                output::error(&error.to_string());
            }
        });
        Killing { interrupts: interrupts.clone(), thread: Some(thread) }
    }
}

impl Drop for Killing {
    fn drop(&mut self) {
        self.interrupts.end();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
