//! The system as a picture: its agents, services and externals, and who waits for whom.

mod dot;
mod layout;
mod mermaid;
mod svg;
mod tree;

use indexmap::IndexMap;

use smol_str::SmolStr;

use crate::app::{Endpoint, Machine, System};
use crate::declaration::{Condition, Kind};

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;
pub use tree::tree;

/// What all pictures show.
struct Picture<'a> {
    title: &'a str,
    units: Vec<Unit<'a>>,
    /// The agents, with their doc comments and services.
    agents: Vec<Agent<'a>>,
    /// What waits for what; as few arrows as say it.
    arrows: Vec<Arrow>,
}

/// A service or an external.
struct Unit<'a> {
    name: &'a str,
    /// Its name within its agent.
    label: &'a str,
    doc: &'a str,
    /// What it is written in; `None` for an external.
    kind: Option<Kind>,
    agent: Option<usize>,
    endpoints: &'a [Endpoint],
    /// The machines that it can run on, where it can not run on all.
    on: &'a [SmolStr],
    /// The machine that it is.
    machine: Option<&'a Machine>,
}

impl Unit<'_> {
    fn kind(&self) -> &'static str {
        match self.machine {
            Some(_) => "machine",
            None => self.kind.map_or("external", Kind::word),
        }
    }

    /// What it is, and its ports: `node :8789 :9100`.
    fn what(&self) -> String {
        let ports = self.endpoints.iter().map(|endpoint| format!(" :{}", endpoint.port));
        std::iter::once(self.kind().to_owned()).chain(ports).collect()
    }

    /// Where it runs and listens, each endpoint a text; of a machine its host and what it has.
    fn listens(&self) -> impl Iterator<Item = String> {
        let on = (!self.on.is_empty()).then(|| format!("on {}", self.on.join(" or ")));
        let machine = self.machine.into_iter().flat_map(|machine| {
            let has = machine.has.iter().map(|has| format!("has {has}"));
            std::iter::once(machine.host.to_string()).chain(has)
        });
        on.into_iter().chain(machine).chain(self.endpoints.iter().map(Endpoint::to_string))
    }
}

struct Agent<'a> {
    name: &'a str,
    doc: &'a str,
    units: Vec<usize>,
}

/// A dependency between units, or between agents as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Arrow {
    from: End,
    to: End,
    condition: Condition,
}

impl Arrow {
    /// The label beside it; empty where starting is enough.
    fn label(&self) -> Option<&'static str> {
        (self.condition != Condition::Started).then(|| self.condition.word())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum End {
    Unit(usize),
    Agent(usize),
}

impl<'a> Picture<'a> {
    fn of(system: &'a System) -> Picture<'a> {
        let mut agents: IndexMap<&str, Agent<'a>> = IndexMap::new();
        let mut units: Vec<Unit<'a>> = Vec::new();
        for app in &system.apps {
            let agent = app.agent.as_deref().map(|name| {
                let doc = system.agents.get(name).map_or("", String::as_str);
                let entry = agents.entry(name);
                let position = entry.index();
                entry.or_insert(Agent { name, doc, units: Vec::new() }).units.push(units.len());
                position
            });
            let (name, label, doc) = (&app.name, &app.short_name, &app.doc);
            let (kind, endpoints) = (Some(app.kind), app.endpoints.as_slice());
            let is_limited = app.machines.len() < system.machines.len();
            let on = if is_limited { app.machines.as_slice() } else { &[] };
            units.push(Unit { name, label, doc, kind, agent, endpoints, on, machine: None });
        }
        units.extend(system.externals.iter().map(|external| {
            let (name, doc) = (&external.name, &external.doc);
            let endpoints = external.endpoints.as_slice();
            let (kind, agent, on, machine) = (None, None, [].as_slice(), None);
            Unit { name, label: name, doc, kind, agent, endpoints, on, machine }
        }));
        units.extend(system.machines.iter().map(|machine| {
            let (name, doc) = (&machine.name, &machine.doc);
            let (kind, agent, endpoints, on) = (None, None, [].as_slice(), [].as_slice());
            Unit { name, label: name, doc, kind, agent, endpoints, on, machine: Some(machine) }
        }));
        let agents: Vec<Agent<'a>> = agents.into_values().collect();
        let arrows = arrows(system, &units, &agents);
        Picture { title: system.name.as_deref().unwrap_or("system"), units, agents, arrows }
    }

    /// The arrows that begin at a unit or an agent.
    fn from(&self, end: End) -> impl Iterator<Item = &Arrow> {
        self.arrows.iter().filter(move |arrow| arrow.from == end)
    }

    fn name(&self, end: End) -> &'a str {
        match end {
            End::Unit(unit) => self.units[unit].name,
            End::Agent(agent) => self.agents[agent].name,
        }
    }
}

/// What holds for all services of an agent becomes one arrow.
fn arrows(system: &System, units: &[Unit<'_>], agents: &[Agent<'_>]) -> Vec<Arrow> {
    // A machine can have the name of a unit.
    let named = units.iter().enumerate().filter(|(_, unit)| unit.machine.is_none());
    let position: std::collections::HashMap<&str, usize> =
        named.map(|(position, unit)| (unit.name, position)).collect();
    let mut single: Vec<Arrow> = Vec::new();
    for (from, app) in system.apps.iter().enumerate() {
        single.extend(app.depends_on.iter().filter_map(|dependency| {
            let to = End::Unit(*position.get(dependency.on.as_str())?);
            Some(Arrow { from: End::Unit(from), to, condition: dependency.condition })
        }));
    }
    let to_agents =
        united(single, agents, |arrow, end| Arrow { to: end, ..arrow }, |arrow| arrow.to);
    united(to_agents, agents, |arrow, end| Arrow { from: end, ..arrow }, |arrow| arrow.from)
}

/// Replaces arrows that are there for each service of an agent by one for the agent.
fn united(
    arrows: Vec<Arrow>,
    agents: &[Agent<'_>],
    moved: impl Fn(Arrow, End) -> Arrow,
    end: impl Fn(&Arrow) -> End,
) -> Vec<Arrow> {
    let all: std::collections::HashSet<Arrow> = arrows.iter().copied().collect();
    let mut of_unit: std::collections::HashMap<usize, usize> = std::collections::HashMap::new();
    for (agent, services) in agents.iter().enumerate() {
        of_unit.extend(services.units.iter().map(|unit| (*unit, agent)));
    }
    let mut united: indexmap::IndexSet<Arrow> = indexmap::IndexSet::new();
    for arrow in arrows {
        let whole = match end(&arrow) {
            End::Unit(unit) => of_unit.get(&unit).copied().filter(|agent| {
                agents[*agent]
                    .units
                    .iter()
                    .all(|unit| all.contains(&moved(arrow, End::Unit(*unit))))
            }),
            End::Agent(_) => None,
        };
        united.insert(whole.map_or(arrow, |agent| moved(arrow, End::Agent(agent))));
    }
    united.into_iter().collect()
}
