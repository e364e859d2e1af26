//! Ports that are held by what a killed engine left running.

use std::fs;
use std::net::TcpStream;

use promethean::declaration::Declaration;
use promethean::operations::{self, OperationError, Target};
use promethean::preflight::{self, Circumstances, Report, Topic};
use promethean::{Ecosystem, Options};
use promethean_test_support::port;
use serde_json::{Value, json};

use super::scene::{Scene, lives, on_both_engines};

on_both_engines! {
    a_port_that_a_lost_process_holds_is_free_for_its_own_system_alone,
    a_service_that_gets_another_name_keeps_its_port,
}

/// A service that listens on its port.
fn service(name: &str, port: u16) -> Value {
    let block = json!({
        "settings": {"port": [port], "entry": ["listen.js"]},
        "ready": {"kind": "tcp", "values": [format!("127.0.0.1:{port}")]},
    });
    json!({"service": {"kind": "node", "name": name, "block": block}})
}

fn target(scene: &Scene, name: &str, units: &[Value]) -> Target {
    let declaration = json!({"name": name, "paths_unchecked": true, "units": units});
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, scene.root().to_string(), &[]);
    Target::new(&ecosystem, &Options::default()).unwrap()
}

/// What `check` finds.
fn check(scene: &Scene, target: &Target) -> Report {
    let engine = scene.engine(target);
    let mut circumstances = Circumstances::of_process(&*engine);
    let present = operations::present(&*engine, target).unwrap();
    (circumstances.running, circumstances.kept) = (present.running, present.kept);
    circumstances.left_over = present.left_over;
    preflight::check(&target.wanted(), &circumstances)
}

/// `up` ends what is left of its own apps before it starts any; of others it ends nothing.
fn a_port_that_a_lost_process_holds_is_free_for_its_own_system_alone(mut scene: Scene) {
    let listen = "require('http').createServer((_, answer) => answer.end()).listen(process.env.PORT, '127.0.0.1');\n";
    fs::write(scene.path("listen.js"), listen).unwrap();
    let (one, other) = (port::own(), port::own());
    let system = target(&scene, "ports", &[service("web", one), service("api", other)]);
    scene.up(&system).unwrap();
    let before = [scene.pid("web"), scene.pid("api")];
    scene.kill_daemon_and_guard();
    assert!(before.iter().all(|pid| lives(*pid)), "they live on");
    assert!([one, other].iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()));

    let foreign = target(&scene, "beside", &[service("elsewhere", one)]);
    let report = check(&scene, &foreign);
    let wrong: Vec<_> = report.findings.iter().map(|found| found.kind).collect();
    assert_eq!(wrong, [Topic::Port], "{report}");
    let outcome = scene.up(&foreign);
    assert!(matches!(outcome, Err(OperationError::NotReady(_))), "{outcome:?}");
    scene.down(&foreign);
    assert!(before.iter().all(|pid| lives(*pid)), "they are not its own");

    // Each has now the port that the other one holds.
    let system = target(&scene, "ports", &[service("web", other), service("api", one)]);
    let report = check(&scene, &system);
    assert!(report.is_ready(), "{report}");
    scene.up(&system).unwrap();
    assert!(!before.iter().any(|pid| lives(*pid)));
    assert!(scene.status(&system).apps.iter().all(operations::AppStatus::is_well));
    scene.down(&system);
}

/// What had the port before is the same service with its old name, which `apply` removes and `up` does not.
fn a_service_that_gets_another_name_keeps_its_port(mut scene: Scene) {
    let listen = "require('http').createServer((_, answer) => answer.end()).listen(process.env.PORT, '127.0.0.1');\n";
    fs::write(scene.path("listen.js"), listen).unwrap();
    let port = port::own();
    let old = target(&scene, "renamed", &[service("db", port)]);
    scene.up(&old).unwrap();
    let before = scene.pid("db");
    let new = target(&scene, "renamed", &[service("database", port)]);
    let expected = format!(
        "database: its port {port} is already in use, by node (process {before}) of db, which is no longer defined\n  \
         help: `apply` removes that and starts this; `up` removes nothing"
    );
    assert_eq!(check(&scene, &new).to_string(), expected);
    let refused = scene.up(&new).unwrap_err().to_string();
    assert!(refused.contains(&expected), "{refused}");
    assert!(lives(before));
    scene.apply(&new).unwrap();
    assert!(!lives(before));
    assert_eq!(scene.processes().keys().collect::<Vec<_>>(), ["database"]);
    assert!(scene.status(&new).apps.iter().all(operations::AppStatus::is_well));
    scene.down(&new);
}
