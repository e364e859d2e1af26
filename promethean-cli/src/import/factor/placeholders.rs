//! Texts with the root and the name of the app in them.

use std::collections::BTreeMap;

use promethean_core::declaration::{Block, EnvValue, Given};
use promethean_core::text::{Piece, Placeholder, TextError, each_piece, escape};
use promethean_core::value::Value;
use smol_str::SmolStr;

use super::super::app::App;
use super::super::import_paths::ImportPaths;
use super::Part;

/// A text of the configuration as one of the language, with `{root}` where the root stands.
pub(super) fn with_root(text: &str, paths: &ImportPaths) -> String {
    if let Some(beside) = paths.beside(text) {
        return format!("{{root}}/{}", escape(&beside));
    }
    let root = paths.root.as_str();
    let own = root.len() > 1;
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while own && let Some(position) = rest.find(root) {
        let (before, behind) = rest.split_at(position);
        let after = behind.get(root.len()..).unwrap_or_default();
        let begins = before.chars().next_back().is_none_or(|last| "=:,;\"' ".contains(last));
        let ends = after.chars().next().is_none_or(|next| "/:,;\"' ".contains(next));
        written.push_str(&escape(before));
        match begins && ends {
            true => written.push_str("{root}"),
            false => written.push_str(&escape(root)),
        }
        rest = after;
    }
    written.push_str(&escape(rest));
    written
}

/// Writes `{name}` for the name of the app where that makes the texts of several apps one.
pub(super) fn with_names(parts: &mut [Part], apps: &[App]) {
    let mut forms: BTreeMap<(String, String), Vec<SmolStr>> = BTreeMap::new();
    for (part, app) in parts.iter_mut().zip(apps) {
        each_text(&mut part.block, &mut |key, text| {
            if let Some(named) = named(text, &app.name) {
                let literals = forms.entry((key.to_owned(), named)).or_default();
                if !literals.contains(text) {
                    literals.push(text.clone());
                }
            }
        });
    }
    for (part, app) in parts.iter_mut().zip(apps) {
        each_text(&mut part.block, &mut |key, text| {
            if let Some(named) = named(text, &app.name)
                && forms.get(&(key.to_owned(), named.clone())).is_some_and(|all| all.len() > 1)
            {
                *text = named.into();
            }
        });
    }
}

/// Visits the texts of a block that may have placeholders in them.
fn each_text(block: &mut Block, visit: &mut dyn FnMut(&str, &mut SmolStr)) {
    for setting in &mut block.settings.0 {
        let placeholders = setting.attribute().is_some_and(|attribute| attribute.placeholders);
        let Given::Values(values) = &mut setting.given else { continue };
        // What runs is named by itself.
        if !placeholders || *setting.key == "run" {
            continue;
        }
        for value in values {
            if let Value::Text(text) = &mut value.value {
                visit(&setting.key, text);
            }
        }
    }
    for entry in &mut block.env {
        if let EnvValue::Text(text) = &mut entry.value {
            visit(&format!("env.{}", *entry.key), &mut text.value);
        }
    }
    for profile in &mut block.profiles {
        let name = profile.name.value.clone();
        each_text(&mut profile.block, &mut |key, text| visit(&format!("{name}.{key}"), text));
    }
}

/// The text with `{name}` in the place of the name; `None` where the name is no word in it.
fn named(text: &str, name: &str) -> Option<String> {
    let in_word = |letter: char| letter.is_alphanumeric();
    if name.is_empty() || name.contains(['{', '}']) || has_names(text) {
        return None;
    }
    let mut written = String::with_capacity(text.len());
    let (mut rest, mut found) = (text, false);
    while let Some(position) = rest.find(name) {
        let (before, behind) = rest.split_at(position);
        let after = behind.get(name.len()..).unwrap_or_default();
        let last = before.chars().next_back().or_else(|| written.chars().next_back());
        let alone = !last.is_some_and(in_word) && !after.chars().next().is_some_and(in_word);
        // `{root}` is a placeholder and no text.
        let placeholder = last == Some('{') && after.starts_with('}');
        written.push_str(before);
        match alone && !placeholder {
            true => {
                written.push_str("{name}");
                found = true;
            }
            false => written.push_str(name),
        }
        rest = after;
    }
    written.push_str(rest);
    found.then_some(written)
}

/// Whether a text has placeholders with the names of variables or of units in them.
fn has_names(text: &str) -> bool {
    let mut found = false;
    let read = each_piece(text, |piece| {
        found |= match piece {
            Piece::Placeholder(
                Placeholder::Secret(_) | Placeholder::Inherit(_) | Placeholder::Endpoint(..),
            ) => true,
            Piece::Placeholder(
                Placeholder::Name | Placeholder::Agent | Placeholder::Root | Placeholder::Directory,
            )
            | Piece::Literal(_) => false,
        };
        Ok::<(), TextError>(())
    });
    found || read.is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_where_they_are_words() {
        let named = |text: &str, name: &str| named(text, name);
        assert_eq!(named("./logs/web-out.log", "web").as_deref(), Some("./logs/{name}-out.log"));
        assert_eq!(named("./website/web", "web").as_deref(), Some("./website/{name}"));
        assert_eq!(named("cobweb", "web"), None);
        assert_eq!(named("{root}/x", "root"), None);
        assert_eq!(named("{root}/root.log", "root").as_deref(), Some("{root}/{name}.log"));
        assert_eq!(named("{url web-admin}/web", "web"), None);
    }

    #[test]
    fn the_root_is_replaced_where_it_is_a_path() {
        let repo = camino::Utf8Path::new("/repo");
        let paths = ImportPaths::of(repo, repo, std::iter::once(repo));
        let with_root = |text: &str| with_root(text, &paths);
        assert_eq!(with_root("/repo"), "{root}");
        assert_eq!(with_root("/repo/a:/repo/b"), "{root}/a:{root}/b");
        assert_eq!(with_root("--dir=/repo/x"), "--dir={root}/x");
        assert_eq!(with_root("/repository"), "/repository");
        assert_eq!(with_root("http://host/repo/x"), "http://host/repo/x");
        assert_eq!(with_root("{\"a\": 1}"), "{{\"a\": 1}}");
    }
}
