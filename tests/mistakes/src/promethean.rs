//! What Promethean does with a mistake: all of them in one crate, one `cargo check`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use promethean_test_support::files::{self, repository};
use promethean_test_support::nested::as_in_a_terminal;
use serde_json::Value;

use crate::corpus::Case;
use crate::{fresh_directory, tree, work_directory};

/// The first line of each error that each case gets, by name.
///
/// # Panics
///
/// When the crate cannot be written, something else than a case does not compile, or an error
/// belongs to no case.
#[must_use]
pub fn errors(cases: &[&Case]) -> BTreeMap<String, Vec<String>> {
    let directory = fresh_directory("crate");
    write_crate(&directory, cases);
    let mut errors: BTreeMap<String, Vec<String>> =
        cases.iter().map(|case| (case.name.clone(), Vec::new())).collect();
    let names: BTreeMap<String, &str> =
        cases.iter().map(|case| (case.module(), case.name.as_str())).collect();
    for message in check(&directory) {
        let text = message["message"].as_str().expect("a message is text");
        if text.starts_with("aborting due to") {
            continue;
        }
        let module = module(&message);
        let name = module.as_ref().and_then(|module| names.get(module));
        let name = name.unwrap_or_else(|| panic!("an error outside the cases: {message:#}"));
        errors.get_mut(*name).expect("all have an entry").push(first_line(text, &directory));
    }
    errors
}

fn write_crate(directory: &Path, cases: &[&Case]) {
    let repository = repository();
    let path = repository.to_str().expect("the repository has a UTF-8 path");
    let manifest = format!(
        "[package]\nname = \"mistakes\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\npromethean = {{ path = {path:?}, default-features = false }}\n\n\
         [workspace]\n"
    );
    files::copy(&tree(), directory);
    fs::create_dir(directory.join("src")).expect("target/ can be written to");
    fs::write(directory.join("Cargo.toml"), manifest).expect("target/ can be written to");
    // The versions that are there already, so that nothing needs to be fetched.
    fs::copy(repository.join("Cargo.lock"), directory.join("Cargo.lock"))
        .expect("the workspace has a lock file");
    let mut library = String::new();
    for case in cases {
        let module = case.module();
        writeln!(library, "mod {module};").expect("a string takes all");
        fs::write(directory.join(format!("src/{module}.rs")), source(case))
            .expect("target/ can be written to");
    }
    fs::write(directory.join("src/lib.rs"), library).expect("target/ can be written to");
}

/// The module of a case: its ecosystems, in modules of their own where they have a path.
fn source(case: &Case) -> String {
    let mut source = String::new();
    for (path, contents) in &case.ecosystems {
        let (open, name, close) = match path.split_once("::") {
            None => (String::new(), path.as_str(), ""),
            Some((module, name)) => (format!("pub mod {module} {{\n"), name, "}\n"),
        };
        write!(
            source,
            "{open}pub static {name}: promethean::Ecosystem = promethean::ecosystem! {{\n\
             {contents}}};\n{close}"
        )
        .expect("a string takes all");
    }
    source
}

/// All errors of the compiler.
fn check(directory: &Path) -> Vec<Value> {
    let output = as_in_a_terminal(&mut Command::new(env!("CARGO")))
        .args(["check", "--offline", "--quiet", "--message-format=json"])
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", work_directory().join("build"))
        .stderr(Stdio::piped())
        .output()
        .expect("cargo can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    let mut compiled = false;
    let mut errors = Vec::new();
    for line in said.lines() {
        let mut line: Value = serde_json::from_str(line).expect("cargo prints JSON");
        let target = line["target"]["name"].as_str();
        let of_cases = target == Some("mistakes");
        compiled |= target == Some("promethean") && line["reason"] == "compiler-artifact";
        if of_cases && line["message"]["level"] == "error" {
            errors.push(line["message"].take());
        }
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(compiled, "promethean does not compile:\n{stderr}");
    errors
}

/// The module that an error lies in.
fn module(message: &Value) -> Option<String> {
    let spans = message["spans"].as_array()?;
    let primary = spans.iter().find(|span| span["is_primary"] == true)?;
    // An error within a macro of the library is the fault of whoever calls it.
    let mut places = std::iter::successors(Some(primary), |span| {
        Some(&span["expansion"]["span"]).filter(|span| span.is_object())
    });
    places.find_map(|span| {
        let file = span["file_name"].as_str()?.strip_prefix("src/")?;
        file.strip_suffix(".rs").map(str::to_owned)
    })
}

/// The fact without the help, and without where this machine keeps it.
fn first_line(message: &str, directory: &Path) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = line.strip_prefix("evaluation panicked: ").unwrap_or(line);
    let directory = directory.to_str().expect("target/ has a UTF-8 path");
    line.replace(&format!("{directory}/"), "./").replace(directory, ".")
}
