//! Attributes: that they exist, stand once, fit the kind of service and have the right values.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::Problems;
use crate::attribute::{ATTRIBUTES, Attribute, DERIVED, Form, Mismatch, STATEMENTS, Type};
use crate::blocks;
use crate::declaration::{Attribution, Block, Declaration, Given, Kind, Probe, ProbeKind, Unit};
use crate::instance::{self, Instance};
use crate::mark::{Mark, Marked};
use crate::problem::{Fault, Problem};
use crate::runner::Runner;
use crate::suggest::nearest;
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, problems: &mut Problems) {
    blocks::each(declaration, |owner, block| {
        for setting in &block.settings {
            match setting.attribute() {
                None => unknown_attribute(&setting.key, problems),
                Some(attribute) => {
                    let fits = owner
                        .kind()
                        .is_none_or(|kind| fits_the_kind(attribute, setting, kind, problems));
                    if fits {
                        right_values(attribute, setting, problems);
                    }
                }
            }
        }
        once_in_a_block(block, problems);
        known_unset(block, problems);
        if let Some(probe) = &block.ready {
            probe_values(probe, problems);
            probe_times(probe, problems);
        }
        allowed_rules(block, problems);
    });
    for unit in &declaration.units {
        if let Unit::External(external) = unit
            && let Some(probe) = &external.ready
        {
            probe_values(probe, problems);
            probe_times(probe, problems);
        }
    }
    if declaration.uses.is_empty() {
        for service in instance::of_declaration(declaration) {
            something_to_run(declaration, service, problems);
        }
    }
}

fn unknown_attribute(key: &Marked<SmolStr>, problems: &mut Problems) {
    let derived = DERIVED.iter().find(|(name, _)| *name == key.as_str());
    let fault = match derived {
        Some((_, instead)) => Fault::DerivedAttribute { key: key.to_string(), instead },
        None if key.starts_with("env_") => Fault::DerivedAttribute {
            key: key.to_string(),
            instead: "environments are profiles: `profile production { env { KEY = \"value\"; } }`",
        },
        None => {
            let names = ATTRIBUTES.iter().flat_map(Attribute::names);
            let names = names.chain(STATEMENTS.iter().map(|(name, _)| *name));
            let names = names.chain(Kind::ALL.map(|(word, _)| word));
            let meant = nearest(key, names).map(str::to_owned);
            Fault::UnknownAttribute { key: key.to_string(), meant }
        }
    };
    problems.add(Problem::new(fault, key.mark));
}

fn fits_the_kind(
    attribute: &'static Attribute,
    setting: &Attribution,
    kind: Kind,
    problems: &mut Problems,
) -> bool {
    let choices = Runner::words(kind);
    if !attribute.applies_to(kind) {
        problems.add(Problem::new(Fault::WrongKind { attribute, kind }, setting.key.mark));
        return false;
    }
    if attribute.form == Form::Runner
        && let [first, ..] = setting.values()
        && let Value::Word(word) = &first.value
        && !choices.contains(&word.as_str())
    {
        let what = format!("runner of a {} service:", kind.word());
        let fault = Fault::UnknownChoice { what, found: word.to_string(), choices };
        problems.add(Problem::new(fault, first.mark));
        return false;
    }
    true
}

fn right_values(attribute: &'static Attribute, setting: &Attribution, problems: &mut Problems) {
    let values = match &setting.given {
        Given::Values(values) if attribute.form != Form::Object => values,
        Given::Object(_) if attribute.form == Form::Object => return,
        _ => {
            problems.add(Problem::new(Fault::WrongForm { attribute }, setting.key.mark));
            return;
        }
    };
    let Err(mismatch) = attribute.read(values.iter().map(|value| &value.value)) else { return };
    let wrong = mismatch.index().and_then(|index| values.get(index));
    let mark = wrong.map_or(setting.key.mark, |value| value.mark);
    if let Some(fault) = fault_of(attribute, mismatch, wrong.map(|value| &value.value)) {
        problems.add(Problem::new(fault, mark));
    }
}

/// The fault that a mismatch is.
pub(crate) fn fault_of(
    attribute: &'static Attribute,
    mismatch: Mismatch,
    wrong: Option<&Value>,
) -> Option<Fault> {
    let key = attribute.name.to_owned();
    Some(match mismatch {
        Mismatch::Missing => Fault::MissingValue { attribute },
        Mismatch::NoDirectory => Fault::VenvWithoutDirectory,
        Mismatch::TooMany { .. } => Fault::TooManyValues { attribute },
        Mismatch::BooleanInList { .. } => Fault::BooleanInList { attribute },
        Mismatch::Type { .. } => Fault::WrongType { attribute, found: wrong?.clone() },
        Mismatch::Range { minimum, maximum, .. } => {
            Fault::OutOfRange { key, found: wrong?.to_string(), minimum, maximum }
        }
        Mismatch::Choice { .. } => {
            let choices = attribute.types.iter().find_map(|kind| match kind {
                Type::Choice(choices) => Some(*choices),
                _ => None,
            })?;
            let what = attribute.name.to_owned();
            Fault::UnknownChoice { what, found: wrong?.to_string(), choices }
        }
        Mismatch::Cron { reason, .. } => Fault::BadCron { pattern: wrong?.to_string(), reason },
    })
}

fn once_in_a_block(block: &Block, problems: &mut Problems) {
    let mut seen: HashMap<&str, Mark> = HashMap::new();
    let written = block.settings.iter().map(|setting| &setting.key);
    for key in written.chain(&block.unset) {
        let Some(attribute) = Attribute::find(key) else { continue };
        match seen.get(attribute.name) {
            None => {
                seen.insert(attribute.name, key.mark);
            }
            Some(first) => {
                let fault = Fault::DuplicateAttribute { attribute, written: key.to_string() };
                problems.add(Problem::new(fault, key.mark).with(*first, "first given"));
            }
        }
    }
}

fn known_unset(block: &Block, problems: &mut Problems) {
    for key in &block.unset {
        let statement = matches!(key.as_str(), "env" | "depends_on" | "ready");
        if !statement && Attribute::find(key).is_none() {
            unknown_attribute(key, problems);
        }
    }
}

/// A probe has one value; a program has arguments, too.
fn probe_values(probe: &Probe, problems: &mut Problems) {
    let kind = probe.kind.value;
    let wrong = match probe.values.as_slice() {
        [] => Some(probe.kind.mark),
        [_, second, ..] if kind != ProbeKind::Exec => Some(second.mark),
        _ => None,
    };
    if let Some(mark) = wrong {
        problems.add(Problem::new(Fault::ProbeValues { kind }, mark));
    }
}

/// `timeout` and `interval` are durations.
fn probe_times(probe: &Probe, problems: &mut Problems) {
    let times = [("timeout", &probe.timeout), ("interval", &probe.interval)];
    for (name, value) in times {
        let Some(value) = value else { continue };
        if !matches!(value.value, Value::Duration(_) | Value::Expression(_)) {
            let fault = Fault::NotADuration { name, found: value.value.clone() };
            problems.add(Problem::new(fault, value.mark));
        }
    }
}

/// `allow` names a rule of judgement.
fn allowed_rules(block: &Block, problems: &mut Problems) {
    for allow in &block.allow {
        use crate::problem::Rule;
        if !Rule::JUDGEMENTS.contains(&allow.rule.as_str()) {
            let known = Rule::JUDGEMENTS.iter().map(|rule| (*rule).to_owned()).collect();
            let meant = nearest(&allow.rule, Rule::JUDGEMENTS.iter().copied()).map(str::to_owned);
            let name = allow.rule.to_string();
            let fault = Fault::UnknownName { what: "rule of judgement", name, meant, known };
            problems.add(Problem::new(fault, allow.rule.mark));
        }
    }
}

/// A script says what to run, and so does npm.
fn something_to_run(declaration: &Declaration, instance: Instance<'_>, problems: &mut Problems) {
    let effective = |name: &str| effective(declaration, instance, name);
    let mark = match instance.agent {
        Some(agent) if instance.template.is_some() => agent.name.mark,
        _ => instance.service.name.mark,
    };
    let run = effective("run");
    match instance.service.kind {
        Kind::Script if run.is_none() => {
            problems.add(Problem::new(Fault::ScriptWithoutRun, mark));
        }
        Kind::Node => {
            let runner = effective("runner").and_then(|setting| setting.values().first());
            let npm =
                matches!(runner.map(|word| &word.value), Some(Value::Word(word)) if word == "npm");
            match (npm, run) {
                (true, None) => {
                    let mark = runner.map_or(mark, |word| word.mark);
                    problems.add(Problem::new(Fault::NodeRun { npm: true }, mark));
                }
                (false, Some(run)) if instance.service.block.setting("run").is_some() => {
                    problems.add(Problem::new(Fault::NodeRun { npm: false }, run.key.mark));
                }
                _ => {}
            }
        }
        _ => {}
    }
}

/// What an attribute is given in the end, outside all profiles.
fn effective<'a>(
    declaration: &'a Declaration,
    instance: Instance<'a>,
    name: &str,
) -> Option<&'a Attribution> {
    let mut given = declaration.defaults.setting(name);
    for (_, block) in instance.blocks() {
        if block.unset.iter().any(|key| Attribute::find(key).is_some_and(|row| row.name == name)) {
            given = None;
        }
        given = block.setting(name).or(given);
    }
    given
}
