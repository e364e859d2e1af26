//! What TypeScript does with a mistake: PM2's own types, everything strict.
//!
//! A person who wants TypeScript's help says that the apps are `StartOptions` and imports helper
//! files, so that is what each file is rewritten to. What would be rejected where all is right, too,
//! does not count: parameters need no types, for JavaScript has none, and what PM2's types do not
//! know of its configuration they are taught.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use promethean_test_support::node;

use crate::corpus::Case;
use crate::verdict::Outcome;

/// What is installed, and in which versions.
const PACKAGE: &str = include_str!("../npm/package.json");
const LOCK: &str = include_str!("../npm/package-lock.json");

const SETTINGS: &str = r#"{
  "compilerOptions": {
    "strict": true,
    "noEmit": true,
    "target": "esnext",
    "module": "nodenext",
    "types": ["node"]
  },
  "include": ["cases"]
}
"#;

/// What the compiler says to each case, by name.
///
/// # Panics
///
/// When Node or npm is absent, npm fails or the compiler cannot be run.
#[must_use]
pub fn check(cases: &[&Case]) -> BTreeMap<String, Outcome> {
    let directory = node::install("mistakes/npm", PACKAGE, LOCK);
    let directory = directory.parent().expect("node_modules lies in a directory");
    fs::write(directory.join("tsconfig.json"), SETTINGS).expect("target/ can be written to");
    let sources = directory.join("cases");
    if sources.exists() {
        fs::remove_dir_all(&sources).expect("target/ can be written to");
    }
    for case in cases {
        for (file, text) in &case.files {
            let path = sources.join(&case.name).join(file).with_extension("ts");
            fs::create_dir_all(path.parent().expect("a file lies in a directory"))
                .expect("target/ can be written to");
            fs::write(path, rewritten(file, text)).expect("target/ can be written to");
        }
    }
    let mut rejected = BTreeMap::new();
    // Syntax errors in one file keep the types of all others from being checked.
    loop {
        let errors = run(directory);
        let unreadable: BTreeSet<&str> =
            errors.iter().filter(|error| error.is_syntax()).map(|error| &*error.case).collect();
        for case in &unreadable {
            fs::remove_dir_all(sources.join(case)).expect("target/ can be written to");
        }
        let again = !unreadable.is_empty();
        for error in errors.into_iter().filter(|error| error.code != UNTYPED_PARAMETER) {
            rejected.entry(error.case).or_insert(error.code);
        }
        if !again {
            break;
        }
    }
    cases
        .iter()
        .map(|case| {
            let outcome = rejected.get(&case.name).map_or_else(Outcome::silent, Outcome::rejects);
            (case.name.clone(), outcome)
        })
        .collect()
}

/// PM2's name of an attribute, and the only one that its types have for it.
const NAMES: [(&str, &str); 1] = [("cron_restart:", "cron:")];

/// PM2's type of an app, and the blocks for `--env NAME` that it does not have.
const TYPE: &str = r#"import type { StartOptions } from "pm2";
type App = StartOptions & { [environment: `env_${string}`]: StartOptions["env"] };
"#;

/// The file as it is written in TypeScript.
fn rewritten(file: &str, text: &str) -> String {
    let lines: Vec<String> = text.lines().map(imported).collect();
    let text = lines.join("\n") + "\n";
    let text = NAMES.iter().fold(text, |text, (name, known)| text.replace(name, known));
    if file == Case::CONFIG {
        TYPE.to_owned()
            + &text.replace("module.exports =", "export const system: { apps: App[] } =")
    } else {
        text.replace("module.exports =", "export =")
    }
}

/// `const x = require("y");` as the import that brings the types of `y` along.
fn imported(line: &str) -> String {
    let required = line.strip_prefix("const ").and_then(|rest| rest.split_once(" = require("));
    match required {
        Some((name, path)) => format!("import {name} = require({path}"),
        None => line.to_owned(),
    }
}

/// A parameter without a type.
const UNTYPED_PARAMETER: &str = "TS7006";

struct Error {
    case: String,
    code: String,
}

impl Error {
    /// Those that begin with 1 are about syntax.
    fn is_syntax(&self) -> bool {
        self.code.len() == "TS1000".len() && self.code.starts_with("TS1")
    }
}

/// Runs the compiler over all that is there.
fn run(directory: &Path) -> Vec<Error> {
    let output = Command::new("node")
        .arg(directory.join("node_modules/typescript/bin/tsc"))
        .args(["--project", ".", "--pretty", "false"])
        .current_dir(directory)
        .output()
        .expect("node cannot be started: the corpus needs Node 20");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors: Vec<Error> = said
        .lines()
        // `cases/NAME/FILE(LINE,COLUMN): error TS2353: …`; what is indented belongs to it.
        .filter(|line| !line.starts_with(' '))
        .map(|line| {
            let error = line.strip_prefix("cases/").and_then(|line| {
                let (case, rest) = line.split_once('/')?;
                let (_, rest) = rest.split_once("): error ")?;
                let (code, _) = rest.split_once(':')?;
                Some(Error { case: case.to_owned(), code: code.to_owned() })
            });
            error.unwrap_or_else(|| panic!("tsc said something else:\n{said}"))
        })
        .collect();
    assert_eq!(
        errors.is_empty(),
        output.status.success(),
        "tsc failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    errors
}
