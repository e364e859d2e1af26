//! What PM2 does by itself, each fact once and with its source in PM2 7.0.4.
//!
//! The defaults of attributes are in the table of [`crate::attribute`], the names that PM2 takes
//! for settings in [`crate::reserved`].

use std::time::Duration;

use crate::attribute::{Attribute, Owner};
use crate::kind::Signal;
use crate::paths::file_name;

/// The signal that asks a process to end, unless the daemon has another one in `PM2_KILL_SIGNAL`
/// (`constants.js`).
pub const KILL_SIGNAL: Signal = Signal::Int;

/// PM2's interpreters by the ending of the script (`lib/API/interpreter.json`), which it takes where
/// none is written.
pub const INTERPRETERS: [(&str, &str); 10] = [
    ("sh", "bash"),
    ("py", "python"),
    ("rb", "ruby"),
    ("php", "php"),
    ("pl", "perl"),
    ("js", "node"),
    ("coffee", "coffee"),
    ("ls", "lsc"),
    ("ts", "bun"),
    ("tsx", "bun"),
];

/// The interpreter that PM2 takes for a script with an ending that it knows
/// (`Common.sink.resolveInterpreter` in `lib/Common.js`).
///
/// For any other script it is none for a binary, and else Node.
#[must_use]
pub fn interpreter_of(script: &str) -> Option<&'static str> {
    let ending = ending(script)?;
    let found = INTERPRETERS.iter().find(|(known, _)| *known == ending);
    found.map(|(_, interpreter)| *interpreter)
}

/// The ending of a script as Node's `path.extname` reads it, without its dot.
#[must_use]
pub fn ending(script: &str) -> Option<&str> {
    let (stem, ending) = file_name(script).rsplit_once('.')?;
    (!stem.is_empty()).then_some(ending)
}

/// Whether PM2 itself takes an interpreter for Node or Bun: it looks at how the name ends
/// (`Common.sink.determineExecMode` in `lib/Common.js`, `God.forkMode` in `lib/God/ForkMode.js`).
/// `node@20` is a Node of nvm's (`resolveNodeInterpreter` there).
///
/// PM2 5 and 6 look for the word anywhere in the path; PM2 5 knows no Bun.
#[must_use]
pub fn takes_for_node(interpreter: &str) -> bool {
    interpreter.ends_with("node") || interpreter.ends_with("bun") || interpreter.contains("node@")
}

/// Whether an interpreter runs what Node runs and can speak with PM2: what PM2 itself takes for Node,
/// `ts-node` among it, and Node or Bun under [any of their names](is_node_itself).
#[must_use]
pub fn is_node(interpreter: &str) -> bool {
    takes_for_node(interpreter) || is_node_itself(interpreter)
}

/// Whether an interpreter is Node or Bun, under any of their names: `nodejs`, `node20`, `node@20`,
/// `node.exe`. PM2 runs a cluster on its own Node (`God.nodeApp` in `lib/God/ClusterMode.js`):
/// TypeScript for `ts-node` does not run there.
#[must_use]
pub fn is_node_itself(interpreter: &str) -> bool {
    let name = file_name(interpreter);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let rest = name.strip_prefix("nodejs").or_else(|| name.strip_prefix("node"));
    let rest = rest.or_else(|| name.strip_prefix("bun"));
    let is_version = |rest: &str| {
        rest.chars()
            .all(|character| character.is_ascii_digit() || matches!(character, '.' | '-' | '@'))
    };
    rest.is_some_and(is_version)
}

/// Whether PM2 starts a program in a cluster where no `exec_mode` is written: with Node or Bun,
/// `None` being PM2's own Node, and an `instances` of at least 1, of 0, which is `max`, or of -1
/// (`Common.sink.determineExecMode` in `lib/Common.js`).
#[must_use]
pub fn clusters_by_itself(interpreter: Option<&str>, instances: Option<i64>) -> bool {
    interpreter.is_none_or(takes_for_node) && instances.is_some_and(|instances| instances >= -1)
}

/// How long something of an app takes that an attribute sets, given what is written: PM2's default
/// where nothing is, as the table of attributes has it.
///
/// PM2 takes 0 for nothing in the times that it sets timers to: `kill_timeout`, `kill_retry_time`
/// (`God.processIsDead` in `lib/God/Methods.js`) and `listen_timeout` (`God.executeApp` in
/// `lib/God.js`, `lib/God/Reload.js`).
#[must_use]
pub fn time(attribute: &str, written: Option<Duration>) -> Duration {
    let zero_is_nothing =
        matches!(attribute, "kill_timeout" | "kill_retry_time" | "listen_timeout");
    match written {
        Some(written) if !(zero_is_nothing && written.is_zero()) => written,
        _ => default_time(attribute).unwrap_or_default(),
    }
}

/// PM2's default of a time; `None` for an attribute that is no time, or has no default.
#[must_use]
pub fn default_time(attribute: &str) -> Option<Duration> {
    default_number(attribute).map(Duration::from_millis)
}

/// PM2's default of an attribute that is a number; `None` for any other, and for one without a default.
#[must_use]
pub fn default_number(attribute: &str) -> Option<u64> {
    match Attribute::find(attribute)?.owner {
        Owner::Pm2 { default } => default.parse().ok(),
        Owner::Language => None,
    }
}

/// The delay before the next restart of an app with `exp_backoff_restart_delay`, in whole milliseconds:
/// `first` after nothing, then half as long again each time, up to 15 seconds (`God.handleExit` in
/// `lib/God.js`). The first one may be longer than that.
#[must_use]
pub fn backoff(first: Duration, previous: Duration) -> Duration {
    const MOST: Duration = Duration::from_secs(15);
    if previous.is_zero() {
        return first;
    }
    let longer = (previous.saturating_mul(3) / 2).min(MOST);
    Duration::from_millis(u64::try_from(longer.as_millis()).unwrap_or(u64::MAX))
}

/// How long an app must run until [`backoff`] begins with the first delay again
/// (`EXP_BACKOFF_RESET_TIMER` in `constants.js`).
pub const BACKOFF_RESET: Duration = Duration::from_secs(30);

/// How often PM2 looks at the memory of apps, for `max_memory_restart` (`WORKER_INTERVAL` in
/// `constants.js`, `God.Worker.start` in `lib/Worker.js`).
pub const WORKER_INTERVAL: Duration = Duration::from_secs(30);

/// The statuses of a process (`constants.js`).
pub mod status {
    /// It runs (`ONLINE_STATUS`).
    pub const ONLINE: &str = "online";
    /// It is being started, and PM2 waits until it is ready (`LAUNCHING_STATUS`).
    pub const LAUNCHING: &str = "launching";
    /// It is being ended (`STOPPING_STATUS`).
    pub const STOPPING: &str = "stopping";
    /// It was ended, or ended by itself for good (`STOPPED_STATUS`).
    pub const STOPPED: &str = "stopped";
    /// It ended too often, or cannot be started (`ERRORED_STATUS`).
    pub const ERRORED: &str = "errored";
    /// It ended, and is started after a pause (`WAITING_RESTART`).
    pub const WAITING_RESTART: &str = "waiting restart";
    /// It was started once, without a restart (`ONE_LAUNCH_STATUS`).
    pub const ONE_LAUNCH: &str = "one-launch-status";

    /// All of them.
    pub const ALL: [&str; 7] =
        [ONLINE, LAUNCHING, STOPPING, STOPPED, ERRORED, WAITING_RESTART, ONE_LAUNCH];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_node_to_pm2_and_what_is_node() {
        for node in ["node", "bun", "/usr/bin/node", "/opt/bun", "node@20"] {
            assert!(takes_for_node(node) && is_node_itself(node), "{node}");
        }
        for node in ["ts-node", "./node_modules/.bin/ts-node"] {
            assert!(takes_for_node(node) && is_node(node) && !is_node_itself(node), "{node}");
        }
        for node in ["nodejs", "/usr/bin/nodejs", "node20", "node-22.1", r"C:\node.exe", "bun.exe"]
        {
            assert!(!takes_for_node(node) && is_node_itself(node), "{node}");
        }
        let others = ["none", "python3", "node_exporter", "bunyan", "nodemon", "/opt/node/run", ""];
        for other in others {
            assert!(!takes_for_node(other) && !is_node(other), "{other}");
        }
    }

    #[test]
    fn what_is_not_written_is_as_the_table_says_and_so_is_a_timer_of_nothing() {
        let milliseconds = Duration::from_millis;
        let defaults = [
            ("kill_timeout", 1_600),
            ("kill_retry_time", 100),
            ("listen_timeout", 3_000),
            ("min_uptime", 1_000),
            ("restart_delay", 0),
        ];
        for (name, default) in defaults {
            assert_eq!(default_time(name), Some(milliseconds(default)), "{name}");
            assert_eq!(time(name, None), milliseconds(default), "{name}");
            assert_eq!(time(name, Some(milliseconds(7))), milliseconds(7), "{name}");
        }
        assert_eq!(time("kill_timeout", Some(Duration::ZERO)), milliseconds(1_600));
        assert_eq!(time("listen_timeout", Some(Duration::ZERO)), milliseconds(3_000));
        assert_eq!(time("min_uptime", Some(Duration::ZERO)), Duration::ZERO);
        assert_eq!(default_time("watch"), None);
        assert_eq!(default_number("max_restarts"), Some(16));
        assert_eq!(default_time("runner"), None);
    }

    #[test]
    fn a_backoff_grows_by_half_up_to_fifteen_seconds() {
        let milliseconds = Duration::from_millis;
        let mut delay = Duration::ZERO;
        let delays: Vec<u128> = std::iter::repeat_with(|| {
            delay = backoff(milliseconds(101), delay);
            delay.as_millis()
        })
        .take(15)
        .collect();
        assert_eq!(delays[..5], [101, 151, 226, 339, 508]);
        assert_eq!(delays[13..], [15_000, 15_000]);
        assert_eq!(backoff(milliseconds(20_000), Duration::ZERO), milliseconds(20_000));
        assert_eq!(backoff(milliseconds(20_000), milliseconds(20_000)), milliseconds(15_000));
        assert_eq!(backoff(Duration::ZERO, Duration::ZERO), Duration::ZERO);
    }
}
