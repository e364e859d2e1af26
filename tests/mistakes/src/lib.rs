//! A corpus of real mistakes, and what PM2, TypeScript and Promethean do with each.
//!
//! What enters is `cases/`: a Markdown file for each theme, a section for each mistake, with the
//! configuration that a person would write for PM2 and the same in `ecosystem!`. What leaves is
//! `docs/mistakes.md`, written by `cargo run -p promethean-mistakes`.
//!
//! - [`corpus`] reads the cases.
//! - [`verdict`] is what a tool does with a mistake.
//! - [`pm2`] starts each on the real PM2, [`typescript`] has them checked against PM2's own types,
//!   [`promethean`] compiles them.
//! - [`page`] writes the table and reads it back.

pub mod corpus;
pub mod page;
pub mod pm2;
pub mod promethean;
pub mod typescript;
pub mod verdict;

use std::path::{Path, PathBuf};

/// The small real programs that the cases are about.
pub(crate) fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tree")
}

/// A directory of this package in `target/`, empty.
///
/// # Panics
///
/// When `target/` cannot be written to.
pub(crate) fn fresh_directory(name: &str) -> PathBuf {
    let directory = work_directory().join(name);
    if directory.exists() {
        std::fs::remove_dir_all(&directory).expect("target/ can be written to");
    }
    std::fs::create_dir_all(&directory).expect("target/ can be written to");
    directory
}

/// What this package writes in `target/`.
pub(crate) fn work_directory() -> PathBuf {
    promethean_test_support::node::target_directory().join("mistakes")
}
