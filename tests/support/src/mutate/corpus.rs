//! The ecosystems of this repository: the examples, those of each rule, and the compile errors'.

use std::fs;
use std::sync::LazyLock;

use proc_macro2::{TokenStream, TokenTree};
use promethean_core::problem::{Example, RULES};

use crate::files::repository;

/// The bodies of all ecosystems, the same ones in the same order each time.
///
/// # Panics
///
/// When the files of the repository are not beside this crate.
pub fn corpus() -> &'static [String] {
    static CORPUS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut corpus: Vec<String> = RULES
            .iter()
            .filter_map(|rule| match rule.example {
                Example::Ecosystem(example) => Some(example.to_owned()),
                Example::AcrossFiles => None,
            })
            .collect();
        for directory in ["examples", "examples/ecosystem", "tests/ui"] {
            let directory = repository().join(directory);
            let entries = fs::read_dir(&directory).expect("a directory of the repository");
            let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
            files.sort();
            for file in files {
                let text = fs::read_to_string(&file).expect("a file of the repository");
                corpus.extend(ecosystems_in(&text));
            }
        }
        corpus
    });
    &CORPUS
}

/// The bodies of the ecosystems in a Rust file.
#[must_use]
pub fn ecosystems_in(text: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    // rustc takes some files of tests/ui that are no Rust for proc-macro2.
    let tokens: TokenStream = text.parse().unwrap_or_default();
    find(tokens, &mut bodies);
    bodies
}

fn find(tokens: TokenStream, bodies: &mut Vec<String>) {
    let mut before = [String::new(), String::new()];
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            if before == ["ecosystem", "!"] {
                bodies.push(group.stream().to_string());
            }
            find(group.stream(), bodies);
        }
        let [_, last] = before;
        before = match token {
            TokenTree::Ident(_) | TokenTree::Punct(_) => [last, token.to_string()],
            TokenTree::Group(_) | TokenTree::Literal(_) => [last, String::new()],
        };
    }
}
