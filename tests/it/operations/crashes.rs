//! Runs and daemons that are killed: the next run makes good what is left.
//!
//! PM2's own are what its killed daemon leaves behind, its client, and clusters.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use promethean_test_support::dice::Dice;
use promethean_test_support::pm2::{LIMIT, eventually};
use promethean_test_support::{effort, node};
use serde_json::Value;

use super::scene::{Scene, kill, kill_at_once, lives, on_both_engines, signal};

on_both_engines! {
    what_others_need_is_not_stopped_and_the_way_out_is_named,
    a_daemon_that_ends_under_a_run_is_started_anew,
}

/// The program whose runs are killed.
const CRASHING: &str = env!("CARGO_BIN_EXE_crashing");

/// How many runs each test kills.
fn points() -> usize {
    effort::of(100) as usize
}

/// A run of it.
pub fn run(scene: &Scene, arguments: &[&str], generation: usize) -> Command {
    run_of("crashing", scene, arguments, generation)
}

/// A run of one of its systems.
pub fn run_of(system: &str, scene: &Scene, arguments: &[&str], generation: usize) -> Command {
    let mut command = Command::new(CRASHING);
    command
        .args(["--root", scene.root().as_str()])
        .args(arguments)
        .env("SYSTEM", system)
        .env("GENERATION", generation.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    scene.engage(&mut command);
    command
}

/// A run of it that succeeds.
fn succeed(scene: &Scene, arguments: &[&str], generation: usize) -> String {
    succeeds(scene, arguments, run(scene, arguments, generation))
}

fn succeeds(scene: &Scene, arguments: &[&str], mut run: Command) -> String {
    let output = run.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let end = output.status;
    assert!(end.success(), "{arguments:?}: {end}\n{said}\n{}", circumstances(scene));
    said
}

fn last(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// What there is to know when something has gone wrong: what is alive, what is remembered, and what the
/// daemon has said.
fn circumstances(scene: &Scene) -> String {
    let mut told = format!("alive: {:#?}\n", alive(scene));
    let own = scene.is_on_pm2().then(|| scene.pm2.home().join("promethean"));
    let own = own.and_then(|own| fs::read_dir(own).ok());
    for file in own.into_iter().flatten().flatten() {
        let text = fs::read_to_string(file.path()).unwrap_or_default();
        writeln!(told, "{}: {text}", file.path().display()).unwrap();
    }
    let columns = "pid,ppid,pgid,stat,lstart,etimes,args";
    let processes = Command::new("ps").args(["-eo", columns, "--forest"]).output().unwrap();
    let log = scene.daemon_log();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    writeln!(told, "load: {load}\n{}", String::from_utf8_lossy(&processes.stdout)).unwrap();
    writeln!(told, "the daemon:\n{}", last(&log, 200)).unwrap();
    told
}

/// What is alive of the services, as `<command line> <generation>`, and of clusters as
/// `<app> <generation>`: known by what they were told of their scene.
pub fn alive(scene: &Scene) -> Vec<String> {
    let stamps = scene.path("stamps").display().to_string();
    let mut alive = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let variable = |name: &str| {
            let mut variables = environment.split('\0');
            variables.find_map(|variable| variable.strip_prefix(name)?.strip_prefix('='))
        };
        // What PM2 tells a process of a cluster.
        let told = variable("pm2_env").and_then(|told| serde_json::from_str::<Value>(told).ok());
        if let Some(told) = told {
            if told["STAMPS"] == stamps.as_str() {
                let text = |name: &str| told[name].as_str().unwrap_or("?").to_owned();
                alive.push(format!("{} {}", text("name"), text("GENERATION")));
            }
        } else if variable("STAMPS") == Some(&stamps) {
            let line = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            let generation = variable("GENERATION").unwrap_or("?");
            alive.push(format!("{} {generation}", line.replace('\0', " ").trim()));
        }
    }
    alive.sort();
    alive
}

/// What is alive of a system that is up: a process for each service, and the child of one.
fn whole(generation: usize, more: bool) -> Vec<String> {
    let mut whole = vec![format!("sh -c sleep 100000 & wait {generation}")];
    whole.extend(vec![format!("sleep 100000 {generation}"); if more { 6 } else { 4 }]);
    whole
}

fn what_others_need_is_not_stopped_and_the_way_out_is_named(scene: Scene) {
    let said = succeed(&scene, &["start", "one"], 1);
    assert!(said.contains("note: `start` is `up` here\n"), "{said}");
    assert!(!said.contains("not touched"), "nothing else runs: {said}");
    succeed(&scene, &["up"], 1);
    let said = succeed(&scene, &["up", "one"], 1);
    assert!(said.contains("\nnot touched: two, three_four and three_five\n"), "{said}");
    let output = run(&scene, &["down", "one"], 1).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let needed = "one: not stopped, because three_five, two need it\n  \
                  help: `down one three_five two` stops them, too; `--force` stops only what is named\n";
    assert!(said.contains(needed), "{said}");
    assert!(scene.processes().contains_key("one"));
    succeed(&scene, &["down", "--force", "one"], 1);
    assert_eq!(scene.processes().keys().collect::<Vec<_>>(), ["three_five", "three_four", "two"]);
    let said = succeed(&scene, &["stop"], 1);
    assert!(said.contains("note: `stop` is `down` here\n"), "{said}");
    let version = run(&scene, &["--version"], 1).stdout(Stdio::piped()).output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    assert!(version.contains(concat!("(promethean ", env!("CARGO_PKG_VERSION"), ")")), "{version}");
}

#[test]
fn what_a_killed_daemon_left_behind_is_ended_and_started_anew() {
    let scene = Scene::new();
    succeed(&scene, &["up"], 1);
    let before: Vec<u64> = scene.processes().into_values().flatten().map(|(pid, ..)| pid).collect();
    assert_eq!(alive(&scene), whole(1, false));
    scene.kill_daemon();
    thread::sleep(Duration::from_millis(300));
    assert!(before.iter().all(|pid| lives(*pid)), "they live on under init");
    let mut plan = run(&scene, &["plan", "--detailed-exitcode"], 1);
    let planned = plan.stdout(Stdio::piped()).output().unwrap();
    assert_eq!(planned.status.code(), Some(2), "{planned:?}");
    let said = String::from_utf8([planned.stderr, planned.stdout].concat()).unwrap();
    for pid in &before {
        assert!(
            said.contains(&format!("process {pid}, which a killed engine left running")),
            "{said}"
        );
    }
    assert!(said.ends_with("create 4, end 4 orphaned processes\n"), "{said}");
    // A person who has not agreed sees the same.
    let mut apply = run(&scene, &["apply"], 1);
    let asked = apply.stdin(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    let asked = String::from_utf8(asked.stderr).unwrap();
    assert!(before.iter().all(|pid| asked.contains(&format!("process {pid}, which"))), "{asked}");
    assert!(before.iter().all(|pid| lives(*pid)), "a plan ends nothing");
    let said = succeed(&scene, &["up"], 2);
    assert_eq!(said.matches("which a killed engine left running").count(), 4, "{said}");
    assert!(before.iter().all(|pid| !lives(*pid)));
    assert_eq!(alive(&scene), whole(2, false));
    // Nor are they forgotten when the system goes down.
    scene.kill_daemon();
    succeed(&scene, &["down"], 2);
    assert_eq!(alive(&scene), [""; 0]);
}

/// PM2 does not see what has left the family of its process. The run that is killed has not looked yet.
#[test]
fn what_an_app_has_left_is_ended_after_a_killed_run() {
    let scene = Scene::new();
    let succeed =
        |arguments: &[&str]| succeeds(&scene, arguments, run_of("leaving", &scene, arguments, 1));
    fs::create_dir(scene.path("apart")).unwrap();
    let left = |scene: &Scene| {
        alive(scene).iter().filter(|line| line.starts_with("sleep 100001 ")).count()
    };
    for again in [["down"].as_slice(), &["up"], &["up", "first"]] {
        succeed(&["up"]);
        eventually("it has left something", || left(&scene) == 1);
        let mut down = run_of("leaving", &scene, &["down"], 1).spawn().unwrap();
        eventually("the first has ended", || !scene.processes().contains_key("first"));
        kill(&down.id().to_string());
        down.wait().unwrap();
        fs::write(scene.path("apart/end"), "").unwrap();
        assert_eq!(left(&scene), 1);
        let said = succeed(again);
        assert!(said.contains("first: ending process "), "{said}");
        let runs = usize::from(again != ["down"]);
        eventually("only what runs has left something", || left(&scene) == runs);
        fs::remove_file(scene.path("apart/end")).unwrap();
    }
    fs::write(scene.path("apart/end"), "").unwrap();
    succeed(&["down"]);
    assert_eq!(alive(&scene), [""; 0]);
}

/// PM2 leaves alone what a process that ends by itself has left in its session.
#[test]
fn what_a_process_leaves_that_crashes_is_told_and_ended() {
    let scene = Scene::new();
    let run = |arguments: &[&str]| run_of("forking", &scene, arguments, 1);
    let plan = || {
        let output = run(&["plan", "--json"]).stdout(Stdio::piped()).output().unwrap();
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
        let pids = plan["orphans"].as_array().into_iter().flatten();
        pids.map(|pid| pid.as_u64().unwrap().to_string()).collect::<Vec<_>>()
    };
    let in_session = |leader: &str| -> Vec<String> {
        let output = Command::new("ps").args(["-o", "pid=", "-s", leader]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let mut pids: Vec<String> = said.split_whitespace().map(str::to_owned).collect();
        pids.sort();
        pids
    };
    succeeds(&scene, &["up"], run(&["up"]));
    // In the second round, a run remembers the next process before PM2 has had its time with the old one.
    for runs_at_once in [false, true] {
        let leader = scene.processes()["parent"][0].0.to_string();
        eventually("it has children", || in_session(&leader).len() == 3);
        kill(&leader);
        eventually("it is started again", || {
            let next = scene.processes().get("parent").map(|processes| processes[0].clone());
            next.is_some_and(|(pid, _, status)| pid.to_string() != leader && status == "online")
        });
        let left = in_session(&leader);
        assert_eq!(left.len(), 2, "{left:?}");
        if runs_at_once {
            succeeds(&scene, &["up"], run(&["up"]));
        }
        eventually("all of it is found", || {
            let mut orphans = plan();
            orphans.sort();
            orphans == left
        });
        let said = succeeds(&scene, &["up"], run(&["up"]));
        for pid in &left {
            let told = format!("parent: ending process {pid}, which it left running");
            assert!(said.contains(&told), "{said}");
        }
        assert_eq!(in_session(&leader), [""; 0]);
        assert_eq!(plan(), [""; 0]);
    }
    succeeds(&scene, &["down"], run(&["down"]));
    assert_eq!(alive(&scene), [""; 0]);
}

fn a_daemon_that_ends_under_a_run_is_started_anew(scene: Scene) {
    succeed(&scene, &["up"], 1);
    let mut apply = run(&scene, &["apply", "--yes"], 2).spawn().unwrap();
    // It ends the processes of the first generation now, each of which takes half a second.
    eventually("the first has gone", || alive(&scene) != whole(1, false));
    scene.kill_daemon();
    assert!(apply.wait().unwrap().success());
    assert_eq!(alive(&scene), whole(2, false));
}

/// A run that can use the engines of two scenes, on the one of this name.
fn on_engine(engine: &str, on_pm2: &Scene, embedded: &Scene, arguments: &[&str]) -> Command {
    let mut command = run(on_pm2, arguments, 1);
    command.env("PROMETHEAN_ENGINE", engine).env("PROMETHEAN_HOME", embedded.home());
    command.stdout(Stdio::piped());
    command
}

/// Its two copies would share its files and its ports.
#[test]
fn what_runs_on_one_engine_is_not_started_on_the_other() {
    let (on_pm2, embedded) = (Scene::new(), Scene::embedded());
    let command =
        |engine: &str, arguments: &[&str]| on_engine(engine, &on_pm2, &embedded, arguments);
    let run =
        |engine: &str, arguments: &[&str]| succeeds(&on_pm2, arguments, command(engine, arguments));
    let ends_with = |engine: &str, arguments: &[&str], code: i32| {
        let Output { status, stdout, stderr } = command(engine, arguments).output().unwrap();
        let said = String::from_utf8([stdout, stderr].concat()).unwrap();
        assert_eq!(status.code(), Some(code), "{engine} {arguments:?}: {said}");
        said
    };
    run("pm2", &["up", "one"]);
    let before = alive(&on_pm2);
    let twice = "one: runs on PM2 already, and would run twice";
    let help = "help: `down --engine pm2` ends what runs there";
    for arguments in [
        &["up", "one"][..],
        &["up"],
        &["apply", "--yes"],
        &["restart", "one"],
        &["run", "one"],
        &["run", "--detach", "one"],
    ] {
        let said = ends_with("embedded", arguments, 7);
        assert!(said.contains(&format!("{twice}; nothing was changed\n  {help}")), "{said}");
        assert_eq!(alive(&on_pm2), before, "{arguments:?}");
    }
    assert!(ends_with("embedded", &["check", "one"], 3).contains(twice));
    assert!(run("embedded", &["plan", "one"]).contains(twice));
    run("pm2", &["down"]);
    run("embedded", &["up", "one"]);
    let said = ends_with("pm2", &["up", "one"], 7);
    assert!(said.contains("one: runs on the embedded engine already"), "{said}");
    assert!(said.contains("help: `down --engine embedded` ends what runs there"), "{said}");
    // Who does not find it here finds it there.
    let status = command("pm2", &["status", "one"]).output().unwrap();
    let said = String::from_utf8(status.stdout).unwrap();
    assert!(said.contains("`status --engine embedded` shows what runs there"), "{said}");
    assert!(run("pm2", &["down"]).contains("also running on the embedded engine: one"));
    // Engine and guard are killed: what they leave runs there still.
    let parts = parts(&embedded, "");
    assert_eq!(parts.len(), 2, "{parts:?}");
    kill_at_once(parts);
    let said = ends_with("pm2", &["up", "one"], 7);
    assert!(said.contains("one: runs on the embedded engine already"), "{said}");
    run("embedded", &["down"]);
    run("pm2", &["up", "one"]);
    run("pm2", &["down"]);
}

/// A run looks at the other engine, and starts nothing yet: another one that looks at the same moment must not find
/// nothing, too.
#[test]
fn of_two_runs_at_the_same_moment_on_two_engines_one_is_rejected() {
    let (on_pm2, embedded) = (Scene::new(), Scene::embedded());
    let begun = |engine: &str, arguments: &[&str]| {
        on_engine(engine, &on_pm2, &embedded, arguments).spawn().unwrap()
    };
    let ended = |begun: Child| {
        let Output { status, stdout, stderr } = begun.wait_with_output().unwrap();
        (status.code().unwrap(), String::from_utf8([stdout, stderr].concat()).unwrap())
    };
    let engines = ["pm2", "embedded"];
    for _ in 0..4 {
        let both = engines.map(|engine| begun(engine, &["up", "one"])).map(ended);
        let started: Vec<bool> = both.iter().map(|(code, _)| *code == 0).collect();
        assert!(started == [true, false] || started == [false, true], "{both:?}");
        for (code, said) in both.iter().filter(|(code, _)| *code != 0) {
            let twice = *code == 7 && said.contains("would run twice");
            let locked = *code == 6
                && said.contains("error: another run is in progress on ")
                && said.contains("; nothing was changed\n  help: try again when it ends");
            assert!(twice || locked, "{code}: {said}");
        }
        assert_eq!(alive(&on_pm2).len(), 1, "{both:?}");
        for engine in engines {
            let (code, said) = ended(begun(engine, &["down"]));
            assert_eq!(code, 0, "{said}");
        }
    }
}

/// Each `PM2_HOME` has a daemon of its own, and what runs on one is not looked for on the other.
#[test]
fn runs_at_the_same_moment_in_two_homes_of_pm2_both_succeed() {
    let (one, other, engines) = (Scene::new(), Scene::new(), Scene::embedded());
    for _ in 0..2 {
        let runs = [&one, &other].map(|scene| {
            let mut command = run(&one, &["up", "one"], 1);
            scene.engage(&mut command).env("PROMETHEAN_HOME", engines.home());
            command.spawn().unwrap()
        });
        let ended = runs.map(|run| run.wait_with_output().unwrap());
        assert!(ended.iter().all(|output| output.status.success()), "{ended:?}");
    }
    assert_eq!(alive(&one).len(), 2);
}

/// After a restart of the machine nothing runs on any engine, and PM2 is the usual one.
#[test]
fn what_ran_on_the_embedded_engine_does_not_move_to_pm2_without_a_word() {
    let (on_pm2, embedded) = (Scene::new(), Scene::embedded());
    let said = |arguments: &[&str]| {
        let mut command = run(&on_pm2, arguments, 1);
        command.env("PROMETHEAN_HOME", embedded.home()).env_remove("PROMETHEAN_ENGINE");
        command.stdout(Stdio::piped());
        let output = command.output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    };
    let note = "on PM2 now, and on the embedded engine before: one\n  \
                help: `up --engine embedded` starts it there; `down --engine embedded` forgets that";
    said(&["up", "--engine", "embedded", "one"]);
    // Its guard ends what it has run.
    kill_at_once(parts(&embedded, "engine"));
    eventually("nothing is left", || alive(&on_pm2).is_empty() && parts(&embedded, "").is_empty());
    let (_, before) = note.split_once("and ").unwrap();
    assert!(said(&["plan", "one"]).contains(before));
    let status = said(&["status", "one"]);
    assert!(status.contains(before), "{status}");
    let up = said(&["up", "one"]);
    assert!(up.contains(note), "{up}");
    assert!(!said(&["status", "one"]).contains(before));
    said(&["down"]);
    said(&["down", "--engine", "embedded"]);
    let up = said(&["up", "one"]);
    assert!(!up.contains("before: one"), "{up}");
}

/// The numbers of the processes that are a part of the embedded engine.
fn parts(embedded: &Scene, part: &str) -> Vec<u32> {
    let home = embedded.home().to_string_lossy().into_owned();
    let begins = format!("promethean\0__{part}");
    let is_part = |line: &str| line.starts_with(&begins) && line.contains(&home);
    let parts = fs::read_dir("/proc").unwrap().flatten().filter_map(|process| {
        let line = fs::read_to_string(process.path().join("cmdline")).ok()?;
        is_part(&line).then(|| process.file_name().to_str().unwrap().parse().unwrap())
    });
    parts.collect()
}

/// Whether a run has started PM2's client.
fn has_client(run: &Child) -> bool {
    children(run.id()).iter().any(|pid| {
        let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.contains("createInterface")
    })
}

/// PM2's client goes on, and nobody hears what it says. A daemon whose client ends before it is ready ends with an
/// error, and one that the next run starts meanwhile waits for its sockets without end.
#[test]
fn a_daemon_that_a_killed_run_has_asked_for_starts() {
    let scene = Scene::new();
    eventually("the daemon is there", || {
        let mut killed = run(&scene, &["up"], 1).spawn().unwrap();
        eventually("PM2's client is there", || has_client(&killed));
        killed.kill().unwrap();
        killed.wait().unwrap();
        // It may have been killed before it has asked for anything.
        let begun = Instant::now();
        while scene.daemon().is_none() && begun.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(100));
        }
        scene.daemon().is_some()
    });
    succeed(&scene, &["up"], 1);
    assert_eq!(alive(&scene), whole(1, false));
    let log = scene.daemon_log();
    assert!(!log.contains("error caught"), "{log}");
    assert_eq!(log.matches("New PM2 Daemon started").count(), 1, "{log}");
}

/// A run has started it, and was killed with its client.
#[test]
fn a_daemon_that_starts_is_waited_for() {
    let scene = Scene::new();
    let mut daemon = Command::new("node")
        .arg(node::modules().join("pm2/lib/Daemon.js"))
        .env("PM2_HOME", scene.pm2.home())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pid = daemon.id().to_string();
    signal("-STOP", &pid);
    let up = run(&scene, &["up"], 1).spawn().unwrap();
    eventually("PM2's client is there", || has_client(&up));
    // So long its own daemon would not take.
    thread::sleep(Duration::from_secs(3));
    signal("-CONT", &pid);
    let output = up.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(scene.daemon(), Some(daemon.id()));
    assert_eq!(alive(&scene), whole(1, false));
    succeed(&scene, &["down"], 1);
    assert!(scene.pm2.run(&["kill"]).status.success());
    daemon.wait().unwrap();
}

/// What is killed.
#[derive(Clone, Copy, Debug)]
enum Victim {
    /// The run, by a Ctrl-C.
    RunByCtrlC,
    /// The run alone: PM2's client finishes what it was asked for.
    Run,
    /// The run and PM2's client.
    RunAndClient,
    /// PM2's daemon, and then the run, if it has not ended by itself.
    Daemon,
}

/// Kills a run, or what it works with, after a while. Returns what it has said, and how it has ended.
fn kill_after(scene: &Scene, mut child: Child, victim: Victim, pause: Duration) -> String {
    thread::sleep(pause);
    let clients = children(child.id());
    if let Victim::Daemon = victim
        && let Some(daemon) = scene.daemon()
    {
        // It may have ended by itself.
        let _ =
            Command::new("kill").args(["-9", &daemon.to_string()]).stderr(Stdio::null()).status();
    }
    // It may have ended by itself.
    if let Victim::RunByCtrlC = victim {
        let pid = child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).stderr(Stdio::null()).status();
    } else {
        let _ = child.kill();
    }
    let output = child.wait_with_output().unwrap();
    if let Victim::RunAndClient = victim {
        for client in clients {
            let _ = Command::new("kill").args(["-9", &client]).stderr(Stdio::null()).status();
        }
    }
    format!("{}, having said:\n{}", output.status, String::from_utf8_lossy(&output.stderr))
}

/// The run after one that was killed.
struct Next<'s> {
    scene: &'s Scene,
    /// What was killed, and when.
    told: &'s str,
}

impl Next<'_> {
    /// All there is to know where it has not done what it should.
    fn told(&self, said: &str) -> String {
        format!("{}\nthe next one: {said}\n{}", self.told, circumstances(self.scene))
    }

    fn succeeds(&self, arguments: &[&str], mut run: Command) -> String {
        let output = run.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let end = output.status;
        assert!(end.success(), "{arguments:?}: {end}\n{}", self.told(&said));
        said
    }

    /// What is alive after it.
    fn has_left(&self, right: &[String], said: &str) {
        let alive = alive(self.scene);
        assert_eq!(alive, right, "{}", self.told(said));
    }
}

pub fn children(parent: u32) -> Vec<String> {
    let found = Command::new("ps").args(["-o", "pid=", "--ppid", &parent.to_string()]).output();
    let found = String::from_utf8(found.unwrap().stdout).unwrap();
    found.split_whitespace().map(str::to_owned).collect()
}

/// PM2's client goes on when its run is killed, but not for ever: it has the lock.
pub fn a_daemon_that_hangs_does_not_keep_the_lock_of_a_killed_run() {
    let scene = Scene::new();
    succeed(&scene, &["up"], 1);
    let daemon = fs::read_to_string(scene.pm2.home().join("pm2.pid")).unwrap();
    let mut down = run(&scene, &["down"], 1).spawn().unwrap();
    let mut told = BufReader::new(down.stderr.take().unwrap()).lines();
    // There are others left: what is asked of the daemon from now on is not answered.
    assert!(told.any(|line| line.unwrap().ends_with(": stopped")));
    signal("-STOP", daemon.trim());
    kill(&down.id().to_string());
    down.wait().unwrap();
    let lock = scene.operator().home.lock("test", LIMIT, &mut |_| {});
    signal("-CONT", daemon.trim());
    drop(lock.unwrap());
    succeed(&scene, &["down"], 1);
    assert_eq!(alive(&scene), [""; 0]);
}

/// Runs are killed at random points. After each the next run comes to the definition: no
/// duplicates, no orphans, nothing forgotten.
#[test]
fn a_run_that_is_killed_anywhere_is_made_good_by_the_next() {
    killed_anywhere(Scene::new, 5);
}

#[test]
fn a_run_that_is_killed_anywhere_is_made_good_by_the_next_on_the_embedded_engine() {
    killed_anywhere(Scene::embedded, 2);
}

fn killed_anywhere(scene: fn() -> Scene, scenes: usize) {
    thread::scope(|scope| {
        for seed in 0..scenes {
            scope.spawn(move || {
                let scene = scene();
                let mut dice = Dice::from_seed(seed as u64);
                for point in 0..points().div_ceil(scenes) {
                    let generation = dice.below(3);
                    let more = dice.below(2) == 1;
                    let profile: &[&str] =
                        if more { &["--profile", "more"] } else { &["--no-profile"] };
                    let arguments = [profile, &["apply", "--yes"]].concat();
                    let victim = match dice.below(4) {
                        0 => Victim::Daemon,
                        1 => Victim::RunAndClient,
                        _ => Victim::Run,
                    };
                    let pause = Duration::from_millis(dice.below(900) as u64);
                    let told = format!("seed {seed}, point {point}: {victim:?} after {pause:?}");
                    let child = run(&scene, &arguments, generation).spawn().unwrap();
                    let told = told + ", " + &kill_after(&scene, child, victim, pause);
                    let next = Next { scene: &scene, told: &told };
                    let said = next.succeeds(&arguments, run(&scene, &arguments, generation));
                    next.has_left(&whole(generation, more), &said);
                    let processes = scene.processes();
                    let online = |processes: &Vec<(u64, u64, String)>| {
                        processes.len() == 1 && processes[0].2 == "online"
                    };
                    let is_right = processes.len() == if more { 6 } else { 4 };
                    let is_right = is_right && processes.values().all(online);
                    assert!(is_right, "{}: {processes:?}", next.told(&said));
                }
                succeed(&scene, &["down"], 0);
                assert_eq!(alive(&scene), [""; 0]);
            });
        }
    });
}

/// What is alive of the clusters when they are up.
fn clusters(generation: usize) -> Vec<String> {
    let mut alive: Vec<String> =
        ["slow", "slow", "stubborn_late", "stubborn_never", "stubborn_never"]
            .map(|app| format!("{app} {generation}"))
            .into();
    alive.insert(2, format!("sleep 100000 {generation}"));
    alive.sort();
    alive
}

/// PM2 goes on with what a killed run has asked for: it ends processes that take their time, and
/// keeps the old one while it replaces it. The next run begins when that is over.
#[test]
fn a_run_on_clusters_that_is_killed_anywhere_is_made_good_by_the_next() {
    const SCENES: usize = 3;
    thread::scope(|scope| {
        for seed in 0..SCENES {
            scope.spawn(move || {
                let scene = Scene::new();
                let mut dice = Dice::from_seed(seed as u64);
                let succeed = |arguments: &[&str], generation| {
                    let run = run_of("clusters", &scene, arguments, generation);
                    succeeds(&scene, arguments, run)
                };
                succeed(&["up"], 0);
                for point in 0..points().div_ceil(SCENES) {
                    let commands: [&[&str]; 5] =
                        [&["up"], &["down"], &["reload"], &["restart"], &["apply", "--yes"]];
                    let (killed, next) = (*dice.choose(&commands), *dice.choose(&commands));
                    let (before, generation) = (dice.below(3), dice.below(3));
                    let victim = match dice.below(5) {
                        0 => Victim::Daemon,
                        1 | 2 => Victim::RunAndClient,
                        3 => Victim::RunByCtrlC,
                        _ => Victim::Run,
                    };
                    let pause = Duration::from_millis(dice.below(4_000) as u64);
                    let told = format!(
                        "seed {seed}, point {point}: {killed:?} to {before}, {victim:?} after \
                         {pause:?}, {next:?} to {generation}"
                    );
                    let child = run_of("clusters", &scene, killed, before).spawn().unwrap();
                    let told = told + ", " + &kill_after(&scene, child, victim, pause);
                    let is_down = next == ["down"];
                    let run = |arguments| run_of("clusters", &scene, arguments, generation);
                    let right = if is_down { Vec::new() } else { clusters(generation) };
                    let following = Next { scene: &scene, told: &told };
                    let said = following.succeeds(next, run(next));
                    following.has_left(&right, &said);
                    let processes = scene.processes();
                    let all = || processes.values().flatten();
                    let online = all().filter(|process| process.2 == "online").count();
                    let is_right = all().count() == right.len() && online == right.len();
                    assert!(is_right, "{}: {processes:?}", following.told(&said));
                    if !is_down {
                        following.succeeds(&["status"], run(&["status"]));
                    }
                }
                succeed(&["down"], 0);
                assert_eq!(alive(&scene), [""; 0]);
            });
        }
    });
}
