//! The last lines that an app logged before it failed.

use std::io;
use std::path::Path;

use crate::engine::{Lengths, Process};
use crate::untrusted;

/// How many lines are shown.
const LINES: usize = 10;

/// The last lines of an app's logs since it was started: of its standard error if there are any,
/// else of its standard output.
pub(super) fn since_start(process: &Process) -> Vec<String> {
    let since = process.record.as_ref().map(|record| record.logs.clone()).unwrap_or_default();
    last_lines(process, &since)
}

fn last_lines(process: &Process, since: &Lengths) -> Vec<String> {
    let files = [&process.error_file, &process.out_file, &process.log_file];
    let mut lines = files.into_iter().flatten().map(|path| {
        let from = since.get(path).copied().unwrap_or(0);
        last(end_of(path.as_std_path(), from).unwrap_or_default())
    });
    lines.find(|lines| !lines.is_empty()).unwrap_or_default()
}

/// The last lines of a daemon's log from a place on, without those of every start and end of an app, and
/// without the calls that led to an error.
pub(super) fn of_daemon(path: &Path, from: u64) -> Vec<String> {
    let mut lines = end_of(path, from).unwrap_or_default();
    lines.retain(|line| !line.contains(" log: ") && !line.trim_start().starts_with("at "));
    last(lines)
}

fn last(mut lines: Vec<String>) -> Vec<String> {
    lines.drain(..lines.len().saturating_sub(LINES));
    lines
}

fn end_of(path: &Path, from: u64) -> io::Result<Vec<String>> {
    const MOST: u64 = 16 * 1024;
    let text = untrusted::end_of_log(path, from, MOST)?;
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
}
