//! `promethean new`: a crate for an ecosystem, or a service for one.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `package` | names and manifests that Cargo takes, the clone that a crate depends on |
//! | `sample` | the ecosystems and programs that new crates and services begin with |
//! | `service` | `--service`: a file of its own for a service |

mod package;
mod sample;
mod service;

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use promethean_core::blocks;
use promethean_core::declaration::{Declaration, Kind, Probe, ProbeKind, Unit};
use promethean_core::foreign::Foreign;
use promethean_core::value::Value;

use super::Problem;
use super::import::Reading;
use promethean_runtime::__cli::output::{self, Access};
use promethean_runtime::__cli::{Failure, absolute};

use package::{clone, dependency, is_in_workspace, manifest, package_name};
use sample::Template;

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The directory to create
    #[arg(value_name = "DIR", required_unless_present = "service")]
    directory: Option<Utf8PathBuf>,

    /// Begin with more than one service that says hello
    #[arg(long, value_enum, value_name = "TEMPLATE", conflicts_with_all = ["import", "each", "service"])]
    template: Option<Template>,

    /// Give each service a file of its own, `services/NAME/ecosystem.rs`
    #[arg(long, conflicts_with = "import")]
    each: bool,

    /// Add a service with a file of its own to the crate around this directory
    #[arg(long, value_name = "DIR", conflicts_with_all = ["directory", "import", "each", "path"])]
    service: Option<Utf8PathBuf>,

    /// What the service is written in [default: what its directory suggests]
    #[arg(long, value_name = "KIND", requires = "service", value_parser = ["python", "node"])]
    kind: Option<String>,

    /// A PM2 configuration to import
    #[arg(long, value_name = "FILE")]
    import: Option<Utf8PathBuf>,

    /// The clone of Promethean to depend on [default: the one this program was built from]
    #[arg(long, value_name = "DIR")]
    path: Option<Utf8PathBuf>,

    #[command(flatten)]
    reading: Reading,
}

/// What there is to do next, in this order; `run` needs no PM2, and has no place on Windows.
const NEXT: &[&str] = match cfg!(unix) {
    true => &["cargo run -- graph", "cargo run -- run"],
    false => &["cargo run -- graph", "cargo run -- check"],
};

/// What there is to do next with PM2.
const NEXT_WITH_PM2: [&str; 4] =
    ["cargo run -- check", "cargo run -- up", "cargo run -- logs", "cargo run -- down"];

impl New {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if let Some(directory) = &self.service {
            let has_pm2 = self.reading.has_pm2();
            return service::add(&absolute(directory)?, self.kind.as_deref(), has_pm2);
        }
        let written = self.directory.clone().unwrap_or_default();
        let directory = absolute(&written)?;
        let name = package_name(directory.file_name().unwrap_or_default());
        let clone = clone(self.path.as_deref())?;
        let mut files = self.files(&name);
        for file in files.iter().map(|(file, _)| *file).chain(["Cargo.toml"]) {
            free(&directory, file, &clone)?;
        }
        let imported = match &self.import {
            None => None,
            Some(file) => {
                let package = Some(real(&directory));
                Some(self.reading.import(&absolute(file)?, package, Some(name.clone()))?)
            }
        };
        if let (Some(imported), Some((_, main))) = (&imported, files.first_mut()) {
            main.clone_from(&imported.source);
        }
        let declaration = imported.as_ref().map(|imported| &imported.declaration);
        let dependency = dependency(&clone, declaration.is_some_and(needs_tls));
        let manifest = manifest(&name, &dependency, is_in_workspace(&directory));
        let many = self.each || self.template.is_some_and(Template::has_many_files);
        files.extend([
            ("Cargo.toml", manifest),
            (".gitignore", "/target\n.env\n.tokens\n".to_owned()),
            ("README.md", readme(&name, many)),
        ]);
        for (file, text) in &files {
            let place = directory.join(file);
            if is_there(&place) {
                output::note(&format!("{place} already exists"));
                continue;
            }
            write(&place, text)?;
        }
        if self.path.is_none() {
            output::note(&format!(
                "Promethean is not on crates.io yet: the crate depends on the clone in {clone}"
            ));
        }
        if let Some(folder) = directory.file_name().filter(|folder| !folder.is_ascii()) {
            let folder = Foreign(folder);
            output::note(&format!(
                "the crate and the system are named `{name}`: a name has no other letters than those of ASCII, which \
                 {folder} has"
            ));
        }
        let into = into(&written);
        let with_pm2: &[&str] = match self.reading.has_pm2() {
            true => &NEXT_WITH_PM2,
            false => &[],
        };
        let commands: Vec<String> = into
            .into_iter()
            .chain(NEXT.iter().chain(with_pm2).map(|command| (*command).to_owned()))
            .map(|line| format!("    {line}"))
            .collect();
        output::note(&format!("created {directory}\n  next:\n{}", commands.join("\n")));
        match &imported {
            Some(imported) => self.reading.report(imported),
            None => Ok(()),
        }
    }

    /// The files that the system consists of; the first one is `src/main.rs`.
    fn files(&self, name: &str) -> Vec<(&'static str, String)> {
        if let Some(template) = self.template {
            return template.files(name);
        }
        let mut files = vec![("src/main.rs", sample::main(name))];
        if self.import.is_none() {
            files.push(("services/hello/index.js", sample::PROGRAM_OF_NODE.to_owned()));
        }
        if self.each {
            let hello = service::described(Kind::Node, "hello", "services/hello");
            files = vec![
                ("src/main.rs", sample::main_of_each(name)),
                ("services/hello/index.js", sample::PROGRAM_OF_NODE.to_owned()),
                ("services/hello/ecosystem.rs", sample::file(hello)),
                ("build.rs", sample::build_script("services")),
            ];
        }
        files
    }
}

/// Whether a probe asks for an `https` URL.
fn needs_tls(declaration: &Declaration) -> bool {
    let asks = |probe: &Probe| {
        let is_https =
            |value: &Value| matches!(value, Value::Text(url) if url.starts_with("https:"));
        probe.kind.value == ProbeKind::Http && probe.values.iter().any(|value| is_https(value))
    };
    let mut needed = false;
    blocks::each(declaration, |_, block| {
        needed |= block.probes().any(|(_, probe)| asks(probe));
    });
    let externals = declaration.units.iter().filter_map(|unit| match unit {
        Unit::External(external) => external.ready.as_deref(),
        Unit::Include(_) | Unit::Agent(_) | Unit::Service(_) => None,
    });
    needed || externals.into_iter().any(asks)
}

/// The command that goes into the directory; `None` where the shell is in it.
fn into(directory: &Utf8Path) -> Option<String> {
    if directory.components().all(|component| component.as_str() == ".") {
        return None;
    }
    let named = match directory.as_str().starts_with('-') {
        true => format!("./{directory}"),
        false => directory.to_string(),
    };
    Some(match shlex::try_quote(&named) {
        Ok(quoted) => format!("cd {quoted}"),
        Err(_) => "cd .".to_owned(),
    })
}

/// Writes a file and the folders it is in.
fn write(path: &Utf8Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::from(format!("{folder} cannot be created: {error}")))?;
    }
    output::write(path, text, Access::Usual)
}

fn is_there(path: &Utf8Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Nothing that is there is written over.
fn free(directory: &Utf8Path, file: &str, clone: &Utf8Path) -> Result<(), Failure> {
    let path = directory.join(file);
    if !is_there(&path) {
        return Ok(());
    }
    let help = match is_there(&directory.join("Cargo.toml")) {
        true => format!(
            "this directory has a crate: `cargo add promethean --path {clone}`, or `promethean new --service DIR` \
             for a service; or choose another directory"
        ),
        false => "choose another directory, or only import: `promethean import FILE`".to_owned(),
    };
    Err(Failure::from(Problem::new(format!("{path} already exists"), help)))
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

fn readme(name: &str, each: bool) -> String {
    let shown = |commands: &[&str]| -> String {
        commands.iter().flat_map(|command| ["$ ", command, "\n"]).collect()
    };
    let declared = match each {
        true => "`src/main.rs` and each service's `ecosystem.rs`",
        false => "`src/main.rs`",
    };
    format!(
        "# {name}\n\n\
         A system of processes, declared in {declared}. `run` shows it in the foreground, and needs nothing \
         else; Ctrl-C stops it:\n\n\
         ```console\n{}```\n\n\
         With PM2 (`npm install --global pm2`) it runs in the background:\n\n\
         ```console\n{}```\n\n\
         Secrets are read when an app starts. The files here contain none.\n",
        shown(NEXT),
        shown(&NEXT_WITH_PM2)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_into_a_directory_is_one_word_of_a_shell() {
        for (directory, command) in [
            ("a", Some("cd a")),
            ("my system!", Some("cd 'my system!'")),
            ("it's", Some("cd \"it's\"")),
            ("-x", Some("cd ./-x")),
            ("a/", Some("cd a/")),
            ("..", Some("cd ..")),
            (".", None),
            ("./", None),
        ] {
            assert_eq!(into(directory.into()).as_deref(), command, "{directory}");
        }
    }
}
