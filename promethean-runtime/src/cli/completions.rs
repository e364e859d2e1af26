//! `completions` and `man`: what a user's shell and `man` know of the program.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, CommandFactory as _};
use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCandidates;
use clap_complete::env::{CompleteEnv, Shells};
use promethean_core::ecosystem::Ecosystem;
use promethean_core::resolve::Options;

use super::output::{self, Access};
use super::{Cli, Failure};

/// The variable with which the script of a shell asks the program.
const ASKS: &str = "PROMETHEAN_COMPLETE";

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// bash, elvish, fish, powershell or zsh
    shell: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Read a page at once: `PROGRAM man up | man -l -`. To install them: `PROGRAM man -o ~/.local/share/man/man1`.")]
pub(super) struct Man {
    /// The command to print the page of, such as `up` or `boot install` [default: the program's own]
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    command: Vec<String>,

    /// A directory to write all pages into, one for each command
    #[arg(long, short, value_name = "DIR")]
    output: Option<Utf8PathBuf>,
}

impl Completions {
    /// Prints the script. It asks the program itself at each completion, so that the units are those
    /// of the current definition.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let shells = Shells::builtins();
        let Some(shell) = shells.completer(&self.shell) else {
            let known: Vec<&str> = shells.names().collect();
            let known = known.join(", ");
            return Err(format!("unknown shell: the shells are {known}").into());
        };
        let program = program();
        let name = name(&program);
        let mut script = Vec::new();
        let path = program.display().to_string();
        shell.write_registration(ASKS, &name, &name, &path, &mut script)?;
        output::print(&String::from_utf8(script)?)
    }
}

impl Man {
    /// Prints a page or writes all of them, in the format of `man`.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let name = name(&program());
        let mut whole = Cli::command().bin_name(&name).display_name(name);
        whole = whole.disable_help_subcommand(true);
        // Gives each command its full name.
        whole.build();
        if let Some(directory) = &self.output {
            fs::create_dir_all(directory)
                .map_err(|error| format!("{directory} cannot be created: {error}"))?;
            return write_pages(&whole, directory);
        }
        let mut command = &whole;
        for word in &self.command {
            command = command.find_subcommand(word).ok_or_else(|| {
                let known = command.get_subcommands().map(clap::Command::get_name);
                let known = known.collect::<Vec<&str>>().join(", ");
                let name = command.get_bin_name().unwrap_or_default();
                match known.is_empty() {
                    true => format!("`{name}` has no commands"),
                    false => {
                        format!("unknown command `{word}`: the commands of `{name}` are {known}")
                    }
                }
            })?;
        }
        output::print(&page(command)?)
    }
}

/// Writes the pages of a command and of those below it.
fn write_pages(command: &clap::Command, directory: &Utf8Path) -> Result<(), Failure> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    output::write(&directory.join(format!("{name}.1")), &page(command)?, Access::Usual)?;
    command.get_subcommands().try_for_each(|command| write_pages(command, directory))
}

/// The page of a command.
fn page(command: &clap::Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    let source = concat!("promethean ", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(command.clone()).source(source).render(&mut page)?;
    Ok(String::from_utf8(page)?)
}

/// Answers a shell that asks for completions; `false` where none asks.
///
/// # Errors
///
/// The shell is unknown, or the answer cannot be printed.
pub(super) fn answer(ecosystem: &Ecosystem, arguments: &[OsString]) -> Result<bool, clap::Error> {
    if std::env::var_os(ASKS).is_none() {
        return Ok(false);
    }
    let here = std::env::current_dir().ok();
    let command = || with_units(Cli::command(), &units(ecosystem));
    CompleteEnv::with_factory(command).var(ASKS).try_complete(arguments, here.as_deref())
}

/// The command with the names that its units can be.
fn with_units(command: clap::Command, units: &[String]) -> clap::Command {
    command.mut_subcommands(|command| {
        if command.get_arguments().all(|argument| argument.get_id() != "units") {
            return command;
        }
        let units = units.to_vec();
        command.mut_arg("units", |argument| {
            let candidates = move || units.iter().map(CompletionCandidate::new).collect();
            argument.add(ArgValueCandidates::new(candidates))
        })
    })
}

/// The units of an ecosystem: none where it cannot be resolved, which every command reports.
fn units(ecosystem: &Ecosystem) -> Vec<String> {
    let Ok(system) = ecosystem.resolve(&Options::default()) else { return Vec::new() };
    let mut units = BTreeSet::new();
    for app in &system.apps {
        units.extend(app.agent.as_ref().map(ToString::to_string));
        units.insert(app.name.to_string());
    }
    units.into_iter().collect()
}

/// This program.
fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("promethean"))
}

/// The name of a program.
fn name(program: &Path) -> String {
    program.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
