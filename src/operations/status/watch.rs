//! Looking again and again.

use super::look::{Running, look};
use super::tries::ReadyByLog;
use super::{OperationError, Pm2, Status, Target};
use crate::pm2::Driver;

/// Looks again and again at the units of a target, over one connection.
#[derive(Debug)]
pub struct Watch<'w> {
    pm2: &'w Pm2,
    target: &'w Target,
    driver: Option<Driver>,
    ready: ReadyByLog,
}

impl<'w> Watch<'w> {
    /// A watch that has not looked yet.
    #[must_use]
    pub fn new(pm2: &'w Pm2, target: &'w Target) -> Watch<'w> {
        Watch { pm2, target, driver: None, ready: ReadyByLog::default() }
    }

    /// Looks. A daemon that was gone and is back is found again.
    ///
    /// # Errors
    ///
    /// PM2 cannot be asked. Another look may succeed.
    pub fn look(&mut self) -> Result<Status, OperationError> {
        let running = self.running()?;
        Ok(look(&self.pm2.home, self.target, &running, &mut self.ready))
    }

    fn running(&mut self) -> Result<Running, OperationError> {
        if let Some(driver) = &mut self.driver
            && let Ok(running) = Running::on(driver)
        {
            return Ok(running);
        }
        // The old connection ends before there is a new one.
        self.driver = None;
        self.driver = Driver::connect(&self.pm2.installation, &self.pm2.home)?;
        match &mut self.driver {
            Some(driver) => Running::on(driver),
            None => Ok(Running::default()),
        }
    }
}
