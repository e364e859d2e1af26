//! `max_memory_restart`: how much memory a process may use.

use std::time::Duration;

use promethean_core::app::App;
use promethean_core::attribute::Setting;
use promethean_core::pm2;
use serde::{Deserialize, Serialize};

/// The most memory that the first process of a service may use. PM2 does not count that of its children
/// (`getMonitorData` in `lib/God/ActionMethods.js`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceiling {
    bytes: u64,
}

impl Ceiling {
    /// How often the memory is looked at.
    pub const INTERVAL: Duration = pm2::WORKER_INTERVAL;

    /// That of an app; `None` without one.
    #[must_use]
    pub fn of(app: &App) -> Option<Ceiling> {
        let Setting::Size(most) = app.setting("max_memory_restart")? else { return None };
        Some(Ceiling { bytes: most.bytes() })
    }

    /// Whether this is more (`maxMemoryRestart` in `lib/Worker.js`).
    #[must_use]
    pub fn is_exceeded_by(self, bytes: u64) -> bool {
        bytes > self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_more_is_too_much() {
        let ceiling = Ceiling { bytes: 1_000 };
        assert!(!ceiling.is_exceeded_by(1_000));
        assert!(ceiling.is_exceeded_by(1_001));
    }
}
