//! The words of other tools: whoever comes from one of them writes its words, and is told what to
//! write here. One table; parsing, checks, import and the reference documentation read it.
//!
//! A word is found whatever its case and its `_` and `-`: `ExecStart`, `exec_start`.

use std::time::Duration;

use crate::attribute::{Attribute, DERIVED, STATEMENTS, Type, snake_case};
use crate::cron::Pattern;
use crate::kind::{Kind, Signal};
use crate::known_secrets::plain_secret;
use crate::list::some_of;
use crate::number::{Number, NumberError, parse_number};
use crate::paths::file_name;
use crate::suggest::nearest;
use crate::value::Value;

mod probes;
mod table;

pub use probes::{is_method, probe_of};
pub use table::{ALSO, LANGUAGES, WORDS};

/// Words of another tool that mean the same here.
#[derive(Debug)]
pub struct Row {
    /// Where they are written.
    pub place: Place,
    /// Whose they are; empty for words that are only near.
    pub tool: &'static str,
    /// The words, as the tool spells them.
    pub words: &'static [&'static str],
    /// What to write here.
    pub instead: Instead,
}

/// Where a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// As an item at the top.
    Item,
    /// As the kind of a service, before its name. The kind that comes nearest goes with it.
    Kind(Kind),
    /// As an attribute or a statement.
    Attribute,
    /// As a runner.
    Runner,
    /// As what a probe tries.
    Probe,
    /// As a setting of a probe.
    ProbeSetting,
    /// As the condition of a dependency.
    Condition,
}

/// What to write instead of a word.
#[derive(Clone, Copy, Debug)]
pub enum Instead {
    /// An attribute or a statement that takes the same, with an example of its value.
    Attribute(&'static str, &'static str),
    /// What says the program, which depends on the kind of the service.
    Program,
    /// A sentence. `NAME`, `"directory"`, `TARGET` and the `"start"` of a runner are replaced by what was
    /// written.
    Say(&'static str),
}

/// What surrounds a word.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written<'a> {
    /// The word itself.
    pub word: &'a str,
    /// The kind of the service it is in.
    pub kind: Option<Kind>,
    /// The values after it.
    pub values: &'a [Value],
    /// The name after it, or before it.
    pub name: Option<&'a str>,
    /// The directory after it.
    pub directory: Option<&'a str>,
    /// What `run` has beside it.
    pub script: Option<&'a str>,
}

/// The row of a word in a place.
#[must_use]
pub fn find(word: &str, place: impl Fn(Place) -> bool) -> Option<&'static Row> {
    WORDS.iter().find(|row| place(row.place) && row.has(word))
}

/// The row of the word that a misspelt one most probably is.
#[must_use]
pub fn nearest_word(word: &str, place: impl Fn(Place) -> bool) -> Option<&'static Row> {
    // Short words are near too many others.
    const SHORTEST: usize = 7;
    let folded = folded(word);
    let rows = WORDS.iter().filter(|row| place(row.place));
    let words: Vec<String> =
        rows.flat_map(|row| row.words).map(|word| self::folded(word)).collect();
    let words = words.iter().map(String::as_str).filter(|word| word.len() >= SHORTEST);
    nearest(&folded, words).and_then(|meant| find(meant, place))
}

/// The row of an attribute.
#[must_use]
pub fn attribute(word: &str) -> Option<&'static Row> {
    find(word, |place| place == Place::Attribute)
}

/// The attribute or statement that somebody means who writes a name that none has.
#[must_use]
pub fn meant_attribute(written: &str) -> Option<&'static str> {
    if let Some(Row { instead: Instead::Attribute(meant, _), .. }) = attribute(written) {
        return Some(meant);
    }
    nearest_attribute(written)
}

/// The attribute or statement whose name is a few letters away.
#[must_use]
pub fn nearest_attribute(written: &str) -> Option<&'static str> {
    let written = snake_case(written).replace('-', "_");
    let names = crate::attribute::ATTRIBUTES.iter().flat_map(Attribute::names);
    nearest(&written, names.chain(STATEMENTS.iter().map(|(name, _)| *name)))
}

/// A word as it is compared: in small letters, without `_` and `-`.
fn folded(word: &str) -> String {
    letters(word).collect()
}

fn letters(word: &str) -> impl Iterator<Item = char> {
    let letters = word.chars().filter(|letter| !matches!(letter, '_' | '-'));
    letters.flat_map(char::to_lowercase)
}

/// What another tool has a word for.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    /// The same word here.
    Same,
    /// What the language derives, with what to write.
    Derived(&'static str),
    /// Other words.
    Row(&'static Row),
}

/// The words of a tool in its own spelling, those that mean one thing together, in the order of the
/// table.
#[must_use]
pub fn words_of(tool: &str) -> Vec<(Vec<&'static str>, Meaning)> {
    let also = ALSO.iter().filter(|(of, _)| *of == tool).flat_map(|(_, words)| *words).copied();
    let also: Vec<&'static str> = also.collect();
    let is_same = |word: &&&str| {
        let word = snake_case(word);
        Attribute::find(&word).is_some() || STATEMENTS.iter().any(|(known, _)| *known == word)
    };
    let (same, other): (Vec<&str>, Vec<&str>) = also.iter().partition(is_same);
    let mut found = Vec::new();
    if !same.is_empty() {
        found.push((same, Meaning::Same));
    }
    for (derived, instead) in DERIVED {
        if other.contains(derived) {
            found.push((vec![*derived], Meaning::Derived(instead)));
        }
    }
    for row in WORDS {
        let mut words = Vec::new();
        if row.tool == tool {
            words.extend(row.words);
        }
        if row.place == Place::Attribute {
            words.extend(other.iter().copied().filter(|word| row.has(word)));
        }
        if !words.is_empty() {
            found.push((words, Meaning::Row(row)));
        }
    }
    found
}

impl Row {
    /// Whether this is one of its words.
    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| letters(known).eq(letters(word)))
    }

    /// Whose a word of the row is, or the one that a misspelt word most probably is.
    #[must_use]
    pub fn tools(&self, word: &str) -> String {
        // Words that are only near are nobody's.
        if self.tool.is_empty() {
            return String::new();
        }
        let folded = folded(word);
        let known: Vec<String> = self.words.iter().map(|word| self::folded(word)).collect();
        let meant = match self.has(word) {
            true => Some(folded.as_str()),
            false => nearest(&folded, known.iter().map(String::as_str)),
        };
        let is_meant = |word: &str| meant.is_some_and(|meant| letters(word).eq(letters(meant)));
        // Of other places only the attributes are listed.
        let others = ALSO.iter().filter(|_| self.place == Place::Attribute);
        let others = others.filter(|(_, words)| words.iter().any(|word| is_meant(word)));
        let tools = std::iter::once(self.tool).chain(others.map(|(tool, _)| *tool));
        some_of(&tools.collect::<Vec<_>>(), 3)
    }

    /// What to write instead of what was written.
    #[must_use]
    pub fn help(&self, written: &Written<'_>) -> String {
        match self.instead {
            Instead::Attribute("out_file" | "error_file", _) if is_no_file(written) => {
                "remove it: each service has log files, which the command `logs` shows".to_owned()
            }
            Instead::Attribute("depends_on", _) if are_targets(written.values) => {
                "remove it: there are no targets here, and what they stand for is there already"
                    .to_owned()
            }
            Instead::Attribute(name, example) => {
                let remark = remark(name, written).unwrap_or_default();
                format!("write `{}`{remark}", statement(name, example, written))
            }
            Instead::Program => program(written),
            Instead::Say(text) => self.sentence(text, written),
        }
    }

    fn sentence(&self, text: &str, written: &Written<'_>) -> String {
        let first = written.values.first();
        if self.place == Place::Probe
            && text.contains("`ready exec \"./program\", \"argument\";`")
            && let Some(probe) = probes::of_values(written.values)
        {
            return format!("write `ready {probe};`");
        }
        match (self.place, first) {
            (Place::Probe, Some(Value::Text(program)))
                if text.contains("`ready exec \"./program\", \"argument\";`") =>
            {
                let words: Vec<&str> = match written.values {
                    [_] => program.split_whitespace().collect(),
                    values => values.iter().filter_map(Value::as_name).collect(),
                };
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                return text.replace("\"./program\", \"argument\"", &words.join(", "));
            }
            (Place::Probe, Some(Value::Integer(port))) => {
                return text.replace("8000", &port.to_string());
            }
            (Place::Probe, Some(Value::Text(url))) if url.contains("://") => {
                return text.replace("http://127.0.0.1:8000/health", url);
            }
            (Place::Probe, Some(Value::Text(path))) if path.starts_with('/') => {
                return text.replace("http://127.0.0.1:8000/health", path);
            }
            (Place::Probe, Some(Value::Text(address))) if address.contains(':') => {
                return text.replace("127.0.0.1:8000", address);
            }
            _ => {}
        }
        if text.contains("SIGTERM")
            && let Some(signal) = first.and_then(Value::as_name).and_then(signal)
        {
            return text.replace("SIGTERM", signal.word());
        }
        if text.contains("SIGTERM")
            && let Some(other) = first.and_then(Value::as_name)
        {
            return format!("{other} cannot be sent: {text}");
        }
        // Of an attribute, only where it says how its service is written.
        let is_head = self.place != Place::Attribute || text.contains("`node NAME \"directory\";`");
        let mut text = text.to_owned();
        if !is_head {
            return text;
        }
        if let Some(kind) = written.kind
            && self.place == Place::Attribute
        {
            text = text.replace("`node NAME", &format!("`{} NAME", kind.word()));
        }
        let value = first.and_then(Value::as_name).filter(|_| self.place == Place::Attribute);
        // What says the name is not the directory, and the other way round.
        let (name, directory) = match text.contains("the name after the kind") {
            true => (value.or(written.name), written.directory),
            false => (written.name, value.or(written.directory)),
        };
        if let Some(name) = name {
            text = text.replace("TARGET", name).replace("NAME", &self::name(name));
        }
        if self.place == Place::Runner
            && let Some(script) = written.script
        {
            text = text.replace("\"start\"", &format!("{script:?}"));
        }
        match directory {
            Some(directory) => text.replace("\"directory\"", &format!("{directory:?}")),
            // A service that is written already has one only if it needs one.
            None if self.place == Place::Runner && name.is_some() => {
                text.replace(" \"directory\" {", " {")
            }
            None => text,
        }
    }

    /// What to write, for a table.
    #[must_use]
    pub fn in_short(&self) -> String {
        self.help(&Written::default())
    }
}

/// What is to be known of a statement that says less, or something else, than what was written.
fn remark(name: &str, written: &Written<'_>) -> Option<String> {
    let value = written.values.first()?;
    let text = value.as_name();
    match name {
        "cron_restart" if times_of(written).is_none() => {
            Some(format!(", with the times of cron for `{value}`"))
        }
        "kill_timeout" if text? == "infinity" => Some(": it is killed in the end".to_owned()),
        _ => None,
    }
}

/// The times of cron that somebody means who writes a word for a schedule.
fn times_of(written: &Written<'_>) -> Option<String> {
    let value = written.values.first()?;
    match &*folded(written.word) {
        "oncalendar" => value.as_name().and_then(times_of_calendar),
        "startinterval" | "onunitactivesec" => times_of_interval(value),
        _ => match value.as_name() {
            Some(text) => times_of_word(text)
                .map(str::to_owned)
                .or_else(|| text.parse::<Pattern>().is_ok().then(|| text.to_owned())),
            None => times_of_interval(value),
        },
    }
}

/// Whether these are targets of systemd, and no services.
fn are_targets(values: &[Value]) -> bool {
    let names: Option<Vec<&str>> = values.iter().map(Value::as_name).collect();
    let mut names =
        names.unwrap_or_default().into_iter().flat_map(str::split_whitespace).peekable();
    names.peek().is_some() && names.all(|name| name.ends_with(".target"))
}

/// `restart_delay 10s;`, with the value that was written, where it fits.
fn statement(name: &str, example: &str, written: &Written<'_>) -> String {
    let text = written.values.first().and_then(Value::as_name);
    if name == "autorestart"
        && let Some(policy) = text.and_then(after_failures)
    {
        return policy;
    }
    // `cluster 4;`
    if name == "exec_mode"
        && let Some(Value::Integer(count)) = written.values.first()
    {
        return format!("exec_mode cluster; instances {count};");
    }
    let value = match name {
        "ready" => probes::of_values(written.values),
        "out_file" | "error_file" => text.and_then(|text| {
            let mut ways = ["append:", "file:", "truncate:"].iter();
            let path = ways.find_map(|how| text.strip_prefix(how)).unwrap_or(text);
            let path = if path == "null" { "/dev/null" } else { path };
            path.contains(['/', '.']).then(|| format!("{path:?}"))
        }),
        // What another tool starts at times ends by itself, and is not to start again before.
        "cron_restart" => {
            let times = times_of(written);
            let times = times.map_or_else(|| example.to_owned(), |times| format!("{times:?}"));
            return format!("autorestart false; cron_restart {times};");
        }
        "env_file" => match text.map(|text| (text, text.strip_prefix('-'))) {
            Some((_, Some(path))) => return format!("env_file_if_exists {path:?};"),
            Some((path, None)) => Some(format!("{path:?}")),
            None => None,
        },
        // There is an end to each wait.
        "kill_timeout" if text == Some("infinity") => Some("1h".to_owned()),
        "env" => {
            let of_value = |value: &Value| entry(value.as_name()?);
            let entries: Option<Vec<String>> = written.values.iter().map(of_value).collect();
            let entries = entries.filter(|entries| !entries.is_empty());
            let entries = entries.map(|entries| entries.join(" "));
            return format!("env {{ {} }}", entries.as_deref().unwrap_or(example));
        }
        "listen" => return listen(written.values).unwrap_or_else(|| format!("listen {example};")),
        "profile" => {
            let is_name = ENVIRONMENTS.contains(&written.word);
            let name = if is_name { written.word } else { example };
            return format!("profile {name} {{ … }}");
        }
        "depends_on" => names(written.values),
        // `npm run dev;`, `bun index.ts;`
        "runner" if example.starts_with("npm;") => text.map(|script| {
            let script = script.strip_prefix("run ").unwrap_or(script);
            format!("npm; run {script:?}")
        }),
        "runner" if example.starts_with("bun;") => text.map(|file| format!("bun; entry {file:?}")),
        "runner" if example.starts_with("venv") => {
            text.map(|directory| format!("venv {directory:?}"))
        }
        _ => Attribute::find(name).and_then(|attribute| value_of(attribute, written)),
    };
    let value = value.as_deref().unwrap_or(example);
    // A block ends its statement.
    let end = if value.ends_with('}') { "" } else { ";" };
    format!("{name} {value}{end}")
}

/// The entry of `env` for a variable as other tools have it: `A=b`. What is a secret is not said again.
#[must_use]
pub fn entry(text: &str) -> Option<String> {
    let (key, value) = text.split_once('=')?;
    let is_number = value.parse::<i64>().is_ok_and(|number| number.to_string() == value);
    let written = match value {
        _ if plain_secret(key, value).is_some() => "secret".to_owned(),
        number if is_number => number.to_owned(),
        text => format!("{text:?}"),
    };
    Some(format!("{} = {written};", name(key)))
}

/// Names of environments, which are profiles here.
const ENVIRONMENTS: [&str; 6] = ["dev", "development", "prod", "production", "staging", "test"];

/// How often Docker and Compose restart a service that fails: the number in `on-failure:3`.
#[must_use]
pub fn restarts_on_failure(text: &str) -> Option<u32> {
    let (policy, times) = text.split_once(':')?;
    times.trim().parse().ok().filter(|_| folded(policy) == "onfailure")
}

/// What `on-failure` and `on-failure:3` are here.
fn after_failures(text: &str) -> Option<String> {
    if folded(text) == "onfailure" {
        return Some("autorestart true; stop_exit_codes 0;".to_owned());
    }
    let times = restarts_on_failure(text)?;
    Some(format!("autorestart true; stop_exit_codes 0; max_restarts {times};"))
}

/// Whether what somebody writes for a log is no file, but a word of systemd for something else.
fn is_no_file(written: &Written<'_>) -> bool {
    const WORDS: [&str; 6] = ["inherit", "journal", "kmsg", "socket", "syslog", "tty"];
    let text = written.values.first().and_then(Value::as_name);
    text.is_some_and(|text| text.split(['+', ':']).next().is_some_and(|word| WORDS.contains(&word)))
}

/// The signal that a value of another language means: `"TERM"`, `sigterm`, `15` (signal(7)).
#[must_use]
pub fn signal_of(value: &Value) -> Option<Signal> {
    const NUMBERS: [(i64, &str); 7] = [
        (1, "SIGHUP"),
        (2, "SIGINT"),
        (3, "SIGQUIT"),
        (9, "SIGKILL"),
        (10, "SIGUSR1"),
        (12, "SIGUSR2"),
        (15, "SIGTERM"),
    ];
    let word = match value {
        Value::Integer(number) => NUMBERS.iter().find(|(known, _)| known == number)?.1,
        other => other.as_name()?,
    };
    signal(word)
}

/// `SIGQUIT`, `quit`
fn signal(written: &str) -> Option<Signal> {
    let written = written.to_ascii_uppercase();
    let prefix = if written.starts_with("SIG") { "" } else { "SIG" };
    Signal::from_word(&format!("{prefix}{written}"))
}

/// The times of cron that a word is for (systemd.time(7), crontab(5)): a week of cron begins on Sunday.
#[must_use]
pub fn times_of_word(written: &str) -> Option<&'static str> {
    let written = written.trim();
    Some(match written.strip_prefix('@').unwrap_or(written) {
        "weekly" if written.starts_with('@') => "0 0 * * 0",
        "minutely" => "* * * * *",
        "hourly" => "0 * * * *",
        "daily" | "midnight" => "0 0 * * *",
        "weekly" => "0 0 * * 1",
        "monthly" => "0 0 1 * *",
        "yearly" | "annually" => "0 0 1 1 *",
        _ => return None,
    })
}

/// The commonest times of `OnCalendar` (systemd.time(7)) as those of cron.
fn times_of_calendar(written: &str) -> Option<String> {
    if let Some(known) = times_of_word(written) {
        return Some(known.to_owned());
    }
    let mut words: Vec<&str> = written.split_whitespace().collect();
    let weekdays = match words.first().and_then(|days| weekdays(days)) {
        Some(days) => {
            words.remove(0);
            days
        }
        None => "*".to_owned(),
    };
    let time = match words.as_slice() {
        ["*-*-*", time] | [time] => *time,
        _ => return None,
    };
    let mut parts = time.split(':');
    let (hour, minute) = (parts.next()?, parts.next()?);
    let is_whole = parts.next().is_none_or(|second| second.parse::<u8>() == Ok(0));
    // `*:0/15` is each quarter of an hour.
    let minute = match minute.split_once('/') {
        Some(("0" | "00" | "*", step)) => format!("*/{}", step.parse::<u8>().ok()?),
        Some(_) => return None,
        None => minute.parse::<u8>().ok().filter(|minute| *minute < 60)?.to_string(),
    };
    let hour = match hour {
        "*" => hour.to_owned(),
        hour => hour.parse::<u8>().ok().filter(|hour| *hour < 24)?.to_string(),
    };
    let times = format!("{minute} {hour} * * {weekdays}");
    times.parse::<Pattern>().ok().filter(|_| is_whole && parts.next().is_none())?;
    Some(times)
}

/// `Mon..Fri`, `Sat,Sun` as the weekdays of cron.
fn weekdays(written: &str) -> Option<String> {
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let day = |written: &str| {
        let written = written.to_ascii_lowercase();
        // What is left of a whole word.
        let ends = ["", "day", "nesday", "rsday", "sday", "urday"];
        let short = written.get(..3)?;
        let rest = written.get(3..)?;
        let number = DAYS.iter().position(|day| *day == short)?;
        ends.contains(&rest).then_some(number)
    };
    let part = |part: &str| match part.split_once("..") {
        Some((first, last)) => Some(format!("{}-{}", day(first)?, day(last)?)),
        None => Some(day(part)?.to_string()),
    };
    let parts: Option<Vec<String>> = written.split(',').map(part).collect();
    Some(parts?.join(","))
}

/// Ports and addresses as endpoints: `8000`, `"80:8080"`, `"0.0.0.0:8000"`. Only the first needs no name.
fn listen(values: &[Value]) -> Option<String> {
    let place = |value: &Value| match value {
        Value::Integer(port) => Some(port.to_string()),
        Value::Text(text) => {
            let text = text.split('/').next().unwrap_or_default();
            let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
            let port = port.parse::<u16>().ok()?;
            // `8080:80` maps a port, and `127.0.0.1:8080:80` does so for a host.
            let is_host = !host.is_empty() && !host.contains(':') && host.parse::<u16>().is_err();
            Some(if is_host { format!("{text:?}") } else { port.to_string() })
        }
        Value::Float(_)
        | Value::Boolean(_)
        | Value::Duration(_)
        | Value::Size(_)
        | Value::Word(_)
        | Value::Expression(_) => None,
    };
    let places: Option<Vec<String>> = values.iter().map(place).collect();
    let places = places.filter(|places| !places.is_empty())?;
    let statements = places.iter().enumerate().map(|(index, place)| {
        let name = if index == 0 { "" } else { "NAME: " };
        format!("listen {name}http {place};")
    });
    Some(statements.collect::<Vec<_>>().join(" "))
}

/// Values as names of units.
fn names(values: &[Value]) -> Option<String> {
    let names: Option<Vec<&str>> = values.iter().map(Value::as_name).collect();
    // `redis.service network.target` of systemd: targets are no units here.
    let is_systemd = |name: &str| name.ends_with(".service") || name.ends_with(".target");
    let names = names?.into_iter().flat_map(|name| match name.split(' ').any(is_systemd) {
        true => name.split(' ').collect(),
        false => vec![name],
    });
    let names: Vec<&str> = names.filter(|name| !name.ends_with(".target")).collect();
    if names.is_empty() {
        return None;
    }
    let names = names.iter().map(|name| {
        let name = name.trim_end_matches(".service");
        match name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) {
            true => name.to_owned(),
            false => format!("{name:?}"),
        }
    });
    Some(names.collect::<Vec<_>>().join(", "))
}

/// The values of another tool as values of an attribute.
fn value_of(attribute: &Attribute, written: &Written<'_>) -> Option<String> {
    let join =
        |values: &[Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let fits = |values: &[Value]| !values.is_empty() && attribute.read(values.iter()).is_ok();
    if fits(written.values) {
        return Some(join(written.values));
    }
    let converted: Option<Vec<Value>> =
        written.values.iter().map(|value| converted(attribute, value, written.word)).collect();
    converted.filter(|values| fits(values)).map(|values| join(&values))
}

fn converted(attribute: &Attribute, value: &Value, word: &str) -> Option<Value> {
    let takes = |wanted: fn(&Type) -> bool| attribute.types.iter().any(wanted);
    let text = value.as_name();
    if takes(|kind| matches!(kind, Type::Duration { .. })) {
        // How words end that are given milliseconds; the last one is forever's.
        let in_milliseconds = ["ms", "millis", "milliseconds", "spinsleeptime"];
        let number = match value {
            Value::Integer(number) => number.to_string(),
            _ => text?.to_owned(),
        };
        let unit = match number.parse::<u64>() {
            Ok(_) if in_milliseconds.iter().any(|end| folded(word).ends_with(end)) => "ms",
            Ok(_) => "s",
            Err(_) => "",
        };
        return duration(&format!("{number}{unit}")).map(Value::Duration);
    }
    if takes(|kind| matches!(kind, Type::Size)) {
        let size = match value {
            // `512m`
            Value::Duration(_) => value.to_string(),
            _ => text?.to_owned(),
        };
        let size = size.to_ascii_uppercase();
        let size = size.trim_end_matches('B').trim_end_matches('I');
        let whole = without_fraction(size);
        return parse_number(whole.as_deref().unwrap_or(size))
            .ok()
            .filter(|size| matches!(size, Number::Size(_)))
            .map(Value::from);
    }
    if takes(|kind| matches!(kind, Type::Boolean)) {
        let text = text?.to_ascii_lowercase();
        return Some(Value::Boolean(!matches!(text.as_str(), "no" | "never" | "false" | "off")));
    }
    if takes(|kind| matches!(kind, Type::Integer { .. })) {
        let text = text?;
        let number = text.rsplit(':').next()?.parse().ok()?;
        return Some(Value::Integer(number));
    }
    match value {
        Value::Word(word) => Some(Value::Text(word.clone())),
        other => Some(other.clone()),
    }
}

/// A time of another tool: `90`, `1m30s`, `5min 20s` (systemd.time(7)).
fn duration(written: &str) -> Option<Duration> {
    let joined: String = written.split_whitespace().collect();
    let number = match parse_number(&joined) {
        Ok(number) => number,
        Err(NumberError::UnknownUnit { meant: Some(meant), .. }) => parse_number(&meant).ok()?,
        Err(_) => return None,
    };
    match number {
        Number::Duration(duration) => Some(duration),
        Number::Integer(_) | Number::Float(_) | Number::Size(_) => None,
    }
}

/// `1.5G` as `1536M`: an amount in the next smaller unit, where it is a whole one.
fn without_fraction(written: &str) -> Option<String> {
    let (number, unit) = written.split_at(written.len().checked_sub(1)?);
    let smaller = match unit {
        "G" => "M",
        "M" => "K",
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.')?;
    let (whole, parts): (u64, u64) = (whole.parse().ok()?, fraction.parse().ok()?);
    let all = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let parts = parts.checked_mul(1024)?;
    let amount = whole.checked_mul(1024)?.checked_add(parts / all)?;
    parts.is_multiple_of(all).then(|| format!("{amount}{smaller}"))
}

/// The times of cron that come again after so many seconds (`300`) or a time (`5m`), where there are such.
#[must_use]
pub fn times_of_interval(written: &Value) -> Option<String> {
    let seconds = match written {
        Value::Integer(seconds) => u64::try_from(*seconds).ok()?,
        Value::Duration(duration) => duration.as_secs(),
        Value::Text(text) => match text.trim().parse::<u64>() {
            Ok(seconds) => seconds,
            Err(_) => duration(text)?.as_secs(),
        },
        Value::Float(_)
        | Value::Boolean(_)
        | Value::Size(_)
        | Value::Word(_)
        | Value::Expression(_) => return None,
    };
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match seconds {
        60 => Some("* * * * *".to_owned()),
        3_600 => Some("0 * * * *".to_owned()),
        86_400 => Some("0 0 * * *".to_owned()),
        604_800 => Some("0 0 * * 0".to_owned()),
        _ if seconds % 3_600 == 0 && hours > 0 && 24 % hours == 0 => {
            Some(format!("0 */{hours} * * *"))
        }
        _ if seconds % 60 == 0 && minutes > 0 && 60 % minutes == 0 => {
            Some(format!("*/{minutes} * * * *"))
        }
        1 => Some("* * * * * *".to_owned()),
        2..60 if 60 % seconds == 0 => Some(format!("*/{seconds} * * * * *")),
        _ => None,
    }
}

/// What says the program of a service.
const PROGRAM: &str = "a node service has `entry \"dist/index.js\";`, a python service `module NAME;`, \
     a script `run \"./program\", \"argument\";`";

/// What runs programs of Node and has no runner of its own here.
const MANAGERS: [&str; 4] = ["yarn", "pnpm", "npx", "deno"];

/// How the program that was written is written here.
fn program(written: &Written<'_>) -> String {
    let words: Vec<&str> =
        written.values.iter().filter_map(Value::as_name).flat_map(str::split_whitespace).collect();
    let all = !words.is_empty() && written.values.iter().all(|value| value.as_name().is_some());
    match written.kind {
        // What manages packages is no file for Node.
        Some(Kind::Node) if all && words.first().is_some_and(|first| MANAGERS.contains(first)) => {
            let start = (words.len() == 1).then_some("start");
            let words = words.iter().copied().chain(start).map(|word| format!("{word:?}"));
            let words: Vec<String> = words.collect();
            format!("write a script: `script NAME \"directory\" {{ run {}; }}`", words.join(", "))
        }
        Some(kind) if all => command(kind, &words)
            .map_or_else(|| PROGRAM.to_owned(), |statements| format!("write `{statements}`")),
        Some(Kind::Node) => "write `entry \"dist/index.js\";`".to_owned(),
        Some(Kind::Python) => "write `module NAME;`".to_owned(),
        Some(Kind::Script) => "write `run \"./program\", \"argument\";`".to_owned(),
        None => PROGRAM.to_owned(),
    }
}

/// The statements that run a command line in a service of a kind.
#[must_use]
pub fn command(kind: Kind, words: &[&str]) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let program = file_name(first);
    let quoted = |words: &[&str]| {
        words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ")
    };
    let arguments = |words: &[&str]| match words {
        [] => String::new(),
        _ => format!(" args {};", quoted(words)),
    };
    Some(match (kind, program, rest) {
        (Kind::Node, "npm", []) => "runner npm; run \"start\";".to_owned(),
        (Kind::Node, "npm", ["run", script, rest @ ..] | [script, rest @ ..]) => {
            format!("runner npm; run {script:?};{}", arguments(rest))
        }
        (Kind::Node, "bun", ["run", file, rest @ ..] | [file, rest @ ..]) => {
            format!("runner bun; entry {file:?};{}", arguments(rest))
        }
        (Kind::Node, "node" | "nodejs", [file, rest @ ..]) if !file.starts_with('-') => {
            format!("entry {file:?};{}", arguments(rest))
        }
        (Kind::Node, _, rest) => format!("entry {first:?};{}", arguments(rest)),
        (Kind::Python, "python" | "python3", ["-m", module, rest @ ..]) => {
            format!("module {};{}", name(module), arguments(rest))
        }
        (Kind::Python, "python" | "python3", [file, rest @ ..]) if !file.starts_with('-') => {
            format!("module {};{}", module(file), arguments(rest))
        }
        (Kind::Python, _, rest) if program.strip_suffix(".py").is_some() => {
            format!("module {};{}", module(first), arguments(rest))
        }
        (Kind::Python | Kind::Script, ..) => format!("run {};", quoted(words)),
    })
}

/// The module that a file is.
#[must_use]
pub fn module(file: &str) -> String {
    let file = file.trim_start_matches("./");
    name(&file.strip_suffix(".py").unwrap_or(file).replace('/', "."))
}

/// A name as it is written: in quotes where it is no word.
pub(crate) fn name(name: &str) -> String {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match name.bytes().all(is_word) && !name.starts_with(|first: char| first.is_ascii_digit()) {
        true => name.to_owned(),
        false => format!("{name:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::attribute::ITEMS;

    fn help(word: &str, values: &[Value], kind: Option<Kind>) -> String {
        let written = Written { word, kind, values, ..Written::default() };
        attribute(word).unwrap().help(&written)
    }

    #[test]
    fn no_word_is_in_a_place_twice() {
        let mut seen = HashSet::new();
        for row in WORDS {
            let place = match row.place {
                Place::Kind(_) => "kind".to_owned(),
                place => format!("{place:?}"),
            };
            for word in row.words {
                assert!(seen.insert((place.clone(), folded(word))), "{word} is there twice");
            }
        }
    }

    #[test]
    fn no_word_of_the_language_is_in_the_table() {
        for row in WORDS {
            for word in row.words {
                let word = &*folded(word);
                match row.place {
                    // `user` is one, and `User` of systemd is not.
                    Place::Attribute if word == "user" => {}
                    Place::Attribute => {
                        assert!(Attribute::find(word).is_none(), "{word}");
                        assert!(STATEMENTS.iter().all(|(known, _)| *known != word), "{word}");
                        assert!(DERIVED.iter().all(|(known, _)| *known != word), "{word}");
                    }
                    Place::Item | Place::Kind(_) => {
                        assert!(ITEMS.iter().all(|(known, _)| *known != word), "{word}");
                        assert!(Kind::from_word(word).is_none(), "{word}");
                    }
                    Place::Runner | Place::Probe | Place::ProbeSetting | Place::Condition => {}
                }
            }
        }
    }

    /// A reader looks for the word that they have written there.
    #[test]
    fn words_are_spelled_as_their_tool_spells_them() {
        let rows = WORDS.iter().map(|row| (row.tool, row.words));
        for (tool, words) in rows.chain(ALSO.iter().copied()) {
            for word in words {
                let has_capital = word.contains(|letter: char| letter.is_ascii_uppercase());
                let spelled = match tool {
                    "systemd" => *word == "oneshot" || word.starts_with(char::is_uppercase),
                    "launchd" => word.starts_with(char::is_uppercase),
                    "Docker Compose" => *word == "CMD-SHELL" || !has_capital,
                    "process-compose" | "Supervisor" | "Circus" | "Nomad" | "Upstart" | "Tilt"
                    | "tmuxinator" | "foreman" => !has_capital,
                    "Kubernetes" | "forever" | "nodemon" | "npm" => !word.contains('_'),
                    _ => true,
                };
                assert!(spelled, "`{word}` is not as {tool} spells it");
            }
        }
    }

    #[test]
    fn the_words_of_a_tool_are_all_of_them() {
        for (tool, words) in ALSO {
            let known = words_of(tool);
            for word in *words {
                let count = known.iter().filter(|(words, _)| words.contains(word)).count();
                assert!(count > 0, "`{word}` of {tool} is not known");
            }
        }
        let known = words_of("process-compose");
        let help = |wanted: &str| {
            let found = known.iter().find(|(words, _)| words.contains(&wanted));
            match found.unwrap().1 {
                Meaning::Same => "the same".to_owned(),
                Meaning::Derived(text) => text.to_owned(),
                Meaning::Row(row) => row.in_short(),
            }
        };
        assert_eq!(help("depends_on"), "the same");
        assert_eq!(help("replicas"), "write `instances 4;`");
        assert!(help("working_dir").contains("after the name"));
    }

    #[test]
    fn what_is_to_be_written_exists() {
        for row in WORDS {
            let Instead::Attribute(name, _) = row.instead else { continue };
            let statement = STATEMENTS.iter().any(|(known, _)| *known == name);
            assert!(
                statement || Attribute::find(name).is_some_and(|found| found.name == name),
                "{name}"
            );
        }
    }

    #[test]
    fn the_value_is_the_one_that_was_written() {
        let text = |text: &str| Value::Text(text.into());
        assert_eq!(help("RestartSec", &[Value::Integer(5)], None), "write `restart_delay 5s;`");
        assert_eq!(help("restartSec", &[], None), "write `restart_delay 10s;`");
        assert_eq!(help("mem_limit", &[text("512m")], None), "write `max_memory_restart 512M;`");
        assert_eq!(help("restart", &[text("no")], None), "write `autorestart false;`");
        assert_eq!(help("After", &[text("redis.service")], None), "write `depends_on redis;`");
        assert_eq!(help("ports", &[text("80:8080")], None), "write `listen http 8080;`");
        assert_eq!(help("expose", &[Value::Integer(9000)], None), "write `listen http 9000;`");
        assert_eq!(
            help("bind", &[text("0.0.0.0:8000")], None),
            "write `listen http \"0.0.0.0:8000\";`"
        );
        let ports = [text("127.0.0.1:80:8080"), text("9100:9100/tcp")];
        assert_eq!(
            help("ports", &ports, None),
            "write `listen http 8080; listen NAME: http 9100;`"
        );
        assert_eq!(help("ListenStream", &[], None), "write `listen http 8000;`");
        let node = Some(Kind::Node);
        assert_eq!(
            help("ExecStart", &[text("/usr/bin/node a.js --x")], node),
            "write `entry \"a.js\"; args \"--x\";`"
        );
        assert_eq!(
            help("command", &[text("npm run dev")], node),
            "write `runner npm; run \"dev\";`"
        );
        let python = Some(Kind::Python);
        assert_eq!(
            help("command", &[text("python3 src/app.py")], python),
            "write `module \"src.app\";`"
        );
        assert!(help("KillSignal", &[text("SIGQUIT")], None).contains("`kill_signal SIGQUIT;`"));
        assert!(help("stop_signal", &[text("int")], None).contains("`kill_signal SIGINT;`"));
        assert_eq!(help("stop_grace_period", &[text("1m30s")], None), "write `kill_timeout 90s;`");
        assert_eq!(help("TimeoutStopSec", &[text("1min")], None), "write `kill_timeout 1m;`");
        assert_eq!(help("RestartSec", &[text("5min 20s")], None), "write `restart_delay 320s;`");
        assert_eq!(help("mem_limit", &[text("1.5g")], None), "write `max_memory_restart 1536M;`");
        let every = |seconds| help("StartInterval", &[Value::Integer(seconds)], None);
        assert_eq!(every(600), "write `autorestart false; cron_restart \"*/10 * * * *\";`");
        assert_eq!(every(7_200), "write `autorestart false; cron_restart \"0 */2 * * *\";`");
        let log = |written: &str| help("StandardOutput", &[text(written)], None);
        assert_eq!(log("append:/var/log/web.log"), "write `out_file \"/var/log/web.log\";`");
        assert_eq!(log("null"), "write `out_file \"/dev/null\";`");
        for word in ["journal", "syslog+console", "socket", "inherit"] {
            assert!(log(word).starts_with("remove it: "), "{word}");
        }
        let calendar = |written: &str| help("OnCalendar", &[text(written)], None);
        let job = |times: &str| format!("write `autorestart false; cron_restart {times:?};`");
        assert_eq!(calendar("daily"), job("0 0 * * *"));
        assert_eq!(calendar("*-*-* 02:30:00"), job("30 2 * * *"));
        assert_eq!(calendar("Mon 12:00"), job("0 12 * * 1"));
        assert_eq!(calendar("Mon..Fri 10:00"), job("0 10 * * 1-5"));
        assert_eq!(calendar("Sat,Sunday *-*-* 7:05:00"), job("5 7 * * 6,0"));
        assert_eq!(calendar("*:0/15"), job("*/15 * * * *"));
        assert_eq!(
            calendar("*-*-1..7 10:00"),
            job("0 4 * * *") + ", with the times of cron for `\"*-*-1..7 10:00\"`"
        );
        assert_eq!(help("schedule", &[text("5 4 * * *")], None), job("5 4 * * *"));
        assert_eq!(help("schedule", &[text("@hourly")], None), job("0 * * * *"));
        // A week of systemd begins on Monday.
        assert_eq!(help("schedule", &[text("@weekly")], None), job("0 0 * * 0"));
        assert_eq!(help("OnCalendar", &[text("weekly")], None), job("0 0 * * 1"));
        assert_eq!(
            help("EnvironmentFile", &[text("-/etc/default/web")], None),
            "write `env_file_if_exists \"/etc/default/web\";`"
        );
        let target = help("After", &[text("network.target"), text("network-online.target")], None);
        assert!(target.starts_with("remove it: "), "{target}");
        assert!(help("Group", &[text("www-data")], None).starts_with("write `gid \"www-data\";`"));
        assert_eq!(help("OnUnitInactiveSec", &[text("1min")], None), "write `restart_delay 1m;`");
        assert_eq!(
            help("TimeoutStopSec", &[text("infinity")], None),
            "write `kill_timeout 1h;`: it is killed in the end"
        );
        let script = Some(Kind::Script);
        assert_eq!(help("cmd", &[text("./x --y")], script), "write `run \"./x\", \"--y\";`");
    }
}
