//! The variables that every app sees.

use std::env;
use std::path::PathBuf;

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

/// The base, as it is set here.
pub fn base() -> impl Iterator<Item = (String, String)> {
    env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        is_base(&name).then_some((name, value))
    })
}

/// The user's own directory.
pub(crate) fn home_directory() -> Option<PathBuf> {
    env::home_dir().filter(|home| !home.as_os_str().is_empty())
}
