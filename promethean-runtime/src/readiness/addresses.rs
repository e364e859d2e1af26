//! The addresses of a name.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The addresses of `host:port`, looked up for so long. The system's own lookup has no limit, so that a
/// thread waits for it; where there is none, the lookup takes its time.
pub(super) fn of(address: &str, limit: Duration) -> io::Result<Vec<SocketAddr>> {
    if let Ok(known) = address.parse() {
        return Ok(vec![known]);
    }
    let look_up = |address: &str| address.to_socket_addrs().map(Iterator::collect);
    let (sender, receiver) = mpsc::channel();
    let name = address.to_owned();
    // Nobody listens any more when the time is over.
    let thread = thread::Builder::new().spawn(move || drop(sender.send(look_up(&name))));
    match thread {
        Ok(_) => receiver.recv_timeout(limit).unwrap_or_else(|_| {
            Err(io::Error::new(ErrorKind::TimedOut, "its address was not found in time"))
        }),
        Err(_) => look_up(address),
    }
}
