//! What is not as it was, for the report: the comments of the result say the same.

use camino::Utf8Path;

use super::app::{App, ChangeKind};

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

/// What is left out of the apps, where nothing compares them with the original.
pub(super) fn left_out(apps: &[App]) -> impl Iterator<Item = String> {
    apps.iter().flat_map(|app| {
        let changes = app.changes.iter().filter(|change| change.kind == ChangeKind::LeftOut);
        changes.map(|change| format!("{} of {}: {}", change.key, app.name, change.reason))
    })
}
