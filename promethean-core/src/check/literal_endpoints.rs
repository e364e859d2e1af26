//! Addresses of endpoints, written out in texts.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::Problems;
use super::layers::Services;
use crate::address::{self, Address, place};
use crate::blocks;
use crate::declaration::{Declaration, Unit};
use crate::endpoint::{Place, Written, qualified};
use crate::problem::{Fault, Problem};
use crate::service_facts::bit;

pub(crate) const RULE: &str = "literal-endpoint";

/// How the hosts of this machine are written in texts.
const HERE: [&str; 2] = ["127.0.0.1:", "localhost:"];

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let listening = listening(declaration, services);
    if listening.is_empty() {
        return;
    }
    blocks::each_filled_text(declaration, |filled| {
        let Some((written, at)) = address_in(filled.text, |port| listening.get(&port)) else {
            return;
        };
        let allowed = match (filled.block, filled.set) {
            (Some(block), _) => services.allow_in(declaration, block, RULE),
            (None, Some(set)) => services.allow_in_set(declaration, set, RULE),
            (None, None) => false,
        };
        if !allowed {
            let fault = fault(filled.text, filled.is_variable, written, at);
            problems.add(Problem::new(fault, filled.span_id));
        }
    });
}

/// An endpoint of this machine.
pub(crate) struct Listening {
    /// As it is written in a reference; empty in the unit itself.
    pub(crate) target: String,
    pub(crate) scheme: Option<SmolStr>,
}

/// Whether a host is this machine, or includes it.
pub(crate) fn is_here(host: &str) -> bool {
    let here = [place::LOOPBACK, place::LOCALHOST, place::EVERY, place::EVERY_6];
    here.contains(&address::place(host.as_bytes()))
}

/// What `listen` says of this machine, by the ports.
fn listening(declaration: &Declaration, services: &Services<'_>) -> HashMap<u16, Listening> {
    let mut listening = HashMap::new();
    let mut add = |unit: &str, endpoints: &[Written<'_>]| {
        for endpoint in endpoints.iter().filter(|endpoint| !endpoint.is_port) {
            let Place::At(Address { host, port }) = endpoint.place() else { continue };
            if !is_here(&host) {
                continue;
            }
            let name = if endpoints.len() == 1 { "" } else { endpoint.name };
            let scheme = endpoint.scheme.map(|scheme| scheme.value.clone());
            let target = qualified(unit, name);
            listening.entry(port).or_insert(Listening { target, scheme });
        }
    };
    for layers in services.instances() {
        if layers.facts(None).has(bit::LISTEN) {
            let service = &layers.instance.service.name;
            let unit = match layers.instance.agent {
                Some(agent) => format!("{}.{}", *agent.name, **service),
                None => service.to_string(),
            };
            add(&unit, &layers.endpoints(None));
        }
    }
    for unit in &declaration.units {
        if let Unit::External(external) = unit {
            let endpoints: Vec<Written<'_>> = external.listen.iter().map(Written::of).collect();
            add(&external.name, &endpoints);
        }
    }
    listening
}

/// The first address of this machine in a text that something listens on.
pub(crate) fn address_in<T>(text: &str, listening: impl Fn(u16) -> Option<T>) -> Option<(&str, T)> {
    HERE.iter().find_map(|host| {
        text.match_indices(host).find_map(|(start, _)| {
            let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-');
            let before = text.get(..start)?;
            let digits = text.get(start + host.len()..)?;
            let count = digits.bytes().take_while(u8::is_ascii_digit).count();
            let port = digits.get(..count)?.parse().ok()?;
            let found = listening(port).filter(|_| !before.ends_with(is_part))?;
            Some((text.get(start..start + host.len() + count)?, found))
        })
    })
}

/// The fault of an address in a text.
pub(crate) fn fault(text: &str, is_variable: bool, written: &str, at: &Listening) -> Fault {
    let unit = if at.target.is_empty() { "it".to_owned() } else { format!("`{}`", at.target) };
    let instead = instead(text, is_variable, written, at);
    Fault::LiteralEndpoint { unit, instead, written: written.to_owned() }
}

/// What to write in place of an address.
fn instead(text: &str, is_variable: bool, written: &str, at: &Listening) -> String {
    let Listening { target, scheme } = at;
    let url = scheme.as_ref().map(|scheme| format!("{scheme}://{written}"));
    let url = url.filter(|url| text.contains(url.as_str()));
    // The words alone are texts.
    if is_variable && !target.is_empty() && !target.starts_with(':') {
        if text == written {
            return format!("write `address {target}`");
        }
        match url.as_ref().and_then(|url| text.strip_prefix(url.as_str())) {
            Some("") => return format!("write `url {target}`"),
            Some(rest) => return format!("write `url {target} {rest:?}`"),
            None => {}
        }
    }
    let reference = |part: &str| format!("{part} {target}").trim_end().to_owned();
    match url {
        Some(url) => format!("write `{{{}}}` for `{url}`", reference("url")),
        None => format!("write `{{{}}}` for `{written}`", reference("address")),
    }
}
