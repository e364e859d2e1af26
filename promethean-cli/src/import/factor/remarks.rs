//! Comments on attributes and variables: they stand where these ended up.

use promethean_core::declaration::{Attribution, Block, Declaration, EnvEntry, Listen, Unit};
use promethean_core::emit::Comments;
use promethean_core::list::some_of;
use promethean_core::span_id::SpanId;

use super::super::NAMED;
use super::super::app::App;
use super::Part;

/// A comment on something that an app is given.
#[derive(Debug)]
pub(super) struct Remark {
    app: String,
    /// Where the app stood.
    service: SpanId,
    key: String,
    text: String,
    entry: Option<Entry>,
}

/// Something that an app is given. Equal ones may stand in another place.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    key: String,
    given: Given,
    span_id: SpanId,
}

#[derive(Clone, Debug, PartialEq)]
enum Given {
    Setting(Attribution),
    Variable(EnvEntry),
    Endpoint(Listen),
}

/// Takes the comments on attributes and variables from the apps.
pub(super) fn take(parts: &mut [Part], apps: &[App]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (part, app) in parts.iter_mut().zip(apps) {
        let entries = entries(&part.block);
        let (own, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut part.comments).into_iter().partition(|known| known.on.is_some());
        part.comments = others;
        for comment in own {
            let key = comment.on.unwrap_or_default();
            remarks.push(Remark {
                app: app.name.clone(),
                service: part.span_id,
                entry: names_of(&key)
                    .iter()
                    .find_map(|key| entries.iter().find(|entry| entry.key == *key))
                    .cloned(),
                text: comment.text,
                key,
            });
        }
    }
    remarks
}

/// The language's names of what a key of PM2's has become.
fn names_of(key: &str) -> Vec<&str> {
    match key {
        "script" => vec!["entry", "run", "module"],
        "args" => vec!["args", "run"],
        key => vec![key],
    }
}

/// Puts the comments above what they are about, or into the block of the app where that is gone.
pub(super) fn place(remarks: Vec<Remark>, declaration: &Declaration, comments: &mut Comments) {
    let mut all = Found::default();
    all.look_at(declaration);
    let mut homeless: Vec<Remark> = Vec::new();
    for remark in remarks {
        let own = remark.entry.as_ref().and_then(|own| {
            let same = all.entries.iter().find(|entry| entry.span_id == own.span_id);
            let equal = || {
                all.entries
                    .iter()
                    .find(|entry| (&entry.key, &entry.given) == (&own.key, &own.given))
            };
            same.or_else(equal)
        });
        match own {
            Some(entry) => comments.add_above(entry.span_id, remark.text),
            None => homeless.push(remark),
        }
    }
    while let Some(Remark { key, text, app, service, .. }) = homeless.first() {
        let same = |other: &Remark| (&other.key, &other.text) == (key, text);
        let apps: Vec<&str> =
            homeless.iter().filter(|other| same(other)).map(|other| other.app.as_str()).collect();
        match apps.as_slice() {
            [_] if all.names.contains(service) => {
                comments.add_inside(*service, format!("`{key}`: {text}"));
            }
            [_] | [] => comments.add_top([format!("{app}: `{key}`: {text}")]),
            apps => {
                let apps = some_of(apps, NAMED);
                comments.add_top([format!("`{key}` of {apps}: {text}")]);
            }
        }
        let (key, text) = (key.clone(), text.clone());
        homeless.retain(|other| (&other.key, &other.text) != (&key, &text));
    }
}

/// What is in a block.
fn entries(block: &Block) -> Vec<Entry> {
    let settings = block.settings.iter().map(|setting| Entry {
        key: setting.key.to_string(),
        given: Given::Setting(setting.clone()),
        span_id: setting.key.span_id,
    });
    let variable = |block: &str, entry: &EnvEntry| Entry {
        key: format!("{block}.{}", *entry.key),
        given: Given::Variable(entry.clone()),
        span_id: entry.key.span_id,
    };
    // The remark is about `port`, or about the variable.
    let endpoint = |key: String, listen: &Listen| Entry {
        key,
        given: Given::Endpoint(listen.clone()),
        span_id: listen.span_id(),
    };
    let mut entries: Vec<Entry> = settings.collect();
    entries.extend(block.env.iter().map(|entry| variable("env", entry)));
    for listen in &block.listen {
        entries.extend(["port", "env.PORT"].map(|key| endpoint(key.to_owned(), listen)));
    }
    for profile in &block.profiles {
        let name = format!("env_{}", *profile.name);
        entries.extend(profile.block.env.iter().map(|entry| variable(&name, entry)));
        let listen = profile.block.listen.iter();
        entries.extend(listen.map(|listen| endpoint(format!("{name}.PORT"), listen)));
    }
    entries
}

/// Everything in a declaration that can have a comment.
#[derive(Debug, Default)]
struct Found {
    entries: Vec<Entry>,
    /// The names of the services.
    names: Vec<SpanId>,
}

impl Found {
    fn look_at(&mut self, declaration: &Declaration) {
        for unit in &declaration.units {
            match unit {
                Unit::Service(service) => self.service(&service.block, service.name.span_id),
                Unit::Agent(agent) => {
                    for service in &agent.services {
                        self.service(&service.block, service.name.span_id);
                    }
                    for change in &agent.overrides {
                        self.entries.extend(entries(&change.block));
                    }
                    self.entries.extend(entries(&agent.block));
                }
                Unit::Include(_) | Unit::External(_) => {}
            }
        }
        for template in &declaration.templates {
            for service in &template.services {
                self.service(&service.block, service.name.span_id);
            }
            self.entries.extend(entries(&template.block));
        }
        for set in &declaration.sets {
            let block = Block { env: set.env.clone(), ..Block::default() };
            self.entries.extend(entries(&block));
        }
        self.entries.extend(entries(&declaration.defaults));
    }

    fn service(&mut self, block: &Block, name: SpanId) {
        self.entries.extend(entries(block));
        self.names.push(name);
    }
}
