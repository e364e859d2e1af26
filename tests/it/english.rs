//! The words of the field: what a person reads uses none of these phrases.

use std::fs;
use std::path::{Path, PathBuf};

use promethean_test_support::files::repository;

/// Each phrase and what to write instead.
const PHRASES: [(&str, &str); 14] = [
    ("cure", "fix"),
    ("cures", "fixes"),
    ("refuse", "reject"),
    ("refuses", "rejects"),
    ("lacking", "missing"),
    ("anew", "restart, again"),
    ("stands", "is"),
    ("behind", "after"),
    ("somebody else", "another user, another program"),
    ("is told", "shows, reports"),
    ("no more", "no longer"),
    ("does without", "excludes"),
    ("nobody is there", "cannot prompt"),
    ("running now", "still running"),
];

/// Where strings are shown to people.
const SOURCES: [&str; 5] = [
    "src",
    "promethean-core/src",
    "promethean-cli/src",
    "promethean-macros/src",
    "promethean-runtime/src",
];

const PAGES: [&str; 17] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "GRAMMAR.md",
    "src/ecosystem.md",
    "src/lib.md",
    "docs/attributes.md",
    "docs/embedded-engine.md",
    "docs/engines.md",
    "docs/problems.md",
    "docs/coming-from.md",
    "docs/cookbook.md",
    "docs/deploy.md",
    "docs/reference.md",
    "llms.txt",
    "AGENTS.md",
    "SECURITY.md",
];

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The string literals of a source, without its comments.
fn strings(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'', 'r']) {
        let here = &rest[at..];
        // A letter before it makes `r` a part of a name.
        let is_word =
            rest[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let hashes = here[1..].chars().take_while(|sign| *sign == '#').count();
        let raw = here.starts_with('r') && !is_word && here[1 + hashes..].starts_with('"');
        if here.starts_with("//") {
            rest = here.split_once('\n').map_or("", |(_, after)| after);
        } else if raw {
            let end = format!("\"{}", "#".repeat(hashes));
            let (text, after) = here[hashes + 2..].split_once(end.as_str()).unwrap();
            found.push(text.to_owned());
            rest = after;
        } else if here.starts_with("'\"'") || here.starts_with("'\\") {
            rest = &here[3..];
        } else if let Some(text) = here.strip_prefix('"') {
            let mut escaped = false;
            let end = text.find(|sign: char| {
                let ends = sign == '"' && !escaped;
                escaped = sign == '\\' && !escaped;
                ends
            });
            let end = end.unwrap();
            found.push(text[..end].to_owned());
            rest = &text[end + 1..];
        } else {
            rest = &here[1..];
        }
    }
    found
}

/// The phrases of a text, as whole words, over the ends of lines too.
fn phrases(text: &str) -> Vec<(&'static str, &'static str)> {
    let words = text.split(|sign: char| !sign.is_alphanumeric() && !matches!(sign, '_' | '-'));
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let text = format!(" {} ", words.join(" "));
    PHRASES.into_iter().filter(|(phrase, _)| text.contains(&format!(" {phrase} "))).collect()
}

#[test]
fn strings_and_pages_use_the_words_of_the_field() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for directory in SOURCES {
        let mut files = Vec::new();
        rust_files(&repository().join(directory), &mut files);
        for file in files {
            // A phrase has a space beside it; a single word is a name.
            let texts = strings(&fs::read_to_string(&file).unwrap());
            for text in texts.iter().filter(|text| text.contains(' ')) {
                count += 1;
                for (phrase, instead) in phrases(text) {
                    wrong.push(format!("{}: `{phrase}`, not `{instead}`: {text}", file.display()));
                }
            }
        }
    }
    for page in PAGES {
        for (phrase, instead) in phrases(&fs::read_to_string(repository().join(page)).unwrap()) {
            wrong.push(format!("{page}: `{phrase}`, not `{instead}`"));
        }
    }
    assert!(count > 1_000, "only {count} strings were found");
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
}

#[test]
fn strings_are_found_and_comments_are_not() {
    let source = "let a = \"a cure\"; // \"no\"\nlet b = ('\"', '\\'', r#\"x\"y\"#, \"\\\"z\"); for r in a {}";
    assert_eq!(strings(source), ["a cure", "x\"y", "\\\"z"]);
    assert_eq!(phrases("said no\n  more; secure"), [("no more", "no longer")]);
}
