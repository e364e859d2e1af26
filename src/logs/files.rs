//! Where an app's logs are, by PM2's rule for their names, found without asking PM2: its daemon may
//! be dead.

use camino::Utf8Path;
use promethean_core::app::App;
use promethean_core::attribute::Setting;

use super::{Layout, LogFile, Stream};
use crate::pm2;

/// The streams, in the order of the attributes that name their files.
const STREAMS: [Stream; 3] = [Stream::Out, Stream::Err, Stream::Combined];

/// The log files of an app: those on the disk, or where none is there the place of the first.
///
/// `pm2_home` is PM2's directory, `~/.pm2` unless `PM2_HOME` says otherwise. Without `merge_logs`
/// PM2 puts `-<id>` before `.log`, with a number that the definition does not know: all files with
/// one are found, also those of an earlier start.
///
/// An app with `disable_logs` has no files, one that logs to `/dev/null` none of that stream.
#[must_use]
pub fn files(app: &App, pm2_home: &Utf8Path) -> Vec<LogFile> {
    if is_true(app, "disable_logs") {
        return Vec::new();
    }
    let layout = Layout::of(app);
    let mut files: Vec<LogFile> = Vec::new();
    for (stream, (attribute, ending)) in STREAMS.into_iter().zip(pm2::LOGS) {
        let Some(written) = pm2::log_path(app, attribute, ending, pm2_home) else { continue };
        let paths = match is_true(app, "merge_logs") {
            true => vec![written],
            false => pm2::numbered_logs(written),
        };
        for path in paths {
            match files.iter_mut().find(|file| file.path == path) {
                Some(shared) => shared.stream = Stream::Combined,
                None => files.push(LogFile {
                    app: app.name.to_string(),
                    stream,
                    path,
                    layout: layout.clone(),
                }),
            }
        }
    }
    files
}

/// The log files of some apps of a system. A file that another app of the system has, too, is of
/// both: PM2 writes `a b` and `a_b` as `a-b`.
#[must_use]
pub fn files_among(apps: &[&App], system: &[App], pm2_home: &Utf8Path) -> Vec<LogFile> {
    let mut found: Vec<LogFile> = apps.iter().flat_map(|app| files(app, pm2_home)).collect();
    let is_meant = |app: &App| apps.iter().any(|meant| meant.name == app.name);
    for app in system.iter().filter(|app| !is_meant(app)) {
        let shared = files(app, pm2_home).into_iter();
        let shared = shared.filter(|file| found.iter().any(|meant| meant.path == file.path));
        let shared: Vec<LogFile> = shared.collect();
        found.extend(shared);
    }
    found
}

/// Of the files of apps those that hold one stream, or both: each line once. Where an app has no
/// file for a stream alone, that is the file for both.
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

fn is_true(app: &App, attribute: &str) -> bool {
    app.setting(attribute) == Some(&Setting::Boolean(true))
}
