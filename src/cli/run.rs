//! `run`: a system in the foreground, on the embedded engine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use clap::Args;
use promethean_core::app::App;
use promethean_core::foreign::Foreign;

use super::connection::Connection;
use super::engine::{Embedded, Lease};
use super::logs::Printer;
use super::signals::Interrupts;
use super::up::{Waiting, carried_out};
use super::{Failure, Resolver, Units, exit, output};
use crate::engine::{Engine as _, EngineError, Phase, Place as _, Process, ProcessId};
use crate::logs::{self, Line, Logs, Note, Query, Sink};
use crate::operations::{self, Event, OperationError, Target};

#[derive(Debug, Args)]
#[command(after_help = "\
Ctrl-C stops everything in reverse order; a second one kills it. Nothing is left running, even when this \
command is killed. If the system already runs on the embedded engine, this command starts what is missing \
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
        let lease = begin(&engine)?;
        let is_own = lease.is_some();
        let lease = Arc::new(Mutex::new(lease));
        let killing = kill_at_second(&interrupts, &lease);
        let lines = Lines::follow(&engine, &target, shown);
        if !is_own {
            lines.tell("already running: Ctrl-C leaves it so");
        }
        let mut watched = Watched::default();
        let outcome = self.brought_up(&engine, &target, &lines).and_then(|failed| match failed {
            None => self.watch(&engine, &interrupts, &lines, &mut watched),
            failed => Ok(failed),
        });
        // What was not watched, because not all came up, has run, too.
        if let Ok(Some(mut session)) = engine.connect()
            && let Ok(list) = session.list()
        {
            watched.look(&list).iter().for_each(|told| lines.report(told));
        }
        // What has ended everything else is reported when all is down.
        if is_own {
            let mut observe = |event: Event| lines.show(&event);
            let down = operations::down(&engine, whole, false, &mut observe);
            if let (Ok(_), Err(error)) = (&outcome, down) {
                lines.fail(&error.to_string());
            }
        }
        drop(locked(&lease).take());
        interrupts.end();
        let _ = killing.join();
        lines.end();
        if let Some(summary) = watched.summary(is_own) {
            // Whoever stops reading early has what they wanted.
            let _ = output::print(&summary);
        }
        Ok(ExitCode::from(outcome?.unwrap_or_default()))
    }

    /// Starts what is to run. Returns the exit code where nothing is to be waited for.
    fn brought_up(
        &self,
        engine: &Embedded,
        target: &Target,
        lines: &Lines,
    ) -> Result<Option<u8>, OperationError> {
        let mut observe = |event: Event| lines.show(&event);
        match operations::up(engine, target, &mut observe) {
            Ok(_) => Ok(None),
            Err(OperationError::Interrupted(_)) => Ok(Some(0)),
            Err(OperationError::Apps(failures)) => {
                let goes_on = !failures.running.is_empty() && !self.abort_on_failure;
                lines.fail(&OperationError::Apps(failures).to_string());
                let mut session = engine.connect()?;
                let list = session.as_mut().map(|session| session.list()).transpose()?;
                let code = list.iter().flatten().find_map(failure).unwrap_or(exit::APP_FAILED);
                Ok((!goes_on).then_some(code))
            }
            Err(error) => Err(error),
        }
    }

    /// Reports what happens to what runs, until all has ended, one has failed that must not, or Ctrl-C.
    /// Returns the exit code.
    fn watch(
        &self,
        engine: &Embedded,
        interrupts: &Interrupts,
        lines: &Lines,
        watched: &mut Watched,
    ) -> Result<Option<u8>, OperationError> {
        let Some(mut session) = engine.connect()? else { return Ok(None) };
        loop {
            let list = session.list()?;
            watched.look(&list).iter().for_each(|told| lines.report(told));
            let failed = list.iter().find_map(failure).filter(|_| self.abort_on_failure);
            if let Some(code) = failed {
                return Ok(Some(code));
            }
            if interrupts.has_come() || !list.iter().any(goes_on) {
                return Ok(None);
            }
            thread::sleep(LOOK);
        }
    }
}

/// Starts the engine, unless it runs. What runs on it ends with the lease, which only whoever has started
/// it gets.
fn begin(engine: &Embedded) -> Result<Option<Lease>, OperationError> {
    let mut waiting = |holder: &str| output::note(&format!("waiting for {holder} to end"));
    let lock = engine.lock("run", engine.patience, &mut waiting)?;
    let session = lock.launch()?;
    let lease =
        if session.info().launched { engine.lease().map_err(EngineError::from)? } else { None };
    lock.finished();
    Ok(lease)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills everything at the second Ctrl-C.
fn kill_at_second(interrupts: &Interrupts, lease: &Arc<Mutex<Option<Lease>>>) -> JoinHandle<()> {
    let (interrupts, lease) = (interrupts.clone(), Arc::clone(lease));
    thread::spawn(move || {
        if interrupts.second()
            && let Some(lease) = locked(&lease).as_mut()
            && let Err(error) = lease.kill()
        {
            output::error(&error.to_string());
        }
    })
}

/// Whether something of a process runs or will.
fn goes_on(process: &Process) -> bool {
    match process.phase {
        Phase::Launching | Phase::Online | Phase::Stopping | Phase::WaitingRestart => true,
        Phase::Stopped | Phase::Errored | Phase::Other(_) => false,
    }
}

/// The exit code of a process that has failed for good.
fn failure(process: &Process) -> Option<u8> {
    let has_failed = match process.phase {
        Phase::Errored => true,
        Phase::Stopped => process.exit_code.is_some_and(|code| code != 0),
        _ => false,
    };
    let code = process.exit_code.and_then(|code| u8::try_from(code).ok());
    has_failed.then(|| code.filter(|code| *code != 0).unwrap_or(exit::APP_FAILED))
}

/// Something that has happened.
enum Told {
    Event(String),
    Failure(String),
}

/// What was last seen of each process.
#[derive(Default)]
struct Watched(BTreeMap<ProcessId, Process>);

impl Watched {
    /// What has happened since the last look.
    fn look(&mut self, list: &[Process]) -> Vec<Told> {
        let mut told = Vec::new();
        for now in list {
            let before = self.0.insert(now.id, now.clone());
            let name = Foreign(&now.name);
            let Some(before) = before else { continue };
            let what = if now.restarts > before.restarts {
                format!("{name}: {}, restarted ({})", ended(now), now.restarts)
            } else if now.phase != before.phase {
                match now.phase {
                    Phase::Stopped => format!("{name}: {}", ended(now)),
                    Phase::Errored => format!("{name}: {} too often, not restarted", ended(now)),
                    Phase::WaitingRestart => format!("{name}: {}, restarts", ended(now)),
                    Phase::Launching | Phase::Online | Phase::Stopping | Phase::Other(_) => {
                        continue;
                    }
                }
            } else {
                continue;
            };
            // What was asked to end may do so with any code.
            let is_asked = match now.restarts > before.restarts {
                true => now.was_asked_for == Some(true),
                false => now.is_being_replaced,
            };
            let is_failure = now.exit_code.is_some_and(|code| code != 0) && !is_asked;
            told.push(match is_failure || now.phase == Phase::Errored {
                true => Told::Failure(what),
                false => Told::Event(what),
            });
        }
        told
    }

    /// What has run, how it has ended, and how often it was restarted; `None` where nothing has. `is_over`
    /// says whether all has ended.
    fn summary(&self, is_over: bool) -> Option<String> {
        let processes: Vec<&Process> = self.0.values().collect();
        let width = processes.iter().map(|process| process.name.chars().count()).max()?;
        let mut summary = String::new();
        for process in processes {
            let end = match (goes_on(process), is_over) {
                (true, true) => "stopped".to_owned(),
                (true, false) => "still running".to_owned(),
                (false, _) => ended(process),
            };
            let restarts = match process.restarts {
                0 => String::new(),
                1 => ", 1 restart".to_owned(),
                count => format!(", {count} restarts"),
            };
            let _ = writeln!(summary, "{:width$}   {end}{restarts}", process.name);
        }
        Some(summary)
    }
}

/// How a process has ended.
fn ended(process: &Process) -> String {
    match process.exit_code {
        Some(0) => "completed".to_owned(),
        Some(code) => format!("exited with code {code}"),
        None => "ended".to_owned(),
    }
}

/// The lines of the services and what happens to them, in one stream.
struct Lines {
    printer: Arc<Mutex<Printer>>,
    reader: Option<JoinHandle<()>>,
    over: Arc<AtomicBool>,
}

impl Lines {
    /// Shows what these apps log from now on.
    fn follow(engine: &Embedded, target: &Target, shown: &BTreeSet<String>) -> Lines {
        let all = target.system().apps.clone();
        let width = all.iter().map(|app| app.name.chars().count()).max().unwrap_or_default();
        let printer = Arc::new(Mutex::new(Printer::running(width)));
        let over = Arc::new(AtomicBool::new(false));
        let mut sink = Shared { printer: Arc::clone(&printer), over: Arc::clone(&over) };
        let (engine, shown) = (engine.clone(), shown.clone());
        let mut find = move || {
            let apps: Vec<&App> =
                all.iter().filter(|app| shown.contains(app.name.as_str())).collect();
            logs::files_among(&apps, &all, |apps| engine.logs(apps))
        };
        let query = Query { lines: Some(0), ..Query::default() };
        let logs = Logs::new(find(), query);
        // Where there is no thread or nobody reads, there are no lines.
        let reader = thread::Builder::new().name("lines".to_owned()).spawn(move || {
            let _ = logs.follow(&mut find, &mut sink);
        });
        Lines { printer, reader: reader.ok(), over }
    }

    /// Shows what an operation does.
    fn show(&self, event: &Event) {
        match event {
            Event::Starting { .. } | Event::Stopping { .. } | Event::Up { .. } => {}
            Event::Restarted { exit_code, .. } if *exit_code != Some(0) => {
                self.fail(&event.to_string());
            }
            _ => self.tell(&event.to_string()),
        }
    }

    fn report(&self, told: &Told) {
        match told {
            Told::Event(text) => self.tell(text),
            Told::Failure(text) => self.fail(text),
        }
    }

    /// Shows what the engine does.
    fn tell(&self, text: &str) {
        locked(&self.printer).event(text);
    }

    /// Shows what has failed.
    fn fail(&self, text: &str) {
        locked(&self.printer).failure(text);
    }

    /// Shows what is left, and ends.
    fn end(mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// What takes the lines, on the thread that reads them.
struct Shared {
    printer: Arc<Mutex<Printer>>,
    over: Arc<AtomicBool>,
}

impl Sink for Shared {
    fn line(&mut self, line: &Line) -> io::Result<()> {
        locked(&self.printer).line(line)
    }

    fn note(&mut self, note: &Note) -> io::Result<()> {
        locked(&self.printer).note(note)
    }

    fn pause(&mut self) -> io::Result<ControlFlow<()>> {
        let flow = locked(&self.printer).pause()?;
        Ok(if self.over.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { flow })
    }
}
