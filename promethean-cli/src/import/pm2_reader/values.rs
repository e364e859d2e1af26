//! From a value of a configuration to values of the language.

use std::collections::BTreeMap;
use std::time::Duration;

use promethean_core::attribute::{Attribute, Form, Mismatch, Type};
use promethean_core::value::Value;

use super::data::{Data, Outside, Piece, number_text, whole};
use crate::import::app::{App, Given, Raw};

/// The key under which a regular expression comes from `evaluate.cjs`.
const PATTERN: &str = "\u{e003}";

/// A text, or a number as one.
pub(super) fn text_of(data: &Data) -> Option<String> {
    match data {
        Data::Text(text) => Some(text.clone()),
        Data::Number(number) => Some(number_text(*number)),
        Data::Outside(outside) => outside.or.as_deref().and_then(text_of),
        Data::Null | Data::Boolean(_) | Data::List(_) | Data::Object(_) => None,
    }
}

/// The text of something from outside, where it consists of what is known of this machine; else the
/// names of the variables.
pub(super) fn settled(
    outside: &Outside,
    base: &BTreeMap<String, String>,
) -> Result<String, Vec<String>> {
    let mut text = String::new();
    let mut unknown = Vec::new();
    for piece in &outside.pieces {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Variable { name, .. } => match base.get(name) {
                Some(value) => text.push_str(value),
                None => unknown.push(name.clone()),
            },
        }
    }
    if unknown.is_empty() { Ok(text) } else { Err(unknown) }
}

/// Says what the environment decided.
pub(super) fn comment_on_outside(key: &str, variables: &[String], or: Option<&str>, app: &mut App) {
    let names: Vec<String> = variables.iter().map(|name| format!("`{name}`")).collect();
    let of_machine = variables.iter().all(|name| name.ends_with(')'));
    let names = names.join(" and ");
    match or.map(|or| if or.is_empty() { "an empty text" } else { or }) {
        Some(or) if of_machine => app.differs(
            key,
            format!("the original takes it from {names}; {or} is the value of this machine"),
        ),
        Some(or) => app.differs(
            key,
            format!("the original takes it from {names}; {or} is its value when that is not set"),
        ),
        None => app.left_out(
            key,
            format!("it came from {names} of the environment, and only `env` can use that"),
        ),
    }
}

/// Says that a text has a path of this machine in it.
pub(super) fn comment_on_machine(key: &str, outside: &Outside, app: &mut App) {
    app.differs(
        key,
        format!(
            "the original takes it from {}; this is the value of this machine",
            outside.variables()
        ),
    );
}

/// Says what the environment decided of one of several values; one without a value here is an error.
fn comment_on_item(key: &str, outside: &Outside, base: &BTreeMap<String, String>, app: &mut App) {
    match (settled(outside, base), outside.or.as_deref()) {
        (Ok(_), _) => comment_on_machine(key, outside, app),
        (Err(variables), Some(or)) => comment_on_outside(key, &variables, Some(&or.to_text()), app),
        (Err(_), None) => {}
    }
}

/// What an attribute is given; `None` where PM2 takes the value for nothing.
///
/// # Errors
///
/// Why the language cannot have it.
pub(super) fn given(
    attribute: &'static Attribute,
    data: &Data,
    base: &BTreeMap<String, String>,
    app: &mut App,
) -> Result<Option<Given>, String> {
    let inside = match data {
        // PM2's own word for it.
        Data::Outside(outside)
            if attribute.name == "instances" && outside.alone() == Some(("os.cpus()", None)) =>
        {
            app.same("instances", "`max` is the number of processors");
            Data::Text("max".to_owned())
        }
        Data::Outside(outside) => match settled(outside, base) {
            Ok(text) => {
                comment_on_machine(attribute.name, outside, app);
                Data::Text(text)
            }
            Err(variables) => {
                let or = outside.or.as_deref().filter(|or| **or != Data::Null);
                let text = or.map(Data::to_text);
                comment_on_outside(attribute.name, &variables, text.as_deref(), app);
                match or {
                    Some(or) => or.clone(),
                    None => return Ok(None),
                }
            }
        },
        other => other.clone(),
    };
    if attribute.form == Form::Object {
        return object(attribute, &inside, base, app).map(Some);
    }
    if attribute.name == "cron_restart" && inside.to_text() == "0" {
        return Ok(None);
    }
    let values = match (&inside, attribute.form) {
        (Data::List(items), Form::Many) => {
            let (patterns, items): (Vec<&Data>, Vec<&Data>) =
                items.iter().partition(|item| item.get(PATTERN).is_some());
            for pattern in patterns {
                let written = pattern.get(PATTERN).map(Data::to_text).unwrap_or_default();
                app.left_out(
                    attribute.name,
                    format!("{written} is a regular expression, but a glob is needed"),
                );
            }
            for item in &items {
                if let Data::Outside(outside) = item {
                    comment_on_item(attribute.name, outside, base, app);
                }
            }
            let values = items.into_iter().map(|item| one(attribute, item, base));
            values.collect::<Result<Vec<_>, String>>()?
        }
        // PM2 splits a text where it would rather have a list.
        (Data::Text(text), Form::Many) if is_split(attribute.name) => {
            split(text).into_iter().map(Raw::Text).collect()
        }
        (Data::Text(text), Form::One) if text.is_empty() => return Ok(None),
        (other, _) => vec![one(attribute, other, base)?],
    };
    if values.is_empty() {
        return Ok(None);
    }
    let written: Vec<Value> = values.iter().map(|raw| raw.value(attribute)).collect();
    match attribute.read(&written) {
        Ok(_) => Ok(Some(Given::Values(values))),
        Err(mismatch) => Err(why(attribute, &mismatch, &inside)),
    }
}

fn why(attribute: &Attribute, mismatch: &Mismatch, data: &Data) -> String {
    let written = data.to_text();
    match mismatch {
        Mismatch::Range { minimum, maximum: Some(maximum), .. } => {
            format!("`{written}` is not between {minimum} and {maximum}")
        }
        Mismatch::Range { minimum, .. } => format!("`{written}` is less than {minimum}"),
        Mismatch::Cron { error, .. } => format!("`{written}` is not a cron pattern: {error}"),
        Mismatch::Missing
        | Mismatch::NoDirectory
        | Mismatch::TooMany { .. }
        | Mismatch::BooleanInList { .. }
        | Mismatch::Type { .. }
        | Mismatch::Choice { .. } => format!("`{written}` is not {}", attribute.takes()),
    }
}

/// Whether PM2 splits a text at its spaces: it does where its schema names `array` first.
fn is_split(name: &str) -> bool {
    matches!(name, "args" | "node_args" | "ignore_watch")
}

/// Splits a text as PM2's validator does (`_valid` in `lib/tools/Config.js`).
pub(super) fn split(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        let (found, behind) = rest.split_at(part(rest));
        let found = unquoted(found);
        if !found.chars().all(is_space) {
            parts.push(found.to_owned());
        }
        rest = behind.trim_start_matches(is_space);
    }
    parts
}

/// What JavaScript takes for white space.
fn is_space(letter: char) -> bool {
    letter == '\u{feff}' || letter.is_whitespace() && letter != '\u{85}'
}

/// A part without the quotes around it; a quote alone is both of them, and nothing between.
fn unquoted(part: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inside) = part.strip_prefix(quote)
            && part.ends_with(quote)
        {
            return inside.strip_suffix(quote).unwrap_or_default();
        }
    }
    part
}

/// How long the first part of a text is: `key="a b"`, `"a b"`, or what has no space.
fn part(text: &str) -> usize {
    let quoted = |from: usize| {
        let behind = text.get(from..)?;
        let quote = behind.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let inside = behind.get(1..)?;
        inside.find(quote).map(|end| from + 1 + end + 1)
    };
    let key = text.find(|letter: char| is_space(letter) || matches!(letter, '"' | '\'' | '='));
    if let Some(key) = key.filter(|key| *key > 0)
        && text.get(key..).is_some_and(|behind| behind.starts_with('='))
        && let Some(end) = quoted(key + 1)
    {
        return end;
    }
    quoted(0).unwrap_or_else(|| text.find(is_space).unwrap_or(text.len()))
}

/// One value of an attribute's type.
fn one(
    attribute: &'static Attribute,
    data: &Data,
    base: &BTreeMap<String, String>,
) -> Result<Raw, String> {
    if let Data::Outside(outside) = data {
        let text = settled(outside, base).ok().or_else(|| text_of(data));
        let names = || "it came from the environment, and only `env` can use that".to_owned();
        return one(attribute, &Data::Text(text.ok_or_else(names)?), base);
    }
    if let Some(Data::Text(pattern)) = data.get(PATTERN) {
        return Err(format!("{pattern} is a regular expression, but a glob is needed"));
    }
    let read = attribute.types.iter().find_map(|kind| typed(attribute.name, *kind, data));
    read.ok_or_else(|| format!("`{}` is not {}", data.to_text(), attribute.takes()))
}

fn typed(name: &str, kind: Type, data: &Data) -> Option<Raw> {
    match (kind, data) {
        (Type::Boolean, Data::Boolean(boolean)) => Some(Raw::Boolean(*boolean)),
        (Type::Choice(_), Data::Text(mode)) if name == "exec_mode" => {
            let mode = mode.strip_suffix("_mode").unwrap_or(mode);
            Some(Raw::Word(mode.to_owned()))
        }
        (Type::Integer { .. }, _) if name == "instances" => Some(instances(data)?),
        (Type::Integer { .. }, _) => whole(number(data)?).map(Raw::Integer),
        (Type::Duration { .. }, _) => milliseconds(name, data).map(Raw::Duration),
        (Type::Size, _) => bytes(data).map(Raw::Size),
        (Type::Choice(choices), Data::Text(word)) => {
            choices.contains(&word.as_str()).then(|| Raw::Word(word.clone()))
        }
        (Type::Name, Data::Text(text)) => Some(Raw::name(text)),
        (Type::Text | Type::Path | Type::Cron, Data::Text(text)) => Some(Raw::Text(text.clone())),
        (Type::Text, Data::Number(_)) => text_of(data).map(Raw::Text),
        _ => None,
    }
}

/// PM2 takes a text that is a number for one.
fn number(data: &Data) -> Option<f64> {
    match data {
        Data::Number(number) => Some(*number),
        Data::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Data::Null | Data::Boolean(_) | Data::List(_) | Data::Object(_) | Data::Outside(_) => None,
    }
}

/// `max` and 0 are one for each processor; a text is what it begins with.
fn instances(data: &Data) -> Option<Raw> {
    let count = if let Data::Text(text) = data {
        let end = text.trim().find(|digit: char| !digit.is_ascii_digit() && digit != '-');
        let digits = text.trim().get(..end.unwrap_or(text.trim().len()))?;
        digits.parse().unwrap_or(0)
    } else {
        whole(number(data)?)?
    };
    Some(if count == 0 { Raw::Word("max".to_owned()) } else { Raw::Integer(count) })
}

fn milliseconds(name: &str, data: &Data) -> Option<Duration> {
    if let Some(number) = number(data) {
        let whole = u64::try_from(whole(number.trunc())?).ok()?;
        return Some(Duration::from_millis(whole));
    }
    // PM2 knows units for this one alone.
    let Data::Text(text) = data else { return None };
    let unit = match (name, text.chars().last()?) {
        ("min_uptime", 's') => 1_000,
        ("min_uptime", 'm') => 60_000,
        ("min_uptime", 'h') => 3_600_000,
        _ => return None,
    };
    let amount: u64 = text.get(..text.len() - 1)?.parse().ok()?;
    amount.checked_mul(unit).map(Duration::from_millis)
}

fn bytes(data: &Data) -> Option<u64> {
    if let Some(number) = number(data) {
        return u64::try_from(whole(number)?).ok();
    }
    let Data::Text(text) = data else { return None };
    let unit: u64 = match text.chars().last()? {
        'K' => 1 << 10,
        'M' => 1 << 20,
        'G' => 1 << 30,
        _ => return None,
    };
    let amount: u64 = text.get(..text.len() - 1)?.parse().ok()?;
    amount.checked_mul(unit)
}

/// An option as chokidar reads it: for one of its switches, all but nothing is `true`.
fn as_read(option: &Attribute, value: &Data) -> Data {
    match (option.types, value) {
        ([Type::Boolean], Data::Text(text)) => Data::Boolean(!text.is_empty()),
        ([Type::Boolean], Data::Number(number)) => Data::Boolean(*number != 0.0),
        _ => value.clone(),
    }
}

/// An attribute that is an object: what nests deeper the language has no place for.
fn object(
    attribute: &Attribute,
    data: &Data,
    base: &BTreeMap<String, String>,
    app: &mut App,
) -> Result<Given, String> {
    let Data::Object(entries) = data else {
        return Err(format!("{} is not an object", data.kind()));
    };
    let name = attribute.name;
    let mut written = Vec::new();
    if let Some(options) = attribute.options() {
        for (key, value) in entries.iter().filter(|(_, value)| *value != Data::Null) {
            let option = options.rows.iter().find(|option| option.name == key);
            let read = match (option, value) {
                (None, _) => Err("chokidar, the watcher, has no such option".to_owned()),
                (Some(_), Data::Object(_)) => {
                    Err(format!("the language cannot express {}", value.kind()))
                }
                (Some(option), value) => given(option, &as_read(option, value), base, app),
            };
            match read {
                Ok(Some(Given::Values(values))) => written.push((key.clone(), values)),
                Ok(_) => {}
                Err(why) => app.left_out(&format!("{name}.{key}"), why),
            }
        }
        return match written.is_empty() {
            true => Err("none of its options can be given".to_owned()),
            false => Ok(Given::Object(written)),
        };
    }
    for (key, value) in entries {
        let items = match value {
            Data::List(items) if items.len() > 1 => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        let values: Option<Vec<Raw>> = items.iter().map(untyped).collect();
        let is_word = key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && key.starts_with(|first: char| first.is_ascii_alphabetic());
        match values.filter(|values| !values.is_empty() && is_word) {
            Some(values) => written.push((key.clone(), values)),
            None if *value == Data::Null => {}
            None => app.left_out(
                &format!("{name}.{key}"),
                format!("the language cannot express {}", value.kind()),
            ),
        }
    }
    if written.is_empty() {
        return Err("it has nothing that the language can express".to_owned());
    }
    Ok(Given::Object(written))
}

fn untyped(data: &Data) -> Option<Raw> {
    match data {
        Data::Boolean(boolean) => Some(Raw::Boolean(*boolean)),
        Data::Number(number) => Some(whole(*number).map_or(Raw::Float(*number), Raw::Integer)),
        Data::Text(text) => Some(Raw::Text(text.clone())),
        Data::Null | Data::List(_) | Data::Object(_) | Data::Outside(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_as_pm2_splits_them() {
        for (text, parts) in [
            ("start --port 3000", vec!["start", "--port", "3000"]),
            ("  a  b ", vec!["a", "b"]),
            (r#"--name "two words" 'three of them'"#, vec!["--name", "two words", "three of them"]),
            (r#"--name="two words" x"#, vec![r#"--name="two words""#, "x"]),
            (r#"a"b c"#, vec!["a\"b", "c"]),
            (r#""unclosed text"#, vec!["\"unclosed", "text"]),
            (r#""" x"#, vec!["x"]),
            ("' x", vec!["x"]),
            ("'a b'c", vec!["a b", "c"]),
            ("", vec![]),
        ] {
            assert_eq!(split(text), parts, "{text}");
        }
    }
}
