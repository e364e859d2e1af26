//! What a crate that depends on Promethean takes to build from nothing, beside a hello-world of
//! clap's derive.
//!
//! `cargo bench --bench clean_build`

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use support::{Crate, dependency, median, time};

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

fn clean_build(name: &str, dependencies: &str, main: &str) -> (Duration, usize) {
    let written = Crate::write(name, dependencies, &format!("clean_{name}"), main);
    // The first build fetches what is not on the machine yet.
    time(&mut written.cargo(&["fetch"]));
    let times = (0..RUNS).map(|_| {
        fs::remove_dir_all(written.target()).expect("it was built");
        time(&mut written.cargo(&["build"]))
    });
    let time = median(times.collect());
    (time, compiled(&written))
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
    println!("`cargo build` of a crate from nothing, median of {RUNS}.\n");
    println!("crate                                   packages   time");
    for (what, name, dependencies, main) in [
        (
            "promethean, macro and types alone",
            "macro_alone",
            dependency(", default-features = false"),
            MACRO_ALONE,
        ),
        ("promethean with its command line", "command_line", dependency(""), COMMAND_LINE),
        (
            "clap with derive, hello world",
            "clap_derive",
            "clap = { version = \"4\", features = [\"derive\"] }\n".to_owned(),
            CLAP,
        ),
    ] {
        let (time, packages) = clean_build(name, &dependencies, main);
        println!("{what:<39} {packages:<10} {:.1} s", time.as_secs_f64());
    }
}
