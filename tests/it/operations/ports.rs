//! Ports that are held by what a killed engine left running.

use std::fs;
use std::io::Read as _;
use std::net::TcpStream;

use promethean::declaration::Declaration;
use promethean::operations::{self, OperationError, State, Target};
use promethean::preflight::{self, Circumstances, Report, Topic};
use promethean::{Ecosystem, Options};
use promethean_test_support::dice::Dice;
use promethean_test_support::{effort, port};
use serde_json::{Value, json};

use super::scene::{Scene, lives, on_both_engines};

on_both_engines! {
    a_port_that_a_lost_process_holds_is_free_for_its_own_system_alone,
    a_service_that_gets_another_name_keeps_its_port,
    ports_pass_from_one_service_to_another,
    whatever_ports_change_each_service_has_its_own,
}

/// A service that listens on its port.
fn service(name: &str, port: u16) -> Value {
    let block = json!({
        "settings": {"port": [port], "entry": ["listen.js"]},
        "ready": {"kind": "tcp", "values": [format!("127.0.0.1:{port}")]},
    });
    json!({"service": {"kind": "node", "name": name, "block": block}})
}

fn ecosystem(scene: &Scene, name: &str, units: &[Value]) -> Ecosystem {
    let declaration = json!({"name": name, "paths_unchecked": true, "units": units});
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    Ecosystem::from_declaration(declaration, scene.root().to_string(), &[])
}

fn target(scene: &Scene, name: &str, units: &[Value]) -> Target {
    Target::new(&ecosystem(scene, name, units), &Options::default()).unwrap()
}

/// What `check` finds.
fn check(scene: &Scene, target: &Target) -> Report {
    let engine = scene.engine(target);
    let mut circumstances = Circumstances::of_process(&*engine);
    let present = operations::present(&*engine, target).unwrap();
    (circumstances.running, circumstances.kept) = (present.running, present.kept);
    circumstances.own = present.own;
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

/// A service that says which one it is, and depends on others.
fn named(name: &str, port: u16, on: &[&str]) -> Value {
    let on: Vec<Value> = on.iter().map(|on| json!({"unit": [on], "condition": "ready"})).collect();
    let block = json!({
        "settings": {"port": [port], "entry": ["say.js"]},
        "env": {"NAME": name},
        "ready": {"kind": "tcp", "values": [format!("127.0.0.1:{port}")]},
        "depends_on": on,
    });
    json!({"service": {"kind": "node", "name": name, "block": block}})
}

/// Who answers on a port.
fn answer(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}

/// Says the name of the service to whoever connects.
const SAY: &str = "require('net').createServer(socket => socket.on('error', () => {}).end(process.env.NAME)).listen(process.env.PORT, '127.0.0.1');\n";

/// The probe of the first one would otherwise reach the second one, which has its port and is ended later.
fn ports_pass_from_one_service_to_another(mut scene: Scene) {
    fs::write(scene.path("say.js"), SAY).unwrap();
    let (one, other) = (port::own(), port::own());
    let of = |db, web| {
        [named("db", db, &[]), named("api", port::own(), &["db"]), named("web", web, &["api"])]
    };
    let units = of(one, other);
    let before = target(&scene, "swapped", &units);
    scene.up(&before).unwrap();
    assert_eq!([answer(one), answer(other)], ["db", "web"]);

    let mut swapped = of(other, one);
    swapped[1] = units[1].clone();
    let after = target(&scene, "swapped", &swapped);
    assert!(check(&scene, &after).is_ready());
    // What runs listens where it did, and is asked there.
    let with_drift = scene.status(&after);
    for (name, port) in [("db", one), ("web", other)] {
        let app = with_drift.apps.iter().find(|app| app.app == name).unwrap();
        assert_eq!(app.state, State::Ready);
        assert_eq!(app.endpoints[0].address, format!("127.0.0.1:{port}"));
    }
    // Alone it cannot have what the other one keeps.
    let elsewhere = target(&scene, "swapped", &of(port::own(), port::own()));
    assert!(scene.status(&elsewhere).apps.iter().all(|app| app.state == State::Ready));
    let pids = ["db", "web"].map(|name| scene.pid(name));
    let alone = scene.target_of(&ecosystem(&scene, "swapped", &swapped), &["db"]);
    let report = check(&scene, &alone);
    let expected = format!(
        "db: its port {other} is already in use, by process {} of web\n  \
         help: where that is to have another port, `up` without names changes both",
        pids[1]
    );
    assert_eq!(report.to_string(), expected);
    let refused = scene.up(&alone).unwrap_err().to_string();
    assert!(refused.contains(&expected), "{refused}");
    assert_eq!(["db", "web"].map(|name| scene.pid(name)), pids);

    scene.up(&after).unwrap();
    let told: Vec<String> = scene.events().iter().map(ToString::to_string).collect();
    let note = format!("web ends first: db is to have its port {other}");
    assert!(told.contains(&note), "{told:?}");
    assert_eq!([answer(one), answer(other)], ["web", "db"]);
    assert!(scene.status(&after).apps.iter().all(operations::AppStatus::is_well));
    let restarts = ["db", "web"].map(|name| scene.listed(&after, name).restarts);
    assert_eq!(restarts, [0, 0], "none has found its port taken");
    scene.down(&after);
}

/// Each `up` gives some services the ports of others, takes some away and leaves some as they are.
fn whatever_ports_change_each_service_has_its_own(mut scene: Scene) {
    const NAMES: [&str; 4] = ["cache", "db", "api", "web"];
    fs::write(scene.path("say.js"), SAY).unwrap();
    let known: Vec<u16> = (0..6).map(|_| port::own()).collect();
    let mut dice = Dice::from_seed(31);
    let needs: Vec<Vec<&str>> = (0..NAMES.len())
        .map(|service| (0..service).filter(|_| dice.once_in(2)).map(|on| NAMES[on]).collect())
        .collect();
    let mut ports = known.clone();
    for round in 0..effort::of(60) {
        for _ in 0..=dice.below(2) {
            let (one, other) = (dice.below(ports.len()), dice.below(ports.len()));
            ports.swap(one, other);
        }
        let own = NAMES.iter().zip(&ports).zip(&needs);
        let units: Vec<Value> = own.map(|((name, port), on)| named(name, *port, on)).collect();
        let target = target(&scene, "any", &units);
        let report = check(&scene, &target);
        assert!(report.is_ready(), "round {round}: {report}");
        if let Err(error) = scene.up(&target) {
            panic!("round {round}, ports {ports:?}: {error}");
        }
        for (name, port) in NAMES.iter().zip(&ports) {
            assert_eq!(answer(*port), *name, "round {round}");
            assert_eq!(scene.listed(&target, name).restarts, 0, "{name} in round {round}");
        }
    }
    let last = target(&scene, "any", &[]);
    scene.apply(&last).unwrap();
}
