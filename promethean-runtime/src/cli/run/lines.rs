//! The lines of the services of a `run`, and what happens to them.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use promethean_core::app::App;
use promethean_core::attribute::Setting;

use super::locked;
use super::watched::Told;
use crate::cli::engine::Embedded;
use crate::cli::logs::Printer;
use crate::cli::output;
use crate::cli::signals::Interrupts;
use crate::engine::Place as _;
use crate::logs::{self, Line, LogFile, Logs, Note, Query, Sink};
use crate::operations::{Event, Target};

/// The lines of the services and what happens to them, in one stream.
pub(super) struct Lines {
    printer: Arc<Mutex<Printer>>,
    reader: Option<JoinHandle<()>>,
    over: Arc<AtomicBool>,
    /// Tells the reader that nobody waits for what is not shown yet.
    left_out: Arc<AtomicBool>,
    /// How many wait to print something else.
    urgent: Arc<AtomicUsize>,
}

/// What is said when standard output is closed.
const UNREAD: &str = "nobody reads the lines any more: this command ends, as after Ctrl-C";

/// How much later a Ctrl-C may be noticed than the end of a reader that it has ended, such as `tee`.
const TOGETHER: Duration = Duration::from_millis(200);

/// What is said when standard output takes nothing, such as a file on a full disk.
const LINES_END: &str =
    "  help: lines are no longer shown; the system runs on, and `logs` has all of them";

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
    /// Shows what these apps log from now on. Where nobody reads any more, it interrupts the command.
    pub(super) fn follow(
        engine: &Embedded,
        target: &Target,
        shown: &BTreeSet<String>,
        interrupts: &Interrupts,
    ) -> Lines {
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
            let others = others.into_iter().filter(|file| !known.contains(&file.path));
            files.extend(others.map(|file| LogFile { is_spare: true, ..file }));
            files
        };
        let query = Query { lines: Some(0), ..Query::default() };
        let left_out = Arc::new(AtomicBool::new(false));
        let logs = Logs::new(find(), query).left_out_by(Arc::clone(&left_out));
        let (interrupts, is_over) = (interrupts.clone(), Arc::clone(&over));
        // Where there is no thread, there are no lines.
        let reader = thread::Builder::new().name("lines".to_owned()).spawn(move || {
            match logs.follow(&mut find, &mut sink) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                    output::error(&format!("standard output: {error}\n{LINES_END}"));
                }
                // A Ctrl-C in a terminal ends the reader of a pipe, too.
                Err(_) if !is_over.load(Ordering::Relaxed) => {
                    thread::sleep(TOGETHER);
                    if !interrupts.has_come() {
                        output::note(UNREAD);
                        interrupts.interrupt();
                    }
                }
                // In the end, whoever stops reading early has what they wanted.
                Ok(()) | Err(_) => {}
            }
        });
        Lines { printer, reader: reader.ok(), over, left_out, urgent }
    }

    /// Shows what an operation does.
    pub(super) fn show(&self, event: &Event) {
        match event {
            Event::Starting { .. } | Event::Stopping { .. } | Event::Up { .. } => {}
            Event::Restarted { exit_code, .. } if *exit_code != Some(0) => {
                self.fail(&event.to_string());
            }
            _ => self.tell(&event.to_string()),
        }
    }

    pub(super) fn report(&self, told: &Told) {
        match told {
            Told::Event(text) => self.tell(text),
            Told::Failure(text) => self.fail(text),
        }
    }

    /// Shows what the engine does.
    pub(super) fn tell(&self, text: &str) {
        self.first(|printer| printer.event(text));
    }

    /// Prints something before the lines that are left: a lock alone may not be had while many are printed.
    fn first(&self, print: impl FnOnce(&mut Printer)) {
        self.urgent.fetch_add(1, Ordering::SeqCst);
        print(&mut locked(&self.printer));
        self.urgent.fetch_sub(1, Ordering::SeqCst);
    }

    /// Shows what has failed.
    pub(super) fn fail(&self, text: &str) {
        self.first(|printer| printer.failure(text));
    }

    /// Shows what is left, and ends. After Ctrl-C, nobody waits long for old lines.
    pub(super) fn end(mut self, interrupts: &Interrupts) {
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
