//! What of the environment of whoever runs a command reaches PM2 and its apps.

use std::env;
use std::ffi::OsString;

use super::home::Home;

/// The variables that every app sees besides those its definition gives it: where programs are,
/// who the user is, and how they read.
pub const BASE: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    // What Windows programs do not start without.
    "SystemRoot",
    "SystemDrive",
    "ComSpec",
    "PATHEXT",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramData",
    "ProgramFiles",
    "TEMP",
    "TMP",
    "windir",
];

/// Whether a variable belongs to the base: [`BASE`] and the parts of the locale.
#[must_use]
pub fn is_base(name: &str) -> bool {
    BASE.contains(&name) || name.starts_with("LC_")
}

/// The base, as it is set here, and the home of the PM2 that runs the app, so that what asks PM2
/// from within an app asks the right one.
pub fn base(home: &Home) -> impl Iterator<Item = (String, String)> {
    let set = env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        is_base(&name).then_some((name, value))
    });
    let home = home.path().to_str().map(|home| ("PM2_HOME".to_owned(), home.to_owned()));
    set.chain(home)
}

/// The environment of PM2's client and of the daemon that it starts: the base, PM2's own variables
/// and where nvm is, which PM2 asks for other versions of Node.
pub(super) fn of_pm2(home: &Home) -> Vec<(OsString, OsString)> {
    let wanted = |name: &OsString| {
        name.to_str().is_some_and(|name| {
            is_base(name) || name.starts_with("PM2_") || matches!(name, "NVM_DIR" | "NVM_HOME")
        })
    };
    let mut environment: Vec<_> = env::vars_os().filter(|(name, _)| wanted(name)).collect();
    environment.retain(|(name, _)| name != "PM2_HOME" && name != "PM2_PROGRAMMATIC");
    environment.push(("PM2_HOME".into(), home.path().into()));
    environment
}
