//! The text that the macro writes: JSON with a line for each unit.

use std::thread;

use super::{Declaration, Unit};
use crate::span_id::Spanned;

/// How long a text is that is worth a second thread.
const LONG: usize = 128 << 10;

/// What is before the lines of the units, which are the last in a declaration.
const UNITS: &str = "\"units\":[\n";

/// Reads what the macro has written.
pub(crate) fn decode(json: &str) -> serde_json::Result<Declaration> {
    let decoded = if json.len() > LONG { decode_in_halves(json) } else { None };
    decoded.map_or_else(|| serde_json::from_str(json), Ok)
}

/// Reads the lines of the units in two threads; `None` for what is written in another way, and where
/// there is no second thread.
#[doc(hidden)]
#[must_use]
pub fn decode_in_halves(json: &str) -> Option<Declaration> {
    // No text within JSON has the end of a line in it.
    let (head, lines) = json.split_once(UNITS)?;
    let lines = lines.strip_suffix("]}")?;
    let (before, after) = lines.as_bytes().split_at_checked(lines.len() / 2)?;
    let end = memchr::memchr(b'\n', after).map(|end| before.len() + end);
    let end = end.or_else(|| memchr::memrchr(b'\n', before))?;
    let (one, other) = lines.split_at_checked(end)?;
    let other = other.strip_prefix('\n')?;
    let mut declaration: Declaration =
        serde_json::from_str(&format!("{head}\"units\":[]}}")).ok()?;
    let count = lines_of(one);
    // Each thread reads into its part of one list: megabytes are not moved.
    declaration.units.resize_with(count + lines_of(other), || Unit::Include(Spanned::default()));
    thread::scope(|scope| {
        let (units_of_one, units_of_other) = declaration.units.split_at_mut_checked(count)?;
        let read_other = || read(other, units_of_other);
        let second = thread::Builder::new().spawn_scoped(scope, read_other).ok()?;
        read(one, units_of_one)?;
        second.join().ok()?
    })?;
    Some(declaration)
}

/// Reads the units of some lines, as many as there are.
fn read(lines: &str, units: &mut [Unit]) -> Option<()> {
    let mut rest = lines;
    for unit in units {
        let end = memchr::memchr(b'\n', rest.as_bytes());
        let (line, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        *unit = serde_json::from_str(line.strip_suffix(',').unwrap_or(line)).ok()?;
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    Some(())
}

/// How many lines there are; after an end of a line there is one more, which may be empty.
fn lines_of(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_units_are_read_in_halves() {
        let unit = |name: &str| format!(r#"{{"service":{{"kind":"node","name":"{name}"}}}}"#);
        let (a, b) = (unit("a"), unit("b"));
        let lines = format!("{{\"name\":\"x\",\"units\":[\n{a},\n{b}]}}");
        let read = decode_in_halves(&lines).unwrap();
        assert_eq!(read, serde_json::from_str(&lines).unwrap());
        assert_eq!(read.units.len(), 2);
        for other in [
            format!("{{\"units\":[{a},{b}]}}"),
            format!("{{\"units\":[\n{a}]}}"),
            format!("{{\"units\":[\n{a},\n{b}],\"name\":\"x\"}}"),
            format!("{{\"units\":[\n{a},\n\n{{\"b\":1}}]}}"),
            String::new(),
        ] {
            assert_eq!(decode_in_halves(&other), None, "{other}");
        }
    }

    #[test]
    fn a_long_text_is_read_whatever_its_lines() {
        let unit = r#"{"service":{"kind":"node","name":"web"}}"#;
        let units = vec![unit; 2 * LONG / unit.len()];
        let in_lines = format!("{{\"units\":[\n{}]}}", units.join(",\n"));
        let in_one = format!("{{\"units\":[{}]}}", units.join(","));
        let read = decode(&in_lines).unwrap();
        assert_eq!(read.units.len(), units.len());
        assert_eq!(read, decode(&in_one).unwrap());
        assert!(decode(&in_lines.replacen("node", "noode", 1)).is_err());
    }
}
