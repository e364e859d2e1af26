//! What a service costs to compile, after an edit of one value: the macro beside a table of const
//! structs with the same data, written by hand.
//!
//! `cargo bench -p promethean-tests --bench compile`

mod support;

use std::fmt::Write as _;
use std::time::Duration;

use support::{Crate, dependency, median, milliseconds, time};

const RUNS: usize = 7;
const FEW: usize = 1_000;
const MANY: usize = 4_000;

/// The service that one depends on: there are no cycles, and no chain is long.
fn needed(index: usize) -> usize {
    index / 10
}

/// The services of a system: a directory, `watch`, three attributes, a dependency, and six variables each, one of
/// which changes. `head` is what the system has before them, `template` what each is made from.
fn system(
    count: usize,
    edit: usize,
    (head, template): (&str, &str),
    needed: impl Fn(usize) -> usize,
) -> String {
    let mut text = format!(
        "use promethean::{{Ecosystem, ecosystem}};\n\nstatic SYSTEM: Ecosystem = ecosystem! {{\n    \
         paths unchecked;\n{head}"
    );
    for index in 0..count {
        let changing = if index == 0 { edit } else { index };
        writeln!(
            text,
            "    node service_{index}{template} \"services/service_{index}\" {{\n        \
             watch \".\";\n        restart_delay 10s;\n        kill_timeout 5s;\n        \
             max_memory_restart 300M;"
        )
        .expect("a String takes everything");
        if index > 0 {
            writeln!(text, "        depends_on service_{};", needed(index))
                .expect("a String takes everything");
        }
        writeln!(
            text,
            "        env {{ A = \"value {changing}\"; B = {index}; C = \"c\"; D = true; E = \"e\"; \
             F = \"f\"; }}\n    }}"
        )
        .expect("a String takes everything");
    }
    text.push_str(
        "};\n\nfn main() -> std::process::ExitCode {\n    promethean::main(&SYSTEM)\n}\n",
    );
    text
}

fn as_macro(count: usize, edit: usize) -> String {
    system(count, edit, ("", ""), needed)
}

/// The same services, each made from a template of another file and depending on the one before it.
fn in_a_row(count: usize, edit: usize) -> String {
    let head = "    name services;\n    use base::BASE;\n";
    let row = system(count, edit, (head, ": common"), |index| index - 1);
    let base = "pub static BASE: Ecosystem = ecosystem! { name base; template common { min_uptime 5s; } };";
    format!("mod base {{\n    use promethean::{{Ecosystem, ecosystem}};\n\n    {base}\n}}\n\n{row}")
}

/// The types that a declaration has, as const structs.
const TYPES: &str = "#![allow(dead_code)]
pub enum Kind { Python, Node, Script }
pub enum Value { Text(&'static str), Integer(i64), Float(f64), Boolean(bool), Duration(u64), Size(u64), Word(&'static str) }
pub enum EnvValue { Text(&'static str), Secret(Option<&'static str>), Inherit { from: Option<&'static str>, or: Option<&'static str> }, Required, Unset }
pub struct Env { pub key: &'static str, pub value: EnvValue }
pub struct Attribute { pub key: &'static str, pub values: &'static [Value] }
pub struct Dependency { pub ecosystem: Option<&'static str>, pub unit: &'static [&'static str] }
pub struct Service {
    pub doc: &'static str, pub kind: Kind, pub name: &'static str, pub directory: Option<&'static str>,
    pub attributes: &'static [Attribute], pub env: &'static [Env], pub depends_on: &'static [Dependency],
}
";

fn as_structs(count: usize, edit: usize) -> String {
    let mut text = format!("{TYPES}\npub static SERVICES: &[Service] = &[\n");
    for index in 0..count {
        let changing = if index == 0 { edit } else { index };
        writeln!(
            text,
            "    Service {{ doc: \"\", kind: Kind::Node, name: \"service_{index}\", \
             directory: Some(\"services/service_{index}\"), attributes: &[{}], env: &[{}], \
             depends_on: &[{}] }},",
            [
                ("watch", "Text(\".\")"),
                ("restart_delay", "Duration(10_000)"),
                ("kill_timeout", "Duration(5_000)"),
                ("max_memory_restart", "Size(300_000_000)")
            ]
            .map(|(key, value)| {
                format!("Attribute {{ key: {key:?}, values: &[Value::{value}] }}")
            })
            .join(", "),
            [
                ("A", format!("value {changing}")),
                ("B", index.to_string()),
                ("C", "c".to_owned()),
                ("D", "true".to_owned()),
                ("E", "e".to_owned()),
                ("F", "f".to_owned())
            ]
            .map(|(key, value)| format!("Env {{ key: {key:?}, value: EnvValue::Text({value:?}) }}"))
            .join(", "),
            match index {
                0 => String::new(),
                _ => format!(
                    "Dependency {{ ecosystem: None, unit: &[\"service_{}\"] }}",
                    needed(index)
                ),
            }
        )
        .expect("a String takes everything");
    }
    text.push_str("];\n\nfn main() {\n    println!(\"{}\", SERVICES.len());\n}\n");
    text
}

/// The time of a Cargo command after an edit of one value.
fn after_an_edit(
    name: &str,
    dependencies: &str,
    command: &str,
    write: impl Fn(usize) -> String,
) -> Duration {
    let written = Crate::write(name, dependencies, "compile", &write(0));
    time(&mut written.cargo(&[command]));
    let times = (1..=RUNS).map(|edit| {
        written.write_main(&write(edit * 1_000_003));
        time(&mut written.cargo(&[command]))
    });
    median(times.collect())
}

fn main() {
    let promethean = dependency("");
    println!("| `cargo bench -p promethean-tests --bench compile` | after an edit of one value |");
    println!("| --- | --- |");
    let mut growth = Vec::new();
    for command in ["check", "build"] {
        let macro_at = |count: usize| {
            after_an_edit(&format!("macro_{count}"), &promethean, command, |edit| {
                as_macro(count, edit)
            })
        };
        let structs_at = |count: usize| {
            after_an_edit(&format!("structs_{count}"), "", command, |edit| as_structs(count, edit))
        };
        // A service costs what is added to an empty crate.
        let (empty_macro, empty_structs) = (macro_at(1), structs_at(1));
        let (with_macro, with_structs) = (macro_at(FEW), structs_at(FEW));
        let services = u32::try_from(FEW).expect("a small number");
        let each = |with: Duration, empty: Duration| {
            (with.saturating_sub(empty) / services).as_secs_f64() * 1_000.0
        };
        let (a_macro, a_struct) =
            (each(with_macro, empty_macro), each(with_structs, empty_structs));
        println!(
            "| 1,000 services with four attributes, a dependency and six variables each, `cargo {command}` \
             ({}) | {a_macro:.2} ms a service; the same data as a table of const structs {a_struct:.2} ms, \
             {:.1} times |",
            milliseconds(with_macro),
            a_struct / a_macro
        );
        if command == "check" {
            let row_of = |count: usize| {
                after_an_edit(&format!("row_{count}"), &promethean, command, |edit| {
                    in_a_row(count, edit)
                })
            };
            let (empty, with) = (row_of(1), row_of(FEW));
            println!(
                "| the same, from a template of another file and in a row, `cargo check` ({}) | {:.2} ms a service |",
                milliseconds(with),
                each(with, empty)
            );
        }
        let added = |with: Duration| with.saturating_sub(empty_macro).as_secs_f64();
        growth.push(format!("{:.1}", added(macro_at(MANY)) / added(with_macro)));
    }
    println!("| 4,000 services | {} times as much as 1,000 |", growth.join(" and "));
}
