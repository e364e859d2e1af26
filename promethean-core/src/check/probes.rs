//! Probes: that they have what they try, and the time for it.

use std::time::Duration;

use regex_lite::Regex;

use super::Problems;
use crate::address::{wrong_address, wrong_authority};
use crate::blocks;
use crate::declaration::{Declaration, Probe, ProbeKind, Purpose, Unit};
use crate::kind::ProbeHead;
use crate::other_tools;
use crate::probe;
use crate::problem::{Fault, Problem};
use crate::reference::written_name;
use crate::span_id::Spanned;
use crate::url::{Authority, Url, is_path};
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, problems: &mut Problems) {
    blocks::each(declaration, |_, block| {
        block.probes().for_each(|(purpose, probe)| one(purpose, probe, problems));
    });
    for unit in &declaration.units {
        if let Unit::External(external) = unit
            && let Some(probe) = &external.ready
        {
            if probe.kind.value == ProbeKind::Log {
                problems.add(Problem::new(Fault::LogOfExternal, probe.kind.span_id));
            } else {
                one(Purpose::Ready, probe, problems);
            }
        }
    }
}

fn one(purpose: Purpose, probe: &Probe, problems: &mut Problems) {
    let head = ProbeHead { purpose, kind: probe.kind.value };
    if let Some(fault) = wrong_for(head) {
        problems.add(Problem::new(fault, probe.kind.span_id));
        return;
    }
    right_number_of_values(head, probe, problems);
    if let [target] = probe.values.as_slice() {
        right_target(head, probe, target, problems);
    }
    if let Some(written) = &probe.status
        && let Err(fault) = expected_status(head, &written.value)
    {
        problems.add(Problem::new(fault, written.span_id));
    }
    if let Some(written) = &probe.failures
        && let Err(fault) = failures(purpose, &written.value)
    {
        problems.add(Problem::new(fault, written.span_id));
    }
    if purpose == Purpose::Alive {
        // Each try has the whole `timeout`.
        let _ = time("interval", probe.interval.as_ref(), problems);
        let _ = time("timeout", probe.timeout.as_ref(), problems);
        return;
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
fn right_number_of_values(head: ProbeHead, probe: &Probe, problems: &mut Problems) {
    let kind = head.kind;
    let wrong = match probe.values.as_slice() {
        // On its own endpoint.
        [] if kind == ProbeKind::Tcp => None,
        [second, ..] if kind == ProbeKind::Tcp && probe.endpoint.is_some() => Some(second.span_id),
        [] => Some(probe.kind.span_id),
        [_, second, ..] if kind != ProbeKind::Exec => Some(second.span_id),
        _ => None,
    };
    if let Some(span_id) = wrong {
        problems.add(Problem::new(Fault::ProbeValues { probe: head }, span_id));
    }
}

/// What is tried can be tried at all.
fn right_target(head: ProbeHead, probe: &Probe, target: &Spanned<Value>, problems: &mut Problems) {
    let Value::Text(written) = &target.value else {
        if !matches!(target.value, Value::Expression(_)) {
            problems.add(Problem::new(Fault::ProbeValues { probe: head }, target.span_id));
        }
        return;
    };
    let fault = match head.kind {
        ProbeKind::Http if probe.endpoint.is_some() || probe.tries_own_endpoint() => {
            wrong_path(head.purpose, probe.endpoint.as_ref().map(|name| name.as_str()), written)
        }
        ProbeKind::Tcp | ProbeKind::Http | ProbeKind::Log | ProbeKind::Exec => {
            wrong_probe_target(head, written)
        }
    };
    if let Some(fault) = fault {
        problems.add(Problem::new(fault, target.span_id));
    }
}

/// The HTTP status that a probe waits for; `None` where an expression says it.
pub(crate) fn expected_status(probe: ProbeHead, written: &Value) -> Result<Option<u16>, Fault> {
    if probe.kind != ProbeKind::Http {
        return Err(Fault::StatusWithoutHttp { probe });
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

/// What is wrong with a kind of probe where it is.
pub(crate) fn wrong_for(probe: ProbeHead) -> Option<Fault> {
    match (probe.purpose, probe.kind) {
        (Purpose::Alive, ProbeKind::Log) => Some(Fault::LogAsAlive),
        (Purpose::Ready, _)
        | (Purpose::Alive, ProbeKind::Tcp | ProbeKind::Http | ProbeKind::Exec) => None,
    }
}

/// How many failures `failures` says; `None` where an expression says it.
pub(crate) fn failures(purpose: Purpose, written: &Value) -> Result<Option<u32>, Fault> {
    match (purpose, written) {
        (Purpose::Ready, _) => {
            let belongs = "`ready` tries until its `timeout`; `failures` is for `alive`".to_owned();
            Err(Fault::Misplaced { word: "failures".to_owned(), belongs })
        }
        (Purpose::Alive, Value::Expression(_)) => Ok(None),
        (Purpose::Alive, Value::Integer(number)) => match u32::try_from(*number) {
            Ok(count @ 1..=1_000) => Ok(Some(count)),
            Ok(_) | Err(_) => Err(Fault::NotACount { found: written.clone() }),
        },
        (
            Purpose::Alive,
            Value::Text(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Duration(_)
            | Value::Size(_)
            | Value::Word(_),
        ) => Err(Fault::NotACount { found: written.clone() }),
    }
}

/// What is wrong with the path that a probe asks for on its own endpoint, which may have a name.
pub(crate) fn wrong_path(purpose: Purpose, endpoint: Option<&str>, written: &str) -> Option<Fault> {
    let url = format!("http://{}{written}", crate::address::LOOPBACK);
    let probe = ProbeHead { purpose, kind: ProbeKind::Http };
    if written.starts_with('/') {
        let reason = wrong_url(&url)?;
        let name = String::new();
        return Some(Fault::BadAddress { probe, reason, name, instead: None });
    }
    let reason = "on an endpoint of its own it is a path, such as `\"/health\"`";
    // A URL says where it is, and needs no endpoint; else it is the path without its `/`.
    let (name, target) = match wrong_url(written) {
        None => (None, Some(written.to_owned())),
        Some(_) => (endpoint, url_of(written).filter(|path| path.starts_with('/'))),
    };
    let target = target.unwrap_or_else(|| "/health".to_owned());
    let name = name.map(|name| format!(" {}", written_name(name))).unwrap_or_default();
    Some(Fault::BadAddress { probe, reason, name, instead: Some((ProbeKind::Http, target)) })
}

/// What is wrong with the text that a probe tries.
pub(crate) fn wrong_probe_target(probe: ProbeHead, written: &str) -> Option<Fault> {
    match probe.kind {
        ProbeKind::Tcp => wrong_address(written).map(|reason| {
            let instead = address_in(written).map(|address| (ProbeKind::Tcp, address));
            let instead = instead.or_else(|| target_in(probe, written));
            Fault::BadAddress { probe, reason, name: String::new(), instead }
        }),
        ProbeKind::Http => wrong_url(written).map(|reason| {
            let instead = target_in(probe, written);
            let instead = instead.or_else(|| Some((ProbeKind::Http, url_of(written)?)));
            Fault::BadAddress { probe, reason, name: String::new(), instead }
        }),
        ProbeKind::Log => {
            Regex::new(written).err().map(|error| Fault::BadRegex { reason: error.to_string() })
        }
        ProbeKind::Exec if written.is_empty() => Some(Fault::ProbeValues { probe }),
        ProbeKind::Exec => None,
    }
}

/// What is tried by a text that is more or less than an address or a URL: `GET /health`, `3000`,
/// `curl -f http://localhost:3000`.
fn target_in(probe: ProbeHead, written: &str) -> Option<(ProbeKind, String)> {
    let meant = other_tools::probe_of(probe.purpose, &[written]);
    let (kind, target) = meant.split_once(' ')?;
    let target = target.strip_prefix('"')?.strip_suffix('"')?;
    match (ProbeKind::from_word(kind)?, probe.kind) {
        (ProbeKind::Tcp, ProbeKind::Tcp) => {
            wrong_address(target).is_none().then(|| (ProbeKind::Tcp, target.to_owned()))
        }
        (ProbeKind::Tcp, _) => {
            let url = format!("http://{target}");
            wrong_url(&url).is_none().then_some((ProbeKind::Http, url))
        }
        (ProbeKind::Http, _) => {
            let is_right = target.starts_with('/') || wrong_url(target).is_none();
            (is_right && target != written).then(|| (ProbeKind::Http, target.to_owned()))
        }
        (ProbeKind::Log | ProbeKind::Exec, _) => None,
    }
}

/// The address in a URL: `localhost:6379` of `redis://user@localhost:6379/0`.
#[must_use]
pub fn address_in(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.split(['/', '?', '#']).next()?;
    let address = rest.rsplit('@').next()?;
    wrong_address(address).is_none().then(|| address.to_owned())
}

/// The URL that a text without a scheme is, or the path on the unit's own endpoint: `localhost:8080/health`,
/// `health`.
fn url_of(written: &str) -> Option<String> {
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '/');
    if written.contains("://") || written.is_empty() {
        return None;
    }
    let has_host = written.split('/').next().is_some_and(|host| host.contains([':', '.']));
    match has_host || written == "localhost" || written.starts_with("localhost/") {
        false if written.chars().all(is_word) => Some(format!("/{written}")),
        false => None,
        true => Some(format!("http://{written}")).filter(|url| wrong_url(url).is_none()),
    }
}

/// What is wrong with a URL.
fn wrong_url(written: &str) -> Option<&'static str> {
    match Url::read(written) {
        Some(Url { scheme, authority, .. }) => {
            match ["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
                true => wrong_authority(&authority),
                false => Some("a probe knows `http` and `https`"),
            }
        }
        None if Authority::read(written).is_some()
            || written.starts_with('/') && is_path(written)
            || url_of(written).is_some() =>
        {
            Some("it has no `http://` or `https://`")
        }
        None => Some("it is not written as `http://host:port/path`"),
    }
}

/// `timeout` or `interval`, where it is a duration and not an expression.
fn time(
    name: &'static str,
    written: Option<&Spanned<Value>>,
    problems: &mut Problems,
) -> Option<Duration> {
    let written = written?;
    let read = duration(name, &written.value);
    read.unwrap_or_else(|fault| {
        problems.add(Problem::new(fault, written.span_id));
        None
    })
}

/// The time that a value says; `None` where an expression says it.
pub(crate) fn duration(name: &'static str, written: &Value) -> Result<Option<Duration>, Fault> {
    match written {
        Value::Duration(Duration::ZERO) => Err(Fault::OutOfRange {
            key: name.to_owned(),
            found: written.to_string(),
            minimum: "1ms".to_owned(),
            maximum: None,
        }),
        Value::Duration(duration) => Ok(Some(*duration)),
        Value::Expression(_) => Ok(None),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Size(_)
        | Value::Word(_) => Err(Fault::NotADuration { name, found: written.clone() }),
    }
}

fn is_duration(value: &Value) -> bool {
    matches!(value, Value::Duration(_))
}
