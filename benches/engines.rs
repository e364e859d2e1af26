//! The engines beside each other: how long they take to start fifty services, the memory of what keeps
//! them running, how soon they start again what has crashed, and what logs cost.
//!
//! `cargo bench -p promethean-tests --bench engines`

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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
    println!("{:44} {:>12} {:>12}   goal", "", "PM2", "embedded");
    up();
    restarts();
    logs();
}

/// A line of the table; the goal is met where `is_met`.
fn row(what: &str, on_pm2: &str, embedded: &str, goal: &str, is_met: bool) {
    let verdict = if is_met { "met" } else { "MISSED" };
    let goal = if goal.is_empty() { String::new() } else { format!("{goal}: {verdict}") };
    println!("{what:44} {on_pm2:>12} {embedded:>12}   {goal}");
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

fn up() {
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
    let what = format!("{SERVICES} services: pm2 start, and our up");
    let goal = "at most a quarter";
    row(&what, &milliseconds(bare), &milliseconds(embedded), goal, embedded * 4 <= bare);
    row("  our up on PM2", &milliseconds(ours), "", "", true);

    bench.pm2.run(&["start", config]);
    bench.succeed("embedded", &["up"]);
    let [engine, guard] = bench.engine().map(memory);
    let daemon = memory(bench.daemon());
    let goal = "at most 15 MiB";
    row(
        "  memory of what keeps them running",
        &mebibytes(daemon),
        &mebibytes(engine),
        goal,
        engine <= 15 * 1024,
    );
    row("  and of its guard, which shares most of it", "", &mebibytes(guard), "", true);
}

fn nanoseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right").as_nanos()
}

fn restarts() {
    let script = "echo $$ $(date +%s%N) >> \"$STARTS\"; exec sleep 100000";
    let settings = json!({"max_restarts": [100_000], "min_uptime": [{"duration": "100ms"}], "restart_delay": [{"duration": "100ms"}]});
    let mut unit = service("crashes", &["sh", "-c", script], &settings);
    unit["service"]["block"]["env"] = json!({"STARTS": "{root}/starts"});
    let bench = Bench::new(&[unit]);
    let starts = bench.path("starts");
    let [on_pm2, embedded] = ["pm2", "embedded"].map(|engine| {
        bench.succeed(engine, &["up"]);
        let delays = (0..CRASHES).map(|_| restart(&starts)).collect();
        bench.succeed(engine, &["down"]);
        median(delays).saturating_sub(Duration::from_millis(100))
    });
    let goal = "within 20 ms";
    let is_met = embedded <= Duration::from_millis(20);
    row(
        "from a crash to its restart, beyond its delay",
        &milliseconds(on_pm2),
        &milliseconds(embedded),
        goal,
        is_met,
    );
}

/// Kills the process that was started last, and waits for the next. Returns how long that took.
fn restart(starts: &Path) -> Duration {
    let read = || -> Vec<(String, u128)> {
        let text = fs::read_to_string(starts).unwrap_or_default();
        let line = |line: &str| {
            let (pid, at) = line.split_once(' ')?;
            Some((pid.to_owned(), at.parse().ok()?))
        };
        text.lines().filter_map(line).collect()
    };
    // It shall not be one that ends too early.
    thread::sleep(Duration::from_millis(150));
    let before = read();
    let (pid, _) = before.last().expect("it has started");
    let killed = nanoseconds();
    assert!(Command::new("kill").args(["-9", pid]).status().expect("kill").success());
    let start = Instant::now();
    loop {
        if let Some((_, at)) = read().get(before.len()) {
            let delay = at.saturating_sub(killed);
            return Duration::from_nanos(u64::try_from(delay).unwrap_or(u64::MAX));
        }
        assert!(start.elapsed() < LIMIT, "it is not started again");
        thread::sleep(Duration::from_millis(2));
    }
}

fn logs() {
    let script = format!(
        "yes 0123456789abcdefghijklmnopqrstuvwxyz | head -c {SAID}; echo > \"$DONE\"; exec sleep 100000"
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
            thread::sleep(Duration::from_millis(1));
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
    let rate = |time: Duration| {
        format!(
            "{:.0} MB/s",
            Duration::from_micros(SAID).as_secs_f64() / time.as_secs_f64().max(0.001)
        )
    };
    let goal = "at most a tenth";
    let is_met = embedded.0 * 10 <= on_pm2.0;
    row(
        "processor time for 100 MB of log lines",
        &milliseconds(on_pm2.0),
        &milliseconds(embedded.0),
        goal,
        is_met,
    );
    row("  as fast as the service could write", &rate(on_pm2.1), &rate(embedded.1), "", true);
}
