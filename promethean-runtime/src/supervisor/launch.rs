//! Starting the engine: this very program again, detached, with a guard as its parent.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use process_wrap::std::{CommandWrap, ProcessSession};

use super::EmbeddedError;
use super::place::Home;
use super::protocol::Ask;
use super::session::{Connection, await_engine};
use crate::engine::environment;
use crate::untrusted;

/// The word that makes this program the guard of an engine, with the engine's directory behind it.
pub(super) const GUARD: &str = "__guard";

/// The word that makes this program an engine, with its directory behind it.
pub(super) const ENGINE: &str = "__engine";

/// The word that makes this program try a probe for an engine, with its directory behind it.
pub(super) const PROBE: &str = "__probe";

/// How long the engine may take to listen. One that follows another waits until that has ended.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program to start: this one, also where its file was replaced since by a newer one.
pub(super) fn this_program() -> PathBuf {
    match cfg!(target_os = "linux") {
        true => "/proc/self/exe".into(),
        false => std::env::current_exe().unwrap_or_default(),
    }
}

/// This program in another part.
pub(super) fn command(program: &PathBuf, part: &str, home: &Home) -> io::Result<Command> {
    let log = open_log(home)?;
    let mut command = Command::new(program);
    command
        .arg0("promethean")
        .args([part, home.path().as_str()])
        .current_dir(home.path())
        .env_clear()
        .envs(environment::base())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    Ok(command)
}

fn open_log(home: &Home) -> io::Result<File> {
    OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(home.log())
}

/// Starts the engine of a place and connects to it.
pub(super) fn launch(home: &Home, program: &PathBuf) -> Result<Connection, EmbeddedError> {
    home.store()?;
    home.open_socket_directory()?;
    let failed = |error: io::Error| EmbeddedError::NotStarted { reason: error.to_string() };
    let mut log = open_log(home).map_err(failed)?;
    let mut guard = command(program, GUARD, home)
        .map(CommandWrap::from)
        .and_then(|mut command| command.wrap(ProcessSession).spawn())
        .map_err(failed)?;
    let mut connection = await_engine(home, PATIENCE, || {
        let status = guard.try_wait().ok().flatten()?;
        let said = untrusted::last_lines(&mut log, 8);
        Some(EmbeddedError::NotStarted { reason: format!("it ended ({status}):\n{said}") })
    })?;
    connection.call(Ask::Begin)?;
    Ok(connection.launched())
}
