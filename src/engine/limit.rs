//! What an engine cannot do, found before anything starts.

use promethean_core::app::App;
use promethean_core::attribute::Setting;
use promethean_core::foreign::Foreign;
use promethean_core::probe::Test;
use serde::Serialize;

use super::file_names::is_nowhere;
use super::users;

/// What a finding of a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// The directory of a service.
    Directory,
    /// A path that is watched.
    Watch,
    /// A log file.
    Log,
    /// The program that runs a service.
    Program,
    /// The file that a service begins with.
    Entry,
    /// A module of Python.
    Module,
    /// How much a process can be given.
    Size,
    /// A port.
    Port,
    /// A secret.
    Secret,
    /// A file of secrets.
    SecretsFile,
    /// A variable of whoever runs the command.
    Inherit,
    /// A file of variables.
    EnvFile,
    /// A line of a file of variables or secrets.
    Dotenv,
    /// The name or the value of a variable.
    Variable,
    /// An external.
    External,
    /// What runs in a cluster.
    Cluster,
    /// What nothing starts.
    Autostart,
    /// An attribute that the engine does not know.
    Attribute,
    /// A probe.
    Probe,
    /// The user that a service runs as.
    User,
    /// The signal that asks a service to end.
    KillSignal,
    /// The rotation of logs.
    Rotate,
    /// Whether a service still works.
    Alive,
    /// What is restarted with another service.
    Restarts,
    /// The profile that a service runs with.
    Profile,
    /// The name of an app.
    Name,
    /// A rule that is lifted.
    Allowed,
    /// PM2 itself.
    Pm2,
    /// The directory of the engine.
    Home,
    /// The machine that a service runs on.
    Machine,
}

impl Topic {
    /// All of them.
    pub const ALL: [Topic; 30] = [
        Topic::Directory,
        Topic::Watch,
        Topic::Log,
        Topic::Program,
        Topic::Entry,
        Topic::Module,
        Topic::Size,
        Topic::Port,
        Topic::Secret,
        Topic::SecretsFile,
        Topic::Inherit,
        Topic::EnvFile,
        Topic::Dotenv,
        Topic::Variable,
        Topic::External,
        Topic::Cluster,
        Topic::Autostart,
        Topic::Attribute,
        Topic::Probe,
        Topic::User,
        Topic::KillSignal,
        Topic::Rotate,
        Topic::Alive,
        Topic::Restarts,
        Topic::Profile,
        Topic::Name,
        Topic::Allowed,
        Topic::Pm2,
        Topic::Home,
        Topic::Machine,
    ];

    /// What it is, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Topic::Directory => "the directory of a service",
            Topic::Watch => "a path that is watched",
            Topic::Log => "a log file",
            Topic::Program => "the program that runs a service",
            Topic::Entry => "the file that a service begins with",
            Topic::Module => "a module of Python",
            Topic::Size => "how much a process can be given",
            Topic::Port => "a port",
            Topic::Secret => "a secret",
            Topic::SecretsFile => "a file of secrets",
            Topic::Inherit => "a variable of whoever runs the command",
            Topic::EnvFile => "a file of variables",
            Topic::Dotenv => "a line of a file of variables or secrets",
            Topic::Variable => "the name or the value of a variable",
            Topic::External => "an external",
            Topic::Cluster => "what runs in a cluster",
            Topic::Autostart => "what nothing starts",
            Topic::Attribute => "an attribute that the engine does not know",
            Topic::Probe => "a probe",
            Topic::User => "the user that a service runs as",
            Topic::KillSignal => "the signal that asks a service to end",
            Topic::Rotate => "the rotation of logs",
            Topic::Alive => "whether a service still works",
            Topic::Restarts => "what is restarted with another service",
            Topic::Profile => "the profile that a service runs with",
            Topic::Name => "the name of an app",
            Topic::Allowed => "a rule that is lifted",
            Topic::Pm2 => "PM2 itself",
            Topic::Home => "the directory of the engine",
            Topic::Machine => "the machine that a service runs on",
        }
    }
}

/// Something that an engine cannot do, with its check.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What it is about.
    pub kind: Topic,
    /// Says what of an app is beyond it.
    pub check: fn(&Launch<'_>) -> Option<Exceeded>,
}

/// An app that is about to start.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'l> {
    /// The app.
    pub app: &'l App,
    /// All variables that its processes see, as far as they can be read.
    pub variables: &'l [(&'l str, &'l str)],
    /// The longest text that the system hands to a process, in bytes.
    pub longest: usize,
}

/// An app is beyond a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// What is.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Exceeded {
    /// What is beyond a limit, and what to do about it.
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Exceeded {
        Exceeded { message: message.into(), help: help.into() }
    }
}

fn exceeded(message: impl Into<String>, help: impl Into<String>) -> Exceeded {
    Exceeded { message: message.into(), help: help.into() }
}

/// A probe looks for a line in what no engine writes anywhere.
pub(crate) fn unlogged(launch: &Launch<'_>) -> Option<Exceeded> {
    let app = launch.app;
    let Some(Test::Log(_)) = app.ready.as_ref().map(|probe| &probe.test) else { return None };
    if app.setting("disable_logs") == Some(&Setting::Boolean(true)) {
        return Some(exceeded(
            "its probe looks for a line of its log, but `disable_logs` writes none",
            "leave out `disable_logs`, or write another probe",
        ));
    }
    let out = app.setting("out_file").and_then(Setting::as_text)?;
    is_nowhere(out).then(|| Exceeded {
        message: format!(
            "its probe looks for a line of its log, but `out_file {out:?}` drops standard output"
        ),
        help: "write the log to a file, or write another probe".to_owned(),
    })
}

/// A service runs on another machine, or on one of several. `engine` is the name of an engine of one machine.
pub(crate) fn machine(launch: &Launch<'_>, engine: &str) -> Option<Exceeded> {
    let app = launch.app;
    if app.is_here {
        return None;
    }
    let (first, others) = app.machines.split_first()?;
    let machines: Vec<String> = app.machines.iter().map(|name| format!("`{name}`")).collect();
    Some(match others {
        [] => exceeded(
            format!("it runs on the machine `{first}`, and {engine} runs what is on this one"),
            format!(
                "say which machine this is: `--machine {first}`; or run all units here: `--one-machine`"
            ),
        ),
        _ => exceeded(
            format!(
                "it can run on {}, and {engine} does not know what runs on other machines",
                machines.join(" or ")
            ),
            "write `on` with the name of one machine, run all units here with `--one-machine`, or use \
             Supvisors: `supvisors -o DIR`",
        ),
    })
}

/// A user or group is not there, or only root could start a process as them. `engine` is the engine's name.
pub(crate) fn user(launch: &Launch<'_>, engine: &str) -> Option<Exceeded> {
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
        && users::group(&name).is_none()
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
            format!("{engine} can start it as another user only if root runs {engine}"),
            "run this command as root, or leave out `uid` and `gid`",
        ));
    }
    None
}
