//! What a declaration comes to: apps for PM2, and what they need.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::{IndexMap, IndexSet};
use smol_str::SmolStr;

use crate::attribute::{Attribute, Setting};
use crate::declaration::{Condition, Kind};
use crate::pm2;
use crate::probe::Probe;

/// A whole system, resolved for one root and one profile.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// The ecosystem's `name`.
    pub name: Option<SmolStr>,
    /// The absolute root of the ecosystem.
    pub root: Utf8PathBuf,
    /// The absolute roots of the other ecosystems that it consists of.
    pub other_roots: Vec<Utf8PathBuf>,
    /// The directory of the crate that declares it; `None` where the root was moved away from it.
    pub crate_directory: Option<Utf8PathBuf>,
    /// The profile it was resolved for.
    pub profile: Option<SmolStr>,
    /// The apps, each after those it depends on.
    pub apps: Vec<App>,
    /// What the apps need and this system does not start.
    pub externals: Vec<External>,
    /// The agents and their doc comments, in the order of writing.
    pub agents: IndexMap<SmolStr, String>,
}

impl System {
    /// The app with this name in PM2.
    #[must_use]
    pub fn app(&self, name: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.name == name)
    }

    /// The external with this name.
    #[must_use]
    pub fn external(&self, name: &str) -> Option<&External> {
        self.externals.iter().find(|external| external.name == name)
    }
}

/// One entry of PM2's configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    /// Its name in PM2: `duck_cephalon`.
    pub name: SmolStr,
    /// The agent it is a part of, which is its namespace in PM2.
    pub agent: Option<SmolStr>,
    /// Its name within the agent; the same as `name` outside one.
    pub short_name: SmolStr,
    /// The doc comment above it.
    pub doc: String,
    /// What it is written in.
    pub kind: Kind,
    /// Its absolute directory.
    pub directory: Utf8PathBuf,
    /// What runs.
    pub program: Program,
    /// PM2's attributes, in the order of the table.
    pub settings: Vec<(&'static Attribute, Setting)>,
    /// The environment variables that are written out, in the order of their layers.
    pub env: Variables,
    /// The file that more environment variables are read from.
    pub env_file: Option<EnvFile>,
    /// The absolute paths of the files that secrets are looked for in, nearest first.
    pub secret_files: Vec<Utf8PathBuf>,
    /// What it waits for.
    pub depends_on: Vec<Dependency>,
    /// How to find out that it is ready.
    pub ready: Option<Probe>,
    /// The rules that are lifted for it, each with its reason.
    pub allowed: Vec<(SmolStr, SmolStr)>,
}

impl App {
    /// What an attribute is set to, by its name in the table.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        let found = self.settings.iter().find(|(attribute, _)| attribute.name == name);
        found.map(|(_, setting)| setting)
    }

    /// Whether PM2 starts it when it is added: `autostart`.
    #[must_use]
    pub fn starts_by_itself(&self) -> bool {
        self.setting("autostart") != Some(&Setting::Boolean(false))
    }

    /// Whether it may end without being started again: `autorestart`, `stop_exit_codes`.
    #[must_use]
    pub fn may_end(&self) -> bool {
        self.setting("autorestart") == Some(&Setting::Boolean(false))
            || self.setting("stop_exit_codes").is_some()
    }

    /// Whether PM2 starts it in a cluster where no `exec_mode` is written
    /// ([`pm2::clusters_by_itself`]).
    #[must_use]
    pub fn clusters_by_itself(&self) -> bool {
        let instances = match self.setting("instances") {
            Some(Setting::Integer(instances)) => Some(*instances),
            _ => None,
        };
        pm2::clusters_by_itself(self.program.interpreter.as_deref(), instances)
    }

    /// Whether PM2 runs it in a cluster: as `exec_mode` says, and by itself without one.
    #[must_use]
    pub fn runs_in_cluster(&self) -> bool {
        match self.setting("exec_mode").and_then(Setting::as_text) {
            Some(mode) => mode.starts_with("cluster"),
            None => self.clusters_by_itself(),
        }
    }

    /// How long something takes that an attribute sets, with PM2's default where none is written
    /// ([`pm2::time`]): `kill_timeout`.
    #[must_use]
    pub fn time(&self, attribute: &str) -> Duration {
        let written = match self.setting(attribute) {
            Some(Setting::Duration(written)) => Some(*written),
            _ => None,
        };
        pm2::time(attribute, written)
    }

    /// Whether any of its variables has a secret in it that is not read yet.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        self.env_file.is_some()
            || self.env.iter().any(|(_, variable)| matches!(variable, Variable::Secret(_)))
    }

    /// A path of the app as an absolute one: PM2 takes it relative to the directory.
    #[must_use]
    pub fn absolute(&self, path: impl AsRef<Utf8Path>) -> Utf8PathBuf {
        crate::paths::join(&self.directory, path.as_ref())
    }
}

/// A program as PM2 is told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// PM2's `script`: a program on PATH, or a path relative to the directory.
    pub script: SmolStr,
    /// Its arguments.
    pub args: Vec<SmolStr>,
    /// What runs the script; `None` is PM2's own Node, `none` is the script itself.
    pub interpreter: Option<SmolStr>,
    /// Arguments for the interpreter.
    pub interpreter_args: Vec<SmolStr>,
}

impl Program {
    /// The name of the interpreter that PM2 uses for what runs by itself.
    pub const NO_INTERPRETER: &'static str = "none";

    /// The program and all its arguments, as a process is started with them without PM2.
    #[must_use]
    pub fn command_line(&self) -> Vec<&str> {
        let interpreter = match self.interpreter.as_deref() {
            Some(Program::NO_INTERPRETER) => None,
            Some(interpreter) => Some(interpreter),
            None => Some("node"),
        };
        let mut line = Vec::with_capacity(self.args.len() + self.interpreter_args.len() + 2);
        if let Some(interpreter) = interpreter {
            line.push(interpreter);
            line.extend(self.interpreter_args.iter().map(SmolStr::as_str));
        }
        line.push(&self.script);
        line.extend(self.args.iter().map(SmolStr::as_str));
        line
    }
}

/// Environment variables in the order of their layers, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables(Vec<(SmolStr, Variable)>);

impl Variables {
    /// What a variable holds.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, variable)| variable)
    }

    /// Whether there is a variable of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Each variable's name and what it holds.
    pub fn iter(&self) -> <&Variables as IntoIterator>::IntoIter {
        self.into_iter()
    }

    /// How many variables there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps the variables that a condition holds for.
    pub fn retain(&mut self, mut keep: impl FnMut(&SmolStr, &Variable) -> bool) {
        self.0.retain(|(name, variable)| keep(name, variable));
    }
}

impl<'a> IntoIterator for &'a Variables {
    type Item = (&'a SmolStr, &'a Variable);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'a, (SmolStr, Variable)>,
        fn(&'a (SmolStr, Variable)) -> (&'a SmolStr, &'a Variable),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(name, variable)| (name, variable))
    }
}

/// The names must differ; of two that do not, [`Variables::get`] sees the first.
impl FromIterator<(SmolStr, Variable)> for Variables {
    fn from_iter<I: IntoIterator<Item = (SmolStr, Variable)>>(variables: I) -> Variables {
        Variables(variables.into_iter().collect())
    }
}

/// What an environment variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// This text.
    Plain(SmolStr),
    /// A text with secrets in it, which are read when they are needed.
    Secret(Vec<SecretPiece>),
    /// The value of a variable of whoever runs the command.
    Inherited {
        /// The variable that is read.
        from: SmolStr,
        /// What is taken when it is not set; without it that is an error.
        or: Option<SmolStr>,
    },
}

/// A piece of a text with secrets in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPiece {
    /// Characters that stand for themselves.
    Literal(SmolStr),
    /// The secret that is stored under this name.
    Secret(SmolStr),
}

/// A dotenv file whose variables a process gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    /// Its absolute path.
    pub path: Utf8PathBuf,
    /// The written variables that its values are stronger than: those of weaker layers.
    pub overrides: IndexSet<SmolStr>,
}

/// Something that an app waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The name of an app or an external.
    pub on: SmolStr,
    /// What is waited for.
    pub condition: Condition,
}

/// Something that the system needs and does not start.
#[derive(Clone, Debug, PartialEq)]
pub struct External {
    /// Its name.
    pub name: SmolStr,
    /// The doc comment above it.
    pub doc: String,
    /// How to find out that it is there.
    pub ready: Option<Probe>,
    /// What to do when it is not.
    pub hint: Option<SmolStr>,
    /// The directory its probe runs programs in: the root of the ecosystem that declares it.
    pub directory: Utf8PathBuf,
}
