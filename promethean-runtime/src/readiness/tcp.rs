//! A TCP connection.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Refusal, addresses};

/// Connects to any of the addresses of `host:port`.
pub(super) fn connect(address: &str, limit: Duration) -> Result<(), Refusal> {
    let connected = stream(address, limit);
    connected.map(drop).map_err(|reason| Refusal::new(format!("tcp {address}: {reason}")))
}

/// A connection to the first of the addresses of `host:port` that accepts one.
pub(crate) fn stream(address: &str, limit: Duration) -> Result<TcpStream, String> {
    let start = Instant::now();
    let mut last = "the name has no address".to_owned();
    for resolved in addresses::of(address, limit).map_err(|error| error.to_string())? {
        let rest = limit.saturating_sub(start.elapsed()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&resolved, rest) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}
