//! Promethean rejects every mistake of the corpus, with one error, and `docs/mistakes.md` and the
//! README say what is so. PM2 and TypeScript are not run here: `cargo run -p promethean-mistakes`
//! runs them and writes the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use promethean_mistakes::corpus::{self, Case, Theme};
use promethean_mistakes::page::{self, Counts};
use promethean_mistakes::promethean;
use promethean_test_support::files::{self, repository};

const REWRITE: &str = "run `cargo run -p promethean-mistakes` to write docs/mistakes.md anew";

fn cases(themes: &[Theme]) -> Vec<&Case> {
    themes.iter().flat_map(|theme| &theme.cases).collect()
}

fn committed(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_default()
}

/// The rows of the committed page, by the name of their case.
fn rows(page: &str) -> BTreeMap<String, [String; 5]> {
    let name =
        |row: &[String; 5]| row[0].trim_start_matches('[').split(']').next().map(str::to_owned);
    page::rows(page).into_iter().map(|row| (name(&row).unwrap(), row)).collect()
}

#[test]
fn every_mistake_is_rejected_with_one_error_and_that_is_the_one_of_the_page() {
    let themes = corpus::read();
    let errors = promethean::errors(&cases(&themes));
    let page = committed(page::PATH);
    let rows = rows(&page);
    let row = |case: &Case| {
        rows.get(&case.name).unwrap_or_else(|| panic!("{} is not there: {REWRITE}", case.name))
    };
    let written = page::write(&themes, |case| {
        let [_, _, pm2, typescript, _] = row(case).clone();
        [pm2, typescript, page::cell(&page::outcome(&errors[&case.name]))]
    });
    files::committed(page::PATH, &written);
    let not_one: Vec<_> = errors.iter().filter(|(_, errors)| errors.len() != 1).collect();
    assert!(not_one.is_empty(), "not rejected with exactly one error: {not_one:#?}");
}

#[test]
fn the_page_lists_all_mistakes_and_no_others() {
    let themes = corpus::read();
    let page = committed(page::PATH);
    let listed: BTreeSet<String> = rows(&page).into_keys().collect();
    let names: Vec<String> = cases(&themes).iter().map(|case| case.name.clone()).collect();
    assert_eq!(listed, names.iter().cloned().collect(), "{REWRITE}");
    assert_eq!(listed.len(), names.len(), "a name stands for one mistake");
    for case in cases(&themes) {
        let row = &rows(&page)[&case.name];
        assert!(row[0].ends_with(&page::escape(&case.story)), "{}: {REWRITE}", case.name);
        assert_eq!(row[1], page::escape(&case.source), "{}: {REWRITE}", case.name);
    }
}

#[test]
fn the_headlines_say_what_the_table_says() {
    let page = committed(page::PATH);
    let headline = Counts::of(&page::rows(&page)).headline();
    assert!(page.contains(&headline), "{REWRITE}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let readme = words(&committed("README.md"));
    assert!(readme.contains(&headline), "README.md has another headline than: {headline}");
}

#[test]
fn names_are_words_with_hyphens_and_sources_are_links_or_tried() {
    for case in cases(&corpus::read()) {
        let name = &case.name;
        let word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        assert!(name.split('-').all(word), "{name}");
        let known = ["](https://", "tried on PM2 7", "the seed"];
        assert!(known.iter().any(|known| case.source.contains(known)), "{name}: {}", case.source);
    }
}
