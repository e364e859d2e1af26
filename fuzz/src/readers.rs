//! What is read when a command runs.

use std::str::FromStr as _;

use promethean_core::check::{Surroundings, check};
use promethean_core::cron::Pattern;
use promethean_core::declaration::Declaration;
use promethean_core::ecosystem::Ecosystem;
use promethean_core::emit::launch::{self, Shell, Via};
use promethean_core::emit::{self, Config, LeftOut, graph};
use promethean_core::number::{Number, number_as_text, parse_number};
use promethean_core::resolve::Options;
use promethean_core::secrets::{Reader, parse_dotenv};
use promethean_core::text::{Piece, TextError, each_piece, escape};
use promethean_core::value::Value;
use promethean_test_support::dice::Dice;
use promethean_test_support::mutate;

use crate::invariants;

/// Lets every reader read these bytes.
///
/// # Panics
///
/// When one fails otherwise than with an error, or reads back something else than it wrote.
pub fn read(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    match choice % 8 {
        0 => dotenv(&text),
        1 => cron(&text),
        2 => number(&text),
        3 => pieces(&text),
        4 => value(&text),
        5 => {
            if let Ok(declaration) = serde_json::from_str(&text) {
                resolve(declaration);
            }
        }
        // Most bytes are no declaration; these are.
        6 => {
            let mut dice = Dice::from_bytes(rest);
            resolve(invariants::declaration(&mutate::ecosystem(&mut dice)));
        }
        _ => resolve(invariants::declaration(&mutate::mutated(&mut Dice::from_bytes(rest)))),
    }
}

fn dotenv(text: &str) {
    for (name, _) in parse_dotenv(text) {
        assert!(!name.is_empty(), "a variable without a name");
    }
}

fn cron(text: &str) {
    match Pattern::from_str(text) {
        Ok(pattern) => drop(pattern.comes()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn number(text: &str) {
    drop(number_as_text(text));
    let Ok(number) = parse_number(text) else { return };
    let again = match number {
        // Bytes that are no whole number of K have no unit.
        Number::Size(size) => parse_number(&size.to_string()).map(|read| match read {
            Number::Integer(bytes) => assert_eq!(bytes.unsigned_abs(), size.bytes()),
            other => assert_eq!(other, number),
        }),
        _ => parse_number(&Value::from(number).to_string()).map(|read| assert_eq!(read, number)),
    };
    // A float is written with an exponent where that is shorter.
    assert!(again.is_ok() || matches!(number, Number::Float(_)), "{number:?}: {again:?}");
}

fn pieces(text: &str) {
    drop(each_piece(text, |_| Ok::<(), TextError>(())));
    let mut literal = String::new();
    let plain = each_piece(&escape(text), |piece| {
        match piece {
            Piece::Literal(part) => literal.push_str(part),
            Piece::Placeholder(placeholder) => panic!("{placeholder:?} in an escaped text"),
        }
        Ok::<(), TextError>(())
    });
    assert_eq!((plain, literal.as_str()), (Ok(()), text));
}

fn value(text: &str) {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    let written = serde_json::to_string(&value).expect("a value is always JSON");
    let again: Value = serde_json::from_str(&written).expect("what was written is read");
    assert_eq!(again, value);
}

/// A declaration that checks clean resolves, or says why not; what it comes to can be written in
/// every form.
fn resolve(declaration: Declaration) {
    let written = serde_json::to_string(&declaration).expect("a declaration is always JSON");
    let again: Declaration = serde_json::from_str(&written).expect("what was written is read");
    assert_eq!(again, declaration);
    drop(check(&declaration, Surroundings::default()));
    // Resolving is the same for a declaration that no compiler checked.
    let ecosystem = Ecosystem::from_declaration(declaration, env!("CARGO_MANIFEST_DIR"), &[]);
    for profile in [None, Some("production".to_owned())] {
        match ecosystem.resolve(&Options { profile, ..Options::default() }) {
            Ok(system) => write(&system),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

fn write(system: &promethean_core::app::System) {
    let config = Config::new(system);
    let json = emit::json(&config);
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "no JSON: {json}");
    drop(emit::yaml(&config));
    drop(emit::javascript(system, None));
    drop(emit::javascript(system, Some(env!("CARGO_MANIFEST_DIR").as_ref())));
    drop(LeftOut::of(system, false));
    for picture in [graph::dot, graph::mermaid, graph::svg, graph::tree] {
        assert!(!picture(system).is_empty());
    }
    let reader = Reader::new();
    for app in &system.apps {
        for (shell, via) in [
            (Shell::Sh, Via::Program),
            (Shell::Sh, Via::Pm2),
            (Shell::PowerShell, Via::Program),
            (Shell::PowerShell, Via::Pm2),
        ] {
            drop(launch::line(app, shell, via, &reader));
        }
    }
    drop(reader.environments(system));
}
