//! The options of commands that talk to an engine, and what these commands print in the end.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use promethean_core::list::some_of;
use serde_json::json;

use super::remote::{self, Remote};
use super::{Failure, Resolver, Units, engine, exit, output, plan_text, progress};
use crate::engine::{Engine, EngineError, ErrorKind};
use crate::operations::{self, OperationError, Plan, Target};

/// The options of commands that talk to an engine.
#[derive(Debug, Args)]
pub(super) struct Connection {
    #[command(flatten)]
    engine: engine::Chosen,

    #[command(flatten)]
    server: engine::Asked,

    /// The `pm2` program, or the directory of its package [default: from PATH or `node_modules/.bin`]
    #[arg(long, env = engine::VARIABLE, value_name = "FILE")]
    pm2: Option<PathBuf>,

    /// Print JSON, one object per line
    #[arg(long)]
    json: bool,
}

/// What of a system runs on the other engine of this machine.
#[derive(Debug)]
pub(super) struct Elsewhere {
    /// That engine's word for `--engine`.
    word: &'static str,
    /// Its name.
    engine: &'static str,
    /// The apps, in the order of the system.
    pub(super) apps: Vec<String>,
}

impl Elsewhere {
    /// That it runs there, too, with what another command does there.
    pub(super) fn also(&self, (command, does): (&str, &str)) -> Diagnostic {
        let Elsewhere { word, engine, apps } = self;
        let what = format!("also running on {engine}: {}", some_of(apps, 5));
        Diagnostic::new(what).help(format!("`{command} --engine {word}` {does} what runs there"))
    }

    /// What of it would run twice if it were started on an engine: what does not run there yet.
    pub(super) fn twice(&self, engine: &dyn Engine, target: &Target) -> Option<Elsewhere> {
        let running = operations::running(engine, target).unwrap_or_default();
        let mut apps = self.apps.clone();
        apps.retain(|app| !running.contains(app));
        (!apps.is_empty()).then_some(Elsewhere { apps, ..*self })
    }

    /// Why one of them is not started here, too.
    pub(super) fn taken(&self) -> Diagnostic {
        let message = format!("runs on {} already, and would run twice", self.engine);
        Diagnostic::new(message).help(format!("`down --engine {}` ends what runs there", self.word))
    }

    /// The same of all of them.
    pub(super) fn note(&self) -> Diagnostic {
        let apps = Foreign(some_of(&self.apps, 5)).to_string();
        let Diagnostic { message, help, .. } = self.taken();
        Diagnostic { message: format!("{apps}: {message}"), help, ..Diagnostic::default() }
    }
}

/// An operation has changed nothing because of it.
impl From<Elsewhere> for OperationError {
    fn from(elsewhere: Elsewhere) -> OperationError {
        let Diagnostic { path, message, help } = elsewhere.note();
        let message = format!("{message}; nothing was changed");
        OperationError::Twice(Box::new(Diagnostic { path, message, help }))
    }
}

impl Connection {
    /// That of a command that knows only the embedded engine.
    #[cfg(unix)]
    pub(super) fn embedded() -> Connection {
        Connection {
            engine: engine::Chosen::embedded(),
            server: engine::Asked::default(),
            pm2: None,
            json: false,
        }
    }

    /// Whether a program reads what is printed.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Which engine is meant.
    pub(super) fn choice(&self) -> engine::Choice<'_> {
        engine::Choice { engine: self.engine, program: self.pm2.as_deref() }
    }

    /// The machines, if Supvisors is chosen.
    pub(super) fn remote(
        &self,
        resolver: &Resolver<'_>,
        units: &Units,
    ) -> Result<Option<Remote>, Failure> {
        remote::of(resolver, self.engine, &self.server, units)
    }

    /// The engine that the commands talk to.
    pub(super) fn engine(&self, target: &Target) -> Result<Box<dyn Engine>, EngineError> {
        let here = std::env::current_dir().unwrap_or_default();
        let near = [here.as_path(), target.system().root.as_std_path()];
        self.choice().engine(target.owner(), &near)
    }

    /// What of a target runs on the other engine of this machine, if there is another.
    #[cfg(unix)]
    pub(super) fn elsewhere(&self, target: &Target) -> Option<Elsewhere> {
        let here = std::env::current_dir().unwrap_or_default();
        let near = [here.as_path(), target.system().root.as_std_path()];
        let (word, other) = self.choice().other(target.owner(), &near)?;
        // Where what is remembered cannot be read, it is what is listed.
        let running = operations::alive(&*other, target);
        let running = running.or_else(|_| operations::running(&*other, target)).ok()?;
        let apps = target.wanted().apps.into_iter().map(|app| app.name.to_string());
        let apps: Vec<String> = apps.filter(|name| running.contains(name)).collect();
        (!apps.is_empty()).then(|| Elsewhere { word, engine: other.name(), apps })
    }

    /// There is one engine.
    #[cfg(not(unix))]
    pub(super) fn elsewhere(&self, _: &Target) -> Option<Elsewhere> {
        None
    }

    /// What of a target runs on the other engine of this machine, too, with what another command does there:
    /// `("down", "ends")`.
    pub(super) fn runs_elsewhere(
        &self,
        target: &Target,
        (command, does): (&str, &str),
    ) -> Option<Diagnostic> {
        Some(self.elsewhere(target)?.also((command, does)))
    }

    /// What of a target would run twice if it were started on an engine.
    pub(super) fn twice(&self, engine: &dyn Engine, target: &Target) -> Option<Elsewhere> {
        self.elsewhere(target)?.twice(engine, target)
    }

    /// The same for commands that start nothing.
    pub(super) fn engine_to_ask(&self, target: &Target) -> Result<Box<dyn Engine>, EngineError> {
        let here = std::env::current_dir().unwrap_or_default();
        let near = [here.as_path(), target.system().root.as_std_path()];
        self.choice().engine_to_ask(target.owner(), &near)
    }

    /// Prints why an operation failed, in words or as JSON, and returns the exit code for it.
    pub(super) fn failed(&self, error: &OperationError) -> ExitCode {
        if self.json {
            progress::json(error);
        } else {
            output::error(&error.to_string());
        }
        ExitCode::from(match error {
            OperationError::Profile(_) => exit::FAILED,
            OperationError::Environment(_) | OperationError::NotReady(_) => exit::NOT_READY,
            OperationError::Apps(_) => exit::APP_FAILED,
            OperationError::Foreign(_) | OperationError::Twice(_) => exit::NAME_TAKEN,
            OperationError::Interrupted(_) => exit::INTERRUPTED,
            OperationError::Engine(error) => match error.kind() {
                ErrorKind::Locked => exit::LOCKED,
                ErrorKind::Lost | ErrorKind::Refused { .. } | ErrorKind::Unusable => {
                    exit::NO_ENGINE
                }
            },
        })
    }

    /// Prints the result of an operation, and returns the exit code for it.
    pub(super) fn finished(&self, done: Result<Plan, OperationError>) -> ExitCode {
        match done {
            Ok(plan) => {
                if self.json {
                    progress::json(&json!({"event": "done", "steps": plan.steps}));
                } else {
                    output::note(&plan_text::was_done(&plan));
                }
                ExitCode::SUCCESS
            }
            Err(error) => self.failed(&error),
        }
    }
}
