//! The channel for messages between the engine and a process, as Node's `child_process.fork` makes it: a
//! socket, whose number a variable says, with a value of JSON in each line.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream as Socket;
use std::rc::Rc;

use rustix::io::{FdFlags, fcntl_setfd};
use tokio::net::UnixStream;
use tokio::task::{AbortHandle, spawn_local};

use super::{Event, Events, Serial};

/// The variables that tell Node of the channel.
const NUMBER: &str = "NODE_CHANNEL_FD";
const MODE: &str = "NODE_CHANNEL_SERIALIZATION_MODE";

/// What a program sends when it is ready: `process.send('ready')`.
const READY: &[u8] = br#""ready""#;

/// What PM2 sends to a program that is to end.
const SHUTDOWN: &[u8] = b"\"shutdown\"\n";

/// Both ends of a channel, before its process is spawned.
pub(super) struct Ends {
    own: Socket,
    other: OwnedFd,
}

impl Ends {
    /// A channel whose other end whatever is spawned now inherits.
    pub(super) fn open() -> io::Result<Ends> {
        let (own, other) = Socket::pair()?;
        own.set_nonblocking(true)?;
        let other = OwnedFd::from(other);
        fcntl_setfd(&other, FdFlags::empty())?;
        Ok(Ends { own, other })
    }

    /// The variables of the process.
    pub(super) fn variables(&self) -> [(&'static str, String); 2] {
        [(NUMBER, self.other.as_raw_fd().to_string()), (MODE, "json".to_owned())]
    }

    /// The channel of a process that was spawned.
    pub(super) fn of(self, process: Serial, pid: u32, events: Events) -> io::Result<Channel> {
        let stream = Rc::new(UnixStream::from_std(self.own)?);
        let reading = spawn_local(read(Rc::clone(&stream), process, pid, events)).abort_handle();
        Ok(Channel { stream, reading })
    }
}

/// The engine's end of a channel.
pub(super) struct Channel {
    stream: Rc<UnixStream>,
    reading: AbortHandle,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Channel {
    /// Asks the process to end. Says whether that could be sent.
    pub(super) fn shut_down(&self) -> bool {
        self.stream.try_write(SHUTDOWN).is_ok_and(|length| length == SHUTDOWN.len())
    }
}

/// Reads messages, of which only one has a meaning.
async fn read(stream: Rc<UnixStream>, process: Serial, pid: u32, events: Events) {
    let mut message: Vec<u8> = Vec::new();
    let mut bytes = vec![0; 4 << 10];
    loop {
        if stream.readable().await.is_err() {
            return;
        }
        let length = match stream.try_read(&mut bytes) {
            Ok(0) => return,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        };
        for byte in bytes.get(..length).unwrap_or_default() {
            match byte {
                b'\n' => {
                    if message == READY {
                        let _ = events.send(Event::SaidReady(process, pid));
                    }
                    message.clear();
                }
                _ if message.len() <= READY.len() => message.push(*byte),
                _ => {}
            }
        }
        // Others have a turn, too.
        tokio::task::yield_now().await;
    }
}
