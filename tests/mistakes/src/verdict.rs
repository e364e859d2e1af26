//! What a tool does with a mistake.

use std::fmt;

/// How a tool takes a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It says that something is wrong and does nothing.
    Rejects,
    /// It says that something is wrong and goes on.
    Warns,
    /// It says nothing.
    Silent,
}

impl Verdict {
    pub const ALL: [Verdict; 3] = [Verdict::Rejects, Verdict::Warns, Verdict::Silent];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Rejects => "rejects",
            Verdict::Warns => "warns",
            Verdict::Silent => "silent",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// What a tool did with a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub verdict: Verdict,
    /// What it said, or what happens then.
    pub details: String,
}

impl Outcome {
    /// It rejects the mistake and says why.
    #[must_use]
    pub fn rejects(details: impl Into<String>) -> Outcome {
        Outcome { verdict: Verdict::Rejects, details: details.into() }
    }

    /// It says nothing.
    #[must_use]
    pub fn silent() -> Outcome {
        Outcome { verdict: Verdict::Silent, details: String::new() }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.details.as_str() {
            "" => write!(formatter, "{}", self.verdict),
            details => write!(formatter, "{}: {details}", self.verdict),
        }
    }
}
