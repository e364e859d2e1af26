//! Numbers, durations and sizes as the language writes them.
//!
//! One parser serves the macro's literals, JSON declarations and the formatter.

use std::fmt;
use std::time::Duration;

use serde_core::{Serialize, Serializer};

/// What a literal that begins with a digit can mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// `300_000`
    Integer(i64),
    /// `0.5`
    Float(f64),
    /// `10s`
    Duration(Duration),
    /// `300M`
    Size(Size),
}

/// An amount of memory in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

impl Size {
    /// A size of this many bytes.
    #[must_use]
    pub fn from_bytes(bytes: u64) -> Size {
        Size(bytes)
    }

    /// The size in bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }
}

/// Writes the size in the largest unit that gives a whole number, as PM2 reads it
/// (`lib/tools/Config.js`: `K`, `M` and `G` are powers of 1024); without a unit these are bytes.
impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &(unit, bytes) in SIZE_UNITS.iter().rev() {
            if self.0 >= bytes && self.0.is_multiple_of(bytes) {
                return write!(formatter, "{}{unit}", self.0 / bytes);
            }
        }
        self.0.fmt(formatter)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The units of durations, in milliseconds.
const DURATION_UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// The units of sizes, in bytes.
const SIZE_UNITS: [(&str, u64); 3] = [("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30)];

/// Why a literal is not a number of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// `0x1f`, `0o17`, `0b1`
    Base,
    /// `007`
    LeadingZero,
    /// `1e5`
    Exponent,
    /// `1.5h`
    FractionWithUnit,
    /// `10sec`; what was probably meant, if anything resembles it
    UnknownUnit {
        /// The unit as it was written.
        unit: String,
        /// The whole literal as it should probably be written.
        meant: Option<String>,
    },
    /// More than 64 bits hold.
    TooLarge,
    /// Not a number at all.
    NotANumber,
}

/// Reads a number, a duration or a size as the language writes it.
///
/// `written` is the literal's text: an optional `-`, digits with `_` between them, a unit.
///
/// # Errors
///
/// Says why `written` is none of the three.
pub fn parse_number(written: &str) -> Result<Number, NumberError> {
    let plain = written.replace('_', "");
    let (digits, unit) = split_digits(&plain)?;
    if digits.contains('.') {
        return if unit.is_empty() {
            let float: f64 = digits.parse().map_err(|_| NumberError::NotANumber)?;
            // More digits than a number has room for come to infinity, which JSON cannot hold.
            if float.is_finite() { Ok(Number::Float(float)) } else { Err(NumberError::TooLarge) }
        } else {
            Err(NumberError::FractionWithUnit)
        };
    }
    if unit.is_empty() {
        return digits.parse().map(Number::Integer).map_err(|_| NumberError::TooLarge);
    }
    let amount: u64 = digits.parse().map_err(|_| {
        if digits.starts_with('-') { NumberError::NotANumber } else { NumberError::TooLarge }
    })?;
    let in_unit = |factor: u64| amount.checked_mul(factor).ok_or(NumberError::TooLarge);
    if let Some(&(_, milliseconds)) = DURATION_UNITS.iter().find(|(name, _)| *name == unit) {
        return Ok(Number::Duration(Duration::from_millis(in_unit(milliseconds)?)));
    }
    if let Some(&(_, bytes)) = SIZE_UNITS.iter().find(|(name, _)| *name == unit) {
        return Ok(Number::Size(Size(in_unit(bytes)?)));
    }
    Err(NumberError::UnknownUnit { unit: unit.to_owned(), meant: meant_unit(amount, unit) })
}

/// What an environment variable holds when a number is written without quotes: the text as
/// written, without `_`.
///
/// # Errors
///
/// What is not clearly decimal (another base, a leading zero, an exponent) is rejected: a reader
/// cannot know which text the process would get.
pub fn number_as_text(written: &str) -> Result<String, NumberError> {
    match parse_number(written) {
        // No unit is needed for text, and no number of bits limits it.
        Ok(_) | Err(NumberError::TooLarge) => Ok(written.replace('_', "")),
        Err(error) => Err(error),
    }
}

/// Splits `10s` into `10` and `s`.
fn split_digits(plain: &str) -> Result<(&str, &str), NumberError> {
    let unsigned = plain.strip_prefix('-').unwrap_or(plain);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(NumberError::NotANumber);
    }
    let mut characters = unsigned.chars();
    if characters.next() == Some('0') {
        match characters.next() {
            Some('x' | 'o' | 'b') => return Err(NumberError::Base),
            Some(second) if second.is_ascii_digit() => return Err(NumberError::LeadingZero),
            _ => {}
        }
    }
    let length = unsigned
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(unsigned.len());
    let (digits, unit) = plain.split_at(plain.len() - unsigned.len() + length);
    let exponent = unit.strip_prefix(['e', 'E']).and_then(|rest| rest.chars().next());
    match exponent {
        Some('+' | '-' | '0'..='9') => Err(NumberError::Exponent),
        _ => Ok((digits, unit)),
    }
}

/// The literal that somebody who wrote an unknown unit probably meant.
fn meant_unit(amount: u64, written: &str) -> Option<String> {
    if let Some(whole) = sum_of_units(amount, written) {
        return Some(format_duration(Duration::from_millis(whole)));
    }
    let small = written.to_ascii_lowercase();
    match unit_of_time(&small) {
        // A day has no unit of its own.
        Some(milliseconds) if milliseconds > HOUR => {
            let hours = amount.checked_mul(milliseconds / HOUR)?;
            return Some(format!("{hours}h"));
        }
        Some(milliseconds) => {
            let (unit, _) = DURATION_UNITS.iter().find(|(_, factor)| *factor == milliseconds)?;
            return Some(format!("{amount}{unit}"));
        }
        None => {}
    }
    let unit = match small.as_str() {
        "k" | "kb" | "kib" => "K",
        "mb" | "mib" => "M",
        "g" | "gb" | "gib" => "G",
        _ => return None,
    };
    Some(format!("{amount}{unit}"))
}

/// An hour in milliseconds.
const HOUR: u64 = 3_600_000;

/// The milliseconds of a unit of time, as people and other tools write it (systemd.time(7)).
fn unit_of_time(written: &str) -> Option<u64> {
    Some(match written {
        "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" | "ms" => 1,
        "sec" | "secs" | "second" | "seconds" | "s" => 1_000,
        "min" | "mins" | "minute" | "minutes" | "m" => 60_000,
        "hr" | "hrs" | "hour" | "hours" | "h" => HOUR,
        "d" | "day" | "days" => 24 * HOUR,
        "w" | "week" | "weeks" => 7 * 24 * HOUR,
        _ => return None,
    })
}

/// The milliseconds of `1m30s`, `1min30sec` or `1h30`: amounts in several units.
fn sum_of_units(amount: u64, written: &str) -> Option<u64> {
    let (mut sum, mut amount, mut rest) = (0_u64, amount, written);
    loop {
        let end = rest.find(|letter: char| letter.is_ascii_digit());
        let (unit, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let factor = unit_of_time(&unit.to_ascii_lowercase())?;
        sum = sum.checked_add(amount.checked_mul(factor)?)?;
        if behind.is_empty() {
            // A single unit is no sum.
            return (unit.len() < written.len()).then_some(sum);
        }
        let digits = behind.find(|letter: char| !letter.is_ascii_digit());
        let (digits, next) = behind.split_at(digits.unwrap_or(behind.len()));
        amount = digits.parse().ok()?;
        rest = next;
        if rest.is_empty() {
            // The `30` of `1h30` is in the next smaller unit.
            let place = DURATION_UNITS.iter().position(|(_, known)| *known == factor)?;
            let (_, factor) = DURATION_UNITS.get(place.checked_sub(1)?)?;
            return sum.checked_add(amount.checked_mul(*factor)?);
        }
    }
}

/// Writes a duration in the largest unit that gives a whole number of it.
///
/// Less than a millisecond is dropped: PM2 counts in milliseconds.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    for &(unit, factor) in DURATION_UNITS.iter().rev() {
        let factor = u128::from(factor);
        if milliseconds >= factor && milliseconds.is_multiple_of(factor) {
            return format!("{}{unit}", milliseconds / factor);
        }
    }
    "0s".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duration(milliseconds: u64) -> Number {
        Number::Duration(Duration::from_millis(milliseconds))
    }

    #[test]
    fn numbers_are_read_in_their_units() {
        assert_eq!(parse_number("300_000"), Ok(Number::Integer(300_000)));
        assert_eq!(parse_number("-1"), Ok(Number::Integer(-1)));
        assert_eq!(parse_number("0"), Ok(Number::Integer(0)));
        assert_eq!(parse_number("0.5"), Ok(Number::Float(0.5)));
        assert_eq!(parse_number("500ms"), Ok(duration(500)));
        assert_eq!(parse_number("10s"), Ok(duration(10_000)));
        assert_eq!(parse_number("5m"), Ok(duration(300_000)));
        assert_eq!(parse_number("2h"), Ok(duration(7_200_000)));
        assert_eq!(parse_number("1G"), Ok(Number::Size(Size(1 << 30))));
    }

    #[test]
    fn what_is_no_number_says_why() {
        let unit = |unit: &str, meant: Option<&str>| {
            Err(NumberError::UnknownUnit { unit: unit.to_owned(), meant: meant.map(str::to_owned) })
        };
        assert_eq!(parse_number("10sec"), unit("sec", Some("10s")));
        assert_eq!(parse_number("1d"), unit("d", Some("24h")));
        assert_eq!(parse_number("1m30s"), unit("m30s", Some("90s")));
        assert_eq!(parse_number("1h30"), unit("h30", Some("90m")));
        assert_eq!(parse_number("5min20s"), unit("min20s", Some("320s")));
        assert_eq!(parse_number("2weeks"), unit("weeks", Some("336h")));
        assert_eq!(parse_number("1h30m10s"), unit("h30m10s", Some("5410s")));
        assert_eq!(parse_number("1m99999999999999999999s"), unit("m99999999999999999999s", None));
        assert_eq!(parse_number("300MB"), unit("MB", Some("300M")));
        assert_eq!(parse_number("5u16"), unit("u16", None));
        assert_eq!(parse_number("0x1f"), Err(NumberError::Base));
        assert_eq!(parse_number("007"), Err(NumberError::LeadingZero));
        assert_eq!(parse_number("1e5"), Err(NumberError::Exponent));
        assert_eq!(parse_number("1.5h"), Err(NumberError::FractionWithUnit));
        assert_eq!(parse_number("-5s"), Err(NumberError::NotANumber));
        assert_eq!(parse_number("9999999999999999999"), Err(NumberError::TooLarge));
        assert_eq!(parse_number(&format!("{}.0", "9".repeat(400))), Err(NumberError::TooLarge));
        assert_eq!(parse_number("ten"), Err(NumberError::NotANumber));
        assert_eq!(parse_number(""), Err(NumberError::NotANumber));
    }

    #[test]
    fn an_environment_value_keeps_its_digits() {
        assert_eq!(number_as_text("300_000").as_deref(), Ok("300000"));
        assert_eq!(number_as_text("449279570445729793000").as_deref(), Ok("449279570445729793000"));
        assert_eq!(number_as_text("1.50").as_deref(), Ok("1.50"));
        assert_eq!(number_as_text("10s").as_deref(), Ok("10s"));
        assert_eq!(number_as_text("007"), Err(NumberError::LeadingZero));
    }

    #[test]
    fn durations_and_sizes_are_written_in_their_largest_unit() {
        assert_eq!(format_duration(Duration::from_secs(10)), "10s");
        assert_eq!(format_duration(Duration::from_secs(90)), "90s");
        assert_eq!(format_duration(Duration::from_secs(7_200)), "2h");
        assert_eq!(format_duration(Duration::ZERO), "0s");
        assert_eq!(Size(300 << 20).to_string(), "300M");
        assert_eq!(Size(1_001).to_string(), "1001");
        assert_eq!(Size(0).to_string(), "0");
    }
}
