//! The rules of the language over what was imported: a lint is allowed where PM2's file breaks it,
//! and what breaks another rule is left out.

use std::path::Path;

use camino::Utf8Path;
use promethean_core::check::{Surroundings, check};
use promethean_core::declaration::trace::Trace;
use promethean_core::declaration::{Allow, Block, Declaration, Unit};
use promethean_core::diagnostic::{Diagnostic, ItemPath};
use promethean_core::list::some_of;
use promethean_core::problem::{Fault, MissingPath, Problem, Rule};
use promethean_core::span_id::SpanId;
use smol_str::SmolStr;

use super::NAMED;
use super::app::capital;
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
    root: &Utf8Path,
    directories: &[&Utf8Path],
) -> Result<Vec<Omitted>, ImportError> {
    let mut absent: Vec<String> = directories
        .iter()
        .filter(|directory| !directory.is_dir())
        .map(|directory| match directory.strip_prefix(root) {
            Ok(below) if !below.as_str().is_empty() => format!("`{below}`"),
            _ => format!("`{directory}`"),
        })
        .collect();
    absent.sort();
    absent.dedup();
    factored.declaration.paths_unchecked = !absent.is_empty();
    if !absent.is_empty() {
        let (do_not, several) =
            if absent.len() == 1 { ("does", "it is") } else { ("do", "they are") };
        factored.comments.add_top([format!(
            "{} {do_not} not exist here, so paths are unchecked. Remove `paths unchecked` when {several} there.",
            some_of(&absent, NAMED)
        )]);
    }
    let mut omitted = Vec::new();
    for _ in 0..ROUNDS {
        let mut traced = factored.declaration.clone();
        let trace = Trace::of(&mut traced);
        let surroundings = Surroundings {
            directory: Some(Path::new(directory.as_str())),
            ..Surroundings::default()
        };
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
        let path = trace.path(problem.span_id).cloned();
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
    let Some(path) = trace.path(problem.span_id) else { return false };
    let rule = problem.fault.rule();
    if path.segments() == ["root"] {
        return !std::mem::replace(&mut factored.declaration.paths_unchecked, true);
    }
    let Some((block, span_id, rest)) = block_of(&mut factored.declaration, path) else {
        return false;
    };
    if Rule::find(rule).is_some_and(|known| known.is_lint) {
        if block.allow.iter().any(|allow| *allow.rule == rule) {
            return false;
        }
        block.allow.push(Allow { rule: spanned(rule), reason: spanned(REASON) });
        factored.comments.add_inside(span_id, told_of(&problem.fault));
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
        factored.comments.add_inside(span_id, format!("`{name}` is omitted: {reason}."));
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
        Fault::MissingModule { path } => {
            let said = format!("Its module `{}` does not exist.", path.written);
            (path, said)
        }
        Fault::MissingDirectory { path, .. } | Fault::MissingProgram { path } => {
            (path, format!("`{}` does not exist.", path.written))
        }
        _ => return format!("{}.", capital(&fault.to_string())),
    };
    let nearest = nearest.as_ref().map(|nearest| format!(" `{nearest}` is."));
    format!("{absent}{}", nearest.unwrap_or_default())
}

fn spanned(text: &str) -> promethean_core::span_id::Spanned<SmolStr> {
    promethean_core::span_id::Spanned::nowhere(text.into())
}

/// The block that a path leads to, the span id of what it belongs to, and the path within it.
fn block_of<'d, 'p>(
    declaration: &'d mut Declaration,
    path: &'p ItemPath,
) -> Option<(&'d mut Block, SpanId, &'p [SmolStr])> {
    let Declaration { defaults, templates, units, .. } = declaration;
    let mut found: Option<(&'d mut Block, SpanId, &'p [SmolStr])> = None;
    let mut offer = |block: &'d mut Block, span_id: SpanId, names: &[&str]| {
        let Some(rest) = path.after(names) else { return };
        // The longest path is the nearest block.
        if found.as_ref().is_none_or(|(.., known)| rest.len() < known.len()) {
            found = Some((block, span_id, rest));
        }
    };
    offer(defaults, SpanId::NOWHERE, &["defaults"]);
    for template in templates {
        let name = template.name.value.clone();
        offer(&mut template.block, template.name.span_id, &["template", &name]);
        for service in &mut template.services {
            let (own, span_id) = (service.name.value.clone(), service.name.span_id);
            offer(&mut service.block, span_id, &["template", &name, &own]);
        }
    }
    for unit in units {
        match unit {
            Unit::Service(service) => {
                let (name, span_id) = (service.name.value.clone(), service.name.span_id);
                offer(&mut service.block, span_id, &[&name]);
            }
            Unit::Agent(agent) => {
                let name = agent.name.value.clone();
                offer(&mut agent.block, agent.name.span_id, &[&name]);
                for service in &mut agent.services {
                    let (own, span_id) = (service.name.value.clone(), service.name.span_id);
                    offer(&mut service.block, span_id, &[&name, &own]);
                }
                for change in &mut agent.overrides {
                    let own = change.service.value.clone();
                    offer(&mut change.block, change.service.span_id, &[&name, "override", &own]);
                }
            }
            Unit::Include(_) | Unit::External(_) => {}
        }
    }
    found
}
