//! The seam between formats and the rest of the import.
//!
//! A `Reader` turns a file of its format into a `Source`: apps in the terms of the language, and
//! the `Original` that the result is compared with. To add a format, add its reader to `READERS`.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::declaration::Declaration;
use promethean_core::emit::Comments;

use super::Options;
use super::app::App;
use super::apply_allows::Omitted;
use super::error::ImportError;
use super::import_paths::ImportPaths;
use super::pm2_reader::Pm2Reader;
use super::verification::Verification;

/// All readers. The first that recognizes a file reads it.
const READERS: [&dyn Reader; 1] = [&Pm2Reader];

/// Reads one format.
pub(super) trait Reader {
    /// What a file of this name holds; `None` where it is in another format.
    fn recognize(&self, file: &Utf8Path) -> Option<Content>;

    /// Reads a file, by its absolute path.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or describes nothing that can be imported.
    fn read(&self, file: &Utf8Path, options: &Options) -> Result<Source, ImportError>;
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Data, which can be read without a risk.
    Data,
    /// A program, which importing runs.
    Program,
}

/// What a reader found in a file.
#[derive(Debug)]
pub(super) struct Source {
    /// The apps, in the order of the file.
    pub(super) apps: Vec<App>,
    /// The absolute directory that relative paths are meant in.
    pub(super) base: Utf8PathBuf,
    /// The absolute paths of the dotenv files that secrets are read from.
    pub(super) secret_files: Vec<Utf8PathBuf>,
    /// The comments of the file that are about no app.
    pub(super) comments: Vec<String>,
    /// What the result is compared with.
    pub(super) original: Box<dyn Original>,
}

/// A file that was read.
pub(super) trait Original: fmt::Debug {
    /// Adds comments on the file as a whole.
    fn comment(&self, comments: &mut Comments);

    /// What a reader should know beside the comments. The apps have their final names.
    fn notes(&self, apps: &[App]) -> Vec<String>;

    /// Compares what was imported with the original.
    ///
    /// # Errors
    ///
    /// What was imported does not resolve, or a program that the comparison needs fails.
    fn verify(
        &self,
        imported: &Imported<'_>,
        options: &Options,
    ) -> Result<Verification, ImportError>;
}

/// What was imported.
#[derive(Clone, Copy, Debug)]
pub(super) struct Imported<'a> {
    /// The apps, with their final names.
    pub(super) apps: &'a [App],
    /// The ecosystem that was made of them.
    pub(super) declaration: &'a Declaration,
    /// What the rules of the language reject, and was left out.
    pub(super) omitted: &'a [Omitted],
    /// The directories.
    pub(super) paths: &'a ImportPaths,
}

/// The reader of a file of this name, and what the file holds.
pub(super) fn reader_of(file: &Utf8Path) -> Option<(&'static dyn Reader, Content)> {
    READERS.into_iter().find_map(|reader| Some((reader, reader.recognize(file)?)))
}
