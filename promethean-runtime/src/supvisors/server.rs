//! The machine that is asked.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dxr::Value;
use promethean_core::address::joined;
use promethean_core::app::Machine;
use promethean_core::emit::supvisors::{PASSWORD, PORT, USER};
use promethean_core::suggest::nearest;
use secrecy::{ExposeSecret as _, SecretString};

use super::SupvisorsError;
use super::http;
use super::rpc::{self, Fields, Outcome};

/// How long a machine may take to accept a connection.
const CONNECTING: Duration = Duration::from_secs(5);

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Supervisor knows no method of this name.
const UNKNOWN_METHOD: i32 = 1;

/// A machine with a Supervisor.
#[derive(Clone, Debug)]
pub(super) struct Server {
    /// The name of the machine, where it is known.
    name: Option<String>,
    /// `host:port`
    address: String,
    port: u16,
    password: Option<SecretString>,
}

/// `stealth (http://stealth.lan:60000)`
impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(formatter, "{name} (http://{})", self.address),
            None => write!(formatter, "http://{}", self.address),
        }
    }
}

/// The password of the machines; `None` where none is set.
pub(super) fn password() -> Result<Option<SecretString>, SupvisorsError> {
    let Some(password) = std::env::var_os(PASSWORD).filter(|password| !password.is_empty()) else {
        return Ok(None);
    };
    match password.into_string() {
        Ok(password) if !password.contains(['\r', '\n', '\0']) => Ok(Some(password.into())),
        Ok(_) | Err(_) => Err(SupvisorsError::BadPassword),
    }
}

/// The first that answers, and the name that it has itself.
pub(super) fn first(servers: Vec<Server>) -> Result<(Server, String), SupvisorsError> {
    let mut tried = Vec::new();
    for server in servers {
        match server.call("supervisor.getIdentification", Vec::new()) {
            Ok(name) => {
                let name = rpc::text(&name).unwrap_or_default().to_owned();
                return Ok((server, name));
            }
            Err(SupvisorsError::Lost { server, reason }) => tried.push((server, reason)),
            // All machines have one password.
            Err(error) => return Err(error),
        }
    }
    Err(SupvisorsError::NoAnswer { tried })
}

impl Server {
    /// The machine that somebody has written: its name, `HOST`, `HOST:PORT` or a URL.
    pub(super) fn named(
        written: &str,
        machines: &[Machine],
        password: Option<SecretString>,
    ) -> Result<Server, SupvisorsError> {
        let wrong = |reason: String, help: &str| {
            Err(SupvisorsError::Server { reason, help: help.to_owned() })
        };
        if written.contains('@') {
            let help = format!("set {PASSWORD}, and write `http://HOST:PORT`");
            return wrong("a user and a password do not belong into it".to_owned(), &help);
        }
        if written.starts_with("https:") {
            let help =
                "write `http://HOST:PORT`; a tunnel of ssh protects what others must not read";
            return wrong("Supervisor has no TLS".to_owned(), help);
        }
        let is_url = written.starts_with("http://");
        let rest = written.strip_prefix("http://").unwrap_or(written);
        let rest = rest.trim_end_matches('/');
        let rest = rest.strip_suffix("/RPC2").unwrap_or(rest);
        let bracketed = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, port) = match (bracketed, rest.rsplit_once(':')) {
            (Some((host, port)), _) => (host, port.strip_prefix(':')),
            // An address of IPv6 without its brackets has no port.
            (None, Some((host, port))) if !host.contains(':') => (host, Some(port)),
            (None, _) => (rest, None),
        };
        let plain = |letter: char| letter.is_ascii_alphanumeric() || ":._-".contains(letter);
        let has_port = port.is_some();
        let port = port.map_or(Some(PORT), |port| port.parse().ok().filter(|port| *port > 0));
        let (Some(port), false) = (port, host.is_empty() || !host.chars().all(plain)) else {
            return wrong(
                format!("{written:?} is neither a machine nor an address"),
                "write the name of a machine, `HOST:PORT` or `http://HOST:PORT`",
            );
        };
        let machine = machines.iter().find(|machine| machine.name == host && !is_url);
        let is_host = is_url || has_port || host.contains(['.', ':']) || host == "localhost";
        let is_host = is_host || machines.iter().any(|machine| machine.host == host);
        if machine.is_none() && !is_host {
            let names = machines.iter().map(|machine| machine.name.as_str());
            let help = match nearest(host, names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "write a machine of the definition, or `http://HOST:PORT`".to_owned(),
            };
            return wrong(format!("unknown machine `{host}`"), &help);
        }
        let host = machine.map_or(host, |machine| machine.host.as_str());
        let known = machines.iter().find(|known| known.host == host);
        let name = known.map(|machine| machine.name.to_string());
        Ok(Server { name, address: joined(host, port), port, password })
    }

    /// Those of all machines: first the one that is here.
    pub(super) fn all(
        machines: &[Machine],
        here: Option<&str>,
        password: Option<&SecretString>,
    ) -> Vec<Server> {
        let is_here = |machine: &&Machine| Some(machine.name.as_str()) == here;
        let here = machines.iter().filter(is_here);
        let others = machines.iter().filter(|machine| !is_here(machine));
        let server = |machine: &Machine| Server {
            name: Some(machine.name.to_string()),
            address: joined(&machine.host, PORT),
            port: PORT,
            password: password.cloned(),
        };
        here.chain(others).map(server).collect()
    }

    /// Another machine, with the port and the password of this one.
    pub(super) fn at(&self, name: &str, host: &str) -> Server {
        Server { name: Some(name.to_owned()), address: joined(host, self.port), ..self.clone() }
    }

    /// Calls a method.
    pub(super) fn call(&self, method: &str, params: Vec<Value>) -> Result<Value, SupvisorsError> {
        let server = || self.to_string();
        let mut head = String::new();
        if let Some(password) = &self.password {
            let known = STANDARD.encode(format!("{USER}:{}", password.expose_secret()));
            head = format!("Authorization: Basic {known}\r\n");
        }
        let body = rpc::call(method, params);
        let answer = http::post(&self.address, &head, &body, (CONNECTING, PATIENCE))
            .map_err(|reason| SupvisorsError::Lost { server: server(), reason })?;
        match answer.status {
            200 => {}
            401 => {
                let sent = self.password.is_some();
                return Err(SupvisorsError::Password { server: server(), sent });
            }
            status => {
                let reason = format!("{method}: status {status}");
                return Err(SupvisorsError::Unexpected { server: server(), reason });
            }
        }
        match rpc::outcome(&answer.body) {
            Outcome::Value(value) => Ok(value),
            Outcome::Fault(UNKNOWN_METHOD, _) if method.starts_with("supvisors.") => {
                Err(SupvisorsError::NotSupvisors { server: server() })
            }
            Outcome::Fault(code, reason) => {
                Err(SupvisorsError::Refused { server: server(), code, reason })
            }
            Outcome::Other => {
                let reason = format!("{method}: not XML-RPC");
                Err(SupvisorsError::Unexpected { server: server(), reason })
            }
        }
    }

    /// Calls a method that answers with a list of structs.
    pub(super) fn list(
        &self,
        method: &str,
        params: Vec<Value>,
    ) -> Result<Vec<Fields>, SupvisorsError> {
        match self.call(method, params)? {
            Value::Array(items) => Ok(items.into_iter().map(Fields::from).collect()),
            _ => Err(self.not_understood(method)),
        }
    }

    /// An answer of another shape than that of this version.
    pub(super) fn not_understood(&self, method: &str) -> SupvisorsError {
        let (server, reason) = (self.to_string(), format!("{method} cannot be understood"));
        SupvisorsError::Unexpected { server, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machines() -> Vec<Machine> {
        let machine = |name: &str, host: &str| Machine {
            name: name.into(),
            doc: String::new(),
            host: host.into(),
            root: None,
            has: Vec::new(),
        };
        vec![machine("stealth", "stealth.lan"), machine("pi", "192.168.1.20")]
    }

    fn server(written: &str) -> Result<String, String> {
        let server = Server::named(written, &machines(), Some("s3cret".to_owned().into()));
        server.map(|server| server.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_machine_is_named_or_addressed() {
        for (written, expected) in [
            ("stealth", "stealth (http://stealth.lan:60000)"),
            ("pi:61000", "pi (http://192.168.1.20:61000)"),
            ("stealth.lan", "stealth (http://stealth.lan:60000)"),
            ("localhost:7", "http://localhost:7"),
            ("http://127.0.0.1:6000/", "http://127.0.0.1:6000"),
            ("http://somewhere/RPC2", "http://somewhere:60000"),
            ("http://[::1]:6000", "http://[::1]:6000"),
            ("::1", "http://[::1]:60000"),
            ("elsewhere:7", "http://elsewhere:7"),
        ] {
            assert_eq!(server(written).as_deref(), Ok(expected), "{written}");
        }
    }

    #[test]
    fn what_is_no_machine_is_answered_with_what_to_write() {
        assert_eq!(
            server("stelth").unwrap_err(),
            "`--server`: unknown machine `stelth`\n  help: did you mean `stealth`?"
        );
        for written in ["", "http://", "a b", "pi:0", "pi:99999", "pi:x", "http://a/b", "x\r\ny.z"]
        {
            assert!(server(written).unwrap_err().contains("`HOST:PORT`"), "{written}");
        }
        assert!(server("https://pi").unwrap_err().contains("no TLS"));
        let with_password = server("http://me:s3cret@pi").unwrap_err();
        assert!(with_password.contains(PASSWORD) && !with_password.contains("s3cret"));
    }

    #[test]
    fn a_password_is_not_shown() {
        let server = Server::named("pi", &machines(), Some("s3cret".to_owned().into())).unwrap();
        assert!(!format!("{server:?} {server}").contains("s3cret"));
    }

    #[test]
    fn this_machine_is_asked_first() {
        let names = |here| {
            let all = Server::all(&machines(), here, None);
            all.into_iter().filter_map(|server| server.name).collect::<Vec<_>>()
        };
        assert_eq!(names(None), ["stealth", "pi"]);
        assert_eq!(names(Some("pi")), ["pi", "stealth"]);
    }
}
