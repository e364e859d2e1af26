//! Ports: that a service is told one, and is asked on that one whether it is ready.

use super::Problems;
use super::environment::Sets;
use super::layers::{Layers, Services};
use crate::address::Address;
use crate::declaration::{Attribution, Declaration, EnvEntry, EnvValue, Probe, ProbeKind};
use crate::endpoint::{PORT, Place, Written};
use crate::problem::{Fault, Problem};
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let sets = Sets::of(declaration);
    for layers in services.instances() {
        for &profile in layers.profiles() {
            let endpoints = layers.endpoints_if_any(profile);
            let unnamed = endpoints.iter().find(|endpoint| endpoint.name.is_empty());
            let Some(port) = unnamed else { continue };
            let Place::At(Address { port: number, .. }) = port.place() else { continue };
            one_port((layers, profile), &sets, port, i64::from(number), problems);
            if profile.is_none() {
                asked_on_its_port(layers, &sets, &endpoints, (port, i64::from(number)), problems);
            }
        }
    }
}

/// `port` sets PORT; another value in the same layer or a stronger one has no effect.
fn one_port(
    (layers, profile): (&Layers<'_>, Option<&str>),
    sets: &Sets<'_>,
    endpoint: &Written<'_>,
    number: i64,
    problems: &mut Problems,
) {
    let port = endpoint.at;
    let mut given_behind = false;
    let mut other: Option<&EnvEntry> = None;
    for block in layers.with_profile(profile) {
        let gives = |setting: &Attribution| {
            setting.values().first().is_some_and(|value| std::ptr::eq(value, port))
        };
        let listens = block.listen.iter().any(|listen| std::ptr::eq(&raw const listen.at, port));
        if listens || block.settings.iter().any(gives) {
            (given_behind, other) = (true, None);
        }
        if !given_behind {
            continue;
        }
        let spread = sets.spread_by(&block.spreads).into_iter().flat_map(|(_, entries)| entries);
        let mut entries = spread.chain(&block.env);
        other = entries.rfind(|entry| *entry.key == PORT).or(other);
    }
    let Some(entry) = other else { return };
    let Some(variable) = other_port(&entry.value, number).filter(|_| !layers.allows("port-twice"))
    else {
        return;
    };
    let statement =
        statement(endpoint.is_port, endpoint.scheme.map(|scheme| scheme.as_str()), &port.value);
    let span_id = match &entry.value {
        EnvValue::Text(text) => text.span_id,
        EnvValue::Endpoint(_)
        | EnvValue::Expression(_)
        | EnvValue::Secret(_)
        | EnvValue::Inherit(_)
        | EnvValue::Or(_)
        | EnvValue::Required
        | EnvValue::Unset => entry.key.span_id,
    };
    let fault = Fault::PortTwice { port: number, variable, statement };
    problems.add_first(Problem::new(fault, span_id).with(port.span_id, "the port"));
}

/// What gives a service its port: `listen http 8000`.
fn statement(is_port: bool, scheme: Option<&str>, port: &Value) -> String {
    match (is_port, scheme) {
        (true, _) => format!("port {port}"),
        (false, Some(scheme)) => format!("listen {scheme} {port}"),
        (false, None) => format!("listen {port}"),
    }
}

/// What PORT is, in words, where it is not the port of the service.
pub(crate) fn other_port(value: &EnvValue, port: i64) -> Option<String> {
    Some(match value {
        EnvValue::Text(text) if text.trim() == port.to_string() || text.as_str() == "{port}" => {
            return None;
        }
        EnvValue::Text(text) => text.to_string(),
        EnvValue::Secret(_) => "a secret".to_owned(),
        EnvValue::Inherit(_) => "inherited".to_owned(),
        EnvValue::Or(_) => "read".to_owned(),
        EnvValue::Endpoint(_) => "that of a unit".to_owned(),
        EnvValue::Expression(_) => "worked out".to_owned(),
        EnvValue::Required | EnvValue::Unset => return None,
    })
}

/// A probe of this machine asks on the port that the service is told.
fn asked_on_its_port(
    layers: &Layers<'_>,
    sets: &Sets<'_>,
    endpoints: &[Written<'_>],
    (port, number): (&Written<'_>, i64),
    problems: &mut Problems,
) {
    for (_, probe) in layers.probes_in(None) {
        let scheme = port.scheme.map(|scheme| scheme.as_str());
        let Some((asked, fault)) = asks_elsewhere(probe, number, scheme) else { continue };
        let Some(target) = probe.values.first() else { continue };
        let listens_there = endpoints.iter().any(|endpoint| match endpoint.place() {
            Place::At(Address { port, .. }) => i64::from(port) == asked,
            Place::Auto | Place::Unknown => false,
        });
        if !listens_there && !knows(layers, sets, asked) && !layers.allows("probe-port") {
            problems
                .add_first(Problem::new(fault, target.span_id).with(port.at.span_id, "the port"));
        }
    }
}

/// The other port of this machine that a probe asks on, and what is wrong with it. The scheme is that of the
/// service's own endpoint.
pub(crate) fn asks_elsewhere(
    probe: &Probe,
    port: i64,
    scheme: Option<&str>,
) -> Option<(i64, Fault)> {
    let [target] = probe.values.as_slice() else { return None };
    let Value::Text(written) = &target.value else { return None };
    let address = match probe.kind.value {
        ProbeKind::Tcp => written.as_str(),
        ProbeKind::Http => {
            let (_, rest) = written.split_once("://")?;
            rest.split(['/', '?', '#']).next().unwrap_or_default()
        }
        ProbeKind::Log | ProbeKind::Exec => return None,
    };
    let (host, asked) = address.rsplit_once(':')?;
    let here = matches!(host, "127.0.0.1" | "localhost" | "[::1]" | "0.0.0.0");
    let asked = asked.parse::<i64>().ok().filter(|asked| here && *asked != port)?;
    let mut instead = written.replacen(&format!(":{asked}"), &format!(":{port}"), 1);
    if let Some(scheme) = scheme.filter(|scheme| matches!(*scheme, "http" | "https"))
        && let Some((_, rest)) = instead.split_once("://")
    {
        instead = format!("{scheme}://{rest}");
    }
    Some((asked, Fault::ProbePort { asked, port, instead }))
}

/// Whether a value may tell a service a port.
pub(crate) fn tells(value: &Value, port: i64) -> bool {
    match value {
        Value::Text(text) => text.contains(&port.to_string()),
        Value::Integer(integer) => *integer == port,
        Value::Expression(_) => true,
        _ => false,
    }
}

/// Whether a variable may tell a service a port.
pub(crate) fn variable_tells(key: &str, value: &EnvValue, port: i64) -> bool {
    value.sources().any(|source| match source {
        EnvValue::Text(text) => text.contains(&port.to_string()),
        EnvValue::Expression(_) | EnvValue::Endpoint(_) => true,
        EnvValue::Secret(_) | EnvValue::Inherit(_) => key.contains("PORT"),
        EnvValue::Or(_) | EnvValue::Required | EnvValue::Unset => false,
    })
}

/// The attributes whose values a program reads.
pub(crate) const READ_BY_PROGRAMS: [&str; 3] = ["args", "run", "node_args"];

/// Whether an argument or a variable of this ecosystem gives the service a second port.
fn knows(layers: &Layers<'_>, sets: &Sets<'_>, port: i64) -> bool {
    layers.blocks().any(|(_, block)| {
        let values = block.settings.iter().filter(|setting| {
            let attribute = setting.attribute();
            attribute.is_some_and(|attribute| READ_BY_PROGRAMS.contains(&attribute.name))
        });
        let spread = sets.spread_by(&block.spreads).into_iter().flat_map(|(_, entries)| entries);
        values.flat_map(Attribution::values).any(|value| tells(&value.value, port))
            || spread.chain(&block.env).any(|entry| variable_tells(&entry.key, &entry.value, port))
    })
}
