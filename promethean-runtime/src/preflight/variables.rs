//! Secrets, inherited variables, and names that PM2 takes for its own.

use std::collections::BTreeMap;

use promethean_core::app::{App, SourcePiece, SourceText, System};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use promethean_core::secrets::{EnvironmentError, Lacking, Oddity, OddityKind, Reader, Source};

use super::{Report, Severity, Topic};
use crate::untrusted;

/// The values that are read: each is there, where it is, whether it is empty, and whether agents share one.
pub(super) fn check(system: &System, reader: &Reader, report: &mut Report) {
    let mut by_agent: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for app in &system.apps {
        match reader.environment(app) {
            Err(error) => error.lacking.iter().for_each(|lacking| lacks(lacking, report)),
            Ok(environment) => {
                // A default is no secret.
                let secrets = app.env.iter().filter(|(_, variable)| {
                    reader.source_of(app, variable).is_some_and(SourceText::reads_secrets)
                });
                for (name, _) in secrets {
                    if environment.get(name).is_some_and(str::is_empty) {
                        let message = format!("the value of {}, a secret, is empty", Foreign(name));
                        let help = "give it its value, or remove the line that leaves it empty";
                        report.add(Severity::Warning, Topic::Secret, &app.name, message, help);
                        continue;
                    }
                    if let (Some(agent), Some(value)) = (&app.agent, environment.get(name)) {
                        let agents =
                            by_agent.entry((name.to_string(), value.to_owned())).or_default();
                        if !agents.contains(&agent.as_str()) {
                            agents.push(agent);
                        }
                    }
                }
            }
        }
        places(app, reader, report);
        files(app, reader, report);
    }
    for ((name, _), agents) in by_agent.iter().filter(|(_, agents)| agents.len() > 1) {
        for agent in agents {
            let message = format!("the secret {name} has the same value in all of these agents");
            let help = "give each its own value in its `secrets` file, unless this is intended";
            report.add(Severity::Warning, Topic::Secret, agent, message, help);
        }
    }
}

/// What an environment lacks, as findings.
pub(super) fn lacking(error: &EnvironmentError) -> Report {
    let mut report = Report::default();
    error.lacking.iter().for_each(|lacking| lacks(lacking, &mut report));
    report
}

fn lacks(lacking: &Lacking, report: &mut Report) {
    let kind = match lacking {
        Lacking::Secret { .. } => Topic::Secret,
        Lacking::SecretsFile { .. } => Topic::SecretsFile,
        Lacking::Inherited { .. } => Topic::Inherit,
        Lacking::Sources { missing, .. } => {
            match missing.iter().any(|lacking| matches!(lacking, Lacking::Secret { .. })) {
                true => Topic::Secret,
                false => Topic::Inherit,
            }
        }
        Lacking::EnvFile { .. } => Topic::EnvFile,
        Lacking::Reserved { .. } | Lacking::Nul { .. } => Topic::Variable,
    };
    let Diagnostic { message, help, .. } = lacking.diagnostic();
    report.failure(kind, lacking.app(), message, help.as_deref().unwrap_or_default());
}

/// The lines of an app's dotenv files that surely do not mean what they say.
fn files(app: &App, reader: &Reader, report: &mut Report) {
    let env_files = app.env_files.iter().map(|file| &file.path);
    for path in app.secret_files.iter().chain(env_files) {
        for Oddity { line, kind } in reader.oddities(path) {
            let (what, help) = match kind {
                OddityKind::NotAnAssignment => (
                    "is not an assignment, and is left out".to_owned(),
                    "write `NAME=value`, or `#` before a comment".to_owned(),
                ),
                OddityKind::EndsAtHash(key) => (
                    format!("the value of {} ends at the `#`", Foreign(&key)),
                    "quote the value, or write a space before a comment".to_owned(),
                ),
                OddityKind::NotExpanded(key) => (
                    format!("the `${{…}}` in {} stays as it is", Foreign(&key)),
                    "write the value itself; in single quotes `${…}` is text".to_owned(),
                ),
                OddityKind::OpenQuote(key) => (
                    format!("the quote before the value of {} is not closed", Foreign(&key)),
                    "close it on the same line, or leave it out".to_owned(),
                ),
            };
            let message = format!("line {line} of {path}: {what}");
            report.add(Severity::Warning, Topic::Dotenv, &app.name, message, &help);
        }
    }
}

/// Where each secret of an app was found.
fn places(app: &App, reader: &Reader, report: &mut Report) {
    for (_, variable) in &app.env {
        let Some(SourceText(pieces)) = reader.source_of(app, variable) else { continue };
        for piece in pieces {
            let SourcePiece::Secret(name) = piece else { continue };
            let place = match reader.find(app, name) {
                Ok(Some(Source::File(path))) => {
                    if untrusted::is_open_to_all(path.as_std_path()) {
                        let message = format!("every user can write to {path}, which has secrets");
                        let help = format!("`chmod go-w {path}`");
                        report.add(
                            Severity::Warning,
                            Topic::SecretsFile,
                            &app.name,
                            message,
                            &help,
                        );
                    }
                    path.into_string()
                }
                Ok(Some(Source::Environment)) => "the environment".to_owned(),
                Ok(None) | Err(_) => continue,
            };
            let message = format!("the secret {name} is in {place}");
            report.add(Severity::Note, Topic::Secret, &app.name, message, "");
        }
    }
}
