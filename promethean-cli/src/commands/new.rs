//! `promethean new`: a crate for an ecosystem.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::import::Reading;
use promethean::__cli::output::{self, Access};
use promethean::__cli::{Failure, absolute};

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The directory to make
    #[arg(value_name = "DIR")]
    directory: Utf8PathBuf,

    /// A PM2 configuration to begin with
    #[arg(long, value_name = "FILE")]
    import: Option<Utf8PathBuf>,

    /// A clone of Promethean to depend on, in place of the released crate
    #[arg(long, value_name = "DIR")]
    path: Option<Utf8PathBuf>,

    #[command(flatten)]
    reading: Reading,
}

/// What a crate begins with where nothing is imported.
const MAIN: &str = r#"use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    script hello { run "echo", "hello from {name}"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
"#;

impl New {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let directory = absolute(&self.directory)?;
        let name = package_name(&directory)?;
        free(&directory)?;
        let dependency = self.dependency()?;
        let imported = match &self.import {
            None => None,
            Some(file) => Some(self.reading.import(&absolute(file)?, Some(real(&directory)))?),
        };
        let main = imported.as_ref().map_or(MAIN, |imported| imported.source.as_str());
        let failed =
            |error: std::io::Error| Failure(format!("{directory} cannot be made: {error}"));
        fs::create_dir_all(directory.join("src")).map_err(failed)?;
        let files = [
            ("Cargo.toml", manifest(&name, &dependency, is_in_workspace(&directory))),
            ("src/main.rs", main.to_owned()),
            (".gitignore", "/target\n.env\n.tokens\n".to_owned()),
            ("README.md", readme(&name)),
        ];
        for (file, text) in &files {
            output::write(&directory.join(file), text, Access::Usual)?;
        }
        output::note(&format!(
            "made {directory}\n  now: cd {} && cargo run -- graph",
            self.directory
        ));
        match &imported {
            Some(imported) => self.reading.report(imported),
            None => Ok(()),
        }
    }

    /// The line of the manifest that names Promethean.
    fn dependency(&self) -> Result<String, Failure> {
        let Some(path) = &self.path else {
            return Ok(format!("promethean = \"{}\"", version()));
        };
        let path = absolute(path)?;
        if !path.join("Cargo.toml").is_file() {
            return Err(Failure(format!("{path} is no crate: there is no Cargo.toml in it")));
        }
        Ok(format!("promethean = {{ path = {:?} }}", path.as_str()))
    }
}

/// The version that a new crate asks for: what is compatible with this one.
fn version() -> String {
    let parts = [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR")];
    parts.join(".")
}

/// The name of a crate in this directory.
fn package_name(directory: &Utf8Path) -> Result<String, Failure> {
    let folder = directory.file_name().unwrap_or_default();
    let name: String = folder
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' })
        .collect();
    let name = name.trim_matches('-').to_lowercase();
    match name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        // A package of the dependency's own name cannot depend on it.
        true if name == "promethean" => Ok("promethean-system".to_owned()),
        true => Ok(name),
        false => Err(Failure(format!(
            "{directory} gives no name for a crate\n  help: the name of the directory begins with a letter"
        ))),
    }
}

/// Nothing that is there is written over.
fn free(directory: &Utf8Path) -> Result<(), Failure> {
    for file in ["Cargo.toml", "src/main.rs", ".gitignore", "README.md"] {
        if directory.join(file).exists() {
            return Err(Failure(format!(
                "{} is there already\n  help: name another directory, or write the ecosystem alone with `promethean import FILE -o {}`",
                directory.join(file),
                directory.join("src/main.rs")
            )));
        }
    }
    Ok(())
}

/// The directory with its links followed as far as it is there.
fn real(directory: &Utf8Path) -> Utf8PathBuf {
    for present in directory.ancestors() {
        if let (Ok(real), Ok(rest)) = (present.canonicalize_utf8(), directory.strip_prefix(present))
        {
            return if rest.as_str().is_empty() { real } else { real.join(rest) };
        }
    }
    directory.to_owned()
}

/// Whether a crate here would be taken for a part of another workspace.
fn is_in_workspace(directory: &Utf8Path) -> bool {
    directory.ancestors().skip(1).any(|folder| folder.join("Cargo.toml").is_file())
}

fn manifest(name: &str, dependency: &str, in_workspace: bool) -> String {
    let workspace = if in_workspace { "\n[workspace]\n" } else { "" };
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\n{dependency}\n{workspace}"
    )
}

fn readme(name: &str) -> String {
    format!(
        "# {name}\n\n\
         A system of processes, declared in `src/main.rs` and run by PM2.\n\n\
         ```console\n\
         $ cargo run -- graph\n\
         $ cargo run -- pm2 -o {name}.config.cjs\n\
         $ pm2 start {name}.config.cjs\n\
         ```\n\n\
         Secrets are read when PM2 starts an app. None is in this folder's files.\n"
    )
}
