//! Which log files are wanted, each once.

use promethean_core::app::App;

use super::{LogFile, Stream};

/// The log files of some apps of a system, where `files` says which an app has. A file that another app
/// of the system has, too, is of both: PM2 writes `a b` and `a_b` as `a-b`.
#[must_use]
pub fn files_among(
    apps: &[&App],
    system: &[App],
    files: impl Fn(&App) -> Vec<LogFile>,
) -> Vec<LogFile> {
    let mut found: Vec<LogFile> = apps.iter().flat_map(|app| files(app)).collect();
    let is_meant = |app: &App| apps.iter().any(|meant| meant.name == app.name);
    for app in system.iter().filter(|app| !is_meant(app)) {
        let shared = files(app).into_iter();
        let shared = shared.filter(|file| found.iter().any(|meant| meant.path == file.path));
        let shared: Vec<LogFile> = shared.collect();
        found.extend(shared);
    }
    found
}

/// Of the files of apps those that hold one stream, or both: each line once. Where an app has no
/// file of its own for a stream, that is the file for both.
pub(super) fn holding(files: Vec<LogFile>, wanted: Option<Stream>) -> Vec<LogFile> {
    let has = |app: &str, stream| files.iter().any(|file| file.app == app && file.stream == stream);
    let is_wanted = |file: &LogFile| match (wanted, file.stream) {
        (Some(Stream::Out | Stream::Err), Stream::Combined) => {
            !wanted.is_some_and(|wanted| has(&file.app, wanted))
        }
        (Some(wanted @ (Stream::Out | Stream::Err)), stream) => stream == wanted,
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
    for file in files {
        match once.iter_mut().find(|other| other.path == file.path) {
            None => once.push(file),
            Some(other) if other.app == file.app => other.stream = Stream::Combined,
            Some(other) => other.app = format!("{}+{}", other.app, file.app),
        }
    }
    once
}
