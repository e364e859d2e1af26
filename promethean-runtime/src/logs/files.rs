//! Which log files are wanted, each once.

use std::collections::{HashMap, HashSet};

use camino::Utf8PathBuf;
use promethean_core::app::App;

use super::{LogFile, Stream};

/// The log files of some apps of a system, where `files` says which some apps have. A file that another app
/// of the system has, too, is of both: PM2 writes `a b` and `a_b` as `a-b`.
#[must_use]
pub fn files_among(
    apps: &[&App],
    system: &[App],
    files: impl Fn(&[&App]) -> Vec<LogFile>,
) -> Vec<LogFile> {
    let mut found = files(apps);
    let meant: HashSet<&str> = apps.iter().map(|app| app.name.as_str()).collect();
    let others = system.iter().filter(|app| !meant.contains(app.name.as_str()));
    let others = files(&others.collect::<Vec<&App>>());
    let paths: HashSet<Utf8PathBuf> = found.iter().map(|file| file.path.clone()).collect();
    found.extend(others.into_iter().filter(|file| paths.contains(&file.path)));
    found
}

/// Of the files of apps those that hold one stream, or both: each line once. Where an app has no
/// file of its own for a stream, that is the file for both.
pub(super) fn holding(files: Vec<LogFile>, wanted: Option<Stream>) -> Vec<LogFile> {
    let mut streams: HashMap<&str, Vec<Stream>> = HashMap::new();
    for file in files.iter().filter(|file| !file.is_spare) {
        streams.entry(file.app.as_str()).or_default().push(file.stream);
    }
    let has = |app: &str, stream| streams.get(app).is_some_and(|streams| streams.contains(&stream));
    let is_wanted = |file: &LogFile| match (wanted, file.stream) {
        (Some(Stream::Out | Stream::Err), Stream::Combined) => {
            !wanted.is_some_and(|wanted| has(&file.app, wanted))
        }
        (Some(wanted @ (Stream::Out | Stream::Err)), stream) => stream == wanted,
        (_, _) if file.is_spare => true,
        (_, stream) => {
            let each_apart = has(&file.app, Stream::Out) && has(&file.app, Stream::Err);
            let both = has(&file.app, Stream::Combined) && !each_apart;
            both == (stream == Stream::Combined)
        }
    };
    let wanted: Vec<bool> = files.iter().map(is_wanted).collect();
    let of_both = files.into_iter().zip(wanted);
    shared(of_both.filter_map(|(file, wanted)| wanted.then_some(file)).collect())
}

/// Each path once: several apps may write to one file.
fn shared(files: Vec<LogFile>) -> Vec<LogFile> {
    let mut once: Vec<LogFile> = Vec::with_capacity(files.len());
    let mut places: HashMap<Utf8PathBuf, usize> = HashMap::with_capacity(files.len());
    for file in files {
        let place = *places.entry(file.path.clone()).or_insert(once.len());
        match once.get_mut(place) {
            None => once.push(file),
            Some(other) if other.app == file.app => other.stream = Stream::Combined,
            Some(other) => other.app.extend(["+", &file.app]),
        }
    }
    once
}
