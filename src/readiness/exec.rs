//! A program that ends with exit code 0.

use std::fs::File;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use smol_str::SmolStr;

use super::{Refusal, Surroundings};
use crate::untrusted::last_lines;

/// Runs a program with exactly the variables of the surroundings. At the limit it is killed with
/// all it has started.
pub(super) fn run(
    program: &str,
    args: &[SmolStr],
    surroundings: &Surroundings,
    limit: Duration,
) -> Result<(), Refusal> {
    let refused = |what: String| Refusal::new(format!("exec {program}: {what}"));
    let mut said = tempfile::tempfile().map_err(|error| refused(error.to_string()))?;
    let stderr = said.try_clone().map_err(|error| refused(error.to_string()))?;
    let mut child = command(program, args, surroundings, stderr)
        .spawn()
        .map_err(|error| refused(error.to_string()))?;
    let Some(status) = end_of(&mut child, limit) else {
        return Err(refused(format!("did not end within {:.1} s", limit.as_secs_f64())));
    };
    if status.success() {
        return Ok(());
    }
    let end = match status.code() {
        Some(code) => format!("exec {program}: ended with exit code {code}"),
        None => format!("exec {program}: was ended by a signal"),
    };
    Err(Refusal::with(end, last_lines(&mut said, 1)))
}

fn command(program: &str, args: &[SmolStr], surroundings: &Surroundings, stderr: File) -> Command {
    // Where a relative program is looked for depends on the platform; an absolute one does not.
    let program = match program.contains('/') {
        true => surroundings.directory.join(program).into_string(),
        false => program.to_owned(),
    };
    let mut command = Command::new(program);
    command
        .args(args.iter().map(SmolStr::as_str))
        .current_dir(&surroundings.directory)
        .env_clear()
        .envs(surroundings.environment.0.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Waits for a process; kills it when the time is over.
fn end_of(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if start.elapsed() < limit => thread::sleep(Duration::from_millis(5)),
            Ok(None) | Err(_) => break,
        }
    }
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    // It may have ended meanwhile; either way it is waited for, so that nothing of it stays.
    let _ = child.kill();
    let _ = child.wait();
    None
}
