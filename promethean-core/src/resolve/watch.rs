//! Watching without restarting at every line that is logged.
//!
//! PM2 restarts an app when anything changes in a folder it watches, log files included. So what is
//! emitted ignores the logs of all apps in a watched folder, and what PM2 ignores by itself
//! (`lib/Watcher.js`: dotfiles and `node_modules`), which a written `ignore_watch` would replace; of
//! a Python service also what Python writes when it starts.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::path::MAIN_SEPARATOR;

use camino::{Utf8Path, Utf8PathBuf};
use smol_str::{SmolStr, format_smolstr};

use crate::app::App;
use crate::attribute::{ATTRIBUTES, Attribute, Setting};
use crate::declaration::Kind;

/// PM2's own default, `/[\/\\]\.|node_modules/`, as globs: JSON holds no regular expressions.
const PM2_DEFAULT: [&str; 2] = ["**/.*", "**/node_modules"];

/// Where Python writes what it has compiled: a service that watches its own folder would be
/// restarted by its own start.
const BYTECODE: &str = "**/__pycache__";

/// The attributes that name a file PM2 writes to.
const WRITTEN_BY_PM2: [&str; 4] = ["out_file", "error_file", "log_file", "pid_file"];

/// Adds `ignore_watch` to every app that watches.
pub(super) fn ignore_logs(apps: &mut [App]) {
    if !apps.iter().any(|app| app.setting("watch").is_some_and(watches)) {
        return;
    }
    let logs_of_all: BTreeSet<String> = apps.iter().flat_map(files_written).collect();
    for app in apps {
        let Some(watched) = watched_paths(app) else { continue };
        let logs: BTreeSet<String> = watched
            .iter()
            .flat_map(|path| below(&logs_of_all, path))
            .map(|log| pattern(&app.directory, log))
            .collect();
        let own = app.setting("ignore_watch").into_iter().flat_map(Setting::texts);
        let mut ignored: Vec<SmolStr> =
            own.map(|glob| own_glob(&app.directory, glob).into()).collect();
        let bytecode = (app.kind == Kind::Python).then_some(BYTECODE);
        let default = PM2_DEFAULT.into_iter().chain(bytecode);
        let default = default.map(|glob| glob_in(&app.directory, glob));
        let default: Vec<String> = default.collect();
        for added in default.into_iter().chain(logs).map(SmolStr::from) {
            if !ignored.contains(&added) {
                ignored.push(added);
            }
        }
        set(app, "ignore_watch", Setting::List(ignored.into_iter().map(Setting::Text).collect()));
        without_wildcards(app);
    }
}

/// chokidar takes a wildcard anywhere in a path for one, also where it is a part of the name of the
/// app's directory. `disableGlobbing` says that there are none.
fn without_wildcards(app: &mut App) {
    const OPTION: &str = "disableGlobbing";
    let directory = app.directory.as_str();
    if !directory.contains(WILDCARDS) {
        return;
    }
    let below = |path: &str| path.strip_prefix(directory).map(str::to_owned);
    let watched: Vec<String> =
        app.setting("watch").into_iter().flat_map(Setting::texts).map(str::to_owned).collect();
    let written = |path: &String| below(path).unwrap_or_else(|| path.clone()).contains(WILDCARDS);
    if watched.iter().any(written) {
        let escaped = watched.iter().map(|path| match below(path) {
            Some(below) => format_smolstr!("{}{below}", escape(directory)),
            None => path.into(),
        });
        let escaped = escaped.map(Setting::Text).collect();
        set(app, "watch", Setting::List(escaped));
        return;
    }
    let mut options = Vec::new();
    if let Some(Setting::Object(written)) = app.setting("watch_options") {
        options.clone_from(written);
    }
    if options.iter().all(|(name, _)| name != OPTION) {
        options.push((OPTION.into(), Setting::Boolean(true)));
        set(app, "watch_options", Setting::Object(options));
    }
}

fn watches(setting: &Setting) -> bool {
    *setting != Setting::Boolean(false)
}

/// The absolute paths an app watches; `None` where it does not.
fn watched_paths(app: &App) -> Option<Vec<Utf8PathBuf>> {
    match app.setting("watch")? {
        Setting::Boolean(false) => None,
        Setting::Boolean(true) => Some(vec![app.directory.clone()]),
        paths => Some(paths.texts().map(|path| folder_of(&app.absolute(path))).collect()),
    }
}

/// The folder before a path's first wildcard.
fn folder_of(path: &Utf8Path) -> Utf8PathBuf {
    let text = path.as_str();
    match text.find(WILDCARDS) {
        None => path.to_path_buf(),
        Some(wildcard) => {
            let before = text.get(..wildcard).unwrap_or_default();
            Utf8PathBuf::from(before.rsplit_once('/').map_or("", |(folder, _)| folder))
        }
    }
}

fn files_written(app: &App) -> impl Iterator<Item = String> {
    let named = WRITTEN_BY_PM2.iter().filter_map(|name| app.setting(name)?.as_text());
    // `NULL` and `~` are PM2's own.
    let inside = named.filter(|file| *file != "NULL" && !file.starts_with('~'));
    inside.map(|file| app.absolute(file).into_string())
}

/// The files in a folder, or the file that it is, of a set of clean paths. Sorted by their bytes, those
/// that begin with its name and a separator are one after the other.
fn below<'a>(
    files: &'a BTreeSet<String>,
    folder: &Utf8Path,
) -> impl Iterator<Item = &'a Utf8Path> + use<'a> {
    let itself = files.get(folder.as_str());
    let mut start = folder.as_str().to_owned();
    if !start.ends_with(MAIN_SEPARATOR) {
        start.push(MAIN_SEPARATOR);
    }
    let after = files.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
    let below = after.take_while(move |file| file.starts_with(start.as_str()));
    itself.into_iter().chain(below).map(Utf8Path::new)
}

/// A glob for a log and what PM2 makes of its name: `-<id>` for each instance, and the names of
/// rotated logs.
fn pattern(directory: &Utf8Path, log: &Utf8Path) -> String {
    let stem = escape(log.file_stem().unwrap_or_default());
    let name = match log.extension() {
        Some(extension) => format!("{stem}*.{}*", escape(extension)),
        None => format!("{stem}*"),
    };
    let folder = log.parent().unwrap_or(Utf8Path::new("/"));
    match folder.strip_prefix(directory) {
        Ok(below) if below.as_str().is_empty() => glob_in(directory, &name),
        Ok(below) => glob_in(directory, &format!("{}/{name}", escape(below.as_str()))),
        Err(_) => Utf8PathBuf::from(escape(folder.as_str())).join(name).into_string(),
    }
}

/// A glob that is written: chokidar ignores nothing by one that ends with a slash, and takes a wildcard
/// in the name of the app's directory for one.
fn own_glob(directory: &Utf8Path, glob: &str) -> String {
    let trimmed = glob.trim_end_matches('/');
    if trimmed.is_empty() {
        return glob.to_owned();
    }
    if !Utf8Path::new(trimmed).is_absolute() {
        return glob_in(directory, trimmed);
    }
    match trimmed.strip_prefix(directory.as_str()) {
        Some(below) if below.starts_with('/') => glob_in(directory, below.trim_start_matches('/')),
        Some(_) | None => trimmed.to_owned(),
    }
}

/// A glob in an app's directory. chokidar puts the directory in front of a relative one, which
/// goes wrong when the directory's own name has a wildcard in it.
fn glob_in(directory: &Utf8Path, glob: &str) -> String {
    match directory.as_str().contains(WILDCARDS) {
        false => glob.to_owned(),
        true => format!("{}/{glob}", escape(directory.as_str())),
    }
}

/// What begins a wildcard; `]`, `}` and `)` alone are themselves.
const WILDCARDS: [char; 5] = ['*', '?', '[', '{', '('];

/// chokidar turns backslashes into slashes, so a wildcard is escaped as a class of one character.
fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for character in path.chars() {
        if WILDCARDS.contains(&character) {
            escaped.extend(['[', character, ']']);
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn set(app: &mut App, name: &str, setting: Setting) {
    if let Some((_, present)) = app.settings.iter_mut().find(|(row, _)| row.name == name) {
        *present = setting;
    } else if let Some(row) = Attribute::position(name) {
        let place = app.settings.partition_point(|(other, _)| {
            Attribute::position(other.name).is_some_and(|position| position < row)
        });
        app.settings.insert(place, (&ATTRIBUTES[row], setting));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_files_in_a_folder_are_those_below_it() {
        let files = ["/a/x.log", "/a.log", "/a/b/y.log", "/a-b/z.log", "/a", "/b"];
        let files: BTreeSet<String> = files.map(str::to_owned).into();
        let found = |folder: &str| -> Vec<&str> {
            below(&files, Utf8Path::new(folder)).map(Utf8Path::as_str).collect()
        };
        assert_eq!(found("/a"), ["/a", "/a/b/y.log", "/a/x.log"]);
        assert_eq!(found("/a/b"), ["/a/b/y.log"]);
        assert_eq!(found("/").len(), 6);
        assert_eq!(found("/c"), [""; 0]);
    }
}
