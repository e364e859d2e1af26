//! `include each "services/*/ecosystem.rs";`: files that become modules, each with an ecosystem.

use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use promethean_core::declaration::Unit;
use promethean_core::each::{self, Each, STATIC};
use promethean_core::problem::Fault;
use promethean_core::span_id::Spanned;
use quote::{format_ident, quote};
use smol_str::SmolStr;

use super::{Failed, Link, Module, Parsed};
use crate::stream::Stream;

/// Takes the word `each` where it is no path: `include each::EACH;` includes an ecosystem.
pub(super) fn take_word(stream: &mut Stream<'_>) -> bool {
    let mut ahead = *stream;
    let is_word = ahead.the_word("each").is_some()
        && !(ahead.at_end() || ahead.peek_sign(';') || ahead.peek_sign(':'));
    if is_word {
        *stream = ahead;
    }
    is_word
}

impl Parsed {
    /// The pattern behind `each`.
    pub(super) fn each(&mut self, stream: &mut Stream<'_>) -> Result<(), Failed> {
        let pattern = self.string(stream, "include each", "a pattern in quotes")?;
        let directory = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        let span = self.source.place(pattern.span_id).first;
        match each::files(Path::new(&directory), &pattern) {
            Ok(files) if files.is_empty() => {
                let text = pattern.to_string();
                self.report(Fault::EachWithoutFiles { pattern: text }, pattern.span_id);
            }
            Ok(files) => {
                for file in &files {
                    self.module(file, &directory, &pattern, span);
                }
                self.declaration.each.push(Each { pattern, files });
            }
            Err(error) => {
                let (text, reason) = (pattern.to_string(), error.to_string());
                self.report(Fault::EachPattern { pattern: text, reason }, pattern.span_id);
            }
        }
        self.end(stream, "`;`")
    }

    /// A file, as a module and as an ecosystem that is included.
    fn module(&mut self, file: &SmolStr, directory: &str, pattern: &Spanned<SmolStr>, span: Span) {
        let path = Path::new(directory).join(file.as_str());
        if is_call_site(&path) {
            return self.report(Fault::EachOfItself { file: file.to_string() }, pattern.span_id);
        }
        if let Some(fault) = without_static(file, &path) {
            return self.report(fault, pattern.span_id);
        }
        if !self.linked.insert(file.clone()) {
            return;
        }
        let name =
            format_ident!("__promethean_each_{}", self.modules.len(), span = Span::mixed_site());
        let item = Ident::new(STATIC, Span::mixed_site());
        self.links.push(Link { path: file.to_string(), tokens: quote!(#name::#item), span });
        self.modules.push(Module { name, file: path.to_string_lossy().into_owned() });
        self.declaration.units.push(Unit::Include(Spanned::new(file.clone(), pattern.span_id)));
    }
}

/// Whether the macro is called in this file.
fn is_call_site(path: &Path) -> bool {
    let file = Span::call_site().local_file().and_then(|file| file.canonicalize().ok());
    file.is_some() && file == path.canonicalize().ok()
}

/// What is wrong with a file that has no static of the right name. What cannot be read as Rust is
/// left to rustc, which reports it there.
fn without_static(file: &SmolStr, path: &Path) -> Option<Fault> {
    let tokens: TokenStream = fs::read_to_string(path).ok()?.parse().ok()?;
    let statics = statics(tokens);
    let own = statics.iter().find(|(name, _)| name == STATIC);
    if own.is_some_and(|(_, is_public)| *is_public) {
        return None;
    }
    Some(Fault::EachWithoutEcosystem {
        file: file.to_string(),
        is_private: own.is_some(),
        statics: statics.into_iter().map(|(name, _)| name).collect(),
    })
}

/// Whether a word stands between `const` and the name of a function.
fn is_function(word: &Ident) -> bool {
    ["fn", "unsafe", "extern", "async"].iter().any(|other| word == other)
}

/// The names of the statics and constants of a file, and whether each is visible outside of it.
fn statics(tokens: TokenStream) -> Vec<(String, bool)> {
    let mut statics = Vec::new();
    let (mut is_public, mut declares) = (false, false);
    for token in tokens {
        match token {
            TokenTree::Ident(word) if declares && word == "mut" => {}
            TokenTree::Ident(word) if declares && !is_function(&word) => {
                statics.push((word.to_string(), is_public));
                (is_public, declares) = (false, false);
            }
            TokenTree::Ident(word) if word == "pub" => is_public = true,
            TokenTree::Ident(word) if word == "static" || word == "const" => declares = true,
            // `pub(crate)`
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {}
            _ => (is_public, declares) = (false, false),
        }
    }
    statics
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_statics_of_a_file_are_those_at_its_top() {
        let source = "use a::b; pub(crate) static A: E = e! { pub static B: E = 1; }; const C: u8 = 1;
            pub const fn d() { static E: u8 = 1; } mod f { pub static G: u8 = 1; } pub static mut H: u8 = 2;";
        let found = super::statics(source.parse().unwrap());
        let found: Vec<(&str, bool)> =
            found.iter().map(|(name, is)| (name.as_str(), *is)).collect();
        assert_eq!(found, [("A", true), ("C", false), ("H", true)]);
    }
}
