//! Supvisors, where it is chosen: what runs on several machines.

use std::io::ErrorKind;

use promethean_core::app::App;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::resolve::{Options, Placement};

use super::engine::{Asked, Chosen, supvisors};
use super::supvisors::no_machine;
use super::{Failure, Resolver, Units};
use crate::engine::Topic;
use crate::logs::{Pattern, Sink, Stream};
use crate::operations::{Down, Observer, OperationError, Plan, Status, Target};
use crate::preflight::{Finding, Report, Severity};
use supvisors::{LogsError, Supvisors, SupvisorsError};

/// The machines of an ecosystem, and the units that a command is about.
pub(super) struct Remote {
    target: Target,
    server: Option<String>,
    /// The machine that this is, where somebody says so.
    here: Option<String>,
}

/// The machines, if Supvisors is chosen.
pub(super) fn of(
    resolver: &Resolver<'_>,
    chosen: Chosen,
    asked: &Asked,
    units: &Units,
) -> Result<Option<Remote>, Failure> {
    let server = asked.server(chosen)?;
    if !chosen.is_supvisors() {
        return Ok(None);
    }
    if resolver.resolution.one_machine {
        let message = "`--one-machine` runs all units here, and Supvisors on their machines";
        return Err(Diagnostic::new(message).help("leave out one of them").into());
    }
    // All machines are meant, whichever this one is.
    let options = Options { placement: Placement::Distributed, ..resolver.options(units)? };
    let target = Target::new(resolver.ecosystem, &options)?;
    if target.system().machines.is_empty() {
        return Err(no_machine().into());
    }
    let here = resolver.resolution.machine.clone().filter(|machine| !machine.is_empty());
    if let Some(here) = &here {
        // Whether there is such a machine.
        let placement = Placement::Machine(here.clone());
        resolver.ecosystem.resolve(&Options { placement, ..options })?;
    }
    Ok(Some(Remote { target, server: server.map(str::to_owned), here }))
}

impl Remote {
    /// The name of the engine, for a message.
    pub(super) const NAME: &str = Supvisors::NAME;

    /// The units.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// The same with another target.
    pub(super) fn with(self, change: impl FnOnce(Target) -> Target) -> Remote {
        Remote { target: change(self.target), ..self }
    }

    fn connect(&self) -> Result<Supvisors, SupvisorsError> {
        Supvisors::connect(self.target.system(), self.server.as_deref(), self.here.as_deref())
    }

    pub(super) fn up(&self, observe: &mut Observer<'_>) -> Result<Plan, OperationError> {
        supvisors::up(&self.connect()?, &self.target, observe)
    }

    pub(super) fn restart(&self, observe: &mut Observer<'_>) -> Result<Plan, OperationError> {
        supvisors::restart(&self.connect()?, &self.target, observe)
    }

    pub(super) fn down(
        &self,
        force: bool,
        observe: &mut Observer<'_>,
    ) -> Result<Down, OperationError> {
        supvisors::down(&self.connect()?, &self.target, force, observe)
    }

    /// Each look asks the first machine that answers then: another one than before, where that is lost.
    pub(super) fn status(&self) -> Result<Status, OperationError> {
        supvisors::status(&self.connect()?, &self.target)
    }

    pub(super) fn plan(&self) -> Result<Plan, OperationError> {
        supvisors::plan(&self.connect()?, &self.target)
    }

    pub(super) fn check(&self) -> Report {
        match self.connect() {
            Ok(engine) => supvisors::check(&engine, &self.target),
            Err(error) => {
                let Diagnostic { message, help, .. } = error.diagnostic();
                let (severity, kind) = (Severity::Failure, Topic::Machine);
                let units = vec![Supvisors::NAME.to_owned()];
                Report { findings: vec![Finding { severity, kind, units, message, help }] }
            }
        }
    }

    /// Hands the last lines of the logs of the units to a sink, and returns what is missing.
    pub(super) fn logs(
        &self,
        lines: Option<usize>,
        pattern: Option<&Pattern>,
        stream: Option<Stream>,
        sink: &mut dyn Sink,
    ) -> Result<Vec<Diagnostic>, Failure> {
        let apps: Vec<&App> = self.target.named().collect();
        let wanted = supvisors::Wanted { lines, pattern, stream };
        match supvisors::logs(&self.connect()?, &apps, &wanted, sink) {
            // Whoever stops reading early has what they wanted.
            Err(LogsError::Sink(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Vec::new()),
            Err(LogsError::Sink(error)) => Err(format!("standard output: {error}").into()),
            Err(LogsError::Engine(error)) => Err(error.into()),
            Ok(missing) => Ok(missing),
        }
    }
}
