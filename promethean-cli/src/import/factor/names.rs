//! Names that the language takes, and the agents that names and namespaces show.

use std::collections::{BTreeMap, BTreeSet};

use promethean_core::attribute::NAMESPACE;

use super::super::app::{App, Change, ChangeKind, Raw};

/// Where an app comes to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The agent it is a part of.
    pub(super) agent: Option<String>,
    /// Its name, without that of its agent.
    pub(super) name: String,
}

/// Gives another name to each app whose own PM2 or the language takes for something else.
pub(super) fn make_possible(apps: &mut [App]) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for app in apps.iter_mut() {
        let possible = possible(&app.name);
        let mut name = possible.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{possible}-{number}");
            number += 1;
        }
        if name != app.name {
            let reason = format!("no app can have the name `{}` beside the others", app.name);
            app.comment(format!("Its name was `{}`.", app.name));
            app.changes.push(Change { key: "name".to_owned(), reason, kind: ChangeKind::LeftOut });
            app.name = name;
        }
    }
}

/// A name as near to this one as can be that PM2 and the shell can tell from other words.
fn possible(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|letter| if letter.is_control() || letter == ',' { '-' } else { letter })
        .collect();
    let clean = clean.trim().trim_start_matches('-').trim_end_matches('/');
    let digits = clean.bytes().all(|byte| byte.is_ascii_digit());
    match clean {
        "" => "app".to_owned(),
        "all" => "all-apps".to_owned(),
        digit if digits => format!("app-{digit}"),
        other => other.to_owned(),
    }
}

/// Finds the agents: what has a namespace, and what shares a prefix and some of its environment.
pub(super) fn agents(apps: &mut [App]) -> Vec<Place> {
    let mut places: Vec<Place> =
        apps.iter().map(|app| Place { agent: None, name: app.name.clone() }).collect();
    let by_namespace = grouped(apps, |app| app.namespace.clone());
    for (namespace, members) in by_namespace {
        let name_of = |index: &usize| apps.get(*index).map_or("", |app| app.name.as_str());
        let (mut parts, mut others): (Vec<usize>, Vec<usize>) =
            members.into_iter().partition(|index| short(name_of(index), &namespace).is_some());
        // The service of the namespace's own name gets another one by being in the agent.
        if !parts.is_empty() {
            let (own, rest): (Vec<usize>, Vec<usize>) =
                others.into_iter().partition(|index| name_of(index) == namespace);
            (others, parts) = (rest, [parts, own].concat());
            parts.sort_unstable();
        }
        let names: Vec<String> = parts
            .iter()
            .map(name_of)
            .map(|name| short(name, &namespace).unwrap_or(name).to_owned())
            .collect();
        let full: Vec<String> = names.iter().map(|name| format!("{namespace}_{name}")).collect();
        let is_distinct = names.iter().collect::<BTreeSet<_>>().len() == names.len();
        let mut outside = apps.iter().enumerate().filter(|(index, _)| !parts.contains(index));
        let clashes = outside.any(|(_, app)| app.name == namespace || full.contains(&app.name));
        if !is_distinct || clashes || !is_name(&namespace) {
            others.append(&mut parts);
        }
        let is_of_parts = parts.iter().any(|index| name_of(index) == namespace);
        let is_an_app = !is_of_parts && apps.iter().any(|app| app.name == namespace);
        for index in others {
            if let Some(app) = apps.get_mut(index) {
                keep_namespace(app, &namespace, is_an_app);
            }
        }
        for (index, name) in parts.into_iter().zip(names) {
            let (Some(app), Some(place)) = (apps.get_mut(index), places.get_mut(index)) else {
                continue;
            };
            let full = format!("{namespace}_{name}");
            if app.name != full {
                app.comment(format!("PM2 called it `{}`; in the agent it is `{full}`.", app.name));
                let reason = "a service of an agent has the agent's name before its own".to_owned();
                app.changes.push(Change {
                    key: "name".to_owned(),
                    reason,
                    kind: ChangeKind::LeftOut,
                });
                app.name.clone_from(&full);
            }
            *place = Place { agent: Some(namespace.clone()), name };
        }
    }
    by_prefix(apps, &mut places);
    places
}

/// Writes the namespace of an app that is in no agent of this name.
fn keep_namespace(app: &mut App, namespace: &str, is_an_app: bool) {
    if is_an_app {
        app.left_out(
            "namespace",
            format!("`{namespace}` is also an app, and PM2's commands act on the app"),
        );
    } else if !is_name(namespace) {
        app.left_out("namespace", format!("PM2's commands take `{namespace}` for something else"));
    } else {
        app.set(NAMESPACE, vec![Raw::name(namespace)]);
    }
}

/// Apps without a namespace whose names begin alike and who share variables that others do not have.
fn by_prefix(apps: &mut [App], places: &mut [Place]) {
    by_separator(apps, places, '_');
    by_separator(apps, places, '-');
}

fn by_separator(apps: &mut [App], places: &mut [Place], separator: char) {
    let groups = grouped(apps, |app| match app.namespace {
        Some(_) => None,
        None => app.name.split_once(separator).map(|(prefix, _)| prefix.to_owned()),
    });
    let suffixes = |members: &[usize]| -> BTreeSet<String> {
        let names = members.iter().filter_map(|index| apps.get(*index));
        let suffixes = names.filter_map(|app| app.name.split_once(separator));
        suffixes.map(|(_, suffix)| suffix.to_owned()).collect()
    };
    let all: Vec<BTreeSet<String>> = groups.iter().map(|(_, members)| suffixes(members)).collect();
    for ((prefix, members), own) in groups.into_iter().zip(&all) {
        let names_alone = apps.iter().all(|app| app.name != prefix)
            && places.iter().all(|place| place.agent.as_deref() != Some(prefix.as_str()));
        let named = own.iter().all(|suffix| is_name(suffix));
        if members.len() < 2 || !names_alone || !named || !is_name(&prefix) || prefix == "default" {
            continue;
        }
        // A hyphen separates words as well: only where another has the same services it is an agent.
        let is_alone = all.iter().filter(|other| *other == own).count() < 2;
        if separator == '-' && is_alone || !share_what_others_lack(apps, &members) {
            continue;
        }
        let free = members.iter().all(|index| {
            let full = apps.get(*index).map(|app| app.name.replacen(separator, "_", 1));
            separator == '_' || apps.iter().all(|app| Some(&app.name) != full.as_ref())
        });
        if !free {
            continue;
        }
        for index in members {
            let (Some(app), Some(place)) = (apps.get_mut(index), places.get_mut(index)) else {
                continue;
            };
            let name = app.name.split_once(separator).map(|(_, name)| name.to_owned());
            let name = name.unwrap_or_default();
            let full = format!("{prefix}_{name}");
            if app.name != full {
                app.comment("In PM2 its name has a hyphen after that of the agent.");
                app.changed("name", "a service of an agent has the agent's name before its own");
                app.name = full;
            }
            let reason = format!("`pm2 restart {prefix}` acts on the whole agent");
            app.changes.push(Change {
                key: "namespace".to_owned(),
                reason,
                kind: ChangeKind::Repaired,
            });
            *place = Place { agent: Some(prefix.clone()), name };
        }
    }
}

/// Whether all members have a variable in common that not every other app has.
fn share_what_others_lack(apps: &[App], members: &[usize]) -> bool {
    let Some(first) = members.first().and_then(|index| apps.get(*index)) else { return false };
    let others: Vec<&App> = apps
        .iter()
        .enumerate()
        .filter(|(index, _)| !members.contains(index))
        .map(|(_, app)| app)
        .collect();
    first.env.iter().any(|entry| {
        let common =
            members.iter().all(|index| apps.get(*index).is_some_and(|app| app.env.contains(entry)));
        let everywhere = !others.is_empty() && others.iter().all(|app| app.env.contains(entry));
        let nearly = others.iter().filter(|app| app.env.contains(entry)).count() * 2 > others.len();
        common && !everywhere && !nearly
    })
}

/// The indices of apps by what they have in common, in the order of the first of each.
fn grouped(apps: &[App], key: impl Fn(&App) -> Option<String>) -> Vec<(String, Vec<usize>)> {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (index, app) in apps.iter().enumerate() {
        let Some(key) = key(app) else { continue };
        let place = *known.entry(key.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, members)) => members.push(index),
            None => groups.push((key, vec![index])),
        }
    }
    groups
}

/// The name of a service without that of its agent.
fn short<'a>(name: &'a str, agent: &str) -> Option<&'a str> {
    name.strip_prefix(agent)?.strip_prefix('_').filter(|short| !short.is_empty())
}

fn is_name(name: &str) -> bool {
    name == possible(name)
}
