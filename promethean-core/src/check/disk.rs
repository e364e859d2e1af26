//! The disk: that directories, watched paths, Python's default module and `./` programs are there.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Problems;
use super::layers::{Layers, Services, row};
use super::names::in_other_letters;
use super::shell_text::for_a_shell;
use crate::declaration::{Attribution, Declaration, Kind};
use crate::problem::{Fault, MissingPath, Problem};
use crate::service_facts::bit;
use crate::span_id::{SpanId, Spanned};
use crate::text::is_plain;
use crate::value::Value;

pub(super) fn check(
    declaration: &Declaration,
    services: &Services<'_>,
    directory: &Path,
    problems: &mut Problems,
) {
    let root = match &declaration.root {
        None => directory.to_path_buf(),
        Some(written) => {
            let root = clean(&directory.join(written.as_str()));
            if !root.is_dir() {
                missing_directory(written, &root, written.span_id, problems);
                return;
            }
            root
        }
    };
    let mut seen = HashSet::new();
    for layers in &services.all {
        let directory = match &layers.instance.service.directory {
            Some(written) => clean(&root.join(written.as_str())),
            None => root.clone(),
        };
        Inspection { layers, directory }.run(&mut seen, problems);
    }
}

/// One service and the directory it says it is in.
struct Inspection<'s, 'a> {
    layers: &'s Layers<'a>,
    directory: PathBuf,
}

impl<'a> Inspection<'_, 'a> {
    /// `seen` holds what has been looked at: the services of a template share their blocks.
    fn run(&self, seen: &mut HashSet<(SpanId, PathBuf)>, problems: &mut Problems) {
        let service = self.layers.instance.service;
        let place =
            service.directory.as_ref().map_or(service.name.span_id, |written| written.span_id);
        if !self.directory.is_dir() {
            if let Some(written) = &service.directory
                && seen.insert((place, self.directory.clone()))
                && !self.layers.allows("missing-directory")
            {
                missing_directory(written, &self.directory, place, problems);
            }
            return;
        }
        // Where it is, is not known.
        if problems.has("path-as-name", service.name.span_id) {
            return;
        }
        self.watched_paths(seen, problems);
        self.default_module(place, seen, problems);
        self.program(seen, problems);
        self.files_in_latin(seen, problems);
    }

    /// Files that are not looked for, as a build may make them: their letters are.
    fn files_in_latin(&self, seen: &mut HashSet<(SpanId, PathBuf)>, problems: &mut Problems) {
        for row in [row::ENTRY, row::MODULE].into_iter().chain(row::ENV_FILES) {
            for value in self.setting(row).into_iter().flat_map(Attribution::values) {
                let Value::Text(written) = &value.value else { continue };
                if written.is_ascii() {
                    continue;
                }
                let path = clean(&self.directory.join(written.as_str()));
                if !path.exists() && seen.insert((value.span_id, path)) {
                    look_alike(written, value.span_id, problems);
                }
            }
        }
    }

    fn watched_paths(&self, seen: &mut HashSet<(SpanId, PathBuf)>, problems: &mut Problems) {
        for value in self.setting(row::WATCH).into_iter().flat_map(Attribution::values) {
            let Value::Text(written) = &value.value else { continue };
            let path = clean(&self.directory.join(before_glob(written)));
            // `watch "true";` is no path.
            if !problems.has("other-syntax", value.span_id)
                && !path.exists()
                && for_a_shell(written).is_none()
                && seen.insert((value.span_id, path.clone()))
                && !self.layers.allows("missing-watch")
                && !look_alike(written, value.span_id, problems)
            {
                let path = missing(written, &path, problems);
                let problem = Problem::new(Fault::MissingWatch { path }, value.span_id);
                problems.add(problem.unless(self.layers.elsewhere(0)));
            }
        }
    }

    fn default_module(
        &self,
        place: SpanId,
        seen: &mut HashSet<(SpanId, PathBuf)>,
        problems: &mut Problems,
    ) {
        if let Some(module) = self.setting(row::MODULE).filter(|_| self.setting(row::RUN).is_none())
        {
            return self.written_module(module, seen, problems);
        }
        let given = self.setting(row::MODULE).or_else(|| self.setting(row::RUN));
        // `entry` is there in its place, and of another kind of service.
        let misplaced = self.layers.instance.service.block.setting("entry");
        if self.layers.instance.service.kind != Kind::Python || given.or(misplaced).is_some() {
            return;
        }
        let found = self.directory.join("main.py").is_file()
            || self.directory.join("main").join("__main__.py").is_file();
        if !found
            && seen.insert((place, self.directory.join("main.py")))
            && !self.layers.allows("missing-module")
        {
            let path = MissingPath {
                written: "main".to_owned(),
                tried: self.directory.display().to_string(),
                nearest: None,
            };
            let problem = Problem::new(Fault::MissingModule { path }, place);
            problems.add(problem.unless(self.layers.elsewhere(bit::MODULE | bit::RUN)));
        }
    }

    /// A module that is not there, where one of nearly its name is: any other may be installed.
    fn written_module(
        &self,
        module: &Attribution,
        seen: &mut HashSet<(SpanId, PathBuf)>,
        problems: &mut Problems,
    ) {
        let Some(Spanned { value, span_id }) = module.values().first() else { return };
        let Some(written) = value.as_name() else { return };
        let file = written.replace('.', "/") + ".py";
        let path = self.directory.join(&file);
        let kind = self.layers.instance.service.kind;
        if kind != Kind::Python || path.exists() || path.with_extension("").is_dir() {
            return;
        }
        let Some(nearest) = nearest_path(&file, &path, problems) else { return };
        if seen.insert((*span_id, path)) && !self.layers.allows("missing-module") {
            let nearest = nearest.strip_suffix(".py").unwrap_or(&nearest).replace('/', ".");
            let path = MissingPath {
                written: written.to_owned(),
                tried: self.directory.display().to_string(),
                nearest: Some(nearest),
            };
            let problem = Problem::new(Fault::MissingModule { path }, *span_id);
            problems.add(problem.unless(self.layers.elsewhere(0)));
        }
    }

    fn program(&self, seen: &mut HashSet<(SpanId, PathBuf)>, problems: &mut Problems) {
        let run = self.setting(row::RUN).and_then(|run| run.values().first());
        let Some(Spanned { value: Value::Text(written), span_id }) = run else { return };
        if !(written.starts_with("./") || written.starts_with("../")) || !is_plain(written) {
            return;
        }
        let path = clean(&self.directory.join(written));
        // With spaces in it, it is a command line, which is another mistake.
        if !path.is_file()
            && !written.contains(char::is_whitespace)
            && for_a_shell(written).is_none()
            && seen.insert((*span_id, path.clone()))
            && !self.layers.allows("missing-program")
            && !look_alike(written, *span_id, problems)
        {
            let path = missing(written, &path, problems);
            let problem = Problem::new(Fault::MissingProgram { path }, *span_id);
            problems.add(problem.unless(self.layers.elsewhere(0)));
        }
    }

    /// What an attribute is given, as far as is seen here.
    fn setting(&self, row: usize) -> Option<&'a Attribution> {
        self.layers.setting(row, None).given()
    }
}

/// What is wrong with a path that is not there, where its letters only look like Latin ones.
fn look_alike(written: &str, span_id: SpanId, problems: &mut Problems) -> bool {
    let fault = in_other_letters(written);
    let found = fault.is_some();
    problems.all.extend(fault.map(|fault| Problem::new(fault, span_id)));
    found
}

fn missing_directory(written: &str, tried: &Path, span_id: SpanId, problems: &mut Problems) {
    if look_alike(written, span_id, problems) {
        return;
    }
    let is_file = tried.is_file();
    let path = missing(written, tried, problems);
    problems.add(Problem::new(Fault::MissingDirectory { path, is_file }, span_id));
}

fn missing(written: &str, tried: &Path, problems: &mut Problems) -> MissingPath {
    MissingPath {
        written: written.to_owned(),
        tried: tried.display().to_string(),
        nearest: nearest_path(written, tried, problems),
    }
}

/// The path as it was written, with its first name that is not there replaced by the nearest one
/// that is.
fn nearest_path(written: &str, tried: &Path, problems: &mut Problems) -> Option<String> {
    // Looking into the directory is the larger part.
    if problems.has_compared_enough() {
        return None;
    }
    let mut present = tried;
    let mut beyond = Vec::new();
    while !present.exists() {
        beyond.push(present.file_name()?.to_str()?);
        present = present.parent()?;
    }
    let wrong = beyond.pop()?;
    let names: Vec<String> = std::fs::read_dir(present)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let right = problems.meant(wrong, names.iter().map(String::as_str))?;
    // A file with nothing joined to it stays without a `/` at the end.
    let corrected =
        beyond.iter().rev().fold(present.join(&right), |corrected, name| corrected.join(name));
    let position = written.rfind(wrong)?;
    corrected.exists().then(|| {
        let (before, after) = written.split_at(position);
        format!("{before}{right}{}", after.strip_prefix(wrong).unwrap_or_default())
    })
}

/// The part of a watched path before its first wildcard.
fn before_glob(written: &str) -> &str {
    match written.find(['*', '?', '[', '{', '(', '!']) {
        None => written,
        Some(wildcard) => match written.get(..wildcard).and_then(|before| before.rfind('/')) {
            Some(slash) => written.get(..slash).unwrap_or_default(),
            None => "",
        },
    }
}

fn clean(path: &Path) -> PathBuf {
    path_clean::clean(path)
}
