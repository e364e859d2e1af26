//! What the engine is told of an app: all that it needs to run it, so that it never reads a definition.

use camino::Utf8PathBuf;
use promethean_core::app::App;
use promethean_core::attribute::Setting;
use promethean_core::kind::Signal;
use promethean_core::pm2::KILL_SIGNAL;
use serde::{Deserialize, Serialize};

use super::memory::Ceiling;
use super::place::Home;
use super::policy::Policy;
use super::watch::Watch;
use crate::engine::file_names::{LOGS, log_path, numbered};
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
        }
    }

    /// The log files of an instance.
    #[must_use]
    pub fn log_files(&self, instance: usize) -> [Option<Utf8PathBuf>; 3] {
        let single = self.logs.merged || self.instances == 1 && instance == 0;
        self.logs
            .files
            .clone()
            .map(|file| file.map(|file| if single { file } else { numbered(&file, instance) }))
    }
}

impl Logs {
    fn of(app: &App, home: &Home) -> Logs {
        let is = |name: &str| app.setting(name) == Some(&Setting::Boolean(true));
        let file = |(attribute, ending)| match is("disable_logs") {
            true => None,
            false => log_path(app, attribute, ending, home.path()),
        };
        Logs { files: LOGS.map(file), merged: is("merge_logs"), format: LogFormat::of(app) }
    }
}
