//! The files that PM2 writes for an app, as `prepareAppConf` in `lib/Common.js` and `executeApp` in
//! `lib/God.js` name them.

use std::env;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::app::App;
use promethean_core::attribute::Setting;

use super::home::Home;

/// The beginning of the paths of an app's pid files: PM2 puts its number for the process between it
/// and `.pid`.
pub(crate) fn pid_files(app: &App, home: &Home) -> Utf8PathBuf {
    let path = written(app, "pid_file").unwrap_or_else(|| {
        let pids = Utf8PathBuf::from_path_buf(home.pids()).unwrap_or_default();
        pids.join(format!("{}.pid", file_name(app)))
    });
    without_number(&path, ".pid")
}

/// The logs of an app that are there: those of its names, and those with PM2's number for a process
/// before `.log`, as it writes them without `merge_logs`.
pub(crate) fn log_files(app: &App, home: &Home) -> Vec<Utf8PathBuf> {
    let default = |stream: &str| {
        let logs = Utf8PathBuf::from_path_buf(home.path().join("logs")).unwrap_or_default();
        logs.join(format!("{}-{stream}.log", file_name(app)))
    };
    let named = [
        Some(written(app, "out_file").unwrap_or_else(|| default("out"))),
        Some(written(app, "error_file").unwrap_or_else(|| default("error"))),
        written(app, "log_file"),
    ];
    let mut files = Vec::new();
    for path in named.into_iter().flatten() {
        files.extend(numbered(&without_number(&path, ".log"), ".log"));
        if path.is_file() && !files.contains(&path) {
            files.push(path);
        }
    }
    files
}

/// The files `<beginning>-<number><ending>` that are there.
pub(crate) fn numbered(beginning: &Utf8Path, ending: &str) -> Vec<Utf8PathBuf> {
    let (Some(directory), Some(name)) = (beginning.parent(), beginning.file_name()) else {
        return Vec::new();
    };
    let Ok(entries) = directory.read_dir_utf8() else { return Vec::new() };
    let is_its = |file: &str| {
        let number = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        let number = number.and_then(|rest| rest.strip_suffix(ending));
        number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let files = entries.flatten().filter(|entry| is_its(entry.file_name()));
    files.map(|entry| entry.path().to_path_buf()).collect()
}

/// The path that an attribute names.
fn written(app: &App, attribute: &str) -> Option<Utf8PathBuf> {
    let Some(Setting::Text(path)) = app.setting(attribute) else { return None };
    match path.strip_prefix('~') {
        Some(below) => {
            let home = Utf8PathBuf::from_path_buf(env::home_dir()?).ok()?;
            Some(home.join(below.trim_start_matches('/')))
        }
        None => Some(app.absolute(path.as_str())),
    }
}

/// The app's name as PM2 writes it in the names of files.
fn file_name(app: &App) -> String {
    let plain = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '\\' | '.' | '-')
    };
    app.name.chars().map(|character| if plain(character) { character } else { '-' }).collect()
}

/// Takes away an ending and a number before it, as PM2 replaces them.
fn without_number(path: &Utf8Path, ending: &str) -> Utf8PathBuf {
    let path = path.as_str();
    let stem = path.strip_suffix(ending).unwrap_or(path);
    let number = stem.trim_end_matches(|character: char| character.is_ascii_digit());
    match number.strip_suffix('-') {
        Some(before) if number.len() < stem.len() => before.into(),
        _ => stem.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pm2_puts_its_own_number_in_the_place_of_one_that_is_there() {
        let without = |path| without_number(Utf8Path::new(path), ".pid").into_string();
        assert_eq!(without("/pids/web.pid"), "/pids/web");
        assert_eq!(without("/pids/web-1.pid"), "/pids/web");
        assert_eq!(without("/pids/web-a1.pid"), "/pids/web-a1");
        assert_eq!(without("/pids/web2.pid"), "/pids/web2");
    }
}
