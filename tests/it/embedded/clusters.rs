//! Clusters of Node.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use promethean_test_support::pm2::eventually;
use promethean_test_support::port;
use serde_json::{Value, json};

use super::scene::{Scene, kill, lives};

/// A cluster that listens on a port of its own.
struct Cluster {
    scene: Scene,
    port: String,
}

impl Cluster {
    fn new() -> Cluster {
        Cluster { scene: Scene::new("clusters"), port: port::own().to_string() }
    }

    fn command(&self, generation: &str, arguments: &[&str]) -> Command {
        let mut command = self.scene.command(arguments);
        command.env("PORT", &self.port).env("GENERATION", generation);
        command
    }

    fn succeed(&self, generation: &str, arguments: &[&str]) {
        let output = self.command(generation, arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}\n{}", self.scene.engine_log());
    }

    fn up() -> Cluster {
        let cluster = Cluster::new();
        cluster.succeed("old", &["up", "--engine", "embedded"]);
        // `up` waits until they run: nothing says that they listen by then.
        eventually("all listen", || cluster.ask("/").is_ok() && cluster.members().len() == 3);
        cluster
    }

    /// The answer to a request: the generation, the instance and the process.
    fn ask(&self, path: &str) -> std::io::Result<Vec<String>> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port.parse().unwrap()))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        if !head.starts_with("HTTP/1.1 200") {
            return Err(std::io::Error::other(format!("an answer of another kind: {answer:?}")));
        }
        let pieces = body.lines().flat_map(|line| line.split(' ')).map(str::to_owned);
        Ok(pieces.collect())
    }

    /// The members that answer.
    fn members(&self) -> BTreeMap<String, u32> {
        let answers = (0..30).map(|_| self.ask("/").unwrap());
        let members = answers.map(|answer| {
            // The body comes in chunks, each after its length.
            let at = answer.iter().position(|piece| piece == "old" || piece == "new").unwrap();
            let instance = format!("{} {}", answer[at], answer[at + 1]);
            (instance, answer[at + 2].parse().unwrap())
        });
        members.collect()
    }

    fn listed(&self) -> BTreeSet<u32> {
        let app = self.scene.app("web");
        let processes = app["processes"].as_array().unwrap().iter();
        // One that is about to start has none.
        let pid = |process: &Value| process["pid"].as_u64().unwrap_or_default();
        processes.map(|process| u32::try_from(pid(process)).unwrap()).collect()
    }

    fn is_online(&self) -> bool {
        self.scene.state("web") == "online" && !self.listed().contains(&0)
    }
}

/// The parent of a process.
fn parent(pid: u32) -> u32 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
    line.trim().parse().unwrap()
}

#[test]
fn its_members_share_a_port_and_see_what_they_are_given() {
    let cluster = Cluster::up();
    let members = cluster.members();
    assert_eq!(members.keys().collect::<Vec<_>>(), ["old 0", "old 1", "old 2"]);
    assert_eq!(members.values().copied().collect::<BTreeSet<_>>(), cluster.listed());

    let logs = cluster.scene.engine().join("logs");
    let said = fs::read_to_string(logs.join("web-out-1.log")).unwrap();
    let seen: Value = serde_json::from_str(&said).unwrap();
    let script = cluster.scene.path("cluster.js");
    assert_eq!(seen["argv"], json!([script, "one", "two"]));
    assert_eq!(seen["execArgv"], json!(["--enable-source-maps", "--stack-trace-limit=7"]));
    assert_eq!(seen["cwd"], json!(cluster.scene.path("").to_str().unwrap().trim_end_matches('/')));
    let environment = seen["environment"].as_object().unwrap();
    let given = ["PORT", "GENERATION", "SECRET", "NODE_APP_INSTANCE"];
    assert_eq!(
        given.map(|name| environment[name].as_str().unwrap().to_owned()),
        [&cluster.port, "old", "from-a-file", "1"]
    );
    assert_eq!(environment.get("LEAKED"), None, "{environment:?}");
    assert_eq!(environment.get("NODE_UNIQUE_ID"), None, "{environment:?}");
    assert_eq!(fs::read_to_string(logs.join("web-error-2.log")).unwrap(), "and complains\n");
    // No secret is in the process list, and no pipe is left.
    let primary = parent(*members.values().next().unwrap());
    let line = fs::read_to_string(format!("/proc/{primary}/cmdline")).unwrap();
    assert!(!line.contains("from-a-file"), "{line}");
    let names = cluster.scene.engine().read_dir_utf8().unwrap().flatten();
    let left = names.filter(|entry| entry.file_name().starts_with("worker-"));
    assert_eq!(left.count(), 0);
    cluster.succeed("old", &["down"]);
    cluster.scene.is_gone();
    assert!(!lives(primary));
}

/// What it takes a moment to answer is answered, though its members end at once when they are signalled.
#[test]
fn a_reload_loses_no_request() {
    let cluster = Cluster::up();
    let before = cluster.members();
    let ids = |cluster: &Cluster| -> Vec<Value> {
        let app = cluster.scene.app("web");
        app["processes"].as_array().unwrap().iter().map(|process| process["id"].clone()).collect()
    };
    let numbers = ids(&cluster);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut answers = 0;
                    while !over.load(Ordering::Relaxed) {
                        cluster.ask("/").unwrap();
                        answers += 1;
                    }
                    answers
                })
            })
            .collect();
        // By a reload of the same, and by a change.
        cluster.succeed("old", &["reload", "web"]);
        cluster.succeed("new", &["apply", "--yes"]);
        over.store(true, Ordering::Relaxed);
        let answers: Vec<u32> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        assert!(answers.iter().all(|answers| *answers > 0), "{answers:?}");
    });
    let after = cluster.members();
    assert_eq!(after.keys().collect::<Vec<_>>(), ["new 0", "new 1", "new 2"]);
    assert!(before.values().all(|pid| !lives(*pid)));
    assert_eq!(ids(&cluster), numbers);
    assert_eq!(cluster.scene.app("web")["restarts"], 6);
    let plan = cluster.command("new", &["plan", "--detailed-exitcode"]).output().unwrap();
    assert_eq!(plan.status.code(), Some(0), "{}", String::from_utf8_lossy(&plan.stdout));
}

pub fn a_member_that_ends_restarts_and_others_join_and_leave() {
    let cluster = Cluster::up();
    let before = cluster.listed();
    assert!(cluster.ask("/exit").is_err());
    eventually("it is restarted", || {
        cluster.is_online() && cluster.scene.app("web")["restarts"] == 1
    });
    let after = cluster.listed();
    assert_eq!(before.intersection(&after).count(), 2, "{before:?} {after:?}");
    let log = cluster.scene.engine_log();
    assert!(log.contains(": exited with code 7"), "{log}");

    cluster.succeed("old", &["--profile", "more", "up", "--yes"]);
    let more = cluster.listed();
    assert!(more.len() == 4 && more.is_superset(&after), "{after:?} {more:?}");
    eventually("all answer", || cluster.members().len() == 4);
    cluster.succeed("old", &["--no-profile", "up", "--yes"]);
    assert_eq!(cluster.listed().len(), 3);
}

pub fn a_killed_primary_leaves_no_member_and_another_one_follows() {
    let cluster = Cluster::up();
    let before = cluster.listed();
    let primary = parent(*before.first().unwrap());
    kill(primary);
    eventually("all are others", || cluster.is_online() && cluster.listed().is_disjoint(&before));
    assert!(before.iter().all(|pid| !lives(*pid)), "{before:?}");
    eventually("they answer", || cluster.ask("/").is_ok());
    let others: BTreeSet<u32> = cluster.listed().into_iter().map(parent).collect();
    assert!(others.len() == 1 && !others.contains(&primary), "{others:?}");
}

#[test]
fn a_killed_engine_leaves_no_member() {
    let cluster = Cluster::up();
    let primary = parent(*cluster.listed().first().unwrap());
    kill(cluster.scene.part("__engine"));
    cluster.scene.is_gone();
    assert!(!lives(primary));
}
