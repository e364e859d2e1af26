//! Secrets: read when they are needed, from files and the environment, and kept out of everything
//! that is written or shown.

mod dotenv;
mod error;
mod redaction;

use std::cell::RefCell;
use std::collections::HashMap;
use std::env::VarError;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::{IndexMap, IndexSet};
use secrecy::{ExposeSecret as _, SecretString};

pub use dotenv::{LINE as DOTENV_LINE, Oddity, OddityKind, parse as parse_dotenv};
pub use error::{EnvironmentError, Lacking};
pub use redaction::Redaction;

use crate::app::{App, EnvFile, SourcePiece, SourceText, Sources, System, Variable};
use crate::reserved::{COUNTERS, is_reserved_key};

/// The whole environment that a definition gives a process, its secrets read.
///
/// `Debug` shows only the names.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: IndexMap<String, SecretString>,
}

impl Environment {
    /// Each variable's name and value. Whatever is done with the values: they may be secrets.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(key, value)| (key.as_str(), value.expose_secret()))
    }

    /// The value of a variable, which may be a secret.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.variables.get(key).map(SecretString::expose_secret)
    }
}

/// Where a secret was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In this file.
    File(Utf8PathBuf),
    /// In the environment of this process.
    Environment,
}

/// Reads secrets; each file once.
#[derive(Debug, Default)]
pub struct Reader {
    files: RefCell<HashMap<Utf8PathBuf, Rc<Contents>>>,
    /// What is read in place of the environment of this process.
    environment: Option<HashMap<String, SecretString>>,
}

/// Whether a source is there.
enum Found {
    There(SecretString),
    Missing(Vec<Lacking>),
}

/// What became of reading a file.
enum Contents {
    Read { variables: IndexMap<String, SecretString>, oddities: Vec<Oddity> },
    Absent,
    Unreadable(String),
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Contents::Read { variables, .. } => {
                formatter.debug_set().entries(variables.keys()).finish()
            }
            Contents::Absent => formatter.write_str("Absent"),
            Contents::Unreadable(reason) => {
                formatter.debug_tuple("Unreadable").field(reason).finish()
            }
        }
    }
}

impl Reader {
    /// A reader that has read nothing yet.
    #[must_use]
    pub fn new() -> Reader {
        Reader::default()
    }

    /// A reader that finds these variables in place of those of this process.
    #[must_use]
    pub fn in_environment(variables: impl IntoIterator<Item = (String, String)>) -> Reader {
        let variables = variables.into_iter().map(|(name, value)| (name, value.into()));
        Reader { files: RefCell::default(), environment: Some(variables.collect()) }
    }

    /// A variable of the environment.
    fn variable(&self, name: &str) -> Result<SecretString, VarError> {
        match &self.environment {
            Some(variables) => variables.get(name).cloned().ok_or(VarError::NotPresent),
            None => std::env::var(name).map(SecretString::from),
        }
    }

    /// The environment of an app.
    ///
    /// # Errors
    ///
    /// Every secret that is nowhere, every inherited variable that is not set, and every file that
    /// cannot be read.
    pub fn environment(&self, app: &App) -> Result<Environment, EnvironmentError> {
        let (environment, lacking) = self.readable(app);
        match lacking.is_empty() {
            true => Ok(environment),
            false => Err(EnvironmentError { lacking }),
        }
    }

    /// What can be read of an app's environment, and what is missing, as [`Reader::environment`]
    /// says it.
    #[must_use]
    pub fn readable(&self, app: &App) -> (Environment, Vec<Lacking>) {
        let mut lacking = reserved_counters(app);
        let mut variables: IndexMap<String, SecretString> = IndexMap::new();
        for (key, variable) in &app.env {
            match self.value(app, key, variable) {
                Ok(Some(value)) => match usable(app, key, &value, None) {
                    Ok(()) => drop(variables.insert(key.to_string(), value)),
                    Err(unusable) => lacking.push(unusable),
                },
                Ok(None) => {}
                Err(mut more) => lacking.append(&mut more),
            }
        }
        for file in &app.env_files {
            self.add_file(app, file, &mut variables, &mut lacking);
        }
        (Environment { variables }, lacking)
    }

    /// Adds the variables of an `env_file`, which are stronger than those that it overrides.
    fn add_file(
        &self,
        app: &App,
        file: &EnvFile,
        variables: &mut IndexMap<String, SecretString>,
        lacking: &mut Vec<Lacking>,
    ) {
        let unreadable = |reason: Option<&str>| Lacking::EnvFile {
            app: app.name.to_string(),
            path: file.path.clone(),
            reason: reason.map(str::to_owned),
        };
        match &*self.contents(&file.path) {
            Contents::Read { variables: more, .. } => {
                for (key, value) in more.iter().filter(|(key, _)| gives(app, file, key)) {
                    match usable(app, key, value, Some(&file.path)) {
                        Ok(()) => drop(variables.insert(key.clone(), value.clone())),
                        Err(unusable) => lacking.push(unusable),
                    }
                }
            }
            Contents::Absent if file.if_exists => {}
            Contents::Absent => lacking.push(unreadable(None)),
            Contents::Unreadable(reason) => lacking.push(unreadable(Some(reason))),
        }
    }

    /// The environments of all apps of a system, in the order of the apps.
    ///
    /// # Errors
    ///
    /// All that [`Reader::environment`] finds missing, of all apps together.
    pub fn environments(&self, system: &System) -> Result<Vec<Environment>, EnvironmentError> {
        let mut environments = Vec::with_capacity(system.apps.len());
        let mut lacking = Vec::new();
        for app in &system.apps {
            match self.environment(app) {
                Ok(environment) => environments.push(environment),
                Err(mut error) => lacking.append(&mut error.lacking),
            }
        }
        match lacking.is_empty() {
            true => Ok(environments),
            false => Err(EnvironmentError { lacking }),
        }
    }

    /// The secrets of all apps of a system and the variables written beside them, in the order of
    /// the apps; variables that can be inherited are not among them.
    ///
    /// # Errors
    ///
    /// Every secret that is nowhere and every file that cannot be read, of all apps together.
    pub fn revealed(&self, system: &System) -> Result<Vec<Environment>, EnvironmentError> {
        let mut without_inherited = system.clone();
        for app in &mut without_inherited.apps {
            app.env.retain(|_, variable| !variable.reads_inherited());
        }
        self.environments(&without_inherited)
    }

    /// The lines of a dotenv file that surely do not mean what they say; none of a file that cannot be
    /// read.
    #[must_use]
    pub fn oddities(&self, path: &Utf8Path) -> Vec<Oddity> {
        match &*self.contents(path) {
            Contents::Read { oddities, .. } => oddities.clone(),
            Contents::Absent | Contents::Unreadable(_) => Vec::new(),
        }
    }

    /// The names of the variables that the files of an app give it, each once; none of a file that cannot be
    /// read.
    #[must_use]
    pub fn env_file_keys(&self, app: &App) -> Vec<String> {
        let mut keys: IndexSet<String> = IndexSet::new();
        for file in &app.env_files {
            match &*self.contents(&file.path) {
                Contents::Read { variables, .. } => {
                    keys.extend(variables.keys().filter(|key| gives(app, file, key)).cloned());
                }
                Contents::Absent | Contents::Unreadable(_) => {}
            }
        }
        keys.into_iter().collect()
    }

    /// Where an app's secret is, without saying what it is.
    ///
    /// # Errors
    ///
    /// A file that is before the place of the secret and cannot be read.
    pub fn find(&self, app: &App, name: &str) -> Result<Option<Source>, Lacking> {
        Ok(self.secret(app, name)?.map(|(_, source)| source))
    }

    /// The source that a variable's value is read from; `None` where none is there, and where
    /// reading it fails.
    #[must_use]
    pub fn source_of<'v>(&self, app: &App, variable: &'v Variable) -> Option<&'v SourceText> {
        let Variable::Read(sources) = variable else { return None };
        let there =
            |source: &&SourceText| matches!(self.source(app, "", source), Ok(Found::There(_)));
        sources.in_order.iter().find(there)
    }

    /// The value of a variable; `None` where it is left out.
    fn value(
        &self,
        app: &App,
        key: &str,
        variable: &Variable,
    ) -> Result<Option<SecretString>, Vec<Lacking>> {
        let Sources { in_order, or_unset } = match variable {
            Variable::Plain(text) => return Ok(Some(text.as_str().into())),
            Variable::Read(sources) => sources,
        };
        let mut missing = Vec::new();
        for source in in_order {
            match self.source(app, key, source)? {
                Found::There(value) => return Ok(Some(value)),
                Found::Missing(mut more) => missing.append(&mut more),
            }
        }
        match in_order.len() {
            _ if *or_unset => Ok(None),
            1 => Err(missing),
            _ => {
                let (app, key) = (app.name.to_string(), key.to_owned());
                Err(vec![Lacking::Sources { app, key, missing }])
            }
        }
    }

    /// The value of a source, or what of it is not there.
    ///
    /// What is there and cannot be read is an error, and no reason to take the next source.
    fn source(&self, app: &App, key: &str, source: &SourceText) -> Result<Found, Vec<Lacking>> {
        let mut value = String::new();
        let (mut missing, mut unusable) = (Vec::new(), Vec::new());
        for piece in &source.0 {
            match piece {
                SourcePiece::Literal(text) => value.push_str(text),
                SourcePiece::Inherited(from) => match self.variable(from) {
                    Ok(inherited) => value.push_str(inherited.expose_secret()),
                    Err(VarError::NotPresent) => missing.push(inherited(app, key, from, false)),
                    Err(VarError::NotUnicode(_)) => unusable.push(inherited(app, key, from, true)),
                },
                SourcePiece::Secret(name) => match self.secret(app, name) {
                    Ok(Some((secret, Source::File(file))))
                        if secret.expose_secret().contains('\0') =>
                    {
                        unusable.push(nul(app, key, Some(&file)));
                    }
                    Ok(Some((secret, _))) => value.push_str(secret.expose_secret()),
                    Ok(None) if matches!(self.variable(name), Err(VarError::NotUnicode(_))) => {
                        unusable.push(inherited(app, key, name, true));
                    }
                    Ok(None) => missing.push(Lacking::Secret {
                        app: app.name.to_string(),
                        key: key.to_owned(),
                        name: name.to_string(),
                        looked_in: app.secret_files.clone(),
                    }),
                    Err(unreadable) => unusable.push(unreadable),
                },
            }
        }
        match (unusable.is_empty(), missing.is_empty()) {
            (false, _) => {
                unusable.append(&mut missing);
                Err(unusable)
            }
            (true, true) => Ok(Found::There(value.into())),
            (true, false) => Ok(Found::Missing(missing)),
        }
    }

    /// A secret from the nearest file that has it, else from the environment.
    fn secret(&self, app: &App, name: &str) -> Result<Option<(SecretString, Source)>, Lacking> {
        for path in &app.secret_files {
            match &*self.contents(path) {
                Contents::Read { variables, .. } => {
                    if let Some(secret) = variables.get(name) {
                        return Ok(Some((secret.clone(), Source::File(path.clone()))));
                    }
                }
                Contents::Absent => {}
                Contents::Unreadable(reason) => {
                    return Err(Lacking::SecretsFile {
                        app: app.name.to_string(),
                        path: path.clone(),
                        reason: reason.clone(),
                    });
                }
            }
        }
        Ok(self.variable(name).ok().map(|secret| (secret, Source::Environment)))
    }

    fn contents(&self, path: &Utf8Path) -> Rc<Contents> {
        if let Some(contents) = self.files.borrow().get(path) {
            return Rc::clone(contents);
        }
        let contents = match read(path) {
            Ok(text) => match dotenv::open_block(&text) {
                Some((key, line)) => Contents::Unreadable(format!(
                    "in line {line} the value of {key} has several lines and no quotes: write {key}=\"…\""
                )),
                None => Contents::Read {
                    variables: parse_dotenv(&text)
                        .into_iter()
                        .map(|(key, value)| (key, value.into()))
                        .collect(),
                    oddities: dotenv::oddities(&text),
                },
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Contents::Absent,
            Err(error) => Contents::Unreadable(error.to_string()),
        };
        let contents = Rc::new(contents);
        self.files.borrow_mut().insert(path.to_owned(), Rc::clone(&contents));
        contents
    }
}

/// So long a pipe or a device has to give all it has.
const LIMIT: Duration = Duration::from_secs(5);

/// So much of it is read.
const MOST: u64 = 16 << 20;

/// What is in a file. What is not a file may keep whoever reads it forever, or never end.
fn read(path: &Utf8Path) -> io::Result<String> {
    let found = std::fs::metadata(path)?;
    if found.is_file() || found.is_dir() {
        return std::fs::read_to_string(path);
    }
    let (sender, receiver) = mpsc::channel();
    let path = path.to_owned();
    thread::Builder::new().spawn(move || {
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text));
        // Nobody waits for it any more when the time is over.
        let _ = sender.send(read.map(|_| text));
    })?;
    receiver.recv_timeout(LIMIT).unwrap_or_else(|_| {
        let reason =
            format!("it is not a file, and could not be read within {} seconds", LIMIT.as_secs());
        Err(io::Error::new(ErrorKind::TimedOut, reason))
    })
}

/// Whether an app has the value that a file gives a variable, unless a stronger file gives it another one.
fn gives(app: &App, file: &EnvFile, key: &str) -> bool {
    !app.env.contains(key) || file.overrides.contains(key)
}

/// Whether a process can be given a variable, and through PM2.
fn usable(
    app: &App,
    key: &str,
    value: &SecretString,
    file: Option<&Utf8Path>,
) -> Result<(), Lacking> {
    if is_reserved_key(key) {
        return Err(reserved(app, key, file));
    }
    match value.expose_secret().contains('\0') {
        true => Err(nul(app, key, file)),
        false => Ok(()),
    }
}

fn inherited(app: &App, key: &str, from: &str, unicode: bool) -> Lacking {
    let (app, key, from) = (app.name.to_string(), key.to_owned(), from.to_owned());
    Lacking::Inherited { app, key, from, unicode }
}

/// The variables that PM2 counts with are variables of the app, too.
fn reserved_counters(app: &App) -> Vec<Lacking> {
    let named = COUNTERS.iter().filter_map(|counter| app.setting(counter)?.as_text());
    named.filter(|name| is_reserved_key(name)).map(|name| reserved(app, name, None)).collect()
}

fn reserved(app: &App, key: &str, file: Option<&Utf8Path>) -> Lacking {
    let file = file.map(Utf8Path::to_owned);
    Lacking::Reserved { app: app.name.to_string(), key: key.to_owned(), file }
}

fn nul(app: &App, key: &str, file: Option<&Utf8Path>) -> Lacking {
    let file = file.map(Utf8Path::to_owned);
    Lacking::Nul { app: app.name.to_string(), key: key.to_owned(), file }
}
