//! An HTTP request, of which the status of the answer is all that counts.
//!
//! `http` needs a connection and a line; `https` needs TLS, which is behind the feature of that name.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use promethean_core::probe::Test;
use promethean_core::url::Url;

use super::{Refusal, tcp};

/// How to get the feature that `https` needs.
pub(crate) const TLS_HELP: &str =
    "write `features = [\"https\"]` beside `path` or `version` of `promethean` in Cargo.toml";

/// What a test needs and this program does not have; `tls` says whether it has TLS.
pub(crate) fn without_tls(test: &Test, tls: bool) -> Option<String> {
    match test {
        Test::Http { url, .. } if !tls && is_https(url) => {
            Some(format!("http {url}: this program was built without TLS"))
        }
        Test::Http { .. } | Test::Tcp(_) | Test::Log(_) | Test::Exec { .. } => None,
    }
}

fn is_https(url: &str) -> bool {
    url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
}

/// Asks for a URL; an answer with this status is success, without one each of 200 to 399. Redirects
/// are not followed.
pub(super) fn get(url: &str, status: Option<u16>, limit: Duration) -> Result<(), Refusal> {
    let found = match is_https(url) {
        true => tls::status(url, limit),
        false => plain(url, limit),
    };
    let found = found.map_err(|reason| Refusal::with(format!("http {url}"), reason))?;
    match (found, status) {
        (200..=399, None) => Ok(()),
        (found, Some(expected)) if found == expected => Ok(()),
        (found, None) => Err(Refusal::new(format!("http {url}: answered {found}"))),
        (found, Some(expected)) => {
            Err(Refusal::new(format!("http {url}: answered {found}, expected {expected}")))
        }
    }
}

/// The status of the answer to a request without TLS.
fn plain(url: &str, limit: Duration) -> Result<u16, String> {
    let start = Instant::now();
    let late = || format!("no answer within {:.1} s", limit.as_secs_f64());
    let rest = || {
        let rest = limit.checked_sub(start.elapsed()).filter(|rest| !rest.is_zero());
        rest.ok_or_else(late)
    };
    let url = Url::read(url).ok_or("it is not a URL")?;
    let address = format!("{}:{}", url.authority.host, url.authority.port_number().unwrap_or(80));
    let mut stream = tcp::stream(&address, limit)?;
    let request = request(url.authority.text, &url.path_and_query());
    send(&mut stream, &request, rest()?).map_err(|error| error.to_string())?;
    let mut head = Vec::new();
    loop {
        if let Some(status) = status_in(&head)? {
            return Ok(status);
        }
        match receive(&mut stream, &mut head, rest()?) {
            Ok(0) => return Err("the connection was closed before an answer".to_owned()),
            Ok(_) => {}
            Err(error) if is_late(&error) => return Err(late()),
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn request(host: &str, path: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: promethean/{version}\r\nAccept: */*\r\n\
         Connection: close\r\n\r\n"
    )
}

fn send(stream: &mut TcpStream, request: &str, limit: Duration) -> std::io::Result<()> {
    stream.set_write_timeout(Some(limit))?;
    stream.write_all(request.as_bytes())
}

fn receive(stream: &mut TcpStream, head: &mut Vec<u8>, limit: Duration) -> std::io::Result<usize> {
    let mut piece = [0; 1024];
    stream.set_read_timeout(Some(limit))?;
    let count = stream.read(&mut piece)?;
    head.extend(piece.iter().take(count));
    Ok(count)
}

/// Unix says the one, Windows the other.
fn is_late(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

/// The status of the answer that begins with these bytes (RFC 9112, section 4); `None` while it is
/// not all there. Answers in between, such as `103 Early Hints`, are passed over.
fn status_in(mut head: &[u8]) -> Result<Option<u16>, String> {
    const BEGINNING: &[u8] = b"HTTP/1.";
    /// No line of a status, and no answer in between, is longer.
    const MOST: usize = 64 << 10;
    let foreign = || "the answer is not HTTP/1".to_owned();
    loop {
        let same = head.iter().zip(BEGINNING).all(|(found, expected)| found == expected);
        if !same || head.len() > MOST {
            return Err(foreign());
        }
        let Some(end) = memchr::memchr(b'\n', head) else { return Ok(None) };
        let line = head.get(..end).unwrap_or_default();
        let mut words = line.split(|byte| *byte == b' ' || *byte == b'\r');
        let digits = words.nth(1).filter(|digits| digits.len() == 3);
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| digits.parse().ok()).ok_or_else(foreign)? {
            100 | 102..=199 => {}
            status => return Ok(Some(status)),
        }
        let Some(end) = memchr::memmem::find(head, b"\r\n\r\n") else { return Ok(None) };
        head = head.get(end + 4..).unwrap_or_default();
    }
}

#[cfg(not(feature = "https"))]
mod tls {
    use std::time::Duration;

    pub(super) fn status(_: &str, _: Duration) -> Result<u16, String> {
        Err(format!("this program was built without TLS; {}", super::TLS_HELP))
    }
}

/// Certificates are not verified, for a service that is being tried has often one that it made
/// itself; Kubernetes' probes do the same.
#[cfg(feature = "https")]
mod tls {
    use std::time::Duration;

    use ureq::config::Config;
    use ureq::http::Uri;
    use ureq::tls::TlsConfig;
    use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
    use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
    use ureq::{Agent, Error};

    use crate::readiness::addresses;

    /// The status of the answer to a request.
    pub(super) fn status(url: &str, limit: Duration) -> Result<u16, String> {
        let config = Agent::config_builder()
            .timeout_global(Some(limit))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .tls_config(TlsConfig::builder().disable_verification(true).build())
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Names);
        let answer = agent.get(url).call();
        answer.map(|answer| answer.status().as_u16()).map_err(|error| error.to_string())
    }

    /// How many addresses there is room for.
    const MOST: usize = 16;

    /// Looks up names. That of ureq panics where the system gives no thread.
    #[derive(Debug)]
    struct Names;

    impl Resolver for Names {
        fn resolve(
            &self,
            uri: &Uri,
            config: &Config,
            timeout: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, Error> {
            let address = uri.scheme().zip(uri.authority());
            let address = address
                .and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority))
                .ok_or_else(|| Error::BadUri(uri.to_string()))?;
            let found = addresses::of(&address, *timeout.after)?.into_iter();
            let mut wanted = self.empty();
            for address in config.ip_family().keep_wanted(found).take(MOST) {
                wanted.push(address);
            }
            match wanted.is_empty() {
                true => Err(Error::HostNotFound),
                false => Ok(wanted),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_as_soon_as_it_is_there() {
        for (head, status) in [
            ("", Ok(None)),
            ("HT", Ok(None)),
            ("HTTP/1.1 20", Ok(None)),
            ("HTTP/1.1 204 No Content\r\n", Ok(Some(204))),
            ("HTTP/1.0 503\r\n", Ok(Some(503))),
            ("HTTP/1.1 503\n", Ok(Some(503))),
            ("HTTP/1.1 103 Early Hints\r\nlink: x\r\n", Ok(None)),
            ("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\n", Ok(Some(200))),
            ("HTTP/1.1 101 Switching Protocols\r\n", Ok(Some(101))),
            ("+PONG", Err(())),
            ("\u{15}\u{3}\u{3}", Err(())),
            ("HTTP/2 200\r\n", Err(())),
            ("HTTP/1.1 OK\r\n", Err(())),
            ("HTTP/1.1 2000 OK\r\n", Err(())),
            ("HTTP/1.1\r\n", Err(())),
        ] {
            assert_eq!(status_in(head.as_bytes()).map_err(drop), status, "{head:?}");
        }
        let endless = format!("HTTP/1.1 200 {}", "x".repeat(70_000));
        assert!(status_in(endless.as_bytes()).is_err());
    }

    #[test]
    fn only_https_needs_tls() {
        let test = |url: &str| Test::Http { url: url.into(), status: None };
        assert_eq!(without_tls(&test("http://localhost/"), false), None);
        assert_eq!(without_tls(&test("https://localhost/"), true), None);
        for url in ["https://localhost/", "HTTPS://localhost/"] {
            let said = without_tls(&test(url), false).unwrap();
            assert_eq!(said, format!("http {url}: this program was built without TLS"));
        }
    }
}
