//! What an engine cannot do, found before anything starts.

use std::ffi::OsStr;

use promethean_core::app::App;
use promethean_core::attribute::Setting;
use promethean_core::foreign::Foreign;
use promethean_core::probe::Test;
use serde::Serialize;
use which::which_in;

use super::file_names::is_nowhere;
use super::users;

/// Makes an enum of what is said of each topic: its documentation, the list of all, and [`Topic::about`].
macro_rules! topics {
    ($($topic:ident: $about:literal,)+) => {
        /// What a finding of a check is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Topic {
            $(#[doc = $about] $topic,)+
        }

        impl Topic {
            /// All of them.
            pub const ALL: &[Topic] = &[$(Topic::$topic),+];

            /// What it is, in a few words.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $(Topic::$topic => $about,)+
                }
            }
        }
    };
}

topics! {
    Directory: "the directory of a service",
    Watch: "a path that is watched",
    Log: "a log file",
    Program: "the program that runs a service",
    Entry: "the file that a service begins with",
    Module: "a module of Python",
    Size: "how much a process can be given",
    Port: "a port",
    Secret: "a secret",
    SecretsFile: "a file of secrets",
    Inherit: "a variable of whoever runs the command",
    EnvFile: "a file of variables",
    Dotenv: "a line of a file of variables or secrets",
    Variable: "the name or the value of a variable",
    External: "an external",
    Cluster: "what runs in a cluster",
    Autostart: "what nothing starts",
    Attribute: "an attribute that the engine does not know",
    Probe: "a probe",
    User: "the user that a service runs as",
    KillSignal: "the signal that asks a service to end",
    Rotate: "the rotation of logs",
    Alive: "whether a service still works",
    Restarts: "what is restarted with another service",
    Profile: "the profile that a service runs with",
    Name: "the name of an app",
    Allowed: "a rule that is lifted",
    Pm2: "PM2 itself",
    Home: "the directory of the engine",
    Machine: "the machine that a service runs on",
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
    /// The name of the engine, in a sentence.
    pub engine: &'l str,
    /// The app.
    pub app: &'l App,
    /// The PATH of whoever runs the command.
    pub path: &'l OsStr,
    /// All variables that its processes see, as far as they can be read.
    pub variables: &'l [(&'l str, &'l str)],
    /// The longest text that the system hands to a process, in bytes.
    pub longest: usize,
}

impl Launch<'_> {
    /// Whether a program is on the PATH of whoever runs the command.
    pub(crate) fn is_found(&self, program: &str) -> bool {
        which_in(program, Some(self.path), &self.app.directory).is_ok()
    }

    /// Whether a program is on the PATH that the app's processes get, as far as that can be read.
    pub(crate) fn is_found_by_app(&self, program: &str) -> bool {
        let own = self.variables.iter().rev().find(|(name, _)| *name == "PATH");
        own.is_none_or(|(_, path)| which_in(program, Some(path), &self.app.directory).is_ok())
    }
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

/// What is wrong with a program that a shell here finds, and the app does not.
pub(crate) const ASTRAY: &str = "which is not on the PATH that its variables give it";

/// What to do about it.
pub(crate) const ADD_TO_PATH: &str = "add the directory that has it to that PATH";

/// An app needs a program that only a shell here finds.
pub(crate) fn astray(program: &str) -> Exceeded {
    Exceeded::new(format!("it needs `{program}`, {ASTRAY}"), ADD_TO_PATH)
}

/// A probe looks for a line in what no engine writes anywhere.
pub(crate) fn unlogged(launch: &Launch<'_>) -> Option<Exceeded> {
    let app = launch.app;
    let Some(Test::Log(_)) = app.ready.as_ref().map(|probe| &probe.test) else { return None };
    if app.setting("disable_logs") == Some(&Setting::Boolean(true)) {
        return Some(Exceeded::new(
            "its probe looks for a line of its log, but `disable_logs` writes none",
            "leave out `disable_logs`, or write another probe",
        ));
    }
    let out = app.setting("out_file").and_then(Setting::as_text)?;
    is_nowhere(out).then(|| {
        Exceeded::new(
            format!(
                "its probe looks for a line of its log, but `out_file {out:?}` drops standard output"
            ),
            "write the log to a file, or write another probe",
        )
    })
}

/// A service runs on another machine, or on one of several.
pub(crate) fn other_machine(launch: &Launch<'_>) -> Option<Exceeded> {
    elsewhere(launch.engine, launch.app)
}

/// What keeps an app from running on an engine of this machine.
pub(crate) fn elsewhere(engine: &str, app: &App) -> Option<Exceeded> {
    if app.is_here {
        return None;
    }
    let (first, others) = app.machines.split_first()?;
    let machines: Vec<String> = app.machines.iter().map(|name| format!("`{name}`")).collect();
    Some(match others {
        [] => Exceeded::new(
            format!("it runs on the machine `{first}`, and {engine} runs what is on this one"),
            format!(
                "say which machine this is: `--machine {first}`; or run all units here: `--one-machine`"
            ),
        ),
        _ => Exceeded::new(
            format!(
                "it can run on {}, and {engine} does not know what runs on other machines",
                machines.join(" or ")
            ),
            "write `on` with the name of one machine, run all units here with `--one-machine`, or use \
             Supvisors: `supvisors -o DIR`",
        ),
    })
}

/// A user or group is not there, or only root could start a process as them.
pub(crate) fn other_user(launch: &Launch<'_>) -> Option<Exceeded> {
    let Launch { engine, app, .. } = *launch;
    if let Some(name) = users::named(app, "uid")
        && users::find(&name).is_none()
    {
        return Some(Exceeded::new(
            format!("there is no user `{}` in /etc/passwd", Foreign(&name)),
            "create the user, or name another one with `uid`",
        ));
    }
    if let Some(name) = users::named(app, "gid")
        && users::group(&name).is_none()
    {
        return Some(Exceeded::new(
            format!("there is no group `{}` in /etc/group", Foreign(&name)),
            "create the group, or name another one with `gid`",
        ));
    }
    #[cfg(unix)]
    if (users::named(app, "uid").is_some() || users::named(app, "gid").is_some())
        && !rustix::process::geteuid().is_root()
    {
        return Some(Exceeded::new(
            format!("{engine} can start it as another user only if root runs {engine}"),
            "run this command as root, or leave out `uid` and `gid`",
        ));
    }
    None
}
