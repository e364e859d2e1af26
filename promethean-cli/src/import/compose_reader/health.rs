//! How Compose finds out whether a service is healthy.

use camino::Utf8Path;
use promethean_core::kind::ProbeKind;
use promethean_core::shell::with_shell;

use super::dockerfile::{dockerfile, health_of_image};
use crate::import::app::{App, times_of_probe};
use crate::import::interpolation::{Dotenv, computed_of};
use crate::import::pm2_reader::data::Data;

/// Whether a service waits until this one is healthy. Without one, nothing comes of what its image says.
pub(super) fn is_asked_for(name: &str, services: &[(String, Data)]) -> bool {
    services.iter().any(|(_, service)| {
        let condition = service.get("depends_on").and_then(|on| on.get(name)?.get("condition"));
        condition.and_then(Data::as_text) == Some("service_healthy")
    })
}

/// The command that says whether a service is healthy, by the file or by its Dockerfile.
pub(super) fn probe(service: &Data, base: &Utf8Path, dotenv: &Dotenv) -> Option<Vec<String>> {
    let Some(check) = service.get("healthcheck") else {
        let dockerfile = dockerfile(service, base);
        let (_, command) = health_of_image(&dockerfile)?;
        let words = serde_json::from_str::<Vec<String>>(command);
        return Some(words.unwrap_or_else(|_| with_shell(command)));
    };
    let test = check.get("test").filter(|_| check.get("disable") != Some(&Data::Boolean(true)))?;
    let plain = |word: &Data| dotenv.plain(&word.to_text());
    match test.as_list() {
        Some([kind, line @ ..]) => match kind.as_text() {
            Some("CMD") => Some(line.iter().map(plain).collect()),
            Some("CMD-SHELL") => line.first().map(|line| with_shell(&plain(line))),
            Some(_) | None => None,
        },
        Some([]) => None,
        None => test.as_text().map(|line| with_shell(&dotenv.plain(line))),
    }
}

/// The variables in the command of a `healthcheck`.
pub(super) fn names_of_test(check: &Data, dotenv: &Dotenv) -> Vec<String> {
    let test = check.get("test");
    let words = test.and_then(Data::as_list).unwrap_or_default().iter().chain(test);
    words.filter_map(Data::as_text).flat_map(|word| dotenv.names_in(word)).collect()
}

/// When and how often a service is asked, as it is written, and what applies here instead.
pub(super) fn times_of(service: &Data, base: &Utf8Path) -> Option<(String, String)> {
    let dockerfile = dockerfile(service, base);
    let (name, keys) = match service.get("healthcheck") {
        Some(check) => ("healthcheck", check.keys_but(&["test", "disable"])),
        None => ("HEALTHCHECK", health_of_image(&dockerfile)?.0),
    };
    times_of_probe(name, &keys)
}

/// Reads how it is found out that a service is healthy.
pub(super) fn health(app: &mut App, service: &Data, base: &Utf8Path, dotenv: &Dotenv) {
    let Some(line) = probe(service, base, dotenv) else { return };
    app.ready = Some((ProbeKind::Exec, line));
    if let Some((keys, reason)) = times_of(service, base) {
        app.left_out(&keys, reason);
    }
    if let Some(check) = service.get("healthcheck") {
        let names = names_of_test(check, dotenv);
        if !names.is_empty() {
            computed_of(app, vec![("healthcheck.test".to_owned(), names)]);
        }
    }
}
