//! Files for tests.

use std::fs;
#[cfg(unix)]
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
#[cfg(unix)]
use std::process::Stdio;

use camino::Utf8PathBuf;

/// A temporary directory and its path, with all links followed.
///
/// # Panics
///
/// When none can be made.
#[must_use]
pub fn directory() -> (tempfile::TempDir, Utf8PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().canonicalize().expect("it exists");
    let path = Utf8PathBuf::from_path_buf(path).expect("its path is UTF-8");
    (directory, path)
}

/// Copies a directory with all it holds, but for logs.
///
/// # Panics
///
/// When something cannot be copied.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory can be made");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if !path.is_dir() {
            fs::copy(&path, &target).expect("a file can be copied");
        } else if entry.file_name() != "logs" {
            copy(&path, &target);
        }
    }
}

/// All files below a directory, as it is now: what is removed meanwhile is left out, and nothing is followed.
#[must_use]
pub fn below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let files = entries.flat_map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => below(&entry.path()),
        Ok(kind) if kind.is_file() => vec![entry.path()],
        _ => Vec::new(),
    });
    files.collect()
}

/// Copies a program that a test starts. Another process does it: a program that this one has open cannot be
/// started, and while it writes, the processes that other tests start have the file open, too.
///
/// # Panics
///
/// When it cannot be copied.
pub fn copy_program(from: impl AsRef<Path>, to: impl AsRef<Path>) {
    let copied = Command::new("cp").arg(from.as_ref()).arg(to.as_ref()).status();
    assert!(copied.expect("cp can be started").success());
}

/// Writes a program that a test starts; by another process, as [`copy_program`].
///
/// # Panics
///
/// When it cannot be written.
#[cfg(unix)]
pub fn write_program(path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"cat > "$0" && chmod 755 "$0""#]).arg(path.as_ref());
    let mut shell = shell.stdin(Stdio::piped()).spawn().expect("sh can be started");
    let written = shell.stdin.take().map(|mut pipe| pipe.write_all(text.as_ref()));
    assert!(matches!(written, Some(Ok(()))), "{written:?}");
    assert!(shell.wait().expect("it is there").success());
}

/// The root of the repository.
///
/// # Panics
///
/// When this crate lies elsewhere.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("it is tests/support")
}

/// Holds a committed file, by its path in the repository, against what it is generated from; with
/// `UPDATE=1` in the environment it is written anew.
///
/// # Panics
///
/// When the file is stale.
pub fn committed(path: &str, generated: &str) {
    let file = repository().join(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, generated).expect("the file can be written");
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    if committed != generated {
        let (old, new): (Vec<&str>, Vec<&str>) =
            (committed.lines().collect(), generated.lines().collect());
        let at = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        let shown =
            |lines: &[&str]| lines.iter().skip(at).take(5).copied().collect::<Vec<_>>().join("\n");
        panic!(
            "{path} is stale: run the test again with UPDATE=1\nfrom line {}:\n{}\n--- now:\n{}",
            at + 1,
            shown(&old),
            shown(&new)
        );
    }
}
