//! Places for a moment, also where the system's own directory for them is missing or full.

use std::env;
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// A file without a name: in memory where the system has such files.
pub(crate) fn file() -> io::Result<File> {
    #[cfg(target_os = "linux")]
    if let Ok(file) =
        rustix::fs::memfd_create("promethean", rustix::fs::MemfdFlags::CLOEXEC).map(File::from)
    {
        return Ok(file);
    }
    tempfile::tempfile_in(directory())
}

/// A directory that is there: that of temporary files if possible.
pub(crate) fn directory() -> PathBuf {
    let usual = env::temp_dir();
    let others = ["/tmp", "/var/tmp"].map(PathBuf::from);
    let mut places = std::iter::once(usual.clone()).chain(others);
    let root = || usual.ancestors().last().map(PathBuf::from);
    places.find(|place| place.is_dir()).or_else(root).unwrap_or(usual)
}
