//! The rules: their names, which are stable (`allow` names them, and so do the documents), what
//! they mean, and the shortest ecosystem that breaks each.

use super::{Fault, PathUse};

/// A rule of the language.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// A judgement (what breaks it is almost certainly wrong) can be lifted in its place with
    /// `allow`; a fact cannot.
    pub judgement: bool,
    /// What it demands, and why, in a sentence.
    pub meaning: &'static str,
    /// What breaks it, and no other rule.
    pub example: Example,
}

/// What breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Example {
    /// The items of one ecosystem.
    Ecosystem(&'static str),
    /// No ecosystem by itself does.
    AcrossFiles,
}

impl Rule {
    /// The rule of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.name == name)
    }

    /// The names of the rules that `allow` can lift.
    pub fn judgements() -> impl Iterator<Item = &'static str> + Clone {
        RULES.iter().filter(|rule| rule.judgement).map(|rule| rule.name)
    }
}

const fn fact(name: &'static str, meaning: &'static str, example: Example) -> Rule {
    Rule { name, judgement: false, meaning, example }
}

const fn judgement(name: &'static str, meaning: &'static str, example: Example) -> Rule {
    Rule { name, judgement: true, meaning, example }
}

/// All rules, in the order of the documents: grammar, attributes, text, names, references,
/// dependencies, the disk.
pub static RULES: &[Rule] = &[
    fact(
        "syntax",
        "Something else than the grammar allows stands here.",
        Example::Ecosystem(r#"python tts "services/tts" = 3;"#),
    ),
    fact(
        "missing-semicolon",
        "A statement ends with `;`.",
        Example::Ecosystem(r#"script chroma { run "./chroma" }"#),
    ),
    fact(
        "wrong-delimiter",
        "Blocks are written in braces; Rust allows no `< … >` around a macro's input.",
        Example::Ecosystem("defaults < autorestart true; >"),
    ),
    fact(
        "sign-after-attribute",
        "An attribute and its value stand side by side, without `=` or `:`.",
        Example::Ecosystem("defaults { autorestart = true; }"),
    ),
    fact(
        "env-without-equals",
        "An environment variable and its value have a `=` between them.",
        Example::Ecosystem(r#"defaults { env { LANG "C"; } }"#),
    ),
    fact(
        "bracketed-list",
        "The values of a list are separated by commas, without brackets.",
        Example::Ecosystem(r#"defaults { ignore_watch ["data", "logs"]; }"#),
    ),
    fact(
        "not-a-value",
        "Characters, bytes and other literals of Rust are no values of the language.",
        Example::Ecosystem("defaults { log_date_format 'x'; }"),
    ),
    fact(
        "bad-number",
        "Numbers are decimal, without exponent and leading zero; units are those of durations and sizes.",
        Example::Ecosystem("defaults { restart_delay 10sec; }"),
    ),
    fact(
        "split-unit",
        "A number and its unit are one word.",
        Example::Ecosystem("defaults { restart_delay 10 s; }"),
    ),
    fact(
        "bare-path",
        "A Rust expression stands in parentheses.",
        Example::Ecosystem(r#"script web { run "web"; port ports::WEB; }"#),
    ),
    fact(
        "hash-comment",
        "Comments are Rust's: `// …` and `/* … */`.",
        Example::Ecosystem("# the database\nexternal mongodb;"),
    ),
    fact(
        "empty-expression",
        "Parentheses hold a Rust expression.",
        Example::Ecosystem("defaults { restart_delay (); }"),
    ),
    fact(
        "rust-attribute",
        "Only doc comments may stand before an item; `#[cfg]` has no meaning to PM2.",
        Example::Ecosystem("#[cfg(unix)] external mongodb;"),
    ),
    fact(
        "unknown-item",
        "An ecosystem consists of these items alone.",
        Example::Ecosystem(r#"service tts "services/tts";"#),
    ),
    fact(
        "misplaced",
        "A word of the language that belongs elsewhere.",
        Example::Ecosystem("defaults { agent duck {} }"),
    ),
    fact(
        "repeated",
        "An item or statement of which there can be one.",
        Example::Ecosystem("name promethean; name epimetheus;"),
    ),
    fact(
        "unknown-attribute",
        "No attribute of the language or of PM2 has this name. PM2 drops it without a word.",
        Example::Ecosystem(r#"defaults { wacth "."; }"#),
    ),
    fact(
        "derived-attribute",
        "PM2's name for something that the language derives.",
        Example::Ecosystem(r#"defaults { cwd "/srv"; }"#),
    ),
    fact(
        "duplicate-attribute",
        "An attribute stands once in a block; two names of one attribute count as one.",
        Example::Ecosystem(r#"defaults { out_file "a.log"; output "b.log"; }"#),
    ),
    fact(
        "wrong-kind",
        "The attribute means nothing to a service of this kind.",
        Example::Ecosystem(r#"python tts { module app; interpreter "python3"; }"#),
    ),
    fact(
        "wrong-type",
        "The value is of another type than the attribute.",
        Example::Ecosystem(r#"defaults { autorestart "yes"; }"#),
    ),
    fact(
        "out-of-range",
        "The number is too small or too large.",
        Example::Ecosystem(r#"script web { run "web"; port 70_000; }"#),
    ),
    fact(
        "unknown-choice",
        "A word that is none of those that may stand here: a runner, a probe, a condition, a mode.",
        Example::Ecosystem("python tts { module app; runner pipnev; }"),
    ),
    fact(
        "missing-value",
        "The attribute has no value behind it; a list has at least one.",
        Example::Ecosystem("defaults { watch; }"),
    ),
    fact(
        "too-many-values",
        "The attribute takes one value.",
        Example::Ecosystem("defaults { kill_timeout 1s, 2s; }"),
    ),
    fact(
        "boolean-in-list",
        "`true` and `false` stand for a whole list and not in one.",
        Example::Ecosystem(r#"defaults { watch true, "src"; }"#),
    ),
    fact(
        "venv-without-directory",
        "A virtual environment is named by its directory.",
        Example::Ecosystem("python tts { module app; runner venv; }"),
    ),
    fact(
        "wrong-form",
        "An attribute that is an object takes a block, every other one values.",
        Example::Ecosystem("defaults { watch_options true; }"),
    ),
    fact(
        "bad-cron",
        "The pattern is none that PM2 reads. Its dialect is that of croner 4: five or six parts, lists without ranges.",
        Example::Ecosystem(r#"defaults { cron_restart "0 25 * * *"; }"#),
    ),
    judgement(
        "cron-never-comes",
        "The pattern is right and no moment ever fits it.",
        Example::Ecosystem(
            r#"defaults { cron_restart "0 4 30 2 *"; } script backup { run "backup"; }"#,
        ),
    ),
    fact(
        "bad-regex",
        "The regular expression of a `ready log` does not parse.",
        Example::Ecosystem(r#"external mongodb { ready log "(listening"; }"#),
    ),
    judgement(
        "unclosed-glob",
        "A bracket of a glob is not closed, so that chokidar takes it for a letter and matches nothing.",
        Example::Ecosystem(r#"script web { run "web"; ignore_watch "{data,logs"; }"#),
    ),
    fact(
        "bad-address",
        "A `ready tcp` has `host:port`, a `ready http` an `http` or `https` URL.",
        Example::Ecosystem(r#"external mongodb { ready tcp "localhost"; }"#),
    ),
    fact(
        "secret-outside-env",
        "`secret` and `inherit` are values of environment variables. Elsewhere they would be seen in the list of processes.",
        Example::Ecosystem(r#"script bot { run "bot"; args secret; }"#),
    ),
    fact(
        "cluster-without-node",
        "PM2's cluster is Node's: Python, npm and other programs cannot run in one.",
        Example::Ecosystem("python tts { exec_mode cluster; module app; }"),
    ),
    fact(
        "messages-without-node",
        "PM2 and a program exchange messages only where PM2 starts Node itself, not through npm.",
        Example::Ecosystem(r#"node web { runner npm; run "dev"; wait_ready true; }"#),
    ),
    judgement(
        "instances-share-port",
        "In fork mode every instance gets the same `port`, and all but the first one fail.",
        Example::Ecosystem(r#"script web { run "web"; exec_mode fork; instances 2; port 8000; }"#),
    ),
    fact(
        "two-restart-delays",
        "PM2 takes the growing delay and drops the fixed one.",
        Example::Ecosystem("defaults { restart_delay 10s; exp_backoff_restart_delay 100ms; }"),
    ),
    fact(
        "interval-beyond-timeout",
        "A probe whose interval is longer than its timeout is tried once.",
        Example::Ecosystem(
            r#"external mongodb { ready tcp "127.0.0.1:27017" { interval 1m; timeout 10s; } }"#,
        ),
    ),
    fact(
        "not-a-duration",
        "`timeout` and `interval` of a probe are durations.",
        Example::Ecosystem(r#"external mongodb { ready tcp "127.0.0.1:27017" { timeout 10; } }"#),
    ),
    fact(
        "probe-values",
        "A probe tries one thing; only `exec` has arguments.",
        Example::Ecosystem(r#"external mongodb { ready tcp "127.0.0.1:1", "127.0.0.1:2"; }"#),
    ),
    fact(
        "node-run",
        "`run` of a node service is the script that npm runs, and npm needs one.",
        Example::Ecosystem("node web { runner npm; }"),
    ),
    fact("script-without-run", "A script says what it runs.", Example::Ecosystem("script chroma;")),
    fact(
        "lone-brace",
        "A brace in a text is doubled or part of a placeholder.",
        Example::Ecosystem(r#"script web { run "web", "{"; }"#),
    ),
    fact(
        "unknown-placeholder",
        "No placeholder has this name.",
        Example::Ecosystem(r#"script web { run "web", "{nmae}"; }"#),
    ),
    fact(
        "agent-placeholder-outside",
        "`{agent}` stands for the agent of a service, and this one has none.",
        Example::Ecosystem(r#"script web { run "web", "{agent}"; }"#),
    ),
    fact(
        "secret-placeholder-outside",
        "A secret in an argument or a file name is seen in the list of processes.",
        Example::Ecosystem(r#"script web { run "web", "{secret TOKEN}"; }"#),
    ),
    fact(
        "nul-in-text",
        "A NUL ends every text that a process is given.",
        Example::Ecosystem(r#"script web { run "web\0"; }"#),
    ),
    fact(
        "reserved-name",
        "PM2 takes `all` for all apps and a number for the id of one.",
        Example::Ecosystem(r#"script all { run "web"; }"#),
    ),
    fact(
        "bad-name",
        "A name that PM2 or the shell takes for something else.",
        Example::Ecosystem(r#"script "-web" { run "web"; }"#),
    ),
    fact(
        "duplicate-unit",
        "Apps, agents and externals share one space of names in PM2, also over several files.",
        Example::Ecosystem(
            r#"script duck_web { run "web"; } agent duck { script web { run "web"; } }"#,
        ),
    ),
    fact(
        "duplicate-name",
        "Two templates, sets, services of one agent or changes of one service have one name.",
        Example::Ecosystem("template bot {} template bot {}"),
    ),
    judgement(
        "similar-names",
        "Two names differ in case alone, or in what PM2 replaces in the names of its files.",
        Example::Ecosystem(r#"script web { run "web"; } script Web { run "web"; }"#),
    ),
    judgement(
        "port-conflict",
        "Two services that can run together have the same `port`.",
        Example::Ecosystem(
            r#"script web { run "web"; port 8000; } script api { run "api"; port 8000; }"#,
        ),
    ),
    fact(
        "duplicate-key",
        "An environment variable stands once in a block.",
        Example::Ecosystem(r#"defaults { env { LANG = "C"; LANG = "en"; } }"#),
    ),
    fact(
        "mistyped-source",
        "A word that is `secret` or `inherit` but for a letter would be the variable's value.",
        Example::Ecosystem("defaults { env { TOKEN = secrt; } }"),
    ),
    fact(
        "bad-key",
        "No process can have an environment variable of this name.",
        Example::Ecosystem(r#"defaults { env { "A=B" = 1; } }"#),
    ),
    fact(
        "reserved-key",
        "PM2 keeps its settings and an app's variables in one record: of this name, the variable \
         changes the app.",
        Example::Ecosystem(r#"defaults { env { name = "web"; } }"#),
    ),
    fact(
        "unknown-unit",
        "The unit is not there, in this ecosystem or in the one that the path names.",
        Example::Ecosystem(r#"external mongodb; script web { run "web"; depends_on mongdb; }"#),
    ),
    fact(
        "unknown-name",
        "A template, env set, service of a template or rule of this name is not there.",
        Example::Ecosystem("agent duck: discord_bot {}"),
    ),
    fact(
        "capital-unit",
        "A word that begins with a capital is another ecosystem; a unit of that name is written in quotes.",
        Example::Ecosystem(r#"external Mongo; script web { run "web"; depends_on Mongo; }"#),
    ),
    fact(
        "ambiguous-name",
        "Two ecosystems that are used offer a template or set of this name.",
        Example::AcrossFiles,
    ),
    fact(
        "set-cycle",
        "An env set spreads itself, perhaps through others.",
        Example::Ecosystem("env a { ..b; } env b { ..a; }"),
    ),
    fact(
        "missing-key",
        "An environment variable is required and a service that receives it is not given it.",
        Example::Ecosystem(
            r#"env discord { TOKEN; } agent duck { env { ..discord; } script bot { run "bot"; } }"#,
        ),
    ),
    fact(
        "unknown-ecosystem",
        "A declaration from JSON names an ecosystem that it was not given.",
        Example::AcrossFiles,
    ),
    fact(
        "unknown-expression",
        "A declaration from JSON names an expression; only the macro has them.",
        Example::AcrossFiles,
    ),
    fact(
        "duplicate-dependency",
        "A unit is depended on once in a block.",
        Example::Ecosystem(r#"external db; script web { run "web"; depends_on db, db; }"#),
    ),
    fact(
        "depends-on-itself",
        "A unit waits for itself.",
        Example::Ecosystem(r#"script web { run "web"; depends_on web; }"#),
    ),
    fact(
        "dependency-cycle",
        "Units wait for each other, perhaps over several files.",
        Example::Ecosystem(
            r#"script a { run "a"; depends_on b; } script b { run "b"; depends_on a; }"#,
        ),
    ),
    fact(
        "include-cycle",
        "Ecosystems include each other; there is no first one.",
        Example::AcrossFiles,
    ),
    fact(
        "without-dependency",
        "An agent does without a service that others of it depend on.",
        Example::Ecosystem(
            r#"template bot { script a { run "a"; } script b { run "b"; depends_on a; } } agent duck: bot { without a; }"#,
        ),
    ),
    fact(
        "not-in-profile",
        "A unit depends on one that does not exist in all of its profiles.",
        Example::Ecosystem(
            r#"script a { run "a"; only_profile dev; } script b { run "b"; depends_on a; }"#,
        ),
    ),
    fact(
        "nothing-to-be-ready",
        "`(ready)` waits for a probe, and the target has none.",
        Example::Ecosystem(
            r#"external mongodb; script web { run "web"; depends_on mongodb (ready); }"#,
        ),
    ),
    fact(
        "never-completes",
        "`(completed)` waits for the end of something that PM2 starts again, or that nothing starts.",
        Example::Ecosystem(
            r#"script a { run "a"; } script b { run "b"; depends_on a (completed); }"#,
        ),
    ),
    judgement(
        "missing-directory",
        "A directory is not there.",
        Example::Ecosystem(r#"node web "servcies/web";"#),
    ),
    judgement(
        "missing-watch",
        "A watched path is not there. PM2 watches it for ever and never restarts.",
        Example::Ecosystem(r#"script web { run "web"; watch "scr"; }"#),
    ),
    judgement(
        "missing-module",
        "Python's default module `main` is not there.",
        Example::Ecosystem("python tts;"),
    ),
    judgement(
        "missing-program",
        "A program that is named by its path is not there.",
        Example::Ecosystem(r#"script web { run "./wbe"; }"#),
    ),
];

/// The name of the rule that a fault breaks.
pub(super) fn name_of(fault: &Fault) -> &'static str {
    match fault {
        Fault::Unexpected { .. } => "syntax",
        Fault::MissingSemicolon => "missing-semicolon",
        Fault::WrongDelimiter { .. } => "wrong-delimiter",
        Fault::SignAfterAttribute { .. } => "sign-after-attribute",
        Fault::EnvWithoutEquals { .. } => "env-without-equals",
        Fault::BracketedList => "bracketed-list",
        Fault::NotAValue { .. } => "not-a-value",
        Fault::BadNumber { .. } => "bad-number",
        Fault::SplitUnit { .. } => "split-unit",
        Fault::BarePath { .. } => "bare-path",
        Fault::HashComment => "hash-comment",
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
        Fault::CronNeverComes { .. } => "cron-never-comes",
        Fault::BadRegex { .. } => "bad-regex",
        Fault::UnclosedGlob { .. } => "unclosed-glob",
        Fault::BadAddress { .. } => "bad-address",
        Fault::SecretOutsideEnv { .. } => "secret-outside-env",
        Fault::ClusterWithoutNode { .. } => "cluster-without-node",
        Fault::MessagesWithoutNode { .. } => "messages-without-node",
        Fault::InstancesSharePort { .. } => "instances-share-port",
        Fault::TwoRestartDelays => "two-restart-delays",
        Fault::IntervalBeyondTimeout { .. } => "interval-beyond-timeout",
        Fault::SimilarNames { .. } => "similar-names",
        Fault::PortConflict { .. } => "port-conflict",
        Fault::NothingToBeReady { .. } => "nothing-to-be-ready",
        Fault::NeverCompletes { .. } => "never-completes",
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
        Fault::MistypedSource { .. } => "mistyped-source",
        Fault::DuplicateDependency { .. } => "duplicate-dependency",
        Fault::BadKey { .. } => "bad-key",
        Fault::ReservedKey { .. } => "reserved-key",
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
        Fault::IncludeCycle { .. } => "include-cycle",
        Fault::WithoutDependency { .. } => "without-dependency",
        Fault::NotInProfile { .. } => "not-in-profile",
        Fault::MissingPath { what, .. } => match what {
            PathUse::Directory | PathUse::File => "missing-directory",
            PathUse::Watch => "missing-watch",
            PathUse::Module => "missing-module",
            PathUse::Program => "missing-program",
        },
    }
}
