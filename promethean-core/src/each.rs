//! `include each "services/*/ecosystem.rs";`: the files that a pattern matches, each a module with an
//! ecosystem in it.
//!
//! The macro looks for the files when it runs, and keeps what it found in the declaration.

use std::fmt::{self, Write as _};
use std::path::{Component, Path};

use glob::{MatchOptions, Pattern};
use smol_str::SmolStr;

use crate::json::object;
use crate::span_id::Spanned;

/// The name of the static that each file has.
pub const STATIC: &str = "ECOSYSTEM";

/// The usual name of such a file.
pub const FILE: &str = "ecosystem.rs";

/// A pattern, and the files that it matched when the ecosystem was compiled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Each {
    /// The pattern, relative to the directory of the crate.
    pub pattern: Spanned<SmolStr>,
    /// The files, relative to the same directory, in the order of their names. Each is the path of an
    /// include, too.
    pub files: Vec<SmolStr>,
}

object!(Each { pattern, files[?] });

/// Why a pattern matches nothing at all.
#[derive(Debug)]
pub enum EachError {
    /// It is not relative.
    Absolute,
    /// It is not a pattern.
    Pattern(glob::PatternError),
    /// A directory cannot be read.
    Unreadable(glob::GlobError),
    /// The name of a file is not UTF-8.
    NotUtf8(String),
}

impl fmt::Display for EachError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EachError::Absolute => {
                formatter.write_str("a pattern is relative to the directory of the crate")
            }
            EachError::Pattern(error) => formatter.write_str(error.msg),
            EachError::Unreadable(error) => error.fmt(formatter),
            EachError::NotUtf8(name) => {
                write!(formatter, "the name of a file is not UTF-8: {name}")
            }
        }
    }
}

impl std::error::Error for EachError {}

impl From<glob::PatternError> for EachError {
    fn from(error: glob::PatternError) -> EachError {
        EachError::Pattern(error)
    }
}

impl From<glob::GlobError> for EachError {
    fn from(error: glob::GlobError) -> EachError {
        EachError::Unreadable(error)
    }
}

/// The files below a directory that a pattern matches, relative to the directory, with `/`, in the
/// order of their names. `*` does not match what begins with a dot.
///
/// # Errors
///
/// The pattern is none, or a directory or a name cannot be read.
pub fn files(directory: &Path, pattern: &str) -> Result<Vec<SmolStr>, EachError> {
    let relative = Path::new(pattern);
    if relative.is_absolute() || relative.has_root() {
        return Err(EachError::Absolute);
    }
    // The position in what was written, not in what it is joined to.
    Pattern::new(pattern)?;
    let mut whole = Pattern::escape(&directory.to_string_lossy());
    write!(whole, "/{pattern}").ok();
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let mut files = Vec::new();
    for path in glob::glob_with(&whole, options)? {
        let path = path?;
        if path.is_file() {
            files.push(relative_to(directory, &path)?);
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn relative_to(directory: &Path, path: &Path) -> Result<SmolStr, EachError> {
    let relative = path.strip_prefix(directory).unwrap_or(path);
    let mut text = String::new();
    for component in relative.components() {
        let part = component.as_os_str().to_str();
        let part = part.ok_or_else(|| EachError::NotUtf8(path.to_string_lossy().into_owned()))?;
        if !text.is_empty() {
            text.push('/');
        }
        if component != Component::CurDir {
            text.push_str(part);
        }
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_pattern_matches_files_in_the_order_of_their_names() {
        let directory =
            std::env::temp_dir().join(format!("promethean-each-{}", std::process::id()));
        for file in ["s/b/e.rs", "s/a/e.rs", "s/[c]/e.rs", "s/.d/e.rs", "s/a/f.rs", "s/x/y/e.rs"] {
            let path = directory.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        fs::create_dir_all(directory.join("s/z/e.rs")).unwrap();
        let found = |pattern| files(&directory, pattern).unwrap();
        assert_eq!(found("s/*/e.rs"), ["s/[c]/e.rs", "s/a/e.rs", "s/b/e.rs"]);
        assert_eq!(found("./s/a/*.rs"), ["s/a/e.rs", "s/a/f.rs"]);
        assert_eq!(found("s/**/y/e.rs"), ["s/x/y/e.rs"]);
        assert_eq!(found("s/[ab]/e.rs"), ["s/a/e.rs", "s/b/e.rs"]);
        assert_eq!(found("t/*/e.rs"), [""; 0]);
        assert!(matches!(files(&directory, "/s/*/e.rs"), Err(EachError::Absolute)));
        let error = files(&directory, "s/[/e.rs").unwrap_err();
        assert_eq!(error.to_string(), "invalid range pattern");
        fs::remove_dir_all(&directory).unwrap();
    }
}
