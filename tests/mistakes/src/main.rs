//! Holds the corpus against PM2, TypeScript and Promethean and writes `docs/mistakes.md`.
//!
//! With names of cases as arguments only these are tried, and what comes out is printed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use promethean_mistakes::corpus::{self, Case, Theme};
use promethean_mistakes::page;
use promethean_mistakes::verdict::Outcome;
use promethean_mistakes::{pm2, promethean, typescript};
use promethean_test_support::files::repository;
use promethean_test_support::node::Oracle;

fn main() {
    let themes = corpus::read();
    let all: Vec<&Case> = themes.iter().flat_map(|theme| &theme.cases).collect();
    let names: Vec<String> = std::env::args().skip(1).collect();
    if names.is_empty() {
        write(&themes, &try_all(&all));
        return;
    }
    let find = |name: &String| *all.iter().find(|case| case.name == *name).expect("a case's name");
    let chosen: Vec<&Case> = names.iter().map(find).collect();
    for (name, [pm2, typescript, promethean]) in try_all(&chosen) {
        println!("{name}\n  PM2 {pm2}\n  TypeScript {typescript}\n  Promethean {promethean}");
    }
}

/// What PM2, TypeScript and Promethean do with each, by its name.
type Outcomes = BTreeMap<String, [Outcome; 3]>;

fn try_all(cases: &[&Case]) -> Outcomes {
    eprintln!("Promethean: one crate, {} mistakes", cases.len());
    let errors = promethean::errors(cases);
    eprintln!("TypeScript: {} files", cases.len());
    let mut typescript = typescript::check(cases);
    let mut pm2 = start_all(cases);
    cases
        .iter()
        .map(|case| {
            let name = &case.name;
            let pm2 = pm2.remove(name).expect("all were started");
            let typescript = typescript.remove(name).expect("all were checked");
            (name.clone(), [pm2, typescript, page::outcome(&errors[name])])
        })
        .collect()
}

/// Most of the time goes by in waiting, so some are waited for beside each other.
fn start_all(cases: &[&Case]) -> BTreeMap<String, Outcome> {
    const BESIDE_EACH_OTHER: usize = 4;
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..BESIDE_EACH_OTHER {
            scope.spawn(|| {
                let mut oracle = Oracle::start();
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = pm2::start(case, &mut oracle);
                    eprintln!("PM2 {outcome}  ({})", case.name);
                    outcomes
                        .lock()
                        .expect("no other has failed")
                        .insert(case.name.clone(), outcome);
                }
            });
        }
    });
    outcomes.into_inner().expect("none has failed")
}

/// All or nothing: who reads the page meanwhile reads the old one.
fn write(themes: &[Theme], outcomes: &Outcomes) {
    let page = page::write(themes, |case| outcomes[&case.name].each_ref().map(page::cell));
    let path = repository().join(page::PATH);
    let directory = path.parent().expect("a file lies in a directory");
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mistakes");
    #[cfg(unix)]
    builder.permissions(readable_by_all());
    let mut file = builder.tempfile_in(directory).expect("docs/ can be written to");
    file.write_all(page.as_bytes()).expect("docs/ can be written to");
    file.persist(&path).expect("docs/ can be written to");
    println!("{}", page.lines().nth(2).unwrap_or_default());
}

#[cfg(unix)]
fn readable_by_all() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::Permissions::from_mode(0o644)
}
