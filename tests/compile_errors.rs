//! What the compiler says to bad definitions. Each file of `tests/ui` holds one rule; its output
//! stands beside it.

use std::path::Path;

use promethean::problem::RULES;

#[test]
fn every_mistake_is_an_error_on_its_token() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// Reading the folder is reading the language's edges.
#[test]
fn every_rule_has_a_file() {
    // These are of declarations that no macro made.
    let at_run_time = ["unknown-ecosystem", "unknown-expression"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let names = RULES.iter().map(|rule| rule.name).filter(|name| !at_run_time.contains(name));
    let without: Vec<&str> =
        names.filter(|name| !folder.join(name).with_extension("rs").is_file()).collect();
    assert_eq!(without, [""; 0]);
}
