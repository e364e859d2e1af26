//! Text from outside, as a person may see it.
//!
//! A line of a log, an answer of PM2, a name that somebody else gave: any of it may hold what
//! a terminal obeys, what turns the direction of writing, or an end of line behind which it goes on
//! like a message of ours. [`Foreign`] shows such a text on one line, [`Lines`] on several that are
//! marked as quoted, and [`printable`] is what every message passes on its way to the terminal.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};

/// How many characters are shown of a text that is longer.
pub const LONGEST: usize = 1_000;

/// How many lines are shown of a text that has more.
const MOST_LINES: usize = 20;

/// A text from outside, on one line: what is not printable is escaped as in Rust (`\u{1b}`, `\r`,
/// `\n`), a tab is four spaces, and what is longer than [`LONGEST`] is cut. Printable text stays as
/// it is, whatever it is written in.
///
/// ```
/// use promethean_core::foreign::Foreign;
/// let hostile = "a\u{1b}[2Jb\nerror: \u{202e}c";
/// assert_eq!(Foreign(hostile).to_string(), r"a\u{1b}[2Jb\nerror: \u{202e}c");
/// assert_eq!(Foreign("日本 👩‍🚀").to_string(), "日本 👩‍🚀");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Foreign<T>(pub T);

/// A text from outside that may have several lines: each line but the first follows a bar, so
/// that nobody takes it for a message. Blank lines are left out.
///
/// ```
/// use promethean_core::foreign::Lines;
/// let said = "cannot find it\r\n\nerror: do that";
/// assert_eq!(Lines(said).to_string(), "cannot find it\n  | error: do that");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Lines<T>(pub T);

impl<T: Display> Display for Foreign<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Line::default();
        // It ends early when the line is full.
        let _ = write!(line, "{}", self.0);
        formatter.write_str(&line.finished())
    }
}

impl<T: Display> Display for Lines<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        for (index, line) in lines.by_ref().take(MOST_LINES).enumerate() {
            let bar = if index == 0 { "" } else { "\n  | " };
            write!(formatter, "{bar}{}", Foreign(line.trim_end()))?;
        }
        match lines.next() {
            Some(_) => formatter.write_str("\n  | …"),
            None => Ok(()),
        }
    }
}

/// A line that is being written.
#[derive(Default)]
struct Line {
    text: String,
    count: usize,
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let before = self.text.len();
            push(&mut self.text, character);
            self.count += self.text.get(before..).map_or(0, |written| written.chars().count());
            if self.count > LONGEST {
                return Err(fmt::Error);
            }
        }
        Ok(())
    }
}

impl Line {
    fn finished(mut self) -> String {
        if self.count > LONGEST {
            let end = self.text.char_indices().nth(LONGEST - 1).map(|(end, _)| end);
            self.text.truncate(end.unwrap_or(0));
            self.text.push('…');
        }
        self.text
    }
}

/// Adds a character as it may be shown.
pub fn push(text: &mut String, character: char) {
    match character {
        '\t' => text.push_str("    "),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        hostile if is_hostile(hostile) => text.extend(hostile.escape_unicode()),
        printable => text.push(printable),
    }
}

/// Whether a terminal does something else with a character than to show it: the control characters
/// of both blocks, what turns the direction of writing, what ends lines, and what is never seen. The
/// joiners of emoji and of several scripts are printable.
#[must_use]
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A message with whatever foreign text is in it: as it is, but for what is not printable. Ends of
/// lines stay; what comes from outside has lost its own by [`Foreign`].
#[must_use]
pub fn printable(message: &str) -> Cow<'_, str> {
    but_for(message, &['\n'])
}

/// The same of a file that is shown: it keeps its tabs, too.
#[must_use]
pub fn printable_file(text: &str) -> Cow<'_, str> {
    but_for(text, &['\n', '\t'])
}

fn but_for<'t>(text: &'t str, kept: &[char]) -> Cow<'t, str> {
    let is_kept = |character: char| kept.contains(&character) || !is_hostile(character);
    if text.chars().all(is_kept) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match is_kept(character) {
            true => shown.push(character),
            false => push(&mut shown, character),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_character_is_shown_or_escaped() {
        for character in ('\0'..=char::MAX).filter(|character| *character != '\t') {
            let shown = Foreign(character).to_string();
            match is_hostile(character) {
                true => assert!(shown.starts_with('\\') && shown.is_ascii(), "{shown}"),
                false => assert_eq!(shown, character.to_string()),
            }
        }
        for printable in "aä日한اע👩\u{200d}🚀\u{fe0f}e\u{301}🇩🇪 \u{a0}\u{fffd}\\".chars()
        {
            assert!(!is_hostile(printable), "{printable:?}");
        }
        for hostile in "\u{1b}\r\n\u{7}\u{7f}\u{80}\u{9b}\u{9f}\u{202e}\u{2066}\u{2028}".chars() {
            assert!(is_hostile(hostile), "{hostile:?}");
        }
    }

    /// Texts with many characters that matter.
    fn texts() -> impl Strategy<Value = String> {
        let hostile = "\u{1b}[]\r\n\t\u{8}\u{9b}\u{9d}\u{202e}\u{2069}\u{feff}\\u{1b}…ä日";
        let hostile: Vec<char> = hostile.chars().collect();
        let one = prop_oneof![any::<char>(), prop::sample::select(hostile)];
        let length = prop_oneof![0..40_usize, (LONGEST - 20)..(LONGEST + 20)];
        length.prop_flat_map(move |length| {
            prop::collection::vec(one.clone(), length).prop_map(|text| text.into_iter().collect())
        })
    }

    proptest! {
        #[test]
        fn a_foreign_text_is_one_printable_line(text in texts()) {
            let shown = Foreign(&text).to_string();
            prop_assert!(!shown.contains(is_hostile), "{shown:?}");
            prop_assert!(shown.chars().count() <= LONGEST);
            prop_assert_eq!(Foreign(&shown).to_string(), shown.clone());
            if text.chars().count() <= LONGEST && !text.contains(is_hostile) {
                prop_assert_eq!(shown, text);
            }
        }

        #[test]
        fn quoted_lines_have_a_bar_before_them(text in texts()) {
            let shown = Lines(&text).to_string();
            prop_assert!(!shown.contains(|letter| letter != '\n' && is_hostile(letter)));
            for line in shown.lines().skip(1) {
                prop_assert!(line.starts_with("  | "), "{shown:?}");
            }
        }

        #[test]
        fn a_message_keeps_its_lines_and_nothing_that_is_hostile(text in texts()) {
            let shown = printable(&text);
            prop_assert!(!shown.contains(|letter| letter != '\n' && is_hostile(letter)));
            prop_assert_eq!(shown.matches('\n').count(), text.matches('\n').count());
            prop_assert_eq!(printable(&shown), shown.clone());
            prop_assert_eq!(&printable_file(&text).replace('\t', "    "), &*shown);
        }
    }
}
