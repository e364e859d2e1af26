//! The item that an `ecosystem!` is the value of: `static SYSTEM: Ecosystem = ecosystem! { … };`, and
//! the file it is in.
//!
//! A macro is not told. Its name stays the same when lines move, so it tells one ecosystem of a
//! file from another at run time, where neither has a `name`.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use proc_macro2::{LineColumn, Span};
use promethean_core::paths;

/// The name of the item, where the source file has it once.
pub(crate) fn name() -> Option<String> {
    let span = Span::call_site();
    let text = fs::read_to_string(span.local_file()?).ok()?;
    let start = span.start();
    named(&text, start.line, start.column)
}

/// The file as it is named from the directory that rustc runs in, where rustc names it in another way:
/// a module with a path, as `include each` makes them. A file that has two modules is then one place.
///
/// Cargo itself names the files of packages outside the workspace in full, and those stay.
pub(crate) fn file_elsewhere() -> Option<String> {
    let file = Span::call_site().file();
    let is_full = Utf8Path::new(&file).is_absolute();
    if is_full && std::env::var_os("CARGO_PRIMARY_PACKAGE").is_none() {
        return None;
    }
    let directory = Utf8PathBuf::from_path_buf(std::env::current_dir().ok()?).ok()?;
    let cleaned = named_from(&directory, &file);
    (cleaned != file).then_some(cleaned)
}

/// A file's path from a directory, without `..`; the whole path where the file is not below it.
fn named_from(directory: &Utf8Path, file: &str) -> String {
    let whole = paths::join(directory, Utf8Path::new(file));
    whole.strip_prefix(directory).unwrap_or(&whole).to_string()
}

/// Whether no other ecosystem can refer to this one: it is private, and the file has its name in no
/// path. Where the source is not there to be read, one may.
pub(crate) fn is_closed() -> bool {
    let span = Span::call_site();
    let Some(text) = span.local_file().and_then(|file| fs::read_to_string(file).ok()) else {
        return false;
    };
    let start = span.start();
    closed(&text, start.line, start.column)
}

/// Whether a word may be a static where this `ecosystem!` is: the blocks around it speak of the word,
/// or import names that are not written. Where the source is not there to be read, it may be one.
pub(crate) fn is_in_scope(word: &str) -> bool {
    let span = Span::call_site();
    let Some(text) = span.local_file().and_then(|file| fs::read_to_string(file).ok()) else {
        return true;
    };
    let at = |place: LineColumn| offset(&text, place.line, place.column);
    let (Some(start), Some(end)) = (at(span.start()), at(span.end())) else { return true };
    let (before, after) = (text.get(..start), text.get(end..));
    spoken_of(before.unwrap_or_default(), after.unwrap_or_default(), word)
}

/// Whether a word occurs in a block around a place, or all names of a module are imported there.
fn spoken_of(before: &str, after: &str, word: &str) -> bool {
    let mut scopes = Scopes::default();
    scopes.read(before, word);
    let here = scopes.open();
    scopes.read(after, word);
    scopes.occurrences.iter().any(|occurrence| here.starts_with(occurrence))
}

/// The blocks that are open in a source, and those in which a word has been seen.
#[derive(Default)]
struct Scopes {
    /// Their numbers; none for the braces of `use infra::{A, B}`.
    stack: Vec<Option<usize>>,
    count: usize,
    occurrences: Vec<Vec<usize>>,
}

impl Scopes {
    fn open(&self) -> Vec<usize> {
        self.stack.iter().flatten().copied().collect()
    }

    fn read(&mut self, text: &str, wanted: &str) {
        let mut last = ["", ""];
        for word in words(text) {
            match word {
                "{" => {
                    self.count += 1;
                    self.stack.push((last[1] != ":").then_some(self.count));
                }
                "}" => drop(self.stack.pop()),
                _ if word == wanted || word == "*" && last == [":", ":"] => {
                    self.occurrences.push(self.open());
                }
                _ => {}
            }
            last = [last[1], word];
        }
    }
}

fn closed(text: &str, line: usize, column: usize) -> bool {
    let Some(name) = named(text, line, column) else { return false };
    let all = words(text);
    let mut others = all.windows(3).filter(|three| three[2] == name);
    // What is not named as a value, as in `main(&SYSTEM)`, may be in the path of an ecosystem.
    others.all(|three| match three {
        [visible, "static" | "const" | "let", _] => !matches!(*visible, "pub" | ")"),
        [_, "mut" | "&" | "(" | "=", _] => true,
        _ => false,
    })
}

/// The name of the item whose value begins at a place of a text: at a line, counted from 1, and
/// after so many characters of it.
fn named(text: &str, line: usize, column: usize) -> Option<String> {
    let before = text.get(..offset(text, line, column)?)?.trim_end().strip_suffix('=')?;
    let begin = before.rfind(|character| ";{}".contains(character)).map_or(0, |at| at + 1);
    let words = words(before.get(begin..)?);
    let name = declared(&words).last()?;
    let times = text.match_indices(name).filter(|(at, _)| declares(text, *at, name)).count();
    (times == 1).then(|| name.to_owned())
}

/// Whether a name is declared at a place of a text where it stands.
fn declares(text: &str, at: usize, name: &str) -> bool {
    let (before, rest) = text.split_at(at);
    let after = rest.strip_prefix(name).unwrap_or_default();
    let is_part = |character: Option<char>| character.is_some_and(is_word);
    if is_part(before.chars().next_back()) || is_part(after.chars().next()) {
        return false;
    }
    let (further, word) = split_last_word(before);
    is_declaration(if word == "mut" { split_last_word(further).1 } else { word })
}

/// The last word of a text, and what stands before it.
fn split_last_word(text: &str) -> (&str, &str) {
    let text = text.trim_end();
    text.split_at(text.trim_end_matches(is_word).len())
}

fn is_declaration(word: &str) -> bool {
    matches!(word, "static" | "const" | "let")
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The index of a place in a text: at a line, counted from 1, and after so many characters of it.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let above: usize = lines.get(..line.checked_sub(1)?)?.iter().map(|line| line.len()).sum();
    let line = lines.get(line - 1)?;
    let ends = line.char_indices().map(|(index, _)| index).chain([line.len()]);
    ends.into_iter().nth(column).map(|within| above + within)
}

/// The names that are declared in these words.
fn declared<'w>(words: &'w [&'w str]) -> impl Iterator<Item = &'w str> {
    let names = words.windows(3).filter_map(move |three| match three {
        [keyword, "mut", name] | [keyword, name, _] if is_declaration(keyword) => Some(*name),
        _ => None,
    });
    names.filter(|name| name.starts_with(|first: char| first.is_alphabetic() || first == '_'))
}

/// The identifiers of a text and what is between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match is_word(first) {
            true => rest.find(|character| !is_word(character)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of the item before `ecosystem!` that occurs for the nth time.
    fn of(text: &str, nth: usize) -> Option<String> {
        let (at, _) = text.match_indices("ecosystem!").nth(nth).unwrap();
        let before = &text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count();
        named(text, line, column)
    }

    #[test]
    fn a_file_has_one_name() {
        for (file, name) in [
            ("src/main.rs", "src/main.rs"),
            ("src/../services/tts/ecosystem.rs", "services/tts/ecosystem.rs"),
            ("/ws/services/tts/ecosystem.rs", "services/tts/ecosystem.rs"),
            ("/elsewhere/x.rs", "/elsewhere/x.rs"),
        ] {
            assert_eq!(named_from(Utf8Path::new("/ws"), file), name);
        }
    }

    #[test]
    fn an_item_is_known_by_its_name() {
        let text = "static A: Ecosystem = ecosystem! { name a; };\n// ünïcödé\npub static B\n  : \
                    Ecosystem =\n    ecosystem! {};\nfn c() { let mut c = ecosystem! {}; }";
        let names: Vec<_> = (0..3).map(|nth| of(text, nth)).collect();
        assert_eq!(names, ["A", "B", "c"].map(|name| Some(name.to_owned())));
    }

    #[test]
    fn a_private_item_in_no_path_is_closed() {
        let closed_in = |text: &str| {
            let at = text.find("ecosystem!").unwrap();
            closed(
                text,
                text[..at].matches('\n').count() + 1,
                text[..at].rsplit('\n').next().unwrap().len(),
            )
        };
        assert!(closed_in("use x;\nstatic A: E = ecosystem! {};\nfn main() { run(&A) }"));
        assert!(closed_in("#[test] fn a() { static A: E = ecosystem! {}; check(&A, 1); }"));
        for open in [
            "pub static A: E = ecosystem! {};",
            "pub(crate) static A: E = ecosystem! {};",
            "static A: E = ecosystem! {}; static B: E = ecosystem! { use A; };",
            "static A: E = ecosystem! {}; mod b { static B: E = ecosystem! { include super::A; }; }",
            "run(ecosystem! {})",
        ] {
            assert!(!closed_in(open), "{open}");
        }
    }

    #[test]
    fn a_word_is_in_scope_where_the_file_speaks_of_it() {
        let spoken = |text: &str| {
            let (before, after) = text.split_once("HERE").unwrap();
            spoken_of(before, after, "SYS")
        };
        for in_scope in [
            "use infra::SYS; static A: E = HERE;",
            "use infra::{REST, SYS}; static A: E = HERE;",
            "use infra::*; mod b { static A: E = HERE; }",
            "mod b { static A: E = HERE; static SYS: E = ecosystem! {}; }",
        ] {
            assert!(spoken(in_scope), "{in_scope}");
        }
        for elsewhere in [
            "mod infra; static A: E = HERE;",
            "mod infra { pub static SYS: E = ecosystem! {}; } static A: E = HERE;",
            "static A: E = HERE; mod tests { use super::*; use super::infra::SYS; }",
        ] {
            assert!(!spoken(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn a_name_that_a_file_has_twice_tells_nothing() {
        let text =
            "fn a() { static S: E = ecosystem! {}; }\nfn b() { static S: E = ecosystem! {}; }";
        assert_eq!((of(text, 0), of(text, 1)), (None, None));
    }

    #[test]
    fn a_value_without_a_name_has_none() {
        for text in ["run(ecosystem! {})", "static $name: E = ecosystem! {};", "x = ecosystem! {}"]
        {
            assert_eq!(of(text, 0), None, "{text}");
        }
        assert_eq!(named("", 1, 0), None);
        assert_eq!(named("a", 0, 9), None);
    }
}
