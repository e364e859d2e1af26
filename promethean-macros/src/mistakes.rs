//! Mistakes by the hundred: each file of `mistakes/` holds ecosystems with one mistake each, and beside
//! it is what is said of them. Each gets exactly one problem.
//!
//! An ecosystem ends with a line `---`. With `UPDATE=1` in the environment the answers are written:
//! read them as the person who has to act on them.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use promethean_core::check::{Surroundings, check};
use promethean_test_support::files::{committed, repository};

use crate::parse;

/// The files of mistakes, without those of answers.
fn files() -> Vec<PathBuf> {
    let directory = repository().join("promethean-macros/mistakes");
    let entries = fs::read_dir(directory).expect("the mistakes are there");
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "eco"));
    files.sort();
    files
}

/// What is said of an ecosystem: the place, the message, the help.
fn answers(text: &str) -> Vec<String> {
    let tokens: TokenStream = text.parse().unwrap_or_else(|_| panic!("no tokens: {text}"));
    let mut parsed = parse::ecosystem(tokens);
    let problems = check(&parsed.declaration, Surroundings::default());
    parsed.add_problems(problems);
    let lines: Vec<&str> = text.lines().collect();
    let answers = parsed.problems.iter().map(|problem| {
        let place = parsed.source.place(problem.span_id);
        let (start, end) = (place.first.start(), place.last.end());
        let line = lines.get(start.line - 1).copied().unwrap_or_default();
        let end = if end.line == start.line { end.column } else { usize::MAX };
        let place: String = line.chars().take(end).skip(start.column).collect();
        format!("{}:{} {place}\n    {problem}", start.line, start.column + 1)
    });
    let answers = answers.collect();
    proc_macro2::extra::invalidate_current_thread_spans();
    answers
}

#[test]
fn each_mistake_gets_one_answer() {
    let mut wrong = String::new();
    for file in files() {
        let name =
            file.file_stem().and_then(|name| name.to_str()).expect("a UTF-8 name").to_owned();
        let text = fs::read_to_string(&file).expect("the mistakes can be read");
        let mut page = String::new();
        for case in text.split("\n---\n").map(str::trim).filter(|case| !case.is_empty()) {
            // `// 3` before an ecosystem: so many mistakes are in it.
            let (count, case) =
                match case.strip_prefix("// ").and_then(|rest| rest.split_once('\n')) {
                    Some((count, rest)) if count.parse::<usize>().is_ok() => {
                        (count.parse().expect("a number"), rest)
                    }
                    _ => (1, case),
                };
            let answers = answers(case);
            if answers.len() != count {
                writeln!(
                    wrong,
                    "{name}: {} answers to\n{case}\n{}\n",
                    answers.len(),
                    answers.join("\n")
                )
                .expect("a string takes all");
            }
            writeln!(page, "{case}\n{}\n", answers.join("\n")).expect("a string takes all");
        }
        committed(&format!("promethean-macros/mistakes/{name}.answers"), &page);
    }
    assert!(wrong.is_empty(), "{wrong}");
}
