//! What the real PM2 does with a mistake: what it says to `pm2 start`, and what runs then.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use promethean_test_support::files;
use promethean_test_support::node::Oracle;
use promethean_test_support::pm2::Pm2;
use serde_json::{Value, json};

use crate::corpus::Case;
use crate::tree;
use crate::verdict::{Outcome, Verdict};

/// By then what crashes has crashed once, on a busy machine, too.
const SETTLING: Duration = Duration::from_secs(6);

/// After this long `pm2 start` will never end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a case on a PM2 of its own, which ends with all that it runs. `oracle` says what PM2's own
/// validator makes of the file.
///
/// # Panics
///
/// When PM2 cannot be run, or the case's files cannot be written.
#[must_use]
pub fn start(case: &Case, oracle: &mut Oracle) -> Outcome {
    let (_guard, directory) = files::directory();
    files::copy(&tree(), directory.as_std_path());
    for (file, text) in &case.files {
        let path = directory.join(file);
        fs::create_dir_all(path.parent().expect("a file lies in a directory"))
            .expect("a temporary directory can be written to");
        fs::write(path, text).expect("a temporary directory can be written to");
    }
    let pm2 = Pm2::new();
    let mut command = pm2.command(&["start", Case::CONFIG]);
    command.args(&case.arguments).current_dir(&directory);
    let places = [(directory.to_string(), "."), (pm2.home().display().to_string(), "~/.pm2")];
    let (ended, said) = run(command);
    let said = without(&said, &places);
    let complaint = complaint(&said);
    if ended.is_some_and(|status| !status.success()) {
        return Outcome::rejects(complaint.as_deref().unwrap_or("does not say why"));
    }
    let mut happens: Vec<String> = complaint.iter().cloned().collect();
    if ended.is_none() {
        happens.push("`pm2 start` never ends".to_owned());
    }
    thread::sleep(SETTLING);
    let log = fs::read_to_string(pm2.home().join("pm2.log")).unwrap_or_default();
    if log.contains("PM2 global error caught") {
        happens.push("PM2 itself crashes".to_owned());
    }
    let config = oracle.load(directory.join(Case::CONFIG).as_std_path(), &json!({}));
    let config = &config["config"];
    let apps = pm2.apps();
    happens.push(running(&apps, config));
    happens.extend(dropped(config, oracle));
    let shown = case.shows.iter().map(|field| without(&shown(&apps, field), &places));
    happens.extend(shown);
    happens.extend(case.then.clone());
    let verdict = match complaint {
        Some(_) if apps.is_empty() => Verdict::Rejects,
        Some(_) => Verdict::Warns,
        None => Verdict::Silent,
    };
    Outcome { verdict, details: happens.join("; ") }
}

/// How a command ended, if it did, and what it printed.
fn run(mut command: Command) -> (Option<ExitStatus>, String) {
    let (mut reader, writer) = std::io::pipe().expect("a pipe can be made");
    let errors = writer.try_clone().expect("a pipe can be shared");
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(errors).spawn();
    let mut child = child.expect("node cannot be started: the corpus needs Node 20");
    // The command holds the other end of the pipe.
    drop(command);
    let reading = thread::spawn(move || {
        let mut said = Vec::new();
        reader.read_to_end(&mut said).map(|_| said)
    });
    let start = Instant::now();
    let ended = loop {
        let ended = child.try_wait().expect("a child can be waited for");
        if ended.is_some() || start.elapsed() > PATIENCE {
            break ended;
        }
        thread::sleep(Duration::from_millis(50));
    };
    if ended.is_none() {
        child.kill().and_then(|()| child.wait()).expect("a child can be ended");
    }
    let said = reading.join().expect("reading does not panic").expect("a pipe can be read");
    // Without its colours.
    (ended, strip_str(&String::from_utf8_lossy(&said)).to_string())
}

/// Directories that are other ones each time, by the names they have for everybody.
fn without(text: &str, places: &[(String, &str)]) -> String {
    places.iter().fold(text.to_owned(), |text, (place, name)| {
        // macOS has two names for a temporary directory.
        text.replace(&format!("/private{place}"), name).replace(place, name)
    })
}

/// What PM2 prints as a warning where all is right, too.
const NOTICES: [&str; 2] = ["not running, starting...", "waiting for app to be ready..."];

/// The first thing that PM2 finds wrong.
fn complaint(said: &str) -> Option<String> {
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    let mut complaints = lines.iter().enumerate().filter_map(|(index, line)| {
        let line = line.strip_prefix("[PM2]").unwrap_or(line).trim_start();
        let text = line.strip_prefix("[ERROR]").or_else(|| line.strip_prefix("[WARN]"))?.trim();
        // Of a file that it cannot read it says why some lines later.
        let why = lines.iter().skip(index).find(|line| is_javascript_error(line));
        let text = why.filter(|_| text.ends_with("malformated")).copied().unwrap_or(text);
        Some(text.to_owned())
    });
    let first = complaints.find(|text| !NOTICES.iter().any(|notice| text.ends_with(notice)));
    first.or_else(|| lines.iter().find(|line| is_javascript_error(line)).map(ToString::to_string))
}

/// `TypeError: …`, `TypeError [ERR_…]: …`, `Error: …`
fn is_javascript_error(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    let name = name.split(" [").next().unwrap_or_default();
    name.ends_with("Error") && name.chars().all(char::is_alphanumeric)
}

/// What has become of the apps.
fn running(apps: &[Value], config: &Value) -> String {
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for app in apps {
        *states.entry(state(app)).or_default() += 1;
    }
    let declared = config["apps"].as_array().map_or(1, Vec::len);
    let several: Vec<String> =
        states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    match states.keys().collect::<Vec<_>>().as_slice() {
        [] => "nothing runs".to_owned(),
        [state] if apps.len() >= declared => (*state).to_string(),
        [_] => format!("of {declared} apps {}", several.join(", ")),
        // How many of several instances have failed by now is a matter of luck.
        _ if apps.len() > declared => "some are restarted again and again".to_owned(),
        _ => several.join(", "),
    }
}

fn state(app: &Value) -> &'static str {
    let env = &app["pm2_env"];
    let restarts = env["restart_time"].as_u64().unwrap_or_default();
    let process = app["pid"].as_u64().unwrap_or_default();
    match env["status"].as_str() {
        Some("online") if restarts == 0 && process == 0 => "*online* without a process",
        Some("online") if restarts == 0 => "online",
        Some("stopped") if restarts == 0 => "ended",
        _ => "restarted again and again",
    }
}

/// The keys that PM2's own validator drops.
fn dropped(config: &Value, oracle: &mut Oracle) -> Option<String> {
    let apps = config["apps"].as_array()?;
    let answers = oracle.validate(&json!({"apps": apps}));
    let mut keys: Vec<String> = answers
        .as_array()?
        .iter()
        // A value that is wrong it drops as well; some are put right before they come here.
        .filter(|answer| answer["errors"].as_array().is_some_and(Vec::is_empty))
        .flat_map(|answer| answer["dropped"].as_array().cloned().unwrap_or_default())
        .filter_map(|key| key.as_str().map(|key| format!("`{key}`")))
        .collect();
    keys.dedup();
    (!keys.is_empty()).then(|| format!("drops {}", keys.join(", ")))
}

/// A field of the first app that has it.
fn shown(apps: &[Value], field: &str) -> String {
    let pointer = format!("/pm2_env/{}", field.replace('.', "/"));
    let value = apps.iter().find_map(|app| app.pointer(&pointer));
    let value = value.map_or_else(|| "absent".to_owned(), |value| format!("`{value}`"));
    format!("`{field}` is {value}")
}
