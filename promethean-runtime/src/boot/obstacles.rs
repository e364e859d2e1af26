//! What works in this shell and will not when the machine starts.

use camino::Utf8Path;
use promethean_core::app::{App, SourcePiece, System, Variable};
use promethean_core::secrets::{Reader, Source};

/// Variables that are there when the machine starts: the unit has the first, and the others are
/// given to whatever a user runs (systemd.exec(5), crontab(5)).
const THERE: &[&str] = &["PATH", "PM2_HOME", "PROMETHEAN_HOME", "HOME", "USER", "LOGNAME", "SHELL"];

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
    let Variable::Read(sources) = variable else { return Vec::new() };
    // The value of today; where there is none, all that could give one.
    let pieces = match reader.source_of(app, variable) {
        Some(source) => source.0.iter().collect(),
        None => sources.in_order.iter().flat_map(|source| &source.0).collect::<Vec<_>>(),
    };
    let has_default = sources.or_unset || sources.defaults().next().is_some();
    let lost = pieces.into_iter().filter_map(|piece| match piece {
        SourcePiece::Literal(_) => None,
        SourcePiece::Inherited(name) => {
            let is_lost = !has_default && !THERE.contains(&name.as_str());
            is_lost.then_some(name.as_str())
        }
        SourcePiece::Secret(name) => {
            let found = reader.find(app, name);
            matches!(found, Ok(Some(Source::Environment))).then_some(name.as_str())
        }
    });
    lost.collect()
}

/// Whether a program lies where cargo builds, and so goes with `cargo clean`.
#[must_use]
pub fn is_in_target_directory(program: &Utf8Path) -> bool {
    program.ancestors().any(|directory| directory.join(".rustc_info.json").is_file())
}
