//! An HTTP request.

use std::time::Duration;

use ureq::Agent;
use ureq::tls::TlsConfig;

use super::Refusal;

/// Asks for a URL; an answer with a status of 200 to 399 is success. Redirects are not followed.
/// Certificates are not verified, for a service that is being tried has often one that it made
/// itself; Kubernetes' probes do the same.
pub(super) fn get(url: &str, limit: Duration) -> Result<(), Refusal> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(limit))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .tls_config(TlsConfig::builder().disable_verification(true).build())
        .build()
        .into();
    match agent.get(url).call() {
        Ok(response) => match response.status().as_u16() {
            200..=399 => Ok(()),
            status => Err(Refusal::new(format!("http {url}: answered {status}"))),
        },
        Err(error) => Err(Refusal::with(format!("http {url}"), error.to_string())),
    }
}
