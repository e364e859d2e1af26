//! All blocks of a declaration, each with what it belongs to.

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::declaration::{Agent, Block, Declaration, EnvEntry, Kind, Service, Template, Unit};
use crate::expanded_service::{self, Templates};
use crate::mark::Marked;

/// What a block belongs to.
#[derive(Clone, Copy, Debug)]
pub enum Owner<'a> {
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
        /// What it stands in.
        container: Container<'a>,
    },
    /// An `override`.
    Override {
        /// The agent it stands in.
        agent: &'a Agent,
        /// What it changes, where this ecosystem declares it.
        service: Option<&'a Service>,
    },
}

/// What a service stands in.
#[derive(Clone, Copy, Debug)]
pub enum Container<'a> {
    /// Nothing: it is a unit by itself.
    Ecosystem,
    /// A template.
    Template(&'a Template),
    /// An agent.
    Agent(&'a Agent),
}

impl<'a> Owner<'a> {
    /// The kind of the one service the block is of; `None` where it is of several.
    #[must_use]
    pub fn kind(self) -> Option<Kind> {
        match self {
            Owner::Service { service, .. } | Owner::Override { service: Some(service), .. } => {
                Some(service.kind)
            }
            Owner::Defaults
            | Owner::Template(_)
            | Owner::Agent(_)
            | Owner::Override { service: None, .. } => None,
        }
    }

    /// Whether the services of the block are in an agent.
    #[must_use]
    pub fn in_agent(self) -> bool {
        match self {
            Owner::Defaults | Owner::Template(_) | Owner::Agent(_) | Owner::Override { .. } => true,
            Owner::Service { container, .. } => !matches!(container, Container::Ecosystem),
        }
    }

    /// The services beside it that it can name alone.
    #[must_use]
    pub fn siblings(self) -> Siblings<'a> {
        match self {
            Owner::Defaults | Owner::Service { container: Container::Ecosystem, .. } => {
                Siblings::None
            }
            Owner::Template(template)
            | Owner::Service { container: Container::Template(template), .. } => {
                Siblings::Template(template)
            }
            Owner::Agent(agent)
            | Owner::Override { agent, .. }
            | Owner::Service { container: Container::Agent(agent), .. } => Siblings::Agent(agent),
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

/// Calls `visit` with every block, those of profiles after the block they stand in.
pub fn each<'a>(declaration: &'a Declaration, mut visit: impl FnMut(Owner<'a>, &'a Block)) {
    let mut with_profiles = |owner: Owner<'a>, block: &'a Block| {
        visit(owner, block);
        for profile in &block.profiles {
            visit(owner, &profile.block);
        }
    };
    let templates = Templates::of(declaration);
    with_profiles(Owner::Defaults, &declaration.defaults);
    for template in &declaration.templates {
        with_profiles(Owner::Template(template), &template.block);
        for service in &template.services {
            let owner = Owner::Service { service, container: Container::Template(template) };
            with_profiles(owner, &service.block);
        }
    }
    for unit in &declaration.units {
        match unit {
            Unit::Service(service) => {
                let owner = Owner::Service { service, container: Container::Ecosystem };
                with_profiles(owner, &service.block);
            }
            Unit::Agent(agent) => {
                with_profiles(Owner::Agent(agent), &agent.block);
                for service in &agent.services {
                    let owner = Owner::Service { service, container: Container::Agent(agent) };
                    with_profiles(owner, &service.block);
                }
                if agent.overrides.is_empty() {
                    continue;
                }
                let mut parts: HashMap<&str, &Service> = HashMap::new();
                for part in expanded_service::of_agent(agent, templates.of_agent(agent)) {
                    parts.entry(&part.service.name).or_insert(part.service);
                }
                for change in &agent.overrides {
                    let service = parts.get(change.service.as_str()).copied();
                    let owner = Owner::Override { agent, service };
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
    mut visit: impl FnMut(Option<Owner<'a>>, &'a [Marked<SmolStr>], &'a [EnvEntry]),
) {
    for set in &declaration.sets {
        visit(None, &set.spreads, &set.env);
    }
    each(declaration, |owner, block| visit(Some(owner), &block.spreads, &block.env));
}
