//! Which signal has ended a process: only the log of PM2's daemon tells.
//!
//! PM2 gives exit code 0 to what a signal has ended (`cluExit` and `cluClose` in `lib/God.js`), so that a
//! one-shot that was killed would have completed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::engine::{Phase, Process, ProcessId, signal_name};
use crate::untrusted;

/// How much of the log is read, from its end.
const MOST: u64 = 256 * 1024;

/// The log of a daemon, and what was found there.
#[derive(Debug, Default)]
pub(super) struct Exits {
    log: PathBuf,
    /// The signal that has ended a process, with the start of its last run.
    known: BTreeMap<ProcessId, (u64, Option<i32>)>,
}

impl Exits {
    /// From the log of a daemon.
    pub(super) fn of(log: PathBuf) -> Exits {
        Exits { log, known: BTreeMap::new() }
    }

    /// Corrects the exit codes of processes that have ended: as a shell does, a signal adds 128.
    pub(super) fn correct(&mut self, processes: &mut [Process]) {
        let has_ended =
            |process: &Process| matches!(process.phase, Phase::Stopped | Phase::Errored);
        let mut log = None;
        for process in processes {
            if process.exit_code != Some(0) || !has_ended(process) {
                continue;
            }
            let known = self.known.get(&process.id).filter(|(start, _)| *start == process.since);
            let signal = match known {
                Some((_, signal)) => *signal,
                None => {
                    let read = || untrusted::end_of_log(&self.log, 0, MOST).unwrap_or_default();
                    let log = log.get_or_insert_with(read);
                    let signal = signal_of(log, &process.name, process.id);
                    self.known.insert(process.id, (process.since, signal));
                    signal
                }
            };
            if let Some(signal) = signal {
                process.killed_by = Some(signal);
                process.exit_code = Some(i64::from(128 + signal));
            }
        }
    }
}

/// From the last line such as `App [web:3] exited with code [0] via signal [SIGKILL]`. PM2 writes SIGINT also
/// where there was no signal.
fn signal_of(log: &str, name: &str, id: ProcessId) -> Option<i32> {
    let begin = format!("App [{name}:{id}] exited with code [0] via signal [");
    let (_, rest) = log.rsplit_once(&begin)?;
    let (signal, _) = rest.split_once(']')?;
    (1..=31).find(|number| signal != "SIGINT" && signal_name(*number) == signal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_end_of_a_process_tells() {
        let log = "2026-11-27T04:31:38: PM2 log: App [web:1] exited with code [0] via signal [SIGTERM]\n\
                   App [a]b:1] exited with code [0] via signal [SIGSEGV]\n\
                   App [web:1] exited with code [0] via signal [SIGKILL]\n\
                   App [web:11] exited with code [0] via signal [SIGINT]\n\
                   App [web:2] exited with code [0] via signal [SIGNEW]\n";
        let signal = |name: &str, id| signal_of(log, name, id);
        assert_eq!(signal("web", 1), Some(9));
        assert_eq!(signal("a]b", 1), Some(11));
        assert_eq!(signal("web", 11), None);
        assert_eq!(signal("web", 2), None);
        assert_eq!(signal("eb", 1), None);
    }
}
