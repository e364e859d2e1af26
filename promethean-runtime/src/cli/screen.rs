//! Where a result is shown again and again.

use std::io::IsTerminal as _;

use anstream::{AutoStream, ColorChoice};
use promethean_core::foreign::printable;
use terminal_size::{Height, Width, terminal_size_of};

use super::Failure;
use super::output;
use super::table::cut;

/// Standard output. The cursor stays visible, so that nothing has to be put right after Ctrl-C.
#[derive(Debug)]
pub(super) struct Screen {
    /// Whether each result takes the place of the one before, on a terminal.
    redraws: bool,
    begun: bool,
}

/// Lines of a result.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Lines of a table that fit the width, with colours: what is in its cells is printable.
    pub(super) fitting: Vec<String>,
    /// Lines of any width, without colours.
    pub(super) free: Vec<String>,
}

impl Screen {
    /// For one result, or for many that follow each other.
    pub(super) fn new(again: bool) -> Screen {
        Screen { redraws: again && Screen::is_terminal(), begun: false }
    }

    /// The width that lines have to fit; `None` where it is not limited.
    pub(super) fn width() -> Option<usize> {
        size().map(|(width, _)| width)
    }

    /// Whether standard output is a terminal.
    pub(super) fn is_terminal() -> bool {
        std::io::stdout().is_terminal()
    }

    /// Whether colours are wanted on it.
    pub(super) fn colours() -> bool {
        AutoStream::choice(&std::io::stdout()) != ColorChoice::Never
    }

    /// Whether the terminal makes links of URLs that are marked as such.
    pub(super) fn links() -> bool {
        Screen::is_terminal() && Screen::colours() && knows_links(|name| std::env::var(name).ok())
    }

    /// Shows a result. Says whether anybody reads on.
    pub(super) fn show(&mut self, page: Page) -> Result<bool, Failure> {
        let coloured = Screen::colours();
        let paint = |line: String| match coloured {
            true => line,
            false => anstream::adapter::strip_str(&line).to_string(),
        };
        let lines = page.fitting.into_iter().map(paint);
        let free = page.free.iter().map(|line| printable(line).into_owned());
        let text = match size().filter(|_| self.redraws) {
            Some((width, height)) => {
                let free = free.map(|line| cut(&line, width).into_owned());
                frame(lines.chain(free).collect(), height, !self.begun)
            }
            None => {
                let apart = if self.begun { "\n" } else { "" };
                let lines: Vec<String> = lines.chain(free).collect();
                format!("{apart}{}\n", lines.join("\n"))
            }
        };
        self.begun = true;
        output::print_screen(&text)
    }
}

/// Whether a terminal with these variables knows links. There is no way to ask it.
fn knows_links(variable: impl Fn(&str) -> Option<String>) -> bool {
    const PROGRAMS: [&str; 7] =
        ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"];
    const TERMINALS: [&str; 4] = ["kitty", "alacritty", "foot", "ghostty"];
    let is = |name: &str, known: &[&str]| {
        variable(name).is_some_and(|value| known.iter().any(|known| value.contains(known)))
    };
    // VTE 0.50 was the first.
    let vte = variable("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    vte.is_some_and(|version| version >= 5_000)
        || is("TERM_PROGRAM", &PROGRAMS)
        || is("TERM", &TERMINALS)
        || ["WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM"]
            .iter()
            .any(|name| variable(name).is_some_and(|value| !value.is_empty()))
}

/// The terminal's columns and lines; `None` elsewhere.
fn size() -> Option<(usize, usize)> {
    let (Width(width), Height(height)) = terminal_size_of(std::io::stdout())?;
    // A terminal that does not know its size says 0.
    (width > 0 && height > 0).then_some((width.into(), height.into()))
}

/// Lines in the place of those before, with the rest of the screen cleared. What has no room is
/// counted.
fn frame(mut lines: Vec<String>, height: usize, first: bool) -> String {
    // The cursor is in the line below the last.
    let room = height.saturating_sub(1).max(1);
    if lines.len() > room {
        let hidden = lines.len() - (room - 1);
        lines.truncate(room - 1);
        lines.push(format!("… {hidden} more lines"));
    }
    let clear = if first { "\x1b[2J" } else { "" };
    // After each line the rest of it is cleared.
    format!("{clear}\x1b[H{}\x1b[K\n\x1b[J", lines.join("\x1b[K\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_that_know_links_are_known() {
        let knows = |name: &str, value: &str| {
            knows_links(|asked| (asked == name).then(|| value.to_owned()))
        };
        assert!(knows("VTE_VERSION", "7600") && knows("TERM", "xterm-kitty"));
        assert!(knows("TERM_PROGRAM", "WezTerm") && knows("WT_SESSION", "1"));
        assert!(!knows("VTE_VERSION", "4999") && !knows("TERM", "xterm-256color"));
        assert!(!knows("TERM_PROGRAM", "Apple_Terminal") && !knows("WT_SESSION", ""));
    }

    #[test]
    fn a_frame_covers_the_one_before_and_fits_the_screen() {
        let lines = || ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(
            frame(lines(), 5, true),
            "\x1b[2J\x1b[Ha\x1b[K\nb\x1b[K\nc\x1b[K\nd\x1b[K\n\x1b[J"
        );
        assert_eq!(
            frame(lines(), 4, false),
            "\x1b[Ha\x1b[K\nb\x1b[K\n… 2 more lines\x1b[K\n\x1b[J"
        );
        assert_eq!(frame(lines(), 1, false), "\x1b[H… 4 more lines\x1b[K\n\x1b[J");
    }
}
