//! Questions to PM2's daemon through its socket. `pm2 jlist` asks the same, and starts Node and all of
//! PM2 for it.
//!
//! A message of [AMP](https://github.com/tj/node-amp): a byte with the version and the number of
//! parts, then each part with its length in four bytes before it. Here the parts are a request or its
//! answer as JSON (`j:`), and what tells which request is meant (`s:`).

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::{Value, json};

use crate::pm2::LIMIT;

const VERSION: u8 = 1 << 4;

/// Calls a method of the daemon that listens at a socket, and returns what it answers.
///
/// # Errors
///
/// Nothing listens there, or what it says is no answer.
pub fn call(socket: &Path, method: &str) -> io::Result<Value> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let request = json!({"type": "call", "method": method, "args": [{}]});
    let mut message = vec![VERSION | 2];
    for part in [format!("j:{request}"), "s:1".to_owned()] {
        let length = u32::try_from(part.len()).map_err(io::Error::other)?;
        message.extend(length.to_be_bytes());
        message.extend(part.bytes());
    }
    stream.write_all(&message)?;
    let mut number_of_parts = [0];
    stream.read_exact(&mut number_of_parts)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut part = Vec::new();
    stream.take(u32::from_be_bytes(length).into()).read_to_end(&mut part)?;
    let json = part.strip_prefix(b"j:").ok_or_else(|| io::Error::other("no JSON"))?;
    let mut answer: Value = serde_json::from_slice(json)?;
    match answer["args"].as_array_mut() {
        Some(values) if !values.is_empty() => Ok(values.swap_remove(0)),
        _ => Err(io::Error::other(answer.to_string())),
    }
}
