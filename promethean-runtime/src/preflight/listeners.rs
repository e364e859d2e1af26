//! Who listens where on this machine.

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;
use std::collections::BTreeSet;
#[cfg(target_os = "linux")]
use std::fs;
#[cfg(target_os = "linux")]
use std::net::IpAddr;
use std::net::SocketAddr;

/// Who listens on a port.
pub(super) struct Holder {
    /// The name of the program.
    pub(super) name: String,
    /// The number of the process.
    pub(super) process: u32,
}

/// A process that listens somewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    /// The number of the process.
    pub(crate) process: u32,
}

impl Listener {
    /// Whether it is in the way of what is to listen there.
    pub(crate) fn is_in_the_way_of(&self, wanted: &SocketAddr) -> bool {
        let (own, wanted_ip) = (self.address.ip(), wanted.ip());
        let overlap = own == wanted_ip || own.is_unspecified() || wanted_ip.is_unspecified();
        self.address.port() == wanted.port() && overlap
    }
}

/// Where processes listen.
#[cfg(target_os = "linux")]
pub(crate) fn listeners_of(pids: &BTreeSet<u32>) -> Vec<Listener> {
    let mut sockets: BTreeMap<String, SocketAddr> = BTreeMap::new();
    for table in TABLES.iter().filter_map(|table| fs::read_to_string(table).ok()) {
        let listening = table.lines().skip(1).filter_map(listening);
        sockets.extend(listening.map(|(address, inode)| (format!("socket:[{inode}]"), address)));
    }
    let mut listeners = Vec::new();
    for pid in pids {
        let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let links = files.filter_map(|file| fs::read_link(file.path()).ok());
        let addresses = links.filter_map(|link| sockets.get(link.to_str()?));
        listeners.extend(addresses.map(|address| Listener { address: *address, process: *pid }));
    }
    listeners
}

/// Where processes listen, as `lsof` says it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn listeners_of(pids: &BTreeSet<u32>) -> Vec<Listener> {
    let mut lsof = std::process::Command::new("lsof");
    lsof.args(["-nP", "-sTCP:LISTEN", "-Fpn", "-iTCP"]);
    let mut listeners = Vec::new();
    let Ok(output) = crate::child::output(&mut lsof, std::time::Duration::from_secs(10)) else {
        return listeners;
    };
    let mut process = None;
    for line in output.stdout.lines() {
        if let Some(pid) = line.strip_prefix('p') {
            process = pid.parse().ok().filter(|pid| pids.contains(pid));
        } else if let (Some(process), Some(name)) = (process, line.strip_prefix('n'))
            && let Ok(address) = name.replace("*:", "[::]:").parse()
        {
            listeners.push(Listener { address, process });
        }
    }
    listeners
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
pub(super) fn holder(port: u16) -> Option<Holder> {
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
pub(super) fn holder(port: u16) -> Option<Holder> {
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
        let is_in_the_way = |listens: &str, wanted: &str| {
            let listener = Listener { address: listens.parse().unwrap(), process: 1 };
            listener.is_in_the_way_of(&wanted.parse().unwrap())
        };
        assert!(is_in_the_way("127.0.0.1:80", "127.0.0.1:80"));
        assert!(is_in_the_way("0.0.0.0:80", "127.0.0.1:80"));
        assert!(is_in_the_way("[::]:80", "127.0.0.1:80"));
        assert!(is_in_the_way("127.0.0.1:80", "0.0.0.0:80"));
        assert!(!is_in_the_way("127.0.0.2:80", "127.0.0.1:80"));
        assert!(!is_in_the_way("127.0.0.1:81", "127.0.0.1:80"));
    }
}
