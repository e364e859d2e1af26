//! Layers: what several blocks share stands once, in a wider one.

use promethean_core::attribute::{Attribute, Owner, Part as ProgramPart};
use promethean_core::declaration::{Attribution, Block, EnvEntry, EnvValue, Given, Profile};
use promethean_core::number::format_duration;
use promethean_core::pm2;
use promethean_core::span_id::Spanned;
use smol_str::SmolStr;

use super::{Part, spanned};

/// What all these blocks share.
pub(super) fn common(blocks: &[&Block]) -> Block {
    let Some((first, rest)) = blocks.split_first() else { return Block::default() };
    let settings = first.settings.iter().filter(|setting| {
        is_shared(setting) && rest.iter().all(|other| other.settings.0.contains(setting))
    });
    let unset = first.unset.iter().filter(|key| rest.iter().all(|other| other.unset.contains(key)));
    let env = first.env.iter().filter(|entry| rest.iter().all(|other| other.env.contains(entry)));
    let mut common =
        Block { unset: unset.cloned().collect(), env: env.cloned().collect(), ..Block::default() };
    common.settings.0.extend(settings.cloned());
    common.profiles = common_profiles(blocks, &common.env);
    common
}

/// Whether an attribute says how a program is run, and not which.
fn is_shared(setting: &Attribution) -> bool {
    let part = setting.attribute().and_then(|attribute| attribute.part);
    part.is_none() || part == Some(ProgramPart::Runner)
}

/// The variables of profiles that all blocks share.
///
/// A variable of a wider block's profile is weaker than one of the service itself, so it may stand
/// there only where no service has one of its own.
fn common_profiles(blocks: &[&Block], moved: &[EnvEntry]) -> Vec<Profile> {
    let Some((first, rest)) = blocks.split_first() else { return Vec::new() };
    let stays = |entry: &EnvEntry| {
        blocks
            .iter()
            .any(|block| block.env.iter().any(|own| *own.key == *entry.key && !moved.contains(own)))
    };
    let profiles = first.profiles.iter().filter_map(|profile| {
        let others: Option<Vec<&Profile>> = rest
            .iter()
            .map(|block| block.profiles.iter().find(|other| other.name == profile.name))
            .collect();
        let others = others?;
        let shared = profile.block.env.iter().filter(|entry| {
            !stays(entry) && others.iter().all(|other| other.block.env.contains(entry))
        });
        let env: Vec<EnvEntry> = shared.cloned().collect();
        let block = Block { env, ..Block::default() };
        (!block.is_empty()).then(|| Profile { name: profile.name.clone(), block })
    });
    profiles.collect()
}

/// Takes away from a block what stands in a wider one.
pub(super) fn subtract(block: &mut Block, wider: &Block) {
    block.settings.0.retain(|setting| !wider.settings.0.contains(setting));
    block.unset.retain(|key| !wider.unset.contains(key));
    block.env.retain(|entry| !wider.env.contains(entry));
    for profile in &mut block.profiles {
        if let Some(wider) = wider.profiles.iter().find(|wider| wider.name == profile.name) {
            profile.block.env.retain(|entry| !wider.block.env.contains(entry));
        }
    }
    block.profiles.retain(|profile| !profile.block.is_empty());
}

/// Adds to a block what was taken from narrower ones.
pub(super) fn add(block: &mut Block, more: Block) {
    block.settings.0.extend(more.settings.0);
    block.unset.extend(more.unset);
    block.env.extend(more.env);
    block.profiles.extend(more.profiles);
}

/// Moves what most apps share into `defaults`; those few that do without it say so.
pub(super) fn defaults(parts: &mut [Part]) -> Block {
    let mut defaults = Block::default();
    if parts.len() < 2 {
        return defaults;
    }
    for setting in most_common_settings(parts) {
        defaults.settings.0.push(setting);
    }
    defaults.settings.0.sort_by_key(|setting| Attribute::position(&setting.key));
    defaults.env = most_common_variables(parts);
    let blocks: Vec<&Block> = parts.iter().map(|part| &part.block).collect();
    defaults.profiles = common_profiles(&blocks, &defaults.env);
    for part in parts {
        let alone = without_env(part, &defaults);
        unset_settings(part, &defaults);
        let env = std::mem::take(&mut part.block.env);
        let profiles = part.block.profiles.clone();
        part.block.env.clone_from(&env);
        subtract(&mut part.block, &defaults);
        if alone {
            part.block.unset.push(spanned("env"));
            part.block.env = env;
            part.block.profiles = profiles;
            continue;
        }
        for entry in &defaults.env {
            if env.iter().all(|own| own.key != entry.key) {
                part.block.env.push(EnvEntry { key: entry.key.clone(), value: EnvValue::Unset });
            }
        }
    }
    defaults
}

/// Whether an app does better without any variable of the defaults.
fn without_env(part: &Part, defaults: &Block) -> bool {
    let own = |entry: &&EnvEntry| part.block.env.iter().any(|own| own.key == entry.key);
    let present = defaults.env.iter().filter(own).count();
    let absent = defaults.env.len() - present;
    absent > 0 && (present == 0 || absent >= 3 && absent > present)
}

fn unset_settings(part: &mut Part, defaults: &Block) {
    for setting in &defaults.settings {
        let name = setting.key.as_str();
        let changes = !is_default(setting, defaults);
        if changes && applies(setting, part) && part.block.setting(name).is_none() {
            part.block.unset.push(spanned(name));
        }
    }
}

/// Whether a setting is PM2's default, so that an app that does not write it can share it.
fn is_default(setting: &Attribution, defaults: &Block) -> bool {
    let is = |setting: Option<&Attribution>, text: &str| match setting.map(|setting| &setting.given)
    {
        Some(Given::Values(values)) => match values.as_slice() {
            [value] => value.to_string() == text,
            _ => false,
        },
        Some(Given::Object(_)) | None => false,
    };
    let name = setting.key.as_str();
    if matches!(name, "exec_mode" | "instances") {
        // PM2 clusters Node programs with `instances` where no mode is written.
        return is(defaults.setting("exec_mode"), "fork")
            && defaults.setting("instances").is_none_or(|setting| is(Some(setting), "1"));
    }
    let Some(Owner::Pm2 { default }) = setting.attribute().map(|attribute| attribute.owner) else {
        return false;
    };
    let default = pm2::default_time(name).map_or_else(|| default.to_owned(), format_duration);
    !default.is_empty() && is(Some(setting), &default)
}

/// Whether a setting of the defaults would reach an app.
fn applies(setting: &Attribution, part: &Part) -> bool {
    setting.fits(part.kind)
}

/// How often something must be there to be worth a line in the defaults, and how often it may be
/// absent: each app without it needs a line of its own to say so.
fn is_worth_it(present: usize, absent: usize, all: usize) -> bool {
    present >= 2 && present * 2 > all && absent * 3 <= present
}

fn most_common_settings(parts: &[Part]) -> Vec<Attribution> {
    let names: Vec<SmolStr> = distinct(
        parts.iter().flat_map(|part| part.block.settings.iter().map(|setting| &setting.key)),
    );
    let settings = names.into_iter().filter_map(|name| {
        let reached = |part: &&Part| {
            Attribute::find(&name).is_some_and(|attribute| attribute.applies_to(part.kind))
        };
        let reached: Vec<&Part> = parts.iter().filter(reached).collect();
        let given: Vec<&Attribution> =
            reached.iter().filter_map(|part| part.block.setting(&name)).collect();
        let (setting, count) = most_common(&given)?;
        // Which program it is, only all together can say.
        if !is_shared(setting) && (count < parts.len() || *setting.key == "run") {
            return None;
        }
        let absent = reached.len() - given.len();
        // What means something to one kind alone has no business in the defaults of all.
        let most = count * 2 > parts.len();
        (most && is_worth_it(count, absent, reached.len())).then(|| setting.clone())
    });
    settings.collect()
}

fn most_common_variables(parts: &[Part]) -> Vec<EnvEntry> {
    let keys =
        distinct(parts.iter().flat_map(|part| part.block.env.iter().map(|entry| &entry.key)));
    let entries = keys.into_iter().filter_map(|key| {
        let given: Vec<&EnvEntry> = parts
            .iter()
            .filter_map(|part| part.block.env.iter().find(|entry| *entry.key == key))
            .collect();
        let (entry, count) = most_common(&given)?;
        let absent = parts.len() - given.len();
        is_worth_it(count, absent, parts.len()).then(|| entry.clone())
    });
    entries.collect()
}

/// The most common of some values and how often it is there; of two, the first.
fn most_common<'a, T: PartialEq>(values: &[&'a T]) -> Option<(&'a T, usize)> {
    let mut counts: Vec<(&T, usize)> = Vec::new();
    for value in values {
        match counts.iter_mut().find(|(known, _)| known == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((value, 1)),
        }
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count)
}

fn distinct<'a>(keys: impl Iterator<Item = &'a Spanned<SmolStr>>) -> Vec<SmolStr> {
    let mut seen = std::collections::BTreeSet::new();
    keys.filter(|key| seen.insert(key.value.clone())).map(|key| key.value.clone()).collect()
}
