//! The paths through a declaration that was read or built at run time: a replacement for
//! the spans that the macro has.

use smol_str::SmolStr;

use super::{
    Block, Declaration, Dependency, EnvEntry, EnvValue, Given, Listen, Machine, Probe, Service,
    Unit,
};
use crate::diagnostic::ItemPath;
use crate::span_id::{SpanId, Spanned};

/// The path to each piece of a declaration: `duck › voice › restart_delay`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    paths: Vec<ItemPath>,
}

impl Trace {
    /// Gives every piece of a declaration that a problem can be about a span id of its own, in the
    /// order of the source, and remembers the path to it.
    #[must_use]
    pub fn of(declaration: &mut Declaration) -> Trace {
        let mut tracer = Tracer::default();
        tracer.declaration(declaration);
        tracer.trace
    }

    /// The path to a spanned piece; `None` for a span id that is none of this declaration's.
    #[must_use]
    pub fn path(&self, span_id: SpanId) -> Option<&ItemPath> {
        self.paths.get(span_id.index()?)
    }
}

#[derive(Default)]
struct Tracer {
    trace: Trace,
    /// The names of what is around.
    around: Vec<String>,
}

impl Tracer {
    fn identify<T>(&mut self, piece: &mut Spanned<T>, name: &str) {
        let around = self.around.iter().map(String::as_str);
        piece.span_id = SpanId::new(self.trace.paths.len());
        self.trace.paths.push(ItemPath::new(around.chain([name])));
    }

    fn identify_all<'p, T: 'p>(
        &mut self,
        pieces: impl IntoIterator<Item = &'p mut Spanned<T>>,
        name: &str,
    ) {
        for piece in pieces {
            self.identify(piece, name);
        }
    }

    fn within(&mut self, name: &str, visit: impl FnOnce(&mut Tracer)) {
        self.around.push(name.to_owned());
        visit(self);
        self.around.pop();
    }

    /// A name, and what follows it.
    fn named(&mut self, name: &mut Spanned<SmolStr>, visit: impl FnOnce(&mut Tracer)) {
        let text = name.value.clone();
        self.identify(name, &text);
        self.within(&text, visit);
    }

    fn declaration(&mut self, declaration: &mut Declaration) {
        let Declaration {
            name,
            root,
            paths_unchecked: _,
            secrets,
            uses,
            each,
            defaults,
            sets,
            templates,
            machines,
            units,
        } = declaration;
        for (piece, word) in [(name, "name"), (root, "root"), (secrets, "secrets")] {
            if let Some(piece) = piece {
                self.identify(piece, word);
            }
        }
        self.identify_all(uses, "use");
        self.identify_all(each.iter_mut().map(|each| &mut each.pattern), "include each");
        self.within("defaults", |tracer| tracer.block(defaults));
        for set in sets {
            self.within("env", |tracer| {
                tracer.named(&mut set.name, |tracer| tracer.env(&mut set.spreads, &mut set.env));
            });
        }
        for template in templates {
            self.within("template", |tracer| {
                tracer.named(&mut template.name, |tracer| {
                    tracer.identify_all(&mut template.templates, "");
                    tracer.block(&mut template.block);
                    tracer.services(&mut template.services);
                });
            });
        }
        for machine in machines {
            self.within("machine", |tracer| {
                let Machine { doc: _, name, host, root, has } = machine;
                tracer.named(name, |tracer| {
                    tracer.identify(host, "host");
                    tracer.identify_all(root, "root");
                    tracer.identify_all(has, "has");
                });
            });
        }
        for unit in units {
            self.unit(unit);
        }
    }

    fn unit(&mut self, unit: &mut Unit) {
        match unit {
            Unit::Include(path) => self.identify(path, "include"),
            Unit::Service(service) => self.service(service),
            Unit::External(external) => self.named(&mut external.name, |tracer| {
                tracer.listen(&mut external.listen);
                if let Some(probe) = &mut external.ready {
                    tracer.probe(probe, "ready");
                }
                tracer.identify_all(&mut external.hint, "hint");
            }),
            Unit::Agent(agent) => self.named(&mut agent.name, |tracer| {
                tracer.identify_all(&mut agent.templates, "");
                tracer.block(&mut agent.block);
                tracer.identify_all(&mut agent.without, "without");
                for change in &mut agent.overrides {
                    tracer.within("override", |tracer| {
                        let block = &mut change.block;
                        tracer.named(&mut change.service, |tracer| tracer.block(block));
                    });
                }
                tracer.services(&mut agent.services);
            }),
        }
    }

    fn services(&mut self, services: &mut [Service]) {
        for service in services {
            self.service(service);
        }
    }

    fn service(&mut self, service: &mut Service) {
        let Service { doc: _, kind: _, name, templates, directory, block } = service;
        self.named(name, |tracer| {
            tracer.identify_all(templates, "");
            tracer.identify_all(directory, "directory");
            tracer.block(block);
        });
    }

    fn block(&mut self, block: &mut Block) {
        for setting in &mut block.settings.0 {
            let key = setting.key.value.clone();
            self.identify(&mut setting.key, &key);
            match &mut setting.given {
                Given::Values(values) => {
                    self.identify_all(values, &key);
                }
                Given::Object(entries) => self.within(&key, |tracer| {
                    for (name, values) in entries {
                        let text = name.value.clone();
                        tracer.identify(name, &text);
                        tracer.identify_all(values, &text);
                    }
                }),
            }
        }
        self.identify_all(&mut block.unset, "unset");
        self.within("env", |tracer| tracer.env(&mut block.spreads, &mut block.env));
        for dependency in &mut block.depends_on {
            self.dependency(dependency);
        }
        self.listen(&mut block.listen);
        if let Some(probe) = &mut block.ready {
            self.probe(probe, "ready");
        }
        if let Some(probe) = &mut block.alive {
            self.probe(probe, "alive");
        }
        for allow in &mut block.allow {
            self.identify(&mut allow.rule, "allow");
            self.identify(&mut allow.reason, "allow");
        }
        for profile in &mut block.profiles {
            self.within("profile", |tracer| {
                let block = &mut profile.block;
                tracer.named(&mut profile.name, |tracer| tracer.block(block));
            });
        }
    }

    fn env(&mut self, spreads: &mut [Spanned<SmolStr>], entries: &mut [EnvEntry]) {
        for spread in spreads {
            let name = format!("..{}", spread.value);
            self.identify(spread, &name);
        }
        for EnvEntry { key, value } in entries {
            let name = key.value.clone();
            self.identify(key, &name);
            self.env_value(value, &name);
        }
    }

    fn env_value(&mut self, value: &mut EnvValue, name: &str) {
        match value {
            EnvValue::Text(text) => self.identify(text, name),
            EnvValue::Expression(expression) => self.identify(expression, name),
            EnvValue::Secret(read) | EnvValue::Inherit(read) => self.identify_all(read, name),
            EnvValue::Or(sources) => {
                for source in sources {
                    self.identify(source, name);
                    self.env_value(&mut source.value, name);
                }
            }
            EnvValue::Endpoint(reference) => {
                self.identify(&mut reference.part, name);
                self.identify_all(&mut reference.ecosystem, name);
                self.identify_all(&mut reference.unit, name);
                self.identify_all(&mut reference.endpoint, name);
                self.identify_all(&mut reference.append, name);
            }
            EnvValue::Required | EnvValue::Unset => {}
        }
    }

    fn listen(&mut self, listen: &mut [Listen]) {
        for Listen { name, scheme, at } in listen {
            self.identify_all(name.iter_mut().chain(scheme), "listen");
            self.identify(at, "listen");
        }
    }

    fn dependency(&mut self, dependency: &mut Dependency) {
        let pieces = dependency.ecosystem.iter_mut().chain(&mut dependency.unit);
        self.identify_all(pieces, "depends_on");
        self.identify_all(&mut dependency.condition, "depends_on");
        self.identify_all(&mut dependency.timeout, "depends_on");
    }

    fn probe(&mut self, probe: &mut Probe, name: &str) {
        self.identify(&mut probe.kind, name);
        self.identify_all(&mut probe.endpoint, name);
        self.identify_all(&mut probe.values, name);
        let settings = probe.timeout.iter_mut().chain(&mut probe.interval).chain(&mut probe.status);
        self.identify_all(settings.chain(&mut probe.failures), name);
    }
}
