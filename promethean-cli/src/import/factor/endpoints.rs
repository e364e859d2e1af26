//! Endpoints: an app that is told its port listens there, and others refer to it in place of writing its
//! address out.
//!
//! Only what is certain becomes one: the port is a number in `PORT` or `port`, and no other app has it; one
//! that only arguments name (`--port 8001`) has to be named by another app, too.
//! Texts stay what they are, letter by letter: `localhost` and `127.0.0.1` are two.

use std::collections::{BTreeMap, BTreeSet};

use promethean_core::address::{LOOPBACK, is_scheme};
use promethean_core::check::is_path_after;
use promethean_core::declaration::{
    Attribution, Block, EndpointPart, EndpointReference, EnvEntry, EnvValue, Given, Kind, Listen,
    Probe, ProbeKind,
};
use promethean_core::endpoint::PORT;
use promethean_core::pm2;
use promethean_core::span_id::{SpanId, Spanned};
use promethean_core::value::Value;
use smol_str::SmolStr;

use super::super::app::{App, Change, ChangeKind};
use super::super::reader::External;
use super::{Part, spanned};

/// How the hosts of this machine are written.
const HERE: [&str; 2] = [LOOPBACK, "localhost"];

/// An app that listens, or something external.
struct Listener {
    /// Its place among the apps; externals are after them.
    part: usize,
    port: u16,
    /// Whether it listens there in every profile.
    is_fixed: bool,
    /// Whether only its arguments say so: it is an endpoint where another app names it, as an external is.
    by_arguments: bool,
    /// Whether another app names it.
    is_named: bool,
    /// How often its address is written with each host, and its URL with each scheme.
    hosts: BTreeMap<&'static str, usize>,
    schemes: BTreeMap<String, usize>,
}

impl Listener {
    /// The host that most write.
    fn host(&self) -> &'static str {
        let written = |host: &str| self.hosts.get(host).copied().unwrap_or_default();
        if written("localhost") > written(LOOPBACK) { "localhost" } else { LOOPBACK }
    }

    /// The scheme that most write; of two the one of the web.
    fn scheme(&self) -> Option<&str> {
        let order = |(scheme, count): &(&String, &usize)| (**count, *scheme == "http");
        self.schemes.iter().max_by_key(order).map(|(scheme, _)| scheme.as_str())
    }
}

/// Finds the endpoints, and the texts that name them.
pub(super) fn find(parts: &mut [Part], apps: &[App], externals: &mut [External]) {
    let mut listeners: BTreeMap<u16, Listener> = listeners(parts, apps, externals);
    if listeners.is_empty() {
        return;
    }
    let mut texts: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (index, part) in parts.iter_mut().enumerate() {
        each_value(&mut part.block, &mut |value| {
            if let Some(text) = text_of(value) {
                count(text, index, &mut listeners);
                texts.entry(text.to_owned()).or_default().insert(index);
            }
        });
        each_probe(&mut part.block, &mut |probe| {
            if let [target] = probe.values.as_slice()
                && let Value::Text(text) = &target.value
            {
                count(text, index, &mut listeners);
            }
        });
    }
    // What others write is the port of one profile.
    listeners.retain(|_, listener| match listener.by_arguments {
        true => listener.is_named,
        false => listener.is_fixed || listener.hosts.is_empty(),
    });
    let of_part = |part: &Part| part.agent.iter().chain([&part.name]).cloned().collect();
    let of_externals = externals.iter().map(|external| vec![external.name.clone()]);
    let units: Vec<Vec<String>> = parts.iter().map(of_part).chain(of_externals).collect();
    for listener in listeners.values() {
        let place = listener.part.checked_sub(parts.len());
        if let Some(external) = place.and_then(|place| externals.get_mut(place)) {
            let scheme = listener.scheme().map(|scheme| Spanned::nowhere(scheme.into()));
            let at = Spanned::nowhere(at(listener, listener.port));
            external.listen = Some(Listen { name: None, scheme, at });
        }
        if let Some(part) = parts.get_mut(listener.part) {
            if listener.is_fixed {
                in_arguments(&mut part.block, listener.port);
            }
            declare(&mut part.block, listener);
        }
    }
    for (index, part) in parts.iter_mut().enumerate() {
        let writing = Writing { listeners: &listeners, units: &units, own: Some(index) };
        // What others have, too, stays the same for all of them.
        let shared = Writing { own: None, ..writing };
        each_value(&mut part.block, &mut |value| {
            let users = text_of(value).and_then(|text| texts.get(text)).map_or(0, BTreeSet::len);
            if users > 1 { shared.value(value) } else { writing.value(value) }
        });
        each_probe(&mut part.block, &mut |probe| writing.probe(probe));
    }
}

/// The apps that listen where no other does.
fn listeners(parts: &[Part], apps: &[App], externals: &[External]) -> BTreeMap<u16, Listener> {
    let mut claims: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (index, part) in parts.iter().enumerate() {
        for port in ports(&part.block).into_iter().chain(argument_ports(&part.block)) {
            let claimed = claims.entry(port).or_default();
            if !claimed.contains(&index) {
                claimed.push(index);
            }
        }
    }
    let outside: Vec<(usize, u16)> = externals
        .iter()
        .enumerate()
        .filter_map(|(index, external)| {
            let port = external.tcp.as_ref()?.strip_prefix(LOOPBACK)?.strip_prefix(':')?;
            Some((parts.len() + index, port_number(port)?))
        })
        .collect();
    for (index, port) in &outside {
        claims.entry(*port).or_default().push(*index);
    }
    let is_alone = |port: &u16| claims.get(port).is_some_and(|parts| parts.len() == 1);
    let listeners = parts.iter().zip(apps).enumerate().filter_map(|(index, (part, app))| {
        // The original has another port with another environment.
        if app.changes.iter().any(is_of_port) {
            return None;
        }
        let all = ports(&part.block);
        let by_arguments = all.is_empty();
        let port = match (by_arguments, argument_ports(&part.block).as_slice()) {
            (false, _) => port_of(&part.block)?,
            (true, [only]) => *only,
            (true, _) => return None,
        };
        let listens_once = is_one(part) && all.iter().chain([&port]).all(is_alone);
        let is_fixed = all.iter().all(|other| *other == port);
        let listener = Listener {
            part: index,
            port,
            is_fixed,
            by_arguments,
            is_named: false,
            hosts: BTreeMap::new(),
            schemes: BTreeMap::new(),
        };
        listens_once.then_some((port, listener))
    });
    let outside = outside.iter().filter(|(_, port)| is_alone(port)).map(|(index, port)| {
        let listener = Listener {
            part: *index,
            port: *port,
            is_fixed: true,
            by_arguments: true,
            is_named: false,
            hosts: BTreeMap::new(),
            schemes: BTreeMap::new(),
        };
        (*port, listener)
    });
    listeners.chain(outside).collect()
}

/// Whether a change is one of the port.
fn is_of_port(change: &Change) -> bool {
    let variable = change.key.split_once('.').map(|(_, name)| name);
    change.kind == ChangeKind::LeftOut && (change.key == "port" || variable == Some(PORT))
}

/// Every port that an app may have.
fn ports(block: &Block) -> Vec<u16> {
    let mut ports: Vec<u16> = setting_port(block).into_iter().collect();
    let profiles = block.profiles.iter().map(|profile| &profile.block);
    for block in std::iter::once(block).chain(profiles) {
        let sources = variable(block).into_iter().flat_map(|entry| entry.value.sources());
        ports.extend(sources.filter_map(port_in));
    }
    ports
}

/// The one port that the variables and arguments of an app name; `None` if they name several or none.
fn port_of(block: &Block) -> Option<u16> {
    let of_profiles =
        || block.profiles.iter().filter_map(|profile| variable(&profile.block)).collect::<Vec<_>>();
    match (setting_port(block), variable(block)) {
        // PM2's `port` is stronger than every variable.
        (Some(port), None) if of_profiles().is_empty() => Some(port),
        (None, Some(entry)) => {
            let plain = of_profiles().iter().all(|entry| port_in(&entry.value).is_some());
            port_in(&entry.value).filter(|_| plain)
        }
        (Some(_), _) | (None, None) => None,
    }
}

fn setting_port(block: &Block) -> Option<u16> {
    match block.setting("port")?.values() {
        [Spanned { value: Value::Integer(port), .. }] => port_number(&port.to_string()),
        _ => None,
    }
}

fn variable(block: &Block) -> Option<&EnvEntry> {
    block.env.iter().find(|entry| *entry.key == PORT)
}

fn port_in(value: &EnvValue) -> Option<u16> {
    if let EnvValue::Text(text) = value { port_number(text) } else { None }
}

fn port_number(text: &str) -> Option<u16> {
    let port: u16 = text.parse().ok()?;
    (port != 0 && port.to_string() == text).then_some(port)
}

/// The ports that the arguments of a program name.
fn argument_ports(block: &Block) -> Vec<u16> {
    let mut ports: Vec<u16> = Vec::new();
    for name in ["run", "args"] {
        let values = block.setting(name).map(Attribution::values).unwrap_or_default();
        let texts: Vec<&str> = values.iter().map(|value| text_in(&value.value)).collect();
        for (index, text) in texts.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| texts.get(before)).copied();
            let port = argument_port(before, text).map(|(_, port)| port);
            ports.extend(port.filter(|port| !ports.contains(port)));
        }
    }
    ports
}

fn text_in(value: &Value) -> &str {
    if let Value::Text(text) = value { text } else { "" }
}

/// The port in an argument, and what is before it: `--port=8001`, `--port 8001`, `--bind 0.0.0.0:8001`.
fn argument_port<'t>(before: Option<&str>, text: &'t str) -> Option<(&'t str, u16)> {
    let is_port = |option: &str| {
        matches!(option, "-p" | "-P")
            || option.strip_prefix("--").is_some_and(|name| name == "port" || name == "http-port")
    };
    let is_address =
        |option: &str| matches!(option, "-b" | "--bind" | "--listen" | "--address" | "--addr");
    let (option, value) = match text.split_once('=') {
        Some((option, value)) if option.starts_with('-') => (option, value),
        _ => (before?, text),
    };
    let digits = match value.rsplit_once(':') {
        Some((_, digits)) if is_address(option) => digits,
        None if is_port(option) => value,
        Some(_) | None => return None,
    };
    Some((text.strip_suffix(digits)?, port_number(digits)?))
}

/// A variable or an argument names the port that the program listens on.
fn in_arguments(block: &mut Block, port: u16) {
    for setting in &mut block.settings.0 {
        let Given::Values(values) = &mut setting.given else { continue };
        if !matches!(setting.key.as_str(), "run" | "args") {
            continue;
        }
        let mut before: Option<String> = None;
        for value in values {
            let Value::Text(text) = &mut value.value else { continue };
            let own = text.to_string();
            if let Some((start, known)) = argument_port(before.as_deref(), &own)
                && known == port
            {
                *text = format!("{start}{{port}}").into();
            }
            before = Some(own);
        }
    }
}

/// Whether there is one process, or several that listen together.
fn is_one(part: &Part) -> bool {
    let value = |name: &str| {
        let values = part.block.setting(name).map(Attribution::values);
        values.and_then(<[_]>::first).map(|value| value.value.to_string())
    };
    let instances = value("instances");
    let text = |name: &str| {
        let values = part.block.setting(name).map(Attribution::values);
        match values.and_then(<[_]>::first).map(|value| &value.value) {
            Some(Value::Text(text) | Value::Word(text)) => Some(text.to_string()),
            Some(_) | None => None,
        }
    };
    let interpreter = text("interpreter");
    let clusters = match (text("exec_mode").as_deref(), part.kind) {
        (Some(mode), _) => mode.starts_with("cluster"),
        // PM2 does so by itself (`pm2::clusters_by_itself`).
        (None, Kind::Node) => {
            text("runner").as_deref() != Some("npm")
                && interpreter.as_deref().is_none_or(pm2::takes_for_node)
        }
        (None, Kind::Script) => interpreter.as_deref().is_some_and(pm2::takes_for_node),
        (None, Kind::Python) => false,
    };
    value("increment_var").is_none() && (clusters || instances.is_none_or(|count| count == "1"))
}

/// `PORT` becomes `listen`.
fn declare(block: &mut Block, listener: &Listener) {
    listen(block, listener);
    let profiles = block.profiles.iter_mut().filter(|_| !listener.by_arguments);
    for profile in profiles {
        listen(&mut profile.block, listener);
        // There it is what it is anyway.
        profile.block.listen.retain(|listen| !block.listen.contains(listen));
    }
    block.profiles.retain(|profile| !profile.block.is_empty());
}

fn listen(block: &mut Block, listener: &Listener) {
    let scheme = listener.scheme();
    let of_arguments = listener.by_arguments.then_some((listener.port, SpanId::NOWHERE));
    let found = variable(block)
        .and_then(|entry| Some((port_in(&entry.value)?, entry.key.span_id)))
        .or_else(|| {
            // `port` stays what it is where nothing says more of it.
            let setting = block.setting("port").filter(|_| scheme.is_some())?;
            Some((setting_port(block)?, setting.key.span_id))
        })
        .or(of_arguments);
    let Some((port, span_id)) = found else { return };
    block.env.retain(|entry| *entry.key != PORT);
    block.settings.0.retain(|setting| *setting.key != "port");
    let at = at(listener, port);
    block.listen.push(Listen {
        // The one without a name would set PORT.
        name: listener.by_arguments.then(|| Spanned::new("main".into(), span_id)),
        scheme: scheme.map(|scheme| Spanned::new(SmolStr::from(scheme), span_id)),
        at: Spanned::new(at, span_id),
    });
}

/// Where something listens, as most write its host.
fn at(listener: &Listener, port: u16) -> Value {
    match listener.host() {
        LOOPBACK => Value::Integer(i64::from(port)),
        host => Value::Text(format!("{host}:{port}").into()),
    }
}

/// A local address in a text.
struct Address<'t> {
    before: &'t str,
    /// The scheme and what is before it, where the address is that of a URL.
    scheme: Option<(&'t str, &'t str)>,
    host: &'static str,
    port: u16,
    after: &'t str,
}

/// The first address of a port that somebody listens on.
fn address_in<'t>(text: &'t str, is_known: &dyn Fn(u16) -> bool) -> Option<Address<'t>> {
    let found = HERE.into_iter().filter_map(|host| {
        text.match_indices(host).find_map(|(start, _)| {
            let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-');
            let (before, rest) = text.split_at(start);
            let rest = rest.get(host.len()..)?.strip_prefix(':')?;
            let count = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, after) = rest.split_at(count);
            let port = port_number(digits).filter(|port| is_known(*port))?;
            // `localhost:3000x` is no address.
            if !is_path_after(after) {
                return None;
            }
            let scheme = before.strip_suffix("://").and_then(|before| {
                let is_letter =
                    |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
                let scheme = before.rsplit(|letter| !is_letter(letter)).next()?;
                let before = before.strip_suffix(scheme)?;
                is_scheme(scheme).then_some((before, scheme))
            });
            (!before.ends_with(is_part)).then_some(Address { before, scheme, host, port, after })
        })
    });
    found.min_by_key(|address| address.before.len())
}

/// Counts how the addresses in a text of an app are written.
fn count(text: &str, part: usize, listeners: &mut BTreeMap<u16, Listener>) {
    let mut rest = text;
    while let Some(address) = address_in(rest, &|port| listeners.contains_key(&port)) {
        rest = address.after;
        let Some(listener) = listeners.get_mut(&address.port) else { continue };
        *listener.hosts.entry(address.host).or_default() += 1;
        listener.is_named |= listener.part != part;
        if let Some((_, scheme)) = address.scheme {
            *listener.schemes.entry(scheme.to_owned()).or_default() += 1;
        }
    }
}

/// How references are written in one app.
#[derive(Clone, Copy)]
struct Writing<'a> {
    listeners: &'a BTreeMap<u16, Listener>,
    /// The names of the units, with those of their agents.
    units: &'a [Vec<String>],
    /// The app itself, where it is called by no name.
    own: Option<usize>,
}

impl Writing<'_> {
    fn value(&self, value: &mut Text<'_>) {
        match value {
            Text::OfSetting(text) => {
                if let Some(written) = self.text(text) {
                    **text = written.into();
                }
            }
            Text::OfVariable(value) => {
                let EnvValue::Text(text) = &mut **value else { return };
                if let Some(reference) = self.reference(text) {
                    **value = EnvValue::Endpoint(Box::new(reference));
                } else if let Some(written) = self.text(text) {
                    text.value = written.into();
                }
            }
        }
    }

    /// A text that is an address, or begins with a URL, of another app.
    fn reference(&self, text: &str) -> Option<EndpointReference> {
        let address = address_in(text, &|port| self.listeners.contains_key(&port))?;
        let listener = self.listeners.get(&address.port)?;
        let unit = self.units.get(listener.part).filter(|_| Some(listener.part) != self.own)?;
        if address.host != listener.host() {
            return None;
        }
        let part = match address.scheme {
            Some(("", scheme)) if Some(scheme) == listener.scheme() => EndpointPart::Url,
            None if address.before.is_empty() && address.after.is_empty() => EndpointPart::Address,
            Some(_) | None => return None,
        };
        // What goes on in another way is one of several, or not a URL.
        if !address.after.is_empty() && !address.after.starts_with(['/', '?', '#']) {
            return None;
        }
        let append = Some(address.after).filter(|after| !after.is_empty());
        let append = append.map(|after| self.text(after).unwrap_or_else(|| after.to_owned()));
        Some(EndpointReference {
            part: Spanned::nowhere(part),
            ecosystem: None,
            unit: unit.iter().map(|name| spanned(name)).collect(),
            endpoint: None,
            append: append.map(|append| spanned(&append)),
        })
    }

    /// A text with placeholders for addresses; `None` where there is none.
    fn text(&self, text: &str) -> Option<String> {
        let mut written = String::new();
        let (mut rest, mut found) = (text, false);
        while let Some(address) = address_in(rest, &|port| self.listeners.contains_key(&port)) {
            let whole = rest.get(..rest.len() - address.after.len()).unwrap_or_default();
            rest = address.after;
            match self.placeholder(&address) {
                Some((before, placeholder)) => {
                    written.push_str(before);
                    written.push_str(&placeholder);
                    found = true;
                }
                None => written.push_str(whole),
            }
        }
        written.push_str(rest);
        found.then_some(written)
    }

    /// What is written for an address, and what stays before it.
    fn placeholder<'t>(&self, address: &Address<'t>) -> Option<(&'t str, String)> {
        let listener = self.listeners.get(&address.port)?;
        let unit = match Some(listener.part) == self.own {
            true => String::new(),
            false => format!(" {}", in_text(self.units.get(listener.part)?)?),
        };
        let host = address.host;
        Some(match address.scheme {
            _ if host != listener.host() => (address.before, format!("{host}:{{port{unit}}}")),
            Some((before, scheme)) if Some(scheme) == listener.scheme() => {
                (before, format!("{{url{unit}}}"))
            }
            Some(_) | None => (address.before, format!("{{address{unit}}}")),
        })
    }

    /// A probe of the app's own address.
    fn probe(&self, probe: &mut Probe) {
        let [target] = probe.values.as_slice() else { return };
        let Value::Text(text) = &target.value else { return };
        let Some(address) = address_in(text, &|port| self.listeners.contains_key(&port)) else {
            return;
        };
        let Some(listener) = self.listeners.get(&address.port) else { return };
        if Some(listener.part) != self.own || address.host != listener.host() {
            return;
        }
        let is_asked = address
            .scheme
            .is_some_and(|(before, scheme)| before.is_empty() && Some(scheme) == listener.scheme());
        match probe.kind.value {
            ProbeKind::Tcp if address.before.is_empty() && address.after.is_empty() => {
                probe.values.clear();
            }
            ProbeKind::Http
                if is_asked && matches!(address.after.chars().next(), None | Some('/')) =>
            {
                let path = if address.after.is_empty() { "/" } else { address.after };
                probe.values = vec![Spanned::nowhere(Value::Text(path.into()))];
            }
            ProbeKind::Tcp | ProbeKind::Http | ProbeKind::Log | ProbeKind::Exec => {}
        }
    }
}

/// The name of a unit in a text, which has no quotes there.
fn in_text(unit: &[String]) -> Option<String> {
    let is_word = |name: &String| {
        name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter))
    };
    unit.iter().all(is_word).then(|| unit.join("."))
}

/// A text that can have placeholders.
enum Text<'a> {
    OfSetting(&'a mut SmolStr),
    OfVariable(&'a mut EnvValue),
}

fn text_of<'t>(value: &'t Text<'_>) -> Option<&'t str> {
    match value {
        Text::OfSetting(text) => Some(text),
        Text::OfVariable(EnvValue::Text(text)) => Some(text),
        Text::OfVariable(
            EnvValue::Expression(_)
            | EnvValue::Secret(_)
            | EnvValue::Inherit(_)
            | EnvValue::Endpoint(_)
            | EnvValue::Or(_)
            | EnvValue::Required
            | EnvValue::Unset,
        ) => None,
    }
}

/// Visits the texts of a block and of its profiles.
fn each_value(block: &mut Block, visit: &mut dyn FnMut(&mut Text<'_>)) {
    for setting in &mut block.settings.0 {
        if !setting.attribute().is_some_and(|attribute| attribute.placeholders) {
            continue;
        }
        let Given::Values(values) = &mut setting.given else { continue };
        for value in values {
            if let Value::Text(text) = &mut value.value {
                visit(&mut Text::OfSetting(text));
            }
        }
    }
    for entry in &mut block.env {
        match &mut entry.value {
            EnvValue::Or(sources) => {
                for source in sources {
                    visit(&mut Text::OfVariable(&mut source.value));
                }
            }
            value => visit(&mut Text::OfVariable(value)),
        }
    }
    for profile in &mut block.profiles {
        each_value(&mut profile.block, visit);
    }
}

fn each_probe(block: &mut Block, visit: &mut dyn FnMut(&mut Probe)) {
    for probe in block.ready.iter_mut().chain(&mut block.alive) {
        visit(probe);
    }
}
