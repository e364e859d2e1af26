//! `ui`: the system live in the terminal.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `model` | what is known and selected; what happens goes in, what is to be done comes out |
//! | `layout` | how many lines each part of the screen has |
//! | `view` | a model on a screen |
//! | `work` | what takes time, on threads: looking, reading logs, operations |
//!
//! This file only passes on: keys and what the threads say to the model, what it wants to the threads, and
//! the model to the screen.

mod layout;
mod model;
mod view;
mod work;

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use clap::Args;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::connection::Connection;
use super::screen::Screen;
use super::signals::Interrupts;
use super::{Failure, Resolver, Units, exit};
use crate::operations::{OperationError, Target};
use model::{Key, Message, Model, Request};
use view::View;
use work::Work;

#[derive(Debug, Args)]
#[command(after_help = "\
Keys: arrows select and fold, s starts, x stops, r restarts, / searches the logs, ? shows all keys, q quits. \
What runs keeps running.")]
pub(super) struct Ui {
    #[command(flatten)]
    connection: Connection,
}

/// How long a key is waited for before what the threads say is looked at.
const PAUSE: Duration = Duration::from_millis(40);

/// How many messages the threads may be ahead.
const AHEAD: usize = 256;

impl Ui {
    pub(super) fn run(&self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        if self.connection.is_json() {
            return Err("`ui` prints nothing: `status --json` prints the state".into());
        }
        if !Screen::is_terminal() {
            return Err("`ui` needs a terminal: `status` prints the state".into());
        }
        let targets = resolver.targets(&Units::default(), self.connection.choice())?;
        let Some(target) = targets.first() else { return Ok(ExitCode::SUCCESS) };
        let engine = match self.connection.engine(target) {
            Ok(engine) => engine,
            Err(error) => return Ok(self.connection.failed(&OperationError::from(error))),
        };
        let docs = targets.iter().flat_map(|target| &target.system().agents);
        let docs = docs.map(|(agent, doc)| (agent.clone(), doc.clone())).collect();
        let view = View { docs, colours: Screen::colours() };
        let model = Model::new(name(target), target.profile().map(str::to_owned), engine.name());
        let (messages, inbox) = sync_channel(AHEAD);
        let connection = &self.connection;
        thread::scope(|scope| {
            let work = Work::new(scope, resolver, connection, &*engine, &targets, messages);
            let mut terminal = ratatui::try_init()?;
            let shown = Shown { model, view, inbox };
            let left = shown.show(&mut terminal, work);
            // Nothing else can be done about a terminal that is gone.
            let _ = ratatui::try_restore();
            left
        })
    }
}

/// The name of a system: its own, or that of its directory.
fn name(target: &Target) -> String {
    let owner = target.owner();
    match &owner.declared {
        None => owner.name.clone(),
        Some(_) => owner.root.file_name().unwrap_or("system").to_owned(),
    }
}

/// The live view.
struct Shown {
    model: Model,
    view: View,
    inbox: Receiver<Message>,
}

impl Shown {
    /// Shows it until it is left.
    fn show(
        mut self,
        terminal: &mut DefaultTerminal,
        mut work: Work<'_, '_>,
    ) -> Result<ExitCode, Failure> {
        let interrupts = Interrupts::begin();
        let size = terminal.size()?;
        let mut open = vec![Message::Size(size.width, size.height)];
        loop {
            let is_new = !open.is_empty();
            for message in open.drain(..) {
                for request in self.model.handle(message) {
                    match request {
                        Request::Begin(operation) => work.begin(operation),
                        Request::Interrupt => work.interrupt(),
                        Request::Follow(number, apps) => work.follow(number, apps),
                        Request::Leave => return Ok(ExitCode::SUCCESS),
                        Request::LeaveNow => {
                            let _ = ratatui::try_restore();
                            exit::interrupted();
                        }
                    }
                }
            }
            if is_new {
                terminal.draw(|frame| self.view.draw(&self.model, frame))?;
            }
            if event::poll(PAUSE)? {
                open.extend(message(&event::read()?));
            }
            if interrupts.take() {
                open.push(Message::Key(Key::Interrupt));
            }
            // No more at once than there can be, so that keys have their turn.
            for _ in 0..AHEAD {
                match self.inbox.try_recv() {
                    Ok(message) => open.push(message),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
        }
    }
}

/// What an event of the terminal means.
fn message(event: &Event) -> Option<Message> {
    match event {
        Event::Key(KeyEvent { code, modifiers, kind, .. }) if *kind != KeyEventKind::Release => {
            key(*code, *modifiers).map(Message::Key)
        }
        Event::Resize(width, height) => Some(Message::Size(*width, *height)),
        _ => None,
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
    if modifiers.contains(KeyModifiers::CONTROL) {
        return (code == KeyCode::Char('c')).then_some(Key::Interrupt);
    }
    Some(match code {
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Enter => Key::Enter,
        KeyCode::Tab => Key::Tab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Esc => Key::Escape,
        KeyCode::Char(character) => Key::Char(character),
        _ => return None,
    })
}
