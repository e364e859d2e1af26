//! What a declaration resolves to: apps, and what they need. It knows no engine.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::{IndexMap, IndexSet};
use smol_str::SmolStr;

use crate::address::{self, Address};
use crate::attribute::{Attribute, NAMESPACE, Setting};
use crate::check::literal_endpoints;
use crate::declaration::{Condition, Kind};
use crate::endpoint::PORT;
use crate::kind::Signal;
use crate::number::Size;
use crate::probe::{Alive, Probe};

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
    /// The machines that it runs on; none where nothing is said of any, or all run on one.
    pub machines: Vec<Machine>,
    /// The machine that it was resolved for; `None` for all.
    pub machine: Option<SmolStr>,
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

/// A machine that apps run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name.
    pub name: SmolStr,
    /// The doc comment above it.
    pub doc: String,
    /// The name or the address by which other machines reach it.
    pub host: SmolStr,
    /// The absolute root of the system on it, where it says one.
    pub root: Option<Utf8PathBuf>,
    /// What it has that others may not have.
    pub has: Vec<SmolStr>,
}

/// One app of a system.
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    /// Its name in PM2: `duck_cephalon`.
    pub name: SmolStr,
    /// The agent it is a part of.
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
    /// The files that more environment variables are read from, the strongest last.
    pub env_files: Vec<EnvFile>,
    /// The absolute paths of the files that secrets are looked for in, nearest first.
    pub secret_files: Vec<Utf8PathBuf>,
    /// What it waits for.
    pub depends_on: Vec<Dependency>,
    /// The machines that it can run on, by their names; none where the system has none.
    pub machines: Vec<SmolStr>,
    /// Whether it runs on the machine that the system was resolved for, and on no other.
    pub is_here: bool,
    /// Where it listens.
    pub endpoints: Vec<Endpoint>,
    /// The port that its variable PORT has as a written number, where no endpoint sets PORT; `None` of a variable that
    /// refers to a unit, is read or is worked out: that may be the port of another unit.
    pub port_of_variable: Option<u16>,
    /// How to find out that it is ready.
    pub ready: Option<Probe>,
    /// How to find out that it still works.
    pub alive: Option<Alive>,
    /// The signal that asks it to end; `None` leaves it to the engine.
    pub kill_signal: Option<Signal>,
    /// When its log files are replaced by new ones.
    pub rotation: Option<Rotation>,
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

    /// The pattern of the only times at which it is started: `autostart false` with `cron_restart`.
    #[must_use]
    pub fn only_times(&self) -> Option<&str> {
        self.restart_policy().schedule.filter(|_| !self.starts_by_itself())
    }

    /// Whether it reports by a message that it is ready: `wait_ready`.
    #[must_use]
    pub fn reports_ready(&self) -> bool {
        self.setting("wait_ready") == Some(&Setting::Boolean(true))
    }

    /// Whether it may end without being restarted: `autorestart`, `stop_exit_codes`.
    #[must_use]
    pub fn may_end(&self) -> bool {
        let policy = self.restart_policy();
        !policy.restarts || !policy.final_codes.is_empty()
    }

    /// Whether it is not restarted when it has ended with this exit code. With 0, it has completed then.
    #[must_use]
    pub fn ends_with(&self, code: i64) -> bool {
        let policy = self.restart_policy();
        !policy.restarts || policy.final_codes.contains(&code)
    }

    /// Its probe as it is tried over the network while it runs on a machine with this host; `None` without a
    /// probe, and where only that machine can try it: a log, a program, what listens on `127.0.0.1`.
    #[must_use]
    pub fn probe_over_network(&self, host: &str) -> Option<Probe> {
        let probe = self.ready.as_ref()?;
        let address = probe.test.address()?;
        let own = self.endpoint_at(&address);
        let place = address::place(own.map_or(&address.host, |own| &own.host).as_bytes());
        match place {
            place if address::is_every(place) => Some(probe.at_host(&address, host)),
            place if address::is_loopback(place) => None,
            _ => Some(probe.clone()),
        }
    }

    /// Its probe as it is tried of processes that were started with other endpoints: where it asks one of its
    /// own, it asks the one of the same name. `None` without a probe, and where they have none of that name.
    #[must_use]
    pub fn probe_of_started(&self, started: &[Endpoint]) -> Option<Probe> {
        let probe = self.ready.as_ref()?;
        let Some(address) = probe.test.address() else { return Some(probe.clone()) };
        let Some(own) = self.endpoint_at(&address) else { return Some(probe.clone()) };
        let then = started.iter().find(|endpoint| endpoint.name == own.name)?;
        Some(match then.host == own.host {
            true => probe.at(&address, &address.host, then.port),
            false => probe.at(&address, then.reachable_host(), then.port),
        })
    }

    /// Its endpoint that an address reaches.
    pub(crate) fn endpoint_at(&self, address: &Address) -> Option<&Endpoint> {
        let place = |host: &str| address::place(host.as_bytes());
        self.endpoints.iter().find(|endpoint| {
            endpoint.port == address.port
                && address::overlap(place(&endpoint.host), place(&address.host))
        })
    }

    /// Whether it is restarted although it runs: `cron_restart`, `watch`, `max_memory_restart`.
    #[must_use]
    pub fn is_restarted_on_request(&self) -> bool {
        let is_watched =
            self.setting("watch").is_some_and(|watch| *watch != Setting::Boolean(false));
        let is_measured = self.setting("max_memory_restart").is_some();
        self.restart_policy().schedule.is_some() || is_watched || is_measured
    }

    /// When it is restarted: `autorestart`, `stop_exit_codes`, `cron_restart`.
    #[must_use]
    pub fn restart_policy(&self) -> RestartPolicy<'_> {
        let codes = match self.setting("stop_exit_codes") {
            Some(Setting::List(codes)) => codes.as_slice(),
            Some(single) => std::slice::from_ref(single),
            None => &[],
        };
        RestartPolicy {
            restarts: self.setting("autorestart") != Some(&Setting::Boolean(false)),
            final_codes: codes.iter().filter_map(Setting::as_integer).collect(),
            schedule: self.setting("cron_restart").and_then(Setting::as_text),
        }
    }

    /// How it is stopped: `kill_timeout`, `kill_signal`, `treekill`, `shutdown_with_message`.
    #[must_use]
    pub fn stop_policy(&self) -> StopPolicy {
        StopPolicy {
            timeout: self.setting("kill_timeout").and_then(Setting::as_duration),
            signal: self.kill_signal,
            with_children: self.setting("treekill") != Some(&Setting::Boolean(false)),
            by_message: self.setting("shutdown_with_message") == Some(&Setting::Boolean(true)),
        }
    }

    /// Whether some of its processes can go on while it gets more or fewer: it says how many it has, and they are a
    /// cluster or can be several.
    #[must_use]
    pub fn can_be_scaled(&self) -> bool {
        let instances = self.instances();
        instances.is_some_and(|instances| self.runs_in_cluster() || instances.can_be_several())
    }

    /// How many processes it has: `instances`; `None` where that is not written.
    #[must_use]
    pub fn instances(&self) -> Option<Instances> {
        Some(match self.setting("instances")? {
            Setting::Integer(count) if *count > 0 => Instances::Count(count.unsigned_abs()),
            Setting::Integer(fewer) => Instances::ForEachProcessor { fewer: fewer.unsigned_abs() },
            Setting::Text(_)
            | Setting::Boolean(_)
            | Setting::Duration(_)
            | Setting::Size(_)
            | Setting::Float(_)
            | Setting::List(_)
            | Setting::Object(_) => Instances::ForEachProcessor { fewer: 0 },
        })
    }

    /// How its processes are started: `exec_mode`; `None` where that is not written.
    #[must_use]
    pub fn exec_mode(&self) -> Option<ExecMode> {
        let mode = self.setting("exec_mode").and_then(Setting::as_text)?;
        Some(match mode.starts_with("cluster") {
            true => ExecMode::Cluster,
            false => ExecMode::Fork,
        })
    }

    /// The port that its variable PORT is set to: `port`.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        u16::try_from(self.setting("port")?.as_integer()?).ok()
    }

    /// The ports that PORT gives its processes, from the first to the last, on a machine with so many processors: one
    /// port, or with `increment_var PORT` one for each process. `None` where no port is written.
    #[must_use]
    pub fn ports(&self, processors: usize) -> Option<RangeInclusive<u16>> {
        let first = self.port().or(self.port_of_variable)?;
        let counts = self.increment_var() == Some(PORT);
        let count = self.instances().filter(|_| counts).and_then(|count| count.on(processors));
        let more =
            count.map_or(0, |count| u16::try_from(count.saturating_sub(1)).unwrap_or(u16::MAX));
        Some(first..=first.saturating_add(more))
    }

    /// Its namespace in PM2: `namespace`, else its agent.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.setting(NAMESPACE).and_then(Setting::as_text).or(self.agent.as_deref())
    }

    /// The variable that counts up from process to process: `increment_var`.
    #[must_use]
    pub fn increment_var(&self) -> Option<&str> {
        self.setting("increment_var").and_then(Setting::as_text)
    }

    /// Whether a lint is allowed for it.
    #[must_use]
    pub fn allows(&self, rule: &str) -> bool {
        self.allowed.iter().any(|(allowed, _)| allowed == rule)
    }

    /// Whether any of its variables has a secret in it that is not read yet.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        !self.env_files.is_empty() || self.env.iter().any(|(_, variable)| variable.reads_secrets())
    }

    /// A path of the app as an absolute one: PM2 takes it relative to the directory.
    #[must_use]
    pub fn absolute(&self, path: impl AsRef<Utf8Path>) -> Utf8PathBuf {
        crate::paths::join(&self.directory, path.as_ref())
    }
}

/// When an app is restarted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartPolicy<'a> {
    /// Whether it is restarted when it ends.
    pub restarts: bool,
    /// The exit codes after which it is not restarted all the same.
    pub final_codes: Vec<i64>,
    /// The cron pattern of the times at which it is restarted.
    pub schedule: Option<&'a str>,
}

/// How an app is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopPolicy {
    /// How long it has to end before it is killed; `None` leaves it to the engine.
    pub timeout: Option<Duration>,
    /// The signal that asks it to end; `None` leaves it to the engine.
    pub signal: Option<Signal>,
    /// Whether its child processes are stopped with it.
    pub with_children: bool,
    /// Whether it is stopped by a message and not by a signal.
    pub by_message: bool,
}

/// How many processes an app has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instances {
    /// This many.
    Count(u64),
    /// One for each processor, but this many fewer, and at least one.
    ForEachProcessor {
        /// How many fewer.
        fewer: u64,
    },
}

impl Instances {
    /// How many there are on a machine with so many processors; `None` where that depends on their
    /// number and it is 0: not known.
    #[must_use]
    pub fn on(self, processors: usize) -> Option<usize> {
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        match self {
            Instances::Count(count) => Some(size(count)),
            Instances::ForEachProcessor { fewer: 0 } => (processors > 0).then_some(processors),
            Instances::ForEachProcessor { fewer } => {
                Some(processors.saturating_sub(size(fewer)).max(1))
            }
        }
    }

    /// Whether there can be more than one.
    #[must_use]
    pub fn can_be_several(self) -> bool {
        self != Instances::Count(1)
    }
}

/// How the processes of an app are started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecMode {
    /// Each by itself.
    Fork,
    /// By Node's `cluster`, so that they share what they listen on.
    Cluster,
}

/// What runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// A program on PATH, a path relative to the directory, or what the interpreter runs.
    pub script: SmolStr,
    /// Its arguments.
    pub args: Vec<SmolStr>,
    /// What runs the script.
    pub interpreter: Interpreter,
    /// Arguments for the interpreter.
    pub interpreter_args: Vec<SmolStr>,
}

/// What runs a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Interpreter {
    /// The engine's own Node.
    #[default]
    Node,
    /// Nothing: the script is a program.
    None,
    /// This program.
    Program(SmolStr),
}

impl Interpreter {
    /// What `interpreter` says; `none` is the word for none.
    #[must_use]
    pub fn of(written: SmolStr) -> Interpreter {
        match written.as_str() {
            "none" => Interpreter::None,
            _ => Interpreter::Program(written),
        }
    }
}

impl Program {
    /// Whether it is Python, under any of its names, that runs a script or is the program itself.
    #[must_use]
    pub fn runs_python(&self) -> bool {
        let program = match &self.interpreter {
            Interpreter::None => self.script.as_str(),
            Interpreter::Program(interpreter) => interpreter.as_str(),
            Interpreter::Node => return false,
        };
        let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.strip_suffix(".exe").unwrap_or(name);
        let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
        let is_version =
            |rest: &str| rest.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
        version.is_some_and(is_version)
    }

    /// The program and all its arguments, as a process is started with them.
    #[must_use]
    pub fn command_line(&self) -> Vec<&str> {
        let interpreter = match &self.interpreter {
            Interpreter::None => None,
            Interpreter::Program(interpreter) => Some(interpreter.as_str()),
            Interpreter::Node => Some("node"),
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
///
/// Most apps of a system have variables of the same names, which they share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    names: Arc<[SmolStr]>,
    values: Vec<Variable>,
    /// Whether one of them is read when it is needed.
    is_read: bool,
}

impl Variables {
    /// Variables of these names.
    pub(crate) fn of(names: Arc<[SmolStr]>, values: Vec<Variable>) -> Variables {
        debug_assert_eq!(names.len(), values.len());
        let is_read = values.iter().any(|value| matches!(value, Variable::Read(_)));
        Variables { names, values, is_read }
    }

    /// Those that are read when they are needed.
    pub(crate) fn read(&self) -> impl Iterator<Item = (&SmolStr, &Variable)> {
        let is_read = |(_, value): &(&SmolStr, &Variable)| matches!(value, Variable::Read(_));
        self.is_read.then(|| self.iter().filter(is_read)).into_iter().flatten()
    }

    /// Their names, which other apps may share.
    pub(crate) fn names(&self) -> &Arc<[SmolStr]> {
        &self.names
    }

    /// What a variable holds.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Variable> {
        let place = self.names.iter().position(|known| known == name)?;
        self.values.get(place)
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
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Keeps the variables that a condition holds for.
    pub fn retain(&mut self, mut keep: impl FnMut(&SmolStr, &Variable) -> bool) {
        let variables = self.names.iter().cloned().zip(self.values.drain(..));
        *self = variables.filter(|(name, variable)| keep(name, variable)).collect();
    }
}

impl<'a> IntoIterator for &'a Variables {
    type Item = (&'a SmolStr, &'a Variable);
    type IntoIter = std::iter::Zip<std::slice::Iter<'a, SmolStr>, std::slice::Iter<'a, Variable>>;

    fn into_iter(self) -> Self::IntoIter {
        self.names.iter().zip(&self.values)
    }
}

/// The names must differ; of two that do not, [`Variables::get`] sees the first.
impl FromIterator<(SmolStr, Variable)> for Variables {
    fn from_iter<I: IntoIterator<Item = (SmolStr, Variable)>>(variables: I) -> Variables {
        let (names, values): (Vec<SmolStr>, Vec<Variable>) = variables.into_iter().unzip();
        Variables::of(names.into(), values)
    }
}

/// What an environment variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// This text.
    Plain(SmolStr),
    /// The first of these sources that is there when it is needed.
    Read(Sources),
}

impl Variable {
    /// What is read for it, of all sources.
    fn pieces(&self) -> impl Iterator<Item = &SourcePiece> {
        let sources = match self {
            Variable::Plain(_) => &[][..],
            Variable::Read(sources) => &sources.in_order,
        };
        sources.iter().flat_map(|source| &source.0)
    }

    /// Whether its value can have a secret in it.
    #[must_use]
    pub fn reads_secrets(&self) -> bool {
        self.pieces().any(|piece| matches!(piece, SourcePiece::Secret(_)))
    }

    /// Whether its value can be that of a variable of whoever runs the command.
    #[must_use]
    pub fn reads_inherited(&self) -> bool {
        self.pieces().any(|piece| matches!(piece, SourcePiece::Inherited(_)))
    }
}

/// Where the value of a variable is read: `secret or inherit "OTHER" or "text"`.
///
/// A source is there when everything is there that is read for it. A secret is there when a `secrets`
/// file has it, or else the environment; an inherited variable when it is set. An empty value is a
/// value: only what is not set is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The first one that is there is the value.
    pub in_order: Vec<SourceText>,
    /// Whether the variable is left out when none is there. Otherwise that is an error.
    pub or_unset: bool,
}

impl Sources {
    /// The source, if there is one and it has to be there.
    #[must_use]
    pub fn only(&self) -> Option<&SourceText> {
        match self.in_order.as_slice() {
            [only] if !self.or_unset => Some(only),
            _ => None,
        }
    }

    /// What is said of a variable when none is there and one has to be.
    #[must_use]
    pub fn none_there(&self, key: &str) -> String {
        let pieces = self.in_order.iter().flat_map(|source| &source.0);
        let names = pieces.filter_map(|piece| match piece {
            SourcePiece::Literal(_) => None,
            SourcePiece::Secret(name) | SourcePiece::Inherited(name) => Some(name.as_str()),
        });
        match names.collect::<Vec<_>>().as_slice() {
            [only] => format!("{only} is not set"),
            names => format!("{key} has no value: set {}", names.join(" or ")),
        }
    }

    /// The texts among the sources that read nothing, and so are always there.
    pub fn defaults(&self) -> impl Iterator<Item = &str> {
        self.in_order.iter().filter_map(SourceText::literal)
    }
}

/// The pieces of a text that is a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceText(pub Vec<SourcePiece>);

impl SourceText {
    /// The text, if nothing is read for it.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [SourcePiece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether a secret is read for it.
    #[must_use]
    pub fn reads_secrets(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, SourcePiece::Secret(_)))
    }
}

/// A piece of the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePiece {
    /// Characters that stand for themselves.
    Literal(SmolStr),
    /// The secret that is stored under this name.
    Secret(SmolStr),
    /// The variable with this name of whoever runs the command.
    Inherited(SmolStr),
}

/// A dotenv file whose variables a process gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    /// Its absolute path.
    pub path: Utf8PathBuf,
    /// Whether it may be missing: `env_file_if_exists`.
    pub if_exists: bool,
    /// The written variables that its values are stronger than: those of weaker layers.
    pub overrides: Arc<IndexSet<SmolStr>>,
}

/// When log files are replaced by new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The size at which a file is replaced.
    pub size: Size,
    /// How many old files are kept.
    pub keep: u32,
}

/// Something that an app waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The name of an app or an external.
    pub on: SmolStr,
    /// What is waited for.
    pub condition: Condition,
    /// How long it may take until that holds; `None` leaves it to the probe of the target, or to the
    /// command. Never of [`Condition::Started`].
    pub timeout: Option<Duration>,
    /// Whether the app is restarted when this one restarts.
    pub restarts: bool,
}

/// Where a unit listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Its name; `None` for the one that sets PORT.
    pub name: Option<SmolStr>,
    /// The scheme of its URL.
    pub scheme: Option<SmolStr>,
    /// The host that it listens on; an address of IPv6 without its brackets.
    pub host: SmolStr,
    /// The port, or that of the first instance.
    pub port: u16,
    /// Whether the port is derived and not written.
    pub is_auto: bool,
}

impl Endpoint {
    /// `HOST:PORT`, as it listens.
    #[must_use]
    pub fn address(&self) -> String {
        address::joined(&self.host, self.port)
    }

    /// Whether it listens on `127.0.0.1`, as written: no name is looked up.
    #[must_use]
    pub fn is_here(&self) -> bool {
        literal_endpoints::is_here(&self.host)
    }

    /// The host that others reach it by: `127.0.0.1` for one that listens on every interface.
    #[must_use]
    pub fn reachable_host(&self) -> &str {
        address::reachable(&self.host)
    }

    /// The same as other machines reach it, where it listens on every interface of one with this host.
    #[must_use]
    pub fn on_machine(&self, host: &str) -> Endpoint {
        let is_every = address::is_every(address::place(self.host.as_bytes()));
        let host = if is_every { host.into() } else { self.host.clone() };
        Endpoint { host, ..self.clone() }
    }

    /// `HOST:PORT`, as others reach it.
    #[must_use]
    pub fn reachable_address(&self) -> String {
        address::joined(self.reachable_host(), self.port)
    }

    /// Its URL, as others reach it; `None` without a scheme.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        Some(format!("{}://{}", self.scheme.as_ref()?, self.reachable_address()))
    }
}

/// Its name, and its URL or its address: `metrics http://127.0.0.1:9100`.
impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(formatter, "{name} ")?;
        }
        formatter.write_str(&self.url().unwrap_or_else(|| self.reachable_address()))
    }
}

/// Something that the system needs and does not start.
#[derive(Clone, Debug, PartialEq)]
pub struct External {
    /// Its name.
    pub name: SmolStr,
    /// The doc comment above it.
    pub doc: String,
    /// Where it listens.
    pub endpoints: Vec<Endpoint>,
    /// How to find out that it is there.
    pub ready: Option<Probe>,
    /// What to do when it is not.
    pub hint: Option<SmolStr>,
    /// The directory its probe runs programs in: the root of the ecosystem that declares it.
    pub directory: Utf8PathBuf,
}

#[cfg(test)]
mod tests {
    use super::{Instances, Variable, Variables};

    #[test]
    fn variables_that_are_kept_stay_in_their_order() {
        let plain = |text: &str| Variable::Plain(text.into());
        let read = || Variable::Read(super::Sources::default());
        let all = [("A", plain("a")), ("B", read()), ("C", plain("c"))];
        let mut variables: Variables =
            all.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let names = |variables: &Variables| -> Vec<String> {
            variables.iter().map(|(name, _)| name.to_string()).collect()
        };
        assert_eq!(variables.read().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["B"]);
        variables.retain(|name, _| name != "B");
        assert_eq!(names(&variables), ["A", "C"]);
        assert_eq!(variables.get("C"), Some(&plain("c")));
        assert_eq!((variables.len(), variables.read().count()), (2, 0));
        variables.retain(|_, _| false);
        assert!(variables.is_empty() && names(&variables).is_empty());
    }

    #[test]
    fn instances_are_counted_by_processors() {
        assert_eq!(Instances::Count(3).on(8), Some(3));
        assert_eq!(Instances::ForEachProcessor { fewer: 0 }.on(8), Some(8));
        assert_eq!(Instances::ForEachProcessor { fewer: 2 }.on(8), Some(6));
        assert_eq!(Instances::ForEachProcessor { fewer: 9 }.on(8), Some(1));
        assert_eq!(Instances::ForEachProcessor { fewer: 0 }.on(0), None);
    }
}
