//! The rules, each declared once: its variant, its name (which is stable: `allow` and the documents
//! use it), what it demands, the shortest ecosystem that breaks it, its message and its help.

use std::time::Duration;

use super::prose::{
    ecosystem_named, expected, not_a_value_help, number_help, number_message, placeholder_help,
    probe_help, profiles_named, quoted, quoted_known, signal, two_units, unknown_item_help,
    unknown_unit_help, wrong_kind_help, wrong_type_help,
};
use super::rule::Engine;
use super::rule::Example::{AcrossFiles, Ecosystem};
use super::rule::{Rule, rules};
use super::texts::{
    AGENT_OUTSIDE, AGENT_OUTSIDE_HELP, AMBIGUOUS_ENDPOINT, AMBIGUOUS_NAME, AN_ENV_SET, ARROW,
    CLUSTER_WITHOUT_NODE, CLUSTER_WITHOUT_NODE_HELP, DECLARED_TWICE, DEPENDENCY_CYCLE,
    DEPENDENCY_CYCLE_HELP, DEPENDS_ON_ITSELF, DEPENDS_ON_ITSELF_HELP, DID_YOU_MEAN,
    DUPLICATE_OF_TEMPLATE_HELP, DUPLICATE_UNIT_HELP, ENV_SET, IN_PROFILE, INCLUDE_CYCLE,
    INCLUDE_CYCLE_HELP, INSTANCES_SHARE_PORT, INSTANCES_SHARE_PORT_HELP, IT_HAS, MACHINE,
    MESSAGES_WITHOUT_NODE, MISSING_KEY, MISSING_KEY_HELP, MISSING_OWN_KEY_HELP, MISSPELT_KEY_HELP,
    NAME_OF_ANOTHER, NAME_OF_OTHER, NEVER_COMPLETES, NEVER_RESTARTS, NEVER_RESTARTS_HELP,
    NO_EFFECT, NO_EFFECT_HELP, NO_ENDPOINT, NO_ENDPOINT_HELP, NO_MACHINE, NO_TEMPLATE,
    NOT_IN_PROFILE, NOT_IN_PROFILE_HELP, NOTHING_TO_BE_READY, NOTHING_TO_BE_READY_HELP,
    NPM_WITHOUT_RUN, NPM_WITHOUT_RUN_HELP, OTHER_MACHINE, OTHER_MACHINE_HELP, PORT_CONFLICT,
    PORT_CONFLICT_HELP, RENAME_ONE, RUN_WITHOUT_NPM, RUN_WITHOUT_NPM_HELP, SCRIPT_WITHOUT_RUN,
    SCRIPT_WITHOUT_RUN_HELP, SERVICE_OF_AGENT, SERVICE_OF_TEMPLATE, SEVERAL_MACHINES,
    SEVERAL_MACHINES_HELP, SHUTDOWN_HELP, SIMILAR_NAMES, SIMILAR_NAMES_HELP, SIMILAR_PROFILES,
    SIMILAR_PROFILES_HELP, TEMPLATE, TEMPLATE_CYCLE, TEMPLATE_CYCLE_HELP, TEMPLATE_OF_SERVICES,
    TEMPLATE_OF_SERVICES_HELP, THERE_IS, THERE_IS_NONE, TWO_RESTART_DELAYS,
    TWO_RESTART_DELAYS_HELP, UNKNOWN_ENDPOINT, UNKNOWN_NAME, UNKNOWN_TARGET, UNKNOWN_UNIT,
    URL_WITHOUT_SCHEME, URL_WITHOUT_SCHEME_HELP, USE_IT_TOO, WAIT_READY_HELP, WITHOUT_DEPENDENCY,
    WITHOUT_DEPENDENCY_HELP, WRITE_ONE,
};
use super::{
    Endless, Known, MisplacedBrace, MissingPath, Miswritten, MiswrittenVariable, OtherSyntax,
    Unseen,
};
use crate::attribute::{Attribute, Form};
use crate::cron::CronError;
use crate::declaration::{Kind, ProbeKind};
use crate::kind::ProbeHead;
use crate::known_secrets::{KnownBy, without_secrets};
use crate::number::{NumberError, format_duration};
use crate::other_tools::times_of_word;
use crate::suggest::nearest;
use crate::value::Value;

rules! {
    // The grammar.

    /// Something else than the grammar allows here.
    error Unexpected {
        /// What is allowed here.
        expected: String,
        /// What was found here.
        found: String,
    } = "syntax" {
        meaning: "The grammar does not allow this here.",
        example: Ecosystem(r#"python tts "services/tts" = 3;"#),
        message: format!("expected {expected}, found {found}"),
        help: (),
    }

    /// A statement without its `;`.
    error MissingSemicolon = "missing-semicolon" {
        meaning: "A statement ends with `;`.",
        example: Ecosystem(r#"script chroma { run "chroma" }"#),
        message: "missing `;` after this",
        help: "write `;`",
    }

    /// A block in `<>`, `()` or `[]`.
    error WrongDelimiter {
        /// The delimiter that was written.
        found: char,
    } = "wrong-delimiter" {
        meaning: "Blocks are written in braces; Rust allows no `< … >` around a macro's input.",
        example: Ecosystem("defaults < autorestart true; >"),
        message: format!("expected a block in braces, found `{found}`"),
        help: "write `{ … }`",
    }

    /// `watch = ".";`, `watch: ".";`
    error SignAfterAttribute {
        /// The attribute.
        key: String,
        /// The sign.
        sign: String,
        /// What follows the sign.
        value: String,
    } = "sign-after-attribute" {
        meaning: "An attribute is followed by its value, without `=` or `:`.",
        example: Ecosystem("defaults { autorestart = true; }"),
        message: match value.as_str() {
            "{ … }" => format!("unexpected `{sign}` between `{key}` and its block"),
            _ => format!("unexpected `{sign}` between `{key}` and its value"),
        },
        help: format!("write `{key} {value}`"),
    }

    /// `KEY "value";`, `KEY: "value";`
    error EnvWithoutEquals {
        /// The variable.
        key: String,
        /// What stands behind it.
        value: String,
    } = "env-without-equals" {
        meaning: "An environment variable and its value have a `=` between them.",
        example: Ecosystem(r#"defaults { env { LANG "C"; } }"#),
        message: format!("missing `=` between `{key}` and its value"),
        help: format!("write `{key} = {value};`"),
    }

    /// A `,` where a statement ends.
    error CommaForSemicolon = "comma-for-semicolon" {
        meaning: "A statement ends with `;`, not with `,`.",
        example: Ecosystem("defaults { autorestart true, restart_delay 10s; }"),
        message: "unexpected `,`: a statement ends with `;`",
        help: "write `;`",
    }

    /// A text without quotes.
    error Unquoted {
        /// The text as it was written.
        written: String,
        /// The statement as it is to be written.
        instead: String,
    } = "unquoted" {
        meaning: "Paths, addresses, options and other texts that are not one word are written in quotes.",
        example: Ecosystem("defaults { out_file ./logs/out.log; }"),
        message: format!("`{written}` is not in quotes"),
        help: format!("write `{instead}`"),
    }

    /// A brace that is missing or in another place than meant.
    error BraceMisplaced {
        /// Which.
        brace: MisplacedBrace,
    } = "misplaced-brace" {
        meaning: "A brace is missing, or in another place than the lines around it suggest.",
        example: Ecosystem("defaults { { autorestart true; } }"),
        message: brace.message(),
        help: brace.help(),
    }

    /// The syntax of another language.
    error ForeignSyntax {
        /// Which.
        found: OtherSyntax,
    } = "other-syntax" {
        meaning: "The syntax of another language.",
        example: Ecosystem(r#"defaults { ignore_watch "data" "logs"; }"#),
        message: found.message(),
        help: found.help(),
    }

    /// A word of another tool.
    error OtherTool {
        /// What it stands for.
        what: &'static str,
        /// The word as it was written.
        word: String,
        /// Whose it is, more than one in a sentence; empty where it is of none in particular.
        tool: String,
        /// What to write here.
        help: String,
    } = "other-tool" {
        meaning: "A word of another tool, such as systemd, Docker Compose or Kubernetes.",
        example: Ecosystem("defaults { RestartSec 10; }"),
        message: match tool.as_str() {
            "" => format!("unknown {what} `{word}`"),
            tool => format!("unknown {what} `{word}`: it is a word of {tool}"),
        },
        help: help.clone(),
    }

    /// A letter that looks like another one.
    error LookAlike {
        /// The word as it was written.
        word: String,
        /// The letter.
        letter: char,
        /// Where it is from.
        script: &'static str,
        /// The word as it was meant.
        meant: String,
    } = "look-alike" {
        meaning: "A letter of another alphabet looks like one of the Latin alphabet.",
        example: Ecosystem("defaults { аutorestart true; }"),
        message: format!(
            "`{letter}` in `{word}` is a {script} letter (U+{:04X}), not the Latin `{}`",
            u32::from(*letter),
            crate::look_alike::latin(*letter).unwrap_or(*letter),
        ),
        help: format!("write `{meant}`"),
    }

    /// A list in `[]`.
    error BracketedList {
        /// The values between the brackets, as they were written.
        inside: String,
    } = "bracketed-list" {
        meaning: "The values of a list are separated by commas, without brackets.",
        example: Ecosystem(r#"defaults { ignore_watch ["data", "logs"]; }"#),
        message: "unexpected brackets around a list",
        help: match inside.as_str() {
            "" => "remove the brackets".to_owned(),
            inside => format!("write `{inside};`"),
        },
    }

    /// A literal that is no value: a character, bytes.
    error NotAValue {
        /// The literal as written.
        literal: String,
    } = "not-a-value" {
        meaning: "Characters, bytes and other literals of Rust are no values of the language.",
        example: Ecosystem("defaults { log_date_format 'x'; }"),
        message: format!("`{literal}` is not a value"),
        help: not_a_value_help(literal),
    }

    /// A number that is not one of the language.
    error BadNumber {
        /// The number as written.
        written: String,
        /// Why.
        error: NumberError,
        /// Whether it is the value of an environment variable, where quotes help.
        in_env: bool,
    } = "bad-number" {
        meaning: "Numbers are decimal, without exponent and leading zero; units are those of durations and sizes.",
        example: Ecosystem("defaults { restart_delay 10sec; }"),
        message: number_message(written, error),
        help: number_help(written, error, *in_env),
    }

    /// A number and its unit with a space between them.
    error SplitUnit {
        /// The number as written.
        number: String,
        /// The unit.
        unit: String,
    } = "split-unit" {
        meaning: "A number and its unit are one word.",
        example: Ecosystem("defaults { restart_delay 10 s; }"),
        message: format!("space between the number `{number}` and its unit `{unit}`"),
        help: format!("write `{number}{unit}`"),
    }

    /// A Rust path without parentheses.
    error BarePath {
        /// The path.
        path: String,
    } = "bare-path" {
        meaning: "A Rust expression needs parentheses.",
        example: Ecosystem(r#"script web { run "web"; port ports::WEB; }"#),
        message: format!("`{path}` is a Rust expression without parentheses"),
        help: match path.starts_with("os.cpus") || path.contains("availableParallelism") {
            true => "write `max`: one for each processor".to_owned(),
            false => format!("write `({path})`"),
        },
    }

    /// A keyword of Rust in the path of an ecosystem.
    error KeywordInPath {
        /// The keyword.
        word: String,
        /// What to write in its place.
        instead: Option<String>,
    } = "keyword-in-path" {
        meaning: "The path of an ecosystem is a path of Rust, where its keywords have no place.",
        example: Ecosystem("use type::BASE;"),
        message: format!("`{word}` is a keyword of Rust and cannot be in a path"),
        help: match instead {
            Some(instead) => format!("write `{instead}`"),
            None => "write the path of an ecosystem's static, such as `base::BASE`".to_owned(),
        },
    }

    /// `use` or `include` of what is no path of an ecosystem.
    error NotAnEcosystem {
        /// What stands there.
        written: String,
        /// What to do.
        instead: String,
    } = "not-an-ecosystem" {
        meaning: "`use` and `include` have the path of one ecosystem, as a whole.",
        example: Ecosystem("include infra::INFRA.mongodb;"),
        message: format!("`{written}` is not the path of an ecosystem"),
        help: instead.clone(),
    }

    /// `include each` with what is no pattern.
    error EachPattern {
        /// The pattern.
        pattern: String,
        /// Why it is none.
        reason: String,
    } = "each-pattern" {
        meaning: "The pattern of `include each` is relative to the directory of the crate; `*` matches any name in a folder.",
        example: Ecosystem(r#"include each "/services/*/ecosystem.rs";"#),
        message: format!("cannot look for `{pattern}`: {reason}"),
        help: "write the pattern relative to the directory of the crate, with `*` for any name: \
            `include each \"services/*/ecosystem.rs\";`",
    }

    /// A pattern of `include each` that matches no file.
    error EachWithoutFiles {
        /// The pattern.
        pattern: String,
    } = "each-without-files" {
        meaning: "The pattern of `include each` matches no file.",
        example: Ecosystem(r#"include each "servcies/*/ecosystem.rs";"#),
        message: format!("no file of the crate matches `{pattern}`"),
        help: "write a pattern relative to the directory of the crate, or make the first file: \
            `promethean new --service DIR`",
    }

    /// `include each` that matches the file it is in.
    error EachOfItself {
        /// The file.
        file: String,
    } = "each-of-itself" {
        meaning: "The pattern of `include each` matches the file that it is written in.",
        example: AcrossFiles,
        message: format!("the pattern matches {file}, the file that it is written in"),
        help: "write a pattern that matches only the files of the services",
    }

    /// A file of `include each` without the static that each has.
    error EachWithoutEcosystem {
        /// The file.
        file: String,
        /// The names of the statics that it has.
        statics: Vec<String>,
        /// Whether the static is there and is not `pub`.
        is_private: bool,
    } = "each-without-ecosystem" {
        meaning: "Each file that `include each` matches has a `pub static ECOSYSTEM`.",
        example: AcrossFiles,
        message: match is_private {
            true => format!("`ECOSYSTEM` in {file} is private"),
            false => format!("{file} has no `ECOSYSTEM`"),
        },
        help: match statics.as_slice() {
            [name] if !is_private => format!("rename `{name}` there: `pub static ECOSYSTEM: Ecosystem = ecosystem! {{ … }};`"),
            _ => "write there: `pub static ECOSYSTEM: Ecosystem = ecosystem! { … };`".to_owned(),
        },
    }

    /// An agent and its template with something else than a `:` and a name between them.
    error MiswrittenTemplate {
        /// What stands behind the agent's name.
        written: String,
        /// What to do.
        instead: String,
    } = "miswritten-template" {
        meaning: "The template of an agent is a name after a `:`. Those of another file come with `use`.",
        example: Ecosystem("agent duck: base::BASE.bot;"),
        message: format!("`{written}` is not the name of a template"),
        help: instead.clone(),
    }

    /// `# …`
    error HashComment = "hash-comment" {
        meaning: "Comments are Rust's: `// …` and `/* … */`.",
        example: Ecosystem("# the database\nexternal mongodb;"),
        message: "unexpected `#`: comments begin with `//`",
        help: "write `// …`, or `/// …` for what `graph` shows of a unit",
    }

    /// `()`
    error EmptyExpression = "empty-expression" {
        meaning: "Parentheses hold a Rust expression.",
        example: Ecosystem("defaults { restart_delay (); }"),
        message: "missing expression in the parentheses",
        help: "write a Rust expression, as in `(ports::HEARTBEAT)`",
    }

    /// `#[cfg(…)]`
    error RustAttribute = "rust-attribute" {
        meaning: "Only doc comments are allowed before an item; PM2 has nothing like `#[cfg]`.",
        example: Ecosystem("#[cfg(unix)] external mongodb;"),
        message: "unexpected Rust attribute: only doc comments are allowed here",
        help: "what exists only under some condition is written with `profile` \
             and `only_profile`",
    }

    /// A word at the top that begins no item.
    error UnknownItem {
        /// The word.
        word: String,
        /// What was probably meant.
        meant: Option<String>,
    } = "unknown-item" {
        meaning: "An ecosystem consists only of these items.",
        example: Ecosystem("monitor tts;"),
        message: format!("unknown item `{word}`"),
        help: unknown_item_help(word, meant.as_deref()),
    }

    /// A word that is known but does not belong here.
    error Misplaced {
        /// The word.
        word: String,
        /// Where it belongs.
        belongs: String,
    } = "misplaced" {
        meaning: "A word of the language that belongs elsewhere.",
        example: Ecosystem("defaults { agent duck {} }"),
        message: format!("`{word}` does not belong here"),
        help: belongs.clone(),
    }

    /// An item, statement or option of which there can be one occurs twice.
    error Repeated {
        /// What it is.
        what: String,
    } = "repeated" {
        meaning: "An item, a statement or an option of which there can be one.",
        example: Ecosystem("name promethean; name epimetheus;"),
        message: format!("duplicate {what}"),
        help: "keep one of the two",
    }

    // Attributes.

    /// A name that no attribute has.
    error UnknownAttribute {
        /// The name.
        key: String,
        /// What was probably meant.
        meant: Option<String>,
    } = "unknown-attribute" {
        meaning: "No attribute of the language or of PM2 has this name. PM2 silently ignores it.",
        example: Ecosystem(r#"defaults { wacth "."; }"#),
        message: format!("unknown attribute `{key}`"),
        help: match meant {
            Some(meant) => DID_YOU_MEAN.fill(&[meant]),
            None => format!(
                "PM2 would silently ignore `{key}`; an environment variable is written \
                 `env {{ {} = \"value\"; }}`",
                key.to_uppercase().replace('-', "_")
            ),
        },
    }

    /// PM2's name of something that the language derives.
    error DerivedAttribute {
        /// The name.
        key: String,
        /// What to write instead.
        instead: String,
    } = "derived-attribute" {
        meaning: "PM2's name for something that the language derives.",
        example: Ecosystem(r#"defaults { cwd "/srv"; }"#),
        message: format!("`{key}` cannot be set: the language derives it"),
        help: instead.clone(),
    }

    /// The same attribute twice in one block.
    error DuplicateAttribute {
        /// The attribute.
        attribute: &'static Attribute,
        /// How it was written the second time.
        written: String,
    } = "duplicate-attribute" {
        meaning: "An attribute occurs only once in a block, under any of its names.",
        example: Ecosystem(r#"defaults { out_file "a.log"; output "b.log"; }"#),
        message: if *written == attribute.name {
                format!("duplicate attribute `{written}`")
            } else {
                format!(
                    "duplicate attribute `{written}`: it is another name of `{}`",
                    attribute.name
                )
            },
        help: "remove one of the two",
    }

    /// An attribute that means nothing to this kind of service.
    error WrongKind {
        /// The attribute.
        attribute: &'static Attribute,
        /// The kind of the service.
        kind: Kind,
    } = "wrong-kind" {
        meaning: "The attribute means nothing to a service of this kind.",
        example: Ecosystem(r#"python tts { module app; interpreter "python3"; }"#),
        across_files: true,
        message: format!("`{}` does not apply to a {} service", attribute.name, kind.word()),
        help: wrong_kind_help(attribute),
    }

    /// A value of the wrong type.
    error WrongType {
        /// The attribute.
        attribute: &'static Attribute,
        /// The value.
        found: Value,
    } = "wrong-type" {
        meaning: "The value is of another type than the attribute.",
        example: Ecosystem(r#"defaults { autorestart "yes"; }"#),
        message: format!("`{}` expects {}, found {}", attribute.name, expected(attribute), found.kind()),
        help: wrong_type_help(attribute, found),
    }

    /// A number that is too small or too large.
    error OutOfRange {
        /// The attribute.
        key: String,
        /// The value as written.
        found: String,
        /// The least allowed.
        minimum: String,
        /// The most allowed.
        maximum: Option<String>,
    } = "out-of-range" {
        meaning: "The number is too small or too large.",
        example: Ecosystem(r#"script web { run "web"; port 70_000; }"#),
        message: match maximum {
            Some(maximum) => {
                format!("`{key}` must be between {minimum} and {maximum}, found {found}")
            }
            None => format!("`{key}` must be at least {minimum}, found {found}"),
        },
        help: match key.as_str() {
            "timeout" => Some("write how long it may take, such as `timeout 30s`".to_owned()),
            "interval" => Some("write the time between two tries, such as `interval 1s`".to_owned()),
            _ => None,
        },
    }

    /// A word that is none of the choices.
    error UnknownChoice {
        /// What it is a choice of.
        what: String,
        /// The word.
        found: String,
        /// The choices.
        choices: &'static [&'static str],
    } = "unknown-choice" {
        meaning: "A word that is not one of those allowed here: a runner, a probe, a condition, a mode.",
        example: Ecosystem("python tts { module app; runner pipnev; }"),
        message: format!("unknown {what} `{found}`"),
        help: match nearest(found, choices.iter().copied()).or_else(|| signal(found, choices)) {
                Some(meant) => DID_YOU_MEAN.fill(&[meant]),
                None => format!("write {}", crate::attribute::one_of(choices)),
            },
    }

    /// An attribute without a value.
    error MissingValue {
        /// The attribute.
        attribute: &'static Attribute,
    } = "missing-value" {
        meaning: "The attribute has no value after it; a list has at least one.",
        example: Ecosystem("defaults { watch; }"),
        message: format!("missing value for `{}`", attribute.name),
        help: format!("write {} after it", expected(attribute)),
    }

    /// More values than one.
    error TooManyValues {
        /// The attribute.
        attribute: &'static Attribute,
    } = "too-many-values" {
        meaning: "The attribute takes one value.",
        example: Ecosystem("defaults { kill_timeout 1s, 2s; }"),
        message: match attribute.form {
            Form::Each => {
                format!("too many values: `{}` takes {}", attribute.name, expected(attribute))
            }
            Form::One | Form::Many | Form::Object | Form::Runner => {
                format!("too many values: `{}` takes one", attribute.name)
            }
        },
        help: match attribute.form {
            Form::Runner => "only `runner venv` has a second value, its directory",
            Form::Each => "remove the other values",
            Form::One | Form::Many | Form::Object => "keep one of the values",
        },
    }

    /// A boolean among the values of a list.
    error BooleanInList {
        /// The attribute.
        attribute: &'static Attribute,
    } = "boolean-in-list" {
        meaning: "`true` and `false` replace a whole list; they cannot be in one.",
        example: Ecosystem(r#"defaults { watch true, "src"; }"#),
        message: format!("`{}` takes a boolean or a list, not a boolean in a list", attribute.name),
        help: format!("write `{} true;`, or the list without the boolean", attribute.name),
    }

    /// `runner venv` without its directory.
    error VenvWithoutDirectory = "venv-without-directory" {
        meaning: "A virtual environment is named by its directory.",
        example: Ecosystem("python tts { module app; runner venv; }"),
        message: "missing directory: `runner venv` does not say which virtual environment",
        help: "write `runner venv \".venv\";`",
    }

    /// A block where values belong, or values where a block belongs.
    error WrongForm {
        /// The attribute.
        attribute: &'static Attribute,
    } = "wrong-form" {
        meaning: "An attribute that is an object takes a block, every other one values.",
        example: Ecosystem("defaults { watch_options true; }"),
        message: match attribute.form {
            Form::Object => format!("`{}` expects a block", attribute.name),
            Form::One | Form::Many | Form::Each | Form::Runner => {
                format!("`{}` does not take a block", attribute.name)
            }
        },
        help: match attribute.form {
            Form::Object => format!("write `{} {{ key value; }}`", attribute.name),
            _ if attribute.name == "secrets" => {
                "write `env { TOKEN = secret; }`, and the value in the file that `secrets \".tokens\";` names".to_owned()
            }
            Form::One | Form::Many | Form::Each | Form::Runner => format!("write {} after it", expected(attribute)),
        },
    }

    /// A cron pattern that PM2 does not take.
    error BadCron {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        error: CronError,
    } = "bad-cron" {
        meaning: "PM2 cannot read the pattern. Its dialect is that of croner 4: five or six parts, lists without ranges.",
        example: Ecosystem(r#"defaults { cron_restart "0 25 * * *"; }"#),
        message: format!("invalid cron pattern {pattern}: {error}"),
        help: match times_of_word(pattern.trim_matches('"')) {
            Some(times) => format!("write `{times:?}`"),
            None => "write minute, hour, day of month, month and day of week, as in `\"0 4 * * *\"`"
                .to_owned(),
        },
    }

    /// A cron pattern that fits no moment.
    lint CronNeverComes {
        /// The pattern.
        pattern: String,
    } = "cron-never-comes" {
        meaning: "The pattern is valid and no moment ever matches it.",
        example: Ecosystem(r#"defaults { cron_restart "0 4 30 2 *"; } script backup { run "backup"; }"#),
        message: format!("the cron pattern {pattern} never matches: no such date exists"),
        help: "PM2 would search forever; use a date that exists, such as `\"0 4 1 * *\"` for the first of \
             each month",
    }

    /// A regular expression that does not parse.
    error BadRegex {
        /// What is wrong with it.
        reason: String,
    } = "bad-regex" {
        meaning: "The regular expression of a `ready log` does not parse.",
        example: Ecosystem(r#"script web { run "web"; ready log "(listening"; }"#),
        message: format!("invalid regular expression: {reason}"),
        help: "to match a special character, escape it with a backslash, in a \
             raw string: `ready log r\"\\[ok\\]\"`",
    }

    /// A glob with a bracket that is not closed.
    lint UnclosedGlob {
        /// The bracket.
        bracket: char,
    } = "unclosed-glob" {
        meaning: "A bracket of a glob is not closed, so that chokidar takes it for a letter and matches nothing.",
        example: Ecosystem(r#"script web { run "web"; ignore_watch "{data,logs"; }"#),
        message: format!("`{bracket}` is not closed in this glob"),
        help: format!("close it, or write `?` for a `{bracket}` in the name itself"),
    }

    /// An address or a URL that a probe cannot try.
    error BadAddress {
        /// The probe.
        probe: ProbeHead,
        /// What is wrong with it.
        reason: &'static str,
        /// The endpoint that is tried, behind a space; empty where none is named.
        name: String,
        /// What was probably meant, and the kind of probe that tries it.
        instead: Option<(ProbeKind, String)>,
    } = "bad-address" {
        meaning: "A `ready tcp` has `host:port`, a `ready http` an `http` or `https` URL.",
        example: Ecosystem(r#"external mongodb { ready tcp "localhost"; }"#),
        message: match probe.kind {
            ProbeKind::Http => format!("invalid URL: {reason}"),
            ProbeKind::Tcp | ProbeKind::Log | ProbeKind::Exec => {
                format!("invalid address: {reason}")
            }
        },
        help: match instead {
            Some((kind, target)) => {
                format!("write `{}{name} {target:?};`", ProbeHead { kind: *kind, ..*probe })
            }
            None => probe_help(*probe),
        },
    }

    /// Where something listens is no port, no address, no scheme.
    error BadEndpoint {
        /// What is wrong with it.
        reason: String,
        /// What to write.
        instead: String,
    } = "bad-endpoint" {
        meaning: "`listen` has a scheme, and a port, `auto` or `\"HOST:PORT\"`.",
        example: Ecosystem(r#"script web { run "web"; listen http 70_000; }"#),
        message: format!("invalid endpoint: {reason}"),
        help: format!("write `{instead}`"),
    }

    /// Two endpoints of one name in one block.
    error DuplicateEndpoint {
        /// The name; empty for that which sets PORT.
        name: String,
        /// The second one with a name.
        instead: String,
    } = "duplicate-endpoint" {
        meaning: "A block has one endpoint of each name, and one without a name, which sets PORT, as `port` does.",
        example: Ecosystem(r#"script web { run "web"; listen http 8000; listen http 9100; }"#),
        message: match name.as_str() {
            "" => "duplicate endpoint: there is one without a name, which sets PORT".to_owned(),
            name => format!("duplicate endpoint `{name}`"),
        },
        help: match name.as_str() {
            "" => format!("give it a name: `{instead}`, or remove one of the two"),
            _ => "rename one of the two".to_owned(),
        },
    }

    /// `secret` or `inherit` as the value of an attribute.
    error SecretOutsideEnv {
        /// The attribute.
        key: String,
        /// The word.
        word: String,
    } = "secret-outside-env" {
        meaning: "`secret` and `inherit` are values of environment variables. Elsewhere they would be seen in the list of processes.",
        example: Ecosystem(r#"script bot { run "bot"; args secret; }"#),
        message: format!("`{word}` does not belong in `{key}`: it is a value for `env`"),
        help: format!(
            "an argument or a setting can be seen in the list of processes; \
             write `env {{ KEY = {word}; }}`"
        ),
    }

    /// `exec_mode cluster` for what is not a Node program.
    error ClusterWithoutNode {
        /// What is run instead.
        runs: &'static str,
    } = "cluster-without-node" {
        meaning: "PM2's cluster is Node's: Python, npm and other programs cannot run in one.",
        example: Ecosystem("python tts { exec_mode cluster; module app; }"),
        across_files: true,
        engine: Pm2,
        message: CLUSTER_WITHOUT_NODE.fill(&[runs]),
        help: CLUSTER_WITHOUT_NODE_HELP,
    }

    /// `wait_ready` or `shutdown_with_message` where PM2 has no channel to the program.
    error MessagesWithoutNode {
        /// The attribute.
        key: String,
        /// What is run.
        runs: &'static str,
    } = "messages-without-node" {
        meaning: "PM2 and a program exchange messages only where PM2 starts Node itself, not through npm.",
        example: Ecosystem(r#"node web { runner npm; run "dev"; wait_ready true; }"#),
        across_files: true,
        engine: Pm2,
        message: MESSAGES_WITHOUT_NODE.fill(&[key, runs]),
        help: match key.as_str() {
            "wait_ready" => WAIT_READY_HELP,
            _ => SHUTDOWN_HELP,
        },
    }

    /// Several instances that all get the same port.
    lint InstancesSharePort {
        /// The port, or what stands for one that is not written as a number.
        port: String,
    } = "instances-share-port" {
        meaning: "In fork mode every instance gets the same port, whether `port` or `listen` says it, and all but the first one fail.",
        example: Ecosystem(r#"script web { run "web"; exec_mode fork; instances 2; port 8000; }"#),
        across_files: true,
        message: INSTANCES_SHARE_PORT.fill(&[port]),
        help: INSTANCES_SHARE_PORT_HELP,
    }

    /// `restart_delay` beside `exp_backoff_restart_delay`.
    error TwoRestartDelays = "two-restart-delays" {
        meaning: "PM2 takes the growing delay and drops the fixed one.",
        example: Ecosystem("defaults { restart_delay 10s; exp_backoff_restart_delay 100ms; }"),
        across_files: true,
        engine: Pm2,
        message: TWO_RESTART_DELAYS,
        help: TWO_RESTART_DELAYS_HELP,
    }

    /// A pause between tries that is longer than all tries may take.
    error IntervalBeyondTimeout {
        /// The pause.
        interval: Duration,
        /// The time for all tries.
        timeout: Duration,
    } = "interval-beyond-timeout" {
        meaning: "A probe whose interval is longer than its timeout is tried once.",
        example: Ecosystem(r#"external mongodb { ready tcp "127.0.0.1:27017" { interval 1m; timeout 10s; } }"#),
        message: format!(
            "the interval of {} is longer than the timeout of {}",
            format_duration(*interval),
            format_duration(*timeout)
        ),
        help: "it would be tried once; write a shorter `interval` or a longer `timeout`",
    }

    /// `timeout` or `interval` that is no duration.
    error NotADuration {
        /// Which of the two.
        name: &'static str,
        /// The value.
        found: Value,
    } = "not-a-duration" {
        meaning: "`timeout` and `interval` of a probe, and `timeout` of a dependency, are durations.",
        example: Ecosystem(r#"external mongodb { ready tcp "127.0.0.1:27017" { timeout 10; } }"#),
        message: format!("`{name}` expects a duration, found {}", found.kind()),
        help: match found {
            Value::Integer(number) => format!(
                "write `{name} {number}s` for seconds, or `{name} {number}ms` for milliseconds"
            ),
            Value::Text(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Duration(_)
            | Value::Size(_)
            | Value::Word(_)
            | Value::Expression(_) => format!("write it as in `{name} 10s`"),
        },
    }

    /// `status` that is no HTTP status.
    error NotAStatus {
        /// The value.
        found: Value,
    } = "not-a-status" {
        meaning: "`status` of a probe is an HTTP status.",
        example: Ecosystem(r#"external web { ready http "http://127.0.0.1:80/" { status 99; } }"#),
        message: match found {
            Value::Integer(number) => {
                format!("`status` must be between 200 and 599, found {number}")
            }
            Value::Text(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Duration(_)
            | Value::Size(_)
            | Value::Word(_)
            | Value::Expression(_) => {
                format!("`status` expects an HTTP status, found {}", found.kind())
            }
        },
        help: "write the number of one status, as in `status 401;`; without it 200 to 399 is success",
    }

    /// `status` of a probe that asks for no URL.
    error StatusWithoutHttp {
        /// The probe.
        probe: ProbeHead,
    } = "status-without-http" {
        meaning: "Only a `ready http` or an `alive http` gets a status.",
        example: Ecosystem(r#"external db { ready tcp "127.0.0.1:5432" { status 401; } }"#),
        message: format!("`status` is for `{} http`; this is `{probe}`", probe.purpose.word()),
        help: format!(
            "leave it out, or write `{} http \"http://127.0.0.1:8000/health\" {{ status 401; }}`",
            probe.purpose.word()
        ),
    }

    /// `failures` that is no number of them.
    error NotACount {
        /// The value.
        found: Value,
    } = "not-a-count" {
        meaning: "`failures` of an `alive` is a whole number from 1.",
        example: Ecosystem(r#"script web { run "web"; alive tcp "127.0.0.1:80" { failures 0; } }"#),
        message: match found {
            Value::Integer(number) => {
                format!("`failures` must be between 1 and 1000, found {number}")
            }
            Value::Text(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Duration(_)
            | Value::Size(_)
            | Value::Word(_)
            | Value::Expression(_) => {
                format!("`failures` expects a whole number, found {}", found.kind())
            }
        },
        help: "write after how many failures in a row it is restarted, as in `failures 3`",
    }

    /// `alive log`.
    error LogAsAlive = "log-as-alive" {
        meaning: "A line in a log says that something has begun. It does not say that it still works.",
        example: Ecosystem(r#"script web { run "web"; alive log "listening"; }"#),
        message: "a line of the log does not show that it still works",
        help: "write `alive tcp \"127.0.0.1:8000\";`, `alive http \"http://127.0.0.1:8000/health\";` \
             or `alive exec \"./program\";`",
    }

    /// `timeout` of a dependency that only has to be started.
    error TimeoutOfStarted {
        /// The target.
        target: String,
    } = "timeout-of-started" {
        meaning: "`timeout` is how long it may take until the target is ready or has completed.",
        example: Ecosystem(r#"script a { run "a"; } script b { run "b"; depends_on a (started, timeout 30s); }"#),
        message: format!("`timeout` has no effect on `{target} (started)`: a start is not waited for"),
        help: "leave it out, or write `(ready, timeout 30s)`",
    }

    /// `restarts` of what is not started here.
    error NeverRestarts {
        /// The target.
        target: String,
    } = "never-restarts" {
        meaning: "`(restarts)` restarts a service when its dependency restarts. An external is not started here.",
        example: Ecosystem(r#"external db; script web { run "web"; depends_on db (restarts); }"#),
        across_files: true,
        message: NEVER_RESTARTS.fill(&[target]),
        help: NEVER_RESTARTS_HELP,
    }

    /// A probe with no value, or with more than it takes.
    error ProbeValues {
        /// The probe.
        probe: ProbeHead,
    } = "probe-values" {
        meaning: "A probe tries one thing; only `exec` has arguments.",
        example: Ecosystem(r#"external mongodb { ready tcp "127.0.0.1:1", "127.0.0.1:2"; }"#),
        message: format!("`{probe}` takes {}", match probe.kind {
            ProbeKind::Tcp => "one address",
            ProbeKind::Http => "one URL",
            ProbeKind::Log => "one regular expression",
            ProbeKind::Exec => "a program and its arguments",
        }),
        help: probe_help(*probe),
    }

    /// `runner npm` without the script to run, or `run` in a node service without npm.
    error NodeRun {
        /// Whether the runner is npm.
        npm: bool,
        /// What runs the program that was written, where that is known.
        instead: Option<String>,
    } = "node-run" {
        meaning: "`run` of a node service is the script that npm runs, and npm needs one.",
        example: Ecosystem("node web { runner npm; }"),
        across_files: true,
        message: match npm {
            true => NPM_WITHOUT_RUN,
            false => RUN_WITHOUT_NPM,
        },
        help: match instead {
            Some(instead) => format!("write `{instead}`"),
            None if *npm => NPM_WITHOUT_RUN_HELP.to_owned(),
            None => RUN_WITHOUT_NPM_HELP.to_owned(),
        },
    }

    /// A script without a program.
    error ScriptWithoutRun = "script-without-run" {
        meaning: "A script says what it runs.",
        example: Ecosystem("script chroma;"),
        across_files: true,
        message: SCRIPT_WITHOUT_RUN,
        help: SCRIPT_WITHOUT_RUN_HELP,
    }

    // Text.

    /// A brace that is neither doubled nor part of a placeholder.
    error LoneBrace {
        /// The brace.
        brace: char,
    } = "lone-brace" {
        meaning: "A brace in a text is doubled or part of a placeholder.",
        example: Ecosystem(r#"script web { run "web", "{"; }"#),
        message: format!("single `{brace}` in a text"),
        help: format!("write `{brace}{brace}` for the brace itself"),
    }

    /// A word in braces that is no placeholder.
    error UnknownPlaceholder {
        /// The word.
        word: String,
    } = "unknown-placeholder" {
        meaning: "No placeholder has this name.",
        example: Ecosystem(r#"script web { run "web", "{nmae}"; }"#),
        message: format!("unknown placeholder `{{{word}}}`"),
        help: placeholder_help(word),
    }

    /// `{agent}` in a service outside an agent.
    error AgentPlaceholderOutside = "agent-placeholder-outside" {
        meaning: "`{agent}` is the agent of a service, but this service has none.",
        example: Ecosystem(r#"script web { run "web", "{agent}"; }"#),
        across_files: true,
        message: AGENT_OUTSIDE,
        help: AGENT_OUTSIDE_HELP,
    }

    /// `{secret NAME}` elsewhere than in `env`.
    error SecretPlaceholderOutside = "secret-placeholder-outside" {
        meaning: "A secret in an argument or a file name is seen in the list of processes.",
        example: Ecosystem(r#"script web { run "web", "{secret TOKEN}"; }"#),
        message: "`{secret …}` would end up in a file or in the process list here",
        help: "give the secret to the process as an environment variable: `env { KEY = secret; }`",
    }

    /// An inherited variable in a text that is not a variable itself.
    error InheritPlaceholderOutside = "inherit-placeholder-outside" {
        meaning: "A variable of the shell is filled in only in environment variables: elsewhere the definition would differ from shell to shell.",
        example: Ecosystem(r#"script web { run "web", "{inherit PORT}"; }"#),
        message: "`{inherit …}` is filled in only in `env`",
        help: "give it to the process as an environment variable: `env { KEY = inherit; }`, or write the value itself",
    }

    /// A NUL, which ends every text that is given to a process.
    error NulInText = "nul-in-text" {
        meaning: "A NUL ends every text that a process is given.",
        example: Ecosystem(r#"script web { run "web\0"; }"#),
        message: "a process cannot be given a text with a NUL in it",
        help: "remove the `\\0`",
    }

    // Names.

    /// A name that PM2 takes for something else.
    error ReservedName {
        /// The name.
        name: String,
        /// What PM2 takes it for.
        reason: &'static str,
    } = "reserved-name" {
        meaning: "PM2 takes `all` for all apps, a number for the id of one, a comma for the end of a name.",
        example: Ecosystem(r#"script all { run "web"; }"#),
        engine: Pm2,
        message: format!("reserved name `{name}`: {reason}"),
        help: "give it another name",
    }

    /// A name with characters that no name can have.
    error BadName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    } = "bad-name" {
        meaning: "A name that the shell takes for something else.",
        example: Ecosystem(r#"script "-web" { run "web"; }"#),
        message: format!("invalid name `{name}`: {reason}"),
        help: "give it another name",
    }

    /// Two units of one name.
    error DuplicateUnit {
        /// The name in PM2.
        name: String,
        /// What the second one is.
        second: &'static str,
        /// What the first one is.
        first: &'static str,
        /// The two ecosystems that declare it, where it is not one.
        declared_in: Option<[String; 2]>,
    } = "duplicate-unit" {
        meaning: "Apps, agents and externals share one space of names in PM2, also over several files.",
        example: Ecosystem(r#"script duck_web { run "web"; } agent duck { script web { run "web"; } }"#),
        across_files: true,
        message: match declared_in {
            Some([one, other]) => DECLARED_TWICE.fill(&[name, one, other]),
            None if first == second => NAME_OF_ANOTHER.fill(&[name, second, first]),
            None => NAME_OF_OTHER.fill(&[name, second, first]),
        },
        help: match (*first, *second) {
            (SERVICE_OF_TEMPLATE, SERVICE_OF_AGENT) => DUPLICATE_OF_TEMPLATE_HELP,
            _ => DUPLICATE_UNIT_HELP,
        },
    }

    /// Two templates or two sets of one name.
    error DuplicateName {
        /// What they are.
        what: &'static str,
        /// The name.
        name: String,
    } = "duplicate-name" {
        meaning: "Two templates, sets, services of one agent or changes of one service have one name.",
        example: Ecosystem("template bot {} template bot {}"),
        message: format!("duplicate {what} `{name}`"),
        help: match what.starts_with("override") {
            true => "write both in one",
            false => "remove one of the two, or give it another name",
        },
    }

    /// Two names that a person, or PM2 in the names of its files, takes for one.
    lint SimilarNames {
        /// The second one.
        name: String,
        /// The first one.
        other: String,
    } = "similar-names" {
        meaning: "Two names differ only in case, or in what PM2 replaces in the names of its files.",
        example: Ecosystem(r#"script web { run "web"; } script Web { run "web"; }"#),
        across_files: true,
        message: SIMILAR_NAMES.fill(&[name, other]),
        help: SIMILAR_NAMES_HELP,
    }

    /// Two services on one port.
    lint PortConflict {
        /// The port.
        port: i64,
        /// The second service.
        service: String,
        /// The first service.
        other: String,
        /// The ecosystems of the two, where it is not one.
        declared_in: Option<[String; 2]>,
    } = "port-conflict" {
        meaning: "Two services that can run together have the same `port`.",
        example: Ecosystem(r#"script web { run "web"; port 8000; } script api { run "api"; port 8000; }"#),
        across_files: true,
        message: {
            let [service, other] = two_units(service, other, declared_in.as_ref());
            PORT_CONFLICT.fill(&[&service, &other, &port.to_string()])
        },
        help: PORT_CONFLICT_HELP,
    }

    /// An environment variable twice in one block.
    error DuplicateKey {
        /// The variable.
        key: String,
    } = "duplicate-key" {
        meaning: "An environment variable occurs only once in a block.",
        example: Ecosystem(r#"defaults { env { LANG = "C"; LANG = "en"; } }"#),
        message: format!("duplicate environment variable `{key}`"),
        help: "remove one of the two",
    }

    /// A word as the value of a variable that is `secret` or `inherit` but for a letter.
    error MistypedSource {
        /// The word.
        word: String,
        /// What was probably meant.
        meant: String,
    } = "mistyped-source" {
        meaning: "A word that is `secret` or `inherit` but for a letter would be the variable's value.",
        example: Ecosystem("defaults { env { TOKEN = secrt; } }"),
        message: format!("`{word}` would be the value of the variable, and looks like `{meant}`"),
        help: format!("write `{meant}`, or `\"{word}\"` for the text"),
    }

    /// A variable that is written as another language writes it.
    error MiswrittenVariable {
        /// What stands there.
        written: String,
        /// What is wrong with it.
        wrong: MiswrittenVariable,
        /// What to write instead.
        instead: String,
    } = "miswritten-variable" {
        meaning: "A variable is written `KEY = value;`. What is read elsewhere is `inherit` or `secret`; other text is in quotes.",
        example: Ecosystem("defaults { env { HOME_DIR = process.env.HOME; } }"),
        message: wrong.message(written),
        help: format!("write {instead}"),
    }

    /// A word that stands for no value in another language.
    error NothingAsValue {
        /// The variable.
        key: String,
        /// The word.
        word: String,
    } = "nothing-as-value" {
        meaning: "A word for no value would be the variable's text.",
        example: Ecosystem("defaults { env { PROXY = null; } }"),
        message: format!("the value of `{key}` would be the text `{word}`"),
        help: format!(
            "write `unset {key};` to leave the variable out, `{key} = \"\";` for an empty value, \
             or `{key} = \"{word}\";` for the text"
        ),
    }

    /// A source whose value is never taken.
    error UnusedSource {
        /// The source.
        source: String,
        /// The one before it that is there wherever it is.
        before: String,
        /// Whether that one is always there.
        always: bool,
    } = "unused-source" {
        meaning: "The first source that is there is the value of a variable. A source after one that is there wherever it is has no effect.",
        example: Ecosystem(r#"defaults { env { REGION = "eu" or inherit "ZONE"; } }"#),
        message: match always {
            true => format!("`{source}` is never used: `{before}` before it is always there"),
            false => format!("`{source}` is never used: where it is there, `{before}` before it is, too"),
        },
        help: match always {
            true => format!("write `{before}` last, or remove `or {source}`"),
            false if before.starts_with("secret") && source.starts_with("inherit") => format!(
                "remove `or {source}`: a secret that is in no file is read from the environment; \
                 write `{source} or {before}` if the environment is stronger than the files"
            ),
            false => format!("remove `or {source}`"),
        },
    }

    /// `unset` before other sources.
    error UnsetNotLast {
        /// The variable.
        key: String,
    } = "unset-not-last" {
        meaning: "`or unset` leaves a variable out when no source before it is there, so nothing comes after it.",
        example: Ecosystem(r#"defaults { env { REGION = inherit or unset or "eu"; } }"#),
        message: format!("a source of `{key}` after `unset` is never used"),
        help: "write `or unset` last, or remove it",
    }

    /// A sign of another language where `or` belongs.
    error NotOr {
        /// The sign.
        sign: String,
    } = "not-or" {
        meaning: "Sources of a variable are separated by `or`.",
        example: Ecosystem(r#"defaults { env { REGION = inherit || "eu"; } }"#),
        message: format!("unexpected `{sign}` after a source of a variable"),
        help: format!("write `or` in place of `{sign}`"),
    }

    /// A word that stands for no value in another language, as the last source.
    error NothingAsFallback {
        /// The word.
        word: String,
    } = "nothing-as-fallback" {
        meaning: "A word for no value would be the text that the variable gets when no other source is there.",
        example: Ecosystem("defaults { env { PROXY = inherit or null; } }"),
        message: format!("the variable would get the text `{word}`"),
        help: format!(
            "write `or unset` to leave the variable out, `or \"\"` for an empty value, \
             or `or \"{word}\"` for the text"
        ),
    }

    /// A name that no environment variable can have.
    error BadKey {
        /// The name.
        key: String,
    } = "bad-key" {
        meaning: "No process can have an environment variable of this name.",
        example: Ecosystem(r#"defaults { env { "A=B" = 1; } }"#),
        message: format!("invalid name of an environment variable: `{key}`"),
        help: match key.split_once('=') {
            Some((key, value)) if !key.is_empty() && !key.contains(' ') => {
                format!("write `{key} = {value:?};`")
            }
            _ => "a name has at least one character, and no `=` or NUL".to_owned(),
        },
    }

    /// A name that nothing can be stored under.
    error BadSource {
        /// The name.
        name: String,
        /// The name that comes nearest.
        instead: Option<String>,
    } = "bad-source" {
        meaning: "A secret, or what is inherited, is found by the name of an environment variable.",
        example: Ecosystem(r#"defaults { env { TOKEN = secret "my token"; } }"#),
        message: format!("nothing can be stored under the name `{name}`"),
        help: match instead {
            Some(instead) => format!("write `\"{instead}\"`: a name has letters, digits and `_`"),
            None => "a name has letters, digits and `_`".to_owned(),
        },
    }

    /// A variable whose name PM2 takes for its own record of the app.
    error ReservedKey {
        /// The name.
        key: String,
    } = "reserved-key" {
        meaning: "PM2 keeps its settings and an app's variables in one record: of this name, the variable changes the app.",
        example: Ecosystem(r#"defaults { env { name = "web"; } }"#),
        engine: Pm2,
        message: format!("reserved variable `{key}`: PM2 reads it as a setting of the app"),
        help: crate::reserved::help(key),
    }

    // References.

    /// A unit that is not there.
    error UnknownUnit {
        /// The target as written.
        target: String,
        /// What was probably meant.
        meant: Option<String>,
        /// The ecosystem it was looked for in; `None` for this one.
        ecosystem: Option<String>,
        /// The names that are there.
        known: Known,
    } = "unknown-unit" {
        meaning: "The unit does not exist, in this ecosystem or in the one that the path names.",
        example: Ecosystem(r#"external mongodb; script web { run "web"; depends_on mongdb; }"#),
        across_files: true,
        message: UNKNOWN_UNIT.fill(&[target, &ecosystem_named(ecosystem.as_deref())]),
        help: unknown_unit_help(meant.as_deref(), ecosystem.as_deref(), known),
    }

    /// A reference to an endpoint of a unit that is not there.
    error UnknownTarget {
        /// The target as written.
        target: String,
        /// What was probably meant.
        meant: Option<String>,
        /// The ecosystem it was looked for in; `None` for this one.
        ecosystem: Option<String>,
        /// The names that are there.
        known: Known,
    } = "unknown-target" {
        meaning: "`url`, `address`, `host` and `port` name a unit of this ecosystem, or of the one that the path names.",
        example: Ecosystem(r#"node proxx { listen http 8789; } script web { run "web"; env { API = url prox; } }"#),
        across_files: true,
        message: UNKNOWN_TARGET.fill(&[target, &ecosystem_named(ecosystem.as_deref())]),
        help: unknown_unit_help(meant.as_deref(), ecosystem.as_deref(), known),
    }

    /// A reference to an endpoint that a unit does not have.
    error UnknownEndpoint {
        /// The unit.
        unit: String,
        /// The name of the endpoint; `None` for any.
        name: Option<String>,
        /// The endpoint that was probably meant.
        meant: Option<String>,
        /// The endpoints that the unit has, as they are written.
        known: Vec<String>,
        /// The statement for the one that its probe tries, if it has none; the probe itself, if it tries one by
        /// a name, and the only one has none.
        probed: Option<String>,
    } = "unknown-endpoint" {
        meaning: "The unit has no endpoint of this name, or none at all.",
        example: Ecosystem(r#"node proxx { port 8789; listen metrics: http 9100; } script web { run "web"; env { M = url proxx:metrix; } }"#),
        across_files: true,
        message: match name {
            Some(name) if !known.is_empty() => UNKNOWN_ENDPOINT.fill(&[unit, name]),
            _ => NO_ENDPOINT.fill(&[unit]),
        },
        help: match meant {
            _ if known.is_empty() => match probed {
                Some(statement) => format!("write `{statement}` in `{unit}`"),
                None => NO_ENDPOINT_HELP.fill(&[unit]),
            },
            Some(meant) => DID_YOU_MEAN.fill(&[meant]),
            None => match probed {
                Some(statement) => format!("write `{statement}`"),
                None => IT_HAS.fill(&[&quoted(known)]),
            },
        },
    }

    /// A reference that may mean several endpoints.
    error AmbiguousEndpoint {
        /// The unit.
        unit: String,
        /// The endpoints that it may mean.
        endpoints: Vec<String>,
    } = "ambiguous-endpoint" {
        meaning: "The unit has several endpoints, each with a name, and the reference names none of them.",
        example: Ecosystem(r#"node proxx { listen api: http 8789; listen metrics: http 9100; } script web { run "web"; env { API = url proxx; } }"#),
        across_files: true,
        message: AMBIGUOUS_ENDPOINT.fill(&[unit]),
        help: WRITE_ONE.fill(&[&quoted(endpoints)]),
    }

    /// The URL of an endpoint without a scheme.
    error UrlWithoutScheme {
        /// The endpoint as it is written in a reference.
        target: String,
        /// The name of the endpoint, with its colon.
        name: String,
        /// Its port, or `auto`.
        port: String,
    } = "url-without-scheme" {
        meaning: "A URL begins with a scheme, and `port`, or `listen` without one, says none.",
        example: Ecosystem(r#"node proxx { port 8789; } script web { run "web"; env { API = url proxx; } }"#),
        across_files: true,
        message: URL_WITHOUT_SCHEME.fill(&[target]),
        help: URL_WITHOUT_SCHEME_HELP.fill(&[name, port, target]),
    }

    /// A reference to a unit that can run on several machines.
    error SeveralMachines {
        /// The unit as it is written in a reference.
        unit: String,
        /// One of the machines.
        machine: String,
    } = "several-machines" {
        meaning: "A reference gives one address, so the unit that it names runs on one machine.",
        example: Ecosystem(r#"machine a "a.lan"; machine b "b.lan"; node proxx { listen http "0.0.0.0:8789"; } script web { run "web"; on a; env { API = url proxx; } }"#),
        across_files: true,
        message: SEVERAL_MACHINES.fill(&[unit]),
        help: SEVERAL_MACHINES_HELP.fill(&[machine, unit]),
    }

    /// A reference from another machine to what listens for its own.
    error OtherMachine {
        /// The unit as it is written in a reference.
        unit: String,
        /// The machine that it runs on.
        machine: String,
        /// The machine that the reference is on.
        other: String,
        /// The port, or one for `auto`.
        port: String,
    } = "other-machine" {
        meaning: "What listens on 127.0.0.1 is reached from its own machine only.",
        example: Ecosystem(r#"machine a "a.lan"; machine b "b.lan"; node proxx { on a; listen http 8789; } script web { run "web"; on b; env { API = url proxx; } }"#),
        across_files: true,
        message: OTHER_MACHINE.fill(&[unit, machine, other]),
        help: OTHER_MACHINE_HELP.fill(&[port]),
    }

    /// A dependency on what cannot be seen from another machine.
    error UnseenDependency {
        /// What is waited for.
        target: String,
        /// How it is found out.
        by: Unseen,
    } = "unseen-dependency" {
        meaning: "Another machine sees of a unit what a probe over the network shows, and not its log or its end.",
        example: Ecosystem(r#"machine a "a.lan"; machine b "b.lan"; script job { run "j"; on a; ready log "done"; } script web { run "web"; on b; depends_on job; }"#),
        message: format!(
            "`{target}` runs on another machine, from where `{}` is not seen",
            by.written()
        ),
        help: by.help(target),
    }

    /// A machine that cannot be one.
    error BadMachine {
        /// What is wrong with it.
        reason: &'static str,
        /// What to write instead.
        instead: String,
    } = "bad-machine" {
        meaning: "A machine has a host by which others reach it, and an absolute root.",
        example: Ecosystem(r#"machine pi "http://pi.lan"; defaults { on pi; }"#),
        message: format!("invalid machine: {reason}"),
        help: format!("write `{instead}`"),
    }

    /// A unit in another spelling than the language's.
    error MiswrittenUnit {
        /// The target as written.
        target: String,
        /// What it is.
        miswritten: Miswritten,
        /// What to write instead.
        write: Vec<String>,
    } = "miswritten-unit" {
        meaning: "A unit is written `NAME`, a service of an agent `AGENT.SERVICE`, a unit of another ecosystem `path::TO_IT.UNIT`.",
        example: Ecosystem(r#"agent duck { script voice { run "voice"; } } script web { run "web"; depends_on duck_voice; }"#),
        message: format!("unknown dependency `{target}`: {}", miswritten.reason()),
        help: miswritten.help(target, write),
    }

    /// A template, an env set, a service of an agent that is not there.
    error UnknownName {
        /// What it is.
        what: &'static str,
        /// The name.
        name: String,
        /// What has this name instead.
        is: Option<&'static str>,
        /// The ecosystem that has it and the used one that uses that: the paths of the two.
        used_by_used: Option<Box<[String; 2]>>,
        /// What was probably meant.
        meant: Option<String>,
        /// The names that are there.
        known: Known,
    } = "unknown-name" {
        meaning: "No template, env set, service of a template, machine, trait of a machine or lint has this name.",
        example: Ecosystem("agent duck: discord_bot {}"),
        across_files: true,
        message: match is {
            Some(is) => format!("{}: it is {is}", UNKNOWN_NAME.fill(&[what, name])),
            None => UNKNOWN_NAME.fill(&[what, name]),
        },
        help: match (used_by_used.as_deref(), meant) {
            (Some([path, through]), _) => USE_IT_TOO.fill(&[through, path, path]),
            (None, Some(meant)) => DID_YOU_MEAN.fill(&[meant]),
            (None, None) if is.is_some() && *what == ENV_SET => {
                "only env sets are spread: write `env NAME { … }` at the top, and `..NAME;` here"
                    .to_owned()
            }
            (None, None) if *is == Some(AN_ENV_SET) && *what == TEMPLATE => {
                format!("write `env {{ ..{name}; }}` for the variables of the set")
            }
            (None, None) if !known.is_empty() => THERE_IS.fill(&[&quoted_known(known)]),
            (None, None) if *what == SERVICE_OF_TEMPLATE => NO_TEMPLATE.to_owned(),
            (None, None) if *what == MACHINE => NO_MACHINE.to_owned(),
            (None, None) => THERE_IS_NONE.fill(&[what]),
        },
    }

    /// A word beginning with a capital that is also a unit of this ecosystem.
    error CapitalUnit {
        /// The word.
        word: String,
    } = "capital-unit" {
        meaning: "A word that begins with a capital is another ecosystem; a unit of that name is written in quotes.",
        example: Ecosystem(r#"external Mongo; script web { run "web"; depends_on Mongo; }"#),
        message: format!("`{word}` begins with a capital and is read as another ecosystem"),
        help: format!("write `\"{word}\"` for the unit of this ecosystem"),
    }

    /// A template or set that two used ecosystems offer.
    error AmbiguousName {
        /// What it is.
        what: &'static str,
        /// The name.
        name: String,
        /// The two.
        offered_by: [String; 2],
    } = "ambiguous-name" {
        meaning: "Two ecosystems that are used offer a template or set of this name.",
        example: AcrossFiles,
        across_files: true,
        message: {
            let [first, second] = offered_by;
            AMBIGUOUS_NAME.fill(&[what, name, first, second])
        },
        help: RENAME_ONE,
    }

    /// An env set that spreads itself.
    error SetCycle {
        /// The way back, from the first set to itself.
        path: Vec<String>,
    } = "set-cycle" {
        meaning: "An env set spreads itself, perhaps through others.",
        example: Ecosystem("env a { ..b; } env b { ..a; }"),
        message: format!("env set contains itself: {}", path.join(ARROW)),
        help: "remove one of the spreads",
    }

    /// A template that is made from itself.
    error TemplateCycle {
        /// The way back, from the first template to itself.
        path: Vec<String>,
    } = "template-cycle" {
        meaning: "A template is made from itself, perhaps through others.",
        example: Ecosystem("template a: b {} template b: a {}"),
        across_files: true,
        message: TEMPLATE_CYCLE.fill(&[&path.join(ARROW)]),
        help: TEMPLATE_CYCLE_HELP,
    }

    /// A service that is made from a template with services.
    error TemplateOfServices {
        /// The template.
        template: String,
        /// The service.
        service: String,
    } = "template-of-services" {
        meaning: "A service is made from templates of attributes; a template with services is for agents.",
        example: Ecosystem(r#"template bot { script a { run "a"; } } script b: bot { run "b"; } agent duck: bot;"#),
        across_files: true,
        message: TEMPLATE_OF_SERVICES.fill(&[template]),
        help: TEMPLATE_OF_SERVICES_HELP.fill(&[template, service]),
    }

    /// A required environment variable that nobody gives.
    error MissingKey {
        /// The variable.
        key: String,
        /// The service that receives it.
        service: String,
        /// What requires it: "the env set `discord`".
        required_by: String,
        /// Whether that is the block that the service itself has.
        by_itself: bool,
        /// A variable that is given, and whose name is a slip of the pen.
        given: Option<String>,
    } = "missing-key" {
        meaning: "An environment variable is required and a service that receives it is not given it.",
        example: Ecosystem(r#"env discord { TOKEN; } agent duck { env { ..discord; } script bot { run "bot"; } }"#),
        across_files: true,
        message: MISSING_KEY.fill(&[key, required_by, service]),
        help: match (given, by_itself) {
            (Some(given), _) => MISSPELT_KEY_HELP.fill(&[given, key]),
            (None, true) => MISSING_OWN_KEY_HELP.fill(&[key, key, key]),
            (None, false) => MISSING_KEY_HELP.fill(&[key, key]),
        },
    }

    /// A path that is no linked ecosystem; only in declarations that no macro made.
    error UnknownEcosystem {
        /// The path.
        path: String,
    } = "unknown-ecosystem" {
        meaning: "A declaration from JSON names an ecosystem that it was not given.",
        example: AcrossFiles,
        message: format!("unknown ecosystem `{path}`"),
        help: (),
    }

    /// An expression that is not there; only in declarations that no macro made.
    error UnknownExpression {
        /// Its number.
        index: usize,
    } = "unknown-expression" {
        meaning: "A declaration from JSON names an expression; only the macro has them.",
        example: AcrossFiles,
        message: format!("unknown expression number {index}"),
        help: (),
    }

    // Dependencies.

    /// The same target twice in one block.
    error DuplicateDependency {
        /// The target as written.
        target: String,
    } = "duplicate-dependency" {
        meaning: "A unit is depended on once in a block.",
        example: Ecosystem(r#"external db; script web { run "web"; depends_on db, db; }"#),
        message: format!("duplicate dependency `{target}`"),
        help: "remove one of the two",
    }

    /// A unit that depends on itself.
    error DependsOnItself {
        /// Its name.
        unit: String,
        /// What sets that for others, too, and the service as it is written there.
        inherited: Option<(String, String)>,
    } = "depends-on-itself" {
        meaning: "A unit waits for itself.",
        example: Ecosystem(r#"script web { run "web"; depends_on web; }"#),
        across_files: true,
        message: DEPENDS_ON_ITSELF.fill(&[unit]),
        help: match inherited {
            None => DEPENDS_ON_ITSELF_HELP.to_owned(),
            Some((from, service)) => {
                format!("write `unset depends_on;` in `{service}`, as {from} sets it for others, too")
            }
        },
    }

    /// Units that wait for each other.
    error DependencyCycle {
        /// The way back, from the first unit to itself.
        path: Vec<String>,
    } = "dependency-cycle" {
        meaning: "Units wait for each other, perhaps over several files.",
        example: Ecosystem(r#"script a { run "a"; depends_on b; } script b { run "b"; depends_on a; }"#),
        across_files: true,
        message: DEPENDENCY_CYCLE.fill(&[&path.join(ARROW)]),
        help: DEPENDENCY_CYCLE_HELP,
    }

    /// Ecosystems that include each other.
    error IncludeCycle {
        /// The way back, from the first ecosystem to itself.
        path: Vec<String>,
    } = "include-cycle" {
        meaning: "Ecosystems include each other; there is no first one.",
        example: AcrossFiles,
        across_files: true,
        message: INCLUDE_CYCLE.fill(&[&path.join(ARROW)]),
        help: INCLUDE_CYCLE_HELP,
    }

    /// Something depends on a service that an agent does without.
    error WithoutDependency {
        /// The service that is left out.
        service: String,
        /// The unit that depends on it.
        dependent: String,
    } = "without-dependency" {
        meaning: "An agent excludes a service that others of it depend on.",
        example: Ecosystem(r#"template bot { script a { run "a"; } script b { run "b"; depends_on a; } } agent duck: bot { without a; }"#),
        across_files: true,
        message: WITHOUT_DEPENDENCY.fill(&[dependent, service]),
        help: WITHOUT_DEPENDENCY_HELP.fill(&[dependent]),
    }

    /// A dependency on a service that is not there in all profiles of its dependent.
    error NotInProfile {
        /// The dependent.
        dependent: String,
        /// The target.
        target: String,
        /// The profiles the target exists in.
        profiles: Vec<String>,
    } = "not-in-profile" {
        meaning: "A unit depends on one that does not exist in all of its profiles.",
        example: Ecosystem(r#"script a { run "a"; only_profile dev; } script b { run "b"; depends_on a; }"#),
        across_files: true,
        message: NOT_IN_PROFILE.fill(&[dependent, target, &profiles_named(profiles)]),
        help: NOT_IN_PROFILE_HELP.fill(&[profiles.first().map_or("name", String::as_str)]),
    }

    /// `(ready)` of something that has no probe.
    error NothingToBeReady {
        /// The target.
        target: String,
    } = "nothing-to-be-ready" {
        meaning: "`(ready)` waits for a probe, and the target has none.",
        example: Ecosystem(r#"external mongodb; script web { run "web"; depends_on mongodb (ready); }"#),
        across_files: true,
        message: NOTHING_TO_BE_READY.fill(&[target]),
        help: NOTHING_TO_BE_READY_HELP,
    }

    /// `(completed)` of something that does not end for good.
    error NeverCompletes {
        /// The target.
        target: String,
        /// Why it does not.
        why: Endless,
        /// The profile in which it does not, where it does without.
        profile: Option<String>,
    } = "never-completes" {
        meaning: "`(completed)` waits for the end of something that PM2 restarts, or that nothing starts.",
        example: Ecosystem(r#"script a { run "a"; } script b { run "b"; depends_on a (completed); }"#),
        across_files: true,
        message: {
            let profile = profile.as_ref().map(|profile| IN_PROFILE.fill(&[profile]));
            NEVER_COMPLETES.fill(&[target, profile.as_deref().unwrap_or_default(), why.reason()])
        },
        help: why.help(),
    }

    // Almost certainly wrong.

    /// A log probe of what is not started.
    error LogOfExternal = "log-of-external" {
        meaning: "What this system does not start has no log that it knows.",
        example: Ecosystem(r#"external mongodb { ready log "listening"; }"#),
        message: "an external has no log: this system does not start it",
        help: "write `ready tcp \"127.0.0.1:27017\";`, `ready http \"http://…\";` or `ready exec \"program\";`",
    }

    /// Something that a stronger statement makes useless.
    error NoEffect {
        /// The attribute.
        key: String,
        /// What is stronger.
        beside: String,
    } = "no-effect" {
        meaning: "An attribute beside one that takes its place.",
        example: Ecosystem(r#"python tts { module app; run "uvicorn", "app:app"; }"#),
        message: match key == "increment_var" {
            true => format!("`{key}` and `{beside}` are written into the same variable"),
            false => NO_EFFECT.fill(&[key, beside]),
        },
        help: match key == "increment_var" {
            true => "write two different variables, as in `increment_var PORT; instance_var INSTANCE;`".to_owned(),
            false => NO_EFFECT_HELP.fill(&[key, beside]),
        },
    }

    /// A file where the name of a module belongs.
    error NotAModule {
        /// What is written.
        found: String,
        /// What to do.
        instead: String,
    } = "not-a-module" {
        meaning: "`module` is the name that `python -m` takes.",
        example: Ecosystem(r#"python tts { module "main.py"; }"#),
        message: format!("{found} is not the name of a Python module"),
        help: instead.clone(),
    }

    /// A whole command line as one text.
    lint CommandLine {
        /// The text.
        written: String,
        /// What to do.
        instead: String,
    } = "command-line" {
        meaning: "No shell takes a text apart: each argument is a text of its own.",
        example: Ecosystem(r#"script web { run "npm run start"; }"#),
        message: format!("{written} is one word here, spaces and all"),
        help: instead.clone(),
    }

    /// A sign of a shell as an argument of its own.
    lint ShellSign {
        /// The sign.
        written: String,
        /// What to do.
        instead: String,
    } = "shell-sign" {
        meaning: "No shell reads `>`, `2>&1`, `|`, `&&` or `&` among the arguments: the program gets them.",
        example: Ecosystem(r#"script web { run "web", ">", "web.log"; }"#),
        message: format!("{written} is an argument of the program here: no shell reads it"),
        help: instead.clone(),
    }

    /// What only a shell knows in the place of a program.
    lint ShellWord {
        /// The word.
        written: String,
        /// What to do.
        instead: String,
    } = "shell-word" {
        meaning: "No shell reads a command: `NAME=value`, `cd`, `export` or `source` is not the name of a program.",
        example: Ecosystem(r#"script web { run "NODE_ENV=production", "./start"; }"#),
        message: format!("{written} is the program here: no shell reads it"),
        help: instead.clone(),
    }

    /// A program that leaves another one in the background and ends.
    lint Background {
        /// The program, and what makes it do so.
        written: String,
        /// Whether it ends at once; else it has no effect.
        ends: bool,
        /// What to do.
        instead: String,
    } = "background" {
        meaning: "A service is a program in the foreground. One that leaves another in the background ends \
            at once and is started again and again.",
        example: Ecosystem(r#"script cache { run "docker", "run", "-d", "redis"; }"#),
        message: match ends {
            true => format!("`{written}` leaves a program in the background and ends: it is started again and again"),
            false => format!("`{written}` has no effect here: no terminal ends a service"),
        },
        help: instead.clone(),
    }

    /// A limit of memory that the program does not see.
    lint MemoryOfRunner {
        /// The process that is measured.
        written: String,
        /// What to do.
        instead: String,
    } = "memory-of-runner" {
        meaning: "`max_memory_restart` measures the first process of a service alone. npm, `uv run`, docker and the \
            like start the program as another process, and stay.",
        example: Ecosystem(r#"node web { runner npm; run "start"; max_memory_restart 300M; }"#),
        message: format!("`max_memory_restart` measures {written} here, and not the program that it starts"),
        help: instead.clone(),
    }

    /// A file of another language than the service's.
    lint WrongFile {
        /// The file.
        file: String,
        /// Its language.
        language: &'static str,
        /// The kind of the service.
        kind: Kind,
        /// What to do.
        instead: String,
    } = "wrong-file" {
        meaning: "A file that the service's kind does not run.",
        example: Ecosystem(r#"node bot { entry "app.py"; }"#),
        message: match kind {
            Kind::Node => format!("`{file}` is written in {language}, and this service runs on Node"),
            Kind::Python | Kind::Script => format!("`{file}` is not a program by itself"),
        },
        help: instead.clone(),
    }

    /// A value that does not mean what it says.
    lint UnlikelyValue {
        /// The attribute and its value.
        value: String,
        /// What it means.
        why: String,
        /// What to do.
        instead: String,
    } = "unlikely-value" {
        meaning: "A value that is allowed, and has another effect than the one that it says.",
        example: Ecosystem("defaults { max_memory_restart 300K; }"),
        message: format!("`{value}`: {why}"),
        help: instead.clone(),
    }

    /// `port` and another value of PORT.
    lint PortTwice {
        /// The port.
        port: i64,
        /// The value of the variable.
        variable: String,
        /// What gives it the port: `listen http 8000`.
        statement: String,
    } = "port-twice" {
        meaning: "`port`, and `listen` without a name, set the variable PORT, and the variable has another value.",
        example: Ecosystem(r#"script web { run "web"; port 8000; env { PORT = 8001; } }"#),
        message: format!("`PORT` is {variable} here, and the port of this service is {port}"),
        help: match statement.replacen(&port.to_string(), variable.trim(), 1) {
            other if other != *statement && variable.trim().parse::<u16>().is_ok() => {
                format!("remove the variable, which `{statement};` sets, or write `{other};`")
            }
            _ => format!("remove the variable, which `{statement};` sets"),
        },
    }

    /// Two services on one port, which the variable PORT gives one of them.
    lint PortVariableConflict {
        /// The port.
        port: u16,
        /// The service that has it by its variable.
        service: String,
        /// The other service.
        other: String,
        /// The first and the last port of the service's processes, where there are several.
        counts: Option<[u16; 2]>,
        /// The ecosystems of the two, where it is not one.
        declared_in: Option<[String; 2]>,
    } = "port-variable-conflict" {
        meaning: "The variable PORT, or `increment_var PORT`, gives a service the port of another one that can run together with it.",
        example: Ecosystem(r#"script web { run "web"; port 8000; } script api { run "api"; env { PORT = 8000; } }"#),
        message: {
            let [service, other] = two_units(service, other, declared_in.as_ref());
            match counts {
                Some([first, last]) => format!(
                    "PORT of {service} counts up from {first} to {last}, and {other} has the port {port}"
                ),
                None => format!("PORT gives {service} the port {port}, which {other} has, too"),
            }
        },
        help: "only one of them can take it: change one, write `env { unset PORT; }` in one that does not listen there, or `only_profile` where they never run together",
    }

    /// A probe on another port than the service's.
    lint ProbePort {
        /// The port of the probe.
        asked: i64,
        /// The port of the service.
        port: i64,
        /// What is asked on the service's port.
        instead: String,
    } = "probe-port" {
        meaning: "A probe asks on another port than the one that the service has.",
        example: Ecosystem(r#"script web { run "web"; port 8000; ready tcp "127.0.0.1:8080"; }"#),
        message: format!("this asks on port {asked}, and the service has port {port}"),
        help: format!("write `{instead:?}`"),
    }

    /// A relative file that units on two machines name.
    lint SharedFile {
        /// The file as it is written.
        file: String,
        /// The other unit.
        other: String,
    } = "shared-file" {
        meaning: "Units on two machines name one relative file, and each machine has its own.",
        example: Ecosystem(r#"machine a "a.lan"; machine b "b.lan"; script one { run "one"; on a; out_file "all.log"; } script two { run "two"; on b; out_file "all.log"; }"#),
        message: format!("`{other}` on another machine names `{file}`, too: each machine has its own"),
        help: "give them two names, or write the absolute path of a place that the machines share",
    }

    /// The address of an endpoint, written out.
    lint LiteralEndpoint {
        /// The address as it is written.
        written: String,
        /// The unit that listens there, in backquotes; `it` for the one that has the text.
        unit: String,
        /// What to write.
        instead: String,
    } = "literal-endpoint" {
        meaning: "A text has the address of an endpoint in it, which a reference says once and for all.",
        example: Ecosystem(r#"node proxx { listen http 8789; } script web { run "web"; env { API = "http://127.0.0.1:8789/v1"; } }"#),
        message: format!("{unit} listens on `{written}`"),
        help: instead.clone(),
    }

    /// A path in the place of the name of a service.
    lint PathAsName {
        /// The path.
        name: String,
        /// Whether it is that of a file.
        is_file: bool,
        /// The service as it is to be written.
        instead: String,
    } = "path-as-name" {
        meaning: "The first text after the kind of a service is its name, the second one its directory.",
        example: Ecosystem(r#"node "services/web" { restart_delay 5s; }"#),
        message: match is_file {
            true => format!("`{name}` is the name of this service here, not its program"),
            false => format!("`{name}` is the name of this service here, not its directory"),
        },
        help: format!("write `{instead}`"),
    }

    /// A profile that is written once and resembles another one.
    lint SimilarProfiles {
        /// The name.
        name: String,
        /// The one that it resembles.
        other: String,
    } = "similar-profiles" {
        meaning: "The name of a profile is written once, and differs from another one by a letter or two.",
        example: Ecosystem(r#"script a { run "a"; only_profile production; } script b { run "b"; only_profile prodcution; }"#),
        message: SIMILAR_PROFILES.fill(&[name, other]),
        help: SIMILAR_PROFILES_HELP.fill(&[other]),
    }

    /// A text for a shell.
    lint ShellText {
        /// The part that a shell would expand.
        part: String,
        /// What to do.
        instead: String,
    } = "shell-text" {
        meaning: "A text that a shell would expand, where there is none.",
        example: Ecosystem(r#"defaults { env { CACHE = "$HOME/cache"; } }"#),
        message: format!("no shell expands `{part}` here"),
        help: instead.clone(),
    }

    /// A secret that is written out.
    lint PlainSecret {
        /// The variable or the attribute.
        holder: String,
        /// How it is known that it is one.
        known_by: KnownBy,
        /// What to do.
        instead: String,
    } = "plain-secret" {
        meaning: "A secret in plain text, which everybody has who reads the source, its history or a printed \
            configuration. What everybody knows, such as `postgres` or `changeme`, is none.",
        example: Ecosystem(r#"node bot { env { DISCORD_TOKEN = "kW4x7Qz9"; } }"#),
        message: match known_by {
            KnownBy::Name => format!("`{holder}` has a secret in plain text"),
            KnownBy::Look(look) => {
                format!("`{holder}` has a secret in plain text: {}", look.told())
            }
        },
        help: instead.clone(),
    }

    /// `override` of a service that the agent has itself.
    error OwnOverride {
        /// The service.
        service: String,
    } = "own-override" {
        meaning: "`override` changes a service of the template; the agent's own services are written there.",
        example: Ecosystem(r#"agent duck { script web { run "web"; } override web { autorestart false; } }"#),
        message: format!("`{service}` is declared in this agent: `override` is for services of a template"),
        help: "write the attributes in the service itself",
    }

    /// A template that nothing is made from.
    lint UnusedTemplate {
        /// Its name.
        name: String,
        /// Whether it has services, which are for agents.
        of_services: bool,
    } = "unused-template" {
        meaning: "Nothing is made from a template, and no other file can use it.",
        example: Ecosystem(r#"template bot { script a { run "a"; } } script b { run "b"; }"#),
        message: match of_services {
            true => format!("unused template `{name}`: no agent is made from it"),
            false => format!("unused template `{name}`: nothing is made from it"),
        },
        help: match of_services {
            true => format!("remove it, or write `agent NAME: {name};`"),
            false => format!("remove it, or write `: {name}` after the name of a service or an agent"),
        },
    }

    /// An env set that nothing spreads.
    lint UnusedEnvSet {
        /// Its name.
        name: String,
    } = "unused-env-set" {
        meaning: "Nothing spreads an env set, and no other file can.",
        example: Ecosystem(r#"env discord { CHANNEL = 1; } script b { run "b"; }"#),
        message: format!("unused env set `{name}`: nothing spreads it"),
        help: format!("remove it, or write `env {{ ..{name}; }}` where its variables belong"),
    }

    /// An `allow` that lifts nothing.
    lint UnusedAllow {
        /// The lint.
        rule: &'static str,
    } = "unused-allow" {
        meaning: "An `allow` lifts a lint that finds nothing.",
        example: Ecosystem(r#"script a { run "a"; allow port-twice "it reads both"; }"#),
        message: format!("this allows nothing: the lint `{rule}` finds nothing here"),
        help: "remove it, or write it where the lint finds something",
    }

    /// `allow` of an error.
    error AllowOfError {
        /// The rule.
        rule: String,
    } = "allow-of-error" {
        meaning: "Errors cannot be lifted, only lints.",
        example: Ecosystem(r#"script a { run "a"; allow unknown-unit "it is there"; }"#),
        message: format!("`{rule}` is an error: errors cannot be lifted"),
        help: "remove the `allow`, and what breaks the rule; only lints can be allowed",
    }

    /// `unset` of a variable that nothing gives.
    lint UnsetNothing {
        /// The variable or the attribute.
        key: String,
        /// Whether it is an attribute.
        attribute: bool,
        /// The one that is probably meant.
        meant: Option<String>,
    } = "unset-nothing" {
        meaning: "`unset` takes away a variable or an attribute that nothing gives.",
        example: Ecosystem("defaults { env { LEVEL = 1; } } script a { run \"a\"; env { unset LEVLE; } }"),
        message: match attribute {
            true => format!("nothing sets `{key}`, so there is nothing to unset"),
            false => format!("nothing sets the variable `{key}`"),
        },
        help: match meant {
            Some(meant) => DID_YOU_MEAN.fill(&[meant]),
            None => format!("remove `unset {key};`"),
        },
    }

    /// A variable that two sets give.
    lint SpreadTwice {
        /// The variable.
        key: String,
        /// The first set.
        first: String,
        /// The second set.
        second: String,
    } = "spread-twice" {
        meaning: "Two sets in one block give a variable two values; the later one counts.",
        example: Ecosystem("env a { LEVEL = 1; } env b { LEVEL = 2; } script c { run \"c\"; env { ..a; ..b; } }"),
        message: match first == second {
            true => format!("`{second}` is spread twice"),
            false => format!("both `{first}` and `{second}` give `{key}`"),
        },
        help: match first == second {
            true => format!("remove one `..{second};`"),
            false => format!("write `{key} = …;` in this block to say which"),
        },
    }

    /// A variable that no shell can write.
    lint UnusualKey {
        /// The variable.
        key: String,
        /// What to write instead.
        instead: String,
    } = "unusual-key" {
        meaning: "The name of a variable has letters, digits and `_`: no shell can write another one, and few programs read it.",
        example: Ecosystem(r#"defaults { env { "MY KEY" = 1; } }"#),
        message: format!("no shell can write the variable `{key}`"),
        help: format!("write `{instead}`"),
    }

    // The disk.

    /// A service's directory, or the root, that is not there.
    lint MissingDirectory {
        /// The path.
        path: MissingPath,
        /// Whether a file is there.
        is_file: bool,
    } = "missing-directory" {
        meaning: "A directory does not exist.",
        example: Ecosystem(r#"node web "servcies/web";"#),
        message: match is_file {
            true => format!("not a directory: {}", path.tried),
            false => format!("directory not found: {}", path.tried),
        },
        help: match (&path.nearest, is_file) {
            _ if path.written.starts_with(['~', '$', '%']) => {
                "no shell expands this: write the path relative to the ecosystem's `root`, or in full"
                    .to_owned()
            }
            (Some(nearest), _) => DID_YOU_MEAN.fill(&[nearest]),
            (None, true) => {
                "the program of a service is written in it: `entry`, `module` or `run`".to_owned()
            }
            (None, false) => "create it, or write the path relative to the ecosystem's `root`; \
                 where the services are not checked out, write `paths unchecked;`"
                .to_owned(),
        },
    }

    /// A watched path that is not there.
    lint MissingWatch {
        /// The path.
        path: MissingPath,
    } = "missing-watch" {
        meaning: "A watched path is not there. PM2 watches it forever and never restarts.",
        example: Ecosystem(r#"script web { run "web"; watch "scr"; }"#),
        message: format!("watched path not found: {}", path.tried),
        help: path.help(
            "PM2 would watch it forever and never restart; write the path relative to the \
             service's directory, as in `watch \".\";`",
        ),
    }

    /// A module of Python that is not there.
    lint MissingModule {
        /// The module, and the directory that was looked in.
        path: MissingPath,
    } = "missing-module" {
        meaning: "Python's default module `main` does not exist, or one whose name is nearly that of a file.",
        example: Ecosystem("python tts;"),
        message: format!("module `{}` not found in {}", path.written, path.tried),
        help: path.help("create main.py, or name the module: `module app;`"),
    }

    /// A program named by its path that is not there.
    lint MissingProgram {
        /// The path.
        path: MissingPath,
    } = "missing-program" {
        meaning: "A program that is named by its path does not exist.",
        example: Ecosystem(r#"script web { run "./wbe"; }"#),
        message: format!("program not found: {}", path.tried),
        help: path.help(
            "write the path relative to the service's directory; what is built later is allowed \
             with `allow missing-program \"built by make\";`",
        ),
    }
}
