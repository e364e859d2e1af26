//! The command line that every ecosystem's binary has.

mod graph;
mod launch;
pub(crate) mod output;
mod pm2;

use std::ffi::OsString;
use std::fmt::Display;
use std::mem::ManuallyDrop;
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand};
use promethean_core::app::System;
use promethean_core::ecosystem::Ecosystem;
use promethean_core::resolve::Options;

/// The command line of an ecosystem.
#[derive(Debug, Parser)]
#[command(
    about = "Writes the apps of this ecosystem for PM2, for a shell, or as a picture",
    after_help = "Without a command the PM2 configuration is printed as JSON."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    resolution: Resolution,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print or write the PM2 configuration
    Pm2(pm2::Pm2),
    /// Print a launch command for each app
    Launch(launch::Launch),
    /// Draw the system with its agents, dependencies and externals
    Graph(graph::Graph),
}

/// What the ecosystem is resolved for.
#[derive(Debug, Args)]
struct Resolution {
    /// The directory that the ecosystem's root is on this machine
    #[arg(long, global = true, env = "PROMETHEAN_ROOT", value_name = "DIR")]
    root: Option<Utf8PathBuf>,

    /// The profile that is active
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
}

/// The units a command is about.
#[derive(Debug, Default, Args)]
struct Units {
    /// Services and agents, each with all it depends on; all without any
    #[arg(value_name = "UNIT")]
    units: Vec<String>,
}

/// A failure that has been put into words.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(error.to_string())
    }
}

/// Runs the command line of an ecosystem with the arguments of this process.
///
/// Results go to standard output, everything else to standard error.
///
/// The exit code is 0 when all went well, 1 when something failed, and 2 when the arguments are
/// wrong.
#[must_use]
pub fn main(ecosystem: &Ecosystem) -> ExitCode {
    run(ecosystem, std::env::args_os())
}

/// Runs the command line of an ecosystem with these arguments, the first of which is the name of
/// the program. The rest is as in [`main`].
#[must_use]
pub fn run(
    ecosystem: &Ecosystem,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help that cannot be printed is no failure of the command.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let resolver = Resolver { ecosystem, resolution: cli.resolution };
    let outcome = match cli.command {
        None => pm2::Pm2::default().run(&resolver),
        Some(Command::Pm2(pm2)) => pm2.run(&resolver),
        Some(Command::Launch(launch)) => launch.run(&resolver),
        Some(Command::Graph(graph)) => graph.run(&resolver),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            output::error(&reason);
            ExitCode::FAILURE
        }
    }
}

/// Resolves the ecosystem for the units of a command.
struct Resolver<'e> {
    ecosystem: &'e Ecosystem,
    resolution: Resolution,
}

impl Resolver<'_> {
    /// The system lives until the process ends, which is right after the command: taking thousands
    /// of apps apart first would cost a tenth of the whole.
    fn resolve(&self, units: &Units) -> Result<ManuallyDrop<System>, Failure> {
        // An empty variable is one that is not set.
        let root = self.resolution.root.as_ref().filter(|root| !root.as_str().is_empty());
        let root = root.map(|root| absolute(root)).transpose()?;
        let options =
            Options { root, profile: self.resolution.profile.clone(), units: units.units.clone() };
        Ok(ManuallyDrop::new(self.ecosystem.resolve(&options)?))
    }
}

impl Resolver<'_> {
    /// As [`Resolver::resolve`], for commands that do something with apps.
    fn apps(&self, units: &Units) -> Result<ManuallyDrop<System>, Failure> {
        let system = self.resolve(units)?;
        if system.apps.is_empty() && !units.units.is_empty() {
            return Err(Failure(format!(
                "{}: this system needs it and does not start it",
                units.units.join(", ")
            )));
        }
        Ok(system)
    }
}

/// A path of the command line, relative to the directory one types in.
pub(crate) fn absolute(path: &camino::Utf8Path) -> Result<Utf8PathBuf, Failure> {
    if path.as_str().is_empty() {
        return Err(Failure("the path of a file or directory is empty".to_owned()));
    }
    let absolute = std::path::absolute(path).map_err(|error| format!("{path}: {error}"))?;
    let absolute = Utf8PathBuf::from_path_buf(absolute)
        .map_err(|path| format!("{}: the path is not UTF-8", path.display()))?;
    Ok(promethean_core::paths::join(&absolute, camino::Utf8Path::new(".")))
}
