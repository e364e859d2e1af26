//! Probes: how to find out that something is ready, or that it still works, resolved and typed.

use std::time::Duration;

use smol_str::SmolStr;

use crate::address::{self, Address};

/// A probe with all its values known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What is tried.
    pub test: Test,
    /// How long to try before giving up.
    pub timeout: Duration,
    /// The pause between two tries.
    pub interval: Duration,
}

impl Probe {
    /// How long a probe tries that does not say.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
    /// The pause between two tries of a probe that does not say.
    pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);

    /// The same, which tries another host than that of its address.
    pub(crate) fn at_host(&self, at: &Address, host: &str) -> Probe {
        self.at(at, host, at.port)
    }

    /// The same, which tries another address than its own.
    pub(crate) fn at(&self, own: &Address, host: &str, port: u16) -> Probe {
        let (old, new) = (address::joined(&own.host, own.port), address::joined(host, port));
        let test = match &self.test {
            Test::Tcp(_) => Test::Tcp(new.into()),
            Test::Http { url, status } => {
                Test::Http { url: url.replacen(&old, &new, 1).into(), status: *status }
            }
            other @ (Test::Log(_) | Test::Exec { .. }) => other.clone(),
        };
        Probe { test, ..self.clone() }
    }
}

impl Test {
    /// The address that it asks; `None` of a log and of a program.
    pub(crate) fn address(&self) -> Option<Address> {
        match self {
            Test::Tcp(address) => address::address_of_probe(address),
            Test::Http { url, .. } => address::address_of_probe(url),
            Test::Log(_) | Test::Exec { .. } => None,
        }
    }
}

/// How to find out that a service still works: it is tried at every `interval`, and restarted after
/// `failures` tries in a row that have failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alive {
    /// What is tried.
    pub test: Test,
    /// The pause between two tries.
    pub interval: Duration,
    /// How long one try may take.
    pub timeout: Duration,
    /// After how many failures in a row it is restarted.
    pub failures: u32,
}

impl Alive {
    /// The pause between two tries of a probe that does not say.
    pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(10);
    /// How long a try of a probe may take that does not say.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
    /// After how many failures it is restarted where that is not written.
    pub const DEFAULT_FAILURES: u32 = 3;
}

/// What a probe tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// A TCP connection to this `host:port` is accepted.
    Tcp(SmolStr),
    /// This URL answers.
    Http {
        /// The URL.
        url: SmolStr,
        /// The status of a success; `None` for each one from 200 to 399.
        status: Option<u16>,
    },
    /// A line of the log matches this regular expression.
    Log(SmolStr),
    /// This program ends with exit code 0.
    Exec {
        /// The program: on PATH, or relative to the directory.
        program: SmolStr,
        /// Its arguments.
        args: Vec<SmolStr>,
    },
}
