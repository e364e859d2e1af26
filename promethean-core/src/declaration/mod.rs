//! The declaration: an ecosystem as it was written, before anything is checked or resolved.
//!
//! The macro builds it from tokens, the importer from a PM2 configuration, a program by hand or
//! from JSON. It says nothing about whether what it holds makes sense; [`crate::check`] does.

mod endpoints;
mod entries;
mod literal;
mod names;
pub mod trace;

use std::fmt;

use serde_core::de::{Error as _, MapAccess, Visitor};
use serde_core::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

pub use endpoints::{EndpointReference, Listen};
pub use entries::{Attribution, EnvEntry, EnvValue, Given, Settings};
pub(crate) use literal::decode;
#[doc(hidden)]
pub use literal::decode_in_halves;

pub use crate::kind::{Condition, EndpointPart, Kind, ProbeKind, Purpose};

use crate::attribute::Attribute;
use crate::each::Each;
use crate::json::{FieldOf, Optional, object};
use crate::span_id::{SpanId, Spanned};
use crate::value::Value;

/// A whole ecosystem as it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declaration {
    /// `name promethean;`
    pub name: Option<Spanned<SmolStr>>,
    /// `root "examples/promethean";`
    pub root: Option<Spanned<SmolStr>>,
    /// `paths unchecked;`
    pub paths_unchecked: bool,
    /// `secrets ".tokens";`
    pub secrets: Option<Spanned<SmolStr>>,
    /// `use base::BASE;`, the path without spaces.
    pub uses: Vec<Spanned<SmolStr>>,
    /// `include each "services/*/ecosystem.rs";`; what it includes is in `units`.
    pub each: Vec<Each>,
    /// `defaults { … }`
    pub defaults: Block,
    /// `env discord { … }`
    pub sets: Vec<EnvSet>,
    /// `template discord_agent { … }`
    pub templates: Vec<Template>,
    /// `machine pi "192.168.1.20" { has npu; }`
    pub machines: Vec<Machine>,
    /// Agents, services, externals and includes in the order they were written.
    pub units: Vec<Unit>,
}

/// What an ecosystem consists of.
#[derive(Clone, Debug, PartialEq)]
pub enum Unit {
    /// `include services::TTS;`, the path without spaces.
    Include(Spanned<SmolStr>),
    /// `agent duck: discord_agent { … }`
    Agent(Agent),
    /// `node heartbeat "services/js/heartbeat";`
    Service(Service),
    /// `external mongodb { … }`
    External(External),
}

impl Unit {
    /// The path of an include.
    #[must_use]
    pub fn included(&self) -> Option<&Spanned<SmolStr>> {
        match self {
            Unit::Include(path) => Some(path),
            Unit::Agent(_) | Unit::Service(_) | Unit::External(_) => None,
        }
    }

    /// Its name; an include has none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Unit::Include(_) => None,
            Unit::Agent(agent) => Some(&agent.name),
            Unit::Service(service) => Some(&service.name),
            Unit::External(external) => Some(&external.name),
        }
    }
}

/// The body that defaults, templates, agents, services, overrides and profiles share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// `watch ".";` and every other attribute of the table.
    pub settings: Settings,
    /// `unset watch;`
    pub unset: Vec<Spanned<SmolStr>>,
    /// `..discord;` inside `env`; weaker than the entries of this block.
    pub spreads: Vec<Spanned<SmolStr>>,
    /// `env { KEY = "value"; }`
    pub env: Vec<EnvEntry>,
    /// `depends_on chromadb, infra::INFRA.mongodb;`
    pub depends_on: Vec<Dependency>,
    /// `listen http 8789;`
    pub listen: Vec<Listen>,
    /// `ready tcp "127.0.0.1:8000";`
    pub ready: Option<Box<Probe>>,
    /// `alive http "/health" { failures 3; }`
    pub alive: Option<Box<Probe>>,
    /// `allow missing-directory "checked out by the installer";`
    pub allow: Vec<Allow>,
    /// `profile production { … }`
    pub profiles: Vec<Profile>,
}

impl Block {
    /// Whether nothing is written in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Block::default()
    }

    /// Its probes, and what each is for.
    pub fn probes(&self) -> impl Iterator<Item = (Purpose, &Probe)> {
        let ready = self.ready.iter().map(|probe| (Purpose::Ready, &**probe));
        ready.chain(self.alive.iter().map(|probe| (Purpose::Alive, &**probe)))
    }

    /// Whether it allows a lint itself.
    #[must_use]
    pub fn allows(&self, rule: &str) -> bool {
        self.allow.iter().any(|allow| *allow.rule == rule)
    }

    /// The settings of an attribute, by its name in the table.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&Attribution> {
        if self.settings.is_empty() {
            return None;
        }
        let attribute = Attribute::find(name)?;
        self.settings.iter().find(|setting| attribute.is_called(&setting.key))
    }
}

/// The attributes of a block under one profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// The profile's name.
    pub name: Spanned<SmolStr>,
    /// What it adds.
    pub block: Block,
}

/// A named set of environment variables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvSet {
    /// The set's name.
    pub name: Spanned<SmolStr>,
    /// Other sets, weaker than this one's entries.
    pub spreads: Vec<Spanned<SmolStr>>,
    /// Its entries.
    pub env: Vec<EnvEntry>,
}

/// Attributes that several services share, or services that several agents consist of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// The template's name.
    pub name: Spanned<SmolStr>,
    /// The templates it is made from, weakest first.
    pub templates: Vec<Spanned<SmolStr>>,
    /// What holds for each of its services, and for what is made from it.
    pub block: Block,
    /// Its services.
    pub services: Vec<Service>,
}

/// Services that are one unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agent {
    /// The doc comment above it.
    pub doc: String,
    /// The agent's name, which is its services' namespace in PM2.
    pub name: Spanned<SmolStr>,
    /// The templates it is made from, weakest first.
    pub templates: Vec<Spanned<SmolStr>>,
    /// What holds for each of its services.
    pub block: Block,
    /// `without voice;`: services of the template that it does not have.
    pub without: Vec<Spanned<SmolStr>>,
    /// `override voice { … }`: the strongest layer of one of its services.
    pub overrides: Vec<Override>,
    /// Services of its own.
    pub services: Vec<Service>,
}

/// What an agent changes in one of its services.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Override {
    /// The service's short name.
    pub service: Spanned<SmolStr>,
    /// What it changes.
    pub block: Block,
}

/// A process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// The doc comment above it.
    pub doc: String,
    /// What it is written in.
    pub kind: Kind,
    /// Its name, without that of its agent.
    pub name: Spanned<SmolStr>,
    /// The templates it is made from, weakest first.
    pub templates: Vec<Spanned<SmolStr>>,
    /// Its directory, relative to the root; without it the root.
    pub directory: Option<Spanned<SmolStr>>,
    /// Its attributes.
    pub block: Block,
}

/// Something the system needs and does not start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct External {
    /// The doc comment above it.
    pub doc: String,
    /// Its name.
    pub name: Spanned<SmolStr>,
    /// Where it listens.
    pub listen: Vec<Listen>,
    /// How to find out that it is there.
    pub ready: Option<Box<Probe>>,
    /// What to do when it is not.
    pub hint: Option<Spanned<SmolStr>>,
}

/// A machine that units run on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Machine {
    /// The doc comment above it.
    pub doc: String,
    /// Its name.
    pub name: Spanned<SmolStr>,
    /// The name or the address by which other machines reach it.
    pub host: Spanned<SmolStr>,
    /// Where the ecosystem is on it; without it, where it is on the machine that runs the command.
    pub root: Option<Spanned<SmolStr>>,
    /// What it has that others may not have, and what `on` names.
    pub has: Vec<Spanned<SmolStr>>,
}

/// What a unit depends on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// The path of another ecosystem; `None` for a unit of this one.
    pub ecosystem: Option<Spanned<SmolStr>>,
    /// A service or an agent and its service; nothing for another ecosystem as a whole.
    pub unit: Vec<Spanned<SmolStr>>,
    /// What is waited for; without it `ready` where the target has a probe, else `started`.
    pub condition: Option<Spanned<Condition>>,
    /// How long it may take until that holds; without it as long as the probe says.
    pub timeout: Option<Spanned<Value>>,
    /// Whether the dependent is restarted when the target restarts.
    pub restarts: bool,
}

impl Dependency {
    /// Where the target was written.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        let last = self.unit.last().or(self.ecosystem.as_ref());
        last.map_or(SpanId::NOWHERE, |name| name.span_id)
    }

    /// What is waited for, where that is written: a `timeout` alone is for the probe.
    #[must_use]
    pub fn awaited(&self) -> Option<Spanned<Condition>> {
        let by_timeout =
            self.timeout.as_ref().map(|timeout| Spanned::new(Condition::Ready, timeout.span_id));
        self.condition.clone().or(by_timeout)
    }

    /// The target as it is written, without the condition.
    #[must_use]
    pub fn target(&self) -> String {
        let parts = self.ecosystem.iter().chain(&self.unit);
        parts.map(|part| part.as_str()).collect::<Vec<_>>().join(".")
    }
}

/// How to find out that something is ready, or that it still works.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// What is tried.
    pub kind: Spanned<ProbeKind>,
    /// The endpoint of its own that is tried: `ready tcp metrics;`
    pub endpoint: Option<Spanned<SmolStr>>,
    /// An address, a URL, a regular expression, or a program and its arguments. On an endpoint of its
    /// own, `tcp` has none and `http` has a path.
    pub values: Vec<Spanned<Value>>,
    /// How long to try; without it 30 seconds. Of `alive`, how long one try may take; without it 5
    /// seconds.
    pub timeout: Option<Spanned<Value>>,
    /// The pause between two tries; without it a second, of `alive` 10 seconds.
    pub interval: Option<Spanned<Value>>,
    /// The HTTP status of a success; without it each one from 200 to 399.
    pub status: Option<Spanned<Value>>,
    /// Of `alive`: after how many failures in a row it is restarted; without it 3.
    pub failures: Option<Spanned<Value>>,
}

impl Probe {
    /// Whether it tries an endpoint of the unit itself: `ready tcp;`, `ready http "/health";`
    #[must_use]
    pub fn tries_own_endpoint(&self) -> bool {
        match (self.kind.value, self.values.as_slice()) {
            (ProbeKind::Tcp, []) => true,
            (ProbeKind::Http, [path]) => {
                matches!(&path.value, Value::Text(path) if path.starts_with('/'))
            }
            (ProbeKind::Tcp | ProbeKind::Http | ProbeKind::Log | ProbeKind::Exec, _) => false,
        }
    }
}

/// A lint that is allowed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Allow {
    /// The rule's name.
    pub rule: Spanned<SmolStr>,
    /// Why it does not hold here.
    pub reason: Spanned<SmolStr>,
}

object!(Declaration {
    name[?],
    root[?],
    paths_unchecked[?],
    secrets[?],
    uses[?],
    each[?],
    defaults[?],
    sets[?],
    templates[?],
    machines[?],
    units[?],
});
object!(Block {
    settings[?],
    unset[?],
    spreads[?],
    env[? "env" entries],
    depends_on[?],
    listen[?],
    ready[?],
    alive[?],
    allow[?],
    profiles[?],
});
object!(Profile { name, block[?] });
object!(EnvSet { name, spreads[?], env[? "env" entries] });
object!(Template { name, templates[? "template" names], block[?], services[?] });
object!(Agent {
    doc[?],
    name,
    templates[? "template" names],
    block[?],
    without[?],
    overrides[?],
    services[?],
});
object!(Override { service, block[?] });
object!(Service { doc[?], kind, name, templates[? "template" names], directory[?], block[?] });
object!(External { doc[?], name, listen[?], ready[?], hint[?] });
object!(Machine { doc[?], name, host, root[?], has[?] });
object!(Dependency { ecosystem[? "in"], unit[?], condition[?], timeout[?], restarts[?] });
object!(Probe {
    kind,
    endpoint[?],
    values,
    timeout[?],
    interval[?],
    status[?],
    failures[?],
});
object!(Allow { rule, reason });

impl Optional for Block {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// `{"service": { … }}`
impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Unit::Include(path) => serializer.collect_map([("include", path)]),
            Unit::Agent(agent) => serializer.collect_map([("agent", agent)]),
            Unit::Service(service) => serializer.collect_map([("service", service)]),
            Unit::External(external) => serializer.collect_map([("external", external)]),
        }
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unit, D::Error> {
        const KINDS: &[&str] = &["include", "agent", "service", "external"];
        struct Units;
        impl<'de> Visitor<'de> for Units {
            type Value = Unit;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(
                    "an object with one of the keys `include`, `agent`, `service` and `external`",
                )
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unit, A::Error> {
                let kind = map.next_key_seed(FieldOf(KINDS))?;
                let unit = match kind.map(|kind| KINDS[kind]) {
                    Some("include") => Unit::Include(map.next_value()?),
                    Some("agent") => Unit::Agent(map.next_value()?),
                    Some("service") => Unit::Service(map.next_value()?),
                    Some(_) => Unit::External(map.next_value()?),
                    None => return Err(A::Error::invalid_length(0, &self)),
                };
                match map.next_key::<SmolStr>()? {
                    None => Ok(unit),
                    Some(extra) => Err(A::Error::unknown_field(&extra, &[])),
                }
            }
        }
        deserializer.deserialize_map(Units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_survives_json() {
        let json = r#"{
            "name": "promethean",
            "uses": ["base::BASE"],
            "defaults": {"settings": {"autorestart": [true], "restart_delay": [{"duration": "10s"}]}},
            "sets": [{"name": "discord", "env": {
                "TOKEN": {"secret": null},
                "OTHER": {"secret": "STORED"},
                "CHANNEL": null,
                "AUTHOR": "Error",
                "PORT": {"expression": 0},
                "HOME": {"inherit": null},
                "LANG": {"or": [{"inherit": "LC_ALL"}, "C"]},
                "TOKEN_OF_DUCK": {"or": [{"secret": null}, {"inherit": "LEGACY"}, {"unset": true}]},
                "GONE": {"unset": true}
            }}],
            "templates": [
                {"name": "quiet"},
                {"name": "discord_agent", "template": ["quiet", "loud"]}
            ],
            "units": [
                {"external": {"name": "mongodb", "ready": {"kind": "tcp", "values": ["127.0.0.1:27017"]}}},
                {"agent": {"doc": "Talks.", "name": "duck", "template": "discord_agent",
                    "overrides": [{"service": "voice", "block": {
                        "settings": {"watch_options": {"usePolling": [true]}},
                        "spreads": ["discord"],
                        "depends_on": [{"in": "infra::INFRA", "unit": ["mongodb"], "condition": "ready",
                            "timeout": {"duration": "10s"}, "restarts": true}]}}]}},
                {"service": {"kind": "node", "name": "llm", "directory": "services/ts/llm"}},
                {"service": {"kind": "python", "name": "mcp", "template": "quiet"}},
                {"agent": {"name": "owl", "template": ["quiet", "discord_agent"]}},
                {"include": "services::TTS"}
            ]
        }"#;
        let declaration: Declaration = serde_json::from_str(json).unwrap();
        let written: serde_json::Value = serde_json::to_value(&declaration).unwrap();
        assert_eq!(written, serde_json::from_str::<serde_json::Value>(json).unwrap());
        let Unit::Agent(duck) = &declaration.units[1] else { panic!("{:?}", declaration.units[1]) };
        assert_eq!(duck.overrides[0].block.depends_on[0].target(), "infra::INFRA.mongodb");
    }

    #[test]
    fn a_misspelled_field_is_refused() {
        let error = serde_json::from_str::<Declaration>(r#"{"unit": []}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `unit`"), "{error}");
    }

    #[test]
    fn every_piece_has_a_path_to_it() {
        let mut declaration: Declaration = serde_json::from_str(
            r#"{"defaults": {"settings": {"restart_delay": [10]}},
                "sets": [{"name": "discord", "spreads": ["gone"], "env": {"A=B": "x"}}],
                "units": [{"agent": {"name": "duck",
                    "overrides": [{"service": "voice", "block": {"depends_on": [{"unit": ["nobody"]}]}}],
                    "services": [{"kind": "node", "name": "voice", "block": {
                        "settings": {"wacth": ["."], "watch_options": {"a": [1]}},
                        "profiles": [{"name": "fast", "block": {"settings": {"port": [0]}}}]}}]}}]}"#,
        )
        .unwrap();
        let trace = trace::Trace::of(&mut declaration);
        let problems = crate::check::check(&declaration, crate::check::Surroundings::default());
        let paths: Vec<(String, &str)> = problems
            .iter()
            .map(|problem| (trace.path(problem.span_id).unwrap().to_string(), problem.fault.rule()))
            .collect();
        assert_eq!(
            paths.iter().map(|(path, rule)| (path.as_str(), *rule)).collect::<Vec<_>>(),
            [
                ("defaults › restart_delay", "wrong-type"),
                ("env › discord › ..gone", "unknown-name"),
                ("env › discord › A=B", "bad-key"),
                ("duck › override › voice", "own-override"),
                ("duck › override › voice › depends_on", "unknown-unit"),
                ("duck › voice › wacth", "unknown-attribute"),
                ("duck › voice › watch_options › a", "unknown-choice"),
                ("duck › voice › profile › fast › port", "out-of-range"),
            ]
        );
    }
}
