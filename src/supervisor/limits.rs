//! What the embedded engine cannot do.

use promethean_core::attribute::Setting;
use promethean_core::foreign::Foreign;
use promethean_core::pm2::KILL_SIGNAL;

use crate::engine::limit::{unlogged, user};
use crate::engine::{Exceeded, Launch, Limit, Topic};
use crate::logs::{JsonTime, Layout};

/// What the embedded engine cannot do.
pub(super) const LIMITS: &[Limit] = &[
    Limit { kind: Topic::Cluster, check: cluster },
    Limit { kind: Topic::Attribute, check: message },
    Limit { kind: Topic::Attribute, check: not_yet },
    Limit { kind: Topic::Attribute, check: no_engine_yet },
    Limit { kind: Topic::Log, check: log_format },
    Limit { kind: Topic::Attribute, check: dashboard },
    Limit { kind: Topic::Probe, check: unlogged },
    Limit { kind: Topic::User, check: another_user },
];

fn exceeded(message: impl Into<String>, help: impl Into<String>) -> Exceeded {
    Exceeded { message: message.into(), help: help.into() }
}

fn cluster(launch: &Launch<'_>) -> Option<Exceeded> {
    launch.app.runs_in_cluster().then(|| {
        exceeded(
            "the embedded engine runs no clusters (`exec_mode cluster`, or `instances` of a Node program)",
            "write `exec_mode fork`, with `increment_var PORT` where its instances listen; or use \
             `--engine pm2`",
        )
    })
}

/// Messages go through a channel of Node's own.
fn message(launch: &Launch<'_>) -> Option<Exceeded> {
    let name = set(launch, &["wait_ready", "shutdown_with_message"])?;
    let help = match name {
        "wait_ready" => {
            "write a probe, such as `ready log \"…\"`, `ready tcp` or `ready http \"/\"`"
        }
        _ => "leave it out: the process gets SIGINT; or use `--engine pm2`",
    };
    Some(exceeded(
        format!("the embedded engine sends no messages to Node programs (`{name}`)"),
        help,
    ))
}

/// What it will do one day.
fn not_yet(launch: &Launch<'_>) -> Option<Exceeded> {
    let name = set(launch, &["watch", "cron_restart", "max_memory_restart"])?;
    Some(exceeded(
        format!("the embedded engine does not know `{name}` yet"),
        "leave it out, or use `--engine pm2`",
    ))
}

/// What it will do one day, and PM2 does not do either.
fn no_engine_yet(launch: &Launch<'_>) -> Option<Exceeded> {
    let app = launch.app;
    let asked = [
        ("alive", app.alive.is_some()),
        ("rotate", app.rotation.is_some()),
        ("restarts", app.depends_on.iter().any(|dependency| dependency.restarts)),
        ("kill_signal", app.kill_signal.is_some_and(|signal| signal != KILL_SIGNAL)),
    ];
    let (name, _) = asked.into_iter().find(|(_, is_asked)| *is_asked)?;
    let message = format!("the embedded engine does not know `{name}` yet");
    Some(exceeded(message, "leave it out"))
}

fn log_format(launch: &Launch<'_>) -> Option<Exceeded> {
    match Layout::of(launch.app) {
        Layout::Unread | Layout::Json(JsonTime::Unknown) => {
            let format = launch.app.setting("log_date_format").and_then(Setting::as_text);
            let format = Foreign(format.unwrap_or_default()).to_string();
            Some(exceeded(
                format!("the embedded engine cannot write times as `log_date_format {format:?}`"),
                "write a format such as \"YYYY-MM-DD HH:mm:ss\"",
            ))
        }
        Layout::Plain | Layout::Dated(_) | Layout::Json(JsonTime::Iso | JsonTime::Format(_)) => {
            None
        }
    }
}

/// What only PM2's dashboard and its modules use.
fn dashboard(launch: &Launch<'_>) -> Option<Exceeded> {
    const NAMES: [&str; 10] = [
        "trace",
        "v8",
        "event_loop_inspector",
        "deep_monitoring",
        "io",
        "post_update",
        "install_url",
        "name_prefix",
        "append_env_to_name",
        "write",
    ];
    let name = set(launch, &NAMES)?;
    Some(exceeded(format!("only PM2 knows `{name}`"), "leave it out, or use `--engine pm2`"))
}

fn another_user(launch: &Launch<'_>) -> Option<Exceeded> {
    user(launch, "the embedded engine")
}

/// The first of these attributes that is set, and not to `false`.
fn set(launch: &Launch<'_>, names: &[&'static str]) -> Option<&'static str> {
    let is_set = |name: &&&str| {
        launch.app.setting(name).is_some_and(|setting| *setting != Setting::Boolean(false))
    };
    names.iter().find(is_set).copied()
}
