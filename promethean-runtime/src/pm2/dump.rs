//! What `pm2 save` has written.

use std::collections::BTreeSet;

use camino::Utf8Path;
use promethean_core::app::System;

use super::home::Home;
use crate::engine::Dumped;
use crate::untrusted::read_small;

/// What `pm2 save` has written of a system: the dump, and the one before it, which PM2 keeps
/// (`dump` in `lib/API/Startup.js`).
pub(super) fn dumped(system: &System, home: &Home) -> Vec<Dumped> {
    let Some(home) = Utf8Path::from_path(home.path()) else { return Vec::new() };
    let files = ["dump.pm2", "dump.pm2.bak"].map(|name| home.join(name));
    let found = files.into_iter().filter_map(|file| {
        // What PM2 cannot read brings nothing up.
        let dump: Vec<serde_json::Value> =
            serde_json::from_slice(&read_small(file.as_std_path()).ok()?).ok()?;
        let names = dump.iter().filter_map(|app| app.get("name")?.as_str());
        let apps: BTreeSet<String> =
            names.filter(|name| system.app(name).is_some()).map(str::to_owned).collect();
        (!apps.is_empty()).then_some(Dumped { file, apps })
    });
    found.collect()
}
