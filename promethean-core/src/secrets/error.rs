//! What an environment lacks. Names and places, never values.

use std::fmt;

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostic;
use crate::foreign::Foreign;
use crate::list::some_of;
use crate::reserved;

/// An environment that is not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentError {
    /// All that is missing.
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
    /// A variable with several sources, none of which is there.
    Sources {
        /// The app.
        app: String,
        /// The variable it is for.
        key: String,
        /// What each source lacks.
        missing: Vec<Lacking>,
    },
    /// An `env_file` that cannot be read.
    EnvFile {
        /// The app.
        app: String,
        /// The file.
        path: Utf8PathBuf,
        /// Why not; `None` if it does not exist.
        reason: Option<String>,
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
            | Lacking::Sources { app, .. }
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
            | Lacking::Sources { key, .. }
            | Lacking::Reserved { key, .. }
            | Lacking::Nul { key, .. } => Some(key),
            Lacking::EnvFile { .. } | Lacking::SecretsFile { .. } => None,
        }
    }
}

impl Lacking {
    /// What is missing, and what to do about it; its path is the app.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        // All of it may come from a file.
        let (app, told) = match self {
            Lacking::Secret { app, key, name, looked_in } => {
                let (name, key) = (Foreign(name), Foreign(key));
                let secret = match key.0 == name.0 {
                    true => format!("the secret `{name}`"),
                    false => format!("the secret `{name}` for {key}"),
                };
                let told = Diagnostic::new(format!("{secret} is {}", nowhere(looked_in)));
                let help = match looked_in.first() {
                    None => format!(
                        "set {name} in the environment, or name a file that has it with `secrets`"
                    ),
                    Some(nearest) => format!("add a line `{name}=…` to {}", Foreign(nearest)),
                };
                (app, told.help(help))
            }
            Lacking::Sources { app, key, missing } => {
                let key = Foreign(key);
                let told: Vec<String> = missing.iter().map(Lacking::as_source).collect();
                let told = Diagnostic::new(format!("{key} has no value: {}", told.join(", and ")));
                let help =
                    format!("set one of them, or end the line with `or unset` to leave {key} out");
                (app, told.help(help))
            }
            Lacking::Inherited { app, key, from, unicode: true } => {
                let (key, from) = (Foreign(key), Foreign(from));
                (app, Diagnostic::new(format!("{key} inherits {from}, whose value is not UTF-8")))
            }
            Lacking::Inherited { app, key, from, unicode: false } => {
                let (key, from) = (Foreign(key), Foreign(from));
                let told = Diagnostic::new(format!("{key} inherits {from}, which is not set"));
                let help = format!("set {from}, or write `{key} = inherit … or \"value\";`");
                (app, told.help(help))
            }
            Lacking::EnvFile { app, path, reason } => {
                let (reason, help) = match reason {
                    None => (
                        "it does not exist",
                        "create it, or write `env_file_if_exists` if it need not be there",
                    ),
                    Some(reason) => (reason.as_str(), "let it be read, or leave it out"),
                };
                let (path, reason) = (Foreign(path), Foreign(reason));
                let told = Diagnostic::new(format!("the env_file {path} cannot be read: {reason}"));
                (app, told.help(help))
            }
            Lacking::SecretsFile { app, path, reason } => {
                let (path, reason) = (Foreign(path), Foreign(reason));
                (app, Diagnostic::new(format!("the secrets in {path} cannot be read: {reason}")))
            }
            Lacking::Reserved { app, key, file } => {
                let of_file = file.as_ref().map(|file| format!(" of {}", Foreign(file)));
                let told = Diagnostic::new(format!(
                    "PM2 reads the variable {}{} as a setting of the app",
                    Foreign(key),
                    of_file.unwrap_or_default()
                ));
                (app, told.help(reserved::help(key)))
            }
            Lacking::Nul { app, key, file } => {
                let key = Foreign(key);
                let told = match file {
                    Some(file) => {
                        let file = Foreign(file);
                        Diagnostic::new(format!("the value of {key}, from {file}, has a NUL in it"))
                            .help(
                                "remove the NUL from the file: it ends every text that a process is given",
                            )
                    }
                    None => Diagnostic::new(format!("the value of {key} has a NUL in it")).help(
                        "give it another value: a NUL ends every text that a process is given",
                    ),
                };
                (app, told)
            }
        };
        told.at(Foreign(app).to_string())
    }

    /// The same of a source that others are beside.
    fn as_source(&self) -> String {
        match self {
            Lacking::Secret { name, looked_in, .. } => {
                format!("the secret `{}` is {}", Foreign(name), nowhere(looked_in))
            }
            Lacking::Inherited { from, unicode: false, .. } => {
                format!("{} is not set", Foreign(from))
            }
            Lacking::Inherited { .. }
            | Lacking::Sources { .. }
            | Lacking::EnvFile { .. }
            | Lacking::SecretsFile { .. }
            | Lacking::Reserved { .. }
            | Lacking::Nul { .. } => self.diagnostic().message,
        }
    }
}

/// Where a secret is not that was looked for in these files and the environment.
fn nowhere(looked_in: &[Utf8PathBuf]) -> String {
    let [nearest, rest @ ..] = looked_in else { return "not set".to_owned() };
    let others = rest.iter().map(|file| format!(" nor in {}", Foreign(file)));
    let others = others.collect::<Vec<_>>().concat();
    format!("neither in {}{others} nor in the environment", Foreign(nearest))
}

impl fmt::Display for Lacking {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic().fmt(formatter)
    }
}

/// What several apps lack for the same reason is listed once, with the apps.
impl fmt::Display for EnvironmentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Diagnostic::write_all(&self.diagnostics(), formatter)
    }
}

impl std::error::Error for EnvironmentError {}

impl EnvironmentError {
    /// All that is missing. What several apps lack for the same reason is one diagnostic.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut found: Vec<(Diagnostic, Vec<String>)> = Vec::new();
        for lacking in &self.lacking {
            let diagnostic = lacking.diagnostic();
            let app = diagnostic.path.to_string();
            let same = |known: &&mut (Diagnostic, Vec<String>)| {
                known.0.message == diagnostic.message && known.0.help == diagnostic.help
            };
            match found.iter_mut().find(same) {
                Some((_, apps)) if apps.contains(&app) => {}
                Some((_, apps)) => apps.push(app),
                None => found.push((diagnostic, vec![app])),
            }
        }
        found.into_iter().map(|(diagnostic, apps)| diagnostic.at(some_of(&apps, 2))).collect()
    }
}
