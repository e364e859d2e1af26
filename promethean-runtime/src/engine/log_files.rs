//! Where an app's logs are, by PM2's rule for their names, found without asking a daemon: it may be
//! dead.

use camino::{Utf8Path, Utf8PathBuf};
use jiff::tz::TimeZone;
use promethean_core::app::App;
use promethean_core::attribute::Setting;

use super::file_names::{LOGS, Listings, instance_logs, log_path, numbered_logs};
use crate::logs::{Layout, LogFile, Stream};

/// The streams, in the order of the attributes that name their files.
const STREAMS: [Stream; 3] = [Stream::Out, Stream::Err, Stream::Combined];

/// The log files of apps: those on the disk, or where none is there the place of the first.
///
/// `home` is the engine's directory: PM2's is `~/.pm2` unless `PM2_HOME` says otherwise. Times without a zone are in
/// that of the engine. Without
/// `merge_logs` PM2 puts `-<id>` before `.log`, with a number that the definition does not know: all files with
/// one are found, also those of an earlier start.
///
/// An app with `disable_logs` has no files, one that logs to `/dev/null` none of that stream.
#[must_use]
pub fn log_files(apps: &[&App], home: &Utf8Path, zone: &dyn Fn() -> TimeZone) -> Vec<LogFile> {
    let mut listings = Listings::default();
    let mut paths = |_: &App, written| numbered_logs(written, &mut listings);
    apps.iter().flat_map(|app| files_of(app, home, zone, &mut paths)).collect()
}

/// The same for an engine that puts a number before `.log` only where an app has several processes, so that
/// `web-3.log` is a file of `web-3` where `web` has one process.
#[must_use]
pub(crate) fn log_files_by_instance(
    apps: &[&App],
    home: &Utf8Path,
    zone: &dyn Fn() -> TimeZone,
) -> Vec<LogFile> {
    let mut listings = Listings::default();
    let mut paths = |app: &App, written| {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let several = app.instances().and_then(|instances| instances.on(processors));
        instance_logs(written, several.unwrap_or(1), &mut listings)
    };
    apps.iter().flat_map(|app| files_of(app, home, zone, &mut paths)).collect()
}

fn files_of(
    app: &App,
    home: &Utf8Path,
    zone: &dyn Fn() -> TimeZone,
    paths: &mut dyn FnMut(&App, Utf8PathBuf) -> Vec<Utf8PathBuf>,
) -> Vec<LogFile> {
    if is_true(app, "disable_logs") {
        return Vec::new();
    }
    let layout = Layout::of(app, zone);
    let in_parts = app.env.get("PYTHONUNBUFFERED").is_some();
    let mut files: Vec<LogFile> = Vec::new();
    for (stream, (attribute, ending)) in STREAMS.into_iter().zip(LOGS) {
        let Some(written) = log_path(app, attribute, ending, home) else { continue };
        let paths = match is_true(app, "merge_logs") {
            true => vec![written],
            false => paths(app, written),
        };
        for path in paths {
            match files.iter_mut().find(|file| file.path == path) {
                Some(shared) => shared.stream = Stream::Combined,
                None => files.push(LogFile {
                    app: app.name.to_string(),
                    stream,
                    path,
                    layout: layout.clone(),
                    in_parts,
                    is_spare: false,
                }),
            }
        }
    }
    files
}

fn is_true(app: &App, attribute: &str) -> bool {
    app.setting(attribute) == Some(&Setting::Boolean(true))
}
