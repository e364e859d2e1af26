//! What is emitted, on the real PM2.

use std::fs;
use std::process::Command;
use std::time::Duration;

use camino::Utf8Path;
use promethean::declaration::Declaration;
use promethean::emit::launch::{self, Shell, Via};
use promethean::emit::{self, Config};
use promethean::secrets::Reader;
use promethean::{Ecosystem, Options, System};
use promethean_test_support::files::{self, repository};
use promethean_test_support::node::recorder;
use promethean_test_support::pm2::{Pm2, eventually};
use serde_json::{Value, json};

use crate::program;

fn resolve(declaration: Value, root: &Utf8Path) -> System {
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
    ecosystem.resolve(&Options::default()).unwrap()
}

fn start(pm2: &Pm2, system: &System, root: &Utf8Path) {
    let file = root.join("ecosystem.json");
    fs::write(&file, emit::json(&Config::new(system))).unwrap();
    pm2.run(&["start", file.as_str()]);
}

/// On PM2 7 a program that prints and watches its own directory, logs included, is restarted 40
/// times in 12 seconds.
#[test]
fn a_service_that_watches_its_own_directory_is_not_restarted_by_its_logs() {
    let (_guard, root) = files::directory();
    for name in ["plain", "brackets [1] (2)", "wildcard [1]"] {
        fs::create_dir(root.join(name)).unwrap();
        fs::write(root.join(name).join("index.js"), "setInterval(() => console.log('tick'), 100);")
            .unwrap();
    }
    let service = |name: &str, directory: &str, watch: &str| {
        json!({"service": {"kind": "node", "name": name, "directory": directory, "block": {"settings": {
            "entry": ["index.js"], "watch": [watch], "ignore_watch": ["ignored"],
            "out_file": ["./logs/{name}-out.log"], "error_file": ["./logs/{name}-err.log"]
        }}}})
    };
    let units = json!([
        service("plain", "plain", "."),
        service("brackets", "brackets [1] (2)", "."),
        service("wildcard", "wildcard [1]", "*.js"),
    ]);
    let system = resolve(json!({"units": units}), &root);
    let pm2 = Pm2::new();
    start(&pm2, &system, &root);
    let restarts = |name: &str| pm2.app(name)["pm2_env"]["restart_time"].clone();
    let log = root.join("plain/logs/plain-out.log");
    let lines = || fs::read_to_string(&log).unwrap_or_default().lines().count();
    eventually("it writes to its log", || lines() > 10);
    fs::write(root.join("plain/ignored"), "").unwrap();
    fs::create_dir(root.join("plain/node_modules")).unwrap();
    fs::write(root.join("plain/.hidden"), "").unwrap();
    std::thread::sleep(Duration::from_secs(1));
    for name in ["plain", "brackets", "wildcard"] {
        assert_eq!(restarts(name), json!(0), "{name}");
    }
    for name in ["plain", "brackets [1] (2)", "wildcard [1]"] {
        fs::write(root.join(name).join("new.js"), "").unwrap();
    }
    for name in ["plain", "brackets", "wildcard"] {
        eventually(&format!("a change restarts {name}"), || restarts(name) != json!(0));
    }
}

/// What the lint `memory-of-runner` says.
#[test]
fn the_memory_of_what_npm_starts_is_not_measured() {
    const MEBIBYTES: u64 = 400;
    let (_guard, root) = files::directory();
    let package = json!({"name": "big", "scripts": {"start": "node index.js"}});
    fs::write(root.join("package.json"), package.to_string()).unwrap();
    let program = format!(
        "const held = Buffer.alloc({MEBIBYTES} << 20, 1); \
         require('fs').writeFileSync('used', String(process.memoryUsage.rss())); \
         setInterval(() => held.at(0), 1000);"
    );
    fs::write(root.join("index.js"), program).unwrap();
    let service = json!({"kind": "node", "name": "big", "block": {"settings": {
        "runner": [{"word": "npm"}], "run": ["start"],
    }}});
    let system = resolve(json!({"units": [{"service": service}]}), &root);
    let pm2 = Pm2::new();
    start(&pm2, &system, &root);
    let used = || fs::read_to_string(root.join("used")).ok()?.parse::<u64>().ok();
    eventually("it has its memory", || used().is_some());
    assert!(used().unwrap() > MEBIBYTES << 20);
    let measured = || pm2.app("big")["monit"]["memory"].as_u64().unwrap();
    eventually("something is measured", || measured() > 0);
    assert!(measured() < MEBIBYTES << 19, "{}", measured());
}

#[test]
fn the_example_runs_and_its_agent_is_one_unit() {
    let (_guard, root) = files::directory();
    let example = repository().join("examples/promethean");
    files::copy(&example, root.as_std_path());
    let config = root.join("promethean.config.cjs");
    let written = Command::new(program::example())
        .args(["--root", root.as_str(), "--profile", "system", "pm2", "-o", config.as_str()])
        .status()
        .unwrap();
    assert!(written.success());
    let pm2 = Pm2::new();
    // On a busy machine a service needs longer than PM2 gives it to end.
    let mut start = pm2.command(&["start", config.as_str()]);
    assert!(start.env("PM2_KILL_TIMEOUT", "120000").output().unwrap().status.success());
    let said = |directory: &str, name: &str| {
        fs::read_to_string(root.join(directory).join(format!("logs/{name}-out.log")))
            .unwrap_or_default()
    };
    eventually("all say who they are", || {
        said("services/py/discord_indexer", "duck_discord_indexer")
            .contains("duck_discord_indexer: indexes the messages of its channels for Duck")
            && said("services/js/heartbeat", "heartbeat").contains("heartbeat: hears who is alive")
            && said("agents/duck", "chromadb").contains("chromadb: keeps vectors")
    });
    let apps = pm2.apps();
    assert_eq!(apps.len(), 17);
    for app in &apps {
        let env = &app["pm2_env"];
        assert_eq!(
            (&env["status"], &env["restart_time"]),
            (&json!("online"), &json!(0)),
            "{}",
            app["name"]
        );
    }
    let token = &pm2.app("duck_voice")["pm2_env"]["DISCORD_TOKEN"];
    assert_eq!(*token, json!("token-from-dot-tokens"));
    pm2.run(&["restart", "duck"]);
    let restarted: Vec<String> = pm2
        .apps()
        .iter()
        .filter(|app| app["pm2_env"]["restart_time"] != json!(0))
        .map(|app| app["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(restarted.len(), 6, "{restarted:?}");
    assert!(restarted.iter().all(|name| name.starts_with("duck_")));
    pm2.run(&["stop", "all"]);
    assert!(said("services/py/tts", "tts").ends_with("tts: stopped\n"));
    assert!(said("agents/duck", "chromadb").ends_with("chromadb: stopped\n"));
}

/// PM2 hands a script with a space in its name to bash without its arguments, and takes `serve` for
/// its own file server.
#[test]
fn programs_that_pm2_would_take_for_something_else_get_their_arguments() {
    let (_guard, root) = files::directory();
    for name in ["my program", "serve"] {
        files::write_program(root.join(name), "#!/bin/sh\necho \"$0 got $1\"\nexec sleep 60\n");
    }
    let service = |name: &str, program: &str| {
        json!({"service": {"kind": "script", "name": name, "block": {"settings": {
            "run": [program, "a b"], "out_file": ["./{name}.log"]
        }}}})
    };
    let path = format!("{root}:{}", std::env::var("PATH").unwrap());
    let units = json!([service("spaced", "./my program"), service("served", "serve")]);
    let mut units = units;
    units[1]["service"]["block"]["env"] = json!({"PATH": path});
    let system = resolve(json!({"units": units}), &root);
    let pm2 = Pm2::new();
    start(&pm2, &system, &root);
    let said =
        |name: &str| fs::read_to_string(root.join(format!("{name}.log"))).unwrap_or_default();
    eventually("both get their arguments", || {
        said("spaced") == "./my program got a b\n" && said("served").ends_with("serve got a b\n")
    });
}

/// `pm2 start …` lines start the same apps as the configuration.
#[test]
fn launch_lines_via_pm2_start_what_the_configuration_starts() {
    let (_guard, root) = files::directory();
    fs::create_dir(root.join("in here")).unwrap();
    let settings = json!({
        "run": ["node", recorder(), "a b", "--flag=$x"],
        "autorestart": [false], "restart_delay": [{"duration": "10s"}], "kill_timeout": [{"duration": "3s"}],
        "max_memory_restart": [{"size": "300M"}], "merge_logs": [true], "out_file": ["./logs/{name}.log"],
        "watch": ["."], "ignore_watch": ["x"], "max_restarts": [3], "instances": [1], "exec_mode": [{"word": "fork"}],
    });
    let system = resolve(
        json!({"units": [{"agent": {"name": "duck", "services": [{
            "kind": "script", "name": "talk", "directory": "in here",
            "block": {"settings": settings, "env": {"GREETING": "it's $me"}}
        }]}}]}),
        &root,
    );
    let (by_file, by_line) = (Pm2::new(), Pm2::new());
    start(&by_file, &system, &root);
    let line = launch::line(&system.apps[0], Shell::Sh, Via::Pm2, &Reader::new()).unwrap();
    assert_eq!(line.unsaid, [""; 0]);
    let bin = by_line.program();
    let path = format!("{}:{}", bin.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &line.text])
        .env("PM2_HOME", by_line.home())
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let compared = [
        "name",
        "namespace",
        "args",
        "exec_interpreter",
        "exec_mode",
        "instances",
        "autorestart",
        "restart_delay",
        "kill_timeout",
        "max_memory_restart",
        "merge_logs",
        "watch",
        "ignore_watch",
        "max_restarts",
        "pm_cwd",
        "pm_exec_path",
        "pm_out_log_path",
        "GREETING",
    ];
    let (file, line) = (by_file.app("duck_talk"), by_line.app("duck_talk"));
    for key in compared {
        assert_eq!(file["pm2_env"][key], line["pm2_env"][key], "{key}");
        assert_ne!(file["pm2_env"][key], Value::Null, "{key}");
    }
}
