//! One request of HTTP, and its answer. Neither its size nor its time is unlimited.
//!
//! A request of HTTP/1.0 is answered in one piece, after which Supervisor closes the connection.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::readiness;

/// The longest answer: the list of thousands of processes, or the end of a log.
const MOST: usize = 16 << 20;

/// The longest head of an answer.
const HEAD: usize = 64 << 10;

/// The answer to a request.
#[derive(Debug)]
pub(super) struct Answer {
    /// Its status.
    pub(super) status: u16,
    /// What is in it.
    pub(super) body: Vec<u8>,
}

/// Sends a body to `host:port`, with lines that belong into the head.
pub(super) fn post(
    address: &str,
    head: &str,
    body: &str,
    (connecting, whole): (Duration, Duration),
) -> Result<Answer, String> {
    let start = Instant::now();
    let late = || format!("no answer within {} s", whole.as_secs());
    let rest = || {
        let rest = whole.checked_sub(start.elapsed()).filter(|rest| !rest.is_zero());
        rest.ok_or_else(late)
    };
    let mut stream = readiness::connection(address, connecting)?;
    let request = format!(
        "POST /RPC2 HTTP/1.0\r\nHost: {address}\r\nUser-Agent: promethean/{}\r\nContent-Type: text/xml\r\n\
         Content-Length: {}\r\n{head}\r\n{body}",
        env!("CARGO_PKG_VERSION"),
        body.len()
    );
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => late(),
        _ => error.to_string(),
    };
    stream.set_write_timeout(Some(rest()?)).map_err(failed)?;
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut answer = Vec::new();
    loop {
        if let Some(done) = whole_answer(&answer, false)? {
            return Ok(done);
        }
        match receive(&mut stream, &mut answer, rest()?) {
            Ok(0) => {
                let ended = whole_answer(&answer, true)?;
                return ended
                    .ok_or_else(|| "the connection was closed before an answer".to_owned());
            }
            Ok(_) if answer.len() > MOST => return Err("the answer is too long".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

fn receive(
    stream: &mut TcpStream,
    answer: &mut Vec<u8>,
    limit: Duration,
) -> std::io::Result<usize> {
    let mut piece = [0; 16 << 10];
    stream.set_read_timeout(Some(limit))?;
    let count = stream.read(&mut piece)?;
    answer.extend(piece.iter().take(count));
    Ok(count)
}

/// The answer in these bytes; `None` while it is not all there. `ended` says that no more come.
fn whole_answer(bytes: &[u8], ended: bool) -> Result<Option<Answer>, String> {
    let foreign = || "the answer is not HTTP/1".to_owned();
    if !bytes.iter().zip(b"HTTP/1.").all(|(found, expected)| found == expected) {
        return Err(foreign());
    }
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return match bytes.len() > HEAD {
            true => Err(foreign()),
            false => Ok(None),
        };
    };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or_else(foreign)?;
    let body = bytes.get(end + 4..).unwrap_or_default();
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let body = match length {
        Some(length) if length > MOST => return Err("the answer is too long".to_owned()),
        Some(length) => body.get(..length),
        None => ended.then_some(body),
    };
    // What ends too early is no answer.
    Ok(body.map(|body| Answer { status, body: body.to_vec() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_all_there() {
        let read = |text: &str, ended| {
            let answer = whole_answer(text.as_bytes(), ended).map_err(drop)?;
            Ok(answer.map(|answer| (answer.status, String::from_utf8(answer.body).unwrap())))
        };
        let told = |status, body: &str| Ok(Some((status, body.to_owned())));
        let whole = "HTTP/1.1 200 OK\r\nContent-length: 3\r\n\r\nabc";
        assert_eq!(read(whole, false), told(200, "abc"));
        for end in 0..whole.len() {
            assert_eq!(read(&whole[..end], false), Ok(None), "{end}");
            assert_eq!(read(&whole[..end], true), Ok(None), "{end}");
        }
        let endless = "HTTP/1.0 401 Unauthorized\r\nServer: x\r\n\r\nno";
        assert_eq!(read(endless, false), Ok(None));
        assert_eq!(read(endless, true), told(401, "no"));
        for wrong in ["SSH-2.0-x", "HTTP/1.1 OK\r\n\r\n", "HTTP/2 200\r\n\r\n"] {
            assert_eq!(read(wrong, false), Err(()), "{wrong}");
        }
        let long = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", MOST + 1);
        assert_eq!(read(&long, false), Err(()));
        assert_eq!(read(&format!("HTTP/1.1 200 {}", "x".repeat(HEAD)), false), Err(()));
    }
}
