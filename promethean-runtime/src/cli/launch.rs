//! `launch`: a command for each app.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use promethean_core::app::System;
use promethean_core::emit::launch::{self, Shell, Via};
use promethean_core::secrets::Reader;

use super::output;
use super::{Failure, Resolver, Units};

#[derive(Debug, Args)]
pub(super) struct Launch {
    /// The shell to quote for
    #[arg(long, value_enum, default_value = "sh")]
    shell: ShellName,

    /// Print `pm2 start …` commands
    #[arg(long, value_enum)]
    via: Option<ViaName>,

    #[command(flatten)]
    units: Units,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShellName {
    /// Any POSIX shell
    Sh,
    /// PowerShell 7
    Powershell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ViaName {
    /// PM2 starts the programs
    Pm2,
}

impl Launch {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<(), Failure> {
        let system = resolver.apps(&self.units)?;
        let shell = match self.shell {
            ShellName::Sh => Shell::Sh,
            ShellName::Powershell => Shell::PowerShell,
        };
        let via = match self.via {
            None => Via::Program,
            Some(ViaName::Pm2) => Via::Pm2,
        };
        let (reader, mut text) = (Reader::new(), String::new());
        let mut unsaid: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for app in &system.apps {
            let line = launch::line(app, shell, via, &reader)?;
            text.push_str(&line.text);
            text.push('\n');
            for attribute in line.unsaid {
                unsaid.entry(attribute).or_default().push(&app.name);
            }
        }
        for (attribute, apps) in unsaid {
            output::note(&format!(
                "left out: `pm2 start` has no option for {attribute}, which {} has",
                apps.join(", ")
            ));
        }
        absent_env_files(&system);
        output::print_file(&text)
    }
}

/// The variables of a file that is not there cannot be named.
fn absent_env_files(system: &System) {
    for app in &system.apps {
        let files = app.env_files.iter().filter(|file| !file.if_exists).map(|file| &file.path);
        for path in files.filter(|path| !path.is_file()) {
            output::note(&format!(
                "left out: the variables of {}, for {path} does not exist",
                app.name
            ));
        }
    }
}
