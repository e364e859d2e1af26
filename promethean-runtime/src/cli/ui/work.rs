//! What takes time: each on a thread that says what happens.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel};
use std::thread::Scope;
use std::time::Duration;

use promethean_core::app::App;

use super::super::connection::Connection;
use super::super::down::still_needed;
use super::super::{Failure, Resolver, Units, plan_text, status};
use super::model::{Message, Operation, Verb};
use crate::engine::Engine;
use crate::logs::{self, Line, Logs, Note, Query, Sink};
use crate::operations::{self, Event, Target, Watch};

/// The pause between two looks at what runs.
const LOOK: Duration = Duration::from_secs(1);

/// How many lines are shown of a file that are there already: of one file, and of each of many.
const MOST: usize = 500;
const LEAST: usize = 20;

/// How many lines are handed over together.
const TOGETHER: usize = 200;

/// The threads, and what they work on. They end with it.
pub(super) struct Work<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    resolver: &'env Resolver<'env>,
    connection: &'env Connection,
    engine: &'env dyn Engine,
    targets: &'env [Target],
    messages: SyncSender<Message>,
    /// Where a look is asked for at once.
    look: Sender<()>,
    interruption: Arc<AtomicBool>,
    /// Whether the logs that are read are not wanted any more.
    unwanted: Arc<AtomicBool>,
}

impl<'scope, 'env> Work<'scope, 'env> {
    pub(super) fn new(
        scope: &'scope Scope<'scope, 'env>,
        resolver: &'env Resolver<'env>,
        connection: &'env Connection,
        engine: &'env dyn Engine,
        targets: &'env [Target],
        messages: SyncSender<Message>,
    ) -> Work<'scope, 'env> {
        let (look, asked) = channel();
        let told = messages.clone();
        scope.spawn(move || watch(engine, targets, &asked, &told));
        Work {
            scope,
            resolver,
            connection,
            engine,
            targets,
            messages,
            look,
            interruption: Arc::default(),
            unwanted: Arc::default(),
        }
    }

    /// Begins an operation.
    pub(super) fn begin(&mut self, operation: Operation) {
        self.interruption = Arc::default();
        let interruption = Arc::clone(&self.interruption);
        let (messages, look) = (self.messages.clone(), self.look.clone());
        let (resolver, connection, engine) = (self.resolver, self.connection, self.engine);
        self.scope.spawn(move || {
            let mut observe = |event: Event| {
                let _ = messages.send(Message::Event(event));
                let _ = look.send(());
            };
            let carrying = Carrying { resolver, connection, engine, interruption };
            let done = carrying.out(&operation, &mut observe);
            // Whoever is gone wants to know nothing.
            let _ = messages.send(Message::Done(done.map_err(|failure| failure.to_string())));
            let _ = look.send(());
        });
    }

    /// Lets the operation end early.
    pub(super) fn interrupt(&self) {
        self.interruption.store(true, Ordering::Relaxed);
    }

    /// Reads the logs of these apps from now on, and no others.
    pub(super) fn follow(&mut self, number: u64, apps: Vec<String>) {
        self.unwanted.store(true, Ordering::Relaxed);
        self.unwanted = Arc::default();
        if apps.is_empty() {
            return;
        }
        let mut sink = Told {
            messages: self.messages.clone(),
            number,
            lines: Vec::new(),
            unwanted: Arc::clone(&self.unwanted),
        };
        let (engine, targets) = (self.engine, self.targets);
        self.scope.spawn(move || {
            let all = targets.iter().flat_map(|target| &target.system().apps);
            let mut all: Vec<App> = all.cloned().collect();
            let mut known = std::collections::HashSet::new();
            all.retain(|app| known.insert(app.name.clone()));
            let mut find = || {
                let meant = all.iter().filter(|app| apps.iter().any(|name| app.name == *name));
                logs::files_among(&meant.collect::<Vec<_>>(), &all, |apps| engine.logs(apps))
            };
            let files = find();
            let lines = (2 * MOST / files.len().max(1)).clamp(LEAST, MOST);
            let query = Query { lines: Some(lines), ..Query::default() };
            // Only whoever is gone cannot take the lines.
            let _ = Logs::new(files, query).follow(&mut find, &mut sink);
        });
    }
}

impl Drop for Work<'_, '_> {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::Relaxed);
        self.interruption.store(true, Ordering::Relaxed);
    }
}

/// Looks every second, and when it is asked to, until nobody listens.
fn watch(
    engine: &dyn Engine,
    targets: &[Target],
    asked: &Receiver<()>,
    messages: &SyncSender<Message>,
) {
    let mut watches: Vec<Watch<'_>> =
        targets.iter().map(|target| Watch::new(engine, target)).collect();
    loop {
        let message = match status::look(&mut watches) {
            Ok(status) => Message::Status(Box::new(status)),
            Err(error) => Message::Lost(error.to_string()),
        };
        if messages.send(message).is_err() {
            return;
        }
        match asked.recv_timeout(LOOK) {
            Ok(()) => while asked.try_recv().is_ok() {},
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// An operation that is carried out.
struct Carrying<'c> {
    resolver: &'c Resolver<'c>,
    connection: &'c Connection,
    engine: &'c dyn Engine,
    interruption: Arc<AtomicBool>,
}

impl Carrying<'_> {
    /// Carries it out, and says what was done.
    fn out(
        &self,
        operation: &Operation,
        observe: &mut operations::Observer<'_>,
    ) -> Result<String, Failure> {
        let units = Units { units: operation.unit.iter().cloned().collect() };
        let choice = self.connection.choice();
        let can_be_interrupted =
            |target: Target| target.interrupted_by(Arc::clone(&self.interruption));
        let force = match operation.verb {
            Verb::Start => {
                let target = can_be_interrupted(self.resolver.target(&units, choice)?);
                let plan = operations::up(self.engine, &target, observe)?;
                return Ok(plan_text::was_done(&plan));
            }
            Verb::Restart => {
                let target = can_be_interrupted(self.resolver.target(&units, choice)?);
                let plan = operations::restart(self.engine, &target, observe)?;
                return Ok(plan_text::was_done(&plan));
            }
            Verb::Stop => false,
            Verb::StopAnyway => true,
        };
        let mut down = operations::Down::default();
        for target in self.resolver.targets(&units, choice)? {
            let target = can_be_interrupted(target);
            down = down.and(operations::down(self.engine, &target, force, observe)?);
        }
        let asked = |app: &String| operation.unit.as_ref() == Some(app);
        let needed = down.needed.iter().find(|(app, _)| asked(app));
        Ok(match needed {
            Some((app, by)) => {
                format!("{}; X stops it anyway", still_needed(app, by, true).message)
            }
            None => plan_text::was_stopped(down.stopped.len(), down.orphans.len()),
        })
    }
}

/// Tells of lines, several at once.
struct Told {
    messages: SyncSender<Message>,
    number: u64,
    lines: Vec<Line>,
    unwanted: Arc<AtomicBool>,
}

impl Told {
    fn tell(&mut self) -> io::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let lines = std::mem::take(&mut self.lines);
        self.send(Message::Lines(self.number, lines))
    }

    fn send(&self, message: Message) -> io::Result<()> {
        if self.unwanted.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.messages.send(message).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Sink for Told {
    fn line(&mut self, line: &Line) -> io::Result<()> {
        self.lines.push(line.clone());
        if self.lines.len() < TOGETHER { Ok(()) } else { self.tell() }
    }

    fn note(&mut self, note: &Note) -> io::Result<()> {
        self.send(Message::Note(self.number, note.to_string()))
    }

    fn pause(&mut self) -> io::Result<ControlFlow<()>> {
        self.tell()?;
        Ok(match self.unwanted.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    }
}
