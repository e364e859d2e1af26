//! Why an app has failed, in words.

use std::time::Duration;

use promethean_core::app::App;
use promethean_core::foreign::Foreign;

use super::item::{Crashes, has_started};
use crate::engine::times::since_epoch;
use crate::engine::{Phase, Process, signal_name};
use crate::operations::error::FailedApp;
use crate::operations::event::told;
use crate::operations::log_tail;
use crate::operations::state::State;
use crate::parallel::{RAISE_LIMIT, are_scarce, tells_of_limit};

/// The engine rejected the request to start it.
pub(super) fn rejected(app: &App, engine: &str, reason: &str) -> FailedApp {
    FailedApp::new(&app.name, format!("{engine} rejected it: {reason}"))
}

/// It is not as its definition says right after its start.
pub(super) fn did_not_start(app: &App, process: &Process) -> FailedApp {
    failure(app, process, format!("did not start: {}", state(app, process)))
}

/// It is no longer in the engine's list.
pub(super) fn deleted(app: &App, engine: &str) -> FailedApp {
    FailedApp::new(&app.name, format!("it was deleted from {engine} during startup"))
}

/// It ended and was restarted so often.
pub(super) fn restarted(app: &App, process: &Process, times: u64) -> FailedApp {
    let is_restarted = !matches!(process.phase, Phase::Stopped | Phase::Errored);
    let reason = match process.why_it_restarts() {
        // It had not ended.
        Some(why) => format!("was restarted {}: {}", so_often(times), Foreign(why)),
        None => ended(times, process.exit_code),
    };
    FailedApp { is_restarted, ..failure(app, process, reason) }
}

/// It was restarted because its `alive` probe failed, which has not succeeded since.
pub(super) fn is_unwell(app: &App, process: &Process) -> FailedApp {
    let why = process.why_it_restarts();
    let why = why.map_or_else(String::new, |why| format!(": {}", Foreign(why)));
    let times = so_often(process.restarts);
    let reason = format!("its `alive` probe does not succeed; it was restarted {times}{why}");
    FailedApp { is_restarted: true, ..failure(app, process, reason) }
}

/// It does not run.
pub(super) fn is_not_running(app: &App, process: &Process) -> FailedApp {
    let is_restarted = process.phase == Phase::WaitingRestart;
    let reason = match (is_restarted, process.restart_delay) {
        (true, Some(delay)) => {
            format!("exited{}; it restarts within {}", with(process.exit_code), told(delay))
        }
        (true, None) => format!("exited{}; it restarts", with(process.exit_code)),
        (false, _) => format!("is not running: {}", state(app, process)),
    };
    FailedApp { is_restarted, ..failure(app, process, reason) }
}

/// It has ended, and its restart may come after the time limit of what is waited for.
pub(super) fn restarts_too_late(
    app: &App,
    process: &Process,
    delay: Duration,
    limit: Duration,
) -> FailedApp {
    let reason = format!(
        "exited{}; it restarts within {}, longer than the time limit of {}",
        with(process.exit_code),
        told(delay),
        told(limit)
    );
    failure(app, process, reason)
}

/// Other apps wait until it has ended, and it has not ended in time: in that of the command, or of one
/// of the dependencies.
pub(super) fn did_not_complete(
    app: &App,
    process: Option<&Process>,
    (limit, by_command): (Duration, bool),
    waiting: &[&str],
) -> FailedApp {
    let name = &app.name;
    let reason = format!(
        "did not complete within {}: it is {}; waiting for it: {}",
        told(limit),
        process.map_or_else(|| "not there".to_owned(), |process| state(app, process)),
        waiting.join(", "),
    );
    let longer = match by_command {
        true => "`--wait 1h` waits longer",
        false => "the `timeout` in `depends_on` gives it more time",
    };
    let help = format!(
        "{longer}; `logs {name}` shows what it does; if it is not meant to end, \
         depend on `{name} (started)`"
    );
    let log = process.map(log_tail::since_start).unwrap_or_default();
    FailedApp { help: Some(help), log, ..FailedApp::new(name, reason) }
}

/// What it waits for never comes.
pub(super) fn cannot_be_met(app: &App) -> FailedApp {
    let on = app.depends_on.iter().map(|on| format!("{} ({})", on.on, on.condition.word()));
    let on: Vec<String> = on.collect();
    let reason = format!("waits for dependencies that cannot be met: {}", on.join(", "));
    FailedApp::new(&app.name, reason)
}

/// Its probe did not succeed in time.
pub(super) fn not_ready(app: &App, reason: String, crashes: Crashes) -> FailedApp {
    let Crashes { count, exit_code, is_down } = crashes;
    let restarted = (count > 0).then(|| format!("; meanwhile it {}", ended(count, exit_code)));
    let down = is_down.then(|| match count {
        0 => format!("; it exited{} and is not restarted yet", with(exit_code)),
        _ => "; it is down, waiting for its restart".to_owned(),
    });
    let more = [restarted, down].into_iter().flatten().collect::<String>();
    FailedApp::new(&app.name, reason + &more)
}

/// It did not report in time that it is ready.
pub(super) fn is_silent(app: &App, limit: Duration) -> FailedApp {
    let limit = told(limit);
    let reason = format!("did not report within {limit} that it is ready, as `wait_ready` says");
    let help = "call `process.send('ready')` when it is ready; `listen_timeout` gives it more time";
    FailedApp { help: Some(help.to_owned()), ..FailedApp::new(&app.name, reason) }
}

/// Why a new process is not as it should be or has not been so all the time since it was started, if that is so.
pub(super) fn fails_from_the_start(app: &App, new: &Process) -> Option<FailedApp> {
    match (has_started(new, app), new.unstable_restarts) {
        // PM2 may count the end of the old one, where that was starting just then.
        (true, 0 | 1) => None,
        // It may lie between an end and the next restart.
        (_, times @ 1..) if new.phase != Phase::Errored => Some(restarted(app, new, times)),
        (..) => Some(did_not_start(app, new)),
    }
}

/// The replacement of its processes has ended with one that failed.
pub(super) fn replaced_in_part(failed: FailedApp, replaced: usize, all: usize) -> FailedApp {
    let rest = match all - replaced {
        0 => return failed,
        1 => "the other one goes on as before".to_owned(),
        rest => format!("the other {rest} go on as before"),
    };
    let reason = format!("{}; {replaced} of its {all} processes replaced, {rest}", failed.reason);
    FailedApp { reason, ..failed }
}

/// It runs since before, and did not report then that it is ready.
pub(super) fn was_silent(app: &App, limit: Duration) -> FailedApp {
    let help = format!("if it has become ready since, `restart {}` waits for its report", app.name);
    FailedApp { help: Some(help), ..is_silent(app, limit) }
}

/// What to do about an app that failed, by its log and that of the daemon: they say it where the system
/// gives no more processes.
pub(super) fn at_a_limit(log: &[String], daemon: &str) -> Option<String> {
    let is_at_limit = log.iter().any(|line| tells_of_limit(line)) || log.is_empty() && are_scarce();
    is_at_limit.then(|| format!("{RAISE_LIMIT}; {daemon} keeps the limit that it was started with"))
}

/// `exited and was restarted 3 times, with exit code 1`
fn ended(count: u64, exit_code: Option<i64>) -> String {
    let times = so_often(count);
    let code = exit_code.map_or(String::new(), |code| format!(", with exit code {code}"));
    format!("exited and was restarted {times}{code}")
}

/// `once`, `3 times`
fn so_often(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// ` with exit code 1`
fn with(exit_code: Option<i64>) -> String {
    exit_code.map_or(String::new(), |code| format!(" with exit code {code}"))
}

fn state(app: &App, process: &Process) -> String {
    let state = State::of(process, app, since_epoch());
    match (process.killed_by, &state) {
        (Some(signal), State::Failed { .. }) => format!("killed by {}", signal_name(signal)),
        (Some(signal), State::GivenUp { .. }) => {
            format!("given up (killed by {})", signal_name(signal))
        }
        // PM2 calls it so between its end and the next restart.
        (_, State::Stopped { as_defined: false }) => match process.exit_code {
            Some(code) => format!("{state} (exit code {code})"),
            None => state.to_string(),
        },
        _ => state.to_string(),
    }
}

fn failure(app: &App, process: &Process, reason: String) -> FailedApp {
    FailedApp { log: log_tail::since_start(process), ..FailedApp::new(&app.name, reason) }
}

#[cfg(test)]
mod tests {
    use promethean_core::declaration::Declaration;
    use promethean_core::ecosystem::Ecosystem;
    use promethean_core::resolve::Options;
    use serde_json::json;

    use super::*;

    #[test]
    fn how_it_has_ended_is_said_also_before_it_restarts() {
        let declaration = json!({"units": [{"service": {"kind": "node", "name": "web"}}]});
        let declaration: Declaration = serde_json::from_value(declaration).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
        let system = ecosystem.resolve(&Options::default()).unwrap();
        let reason = |phase, exit_code, unstable_restarts| {
            let new = Process { phase, exit_code, unstable_restarts, ..Process::default() };
            fails_from_the_start(&system.apps[0], &new).unwrap().reason
        };
        // It took so long to end that PM2 does not count it.
        assert_eq!(reason(Phase::Stopped, Some(3), 0), "did not start: stopped (exit code 3)");
        assert_eq!(reason(Phase::Stopped, None, 0), "did not start: stopped");
        let restarted = "exited and was restarted 2 times, with exit code 3";
        assert_eq!(reason(Phase::Stopped, Some(3), 2), restarted);
        assert_eq!(reason(Phase::Errored, Some(3), 16), "did not start: given up (exit code 3)");
    }
}
