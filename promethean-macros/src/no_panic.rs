//! Whatever is between the braces, the macro answers with problems on its tokens. The same is
//! asked of millions of inputs in `fuzz/`.

use promethean_test_support::dice::Dice;
use promethean_test_support::{large, mutate};

use crate::invariants;

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
    for seed in 0..8_500 {
        hold(&mutate::soup(&mut Dice::from_seed(seed)));
    }
}

#[test]
fn changed_ecosystems_are_answered() {
    for seed in 0..1_000 {
        hold(&mutate::mutated(&mut Dice::from_seed(seed)));
    }
}

#[test]
fn what_other_macros_leave_is_answered() {
    for seed in 0..500 {
        let mut dice = Dice::from_seed(seed);
        let text = mutate::mutated(&mut dice);
        let _shown = Shown(&text);
        invariants::hold_of_tokens(&text, |tokens| {
            mutate::with_invisible_groups(tokens, &mut dice)
        });
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
