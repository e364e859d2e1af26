//! What the embedded engine makes of PM2's attributes, from which `docs/engines.md` is written.

/// What the embedded engine makes of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// What PM2 makes of it.
    Same,
    /// What PM2 makes of it, but for this.
    But(&'static str),
    /// Nothing, as this says: it is about PM2 itself, or about another system.
    Unused(&'static str),
    /// `check` rejects it.
    Rejected(&'static str),
}

use Support::{But, Rejected, Same, Unused};

const MEASURES: Support = Unused("it puts nothing into programs and measures nothing in them");
const DASHBOARD: Support = Rejected("it is for PM2's dashboard and modules");

/// Every attribute of PM2's, in the order of the table of attributes.
pub const ATTRIBUTES: [(&str, Support); 60] = [
    ("args", Same),
    (
        "interpreter",
        But(
            "Node runs the program itself, not a script of PM2's that loads it. Only programs of Node and Bun, and \
             those with `wait_ready` or `shutdown_with_message`, get a channel for messages",
        ),
    ),
    ("node_args", Same),
    (
        "exec_mode",
        But(
            "each cluster has a primary process of its own, where PM2 has its daemon. On macOS, `cluster` is rejected",
        ),
    ),
    ("instances", Same),
    ("port", Same),
    ("increment_var", Same),
    ("instance_var", Same),
    ("autostart", But("with `cron_restart`, it is started at its times")),
    ("uid", Same),
    ("gid", Same),
    ("windowsHide", Unused("it does not run on Windows")),
    ("autorestart", Same),
    ("restart_delay", Same),
    ("exp_backoff_restart_delay", But("it begins again after 30 s; PM2 looks at that every 30 s")),
    (
        "max_restarts",
        But("what cannot be spawned is tried again, and given up after as many attempts"),
    ),
    ("min_uptime", Same),
    (
        "stop_exit_codes",
        But("what a signal has ended has the code 128 and the number of the signal"),
    ),
    ("max_memory_restart", Same),
    ("cron_restart", But("`?`, and a date with the zone `Z`, are rejected")),
    ("kill_timeout", But("what the process has started must end within it, too")),
    ("kill_retry_time", But("it is the pause between two SIGKILLs to what is left")),
    (
        "treekill",
        But(
            "with `false`, SIGINT spares the child processes; after `kill_timeout` they are killed",
        ),
    ),
    ("shutdown_with_message", Same),
    ("wait_ready", Same),
    ("listen_timeout", But("it begins with the start of the process, also in a cluster")),
    (
        "watch",
        But(
            "a change restarts each instance once, and so do changes less than 100 ms apart, for up to 1 s",
        ),
    ),
    (
        "ignore_watch",
        But("rare globs are rejected: `!(…)`, `{1..9}`, a leading `!`, `***`, `(…)?`"),
    ),
    ("watch_delay", Same),
    (
        "watch_options",
        But(
            "it knows `usePolling`, `interval`, `followSymlinks` and `disableGlobbing`. Options that change \
             what is seen are rejected",
        ),
    ),
    ("out_file", But("without it, the log is in the engine's directory")),
    ("error_file", But("without it, the log is in the engine's directory")),
    ("log_file", Same),
    ("pid_file", But("without it, there is none")),
    (
        "merge_logs",
        But(
            "without it, the number in a file's name is that of the instance; PM2 counts all its processes",
        ),
    ),
    ("disable_logs", Same),
    ("log_type", Same),
    ("log_date_format", But("parts that it does not know are rejected")),
    ("time", Same),
    ("source_map_support", Same),
    ("disable_source_map_support", Same),
    ("vizion", MEASURES),
    ("pmx", MEASURES),
    ("automation", MEASURES),
    ("trace", DASHBOARD),
    ("disable_trace", MEASURES),
    ("v8", DASHBOARD),
    ("event_loop_inspector", DASHBOARD),
    ("deep_monitoring", DASHBOARD),
    ("io", DASHBOARD),
    ("namespace", Unused("it is for the commands of PM2")),
    ("filter_env", Unused("it passes nothing on from the shell that starts it")),
    ("name_prefix", DASHBOARD),
    ("append_env_to_name", DASHBOARD),
    ("force", Unused("a script may run as often as it is defined")),
    ("execute_command", Unused("without `exec_mode` it is what `instances` says")),
    ("post_update", DASHBOARD),
    ("install_url", DASHBOARD),
    ("username", Unused("it shows no user names")),
    ("write", DASHBOARD),
];
