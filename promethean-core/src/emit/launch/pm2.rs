//! `pm2 start` with its options, as PM2 7's `lib/binaries/CLI.js` takes them.

use smol_str::SmolStr;

use crate::app::{App, ExecMode, Instances};
use crate::attribute::{NAMESPACE, Setting};
use crate::emit::config::{pm2_interpreter, pm2_program};

/// How an attribute is said on the command line.
enum Spoken {
    /// `--option value`
    Value(&'static str),
    /// `--option` for `true`; `false` is PM2's default.
    Flag(&'static str),
    /// `--no-option` for `false`; `true` is PM2's default.
    Negation(&'static str),
    /// `--option a --option b`, and `--option` alone for `true`.
    Repeated(&'static str),
    /// `--option "a b"`, which PM2 takes apart at spaces outside quotes.
    Joined(&'static str),
}

const OPTIONS: &[(&str, Spoken)] = &[
    ("uid", Spoken::Value("--uid")),
    ("gid", Spoken::Value("--gid")),
    ("autostart", Spoken::Negation("--no-autostart")),
    ("autorestart", Spoken::Negation("--no-autorestart")),
    ("restart_delay", Spoken::Value("--restart-delay")),
    ("exp_backoff_restart_delay", Spoken::Value("--exp-backoff-restart-delay")),
    ("max_restarts", Spoken::Value("--max-restarts")),
    ("stop_exit_codes", Spoken::Joined("--stop-exit-codes")),
    ("max_memory_restart", Spoken::Value("--max-memory-restart")),
    ("cron_restart", Spoken::Value("--cron-restart")),
    ("kill_timeout", Spoken::Value("--kill-timeout")),
    ("treekill", Spoken::Negation("--no-treekill")),
    ("shutdown_with_message", Spoken::Flag("--shutdown-with-message")),
    ("wait_ready", Spoken::Flag("--wait-ready")),
    ("listen_timeout", Spoken::Value("--listen-timeout")),
    ("watch", Spoken::Repeated("--watch")),
    ("ignore_watch", Spoken::Joined("--ignore-watch")),
    ("out_file", Spoken::Value("--output")),
    ("error_file", Spoken::Value("--error")),
    ("log_file", Spoken::Value("--log")),
    ("pid_file", Spoken::Value("--pid")),
    ("merge_logs", Spoken::Flag("--merge-logs")),
    ("disable_logs", Spoken::Flag("--disable-logs")),
    ("log_type", Spoken::Value("--log-type")),
    ("log_date_format", Spoken::Value("--log-date-format")),
    ("time", Spoken::Flag("--time")),
    ("source_map_support", Spoken::Flag("--source-map-support")),
    ("disable_source_map_support", Spoken::Flag("--disable-source-map-support")),
    ("vizion", Spoken::Negation("--no-vizion")),
    ("pmx", Spoken::Negation("--no-pmx")),
    ("automation", Spoken::Negation("--no-automation")),
    ("trace", Spoken::Flag("--trace")),
    ("disable_trace", Spoken::Flag("--disable-trace")),
    ("v8", Spoken::Flag("--v8")),
    ("event_loop_inspector", Spoken::Flag("--event-loop-inspector")),
    ("deep_monitoring", Spoken::Flag("--deep-monitoring")),
    ("filter_env", Spoken::Repeated("--filter-env")),
    ("force", Spoken::Flag("--force")),
];

/// The words of `pm2 start` for an app, and the attributes that it has no option for.
pub(super) fn command(app: &App) -> (Vec<String>, Vec<&'static str>) {
    let program = pm2_program(&app.program);
    let mut words: Vec<String> = vec!["pm2".into(), "start".into(), program.script.to_string()];
    let mut unsaid = Vec::new();
    let mut say = |option: &str, value: &str| words.extend([option.to_owned(), value.to_owned()]);
    say("--name", &app.name);
    if let Some(namespace) = app.namespace() {
        say("--namespace", namespace);
    }
    say("--cwd", app.directory.as_str());
    if let Some(interpreter) = pm2_interpreter(app, &program) {
        say("--interpreter", &interpreter);
    }
    if !program.interpreter_args.is_empty() {
        say("--node-args", &joined(program.interpreter_args.iter().map(SmolStr::as_str)));
    }
    for (attribute, setting) in &app.settings {
        let option = OPTIONS.iter().find(|(name, _)| *name == attribute.name);
        let said = match (attribute.name, option, setting) {
            // One instance in fork mode is what `pm2 start` does by itself.
            ("exec_mode" | "instances", ..) => said_by_instances(app),
            // PM2 takes one code on the command line.
            ("stop_exit_codes", _, Setting::List(codes)) if codes.len() > 1 => false,
            // The variable PORT stands in the environment of the line, the namespace behind the name.
            ("port" | NAMESPACE, ..) => true,
            (_, Some((_, spoken)), setting) => speak(spoken, setting, &mut words),
            (_, None, _) => false,
        };
        if !said {
            unsaid.push(attribute.name);
        }
    }
    if let (true, Some(Setting::Integer(instances))) = (in_cluster(app), app.setting("instances")) {
        words.extend(["--instances".to_owned(), instances.to_string()]);
    }
    unsaid.extend(crate::emit::left_out::beyond_pm2(app));
    if !program.args.is_empty() {
        words.push("--".to_owned());
        words.extend(program.args.iter().map(SmolStr::to_string));
    }
    (words, unsaid)
}

/// `pm2 start` has no option for the mode: what PM2 starts in a cluster by itself is in one.
fn in_cluster(app: &App) -> bool {
    app.clusters_by_itself() && app.exec_mode() != Some(ExecMode::Fork)
}

fn said_by_instances(app: &App) -> bool {
    in_cluster(app) || matches!(app.instances(), None | Some(Instances::Count(1)))
}

/// Says an attribute, if the option can.
fn speak(spoken: &Spoken, setting: &Setting, words: &mut Vec<String>) -> bool {
    match (spoken, setting) {
        (Spoken::Flag(option) | Spoken::Repeated(option), Setting::Boolean(true))
        | (Spoken::Negation(option), Setting::Boolean(false)) => words.push((*option).to_owned()),
        (Spoken::Flag(_) | Spoken::Repeated(_), Setting::Boolean(false))
        | (Spoken::Negation(_), Setting::Boolean(true)) => {}
        (Spoken::Repeated(option), Setting::List(items)) => {
            for item in items.iter().filter_map(Setting::as_text) {
                words.extend([(*option).to_owned(), item.to_owned()]);
            }
        }
        (Spoken::Joined(option), Setting::List(items)) => {
            let items: Vec<String> = items.iter().filter_map(value).collect();
            words.extend([(*option).to_owned(), joined(items.iter().map(String::as_str))]);
        }
        (Spoken::Value(option), setting) => match value(setting) {
            Some(value) => words.extend([(*option).to_owned(), value]),
            None => return false,
        },
        (Spoken::Flag(_) | Spoken::Negation(_) | Spoken::Repeated(_) | Spoken::Joined(_), _) => {
            return false;
        }
    }
    true
}

fn value(setting: &Setting) -> Option<String> {
    match setting {
        Setting::Text(text) => Some(text.to_string()),
        Setting::Integer(integer) => Some(integer.to_string()),
        Setting::Duration(duration) => Some(duration.as_millis().to_string()),
        Setting::Size(size) => Some(size.to_string()),
        Setting::Boolean(_) | Setting::Float(_) | Setting::List(_) | Setting::Object(_) => None,
    }
}

/// PM2 takes the text apart at spaces outside quotes (`_valid` in `lib/tools/Config.js`).
fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let quoted = texts.map(|text| match text.contains([' ', '\t', '\'', '=']) {
        true => format!("\"{text}\""),
        false => text.to_owned(),
    });
    quoted.collect::<Vec<_>>().join(" ")
}
