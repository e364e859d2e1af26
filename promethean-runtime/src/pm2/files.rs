//! The names of an app's pid and log files: what PM2 makes of a definition (`prepareAppConf` in
//! `lib/Common.js`, `executeApp` in `lib/God.js`), and what it is told so that two apps never have
//! files of one name.
//!
//! PM2 writes the app's name with `-` for all it does not know in names of files, and its number
//! for the process before the ending, in the place of a number that is there: the pid files of
//! `web-7` are those of `web`. So where the name or the path ends in `-` and digits PM2 is told of
//! another number behind it, and puts its own in the place of that.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::app::App;
use promethean_core::attribute::Setting;
use serde_json::{Map, Value};

use super::home::Home;
use crate::engine::file_names::{LOG, LOGS, Listings, log_path, resolved, without_ending};
pub use crate::engine::file_names::{file_name, without_number};

/// The ending of pid files, before which PM2 writes its number.
const PID: &str = ".pid";

/// The beginning of the paths of an app's pid files: PM2 writes `-`, its number for the process and
/// `.pid` behind it. No two names have the same.
pub fn pid_files(app: &App, home: &Home) -> Utf8PathBuf {
    match pid_path(app) {
        Some(path) => without_ending(&path, PID).into(),
        None => pids(home).join(distinct_name(&app.name)),
    }
}

/// The path that `pid_file` names.
fn pid_path(app: &App) -> Option<Utf8PathBuf> {
    match app.setting("pid_file") {
        Some(Setting::Text(path)) if !path.is_empty() => Some(resolved(app, path)),
        _ => None,
    }
}

fn pids(home: &Home) -> Utf8PathBuf {
    Utf8PathBuf::from_path_buf(home.pids()).unwrap_or_default()
}

/// The files `<beginning>-<number>.pid` that are there. A path that does not end in `.pid` PM2 takes
/// as it is.
pub(crate) fn numbered_pids(beginning: &Utf8Path, listings: &mut Listings) -> Vec<Utf8PathBuf> {
    let numbered = listings.numbered(beginning, PID).into_iter();
    let numbered = numbered.filter_map(|(number, path)| number.map(|_| path));
    let as_it_is = beginning.is_file().then(|| beginning.to_path_buf());
    numbered.chain(as_it_is).collect()
}

/// What PM2 has to be told of an app's files beyond its definition.
pub fn told(app: &App, home: &Home) -> Map<String, Value> {
    let mut told = Map::new();
    let default = file_name(&app.name);
    let pid = match pid_path(app) {
        Some(path) => kept(&path, PID),
        None => {
            let name = distinct_name(&app.name);
            let differs = name != default || without_number(&name) != name;
            differs.then(|| pids(home).join(format!("{name}-0{PID}")).into_string())
        }
    };
    told.extend(pid.map(|path| ("pid_file".to_owned(), path.into())));
    let Some(home) = Utf8Path::from_path(home.path()) else { return told };
    if app.setting("merge_logs") == Some(&Setting::Boolean(true)) {
        return told;
    }
    for (attribute, ending) in LOGS {
        let path = log_path(app, attribute, ending, home);
        let path = path.and_then(|path| kept(&path, LOG));
        told.extend(path.map(|path| (attribute.to_owned(), path.into())));
    }
    told
}

/// A path in which PM2 replaces another number than the one it ends in, where it ends in one.
fn kept(path: &Utf8Path, ending: &str) -> Option<String> {
    let own = without_ending(path, ending);
    (path.as_str().ends_with(ending) && without_number(own) != own)
        .then(|| format!("{own}-0{ending}"))
}

/// An app's name in the names of files, so that no two names become one: in the place of what PM2
/// writes `-` for stand `_` and `%` with the bytes in hexadecimal.
fn distinct_name(app: &str) -> String {
    let mut name = String::with_capacity(app.len());
    for character in app.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_') {
            name.push(character);
            continue;
        }
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(name, "%{byte:02x}");
        }
    }
    name
}
