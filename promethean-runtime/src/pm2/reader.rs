//! Reads what runs from the socket of PM2's daemon, without PM2's client, which takes longer to start than
//! the rest of a command.

use std::thread;
use std::time::{Duration, Instant};

use promethean_core::diagnostic::Diagnostic;
use sysinfo::{CpuRefreshKind, System};

use super::Pm2Error;
use super::axon::{Axon, Unanswered};
use super::driver::{Driver, Held, outdated};
use super::engine::Pm2;
use super::listing::Listing;
use crate::engine::lock::FileLock;
use crate::engine::{
    DaemonInfo, EngineError, Process, ProcessId, Replaced, Replacing, Reply, Session, Start,
};

/// A connection that reads. For a change it starts PM2's client.
#[derive(Debug)]
pub(super) struct Reader {
    axon: Axon,
    pm2: Pm2,
    /// What the client is to keep.
    lock: Option<Held>,
    daemon: DaemonInfo,
    listing: Listing,
    client: Option<Driver>,
}

/// What the socket of a home leads to.
pub(super) enum Found {
    /// A daemon.
    Daemon(Box<Reader>),
    /// Nobody listens.
    Nothing,
    /// The socket is no file: only PM2's client knows how to connect to it.
    Elsewhere,
}

impl Reader {
    /// Connects to the daemon of a home, whose lock may be held.
    ///
    /// # Errors
    ///
    /// The socket belongs to another user, connecting to it fails, or the daemon does not answer.
    pub(super) fn connect(pm2: &Pm2, lock: Option<&FileLock>) -> Result<Found, Pm2Error> {
        /// Between two tries.
        const PAUSE: Duration = Duration::from_millis(20);
        if !pm2.home.may_have_daemon()? {
            return Ok(Found::Nothing);
        }
        let Some(socket) = pm2.home.request_socket() else { return Ok(Found::Elsewhere) };
        pm2.home.check_sockets()?;
        let start = Instant::now();
        loop {
            let connected = Axon::connect(&socket, pm2.patience).map_err(|error| {
                Pm2Error::Home { path: socket.clone(), reason: error.to_string() }
            })?;
            let Some(mut axon) = connected else { return Ok(Found::Nothing) };
            match axon.call("getVersion") {
                Ok(version) => {
                    let daemon = DaemonInfo { launched: false, version, processors: processors() };
                    let listing = Listing::new(pm2.home.daemon_log());
                    let lock = lock.map(|lock| Held::of(lock, &pm2.home)).transpose()?;
                    let (pm2, client) = (pm2.clone(), None);
                    let reader = Reader { axon, pm2, lock, daemon, listing, client };
                    return Ok(Found::Daemon(Box::new(reader)));
                }
                // One whose starter was killed takes a connection, and ends a moment later.
                Err(Unanswered::Lost) if start.elapsed() < pm2.patience => thread::sleep(PAUSE),
                Err(unanswered) => return Err(error_of(pm2, unanswered)),
            }
        }
    }

    fn client(&mut self) -> Result<&mut Driver, EngineError> {
        let Pm2 { installation, home, patience } = &self.pm2;
        let client = match (self.client.take(), self.lock.take()) {
            (Some(client), _) => Some(client),
            (None, Some(lock)) => Driver::connect_locked(installation, home, lock, *patience)?,
            (None, None) => Driver::connect(installation, home, *patience)?,
        };
        Ok(self.client.insert(client.ok_or(Pm2Error::DaemonLost)?))
    }
}

fn error_of(pm2: &Pm2, unanswered: Unanswered) -> Pm2Error {
    unanswered.error(&pm2.home, &pm2.installation.version, pm2.patience)
}

/// How many processors Node counts, and so PM2.
fn processors() -> usize {
    let mut system = System::new();
    system.refresh_cpu_list(CpuRefreshKind::nothing());
    system.cpus().len()
}

impl Session for Reader {
    fn info(&self) -> &DaemonInfo {
        &self.daemon
    }

    fn notes(&self) -> Vec<Diagnostic> {
        outdated(&self.daemon, &self.pm2.installation.version).into_iter().collect()
    }

    fn list(&mut self) -> Result<Vec<Process>, EngineError> {
        let listed = self.listing.of(&self.pm2.installation.version, || self.axon.list());
        Ok(listed.map_err(|unanswered| error_of(&self.pm2, unanswered))??)
    }

    fn start(&mut self, start: Start, reply: Reply<Vec<Process>>) {
        match self.client() {
            Ok(client) => client.start(start, reply),
            Err(error) => reply(Err(error)),
        }
    }

    fn stop(&mut self, id: ProcessId, reply: Reply<()>) {
        match self.client() {
            Ok(client) => client.stop(id, reply),
            Err(error) => reply(Err(error)),
        }
    }

    fn replace(
        &mut self,
        id: ProcessId,
        start: Start,
        wait: Replacing<'_>,
    ) -> Result<Replaced, EngineError> {
        self.client()?.replace(id, start, wait)
    }

    fn no_answer(&self, patience: Duration) -> EngineError {
        let Pm2 { installation, home, .. } = &self.pm2;
        Unanswered::Silent.error(home, &installation.version, patience).into()
    }
}
