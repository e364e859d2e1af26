//! Diagnostics: what is wrong, where, and what to do about it. They are data until they are printed.

use std::fmt;

use smol_str::SmolStr;

use crate::foreign::{Foreign, Lines};

/// The text before a help, where diagnostics are printed.
pub const HELP: &str = "\n  help: ";

/// The path to a piece of a declaration or of a system, segment by segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ItemPath(Vec<SmolStr>);

impl ItemPath {
    /// A path of these segments; empty ones are left out.
    pub fn new<S: Into<SmolStr>>(segments: impl IntoIterator<Item = S>) -> ItemPath {
        let segments = segments.into_iter().map(Into::into);
        ItemPath(segments.filter(|segment| !segment.is_empty()).collect())
    }

    /// Its segments.
    #[must_use]
    pub fn segments(&self) -> &[SmolStr] {
        &self.0
    }

    /// Whether it has no segments.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The segments after these; `None` where it does not begin with them.
    #[must_use]
    pub fn after(&self, first: &[&str]) -> Option<&[SmolStr]> {
        let (own, rest) = self.0.split_at_checked(first.len())?;
        own.iter().eq(first).then_some(rest)
    }
}

impl<S: Into<SmolStr>, const COUNT: usize> From<[S; COUNT]> for ItemPath {
    fn from(segments: [S; COUNT]) -> ItemPath {
        ItemPath::new(segments)
    }
}

impl From<&str> for ItemPath {
    fn from(segment: &str) -> ItemPath {
        ItemPath::new([segment])
    }
}

impl From<String> for ItemPath {
    fn from(segment: String) -> ItemPath {
        ItemPath::new([segment])
    }
}

/// `duck › voice › restart_delay`
impl fmt::Display for ItemPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            let before = if index == 0 { "" } else { " › " };
            write!(formatter, "{before}{segment}")?;
        }
        Ok(())
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where; empty where the message says it.
    pub path: ItemPath,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without a path and without help.
    pub fn new(message: impl Into<String>) -> Diagnostic {
        Diagnostic { message: message.into(), ..Diagnostic::default() }
    }

    /// The same at a path.
    #[must_use]
    pub fn at(self, path: impl Into<ItemPath>) -> Diagnostic {
        Diagnostic { path: path.into(), ..self }
    }

    /// The same with help.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Diagnostic {
        Diagnostic { help: Some(help.into()), ..self }
    }

    /// The same as a person may see it, whatever it holds: see [`crate::foreign`].
    #[must_use]
    pub fn printable(&self) -> Diagnostic {
        let Diagnostic { path, message, help } = self;
        Diagnostic {
            path: ItemPath::new(path.segments().iter().map(|segment| Foreign(segment).to_string())),
            message: Lines(message).to_string(),
            help: help.as_ref().map(|help| Lines(help).to_string()),
        }
    }

    /// Writes several, each on lines of its own.
    ///
    /// # Errors
    ///
    /// Those of the formatter.
    pub fn write_all<'d>(
        diagnostics: impl IntoIterator<Item = &'d Diagnostic>,
        formatter: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        for (index, diagnostic) in diagnostics.into_iter().enumerate() {
            let before = if index == 0 { "" } else { "\n" };
            write!(formatter, "{before}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// The path and the message, and the help on a line of its own.
impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        formatter.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(formatter, "{HELP}{help}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, ItemPath};

    #[test]
    fn a_diagnostic_is_printed_with_its_path_and_its_help() {
        let diagnostic = Diagnostic::new("unknown attribute `wacth`");
        assert_eq!(diagnostic.to_string(), "unknown attribute `wacth`");
        let diagnostic = diagnostic.at(["duck", "", "wacth"]).help("did you mean `watch`?");
        assert_eq!(
            diagnostic.to_string(),
            "duck › wacth: unknown attribute `wacth`\n  help: did you mean `watch`?"
        );
    }

    #[test]
    fn a_path_is_taken_apart_by_its_segments() {
        // A name may hold what separates segments in print.
        let path = ItemPath::new(["duck › voice", "env_file"]);
        assert_eq!(path.after(&["duck"]), None);
        assert_eq!(path.after(&["duck › voice"]), Some(["env_file".into()].as_slice()));
        assert_eq!(path.after(&["duck › voice", "env_file", "more"]), None);
    }
}
