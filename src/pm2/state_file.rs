//! The file of what is remembered of apps.

use std::io;

use super::home::Home;
use super::{Pm2Error, Store};
use crate::engine::SavedState;

/// The name of the file.
const FILE: &str = "apps.json";

/// Reads what is remembered.
///
/// # Errors
///
/// There is something that cannot be read: which processes are of which app is not known.
pub(super) fn read(home: &Home) -> Result<SavedState, Pm2Error> {
    let Some(store) = Store::existing(&home.own())? else { return Ok(SavedState::default()) };
    let unreadable = |reason: String| Pm2Error::StateFile { path: store.file(FILE), reason };
    let text = store.read(FILE).map_err(|error| unreadable(error.to_string()))?;
    let Some(text) = text else { return Ok(SavedState::default()) };
    let apps = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
    Ok(SavedState::new(apps))
}

/// Writes the file as a whole or not at all.
pub(super) fn write(home: &Home, state: &SavedState) -> Result<(), Pm2Error> {
    let store = Store::open(&home.own())?;
    let write =
        || -> io::Result<()> { store.write(FILE, &serde_json::to_vec_pretty(state.apps())?) };
    write().map_err(|error| Pm2Error::Home { path: store.file(FILE), reason: error.to_string() })
}
