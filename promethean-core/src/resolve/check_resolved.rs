//! Rules over the resolved apps, for what [`crate::check`] cannot see: the values of
//! expressions, and what is in other ecosystems.

use std::collections::hash_map::Entry;
use std::hash::Hasher as _;
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet, FxHasher};
use smol_str::SmolStr;

use super::error::Located;
use super::scope::{NodeId, ScopeId, Scopes};
use crate::address;
use crate::app::{App, Endpoint, Interpreter, Program, SourcePiece, System, Variable};
use crate::attribute::{NAMESPACE, Setting};
use crate::check::{
    cron_never_comes, folded, folded_letters, is_possible_key, namespace_fault, spelling_fault,
    unclosed, unit_name_fault, unset_attributes_nowhere, unset_nothing,
};
use crate::declaration::{Condition, Declaration, Kind};
use crate::endpoint::qualified;
use crate::kind::Runner;
use crate::problem::texts::PORT_OF_SERVICE;
use crate::problem::{Endless, Fault};
use crate::reserved::is_reserved_key;
use crate::service_facts::{BlockFacts, Facts, Plain, bit, bit_of_row};

const WATCH: &str = "watch";
const IGNORE_WATCH: &str = "ignore_watch";

/// The checks of the apps of a system.
///
/// What is seen in one app is looked for as soon as it is built, while the processor has it at hand;
/// the rest when all are there.
#[derive(Default)]
pub(super) struct Checks {
    /// The hashes of all names, as PM2 writes them into the names of files.
    hashes: FxHashSet<u64>,
    /// The first app of each of these names, once two have had the same hash.
    names: Option<FxHashMap<SmolStr, usize>>,
    /// Names of variables in which nothing is wrong: those of the last app, mostly.
    possible_keys: Option<Arc<[SmolStr]>>,
    /// The places of apps with a namespace.
    with_namespace: Vec<usize>,
    /// Whether an app watches files, listens, waits for the end of another one.
    pub(super) watches: bool,
    listens: bool,
    waits_for_end: bool,
    of_similar_names: Vec<Located>,
    of_names: Vec<Located>,
    of_short_names: Vec<Located>,
    /// What is wrong with apps, by their places.
    of_apps: Vec<(usize, Located)>,
}

impl Checks {
    pub(super) fn new(apps: usize) -> Checks {
        let hashes = FxHashSet::with_capacity_and_hasher(apps, FxBuildHasher);
        Checks { hashes, ..Checks::default() }
    }

    /// Checks the last of some apps; those before it have been checked.
    pub(super) fn last_of(&mut self, apps: &[App]) {
        let Some((app, before)) = apps.split_last() else { return };
        self.similar_name(app, before);
        match app.agent {
            None => names_of(&app.name, false, &mut self.of_names),
            Some(_) => {
                let fault = spelling_fault(&app.short_name);
                let located = fault.map(|fault| Located::new(app.name.as_str(), fault));
                self.of_short_names.extend(located);
            }
        }
        self.listens |= !app.endpoints.is_empty();
        let mut depends_on = app.depends_on.iter();
        self.waits_for_end |=
            depends_on.any(|dependency| dependency.condition == Condition::Completed);
        let mut problems = Vec::new();
        of_facts(app, &facts(app), &mut problems);
        let mut has_globs = false;
        for (attribute, setting) in &app.settings {
            match attribute.name {
                NAMESPACE => self.with_namespace.push(before.len()),
                "cron_restart" => cron(app, setting, &mut problems),
                WATCH => (self.watches, has_globs) = (true, true),
                IGNORE_WATCH => has_globs = true,
                _ => {}
            }
        }
        if has_globs {
            globs(app, &mut problems);
        }
        self.variables(app, &mut problems);
        if !problems.is_empty() {
            self.of_apps.extend(problems.into_iter().map(|problem| (before.len(), problem)));
        }
    }

    /// Adds what is wrong with a system whose apps have been checked.
    ///
    /// `order` has the nodes that the apps and externals come from, in their order.
    pub(super) fn finish(
        mut self,
        system: &System,
        scopes: &Scopes<'_>,
        order: &[NodeId],
        problems: &mut Vec<Located>,
    ) {
        if self.listens {
            places_once(system, scopes, order, problems);
        }
        problems.append(&mut self.of_similar_names);
        for agent in system.agents.keys() {
            names_of(agent, true, problems);
        }
        problems.append(&mut self.of_names);
        for external in &system.externals {
            names_of(&external.name, false, problems);
        }
        if !self.with_namespace.is_empty() {
            namespaces(&system.apps, &self.with_namespace, problems);
        }
        problems.append(&mut self.of_short_names);
        unset_something(scopes, problems);
        if self.waits_for_end {
            self.of_apps.extend(waiting_for_no_end(&system.apps));
            self.of_apps.sort_by_key(|(place, _)| *place);
        }
        problems.extend(self.of_apps.into_iter().map(|(_, problem)| problem));
    }

    /// Names that differ, and are one to a person or in the names of PM2's files.
    fn similar_name(&mut self, app: &App, before: &[App]) {
        // Nearly always no two are similar, and then the texts are not needed.
        if self.names.is_none() {
            let mut hasher = FxHasher::default();
            folded_letters(&app.name).for_each(|letter| hasher.write_u8(letter));
            if self.hashes.insert(hasher.finish()) {
                return;
            }
        }
        let names = self.names.get_or_insert_with(|| {
            let mut names = FxHashMap::default();
            for (place, app) in before.iter().enumerate() {
                names.entry(folded(&app.name)).or_insert(place);
            }
            names
        });
        let mut known = match names.entry(folded(&app.name)) {
            Entry::Occupied(known) => known,
            Entry::Vacant(place) => {
                place.insert(before.len());
                return;
            }
        };
        let Some(other) = before.get(*known.get()) else { return };
        if other.name == app.name || app.allows("similar-names") {
            return;
        }
        if other.allows("similar-names") {
            // What comes later is compared with this one, for which nothing is allowed.
            known.insert(before.len());
        } else {
            let (name, other) = (app.name.to_string(), other.name.to_string());
            let fault = Fault::SimilarNames { name, other };
            self.of_similar_names.push(Located::new(app.name.as_str(), fault));
        }
    }

    /// The names of variables, and texts that no process can be given.
    fn variables(&mut self, app: &App, problems: &mut Vec<Located>) {
        let names = app.env.names();
        let are_known = self.possible_keys.as_ref().is_some_and(|keys| Arc::ptr_eq(keys, names));
        let before = problems.len();
        for (key, variable) in &app.env {
            let nul = match variable {
                Variable::Plain(text) => has_nul(text),
                Variable::Read(sources) => sources
                    .in_order
                    .iter()
                    .flat_map(|source| &source.0)
                    .any(|piece| matches!(piece, SourcePiece::Literal(text) if has_nul(text))),
            };
            let fault = match () {
                () if !are_known && !is_possible_key(key) => {
                    Fault::BadKey { key: key.escape_debug().to_string() }
                }
                () if !are_known && is_reserved_key(key) => {
                    Fault::ReservedKey { key: key.to_string() }
                }
                () if nul => Fault::NulInText,
                () => continue,
            };
            problems.push(Located::new([app.name.as_str(), "env", key], fault));
        }
        if !are_known && problems.len() == before {
            self.possible_keys = Some(Arc::clone(names));
        }
        let Program { script, args, interpreter_args, .. } = &app.program;
        let have_nul = |texts: &[SmolStr]| texts.iter().any(|text| has_nul(text));
        if has_nul(script) || have_nul(args) || have_nul(interpreter_args) {
            problems.push(Located::new([app.name.as_str(), "run"], Fault::NulInText));
        }
        for (attribute, setting) in &app.settings {
            let is_wrong = match setting {
                Setting::Text(text) => has_nul(text),
                Setting::List(_) => setting.texts().any(has_nul),
                Setting::Boolean(_)
                | Setting::Integer(_)
                | Setting::Duration(_)
                | Setting::Size(_)
                | Setting::Float(_)
                | Setting::Object(_) => false,
            };
            if is_wrong {
                let place = [app.name.as_str(), attribute.name];
                problems.push(Located::new(place, Fault::NulInText));
            }
        }
    }
}

/// What waits for the end of what does not end, each with the place of the app that waits.
fn waiting_for_no_end(apps: &[App]) -> Vec<(usize, Located)> {
    let by_name: FxHashMap<&str, &App> = apps.iter().map(|app| (app.name.as_str(), app)).collect();
    let mut found = Vec::new();
    for (place, app) in apps.iter().enumerate() {
        for dependency in &app.depends_on {
            if dependency.condition == Condition::Completed
                // What is no app is an external.
                && let Some(why) = by_name.get(dependency.on.as_str()).map_or(
                    Some(Endless::External),
                    |target| facts(target).endless(),
                )
            {
                let fault =
                    Fault::NeverCompletes { target: dependency.on.to_string(), why, profile: None };
                found.push((place, Located::new([app.name.as_str(), "depends_on"], fault)));
            }
        }
    }
    found
}

/// What listens somewhere.
struct Listener {
    name: String,
    host: u32,
    scope: ScopeId,
    /// The machines that it can run on; none for any.
    machines: Vec<SmolStr>,
}

/// Whether what listens on some machines and an app can run on one.
fn can_meet(machines: &[SmolStr], app: &App) -> bool {
    let meets = machines.iter().any(|machine| app.machines.contains(machine));
    machines.is_empty() || app.machines.is_empty() || meets
}

/// Two of a system listen in two places.
fn places_once(
    system: &System,
    scopes: &Scopes<'_>,
    order: &[NodeId],
    problems: &mut Vec<Located>,
) {
    let mut seen: FxHashMap<u16, Vec<Listener>> = FxHashMap::default();
    let (mut apps, mut externals) = (system.apps.iter(), system.externals.iter());
    let mut services = Vec::with_capacity(system.apps.len());
    for id in order {
        let node = scopes.node(*id);
        match node.instance() {
            Some(_) => services.extend(apps.next().map(|app| (app, node.scope))),
            None => {
                let Some(external) = externals.next() else { continue };
                for endpoint in &external.endpoints {
                    let listener = listener(&external.name, endpoint, node.scope, None);
                    seen.entry(endpoint.port).or_default().push(listener);
                }
            }
        }
    }
    for (app, scope) in services {
        if app.endpoints.is_empty() || app.allows("port-conflict") {
            continue;
        }
        for endpoint in &app.endpoints {
            let listener = listener(&app.name, endpoint, scope, Some(app));
            let here = seen.entry(endpoint.port).or_default();
            let other = here.iter().find(|other| {
                address::overlap(other.host, listener.host) && can_meet(&other.machines, app)
            });
            let Some(other) = other else {
                here.push(listener);
                continue;
            };
            let declared_in = declared_in(scopes, listener.scope, other.scope);
            let attribute = if endpoint.name.is_none() && endpoint.scheme.is_none() {
                "port"
            } else {
                "listen"
            };
            let fault = Fault::PortConflict {
                port: i64::from(endpoint.port),
                service: listener.name,
                other: other.name.clone(),
                declared_in,
            };
            problems.push(Located::new([app.name.as_str(), attribute], fault));
        }
    }
}

/// The ecosystems of two services, where it is not one.
fn declared_in(scopes: &Scopes<'_>, one: ScopeId, other: ScopeId) -> Option<[String; 2]> {
    let title = |scope: ScopeId| scopes.get(scope).ecosystem.quoted_title();
    (one != other).then(|| [title(one), title(other)])
}

fn listener(unit: &str, endpoint: &Endpoint, scope: ScopeId, app: Option<&App>) -> Listener {
    Listener {
        name: qualified(unit, endpoint.name.as_deref().unwrap_or_default()),
        host: address::place(endpoint.host.as_bytes()),
        scope,
        machines: app.map(|app| app.machines.clone()).unwrap_or_default(),
    }
}

/// `unset` takes away what something gives; what uses no other ecosystem has been checked.
fn unset_something(scopes: &Scopes<'_>, problems: &mut Vec<Located>) {
    let declarations = || scopes.all().map(|scope| scope.declaration);
    if declarations().all(|declaration| declaration.uses.is_empty()) {
        return;
    }
    let opened: Vec<&Declaration> = declarations().collect();
    for declaration in declarations().filter(|declaration| !declaration.uses.is_empty()) {
        let faults = unset_nothing(declaration, &opened).into_iter();
        problems.extend(faults.map(|fault| Located::new("env", fault)));
        let faults = unset_attributes_nowhere(declaration, &opened).into_iter();
        problems.extend(faults.map(|fault| Located::new("unset", fault)));
    }
}

/// The rules over one service.
fn of_facts(app: &App, facts: &Facts, problems: &mut Vec<Located>) {
    let mut add = |attribute: &str, fault| {
        problems.push(Located::new([app.name.as_str(), attribute], fault));
    };
    if let Some(runs) = facts.runs_in_cluster_without_node() {
        add("exec_mode", Fault::ClusterWithoutNode { runs });
    }
    for (key, bit) in [("wait_ready", bit::WAIT_READY), ("shutdown_with_message", bit::SHUTDOWN)] {
        if let Some(runs) = facts.runs_without_messages(bit) {
            add(key, Fault::MessagesWithoutNode { key: key.to_owned(), runs });
        }
    }
    if facts.instances_share_port() && !app.allows("instances-share-port") {
        let mut unnamed = app.endpoints.iter().filter(|endpoint| endpoint.name.is_none());
        let port = match unnamed.any(|endpoint| endpoint.is_auto) {
            true => PORT_OF_SERVICE.to_owned(),
            false => facts.port().to_string(),
        };
        add("instances", Fault::InstancesSharePort { port });
    }
}

/// What an app says, as far as rules ask.
fn facts(app: &App) -> Facts {
    let mut block = BlockFacts::default();
    for (attribute, setting) in &app.settings {
        let bit = bit_of_row(attribute);
        if bit != 0 {
            block.give(bit, plain(setting));
        }
    }
    // A service without anything to run has been reported.
    block.give(bit::RUN, Plain::default());
    if app.ready.is_some() {
        block.give(bit::READY, Plain::default());
    }
    let named = |name| Plain { name: Some(name), ..Plain::default() };
    match (app.kind, &app.program.interpreter) {
        (Kind::Node, Interpreter::None) if app.program.script == Runner::Npm.word() => {
            block.give(bit::RUNNER, named(Runner::Npm.word()));
        }
        (Kind::Node, Interpreter::None) => block.give(bit::INTERPRETER, named("none")),
        (Kind::Script, Interpreter::Node) => block.give(bit::INTERPRETER, named("node")),
        (Kind::Python | Kind::Script, Interpreter::None)
        | (Kind::Python | Kind::Node, Interpreter::Node) => {}
        (_, Interpreter::Program(program)) => block.give(bit::INTERPRETER, named(program)),
    }
    Facts::new(app.kind, true).lay(&block)
}

/// What a setting is, as far as rules ask.
fn plain(setting: &Setting) -> Plain<'_> {
    let plain = Plain { has_zero: Some(false), ..Plain::default() };
    match setting {
        Setting::Text(text) => Plain { name: Some(text), ..plain },
        Setting::Integer(integer) => {
            Plain { integer: Some(*integer), has_zero: Some(*integer == 0), ..plain }
        }
        Setting::Boolean(boolean) => Plain { boolean: Some(*boolean), ..plain },
        Setting::List(codes) => {
            let has_zero = codes.iter().any(|code| code.as_integer() == Some(0));
            Plain { has_zero: Some(has_zero), ..plain }
        }
        Setting::Duration(_) | Setting::Size(_) | Setting::Float(_) | Setting::Object(_) => plain,
    }
}

fn cron(app: &App, setting: &Setting, problems: &mut Vec<Located>) {
    if let Some(pattern) = setting.as_text().filter(|pattern| cron_never_comes(pattern))
        && !app.allows("cron-never-comes")
    {
        let fault = Fault::CronNeverComes { pattern: format!("{pattern:?}") };
        problems.push(Located::new([app.name.as_str(), "cron_restart"], fault));
    }
}

fn globs(app: &App, problems: &mut Vec<Located>) {
    if app.allows("unclosed-glob") {
        return;
    }
    for attribute in [WATCH, IGNORE_WATCH] {
        let globs = app.setting(attribute).into_iter().flat_map(Setting::texts);
        // A wildcard in the name of the directory is escaped later.
        let written = globs.map(|glob| glob.strip_prefix(app.directory.as_str()).unwrap_or(glob));
        for bracket in written.filter_map(unclosed) {
            let fault = Fault::UnclosedGlob { bracket };
            problems.push(Located::new([app.name.as_str(), attribute], fault));
        }
    }
}

/// The name of a unit, as the shell and PM2 take it.
fn names_of(name: &str, is_agent: bool, problems: &mut Vec<Located>) {
    if let Some(fault) = unit_name_fault(name, is_agent) {
        problems.push(Located::new(name, fault));
    }
    if let Some(fault) = spelling_fault(name) {
        problems.push(Located::new(name, fault));
    }
}

/// Namespaces of the apps in these places, beside the names of all apps.
fn namespaces(apps: &[App], places: &[usize], problems: &mut Vec<Located>) {
    let known: FxHashSet<&str> = apps.iter().map(|app| app.name.as_str()).collect();
    for app in places.iter().filter_map(|place| apps.get(*place)) {
        let is_app = |name: &str| known.contains(name);
        let fault = app.namespace().and_then(|namespace| namespace_fault(namespace, is_app));
        let place = [app.name.as_str(), NAMESPACE];
        problems.extend(fault.map(|fault| Located::new(place, fault)));
    }
}

fn has_nul(text: &str) -> bool {
    // Every text is asked, and most are short: eight bytes at once, and a search takes longer to begin.
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let text = text.as_bytes();
    let Some(last) = text.last_chunk() else { return text.contains(&0) };
    let zero = |chunk: &[u8; 8]| {
        let bytes = u64::from_ne_bytes(*chunk);
        bytes.wrapping_sub(EACH) & !bytes & (EACH << 7)
    };
    let (chunks, _) = text.as_chunks();
    chunks.iter().fold(zero(last), |all, chunk| all | zero(chunk)) != 0
}

#[cfg(test)]
mod tests {
    use super::has_nul;

    #[test]
    fn a_nul_is_found_in_each_place() {
        for length in 0..20 {
            let text = "\u{1}\u{7f}é\u{80}".repeat(4);
            let text: String = text.chars().take(length).collect();
            assert!(!has_nul(&text), "{text:?}");
            for place in (0..=text.len()).filter(|place| text.is_char_boundary(*place)) {
                let mut text = text.clone();
                text.insert(place, '\0');
                assert!(has_nul(&text), "{text:?}");
            }
        }
    }
}
