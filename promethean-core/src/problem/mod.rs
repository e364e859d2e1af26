//! Problems: what can be wrong with a declaration.
//!
//! A [`Fault`] is a fact: which rule is broken, by what. `rules` declares it with all that is said
//! of it; what constants have to say, too, is in `texts`. A [`Problem`] puts it in a place.

use std::fmt;

use crate::diagnostic::Diagnostic;
use crate::span_id::SpanId;
use crate::text::TextError;

mod known;
mod other_syntax;
mod prose;
mod rule;
mod rules;
pub(crate) mod texts;

pub use known::Known;
pub use other_syntax::{MisplacedBrace, OtherSyntax};
pub(crate) use prose::quoted;
pub use rule::{Engine, Example, Rule};
pub use rules::{Fault, RULES};
#[doc(hidden)]
pub use texts::rule_of;

/// Something that is wrong in a declaration, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub fault: Fault,
    /// The place it is about.
    pub span_id: SpanId,
    /// Other places that have to do with it, each with what it is: "first declared here".
    pub related: Vec<(SpanId, &'static str)>,
    /// What a used ecosystem may say that makes it none; `None` where it is one in any case.
    pub unless: Option<Elsewhere>,
}

/// What a used ecosystem may say of a service: only the compiler, which has all files, knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// The service: `web`, `duck.voice`; nothing for any one.
    pub unit: String,
    /// Of what two services do together, the other one: a lint may also be allowed for it. Else nothing.
    pub other: String,
    /// The attributes, as bits: one of them is given there. A lint may also be allowed there.
    pub gives: u32,
    /// Whether only the defaults, the template and the agent of the service are asked.
    pub weaker: bool,
}

impl Problem {
    /// A problem in one place.
    #[must_use]
    pub fn new(fault: Fault, span_id: SpanId) -> Problem {
        Problem { fault, span_id, related: Vec::new(), unless: None }
    }

    /// The same, unless a used ecosystem says otherwise.
    #[must_use]
    pub fn unless(self, elsewhere: Option<Elsewhere>) -> Problem {
        Problem { unless: elsewhere, ..self }
    }

    /// Adds a place that has to do with it.
    #[must_use]
    pub fn with(mut self, span_id: SpanId, label: &'static str) -> Problem {
        self.related.push((span_id, label));
        self
    }
}

/// Why something does not end for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endless {
    /// PM2 starts it again when it ends.
    Restarts,
    /// `cron_restart` starts it again.
    Cron,
    /// `autostart false`: nothing starts it.
    NotStarted,
    /// It is not started by this system.
    External,
}

impl Endless {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Endless::Restarts => "it is restarted when it ends",
            Endless::Cron => "`cron_restart` restarts it",
            Endless::NotStarted => "`autostart false` keeps it from starting",
            Endless::External => "it is not started by this system",
        }
    }

    pub(crate) const fn help(self) -> &'static str {
        match self {
            Endless::Restarts => "write `autorestart false;` in it, or wait for `(started)`",
            Endless::Cron => "remove its `cron_restart`, or wait for `(started)`",
            Endless::NotStarted => {
                "remove its `autostart false`, or the dependency on its completion"
            }
            Endless::External => "wait for `(ready)`",
        }
    }
}

/// What something is that is not written as a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miswritten {
    /// A unit.
    Unit,
    /// A service of an agent.
    Service,
    /// A template, or a service of one.
    Template,
    /// An env set.
    EnvSet,
    /// A unit of another ecosystem.
    Path,
    /// A unit and a condition.
    Condition,
    /// `*`: all units.
    All,
}

impl Miswritten {
    fn reason(self) -> &'static str {
        match self {
            Miswritten::Unit => "this is another spelling of a unit",
            Miswritten::Service => "a service of an agent is written `AGENT.SERVICE`",
            Miswritten::Template => "a template runs nothing itself",
            Miswritten::EnvSet => "it is an env set",
            Miswritten::Path => "a unit of another ecosystem is written `path::TO_IT.UNIT`",
            Miswritten::Condition => "a condition is in parentheses",
            Miswritten::All => "each unit is written by its name",
        }
    }

    /// What to write for what is written.
    fn help(self, written: &str, instead: &[String]) -> String {
        match (self, instead) {
            (Miswritten::Template, []) => {
                format!(
                    "make an agent from it: `agent NAME: {written};`, and write the agent's name"
                )
            }
            (Miswritten::All, []) => "remove it: there is no other unit".to_owned(),
            (Miswritten::EnvSet, [set, ..]) => format!("write `env {{ ..{set}; }}`"),
            (_, [same]) if same == written => format!("write `{same}` without quotes"),
            (Miswritten::Template, _) => {
                format!("write what is made from it: {}", prose::quoted_choice(instead))
            }
            _ => format!("write {}", prose::quoted_choice(instead)),
        }
    }
}

/// What is wrong with a variable that is written as another language writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MiswrittenVariable {
    /// A word before it: `export`.
    Before,
    /// The sign between it and its value: `=>`.
    Sign,
    /// Its name.
    Key,
    /// Its value.
    Value,
    /// The spread of a set.
    Spread,
    /// The whole entry.
    Entry,
    /// There is none behind the sign.
    NoValue,
}

impl MiswrittenVariable {
    fn message(self, written: &str) -> String {
        match self {
            MiswrittenVariable::Before => format!("unexpected `{written}` before a variable"),
            MiswrittenVariable::Sign => {
                format!("unexpected `{written}` between a variable and its value")
            }
            MiswrittenVariable::Key => format!(
                "`{written}` is not the name of a variable, which has letters, digits and `_`"
            ),
            MiswrittenVariable::Value => format!("`{written}` is not the value of a variable"),
            MiswrittenVariable::Spread => format!("`{written}` does not spread an env set"),
            MiswrittenVariable::Entry => format!("`{written}` does not give a variable"),
            MiswrittenVariable::NoValue => format!("missing value after `{written}`"),
        }
    }
}

/// What another machine does not see of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Its log.
    Log,
    /// What a program says on its machine.
    Exec,
    /// Its end.
    End,
}

impl Unseen {
    /// How it is written.
    fn written(self) -> &'static str {
        match self {
            Unseen::Log => "ready log",
            Unseen::Exec => "ready exec",
            Unseen::End => "(completed)",
        }
    }

    /// What to write instead, for this unit.
    fn help(self, unit: &str) -> String {
        match self {
            Unseen::Log | Unseen::Exec => {
                format!("write `ready tcp` or `ready http` in `{unit}`, or `{unit} (started)` here")
            }
            Unseen::End => {
                format!("write `{unit} (started)`, or choose one machine for both with `on`")
            }
        }
    }
}

/// A path that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPath {
    /// The path as written.
    pub written: String,
    /// The absolute path that was tried.
    pub tried: String,
    /// The nearest name that exists in its place.
    pub nearest: Option<String>,
}

impl MissingPath {
    /// The path that was probably meant, else something else.
    fn help(&self, otherwise: &str) -> String {
        match &self.nearest {
            Some(nearest) => texts::DID_YOU_MEAN.fill(&[nearest]),
            None => otherwise.to_owned(),
        }
    }
}

impl Fault {
    /// What there is to say of it; where it is, is not known here.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic { help: self.help(), ..Diagnostic::new(self.to_string()) }
    }
}

impl From<TextError> for Fault {
    fn from(error: TextError) -> Fault {
        match error {
            TextError::Unclosed => Fault::LoneBrace { brace: '{' },
            TextError::Unopened => Fault::LoneBrace { brace: '}' },
            TextError::Unknown(word) => Fault::UnknownPlaceholder { word },
        }
    }
}

/// States the fact, in one line.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

/// The fact and the help, on a line of its own.
impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.diagnostic().fmt(formatter)
    }
}
