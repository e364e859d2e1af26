//! What PM2 cannot do.

use camino::Utf8Path;
use promethean_core::app::Interpreter;
use promethean_core::attribute::Setting;
use promethean_core::emit;
use promethean_core::foreign::Foreign;
use promethean_core::pm2::KILL_SIGNAL;
use smol_str::SmolStr;

use crate::engine::file_names::is_nowhere;
use crate::engine::limit::{other_machine, other_user, unlogged};
use crate::engine::{Exceeded, Launch, Limit, Topic, users};

/// What PM2 cannot do.
pub(super) const LIMITS: &[Limit] = &[
    Limit { kind: Topic::Size, check: record },
    Limit { kind: Topic::Program, check: interpreter_of_path },
    Limit { kind: Topic::Cluster, check: runtime_of_cluster },
    Limit { kind: Topic::Cluster, check: variables_of_cluster },
    Limit { kind: Topic::Cluster, check: preloads_of_cluster },
    Limit { kind: Topic::Autostart, check: never_started },
    Limit { kind: Topic::Probe, check: unlogged },
    // PM2 rejects a user or group that it does not find, and `uid` where it does not run as root
    // (`Common.verifyConfs` in `lib/Common.js`).
    Limit { kind: Topic::User, check: other_user },
    Limit { kind: Topic::Log, check: logs_of_cluster },
    Limit { kind: Topic::KillSignal, check: other_signal },
    Limit { kind: Topic::Rotate, check: rotation },
    Limit { kind: Topic::Alive, check: liveness },
    Limit { kind: Topic::Restarts, check: restarts },
    Limit { kind: Topic::Machine, check: other_machine },
];

/// PM2 looks for an interpreter on the PATH of whoever starts it (`Common.sink.resolveInterpreter` in `lib/Common.js`),
/// before the system does on that of the process. For `node` it has a way out: its own.
fn interpreter_of_path(launch: &Launch<'_>) -> Option<Exceeded> {
    let Interpreter::Program(interpreter) = &launch.app.program.interpreter else { return None };
    if interpreter.contains(['/', '@']) {
        return None;
    }
    (launch.is_found_by_app(interpreter) && !launch.is_found(interpreter)).then(|| {
        Exceeded::new(
            format!(
                "PM2 does not find `{interpreter}`: it looks on the PATH of this command, not on \
                 that of the app's variables"
            ),
            "add the directory that has it to the PATH of your shell too",
        )
    })
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
    Some(Exceeded::new(
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
    Some(Exceeded::new(
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
    Some(Exceeded::new(
        format!("Node looks for {} where PM2's daemon was started", Foreign(path)),
        format!("write `{{dir}}/{}`", Foreign(path.trim_start_matches("./"))),
    ))
}

/// PM2 takes `autostart` for an attribute of every start: also `cron_restart` and `pm2 start` do not
/// start what has `autostart false` (`God.executeApp` in `lib/God.js`).
fn never_started(launch: &Launch<'_>) -> Option<Exceeded> {
    let pattern = launch.app.only_times()?;
    Some(Exceeded::new(
        format!(
            "PM2 never starts it: with `autostart false` also `cron_restart {}` has no effect",
            Foreign(format!("{pattern:?}"))
        ),
        "leave out `autostart`: with `autorestart false` it runs once now, and then as `cron_restart` says. \
         The embedded engine starts it only at its times: `--engine embedded`",
    ))
}

/// A process of a cluster writes its logs itself, as the user that it runs as
/// (`lib/ProcessContainer.js`). What is reported is what that user surely cannot write.
#[cfg(unix)]
fn logs_of_cluster(launch: &Launch<'_>) -> Option<Exceeded> {
    let app = launch.app;
    let user = users::of(app).filter(|user| app.runs_in_cluster() && user.uid != 0)?;
    let home = launch.variables.iter().find(|(name, _)| *name == "PM2_HOME");
    let logs = home.map(|(_, home)| Utf8Path::new(home).join("logs").join(app.name.as_str()));
    let file = ["out_file", "error_file"].into_iter().find_map(|attribute| {
        let file = match app.setting(attribute).and_then(Setting::as_text) {
            Some(path) if is_nowhere(path) || path.starts_with('~') => return None,
            Some(path) => app.absolute(path),
            None => logs.clone()?,
        };
        cannot_write(&file, user.uid).then_some(file)
    })?;
    let name = Foreign(&user.name);
    Some(Exceeded::new(
        format!("a process of a cluster writes its logs itself, and {name} cannot write to {file}"),
        format!(
            "set `out_file` and `error_file` in a directory of {name}, or write `exec_mode fork`"
        ),
    ))
}

#[cfg(not(unix))]
fn logs_of_cluster(_: &Launch<'_>) -> Option<Exceeded> {
    None
}

/// Whether a user can surely not write a file. The file is made in the directory where it is not there; directories that are missing are made by root.
#[cfg(unix)]
fn cannot_write(file: &Utf8Path, uid: u32) -> bool {
    let directory = file.parent().unwrap_or(file);
    let made_in = if file.exists() { file } else { directory };
    users::not_entered(directory, uid).is_some()
        || !directory.exists()
        || users::lacks(made_in, uid, users::Right::Write)
}

/// PM2 sends one signal to all apps: that of the variable `PM2_KILL_SIGNAL` of its daemon, or else SIGINT
/// (`constants.js`, `God.killProcess` in `lib/God/Methods.js`).
fn other_signal(launch: &Launch<'_>) -> Option<Exceeded> {
    let wanted = launch.app.kill_signal?.word();
    let sent = std::env::var("PM2_KILL_SIGNAL").ok().filter(|signal| !signal.is_empty());
    let sent = sent.as_deref().unwrap_or(KILL_SIGNAL.word());
    (sent != wanted).then(|| {
        Exceeded::new(
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
        Exceeded::new(
            "PM2 does not rotate logs: `rotate` has no effect",
            "leave it out, and install PM2's module with `pm2 install pm2-logrotate`",
        )
    })
}

/// PM2 looks at whether a process runs, and not at whether it works.
fn liveness(launch: &Launch<'_>) -> Option<Exceeded> {
    launch.app.alive.as_ref().map(|_| {
        Exceeded::new(
            "PM2 restarts what exits, not what no longer works: `alive` has no effect",
            "leave it out, and let the program exit when it no longer works",
        )
    })
}

/// PM2 knows no dependencies.
fn restarts(launch: &Launch<'_>) -> Option<Exceeded> {
    let dependency = launch.app.depends_on.iter().find(|dependency| dependency.restarts)?;
    Some(Exceeded::new(
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
    let Launch { app, variables, longest, .. } = *launch;
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
