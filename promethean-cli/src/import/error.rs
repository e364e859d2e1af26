//! Why a configuration cannot be imported.

use std::fmt;
use std::io::ErrorKind;

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::{Foreign, Lines};

/// Why a configuration cannot be imported.
#[derive(Debug)]
pub enum ImportError {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// No reader recognizes the file.
    UnknownFormat {
        /// The file.
        file: String,
    },
    /// The file is a program, and nobody allowed it to run.
    Untrusted {
        /// The file.
        file: String,
    },
    /// The file is not valid in its format.
    Syntax {
        /// The file.
        file: String,
        /// The format: `JSON`, `YAML`.
        format: &'static str,
        /// Where and why.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// Node is missing.
    NoNode {
        /// Why it cannot be started.
        reason: String,
    },
    /// A temporary file cannot be written.
    Temporary(String),
    /// The file takes too long.
    NeverEnds {
        /// How many seconds it had.
        seconds: u64,
    },
    /// Node ended without an answer.
    NoAnswer {
        /// What it printed.
        said: String,
    },
    /// The program throws.
    Throws {
        /// What, and where.
        error: String,
        /// What to do.
        help: String,
    },
    /// The program does not parse.
    ProgramSyntax {
        /// What, and where.
        error: String,
        /// What to do.
        help: String,
    },
    /// There is nothing in it that PM2 would start.
    Nothing {
        /// What there is instead.
        what: String,
        /// What to do.
        help: &'static str,
    },
    /// A value that no process can be given.
    NoData {
        /// Where: `apps[0].env`.
        path: String,
        /// What it is.
        what: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// The language rejects what was written.
    Rejected(Vec<Diagnostic>),
}

impl ImportError {
    /// What is wrong and what to do about it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            ImportError::Unreadable { file, reason } => {
                Diagnostic::new(format!("{} cannot be read: {}", Foreign(file), Foreign(reason)))
            }
            ImportError::UnknownFormat { file } => Diagnostic::new(format!(
                "PM2 does not recognize {} as a configuration",
                Foreign(file)
            ))
            .help(
                "its name ends in `.config.js`, `.config.cjs`, `.config.mjs`, `.json`, `.yaml` \
                     or `.yml`; a `.ts` file needs a loader; `Procfile`, `docker-compose.yml` and `process-compose.yaml` can be imported, too",
            ),
            ImportError::Untrusted { file } => Diagnostic::new(format!(
                "{} is a program: importing runs it and everything it requires",
                Foreign(file)
            ))
            .help("if you trust it, use `--trust`"),
            ImportError::Syntax { file, format, reason, help } => Diagnostic::new(format!(
                "{} is not valid {format}: {}",
                Foreign(file),
                Lines(reason)
            ))
            .help(*help),
            ImportError::NoNode { reason } => {
                Diagnostic::new(format!("`node` cannot be started: {}", Foreign(reason))).help(
                    "the file is JavaScript, which Node evaluates; install Node 20 or newer, or \
                     import JSON or YAML",
                )
            }
            ImportError::Temporary(reason) => {
                Diagnostic::new(format!("no temporary file can be written: {}", Foreign(reason)))
            }
            ImportError::NeverEnds { seconds } => Diagnostic::new(format!(
                "the configuration was not ready after {seconds} seconds"
            ))
            .help(
                "it may wait for something or never end; `--time-limit SECONDS` allows more time",
            ),
            ImportError::NoAnswer { said } => Diagnostic::new(format!(
                "Node ended before it read the configuration: {}",
                Lines(said)
            )),
            ImportError::Throws { error, help } => {
                Diagnostic::new(format!("the configuration throws: {}", Lines(error)))
                    .help(help.as_str())
            }
            ImportError::ProgramSyntax { error, help } => {
                Diagnostic::new(format!("the configuration has a syntax error: {}", Lines(error)))
                    .help(help.as_str())
            }
            ImportError::Nothing { what, help } => {
                Diagnostic::new(Lines(what).to_string()).help(*help)
            }
            ImportError::NoData { path, what, help } => {
                Diagnostic::new(format!("`{}` {what}", Foreign(path))).help(*help)
            }
            ImportError::Rejected(_) => {
                Diagnostic::new("the imported configuration breaks rules of the language")
            }
        }
    }

    /// Node cannot be started.
    pub(super) fn no_node(error: &std::io::Error) -> ImportError {
        let reason = match error.kind() {
            ErrorKind::NotFound => "it is not on PATH".to_owned(),
            _ => error.to_string(),
        };
        ImportError::NoNode { reason }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic().fmt(formatter)?;
        let ImportError::Rejected(diagnostics) = self else { return Ok(()) };
        formatter.write_str(":\n")?;
        Diagnostic::write_all(diagnostics, formatter)
    }
}

impl std::error::Error for ImportError {}
