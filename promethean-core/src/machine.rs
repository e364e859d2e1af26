//! Machines: which of them the names behind `on` mean, and whether one reaches what listens on another.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::address;
use crate::declaration::{Attribution, Machine};

/// The names that `on` can have, each once: those of machines, and what they have.
pub(crate) fn names<'a>(
    machines: impl Iterator<Item = &'a Machine> + Clone,
) -> impl Iterator<Item = &'a str> + Clone {
    let has = machines.clone().flat_map(|machine| &machine.has);
    let all = machines.map(|machine| &machine.name).chain(has).map(|name| name.as_str());
    let mut seen: Vec<&str> = Vec::new();
    all.filter(move |name| {
        let is_new = !seen.contains(name);
        seen.push(name);
        is_new
    })
}

/// The names behind an `on`.
pub(crate) fn named(on: &Attribution) -> impl Iterator<Item = &str> {
    on.values().iter().filter_map(|value| value.value.as_name())
}

/// Whether a name behind `on` means a machine.
pub(crate) fn is_meant(machine: &Machine, name: &str) -> bool {
    *machine.name == name || machine.has.iter().any(|has| **has == name)
}

/// What keeps a reference from one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The unit can run on several machines.
    Several,
    /// It listens for its own machine only, and this one of those that the reader can run on is another.
    Elsewhere(usize),
}

/// What keeps units that run on some machines, by their numbers, from an endpoint of a unit that can run
/// on others. The number of the host that it listens on is that of [`address::place`].
pub(crate) fn obstacle(readers: &[usize], target: &[usize], host: u32) -> Option<Obstacle> {
    match (readers, target) {
        ([], _) | (_, []) => None,
        (_, [_, _, ..]) => Some(Obstacle::Several),
        (_, [target]) => {
            let other = readers.iter().find(|reader| *reader != target)?;
            address::is_loopback(host).then_some(Obstacle::Elsewhere(*other))
        }
    }
}

/// What is wrong with the host of a machine.
pub(crate) fn wrong_host(host: &str) -> Option<&'static str> {
    let has_port = host.rsplit_once(':').is_some_and(|(before, _)| !before.contains(':'));
    match host {
        "" => Some("its host is empty"),
        _ if host.contains("://") || host.contains('/') => {
            Some("its host is a name or an address, not a URL")
        }
        _ if has_port => Some("its host has no port: units say where they listen"),
        _ if host.contains(|letter: char| letter.is_whitespace() || letter == '@') => {
            Some("its host is a name or an address")
        }
        _ if address::is_loopback(address::place(host.as_bytes()))
            || matches!(host, "0.0.0.0" | "::") =>
        {
            Some("other machines do not reach it by that host")
        }
        _ => address::wrong_host(host),
    }
}

/// Why a machine is rejected that has the host of another one.
pub(crate) const SAME_HOST: &str = "another machine has this host";

/// The machines with a host that one before them has, each with that one. Names of hosts are the same in any
/// case, and with a dot at their end (RFC 1034, section 3.1).
pub(crate) fn with_a_host_of_another<'a>(
    machines: impl Iterator<Item = &'a Machine>,
) -> Vec<(&'a Machine, &'a Machine)> {
    let mut first: HashMap<String, &Machine> = HashMap::new();
    let mut found = Vec::new();
    for machine in machines.filter(|machine| wrong_host(&machine.host).is_none()) {
        let host = machine.host.trim_end_matches('.').to_ascii_lowercase();
        match first.entry(host) {
            Entry::Occupied(other) => found.push((machine, *other.get())),
            Entry::Vacant(place) => drop(place.insert(machine)),
        }
    }
    found
}

/// A machine with an example of a host, for a help.
pub(crate) fn with_host(name: &str) -> String {
    format!("machine {name} \"192.168.1.20\" {{ … }}")
}

/// What is wrong with the root of a machine.
pub(crate) fn wrong_root(root: &str) -> Option<&'static str> {
    (!root.starts_with('/')).then_some("its root is not an absolute path")
}

#[cfg(test)]
mod tests {
    use super::{Obstacle, obstacle, wrong_host};
    use crate::address::place;

    #[test]
    fn an_endpoint_is_reached_or_not() {
        let (here, every) = (place(b"127.0.0.1"), place(b"0.0.0.0"));
        assert_eq!(obstacle(&[], &[1], here), None);
        assert_eq!(obstacle(&[1], &[1], here), None);
        assert_eq!(obstacle(&[1, 2], &[1], here), Some(Obstacle::Elsewhere(2)));
        assert_eq!(obstacle(&[0], &[1], every), None);
        assert_eq!(obstacle(&[1], &[1, 2], every), Some(Obstacle::Several));
        assert_eq!(obstacle(&[0], &[1], place(b"127.0.0.2")), Some(Obstacle::Elsewhere(0)));
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for host in ["pi", "stealth.lan", "192.168.1.20", "fe80::1"] {
            assert_eq!(wrong_host(host), None, "{host}");
        }
        for host in ["", "http://pi", "pi:22", "me@pi", "a b", "localhost", "127.0.1.1", "::"] {
            assert!(wrong_host(host).is_some(), "{host}");
        }
    }
}
