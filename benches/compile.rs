//! What a service costs to compile, after an edit of one value: the macro beside a table of const
//! structs with the same data, written by hand.
//!
//! `cargo bench --bench compile`

mod support;

use std::fmt::Write as _;
use std::time::Duration;

use support::{Crate, dependency, median, milliseconds, time};

const RUNS: usize = 7;

/// The data of one service: a directory, two attributes, six variables, one of which changes.
fn as_macro(count: usize, edit: usize) -> String {
    let mut text = String::from(
        "use promethean::{Ecosystem, ecosystem};\n\nstatic SYSTEM: Ecosystem = ecosystem! {\n    paths unchecked;\n",
    );
    for index in 0..count {
        let changing = if index == 0 { edit } else { index };
        writeln!(
            text,
            "    node service_{index} \"services/service_{index}\" {{\n        instances 2;\n        \
             restart_delay 10s;\n        env {{ A = \"value {changing}\"; B = {index}; C = \"c\"; D = true; \
             E = \"e\"; F = \"f\"; }}\n    }}"
        )
        .expect("a String takes everything");
    }
    text.push_str(
        "};\n\nfn main() -> std::process::ExitCode {\n    promethean::main(&SYSTEM)\n}\n",
    );
    text
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
             directory: Some(\"services/service_{index}\"), attributes: &[Attribute {{ key: \"instances\", \
             values: &[Value::Integer(2)] }}, Attribute {{ key: \"restart_delay\", values: \
             &[Value::Duration(10_000)] }}], env: &[{}], depends_on: &[] }},",
            [
                ("A", format!("value {changing}")),
                ("B", index.to_string()),
                ("C", "c".to_owned()),
                ("D", "true".to_owned()),
                ("E", "e".to_owned()),
                ("F", "f".to_owned())
            ]
            .map(|(key, value)| format!("Env {{ key: {key:?}, value: EnvValue::Text({value:?}) }}"))
            .join(", ")
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
    println!(
        "Compile time after an edit of one value, median of {RUNS}; a service costs what is added to an empty crate.\n"
    );
    println!("command  services   macro      a service   structs    a service   structs / macro");
    for command in ["check", "build"] {
        let macro_at = |count: usize| {
            after_an_edit(&format!("macro_{count}"), &promethean, command, |edit| {
                as_macro(count, edit)
            })
        };
        let structs_at = |count: usize| {
            after_an_edit(&format!("structs_{count}"), "", command, |edit| as_structs(count, edit))
        };
        let (empty_macro, empty_structs) = (macro_at(1), structs_at(1));
        let mut of_macro = Vec::new();
        for count in [1_000, 4_000] {
            let (with_macro, with_structs) = (macro_at(count), structs_at(count));
            let services = u32::try_from(count).expect("a small number");
            let a_macro = with_macro.saturating_sub(empty_macro) / services;
            let a_struct = with_structs.saturating_sub(empty_structs) / services;
            println!(
                "{command:<8} {count:<10} {:<10} {:<11} {:<10} {:<11} {:.1}",
                milliseconds(with_macro),
                format!("{:.3} ms", a_macro.as_secs_f64() * 1_000.0),
                milliseconds(with_structs),
                format!("{:.3} ms", a_struct.as_secs_f64() * 1_000.0),
                a_struct.as_secs_f64() / a_macro.as_secs_f64()
            );
            of_macro.push(with_macro.saturating_sub(empty_macro));
        }
        println!(
            "{command:<8} four times the services cost {:.1} times as much",
            of_macro[1].as_secs_f64() / of_macro[0].as_secs_f64()
        );
    }
}
