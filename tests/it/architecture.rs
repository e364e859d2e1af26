//! Who may know whom: each module of `promethean-runtime` imports those below it alone, and an engine is
//! named by itself and in the one place where one is chosen.

use std::fs;
use std::path::{Path, PathBuf};

use promethean_test_support::files::repository;

/// The modules of `promethean-runtime` from below, each with those it may name.
const MODULES: [(&str, &[&str]); 15] = [
    ("scratch", &[]),
    ("child", &["scratch"]),
    ("parallel", &[]),
    ("untrusted", &[]),
    ("logs", &["untrusted"]),
    ("readiness", &["child", "logs", "scratch", "untrusted"]),
    ("engine", &["logs", "untrusted"]),
    ("execution", &["engine", "parallel", "readiness"]),
    ("pm2", &["engine", "logs", "parallel", "scratch", "untrusted"]),
    ("supervisor", &["engine", "logs", "parallel", "readiness", "untrusted"]),
    ("preflight", &["child", "engine", "parallel", "readiness", "untrusted"]),
    ("operations", &["engine", "logs", "parallel", "preflight", "readiness", "untrusted"]),
    ("supvisors", &["engine", "logs", "operations", "parallel", "preflight", "readiness"]),
    ("boot", &[]),
    (
        "cli",
        &["boot", "child", "engine", "execution", "logs", "operations", "preflight", "untrusted"],
    ),
];

/// Where an engine is chosen.
const CHOSEN: &str = "cli/engine.rs";

/// The Rust files at or below a path.
fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            files(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push(path.to_path_buf());
    }
}

/// What a text names of this crate: `crate::NAME` and `crate::{NAME…` outside of comments.
fn named(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    assert!(!code.contains("crate::{"), "one `use` for each module");
    let after = code.match_indices("crate::").filter_map(|(at, path)| code.get(at + path.len()..));
    let name = |rest: &str| {
        let ends = |character: char| !(character.is_alphanumeric() || character == '_');
        rest.split(ends).next().unwrap_or_default().to_owned()
    };
    after.map(name).collect()
}

#[test]
fn a_module_names_only_those_below_it() {
    let src = repository().join("promethean-runtime/src");
    let mut wrong = Vec::new();
    let mut names = 0;
    for (position, (module, below)) in MODULES.into_iter().enumerate() {
        let known: Vec<&str> = MODULES.iter().take(position).map(|(name, _)| *name).collect();
        assert!(
            below.iter().all(|name| known.contains(name)),
            "{module} names what is not below it"
        );
        let mut found = Vec::new();
        let file = src.join(module).with_extension("rs");
        files(&if file.is_file() { file } else { src.join(module) }, &mut found);
        assert!(!found.is_empty(), "{module}");
        for file in found {
            let place = file.strip_prefix(&src).unwrap().display().to_string();
            for name in named(&fs::read_to_string(&file).unwrap()) {
                names += 1;
                let is_chosen =
                    place == CHOSEN && matches!(name.as_str(), "pm2" | "supervisor" | "supvisors");
                if name != module && !below.contains(&name.as_str()) && !is_chosen {
                    wrong.push(format!("{place}: crate::{name}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(names > 50, "only {names} were looked at");
}

#[test]
fn the_table_has_all_modules() {
    let root = fs::read_to_string(repository().join("promethean-runtime/src/lib.rs")).unwrap();
    let declared = root.lines().filter_map(|line| {
        let line = line.trim_start_matches("pub ").strip_prefix("mod ")?;
        line.strip_suffix(';')
    });
    // What a mistake looks like knows no engine.
    let mut declared: Vec<&str> = declared.filter(|name| *name != "report").collect();
    declared.sort_unstable();
    let mut known: Vec<&str> = MODULES.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(declared, known);
}

#[test]
fn names_are_found_outside_of_comments() {
    let text = "//! crate::operations\nuse crate::pm2::Home;\n  // crate::cli\nfn f(x: crate::logs::Line) {}";
    assert_eq!(named(text), ["pm2", "logs"]);
}
