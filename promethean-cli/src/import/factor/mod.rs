//! Factors out what apps have in common, as a person would.
//!
//! 1. `names` gives each app a name that the language takes, and finds the agents;
//! 2. `endpoints` finds where the apps listen, and who refers to that;
//! 3. `placeholders` writes paths below the root with `{root}`, and what differs by the name with `{name}`;
//! 4. `layers` moves what all share into `defaults`, what the services of an agent share into the
//!    agent;
//! 5. `secrets` names the dotenv files;
//! 6. `templates` finds agents of the same services;
//! 7. `alike` finds services that are alike;
//! 8. `sets` finds variables that several units share;
//! 9. `remarks` puts the comments on attributes and variables where these ended up.

mod alike;
mod endpoints;
mod layers;
mod names;
mod placeholders;
mod remarks;
mod secrets;
mod sets;
mod templates;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use promethean_core::declaration::{
    Agent, Attribution, Block, Declaration, Dependency, EnvEntry, EnvValue, Given, Kind, Probe,
    Profile, Service, Settings, Unit,
};
use promethean_core::emit::Comments;
use promethean_core::kind::ProbeKind;
use promethean_core::list::some_of;
use promethean_core::span_id::{SpanId, Spanned};
use promethean_core::value::Value;
use smol_str::SmolStr;

use super::NAMED;
use super::app::{self, App, Comment, Raw, Setting, Variable};
use super::import_paths::ImportPaths;
use super::reader::External;

/// The span ids of agents are behind those of this many services.
const MOST_APPS: usize = 1 << 24;

/// The span ids of keys are behind those of agents.
const FIRST_KEY: usize = 1 << 25;

/// How many keys of an app have a span id, so that they can have comments.
const KEYS: usize = 256;

/// An ecosystem, and comments on its parts.
#[derive(Debug, Default)]
pub(super) struct Factored {
    pub(super) declaration: Declaration,
    pub(super) comments: Comments,
}

/// An app on its way to a service.
#[derive(Clone, Debug)]
struct Part {
    /// The agent it is a part of.
    agent: Option<String>,
    /// Its name, without that of its agent.
    name: String,
    kind: Kind,
    directory: Option<SmolStr>,
    /// The template that it is made from.
    template: Option<String>,
    block: Block,
    /// The dotenv files that its secrets are read from.
    secret_files: Vec<usize>,
    comments: Vec<Comment>,
    /// Where it stood, which is where its comments belong.
    span_id: SpanId,
}

impl Part {
    fn service(self, comments: &mut Comments) -> Service {
        for comment in self.comments {
            for line in comment.text.lines() {
                match comment.of_original {
                    true => comments.add_above(self.span_id, line),
                    false => comments.add_inside(self.span_id, line),
                }
            }
        }
        Service {
            kind: self.kind,
            name: Spanned::new(self.name.into(), self.span_id),
            templates: self.template.as_deref().map(spanned).into_iter().collect(),
            directory: self.directory.map(Spanned::nowhere),
            block: self.block,
            ..Service::default()
        }
    }
}

/// Factors apps into an ecosystem.
pub(super) fn factor(
    apps: &mut [App],
    externals: &mut [External],
    paths: &ImportPaths,
    files: &[Utf8PathBuf],
    comments: Vec<String>,
) -> Factored {
    let mut factored = Factored::default();
    factored.comments.add_top(comments);
    let originals: Vec<String> = apps.iter().map(|app| app.name.clone()).collect();
    without_repeating_profiles(apps);
    names::make_possible(apps);
    let agents = names::agents(apps);
    let paths_of_units: BTreeMap<String, Vec<String>> = originals
        .into_iter()
        .zip(&agents)
        .map(|(name, place)| (name, place.agent.iter().chain([&place.name]).cloned().collect()))
        .collect();
    let mut parts: Vec<Part> = apps
        .iter()
        .zip(agents)
        .enumerate()
        .map(|(index, (app, place))| part(app, place, paths, &paths_of_units, index))
        .collect();
    endpoints::find(&mut parts, apps, externals);
    placeholders::with_names(&mut parts, apps);
    tell_once(&mut parts, apps, &mut factored.comments);
    let remarks = remarks::take(&mut parts, apps);
    factored.declaration.root = paths.written_root().map(|root| Spanned::nowhere(root.into()));
    factored.declaration.defaults = layers::defaults(&mut parts);
    let mut units = units(parts);
    factored.declaration.secrets = secrets::assign(&mut units, files, paths);
    for unit in &mut units {
        unit.move_up();
    }
    let templates = templates::find(&mut units);
    factored.declaration.templates =
        templates.into_iter().map(|template| template.written(&mut factored.comments)).collect();
    let templates = alike::find(&mut units, &factored.declaration.templates);
    factored.declaration.templates.extend(templates);
    for unit in units {
        let unit = unit.written(&mut factored.comments);
        factored.declaration.units.push(unit);
    }
    sets::extract(&mut factored.declaration);
    remarks::place(remarks, &factored.declaration, &mut factored.comments);
    factored
}

/// Takes away the profiles that change nothing in any app.
fn without_repeating_profiles(apps: &mut [App]) {
    let changes = |app: &App, name: &str| {
        let profiles = app.profiles.iter().filter(|(profile, _)| profile == name);
        profiles.flat_map(|(_, env)| env).any(|entry| !app.env.contains(entry))
    };
    let names: Vec<String> =
        apps.iter().flat_map(|app| &app.profiles).map(|(name, _)| name.clone()).collect();
    for name in names {
        if !apps.iter().any(|app| changes(app, &name)) {
            for app in apps.iter_mut() {
                app.profiles.retain(|(profile, _)| *profile != name);
            }
        }
    }
}

/// What holds of several apps is told once, at the top.
fn tell_once(parts: &mut [Part], apps: &[App], comments: &mut Comments) {
    const SEVERAL: usize = 2;
    let mut tellings: Vec<(Comment, Vec<&str>)> = Vec::new();
    for (part, app) in parts.iter().zip(apps) {
        for comment in
            part.comments.iter().filter(|comment| comment.on.is_none() && !comment.of_original)
        {
            match tellings.iter_mut().find(|(known, _)| known == comment) {
                Some((_, names)) => names.push(&app.name),
                None => tellings.push((comment.clone(), vec![&app.name])),
            }
        }
    }
    tellings.retain(|(_, names)| names.len() >= SEVERAL);
    for part in parts.iter_mut() {
        part.comments.retain(|comment| tellings.iter().all(|(known, _)| known != comment));
    }
    for (Comment { text, .. }, names) in tellings {
        let names = some_of(&names, NAMED);
        match text.split_once('\n') {
            None => comments.add_top([format!("{text} So it is in {names}.")]),
            Some((head, lines)) => {
                comments.add_top([format!("In {names}: {head}")]);
                comments.add_top(lines.lines().map(str::to_owned));
            }
        }
    }
}

/// The block of an app as it stands in the file, with nothing moved to wider blocks.
fn part(
    app: &App,
    place: names::Place,
    paths: &ImportPaths,
    units: &BTreeMap<String, Vec<String>>,
    index: usize,
) -> Part {
    let mut keys = (0..KEYS).map(|key| SpanId::new(FIRST_KEY + index * KEYS + key));
    let mut key =
        |name: &str| Spanned::new(SmolStr::from(name), keys.next().unwrap_or(SpanId::NOWHERE));
    let mut settings: Vec<Attribution> = app
        .settings
        .iter()
        .map(|setting| Attribution {
            key: key(setting.attribute.name),
            given: given(setting, paths),
        })
        .collect();
    // What runs is read first.
    settings.sort_by_key(|setting| {
        setting.attribute().is_none_or(|attribute| attribute.part.is_none())
    });
    let mut secret_files = Vec::new();
    let mut env = |variables: &[(String, Variable)]| -> Vec<EnvEntry> {
        let entries = variables.iter().map(|(name, variable)| {
            for file in variable.files() {
                if !secret_files.contains(&file) {
                    secret_files.push(file);
                }
            }
            EnvEntry { key: key(name), value: env_value(variable, paths) }
        });
        entries.collect()
    };
    let block = Block {
        settings: Settings(settings),
        env: env(&app.env),
        profiles: app
            .profiles
            .iter()
            .map(|(name, variables)| Profile {
                name: spanned(name),
                block: Block { env: env(variables), ..Block::default() },
            })
            .collect(),
        depends_on: app.depends_on.iter().map(|target| dependency(target, units)).collect(),
        ready: app.ready.as_ref().map(|(kind, values)| Box::new(probe(*kind, values))),
        alive: app.alive.as_ref().map(alive).map(Box::new),
        ..Block::default()
    };
    Part {
        agent: place.agent,
        name: place.name,
        kind: app.kind,
        directory: paths.written(&app.directory).map(SmolStr::from),
        template: None,
        block,
        secret_files,
        comments: app.comments.clone(),
        span_id: SpanId::new(index),
    }
}

/// What an app depends on: another app, or something external.
fn dependency(
    app::Dependency { on, condition, restarts }: &app::Dependency,
    units: &BTreeMap<String, Vec<String>>,
) -> Dependency {
    let unit = match units.get(on) {
        Some(unit) => unit.iter().map(|name| spanned(name)).collect(),
        None => vec![spanned(on)],
    };
    let condition = condition.map(Spanned::nowhere);
    Dependency { unit, condition, restarts: *restarts, ..Dependency::default() }
}

fn probe(kind: ProbeKind, values: &[String]) -> Probe {
    let value = |text: &String| Spanned::nowhere(Value::Text(text.into()));
    Probe {
        kind: Spanned::nowhere(kind),
        endpoint: None,
        values: values.iter().map(value).collect(),
        timeout: None,
        interval: None,
        failures: None,
        status: None,
    }
}

fn alive(alive: &app::Alive) -> Probe {
    let failures = alive.failures.map(|count| Value::Integer(count.into()));
    Probe {
        interval: alive.interval.map(Value::Duration).map(Spanned::nowhere),
        failures: failures.map(Spanned::nowhere),
        ..probe(alive.kind, &alive.values)
    }
}

fn spanned(text: &str) -> Spanned<SmolStr> {
    Spanned::nowhere(text.into())
}

fn given(setting: &Setting, paths: &ImportPaths) -> Given {
    use super::app::Given as Raws;
    let attribute = setting.attribute;
    let value = |raw: &Raw| {
        let value = match raw {
            Raw::Text(text) if attribute.placeholders => {
                Value::Text(placeholders::with_root(text, paths).into())
            }
            other => other.value(attribute),
        };
        Spanned::nowhere(value)
    };
    match &setting.raw {
        Raws::Values(values) => Given::Values(values.iter().map(value).collect()),
        Raws::Object(entries) => Given::Object(
            entries
                .iter()
                .map(|(key, values)| (spanned(key), values.iter().map(value).collect()))
                .collect(),
        ),
    }
}

fn env_value(variable: &Variable, paths: &ImportPaths) -> EnvValue {
    match variable {
        Variable::Text(text) => EnvValue::Text(spanned(&placeholders::with_root(text, paths))),
        Variable::Written { text, .. } => EnvValue::Text(spanned(text)),
        Variable::Secret { stored, .. } => EnvValue::Secret(stored.as_deref().map(spanned)),
        Variable::Inherit { from } => EnvValue::Inherit(from.as_deref().map(spanned)),
        Variable::Or { sources, or_unset } => {
            let sources = sources.iter().map(|source| env_value(source, paths));
            let unset = or_unset.then_some(EnvValue::Unset);
            EnvValue::Or(sources.chain(unset).map(Spanned::nowhere).collect())
        }
    }
}

/// A unit of the ecosystem.
#[derive(Debug)]
enum Group {
    /// A service by itself.
    Single(Box<Part>),
    /// Services that are one unit.
    Agent(Box<Members>),
}

/// The services of an agent.
#[derive(Debug)]
struct Members {
    name: String,
    /// The template it is made from.
    template: Option<String>,
    /// What holds for each of them.
    block: Block,
    /// What it changes in the services of its template.
    overrides: Vec<(String, Block)>,
    parts: Vec<Part>,
    span_id: SpanId,
}

/// Puts the services of agents together, in the place of the first.
fn units(parts: Vec<Part>) -> Vec<Group> {
    let mut units: Vec<Group> = Vec::new();
    for part in parts {
        let Some(name) = part.agent.clone() else {
            units.push(Group::Single(Box::new(part)));
            continue;
        };
        let known = units.iter_mut().find_map(|unit| match unit {
            Group::Agent(members) => Some(members).filter(|members| members.name == name),
            Group::Single(_) => None,
        });
        match known {
            Some(members) => members.parts.push(part),
            None => units.push(Group::Agent(Box::new(Members {
                name,
                template: None,
                block: Block::default(),
                overrides: Vec::new(),
                // Far behind the span ids of the services.
                span_id: SpanId::new(MOST_APPS + units.len()),
                parts: vec![part],
            }))),
        }
    }
    units
}

impl Group {
    /// Moves what all services of an agent share into the agent.
    fn move_up(&mut self) {
        let Group::Agent(members) = self else { return };
        if members.parts.len() < 2 {
            return;
        }
        let blocks: Vec<&Block> = members.parts.iter().map(|part| &part.block).collect();
        let common = layers::common(&blocks);
        for part in &mut members.parts {
            layers::subtract(&mut part.block, &common);
        }
        layers::add(&mut members.block, common);
    }

    fn parts_mut(&mut self) -> &mut [Part] {
        match self {
            Group::Single(part) => std::slice::from_mut(&mut **part),
            Group::Agent(members) => &mut members.parts,
        }
    }

    fn parts(&self) -> &[Part] {
        match self {
            Group::Single(part) => std::slice::from_ref(&**part),
            Group::Agent(members) => &members.parts,
        }
    }

    fn written(self, comments: &mut Comments) -> Unit {
        match self {
            Group::Single(part) => Unit::Service(part.service(comments)),
            Group::Agent(members) => Unit::Agent(Agent {
                name: Spanned::new(members.name.into(), members.span_id),
                templates: members.template.as_deref().map(spanned).into_iter().collect(),
                block: members.block,
                overrides: members
                    .overrides
                    .into_iter()
                    .map(|(service, block)| promethean_core::declaration::Override {
                        service: spanned(&service),
                        block,
                    })
                    .collect(),
                services: members.parts.into_iter().map(|part| part.service(comments)).collect(),
                ..Agent::default()
            }),
        }
    }
}
