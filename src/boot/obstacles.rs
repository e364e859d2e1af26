//! What works in this shell and will not when the machine starts.

use camino::Utf8Path;
use promethean_core::app::{App, SecretPiece, System, Variable};
use promethean_core::secrets::{Reader, Source};

/// Variables that are there when the machine starts: the unit has the first, and the others are
/// given to whatever a user runs (systemd.exec(5), crontab(5)).
const THERE: &[&str] = &["PATH", "PM2_HOME", "HOME", "USER", "LOGNAME", "SHELL"];

/// What of a system's variables comes from the shell of this moment and will not be there at the
/// start of the machine: `DISCORD_TOKEN of duck_voice`.
#[must_use]
pub fn from_this_shell(system: &System) -> Vec<String> {
    let reader = Reader::new();
    let mut found: Vec<String> = Vec::new();
    for app in &system.apps {
        for (_, variable) in &app.env {
            let names = from_shell(&reader, app, variable);
            let told = names.into_iter().map(|name| format!("{name} of {}", app.name));
            for name in told {
                if !found.contains(&name) {
                    found.push(name);
                }
            }
        }
    }
    found
}

fn from_shell<'a>(reader: &Reader, app: &App, variable: &'a Variable) -> Vec<&'a str> {
    let is_lost = |name: &&str| !THERE.contains(name);
    match variable {
        Variable::Plain(_) | Variable::Inherited { or: Some(_), .. } => Vec::new(),
        Variable::Inherited { from, or: None } => {
            std::iter::once(from.as_str()).filter(is_lost).collect()
        }
        Variable::Secret(pieces) => {
            let secrets = pieces.iter().filter_map(|piece| match piece {
                SecretPiece::Secret(name) => Some(name.as_str()),
                SecretPiece::Literal(_) => None,
            });
            let is_here =
                |name: &&str| matches!(reader.find(app, name), Ok(Some(Source::Environment)));
            secrets.filter(is_here).collect()
        }
    }
}

/// Whether a program lies where cargo builds, and so goes with `cargo clean`.
#[must_use]
pub fn is_in_target_directory(program: &Utf8Path) -> bool {
    program.ancestors().any(|directory| directory.join(".rustc_info.json").is_file())
}
