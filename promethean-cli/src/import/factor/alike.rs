//! Templates of attributes: services that are alike but for their names, directories and ports are made
//! from one.

use std::collections::BTreeSet;

use promethean_core::declaration::{
    Attribution, Block, Dependency, EnvEntry, Kind, Probe, Profile, Template,
};
use promethean_core::endpoint::PORT;
use promethean_core::span_id::Spanned;
use smol_str::SmolStr;

use super::{Group, Part, layers};

/// So many services that are alike are worth a template.
const SEVERAL: usize = 3;

/// So many attributes and variables are.
const ENOUGH: usize = 2;

/// Something that services have in common.
#[derive(Clone, Debug, PartialEq)]
enum Trait {
    Setting(Attribution),
    Unset(Spanned<SmolStr>),
    Variable(EnvEntry),
    /// A variable of a profile, with the profile's name.
    OfProfile(SmolStr, EnvEntry),
    DependsOn(Vec<Dependency>),
    Ready(Box<Probe>),
}

impl Trait {
    /// Variables by themselves are an env set.
    fn is_attribute(&self) -> bool {
        match self {
            Trait::Setting(_) | Trait::Unset(_) | Trait::DependsOn(_) | Trait::Ready(_) => true,
            Trait::Variable(_) | Trait::OfProfile(..) => false,
        }
    }
}

/// Finds services that are alike, and takes what they share out of them. The templates have other names
/// than those that there are.
pub(super) fn find(units: &mut [Group], others: &[Template]) -> Vec<Template> {
    let mut taken: BTreeSet<String> =
        others.iter().map(|template| template.name.to_string()).collect();
    let mut parts: Vec<&mut Part> = Vec::new();
    for unit in units {
        match unit {
            Group::Single(part) => {
                taken.insert(part.name.clone());
                parts.push(part);
            }
            Group::Agent(members) => drop(taken.insert(members.name.clone())),
        }
    }
    let mut templates = Vec::new();
    while let Some((members, shared)) = best(&parts) {
        let alike = || members.iter().filter_map(|index| parts.get(*index));
        let names: Vec<&Part> = alike().map(|part| &**part).collect();
        let name = name(&names, &taken);
        taken.insert(name.clone());
        let block = block(&shared);
        for index in members {
            if let Some(part) = parts.get_mut(index) {
                take(&mut part.block, &block);
                part.template = Some(name.clone());
            }
        }
        templates.push(Template {
            name: Spanned::nowhere(name.into()),
            block,
            ..Template::default()
        });
    }
    templates
}

/// The services that save most by a template of what they share, and that.
fn best(parts: &[&mut Part]) -> Option<(Vec<usize>, Vec<Trait>)> {
    let free = |part: &Part| part.template.is_none();
    let mut traits: Vec<(Kind, Trait, Vec<usize>)> = Vec::new();
    for (index, part) in parts.iter().enumerate().filter(|(_, part)| free(part)) {
        for own in self::traits(&part.block) {
            match traits.iter_mut().find(|(kind, known, _)| *kind == part.kind && *known == own) {
                Some((.., users)) => users.push(index),
                None => traits.push((part.kind, own, vec![index])),
            }
        }
    }
    traits.retain(|(.., users)| users.len() >= SEVERAL);
    let mut best: Option<(usize, Vec<usize>, Vec<Trait>)> = None;
    for (kind, _, users) in &traits {
        let shared = traits
            .iter()
            .filter(|(other, _, all)| other == kind && users.iter().all(|user| all.contains(user)));
        let shared: Vec<Trait> = shared.map(|(_, shared, _)| shared.clone()).collect();
        let shared = without_weaker(shared, users, parts);
        if shared.len() < ENOUGH || !shared.iter().any(Trait::is_attribute) {
            continue;
        }
        let saved = (users.len() - 1) * shared.len();
        if best.as_ref().is_none_or(|(known, ..)| saved > *known) {
            best = Some((saved, users.clone(), shared));
        }
    }
    best.map(|(_, users, shared)| (users, shared))
}

/// What a service can share that has a name, a directory and a port of its own.
fn traits(block: &Block) -> Vec<Trait> {
    let settings = block.settings.iter().filter(|setting| !is_own(setting)).cloned();
    let mut traits: Vec<Trait> = settings.map(Trait::Setting).collect();
    traits.extend(block.unset.iter().cloned().map(Trait::Unset));
    let env = block.env.iter().filter(|entry| *entry.key != PORT);
    traits.extend(env.cloned().map(Trait::Variable));
    for profile in &block.profiles {
        let of_profile =
            |entry: &EnvEntry| Trait::OfProfile(profile.name.value.clone(), entry.clone());
        traits.extend(profile.block.env.iter().map(of_profile));
    }
    if !block.depends_on.is_empty() {
        traits.push(Trait::DependsOn(block.depends_on.clone()));
    }
    traits.extend(block.ready.clone().map(Trait::Ready));
    // `unset env` takes away what a template gives.
    if block.unset.iter().any(|key| **key == "env") {
        traits.retain(|one| !matches!(one, Trait::Variable(_) | Trait::OfProfile(..)));
    }
    traits
}

/// Whether an attribute is that of one service: its port, and what is relative to its directory and not to
/// the root.
fn is_own(setting: &Attribution) -> bool {
    ["port", "secrets"]
        .iter()
        .any(|name| setting.attribute().is_some_and(|attribute| attribute.name == *name))
}

/// Without the variables of profiles that a service would override: what a service has itself is stronger
/// than the profile of its template.
fn without_weaker(mut shared: Vec<Trait>, users: &[usize], parts: &[&mut Part]) -> Vec<Trait> {
    let moved: Vec<EnvEntry> = shared
        .iter()
        .filter_map(|one| if let Trait::Variable(entry) = one { Some(entry.clone()) } else { None })
        .collect();
    let stays = |entry: &EnvEntry| {
        let users = users.iter().filter_map(|index| parts.get(*index));
        users
            .flat_map(|part| &part.block.env)
            .any(|own| own.key == entry.key && !moved.contains(own))
    };
    shared.retain(|one| !matches!(one, Trait::OfProfile(_, entry) if stays(entry)));
    shared
}

/// The block of a template.
fn block(shared: &[Trait]) -> Block {
    let mut block = Block::default();
    for one in shared {
        match one.clone() {
            Trait::Setting(setting) => block.settings.0.push(setting),
            Trait::Unset(key) => block.unset.push(key),
            Trait::Variable(entry) => block.env.push(entry),
            Trait::DependsOn(targets) => block.depends_on = targets,
            Trait::Ready(probe) => block.ready = Some(probe),
            Trait::OfProfile(name, entry) => {
                match block.profiles.iter_mut().find(|profile| *profile.name == name) {
                    Some(profile) => profile.block.env.push(entry),
                    None => block.profiles.push(Profile {
                        name: Spanned::nowhere(name),
                        block: Block { env: vec![entry], ..Block::default() },
                    }),
                }
            }
        }
    }
    block
}

/// Takes away from a service what its template gives.
fn take(block: &mut Block, template: &Block) {
    layers::subtract(block, template);
    if block.depends_on == template.depends_on {
        block.depends_on.clear();
    }
    if block.ready == template.ready {
        block.ready = None;
    }
}

/// A name for what these services share: what their names begin or end with, or the directory that they
/// are in.
fn name(parts: &[&Part], taken: &BTreeSet<String>) -> String {
    let words = || parts.iter().map(|part| part.name.split(['-', '_']).collect::<Vec<_>>());
    let first = all_the_same(words().map(|words| words.first().copied()));
    let last = all_the_same(words().map(|words| words.last().copied()));
    let above = all_the_same(parts.iter().map(|part| {
        let directory = part.directory.as_ref()?;
        directory.trim_end_matches('/').rsplit('/').nth(1)
    }));
    let is_word = |word: &&str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    // `services` are each a `service`.
    let above = above.map(|word| match word.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with('s') => one,
        _ => word,
    });
    let found = [first, last, above].into_iter().flatten().find(is_word);
    let of_kind =
        || parts.first().map_or("service", |part| part.kind.word()).to_owned() + "_service";
    let found = found.map_or_else(of_kind, str::to_owned);
    let mut numbered = (2..).map(|number| format!("{found}_{number}"));
    match taken.contains(&found) {
        false => found,
        true => numbered.find(|name| !taken.contains(name)).unwrap_or(found),
    }
}

/// What all of them are; nothing where they differ.
fn all_the_same<'a>(mut words: impl Iterator<Item = Option<&'a str>>) -> Option<&'a str> {
    let first = words.next()??;
    words.all(|word| word == Some(first)).then_some(first)
}
