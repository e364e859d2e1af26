//! Whatever is between the braces, the macro answers with problems on its tokens. The same is
//! asked of millions of inputs in `fuzz/`, and each of its targets of some hundred here, of thousands in a full run.

use promethean_test_support::dice::Dice;
use promethean_test_support::{effort, large, mutate};

use crate::{invariants, readers};

/// Shows what broke an invariant.
struct Shown<'a>(&'a str);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input was:\n{}", self.0);
        }
    }
}

fn hold(text: &str) {
    let _shown = Shown(text);
    invariants::hold(text);
}

#[test]
fn every_ecosystem_of_the_repository_is_answered() {
    for text in mutate::corpus() {
        hold(text);
    }
}

#[test]
fn random_tokens_are_answered() {
    for seed in 0..u64::from(effort::of(20_000)) {
        hold(&mutate::soup(&mut Dice::from_seed(seed)));
    }
}

#[test]
fn changed_ecosystems_are_answered() {
    for seed in 0..u64::from(effort::of(4_000)) {
        hold(&mutate::mutated(&mut Dice::from_seed(seed)));
    }
}

#[test]
fn what_other_macros_leave_is_answered() {
    for seed in 0..u64::from(effort::of(2_000)) {
        let mut dice = Dice::from_seed(seed);
        let text = mutate::mutated(&mut dice);
        let _shown = Shown(&text);
        invariants::hold_of_tokens(&text, |tokens| {
            mutate::with_invisible_groups(tokens, &mut dice)
        });
    }
}

/// What the readers of the fuzz target read, by the choice that is its first byte.
const READ: [&[&str]; 6] = [
    &[
        "A=1\nexport B = 'two words' # why\nC=\"x\\ny\"\n",
        "KEY=`a\nb`\n\r\nEMPTY=\n=x\n",
        "\u{feff}A: b",
    ],
    &[
        "0 4 * * *",
        "*/5 0-10,20 1 JAN MON-FRI",
        "@daily",
        "59 59 23 31 12 7",
        "2030-01-01T00:00:00Z",
    ],
    &["300_000", "-1.5", "512K", "10s", "500ms", "1e3", "18446744073709551615", "0.1G"],
    &["{name}-{{x}}", "{secret A}{inherit B}", "{url web:api}/v1", "{port :m}", "{", "}}"],
    &[
        "1",
        "\"a\"",
        "{\"duration\": \"10s\"}",
        "{\"word\": \"max\"}",
        "true",
        "{\"size\": \"1G\"}",
        "[1]",
    ],
    &[],
];

/// A text with some of its letters changed.
fn slipped(text: &str, dice: &mut Dice<'_>) -> String {
    const LETTERS: [char; 24] = [
        '0',
        '9',
        '_',
        '-',
        '.',
        ',',
        ':',
        '*',
        '/',
        '{',
        '}',
        '"',
        '\'',
        '\\',
        '=',
        '#',
        ' ',
        '\n',
        '\r',
        'K',
        's',
        'é',
        '\u{1f986}',
        '\0',
    ];
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..dice.below(4) {
        let at = dice.below(letters.len() + 1);
        match dice.below(4) {
            0 => letters.insert(at, *dice.choose(&LETTERS)),
            1 if at < letters.len() => drop(letters.remove(at)),
            2 if at < letters.len() => letters[at] = *dice.choose(&LETTERS),
            // Some of it again.
            _ => letters.extend_from_within(at..),
        }
    }
    letters.into_iter().collect()
}

#[test]
fn whatever_is_read_when_a_command_runs_is_answered() {
    for seed in 0..u64::from(effort::of(6_000)) {
        let mut dice = Dice::from_seed(seed);
        let choice = dice.below(8);
        let rest = match READ.get(choice) {
            // A declaration as JSON.
            Some([]) => {
                let declaration = invariants::declaration(&mutate::ecosystem(&mut dice));
                slipped(&serde_json::to_string(&declaration).unwrap(), &mut dice).into_bytes()
            }
            Some(texts) => slipped(dice.choose::<&str>(texts), &mut dice).into_bytes(),
            // Bytes that decide.
            None => (0..200).map(|_| u8::try_from(dice.below(256)).unwrap()).collect(),
        };
        let bytes = [vec![u8::try_from(choice).unwrap()], rest].concat();
        let text = format!("{choice} {}", String::from_utf8_lossy(&bytes[1..]));
        let _shown = Shown(&text);
        readers::read(&bytes);
    }
}

#[test]
fn the_deepest_nesting_is_answered() {
    const LEVELS: usize = 10_000;
    let nested = |before: &str, open: &str, close: &str| {
        format!("{before} {}{} node web;", open.repeat(LEVELS), close.repeat(LEVELS))
    };
    for text in [
        nested("", "{", "}"),
        nested("defaults", "{", "}"),
        nested("defaults", "<", ">"),
        nested("node web", "(", ")"),
        nested("env set", "[", "]"),
        format!("defaults {{ watch {}\".\"{}; }}", "[".repeat(LEVELS), "]".repeat(LEVELS)),
        format!("defaults {{ port {}1{}; }}", "(".repeat(LEVELS), ")".repeat(LEVELS)),
        format!("node web {{ depends_on {}db{}; }}", "[".repeat(LEVELS), "]".repeat(LEVELS)),
        nested("#", "[", "]"),
    ] {
        // Threads of tests have 2 MiB of stack, which is less than rustc gives a macro.
        invariants::hold(&text);
    }
    assert_eq!(invariants::problems(&nested("defaults", "{", "}")), ["syntax"]);
}

#[test]
fn what_a_rust_expression_needs_is_not_too_deep() {
    let levels = 200;
    let expression = format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
    let text = format!("node web {{ port {expression}; }}");
    invariants::hold(&text);
    assert_eq!(invariants::problems(&text), [""; 0]);
}

#[test]
fn sets_that_spread_each_other_take_no_time_and_no_stack() {
    use std::fmt::Write as _;
    let sets = |count: usize, last: &str| {
        let mut text = format!("node web {{ env {{ ..e0; }} }} env e{count} {{ {last} }}");
        for set in 0..count {
            let next = set + 1;
            write!(text, "env e{set} {{ ..e{next}; ..e{next}; }}").expect("a string takes all");
        }
        text
    };
    let problems = invariants::problems(&sets(10_000, "KEY;"));
    assert_eq!(problems, ["missing-key"]);
    let problems = invariants::problems(&sets(10_000, "KEY = 1;"));
    assert_eq!(problems, [""; 0]);
    let problems = invariants::problems(&sets(50, "..e0;"));
    assert_eq!(problems, ["set-cycle"; 2], "on each of the two that lead back");
}

#[test]
fn every_large_shape_is_answered() {
    for (_, shape) in large::SHAPES {
        hold(&shape(60));
    }
}
