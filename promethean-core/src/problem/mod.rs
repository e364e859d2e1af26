//! Problems: what can be wrong with a declaration.
//!
//! A [`Fault`] is a fact: which rule is broken, by what. Its prose (the message states the fact,
//! the help says what to write) is written here and nowhere else. A [`Problem`] puts it in a place.

use std::fmt;
use std::time::Duration;

use crate::attribute::{Attribute, Form, Type};
use crate::cron::CronError;
use crate::declaration::Kind;
use crate::mark::Mark;
use crate::text::{Placeholder, TextError};

mod known;
mod prose;
mod rule;

pub use known::Known;
pub(crate) use prose::quoted;
pub use rule::{Example, RULES, Rule};

/// Something that is wrong in a declaration, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub fault: Fault,
    /// The place it is about.
    pub mark: Mark,
    /// Other places that have to do with it, each with what it is: "first declared here".
    pub related: Vec<(Mark, &'static str)>,
}

impl Problem {
    /// A problem in one place.
    #[must_use]
    pub fn new(fault: Fault, mark: Mark) -> Problem {
        Problem { fault, mark, related: Vec::new() }
    }

    /// Adds a place that has to do with it.
    #[must_use]
    pub fn with(mut self, mark: Mark, label: &'static str) -> Problem {
        self.related.push((mark, label));
        self
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    // The grammar.
    /// Something else than the grammar allows here.
    Unexpected {
        /// What may stand here.
        expected: String,
        /// What stands here.
        found: String,
    },
    /// A statement without its `;`.
    MissingSemicolon,
    /// A block in `<>`, `()` or `[]`.
    WrongDelimiter {
        /// The delimiter that was written.
        found: char,
    },
    /// `watch = ".";`, `watch: ".";`
    SignAfterAttribute {
        /// The attribute.
        key: String,
        /// The sign.
        sign: char,
        /// What stands behind the sign.
        value: String,
    },
    /// `KEY "value";`, `KEY: "value";`
    EnvWithoutEquals {
        /// The variable.
        key: String,
    },
    /// A list in `[]`.
    BracketedList,
    /// A literal that is no value: a character, bytes.
    NotAValue {
        /// The literal as written.
        literal: String,
    },
    /// A number that is not one of the language.
    BadNumber {
        /// The number as written.
        written: String,
        /// Why.
        error: crate::number::NumberError,
        /// Whether it is the value of an environment variable, where quotes help.
        in_env: bool,
    },
    /// A number and its unit with a space between them.
    SplitUnit {
        /// The number as written.
        number: String,
        /// The unit.
        unit: String,
    },
    /// A Rust path without parentheses.
    BarePath {
        /// The path.
        path: String,
    },
    /// `# …`
    HashComment,
    /// `()`
    EmptyExpression,
    /// `#[cfg(…)]`
    RustAttribute,
    /// A word at the top that begins no item.
    UnknownItem {
        /// The word.
        word: String,
        /// What was probably meant.
        meant: Option<String>,
    },
    /// A word that is known but does not belong here.
    Misplaced {
        /// The word.
        word: String,
        /// Where it belongs.
        belongs: String,
    },
    /// An item or statement of which there can be one stands there twice.
    Repeated {
        /// What it is.
        what: String,
    },

    // Attributes.
    /// A name that no attribute has.
    UnknownAttribute {
        /// The name.
        key: String,
        /// What was probably meant.
        meant: Option<String>,
    },
    /// PM2's name of something that the language derives.
    DerivedAttribute {
        /// The name.
        key: String,
        /// What to write instead.
        instead: &'static str,
    },
    /// The same attribute twice in one block.
    DuplicateAttribute {
        /// The attribute.
        attribute: &'static Attribute,
        /// How it was written the second time.
        written: String,
    },
    /// An attribute that means nothing to this kind of service.
    WrongKind {
        /// The attribute.
        attribute: &'static Attribute,
        /// The kind of the service.
        kind: Kind,
    },
    /// A value of the wrong type.
    WrongType {
        /// The attribute.
        attribute: &'static Attribute,
        /// The value.
        found: crate::value::Value,
    },
    /// A number that is too small or too large.
    OutOfRange {
        /// The attribute.
        key: String,
        /// The value as written.
        found: String,
        /// The least allowed.
        minimum: String,
        /// The most allowed.
        maximum: Option<String>,
    },
    /// A word that is none of the choices.
    UnknownChoice {
        /// What it is a choice of.
        what: String,
        /// The word.
        found: String,
        /// The choices.
        choices: &'static [&'static str],
    },
    /// An attribute without a value.
    MissingValue {
        /// The attribute.
        attribute: &'static Attribute,
    },
    /// More values than one.
    TooManyValues {
        /// The attribute.
        attribute: &'static Attribute,
    },
    /// A boolean among the values of a list.
    BooleanInList {
        /// The attribute.
        attribute: &'static Attribute,
    },
    /// `runner venv` without its directory.
    VenvWithoutDirectory,
    /// A block where values belong, or values where a block belongs.
    WrongForm {
        /// The attribute.
        attribute: &'static Attribute,
    },
    /// A cron pattern that PM2 does not take.
    BadCron {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        error: CronError,
    },
    /// A cron pattern that fits no moment.
    CronNeverComes {
        /// The pattern.
        pattern: String,
    },
    /// A regular expression that does not parse.
    BadRegex {
        /// What is wrong with it.
        reason: String,
    },
    /// A glob with a bracket that is not closed.
    UnclosedGlob {
        /// The bracket.
        bracket: char,
    },
    /// An address or a URL that a probe cannot try.
    BadAddress {
        /// The probe.
        kind: crate::declaration::ProbeKind,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// `secret` or `inherit` as the value of an attribute.
    SecretOutsideEnv {
        /// The attribute.
        key: String,
        /// The word.
        word: String,
    },
    /// `exec_mode cluster` for what is not a Node program.
    ClusterWithoutNode {
        /// What is run instead.
        runs: &'static str,
    },
    /// `wait_ready` or `shutdown_with_message` where PM2 has no channel to the program.
    MessagesWithoutNode {
        /// The attribute.
        key: String,
        /// What is run.
        runs: &'static str,
    },
    /// Several instances that all get the same `port`.
    InstancesSharePort {
        /// The port as it is written.
        port: String,
    },
    /// `restart_delay` beside `exp_backoff_restart_delay`.
    TwoRestartDelays,
    /// A pause between tries that is longer than all tries may take.
    IntervalBeyondTimeout {
        /// The pause.
        interval: Duration,
        /// The time for all tries.
        timeout: Duration,
    },
    /// `timeout` or `interval` that is no duration.
    NotADuration {
        /// Which of the two.
        name: &'static str,
        /// The value.
        found: crate::value::Value,
    },
    /// A probe with no value, or with more than it takes.
    ProbeValues {
        /// The probe.
        kind: crate::declaration::ProbeKind,
    },
    /// `runner npm` without the script to run, or `run` in a node service without npm.
    NodeRun {
        /// Whether the runner is npm.
        npm: bool,
    },
    /// A script without a program.
    ScriptWithoutRun,

    // Text.
    /// A brace that is neither doubled nor part of a placeholder.
    LoneBrace {
        /// The brace.
        brace: char,
    },
    /// A word in braces that is no placeholder.
    UnknownPlaceholder {
        /// The word.
        word: String,
    },
    /// `{agent}` in a service outside an agent.
    AgentPlaceholderOutside,
    /// `{secret NAME}` elsewhere than in `env`.
    SecretPlaceholderOutside,
    /// A NUL, which ends every text that is given to a process.
    NulInText,

    // Names.
    /// A name that PM2 takes for something else.
    ReservedName {
        /// The name.
        name: String,
    },
    /// A name with characters that no name can have.
    BadName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two units of one name.
    DuplicateUnit {
        /// The name in PM2.
        name: String,
        /// What the second one is.
        second: &'static str,
        /// What the first one is.
        first: &'static str,
    },
    /// Two templates or two sets of one name.
    DuplicateName {
        /// What they are.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Two names that a person, or PM2 in the names of its files, takes for one.
    SimilarNames {
        /// The second one.
        name: String,
        /// The first one.
        other: String,
    },
    /// Two services on one port.
    PortConflict {
        /// The port.
        port: i64,
        /// The second service.
        service: String,
        /// The first service.
        other: String,
    },
    /// An environment variable twice in one block.
    DuplicateKey {
        /// The variable.
        key: String,
    },
    /// A word as the value of a variable that is `secret` or `inherit` but for a letter.
    MistypedSource {
        /// The word.
        word: String,
        /// What was probably meant.
        meant: String,
    },
    /// The same target twice in one block.
    DuplicateDependency {
        /// The target as written.
        target: String,
    },
    /// A name that no environment variable can have.
    BadKey {
        /// The name.
        key: String,
    },
    /// A variable whose name PM2 takes for its own record of the app.
    ReservedKey {
        /// The name.
        key: String,
    },

    // References.
    /// A unit that is not there.
    UnknownUnit {
        /// The target as written.
        target: String,
        /// What was probably meant.
        meant: Option<String>,
        /// The ecosystem it was looked for in; `None` for this one.
        ecosystem: Option<String>,
        /// The names that are there.
        known: Known,
    },
    /// A template, an env set, a service of an agent that is not there.
    UnknownName {
        /// What it is.
        what: &'static str,
        /// The name.
        name: String,
        /// What was probably meant.
        meant: Option<String>,
        /// The names that are there.
        known: Known,
    },
    /// A word beginning with a capital that is also a unit of this ecosystem.
    CapitalUnit {
        /// The word.
        word: String,
    },
    /// A template or set that two used ecosystems offer.
    AmbiguousName {
        /// What it is.
        what: &'static str,
        /// The name.
        name: String,
        /// The two.
        offered_by: [String; 2],
    },
    /// An env set that spreads itself.
    SetCycle {
        /// The way back, from the first set to itself.
        path: Vec<String>,
    },
    /// A required environment variable that nobody gives.
    MissingKey {
        /// The variable.
        key: String,
        /// The service that receives it.
        service: String,
        /// What requires it: "the env set `discord`".
        required_by: String,
    },
    /// A path that is no linked ecosystem; only in declarations that no macro made.
    UnknownEcosystem {
        /// The path.
        path: String,
    },
    /// An expression that is not there; only in declarations that no macro made.
    UnknownExpression {
        /// Its number.
        index: usize,
    },

    // Dependencies.
    /// A unit that depends on itself.
    DependsOnItself {
        /// Its name.
        unit: String,
    },
    /// Units that wait for each other.
    DependencyCycle {
        /// The way back, from the first unit to itself.
        path: Vec<String>,
    },
    /// Ecosystems that include each other.
    IncludeCycle {
        /// The way back, from the first ecosystem to itself.
        path: Vec<String>,
    },
    /// Something depends on a service that an agent does without.
    WithoutDependency {
        /// The service that is left out.
        service: String,
        /// The unit that depends on it.
        dependent: String,
    },
    /// A dependency on a service that is not there in all profiles of its dependent.
    NotInProfile {
        /// The dependent.
        dependent: String,
        /// The target.
        target: String,
        /// The profiles the target exists in.
        profiles: Vec<String>,
    },

    /// `(ready)` of something that has no probe.
    NothingToBeReady {
        /// The target.
        target: String,
    },
    /// `(completed)` of something that does not end for good.
    NeverCompletes {
        /// The target.
        target: String,
        /// Why it does not.
        why: Endless,
        /// The profile in which it does not, where it does without.
        profile: Option<String>,
    },

    // The disk.
    /// A path that is not there.
    MissingPath {
        /// What it is the path of.
        what: PathUse,
        /// The path as written.
        written: String,
        /// The absolute path that was tried.
        tried: String,
        /// The nearest name that exists in its place.
        nearest: Option<String>,
    },
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

/// What a path on the disk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathUse {
    /// A service's directory.
    Directory,
    /// A service's directory, where a file is.
    File,
    /// What `watch` names.
    Watch,
    /// Python's default module.
    Module,
    /// A program that begins with `./` or `../`.
    Program,
}

impl Fault {
    /// The name of the rule that is broken.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        rule::name_of(self)
    }

    /// What to do about it; `None` where the message says it all.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        prose::help(self)
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
        formatter.write_str(&prose::message(self))
    }
}

/// The fact and the help, on a line of its own.
impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(formatter)?;
        match self.fault.help() {
            Some(help) => write!(formatter, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// What an attribute takes, for a person.
fn expected(attribute: &Attribute) -> String {
    if attribute.form == Form::Object {
        return "a block of keys and values".to_owned();
    }
    let types: Vec<String> = attribute.types.iter().map(Type::expected).collect();
    types.join(" or ")
}

/// The placeholders, for a person.
fn placeholders() -> String {
    let written = Placeholder::WRITTEN.map(|name| format!("`{{{name}}}`"));
    written.join(", ")
}
