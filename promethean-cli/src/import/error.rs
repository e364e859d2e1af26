//! Why a configuration cannot be imported.

use std::io::ErrorKind;

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::{Foreign, Lines};
use thiserror::Error;

/// Why a configuration cannot be imported. Each says what to do.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{} cannot be read: {}", Foreign(file), Foreign(reason))]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// PM2 does not recognize the file as a configuration.
    #[error(
        "PM2 does not recognize {} as a configuration\n  \
         help: its name ends in `.config.js`, `.config.cjs`, `.config.mjs`, `.json`, `.yaml` or `.yml`; \
         a `.ts` file needs a loader",
        Foreign(file)
    )]
    UnknownFormat {
        /// The file.
        file: String,
    },
    /// The file is a program, and nobody said that it may run.
    #[error(
        "{} is a program: importing runs it and everything it requires\n  \
         help: if you trust it, use `--trust`",
        Foreign(file)
    )]
    Untrusted {
        /// The file.
        file: String,
    },
    /// JSON that is no data, or no JSON at all.
    #[error("{} is not valid JSON: {}\n  help: {help}", Foreign(file), Lines(reason))]
    Json {
        /// The file.
        file: String,
        /// Where and why.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// No YAML.
    #[error(
        "{} is not valid YAML: {}\n  help: PM2 cannot read it either; correct it first",
        Foreign(file),
        Lines(reason)
    )]
    Yaml {
        /// The file.
        file: String,
        /// Where and why.
        reason: String,
    },
    /// Node is absent.
    #[error(
        "`node` cannot be started: {}\n  \
         help: the file is JavaScript, which Node evaluates; install Node 20 or newer, or import JSON or YAML",
        Foreign(reason)
    )]
    NoNode {
        /// Why.
        reason: String,
    },
    /// A temporary file cannot be written.
    #[error("no temporary file can be written: {}", Foreign(.0))]
    Temporary(String),
    /// The file takes too long.
    #[error(
        "the configuration was not ready after {seconds} seconds\n  \
         help: it may wait for something or never end; `--time-limit SECONDS` allows more time"
    )]
    NeverEnds {
        /// How long it had.
        seconds: u64,
    },
    /// Node ended without an answer.
    #[error("Node ended before it read the configuration: {}", Lines(said))]
    NoAnswer {
        /// What it said.
        said: String,
    },
    /// The file's own error.
    #[error("the configuration throws: {}\n  help: {help}", Lines(error))]
    Throws {
        /// What, and where.
        error: String,
        /// What to do.
        help: &'static str,
    },
    /// The file does not parse.
    #[error("the configuration has a syntax error: {}\n  help: {help}", Lines(error))]
    Syntax {
        /// What, and where.
        error: String,
        /// What to do.
        help: &'static str,
    },
    /// There is nothing in it that PM2 would start.
    #[error("{}\n  help: {help}", Lines(what))]
    Nothing {
        /// What there is instead.
        what: String,
        /// What to do.
        help: &'static str,
    },
    /// Something that no process can be given.
    #[error("`{}` {what}\n  help: {help}", Foreign(way))]
    NoData {
        /// Where: `apps[0].env`.
        way: String,
        /// What it is.
        what: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// Two apps of one name.
    #[error(
        "two apps have the name `{}`\n  \
         help: PM2 treats them as one; rename one first",
        Foreign(name)
    )]
    SameName {
        /// The name.
        name: String,
    },
    /// The importer wrote what the language refuses.
    #[error("the imported configuration breaks rules of the language:\n{}", listed(.0))]
    Refused(Vec<Diagnostic>),
}

fn listed(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(Diagnostic::to_string).collect::<Vec<_>>().join("\n")
}

impl ImportError {
    pub(super) fn no_node(error: &std::io::Error) -> ImportError {
        let reason = match error.kind() {
            ErrorKind::NotFound => "it is not on PATH".to_owned(),
            _ => error.to_string(),
        };
        ImportError::NoNode { reason }
    }
}
