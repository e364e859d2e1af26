//! The rules' names, which are stable: `allow` names them, and so do the documents.

use super::{Fault, PathUse};

/// A rule of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// A judgement (what breaks it is almost certainly wrong) can be lifted in its place with
    /// `allow`; a fact cannot.
    pub judgement: bool,
}

impl Rule {
    /// The names of the rules that `allow` can lift.
    pub const JUDGEMENTS: &'static [&'static str] =
        &["missing-directory", "missing-watch", "missing-module", "missing-program"];
}

pub(super) fn of(fault: &Fault) -> Rule {
    let name = match fault {
        Fault::Unexpected { .. } => "syntax",
        Fault::MissingSemicolon => "missing-semicolon",
        Fault::WrongDelimiter { .. } => "wrong-delimiter",
        Fault::SignAfterAttribute { .. } => "sign-after-attribute",
        Fault::EnvWithoutEquals { .. } => "env-without-equals",
        Fault::BracketedList => "bracketed-list",
        Fault::NotAValue { .. } => "not-a-value",
        Fault::BadNumber { .. } => "bad-number",
        Fault::EmptyExpression => "empty-expression",
        Fault::RustAttribute => "rust-attribute",
        Fault::UnknownItem { .. } => "unknown-item",
        Fault::Misplaced { .. } => "misplaced",
        Fault::Repeated { .. } => "repeated",
        Fault::UnknownAttribute { .. } => "unknown-attribute",
        Fault::DerivedAttribute { .. } => "derived-attribute",
        Fault::DuplicateAttribute { .. } => "duplicate-attribute",
        Fault::WrongKind { .. } => "wrong-kind",
        Fault::WrongType { .. } => "wrong-type",
        Fault::OutOfRange { .. } => "out-of-range",
        Fault::UnknownChoice { .. } => "unknown-choice",
        Fault::MissingValue { .. } => "missing-value",
        Fault::TooManyValues { .. } => "too-many-values",
        Fault::BooleanInList { .. } => "boolean-in-list",
        Fault::VenvWithoutDirectory => "venv-without-directory",
        Fault::WrongForm { .. } => "wrong-form",
        Fault::BadCron { .. } => "bad-cron",
        Fault::NotADuration { .. } => "not-a-duration",
        Fault::ProbeValues { .. } => "probe-values",
        Fault::NodeRun { .. } => "node-run",
        Fault::ScriptWithoutRun => "script-without-run",
        Fault::LoneBrace { .. } => "lone-brace",
        Fault::UnknownPlaceholder { .. } => "unknown-placeholder",
        Fault::AgentPlaceholderOutside => "agent-placeholder-outside",
        Fault::SecretPlaceholderOutside => "secret-placeholder-outside",
        Fault::NulInText => "nul-in-text",
        Fault::ReservedName { .. } => "reserved-name",
        Fault::BadName { .. } => "bad-name",
        Fault::DuplicateUnit { .. } => "duplicate-unit",
        Fault::DuplicateName { .. } => "duplicate-name",
        Fault::DuplicateKey { .. } => "duplicate-key",
        Fault::BadKey { .. } => "bad-key",
        Fault::UnknownUnit { .. } => "unknown-unit",
        Fault::UnknownName { .. } => "unknown-name",
        Fault::CapitalUnit { .. } => "capital-unit",
        Fault::AmbiguousName { .. } => "ambiguous-name",
        Fault::SetCycle { .. } => "set-cycle",
        Fault::MissingKey { .. } => "missing-key",
        Fault::UnknownEcosystem { .. } => "unknown-ecosystem",
        Fault::UnknownExpression { .. } => "unknown-expression",
        Fault::DependsOnItself { .. } => "depends-on-itself",
        Fault::DependencyCycle { .. } => "dependency-cycle",
        Fault::WithoutDependency { .. } => "without-dependency",
        Fault::NotInProfile { .. } => "not-in-profile",
        Fault::MissingPath { what, .. } => match what {
            PathUse::Directory => "missing-directory",
            PathUse::Watch => "missing-watch",
            PathUse::Module => "missing-module",
            PathUse::Program => "missing-program",
        },
    };
    Rule { name, judgement: Rule::JUDGEMENTS.contains(&name) }
}
