//! The copy of a log that was truncated: `copytruncate` of logrotate, and pm2-logrotate.
//!
//! Both copy a log to a name that begins with that of the log, and truncate it then. What was
//! written between the last look and the copy is only in the copy.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::time::{Duration, SystemTime};

use camino::Utf8Path;

use super::reading::{Each, Reading};
use crate::untrusted;

/// How much a copied time may be too old: a copy may keep only whole seconds.
const ROUNDING: Duration = Duration::from_secs(1);

/// Hands over what a copy of a log has beyond the place that the log was read to. Without a copy
/// (`pm2 flush`) nothing is handed over, nor from one that was compressed at once.
pub(super) fn rest(log: &Utf8Path, reading: &mut Reading, each: &mut Each<'_>) -> io::Result<()> {
    let Some(mut copy) = copy_of(log, reading) else { return Ok(()) };
    let mut block = vec![0; 64 << 10];
    // A copy that cannot be read to its end is as one that ends there.
    while let Ok(count @ 1..) = copy.read(&mut block) {
        reading.push(block.get(..count).unwrap_or_default(), each)?;
    }
    Ok(())
}

/// The copy, at the place that the log was read to.
fn copy_of(log: &Utf8Path, reading: &Reading) -> Option<File> {
    let (stem, name) = (log.file_stem()?, log.file_name()?);
    let oldest = reading.modified?.checked_sub(ROUNDING)?;
    let entries = fs::read_dir(log.parent()?).ok()?.flatten();
    let mut copies: Vec<(SystemTime, std::path::PathBuf)> = entries
        .filter(|entry| {
            let other = entry.file_name();
            other != name && other.to_str().is_some_and(|other| other.starts_with(stem))
        })
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            let modified = metadata.modified().ok()?;
            let may_be = modified >= oldest && metadata.len() >= reading.place;
            may_be.then(|| (modified, entry.path()))
        })
        .collect();
    copies.sort();
    copies.into_iter().rev().find_map(|(_, path)| continues(&path, reading))
}

/// A file at the place that another one was read to, if the text before that place is the same.
fn continues(path: &std::path::Path, reading: &Reading) -> Option<File> {
    let known = u64::try_from(reading.before.len()).ok().filter(|known| *known > 0)?;
    let mut file = untrusted::open_regular(path).ok()?;
    file.seek(SeekFrom::Start(reading.place.checked_sub(known)?)).ok()?;
    let mut before = vec![0; reading.before.len()];
    file.read_exact(&mut before).ok()?;
    (before == reading.before).then_some(file)
}
