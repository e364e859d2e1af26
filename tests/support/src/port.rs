//! Ports that belong to one test.

use std::fs::{self, File};
use std::net::TcpListener;
use std::sync::Mutex;

/// Ports that nobody hands out by itself: a system's begin at 32768 on Linux and at 49152 elsewhere, and `auto`
/// chooses from 20000 to 29999.
const RANGE: std::ops::Range<u16> = 30_000..32_768;

/// A port that nobody else gets while this process lives, and on which nothing listens.
///
/// Each port has a file in the temporary directory; whoever has its lock owns the port.
///
/// # Panics
///
/// When all are taken, or the temporary directory cannot be written to.
#[must_use]
pub fn own() -> u16 {
    let length = RANGE.end - RANGE.start;
    let first = u16::try_from(std::process::id() % u32::from(length)).unwrap_or(0);
    let mut candidates = (0..length).map(|step| RANGE.start + (first + step) % length);
    let found = candidates.find(|port| claim(*port));
    found.unwrap_or_else(|| panic!("all ports from {} to {} are taken", RANGE.start, RANGE.end))
}

/// Whether a port is free; if so, it belongs to this process from now on, as one of [`own`] does.
///
/// # Panics
///
/// When the temporary directory cannot be written to.
#[must_use]
pub fn claim(port: u16) -> bool {
    static OWNED: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let directory = std::env::temp_dir().join("promethean-test-ports");
    fs::create_dir_all(&directory).expect("the temporary directory can be written to");
    let file = File::create(directory.join(port.to_string())).expect("a file can be made");
    let is_free = file.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok();
    if is_free {
        OWNED.lock().expect("no test panics here").push(file);
    }
    is_free
}
