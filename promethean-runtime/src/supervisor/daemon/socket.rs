//! The clients: requests come in, answers go out.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::Mode;
use rustix::process::umask;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::{sleep, timeout};

use super::{Event, Events, journal};
use crate::logs::Identity;
use crate::supervisor::place::Home;
use crate::supervisor::protocol::{Answer, Lines, Request, Say, line};

/// How many clients may be connected. With more, the one that has been silent longest is left.
const CLIENTS: usize = 500;

/// How many answers may wait for a client that does not read them.
const UNREAD: usize = 256;

/// How long a client may take to read an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection, over which answers are sent.
pub(super) struct Connection {
    answers: Sender<Vec<u8>>,
    serving: AbortHandle,
}

/// A task that ends when this is dropped.
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The socket. Dropping it removes its file.
pub(super) struct Socket {
    path: PathBuf,
    accepting: AbortHandle,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.accepting.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

/// How often is looked whether the socket still has its name.
const LOOK: Duration = Duration::from_secs(2);

/// Listens on a socket that only its user can connect to.
pub(super) fn listen(home: Home, events: Events) -> io::Result<Socket> {
    let path = home.socket();
    // That of an engine that was killed.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = bind(&path)?;
    let accepting = spawn_local(accept(listener, home, events)).abort_handle();
    Ok(Socket { path, accepting })
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    let before = umask(Mode::from_raw_mode(0o177));
    let listener = UnixListener::bind(path);
    umask(before);
    listener
}

fn identity(path: &Path) -> Option<Identity> {
    std::fs::symlink_metadata(path).as_ref().map(Identity::of).ok()
}

/// Listens again where somebody has removed the socket or put something else in its place: the directories of users
/// that log out are removed, those for temporary files are cleaned, and copies of directories are put back. Without it
/// nobody could reach the engine, nor start another one.
fn listen_again(home: &Home, own: Option<Identity>) -> Option<UnixListener> {
    let path = home.socket();
    let named = identity(&path);
    if named.is_some() && named == own || home.open_socket_directory().is_err() {
        return None;
    }
    if named.is_some() {
        std::fs::remove_file(&path).ok()?;
    }
    let listener = bind(&path).ok()?;
    journal::info("listens again: its socket was removed");
    Some(listener)
}

async fn accept(mut listener: UnixListener, home: Home, events: Events) {
    let mut next = 0;
    let mut own = identity(&home.socket());
    loop {
        let Ok(accepted) = timeout(LOOK, listener.accept()).await else {
            if let Some(again) = listen_again(&home, own) {
                listener = again;
                own = identity(&home.socket());
            }
            continue;
        };
        match accepted {
            Ok((stream, _)) => {
                next += 1;
                let (answers, waiting) = channel(UNREAD);
                let serving = serve(next, stream, answers.clone(), waiting, events.clone());
                let serving = spawn_local(serving).abort_handle();
                let connection = Connection { answers, serving };
                let _ = events.send(Event::Connected(next, connection));
            }
            // There are no files left; some will be closed.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Serves one client until it is gone.
async fn serve(
    client: u64,
    stream: UnixStream,
    sender: Sender<Vec<u8>>,
    mut waiting: Receiver<Vec<u8>>,
    events: Events,
) {
    let (mut requests, mut answers) = stream.into_split();
    let reading = spawn_local({
        let events = events.clone();
        async move { read(client, &mut requests, &sender, &events).await }
    });
    let reading = Task(reading.abort_handle());
    while let Some(answer) = waiting.recv().await {
        match timeout(PATIENCE, answers.write_all(&answer)).await {
            Ok(Ok(())) => {}
            _ => break,
        }
    }
    drop(reading);
    let _ = events.send(Event::Left(client));
}

/// Reads requests until there are no more, or one is too long.
async fn read(
    client: u64,
    requests: &mut OwnedReadHalf,
    sender: &Sender<Vec<u8>>,
    events: &Events,
) {
    let mut lines = Lines::default();
    let mut bytes = vec![0; 16 << 10];
    loop {
        let length = match requests.read(&mut bytes).await {
            Ok(0) | Err(_) => break,
            Ok(length) => length,
        };
        lines.push(bytes.get(..length).unwrap_or_default());
        loop {
            let refused =
                |reason: &str| line(&Answer { id: 0, say: Say::Refused(reason.to_owned()) });
            match lines.take() {
                Ok(None) => break,
                // An error would quote the request, secrets too.
                Ok(Some(request)) => match serde_json::from_slice::<Request>(&request) {
                    Ok(request) => drop(events.send(Event::Asked(client, request))),
                    Err(_) if sender.send(refused("not understood")).await.is_err() => return,
                    Err(_) => {}
                },
                Err(_) => {
                    let _ = sender.send(refused("too long")).await;
                    let _ = events.send(Event::Left(client));
                    return;
                }
            }
        }
    }
    let _ = events.send(Event::Left(client));
}

/// The clients that are connected.
#[derive(Default)]
pub(super) struct Clients(HashMap<u64, Connected>);

struct Connected {
    connection: Connection,
    /// Whether everything ends with it.
    leases: bool,
    /// When it was last heard of.
    heard: Instant,
}

impl Clients {
    pub(super) fn add(&mut self, client: u64, connection: Connection) {
        self.0.insert(client, Connected { connection, leases: false, heard: Instant::now() });
    }

    /// Leaves the clients that have been silent longest, where there are too many. Those that wait for an
    /// answer are silent for a reason.
    pub(super) fn make_room(&mut self, waits: impl Fn(u64) -> bool) {
        while self.0.len() > CLIENTS {
            let idle = self.0.iter().filter(|(client, it)| !it.leases && !waits(**client));
            let Some(client) = idle.min_by_key(|(_, it)| it.heard).map(|(client, _)| *client)
            else {
                return;
            };
            self.leave(client);
        }
    }

    /// Ends a connection.
    fn leave(&mut self, client: u64) {
        if let Some(left) = self.0.remove(&client) {
            left.connection.serving.abort();
        }
    }

    /// Notes that a client has asked for something.
    pub(super) fn heard(&mut self, client: u64) {
        if let Some(connected) = self.0.get_mut(&client) {
            connected.heard = Instant::now();
        }
    }

    /// Forgets a client. Says whether everything ends with it.
    pub(super) fn remove(&mut self, client: u64) -> bool {
        self.0.remove(&client).is_some_and(|connected| connected.leases)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether everything ends with one of them.
    pub(super) fn have_lease(&self) -> bool {
        self.0.values().any(|connected| connected.leases)
    }

    /// Everything ends with a client.
    pub(super) fn lease(&mut self, client: u64) {
        if let Some(connected) = self.0.get_mut(&client) {
            connected.leases = true;
        }
    }

    /// Sends an answer. A client that reads none is left.
    pub(super) fn answer(&mut self, client: u64, answer: &Answer) {
        if let Some(connected) = self.0.get(&client)
            && connected.connection.answers.try_send(line(answer)).is_err()
            && !connected.leases
        {
            self.leave(client);
        }
    }
}
