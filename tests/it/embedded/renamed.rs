//! An ecosystem that gets another name, another directory or a mistake while it runs.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_test_support::pm2::eventually;
use promethean_test_support::{files, port};
use serde_json::{Value, json};

/// A directory with the places of engines, which are ended with it.
struct Place {
    _guard: tempfile::TempDir,
    directory: Utf8PathBuf,
    /// The names and the roots of all that was run.
    begun: RefCell<BTreeSet<(String, Utf8PathBuf)>>,
}

impl Drop for Place {
    /// Ends engines that a failed test has left.
    fn drop(&mut self) {
        for (name, root) in self.begun.take() {
            self.run(&name, &root, &["down", "--engine", "embedded"]);
        }
    }
}

impl Place {
    fn new() -> Place {
        let (guard, directory) = files::directory();
        Place { _guard: guard, directory, begun: RefCell::default() }
    }

    /// Runs the program of an ecosystem with this name and root.
    fn run(&self, name: &str, root: &Utf8Path, arguments: &[&str]) -> (Option<i32>, String) {
        let service = |name: &str| {
            json!({"service": {"kind": "script", "name": name, "directory": ".", "block": {
                "settings": {"run": ["sleep", "100020"]},
            }}})
        };
        self.run_units(name, root, &json!([service("one"), service("two")]), arguments)
    }

    /// The same with these units.
    fn run_units(
        &self,
        name: &str,
        root: &Utf8Path,
        units: &Value,
        arguments: &[&str],
    ) -> (Option<i32>, String) {
        self.begun.borrow_mut().insert((name.to_owned(), root.to_owned()));
        let declaration = json!({"name": name, "paths_unchecked": true, "units": units});
        let file = self.directory.join("declaration.json");
        fs::write(&file, declaration.to_string()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_declared"))
            .args(["--root", root.as_str()])
            .args(arguments)
            .env("DECLARATION", &file)
            .env("PROMETHEAN_HOME", self.directory.join("engines"))
            .env("PM2_HOME", self.directory.join("pm2"))
            .env_remove("PROMETHEAN_ENGINE")
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    fn pids(&self, name: &str, root: &Utf8Path) -> Vec<Value> {
        let (_, said) = self.run(name, root, &["status", "--engine", "embedded", "--json"]);
        let status: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
        let apps = status["apps"].as_array().unwrap();
        apps.iter().map(|app| app["processes"][0]["pid"].clone()).collect()
    }
}

#[test]
fn what_runs_under_the_former_name_is_not_started_again() {
    let place = Place::new();
    let root = place.directory.join("root");
    fs::create_dir(&root).unwrap();
    assert_eq!(place.run("before", &root, &["up", "--engine", "embedded"]).0, Some(0));
    let before = place.pids("before", &root);
    assert!(before.iter().all(Value::is_number), "{before:?}");

    let running =
        "one and two: run on the embedded engine as `before` already, and would run twice";
    for arguments in [
        &["up", "--engine", "embedded"][..],
        &["up", "--engine", "pm2"],
        &["run"],
        &["apply", "--yes", "--engine", "embedded"],
    ] {
        let (code, said) = place.run("after", &root, arguments);
        // PM2 need not be there.
        if arguments.contains(&"pm2") && code == Some(5) {
            continue;
        }
        assert_eq!(code, Some(7), "{arguments:?}: {said}");
        assert!(said.contains(running) && said.contains("ends that engine and all"), "{said}");
    }
    let (code, said) = place.run("after", &root, &["check", "--engine", "embedded"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("runs on the embedded engine as `before` already"), "{said}");
    let (_, said) = place.run("after", &root, &["status", "--engine", "embedded"]);
    assert!(
        said.contains("also running on the embedded engine as `before`: one and two"),
        "{said}"
    );
    assert_eq!(place.pids("before", &root), before);

    // What is said ends it.
    let kill = said.split("`kill ").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
    assert!(Command::new("kill").arg(kill).status().unwrap().success());
    eventually("it ends all", || {
        let lives = |pid: &Value| {
            let asked = Command::new("kill").args(["-0", &pid.to_string()]).output();
            asked.unwrap().status.success()
        };
        !before.iter().any(lives)
    });
    eventually("nothing keeps it from its start", || {
        place.run("after", &root, &["up", "--engine", "embedded"]).0 == Some(0)
    });
    assert_eq!(place.run("after", &root, &["down"]).0, Some(0));
}

#[test]
fn what_runs_in_the_former_directory_is_not_started_again() {
    let place = Place::new();
    let (old, new) = (place.directory.join("old"), place.directory.join("new"));
    fs::create_dir(&old).unwrap();
    assert_eq!(place.run("system", &old, &["up", "--engine", "embedded"]).0, Some(0));
    // Another checkout runs beside it.
    fs::create_dir(&new).unwrap();
    assert_eq!(place.run("system", &new, &["up", "--engine", "embedded"]).0, Some(0));
    assert_eq!(place.run("system", &new, &["down"]).0, Some(0));
    fs::remove_dir(&new).unwrap();

    fs::rename(&old, &new).unwrap();
    let (code, said) = place.run("system", &new, &["up", "--engine", "embedded"]);
    assert_eq!(code, Some(7), "{said}");
    let running =
        format!("one and two: run on the embedded engine of the former directory {old} already");
    let help = format!("`--root {old} down --engine embedded` ends it");
    assert!(said.contains(&running) && said.contains(&help), "{said}");
    assert_eq!(place.run("system", &old, &["down", "--engine", "embedded"]).0, Some(0));
    assert_eq!(place.run("system", &new, &["up", "--engine", "embedded"]).0, Some(0));
    assert_eq!(place.run("system", &new, &["down"]).0, Some(0));
}

/// A lint that other files decide is found by the program that was built, while the former one runs.
#[test]
fn no_lint_keeps_anybody_from_what_runs() {
    let place = Place::new();
    let root = place.directory.join("root");
    fs::create_dir(&root).unwrap();
    let service = |name: &str, port: u16| {
        json!({"service": {"kind": "script", "name": name, "directory": ".", "block": {
            "settings": {"run": ["sleep", "100020"], "port": [port]},
        }}})
    };
    let one = port::own();
    let system = |ports: [u16; 2]| json!([service("one", ports[0]), service("two", ports[1])]);
    assert_eq!(
        place
            .run_units("lints", &root, &system([one, port::own()]), &["up", "--engine", "embedded"])
            .0,
        Some(0)
    );
    let same = system([one, one]);
    for arguments in [&["up"][..], &["plan"], &["check"], &["restart"]] {
        let (code, said) = place.run_units("lints", &root, &same, arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {said}");
        assert!(said.contains(&format!("have the same port {one}")), "{said}");
    }
    for arguments in [&["status"][..], &["logs"], &["down"]] {
        let (code, said) = place.run_units("lints", &root, &same, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
    }
}

/// Cargo takes the program in the target directory of a copy for that of the copy.
#[test]
fn a_program_of_another_directory_is_not_run() {
    let (_guard, copy) = files::directory();
    let run = |package: &str, directory: &str, arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_embedded"))
            .args(arguments)
            .env("CARGO_PKG_NAME", package)
            .env("CARGO_MANIFEST_DIR", directory)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (package, own) = (env!("CARGO_PKG_NAME"), env!("CARGO_MANIFEST_DIR"));
    let (code, said) = run(package, copy.as_str(), &["graph"]);
    assert_eq!(code, Some(1), "{said}");
    let expected =
        format!("error: this program was built in {own}, and is run for {copy}\n  help: `touch ");
    assert!(said.contains(&expected), "{said}");
    // Its own directory by another way, the program of a library, and where the root is said.
    let link = copy.join("link");
    std::os::unix::fs::symlink(own, &link).unwrap();
    for (package, directory, arguments) in [
        (package, own, &["graph"][..]),
        (package, link.as_str(), &["graph"]),
        ("another", copy.as_str(), &["graph"]),
        ("", "", &["graph"]),
        (package, copy.as_str(), &["graph", "--root", copy.as_str()]),
    ] {
        let (code, said) = run(package, directory, arguments);
        assert_eq!(code, Some(0), "{package} {directory} {arguments:?}: {said}");
    }
}
