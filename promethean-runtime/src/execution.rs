//! A program in the directory and with the environment of a service, in place of this process.
//!
//! No engine is asked: what starts services in some other way runs them with this.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, ErrorKind};
use std::process::{Command, ExitCode};
use std::time::Duration;

use camino::Utf8PathBuf;
use promethean_core::app::{App, System};
use promethean_core::declaration::Condition;
use promethean_core::foreign::Foreign;
use promethean_core::probe::{Probe, Test};
use promethean_core::secrets::{EnvironmentError, Reader, Redaction};
use serde_json::Map;

use crate::engine::{
    Definition, User, command_line, environment, instance_var, of_instance, users,
};
use crate::parallel;
use crate::readiness::{self, Environment, Surroundings};

/// A service whose place a program is to take.
#[derive(Debug)]
pub struct Execution<'s> {
    system: &'s System,
    definition: Definition<'s>,
    instance: u64,
}

/// Why a program does not run.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError {
    /// Variables are missing; the error lists all.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The directory of the service does not exist.
    #[error("the directory {} does not exist\n  help: create it, or change the service's directory", Foreign(.0))]
    NoDirectory(Utf8PathBuf),
    /// The service runs as another user.
    #[error("it runs as the user {}\n  help: run this command as that user, or as root", Foreign(.0))]
    OtherUser(String),
    /// Dependencies did not become ready in time; each with the reason.
    #[error("{}", .0.join("\n"))]
    NotReady(Vec<String>),
    /// There is no such program.
    #[error(
        "`{}` is not there\n  help: install it, or write its path; it is looked for on PATH, and relative to {}",
        Foreign(program),
        Foreign(directory)
    )]
    Missing {
        /// The program.
        program: String,
        /// Where relative paths start.
        directory: Utf8PathBuf,
    },
    /// The system does not run it.
    #[error("`{}` cannot be run: {error}", Foreign(program))]
    NotRun {
        /// The program.
        program: String,
        /// The reason.
        error: io::Error,
    },
}

/// What is reported while dependencies are waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said<'s> {
    /// A dependency is not ready yet.
    Waiting(&'s str),
    /// A dependency is ready.
    Ready(&'s str),
    /// Nobody waits for a dependency, for this reason.
    Ignored(&'s str, &'static str),
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Said::Waiting(unit) => write!(formatter, "{unit}: waiting until it is ready"),
            Said::Ready(unit) => write!(formatter, "{unit}: ready"),
            Said::Ignored(unit, reason) => write!(formatter, "{unit}: is not waited for: {reason}"),
        }
    }
}

/// A dependency with a probe, and with what it needs on a thread of its own.
struct Awaited<'s> {
    unit: &'s str,
    probe: Probe,
    surroundings: Surroundings,
    hidden: Redaction,
}

impl<'s> Execution<'s> {
    /// The service `app` of a system.
    ///
    /// # Errors
    ///
    /// Variables of the service are missing.
    pub fn new(system: &'s System, app: &'s App) -> Result<Execution<'s>, ExecutionError> {
        Ok(Execution { system, definition: definition(app)?, instance: 0 })
    }

    /// The same as one of several processes of the service, which count from 0.
    #[must_use]
    pub fn of_instance(self, instance: u64) -> Execution<'s> {
        Execution { instance, ..self }
    }

    /// Waits until all dependencies of the service are ready, at most so long. An external is waited for as
    /// well as an app; `say` is called from several threads.
    ///
    /// # Errors
    ///
    /// Some did not become ready in time.
    pub fn wait(
        &self,
        limit: Duration,
        say: &(dyn Fn(Said<'_>) + Sync),
    ) -> Result<(), ExecutionError> {
        let awaited = self.awaited(limit, say)?;
        let units: Vec<&str> = awaited.iter().map(|awaited| awaited.unit).collect();
        let outcomes = parallel::each(awaited, |mut awaited: Awaited<'_>| {
            let first = readiness::try_once(&awaited.probe.test, &mut awaited.surroundings, FIRST);
            if first.is_err() {
                say(Said::Waiting(awaited.unit));
                readiness::wait(&awaited.probe, &mut awaited.surroundings, &|| false)
                    .map_err(|error| error.without(&awaited.hidden).to_string())?;
            }
            say(Said::Ready(awaited.unit));
            Ok::<(), String>(())
        });
        let failed = units.iter().zip(outcomes).filter_map(|(unit, outcome)| match outcome {
            Some(Ok(())) => None,
            Some(Err(reason)) => Some(format!("{unit}: {reason}")),
            None => Some(format!("{unit}: was not tried")),
        });
        match failed.collect::<Vec<_>>() {
            failed if failed.is_empty() => Ok(()),
            failed => Err(ExecutionError::NotReady(failed)),
        }
    }

    /// The dependencies that can be waited for here.
    fn awaited(
        &self,
        limit: Duration,
        say: &(dyn Fn(Said<'_>) + Sync),
    ) -> Result<Vec<Awaited<'s>>, ExecutionError> {
        let mut awaited = Vec::new();
        for dependency in &self.definition.app.depends_on {
            let unit = dependency.on.as_str();
            let (app, external) = (self.system.app(unit), self.system.external(unit));
            let probe = app.and_then(|app| app.ready.as_ref());
            let probe = probe.or_else(|| external.and_then(|external| external.ready.as_ref()));
            let ignored = match (dependency.condition, probe.map(|probe| &probe.test)) {
                (Condition::Completed, _) => Some("only an engine knows what has completed"),
                (Condition::Ready, Some(Test::Log(_))) => Some("its probe reads logs of an engine"),
                (Condition::Ready, Some(_)) => None,
                (Condition::Ready | Condition::Started, _) => continue,
            };
            let Some(probe) = probe.filter(|_| ignored.is_none()) else {
                say(Said::Ignored(unit, ignored.unwrap_or_default()));
                continue;
            };
            let probe = Probe { timeout: limit, ..probe.clone() };
            let mut hidden = Redaction::default();
            let surroundings = match (app, external) {
                (Some(app), _) if matches!(probe.test, Test::Exec { .. }) => {
                    let definition = definition(app)?;
                    definition.hidden(&mut hidden);
                    surroundings(&definition)
                }
                (None, Some(external)) => Surroundings {
                    directory: external.directory.clone(),
                    environment: Environment(environment::base().collect()),
                    ..Surroundings::default()
                },
                (Some(_), _) | (None, None) => Surroundings::default(),
            };
            awaited.push(Awaited { unit, probe, surroundings, hidden });
        }
        Ok(awaited)
    }

    /// Runs the service's program, or `program` with its arguments, in place of this process. On systems
    /// where no process can take the place of another, it is waited for, and its exit code returned.
    ///
    /// # Errors
    ///
    /// It does not run.
    pub fn run(&self, program: &[OsString]) -> Result<ExitCode, ExecutionError> {
        let app = self.definition.app;
        let own = command_line(app);
        let mut words: Vec<&OsStr> = program.iter().map(OsString::as_os_str).collect();
        if words.is_empty() {
            words = own.iter().map(OsStr::new).collect();
        }
        let Some((program, arguments)) = words.split_first() else { return Ok(ExitCode::SUCCESS) };
        if !app.directory.is_dir() {
            return Err(ExecutionError::NoDirectory(app.directory.clone()));
        }
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&app.directory).env_clear();
        command.envs(surroundings(&self.definition).environment.0);
        command.envs(self.of_its_instance());
        become_user(app, &mut command)?;
        replaced(command).map_err(|error| {
            let program = program.to_string_lossy().into_owned();
            match error.kind() {
                ErrorKind::NotFound => {
                    ExecutionError::Missing { program, directory: app.directory.clone() }
                }
                _ => ExecutionError::NotRun { program, error },
            }
        })
    }
}

impl Execution<'_> {
    /// The variables that tell the processes of a service apart.
    fn of_its_instance(&self) -> Vec<(String, String)> {
        let app = self.definition.app;
        let written = |name: &str| {
            self.definition
                .variables()
                .find(|(written, _)| *written == name)
                .map(|(_, value)| value)
        };
        of_instance(self.instance, instance_var(app), app.increment_var(), written)
    }
}

/// How long a dependency is tried before it is said that it is waited for.
const FIRST: Duration = Duration::from_secs(1);

/// The definition of an app that no engine runs.
fn definition(app: &App) -> Result<Definition<'_>, EnvironmentError> {
    Ok(Definition::new(app, Map::new(), Reader::new().environment(app)?))
}

/// What programs of an app see, as on an engine: the base, the variables of its user, its own.
fn surroundings(definition: &Definition<'_>) -> Surroundings {
    let user = users::of(definition.app);
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut variables: Vec<(String, String)> = environment::base().collect();
    variables.extend(user.iter().flat_map(User::variables).map(owned));
    variables.extend(definition.variables().map(owned));
    Surroundings {
        directory: definition.app.directory.clone(),
        environment: Environment(variables),
        user: user.map(|user| (user.uid, user.gid)),
        ..Surroundings::default()
    }
}

/// The user and the group that the app names.
#[cfg(unix)]
fn become_user(app: &App, command: &mut Command) -> Result<(), ExecutionError> {
    use std::os::unix::process::CommandExt as _;
    let (user, group) = users::numbers_of(app);
    if !rustix::process::geteuid().is_root() {
        return match users::of(app) {
            Some(user) if user.uid != rustix::process::geteuid().as_raw() => {
                Err(ExecutionError::OtherUser(user.name))
            }
            Some(_) | None => Ok(()),
        };
    }
    if let Some(group) = group {
        command.gid(group);
    }
    if let Some(user) = user {
        command.uid(user);
    }
    Ok(())
}

#[cfg(not(unix))]
fn become_user(_: &App, _: &mut Command) -> Result<(), ExecutionError> {
    Ok(())
}

/// Puts a program in the place of this process.
#[cfg(unix)]
fn replaced(mut command: Command) -> io::Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

#[cfg(not(unix))]
fn replaced(mut command: Command) -> io::Result<ExitCode> {
    let code = command.status()?.code();
    Ok(code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
