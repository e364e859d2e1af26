//! What a configuration without code cannot hold: secrets and what is read from the environment.

use std::collections::BTreeMap;
use std::fmt;

use crate::app::System;

/// The variables that JSON and YAML leave out, each with the apps it is left out of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Variables with a secret in them.
    pub secrets: BTreeMap<String, Vec<String>>,
    /// Variables that are inherited.
    pub inherited: BTreeMap<String, Vec<String>>,
    /// Files whose variables are left out.
    pub env_files: BTreeMap<String, Vec<String>>,
}

impl LeftOut {
    /// What a configuration of this system leaves out; with revealed secrets only what is
    /// inherited.
    #[must_use]
    pub fn of(system: &System, secrets_revealed: bool) -> LeftOut {
        let mut left_out = LeftOut::default();
        let mut note =
            |map: fn(&mut LeftOut) -> &mut BTreeMap<String, Vec<String>>, key: &str, app: &str| {
                map(&mut left_out).entry(key.to_owned()).or_default().push(app.to_owned());
            };
        for app in &system.apps {
            for (key, variable) in &app.env {
                // What can be either is left out as a secret, and of revealed ones as inherited.
                if variable.reads_secrets() && !secrets_revealed {
                    note(|all| &mut all.secrets, key, &app.name);
                } else if variable.reads_inherited() {
                    note(|all| &mut all.inherited, key, &app.name);
                }
            }
            if let (Some(file), false) = (&app.env_file, secrets_revealed) {
                note(|all| &mut all.env_files, file.path.as_str(), &app.name);
            }
        }
        left_out
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == LeftOut::default()
    }
}

/// One line for each variable and file, and what to do about it.
impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, apps) in &self.secrets {
            writeln!(formatter, "left out: {key} of {}, which holds a secret", named(apps))?;
        }
        for (path, apps) in &self.env_files {
            writeln!(formatter, "left out: the variables in {path} of {}", named(apps))?;
        }
        for (key, apps) in &self.inherited {
            writeln!(
                formatter,
                "left out: {key}, which {} inherit{}",
                named(apps),
                if apps.len() == 1 { "s" } else { "" }
            )?;
        }
        if !self.is_empty() {
            write!(
                formatter,
                "  help: `--format js` writes a configuration that reads them when PM2 loads it"
            )?;
            if !self.secrets.is_empty() || !self.env_files.is_empty() {
                write!(formatter, "; `--reveal-secrets` writes the secrets in the clear")?;
            }
        }
        Ok(())
    }
}

/// `a`, `a and b`, `a and 5 others`
fn named(apps: &[String]) -> String {
    match apps {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [first, rest @ ..] => format!("{first} and {} others", rest.len()),
    }
}
