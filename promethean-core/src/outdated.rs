//! Whether the files that an `include each` matches are still those that were compiled in: Cargo does
//! not see that a file is new.

use std::path::Path;

use smol_str::SmolStr;

use crate::each::{Each, EachError, files};
use crate::ecosystem::Ecosystem;

/// How the files that a pattern matches differ from those that were compiled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outdated {
    /// The pattern.
    pub pattern: SmolStr,
    /// The directory that it is relative to.
    pub directory: String,
    /// The files that are there and were not compiled in.
    pub new: Vec<SmolStr>,
    /// The files that were compiled in and are not there.
    pub gone: Vec<SmolStr>,
}

impl Outdated {
    /// The first pattern of an ecosystem, or of one that it refers to, whose files are others now than
    /// when it was compiled. `None` where the directory of the crate is not there: the program runs on
    /// another machine than it was compiled on.
    ///
    /// # Errors
    ///
    /// A directory cannot be read.
    pub fn first(ecosystem: &Ecosystem) -> Result<Option<Outdated>, EachError> {
        let (mut seen, mut next): (Vec<&Ecosystem>, _) = (Vec::new(), vec![ecosystem]);
        while let Some(ecosystem) = next.pop() {
            if seen.iter().any(|other| ecosystem.is(other)) {
                continue;
            }
            if let Some(outdated) = Outdated::of(ecosystem)? {
                return Ok(Some(outdated));
            }
            next.extend(ecosystem.links().iter().map(|link| link.ecosystem));
            seen.push(ecosystem);
        }
        Ok(None)
    }

    fn of(ecosystem: &Ecosystem) -> Result<Option<Outdated>, EachError> {
        let directory = Path::new(ecosystem.directory());
        if ecosystem.declaration().each.is_empty() || !directory.is_dir() {
            return Ok(None);
        }
        for Each { pattern, files: compiled } in &ecosystem.declaration().each {
            let found = files(directory, pattern)?;
            let without = |all: &[SmolStr], others: &[SmolStr]| -> Vec<SmolStr> {
                all.iter().filter(|file| !others.contains(file)).cloned().collect()
            };
            let (new, gone) = (without(&found, compiled), without(compiled, &found));
            if !new.is_empty() || !gone.is_empty() {
                let (pattern, directory) =
                    (pattern.value.clone(), ecosystem.directory().to_owned());
                return Ok(Some(Outdated { pattern, directory, new, gone }));
            }
        }
        Ok(None)
    }
}
