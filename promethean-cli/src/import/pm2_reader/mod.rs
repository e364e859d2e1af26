//! The reader of PM2's formats.
//!
//! 1. `file` reads JSON and YAML, and hands a program to `evaluate`; both come to `data`;
//! 2. `configuration` finds the apps in it;
//! 3. `entry` reads each app as PM2 does: `keys` finds the value of each attribute where PM2's
//!    validator finds it, `values` gives it the type of its attribute, `program` turns script,
//!    interpreter and arguments into a kind of service, `variables` reads the environment;
//! 4. `notes` says what a reader should know about the file as a whole;
//! 5. `verify` compares the result with PM2's own reading of the original.

mod configuration;
mod data;
mod entry;
mod evaluate;
mod file;
mod keys;
mod notes;
mod program;
mod values;
mod variables;
mod verify;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::emit::Comments;

use super::Options;
use super::app::App;
use super::error::ImportError;
use super::import_paths;
use super::reader::{Content, Imported, Original, Reader, Source};
use super::verification::Verification;
use configuration::Configuration;
use file::Format;

/// Reads what `pm2 start` reads.
#[derive(Debug)]
pub(super) struct Pm2Reader;

impl Reader for Pm2Reader {
    fn recognize(&self, file: &Utf8Path) -> Option<Content> {
        Format::of(file).map(|format| match format {
            Format::Json | Format::Yaml => Content::Data,
            Format::Program => Content::Program,
        })
    }

    fn read(&self, file: &Utf8Path, options: &Options) -> Result<Source, ImportError> {
        let configuration = file::read(file, options)?;
        let folder = file.parent().unwrap_or(Utf8Path::new("/"));
        let base = import_paths::base(folder, &entry::written_directories(&configuration));
        let apps = entry::apps(&configuration, &base);
        let secret_files = configuration.environment.files.clone();
        let names = apps.iter().map(|app| app.name.clone()).collect();
        let original = Pm2File { file: file.to_owned(), base: base.clone(), configuration, names };
        Ok(Source { apps, base, secret_files, original: Box::new(original) })
    }
}

/// A file that PM2 reads.
#[derive(Debug)]
struct Pm2File {
    file: Utf8PathBuf,
    /// The absolute directory that relative paths are meant in.
    base: Utf8PathBuf,
    configuration: Configuration,
    /// The names of its apps in PM2.
    names: Vec<String>,
}

impl Original for Pm2File {
    fn comment(&self, comments: &mut Comments) {
        let name = self.file.file_name().unwrap_or_default();
        notes::comment(comments, &self.configuration, name);
    }

    fn notes(&self, apps: &[App]) -> Vec<String> {
        notes::notes(&self.file, &self.configuration, apps)
    }

    fn verify(
        &self,
        imported: &Imported<'_>,
        options: &Options,
    ) -> Result<Verification, ImportError> {
        verify::verify(self, imported, options)
    }
}
