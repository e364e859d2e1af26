//! Numbers that JavaScript has rounded: they keep the digits of the file.

use super::configuration::Configuration;
use super::data::{Data, number_text};

/// A number that JavaScript does not hold as it is written.
#[derive(Debug)]
pub(super) struct Rounded {
    /// Which app it is in.
    pub(super) app: usize,
    /// The way to it in the app: `env.CHANNEL`.
    pub(super) way: String,
    /// As it is written.
    pub(super) written: String,
    /// What JavaScript makes of it.
    pub(super) read: String,
}

/// Beyond this JavaScript does not tell a number from its neighbours.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Puts back the digits of the file, where it is sure which these are.
pub(super) fn restore(configuration: &mut Configuration, file: &str) -> Vec<Rounded> {
    let literals = literals(file);
    let mut found = Vec::new();
    if literals.is_empty() {
        return found;
    }
    for (index, app) in configuration.apps.iter_mut().enumerate() {
        restore_in(app, "", &literals, &mut |way, written, read| {
            found.push(Rounded { app: index, way, written, read });
        });
    }
    found
}

fn restore_in(
    data: &mut Data,
    way: &str,
    literals: &[&str],
    found: &mut dyn FnMut(String, String, String),
) {
    match data {
        Data::Number(number) if number.abs() >= EXACT => {
            let same = |literal: &&&str| {
                let own = literal.parse::<f64>().map(number_text);
                own.is_ok_and(|own| own == number_text(*number))
            };
            let mut written = literals.iter().filter(same);
            let read = number_text(*number);
            if let (Some(digits), None) = (written.next(), written.next())
                && **digits != read
            {
                found(way.to_owned(), (*digits).to_owned(), read);
                *data = Data::Text((*digits).to_owned());
            }
        }
        Data::Object(entries) => {
            for (key, value) in entries {
                let dot = if way.is_empty() { "" } else { "." };
                restore_in(value, &format!("{way}{dot}{key}"), literals, found);
            }
        }
        Data::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                restore_in(item, &format!("{way}[{index}]"), literals, found);
            }
        }
        Data::Null | Data::Boolean(_) | Data::Number(_) | Data::Text(_) | Data::Outside(_) => {}
    }
}

/// The long whole numbers of a file that are no texts, each once.
fn literals(file: &str) -> Vec<&str> {
    let is_of_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
    let quoted = |letter: Option<char>| letter.is_some_and(|letter| "\"'`".contains(letter));
    let mut literals = Vec::new();
    let (mut rest, mut before) = (file, None);
    while let Some(start) = rest.find(is_of_word) {
        let (gap, from_word) = rest.split_at(start);
        before = gap.chars().next_back().or(before);
        let length = from_word.find(|letter| !is_of_word(letter)).unwrap_or(from_word.len());
        let (word, after) = from_word.split_at(length);
        let is_number = word.len() > 15 && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && !quoted(before) && !quoted(after.chars().next()) {
            literals.push(word);
        }
        before = word.chars().next_back();
        rest = after;
    }
    literals.sort_unstable();
    literals.dedup();
    literals
}

#[cfg(test)]
mod tests {
    use super::literals;

    #[test]
    fn long_numbers_are_found_outside_of_texts() {
        let file = "{ a: 450688080542695436, b: \"450688080542695437\", c: 1234567890123456.5, d: x1234567890123456 }";
        assert_eq!(literals(file), ["450688080542695436"]);
    }
}
