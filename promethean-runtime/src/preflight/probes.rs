//! Probes that this program cannot make.

use promethean_core::app::System;
use promethean_core::probe::Test;

use super::{Report, Topic};
use crate::readiness::{TLS_HELP, without_tls};

/// Whether this program has TLS.
pub(super) const HAS_TLS: bool = cfg!(feature = "https");

/// Those of apps; `externals` are tried as they are.
pub(super) fn check(system: &System, tls: bool, report: &mut Report) {
    for app in &system.apps {
        let ready = app.ready.as_ref().map(|probe| &probe.test);
        let tests = ready.into_iter().chain(app.alive.as_ref().map(|probe| &probe.test));
        for message in tests.filter_map(|test: &Test| without_tls(test, tls)) {
            report.failure(Topic::Probe, &app.name, message, TLS_HELP);
        }
    }
}

#[cfg(test)]
mod tests {
    use promethean_core::declaration::Declaration;
    use promethean_core::ecosystem::Ecosystem;
    use promethean_core::resolve::Options;

    use super::*;
    use crate::preflight::Finding;

    #[test]
    fn a_probe_that_needs_tls_is_a_failure_without_it() {
        let json = r#"{"units": [{"service": {"kind": "node", "name": "web", "block": {
            "ready": {"kind": "http", "values": ["https://localhost:8443/ready"]},
            "alive": {"kind": "http", "values": ["http://localhost:8443/alive"]}}}}]}"#;
        let declaration: Declaration = serde_json::from_str(json).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, "/srv", &[]);
        let system = ecosystem.resolve(&Options::default()).unwrap();
        let found = |tls| {
            let mut report = Report::default();
            check(&system, tls, &mut report);
            report.findings
        };
        assert_eq!(found(true), []);
        let without = found(false);
        let [Finding { message, help: Some(help), .. }] = without.as_slice() else {
            panic!("{without:?}");
        };
        assert_eq!(
            message,
            "http https://localhost:8443/ready: this program was built without TLS"
        );
        assert!(help.contains("features = [\"https\"]"), "{help}");
    }
}
