//! Why an app has failed, in words.

use std::time::Duration;

use promethean_core::app::App;

use crate::engine::Process;
use crate::operations::error::FailedApp;
use crate::operations::event::told;
use crate::operations::log_tail;
use crate::operations::plan::state;

/// The engine rejected the request to start it.
pub(super) fn rejected(app: &App, engine: &str, reason: &str) -> FailedApp {
    FailedApp::new(&app.name, format!("{engine} rejected it: {reason}"))
}

/// It is not as its definition says right after its start.
pub(super) fn did_not_start(app: &App, process: &Process) -> FailedApp {
    failure(app, process, format!("did not start: {}", state(process)))
}

/// It is no longer in the engine's list.
pub(super) fn deleted(app: &App, engine: &str) -> FailedApp {
    FailedApp::new(&app.name, format!("it was deleted from {engine} during startup"))
}

/// It ended and was restarted so often.
pub(super) fn restarted(app: &App, process: &Process, times: u64) -> FailedApp {
    let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
    let code = process.exit_code.map_or(String::new(), |code| format!(", with exit code {code}"));
    let reason = format!("exited and was restarted {times} during startup{code}");
    failure(app, process, reason)
}

/// It does not run.
pub(super) fn is_not_running(app: &App, process: &Process) -> FailedApp {
    failure(app, process, format!("is not running: {}", state(process)))
}

/// Other apps wait until it has ended, and it has not ended in time.
pub(super) fn did_not_complete(
    app: &App,
    process: Option<&Process>,
    limit: Duration,
    waiting: &[&str],
) -> FailedApp {
    let name = &app.name;
    let reason = format!(
        "did not complete within {}: it is {}; waiting for it: {}",
        told(limit),
        process.map_or_else(|| "not there".to_owned(), state),
        waiting.join(", "),
    );
    let help = format!(
        "`--wait 1h` waits longer; `logs {name}` shows what it does; if it is not meant to end, \
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

fn failure(app: &App, process: &Process, reason: String) -> FailedApp {
    FailedApp { log: log_tail::since_start(process), ..FailedApp::new(&app.name, reason) }
}
