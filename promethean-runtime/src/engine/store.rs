//! The directory of what is remembered between two runs, and files that others may have put in our
//! way.
//!
//! The directory above it, a `PM2_HOME` for one, may be open to others. Nothing is read or written
//! through a link of theirs: the directory is ours alone, every file is opened below it, and what is
//! there is replaced as a whole.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::untrusted;

/// A file or directory that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unusable {
    /// The file or directory.
    pub(crate) path: PathBuf,
    /// Why not.
    pub(crate) reason: String,
}

/// A directory that only its user can read and write.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    #[cfg(unix)]
    directory: std::os::fd::OwnedFd,
}

impl Store {
    /// The error of a file or directory.
    fn failed(path: &Path, reason: &dyn std::fmt::Display) -> Unusable {
        Unusable { path: path.to_path_buf(), reason: reason.to_string() }
    }

    /// The path of a file.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io::Write as _;
    use std::os::unix::fs::DirBuilderExt as _;

    use rustix::fs::{FileType, Mode, OFlags};

    use super::{File, Path, Store, Unusable, io, untrusted};

    const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

    impl Store {
        /// Opens the directory; makes it where it is not there.
        ///
        /// # Errors
        ///
        /// It is a link, belongs to somebody else, or cannot be used.
        pub(crate) fn open(path: &Path) -> Result<Store, Unusable> {
            let failed = |error: io::Error| Store::failed(path, &error);
            if let Some(home) = path.parent() {
                fs::create_dir_all(home).map_err(failed)?;
            }
            match fs::DirBuilder::new().mode(0o700).create(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(failed(error));
                }
                _ => {}
            }
            Store::existing(path)?.ok_or_else(|| Store::failed(path, &"it was just removed"))
        }

        /// Opens the directory; `None` where it is not there.
        ///
        /// # Errors
        ///
        /// As [`Store::open`].
        pub(crate) fn existing(path: &Path) -> Result<Option<Store>, Unusable> {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let directory = match rustix::fs::open(path, flags, Mode::empty()) {
                Ok(directory) => directory,
                Err(rustix::io::Errno::NOENT) => return Ok(None),
                Err(error) => {
                    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
                    return Err(match is_link {
                        true => Store::failed(path, &"it is a link; it must be a directory"),
                        false => Store::failed(path, &io::Error::from(error)),
                    });
                }
            };
            let failed = |error: rustix::io::Errno| Store::failed(path, &io::Error::from(error));
            let found = rustix::fs::fstat(&directory).map_err(failed)?;
            if found.st_uid != rustix::process::geteuid().as_raw() {
                return Err(Store::failed(path, &"it belongs to another user"));
            }
            if Mode::from_raw_mode(found.st_mode).intersects(Mode::RWXG | Mode::RWXO) {
                rustix::fs::fchmod(&directory, Mode::RWXU).map_err(failed)?;
            }
            Ok(Some(Store { path: path.to_path_buf(), directory }))
        }

        /// Opens a file to lock it, and to append to it.
        pub(crate) fn lock_file(&self, name: &str) -> io::Result<File> {
            let file = self.open_file(name, OFlags::RDWR | OFlags::APPEND | OFlags::CREATE)?;
            // Whoever can open it can hold the lock for ever.
            rustix::fs::fchmod(&file, PRIVATE)?;
            Ok(file)
        }

        /// Opens a file to read it; `None` where it is not there. What others can write to is not
        /// believed.
        pub(super) fn open_to_read(&self, name: &str) -> io::Result<Option<File>> {
            let file = match self.open_file(name, OFlags::RDONLY) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                other => other?,
            };
            let mode = Mode::from_raw_mode(rustix::fs::fstat(&file)?.st_mode);
            match mode.intersects(Mode::WGRP | Mode::WOTH) {
                true => Err(io::Error::other("other users can write to it")),
                false => Ok(Some(file)),
            }
        }

        /// A file of ours that is no link and nothing that keeps whoever opens it waiting.
        fn open_file(&self, name: &str, flags: OFlags) -> io::Result<File> {
            let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let file = rustix::fs::openat(&self.directory, name, flags, PRIVATE)
                .map_err(|error| untrusted::told(error.into()))?;
            let found = rustix::fs::fstat(&file)?;
            if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
                return Err(io::Error::other(untrusted::NO_FILE));
            }
            if found.st_uid != rustix::process::geteuid().as_raw() {
                return Err(io::Error::other("it belongs to another user"));
            }
            Ok(file.into())
        }

        /// Removes a file.
        pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
            Ok(rustix::fs::unlinkat(&self.directory, name, rustix::fs::AtFlags::empty())?)
        }

        /// Writes a file as a whole or not at all, in the place of whatever has its name.
        pub(crate) fn write(&self, name: &str, contents: &[u8]) -> io::Result<()> {
            // The lock lets one run after the other write: what is there was left by a killed one.
            let unfinished = format!(".{name}.new");
            match rustix::fs::unlinkat(&self.directory, &unfinished, rustix::fs::AtFlags::empty()) {
                Ok(()) | Err(rustix::io::Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
            let mut file =
                self.open_file(&unfinished, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
            file.write_all(contents)?;
            file.sync_all()?;
            rustix::fs::renameat(&self.directory, &unfinished, &self.directory, name)?;
            Ok(())
        }
    }
}

#[cfg(not(unix))]
mod other {
    use std::fs::{self, OpenOptions};
    use std::io::Write as _;

    use super::{File, Path, Store, Unusable, io, untrusted};

    impl Store {
        /// Opens the directory; makes it where it is not there.
        ///
        /// # Errors
        ///
        /// It cannot be used.
        pub(crate) fn open(path: &Path) -> Result<Store, Unusable> {
            fs::create_dir_all(path).map_err(|error| Store::failed(path, &error))?;
            Ok(Store { path: path.to_path_buf() })
        }

        /// Opens the directory; `None` where it is not there.
        ///
        /// # Errors
        ///
        /// As [`Store::open`].
        pub(crate) fn existing(path: &Path) -> Result<Option<Store>, Unusable> {
            Ok(path.is_dir().then(|| Store { path: path.to_path_buf() }))
        }

        /// Opens a file to lock it, and to append to it.
        pub(crate) fn lock_file(&self, name: &str) -> io::Result<File> {
            OpenOptions::new().read(true).append(true).create(true).open(self.file(name))
        }

        /// Opens a file to read it; `None` where it is not there.
        pub(super) fn open_to_read(&self, name: &str) -> io::Result<Option<File>> {
            match untrusted::open_unlinked(&self.file(name)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                other => other.map(Some),
            }
        }

        /// Removes a file.
        pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
            fs::remove_file(self.file(name))
        }

        /// Writes a file as a whole or not at all, in the place of whatever has its name.
        pub(crate) fn write(&self, name: &str, contents: &[u8]) -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
            file.write_all(contents)?;
            file.as_file().sync_all()?;
            file.persist(self.file(name)).map_err(|error| error.error)?;
            Ok(())
        }
    }
}

impl Store {
    /// What is in a file; `None` where it is not there.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.open_to_read(name)?.map(untrusted::contents).transpose()
    }
}
