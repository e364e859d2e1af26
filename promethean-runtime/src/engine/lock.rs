//! The lock that lets one run after the other work in a place.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use serde::{Deserialize, Serialize};

use super::TELL;
use super::store::{Store, Unusable};

/// Why a lock is not taken.
#[derive(Debug)]
pub(crate) enum LockError {
    /// Its directory cannot be used.
    Unusable(Unusable),
    /// Another run has it, and did not end in time.
    Locked {
        /// That run.
        holder: String,
    },
}

/// What is said when another run has the lock of a directory.
pub(crate) fn held(directory: &Path, holder: &str) -> Diagnostic {
    Diagnostic::new(format!(
        "another run is in progress in {}: {}",
        Foreign(directory.display()),
        Foreign(holder)
    ))
    .help("try again when it ends")
}

/// Whether a run is at work in a directory.
pub(crate) fn is_at_work(directory: &Path) -> bool {
    let store = Store::existing(directory).ok().flatten();
    let holder = store.and_then(|store| Holder::read(&store));
    holder.is_some_and(|holder| is_process(holder.process))
}

/// Whether a process is there.
#[cfg(unix)]
fn is_process(pid: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // Another user's process cannot be signalled, and is there.
    pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn is_process(_: u32) -> bool {
    true
}

/// Whether there is no room for what was to be written.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// An engine may say nothing of a full disk and end, or go on without pid files and logs. So there has
/// to be room for what it writes at the start.
fn has_room(directory: &Path) -> io::Result<()> {
    static NEEDED: [u8; 64 * 1024] = [0x20; 64 * 1024];
    let mut file = tempfile::tempfile_in(directory)?;
    file.write_all(&NEEDED)?;
    file.sync_all()
}

/// The lock of a directory. A handle of its file keeps it, too: a client of the engine that has one lets
/// the next run begin when it has ended itself, when this process was ended before it.
#[derive(Debug)]
pub struct FileLock {
    file: File,
    /// Where the file is that says who has the lock.
    store: Store,
    /// The directory that it is in.
    own: PathBuf,
    interrupted: bool,
}

impl FileLock {
    /// Takes the lock of a directory, waiting for whoever has it. `waiting` is told of them, at once and
    /// every few seconds. `engine` is the name of the engine that a run asks for something.
    ///
    /// # Errors
    ///
    /// The directory cannot be written to, or the lock is not free within `patience`.
    pub(crate) fn take(
        directory: &Path,
        engine: &str,
        command: &str,
        patience: Duration,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<FileLock, LockError> {
        let unusable = |path: PathBuf, error: &io::Error| {
            LockError::Unusable(Unusable { path, reason: error.to_string() })
        };
        let store = Store::open(directory).map_err(LockError::Unusable)?;
        let path = || store.file("lock");
        let file = store.lock_file("lock").map_err(|error| unusable(path(), &error))?;
        let start = Instant::now();
        let mut told: Option<Instant> = None;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(unusable(path(), &error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let holder = || {
                let holder = Holder::read(&store);
                holder.map_or_else(|| "another command".to_owned(), |holder| holder.told(engine))
            };
            if start.elapsed() >= patience {
                return Err(LockError::Locked { holder: holder() });
            }
            if told.is_none_or(|told| told.elapsed() >= TELL) {
                waiting(&holder());
                told = Some(Instant::now());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        file.set_len(0).map_err(|error| unusable(path(), &error))?;
        // What cannot be read was not taken away, either.
        let interrupted = !matches!(store.read(HOLDER), Ok(None));
        let holder = Holder { process: std::process::id(), command: command.to_owned() };
        match holder.write(&store) {
            // What has filled the disk can still be stopped.
            Err(error) if is_full(&error) => {}
            written => written.map_err(|error| unusable(store.file(HOLDER), &error))?,
        }
        Ok(FileLock { file, store, own: directory.to_path_buf(), interrupted })
    }

    /// Another handle of the file, with the same lock.
    pub(crate) fn share(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Checks that there is room for what an engine writes when it starts an app.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(crate) fn check_room(&self) -> Result<(), Unusable> {
        has_room(&self.own)
            .map_err(|error| Unusable { path: self.own.clone(), reason: error.to_string() })
    }

    /// Whether the run that had the lock before was ended in its work: the engine may still be at it.
    pub(crate) fn follows_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Notes that the engine has finished all that this run asked for. Without it the next run takes this
    /// one for interrupted.
    pub(crate) fn finished(&self) {
        // A file that stays costs the next run half a second.
        let _ = self.store.remove(HOLDER);
    }
}

/// The file of who holds the lock.
const HOLDER: &str = "holder.json";

/// Who holds the lock.
#[derive(Serialize, Deserialize)]
struct Holder {
    process: u32,
    command: String,
}

impl Holder {
    fn read(store: &Store) -> Option<Holder> {
        serde_json::from_slice(&store.read(HOLDER).ok()??).ok()
    }

    fn write(&self, store: &Store) -> io::Result<()> {
        store.write(HOLDER, &serde_json::to_vec(self)?)
    }

    fn told(self, engine: &str) -> String {
        let ended = match is_process(self.process) {
            true => String::new(),
            false => format!(", which ended: {engine} is finishing its requests"),
        };
        format!("`{}` (process {}{ended})", self.command, self.process)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(directory: &Path, command: &str) -> Result<FileLock, LockError> {
        FileLock::take(directory, "PM2", command, Duration::ZERO, &mut |_| {})
    }

    /// A lock that nobody holds. A program that another test starts just now has it, too, for a moment:
    /// until it runs.
    fn free(directory: &Path, command: &str) -> FileLock {
        const LIMIT: Duration = Duration::from_secs(300);
        FileLock::take(directory, "PM2", command, LIMIT, &mut |_| {}).unwrap()
    }

    #[test]
    fn one_run_waits_for_the_other_and_says_for_whom() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("place");
        let first = free(&place, "up duck");
        let mut told = Vec::new();
        let refused =
            FileLock::take(&place, "PM2", "apply", Duration::from_millis(120), &mut |who| {
                told.push(who.to_owned());
            });
        let Err(LockError::Locked { holder }) = refused else { panic!("{refused:?}") };
        assert_eq!(holder, format!("`up duck` (process {})", std::process::id()));
        assert_eq!(told, [holder]);
        drop(first);
        free(&place, "apply");
    }

    #[test]
    fn the_lock_lasts_as_long_as_a_handle_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let lock = free(directory.path(), "up");
        let shared = lock.share().unwrap();
        drop(lock);
        assert!(taken(directory.path(), "up").is_err());
        drop(shared);
        free(directory.path(), "up");
    }

    #[test]
    fn a_run_that_is_ended_in_its_work_is_noticed_by_the_next() {
        let directory = tempfile::tempdir().unwrap();
        let lock = || free(directory.path(), "up");
        let first = lock();
        assert!(!first.follows_interrupted() && is_at_work(directory.path()));
        drop(first);
        let second = lock();
        assert!(second.follows_interrupted());
        second.finished();
        assert!(!is_at_work(directory.path()));
        drop(second);
        assert!(!lock().follows_interrupted());
    }
}
