//! systemd and launchd.

use std::process::Command;
use std::time::Duration;

use camino::Utf8Path;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Lines;

use crate::boot::Boot;
use crate::child;

/// The program that manages the units of the user.
#[derive(Clone, Copy, Debug)]
pub(super) enum Manager {
    Systemd,
    Launchd,
}

impl Manager {
    /// The one of this machine, or why there is none that can be used.
    pub(super) fn find() -> Result<Manager, Diagnostic> {
        if cfg!(target_os = "macos") {
            return run("launchctl", &["version"]).map(|_| Manager::Launchd);
        }
        let version = run("systemctl", &["--version"])?;
        // systemd 252 (252.38-1~deb12u1)
        let number: Option<u32> =
            version.split_whitespace().nth(1).and_then(|word| word.parse().ok());
        if let Some(number) = number.filter(|number| *number < Boot::SYSTEMD) {
            return Err(Diagnostic::new(format!(
                "systemd {number} does not restart such a unit when it fails; version {} does",
                Boot::SYSTEMD
            )));
        }
        // It fails where no manager runs for this user.
        run("systemctl", &["--user", "show-environment"]).map(|_| Manager::Systemd)
    }

    /// Enables a unit, and returns when it runs.
    pub(super) fn enable(self, boot: &Boot, path: &Utf8Path) -> Result<Diagnostic, Diagnostic> {
        match self {
            Manager::Systemd => {
                let service = format!("{}.service", boot.unit());
                run("systemctl", &["--user", "daemon-reload"])?;
                run("systemctl", &["--user", "enable", &service])?;
                Ok(match lingers() {
                    true => Diagnostic::new("it runs when the machine boots"),
                    false => Diagnostic::new("it runs when you log in")
                        .help("`loginctl enable-linger` lets it run when the machine boots"),
                })
            }
            Manager::Launchd => {
                // One that is there already is not replaced.
                let _ = self.disable(boot);
                run("launchctl", &["bootstrap", &domain(), path.as_str()])?;
                Ok(Diagnostic::new("it runs now, and whenever you log in"))
            }
        }
    }

    /// Disables a unit.
    pub(super) fn disable(self, boot: &Boot) -> Result<(), Diagnostic> {
        match self {
            Manager::Systemd => {
                run("systemctl", &["--user", "disable", &format!("{}.service", boot.unit())])
            }
            Manager::Launchd => {
                run("launchctl", &["bootout", &format!("{}/{}", domain(), boot.unit())])
            }
        }
        .map(drop)
    }

    /// Forgets units whose file is gone.
    pub(super) fn forget(self) -> Result<(), Diagnostic> {
        match self {
            Manager::Systemd => run("systemctl", &["--user", "daemon-reload"]).map(drop),
            Manager::Launchd => Ok(()),
        }
    }
}

/// Whether the user's manager runs without a login.
fn lingers() -> bool {
    let user = std::env::var("USER").unwrap_or_default();
    run("loginctl", &["show-user", &user, "--property=Linger", "--value"])
        .is_ok_and(|said| said.trim() == "yes")
}

/// The domain of the user's agents: launchctl(1).
#[cfg(unix)]
fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn domain() -> String {
    String::new()
}

/// How long systemd and launchd may take to answer.
const LIMIT: Duration = Duration::from_secs(30);

/// The output of a program, or why it failed.
fn run(program: &str, arguments: &[&str]) -> Result<String, Diagnostic> {
    let failed =
        |reason: &str| Diagnostic::new(format!("{program} {}: {reason}", arguments.join(" ")));
    let output = child::output(Command::new(program).args(arguments), LIMIT);
    let output = output.map_err(|error| failed(&error.to_string()))?;
    match output.status {
        None => Err(failed(&format!("did not end within {} s", LIMIT.as_secs()))),
        Some(status) if status.success() => Ok(output.stdout),
        Some(_) => Err(failed(&Lines(output.stderr).to_string())),
    }
}
