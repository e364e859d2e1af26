//! `run`: a system in the foreground, on the embedded engine.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use clap::Args;
use promethean_core::app::App;
use promethean_core::attribute::Setting;
use promethean_core::foreign::Foreign;

use super::connection::Connection;
use super::engine::{Embedded, EmbeddedError, Lease};
use super::logs::Printer;
use super::signals::Interrupts;
use super::up::{Waiting, carried_out};
use super::{Failure, Resolver, Units, exit, output};
use crate::engine::times::since_epoch;
use crate::engine::{
    Engine as _, EngineError, ErrorKind, Phase, Place as _, Process, ProcessId, signal_name,
};
use crate::logs::{self, Line, Logs, Note, Query, Sink};
use crate::operations::{self, Event, Failures, OperationError, Target};

#[derive(Debug, Args)]
#[command(after_help = "\
Ctrl-C stops everything in reverse order; a second one kills it. Nothing is left running, even when this \
command is killed. It ends when nothing runs and nothing is to come, with the exit code of the unit that has \
failed first. If the system already runs on the embedded engine, this command starts what is missing \
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
        // What one runs that is started in the place of this one does not end with the lease.
        let engine = engine.that_runs();
        let lease = Arc::new(Mutex::new(lease));
        let killing = kill_at_second(&interrupts, &lease);
        let lines = Lines::follow(&engine, &target, shown);
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
        interrupts.end();
        let _ = killing.join();
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
        loop {
            let list = match session.list() {
                Err(error) if *error.kind() == ErrorKind::Lost => {
                    return check_runs(engine, is_own);
                }
                list => list?,
            };
            watched.look(&list).iter().for_each(|told| lines.report(told));
            if interrupts.has_come() || self.abort_on_failure && watched.failure.is_some() {
                return Ok(());
            }
            if !list.iter().any(|process| watched.goes_on(process)) {
                return check_runs(engine, is_own);
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

/// Whether something of a process runs, or will without being asked.
fn is_under_way(process: &Process) -> bool {
    match process.phase {
        Phase::Launching | Phase::Online | Phase::Stopping | Phase::WaitingRestart => true,
        Phase::Stopped | Phase::Errored | Phase::Other(_) => false,
    }
}

/// The exit code of a process that has failed for good.
fn failure(process: &Process) -> Option<u8> {
    let has_failed = match process.phase {
        Phase::Errored => true,
        // What was asked to end may do so with any code.
        Phase::Stopped if process.was_told_to_end == Some(true) => false,
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

/// What is known of the apps that are asked for, and of all processes.
struct Watched {
    /// What was last seen of each process.
    processes: BTreeMap<ProcessId, Process>,
    /// The apps that are asked for, each with whether a schedule or a change of a file starts it again when it
    /// has ended.
    wanted: Vec<(String, bool)>,
    /// The apps that were started, each with whether it has completed since.
    started: BTreeMap<String, bool>,
    /// Why apps were not started.
    not_started: BTreeMap<String, String>,
    /// The exit code of what has failed first.
    failure: Option<u8>,
    /// When this command has begun, in milliseconds of the Unix time.
    begun: u64,
}

impl Watched {
    fn of(target: &Target) -> Watched {
        let starts_again = |app: &App| {
            let watch = app.setting("watch");
            app.restart_policy().schedule.is_some()
                || watch.is_some_and(|watch| *watch != Setting::Boolean(false))
        };
        let wanted = target.wanted().apps.into_iter();
        let wanted = wanted.map(|app| (app.name.to_string(), starts_again(&app)));
        Watched {
            processes: BTreeMap::new(),
            wanted: wanted.collect(),
            started: BTreeMap::new(),
            not_started: BTreeMap::new(),
            failure: None,
            begun: u64::try_from(since_epoch().as_millis()).unwrap_or_default(),
        }
    }

    fn is_wanted(&self, process: &Process) -> bool {
        self.wanted.iter().any(|(app, _)| *app == process.name)
    }

    /// Whether something of a process runs, or will.
    fn goes_on(&self, process: &Process) -> bool {
        let starts_again = || self.wanted.iter().any(|(app, again)| *again && *app == process.name);
        let has_ended = process.exit_code.is_some() || process.phase == Phase::Errored;
        is_under_way(process) || has_ended && starts_again()
    }

    /// Whether all processes of an app had ended when they were last seen.
    fn has_ended(&self, app: &str) -> bool {
        !self.processes.values().any(|process| process.name == app && is_under_way(process))
    }

    /// Takes note of what has failed while it was started.
    fn has_not_come_up(&mut self, failures: &Failures, list: &[Process]) {
        for failed in &failures.failed {
            let app = &failed.app;
            let name = Foreign(app);
            for waiting in &failed.not_started {
                let reason = format!("it waits for {name}, which has failed");
                self.not_started.entry(waiting.clone()).or_insert(reason);
            }
            self.not_started.entry(app.clone()).or_insert_with(|| failed.reason.clone());
            // What only waits for its next restart has not failed yet, but where others wait for it.
            if failed.is_restarted && failed.not_started.is_empty() {
                continue;
            }
            let mut own = list.iter().filter(|process| process.name == *app);
            let code = own.find_map(failure).unwrap_or(exit::APP_FAILED);
            self.failure.get_or_insert(code);
        }
        if let Some(first) = failures.failed.first() {
            let reason = format!("{} had failed before", Foreign(&first.app));
            for (app, _) in &self.wanted {
                self.not_started.entry(app.clone()).or_insert_with(|| reason.clone());
            }
        }
    }

    /// What has happened since the last look.
    fn look(&mut self, list: &[Process]) -> Vec<Told> {
        let mut told = Vec::new();
        for now in list {
            if let Some(code) = failure(now).filter(|_| self.is_wanted(now)) {
                self.failure.get_or_insert(code);
            }
            let before = self.processes.insert(now.id, now.clone());
            let name = Foreign(&now.name);
            let Some(before) = before else {
                // It was restarted before all counted as up.
                if let Some(cause) = now.cause.as_ref().filter(|_| now.since >= self.begun) {
                    let cause = Foreign(cause);
                    told.push(Told::Event(format!("{name}: {cause} ({})", now.restarts)));
                }
                continue;
            };
            if let Some(trouble) = &now.log_trouble
                && before.log_trouble.as_ref() != Some(trouble)
            {
                told.push(Told::Failure(format!("{name}: {}", Foreign(trouble))));
            }
            told.extend(happened(&before, now).map(|what| match what {
                Told::Event(what) => Told::Event(format!("{name}: {what}")),
                Told::Failure(what) => Told::Failure(format!("{name}: {what}")),
            }));
        }
        told
    }

    /// What has run, how it has ended, and how often it was restarted, then what was not started; `None` where
    /// nothing has run. `end` is how what was under way has ended.
    fn summary(&self, end: &str) -> Option<String> {
        let mut instances: BTreeMap<&str, usize> = BTreeMap::new();
        let mut rows: Vec<(&str, String, usize)> = Vec::new();
        for process in self.processes.values() {
            *instances.entry(&process.name).or_default() += 1;
            let end = if is_under_way(process) { end.to_owned() } else { ended(process) };
            let end = match process.restarts {
                0 => end,
                1 => format!("{end}, 1 restart"),
                count => format!("{end}, {count} restarts"),
            };
            let same =
                rows.iter_mut().find(|(name, other, _)| *name == process.name && *other == end);
            match same {
                Some((.., count)) => *count += 1,
                None => rows.push((&process.name, end, 1)),
            }
        }
        if rows.is_empty() && self.started.is_empty() && self.not_started.is_empty() {
            return None;
        }
        let missing = self.wanted.iter().filter(|(app, _)| !instances.contains_key(app.as_str()));
        for (app, _) in missing {
            let why = self.not_started.get(app).map(|why| format!(": {}", Foreign(why)));
            let what = match self.started.get(app) {
                Some(true) => "completed".to_owned(),
                // The engine was gone before anybody has looked.
                Some(false) => end.to_owned(),
                None => format!("not started{}", why.unwrap_or_default()),
            };
            rows.push((app, what, 1));
        }
        let rows = rows.into_iter().map(|(name, end, count)| {
            let label = match instances.get(name) {
                None | Some(1) => name.to_owned(),
                Some(all) if *all == count => format!("{name} ({all} instances)"),
                Some(all) => format!("{name} ({count} of {all} instances)"),
            };
            (label, end)
        });
        let rows: Vec<(String, String)> = rows.collect();
        let width = rows.iter().map(|(label, _)| label.chars().count()).max()?;
        let lines = rows.iter().map(|(label, end)| format!("{label:width$}   {end}\n"));
        Some(lines.collect())
    }
}

/// What has happened to a process between two looks: of several things the last.
fn happened(before: &Process, now: &Process) -> Option<Told> {
    let is_new = now.since > before.since;
    if !is_new && now.phase == before.phase {
        return None;
    }
    let cause = now.cause.as_ref().map(|cause| Foreign(cause).to_string());
    let restarts = now.restarts;
    // It was at rest, and may be so again.
    let starts = (is_new && !is_under_way(before))
        .then(|| cause.clone().unwrap_or_else(|| "started again".to_owned()));
    let first = starts.as_ref().map_or_else(String::new, |starts| format!("{starts}; "));
    match (&now.phase, starts, cause) {
        (Phase::Stopped, ..) => Some(ending(now, format!("{first}{}", ended(now)))),
        (Phase::Errored, ..) => {
            Some(ending(now, format!("{first}{} too often, not restarted", ended(now))))
        }
        (_, Some(starts), _) => Some(Told::Event(starts)),
        (_, None, Some(cause)) if restarts > before.restarts => {
            let was_told = before.phase == Phase::WaitingRestart && before.cause == now.cause;
            let told = if was_told { "restarted" } else { cause.as_str() };
            Some(Told::Event(format!("{told} ({restarts})")))
        }
        (_, None, None) if restarts > before.restarts => {
            Some(ending(now, format!("{}, restarted ({restarts})", ended(now))))
        }
        (Phase::WaitingRestart, None, Some(cause)) => Some(Told::Event(cause)),
        (Phase::WaitingRestart, None, None) => {
            Some(ending(now, format!("{}, restarts", ended(now))))
        }
        (Phase::Launching | Phase::Online | Phase::Stopping | Phase::Other(_), None, _) => None,
    }
}

/// The end of a process, as an event or as a failure.
fn ending(process: &Process, what: String) -> Told {
    let is_asked = process.was_told_to_end == Some(true);
    let is_well = (process.exit_code == Some(0) || is_asked) && process.phase != Phase::Errored;
    if is_well { Told::Event(what) } else { Told::Failure(what) }
}

/// How a process has ended.
fn ended(process: &Process) -> String {
    match (process.was_told_to_end, process.killed_by, process.exit_code) {
        (Some(true), ..) => "stopped".to_owned(),
        (_, Some(signal), _) => format!("killed by {}", signal_name(signal)),
        (_, None, Some(0)) => "completed".to_owned(),
        (_, None, Some(code)) => format!("exited with code {code}"),
        (_, None, None) => "ended".to_owned(),
    }
}

/// The lines of the services and what happens to them, in one stream.
struct Lines {
    printer: Arc<Mutex<Printer>>,
    reader: Option<JoinHandle<()>>,
    over: Arc<AtomicBool>,
    /// Tells the reader that nobody waits for what is not shown yet.
    left_out: Arc<AtomicBool>,
    /// How many wait to print something else.
    urgent: Arc<AtomicUsize>,
}

/// How long lines are shown after Ctrl-C when all has ended.
const BACKLOG: Duration = Duration::from_secs(1);

/// An app without the names of its log files.
fn without_logs(app: &App) -> App {
    let mut app = app.clone();
    app.settings.retain(|(attribute, setting)| {
        let is_text = matches!(setting, Setting::Text(_));
        !is_text || !matches!(attribute.name, "out_file" | "error_file" | "log_file")
    });
    app
}

impl Lines {
    /// Shows what these apps log from now on.
    fn follow(engine: &Embedded, target: &Target, shown: &BTreeSet<String>) -> Lines {
        let all = target.system().apps.clone();
        let width = all.iter().map(|app| app.name.chars().count()).max().unwrap_or_default();
        let printer = Arc::new(Mutex::new(Printer::running(width)));
        let over = Arc::new(AtomicBool::new(false));
        let urgent = Arc::new(AtomicUsize::new(0));
        let mut sink = Shared {
            printer: Arc::clone(&printer),
            over: Arc::clone(&over),
            urgent: Arc::clone(&urgent),
        };
        let (engine, shown) = (engine.clone(), shown.clone());
        let unnamed: Vec<App> = all.iter().map(without_logs).collect();
        let mut find = move || {
            let is_shown = |app: &&App| shown.contains(app.name.as_str());
            let apps: Vec<&App> = all.iter().filter(is_shown).collect();
            let mut files = logs::files_among(&apps, &all, |apps| engine.logs(apps));
            // Where the lines are whose log cannot be opened.
            let others = engine.logs(&unnamed.iter().filter(is_shown).collect::<Vec<&App>>());
            let known: BTreeSet<Utf8PathBuf> = files.iter().map(|file| file.path.clone()).collect();
            files.extend(others.into_iter().filter(|file| !known.contains(&file.path)));
            files
        };
        let query = Query { lines: Some(0), ..Query::default() };
        let left_out = Arc::new(AtomicBool::new(false));
        let logs = Logs::new(find(), query).left_out_by(Arc::clone(&left_out));
        // Where there is no thread or nobody reads, there are no lines.
        let reader = thread::Builder::new().name("lines".to_owned()).spawn(move || {
            let _ = logs.follow(&mut find, &mut sink);
        });
        Lines { printer, reader: reader.ok(), over, left_out, urgent }
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
        self.first(|printer| printer.event(text));
    }

    /// Prints something before the lines that are left: a lock alone may not be had while many are printed.
    fn first(&self, print: impl FnOnce(&mut Printer)) {
        self.urgent.fetch_add(1, Ordering::SeqCst);
        print(&mut locked(&self.printer));
        self.urgent.fetch_sub(1, Ordering::SeqCst);
    }

    /// Shows what has failed.
    fn fail(&self, text: &str) {
        self.first(|printer| printer.failure(text));
    }

    /// Shows what is left, and ends. After Ctrl-C, nobody waits long for old lines.
    fn end(mut self, interrupts: &Interrupts) {
        self.over.store(true, Ordering::Relaxed);
        let Some(reader) = self.reader.take() else { return };
        let mut interrupted: Option<Instant> = None;
        while !reader.is_finished() {
            if interrupts.has_come() {
                let since = *interrupted.get_or_insert_with(Instant::now);
                if since.elapsed() >= BACKLOG || interrupts.has_come_again() {
                    self.left_out.store(true, Ordering::Relaxed);
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = reader.join();
    }
}

/// What takes the lines, on the thread that reads them.
struct Shared {
    printer: Arc<Mutex<Printer>>,
    over: Arc<AtomicBool>,
    urgent: Arc<AtomicUsize>,
}

impl Sink for Shared {
    fn line(&mut self, line: &Line) -> io::Result<()> {
        while self.urgent.load(Ordering::SeqCst) > 0 {
            thread::sleep(Duration::from_micros(100));
        }
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
