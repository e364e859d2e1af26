//! The `promethean` example against what the JavaScript it replaces evaluates to.
//!
//! `fixtures/promethean.apps.json` is the value of the old `ecosystem.config.js`, evaluated by
//! Node. Every field is compared; what may differ stands in [`faults_of_the_old_file`], each with
//! its reason.

use promethean_test_support::files::repository;
use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::program;

type Apps = BTreeMap<String, Map<String, Value>>;

fn by_name(config: &Value) -> Apps {
    let apps = config["apps"].as_array().expect("a list of apps").iter();
    apps.map(|app| {
        let app = app.as_object().expect("an app is an object").clone();
        (app["name"].as_str().expect("an app has a name").to_owned(), app)
    })
    .collect()
}

fn ours() -> Apps {
    let mut command = Command::new(program::example());
    command.args(["pm2", "--reveal-secrets"]).current_dir(repository());
    let output = command.output().expect("the example runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let root = repository().join("examples/promethean");
    by_name(
        &serde_json::from_str(&text.replace(root.to_str().expect("UTF-8"), "/repo")).expect("JSON"),
    )
}

fn theirs() -> Apps {
    by_name(&serde_json::from_str(include_str!("../fixtures/promethean.apps.json")).expect("JSON"))
}

/// A process gets strings; a trailing slash and an empty list mean nothing.
fn normal(app: &mut Map<String, Value>) {
    if let Some(env) = app.get_mut("env").and_then(Value::as_object_mut) {
        for value in env.values_mut() {
            if let Value::Number(number) = value {
                *value = Value::String(number.to_string());
            }
        }
    }
    if let Some(Value::String(cwd)) = app.get_mut("cwd") {
        *cwd = cwd.trim_end_matches('/').to_owned();
    }
    app.retain(|_, value| *value != json!([]));
}

/// Makes of the old app what it should have been.
fn faults_of_the_old_file(app: &mut Map<String, Value>) {
    let name = app["name"].as_str().unwrap().to_owned();
    // PM2 runs an executable that is no binary under node: the app shows online and runs nothing.
    if app["script"] != "." {
        app.insert("interpreter".into(), json!("none"));
    }
    // Not an attribute of PM2: it takes it for an environment block and never reads the file.
    app.remove("env_file");
    // The agent could not be addressed as one.
    if name.starts_with("duck_") {
        app.insert("namespace".into(), json!("duck"));
    }
    if let "duck_attachment_indexer" | "duck_attachment_embedder" = name.as_str() {
        // The directory depended on where `pm2 start` was typed, and what was watched did not exist.
        let directory = format!("/repo/services/py/{}", name.replace("duck_", "discord_"));
        app.insert("cwd".into(), json!(directory));
        app.insert("watch".into(), json!([directory]));
    }
    // Every line that is logged would restart what watches its own directory.
    if app.contains_key("watch") {
        let logs = ["err", "out"].map(|log| format!("logs/{name}-{log}*.log*"));
        let mut ignored = vec!["**/.*", "**/node_modules"];
        // Python writes there when it starts.
        if name.starts_with("duck_") {
            ignored.push("**/__pycache__");
        }
        ignored.extend(logs.iter().map(String::as_str));
        app.insert("ignore_watch".into(), json!(ignored));
    }
    // A bare object inside Duck, without the defaults.
    if name == "chromadb" {
        let defaults = json!({
            "exec_mode": "fork",
            "instances": 1,
            "autorestart": true,
            "merge_logs": true,
            "out_file": "./logs/chromadb-out.log",
            "error_file": "./logs/chromadb-err.log",
            "cwd": "/repo/agents/duck",
            "env": {
                "PM2_PROCESS_NAME": "chromadb",
                "HEARTBEAT_PORT": "5005",
                "PYTHONUNBUFFERED": "1",
                "PYTHONPATH": "/repo",
                "CHECK_INTERVAL": "300000",
                "HEARTBEAT_TIMEOUT": "600000",
            },
        });
        app.extend(defaults.as_object().unwrap().clone());
    }
}

#[test]
fn the_example_is_the_old_system_without_its_faults() {
    let (mut ours, mut theirs) = (ours(), theirs());
    assert_eq!(theirs.len(), 17);
    for app in ours.values_mut().chain(theirs.values_mut()) {
        normal(app);
    }
    theirs.values_mut().for_each(faults_of_the_old_file);
    let names = |apps: &Apps| apps.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs));
    for (name, app) in &theirs {
        assert_eq!(&ours[name], app, "{name}");
    }
}

#[test]
fn chromadb_comes_before_the_agent_that_needs_it() {
    let output = Command::new(program::example()).output().expect("the example runs");
    let config: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let names: Vec<&str> = config["apps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|app| app["name"].as_str().unwrap())
        .collect();
    let expected = [
        "chromadb",
        "duck_discord_indexer",
        "duck_cephalon",
        "duck_embedder",
        "duck_voice",
        "duck_attachment_indexer",
        "duck_attachment_embedder",
        "eidolon-field",
        "heartbeat",
        "proxy",
        "vision",
        "embedding_service",
        "stt",
        "tts",
        "file-watcher",
        "llm",
        "markdown-graph",
    ];
    assert_eq!(names, expected);
}

#[test]
fn no_secret_is_in_the_configuration_unless_asked_for() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(program::example());
        command.args(arguments).current_dir(repository());
        let output = command.output().expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for arguments in [
        &[][..],
        &["pm2", "--format", "json"],
        &["pm2", "--format", "yaml"],
        &["pm2", "--format", "js"],
        &["launch"],
        &["launch", "--via", "pm2"],
        &["launch", "--shell", "powershell"],
        &["graph", "--format", "svg"],
    ] {
        let (out, err) = run(arguments);
        assert!(!out.contains("token-from-dot-tokens"), "{arguments:?}");
        assert!(!err.contains("token-from-dot-tokens"), "{arguments:?}");
    }
    let (_, err) = run(&["pm2"]);
    assert!(
        err.contains("DISCORD_TOKEN of duck_discord_indexer and 5 others, which holds a secret"),
        "{err}"
    );
}
