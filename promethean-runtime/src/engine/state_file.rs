//! The file of what is remembered of apps.

use std::io;
use std::path::Path;

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;

use super::SavedState;
use super::store::{Store, Unusable};

/// The name of the file.
const FILE: &str = "apps.json";

/// Why it cannot be read.
pub(crate) enum StateError {
    /// Its directory cannot be used.
    Directory(Unusable),
    /// The file itself: which processes are of which app is not known.
    File(Unusable),
}

/// What is said when a file cannot be read.
pub(crate) fn unreadable(path: &Path, reason: &str) -> Diagnostic {
    Diagnostic::new(format!("{} cannot be read: {}", Foreign(path.display()), Foreign(reason)))
}

/// Reads what is remembered in a directory.
///
/// # Errors
///
/// There is something that cannot be read: which processes are of which app is not known.
pub(crate) fn read(directory: &Path) -> Result<SavedState, StateError> {
    let store = Store::existing(directory).map_err(StateError::Directory)?;
    let Some(store) = store else { return Ok(SavedState::default()) };
    let unreadable = |reason: String| StateError::File(Unusable { path: store.file(FILE), reason });
    let text = store.read(FILE).map_err(|error| unreadable(error.to_string()))?;
    let Some(text) = text else { return Ok(SavedState::default()) };
    let apps = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
    Ok(SavedState::new(apps))
}

/// Writes the file as a whole or not at all.
pub(crate) fn write(directory: &Path, state: &SavedState) -> Result<(), Unusable> {
    let store = Store::open(directory)?;
    let write =
        || -> io::Result<()> { store.write(FILE, &serde_json::to_vec_pretty(state.apps())?) };
    write().map_err(|error| Unusable { path: store.file(FILE), reason: error.to_string() })
}
