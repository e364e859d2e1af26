//! The clients: requests come in, answers go out.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::Mode;
use rustix::process::umask;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::{sleep, timeout};

use super::{Event, Events};
use crate::supervisor::protocol::{Answer, Lines, Request, Say, line};

/// How many clients may be connected; more wait.
const CLIENTS: usize = 500;

/// How many answers may wait for a client that does not read them.
const UNREAD: usize = 256;

/// How long a client may take to read an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client, to which answers are sent.
pub(super) type Client = Sender<Vec<u8>>;

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

/// Listens on a socket that only its user can connect to.
pub(super) fn listen(path: &Path, events: Events) -> io::Result<Socket> {
    // That of an engine that was killed.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let before = umask(Mode::from_raw_mode(0o177));
    let listener = UnixListener::bind(path);
    umask(before);
    let accepting = spawn_local(accept(listener?, events)).abort_handle();
    Ok(Socket { path: path.to_path_buf(), accepting })
}

async fn accept(listener: UnixListener, events: Events) {
    let free = Arc::new(Semaphore::new(CLIENTS));
    let mut next = 0;
    loop {
        let Ok(place) = Arc::clone(&free).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                next += 1;
                let events = events.clone();
                spawn_local(async move {
                    serve(next, stream, events).await;
                    drop(place);
                });
            }
            // There are no files left; some will be closed.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Serves one client until it is gone.
async fn serve(client: u64, stream: UnixStream, events: Events) {
    let (mut requests, mut answers) = stream.into_split();
    let (sender, mut receiver): (Client, Receiver<Vec<u8>>) = channel(UNREAD);
    let _ = events.send(Event::Connected(client, sender.clone()));
    let reading = spawn_local({
        let events = events.clone();
        async move { read(client, &mut requests, &sender, &events).await }
    });
    while let Some(answer) = receiver.recv().await {
        match timeout(PATIENCE, answers.write_all(&answer)).await {
            Ok(Ok(())) => {}
            _ => break,
        }
    }
    reading.abort();
    let _ = events.send(Event::Left(client));
}

/// Reads requests until there are no more, or one is too long.
async fn read(client: u64, requests: &mut OwnedReadHalf, sender: &Client, events: &Events) {
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
    sender: Client,
    /// Whether everything ends with it.
    leases: bool,
}

impl Clients {
    pub(super) fn add(&mut self, client: u64, sender: Client) {
        self.0.insert(client, Connected { sender, leases: false });
    }

    /// Forgets a client. Says whether everything ends with it.
    pub(super) fn remove(&mut self, client: u64) -> bool {
        self.0.remove(&client).is_some_and(|connected| connected.leases)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
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
            && connected.sender.try_send(line(answer)).is_err()
            && !connected.leases
        {
            self.0.remove(&client);
        }
    }
}
