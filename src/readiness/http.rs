//! An HTTP request.

use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use super::{Refusal, addresses};

/// Asks for a URL; an answer with this status is success, without one each of 200 to 399. Redirects
/// are not followed.
/// Certificates are not verified, for a service that is being tried has often one that it made
/// itself; Kubernetes' probes do the same.
pub(super) fn get(url: &str, status: Option<u16>, limit: Duration) -> Result<(), Refusal> {
    let config = Agent::config_builder()
        .timeout_global(Some(limit))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .tls_config(TlsConfig::builder().disable_verification(true).build())
        .build();
    let agent = Agent::with_parts(config, DefaultConnector::default(), Names);
    match agent.get(url).call() {
        Ok(response) => match (response.status().as_u16(), status) {
            (200..=399, None) => Ok(()),
            (found, Some(expected)) if found == expected => Ok(()),
            (found, None) => Err(Refusal::new(format!("http {url}: answered {found}"))),
            (found, Some(expected)) => {
                Err(Refusal::new(format!("http {url}: answered {found}, expected {expected}")))
            }
        },
        Err(error) => Err(Refusal::with(format!("http {url}"), error.to_string())),
    }
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
