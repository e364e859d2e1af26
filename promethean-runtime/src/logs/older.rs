//! The older files of a log: those that were replaced by a new one, and copies of what was truncated since.
//!
//! | who | their names |
//! | --- | --- |
//! | the embedded engine, logrotate | `web-out.log.1` is the youngest, `web-out.log.2` is older |
//! | pm2-logrotate | `web-out__2026-11-26_00-00-00.log` |
//!
//! Those that were compressed are not among them.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

/// The names of the files in directories, each of which is read once.
#[derive(Debug, Default)]
pub(super) struct Older(HashMap<Utf8PathBuf, BTreeSet<String>>);

impl Older {
    /// The older files of a log, the youngest first.
    pub(super) fn of(&mut self, log: &Utf8Path) -> Vec<Utf8PathBuf> {
        let (Some(directory), Some(name)) = (log.parent(), log.file_name()) else {
            return Vec::new();
        };
        let names = self.0.entry(directory.to_path_buf()).or_insert_with(|| names(directory));
        let numbered = (1..)
            .map(|number| format!("{name}.{number}"))
            .take_while(|numbered| names.contains(numbered));
        let mut found: Vec<Utf8PathBuf> = numbered.map(|name| directory.join(name)).collect();
        let mut dated: Vec<(SystemTime, Utf8PathBuf)> = dated(names, name)
            .filter_map(|name| {
                let path = directory.join(name);
                let modified = fs::metadata(&path).and_then(|file| file.modified()).ok()?;
                Some((modified, path))
            })
            .collect();
        dated.sort();
        found.extend(dated.into_iter().rev().map(|(_, path)| path));
        found
    }
}

fn names(directory: &Utf8Path) -> BTreeSet<String> {
    let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_owned()).collect()
}

/// The names that pm2-logrotate gives the copies of a log (`proceed` in its `app.js`): its `dateFormat` may be
/// another one, but what is no time is the log of another app.
fn dated<'n>(names: &'n BTreeSet<String>, log: &str) -> impl Iterator<Item = &'n str> {
    let begin = format!("{}__", log.strip_suffix(ENDING).unwrap_or(log));
    let found = names.range(begin.clone()..).map(String::as_str);
    let found = found.take_while({
        let begin = begin.clone();
        move |name| name.starts_with(&begin)
    });
    found.filter(move |name| {
        let time = name.get(begin.len()..).and_then(|rest| rest.strip_suffix(ENDING));
        let is_of_time =
            |character: char| character.is_ascii_digit() || "-_:.TZ".contains(character);
        time.is_some_and(|time| {
            time.starts_with(|first: char| first.is_ascii_digit()) && time.chars().all(is_of_time)
        })
    })
}

const ENDING: &str = ".log";
