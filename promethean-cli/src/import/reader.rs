//! The seam between formats and the rest of the import.
//!
//! A `Reader` turns a file of its format into a `Source`: apps in the terms of the language, and
//! the `Original` that the result is compared with. To add a format, add its reader to `READERS`.

use std::{fmt, fs};

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::declaration::{self as language, Declaration, Listen, Probe, Unit};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::emit::Comments;
use promethean_core::kind::ProbeKind;
use promethean_core::span_id::Spanned;
use promethean_core::value::Value;

use super::Options;
use super::app::App;
use super::apply_allows::Omitted;
use super::compose_reader::ComposeReader;
use super::error::ImportError;
use super::import_paths::ImportPaths;
use super::losses::in_the_clear;
use super::pm2_reader;
use super::pm2_reader::Pm2Reader;
use super::process_compose_reader::ProcessComposeReader;
use super::procfile_reader::ProcfileReader;
use super::verification::Verification;

/// All readers. The first that recognizes a file reads it.
const READERS: [&dyn Reader; 4] =
    [&ProcfileReader, &ComposeReader, &ProcessComposeReader, &Pm2Reader];

/// Reads one format.
pub(super) trait Reader {
    /// What a file holds, by its name and what is at its top; `None` where it is in another format.
    fn recognize(&self, file: &Utf8Path) -> Option<Content>;

    /// Reads a file, by its absolute path.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or describes nothing that can be imported.
    fn read(&self, file: &Utf8Path, options: &Options) -> Result<Source, ImportError>;
}

/// Whether a file is YAML that has this key at its top, whatever its name says of it.
pub(super) fn is_yaml_with(file: &Utf8Path, key: &str) -> bool {
    let is_key = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    is_yaml(file) && read_text(file).is_ok_and(|text| text.lines().any(is_key))
}

/// Whether a file is YAML by its name.
pub(super) fn is_yaml(file: &Utf8Path) -> bool {
    matches!(file.extension(), Some("yaml" | "yml"))
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
    /// The name that the file gives the system.
    pub(super) name: Option<String>,
    /// The apps, in the order of the file.
    pub(super) apps: Vec<App>,
    /// The absolute directory that relative paths are meant in.
    pub(super) base: Utf8PathBuf,
    /// The absolute paths of the dotenv files that secrets are read from.
    pub(super) secret_files: Vec<Utf8PathBuf>,
    /// What the apps need and is run by others.
    pub(super) externals: Vec<External>,
    /// The comments of the file that are about no app.
    pub(super) comments: Vec<String>,
    /// What the result is compared with.
    pub(super) original: Box<dyn Original>,
}

/// Something of a file as a whole that is not as it was.
#[derive(Debug)]
pub(super) struct Lost {
    what: String,
    reason: String,
    /// Whether it is not there at all.
    is_left_out: bool,
}

impl Lost {
    /// A key of the file that is not imported.
    pub(super) fn left_out(what: impl Into<String>, reason: impl Into<String>) -> Lost {
        Lost { what: what.into(), reason: reason.into(), is_left_out: true }
    }

    /// What the file does in another way.
    pub(super) fn differs(what: impl Into<String>, reason: impl Into<String>) -> Lost {
        Lost { is_left_out: false, ..Lost::left_out(what, reason) }
    }

    fn comment(&self) -> String {
        let Lost { what, reason, is_left_out } = self;
        let verb = if *is_left_out { " is omitted" } else { "" };
        format!("{what}{verb}: {reason}.")
    }
}

impl Source {
    /// What a reader found in a file that nothing else reads, so that the result cannot be compared.
    pub(super) fn uncompared(
        file: &Utf8Path,
        apps: Vec<App>,
        base: Utf8PathBuf,
        externals: Vec<External>,
        mut comments: Vec<String>,
        lost: Vec<Lost>,
    ) -> Source {
        comments.extend(lost.iter().map(Lost::comment));
        let original = Box::new(Uncompared { file: file.to_owned(), lost });
        let secret_files = Vec::new();
        Source { name: None, apps, base, secret_files, externals, comments, original }
    }
}

/// Something that the apps need and that is run by others.
#[derive(Debug)]
pub(super) struct External {
    pub(super) name: String,
    /// The address that it listens on.
    pub(super) tcp: Option<String>,
    /// The command that says whether it is ready; without one, it is when it listens.
    pub(super) probe: Option<Vec<String>>,
    /// The same as an endpoint, where apps refer to it.
    pub(super) listen: Option<Listen>,
    /// What to do when it does not.
    pub(super) hint: String,
}

impl External {
    /// As a unit of the language.
    pub(super) fn unit(self) -> Unit {
        // An endpoint needs no address.
        let is_endpoint = self.listen.is_some();
        let tried = match (self.probe, self.tcp) {
            (Some(command), _) => Some((ProbeKind::Exec, command)),
            (None, Some(_)) if is_endpoint => Some((ProbeKind::Tcp, Vec::new())),
            (None, address) => address.map(|address| (ProbeKind::Tcp, vec![address])),
        };
        let text = |text: String| Spanned::nowhere(Value::Text(text.into()));
        let probe = |(kind, values): (ProbeKind, Vec<String>)| Probe {
            kind: Spanned::nowhere(kind),
            endpoint: None,
            values: values.into_iter().map(text).collect(),
            timeout: None,
            interval: None,
            failures: None,
            status: None,
        };
        Unit::External(language::External {
            doc: String::new(),
            name: Spanned::nowhere(self.name.into()),
            listen: self.listen.into_iter().collect(),
            ready: tried.map(probe).map(Box::new),
            hint: Some(Spanned::nowhere(self.hint.into())),
        })
    }
}

/// The text of a file.
///
/// # Errors
///
/// It cannot be read.
pub(super) fn read_text(file: &Utf8Path) -> Result<String, ImportError> {
    let unreadable = |reason: String| ImportError::Unreadable { file: file.to_string(), reason };
    pm2_reader::regular(file).map_err(unreadable)?;
    fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))
}

/// A file of a format that nothing here can be asked about.
#[derive(Debug)]
struct Uncompared {
    file: Utf8PathBuf,
    lost: Vec<Lost>,
}

impl Original for Uncompared {
    fn comment(&self, _: &mut Comments) {}

    fn notes(&self, apps: &[App]) -> Vec<String> {
        let lost = self.lost.iter().map(|Lost { what, reason, .. }| format!("{what}: {reason}"));
        in_the_clear(&self.file, apps).into_iter().chain(lost).collect()
    }

    fn verify(&self, _: &Imported<'_>, _: &Options) -> Result<Verification, ImportError> {
        let reason = Diagnostic::new("only PM2's own formats can be compared")
            .help("read the result before you use it");
        Ok(Verification::NotCompared { reason })
    }
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
