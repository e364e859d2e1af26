//! Whether what is done with a service takes as long among 10,000 as among 1,000: parsing, checking
//! and expanding it, and problems, which may be as many.
//!
//! `cargo bench -p promethean-macros --bench linear`; a shape's name, or a part of it, shows that
//! one alone.

#![allow(dead_code, reason = "a proc macro cannot be linked, so its modules are built here again")]

#[path = "../src/check.rs"]
mod check;
#[path = "../src/editor.rs"]
mod editor;
#[path = "../src/expand.rs"]
mod expand;
#[path = "../src/host.rs"]
mod host;
#[path = "../src/item.rs"]
mod item;
#[path = "../src/literal.rs"]
mod literal;
#[path = "../src/parse/mod.rs"]
mod parse;
#[path = "../src/report.rs"]
mod report;
#[path = "../src/sign.rs"]
mod sign;
#[path = "../src/source.rs"]
mod source;
#[path = "../src/stream.rs"]
mod stream;

use std::time::{Duration, Instant};

use proc_macro2::TokenStream;
use promethean_core::check::{Surroundings, check};
use promethean_test_support::large::{SHAPES, Shape};

const FEW: u32 = 1_000;
const MANY: u32 = 10_000;

/// The shortest of some times, each of them that of a service.
#[derive(Clone, Copy)]
struct Times {
    parse: Duration,
    check: Duration,
    expand: Duration,
    problems: usize,
}

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    println!("µs a service, of {FEW} / of {MANY} services, and how many times as much that is");
    println!("{:<34}{:<24}{:<24}{:<24}problems", "", "parse", "check", "expand, with both");
    for (name, shape) in SHAPES {
        if wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str())) {
            let (few, many) = (measured(*shape, FEW, 5), measured(*shape, MANY, 3));
            println!(
                "{name:<34}{:<24}{:<24}{:<24}{}",
                side_by_side(few.parse, many.parse),
                side_by_side(few.check, many.check),
                side_by_side(few.expand, many.expand),
                many.problems
            );
        }
    }
}

fn side_by_side(few: Duration, many: Duration) -> String {
    let (few, many) = (few.as_secs_f64() * 1e6, many.as_secs_f64() * 1e6);
    format!("{few:.1} / {many:.1} ({:.1})", many / few)
}

fn measured(shape: Shape, count: u32, runs: usize) -> Times {
    let text = shape(count as usize);
    let runs = (0..runs).map(|_| once(&text, count));
    let shortest = |first: Times, second: Times| Times {
        parse: first.parse.min(second.parse),
        check: first.check.min(second.check),
        expand: first.expand.min(second.expand),
        problems: second.problems,
    };
    runs.reduce(shortest).expect("at least one run")
}

fn once(text: &str, count: u32) -> Times {
    let tokens: TokenStream = text.parse().expect("a shape consists of tokens");
    let to_expand = tokens.clone();
    let (mut parsed, parse) = timed(|| parse::ecosystem(tokens));
    let directory = Some(env!("CARGO_MANIFEST_DIR").as_ref());
    let (problems, check) = timed(|| {
        let found =
            check(&parsed.declaration, Surroundings { directory, ..Surroundings::default() });
        parsed.add_problems(found);
        parsed.problems.len()
    });
    let (expanded, expand) = timed(|| {
        let checked = check::ecosystem(parse::ecosystem(to_expand));
        expand::ecosystem(&checked, sign::ecosystem(&checked))
    });
    assert!(!expanded.is_empty());
    proc_macro2::extra::invalidate_current_thread_spans();
    Times { parse: parse / count, check: check / count, expand: expand / count, problems }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}
