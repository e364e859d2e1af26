//! The engines beside each other: how long they take to start fifty services, the memory of what keeps
//! them running, how soon they start again what has crashed, and what logs cost. A table for the README,
//! and then the goals.
//!
//! `cargo bench -p promethean-tests --bench engines`: as any benchmark of Cargo's, it is built for release, and so is the
//! engine, which is the program `declared`.

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use promethean_test_support::pm2::Pm2;
use serde_json::{Value, json};
use support::{median, milliseconds, time};

/// The program that runs any declaration, and is the embedded engine, too.
const PROGRAM: &str = env!("CARGO_BIN_EXE_declared");

const SERVICES: usize = 50;
const RUNS: usize = 5;
const CRASHES: usize = 20;

/// How much a service says.
const SAID: u64 = 100_000_000;

/// How long something may take that has to happen.
const LIMIT: Duration = Duration::from_secs(300);

/// The clock of `/proc/PID/stat`, in ticks a second (`sysconf(_SC_CLK_TCK)`; 100 on Linux).
const TICKS: u64 = 100;

fn main() {
    println!("| `cargo bench -p promethean-tests --bench engines` | PM2 | embedded |");
    println!("| --- | --- | --- |");
    let goals = [up(), restarts(), logs()].concat();
    println!();
    for Goal { what, is_met } in goals {
        println!("{}: {what}", if is_met { "met" } else { "MISSED" });
    }
}

/// A line of the table.
fn row(what: &str, on_pm2: &str, embedded: &str) {
    println!("| {what} | {on_pm2} | {embedded} |");
}

/// What the embedded engine has to achieve.
#[derive(Clone)]
struct Goal {
    what: &'static str,
    is_met: bool,
}

/// A system, and both engines for it. All ends with it.
struct Bench {
    directory: tempfile::TempDir,
    pm2: Pm2,
}

impl Bench {
    fn new(units: &[Value]) -> Bench {
        let bench = Bench { directory: tempfile::tempdir().expect("a directory"), pm2: Pm2::new() };
        let declaration = json!({"name": "engines", "paths_unchecked": true, "units": units});
        fs::write(bench.path("declaration.json"), declaration.to_string()).expect("a file");
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, engine: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .arg("--root")
            .arg(self.directory.path())
            .args(arguments)
            .env("DECLARATION", self.path("declaration.json"))
            .env("PROMETHEAN_ENGINE", engine)
            .env("PROMETHEAN_HOME", self.path("engines"))
            .env("PM2_HOME", self.pm2.home())
            .env("PROMETHEAN_PM2", self.pm2.program());
        command
    }

    fn succeed(&self, engine: &str, arguments: &[&str]) {
        let output = self.command(engine, arguments).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{engine}: {arguments:?}: {said}");
    }

    /// The processes of the embedded engine: itself, and its guard.
    fn engine(&self) -> [u32; 2] {
        let above = self.path("engines").display().to_string();
        ["__engine", "__guard"].map(|part| {
            let processes = fs::read_dir("/proc").expect("/proc").flatten();
            let mut found = processes.filter_map(|entry| {
                let line = fs::read_to_string(entry.path().join("cmdline")).ok()?;
                let mut words = line.split('\0').skip(1);
                let is_it = words.next() == Some(part) && words.next()?.starts_with(&above);
                entry.file_name().to_str()?.parse().ok().filter(|_| is_it)
            });
            found.next().expect("the engine runs")
        })
    }

    fn daemon(&self) -> u32 {
        let pid = fs::read_to_string(self.pm2.home().join("pm2.pid")).expect("PM2's daemon runs");
        pid.trim().parse().expect("a number")
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = self.command("embedded", &["down"]).output();
    }
}

fn service(name: &str, run: &[&str], settings: &Value) -> Value {
    let mut settings = settings.clone();
    settings["run"] = json!(run);
    json!({"service": {"kind": "script", "name": name, "block": {"settings": settings}}})
}

/// Memory of a process in KiB: what it has for itself and shares (`VmRSS` of `/proc/PID/status`).
fn memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

fn mebibytes(kibibytes: u64) -> String {
    format!("{}.{} MiB", kibibytes / 1024, kibibytes % 1024 * 10 / 1024)
}

/// The processor time of a process.
fn processor(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let (_, rest) = stat.rsplit_once(')').expect("it has a name");
    let fields = rest.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1_000 / TICKS)
}

/// How long a command takes until it has started the last service.
fn until_started(mut command: Command) -> Duration {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it runs");
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut started = None;
    for line in lines.map_while(Result::ok) {
        if line.contains("\"event\":\"started\"") {
            started = Some(start.elapsed());
        }
    }
    assert!(child.wait().expect("it ends").success(), "{command:?} failed");
    started.expect("it says what it has started")
}

fn up() -> Vec<Goal> {
    let units: Vec<Value> = (0..SERVICES)
        .map(|number| service(&format!("service-{number}"), &["sleep", "100000"], &json!({})))
        .collect();
    let bench = Bench::new(&units);
    let config = bench.path("engines.json");
    let config = config.to_str().expect("a path in UTF-8");
    bench.succeed("pm2", &["pm2", "-o", config]);
    // The daemon is there from now on.
    bench.pm2.run(&["ping"]);
    let (mut bare, mut ours, mut embedded) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        bare.push(time(&mut bench.pm2.command(&["start", config])));
        bench.pm2.run(&["delete", "all"]);
        ours.push(until_started(bench.command("pm2", &["up", "--json"])));
        bench.succeed("pm2", &["down"]);
        // The engine starts, too, each time.
        embedded.push(until_started(bench.command("embedded", &["up", "--json"])));
        bench.succeed("embedded", &["down"]);
    }
    let (bare, ours, embedded) = (median(bare), median(ours), median(embedded));
    row(
        &format!("{SERVICES} services started: `pm2 start`, and `up` with the start of the engine"),
        &milliseconds(bare),
        &milliseconds(embedded),
    );
    row("the same by `up` on PM2", &milliseconds(ours), "");

    bench.pm2.run(&["start", config]);
    bench.succeed("embedded", &["up"]);
    let [engine, guard] = bench.engine().map(memory);
    let daemon = memory(bench.daemon());
    let of_both = format!("{}, and its guard {}", mebibytes(engine), mebibytes(guard));
    row(&format!("memory with {SERVICES} services"), &mebibytes(daemon), &of_both);
    vec![
        Goal { what: "up in at most a quarter of PM2's time", is_met: embedded * 4 <= bare },
        Goal { what: "memory of at most 15 MiB", is_met: engine <= 15 * 1024 },
    ]
}

fn restarts() -> Vec<Goal> {
    // Seconds with microseconds, for which it starts no program.
    let script = "echo start $EPOCHREALTIME >> \"$TIMES\"; sleep 0.2; \
                  echo end $EPOCHREALTIME >> \"$TIMES\"; exit 1";
    let delay = Duration::from_millis(100);
    let settings = json!({
        "max_restarts": [100_000],
        "min_uptime": [{"duration": "100ms"}],
        "restart_delay": [{"duration": format!("{}ms", delay.as_millis())}],
    });
    let mut unit = service("crashes", &["bash", "-c", script], &settings);
    unit["service"]["block"]["env"] = json!({"TIMES": "{root}/times"});
    let bench = Bench::new(&[unit]);
    let times = bench.path("times");
    let [on_pm2, embedded] = ["pm2", "embedded"].map(|engine| {
        // It cannot say that all is well.
        let up = bench.command(engine, &["up"]).output().expect("it runs");
        assert_eq!(up.status.code(), Some(4), "{}", String::from_utf8_lossy(&up.stderr));
        let pauses = pauses(&times);
        bench.succeed(engine, &["down"]);
        fs::remove_file(&times).expect("it is there");
        median(pauses).saturating_sub(delay)
    });
    row(
        "from a crash to the first line of the new process, beyond `restart_delay`",
        &milliseconds(on_pm2),
        &milliseconds(embedded),
    );
    let is_met = embedded <= Duration::from_millis(20);
    vec![Goal { what: "a restart within 20 ms", is_met }]
}

/// The times from the last thing that a process has done to the first that the next one does.
fn pauses(times: &Path) -> Vec<Duration> {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(times).unwrap_or_default();
        let happened: Vec<(&str, u64)> = text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(what, at)| Some((what, at.replace(['.', ','], "").parse().ok()?)))
            .collect();
        let pause = |pair: &[(&str, u64)]| match pair {
            [("end", ended), ("start", started)] => {
                Some(Duration::from_micros(started.saturating_sub(*ended)))
            }
            _ => None,
        };
        let pauses: Vec<Duration> = happened.windows(2).filter_map(pause).collect();
        if pauses.len() >= CRASHES {
            return pauses;
        }
        assert!(begun.elapsed() < LIMIT, "it is not started again");
        thread::sleep(Duration::from_millis(50));
    }
}

fn logs() -> Vec<Goal> {
    let script = format!(
        "echo > \"$BEGUN\"; yes 0123456789abcdefghijklmnopqrstuvwxyz | head -c {SAID}; \
         echo > \"$DONE\"; exec sleep 100000"
    );
    let settings = json!({"out_file": ["./{name}.log"]});
    let mut unit = service("talks", &["sh", "-c", &script], &settings);
    unit["service"]["block"]["env"] = json!({"BEGUN": "{root}/begun", "DONE": "{root}/done"});
    // So that the engine runs before.
    let idle = service("idle", &["sleep", "100000"], &json!({}));
    let bench = Bench::new(&[unit, idle]);
    let [log, begun, done] = ["talks.log", "begun", "done"].map(|name| bench.path(name));
    let [on_pm2, embedded] = ["pm2", "embedded"].map(|engine| {
        bench.succeed(engine, &["up", "idle"]);
        let pid = if engine == "pm2" { bench.daemon() } else { bench.engine()[0] };
        let before = processor(pid);
        let start = Instant::now();
        bench.succeed(engine, &["up", "talks"]);
        while !done.exists() {
            assert!(start.elapsed() < LIMIT, "it is kept waiting");
            thread::sleep(Duration::from_millis(5));
        }
        let [from, to] = [&begun, &done]
            .map(|file| file.metadata().and_then(|file| file.modified()).expect("a time"));
        while log.metadata().map_or(0, |log| log.len()) < SAID {
            assert!(start.elapsed() < LIMIT, "not all is written");
            thread::sleep(Duration::from_millis(5));
        }
        let used = processor(pid).saturating_sub(before);
        bench.succeed(engine, &["down"]);
        for file in [&log, &begun, &done] {
            fs::remove_file(file).expect("it is there");
        }
        (used, to.duration_since(from).unwrap_or_default())
    });
    let told = |(used, time): (Duration, Duration)| {
        let said = Duration::from_micros(SAID).as_secs_f64();
        let rate = said / time.as_secs_f64().max(0.001);
        format!("{}, at {rate:.0} MB/s", milliseconds(used))
    };
    row("processor time for 100 MB of log lines", &told(on_pm2), &told(embedded));
    let is_met = embedded.0 * 10 <= on_pm2.0;
    vec![Goal { what: "logs for at most a tenth of PM2's processor time", is_met }]
}
