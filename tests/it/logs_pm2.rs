//! `logs` on the real PM2.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::tz::TimeZone;
use promethean::declaration::Declaration;
use promethean::emit::{self, Config};
use promethean::logs::{Layout, Stream};
use promethean::pm2::log_files;
use promethean::{Ecosystem, Options, System};
use promethean_test_support::files::{directory, repository};
use promethean_test_support::pm2::{Pm2, eventually};
use serde_json::{Value, json};

use crate::program;

/// A program that counts on both streams.
const COUNTER: &str = "let n = 0; setInterval(() => { console.log(`out ${n}`); \
                       console.error(`err ${n}`); n += 1; }, 20);";

fn resolve(units: &Value, root: &Utf8Path) -> System {
    let declaration: Declaration = serde_json::from_value(json!({"units": units})).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
    ecosystem.resolve(&Options::default()).unwrap()
}

fn service(name: &str, settings: &Value) -> Value {
    let mut settings = settings.clone();
    settings["entry"] = json!(["counter.js"]);
    json!({"service": {"kind": "node", "name": name, "block": {"settings": settings}}})
}

fn start(pm2: &Pm2, system: &System, root: &Utf8Path) {
    fs::write(root.join("counter.js"), COUNTER).unwrap();
    let file = root.join("ecosystem.json");
    fs::write(&file, emit::json(&Config::new(system))).unwrap();
    pm2.run(&["start", file.as_str()]);
}

fn home(pm2: &Pm2) -> Utf8PathBuf {
    Utf8PathBuf::from_path_buf(pm2.home().to_owned()).unwrap()
}

fn places_are_pm2s(package: &'static str) {
    let (_guard, root) = directory();
    let units = json!([
        service("plain_name", &json!({})),
        service("strange näme 😀", &json!({"merge_logs": [true]})),
        service("instances", &json!({"instances": [2], "exec_mode": [{"word": "cluster"}]})),
        service(
            "own",
            &json!({"out_file": ["logs/{name}-7.log"], "error_file": ["./logs/own.txt"]})
        ),
        service("both", &json!({"log_file": [true], "out_file": ["/dev/null"]})),
        service(
            "merged",
            &json!({"merge_logs": [true], "log_file": ["all.log"], "error_file": ["NULL"]})
        ),
    ]);
    let system = resolve(&units, &root);
    let pm2 = Pm2::of_package(package);
    start(&pm2, &system, &root);
    for app in &system.apps {
        let of_app = |stream: Stream| {
            let mut paths: Vec<String> = log_files(&[app], &home(&pm2), &TimeZone::system)
                .into_iter()
                .filter(|file| file.stream == stream)
                .map(|file| file.path.into_string())
                .collect();
            paths.sort();
            paths
        };
        let of_pm2 = |key: &str| {
            let apps =
                pm2.apps().into_iter().filter(|process| process["name"] == app.name.as_str());
            let paths =
                apps.filter_map(|process| Some(process["pm2_env"][key].as_str()?.to_owned()));
            let mut paths: Vec<String> = paths.filter(|path| path != "/dev/null").collect();
            paths.sort();
            paths
        };
        for (stream, key) in [
            (Stream::Out, "pm_out_log_path"),
            (Stream::Err, "pm_err_log_path"),
            (Stream::Combined, "pm_log_path"),
        ] {
            let mut of_pm2 = of_pm2(key);
            of_pm2.dedup();
            eventually(&format!("{} {key}: {of_pm2:?}", app.name), || of_app(stream) == of_pm2);
        }
    }
}

#[test]
fn the_files_are_those_that_pm2_writes() {
    places_are_pm2s("pm2");
}

#[test]
fn the_files_are_those_that_the_oldest_pm2_writes() {
    places_are_pm2s("pm2-5");
}

/// A command of the example's binary whose output is read while it runs.
struct Running {
    process: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Running {
    /// Starts `logs` of the example, which lies at this root.
    fn new(root: &Utf8Path, home: &Utf8Path, arguments: &[&str]) -> Running {
        let mut process = command(root, home, arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo can be started");
        let output = process.stdout.take().expect("it is piped");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let read = Arc::clone(&lines);
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                read.lock().unwrap().push(line.expect("it is UTF-8"));
            }
        });
        Running { process, lines }
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `logs` of the example's binary:
fn command(root: &Utf8Path, home: &Utf8Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program::example());
    command
        .args(["logs", "--root", root.as_str()])
        .args(arguments)
        .env("PM2_HOME", home)
        .current_dir(repository());
    command
}

/// The numbers in the lines of a stream.
fn numbers(lines: &[String], before: &str) -> Vec<u64> {
    lines.iter().filter_map(|line| line.strip_prefix(before)?.parse().ok()).collect()
}

/// Demands that all numbers of some files, in order, are seen each once from the first one on.
#[track_caller]
fn shows_what_is_in(files: &[Utf8PathBuf], before: &str, seen: impl Fn() -> Vec<u64>) {
    // Seen first, then the disk: what is seen is on the disk by then.
    let seen = seen();
    let text: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut on_disk = numbers(&lines, before);
    on_disk.retain(|number| (seen[0]..=seen[seen.len() - 1]).contains(number));
    assert_eq!(seen, on_disk);
}

#[test]
fn a_running_app_is_followed_through_rotation_and_flush() {
    let (_guard, root) = directory();
    let pm2 = Pm2::new();
    // The logs of an app of the example, where its binary looks for them.
    let logs = root.join("services/js/heartbeat/logs");
    fs::create_dir_all(&logs).unwrap();
    let (out, err) = (logs.join("heartbeat-out.log"), logs.join("heartbeat-err.log"));
    let settings = json!({"merge_logs": [true], "out_file": [out], "error_file": [err]});
    start(&pm2, &resolve(&json!([service("heartbeat", &settings)]), &root), &root);
    let running = Running::new(&root, &home(&pm2), &["heartbeat", "-f", "-n", "1"]);
    let seen = |stream: &str| numbers(&running.lines(), &format!("heartbeat | {stream} "));
    eventually("lines come", || !seen("out").is_empty() && !seen("err").is_empty());

    let last = || seen("out").last().copied().unwrap_or(0);
    for rotation in 0..3 {
        let before = last();
        fs::rename(&out, logs.join(format!("heartbeat-out.log.{rotation}"))).unwrap();
        eventually("lines come after it was renamed", || last() > before);
        pm2.run(&["reloadLogs"]);
        let before = last();
        eventually("lines come after PM2 has opened it again", || last() > before + 20);
    }
    // Not every number: on a busy machine some that the app wrote during `reloadLogs` are in no file.
    // (`lib/God/ForkMode.js`, `_reloadLogs`, ends the streams before there are others.)
    let mut rotated: Vec<Utf8PathBuf> =
        (0..3).map(|rotation| logs.join(format!("heartbeat-out.log.{rotation}"))).collect();
    rotated.push(out.clone());
    shows_what_is_in(&rotated, "out ", || seen("out"));
    shows_what_is_in(std::slice::from_ref(&err), "err ", || seen("err"));

    pm2.run(&["flush"]);
    let before = last();
    eventually("lines come after it was flushed", || last() > before + 20);
    // What was flushed before it was looked at is gone; nothing comes twice.
    assert!(seen("out").is_sorted_by(|one, next| one < next));

    pm2.run(&["restart", "heartbeat"]);
    // It counts from the beginning again.
    let since_restart = || {
        let numbers = seen("out");
        let begun = numbers.windows(2).position(|pair| pair[1] < pair[0])?;
        Some(numbers[begun + 1..].to_vec())
    };
    eventually("lines come after a restart", || since_restart().is_some_and(|new| new.len() > 30));
    assert!(since_restart().unwrap().is_sorted_by(|one, next| one < next));
}

/// A program that writes the ends of its lines by themselves, as Python does, and some lines in two parts.
const IN_PARTS: &str = "
import os, time
while True:
    for part in (b'whole', b'\\n', b'in two', b' parts\\n'):
        os.write(1, part)
        time.sleep(0.03)
";

#[test]
fn lines_that_pm2_writes_in_parts_are_joined() {
    let (_guard, root) = directory();
    fs::write(root.join("main.py"), IN_PARTS).unwrap();
    let service = |name: &str, settings: &Value| {
        let mut settings = settings.clone();
        settings["run"] = json!(["python3", "main.py"]);
        json!({"service": {"kind": "script", "name": name, "block": {"settings": settings}}})
    };
    let units = json!([
        service("timed", &json!({"time": [true]})),
        service("object", &json!({"log_type": [{"word": "json"}]})),
    ]);
    let system = resolve(&units, &root);
    let pm2 = Pm2::new();
    start(&pm2, &system, &root);
    let texts = |app: &str| {
        let app = system.app(app).unwrap();
        let mut lines = Lines::default();
        let query = promethean::logs::Query { lines: None, ..Default::default() };
        let files = log_files(&[app], &home(&pm2), &TimeZone::system);
        promethean::logs::Logs::new(files, query).backlog(&mut lines).unwrap();
        lines.0.into_iter().map(|line| line.text).collect::<Vec<String>>()
    };
    let count = |app: &str, text: &str| texts(app).iter().filter(|line| *line == text).count();
    eventually("it has written", || count("object", "whole") > 20 && count("timed", "whole") > 20);
    // Objects show where a line ends. The last one may be on its way.
    let mut objects = texts("object");
    objects.pop();
    assert!(objects.iter().all(|line| line == "whole" || line == "in two parts"), "{objects:?}");
    // Times do not: what is written by itself looks like a line, but for the end of one.
    let path =
        log_files(&[system.app("timed").unwrap()], &home(&pm2), &TimeZone::system)[0].path.clone();
    let written = fs::read_to_string(path).unwrap();
    assert!(written.lines().any(|line| line.ends_with(": ")), "PM2 writes each part as a line");
    let timed = texts("timed");
    let empty = timed.iter().filter(|line| line.is_empty()).count();
    let ends = written.lines().filter(|line| line.ends_with(": ")).count();
    assert!(empty <= ends / 4, "{empty} of {ends} are left: {timed:?}");
}

#[test]
fn the_times_that_pm2_writes_are_read() {
    let (_guard, root) = directory();
    let units = json!([
        service("timed", &json!({"time": [true]})),
        service("formatted", &json!({"log_date_format": ["ddd DD MMM YYYY, hh:mm:ss.SSS A Z"]})),
        service(
            "cluster",
            &json!({"log_date_format": ["YYYY-MM-DD HH:mm:ss ZZ"], "exec_mode": [{"word": "cluster"}]})
        ),
        service("object", &json!({"log_type": [{"word": "json"}]})),
        service(
            "object_formatted",
            &json!({"log_type": [{"word": "json"}], "log_date_format": ["YYYY-MM-DD HH:mm Z"]})
        ),
    ]);
    let system = resolve(&units, &root);
    let pm2 = Pm2::new();
    let begun = jiff::Timestamp::now();
    start(&pm2, &system, &root);
    for app in &system.apps {
        assert_ne!(Layout::of(app, &TimeZone::system), Layout::Plain);
        let lines = || {
            let mut lines = Lines::default();
            let mut logs = promethean::logs::Logs::new(
                log_files(&[app], &home(&pm2), &TimeZone::system),
                promethean::logs::Query { stream: Some(Stream::Out), ..Default::default() },
            );
            logs.backlog(&mut lines).unwrap();
            lines.0
        };
        eventually(&format!("{} writes", app.name), || lines().len() > 2);
        for (index, line) in lines().iter().take(2).enumerate() {
            assert_eq!(line.text, format!("out {index}"), "{}", app.name);
            let time = line.time.unwrap_or_else(|| panic!("{}: {line:?}", app.name));
            // To the minute, as the shortest of the formats has it.
            let hour = jiff::SignedDuration::from_mins(60);
            let minute = jiff::SignedDuration::from_mins(1);
            assert!(time >= begun - minute && time <= begun + hour, "{}: {time}", app.name);
        }
    }
}

#[derive(Default)]
struct Lines(Vec<promethean::logs::Line>);

impl promethean::logs::Sink for Lines {
    fn line(&mut self, line: &promethean::logs::Line) -> std::io::Result<()> {
        self.0.push(line.clone());
        Ok(())
    }

    fn note(&mut self, note: &promethean::logs::Note) -> std::io::Result<()> {
        panic!("{note}")
    }
}

#[test]
fn the_command_prints_names_objects_and_its_mistakes() {
    let (_guard, root) = directory();
    let logs = root.join("services/js/heartbeat/logs");
    fs::create_dir_all(&logs).unwrap();
    fs::write(logs.join("heartbeat-out.log"), "one\n\u{1b}]0;title\u{7}two\n").unwrap();
    fs::write(logs.join("heartbeat-err.log"), "failed\n").unwrap();
    let run = |arguments: &[&str]| {
        let output = command(&root, &root, arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = run(&["heartbeat", "--out"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    // What is no terminal gets text alone; objects have all of it, escaped.
    assert_eq!(out, "heartbeat | one\nheartbeat | two\n");
    assert_eq!(run(&["heartbeat", "--err", "--raw"]).1, "failed\n");
    assert_eq!(run(&["heartbeat", "--grep", "FAIL", "-i", "--no-prefix"]).1, "failed\n");
    let (_, out, _) = run(&["heartbeat", "--json", "--grep", "two"]);
    let object: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        object,
        json!({"version": 1, "app": "heartbeat", "stream": "out", "time": null, "text": "\u{1b}]0;title\u{7}two"})
    );

    let (code, out, err) = run(&["hartbeat"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("did you mean `heartbeat`?"), "{err}");
    let (code, _, err) = run(&["mongodb"]);
    assert!(code == Some(1) && err.contains("does not start it"), "{err}");
    let (code, _, err) = run(&["heartbeat", "--grep", "("]);
    assert!(code == Some(1) && err.contains("is not a valid regular expression"), "{err}");
    let (code, _, err) = run(&["heartbeat", "--since", "soon"]);
    assert!(code == Some(2) && err.contains("`soon` is not a valid time"), "{err}");
    let (code, out, err) = run(&["vision"]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert!(err.contains("there is no log yet"), "{err}");
}

/// Through Python's `pty`, which prints what the terminal gets.
#[test]
fn a_terminal_gets_colours_alone() {
    let (_guard, root) = directory();
    let logs = root.join("services/js/heartbeat/logs");
    fs::create_dir_all(&logs).unwrap();
    let line = "\u{1b}]0;title\u{7}\u{1b}[2Jone \u{1b}[35mtwo\u{1b}[0m\n";
    fs::write(logs.join("heartbeat-err.log"), line).unwrap();
    let shown = |no_color: &str| {
        let cargo = command(&root, &root, &["heartbeat"]);
        let mut python = Command::new("python3");
        python.args(["-c", "import pty, sys; pty.spawn(sys.argv[1:])"]).arg(cargo.get_program());
        python.args(cargo.get_args()).current_dir(repository());
        python.env("PM2_HOME", &root).env("TERM", "xterm").env("NO_COLOR", no_color);
        let output = python.stdin(Stdio::null()).output().expect("these tests need Python 3");
        String::from_utf8(output.stdout).unwrap()
    };
    let colours = shown("");
    assert!(colours.contains("one \u{1b}[35mtwo\u{1b}[0m"), "{colours:?}");
    assert!(!colours.contains("title") && !colours.contains("[2J"), "{colours:?}");
    // The bar before what an app wrote to standard error is red.
    assert!(colours.contains("\u{1b}[31m|"), "{colours:?}");
    assert_eq!(shown("1").trim_end(), "heartbeat | one two");
}

#[test]
fn whoever_stops_reading_ends_it_quietly() {
    let (_guard, root) = directory();
    let logs = root.join("services/js/heartbeat/logs");
    fs::create_dir_all(&logs).unwrap();
    let log = logs.join("heartbeat-out.log");
    fs::write(&log, "line\n".repeat(100_000)).unwrap();
    let mut process = command(&root, &root, &["heartbeat", "-f", "-n", "all"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 4];
    process.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = process.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

/// 200 MiB pass through, in lines and in one line of 60 MiB: keeping that one alone would be too much.
#[cfg(target_os = "linux")]
#[test]
fn following_takes_no_more_memory_the_more_is_written() {
    use std::io::Write as _;
    let (_guard, root) = directory();
    let logs = root.join("services/js/heartbeat/logs");
    fs::create_dir_all(&logs).unwrap();
    let mut log = fs::File::create(logs.join("heartbeat-out.log")).unwrap();
    let mut process = command(&root, &root, &["heartbeat", "-f", "--raw"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = process.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let (mut block, mut tail) = (vec![0; 1 << 20], Vec::new());
        while !tail.ends_with(b"the end\n") {
            let count = output.read(&mut block).unwrap();
            assert!(count > 0, "it ended too early");
            tail.extend_from_slice(&block[..count]);
            tail.drain(..tail.len().saturating_sub(16));
        }
    });
    let lines = "a line as programs write them, neither short nor long\n".repeat(20_000);
    for _ in 0..140 {
        log.write_all(lines.as_bytes()).unwrap();
    }
    for _ in 0..60 {
        log.write_all(&vec![b'x'; 1 << 20]).unwrap();
    }
    log.write_all(b"\nthe end\n").unwrap();
    reader.join().unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes < 30 << 10, "{kilobytes} kB");
}
