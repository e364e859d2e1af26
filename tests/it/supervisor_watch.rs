//! The globs of the embedded engine, against those of the watcher that PM2 uses.

use std::path::Path;

use promethean::supervisor::glob::Glob;
use promethean_test_support::dice::Dice;
use promethean_test_support::effort;
use promethean_test_support::node::Oracle;
use serde_json::json;

/// What globs are made of.
const PIECES: [&str; 23] = [
    "a",
    "b",
    ".",
    ".a",
    "ab",
    "x.ts",
    "/",
    "/",
    "/",
    "*",
    "**",
    "**/",
    "/**/",
    "/**",
    "?",
    "[ab]",
    "[!a]",
    "[^a]",
    "{a,b}",
    "{a,b/c,?}",
    "@(a|b)",
    "(a|b)",
    "*.{ts,js}",
];

/// What paths are made of.
const NAMES: [&str; 10] = ["a", "b", "c", ".a", "ab", "ba", "x.ts", "x.js", ".", "a.b"];

#[test]
fn globs_match_what_those_of_chokidar_match() {
    let mut oracle = Oracle::start();
    let mut dice = Dice::from_seed(11);
    let (mut compared, mut matched) = (0, 0);
    for _ in 0..effort::of(20_000) {
        let pieces = (0..=dice.below(5)).map(|_| *dice.choose(&PIECES));
        let glob = format!("/app/{}", pieces.collect::<String>());
        // Paths are clean where globs are read.
        if glob.contains("//") || glob.contains("/./") || glob.ends_with(['/', '.']) {
            continue;
        }
        // To picomatch, nothing is a name here.
        if glob.contains("/?(") || glob.contains("/*(") {
            continue;
        }
        let mut path = || {
            let names =
                (0..=dice.below(4)).map(|_| *dice.choose(&NAMES)).filter(|name| *name != ".");
            std::iter::once("/app").chain(names).collect::<Vec<_>>().join("/")
        };
        let paths: Vec<String> = (0..30).map(|_| path()).collect();
        // It rejects what picomatch reads in its own way.
        let Some(ours) = Glob::new(&glob) else { continue };
        let ours: Vec<&String> =
            paths.iter().filter(|path| ours.matches(Path::new(path))).collect();
        let theirs = oracle.fact("glob", json!({"pattern": glob, "paths": paths}));
        assert_eq!(json!(ours), theirs, "{glob} of {paths:?}");
        compared += 1;
        matched += ours.len();
    }
    assert!(compared > 700 && matched > 1_000, "{compared} globs with {matched} matches");
}
