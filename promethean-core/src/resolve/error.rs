//! Why an ecosystem cannot be resolved.

use std::fmt;

use crate::problem::Fault;

/// A fault and the way to it through the declaration: `duck_voice › watch`.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// The way.
    pub path: String,
    /// What is wrong there.
    pub fault: Fault,
}

impl Located {
    pub(super) fn new(path: impl Into<String>, fault: Fault) -> Located {
        Located { path: path.into(), fault }
    }
}

impl fmt::Display for Located {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path, self.fault)?;
        match self.fault.help() {
            Some(help) => write!(formatter, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// Why an ecosystem cannot be resolved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Something is wrong in the declaration, or an expression gave what its attribute does not
    /// take.
    #[error("{}", lines(.0))]
    Problems(Vec<Located>),
    /// A unit was asked for that is not there.
    #[error("there is no service or agent `{name}`{}", hint(.meant.as_deref(), .known))]
    UnknownUnit {
        /// The unit that was asked for.
        name: String,
        /// What was probably meant.
        meant: Option<String>,
        /// The names that are there.
        known: Vec<String>,
    },
    /// A unit was asked for that the active profile does not have.
    #[error("`{name}` does not exist {}: it has `only_profile {}`", in_profile(.profile.as_deref()), .exists_in.join(", "))]
    NotInProfile {
        /// The unit that was asked for.
        name: String,
        /// The active profile.
        profile: Option<String>,
        /// The profiles it exists in.
        exists_in: Vec<String>,
    },
    /// The app of an external was asked for.
    #[error("{name}: this system needs it and does not start it")]
    NotStarted {
        /// The external.
        name: String,
    },
    /// A profile was asked for that no block names.
    #[error("there is no profile `{name}`{}", hint(.meant.as_deref(), .known))]
    UnknownProfile {
        /// The profile that was asked for.
        name: String,
        /// What was probably meant.
        meant: Option<String>,
        /// The profiles that are there.
        known: Vec<String>,
    },
}

fn lines(problems: &[Located]) -> String {
    let lines: Vec<String> = problems.iter().map(Located::to_string).collect();
    lines.join("\n")
}

fn hint(meant: Option<&str>, known: &[String]) -> String {
    match meant {
        Some(meant) => format!("\n  help: did you mean `{meant}`?"),
        None if known.is_empty() => "\n  help: there are none".to_owned(),
        None => format!("\n  help: there is {}", crate::problem::quoted(known)),
    }
}

fn in_profile(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!("in the profile `{profile}`"),
        None => "without a profile".to_owned(),
    }
}
