//! The pid files of an app, as `prepareAppConf` in `lib/Common.js` and `executeApp` in
//! `lib/God.js` name them.

use std::env;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::app::App;
use promethean_core::attribute::Setting;

use super::home::Home;

/// The beginning of the paths of an app's pid files: PM2 puts its number for the process between it
/// and `.pid`.
pub(crate) fn pid_files(app: &App, home: &Home) -> Utf8PathBuf {
    let path = written(app).unwrap_or_else(|| {
        let pids = Utf8PathBuf::from_path_buf(home.pids()).unwrap_or_default();
        pids.join(format!("{}.pid", file_name(app)))
    });
    without_number(&path)
}

/// The files `<beginning>-<number>.pid` that are there.
pub(crate) fn numbered(beginning: &Utf8Path) -> Vec<Utf8PathBuf> {
    let (Some(directory), Some(name)) = (beginning.parent(), beginning.file_name()) else {
        return Vec::new();
    };
    let Ok(entries) = directory.read_dir_utf8() else { return Vec::new() };
    let is_its = |file: &str| {
        let number = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        let number = number.and_then(|rest| rest.strip_suffix(".pid"));
        number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let files = entries.flatten().filter(|entry| is_its(entry.file_name()));
    files.map(|entry| entry.path().to_path_buf()).collect()
}

/// The path that `pid_file` names.
fn written(app: &App) -> Option<Utf8PathBuf> {
    let Some(Setting::Text(path)) = app.setting("pid_file") else { return None };
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

/// Takes away `.pid` and a number before it, as PM2 replaces them.
fn without_number(path: &Utf8Path) -> Utf8PathBuf {
    let path = path.as_str();
    let stem = path.strip_suffix(".pid").unwrap_or(path);
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
        let without = |path| without_number(Utf8Path::new(path)).into_string();
        assert_eq!(without("/pids/web.pid"), "/pids/web");
        assert_eq!(without("/pids/web-1.pid"), "/pids/web");
        assert_eq!(without("/pids/web-a1.pid"), "/pids/web-a1");
        assert_eq!(without("/pids/web2.pid"), "/pids/web2");
    }
}
