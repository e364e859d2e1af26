//! Parts of messages that are too long for the table of rules.

use std::time::Duration;

use super::Known;
use super::texts::{
    DID_YOU_MEAN, ELSEWHERE, IT_HAS, IT_HAS_NONE, IT_HAS_OR_ELSEWHERE, OF, ONE_PROFILE, QUOTED,
    SEVERAL_PROFILES, THIS_ECOSYSTEM,
};
use crate::attribute::{Attribute, Form, Type};
use crate::declaration::{Kind, ProbeKind};
use crate::kind::{EndpointPart, ProbeHead};
use crate::list::and_more;
use crate::number::{Number, NumberError, format_duration, parse_number};
use crate::other_tools::{signal_of, times_of_interval, times_of_word};
use crate::suggest::nearest;
use crate::text::{self, Placeholder};
use crate::value::Value;

pub(super) fn number_message(written: &str, error: &NumberError) -> String {
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

pub(super) fn number_help(written: &str, error: &NumberError, in_env: bool) -> Option<String> {
    Some(match error {
        NumberError::UnknownUnit { meant: Some(meant), .. } => DID_YOU_MEAN.fill(&[meant]),
        _ if in_env => format!("write `\"{written}\"` to pass it to the process as it is"),
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

pub(super) fn unknown_item_help(word: &str, meant: Option<&str>) -> String {
    match (word, meant) {
        (_, Some(meant)) => DID_YOU_MEAN.fill(&[meant]),
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

/// The text of a literal of Rust as a string of the language.
pub(super) fn not_a_value_help(literal: &str) -> String {
    let quoted = literal.trim_start_matches(['b', 'c', 'r', '#']).trim_end_matches('#');
    let text =
        ['"', '\''].iter().find_map(|quote| quoted.strip_prefix(*quote)?.strip_suffix(*quote));
    match text {
        Some(text) => format!("write `\"{}\"`", text.replace('"', "\\\"")),
        None => {
            "write a string in double quotes, a number, `true` or `false`, a duration, a size, a \
                 word, or a Rust expression in parentheses"
                .to_owned()
        }
    }
}

/// Two units by their names, and by their ecosystems where these are two.
pub(super) fn two_units(one: &str, other: &str, of: Option<&[String; 2]>) -> [String; 2] {
    let quoted = [QUOTED.fill(&[one]), QUOTED.fill(&[other])];
    match of {
        None => quoted,
        Some([here, there]) => {
            let [one, other] = &quoted;
            [OF.fill(&[one, here]), OF.fill(&[other, there])]
        }
    }
}

pub(super) fn wrong_kind_help(attribute: &Attribute) -> String {
    match attribute.name {
        "interpreter" => "`interpreter` is for node and script services: write `runner pipenv`, `uv`, `poetry`, `system` or `venv \"DIR\"`".into(),
        "entry" => "`entry` is for node services; a python service has `module NAME;`, a script \
             `run \"./program\";`"
            .into(),
        "module" => "`module` is for python services; a node service has `entry \"file.js\";`, a script \
             `run \"./program\";`"
            .into(),
        "runner" => "`runner` is for python and node services; a script has `run \"./program\", \"argument\";`".into(),
        _ => {
            let kinds: Vec<&str> = attribute.kinds.iter().map(|kind| Kind::word(*kind)).collect();
            format!("`{}` is for {} services: remove it", attribute.name, kinds.join(" and "))
        }
    }
}

/// What to write for a number of another sort than an attribute takes.
fn other_number_help(attribute: &Attribute, found: &Value) -> Option<String> {
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
        Value::Duration(_) if takes(|kind| matches!(kind, Type::Cron)) => {
            match times_of_interval(found) {
                Some(times) => format!("write `{name} {times:?};`"),
                None => "write the times, as in `\"0 4 * * *\"`: cron has none for this interval"
                    .to_owned(),
            }
        }
        Value::Float(number)
            if number.fract() == 0.0 && takes(|kind| matches!(kind, Type::Integer { .. })) =>
        {
            format!("write `{name} {number:.0};`")
        }
        Value::Float(number) if takes(|kind| matches!(kind, Type::Integer { .. })) => {
            format!("write `{name} {:.0};` or `{name} {:.0};`", number.floor(), number.ceil())
        }
        // PM2 has no word for it.
        Value::Word(word)
            if name == "max_restarts"
                && matches!(
                    word.to_ascii_lowercase().as_str(),
                    "unlimited" | "infinite" | "infinity"
                ) =>
        {
            format!("write a great number: `{name} 1_000_000;`")
        }
        _ => return None,
    })
}

pub(super) fn wrong_type_help(attribute: &Attribute, found: &Value) -> Option<String> {
    let name = attribute.name;
    let takes = |wanted: fn(&Type) -> bool| attribute.types.iter().any(wanted);
    if attribute.form == Form::Each {
        return Some(format!("write `{name} 10M, 5;`"));
    }
    if let Some(help) = other_number_help(attribute, found) {
        return Some(help);
    }
    Some(match found {
        Value::Text(text)
            if takes(|kind| matches!(kind, Type::Boolean))
                && matches!(text.as_str(), "true" | "false") =>
        {
            format!("write `{name} {text};` without quotes")
        }
        Value::Word(word)
            if takes(|kind| matches!(kind, Type::Cron)) && times_of_word(word).is_some() =>
        {
            format!("write `{name} {:?};`", times_of_word(word).unwrap_or_default())
        }
        Value::Text(word) | Value::Word(word)
            if takes(|kind| matches!(kind, Type::Boolean)) && boolean(word).is_some() =>
        {
            format!("write `{name} {};`", boolean(word).unwrap_or_default())
        }
        Value::Text(_) | Value::Integer(_) | Value::Word(_)
            if attribute.types == [Type::Boolean] =>
        {
            format!("write `{name} true;` or `{name} false;`")
        }
        Value::Word(_) if takes(|kind| matches!(kind, Type::Integer { .. })) => {
            let example = match name {
                "port" => "8000",
                "instances" => "4",
                _ => "10",
            };
            format!("write a number, as in `{name} {example};`")
        }
        Value::Text(text) => return text_help(attribute, text),
        Value::Integer(_) if takes(is_signal) => {
            format!("write `{name} {};`", signal_of(found)?.word())
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
            let seconds = duration.as_secs();
            match seconds % 60 == 0 && duration.subsec_nanos() == 0 && seconds > 0 {
                true => {
                    let amount = seconds / 60;
                    format!("`m` is a unit of durations; megabytes are written `{amount}M`")
                }
                false => {
                    let written = format_duration(*duration);
                    format!(
                        "`{written}` is a length of time: write an amount of memory, as in `{name} 300M;`"
                    )
                }
            }
        }
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Duration(_)
        | Value::Size(_)
        | Value::Word(_)
        | Value::Expression(_) => return None,
    })
}

/// What to write for a text where an attribute takes no text.
fn text_help(attribute: &Attribute, text: &str) -> Option<String> {
    let name = attribute.name;
    let takes = |wanted: fn(&Type) -> bool| attribute.types.iter().any(wanted);
    let is_taken = |kind: &Type| match kind {
        Type::Choice(choices) => choices.contains(&text),
        Type::Integer { .. } => text.parse::<i64>().is_ok(),
        Type::Duration { .. } | Type::Size => parse_number(text).is_ok(),
        Type::Boolean | Type::Text | Type::Path | Type::Name | Type::Cron => false,
    };
    let needs_unit = takes(|kind| matches!(kind, Type::Duration { .. } | Type::Size))
        && !takes(|kind| matches!(kind, Type::Integer { .. }));
    match text.parse::<i64>() {
        Ok(number) if needs_unit => wrong_type_help(attribute, &Value::Integer(number)),
        _ if attribute.types.iter().any(is_taken) => {
            Some(format!("write `{name} {text};` without quotes"))
        }
        _ if takes(is_signal) => {
            Some(format!("write `{name} {};`", signal_of(&Value::Text(text.into()))?.word()))
        }
        _ => Some(format!("write `{name} {};`", in_our_units(text, attribute)?)),
    }
}

/// Whether the values are signals.
fn is_signal(kind: &Type) -> bool {
    matches!(kind, Type::Choice(choices) if choices.contains(&"SIGTERM"))
}

/// `300MB` with a unit of the language, where an attribute takes what it is.
fn in_our_units(text: &str, attribute: &Attribute) -> Option<String> {
    let joined: String = text.split_whitespace().collect();
    let meant = match parse_number(&joined) {
        Ok(_) => joined,
        Err(NumberError::UnknownUnit { meant: Some(meant), .. }) => meant,
        Err(_) => return None,
    };
    let is_taken = |number: &Number| {
        attribute.types.iter().any(|kind| match kind {
            Type::Duration { .. } => matches!(number, Number::Duration(_)),
            Type::Size => matches!(number, Number::Size(_)),
            _ => false,
        })
    };
    parse_number(&meant).is_ok_and(|number| is_taken(&number)).then_some(meant)
}

/// What to write for a placeholder that there is none of.
pub(super) fn placeholder_help(word: &str) -> String {
    if let Some((source, name)) = word.split_once(' ')
        && matches!(source, "inherit" | "secret")
        && let Some(at) = name.find(text::DEFAULT)
    {
        let (name, default) = name.split_at(at);
        let default = default.trim_start_matches([':', '-', '=', '?', '|', ' ']);
        let default = default.trim_start_matches("or ").trim_matches(['"', '\'']);
        let name = name.trim();
        return format!(
            "a placeholder has no default: write the text with `{{{source} {name}}}`, and after it `or` and the \
             text that takes its place, with `{default}` in it"
        );
    }
    if let Some((unit, part)) = word.rsplit_once('.')
        && EndpointPart::from_word(part).is_some()
        && !unit.contains(char::is_whitespace)
    {
        return format!("write `{{{part} {unit}}}`");
    }
    if let Some((part, target)) = word.split_once(' ')
        && EndpointPart::from_word(part).is_some()
    {
        return reference_help(part, target.trim());
    }
    let is_variable =
        |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let name = word.split([':', '|', '?', '-']).next().unwrap_or(word).trim();
    let name = name.trim_start_matches("process.env.").trim_start_matches("env.");
    if name == "PORT" {
        return "write `{port}` for the port of this service, or `{inherit PORT}` in a variable of `env`; \
            `{{` and `}}` are braces"
            .to_owned();
    }
    if name.len() > 1 && name.chars().all(is_variable) {
        return format!(
            "write `{{inherit {name}}}`, without a `$`, for a variable of the shell, or `{{secret {name}}}` for a secret, \
             in a variable of `env`; `{{{{` and `}}}}` are braces"
        );
    }
    format!("the placeholders are {}; `{{{{` and `}}}}` are braces", placeholders())
}

/// What other languages write for `true` and `false`.
fn boolean(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "enable" | "enabled" | "on" | "true" | "yes" => Some(true),
        "disable" | "disabled" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// How a reference to an endpoint is written that is none.
fn reference_help(part: &str, target: &str) -> String {
    if target.contains("::") && !target.contains('.') {
        return format!("name a unit of that ecosystem: `{{{part} {target}.UNIT}}`");
    }
    let (unit, endpoint) = match target.rsplit_once(':') {
        Some((unit, endpoint)) if !endpoint.is_empty() => (unit, format!(":{endpoint}")),
        _ => (target, String::new()),
    };
    let unit = unit.trim_matches(['\'', '"', ':']);
    match unit.contains('\'') {
        false if !unit.is_empty() => format!(
            "write `{{{part} '{unit}'{endpoint}}}`: a name that has a space or begins with a capital is in quotes"
        ),
        _ => format!("write `{{{part} UNIT}}` or `{{{part} UNIT:ENDPOINT}}`"),
    }
}

/// How a probe is written.
pub(super) fn probe_help(probe: ProbeHead) -> String {
    let values = match probe.kind {
        ProbeKind::Tcp => "\"127.0.0.1:8000\"",
        ProbeKind::Http => "\"http://127.0.0.1:8000/health\"",
        ProbeKind::Log => "\"listening on\"",
        ProbeKind::Exec => "\"./program\", \"argument\"",
    };
    format!("write `{probe} {values};`")
}

/// `` `a`, `b` and 12 more ``
pub(crate) fn quoted(names: &[String]) -> String {
    first_of(names, names.len())
}

/// `` `a`, `b` or `c` ``, of many the first ones.
pub(super) fn quoted_choice(names: &[String]) -> String {
    let names: Vec<&str> = names.iter().take(Known::SHOWN).map(String::as_str).collect();
    crate::attribute::one_of(&names)
}

pub(super) fn quoted_known(known: &Known) -> String {
    first_of(known.first(), known.count())
}

fn first_of(names: &[String], count: usize) -> String {
    let quoted = names.iter().take(Known::SHOWN).map(|name| format!("`{name}`"));
    and_more(quoted, count)
}

pub(super) fn profiles_named(profiles: &[String]) -> String {
    match profiles {
        [single] => ONE_PROFILE.fill(&[&quoted(std::slice::from_ref(single))]),
        _ => SEVERAL_PROFILES.fill(&[&quoted(profiles)]),
    }
}

/// What an attribute takes, for a person.
pub(super) fn expected(attribute: &Attribute) -> String {
    if attribute.form == Form::Object {
        return "a block of keys and values".to_owned();
    }
    if attribute.form == Form::Each {
        return "a size and a number, as in `10M, 5`".to_owned();
    }
    let types: Vec<String> = attribute.types.iter().map(Type::expected).collect();
    types.join(" or ")
}

/// The signal that is meant by its name without SIG: `TERM`, `term`.
pub(super) fn signal<'c>(found: &str, choices: &[&'c str]) -> Option<&'c str> {
    let found = found.to_ascii_uppercase();
    choices.iter().copied().find(|choice| choice.strip_prefix("SIG") == Some(found.as_str()))
}

/// The placeholders, for a person.
pub(super) fn placeholders() -> String {
    let written = Placeholder::WRITTEN.map(|name| format!("`{{{name}}}`"));
    written.join(", ")
}

/// The ecosystem in which a unit was looked for; `None` for this one.
pub(super) fn ecosystem_named(ecosystem: Option<&str>) -> String {
    ecosystem.map_or_else(|| THIS_ECOSYSTEM.to_owned(), |ecosystem| QUOTED.fill(&[ecosystem]))
}

/// What to write for a unit that is not there, in this ecosystem (`None`) or in another one.
pub(super) fn unknown_unit_help(
    meant: Option<&str>,
    ecosystem: Option<&str>,
    known: &Known,
) -> String {
    match (meant, ecosystem) {
        (Some(meant), _) => DID_YOU_MEAN.fill(&[meant]),
        (None, None) if known.is_empty() => ELSEWHERE.to_owned(),
        (None, None) => IT_HAS_OR_ELSEWHERE.fill(&[&quoted_known(known)]),
        (None, Some(_)) if known.is_empty() => IT_HAS_NONE.to_owned(),
        (None, Some(_)) => IT_HAS.fill(&[&quoted_known(known)]),
    }
}
