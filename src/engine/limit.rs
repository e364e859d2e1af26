//! What an engine cannot do, found before anything starts.

use promethean_core::app::App;
use promethean_core::attribute::Setting;
use promethean_core::foreign::Foreign;
use promethean_core::probe::Test;

use super::file_names::is_nowhere;
use super::users;

/// Something that an engine cannot do, with its check.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What it is about, in a word that stays the same.
    pub kind: &'static str,
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
