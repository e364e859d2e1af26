//! What an environment lacks. Names and places, never values.

use std::fmt;

use camino::Utf8PathBuf;

use crate::foreign::Foreign;

/// An environment that is not complete.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", listed(.lacking))]
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
        }
    }
}

/// What several apps lack for the same reason is listed once for each of them, in order.
fn listed(lacking: &[Lacking]) -> String {
    let lines: Vec<String> = lacking.iter().map(Lacking::to_string).collect();
    lines.join("\n")
}
