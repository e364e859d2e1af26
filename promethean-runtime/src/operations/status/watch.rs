//! Looking again and again.

use super::probes::ReadyByLog;
use super::snapshot::{Running, look};
use super::{OperationError, Status, Target};
use crate::engine::{Engine, Session};

/// Looks again and again at the units of a target, over one connection.
#[derive(Debug)]
pub struct Watch<'w> {
    engine: &'w dyn Engine,
    target: &'w Target,
    session: Option<Box<dyn Session>>,
    ready: ReadyByLog,
}

impl<'w> Watch<'w> {
    /// A watch that has not looked yet.
    #[must_use]
    pub fn new(engine: &'w dyn Engine, target: &'w Target) -> Watch<'w> {
        Watch { engine, target, session: None, ready: ReadyByLog::default() }
    }

    /// Looks. A daemon that was gone and is back is found again.
    ///
    /// # Errors
    ///
    /// PM2 cannot be asked. Another look may succeed.
    pub fn look(&mut self) -> Result<Status, OperationError> {
        let running = self.running()?;
        Ok(look(self.engine, self.target, &running, &mut self.ready))
    }

    fn running(&mut self) -> Result<Running, OperationError> {
        if let Some(session) = &mut self.session
            && let Ok(running) = Running::on(&mut **session)
        {
            return Ok(running);
        }
        // The old connection ends before there is a new one.
        self.session = None;
        self.session = self.engine.connect()?;
        match &mut self.session {
            Some(session) => Running::on(&mut **session),
            None => Ok(Running::default()),
        }
    }
}
