//! What it costs to drive PM2: `up` beside a bare `pm2 start` of the same JSON, `plan` beside
//! `pm2 jlist`, and the memory of what runs for long. With a thousand services: `down` beside `pm2 delete
//! all`, and a change of all beside deleting and starting all.
//!
//! `cargo bench -p promethean-tests --bench operations`, or `cargo bench -p promethean-tests --bench operations -- thousand` for the latter alone

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use promethean_test_support::pm2::Pm2;
use support::{Crate, dependency, median, milliseconds, time};

const SERVICES: usize = 50;
const RUNS: usize = 7;

const MANY: usize = 1_000;
const RUNS_OF_MANY: usize = 3;

/// Services without probes that depend on nothing.
fn main_rs(count: usize) -> String {
    let mut text = String::from(
        "use promethean::{Ecosystem, ecosystem};\n\n\
         static SYSTEM: Ecosystem = ecosystem! {\n    name flat;\n    defaults { env { \
         GENERATION = (std::env::var(\"GENERATION\").unwrap_or_default()); } }\n",
    );
    for index in 0..count {
        writeln!(
            text,
            "    script service-{index} {{ run \"sleep\", \"100000\"; env {{ ID = {index}; }} }}"
        )
        .expect("a String takes everything");
    }
    text.push_str(
        "};\n\nfn main() -> std::process::ExitCode {\n    promethean::main(&SYSTEM)\n}\n",
    );
    text
}

fn main() {
    if std::env::args().all(|argument| argument != "thousand") {
        fifty();
    }
    thousand();
}

/// Runs that succeed and print nothing.
fn quietly(command: &mut Command) {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("it runs").success(), "{command:?} failed");
}

fn thousand() {
    let system = Crate::write("thousand", &dependency(""), "operations-of-many", &main_rs(MANY));
    assert!(system.cargo(&["build", "--release"]).status().expect("cargo runs").success());
    let program = system.program("release");
    let pm2 = Pm2::new();
    let own = |arguments: &[&str], generation: usize| {
        let mut command = Command::new(&program);
        command.args(arguments).env("PM2_HOME", pm2.home()).env("PROMETHEAN_PM2", pm2.program());
        command.env("GENERATION", generation.to_string());
        command
    };
    let config = system.directory.join("thousand.json");
    let config = config.to_str().expect("a path in UTF-8");
    quietly(&mut own(&["pm2", "-o", config], 0));
    pm2.run(&["ping"]);
    let (mut down, mut delete, mut change, mut again) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS_OF_MANY {
        pm2.run(&["start", config]);
        let deleted = time(&mut pm2.command(&["delete", "all"]));
        let started = time(&mut pm2.command(&["start", config]));
        pm2.run(&["delete", "all"]);
        delete.push(deleted);
        again.push(deleted + started);
        quietly(&mut own(&["up"], 1));
        change.push(until_up(&mut own(&["apply", "--yes", "--json"], 2)).started);
        let start = Instant::now();
        quietly(&mut own(&["down"], 2));
        down.push(start.elapsed());
    }
    row(&format!("{MANY} services down"), median(down), "pm2 delete all", median(delete));
    row(&format!("{MANY} services changed"), median(change), "pm2 delete and start", median(again));
}

fn fifty() {
    let system = Crate::write("fifty", &dependency(""), "operations", &main_rs(SERVICES));
    assert!(system.cargo(&["build", "--release"]).status().expect("cargo runs").success());
    let program = system.program("release");
    let pm2 = Pm2::new();
    let own = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).env("PM2_HOME", pm2.home()).env("PROMETHEAN_PM2", pm2.program());
        command
    };
    let config = system.directory.join("fifty.json");
    assert!(
        own(&["pm2", "-o", config.to_str().expect("a path in UTF-8")])
            .status()
            .expect("it runs")
            .success()
    );
    // The daemon is there from now on.
    pm2.run(&["ping"]);

    let (mut bare, mut started, mut up) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        bare.push(time(&mut pm2.command(&["start", config.to_str().expect("a path in UTF-8")])));
        pm2.run(&["delete", "all"]);
        let times = until_up(&mut own(&["up", "--json"]));
        started.push(times.started);
        up.push(times.up);
        assert!(own(&["down"]).stderr(Stdio::null()).status().expect("it runs").success());
    }
    let bare = median(bare);
    row(&format!("{SERVICES} services started"), median(started), "pm2 start", bare);
    row("the same, seen to stay up", median(up), "pm2 start", bare);

    assert!(own(&["up"]).stderr(Stdio::null()).status().expect("it runs").success());
    let (mut jlist, mut plan) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        jlist.push(time(&mut pm2.command(&["jlist"])));
        plan.push(time(&mut own(&["plan"])));
    }
    row("plan with nothing to do", median(plan), "pm2 jlist", median(jlist));

    for (name, arguments) in
        [("status --watch", &["status", "--watch", "1"][..]), ("logs -f", &["logs", "-f"][..])]
    {
        let child = own(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        flat(name, child.expect("it runs"), pm2.home());
    }
}

/// How long `up` takes.
struct Times {
    /// Until the last service is started, which is when `pm2 start` returns.
    started: Duration,
    /// Until all have stayed up for the moment that `up` watches them.
    up: Duration,
}

/// Runs `up --json`.
fn until_up(command: &mut Command) -> Times {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the command can be started");
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let (mut started, mut up) = (None, None);
    for line in lines.map_while(Result::ok) {
        if line.contains("\"event\":\"started\"") {
            started = Some(start.elapsed());
        }
        if line.contains("\"event\":\"up\"") {
            up = Some(start.elapsed());
        }
    }
    assert!(child.wait().expect("it ends").success(), "{command:?} failed");
    Times {
        started: started.expect("it says what it has started"),
        up: up.expect("it says when it is up"),
    }
}

fn row(what: &str, own: Duration, other: &str, others: Duration) {
    println!(
        "{what}: {}, {other}: {}, {:.2} times",
        milliseconds(own),
        milliseconds(others),
        own.as_secs_f64() / others.as_secs_f64()
    );
}

/// The memory of a process after five seconds and after thirty, while all services write logs.
fn flat(what: &str, mut child: Child, home: &Path) {
    let memory = |child: &Child| -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let write = |seconds: u64| {
        let start = Instant::now();
        let mut written = 0;
        while start.elapsed() < Duration::from_secs(seconds) {
            for index in 0..SERVICES {
                let path = home.join(format!("logs/service-{index}-out.log"));
                let text = "a line of a log that is as long as lines of logs are\n".repeat(200);
                let mut log =
                    fs::OpenOptions::new().append(true).create(true).open(path).expect("a log");
                std::io::Write::write_all(&mut log, text.as_bytes()).expect("a log");
                written += text.len();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        written
    };
    write(5);
    let early = memory(&child);
    let written = write(25);
    let late = memory(&child);
    match (early, late) {
        (Some(early), Some(late)) => println!(
            "{what}: {early} KiB after 5 s, {late} KiB after 30 s and {} MB of logs",
            written / 1_000_000
        ),
        _ => println!("{what}: ended by itself, or this system has no /proc"),
    }
    let _ = child.kill();
    let _ = child.wait();
}
