//! What a terminal may see of a line.

use anstyle::AnsiColor;
use anstyle_parse::{DefaultCharAccumulator, Params, Parser, Perform};
use promethean_core::foreign::{self, is_hostile};

/// The colours of names; red is for errors.
const COLOURS: [AnsiColor; 10] = [
    AnsiColor::Cyan,
    AnsiColor::Green,
    AnsiColor::Yellow,
    AnsiColor::Blue,
    AnsiColor::Magenta,
    AnsiColor::BrightCyan,
    AnsiColor::BrightGreen,
    AnsiColor::BrightYellow,
    AnsiColor::BrightBlue,
    AnsiColor::BrightMagenta,
];

/// The colour of an app's name: the same one each time.
#[must_use]
pub fn colour(app: &str) -> AnsiColor {
    // FNV-1a: std's hash is another one with each version of Rust.
    let hash = app.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let count = COLOURS.len();
    let index = usize::try_from(hash % u64::try_from(count).unwrap_or(1)).unwrap_or(0);
    COLOURS.get(index).copied().unwrap_or(AnsiColor::Cyan)
}

/// Which of the escape sequences of a log are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// Colours and the like, which end with the line: for a terminal. A log cannot move the cursor,
    /// clear the screen or name the window.
    Colours,
    /// None: for files, programs, and a terminal whose user wants no colours.
    None,
}

/// A text of a log with only these of its escape sequences. Control characters go too, but for tabs.
#[must_use]
pub fn clean(text: &str, escapes: Escapes) -> String {
    if !text.contains(is_hostile) {
        return text.to_owned();
    }
    let colours = escapes == Escapes::Colours;
    let mut cleaned = Cleaned { text: String::with_capacity(text.len()), colours, coloured: false };
    let mut parser = Parser::<DefaultCharAccumulator>::new();
    for byte in text.bytes() {
        parser.advance(&mut cleaned, byte);
    }
    if cleaned.coloured {
        cleaned.text.push_str("\u{1b}[0m");
    }
    cleaned.text
}

struct Cleaned {
    text: String,
    colours: bool,
    coloured: bool,
}

impl Perform for Cleaned {
    fn print(&mut self, character: char) {
        match character.is_control() {
            true => {}
            // What turns the direction of writing is text that somebody may look for.
            false => foreign::push(&mut self.text, character),
        }
    }

    fn execute(&mut self, byte: u8) {
        if byte == b'\t' {
            self.text.push('\t');
        }
    }

    fn csi_dispatch(&mut self, params: &Params, between: &[u8], ignore: bool, action: u8) {
        if !self.colours || ignore || action != b'm' || !between.is_empty() {
            return;
        }
        let numbers = |sub: &[u16]| sub.iter().map(u16::to_string).collect::<Vec<_>>().join(":");
        let written: Vec<String> = params.iter().map(numbers).collect();
        self.text.push_str("\u{1b}[");
        self.text.push_str(&written.join(";"));
        self.text.push('m');
        self.coloured = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_colours_and_nothing_else_that_moves_it() {
        let hostile = "\u{1b}]0;title\u{7}a\u{1b}[2Jb\u{1b}[1;31mred\u{1b}[0mc\td\r\u{8}e\u{1b}Pq\u{1b}\\\u{9b}5nä";
        let colours = "ab\u{1b}[1;31mred\u{1b}[0mc\tde5nä\u{1b}[0m";
        assert_eq!(clean(hostile, Escapes::Colours), colours);
        assert_eq!(clean(hostile, Escapes::None), "abredc\tde5nä");
        assert_eq!(clean("\u{1b}[38;2;1;2;3mx", Escapes::Colours), "\u{1b}[38;2;1;2;3mx\u{1b}[0m");
        // Not colours, though they end in `m`: they set how the keyboard answers.
        assert_eq!(clean("\u{1b}[>4;2mx", Escapes::Colours), "x");
        assert_eq!(clean("plain", Escapes::Colours), "plain");
        for escapes in [Escapes::Colours, Escapes::None] {
            assert_eq!(clean("a\u{202e}b\u{feff}", escapes), r"a\u{202e}b\u{feff}");
        }
    }

    #[test]
    fn an_app_has_one_colour_and_apps_have_several() {
        assert_eq!(colour("duck_voice"), colour("duck_voice"));
        let all: std::collections::HashSet<AnsiColor> =
            (0..100).map(|number| colour(&format!("app{number}"))).collect();
        assert_eq!(all.len(), COLOURS.len());
    }
}
