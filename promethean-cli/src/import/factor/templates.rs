//! Templates: agents of the same services are made from one.

use promethean_core::declaration::{Block, EnvEntry, EnvValue, Template};
use promethean_core::emit::Comments;
use promethean_core::span_id::Spanned;
use smol_str::SmolStr;

use super::{Group, Members, Part, layers};

/// A template and its services.
#[derive(Debug)]
pub(super) struct Made {
    name: String,
    block: Block,
    parts: Vec<Part>,
}

impl Made {
    pub(super) fn written(self, comments: &mut Comments) -> Template {
        Template {
            name: Spanned::nowhere(SmolStr::from(self.name)),
            block: self.block,
            services: self.parts.into_iter().map(|part| part.service(comments)).collect(),
            ..Template::default()
        }
    }
}

/// Finds the templates and takes their services out of the agents.
pub(super) fn find(units: &mut [Group]) -> Vec<Made> {
    let mut agents: Vec<&mut Members> = units
        .iter_mut()
        .filter_map(|unit| match unit {
            Group::Agent(members) => Some(&mut **members).filter(|members| members.parts.len() > 1),
            Group::Single(_) => None,
        })
        .collect();
    let mut made: Vec<Made> = Vec::new();
    while let Some(first) = agents.first() {
        let services = services(first);
        let (mut same, others): (Vec<_>, Vec<_>) =
            agents.into_iter().partition(|agent| self::services(agent) == services);
        agents = others;
        if same.len() > 1 {
            let name = match made.len() {
                0 => "agent_services".to_owned(),
                number => format!("agent_services_{}", number + 1),
            };
            made.push(template(name, &mut same));
        }
    }
    made
}

/// The services of an agent as far as another's are the same: in any order.
fn services(agent: &Members) -> Vec<(String, &'static str, Option<SmolStr>)> {
    let mut services: Vec<_> = agent
        .parts
        .iter()
        .map(|part| (part.name.clone(), part.kind.word(), part.directory.clone()))
        .collect();
    services.sort();
    services
}

/// Makes a template of agents that have the same services.
fn template(name: String, agents: &mut [&mut Members]) -> Made {
    let mut parts = agents.first().map(|agent| agent.parts.clone()).unwrap_or_default();
    for part in &mut parts {
        let versions: Vec<&Part> = agents
            .iter()
            .filter_map(|agent| agent.parts.iter().find(|other| other.name == part.name))
            .collect();
        let blocks: Vec<&Block> = versions.iter().map(|part| &part.block).collect();
        let common = whole_common(&blocks);
        part.comments = versions.iter().flat_map(|part| part.comments.iter().cloned()).collect();
        part.block = common;
    }
    for agent in agents.iter_mut() {
        for mut part in std::mem::take(&mut agent.parts) {
            let Some(shared) = parts.iter().find(|other| other.name == part.name) else { continue };
            layers::subtract(&mut part.block, &shared.block);
            if !part.block.is_empty() {
                agent.overrides.push((part.name, part.block));
            }
        }
        agent.template = Some(name.clone());
    }
    let blocks: Vec<&Block> = agents.iter().map(|agent| &agent.block).collect();
    let mut block = layers::common(&blocks);
    for agent in agents.iter_mut() {
        layers::subtract(&mut agent.block, &block);
    }
    // What each agent gives in its own way is required of it.
    let required = agents.first().map(|agent| agent.block.env.clone()).unwrap_or_default();
    let required = required.into_iter().filter(|entry| {
        let given = |agent: &&mut Members| {
            let found = agent.block.env.iter().find(|own| own.key == entry.key);
            found.is_some_and(|own| own.value != EnvValue::Unset)
        };
        agents.iter().all(given)
    });
    let required = required.map(|entry| EnvEntry { key: entry.key, value: EnvValue::Required });
    let required: Vec<EnvEntry> = required.collect();
    block.env.extend(required);
    Made { name, block, parts }
}

/// What versions of one service share, what it runs included.
fn whole_common(blocks: &[&Block]) -> Block {
    let mut common = layers::common(blocks);
    if let Some((first, rest)) = blocks.split_first() {
        common.settings.0 = first
            .settings
            .iter()
            .filter(|setting| rest.iter().all(|other| other.settings.0.contains(setting)))
            .cloned()
            .collect();
    }
    common
}
