//! `${NAME}` in the texts of Compose and process-compose, which is read of the environment and of the `.env` beside the
//! file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::list::some_of;
use promethean_core::secrets::parse_dotenv;

use super::app::App;
use super::pm2_reader::data::{Data, Outside, Piece};
use super::secret::{is_secret, looks_secret};

/// The `.env` beside a file.
#[derive(Debug, Default)]
pub(super) struct Dotenv {
    file: Option<Utf8PathBuf>,
    values: BTreeMap<String, String>,
}

/// A text with variables in it.
struct Text {
    /// Its pieces; those of the file are read from there.
    pieces: Vec<Piece>,
    /// What variables are when they are not set: those that are in no file, and those with a default of their own.
    defaults: BTreeMap<String, String>,
    /// The text when nothing is set.
    default: String,
    /// The same with what the file says of it; without secrets.
    plain: String,
    /// The variables, in order.
    names: Vec<String>,
    /// Whether one of them must be set.
    is_required: bool,
    /// Whether it is more than its pieces one after the other: `${NAME:+text}`, `${NAME:-${OTHER}}`.
    is_computed: bool,
}

impl Dotenv {
    /// The one in this directory, where there is one.
    pub(super) fn beside(directory: &Utf8Path) -> Dotenv {
        let file = directory.join(".env");
        match fs::read_to_string(&file) {
            Ok(text) => {
                Dotenv { file: Some(file), values: parse_dotenv(&text).into_iter().collect() }
            }
            Err(_) => Dotenv::default(),
        }
    }

    /// The files that secrets are read from.
    pub(super) fn files(&self) -> Vec<Utf8PathBuf> {
        self.file.iter().cloned().collect()
    }

    /// Whether it has a variable.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Whether what it says of a variable is a secret.
    fn hides(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| is_secret(name) || looks_secret(value))
    }

    /// The text that it is when nothing is set but what the file says.
    pub(super) fn plain(&self, text: &str) -> String {
        self.read(text).plain
    }

    /// The variables in a text, each once.
    pub(super) fn names_in(&self, text: &str) -> Vec<String> {
        let mut names = self.read(text).names;
        let mut known = BTreeSet::new();
        names.retain(|name| known.insert(name.clone()));
        names
    }

    /// A text as an argument: it cannot have variables, and is what it is when nothing is set.
    pub(super) fn argument(&self, text: &str) -> Data {
        let Text { pieces, plain, names, .. } = self.read(text);
        match names.is_empty() {
            true => Data::Text(plain),
            false => {
                let or = Some(Box::new(Data::Text(plain)));
                let pieces = pieces.into_iter().map(|piece| match piece {
                    Piece::Variable { name, .. } if !self.hides(&name) => {
                        Piece::Variable { name, file: None }
                    }
                    other => other,
                });
                Data::Outside(Outside { or, ..Outside::of(pieces.collect()) })
            }
        }
    }

    /// A text as a value of `env`, and the names of the variables where the value is no more than the text that it is when
    /// nothing is set.
    pub(super) fn value(&self, text: &str) -> (Data, Vec<String>) {
        const MOST: usize = 3;
        let Text { pieces, mut defaults, default, plain, names, is_required, is_computed } =
            self.read(text);
        let known: BTreeSet<&String> = names.iter().collect();
        let is_told = known.len() == names.len() && defaults.len() <= MOST && !is_computed;
        if names.is_empty() || !is_told {
            return (Data::Text(plain), names);
        }
        // What the file alone says has to be in it.
        let is_needed = names.iter().any(|name| !defaults.contains_key(name));
        if pieces.len() == 1 {
            defaults.clear();
        }
        let or = (!is_required && !is_needed).then(|| Box::new(Data::Text(default)));
        (Data::Outside(Outside { defaults, or, ..Outside::of(pieces) }), Vec::new())
    }

    fn read(&self, text: &str) -> Text {
        let mut read = Text {
            pieces: Vec::new(),
            defaults: BTreeMap::new(),
            default: String::new(),
            plain: String::new(),
            names: Vec::new(),
            is_required: false,
            is_computed: false,
        };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            read.literal(before);
            if let Some(after) = after.strip_prefix('$') {
                read.literal("$");
                rest = after;
                continue;
            }
            let is_end = |letter: char| !letter.is_alphanumeric() && letter != '_';
            let (inside, after) = match after.strip_prefix('{').and_then(closed) {
                Some((inside, after)) => (inside, after),
                None => after.split_at(after.find(is_end).unwrap_or(after.len())),
            };
            let (name, operator) = inside.split_at(inside.find(is_end).unwrap_or(inside.len()));
            let own = operator.strip_prefix(":-").or_else(|| operator.strip_prefix('-'));
            let default = own.unwrap_or_default();
            let value = self.values.get(name);
            let shown = value.filter(|_| !self.hides(name));
            let alternative = operator.strip_prefix(":+").or_else(|| operator.strip_prefix('+'));
            if alternative.is_some() || default.contains('$') {
                let other = self.read(alternative.unwrap_or(default));
                let is_set = match operator.starts_with(':') {
                    true => value.is_some_and(|value| !value.is_empty()),
                    false => value.is_some(),
                };
                read.plain.push_str(match (alternative, is_set) {
                    (Some(_), false) => "",
                    (None, true) => shown.unwrap_or(&other.plain),
                    (Some(_), true) | (None, false) => &other.plain,
                });
                read.is_computed = true;
                read.names.push(name.to_owned());
                read.names.extend(other.names);
                read.pieces.push(Piece::Variable { name: name.to_owned(), file: None });
                rest = after;
                continue;
            }
            read.default.push_str(default);
            read.plain.push_str(shown.map_or(default, String::as_str));
            if operator.starts_with(":?") || operator.starts_with('?') {
                read.is_required = true;
            } else if value.is_none() || own.is_some() {
                // Nothing is taken for what is not set.
                read.defaults.insert(name.to_owned(), default.to_owned());
            }
            read.names.push(name.to_owned());
            let file = value.map(|_| 0);
            read.pieces.push(Piece::Variable { name: name.to_owned(), file });
            rest = after;
        }
        read.literal(rest);
        read
    }
}

/// What is before the brace that closes one that is open, and what is after it.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut open = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' if text.get(..at)?.ends_with('$') => open += 1,
            '}' if open == 0 => return Some((text.get(..at)?, text.get(at + 1..)?)),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

impl Text {
    fn literal(&mut self, text: &str) {
        self.default.push_str(text);
        self.plain.push_str(text);
        match self.pieces.last_mut() {
            Some(Piece::Literal(known)) => known.push_str(text),
            Some(Piece::Variable { .. }) | None if text.is_empty() => {}
            Some(Piece::Variable { .. }) | None => {
                self.pieces.push(Piece::Literal(text.to_owned()));
            }
        }
    }
}

/// Says of variables what [`Dotenv::value`] could not express.
pub(super) fn computed_of(app: &mut App, computed: Vec<(String, Vec<String>)>) {
    for (key, names) in computed {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let names = some_of(&names, usize::MAX - 1);
        app.differs(
            &key,
            format!("the original has {names} in it; this is its value when nothing is set"),
        );
    }
}
