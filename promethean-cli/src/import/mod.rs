//! Converts a configuration of another process manager to an ecosystem.
//!
//! 1. a `reader` turns the file into apps; `pm2_reader` is the one for PM2's formats,
//!    `procfile_reader`, `compose_reader` and `process_compose_reader` those for others;
//! 2. `import_paths` finds the root that the directories of the apps have in common;
//! 3. `factor` moves what the apps have in common to defaults, agents, templates and env sets;
//! 4. `apply_allows` makes the result pass the rules of the language;
//! 5. `write` makes a Rust file of it;
//! 6. the reader compares the result with the original: [`Verification`].

mod app;
mod apply_allows;
mod compose_reader;
mod error;
mod factor;
mod import_paths;
mod interpolation;
mod losses;
mod node;
mod pm2_reader;
mod process_compose_reader;
mod procfile_reader;
mod reader;
mod secret;
mod verification;
mod write;

use std::fs;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::declaration::Declaration;
use promethean_core::span_id::Spanned;
use smol_str::SmolStr;

pub use error::ImportError;
pub use verification::{Difference, Verification};

use import_paths::ImportPaths;
use reader::{Content, External, Imported, Source, reader_of};

/// How a configuration is imported.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the file's code may run. JSON and YAML run none.
    pub trust: bool,
    /// Arguments for Node, before the file: `--import=tsx`.
    pub node_arguments: Vec<String>,
    /// How long the file may take to be evaluated.
    pub time_limit: Duration,
    /// The program or the package of PM2; without it the one on PATH, or beside the file.
    pub pm2: Option<Utf8PathBuf>,
    /// The directory of the crate that is written, which its root is relative to; without it that of
    /// the file.
    pub package: Option<Utf8PathBuf>,
    /// The directory that PM2 is started in, which relative paths are meant in; without it that of
    /// the file.
    pub root: Option<Utf8PathBuf>,
    /// The `name` of the ecosystem; without it that of its root's directory.
    pub name: Option<String>,
}

/// How many apps are named where several have something in common.
pub(crate) const NAMED: usize = 5;

impl Default for Options {
    fn default() -> Options {
        Options {
            trust: false,
            node_arguments: Vec::new(),
            time_limit: Duration::from_secs(30),
            pm2: None,
            package: None,
            root: None,
            name: None,
        }
    }
}

impl Options {
    /// The directory that PM2 is started in.
    fn root_of(&self, file: &Utf8Path) -> Utf8PathBuf {
        let folder = file.parent().unwrap_or(Utf8Path::new("/"));
        self.root.clone().unwrap_or_else(|| folder.to_owned())
    }
}

/// What was imported.
#[derive(Debug)]
pub struct Import {
    /// The Rust file: the ecosystem and a `main`.
    pub source: String,
    /// The ecosystem itself.
    pub declaration: Declaration,
    /// How many apps it has.
    pub apps: usize,
    /// What a reader should know, beside the comments in the file.
    pub notes: Vec<String>,
    /// What the comparison with the original came to.
    pub verification: Verification,
}

/// Whether a file of this name is a program, which importing runs.
#[must_use]
pub fn runs_code(file: &Utf8Path) -> bool {
    reader_of(file).is_some_and(|(_, content)| content == Content::Program)
}

/// Imports a configuration, by its absolute path.
///
/// # Errors
///
/// Those of [`ImportError`].
pub fn import(file: &Utf8Path, options: &Options) -> Result<Import, ImportError> {
    let file = file.canonicalize_utf8().map_err(|error| ImportError::Unreadable {
        file: file.to_string(),
        reason: error.to_string(),
    })?;
    let (reader, _) =
        reader_of(&file).ok_or_else(|| ImportError::UnknownFormat { file: file.to_string() })?;
    let Source { name, mut apps, base, secret_files, mut externals, comments, original } =
        reader.read(&file, options)?;
    let package = options.package.clone().unwrap_or_else(|| options.root_of(&file));
    let text = fs::read_to_string(&file).unwrap_or_default();
    let paths = ImportPaths::of(&base, &package, apps.iter().map(|app| app.directory.as_path()))
        .with_texts(apps.iter().flat_map(app::App::texts))
        .with_source(text);
    let mut factored = factor::factor(&mut apps, &mut externals, &paths, &secret_files, comments);
    factored.declaration.units.extend(externals.into_iter().map(External::unit));
    let name = options.name.clone().or(name).or_else(|| paths.name());
    factored.declaration.name = name.map(|name| Spanned::nowhere(SmolStr::from(name)));
    let mut directories: Vec<&Utf8Path> = apps.iter().map(|app| app.directory.as_path()).collect();
    directories.push(&paths.root);
    let omitted =
        apply_allows::apply_allows(&mut factored, &paths.package, &paths.root, &directories)?;
    original.comment(&mut factored.comments);
    let source = write::source(&factored, file.file_name().unwrap_or_default());
    let mut notes = original.notes(&apps);
    let imported = Imported {
        apps: &apps,
        declaration: &factored.declaration,
        omitted: &omitted,
        paths: &paths,
    };
    let verification = original.verify(&imported, options)?;
    if matches!(verification, Verification::NotCompared { .. }) {
        notes.extend(losses::left_out(&apps));
    }
    Ok(Import { source, declaration: factored.declaration, apps: apps.len(), notes, verification })
}
