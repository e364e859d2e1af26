//! Ports: free, or held by the app itself.

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;
use std::collections::BTreeSet;
#[cfg(target_os = "linux")]
use std::fs;
use std::io::ErrorKind;
#[cfg(target_os = "linux")]
use std::net::IpAddr;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::num::NonZero;
use std::thread;

use promethean_core::app::{App, System};
use promethean_core::foreign::Foreign;
use promethean_core::probe::Test;

use super::{Circumstances, Fate, Own, Report, Topic};

pub(super) fn check(system: &System, circumstances: &Circumstances, report: &mut Report) {
    let own: BTreeSet<u32> = circumstances.own.keys().copied().collect();
    let held_by_own = if own.is_empty() { Vec::new() } else { held_by(&own) };
    for app in &system.apps {
        if circumstances.running.contains(app.name.as_str()) {
            held_by_others(app, &held_by_own, circumstances, report);
            continue;
        }
        for address in addresses(app) {
            if let Err(error) = TcpListener::bind(address)
                && error.kind() == ErrorKind::AddrInUse
            {
                let port = address.port();
                let holder = holder(port);
                let own = holder.as_ref().and_then(|by| circumstances.own.get(&by.process));
                if own.is_some_and(|own| own.fate == Fate::Ends) {
                    continue;
                }
                let is_auto = app.endpoints.iter().any(|known| known.port == port && known.is_auto);
                let help = match (own, is_auto) {
                    (Some(own), _) => own.help(),
                    (None, true) => "stop that program, or write a port in place of `auto`",
                    (None, false) => "stop that program, or use another port",
                };
                let holder = holder.map_or(String::new(), |Holder { name, process }| {
                    let of = own.map(Own::whose).unwrap_or_default();
                    format!(
                        ", by {}{}",
                        Foreign(format!("{name} (process {process})")),
                        Foreign(of)
                    )
                });
                let message = format!("its port {port} is already in use{holder}");
                report.failure(Topic::Port, &app.name, message, help);
            }
        }
    }
}

/// A port that is new to an app that runs may be one that another app of the system has and keeps.
fn held_by_others(app: &App, held: &[Held], circumstances: &Circumstances, report: &mut Report) {
    if held.is_empty()
        || circumstances.kept.contains(app.name.as_str())
        || app.allows("port-conflict")
    {
        return;
    }
    for address in addresses(app) {
        let port = address.port();
        let in_the_way = held.iter().filter(|held| held.is_in_the_way_of(&address));
        let mut holders = in_the_way
            .filter_map(|held| Some((held.process, circumstances.own.get(&held.process)?)));
        let other = holders.find(|(_, own)| own.app != app.name && own.fate != Fate::Ends);
        if let Some((pid, own)) = other {
            let whose = Foreign(own.whose()).to_string();
            let message = format!("its port {port} is already in use, by process {pid}{whose}");
            report.failure(Topic::Port, &app.name, message, own.help());
        }
    }
}

impl Own {
    /// ` of web`
    fn whose(&self) -> String {
        match self.fate {
            Fate::NoLongerDefined => format!(" of {}, which is no longer defined", self.app),
            Fate::Stays | Fate::Ends => format!(" of {}", self.app),
        }
    }

    /// How what it listens on gets free.
    fn help(&self) -> &'static str {
        match self.fate {
            Fate::NoLongerDefined => "`apply` removes that and starts this; `up` removes nothing",
            Fate::Stays | Fate::Ends => {
                "where that is to have another port, `up` without names changes both"
            }
        }
    }
}

/// The addresses of this machine that an app listens on, as far as its `port` and its probe say.
pub(crate) fn addresses(app: &App) -> Vec<SocketAddr> {
    let mut addresses: Vec<SocketAddr> = Vec::new();
    if let Some(port) = app.port() {
        let ports = (0..processes(app)).filter_map(|number| port.checked_add(number));
        addresses.extend(ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port))));
    }
    for endpoint in &app.endpoints {
        let here = endpoint.address().to_socket_addrs().into_iter().flatten();
        let here =
            here.filter(|address| address.ip().is_loopback() || address.ip().is_unspecified());
        for address in here {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    let probed = match app.ready.as_ref().map(|probe| &probe.test) {
        Some(Test::Tcp(address)) => Some(address.to_string()),
        Some(Test::Http { url, .. }) => authority(url),
        Some(Test::Log(_) | Test::Exec { .. }) | None => None,
    };
    let probed = probed.and_then(|address| address.to_socket_addrs().ok());
    for address in probed.into_iter().flatten().filter(|address| address.ip().is_loopback()) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

/// How many processes count up the port.
fn processes(app: &App) -> u16 {
    let counts = app.increment_var() == Some("PORT");
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let several = app.instances().filter(|_| counts).and_then(|count| count.on(processors));
    several.map_or(1, |count| u16::try_from(count).unwrap_or(u16::MAX))
}

/// `host:port` of a URL.
fn authority(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let default = if scheme == "https" { 443 } else { 80 };
    Some(if has_port { authority.to_owned() } else { format!("{authority}:{default}") })
}

/// Who listens on a port.
struct Holder {
    /// The name of the program.
    name: String,
    /// The number of the process.
    process: u32,
}

/// What listens somewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    address: SocketAddr,
    /// The number of the process.
    pub(crate) process: u32,
}

impl Held {
    /// Whether it is in the way of what is to listen there.
    pub(crate) fn is_in_the_way_of(&self, wanted: &SocketAddr) -> bool {
        let (held, wanted_ip) = (self.address.ip(), wanted.ip());
        let overlap = held == wanted_ip || held.is_unspecified() || wanted_ip.is_unspecified();
        self.address.port() == wanted.port() && overlap
    }
}

/// Where processes listen.
#[cfg(target_os = "linux")]
pub(crate) fn held_by(pids: &BTreeSet<u32>) -> Vec<Held> {
    let mut sockets: BTreeMap<String, SocketAddr> = BTreeMap::new();
    for table in TABLES.iter().filter_map(|table| fs::read_to_string(table).ok()) {
        let listening = table.lines().skip(1).filter_map(listening);
        sockets.extend(listening.map(|(address, inode)| (format!("socket:[{inode}]"), address)));
    }
    let mut held = Vec::new();
    for pid in pids {
        let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let links = files.filter_map(|file| fs::read_link(file.path()).ok());
        let addresses = links.filter_map(|link| sockets.get(link.to_str()?));
        held.extend(addresses.map(|address| Held { address: *address, process: *pid }));
    }
    held
}

/// Where processes listen, as `lsof` says it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn held_by(pids: &BTreeSet<u32>) -> Vec<Held> {
    let mut lsof = std::process::Command::new("lsof");
    lsof.args(["-nP", "-sTCP:LISTEN", "-Fpn", "-iTCP"]);
    let mut held = Vec::new();
    let Ok(output) = crate::child::output(&mut lsof, std::time::Duration::from_secs(10)) else {
        return held;
    };
    let mut process = None;
    for line in output.stdout.lines() {
        if let Some(pid) = line.strip_prefix('p') {
            process = pid.parse().ok().filter(|pid| pids.contains(pid));
        } else if let (Some(process), Some(name)) = (process, line.strip_prefix('n'))
            && let Ok(address) = name.replace("*:", "[::]:").parse()
        {
            held.push(Held { address, process });
        }
    }
    held
}

/// Where Linux lists its sockets.
#[cfg(target_os = "linux")]
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];

/// The address and the inode of a socket that listens, from its line in one of the tables.
#[cfg(target_os = "linux")]
fn listening(line: &str) -> Option<(SocketAddr, &str)> {
    // `sl local_address rem_address st … inode`, see proc_net_tcp in the kernel's documentation.
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
    let (host, port) = local.rsplit_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let is_listening = *state == "0A";
    Some((SocketAddr::from((host_of(host)?, port)), *inode)).filter(|_| is_listening)
}

/// An address as the tables have it: words of 32 bits, each as this machine stores it.
#[cfg(target_os = "linux")]
fn host_of(hex: &str) -> Option<IpAddr> {
    let words = (0..hex.len()).step_by(8).map(|at| {
        let word = u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?;
        Some(word.to_ne_bytes())
    });
    let bytes = words.collect::<Option<Vec<[u8; 4]>>>()?.concat();
    match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(bytes) => Some(bytes.into()),
        Err(_) => Some(IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical()),
    }
}

/// Who listens on a port.
#[cfg(target_os = "linux")]
fn holder(port: u16) -> Option<Holder> {
    let inode = TABLES.iter().find_map(|table| {
        let table = fs::read_to_string(table).ok()?;
        let mut sockets = table.lines().skip(1).filter_map(listening);
        sockets.find(|(local, _)| local.port() == port).map(|(_, inode)| inode.to_owned())
    })?;
    let socket = format!("socket:[{inode}]");
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let number: u32 = process.file_name().to_str()?.parse().ok()?;
        let files = fs::read_dir(process.path().join("fd")).ok()?;
        let mut links = files.flatten().filter_map(|file| fs::read_link(file.path()).ok());
        links.find(|link| link.to_str() == Some(&socket))?;
        let name = fs::read_to_string(process.path().join("comm")).ok()?;
        Some(Holder { name: name.trim().to_owned(), process: number })
    })
}

/// Who listens on a port, as `lsof` says it.
#[cfg(not(target_os = "linux"))]
fn holder(port: u16) -> Option<Holder> {
    let mut lsof = std::process::Command::new("lsof");
    lsof.args(["-nP", "-sTCP:LISTEN", "-Fpc", &format!("-iTCP:{port}")]);
    let said = crate::child::output(&mut lsof, std::time::Duration::from_secs(10)).ok()?.stdout;
    let field = |letter: char| said.lines().find_map(|line| line.strip_prefix(letter));
    Some(Holder { name: field('c')?.to_owned(), process: field('p')?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of `/proc/net/tcp` and `/proc/net/tcp6` of an x86-64 machine.
    #[cfg(all(target_os = "linux", target_endian = "little"))]
    #[test]
    fn the_address_of_a_socket_that_listens() {
        let line = |local: &str, state: &str| {
            let line = format!(
                "   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 4711 1"
            );
            listening(&line).map(|(address, inode)| (address.to_string(), inode.to_owned()))
        };
        let found = |address: &str| Some((address.to_owned(), "4711".to_owned()));
        assert_eq!(line("0100007F:1F40", "0A"), found("127.0.0.1:8000"));
        assert_eq!(line("00000000:0050", "0A"), found("0.0.0.0:80"));
        assert_eq!(line("00000000000000000000000001000000:1F40", "0A"), found("[::1]:8000"));
        assert_eq!(line("0000000000000000FFFF00000100007F:1F40", "0A"), found("127.0.0.1:8000"));
        assert_eq!(line("0100007F:1F40", "01"), None, "a connection");
        assert_eq!(line("", "0A"), None);
    }

    #[test]
    fn only_the_same_place_is_in_the_way() {
        let is_in_the_way = |held: &str, wanted: &str| {
            let held = Held { address: held.parse().unwrap(), process: 1 };
            held.is_in_the_way_of(&wanted.parse().unwrap())
        };
        assert!(is_in_the_way("127.0.0.1:80", "127.0.0.1:80"));
        assert!(is_in_the_way("0.0.0.0:80", "127.0.0.1:80"));
        assert!(is_in_the_way("[::]:80", "127.0.0.1:80"));
        assert!(is_in_the_way("127.0.0.1:80", "0.0.0.0:80"));
        assert!(!is_in_the_way("127.0.0.2:80", "127.0.0.1:80"));
        assert!(!is_in_the_way("127.0.0.1:81", "127.0.0.1:80"));
    }

    #[test]
    fn the_address_of_a_url() {
        let address = |url| authority(url).unwrap();
        assert_eq!(address("http://127.0.0.1:8000/health?x=1"), "127.0.0.1:8000");
        assert_eq!(address("http://localhost"), "localhost:80");
        assert_eq!(address("https://[::1]/"), "[::1]:443");
        assert_eq!(address("https://[::1]:8443#a"), "[::1]:8443");
    }
}
