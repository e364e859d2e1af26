//! What the engine is told of an app: all that it needs to run it, so that it never reads a definition.

use std::time::Duration;

use camino::Utf8PathBuf;
use promethean_core::app::{App, Interpreter};
use promethean_core::attribute::Setting;
use promethean_core::kind::{Condition, Signal};
use promethean_core::paths::file_name;
use promethean_core::pm2::KILL_SIGNAL;
use serde::{Deserialize, Serialize};

use super::memory::Ceiling;
use super::place::Home;
use super::policy::Policy;
use super::probe::Probe;
use super::watch::Watch;
use crate::engine::file_names::{LOGS, default_log, log_path, numbered};
use crate::engine::{command_line, instance_var, users};
use crate::logs::LogFormat;

/// An app for the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where it runs.
    pub directory: Utf8PathBuf,
    /// How many processes.
    pub instances: usize,
    /// The variable that holds the number of an instance: `instance_var`.
    pub instance_var: String,
    /// The variable that counts up from instance to instance: `increment_var`.
    pub increment_var: Option<String>,
    /// Whether it is started when it is added: `autostart`.
    pub autostart: bool,
    /// The numbers of the user and the group that it runs as: `uid`, `gid`.
    pub user: (Option<u32>, Option<u32>),
    /// Its log files.
    pub logs: Logs,
    /// The file for the number of its process: `pid_file`.
    pub pid_file: Option<Utf8PathBuf>,
    /// What asks its processes to end: `kill_signal`.
    pub signal: Signal,
    /// When it is restarted, and how it is stopped.
    pub policy: Policy,
    /// What is watched: `watch`.
    pub watch: Option<Watch>,
    /// The pattern of the times at which it is restarted: `cron_restart`.
    pub schedule: Option<String>,
    /// How much memory it may use: `max_memory_restart`.
    pub ceiling: Option<Ceiling>,
    /// Whether its processes get a channel for messages, as Node makes it for its children.
    pub channel: bool,
    /// How its processes are forked, if they are a cluster of Node's.
    pub cluster: Option<Cluster>,
    /// How long the successor of a process of a cluster has to listen: `listen_timeout`.
    pub listen_timeout: Duration,
    /// How it is found out that it still works: `alive`.
    pub alive: Option<Probe>,
    /// How it is found out that it is ready, if its log does not tell.
    pub ready: Option<Probe>,
    /// What it restarts with: `restarts` of dependencies.
    pub restarts_with: Vec<RestartsWith>,
}

/// How the processes of a cluster are forked, by a process of Node that does nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Node.
    pub node: String,
    /// Its own arguments: `node_args`.
    pub node_args: Vec<String>,
    /// What it runs.
    pub script: String,
    /// The arguments of that.
    pub args: Vec<String>,
}

/// An app with whose restarts another one restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartsWith {
    /// Its name.
    pub on: String,
    /// What it has reached again when the other one restarts.
    pub when: Reached,
}

/// What an app has reached after its restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// It runs.
    Started,
    /// Its probe has succeeded.
    Ready,
    /// It has ended with exit code 0.
    Completed,
}

/// The log files of an app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logs {
    /// Those of standard output, of standard error, and of both.
    pub files: [Option<Utf8PathBuf>; 3],
    /// Whether all instances write to the same: `merge_logs`.
    pub merged: bool,
    /// How a line is written.
    pub format: LogFormat,
    /// When a file is replaced by a new one: `rotate`.
    pub rotation: Option<Rotation>,
}

/// When a log file is replaced by a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// The size in bytes at which it is.
    pub size: u64,
    /// How many old ones are kept.
    pub keep: u32,
}

impl Spec {
    /// That of an app whose engine is in a directory.
    #[must_use]
    pub fn of(app: &App, home: &Home) -> Spec {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let instances = app.instances().and_then(|instances| instances.on(processors));
        let text = |name: &str| app.setting(name).and_then(Setting::as_text);
        let path = text("pid_file").filter(|path| !path.is_empty());
        Spec {
            name: app.name.to_string(),
            command: command_line(app),
            directory: app.directory.clone(),
            instances: instances.unwrap_or(1),
            instance_var: instance_var(app).to_owned(),
            increment_var: app.increment_var().map(str::to_owned),
            autostart: app.starts_by_itself(),
            user: users::numbers_of(app),
            logs: Logs::of(app, home),
            pid_file: path.map(|path| app.absolute(path)),
            signal: app.kill_signal.unwrap_or(KILL_SIGNAL),
            policy: Policy::of(app),
            // What cannot be watched is a limit.
            watch: Watch::of(app).ok().flatten(),
            schedule: app.restart_policy().schedule.map(str::to_owned),
            ceiling: Ceiling::of(app),
            channel: has_channel(app),
            cluster: Cluster::of(app),
            listen_timeout: app.time("listen_timeout"),
            alive: Probe::alive(app),
            ready: Probe::ready(app),
            restarts_with: restarts_with(app),
        }
    }

    /// The log files of an instance.
    #[must_use]
    pub fn log_files(&self, instance: usize) -> [Option<Utf8PathBuf>; 3] {
        self.logs.files.clone().map(|file| file.map(|file| self.of_instance(file, instance)))
    }

    /// Those that it has where its definition names none.
    #[must_use]
    pub fn default_log_files(&self, instance: usize, home: &Home) -> [Utf8PathBuf; 3] {
        LOGS.map(|(_, ending)| {
            self.of_instance(default_log(&self.name, ending, home.path()), instance)
        })
    }

    fn of_instance(&self, file: Utf8PathBuf, instance: usize) -> Utf8PathBuf {
        match self.logs.merged || self.instances == 1 && instance == 0 {
            true => file,
            false => numbered(&file, instance),
        }
    }
}

impl Logs {
    fn of(app: &App, home: &Home) -> Logs {
        let is = |name: &str| app.setting(name) == Some(&Setting::Boolean(true));
        let file = |(attribute, ending)| match is("disable_logs") {
            true => None,
            false => log_path(app, attribute, ending, home.path()),
        };
        let rotation = app
            .rotation
            .map(|rotation| Rotation { size: rotation.size.bytes(), keep: rotation.keep });
        let merged = is("merge_logs");
        Logs { files: LOGS.map(file), merged, format: LogFormat::of(app), rotation }
    }
}

impl Cluster {
    fn of(app: &App) -> Option<Cluster> {
        if !app.runs_in_cluster() {
            return None;
        }
        let mut command = command_line(app);
        let args = command.split_off(command.len().checked_sub(app.program.args.len())?);
        let script = command.pop()?;
        let mut command = command.into_iter();
        Some(Cluster { node: command.next()?, node_args: command.collect(), script, args })
    }

    /// Whether an app's interpreter is Node, which alone has clusters.
    #[must_use]
    pub fn is_node(app: &App) -> bool {
        match &app.program.interpreter {
            Interpreter::Node => true,
            Interpreter::Program(program) => file_name(program) == "node",
            Interpreter::None => false,
        }
    }
}

/// Whether the processes of an app get a channel: PM2 gives one to all of them, but only programs of Node
/// and Bun take notice of it by themselves.
fn has_channel(app: &App) -> bool {
    let is = |name: &str| app.setting(name) == Some(&Setting::Boolean(true));
    let is_known = match &app.program.interpreter {
        Interpreter::Node => true,
        Interpreter::Program(program) => program.ends_with("node") || program.ends_with("bun"),
        Interpreter::None => false,
    };
    !app.runs_in_cluster() && (is_known || is("wait_ready") || is("shutdown_with_message"))
}

/// What an app restarts with.
pub(super) fn restarts_with(app: &App) -> Vec<RestartsWith> {
    let restarts = app.depends_on.iter().filter(|dependency| dependency.restarts);
    let with = restarts.map(|dependency| RestartsWith {
        on: dependency.on.to_string(),
        when: match dependency.condition {
            Condition::Started => Reached::Started,
            Condition::Ready => Reached::Ready,
            Condition::Completed => Reached::Completed,
        },
    });
    with.collect()
}
