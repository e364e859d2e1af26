//! Ports: free, or held by the app itself or by what ends before it is started.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::num::NonZero;
use std::thread;

use promethean_core::app::{App, System};
use promethean_core::foreign::Foreign;
use promethean_core::probe::Test;
use promethean_core::problem::Fault;

use super::listeners::{Holder, Listener, holder, listeners_of};
use super::{Circumstances, Fate, OwnProcess, Report, Topic};

pub(super) fn check(system: &System, circumstances: &Circumstances, report: &mut Report) {
    let own: BTreeSet<u32> = circumstances.own.keys().copied().collect();
    of_two(system, report);
    let listeners = if own.is_empty() { Vec::new() } else { listeners_of(&own) };
    for app in &system.apps {
        if circumstances.running.contains(app.name.as_str()) {
            held_by_others(app, &listeners, circumstances, report);
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
                    let of = own.map(OwnProcess::whose).unwrap_or_default();
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

/// Two apps of the system whose ports are one, as their variables say: what `port` and `listen` say has been compared.
fn of_two(system: &System, report: &mut Report) {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let mut seen: BTreeMap<u16, Vec<&App>> = BTreeMap::new();
    for app in &system.apps {
        for endpoint in app.endpoints.iter().filter(|endpoint| endpoint.is_here()) {
            seen.entry(endpoint.port).or_default().push(app);
        }
    }
    for app in &system.apps {
        let Some(ports) = app.ports(processors) else { continue };
        let is_declared = app.port().is_some();
        let counts = ports.start() != ports.end();
        for port in ports.clone().skip(usize::from(is_declared)) {
            let here = seen.entry(port).or_default();
            let meets = |other: &&&App| {
                let together = app.machines.iter().any(|machine| other.machines.contains(machine));
                let are_apart = !app.machines.is_empty() && !other.machines.is_empty() && !together;
                other.name != app.name && !are_apart
            };
            let Some(other) = here.iter().find(meets).copied() else {
                here.push(app);
                continue;
            };
            let shares = |app: &App| {
                ["port-conflict", "port-variable-conflict"].iter().any(|rule| app.allows(rule))
            };
            if !shares(app) && !shares(other) {
                let other = &other.name;
                let message = match counts {
                    true => format!(
                        "its PORT counts up from {} to {}, and {other} has the port {port}",
                        ports.start(),
                        ports.end()
                    ),
                    false => format!("its PORT is {port}, which {other} has, too"),
                };
                let help = Fault::PortVariableConflict {
                    port,
                    service: app.name.to_string(),
                    other: other.to_string(),
                    counts: None,
                    declared_in: None,
                }
                .help()
                .unwrap_or_default();
                report.failure(Topic::Port, &app.name, message, &help);
            }
            break;
        }
    }
}

/// A port that is new to an app that runs may be one that another app of the system has and keeps.
fn held_by_others(
    app: &App,
    listeners: &[Listener],
    circumstances: &Circumstances,
    report: &mut Report,
) {
    if listeners.is_empty()
        || circumstances.kept.contains(app.name.as_str())
        || app.allows("port-conflict")
    {
        return;
    }
    for address in addresses(app) {
        let port = address.port();
        let in_the_way = listeners.iter().filter(|listener| listener.is_in_the_way_of(&address));
        let mut holders = in_the_way.filter_map(|listener| {
            Some((listener.process, circumstances.own.get(&listener.process)?))
        });
        let other = holders.find(|(_, own)| own.app != app.name && own.fate != Fate::Ends);
        if let Some((pid, own)) = other {
            let whose = Foreign(own.whose()).to_string();
            let message = format!("its port {port} is already in use, by process {pid}{whose}");
            report.failure(Topic::Port, &app.name, message, own.help());
        }
    }
}

impl OwnProcess {
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
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    if let Some(ports) = app.ports(processors).filter(|_| app.port().is_some()) {
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

/// `host:port` of a URL.
fn authority(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let default = if scheme == "https" { 443 } else { 80 };
    Some(if has_port { authority.to_owned() } else { format!("{authority}:{default}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_url() {
        let address = |url| authority(url).unwrap();
        assert_eq!(address("http://127.0.0.1:8000/health?x=1"), "127.0.0.1:8000");
        assert_eq!(address("http://localhost"), "localhost:80");
        assert_eq!(address("https://[::1]/"), "[::1]:443");
        assert_eq!(address("https://[::1]:8443#a"), "[::1]:8443");
    }
}
