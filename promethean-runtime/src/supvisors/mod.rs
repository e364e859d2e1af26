//! Several machines: what runs on them is asked of Supvisors, over XML-RPC.
//!
//! This is no [`Engine`](crate::engine::Engine). The machines have their own configuration, secrets and logs,
//! and Supvisors itself decides where a unit runs. So these are operations of their own, with the results of
//! [`operations`](crate::operations): what runs, what was started, what failed.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `error` | what can be wrong, and what to do about it |
//! | `http` | one request to a machine, and its answer, of limited size and time |
//! | `rpc` | calls of XML-RPC, and reading their results |
//! | `server` | the machine that is asked |
//! | `view` | what it says of the machines and the processes |
//! | `status`, `plan` | what runs, and the difference to the definition |
//! | `work` | starting and stopping, unit by unit |
//! | `bring_up`, `take_down` | the operations that start and stop |
//! | `tail` | the ends of logs |
//!
//! Processes of other applications of the same machines are neither listed nor touched.

mod bring_up;
mod error;
mod http;
mod plan;
mod rpc;
mod server;
mod status;
mod tail;
mod take_down;
mod view;
mod work;

use promethean_core::app::{Machine, System};
use promethean_core::emit::supvisors::application;

use server::Server;

pub use bring_up::{restart, up};
pub use error::SupvisorsError;
pub use plan::{check, plan};
pub use status::status;
pub use tail::{LogsError, Wanted, logs};
pub use take_down::down;

/// The machines of a system, through one of them.
#[derive(Debug)]
pub struct Supvisors {
    /// The machine that is asked.
    server: Server,
    /// The name of the machine that is asked, where it is one of the definition.
    asked: Option<String>,
    machines: Vec<Machine>,
    /// The name of all processes of the system together.
    application: String,
}

impl Supvisors {
    /// The name of the engine, for a message.
    pub const NAME: &str = "Supvisors";

    /// Connects to the machine that `server` names, which may also be `HOST:PORT` or a URL; without it to the
    /// first that answers: `here`, then those of the definition in their order.
    ///
    /// # Errors
    ///
    /// None answers, or the password is wrong.
    pub fn connect(
        system: &System,
        server: Option<&str>,
        here: Option<&str>,
    ) -> Result<Supvisors, SupvisorsError> {
        let password = server::password()?;
        let servers = match server {
            Some(written) => vec![Server::named(written, &system.machines, password)?],
            None => Server::all(&system.machines, here, password.as_ref()),
        };
        let (server, asked) = server::first(servers)?;
        let asked = system.machines.iter().find(|machine| machine.name == *asked);
        Ok(Supvisors {
            asked: asked.map(|machine| machine.name.to_string()),
            server,
            machines: system.machines.clone(),
            application: application(system).to_owned(),
        })
    }

    /// What Supvisors calls a process: `system:web`.
    fn full_name(&self, process: &str) -> String {
        format!("{}:{process}", self.application)
    }

    /// The host of a machine of the definition.
    fn host(&self, machine: &str) -> Option<&str> {
        let found = self.machines.iter().find(|known| known.name == machine);
        found.map(|machine| machine.host.as_str())
    }

    /// The way to a machine: to the one that is asked, the way that it was reached by.
    fn server_of(&self, machine: &str) -> Option<Server> {
        match self.asked.as_deref() == Some(machine) {
            true => Some(self.server.clone()),
            false => Some(self.server.at(machine, self.host(machine)?)),
        }
    }
}
