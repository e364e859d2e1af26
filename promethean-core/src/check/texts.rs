//! Texts: their placeholders, and that a process can be given them.

use smol_str::SmolStr;

use super::Problems;
use crate::blocks::{self, Owner};
use crate::declaration::{Block, Declaration, EnvEntry, EnvValue, Given, Unit};
use crate::mark::{Mark, Marked};
use crate::problem::{Fault, Problem};
use crate::text::{Piece, Placeholder, each_piece, is_plain};
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, problems: &mut Problems) {
    blocks::each(declaration, |owner, block| settings(owner, block, problems));
    blocks::each_env(declaration, |owner, _, entries| env(owner, entries, problems));
    let directories = [&declaration.root, &declaration.secrets].into_iter().flatten();
    for text in directories {
        no_nul(text, text.mark, problems);
    }
    each_directory(declaration, |directory| no_nul(directory, directory.mark, problems));
}

fn settings(owner: Owner<'_>, block: &Block, problems: &mut Problems) {
    for setting in &block.settings {
        let placeholders = setting.attribute().is_some_and(|attribute| attribute.placeholders);
        let in_object = match &setting.given {
            Given::Object(entries) => entries.as_slice(),
            Given::Values(_) => &[],
        };
        let values = setting.values().iter().chain(in_object.iter().flat_map(|(_, values)| values));
        for value in values {
            let Value::Text(text) = &value.value else { continue };
            match placeholders {
                true => filled_in(text, value.mark, owner.in_agent(), problems),
                false => no_nul(text, value.mark, problems),
            }
        }
    }
    let probe = block.ready.iter().flat_map(|probe| &probe.values);
    for value in probe {
        if let Value::Text(text) = &value.value {
            no_nul(text, value.mark, problems);
        }
    }
}

/// Sets and defaults may come to be used in an agent, so `{agent}` is let pass there.
fn env(owner: Option<Owner<'_>>, entries: &[EnvEntry], problems: &mut Problems) {
    let in_agent = owner.is_none_or(Owner::in_agent);
    for entry in entries {
        let text = match &entry.value {
            EnvValue::Text(text) => text,
            EnvValue::Inherit(inherit) => {
                if let Some(or) = &inherit.or
                    && let Value::Text(text) = &or.value
                {
                    filled_in(text, or.mark, in_agent, problems);
                }
                continue;
            }
            _ => continue,
        };
        no_nul(text, text.mark, problems);
        if let Err(fault) = placeholder_fault(text, in_agent) {
            problems.add(Problem::new(fault, text.mark));
        }
    }
}

/// A text with placeholders that a secret would be seen in.
fn filled_in(text: &str, mark: Mark, in_agent: bool, problems: &mut Problems) {
    no_nul(text, mark, problems);
    let fault = match placeholder_fault(text, in_agent) {
        Err(fault) => fault,
        Ok(true) => Fault::SecretPlaceholderOutside,
        Ok(false) => return,
    };
    problems.add(Problem::new(fault, mark));
}

/// Whether the text has a secret in it, or what is wrong with its placeholders.
fn placeholder_fault(text: &str, in_agent: bool) -> Result<bool, Fault> {
    if is_plain(text) {
        return Ok(false);
    }
    let mut secret = false;
    each_piece(text, |piece| match piece {
        Piece::Placeholder(Placeholder::Agent) if !in_agent => Err(Fault::AgentPlaceholderOutside),
        Piece::Placeholder(Placeholder::Secret(_)) => {
            secret = true;
            Ok(())
        }
        _ => Ok(()),
    })?;
    Ok(secret)
}

fn no_nul(text: &str, mark: Mark, problems: &mut Problems) {
    if text.contains('\0') {
        problems.add(Problem::new(Fault::NulInText, mark));
    }
}

fn each_directory<'a>(declaration: &'a Declaration, mut visit: impl FnMut(&'a Marked<SmolStr>)) {
    let in_templates = declaration.templates.iter().flat_map(|template| &template.services);
    let in_units = declaration.units.iter().flat_map(|unit| match unit {
        Unit::Agent(agent) => agent.services.as_slice(),
        Unit::Service(service) => std::slice::from_ref(service),
        Unit::Include(_) | Unit::External(_) => &[],
    });
    in_templates
        .chain(in_units)
        .filter_map(|service| service.directory.as_ref())
        .for_each(&mut visit);
}
