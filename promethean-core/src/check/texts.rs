//! Texts: their placeholders, and that a process can be given them.

use std::collections::HashSet;

use smol_str::SmolStr;

use super::Problems;
use super::environment::{bad_source, can_be_inherited, can_be_secret};
use super::layers::{Layers, Services};
use crate::attribute::ATTRIBUTES;
use crate::blocks::{self, BlockOwner};
use crate::declaration::{
    Attribution, Block, Declaration, EndpointPart, EnvEntry, EnvValue, Given, Unit,
};
use crate::known_secrets::plain_secret;
use crate::problem::{Fault, Known, OtherSyntax, Problem};
use crate::service_facts::has_agent;
use crate::span_id::{SpanId, Spanned};
use crate::suggest::nearest;
use crate::text::{Piece, Placeholder, each_piece, is_plain};
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let first = problems.all.len();
    services.instances().iter().for_each(|layers| agent_of_none(layers, problems));
    blocks::each(declaration, |owner, block| settings(owner, block, problems));
    blocks::each_env(declaration, |owner, _, entries| env(owner, entries, problems));
    references_in_quotes(declaration, problems);
    let directories = [&declaration.root, &declaration.secrets].into_iter().flatten();
    for text in directories {
        no_nul(text, text.span_id, problems);
    }
    each_directory(declaration, |directory| no_nul(directory, directory.span_id, problems));
    units_in_capitals(declaration, first, problems);
}

/// `API = "url web";`: a reference has no quotes.
fn references_in_quotes(declaration: &Declaration, problems: &mut Problems) {
    let known: HashSet<&str> = declaration.units.iter().filter_map(Unit::name).collect();
    blocks::each_env(declaration, |_, _, entries| {
        for entry in entries {
            let EnvValue::Text(text) = &entry.value else { continue };
            let Some((part, unit)) = text.split_once(' ') else { continue };
            if EndpointPart::from_word(part).is_some() && known.contains(unit) {
                let (found, instead) =
                    (format!("{:?}", text.value), format!("{} = {};", *entry.key, text.value));
                let found = OtherSyntax::Otherwise { found, instead };
                problems.add(Problem::new(Fault::ForeignSyntax { found }, text.span_id));
            }
        }
    });
}

/// `{url Web}` is no placeholder; where a unit is there in another spelling, it is a reference to that.
fn units_in_capitals(declaration: &Declaration, first: usize, problems: &mut Problems) {
    let known: Vec<&str> = declaration.units.iter().filter_map(Unit::name).collect();
    for problem in problems.all.iter_mut().skip(first) {
        let Fault::UnknownPlaceholder { word } = &problem.fault else { continue };
        // `"http://{web}:3000"`
        if known.contains(&word.as_str()) {
            let (found, instead) = (format!("{{{word}}}"), format!("{{host {word}}}"));
            let found = OtherSyntax::Otherwise { found, instead };
            problem.fault = Fault::ForeignSyntax { found };
            continue;
        }
        let Some((part, target)) = word.split_once(' ') else { continue };
        let unit = target.split(':').next().unwrap_or_default().trim();
        let is_capital = unit.starts_with(char::is_uppercase) && !known.contains(&unit);
        let meant = nearest(unit, known.iter().copied()).filter(|_| is_capital);
        if EndpointPart::from_word(part).is_some()
            && let Some(meant) = meant
        {
            problem.fault = Fault::UnknownTarget {
                target: unit.to_owned(),
                meant: Some(meant.to_owned()),
                ecosystem: None,
                known: Known::of(known.iter().copied()),
            };
        }
    }
}

/// Defaults may be for agents: `{agent}` in them is wrong where a service outside agents gets it.
fn agent_of_none(layers: &Layers<'_>, problems: &mut Problems) {
    if layers.instance.agent.is_some() {
        return;
    }
    for &profile in layers.profiles() {
        if !layers.facts(profile).mentions_agent() {
            continue;
        }
        let rows = ATTRIBUTES.iter().enumerate().filter(|(_, attribute)| attribute.placeholders);
        let given = rows.filter_map(|(row, _)| layers.setting(row, profile).given());
        for value in given.flat_map(Attribution::values) {
            if matches!(&value.value, Value::Text(text) if has_agent(text)) {
                problems.add(Problem::new(Fault::AgentPlaceholderOutside, value.span_id));
            }
        }
    }
}

fn settings(owner: BlockOwner<'_>, block: &Block, problems: &mut Problems) {
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
                true => filled_in(text, value.span_id, owner.in_agent(), problems),
                false => no_nul(text, value.span_id, problems),
            }
        }
    }
    for value in block.probes().flat_map(|(_, probe)| &probe.values) {
        if let Value::Text(text) = &value.value {
            no_nul(text, value.span_id, problems);
        }
    }
}

/// Sets and defaults may come to be used in an agent, so `{agent}` is accepted there.
fn env(owner: Option<BlockOwner<'_>>, entries: &[EnvEntry], problems: &mut Problems) {
    let in_agent = owner.is_none_or(BlockOwner::in_agent);
    for entry in entries {
        for text in entry.value.texts() {
            no_nul(text, text.span_id, problems);
            if let Err(fault) = placeholder_fault(text, in_agent) {
                let default = with_default(&entry.key, text);
                let fault = default.filter(|_| is_unknown(&fault)).unwrap_or(fault);
                problems.add(Problem::new(fault, text.span_id));
            }
        }
    }
}

fn is_unknown(fault: &Fault) -> bool {
    matches!(fault, Fault::UnknownPlaceholder { .. })
}

/// `FOO = "${FOO:-bar}";` of a shell and of Compose.
fn with_default(key: &str, text: &str) -> Option<Fault> {
    let inside = text.strip_prefix("${")?.strip_suffix('}')?;
    let (name, default) = inside.split_once(":-").or_else(|| inside.split_once('-'))?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.is_empty() || !name.chars().all(is_name) || default.contains(['{', '}']) {
        return None;
    }
    let source = if name == key { "inherit".to_owned() } else { format!("inherit {name:?}") };
    let default = match plain_secret(key, default) {
        Some(_) => "…".to_owned(),
        None => default.to_owned(),
    };
    let (found, instead) = (format!("${{{name}:-…}}"), format!("{key} = {source} or {default:?};"));
    Some(Fault::ForeignSyntax { found: OtherSyntax::Otherwise { found, instead } })
}

/// A text with placeholders that a secret would be seen in.
fn filled_in(text: &str, span_id: SpanId, in_agent: bool, problems: &mut Problems) {
    no_nul(text, span_id, problems);
    let (Err(fault) | Ok(Some(fault))) = placeholder_fault(text, in_agent) else { return };
    problems.add(Problem::new(fault, span_id));
}

/// What is wrong with the placeholders of a text; else what is wrong with it outside `env`.
fn placeholder_fault(text: &str, in_agent: bool) -> Result<Option<Fault>, Fault> {
    if is_plain(text) {
        return Ok(None);
    }
    let (mut outside, mut after) = (None, None);
    each_piece(text, |piece| {
        let before = after.take();
        if let Piece::Placeholder(Placeholder::Endpoint(part, _)) = piece {
            after = Some(part);
        }
        if let (Some(part), Piece::Literal(rest)) = (before, piece)
            && let Some(fault) = no_path_behind(text, part, rest)
        {
            return Err(fault);
        }
        match piece {
            Piece::Placeholder(Placeholder::Agent) if !in_agent => {
                Err(Fault::AgentPlaceholderOutside)
            }
            Piece::Placeholder(Placeholder::Secret(name)) => {
                outside = Some(Fault::SecretPlaceholderOutside);
                match can_be_secret(name) {
                    true => Ok(()),
                    false => Err(bad_source(name)),
                }
            }
            Piece::Placeholder(Placeholder::Inherit(name)) => {
                outside.get_or_insert(Fault::InheritPlaceholderOutside);
                match can_be_inherited(name) {
                    true => Ok(()),
                    false => Err(bad_source(name)),
                }
            }
            _ => Ok(()),
        }
    })?;
    Ok(outside)
}

/// `{url api}v1` would be `http://127.0.0.1:8000v1`.
fn no_path_behind(text: &str, part: EndpointPart, rest: &str) -> Option<Fault> {
    if !matches!(part, EndpointPart::Url | EndpointPart::Address) || is_path_after(rest) {
        return None;
    }
    // The text has this piece once, behind the `}` of its placeholder.
    let at = text.find(&format!("}}{rest}"))?;
    let (before, _) = text.split_at(at + 1);
    let placeholder = before.rfind('{').and_then(|start| before.get(start..)).unwrap_or_default();
    let part = rest.split([' ', '{', '/']).next().unwrap_or_default();
    let found = format!("{placeholder}{part}");
    let instead = format!("{placeholder}/{part}");
    Some(Fault::ForeignSyntax { found: OtherSyntax::Appended { found, instead } })
}

/// Whether what follows the URL of an endpoint leaves it one: `/v1`, `?x=1`, and no `v1`.
#[must_use]
pub fn is_path_after(rest: &str) -> bool {
    !rest.starts_with(|first: char| first.is_alphanumeric())
}

fn no_nul(text: &str, span_id: SpanId, problems: &mut Problems) {
    if text.contains('\0') {
        problems.add(Problem::new(Fault::NulInText, span_id));
    }
}

fn each_directory<'a>(declaration: &'a Declaration, mut visit: impl FnMut(&'a Spanned<SmolStr>)) {
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
