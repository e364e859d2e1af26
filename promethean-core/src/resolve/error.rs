//! Why an ecosystem cannot be resolved.

use std::fmt;

use crate::diagnostic::{Diagnostic, ItemPath};
use crate::problem::{Fault, quoted};

/// A fault and the path to it: `duck_voice › watch`.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// The path.
    pub path: ItemPath,
    /// What is wrong there.
    pub fault: Fault,
}

impl Located {
    pub(super) fn new(path: impl Into<ItemPath>, fault: Fault) -> Located {
        Located { path: path.into(), fault }
    }

    /// What there is to say of it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        self.fault.diagnostic().at(self.path.clone())
    }
}

impl fmt::Display for Located {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic().fmt(formatter)
    }
}

/// Why an ecosystem cannot be resolved.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResolveError {
    /// Something is wrong in the declaration, or an expression gave what its attribute does not
    /// take.
    Problems(Vec<Located>),
    /// A unit was asked for that is not there.
    UnknownUnit {
        /// The unit that was asked for.
        name: String,
        /// What was probably meant: one unit, or services of several agents.
        meant: Vec<String>,
        /// The names that are there.
        known: Vec<String>,
    },
    /// A unit was asked for that the active profile does not have.
    NotInProfile {
        /// The unit that was asked for.
        name: String,
        /// The active profile.
        profile: Option<String>,
        /// The profiles it exists in.
        exists_in: Vec<String>,
    },
    /// The app of an external was asked for.
    NotStarted {
        /// The external.
        name: String,
    },
    /// A profile was asked for that no block names.
    UnknownProfile {
        /// The profile that was asked for.
        name: String,
        /// What was probably meant.
        meant: Option<String>,
        /// The profiles that are there.
        known: Vec<String>,
    },
    /// A machine was named that is not there.
    UnknownMachine {
        /// The machine that was named.
        name: String,
        /// What was probably meant.
        meant: Option<String>,
        /// The machines that are there.
        known: Vec<String>,
    },
    /// A unit was asked for on a machine that it does not run on.
    OnOtherMachine {
        /// The unit that was asked for.
        name: String,
        /// The machine.
        here: String,
        /// The machines that it can run on.
        machines: Vec<String>,
    },
}

impl ResolveError {
    /// All that is wrong.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let one = match self {
            ResolveError::Problems(problems) => {
                return problems.iter().map(Located::diagnostic).collect();
            }
            ResolveError::UnknownUnit { name, meant, known } => {
                Diagnostic::new(format!("unknown service or agent `{name}`"))
                    .help(hint(meant, known))
            }
            ResolveError::NotInProfile { name, profile, exists_in } => Diagnostic::new(format!(
                "`{name}` does not exist {}: it has `only_profile {}`",
                in_profile(profile.as_deref()),
                exists_in.join(", ")
            )),
            ResolveError::NotStarted { name } => {
                Diagnostic::new("it is external: this system needs it but does not start it")
                    .at(name.as_str())
            }
            ResolveError::UnknownProfile { name, meant, known } => {
                Diagnostic::new(format!("unknown profile `{name}`"))
                    .help(hint(meant.as_slice(), known))
            }
            ResolveError::UnknownMachine { name, meant, known } => {
                Diagnostic::new(format!("unknown machine `{name}`"))
                    .help(hint(meant.as_slice(), known))
            }
            ResolveError::OnOtherMachine { name, here, machines } => Diagnostic::new(format!(
                "`{name}` does not run on `{here}`: it runs on {}",
                quoted(machines)
            )),
        };
        vec![one]
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Diagnostic::write_all(&self.diagnostics(), formatter)
    }
}

impl std::error::Error for ResolveError {}

fn hint(meant: &[String], known: &[String]) -> String {
    match meant {
        [_, ..] => format!("did you mean `{}`?", meant.join("` or `")),
        [] if known.is_empty() => "there are none".to_owned(),
        [] => format!("there is {}", quoted(known)),
    }
}

fn in_profile(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!("in the profile `{profile}`"),
        None => "without a profile".to_owned(),
    }
}
