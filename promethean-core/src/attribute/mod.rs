//! The attributes of services: one table that parsing, type errors, suggestions, emission, import
//! and the reference documentation all read. A new attribute is one row of `table`.

mod reading;
mod table;
mod watch_options;

use std::ptr;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

pub(crate) use reading::milliseconds;
pub use reading::{Mismatch, Setting, one_of};
pub use table::{ATTRIBUTES, AWAITED, DERIVED, ITEMS, MEMBERS, SOURCES, STATEMENTS};
pub use watch_options::WATCH_OPTIONS;

use crate::kind::Kind;

/// The attribute that takes the place of the agent's name in PM2. It is written beside the name of the
/// app and not in its row.
pub const NAMESPACE: &str = "namespace";

/// The attributes with files of variables: of files that must exist, and of others.
pub(crate) const ENV_FILES: [&str; 2] = ["env_file", "env_file_if_exists"];

/// Their rows.
pub(crate) const ENV_FILE_ROWS: [usize; 2] =
    [Attribute::row(ENV_FILES[0]), Attribute::row(ENV_FILES[1])];

/// One attribute of a service.
#[derive(Debug, PartialEq)]
pub struct Attribute {
    /// The name it is written and emitted under.
    pub name: &'static str,
    /// Other names it may be written under. The camelCase spelling is one for every attribute.
    pub aliases: &'static [&'static str],
    /// How many values it takes.
    pub form: Form,
    /// The types a value may have.
    pub types: &'static [Type],
    /// The kinds of service it means something to.
    pub kinds: &'static [Kind],
    /// Whether placeholders are filled in in its text.
    pub placeholders: bool,
    /// Whose attribute it is.
    pub owner: Owner,
    /// The part of the program that it says; `None` for what says how the program is run.
    pub part: Option<Part>,
    /// What it does, in a sentence.
    pub meaning: &'static str,
}

/// The options in the block of an attribute. Their names are not those of attributes: case counts, and they have no
/// other names.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The name of the attribute.
    pub of: &'static str,
    /// Each option.
    pub rows: &'static [Attribute],
    /// Their names.
    pub names: &'static [&'static str],
}

/// How many values an attribute takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Exactly one.
    One,
    /// One or more, separated by commas.
    Many,
    /// One of each type, in their order.
    Each,
    /// A block of keys and values.
    Object,
    /// A word and, for `venv`, a directory.
    Runner,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Boolean,
    /// A whole number within these bounds.
    Integer {
        /// The least allowed.
        minimum: i64,
        /// The most allowed.
        maximum: i64,
    },
    /// A duration of at least this many milliseconds.
    Duration {
        /// The least allowed, in milliseconds.
        minimum: u64,
    },
    /// An amount of memory.
    Size,
    /// Any text.
    Text,
    /// The path of a file or folder, relative to the service's directory.
    Path,
    /// A name: a bare word, or a string where it has other characters.
    Name,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A cron pattern.
    Cron,
}

/// A part of what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `runner`
    Runner,
    /// `module`
    Module,
    /// `entry`
    Entry,
    /// `run`
    Run,
    /// `args`
    Arguments,
    /// `interpreter`
    Interpreter,
    /// `node_args`
    InterpreterArguments,
}

/// Whose attribute it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// PM2's; it is emitted under its name.
    Pm2 {
        /// What PM2 does without it, as PM2's schema says.
        default: &'static str,
    },
    /// The language's own; it is never emitted as it is.
    Language,
}

impl Attribute {
    /// Finds an attribute by its name, one of its aliases or its camelCase spelling.
    #[must_use]
    pub fn find(written: &str) -> Option<&'static Attribute> {
        Attribute::position(written).and_then(|position| ATTRIBUTES.get(position))
    }

    /// Finds an attribute's row in [`ATTRIBUTES`] by any of its names.
    #[must_use]
    pub fn position(written: &str) -> Option<usize> {
        static BY_NAME: LazyLock<FxHashMap<&str, usize>> = LazyLock::new(|| {
            let rows = ATTRIBUTES.iter().enumerate();
            rows.flat_map(|(row, attribute)| attribute.names().map(move |name| (name, row)))
                .collect()
        });
        let found = BY_NAME.get(written).copied();
        if found.is_none() && written.contains(|character: char| character.is_ascii_uppercase()) {
            return BY_NAME.get(snake_case(written).as_str()).copied();
        }
        found
    }

    /// Its row in [`ATTRIBUTES`], found by where it is: its name takes longer to look up.
    pub(crate) fn own_row(&'static self) -> Option<usize> {
        let before = ptr::from_ref(self).addr().checked_sub(ATTRIBUTES.as_ptr().addr());
        let row = before.map(|before| before / size_of::<Attribute>());
        let is_own = |row: &usize| ATTRIBUTES.get(*row).is_some_and(|known| ptr::eq(known, self));
        row.filter(is_own).or_else(|| Attribute::position(self.name))
    }

    /// The row of the attribute of this name, for constants.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub(crate) const fn row(name: &str) -> usize {
        let mut row = 0;
        while row < ATTRIBUTES.len() {
            let known = ATTRIBUTES[row].name.as_bytes();
            let mut same = 0;
            while same < known.len() && same < name.len() && known[same] == name.as_bytes()[same] {
                same += 1;
            }
            if same == known.len() && same == name.len() {
                return row;
            }
            row += 1;
        }
        panic!("no attribute has this name")
    }

    /// The name and the aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Whether it may be written like this.
    #[must_use]
    pub fn is_called(&self, written: &str) -> bool {
        // All spellings of a name begin with the same letter. Macros run without optimization, so the
        // cheapest look comes first.
        let begins_as = |name: &str| {
            let (first, own) = (written.as_bytes().first(), name.as_bytes().first());
            matches!((first, own), (Some(first), Some(own)) if first.eq_ignore_ascii_case(own))
        };
        if !begins_as(self.name) && !self.aliases.iter().any(|alias| begins_as(alias)) {
            return false;
        }
        let known = |written: &str| written == self.name || self.aliases.contains(&written);
        known(written)
            || written.contains(|character: char| character.is_ascii_uppercase())
                && known(&snake_case(written))
    }

    /// Whether the attribute means something to a service of this kind.
    #[must_use]
    pub fn applies_to(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// The words that are its values, where it takes only these.
    #[must_use]
    pub fn choices(&self) -> Option<&'static [&'static str]> {
        self.types
            .iter()
            .find_map(|kind| if let Type::Choice(choices) = kind { Some(*choices) } else { None })
    }

    /// The options that its block can have; `None` where it has no block, or one that PM2 passes on unread.
    #[must_use]
    pub fn options(&self) -> Option<Options> {
        let known = Options { of: self.name, rows: WATCH_OPTIONS, names: watch_options::NAMES };
        (self.name == "watch_options").then_some(known)
    }

    /// What it takes, in a few words.
    #[must_use]
    pub fn takes(&self) -> String {
        match self.form {
            Form::Object => return "a block".to_owned(),
            Form::Runner => return "a word, for `venv` and a directory".to_owned(),
            Form::One | Form::Many | Form::Each => {}
        }
        let types: Vec<String> = self.types.iter().map(Type::in_short).collect();
        if self.form == Form::Each {
            return types.join(", then ");
        }
        let list = if self.form == Form::Many { ", or several" } else { "" };
        format!("{}{list}", types.join(" or "))
    }

    /// The Rust type that an `(expression)` in the place of a value must have.
    #[must_use]
    pub fn expression_type(&self) -> ExpressionType {
        match self.types {
            [Type::Boolean] => ExpressionType::Boolean,
            [Type::Integer { .. }, rest @ ..]
                if rest.iter().all(|other| matches!(other, Type::Choice(_))) =>
            {
                ExpressionType::Integer
            }
            [Type::Duration { .. }] => ExpressionType::Duration,
            [Type::Size] => ExpressionType::Bytes,
            _ => ExpressionType::Text,
        }
    }
}

/// The Rust type of an `(expression)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpressionType {
    /// `bool`
    Boolean,
    /// Any integer type.
    Integer,
    /// `std::time::Duration`
    Duration,
    /// `u64`, a number of bytes
    Bytes,
    /// Anything that implements `Display`
    Text,
}

/// The spelling of an attribute's name that PM2 takes, too: `merge_logs` → `mergeLogs`.
#[must_use]
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut characters = word.chars();
        camel.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(characters.as_str());
    }
    camel
}

/// `maxMemoryRestart` → `max_memory_restart`
pub(crate) fn snake_case(camel_case: &str) -> String {
    let mut snake = String::with_capacity(camel_case.len() + 4);
    for character in camel_case.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_under_all_their_names() {
        for written in ["out_file", "out", "output", "out_log", "outFile", "outLog"] {
            assert_eq!(Attribute::find(written).map(|found| found.name), Some("out_file"));
        }
        for written in ["windowsHide", "windows_hide"] {
            assert_eq!(Attribute::find(written).map(|found| found.name), Some("windowsHide"));
        }
        assert!(Attribute::find("wach").is_none());
        assert!(Attribute::find("script").is_none());
    }

    #[test]
    fn an_attribute_knows_its_row() {
        for (row, attribute) in ATTRIBUTES.iter().enumerate() {
            assert_eq!(attribute.own_row(), Some(row));
            let copy: &'static Attribute = Box::leak(Box::new(Attribute { ..*attribute }));
            assert_eq!(copy.own_row(), Some(row));
        }
    }

    #[test]
    fn no_name_stands_twice() {
        let mut seen = std::collections::HashSet::new();
        let derived = DERIVED.iter().map(|(name, _)| *name);
        let statements = STATEMENTS.iter().map(|(name, _)| *name);
        for name in ATTRIBUTES.iter().flat_map(Attribute::names).chain(derived).chain(statements) {
            assert!(seen.insert(name), "{name} occurs twice");
        }
    }
}
