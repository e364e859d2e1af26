//! Filling in the placeholders of a service's texts.

use std::cell::RefCell;

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

impl Filling<'_, '_> {
    /// A text that ends up in a file or a process list.
    pub(super) fn text(&self, text: &SmolStr) -> Result<SmolStr, Fault> {
        match self.variable(text)? {
            Variable::Plain(text) => Ok(text),
            read if read.reads_secrets() => Err(Fault::SecretPlaceholderOutside),
            Variable::Read(_) => Err(Fault::InheritPlaceholderOutside),
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
        let mut pieces: Vec<SourcePiece> = Vec::new();
        let mut literal = self.buffer.borrow_mut();
        literal.clear();
        each_piece(text, |piece| {
            literal.push_str(match piece {
                Piece::Literal(characters) => characters,
                Piece::Placeholder(Placeholder::Name) => self.name,
                Piece::Placeholder(Placeholder::Agent) => {
                    self.agent.ok_or(Fault::AgentPlaceholderOutside)?
                }
                Piece::Placeholder(Placeholder::Root) => self.root.as_str(),
                Piece::Placeholder(Placeholder::Directory) => self.directory.as_str(),
                Piece::Placeholder(Placeholder::Endpoint(part, target)) => {
                    literal.push_str(&self.endpoints.part(self.reader, part, target)?);
                    return Ok(());
                }
                Piece::Placeholder(Placeholder::Secret(name)) => {
                    end_literal(&mut pieces, &mut literal);
                    pieces.push(SourcePiece::Secret(name.into()));
                    return Ok(());
                }
                Piece::Placeholder(Placeholder::Inherit(name)) => {
                    end_literal(&mut pieces, &mut literal);
                    pieces.push(SourcePiece::Inherited(name.into()));
                    return Ok(());
                }
            });
            Ok::<(), Fault>(())
        })?;
        if pieces.is_empty() {
            return Ok(Variable::Plain(SmolStr::new(&*literal)));
        }
        end_literal(&mut pieces, &mut literal);
        Ok(Variable::Read(Sources { in_order: vec![SourceText(pieces)], or_unset: false }))
    }
}

/// Adds what has been written since the last piece, if that is anything.
fn end_literal(pieces: &mut Vec<SourcePiece>, literal: &mut String) {
    if !literal.is_empty() {
        pieces.push(SourcePiece::Literal(SmolStr::new(&*literal)));
        literal.clear();
    }
}
