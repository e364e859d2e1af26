//! Aligned columns that fit into a width.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use anstyle::Style;
use promethean_core::foreign::Foreign;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) side: Side,
    /// Which column goes first when there is no room: the greatest. 0 never goes.
    pub(super) spare: u8,
}

/// The side of a cell's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// A cell of a table. Its text is printable, so that its width is what a terminal shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    text: String,
    style: Style,
    /// The pieces of the text that lead somewhere, and where: printable, too.
    links: Vec<(Range<usize>, String)>,
}

impl Cell {
    pub(super) fn styled(text: impl Into<String>, style: Style) -> Cell {
        Cell { text: Foreign(text.into()).to_string(), style, links: Vec::new() }
    }

    /// Gives it another style.
    #[cfg(feature = "ui")]
    pub(super) fn set_style(&mut self, style: Style) {
        self.style = style;
    }

    /// Adds a text, with a space before it.
    pub(super) fn and(mut self, text: &str) -> Cell {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let _ = write!(self.text, "{}", Foreign(text));
        self
    }

    /// Adds a URL, with a space before it, as a link that leads there.
    pub(super) fn and_link(self, url: &str) -> Cell {
        let mut cell = self.and("");
        let start = cell.text.len();
        let _ = write!(cell.text, "{}", Foreign(url));
        let target = cell.text.get(start..).unwrap_or_default().to_owned();
        cell.links.push((start..cell.text.len(), target));
        cell
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell::styled(text, Style::new())
    }
}

/// A line of a table: its cells, and a text after them if there is room.
#[derive(Clone, Debug)]
pub(super) struct Row<const COLUMNS: usize> {
    pub(super) cells: [Cell; COLUMNS],
    pub(super) behind: Cell,
}

/// The text between two columns.
const GAP: &str = "  ";

/// The least that a column is cut to, and the least that is shown of a text behind the columns.
const LEAST: usize = 8;

/// A piece of a line of a table: a text in a style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) style: Style,
    /// The links in the text, if they lead anywhere.
    links: &'t [(Range<usize>, String)],
}

/// The lines of a table, none wider than `limit`: columns without a title and text are left out, then
/// those that can be spared, then what stands on the left is cut.
pub(super) fn lines<const COLUMNS: usize>(
    columns: [Column; COLUMNS],
    rows: &[Row<COLUMNS>],
    limit: Option<usize>,
) -> Vec<String> {
    let line = |pieces: &[Piece<'_>]| {
        pieces.iter().fold(String::new(), |mut line, Piece { text, style, links }| {
            let _ = write!(line, "{style}{}{style:#}", linked(text, links));
            line
        })
    };
    with_pieces(columns, rows, limit, |pieces| line(pieces))
}

/// As [`lines`], each line in pieces, which are handed to `line`.
pub(super) fn with_pieces<const COLUMNS: usize, L>(
    columns: [Column; COLUMNS],
    rows: &[Row<COLUMNS>],
    limit: Option<usize>,
    line: impl Fn(&[Piece<'_>]) -> L,
) -> Vec<L> {
    let head = Row { cells: columns.map(|column| column.title.into()), behind: Cell::default() };
    let rows: Vec<&Row<COLUMNS>> = std::iter::once(&head).chain(rows).collect();
    let mut shown: Vec<Shown> = columns
        .into_iter()
        .enumerate()
        .map(|(index, column)| {
            let cells = rows.iter().filter_map(|row| row.cells.get(index));
            Shown { index, column, width: cells.map(|cell| cell.text.width()).max().unwrap_or(0) }
        })
        .filter(|shown: &Shown| shown.width > 0)
        .collect();
    if let Some(limit) = limit {
        fit(&mut shown, limit);
    }
    rows.into_iter().map(|row| line(&pieces(row, &shown, limit))).collect()
}

/// A column that is shown.
struct Shown {
    index: usize,
    column: Column,
    width: usize,
}

fn total(shown: &[Shown]) -> usize {
    let gaps = shown.len().saturating_sub(1) * GAP.len();
    shown.iter().map(|column| column.width).sum::<usize>() + gaps
}

fn fit(shown: &mut Vec<Shown>, limit: usize) {
    while total(shown) > limit {
        let spared = shown.iter().map(|shown| shown.column.spare).max().filter(|spare| *spare > 0);
        if let Some(spare) = spared {
            shown.retain(|shown| shown.column.spare != spare);
            continue;
        }
        let excess = total(shown) - limit;
        let left = shown.iter_mut().filter(|shown| shown.column.side == Side::Left);
        let Some(widest) = left.max_by_key(|shown| shown.width) else { return };
        let width = widest.width.saturating_sub(excess).max(LEAST);
        if width >= widest.width {
            // The terminal is too narrow for any table.
            return;
        }
        widest.width = width;
    }
}

fn pieces<'t, const COLUMNS: usize>(
    row: &'t Row<COLUMNS>,
    shown: &[Shown],
    limit: Option<usize>,
) -> Vec<Piece<'t>> {
    let piece = |text: Cow<'t, str>, style| Piece { text, style, links: &[] };
    let blank = |width: usize| piece(" ".repeat(width).into(), Style::new());
    let mut pieces = Vec::new();
    // A gap is written before what follows it, so that no line ends with one.
    let mut gap = 0;
    for Shown { index, column, width } in shown {
        let Some(Cell { text, style, .. }) = row.cells.get(*index) else { continue };
        let text = cut(text, *width);
        let room = width - text.width();
        let (before, behind) = if column.side == Side::Left { (0, room) } else { (room, 0) };
        if text.is_empty() {
            gap += width + GAP.len();
            continue;
        }
        if gap + before > 0 {
            pieces.push(blank(gap + before));
        }
        pieces.push(piece(text, *style));
        gap = behind + GAP.len();
    }
    let room = limit.map_or(usize::MAX, |limit| limit.saturating_sub(total(shown) + GAP.len()));
    if !row.behind.text.is_empty() && room >= LEAST {
        pieces.push(blank(gap));
        let text = cut(&row.behind.text, room);
        pieces.push(Piece { text, style: row.behind.style, links: &row.behind.links });
    }
    pieces
}

/// A text with the links in it that are not cut, as terminals take them: `OSC 8 ; ; URL ST`, the text, and
/// the same without a URL.
fn linked(text: &str, links: &[(Range<usize>, String)]) -> String {
    let (mut marked, mut end) = (String::with_capacity(text.len()), 0);
    for (range, target) in links {
        let Some(piece) = text.get(range.clone()).filter(|piece| piece == target) else { break };
        marked.push_str(text.get(end..range.start).unwrap_or_default());
        let _ = write!(marked, "\x1b]8;;{target}\x1b\\{piece}\x1b]8;;\x1b\\");
        end = range.end;
    }
    marked + text.get(end..).unwrap_or_default()
}

/// A text that is no wider than this; what is missing at its end is an ellipsis.
pub(super) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut taken = 1;
    for character in text.chars() {
        taken += character.width().unwrap_or(0);
        if taken > width {
            break;
        }
        kept.push(character);
    }
    if width > 0 {
        kept.push('…');
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column { title: "unit", side: Side::Left, spare: 0 },
        Column { title: "pid", side: Side::Right, spare: 1 },
        Column { title: "state", side: Side::Left, spare: 0 },
    ];

    fn row(cells: [&str; 3], behind: &str) -> Row<3> {
        Row { cells: cells.map(Cell::from), behind: behind.into() }
    }

    fn shown(limit: Option<usize>) -> Vec<String> {
        let rows =
            [row(["duck", "", "1/1 online"], "Reads and talks"), row(["  cephalon", "7", ""], "")];
        lines(COLUMNS, &rows, limit)
    }

    #[test]
    fn what_has_room_is_shown_whole() {
        let whole = [
            "unit        pid  state",
            "duck             1/1 online  Reads and talks",
            "  cephalon    7",
        ];
        assert_eq!(shown(None), whole);
        assert_eq!(shown(Some(44)), whole);
    }

    #[test]
    fn the_text_behind_is_cut_first_then_columns_go_then_the_widest_is_cut() {
        let second = |limit| shown(Some(limit))[1].clone();
        assert_eq!(second(40), "duck             1/1 online  Reads and …");
        // Seven are too few for a text.
        assert_eq!(second(36), "duck             1/1 online");
        assert_eq!(second(27), "duck             1/1 online");
        assert_eq!(second(26), "duck        1/1 online");
        assert_eq!(shown(Some(20))[1..], ["duck        1/1 onl…", "  cephalon"]);
        for limit in 18..50 {
            let fits = |line: &String| line.width() <= limit;
            assert!(shown(Some(limit)).iter().all(fits), "{limit}: {:?}", shown(Some(limit)));
        }
    }

    #[test]
    fn the_width_is_that_of_what_is_shown() {
        let rows = [row(["a\u{1b}[31m\n", "1", "x"], ""), row(["b", "\u{202e}", "y"], "\r")];
        assert_eq!(
            lines(COLUMNS, &rows, None)[1..],
            ["a\\u{1b}[31m\\n         1  x", "b              \\u{202e}  y      \\r"]
        );
    }

    #[test]
    fn a_link_leads_where_its_text_says_unless_it_is_cut() {
        let cell = Cell::default().and_link("http://a:1").and("metrics").and_link("http://a:2");
        let row = Row { behind: cell, ..row(["a", "1", "x"], "") };
        let shown = |limit| lines(COLUMNS, std::slice::from_ref(&row), limit)[1].clone();
        let link = |url: &str| format!("\x1b]8;;{url}\x1b\\{url}\x1b]8;;\x1b\\");
        let (one, two) = (link("http://a:1"), link("http://a:2"));
        assert_eq!(shown(None), format!("a       1  x      {one} metrics {two}"));
        let cut = shown(Some(40));
        assert_eq!(cut, format!("a       1  x      {one} metrics ht…"));
        let plain = anstream::adapter::strip_str(&shown(None)).to_string();
        assert_eq!(plain, "a       1  x      http://a:1 metrics http://a:2");
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 0), "");
    }
}
