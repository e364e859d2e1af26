//! Instances: the services that a declaration stands for, each with the blocks that shape it.

use smol_str::{SmolStr, format_smolstr};

use crate::declaration::{Agent, Block, Declaration, Override, Service, Template, Unit};

/// A service as it comes to be: by itself, or as a part of an agent.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    /// The agent it is a part of.
    pub agent: Option<&'a Agent>,
    /// The template that holds the service.
    pub template: Option<&'a Template>,
    /// What is written of the service itself.
    pub service: &'a Service,
}

/// Where a block stands. The later one is the stronger.
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

impl<'a> Instance<'a> {
    /// The name in PM2: `duck_cephalon`, or the service's own name outside an agent.
    #[must_use]
    pub fn name(&self) -> SmolStr {
        match self.agent {
            Some(agent) => format_smolstr!("{}_{}", *agent.name, *self.service.name),
            None => self.service.name.value.clone(),
        }
    }

    /// What the agent changes in it.
    #[must_use]
    pub fn overridden(&self) -> Option<&'a Override> {
        let overrides = self.agent.map(|agent| agent.overrides.as_slice()).unwrap_or_default();
        overrides.iter().find(|change| *change.service == *self.service.name)
    }

    /// The blocks that shape it, weakest first, without defaults.
    pub fn blocks(&self) -> impl Iterator<Item = (Level, &'a Block)> + use<'a> {
        let template = self.template.map(|template| (Level::Template, &template.block));
        let agent = self.agent.map(|agent| (Level::Agent, &agent.block));
        let overridden = self.overridden().map(|change| (Level::Override, &change.block));
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
) -> impl Iterator<Item = Instance<'a>> + use<'a> {
    let from_template = template.into_iter().flat_map(move |template| {
        let kept = template.services.iter().filter(|service| !leaves_out(agent, &service.name));
        kept.map(move |service| Instance { agent: Some(agent), template: Some(template), service })
    });
    let own = agent.services.iter();
    // A template's attributes hold for the services that the agent adds to it.
    from_template.chain(own.map(move |service| Instance { agent: Some(agent), template, service }))
}

/// Whether an agent does without a service.
#[must_use]
pub fn leaves_out(agent: &Agent, service: &str) -> bool {
    agent.without.iter().any(|left_out| **left_out == service)
}

/// All instances that a declaration alone gives, in the order of writing. Templates of other
/// ecosystems are not seen here.
#[must_use]
pub fn of_declaration(declaration: &Declaration) -> Vec<Instance<'_>> {
    let mut instances = Vec::with_capacity(declaration.units.len());
    for unit in &declaration.units {
        match unit {
            Unit::Service(service) => {
                instances.push(Instance { agent: None, template: None, service });
            }
            Unit::Agent(agent) => {
                instances.extend(of_agent(agent, template_of(declaration, agent)));
            }
            Unit::Include(_) | Unit::External(_) => {}
        }
    }
    instances
}

/// The template that an agent names, where the declaration itself has it.
#[must_use]
pub fn template_of<'a>(declaration: &'a Declaration, agent: &Agent) -> Option<&'a Template> {
    let name = agent.template.as_ref()?;
    declaration.templates.iter().find(|template| *template.name == **name)
}
