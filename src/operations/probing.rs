//! Waiting until an app is ready.

use camino::Utf8PathBuf;
use promethean_core::app::App;
use promethean_core::probe::{Probe, Test};

use super::definition::Definition;
use crate::pm2::Home;

/// A probe of an app, with all it needs on a thread of its own.
pub(super) struct Probing {
    probe: Probe,
}

impl Probing {
    pub(super) fn new(
        definition: &Definition<'_>,
        probe: Probe,
        home: &Home,
        kept: bool,
    ) -> Probing {
        let _ = (definition, home, kept);
        Probing { probe }
    }

    pub(super) fn wait(&self, over: &dyn Fn() -> bool) -> Result<(), String> {
        let start = std::time::Instant::now();
        while !over() && start.elapsed() < self.probe.timeout {
            if let Test::Tcp(address) = &self.probe.test
                && std::net::TcpStream::connect(address.as_str()).is_ok()
            {
                return Ok(());
            }
            std::thread::sleep(self.probe.interval);
        }
        Err("not ready".to_owned())
    }
}

pub(super) fn log_files(_app: &App, _home: &Home) -> Vec<Utf8PathBuf> {
    Vec::new()
}
