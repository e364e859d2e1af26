//! What PM2 cannot do.

use promethean_core::app::Interpreter;
use promethean_core::attribute::Setting;
use promethean_core::emit;
use promethean_core::foreign::Foreign;
use promethean_core::pm2::KILL_SIGNAL;
use promethean_core::probe::Test;
use smol_str::SmolStr;

use super::{files, users};
use crate::engine::{Exceeded, Launch, Limit};

/// What PM2 cannot do.
pub(super) const LIMITS: &[Limit] = &[
    Limit { kind: "size", check: record },
    Limit { kind: "cluster", check: runtime_of_cluster },
    Limit { kind: "cluster", check: variables_of_cluster },
    Limit { kind: "cluster", check: preloads_of_cluster },
    Limit { kind: "autostart", check: never_started },
    Limit { kind: "probe", check: unlogged },
    Limit { kind: "user", check: user },
    Limit { kind: "kill_signal", check: other_signal },
    Limit { kind: "rotate", check: rotation },
    Limit { kind: "alive", check: liveness },
    Limit { kind: "restarts", check: restarts },
];

fn exceeded(message: impl Into<String>, help: impl Into<String>) -> Exceeded {
    Exceeded { message: message.into(), help: help.into() }
}

/// PM2 forks the processes of a cluster from its daemon (`God.nodeApp` in `lib/God/ClusterMode.js`):
/// whatever the interpreter is, they run on the daemon's own Node.
fn runtime_of_cluster(launch: &Launch<'_>) -> Option<Exceeded> {
    let app = launch.app;
    let Interpreter::Program(interpreter) = &app.program.interpreter else { return None };
    if !app.runs_in_cluster() || interpreter == "node" {
        return None;
    }
    let help = match interpreter.as_str() {
        "bun" => "write `exec_mode fork`, or another `runner`",
        _ => "write `exec_mode fork`, or leave out `interpreter`",
    };
    Some(exceeded(
        format!("PM2 runs a cluster on its daemon's own Node, not on {}", Foreign(interpreter)),
        help,
    ))
}

/// The variables that are read before a program begins: by the loader (ld.so(8), dyld(1)) and by Node
/// (`node --help`). PM2 sets those of a process in a cluster after its start
/// (`lib/ProcessContainer.js`).
const READ_AT_START: [&str; 8] = [
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_ICU_DATA",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "DYLD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
];

fn variables_of_cluster(launch: &Launch<'_>) -> Option<Exceeded> {
    let app = launch.app;
    if !app.runs_in_cluster() {
        return None;
    }
    let own = |name: &&&str| launch.variables.iter().any(|(known, _)| *known == **name);
    let name = READ_AT_START.iter().find(own)?;
    let help = match *name {
        "NODE_OPTIONS" => "write the options as `node_args`, or write `exec_mode fork`",
        _ => "write `exec_mode fork`",
    };
    Some(exceeded(
        format!("{name} has no effect in a cluster: PM2 sets it when the process runs already"),
        help,
    ))
}

/// Node finds a module of `--require ./x` from where it is started: in a cluster, where PM2's daemon
/// was.
fn preloads_of_cluster(launch: &Launch<'_>) -> Option<Exceeded> {
    const OPTIONS: [&str; 6] =
        ["--require", "-r", "--import", "--loader", "--experimental-loader", "--env-file"];
    let app = launch.app;
    if !app.runs_in_cluster() {
        return None;
    }
    let arguments = &app.program.interpreter_args;
    let is_relative = |path: &str| path.starts_with("./") || path.starts_with("../");
    let path = arguments.iter().enumerate().find_map(|(index, argument)| {
        let (option, value) = match argument.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (argument.as_str(), arguments.get(index + 1).map(SmolStr::as_str)),
        };
        value.filter(|value| OPTIONS.contains(&option) && is_relative(value))
    })?;
    Some(exceeded(
        format!("Node looks for {} where PM2's daemon was started", Foreign(path)),
        format!("write `{{dir}}/{}`", Foreign(path.trim_start_matches("./"))),
    ))
}

/// PM2 takes `autostart` for an attribute of every start: also `cron_restart` and `pm2 start` do not
/// start what has `autostart false` (`God.executeApp` in `lib/God.js`).
fn never_started(launch: &Launch<'_>) -> Option<Exceeded> {
    let app = launch.app;
    let pattern = app.restart_policy().schedule.filter(|_| !app.starts_by_itself())?;
    Some(exceeded(
        format!(
            "PM2 never starts it: with `autostart false` also `cron_restart {}` has no effect",
            Foreign(format!("{pattern:?}"))
        ),
        "leave out `autostart`: with `autorestart false` it runs once now, and then as `cron_restart` says",
    ))
}

/// A probe looks for a line in what PM2 writes nowhere.
fn unlogged(launch: &Launch<'_>) -> Option<Exceeded> {
    let app = launch.app;
    let Some(Test::Log(_)) = app.ready.as_ref().map(|probe| &probe.test) else { return None };
    if app.setting("disable_logs") == Some(&Setting::Boolean(true)) {
        return Some(exceeded(
            "its probe looks for a line of its log, but `disable_logs` writes none",
            "leave out `disable_logs`, or write another probe",
        ));
    }
    let out = app.setting("out_file").and_then(Setting::as_text)?;
    files::is_nowhere(out).then(|| Exceeded {
        message: format!(
            "its probe looks for a line of its log, but `out_file {out:?}` drops standard output"
        ),
        help: "write the log to a file, or write another probe".to_owned(),
    })
}

/// PM2 rejects a user or group that it does not find, and `uid` where it does not run as root
/// (`Common.verifyConfs` in `lib/Common.js`).
fn user(launch: &Launch<'_>) -> Option<Exceeded> {
    let app = launch.app;
    if let Some(name) = users::named(app, "uid")
        && users::find(&name).is_none()
    {
        return Some(exceeded(
            format!("there is no user `{}` in /etc/passwd", Foreign(&name)),
            "create the user, or name another one with `uid`",
        ));
    }
    if let Some(name) = users::named(app, "gid")
        && !users::is_group(&name)
    {
        return Some(exceeded(
            format!("there is no group `{}` in /etc/group", Foreign(&name)),
            "create the group, or name another one with `gid`",
        ));
    }
    #[cfg(unix)]
    if (users::named(app, "uid").is_some() || users::named(app, "gid").is_some())
        && !rustix::process::geteuid().is_root()
    {
        return Some(exceeded(
            "PM2 can start it as another user only if root runs PM2",
            "run this command as root, or leave out `uid` and `gid`",
        ));
    }
    None
}

/// PM2 sends one signal to all apps: that of the variable `PM2_KILL_SIGNAL` of its daemon, or else SIGINT
/// (`constants.js`, `God.killProcess` in `lib/God/Methods.js`).
fn other_signal(launch: &Launch<'_>) -> Option<Exceeded> {
    let wanted = launch.app.kill_signal?.word();
    let sent = std::env::var("PM2_KILL_SIGNAL").ok().filter(|signal| !signal.is_empty());
    let sent = sent.as_deref().unwrap_or(KILL_SIGNAL.word());
    (sent != wanted).then(|| {
        exceeded(
            format!(
                "PM2 sends {} to all apps: `kill_signal {wanted}` has no effect",
                Foreign(sent)
            ),
            format!(
                "leave it out, or set PM2_KILL_SIGNAL={wanted} for PM2's daemon, which all apps have in \
                 common"
            ),
        )
    })
}

/// PM2 writes on to one file; its module pm2-logrotate is set for all apps.
fn rotation(launch: &Launch<'_>) -> Option<Exceeded> {
    launch.app.rotation.map(|_| {
        exceeded(
            "PM2 does not rotate logs: `rotate` has no effect",
            "leave it out, and install PM2's module with `pm2 install pm2-logrotate`",
        )
    })
}

/// PM2 looks at whether a process runs, and not at whether it works.
fn liveness(launch: &Launch<'_>) -> Option<Exceeded> {
    launch.app.alive.as_ref().map(|_| {
        exceeded(
            "PM2 restarts what exits, not what no longer works: `alive` has no effect",
            "leave it out, and let the program exit when it no longer works",
        )
    })
}

/// PM2 knows no dependencies.
fn restarts(launch: &Launch<'_>) -> Option<Exceeded> {
    let dependency = launch.app.depends_on.iter().find(|dependency| dependency.restarts)?;
    Some(exceeded(
        format!(
            "PM2 knows no dependencies: `{} (restarts)` has no effect when that restarts",
            Foreign(&dependency.on)
        ),
        "leave out `restarts`, and let the program connect again by itself",
    ))
}

/// What PM2 adds to its record of an app, in bytes of JSON.
const ADDED_TO_RECORD: usize = 4 * 1024;

/// PM2 hands its whole record of an app to a process of a cluster in one variable, as JSON, with the
/// app's variables in it twice (`nodeApp` in `lib/God/ClusterMode.js`).
fn record(launch: &Launch<'_>) -> Option<Exceeded> {
    let Launch { app, variables, longest } = *launch;
    if !app.runs_in_cluster() {
        return None;
    }
    let json = |text: &str| serde_json::Value::from(text).to_string().len() + 1;
    let variables: usize = variables.iter().map(|(name, value)| json(name) + json(value)).sum();
    let settings = serde_json::Value::from(emit::definition(app)).to_string().len();
    let all = 2 * (variables + settings) + ADDED_TO_RECORD;
    (all > longest).then(|| Exceeded {
        message: format!(
            "its variables are too long for a cluster: PM2 hands them to a process twice, with the \
             settings in one text of some {all} bytes, and the system hands at most {longest}"
        ),
        help: "put the largest in a file, and pass its path; or write `exec_mode fork`".to_owned(),
    })
}
