//! Paths as text. PM2's configuration is JSON, which holds no path that is not UTF-8.

use camino::{Utf8Path, Utf8PathBuf};

/// Joins a path to a directory and removes `.` and `..` without looking at the disk.
#[must_use]
pub fn join(directory: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    if is_clean(path.as_str()) && directory.as_str() != "/" {
        let mut joined = String::with_capacity(directory.as_str().len() + 1 + path.as_str().len());
        joined.push_str(directory.as_str());
        joined.push(std::path::MAIN_SEPARATOR);
        joined.push_str(path.as_str());
        return joined.into();
    }
    let cleaned = path_clean::clean(directory.join(path));
    // Cleaning takes parts away and adds none, so what was UTF-8 still is.
    Utf8PathBuf::from_path_buf(cleaned).unwrap_or_else(|_| directory.join(path))
}

/// Whether a relative path can be appended to a clean directory as it is.
fn is_clean(path: &str) -> bool {
    let plain = |name: &[u8]| !matches!(name, b"" | b"." | b"..");
    // Only Windows has other separators and drives.
    cfg!(unix) && path.as_bytes().split(|byte| *byte == b'/').all(plain)
}

/// The last part of a path, such as the name of a program: `node` of `/usr/bin/node`.
#[must_use]
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// A path with one more ending: `index` with `js` is `index.js`, and `v1.2` is `v1.2.js`.
#[must_use]
pub fn with_ending(path: &Utf8Path, ending: &str) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}.{ending}"))
}

/// Moves a path from below one directory to below another; elsewhere it stays where it is.
#[must_use]
pub fn relocate(path: &Utf8Path, from: &Utf8Path, to: &Utf8Path) -> Utf8PathBuf {
    match path.strip_prefix(from) {
        Ok(below) if below.as_str().is_empty() => to.to_path_buf(),
        Ok(below) => to.join(below),
        Err(_) => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_paths_are_clean() {
        let join = |path| join(Utf8Path::new("/repo/agents"), Utf8Path::new(path)).into_string();
        assert_eq!(join("."), "/repo/agents");
        assert_eq!(join("../services/./tts/"), "/repo/services/tts");
        assert_eq!(join("/elsewhere"), "/elsewhere");
        assert_eq!(join("../../.."), "/");
    }

    #[test]
    fn only_what_is_below_the_old_directory_moves() {
        let relocate = |path| {
            relocate(Utf8Path::new(path), Utf8Path::new("/repo"), Utf8Path::new("/srv"))
                .into_string()
        };
        assert_eq!(relocate("/repo"), "/srv");
        assert_eq!(relocate("/repo/services"), "/srv/services");
        assert_eq!(relocate("/repository"), "/repository");
    }
}
