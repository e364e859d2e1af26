//! PM2's home.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{NAME, Pm2Error};
use crate::engine::environment::home_directory;
use crate::engine::lock::{self, FileLock, LockError};

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
            return Home::in_text(absolute);
        }
        let home = home_directory().ok_or_else(|| Pm2Error::Home {
            path: PathBuf::from("~/.pm2"),
            reason: "the user has no home directory".to_owned(),
        })?;
        Home::in_text(home.join(".pm2"))
    }

    /// As [`Home::at`], of a path that can be written: PM2's answers are text, and so is what is
    /// remembered of a home.
    ///
    /// # Errors
    ///
    /// The path is not UTF-8.
    fn in_text(path: PathBuf) -> Result<Home, Pm2Error> {
        match path.to_str() {
            Some(_) => Ok(Home::at(path)),
            None => Err(Pm2Error::Home {
                path,
                reason: "it is not UTF-8; set `PM2_HOME` to a directory whose path is".to_owned(),
            }),
        }
    }

    /// The home at this absolute path. PM2 takes `..` out of the text of a path and does not follow
    /// links for it (`p.resolve` in `paths.js`), and so does this.
    #[must_use]
    pub fn at(path: PathBuf) -> Home {
        Home(path_clean::clean(path))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The log of PM2's daemon.
    #[must_use]
    pub fn daemon_log(&self) -> PathBuf {
        self.file("PM2_LOG_FILE_PATH", "pm2.log")
    }

    /// The file with the pid of PM2's daemon. It stays when the daemon is killed.
    #[must_use]
    pub fn daemon_pid(&self) -> PathBuf {
        self.file("PM2_PID_FILE_PATH", "pm2.pid")
    }

    /// A file of PM2's, which a variable can put elsewhere (`paths.js`).
    fn file(&self, variable: &str, name: &str) -> PathBuf {
        match env::var_os(variable).filter(|path| !path.is_empty()) {
            Some(path) => path.into(),
            None => self.0.join(name),
        }
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
        for path in self.sockets().into_iter().filter(|socket| is_file(socket)) {
            use std::os::unix::fs::MetadataExt as _;
            let own = rustix::process::geteuid().as_raw();
            if std::fs::metadata(&path).is_ok_and(|metadata| metadata.uid() != own) {
                let reason = "it belongs to another user".to_owned();
                return Err(Pm2Error::Home { path, reason });
            }
        }
        Ok(())
    }

    /// Whether a daemon may be there: it listens on a socket in its home, which stays when the daemon
    /// is killed. Where the socket is not a file, a daemon may always be there.
    ///
    /// # Errors
    ///
    /// As [`Home::fits_sockets`].
    pub fn may_have_daemon(&self) -> Result<bool, Pm2Error> {
        self.fits_sockets()?;
        let [requests, _] = self.sockets();
        Ok(!is_file(&requests) || requests.exists())
    }

    /// Whether the sockets of PM2's daemon can be bound. A path that is too long is cut off by Node 20,
    /// so that the socket is a file of another name, and both sockets can be one; newer versions of
    /// Node reject it.
    ///
    /// # Errors
    ///
    /// The path of a socket is longer than a socket's address can be.
    pub fn fits_sockets(&self) -> Result<(), Pm2Error> {
        let too_long = |path: &PathBuf| is_file(path) && path.as_os_str().len() >= SOCKET_PATH;
        match self.sockets().into_iter().find(too_long) {
            Some(path) => Err(Pm2Error::SocketPath {
                length: path.as_os_str().len(),
                limit: SOCKET_PATH,
                path,
            }),
            None => Ok(()),
        }
    }

    /// The sockets of PM2's daemon, for requests and for events: `DAEMON_RPC_PORT` and
    /// `DAEMON_PUB_PORT` in `paths.js`. They can also be addresses of the network.
    fn sockets(&self) -> [PathBuf; 2] {
        [self.file("PM2_DAEMON_RPC_PORT", "rpc.sock"), self.file("PM2_DAEMON_PUB_PORT", "pub.sock")]
    }

    /// The socket that PM2's daemon takes requests from, where that is a file.
    #[cfg(unix)]
    pub(super) fn request_socket(&self) -> Option<PathBuf> {
        let [requests, _] = self.sockets();
        is_file(&requests).then_some(requests)
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
        crate::untrusted::is_open_to_all(&self.0)
    }

    /// Takes the lock of this home, waiting for whoever has it. `waiting` is told of them, at once and
    /// every few seconds.
    ///
    /// # Errors
    ///
    /// The home cannot be written to, or the lock is not free within `patience`.
    pub fn lock(
        &self,
        command: &str,
        patience: Duration,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<FileLock, Pm2Error> {
        self.fits_sockets()?;
        FileLock::take(&self.own(), NAME, command, patience, waiting).map_err(|error| match error {
            LockError::Unusable(unusable) => unusable.into(),
            LockError::Locked { holder } => Pm2Error::Locked { home: self.0.clone(), holder },
        })
    }

    /// Whether a run is at work in this home.
    pub(crate) fn is_at_work(&self) -> bool {
        lock::is_at_work(&self.own())
    }
}

/// How many bytes an operating system has for the path of a socket and the zero that ends it
/// (`sun_path` of `struct sockaddr_un`).
const SOCKET_PATH: usize = if cfg!(target_os = "linux") { 108 } else { 104 };

/// Whether a socket of PM2's is a file, and not an address or a pipe of Windows.
fn is_file(socket: &Path) -> bool {
    cfg!(unix) && socket.is_absolute()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_path_is_what_pm2_takes_it_for() {
        let path = |path: &str| Home::at(path.into()).path().display().to_string();
        assert_eq!(path("/home/duck/"), "/home/duck");
        assert_eq!(path("/home/./duck//x/../"), "/home/duck");
        assert_eq!(path("/../duck"), "/duck");
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_is_rejected() {
        use std::os::unix::ffi::OsStringExt as _;
        let path = PathBuf::from(std::ffi::OsString::from_vec(b"/home/d\xffck".to_vec()));
        let rejected = Home::in_text(path).unwrap_err().to_string();
        assert!(rejected.contains("not UTF-8") && rejected.contains("PM2_HOME"), "{rejected}");
        Home::in_text(PathBuf::from("/home/dück")).unwrap();
    }

    #[test]
    fn a_path_that_is_too_long_for_a_socket_is_rejected() {
        let directory = |length: usize| {
            let home = Home::at(format!("/{}", "x".repeat(length - 1)).into());
            home.fits_sockets()
        };
        let name = "/rpc.sock".len();
        directory(SOCKET_PATH - 1 - name).unwrap();
        let rejected = directory(SOCKET_PATH - name).unwrap_err();
        let Pm2Error::SocketPath { ref path, length, .. } = rejected else { panic!("{rejected}") };
        assert_eq!((length, path.as_os_str().len()), (SOCKET_PATH, SOCKET_PATH));
        let said = rejected.to_string();
        assert!(said.contains(&format!("fewer than {SOCKET_PATH}")), "{said}");
        assert!(said.contains("PM2_HOME"), "{said}");
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
