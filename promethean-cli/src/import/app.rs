//! An app as a reader hands it over, in the terms of the language: nothing here knows the format that it
//! came from.

use std::time::Duration;

use camino::Utf8PathBuf;
use promethean_core::attribute::Attribute;
use promethean_core::kind::{Condition, Kind, ProbeKind, Signal};
use promethean_core::number::Size;
use promethean_core::probe::Probe;
use promethean_core::text::escape;
use promethean_core::value::Value;

/// An app.
#[derive(Clone, Debug)]
pub(super) struct App {
    /// Its name in PM2.
    pub(super) name: String,
    /// Its namespace in PM2.
    pub(super) namespace: Option<String>,
    pub(super) kind: Kind,
    /// Its absolute directory.
    pub(super) directory: Utf8PathBuf,
    /// Its attributes, in the order of the table.
    pub(super) settings: Vec<Setting>,
    /// Its environment.
    pub(super) env: Vec<(String, Variable)>,
    /// What is different with `--env NAME`.
    pub(super) profiles: Vec<(String, Vec<(String, Variable)>)>,
    /// What must be there before it starts.
    pub(super) depends_on: Vec<Dependency>,
    /// What shows that it is ready.
    pub(super) ready: Option<(ProbeKind, Vec<String>)>,
    /// What shows that it still works.
    pub(super) alive: Option<Alive>,
    /// What a reader should know.
    pub(super) comments: Vec<Comment>,
    /// What is not as it was, and why.
    pub(super) changes: Vec<Change>,
}

/// What shows that an app still works.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alive {
    pub(super) kind: ProbeKind,
    pub(super) values: Vec<String>,
    /// The pause between two tries, where it is written.
    pub(super) interval: Option<Duration>,
    /// After how many failures in a row it is restarted, where that is written.
    pub(super) failures: Option<u32>,
}

/// What must be there before an app starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    /// Another app, or something external, by its name in the original.
    pub(super) on: String,
    pub(super) condition: Option<Condition>,
    /// Whether the app is restarted when the other one restarts.
    pub(super) restarts: bool,
}

/// A line of comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// The attribute that it is about, by the language's name, or the variable (`env.NAME`, in a
    /// profile `env_PROFILE.NAME`); `None` for the app as a whole.
    pub(super) on: Option<String>,
    pub(super) text: String,
    /// Whether it is one of the original.
    pub(super) of_original: bool,
}

/// Something that is not as PM2 reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// PM2's name of the attribute; a variable is `env.NAME`.
    pub(super) key: String,
    /// Why.
    pub(super) reason: String,
    /// What that means for who reads it.
    pub(super) kind: ChangeKind,
}

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    /// PM2 comes to the same by itself.
    Same,
    /// It is better so: PM2 would not have done what was meant.
    Repaired,
    /// Something is not as it was.
    LeftOut,
}

/// The settings of a probe that are about time, as they are written there, and what applies here instead; `None`
/// where there is none.
pub(super) fn times_of_probe(name: &str, keys: &[&str]) -> Option<(String, String)> {
    let (every, all) = (Probe::DEFAULT_INTERVAL.as_secs(), Probe::DEFAULT_TIMEOUT.as_secs());
    let here = format!(
        "`ready` tries every {every} s for {all} s in all, unless `{{ interval …; timeout …; }}` says otherwise"
    );
    (!keys.is_empty()).then(|| (format!("{name} {{ {} }}", keys.join(", ")), here))
}

impl App {
    /// An app to read single values for.
    pub(super) fn nobody() -> App {
        App {
            name: String::new(),
            namespace: None,
            kind: Kind::Script,
            directory: Utf8PathBuf::new(),
            settings: Vec::new(),
            env: Vec::new(),
            profiles: Vec::new(),
            depends_on: Vec::new(),
            ready: None,
            alive: None,
            comments: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// Adds a comment on the app as a whole.
    pub(super) fn comment(&mut self, text: impl Into<String>) {
        self.add(Comment { on: None, text: text.into(), of_original: false });
    }

    /// Adds a comment on an attribute or a variable.
    pub(super) fn comment_on(&mut self, on: &str, text: impl Into<String>) {
        self.add(Comment { on: Some(on.to_owned()), text: text.into(), of_original: false });
    }

    /// Adds a comment of the original, above those of the import.
    pub(super) fn remark(&mut self, text: String) {
        self.add_remark(Comment { on: None, text, of_original: true });
    }

    /// Adds a comment of the original on an attribute or a variable.
    pub(super) fn remark_on(&mut self, on: &str, text: String) {
        self.add_remark(Comment { on: Some(on.to_owned()), text, of_original: true });
    }

    fn add_remark(&mut self, comment: Comment) {
        let place = self.comments.partition_point(|known| known.of_original);
        self.comments.insert(place, comment);
    }

    fn add(&mut self, comment: Comment) {
        if !self.comments.contains(&comment) {
            self.comments.push(comment);
        }
    }

    /// Says in a comment on an attribute or a variable why it is not as it was, and remembers that for
    /// the comparison.
    pub(super) fn differs(&mut self, key: &str, reason: impl Into<String>) {
        let reason = reason.into();
        self.comment_on(key, format!("{}.", capital(&reason)));
        self.changed(key, reason);
    }

    /// Remembers for the comparison that something is not as it was.
    pub(super) fn changed(&mut self, key: &str, reason: impl Into<String>) {
        let (key, reason) = (key.to_owned(), reason.into());
        self.changes.push(Change { key, reason, kind: ChangeKind::LeftOut });
    }

    /// Says in a comment what was left out, and remembers it for the comparison.
    pub(super) fn left_out(&mut self, key: &str, reason: impl Into<String>) {
        let reason = reason.into();
        self.comment(format!("{key} is omitted: {reason}."));
        self.changes.push(Change { key: key.to_owned(), reason, kind: ChangeKind::LeftOut });
    }

    /// Sets what asks it to end: a signal's name, with or without `SIG`, or its number on Linux.
    pub(super) fn set_signal(&mut self, key: &str, written: &str) {
        let name = written.trim().to_uppercase();
        let signal = match name.as_str() {
            "1" => Some(Signal::Hup),
            "2" => Some(Signal::Int),
            "3" => Some(Signal::Quit),
            "9" => Some(Signal::Kill),
            "10" => Some(Signal::Usr1),
            "12" => Some(Signal::Usr2),
            "15" => Some(Signal::Term),
            name => Signal::from_word(&format!("SIG{}", name.trim_start_matches("SIG"))),
        };
        match signal {
            // It is what is sent where nothing is written.
            Some(Signal::Int) => {}
            Some(signal) => self.set("kill_signal", vec![Raw::Word(signal.word().to_owned())]),
            None => self.left_out(key, format!("`kill_signal` takes no {}", written.trim())),
        }
    }

    /// Says what else a probe of another tool has: it counts failures and gives each try a time, where `ready` has
    /// one time for all tries. `keys` are those that were not read.
    pub(super) fn times_left_out(&mut self, name: &str, keys: &[&str]) {
        if let Some((keys, here)) = times_of_probe(name, keys).filter(|_| self.ready.is_some()) {
            self.left_out(&keys, here);
        }
    }

    /// Says in a comment what is better now, and remembers it for the comparison.
    pub(super) fn repaired(&mut self, key: &str, reason: impl Into<String>) {
        let reason = reason.into();
        self.comment(format!("{reason}."));
        self.changes.push(Change { key: key.to_owned(), reason, kind: ChangeKind::Repaired });
    }

    /// Remembers that something looks otherwise and comes to the same.
    pub(super) fn same(&mut self, key: &str, reason: &str) {
        let (key, reason) = (key.to_owned(), reason.to_owned());
        self.changes.push(Change { key, reason, kind: ChangeKind::Same });
    }

    /// What an attribute is given.
    pub(super) fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.attribute.name == name)
    }

    /// The plain texts of its environment.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.env.iter().filter_map(|(_, variable)| match variable {
            Variable::Text(text) => Some(text.as_str()),
            Variable::Written { .. }
            | Variable::Secret { .. }
            | Variable::Inherit { .. }
            | Variable::Or { .. } => None,
        })
    }

    /// Takes an attribute away.
    pub(super) fn remove(&mut self, name: &str) -> Option<Setting> {
        let place = self.settings.iter().position(|setting| setting.attribute.name == name)?;
        Some(self.settings.remove(place))
    }

    /// Gives an attribute values, in its place of the table.
    pub(super) fn set(&mut self, name: &str, values: Vec<Raw>) {
        self.remove(name);
        let Some(attribute) = Attribute::find(name) else { return };
        let row = Attribute::position(name);
        let place =
            self.settings.partition_point(|other| Attribute::position(other.attribute.name) < row);
        self.settings.insert(place, Setting { attribute, raw: Given::Values(values) });
    }
}

/// A text with a capital at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An attribute and what it is given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    pub(super) attribute: &'static Attribute,
    pub(super) raw: Given,
}

/// What follows an attribute's name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    Values(Vec<Raw>),
    Object(Vec<(String, Vec<Raw>)>),
}

/// A value whose texts are as they are in the configuration, braces and all.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Text(String),
    Word(String),
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Duration(Duration),
    Size(u64),
}

impl Raw {
    /// A name as it is written best: a word, or a text.
    pub(super) fn name(text: &str) -> Raw {
        let word = text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && !matches!(text, "true" | "false");
        if word { Raw::Word(text.to_owned()) } else { Raw::Text(text.to_owned()) }
    }

    /// As the language's own value.
    pub(super) fn value(&self, attribute: &Attribute) -> Value {
        match self {
            Raw::Text(text) if attribute.placeholders => Value::Text(escape(text).into()),
            Raw::Text(text) => Value::Text(text.into()),
            Raw::Word(word) => Value::Word(word.into()),
            Raw::Boolean(boolean) => Value::Boolean(*boolean),
            Raw::Integer(integer) => Value::Integer(*integer),
            Raw::Float(float) => Value::Float(*float),
            Raw::Duration(duration) => Value::Duration(*duration),
            Raw::Size(bytes) => Value::Size(Size::from_bytes(*bytes)),
        }
    }
}

impl Setting {
    /// The first of its values.
    pub(super) fn first(&self) -> Option<&Raw> {
        match &self.raw {
            Given::Values(values) => values.first(),
            Given::Object(_) => None,
        }
    }

    /// Whether it is `true`.
    pub(super) fn is_true(&self) -> bool {
        self.first() == Some(&Raw::Boolean(true))
    }
}

/// What an environment variable is given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Variable {
    /// This text.
    Text(String),
    /// A text of the language, with placeholders in it.
    Written {
        text: String,
        /// The dotenv files that secrets in it are read from, as for [`Variable::Secret`].
        files: Vec<usize>,
    },
    /// A secret.
    Secret {
        /// The name under which it is stored, where that is another than the variable's.
        stored: Option<String>,
        /// What the configuration says in the clear; it is written nowhere.
        clear: Option<String>,
        /// The dotenv file that it is read from: which one of those that were read.
        file: Option<usize>,
    },
    /// The value of a variable of whoever starts it.
    Inherit {
        /// The variable that is read, where that is another.
        from: Option<String>,
    },
    /// The first of these that is there.
    Or {
        /// None of them is a chain itself.
        sources: Vec<Variable>,
        /// Whether it is left out when none is there.
        or_unset: bool,
    },
}

impl Variable {
    /// The sources of a chain, or itself.
    pub(super) fn sources(&self) -> &[Variable] {
        match self {
            Variable::Or { sources, .. } => sources,
            Variable::Text(_)
            | Variable::Written { .. }
            | Variable::Secret { .. }
            | Variable::Inherit { .. } => std::slice::from_ref(self),
        }
    }

    /// The dotenv files that it is read from.
    pub(super) fn files(&self) -> impl Iterator<Item = usize> {
        self.sources()
            .iter()
            .flat_map(|source| match source {
                Variable::Secret { file, .. } => file.as_slice(),
                Variable::Written { files, .. } => files.as_slice(),
                Variable::Text(_) | Variable::Inherit { .. } | Variable::Or { .. } => &[],
            })
            .copied()
    }

    /// What the configuration says in the clear about a secret.
    pub(super) fn clear(&self) -> Option<&String> {
        if let Variable::Secret { clear, .. } = self { clear.as_ref() } else { None }
    }

    /// The name under which a secret is stored, where that is another than the variable's.
    pub(super) fn stored(&self) -> Option<&String> {
        if let Variable::Secret { stored, .. } = self { stored.as_ref() } else { None }
    }
}
