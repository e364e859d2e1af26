//! The rules of the language, over one declaration.
//!
//! Each rule is a small function; none stops at its first problem. What a declaration takes from
//! other ecosystems is not seen here: a name that may come from one of them is accepted, and the
//! compiler (const evaluation) or [`crate::resolve`] rejects it.

mod attributes;
mod background;
mod combinations;
mod dependencies;
mod disk;
mod endpoint_references;
mod endpoints;
mod environment;
pub(crate) mod facts;
pub(crate) mod layers;
mod listen;
pub(crate) mod literal_endpoints;
pub(crate) mod machines;
mod memory;
mod names;
mod plain_secrets;
mod ports;
mod probes;
mod profiles;
mod programs;
mod references;
mod shell_signs;
mod shell_text;
mod shell_words;
mod spelling;
mod texts;
mod unused;

use std::collections::HashMap;
use std::path::Path;

use layers::Services;

pub use attributes::unknown_attribute;
pub(crate) use attributes::{fault_of as attribute_fault, option_of, wrong_for_kind};
pub(crate) use combinations::{cron_never_comes, unclosed};
pub(crate) use dependencies::wrong_timeout;
pub(crate) use endpoint_references::{fault_of as endpoint_fault, no_endpoint, url_without_scheme};
pub(crate) use endpoints::{READ_BY_PROGRAMS, asks_elsewhere, other_port, tells, variable_tells};
pub(crate) use environment::{possible as is_possible_key, unset_nothing};
pub(crate) use listen::{auto_of_external, own_probe, wrong_place, wrong_scheme};
pub(crate) use names::{folded, folded_letters, namespace_fault, spelling_fault, unit_name_fault};
pub use probes::address_in;
pub(crate) use probes::{
    duration, expected_status, failures, wrong_for, wrong_path, wrong_probe_target,
};
pub(crate) use profiles::{names_of as profiles_of, written_once as profiles_written_once};
pub(crate) use programs::wrong_programs;
pub use shell_text::value_for_shell;
pub use texts::is_path_after;
pub(crate) use unused::unset_attributes_nowhere;

use crate::declaration::Declaration;
use crate::problem::{Elsewhere, Fault, Problem, Rule};
use crate::span_id::SpanId;
use crate::suggest::nearest;

/// What the checks know beyond the declaration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The directory its `root` is relative to; `None` skips the disk.
    pub directory: Option<&'a Path>,
    /// Asked whether no other ecosystem can refer to this one; `None` where one may.
    pub is_closed: Option<fn() -> bool>,
    /// Asked whether the source around the declaration speaks of a word, so that it may be a static;
    /// `None` where there is no such source.
    pub is_in_scope: Option<fn(&str) -> bool>,
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
    texts::check(declaration, &services, &mut problems);
    programs::check(declaration, &services, &mut problems);
    memory::check(&services, &mut problems);
    listen::check(declaration, &services, &mut problems);
    ports::check(declaration, &services, &mut problems);
    endpoint_references::check(declaration, &services, &mut problems);
    literal_endpoints::check(declaration, &services, &mut problems);
    machines::check(declaration, &services, &mut problems);
    endpoints::check(declaration, &services, &mut problems);
    shell_text::check(declaration, &services, &mut problems);
    plain_secrets::check(declaration, &services, &mut problems);
    profiles::check(declaration, &services, &mut problems);
    environment::check(declaration, &services, &mut problems);
    references::check(declaration, &mut problems);
    dependencies::check(declaration, &services, surroundings, &mut problems);
    if let Some(directory) = surroundings.directory
        && !declaration.paths_unchecked
    {
        disk::check(declaration, &services, directory, &mut problems);
    }
    unused::check(declaration, &services, surroundings, &mut problems);
    problems.sorted(declaration)
}

/// How many words are compared with misspelled ones. Comparing takes long, and of thousands of
/// unknown names nobody reads what each of them may mean.
const COMPARISONS: usize = 100_000;

/// What a lint has found, each with its place.
type Found = Vec<(Fault, SpanId)>;

/// Collects problems.
#[derive(Debug, Default)]
struct Problems {
    all: Vec<Problem>,
    /// Which of them are of a rule in a place.
    by_place: HashMap<(SpanId, &'static str), Vec<usize>>,
    /// How many words were compared with misspelled ones.
    compared: usize,
}

impl Problems {
    /// Adds a problem, once.
    fn add(&mut self, problem: Problem) {
        let known = self.by_place.entry((problem.span_id, problem.fault.rule())).or_default();
        if !known.iter().any(|index| self.all.get(*index) == Some(&problem)) {
            known.push(self.all.len());
            self.all.push(problem);
        }
    }

    /// Adds what a lint has found, unless it is allowed there.
    fn add_unless(&mut self, found: Found, allowed: impl FnOnce() -> bool) {
        if found.is_empty() || allowed() {
            return;
        }
        for (fault, span_id) in found {
            self.add(Problem::new(fault, span_id));
        }
    }

    /// Adds a problem where its place has none of its rule yet: services share the blocks of their
    /// template, their agent and the defaults.
    fn add_first(&mut self, problem: Problem) {
        let known = self.by_place.entry((problem.span_id, problem.fault.rule())).or_default();
        if known.is_empty() {
            known.push(self.all.len());
            self.all.push(problem);
        }
    }

    /// Whether a rule is broken in a place.
    fn has(&self, rule: &'static str, span_id: SpanId) -> bool {
        self.by_place.contains_key(&(span_id, rule))
    }

    /// The places of all problems.
    fn places(&self) -> impl Iterator<Item = SpanId> {
        self.all.iter().map(|problem| problem.span_id)
    }

    /// The name that an unknown one most probably means; none when too many have been looked for.
    fn meant<'a>(&mut self, name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
        if self.has_compared_enough() {
            return None;
        }
        let compared = &mut self.compared;
        nearest(name, known.inspect(|_| *compared += 1)).map(str::to_owned)
    }

    /// Whether no more suggestions are looked for.
    fn has_compared_enough(&self) -> bool {
        self.compared >= COMPARISONS
    }

    /// All of them in the order of the source. What is used may allow each lint.
    fn sorted(mut self, declaration: &Declaration) -> Vec<Problem> {
        let root = declaration.root.as_ref().map(|root| root.span_id);
        if !declaration.uses.is_empty() {
            for problem in self.all.iter_mut().filter(|problem| Some(problem.span_id) != root) {
                let is_lint = Rule::find(problem.fault.rule()).is_some_and(|rule| rule.is_lint);
                if is_lint && problem.unless.is_none() {
                    problem.unless = Some(Elsewhere::default());
                }
            }
        }
        self.all.sort_by_key(|problem| problem.span_id);
        self.all
    }
}
