//! The guard of an engine: its parent process, which does nothing but wait until it has ended, and then
//! ends what it has left.
//!
//! What loses its parent is given to the guard (`PR_SET_CHILD_SUBREAPER` of prctl(2), on Linux), however
//! often it has forked, so that nothing that the engine has started lives on without it. The engine
//! notices at the end of its standard input that the guard was killed, and ends in order.

use std::fs;
use std::io;
use std::os::fd::RawFd;
use std::process::{ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process};

use super::daemon::journal;
use super::launch::{ENGINE, command, this_program};
use super::place::Home;
use crate::engine::processes::Tree;

/// The pause between two looks at what is left.
const LOOK: Duration = Duration::from_millis(5);

/// The file that a guard has locked until nothing of its engine is left.
pub(super) const LOCK: &str = "guard.lock";

/// Runs the engine of a place, and ends what it leaves.
pub(super) fn guard(home: &Home) -> ExitCode {
    match guarded(home) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            journal::error(&format!("the engine cannot be started: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn guarded(home: &Home) -> io::Result<()> {
    close_inherited();
    adopt()?;
    let store = home.store().map_err(io::Error::other)?;
    // The next guard waits until nothing is left.
    let lock = store.lock_file(LOCK)?;
    lock.lock()?;
    let mut command = command(&this_program(), ENGINE, home)?;
    let engine = command.stdin(Stdio::piped()).spawn()?;
    let is_engine = |pid: Pid| u32::try_from(pid.as_raw_nonzero().get()) == Ok(engine.id());
    while let Ok(Some((pid, _))) = rustix::process::wait(WaitOptions::empty()) {
        if is_engine(pid) {
            break;
        }
    }
    end_all();
    Ok(())
}

/// Closes what is open beside standard input, output and error: whoever called the command may hold a lock
/// with it, or wait for its end (`flock FILE duck up`, `duck up 3>&1`), and nothing of theirs is for a
/// service.
fn close_inherited() {
    let files = fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    let numbers = files.filter_map(|file| file.file_name().to_str()?.parse::<RawFd>().ok());
    let numbers: Vec<RawFd> = numbers.filter(|number| *number > 2).collect();
    for number in numbers {
        // The one of the directory itself is closed already.
        let _ = nix::unistd::close(number);
    }
}

/// Makes this process the parent of every descendant that loses its own.
pub(super) fn adopt() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

/// Kills every descendant of this process, until there is none: they may start others meanwhile.
fn end_all() {
    loop {
        while let Ok(Some(_)) = rustix::process::wait(WaitOptions::NOHANG) {}
        if !kill_descendants() {
            return;
        }
        thread::sleep(LOOK);
    }
}

/// Kills every descendant of this process that there is now. Says whether there is any.
pub(super) fn kill_descendants() -> bool {
    let own = std::process::id();
    let family = Tree::now().family(own);
    let mut left = family.into_iter().filter(|pid| *pid != own).peekable();
    let are_there = left.peek().is_some();
    for pid in left.filter_map(number) {
        let _ = kill_process(pid, Signal::KILL);
    }
    are_there
}

/// The number of a process for the operating system.
pub(super) fn number(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}
