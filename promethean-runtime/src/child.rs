//! Programs that have a limited time to end.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::scratch;

/// How a program has ended, and what it has written.
#[derive(Debug)]
pub(crate) struct Output {
    /// Its status; `None` if it was killed at the limit.
    pub(crate) status: Option<ExitStatus>,
    /// Its standard output.
    pub(crate) stdout: String,
    /// Its standard error.
    pub(crate) stderr: String,
}

/// Runs a program and returns its output. At the limit it is killed with all that it has started.
pub(crate) fn output(command: &mut Command, limit: Duration) -> io::Result<Output> {
    // A pipe that is full would stop the program, and one that a child keeps open would never end.
    let (stdout, stderr) = (scratch::file()?, scratch::file()?);
    command.stdin(Stdio::null()).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    let mut child = spawn(command)?;
    let status = wait(&mut child, limit);
    Ok(Output { status, stdout: text(stdout)?, stderr: text(stderr)? })
}

/// The programs that run, by their numbers; `None` once no more are started.
static RUNNING: Mutex<Option<BTreeSet<u32>>> = Mutex::new(Some(BTreeSet::new()));

fn running() -> MutexGuard<'static, Option<BTreeSet<u32>>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program as the leader of a process group.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut running = running();
    let Some(numbers) = &mut *running else { return Err(ErrorKind::Interrupted.into()) };
    let child = command.spawn()?;
    numbers.insert(child.id());
    Ok(child)
}

/// Waits for a program that [`spawn`] has started. At the limit its process group is killed.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        // Another process may have the number as soon as it is waited for.
        let mut running = running();
        match child.try_wait() {
            Ok(Some(status)) => {
                forget(&mut running, child);
                return Some(status);
            }
            Ok(None) if start.elapsed() < limit => {
                drop(running);
                thread::sleep(Duration::from_millis(5));
            }
            Ok(None) | Err(_) => break,
        }
    }
    kill(child.id());
    // It may have ended meanwhile. Either way it is waited for, so that no zombie stays.
    let _ = child.kill();
    let _ = child.wait();
    forget(&mut running(), child);
    None
}

fn forget(running: &mut Option<BTreeSet<u32>>, child: &Child) {
    if let Some(numbers) = running {
        numbers.remove(&child.id());
    }
}

/// Kills the process group of a program that was not waited for.
fn kill(leader: u32) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = leader;
}

/// Kills what still runs when this process ends, such as a probe that nobody waits for any more. No more
/// programs are started after it.
pub(crate) fn end_all() {
    running().take().into_iter().flatten().for_each(kill);
}

fn text(mut file: File) -> io::Result<String> {
    const MOST: u64 = 1 << 20;
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_end_is_killed_with_its_children() {
        let start = Instant::now();
        let mut command = Command::new("sh");
        command.args(["-c", "echo $$; sleep 600 & sleep 600"]);
        let output = output(&mut command, Duration::from_millis(500)).unwrap();
        assert!(output.status.is_none());
        assert!(start.elapsed() < Duration::from_secs(300));
        let group = rustix::process::Pid::from_raw(output.stdout.trim().parse().unwrap()).unwrap();
        // The group is gone once its killed members are reaped.
        while rustix::process::test_kill_process_group(group).is_ok() {
            assert!(start.elapsed() < Duration::from_secs(300), "its child lives on");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn what_a_program_writes_is_returned() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let output = output(&mut command, Duration::from_secs(300)).unwrap();
        assert_eq!(output.status.and_then(|status| status.code()), Some(3));
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("out\n", "err\n"));
    }
}
