//! Instances: the services that a declaration stands for, each with the blocks that shape it.

use std::collections::{HashMap, HashSet};

use smol_str::{SmolStr, format_smolstr};

use crate::declaration::{Agent, Block, Declaration, Override, Service, Template, Unit};

/// A service: on its own, or as a part of an agent.
#[derive(Clone, Copy, Debug)]
pub struct ExpandedService<'a> {
    /// The agent it is a part of.
    pub agent: Option<&'a Agent>,
    /// The template that holds the service.
    pub template: Option<&'a Template>,
    /// What is written of the service itself.
    pub service: &'a Service,
    /// What the agent changes in it.
    pub overridden: Option<&'a Override>,
}

/// Where a block is written. The later one is the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `defaults` of a used ecosystem.
    UsedDefaults,
    /// `defaults` of the ecosystem itself.
    Defaults,
    /// `template`
    Template,
    /// `agent`
    Agent,
    /// The service itself.
    Service,
    /// `override` in the agent.
    Override,
}

impl<'a> ExpandedService<'a> {
    /// A service in no agent; `template` is the one it is in, if any.
    #[must_use]
    pub fn alone(service: &'a Service, template: Option<&'a Template>) -> ExpandedService<'a> {
        ExpandedService { agent: None, template, service, overridden: None }
    }

    /// The name in PM2: `duck_cephalon`, or the service's own name outside an agent.
    #[must_use]
    pub fn name(&self) -> SmolStr {
        match self.agent {
            Some(agent) => format_smolstr!("{}_{}", *agent.name, *self.service.name),
            None => self.service.name.value.clone(),
        }
    }

    /// The blocks that shape it, weakest first, without defaults.
    pub fn blocks(&self) -> impl Iterator<Item = (Level, &'a Block)> + use<'a> {
        let template = self.template.map(|template| (Level::Template, &template.block));
        let agent = self.agent.map(|agent| (Level::Agent, &agent.block));
        let overridden = self.overridden.map(|change| (Level::Override, &change.block));
        template
            .into_iter()
            .chain(agent)
            .chain([(Level::Service, &self.service.block)])
            .chain(overridden)
    }
}

/// The instances of an agent, given the template it names: the template's services that it does
/// not do without, then its own.
pub fn of_agent<'a>(
    agent: &'a Agent,
    template: Option<&'a Template>,
) -> impl Iterator<Item = ExpandedService<'a>> + use<'a> {
    let left_out: HashSet<&str> = agent.without.iter().map(|name| name.as_str()).collect();
    let mut overrides: HashMap<&str, &Override> = HashMap::new();
    for change in &agent.overrides {
        overrides.entry(&change.service).or_insert(change);
    }
    let of_template = template.map(|template| template.services.as_slice()).unwrap_or_default();
    let kept = of_template.iter().filter(move |service| !left_out.contains(service.name.as_str()));
    // A template's attributes hold for the services that the agent adds to it.
    kept.chain(&agent.services).map(move |service| {
        let overridden = overrides.get(service.name.as_str()).copied();
        ExpandedService { agent: Some(agent), template, service, overridden }
    })
}

/// All instances that a declaration gives by itself, in the order of writing. Templates of other
/// ecosystems are not seen here.
#[must_use]
pub fn of_declaration(declaration: &Declaration) -> Vec<ExpandedService<'_>> {
    let templates = Templates::of(declaration);
    let mut instances = Vec::with_capacity(declaration.units.len());
    for unit in &declaration.units {
        match unit {
            Unit::Service(service) => {
                instances.push(ExpandedService::alone(service, None));
            }
            Unit::Agent(agent) => {
                instances.extend(of_agent(agent, templates.of_agent(agent)));
            }
            Unit::Include(_) | Unit::External(_) => {}
        }
    }
    instances
}

/// The templates of a declaration, by their names.
#[derive(Clone, Debug)]
pub struct Templates<'a>(HashMap<&'a str, &'a Template>);

impl<'a> Templates<'a> {
    /// The first one of each name.
    #[must_use]
    pub fn of(declaration: &'a Declaration) -> Templates<'a> {
        let mut templates = HashMap::new();
        for template in &declaration.templates {
            templates.entry(template.name.as_str()).or_insert(template);
        }
        Templates(templates)
    }

    /// The template that an agent names, where the declaration itself has it.
    #[must_use]
    pub fn of_agent(&self, agent: &Agent) -> Option<&'a Template> {
        self.0.get(agent.template.as_ref()?.as_str()).copied()
    }
}
