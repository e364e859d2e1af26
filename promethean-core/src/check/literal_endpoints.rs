//! Addresses of endpoints, written out in texts.

use std::collections::HashMap;

use super::Problems;
use super::layers::Services;
use crate::address::{self, Address, place};
use crate::blocks::{self, FilledText};
use crate::declaration::{Declaration, Unit};
use crate::endpoint::{Place, Written, qualified};
use crate::problem::{Fault, Problem};
use crate::service_facts::bit;

const RULE: &str = "literal-endpoint";

/// How the hosts of this machine are written in texts.
const HERE: [&str; 2] = ["127.0.0.1:", "localhost:"];

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let listening = listening(declaration, services);
    if listening.is_empty() {
        return;
    }
    blocks::each_filled_text(declaration, |filled| {
        let Some((written, at)) = address_in(filled.text, &listening) else { return };
        let allowed = match (filled.block, filled.set) {
            (Some(block), _) => services.allow_in(declaration, block, RULE),
            (None, Some(set)) => services.allow_in_set(declaration, set, RULE),
            (None, None) => false,
        };
        if !allowed {
            let fault = Fault::LiteralEndpoint {
                unit: at.target.clone(),
                instead: instead(filled, written, at),
                written: written.to_owned(),
            };
            problems.add(Problem::new(fault, filled.span_id));
        }
    });
}

/// An endpoint of this machine.
struct Listening<'a> {
    /// As it is written in a reference.
    target: String,
    scheme: Option<&'a str>,
}

/// What `listen` says of this machine, by the ports.
fn listening<'a>(
    declaration: &'a Declaration,
    services: &Services<'a>,
) -> HashMap<u16, Listening<'a>> {
    let mut listening = HashMap::new();
    let mut add = |unit: &str, endpoints: &[Written<'a>]| {
        for endpoint in endpoints.iter().filter(|endpoint| !endpoint.is_port) {
            let Place::At(Address { host, port }) = endpoint.place() else { continue };
            let here = [place::LOOPBACK, place::LOCALHOST, place::EVERY, place::EVERY_6];
            if !here.contains(&address::place(host.as_bytes())) {
                continue;
            }
            let name = if endpoints.len() == 1 { "" } else { endpoint.name };
            let scheme = endpoint.scheme.map(|scheme| scheme.as_str());
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

/// The first address in a text that something listens on.
fn address_in<'t, 'l, 'a>(
    text: &'t str,
    listening: &'l HashMap<u16, Listening<'a>>,
) -> Option<(&'t str, &'l Listening<'a>)> {
    HERE.iter().find_map(|host| {
        text.match_indices(host).find_map(|(start, _)| {
            let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-');
            let before = text.get(..start)?;
            let digits = text.get(start + host.len()..)?;
            let count = digits.bytes().take_while(u8::is_ascii_digit).count();
            let port = digits.get(..count)?.parse().ok()?;
            let found = listening.get(&port).filter(|_| !before.ends_with(is_part))?;
            Some((text.get(start..start + host.len() + count)?, found))
        })
    })
}

/// What to write in place of an address.
fn instead(filled: FilledText<'_>, written: &str, at: &Listening<'_>) -> String {
    let Listening { target, scheme } = at;
    let url = scheme.map(|scheme| format!("{scheme}://{written}"));
    let url = url.filter(|url| filled.text.contains(url.as_str()));
    if filled.is_variable {
        if filled.text == written {
            return format!("write `address {target}`");
        }
        match url.as_ref().and_then(|url| filled.text.strip_prefix(url.as_str())) {
            Some("") => return format!("write `url {target}`"),
            Some(rest) => return format!("write `url {target} {rest:?}`"),
            None => {}
        }
    }
    match url {
        Some(url) => format!("write `{{url {target}}}` for `{url}`"),
        None => format!("write `{{address {target}}}` for `{written}`"),
    }
}
