//! What a release needs: crates that can be packaged, licences that may be used.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use promethean_test_support::files::{self, repository};
use promethean_test_support::nested::Nested;
use serde_json::Value;

use crate::program;

/// The crates of a release, in the order in which they are published.
const CRATES: [&str; 5] =
    ["promethean-core", "promethean-macros", "promethean-runtime", "promethean", "promethean-cli"];

/// What Cargo knows of all packages that are built here.
fn metadata() -> Value {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--format-version", "1", "--all-features"])
        .args(["--filter-platform", host])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text<'m>(package: &'m Value, key: &str) -> &'m str {
    package[key].as_str().unwrap_or_default()
}

pub fn each_crate_says_what_it_is_and_can_be_packaged() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let of_workspace = |package: &&Value| text(package, "source").is_empty();
    for name in CRATES {
        let package = packages.iter().find(|package| package["name"] == name).unwrap();
        for key in ["description", "license", "readme", "documentation", "rust_version"] {
            assert!(!text(package, key).is_empty(), "{name} has no `{key}`");
        }
        for key in ["keywords", "categories"] {
            let count = package[key].as_array().map_or(0, Vec::len);
            assert!((1..=5).contains(&count), "{name} has {count} {key}");
        }
    }
    let published =
        packages.iter().filter(of_workspace).filter(|package| package["publish"].is_null());
    let mut published: Vec<&str> = published.map(|package| text(package, "name")).collect();
    published.retain(|name| !CRATES.contains(name));
    assert_eq!(published, [""; 0], "`publish = false` is missing");

    let nested = Nested::begin();
    let mut command = Command::new(env!("CARGO"));
    command.args(["package", "--offline", "--no-verify", "--allow-dirty", "--quiet"]);
    for name in CRATES {
        command.args(["--package", name]);
    }
    let output = nested.prepare(&mut command).current_dir(repository()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("warning"), "{said}");
    for name in CRATES {
        let version = env!("CARGO_PKG_VERSION");
        let file = nested.target().join(format!("package/{name}-{version}.crate"));
        let listed = Command::new("tar").arg("-tzf").arg(file).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        for needed in ["README.md", "src/lib.rs"] {
            assert!(
                listed.lines().any(|line| line.ends_with(needed)),
                "{name}: {needed}\n{listed}"
            );
        }
        assert!(!listed.contains("/tests/it/"), "{name}\n{listed}");
    }
}

/// The libraries that a Cargo command builds twice, because others ask for other features of them: what the macro
/// needs is a build of its own in Cargo's eyes. Only Cargo's graph of units, an option of its nightly, tells.
fn built_twice(command: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(command)
        .args(["--offline", "-Z", "unstable-options", "--unit-graph"])
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let graph: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut builds: BTreeMap<&str, usize> = BTreeMap::new();
    for unit in graph["units"].as_array().unwrap() {
        let kinds = unit["target"]["kind"].as_array().unwrap();
        if unit["mode"] == "build" && kinds.iter().any(|kind| kind == "lib") {
            *builds.entry(text(unit, "pkg_id")).or_default() += 1;
        }
    }
    assert!(builds.keys().any(|package| package.contains("promethean-core")), "{builds:?}");
    let twice = builds.into_iter().filter(|(_, count)| *count > 1);
    twice.map(|(package, _)| package.to_owned()).collect()
}

/// A second build of the core would be the largest part of what a user compiles.
#[test]
fn what_the_macro_shares_is_built_once() {
    for features in ["", "https", "supvisors", "ui", "https,supvisors,ui"] {
        let command = ["build", "-p", "promethean", "--features", features];
        assert_eq!(built_twice(&command), [""; 0], "promethean with {features:?}");
    }
    assert_eq!(built_twice(&["build", "-p", "promethean-cli"]), [""; 0]);
    let twice = built_twice(&["test", "--workspace"]);
    assert_eq!(twice, [""; 0], "see `tests/support/Cargo.toml`");
}

/// `docs/deploy.md`: the binary is all that is needed, and knows nothing of where it was built.
#[test]
fn a_binary_runs_where_there_is_no_rust_and_no_repository() {
    let (_guard, folder) = files::directory();
    let binary = folder.join("my-system");
    files::copy_program(program::example(), &binary);
    files::copy(&repository().join("examples/promethean"), folder.join("srv").as_std_path());
    let run = |arguments: &[&str]| {
        let output = Command::new(&binary)
            .args(["--root", folder.join("srv").as_str()])
            .args(arguments)
            .env_clear()
            .current_dir(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    };
    let printed = run(&["pm2"]);
    let configuration: Value = serde_json::from_str(&printed).unwrap();
    for app in configuration["apps"].as_array().unwrap() {
        assert!(text(app, "cwd").starts_with(folder.join("srv").as_str()), "{app}");
    }
    assert!(!printed.contains(repository().to_str().unwrap()), "{printed}");
    assert!(run(&["graph"]).contains("duck"));
}

/// The targets need these flags: whoever works here and the nightly workflow say the same.
#[test]
fn the_fuzz_targets_are_run_in_one_way() {
    for file in [".github/workflows/fuzz.yml", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(repository().join(file)).unwrap();
        let count = text.matches("fuzz run ").count();
        let same = text.matches("cargo +nightly fuzz run --no-cfg-fuzzing -s none ").count();
        assert!(count > 0 && count == same, "{file}");
    }
}

/// The licences that `deny.toml` allows.
fn allowed() -> Vec<String> {
    let text = fs::read_to_string(repository().join("deny.toml")).unwrap();
    let list = text.split_once("allow = [").and_then(|(_, rest)| rest.split_once(']')).unwrap().0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether an SPDX expression as crates have it is allowed: of each `AND` one of its `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace('/', " OR ");
    expression.split(" AND ").all(|all| {
        let mut any = all.split(" OR ").map(|one| one.trim_matches(['(', ')', ' ']));
        any.any(|licence| allowed.iter().any(|allowed| allowed == licence))
    })
}

#[test]
fn every_dependency_has_a_licence_that_may_be_used() {
    let allowed = allowed();
    let mut used = vec![false; allowed.len()];
    for package in metadata()["packages"].as_array().unwrap() {
        let (name, licence) = (text(package, "name"), text(package, "license"));
        assert!(is_allowed(licence, &allowed), "{name}: {licence}");
        for (used, allowed) in used.iter_mut().zip(&allowed) {
            *used |= licence.contains(allowed.as_str());
        }
    }
    let unused = allowed.iter().zip(used).filter(|(_, used)| !used);
    let unused: Vec<&String> = unused.map(|(allowed, _)| allowed).collect();
    assert_eq!(unused, [""; 0]);
    let some = ["MIT".to_owned(), "ISC".to_owned()];
    assert!(is_allowed("(MIT OR Apache-2.0) AND ISC", &some));
    assert!(is_allowed("Unlicense/MIT", &some));
    assert!(!is_allowed("MIT AND GPL-3.0", &some));
}
