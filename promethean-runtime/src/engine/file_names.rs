//! The names of an app's log files: what PM2 makes of a definition (`prepareAppConf` in
//! `lib/Common.js`, `executeApp` in `lib/God.js`). Other engines give them the same names.
//!
//! PM2 writes the app's name with `-` for all it does not know in names of files, and its number
//! for the process before the ending, in the place of a number that is there.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::app::App;
use promethean_core::attribute::Setting;

use super::environment::home_directory;

/// The ending of log files, before which PM2 writes its number.
pub(crate) const LOG: &str = ".log";

/// The attributes that name log files, with what PM2 writes behind the app's name where they do not.
pub(crate) const LOGS: [(&str, &str); 3] =
    [("out_file", "-out"), ("error_file", "-error"), ("log_file", "")];

/// The names in directories, each of which is read once: all apps have their files in one.
#[derive(Debug, Default)]
pub(crate) struct Listings {
    names: HashMap<Utf8PathBuf, BTreeSet<String>>,
    /// How many names were looked at, one by one.
    looked_at: usize,
}

impl Listings {
    fn of(&mut self, directory: &Utf8Path) -> &BTreeSet<String> {
        self.names.entry(directory.to_path_buf()).or_insert_with(|| {
            let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name().to_owned()).collect()
        })
    }

    /// The files `<beginning>-<number><ending>` and `<beginning><ending>` that are there, in the
    /// order of their numbers.
    pub(crate) fn numbered(
        &mut self,
        beginning: &Utf8Path,
        ending: &str,
    ) -> Vec<(Option<u64>, Utf8PathBuf)> {
        let (Some(directory), Some(name)) = (beginning.parent(), beginning.file_name()) else {
            return Vec::new();
        };
        let mut looked_at = 0;
        let names = self.of(directory).range::<str, _>((Bound::Included(name), Bound::Unbounded));
        let mut found: Vec<(Option<u64>, Utf8PathBuf)> = names
            .take_while(|entry| entry.starts_with(name))
            .inspect(|_| looked_at += 1)
            .filter_map(|entry| {
                let rest = entry.strip_prefix(name)?.strip_suffix(ending)?;
                let number = match rest {
                    "" => None,
                    rest => Some(number(rest.strip_prefix('-')?)?),
                };
                Some((number, directory.join(entry)))
            })
            .collect();
        self.looked_at += looked_at;
        found.sort();
        found
    }
}

/// The file of one of several instances that do not share one.
pub(crate) fn numbered(path: &Utf8Path, instance: usize) -> Utf8PathBuf {
    match path.as_str().strip_suffix(LOG) {
        Some(own) => format!("{own}-{instance}{LOG}").into(),
        None => path.to_path_buf(),
    }
}

/// The log files that are there of an app with so many instances; that of the first where none is.
pub(crate) fn instance_logs(
    path: Utf8PathBuf,
    instances: usize,
    listings: &mut Listings,
) -> Vec<Utf8PathBuf> {
    if !path.as_str().ends_with(LOG) {
        return vec![path];
    }
    let own = Utf8Path::new(without_ending(&path, LOG));
    let mut found = listings.numbered(own, LOG);
    // What ran before it was one process, or several, is among them.
    found.retain(|(number, _)| instances > 1 || number.unwrap_or(0) == 0);
    match found.is_empty() {
        true if instances > 1 => vec![numbered(&path, 0)],
        true => vec![path],
        false => found.into_iter().map(|(_, path)| path).collect(),
    }
}

/// The log files of an app that are there for a path of its definition; the path where none is.
pub(crate) fn numbered_logs(path: Utf8PathBuf, listings: &mut Listings) -> Vec<Utf8PathBuf> {
    if !path.as_str().ends_with(LOG) {
        return vec![path];
    }
    let own = without_ending(&path, LOG);
    let mut found = listings.numbered(Utf8Path::new(own), LOG);
    // Who gives PM2 the definition as it is gets PM2's own names.
    if found.iter().all(|(number, _)| number.is_none()) && without_number(own) != own {
        let pm2s = listings.numbered(Utf8Path::new(without_number(own)), LOG);
        // The number that the definition has is among them.
        found.retain(|(_, path)| pm2s.iter().all(|(_, pm2s)| pm2s != path));
        found.extend(pm2s);
    }
    match found.is_empty() {
        true => vec![path],
        false => found.into_iter().map(|(_, path)| path).collect(),
    }
}

/// The path of a log file that PM2 makes of a definition, before it adds its number; `None` where
/// nothing is written.
pub(crate) fn log_path(
    app: &App,
    attribute: &str,
    ending: &str,
    home: &Utf8Path,
) -> Option<Utf8PathBuf> {
    let own = || default_log(&app.name, ending, home);
    match app.setting(attribute) {
        Some(Setting::Text(path)) if path.is_empty() => Some(own()),
        Some(Setting::Text(path)) if is_nowhere(path) => None,
        Some(Setting::Text(path)) => Some(resolved(app, path)),
        Some(Setting::Boolean(true)) => Some(own()),
        Some(_) => None,
        None => (attribute != "log_file").then(own),
    }
}

/// The path of a log file that its app does not name.
pub(crate) fn default_log(app: &str, ending: &str, home: &Utf8Path) -> Utf8PathBuf {
    home.join("logs").join(format!("{}{ending}{LOG}", file_name(app)))
}

/// Whether PM2 writes no log to a path: any with one of these in it (`startLogging` in
/// `lib/Utility.js`).
pub(crate) fn is_nowhere(path: &str) -> bool {
    path.contains("NULL") || path.contains("/dev/null")
}

/// A path of the definition as PM2 resolves it.
pub(crate) fn resolved(app: &App, path: &str) -> Utf8PathBuf {
    let home = || Utf8PathBuf::from_path_buf(home_directory()?).ok();
    match (path.strip_prefix('~'), home()) {
        (Some(below), Some(home)) => home.join(below.trim_start_matches('/')),
        _ => app.absolute(path),
    }
}

/// An app's name as PM2 writes it in the names of files: `/[^a-zA-Z0-9\\.\\-]/g` becomes `-`. (The
/// expression lets `\` stay.) JavaScript counts in units of UTF-16, so that a character beyond the
/// first 65,536 becomes two.
pub fn file_name(app: &str) -> String {
    let stays = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '\\')
    };
    let replaced = app.chars().flat_map(|character| {
        let (written, times) =
            if stays(character) { (character, 1) } else { ('-', character.len_utf16()) };
        std::iter::repeat_n(written, times)
    });
    replaced.collect()
}

pub(crate) fn without_ending<'p>(path: &'p Utf8Path, ending: &str) -> &'p str {
    path.as_str().strip_suffix(ending).unwrap_or(path.as_str())
}

/// Takes away the number that PM2 replaces.
pub fn without_number(stem: &str) -> &str {
    match stem.rsplit_once('-') {
        Some((before, digits)) if number(digits).is_some() => before,
        _ => stem,
    }
}

fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // A number that is too large for PM2's counter is one that PM2 replaces.
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thousands of apps have their files in one directory.
    #[test]
    fn a_directory_is_read_once() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_path_buf()).unwrap();
        let write = |name: &str| std::fs::write(root.join(name), "").unwrap();
        for name in ["web-3.log", "web-10.log", "web.log", "web-x.log", "web-1-2.log", "webs-1.log"]
        {
            write(name);
        }
        let mut listings = Listings::default();
        let mut find = |name: &str| -> Vec<String> {
            let found = listings.numbered(&root.join(name), LOG).into_iter();
            found.filter_map(|(_, path)| path.file_name().map(str::to_owned)).collect()
        };
        assert_eq!(find("web"), ["web.log", "web-3.log", "web-10.log"]);
        write("db-1.log");
        assert_eq!(find("db"), [""; 0], "it is not read again");
        assert_eq!(find("webs"), ["webs-1.log"]);
    }

    /// Four times as many apps are four times the work.
    #[test]
    fn the_work_grows_as_the_apps_do() {
        let looked_at = |apps: usize| {
            let directory = tempfile::tempdir().unwrap();
            let root = Utf8PathBuf::from_path_buf(directory.path().to_path_buf()).unwrap();
            let path = |app: usize| root.join(format!("app-{app:04}-out.log"));
            for app in 0..apps {
                std::fs::write(numbered(&path(app), app), "").unwrap();
            }
            let mut listings = Listings::default();
            for app in 0..apps {
                assert_eq!(numbered_logs(path(app), &mut listings), [numbered(&path(app), app)]);
            }
            (listings.looked_at, listings.names.len())
        };
        assert_eq!(looked_at(500), (500, 1));
        assert_eq!(looked_at(2_000), (2_000, 1));
    }
}
