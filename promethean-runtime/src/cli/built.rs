//! Whether this program was built from the files that are there now: Cargo does not see each change.

use std::{env, fs};

use promethean_core::diagnostic::Diagnostic;
use promethean_core::ecosystem::Ecosystem;
use promethean_core::foreign::Foreign;
use promethean_core::list::some_of;
use promethean_core::outdated::Outdated;

use super::output;

/// Why a program is not run that Cargo runs for another directory than it was built in: Cargo takes the one that lies
/// in the target directory of a copy, or in one that several checkouts share, for that of each of them.
pub(super) fn built_elsewhere(ecosystem: &Ecosystem) -> Option<Diagnostic> {
    let of_cargo = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let (package, here) = (of_cargo("CARGO_PKG_NAME")?, of_cargo("CARGO_MANIFEST_DIR")?);
    if package != ecosystem.package() {
        return None;
    }
    let built = ecosystem.directory();
    let place = |directory: &str| fs::canonicalize(directory).ok();
    if here == built || place(&here).is_some() && place(&here) == place(built) {
        return None;
    }
    let message =
        format!("this program was built in {}, and is run for {}", Foreign(built), Foreign(&here));
    let file = Foreign(ecosystem.place().file).to_string();
    let help = format!(
        "`touch {file}` and run it again: Cargo does not see that the directory is another one; or say which one is \
         meant: `--root DIR`"
    );
    Some(Diagnostic::new(message).help(help))
}

/// Says which files `include each` matches now and did not when this program was compiled, and the
/// other way round.
pub(super) fn tell_outdated(ecosystem: &Ecosystem) {
    let outdated = match Outdated::first(ecosystem) {
        Ok(None) => return,
        Ok(Some(outdated)) => outdated,
        Err(error) => return output::note(&format!("warning: `include each`: {error}")),
    };
    let Outdated { pattern, new, gone, .. } = &outdated;
    if !new.is_empty() {
        let files = some_of(new, SHOWN);
        output::note(&format!("warning: new, and not part of this program: {files}"));
    }
    if !gone.is_empty() {
        let files = some_of(gone, SHOWN);
        output::note(&format!("warning: gone, and still part of this program: {files}"));
    }
    output::note(&format!(
        "  help: build it again; where Cargo finds nothing to do, `touch` the file that has \
         `include each {pattern:?}`"
    ));
}

/// How many files are named of those that are new or gone.
const SHOWN: usize = 10;
