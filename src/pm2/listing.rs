//! What PM2 lists.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use super::Pm2Error;
use super::process::Entry;
use crate::engine::{Process, ProcessId};

/// The list of a daemon. Where it says that a process is given up, it is asked a second time, because that can
/// be over in a moment.
///
/// PM2 calls `errored` also what it ends on request if that has ended too early too often, as with
/// `max_restarts: 0` everything has (`God.handleExit` in `lib/God.js`). It says so until it has looked whether
/// all is dead (`God.processIsDead` in `lib/God/Methods.js`).
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// What was given up when it was looked at before, with the start of its last run.
    given_up: BTreeMap<ProcessId, u64>,
}

impl Listing {
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
            let mut pause = None;
            for (id, start, looks_again) in entries.iter().filter_map(Entry::given_up) {
                if self.given_up.insert(id, start) != Some(start) {
                    pause = pause.max(Some(looks_again));
                }
            }
            match pause {
                Some(pause) => thread::sleep(pause + LATER),
                None => return Ok(listed(entries, version)),
            }
        }
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

    #[test]
    fn what_is_given_up_is_asked_again_once() {
        let entry = |status: &str, start: u64| {
            let record =
                json!({"name": "web", "status": status, "pm_uptime": start, "kill_retry_time": 1});
            json!([{"pm_id": 0, "pm2_env": record}])
        };
        let mut answers: Vec<Value> = Vec::new();
        let mut listing = Listing::default();
        let mut asked = |answered: Vec<Value>| {
            answers = answered;
            let mut count = 0;
            let list = listing.of("7.0.4", || {
                count += 1;
                Ok::<_, Infallible>(serde_json::from_value(answers.remove(0)).unwrap())
            });
            let Ok(list) = list;
            (count, list.unwrap().remove(0).phase.word().to_owned())
        };
        assert_eq!(asked(vec![entry("online", 1)]), (1, "online".to_owned()));
        assert_eq!(asked(vec![entry("errored", 1), entry("online", 2)]), (2, "online".to_owned()));
        assert_eq!(
            asked(vec![entry("errored", 2), entry("errored", 2)]),
            (2, "errored".to_owned())
        );
        // It has been believed.
        assert_eq!(asked(vec![entry("errored", 2)]), (1, "errored".to_owned()));
    }
}
