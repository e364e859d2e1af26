//! The file of the unit, and whose it is.

use std::path::PathBuf;

use camino::Utf8PathBuf;
use promethean_core::diagnostic::Diagnostic;

use crate::boot::{Boot, BootError};
use crate::cli::{Failure, utf8};
use crate::engine::environment::home_directory;

/// The unit of this user's machine, and its path.
pub(super) struct UnitFile {
    pub(super) path: Utf8PathBuf,
    pub(super) text: Result<String, BootError>,
}

impl UnitFile {
    /// The file for this system.
    pub(super) fn of_user(boot: &Boot) -> Result<UnitFile, Failure> {
        if cfg!(windows) {
            let Boot { program, units, .. } = boot;
            return Err(Diagnostic::new("only systemd and launchd are supported")
                .help(format!("let the Task Scheduler run this at logon: {program:?} up {units:?}"))
                .into());
        }
        let home = utf8(home_directory().ok_or("the user has no home directory")?)?;
        if cfg!(target_os = "macos") {
            return Ok(UnitFile { path: boot.launchd_path(&home), text: boot.launchd() });
        }
        // The XDG Base Directory Specification: a path that is not absolute does not count.
        let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
        let config = config.filter(|config| config.is_absolute()).map(utf8).transpose()?;
        let config = config.unwrap_or_else(|| home.join(".config"));
        Ok(UnitFile { path: boot.systemd_path(&config), text: boot.systemd() })
    }

    /// The unit that is there now; an error if it belongs to another system.
    pub(super) fn present(&self, boot: &Boot) -> Result<Option<String>, Failure> {
        match std::fs::read_to_string(&self.path) {
            Ok(unit) if boot.wrote(&unit) => Ok(Some(unit)),
            Ok(_) => {
                let Boot { name, root, .. } = boot;
                let path = &self.path;
                Err(Diagnostic::new(format!("{path} does not belong to {name} in {root}"))
                    .help(
                        "give this ecosystem another `name`, or delete that file if it is not needed",
                    )
                    .into())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::from(format!("{}: {error}", self.path))),
        }
    }
}
