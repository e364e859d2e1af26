//! What nothing uses: templates, env sets, and an `allow` that lifts nothing.

use std::collections::HashSet;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::layers::Services;
use super::{Problems, Surroundings};
use crate::attribute::Attribute;
use crate::blocks::{self, BlockOwner, Container, each_made};
use crate::declaration::{Attribution, Block, Declaration, Kind};
use crate::problem::{Elsewhere, Fault, Problem, Rule};
use crate::service_facts::{bit, bit_of};
use crate::span_id::{SpanId, Spanned};
use crate::value::Value;

/// Lints that look at the disk, which another machine has in another state.
const ON_DISK: [&str; 4] =
    ["missing-directory", "missing-module", "missing-program", "missing-watch"];

/// Lints that look at what one file writes, whatever it uses.
const OF_ONE_FILE: [&str; 11] = [
    "background",
    "command-line",
    "memory-of-runner",
    "path-as-name",
    "plain-secret",
    "shell-sign",
    "shell-text",
    "shell-word",
    "unlikely-value",
    "unusual-key",
    "wrong-file",
];

/// Lints that find nothing in a service without the attribute.
const NEEDED: [(&str, u32); 4] = [
    ("port-conflict", bit::PORT),
    ("port-twice", bit::PORT),
    ("probe-port", bit::PORT),
    ("instances-share-port", bit::INSTANCES),
];

/// Comes behind all other checks: they have noted which `allow` lifted something.
pub(super) fn check(
    declaration: &Declaration,
    services: &Services<'_>,
    surroundings: Surroundings<'_>,
    problems: &mut Problems,
) {
    let mut closed = Closed { surroundings, known: None };
    if !declaration.units.is_empty() {
        templates(declaration, services, &mut closed, problems);
        sets(declaration, services, &mut closed, problems);
    }
    unset_attributes(declaration, services, problems);
    allows(declaration, services, &mut closed, problems);
}

/// An `unset` in a block, and whether something is there to take away.
struct Unset<'a> {
    block: &'a Block,
    key: &'a Spanned<SmolStr>,
    has_effect: bool,
    /// What a used ecosystem may give the service.
    elsewhere: Option<Elsewhere>,
}

/// `unset` in a service takes away what a weaker block gives.
fn unset_attributes(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let mut own: HashSet<*const Block> = HashSet::new();
    blocks::each(declaration, |owner, block| {
        if is_of_one_service(owner) && !block.unset.is_empty() {
            own.insert(std::ptr::from_ref(block));
        }
    });
    if own.is_empty() {
        return;
    }
    let mut all: IndexMap<*const Spanned<SmolStr>, Unset<'_>> = IndexMap::new();
    for layers in &services.all {
        let kind = layers.instance.service.kind;
        for &profile in layers.profiles() {
            let mut given: HashSet<&str> = HashSet::new();
            for block in layers.with_profile(profile) {
                let is_own = own.contains(&std::ptr::from_ref(block));
                for key in &block.unset {
                    let Some(name) = statement(key) else { continue };
                    if !is_own {
                        given.remove(name);
                        continue;
                    }
                    let unset = all.entry(std::ptr::from_ref(key)).or_insert_with(|| Unset {
                        block,
                        key,
                        has_effect: false,
                        elsewhere: layers.weaker_elsewhere(block, bit_of(name)),
                    });
                    unset.has_effect |= given.remove(name);
                }
                given.extend(given_by(block, kind));
            }
        }
    }
    for Unset { block, key, has_effect, elsewhere } in all.into_values() {
        let is_seen = declaration.uses.is_empty()
            || elsewhere.as_ref().is_some_and(|elsewhere| elsewhere.gives != 0);
        if has_effect || !is_seen || services.allow_in(declaration, block, "unset-nothing") {
            continue;
        }
        let fault = Fault::UnsetNothing { key: key.to_string(), attribute: true, meant: None };
        problems.add(Problem::new(fault, key.span_id).unless(elsewhere));
    }
}

/// Whether a block is that of one service outside templates: what several services share may be for
/// some of them, and what a template has for agents in other files.
fn is_of_one_service(owner: BlockOwner<'_>) -> bool {
    match owner {
        BlockOwner::Service { container, .. } => !matches!(container, Container::Template(_)),
        BlockOwner::Defaults
        | BlockOwner::Template(_)
        | BlockOwner::Agent(_)
        | BlockOwner::Override { .. } => false,
    }
}

/// What `unset` takes away, by its name in the table.
fn statement(key: &str) -> Option<&str> {
    match key {
        "env" | "depends_on" | "listen" | "ready" | "alive" => Some(key),
        // It takes those of the whole ecosystem away, too.
        "secrets" => None,
        key => Attribute::find(key).map(|attribute| attribute.name),
    }
}

/// What a block gives a service of a kind.
fn given_by(block: &Block, kind: Kind) -> impl Iterator<Item = &str> {
    let has_env = !block.env.is_empty() || !block.spreads.is_empty();
    let statements = [
        ("env", has_env),
        ("depends_on", !block.depends_on.is_empty()),
        ("ready", block.ready.is_some()),
        ("alive", block.alive.is_some()),
        // `port` is the endpoint without a name.
        ("listen", !block.listen.is_empty() || block.setting("port").is_some()),
        ("port", block.listen.iter().any(|listen| listen.name.is_none())),
    ];
    let statements = statements.into_iter().filter(|(_, given)| *given).map(|(name, _)| name);
    let settings = block.settings.iter().filter(move |setting| setting.fits(kind));
    let settings = settings.filter_map(Attribution::attribute);
    statements.chain(settings.map(|attribute| attribute.name))
}

/// Of an ecosystem that uses others: the attributes that it unsets and none of all opened ones gives.
pub(crate) fn unset_attributes_nowhere(
    declaration: &Declaration,
    opened: &[&Declaration],
) -> Vec<Fault> {
    let mut unset: Vec<&str> = Vec::new();
    blocks::each(declaration, |owner, block| {
        if !is_of_one_service(owner) {
            return;
        }
        let is_allowed = block.allow.iter().any(|allow| *allow.rule == "unset-nothing");
        unset.extend(block.unset.iter().filter(|_| !is_allowed).filter_map(|key| statement(key)));
    });
    if unset.is_empty() || opened.iter().any(|opened| opened.defaults.allows("unset-nothing")) {
        return Vec::new();
    }
    let mut given: HashSet<&str> = HashSet::new();
    for opened in std::iter::once(&declaration).chain(opened) {
        blocks::each(opened, |_, block| {
            given.extend(Kind::ALL.iter().flat_map(|(_, kind)| given_by(block, *kind)));
        });
    }
    let nowhere = unset.into_iter().filter(|key| !given.contains(key));
    let fault =
        |key: &str| Fault::UnsetNothing { key: key.to_owned(), attribute: true, meant: None };
    nowhere.map(fault).collect()
}

/// Whether no other ecosystem can refer to this one; asked once, and only where it matters.
struct Closed<'s> {
    surroundings: Surroundings<'s>,
    known: Option<bool>,
}

impl Closed<'_> {
    fn is(&mut self) -> bool {
        let is_closed = self.surroundings.is_closed;
        *self.known.get_or_insert_with(|| is_closed.is_some_and(|is_closed| is_closed()))
    }
}

fn templates(
    declaration: &Declaration,
    services: &Services<'_>,
    closed: &mut Closed<'_>,
    problems: &mut Problems,
) {
    let mut used: HashSet<&str> = HashSet::new();
    each_made(declaration, |names, _| used.extend(names.iter().map(|name| name.as_str())));
    let known: HashSet<&str> =
        declaration.templates.iter().map(|template| template.name.as_str()).collect();
    // One of them may be meant by a name that is unknown.
    if !used.is_subset(&known) {
        return;
    }
    for template in &declaration.templates {
        let name = template.name.as_str();
        if !used.contains(name)
            && closed.is()
            && !services.allow_in(declaration, &template.block, "unused-template")
        {
            let of_services = !template.services.is_empty();
            let fault = Fault::UnusedTemplate { name: name.to_owned(), of_services };
            problems.add(Problem::new(fault, template.name.span_id));
        }
    }
}

fn sets(
    declaration: &Declaration,
    services: &Services<'_>,
    closed: &mut Closed<'_>,
    problems: &mut Problems,
) {
    let mut used: HashSet<&str> = HashSet::new();
    blocks::each_env(declaration, |_, spreads, _| {
        used.extend(spreads.iter().map(|spread| spread.as_str()));
    });
    let known: HashSet<&str> = declaration.sets.iter().map(|set| set.name.as_str()).collect();
    if !used.is_subset(&known) {
        return;
    }
    for set in &declaration.sets {
        let name = set.name.as_str();
        if !used.contains(name)
            && closed.is()
            && !services.allow_in(declaration, &declaration.defaults, "unused-env-set")
        {
            let fault = Fault::UnusedEnvSet { name: name.to_owned() };
            problems.add(Problem::new(fault, set.name.span_id));
        }
    }
}

fn allows(
    declaration: &Declaration,
    services: &Services<'_>,
    closed: &mut Closed<'_>,
    problems: &mut Problems,
) {
    let mut candidates: Vec<(BlockOwner<'_>, &Block)> = Vec::new();
    blocks::each(declaration, |owner, block| {
        if !block.allow.is_empty() {
            candidates.push((owner, block));
        }
    });
    // Of values that are not known yet, the command says what is wrong.
    if candidates.is_empty() || computes(declaration) {
        return;
    }
    let linked = !blocks::paths_of(declaration).is_empty();
    let wrong: HashSet<SpanId> = problems.places().collect();
    for (owner, block) in candidates {
        let shared = match owner {
            BlockOwner::Defaults | BlockOwner::Template(_) => true,
            BlockOwner::Agent(_) | BlockOwner::Service { .. } | BlockOwner::Override { .. } => {
                false
            }
        };
        let spans = block.settings.iter().flat_map(|setting| {
            setting.values().iter().map(|value| value.span_id).chain([setting.key.span_id])
        });
        // What is right elsewhere may break the rule when it is right here.
        if { spans }.any(|span_id| wrong.contains(&span_id)) {
            continue;
        }
        for allow in &block.allow {
            let Some(rule) = Rule::find(&allow.rule).filter(|rule| rule.is_lint) else { continue };
            let is_seen = !ON_DISK.contains(&rule.name) && rule.name != "unused-allow";
            if !is_seen || services.lifted(allow) {
                continue;
            }
            let far = shared
                || rule.across_files
                || matches!(
                    rule.name,
                    "literal-endpoint"
                        | "port-variable-conflict"
                        | "similar-names"
                        | "similar-profiles"
                );
            // Without the attribute that the lint is about, no other ecosystem matters.
            let lacks =
                is_of_one_service(owner) && lacks_what_is_needed(services, block, rule.name);
            let elsewhere = match declaration.uses.is_empty() {
                true if far && !lacks && (linked || !closed.is()) => continue,
                true => None,
                false if rule.across_files && !lacks && !closed.is() => continue,
                false => match lifts_nothing(services, owner, block, rule.name) {
                    Some(elsewhere) => Some(elsewhere),
                    None => continue,
                },
            };
            if !services.allow_in(declaration, block, "unused-allow") {
                let fault = Fault::UnusedAllow { rule: rule.name };
                problems.add(Problem::new(fault, allow.rule.span_id).unless(elsewhere));
            }
        }
    }
}

/// Whether a Rust expression gives the value of an attribute.
fn computes(declaration: &Declaration) -> bool {
    let mut computed = false;
    blocks::each(declaration, |_, block| {
        let mut values = block.settings.iter().flat_map(Attribution::values);
        computed |= values.any(|value| matches!(value.value, Value::Expression(_)));
    });
    computed
}

/// Whether a lint finds nothing in the service of a block, which gives none of what it is about.
fn lacks_what_is_needed(services: &Services<'_>, block: &Block, rule: &str) -> bool {
    let needed = NEEDED.iter().find(|(lint, _)| *lint == rule);
    needed.is_some_and(|(_, needed)| services.lack(block, *needed))
}

/// Of an `allow` in an ecosystem that uses others: in what case it lifts something after all; `None`
/// where that is not known.
fn lifts_nothing(
    services: &Services<'_>,
    owner: BlockOwner<'_>,
    block: &Block,
    rule: &str,
) -> Option<Elsewhere> {
    let BlockOwner::Service { container, .. } = owner else { return None };
    if matches!(container, Container::Template(_)) {
        return None;
    }
    if OF_ONE_FILE.contains(&rule) {
        return Some(Elsewhere::default());
    }
    let (_, needed) = NEEDED.iter().find(|(lint, _)| *lint == rule)?;
    services.without(block, *needed)
}
