//! What a command line of the original has and one of the language cannot have: secrets, in plain text or from the
//! environment, which `…` replaces, and other values from the environment, which are omitted. A comment says where they
//! were.

use promethean_core::list::some_of;

use super::data::{Data, Outside, Piece};
use super::entry::Reading;
use super::variables::is_hidden;
use crate::import::app::App;
use crate::import::secret::{hide, is_of_shell, is_secret, looks_secret};

/// It encloses the name of a variable whose value a command line cannot have. Like the next one it is one of the code
/// points that Unicode keeps for use inside of programs and that no text has (noncharacters, section 23.7 of the
/// Unicode standard); a control character can be an argument.
const MARK: char = '\u{fdd0}';

/// It precedes the name of a variable that has a default, which may be a secret.
const OR_DEFAULT: char = '\u{fdd1}';

/// Whether a value of the environment has no text that a command line can have: none at all, or a secret. `option` is
/// what is written before it.
pub(super) fn is_lost(reading: &Reading<'_>, outside: &Outside, option: &str) -> bool {
    let of_secret = |piece: &Piece| match piece {
        Piece::Variable { name, file } => file.is_some() || is_secret(name),
        Piece::Literal(_) => false,
    };
    let is_secret = names_secret(option) || outside.pieces.iter().any(of_secret);
    match !reading.is_settled(outside) {
        true => true,
        false => outside.or.is_some() && is_secret || looks_secret(&default_of(outside)),
    }
}

/// What it is when nothing is set.
fn default_of(outside: &Outside) -> String {
    outside.or.as_deref().map(Data::to_text).unwrap_or_default()
}

/// A text with a mark in the place of each variable.
pub(super) fn marked(outside: &Outside) -> String {
    let has_default = !default_of(outside).is_empty();
    let pieces = outside.pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.clone(),
        Piece::Variable { name, .. } if has_default => format!("{MARK}{OR_DEFAULT}{name}{MARK}"),
        Piece::Variable { name, .. } => format!("{MARK}{name}{MARK}"),
    });
    pieces.collect()
}

/// Whether the value of an option is a secret: `--token`, and `-token` as programs in Go have it.
fn names_secret(option: &str) -> bool {
    const SHORTEST: usize = 4;
    let name = option.trim_start_matches('-');
    let is_long = option.starts_with("--") || option.starts_with('-') && name.len() > SHORTEST;
    is_long && is_secret(name)
}

/// The texts of a command line without what is lost, which a comment names.
pub(super) fn without_lost(key: &str, texts: Vec<String>, app: &mut App) -> Vec<String> {
    let mut lost = Lost::default();
    let texts = lost.texts(texts);
    if let Some(reason) = lost.reason() {
        app.differs(key, reason);
    }
    texts
}

/// What is lost of a command line.
#[derive(Debug, Default)]
struct Lost {
    /// The option that the next word is the value of; empty where there is none.
    option: String,
    /// Where secrets in plain text are.
    clear: Vec<String>,
    /// What else is not as it was, and why.
    others: Vec<String>,
    /// Whether `…` replaces something.
    is_shown: bool,
    /// The variables that give the program what is lost: their names, and what they are given.
    entries: Vec<(String, &'static str)>,
}

impl Lost {
    fn texts(&mut self, texts: Vec<String>) -> Vec<String> {
        let mut shown: Vec<String> = Vec::new();
        for text in texts {
            let option = self.option.clone();
            let is_line = text.contains(char::is_whitespace);
            if text.contains(MARK) && !is_line && !has_secret(&text, &option) {
                self.option.clear();
                // An option without its value would take the next argument.
                let of_option = !option.is_empty() && text.starts_with(MARK);
                if of_option {
                    shown.pop();
                }
                let (written, _) = text.split_once('=').unwrap_or((&text, ""));
                let place = if of_option { &option } else { written };
                self.omit(&text, place);
                continue;
            }
            shown.push(self.text(&text));
        }
        shown
    }

    /// One text of the list: an argument, or a line of the shell.
    fn text(&mut self, text: &str) -> String {
        let is_value = names_secret(&self.option) && !text.starts_with('-');
        if is_value || !text.contains(char::is_whitespace) {
            return self.word(text);
        }
        let shown: String = segments(text).map(|(word, space)| self.word(word) + space).collect();
        self.option.clear();
        let hidden = hide(&shown);
        if hidden != shown {
            self.is_clear("");
        }
        hidden
    }

    fn word(&mut self, word: &str) -> String {
        let before = std::mem::take(&mut self.option);
        let (left, value) = word.split_once('=').unwrap_or((word, ""));
        let is_assigned = !value.is_empty() && !left.contains(MARK);
        // `--token=x`, `TOKEN=x`
        let of = if is_assigned { left } else { &before };
        if word.contains(MARK) {
            return self.without_marks(word, of);
        }
        if word.starts_with('-') && !is_assigned {
            word.clone_into(&mut self.option);
        }
        let is_value = !is_assigned && names_secret(&before) && !word.starts_with('-');
        let of_option = is_assigned && left.starts_with('-');
        let shown = match () {
            () if is_of_shell(if is_assigned { value } else { word }) => word.to_owned(),
            () if is_value => "…".to_owned(),
            () if of_option && (names_secret(left) || hide(value) != value) => format!("{left}=…"),
            () => hide_quoted(word),
        };
        if shown != word {
            self.is_clear(of);
        }
        shown
    }

    /// Remembers a secret in plain text at this option.
    fn is_clear(&mut self, option: &str) {
        self.is_shown = true;
        self.clear.push(place(option));
        self.entries.push((variable(option), "secret"));
    }

    /// A word with `…` in the place of each variable.
    fn without_marks(&mut self, word: &str, option: &str) -> String {
        let shown = word.split(MARK).enumerate();
        let shown = shown.map(|(index, part)| if index % 2 == 0 { part } else { "…" }).collect();
        self.is_shown = true;
        let has_default = word.contains(OR_DEFAULT);
        let names = self.names(word, option);
        let place = place(option);
        self.others.push(match has_default {
            true => format!(
                "{place} has {names} of the environment or else a default, neither of which is copied"
            ),
            false => format!("{place} has {names} of the environment, which only `env` can use"),
        });
        shown
    }

    /// Leaves out a word with values of the environment.
    fn omit(&mut self, word: &str, option: &str) {
        let names = self.names(word, option);
        let place = place(option);
        let reason =
            format!("{place} with {names} of the environment is omitted: only `env` can use that");
        self.others.push(reason);
    }

    /// The variables of a word, which the program can have in its environment.
    fn names(&mut self, word: &str, option: &str) -> String {
        let names = variables_of(word);
        for name in &names {
            let source = if is_hidden(name) || names_secret(option) { "secret" } else { "inherit" };
            // What only this machine knows has no variable: `os.hostname()`.
            if !name.ends_with(')') {
                self.entries.push(((*name).to_owned(), source));
            }
        }
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        some_of(&names, usize::MAX - 1)
    }

    /// What is lost, where it was, and what to do about it.
    fn reason(mut self) -> Option<String> {
        self.clear.dedup();
        self.entries.dedup();
        let mut parts = match self.clear.as_slice() {
            [] => Vec::new(),
            [only] => vec![format!("{only} has a secret in plain text, which is not copied")],
            several => {
                let places = some_of(several, usize::MAX - 1);
                vec![format!("{places} have secrets in plain text, which are not copied")]
            }
        };
        parts.append(&mut self.others);
        if parts.is_empty() {
            return None;
        }
        let is_secret = self.entries.iter().any(|(_, source)| *source == "secret");
        let place = if self.is_shown { "; `…` is in its place" } else { "" };
        let file = match is_secret {
            true => ". Put it into the file that `secrets \"…\";` names, and let",
            false => ". Let",
        };
        let given = self.entries.iter().map(|(name, source)| format!("{name} = {source};"));
        let given = given.collect::<Vec<String>>().join(" ");
        let parts = parts.join("; ");
        Some(match given.as_str() {
            "" => format!("{parts}{place}"),
            given => format!(
                "{parts}{place}{file} the program read it from its environment: `env {{ {given} }}`"
            ),
        })
    }
}

/// The variables that stand in a word.
fn variables_of(word: &str) -> Vec<&str> {
    let names = word.split(MARK).skip(1).step_by(2);
    names.map(|name| name.trim_start_matches(OR_DEFAULT)).collect()
}

/// Whether the variables of a word are secrets, or what they are the value of.
fn has_secret(word: &str, option: &str) -> bool {
    let (left, _) = word.split_once('=').unwrap_or((word, ""));
    word.contains(OR_DEFAULT)
        || names_secret(option)
        || names_secret(left)
        || variables_of(word).into_iter().any(is_hidden)
}

/// An option, for a person.
fn place(option: &str) -> String {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    match option {
        option if !option.is_empty() && option.bytes().all(is_name) => format!("`{option}`"),
        _ => "an argument".to_owned(),
    }
}

/// As [`hide`], with the quotes around the word.
fn hide_quoted(word: &str) -> String {
    let quoted = ["\"", "'"].into_iter().find_map(|quote| {
        let inside = word.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(format!("{quote}{}{quote}", hide(inside)))
    });
    quoted.unwrap_or_else(|| hide(word))
}

/// The name of a variable for the value of an option: `--api-key` → `API_KEY`.
fn variable(option: &str) -> String {
    let is_short = option.starts_with('-') && !option.starts_with("--");
    let name = option.trim_start_matches('-').to_uppercase();
    let name = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    match !is_short && name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => name,
        false => "SECRET".to_owned(),
    }
}

/// The words of a line of the shell, each with the space behind it; what is in quotes is one word.
fn segments(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut quote = None;
        let end = rest.find(|letter: char| {
            match quote {
                None if matches!(letter, '"' | '\'') => quote = Some(letter),
                Some(open) if open == letter => quote = None,
                _ => {}
            }
            quote.is_none() && letter.is_whitespace()
        });
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let next = behind.trim_start();
        let (space, _) = behind.split_at(behind.len() - next.len());
        rest = next;
        Some((word, space))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(texts: &[&str]) -> (Vec<String>, Option<String>) {
        let mut lost = Lost::default();
        let texts = lost.texts(texts.iter().map(|text| (*text).to_owned()).collect());
        (texts, lost.reason())
    }

    #[test]
    fn secrets_of_a_command_line_are_not_copied() {
        for (texts, expected) in [
            (
                &["--token", "hunter2", "--port", "3000"][..],
                &["--token", "…", "--port", "3000"][..],
            ),
            (&["--api-key=abc", "x"], &["--api-key=…", "x"]),
            (&["-api-key", "abc"], &["-api-key", "…"]),
            (&["--password", "two words"], &["--password", "…"]),
            (&["--url=postgres://a:hunter2@db/x"], &["--url=…"]),
            (&["-c", "node a.js --token 'a b'  --x"], &["-c", "node a.js --token …  --x"]),
            (&["-c", "API_KEY=abc node a.js"], &["-c", "API_KEY=… node a.js"]),
        ] {
            let (texts, reason) = shown(texts);
            assert_eq!(texts, expected);
            assert!(reason.is_some(), "{texts:?}");
        }
        for texts in [
            &["-c", "API_KEY=$KEY a --token $TOKEN --password=\"${PASSWORD}\""][..],
            &["--token-file", "x"],
            &["--verbose", "a b"],
            &["--token", "--port"],
            &["a  b"],
            &["\u{1}\u{1b}[31m", "\u{2}x"],
        ] {
            let (shown, reason) = shown(texts);
            assert_eq!(shown, texts);
            assert_eq!(reason, None);
        }
    }

    #[test]
    fn what_is_lost_is_named_with_its_place() {
        let (_, reason) = shown(&["--token", "hunter2"]);
        assert_eq!(
            reason.as_deref(),
            Some(
                "`--token` has a secret in plain text, which is not copied; `…` is in its place. Put it into the \
                 file that `secrets \"…\";` names, and let the program read it from its environment: \
                 `env { TOKEN = secret; }`"
            )
        );
        let (texts, reason) = shown(&["--token", "\u{fdd0}BOT\u{fdd0}", "x"]);
        assert_eq!(texts, ["--token", "…", "x"]);
        assert_eq!(
            reason.as_deref(),
            Some(
                "`--token` has `BOT` of the environment, which only `env` can use; `…` is in its place. Put it into \
                 the file that `secrets \"…\";` names, and let the program read it from its environment: \
                 `env { BOT = secret; }`"
            )
        );
        for arguments in [
            ["--host=\u{fdd0}HOST\u{fdd0}:1", "x"].as_slice(),
            &["--host", "\u{fdd0}HOST\u{fdd0}", "x"],
        ] {
            let (texts, reason) = shown(arguments);
            assert_eq!(texts, ["x"]);
            assert_eq!(
                reason.as_deref(),
                Some(
                    "`--host` with `HOST` of the environment is omitted: only `env` can use that. Let the program \
                     read it from its environment: `env { HOST = inherit; }`"
                )
            );
        }
    }
}
