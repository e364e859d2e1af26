//! The example `on-machines`: Promethean's own system, with Duck on the machine that has an NPU.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use promethean_test_support::files::{self, repository};
use serde_json::Value;

use super::everything_in;
use super::network::Network;
use crate::program;

/// The token of Duck, which only the machine with the NPU has.
const TOKEN: &str = "t0k3n-of-duck";

/// `MongoDB` of a machine: something that listens where Duck looks for it.
const DATABASE: &str = "import socket; s = socket.create_server(('127.0.0.1', 27017))\n\
                        while True: s.accept()[0].close()";

const DIRECTORY: &str = "/srv/promethean/machines";

/// Puts the system on two machines, and starts a Supervisor on each as the written README says.
fn deploy(network: &Network) {
    let machines = network.desk().join("machines");
    let written = Command::new(program::on_machines())
        .args(["supvisors", "-o", machines.as_str(), "--program", "on-machines"])
        .args(["--profile", "system"])
        .output()
        .unwrap();
    assert!(written.status.success(), "{written:?}");
    let readme = fs::read_to_string(machines.join("README.md")).unwrap();
    for name in ["stealth", "pi"] {
        let root = network.srv(name).join("promethean");
        files::copy(&repository().join("examples/promethean"), root.as_std_path());
        files::copy_program(program::on_machines(), root.join("on-machines"));
        super::copy(&machines, &root.join("machines"));
        if name == "pi" {
            let line = format!("DISCORD_TOKEN={TOKEN}\n");
            fs::write(root.join("agents/duck/.tokens"), line).unwrap();
        }
        let mut database = network.on(name);
        database.args(["setsid", "-f", "python3", "-c", DATABASE]);
        assert!(database.status().unwrap().success());
        let section = readme.split_once(&format!("## {name} (")).unwrap().1;
        let typed = section.split("```").nth(1).unwrap().lines();
        let start = typed.filter(|line| line.starts_with("mkdir ") || line.ends_with("# start"));
        let start: Vec<&str> = start.collect();
        assert_eq!(start.len(), 2, "{section}");
        for line in start {
            let programs = network.programs().to_str().unwrap();
            let line = line.replace("~/supvisors/bin", programs);
            let output = network.types(name, DIRECTORY, &line);
            assert!(output.status.success(), "{name}: {line}: {output:?}");
        }
    }
}

pub fn promethean_itself_runs_with_duck_where_an_npu_is() {
    let network = Network::of(&["stealth", "pi"]);
    deploy(&network);
    let asks = |arguments: &str| {
        let line = format!("./on-machines {arguments} --engine supvisors --profile system");
        network.types("stealth", "/srv/promethean", &line)
    };
    let end = Instant::now() + Duration::from_secs(600);
    let apps = loop {
        let output = asks("status --json");
        let status: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let apps = status["apps"].as_array().cloned().unwrap_or_default();
        let is_online = |app: &&Value| app["state"]["is"] == "online";
        if apps.len() > 10 && apps.iter().filter(is_online).count() == apps.len() {
            break apps;
        }
        assert!(Instant::now() < end, "{output:?}\n{}", network.logs(DIRECTORY));
        std::thread::sleep(Duration::from_secs(1));
    };
    let names: Vec<&str> = apps.iter().filter_map(|app| app["app"].as_str()).collect();
    let ducks = apps.iter().filter(|app| app["agent"] == "duck");
    let on: Vec<&Value> = ducks.map(|app| &app["running_on"][0]).collect();
    assert_eq!(on, ["pi"; 6], "{names:?}");
    assert!(apps.iter().any(|app| app["running_on"][0] == "stealth"), "{names:?}");
    let output = asks("logs duck.cephalon --out");
    assert!(String::from_utf8_lossy(&output.stdout).contains("cephalon"), "{output:?}");
    assert!(!everything_in(&network.srv("stealth")).contains(TOKEN));
    let output = asks("down");
    assert!(output.status.success(), "{output:?}");
    let all = format!("down: {} stopped", names.len());
    assert!(String::from_utf8_lossy(&output.stderr).contains(&all), "{output:?}");
}
