//! The rules over one service, each once, and what they need to know of it.
//!
//! [`BlockFacts`] are what a block says, [`Facts`] what the blocks of a service say together. Three
//! stages ask the same rules: [`crate::check`] with the blocks of one declaration, where what may be
//! in a used ecosystem is unknown; [`crate::const_check`] with the blocks of all files, which rustc
//! reads from signatures; [`crate::resolve`] with an app. So everything here is a constant function
//! or the reading of a block.

use crate::address::{self, Address};
use crate::attribute::{ATTRIBUTES, Attribute};
use crate::declaration::{Attribution, Block, Given, Listen};
use crate::endpoint::{Place, Written};
use crate::expanded_service::Level;
use crate::kind::{Kind, Runner};
use crate::pm2::{is_node_itself, takes_for_node};
use crate::problem::{Endless, RULES, Rule};
use crate::text::{Piece, Placeholder, each_piece};
use crate::value::Value;

/// The attributes that rules ask for, each a bit.
pub(crate) mod bit {
    pub(crate) const RUNNER: u32 = 1;
    pub(crate) const MODULE: u32 = 1 << 1;
    pub(crate) const ENTRY: u32 = 1 << 2;
    pub(crate) const RUN: u32 = 1 << 3;
    pub(crate) const INTERPRETER: u32 = 1 << 4;
    pub(crate) const EXEC_MODE: u32 = 1 << 5;
    pub(crate) const INSTANCES: u32 = 1 << 6;
    pub(crate) const PORT: u32 = 1 << 7;
    pub(crate) const INCREMENT_VAR: u32 = 1 << 8;
    pub(crate) const AUTOSTART: u32 = 1 << 9;
    pub(crate) const AUTORESTART: u32 = 1 << 10;
    pub(crate) const CRON_RESTART: u32 = 1 << 11;
    pub(crate) const STOP_EXIT_CODES: u32 = 1 << 12;
    pub(crate) const RESTART_DELAY: u32 = 1 << 13;
    pub(crate) const BACKOFF: u32 = 1 << 14;
    pub(crate) const WAIT_READY: u32 = 1 << 15;
    pub(crate) const SHUTDOWN: u32 = 1 << 16;
    pub(crate) const ONLY_PROFILE: u32 = 1 << 17;
    pub(crate) const ARGS: u32 = 1 << 18;
    pub(crate) const OUT_FILE: u32 = 1 << 19;
    pub(crate) const ERROR_FILE: u32 = 1 << 20;
    pub(crate) const LOG_FILE: u32 = 1 << 21;
    pub(crate) const PID_FILE: u32 = 1 << 22;
    pub(crate) const WATCH: u32 = 1 << 23;
    pub(crate) const IGNORE_WATCH: u32 = 1 << 24;
    pub(crate) const ON: u32 = 1 << 25;
    /// The statement `listen`, which is no attribute.
    pub(crate) const LISTEN: u32 = 1 << 30;
    /// The statement `ready`, which is no attribute.
    pub(crate) const READY: u32 = 1 << 31;
}

const TRACKED: [(&str, u32); 26] = [
    ("runner", bit::RUNNER),
    ("module", bit::MODULE),
    ("entry", bit::ENTRY),
    ("run", bit::RUN),
    ("interpreter", bit::INTERPRETER),
    ("exec_mode", bit::EXEC_MODE),
    ("instances", bit::INSTANCES),
    ("port", bit::PORT),
    ("increment_var", bit::INCREMENT_VAR),
    ("autostart", bit::AUTOSTART),
    ("autorestart", bit::AUTORESTART),
    ("cron_restart", bit::CRON_RESTART),
    ("stop_exit_codes", bit::STOP_EXIT_CODES),
    ("restart_delay", bit::RESTART_DELAY),
    ("exp_backoff_restart_delay", bit::BACKOFF),
    ("wait_ready", bit::WAIT_READY),
    ("shutdown_with_message", bit::SHUTDOWN),
    ("only_profile", bit::ONLY_PROFILE),
    ("args", bit::ARGS),
    ("out_file", bit::OUT_FILE),
    ("error_file", bit::ERROR_FILE),
    ("log_file", bit::LOG_FILE),
    ("pid_file", bit::PID_FILE),
    ("watch", bit::WATCH),
    ("ignore_watch", bit::IGNORE_WATCH),
    ("on", bit::ON),
];

/// The bit of each row of the table; 0 for an attribute that no rule asks for.
const BITS: [u32; ATTRIBUTES.len()] = {
    let (mut bits, mut index) = ([0; ATTRIBUTES.len()], 0);
    while index < TRACKED.len() {
        bits[Attribute::row(TRACKED[index].0)] = TRACKED[index].1;
        index += 1;
    }
    bits
};

/// The attributes that mean something to each kind of service, by [`Kind`].
const APPLY: [u32; 3] = [apply(Kind::Python), apply(Kind::Node), apply(Kind::Script)];

const fn apply(kind: Kind) -> u32 {
    let (mut bits, mut row) = (bit::READY | bit::LISTEN, 0);
    while row < ATTRIBUTES.len() {
        let (kinds, mut index) = (ATTRIBUTES[row].kinds, 0);
        while index < kinds.len() {
            if kinds[index] as usize == kind as usize {
                bits |= BITS[row];
            }
            index += 1;
        }
        row += 1;
    }
    bits
}

/// The bits of an attribute, of `ready` or of `listen`; 0 for one that no rule asks for.
pub(crate) fn bit_of(attribute: &str) -> u32 {
    match attribute {
        "ready" => return bit::READY,
        // The endpoint without a name is the same as `port`.
        "listen" => return bit::LISTEN | bit::PORT,
        _ => {}
    }
    Attribute::position(attribute).and_then(|row| BITS.get(row)).copied().unwrap_or_default()
}

/// The bits of an attribute of the table.
pub(crate) fn bit_of_row(attribute: &'static Attribute) -> u32 {
    attribute.own_row().and_then(|row| BITS.get(row)).copied().unwrap_or_default()
}

/// The bit of a lint among what a block allows; 0 for what is no lint.
pub(crate) const fn lint_bit(lint: &str) -> u32 {
    let (mut bit, mut index) = (1_u32, 0);
    while index < RULES.len() && bit != 0 {
        let Rule { name, is_lint, .. } = RULES[index];
        if is_lint {
            if is_same(name, lint) {
                return bit;
            }
            bit <<= 1;
        }
        index += 1;
    }
    0
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

/// A value that is none of those that rules tell apart: an expression.
const NOT_KNOWN: u32 = u32::MAX;

/// What is added to `instances`, which may be negative.
const INSTANCES_OFFSET: i64 = 1 << 16;

/// What is known of a value with two sides, two bits each: 0 where nothing is given.
mod field {
    pub(super) const YES: u32 = 1;
    pub(super) const NO: u32 = 2;
    pub(super) const NOT_KNOWN: u32 = 3;

    /// `exec_mode`: a cluster.
    pub(super) const CLUSTER: u32 = 0;
    pub(super) const WAIT_READY: u32 = 2;
    pub(super) const SHUTDOWN: u32 = 4;
    pub(super) const AUTOSTART: u32 = 6;
    pub(super) const AUTORESTART: u32 = 8;
    /// `stop_exit_codes`: 0 is one of them.
    pub(super) const SUCCESS_IS_FINAL: u32 = 10;
    /// `interpreter`: Node or Bun themselves.
    pub(super) const NODE_ITSELF: u32 = 12;
    /// `interpreter`: what PM2 takes for Node.
    pub(super) const TAKEN_FOR_NODE: u32 = 14;
}

/// A value, as far as rules ask; `None` for what it is not, and for an expression.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plain<'v> {
    pub(crate) name: Option<&'v str>,
    pub(crate) integer: Option<i64>,
    pub(crate) boolean: Option<bool>,
    /// Whether 0 is among the values.
    pub(crate) has_zero: Option<bool>,
}

/// What a block says, as far as rules ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BlockFacts {
    /// The attributes that it gives.
    pub(crate) given: u32,
    /// The attributes that it unsets.
    pub(crate) unset: u32,
    /// The attributes in whose text is `{agent}`.
    pub(crate) agent: u32,
    /// The number of the runner, counted from 1.
    pub(crate) runner: u32,
    /// The values with two sides.
    pub(crate) values: u32,
    /// `instances`, with the offset.
    pub(crate) instances: u32,
    /// The port.
    pub(crate) port: u32,
    /// The host that the port is of, by its number.
    pub(crate) host: u32,
    /// The lints that it allows.
    pub(crate) allows: u32,
}

impl BlockFacts {
    /// How many words they are.
    pub(crate) const WORDS: usize = 9;

    /// What a block says outside its profiles.
    pub(crate) fn of(block: &Block) -> BlockFacts {
        let mut facts = BlockFacts::default();
        for key in &block.unset {
            facts.unset |= bit_of(key);
        }
        if block.ready.is_some() {
            facts.given |= bit::READY;
        }
        if !block.listen.is_empty() {
            facts.listen(&block.listen);
        }
        for setting in &block.settings {
            let bit = bit_of(&setting.key);
            // Of two settings of one attribute, which is a mistake, the first counts.
            if bit != 0 && facts.given & bit == 0 {
                facts.read(bit, setting);
            }
        }
        for allow in &block.allow {
            facts.allows |= lint_bit(&allow.rule);
        }
        facts
    }

    /// The endpoint without a name sets the port, as `port` does.
    fn listen(&mut self, listen: &[Listen]) {
        self.given |= bit::LISTEN;
        let Some(unnamed) = listen.iter().find(|listen| listen.name.is_none()) else { return };
        self.given |= bit::PORT;
        (self.port, self.host) = match Written::of(unnamed).place() {
            Place::At(Address { host, port }) => (u32::from(port), address::place(host.as_bytes())),
            Place::Auto | Place::Unknown => (NOT_KNOWN, 0),
        };
    }

    fn read(&mut self, bit: u32, setting: &Attribution) {
        if mentions_agent(setting) {
            self.agent |= bit;
        }
        let values = setting.values();
        let first = values.first().map(|value| &value.value);
        let has_zero = values.iter().any(|code| code.value == Value::Integer(0));
        let is_known = !values.iter().any(|code| matches!(code.value, Value::Expression(_)));
        self.give(
            bit,
            Plain {
                name: first.and_then(Value::as_name),
                integer: first.and_then(Value::as_integer),
                boolean: first.and_then(Value::as_boolean),
                has_zero: (is_known || has_zero).then_some(has_zero),
            },
        );
    }

    /// Gives an attribute, by its bit, a value.
    pub(crate) fn give(&mut self, bit: u32, plain: Plain<'_>) {
        let Plain { name, integer, boolean, has_zero } = plain;
        let of = |answer: Option<bool>| match answer {
            Some(true) => field::YES,
            Some(false) => field::NO,
            None => field::NOT_KNOWN,
        };
        self.given |= bit;
        match bit {
            bit::RUNNER => {
                let runner = name.and_then(Runner::from_word);
                self.runner = runner.map_or(NOT_KNOWN, |runner| runner as u32 + 1);
            }
            bit::EXEC_MODE => {
                let is_cluster = name.map(|mode| mode.starts_with("cluster"));
                self.values |= of(is_cluster) << field::CLUSTER;
            }
            bit::INTERPRETER => {
                self.values |= of(name.map(is_node_itself)) << field::NODE_ITSELF;
                self.values |= of(name.map(takes_for_node)) << field::TAKEN_FOR_NODE;
            }
            bit::INSTANCES => {
                let count = integer.or((name == Some("max")).then_some(0));
                let count = count
                    .and_then(|count| u32::try_from(count.saturating_add(INSTANCES_OFFSET)).ok());
                self.instances = count.unwrap_or(NOT_KNOWN);
            }
            bit::PORT => {
                self.port = integer.and_then(|port| u32::try_from(port).ok()).unwrap_or(NOT_KNOWN);
            }
            bit::WAIT_READY => self.values |= of(boolean) << field::WAIT_READY,
            bit::SHUTDOWN => self.values |= of(boolean) << field::SHUTDOWN,
            bit::AUTOSTART => self.values |= of(boolean) << field::AUTOSTART,
            bit::AUTORESTART => self.values |= of(boolean) << field::AUTORESTART,
            bit::STOP_EXIT_CODES => self.values |= of(has_zero) << field::SUCCESS_IS_FINAL,
            _ => {}
        }
    }

    /// The words, as a signature has them.
    pub(crate) const fn words(&self) -> [u32; BlockFacts::WORDS] {
        let BlockFacts { given, unset, agent, runner, values, instances, port, host, allows } =
            *self;
        [given, unset, agent, runner, values, instances, port, host, allows]
    }

    /// The facts that these words are.
    pub(crate) const fn from_words(words: [u32; BlockFacts::WORDS]) -> BlockFacts {
        let [given, unset, agent, runner, values, instances, port, host, allows] = words;
        BlockFacts { given, unset, agent, runner, values, instances, port, host, allows }
    }

    /// Whether they say nothing.
    pub(crate) fn is_empty(&self) -> bool {
        *self == BlockFacts::default()
    }
}

/// Whether `{agent}` is filled in in a value of an attribute.
fn mentions_agent(setting: &Attribution) -> bool {
    let filled_in = setting.attribute().is_some_and(|attribute| attribute.placeholders);
    let values = match &setting.given {
        Given::Values(values) if filled_in => values.as_slice(),
        Given::Values(_) | Given::Object(_) => &[],
    };
    values.iter().any(|value| matches!(&value.value, Value::Text(text) if has_agent(text)))
}

/// Whether `{agent}` is filled in in a text.
pub(crate) fn has_agent(text: &str) -> bool {
    let mut found = false;
    let read = each_piece::<crate::text::TextError>(text, |piece| {
        found |= piece == Piece::Placeholder(Placeholder::Agent);
        Ok(())
    });
    read.is_ok() && found
}

/// What is known of something that a service may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known<T> {
    /// It is given this.
    Is(T),
    /// It is given nothing.
    Absent,
    /// An ecosystem that is not seen here may give it, or an expression does.
    Unknown,
}

/// What the blocks of a service say together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    kind: Kind,
    /// Whether all blocks are seen.
    complete: bool,
    given: u32,
    absent: u32,
    agent: u32,
    runner: u32,
    values: u32,
    instances: u32,
    port: u32,
    host: u32,
    allows: u32,
    /// How many blocks have been laid, and which of them gives `restart_delay` and the growing one.
    blocks: u32,
    delay: u32,
    backoff: u32,
}

impl Facts {
    /// A service that is given nothing; `complete` says that all of its blocks follow.
    pub(crate) const fn new(kind: Kind, complete: bool) -> Facts {
        Facts {
            kind,
            complete,
            given: 0,
            absent: 0,
            agent: 0,
            runner: 0,
            values: 0,
            instances: 0,
            port: 0,
            host: 0,
            allows: 0,
            blocks: 0,
            delay: 0,
            backoff: 0,
        }
    }

    /// Lays a block over the weaker ones.
    pub(crate) const fn lay(mut self, block: &BlockFacts) -> Facts {
        self.blocks += 1;
        self.allows |= block.allows;
        if block.given | block.unset == 0 {
            return self;
        }
        let mut given = block.given & APPLY[self.kind as usize];
        if given & bit::RUNNER != 0 && !runs(self.kind, block.runner) {
            given &= !bit::RUNNER;
        }
        self.given = self.given & !block.unset | given;
        self.absent = (self.absent | block.unset) & !given;
        self.agent = self.agent & !block.unset & !given | block.agent & given;
        if given & bit::RUNNER != 0 {
            self.runner = block.runner;
        }
        if given & bit::INSTANCES != 0 {
            self.instances = block.instances;
        }
        if given & bit::PORT != 0 {
            self.port = block.port;
            self.host = block.host;
        }
        if given & bit::RESTART_DELAY != 0 {
            self.delay = self.blocks;
        }
        if given & bit::BACKOFF != 0 {
            self.backoff = self.blocks;
        }
        let is_given = (block.values | block.values >> 1) & 0x5555_5555;
        self.values = self.values & !(is_given * 3) | block.values;
        self
    }

    /// Lays a block that says nothing: blocks are counted.
    pub(crate) const fn lay_nothing(mut self) -> Facts {
        self.blocks += 1;
        self
    }

    /// Whether there is anything that a rule may be about.
    pub(crate) const fn matter(&self) -> bool {
        const ANY: u32 = bit::EXEC_MODE
            | bit::WAIT_READY
            | bit::SHUTDOWN
            | bit::INSTANCES
            | bit::BACKOFF
            | bit::RUNNER;
        let run = match self.kind {
            Kind::Python => self.has_all(bit::MODULE | bit::RUN),
            Kind::Node => self.has(bit::RUN),
            Kind::Script => self.lacks(bit::RUN),
        };
        self.given & ANY != 0 || self.agent != 0 || run
    }

    /// What is known of whether an attribute is given.
    pub(crate) const fn presence(&self, bit: u32) -> Known<()> {
        if self.given & bit != 0 {
            Known::Is(())
        } else if self.complete || self.absent & bit != 0 {
            Known::Absent
        } else {
            Known::Unknown
        }
    }

    /// Whether all blocks are known.
    pub(crate) const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether an attribute certainly is given.
    pub(crate) const fn has(&self, bit: u32) -> bool {
        self.given & bit != 0
    }

    const fn has_all(&self, bits: u32) -> bool {
        self.given & bits == bits
    }

    /// Whether an attribute certainly is not given.
    pub(crate) const fn lacks(&self, bit: u32) -> bool {
        matches!(self.presence(bit), Known::Absent)
    }

    /// Whether nothing is known of all these attributes.
    pub(crate) const fn knows_nothing_of(&self, bits: u32) -> bool {
        !self.complete && (self.given | self.absent) & bits == 0
    }

    /// Whether a block allows one of these lints.
    pub(crate) const fn allows(&self, lints: u32) -> bool {
        self.allows & lints != 0
    }

    /// Whether `{agent}` is filled in in an attribute.
    pub(crate) const fn mentions_agent(&self) -> bool {
        self.agent != 0
    }

    /// The port; 0 where there is none, or an expression gives it.
    pub(crate) const fn port(&self) -> u32 {
        if self.has(bit::PORT) && self.port != NOT_KNOWN { self.port } else { 0 }
    }

    /// The number of the host that the port is of.
    pub(crate) const fn host(&self) -> u32 {
        self.host
    }

    /// The port, where it is one of 127.0.0.1, as that of `port` is; else 0.
    pub(crate) const fn loopback_port(&self) -> u32 {
        if self.host == address::place::LOOPBACK { self.port() } else { 0 }
    }

    const fn value(&self, bit: u32, field: u32) -> Known<bool> {
        match self.presence(bit) {
            Known::Is(()) => match self.values >> field & 3 {
                field::YES => Known::Is(true),
                field::NO => Known::Is(false),
                _ => Known::Unknown,
            },
            Known::Absent => Known::Absent,
            Known::Unknown => Known::Unknown,
        }
    }

    const fn is_not_npm(&self) -> bool {
        self.lacks(bit::RUNNER)
            || self.has(bit::RUNNER) && self.runner != NOT_KNOWN && !self.is_npm()
    }

    const fn is_npm(&self) -> bool {
        self.has(bit::RUNNER) && self.runner == Runner::Npm as u32 + 1
    }
}

/// Whether a runner, by its number, is one of a kind of service; one that is not known may be.
const fn runs(kind: Kind, runner: u32) -> bool {
    let python = runner > Runner::Pipenv as u32 && runner <= Runner::Venv as u32 + 1;
    let node = runner > Runner::Node as u32 && runner <= Runner::Npm as u32 + 1;
    match kind {
        Kind::Python => python || runner == NOT_KNOWN,
        Kind::Node => node || runner == NOT_KNOWN,
        Kind::Script => false,
    }
}

/// An attribute that another one takes the place of, where both are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TakenPlace {
    pub(crate) key: &'static str,
    pub(crate) useless: u32,
    /// What takes the place, as it is written.
    pub(crate) beside: &'static str,
    pub(crate) by: u32,
}

impl TakenPlace {
    const fn of(key: &'static str, useless: u32, beside: &'static str, by: u32) -> TakenPlace {
        TakenPlace { key, useless, beside, by }
    }
}

/// The place of a block among those of a service, the weaker first: its level, and of templates which of
/// them it is.
pub(crate) const fn rank(level: Level, template: usize) -> usize {
    (level as usize) << 16 | template
}

/// Whether an attribute is useless beside one that takes its place, by the [`rank`] of their blocks. What
/// several services have may be replaced for one of them;
/// what a service says itself is unset.
pub(crate) const fn is_useless(useless: usize, by: usize) -> bool {
    useless >= by || useless == rank(Level::Service, 0) && by == rank(Level::Override, 0)
}

/// Whether a block gives a service of a kind one of [`TakenPlace`]'s attributes.
pub(crate) const fn gives(kind: Kind, block: &BlockFacts, bit: u32) -> bool {
    block.given & bit & APPLY[kind as usize] != 0
        && (bit != bit::RUNNER || runs(kind, block.runner))
}

/// What is wrong with what a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrongRun {
    /// A script without `run`.
    Script,
    /// `runner npm` without `run`.
    Npm,
    /// `run` in a node service that npm does not run.
    WithoutNpm,
}

/// The rules.
impl Facts {
    /// PM2's cluster is Node's: what else a service runs in one.
    pub(crate) const fn runs_in_cluster_without_node(&self) -> Option<&'static str> {
        match self.value(bit::EXEC_MODE, field::CLUSTER) {
            Known::Is(true) => self.runs_instead(self.value(bit::INTERPRETER, field::NODE_ITSELF)),
            Known::Is(false) | Known::Absent | Known::Unknown => None,
        }
    }

    /// `wait_ready` and `shutdown_with_message` need Node: what else a service with one of them
    /// runs.
    pub(crate) const fn runs_without_messages(&self, attribute: u32) -> Option<&'static str> {
        let field = match attribute {
            bit::WAIT_READY => field::WAIT_READY,
            _ => field::SHUTDOWN,
        };
        match self.value(attribute, field) {
            Known::Is(true) => self.runs_instead(self.interpreter_is_node()),
            Known::Is(false) | Known::Absent | Known::Unknown => None,
        }
    }

    const fn interpreter_is_node(&self) -> Known<bool> {
        match self.value(bit::INTERPRETER, field::NODE_ITSELF) {
            Known::Is(false) => self.value(bit::INTERPRETER, field::TAKEN_FOR_NODE),
            known => known,
        }
    }

    /// What a service runs that is not Node; `None` also where that is not known.
    const fn runs_instead(&self, by_node: Known<bool>) -> Option<&'static str> {
        match (self.kind, by_node) {
            // npm takes no interpreter.
            (Kind::Node, _) if self.is_npm() => Some("npm"),
            (_, Known::Is(true) | Known::Unknown) | (Kind::Node, Known::Absent) => None,
            (Kind::Python, Known::Is(false) | Known::Absent) => Some("Python"),
            (Kind::Script, Known::Absent) => Some("a program"),
            (Kind::Script | Kind::Node, Known::Is(false)) => Some("something else"),
        }
    }

    /// Only a cluster shares a port: whether several instances get the same.
    pub(crate) const fn instances_share_port(&self) -> bool {
        self.has(bit::PORT) && self.instances_share_variables()
    }

    /// Whether several instances, which are no cluster, get the same variables.
    pub(crate) const fn instances_share_variables(&self) -> bool {
        if !self.has(bit::INSTANCES)
            || self.instances == NOT_KNOWN
            || !self.lacks(bit::INCREMENT_VAR)
        {
            return false;
        }
        let count = self.instances as i64 - INSTANCES_OFFSET;
        // PM2 clusters Node and Bun by itself (`pm2::clusters_by_itself`).
        let fork = match self.value(bit::EXEC_MODE, field::CLUSTER) {
            Known::Is(is_cluster) => !is_cluster,
            Known::Unknown => false,
            Known::Absent if matches!(self.kind, Kind::Node) && self.is_npm() => true,
            Known::Absent => match self.value(bit::INTERPRETER, field::TAKEN_FOR_NODE) {
                Known::Is(taken) => !taken || count < -1,
                Known::Unknown => false,
                Known::Absent => count < -1 || self.runs_instead(Known::Absent).is_some(),
            },
        };
        count != 1 && fork
    }

    /// Why a service never ends for good; `None` also where that is not known.
    pub(crate) const fn endless(&self) -> Option<Endless> {
        if matches!(self.value(bit::AUTOSTART, field::AUTOSTART), Known::Is(false)) {
            return Some(Endless::NotStarted);
        }
        if self.has(bit::CRON_RESTART) {
            return Some(Endless::Cron);
        }
        let restarts = match self.value(bit::AUTORESTART, field::AUTORESTART) {
            Known::Is(restarts) => restarts,
            Known::Absent => true,
            Known::Unknown => false,
        };
        // PM2 does not start it again after one of these.
        let success_ends = match self.value(bit::STOP_EXIT_CODES, field::SUCCESS_IS_FINAL) {
            Known::Is(ends) => ends,
            Known::Absent => false,
            Known::Unknown => true,
        };
        if restarts && !success_ends { Some(Endless::Restarts) } else { None }
    }

    /// A script says what to run, and so does npm; a node service says it in another way.
    pub(crate) const fn wrong_run(&self) -> Option<WrongRun> {
        match self.kind {
            Kind::Script if self.lacks(bit::RUN) => Some(WrongRun::Script),
            Kind::Node if self.is_npm() && self.lacks(bit::RUN) => Some(WrongRun::Npm),
            Kind::Node if self.has(bit::RUN) && self.is_not_npm() => Some(WrongRun::WithoutNpm),
            Kind::Python | Kind::Node | Kind::Script => None,
        }
    }

    /// What takes the place of what, if both are given.
    pub(crate) const fn takes_place(&self) -> Option<TakenPlace> {
        let is_bun = self.has(bit::RUNNER) && self.runner == Runner::Bun as u32 + 1;
        match self.kind {
            Kind::Python if self.has_all(bit::MODULE | bit::RUN) => {
                Some(TakenPlace::of("module", bit::MODULE, "run", bit::RUN))
            }
            // Without `run` that is what is wrong.
            Kind::Node if self.is_npm() && self.has_all(bit::ENTRY | bit::RUN) => {
                Some(TakenPlace::of("entry", bit::ENTRY, "runner npm", bit::RUNNER))
            }
            Kind::Node if is_bun && self.has(bit::INTERPRETER) => {
                Some(TakenPlace::of("runner", bit::RUNNER, "interpreter", bit::INTERPRETER))
            }
            Kind::Python | Kind::Node | Kind::Script => None,
        }
    }

    /// PM2 takes the growing delay: whether a fixed one is given beside it, or over it.
    pub(crate) const fn delay_has_no_effect(&self) -> bool {
        self.has(bit::RESTART_DELAY) && self.has(bit::BACKOFF) && self.delay >= self.backoff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(kind: Kind, settings: &str) -> Facts {
        let block = format!(r#"{{"settings": {{{settings}}}}}"#);
        let block: Block = serde_json::from_str(&block).unwrap();
        Facts::new(kind, true).lay(&BlockFacts::of(&block))
    }

    #[test]
    fn a_block_is_read_back_from_its_words() {
        let block = r#"{"settings": {"port": [80], "instances": [-2], "autorestart": [false]},
            "unset": ["max_restarts", "run"], "allow": [{"rule": "port-conflict", "reason": "x"}]}"#;
        let facts = BlockFacts::of(&serde_json::from_str(block).unwrap());
        assert_eq!(BlockFacts::from_words(facts.words()), facts);
        assert_eq!((facts.port, facts.unset), (80, bit::RUN));
        assert!(!facts.is_empty());
    }

    #[test]
    fn every_lint_has_a_bit_of_its_own() {
        let bits: Vec<u32> = Rule::lints().map(lint_bit).collect();
        assert!(bits.iter().all(|bit| bit.is_power_of_two()), "{bits:?}");
        assert_eq!(bits.iter().fold(0, |all, bit| all | bit).count_ones() as usize, bits.len());
        assert_eq!(lint_bit("syntax"), 0);
    }

    #[test]
    fn runners_are_those_of_their_kinds() {
        for (word, runner) in Runner::ALL {
            for (_, kind) in Kind::ALL {
                assert_eq!(runs(kind, runner as u32 + 1), kind.runners().contains(&word), "{word}");
            }
        }
    }

    #[test]
    fn what_may_be_given_elsewhere_is_unknown() {
        let seen = Facts::new(Kind::Script, false);
        assert_eq!(seen.wrong_run(), None);
        assert_eq!(seen.endless(), None);
        let complete = Facts::new(Kind::Script, true);
        assert_eq!(complete.wrong_run(), Some(WrongRun::Script));
        assert_eq!(complete.endless(), Some(Endless::Restarts));
    }

    #[test]
    fn stronger_blocks_win_and_kinds_take_what_is_theirs() {
        let cluster = r#""exec_mode": [{"word": "cluster"}]"#;
        let python = facts(Kind::Python, cluster);
        assert_eq!(python.runs_in_cluster_without_node(), Some("Python"));
        let fork = serde_json::from_str(r#"{"settings": {"exec_mode": [{"word": "fork"}]}}"#);
        let fork = python.lay(&BlockFacts::of(&fork.unwrap()));
        assert_eq!(fork.runs_in_cluster_without_node(), None);
        let npm = r#""runner": [{"word": "npm"}]"#;
        assert_eq!(facts(Kind::Node, npm).wrong_run(), Some(WrongRun::Npm));
        assert_eq!(facts(Kind::Python, npm).wrong_run(), None);
    }
}
