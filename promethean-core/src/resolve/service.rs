//! From the merged layers of a service to its app.

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexSet;
use smol_str::{SmolStr, ToSmolStr as _};

use super::check_resolved::Checks;
use super::endpoints::{Endpoints, Reader};
use super::error::Located;
use super::evaluate::evaluate;
use super::layers::{Layered, Layering, Merged, Settings};
use super::machines::Machines;
use super::probes::{alive, ready};
use super::program;
use super::scope::{Node, NodeId, NodeKind, ScopeId, Scopes};
use super::text::{Filling, Text};
use super::units::Units;
use crate::app::{
    App, Dependency, Endpoint, EnvFile, External, Interpreter, Program, Rotation, SourcePiece,
    SourceText, Sources, System, Variable, Variables,
};
use crate::attribute::{ATTRIBUTES, Attribute, ENV_FILE_ROWS, Form, Owner, Part, Setting};
use crate::check::literal_endpoints;
use crate::check::{
    READ_BY_PROGRAMS, asks_elsewhere, attribute_fault, option_of, other_port, tells, variable_tells,
};
use crate::declaration::{self, Attribution, Condition, EnvEntry, EnvValue};
use crate::diagnostic::ItemPath;
use crate::endpoint::{PORT, port_of};
use crate::expanded_service::{ExpandedService, Level};
use crate::kind::{Kind, Runner, Signal};
use crate::paths;
use crate::problem::Fault;
use crate::problem::texts::{DEFAULTS, OF, OWN_ENV, THE_SET, THE_TEMPLATE};
use crate::span_id::Spanned;
use crate::suggest::is_slip;
use crate::text::{escape, is_plain};
use crate::value::Value;

/// The row of `port`.
const PORT_ROW: usize = Attribute::row("port");

/// Python writes its output at once when it is set.
const UNBUFFERED: &str = "PYTHONUNBUFFERED";

/// Builds the apps and externals of a system. Gives what has been checked of the apps.
pub(super) fn build<'s, 'a>(
    scopes: &'s Scopes<'a>,
    units: &Units<'a>,
    layering: &mut Layering<'s, 'a>,
    order: &[NodeId],
    machines: &Machines<'s, 'a>,
    system: &mut System,
    problems: &mut Vec<Located>,
) -> Checks {
    let desk = Desk::default();
    let mut checks = Checks::new(order.len());
    let endpoints = Endpoints::new(scopes, layering.profile(), machines);
    for id in order {
        let node = scopes.node(*id);
        match &node.kind {
            NodeKind::External(external) => {
                let given = external.ready.as_deref();
                let (scope, beside) = (node.scope, false);
                let given =
                    given.map(|value| Layered { value, scope, rank: 0, beside, shared: None });
                let (own, faults) = endpoints.declared(*id, &endpoints.written(*id));
                problems.extend(faults.into_iter().map(|fault| located(node, ["listen"], fault)));
                let ready = given.and_then(|given| {
                    let probe = ready(scopes, given, &node.name, &own);
                    probe.map_err(|fault| problems.push(located(node, ["ready"], fault))).ok()
                });
                system.externals.push(External {
                    name: node.name.clone(),
                    doc: external.doc.clone(),
                    endpoints: own,
                    ready,
                    hint: external.hint.as_ref().map(|hint| hint.value.clone()),
                    directory: scopes.get(node.scope).root.clone(),
                });
            }
            NodeKind::Service(instance) => {
                let merged = layering.merge(node, instance, problems);
                if merged.setting(const { Attribute::row("on") }).is_some() {
                    machines.note_choice();
                }
                let place = (*id, &endpoints);
                let mut app = Builder::new(scopes, place, instance, merged, &desk, problems).app();
                app.depends_on = dependencies(scopes, units, *id);
                system.apps.push(app);
                checks.last_of(&system.apps);
            }
        }
    }
    checks
}

/// What an app waits for: where nothing is written, for `ready` if there is a probe.
fn dependencies(scopes: &Scopes<'_>, units: &Units<'_>, id: NodeId) -> Vec<Dependency> {
    let edges = units.edges(id);
    if edges.is_empty() {
        return Vec::new();
    }
    let depend = edges.iter().map(|edge| {
        let target = scopes.node(edge.target);
        let has_probe = match target.kind {
            NodeKind::External(external) => external.ready.is_some(),
            NodeKind::Service(_) => units.has_probe(edge.target),
        };
        let condition = match edge.condition {
            None if has_probe => Condition::Ready,
            // Of an agent, those services are waited for that have a probe.
            Some(Condition::Ready) if !has_probe => Condition::Started,
            written => written.unwrap_or(Condition::Started),
        };
        let timeout = edge.timeout.filter(|_| condition != Condition::Started);
        Dependency { on: target.name.clone(), condition, timeout, restarts: edge.restarts }
    });
    depend.collect()
}

fn located<const COUNT: usize>(node: &Node<'_>, within: [&str; COUNT], fault: Fault) -> Located {
    let path = ItemPath::new(std::iter::once(node.name.as_str()).chain(within));
    Located::new(path, fault)
}

/// What building apps reuses.
#[derive(Default)]
struct Desk<'a> {
    /// Where texts are put together.
    buffer: RefCell<String>,
    /// What attributes of shared layers are given, by the numbers of their values.
    settings: RefCell<Vec<Option<Read<'a>>>>,
    /// What the settings of an app were, for the next ones that are given the same.
    pattern: RefCell<Option<Pattern<'a>>>,
    /// The texts of variables of shared layers, by the numbers of their values.
    texts: RefCell<Vec<Option<Text<'a>>>>,
    /// The names of the last app's variables.
    names: RefCell<Names<'a>>,
}

/// Names of variables.
#[derive(Default)]
struct Names<'a> {
    written: Vec<&'a SmolStr>,
    names: Arc<[SmolStr]>,
}

impl<'a> Names<'a> {
    /// Whether one is in this place. Mostly it is written in the same place, too.
    fn has(&self, place: usize, name: &'a SmolStr) -> bool {
        let known = self.written.get(place);
        known.is_some_and(|known| std::ptr::eq(*known, name) || *known == name)
    }

    fn change(&mut self, written: Vec<&'a SmolStr>) {
        self.names = written.iter().copied().cloned().collect();
        self.written = written;
    }
}

/// Gives what has a number, which is made once.
fn numbered<K, T>(
    known: &RefCell<Vec<Option<K>>>,
    number: NonZeroU32,
    make: impl FnOnce() -> Result<K, Fault>,
    give: impl FnOnce(&K) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let place = number.get() as usize;
    if let Some(Some(known)) = known.borrow().get(place) {
        return give(known);
    }
    let item = make()?;
    let given = give(&item);
    let mut known = known.borrow_mut();
    if known.len() <= place {
        known.resize_with(place + 1, || None);
    }
    known[place] = Some(item);
    given
}

/// A setting whose placeholders are not yet filled in.
enum Read<'a> {
    /// There are none.
    Constant(Setting),
    /// A text alone.
    Text(Text<'a>),
    /// Texts, and what is beside them.
    Texts(Setting),
}

/// The settings of apps that are given the same by shared layers, and nothing else.
struct Pattern<'a> {
    given: Rc<Settings<'a>>,
    settings: Vec<(&'static Attribute, Patterned<'a>)>,
}

/// A setting of a pattern.
enum Patterned<'a> {
    /// It is the same in each.
    Constant(Setting),
    /// It is made for each.
    Own(Layered<'a, Attribution>),
}

/// Builds one app.
struct Builder<'b, 'a> {
    scopes: &'b Scopes<'a>,
    id: NodeId,
    node: &'b Node<'a>,
    endpoints: &'b Endpoints<'b, 'a>,
    instance: &'b ExpandedService<'a>,
    merged: &'b Merged<'a>,
    directory: Utf8PathBuf,
    desk: &'b Desk<'a>,
    problems: &'b mut Vec<Located>,
}

impl<'b, 'a> Builder<'b, 'a> {
    fn new(
        scopes: &'b Scopes<'a>,
        (id, endpoints): (NodeId, &'b Endpoints<'b, 'a>),
        instance: &'b ExpandedService<'a>,
        merged: &'b Merged<'a>,
        desk: &'b Desk<'a>,
        problems: &'b mut Vec<Located>,
    ) -> Builder<'b, 'a> {
        let node = scopes.node(id);
        let root = &scopes.get(node.written_in).root;
        let directory = match &instance.service.directory {
            Some(directory) => paths::join(root, Utf8Path::new(directory.as_str())),
            None => root.clone(),
        };
        Builder { scopes, id, node, endpoints, instance, merged, directory, desk, problems }
    }

    fn app(mut self) -> App {
        let kind = self.instance.service.kind;
        let mut given = program::ProgramParts::default();
        let (mut kill_signal, mut rotation) = (None, None);
        let settings = self.patterned_settings();
        let mut settings = settings.unwrap_or_else(|| {
            let settings = self.settings(&mut given, &mut kill_signal, &mut rotation);
            self.keep_pattern(&settings);
            settings
        });
        let runner = given.runner;
        let program = given.program(kind).unwrap_or_else(|fault| {
            self.problem(["run"], fault);
            // What other rules need to know of it.
            let npm = runner.filter(|runner| *runner == Runner::Npm);
            let interpreter = match (kind, npm) {
                (Kind::Node, None) => Interpreter::Node,
                (Kind::Node, Some(_)) | (Kind::Python | Kind::Script, _) => Interpreter::None,
            };
            let script = npm.map(|npm| SmolStr::new_static(npm.word())).unwrap_or_default();
            Program { script, interpreter, ..Program::default() }
        });
        self.the_delay_has_an_effect();
        self.one_port();
        self.no_literal_endpoints();
        let endpoints = self.own_endpoints();
        if !endpoints.is_empty() || self.merged.setting(PORT_ROW).is_some() {
            set_port(&mut settings, &endpoints);
        }
        let sets_port = endpoints.iter().any(|endpoint| endpoint.name.is_none());
        let env = self.env(&program, sets_port);
        let env_files = self.env_files(&env);
        let ready = self.merged.ready.and_then(|given| {
            let probe = ready(self.scopes, given, &self.node.name, &endpoints);
            probe.map_err(|fault| self.problem(["ready"], fault)).ok()
        });
        let alive = self.merged.alive.and_then(|given| {
            let probe = alive(self.scopes, given, &self.node.name, &endpoints);
            probe.map_err(|fault| self.problem(["alive"], fault)).ok()
        });
        App {
            name: self.node.name.clone(),
            agent: self.instance.agent.map(|agent| agent.name.value.clone()),
            short_name: self.instance.service.name.value.clone(),
            doc: self.instance.service.doc.clone(),
            kind,
            program,
            settings,
            env,
            env_files,
            secret_files: self.secret_files(),
            depends_on: Vec::new(),
            machines: Vec::new(),
            is_here: true,
            port_of_variable: self
                .port_of_variable()
                .filter(|_| endpoints.iter().all(|endpoint| endpoint.name.is_some())),
            endpoints,
            ready,
            alive,
            kill_signal,
            rotation,
            allowed: self.allowed(),
            directory: self.directory,
        }
    }

    /// The settings that PM2 has; the others go to where they belong.
    fn settings(
        &mut self,
        given: &mut program::ProgramParts,
        kill_signal: &mut Option<Signal>,
        rotation: &mut Option<Rotation>,
    ) -> Vec<(&'static Attribute, Setting)> {
        let kind = self.instance.service.kind;
        let mut settings = Vec::with_capacity(self.merged.settings().len());
        for (attribute, attribution) in self.merged.settings() {
            let Some(setting) = self.setting(attribute, attribution) else { continue };
            match attribute.part {
                Some(Part::Runner) => {
                    let mut texts = setting.texts();
                    let word = texts.next().filter(|word| kind.runners().contains(word));
                    given.runner = word.and_then(Runner::from_word);
                    given.venv = texts.next().map(SmolStr::from);
                }
                Some(Part::Module) => given.module = into_text(setting),
                Some(Part::Entry) => given.entry = into_text(setting),
                Some(Part::Run) => given.run = into_texts(setting),
                Some(Part::Arguments) => given.args = into_texts(setting),
                Some(Part::Interpreter) => given.interpreter = into_text(setting),
                Some(Part::InterpreterArguments) => given.interpreter_args = into_texts(setting),
                None if attribute.name == "kill_signal" => {
                    *kill_signal = setting.as_text().and_then(Signal::from_word);
                }
                None if attribute.name == "rotate" => *rotation = rotation_of(&setting),
                None if attribute.owner == Owner::Language => {}
                None => settings.push((attribute, self.in_pm2(attribute.name, setting))),
            }
        }
        settings
    }

    /// Where it listens.
    fn own_endpoints(&mut self) -> Vec<Endpoint> {
        let written = &self.merged.endpoints;
        if written.0.is_empty() {
            return Vec::new();
        }
        let (endpoints, faults) = self.endpoints.declared(self.id, written);
        for fault in faults {
            self.problem(["listen"], fault);
        }
        endpoints
    }

    /// The addresses of endpoints in other ecosystems are not written out; within one ecosystem its
    /// check compares them.
    fn no_literal_endpoints(&mut self) {
        let merged = self.merged;
        let is_allowed = merged.allow.iter().any(|allow| *allow.rule == literal_endpoints::RULE);
        if is_allowed || self.scopes.all().nth(1).is_none() {
            return;
        }
        for (attribute, given) in merged.settings().filter(|(known, _)| known.placeholders) {
            let reader = Reader { node: self.id, scope: given.scope, beside: given.beside };
            for value in given.value.values() {
                if let Value::Text(text) = &value.value
                    && let Some(fault) = self.endpoints.literal(reader, text, false)
                {
                    self.problem([attribute.name], fault);
                }
            }
        }
        for (key, given) in &merged.env {
            let reader = Reader { node: self.id, scope: given.scope, beside: given.beside };
            for source in given.value.value.sources() {
                if let EnvValue::Text(text) = source
                    && let Some(fault) = self.endpoints.literal(reader, text, true)
                {
                    self.problem(["env", key], fault);
                }
            }
        }
    }

    /// PM2 takes the growing delay; a fixed one of a weaker layer is replaced on purpose.
    fn the_delay_has_an_effect(&mut self) {
        const FIXED: usize = Attribute::row("restart_delay");
        const GROWING: usize = Attribute::row("exp_backoff_restart_delay");
        let rank = |row| self.merged.setting(row).map(|given| given.rank);
        let (fixed, growing) = (rank(FIXED), rank(GROWING));
        if growing.is_some_and(|growing| fixed.is_some_and(|fixed| fixed >= growing)) {
            self.problem(["restart_delay"], Fault::TwoRestartDelays);
        }
    }

    /// A port of one ecosystem beside a variable, or a probe, of another one; within one ecosystem
    /// its check compares them.
    fn one_port(&mut self) {
        let merged = self.merged;
        let Some(port) = merged.setting(PORT_ROW) else { return };
        let Some(&Value::Integer(number)) = port.value.values().first().map(|port| &port.value)
        else {
            return;
        };
        let allows = |rule: &str| merged.allow.iter().any(|allow| *allow.rule == rule);
        let variable = merged.env.get(PORT);
        if let Some(given) = variable.filter(|given| given.scope != port.scope)
            && given.rank >= port.rank
            && let Some(variable) = other_port(&given.value.value, number)
            && !allows("port-twice")
        {
            let statement = format!("port {number}");
            let fault = Fault::PortTwice { port: number, variable, statement };
            self.problem(["env", PORT], fault);
        }
        for (name, probe) in [("ready", merged.ready), ("alive", merged.alive)] {
            if let Some(probe) = probe.filter(|probe| probe.scope != port.scope)
                && let Some((asked, fault)) = asks_elsewhere(probe.value, number, None)
                && !self.is_told(asked)
                && !allows("probe-port")
            {
                self.problem([name], fault);
            }
        }
    }

    /// The port that PORT is written as.
    fn port_of_variable(&self) -> Option<u16> {
        let EnvValue::Text(text) = &self.merged.env.get(PORT)?.value.value else {
            return None;
        };
        port_of(text)
    }

    /// Whether an argument, a variable or a file may give the service a second port.
    fn is_told(&self, port: i64) -> bool {
        let rows = READ_BY_PROGRAMS.iter().filter_map(|name| Attribute::position(name));
        let settings = rows.filter_map(|row| self.merged.setting(row));
        let mut values = settings.flat_map(|given| given.value.values());
        let mut variables = self.merged.env.iter();
        values.any(|value| tells(&value.value, port))
            || variables.any(|(key, given)| variable_tells(key, &given.value.value, port))
    }

    fn problem<const COUNT: usize>(&mut self, within: [&str; COUNT], fault: Fault) {
        self.problems.push(located(self.node, within, fault));
    }

    /// The root that `{root}` stands for: that of the ecosystem that has the service.
    fn filling(&self, scope: ScopeId, beside: bool) -> Filling<'_, 'a> {
        Filling {
            endpoints: self.endpoints,
            reader: Reader { node: self.id, scope, beside },
            buffer: &self.desk.buffer,
            name: &self.node.name,
            agent: self.instance.agent.map(|agent| agent.name.as_str()),
            root: &self.scopes.get(self.node.scope).root_text,
            directory: &self.directory,
        }
    }

    /// The settings, where an app before was given the same.
    fn patterned_settings(&mut self) -> Option<Vec<(&'static Attribute, Setting)>> {
        let pattern = self.desk.pattern.borrow();
        let is_same =
            |pattern: &&Pattern<'_>| Rc::ptr_eq(&pattern.given, self.merged.list_of_settings());
        let pattern = pattern.as_ref().filter(is_same)?;
        let mut settings = Vec::with_capacity(pattern.settings.len());
        for (attribute, patterned) in &pattern.settings {
            let setting = match patterned {
                Patterned::Constant(setting) => Some(setting.clone()),
                Patterned::Own(given) => {
                    let setting = self.setting(attribute, *given);
                    setting.map(|setting| self.in_pm2(attribute.name, setting))
                }
            };
            settings.extend(setting.map(|setting| (*attribute, setting)));
        }
        Some(settings)
    }

    /// Keeps the settings for the next apps, if shared layers give all of them and nothing else.
    fn keep_pattern(&self, settings: &[(&'static Attribute, Setting)]) {
        let given = self.merged.settings();
        if given.len() != settings.len() {
            return;
        }
        let known = self.desk.settings.borrow();
        let patterned = given.zip(settings).map(|((attribute, given), (_, setting))| {
            let read = known.get(given.shared?.get() as usize)?.as_ref()?;
            let patterned = match (read, setting) {
                // What PM2 would read in its own way can be in a list.
                (_, Setting::List(_)) | (Read::Text(_) | Read::Texts(_), _) => {
                    Patterned::Own(given)
                }
                (Read::Constant(_), setting) => Patterned::Constant(setting.clone()),
            };
            Some((attribute, patterned))
        });
        if let Some(settings) = patterned.collect() {
            let given = Rc::clone(self.merged.list_of_settings());
            *self.desk.pattern.borrow_mut() = Some(Pattern { given, settings });
        }
    }

    /// Reads the values of an attribute, evaluates its expressions and fills in its placeholders.
    fn setting(
        &mut self,
        attribute: &'static Attribute,
        given: Layered<'a, Attribution>,
    ) -> Option<Setting> {
        if let Some(number) = given.shared
            && let Some(Some(Read::Constant(setting))) =
                self.desk.settings.borrow().get(number.get() as usize)
        {
            return Some(setting.clone());
        }
        let read = || self.read(attribute, given);
        let fill = |read: &Read<'a>| match read {
            Read::Constant(setting) => Ok(setting.clone()),
            Read::Text(text) => {
                self.filling(given.scope, given.beside).known_text(text).map(Setting::Text)
            }
            Read::Texts(setting) => {
                let filling = self.filling(given.scope, given.beside);
                fill(setting.clone(), &filling, &mut given.value.values().iter())
            }
        };
        let filled = match given.shared {
            Some(number) => numbered(&self.desk.settings, number, read, fill),
            None => read().and_then(|read| fill(&read)),
        };
        filled.map_err(|fault| self.problem([attribute.name], fault)).ok()
    }

    fn read(
        &self,
        attribute: &'static Attribute,
        given: Layered<'a, Attribution>,
    ) -> Result<Read<'a>, Fault> {
        let setting = match &given.value.given {
            declaration::Given::Object(entries) => {
                object(self.scopes, given.scope, attribute, entries)?
            }
            declaration::Given::Values(_) if attribute.form == Form::Object => {
                return Err(Fault::WrongForm { attribute });
            }
            declaration::Given::Values(values) => {
                read(self.scopes, given.scope, attribute, values)?
            }
        };
        let constant =
            |value: &Spanned<Value>| !matches!(&value.value, Value::Text(text) if !is_plain(text));
        let values = given.value.values();
        Ok(match (&setting, values) {
            _ if !attribute.placeholders || values.iter().all(constant) => Read::Constant(setting),
            (Setting::Text(_), [Spanned { value: Value::Text(text), .. }]) => {
                Read::Text(Text::of(text)?)
            }
            _ => Read::Texts(setting),
        })
    }

    /// What PM2 would otherwise read in its own way.
    fn in_pm2(&self, name: &str, setting: Setting) -> Setting {
        let absolute =
            |path: &str| paths::join(&self.directory, Utf8Path::new(path)).as_str().to_smolstr();
        match (name, setting) {
            // PM2 would resolve them against the directory too, but so does whoever reads it.
            ("watch", Setting::List(paths)) => {
                let filled = paths.iter().filter_map(Setting::as_text);
                let filled = filled.map(|path| self.filling(self.node.scope, false).glob(path));
                let absolutes = filled.map(|path| absolute(&path));
                Setting::List(absolutes.map(Setting::Text).collect())
            }
            ("ignore_watch", Setting::List(globs)) => {
                let filled = globs.iter().filter_map(Setting::as_text);
                let filled = filled
                    .map(|glob| Setting::Text(self.filling(self.node.scope, false).glob(glob)));
                Setting::List(filled.collect())
            }
            // PM2's validator knows numbers alone; 0 is one for each processor.
            ("instances", Setting::Text(_)) => Setting::Integer(0),
            (_, setting) => setting,
        }
    }

    /// The variables that are written, and what Python needs: without a terminal it keeps its output
    /// back, so that nothing is in the log for minutes. PM2 sets the variable where it knows that it
    /// starts Python (`Common.sink.resolveInterpreter` in `lib/Common.js`), and not where Python is
    /// started by something else.
    fn env(&mut self, program: &Program, sets_port: bool) -> Variables {
        static UNBUFFERED: SmolStr = SmolStr::new_static(self::UNBUFFERED);
        let merged = self.merged;
        let is_python = self.instance.service.kind == Kind::Python || program.runs_python();
        let is_added = is_python && !merged.env.contains_key(self::UNBUFFERED);
        let mut values = Vec::with_capacity(merged.env.len() + usize::from(is_added));
        let mut last = self.desk.names.borrow_mut();
        // The names, once one is not that of the last app.
        let mut names: Option<Vec<&SmolStr>> = None;
        let mut name = |place: usize, name: &'a SmolStr| match &mut names {
            Some(names) => names.push(name),
            None if last.has(place, name) => {}
            None => names = Some(last.written[..place].iter().copied().chain([name]).collect()),
        };
        for (key, given) in &merged.env {
            let variable = match (&given.value.value, given.shared) {
                (EnvValue::Text(text), Some(number)) => numbered(
                    &self.desk.texts,
                    number,
                    || Text::of(text),
                    |text| match text {
                        Text::Plain(text) => Ok(Variable::Plain((*text).clone())),
                        Text::Pieces(pieces) => {
                            self.filling(given.scope, given.beside).known_variable(pieces)
                        }
                    },
                ),
                (value, _) => self.variable(key, given.with(value)),
            };
            match variable {
                Ok(variable) => {
                    name(values.len(), &given.value.key.value);
                    values.push(variable);
                }
                // The endpoint without a name sets it.
                Err(Fault::MissingKey { .. }) if sets_port && *key == PORT => {}
                Err(fault) => self.problems.push(located(self.node, ["env", key], fault)),
            }
        }
        if is_added {
            name(values.len(), &UNBUFFERED);
            values.push(Variable::Plain("1".into()));
        }
        if let Some(names) = names {
            last.change(names);
        } else if last.written.len() != values.len() {
            let names = last.written[..values.len()].to_vec();
            last.change(names);
        }
        Variables::of(Arc::clone(&last.names), values)
    }

    fn variable(&self, key: &str, given: Layered<'a, EnvValue>) -> Result<Variable, Fault> {
        let filling = || self.filling(given.scope, given.beside);
        let read = |piece| {
            let in_order = vec![SourceText(vec![piece])];
            Variable::Read(Sources { in_order, or_unset: false })
        };
        let name = |written: &Option<Spanned<SmolStr>>| {
            written.as_ref().map_or_else(|| key.into(), |name| name.value.clone())
        };
        match given.value {
            EnvValue::Text(text) => filling().variable(text),
            EnvValue::Endpoint(reference) => {
                let part = reference.part.value;
                let value = self.endpoints.part(filling().reader, part, reference.target())?;
                match &reference.append {
                    None => Ok(Variable::Plain(value)),
                    Some(append) => filling().variable(&(escape(&value) + append.as_str()).into()),
                }
            }
            EnvValue::Expression(index) => {
                Ok(Variable::Plain(evaluate(self.scopes, given.scope, **index)?))
            }
            EnvValue::Secret(stored) => Ok(read(SourcePiece::Secret(name(stored)))),
            EnvValue::Inherit(from) => Ok(read(SourcePiece::Inherited(name(from)))),
            EnvValue::Or(sources) => {
                let mut all = Sources::default();
                for source in sources {
                    if source.value == EnvValue::Unset {
                        all.or_unset = true;
                        continue;
                    }
                    match self.variable(key, given.with(&source.value))? {
                        Variable::Plain(text) => {
                            all.in_order.push(SourceText(vec![SourcePiece::Literal(text)]));
                        }
                        Variable::Read(mut read) => all.in_order.append(&mut read.in_order),
                    }
                }
                Ok(Variable::Read(all))
            }
            EnvValue::Required => {
                let (owner, by_itself) = self.required_by(given);
                Err(Fault::MissingKey {
                    key: key.to_owned(),
                    service: self.node.name.to_string(),
                    required_by: owner,
                    by_itself,
                    given: self.slip(key),
                })
            }
            // Laying the entry over the others has removed it.
            EnvValue::Unset => Ok(Variable::Plain(SmolStr::default())),
        }
    }

    /// The variable that is given in the place of another one, by a slip of the pen.
    fn slip(&self, wanted: &str) -> Option<String> {
        let given = self.merged.env.iter();
        let given = given.filter(|(_, given)| given.value.value != EnvValue::Required);
        let mut keys = given.map(|(key, _)| *key);
        keys.find(|key| is_slip(key.as_bytes(), wanted.as_bytes())).map(str::to_owned)
    }

    /// What requires a variable: an env set, the defaults, a template, or the service itself; and
    /// whether it is the service itself.
    fn required_by(&self, given: Layered<'a, EnvValue>) -> (String, bool) {
        let scope = self.scopes.get(given.scope);
        let declaration = scope.declaration;
        let has = |entries: &[EnvEntry]| {
            entries.iter().any(|entry| std::ptr::eq(&raw const entry.value, given.value))
        };
        let set = declaration.sets.iter().find(|set| has(&set.env));
        let mut templates = declaration.templates.iter();
        let owner = if let Some(set) = set {
            THE_SET.fill(&[&set.name])
        } else if has(&declaration.defaults.env) {
            DEFAULTS.to_owned()
        } else if let Some(template) = templates.find(|template| has(&template.block.env)) {
            THE_TEMPLATE.fill(&[&template.name])
        } else {
            OWN_ENV.to_owned()
        };
        let by_itself = owner == OWN_ENV;
        (OF.fill(&[&owner, &scope.ecosystem.quoted_title()]), by_itself)
    }

    /// The strongest last: those of the nearer layer, of one layer those that need not exist.
    fn env_files(&mut self, env: &Variables) -> Vec<EnvFile> {
        let given = ENV_FILE_ROWS.map(|row| self.merged.setting(row));
        if given.iter().all(Option::is_none) {
            return Vec::new();
        }
        let mut files: Vec<(u32, EnvFile)> = Vec::new();
        for (row, given) in ENV_FILE_ROWS.into_iter().zip(given) {
            let Some(given) = given else { continue };
            let Some(paths) = self.setting(&ATTRIBUTES[row], given).map(into_texts) else {
                continue;
            };
            let weaker = self.merged.env.iter().filter(|(_, entry)| entry.rank < given.rank);
            let weaker = weaker.map(|(key, _)| SmolStr::from(*key));
            // What nobody wrote is the weakest of all.
            let added = !self.merged.env.contains_key(UNBUFFERED);
            let weaker = weaker.chain(added.then(|| SmolStr::new_static(UNBUFFERED)));
            let overrides: Arc<IndexSet<SmolStr>> =
                Arc::new(weaker.filter(|key| env.contains(key)).collect());
            files.extend(paths.iter().map(|file| {
                let path = paths::join(&self.directory, Utf8Path::new(file));
                let if_exists = row == ENV_FILE_ROWS[1];
                (given.rank, EnvFile { path, if_exists, overrides: Arc::clone(&overrides) })
            }));
        }
        files.sort_by_key(|(rank, _)| *rank);
        files.into_iter().map(|(_, file)| file).collect()
    }

    /// Nearest first, each once: those of stronger layers, then those at the top of ecosystems.
    fn secret_files(&mut self) -> Vec<Utf8PathBuf> {
        const ROW: usize = Attribute::row("secrets");
        let of_ecosystems = match self.merged.secrets_end {
            true => &[],
            false => self.scopes.get(self.node.scope).secret_files.as_slice(),
        };
        if self.merged.secrets.is_empty() {
            return of_ecosystems.to_vec();
        }
        let mut files = IndexSet::new();
        for file in self.merged.secrets.iter().rev() {
            let in_service = file.level >= Level::Service;
            let base = match in_service {
                true => self.directory.clone(),
                false => self.scopes.get(file.setting.scope).root.clone(),
            };
            if let Some(path) = self.setting(&ATTRIBUTES[ROW], file.setting).and_then(into_text) {
                files.insert(paths::join(&base, Utf8Path::new(&path)));
            }
        }
        files.extend(of_ecosystems.iter().cloned());
        files.into_iter().collect()
    }

    fn allowed(&self) -> Vec<(SmolStr, SmolStr)> {
        let allowed = self.merged.allow.iter();
        allowed.map(|allow| (allow.rule.value.clone(), allow.reason.value.clone())).collect()
    }
}

/// Gives values the type of their attribute.
fn read(
    scopes: &Scopes<'_>,
    scope: ScopeId,
    attribute: &'static Attribute,
    values: &[Spanned<Value>],
) -> Result<Setting, Fault> {
    let known = |mismatch: crate::attribute::Mismatch, values: &[&Value]| {
        let wrong = mismatch.index().and_then(|index| values.get(index).copied());
        attribute_fault(attribute, mismatch, wrong).unwrap_or(Fault::MissingValue { attribute })
    };
    if !values.iter().any(|value| matches!(value.value, Value::Expression(_))) {
        let values = || values.iter().map(|value| &value.value);
        return attribute
            .read(values())
            .map_err(|mismatch| known(mismatch, &values().collect::<Vec<_>>()));
    }
    let evaluated: Vec<Value> = values
        .iter()
        .map(|value| match value.value {
            Value::Expression(index) => {
                evaluate(scopes, scope, index).map(|result| attribute.evaluated(result.into()))
            }
            ref other => Ok(other.clone()),
        })
        .collect::<Result<_, Fault>>()?;
    attribute
        .read(&evaluated)
        .map_err(|mismatch| known(mismatch, &evaluated.iter().collect::<Vec<_>>()))
}

fn object(
    scopes: &Scopes<'_>,
    scope: ScopeId,
    attribute: &'static Attribute,
    entries: &[(Spanned<SmolStr>, Vec<Spanned<Value>>)],
) -> Result<Setting, Fault> {
    if let Some(options) = attribute.options() {
        let typed = entries.iter().map(|(key, values)| {
            Ok((key.value.clone(), read(scopes, scope, option_of(options, key)?, values)?))
        });
        return Ok(Setting::Object(typed.collect::<Result<_, Fault>>()?));
    }
    let untyped = |value: &Spanned<Value>| {
        Ok(match &value.value {
            Value::Text(text) | Value::Word(text) => Setting::Text(text.clone()),
            Value::Integer(integer) => Setting::Integer(*integer),
            Value::Float(float) => Setting::Float(*float),
            Value::Boolean(boolean) => Setting::Boolean(*boolean),
            Value::Duration(duration) => Setting::Duration(*duration),
            Value::Size(size) => Setting::Size(*size),
            Value::Expression(index) => Setting::Text(evaluate(scopes, scope, *index)?),
        })
    };
    let typed = entries.iter().map(|(key, values)| {
        let mut settings: Vec<Setting> =
            values.iter().map(untyped).collect::<Result<_, Fault>>()?;
        let setting = match settings.len() {
            1 => settings.remove(0),
            _ => Setting::List(settings),
        };
        Ok((key.value.clone(), setting))
    });
    Ok(Setting::Object(typed.collect::<Result<_, Fault>>()?))
}

/// Fills in placeholders; what an expression gave stays as it is.
fn fill(
    setting: Setting,
    filling: &Filling<'_, '_>,
    written: &mut std::slice::Iter<'_, Spanned<Value>>,
) -> Result<Setting, Fault> {
    match setting {
        Setting::List(items) => {
            let filled = items.into_iter().map(|item| fill(item, filling, written));
            Ok(Setting::List(filled.collect::<Result<_, Fault>>()?))
        }
        Setting::Text(text) => {
            let is_expression =
                |value: &Spanned<Value>| matches!(value.value, Value::Expression(_));
            match written.next().is_some_and(is_expression) {
                true => Ok(Setting::Text(text)),
                false => filling.text(&text).map(Setting::Text),
            }
        }
        Setting::Boolean(_)
        | Setting::Integer(_)
        | Setting::Float(_)
        | Setting::Duration(_)
        | Setting::Size(_)
        | Setting::Object(_) => Ok(setting),
    }
}

/// `rotate 10M, 5;`
fn rotation_of(setting: &Setting) -> Option<Rotation> {
    let [size, keep] = setting.items() else { return None };
    let keep = keep.as_integer().and_then(|keep| u32::try_from(keep).ok())?;
    Some(Rotation { size: size.as_size()?, keep })
}

/// The endpoint without a name is the port that an engine sets PORT to.
fn set_port(settings: &mut Vec<(&'static Attribute, Setting)>, endpoints: &[Endpoint]) {
    let port = endpoints.iter().find(|endpoint| endpoint.name.is_none());
    let port = port.map(|endpoint| Setting::Integer(i64::from(endpoint.port)));
    let attribute = &ATTRIBUTES[PORT_ROW];
    let place = settings.iter().position(|(known, _)| known.name == attribute.name);
    match (place, port) {
        (Some(place), Some(port)) => settings[place].1 = port,
        (None, Some(port)) => {
            // In the order of the table.
            let row = |known: &Attribute| Attribute::position(known.name);
            let behind = settings.iter().position(|(known, _)| row(known) > Some(PORT_ROW));
            settings.insert(behind.unwrap_or(settings.len()), (attribute, port));
        }
        // `unset listen` has taken it away.
        (Some(place), None) if endpoints.is_empty() => drop(settings.remove(place)),
        (Some(_) | None, None) => {}
    }
}

fn into_text(setting: Setting) -> Option<SmolStr> {
    if let Setting::Text(text) = setting { Some(text) } else { None }
}

fn into_texts(setting: Setting) -> Vec<SmolStr> {
    match setting {
        Setting::List(items) => items.into_iter().filter_map(into_text).collect(),
        single => into_text(single).into_iter().collect(),
    }
}
