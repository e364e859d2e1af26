//! Probes: that they have what they try, and the time for it.

use std::time::Duration;

use http::Uri;
use http::uri::Authority;
use regex_lite::Regex;

use super::Problems;
use crate::blocks;
use crate::declaration::{Declaration, Probe, ProbeKind, Unit};
use crate::probe;
use crate::problem::{Fault, Problem};
use crate::span_id::Spanned;
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, problems: &mut Problems) {
    blocks::each(declaration, |_, block| {
        block.ready.iter().for_each(|probe| one(probe, problems));
    });
    for unit in &declaration.units {
        if let Unit::External(external) = unit
            && let Some(probe) = &external.ready
        {
            if probe.kind.value == ProbeKind::Log {
                problems.add(Problem::new(Fault::LogOfExternal, probe.kind.span_id));
            } else {
                one(probe, problems);
            }
        }
    }
}

fn one(probe: &Probe, problems: &mut Problems) {
    right_number_of_values(probe, problems);
    if let [target] = probe.values.as_slice() {
        right_target(probe.kind.value, target, problems);
    }
    if let Some(written) = &probe.status
        && let Err(fault) = expected_status(probe.kind.value, &written.value)
    {
        problems.add(Problem::new(fault, written.span_id));
    }
    let interval = time("interval", probe.interval.as_ref(), problems);
    let timeout = time("timeout", probe.timeout.as_ref(), problems);
    if let (Some(written), Some(interval)) = (&probe.interval, interval) {
        let timeout = timeout.unwrap_or(probe::Probe::DEFAULT_TIMEOUT);
        let known = probe.timeout.as_ref().is_none_or(|written| is_duration(&written.value));
        if known && interval > timeout {
            let fault = Fault::IntervalBeyondTimeout { interval, timeout };
            problems.add(Problem::new(fault, written.span_id));
        }
    }
}

/// A probe has one value; a program has arguments, too.
fn right_number_of_values(probe: &Probe, problems: &mut Problems) {
    let kind = probe.kind.value;
    let wrong = match probe.values.as_slice() {
        [] => Some(probe.kind.span_id),
        [_, second, ..] if kind != ProbeKind::Exec => Some(second.span_id),
        _ => None,
    };
    if let Some(span_id) = wrong {
        problems.add(Problem::new(Fault::ProbeValues { kind }, span_id));
    }
}

/// What is tried can be tried at all.
fn right_target(kind: ProbeKind, target: &Spanned<Value>, problems: &mut Problems) {
    let Value::Text(written) = &target.value else {
        if !matches!(target.value, Value::Expression(_)) {
            problems.add(Problem::new(Fault::ProbeValues { kind }, target.span_id));
        }
        return;
    };
    if let Some(fault) = wrong_probe_target(kind, written) {
        problems.add(Problem::new(fault, target.span_id));
    }
}

/// The HTTP status that a probe waits for; `None` where an expression says it.
pub(crate) fn expected_status(kind: ProbeKind, written: &Value) -> Result<Option<u16>, Fault> {
    if kind != ProbeKind::Http {
        return Err(Fault::StatusWithoutHttp { kind });
    }
    match written {
        Value::Expression(_) => Ok(None),
        Value::Integer(number) => match u16::try_from(*number) {
            // 1xx is never the last answer.
            Ok(status @ 200..=599) => Ok(Some(status)),
            Ok(_) | Err(_) => Err(Fault::NotAStatus { found: written.clone() }),
        },
        Value::Text(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Duration(_)
        | Value::Size(_)
        | Value::Word(_) => Err(Fault::NotAStatus { found: written.clone() }),
    }
}

/// What is wrong with the text that a probe tries.
pub(crate) fn wrong_probe_target(kind: ProbeKind, written: &str) -> Option<Fault> {
    match kind {
        ProbeKind::Tcp => wrong_address(written).map(|reason| {
            let instead = address_in(written);
            Fault::BadAddress { kind, reason, instead }
        }),
        ProbeKind::Http => {
            wrong_url(written).map(|reason| Fault::BadAddress { kind, reason, instead: None })
        }
        ProbeKind::Log => {
            Regex::new(written).err().map(|error| Fault::BadRegex { reason: error.to_string() })
        }
        ProbeKind::Exec if written.is_empty() => Some(Fault::ProbeValues { kind }),
        ProbeKind::Exec => None,
    }
}

/// What is wrong with `host:port`.
fn wrong_address(written: &str) -> Option<&'static str> {
    if written.contains("://") {
        return Some("an address has no scheme");
    }
    let Ok(authority) = written.parse::<Authority>() else {
        return Some("it is not written as `host:port`");
    };
    wrong_authority(&authority).or_else(|| match authority.port_u16() {
        None => Some("it has no port"),
        Some(_) => None,
    })
}

/// The address in a URL: `localhost:6379` of `redis://user@localhost:6379/0`.
#[must_use]
pub fn address_in(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.split(['/', '?', '#']).next()?;
    let address = rest.rsplit('@').next()?;
    wrong_address(address).is_none().then(|| address.to_owned())
}

/// What is wrong with a URL.
fn wrong_url(written: &str) -> Option<&'static str> {
    let Ok(url) = written.parse::<Uri>() else {
        return Some("it is not written as `http://host:port/path`");
    };
    match (url.scheme_str(), url.authority()) {
        (Some("http" | "https"), Some(authority)) => wrong_authority(authority),
        (Some(_), _) => Some("a probe knows `http` and `https`"),
        (None, _) => Some("it has no `http://` or `https://`"),
    }
}

fn wrong_authority(authority: &Authority) -> Option<&'static str> {
    let behind_host = authority.as_str().rsplit_once(authority.host()).map(|(_, rest)| rest);
    let has_port = behind_host.is_some_and(|rest| rest.starts_with(':'));
    match authority.port_u16() {
        None if has_port => Some("a port is a number from 1 to 65535"),
        Some(0) => Some("a port is a number from 1 to 65535"),
        _ if authority.host().is_empty() => Some("it has no host"),
        _ if authority.as_str().contains('@') => Some("a probe sends no user name or password"),
        _ => None,
    }
}

/// `timeout` or `interval`, where it is a duration and not an expression.
fn time(
    name: &'static str,
    written: Option<&Spanned<Value>>,
    problems: &mut Problems,
) -> Option<Duration> {
    let written = written?;
    match written.value {
        Value::Duration(Duration::ZERO) => {
            let fault = Fault::OutOfRange {
                key: name.to_owned(),
                found: written.value.to_string(),
                minimum: "1ms".to_owned(),
                maximum: None,
            };
            problems.add(Problem::new(fault, written.span_id));
            None
        }
        Value::Duration(duration) => Some(duration),
        Value::Expression(_) => None,
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Size(_)
        | Value::Word(_) => {
            let fault = Fault::NotADuration { name, found: written.value.clone() };
            problems.add(Problem::new(fault, written.span_id));
            None
        }
    }
}

fn is_duration(value: &Value) -> bool {
    matches!(value, Value::Duration(_))
}
