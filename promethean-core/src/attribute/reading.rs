//! From written values to a typed setting.

use std::time::Duration;

use serde_core::{Serialize, Serializer};
use smol_str::{SmolStr, ToSmolStr as _};

use super::{Attribute, ExpressionType, Form, Type};
use crate::cron::{CronError, Pattern};
use crate::kind::Runner;
use crate::number::{Number, Size, parse_number};
use crate::value::Value;

/// What an attribute is set to, of its type and in PM2's units.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A duration; emitted in milliseconds.
    Duration(Duration),
    /// An amount of memory; emitted as PM2 writes it, `300M`.
    Size(Size),
    /// A text, a path, a name, a word.
    Text(SmolStr),
    /// A list.
    List(Vec<Setting>),
    /// An object, in the order it was written.
    Object(Vec<(SmolStr, Setting)>),
    /// A number with a fraction; only in objects.
    Float(f64),
}

impl Setting {
    /// The text of a setting that is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Setting::Text(text) = self { Some(text) } else { None }
    }

    /// The number of a setting that is a whole one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        if let Setting::Integer(integer) = self { Some(*integer) } else { None }
    }

    /// The amount of memory of a setting that is one.
    #[must_use]
    pub fn as_size(&self) -> Option<Size> {
        if let Setting::Size(size) = self { Some(*size) } else { None }
    }

    /// The settings of a list; a setting alone is a list of one.
    #[must_use]
    pub fn items(&self) -> &[Setting] {
        match self {
            Setting::List(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        }
    }

    /// The time of a setting that is one.
    #[must_use]
    pub fn as_duration(&self) -> Option<Duration> {
        if let Setting::Duration(duration) = self { Some(*duration) } else { None }
    }

    /// The texts of a list of texts; a text alone is a list of one.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.items().iter().filter_map(Setting::as_text)
    }
}

/// In PM2's own types and units.
impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Setting::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Setting::Integer(integer) => serializer.serialize_i64(*integer),
            Setting::Float(float) => serializer.serialize_f64(*float),
            Setting::Duration(duration) => serializer.serialize_u64(milliseconds(*duration)),
            Setting::Size(size) => size.serialize(serializer),
            Setting::Text(text) => serializer.serialize_str(text),
            Setting::List(items) => serializer.collect_seq(items),
            Setting::Object(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
        }
    }
}

/// A duration as PM2 takes it.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Why values are not what an attribute takes. The index is that of the value.
#[derive(Clone, Debug, PartialEq)]
pub enum Mismatch {
    /// No value follows the name.
    Missing,
    /// `runner venv` without the directory of the virtual environment.
    NoDirectory,
    /// More than one value follows the name.
    TooMany {
        /// The first one too many.
        index: usize,
    },
    /// A boolean in a list.
    BooleanInList {
        /// Which value it is.
        index: usize,
    },
    /// A value of another type.
    Type {
        /// Which value it is.
        index: usize,
    },
    /// A number that is too small or too large.
    Range {
        /// Which value it is.
        index: usize,
        /// The least allowed, as it is written.
        minimum: String,
        /// The most allowed, as it is written.
        maximum: Option<String>,
    },
    /// A word that is none of the choices.
    Choice {
        /// Which value it is.
        index: usize,
    },
    /// A cron pattern that PM2 does not take.
    Cron {
        /// Which value it is.
        index: usize,
        /// What is wrong with it.
        error: CronError,
    },
}

impl Mismatch {
    /// Which value is wrong; `None` when it is the attribute as a whole.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        match self {
            Mismatch::Missing | Mismatch::NoDirectory => None,
            Mismatch::TooMany { index }
            | Mismatch::BooleanInList { index }
            | Mismatch::Type { index }
            | Mismatch::Range { index, .. }
            | Mismatch::Choice { index }
            | Mismatch::Cron { index, .. } => Some(*index),
        }
    }
}

impl Attribute {
    /// Gives values the attribute's type. Placeholders stay in the text.
    ///
    /// An expression must have been evaluated before ([`Attribute::evaluated`]); one that has not
    /// been is passed over, as nothing can be said of it.
    ///
    /// # Errors
    ///
    /// The first value that is not what the attribute takes.
    pub fn read<'a>(
        &self,
        values: impl IntoIterator<Item = &'a Value>,
    ) -> Result<Setting, Mismatch> {
        let mut values = values.into_iter().enumerate();
        if self.form == Form::One
            && let Some((index, value)) = values.next()
        {
            return match values.next() {
                None => self.read_one(index, value),
                Some((index, _)) => Err(Mismatch::TooMany { index }),
            };
        }
        let mut settings = Vec::new();
        if self.form == Form::Each {
            for (index, value) in values {
                let expected = self.types.get(index).ok_or(Mismatch::TooMany { index })?;
                settings.push(expected.read(index, value)?);
            }
            return match settings.len() < self.types.len() {
                true => Err(Mismatch::Missing),
                false => Ok(Setting::List(settings)),
            };
        }
        for (index, value) in values {
            if index > 0 {
                // The directory of a virtual environment.
                if self.form == Form::Runner && index == 1 && is_venv(&settings) {
                    settings.push(Type::Path.read(index, value)?);
                    continue;
                }
                if self.form != Form::Many {
                    return Err(Mismatch::TooMany { index });
                }
                if matches!(settings.first(), Some(Setting::Boolean(_))) {
                    return Err(Mismatch::BooleanInList { index: 0 });
                }
            }
            let setting = self.read_one(index, value)?;
            if index > 0 && matches!(setting, Setting::Boolean(_)) {
                return Err(Mismatch::BooleanInList { index });
            }
            settings.push(setting);
        }
        match (self.form, settings.as_slice()) {
            (_, []) => Err(Mismatch::Missing),
            (Form::Runner, [_]) if is_venv(&settings) => Err(Mismatch::NoDirectory),
            (Form::Many, [Setting::Boolean(_)]) => Ok(settings.swap_remove(0)),
            (Form::One | Form::Many | Form::Each | Form::Object | Form::Runner, _) => {
                Ok(Setting::List(settings))
            }
        }
    }

    /// The value that an expression's result stands for in this attribute.
    ///
    /// Results come as text: durations as `1500ms`, booleans as `true`, sizes in bytes.
    #[must_use]
    pub fn evaluated(&self, result: String) -> Value {
        let number = || parse_number(&result).ok();
        let typed = match self.expression_type() {
            ExpressionType::Boolean => result.parse().ok().map(Value::Boolean),
            ExpressionType::Integer => result.parse().ok().map(Value::Integer),
            ExpressionType::Bytes => {
                result.parse().ok().map(|bytes| Value::Size(Size::from_bytes(bytes)))
            }
            ExpressionType::Duration => match number() {
                Some(Number::Duration(duration)) => Some(Value::Duration(duration)),
                Some(Number::Integer(_) | Number::Float(_) | Number::Size(_)) | None => None,
            },
            ExpressionType::Text => self.types.iter().find_map(|kind| match kind {
                Type::Boolean => result.parse().ok().map(Value::Boolean),
                Type::Integer { .. } => result.parse().ok().map(Value::Integer),
                Type::Choice(_) => Some(Value::Word(result.as_str().into())),
                Type::Size => match number() {
                    Some(Number::Size(size)) => Some(Value::Size(size)),
                    Some(Number::Integer(_) | Number::Float(_) | Number::Duration(_)) | None => {
                        None
                    }
                },
                Type::Duration { .. } | Type::Text | Type::Path | Type::Name | Type::Cron => None,
            }),
        };
        typed.unwrap_or_else(|| Value::Text(result.into()))
    }

    fn read_one(&self, index: usize, value: &Value) -> Result<Setting, Mismatch> {
        let mut mismatch = Mismatch::Type { index };
        for expected in self.types {
            match expected.read(index, value) {
                Ok(setting) => return Ok(setting),
                Err(Mismatch::Type { .. }) => {}
                Err(closer) => mismatch = closer,
            }
        }
        Err(mismatch)
    }
}

fn is_venv(settings: &[Setting]) -> bool {
    matches!(settings, [Setting::Text(word)] if word == Runner::Venv.word())
}

impl Type {
    /// The most that an integer without an upper bound of its own may be.
    pub(super) const UNBOUNDED: i64 = u32::MAX as i64;

    /// The longest time that one of Node's timers, which PM2 counts with, can be set to: 24 days.
    /// What is longer would be over at once.
    const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

    /// The same in milliseconds.
    pub(super) const LONGEST_MILLISECONDS: i64 = i32::MAX as i64;

    fn read(&self, index: usize, value: &Value) -> Result<Setting, Mismatch> {
        match (self, value) {
            (_, Value::Expression(_)) => Ok(Setting::Text(SmolStr::default())),
            (Type::Boolean, Value::Boolean(boolean)) => Ok(Setting::Boolean(*boolean)),
            (&Type::Integer { minimum, maximum }, &Value::Integer(integer)) => {
                if (minimum..=maximum).contains(&integer) {
                    Ok(Setting::Integer(integer))
                } else {
                    let bounded = maximum < Type::UNBOUNDED;
                    let maximum = bounded.then(|| maximum.to_string());
                    Err(Mismatch::Range { index, minimum: minimum.to_string(), maximum })
                }
            }
            (&Type::Duration { minimum }, &Value::Duration(duration)) => {
                if (Duration::from_millis(minimum)..=Type::LONGEST).contains(&duration) {
                    Ok(Setting::Duration(duration))
                } else {
                    let minimum = format!("{minimum}ms");
                    let maximum = (duration > Type::LONGEST).then(|| {
                        format!("{}ms, the longest of Node's timers", Type::LONGEST.as_millis())
                    });
                    Err(Mismatch::Range { index, minimum, maximum })
                }
            }
            (Type::Size, &Value::Size(size)) => Ok(Setting::Size(size)),
            (Type::Text | Type::Path | Type::Name, Value::Text(text))
            | (Type::Name, Value::Word(text)) => Ok(Setting::Text(text.clone())),
            (Type::Text, Value::Integer(integer)) => Ok(Setting::Text(integer.to_smolstr())),
            (Type::Cron, Value::Text(pattern)) => match pattern.parse::<Pattern>() {
                Ok(_) => Ok(Setting::Text(pattern.clone())),
                Err(error) => Err(Mismatch::Cron { index, error }),
            },
            (Type::Choice(choices), Value::Word(word)) => {
                if choices.contains(&word.as_str()) {
                    Ok(Setting::Text(word.clone()))
                } else {
                    Err(Mismatch::Choice { index })
                }
            }
            (
                Type::Boolean
                | Type::Integer { .. }
                | Type::Duration { .. }
                | Type::Size
                | Type::Text
                | Type::Path
                | Type::Name
                | Type::Choice(_)
                | Type::Cron,
                _,
            ) => Err(Mismatch::Type { index }),
        }
    }

    /// What is expected, for a person.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Type::Boolean => "`true` or `false`".to_owned(),
            Type::Integer { .. } => "a whole number".to_owned(),
            Type::Duration { .. } => "a duration such as `500ms`, `10s`, `5m` or `2h`".to_owned(),
            Type::Size => "a size such as `512K`, `300M` or `1G`".to_owned(),
            Type::Text => "a string".to_owned(),
            Type::Path => "a path in quotes".to_owned(),
            Type::Name => "a name".to_owned(),
            Type::Choice(choices) => one_of(choices),
            Type::Cron => "a cron pattern in quotes, such as `\"0 4 * * *\"`".to_owned(),
        }
    }

    /// What a value of the type is, without an example.
    pub(super) fn in_short(&self) -> String {
        match self {
            Type::Integer { minimum, maximum } if *maximum < i64::from(u32::MAX) => {
                format!("{minimum} to {maximum}")
            }
            Type::Integer { minimum, .. } => format!("a number from {minimum}"),
            Type::Duration { minimum: 0 } => "a duration".to_owned(),
            Type::Duration { minimum } => format!("a duration of at least {minimum}ms"),
            Type::Size => "a size".to_owned(),
            Type::Cron => "a cron pattern".to_owned(),
            Type::Path => "a path".to_owned(),
            Type::Boolean | Type::Text | Type::Name | Type::Choice(_) => self.expected(),
        }
    }
}

/// `` `a`, `b` or `c` ``
#[must_use]
pub fn one_of(choices: &[&str]) -> String {
    let mut text = String::new();
    for (index, choice) in choices.iter().enumerate() {
        match index {
            0 => {}
            _ if index + 1 == choices.len() => text.push_str(" or "),
            _ => text.push_str(", "),
        }
        text.push('`');
        text.push_str(choice);
        text.push('`');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, values: &[Value]) -> Result<Setting, Mismatch> {
        Attribute::find(name).unwrap().read(values)
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn values_take_the_type_of_their_attribute() {
        assert_eq!(read("autorestart", &[Value::Boolean(false)]), Ok(Setting::Boolean(false)));
        assert_eq!(
            read("restart_delay", &[Value::Duration(Duration::from_secs(10))]),
            Ok(Setting::Duration(Duration::from_secs(10)))
        );
        assert_eq!(
            read("instances", &[Value::Word("max".into())]),
            Ok(Setting::Text("max".into()))
        );
        assert_eq!(
            read("args", &[text("--port"), Value::Integer(80)]),
            Ok(Setting::List(vec![Setting::Text("--port".into()), Setting::Text("80".into())]))
        );
        assert_eq!(read("watch", &[Value::Boolean(true)]), Ok(Setting::Boolean(true)));
        assert_eq!(read("watch", &[text(".")]), Ok(Setting::List(vec![Setting::Text(".".into())])));
        assert_eq!(read("module", &[Value::Word("app".into())]), Ok(Setting::Text("app".into())));
        let size = Size::from_bytes(10 << 20);
        assert_eq!(
            read("rotate", &[Value::Size(size), Value::Integer(5)]),
            Ok(Setting::List(vec![Setting::Size(size), Setting::Integer(5)]))
        );
    }

    #[test]
    fn what_does_not_fit_says_which_value_and_why() {
        assert_eq!(
            read("restart_delay", &[Value::Integer(10_000)]),
            Err(Mismatch::Type { index: 0 })
        );
        assert_eq!(
            read("min_uptime", &[Value::Duration(Duration::from_millis(99))]),
            Err(Mismatch::Range { index: 0, minimum: "100ms".into(), maximum: None })
        );
        assert_eq!(
            read("port", &[Value::Integer(70_000)]),
            Err(Mismatch::Range { index: 0, minimum: "1".into(), maximum: Some("65535".into()) })
        );
        assert_eq!(
            read("exec_mode", &[Value::Word("forked".into())]),
            Err(Mismatch::Choice { index: 0 })
        );
        assert_eq!(
            read("watch", &[text("."), Value::Boolean(true)]),
            Err(Mismatch::BooleanInList { index: 1 })
        );
        assert_eq!(read("cron_restart", &[]), Err(Mismatch::Missing));
        let size = Value::Size(Size::from_bytes(10 << 20));
        assert_eq!(read("rotate", std::slice::from_ref(&size)), Err(Mismatch::Missing));
        assert_eq!(
            read("rotate", &[Value::Integer(5), size.clone()]),
            Err(Mismatch::Type { index: 0 })
        );
        assert_eq!(
            read("rotate", &[size.clone(), Value::Integer(0)]),
            Err(Mismatch::Range { index: 1, minimum: "1".into(), maximum: Some("1000".into()) })
        );
        assert_eq!(
            read("rotate", &[size, Value::Integer(5), Value::Integer(5)]),
            Err(Mismatch::TooMany { index: 2 })
        );
        assert_eq!(
            read("autorestart", &[Value::Boolean(true), Value::Boolean(true)]),
            Err(Mismatch::TooMany { index: 1 })
        );
    }

    #[test]
    fn the_result_of_an_expression_is_read_by_the_type_of_the_attribute() {
        let evaluated =
            |name: &str, result: &str| Attribute::find(name).unwrap().evaluated(result.to_owned());
        assert_eq!(
            evaluated("kill_timeout", "1500ms"),
            Value::Duration(Duration::from_millis(1_500))
        );
        assert_eq!(evaluated("port", "80"), Value::Integer(80));
        assert_eq!(evaluated("max_memory_restart", "1024"), Value::Size(Size::from_bytes(1_024)));
        assert_eq!(evaluated("watch", "true"), Value::Boolean(true));
        assert_eq!(evaluated("watch", "src"), text("src"));
        assert_eq!(evaluated("exec_mode", "fork"), Value::Word("fork".into()));
        assert_eq!(evaluated("out_file", "logs/a.log"), text("logs/a.log"));
    }
}
