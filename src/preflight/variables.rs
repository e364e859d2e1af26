//! Secrets, inherited variables, and names that PM2 takes for its own.

use std::collections::BTreeMap;

use promethean_core::app::{App, SecretPiece, System, Variable};
use promethean_core::secrets::{Lacking, Reader, Source};

use super::{Report, Severity};

/// PM2 lays an app's variables over its own record of the app (`executeApp` in `lib/God.js`): one of
/// these names would change what the app is.
const RECORD: [&str; 22] = [
    "args",
    "autorestart",
    "autostart",
    "created_at",
    "cwd",
    "env",
    "exec_interpreter",
    "exec_mode",
    "exit_code",
    "instances",
    "name",
    "namespace",
    "node_args",
    "pm_cwd",
    "pm_exec_path",
    "pm_id",
    "pm_pid_path",
    "pm_uptime",
    "restart_time",
    "status",
    "username",
    "watch",
];

/// The names of an app's variables.
pub(super) fn check_names(app: &App, report: &mut Report) {
    for (name, _) in &app.env {
        if RECORD.contains(&name.as_str()) {
            report.failure(
                "variable",
                &app.name,
                format!("PM2 takes the variable {name} for its own record of the app"),
                "give the variable another name; most programs read variables in capitals",
            );
        }
    }
}

/// The values that are read: each is there, where it is, and whether agents share one.
pub(super) fn check_values(system: &System, report: &mut Report) {
    let reader = Reader::new();
    let mut by_agent: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for app in &system.apps {
        match reader.environment(app) {
            Err(error) => error.lacking.iter().for_each(|lacking| lacks(lacking, report)),
            Ok(environment) => {
                let secrets =
                    app.env.iter().filter(|(_, value)| matches!(value, Variable::Secret(_)));
                for (name, _) in secrets {
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
        places(app, &reader, report);
    }
    for ((name, _), agents) in by_agent.iter().filter(|(_, agents)| agents.len() > 1) {
        for agent in agents {
            let message = format!("the secret {name} has the same value in each of these agents");
            let help = "give each its own in its `secrets` file, unless that is meant";
            report.add(Severity::Warning, "secret", agent, message, help);
        }
    }
}

fn lacks(lacking: &Lacking, report: &mut Report) {
    let (kind, app) = match lacking {
        Lacking::Secret { app, .. } => ("secret", app),
        Lacking::SecretsFile { app, .. } => ("secrets-file", app),
        Lacking::Inherited { app, .. } => ("inherit", app),
        Lacking::EnvFile { app, .. } => ("env-file", app),
    };
    let told = lacking.to_string();
    let told = told.strip_prefix(app.as_str()).and_then(|rest| rest.strip_prefix(": "));
    let told = told.unwrap_or_default();
    let (message, help) = told.split_once("\n  help: ").unwrap_or((told, ""));
    report.failure(kind, app, message.to_owned(), help);
}

/// Where each secret of an app was found.
fn places(app: &App, reader: &Reader, report: &mut Report) {
    for (_, variable) in &app.env {
        let Variable::Secret(pieces) = variable else { continue };
        for piece in pieces {
            let SecretPiece::Secret(name) = piece else { continue };
            let place = match reader.find(app, name) {
                Ok(Some(Source::File(path))) => path.into_string(),
                Ok(Some(Source::Environment)) => "the environment".to_owned(),
                Ok(None) | Err(_) => continue,
            };
            let message = format!("the secret {name} is in {place}");
            report.add(Severity::Note, "secret", &app.name, message, "");
        }
    }
}
