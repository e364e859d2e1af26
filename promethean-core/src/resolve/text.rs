//! Filling in the placeholders of a service's texts.

use std::cell::{RefCell, RefMut};

use camino::Utf8Path;
use smol_str::SmolStr;

use super::endpoints::{Endpoints, Reader};
use crate::app::{SourcePiece, SourceText, Sources, Variable};
use crate::problem::Fault;
use crate::text::{Piece, Placeholder, each_piece, is_plain};

/// What the placeholders stand for in one service.
pub(super) struct Filling<'s, 'a> {
    /// Where texts are put together; long ones are copied from here once.
    pub(super) buffer: &'s RefCell<String>,
    pub(super) name: &'s SmolStr,
    pub(super) agent: Option<&'s str>,
    pub(super) root: &'s SmolStr,
    pub(super) directory: &'s Utf8Path,
    /// Where units listen.
    pub(super) endpoints: &'s Endpoints<'s, 'a>,
    /// Who asks for them.
    pub(super) reader: Reader,
}

/// A text that is taken apart once and filled in for many services.
pub(super) enum Text<'a> {
    /// There is nothing to fill in.
    Plain(&'a SmolStr),
    /// What it consists of.
    Pieces(Vec<Piece<'a>>),
}

impl<'a> Text<'a> {
    pub(super) fn of(text: &'a SmolStr) -> Result<Text<'a>, Fault> {
        if is_plain(text) {
            return Ok(Text::Plain(text));
        }
        let mut pieces = Vec::new();
        each_piece(text, |piece| {
            pieces.push(piece);
            Ok::<(), Fault>(())
        })?;
        Ok(Text::Pieces(pieces))
    }
}

impl Filling<'_, '_> {
    /// A text that ends up in a file or a process list.
    pub(super) fn text(&self, text: &SmolStr) -> Result<SmolStr, Fault> {
        outside(self.variable(text)?)
    }

    /// The same of a text that has been taken apart.
    pub(super) fn known_text(&self, text: &Text<'_>) -> Result<SmolStr, Fault> {
        match text {
            Text::Plain(text) => Ok((*text).clone()),
            Text::Pieces(pieces) => outside(self.known_variable(pieces)?),
        }
    }

    /// A glob: its braces are its own, except those of a placeholder.
    pub(super) fn glob(&self, glob: &str) -> SmolStr {
        if !glob.contains('{') {
            return glob.into();
        }
        let placeholders = [
            ("{name}", Some(self.name.as_str())),
            ("{agent}", self.agent),
            ("{root}", Some(self.root.as_str())),
            ("{dir}", Some(self.directory.as_str())),
        ];
        let known = placeholders.into_iter().filter_map(|(name, value)| Some((name, value?)));
        known.fold(glob.to_owned(), |glob, (name, value)| glob.replace(name, value)).into()
    }

    /// A text of the environment, in which secrets and inherited variables can be.
    pub(super) fn variable(&self, text: &SmolStr) -> Result<Variable, Fault> {
        if is_plain(text) {
            return Ok(Variable::Plain(text.clone()));
        }
        match text.as_str() {
            "{name}" => return Ok(Variable::Plain(self.name.clone())),
            "{root}" => return Ok(Variable::Plain(self.root.clone())),
            _ => {}
        }
        let mut filled = Filled::begin(self.buffer);
        each_piece(text, |piece| filled.add(self, piece))?;
        Ok(filled.end())
    }

    /// The same of a text that has been taken apart.
    pub(super) fn known_variable(&self, pieces: &[Piece<'_>]) -> Result<Variable, Fault> {
        match pieces {
            [Piece::Placeholder(Placeholder::Name)] => Ok(Variable::Plain(self.name.clone())),
            [Piece::Placeholder(Placeholder::Root)] => Ok(Variable::Plain(self.root.clone())),
            pieces => {
                let mut filled = Filled::begin(self.buffer);
                pieces.iter().try_for_each(|piece| filled.add(self, *piece))?;
                Ok(filled.end())
            }
        }
    }
}

/// A text that no secret and no inherited variable is in.
fn outside(filled: Variable) -> Result<SmolStr, Fault> {
    match filled {
        Variable::Plain(text) => Ok(text),
        read if read.reads_secrets() => Err(Fault::SecretPlaceholderOutside),
        Variable::Read(_) => Err(Fault::InheritPlaceholderOutside),
    }
}

/// A text that is being filled in.
struct Filled<'b> {
    pieces: Vec<SourcePiece>,
    /// What has been written since the last piece.
    literal: RefMut<'b, String>,
}

impl<'b> Filled<'b> {
    fn begin(buffer: &'b RefCell<String>) -> Filled<'b> {
        let mut literal = buffer.borrow_mut();
        literal.clear();
        Filled { pieces: Vec::new(), literal }
    }

    fn add(&mut self, filling: &Filling<'_, '_>, piece: Piece<'_>) -> Result<(), Fault> {
        self.literal.push_str(match piece {
            Piece::Literal(characters) => characters,
            Piece::Placeholder(Placeholder::Name) => filling.name,
            Piece::Placeholder(Placeholder::Agent) => {
                filling.agent.ok_or(Fault::AgentPlaceholderOutside)?
            }
            Piece::Placeholder(Placeholder::Root) => filling.root.as_str(),
            Piece::Placeholder(Placeholder::Directory) => filling.directory.as_str(),
            Piece::Placeholder(Placeholder::Endpoint(part, target)) => {
                let value = filling.endpoints.part(filling.reader, part, target)?;
                self.literal.push_str(&value);
                return Ok(());
            }
            Piece::Placeholder(Placeholder::Secret(name)) => {
                self.end_literal();
                self.pieces.push(SourcePiece::Secret(name.into()));
                return Ok(());
            }
            Piece::Placeholder(Placeholder::Inherit(name)) => {
                self.end_literal();
                self.pieces.push(SourcePiece::Inherited(name.into()));
                return Ok(());
            }
        });
        Ok(())
    }

    fn end(mut self) -> Variable {
        if self.pieces.is_empty() {
            return Variable::Plain(SmolStr::new(&*self.literal));
        }
        self.end_literal();
        let in_order = vec![SourceText(self.pieces)];
        Variable::Read(Sources { in_order, or_unset: false })
    }

    /// Adds what has been written since the last piece, if that is anything.
    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.pieces.push(SourcePiece::Literal(SmolStr::new(&*self.literal)));
            self.literal.clear();
        }
    }
}
