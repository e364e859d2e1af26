//! What stands between two braces, as statements.

use super::pieces::{Comment, Kind, Piece};

/// Something that stands on lines of its own.
#[derive(Debug)]
pub(super) enum Item<'p, 't> {
    /// A comment.
    Comment(Comment<'t>),
    /// `/// …`
    Doc { text: &'t str, lines: usize },
    /// A statement.
    Statement(Statement<'p, 't>),
}

/// A statement.
#[derive(Debug)]
pub(super) struct Statement<'p, 't> {
    /// How many lines end before it.
    pub(super) lines: usize,
    /// Its pieces before its block, the `;` included.
    pub(super) head: &'p [Piece<'t>],
    /// The comments between those and its block.
    pub(super) before_block: &'p [Comment<'t>],
    /// What stands between its braces.
    pub(super) block: Option<Block<'p, 't>>,
    /// The comment behind it on its line.
    pub(super) trailing: Option<Comment<'t>>,
}

/// What stands between two braces.
#[derive(Debug)]
pub(super) struct Block<'p, 't> {
    pub(super) items: Vec<Item<'p, 't>>,
    /// Whether it was written on one line.
    pub(super) is_line: bool,
}

impl<'p, 't> Block<'p, 't> {
    /// The block whose first piece stands behind its opening brace, and how many pieces it has,
    /// with its closing one.
    pub(super) fn read(pieces: &'p [Piece<'t>]) -> (Block<'p, 't>, usize) {
        let mut items: Vec<Item<'p, 't>> = Vec::new();
        let mut is_line = true;
        let mut next = 0;
        while let Some(piece) = pieces.get(next) {
            is_line &= piece.lines == 0 && piece.comments.is_empty();
            let mut comments = piece.comments.as_slice();
            // What stands behind a statement on its line belongs to it.
            if let (Some(Item::Statement(statement)), [first, rest @ ..]) =
                (items.last_mut(), comments)
                && first.lines == 0
            {
                statement.trailing = Some(*first);
                comments = rest;
            }
            items.extend(comments.iter().copied().map(Item::Comment));
            match piece.kind {
                Kind::Close => return (Block { items, is_line }, next + 1),
                Kind::Doc => {
                    items.push(Item::Doc { text: piece.text, lines: piece.lines });
                    is_line = false;
                    next += 1;
                }
                _ => {
                    let (statement, length) =
                        Statement::read(pieces.get(next..).unwrap_or_default());
                    is_line &= statement.is_line();
                    items.push(Item::Statement(statement));
                    next += length;
                }
            }
        }
        (Block { items, is_line }, next)
    }
}

impl<'p, 't> Statement<'p, 't> {
    /// The statement that some pieces begin with, and how many it has.
    fn read(pieces: &'p [Piece<'t>]) -> (Statement<'p, 't>, usize) {
        let lines = pieces.first().map_or(0, |piece| piece.lines);
        let end = pieces
            .iter()
            .position(|piece| matches!(piece.kind, Kind::Open | Kind::Close) || piece.text == ";");
        let end = end.unwrap_or(pieces.len());
        let statement = |head, before_block: &'p [Comment<'t>], block| Statement {
            lines,
            head,
            before_block,
            block,
            trailing: None,
        };
        let head = pieces.get(..end).unwrap_or_default();
        match pieces.get(end) {
            Some(piece) if piece.kind == Kind::Open => {
                let (block, length) = Block::read(pieces.get(end + 1..).unwrap_or_default());
                (statement(head, &piece.comments, Some(block)), end + 1 + length)
            }
            Some(piece) if piece.text == ";" => {
                (statement(pieces.get(..=end).unwrap_or_default(), &[], None), end + 1)
            }
            // A last statement without an end.
            _ => (statement(head, &[], None), end),
        }
    }

    /// Whether it was written on one line.
    fn is_line(&self) -> bool {
        let inside = self.head.iter().skip(1);
        inside.clone().all(|piece| piece.lines == 0 && piece.comments.is_empty())
            && self.before_block.is_empty()
            && self.block.as_ref().is_none_or(|block| block.is_line)
            && self.head.iter().all(|piece| !piece.text.contains('\n'))
    }
}
