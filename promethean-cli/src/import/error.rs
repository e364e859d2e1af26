//! Why a configuration cannot be imported.

use std::io::ErrorKind;

use thiserror::Error;

/// Why a configuration cannot be imported. Each says what to do.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{file} cannot be read: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// PM2 would not take the file for a configuration.
    #[error(
        "PM2 would not take {file} for a configuration\n  \
         help: its name ends in `.config.js`, `.config.cjs`, `.config.mjs`, `.json`, `.yaml` or `.yml`; \
         a `.ts` file needs a loader"
    )]
    UnknownFormat {
        /// The file.
        file: String,
    },
    /// The file is a program, and nobody said that it may run.
    #[error(
        "{file} is a program: importing it runs it, with all that it requires\n  \
         help: if you would start it with PM2, too, say `--trust`"
    )]
    Untrusted {
        /// The file.
        file: String,
    },
    /// JSON that is no data, or no JSON at all.
    #[error("{file} is no JSON: {reason}\n  help: {help}")]
    Json {
        /// The file.
        file: String,
        /// Where and why.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// No YAML.
    #[error("{file} is no YAML: {reason}\n  help: PM2 would not read it either; correct it first")]
    Yaml {
        /// The file.
        file: String,
        /// Where and why.
        reason: String,
    },
    /// Node is absent.
    #[error(
        "`node` cannot be started: {reason}\n  \
         help: the file is JavaScript, which Node evaluates; install Node 20 or newer, or import JSON or YAML"
    )]
    NoNode {
        /// Why.
        reason: String,
    },
    /// A temporary file cannot be written.
    #[error("no temporary file can be written: {0}")]
    Temporary(String),
    /// The file takes too long.
    #[error(
        "the configuration was not there after {seconds} seconds\n  \
         help: it waits for something, or runs for ever; `--time-limit SECONDS` gives it more time"
    )]
    NeverEnds {
        /// How long it had.
        seconds: u64,
    },
    /// Node ended without an answer.
    #[error("Node ended before it had read the configuration: {said}")]
    NoAnswer {
        /// What it said.
        said: String,
    },
    /// The file's own error.
    #[error("the configuration throws: {error}\n  help: {help}")]
    Throws {
        /// What, and where.
        error: String,
        /// What to do.
        help: &'static str,
    },
    /// The file does not parse.
    #[error("the configuration does not parse: {error}\n  help: {help}")]
    Syntax {
        /// What, and where.
        error: String,
        /// What to do.
        help: &'static str,
    },
    /// There is nothing in it that PM2 would start.
    #[error("{what}\n  help: {help}")]
    Nothing {
        /// What there is instead.
        what: String,
        /// What to do.
        help: &'static str,
    },
    /// Something that no process can be given.
    #[error("`{way}` {what}\n  help: {help}")]
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
        "two apps have the name `{name}`\n  \
         help: PM2 takes them for one; give each a name of its own first"
    )]
    SameName {
        /// The name.
        name: String,
    },
    /// The importer wrote what the language refuses.
    #[error("what was imported breaks rules of the language:\n{0}")]
    Refused(String),
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
