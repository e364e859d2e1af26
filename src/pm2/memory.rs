//! The file of what is remembered of apps.

use std::io;

use super::home::Home;
use super::{Pm2Error, Store};
use crate::engine::Memory;

/// The name of the file.
const FILE: &str = "apps.json";

/// Reads what is remembered.
///
/// # Errors
///
/// There is something that cannot be read: which processes are of which app is not known.
pub(super) fn read(home: &Home) -> Result<Memory, Pm2Error> {
    let Some(store) = Store::existing(&home.own())? else { return Ok(Memory::default()) };
    let unreadable = |reason: String| Pm2Error::Memory { path: store.file(FILE), reason };
    let text = store.read(FILE).map_err(|error| unreadable(error.to_string()))?;
    let Some(text) = text else { return Ok(Memory::default()) };
    let apps = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
    Ok(Memory::new(apps))
}

/// Writes the file as a whole or not at all.
pub(super) fn write(home: &Home, memory: &Memory) -> Result<(), Pm2Error> {
    let store = Store::open(&home.own())?;
    let write =
        || -> io::Result<()> { store.write(FILE, &serde_json::to_vec_pretty(memory.apps())?) };
    write().map_err(|error| Pm2Error::Home { path: store.file(FILE), reason: error.to_string() })
}
