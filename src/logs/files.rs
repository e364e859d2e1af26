//! Where an app's logs are, as PM2 places them (`lib/Common.js`, `prepareAppConf`; `lib/God.js`,
//! `executeApp`), found without asking PM2: its daemon may be dead.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::app::App;
use promethean_core::attribute::Setting;

use super::{Layout, LogFile, Stream};

/// The streams, with the attribute that names their file and what PM2 puts behind the app's name.
const STREAMS: [(Stream, &str, &str); 3] = [
    (Stream::Out, "out_file", "-out"),
    (Stream::Err, "error_file", "-error"),
    (Stream::Combined, "log_file", ""),
];

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
    for (stream, attribute, ending) in STREAMS {
        let Some(written) = place(app, attribute, ending, pm2_home) else { continue };
        let paths = match is_true(app, "merge_logs") {
            true => vec![written],
            false => of_instances(written),
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

/// The path that PM2 makes of the definition, before it adds an id; `None` where nothing is written.
fn place(app: &App, attribute: &str, ending: &str, pm2_home: &Utf8Path) -> Option<Utf8PathBuf> {
    let own = || pm2_home.join("logs").join(format!("{}{ending}.log", file_name(&app.name)));
    match app.setting(attribute) {
        Some(Setting::Text(path)) if path.is_empty() => Some(own()),
        // `lib/Utility.js`, `startLogging`: any path with one of these in it.
        Some(Setting::Text(path)) if path.contains("NULL") || path.contains("/dev/null") => None,
        Some(Setting::Text(path)) => Some(match (path.strip_prefix('~'), home()) {
            (Some(below), Some(home)) => home.join(below.trim_start_matches('/')),
            _ => app.absolute(path.as_str()),
        }),
        Some(Setting::Boolean(true)) => Some(own()),
        Some(_) => None,
        None => (attribute != "log_file").then(own),
    }
}

/// The home directory that PM2 puts for `~`.
fn home() -> Option<Utf8PathBuf> {
    Utf8PathBuf::from_path_buf(std::env::home_dir()?).ok()
}

/// An app's name as PM2 writes it in the names of files. (Its expression lets `\` stay.)
fn file_name(app: &str) -> String {
    let stays = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '\\')
    };
    // JavaScript counts in units of UTF-16, so a character beyond the first 65,536 gives two.
    let replaced = app.chars().flat_map(|character| {
        let (written, times) =
            if stays(character) { (character, 1) } else { ('-', character.len_utf16()) };
        std::iter::repeat_n(written, times)
    });
    replaced.collect()
}

/// The files there are of all instances, in the order of their ids. PM2 puts the id in place of
/// `/-[0-9]+\.log$|\.log$/`.
fn of_instances(path: Utf8PathBuf) -> Vec<Utf8PathBuf> {
    let (Some(directory), Some(stem)) = (path.parent(), path.file_name().and_then(stem)) else {
        return vec![path];
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<(Option<u64>, Utf8PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let id = name.strip_prefix(stem)?.strip_suffix(".log")?;
            let id = if id.is_empty() { None } else { Some(number(id.strip_prefix('-')?)?) };
            Some((id, directory.join(name)))
        })
        .collect();
    if found.is_empty() {
        return vec![path];
    }
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// The name of a log before its id.
fn stem(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".log")?;
    match stem.rsplit_once('-') {
        Some((before, id)) if number(id).is_some() => Some(before),
        _ => Some(stem),
    }
}

fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}
