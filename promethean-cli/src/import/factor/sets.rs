//! Env sets: variables that several units share stand once.

use std::collections::BTreeSet;

use promethean_core::declaration::{Agent, Block, Declaration, EnvEntry, EnvSet, EnvValue, Unit};

use super::spanned;

/// How many variables are worth a set.
const WORTH_A_SET: usize = 3;

/// Moves variables that the same units share into sets.
pub(super) fn extract(declaration: &mut Declaration) {
    let templates = declaration.templates.iter_mut().map(|template| &mut template.block);
    let mut blocks: Vec<&mut Block> = templates.collect();
    for unit in &mut declaration.units {
        match unit {
            Unit::Service(service) => blocks.push(&mut service.block),
            Unit::Agent(Agent { block, services, .. }) => {
                blocks.push(block);
                blocks.extend(services.iter_mut().map(|service| &mut service.block));
            }
            Unit::Include(_) | Unit::External(_) => {}
        }
    }
    let mut taken = BTreeSet::new();
    let mut sets = Vec::new();
    for (users, entries) in shared(&blocks) {
        let name = name(&entries, &mut taken);
        for user in users {
            if let Some(block) = blocks.get_mut(user) {
                block.env.retain(|entry| !entries.contains(entry));
                block.spreads.push(spanned(&name));
            }
        }
        sets.push(EnvSet { name: spanned(&name), spreads: Vec::new(), env: entries });
    }
    declaration.sets = sets;
}

/// Variables by the blocks that have them: those that are in the same ones belong together.
fn shared(blocks: &[&mut Block]) -> Vec<(Vec<usize>, Vec<EnvEntry>)> {
    let mut entries: Vec<(EnvEntry, Vec<usize>)> = Vec::new();
    let mut places: std::collections::HashMap<String, Vec<usize>> =
        std::collections::HashMap::new();
    for (index, block) in blocks.iter().enumerate() {
        for entry in block.env.iter().filter(|entry| is_worth_sharing(entry)) {
            let known = places.entry(entry.key.to_string()).or_default();
            let place = known
                .iter()
                .copied()
                .find(|place| entries.get(*place).is_some_and(|(other, _)| other == entry));
            match place.and_then(|place| entries.get_mut(place)) {
                Some((_, users)) => users.push(index),
                None => {
                    known.push(entries.len());
                    entries.push((entry.clone(), vec![index]));
                }
            }
        }
    }
    let mut groups: Vec<(Vec<usize>, Vec<EnvEntry>)> = Vec::new();
    let mut by_users: std::collections::HashMap<Vec<usize>, usize> =
        std::collections::HashMap::new();
    for (entry, users) in entries {
        let place = *by_users.entry(users.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, entries)) => entries.push(entry),
            None => groups.push((users, vec![entry])),
        }
    }
    groups.retain(|(users, entries)| users.len() > 1 && entries.len() >= WORTH_A_SET);
    groups
}

fn is_worth_sharing(entry: &EnvEntry) -> bool {
    !matches!(entry.value, EnvValue::Unset | EnvValue::Required)
}

/// A name for a set: the word that most of its variables begin with.
fn name(entries: &[EnvEntry], taken: &mut BTreeSet<String>) -> String {
    let first = |entry: &EnvEntry| {
        let word = entry.key.split('_').next().unwrap_or_default().to_lowercase();
        let is_name = word.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then_some(word)
    };
    let words: Vec<String> = entries.iter().filter_map(first).collect();
    let most = words
        .iter()
        .map(|word| (words.iter().filter(|other| *other == word).count(), word))
        .find(|(count, _)| count * 2 >= entries.len() && *count > 1);
    let word = most.map_or_else(|| "shared".to_owned(), |(_, word)| word.clone());
    let mut name = word.clone();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{word}_{number}");
        number += 1;
    }
    name
}
