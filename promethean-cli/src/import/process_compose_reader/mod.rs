//! The reader of `process-compose.yaml`.

mod schedule;

use std::time::Duration;

use camino::Utf8Path;
use promethean_core::kind::{Condition, ProbeKind};
use promethean_core::paths;
use promethean_core::shell::with_shell;

use super::Options;
use super::app::{Alive, App, Dependency, Raw};
use super::error::ImportError;
use super::import_paths::between;
use super::interpolation::{Dotenv, computed_of};
use super::pm2_reader::data::Data;
use super::pm2_reader::{comment_section, entry_of_line, read_entries, yaml_of_go};
use super::reader::{Content, Lost, Reader, Source, is_yaml, is_yaml_with, read_text};

/// Reads `process-compose.yaml`.
#[derive(Debug)]
pub(super) struct ProcessComposeReader;

/// The keys of a process that are imported; comments name the others.
const KNOWN: [&str; 16] = [
    "command",
    "working_dir",
    "environment",
    "depends_on",
    "readiness_probe",
    "liveness_probe",
    "ready_log_line",
    "availability",
    "shutdown",
    "replicas",
    "disabled",
    "description",
    "schedule",
    "log_location",
    "vars",
    "disable_env_expansion",
];

/// The keys of the file that are imported, or are about process-compose itself.
const OF_FILE: [&str; 12] = [
    "version",
    "name",
    "processes",
    "environment",
    "is_strict",
    "log_level",
    "log_length",
    "log_configuration",
    "is_tui_disabled",
    "ordered_shutdown",
    "vars",
    "disable_env_expansion",
];

impl Reader for ProcessComposeReader {
    fn recognize(&self, file: &Utf8Path) -> Option<Content> {
        let is_called_so = is_yaml(file) && file.file_name()?.starts_with("process-compose");
        (is_called_so || is_yaml_with(file, "processes")).then_some(Content::Data)
    }

    fn read(&self, file: &Utf8Path, options: &Options) -> Result<Source, ImportError> {
        let text = read_text(file)?;
        let data = yaml_of_go(file, &text)?;
        let base = options.root_of(file);
        let processes = data.get("processes").and_then(Data::as_object).unwrap_or_default();
        let processes: Vec<(String, Data)> = processes
            .iter()
            .map(|(name, process)| (name.clone(), filled_in(process, name, &data)))
            .collect();
        if processes.is_empty() {
            return Err(ImportError::Nothing {
                what: format!("{file} has no processes"),
                help: "process-compose lists them under `processes`",
            });
        }
        let dotenv = Dotenv::beside(&base);
        let shared = environment(data.get("environment"));
        let entries =
            processes.iter().map(|(name, process)| entry(name, process, &shared, &dotenv, &base));
        let (entries, computed): (Vec<Data>, Vec<_>) = entries.unzip();
        let mut apps = read_entries(entries, &base);
        let with_probe: Vec<&str> = processes
            .iter()
            .filter(|(_, process)| probe(process).is_some())
            .map(|(name, _)| name.as_str())
            .collect();
        for ((app, (_, process)), computed) in apps.iter_mut().zip(&processes).zip(computed) {
            understand(app, process, &with_probe, &processes);
            computed_of(app, computed);
            if let Some(file) = dotenv.files().first() {
                let path = between(&app.directory, file);
                app.set("env_file", vec![Raw::Text(path)]);
            }
        }
        let comments = comment_section(&mut apps, &text, "processes");
        let lost = data.keys_but(&OF_FILE).into_iter();
        let lost = lost.map(|key| Lost::left_out(key, "it is not imported")).collect();
        let secret_files = dotenv.files();
        let source = Source::uncompared(file, apps, base, Vec::new(), comments, lost);
        Ok(Source { secret_files, ..source })
    }
}

/// The number of a process among its replicas, as process-compose calls it.
const REPLICA: &str = "PC_REPLICA_NUM";

/// A process as its programs see it: `{{.NAME}}` is one of `vars`, and `$$` in a command is a `$` for its shell.
fn filled_in(process: &Data, name: &str, file: &Data) -> Data {
    let vars = |of: &Data| of.get("vars").and_then(Data::as_object).unwrap_or_default().to_vec();
    // Its own have the last word.
    let mut values: Vec<(String, String)> = vars(process)
        .into_iter()
        .chain(vars(file))
        .map(|(key, value)| (key, value.to_text()))
        .collect();
    values.push(("PC_PROC_NAME".to_owned(), name.to_owned()));
    if replicas(process).is_none() {
        values.push((REPLICA.to_owned(), "0".to_owned()));
    }
    let is_off = |of: &Data| is_true(of.get("disable_env_expansion"));
    let expands = !is_off(process) && !is_off(file);
    let Some(keys) = process.as_object() else { return process.clone() };
    let keys = keys.iter().map(|(key, value)| {
        let written = |text: &str| match key.as_str() {
            "command" => with_replica(&template(text, &values)),
            _ => template(text, &values),
        };
        // What a shell reads; `environment` is read where its variables are.
        let is_line = matches!(key.as_str(), "command" | "liveness_probe" | "readiness_probe");
        let value = match key.as_str() {
            "vars" => value.clone(),
            _ if is_line && expands => each_text(value, &|text| written(text).replace("$$", "$")),
            _ => each_text(value, &written),
        };
        (key.clone(), value)
    });
    Data::Object(keys.collect())
}

/// How many processes there are, where it is more than one.
fn replicas(process: &Data) -> Option<u32> {
    let count = process.get("replicas")?.to_text().parse::<u32>().ok();
    count.filter(|count| *count > 1)
}

/// A command of a process with replicas, in which the shell puts the number; quotes would keep it from that.
fn with_replica(command: &str) -> String {
    match command.contains('\'') {
        true => command.to_owned(),
        false => {
            let number = (REPLICA.to_owned(), format!("${{{REPLICA}}}"));
            template(command, &[number])
        }
    }
}

/// The same with other texts in it.
fn each_text(data: &Data, other: &dyn Fn(&str) -> String) -> Data {
    match data {
        Data::Text(text) => Data::Text(other(text)),
        Data::List(items) => Data::List(items.iter().map(|item| each_text(item, other)).collect()),
        Data::Object(entries) => {
            let entries = entries.iter().map(|(key, of)| (key.clone(), each_text(of, other)));
            Data::Object(entries.collect())
        }
        Data::Null | Data::Boolean(_) | Data::Number(_) | Data::Outside(_) => data.clone(),
    }
}

/// `{{.PORT}}` and `{{ .PORT }}` filled in; every other template stays.
fn template(text: &str, values: &[(String, String)]) -> String {
    let (mut written, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        written.push_str(before);
        let found = after.split_once("}}").and_then(|(inside, behind)| {
            let name = inside.trim().strip_prefix('.')?;
            let (_, value) = values.iter().find(|(known, _)| known == name)?;
            Some((value, behind))
        });
        rest = match found {
            Some((value, behind)) => {
                written.push_str(value);
                behind
            }
            None => {
                written.push_str("{{");
                after
            }
        };
    }
    written.push_str(rest);
    written
}

/// Whether one of the texts in it has this in it.
fn has_text(data: &Data, part: &str) -> bool {
    match data {
        Data::Text(text) => text.contains(part),
        Data::List(items) => items.iter().any(|item| has_text(item, part)),
        Data::Object(entries) => entries.iter().any(|(_, of)| has_text(of, part)),
        Data::Null | Data::Boolean(_) | Data::Number(_) | Data::Outside(_) => false,
    }
}

/// A process in PM2's terms.
fn entry(
    name: &str,
    process: &Data,
    shared: &[(String, Data)],
    dotenv: &Dotenv,
    base: &Utf8Path,
) -> (Data, Vec<(String, Vec<String>)>) {
    let text = |key: &str| process.get(key).and_then(Data::as_text);
    let mut entry = vec![("name".to_owned(), Data::Text(name.to_owned()))];
    let (program, of_line) = entry_of_line(text("command").unwrap_or("false"));
    entry.extend(program);
    if let Some(directory) = text("working_dir") {
        let directory = dotenv.argument(directory);
        entry.push(("cwd".to_owned(), directory));
    }
    if let Some(log) = text("log_location") {
        // It is relative to the file, whatever the directory of the process.
        let log = paths::join(base, Utf8Path::new(&dotenv.plain(log))).into_string();
        entry.push(("out_file".to_owned(), Data::Text(log.clone())));
        entry.push(("error_file".to_owned(), Data::Text(log)));
    }
    let mut env = shared.to_vec();
    for (key, value) in environment(process.get("environment")) {
        env.retain(|(known, _)| *known != key);
        env.push((key, value));
    }
    for (key, value) in of_line {
        let is_known = env.iter().any(|(known, _)| *known == key) || dotenv.has(&key);
        // process-compose gives each process its own.
        let is_given = key.starts_with("PC_") || is_known;
        if !is_given || !matches!(value, Data::Outside(_)) {
            env.retain(|(known, _)| *known != key);
            env.push((key, value));
        }
    }
    let mut computed = Vec::new();
    for (key, value) in &mut env {
        let Some(text) = value.as_text().filter(|text| text.contains('$')) else { continue };
        let (read, names) = dotenv.value(text);
        if !names.is_empty() {
            computed.push((format!("env.{key}"), names));
        }
        *value = read;
    }
    entry.push(("env".to_owned(), Data::Object(env)));
    (Data::Object(entry), computed)
}

/// A list of `NAME=value`, or an object.
pub(super) fn environment(data: Option<&Data>) -> Vec<(String, Data)> {
    if let Some(entries) = data.and_then(Data::as_object) {
        return entries.to_vec();
    }
    let items = data.and_then(Data::as_list).unwrap_or_default().iter();
    let items = items.filter_map(Data::as_text).filter_map(|item| item.split_once('='));
    items.map(|(key, value)| (key.to_owned(), Data::Text(value.to_owned()))).collect()
}

/// What shows that a process is ready.
fn probe(process: &Data) -> Option<(ProbeKind, Vec<String>)> {
    if let Some(line) = process.get("ready_log_line").and_then(Data::as_text) {
        return Some((ProbeKind::Log, vec![quoted(line)]));
    }
    tried(process.get("readiness_probe")?)
}

/// What a probe tries.
fn tried(probe: &Data) -> Option<(ProbeKind, Vec<String>)> {
    if let Some(command) =
        probe.get("exec").and_then(|exec| exec.get("command")).and_then(Data::as_text)
    {
        return Some((ProbeKind::Exec, with_shell(command)));
    }
    let get = probe.get("http_get")?;
    let text =
        |key: &str, default: &str| get.get(key).map_or_else(|| default.to_owned(), Data::to_text);
    let scheme = text("scheme", "http").to_lowercase();
    let (host, port, path) = (text("host", "127.0.0.1"), text("port", "80"), text("path", "/"));
    let slash = if path.starts_with('/') { "" } else { "/" };
    Some((ProbeKind::Http, vec![format!("{scheme}://{host}:{port}{slash}{path}")]))
}

/// A text as a regular expression for itself.
fn quoted(text: &str) -> String {
    let special = |letter: char| "\\.+*?()|[]{}^$#&-~".contains(letter);
    text.chars()
        .flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter]))
        .collect()
}

/// Reads what shows that a process still works.
fn liveness(app: &mut App, probe: &Data) {
    let Some((kind, values)) = tried(probe) else {
        return app.left_out("liveness_probe", "what it tries is not known");
    };
    let number = |key: &str| probe.get(key).and_then(|count| count.to_text().parse::<u32>().ok());
    let interval = number("period_seconds").map(|count| Duration::from_secs(count.into()));
    app.alive = Some(Alive { kind, values, interval, failures: number("failure_threshold") });
    let read = ["exec", "http_get", "period_seconds", "failure_threshold"];
    let others = probe.keys_but(&read);
    if !others.is_empty() {
        let key = format!("liveness_probe {{ {} }}", others.join(", "));
        app.left_out(&key, "`alive` begins when the service is ready, and has an `interval`, a `timeout` and `failures`");
    }
}

fn is_disabled(process: &Data) -> bool {
    is_true(process.get("disabled"))
}

/// Whether Go's reader of YAML takes something for true where it expects true or false.
fn is_true(data: Option<&Data>) -> bool {
    match data {
        Some(Data::Boolean(is_true)) => *is_true,
        Some(Data::Text(word)) => {
            matches!(word.to_ascii_lowercase().as_str(), "y" | "yes" | "on" | "true")
        }
        Some(Data::Null | Data::Number(_) | Data::List(_) | Data::Object(_) | Data::Outside(_))
        | None => false,
    }
}

/// Why a process never ends for good.
fn never_completes(process: &Data) -> Option<&'static str> {
    let restart = process.get("availability").and_then(|availability| availability.get("restart"));
    if is_disabled(process) {
        Some("it is disabled, and would never complete")
    } else if schedule::has_times(process) {
        Some("its schedule starts it again and again, and it would never complete")
    } else if restart.and_then(Data::as_text) == Some("always") {
        Some("it is restarted, and would never complete")
    } else {
        None
    }
}

/// Reads what a process waits for.
fn depends_on(app: &mut App, process: &Data, with_probe: &[&str], all: &[(String, Data)]) {
    let Some(written) = process.get("depends_on") else { return };
    let Some(targets) = written.as_object() else {
        let reason = "process-compose takes processes with conditions, `NAME: { condition: process_started }`";
        return app.left_out("depends_on", reason);
    };
    for (target, of) in targets {
        let condition = of.get("condition").and_then(Data::as_text);
        let key = || format!("{} of {target}", condition.unwrap_or_default());
        let met = match condition {
            Some("process_healthy" | "process_log_ready") => {
                if with_probe.contains(&target.as_str()) {
                    Condition::Ready
                } else {
                    let reason = format!("{target} has no probe, and would never be ready");
                    app.left_out(&key(), reason);
                    Condition::Started
                }
            }
            Some(word @ ("process_completed" | "process_completed_successfully")) => {
                let awaited = all.iter().find(|(name, _)| name == target);
                match awaited.and_then(|(_, process)| never_completes(process)) {
                    Some(reason) => {
                        app.left_out(&key(), reason);
                        Condition::Started
                    }
                    None => {
                        if word == "process_completed" {
                            let reason = "`(completed)` wants exit code 0, and not any";
                            app.left_out(&key(), reason);
                        }
                        Condition::Completed
                    }
                }
            }
            Some("process_started") | None => Condition::Started,
            Some(_) => {
                app.left_out(&key(), "process-compose has no such condition");
                Condition::Started
            }
        };
        let condition = Some(met);
        app.depends_on.push(Dependency { on: target.clone(), condition, restarts: false });
    }
}

/// Reads what PM2 has no word for.
fn understand(app: &mut App, process: &Data, with_probe: &[&str], all: &[(String, Data)]) {
    if process.get("command").and_then(Data::as_text).is_none() {
        app.left_out("command", "the original has none; `false` is in its place");
    }
    app.ready = probe(process);
    if let Some(probe) = process.get("readiness_probe") {
        app.times_left_out("readiness_probe", &probe.keys_but(&["exec", "http_get"]));
    }
    if let Some(probe) = process.get("liveness_probe") {
        liveness(app, probe);
    }
    depends_on(app, process, with_probe, all);
    let availability = process.get("availability");
    let of = |key: &str| availability.and_then(|availability| availability.get(key));
    match of("restart").and_then(Data::as_text) {
        None | Some("no" | "exit_on_failure") => app.set("autorestart", vec![Raw::Boolean(false)]),
        Some("on_failure") => app.set("stop_exit_codes", vec![Raw::Integer(0)]),
        Some(_) => {}
    }
    if of("restart").and_then(Data::as_text) == Some("exit_on_failure") {
        app.left_out(
            "availability.restart",
            "nothing ends the other processes when this one fails",
        );
    }
    let number = |data: Option<&Data>| data.and_then(|data| data.to_text().parse::<u32>().ok());
    let seconds = |count: u32| Raw::Duration(Duration::from_secs(count.into()));
    if let Some(count) = number(of("backoff_seconds")) {
        app.set("restart_delay", vec![seconds(count)]);
    }
    if let Some(count) = number(of("max_restarts")).filter(|count| *count > 0) {
        app.set("max_restarts", vec![Raw::Integer(count.into())]);
    }
    let shutdown = process.get("shutdown");
    if let Some(count) = number(shutdown.and_then(|shutdown| shutdown.get("timeout_seconds"))) {
        app.set("kill_timeout", vec![seconds(count)]);
    }
    if let Some(signal) = shutdown.and_then(|shutdown| shutdown.get("signal")) {
        app.set_signal("shutdown.signal", &signal.to_text());
    }
    if shutdown.is_some_and(|shutdown| shutdown.get("command").is_some()) {
        app.left_out("shutdown.command", "the language has no such attribute");
    }
    let texts = process.as_object().unwrap_or_default().iter().filter(|(key, _)| key != "vars");
    for (key, _) in texts.clone().filter(|(_, value)| has_text(value, "{{")) {
        app.left_out(key, "`{{ … }}` in it is a template of process-compose, and stays as it is");
    }
    if let Some(count) = process.get("replicas")
        && count.to_text().parse::<u32>().is_err()
    {
        app.left_out("replicas", format!("`{}` is not a number", count.to_text()));
    }
    if let Some(count) = replicas(process) {
        if texts.clone().any(|(_, value)| has_text(value, REPLICA)) {
            app.set("instance_var", vec![Raw::Word(REPLICA.to_owned())]);
        }
        app.set("instances", vec![Raw::Integer(count.into())]);
        app.set("exec_mode", vec![Raw::Word("fork".to_owned())]);
    }
    schedule::read(app, process);
    if is_disabled(process) {
        app.comment("It is disabled in the original.");
        app.set("autostart", vec![Raw::Boolean(false)]);
    }
    if let Some(description) = process.get("description").and_then(Data::as_text) {
        app.remark(description.to_owned());
    }
    for key in process.keys_but(&KNOWN) {
        app.left_out(key, "it is not imported");
    }
}
