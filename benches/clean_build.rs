//! What a crate that depends on Promethean takes to build from nothing, beside a hello-world of
//! clap's derive. All three have the profile that `promethean new` writes.
//!
//! `cargo bench -p promethean-tests --bench clean_build`, or with `-- 1` for one run of each

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use support::{Crate, dependency, median, time};

/// Unless an argument says it.
const RUNS: usize = 3;

const MACRO_ALONE: &str = r#"use promethean::{Ecosystem, Options, ecosystem};

static SYSTEM: Ecosystem = ecosystem! { node web; };

fn main() {
    println!("{}", SYSTEM.resolve(&Options::default()).expect("it resolves").apps.len());
}
"#;

const COMMAND_LINE: &str = r"use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! { node web; };

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
";

const CLAP: &str = r#"use clap::Parser;

#[derive(Parser)]
struct Cli {
    name: String,
}

fn main() {
    println!("Hello {}!", Cli::parse().name);
}
"#;

fn clean_build(written: &Crate) -> Duration {
    fs::remove_dir_all(written.target()).expect("it is there");
    time(&mut written.cargo(&["build"]))
}

/// How many packages are compiled on this machine, besides the crate itself.
fn compiled(written: &Crate) -> usize {
    let mut tree = written.cargo(&["tree", "--edges", "normal,build", "--prefix", "none"]);
    let output = tree.output().expect("cargo can be started");
    let text = String::from_utf8(output.stdout).expect("names are UTF-8");
    // `syn v3.0.1 (proc-macro) (*)`
    let package = |line: &str| line.split(' ').take(2).map(str::to_owned).collect::<Vec<_>>();
    let packages: BTreeSet<_> = text.lines().map(package).collect();
    packages.len() - 1
}

fn main() {
    let runs = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(RUNS);
    let rows = [
        (
            "macro and types only",
            "macro_alone",
            dependency(", default-features = false"),
            MACRO_ALONE,
        ),
        ("with the command line", "command_line", dependency(""), COMMAND_LINE),
        (
            "a `clap` derive hello-world, for comparison",
            "clap_derive",
            "clap = { version = \"4\", features = [\"derive\"] }\n".to_owned(),
            CLAP,
        ),
    ];
    let rows = rows.map(|(what, name, dependencies, main)| {
        (what, Crate::write(name, &dependencies, "clean_build", main))
    });
    for (_, written) in &rows {
        // What is not on the machine yet is no part of a build.
        time(&mut written.cargo(&["fetch"]));
    }
    println!(
        "| `cargo bench -p promethean-tests --bench clean_build` | packages | `cargo build` from nothing | times |"
    );
    println!("| --- | --- | --- | --- |");
    // The three take turns, so that what else the machine does is in all of them.
    let mut times: [Vec<Duration>; 3] = Default::default();
    for run in 1..=runs {
        for ((what, written), times) in rows.iter().zip(&mut times) {
            let took = clean_build(written);
            times.push(took);
            eprintln!("run {run} of {runs}: {what}: {:.1} s", took.as_secs_f64());
        }
    }
    let times = times.map(median);
    let clap = times[2];
    for ((what, written), time) in rows.iter().zip(times) {
        let seconds = time.as_secs_f64();
        let ratio = seconds / clap.as_secs_f64();
        println!("| {what} | {} | {seconds:.1} s | {ratio:.1} |", compiled(written));
    }
}
