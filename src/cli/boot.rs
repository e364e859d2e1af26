//! `boot`: a unit that brings the system up when the machine starts.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};
use promethean_core::foreign::{Foreign, Lines};

use super::operate::exit;
use super::output::{self, Access};
use super::{Failure, Resolver, Units, engine, utf8};
use crate::boot::{Boot, BootError, from_this_shell, is_in_target_directory};
use crate::engine::environment::home_directory;
use crate::operations::Target;

#[derive(Debug, Args)]
#[command(after_help = "\
The unit runs `up` with the given --root and --pm2, with the given --profile or the one that runs now, \
and with the current PATH and PM2_HOME. It holds no secrets: `up` reads them from `secrets` files.")]
pub(super) struct BootCommand {
    #[command(subcommand)]
    action: Action,

    /// The `pm2` program, or the directory of its package [default: from PATH or `node_modules/.bin`]
    #[arg(long, global = true, env = engine::VARIABLE, value_name = "FILE")]
    pm2: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the unit and its path; write nothing
    Show(Units),
    /// Write the unit and enable it
    Install(Units),
    /// Disable and remove the unit; running apps stay up
    Remove,
}

impl BootCommand {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let given = self.pm2.as_deref().filter(|pm2| !pm2.as_os_str().is_empty());
        match self.action {
            Action::Show(units) => {
                let target = resolver.target(&units, given)?;
                let place = Place::of_user(&boot(resolver, units, &target, given)?)?;
                output::note(&format!("this would be {}:", place.path));
                output::print_file(&place.text?)?;
            }
            Action::Install(units) => {
                let target = resolver.target(&units, given)?;
                let near = [target.system().root.as_std_path(), &std::env::current_dir()?];
                if let Err(error) = engine::is_installed(given, &near) {
                    output::error(&error.to_string());
                    return Ok(ExitCode::from(exit::NO_PM2));
                }
                install(&boot(resolver, units, &target, given)?, &target)?;
            }
            Action::Remove => {
                let target = resolver.target(&Units::default(), given)?;
                remove(&boot(resolver, Units::default(), &target, given)?)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What shall run, with what this command was given.
fn boot(
    resolver: &Resolver<'_>,
    units: Units,
    target: &Target,
    pm2: Option<&Path>,
) -> Result<Boot, Failure> {
    let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let mut options = Vec::new();
    if let Some(root) = resolver.options(&units)?.root {
        options.extend(["--root".to_owned(), root.into_string()]);
    }
    if let Some(profile) = target.profile() {
        options.extend(["--profile".to_owned(), profile.to_owned()]);
    }
    let root = target.system().root.as_std_path();
    if let Some(pm2) = engine::program_to_name(pm2, root)? {
        options.extend(["--pm2".to_owned(), pm2.into_string()]);
    }
    // systemd and launchd give the rest of the base themselves.
    let mut environment = engine::usable_place_of_user()?.environment();
    environment.retain(|(name, _)| matches!(name.as_str(), "PATH" | "PM2_HOME"));
    let declared = target.owner().declared.as_ref();
    Ok(Boot {
        name: target.owner().name.clone(),
        package: declared.map(|declared| declared.directory.clone()),
        item: declared.and_then(|declared| declared.item.clone()),
        root: target.owner().root.clone(),
        program: utf8(program)?,
        options,
        units: units.units,
        environment,
    })
}

/// The unit of this user's machine, and where it belongs.
struct Place {
    path: Utf8PathBuf,
    text: Result<String, BootError>,
}

impl Place {
    fn of_user(boot: &Boot) -> Result<Place, Failure> {
        if cfg!(windows) {
            return Err(Failure::from(format!(
                "only systemd and launchd are supported\n  \
                 help: let the Task Scheduler run this at logon: {:?} up {:?}",
                boot.program, boot.units
            )));
        }
        let home = utf8(home_directory().ok_or("the user has no home directory")?)?;
        if cfg!(target_os = "macos") {
            return Ok(Place { path: boot.launchd_path(&home), text: boot.launchd() });
        }
        // The XDG Base Directory Specification: a path that is not absolute does not count.
        let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
        let config = config.filter(|config| config.is_absolute()).map(utf8).transpose()?;
        let config = config.unwrap_or_else(|| home.join(".config"));
        Ok(Place { path: boot.systemd_path(&config), text: boot.systemd() })
    }

    /// What is there now; an error when it is of another system.
    fn present(&self, boot: &Boot) -> Result<Option<String>, Failure> {
        match std::fs::read_to_string(&self.path) {
            Ok(unit) if boot.wrote(&unit) => Ok(Some(unit)),
            Ok(_) => Err(Failure::from(format!(
                "{} does not belong to {} in {}\n  \
                 help: give this ecosystem another `name`, or delete that file if it is not needed",
                self.path, boot.name, boot.root
            ))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::from(format!("{}: {error}", self.path))),
        }
    }
}

fn install(boot: &Boot, target: &Target) -> Result<(), Failure> {
    let place = Place::of_user(boot)?;
    let text = place.text.as_ref().map_err(ToString::to_string)?;
    place.present(boot)?;
    let manager = Manager::find().map_err(|reason| instead(&reason, boot))?;
    for obstacle in obstacles(boot, target)? {
        output::note(&obstacle);
    }
    if let Some(folder) = place.path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{folder}: {error}"))?;
    }
    output::write(&place.path, text, Access::Usual)?;
    output::note(&format!("written: {}", place.path));
    let when = manager.enable(boot, &place.path).map_err(|reason| instead(&reason, boot))?;
    output::note(&format!("enabled: {when}"));
    Ok(())
}

fn remove(boot: &Boot) -> Result<(), Failure> {
    let place = Place::of_user(boot)?;
    if place.present(boot)?.is_none() {
        return Err(Failure::from(format!("{} does not exist: nothing to remove", place.path)));
    }
    // Where nothing manages units the file is all there is.
    let disabled = Manager::find().and_then(|manager| manager.disable(boot));
    std::fs::remove_file(&place.path).map_err(|error| format!("{}: {error}", place.path))?;
    output::note(&format!("removed: {}", place.path));
    if let Err(reason) = disabled.and_then(|()| Manager::find()?.forget()) {
        output::note(&format!("note: it could not be disabled before: {reason}"));
    }
    Ok(())
}

/// What works now and will not when the machine starts.
fn obstacles(boot: &Boot, target: &Target) -> Result<Vec<String>, Failure> {
    let mut told: Vec<String> = from_this_shell(&target.wanted())
        .into_iter()
        .map(|variable| {
            format!(
                "warning: {variable} comes from this shell and will be missing when the machine boots\n  \
                 help: put secrets in a `secrets` file; give inherited variables a default with `or`"
            )
        })
        .collect();
    for dumped in engine::place_of_user()?.dumped(target.system()) {
        let apps: Vec<&str> = dumped.apps.iter().map(String::as_str).collect();
        told.push(format!(
            "warning: {} has {} with all variables in the clear, and `pm2 resurrect` starts them as they were\n  \
             help: delete it; to keep what else it has, run `down`, `pm2 save --force` and `up`",
            dumped.file,
            Foreign(apps.join(", "))
        ));
    }
    if is_in_target_directory(&boot.program) {
        told.push(format!(
            "note: {} is deleted by `cargo clean`\n  help: `cargo install --path .` puts a copy elsewhere",
            boot.program
        ));
    }
    Ok(told)
}

/// What to do where there is nothing to manage units.
fn instead(reason: &str, boot: &Boot) -> Failure {
    Failure::from(match boot.cron() {
        Some(line) => format!(
            "{reason}\n  help: without it, a line in `crontab -e` does nearly the same:\n{line}"
        ),
        None => reason.to_owned(),
    })
}

/// What manages the units of the user.
#[derive(Clone, Copy, Debug)]
enum Manager {
    Systemd,
    Launchd,
}

impl Manager {
    /// The one of this machine, or why there is none that can be used.
    fn find() -> Result<Manager, String> {
        if cfg!(target_os = "macos") {
            return run("launchctl", &["version"]).map(|_| Manager::Launchd);
        }
        let version = run("systemctl", &["--version"])?;
        // systemd 252 (252.38-1~deb12u1)
        let number: Option<u32> =
            version.split_whitespace().nth(1).and_then(|word| word.parse().ok());
        if let Some(number) = number.filter(|number| *number < Boot::SYSTEMD) {
            return Err(format!(
                "systemd {number} does not restart such a unit when it fails; version {} does",
                Boot::SYSTEMD
            ));
        }
        // It fails where no manager runs for this user.
        run("systemctl", &["--user", "show-environment"]).map(|_| Manager::Systemd)
    }

    /// Lets a unit run from now on, and says when it does.
    fn enable(self, boot: &Boot, path: &Utf8Path) -> Result<String, String> {
        match self {
            Manager::Systemd => {
                let service = format!("{}.service", boot.unit());
                run("systemctl", &["--user", "daemon-reload"])?;
                run("systemctl", &["--user", "enable", &service])?;
                Ok(match lingers() {
                    true => "it runs when the machine boots".to_owned(),
                    false => "it runs when you log in\n  \
                        help: `loginctl enable-linger` lets it run when the machine boots"
                        .to_owned(),
                })
            }
            Manager::Launchd => {
                // One that is there already is not replaced.
                let _ = self.disable(boot);
                run("launchctl", &["bootstrap", &domain(), path.as_str()])?;
                Ok("it runs now, and whenever you log in".to_owned())
            }
        }
    }

    fn disable(self, boot: &Boot) -> Result<(), String> {
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

    /// Forgets what has no file any more.
    fn forget(self) -> Result<(), String> {
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

/// What a program says, or why it does not.
fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let told = |reason: &str| format!("{program} {}: {reason}", arguments.join(" "));
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| told(&error.to_string()))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(told(&Lines(String::from_utf8_lossy(&output.stderr)).to_string())),
    }
}
