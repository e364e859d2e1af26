//! What PM2 does with an app: the facts of [`pm2`], applied to what is resolved.

use std::time::Duration;

use crate::app::{App, ExecMode, Interpreter};
use crate::attribute::Setting;
use crate::pm2;

impl App {
    /// Whether PM2 starts it in a cluster where no `exec_mode` is written
    /// ([`pm2::clusters_by_itself`]).
    #[must_use]
    pub fn clusters_by_itself(&self) -> bool {
        let instances = self.setting("instances").and_then(Setting::as_integer);
        let interpreter = match &self.program.interpreter {
            Interpreter::Node => None,
            Interpreter::None => Some("none"),
            Interpreter::Program(program) => Some(program.as_str()),
        };
        pm2::clusters_by_itself(interpreter, instances)
    }

    /// Whether PM2 runs it in a cluster: as `exec_mode` says, and by itself without one.
    #[must_use]
    pub fn runs_in_cluster(&self) -> bool {
        match self.exec_mode() {
            Some(mode) => mode == ExecMode::Cluster,
            None => self.clusters_by_itself(),
        }
    }

    /// How long something takes that an attribute sets, with PM2's default where none is written
    /// ([`pm2::time`]): `kill_timeout`.
    #[must_use]
    pub fn time(&self, attribute: &str) -> Duration {
        pm2::time(attribute, self.setting(attribute).and_then(Setting::as_duration))
    }
}

impl Interpreter {
    /// Whether it runs what Node runs.
    #[must_use]
    pub fn is_node(&self) -> bool {
        self.is_node_as(pm2::is_node)
    }

    /// Whether it is Node, or Bun, which takes part in Node's cluster, too.
    #[must_use]
    pub fn is_node_itself(&self) -> bool {
        self.is_node_as(pm2::is_node_itself)
    }

    fn is_node_as(&self, is_node: fn(&str) -> bool) -> bool {
        match self {
            Interpreter::Node => true,
            Interpreter::None => false,
            Interpreter::Program(program) => is_node(program),
        }
    }
}
