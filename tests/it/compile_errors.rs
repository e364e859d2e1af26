//! What the compiler says to bad definitions. Each file of `tests/ui` holds one rule; its output
//! stands beside it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use promethean::problem::RULES;
use promethean_test_support::effort;
use promethean_test_support::files::repository;
use promethean_test_support::node::target_directory;

#[test]
fn every_mistake_is_an_error_on_its_token() {
    // Some outputs name paths below the crate that trybuild makes, which must lie in this
    // repository: with a target directory elsewhere the test runs once more, with one here.
    let here = repository().join("target");
    let given = std::env::var_os("CARGO_TARGET_DIR");
    if target_directory() == here || given.as_deref() == Some(here.as_os_str()) {
        let tests = trybuild::TestCases::new();
        for file in files() {
            tests.compile_fail(file);
        }
        return;
    }
    let status = Command::new(std::env::current_exe().expect("a process has an executable"))
        .args(["--exact", "compile_errors::every_mistake_is_an_error_on_its_token", "--nocapture"])
        .env("CARGO_TARGET_DIR", here)
        .status()
        .expect("this program runs");
    assert!(status.success(), "see above");
}

/// Those of which the outputs are compared. The answers of the macro without the compiler are all compared in
/// `promethean-macros`.
fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir("ui").unwrap().map(|entry| entry.unwrap().path());
    let is_case = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let mut files: Vec<PathBuf> = entries.filter(is_case).collect();
    files.sort();
    // `TRYBUILD=overwrite` updates all of them.
    let all = std::env::var_os("TRYBUILD").is_some();
    let every = if all || effort::is_full() { 1 } else { 2 };
    files.into_iter().step_by(every).collect()
}

/// Reading the folder is reading the language's edges.
#[test]
fn every_rule_has_a_file() {
    // These are of declarations that no macro made.
    let at_run_time = ["unknown-ecosystem", "unknown-expression"];
    let folder = repository().join("tests/ui");
    let names = RULES.iter().map(|rule| rule.name).filter(|name| !at_run_time.contains(name));
    let without: Vec<&str> =
        names.filter(|name| !folder.join(name).with_extension("rs").is_file()).collect();
    assert_eq!(without, [""; 0]);
}
