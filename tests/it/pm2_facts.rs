//! What is written of PM2's own behaviour, against PM2's own code.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use promethean::attribute::{ATTRIBUTES, Owner, Type, WATCH_OPTIONS};
use promethean::check::{Surroundings, check};
use promethean::declaration::Declaration;
use promethean::emit::launch::{self, Shell, Via};
use promethean::pm2::facts;
use promethean::problem::Fault;
use promethean::secrets::Reader;
use promethean::{App, Ecosystem, Options, ResolveError};
use promethean_test_support::node::{Oracle, modules};
use serde_json::{Value, json};

/// Names of interpreters: Node, Bun, what looks like one of them, and what does not.
const INTERPRETERS: [&str; 20] = [
    "node",
    "/usr/local/bin/node",
    "node@20",
    "bun",
    "/opt/bun/bin/bun",
    "ts-node",
    "node_modules/.bin/ts-node",
    "nodejs",
    "node18",
    "/usr/bin/nodejs",
    "node_exporter",
    "nodemon",
    "bunyan",
    "bunx",
    "deno",
    "tsx",
    "python3",
    "/opt/node/run",
    "bash",
    "none",
];

/// Several processes, as PM2 is told of them; `None` where nothing is.
const INSTANCES: [Option<i64>; 6] = [None, Some(0), Some(1), Some(2), Some(-1), Some(-2)];

fn declaration(interpreter: &str, instances: i64) -> Declaration {
    serde_json::from_value(json!({"units": [{"service": {"kind": "script", "name": "web", "block": {
        "settings": {"run": ["app.js"], "interpreter": [interpreter], "instances": [instances], "port": [8000]},
    }}}]}))
    .unwrap()
}

/// The same with `listen` in place of `port`.
fn listening(declaration: &Declaration) -> Declaration {
    let mut declaration = serde_json::to_value(declaration).unwrap();
    let block = &mut declaration["units"][0]["service"]["block"];
    block["settings"].as_object_mut().unwrap().remove("port");
    block["listen"] = json!([{"scheme": "http", "at": 8000}]);
    serde_json::from_value(declaration).unwrap()
}

fn resolved(interpreter: &str, instances: i64, port: bool) -> Result<App, ResolveError> {
    let mut declaration = serde_json::to_value(declaration(interpreter, instances)).unwrap();
    if !port {
        let settings = &mut declaration["units"][0]["service"]["block"]["settings"];
        settings.as_object_mut().unwrap().remove("port");
    }
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
    ecosystem.resolve(&Options::default()).map(|mut system| system.apps.remove(0))
}

#[test]
fn what_pm2_takes_for_node_it_runs_in_a_cluster_and_speaks_with() {
    let mut oracle = Oracle::start();
    for interpreter in INTERPRETERS {
        let known = facts::takes_for_node(interpreter);
        let contained = oracle.fact("contains", json!({"interpreter": interpreter}));
        assert_eq!(contained, json!(known), "{interpreter}");
        assert!(!known || facts::is_node(interpreter), "{interpreter}");
    }
    for interpreter in INTERPRETERS.map(Some).into_iter().chain([None]) {
        for instances in INSTANCES {
            let question = json!({"interpreter": interpreter, "instances": instances});
            let cluster = oracle.fact("mode", question) == json!("cluster_mode");
            let known = facts::clusters_by_itself(interpreter, instances);
            assert_eq!(known, cluster, "{interpreter:?} {instances:?}");
        }
    }
}

/// The rule of the macro, the rule of the run time and the launch line ask the same question.
#[test]
fn everybody_agrees_on_what_runs_in_a_cluster() {
    for interpreter in INTERPRETERS {
        for instances in INSTANCES.into_iter().flatten().filter(|instances| *instances != 0) {
            let what = format!("{interpreter} {instances}");
            let cluster = facts::clusters_by_itself(Some(interpreter), Some(instances));
            let problems = check(&declaration(interpreter, instances), Surroundings::default());
            let shared = |fault: &Fault| matches!(fault, Fault::InstancesSharePort { .. });
            let found = problems.iter().any(|problem| shared(&problem.fault));
            assert_eq!(found, !cluster && instances != 1, "{what}: {problems:?}");
            let listening = listening(&declaration(interpreter, instances));
            let problems = check(&listening, Surroundings::default());
            assert_eq!(problems.iter().any(|problem| shared(&problem.fault)), found, "{what}");
            let located = match resolved(interpreter, instances, true) {
                Err(ResolveError::Problems(problems)) => problems,
                Err(other) => panic!("{what}: {other}"),
                Ok(_) => Vec::new(),
            };
            assert_eq!(located.iter().any(|at| shared(&at.fault)), found, "{what}: {located:?}");
            let app = resolved(interpreter, instances, false).unwrap();
            let line = launch::line(&app, Shell::Sh, Via::Pm2, &Reader::new()).unwrap();
            assert_eq!(line.text.contains("--instances"), cluster, "{}", line.text);
            let unsaid = line.unsaid.contains(&"instances");
            assert_eq!(unsaid, !cluster && instances != 1, "{what}: {:?}", line.unsaid);
        }
    }
}

#[test]
fn interpreters_are_taken_by_the_ending_as_in_pm2() {
    let theirs = Oracle::start().fact("interpreters", json!({}));
    let theirs: BTreeMap<String, String> = serde_json::from_value(theirs).unwrap();
    let ours = facts::INTERPRETERS.iter();
    let ours: BTreeMap<String, String> =
        ours.map(|(ending, taken)| (format!(".{ending}"), (*taken).to_owned())).collect();
    assert_eq!(ours, theirs);
    let taken = ["a/b.py", "a.b/c", ".ts", "x.min.js", "serve"].map(facts::interpreter_of);
    assert_eq!(taken, [Some("python"), None, None, Some("node"), None]);
}

#[test]
fn statuses_are_those_of_pm2() {
    let constants = Oracle::start().fact("constants", json!({}));
    let constants = constants.as_object().unwrap().iter();
    let is_status = |name: &str| name.ends_with("_STATUS") || name == "WAITING_RESTART";
    let theirs = constants.filter(|(name, _)| is_status(name));
    let mut theirs: Vec<&str> = theirs.filter_map(|(_, status)| status.as_str()).collect();
    let mut ours = facts::status::ALL.to_vec();
    theirs.sort_unstable();
    ours.sort_unstable();
    assert_eq!(ours, theirs);
}

/// Where PM2's schema says another default than PM2 has, with what it says and why that is not it.
const WRONG_IN_THE_SCHEMA: [(&str, &str); 1] = [
    // `watchOptions` in `lib/Watcher.js`: a number of milliseconds.
    ("watch_delay", "true"),
];

/// A default as a word; those that are described with a text are compared by nobody.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::String(text) if matches!(text.as_str(), "True" | "False") => {
            Some(text.to_lowercase())
        }
        Value::String(text) if !text.contains([' ', '<', '~']) => Some(text.clone()),
        _ => None,
    }
}

#[test]
fn defaults_are_those_of_the_schema() {
    let schema = Oracle::start().fact("schema", json!({}));
    let mut compared = 0;
    for attribute in ATTRIBUTES {
        let Owner::Pm2 { default } = attribute.owner else { continue };
        let rows = attribute.names().filter_map(|name| schema.get(name));
        let mut said = rows.filter_map(|row| word(row.get("default").or(row.get("docDefault"))?));
        let Some(said) = said.next() else { continue };
        let wrong = WRONG_IN_THE_SCHEMA.iter().find(|(name, _)| *name == attribute.name);
        match wrong {
            Some((_, wrong)) => assert_eq!(said, *wrong, "{}", attribute.name),
            None => assert_eq!(said, default, "{}", attribute.name),
        }
        compared += 1;
    }
    assert!(compared > 25, "{compared} defaults were compared");
}

#[test]
fn what_is_not_written_takes_as_long_as_in_pm2_and_so_does_a_timer_of_nothing() {
    let mut oracle = Oracle::start();
    let milliseconds = |name: &str, written: Option<u64>| {
        let time = facts::time(name, written.map(Duration::from_millis));
        u64::try_from(time.as_millis()).unwrap()
    };
    for written in [None, Some(0), Some(1), Some(7_000)] {
        let theirs = oracle.fact("kill_timeout", json!({"written": written}));
        let ours = json!({
            "kill_timeout": milliseconds("kill_timeout", written),
            "kill_retry_time": milliseconds("kill_retry_time", written),
        });
        assert_eq!(ours, theirs, "{written:?}");
    }
    let constants = oracle.fact("constants", json!({}));
    assert_eq!(constants["GRACEFUL_LISTEN_TIMEOUT"], json!(milliseconds("listen_timeout", None)));
    // These are read within long functions of the daemon.
    let source = |file: &str| fs::read_to_string(modules().join("pm2").join(file)).unwrap();
    let daemon = source("lib/God.js");
    for read in [
        "clu.pm2_env.listen_timeout || cst.GRACEFUL_LISTEN_TIMEOUT",
        "typeof(proc.pm2_env.min_uptime) !== 'undefined' ? proc.pm2_env.min_uptime : 1000;",
        "typeof(proc.pm2_env.max_restarts) !== 'undefined' ? proc.pm2_env.max_restarts : 16;",
    ] {
        assert!(daemon.contains(read), "{read}");
    }
    for read in [
        "Math.floor(Math.min(15000, proc.pm2_env.prev_restart_delay * 1.5))",
        "God.handleExit(clu, code || 0, signal)",
    ] {
        assert!(daemon.contains(read), "{read}");
    }
    assert_eq!(constants["EXP_BACKOFF_RESET_TIMER"], json!(facts::BACKOFF_RESET.as_millis()));
    assert_eq!(constants["WORKER_INTERVAL"], json!(facts::WORKER_INTERVAL.as_millis()));
    let reload = source("lib/God/Reload.js");
    assert!(reload.contains("new_env.listen_timeout || cst.GRACEFUL_LISTEN_TIMEOUT"));
    assert_eq!(milliseconds("min_uptime", None), 1_000);
    assert_eq!(milliseconds("min_uptime", Some(0)), 0);
    assert_eq!(milliseconds("restart_delay", None), 0);
}

/// The options that chokidar itself names, and which of them are switches.
#[test]
fn the_options_of_the_watcher_are_chokidars() {
    let types = fs::read_to_string(modules().join("chokidar/types/index.d.ts")).unwrap();
    let (_, options) = types.split_once("export interface WatchOptions").unwrap();
    let (options, _) = options.split_once("\n}").unwrap();
    let theirs: BTreeMap<&str, bool> = options
        .lines()
        .filter_map(|line| line.trim().split_once("?: "))
        .map(|(name, kind)| (name, kind == "boolean;"))
        .collect();
    let ours: BTreeMap<&str, bool> = WATCH_OPTIONS
        .iter()
        // It can be more, which the language cannot express.
        .map(|option| {
            (option.name, option.types == [Type::Boolean] && option.name != "awaitWriteFinish")
        })
        .collect();
    assert_eq!(ours, theirs);
}
