//! A configuration for [Supervisor](http://supervisord.org) on one machine.
//!
//! Its programs are `exec --wait UNIT` of the ecosystem's own program: directories, variables and secrets
//! are found out when a service starts, and none of them is in the file.
//!
//! Values follow the rules of Supervisor 4.3 (`supervisor/options.py`): `%` begins an expansion, whitespace
//! before `;` or `#` a comment, and commands are split as by a POSIX shell (`shlex.split`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::{self, Write as _};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::WRITTEN;
use crate::app::{App, System};
use crate::attribute::Setting;
use crate::declaration::Condition;
use crate::pm2::KILL_SIGNAL;

/// The file, and what it cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supervisord<'s> {
    /// The text of the file.
    pub text: String,
    /// What Supervisor does not do, each with the apps that have it: attributes, `depends_on … (completed)`.
    pub unsaid: BTreeMap<&'static str, Vec<&'s str>>,
}

/// A value has a line break or a NUL in it, which no configuration of Supervisor can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable(pub String);

impl fmt::Display for Unwritable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:?} has a line break or a NUL in it, which a configuration of Supervisor cannot hold",
            self.0
        )
    }
}

impl std::error::Error for Unwritable {}

/// The attributes that the file says, or that `exec` does.
const SAID: [&str; 23] = [
    "args",
    "autorestart",
    "autostart",
    "env_file",
    "env_file_if_exists",
    "error_file",
    "gid",
    "increment_var",
    "instance_var",
    "instances",
    "interpreter",
    "interpreter_args",
    "kill_timeout",
    "log_file",
    "max_restarts",
    "min_uptime",
    "node_args",
    "out_file",
    "port",
    "script",
    "stop_exit_codes",
    "treekill",
    "uid",
];

/// The configuration of a system whose program, with the options that come before `exec`, is `invocation`.
///
/// # Errors
///
/// A value cannot be written.
pub fn supervisord<'s>(
    system: &'s System,
    invocation: &[&str],
) -> Result<Supervisord<'s>, Unwritable> {
    let mut text = format!(
        "; {WRITTEN}. Change the ecosystem and write this file again.\n\n\
         [supervisord]\n\
         logfile=%(here)s/supervisord.log\n\
         pidfile=%(here)s/supervisord.pid\n\n\
         [unix_http_server]\n\
         file=%(here)s/supervisor.sock\n\
         chmod=0700\n\n\
         [rpcinterface:supervisor]\n\
         supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n\n\
         [supervisorctl]\n\
         serverurl=unix://%(here)s/supervisor.sock\n",
    );
    let mut unsaid: BTreeMap<&'static str, Vec<&'s str>> = BTreeMap::new();
    let stages = stages(system);
    let mut agents: Vec<(&str, Vec<&str>)> = Vec::new();
    for app in &system.apps {
        let stage = stages.get(app.name.as_str()).copied().unwrap_or_default();
        text.push('\n');
        let how = How { invocation, stage, processes: processes_here(app), by_itself: true };
        program(app, how, &mut text)?;
        for attribute in unsaid_of(app) {
            unsaid.entry(attribute).or_default().push(&app.name);
        }
        let Some(agent) = &app.agent else { continue };
        match agents.iter_mut().find(|(known, _)| known == agent) {
            Some((_, apps)) => apps.push(&app.name),
            None => agents.push((agent, vec![&app.name])),
        }
    }
    for (agent, apps) in agents {
        let _ = write!(text, "\n[group:{agent}]\nprograms={}\n", apps.join(","));
    }
    Ok(Supervisord { text, unsaid })
}

/// In which stage of the start each app is, from 1: behind all it depends on.
pub fn stages(system: &System) -> HashMap<&str, usize> {
    let mut stages: HashMap<&str, usize> = HashMap::new();
    // Each app is after those it depends on.
    for app in &system.apps {
        let on = app.depends_on.iter().filter_map(|dependency| stages.get(dependency.on.as_str()));
        let stage = on.max().map_or(1, |last| last + 1);
        stages.insert(&app.name, stage);
    }
    stages
}

/// How an app is started.
#[derive(Clone, Copy)]
pub(super) struct How<'h> {
    /// The program, with the options that come before `exec`.
    pub(super) invocation: &'h [&'h str],
    /// The stage of the start.
    pub(super) stage: usize,
    /// How many processes there are.
    pub(super) processes: usize,
    /// Whether Supervisor starts it when it starts itself.
    pub(super) by_itself: bool,
}

/// The section of an app.
pub(super) fn program(app: &App, how: How<'_>, text: &mut String) -> Result<(), Unwritable> {
    let How { invocation, stage, processes, by_itself } = how;
    let mut words = Vec::new();
    for word in invocation.iter().copied().chain(["exec", "--wait"]) {
        words.push(command_word(word)?);
    }
    if processes > 1 {
        words.push("--instance=%(process_num)d".to_owned());
    }
    words.push(command_word(&app.name)?);
    for line in app.doc.lines() {
        let _ = writeln!(text, "; {}", line.trim());
    }
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{key}={value}");
    };
    line(&format!("[program:{}]\ncommand", app.name), &words.join(" "));
    line("priority", &stage.to_string());
    if processes > 1 {
        line("numprocs", &processes.to_string());
        line("process_name", "%(program_name)s-%(process_num)d");
    }
    let policy = app.restart_policy();
    let codes: Vec<String> = policy.final_codes.iter().map(ToString::to_string).collect();
    line("autostart", if by_itself && app.starts_by_itself() { "true" } else { "false" });
    match (policy.restarts, codes.as_slice()) {
        (false, _) => line("autorestart", "false"),
        (true, []) => line("autorestart", "true"),
        (true, codes) => {
            line("autorestart", "unexpected");
            line("exitcodes", &codes.join(","));
        }
    }
    // What ends by itself may do so at once.
    let start = if app.may_end() { Duration::ZERO } else { app.time("min_uptime") };
    line("startsecs", &seconds(start).to_string());
    if let Some(retries) = app.setting("max_restarts").and_then(Setting::as_integer) {
        line("startretries", &retries.max(0).to_string());
    }
    let signal = app.kill_signal.unwrap_or(KILL_SIGNAL).word();
    line("stopsignal", signal.trim_start_matches("SIG"));
    line("stopwaitsecs", &seconds(app.time("kill_timeout")).to_string());
    if app.stop_policy().with_children {
        line("stopasgroup", "true");
    }
    line("killasgroup", "true");
    for (key, attribute, ending) in
        [("stdout_logfile", "out_file", "out"), ("stderr_logfile", "error_file", "error")]
    {
        let file = match log(app, attribute) {
            Log::None => "NONE".to_owned(),
            Log::File(path) => log_path(&path)?,
            Log::Beside => format!("%(here)s/logs/{}-{ending}.log", app.name),
        };
        line(key, &if processes > 1 { numbered(&file) } else { file });
    }
    Ok(())
}

/// Where an app's log goes.
enum Log {
    /// Nowhere.
    None,
    /// To this file.
    File(Utf8PathBuf),
    /// Into the directory of the configuration.
    Beside,
}

/// Where the log of an attribute goes: `out_file`, `error_file`.
fn log(app: &App, attribute: &str) -> Log {
    match app.setting(attribute).and_then(Setting::as_text) {
        Some("/dev/null" | "NULL" | "null") => Log::None,
        Some(path) if !path.is_empty() => Log::File(app.absolute(path)),
        Some(_) | None => Log::Beside,
    }
}

/// The directories of the logs that are written to files of their own. Supervisor does not start where one of
/// them is not there.
#[must_use]
pub fn log_directories(system: &System) -> BTreeSet<Utf8PathBuf> {
    let files = system.apps.iter().flat_map(|app| {
        ["out_file", "error_file"].into_iter().filter_map(move |attribute| {
            match log(app, attribute) {
                Log::File(path) => path.parent().map(Utf8Path::to_path_buf),
                Log::None | Log::Beside => None,
            }
        })
    });
    files.collect()
}

fn processes_here(app: &App) -> usize {
    processes(app, std::thread::available_parallelism().map_or(1, usize::from))
}

/// How many processes Supervisor starts on a machine with so many processors: those of a cluster share
/// what they listen on, and are one here.
pub(super) fn processes(app: &App, processors: usize) -> usize {
    if app.runs_in_cluster() {
        return 1;
    }
    app.instances().and_then(|instances| instances.on(processors)).unwrap_or(1)
}

/// The log file of each of several processes, as PM2 names it: `web-out-0.log`.
fn numbered(file: &str) -> String {
    const NUMBER: &str = "-%(process_num)d";
    let name = file.rfind('/').map_or(0, |slash| slash + 1);
    match file.rfind('.').filter(|dot| *dot > name) {
        Some(dot) => {
            let (stem, extension) = file.split_at(dot);
            format!("{stem}{NUMBER}{extension}")
        }
        None if file == "NONE" => file.to_owned(),
        None => format!("{file}{NUMBER}"),
    }
}

/// What an app has and Supervisor does not do.
pub(super) fn unsaid_of(app: &App) -> Vec<&'static str> {
    let attributes = app.settings.iter().map(|(attribute, _)| attribute.name);
    let mut unsaid: Vec<&'static str> = attributes.filter(|name| !SAID.contains(name)).collect();
    unsaid.retain(|name| *name != "exec_mode");
    let beside = [
        ("a cluster", app.runs_in_cluster()),
        ("alive", app.alive.is_some()),
        ("rotate", app.rotation.is_some()),
        ("depends_on … (restarts)", app.depends_on.iter().any(|on| on.restarts)),
    ];
    unsaid.extend(beside.iter().filter(|(_, is_there)| *is_there).map(|(what, _)| *what));
    if app.depends_on.iter().any(|on| on.condition == Condition::Completed) {
        unsaid.push("depends_on … (completed)");
    }
    unsaid
}

/// Whole seconds, and none too few.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// A word of a command.
fn command_word(word: &str) -> Result<String, Unwritable> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-=:@+,".contains(letter);
    if word.contains(['\n', '\r', '\0']) {
        return Err(Unwritable(word.to_owned()));
    }
    if !word.is_empty() && word.chars().all(plain) {
        return Ok(word.to_owned());
    }
    let mut quoted = String::from("'");
    let mut last = ' ';
    for letter in word.chars() {
        match letter {
            '\'' => quoted.push_str("'\"'\"'"),
            '%' => quoted.push_str("%%"),
            // Quotes between them, so that no comment begins.
            ';' | '#' if last.is_whitespace() => {
                quoted.push_str("''");
                quoted.push(letter);
            }
            _ => quoted.push(letter),
        }
        last = letter;
    }
    quoted.push('\'');
    Ok(quoted)
}

/// The path of a log file. Supervisor expands it twice.
fn log_path(path: &Utf8Path) -> Result<String, Unwritable> {
    let path = path.as_str();
    let mut last = ' ';
    let comment = path.chars().any(|letter| {
        let begins = matches!(letter, ';' | '#') && last.is_whitespace();
        last = letter;
        begins
    });
    if comment || path.contains(['\n', '\r', '\0']) || path.trim() != path {
        return Err(Unwritable(path.to_owned()));
    }
    Ok(path.replace('%', "%%%%"))
}
