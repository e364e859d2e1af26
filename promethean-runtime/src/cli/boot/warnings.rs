//! What works in this shell and will not work at boot.

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;

use crate::boot::{Boot, Keeper, from_this_shell, is_in_target_directory};
use crate::cli::{Failure, engine};
use crate::operations::Target;

/// What to know before the unit is installed, each with its word: `warning`, `note`.
pub(super) fn of(boot: &Boot, target: &Target) -> Result<Vec<(&'static str, Diagnostic)>, Failure> {
    let mut found = Vec::new();
    for variable in from_this_shell(&target.wanted()) {
        let lost = Diagnostic::new(format!(
            "{variable} comes from this shell and will be missing when the machine boots"
        ))
        .help("put secrets in a `secrets` file; give inherited variables a default with `or`");
        found.push(("warning", lost));
    }
    let dumped = match boot.keeper {
        Keeper::Pm2 => engine::place_of_user()?.dumped(target.system()),
        Keeper::Embedded => Vec::new(),
    };
    for dumped in dumped {
        let apps: Vec<&str> = dumped.apps.iter().map(String::as_str).collect();
        let plain = Diagnostic::new(format!(
            "{} has {} with all variables in plain text, and `pm2 resurrect` starts them as they were",
            dumped.file,
            Foreign(apps.join(", "))
        ))
        .help("delete it; to keep what else it has, run `down`, `pm2 save --force` and `up`");
        found.push(("warning", plain));
    }
    if is_in_target_directory(&boot.program) {
        let temporary = Diagnostic::new(format!(
            "{} is in cargo's target directory: `cargo clean` deletes it, and a build replaces it",
            boot.program
        ))
        .help("run `cargo install --path .`, then `boot install` with the installed program");
        found.push(("warning", temporary));
    }
    Ok(found)
}
