//! What the embedded engine cannot do.

use jiff::tz::TimeZone;
use promethean_core::app::Interpreter;
use promethean_core::attribute::Setting;
use promethean_core::cron::Pattern;
use promethean_core::foreign::Foreign;

use super::attributes::{ATTRIBUTES, Support};
use super::spec::Cluster;
use super::watch::Watch;
use crate::engine::limit::{astray, other_machine, other_user, unlogged};
use crate::engine::{Exceeded, Launch, Limit, Topic};
use crate::logs::{JsonTime, Layout};

/// What the embedded engine cannot do.
pub(super) const LIMITS: &[Limit] = &[
    Limit { kind: Topic::Cluster, check: cluster },
    Limit { kind: Topic::Program, check: node_of_cluster },
    Limit { kind: Topic::Attribute, check: rejected },
    Limit { kind: Topic::Watch, check: watch },
    Limit { kind: Topic::Attribute, check: schedule },
    Limit { kind: Topic::Log, check: log_format },
    Limit { kind: Topic::Probe, check: unlogged },
    Limit { kind: Topic::User, check: other_user },
    Limit { kind: Topic::Machine, check: other_machine },
];

/// What starts the processes of a cluster is a Node with the PATH of the first of them.
fn node_of_cluster(launch: &Launch<'_>) -> Option<Exceeded> {
    let is_astray = launch.app.runs_in_cluster() && launch.is_found("node");
    (is_astray && !launch.is_found_by_app("node")).then(|| astray("node"))
}

/// Only Node has `cluster`. The processes of one get named pipes from the engine, which macOS makes in
/// another way.
fn cluster(launch: &Launch<'_>) -> Option<Exceeded> {
    if !launch.app.runs_in_cluster() {
        return None;
    }
    let help = "write `exec_mode fork`, with `increment_var PORT` where its instances listen; or use \
                `--engine pm2`";
    if cfg!(target_vendor = "apple") {
        let message = "the embedded engine runs no clusters on macOS (`exec_mode cluster`, or \
                       `instances` of a Node program)";
        return Some(Exceeded::new(message, help));
    }
    let Interpreter::Program(interpreter) = &launch.app.program.interpreter else { return None };
    (!Cluster::is_node(launch.app)).then(|| {
        let interpreter = Foreign(interpreter);
        Exceeded::new(
            format!("the embedded engine runs a cluster on Node, not on {interpreter}"),
            "write `exec_mode fork`, or leave out `interpreter`",
        )
    })
}

/// What the table of attributes says.
fn rejected(launch: &Launch<'_>) -> Option<Exceeded> {
    let (name, why) = ATTRIBUTES.iter().find_map(|(name, support)| match support {
        Support::Rejected(why) if is_set(launch, name) => Some((*name, why)),
        Support::Rejected(_) | Support::Same | Support::But(_) | Support::Unused(_) => None,
    })?;
    let help = "leave it out, or use `--engine pm2`";
    Some(Exceeded::new(format!("the embedded engine does not support `{name}`: {why}"), help))
}

/// Whether an attribute is set, and not to `false`.
fn is_set(launch: &Launch<'_>, name: &str) -> bool {
    launch.app.setting(name).is_some_and(|setting| *setting != Setting::Boolean(false))
}

/// A glob or an option of the watcher has no counterpart.
fn watch(launch: &Launch<'_>) -> Option<Exceeded> {
    let unsupported = Watch::of(launch.app).err()?;
    let help = match (unsupported.attribute, unsupported.written.as_str()) {
        ("watch_options", "ignored") => "name what is ignored in `ignore_watch`",
        ("watch_options", _) => "remove it, or use `--engine pm2`",
        _ => "write it in another way, or use `--engine pm2`",
    };
    let message =
        format!("the embedded engine does not support {}", Foreign(unsupported.to_string()));
    Some(Exceeded::new(message, help))
}

/// PM2 alone knows when `?` comes, and what has a zone of its own.
fn schedule(launch: &Launch<'_>) -> Option<Exceeded> {
    let written = launch.app.restart_policy().schedule?;
    let pattern: Pattern = written.parse().ok()?;
    let written = Foreign(format!("{written:?}"));
    (!pattern.is_known()).then(|| {
        Exceeded::new(
            format!("the embedded engine does not know when `cron_restart {written}` comes"),
            "write the times as numbers, without a zone; or use `--engine pm2`",
        )
    })
}

fn log_format(launch: &Launch<'_>) -> Option<Exceeded> {
    match Layout::of(launch.app, &TimeZone::system) {
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
