//! Supvisors, where it is not built: it takes four more packages to compile.

use std::convert::Infallible;

use promethean_core::diagnostic::Diagnostic;

use super::engine::{Asked, Chosen};
use super::{Failure, Resolver, Units};
use crate::logs::{Pattern, Sink, Stream};
use crate::operations::{Down, Observer, OperationError, Plan, Status, Target};
use crate::preflight::Report;

/// There is none. The field hides that from the callers, whose code is the same where there is one.
pub(super) struct Remote(Infallible);

/// Says what is missing, if Supvisors is chosen.
pub(super) fn of(
    _: &Resolver<'_>,
    chosen: Chosen,
    asked: &Asked,
    _: &Units,
) -> Result<Option<Remote>, Failure> {
    asked.server(chosen)?;
    if !chosen.is_supvisors() {
        return Ok(None);
    }
    let message = "this program was built without the engine `supvisors`";
    let help =
        "`cargo add promethean --features supvisors` adds it; `supvisors -o DIR` needs nothing";
    Err(Diagnostic::new(message).help(help).into())
}

impl Remote {
    pub(super) const NAME: &str = "Supvisors";

    pub(super) fn target(&self) -> &Target {
        match self.0 {}
    }

    pub(super) fn with(self, _: impl FnOnce(Target) -> Target) -> Remote {
        self
    }

    pub(super) fn up(&self, _: &mut Observer<'_>) -> Result<Plan, OperationError> {
        match self.0 {}
    }

    pub(super) fn restart(&self, _: &mut Observer<'_>) -> Result<Plan, OperationError> {
        match self.0 {}
    }

    pub(super) fn down(&self, _: bool, _: &mut Observer<'_>) -> Result<Down, OperationError> {
        match self.0 {}
    }

    pub(super) fn status(&self) -> Result<Status, OperationError> {
        match self.0 {}
    }

    pub(super) fn plan(&self) -> Result<Plan, OperationError> {
        match self.0 {}
    }

    pub(super) fn check(&self) -> Report {
        match self.0 {}
    }

    pub(super) fn logs(
        &self,
        _: Option<usize>,
        _: Option<&Pattern>,
        _: Option<Stream>,
        _: &mut dyn Sink,
    ) -> Result<Vec<Diagnostic>, Failure> {
        match self.0 {}
    }
}
