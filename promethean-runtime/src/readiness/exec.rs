//! A program that ends with exit code 0.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use smol_str::SmolStr;

use super::{Refusal, Surroundings};
use crate::child;
use crate::scratch;
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
    let mut said = scratch::file().map_err(|error| refused(error.to_string()))?;
    let stderr = said.try_clone().map_err(|error| refused(error.to_string()))?;
    let mut command = command(program, args, surroundings, stderr);
    let mut process = child::spawn(&mut command).map_err(|error| refused(error.to_string()))?;
    let Some(status) = child::wait(&mut process, limit) else {
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
    // Others than root can run programs only as themselves.
    #[cfg(unix)]
    if let Some((user, group)) = surroundings.user
        && rustix::process::geteuid().is_root()
    {
        use std::os::unix::process::CommandExt as _;
        command.uid(user).gid(group);
    }
    command
}
