//! The rules of the language over what was imported: a lint is allowed where PM2's file breaks it,
//! and what breaks another rule is left out.

use std::path::Path;

use camino::Utf8Path;
use promethean_core::check::{Surroundings, check};
use promethean_core::declaration::trace::Trace;
use promethean_core::declaration::{Allow, Block, Declaration, Unit};
use promethean_core::diagnostic::{Diagnostic, ItemPath};
use promethean_core::mark::Mark;
use promethean_core::problem::{Fault, MissingPath, Problem, Rule};
use smol_str::SmolStr;

use super::error::ImportError;
use super::factor::Factored;

const REASON: &str = "as in the original configuration";

/// How often the rules are asked again after something was changed.
const ROUNDS: usize = 32;

/// Something that the language refuses as a fact, and that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Omitted {
    /// The path to it.
    pub(super) path: ItemPath,
    /// Why.
    pub(super) reason: String,
}

/// Makes the declaration pass the rules. `directory` is what its root is relative to, `directories`
/// are those that must be there for paths to be checked at all.
///
/// # Errors
///
/// What breaks a rule and cannot be left out.
pub(super) fn apply_allows(
    factored: &mut Factored,
    directory: &Utf8Path,
    directories: &[&Utf8Path],
) -> Result<Vec<Omitted>, ImportError> {
    let absent = directories.iter().any(|directory| !directory.is_dir());
    factored.declaration.paths_unchecked = absent;
    let mut omitted = Vec::new();
    for _ in 0..ROUNDS {
        let mut traced = factored.declaration.clone();
        let trace = Trace::of(&mut traced);
        let surroundings = Surroundings { directory: Some(Path::new(directory.as_str())) };
        let problems = check(&traced, surroundings);
        if problems.is_empty() {
            return Ok(omitted);
        }
        let mut changed = false;
        for problem in &problems {
            changed |= change(factored, &trace, problem, &mut omitted);
        }
        if !changed {
            return Err(ImportError::Rejected(told(&trace, &problems)));
        }
    }
    Err(ImportError::Rejected(vec![Diagnostic::new(
        "the imported configuration breaks rules that contradict each other",
    )]))
}

fn told(trace: &Trace, problems: &[Problem]) -> Vec<Diagnostic> {
    let located = problems.iter().map(|problem| {
        let path = trace.path(problem.mark).cloned();
        problem.fault.diagnostic().at(path.unwrap_or_else(|| "the ecosystem".into()))
    });
    located.collect()
}

/// Answers one problem, and says whether that changed anything.
fn change(
    factored: &mut Factored,
    trace: &Trace,
    problem: &Problem,
    omitted: &mut Vec<Omitted>,
) -> bool {
    let Some(path) = trace.path(problem.mark) else { return false };
    let rule = problem.fault.rule();
    if path.segments() == ["root"] {
        return !std::mem::replace(&mut factored.declaration.paths_unchecked, true);
    }
    let Some((block, mark, rest)) = block_of(&mut factored.declaration, path) else { return false };
    if Rule::find(rule).is_some_and(|known| known.is_lint) {
        if block.allow.iter().any(|allow| *allow.rule == rule) {
            return false;
        }
        block.allow.push(Allow { rule: marked(rule), reason: marked(REASON) });
        factored.comments.add_inside(mark, told_of(&problem.fault));
        return true;
    }
    let name = rest.last().map(SmolStr::as_str).unwrap_or_default();
    let (settings, variables) = (block.settings.0.len(), block.env.len());
    if rest.first().is_some_and(|first| first == "env") {
        block.env.retain(|entry| *entry.key != name);
    } else {
        block.settings.0.retain(|setting| *setting.key != name);
    }
    let changed = settings + variables != block.settings.0.len() + block.env.len();
    if changed {
        let reason = problem.fault.to_string();
        factored.comments.add_inside(mark, format!("`{name}` is omitted: {reason}."));
        omitted.push(Omitted { path: path.clone(), reason });
    }
    changed
}

/// What a lint found, without the paths of this machine.
fn told_of(fault: &Fault) -> String {
    let (MissingPath { nearest, .. }, absent) = match fault {
        Fault::MissingWatch { path } => {
            (path, format!("PM2 watches `{}`, which does not exist.", path.written))
        }
        Fault::MissingModule { path } => (path, "Its module `main` does not exist.".to_owned()),
        Fault::MissingDirectory { path, .. } | Fault::MissingProgram { path } => {
            (path, format!("`{}` does not exist.", path.written))
        }
        _ => return format!("{}.", capital(&fault.to_string())),
    };
    let nearest = nearest.as_ref().map(|nearest| format!(" `{nearest}` is."));
    format!("{absent}{}", nearest.unwrap_or_default())
}

fn marked(text: &str) -> promethean_core::mark::Marked<SmolStr> {
    promethean_core::mark::Marked::nowhere(text.into())
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The block that a path leads to, the mark of what it belongs to, and the path within it.
fn block_of<'d, 'p>(
    declaration: &'d mut Declaration,
    path: &'p ItemPath,
) -> Option<(&'d mut Block, Mark, &'p [SmolStr])> {
    let Declaration { defaults, templates, units, .. } = declaration;
    let mut found: Option<(&'d mut Block, Mark, &'p [SmolStr])> = None;
    let mut offer = |block: &'d mut Block, mark: Mark, names: &[&str]| {
        let Some(rest) = path.after(names) else { return };
        // The longest path is the nearest block.
        if found.as_ref().is_none_or(|(.., known)| rest.len() < known.len()) {
            found = Some((block, mark, rest));
        }
    };
    offer(defaults, Mark::NOWHERE, &["defaults"]);
    for template in templates {
        let name = template.name.value.clone();
        offer(&mut template.block, template.name.mark, &["template", &name]);
        for service in &mut template.services {
            let (own, mark) = (service.name.value.clone(), service.name.mark);
            offer(&mut service.block, mark, &["template", &name, &own]);
        }
    }
    for unit in units {
        match unit {
            Unit::Service(service) => {
                let (name, mark) = (service.name.value.clone(), service.name.mark);
                offer(&mut service.block, mark, &[&name]);
            }
            Unit::Agent(agent) => {
                let name = agent.name.value.clone();
                offer(&mut agent.block, agent.name.mark, &[&name]);
                for service in &mut agent.services {
                    let (own, mark) = (service.name.value.clone(), service.name.mark);
                    offer(&mut service.block, mark, &[&name, &own]);
                }
                for change in &mut agent.overrides {
                    let own = change.service.value.clone();
                    offer(&mut change.block, change.service.mark, &[&name, "override", &own]);
                }
            }
            Unit::Include(_) | Unit::External(_) => {}
        }
    }
    found
}
