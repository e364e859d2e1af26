//! Layers: the blocks of a service laid over each other, weakest first.
//!
//! `depends_on` unites over the layers, every other attribute is replaced, `unset` removes;
//! environment variables are merged by name.

use std::num::NonZeroU32;
use std::rc::Rc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;

use super::error::Located;
use super::scope::{Node, ScopeId, Scopes};
use crate::attribute::{ATTRIBUTES, Attribute};
use crate::check::wrong_for_kind;
use crate::declaration::{
    Agent, Allow, Attribution, Block, Dependency, EnvEntry, EnvSet, EnvValue, Kind, Probe,
};
use crate::endpoint::{Endpoints, Written};
use crate::expanded_service::{ExpandedService, Level};
use crate::problem::Fault;
use crate::span_id::Spanned;

/// One layer of a service.
#[derive(Clone, Copy)]
struct Layer<'a> {
    block: &'a Block,
    /// The ecosystem it is written in.
    scope: ScopeId,
    level: Level,
}

/// What has to be known of a service before it is known which services there are.
#[derive(Clone, Default)]
pub(super) struct Needs<'a> {
    pub(super) depends_on: Vec<Waiting<'a>>,
    /// Whether it has a probe.
    pub(super) ready: bool,
    /// The profiles it is limited to.
    pub(super) only_profile: Option<&'a Attribution>,
}

/// A dependency of a layer.
#[derive(Clone, Copy)]
pub(super) struct Waiting<'a> {
    pub(super) dependency: &'a Dependency,
    /// The ecosystem it is written in, where its names are looked up.
    pub(super) scope: ScopeId,
    /// Whether it may name a service beside the dependent one.
    pub(super) beside: bool,
}

/// What attributes are given, by their rows in the table, sorted. Services that add nothing have one list.
pub(super) type Settings<'a> = Vec<(usize, Layered<'a, Attribution>)>;

/// The merged layers of a service.
pub(super) struct Merged<'a> {
    kind: Kind,
    settings: Rc<Settings<'a>>,
    pub(super) env: IndexMap<&'a str, Layered<'a, EnvEntry>, FxBuildHasher>,
    pub(super) ready: Option<Layered<'a, Probe>>,
    pub(super) alive: Option<Layered<'a, Probe>>,
    /// The files that secrets are looked for in, farthest first.
    pub(super) secrets: Vec<SecretsFile<'a>>,
    /// Whether a layer has unset what follows these: the `secrets` of ecosystems.
    pub(super) secrets_end: bool,
    pub(super) allow: Vec<&'a Allow>,
    /// Where it listens, each with the ecosystem that is written in.
    pub(super) endpoints: Endpoints<'a, ScopeId>,
    /// Counts the layers.
    rank: u32,
}

/// What a layer gives.
pub(super) struct Layered<'a, T> {
    pub(super) value: &'a T,
    /// The ecosystem it is written in, whose expressions it may use.
    pub(super) scope: ScopeId,
    /// Which layer: the stronger one has the higher rank.
    pub(super) rank: u32,
    /// Whether it may name a service beside this one.
    pub(super) beside: bool,
    /// Which of the values it is that services share; `None` for one of a service itself.
    pub(super) shared: Option<NonZeroU32>,
}

impl<T> Clone for Layered<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Layered<'_, T> {}

impl<T> Layered<'_, T> {
    /// The same of a value within it, or beside it.
    pub(super) fn with<U>(self, value: &U) -> Layered<'_, U> {
        let Layered { value: _, scope, rank, beside, shared: _ } = self;
        Layered { value, scope, rank, beside, shared: None }
    }
}

/// A file that secrets are looked for in.
#[derive(Clone, Copy)]
pub(super) struct SecretsFile<'a> {
    pub(super) setting: Layered<'a, Attribution>,
    pub(super) level: Level,
}

/// Lays the layers of services over each other; what services of one agent share is laid once.
pub(super) struct Layering<'s, 'a> {
    scopes: &'s Scopes<'a>,
    profile: Option<&'s str>,
    needs: FxHashMap<Shared, Needs<'a>>,
    merged: FxHashMap<Shared, Merged<'a>>,
    /// The layers of the last service: what they take of memory is there for the next one.
    last: Merged<'a>,
    /// The numbers of the values that services share.
    numbers: FxHashMap<*const (), NonZeroU32>,
}

/// What services share: their ecosystem, their agent, their templates and their kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shared {
    scope: ScopeId,
    agent: Option<*const Agent>,
    templates: usize,
    kind: Kind,
}

impl Shared {
    fn of(node: &Node<'_>, instance: &ExpandedService<'_>) -> Shared {
        Shared {
            scope: node.scope,
            agent: instance.agent.map(std::ptr::from_ref),
            templates: instance.templates.identity(),
            kind: instance.service.kind,
        }
    }
}

impl<'s, 'a> Layering<'s, 'a> {
    pub(super) fn new(scopes: &'s Scopes<'a>, profile: Option<&'s str>) -> Layering<'s, 'a> {
        Layering {
            scopes,
            profile,
            needs: FxHashMap::default(),
            merged: FxHashMap::default(),
            last: Merged::new(Kind::Node),
            numbers: FxHashMap::default(),
        }
    }

    /// The active profile.
    pub(super) fn profile(&self) -> Option<&'s str> {
        self.profile
    }

    /// What a service needs.
    pub(super) fn needs(&mut self, node: &Node<'a>, instance: &ExpandedService<'a>) -> Needs<'a> {
        let (scopes, profile) = (self.scopes, self.profile);
        let shared = self.needs.entry(Shared::of(node, instance)).or_insert_with(|| {
            let mut needs = Needs::default();
            shared_layers(scopes, profile, node, instance, |layer| needs.lay(layer));
            needs
        });
        let mut needs = shared.clone();
        own_layers(profile, node, instance, |layer| needs.lay(layer));
        needs
    }

    /// The merged layers of a service.
    pub(super) fn merge(
        &mut self,
        node: &Node<'a>,
        instance: &ExpandedService<'a>,
        problems: &mut Vec<Located>,
    ) -> &Merged<'a> {
        let Layering { scopes, profile, merged, last, numbers, .. } = self;
        let (scopes, profile) = (*scopes, *profile);
        let shared = merged.entry(Shared::of(node, instance)).or_insert_with(|| {
            let mut merged = Merged::new(instance.service.kind);
            shared_layers(scopes, profile, node, instance, |layer| {
                merged.lay(scopes, layer, &node.name, problems);
            });
            // Room for what the services add, so that their copies do not grow.
            merged.env.reserve(8);
            merged.number(numbers);
            merged
        });
        last.clone_from(shared);
        own_layers(profile, node, instance, |layer| {
            last.lay(scopes, layer, &node.name, problems);
        });
        last
    }
}

/// Visits the layers that the services of one agent, and of one ecosystem, share: defaults, template
/// and agent.
fn shared_layers<'a>(
    scopes: &Scopes<'a>,
    profile: Option<&str>,
    node: &Node<'a>,
    instance: &ExpandedService<'a>,
    mut visit: impl FnMut(Layer<'a>),
) {
    let mut lay =
        |block, scope, level| with_profile(Layer { block, scope, level }, profile, &mut visit);
    for (_, used) in scopes.used(node.scope) {
        lay(&scopes.get(used).declaration.defaults, used, Level::UsedDefaults);
    }
    lay(&scopes.get(node.scope).declaration.defaults, node.scope, Level::Defaults);
    for layer in instance.templates.all() {
        lay(&layer.template.block, layer.scope, Level::Template);
    }
    if let Some(agent) = instance.agent {
        lay(&agent.block, node.scope, Level::Agent);
    }
}

/// Visits all blocks of a service, weakest first, each with the ecosystem it is written in.
pub(super) fn each_block<'a>(
    scopes: &Scopes<'a>,
    profile: Option<&str>,
    node: &Node<'a>,
    instance: &ExpandedService<'a>,
    mut visit: impl FnMut(&'a Block, ScopeId),
) {
    shared_layers(scopes, profile, node, instance, |layer| visit(layer.block, layer.scope));
    own_layers(profile, node, instance, |layer| visit(layer.block, layer.scope));
}

/// Visits the layers of the service itself, and what its agent changes in it.
fn own_layers<'a>(
    profile: Option<&str>,
    node: &Node<'a>,
    instance: &ExpandedService<'a>,
    mut visit: impl FnMut(Layer<'a>),
) {
    for (level, block) in instance.blocks().filter(|(level, _)| *level > Level::Agent) {
        let scope = if level == Level::Service { node.written_in } else { node.scope };
        with_profile(Layer { block, scope, level }, profile, &mut visit);
    }
}

/// Visits a layer and, behind it, its block for the active profile.
fn with_profile<'a>(layer: Layer<'a>, profile: Option<&str>, visit: &mut impl FnMut(Layer<'a>)) {
    visit(layer);
    let mut profiles = layer.block.profiles.iter();
    if let Some(active) = profiles.find(|known| Some(known.name.as_str()) == profile) {
        visit(Layer { block: &active.block, ..layer });
    }
}

impl<'a> Needs<'a> {
    fn lay(&mut self, Layer { block, scope, level }: Layer<'a>) {
        for key in &block.unset {
            match key.as_str() {
                "depends_on" => self.depends_on.clear(),
                "ready" => self.ready = false,
                "only_profile" => self.only_profile = None,
                _ => {}
            }
        }
        let beside = level > Level::Defaults;
        let depends_on = block.depends_on.iter();
        self.depends_on.extend(depends_on.map(|dependency| Waiting { dependency, scope, beside }));
        self.ready |= block.ready.is_some();
        self.only_profile = block.setting("only_profile").or(self.only_profile);
    }
}

impl Clone for Merged<'_> {
    fn clone(&self) -> Self {
        let mut copy = Merged::new(self.kind);
        copy.clone_from(self);
        copy
    }

    /// A copy that takes the place of another one takes its memory, too.
    fn clone_from(&mut self, source: &Self) {
        let Merged {
            kind,
            settings,
            env,
            ready,
            alive,
            secrets,
            secrets_end,
            allow,
            endpoints,
            rank,
        } = source;
        self.settings.clone_from(settings);
        self.env.clone_from(env);
        self.secrets.clone_from(secrets);
        self.allow.clone_from(allow);
        self.endpoints.0.clone_from(&endpoints.0);
        (self.kind, self.ready, self.alive) = (*kind, *ready, *alive);
        (self.secrets_end, self.rank) = (*secrets_end, *rank);
    }
}

impl<'a> Merged<'a> {
    fn new(kind: Kind) -> Merged<'a> {
        Merged {
            kind,
            settings: Rc::default(),
            env: IndexMap::default(),
            ready: None,
            alive: None,
            secrets: Vec::new(),
            secrets_end: false,
            allow: Vec::new(),
            endpoints: Endpoints::default(),
            rank: 0,
        }
    }

    /// Numbers what there is: what several services have is read once.
    fn number(&mut self, numbers: &mut FxHashMap<*const (), NonZeroU32>) {
        let mut number = |value: *const ()| {
            let next = u32::try_from(numbers.len())
                .ok()
                .and_then(|count| NonZeroU32::MIN.checked_add(count));
            numbers.get(&value).copied().or_else(|| {
                numbers.insert(value, next?);
                next
            })
        };
        let settings = Rc::make_mut(&mut self.settings).iter_mut().map(|(_, given)| given);
        for given in settings.chain(self.secrets.iter_mut().map(|file| &mut file.setting)) {
            given.shared = number(std::ptr::from_ref(given.value).cast());
        }
        for given in self.env.values_mut() {
            given.shared = number(std::ptr::from_ref(given.value).cast());
        }
    }

    /// What an attribute is given, by its row in the table.
    pub(super) fn setting(&self, row: usize) -> Option<Layered<'a, Attribution>> {
        let place = self.settings.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        self.settings.get(place).map(|(_, given)| *given)
    }

    /// What attributes are given, for who asks whether it is one list with another service's.
    pub(super) fn list_of_settings(&self) -> &Rc<Settings<'a>> {
        &self.settings
    }

    /// Every attribute that is given something, in the order of the table.
    pub(super) fn settings(
        &self,
    ) -> impl ExactSizeIterator<Item = (&'static Attribute, Layered<'a, Attribution>)> {
        self.settings.iter().map(|(row, given)| (&ATTRIBUTES[*row], *given))
    }

    /// Lays a block over what is there.
    fn lay(
        &mut self,
        scopes: &Scopes<'a>,
        layer: Layer<'a>,
        name: &str,
        problems: &mut Vec<Located>,
    ) {
        self.rank += 1;
        let Layer { block, scope, level } = layer;
        self.unset(block);
        for setting in &block.settings {
            if level >= Level::Service
                && let Some(attribute) = setting.attribute()
                && let Some(problem) = wrong_for_kind(attribute, setting, self.kind)
            {
                problems.push(Located::new([name, attribute.name], problem.fault));
            }
            self.set(setting, scope, level);
        }
        self.endpoints.listen(&block.listen, scope);
        for spread in &block.spreads {
            if let Err(fault) = self.spread(scopes, spread, scope) {
                problems.push(Located::new([name, "env", &format!("..{}", **spread)], fault));
            }
        }
        let beside = level > Level::Defaults;
        self.lay_env(&block.env, scope, beside);
        if let Some(value) = &block.ready {
            self.ready = Some(Layered { value, scope, rank: self.rank, beside, shared: None });
        }
        if let Some(value) = &block.alive {
            self.alive = Some(Layered { value, scope, rank: self.rank, beside, shared: None });
        }
        self.allow.extend(&block.allow);
    }

    fn unset(&mut self, block: &Block) {
        for key in &block.unset {
            self.endpoints.unset(key);
            match key.as_str() {
                "env" => self.env.clear(),
                "ready" => self.ready = None,
                "alive" => self.alive = None,
                "secrets" => {
                    self.secrets.clear();
                    self.secrets_end = true;
                }
                key => {
                    let row = Attribute::position(key);
                    let settings = Rc::make_mut(&mut self.settings);
                    settings.retain(|(other, _)| Some(*other) != row);
                }
            }
        }
    }

    /// Sets an attribute, if it means something to this kind of service.
    fn set(&mut self, value: &'a Attribution, scope: ScopeId, level: Level) {
        let Some(row) = Attribute::position(&value.key) else { return };
        if !value.fits(self.kind) {
            return;
        }
        let beside = level > Level::Defaults;
        let given = Layered { value, scope, rank: self.rank, beside, shared: None };
        match ATTRIBUTES[row].name {
            "secrets" => {
                self.secrets.push(SecretsFile { setting: given, level });
                return;
            }
            "port" => {
                if let Some(at) = value.values().first() {
                    self.endpoints.put(Written::of_port(at), scope);
                }
            }
            _ => {}
        }
        let settings = Rc::make_mut(&mut self.settings);
        match settings.binary_search_by_key(&row, |(row, _)| *row) {
            Ok(place) => settings[place].1 = given,
            Err(place) => settings.insert(place, (row, given)),
        }
    }

    /// Lays a set and the sets that it spreads, the weakest first.
    ///
    /// Of a set that is spread several times the last time counts. The way leads from there back,
    /// and through each set once.
    fn spread(
        &mut self,
        scopes: &Scopes<'a>,
        name: &'a Spanned<SmolStr>,
        scope: ScopeId,
    ) -> Result<(), Fault> {
        enum Step<'a> {
            Into(&'a Spanned<SmolStr>, ScopeId),
            OutOf(*const EnvSet),
        }
        let mut strongest_first: Vec<(&'a EnvSet, ScopeId)> = Vec::new();
        // Whether the way has led out of a set again.
        let mut visited: FxHashMap<*const EnvSet, bool> = FxHashMap::default();
        let mut ahead = vec![Step::Into(name, scope)];
        while let Some(step) = ahead.pop() {
            let (name, scope) = match step {
                Step::Into(name, scope) => (name, scope),
                Step::OutOf(set) => {
                    visited.insert(set, true);
                    continue;
                }
            };
            let (set, scope) = scopes.set(scope, name)?;
            match visited.insert(set, false) {
                None => {}
                Some(true) => {
                    visited.insert(set, true);
                    continue;
                }
                Some(false) => {
                    return Err(Fault::SetCycle { path: vec![set.name.to_string()] });
                }
            }
            strongest_first.push((set, scope));
            ahead.push(Step::OutOf(set));
            ahead.extend(set.spreads.iter().map(|spread| Step::Into(spread, scope)));
        }
        for (set, scope) in strongest_first.into_iter().rev() {
            self.lay_env(&set.env, scope, false);
        }
        Ok(())
    }

    fn lay_env(&mut self, entries: &'a [EnvEntry], scope: ScopeId, beside: bool) {
        for entry in entries {
            let key = entry.key.as_str();
            let given = Layered { value: entry, scope, rank: self.rank, beside, shared: None };
            match &entry.value {
                EnvValue::Unset => {
                    self.env.shift_remove(key);
                }
                EnvValue::Required => {
                    self.env.entry(key).or_insert(given);
                }
                EnvValue::Text(_)
                | EnvValue::Expression(_)
                | EnvValue::Secret(_)
                | EnvValue::Endpoint(_)
                | EnvValue::Inherit(_)
                | EnvValue::Or(_) => {
                    self.env.insert(key, given);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use crate::ecosystem::Ecosystem;
    use crate::emit::{Config, json as to_json};
    use crate::resolve::Options;

    /// The variables of the only service.
    fn environment(sets: &[Value], spread: &str) -> Value {
        let declaration = json!({"sets": sets, "units": [{"service": {
            "kind": "node", "name": "web", "block": {"spreads": [spread]}
        }}]});
        let declaration = serde_json::from_value(declaration).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, "/", &[]);
        let system = ecosystem.resolve(&Options::default()).unwrap();
        let config: Value = serde_json::from_str(&to_json(&Config::new(&system))).unwrap();
        config["apps"][0]["env"].clone()
    }

    #[test]
    fn apps_share_the_names_of_their_variables_where_they_are_the_same() {
        let service = |name: &str, env: Value| json!({"service": {"kind": "node", "name": name, "block": {"env": env}}});
        let declaration = json!({"defaults": {"env": {"A": "{name}"}}, "units": [
            service("one", json!({"B": "1"})),
            service("other", json!({"B": "2"})),
            service("third", json!({"C": "3"})),
        ]});
        let declaration = serde_json::from_value(declaration).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, "/", &[]);
        let system = ecosystem.resolve(&Options::default()).unwrap();
        let names = |app: usize| system.apps[app].env.names();
        assert!(Arc::ptr_eq(names(0), names(1)));
        assert_eq!(**names(2), ["A", "C"]);
        assert_ne!(system.apps[0].env, system.apps[1].env);
    }

    #[test]
    fn an_app_has_the_settings_that_it_has_by_itself() {
        let service = |name: &str, block: Value| json!({"service": {"kind": "node", "name": name, "block": block}});
        let services = [
            service("one", json!({})),
            service("other", json!({"settings": {"max_restarts": [5]}})),
            service("third", json!({"unset": ["watch"]})),
            service("fourth", json!({"env": {"A": "1"}})),
        ];
        let apps = |units: &[Value]| {
            let settings = json!({
                "out_file": ["{name}.log"], "max_restarts": [3], "watch": ["{name}", "src"],
                "stop_exit_codes": [0],
            });
            let declaration = json!({"defaults": {"settings": settings}, "units": units});
            let declaration = serde_json::from_value(declaration).unwrap();
            let ecosystem = Ecosystem::from_declaration(declaration, "/", &[]);
            ecosystem.resolve(&Options::default()).unwrap().apps
        };
        let together = apps(&services);
        for (app, service) in together.iter().zip(&services) {
            assert_eq!(apps(std::slice::from_ref(service)), std::slice::from_ref(app));
        }
    }

    #[test]
    fn the_last_time_that_a_set_is_spread_counts() {
        let sets = [
            json!({"name": "low", "env": {"A": "low", "B": "low"}}),
            json!({"name": "high", "env": {"A": "high"}}),
            json!({"name": "all", "spreads": ["low", "high", "low"], "env": {"C": "all"}}),
        ];
        assert_eq!(environment(&sets, "all"), json!({"A": "low", "B": "low", "C": "all"}));
    }

    #[test]
    fn sets_that_spread_others_twice_are_laid_once() {
        let name = |level: usize| format!("level_{level}");
        let sets: Vec<Value> = (0..200)
            .map(|level| {
                let others = vec![name(level + 1); if level < 199 { 2 } else { 0 }];
                json!({"name": name(level), "spreads": others, "env": {"LEVEL": name(level)}})
            })
            .collect();
        assert_eq!(environment(&sets, "level_0"), json!({"LEVEL": "level_0"}));
    }
}
