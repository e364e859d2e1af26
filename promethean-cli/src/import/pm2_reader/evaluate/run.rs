//! One run of a program under Node, with values of our choice for the variables.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::json;

use crate::import::Options;
use crate::import::error::ImportError;
use crate::import::node::Node;
use crate::import::pm2_reader::data::Data;

const SCRIPT: &str = include_str!("evaluate.cjs");

/// What `evaluate.cjs` answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    pub(super) config: Option<Data>,
    pub(super) refused: Option<Refused>,
    pub(super) read: Vec<String>,
    pub(super) given: BTreeMap<String, Option<String>>,
    pub(super) last: Option<String>,
    pub(super) files: Vec<Utf8PathBuf>,
    pub(super) base: BTreeMap<String, String>,
    /// Which of the files were put into the environment as a whole.
    pub(super) loaded: Vec<usize>,
    /// The variables that the file sets and reads back.
    pub(super) flags: Vec<String>,
    /// The programs that the file runs.
    pub(super) programs: Vec<String>,
    /// The modules that Node has loaded for it.
    pub(super) modules: Vec<Utf8PathBuf>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Refused {
    pub(super) kind: String,
    pub(super) detail: Option<serde_json::Value>,
}

/// The values that variables have in a run (see `evaluate.cjs`).
#[derive(Clone, Debug)]
pub(super) struct Values<'a> {
    pub(super) mode: &'a str,
    pub(super) seed: &'a str,
    /// The values of single ones, in the mode `literals`.
    pub(super) literals: BTreeMap<&'a str, &'a str>,
    /// The one that has another value than the seed gives it.
    pub(super) reseeded: Option<&'a str>,
    /// Those that are not set.
    pub(super) absent: Vec<String>,
}

impl<'a> Values<'a> {
    pub(super) fn plain(mode: &'a str, seed: &'a str) -> Values<'a> {
        Values { mode, seed, literals: BTreeMap::new(), reseeded: None, absent: Vec::new() }
    }
}

/// Runs the file once. `unset` are the variables that are not set.
///
/// # Errors
///
/// Those of [`Node::ask`].
pub(super) fn run(
    file: &Utf8Path,
    options: &Options,
    values: &Values<'_>,
    unset: &[String],
) -> Result<Answer, ImportError> {
    let node = Node {
        program: std::path::Path::new("node"),
        arguments: &options.node_arguments,
        limit: options.time_limit,
    };
    let directory = options.root_of(file);
    let request = json!({
        "file": file,
        "mode": values.mode,
        "seed": values.seed,
        "literals": values.literals,
        "reseeded": values.reseeded,
        "unset": unset,
    });
    node.ask(SCRIPT, &directory, request)
}
