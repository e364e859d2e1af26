//! Endpoints: an app that is told its port listens there, and others refer to it in place of writing its
//! address out.
//!
//! Only what is certain becomes one: the port is a number in `PORT` or `port`, and no other app has it.
//! Texts stay what they are, letter by letter: `localhost` and `127.0.0.1` are two.

use std::collections::BTreeMap;

use promethean_core::address::{LOOPBACK, is_scheme};
use promethean_core::declaration::{
    Attribution, Block, EndpointPart, EndpointReference, EnvEntry, EnvValue, Given, Kind, Listen,
    Probe, ProbeKind,
};
use promethean_core::span_id::Spanned;
use promethean_core::value::Value;
use smol_str::SmolStr;

use super::super::app::{App, Change, ChangeKind};
use super::{Part, spanned};

/// How the hosts of this machine are written.
const HERE: [&str; 2] = [LOOPBACK, "localhost"];

/// An app that listens.
struct Listener {
    part: usize,
    /// Whether it listens there in every profile.
    is_fixed: bool,
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
pub(super) fn find(parts: &mut [Part], apps: &[App]) {
    let mut listeners: BTreeMap<u16, Listener> = listeners(parts, apps);
    if listeners.is_empty() {
        return;
    }
    for part in parts.iter_mut() {
        each_value(&mut part.block, &mut |value| {
            if let Some(text) = text_of(value) {
                count(text, &mut listeners);
            }
        });
        each_probe(&mut part.block, &mut |probe| {
            if let [target] = probe.values.as_slice()
                && let Value::Text(text) = &target.value
            {
                count(text, &mut listeners);
            }
        });
    }
    // What others write is the port of one profile.
    listeners.retain(|_, listener| listener.is_fixed || listener.hosts.is_empty());
    let units: Vec<Vec<String>> =
        parts.iter().map(|part| part.agent.iter().chain([&part.name]).cloned().collect()).collect();
    for listener in listeners.values() {
        if let Some(part) = parts.get_mut(listener.part) {
            declare(&mut part.block, listener);
        }
    }
    for (index, part) in parts.iter_mut().enumerate() {
        let writing = Writing { listeners: &listeners, units: &units, own: index };
        each_value(&mut part.block, &mut |value| writing.value(value));
        each_probe(&mut part.block, &mut |probe| writing.probe(probe));
    }
}

/// The apps that listen where no other does.
fn listeners(parts: &[Part], apps: &[App]) -> BTreeMap<u16, Listener> {
    let mut claims: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (index, part) in parts.iter().enumerate() {
        for port in ports(&part.block) {
            let claimed = claims.entry(port).or_default();
            if !claimed.contains(&index) {
                claimed.push(index);
            }
        }
    }
    let is_alone = |port: &u16| claims.get(port).is_some_and(|parts| parts.len() == 1);
    let listeners = parts.iter().zip(apps).enumerate().filter_map(|(index, (part, app))| {
        // The original has another port with another environment.
        if app.changes.iter().any(is_of_port) {
            return None;
        }
        let port = port_of(&part.block)?;
        let all = ports(&part.block);
        let listens_once = is_one(part) && all.iter().all(is_alone);
        let is_fixed = all.iter().all(|other| *other == port);
        let (hosts, schemes) = (BTreeMap::new(), BTreeMap::new());
        listens_once.then_some((port, Listener { part: index, is_fixed, hosts, schemes }))
    });
    listeners.collect()
}

/// Whether a change is one of the port.
fn is_of_port(change: &Change) -> bool {
    let variable = change.key.split_once('.').map(|(_, name)| name);
    change.kind == ChangeKind::LeftOut && (change.key == "port" || variable == Some("PORT"))
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

/// The one port that an app is told; `None` where it is told several, or something else.
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
    block.env.iter().find(|entry| *entry.key == "PORT")
}

fn port_in(value: &EnvValue) -> Option<u16> {
    if let EnvValue::Text(text) = value { port_number(text) } else { None }
}

fn port_number(text: &str) -> Option<u16> {
    let port: u16 = text.parse().ok()?;
    (port != 0 && port.to_string() == text).then_some(port)
}

/// Whether there is one process, or several that listen together.
fn is_one(part: &Part) -> bool {
    let value = |name: &str| {
        let values = part.block.setting(name).map(Attribution::values);
        values.and_then(<[_]>::first).map(|value| value.value.to_string())
    };
    let (instances, mode) = (value("instances"), value("exec_mode"));
    let clusters = match mode.as_deref() {
        Some(mode) => mode.starts_with("cluster"),
        None => part.kind == Kind::Node,
    };
    value("increment_var").is_none() && (clusters || instances.is_none_or(|count| count == "1"))
}

/// `PORT` becomes `listen`.
fn declare(block: &mut Block, listener: &Listener) {
    listen(block, listener);
    for profile in &mut block.profiles {
        listen(&mut profile.block, listener);
    }
}

fn listen(block: &mut Block, listener: &Listener) {
    let scheme = listener.scheme();
    let found = variable(block)
        .and_then(|entry| Some((port_in(&entry.value)?, entry.key.span_id)))
        .or_else(|| {
            // `port` stays what it is where nothing says more of it.
            let setting = block.setting("port").filter(|_| scheme.is_some())?;
            Some((setting_port(block)?, setting.key.span_id))
        });
    let Some((port, span_id)) = found else { return };
    block.env.retain(|entry| *entry.key != "PORT");
    block.settings.0.retain(|setting| *setting.key != "port");
    let at = match listener.host() {
        LOOPBACK => Value::Integer(i64::from(port)),
        host => Value::Text(format!("{host}:{port}").into()),
    };
    block.listen.push(Listen {
        name: None,
        scheme: scheme.map(|scheme| Spanned::new(SmolStr::from(scheme), span_id)),
        at: Spanned::new(at, span_id),
    });
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

/// Counts how the addresses in a text are written.
fn count(text: &str, listeners: &mut BTreeMap<u16, Listener>) {
    let mut rest = text;
    while let Some(address) = address_in(rest, &|port| listeners.contains_key(&port)) {
        rest = address.after;
        let Some(listener) = listeners.get_mut(&address.port) else { continue };
        *listener.hosts.entry(address.host).or_default() += 1;
        if let Some((_, scheme)) = address.scheme {
            *listener.schemes.entry(scheme.to_owned()).or_default() += 1;
        }
    }
}

/// How references are written in one app.
struct Writing<'a> {
    listeners: &'a BTreeMap<u16, Listener>,
    /// The names of the units, with those of their agents.
    units: &'a [Vec<String>],
    /// The app itself.
    own: usize,
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
        let unit = self.units.get(listener.part).filter(|_| listener.part != self.own)?;
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
        let unit = match listener.part == self.own {
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
        if listener.part != self.own || address.host != listener.host() {
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
    if let Some(probe) = &mut block.ready {
        visit(probe);
    }
}
