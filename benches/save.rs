//! From a saved edit to what it would change: `cargo run -- plan` after an edit of one value, beside
//! `cargo run` of an empty program after an edit. PM2's daemon runs, and the system does not.
//!
//! `cargo bench -p promethean-tests --bench save`

mod support;

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use promethean_test_support::pm2::Pm2;
use support::{Crate, dependency, median, milliseconds, time};

const RUNS: usize = 11;

fn system(services: usize, edit: usize) -> String {
    let mut text = String::from(
        "use promethean::{Ecosystem, ecosystem};\n\nstatic SYSTEM: Ecosystem = ecosystem! {\n    name saved;\n",
    );
    for index in 0..services {
        let value = if index == 0 { edit } else { index };
        writeln!(
            text,
            "    script service-{index} {{\n        run \"sleep\", \"100000\";\n        restart_delay 10s;\n        \
             env {{ VALUE = {value}; LOG_LEVEL = \"info\"; }}\n    }}"
        )
        .expect("a String takes everything");
    }
    text.push_str(
        "};\n\nfn main() -> std::process::ExitCode {\n    promethean::main(&SYSTEM)\n}\n",
    );
    text
}

fn empty(edit: usize) -> String {
    format!("fn main() {{\n    println!(\"{edit}\");\n}}\n")
}

/// A crate, what is written into it, and what `cargo run` is given.
struct Saved<'s> {
    written: Crate,
    text: &'s dyn Fn(usize) -> String,
    arguments: &'static [&'static str],
    times: Vec<Duration>,
}

impl<'s> Saved<'s> {
    fn new(
        name: &str,
        dependencies: &str,
        text: &'s dyn Fn(usize) -> String,
        arguments: &'static [&'static str],
    ) -> Saved<'s> {
        let written = Crate::write(name, dependencies, "save", &text(0));
        time(&mut written.cargo(&["build"]));
        Saved { written, text, arguments, times: Vec::new() }
    }

    fn run(&mut self, edit: usize, pm2: &Pm2) {
        self.written.write_main(&(self.text)(edit));
        let mut command = self.written.cargo(&["run"]);
        command.arg("--").args(self.arguments);
        command.env("PM2_HOME", pm2.home()).env("PROMETHEAN_PM2", pm2.program());
        self.times.push(time(&mut command));
    }
}

fn main() {
    let promethean = dependency("");
    let (few, many) = (|edit| system(17, edit), |edit| system(200, edit));
    let mut saved = [
        ("17 services", Saved::new("saved_17", &promethean, &few, &["plan"])),
        ("200 services", Saved::new("saved_200", &promethean, &many, &["plan"])),
        ("an empty program, for comparison", Saved::new("saved_empty", "", &empty, &[])),
    ];
    let pm2 = Pm2::new();
    pm2.run(&["ping"]);
    // They take turns, so that what else the machine does is in all of them.
    for edit in 1..=RUNS {
        for (_, saved) in &mut saved {
            saved.run(edit * 1_000_003, &pm2);
        }
    }
    let plan = saved.each_ref().map(|(_, saved)| {
        let mut command = Command::new(saved.written.program("debug"));
        command.args(saved.arguments);
        command.env("PM2_HOME", pm2.home()).env("PROMETHEAN_PM2", pm2.program());
        median((0..RUNS).map(|_| time(&mut command)).collect())
    });
    println!(
        "| `cargo bench -p promethean-tests --bench save` | `cargo run` after an edit | of it, the program |"
    );
    println!("| --- | --- | --- |");
    for ((what, saved), plan) in saved.into_iter().zip(plan) {
        println!("| {what} | {} | {} |", milliseconds(median(saved.times)), milliseconds(plan));
    }
}
