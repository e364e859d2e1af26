//! All blocks of a declaration, each with what it belongs to.

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::declaration::{
    Agent, Block, Declaration, EndpointPart, EndpointReference, EnvEntry, EnvValue, Kind, Service,
    Template, Unit,
};
use crate::expanded_service::Templates;
use crate::reference::Target;
use crate::span_id::{SpanId, Spanned};
use crate::text::{Piece, Placeholder, TextError, each_piece, is_plain};
use crate::value::Value;

/// What a block belongs to.
#[derive(Clone, Copy, Debug)]
pub enum BlockOwner<'a> {
    /// The ecosystem's `defaults`.
    Defaults,
    /// A template.
    Template(&'a Template),
    /// An agent.
    Agent(&'a Agent),
    /// A service.
    Service {
        /// The service.
        service: &'a Service,
        /// What it is in.
        container: Container<'a>,
    },
    /// An `override`.
    Override {
        /// The agent it is in.
        agent: &'a Agent,
        /// What it changes, where this ecosystem declares it.
        service: Option<&'a Service>,
    },
}

/// What a service is in.
#[derive(Clone, Copy, Debug)]
pub enum Container<'a> {
    /// Nothing: it is a unit by itself.
    Ecosystem,
    /// A template.
    Template(&'a Template),
    /// An agent.
    Agent(&'a Agent),
}

impl<'a> BlockOwner<'a> {
    /// The kind of the one service the block is of; `None` where it is of several.
    #[must_use]
    pub fn kind(self) -> Option<Kind> {
        match self {
            BlockOwner::Service { service, .. }
            | BlockOwner::Override { service: Some(service), .. } => Some(service.kind),
            BlockOwner::Defaults
            | BlockOwner::Template(_)
            | BlockOwner::Agent(_)
            | BlockOwner::Override { service: None, .. } => None,
        }
    }

    /// Whether the services of the block are in an agent.
    #[must_use]
    pub fn in_agent(self) -> bool {
        match self {
            BlockOwner::Defaults
            | BlockOwner::Template(_)
            | BlockOwner::Agent(_)
            | BlockOwner::Override { .. } => true,
            BlockOwner::Service { container, .. } => !matches!(container, Container::Ecosystem),
        }
    }

    /// The services beside it that it can name by their short names.
    #[must_use]
    pub fn siblings(self) -> Siblings<'a> {
        match self {
            BlockOwner::Defaults | BlockOwner::Service { container: Container::Ecosystem, .. } => {
                Siblings::None
            }
            BlockOwner::Template(template)
            | BlockOwner::Service { container: Container::Template(template), .. } => {
                Siblings::Template(template)
            }
            BlockOwner::Agent(agent)
            | BlockOwner::Override { agent, .. }
            | BlockOwner::Service { container: Container::Agent(agent), .. } => {
                Siblings::Agent(agent)
            }
        }
    }
}

/// The services that a block can name by their short names.
#[derive(Clone, Copy, Debug)]
pub enum Siblings<'a> {
    /// None: only units can be named.
    None,
    /// Those of a template.
    Template(&'a Template),
    /// Those of an agent and of its template.
    Agent(&'a Agent),
}

/// Calls `visit` with every block, those of profiles after the block they are in.
pub fn each<'a>(declaration: &'a Declaration, mut visit: impl FnMut(BlockOwner<'a>, &'a Block)) {
    let mut with_profiles = |owner: BlockOwner<'a>, block: &'a Block| {
        visit(owner, block);
        for profile in &block.profiles {
            visit(owner, &profile.block);
        }
    };
    let templates = Templates::of(declaration);
    with_profiles(BlockOwner::Defaults, &declaration.defaults);
    for template in &declaration.templates {
        with_profiles(BlockOwner::Template(template), &template.block);
        for service in &template.services {
            let owner = BlockOwner::Service { service, container: Container::Template(template) };
            with_profiles(owner, &service.block);
        }
    }
    for unit in &declaration.units {
        match unit {
            Unit::Service(service) => {
                let owner = BlockOwner::Service { service, container: Container::Ecosystem };
                with_profiles(owner, &service.block);
            }
            Unit::Agent(agent) => {
                with_profiles(BlockOwner::Agent(agent), &agent.block);
                for service in &agent.services {
                    let owner = BlockOwner::Service { service, container: Container::Agent(agent) };
                    with_profiles(owner, &service.block);
                }
                if agent.overrides.is_empty() {
                    continue;
                }
                let mut parts: HashMap<&str, &Service> = HashMap::new();
                for part in templates.parts(agent) {
                    parts.entry(&part.service.name).or_insert(part.service);
                }
                for change in &agent.overrides {
                    let service = parts.get(change.service.as_str()).copied();
                    let owner = BlockOwner::Override { agent, service };
                    with_profiles(owner, &change.block);
                }
            }
            Unit::Include(_) | Unit::External(_) => {}
        }
    }
}

/// Calls `visit` with the spreads and the entries of every `env`, those of sets first.
pub fn each_env<'a>(
    declaration: &'a Declaration,
    mut visit: impl FnMut(Option<BlockOwner<'a>>, &'a [Spanned<SmolStr>], &'a [EnvEntry]),
) {
    for set in &declaration.sets {
        visit(None, &set.spreads, &set.env);
    }
    each(declaration, |owner, block| visit(Some(owner), &block.spreads, &block.env));
}

/// Calls `visit` with the names behind everything that can be made from templates, and with the service
/// that it is.
pub fn each_made<'a>(
    declaration: &'a Declaration,
    mut visit: impl FnMut(&'a [Spanned<SmolStr>], Option<&'a Service>),
) {
    for template in &declaration.templates {
        visit(&template.templates, None);
        template.services.iter().for_each(|service| visit(&service.templates, Some(service)));
    }
    for unit in &declaration.units {
        match unit {
            Unit::Service(service) => visit(&service.templates, Some(service)),
            Unit::Agent(agent) => {
                visit(&agent.templates, None);
                agent.services.iter().for_each(|service| visit(&service.templates, Some(service)));
            }
            Unit::Include(_) | Unit::External(_) => {}
        }
    }
}

/// A text in which placeholders are filled in.
#[derive(Clone, Copy, Debug)]
pub struct FilledText<'a> {
    /// The text.
    pub text: &'a str,
    /// Where it is.
    pub span_id: SpanId,
    /// The block that it is in; `None` in an env set.
    pub block: Option<&'a Block>,
    /// What the block belongs to.
    pub owner: Option<BlockOwner<'a>>,
    /// The env set that it is in.
    pub set: Option<&'a str>,
    /// Whether it is all of the value of a variable.
    pub is_variable: bool,
}

/// Calls `visit` with every text in which placeholders are filled in, those of env sets first.
pub fn each_filled_text<'a>(declaration: &'a Declaration, mut visit: impl FnMut(FilledText<'a>)) {
    let nothing = FilledText {
        text: "",
        span_id: SpanId::NOWHERE,
        block: None,
        owner: None,
        set: None,
        is_variable: false,
    };
    for set in &declaration.sets {
        env_texts(&set.env, FilledText { set: Some(&set.name), ..nothing }, &mut visit);
    }
    each(declaration, |owner, block| {
        let of = FilledText { block: Some(block), owner: Some(owner), ..nothing };
        for setting in &block.settings {
            if !setting.attribute().is_some_and(|attribute| attribute.placeholders) {
                continue;
            }
            for value in setting.values() {
                if let Value::Text(text) = &value.value {
                    visit(FilledText { text, span_id: value.span_id, ..of });
                }
            }
        }
        env_texts(&block.env, of, &mut visit);
    });
}

fn env_texts<'a>(
    entries: &'a [EnvEntry],
    of: FilledText<'a>,
    visit: &mut impl FnMut(FilledText<'a>),
) {
    for entry in entries {
        for source in entry.value.sources() {
            if let Some(text) = source.text() {
                let is_variable = matches!(source, EnvValue::Text(_));
                visit(FilledText { text, span_id: text.span_id, is_variable, ..of });
            }
        }
    }
}

/// Calls `visit` with every reference to an endpoint that is a value, and what its block belongs to:
/// those of env sets first.
pub fn each_reference<'a>(
    declaration: &'a Declaration,
    mut visit: impl FnMut(Option<BlockOwner<'a>>, &'a EndpointReference),
) {
    each_env(declaration, |owner, _, entries| {
        for entry in entries {
            for source in entry.value.sources() {
                if let EnvValue::Endpoint(reference) = source {
                    visit(owner, reference);
                }
            }
        }
    });
}

/// The references to endpoints in a text; none in one whose placeholders are wrong.
#[must_use]
pub fn references_in(text: &str) -> Vec<(EndpointPart, Target<'_>)> {
    let mut found = Vec::new();
    if is_plain(text) {
        return found;
    }
    let read = each_piece::<TextError>(text, |piece| {
        if let Piece::Placeholder(Placeholder::Endpoint(part, target)) = piece {
            found.push((part, target));
        }
        Ok(())
    });
    if read.is_ok() { found } else { Vec::new() }
}

/// The paths of other ecosystems that the references in texts begin with, and where the texts are.
#[must_use]
pub fn paths_in_texts(declaration: &Declaration) -> Vec<(&str, SpanId)> {
    let mut paths = Vec::new();
    each_filled_text(declaration, |FilledText { text, span_id, .. }| {
        let references = references_in(text).into_iter();
        paths.extend(references.filter_map(|(_, target)| Some((target.ecosystem?, span_id))));
    });
    paths
}

/// Every path of a declaration, in the order of writing.
#[must_use]
pub fn paths_of(declaration: &Declaration) -> Vec<&str> {
    let mut paths: Vec<&str> = declaration.uses.iter().map(|path| path.as_str()).collect();
    let included = declaration.units.iter().filter_map(Unit::included);
    paths.extend(included.map(|path| path.as_str()));
    each(declaration, |_, block| {
        let ecosystems =
            block.depends_on.iter().filter_map(|dependency| dependency.ecosystem.as_ref());
        paths.extend(ecosystems.map(|path| path.as_str()));
    });
    each_reference(declaration, |_, reference| {
        paths.extend(reference.ecosystem.as_ref().map(|path| path.as_str()));
    });
    paths.extend(paths_in_texts(declaration).into_iter().map(|(path, _)| path));
    paths
}
