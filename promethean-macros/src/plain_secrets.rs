//! No problem shows a secret, in whatever way it was written.

use promethean_core::check::{Surroundings, check};
use promethean_core::known_secrets::plain_secret;
use proptest::prelude::*;

use crate::parse;

/// Entries of `env`, right and wrong, with `KEY` and `VALUE`.
const ENTRIES: [&str; 20] = [
    r#"KEY = "VALUE";"#,
    "KEY = VALUE;",
    r#"KEY "VALUE";"#,
    r#"KEY "VALUE""#,
    r#"KEY: "VALUE","#,
    r#""KEY": "VALUE","#,
    r#"KEY => "VALUE";"#,
    r#"KEY := "VALUE";"#,
    r#"KEY == "VALUE";"#,
    r#"KEY += "VALUE";"#,
    r#"KEY ?= "VALUE";"#,
    r#"export KEY="VALUE""#,
    "export KEY=VALUE",
    r#"ENV KEY "VALUE";"#,
    r#"const KEY = "VALUE";"#,
    "- KEY=VALUE",
    r#"KEY = "VALUE" or secret;"#,
    r#"KEY = u"VALUE";"#,
    r#"KEY = "VALUE", OTHER = 1;"#,
    r#"KEY = "VALUE" OTHER = 1;"#,
];

/// Ecosystems with `ENTRY` in them.
const PLACES: [&str; 7] = [
    "node web { env { ENTRY } }",
    "node web { ENTRY }",
    "node web { env ENTRY }",
    "env common { ENTRY } node web { env { ..common; } }",
    "ENTRY node web;",
    "env ENTRY node web;",
    "node web { environment { ENTRY } }",
];

/// What is said of an ecosystem.
fn said(text: &str) -> Vec<String> {
    let mut parsed = parse::ecosystem(text.parse().expect("the tokens of Rust"));
    let problems = check(&parsed.declaration, Surroundings::default());
    parsed.add_problems(problems);
    proc_macro2::extra::invalidate_current_thread_spans();
    parsed.problems.iter().map(ToString::to_string).collect()
}

proptest! {
    #![proptest_config(promethean_test_support::random::cases(12))]

    #[test]
    fn no_problem_shows_a_secret(
        key in "([A-Z]{2,5}_)?(TOKEN|API_KEY|SECRET|PASSWORD)",
        value in "[a-z][a-zA-Z0-9]{11,23}",
    ) {
        prop_assume!(plain_secret(&key, &value).is_some());
        let mut wrong = Vec::new();
        for (entry, place) in ENTRIES.iter().flat_map(|entry| PLACES.map(|place| (entry, place))) {
            let entry = entry.replace("KEY", &key).replace("VALUE", &value);
            let text = place.replace("ENTRY", &entry);
            let said = said(&text);
            if said.is_empty() || said.iter().any(|said| said.contains(&value)) {
                wrong.push(format!("{text}\n    {}", said.join("\n    ")));
            }
        }
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
