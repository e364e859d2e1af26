//! What PM2 lists.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::Pm2Error;
use super::exits::Exits;
use super::process::{Doubt, Entry};
use crate::engine::{Process, ProcessId};

/// The list of a daemon. Where PM2 may have been between two states when it answered, it is asked a second
/// time, once for each run of a process.
///
/// PM2 calls `errored` also what it ends on request if that has ended too early too often, as with
/// `max_restarts: 0` everything has (`God.handleExit` in `lib/God.js`). It says so until it has looked whether
/// all is dead (`God.processIsDead` in `lib/God/Methods.js`).
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// What was given up when it was looked at before, with the start of its last run.
    given_up: BTreeMap<ProcessId, u64>,
    /// What had ended and had its number still.
    numbered: BTreeMap<ProcessId, u64>,
    exits: Exits,
}

impl Listing {
    /// Of the daemon with this log.
    pub(super) fn new(log: PathBuf) -> Listing {
        Listing { exits: Exits::of(log), ..Listing::default() }
    }

    /// All processes. `ask` asks for them, `version` is that of PM2's program.
    pub(super) fn of<E>(
        &mut self,
        version: &str,
        mut ask: impl FnMut() -> Result<Vec<Entry>, E>,
    ) -> Result<Result<Vec<Process>, Pm2Error>, E> {
        /// PM2 looks at what it ends at such times, and needs some time itself.
        const LATER: Duration = Duration::from_millis(50);
        loop {
            let entries = ask()?;
            let pause = entries.iter().filter_map(|entry| self.wait_for(entry)).max();
            match pause {
                Some(pause) => thread::sleep(pause + LATER),
                None => {
                    return Ok(listed(entries, version).map(|mut processes| {
                        self.exits.correct(&mut processes);
                        processes
                    }));
                }
            }
        }
    }

    /// How long to wait before PM2 is asked again, if this may be no longer so then and was not seen before.
    fn wait_for(&mut self, entry: &Entry) -> Option<Duration> {
        /// So long a list may take. What PM2 looks at less often is shown as it says.
        const LONGEST_WAIT: Duration = Duration::from_secs(1);
        let (seen, wait) = match entry.doubt()? {
            Doubt::GivenUp { looks_again } => (&mut self.given_up, looks_again.min(LONGEST_WAIT)),
            Doubt::Number => (&mut self.numbered, Duration::ZERO),
        };
        (seen.insert(entry.id()?, entry.start()) != Some(entry.start())).then_some(wait)
    }
}

/// The processes of an answer.
pub(super) fn listed(entries: Vec<Entry>, version: &str) -> Result<Vec<Process>, Pm2Error> {
    let processes = entries.into_iter().map(Process::try_from).collect::<Result<_, _>>();
    processes.map_err(|reason| Pm2Error::unexpected(version, &reason))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use serde_json::{Value, json};

    use super::*;

    /// Asks for the list of one process, whose records are answered one after the other: how often was asked, and
    /// what came of it.
    fn asked(listing: &mut Listing, answers: &[Value]) -> (usize, Process) {
        let mut left = answers.iter();
        let list = listing.of("7.0.4", || {
            let record = left.next().expect("it is asked no further");
            let entry = json!({"pm_id": 0, "pid": record["pid"], "pm2_env": record});
            Ok::<_, Infallible>(vec![serde_json::from_value(entry).unwrap()])
        });
        let Ok(list) = list;
        (answers.len() - left.len(), list.unwrap().remove(0))
    }

    /// PM2 takes its list and measures memory then; a reload between the two renames the record of the old process
    /// (`softReload` in `lib/God/Reload.js`).
    #[test]
    fn a_list_that_a_reload_has_changed_is_read_as_it_was_taken() {
        let record = json!({"name": "web", "pm_id": "_old_0", "status": "online", "pid": 7});
        let (_, process) = asked(&mut Listing::default(), &[record]);
        assert_eq!((process.id, process.pid, process.phase.word()), (0, 7, "online"));
    }

    #[test]
    fn what_is_given_up_is_asked_again_once() {
        let record = |status: &str, start: u64| json!({"name": "web", "status": status, "pm_uptime": start, "kill_retry_time": 1});
        let mut listing = Listing::default();
        let mut asked = |answers: &[Value]| {
            let (count, process) = asked(&mut listing, answers);
            (count, process.phase.word().to_owned())
        };
        assert_eq!(asked(&[record("online", 1)]), (1, "online".to_owned()));
        assert_eq!(asked(&[record("errored", 1), record("online", 2)]), (2, "online".to_owned()));
        assert_eq!(asked(&[record("errored", 2), record("errored", 2)]), (2, "errored".to_owned()));
        // It has been believed.
        assert_eq!(asked(&[record("errored", 2)]), (1, "errored".to_owned()));
    }

    #[test]
    fn what_has_ended_and_still_has_its_number_is_asked_again_once() {
        let record = |status: &str, start: u64| {
            json!({
                "name": "web", "status": status, "pid": 7, "pm_uptime": start,
                "created_at": 5_000, "prev_restart_delay": 0,
            })
        };
        let mut listing = Listing::default();
        let mut asked = |answers: &[Value]| {
            let (count, process) = asked(&mut listing, answers);
            (count, process.requested)
        };
        // A restart was asked for while PM2 made the list.
        assert_eq!(asked(&[record("stopped", 1_000), record("online", 5_100)]), (2, 5_000));
        // Its counts were reset, when is not known: it is no request.
        assert_eq!(asked(&[record("stopped", 2_000), record("stopped", 2_000)]), (2, 1_999));
        assert_eq!(asked(&[record("stopped", 2_000)]), (1, 1_999));
    }
}
