//! Says that an engine is waited for that does not answer.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::TELL;

/// Is given the name of the engine, how long it has been waited for, and the limit.
pub(crate) type Report = fn(&str, Duration, Duration);

static REPORT: OnceLock<Report> = OnceLock::new();

/// Sets what says it, for the whole process. Without it nothing is said.
pub(crate) fn report(report: Report) {
    // The first one stays.
    let _ = REPORT.set(report);
}

/// Waits for an answer of an engine that another thread reads; `None` where it does not come in time, or never.
pub(crate) fn received<T>(engine: &str, patience: Duration, answers: &Receiver<T>) -> Option<T> {
    let is_silence = |error: &RecvTimeoutError| *error == RecvTimeoutError::Timeout;
    reported(engine, patience, is_silence, |time| answers.recv_timeout(time)).ok()
}

/// Waits for an engine by a function that does so for a while, and reports between two tries. Returns its outcome,
/// or the last one that was only silence when the time is over.
pub(crate) fn reported<T, E>(
    engine: &str,
    patience: Duration,
    is_silence: impl Fn(&E) -> bool,
    mut wait: impl FnMut(Duration) -> Result<T, E>,
) -> Result<T, E> {
    let begun = Instant::now();
    loop {
        let rest = patience.saturating_sub(begun.elapsed());
        match wait(rest.min(TELL)) {
            Err(silence) if is_silence(&silence) && begun.elapsed() < patience => {
                if let Some(report) = REPORT.get() {
                    report(engine, begun.elapsed(), patience);
                }
            }
            outcome => return outcome,
        }
    }
}
