//! Where PM2's validator finds the value of an attribute (`validateJSON` in `lib/tools/Config.js`).

use std::cell::RefCell;
use std::collections::BTreeSet;

use promethean_core::attribute::{ATTRIBUTES, Attribute, DERIVED, Owner, camel_case};
use promethean_core::other_tools;
use promethean_core::suggest::nearest;

use super::data::Data;
use crate::import::app::App;

/// The keys of an entry, and which of them have been understood.
pub(super) struct Keys<'a> {
    entries: &'a [(String, Data)],
    lost: RefCell<Vec<(String, String)>>,
    known: RefCell<BTreeSet<String>>,
}

impl<'a> Keys<'a> {
    pub(super) fn of(app: &'a Data) -> Keys<'a> {
        let entries = app.as_object().unwrap_or_default();
        Keys { entries, lost: RefCell::default(), known: RefCell::default() }
    }

    /// The value of an attribute by PM2's name for it, under whatever name it is written.
    ///
    /// Where the value under one name is false to JavaScript, PM2 goes on to the next; after the
    /// last, which is the name in camelCase, it has what stands there, if anything.
    pub(super) fn value(&self, name: &str) -> Option<&'a Data> {
        let names = names(name);
        self.known.borrow_mut().extend(names.iter().cloned());
        let at = |name: &String| self.entries.iter().find(|(key, _)| key == name);
        let found: Vec<_> = names.iter().filter_map(at).collect();
        if let Some((_, value)) = found.iter().find(|(_, value)| !value.is_falsy()) {
            return Some(value).filter(|value| **value != Data::Null);
        }
        let last = names.last().and_then(at).map(|(_, value)| value);
        if last.is_none()
            && let Some((key, value)) = found.first()
            && *value != Data::Null
            && !value.to_text().is_empty()
            && !is_default(name, value)
        {
            self.lost.borrow_mut().push((key.clone(), value.to_text()));
        }
        last.filter(|value| **value != Data::Null)
    }

    /// Marks a key as understood.
    pub(super) fn know(&self, key: &str) {
        self.known.borrow_mut().insert(key.to_owned());
    }

    /// Says what PM2 has been ignoring.
    pub(super) fn comment(&self, app: &mut App) {
        for (key, value) in self.lost.borrow().iter() {
            app.comment(format!("PM2 never read `{key}: {value}`: this value has no effect."));
        }
        for (key, value) in self.entries {
            let understood = self.known.borrow().contains(key) || key.starts_with("env_");
            if understood || key == "env" || *value == Data::Null {
                continue;
            }
            let meant = match meant(key) {
                Some(meant) => format!("; it may mean `{meant}`"),
                None => String::new(),
            };
            app.comment(format!("PM2 never read `{key}`: it has no such attribute{meant}."));
        }
    }
}

/// The names under which PM2 reads an attribute, in its order.
fn names(name: &str) -> Vec<String> {
    let (pm2, aliases): (&str, Vec<&str>) = match (name, Attribute::find(name)) {
        // The table has PM2's alias for the name.
        ("interpreter", _) => ("exec_interpreter", vec!["interpreter"]),
        ("node_args", _) => ("node_args", vec!["interpreterArgs", "interpreter_args"]),
        ("script", _) => ("script", vec!["exec"]),
        (_, Some(attribute)) => (attribute.name, attribute.aliases.to_vec()),
        (_, None) => (name, Vec::new()),
    };
    // `windows_hide` is the language's own alias.
    let aliases = aliases.into_iter().rev().filter(|alias| *alias != "windows_hide");
    let mut names: Vec<String> = std::iter::once(pm2).chain(aliases).map(str::to_owned).collect();
    names.push(camel_case(pm2));
    names
}

/// Whether PM2 does without the value what it says.
fn is_default(name: &str, value: &Data) -> bool {
    let Some(attribute) = Attribute::find(name) else { return true };
    let Owner::Pm2 { default } = attribute.owner else { return true };
    let written = value.to_text();
    written == default || (default.is_empty() && written != "true")
}

/// The attribute that somebody means who writes a key that PM2 does not have.
fn meant(key: &str) -> Option<&'static str> {
    if let Some(attribute) = Attribute::find(key) {
        return Some(attribute.name);
    }
    let names = ATTRIBUTES.iter().filter(|row| matches!(row.owner, Owner::Pm2 { .. }));
    let names = names.map(|row| row.name);
    let derived = DERIVED.iter().map(|(name, _)| *name);
    other_tools::meant_attribute(key).or_else(|| nearest(key, names.chain(derived)))
}
