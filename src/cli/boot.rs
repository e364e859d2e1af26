//! `boot`: a unit that brings the system up when the machine starts.

use std::collections::BTreeSet;
use std::process::{Command, ExitCode};

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use promethean_core::app::System;

use super::output::{self, Access};
use super::{Failure, Resolver, Units};
use crate::boot::{Boot, from_this_shell};
use crate::pm2::{Home, environment};

#[derive(Debug, Args)]
pub(super) struct BootCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the unit and where it would be; write nothing
    Show(Units),
    /// Write the unit and enable it
    Install(Units),
    /// Disable the unit and remove it
    Remove,
}

impl BootCommand {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Show(units) => {
                let (boot, _) = planned(resolver, units)?;
                let (path, text) = unit(&boot)?;
                output::print(&format!("# {path}\n{text}"))?;
            }
            Action::Install(units) => {
                let (boot, system) = planned(resolver, units)?;
                install(&boot, &system)?;
            }
            Action::Remove => {
                let (boot, _) = planned(resolver, Units::default())?;
                remove(&boot)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What shall run, with what this command was given.
fn planned(resolver: &Resolver<'_>, units: Units) -> Result<(Boot, System), Failure> {
    let target = resolver.target(&units)?;
    let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let program = Utf8PathBuf::from_path_buf(program)
        .map_err(|path| format!("{}: the path is not UTF-8", path.display()))?;
    let mut line = vec![program.into_string()];
    if let Some(root) = resolver.options(&units)?.root {
        line.extend(["--root".to_owned(), root.into_string()]);
    }
    if let Some(profile) = &resolver.resolution.profile {
        line.extend(["--profile".to_owned(), profile.clone()]);
    }
    let home = Home::of_user()?;
    let pm2 = std::env::var(crate::pm2::VARIABLE).ok().filter(|path| !path.is_empty());
    let pm2 = pm2.map(|path| (crate::pm2::VARIABLE.to_owned(), path));
    // systemd and launchd give the rest of the base themselves.
    let base =
        environment::base(&home).filter(|(name, _)| matches!(name.as_str(), "PATH" | "PM2_HOME"));
    let boot = Boot {
        name: target.owner().name.clone(),
        program: line,
        units: units.units,
        environment: base.chain(pm2).collect(),
    };
    Ok((boot, target.wanted()))
}

/// The unit of this system, and where it belongs.
fn unit(boot: &Boot) -> Result<(Utf8PathBuf, String), Failure> {
    let home = std::env::home_dir().and_then(|home| Utf8PathBuf::from_path_buf(home).ok());
    let home = home.ok_or_else(|| Failure("the user has no home directory".to_owned()))?;
    if cfg!(target_os = "macos") {
        return Ok((boot.launchd_path(&home), boot.launchd()));
    }
    let config = std::env::var("XDG_CONFIG_HOME").ok().filter(|path| !path.is_empty());
    let config = config.map_or_else(|| home.join(".config"), Utf8PathBuf::from);
    Ok((boot.systemd_path(&config), boot.systemd()))
}

fn install(boot: &Boot, system: &System) -> Result<(), Failure> {
    let (path, text) = unit(boot)?;
    for variable in from_this_shell(system) {
        output::note(&format!(
            "warning: {variable} comes from this shell, and will not be there when the machine starts\n  \
             help: put it into a `secrets` file"
        ));
    }
    if let Some(names) = dumped(system) {
        output::note(&format!(
            "warning: `pm2 save` has written {names} to PM2's dump, with all variables in the clear\n  \
             help: `pm2 cleardump` empties it"
        ));
    }
    if boot.program.first().is_some_and(|program| program.contains("/target/")) {
        output::note(
            "note: this program lies in a `target` directory, which `cargo clean` empties",
        );
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{folder}: {error}"))?;
    }
    output::write(&path, &text, Access::Usual)?;
    output::note(&format!("written: {path}"));
    if cfg!(target_os = "macos") {
        return run("launchctl", &["load", "-w", path.as_str()], boot);
    }
    let service = format!("{}.service", boot.unit());
    run("systemctl", &["--user", "daemon-reload"], boot)?;
    run("systemctl", &["--user", "enable", &service], boot)?;
    output::note(
        "enabled: it runs when you log in; `loginctl enable-linger` lets it run when the machine starts",
    );
    Ok(())
}

fn remove(boot: &Boot) -> Result<(), Failure> {
    let (path, _) = unit(boot)?;
    if !path.exists() {
        return Err(Failure(format!("{path} does not exist: nothing is installed")));
    }
    if cfg!(target_os = "macos") {
        run("launchctl", &["unload", "-w", path.as_str()], boot)?;
    } else {
        run("systemctl", &["--user", "disable", &format!("{}.service", boot.unit())], boot)?;
    }
    std::fs::remove_file(&path).map_err(|error| format!("{path}: {error}"))?;
    output::note(&format!("removed: {path}"));
    Ok(())
}

/// Runs what manages units.
fn run(program: &str, arguments: &[&str], boot: &Boot) -> Result<(), Failure> {
    let asked = Command::new(program).args(arguments).output();
    let reason = match asked {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    // cron has a PATH of its own, too short for Node.
    let variables = boot.environment.iter().map(|(name, value)| format!("{name}={value}"));
    let line = std::iter::once("env".to_owned()).chain(variables).chain(boot.program.clone());
    let line: Vec<String> =
        line.chain(std::iter::once("up".to_owned())).chain(boot.units.clone()).collect();
    let line = shlex::try_join(line.iter().map(String::as_str)).unwrap_or_default();
    Err(Failure(format!(
        "{program} {}: {reason}\n  help: without it, a line of `crontab -e` does the same: @reboot {line}",
        arguments.join(" ")
    )))
}

/// The apps of a system that PM2's dump holds.
fn dumped(system: &System) -> Option<String> {
    let text = std::fs::read(Home::of_user().ok()?.path().join("dump.pm2")).ok()?;
    let dump: Vec<serde_json::Value> = serde_json::from_slice(&text).ok()?;
    let names: BTreeSet<&str> = dump
        .iter()
        .filter_map(|app| app.get("name")?.as_str())
        .filter(|name| system.app(name).is_some())
        .collect();
    (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(", "))
}
