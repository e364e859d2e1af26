//! Where the engine of a system keeps its files: a directory for each ecosystem and root, so that two
//! checkouts run side by side.

use std::env;
use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::tz::TimeZone;
use promethean_core::const_check::hash_of;

use super::EmbeddedError;
use super::daemon::LOCK;
use crate::engine::Owner;
use crate::engine::environment::home_directory;
use crate::engine::file_names::file_name;
use crate::engine::store::{Store, Unusable};
use crate::engine::zone;
use crate::untrusted;

/// The variable that says where all engines keep their directories.
pub const VARIABLE: &str = "PROMETHEAN_HOME";

/// The file with the variable `TZ` of the engine, which writes times and reads `cron_restart` in its zone.
const ZONE: &str = "zone";

/// The directory of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home(Utf8PathBuf);

impl Home {
    /// That of an ecosystem: in `$PROMETHEAN_HOME`, `$XDG_STATE_HOME/promethean` or
    /// `~/.local/state/promethean`.
    ///
    /// # Errors
    ///
    /// There is no home directory, or its path is not UTF-8.
    pub fn of(owner: &Owner) -> Result<Home, EmbeddedError> {
        Ok(Home::below(&above()?, owner))
    }

    /// That of an ecosystem, below the directory of all engines.
    #[must_use]
    pub fn below(above: &Utf8Path, owner: &Owner) -> Home {
        let item = owner.declared.as_ref().and_then(|declared| declared.item.as_deref());
        let hash = hash_of(&[&owner.name, owner.root.as_str(), item.unwrap_or_default()]);
        let name: String = file_name(&owner.name).chars().take(NAME).collect();
        Home(above.join(format!("{name}-{hash:016x}")))
    }

    /// The engine's directory at a path.
    #[must_use]
    pub fn at(path: Utf8PathBuf) -> Home {
        Home(path)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.0
    }

    /// The directory of the directories of all engines.
    pub(super) fn above(&self) -> &Utf8Path {
        self.0.parent().unwrap_or(&self.0)
    }

    /// The engine's own log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.0.join("engine.log").into()
    }

    /// Opens the directory, which belongs to the user alone; makes it where it is not there.
    pub(super) fn store(&self) -> Result<Store, EmbeddedError> {
        Ok(Store::open(self.0.as_std_path())?)
    }

    /// The socket that the engine listens on: in its directory, or if that path is too long for a
    /// socket, in the user's own directory for such files.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        let near = self.0.join("socket");
        match near.as_str().len() < LONGEST {
            true => near.into(),
            false => elsewhere().join(format!("{:016x}", hash_of(&[self.0.as_str()]))),
        }
    }

    /// Writes down in which time zone this engine is.
    pub(super) fn write_zone(store: &Store) -> io::Result<()> {
        match env::var(zone::VARIABLE) {
            Ok(written) => store.write(ZONE, written.as_bytes()),
            Err(_) => match store.remove(ZONE) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => Ok(()),
            },
        }
    }

    /// The time zone of the engine that runs, or ran last.
    pub(super) fn zone(&self) -> TimeZone {
        let store = Store::existing(self.0.as_std_path());
        // Where it cannot be read, nothing else of the place can.
        let written = store.ok().flatten().and_then(|store| store.read(ZONE).ok().flatten());
        let written = written.and_then(|written| String::from_utf8(written).ok());
        zone::of_variable(written.as_deref())
    }

    /// Whether an engine of this place lives, be it one that nobody can reach.
    pub(super) fn has_engine(&self) -> bool {
        let lock = untrusted::open_regular(self.0.join(LOCK).as_std_path());
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Makes the directory of the socket, where nobody else may put one.
    pub(super) fn open_socket_directory(&self) -> Result<(), EmbeddedError> {
        if let Some(directory) = self.socket().parent() {
            Store::open(directory)?;
        }
        Ok(())
    }
}

/// Where sockets are whose paths would be too long.
fn elsewhere() -> PathBuf {
    let runtime = env::var_os("XDG_RUNTIME_DIR").filter(|path| Path::new(path).is_absolute());
    let user = rustix::process::geteuid().as_raw();
    let directory = runtime.map_or_else(env::temp_dir, PathBuf::from);
    directory.join(format!("promethean-{user}"))
}

/// How many characters of an ecosystem's name are in that of its directory.
const NAME: usize = 40;

/// How many bytes an operating system has for the path of a socket and the zero that ends it
/// (`sun_path` of `struct sockaddr_un`).
const LONGEST: usize = if cfg!(target_os = "linux") { 108 } else { 104 };

fn above() -> Result<Utf8PathBuf, EmbeddedError> {
    let given = |name: &str| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let path = given(VARIABLE)
        .or_else(|| Some(given("XDG_STATE_HOME")?.join("promethean")))
        .or_else(|| Some(home_directory()?.join(".local/state/promethean")));
    let unusable = |path: PathBuf, reason: String| Unusable { path, reason };
    let path =
        path.ok_or_else(|| unusable("~".into(), "the user has no home directory".to_owned()))?;
    let absolute =
        std::path::absolute(&path).map_err(|error| unusable(path.clone(), error.to_string()))?;
    Ok(Utf8PathBuf::from_path_buf(path_clean::clean(absolute))
        .map_err(|path| unusable(path, "it is not UTF-8".to_owned()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(name: &str, root: &str) -> Owner {
        Owner { name: name.to_owned(), root: root.into(), declared: None }
    }

    #[test]
    fn each_ecosystem_and_each_root_has_a_directory_of_its_own() {
        let path = |name: &str, root: &str| Home::of(&owner(name, root)).unwrap().path().to_owned();
        assert_eq!(path("shop", "/one"), path("shop", "/one"));
        assert_ne!(path("shop", "/one"), path("shop", "/two"));
        assert_ne!(path("shop", "/one"), path("shops", "/one"));
        let strange = path("../../sh op\n", "/one");
        assert!(strange.file_name().unwrap().starts_with("..-..-sh-op--"), "{strange}");
    }

    #[test]
    fn a_socket_is_near_unless_its_path_is_too_long() {
        let near = Home::at("/home/duck/.local/state/promethean/shop-1".into());
        assert_eq!(near.socket(), near.path().join("socket").as_std_path());
        let deep = Home::at(format!("/{}", "x".repeat(100)).into());
        let socket = deep.socket();
        assert!(!socket.starts_with(deep.path()), "{socket:?}");
        assert!(socket.as_os_str().len() < LONGEST, "{socket:?}");
    }
}
