//! What of the environment of whoever runs a command reaches PM2 and its apps.

use std::env;
use std::ffi::OsString;

use super::home::Home;
use crate::engine;

pub use engine::environment::{BASE, is_base};

/// The base, as it is set here, and the home of the PM2 that runs the app, so that what asks PM2
/// from within an app asks the right one.
pub fn base(home: &Home) -> impl Iterator<Item = (String, String)> {
    let home = home.path().to_str().map(|home| ("PM2_HOME".to_owned(), home.to_owned()));
    engine::environment::base().chain(home)
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
