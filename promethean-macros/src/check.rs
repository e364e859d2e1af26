//! The rules of the language, over what was parsed.

use promethean_core::check::{Surroundings, check};

use crate::item;
use crate::parse::Parsed;

/// Adds what the rules find; the disk is that of the crate that is compiled.
pub(crate) fn ecosystem(mut parsed: Parsed) -> Parsed {
    let directory = std::env::var_os("CARGO_MANIFEST_DIR");
    let surroundings = Surroundings {
        directory: directory.as_ref().map(AsRef::as_ref),
        is_closed: Some(item::is_closed),
        is_in_scope: Some(item::is_in_scope),
    };
    let problems = check(&parsed.declaration, surroundings);
    parsed.add_problems(problems);
    parsed.defer_names();
    parsed
}
