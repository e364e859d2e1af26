//! Statements as text.

use promethean_core::declaration::Condition;
use promethean_core::kind::{Purpose, RESTARTS};

use super::pieces::{Comment, Kind, Piece, Pieces};
use super::statements::{Block, Item, Statement};

/// The widest line, in characters.
const WIDTH: usize = 100;

const STEP: &str = "    ";

/// Writes an ecosystem that begins in a column of a line with this indentation.
pub(super) fn ecosystem(pieces: &Pieces<'_>, indent: &str, column: usize, newline: &str) -> String {
    let open = pieces.list.first().map_or("{", |piece| piece.text);
    let close = pieces.list.last().map_or("}", |piece| piece.text);
    let (block, _) = Block::read(pieces.list.get(1..).unwrap_or_default());
    // A space stands before a brace, and none before other brackets.
    let text = braces(&block, indent, column + 1, (open, close));
    if newline == "\n" { text } else { text.replace("\r\n", "\n").replace('\n', newline) }
}

/// Writes a block with its brackets: on its line where it was written on one and fits.
fn braces(
    block: &Block<'_, '_>,
    indent: &str,
    column: usize,
    (open, close): (&str, &str),
) -> String {
    if block.items.is_empty() {
        return format!("{open}{close}");
    }
    if block.is_line {
        let inside: Option<Vec<String>> = block.items.iter().map(on_a_line).collect();
        let line = inside.map(|inside| format!("{open} {} {close}", inside.join(" ")));
        // Behind the ecosystem stands a semicolon.
        if let Some(line) = line.filter(|line| column + line.chars().count() < WIDTH) {
            return line;
        }
    }
    let deeper = format!("{indent}{STEP}");
    let mut text = format!("{open}\n");
    for (position, item) in block.items.iter().enumerate() {
        if position > 0 && lines_before(item) > 1 {
            text.push('\n');
        }
        text.push_str(&written(item, &deeper));
        text.push('\n');
    }
    text.push_str(indent);
    text.push_str(close);
    text
}

/// An item of a block that stays on one line; `None` where it cannot.
fn on_a_line(item: &Item<'_, '_>) -> Option<String> {
    let Item::Statement(statement) = item else { return None };
    if !statement.before_block.is_empty() {
        return None;
    }
    let head = spaced(statement.head);
    Some(match &statement.block {
        None => head,
        Some(block) => {
            let inside: Option<Vec<String>> = block.items.iter().map(on_a_line).collect();
            match inside?.join(" ") {
                empty if empty.is_empty() => format!("{head} {{}}"),
                inside => format!("{head} {{ {inside} }}"),
            }
        }
    })
}

fn lines_before(item: &Item<'_, '_>) -> usize {
    match item {
        Item::Comment(comment) => comment.lines,
        Item::Doc { lines, .. } => *lines,
        Item::Statement(statement) => statement.lines,
    }
}

/// An item on lines of its own.
fn written(item: &Item<'_, '_>, indent: &str) -> String {
    match item {
        Item::Comment(comment) => format!("{indent}{}", comment.text),
        Item::Doc { text, .. } => format!("{indent}{}", text.trim_end()),
        Item::Statement(statement) => {
            let mut text = format!("{indent}{}", statement_text(statement, indent));
            if let Some(comment) = &statement.trailing {
                text.push(' ');
                text.push_str(comment.text);
            }
            text
        }
    }
}

fn statement_text(statement: &Statement<'_, '_>, indent: &str) -> String {
    let has_comments = statement.head.iter().skip(1).any(|piece| !piece.comments.is_empty());
    let head = match has_comments {
        true => commented(statement.head, indent),
        false => spaced(statement.head),
    };
    let Some(block) = &statement.block else {
        let width = indent.chars().count() + head.chars().count();
        return match width > WIDTH && !has_comments && !head.contains('\n') {
            true => broken(statement.head, indent),
            false => head,
        };
    };
    let mut head = head;
    for comment in statement.before_block {
        head.push_str(&before_comment(comment, indent));
        head.push_str(comment.text);
    }
    // A comment to the end of the line would take the brace.
    let ends_line = statement.before_block.last().is_some_and(|last| last.text.starts_with("//"));
    let space = match head.is_empty() {
        true => String::new(),
        false if ends_line => format!("\n{indent}"),
        false => " ".to_owned(),
    };
    let line = format!("{head}{space}");
    let last = line.rsplit('\n').next().unwrap_or_default().chars().count();
    let column = if line.contains('\n') { last } else { indent.chars().count() + last };
    format!("{line}{}", braces(block, indent, column, ("{", "}")))
}

/// The pieces of a statement on one line.
fn spaced(pieces: &[Piece<'_>]) -> String {
    on_one_line(pieces, false)
}

/// The same; `in_value` of the pieces behind the `=` of a variable.
fn on_one_line(pieces: &[Piece<'_>], in_value: bool) -> String {
    let mut text = String::new();
    for (position, piece) in pieces.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|before| pieces.get(before));
        // `url proxx:metrics`
        let in_value = in_value || pieces.iter().take(position).any(|piece| piece.text == "=");
        let joined = in_value && before.is_some_and(|before| before.text == ":");
        if !joined && before.is_some_and(|before| is_apart(before, piece, pieces, position)) {
            text.push(' ');
        }
        match awaited(piece) {
            Some(awaited) => text.push_str(&awaited),
            None => text.push_str(piece.text),
        }
    }
    text
}

/// Whether a space stands between two pieces: as in the house's examples where the language says
/// nothing else, and otherwise as it was written, for `a-b` and `a - b` are not the same.
fn is_apart(before: &Piece<'_>, piece: &Piece<'_>, all: &[Piece<'_>], position: usize) -> bool {
    let colons =
        |at: Option<usize>| at.and_then(|at| all.get(at)).is_some_and(|piece| piece.text == ":");
    // `::` comes as two colons.
    let in_path = piece.text == ":" && (colons(position.checked_add(1)) || before.text == ":")
        || before.text == ":" && colons(position.checked_sub(2));
    match (before.text, piece.text) {
        _ if in_path => false,
        (_, ";" | "," | ":" | ".") | (".", _) => false,
        ("," | ":" | "=", _) | (_, "=") => true,
        _ if awaited(piece).is_some() => false,
        _ => !piece.touches || piece.kind == Kind::Closed && before.kind == Kind::Token,
    }
}

/// What follows a dependency: `(completed)`, `(ready, timeout 30s)`.
pub(super) fn awaited(piece: &Piece<'_>) -> Option<String> {
    let inside = piece.text.strip_prefix('(').and_then(|text| text.strip_suffix(')'))?;
    if piece.kind != Kind::Closed || inside.contains(['(', '/', '"']) {
        return None;
    }
    let parts = inside.split(',').map(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        let is_awaited = match words.as_slice() {
            [word] => Condition::from_word(word).is_some() || *word == RESTARTS,
            ["timeout", _] => true,
            _ => false,
        };
        is_awaited.then(|| words.join(" "))
    });
    let parts: Option<Vec<String>> = parts.collect();
    parts.map(|parts| format!("({})", parts.join(", ")))
}

/// A statement that is too wide: a line for each value behind a comma, and for each source of a
/// variable. What has one value stays as it is.
fn broken(pieces: &[Piece<'_>], indent: &str) -> String {
    // `ready exec` is one head.
    let is_probe = pieces.first().is_some_and(|key| Purpose::from_word(key.text).is_some());
    let Some((head, values)) = pieces.split_at_checked(if is_probe { 2 } else { 1 }) else {
        return spaced(pieces);
    };
    let key = spaced(head);
    let separator = format!("\n{indent}{STEP}");
    if let [equals, sources @ ..] = values
        && equals.text == "="
    {
        let mut lines: Vec<String> = Vec::new();
        let mut first = 0;
        for (position, piece) in sources.iter().enumerate().skip(1) {
            if piece.text == "or" {
                lines.extend(sources.get(first..position).map(|source| on_one_line(source, true)));
                first = position;
            }
        }
        lines.extend(sources.get(first..).map(|source| on_one_line(source, true)));
        return format!("{key} = {}", lines.join(&separator));
    }
    if values.iter().all(|piece| piece.text != ",") {
        return spaced(pieces);
    }
    let values = values.split_inclusive(|piece| piece.text == ",").map(spaced);
    let lines: Vec<String> = std::iter::once(key).chain(values).collect();
    lines.join(&separator)
}

/// The white space before a comment within a statement.
fn before_comment(comment: &Comment<'_>, indent: &str) -> String {
    if comment.lines > 0 { format!("\n{indent}{STEP}") } else { " ".to_owned() }
}

/// A statement with comments in it: each stays behind what it stands behind.
fn commented(pieces: &[Piece<'_>], indent: &str) -> String {
    let mut text = String::new();
    for (position, piece) in pieces.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|before| pieces.get(before));
        let mut on_new_line = false;
        for comment in piece.comments.iter().filter(|_| position > 0) {
            text.push_str(&before_comment(comment, indent));
            text.push_str(comment.text);
            on_new_line = comment.text.starts_with("//") || piece.lines > 0;
        }
        match before {
            Some(_) if on_new_line => text.extend(["\n", indent, STEP]),
            Some(before) if is_apart(before, piece, pieces, position) => text.push(' '),
            _ => {}
        }
        text.push_str(piece.text);
    }
    text
}
