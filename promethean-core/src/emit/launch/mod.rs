//! Launch commands: a line for each app that can be pasted into a shell.
//!
//! The line changes nothing in the shell it is pasted into, runs the app in its directory with its
//! environment, and leaves secrets as references to variables of the shell that fail loudly when
//! they are not set.

mod pm2;
mod powershell;
mod sh;

use std::fmt;

use crate::app::App;
use crate::diagnostic::Diagnostic;
use crate::reserved;
use crate::secrets::Reader;

/// Which shell a line is quoted for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shell {
    /// Any POSIX shell: sh, dash, bash, zsh.
    #[default]
    Sh,
    /// PowerShell 7.
    PowerShell,
}

/// What a line starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// The program itself.
    #[default]
    Program,
    /// `pm2 start`, which starts the program.
    Pm2,
}

/// A launch command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What to paste; more than one line where a value has line ends in it.
    pub text: String,
    /// The attributes that `pm2 start` has no option for.
    pub unsaid: Vec<&'static str>,
}

/// Why an app has no launch command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaunchError {
    /// A shell can only refer to variables whose names are identifiers.
    NotAnIdentifier {
        /// The app.
        app: String,
        /// The variable.
        name: String,
    },
    /// PM2 takes variables of some names for its own record of an app.
    Reserved {
        /// The app.
        app: String,
        /// The variable.
        key: String,
    },
    /// A text that no shell can hold.
    Nul {
        /// The app.
        app: String,
    },
}

impl LaunchError {
    /// What is wrong, with which app, and what to do about it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            LaunchError::NotAnIdentifier { app, name } => Diagnostic::new(format!(
                "a shell cannot refer to a variable with the name `{name}`"
            ))
            .at(app.as_str()),
            LaunchError::Reserved { app, key } => Diagnostic::new(format!(
                "PM2 reads the variable {key} of its env_file as a setting of the app"
            ))
            .at(app.as_str())
            .help(reserved::help(key)),
            LaunchError::Nul { app } => {
                Diagnostic::new("no shell can hold a text with a NUL in it").at(app.as_str())
            }
        }
    }
}

impl fmt::Display for LaunchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic().fmt(formatter)
    }
}

impl std::error::Error for LaunchError {}

/// Writes the launch command of an app. The reader is asked for the names in its `env_file`.
///
/// # Errors
///
/// A secret or an inherited variable whose name no shell can refer to.
pub fn line(app: &App, shell: Shell, via: Via, reader: &Reader) -> Result<Line, LaunchError> {
    let (words, unsaid) = match via {
        Via::Program => {
            (app.program.command_line().into_iter().map(str::to_owned).collect(), Vec::new())
        }
        Via::Pm2 => pm2::command(app),
    };
    let start = Start { app, words, file_keys: reader.env_file_keys(app) };
    if via == Via::Pm2
        && let Some(key) = start.file_keys.iter().find(|key| reserved::is_reserved_key(key))
    {
        return Err(LaunchError::Reserved { app: app.name.to_string(), key: key.clone() });
    }
    let text = match shell {
        Shell::Sh => sh::line(&start)?,
        Shell::PowerShell => powershell::line(&start)?,
    };
    Ok(Line { text, unsaid })
}

/// What a line starts, and with which variables.
struct Start<'a> {
    app: &'a App,
    /// The program and its arguments.
    words: Vec<String>,
    /// The variables of the `env_file` that count.
    file_keys: Vec<String>,
}

impl Start<'_> {
    /// Whether the value of a variable is that of the `env_file`.
    fn reads_from_file(&self, key: &str) -> bool {
        self.file_keys.iter().any(|known| known == key)
    }
}

/// Whether a shell can refer to a variable of this name.
fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|other| other.is_ascii_alphanumeric() || other == '_')
}
