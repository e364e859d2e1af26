//! What is said of each fault.

use super::{Endless, Fault, Known, PathUse, expected, placeholders};
use crate::attribute::{Attribute, Form, Type};
use crate::declaration::{Kind, ProbeKind};
use crate::list::and_more;
use crate::reserved;
use std::time::Duration;

use crate::number::{NumberError, format_duration};
use crate::suggest::nearest;
use crate::value::Value;

#[expect(clippy::too_many_lines, reason = "one line for each fault, in the order of the faults")]
pub(super) fn message(fault: &Fault) -> String {
    match fault {
        Fault::Unexpected { expected, found } => format!("expected {expected}, found {found}"),
        Fault::MissingSemicolon => "missing `;` behind this".into(),
        Fault::WrongDelimiter { found } => {
            format!("expected a block in braces, found `{found}`")
        }
        Fault::SplitUnit { number, unit } => {
            format!("space between the number `{number}` and its unit `{unit}`")
        }
        Fault::BarePath { path } => format!("`{path}` is a Rust expression without parentheses"),
        Fault::HashComment => "unexpected `#`: comments begin with `//`".into(),
        Fault::SignAfterAttribute { key, sign, .. } => {
            format!("unexpected `{sign}` between `{key}` and its value")
        }
        Fault::EnvWithoutEquals { key } => format!("missing `=` between `{key}` and its value"),
        Fault::BracketedList => "unexpected brackets around a list".into(),
        Fault::NotAValue { literal } => format!("`{literal}` is not a value"),
        Fault::BadNumber { written, error, .. } => number_message(written, error),
        Fault::EmptyExpression => "missing expression in the parentheses".into(),
        Fault::RustAttribute => {
            "unexpected Rust attribute: only doc comments may stand here".into()
        }
        Fault::UnknownItem { word, .. } => format!("unknown item `{word}`"),
        Fault::Misplaced { word, .. } => format!("`{word}` does not belong here"),
        Fault::Repeated { what } => format!("duplicate {what}"),
        Fault::UnknownAttribute { key, .. } => format!("unknown attribute `{key}`"),
        Fault::DerivedAttribute { key, .. } => {
            format!("`{key}` cannot be set: the language derives it")
        }
        Fault::DuplicateAttribute { attribute, written } => {
            if *written == attribute.name {
                format!("duplicate attribute `{written}`")
            } else {
                format!(
                    "duplicate attribute `{written}`: it is another name of `{}`",
                    attribute.name
                )
            }
        }
        Fault::WrongKind { attribute, kind } => {
            format!("`{}` does not apply to a {} service", attribute.name, kind.word())
        }
        Fault::WrongType { attribute, found } => {
            format!("`{}` expects {}, found {}", attribute.name, expected(attribute), found.kind())
        }
        Fault::OutOfRange { key, found, minimum, maximum } => match maximum {
            Some(maximum) => {
                format!("`{key}` must be between {minimum} and {maximum}, found {found}")
            }
            None => format!("`{key}` must be at least {minimum}, found {found}"),
        },
        Fault::UnknownChoice { what, found, .. } => format!("unknown {what} `{found}`"),
        Fault::MissingValue { attribute } => format!("missing value for `{}`", attribute.name),
        Fault::TooManyValues { attribute } => {
            format!("too many values: `{}` takes one", attribute.name)
        }
        Fault::BooleanInList { attribute } => {
            format!("`{}` takes a boolean or a list, not a boolean in a list", attribute.name)
        }
        Fault::VenvWithoutDirectory => {
            "missing directory: `runner venv` does not say which virtual environment".into()
        }
        Fault::WrongForm { attribute } if attribute.form == Form::Object => {
            format!("`{}` expects a block", attribute.name)
        }
        Fault::WrongForm { attribute } => format!("`{}` does not take a block", attribute.name),
        Fault::BadCron { pattern, error } => format!("invalid cron pattern {pattern}: {error}"),
        Fault::CronNeverComes { pattern } => {
            format!("the cron pattern {pattern} never comes: no moment fits it")
        }
        Fault::BadRegex { reason } => format!("invalid regular expression: {reason}"),
        Fault::UnclosedGlob { bracket } => format!("`{bracket}` is not closed in this glob"),
        Fault::BadAddress { kind: ProbeKind::Http, reason } => format!("invalid URL: {reason}"),
        Fault::BadAddress { reason, .. } => format!("invalid address: {reason}"),
        Fault::SecretOutsideEnv { key, word } => {
            format!("`{word}` does not belong in `{key}`: it is a value for `env`")
        }
        Fault::ClusterWithoutNode { runs } => {
            format!("only Node programs run in a cluster, and this runs {runs}")
        }
        Fault::MessagesWithoutNode { key, runs } => {
            format!("`{key}` needs a Node program that PM2 starts itself, and this runs {runs}")
        }
        Fault::InstancesSharePort { port } => {
            format!("all instances get the port {port}, and only the first one can take it")
        }
        Fault::TwoRestartDelays => {
            "`restart_delay` has no effect beside `exp_backoff_restart_delay`".into()
        }
        Fault::IntervalBeyondTimeout { interval, timeout } => format!(
            "the interval of {} is longer than the timeout of {}",
            format_duration(*interval),
            format_duration(*timeout)
        ),
        Fault::NotADuration { name, found } => {
            format!("`{name}` expects a duration, found {}", found.kind())
        }
        Fault::ProbeValues { kind } => match kind {
            ProbeKind::Tcp => "`ready tcp` takes one address".into(),
            ProbeKind::Http => "`ready http` takes one URL".into(),
            ProbeKind::Log => "`ready log` takes one regular expression".into(),
            ProbeKind::Exec => "`ready exec` takes a program and its arguments".into(),
        },
        Fault::NodeRun { npm: true } => {
            "missing `run`: `runner npm` does not say which script to run".into()
        }
        Fault::NodeRun { npm: false } => "a node service has `run` only with `runner npm`".into(),
        Fault::ScriptWithoutRun => "missing `run`: this script does not say what to run".into(),
        Fault::LoneBrace { brace } => format!("single `{brace}` in a text"),
        Fault::UnknownPlaceholder { word } => format!("unknown placeholder `{{{word}}}`"),
        Fault::AgentPlaceholderOutside => {
            "`{agent}` has no meaning in a service that is in no agent".into()
        }
        Fault::SecretPlaceholderOutside => {
            "`{secret …}` would end up in a file or in the process list here".into()
        }
        Fault::NulInText => "a process cannot be given a text with a NUL in it".into(),
        Fault::ReservedName { name } if name == "all" => {
            "reserved name `all`: PM2 takes it for all of its apps".into()
        }
        Fault::ReservedName { name } if name == "default" => {
            "reserved name `default`: PM2 has it for all apps that are in no agent".into()
        }
        Fault::ReservedName { name } => {
            format!("reserved name `{name}`: PM2 takes it for the id of an app")
        }
        Fault::BadName { name, reason } => format!("invalid name `{name}`: {reason}"),
        Fault::DuplicateUnit { name, second, first } => {
            let other = match first == second {
                true => format!("another {first}"),
                false => format!("the {first}"),
            };
            format!("duplicate name `{name}`: the {second} has the name of {other}")
        }
        Fault::SimilarNames { name, other } => {
            format!("`{name}` is easily taken for `{other}`")
        }
        Fault::PortConflict { port, service, other } => {
            format!("`{service}` and `{other}` have the same port {port}")
        }
        Fault::DuplicateName { what, name } => format!("duplicate {what} `{name}`"),
        Fault::DuplicateKey { key } => format!("duplicate environment variable `{key}`"),
        Fault::MistypedSource { word, meant } => {
            format!("`{word}` would be the value of the variable, and looks like `{meant}`")
        }
        Fault::DuplicateDependency { target } => format!("duplicate dependency `{target}`"),
        Fault::BadKey { key } => format!("invalid name of an environment variable: `{key}`"),
        Fault::ReservedKey { key } => {
            format!("reserved variable `{key}`: PM2 takes it for its own record of the app")
        }
        Fault::UnknownUnit { target, ecosystem, .. } => {
            let place = match ecosystem {
                None => "this ecosystem".to_owned(),
                Some(ecosystem) => format!("`{ecosystem}`"),
            };
            format!("unknown dependency `{target}`: {place} has no such service, agent or external")
        }
        Fault::UnknownName { what, name, .. } => format!("unknown {what} `{name}`"),
        Fault::CapitalUnit { word } => {
            format!("`{word}` begins with a capital and is read as another ecosystem")
        }
        Fault::AmbiguousName { what, name, offered_by: [first, second] } => {
            format!("ambiguous {what} `{name}`: both `{first}` and `{second}` offer it")
        }
        Fault::SetCycle { path } => format!("env set contains itself: {}", path.join(" → ")),
        Fault::MissingKey { key, service, required_by } => format!(
            "missing environment variable `{key}`: {required_by} requires it, and `{service}` is not given it"
        ),
        Fault::UnknownEcosystem { path } => format!("unknown ecosystem `{path}`"),
        Fault::UnknownExpression { index } => format!("unknown expression number {index}"),
        Fault::DependsOnItself { unit } => format!("`{unit}` depends on itself"),
        Fault::DependencyCycle { path } => {
            format!("dependency cycle: {}", path.join(" → "))
        }
        Fault::IncludeCycle { path } => format!("include cycle: {}", path.join(" → ")),
        Fault::WithoutDependency { service, dependent } => {
            format!("`{dependent}` depends on `{service}`, which this agent does without")
        }
        Fault::NotInProfile { dependent, target, profiles } => format!(
            "`{dependent}` depends on `{target}`, which exists in {} alone",
            profiles_named(profiles)
        ),
        Fault::NothingToBeReady { target } => {
            format!("`{target}` is never ready: it does not say how to find out")
        }
        Fault::NeverCompletes { target, why, profile } => {
            let profile = profile.as_ref().map(|profile| format!(" in the profile `{profile}`"));
            let why = match why {
                Endless::Restarts => "it is restarted when it ends",
                Endless::Cron => "`cron_restart` starts it again",
                Endless::NotStarted => "`autostart false` keeps it from starting",
                Endless::External => "it is not started by this system",
            };
            format!("`{target}` never completes{}: {why}", profile.unwrap_or_default())
        }
        Fault::MissingPath { what, tried, .. } => match what {
            PathUse::Directory => format!("directory not found: {tried}"),
            PathUse::File => format!("not a directory: {tried}"),
            PathUse::Watch => format!("watched path not found: {tried}"),
            PathUse::Module => format!("module `main` not found in {tried}"),
            PathUse::Program => format!("program not found: {tried}"),
        },
    }
}

#[expect(clippy::too_many_lines, reason = "one line for each fault, in the order of the faults")]
pub(super) fn help(fault: &Fault) -> Option<String> {
    Some(match fault {
        Fault::WrongDelimiter { .. } => "write `{ … }`".into(),
        Fault::SplitUnit { number, unit } => format!("write `{number}{unit}`"),
        Fault::BarePath { path } => format!("write `({path})`"),
        Fault::HashComment => "write `// …`, or `/// …` for what `graph` shows of a unit".into(),
        Fault::SignAfterAttribute { key, value, .. } => format!("write `{key} {value}`"),
        Fault::EnvWithoutEquals { key } => format!("write `{key} = value;`"),
        Fault::BracketedList => "write `\"a\", \"b\";`".into(),
        Fault::NotAValue { .. } => "write a string in double quotes, a number, `true` or `false`, \
             a duration, a size, a word, or a Rust expression in parentheses"
            .into(),
        Fault::BadNumber { written, error, in_env } => return number_help(written, error, *in_env),
        Fault::EmptyExpression => "write a Rust expression, as in `(ports::HEARTBEAT)`".into(),
        Fault::RustAttribute => "what exists only under some condition is written with `profile` \
             and `only_profile`"
            .into(),
        Fault::UnknownItem { word, meant } => unknown_item_help(word, meant.as_deref()),
        Fault::Misplaced { belongs, .. } => belongs.clone(),
        Fault::Repeated { .. } | Fault::TwoRestartDelays => "keep one of the two".into(),
        Fault::UnknownAttribute { meant: Some(meant), .. } => format!("did you mean `{meant}`?"),
        Fault::UnknownAttribute { key, meant: None } => format!(
            "PM2 would drop `{key}` without a word; an environment variable goes into `env {{ … }}`"
        ),
        Fault::DerivedAttribute { instead, .. } => (*instead).to_owned(),
        Fault::DuplicateAttribute { .. }
        | Fault::DuplicateKey { .. }
        | Fault::DuplicateDependency { .. } => "remove one of the two".into(),
        Fault::WrongKind { attribute, .. } => wrong_kind_help(attribute),
        Fault::WrongType { attribute, found } => return wrong_type_help(attribute, found),
        Fault::UnknownChoice { found, choices, .. } => {
            match nearest(found, choices.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("write {}", crate::attribute::one_of(choices)),
            }
        }
        Fault::TooManyValues { attribute } if attribute.name == "runner" => {
            "only `runner venv` has a second value, its directory".into()
        }
        Fault::VenvWithoutDirectory => "write `runner venv \".venv\";`".into(),
        Fault::WrongForm { attribute } if attribute.form == Form::Object => {
            format!("write `{} {{ key value; }}`", attribute.name)
        }
        Fault::MissingValue { attribute } | Fault::WrongForm { attribute } => {
            format!("write {} behind it", expected(attribute))
        }
        Fault::BadCron { .. } => "write minute, hour, day of month, month and day of week, \
             as in `\"0 4 * * *\"`"
            .into(),
        Fault::CronNeverComes { .. } => {
            "PM2 would search for one for ever; give it a date that exists, such as \
             `\"0 4 1 * *\"` for the first of each month"
                .into()
        }
        Fault::BadRegex { .. } => {
            "a sign that stands for itself is written with a backslash, in a \
             raw string: `ready log r\"\\[ok\\]\"`"
                .into()
        }
        Fault::UnclosedGlob { bracket } => {
            format!("close it, or write `?` for a `{bracket}` in the name itself")
        }
        Fault::BadAddress { kind: ProbeKind::Http, .. } => {
            "write `ready http \"http://127.0.0.1:8000/health\";`".into()
        }
        Fault::BadAddress { .. } => "write `ready tcp \"127.0.0.1:8000\";`".into(),
        Fault::SecretOutsideEnv { word, .. } => format!(
            "an argument or a setting can be seen in the list of processes; \
             write `env {{ KEY = {word}; }}`"
        ),
        Fault::ClusterWithoutNode { .. } => {
            "write `exec_mode fork;`, with `instances` for several processes".into()
        }
        Fault::MessagesWithoutNode { key, .. } if key == "wait_ready" => {
            "write `entry \"dist/index.js\";` in place of npm, or a probe: `ready tcp \"127.0.0.1:8000\";`"
                .into()
        }
        Fault::MessagesWithoutNode { .. } => {
            "write `entry \"dist/index.js\";` in place of npm; without messages PM2 sends SIGINT".into()
        }
        Fault::InstancesSharePort { .. } => {
            "write `increment_var PORT;` to count the port up from \
             instance to instance, or `exec_mode cluster;` for a Node program"
                .into()
        }
        Fault::IntervalBeyondTimeout { .. } => {
            "it would be tried once; write a shorter `interval` or a longer `timeout`".into()
        }
        Fault::NotADuration { name, found: Value::Integer(number) } => {
            format!(
                "write `{name} {number}s;` for seconds, or `{name} {number}ms;` for milliseconds"
            )
        }
        Fault::NotADuration { name, .. } => format!("write it as in `{name} 10s;`"),
        Fault::ProbeValues { kind } => match kind {
            ProbeKind::Tcp => "write `ready tcp \"127.0.0.1:8000\";`".into(),
            ProbeKind::Http => "write `ready http \"http://127.0.0.1:8000/health\";`".into(),
            ProbeKind::Log => "write `ready log \"listening on\";`".into(),
            ProbeKind::Exec => "write `ready exec \"./program\", \"argument\";`".into(),
        },
        Fault::NodeRun { npm: true } => {
            "add `run \"dev\";`, the name of the script in package.json".into()
        }
        Fault::NodeRun { npm: false } => {
            "write `entry \"dist/index.js\";`, or `runner npm;` beside it".into()
        }
        Fault::ScriptWithoutRun => "add `run \"./program\", \"argument\";`".into(),
        Fault::LoneBrace { brace } => format!("write `{brace}{brace}` for the brace itself"),
        Fault::UnknownPlaceholder { .. } => {
            format!("the placeholders are {}; `{{{{` and `}}}}` are braces", placeholders())
        }
        Fault::AgentPlaceholderOutside => {
            "write the name itself, or `{name}` for the service's".into()
        }
        Fault::SecretPlaceholderOutside => {
            "give the secret to the process as an environment variable: `env { KEY = secret; }`"
                .into()
        }
        Fault::ReservedName { .. } | Fault::BadName { .. } => "give it another name".into(),
        Fault::DuplicateUnit { .. } => {
            "PM2 would take one for the other: give one of them another name".into()
        }
        Fault::SimilarNames { .. } => {
            "PM2 writes both into the same files on some systems, and people \
             mix them up: give one of them another name"
                .into()
        }
        Fault::PortConflict { .. } => "only one of them can take it: change one, write \
             `only_profile` where they never run together, or \
             `allow port-conflict \"reason\";`"
            .into(),
        Fault::MistypedSource { word, meant } => {
            format!("write `{meant}`, or `\"{word}\"` for the text")
        }
        Fault::BadKey { .. } => "a name has at least one character, and no `=` or NUL".into(),
        Fault::ReservedKey { key } => reserved::help(key),
        Fault::UnknownUnit { meant: Some(meant), .. }
        | Fault::UnknownName { meant: Some(meant), .. } => {
            format!("did you mean `{meant}`?")
        }
        Fault::UnknownUnit { ecosystem: None, known, .. } if known.is_empty() => {
            "a unit of another ecosystem is written with its path: `infra::INFRA.mongodb`".into()
        }
        Fault::UnknownUnit { ecosystem: None, known, .. } => format!(
            "it has {}; a unit of another ecosystem is written with its path: `infra::INFRA.mongodb`",
            quoted_known(known)
        ),
        Fault::UnknownUnit { known, .. } => format!("it has {}", quoted_known(known)),
        Fault::UnknownName { what: "service of the template", known, .. } if known.is_empty() => {
            "this agent has no template to leave something out of".into()
        }
        Fault::UnknownName { what, known, .. } if known.is_empty() => {
            format!("there is no {what} here; those of another file come with `use path::TO_IT;`")
        }
        Fault::UnknownName { known, .. } => format!("there is {}", quoted_known(known)),
        Fault::CapitalUnit { word } => format!("write `\"{word}\"` for the unit of this ecosystem"),
        Fault::AmbiguousName { .. } => "rename one of the two".into(),
        Fault::SetCycle { .. } => "remove one of the spreads".into(),
        Fault::MissingKey { key, .. } => format!(
            "write `env {{ {key} = \"value\"; }}` in the agent or the service, or `unset {key};` to do without"
        ),
        Fault::DependsOnItself { .. } => "remove the dependency".into(),
        Fault::DependencyCycle { .. } => {
            "each waits for the next, and none would ever start: remove one of the dependencies"
                .into()
        }
        Fault::IncludeCycle { .. } => {
            "remove one of the `include`; a service that needs one of another file writes \
             `depends_on path::TO_IT.unit;`"
                .into()
        }
        Fault::WithoutDependency { dependent, .. } => {
            format!("leave out `{dependent}` too, or take the dependency away in an `override`")
        }
        Fault::NotInProfile { profiles, .. } => format!(
            "write the dependency in `profile {} {{ … }}`, or remove `only_profile` from the target",
            profiles.first().map_or("name", String::as_str)
        ),
        Fault::NothingToBeReady { .. } => "give it a probe, such as \
             `ready tcp \"127.0.0.1:8000\";`, or wait for `(started)`"
            .into(),
        Fault::NeverCompletes { why, .. } => match why {
            Endless::Restarts => "write `autorestart false;` in it, or wait for `(started)`".into(),
            Endless::Cron => "remove its `cron_restart`, or wait for `(started)`".into(),
            Endless::NotStarted => {
                "remove its `autostart false`, or the dependency on its completion".into()
            }
            Endless::External => "wait for `(ready)`".into(),
        },
        Fault::MissingPath { what, nearest, .. } => missing_path_help(*what, nearest.as_deref()),
        Fault::MissingSemicolon => "write `;`".into(),
        Fault::TooManyValues { .. } => "keep one of the values".into(),
        Fault::BooleanInList { attribute } => {
            format!("write `{} true;`, or the list without the boolean", attribute.name)
        }
        Fault::NulInText => "remove the `\\0`".into(),
        Fault::DuplicateName { what, .. } if what.starts_with("override") => {
            "write both in one".into()
        }
        Fault::DuplicateName { .. } => "remove one of the two, or give it another name".into(),
        Fault::Unexpected { .. }
        | Fault::OutOfRange { .. }
        | Fault::UnknownEcosystem { .. }
        | Fault::UnknownExpression { .. } => return None,
    })
}

fn number_message(written: &str, error: &NumberError) -> String {
    match error {
        NumberError::Base => format!("`{written}` is not a decimal number"),
        NumberError::LeadingZero => format!("`{written}` has a leading zero"),
        NumberError::Exponent => format!("`{written}` has an exponent"),
        NumberError::FractionWithUnit => format!("`{written}` has a fraction and a unit"),
        NumberError::UnknownUnit { unit, .. } => format!("unknown unit `{unit}`"),
        NumberError::TooLarge => format!("`{written}` is too large"),
        NumberError::NotANumber => format!("`{written}` is not a number"),
    }
}

fn number_help(written: &str, error: &NumberError, in_env: bool) -> Option<String> {
    Some(match error {
        NumberError::UnknownUnit { meant: Some(meant), .. } => format!("did you mean `{meant}`?"),
        _ if in_env => format!("write `\"{written}\"` if the process is to get it as it stands"),
        NumberError::UnknownUnit { meant: None, .. } => {
            "durations are written `500ms`, `10s`, `5m`, `2h`; sizes `512K`, `300M`, `1G`".into()
        }
        NumberError::FractionWithUnit => match whole_number(written) {
            Some(whole) => format!("write `{whole}`"),
            None => "write it in a smaller unit: `90m` for an hour and a half".into(),
        },
        NumberError::NotANumber if written.starts_with('-') => {
            "there is no negative duration or size".into()
        }
        NumberError::LeadingZero => format!("write `{}`", written.trim_start_matches(['0', '_'])),
        NumberError::Base | NumberError::Exponent => "write it in decimal digits".into(),
        NumberError::TooLarge | NumberError::NotANumber => return None,
    })
}

/// `1.5s` → `1500ms`, where a smaller unit makes it a whole number.
fn whole_number(written: &str) -> Option<String> {
    const SMALLER: [(&str, f64, &str); 5] = [
        ("s", 1e3, "ms"),
        ("m", 60.0, "s"),
        ("h", 60.0, "m"),
        ("M", 1024.0, "K"),
        ("G", 1024.0, "M"),
    ];
    let (_, factor, unit, amount) = SMALLER.iter().find_map(|(unit, factor, smaller)| {
        let amount: f64 = written.strip_suffix(unit)?.replace('_', "").parse().ok()?;
        Some((*unit, *factor, *smaller, amount))
    })?;
    let whole = amount * factor;
    (whole.fract() == 0.0).then(|| format!("{whole}{unit}"))
}

fn unknown_item_help(word: &str, meant: Option<&str>) -> String {
    match (word, meant) {
        (_, Some(meant)) => format!("did you mean `{meant}`?"),
        _ if nearest(word, ["service", "app", "process"]).is_some() => "a service begins with its kind: `python NAME \
             \"directory\";`, `node NAME \"directory\";`, `script NAME \"directory\" { run \"./program\"; }`"
            .into(),
        (
            "go" | "ruby" | "rust" | "php" | "perl" | "bash" | "sh" | "java" | "dotnet" | "deno" | "bun" | "binary",
            _,
        ) => "any other program is a script: `script NAME \"directory\" { run \"./program\"; }`".into(),
        _ => "the items are `name`, `root`, `paths`, `use`, `include`, `defaults`, `secrets`, `env`, \
             `template`, `agent`, `python`, `node`, `script` and `external`"
            .into(),
    }
}

fn wrong_kind_help(attribute: &Attribute) -> String {
    match attribute.name {
        "interpreter" => "write `runner pipenv`, `uv`, `poetry`, `system` or `venv \"DIR\"`".into(),
        "entry" => "a python service has `module NAME;`, a script `run \"./program\";`".into(),
        "module" => "a node service has `entry \"file.js\";`, a script `run \"./program\";`".into(),
        "runner" => "a script has `run \"./program\", \"argument\";`".into(),
        _ => {
            let kinds: Vec<&str> = attribute.kinds.iter().map(|kind| Kind::word(*kind)).collect();
            format!("it is an attribute of {} services", kinds.join(" and "))
        }
    }
}

fn wrong_type_help(attribute: &Attribute, found: &Value) -> Option<String> {
    let name = attribute.name;
    let takes = |wanted: fn(&Type) -> bool| attribute.types.iter().any(wanted);
    Some(match found {
        Value::Integer(number) if takes(|kind| matches!(kind, Type::Duration { .. })) => {
            let number = number.unsigned_abs();
            match number {
                0 => format!("write `{name} 0s;`"),
                _ => {
                    let as_pm2 = format_duration(Duration::from_millis(number));
                    format!(
                        "write `{name} {as_pm2};` for {number} milliseconds, as PM2 reads it, \
                         or `{name} {number}s;` for seconds"
                    )
                }
            }
        }
        Value::Integer(number) if takes(|kind| matches!(kind, Type::Size)) => {
            let size = crate::number::Size::from_bytes(number.unsigned_abs());
            let bytes = size.to_string();
            if bytes.ends_with(char::is_alphabetic) {
                format!(
                    "write `{name} {bytes};` for {number} bytes, or `{name} {number}M;` for megabytes"
                )
            } else {
                format!("write `{name} {number}M;` for megabytes")
            }
        }
        Value::Text(text)
            if takes(|kind| matches!(kind, Type::Boolean))
                && matches!(text.as_str(), "true" | "false") =>
        {
            format!("write `{name} {text};` without quotes")
        }
        Value::Text(_) | Value::Integer(_) | Value::Word(_)
            if attribute.types == [Type::Boolean] =>
        {
            format!("write `{name} true;` or `{name} false;`")
        }
        Value::Text(text) => {
            let unquoted = attribute.types.iter().any(|kind| match kind {
                Type::Choice(choices) => choices.contains(&text.as_str()),
                Type::Integer { .. } => text.parse::<i64>().is_ok(),
                Type::Duration { .. } | Type::Size => crate::number::parse_number(text).is_ok(),
                _ => false,
            });
            match unquoted {
                true => format!("write `{name} {text};` without quotes"),
                false => return None,
            }
        }
        Value::Word(word) if takes(|kind| matches!(kind, Type::Text | Type::Path | Type::Cron)) => {
            format!("write `{name} \"{word}\";` in quotes")
        }
        Value::Size(size) if takes(|kind| matches!(kind, Type::Duration { .. })) => {
            let written = size.to_string();
            match written.strip_suffix('M') {
                Some(amount) => format!("`M` is a unit of sizes; minutes are written `{amount}m`"),
                None => format!("`{written}` is an amount of memory"),
            }
        }
        Value::Duration(duration) if takes(|kind| matches!(kind, Type::Size)) => {
            let written = format_duration(*duration);
            match written.strip_suffix('m') {
                Some(amount) => {
                    format!("`m` is a unit of durations; megabytes are written `{amount}M`")
                }
                None => format!("`{written}` is a length of time"),
            }
        }
        _ => return None,
    })
}

fn missing_path_help(what: PathUse, nearest: Option<&str>) -> String {
    if let Some(nearest) = nearest {
        return format!("did you mean `{nearest}`?");
    }
    match what {
        PathUse::File => "the program of a service is written in it: `entry`, `module` or `run`".into(),
        PathUse::Directory => "create it, or write the path relative to the ecosystem's `root`; \
             where the services are not checked out, write `paths unchecked;`"
            .into(),
        PathUse::Watch => {
            "PM2 would watch it for ever and never restart; write the path relative to the service's directory, as in `watch \".\";`".into()
        }
        PathUse::Module => "create main.py, or name the module: `module app;`".into(),
        PathUse::Program => "write the path relative to the service's directory; \
             what is built later is allowed with `allow missing-program \"built by make\";`"
            .into(),
    }
}

/// `` `a`, `b` and 12 more ``
pub(crate) fn quoted(names: &[String]) -> String {
    first_of(names, names.len())
}

fn quoted_known(known: &Known) -> String {
    first_of(known.first(), known.count())
}

fn first_of(names: &[String], count: usize) -> String {
    let quoted = names.iter().take(Known::SHOWN).map(|name| format!("`{name}`"));
    and_more(quoted, count)
}

fn profiles_named(profiles: &[String]) -> String {
    match profiles {
        [single] => format!("the profile {}", quoted(std::slice::from_ref(single))),
        _ => format!("the profiles {}", quoted(profiles)),
    }
}
