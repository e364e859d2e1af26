//! Names, texts and values as they are written.

use crate::number::{Size, parse_number};
pub(super) use crate::reference::written_name as name;
use crate::reference::{is_digits, is_word};
use crate::value::Value;

/// A text in quotes, with Rust's escapes.
pub(super) fn text(text: &str) -> String {
    format!("{text:?}")
}

/// A key of `env`, or a key of an object.
pub(super) fn key(key: &str) -> String {
    // `unset KEY;` takes a variable away.
    if is_word(key) && key != "unset" { key.to_owned() } else { text(key) }
}

/// A value of an attribute.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Size(size) if !is_literal(*size) => {
            format!("({})", grouped(&size.bytes().to_string()))
        }
        Value::Integer(integer) => grouped(&integer.to_string()),
        Value::Float(float) => {
            let written = float.to_string();
            if written.contains('.') { written } else { format!("{written}.0") }
        }
        Value::Expression(_) => "(todo!())".to_owned(),
        other => other.to_string(),
    }
}

/// The value of an environment variable: numbers and booleans as they are, all else in quotes.
pub(super) fn variable(value: &str) -> String {
    if matches!(value, "true" | "false") {
        return value.to_owned();
    }
    let digits = value.strip_prefix('-').unwrap_or(value);
    // A long number is the id of something more often than an amount, unless it is a round one.
    let is_amount = value.len() <= 9 || value.len() <= 16 && digits.ends_with("000");
    if is_amount && is_digits(digits) && parse_number(value).is_ok() {
        grouped(value)
    } else {
        text(value)
    }
}

/// `300000` → `300_000`; ports, years and what is no round number stay as they are.
fn grouped(number: &str) -> String {
    let digits = number.strip_prefix('-').unwrap_or(number);
    if digits.len() < 6 || !digits.ends_with("000") {
        return number.to_owned();
    }
    let mut written = String::from(if digits.len() < number.len() { "-" } else { "" });
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            written.push('_');
        }
        written.push(digit);
    }
    written
}

fn is_literal(size: Size) -> bool {
    size.to_string().ends_with(['K', 'M', 'G'])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn variables_are_text_and_numbers_keep_their_digits() {
        for (written, expected) in [
            ("300000", "300_000"),
            ("12000000", "12_000_000"),
            ("2592000", "2_592_000"),
            ("1800000", "1_800_000"),
            ("2592000000", "2_592_000_000"),
            ("-2592000", "-2_592_000"),
            ("10485760", "10485760"),
            ("5005", "5005"),
            ("27017", "27017"),
            ("2000", "2000"),
            ("10000", "10000"),
            ("-5000", "-5000"),
            ("007", "\"007\""),
            ("449279570445729793", "\"449279570445729793\""),
            ("10s", "\"10s\""),
            ("0.50", "\"0.50\""),
            ("true", "true"),
            ("production", "\"production\""),
            ("", "\"\""),
        ] {
            assert_eq!(variable(written), expected);
        }
    }

    #[test]
    fn values_are_written_in_their_units() {
        assert_eq!(value(&Value::Duration(Duration::from_secs(10))), "10s");
        assert_eq!(value(&Value::Size(Size::from_bytes(300 << 20))), "300M");
        assert_eq!(value(&Value::Size(Size::from_bytes(1_000_000))), "(1_000_000)");
        assert_eq!(value(&Value::Float(2.0)), "2.0");
        assert_eq!(value(&Value::Float(1e20)), "100000000000000000000.0");
    }
}
