//! When a process is restarted, and how it is stopped.

use std::time::Duration;

use promethean_core::app::App;
use promethean_core::attribute::Setting;
use promethean_core::pm2;
use serde::{Deserialize, Serialize};

/// What the attributes of an app say about the life of its processes, with PM2's defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether a process is restarted when it ends: `autorestart`.
    pub restarts: bool,
    /// The exit codes after which it is not restarted: `stop_exit_codes`.
    pub final_codes: Vec<i64>,
    /// The delay before a restart: `restart_delay`.
    pub restart_delay: Duration,
    /// The first of growing delays, which replace `restart_delay`: `exp_backoff_restart_delay`.
    pub backoff: Option<Duration>,
    /// How many early ends are too many: `max_restarts`.
    pub max_restarts: u64,
    /// An end before this is early: `min_uptime`.
    pub min_uptime: Duration,
    /// How long a process has to end before it is killed: `kill_timeout`.
    pub kill_timeout: Duration,
    /// How often what survives is killed again: `kill_retry_time`.
    pub kill_retry_time: Duration,
    /// Whether its children are asked to end with it: `treekill`.
    pub with_children: bool,
    /// Whether it is asked to end by the message `shutdown`, not by a signal: `shutdown_with_message`.
    pub by_message: bool,
    /// How long it has to report that it is ready, if it shall: `wait_ready`, `listen_timeout`.
    pub ready_within: Option<Duration>,
    /// The delay between a change of a watched file and the restart: `watch_delay`.
    pub watch_delay: Duration,
    /// After how many failures in a row of its probe it is restarted: `failures` of `alive`.
    pub most_failures: Option<u32>,
    /// How long after a start failures do not count, if the probe has not succeeded since: the time
    /// that it has to become ready.
    pub grace: Duration,
}

impl Policy {
    /// That of an app.
    #[must_use]
    pub fn of(app: &App) -> Policy {
        let restart = app.restart_policy();
        let stop = app.stop_policy();
        let max_restarts = app.setting("max_restarts").and_then(Setting::as_integer);
        Policy {
            restarts: restart.restarts,
            final_codes: restart.final_codes,
            restart_delay: app.time("restart_delay"),
            backoff: app.setting("exp_backoff_restart_delay").and_then(Setting::as_duration),
            max_restarts: max_restarts
                .and_then(|written| u64::try_from(written).ok())
                .or_else(|| pm2::default_number("max_restarts"))
                .unwrap_or_default(),
            min_uptime: app.time("min_uptime"),
            kill_timeout: app.time("kill_timeout"),
            kill_retry_time: app.time("kill_retry_time"),
            with_children: stop.with_children,
            by_message: stop.by_message,
            ready_within: app.reports_ready().then(|| app.time("listen_timeout")),
            watch_delay: app.time("watch_delay"),
            most_failures: app.alive.as_ref().map(|alive| alive.failures),
            grace: app.ready.as_ref().map(|ready| ready.timeout).unwrap_or_default(),
        }
    }
}
