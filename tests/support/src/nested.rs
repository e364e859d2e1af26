//! Crates that a test makes and builds.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::Utf8PathBuf;

use crate::files::repository;
use crate::node::target_directory;

/// The target directory that all crates of tests share, so that what they depend on is built once.
/// Whoever has this value has it alone: two crates of one name would overwrite each other's program.
#[derive(Debug)]
pub struct Nested {
    _alone: MutexGuard<'static, ()>,
}

impl Nested {
    /// Waits until no other test has it.
    #[must_use]
    pub fn begin() -> Nested {
        static ALONE: Mutex<()> = Mutex::new(());
        // A test that failed with it has left nothing half done: Cargo builds again what is not.
        Nested { _alone: ALONE.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// The target directory.
    #[must_use]
    pub fn target(&self) -> PathBuf {
        target_directory().join("nested")
    }

    /// Makes Cargo, or a shell that runs it, build there, small, and as in a terminal of its own.
    pub fn prepare<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        as_in_a_terminal(command)
            .env("CARGO_TARGET_DIR", self.target())
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
    }

    /// A folder outside the repository with a link `promethean` to it, empty but for that. It has the
    /// same path in each run: for Cargo another path is another package, to be built again.
    ///
    /// # Panics
    ///
    /// When it cannot be made.
    #[must_use]
    pub fn beside_a_clone(&self) -> Folder {
        let mut hasher = DefaultHasher::new();
        target_directory().hash(&mut hasher);
        let path = std::env::temp_dir().join(format!("promethean-clone-{:016x}", hasher.finish()));
        let path = Utf8PathBuf::from_path_buf(path).expect("a temporary directory is UTF-8");
        let folder = Folder { path };
        folder.remove();
        fs::create_dir(&folder.path).expect("the temporary directory can be written to");
        link(repository(), folder.path.join("promethean").as_std_path());
        folder
    }
}

/// Takes away what Cargo tells a test about its own package. Build scripts read some of it: with it,
/// Cargo would build again what is there, and without it the next time once more.
pub fn as_in_a_terminal(command: &mut Command) -> &mut Command {
    const OWN: [&str; 6] = [
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_PRIMARY_",
        "CARGO_TARGET_TMPDIR",
    ];
    for (name, _) in std::env::vars_os() {
        if OWN.iter().any(|own| name.to_string_lossy().starts_with(own)) {
            command.env_remove(name);
        }
    }
    command
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) {
    std::os::unix::fs::symlink(to, at).expect("a link can be made");
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) {
    panic!("these tests need links, as Unix has them");
}

/// A folder that ends with this value.
#[derive(Debug)]
pub struct Folder {
    /// Its path.
    pub path: Utf8PathBuf,
}

impl Folder {
    fn remove(&self) {
        // It need not be there.
        let _ = fs::remove_dir_all(&self.path);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.remove();
    }
}
