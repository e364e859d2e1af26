//! What a terminal may see of a line.

use anstyle::AnsiColor;
use anstyle_parse::{DefaultCharAccumulator, Params, Parser, Perform};

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
    /// All that is in the file: for files and programs.
    All,
    /// Colours and the like, which end with the line: for a terminal. A log cannot move the cursor,
    /// clear the screen or name the window.
    Colours,
    /// None: for a terminal whose user wants no colours.
    None,
}

/// A text of a log with only these of its escape sequences. Unless all are kept, control characters
/// go too, but for tabs.
#[must_use]
pub fn clean(text: &str, escapes: Escapes) -> String {
    if escapes == Escapes::All || !text.contains(|character: char| character.is_control()) {
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
        if !character.is_control() {
            self.text.push(character);
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
