//! A TCP connection.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Refusal, addresses};

/// Connects to any of the addresses of `host:port`.
pub(super) fn connect(address: &str, limit: Duration) -> Result<(), Refusal> {
    let start = Instant::now();
    let refused = |what: &dyn std::fmt::Display| Refusal::new(format!("tcp {address}: {what}"));
    let mut last = refused(&"the name has no address");
    for resolved in addresses::of(address, limit).map_err(|error| refused(&error))? {
        let rest = limit.saturating_sub(start.elapsed()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&resolved, rest) {
            Ok(_) => return Ok(()),
            Err(error) => last = refused(&error),
        }
    }
    Err(last)
}
