//! The names of variables that PM2 takes for its own.
//!
//! PM2 keeps an app's settings, its state and its variables in one record, and lays the variables
//! over the rest (`God.executeApp` in `lib/God.js`). A variable called `name` renames the app, one
//! called `kill_timeout` changes how it is stopped.

use crate::attribute::{Attribute, Owner};

/// What the daemon of PM2 5 to 7 reads or writes of an app's record by a name with a lower-case
/// letter: in `lib/God.js`, `lib/God`, `lib/Worker.js`, `lib/Watcher.js`, `lib/Utility.js` and the
/// `lib/ProcessContainer*.js` that start Node programs, and what the client asks of a record
/// (`lib/API`). Other words of PM2's schema (`lib/API/schema.json`), such as `port`, are read before
/// the variables join the record, and reach the process. `promethean` is what is remembered of an
/// app beside all that. No object has a text as its `__proto__`, and one with a text as its
/// `toString` is no text itself, which PM2 5.0 makes of it.
///
/// `tests/it/operations/reserved.rs` holds it against PM2's source and the real daemons.
pub const RESERVED_KEYS: [&str; 78] = [
    "__proto__",
    "_km_monitored",
    "_pm2_version",
    "_tree_pids",
    "args",
    "autorestart",
    "autostart",
    "axm_actions",
    "axm_dynamic",
    "axm_monitor",
    "axm_options",
    "created_at",
    "cron_restart",
    "current_conf",
    "cwd",
    "disable_logs",
    "disable_source_map_support",
    "env",
    "exec_interpreter",
    "exec_mode",
    "exit_code",
    "exp_backoff_restart_delay",
    "gid",
    "ignore_watch",
    "increment_var",
    "instance_var",
    "instances",
    "io",
    "kill_retry_time",
    "kill_timeout",
    "km_link",
    "listen_timeout",
    "log_date_format",
    "log_type",
    "max_memory_restart",
    "max_restarts",
    "merge_logs",
    "min_uptime",
    "name",
    "namespace",
    "node_args",
    "node_version",
    "pm2_env",
    "pm_cwd",
    "pm_err_log_path",
    "pm_exec_path",
    "pm_id",
    "pm_log_path",
    "pm_out_log_path",
    "pm_pid_path",
    "pm_uptime",
    "pmx",
    "pmx_module",
    "prev_restart_delay",
    "promethean",
    "restart_delay",
    "restart_task",
    "restart_time",
    "shutdown_with_message",
    "source_map_support",
    "status",
    "stop_exit_codes",
    "toString",
    "trace",
    "treekill",
    "uid",
    "unique_id",
    "unstable_restarts",
    "username",
    "version",
    "versioning",
    "vizion",
    "vizion_running",
    "wait_ready",
    "watch",
    "watch_delay",
    "watch_options",
    "windowsHide",
];

/// The attributes that name a variable which PM2 sets itself (`God.injectVariables`).
pub const COUNTERS: [&str; 2] = ["increment_var", "instance_var"];

/// Whether PM2 reads a variable with this name as a setting of the app.
#[must_use]
pub fn is_reserved_key(name: &str) -> bool {
    // Each has a small letter; most variables have none.
    name.bytes().any(|byte| byte.is_ascii_lowercase()) && RESERVED_KEYS.binary_search(&name).is_ok()
}

/// What to do about a variable of this name.
#[must_use]
pub fn help(name: &str) -> String {
    let attribute =
        Attribute::find(name).filter(|attribute| matches!(attribute.owner, Owner::Pm2 { .. }));
    match attribute {
        Some(attribute) => format!(
            "write the attribute `{}` outside `env`, or give the variable another name",
            attribute.name
        ),
        None => "give the variable another name; most programs read variables in capitals".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reserved_key_has_a_small_letter() {
        assert!(RESERVED_KEYS.iter().all(|key| is_reserved_key(key)));
        assert!(!is_reserved_key("PATH"));
    }

    #[test]
    fn the_names_stand_in_order() {
        assert!(RESERVED_KEYS.is_sorted());
        assert!(is_reserved_key("kill_timeout") && is_reserved_key("__proto__"));
        assert!(!is_reserved_key("PORT") && !is_reserved_key("port"));
    }
}
