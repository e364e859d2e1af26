//! Ports: that a service is told one, and is asked on that one whether it is ready.

use super::Problems;
use super::environment::Sets;
use super::layers::{Layers, Services, row};
use crate::declaration::{Attribution, Declaration, EnvEntry, EnvValue, ProbeKind};
use crate::problem::{Fault, Problem};
use crate::span_id::Spanned;
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let sets = Sets::of(declaration);
    for layers in services.instances() {
        let port = layers.setting(row::PORT, None).given();
        let Some(port) = port.and_then(|setting| setting.values().first()) else { continue };
        let Value::Integer(number) = port.value else { continue };
        one_port(layers, &sets, port, number, problems);
        asked_on_its_port(layers, &sets, port, number, problems);
    }
}

/// `port` sets PORT; another value in the same layer or a stronger one has no effect.
fn one_port(
    layers: &Layers<'_>,
    sets: &Sets<'_>,
    port: &Spanned<Value>,
    number: i64,
    problems: &mut Problems,
) {
    let mut given_behind = false;
    let mut other: Option<&EnvEntry> = None;
    for (_, block) in layers.blocks() {
        let gives = |setting: &Attribution| {
            setting.values().first().is_some_and(|value| std::ptr::eq(value, port))
        };
        if block.settings.iter().any(gives) {
            (given_behind, other) = (true, None);
        }
        if !given_behind {
            continue;
        }
        let spread = sets.spread_by(&block.spreads).into_iter().flat_map(|(_, entries)| entries);
        let mut entries = spread.chain(&block.env);
        other = entries.rfind(|entry| *entry.key == "PORT").or(other);
    }
    let Some(entry) = other else { return };
    let EnvValue::Text(text) = &entry.value else { return };
    if text.trim() == number.to_string() || layers.allows("port-twice") {
        return;
    }
    let fault = Fault::PortTwice { port: number, variable: text.to_string() };
    problems.add_first(Problem::new(fault, text.span_id).with(port.span_id, "the port"));
}

/// A probe of this machine asks on the port that the service is told.
fn asked_on_its_port(
    layers: &Layers<'_>,
    sets: &Sets<'_>,
    port: &Spanned<Value>,
    number: i64,
    problems: &mut Problems,
) {
    let Some(probe) = layers.probe().given() else { return };
    let [target] = probe.values.as_slice() else { return };
    let Value::Text(written) = &target.value else { return };
    let address = match probe.kind.value {
        ProbeKind::Tcp => written.as_str(),
        ProbeKind::Http => match written.split_once("://") {
            Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
            None => return,
        },
        ProbeKind::Log | ProbeKind::Exec => return,
    };
    let Some((host, asked)) = address.rsplit_once(':') else { return };
    let here = matches!(host, "127.0.0.1" | "localhost" | "[::1]" | "0.0.0.0");
    let Ok(asked) = asked.parse::<i64>() else { return };
    if !here || asked == number || knows(layers, sets, asked) || layers.allows("probe-port") {
        return;
    }
    let fault = Fault::ProbePort {
        asked,
        port: number,
        instead: written.replacen(&format!(":{asked}"), &format!(":{number}"), 1),
    };
    problems.add_first(Problem::new(fault, target.span_id).with(port.span_id, "the port"));
}

/// Whether the service is told a second port, as far as that is seen.
fn knows(layers: &Layers<'_>, sets: &Sets<'_>, port: i64) -> bool {
    let digits = port.to_string();
    let in_value = |value: &Value| match value {
        Value::Text(text) => text.contains(&digits),
        Value::Integer(integer) => *integer == port,
        Value::Expression(_) => true,
        _ => false,
    };
    layers.blocks().any(|(_, block)| {
        let values = block.settings.iter().filter(|setting| {
            setting
                .attribute()
                .is_some_and(|attribute| matches!(attribute.name, "args" | "run" | "node_args"))
        });
        let spread = sets.spread_by(&block.spreads).into_iter().flat_map(|(_, entries)| entries);
        values.flat_map(Attribution::values).any(|value| in_value(&value.value))
            || spread.chain(&block.env).any(|entry| match &entry.value {
                EnvValue::Text(text) => text.contains(&digits),
                EnvValue::Expression(_) => true,
                EnvValue::Secret(_) | EnvValue::Inherit(_) => entry.key.contains("PORT"),
                EnvValue::Required | EnvValue::Unset => false,
            })
    })
}
