//! Engines that run what an ecosystem was before it got another name, or was moved to another directory.

use std::path::Path;
use std::time::Duration;

use camino::{Utf8DirEntry, Utf8PathBuf};
use promethean_core::foreign::Foreign;

use super::place::Home;
use super::session::Connection;
use super::{Embedded, EmbeddedError};
use crate::engine::{Owner, Place as _};

/// An engine of this user that may run the ecosystem as it was.
#[derive(Debug)]
pub struct FormerEngine {
    /// The engine.
    pub engine: Embedded,
    /// The ecosystem as it was.
    pub owner: Owner,
    /// Whether the ecosystem is in the same directory and has another name. Else it has the same name, and its
    /// directory is not there any more.
    pub is_renamed: bool,
    /// The operating system's number of the engine, where it says that.
    pid: Option<u32>,
}

impl FormerEngine {
    /// All that run; each gets this time for an answer.
    ///
    /// # Errors
    ///
    /// There is no home directory.
    pub fn all(of: &Owner, patience: Duration) -> Result<Vec<FormerEngine>, EmbeddedError> {
        let own = Embedded::of(of)?;
        let above = own.home.above().to_path_buf();
        let entries = above.read_dir_utf8().into_iter().flatten().flatten();
        let mut places: Vec<Utf8PathBuf> =
            entries.map(Utf8DirEntry::into_path).filter(|path| path != own.home.path()).collect();
        places.sort();
        let found = places.into_iter().filter_map(|path| {
            let home = Home::at(path);
            if !home.has_engine() {
                return None;
            }
            let engine = Embedded { home, patience, ..own.clone() }.that_runs();
            let saved = engine.saved_state().ok()?;
            let owner = saved.iter().map(|(_, app)| app.owner.clone()).next()?;
            let item = |owner: &Owner| owner.declared.as_ref().and_then(|at| at.item.clone());
            let is_same = owner.name == of.name && item(&owner) == item(of);
            let is_renamed = owner.root == of.root && !is_same;
            let is_moved = is_same && !Path::new(owner.root.as_str()).exists();
            if !is_renamed && !is_moved {
                return None;
            }
            let pid = Connection::open_now(&engine.home).ok()??.pid;
            Some(FormerEngine { engine, owner, is_renamed, pid })
        });
        Ok(found.collect())
    }

    /// What it runs is of, in words.
    #[must_use]
    pub fn title(&self) -> String {
        let name = Embedded::NAME;
        match self.is_renamed {
            true => format!("{name} as `{}`", Foreign(&self.owner)),
            false => {
                format!("{name} of the former directory {}", Foreign(&self.owner.root))
            }
        }
    }

    /// How what it runs is ended.
    #[must_use]
    pub fn ends(&self) -> String {
        match (self.is_renamed, self.pid) {
            (false, _) => {
                format!("`--root {} down --engine embedded` ends it", Foreign(&self.owner.root))
            }
            // It ends all in order then.
            (true, Some(pid)) => format!("`kill {pid}` ends that engine and all that it runs"),
            (true, None) => format!(
                "with the name `{}` again, `down --engine embedded` ends it",
                Foreign(&self.owner)
            ),
        }
    }
}
