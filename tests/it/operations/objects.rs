//! What programs read: with `--json` a command prints objects, and nothing else.

use std::fs::File;
use std::process::Stdio;

use serde_json::{Map, Value};

use super::crashes::run_of;
use super::scene::{Scene, on_both_engines};

on_both_engines! {
    programs_get_objects_with_a_version_and_no_text,
    an_object_that_cannot_be_written_is_an_error,
}

/// The objects that a command prints, and its exit code.
fn objects(scene: &Scene, arguments: &[&str]) -> (Vec<Map<String, Value>>, Option<i32>) {
    let mut run = run_of("crashing", scene, arguments, 1);
    let output = run.stdout(Stdio::piped()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let object = |line: &str| match serde_json::from_str(line) {
        Ok(Value::Object(object)) => {
            assert_eq!(object.get("version"), Some(&1.into()), "{arguments:?}: {line}");
            object
        }
        other => panic!("{arguments:?}: {line}: {other:?}"),
    };
    (printed.lines().map(object).collect(), output.status.code())
}

/// The names of the fields of the last object.
fn last(objects: &[Map<String, Value>]) -> Vec<&str> {
    objects.last().unwrap().keys().map(String::as_str).collect()
}

fn programs_get_objects_with_a_version_and_no_text(scene: Scene) {
    let (check, code) = objects(&scene, &["check", "--json"]);
    assert_eq!((last(&check), code), (vec!["findings", "version"], Some(0)));
    let (plan, code) = objects(&scene, &["plan", "--json"]);
    assert_eq!((last(&plan), code), (vec!["notes", "profiles", "steps", "version"], Some(0)));
    let (asked, code) = objects(&scene, &["apply", "--json"]);
    let fields = vec!["event", "help", "message", "notes", "profiles", "steps", "version"];
    assert_eq!((last(&asked), code), (fields, Some(1)));
    assert!(scene.processes().is_empty(), "nobody has agreed");
    let (up, code) = objects(&scene, &["up", "--json"]);
    assert_eq!((last(&up), code), (vec!["event", "steps", "version"], Some(0)));
    let (applied, code) = objects(&scene, &["apply", "--json"]);
    assert_eq!((last(&applied), code), (vec!["event", "steps", "version"], Some(0)));
    let (status, code) = objects(&scene, &["status", "--json"]);
    let fields = vec!["apps", "daemon", "externals", "home", "notes", "version"];
    assert_eq!((last(&status), code), (fields, Some(0)));
    let (down, code) = objects(&scene, &["down", "--json"]);
    let fields = vec!["event", "needed", "orphans", "stopped", "version"];
    assert_eq!((last(&down), code), (fields, Some(0)));
}

/// Whoever reads the object has nothing, and has to know it.
fn an_object_that_cannot_be_written_is_an_error(scene: Scene) {
    for command in ["plan", "check", "status"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut run = run_of("crashing", &scene, &[command, "--json"], 1);
        let output = run.stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{command}: {said}");
        let error = "error: standard output: No space left on device";
        assert!(said.starts_with(error), "{command}: {said}");
    }
    // These are carried out all the same, and report once that their output is lost.
    for command in ["up", "down"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut run = run_of("crashing", &scene, &[command, "--json"], 1);
        let output = run.stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{command}: {said}");
        assert_eq!(
            said.matches("error: standard output: No space left on device").count(),
            1,
            "{said}"
        );
    }
}
