//! What the embedded engine cannot do.

use promethean_core::attribute::Setting;
use promethean_core::cron::Pattern;
use promethean_core::foreign::Foreign;

use super::attributes::{ATTRIBUTES, Support};
use super::watch::Watch;
use crate::engine::limit::{machine, unlogged, user};
use crate::engine::{Exceeded, Launch, Limit, Topic};
use crate::logs::{JsonTime, Layout};

/// What the embedded engine cannot do.
pub(super) const LIMITS: &[Limit] = &[
    Limit { kind: Topic::Cluster, check: cluster },
    Limit { kind: Topic::Attribute, check: rejected },
    Limit { kind: Topic::Watch, check: watch },
    Limit { kind: Topic::Attribute, check: schedule },
    Limit { kind: Topic::Log, check: log_format },
    Limit { kind: Topic::Probe, check: unlogged },
    Limit { kind: Topic::User, check: another_user },
    Limit { kind: Topic::Rotate, check: rotation },
    Limit { kind: Topic::Alive, check: liveness },
    Limit { kind: Topic::Restarts, check: restarts },
    Limit { kind: Topic::Machine, check: other_machine },
];

fn other_machine(launch: &Launch<'_>) -> Option<Exceeded> {
    machine(launch, "the embedded engine")
}

fn cluster(launch: &Launch<'_>) -> Option<Exceeded> {
    launch.app.runs_in_cluster().then(|| {
        Exceeded::new(
            "the embedded engine runs no clusters (`exec_mode cluster`, or `instances` of a Node program)",
            "write `exec_mode fork`, with `increment_var PORT` where its instances listen; or use \
             `--engine pm2`",
        )
    })
}

/// What the table of attributes says.
fn rejected(launch: &Launch<'_>) -> Option<Exceeded> {
    let (name, why) = ATTRIBUTES.iter().find_map(|(name, support)| match support {
        Support::Rejected(why) if is_set(launch, name) => Some((*name, why)),
        Support::Rejected(_) | Support::Same | Support::But(_) | Support::Unused(_) => None,
    })?;
    let help = match name {
        "wait_ready" => {
            "write a probe, such as `ready log \"…\"`, `ready tcp` or `ready http \"/\"`"
        }
        "shutdown_with_message" => "leave it out: the process gets SIGINT; or use `--engine pm2`",
        _ => "leave it out, or use `--engine pm2`",
    };
    Some(Exceeded::new(format!("the embedded engine does not support `{name}`: {why}"), help))
}

fn rotation(launch: &Launch<'_>) -> Option<Exceeded> {
    launch.app.rotation.map(|_| {
        Exceeded::new(
            "the embedded engine does not rotate logs yet (`rotate`)",
            "leave it out, and use logrotate",
        )
    })
}

fn liveness(launch: &Launch<'_>) -> Option<Exceeded> {
    launch.app.alive.as_ref().map(|_| {
        Exceeded::new(
            "the embedded engine does not probe what runs yet (`alive`)",
            "leave it out, and let the program exit when it no longer works",
        )
    })
}

fn restarts(launch: &Launch<'_>) -> Option<Exceeded> {
    let dependency = launch.app.depends_on.iter().find(|dependency| dependency.restarts)?;
    Some(Exceeded::new(
        format!(
            "the embedded engine does not restart an app with its dependency yet: `{} (restarts)`",
            Foreign(&dependency.on)
        ),
        "leave out `restarts`, and let the program connect again by itself",
    ))
}

/// Whether an attribute is set, and not to `false`.
fn is_set(launch: &Launch<'_>, name: &str) -> bool {
    launch.app.setting(name).is_some_and(|setting| *setting != Setting::Boolean(false))
}

/// A glob or an option of the watcher has no counterpart.
fn watch(launch: &Launch<'_>) -> Option<Exceeded> {
    let unsupported = Watch::of(launch.app).err()?;
    Some(Exceeded::new(
        format!("the embedded engine does not support {}", Foreign(unsupported.to_string())),
        "write it in another way, or use `--engine pm2`",
    ))
}

/// PM2 alone knows when `?` comes, and what has a zone of its own.
fn schedule(launch: &Launch<'_>) -> Option<Exceeded> {
    let written = launch.app.restart_policy().schedule?;
    let pattern: Pattern = written.parse().ok()?;
    let written = Foreign(format!("{written:?}"));
    if !pattern.is_known() {
        return Some(Exceeded::new(
            format!("the embedded engine does not know when `cron_restart {written}` comes"),
            "write the times as numbers, without a zone; or use `--engine pm2`",
        ));
    }
    (!launch.app.starts_by_itself()).then(|| {
        Exceeded::new(
            format!("with `autostart false`, `cron_restart {written}` has no effect"),
            "leave out `autostart`: with `autorestart false` it runs once now, and then as `cron_restart` says",
        )
    })
}

fn log_format(launch: &Launch<'_>) -> Option<Exceeded> {
    match Layout::of(launch.app) {
        Layout::Unread | Layout::Json(JsonTime::Unknown) => {
            let format = launch.app.setting("log_date_format").and_then(Setting::as_text);
            let format = Foreign(format.unwrap_or_default()).to_string();
            Some(Exceeded::new(
                format!("the embedded engine cannot write times as `log_date_format {format:?}`"),
                "write a format such as \"YYYY-MM-DD HH:mm:ss\"",
            ))
        }
        Layout::Plain | Layout::Dated(_) | Layout::Json(JsonTime::Iso | JsonTime::Format(_)) => {
            None
        }
    }
}

fn another_user(launch: &Launch<'_>) -> Option<Exceeded> {
    user(launch, "the embedded engine")
}
