//! Runs of a program under Node, with values of our choice for the variables.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::json;

use crate::import::Options;
use crate::import::error::ImportError;
use crate::import::node::{Node, Script};
use crate::import::pm2_reader::data::Data;

const EVALUATE: Script = Script { name: "evaluate.cjs", text: include_str!("evaluate.cjs") };

const SEVERAL: Script = Script { name: "several.cjs", text: include_str!("several.cjs") };

/// How many runs there are at the same time.
pub(super) const AT_ONCE: usize = 4;

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
    /// Whether the thread that the run had took too long.
    pub(super) late: bool,
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

/// A run of a file: the values of its variables, and those that are not set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    pub(super) values: &'a Values<'a>,
    pub(super) unset: &'a [String],
}

impl Run<'_> {
    fn request(self, file: &Utf8Path) -> serde_json::Value {
        json!({
            "file": file,
            "mode": self.values.mode,
            "seed": self.values.seed,
            "literals": self.values.literals,
            "reseeded": self.values.reseeded,
            "unset": self.unset,
        })
    }
}

/// Runs the file once.
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
    let request = Run { values, unset }.request(file);
    node(options, options.time_limit).ask(&[EVALUATE], &options.root_of(file), request)
}

/// Runs the file several times in one process of Node, each time in a thread of its own: that takes a third of the
/// time of a process. There is no answer of a thread in which it fails, which may be because of the thread.
///
/// # Errors
///
/// Those of [`Node::ask`].
pub(super) fn run_several(
    file: &Utf8Path,
    options: &Options,
    runs: &[Run<'_>],
) -> Result<Vec<Option<Answer>>, ImportError> {
    let limit = options.time_limit;
    let request = json!({
        "requests": runs.iter().map(|run| run.request(file)).collect::<Vec<_>>(),
        "milliseconds": limit.as_millis(),
        "atOnce": AT_ONCE,
    });
    let rounds = u32::try_from(runs.len().div_ceil(AT_ONCE)).unwrap_or(u32::MAX);
    let node = node(options, limit.saturating_mul(rounds.saturating_add(1)));
    let answers: Vec<Option<Answer>> =
        node.ask(&[SEVERAL, EVALUATE], &options.root_of(file), request)?;
    let is_one = |answer: &Answer| answer.config.is_some() || answer.late;
    Ok(answers.into_iter().map(|answer| answer.filter(is_one)).collect())
}

fn node(options: &Options, limit: Duration) -> Node<'_> {
    Node { program: Path::new("node"), arguments: &options.node_arguments, limit }
}
