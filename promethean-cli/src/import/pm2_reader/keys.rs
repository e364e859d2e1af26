//! Where PM2's validator finds the value of an attribute (`validateJSON` in `lib/tools/Config.js`).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use promethean_core::attribute::{ATTRIBUTES, Attribute, DERIVED, Owner, camel_case};
use promethean_core::declaration::{self as language, Attribution, Block, Declaration};
use promethean_core::emit::{Comments, source};
use promethean_core::list::some_of;
use promethean_core::other_tools;
use promethean_core::span_id::Spanned;
use promethean_core::suggest::nearest;
use promethean_core::value::Value;

use super::data::Data;
use super::values;
use crate::import::app::{App, Given};

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

    /// Says what PM2 has been ignoring: what means nothing to it in one line, and what is misspelt as
    /// it would be written, ready to be uncommented.
    pub(super) fn comment(&self, app: &mut App) {
        for (key, value) in self.lost.borrow().iter() {
            app.comment(format!("PM2 never read `{key}: {value}`: this value has no effect."));
        }
        let mut meaningless = Vec::new();
        let mut misspelt = Vec::new();
        for (key, value) in self.entries {
            let understood = self.known.borrow().contains(key) || key.starts_with("env_");
            if understood || key == "env" || *value == Data::Null {
                continue;
            }
            match meant(key) {
                Some(meant) => misspelt.push((key, meant, written(meant, value))),
                None => meaningless.push(format!("`{key}`")),
            }
        }
        if !meaningless.is_empty() {
            let several = if meaningless.len() == 1 { "" } else { "s" };
            let keys = some_of(&meaningless, usize::MAX - 1);
            app.comment(format!("PM2 never read {keys}: it has no such attribute{several}."));
        }
        let (lines, names): (Vec<_>, Vec<_>) =
            misspelt.into_iter().partition(|(.., written)| written.is_some());
        for (key, meant, _) in names {
            app.comment(format!("PM2 never read `{key}`; it may mean `{meant}`."));
        }
        if !lines.is_empty() {
            let keys: Vec<String> = lines.iter().map(|(key, ..)| format!("`{key}`")).collect();
            let keys = some_of(&keys, usize::MAX - 1);
            let written = lines.into_iter().filter_map(|(.., written)| written);
            let written: Vec<String> = written.collect();
            let it = if written.len() == 1 { "It" } else { "They" };
            let written = written.join("\n");
            app.comment(format!("PM2 never read {keys}. {it} may mean:\n{written}"));
        }
    }
}

/// An attribute as the language writes it.
pub(super) fn written(name: &str, data: &Data) -> Option<String> {
    let attribute = Attribute::find(name)?;
    // What it takes that is no value goes unsaid: nothing of it is imported.
    let mut nobody = App::nobody();
    let given = values::given(attribute, data, &BTreeMap::new(), &mut nobody).ok()??;
    let Given::Values(values) = given else { return None };
    let values: Vec<Spanned<Value>> =
        values.iter().map(|raw| Spanned::nowhere(raw.value(attribute))).collect();
    let mut block = Block::default();
    let key = Spanned::nowhere(attribute.name.into());
    block.settings.0.push(Attribution { key, given: language::Given::Values(values) });
    let declaration = Declaration { defaults: block, ..Declaration::default() };
    let text = source(&declaration, &Comments::default(), 0);
    let line = text.lines().map(str::trim).find(|line| line.starts_with(attribute.name))?;
    Some(line.to_owned())
}

/// The language's name of what a comment is about; `None` for the app as a whole.
pub(super) fn language_key(key: &str) -> Option<String> {
    let in_block = |block: &str| block == "env" || block.starts_with("env_");
    if let Some((block, variable)) = key.split_once('.') {
        let variable = variable.split('.').next().unwrap_or(variable);
        if in_block(block) {
            return Some(format!("{block}.{variable}"));
        }
    }
    let key = key.split('.').next().unwrap_or(key);
    let of_pm2 = ATTRIBUTES.iter().filter(|row| matches!(row.owner, Owner::Pm2 { .. }));
    let mut of_pm2 = of_pm2.map(|row| row.name);
    of_pm2.find(|name| names(name).iter().any(|known| known == key)).map(str::to_owned)
}

/// Whether PM2 reads a key of an app.
pub(super) fn is_read(key: &str) -> bool {
    let is_name = |row: &Attribute| names(row.name).iter().any(|name| name == key);
    let mut rows = ATTRIBUTES.iter().filter(|row| matches!(row.owner, Owner::Pm2 { .. }));
    let own = ["name", "script", "exec", "cmd", "command", "cwd", "namespace", "env"];
    own.contains(&key) || key.starts_with("env_") || rows.any(is_name)
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
    let snake = key.replace('-', "_");
    if let Some(attribute) = Attribute::find(&snake) {
        return Some(attribute.name);
    }
    other_tools::meant_attribute(key).or_else(|| nearest(key, names.chain(derived)))
}
