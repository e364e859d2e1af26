//! The probes of units, with their expressions evaluated.

use smol_str::{SmolStr, ToSmolStr as _};

use super::endpoints::name_of;
use super::evaluate::{evaluate, number, time};
use super::layers::Layered;
use super::scope::Scopes;
use crate::app::Endpoint;
use crate::check::{
    expected_status, failures, own_probe, wrong_for, wrong_path, wrong_probe_target,
};
use crate::declaration::{self, ProbeKind, Purpose};
use crate::kind::ProbeHead;
use crate::probe::{Alive, Probe, Test};
use crate::problem::Fault;
use crate::span_id::Spanned;
use crate::value::Value;

/// The probe of `ready`, with its expressions evaluated.
///
/// `own` are the endpoints of the unit, which a probe without an address tries.
pub(super) fn ready(
    scopes: &Scopes<'_>,
    given: Layered<'_, declaration::Probe>,
    unit: &str,
    own: &[Endpoint],
) -> Result<Probe, Fault> {
    let declaration::Probe { timeout, interval, failures: count, .. } = given.value;
    let test = test(scopes, Purpose::Ready, given, unit, own)?;
    if let Some(count) = count {
        failures(Purpose::Ready, &number(scopes, given.scope, count)?)?;
    }
    let interval_is_written = interval.is_some();
    let timeout = time(scopes, given.scope, "timeout", timeout.as_ref(), Probe::DEFAULT_TIMEOUT)?;
    let interval =
        time(scopes, given.scope, "interval", interval.as_ref(), Probe::DEFAULT_INTERVAL)?;
    if interval_is_written && interval > timeout {
        return Err(Fault::IntervalBeyondTimeout { interval, timeout });
    }
    Ok(Probe { test, timeout, interval })
}

/// The probe of `alive`, as [`ready`].
pub(super) fn alive(
    scopes: &Scopes<'_>,
    given: Layered<'_, declaration::Probe>,
    unit: &str,
    own: &[Endpoint],
) -> Result<Alive, Fault> {
    let declaration::Probe { timeout, interval, failures: count, .. } = given.value;
    let test = test(scopes, Purpose::Alive, given, unit, own)?;
    let count = match count {
        Some(count) => failures(Purpose::Alive, &number(scopes, given.scope, count)?)?,
        None => None,
    };
    let scope = given.scope;
    Ok(Alive {
        test,
        interval: time(scopes, scope, "interval", interval.as_ref(), Alive::DEFAULT_INTERVAL)?,
        timeout: time(scopes, scope, "timeout", timeout.as_ref(), Alive::DEFAULT_TIMEOUT)?,
        failures: count.unwrap_or(Alive::DEFAULT_FAILURES),
    })
}

/// What a probe tries.
fn test(
    scopes: &Scopes<'_>,
    purpose: Purpose,
    given: Layered<'_, declaration::Probe>,
    unit: &str,
    own: &[Endpoint],
) -> Result<Test, Fault> {
    let kind = given.value.kind.value;
    let head = ProbeHead { purpose, kind };
    if let Some(fault) = wrong_for(head) {
        return Err(fault);
    }
    let text = |value: &Spanned<Value>| match &value.value {
        Value::Text(text) | Value::Word(text) => Ok(text.clone()),
        Value::Expression(index) => evaluate(scopes, given.scope, *index),
        other => Ok(other.to_smolstr()),
    };
    let mut values = given.value.values.iter().map(text).collect::<Result<Vec<_>, Fault>>()?;
    if let Some(target) = own_target((purpose, given.value), unit, own)? {
        values = vec![target];
    }
    if values.is_empty() || (kind != ProbeKind::Exec && values.len() > 1) {
        return Err(Fault::ProbeValues { probe: head });
    }
    let first = values.remove(0);
    if let Some(fault) = wrong_probe_target(head, &first) {
        return Err(fault);
    }
    let status = match &given.value.status {
        Some(status) => expected_status(head, &number(scopes, given.scope, status)?)?,
        None => None,
    };
    Ok(match kind {
        ProbeKind::Tcp => Test::Tcp(first),
        ProbeKind::Http => Test::Http { url: first, status },
        ProbeKind::Log => Test::Log(first),
        ProbeKind::Exec => Test::Exec { program: first, args: values },
    })
}

/// What a probe tries that is on an endpoint of the unit itself.
fn own_target(
    (purpose, probe): (Purpose, &declaration::Probe),
    unit: &str,
    own: &[Endpoint],
) -> Result<Option<SmolStr>, Fault> {
    if !probe.tries_own_endpoint() && probe.endpoint.is_none() {
        return Ok(None);
    }
    let names: Vec<&str> = own.iter().map(name_of).collect();
    let endpoint = match own_probe(unit, &names, (purpose, probe)) {
        Ok(index) => own.get(index),
        Err(fault) => return Err(fault),
    };
    let Some(endpoint) = endpoint else { return Ok(None) };
    let address = endpoint.reachable_address();
    match (probe.kind.value, probe.values.as_slice()) {
        (ProbeKind::Tcp, []) => Ok(Some(address.into())),
        (ProbeKind::Http, [Spanned { value: Value::Text(path), .. }]) => {
            match wrong_path(purpose, probe.endpoint.as_ref().map(|name| name.as_str()), path) {
                Some(fault) => Err(fault),
                None => {
                    let secure = endpoint.scheme.as_deref() == Some("https");
                    let scheme = if secure { "https" } else { "http" };
                    Ok(Some(format!("{scheme}://{address}{path}").into()))
                }
            }
        }
        (kind, _) => Err(Fault::ProbeValues { probe: ProbeHead { purpose, kind } }),
    }
}
