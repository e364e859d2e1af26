//! Instances: the services that a declaration stands for, each with the blocks that shape it.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use smol_str::{SmolStr, format_smolstr};

use crate::declaration::{Agent, Block, Declaration, Override, Service, Template, Unit};
use crate::span_id::Spanned;

/// A service: on its own, or as a part of an agent.
#[derive(Clone, Debug)]
pub struct ExpandedService<'a> {
    /// The agent it is a part of.
    pub agent: Option<&'a Agent>,
    /// The template that the service is written in.
    pub within: Option<&'a Template>,
    /// The templates that its agent and itself are made from, and the one it is written in.
    pub templates: Chain<'a>,
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
    /// The name in PM2: `duck_cephalon`, or the service's own name outside an agent.
    #[must_use]
    pub fn name(&self) -> SmolStr {
        match self.agent {
            Some(agent) => format_smolstr!("{}_{}", *agent.name, *self.service.name),
            None => self.service.name.value.clone(),
        }
    }

    /// The blocks that shape it, weakest first, without defaults.
    pub fn blocks(&self) -> impl Iterator<Item = (Level, &'a Block)> {
        let templates = self.templates.all().iter();
        let templates = templates.map(|layer| (Level::Template, &layer.template.block));
        let agent = self.agent.map(|agent| (Level::Agent, &agent.block));
        let overridden = self.overridden.map(|change| (Level::Override, &change.block));
        templates.chain(agent).chain([(Level::Service, &self.service.block)]).chain(overridden)
    }

    /// The template that a block is of.
    #[must_use]
    pub fn template_of(&self, block: &Block) -> Option<&'a Template> {
        let mut templates = self.templates.all().iter().map(|layer| layer.template);
        templates.find(|template| std::ptr::eq(&raw const template.block, block))
    }
}

/// The templates that something is made from, and those that they are made from: weakest first, each
/// once, in front of what is made from it.
#[derive(Clone, Debug, Default)]
pub struct Chain<'a>(Option<Rc<[TemplateLayer<'a>]>>);

/// A template of a chain.
#[derive(Clone, Copy, Debug)]
pub struct TemplateLayer<'a> {
    /// The template.
    pub template: &'a Template,
    /// The number of the ecosystem that declares it; 0 within one declaration.
    pub scope: usize,
}

impl<'a> Chain<'a> {
    /// The chain of some names that are written in an ecosystem. `find` looks one up, by the number of
    /// the ecosystem that it is written in. What it does not find is left out.
    pub fn of(
        names: &'a [Spanned<SmolStr>],
        scope: usize,
        find: impl FnMut(usize, &'a Spanned<SmolStr>) -> Option<TemplateLayer<'a>>,
    ) -> Chain<'a> {
        Chain::default().and(names, scope, find)
    }

    /// The same chain, and behind it what these names add.
    #[must_use]
    pub fn and(
        &self,
        names: &'a [Spanned<SmolStr>],
        scope: usize,
        mut find: impl FnMut(usize, &'a Spanned<SmolStr>) -> Option<TemplateLayer<'a>>,
    ) -> Chain<'a> {
        if names.is_empty() {
            return self.clone();
        }
        let mut layers = self.all().to_vec();
        let mut entered: HashSet<*const Template> =
            layers.iter().map(|layer| std::ptr::from_ref(layer.template)).collect();
        // The names that are left of something, and the template whose names they are.
        let mut open = vec![(names.iter(), scope, None)];
        while let Some((names, scope, _)) = open.last_mut() {
            let scope = *scope;
            match names.next() {
                Some(name) => {
                    if let Some(layer) = find(scope, name)
                        && entered.insert(std::ptr::from_ref(layer.template))
                    {
                        open.push((layer.template.templates.iter(), layer.scope, Some(layer)));
                    }
                }
                None => layers.extend(open.pop().and_then(|(.., layer)| layer)),
            }
        }
        Chain(Some(layers.into())).filter_empty()
    }

    fn filter_empty(self) -> Chain<'a> {
        Chain(self.0.filter(|layers| !layers.is_empty()))
    }

    /// All of them, weakest first.
    #[must_use]
    pub fn all(&self) -> &[TemplateLayer<'a>] {
        self.0.as_deref().unwrap_or_default()
    }

    /// The services of all of them.
    pub fn services(&self) -> impl Iterator<Item = (&'a Service, TemplateLayer<'a>)> {
        self.all().iter().flat_map(|layer| {
            let services = layer.template.services.iter();
            services.map(move |service| (service, *layer))
        })
    }

    /// Whether one of them has a service of this name.
    #[must_use]
    pub fn has_service(&self, name: &str) -> bool {
        self.services().any(|(service, _)| *service.name == name)
    }

    /// What tells chains apart that are not copies of each other.
    #[must_use]
    pub fn identity(&self) -> usize {
        self.0.as_ref().map_or(0, |layers| Rc::as_ptr(layers).addr())
    }
}

/// The instances of an agent, given the templates that it is made from: their services that it does
/// not do without, then its own. `made` adds what a service is made from itself to a chain.
pub fn of_agent<'a>(
    agent: &'a Agent,
    templates: &Chain<'a>,
    mut made: impl FnMut(&Chain<'a>, &'a Service, Option<TemplateLayer<'a>>) -> Chain<'a>,
) -> Vec<ExpandedService<'a>> {
    let left_out: HashSet<&str> = agent.without.iter().map(|name| name.as_str()).collect();
    let mut overrides: HashMap<&str, &Override> = HashMap::new();
    for change in &agent.overrides {
        overrides.entry(&change.service).or_insert(change);
    }
    let kept =
        templates.services().filter(|(service, _)| !left_out.contains(service.name.as_str()));
    let kept = kept.map(|(service, layer)| (service, Some(layer)));
    // A template's attributes hold for the services that the agent adds to it.
    let parts = kept.chain(agent.services.iter().map(|service| (service, None)));
    parts
        .map(|(service, layer)| ExpandedService {
            agent: Some(agent),
            within: layer.map(|layer| layer.template),
            templates: made(templates, service, layer),
            service,
            overridden: overrides.get(service.name.as_str()).copied(),
        })
        .collect()
}

/// All instances that a declaration gives by itself, in the order of writing. Templates of other
/// ecosystems are not seen here.
#[must_use]
pub fn of_declaration(declaration: &Declaration) -> Vec<ExpandedService<'_>> {
    let templates = Templates::of(declaration);
    let mut instances = Vec::with_capacity(declaration.units.len());
    for unit in &declaration.units {
        match unit {
            Unit::Service(service) => instances.push(templates.alone(service)),
            Unit::Agent(agent) => instances.extend(templates.parts(agent)),
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

    /// The template of a name, where the declaration itself has it.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'a Template> {
        self.0.get(name).copied()
    }

    fn layer(&self, name: &str) -> Option<TemplateLayer<'a>> {
        self.find(name).map(|template| TemplateLayer { template, scope: 0 })
    }

    /// The templates that these names stand for, as far as the declaration itself has them.
    #[must_use]
    pub fn chain(&self, names: &'a [Spanned<SmolStr>]) -> Chain<'a> {
        Chain::of(names, 0, |_, name| self.layer(name))
    }

    /// Whether another ecosystem has one of the templates that these names stand for.
    #[must_use]
    pub fn are_elsewhere(&self, names: &'a [Spanned<SmolStr>]) -> bool {
        let mut elsewhere = false;
        Chain::of(names, 0, |_, name| {
            let found = self.layer(name);
            elsewhere |= found.is_none();
            found
        });
        elsewhere
    }

    /// A service that is in no agent.
    #[must_use]
    pub fn alone(&self, service: &'a Service) -> ExpandedService<'a> {
        let templates = self.chain(&service.templates);
        ExpandedService { agent: None, within: None, templates, service, overridden: None }
    }

    /// The services of a template by itself.
    pub fn services(&self, template: &'a Template) -> impl Iterator<Item = ExpandedService<'a>> {
        let chain = match template.services.is_empty() {
            true => Chain::default(),
            false => self.chain_with(template),
        };
        template.services.iter().map(move |service| ExpandedService {
            agent: None,
            within: Some(template),
            templates: chain.and(&service.templates, 0, |_, name| self.layer(name)),
            service,
            overridden: None,
        })
    }

    /// A template, behind those that it is made from.
    fn chain_with(&self, template: &'a Template) -> Chain<'a> {
        let mut layers = self.chain(&template.templates).all().to_vec();
        layers.retain(|layer| !std::ptr::eq(layer.template, template));
        layers.push(TemplateLayer { template, scope: 0 });
        Chain(Some(layers.into()))
    }

    /// The services of an agent.
    #[must_use]
    pub fn parts(&self, agent: &'a Agent) -> Vec<ExpandedService<'a>> {
        let chain = self.chain(&agent.templates);
        of_agent(agent, &chain, |chain, service, _| {
            chain.and(&service.templates, 0, |_, name| self.layer(name))
        })
    }
}
