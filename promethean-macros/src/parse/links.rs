//! Other ecosystems and templates, where they are not written as the language writes them.

use proc_macro2::{Delimiter, Ident};
use promethean_core::paths::file_name;
use promethean_core::problem::{Fault, OtherSyntax};
use promethean_core::span_id::Spanned;
use promethean_core::suggest::{is_static, parts};
use smol_str::SmolStr;
use syn::ext::IdentExt as _;

use super::words::{colons, is_keyword};
use super::{Failed, Parsed};
use crate::stream::Stream;

impl Parsed {
    /// The path of an ecosystem, behind `use` or `include`.
    pub(super) fn ecosystem(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
    ) -> Result<Spanned<SmolStr>, Failed> {
        let keyword = word.unraw().to_string();
        self.no_sign(&keyword, stream);
        let (raw, ahead) = stream.rest_of_statement();
        if raw.text.is_empty() || is_path(*stream) {
            return self.path(stream);
        }
        let instead = instead(&keyword, &raw.text);
        let (first, last) = raw.place(0, raw.text.len()).unwrap_or((word.span(), word.span()));
        *stream = ahead;
        let _ = stream.sign(';');
        self.report_at(Fault::NotAnEcosystem { written: raw.text, instead }, first, last);
        Err(Failed::Behind)
    }

    /// The `;` behind an ecosystem; it has no block.
    pub(super) fn end_of_ecosystem(
        &mut self,
        statement: &str,
        stream: &mut Stream<'_>,
    ) -> Result<(), Failed> {
        let Some(group) = stream.group(Delimiter::Brace) else { return self.end(stream, "`;`") };
        let instead = format!("{statement};");
        let found = OtherSyntax::Otherwise { found: "{".into(), instead };
        self.foreign(found, group.open, group.open);
        let _ = stream.sign(';');
        Ok(())
    }
}

/// Whether what is next is a path and nothing else, up to the end of the statement or the line.
pub(super) fn is_path(mut stream: Stream<'_>) -> bool {
    colons(&mut stream);
    let mut beyond_static = false;
    loop {
        let Some(word) = stream.word() else { return false };
        let follows = stream.peek_word().is_some() && !stream.on_next_line();
        if is_keyword(&word) && follows {
            return false;
        }
        let word = word.to_string();
        if beyond_static && word.starts_with(|first: char| first.is_lowercase()) {
            return false;
        }
        beyond_static = is_static(&word);
        if colons(&mut stream).is_none() {
            // A block behind it is a mistake of its own.
            let is_block = beyond_static && stream.peek_group(Delimiter::Brace);
            return stream.at_end() || stream.peek_sign(';') || stream.on_next_line() || is_block;
        }
    }
}

/// What to write for what stands behind `use` or `include`.
pub(super) fn instead(keyword: &str, written: &str) -> String {
    let mut text = written;
    let before = ["pub ", "use ", "include ", "mod ", "crate ", "static ", "const ", "ecosystem "];
    while let Some(rest) = before.iter().find_map(|word| text.strip_prefix(word)) {
        text = rest;
    }
    if let Some(pattern) = text.strip_prefix("each ").or(Some(text))
        && pattern.starts_with('"')
        && (pattern.contains('*') || pattern != text)
    {
        return format!("write `include each {pattern};`");
    }
    let text = text.split(" as ").next().unwrap_or(text).trim_end_matches("()");
    if let Some((base, list)) = text.split_once('{') {
        let items = list.trim_end_matches('}').split(',').map(str::trim);
        let items = items.filter(|item| !item.is_empty() && *item != "self");
        return statements(keyword, items.map(|item| format!("{base}{item}")));
    }
    if text.contains(',') {
        return statements(keyword, text.split(',').map(|item| item.trim().to_owned()));
    }
    if let Some(file) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'))
        && let Some(module) = module_of(file)
    {
        let name = module.to_uppercase();
        return format!(
            "write the path of the static in it, such as `{keyword} {module}::{name};`"
        );
    }
    let all = parts(text);
    let Some(end) = all.iter().position(|part| is_static(part)) else {
        if all.len() > 1 && text != written && all.join("::") == text {
            return format!("write `{keyword} {text};`");
        }
        return format!("write the path of an ecosystem's static, such as `{keyword} base::BASE;`");
    };
    let (path, unit) = all.split_at(end + 1);
    let (path, unit) = (path.join("::"), unit.join("."));
    match keyword {
        _ if unit.is_empty() => format!("write `{keyword} {path};`"),
        "include" => format!(
            "an ecosystem is included as a whole: write `include {path};`, or \
             `depends_on {path}.{unit};` in what needs it"
        ),
        _ => format!(
            "an ecosystem is used as a whole: write `use {path};`, and `{unit}` where it is needed"
        ),
    }
}

fn statements(keyword: &str, paths: impl Iterator<Item = String>) -> String {
    let statements: Vec<String> =
        paths.map(|path| format!("{keyword} {};", path.replace(' ', ""))).collect();
    format!("write `{}`", statements.join(" "))
}

/// The module that a file of Rust is, as far as its name says.
fn module_of(file: &str) -> Option<&str> {
    let file = file.strip_suffix(".rs").unwrap_or(file).trim_end_matches("/mod");
    let module = file_name(file);
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    (!module.is_empty() && module.chars().all(is_word)).then_some(module)
}

/// The template that a reference most probably means, and what to write for it.
pub(super) fn template(made: &str, written: &str) -> (SmolStr, String) {
    let mut all = parts(written);
    // `"bot.template"`
    if all.len() > 1 {
        all.retain(|part| !matches!(*part, "template" | "templates"));
    }
    let name = all.last().copied().unwrap_or(written);
    let path = all.iter().position(|part| is_static(part)).and_then(|end| all.get(..=end));
    let instead = match path.map(|path| path.join("::")) {
        Some(path) if is_static(name) => format!(
            "write `use {path};` at the top, and here the name of one of its templates: \
             `{made}: NAME`"
        ),
        Some(path) => format!("write `use {path};` at the top, and here `{made}: {name}`"),
        None if all.len() > 1 && (written.contains("::") || written.contains('.')) => {
            let module = all.first().copied().unwrap_or("base");
            format!(
                "write `{made}: {name}`; a template of another file comes with its \
                 ecosystem, as in `use {module}::{};` at the top",
                module.to_uppercase()
            )
        }
        None => format!("write `{made}: {name}`"),
    };
    (name.into(), instead)
}
