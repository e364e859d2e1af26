//! `supvisors`: the configuration of Supervisor on several machines.

use std::fs;
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::Args;
use promethean_core::app::System;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::emit::supvisors::{
    PASSWORD, PORT, Setup, SupvisorsError, application, supvisors,
};
use promethean_core::foreign::Foreign;
use promethean_core::list::some_of;
use promethean_core::resolve::{Options, Placement};

use super::output::{self, Access};
use super::written::{Author, author, checked, of_this_program};
use super::{Failure, Resolver, Units, absolute, exit, utf8};

/// How many apps are named of those for which something is left out.
const SHOWN: usize = 5;

#[derive(Debug, Args)]
#[command(after_help = "\
Writes `MACHINE/supervisord.conf` for each machine of the ecosystem, `rules.xml` for all of them, and a \
`README.md` with the commands to type on each machine. Each machine gets the whole directory. Programs are \
`exec --wait UNIT` of this program; secrets are read where a service starts, and are not in the files. \
`docs/machines.md` of Promethean shows it step by step.")]
pub(super) struct Supvisors {
    /// The directory of the files
    #[arg(long, short, value_name = "DIR")]
    output: Utf8PathBuf,

    /// Write nothing, but fail where the files in DIR are not what would be written
    #[arg(long)]
    check: bool,

    /// The program of this ecosystem on each machine: absolute, or from the machine's root [default: where
    /// this one is]
    #[arg(long, value_name = "FILE")]
    program: Option<Utf8PathBuf>,

    /// The port on which the machines talk to each other
    #[arg(long, value_name = "PORT", default_value_t = PORT, value_parser = clap::value_parser!(u16).range(1_000..))]
    port: u16,

    /// Let the machines, and everyone in their network, talk without a password
    #[arg(long)]
    no_password: bool,
}

impl Supvisors {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let options =
            Options { placement: Placement::Distributed, ..resolver.options(&Units::default())? };
        let system = resolver.ecosystem.resolve(&options)?;
        let each = system.machines.iter().map(|machine| {
            let placement = Placement::Machine(machine.name.to_string());
            // A machine that says nothing else has the root of this one.
            let root = options.root.clone().filter(|_| machine.root.is_none());
            resolver.ecosystem.resolve(&Options { placement, root, ..options.clone() })
        });
        let each: Vec<System> = each.collect::<Result<_, _>>()?;
        let program = match &self.program {
            Some(program) => program.clone(),
            None => {
                utf8(std::env::current_exe().map_err(|error| format!("this program: {error}"))?)?
            }
        };
        let setup = Setup {
            program: program.as_str(),
            port: self.port,
            has_password: !self.no_password,
            application: application(&system),
        };
        let written = match supvisors(&system, &each, setup) {
            Ok(written) => written,
            Err(SupvisorsError::NoMachine) => return Err(no_machine().into()),
            Err(error) => return Err(error.into()),
        };
        for (what, apps) in &written.unsaid {
            output::note(&format!(
                "left out: Supervisor has nothing like {what}, which {} has",
                some_of(apps, SHOWN)
            ));
        }
        if !written.addresses.is_empty() {
            let machines: Vec<&str> =
                written.addresses.iter().map(|machine| machine.name.as_str()).collect();
            let (verb, what) = match machines.as_slice() {
                [_] => ("has", "an address for a host, and Supvisors needs a name for it"),
                _ => ("have", "addresses for hosts, and Supvisors needs names for them"),
            };
            output::note(&format!(
                "note: {} {verb} {what}: README.md has the lines for /etc/hosts",
                some_of(&machines, SHOWN)
            ));
        }
        let mut code = ExitCode::SUCCESS;
        let paths = || written.files.iter().map(|(path, _)| path);
        if !self.check {
            paths().try_for_each(|path| of_this_program(&self.output.join(path)))?;
        }
        for machine in self.machines_that_are_gone(&system) {
            let message = format!("{machine} is of a machine that the ecosystem does not have");
            let gone = Diagnostic::new(message).help("remove it here and where it was copied to");
            if self.check {
                output::error(&gone.to_string());
                code = ExitCode::from(exit::SOMETHING_TO_DO);
            } else {
                output::note(&gone.to_string());
            }
        }
        for (path, text) in &written.files {
            let file = self.output.join(path);
            if self.check {
                let found = checked(&file, text)?;
                code = if found == ExitCode::SUCCESS { code } else { found };
                continue;
            }
            let directory = file.parent().unwrap_or(&self.output);
            let logs = directory.join("logs");
            if path.contains('/') {
                fs::create_dir_all(&logs).map_err(|error| format!("{logs}: {error}"))?;
            }
            output::write(&file, text, Access::Usual)?;
        }
        if !self.check {
            let directory = Foreign(absolute(&self.output)?);
            let machines: Vec<&str> =
                system.machines.iter().map(|machine| machine.name.as_str()).collect();
            output::note(&format!(
                "copy {directory} to {}, and follow README.md there",
                some_of(&machines, SHOWN)
            ));
            if !self.no_password {
                output::note(&format!(
                    "set {PASSWORD}, the same everywhere, before `supervisord` starts"
                ));
            }
        }
        Ok(code)
    }

    /// The directories of machines that were written before, and are not in the system.
    fn machines_that_are_gone(&self, system: &System) -> Vec<String> {
        let entries = fs::read_dir(&self.output).into_iter().flatten().flatten();
        let mut gone: Vec<String> = entries
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let directory = self.output.join(&name);
                let is_own =
                    author(&directory.join("supervisord.conf")) == Some(Author::ThisProgram);
                let is_known = system.machines.iter().any(|machine| machine.name == name);
                (is_own && !is_known).then(|| Foreign(directory).to_string())
            })
            .collect();
        gone.sort();
        gone
    }
}

/// There is no machine for Supvisors.
pub(super) fn no_machine() -> Diagnostic {
    let message = "this ecosystem names no machine";
    let help = "write `machine NAME \"HOST\" { root \"/srv/system\"; }` for each; or use \
                `supervisor -o DIR` for this one";
    Diagnostic::new(message).help(help)
}
