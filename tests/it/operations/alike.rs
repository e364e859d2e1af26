//! The same definition on both engines: what its processes see, and what becomes of them, is the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use promethean::engine::Phase;
use promethean::operations::Target;
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::pm2::eventually;
use regex_lite::Regex;
use serde_json::Value;

use super::conventions;
use super::scene::{Scene, lives};

/// On both engines, at the same time. Returns what each of them gives.
fn on_both<T: Send>(observed: impl Fn(Scene) -> T + Sync) -> [T; 2] {
    thread::scope(|scope| {
        let embedded = scope.spawn(|| observed(Scene::embedded()));
        let on_pm2 = observed(Scene::new());
        [on_pm2, embedded.join().unwrap()]
    })
}

/// Compares what both give, by name.
#[track_caller]
fn same<T: PartialEq + std::fmt::Debug>([on_pm2, embedded]: [BTreeMap<String, T>; 2]) {
    let names: Vec<&String> = on_pm2.keys().collect();
    assert_eq!(names, embedded.keys().collect::<Vec<_>>());
    for (name, on_pm2) in &on_pm2 {
        assert_eq!(*on_pm2, embedded[name], "{name}: on PM2, and on the embedded engine");
    }
}

/// The variables that each engine has for itself.
const OWN: [&str; 5] = [
    "PM2_HOME",
    "PROMETHEAN_HOME",
    "PROMETHEAN_PROCESS",
    "NODE_CHANNEL_FD",
    "NODE_CHANNEL_SERIALIZATION_MODE",
];

static SEEING: Ecosystem = ecosystem! {
    name seeing;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    paths unchecked;
    defaults { secrets ".tokens"; env { SEEN = "{root}/seen/{name}"; TOKEN = secret; } }

    script plain { run "./see.sh"; }
    script arguments { run "./see.sh", "a b", "", "--flag=x;y", "'q'", "\"d\"", "*", "ä日", "-"; }
    script below "below" { run "../see.sh"; }
    script shell { run "sh", "see.sh", "one"; }
    script interpreted { run "see.sh", "two"; interpreter "sh"; }
    script options { run "see.sh"; interpreter "bash"; node_args "--norc", "-u"; }
    script several { run "./see.sh"; instances 3; port 7300; increment_var PORT; }
    script numbered { run "./see.sh"; instances 2; instance_var WORKER; }
    script variables {
        run "./see.sh";
        env_file "variables.env";
        env { EMPTY = ""; SPACE = "a b"; QUOTES = "'\"`\\"; NUMBER = 7; FLAG = true; LONG = (long()); }
    }
    node js { entry "see.js"; args "one", "--two"; node_args "--no-warnings"; }
    node sourceless "below" { entry "../see.js"; source_map_support false; }
    node forked { entry "see.js"; exec_mode fork; instances 2; port 7310; increment_var PORT; }
};

fn long() -> String {
    "x".repeat(100_000)
}

/// What processes of these apps have written of how they were started, by file.
fn seen(scene: Scene) -> BTreeMap<String, BTreeSet<String>> {
    let mut scene = scene;
    for directory in ["seen", "below"] {
        fs::create_dir(scene.path(directory)).unwrap();
    }
    fs::write(scene.path(".tokens"), "TOKEN=t0k3n\n").unwrap();
    fs::write(scene.path("variables.env"), "FROM_FILE='of a file'\nSPACE=less\n").unwrap();
    scene.up(&scene.target(&SEEING)).unwrap();
    let files = || -> Vec<PathBuf> {
        let entries = fs::read_dir(scene.path("seen")).unwrap().flatten();
        let files = entries.map(|entry| entry.path());
        files.filter(|file| file.extension().is_none()).collect()
    };
    eventually("all have written", || files().len() == 16);
    let root = scene.root().to_string();
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap().replace(&root, "ROOT");
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        match serde_json::from_str::<Value>(&text) {
            Ok(mut seen) => {
                let env = seen["env"].as_object_mut().unwrap();
                env.retain(|name, _| !OWN.contains(&name.as_str()));
                let fields = seen.as_object().unwrap().iter();
                (name, fields.map(|(field, value)| format!("{field}: {value}")).collect())
            }
            Err(_) => {
                let is_own = |line: &str| {
                    let variable = line.strip_prefix("variable: ");
                    let name = variable.and_then(|variable| variable.split_once('='));
                    name.is_some_and(|(name, _)| OWN.contains(&name))
                };
                (name, text.lines().filter(|line| !is_own(line)).map(str::to_owned).collect())
            }
        }
    };
    files().into_iter().map(read).collect()
}

#[test]
fn processes_see_the_same() {
    same(on_both(seen));
}

static LIVES: Ecosystem = ecosystem! {
    name lives;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    // However busy the machine is, they end too early.
    defaults { min_uptime 1h; }

    script gives_up { run "./stamp.sh", "sh", "-c", "exit 3"; max_restarts 3; }
    script gives_up_at_once { run "./stamp.sh", "sh", "-c", "exit 3"; max_restarts 1; }
    script delayed { run "./stamp.sh", "sh", "-c", "exit 3"; max_restarts 3; restart_delay 400ms; }
    script backs_off { run "./stamp.sh", "sh", "-c", "exit 3"; max_restarts 5; exp_backoff_restart_delay 100ms; }
    script final_code { run "./stamp.sh", "sh", "-c", "exit 5"; stop_exit_codes 5, 6; }
    script other_code { run "./stamp.sh", "sh", "-c", "exit 7"; stop_exit_codes 5, 6; max_restarts 2; }
    script completes { run "./stamp.sh", "sh", "-c", "exit 0"; autorestart false; }
    script restarts_all_the_same { run "./stamp.sh", "sh", "-c", "exit 0"; max_restarts 2; }
    script fails { run "./stamp.sh", "sh", "-c", "exit 9"; autorestart false; }
    script killed { run "./stamp.sh", "sh", "-c", "kill -9 $$"; max_restarts 2; }
    script killed_once { run "./stamp.sh", "sh", "-c", "kill -9 $$"; autorestart false; }
};

/// How often an app was started, how often restarted, and its state.
type Life = (usize, u64, String);

/// The pauses between the starts of an app.
fn pauses(scene: &Scene, app: &str) -> Vec<Duration> {
    let stamps: Vec<u128> =
        scene.stamps().into_iter().filter(|(what, _)| what == app).map(|(_, when)| when).collect();
    let pause = |pair: &[u128]| Duration::from_nanos(u64::try_from(pair[1] - pair[0]).unwrap());
    stamps.windows(2).map(pause).collect()
}

fn life(scene: Scene) -> BTreeMap<String, Life> {
    let mut scene = scene;
    let target = scene.target(&LIVES);
    scene.up(&target).unwrap_err();
    let mut session = scene.engine(&target).connect().unwrap().unwrap();
    let mut list = Vec::new();
    eventually("all are at rest", || {
        list = session.list().unwrap();
        list.iter().all(|app| matches!(app.phase, Phase::Stopped | Phase::Errored))
    });
    for pause in pauses(&scene, "delayed") {
        assert!(pause >= Duration::from_millis(400), "{pause:?}");
    }
    // Each is half as long again (`God.handleExit` in `lib/God.js`).
    let backs_off = pauses(&scene, "backs_off");
    for (pause, least) in backs_off.iter().zip([100, 150, 225, 337]) {
        assert!(*pause >= Duration::from_millis(least), "{backs_off:?}");
    }
    let life = |app: promethean::engine::Process| {
        let starts = scene.stamps().iter().filter(|(what, _)| *what == app.name).count();
        let state = format!("{} with exit code {:?}", app.phase, app.exit_code);
        (app.name, (starts, app.restarts, state))
    };
    list.into_iter().map(life).collect()
}

#[test]
fn processes_are_restarted_and_given_up_the_same() {
    let [on_pm2, embedded] = on_both(life);
    for (_, (.., state)) in embedded.iter().filter(|(app, _)| app.starts_with("killed")) {
        assert!(state.ends_with(" with exit code Some(137)"), "{state}");
    }
    same([on_pm2, embedded]);
}

static ENDS: Ecosystem = ecosystem! {
    name ends;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    defaults { ready log "^at work$" { timeout 5m; interval 50ms; } kill_timeout 5m; }

    script plain { run "python3", "signals.py"; }
    script alone { run "python3", "signals.py"; treekill false; kill_timeout 1s; }
    script deaf { run "python3", "signals.py", "deaf"; kill_timeout 700ms; }
};

/// The signals that the parent and the child of each have got.
fn signals(scene: Scene) -> BTreeMap<String, BTreeSet<String>> {
    let mut scene = scene;
    let target = scene.target(&ENDS);
    scene.up(&target).unwrap();
    let pids = fs::read_to_string(scene.path("pids")).unwrap();
    let begun = Instant::now();
    scene.down(&target);
    assert!(begun.elapsed() >= Duration::from_millis(700), "`kill_timeout` was not waited for");
    for line in pids.lines() {
        let pids: Vec<u64> = line.split(' ').skip(1).map(|pid| pid.parse().unwrap()).collect();
        // PM2 leaves what `treekill false` spares, and `down` ends it.
        assert!(pids.iter().all(|pid| !lives(*pid)), "{line}");
    }
    let mut signals: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (what, _) in scene.stamps() {
        let (app, signal) = what.split_once(':').unwrap();
        signals.entry(app.to_owned()).or_default().insert(signal.to_owned());
    }
    signals
}

#[test]
fn processes_are_ended_the_same() {
    let [mut on_pm2, mut embedded] = on_both(signals);
    // The embedded engine spares it until it kills all; on PM2 it is asked by whoever has called `down`.
    let alone = BTreeSet::from(["parent:SIGINT".to_owned()]);
    assert!(on_pm2.remove("alone").unwrap().is_superset(&alone));
    assert_eq!(embedded.remove("alone"), Some(alone));
    same([on_pm2, embedded]);
}

static SAYING: Ecosystem = ecosystem! {
    name saying;
    root "it/operations/services";
    use conventions::CONVENTIONS;

    script plain { run "./say.sh"; }
    script own { run "./say.sh"; out_file "./logs/{name}.out"; error_file "./logs/{name}.err"; }
    script both { run "./say.sh"; log_file "./logs/{name}.all"; out_file "/dev/null"; }
    script several { run "./say.sh"; instances 2; }
    script merged { run "./say.sh"; instances 2; merge_logs true; }
    script several_own { run "./say.sh"; instances 2; out_file "./logs/{name}.log"; error_file "./logs/{name}.log"; }
    script timed { run "./say.sh"; time true; }
    script dated { run "./say.sh"; log_date_format "YYYY-MM-DD HH:mm Z"; }
    script objects { run "./say.sh"; log_type json; instances 2; }
    script silent { run "./say.sh"; disable_logs true; }
};

/// A line of a log, or of an object those of its message: PM2 writes an object for what it reads at once.
fn lines(line: &str) -> Vec<String> {
    let times = Regex::new(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{3}Z)?)?").unwrap();
    let line = times.replace_all(line, "TIME").into_owned();
    let Ok(Value::Object(mut object)) = serde_json::from_str(&line) else { return vec![line] };
    assert!(object.remove("process_id").is_some_and(|id| id.is_u64()), "{line}");
    let message = object.remove("message").unwrap();
    let object = Value::Object(object);
    message.as_str().unwrap().lines().map(|line| format!("{object} {line}")).collect()
}

/// The files of logs in a directory, by their name, and their lines.
fn written(directory: &Path, above: &str) -> BTreeMap<String, BTreeSet<String>> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        (format!("{above}/{name}"), text.lines().flat_map(lines).collect())
    };
    entries.map(|entry| read(entry.path())).collect()
}

fn said(scene: Scene) -> BTreeMap<String, BTreeSet<String>> {
    let mut scene = scene;
    let target: Target = scene.target(&SAYING);
    scene.up(&target).unwrap();
    let home = scene.engine(&target).home().join("logs");
    let mut files = BTreeMap::new();
    eventually("all have spoken", || {
        files = written(&home, "home");
        files.extend(written(&scene.path("logs"), "own"));
        // One that writes nothing is not looked at.
        files.retain(|_, lines: &mut BTreeSet<String>| !lines.is_empty());
        let of_out = files.iter().filter(|(name, _)| !name.contains("err"));
        let last = |lines: &BTreeSet<String>| lines.iter().any(|line| line.contains("last"));
        files.len() == 22 && of_out.clone().all(|(_, lines)| last(lines))
    });
    ranked(files)
}

/// The number of a file among those of its app: PM2 counts all of its processes, the embedded engine those of
/// the app.
fn ranked(files: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    let number = Regex::new(r"-(\d+)\.log$").unwrap();
    let mut files: Vec<_> = files.into_iter().collect();
    let number_of =
        |name: &str| number.captures(name).map(|found| found[1].parse::<u64>().unwrap());
    files.sort_by_key(|(name, _)| number_of(name));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut rank = |name: String| {
        let rest = number.replace(&name, "").into_owned();
        if rest == name {
            return name;
        }
        let count = counts.entry(rest.clone()).or_default();
        *count += 1;
        format!("{rest}-{}.log", *count - 1)
    };
    files.into_iter().map(|(name, lines)| (rank(name), lines)).collect()
}

#[test]
fn logs_are_written_the_same() {
    same(on_both(said));
}

static TIMED: Ecosystem = ecosystem! {
    name timed;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    defaults { cron_restart "*/6 * * * * *"; }

    script runs { run "./stamp.sh", "sleep", "100000"; }
    script shifted { run "./stamp.sh", "sleep", "100000"; cron_restart "3-59/6 * * * * *"; }
    script ends { run "./stamp.sh", "true"; autorestart false; }
    script fails { run "./stamp.sh", "sh", "-c", "exit 3"; autorestart false; }
    script gives_up { run "./stamp.sh", "sh", "-c", "exit 3"; max_restarts 1; min_uptime 1h; }
    script waits { run "./stamp.sh", "sh", "-c", "exit 3"; restart_delay 1h; }
};

/// Whether an app was started again, and in which half of six seconds most of that was asked for: on a busy machine
/// a timer can be late.
type Times = (bool, Option<u64>);

fn times(scene: Scene) -> BTreeMap<String, Times> {
    let mut scene = scene;
    let target = scene.target(&TIMED);
    // After a time of most of them.
    eventually("a time has just come", || (100..1_000).contains(&(milliseconds() % 6_000)));
    let begin = milliseconds();
    let result = scene.up(&target);
    let up = milliseconds();
    // What ends at once fails it, unless its next time comes while it is watched.
    let has_come = (begin / 6_000) != (up + 50) / 6_000;
    assert!(has_come || result.is_err(), "{result:?}");
    let mut session = scene.engine(&target).connect().unwrap().unwrap();
    let mut asked: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let starts = |app: &str| scene.stamps().iter().filter(|(what, _)| what == app).count();
    // While its first process runs, a time restarts it as any other.
    eventually("one waits for its restart", || {
        let list = session.list().unwrap();
        list.iter().any(|app| app.name == "waits" && app.phase == Phase::WaitingRestart)
    });
    let before = BTreeMap::from([("waits", starts("waits"))]);
    eventually("each time has come three times", || {
        for app in session.list().unwrap() {
            // Somebody asks for the first start, too.
            let of_app = asked.entry(app.name).or_default();
            of_app.extend(Some(app.requested).filter(|asked| *asked > up));
        }
        let restarted = ["runs", "shifted", "ends", "fails", "gives_up"];
        let seen = |app: &str| asked.get(app).is_some_and(|asked| asked.len() > 2);
        restarted.iter().all(|app| starts(app) > 3) && seen("runs") && seen("shifted")
    });
    let times = |(app, asked): (String, BTreeSet<u64>)| {
        // A timer of Node's may fire a millisecond early.
        let halves = asked.iter().map(|asked| (asked + 50) % 6_000 / 3_000);
        let later = halves.filter(|half| *half == 1).count();
        let half = u64::from(2 * later > asked.len());
        // PM2 forgets when the start was asked for of what it gives up; what waits is not asked to start.
        let is_known = !matches!(app.as_str(), "gives_up" | "waits") && !asked.is_empty();
        let is_started_again = starts(&app) > before.get(app.as_str()).copied().unwrap_or(1);
        (app, (is_started_again, is_known.then_some(half)))
    };
    asked.into_iter().map(times).collect()
}

/// The Unix time.
fn milliseconds() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

pub fn schedules_restart_the_same_at_the_same_times() {
    let [on_pm2, embedded] = on_both(times);
    assert_eq!(on_pm2["runs"], (true, Some(0)));
    assert_eq!(on_pm2["shifted"], (true, Some(1)));
    assert!(!on_pm2["waits"].0);
    same([on_pm2, embedded]);
}

static EATING: Ecosystem = ecosystem! {
    name eating;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    defaults { max_memory_restart 60M; }

    script modest { run "python3", "eat.py", "1"; }
    script allowed { run "python3", "eat.py", "120"; max_memory_restart 1G; }
    // The memory of a child does not count.
    script parent { run "sh", "-c", "python3 eat.py 120; true"; }
    script greedy { run "python3", "eat.py", "120"; depends_on modest, allowed, parent; }
};

/// Whether an app was restarted, how often it has ended too early, and its state.
fn eaten(scene: Scene) -> BTreeMap<String, (bool, u64, String)> {
    let mut scene = scene;
    let target = scene.target(&EATING);
    scene.up(&target).unwrap();
    let mut session = scene.engine(&target).connect().unwrap().unwrap();
    let mut list = Vec::new();
    // It was started last, so that the others were looked at before.
    eventually("one has too much", || {
        list = session.list().unwrap();
        list.iter().any(|app| app.name == "greedy" && app.restarts > 0 && app.is_online())
    });
    let state = |app: promethean::engine::Process| {
        (app.name, (app.restarts > 0, app.unstable_restarts, app.phase.to_string()))
    };
    list.into_iter().map(state).collect()
}

pub fn what_uses_too_much_memory_restarts_the_same() {
    let [on_pm2, embedded] = on_both(eaten);
    let restarted: Vec<&str> =
        on_pm2.iter().filter(|(_, app)| app.0).map(|(name, _)| name.as_str()).collect();
    assert_eq!(restarted, ["greedy"]);
    same([on_pm2, embedded]);
}
