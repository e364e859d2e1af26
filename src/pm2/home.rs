//! PM2's home: the lock that lets one run after the other work there.

use std::env;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Pm2Error, Store};

/// The directory that PM2 keeps its sockets, pid files and logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// The home that `PM2_HOME` names, else `~/.pm2`, as PM2 chooses it (`paths.js`).
    ///
    /// # Errors
    ///
    /// There is neither a `PM2_HOME` nor a home directory.
    pub fn of_user() -> Result<Home, Pm2Error> {
        if let Some(home) = env::var_os("PM2_HOME").filter(|home| !home.is_empty()) {
            let path = PathBuf::from(home);
            let absolute = std::path::absolute(&path)
                .map_err(|error| Pm2Error::Home { path, reason: error.to_string() })?;
            return Ok(Home(absolute));
        }
        let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
        let home = home.ok_or_else(|| Pm2Error::Home {
            path: PathBuf::from("~/.pm2"),
            reason: "the user has no home directory".to_owned(),
        })?;
        Ok(Home(home.join(".pm2")))
    }

    /// The home at this absolute path.
    #[must_use]
    pub fn at(path: PathBuf) -> Home {
        Home(path)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The log of PM2's daemon.
    #[must_use]
    pub fn daemon_log(&self) -> PathBuf {
        self.0.join("pm2.log")
    }

    /// Where pid files are that an app does not name.
    #[must_use]
    pub fn pids(&self) -> PathBuf {
        self.0.join("pids")
    }

    /// Checks that nobody else listens on the sockets of the daemon: what is sent there has secrets
    /// in it.
    ///
    /// # Errors
    ///
    /// A socket belongs to another user.
    pub(super) fn check_sockets(&self) -> Result<(), Pm2Error> {
        #[cfg(unix)]
        for name in ["rpc.sock", "pub.sock"] {
            use std::os::unix::fs::MetadataExt as _;
            let path = self.0.join(name);
            let own = rustix::process::geteuid().as_raw();
            if std::fs::metadata(&path).is_ok_and(|metadata| metadata.uid() != own) {
                let reason = "it belongs to another user".to_owned();
                return Err(Pm2Error::Home { path, reason });
            }
        }
        Ok(())
    }

    /// Whether a daemon may be there: it listens on a socket in its home. On Windows the socket is
    /// no file.
    #[must_use]
    pub fn may_have_daemon(&self) -> bool {
        cfg!(windows) || self.0.join("rpc.sock").exists()
    }

    /// The directory of what is remembered between two runs.
    #[must_use]
    pub fn own(&self) -> PathBuf {
        self.0.join("promethean")
    }

    /// Whether every user may put files there: into the place of PM2's sockets, for one, through
    /// which secrets go.
    #[must_use]
    pub fn is_open_to_all(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let metadata = std::fs::metadata(&self.0);
            metadata.is_ok_and(|metadata| metadata.permissions().mode() & 0o002 != 0)
        }
        #[cfg(not(unix))]
        {
            false
        }
    }

    /// Takes the lock of this home, waiting for whoever has it. `waiting` is told once of them.
    ///
    /// # Errors
    ///
    /// The home cannot be written to, or the lock is not free within `patience`.
    pub fn lock(
        &self,
        command: &str,
        patience: Duration,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<Lock, Pm2Error> {
        let unusable = |path: &Path, error: &io::Error| Pm2Error::Home {
            path: path.to_path_buf(),
            reason: error.to_string(),
        };
        let own = self.own();
        let store = Store::open(&own)?;
        let path = store.file("lock");
        let file = store.lock_file("lock").map_err(|error| unusable(&path, &error))?;
        let start = Instant::now();
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(unusable(&path, &error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let holder = || Holder::read(&store).map_or_else(|| "unknown".to_owned(), Holder::told);
            if start.elapsed() >= patience {
                return Err(Pm2Error::Locked { home: self.0.clone(), holder: holder() });
            }
            if !told {
                waiting(&holder());
                told = true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        file.set_len(0).map_err(|error| unusable(&path, &error))?;
        has_room(&own).map_err(|error| unusable(&own, &error))?;
        let holder = Holder { process: std::process::id(), command: command.to_owned() };
        holder.write(&store).map_err(|error| unusable(&store.file(HOLDER), &error))?;
        Ok(Lock { file })
    }
}

/// PM2 says nothing of a full disk and ends, or goes on without pid files and logs. So there has to
/// be room for what it writes at the start.
fn has_room(directory: &Path) -> io::Result<()> {
    static NEEDED: [u8; 64 * 1024] = [0x20; 64 * 1024];
    let mut file = tempfile::tempfile_in(directory)?;
    file.write_all(&NEEDED)?;
    file.sync_all()
}

/// The lock of a home. What PM2's client says goes into its file, which also keeps the lock until
/// the client has ended, when this process was ended before it.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Another handle of the file, with the same lock.
    pub(super) fn share(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

/// The last lines of what was written to a file.
pub(crate) fn last_lines(file: &mut File, count: usize) -> String {
    const MOST: u64 = 4 * 1024;
    let read = |file: &mut File| -> io::Result<String> {
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(MOST)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().join("\n")
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

    fn told(self) -> String {
        format!("`{}` (process {})", self.command, self.process)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn one_run_waits_for_the_other_and_says_for_whom() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::at(directory.path().join("home"));
        let first = home.lock("up duck", Duration::ZERO, &mut |_| {}).unwrap();
        let mut told = Vec::new();
        let refused = home.lock("apply", Duration::from_millis(120), &mut |who| {
            told.push(who.to_owned());
        });
        let Err(Pm2Error::Locked { holder, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(holder, format!("`up duck` (process {})", std::process::id()));
        assert_eq!(told, [holder]);
        drop(first);
        home.lock("apply", Duration::ZERO, &mut |_| {}).unwrap();
    }

    #[test]
    fn the_lock_lasts_as_long_as_a_handle_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::at(directory.path().to_path_buf());
        let lock = home.lock("up", Duration::ZERO, &mut |_| {}).unwrap();
        let shared = lock.share().unwrap();
        drop(lock);
        assert!(home.lock("up", Duration::ZERO, &mut |_| {}).is_err());
        drop(shared);
        home.lock("up", Duration::ZERO, &mut |_| {}).unwrap();
    }

    #[test]
    fn a_home_that_is_a_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = Home::at(file.join("home")).lock("up", Duration::ZERO, &mut |_| {});
        assert!(matches!(refused, Err(Pm2Error::Home { .. })), "{refused:?}");
    }
}
