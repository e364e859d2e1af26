//! Every rule of the language is broken by its example, and the page of all problems says how.

use std::fmt::Write as _;
use std::path::Path;

use proc_macro2::TokenStream;
use promethean_core::check::{Surroundings, check};
use promethean_core::ecosystem::Ecosystem;
use promethean_core::problem::{Engine, Example, Problem, RULES, Rule};
use promethean_core::resolve::{Options, ResolveError};

use crate::parse;

/// The rules that resolution does not ask again, as nothing of what they are about is left in a
/// system: how it is written, and what is written twice or never used. The compiler has seen all of
/// that in the file itself, and so it has what is likely a slip of the pen ([`LIKELY_SLIPS`]). The disk
/// is looked at before startup, by `check` and `up`.
#[rustfmt::skip]
const ONLY_WRITTEN: &[&str] = &[
    "syntax", "missing-semicolon", "wrong-delimiter", "sign-after-attribute", "env-without-equals",
    "comma-for-semicolon", "unquoted", "misplaced-brace", "other-syntax", "other-tool",
    "look-alike", "bracketed-list", "not-a-value", "bad-number", "split-unit", "bare-path",
    "keyword-in-path", "not-an-ecosystem", "each-pattern", "each-without-files", "miswritten-template",
    "hash-comment", "empty-expression", "rust-attribute", "unknown-item",
    "misplaced", "repeated", "unknown-attribute", "derived-attribute", "duplicate-attribute",
    "duplicate-endpoint",
    "duplicate-name", "duplicate-key", "mistyped-source", "miswritten-variable", "nothing-as-value",
    "unused-source", "unset-not-last", "not-or", "nothing-as-fallback",
    "bad-source", "miswritten-unit", "capital-unit", "set-cycle", "duplicate-dependency",
    "own-override", "unused-template", "unused-env-set", "unused-allow", "allow-of-error",
    "unset-nothing", "spread-twice",
    "missing-directory", "missing-watch", "missing-module", "missing-program",
];

/// The rules over what works, and is almost certainly not what was meant. They are about the words of
/// one file, so they hold for what a person writes there, and not for what is put together of files.
const LIKELY_SLIPS: &[&str] = &[
    "log-of-external",
    "no-effect",
    "not-a-module",
    "command-line",
    "shell-sign",
    "shell-word",
    "background",
    "memory-of-runner",
    "wrong-file",
    "unlikely-value",
    "port-twice",
    "port-variable-conflict",
    "probe-port",
    "literal-endpoint",
    "path-as-name",
    "similar-profiles",
    "shell-text",
    "plain-secret",
    "unusual-key",
];

/// The problems of an ecosystem whose root is an empty directory.
fn problems_of(ecosystem: &str) -> Vec<Problem> {
    let tokens: TokenStream = ecosystem.parse().expect("the example consists of Rust's tokens");
    let mut parsed = parse::ecosystem(tokens);
    let empty = tempfile::tempdir().expect("a temporary directory");
    let problems = check(
        &parsed.declaration,
        Surroundings {
            directory: Some(empty.path()),
            is_closed: Some(|| true),
            ..Surroundings::default()
        },
    );
    parsed.add_problems(problems);
    parsed.problems
}

/// Letters that look like Latin ones are named where a file is not there.
#[test]
fn a_path_with_other_letters_is_told_which() {
    let said = |ecosystem: &str| {
        let problems = problems_of(ecosystem);
        problems.iter().map(|problem| problem.fault.rule()).collect::<Vec<_>>()
    };
    for other in [
        "node api \"services/\u{430}pi\";",
        "node api { entry \"ind\u{435}x.js\"; }",
        "script api { run \"./st\u{430}rt\"; }",
        "node api { watch \"\u{441}onfig\"; }",
    ] {
        assert_eq!(said(other), ["look-alike"], "{other}");
    }
    assert_eq!(
        said("node api { entry \"\u{441}\u{435}\u{440}\u{432}\u{438}\u{441}.js\"; }"),
        [""; 0]
    );
    let allowed = "node api \"services/\u{430}pi\" { allow missing-directory \"made later\"; }";
    assert_eq!(said(allowed), [""; 0]);
}

/// A module may be installed, but not one whose name is a slip of the pen for a file that is there.
#[test]
fn a_module_of_nearly_the_name_of_a_file_is_missing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(directory.path().join("server.py"), "").expect("a file");
    let said = |ecosystem: &str| {
        let parsed = parse::ecosystem(ecosystem.parse().expect("the tokens of Rust"));
        let directory = Some(directory.path());
        let surroundings = Surroundings { directory, ..Surroundings::default() };
        let problems = check(&parsed.declaration, surroundings);
        problems.iter().map(|problem| problem.fault.diagnostic().to_string()).collect::<Vec<_>>()
    };
    let missing = said("python api { module sevrer; }");
    assert!(
        matches!(missing.as_slice(), [one] if one.contains("did you mean `server`?")),
        "{missing:?}"
    );
    for right in ["module server;", "module uvicorn;", "module \"http.server\";", "run \"sevrer\";"]
    {
        assert_eq!(said(&format!("python api {{ {right} }}")), [""; 0], "{right}");
    }
}

#[test]
fn every_example_breaks_its_rule_alone() {
    let mut strange = Vec::new();
    for rule in RULES {
        let Example::Ecosystem(example) = rule.example else { continue };
        let broken: Vec<&str> =
            problems_of(example).iter().map(|problem| problem.fault.rule()).collect();
        if broken != [rule.name] {
            strange.push(format!("{}: {broken:?}", rule.name));
        }
    }
    assert_eq!(strange, [""; 0]);
}

#[test]
fn a_lint_can_be_allowed_and_an_error_cannot() {
    for rule in RULES {
        let Example::Ecosystem(example) = rule.example else { continue };
        let lifted = format!("defaults {{ allow {} \"tried\"; }} {example}", rule.name)
            .replace("\"tried\"; } defaults {", "\"tried\";");
        let broken: Vec<&str> =
            problems_of(&lifted).iter().map(|problem| problem.fault.rule()).collect();
        match rule.is_lint {
            true => assert_eq!(broken, [""; 0], "{lifted}"),
            false => assert!(broken.contains(&rule.name), "{lifted}: {broken:?}"),
        }
    }
}

#[test]
fn resolution_rejects_what_is_left_in_a_system() {
    let mut accepted = Vec::new();
    for rule in RULES {
        let Example::Ecosystem(example) = rule.example else { continue };
        // Defaults by themselves are no system.
        let example = format!("{example} script other {{ run \"other\"; }}");
        let parsed = parse::ecosystem(example.parse().expect("the tokens of Rust"));
        let ecosystem = Ecosystem::from_declaration(parsed.declaration, "/", &[]);
        let rejected = match ecosystem.resolve(&Options::default()) {
            Err(ResolveError::Problems(problems)) => {
                problems.iter().any(|located| located.fault.rule() == rule.name)
            }
            Ok(_) | Err(_) => false,
        };
        if !rejected {
            accepted.push(rule.name);
        }
    }
    accepted.retain(|rule| !LIKELY_SLIPS.contains(rule));
    assert_eq!(accepted, ONLY_WRITTEN);
}

#[test]
fn rules_have_names_of_their_own() {
    for (index, rule) in RULES.iter().enumerate() {
        assert!(RULES.iter().skip(index + 1).all(|other| other.name != rule.name), "{}", rule.name);
    }
}

#[test]
fn the_page_of_all_problems_is_up_to_date() {
    promethean_test_support::files::committed("docs/problems.md", &page());
}

fn page() -> String {
    let mut page = String::from(
        "# All problems\n\n\
         What the compiler reports about an `ecosystem!`, rule by rule: what the rule demands, the \
         shortest ecosystem that breaks it, the message and the fix. A *lint* can be allowed where \
         it does not apply, with `allow RULE \"reason\";` in the service, its agent, its template or \
         the defaults; the others are errors. A *PM2* rule is about PM2 only; an *across files* rule \
         is also checked between ecosystems in different files.\n\n\
         This page is written by `UPDATE=1 cargo test -p promethean-macros`.\n",
    );
    for rule in RULES {
        section(rule, &mut page).expect("a string takes all");
    }
    page
}

fn section(rule: &Rule, page: &mut String) -> std::fmt::Result {
    let Rule { name, is_lint, meaning, example, across_files, engine } = rule;
    let engine = engine.map(|Engine::Pm2| "PM2");
    let lint = is_lint.then_some("lint");
    let across_files = across_files.then_some("across files");
    let tags: Vec<&str> = [lint, engine, across_files].into_iter().flatten().collect();
    let tags = if tags.is_empty() { String::new() } else { format!(" ({})", tags.join(", ")) };
    write!(page, "\n## `{name}`{tags}\n\n{meaning}\n")?;
    let Example::Ecosystem(example) = example else {
        return writeln!(page, "\nNo ecosystem breaks it by itself.");
    };
    write!(page, "\n```text\n{example}\n```\n")?;
    for problem in problems_of(example) {
        let message = without_paths(&problem.fault.to_string());
        write!(page, "\n> {message}\n")?;
        if let Some(help) = problem.fault.help() {
            write!(page, ">\n> help: {help}\n")?;
        }
    }
    Ok(())
}

/// The message without the directory that this run looked in.
fn without_paths(message: &str) -> String {
    let words = message.split(' ').map(|word| match Path::new(word) {
        path if path.is_absolute() && path.starts_with(std::env::temp_dir()) => {
            let inside = path.strip_prefix(std::env::temp_dir()).unwrap_or(path);
            inside.components().skip(1).fold("/srv".to_owned(), |path, name| {
                format!("{path}/{}", name.as_os_str().to_string_lossy())
            })
        }
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}
