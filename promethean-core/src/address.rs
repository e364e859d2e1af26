//! Hosts and ports: what is wrong with a written one, and which of them are the same.

use std::net::{Ipv4Addr, Ipv6Addr};

use smol_str::SmolStr;

use crate::url::Authority;

/// The host of an endpoint that names none.
pub const LOOPBACK: &str = "127.0.0.1";

/// `HOST:PORT`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The host; an address of IPv6 without its brackets.
    pub host: SmolStr,
    /// The port.
    pub port: u16,
}

impl Address {
    /// Reads `host:port`.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn read(written: &str) -> Result<Address, &'static str> {
        if written.contains('@') {
            return Err("it has no user name or password");
        }
        if let Some(reason) = wrong_address(written) {
            return Err(reason);
        }
        let read = written.rsplit_once(':').and_then(|(host, port)| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            Some(Address { host: host.into(), port: port.parse().ok()? })
        });
        read.ok_or("it is not written as `host:port`")
    }
}

/// The address that a probe tries: that of a URL, or a text that is one.
pub(crate) fn address_of_probe(target: &str) -> Option<Address> {
    let (_, rest) = target.split_once("://").unwrap_or(("", target));
    Address::read(rest.split(['/', '?', '#']).next()?).ok()
}

/// What is wrong with `host:port`.
pub(crate) fn wrong_address(written: &str) -> Option<&'static str> {
    if written.contains("://") {
        return Some("an address has no scheme");
    }
    let Some(authority) = Authority::read(written) else {
        return Some("it is not written as `host:port`");
    };
    let without_port = authority.port.is_none().then_some("it has no port");
    wrong_authority(&authority).or(without_port)
}

pub(crate) fn wrong_authority(authority: &Authority<'_>) -> Option<&'static str> {
    match (authority.port, authority.port_number()) {
        _ if authority.host.is_empty() => Some("it has no host"),
        _ if authority.host == "*" => Some("`*` is no host: every interface is `0.0.0.0`"),
        // `3000:3000`, as in Compose.
        _ if authority.host.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some("its host is only a number: without a container, no port is mapped to another")
        }
        (Some(_), None | Some(0)) => Some("a port is a number from 1 to 65535"),
        _ if authority.has_user => Some("a probe sends no user name or password"),
        _ => wrong_host(authority.host),
    }
}

/// What is wrong with a host, which is a name or an address; one of IPv6 with or without its brackets.
pub(crate) fn wrong_host(host: &str) -> Option<&'static str> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if bare.contains(':') {
        let address = bare.split_once('%').map_or(bare, |(address, _)| address);
        let is_address = address.parse::<Ipv6Addr>().is_ok();
        return (!is_address).then_some("this is no address of IPv6");
    }
    let name = bare.strip_suffix('.').unwrap_or(bare);
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    // A name does not end in a number (RFC 1123, section 2.1).
    if name.rsplit('.').next().is_some_and(is_number) {
        let is_address = name.parse::<Ipv4Addr>().is_ok();
        return (!is_address).then_some(
            "an address of IPv4 has four numbers from 0 to 255, without zeros before them",
        );
    }
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && label.chars().all(is_part)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = name.len() <= LONGEST_NAME && name.split('.').all(is_label);
    (!is_name).then_some("this is no name of a host: letters, digits, `-` and `.` between them")
}

/// How long a part of a host's name may be, in bytes (RFC 1035, section 2.3.4).
const LONGEST_LABEL: usize = 63;

/// How long a host's name may be, in bytes, without the dot at its end.
const LONGEST_NAME: usize = 253;

/// `host:port`, with the brackets of an address of IPv6.
#[must_use]
pub fn joined(host: &str, port: u16) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

/// The host by which others reach what listens on a host: every interface has no address of its own.
#[must_use]
pub fn reachable(host: &str) -> &str {
    match host {
        "0.0.0.0" | "::" => LOOPBACK,
        host => host,
    }
}

/// Whether a word is the scheme of a URL (RFC 3986, section 3.1), in small letters.
#[must_use]
pub fn is_scheme(word: &str) -> bool {
    let is_part = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '+' | '-' | '.')
    };
    word.starts_with(|first: char| first.is_ascii_lowercase()) && word.chars().all(is_part)
}

/// Whether a word is written before a place elsewhere: `port 8000`. It is no scheme.
#[must_use]
pub fn is_before_place(word: &str) -> bool {
    matches!(word, "addr" | "address" | "at" | "host" | "interface" | "on" | "port" | "to")
}

/// Schemes that say how a place is reached, and not what is there: few endpoints are called so.
const TRANSPORTS: [&str; 5] = ["http", "https", "tcp", "ws", "wss"];

/// Other schemes that endpoints have: those of protocols, and of servers that are known by their own.
const SERVERS: [&str; 37] = [
    "amqp",
    "amqps",
    "bolt",
    "cassandra",
    "clickhouse",
    "elasticsearch",
    "etcd",
    "ftp",
    "grpc",
    "grpcs",
    "imap",
    "kafka",
    "ldap",
    "mariadb",
    "memcached",
    "mongodb",
    "mongodb+srv",
    "mqtt",
    "mqtts",
    "mssql",
    "mysql",
    "nats",
    "neo4j",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "rtmp",
    "rtsp",
    "smtp",
    "sqlserver",
    "ssh",
    "stomp",
    "tls",
    "udp",
    "valkey",
    "zookeeper",
];

/// Whether a word is a scheme that says how a place is reached. An endpoint of that name is written in quotes.
#[must_use]
pub fn is_transport(word: &str) -> bool {
    TRANSPORTS.contains(&word)
}

/// Whether a word is a scheme that many know. Others are schemes, too: this is for what to suggest.
#[must_use]
pub fn is_known_scheme(word: &str) -> bool {
    is_transport(word) || SERVERS.contains(&word)
}

/// The part of a host's meaning that port conflicts are about, as a number. Two hosts are the same
/// if their numbers are, or if [`covers`] says so.
pub(crate) const fn place(host: &[u8]) -> u32 {
    match host {
        b"127.0.0.1" => place::LOOPBACK,
        b"::1" => place::LOOPBACK_6,
        b"localhost" => place::LOCALHOST,
        b"0.0.0.0" => place::EVERY,
        b"::" => place::EVERY_6,
        _ => {
            let (mut hash, mut index) = (0x811c_9dc5_u32, 0);
            while index < host.len() {
                let byte = host[index].to_ascii_lowercase() as u32;
                hash = (hash ^ byte).wrapping_mul(0x0100_0193);
                index += 1;
            }
            hash & !place::OTHER_LOOPBACK
                | place::OTHER
                | if is_127(host) { place::OTHER_LOOPBACK } else { 0 }
        }
    }
}

/// Whether a host is an address of IPv4 of this machine only (RFC 1122, section 3.2.1.3).
const fn is_127(host: &[u8]) -> bool {
    host.len() > 4 && host[0] == b'1' && host[1] == b'2' && host[2] == b'7' && host[3] == b'.'
}

/// Whether only programs of the same machine reach a host, by its number.
pub(crate) const fn is_loopback(place: u32) -> bool {
    match place {
        place::LOOPBACK | place::LOOPBACK_6 | place::LOCALHOST => true,
        other => other & place::OTHER != 0 && other & place::OTHER_LOOPBACK != 0,
    }
}

/// Whether a host means every interface, by its number.
pub(crate) const fn is_every(place: u32) -> bool {
    matches!(place, place::EVERY | place::EVERY_6)
}

/// Numbers of hosts.
pub(crate) mod place {
    pub(crate) const LOOPBACK: u32 = 0;
    pub(crate) const LOOPBACK_6: u32 = 1;
    pub(crate) const LOCALHOST: u32 = 2;
    pub(crate) const EVERY: u32 = 3;
    pub(crate) const EVERY_6: u32 = 4;
    /// Of all others.
    pub(crate) const OTHER: u32 = 1 << 31;
    /// Of those among them that are of the machine itself.
    pub(crate) const OTHER_LOOPBACK: u32 = 1 << 30;
}

/// Whether two who listen on one port of these hosts, by their numbers, are in each other's way.
pub(crate) const fn overlap(one: u32, other: u32) -> bool {
    one == other || covers(one, other) || covers(other, one)
}

/// Whether a host means several addresses, and another host is one of them. `::` includes the addresses
/// of IPv4, as on Linux by default.
const fn covers(every: u32, host: u32) -> bool {
    match every {
        place::EVERY_6 => true,
        place::EVERY => host != place::LOOPBACK_6,
        place::LOCALHOST => host == place::LOOPBACK || host == place::LOOPBACK_6,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_cannot_be_are_found() {
        for host in [
            "localhost",
            "stealth",
            "stealth.lan",
            "stealth.lan.",
            "db_1.lan",
            "3com.com",
            "a-b",
            "10.77.0.1",
            "[::1]",
            "fe80::1",
            "fe80::1%eth0",
            "ünï.lan",
        ] {
            assert_eq!(wrong_host(host), None, "{host}");
        }
        let long = format!("{}.lan", "a".repeat(64));
        for host in [
            "10.77.0.300",
            "10.77.0",
            "192.168.1.20.5",
            "192.168.001.020",
            "1",
            "*",
            "a..b",
            "-foo",
            "foo-",
            "fe80::x",
            "a.12",
            "a+b",
            "",
            &long,
        ] {
            assert!(wrong_host(host).is_some(), "{host}");
        }
    }

    #[test]
    fn an_address_is_read() {
        let read =
            |written| Address::read(written).map(|address| joined(&address.host, address.port));
        for written in ["127.0.0.1:80", "db.lan:27017", "[::1]:8080", "0.0.0.0:1"] {
            assert_eq!(read(written), Ok(written.to_owned()));
        }
        for written in ["80", "db.lan", "db.lan:0", "db.lan:70000", ":80", "http://a:80", "a b:1"] {
            assert!(read(written).is_err(), "{written}");
        }
    }

    #[test]
    fn hosts_overlap() {
        let overlap = |one: &str, other: &str| {
            let places = [one, other].map(|host| place(host.as_bytes()));
            assert_eq!(overlap(places[0], places[1]), overlap(places[1], places[0]));
            overlap(places[0], places[1])
        };
        for (one, other) in [
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1", "localhost"),
            ("127.0.0.1", "0.0.0.0"),
            ("127.0.0.1", "::"),
            ("::1", "localhost"),
            ("::1", "::"),
            ("0.0.0.0", "::"),
            ("192.168.1.2", "0.0.0.0"),
            ("db.lan", "DB.lan"),
        ] {
            assert!(overlap(one, other), "{one} {other}");
        }
        for (one, other) in
            [("127.0.0.1", "127.0.0.2"), ("127.0.0.1", "::1"), ("::1", "0.0.0.0"), ("a", "b")]
        {
            assert!(!overlap(one, other), "{one} {other}");
        }
    }

    #[test]
    fn schemes_are_words_of_urls() {
        for word in ["http", "mongodb", "h2", "coap-tcp"] {
            assert!(is_scheme(word), "{word}");
        }
        for word in ["", "HTTP", "2h", "my_scheme", "-a"] {
            assert!(!is_scheme(word), "{word}");
        }
    }
}
