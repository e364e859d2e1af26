//! The handle: what `ecosystem! { … }` is at run time.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use crate::declaration::{Declaration, decode};

/// An ecosystem: a declaration, the ecosystems it refers to and its Rust expressions.
///
/// `ecosystem! { … }` expands to one; [`Ecosystem::from_declaration`] makes one at run time.
pub struct Ecosystem {
    source: Contents,
    directory: Cow<'static, str>,
    package: &'static str,
    place: Location,
    item: &'static str,
    links: &'static [Link],
    expressions: &'static [fn() -> String],
}

/// Where an ecosystem's declaration is.
enum Contents {
    /// What the macro wrote: one JSON text, decoded on first use.
    Literal {
        json: &'static str,
        decoded: &'static OnceLock<Declaration>,
        id: u64,
        signature: &'static [u8],
    },
    /// What a program built.
    Built(Box<Declaration>),
}

/// The place of an `ecosystem!` in its crate, which tells one ecosystem from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// The source file, as rustc names it.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1.
    pub column: u32,
}

/// Another ecosystem that one refers to.
#[derive(Debug)]
pub struct Link {
    /// The path as it is written, without spaces: `infra::INFRA`.
    pub path: &'static str,
    /// The static the path leads to.
    pub ecosystem: &'static Ecosystem,
}

/// What the macro hands over; no part of the public interface.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Literal {
    pub json: &'static str,
    pub id: u64,
    pub signature: &'static [u8],
    pub decoded: &'static OnceLock<Declaration>,
    pub directory: &'static str,
    pub package: &'static str,
    pub place: Location,
    pub item: &'static str,
    pub links: &'static [Link],
    pub expressions: &'static [fn() -> String],
}

impl Ecosystem {
    #[doc(hidden)]
    #[must_use]
    pub const fn from_literal(literal: Literal) -> Ecosystem {
        let Literal { json, id, signature, decoded, directory, package, place, .. } = literal;
        let Literal { item, links, expressions, .. } = literal;
        Ecosystem {
            source: Contents::Literal { json, decoded, id, signature },
            directory: Cow::Borrowed(directory),
            package,
            place,
            item,
            links,
            expressions,
        }
    }

    /// What the macro wrote of it for other ecosystems: its id and its signature.
    pub(crate) const fn signature(&self) -> Option<(u64, &'static [u8])> {
        match &self.source {
            Contents::Literal { id, signature, .. } => Some((*id, signature)),
            Contents::Built(_) => None,
        }
    }

    /// Whether it is known, without a look into it, to refer to no other ecosystem: the macro has
    /// linked every path.
    pub(crate) fn has_no_paths(&self) -> bool {
        self.signature().is_some() && self.links.is_empty()
    }

    pub(crate) const fn links(&self) -> &'static [Link] {
        self.links
    }

    /// An ecosystem out of a declaration that was built or read at run time.
    ///
    /// `directory` is what its `root` is relative to. Such a declaration has no expressions, and
    /// the ecosystems it refers to are those of `links`.
    #[must_use]
    pub fn from_declaration(
        declaration: Declaration,
        directory: impl Into<Cow<'static, str>>,
        links: &'static [Link],
    ) -> Ecosystem {
        Ecosystem {
            source: Contents::Built(Box::new(declaration)),
            directory: directory.into(),
            package: "",
            place: Location { file: "", line: 0, column: 0 },
            item: "",
            links,
            expressions: &[],
        }
    }

    /// The declaration.
    ///
    /// # Panics
    ///
    /// When the macro and this crate are of different versions, which Cargo does not allow: the
    /// two require each other's exact version.
    #[must_use]
    pub fn declaration(&self) -> &Declaration {
        match &self.source {
            Contents::Literal { json, decoded, .. } => decoded.get_or_init(|| {
                decode(json)
                    .expect("the macro wrote a declaration of this version of promethean-core")
            }),
            Contents::Built(declaration) => declaration,
        }
    }

    /// The absolute path that `root` is relative to: the directory of the crate that declares it.
    #[must_use]
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// The name of the package that declares it; empty of one that a program built.
    #[must_use]
    pub fn package(&self) -> &str {
        self.package
    }

    /// Where it is in its crate.
    #[must_use]
    pub fn place(&self) -> Location {
        self.place
    }

    /// The name of the `static` that it is the value of. With the file it tells one ecosystem from
    /// all others of its crate, also when lines move. `None` where the file does not say it, or says
    /// it more than once.
    #[must_use]
    pub fn item(&self) -> Option<&'static str> {
        Some(self.item).filter(|item| !item.is_empty())
    }

    /// The ecosystem that a path of the declaration leads to.
    #[must_use]
    pub fn linked(&self, path: &str) -> Option<&'static Ecosystem> {
        self.links.iter().find(|link| link.path == path).map(|link| link.ecosystem)
    }

    /// What an expression of the declaration gives now; `None` for one that it does not have.
    #[must_use]
    pub fn evaluate(&self, expression: usize) -> Option<String> {
        self.expressions.get(expression).map(|evaluate| evaluate())
    }

    /// Whether the two are one and the same ecosystem.
    ///
    /// A `const` has no address of its own, so the place decides, and the text where a macro of the
    /// user's own put several ecosystems in one place.
    #[must_use]
    pub fn is(&self, other: &Ecosystem) -> bool {
        match (&self.source, &other.source) {
            (Contents::Literal { json: own, .. }, Contents::Literal { json: others, .. }) => {
                self.directory == other.directory && self.place == other.place && own == others
            }
            (Contents::Built(_), _) | (_, Contents::Built(_)) => std::ptr::eq(self, other),
        }
    }

    /// What to call it: its name, or the place where it is declared.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.declaration().name {
            Some(name) => name.to_string(),
            None => place_title(self.place.file, self.place.line),
        }
    }

    /// What to call it in a sentence.
    pub(crate) fn quoted_title(&self) -> String {
        quoted_title(self.declaration(), self.place.file, self.place.line)
    }
}

/// What to call an ecosystem in a sentence: its name in quotes, or the place where it is declared.
#[must_use]
pub fn quoted_title(declaration: &Declaration, file: &str, line: impl fmt::Display) -> String {
    match &declaration.name {
        Some(name) => format!("`{}`", name.value),
        None => place_title(file, line),
    }
}

fn place_title(file: &str, line: impl fmt::Display) -> String {
    match file {
        "" => "the ecosystem".to_owned(),
        file => format!("the ecosystem at {file}:{line}"),
    }
}

/// Names the ecosystem; its values stay out of logs.
impl fmt::Debug for Ecosystem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ecosystem").field("title", &self.title()).finish_non_exhaustive()
    }
}
