//! What an environment lacks. Names and places, never values.

use std::fmt;

use camino::Utf8PathBuf;

use crate::foreign::Foreign;
use crate::reserved;

/// An environment that is not complete.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.lacking))]
pub struct EnvironmentError {
    /// All that is lacking.
    pub lacking: Vec<Lacking>,
}

/// Something that an app's environment lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// A secret that is nowhere.
    Secret {
        /// The app.
        app: String,
        /// The variable it is for.
        key: String,
        /// The name it is stored under.
        name: String,
        /// The files it was looked for in, before the environment.
        looked_in: Vec<Utf8PathBuf>,
    },
    /// An inherited variable that is not set, or not UTF-8.
    Inherited {
        /// The app.
        app: String,
        /// The variable it is for.
        key: String,
        /// The variable that is read.
        from: String,
        /// Whether it is set, to something that is not UTF-8.
        unicode: bool,
    },
    /// An `env_file` that cannot be read.
    EnvFile {
        /// The app.
        app: String,
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        reason: String,
    },
    /// A `secrets` file that cannot be read.
    SecretsFile {
        /// The app.
        app: String,
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        reason: String,
    },
    /// A variable whose name PM2 takes for its own record of the app.
    Reserved {
        /// The app.
        app: String,
        /// The variable.
        key: String,
        /// The `env_file` that has it; `None` where the definition has it itself.
        file: Option<Utf8PathBuf>,
    },
    /// A value with a NUL in it, which ends every text that a process is given.
    Nul {
        /// The app.
        app: String,
        /// The variable.
        key: String,
        /// The file that the value comes from; `None` where it is from elsewhere.
        file: Option<Utf8PathBuf>,
    },
}

impl Lacking {
    /// The app whose environment it is.
    #[must_use]
    pub fn app(&self) -> &str {
        match self {
            Lacking::Secret { app, .. }
            | Lacking::Inherited { app, .. }
            | Lacking::EnvFile { app, .. }
            | Lacking::SecretsFile { app, .. }
            | Lacking::Reserved { app, .. }
            | Lacking::Nul { app, .. } => app,
        }
    }

    /// The variable that cannot be given a value; `None` where it is a whole file.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Lacking::Secret { key, .. }
            | Lacking::Inherited { key, .. }
            | Lacking::Reserved { key, .. }
            | Lacking::Nul { key, .. } => Some(key),
            Lacking::EnvFile { .. } | Lacking::SecretsFile { .. } => None,
        }
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All of it may come from a file.
        match self {
            Lacking::Secret { app, key, name, looked_in } => {
                let (app, name, key) = (Foreign(app), Foreign(name), Foreign(key));
                write!(formatter, "{app}: the secret `{name}`")?;
                if key.0 != name.0 {
                    write!(formatter, " for {key}")?;
                }
                match looked_in.as_slice() {
                    [] => write!(
                        formatter,
                        " is not set\n  help: set {name} in the environment, or name a file that has it with `secrets`"
                    ),
                    [nearest, rest @ ..] => {
                        let nearest = Foreign(nearest);
                        write!(formatter, " is neither in {nearest}")?;
                        for file in rest {
                            write!(formatter, " nor in {}", Foreign(file))?;
                        }
                        write!(
                            formatter,
                            " nor in the environment\n  help: add a line `{name}=…` to {nearest}"
                        )
                    }
                }
            }
            Lacking::Inherited { app, key, from, unicode: true } => {
                let (app, key, from) = (Foreign(app), Foreign(key), Foreign(from));
                write!(formatter, "{app}: {key} inherits {from}, whose value is not UTF-8")
            }
            Lacking::Inherited { app, key, from, unicode: false } => {
                let (app, key, from) = (Foreign(app), Foreign(key), Foreign(from));
                write!(
                    formatter,
                    "{app}: {key} inherits {from}, which is not set\n  help: set {from}, or write `{key} = inherit … or \"value\";`"
                )
            }
            Lacking::EnvFile { app, path, reason } => {
                let (app, path, reason) = (Foreign(app), Foreign(path), Foreign(reason));
                write!(formatter, "{app}: the env_file {path} cannot be read: {reason}")
            }
            Lacking::SecretsFile { app, path, reason } => {
                let (app, path, reason) = (Foreign(app), Foreign(path), Foreign(reason));
                write!(formatter, "{app}: the secrets in {path} cannot be read: {reason}")
            }
            Lacking::Reserved { app, key, file } => {
                let (app, key, file) = (Foreign(app), Foreign(key), file.as_ref().map(Foreign));
                let help = reserved::help(key.0);
                write!(formatter, "{app}: PM2 takes the variable {key}")?;
                if let Some(file) = file {
                    write!(formatter, " of {file}")?;
                }
                write!(formatter, " for its own record of the app\n  help: {help}")
            }
            Lacking::Nul { app, key, file } => {
                let (app, key, file) = (Foreign(app), Foreign(key), file.as_ref().map(Foreign));
                write!(formatter, "{app}: the value of {key}")?;
                match file {
                    Some(file) => write!(
                        formatter,
                        ", from {file}, has a NUL in it\n  help: remove the NUL from the file: \
                         it ends every text that a process is given"
                    ),
                    None => write!(
                        formatter,
                        " has a NUL in it\n  help: give it another value: a NUL ends every text \
                         that a process is given"
                    ),
                }
            }
        }
    }
}

/// What several apps lack for the same reason is listed once for each of them, in order.
fn lines(lacking: &[Lacking]) -> String {
    let lines: Vec<String> = lacking.iter().map(Lacking::to_string).collect();
    lines.join("\n")
}
