//! Probes are tried in processes of their own, so that nothing that they do keeps the engine from its work.

use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::time::timeout;

use super::family;
use super::process::Process;
use crate::supervisor::launch::{PROBE, command, this_program};
use crate::supervisor::place::Home;
use crate::supervisor::probe::{Outcome, Probe, Trial};

/// How much longer than its probe the process of a trial may take.
const SLACK: Duration = Duration::from_secs(10);

/// The trial of a probe of a process.
pub(super) fn trial(process: &Process, probe: &Probe, waits: bool) -> Trial {
    Trial {
        probe: probe.clone(),
        waits,
        directory: process.order.spec.directory.clone(),
        environment: process.order.environment.clone(),
    }
}

/// Tries a probe.
pub(super) async fn carry_out(home: Home, trial: Trial) -> Outcome {
    let failed = |error: std::io::Error| format!("the probe cannot be tried: {error}");
    let limit = trial.probe.timeout.saturating_add(SLACK);
    let text = serde_json::to_vec(&trial).unwrap_or_default();
    drop(trial);
    let mut child = command(&this_program(), PROBE, &home)
        .and_then(|mut command| command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn())
        .map_err(failed)?;
    family::started(child.id());
    match timeout(limit, said(&mut child, &text)).await {
        Ok(Ok(said)) => serde_json::from_slice(&said)
            .unwrap_or_else(|_| Err("the probe has ended without an answer".to_owned())),
        Ok(Err(error)) => Err(failed(error)),
        Err(_) => {
            let _ = child.kill();
            Err("the probe has not ended in time".to_owned())
        }
    }
}

async fn said(child: &mut Child, text: &[u8]) -> std::io::Result<Vec<u8>> {
    let unpiped = || std::io::Error::other("it has no pipes");
    let input = OwnedFd::from(child.stdin.take().ok_or_else(unpiped)?);
    let output = OwnedFd::from(child.stdout.take().ok_or_else(unpiped)?);
    let mut input = pipe::Sender::from_owned_fd(input)?;
    input.write_all(text).await?;
    drop(input);
    let mut said = Vec::new();
    pipe::Receiver::from_owned_fd(output)?.read_to_end(&mut said).await?;
    Ok(said)
}
