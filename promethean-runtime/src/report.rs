//! Problems of declarations that no compiler checked, as a report for a person.

use std::fmt;
use std::path::Path;

use promethean_core::check::{Surroundings, check};
use promethean_core::declaration::Declaration;
use promethean_core::declaration::trace::Trace;
use promethean_core::diagnostic::{HELP, ItemPath};
use promethean_core::foreign::{Foreign, Lines};
use promethean_core::problem::Problem;

/// All that is wrong with a declaration.
#[derive(Debug)]
pub struct Mistakes(Vec<Mistake>);

/// One mistake.
#[derive(Debug)]
pub struct Mistake {
    path: ItemPath,
    problem: Problem,
    related: Vec<(&'static str, ItemPath)>,
}

/// Checks a declaration that was read or built at run time, as the macro checks its own.
///
/// `directory` is what its root is relative to; `None` leaves the disk alone.
///
/// # Errors
///
/// All mistakes at once, in the order of the declaration, each with the path to it.
///
/// ```
/// let json = r#"{"units": [{"service": {"kind": "node", "name": "web",
///     "block": {"settings": {"wacth": ["."]}}}}]}"#;
/// let declaration = serde_json::from_str(json).unwrap();
/// let mistakes = promethean::checked(declaration, None).unwrap_err();
/// assert_eq!(
///     mistakes.to_string(),
///     "web › wacth: unknown attribute `wacth`\n  help: did you mean `watch`?"
/// );
/// ```
pub fn checked(
    mut declaration: Declaration,
    directory: Option<&Path>,
) -> Result<Declaration, Mistakes> {
    let trace = Trace::of(&mut declaration);
    let problems = check(&declaration, Surroundings { directory, ..Surroundings::default() });
    if problems.is_empty() {
        return Ok(declaration);
    }
    let mistakes = problems.into_iter().map(|problem| {
        let path = |span_id| trace.path(span_id).cloned().unwrap_or_default();
        let related = problem.related.iter();
        Mistake {
            path: path(problem.span_id),
            related: related.map(|(span_id, label)| (*label, path(*span_id))).collect(),
            problem,
        }
    });
    Err(Mistakes(mistakes.collect()))
}

impl Mistakes {
    /// The mistakes, in the order of the declaration.
    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Mistakes {
    type Item = &'a Mistake;
    type IntoIter = std::slice::Iter<'a, Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Mistake {
    /// The path to it: `duck › voice › restart_delay`.
    #[must_use]
    pub fn path(&self) -> &ItemPath {
        &self.path
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

/// Each mistake with its path and its help, on lines of its own.
impl fmt::Display for Mistakes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(formatter, "{end}{mistake}")?;
            for (label, path) in &mistake.related {
                write!(formatter, "\n  {label}: {}", Foreign(path))?;
            }
            if let Some(help) = mistake.problem.fault.help() {
                write!(formatter, "{HELP}{}", Lines(help))?;
            }
        }
        Ok(())
    }
}

/// The path and the message, in one line.
impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", Foreign(&self.path), Lines(&self.problem.fault))
    }
}

impl std::error::Error for Mistakes {}

impl std::error::Error for Mistake {}
