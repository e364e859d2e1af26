//! The rules of the language, over one declaration.
//!
//! Each rule is a small function; none stops at its first problem. What a declaration takes from
//! other ecosystems is not seen here: a name that may come from one of them is let pass, and the
//! compiler (const evaluation) or [`crate::resolve`] finds it wanting.

mod attributes;
mod combinations;
mod dependencies;
mod disk;
mod environment;
pub(crate) mod facts;
pub(crate) mod layers;
mod names;
mod probes;
mod references;
mod texts;

use std::path::Path;

use layers::Services;

pub(crate) use attributes::fault_of as attribute_fault;

use crate::declaration::Declaration;
use crate::problem::Problem;

/// What lies around a declaration while it is checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The directory its `root` is relative to; `None` leaves the disk alone.
    pub directory: Option<&'a Path>,
}

/// Checks a declaration and returns all problems in the order of the source.
#[must_use]
pub fn check(declaration: &Declaration, surroundings: Surroundings<'_>) -> Vec<Problem> {
    let mut problems = Problems::default();
    let services = Services::of(declaration);
    names::check(declaration, &services, &mut problems);
    attributes::check(declaration, &services, &mut problems);
    combinations::check(declaration, &services, &mut problems);
    probes::check(declaration, &mut problems);
    texts::check(declaration, &mut problems);
    environment::check(declaration, &mut problems);
    references::check(declaration, &mut problems);
    dependencies::check(declaration, &services, &mut problems);
    if let Some(directory) = surroundings.directory
        && !declaration.paths_unchecked
    {
        disk::check(declaration, &services, directory, &mut problems);
    }
    problems.sorted()
}

/// Collects problems.
#[derive(Debug, Default)]
struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem, once.
    fn add(&mut self, problem: Problem) {
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Adds a problem where its place has none of its rule yet: services share the blocks of their
    /// template, their agent and the defaults.
    fn add_first(&mut self, problem: Problem) {
        let rule = problem.fault.rule();
        if !self.0.iter().any(|other| other.mark == problem.mark && other.fault.rule() == rule) {
            self.0.push(problem);
        }
    }

    fn sorted(mut self) -> Vec<Problem> {
        self.0.sort_by_key(|problem| problem.mark);
        self.0
    }
}
