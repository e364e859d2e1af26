//! What the system needs and does not start.

use std::time::Duration;

use promethean_core::app::{App, External, System};

use super::probes::HAS_TLS;
use super::{Circumstances, Report, Severity, Topic};
use crate::parallel;
use crate::readiness::{Environment, Refusal, Surroundings, TLS_HELP, try_once, without_tls};

/// How long each is tried.
const LIMIT: Duration = Duration::from_secs(2);

/// All are tried once, in parallel. One that nothing depends on that has to start keeps nothing from
/// starting.
pub(super) fn check(system: &System, circumstances: &Circumstances, report: &mut Report) {
    let externals: Vec<&External> = system.externals.iter().collect();
    let refusals = parallel::each(externals, |external| refusal(external, circumstances, LIMIT));
    for (external, refusal) in system.externals.iter().zip(refusals) {
        if let Some(refusal) = refusal.flatten() {
            let test = external.ready.as_ref().map(|probe| &probe.test);
            let beyond = test.is_some_and(|test| without_tls(test, HAS_TLS).is_some());
            let hint = external.hint.as_deref().filter(|_| !beyond);
            let start = if beyond { TLS_HELP } else { "start it: it is external to this system" };
            let help = hint.unwrap_or(start);
            let needs = |app: &App| {
                !circumstances.kept.contains(app.name.as_str())
                    && app.depends_on.iter().any(|on| on.on == external.name)
            };
            let severity = match system.apps.iter().any(needs) {
                true => Severity::Failure,
                false => Severity::Warning,
            };
            report.add(severity, Topic::External, &external.name, refusal.to_string(), help);
        }
    }
}

/// Why an external is not ready, when it is tried for so long.
pub(crate) fn refusal(
    external: &External,
    circumstances: &Circumstances,
    limit: Duration,
) -> Option<Refusal> {
    let probe = external.ready.as_ref()?;
    let mut surroundings = Surroundings {
        directory: external.directory.clone(),
        environment: Environment(circumstances.environment.clone()),
        ..Surroundings::default()
    };
    try_once(&probe.test, &mut surroundings, limit.min(probe.timeout)).err()
}
