//! Where units listen: that it is a port or an address, and that a probe has an endpoint to try.

use std::collections::HashMap;

use super::Problems;
use super::endpoint_references::fault_of;
use super::layers::Services;
use crate::address::{Address, is_before_place, is_known_scheme, is_scheme};
use crate::blocks;
use crate::declaration::{Block, Declaration, Listen, Probe, ProbeKind, Purpose, Unit};
use crate::endpoint::{AUTO, Choice, Place, Written, choose};
use crate::kind::ProbeHead;
use crate::problem::{Fault, Problem};
use crate::span_id::SpanId;
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    blocks::each(declaration, |_, block| {
        if !block.listen.is_empty() {
            block.listen.iter().for_each(|listen| one(listen, problems));
            names_once(&block.listen, Some(block), problems);
        }
    });
    for unit in &declaration.units {
        if let Unit::External(external) = unit {
            external.listen.iter().for_each(|listen| one(listen, problems));
            names_once(&external.listen, None, problems);
            for listen in external.listen.iter().filter(|listen| is_auto(listen)) {
                let fault = auto_of_external(Written::of(listen));
                problems.add(Problem::new(fault, listen.at.span_id));
            }
            if let Some(probe) = &external.ready
                && probe.kind.value != ProbeKind::Log
            {
                let endpoints: Vec<Written<'_>> = external.listen.iter().map(Written::of).collect();
                probed(&external.name, &endpoints, (Purpose::Ready, probe), problems);
            }
        }
    }
    probes_have_an_endpoint(services, problems);
}

fn is_auto(listen: &Listen) -> bool {
    Written::of(listen).place() == Place::Auto
}

/// Nothing tells what is not started here which port it has.
pub(crate) fn auto_of_external(endpoint: Written<'_>) -> Fault {
    Fault::BadEndpoint {
        reason: "an external is not started here, so its port cannot be `auto`".to_owned(),
        instead: with_scheme(endpoint, "\"127.0.0.1:8000\""),
    }
}

fn one(listen: &Listen, problems: &mut Problems) {
    let endpoint = Written::of(listen);
    if let Some(scheme) = &listen.scheme
        && let Some(fault) = wrong_scheme(endpoint)
    {
        problems.add(Problem::new(fault, scheme.span_id));
    }
    if let Some(fault) = wrong_place(endpoint, &listen.at.value) {
        problems.add(Problem::new(fault, listen.at.span_id));
    }
}

/// Words that are names of endpoints, and no schemes: `listen metrics 9100;`
const NAMES: [&str; 6] = ["admin", "dashboard", "debug", "health", "management", "metrics"];

/// What is wrong with the scheme of an endpoint. A scheme is free, but for what is certainly something else.
pub(crate) fn wrong_scheme(endpoint: Written<'_>) -> Option<Fault> {
    let (scheme, at) = (endpoint.scheme?, endpoint.at.to_string());
    let name = endpoint.name;
    let instead = match scheme.as_str() {
        "localhost" => Some(statement(name, None, &format!("{:?}", format!("localhost:{at}")))),
        word if is_before_place(word) => Some(statement(name, None, &at)),
        word if NAMES.contains(&word) && name.is_empty() => {
            Some(statement(word, Some("http"), &at))
        }
        _ => None,
    };
    if let Some(instead) = instead {
        let reason = format!("`{}` is not the scheme of a URL", **scheme);
        return Some(Fault::BadEndpoint { reason, instead });
    }
    let scheme = Some(scheme).filter(|scheme| !is_scheme(scheme))?;
    let small = scheme.to_lowercase().replace('_', "-");
    let known = if is_scheme(&small) { small.as_str() } else { "http" };
    Some(Fault::BadEndpoint {
        reason: format!("`{}` is not the scheme of a URL", **scheme),
        instead: statement(endpoint.name, Some(known), &endpoint.at.to_string()),
    })
}

/// What is wrong with where something listens.
pub(crate) fn wrong_place(endpoint: Written<'_>, at: &Value) -> Option<Fault> {
    let (reason, instead) = match at {
        Value::Integer(port) if (1..=65_535).contains(port) => return None,
        Value::Word(word) if word == AUTO => return None,
        Value::Expression(_) => return None,
        Value::Integer(port) => {
            let reason = "a port is a number from 1 to 65535".to_owned();
            // Elsewhere 0 is any port that is free.
            (
                reason,
                with_scheme(endpoint, if *port == 0 && !endpoint.is_port { AUTO } else { "8000" }),
            )
        }
        Value::Text(text) => wrong_text(endpoint, text)?,
        Value::Word(word) => {
            let instead = match endpoint.scheme {
                // `listen http;`
                None if is_scheme(word) => statement(endpoint.name, Some(word), "8000"),
                _ => with_scheme(endpoint, AUTO),
            };
            (format!("`{word}` is not a port"), instead)
        }
        Value::Float(_) | Value::Boolean(_) | Value::Duration(_) | Value::Size(_) => {
            (format!("`{at}` is not a port"), with_scheme(endpoint, "8000"))
        }
    };
    Some(Fault::BadEndpoint { reason, instead })
}

/// What is wrong with a text that is no `HOST:PORT`, and what to write.
fn wrong_text(endpoint: Written<'_>, text: &str) -> Option<(String, String)> {
    let reason = Address::read(text).err()?;
    // `3000:3000` and `127.0.0.1:80:8080` of Compose, `*:3000`.
    if let Some((host, port)) = text.rsplit_once(':')
        && let Ok(port @ 1..) = port.parse::<u16>()
    {
        let is_mapped = host.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
        let at = match host {
            "*" => format!("\"0.0.0.0:{port}\""),
            _ => port.to_string(),
        };
        if is_mapped || host == "*" || host.is_empty() {
            return Some((reason.to_owned(), with_scheme(endpoint, &at)));
        }
    }
    if let Ok(port @ 1..) = text.parse::<u16>() {
        let reason = format!("{text:?} is a text, and a port is a number");
        return Some((reason, with_scheme(endpoint, &port.to_string())));
    }
    let address = super::address_in(text).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let address = format!("{address:?}");
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let instead = match scheme.filter(|scheme| is_scheme(scheme) && endpoint.scheme.is_none()) {
        Some(scheme) => statement(endpoint.name, Some(scheme), &address),
        None => with_scheme(endpoint, &address),
    };
    Some((reason.to_owned(), instead))
}

fn with_scheme(endpoint: Written<'_>, at: &str) -> String {
    statement(endpoint.name, endpoint.scheme.map(|scheme| scheme.as_str()), at)
}

/// The statement that declares an endpoint.
fn statement(name: &str, scheme: Option<&str>, at: &str) -> String {
    let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
    let scheme = scheme.map(|scheme| format!("{scheme} ")).unwrap_or_default();
    format!("listen {name}{scheme}{at};")
}

/// A block has one endpoint of each name; `port` is the one without.
fn names_once(listen: &[Listen], block: Option<&Block>, problems: &mut Problems) {
    let mut seen: HashMap<&str, SpanId> = HashMap::new();
    if let Some(port) = block.and_then(|block| block.setting("port")) {
        seen.insert("", port.key.span_id);
    }
    for listen in listen {
        if wrong_scheme(Written::of(listen)).is_some() {
            // It may be its name.
        } else if let Some(first) = seen.get(listen.name()) {
            let scheme = listen.scheme.as_ref().map(|scheme| scheme.as_str());
            let unknown = scheme.filter(|scheme| !is_known_scheme(scheme));
            let name = unknown.unwrap_or("NAME");
            let scheme = scheme.filter(|_| unknown.is_none()).unwrap_or("http");
            let instead = statement(name, Some(scheme), &listen.at.value.to_string());
            let fault = Fault::DuplicateEndpoint { name: listen.name().to_owned(), instead };
            problems.add(Problem::new(fault, listen.span_id()).with(*first, "the other one"));
        } else {
            seen.insert(listen.name(), listen.span_id());
        }
    }
}

/// Which endpoint of the unit itself a probe tries, or what is wrong with that.
pub(crate) fn own_probe(
    unit: &str,
    endpoints: &[&str],
    (purpose, probe): (Purpose, &Probe),
) -> Result<usize, Fault> {
    let wanted = probe.endpoint.as_ref().map(|name| name.as_str());
    let choice = choose(endpoints, wanted);
    let written: Vec<(String, &str)> =
        endpoints.iter().map(|name| (unit.to_owned(), *name)).collect();
    match (choice, fault_of(choice, unit, wanted, &written)) {
        (Choice::One(index), _) => Ok(index),
        // `ready http get "/health";`
        (_, Some(Fault::UnknownEndpoint { unit, name, meant: None, known, .. }))
            if endpoints == [""] =>
        {
            let head = ProbeHead { purpose, kind: probe.kind.value };
            let value = probe.values.iter().map(|value| format!(" {}", value.value));
            let probed = Some(format!("{head}{};", value.collect::<String>()));
            Err(Fault::UnknownEndpoint { unit, name, meant: None, known, probed })
        }
        (_, Some(fault)) => Err(fault),
        (_, None) => {
            let probe = ProbeHead { purpose, kind: probe.kind.value };
            Err(Fault::ProbeValues { probe })
        }
    }
}

fn probed(
    unit: &str,
    endpoints: &[Written<'_>],
    (purpose, probe): (Purpose, &Probe),
    problems: &mut Problems,
) {
    if !probe.tries_own_endpoint() && probe.endpoint.is_none() {
        return;
    }
    let names: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.name).collect();
    if let Err(fault) = own_probe(unit, &names, (purpose, probe)) {
        let span_id = probe.endpoint.as_ref().map_or(probe.kind.span_id, |name| name.span_id);
        problems.add_first(Problem::new(fault, span_id));
    }
}

fn probes_have_an_endpoint(services: &Services<'_>, problems: &mut Problems) {
    for layers in services.all.iter().filter(|layers| layers.is_complete()) {
        for &profile in layers.profiles() {
            let service = layers.instance.service.name.as_str();
            for probe in layers.probes_in(profile) {
                // `listen metrics 9100; ready http metrics "/health";`: that it is a name has been reported.
                let wanted = probe.1.endpoint.as_ref().map(|name| name.as_str());
                let mut listens = layers.with_profile(profile).flat_map(|block| &block.listen);
                let is_misnamed = wanted.is_some()
                    && listens.any(|listen| {
                        let scheme = listen.scheme.as_ref().map(|scheme| scheme.as_str());
                        scheme == wanted && wrong_scheme(Written::of(listen)).is_some()
                    });
                if is_misnamed {
                    continue;
                }
                probed(service, &layers.endpoints_if_any(profile), probe, problems);
            }
        }
    }
}
