//! How long an engine may take.

use std::time::Duration;

use crate::engine::{Engine, Process};

/// How long an engine may take for a request beyond what the app itself may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The longest of all times that these processes may take to end.
pub(super) fn longest_end<'p>(
    engine: &dyn Engine,
    processes: impl Iterator<Item = &'p Process>,
) -> Duration {
    processes.map(|process| engine.time_to_end(process)).max().unwrap_or_default()
}
