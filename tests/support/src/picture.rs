//! A picture of a terminal's screen: the text of `tmux capture-pane -e` as SVG.

use std::fmt::Write as _;

/// The width and height of a cell, and the place of the base line in it.
const CELL: (f64, f64, f64) = (8.0, 17.0, 13.0);

/// The margin around the screen.
const MARGIN: f64 = 10.0;

/// The colours of a terminal, from 30 and from 90.
const COLOURS: [&str; 16] = [
    "#5c6370", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf",
    "#7f848e", "#ef8a92", "#b5d99c", "#f0d19a", "#8cc6f7", "#d7a1e7", "#7fd0da", "#ffffff",
];

/// How a cell looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a terminal has them one by one")]
struct Look {
    colour: Option<usize>,
    is_bold: bool,
    is_dim: bool,
    is_reversed: bool,
    is_underlined: bool,
}

impl Look {
    /// What a sequence `ESC [ codes m` makes of it.
    fn after(mut self, codes: &str) -> Look {
        let mut codes = codes.split(';').map(|code| code.parse::<usize>().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                // `38;5;N`: a colour of the palette.
                38 => {
                    codes.next();
                    self.colour = codes.next();
                }
                0 => self = Look::default(),
                1 => self.is_bold = true,
                2 => self.is_dim = true,
                4 => self.is_underlined = true,
                7 => self.is_reversed = true,
                22 => (self.is_bold, self.is_dim) = (false, false),
                24 => self.is_underlined = false,
                27 => self.is_reversed = false,
                30..=37 => self.colour = Some(code - 30),
                39 => self.colour = None,
                90..=97 => self.colour = Some(code - 82),
                _ => {}
            }
        }
        self
    }

    fn attributes(self) -> String {
        let mut attributes = String::new();
        if let (Some(colour), false) =
            (self.colour.and_then(|at| COLOURS.get(at)), self.is_reversed)
        {
            let _ = write!(attributes, " fill=\"{colour}\"");
        }
        let words = [
            (self.is_reversed, " fill=\"#282c34\""),
            (self.is_bold, " font-weight=\"bold\""),
            (self.is_dim, " opacity=\"0.6\""),
            (self.is_underlined, " text-decoration=\"underline\""),
        ];
        attributes.extend(words.into_iter().filter(|(is, _)| *is).map(|(_, word)| word));
        attributes
    }
}

/// The runs of equal look in a line, each with the column that it begins in.
fn runs(line: &str, look: &mut Look) -> Vec<(usize, Look, String)> {
    let mut runs: Vec<(usize, Look, String)> = Vec::new();
    let mut column = 0;
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        if let Some((codes, after)) =
            rest.strip_prefix("\u{1b}[").and_then(|sequence| sequence.split_once('m'))
        {
            *look = look.after(codes);
            rest = after;
            continue;
        }
        match runs.last_mut().filter(|(_, last, _)| last == look) {
            Some((_, _, text)) => text.push(character),
            None => runs.push((column, *look, character.to_string())),
        }
        column += 1;
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    runs
}

/// The screen as a picture; each line of it is a line of the file.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a screen is small")]
pub fn svg(painted: &str, columns: usize, lines: usize, title: &str) -> String {
    let (cell_width, cell_height, base) = CELL;
    let width = cell_width * columns as f64 + 2.0 * MARGIN;
    let height = cell_height * lines as f64 + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"13\" \
         fill=\"#dcdfe4\">\n<title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" \
         fill=\"#282c34\"/>\n",
        escaped(title)
    );
    let mut look = Look::default();
    for (row, line) in painted.lines().enumerate() {
        let top = MARGIN + cell_height * row as f64;
        for (column, look, text) in runs(line, &mut look) {
            let count = text.chars().count() as f64;
            let x = MARGIN + cell_width * column as f64;
            if look.is_reversed {
                let _ = write!(
                    svg,
                    "<rect x=\"{x}\" y=\"{top}\" width=\"{}\" height=\"{cell_height}\"/>",
                    count * cell_width
                );
            }
            if !text.trim().is_empty() {
                let _ = write!(
                    svg,
                    "<text x=\"{x}\" y=\"{}\" textLength=\"{}\" xml:space=\"preserve\"{}>{}</text>",
                    top + base,
                    count * cell_width,
                    look.attributes(),
                    escaped(&text)
                );
            }
        }
        svg.push('\n');
    }
    svg.push_str("</svg>\n");
    svg
}

/// The text of a picture, line by line.
///
/// # Panics
///
/// When it is none of [`svg`].
#[must_use]
pub fn text(svg: &str) -> String {
    let (_, screen) = svg.split_once("rx=\"8\"").expect("a picture of a screen");
    let lines = screen.lines().skip(1).take_while(|line| *line != "</svg>");
    let lines = lines.map(|line| {
        let mut text = String::new();
        for run in line.split("<text ").skip(1) {
            let x: f64 = run.split('"').nth(1).and_then(|x| x.parse().ok()).expect("a place");
            let written = run.split_once('>').and_then(|(_, rest)| rest.split_once("</text>"));
            let written = written.expect("a text").0;
            let column = (x - MARGIN) / CELL.0;
            while f64::from(u32::try_from(text.chars().count()).expect("a line")) < column {
                text.push(' ');
            }
            text.push_str(&written.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
        }
        text.trim_end().to_owned()
    });
    lines.collect::<Vec<String>>().join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_text_of_its_screen() {
        let painted = "\u{1b}[1mpond\u{1b}[0m  a<b\n\n\u{1b}[7m> \u{1b}[38;5;2monline\u{1b}[39m \u{1b}[27m&\u{1b}[2m─\u{1b}[0m";
        let svg = svg(painted, 20, 3, "a screen");
        assert_eq!(text(&svg), "pond  a<b\n\n> online &─");
        assert!(svg.contains("font-weight=\"bold\">pond<"), "{svg}");
        let coloured = super::svg("\u{1b}[38;5;2monline\u{1b}[91m!", 20, 1, "a screen");
        assert!(coloured.contains("fill=\"#98c379\">online<"), "{coloured}");
        assert!(coloured.contains("fill=\"#ef8a92\">!<"), "{coloured}");
        assert!(svg.contains("fill=\"#282c34\">online<"), "{svg}");
    }
}
