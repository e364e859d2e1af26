//! `promethean import`: a PM2 configuration as an ecosystem.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use promethean_core::foreign::{Foreign, Lines};
use promethean_core::list::some_of;

use crate::import::{self, Difference, NAMED, Options, Verification, import, runs_code};
use promethean::pm2::Installation;
use promethean_runtime::__cli::output::{self, Access};
use promethean_runtime::__cli::{Failure, absolute};

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The configuration: `.config.js`, `.cjs`, `.mjs`, `.json`, `.yaml`; or a `Procfile`,
    /// `docker-compose.yml`, `process-compose.yaml`
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,

    /// The Rust file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,

    #[command(flatten)]
    reading: Reading,
}

/// How a configuration is read and compared.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Run the file's code without asking
    #[arg(long)]
    trust: bool,

    /// Fail when PM2 reads the result differently, or when the two cannot be compared
    #[arg(long)]
    strict: bool,

    /// The directory that PM2 is started in, which relative paths are meant in [default: the current
    /// directory]
    #[arg(long, value_name = "DIR")]
    root: Option<Utf8PathBuf>,

    /// An argument for Node, such as `--import=tsx`
    #[arg(long = "node-arg", value_name = "ARG", allow_hyphen_values = true)]
    node_arguments: Vec<String>,

    /// How many seconds evaluating the file may take
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(1..))]
    time_limit: u64,

    /// The `pm2` program or package to compare with
    #[arg(long, value_name = "PATH")]
    pm2: Option<Utf8PathBuf>,
}

impl Import {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let output = output::file(self.output.as_deref())?;
        let file = absolute(&self.file)?;
        let package = output.as_deref().map(package_of);
        let imported = self.reading.import(&file, package, None)?;
        match &output {
            None => output::print_file(&imported.source)?,
            Some(path) => output::write(path, &imported.source, Access::Usual)?,
        }
        self.reading.report(&imported)
    }
}

impl Reading {
    /// Whether there is a PM2 to run a system on.
    pub(crate) fn has_pm2(&self) -> bool {
        Installation::find(self.pm2.as_ref().map(|pm2| pm2.as_std_path()), &[]).is_ok()
    }

    /// Imports a file into a crate in this directory, as an ecosystem of this name.
    pub(crate) fn import(
        &self,
        file: &Utf8Path,
        package: Option<Utf8PathBuf>,
        name: Option<String>,
    ) -> Result<import::Import, Failure> {
        let options = Options {
            trust: self.trust || runs_code(file) && file.is_file() && asked(file),
            node_arguments: self.node_arguments.clone(),
            time_limit: Duration::from_secs(self.time_limit),
            pm2: self.pm2.as_deref().map(absolute).transpose()?,
            package,
            root: Some(real(&absolute(self.root.as_deref().unwrap_or(Utf8Path::new(".")))?)),
            name,
        };
        let _working = output::working(&format!("reads {}", Foreign(file)));
        Ok(import(file, &options)?)
    }

    /// Says what the comparison came to.
    ///
    /// # Errors
    ///
    /// With `--strict`, anything that is not the same.
    pub(crate) fn report(&self, imported: &import::Import) -> Result<(), Failure> {
        for note in &imported.notes {
            output::note(&format!("note: {}", Foreign(note)));
        }
        match &imported.verification {
            Verification::NotCompared { reason } => {
                output::note(&format!("not compared: {reason}"));
                match self.strict {
                    true => Err(Failure::from(
                        "the result was not compared with PM2's reading".to_owned(),
                    )),
                    false => Ok(()),
                }
            }
            Verification::Compared {
                apps,
                differences,
                repairs,
                starts,
                not_started,
                unproven,
                environments,
                rejections,
            } => {
                for rejection in rejections {
                    output::note(&format!("PM2 rejects the original: {}", Lines(rejection)));
                }
                tell("better than before", repairs);
                tell("different", differences);
                let open: Vec<&String> = not_started.iter().chain(unproven).collect();
                let outcome = outcome(*apps, differences.len(), *environments, *starts, &open);
                if self.strict && !(differences.is_empty() && unproven.is_empty()) {
                    return Err(Failure::from(outcome));
                }
                output::note(&outcome);
                Ok(())
            }
        }
    }
}

/// What was proven, and what was not.
fn outcome(
    apps: usize,
    differences: usize,
    environments: usize,
    starts: usize,
    unproven: &[&String],
) -> String {
    let count = match apps {
        1 => "1 app".to_owned(),
        apps => format!("{apps} apps"),
    };
    let environments = match environments {
        0 | 1 => String::new(),
        number => format!(", in {number} environments"),
    };
    let outcome = match differences {
        0 => format!("PM2 reads the same in {count}{environments}"),
        1 => format!("PM2 reads {count}{environments}, with differences in one place"),
        number => format!("PM2 reads {count}{environments}, with differences in {number} places"),
    };
    let outcome = match (starts, apps) {
        (0, _) => outcome,
        (1, 1) => format!("{outcome}, and starts the same program"),
        (starts, apps) if starts == apps => format!("{outcome}, and starts the same programs"),
        (starts, _) => format!("{outcome}, and starts the same in {starts} of them"),
    };
    match unproven {
        [] => outcome,
        unproven => format!("{outcome}; not proven: {}", Foreign(some_of(unproven, NAMED))),
    }
}

/// Prints differences, those that have a reason in common on one line.
fn tell(heading: &str, differences: &[Difference]) {
    let mut told: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    for difference in differences {
        let Some(reason) = &difference.reason else {
            output::note(&format!("{heading}: {difference}"));
            continue;
        };
        let (key, app) = (difference.key.as_str(), difference.app.as_str());
        match told.iter_mut().find(|(why, keys, _)| why == reason && *keys == [key]) {
            Some((.., apps)) => apps.push(app),
            None => told.push((reason, vec![key], vec![app])),
        }
    }
    let mut lines: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    for (reason, keys, apps) in told {
        match lines.iter_mut().find(|(why, _, others)| *why == reason && *others == apps) {
            Some((_, known, _)) => known.extend(keys),
            None => lines.push((reason, keys, apps)),
        }
    }
    for (reason, keys, apps) in lines {
        let (keys, apps) = (some_of(&keys, NAMED), some_of(&apps, NAMED));
        let (keys, apps) = (Foreign(keys), Foreign(apps));
        output::note(&format!("{heading}: {keys} of {apps}: {}", Foreign(reason)));
    }
}

/// The directory with its links followed.
fn real(directory: &Utf8Path) -> Utf8PathBuf {
    directory.canonicalize_utf8().unwrap_or_else(|_| directory.to_owned())
}

/// The directory of the crate that a file is a part of: the nearest with a `Cargo.toml`, else its own.
fn package_of(file: &Utf8Path) -> Utf8PathBuf {
    let own = file.parent().unwrap_or(Utf8Path::new("/"));
    let package = own.ancestors().find(|folder| folder.join("Cargo.toml").is_file());
    let package = package.unwrap_or(own);
    package.canonicalize_utf8().unwrap_or_else(|_| package.to_owned())
}

/// Asks on a terminal whether the file's code may run.
fn asked(file: &Utf8Path) -> bool {
    let file = Foreign(file);
    let question =
        format!("{file} is a program: importing runs it and everything it requires. Run it?");
    output::confirm(&question) == Some(true)
}
