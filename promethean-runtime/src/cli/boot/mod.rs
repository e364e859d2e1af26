//! `boot`: a unit that brings the system up when the machine starts.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `unit_file` | the file of the unit, and whose it is |
//! | `warnings` | what works in this shell and will not work at boot |
//! | `manager` | systemd and launchd |

mod manager;
mod unit_file;
mod warnings;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use promethean_core::diagnostic::Diagnostic;

use super::engine::{Choice, Chosen};
use super::output::{self, Access};
use super::{Failure, Resolver, Units, engine, exit, utf8};
use crate::boot::{Boot, Keeper};
use crate::engine::{Exceeded, elsewhere};
use crate::operations::Target;
use manager::Manager;
use unit_file::UnitFile;

#[derive(Debug, Args)]
#[command(after_help = "\
The unit runs `up` on PM2, or `run` on the embedded engine, with the given --root and --pm2, with the given \
--profile or the one that runs now, and with the current PATH and PM2_HOME or PROMETHEAN_HOME. It holds no \
secrets: the command reads them from `secrets` files.")]
pub(super) struct BootCommand {
    #[command(subcommand)]
    action: Action,

    #[command(flatten)]
    engine: Chosen,

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
        let choice = Choice { engine: self.engine, program: given };
        match self.action {
            Action::Show(units) => {
                let target = resolver.target(&units, choice)?;
                let boot = boot(resolver, units, &target, choice)?;
                is_here(boot.keeper, &target)?;
                let file = UnitFile::of_user(&boot)?;
                output::note(&format!("this would be {}:", file.path));
                output::print_file(&file.text?)?;
            }
            Action::Install(units) => {
                let target = resolver.target(&units, choice)?;
                let boot = boot(resolver, units, &target, choice)?;
                is_here(boot.keeper, &target)?;
                let near = [target.system().root.as_std_path(), &std::env::current_dir()?];
                if boot.keeper == Keeper::Pm2
                    && let Err(error) = engine::is_installed(given, &near)
                {
                    output::error(&error.to_string());
                    return Ok(ExitCode::from(exit::NO_ENGINE));
                }
                install(&boot, &target)?;
            }
            Action::Remove => {
                let target = resolver.target(&Units::default(), choice)?;
                remove(&boot(resolver, Units::default(), &target, choice)?)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What runs at boot, with the options of this command.
fn boot(
    resolver: &Resolver<'_>,
    units: Units,
    target: &Target,
    choice: Choice<'_>,
) -> Result<Boot, Failure> {
    let keeper = choice.engine.keeper(target.owner())?;
    let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let mut options = Vec::new();
    if let Some(root) = resolver.options(&units)?.root {
        options.extend(["--root".to_owned(), root.into_string()]);
    }
    if let Some(profile) = target.profile() {
        options.extend(["--profile".to_owned(), profile.to_owned()]);
    }
    if let Some(machine) = target.system().machine.as_deref() {
        options.extend(["--machine".to_owned(), machine.to_owned()]);
    } else if resolver.resolution.one_machine {
        options.push("--one-machine".to_owned());
    }
    let root = target.system().root.as_std_path();
    if keeper == Keeper::Pm2
        && let Some(pm2) = engine::program_to_name(choice.program, root)?
    {
        options.extend(["--pm2".to_owned(), pm2.into_string()]);
    }
    // systemd and launchd give the rest of the base themselves.
    let mut environment = match keeper {
        Keeper::Pm2 => engine::usable_place_of_user()?.environment(),
        Keeper::Embedded => choice.engine.place(target.owner())?.environment(),
    };
    environment
        .retain(|(name, _)| matches!(name.as_str(), "PATH" | "PM2_HOME" | "PROMETHEAN_HOME"));
    let declared = target.owner().declared.as_ref();
    Ok(Boot {
        keeper,
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

/// That an engine of this machine can run all of it: the unit would fail at each start of the machine.
fn is_here(keeper: Keeper, target: &Target) -> Result<(), Failure> {
    for app in &target.wanted().apps {
        if let Some(Exceeded { message, help }) = elsewhere(keeper.name(), app) {
            return Err(Diagnostic::new(message).help(help).at(app.name.as_str()).into());
        }
    }
    Ok(())
}

fn install(boot: &Boot, target: &Target) -> Result<(), Failure> {
    let file = UnitFile::of_user(boot)?;
    let text = file.text.as_ref().map_err(Clone::clone)?;
    file.present(boot)?;
    for (severity, warning) in warnings::of(boot, target)? {
        output::note(&format!("{severity}: {warning}"));
    }
    let manager = Manager::find().map_err(|reason| instead(reason, boot))?;
    if let Some(folder) = file.path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{folder}: {error}"))?;
    }
    output::write(&file.path, text, Access::Usual)?;
    output::note(&format!("written: {}", file.path));
    let when = manager.enable(boot, &file.path).map_err(|reason| instead(reason, boot))?;
    output::note(&format!("enabled: {when}"));
    Ok(())
}

fn remove(boot: &Boot) -> Result<(), Failure> {
    let file = UnitFile::of_user(boot)?;
    if file.present(boot)?.is_none() {
        return Err(Failure::from(format!("{} does not exist: nothing to remove", file.path)));
    }
    // If nothing manages units, there is only the file.
    let disabled = Manager::find().and_then(|manager| manager.disable(boot));
    std::fs::remove_file(&file.path).map_err(|error| format!("{}: {error}", file.path))?;
    output::note(&format!("removed: {}", file.path));
    if let Err(reason) = disabled.and_then(|()| Manager::find()?.forget()) {
        output::note(&format!("note: it could not be disabled before: {}", reason.message));
    }
    Ok(())
}

/// What to do when nothing manages units.
fn instead(reason: Diagnostic, boot: &Boot) -> Failure {
    match boot.cron() {
        Some(line) => {
            let help = format!("without it, a line in `crontab -e` does nearly the same:\n{line}");
            reason.help(help).into()
        }
        None => reason.into(),
    }
}
