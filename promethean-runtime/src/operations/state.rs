//! The state of a process and of an app: what the engine's list means for a definition.

use std::fmt;
use std::time::Duration;

use promethean_core::app::App;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use serde::{Serialize, Serializer};

use super::event::told;
use crate::engine::{Engine, HAS_CHANGED, Owner, Phase, Process, SavedState};

/// The state of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum State {
    /// It is being started.
    Starting,
    /// It runs, and has no probe, or one whose result is not known.
    Online,
    /// It runs, and its probe succeeds.
    Ready,
    /// It runs, and its probe does not succeed, or it did not report in time that it is ready, as `wait_ready`
    /// says.
    Unready,
    /// It ends again and again: it was restarted just now, or is about to be. Or its `alive` probe, for which
    /// it was restarted, has not succeeded since.
    Restarting {
        /// How often it was restarted.
        restarts: u64,
        /// The next restart comes within this time, in milliseconds; `None` while it runs.
        #[serde(rename = "within_ms", serialize_with = "milliseconds")]
        within: Option<Duration>,
    },
    /// It is being ended.
    Stopping,
    /// It does not run.
    Stopped {
        /// Whether that is what its definition says: `autostart false`.
        as_defined: bool,
    },
    /// It has ended for good, with exit code 0.
    Completed,
    /// It has ended for good, with another exit code.
    Failed {
        /// The exit code; `None` if there was no process.
        exit_code: Option<i64>,
    },
    /// It ended too often, and is not restarted any more.
    GivenUp {
        /// The exit code of its last run.
        exit_code: Option<i64>,
    },
    /// Its processes were left running by a daemon that was killed.
    Orphaned,
    /// An app of that name runs that this system did not start.
    Foreign {
        /// The ecosystem that started it; none if it was started by hand.
        owner: Option<Owner>,
    },
    /// It runs and is no longer defined.
    NoLongerDefined,
    /// Another state, in the engine's own word.
    Other {
        /// The word.
        word: String,
    },
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn milliseconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_millis()).serialize(serializer)
}

/// How long a process must have run after a restart of its own before it counts as online.
pub(super) const SETTLED: Duration = Duration::from_secs(10);

/// Whether a process runs that was restarted just now because it had ended: it may be about to end again. Or
/// because its `alive` probe failed, which has not succeeded since.
pub(super) fn is_unsettled(process: &Process, app: &App, now: Duration) -> bool {
    let since = Duration::from_millis(process.since);
    let is_young = now.saturating_sub(since) < SETTLED;
    let has_crashed = is_young && process.has_crashed(app.is_restarted_on_request());
    let comes_back =
        matches!(process.phase, Phase::Online | Phase::Launching | Phase::WaitingRestart);
    process.is_online() && has_crashed || process.is_unwell && comes_back
}

/// Whether an app that runs should have reported that it is ready and has not, as far as that is known: the
/// embedded engine knows it always, of PM2 what the start has said is remembered.
pub(super) fn is_silent(
    app: &App,
    processes: &[&Process],
    engine: &dyn Engine,
    saved: &SavedState,
) -> bool {
    let was_silent = || {
        let pids: Vec<u32> = processes.iter().map(|process| process.pid).collect();
        saved.was_silent(processes, &engine.starts(&pids))
    };
    app.reports_ready() && (processes.iter().any(|process| process.is_silent) || was_silent())
}

/// What is wrong with the logs of an app, as the engine says it.
pub(super) fn log_trouble(app: &App, trouble: &str) -> Diagnostic {
    let help = "see that it can be written, or name another file with `out_file` and `error_file`";
    Diagnostic::new(format!("{}: {}", app.name, Foreign(trouble))).help(help)
}

/// What restarts an app again and again, where the engine says so: not for the first time, and a moment ago.
pub(super) fn restarts_again(
    app: &App,
    processes: &[&Process],
    now: Duration,
) -> Option<Diagnostic> {
    const OFTEN: u64 = 3;
    const RECENTLY: Duration = Duration::from_secs(10);
    let is_recent =
        |process: &Process| now.saturating_sub(Duration::from_millis(process.since)) < RECENTLY;
    let mut often =
        processes.iter().filter(|process| process.restarts >= OFTEN && is_recent(process));
    let (restarts, why) =
        often.find_map(|process| Some((process.restarts, process.why_it_restarts()?)))?;
    let message = format!(
        "{}: restarted {restarts} times, the last time a moment ago: {}",
        app.name,
        Foreign(why)
    );
    let note = Diagnostic::new(message);
    Some(match why.ends_with(HAS_CHANGED) {
        true => note.help("what is not to restart it belongs into `ignore_watch`"),
        false => note,
    })
}

impl State {
    /// The state of a process of an app at a moment of the Unix time.
    #[must_use]
    pub fn of(process: &Process, app: &App, now: Duration) -> State {
        let exit_code = process.exit_code;
        match &process.phase {
            Phase::WaitingRestart if process.is_being_replaced && process.is_unwell => {
                State::Restarting { restarts: process.restarts, within: None }
            }
            Phase::Stopping | Phase::Stopped | Phase::WaitingRestart
                if process.is_being_replaced =>
            {
                State::Starting
            }
            Phase::Launching => State::Starting,
            Phase::Online if process.pid == 0 => State::Failed { exit_code: None },
            Phase::Online => match is_unsettled(process, app, now) {
                true => State::Restarting { restarts: process.restarts, within: None },
                false => State::Online,
            },
            Phase::Stopping => State::Stopping,
            Phase::WaitingRestart => {
                State::Restarting { restarts: process.restarts, within: process.restart_delay }
            }
            Phase::Stopped | Phase::Errored => match (exit_code, &process.phase) {
                // PM2 gives up with `max_restarts 1` also what it would not have restarted.
                (Some(0), _) if app.ends_with(0) => State::Completed,
                (Some(code), _) if code != 0 && app.ends_with(code) => State::Failed { exit_code },
                (_, Phase::Errored) => State::GivenUp { exit_code },
                _ => State::Stopped { as_defined: !app.starts_by_itself() },
            },
            Phase::Other(word) => State::Other { word: word.clone() },
        }
    }

    /// Whether it runs as it should, or does not run and should not.
    #[must_use]
    pub fn is_well(&self) -> bool {
        match self {
            State::Online
            | State::Ready
            | State::Completed
            | State::Stopped { as_defined: true } => true,
            State::Starting
            | State::Unready
            | State::Restarting { .. }
            | State::Stopping
            | State::Stopped { as_defined: false }
            | State::Failed { .. }
            | State::GivenUp { .. }
            | State::Orphaned
            | State::Foreign { .. }
            | State::NoLongerDefined
            | State::Other { .. } => false,
        }
    }

    /// Whether it runs and stays.
    #[must_use]
    pub fn is_online(&self) -> bool {
        matches!(self, State::Online | State::Ready | State::Unready)
    }
}

/// A few words.
impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = |count: &u64| if *count == 1 { "time" } else { "times" };
        match self {
            State::Starting => formatter.write_str("starting"),
            State::Online => formatter.write_str("online"),
            State::Ready => formatter.write_str("ready"),
            State::Unready => formatter.write_str("unready"),
            State::Restarting { restarts, within } => {
                let count = (*restarts > 0).then(|| format!("{restarts} {}", times(restarts)));
                // At once is no time to wait for.
                let within = within.filter(|within| !within.is_zero());
                let within = within.map(|within| format!("next within {}", told(within)));
                let known: Vec<String> = count.into_iter().chain(within).collect();
                match known.as_slice() {
                    [] => formatter.write_str("restarting"),
                    known => write!(formatter, "restarting ({})", known.join(", ")),
                }
            }
            State::Stopping => formatter.write_str("stopping"),
            State::Stopped { .. } => formatter.write_str("stopped"),
            State::Completed => formatter.write_str("completed"),
            State::Failed { exit_code: Some(code) } => {
                write!(formatter, "failed (exit code {code})")
            }
            State::Failed { exit_code: None } => formatter.write_str("failed (no process)"),
            State::GivenUp { exit_code: Some(code) } => {
                write!(formatter, "given up (exit code {code})")
            }
            State::GivenUp { exit_code: None } => formatter.write_str("given up"),
            State::Orphaned => formatter.write_str("orphaned"),
            State::Foreign { .. } => formatter.write_str("not ours"),
            State::NoLongerDefined => formatter.write_str("no longer defined"),
            State::Other { word } => write!(formatter, "{}", Foreign(word)),
        }
    }
}

#[cfg(test)]
mod tests {
    use promethean_core::declaration::Declaration;
    use promethean_core::ecosystem::Ecosystem;
    use promethean_core::resolve::Options;
    use serde_json::json;

    use super::super::plan::is_as_it_should;
    use super::*;

    #[test]
    fn what_its_probe_restarts_is_restarting_until_the_probe_succeeds() {
        let declaration = json!({"units": [{"service": {"kind": "node", "name": "web"}}]});
        let declaration: Declaration = serde_json::from_value(declaration).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
        let system = ecosystem.resolve(&Options::default()).unwrap();
        let state =
            |process: &Process| State::of(process, &system.apps[0], Duration::from_secs(3_600));
        let process = |phase| Process {
            pid: 10,
            phase,
            restarts: 3,
            was_asked_for: Some(true),
            is_unwell: true,
            ..Process::default()
        };
        let restarting = State::Restarting { restarts: 3, within: None };
        // However long ago that was.
        assert_eq!(state(&process(Phase::Online)), restarting);
        let ending = Process { is_being_replaced: true, ..process(Phase::WaitingRestart) };
        assert_eq!(state(&ending), restarting);
        assert_eq!(state(&Process { is_unwell: false, ..process(Phase::Online) }), State::Online);
        assert_eq!(state(&process(Phase::Stopping)), State::Stopping);
    }

    #[test]
    fn only_what_may_end_with_0_has_completed() {
        let state = |settings: serde_json::Value, phase| {
            let service = json!({"kind": "node", "name": "web", "block": {"settings": settings}});
            let declaration = json!({"units": [{"service": service}]});
            let declaration: Declaration = serde_json::from_value(declaration).unwrap();
            let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
            let app = ecosystem.resolve(&Options::default()).unwrap().apps.remove(0);
            let process = Process { phase, exit_code: Some(0), ..Process::default() };
            (State::of(&process, &app, Duration::ZERO), is_as_it_should(&process, &app))
        };
        for phase in [Phase::Stopped, Phase::Errored] {
            for ends in [json!({"autorestart": [false]}), json!({"stop_exit_codes": [7, 0]})] {
                assert_eq!(state(ends, phase.clone()), (State::Completed, true));
            }
        }
        for goes_on in [json!({"stop_exit_codes": [7]}), json!({})] {
            let given_up = State::GivenUp { exit_code: Some(0) };
            assert_eq!(state(goes_on.clone(), Phase::Errored), (given_up, false));
            let stopped = State::Stopped { as_defined: false };
            assert_eq!(state(goes_on, Phase::Stopped), (stopped, false));
        }
    }

    #[test]
    fn what_is_not_known_of_a_restart_is_not_shown() {
        let shown = |restarts, within: Option<u64>| {
            State::Restarting { restarts, within: within.map(Duration::from_millis) }.to_string()
        };
        assert_eq!(shown(0, None), "restarting");
        assert_eq!(shown(0, Some(0)), "restarting");
        assert_eq!(shown(1, Some(0)), "restarting (1 time)");
        assert_eq!(shown(0, Some(2000)), "restarting (next within 2 s)");
        assert_eq!(shown(3, Some(2000)), "restarting (3 times, next within 2 s)");
    }
}
