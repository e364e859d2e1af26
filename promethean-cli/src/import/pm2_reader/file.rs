//! The formats of PM2's files. JSON and YAML are data; a program is evaluated.

use std::fs;

use camino::Utf8Path;

use super::configuration::{Configuration, Environment, configuration};
use super::data::Data;
use super::evaluate::evaluate;
use crate::import::Options;
use crate::import::error::ImportError;

/// How PM2 reads a file (`knonwConfigFileExtensions` in its `lib/Common.js`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Yaml,
    Program,
}

impl Format {
    /// The format of a file of this name.
    pub(super) fn of(file: &Utf8Path) -> Option<Format> {
        let name = file.file_name()?;
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".json", ".json5", ".jsonc"]) {
            Some(Format::Json)
        } else if ends(&[".yaml", ".yml"]) {
            Some(Format::Yaml)
        } else if ends(&[".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"]) {
            Some(Format::Program)
        } else {
            None
        }
    }
}

/// Reads a file, by its absolute path.
///
/// # Errors
///
/// All that [`ImportError`] says of files.
pub(super) fn read(file: &Utf8Path, options: &Options) -> Result<Configuration, ImportError> {
    let unreadable = |reason: String| ImportError::Unreadable { file: file.to_string(), reason };
    let format =
        Format::of(file).ok_or_else(|| ImportError::UnknownFormat { file: file.to_string() })?;
    regular(file).map_err(unreadable)?;
    let text = || {
        let text = fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        Ok(text.trim_start_matches('\u{feff}').to_owned())
    };
    let data = match format {
        Format::Program => return evaluate(file, options),
        Format::Yaml => yaml(file, &text()?)?,
        Format::Json => match json5::from_str(&text()?) {
            Ok(data) => data,
            // PM2 evaluates JSON as JavaScript, so expressions may stand in it.
            Err(_) if options.trust => return evaluate(file, options),
            Err(error) => return Err(no_json(file, &error.to_string())),
        },
    };
    configuration(file, &data, Environment::default())
}

/// Whoever reads a pipe or a device may wait for ever, and a pipe is read once: Node reads a file
/// many times.
pub(in crate::import) fn regular(file: &Utf8Path) -> Result<(), String> {
    let found = fs::metadata(file).map_err(|error| error.to_string())?;
    match (found.is_file(), found.is_dir()) {
        (true, _) => Ok(()),
        (_, true) => Err("it is a directory".to_owned()),
        (_, false) => Err("it is a pipe or a device; copy what it gives to a file".to_owned()),
    }
}

fn no_json(file: &Utf8Path, reason: &str) -> ImportError {
    ImportError::Syntax {
        file: file.to_string(),
        format: "JSON",
        reason: reason.trim().replace('\n', " "),
        help: "correct it; where there are JavaScript expressions in it, `--trust` evaluates them, as PM2 does",
    }
}

/// YAML as PM2 reads it.
pub(in crate::import) fn yaml(file: &Utf8Path, text: &str) -> Result<Data, ImportError> {
    // PM2's reader knows `true` and `false` alone: `yes`, `on` and `y` are texts.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| no_yaml(file, &error, "PM2 cannot read it either; correct it first"))
}

/// YAML as Compose and process-compose read it, with a library of Go: `0644` is 420.
pub(in crate::import) fn yaml_of_go(file: &Utf8Path, text: &str) -> Result<Data, ImportError> {
    let options = serde_saphyr::options! { strict_booleans: true, legacy_octal_numbers: true };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| no_yaml(file, &error, "correct it first"))
}

fn no_yaml(file: &Utf8Path, error: &serde_saphyr::Error, help: &'static str) -> ImportError {
    ImportError::Syntax {
        file: file.to_string(),
        format: "YAML",
        reason: error.to_string().lines().next().unwrap_or_default().to_owned(),
        help,
    }
}
