//! `promethean fmt`: the house's format for `ecosystem!` in Rust files.

use std::io::Read as _;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use ignore::WalkBuilder;
use similar::TextDiff;

use crate::format;
use promethean_core::diagnostic::Diagnostic;
use promethean_runtime::__cli::Failure;
use promethean_runtime::__cli::output::{self, Access};

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Print what would change; exit with 1 if anything would
    #[arg(long)]
    check: bool,

    /// Files and directories; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<Utf8PathBuf>,
}

impl Fmt {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.paths.iter().any(|path| path == "-") {
            return standard_input();
        }
        let mut problems: Vec<String> = Vec::new();
        let mut unformatted = 0_usize;
        for path in files(&self.paths, &mut problems) {
            match formatted(&path) {
                Ok(None) => {}
                Ok(Some((_, new))) if !self.check => {
                    match output::write(&path, &new, Access::Usual) {
                        Ok(()) => output::note(&format!("formatted {path}")),
                        Err(failure) => problems.push(failure.to_string()),
                    }
                }
                Ok(Some((old, new))) => {
                    unformatted += 1;
                    output::print_file(&difference(&path, &old, &new))?;
                }
                Err(reason) => problems.push(reason),
            }
        }
        if unformatted > 0 {
            let files = if unformatted == 1 { "file is" } else { "files are" };
            let problem = Diagnostic::new(format!("{unformatted} {files} not formatted"));
            problems.push(problem.help("run `promethean fmt`").to_string());
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Failure::from(problems.join("\n"))),
        }
    }
}

fn standard_input() -> Result<(), Failure> {
    let mut source = String::new();
    std::io::stdin()
        .read_to_string(&mut source)
        .map_err(|error| format!("standard input: {error}"))?;
    let formatted =
        format::ecosystems(&source).map_err(|error| format!("standard input:{error}"))?;
    output::print_file(&formatted)
}

/// The Rust files of these paths. What Git ignores and `target` directories are left out; a file
/// that is named is not.
fn files(paths: &[Utf8PathBuf], problems: &mut Vec<String>) -> Vec<Utf8PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        let mut walk = WalkBuilder::new(path);
        walk.require_git(false).sort_by_file_path(Path::cmp);
        walk.filter_entry(|entry| entry.depth() == 0 || entry.file_name() != "target");
        for entry in walk.build() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    problems.push(error.to_string());
                    continue;
                }
            };
            let is_named = entry.depth() == 0;
            let Some(file) = Utf8Path::from_path(entry.path()) else { continue };
            if file.is_file() && (is_named || file.extension() == Some("rs")) {
                files.push(file.to_path_buf());
            }
        }
    }
    files
}

/// A file's text and its formatted one, where they differ.
fn formatted(path: &Utf8Path) -> Result<Option<(String, String)>, String> {
    let old = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    // Most files have none.
    if !old.contains("ecosystem") {
        return Ok(None);
    }
    let new = format::ecosystems(&old).map_err(|error| format!("{path}:{error}"))?;
    Ok((old != new).then_some((old, new)))
}

fn difference(path: &Utf8Path, old: &str, new: &str) -> String {
    let difference = TextDiff::from_lines(old, new);
    difference.unified_diff().header(path.as_str(), &format!("{path} (formatted)")).to_string()
}
