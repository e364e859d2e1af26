//! PM2's rule for the names of pid and log files, and what operations make of it.

use std::process::Command;

use promethean::declaration::Declaration;
use promethean::{Ecosystem, Options};
use promethean_test_support::node::modules;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use regex_lite::Regex;
use serde_json::json;

use camino::Utf8PathBuf;
use promethean::App;
use promethean::pm2::Home;
use promethean::pm2::files::{file_name, pid_files, told, without_number};
use serde_json::Value;

const PID: &str = ".pid";
const LOG: &str = ".log";

fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// Names that differ by suffix, prefix, case and what PM2 does not know in names of files.
fn names() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("web"),
        Just("Web"),
        Just("we"),
        Just("-"),
        Just("-7"),
        Just("7"),
        Just("-out"),
        Just("_"),
        Just(" "),
        Just("/"),
        Just("\\"),
        Just("."),
        Just("%"),
        Just("%20"),
        Just("ï"),
        Just("😀"),
        Just("\u{ffff}"),
        Just(".pid"),
        Just(".log"),
        Just("-0.pid"),
    ];
    let parts = proptest::collection::vec(part, 0..5);
    // A name that ends with a space is rejected.
    parts.prop_map(|parts| format!("n{}", parts.concat().trim_end()))
}

fn app(name: &str, settings: Value) -> App {
    let mut settings = settings;
    settings["run"] = json!(["sleep"]);
    let service = json!({"service":
        {"kind": "script", "name": name, "block": {"settings": settings}}});
    let declaration: Declaration = serde_json::from_value(json!({"units": [service]})).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, "/srv", &[]);
    ecosystem.resolve(&Options::default()).unwrap().apps.remove(0)
}

/// What `executeApp` in `lib/God.js` makes of a path.
fn with_id(path: &str, ending: &str, id: u64) -> String {
    let regex = Regex::new(&format!("-[0-9]+\\{ending}$|\\{ending}$")).unwrap();
    regex.replace(path, format!("-{id}{ending}")).into_owned()
}

/// The pid file that PM2 writes for an app that an operation starts.
fn pid_file(app: &App, home: &Home, id: u64) -> String {
    let told = told(app, home);
    let default = format!("{}/{}{PID}", home.pids().display(), file_name(&app.name));
    with_id(told.get("pid_file").and_then(Value::as_str).unwrap_or(&default), PID, id)
}

proptest! {
    #[test]
    fn no_two_apps_have_pid_files_of_one_name(
        (one, other) in (names(), names()), ids in (0..40_u64, 0..40_u64),
    ) {
        prop_assume!(one != other);
        let home = Home::at("/home/.pm2".into());
        let [one, other] = [one, other].map(|name| app(&name, json!({})));
        let files = [pid_file(&one, &home, ids.0), pid_file(&other, &home, ids.1)];
        prop_assert_ne!(&files[0], &files[1]);
        for (app, file) in [&one, &other].into_iter().zip(&files) {
            let expected = format!("{}-", pid_files(app, &home));
            let rest = file.strip_prefix(&expected).and_then(|rest| rest.strip_suffix(PID));
            prop_assert!(rest.and_then(number).is_some(), "{} {}", file, expected);
        }
        let begun = format!("{}-", pid_files(&one, &home));
        let rest = files[1].strip_prefix(&begun).and_then(|rest| rest.strip_suffix(PID));
        prop_assert_eq!(rest.and_then(number), None);
    }

    #[test]
    fn a_written_log_file_keeps_its_name(number in "[a-z0-9-]{0,4}", id in 0..40_u64) {
        let home = Home::at("/home/.pm2".into());
        let written = format!("/logs/x{number}.log");
        let app = app("app", json!({"out_file": [&written]}));
        let told = told(&app, &home);
        let path = told.get("out_file").and_then(Value::as_str).unwrap_or(&written);
        prop_assert_eq!(with_id(path, LOG, id), format!("/logs/x{number}-{id}.log"));
    }
}

/// PM2's own code says what it makes of names.
#[test]
fn names_are_written_as_pm2_writes_them() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut all: Vec<String> =
        ["strange näme 😀", "web-7", "a\\b", "{x}"].map(str::to_owned).into();
    for _ in 0..200 {
        all.push(names().new_tree(&mut runner).unwrap().current());
    }
    let script = "const [root, names] = process.argv.slice(1); \
         const Common = require(root + '/lib/Common.js'); \
         console.log(JSON.stringify(JSON.parse(names).map((name) => \
           Common.prepareAppConf({ cwd: '/' }, { name, script: '/bin/sh' })).map((app) => \
           [app.pm_pid_path, app.pm_out_log_path, app.pm_err_log_path])))";
    let pm2_home = tempfile::tempdir().unwrap();
    let output = Command::new("node")
        .args(["-e", script])
        .arg(modules().join("pm2"))
        .arg(serde_json::to_string(&all).unwrap())
        .env("PM2_HOME", pm2_home.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let paths: Vec<[Utf8PathBuf; 3]> = serde_json::from_str(said.trim()).unwrap_or_else(|_| {
        panic!("{said}{}", String::from_utf8_lossy(&output.stderr));
    });
    assert_eq!(paths.len(), all.len());
    for (name, [pid, out, error]) in all.iter().zip(&paths) {
        let own = file_name(name);
        let found = [pid, out, error].map(|path| path.file_name().unwrap());
        let expected = [format!("{own}.pid"), format!("{own}-out.log"), format!("{own}-error.log")];
        assert_eq!(found, expected, "{name:?}");
    }
}

#[test]
fn pm2_puts_its_own_number_in_the_place_of_one_that_is_there() {
    for (stem, without) in
        [("web", "web"), ("web-1", "web"), ("web-a1", "web-a1"), ("web2", "web2"), ("a--1", "a-")]
    {
        assert_eq!(without_number(stem), without);
    }
}
