//! `supervisor`: a configuration for Supervisor.

use std::fs;
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::Args;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::emit::supervisord::{log_directories, supervisord};
use promethean_core::foreign::Foreign;
use promethean_core::list::some_of;

use super::output::{self, Access};
use super::written;
use super::{Failure, Resolver, Units, absolute, utf8};

/// How many apps are named of those for which something is left out.
const SHOWN: usize = 5;

/// The file in its directory.
const FILE: &str = "supervisord.conf";

#[derive(Debug, Args)]
#[command(after_help = "\
Each program is `exec --wait UNIT` of this program: variables and secrets are read when a service starts, and \
are not in the file. Run `supervisord -c DIR/supervisord.conf`.")]
pub(super) struct Supervisor {
    /// The directory of the configuration, of its logs and of Supervisor's socket [default: print it]
    #[arg(long, short, value_name = "DIR")]
    output: Option<Utf8PathBuf>,

    /// Write nothing, but fail where the file in DIR is not what would be written
    #[arg(long, requires = "output")]
    check: bool,

    /// The program of this ecosystem that Supervisor runs [default: this one]
    #[arg(long, value_name = "FILE")]
    program: Option<Utf8PathBuf>,

    #[command(flatten)]
    units: Units,
}

impl Supervisor {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let system = resolver.apps(&self.units)?;
        let program = match &self.program {
            Some(program) => absolute(program)?,
            None => {
                utf8(std::env::current_exe().map_err(|error| format!("this program: {error}"))?)?
            }
        };
        let mut invocation = vec![program.as_str(), "--root", system.root.as_str()];
        if let Some(machine) = system.machine.as_deref() {
            invocation.extend(["--machine", machine]);
        } else if let Some(app) = system.apps.iter().find(|app| !app.is_here) {
            let message = format!("{} runs on {}", app.name, app.machines.join(" or "));
            let help = "say which machine this is: `--machine NAME`; or write the files of all machines: \
                        `supvisors -o DIR`";
            return Err(Diagnostic::new(message).help(help).into());
        } else if resolver.resolution.one_machine {
            invocation.push("--one-machine");
        }
        match system.profile.as_deref() {
            Some(profile) => invocation.extend(["--profile", profile]),
            None => invocation.push("--no-profile"),
        }
        let configuration = supervisord(&system, &invocation)?;
        for (what, apps) in &configuration.unsaid {
            output::note(&format!(
                "left out: Supervisor has nothing like {what}, which {} has",
                some_of(apps, SHOWN)
            ));
        }
        match &self.output {
            None => output::print_file(&configuration.text)?,
            Some(directory) if self.check => {
                return written::checked(&directory.join(FILE), &configuration.text);
            }
            Some(directory) if absolute(directory)?.as_str().contains('%') => {
                let message = format!("Supervisor cannot read a configuration in {directory}");
                let help = "choose a directory without `%` in its path";
                return Err(Diagnostic::new(message).help(help).into());
            }
            Some(directory) => {
                let file = directory.join(FILE);
                written::of_this_program(&file)?;
                let logs = directory.join("logs");
                for logs in log_directories(&system).into_iter().chain([logs]) {
                    fs::create_dir_all(&logs).map_err(|error| format!("{logs}: {error}"))?;
                }
                output::write(&file, &configuration.text, Access::Usual)?;
                let file = Foreign(absolute(&file)?);
                output::note(&format!(
                    "start: supervisord -c \"{file}\"\n\
                     state: supervisorctl -c \"{file}\" status\n\
                     stop:  supervisorctl -c \"{file}\" shutdown"
                ));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
