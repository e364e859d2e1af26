//! The disk: that directories, watched paths, Python's default module and `./` programs are there.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Problems;
use crate::attribute::Attribute;
use crate::declaration::{Attribution, Block, Declaration, Kind};
use crate::instance::{self, Instance, Level};
use crate::mark::{Mark, Marked};
use crate::problem::{Fault, PathUse, Problem};
use crate::suggest::nearest;
use crate::text::is_plain;
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, directory: &Path, problems: &mut Problems) {
    let root = match &declaration.root {
        None => directory.to_path_buf(),
        Some(written) => {
            let root = clean(&directory.join(written.as_str()));
            if !root.is_dir() {
                problems.add(missing(PathUse::Directory, written, &root, written.mark));
                return;
            }
            root
        }
    };
    let unused_templates = declaration.templates.iter().flat_map(|template| {
        let services = template.services.iter();
        services.map(move |service| Instance { agent: None, template: Some(template), service })
    });
    let instances = instance::of_declaration(declaration).into_iter().chain(unused_templates);
    let mut seen = HashSet::new();
    for instance in instances {
        Inspection::of(declaration, instance, &root).run(&mut seen, problems);
    }
}

/// One service and what its blocks come to, as far as this declaration says.
struct Inspection<'a> {
    instance: Instance<'a>,
    layers: Vec<&'a Block>,
    directory: PathBuf,
}

impl<'a> Inspection<'a> {
    fn of(declaration: &'a Declaration, instance: Instance<'a>, root: &Path) -> Inspection<'a> {
        let defaults = [(Level::Defaults, &declaration.defaults)];
        let layers =
            defaults.into_iter().chain(instance.blocks()).map(|(_, block)| block).collect();
        let directory = match &instance.service.directory {
            Some(written) => clean(&root.join(written.as_str())),
            None => root.to_path_buf(),
        };
        Inspection { instance, layers, directory }
    }

    /// `seen` holds what has been looked at: the services of a template share their blocks.
    fn run(&self, seen: &mut HashSet<(Mark, PathBuf)>, problems: &mut Problems) {
        let service = self.instance.service;
        let place = service.directory.as_ref().map_or(service.name.mark, |written| written.mark);
        if !self.directory.is_dir() {
            if let Some(written) = &service.directory
                && seen.insert((place, self.directory.clone()))
                && !self.allows("missing-directory")
            {
                problems.add(missing(PathUse::Directory, written, &self.directory, place));
            }
            return;
        }
        self.watched_paths(seen, problems);
        self.default_module(place, seen, problems);
        self.program(seen, problems);
    }

    fn watched_paths(&self, seen: &mut HashSet<(Mark, PathBuf)>, problems: &mut Problems) {
        for value in self.effective("watch").into_iter().flat_map(Attribution::values) {
            let Value::Text(written) = &value.value else { continue };
            let path = clean(&self.directory.join(before_glob(written)));
            if !path.exists()
                && seen.insert((value.mark, path.clone()))
                && !self.allows("missing-watch")
            {
                let written = Marked::new(written.clone(), value.mark);
                problems.add(missing(PathUse::Watch, &written, &path, value.mark));
            }
        }
    }

    fn default_module(
        &self,
        place: Mark,
        seen: &mut HashSet<(Mark, PathBuf)>,
        problems: &mut Problems,
    ) {
        let given = self.effective("module").or_else(|| self.effective("run"));
        if self.instance.service.kind != Kind::Python || given.is_some() {
            return;
        }
        let found = self.directory.join("main.py").is_file()
            || self.directory.join("main").join("__main__.py").is_file();
        if !found
            && seen.insert((place, self.directory.join("main.py")))
            && !self.allows("missing-module")
        {
            let fault = Fault::MissingPath {
                what: PathUse::Module,
                written: "main".to_owned(),
                tried: self.directory.display().to_string(),
                nearest: None,
            };
            problems.add(Problem::new(fault, place));
        }
    }

    fn program(&self, seen: &mut HashSet<(Mark, PathBuf)>, problems: &mut Problems) {
        let run = self.effective("run").and_then(|run| run.values().first());
        let Some(Marked { value: Value::Text(written), mark }) = run else { return };
        if !(written.starts_with("./") || written.starts_with("../")) || !is_plain(written) {
            return;
        }
        let path = clean(&self.directory.join(written));
        if !path.is_file() && seen.insert((*mark, path.clone())) && !self.allows("missing-program")
        {
            let written = Marked::new(written.clone(), *mark);
            problems.add(missing(PathUse::Program, &written, &path, *mark));
        }
    }

    fn effective(&self, name: &str) -> Option<&'a Attribution> {
        let mut given = None;
        for block in &self.layers {
            if block
                .unset
                .iter()
                .any(|key| Attribute::find(key).is_some_and(|row| row.name == name))
            {
                given = None;
            }
            given = block.setting(name).or(given);
        }
        given
    }

    fn allows(&self, rule: &str) -> bool {
        self.layers.iter().any(|block| block.allow.iter().any(|allow| *allow.rule == rule))
    }
}

fn missing(what: PathUse, written: &str, tried: &Path, mark: Mark) -> Problem {
    let fault = Fault::MissingPath {
        what,
        written: written.to_owned(),
        tried: tried.display().to_string(),
        nearest: nearest_path(written, tried),
    };
    Problem::new(fault, mark)
}

/// The path as it was written, with its first name that is not there replaced by the nearest one
/// that is.
fn nearest_path(written: &str, tried: &Path) -> Option<String> {
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
    let right = nearest(wrong, names.iter().map(String::as_str))?;
    let corrected = present.join(right).join(beyond.iter().rev().collect::<PathBuf>());
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
