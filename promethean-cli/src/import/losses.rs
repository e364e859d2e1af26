//! What is not as it was, for the report: the comments of the result say the same.

use camino::Utf8Path;
use promethean_core::list::some_of;

use super::NAMED;
use super::app::{App, Change, ChangeKind};

/// The secrets that stand in plain text in the original, and are not copied.
pub(super) fn in_the_clear(file: &Utf8Path, apps: &[App]) -> Option<String> {
    let mut clear: Vec<String> = apps
        .iter()
        .flat_map(|app| app.env.iter().chain(app.profiles.iter().flat_map(|(_, env)| env)))
        .filter(|(_, variable)| variable.clear().is_some())
        .map(|(key, variable)| variable.stored().unwrap_or(key).to_owned())
        .collect();
    clear.sort();
    clear.dedup();
    (!clear.is_empty()).then(|| {
        format!(
            "in plain text in {file}, and not copied: {}. Set it in the environment, or in a file that `secrets \"…\";` names",
            clear.join(", ")
        )
    })
}

/// What is left out of the apps, where nothing compares them with the original: each reason once.
pub(super) fn left_out(apps: &[App]) -> Vec<String> {
    let mut of_keys: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for app in apps {
        let changes = app.changes.iter().filter(|change| change.kind == ChangeKind::LeftOut);
        for Change { key, reason, .. } in changes {
            let known = of_keys.iter_mut().find(|(known, why, _)| known == key && why == reason);
            match known {
                Some((.., names)) if names.contains(&app.name.as_str()) => {}
                Some((.., names)) => names.push(&app.name),
                None => of_keys.push((key, reason, vec![&app.name])),
            }
        }
    }
    let mut lines: Vec<(Vec<&str>, &str, Vec<&str>)> = Vec::new();
    for (key, reason, names) in of_keys {
        match lines.iter_mut().find(|(_, why, others)| *why == reason && *others == names) {
            Some((keys, ..)) => keys.push(key),
            None => lines.push((vec![key], reason, names)),
        }
    }
    let line = |(keys, reason, names): &(Vec<&str>, &str, Vec<&str>)| {
        format!("{} of {}: {reason}", some_of(keys, usize::MAX - 1), some_of(names, NAMED))
    };
    lines.iter().map(line).collect()
}
