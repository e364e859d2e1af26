//! From PM2's configuration to an ecosystem.
//!
//! 1. `read` evaluates the file (JavaScript by Node, with what it reads of the environment traced by
//!    `environment`) to `data`;
//! 2. `understand` reads each app as PM2 does;
//! 3. `shape` writes them as a person would: defaults, agents, templates, sets;
//! 4. `apply_allows` makes that pass the rules of the language;
//! 5. `prove` compares it with PM2's own reading of the original;
//! 6. `write` makes a Rust file of it.

mod apply_allows;
mod data;
mod environment;
mod error;
mod node;
mod places;
mod prove;
mod read;
mod secret;
mod shape;
mod understand;
mod write;

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::declaration::Declaration;
use promethean_core::span_id::Spanned;
use smol_str::SmolStr;

pub use error::ImportError;
pub use prove::{Difference, Proof};

use places::Places;
use prove::Comparison;

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
    /// The `name` of the ecosystem; without it it has none.
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
            name: None,
        }
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
    /// What the comparison with PM2's own reading came to.
    pub proof: Proof,
}

/// Whether a file of this name is a program, which importing runs.
#[must_use]
pub fn runs_code(file: &Utf8Path) -> bool {
    read::Format::of(file) == Some(read::Format::Program)
}

/// Imports a configuration, by its absolute path.
///
/// # Errors
///
/// All that [`ImportError`] tells.
pub fn import(file: &Utf8Path, options: &Options) -> Result<Import, ImportError> {
    let place = file.canonicalize_utf8().map_err(|error| ImportError::Unreadable {
        file: file.to_string(),
        reason: error.to_string(),
    })?;
    let folder = place.parent().unwrap_or(Utf8Path::new("/")).to_owned();
    let configuration = read::read(&place, options)?;
    let base = places::base(&folder, &understand::written_directories(&configuration));
    let names: Vec<String> = configuration
        .apps
        .iter()
        .enumerate()
        .map(|(index, app)| understand::name(app, index))
        .collect();
    let mut apps = understand::apps(&configuration, &base);
    let package = options.package.clone().unwrap_or(folder);
    let places = Places::of(&base, &package, apps.iter().map(|app| app.directory.as_path()))
        .with_texts(apps.iter().flat_map(understand::App::texts));
    let files = &configuration.environment.files;
    let mut shape = shape::shape(&mut apps, &places, files);
    let mut directories: Vec<&Utf8Path> = apps.iter().map(|app| app.directory.as_path()).collect();
    directories.push(&places.root);
    shape.declaration.name =
        options.name.as_deref().map(|name| Spanned::nowhere(SmolStr::from(name)));
    let refused = apply_allows::apply_allows(&mut shape, &places.package, &directories)?;
    let name = place.file_name().unwrap_or_default();
    write::comment(&mut shape.comments, &configuration, name);
    let source = write::source(&shape, name);
    let notes = write::notes(&place, &configuration, &apps);
    let comparison = Comparison {
        file: &place,
        configuration: &configuration,
        names,
        apps: &apps,
        declaration: &shape.declaration,
        refused: &refused,
        places: &places,
    };
    let proof = prove::prove(&comparison, options)?;
    Ok(Import { source, declaration: shape.declaration, apps: apps.len(), notes, proof })
}
