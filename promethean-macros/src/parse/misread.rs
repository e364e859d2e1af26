//! Entries of `env` as shells, Compose and programs write them, and what they are in the language.

use std::ops::Range;

use promethean_core::check::value_for_shell;
use promethean_core::declaration::EndpointPart;
use promethean_core::known_secrets::plain_secret;
use promethean_core::other_tools;
use promethean_core::problem::{Fault, MiswrittenVariable};
use promethean_core::suggest::parts;

use crate::stream::Raw;

/// An entry that means something in another language.
pub(super) struct Misread {
    pub(super) fault: Fault,
    /// The part of the text that is wrong.
    pub(super) place: Range<usize>,
    pub(super) read: Vec<Read>,
}

/// What an entry is understood as.
pub(super) enum Read {
    /// It gives a variable.
    Variable(String),
    Nothing,
}

/// Words before a variable.
pub(super) const BEFORE: [&str; 11] = [
    "ARG", "ENV", "const", "declare", "export", "global", "let", "local", "readonly", "set", "var",
];

/// Words that spread a set.
const SPREADING: [&str; 8] =
    ["extends", "extend", "import", "include", "merge", "spread", "use", "with"];

/// Words before the name of a variable that say where it comes from.
const SOURCES: [&str; 5] = ["inherit", "pass", "passthrough", "secret", "from"];

/// Words that take a variable away.
const AWAY: [&str; 5] = ["delete", "del", "drop", "remove", "unset"];

/// Takes an entry apart that is not one of the language; `None` where it means nothing else.
pub(super) fn misread(raw: &Raw) -> Option<Misread> {
    let text = raw.text.as_str();
    if let Some(spread) = spread_and_more(text).or_else(|| spread(text)) {
        return Some(spread);
    }
    if let Some(quoted) = quoted(text) {
        return Some(quoted);
    }
    let (mut at, mut before) = (0, None);
    if let Some(rest) = text.strip_prefix('-').map(str::trim_start).filter(|rest| !rest.is_empty())
    {
        before = Some("-");
        at = text.len() - rest.len();
    }
    for word in BEFORE {
        let rest = text.get(at..).unwrap_or_default();
        if let Some(behind) = rest.strip_prefix(word).and_then(|rest| rest.strip_prefix(' '))
            && behind
                .starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '"')
        {
            before = Some(word);
            at = text.len() - behind.len();
        }
    }
    let entry = Entry::of(text, at)?;
    if before.is_none()
        && let Some(sourced) = sourced(raw, &entry)
    {
        return Some(sourced);
    }
    let value = entry.value(raw);
    let key = shell_name(entry.key);
    let instead = |value: &str| format!("`{key} = {value};`");
    let plain_key = key == entry.key;
    let (wrong, place, instead) = match (before, value) {
        (Some(_), Value::Missing) => return None,
        (Some(_), Value::Plain(value)) => (MiswrittenVariable::Before, 0..at, instead(value)),
        (Some(_), Value::Odd(value)) => (MiswrittenVariable::Before, 0..at, value.entry(&key)),
        (None, Value::Missing) if plain_key => {
            if entry.sign.is_empty() {
                return None;
            }
            let instead = format!(
                "`{key} = \"\";` for an empty value, or `{key};` where whoever uses this gives it"
            );
            (MiswrittenVariable::NoValue, 0..text.len(), instead)
        }
        (None, Value::Missing) => (MiswrittenVariable::Key, entry.key_place(), format!("`{key};`")),
        (None, Value::Plain(value)) if !plain_key => {
            (MiswrittenVariable::Key, entry.key_place(), instead(value))
        }
        (None, Value::Odd(value)) if !plain_key => {
            (MiswrittenVariable::Key, entry.key_place(), value.entry(&key))
        }
        (None, Value::Plain(value)) => match entry.sign {
            "=" => return None,
            ":" | "" => {
                // On the same line another one may follow.
                let end = match value.strip_prefix('"') {
                    Some(rest) => rest.find("\",").map(|end| end + 2),
                    None => value.find(',').filter(|_| !value.starts_with(['(', '['])),
                };
                let value = end.and_then(|end| value.get(..end)).unwrap_or(value);
                let value = value.trim_end_matches(',').to_owned();
                let fault = Fault::EnvWithoutEquals { key: key.clone(), value };
                let read = vec![Read::Variable(key)];
                return Some(Misread { fault, place: entry.key_place(), read });
            }
            "+=" => (
                MiswrittenVariable::Sign,
                entry.sign_place.clone(),
                instead(&appended(&key, value)),
            ),
            _ => (MiswrittenVariable::Sign, entry.sign_place.clone(), instead(value)),
        },
        (None, Value::Odd(value)) if entry.sign == "+=" => (
            MiswrittenVariable::Sign,
            entry.sign_place.clone(),
            instead(&appended(&key, &value.value)),
        ),
        (None, Value::Odd(value)) => match entry.sign {
            "=" => (MiswrittenVariable::Value, entry.value_place(text), value.entry(&key)),
            _ => (MiswrittenVariable::Sign, entry.sign_place.clone(), value.entry(&key)),
        },
    };
    let written = text.get(place.clone()).unwrap_or(text).trim();
    let written = if written.is_empty() { text } else { written };
    // `u"text"`
    let quoted = entry.value.split_once('"').filter(|(prefix, _)| prefix.len() < 3);
    let is_secret = quoted.is_some_and(|(_, text)| plain_secret(&key, text).is_some());
    let is_value = matches!(wrong, MiswrittenVariable::Value);
    let written = if is_value && is_secret { "…" } else { written }.to_owned();
    let place = if place.is_empty() { 0..text.len() } else { place };
    let fault = Fault::MiswrittenVariable { written, wrong, instead };
    Some(Misread { fault, place, read: vec![Read::Variable(key)] })
}

/// `"A=b"`, `"A=b", "C=d"`
fn quoted(text: &str) -> Option<Misread> {
    let (mut rest, mut entries, mut read) = (text, Vec::new(), Vec::new());
    while let Some(inside) = rest.strip_prefix('"') {
        let (entry, behind) = inside.split_once('"')?;
        let (key, _) = entry.split_once('=')?;
        let is_key =
            !key.is_empty() && key.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        entries.push(other_tools::entry(entry).filter(|_| is_key)?);
        read.push(Read::Variable(key.to_owned()));
        rest = behind.trim_start_matches([',', ' ']);
    }
    if entries.is_empty() || !rest.is_empty() {
        return None;
    }
    let fault = Fault::MiswrittenVariable {
        written: key_only(text),
        wrong: MiswrittenVariable::Entry,
        instead: format!("`{}`", entries.join(" ")),
    };
    Some(Misread { fault, place: 0..text.len(), read })
}

/// An entry in quotes without its value, which may be a secret.
fn key_only(text: &str) -> String {
    let key = text.split('=').next().unwrap_or_default();
    format!("{key}=…\"")
}

/// `...discord, A = 1`: a spread that something follows.
fn spread_and_more(text: &str) -> Option<Misread> {
    let dots = text.bytes().take_while(|byte| *byte == b'.').count();
    let (set, more) = text.get(dots..)?.split_once([',', ' '])?;
    if dots < 2 || parts(set) != [set] {
        return None;
    }
    let more = more.split(',').map(str::trim).filter(|more| !more.is_empty());
    let statement = |more: &str| match more.split_once('=') {
        Some((key, value))
            if plain_secret(key.trim(), value.trim().trim_matches('"')).is_some() =>
        {
            format!("{} = secret;", key.trim())
        }
        _ => format!("{more};"),
    };
    let statements: Vec<String> =
        std::iter::once(format!("..{set};")).chain(more.map(statement)).collect();
    let end = dots + set.len();
    let fault = Fault::MiswrittenVariable {
        written: text.get(..end)?.to_owned(),
        wrong: MiswrittenVariable::Spread,
        instead: format!("`{}`", statements.join(" ")),
    };
    Some(Misread { fault, place: 0..end, read: vec![Read::Nothing] })
}

/// `...discord`, `include discord`, `*discord`
fn spread(text: &str) -> Option<Misread> {
    let name = if let Some(rest) = text.strip_prefix("..") {
        // Of a set of another file the name is enough.
        let is_name = parts(rest) == [rest];
        // All of the shell's variables: each that a service needs is named.
        if rest.trim_start_matches('.').trim_start() == "process.env" {
            let fault = Fault::MiswrittenVariable {
                written: text.to_owned(),
                wrong: MiswrittenVariable::Spread,
                instead: "`NAME = inherit;` for each variable of the shell that the service needs"
                    .to_owned(),
            };
            return Some(Misread { fault, place: 0..text.len(), read: vec![Read::Nothing] });
        }
        rest.trim_start_matches('.').trim_start().into_some_if(!is_name)?
    } else if let Some(rest) = text.strip_prefix("<<") {
        rest.trim_start_matches([':', ' ', '*'])
    } else if let Some(rest) = text.strip_prefix(['*', '&', '@', '$']) {
        rest.into_some_if(!rest.contains(['=', ':']))?
    } else {
        let word = SPREADING.iter().find_map(|word| text.strip_prefix(word)?.strip_prefix(' '))?;
        word.into_some_if(!word.starts_with(['=', ':', '"']))?
    };
    let all = parts(name);
    let end = all.iter().position(|part| promethean_core::suggest::is_static(part));
    let (path, rest) = match end {
        Some(end) => all.split_at(end + 1),
        None => (&[][..], all.as_slice()),
    };
    let set = rest.last().copied().filter(|_| !name.contains('='))?;
    let instead = match path {
        [] => format!("`..{set};`"),
        _ => format!("`use {};` at the top, and here `..{set};`", path.join("::")),
    };
    let fault = Fault::MiswrittenVariable {
        written: text.to_owned(),
        wrong: MiswrittenVariable::Spread,
        instead,
    };
    Some(Misread { fault, place: 0..text.len(), read: vec![Read::Nothing] })
}

trait IntoSomeIf: Sized {
    fn into_some_if(self, condition: bool) -> Option<Self> {
        condition.then_some(self)
    }
}

impl IntoSomeIf for &str {}

/// `inherit DISPLAY, XAUTHORITY`, `delete TOKEN`, `unset A, B`
fn sourced(raw: &Raw, entry: &Entry<'_>) -> Option<Misread> {
    if !entry.sign.is_empty() {
        return None;
    }
    let text = raw.text.as_str();
    let (word, rest) = text.split_once(' ')?;
    let names: Vec<&str> = rest.split([',', ' ']).filter(|name| !name.is_empty()).collect();
    let is_name = |name: &&str| {
        name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
            && !name.starts_with(|first: char| first.is_ascii_digit())
    };
    if names.is_empty() || !names.iter().all(is_name) {
        return None;
    }
    let is_away = AWAY.contains(&word) && (word != "unset" || names.len() > 1);
    let write = |name: &&str| match word {
        _ if is_away => format!("unset {name};"),
        "secret" => format!("{name} = secret;"),
        _ => format!("{name} = inherit;"),
    };
    if !is_away && !SOURCES.contains(&word) {
        return None;
    }
    let statements: Vec<String> = names.iter().map(write).collect();
    let fault = Fault::MiswrittenVariable {
        written: text.to_owned(),
        wrong: MiswrittenVariable::Entry,
        instead: format!("`{}`", statements.join(" ")),
    };
    let read = names.iter().map(|name| match is_away {
        true => Read::Nothing,
        false => Read::Variable((*name).to_owned()),
    });
    Some(Misread { fault, place: 0..text.len(), read: read.collect() })
}

/// `KEY`, a sign, and a value.
struct Entry<'t> {
    key: &'t str,
    key_start: usize,
    sign: &'t str,
    sign_place: Range<usize>,
    value: &'t str,
    value_start: usize,
}

impl<'t> Entry<'t> {
    fn of(text: &'t str, at: usize) -> Option<Entry<'t>> {
        let rest = text.get(at..)?;
        let (key, key_start, behind) = match rest.strip_prefix('"') {
            Some(inside) => {
                let (key, behind) = inside.split_once('"')?;
                (key, at, behind)
            }
            None => {
                let is_key =
                    |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
                let end = rest.find(|letter| !is_key(letter)).unwrap_or(rest.len());
                let (key, behind) = rest.split_at(end);
                // `KEY->value`
                let kept = if behind.starts_with('>') { key.trim_end_matches('-') } else { key };
                let kept = kept.trim_end_matches('.');
                (kept, at, rest.get(kept.len()..)?)
            }
        };
        if key.is_empty() || key.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let spaced = behind.trim_start();
        let sign_start = text.len() - spaced.len();
        let signs = ["=>", ":=", "==", "?=", "+=", "->", "=", ":"];
        let sign = signs.iter().find(|sign| spaced.starts_with(**sign)).copied().unwrap_or("");
        let value = spaced.get(sign.len()..)?.trim_start();
        let sign_place = sign_start..sign_start + sign.len();
        let sign = text.get(sign_place.clone())?;
        Some(Entry {
            key,
            key_start,
            sign,
            sign_place,
            value,
            value_start: text.len() - value.len(),
        })
    }

    fn key_place(&self) -> Range<usize> {
        self.key_start..self.key_start + self.key.len().max(1)
    }

    fn value_place(&self, text: &str) -> Range<usize> {
        self.value_start..text.len()
    }

    fn value(&self, raw: &Raw) -> Value<'t> {
        let value = self.value;
        if value.is_empty() {
            return Value::Missing;
        }
        // What is missing is the source behind it.
        if value.ends_with(" or") {
            return Value::Plain(value);
        }
        let begins = |first: char| first.is_alphanumeric() || matches!(first, '"' | '_' | '-');
        let one = raw.count_from(self.value_start) == 1 && value.starts_with(begins);
        let in_rust = || {
            let is_text = !value.contains(['"', '\'', '(', '`']) && !begins_another(value);
            let for_shell = || value_for_shell(self.key, value).filter(|_| is_text);
            let value = calculated(value).or_else(for_shell)?;
            Some(Meant { value, other: None })
        };
        let meant = chain(value, self.key).or_else(|| meant(value, self.key));
        match prefixed(value).or_else(|| swapped(value)).or(meant).or_else(in_rust) {
            Some(meant) => Value::Odd(meant),
            None if one || is_plain(value) || begins_another(value) => Value::Plain(value),
            None => match as_text(value) {
                Some(text) => {
                    let is_field = value.split('.').all(is_word) && value.contains('.');
                    let other = is_field.then(|| format!("({value})"));
                    Value::Odd(Meant { value: text, other })
                }
                None => Value::Plain(value),
            },
        }
    }
}

/// `database url` for `url database`: the unit was written before what is asked of it.
fn swapped(value: &str) -> Option<Meant> {
    let (unit, part) = value.trim_end_matches(',').split_once(' ')?;
    let is_part = |word: &str| EndpointPart::from_word(word).is_some();
    let is_unit = unit.split(['.', ':']).all(is_word) && !is_part(unit);
    let is_source = SOURCES.contains(&unit) || unit == "or";
    (is_unit && is_part(part) && !is_source)
        .then(|| Meant { value: format!("{part} {unit}"), other: None })
}

/// `f"x{y}"`, `u"x"`, `@"x"`: a text with the prefix of another language.
fn prefixed(value: &str) -> Option<Meant> {
    let (prefix, text) = value.trim_end_matches(',').split_once('"')?;
    let inside = text.strip_suffix('"').filter(|inside| !inside.contains('"'))?;
    let value = match prefix {
        "f" | "F" | "fr" | "rf" | "t" | "s" | "$" | "format" if inside.contains('{') => {
            format!("(format!(\"{inside}\"))")
        }
        "f" | "F" | "fr" | "rf" | "t" | "s" | "$" | "u" | "U" | "L" | "N" | "R" | "q" | "@" => {
            format!("\"{inside}\"")
        }
        _ => return None,
    };
    Some(Meant { value, other: None })
}

/// `PATH += ":/opt/bin"`: the value that has the old one in it.
fn appended(key: &str, value: &str) -> String {
    let old = format!("std::env::var({key:?}).unwrap_or_default()");
    match value {
        text if text.starts_with('"') && !text.contains(['{', '}', '\\']) => {
            format!("\"{{inherit {key}}}{}\"", text.trim_matches('"'))
        }
        text if text.starts_with('"') => format!("({old} + {text})"),
        expression if expression.starts_with('(') => {
            format!("(format!(\"{{}}{{}}\", {old}, {expression}))")
        }
        source if source.starts_with("inherit") || source.starts_with("secret") => {
            source.to_owned()
        }
        word => format!("({old} + {word:?})"),
    }
}

/// `1 + 2`, `!true` and `"x" + "y"`: what Rust works out.
fn calculated(value: &str) -> Option<String> {
    let value = value.trim_end_matches(',');
    if matches!(value, "!true" | "!false") {
        return Some(format!("({value})"));
    }
    if let Some(text) = joined_texts(value) {
        return Some(text);
    }
    let words: Vec<&str> = value.split(' ').collect();
    let fits = |(place, word): (usize, &&str)| match place % 2 {
        0 => word.replace('_', "").parse::<f64>().is_ok(),
        _ => matches!(*word, "+" | "-" | "*" | "/" | "%"),
    };
    let is_sum = words.len() > 2 && words.len() % 2 == 1 && words.iter().enumerate().all(fits);
    is_sum.then(|| format!("({value})"))
}

/// What a unit says of itself in texts: `{port}`, `{name}`.
const OWN: [&str; 5] = ["agent", "dir", "name", "port", "root"];

/// `"http://" + host + ":" + 8080`: texts that are joined, as one text, or as what Rust joins.
pub(super) fn joined_texts(value: &str) -> Option<String> {
    let (mut text, mut values) = (String::new(), Vec::new());
    let parts: Vec<&str> = value.split('+').map(str::trim).collect();
    let quoted = |part: &str| {
        let inside = part.strip_prefix('"')?.strip_suffix('"')?;
        (!inside.contains(['"', '{', '}'])).then(|| inside.to_owned())
    };
    if parts.len() < 2 || parts.iter().all(|part| quoted(part).is_none()) {
        return None;
    }
    for part in &parts {
        let is_number = part.starts_with(|first: char| first.is_ascii_digit())
            && part.chars().all(|digit| digit.is_ascii_digit());
        match *part {
            own if OWN.contains(&own) => text.extend(["{", own, "}"]),
            number if is_number => text.push_str(number),
            part => match quoted(part) {
                Some(inside) => text.push_str(&inside),
                None if part.is_empty() || part.contains('"') => return None,
                None => {
                    text.push_str("{}");
                    values.push(part);
                }
            },
        }
    }
    Some(match values.as_slice() {
        [] => format!("\"{text}\""),
        // In Rust they are no words of the language.
        _ if OWN.iter().any(|own| text.contains(&format!("{{{own}}}"))) => return None,
        values => format!("(format!(\"{text}\", {}))", values.join(", ")),
    })
}

enum Value<'t> {
    Missing,
    /// It stays as it is, as far as it can be read here.
    Plain(&'t str),
    Odd(Meant),
}

/// What a value means.
struct Meant {
    value: String,
    /// Something else that it can mean.
    other: Option<String>,
}

impl Meant {
    fn entry(&self, key: &str) -> String {
        let other = self.other.as_ref().map(|other| format!(", or `{key} = {other};`"));
        format!("`{key} = {};`{}", self.value, other.unwrap_or_default())
    }
}

/// Whether another entry begins in what stands behind a sign: `3000 HOST=localhost`.
fn begins_another(value: &str) -> bool {
    value.match_indices('=').any(|(at, _)| {
        let before = value.get(..at).unwrap_or_default().trim_end();
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        let rest = before.trim_end_matches(is_part);
        rest.len() < before.len() && rest.ends_with([' ', ','])
    })
}

/// Values that the language reads itself.
fn is_plain(value: &str) -> bool {
    let mut words = value.split(' ');
    let is_quoted = |text: &str| text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    match words.next() {
        Some("secret") => {
            let rest = value.strip_prefix("secret").unwrap_or_default().trim_start();
            rest.is_empty() || is_quoted(rest) || rest.contains(" or ") || rest.starts_with("or ")
        }
        Some("inherit") => {
            let rest = value.strip_prefix("inherit").unwrap_or_default().trim_start();
            rest.is_empty() || is_quoted(rest) || rest.contains(" or ") || rest.starts_with("or ")
        }
        _ => {
            let number = value.strip_prefix('-').unwrap_or(value);
            number.starts_with(|first: char| first.is_ascii_digit())
                && number.chars().all(|digit| digit.is_ascii_digit() || matches!(digit, '_' | '.'))
                && number.matches('.').count() < 2
                || value.starts_with('(')
                || value.trim_end_matches(',').parse::<f64>().is_ok()
                || is_word(value.trim_end_matches(','))
                || is_quoted(value.trim_end_matches(','))
        }
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
}

/// Sources with `or` between them, one of which is written as another language writes it.
fn chain(value: &str, key: &str) -> Option<Meant> {
    let (mut parts, mut begin, mut quoted) = (Vec::new(), 0, false);
    for (at, letter) in value.char_indices() {
        quoted ^= letter == '"';
        if !quoted && at >= begin && value.get(at..)?.starts_with(" or ") {
            parts.push(value.get(begin..at)?);
            begin = at + " or ".len();
        }
    }
    parts.push(value.get(begin..)?);
    let read: Vec<Option<Meant>> = parts.iter().map(|part| meant(part, key)).collect();
    if parts.len() < 2 || read.iter().all(Option::is_none) {
        return None;
    }
    let sources = parts.iter().zip(read);
    let sources: Vec<String> = sources
        .map(|(part, meant)| meant.map_or_else(|| (*part).to_owned(), |meant| meant.value))
        .collect();
    Some(Meant { value: sources.join(" or "), other: None })
}

/// A secret, or what is read from the environment.
fn meant(value: &str, key: &str) -> Option<Meant> {
    if let Some(rest) = value.strip_prefix("or ").filter(|rest| is_plain(rest)) {
        return Some(Meant { value: rest.to_owned(), other: None });
    }
    if let Some(value) = several(value) {
        return Some(Meant { value, other: None });
    }
    if let Some(rest) = source(value, &["secrets", "secret", "Secret", "SECRET"]) {
        let (first, or) = with_default(rest);
        let value = sourced_value("secret", named(first)?, key);
        return Some(Meant { value: with_or(value, or, key), other: None });
    }
    if let Some(rest) = source(value, &["inherit", "inherits", "Inherit"]) {
        let (first, or) = with_default(rest);
        let value = sourced_value("inherit", named(first).unwrap_or(key), key);
        return Some(Meant { value: with_or(value, or, key), other: None });
    }
    if let Some((name, or)) = read_elsewhere(value) {
        let value = with_or(sourced_value("inherit", name, key), or, key);
        let other = or.is_none().then(|| sourced_value("secret", name, key));
        return Some(Meant { value, other });
    }
    part_of_endpoint(value)
}

/// `api.url`: a part of where a unit listens.
fn part_of_endpoint(value: &str) -> Option<Meant> {
    let value = value.trim_end_matches(',').trim_end_matches("()");
    let (unit, part) = value.rsplit_once('.')?;
    let part = EndpointPart::from_word(part)?.word();
    let is_unit = unit.split('.').all(is_word) && unit.starts_with(char::is_lowercase);
    is_unit.then(|| Meant { value: format!("{part} {unit}"), other: None })
}

/// `inherit "A" "B"`: several names behind one source.
fn several(value: &str) -> Option<String> {
    let (word, rest) = value.split_once(' ')?;
    let names: Vec<&str> = rest.split(['"', ' ', ',']).filter(|name| !name.is_empty()).collect();
    let all_quoted = rest.matches('"').count() == 2 * names.len();
    let is_several = matches!(word, "secret" | "inherit") && all_quoted && names.len() > 1;
    let sources = names.iter().map(|name| format!("{word} {name:?}"));
    is_several.then(|| sources.collect::<Vec<_>>().join(" or "))
}

/// What stands behind one of these words, if it is not what the language has there.
fn source<'v>(value: &'v str, words: &[&str]) -> Option<&'v str> {
    let rest = words.iter().find_map(|word| value.strip_prefix(word))?;
    let odd = rest.starts_with(['(', '.', ':', '[', '!', '=', '/', '<', '{', '$', '|', '?', ',']);
    let spaced = rest.strip_prefix(' ').filter(|rest| !rest.starts_with("or "));
    let spaced = spaced.filter(|rest| {
        let quoted = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
        quoted.is_none_or(|(_, behind)| {
            !behind.trim().is_empty() && !behind.trim_start().starts_with("or ")
        })
    });
    if odd { Some(rest) } else { spaced }
}

/// `secret`, or `secret "OTHER"`
fn sourced_value(word: &str, name: &str, key: &str) -> String {
    let name = shell_name(name);
    match name == key {
        true => word.to_owned(),
        false => format!("{word} \"{name}\""),
    }
}

fn with_or(value: String, or: Option<&str>, key: &str) -> String {
    let Some(or) = or.map(str::trim).filter(|or| !or.is_empty()) else { return value };
    if let Some((name, or)) = read_elsewhere(or) {
        return with_or(format!("{value} or {}", sourced_value("inherit", name, key)), or, key);
    }
    let is_source = ["secret", "inherit"].iter().any(|word| {
        or.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    });
    let bare = or.trim_matches(['"', '\'']);
    let is_number = bare == or && bare.parse::<i64>().is_ok();
    match or {
        "null" | "nil" | "None" | "undefined" | "unset" => format!("{value} or unset"),
        _ if is_source || is_number => format!("{value} or {or}"),
        _ => format!("{value} or {bare:?}"),
    }
}

/// The name in what stands behind a source.
fn named(rest: &str) -> Option<&str> {
    let inside = rest.trim_matches(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    (!inside.is_empty() && !inside.contains(['(', '"', ',', ';'])).then_some(inside)
}

/// A name and a default behind it.
fn with_default(text: &str) -> (&str, Option<&str>) {
    let signs = ["||", "??", ":-", ":=", " or ", " else ", " default ", ",", "|", "?", "="];
    let found = signs.iter().filter_map(|sign| text.find(sign).map(|at| (at, sign.len())));
    // `||` before the `|` that it begins with.
    match found.min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length))) {
        Some((at, length)) => {
            let or = text.get(at + length..).unwrap_or_default();
            let or = or.trim().trim_end_matches([')', '}', ']']).trim();
            (text.get(..at).unwrap_or_default(), Some(or))
        }
        None => (text, None),
    }
}

/// The variable that another language reads with this, and its default.
fn read_elsewhere(value: &str) -> Option<(&str, Option<&str>)> {
    const READS: [&str; 31] = [
        "process.env",
        "import.meta.env",
        "Deno.env.get",
        "Deno.env",
        "Bun.env",
        "os.environ.get",
        "os.environ",
        "os.getenv",
        "environ",
        "std::env::var",
        "env::var",
        "env.var",
        "option_env!",
        "env!",
        "System.getenv",
        "os.Getenv",
        "Getenv",
        "getenv",
        "ENV.fetch",
        "$ENV",
        "ENV",
        "$env:",
        "$env",
        "env",
        "${",
        "$(",
        "$",
        "%",
        "{{",
        "@",
        "from_env",
    ];
    let rest = READS.iter().find_map(|read| {
        let rest = value.strip_prefix(read)?;
        // `environment`, `env-file`
        let ends = !read.ends_with(char::is_alphanumeric)
            || rest.starts_with(['.', '[', '(', ':', ' ', '{', '/']);
        ends.then_some((*read, rest))
    });
    let (read, rest) = rest?;
    let rest = rest.trim_start_matches(['.', '[', '(', ':', ' ', '{', '"', '\'', '/']);
    let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    let (name, behind) = rest.split_at(end.unwrap_or(rest.len()));
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let behind = behind.trim_start_matches(['"', '\'', ')', ']']).trim();
    let closes = match read {
        "%" => behind == "%",
        // A command or a text that begins so.
        "$(" => behind.is_empty(),
        "$" | "@" | "$env:" => behind.is_empty() || behind.starts_with(['|', '?']),
        _ => true,
    };
    if !closes {
        return None;
    }
    let or = with_default(behind).1.filter(|or| !or.is_empty());
    let or = or.or_else(|| {
        let (_, rest) = behind.split_once(".unwrap_or")?;
        rest.split_once('(').map(|(_, or)| or.trim_end_matches(')')).filter(|or| !or.is_empty())
    });
    Some((name, or))
}

/// A text that lacks its quotes.
fn as_text(value: &str) -> Option<String> {
    let value = value.trim_end_matches(',');
    if let Some(list) = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')) {
        let items = list.split(',').map(|item| item.trim().trim_matches('"'));
        return Some(format!("{:?}", items.collect::<Vec<_>>().join(",")));
    }
    // What follows `//` is a comment.
    if let Some(scheme) = value.strip_suffix(':').filter(|scheme| is_word(scheme)) {
        return Some(format!("\"{scheme}://…\""));
    }
    if let Some(letter) = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')) {
        return Some(format!("{letter:?}"));
    }
    let is_code = value.contains(['"', '(', '{', '`']) || is_rust_path(value);
    (!is_code).then(|| format!("{value:?}"))
}

fn is_rust_path(value: &str) -> bool {
    value.contains("::") && value.split("::").all(is_word)
}

/// The name that a shell can write: `MY-KEY` → `MY_KEY`.
fn shell_name(name: &str) -> String {
    let letter = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    name.trim().chars().map(letter).collect()
}
