//! The files that a program requires, for what their comments say.

use std::collections::BTreeSet;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::paths;

use crate::import::import_paths::between;

/// So many are read.
const MOST: usize = 64;

/// A file that a program requires.
#[derive(Debug)]
pub(super) struct Module {
    /// The way to it from the directory of the program.
    pub(super) name: String,
    pub(super) text: String,
}

/// Reads the files that a program requires: those that Node has `loaded`, and those that they import as ES
/// modules, which Node does not list.
pub(super) fn of(program: &Utf8Path, text: &str, loaded: &[Utf8PathBuf]) -> Vec<Module> {
    let folder = program.parent().unwrap_or(Utf8Path::new("/"));
    let mut waiting: Vec<Utf8PathBuf> = imported(program, text);
    waiting.extend(loaded.iter().cloned());
    waiting.reverse();
    let mut seen = BTreeSet::from([program.to_owned()]);
    let mut modules = Vec::new();
    while let Some(file) = waiting.pop() {
        let is_code = file.extension().is_some_and(|ending| ENDINGS.contains(&ending));
        if !is_code || modules.len() == MOST || !seen.insert(file.clone()) {
            continue;
        }
        let Ok(text) = fs::read_to_string(&file) else { continue };
        waiting.extend(imported(&file, &text));
        modules.push(Module { name: between(folder, &file), text });
    }
    modules
}

const ENDINGS: [&str; 6] = ["js", "cjs", "mjs", "ts", "cts", "mts"];

/// The files that a module imports by relative paths, as far as they are there.
fn imported(file: &Utf8Path, text: &str) -> Vec<Utf8PathBuf> {
    let folder = file.parent().unwrap_or(Utf8Path::new("/"));
    let import = r#"(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}/[^"'\n]+)["']"#;
    let Ok(import) = regex_lite::Regex::new(import) else { return Vec::new() };
    let written = import.captures_iter(text).filter_map(|found| found.get(1));
    let files = written.filter_map(|path| {
        let path = paths::join(folder, Utf8Path::new(path.as_str()));
        let endings = ENDINGS.iter().map(|ending| paths::with_ending(&path, ending));
        std::iter::once(path.clone()).chain(endings).find(|file| file.is_file())
    });
    files.collect()
}
