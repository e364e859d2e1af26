//! What the real PM2 does with a mistake: what it says to `pm2 start`, and what runs then.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;
use std::thread;
use std::time::Duration;

use promethean_test_support::files;
use promethean_test_support::node::Oracle;
use promethean_test_support::pm2::Pm2;
use serde_json::{Value, json};

use crate::corpus::Case;
use crate::tree;
use crate::verdict::{Outcome, Verdict};

/// By then what crashes has crashed once, on a busy machine, too.
const SETTLING: Duration = Duration::from_secs(3);

/// Starts a case on a PM2 of its own, which ends with all that it runs.
///
/// # Panics
///
/// When PM2 cannot be run, or the case's files cannot be written.
#[must_use]
pub fn start(case: &Case) -> Outcome {
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
    let output = command.args(&case.arguments).current_dir(&directory).output();
    let output = output.expect("node cannot be started: the corpus needs Node 20");
    let said = without_directory(&said(&output), directory.as_str());
    let complaint = complaint(&said);
    if !output.status.success() {
        return Outcome::refuses(complaint.unwrap_or_else(|| panic!("{}: {said}", case.name)));
    }
    thread::sleep(SETTLING);
    let config = Oracle::start().load(directory.join(Case::CONFIG).as_std_path(), &json!({}));
    let mut happens = Vec::new();
    let verdict = match complaint {
        Some(complaint) => {
            happens.push(complaint);
            Verdict::Warns
        }
        None => Verdict::Silent,
    };
    let apps = pm2.apps();
    happens.push(running(&apps, &config["config"]));
    happens.extend(dropped(&config["config"]));
    happens.extend(case.shows.iter().map(|field| shown(&apps, field, directory.as_str())));
    happens.extend(case.then.clone());
    Outcome { verdict, details: happens.join("; ") }
}

fn said(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout);
    format!("{stdout}{}", String::from_utf8_lossy(&output.stderr))
}

/// The temporary directory is another one each time, and macOS has two names for it.
fn without_directory(text: &str, directory: &str) -> String {
    text.replace(&format!("/private{directory}"), ".").replace(directory, ".")
}

/// The first thing that PM2 finds wrong. That an app is not running yet it says each time.
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
    let first = complaints.find(|text| !text.ends_with("not running, starting..."));
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
    let mut states: BTreeMap<&str, &str> = BTreeMap::new();
    for app in apps {
        let env = &app["pm2_env"];
        let restarts = env["restart_time"].as_u64().unwrap_or_default();
        let status = env["status"].as_str().unwrap_or_default();
        let state = match status {
            "online" if restarts == 0 => "online",
            "stopped" if restarts == 0 => "has ended",
            _ => "crashes again and again",
        };
        // Of several instances the worst one counts.
        let name = app["name"].as_str().unwrap_or_default();
        let known = states.entry(name).or_insert(state);
        if *known == "online" {
            *known = state;
        }
    }
    let declared = config["apps"].as_array().map_or(1, Vec::len);
    if apps.is_empty() {
        return "nothing runs".to_owned();
    }
    let mut distinct: Vec<&str> = states.values().copied().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let states = match distinct.as_slice() {
        [state] => (*state).to_owned(),
        _ => {
            let each = states.iter().map(|(name, state)| format!("`{name}` {state}"));
            each.collect::<Vec<_>>().join(", ")
        }
    };
    let names = apps.iter().map(|app| &app["name"]);
    let there = names.collect::<std::collections::HashSet<_>>().len();
    if there < declared { format!("{there} of {declared} apps, {states}") } else { states }
}

/// The keys that PM2's own validator drops.
fn dropped(config: &Value) -> Option<String> {
    let apps = config["apps"].as_array()?;
    // What cannot be handed over as JSON has no place in a configuration.
    let answers = Oracle::start().validate(&json!({"apps": apps}));
    let mut keys: Vec<String> = answers
        .as_array()?
        .iter()
        .flat_map(|answer| answer["dropped"].as_array().cloned().unwrap_or_default())
        .filter_map(|key| key.as_str().map(|key| format!("`{key}`")))
        .collect();
    keys.dedup();
    (!keys.is_empty()).then(|| format!("drops {}", keys.join(", ")))
}

/// A field of the first app that has it.
fn shown(apps: &[Value], field: &str, directory: &str) -> String {
    let pointer = format!("/pm2_env/{}", field.replace('.', "/"));
    let value = apps.iter().find_map(|app| app.pointer(&pointer));
    let value = value.map_or_else(|| "absent".to_owned(), |value| format!("`{value}`"));
    format!("`{field}` is {}", without_directory(&value, directory))
}
