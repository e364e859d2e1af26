//! From a clone of the repository to the first running system, by the commands of the README, each on
//! what those before it have left. What Cargo downloads is there already.
//!
//! `cargo bench -p promethean-tests --bench first_system`

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use promethean_test_support::files::repository;
use promethean_test_support::nested::as_in_a_terminal;
use support::{directory, time};

/// A command as somebody types it in a terminal there.
fn typed(folder: &Path, line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec {line}")]).current_dir(folder);
    as_in_a_terminal(&mut command).env_remove("CARGO_TARGET_DIR");
    command
}

/// Starts a system in the foreground, and ends it when it has shown a text: how long that took.
fn until(folder: &Path, line: &str, text: &str) -> Duration {
    let start = Instant::now();
    let mut command = typed(folder, line);
    let mut system = command.stdout(Stdio::piped()).spawn().expect("a shell can be started");
    let shown = BufReader::new(system.stdout.take().expect("it has a pipe"));
    let mut shown = shown.lines().map(|line| line.expect("lines are text"));
    assert!(shown.any(|line| line.contains(text)), "`{line}` has ended without {text:?}");
    let took = start.elapsed();
    let interrupted = Command::new("kill").args(["-INT", &system.id().to_string()]).status();
    assert!(interrupted.expect("there is `kill`").success());
    shown.for_each(drop);
    system.wait().expect("it ends after a Ctrl-C");
    took
}

fn main() {
    let folder = directory("first_system");
    fs::remove_dir_all(&folder).expect("it was just made");
    fs::create_dir_all(&folder).expect("target/ can be written to");
    let clone = folder.join("promethean");
    time(Command::new("git").args(["clone", "-q"]).arg(repository()).arg(&clone));
    time(&mut typed(&clone, "cargo fetch -q --locked"));

    let run = |name: &str, line: &str| (name.to_owned(), time(&mut typed(&clone, line)));
    let printed = run("`cargo run --example promethean`", "cargo run -q --example promethean");
    let demo = (
        "the demo runs: `cargo run --example promethean -- run --profile demo`".to_owned(),
        until(
            &clone,
            "cargo run -q --example promethean -- run --profile demo",
            "thinks of an answer",
        ),
    );
    let installed = run(
        "`cargo install --locked --debug --path promethean-cli`",
        "cargo install -q --locked --debug --path promethean-cli --root ../installed",
    );
    time(&mut typed(&folder, "installed/bin/promethean new my-system --path promethean"));
    let own = (
        "a system of your own: `cargo run -- run` after `promethean new my-system`".to_owned(),
        until(&folder.join("my-system"), "cargo run -q -- run", "hello from"),
    );

    println!(
        "| `cargo bench -p promethean-tests --bench first_system` | from a clone, one after the other |"
    );
    println!("| --- | --- |");
    for (name, took) in [printed, demo, installed, own] {
        println!("| {name} | {:.1} s |", took.as_secs_f64());
    }
}
