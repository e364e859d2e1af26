//! Why an engine cannot be used.

use std::error::Error;
use std::fmt;

use promethean_core::diagnostic::Diagnostic;

/// An error of an engine's own.
pub trait Cause: Error + Send + Sync + 'static {
    /// What is wrong, and what to do about it.
    fn diagnostic(&self) -> Diagnostic;
}

/// An engine cannot be used. It wraps the engine's own error; callers only need its kind.
#[derive(Debug)]
pub struct EngineError {
    kind: ErrorKind,
    diagnostic: Diagnostic,
    cause: Box<dyn Error + Send + Sync>,
}

/// What an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Another run is in progress and did not end in time.
    Locked,
    /// The daemon ended during a request.
    Lost,
    /// The engine rejected a request.
    Refused {
        /// Its reason.
        reason: String,
    },
    /// The engine cannot be used.
    Unusable,
}

impl EngineError {
    /// An error of an engine's own.
    pub fn new(kind: ErrorKind, cause: impl Cause) -> EngineError {
        EngineError { kind, diagnostic: cause.diagnostic(), cause: Box::new(cause) }
    }

    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// What is wrong, and what to do about it.
    #[must_use]
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.diagnostic
    }

    /// The engine's own error, where it is one of these.
    #[must_use]
    pub fn cause<E: Error + 'static>(&self) -> Option<&E> {
        self.cause.downcast_ref()
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(formatter)
    }
}

impl Error for EngineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}
